package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
)

// Faults of accounts that sign nobody in. Their parameters hold a ticket, with which the account can be bound.
var (
	ErrUnbound = fault.New(fault.Forbidden, "sign_in.unbound",
		"This account is not bound to a member yet; bind it with an enrolled device, or with the code that an officer gave you.",
		"该账号尚未绑定成员；请用已登记的设备绑定，或使用负责人发给您的验证码绑定。")
	ErrBindingDamaged = fault.New(fault.Forbidden, "binding.damaged",
		"What binds this account to you is damaged here; please bind it once more.", "该账号的绑定资料已损坏，请重新绑定。")
	ErrBindingErased = fault.New(fault.Gone, "binding.erased",
		"This member's data was erased; no account can be bound to them.", "该成员的资料已删除，不能再绑定账号。")
)

// What a device signs that is no command.
const (
	signInOperation = "gateway.sign_in"
	bindOperation   = "gateway.bind"
)

// signInForm is the body of a sign-in: whose device signed it, or whom the development's sign-in is for, or a platform and its one-time
// code.
type signInForm struct {
	Member   string `json:"member,omitempty"`
	Provider string `json:"provider,omitempty"` // with Code, and without Member
	Code     string `json:"code,omitempty"`
}

// signIn opens a session: with a device's signature, by a platform's account that is bound to a member, or by the development's sign-in
// from the machine itself.
func (g *Gateway) signIn(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r, smallBodies)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	var in signInForm
	if err := strictJSON(body, &in); err != nil || (in.Member == "") == (in.Provider == "") || (in.Code == "") != (in.Provider == "") {
		op.WriteFault(w, r, ErrSignInBody)
		return
	}
	who, err := g.signInWay(r, in, body)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	token, err := g.sessions.open(who)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, openedSession{Token: token, Provider: who.way, Member: who.member})
}

// signInWay judges a sign-in by the way that it comes, as of all that is durable now.
func (g *Gateway) signInWay(r *http.Request, in signInForm, body []byte) (session, error) {
	ctx, community := r.Context(), r.PathValue("community")
	who, now := session{community: community, member: in.Member}, g.directory.size(r.Context(), community)
	var err error
	switch {
	case in.Provider != "":
		return g.byAccount(ctx, community, in, now)
	case r.Header.Get(op.HeaderSignature) == "":
		who.way, err = wayDevelopment, g.allowDevelopment(r)
	default:
		who.way = wayDevice
		var s signed
		if s, err = g.checkSigned(r, signInMax, signInOperation, community, in.Member, body, now); err == nil {
			who.key, err = s.key, g.sessions.use(s.id, s.until)
		}
	}
	if err == nil {
		_, err = g.activeMember(ctx, community, in.Member, now)
	}
	return who, err
}

// byAccount signs a member in to whom the platform's account is bound.
func (g *Gateway) byAccount(ctx context.Context, community string, in signInForm, now uint64) (session, error) {
	provider := g.providers[in.Provider]
	if provider == nil {
		return session{}, ErrProvider
	}
	account, err := provider.Identify(ctx, in.Code)
	if err != nil {
		return session{}, err
	}
	at := place{community, g.bindings.identityOf(in.Provider, community, account)}
	if err := g.attempts.check(attempt{community: community, account: at.identity}); err != nil {
		return session{}, err
	}
	bound := g.bindings.find(community, at.identity)
	if bound != nil {
		if err := g.review(ctx, owner{community, bound.member}, now); err != nil {
			return session{}, err
		}
		bound = g.bindings.find(community, at.identity)
	}
	if bound == nil || bound.damaged {
		return session{}, g.unbound(in.Provider, at, bound != nil)
	}
	if err := g.keyStands(ctx, community, bound.key, bound.member, now); err != nil {
		return session{}, err
	}
	_, err = g.activeMember(ctx, community, bound.member, now)
	return session{community: community, member: bound.member, way: in.Provider, account: at.identity, rests: bound.key}, err
}

// unbound refuses an account, with a ticket to bind it by.
func (g *Gateway) unbound(provider string, at place, damaged bool) error {
	secret, err := g.tickets.open(provider, at)
	if err != nil {
		return err
	}
	f := ErrUnbound
	if damaged {
		f = ErrBindingDamaged
	}
	return f.With("ticket", secret).WithInt("seconds", int64(ticketLifetime/time.Second))
}

// bind binds an account to the member whose device signs for it. The body's ticket came with the refusal of the account's sign-in.
func (g *Gateway) bind(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r, smallBodies)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	var in bindForm
	if err := strictJSON(body, &in); err != nil || in.Member == "" || in.Ticket == "" {
		op.WriteFault(w, r, ErrSignInBody)
		return
	}
	bound, err := g.bindSigned(r, in.Member, in.Ticket, body)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, boundAccount{Binding: bound.id()})
}

