package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/pkg/telemetry/teltest"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
	"renlin.dev/services/gateway"
	"renlin.dev/services/gateway/platformtest"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// refusals collects what a gateway answers when it does not answer with what was asked for: status line, headers, body.
type refusals struct {
	http.RoundTripper
	mu    sync.Mutex
	all   bytes.Buffer // guarded by mu
	count int          // guarded by mu
}

// RoundTrip implements http.RoundTripper.
func (c *refusals) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err != nil || response.StatusCode < 300 {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	fmt.Fprintf(&c.all, "%s\n%v\n%s\x00", response.Status, response.Header, body)
	return response, nil
}

// published numbers the marks in published fields, by operation and path.
type published map[string]int

// mark gives what is typed into a published field of an operation.
func (p published) mark(operation, path string) string {
	key := operation + " " + path
	if p[key] == 0 {
		p[key] = 5000 + len(p)
	}
	return open.mark(p[key])
}

// TestCanary types made-up persons into everything that can be typed into, runs a community through its life meanwhile, and then looks
// for them in every file, message, log line, span, refusal and bundle: what the contract publishes stands on the record and nowhere
// else, everything else nowhere. An operation or a published field that is added and not walked fails it.
func TestCanary(t *testing.T) {
	rec, log := teltest.New(t), &lines{}
	cfg := testPilot(t)
	cfg.logLevel, cfg.traces = "debug", ring.New(ring.Config{})
	platform, provider := startPlatform(t)
	cfg.providers = []gateway.ProviderConfig{provider}
	address, stop := watchPilot(t, rec.Context(t.Context()), cfg, log)
	g := client.New(address)
	answers := &refusals{RoundTripper: g.HTTP.Transport}
	g.HTTP.Transport = answers

	life := &life{t: t, marks: published{}}
	life.found(g)
	life.deliberate()
	life.call()
	life.amend()
	life.books()
	life.announce()
	importCanaries(t, address, life.n, log)

	w := &walker{t: t, device: life.n.First.Device, walked: map[string]int{}}
	for _, m := range process.Models() {
		for _, o := range m.Operations() {
			if o.Policy {
				closedToAll(t, w, m, o)
				continue
			}
			w.operation(m, o)
		}
	}
	everyOperation(t, w.walked, life.marks)
	edges(t, life.n)
	codes := accountCanaries(t, platform, g, life)

	bundle := exported(t, address, cfg, life.n.Community)
	closed.absent(t, "the exported bundle", bundle)
	for where, n := range life.marks {
		if !bytes.Contains(bundle, []byte(open.mark(n))) {
			t.Errorf("what %s publishes is not on the record: the walk does not reach it", where)
		}
	}
	operatorsCanaries(t, address, cfg, rec.Spans())
	grep(t, cfg) // as it runs: write-ahead logs are still there
	measured := shownMetrics(t, cfg.metrics)
	stop()
	grep(t, cfg)
	grepSpans(t, rec.Spans())
	sent := sentSpans(t, rec.Spans())
	for _, f := range []family{closed, open} {
		f.absent(t, "the log", log.Bytes())
		f.absent(t, "the metrics", measured)
		f.absent(t, "the spans as they are sent", sent)
		for refusal := range bytes.SplitSeq(answers.all.Bytes(), []byte("\x00")) {
			status, _, _ := bytes.Cut(refusal, []byte("\n"))
			f.absent(t, "a refusal ("+string(status)+")", refusal)
		}
	}
	kept := string(log.Bytes())
	for _, s := range rec.Spans() {
		kept += fmt.Sprintln(s.Name(), s.Status().Description, s.Attributes(), s.Events())
	}
	for _, secret := range append(codes, miniSecret, platformtest.SessionKey) {
		if strings.Contains(kept, secret) || strings.Contains(kept, url.QueryEscape(secret)) {
			t.Errorf("%s is in the log or in a span", secret)
		}
	}
	t.Logf("%d operations, %d refusals, %d spans, %d bytes of log", len(w.walked), answers.count, len(rec.Spans()), len(log.Bytes()))
}

