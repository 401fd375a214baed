package gateway

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// TestNamelessIsCountedByAddress: whoever must not say who they are is counted by address, whatever session they send, and draws from
// nobody's bucket.
func TestNamelessIsCountedByAddress(t *testing.T) {
	t.Parallel()
	g, _ := limited(t, few)
	const pattern = "POST /v1/communities/{community}/polls/{poll}/secret-ballots"
	g.nameless = map[string]bool{pattern: true}
	token, err := g.sessions.open(session{community: "here", member: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(pattern string) int {
		r, _ := from("192.0.2.1", writes)
		r.Header.Set("Authorization", "Bearer "+token)
		return g.ask(t, r, pattern)
	}
	for n := range few.Address.Writes.Burst {
		if ask(pattern) != 0 {
			t.Fatalf("refused after %d", n)
		}
	}
	if ask(pattern) == 0 {
		t.Error("the address' bucket is not drawn from")
	}
	for n := range few.Member.Writes.Burst {
		if ask("POST /x") != 0 {
			t.Fatalf("the member's bucket was drawn from: %d left", n)
		}
	}
}

// TestNamelessIsNotTold: of a ballot that names nobody there remain a line that says which operation it was and what became of it, and
// figures that say the same: no address, session, key, poll or trace; and none of them goes on to the service.
func TestNamelessIsNotTold(t *testing.T) {
	t.Parallel()
	const address, poll, trace = "198.51.100.77", "bbbbbbbbbbbbbbbbbbbbbbbbbb", "0af7651916cd43dd8448eb211c80319c"
	operation := decider.NewModel("proposal", []uint32{1}, decider.Op(
		decider.Operation{Name: "proposal.second", Route: "POST topics/{topic}/seconds", Access: standing.Access{Credential: true}},
		func(*decider.View, *decider.Command, *proposalv1.SecondTopic) ([]decider.Change, error) {
			return nil, nil
		},
	)).Operation("proposal.second")
	rec, shown := teltest.New(t), metrics.New("test")
	var log bytes.Buffer
	sessions, _ := testSessions(rand.Reader)
	g := &Gateway{
		sessions: sessions, limits: newLimits(Limits{}, time.Now), mux: http.NewServeMux(),
		cfg:    Config{Log: telemetry.NewLogger(&log, "gateway", nil), Now: time.Now, Timeout: time.Minute, Metrics: shown},
		routes: map[string]bool{op.Pattern(operation): true}, nameless: map[string]bool{op.Pattern(operation): operation.Nameless()},
	}
	g.measure()
	asked := 0
	g.mux.Handle(op.Pattern(operation), op.HTTP(operation, func(ctx context.Context, _ any) (any, error) {
		if asked++; !telemetry.IsUntraced(ctx) || telemetry.Traceparent(ctx) != "" {
			t.Errorf("the service is told trace %q", telemetry.Traceparent(ctx))
		}
		return &op.Answer{}, nil
	}, g.signHosted))
	token, err := sessions.open(session{community: "here", member: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signature := op.FormatSignature(chain.Signature{Key: public, Sig: make([]byte, ed25519.SignatureSize)})
	for n, authorization := range []string{"", "Bearer " + token} {
		r := httptest.NewRequestWithContext(rec.Context(t.Context()), http.MethodPost,
			"/v1/communities/aaaaaaaaaaaaaaaaaaaaaaaaaa/topics/"+poll+"/seconds", strings.NewReader(`{"topic":"`+poll+`"}`))
		r.RemoteAddr = address + ":4000"
		for name, value := range map[string]string{ // any order: each has its own key
			"Content-Type": "application/json", op.HeaderNotAfter: "1700000600000", op.HeaderSignature: signature,
			op.HeaderIdempotencyKey: strings.Repeat("ab", 16), "Traceparent": "00-" + trace + "-b7ad6b7169203331-01", "X-Forwarded-For": address,
		} {
			r.Header.Set(name, value)
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if want := []int{http.StatusCreated, op.ErrSessionSent.Kind.Status()}[n]; w.Code != want {
			t.Errorf("%q: status %d, %s", authorization, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "trace") && strings.Contains(w.Body.String(), trace) {
			t.Errorf("the answer names the trace: %s", w.Body)
		}
	}
	if asked != 1 {
		t.Errorf("the service was asked %d times, want once", asked)
	}
	if spans := rec.Spans(); len(spans) != 0 {
		t.Errorf("%d spans were recorded", len(spans))
	}
	told := log.String() + teltest.Shown(t, shown, definitionDuration.Name, definitionRequests.Name)
	for _, never := range []string{address, token, poll, trace, "trace_id", "ann", signature[:20]} {
		if strings.Contains(told, never) {
			t.Errorf("%q is told: %s", never, told)
		}
	}
	if !strings.Contains(told, op.ErrSessionSent.Code) {
		t.Errorf("what became of it is not told: %s", told)
	}
}
