package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
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
	ErrSignInBody = fault.New(fault.Invalid, "sign_in.malformed", "The sign-in request could not be read.", "无法读取登录请求。")
)

const (
	sessionLifetime = 12 * time.Hour
	sessionsMax     = 100_000
)

// session is one signed-in member; operator is set for the operator's token instead.
type session struct {
	community, member string
	operator          bool
	expires           time.Time
}

// sessions holds tokens by their digest, so that a memory dump gives none away. It is lost at restart: everyone signs in again.
type sessions struct {
	cfg      Config
	operator [32]byte

	mu   sync.Mutex // guards live
	live map[[32]byte]session
}

func newSessions(cfg Config) *sessions {
	return &sessions{cfg: cfg, operator: sha256.Sum256([]byte(cfg.OperatorToken)), live: map[[32]byte]session{}}
}

func (s *sessions) open(community, member string) (string, error) {
	var raw [32]byte
	if _, err := io.ReadFull(s.cfg.Entropy, raw[:]); err != nil {
		return "", fault.ErrInternal.Because(err)
	}
	token := base64.RawURLEncoding.EncodeToString(raw[:])
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.live) >= sessionsMax {
		for k, v := range s.live {
			if v.expires.Before(now) {
				delete(s.live, k)
			}
		}
		if len(s.live) >= sessionsMax {
			return "", fault.ErrBusy
		}
	}
	s.live[sha256.Sum256([]byte(token))] = session{community: community, member: member, expires: now.Add(sessionLifetime)}
	return token, nil
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
	delete(s.live, sha256.Sum256([]byte(token)))
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
	now := g.directory.size(r.Context(), community)
	provider := "device"
	if r.Header.Get(op.HeaderSignature) == "" {
		provider = "development"
		err = g.allowDevelopment(r)
	} else {
		err = g.checkSignIn(r, community, in.Member, body, now)
	}
	if err == nil {
		_, err = g.activeMemberAt(r.Context(), community, in.Member, now)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	token, err := g.sessions.open(community, in.Member)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"token": token, "provider": provider})
}

func (g *Gateway) allowDevelopment(r *http.Request) error {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	if err != nil || ip == nil || !ip.IsLoopback() || !g.cfg.Development {
		return ErrDevOnly
	}
	return nil
}

// checkSignIn verifies a device's signature over the sign-in body and that the key is the member's, as of a position.
func (g *Gateway) checkSignIn(r *http.Request, community, member string, body []byte, position uint64) error {
	sig, err := op.ParseSignature(r.Header.Get(op.HeaderSignature))
	if err != nil {
		return err
	}
	notAfter, err := strconv.ParseInt(r.Header.Get(op.HeaderNotAfter), 10, 64)
	now := g.cfg.Now().UnixMilli()
	if err != nil || notAfter <= now || notAfter > now+10*60*1000 {
		return op.ErrNotAfterHeader
	}
	info, err := g.directory.find(r.Context(), community)
	if err != nil {
		return err
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: signInOperation, Contract: 1, IdempotencyKey: r.Header.Get(op.HeaderIdempotencyKey),
		NotAfter: notAfter, Body: body, Signatures: []chain.Signature{sig},
	}
	id, err := s.ID(chain.AuthorDevice, "")
	if err != nil || s.CheckSignatures(info.genesis, id) != nil {
		return standing.ErrKeyUnknown
	}
	var key standing.Key
	err = g.stateAt(r.Context(), community, "key/"+chain.KeyID(sig.Key), position, &key)
	if err != nil || key.Member != member || key.Revoked {
		return standing.ErrKeyUnknown
	}
	return nil
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
