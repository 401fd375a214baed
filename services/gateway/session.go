package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
)

// Faults of sessions.
var (
	ErrSession = fault.New(fault.Unauthenticated, "session.missing", "Please sign in first.", "请先登录。")
	ErrExpired = fault.New(fault.Unauthenticated, "session.expired", "Please sign in again.", "登录已过期，请重新登录。")
	ErrDevOnly = fault.New(fault.Forbidden, "sign_in.development_only",
		"Signing in without a device key works only on the machine itself, for development.", "无设备密钥的登录仅限本机开发使用。")
	ErrSignInUsed = fault.New(fault.Unauthenticated, "sign_in.used",
		"This sign-in was used already. Please sign in anew.", "该登录请求已使用过，请重新登录。")
	ErrSignInBody = fault.New(fault.Invalid, "sign_in.malformed", "The sign-in request could not be read.", "无法读取登录请求。")
)

const (
	sessionLifetime = 12 * time.Hour
	sessionsMax     = 100_000
	// memberSessionsMax bounds one member's sessions; a further one ends the oldest, so that nobody takes the others' places.
	memberSessionsMax = 16
	signInMax         = 10 * time.Minute // how far ahead a sign-in's expiry may lie
)

// session is one signed-in member; operator is set for the operator's token instead.
type session struct {
	community, member string
	key               string // id of the device's key that opened it; empty for the development sign-in
	operator          bool
	expires           time.Time
}

// sessions holds tokens by their digest, so that a memory dump gives none away. It is lost at restart: everyone signs in again.
type sessions struct {
	cfg      Config
	operator [32]byte

	mu      sync.Mutex // guards what follows
	live    map[[32]byte]session
	byOwner map[string][][32]byte         // of each member of each community, oldest first
	used    map[chain.CommandID]time.Time // sign-ins, until they expire
	swept   time.Time
}

func newSessions(cfg Config) *sessions {
	return &sessions{
		cfg: cfg, operator: sha256.Sum256([]byte(cfg.OperatorToken)), live: map[[32]byte]session{}, byOwner: map[string][][32]byte{},
		used: map[chain.CommandID]time.Time{},
	}
}

// open makes a token for a session. A sign-in by a device opens one session and no more: whoever hears it on the way gets nothing.
func (s *sessions) open(one session, signIn chain.CommandID) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(s.cfg.Entropy, raw[:]); err != nil {
		return "", fault.ErrInternal.Because(err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw[:])
	now := s.cfg.Now()
	one.expires = now.Add(sessionLifetime)
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) > time.Minute {
		s.sweep(now)
	}
	if len(s.live) >= sessionsMax || len(s.used) >= sessionsMax {
		return "", fault.ErrBusy
	}
	if one.key != "" {
		if _, ok := s.used[signIn]; ok {
			return "", ErrSignInUsed
		}
		s.used[signIn] = now.Add(signInMax)
	}
	digest, owner := sha256.Sum256([]byte(token)), one.community+"/"+one.member
	if list := s.byOwner[owner]; len(list) >= memberSessionsMax {
		s.drop(list[0])
	}
	s.live[digest], s.byOwner[owner] = one, append(s.byOwner[owner], digest)
	return token, nil
}

// drop ends a session. The caller holds mu.
func (s *sessions) drop(digest [32]byte) {
	one, ok := s.live[digest]
	if !ok {
		return
	}
	delete(s.live, digest)
	owner := one.community + "/" + one.member
	s.byOwner[owner] = slices.DeleteFunc(s.byOwner[owner], func(d [32]byte) bool { return d == digest })
	if len(s.byOwner[owner]) == 0 {
		delete(s.byOwner, owner)
	}
}

