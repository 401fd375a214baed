package main

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// operated is a pilot that keeps its traces, with a community and a topic in it.
type operated struct {
	address, token, community string
	cfg                       pilotConfig
	member                    *client.Device
	index                     uint64 // of the topic's commit
}

func newOperated(t *testing.T) *operated {
	t.Helper()
	cfg := testPilot(t)
	cfg.traces = ring.New(ring.Config{})
	provider, shutdown := telemetry.NewProvider("pilot", nil, 1, cfg.traces)
	t.Cleanup(func() { _ = shutdown(context.WithoutCancel(t.Context())) })
	address, _ := watchPilot(t, telemetry.WithProvider(t.Context(), provider), cfg, io.Discard)
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	d := x.Residents[0]
	answer := postTopic(t, d)
	raw, err := os.ReadFile(filepath.Join(cfg.data, "token"))
	if err != nil {
		t.Fatal(err)
	}
	return &operated{address, strings.TrimSpace(string(raw)), d.Community, cfg, d, answer.Index}
}

// operator is a browser without a screen, which has signed in.
type operator struct {
	t       *testing.T
	address string
	http    *http.Client
}

func (o *operated) operator(t *testing.T) *operator { return operatorAt(t, o.address, o.token) }

func operatorAt(t *testing.T, address, token string) *operator {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	out := &operator{t, address, &http.Client{Jar: jar}}
	status, page := out.post("/sessions", url.Values{"token": {token}}, nil)
	if status != http.StatusOK || !strings.Contains(page, `id="verdict"`) {
		t.Fatalf("sign in: %d\n%s", status, page)
	}
	return out
}

// get reads a page below the operator's.
func (o *operator) get(path string) (status int, page string) {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.address+"/operator"+path, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return o.do(r)
}

func (o *operator) post(path string, form url.Values, change func(*http.Request)) (status int, page string) {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.address+"/operator"+path, strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if change != nil {
		change(r)
	}
	return o.do(r)
}

