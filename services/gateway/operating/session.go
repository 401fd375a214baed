package operating

import (
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"net/http"
	"sync"
	"time"
)

// session is one operator who has signed in.
type session struct {
	form    string // stands in each form, which nobody else can write
	expires time.Time
}

const (
	cookieName  = "renlin_operator"
	sessionLife = 8 * time.Hour
	// sessionsMax bounds those who are signed in; a further one is in the place of the one that ends first.
	sessionsMax = 32
	// formBytesMax bounds a form.
	formBytesMax = 4 << 10
)

// sessions holds cookies by their digest, so that a memory dump gives none away. They end with the process.
type sessions struct {
	cfg   Config
	token [32]byte

	mu   sync.Mutex // guards live
	live map[[32]byte]*session
}

func newSessions(cfg Config) *sessions {
	return &sessions{cfg: cfg, token: sha256.Sum256([]byte(cfg.Token)), live: map[[32]byte]*session{}}
}

// of finds the session of a request; nil if there is none.
func (s *sessions) of(r *http.Request) *session {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	live := s.live[sha256.Sum256([]byte(c.Value))]
	if live == nil || !live.expires.After(s.cfg.Now()) {
		return nil
	}
	return live
}

// open makes a session and gives its cookie.
func (s *sessions) open() (string, error) {
	cookie, err := s.cfg.Random()
	if err != nil {
		return "", err
	}
	form, err := s.cfg.Random()
	if err != nil {
		return "", err
	}
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.live, func(_ [32]byte, live *session) bool { return !live.expires.After(now) })
	if len(s.live) >= sessionsMax {
		var first [32]byte
		for digest, live := range s.live { // any order: the one that ends first is found
			if s.live[first] == nil || live.expires.Before(s.live[first].expires) {
				first = digest
			}
		}
		delete(s.live, first)
	}
	s.live[sha256.Sum256([]byte(cookie))] = &session{form: form, expires: now.Add(sessionLife)}
	return cookie, nil
}

func (s *sessions) end(r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.live, sha256.Sum256([]byte(c.Value)))
	}
}

// form reads a form that was sent from this site; one of a session must have been made for it.
func (s *Site) form(w http.ResponseWriter, r *http.Request, who *session) error {
	if s.origin.Check(r) != nil {
		return ErrForm
	}
	r.Body = http.MaxBytesReader(w, r.Body, formBytesMax)
	if err := r.ParseForm(); err != nil {
		return ErrForm
	}
	if who != nil && subtle.ConstantTimeCompare([]byte(r.PostForm.Get("form")), []byte(who.form)) != 1 {
		return ErrForm
	}
	return nil
}

// signIn takes the operator's token.
func (s *Site) signIn(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	v := s.visit(r)
	if !s.cfg.Private(r) {
		s.refuse(w, v, ErrPlain)
		return
	}
	if err := s.form(w, r, nil); err != nil {
		s.refuse(w, v, err)
		return
	}
	digest := sha256.Sum256([]byte(r.PostForm.Get("token")))
	if s.cfg.Token == "" || subtle.ConstantTimeCompare(digest[:], s.sessions.token[:]) != 1 {
		s.refuse(w, v, ErrToken)
		return
	}
	cookie, err := s.sessions.open()
	if err != nil {
		s.refuse(w, v, err)
		return
	}
	s.setCookie(w, r, cookie, int(sessionLife/time.Second))
	http.Redirect(w, r, Below, http.StatusSeeOther)
}

// signOut ends a session.
func (s *Site) signOut(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	v := s.visit(r)
	err := error(ErrSignIn)
	if v.who != nil {
		err = s.form(w, r, v.who)
	}
	if err != nil {
		s.refuse(w, v, err)
		return
	}
	s.sessions.end(r)
	s.setCookie(w, r, "", -1)
	http.Redirect(w, r, Below, http.StatusSeeOther)
}

func (s *Site) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: value, Path: Below, MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: !s.cfg.Local(r),
	})
}

// again has a part begin work again that it has set aside.
func (s *Site) again(w http.ResponseWriter, r *http.Request) {
	protect(w.Header())
	v := s.visit(r)
	if v.who == nil {
		s.refuse(w, v, ErrSignIn)
		return
	}
	err := s.form(w, r, v.who)
	if err == nil {
		err = s.cfg.Source.Again(r.Context(), r.PostForm.Get("part"), r.PostForm.Get("community"))
	}
	if err != nil {
		s.refuse(w, v, err)
		return
	}
	http.Redirect(w, r, Below, http.StatusSeeOther)
}
