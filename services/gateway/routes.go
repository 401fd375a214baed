package gateway

import (
	"encoding/json"
	"net/http"
	"time"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/picture"
	"renlin.dev/pkg/standing"
)

// row is a route that is no operation of a model: its pattern for http.ServeMux, its handler, and what the API document says of it,
// which is several addresses where the pattern ends in "{path...}".
type row struct {
	pattern string
	serve   http.HandlerFunc
	says    []openapi.Route
}

func route(pattern string, serve http.HandlerFunc, says ...openapi.Route) row {
	return row{pattern, serve, says}
}

// rows are all routes that are no operation of a model.
func (g *Gateway) rows() []row {
	all := []row{route("GET /metrics", g.metrics)} // for operators: the API's document does not tell of it
	for _, some := range [][]row{
		g.foundingRows(), g.sessionRows(), g.accountRows(), g.writingRows(), g.registrarRows(), g.readingRows(), g.eventRows(),
		g.mandateRows(), g.logRows(), g.aidRows(), g.policyNoticeRows(), g.ledgerRows(),
		g.documentRows(), g.ownRows(),
		g.matchingRows(),
		g.matchingProofRows(),
		g.rulesRows(),
		g.historyRows(),
		g.cosigningRows(),
	} {
		all = append(all, some...)
	}
	return all
}

const (
	jsonMedia   = "application/json"
	bytesMedia  = "application/octet-stream"
	textMedia   = "text/plain"
	eventsMedia = "text/event-stream"
	belowHere   = "/v1/communities/{community}"
	smallBodies = 4 << 10 // bytes of a body that names a member
)

// Shapes of answers that other services make; TestContract holds real ones against them.
type (
	foundingTerms struct {
		EpochKey []byte         `json:"epoch_key"` // of the first epoch
		Holders  []foundingBoth `json:"holders"`   // who will hold the polls' keys
		Trustees []foundingPart `json:"trustees"`  // who may be trustees of polls' keys beside them
		// Who may be the registrar of secret polls.
		Registrar foundingRegistrar `json:"registrar"`
	}
	foundingBoth struct {
		Key        []byte `json:"key"`
		BoxKey     []byte `json:"box_key"`
		TrusteeKey []byte `json:"trustee_key"` // by which it is a trustee too, if it is named as one
	}
	foundingPart struct {
		Key        []byte `json:"key"`
		TrusteeKey []byte `json:"trustee_key"`
	}
	foundingRegistrar struct {
		Key    []byte `json:"key"`
		BoxKey []byte `json:"box_key"`
	}
	foundedCommunity struct {
		Community string `json:"community"`
		Genesis   string `json:"genesis"` // hash of the founding commit, hex
		Receipt   []byte `json:"receipt"` // docs/format.md section 7
	}
	communityList struct {
		Communities []string `json:"communities"`
	}
	sealedText struct {
		Ref         string `json:"ref"`
		LengthBytes uint32 `json:"length_bytes"`
		Commitment  []byte `json:"commitment"`
		Salt        []byte `json:"salt"`
	}
	logKeys struct {
		Log       string   `json:"log"`       // verifier key of the log, as of C2SP signed-note
		Witnesses []string `json:"witnesses"` // verifier keys of the witnesses
	}
	logState struct {
		Community       string   `json:"community"`
		Blocks          uint64   `json:"blocks"`
		Commits         uint64   `json:"commits"`
		Size            uint64   `json:"size"`
		Checkpoint      uint64   `json:"checkpoint"`
		CheckpointError string   `json:"checkpoint_error,omitempty"`
		Authors         uint64   `json:"authors"`
		Reread          logAgain `json:"reread"`
		Plans           logPlans `json:"plans"`
		Stopped         string   `json:"stopped,omitempty"`
		Trouble         []string `json:"trouble,omitempty"`
	}
	logPlans struct {
		Blocks    uint64         `json:"blocks"`
		Checked   uint64         `json:"checked"`
		Unchecked uint64         `json:"unchecked"`
		Wrong     uint64         `json:"wrong"`
		Findings  []logWrongPlan `json:"findings,omitempty"`
	}
	logWrongPlan struct {
		Plan    string `json:"plan"`
		Index   uint64 `json:"index"`
		Code    string `json:"code"`
		More    int    `json:"more,omitempty"`
		English string `json:"english"`
		Chinese string `json:"chinese"`
	}
	logAgain struct {
		Passes uint64    `json:"passes"`
		Blocks uint64    `json:"blocks"`
		Ended  time.Time `json:"ended,omitzero"`
	}
)

