package gateway

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
)

// Faults of sessions.
var (
	ErrSession = fault.New(fault.Unauthenticated, "session.missing", "Please sign in first.", "请先登录。")
	ErrExpired = fault.New(fault.Unauthenticated, "session.expired", "Please sign in again.", "登录已过期，请重新登录。")
	ErrDevOnly = fault.New(fault.Forbidden, "sign_in.development_only",
		"Signing in without a device key works only on the machine itself, for development.", "无设备密钥的登录仅限本机开发使用。")
	ErrSignInUsed = fault.New(fault.Refused, "sign_in.used", "This sign-in has been used already.", "该登录请求已被使用。")
	ErrSignInBody = fault.New(fault.Invalid, "sign_in.malformed", "The sign-in request could not be read.", "无法读取登录请求。")
)

const (
	sessionLifetime = 12 * time.Hour
	sessionsMax     = 100_000
	signInMax       = 10 * time.Minute // how far ahead a signed sign-in may expire
	// memberSessionsMax bounds one member's sessions; a further one ends the oldest, so that nobody takes the others' places.
	memberSessionsMax = 16
)

// session is one signed-in member; operator is set for the operator's token instead.
type session struct {
	community, member string
	key               string // id of the device's key that signed in; "" for the development provider
	operator          bool
	expires           time.Time
}

// sessions holds tokens by their digest, so that a memory dump gives none away. It is lost at restart: everyone signs in again.
type sessions struct {
	cfg      Config
	operator [32]byte

	mu     sync.Mutex // guards what follows
	live   map[[32]byte]session
	owners map[owner][][32]byte          // tokens of each member, oldest first
	used   map[chain.CommandID]time.Time // sign-ins, until they have expired: one that was overheard opens no second session
}

func newSessions(cfg Config) *sessions {
	return &sessions{
		cfg: cfg, operator: sha256.Sum256([]byte(cfg.OperatorToken)), live: map[[32]byte]session{},
		owners: map[owner][][32]byte{}, used: map[chain.CommandID]time.Time{},
	}
}

// owner is whose a session is.
type owner struct{ community, member string }

func (s session) owner() owner { return owner{s.community, s.member} }

// open makes a token for a session.
func (s *sessions) open(who session) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(s.cfg.Entropy, raw[:]); err != nil {
		return "", fault.ErrInternal.Because(err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw[:])
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.live) >= sessionsMax {
		for digest, live := range s.live {
			if !live.expires.After(now) {
				s.drop(digest)
			}
		}
		if len(s.live) >= sessionsMax {
			return "", fault.ErrBusy
		}
	}
	who.expires = now.Add(sessionLifetime)
	if own := s.owners[who.owner()]; len(own) >= memberSessionsMax {
		s.drop(own[0])
	}
	digest := sha256.Sum256([]byte(token))
	s.live[digest], s.owners[who.owner()] = who, append(s.owners[who.owner()], digest)
	return token, nil
}

// drop ends a session. The caller holds mu.
func (s *sessions) drop(digest [32]byte) {
	who, ok := s.live[digest]
	if !ok {
		return
	}
	delete(s.live, digest)
	left := slices.DeleteFunc(s.owners[who.owner()], func(d [32]byte) bool { return d == digest })
	if len(left) == 0 {
		delete(s.owners, who.owner())
		return
	}
	s.owners[who.owner()] = left
}

// use notes a signed sign-in, once.
func (s *sessions) use(id chain.CommandID, until time.Time) error {
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.used) >= sessionsMax {
		maps.DeleteFunc(s.used, func(_ chain.CommandID, t time.Time) bool { return !t.After(now) })
	}
	switch {
	case s.used[id].After(now):
		return ErrSignInUsed
	case len(s.used) >= sessionsMax:
		return fault.ErrBusy
	}
	s.used[id] = until
	return nil
}

// of finds the session of a request for a community.
func (s *sessions) of(r *http.Request, community string) (session, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || token == "" {
		return session{}, ErrSession
	}
	digest := sha256.Sum256([]byte(token))
	if s.cfg.OperatorToken != "" && subtle.ConstantTimeCompare(digest[:], s.operator[:]) == 1 {
		return session{operator: true}, nil
	}
	s.mu.Lock()
	live, ok := s.live[digest]
	s.mu.Unlock()
	if !ok || live.community != community || !live.expires.After(s.cfg.Now()) {
		return session{}, ErrExpired
	}
	return live, nil
}

func (s *sessions) close(r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(sha256.Sum256([]byte(token)))
}

// signInOperation is what a device signs to sign in.
const signInOperation = "gateway.sign_in"

// signIn opens a session: with a device's signature, or by the development provider from the machine itself.
func (g *Gateway) signIn(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	body, err := readBody(r, smallBodies)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	var in memberBody
	if err := strictJSON(body, &in); err != nil || in.Member == "" {
		op.WriteFault(w, r, ErrSignInBody)
		return
	}
	who, provider, now := session{community: community, member: in.Member}, "device", g.directory.size(r.Context(), community)
	if r.Header.Get(op.HeaderSignature) == "" {
		provider = "development"
		err = g.allowDevelopment(r)
	} else {
		who.key, err = g.checkSignIn(r, community, in.Member, body, now)
	}
	if err == nil {
		_, err = g.activeMember(r.Context(), community, in.Member, now)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	token, err := g.sessions.open(who)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, openedSession{Token: token, Provider: provider})
}

// allowDevelopment lets only somebody at the machine itself in: not one for whom a proxy on it asks, nor a page of elsewhere that has
// its own name lead here.
func (g *Gateway) allowDevelopment(r *http.Request) error {
	proxied := r.Header.Get("Forwarded") != "" || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Via") != ""
	if !g.cfg.Development || proxied || !g.atHome(r.RemoteAddr) || !loopback(r.Host) {
		return ErrDevOnly
	}
	return nil
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

// checkSignIn verifies a device's signature over the sign-in body and that the key is the member's as of at least a position, and gives
// the key's id.
func (g *Gateway) checkSignIn(r *http.Request, community, member string, body []byte, position uint64) (string, error) {
	sig, err := op.ParseSignature(r.Header.Get(op.HeaderSignature))
	if err != nil {
		return "", err
	}
	idempotency, err := idempotencyKey(r)
	if err != nil {
		return "", err
	}
	notAfter, err := strconv.ParseInt(r.Header.Get(op.HeaderNotAfter), 10, 64)
	now := g.cfg.Now()
	until := time.UnixMilli(notAfter)
	if err != nil || !until.After(now) || until.After(now.Add(signInMax)) {
		return "", op.ErrNotAfterHeader
	}
	info, err := g.directory.find(r.Context(), community)
	if err != nil {
		return "", err
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: signInOperation, Contract: 1, IdempotencyKey: idempotency,
		NotAfter: notAfter, Body: body, Signatures: []chain.Signature{sig},
	}
	id, err := s.ID(chain.AuthorDevice, "")
	if err != nil || s.CheckSignatures(info.genesis, id) != nil {
		return "", standing.ErrKeyUnknown
	}
	key := chain.KeyID(sig.Key)
	if err := g.keyStands(r.Context(), community, key, member, position); err != nil {
		return "", err
	}
	return key, g.sessions.use(id, until)
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
