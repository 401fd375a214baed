package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
	"renlin.dev/services/gateway/platformtest"
)

const (
	testApp     = "wx0123456789abcdef"
	testSecret  = "5ec2e7000000000000000000deadbeef"
	testAccount = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
)

// asking is a provider with the platform that it asks, and what the operator is told.
type asking struct {
	*code2Session
	platform *platformtest.Platform
	log      *bytes.Buffer
	ctx      context.Context
	spans    *teltest.Recorder
}

func newAsking(t *testing.T, change func(*ProviderConfig)) *asking {
	t.Helper()
	a := &asking{platform: platformtest.New(testApp, testSecret), log: &bytes.Buffer{}, spans: teltest.New(t)}
	server := httptest.NewUnstartedServer(a.platform)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of hanging up
	server.Start()
	t.Cleanup(server.Close)
	cfg := ProviderConfig{Name: "wechat", Base: server.URL, AppID: testApp, SecretFile: filepath.Join(t.TempDir(), "secret")}
	if change != nil {
		change(&cfg)
	}
	if _, err := os.Stat(cfg.SecretFile); err != nil {
		if err := os.WriteFile(cfg.SecretFile, []byte(testSecret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := NewCode2Session(cfg, telemetry.NewLogger(a.log, "gateway", nil))
	if err != nil {
		t.Fatal(err)
	}
	a.code2Session, a.ctx = p.(*code2Session), a.spans.Context(t.Context())
	t.Cleanup(a.client.CloseIdleConnections)
	return a
}

// silent fails if anything that only platform and gateway may know stands in a text.
func silent(t *testing.T, where, text string, codes ...string) {
	t.Helper()
	for _, secret := range append(codes, testSecret, testAccount, platformtest.SessionKey, "unionid", "union-", "rid:", "openid") {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds %q: %s", where, secret, text)
		}
	}
}

// told looks at what the operator was told, and at every span.
func (a *asking) told(t *testing.T, err error, code string) {
	t.Helper()
	silent(t, "the log", a.log.String(), code)
	for _, s := range a.spans.Spans() {
		silent(t, "a span", s.Name()+s.Status().Description+fmt.Sprint(s.Attributes(), s.Events()), code)
	}
	if err != nil {
		problem := fault.Problem(fault.Of(err), "en", "", "")
		silent(t, "the answer", string(problem.Body)+err.Error(), code)
	}
}

// TestCode2Session signs in by a stand-in that behaves as the platform does, and misbehaves in every way that we know of.
func TestCode2Session(t *testing.T) {
	for name, c := range map[string]struct {
		config  func(*ProviderConfig)
		prepare func(a *asking, code string)
		want    *fault.Fault
		log     string // a part of the one line
	}{
		"right":        {},
		"code twice":   {prepare: func(a *asking, code string) { _, _ = a.Identify(a.ctx, code) }, want: ErrCodeSpent},
		"no such code": {prepare: func(a *asking, code string) { a.platform.Forget(code) }, want: ErrCodeInvalid},
		"code too old": {prepare: late, want: ErrCodeInvalid},
		"too often":    {prepare: often, want: ErrTooOften},
		"blocked":      {prepare: func(a *asking, _ string) { a.platform.Block(testAccount) }, want: ErrBlocked},
		"busy":         {prepare: trouble(platformtest.Busy), want: ErrPlatformBusy},
		"our app id":   {prepare: func(a *asking, _ string) { a.app = "wxother" }, want: ErrPlatform, log: "platform does not know our app_id"},
		"our secret":   {prepare: func(a *asking, _ string) { a.secret = "another" }, want: ErrPlatform, log: "platform refuses our secret"},
		"slow": {
			config:  func(c *ProviderConfig) { c.Timeout = daemon.Duration(time.Millisecond) },
			prepare: trouble(platformtest.Slow), want: ErrPlatform, log: "no answer in time",
		},
		"truncated":      {prepare: trouble(platformtest.Truncated), want: ErrPlatform, log: "the connection broke"},
		"not JSON":       {prepare: trouble(platformtest.NotJSON), want: ErrPlatform, log: errAnswerJSON.Error()},
		"oversized":      {prepare: trouble(platformtest.Oversized), want: ErrPlatform, log: "too long"},
		"5xx":            {prepare: trouble(platformtest.Broken), want: ErrPlatform, log: "status 502"},
		"sent elsewhere": {prepare: trouble(platformtest.Elsewhere), want: ErrPlatform, log: "status 302"},
		"nameless":       {prepare: trouble(platformtest.Nameless), want: ErrPlatform, log: errAnswerAccount.Error()},
		"hangs up":       {prepare: trouble(platformtest.Hangup), want: ErrPlatform, log: "the connection broke"},
		"nobody there": {
			config: func(c *ProviderConfig) { c.Base = nobodyThere(t) }, want: ErrPlatform, log: "it cannot be reached",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAsking(t, c.config)
			code := a.platform.Code(testAccount)
			if c.prepare != nil {
				c.prepare(a, code)
			}
			a.log.Reset()
			account, err := a.Identify(a.ctx, code)
			if c.want == nil && (err != nil || account != testAccount) {
				t.Errorf("account %q, %v", account, err)
			}
			if c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			lines := strings.Count(a.log.String(), "\n")
			if c.log == "" && lines != 0 || c.log != "" && (lines != 1 || !strings.Contains(a.log.String(), c.log)) {
				t.Errorf("the operator is told: %s", a.log)
			}
			a.told(t, err, code)
			if len(a.places) != 0 {
				t.Errorf("%d places are not given back", len(a.places))
			}
		})
	}
}

func trouble(how platformtest.Trouble) func(*asking, string) {
	return func(a *asking, _ string) { a.platform.Misbehave(how) }
}

// late lets a code's five minutes pass.
func late(a *asking, _ string) {
	a.platform.Now = func() time.Time { return time.Now().Add(5 * time.Minute) }
}

// often signs in as often as one account may in a minute.
func often(a *asking, _ string) {
	for range 100 {
		_, _ = a.Identify(a.ctx, a.platform.Code(testAccount))
	}
}

// nobodyThere is an address that nobody listens on.
func nobodyThere(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + l.Addr().String()
}

// TestCodesAreBounded: what cannot be a code is not sent on, and of one too many questions at once the platform hears nothing.
func TestCodesAreBounded(t *testing.T) {
	a := newAsking(t, func(c *ProviderConfig) { c.Concurrent = 1 })
	for _, code := range []string{"", "a b", "码", strings.Repeat("a", 129), "a&secret=x", "a\n"} {
		if _, err := a.Identify(a.ctx, code); !errors.Is(err, ErrCodeInvalid) {
			t.Errorf("%q: %v", code, err)
		}
	}
	a.places <- struct{}{} // somebody is asking
	if _, err := a.Identify(a.ctx, a.platform.Code(testAccount)); !errors.Is(err, fault.ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	<-a.places
	if n := a.platform.Asked(); n != 0 {
		t.Errorf("the platform was asked %d times", n)
	}
	if _, err := a.Identify(a.ctx, a.platform.Code(testAccount)); err != nil {
		t.Errorf("when there is a place: %v", err)
	}
	gone, cancel := context.WithCancel(a.ctx)
	cancel()
	if _, err := a.Identify(gone, a.platform.Code(testAccount)); !errors.Is(err, ErrPlatform) {
		t.Errorf("a client that went away: %v", err)
	}
}

// TestPlatformIsTheRightOne: secret and code go to nobody who cannot show a certificate for the address.
func TestPlatformIsTheRightOne(t *testing.T) {
	platform := platformtest.New(testApp, testSecret)
	server := httptest.NewUnstartedServer(platform)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake that fails is meant to
	server.StartTLS()
	t.Cleanup(server.Close)
	a := newAsking(t, func(c *ProviderConfig) { c.Base = server.URL })
	if _, err := a.Identify(a.ctx, platform.Code(testAccount)); !errors.Is(err, ErrPlatform) {
		t.Errorf("a certificate of nobody's: %v", err)
	}
	if !strings.Contains(a.log.String(), "certificate") || platform.Asked() != 0 {
		t.Errorf("asked %d times, told %s", platform.Asked(), a.log)
	}
	a.client.Transport = server.Client().Transport // which knows the certificate
	if account, err := a.Identify(a.ctx, platform.Code(testAccount)); err != nil || account != testAccount {
		t.Errorf("with the right one: %q, %v", account, err)
	}
}

// TestProviderConfig refuses what would send secrets in clear, or nowhere.
func TestProviderConfig(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*ProviderConfig)
		ok    bool
	}{
		"right": {func(*ProviderConfig) {}, true}, "the machine itself": {func(c *ProviderConfig) { c.Base = "http://127.0.0.1:80" }, true},
		"in clear":        {func(c *ProviderConfig) { c.Base = "http://api.example.org" }, false},
		"no address":      {func(c *ProviderConfig) { c.Base = "" }, false},
		"a secret in it":  {func(c *ProviderConfig) { c.Base = "https://a:" + testSecret + "@example.org" }, false},
		"a query":         {func(c *ProviderConfig) { c.Base = "https://example.org?secret=" + testSecret }, false},
		"another scheme":  {func(c *ProviderConfig) { c.Base = "ftp://127.0.0.1" }, false},
		"no URL":          {func(c *ProviderConfig) { c.Base = "https://%zz" + testSecret }, false},
		"no name":         {func(c *ProviderConfig) { c.Name = "" }, false},
		"a line break":    {func(c *ProviderConfig) { c.Name = "we\nchat" }, false},
		"ours":            {func(c *ProviderConfig) { c.Name = "device" }, false},
		"no app":          {func(c *ProviderConfig) { c.AppID = "" }, false},
		"no secret file":  {func(c *ProviderConfig) { c.SecretFile = "" }, false},
		"negative limit":  {func(c *ProviderConfig) { c.Timeout = -1 }, false},
		"too long":        {func(c *ProviderConfig) { c.Timeout = daemon.Duration(time.Minute) }, false},
		"too many places": {func(c *ProviderConfig) { c.Concurrent = 1001 }, false},
	} {
		cfg := ProviderConfig{Name: "wechat", Base: "https://api.example.org", AppID: testApp, SecretFile: "secret"}
		c.spoil(&cfg)
		err := cfg.Check()
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			silent(t, name, err.Error())
		}
	}
	file := filepath.Join(t.TempDir(), "secret")
	cfg := ProviderConfig{Name: "wechat", Base: "https://api.example.org", AppID: testApp, SecretFile: file}
	for _, content := range []string{"none", "", "two words of " + testSecret} {
		if content != "none" {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err := NewCode2Session(cfg, nil)
		if err == nil {
			t.Errorf("secret %q is taken", content)
			continue
		}
		silent(t, "secret file", err.Error())
	}
}