// closedToAll makes sure that what only rules may do is open to no request: what stands in it comes from state that was checked.
func closedToAll(t *testing.T, w *walker, m *decider.Model, o *decider.Operation) {
	t.Helper()
	if o.Route != "" {
		t.Errorf("%s: a rule's own operation has a route", o.Name)
	}
	body := jsonText(form(o.Fresh().ProtoReflect().Descriptor(), "", "", nil))
	w.walked[o.Name]++
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: o.Name, Contract: o.Contract, IdempotencyKey: client.IdempotencyKey(),
		NotAfter: time.Now().Add(time.Minute).UnixMilli(), Body: []byte(body),
	}
	if err := s.Sign(w.device.Genesis, chain.AuthorDevice, w.device.Key); err != nil {
		t.Fatal(err)
	}
	raw, err := s.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Admit(w.device.Genesis, raw, nil); !errors.Is(err, decider.ErrOperation) {
		t.Errorf("%s: the service takes a rule's own operation from outside: %v", o.Name, err)
	}
}

// refusedWarning is published by nobody: a poll that a convener calls has the rulebook's rules, and a request that names others is refused.
const refusedWarning = "voting.call rules.notice.warning"

// everyOperation counts what was walked against the models, and what was published against the contracts.
func everyOperation(t *testing.T, walked map[string]int, marks published) {
	t.Helper()
	for _, m := range process.Models() {
		for _, o := range m.Operations() {
			d := o.Fresh().ProtoReflect().Descriptor()
			if least := d.Fields().Len(); o.Policy && walked[o.Name] != 1 || !o.Policy && walked[o.Name] < max(least, 1) {
				t.Errorf("%s was walked with %d requests", o.Name, walked[o.Name])
			}
			for _, l := range leaves(d, "") {
				where := o.Name + " " + l.path
				if where == refusedWarning {
					continue
				}
				if class, _ := l.class(); class == fieldv1.Class_CLASS_PUBLISHED && !o.Policy && marks[where] == 0 {
					t.Errorf("%s publishes %s, and the test does not", o.Name, l.path)
				}
			}
		}
	}
}

// edges types marks into what is no operation of a model.
func edges(t *testing.T, n *neighbourhood.Neighbourhood) {
	t.Helper()
	mark := closed.mark(9500)
	query, segment := url.QueryEscape(mark), url.PathEscape(mark)
	here := "/v1/communities/" + n.Community
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/v1/founding?x=" + query, ""}, {"GET", "/" + segment, ""}, {"GET", "/v1/../" + segment, ""}, {"GET", "/v1//" + segment, ""},
		{"POST", "/v1/communities", mark}, {"POST", "/v1/communities", `{"name":"` + mark + `"}`}, {segmentMethod, here, ""},
		{"GET", "/v1/communities/" + segment, ""}, {"GET", "/v1/communities/" + segment + "/inbox", ""}, {"GET", here + "/" + segment, ""},
		{"POST", here + "/sessions", `{"member":"` + mark + `"}`}, {"POST", here + "/sessions", `{"` + mark + `":1}`},
		{"POST", here + "/sessions", `{"provider":"wechat","code":"` + closed.phone + `"}`},
		{"POST", here + "/sessions", `{"provider":"` + mark + `","code":"x"}`}, {"GET", here + "/sessions?" + query, ""},
		{"DELETE", here + "/sessions/" + segment, ""}, {"GET", here + "/devices?min_index=" + query, ""},
		{"POST", here + "/bindings", mark}, {"POST", here + "/bindings", `{"member":"` + mark + `","ticket":"` + mark + `"}`},
		{"DELETE", here + "/bindings/" + segment, ""},
		{"POST", here + "/sessions", mark}, {"POST", here + "/hosted-keys", `{"member":"` + mark + `"}`},
		{"POST", here + "/hosted-keys", mark},
		{"POST", here + "/texts?subject=" + query, mark}, {"POST", here + "/texts?" + query, mark},
		{"POST", here + "/texts?subject=" + n.First.Member, strings.Repeat(mark, 2000)}, {"POST", here + "/" + segment, mark},
		{"GET", here + "/records/" + segment, ""}, {"GET", here + "/records/member/" + segment, ""},
		{"GET", here + "/records/" + closed.word, ""},
		{"GET", here + "/records/topic?after=" + query, ""}, {"GET", here + "/records/topic?limit=" + query, ""},
		{"GET", here + "/records/topic/" + segment + "/second?min_index=" + query, ""}, {"GET", here + "/inbox?min_index=" + query, ""},
		{"GET", here + "/blocks?from=" + query, ""}, {"GET", "/log/" + n.Community + "/" + segment, ""},
		{"GET", "/log/" + segment + "/checkpoint", ""},
		{"GET", "/log/" + n.Community + "/proof/" + segment, ""}, {"GET", "/log/" + n.Community + "/tile/" + segment, ""},
		{"GET", "/log/" + n.Community + "/checkpoint?" + query, ""}, {"DELETE", here + "/sessions?" + query, ""},
		{"GET", "/healthz/" + segment, ""},
	} {
		for _, authorization := range []string{"Bearer " + n.First.Token, "Bearer " + mark, mark} {
			request, err := http.NewRequestWithContext(t.Context(), r.method, n.Gateway.URL+r.path, strings.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"User-Agent", "Cookie", "Tracestate", "Baggage", "Accept-Language", "X-Real-Ip"} {
				request.Header.Set(name, mark)
			}
			request.Header.Set("Authorization", authorization)
			response, err := n.Gateway.HTTP.Do(request)
			if err != nil {
				t.Fatalf("%s %s: %v", r.method, r.path, err)
			}
			if err := response.Body.Close(); err != nil || response.StatusCode >= 500 && response.StatusCode != http.StatusNotImplemented {
				t.Errorf("%s %s: answered %d, %v", r.method, r.path, response.StatusCode, err)
			}
		}
	}
}

