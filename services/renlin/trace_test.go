package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/teltest"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// lines collects a log. It is safe for concurrent use.
type lines struct {
	mu  sync.Mutex
	all bytes.Buffer // guarded by mu
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

// Bytes answers a copy of what was written so far.
func (l *lines) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.all.Bytes())
}

// of gives what the lines of one trace say; a line that is no JSON object fails the test.
func (l *lines) of(t *testing.T, traceID string) (said []string) {
	t.Helper()
	for line := range bytes.Lines(l.Bytes()) {
		var is struct {
			Trace     string `json:"trace_id"`
			Message   string `json:"msg"`
			Part      string `json:"part"`
			Request   string `json:"request"`
			Route     string `json:"route"`
			Community string `json:"community"`
			Fault     string `json:"fault"`
		}
		if err := json.Unmarshal(line, &is); err != nil {
			t.Errorf("log: not a JSON object: %s", line)
		}
		if is.Trace == traceID {
			said = append(said, strings.Join(strings.Fields(is.Message+": "+is.Part+" "+is.Request+" "+is.Route+" "+is.Fault), " "))
		}
	}
	return said
}

// outside is a caller who has begun a trace already, as a mini-program's own backend may.
type outside struct {
	http.RoundTripper
	traceID string
}

// RoundTrip implements http.RoundTripper.
func (o outside) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Traceparent", "00-"+o.traceID+"-b7ad6b7169203331-01")
	return o.RoundTripper.RoundTrip(r)
}

// story keeps the spans of one trace, those that point back to it, those that point back to these, and so on.
func story(spans []sdktrace.ReadOnlySpan, traceID string) (out []sdktrace.ReadOnlySpan) {
	known := map[string]bool{traceID: true}
	for before := 0; len(known) > before; {
		before = len(known)
		for _, span := range spans {
			for _, link := range span.Links() {
				if known[link.SpanContext.TraceID().String()] {
					known[span.SpanContext().TraceID().String()] = true
				}
			}
		}
	}
	for _, span := range spans {
		if known[span.SpanContext().TraceID().String()] {
			out = append(out, span)
		}
	}
	return out
}

// besideNotary leaves the notary's spans out of a story: a checkpoint covers one block or several, as it falls. covered looks at them.
func besideNotary(spans []sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	return slices.DeleteFunc(slices.Clone(spans), func(s sdktrace.ReadOnlySpan) bool { return strings.HasPrefix(s.Name(), "notary ") })
}

// covered fails unless exactly one checkpoint points back to each append of a story whose fault is none, and asked its witness and
// published.
func covered(t *testing.T, rec *teltest.Recorder, traceID string) {
	t.Helper()
	for n := 1; ; n++ {
		rec.Wait(t, "notary checkpoint", n)
		covers, uncovered := map[string]int{}, 0
		spans := story(rec.Spans(), traceID)
		for _, s := range spans {
			if s.Name() == "notary checkpoint" {
				for _, link := range s.Links() {
					covers[link.SpanContext.SpanID().String()]++
				}
				tree := teltest.Tree(t, sameTrace(rec.Spans(), s))
				tree = strings.ReplaceAll(tree, "    audit consistency\n", "") // for the witness, unless it has seen nothing yet
				if tree != "~ notary checkpoint\n  notary cosign\n  notary publish\n" {
					t.Errorf("a checkpoint was made like this:\n%s", tree)
				}
			}
		}
		for _, s := range spans {
			if s.Name() == "sequencer append" {
				switch covers[s.SpanContext().SpanID().String()] {
				case 0:
					uncovered++
				case 1:
				default:
					t.Errorf("%d checkpoints point back to one append", covers[s.SpanContext().SpanID().String()])
				}
			}
		}
		if uncovered == 0 {
			return
		}
	}
}

// sameTrace gives a span and those of its trace.
func sameTrace(spans []sdktrace.ReadOnlySpan, top sdktrace.ReadOnlySpan) (out []sdktrace.ReadOnlySpan) {
	for _, s := range spans {
		if s.SpanContext().TraceID() == top.SpanContext().TraceID() {
			out = append(out, s)
		}
	}
	return out
}

// waitStory waits until the story of a trace holds a span of each name, and gives its tree.
func waitStory(t *testing.T, rec *teltest.Recorder, traceID string, names ...string) string {
	t.Helper()
	for _, name := range names {
		for n := 1; ; n++ {
			rec.Wait(t, name, n)
			if slices.ContainsFunc(story(rec.Spans(), traceID), func(s sdktrace.ReadOnlySpan) bool { return s.Name() == name }) {
				break
			}
		}
	}
	return teltest.Tree(t, besideNotary(story(rec.Spans(), traceID)))
}

// allFolds are the folds of all who follow a community.
var allFolds = []string{
	"aid fold", "audit fold", "community fold", "ledger fold", "matching fold", "proposal fold", "vault fold", "voting fold",
}

// folded is the part of a tree in which a block is seen by everybody. what stands below one of them is given by its name.
func folded(indent string, more map[string]string) string {
	out := indent + "~ aid fold\n" + indent + "  aid project\n" + more["aid"]
	out += indent + "~ audit fold\n"
	for _, service := range []string{"community", "ledger", "matching", "proposal", "vault", "voting"} {
		out += indent + "~ " + service + " fold\n" + indent + "  " + service + " project\n" + more[service]
	}
	return out
}

