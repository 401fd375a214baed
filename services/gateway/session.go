package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
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
	way               string   // by which it was opened: device, development, or a platform's name
	key               string   // id of the device's key that signed in; "" for every other way
	account           identity // of the platform's account that signed in; zero for every other way
	rests             string   // id of the key on which that account's binding rests
	operator          bool
	opened, expires   time.Time
}

// The ways to a session that are no platform's.
const (
	wayDevice      = "device"
	wayDevelopment = "development"
)

// sessions holds tokens by their digest, so that a memory dump gives none away. It is lost at restart: everyone signs in again.
type sessions struct {
	cfg      Config
	operator [32]byte

	mu     sync.Mutex // guards what follows
	live   map[[32]byte]session
	owners map[owner][][32]byte          // tokens of each member, oldest first
	used   map[chain.CommandID]time.Time // sign-ins, until they have expired: one that was overheard opens no second session
	last   map[signer]time.Time          // when each signed in last, since the start
}

// signer is a key or an account that signs a member in.
type signer struct {
	community string
	what      string // id of the key or of the binding
}

// signer tells what opened the session.
func (s session) signer() signer {
	if s.account != (identity{}) {
		return signer{s.community, s.account.id()}
	}
	return signer{s.community, s.key}
}

func newSessions(cfg Config) *sessions {
	return &sessions{
		cfg: cfg, operator: sha256.Sum256([]byte(cfg.OperatorToken)), live: map[[32]byte]session{},
		owners: map[owner][][32]byte{}, used: map[chain.CommandID]time.Time{}, last: map[signer]time.Time{},
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
	who.opened, who.expires = now, now.Add(sessionLifetime)
	if own := s.owners[who.owner()]; len(own) >= memberSessionsMax {
		s.drop(own[0])
	}
	digest := sha256.Sum256([]byte(token))
	s.live[digest], s.owners[who.owner()] = who, append(s.owners[who.owner()], digest)
	if _, again := s.last[who.signer()]; again || len(s.last) < sessionsMax {
		s.last[who.signer()] = now
	}
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

// close ends the session of a request.
func (s *sessions) close(r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(sha256.Sum256([]byte(token)))
}

// listed is a session as its member sees it.
type listed struct {
	session
	id      string
	current bool
}

// sessionID names a session to its member; its token cannot be told from it.
func sessionID(digest [32]byte) string {
	sum := sha256.Sum256(append([]byte("renlin/session/1\n"), digest[:]...))
	return chain.ShortID(sum[:])
}

// list gives a member's sessions, oldest first. The request's own is marked.
func (s *sessions) list(r *http.Request, who owner) (out []listed) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	current, now := sha256.Sum256([]byte(token)), s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, digest := range s.owners[who] {
		if live := s.live[digest]; live.expires.After(now) {
			out = append(out, listed{session: live, id: sessionID(digest), current: digest == current})
		}
	}
	return out
}

// end ends those of a member's sessions that match, at once, and tells how many.
func (s *sessions) end(who owner, match func(id string, live session) bool) (ended int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, digest := range slices.Clone(s.owners[who]) {
		if match(sessionID(digest), s.live[digest]) {
			s.drop(digest)
			ended++
		}
	}
	return ended
}

// lastSignIn tells when a key or an account signed in last, in ms since the Unix epoch; 0 if not since the gateway was started.
func (s *sessions) lastSignIn(by signer) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.last[by]; ok {
		return at.UnixMilli()
	}
	return 0
}