// accountCanaries signs in by an account whose name is a made-up person's, binds it, and has the platform misbehave with it. It gives the
// codes that were used, which are secrets for a while.
func accountCanaries(t *testing.T, platform *platformtest.Platform, g *client.Gateway, l *life) (codes []string) {
	t.Helper()
	account := "o6_" + closed.phone + "_" + closed.card + "_" + closed.word
	d := l.members[0]
	p := &phone{t: t, platform: platform, account: account, g: g, community: l.n.Community}
	if code := p.bind(d, d.Member, p.unbound()); code != "" {
		t.Errorf("bind: %s", code)
	}
	p.signedIn()
	p.devices()
	for _, how := range []platformtest.Trouble{
		platformtest.Busy, platformtest.Truncated, platformtest.NotJSON, platformtest.Oversized, platformtest.Broken, platformtest.Elsewhere,
		platformtest.Nameless, platformtest.Hangup, platformtest.None,
	} {
		platform.Misbehave(how)
		code := platform.Code(account)
		codes = append(codes, code)
		_, answer := p.send(http.MethodPost, "/sessions", `{"provider":"wechat","code":"`+code+`"}`, nil)
		if (codeIn(answer) == "") != (how == platformtest.None) {
			t.Errorf("a platform that is %q: %v", how, answer)
		}
	}
	platform.Block(account)
	p.open()
	return codes
}

// segmentMethod is a method that nobody knows.
const segmentMethod = "WANGXIAOMINGZHIJIA"

// importCanaries brings a roster of canaries in by the command line, and one that is refused.
func importCanaries(t *testing.T, address string, n *neighbourhood.Neighbourhood, log io.Writer) {
	t.Helper()
	dir := t.TempDir()
	officer, good, bad := filepath.Join(dir, "officer.json"), filepath.Join(dir, "good.csv"), filepath.Join(dir, "bad.csv")
	if err := writeExample(officer, &neighbourhood.Example{Neighbourhood: n, Hosted: n.First.Device}); err != nil {
		t.Fatal(err)
	}
	row := closed.name + "," + closed.phone + "," + closed.card + "," + closed.word + ",89.5," + closed.mark(9600)
	head := "name,phone,building,unit,area_m2,person\n"
	for file, text := range map[string]string{good: head + row + "\n", bad: head + row + "\n" + row + "\n" + closed.name + ",,,,x,\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]int{good: exitDone, bad: exitUsage} {
		for _, json := range []string{"-json=true", "-json=false"} {
			code, out, stderr := renlin(t, "import", "roster", "-http", address, "-officer", officer, json, file)
			if code != want {
				t.Errorf("import of %s: exit %d, %s", filepath.Base(file), code, stderr)
			}
			fmt.Fprintln(log, jsonText(map[string]string{"msg": out + stderr})) // is searched with the log
		}
	}
}

// exported gives the content of the community's bundle.
func exported(t *testing.T, address string, cfg pilotConfig, community string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "canary.renlin")
	code, _, stderr := renlin(t, "export", "-o", file, "-http", address, "-community", community, "-token", filepath.Join(cfg.data, "token"))
	if code != exitDone {
		t.Fatalf("export: exit %d, %s", code, stderr)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
