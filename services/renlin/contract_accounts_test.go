package main

import (
	"crypto/sha256"
	"net/http"

	"renlin.dev/services/gateway/platformtest"
)

// accounts binds a platform's account to who has a device and to who has none, and ends what they have opened.
func (s *contractStory) accounts(platform *platformtest.Platform) {
	s.Helper()
	// A code is good once: these refusals cannot be asked for in a second language.
	s.told["sign_in.unbound"], s.told["sign_in.code_used"] = true, true
	enter := func(account string) *sent {
		s.Helper()
		return s.send(call{op: "gateway.sign_in", body: object{"provider": "wechat", "code": platform.Code(account)}})
	}
	ticket := func(account string) string {
		s.Helper()
		out := enter(account)
		if out.code != "sign_in.unbound" {
			s.Fatalf("an account that nobody has bound: %d %s", out.status, out.raw)
		}
		return out.get("params", "ticket")
	}
	bind := call{op: "gateway.bind", by: s.ann, body: object{"member": s.ann.member, "ticket": ticket("o6_ann_at_the_platform")}}
	binding := s.act(bind).get("binding")
	bind.by = newDweller()
	s.refused(unauthorisedProbe, "a stranger", bind, http.StatusUnauthorized)
	phone := &dweller{member: s.ann.member, token: enter("o6_ann_at_the_platform").get("token")}

	dan := map[string]string{"member": s.dan.member}
	code := newDweller()
	s.good(call{op: "community.invite_members", by: s.second, body: object{
		"invites": []any{object{"member": s.dan.member, "codeKey": code.public()}},
	}})
	digest := sha256.Sum256([]byte(ticket("o6_dan_at_the_platform")))
	s.did(call{op: "community.redeem_invite", path: dan, by: code, body: object{"member": s.dan.member, "ticket": encoded(digest[:])}})

	s.act(call{op: "gateway.devices", session: phone})
	s.act(call{op: "gateway.list_sessions", session: phone})
	s.once(call{op: "gateway.unbind", session: s.ann, path: map[string]string{"binding": binding}}, http.StatusNotFound)
	phone.token = enter("o6_dan_at_the_platform").get("token")
	s.once(call{op: "gateway.end_session", session: phone, path: map[string]string{"session": "all"}}, http.StatusUnauthorized)
	s.signIn(s.dan)
}

// once is act for what is over when it was done: the same again finds nothing.
func (s *contractStory) once(c call, again int) {
	s.Helper()
	s.before(c)
	s.good(c)
	s.drove(c.op, goodProbe)
	s.refused(repeatedProbe, "what is over", c, again)
}
