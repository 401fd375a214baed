package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// What TestScale asks of each route, by how many clients at once, and within what time nineteen of twenty answers must be there.
const (
	scaleAsked   = 200 // a tenth of it while the record is no longer than 100,000 commits
	scaleClients = 4
	scaleMax     = 100 * time.Millisecond
)

// scaleSize is how long the record is and how many people it is about: a million commits in the long run, or what RENLIN_SCALE says, as
// "100000" or "100000/10000". A hundredth of the commits are people if it does not say, 10,000 at most.
func scaleSize(t *testing.T) (commits, people int) {
	t.Helper()
	switch text := os.Getenv("RENLIN_SCALE"); {
	case text != "":
		n, of, said := strings.Cut(text, "/")
		var err, other error
		commits, err = strconv.Atoi(n)
		if people = min(10_000, commits/100); said {
			people, other = strconv.Atoi(of)
		}
		if err != nil || other != nil || commits < 5000 || people < 50 || people > commits/5 {
			t.Fatalf("RENLIN_SCALE=%s: want a number of commits, 5000 or more, and perhaps of people, at most a fifth of it: 100000/10000", text)
		}
		return commits, people
	case os.Getenv("RENLIN_LONG") != "":
		return 1_000_000, 10_000
	case os.Getenv("RENLIN_CI") != "":
		return 20_000, 200
	}
	t.Skip("only with RENLIN_CI=1, because it measures; RENLIN_SCALE=N asks for a record of N commits")
	return 0, 0
}

// scaleProgram names a program that is asked instead of this one, to compare: another build of this test, over the same record.
const scaleProgram = "RENLIN_SCALE_PROGRAM"

// TestScale brings a pilot's record to its size, starts the pilot anew in a process of its own, and asks whatever a screen or a page asks,
// while somebody writes: what takes longest is told route by route, with how long the start took and how much memory is used.
func TestScale(t *testing.T) {
	commits, people := scaleSize(t)
	v := newVictim(t)
	v.disk, v.program = os.Getenv(scaleDir), os.Getenv(scaleProgram)
	cfg := testPilot(t)
	cfg.data, cfg.state = v.data(), v.state()
	s := sown(t, cfg, v.disk, commits, people)
	began := time.Now()
	v.start(t.Context())
	v.ready()
	t.Logf("%d commits, %d people", s.recount(v.url()), len(s.people))
	t.Logf("ready %v after the start, %s", time.Since(began).Round(time.Millisecond), v.memory())
	a := newAsking(t, v, s)
	a.everything()
	a.report()
	t.Logf("after that: %s", v.memory())
	v.stop()
	if err := os.RemoveAll(v.data() + "/views"); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	v.start(t.Context())
	v.ready()
	t.Logf("without pictures of its state: ready %v after the start, %s", time.Since(began).Round(time.Millisecond), v.memory())
}

// worked tells how much processor time the pilot's process has used, where the kernel tells it: unlike what passes on the clock it does not
// depend on what else the machine does.
func (v *victim) worked() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), ") ") // the name before may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	const tick = 10 * time.Millisecond
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick
}

// ready waits until every part has come to the record's end.
func (v *victim) ready() {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), time.Hour)
	defer cancel()
	err := neighbourhood.Eventually(ctx, "ready", func() error {
		answer, err := http.Get(v.url() + "/readyz")
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("readyz: %s", answer.Status)
		}
		return nil
	})
	if err != nil {
		v.t.Fatal(err)
	}
}

