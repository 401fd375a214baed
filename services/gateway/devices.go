package gateway

import (
	"context"
	"errors"
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ErrSessionUnknown: only one's own sessions can be ended.
var ErrSessionUnknown = fault.New(fault.NotFound, "session.unknown", "You have no such session.", "您没有该登录会话。")

// everySession stands for all of a member's sessions where one would be named.
const everySession = "all"

// own gives the member's own session of a request; the operator has none.
func (g *Gateway) own(r *http.Request) (session, error) {
	community := r.PathValue("community")
	if err := g.requireRole(r, community, communityv1.Role_ROLE_MEMBER); err != nil {
		return session{}, err
	}
	return g.sessions.of(r, community)
}

// sessionView is a session as its member sees it.
type sessionView struct {
	Session   string `json:"session"`
	Provider  string `json:"provider"`
	Key       string `json:"key,omitempty"`     // of the device that signed in
	Binding   string `json:"binding,omitempty"` // of the account that signed in
	OpenedAt  int64  `json:"opened_at"`
	ExpiresAt int64  `json:"expires_at"`
	Current   bool   `json:"current,omitempty"`
}

// listSessions shows a member where they are signed in.
func (g *Gateway) listSessions(w http.ResponseWriter, r *http.Request) {
	who, err := g.own(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	out := []sessionView{}
	for _, s := range g.sessions.list(r, who.owner()) {
		v := sessionView{
			Session: s.id, Provider: s.way, Key: s.key, OpenedAt: s.opened.UnixMilli(), ExpiresAt: s.expires.UnixMilli(), Current: s.current,
		}
		if s.account != (identity{}) {
			v.Binding = s.account.id()
		}
		out = append(out, v)
	}
	writeJSON(w, http.StatusOK, sessionList{Sessions: out})
}

// endSession ends one of the member's sessions, or signs them out everywhere, at once.
func (g *Gateway) endSession(w http.ResponseWriter, r *http.Request) {
	who, err := g.own(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	which := r.PathValue("session")
	ended := g.sessions.end(who.owner(), func(id string, _ session) bool { return which == everySession || id == which })
	if ended == 0 {
		op.WriteFault(w, r, ErrSessionUnknown)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// keyView is one of a member's keys in force; the record holds the rest, at its position.
type keyView struct {
	Key        string `json:"key"` // its id
	Hosted     bool   `json:"hosted"`
	Position   uint64 `json:"position"`               // of its enrolment
	LastSignIn int64  `json:"last_sign_in,omitempty"` // since the gateway was started
	Current    bool   `json:"current,omitempty"`
}

// bindingView is one of a member's bound accounts. Nothing of the account itself is in it.
type bindingView struct {
	Binding    string `json:"binding"`
	Provider   string `json:"provider,omitempty"`
	Key        string `json:"key,omitempty"` // on which it rests
	BoundAt    int64  `json:"bound_at,omitempty"`
	LastSignIn int64  `json:"last_sign_in,omitempty"`
	Damaged    bool   `json:"damaged,omitempty"`
	Current    bool   `json:"current,omitempty"`
}

// devices shows a member by what they can be signed in: their keys in force, and their bound accounts.
func (g *Gateway) devices(w http.ResponseWriter, r *http.Request) {
	who, err := g.own(r)
	var position uint64
	if err == nil {
		if position, err = number(r, "min_index"); err != nil {
			err = fault.ErrMalformed.Because(err)
		}
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	keys, err := g.keysOf(r.Context(), who, position)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	accounts := []bindingView{}
	for _, b := range g.bindings.of(who.community, who.member) {
		accounts = append(accounts, bindingView{
			Binding: b.id(), Provider: b.provider, Key: b.key, BoundAt: b.boundAt, Damaged: b.damaged,
			LastSignIn: g.sessions.lastSignIn(signer{who.community, b.id()}), Current: who.account == b.identity,
		})
	}
	writeJSON(w, http.StatusOK, deviceList{Keys: keys, Bindings: accounts})
}

// keyring is what the gateway reads of a member's keys; services/community defines it.
type keyring struct {
	Devices []string `json:"devices"`
	Hosted  string   `json:"hosted"`
}

// keyring gives a member's keys in force, as of at least a position; none for who never had one.
func (g *Gateway) keyring(ctx context.Context, who owner, position uint64) (ring keyring, err error) {
	err = g.state(ctx, who.community, "keyring/"+who.member, position, &ring)
	if errors.Is(err, projection.ErrNoRecord) {
		err = nil
	}
	return ring, err
}

func (g *Gateway) keysOf(ctx context.Context, who session, position uint64) ([]keyView, error) {
	ring, err := g.keyring(ctx, who.owner(), position)
	if err != nil {
		return nil, err
	}
	ids := ring.Devices
	if ring.Hosted != "" {
		ids = append(ids, ring.Hosted)
	}
	out := []keyView{}
	for _, id := range ids {
		var k standing.Key
		if err := g.state(ctx, who.community, "key/"+id, position, &k); err != nil {
			return nil, err
		}
		out = append(out, keyView{
			Key: id, Hosted: k.Hosted, Position: k.Position, Current: who.key == id,
			LastSignIn: g.sessions.lastSignIn(signer{who.community, id}),
		})
	}
	return out, nil
}

// unbind takes one of the member's bound accounts away, and its sessions.
func (g *Gateway) unbind(w http.ResponseWriter, r *http.Request) {
	who, err := g.own(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	id := r.PathValue("binding")
	ended, err := g.endBindings(r.Context(), who.owner(), func(b *binding) bool { return b.id() == id })
	switch {
	case err != nil:
		op.WriteFault(w, r, err)
		return
	case ended == 0:
		op.WriteFault(w, r, ErrBindingUnknown)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