func (g *Gateway) foundingRows() []row {
	return []row{
		route("GET /v1/founding", g.founding, openapi.Route{
			Name: "gateway.founding_terms", Access: openapi.Founders,
			Words: openapi.Words{
				English: "What a founding command must name: the first epoch's key, the holders of polls' keys, trustees beside them, and the " +
					"registrar of secret polls.",
				Chinese: "创建社区的命令须写明的内容：首个纪元的公钥、表决密钥保管人、另外的开票受托人，以及秘密表决的登记人。",
			},
			Answers: []openapi.Answer{{Status: 200, Media: jsonMedia, Shape: foundingTerms{}}},
			Faults:  []*fault.Fault{ErrFounding},
		}),
		route("POST /v1/communities", g.found, openapi.Route{
			Name: "gateway.found", Access: openapi.Founders, Idempotent: true,
			Words: openapi.Words{
				English: "Found a community. The body is the founding command, signed by both founders.",
				Chinese: "创建社区。正文为由两名创建人共同签名的创建命令。",
			},
			Body:    &openapi.Body{Media: jsonMedia, Shape: g.foundingBody(), BytesMax: op.BodyBytesMax},
			Signing: &openapi.Signing{Operation: foundOperation, Founding: true},
			Answers: []openapi.Answer{{Status: 201, Media: jsonMedia, Shape: foundedCommunity{}}},
			Faults:  foundingFaults(),
		}),
		route("GET /v1/communities", g.communities, openapi.Route{
			Name: "gateway.communities", Access: openapi.Anyone,
			Words:   openapi.Words{English: "The communities that are hosted here.", Chinese: "此处托管的社区。"},
			Answers: []openapi.Answer{{Status: 200, Media: jsonMedia, Shape: communityList{}}},
		}),
		route("GET "+belowHere, g.community, openapi.Route{
			Name: "gateway.community", Access: openapi.Anyone,
			Words: openapi.Words{
				English: "What an outsider needs to check everything else: genesis hash, epoch key, how far the record goes and whether it is written.",
				Chinese: "外部人士核验所需的信息：创世哈希、纪元公钥、记录的长度以及是否仍在写入。",
			},
			Params:  []openapi.Param{heldTag},
			Answers: fresh(jsonMedia, communityAnswer{}),
			Faults:  readingFaults(),
		}),
	}
}

// foundingBody is an empty founding command; nil where no model has one.
func (g *Gateway) foundingBody() any {
	for _, m := range g.cfg.Models {
		if o := m.Operation(foundOperation); o != nil {
			return o.Fresh()
		}
	}
	return nil
}

// documentRows are the API document itself.
func (g *Gateway) documentRows() []row {
	return []row{route("GET /openapi.json", g.openAPI, openapi.Route{
		Name: "gateway.openapi", Access: openapi.Anyone,
		Words:   openapi.Words{English: "This document.", Chinese: "本文档。"},
		Params:  []openapi.Param{heldTag},
		Answers: fresh(jsonMedia, map[string]json.RawMessage{}),
	})}
}

