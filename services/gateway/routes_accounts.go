package gateway

import (
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
)

// Shapes of what is sent and answered about sessions, devices and accounts.
type (
	bindForm struct {
		Member string `json:"member"`
		Ticket string `json:"ticket"` // of the refusal of the account's sign-in
	}
	boundAccount struct {
		Binding string `json:"binding"`
	}
	sessionList struct {
		Sessions []sessionView `json:"sessions"` // oldest first
	}
	deviceList struct {
		Keys     []keyView     `json:"keys"`     // in force
		Bindings []bindingView `json:"bindings"` // oldest first
	}
)

// accountRows are about where a member is signed in, and by what.
func (g *Gateway) accountRows() []row {
	named := func(name, pattern, english, chinese string) []openapi.Param {
		return []openapi.Param{{
			Name: name, In: "path", Required: true, Pattern: pattern, Words: openapi.Words{English: english, Chinese: chinese},
		}}
	}
	done := []openapi.Answer{{Status: http.StatusNoContent}}
	return []row{
		route("GET "+belowHere+"/sessions", g.listSessions, openapi.Route{
			Name: "gateway.list_sessions", Access: openapi.Self,
			Words:   openapi.Words{English: "Where one is signed in.", Chinese: "本人的全部登录会话。"},
			Answers: []openapi.Answer{{Status: http.StatusOK, Media: jsonMedia, Shape: sessionList{}}},
		}),
		route("DELETE "+belowHere+"/sessions/{session}", g.endSession, openapi.Route{
			Name: "gateway.end_session", Access: openapi.Self,
			Params:  named("session", "^([a-z2-7]{26}|all)$", "A session of one's own, or all for every one of them.", "本人的某个会话；all 表示全部会话。"),
			Words:   openapi.Words{English: "End a session of one's own at once, or sign out everywhere.", Chinese: "立即结束本人的某个会话，或在所有地方退出登录。"},
			Answers: done, Faults: []*fault.Fault{ErrSessionUnknown},
		}),
		route("GET "+belowHere+"/devices", g.devices, openapi.Route{
			Name: "gateway.devices", Access: openapi.Self, Params: []openapi.Param{minIndex},
			Words: openapi.Words{
				English: "By what one can be signed in: keys in force, and bound accounts.", Chinese: "本人可用于登录的设备密钥和已绑定账号。",
			},
			Answers: []openapi.Answer{{Status: http.StatusOK, Media: jsonMedia, Shape: deviceList{}}},
			Faults:  readingFaults(),
		}),
		route("POST "+belowHere+"/bindings", g.bind, openapi.Route{
			Name: "gateway.bind", Access: openapi.Signed,
			Words: openapi.Words{
				English: "Bind a platform's account to the member whose device signs; the same again gets the same answer.",
				Chinese: "以成员设备的签名绑定平台账号；重复请求得到相同结果。",
			},
			Body:    &openapi.Body{Media: jsonMedia, Shape: bindForm{}, BytesMax: smallBodies},
			Signing: &openapi.Signing{Operation: bindOperation},
			Answers: []openapi.Answer{{Status: http.StatusCreated, Media: jsonMedia, Shape: boundAccount{}}},
			Faults: []*fault.Fault{
				ErrSignInBody, op.ErrNotAfterHeader, standing.ErrKeyUnknown, standing.ErrKeyRevoked, standing.ErrNotActive, ErrTicket, ErrLockedOut,
				ErrBindingTaken, ErrBindingsMany, ErrBindingsFull, ErrBindingErased,
			},
		}),
		route("DELETE "+belowHere+"/bindings/{binding}", g.unbind, openapi.Route{
			Name: "gateway.unbind", Access: openapi.Self,
			Params:  named("binding", opaqueID.String(), "A bound account of one's own.", "本人绑定的某个账号。"),
			Words:   openapi.Words{English: "Take a bound account away, and end its sessions.", Chinese: "解除绑定账号并结束其登录会话。"},
			Answers: done, Faults: []*fault.Fault{ErrBindingUnknown},
		}),
	}
}