// FuzzDecodeSession: an account or a refusal, never both, and nothing else of what came.
func FuzzDecodeSession(f *testing.F) {
	for _, seed := range []string{
		`{"session_key":"k","openid":"` + testAccount + `","unionid":"u"}`, `{"errcode":40029,"errmsg":"invalid code, rid: x"}`,
		`{"errcode":0,"openid":"` + testAccount + `"}`, `{"errcode":-1,"openid":"` + testAccount + `"}`, `null`, `[]`, `{}`, ``, `{"openid":1}`,
		`{"errcode":"40029"}`, `{"openid":"a b"}`, `{"openid":"` + testAccount + `"}{}`, `{"errcode":1e99}`, "{\"openid\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := decodeSession(raw)
		named := accountPattern.MatchString(s.OpenID)
		if (err == nil) != (named != (s.ErrCode != 0)) || err != nil && s != (platformSession{}) || s.OpenID != "" && !named {
			t.Fatalf("%+v, %v", s, err)
		}
		if err != nil && !errors.Is(err, errAnswerJSON) && !errors.Is(err, errAnswerAccount) {
			t.Fatalf("an error that may quote: %v", err)
		}
	})
}

// TestDecodeSession says what is taken, for one answer of each sort.
func TestDecodeSession(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]struct {
		account string
		code    int64
		err     error
	}{
		` {"openid":"` + testAccount + `"}`:                {account: testAccount},
		`{"openid":"` + testAccount + `","errcode":0}`:     {account: testAccount},
		`{"openid":"` + testAccount + `","errcode":40226}`: {code: 40226},
		`{"errcode":-1,"errmsg":"x"}`:                      {code: -1},
		`{"openid":"` + testAccount + `"} {}`:              {err: errAnswerJSON},
		`null`:                                             {err: errAnswerJSON}, `"x"`: {err: errAnswerJSON}, ``: {err: errAnswerJSON},
		`{"errcode":"1"}`: {err: errAnswerJSON}, `{}`: {err: errAnswerAccount}, `{"openid":""}`: {err: errAnswerAccount},
		`{"openid":"o6 bmjrP"}`: {err: errAnswerAccount}, `{"openid":"` + strings.Repeat("a", 129) + `"}`: {err: errAnswerAccount},
	} {
		s, err := decodeSession([]byte(raw))
		if s.OpenID != want.account || s.ErrCode != want.code || !errors.Is(err, want.err) {
			t.Errorf("%s: %+v, %v", raw, s, err)
		}
	}
}

// TestStandIn: the stand-in refuses what the real platform refuses and a provider of ours never sends.
func TestStandIn(t *testing.T) {
	t.Parallel()
	p := platformtest.New(testApp, testSecret)
	ask := func(query string) string {
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/sns/jscode2session?"+query, nil))
		raw, err := io.ReadAll(w.Body)
		if err != nil || w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/plain" {
			t.Errorf("%s: %d, %v", query, w.Code, err)
		}
		return string(raw)
	}
	who := "appid=" + testApp + "&secret=" + testSecret + "&js_code=" + p.Code(testAccount)
	if got := ask(who); !strings.Contains(got, "40002") {
		t.Errorf("without a grant: %s", got)
	}
	if got := ask(who + "&grant_type=authorization_code"); !strings.Contains(got, testAccount) || strings.Contains(got, "errcode") {
		t.Errorf("right: %s", got)
	}
}