func (g *Gateway) sessionRows() []row {
	return []row{
		route("POST "+belowHere+"/sessions", g.signIn, openapi.Route{
			Name: "gateway.sign_in", Access: openapi.Signers,
			Words: openapi.Words{
				English: "Open a session: with a device's signature, each of which opens one, or by a platform's account that is bound to a member.",
				Chinese: "登录：以设备签名（每个签名只能登录一次），或以已绑定成员的平台账号。",
			},
			Body:    &openapi.Body{Media: jsonMedia, Shape: signInForm{}, BytesMax: smallBodies},
			Signing: &openapi.Signing{Operation: signInOperation, Optional: true},
			Answers: []openapi.Answer{{Status: 201, Media: jsonMedia, Shape: openedSession{}}},
			Faults: []*fault.Fault{
				ErrSignInBody, ErrDevOnly, ErrSignInUsed, op.ErrNotAfterHeader,
				standing.ErrKeyUnknown, standing.ErrKeyRevoked, standing.ErrNotActive,
				ErrProvider, ErrCodeInvalid, ErrCodeSpent, ErrTooOften, ErrBlocked, ErrPlatformBusy, ErrPlatform, ErrUnbound, ErrBindingDamaged,
				ErrLockedOut,
			},
		}),
		route("DELETE "+belowHere+"/sessions", g.signOut, openapi.Route{
			Name: "gateway.sign_out", Access: openapi.Anyone,
			Words: openapi.Words{
				English: "End the session of the request, if there is one.", Chinese: "结束本次请求的登录状态（如有）。",
			},
			Answers: []openapi.Answer{{Status: 204}},
		}),
	}
}

func (g *Gateway) writingRows() []row {
	return []row{
		route("POST "+belowHere+"/hosted-keys", g.makeHostedKey, openapi.Route{
			Name: "gateway.make_hosted_key", Access: openapi.Officers, Idempotent: true,
			Words: openapi.Words{
				English: "Make a key for a member without a device; an officer then enrols it with community.host_key.",
				Chinese: "为没有设备的成员生成密钥，随后由任职者通过 community.host_key 登记。",
			},
			Body:    &openapi.Body{Media: jsonMedia, Shape: memberBody{}, BytesMax: smallBodies},
			Answers: onceAnswers(hostedKey{}),
			Faults:  []*fault.Fault{ErrSignInBody},
		}),
		route("POST "+belowHere+"/texts", g.putText, openapi.Route{
			Name: "gateway.put_text", Access: openapi.Own, Idempotent: true,
			Words: openapi.Words{
				English: "Seal a text or a picture under a person's key; a command then names it by its reference, length and commitment. " +
					"Of a picture only what shows it is sealed: where, when and with what it was taken is left out first.",
				Chinese: "以某人的密钥封存一段文本或一张图片，随后的命令以引用、长度和承诺指向它。图片在封存前会去除拍摄地点、时间、设备等信息，只保留画面。",
			},
			Params: []openapi.Param{{
				Name: "subject", In: "query", Required: true, Pattern: opaqueID.String(),
				Words: openapi.Words{English: "Whose key seals it: a member, a unit, or the file of somebody in need.", Chinese: "以谁的密钥封存：成员、户或帮扶档案。"},
			}},
			Body:    &openapi.Body{Media: textMedia, Also: []string{picture.JPEG, picture.PNG, picture.WebP, bytesMedia}, BytesMax: textBytesMax},
			Answers: onceAnswers(sealedText{}),
			Faults:  madeIn(service+"vault", ours+"seal", ours+"picture"),
		}),
	}
}

// onceAnswers are those of a write that is no command: the first time, and repeated.
func onceAnswers(shape any) []openapi.Answer {
	return []openapi.Answer{
		{Status: http.StatusCreated, Media: jsonMedia, Shape: shape, Words: openapi.Words{English: "Done.", Chinese: "已完成。"}},
		{Status: http.StatusOK, Media: jsonMedia, Shape: shape, Words: openapi.Words{
			English: "Done before under this key; the same answer.", Chinese: "此前已用同一键完成，返回相同结果。",
		}},
	}
}