func (o *operator) do(r *http.Request) (status int, page string) {
	o.t.Helper()
	response, err := o.http.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

// inForm finds what every form of a page sends back.
var inForm = regexp.MustCompile(`name="form" value="([^"]+)"`)

// TestOperatorSignsIn: nobody sees a page without the token, which is taken from nobody who might be overheard and from no other site; the
// cookie goes nowhere else, and ends.
func TestOperatorSignsIn(t *testing.T) {
	o := newOperated(t)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	anyone := &operator{t, o.address, &http.Client{CheckRedirect: stay}}
	for _, path := range []string{
		"", "/alerts", "/traces", "/traces/" + strings.Repeat("1", 32), "/communities/" + o.community + "/commits/0",
	} {
		if status, page := anyone.get(path); status != http.StatusUnauthorized || !strings.Contains(page, `id="token"`) {
			t.Errorf("%s: %d\n%s", path, status, page)
		}
	}
	asked := func(change func(*http.Request)) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.address+"/operator", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(r)
		return anyone.do(r)
	}
	for name, change := range map[string]func(*http.Request){ // any order: each alone
		"in clear":       func(r *http.Request) { r.Host = "renlin.example" },
		"X-Real-IP":      func(r *http.Request) { r.Header.Set("X-Real-IP", "192.0.2.1") },
		"forwarded":      func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") },
		"forwarded http": func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "http") },
	} { // where it would be read on its way nobody is asked for the token
		if status, page := asked(change); status != http.StatusForbidden || strings.Contains(page, `id="token"`) {
			t.Errorf("asked %s: %d\n%s", name, status, page)
		}
	}
	right := url.Values{"token": {o.token}}
	for name, c := range map[string]struct { // any order: each alone
		form   url.Values
		change func(*http.Request)
		want   string
	}{
		"wrong token":       {url.Values{"token": {o.token + "x"}}, nil, "operator.token_wrong"},
		"no token":          {url.Values{}, nil, "operator.token_wrong"},
		"from another site": {right, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, "operator.form_foreign"},
		"from another host": {right, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, "operator.form_foreign"},
		"in clear":          {right, func(r *http.Request) { r.Host = "renlin.example" }, "operator.not_private"},
		"through a proxy":   {right, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }, "operator.not_private"},
		"a proxy of nobody": {right, func(r *http.Request) {
			r.Host = "renlin.example"
			r.Header.Set("X-Forwarded-Proto", "https")
		}, "operator.not_private"},
	} {
		if status, page := anyone.post("/sessions", c.form, c.change); status != http.StatusForbidden || !strings.Contains(page, c.want) {
			t.Errorf("%s: %d\n%s", name, status, page)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.address+"/operator/sessions", strings.NewReader(right.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := anyone.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	cookie := response.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/operator", "Max-Age=28800"} {
		if !strings.Contains(cookie, want) || strings.Contains(cookie, o.token) {
			t.Errorf("the cookie lacks %s: %s", want, cookie)
		}
	}
	in := o.operator(t)
	if status, page := in.post("/sessions/end", url.Values{"form": {"guessed"}}, nil); status != http.StatusForbidden {
		t.Errorf("a form that is not ours: %d\n%s", status, page)
	}
	_, page := in.get("")
	form := inForm.FindStringSubmatch(page)[1]
	order := url.Values{"form": {form}, "part": {"voting"}, "community": {o.community}}
	if status, page := in.post("/again", order, nil); status < 400 || !strings.Contains(page, "work.not_aside") {
		t.Errorf("begin again what goes on: %d\n%s", status, page)
	}
	order.Set("part", "keystore")
	if status, page := in.post("/again", order, nil); status != http.StatusBadRequest {
		t.Errorf("an order to another organisation's part: %d\n%s", status, page)
	}
	in.post("/sessions/end", url.Values{"form": {form}}, nil)
	if status, _ := in.get(""); status != http.StatusUnauthorized {
		t.Errorf("signed out: %d", status)
	}
}

// awaitTrace waits until the pilot keeps the trace of a commit, and gives the page of it.
func (o *operated) awaitTrace(t *testing.T, in *operator) (page string) {
	t.Helper()
	err := neighbourhood.Eventually(brief(t.Context(), t), "trace of the topic", func() error {
		_, page = in.get("/communities/" + o.community + "/commits/" + strconv.FormatUint(o.index, 10))
		if !strings.Contains(page, `id="to-trace"`) {
			return io.EOF
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return page
}

var toTrace = regexp.MustCompile(`href="(/operator/traces/[0-9a-f]{32})"`)

// TestOperatorsPagesInBrowser: from a commit to the trace of its request and back, with what followed from it; the operator's own looking
// leaves no trace; a person at a keyboard reads and reaches all of it.
func TestOperatorsPagesInBrowser(t *testing.T) {
	b := browser(t)
	o := newOperated(t)
	in := o.operator(t)
	trace := strings.TrimPrefix(toTrace.FindStringSubmatch(o.awaitTrace(t, in))[1], "/operator")
	var page string
	err := neighbourhood.Eventually(brief(t.Context(), t), "folds of the topic", func() error {
		if _, page = in.get(trace); strings.Count(page, " fold<") < len(allFolds) {
			return io.EOF
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, page)
	}
	steps := []string{"http POST /v1/communities/{community}/topics", "proposal.post", "sequencer append", "sequencer publish"}
	for _, want := range append(steps, allFolds...) {
		if !strings.Contains(page, ">"+want+"<") {
			t.Errorf("the trace has no %s", want)
		}
	}
	if want := "/operator/communities/" + o.community + "/commits/" + strconv.FormatUint(o.index, 10) + `"`; !strings.Contains(page, want) {
		t.Error("the trace does not lead back to its commit")
	}
	for _, s := range o.cfg.traces.List(nil, 10_000) {
		if strings.Contains(s.Name, "/operator") {
			t.Errorf("looking is traced: %s", s.Name)
		}
	}
	b.do(chromedp.EmulateViewport(320, 640), chromedp.Navigate(o.address+"/operator?lang=zh"), chromedp.WaitVisible("#token"))
	b.legible("zh sign in")
	b.tabsThrough("zh sign in")
	b.ordered("operator sign in")
	b.do(chromedp.Focus("#token"), chromedp.KeyEvent(o.token+"\r"), chromedp.WaitVisible("#verdict"))
	if at := read(b, chromedp.Location()); at != o.address+"/operator" {
		t.Errorf("after signing in one is at %s", at)
	}
	for _, tag := range []string{"zh", "en"} {
		for name, path := range map[string]string{ // any order: they do not depend on each other
			"status": "", "alerts": "/alerts", "traces": "/traces", "trace": trace, "commit": "/communities/" + o.community + "/commits/1",
		} {
			at := tag + " " + name
			b.do(chromedp.EmulateViewport(320, 640), chromedp.Navigate(o.address+"/operator"+path+"?lang="+tag), chromedp.WaitVisible("footer"))
			if wide := read(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`)); wide > 0 {
				t.Errorf("%s: %d pixels too wide at 320", at, wide)
			}
			b.picture("operator-" + name + "-" + tag + "-320")
			b.do(chromedp.EmulateViewport(1280, 900))
			b.picture("operator-" + name + "-" + tag + "-1280")
			b.legible(at)
			if name == "status" || tag == "zh" {
				b.tabsThrough(at)
			}
			if name != "trace" || tag == "zh" { // a long one, which is the same in both
				b.ordered("operator " + at)
			}
		}
	}
}

// TestAxeOfOperatorsPagesInBrowser: axe-core finds nothing on any of the operator's pages, nor where one signs in.
func TestAxeOfOperatorsPagesInBrowser(t *testing.T) {
	b := browser(t)
	o := newOperated(t)
	trace := strings.TrimPrefix(toTrace.FindStringSubmatch(o.awaitTrace(t, o.operator(t)))[1], "/operator")
	b.do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(o.address+"/operator"), chromedp.WaitVisible("#token"))
	b.axe("sign in")
	b.do(chromedp.Focus("#token"), chromedp.KeyEvent(o.token+"\r"), chromedp.WaitVisible("#verdict"))
	for _, tag := range []string{"zh", "en"} {
		for name, path := range map[string]string{ // any order: they do not depend on each other
			"status": "", "alerts": "/alerts", "traces": "/traces", "trace": trace, "commit": "/communities/" + o.community + "/commits/1",
			"error": "/traces/" + strings.Repeat("1", 32),
		} {
			b.do(chromedp.Navigate(o.address+"/operator"+path+"?lang="+tag), chromedp.WaitVisible("footer"))
			b.axe("operator " + tag + " " + name)
		}
	}
}