// memory tells what the pilot's process holds, where the kernel tells it.
func (v *victim) memory() string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", v.cmd.Process.Pid))
	if err != nil {
		return "memory unknown"
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "VmHWM") {
			out = append(out, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(out, ", ")
}

// asking is who asks a pilot everything.
type asking struct {
	*testing.T
	s       *sower
	v       *victim
	address string
	tokens  map[string]string // of an officer, a grid worker, a member, the operator; "" is anybody
	took    map[string][]time.Duration
	worked  map[string]time.Duration // by the pilot for one answer of a route, with all that it did meanwhile
	refused map[string]string        // what was answered to routes that answered nobody
	times   int                      // how often each route is asked
	mu      sync.Mutex               // guards took
}

func newAsking(t *testing.T, v *victim, s *sower) *asking {
	t.Helper()
	raw, err := os.ReadFile(v.token())
	if err != nil {
		t.Fatal(err)
	}
	a := &asking{
		T: t, s: s, v: v, address: v.url(), worked: map[string]time.Duration{}, took: map[string][]time.Duration{}, refused: map[string]string{},
		tokens: map[string]string{"": "", "operator": strings.TrimSpace(string(raw))}, times: scaleAsked,
	}
	if s.size.Load() <= 120_000 {
		a.times /= 10
	}
	for name, d := range map[string]*client.Device{ // any order
		"officer": s.First.Device, "worker": s.workers[0], "member": s.people[len(s.people)-1], "provider": s.people[0],
	} {
		own := v.device(d)
		if err := own.SignIn(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.tokens[name] = own.Token
	}
	return a
}

// ask asks once and gives the status, the body and how long it took.
func (a *asking) ask(who, path string) (status int, body []byte, took time.Duration, err error) {
	r, err := http.NewRequestWithContext(a.Context(), http.MethodGet, a.address+path, nil)
	if err != nil {
		return 0, nil, 0, err
	}
	if token := a.tokens[who]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	began := time.Now()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, 0, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	return answer.StatusCode, body, time.Since(began), err
}

// measure asks a route again and again by several clients, as the first of those to whom it is answered.
func (a *asking) measure(name, path string, whos ...string) (body []byte) {
	a.Helper()
	who := ""
	for _, w := range whos {
		status, b, _, err := a.ask(w, path)
		if err != nil {
			a.Fatal(name, err)
		}
		if status == http.StatusOK {
			who, body = w, b
			break
		}
		a.refused[name] = fmt.Sprintf("%d %.80s", status, b)
	}
	if body == nil {
		return nil
	}
	delete(a.refused, name)
	before := a.v.worked()
	err := neighbourhood.Parallel(a.Context(), scaleClients, a.times, func(context.Context, int) error {
		status, _, took, err := a.ask(who, path)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%d", status)
		}
		a.note(name, took)
		return err
	})
	if err != nil {
		a.Errorf("%s: %v", name, err)
	}
	a.worked[name] = (a.v.worked() - before) / time.Duration(a.times)
	return body
}

func (a *asking) note(name string, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.took[name] = append(a.took[name], took)
}

// everything asks all there is, while one client writes and is measured too.
func (a *asking) everything() {
	a.Helper()
	ctx, stop := context.WithCancel(a.Context())
	var wg sync.WaitGroup
	wg.Go(func() { a.writeOn(ctx) })
	a.document()
	a.pages()
	stop()
	wg.Wait()
}

// document asks every GET of the API's document. One that nothing is known of fails: it would be left out silently.
func (a *asking) document() {
	a.Helper()
	raw, err := os.ReadFile("../../docs/openapi.json")
	if err != nil {
		a.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct {
				Name   string
				Schema struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		a.Fatal(err)
	}
	const records = "/v1/communities/{community}/records/"
	size, everybody := a.s.size.Load(), []string{"", "member", "worker", "officer", "operator"}
	fill := strings.NewReplacer("{community}", a.s.Community, "{index}", strconv.FormatUint(size/2, 10),
		"{notice}", a.first("policy-notice"), "{poll}", a.first("poll"))
	for path, ways := range doc.Paths { // any order: each is by itself
		get, ok := ways["get"]
		switch {
		case !ok || strings.HasSuffix(path, "/events"):
		case path == records+"{kind}":
			for _, p := range get.Parameters {
				for _, kind := range p.Schema.Enum {
					a.records(kind)
				}
			}
		case strings.HasPrefix(path, records): // asked with their kinds
		case strings.Contains(path, "/tile/{level}/{index}"):
			a.measure("GET "+path, "/log/"+a.s.Community+"/tile/0/000")
		case strings.Contains(path, "/tile/"):
			at, width := size/65536, size/256%256
			a.measure("GET "+path, fmt.Sprintf("/log/%s/tile/1/%03d.p/%d", a.s.Community, at, max(width, 1)))
		case strings.Contains(path, "/mandates/{mandate}"): // no mandate is sown
		case strings.Contains(path, "/plans/{plan}"), strings.HasSuffix(path, "/explanation"): // nor is a plan of the planner's own
		default:
			ask := fill.Replace(path)
			if strings.Contains(ask, "{") {
				a.Errorf("%s: nobody knows how to ask this", path)
			}
			a.measure("GET "+path, ask, everybody...)
			if strings.HasSuffix(path, "/mine") || strings.HasSuffix(path, "/inbox") {
				a.measure("GET "+path+" (who serves)", ask, "provider")
			}
		}
	}
	const blocks = "/v1/communities/{community}/blocks"
	a.measure("GET "+blocks+", further on", fill.Replace(blocks+"?from=1000"), everybody...)
	for _, below := range [][2]string{
		{"poll", "ballot"}, {"topic", "second"}, {"deliberation", "statement"}, {"provider", "offer"}, {"policy-notice", "addressee"},
	} {
		path := "/v1/communities/" + a.s.Community + "/records/" + below[0] + "/" + a.first(below[0]) + "/" + below[1]
		a.measure("records "+below[0]+"/*/"+below[1], path+"?limit=1000", everybody[1:]...)
	}
}

// first gives the first record of a kind.
func (a *asking) first(kind string) string {
	_, body, _, err := a.ask("officer", "/v1/communities/"+a.s.Community+"/records/"+kind+"?limit=1")
	var page op.Page
	if err != nil || json.Unmarshal(body, &page) != nil || len(page.Records) == 0 {
		return client.NewID()
	}
	_, id, _ := strings.Cut(page.Records[0].Path, "/")
	return id
}

// thousands are the kinds of which a screen of the console asks a thousand records at once; of no other kind does any screen ask for more
// than two hundred.
var thousands = []string{"account", "deliberation", "holding", "org", "plan", "poll", "topic", "transfer"}

// records asks a list of a kind as whoever says nothing else, and for as many as a screen does; and one of its records.
func (a *asking) records(kind string) {
	a.Helper()
	whos := []string{"", "member", "worker", "officer", "operator"}
	list := "/v1/communities/" + a.s.Community + "/records/" + kind
	body := a.measure("records "+kind, list, whos...)
	most := "200"
	if slices.Contains(thousands, kind) {
		most = "1000"
	}
	a.measure("records "+kind+", "+most, list+"?limit="+most, whos...)
	var page op.Page
	if body == nil || json.Unmarshal(body, &page) != nil || len(page.Records) == 0 {
		return
	}
	a.measure("records "+kind+"/*", "/v1/communities/"+a.s.Community+"/records/"+page.Records[0].Path, whos...)
	if page.Next != "" {
		a.measure("records "+kind+", next", list+"?after="+url.QueryEscape(page.Next), whos...)
	}
}

// pages asks the pages for everybody, and the operator's first.
func (a *asking) pages() {
	a.Helper()
	f := faced{address: a.address, community: a.s.Community, poll: a.first("poll")}
	for name, path := range f.pages() { // any order
		a.measure("page: "+name, "/c/"+a.s.Community+path, "")
	}
	a.measure("page: communities", "/", "")
	a.measure("page: app", "/app/", "")
	a.measure("page: console", "/console/", "")
	o := operatorAt(a.T, a.address, a.tokens["operator"])
	for range a.times {
		began := time.Now()
		if status, _ := o.get(""); status != http.StatusOK {
			a.Fatalf("operator's page: %d", status)
		}
		a.note("page: operator", time.Since(began))
	}
}

// report tells what took longest, the slowest first, and fails for whatever is too slow.
func (a *asking) report() {
	a.Helper()
	type row struct {
		name          string
		n             int
		p50, p95, p99 time.Duration
	}
	var rows []row
	for name, all := range a.took { // any order: sorted below
		slices.Sort(all)
		n := len(all)
		rows = append(rows, row{name, n, all[n/2], all[n*95/100], all[n*99/100]})
	}
	slices.SortFunc(rows, func(x, y row) int { return cmp.Or(cmp.Compare(y.p95, x.p95), strings.Compare(x.name, y.name)) })
	for _, r := range rows {
		processor := ms(a.worked[r.name])
		a.Logf("p50 %6.1f  p95 %6.1f  p99 %6.1f  processor %6.1f ms, %d × %s", ms(r.p50), ms(r.p95), ms(r.p99), processor, r.n, r.name)
		if r.p95 > scaleMax {
			a.miss(r.name, r.p95)
		}
	}
	for name, why := range a.refused { // any order
		a.Logf("answered to nobody here: %s: %s", name, why)
	}
}

// ms is a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// miss tells of a route that is too slow. Only the whole size fails for it: of less the figures depend on what else the machine does.
func (a *asking) miss(name string, took time.Duration) {
	a.Helper()
	tell := a.Logf
	if os.Getenv("RENLIN_LONG") != "" {
		tell = a.Errorf
	}
	tell("MISSED: %s: nineteen of twenty were answered within %v, want %v", name, took.Round(time.Millisecond), scaleMax)
}