// sweep lets go of what has expired. The caller holds mu.
func (s *sessions) sweep(now time.Time) {
	s.swept = now
	for digest, one := range s.live {
		if one.expires.Before(now) {
			s.drop(digest)
		}
	}
	for id, until := range s.used {
		if until.Before(now) {
			delete(s.used, id)
		}
	}
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
	if !ok || live.community != community || live.expires.Before(s.cfg.Now()) {
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

// session finds the session of a request, and refuses it when the key that opened it was revoked since.
func (g *Gateway) session(r *http.Request, community string) (session, error) {
	who, err := g.sessions.of(r, community)
	if err != nil || who.key == "" {
		return who, err
	}
	var key standing.Key
	if err := g.state(r.Context(), community, "key/"+who.key, &key); err != nil {
		return session{}, err
	}
	if key.Revoked {
		g.sessions.close(r)
		return session{}, ErrExpired
	}
	return who, nil
}

// signInOperation is what a device signs to sign in.
const signInOperation = "gateway.sign_in"

// signIn opens a session: with a device's signature, or by the development provider from the machine itself.
func (g *Gateway) signIn(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	body, err := readBody(r, 4<<10)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	var in struct {
		Member string `json:"member"`
	}
	if err := strictJSON(body, &in); err != nil || in.Member == "" {
		op.WriteFault(w, r, ErrSignInBody)
		return
	}
	provider, one := "device", session{community: community, member: in.Member}
	var id chain.CommandID
	if r.Header.Get(op.HeaderSignature) == "" {
		provider = "development"
		err = g.allowDevelopment(r)
	} else {
		one.key, id, err = g.checkSignIn(r, community, in.Member, body)
	}
	if err == nil {
		_, err = g.activeMember(r.Context(), community, in.Member)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	token, err := g.sessions.open(one, id)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"token": token, "provider": provider})
}

// forwarding are the headers by which a proxy says that a request came through it: then its address is the proxy's.
var forwarding = []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

// allowDevelopment admits what comes from this machine itself, speaks to it by a name of its own (a page from elsewhere, whose name
// was made to point here, does not), and was not passed on by a proxy.
func (g *Gateway) allowDevelopment(r *http.Request) error {
	if !g.cfg.Development || !loopback(r.RemoteAddr) || !loopback(r.Host) {
		return ErrDevOnly
	}
	for _, name := range forwarding {
		if len(r.Header.Values(name)) > 0 {
			return ErrDevOnly
		}
	}
	return nil
}

// loopback tells whether an address, with or without a port, is this machine's own.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = strings.Trim(address, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkSignIn verifies a device's signature over the sign-in body and that the key is the member's. It answers the key's id and the
// sign-in's.
func (g *Gateway) checkSignIn(r *http.Request, community, member string, body []byte) (string, chain.CommandID, error) {
	refuse := func(err error) (string, chain.CommandID, error) { return "", chain.CommandID{}, err }
	sig, err := op.ParseSignature(r.Header.Get(op.HeaderSignature))
	if err != nil {
		return refuse(err)
	}
	idempotency, err := idempotencyKey(r)
	if err != nil {
		return refuse(err)
	}
	notAfter, err := strconv.ParseInt(r.Header.Get(op.HeaderNotAfter), 10, 64)
	now := g.cfg.Now()
	if err != nil || notAfter <= now.UnixMilli() || notAfter > now.Add(signInMax).UnixMilli() {
		return refuse(op.ErrNotAfterHeader)
	}
	info, err := g.directory.find(r.Context(), community)
	if err != nil {
		return refuse(err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: signInOperation, Contract: 1, IdempotencyKey: idempotency,
		NotAfter: notAfter, Body: body, Signatures: []chain.Signature{sig},
	}
	id, err := s.ID(chain.AuthorDevice, "")
	if err != nil || s.CheckSignatures(info.genesis, id) != nil {
		return refuse(standing.ErrKeyUnknown)
	}
	var key standing.Key
	keyID := chain.KeyID(sig.Key)
	if err := g.state(r.Context(), community, "key/"+keyID, &key); err != nil || key.Member != member || key.Revoked {
		return refuse(standing.ErrKeyUnknown)
	}
	return keyID, id, nil
}

func (g *Gateway) signOut(w http.ResponseWriter, r *http.Request) {
	g.sessions.close(r)
	w.WriteHeader(http.StatusNoContent)
}

func readBody(r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, limit))
	if err != nil {
		return nil, op.ErrBodySize
	}
	return body, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client went away
}
