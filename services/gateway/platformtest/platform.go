// Package platformtest is a stand-in for a mini-program platform's server, for tests only: no flag of the product starts it, since
// whoever may ask it for a code signs in as anybody.
//
// It answers GET /sns/jscode2session as the real one does: always with status 200 and text/plain, a refusal as errcode and errmsg in
// the body; a code is good for five minutes and once; one account may ask a hundred times a minute. It can be told to misbehave.
package platformtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The platform's own limits.
const (
	codeLifetime  = 5 * time.Minute
	callsAMinute  = 100
	callsInterval = time.Minute
)

// Trouble is one way in which a server misbehaves.
type Trouble string

// The troubles. Each holds until another is set; None ends it.
const (
	None      Trouble = ""
	Busy      Trouble = "busy"      // errcode -1
	Slow      Trouble = "slow"      // says nothing until the asker goes away
	Truncated Trouble = "truncated" // promises more than it sends
	NotJSON   Trouble = "not json"
	Oversized Trouble = "oversized"
	Broken    Trouble = "broken"    // status 502
	Elsewhere Trouble = "elsewhere" // a redirect to the same server under another path
	Nameless  Trouble = "nameless"  // JSON without an account
	Hangup    Trouble = "hang up"
)

// Platform is the server. Its fields are set before it is asked.
type Platform struct {
	AppID, Secret string
	Now           func() time.Time

	mu      sync.Mutex // guards what follows
	codes   map[string]*code
	blocked map[string]bool
	calls   map[string][]time.Time // by account
	trouble Trouble
	serial  int
	asked   int
}

type code struct {
	account string
	until   time.Time
	used    bool
}

// New makes a platform that knows one mini-program.
func New(appID, secret string) *Platform {
	return &Platform{
		AppID: appID, Secret: secret, Now: time.Now, codes: map[string]*code{}, blocked: map[string]bool{}, calls: map[string][]time.Time{},
	}
}

// Code gives the one-time code that the platform's client library hands to an account's mini-program.
func (p *Platform) Code(account string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial++
	c := fmt.Sprintf("0a3%029d", p.serial)
	p.codes[c] = &code{account: account, until: p.Now().Add(codeLifetime)}
	return c
}

// Forget has the platform know nothing of a code.
func (p *Platform) Forget(c string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.codes, c)
}

// Block has the platform hold an account to be unsafe.
func (p *Platform) Block(account string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked[account] = true
}

// Misbehave sets how the next questions are answered.
func (p *Platform) Misbehave(how Trouble) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble = how
}

// Asked tells how many questions came.
func (p *Platform) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Elsewhere's target; whoever follows a redirect turns up there.
const elsewherePath = "/elsewhere"

// ServeHTTP implements http.Handler.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked++
	trouble := p.trouble
	p.mu.Unlock()
	w.Header().Set("Content-Type", "text/plain")
	if trouble != None && trouble != Busy {
		misbehave(w, r, trouble)
		return
	}
	if r.Method != http.MethodGet || r.URL.Path != "/sns/jscode2session" {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(p.answer(r, trouble)) // the asker went away
}

// answer is a session or a refusal.
func (p *Platform) answer(r *http.Request, trouble Trouble) map[string]any {
	p.mu.Lock()
	defer p.mu.Unlock()
	q, now := r.URL.Query(), p.Now()
	c := p.codes[q.Get("js_code")]
	switch {
	case trouble == Busy:
		return refusal(-1, "system error")
	case q.Get("appid") != p.AppID:
		return refusal(40013, "invalid appid")
	case q.Get("secret") != p.Secret:
		return refusal(40125, "invalid appsecret")
	case q.Get("grant_type") != "authorization_code":
		return refusal(40002, "invalid grant_type")
	case c == nil || !now.Before(c.until):
		return refusal(40029, "invalid code")
	case c.used:
		return refusal(40163, "code been used")
	}
	recent := p.calls[c.account][:0]
	for _, at := range p.calls[c.account] {
		if now.Sub(at) < callsInterval {
			recent = append(recent, at)
		}
	}
	p.calls[c.account] = append(recent, now)
	switch {
	case len(recent) >= callsAMinute:
		return refusal(45011, "api minute-quota reach limit, must slower, retry next minute")
	case p.blocked[c.account]:
		return refusal(40226, "code blocked")
	}
	c.used = true
	return map[string]any{"session_key": SessionKey, "openid": c.account, "unionid": "union-" + c.account}
}

// SessionKey is the one that every session gets: it must turn up nowhere.
const SessionKey = "HyVFkGl5F5OQWJZZaNzBBg=="

func refusal(code int, message string) map[string]any {
	return map[string]any{"errcode": code, "errmsg": message + ", rid: 6569f3a1-2c0e1b2d-4f5a6b7c"}
}

// misbehave answers as a server in trouble does.
func misbehave(w http.ResponseWriter, r *http.Request, how Trouble) {
	switch how {
	case Slow:
		<-r.Context().Done()
	case Truncated:
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"openid":"o6_bmjrPTlm6_2sgVt7hMZOPfL2M"`))
	case NotJSON:
		_, _ = w.Write([]byte(`<html>openid=o6_bmjrPTlm6_2sgVt7hMZOPfL2M</html>`))
	case Oversized:
		_, _ = w.Write([]byte(`{"openid":"o6_bmjrPTlm6_2sgVt7hMZOPfL2M","padding":"` + strings.Repeat("x", 1<<20) + `"}`))
	case Broken:
		w.WriteHeader(http.StatusBadGateway)
	case Elsewhere:
		if r.URL.Path != elsewherePath {
			http.Redirect(w, r, elsewherePath+"?"+r.URL.RawQuery, http.StatusFound)
			return
		}
		_, _ = w.Write([]byte(`{"openid":"o6_bmjrPTlm6_2sgVt7hMZOPfL2M"}`))
	case Nameless:
		_, _ = w.Write([]byte(`{"session_key":"` + SessionKey + `"}`))
	case Hangup:
		panic(http.ErrAbortHandler)
	}
}