func (g *Gateway) bindSigned(r *http.Request, member, secret string, body []byte) (*binding, error) {
	ctx, community := r.Context(), r.PathValue("community")
	digest := sha256.Sum256([]byte(secret))
	t, back, err := g.tickets.take(community, digest[:])
	if err != nil {
		return nil, err
	}
	defer back()
	tried := attempt{community: community, account: t.identity}
	if err := g.attempts.check(tried); err != nil {
		return nil, err
	}
	now := g.directory.size(ctx, community)
	s, err := g.checkSigned(r, signInMax, bindOperation, community, member, body, now)
	if kind, _ := fault.KindOf(err); err != nil && kind == fault.Unauthenticated {
		g.attempts.fail(tried)
	}
	if err != nil {
		return nil, err
	}
	if err := g.bindable(ctx, community, member, now); err != nil {
		return nil, err
	}
	g.attempts.succeed(tried)
	return g.bindings.bind(&binding{
		community: community, member: member, identity: t.identity, provider: t.provider, key: s.key, boundAt: g.cfg.Now().UnixMilli(),
	})
}

// bindable refuses to bind an account to somebody without standing, or whose data was erased.
func (g *Gateway) bindable(ctx context.Context, community, member string, position uint64) error {
	if _, err := g.activeMember(ctx, community, member, position); err != nil {
		return err
	}
	erased, err := g.erased(ctx, community, member, position)
	if err == nil && erased {
		err = ErrBindingErased
	}
	return err
}

// erased tells whether a member's data was erased.
func (g *Gateway) erased(ctx context.Context, community, member string, position uint64) (bool, error) {
	err := g.state(ctx, community, "subject/"+member, position, new(json.RawMessage))
	if errors.Is(err, projection.ErrNoRecord) {
		return false, nil
	}
	return err == nil, err
}

// allowDevelopment lets only somebody at the machine itself in: not one for whom a proxy on it asks, nor a page of elsewhere that has
// its own name lead here.
func (g *Gateway) allowDevelopment(r *http.Request) error {
	if !g.cfg.Development || proxied(r) || !g.atHome(r.RemoteAddr) || !loopback(r.Host) {
		return ErrDevOnly
	}
	return nil
}

// proxied tells whether a proxy asks for somebody. One that says nothing is known by HTTP/1.0 where it speaks that, as nginx long did
// unless it was told otherwise and no browser does; one that speaks as a browser would, and names itself nowhere, is not known.
func proxied(r *http.Request) bool {
	says := func(name string) bool { return r.Header.Get(name) != "" }
	return !r.ProtoAtLeast(1, 1) || slices.ContainsFunc([]string{
		"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip",
	}, says)
}

// atHome tells whether an address is the machine's own, or in a network that the operator has named as that.
func (g *Gateway) atHome(address string) bool {
	from, err := netip.ParseAddrPort(address)
	within := func(network netip.Prefix) bool { return network.Contains(from.Addr().Unmap()) }
	return loopback(address) || err == nil && slices.ContainsFunc(g.cfg.DevelopmentFrom, within)
}

// loopback tells whether an address, with or without a port, is one of the machine's own.
func loopback(address string) bool {
	host := address
	if h, _, err := net.SplitHostPort(address); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// signed is what a device signed that is no command.
type signed struct {
	key   string // its id
	id    chain.CommandID
	until time.Time
}

// checkSigned verifies a device's signature over a body and that the key is the member's as of at least a position.
func (g *Gateway) checkSigned(
	r *http.Request, aheadMax time.Duration, operation, community, member string, body []byte, position uint64,
) (signed, error) {
	sig, err := op.ParseSignature(r.Header.Get(op.HeaderSignature))
	if err != nil {
		return signed{}, err
	}
	idempotency, err := idempotencyKey(r)
	if err != nil {
		return signed{}, err
	}
	notAfter, err := strconv.ParseInt(r.Header.Get(op.HeaderNotAfter), 10, 64)
	now := g.cfg.Now()
	until := time.UnixMilli(notAfter)
	if err != nil || !until.After(now) || until.After(now.Add(aheadMax)) {
		return signed{}, op.ErrNotAfterHeader
	}
	info, err := g.directory.find(r.Context(), community)
	if err != nil {
		return signed{}, err
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: idempotency,
		NotAfter: notAfter, Body: body, Signatures: []chain.Signature{sig},
	}
	id, err := s.ID(chain.AuthorDevice, "")
	if err != nil || s.CheckSignatures(info.genesis, id) != nil {
		return signed{}, standing.ErrKeyUnknown
	}
	key := chain.KeyID(sig.Key)
	return signed{key: key, id: id, until: until}, g.keyStands(r.Context(), community, key, member, position)
}

// keyStands refuses a key that is not the member's, or not any more.
func (g *Gateway) keyStands(ctx context.Context, community, key, member string, position uint64) error {
	var k standing.Key
	err := g.state(ctx, community, "key/"+key, position, &k)
	switch {
	case err != nil && !errors.Is(err, projection.ErrNoRecord):
		return err
	case err != nil || k.Member != member:
		return standing.ErrKeyUnknown
	case k.Revoked:
		return standing.ErrKeyRevoked
	}
	return nil
}

func (g *Gateway) signOut(w http.ResponseWriter, r *http.Request) {
	g.sessions.close(r)
	w.WriteHeader(http.StatusNoContent)
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, op.ErrBodySize
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, op.ErrBodySize
	case err != nil:
		return nil, fault.ErrMalformed.Because(err)
	}
	return body, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client went away
}