// TestTraceOfCommand runs one closed command through a whole pilot: one tree of spans from HTTP to the fold in every service, log lines
// that carry the trace's id, and nothing of it on the record.
func TestTraceOfCommand(t *testing.T) {
	rec, log := teltest.New(t), &lines{}
	cfg := testPilot(t)
	cfg.logLevel = "debug"
	address, stop := watchPilot(t, rec.Context(t.Context()), cfg, log)
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	d := *x.Residents[0]
	text, err := d.PutText(t.Context(), d.Member, "words")
	if err != nil {
		t.Fatal(err)
	}
	const good, bad = "0af7651916cd43dd8448eb211c80319c", "1af7651916cd43dd8448eb211c80319c"
	post := func(traceID, matter string) (block uint64, err error) {
		g := client.New(d.URL)
		g.HTTP = &http.Client{Transport: outside{d.HTTP.Transport, traceID}}
		d := d
		d.Gateway = g
		answer, err := d.Do(t.Context(), "proposal.post", "topics", &proposalv1.PostTopic{Matter: matter, Text: neighbourhood.Text(text)})
		if err != nil {
			return 0, err
		}
		return answer.Block, nil
	}
	block, err := post(good, neighbourhood.MatterGreening)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := post(bad, "nonesuch"); err == nil {
		t.Error("a topic in no matter was taken")
	}
	folds := allFolds
	want := "http POST /v1/communities/{community}/topics\n" +
		"  proposal command\n    proposal.post\n      proposal append\n        sequencer append\n          sequencer publish\n"
	want += folded("          ", nil)
	if diff := cmp.Diff(want, waitStory(t, rec, good, append(folds, "http POST /v1/communities/{community}/topics")...)); diff != "" {
		t.Error(diff)
	}
	const refusal = " !topic.matter_unknown\n"
	want = "http POST /v1/communities/{community}/topics" + refusal + "  proposal command" + refusal + "    proposal.post" + refusal +
		"      proposal check\n        sequencer append\n"
	if diff := cmp.Diff(want, waitStory(t, rec, bad, "sequencer append")); diff != "" {
		t.Error(diff)
	}
	covered(t, rec, good)
	raw, err := d.Raw(t.Context(), fmt.Sprintf("/v1/communities/%s/blocks?from=%d", d.Community, block))
	if err != nil || len(raw) == 0 {
		t.Fatalf("read blocks: %d bytes, %v", len(raw), err)
	}
	noTrace(t, raw, rec.Spans())
	stop()
	lines := log.of(t, good)
	if diff := cmp.Diff([]string{
		"request answered: proposal command", "request answered: POST /v1/communities/{community}/topics",
	}, lines); diff != "" {
		t.Errorf("lines of the request: %s", diff)
	}
}

// postTopic has somebody raise a topic, whose words lie in the vault.
func postTopic(t *testing.T, d *client.Device) *op.Answer {
	t.Helper()
	text, err := d.PutText(t.Context(), d.Member, "words")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := d.Do(t.Context(), "proposal.post", "topics",
		&proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(text)})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// TestTraceOfReaction: the second that reaches the threshold makes a rule convene a deliberation, and one tree of spans tells it all: from
// HTTP to the block and every service that saw it, from the fold in which the fact was seen to the rule's own command, its block and every
// service that saw that; and each block is pointed back to by the first checkpoint that covers it.
func TestTraceOfReaction(t *testing.T) {
	rec := teltest.New(t)
	address, _ := watchPilot(t, rec.Context(t.Context()), testPilot(t), io.Discard)
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	d := x.Residents[0]
	answer := postTopic(t, d)
	topic := made(answer, "topic")
	const traced = "2af7651916cd43dd8448eb211c80319c"
	for i, d := range x.Residents[1:4] {
		d := *d
		if i == 2 { // with whom four are behind it
			g := client.New(d.URL)
			g.HTTP = &http.Client{Transport: outside{d.HTTP.Transport, traced}}
			d.Gateway = g
		}
		if _, err := d.Do(t.Context(), "proposal.second", "topics/"+topic+"/seconds", &proposalv1.SecondTopic{Topic: topic}); err != nil {
			t.Fatal(err)
		}
	}
	const route = "http POST /v1/communities/{community}/topics/{topic}/seconds"
	reaction := func(indent string) string {
		return indent + "~ proposal append\n" + indent + "  sequencer append\n" + indent + "    sequencer publish\n" + folded(indent+"    ", nil)
	}
	want := route + "\n  proposal command\n    proposal.second\n      proposal append\n        sequencer append\n" +
		"          sequencer publish\n" +
		folded("          ", map[string]string{"proposal": reaction("            ")})
	// The command's block and the rule's are folded by everybody.
	for _, fold := range allFolds {
		awaitTwo(t, rec, traced, fold)
	}
	if diff := cmp.Diff(want, waitStory(t, rec, traced, route)); diff != "" {
		t.Error(diff)
	}
	covered(t, rec, traced)
}

// awaitTwo waits until a story has two spans of a name. What a span belongs to may end after it.
func awaitTwo(t *testing.T, rec *teltest.Recorder, traceID, name string) {
	t.Helper()
	err := neighbourhood.Eventually(brief(t.Context(), t), "two spans", func() error {
		count := 0
		for _, s := range story(rec.Spans(), traceID) {
			if s.Name() == name {
				count++
			}
		}
		if count < 2 {
			return fmt.Errorf("%d spans %q", count, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// noTrace fails if bytes hold the id of any trace, as bytes or as text.
func noTrace(t *testing.T, raw []byte, spans []sdktrace.ReadOnlySpan) {
	t.Helper()
	for _, span := range spans {
		id := span.SpanContext().TraceID()
		if bytes.Contains(raw, id[:]) || bytes.Contains(raw, []byte(id.String())) {
			t.Errorf("the record holds the id of the trace of %s", span.Name())
		}
	}
}
