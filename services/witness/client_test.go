package witness_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/merkle/tiles"
	"renlin.dev/services/witness"
)

// dial returns a client of whatever serves, over real HTTP.
func dial(tb testing.TB, h http.Handler, c *clock, s *merkle.Signer) *witness.Client {
	server := httptest.NewServer(http.StripPrefix("/w", h))
	tb.Cleanup(server.Close)
	return client(tb, witness.ClientConfig{URL: server.URL + "/w/"}, c, s)
}

func client(tb testing.TB, config witness.ClientConfig, c *clock, s *merkle.Signer) *witness.Client {
	tb.Helper()
	config.VerifierKey, config.Log, config.Now = cosigner(tb, 50).VerifierKey(), s.VerifierKey(), c.now
	cl, err := witness.NewClient(config)
	if err != nil {
		tb.Fatal(err)
	}
	return cl
}

func proofs(log *tiles.Store) witness.ConsistencyFunc {
	return func(_ context.Context, from, to uint64) ([]merkle.Hash, error) { return log.Consistency(from, to) }
}

func TestClientGoesOn(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 300, 300)
	w := start(t, durabletest.New(), c, s)
	for name, cl := range map[string]*witness.Client{
		"over HTTP":  dial(t, w, c, s),
		"in process": client(t, witness.ClientConfig{Local: w}, c, s),
	} {
		for _, size := range []uint64{1, 100, 100, 101, 300, 300} {
			signed := at(t, log, size, s)
			if base := latest(w, origin); base.Code == http.StatusOK {
				last, err := merkle.Peek(base.Body.Bytes())
				if err != nil || last.Size > size { // the second client comes when the first has gone on
					continue
				}
			}
			lines, err := cl.Cosign(t.Context(), signed, proofs(log))
			if err != nil {
				t.Fatalf("%s, size %d: %v", name, size, err)
			}
			joined, sigs, err := merkle.Join(signed, lines, cl.Verifier())
			if err != nil || len(sigs) != 1 || string(joined) != latest(w, origin).Body.String() {
				t.Errorf("%s, size %d: %v", name, size, err)
			}
		}
		if cl.VerifierKey() != w.VerifierKey() {
			t.Errorf("%s: another key", name)
		}
	}
}

// TestClientFollows is a client that starts anew while the witness is already far on, and one that others overtake.
func TestClientFollows(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 300, 300)
	w := start(t, durabletest.New(), c, s)
	early := dial(t, w, c, s)
	_, err := early.Cosign(t.Context(), at(t, log, 100, s), proofs(log))
	if err != nil {
		t.Fatal(err)
	}
	late := dial(t, w, c, s)
	_, err = late.Cosign(t.Context(), at(t, log, 200, s), proofs(log))
	if err != nil {
		t.Fatalf("a client that knows nothing: %v", err)
	}
	_, err = early.Cosign(t.Context(), at(t, log, 300, s), proofs(log))
	if err != nil {
		t.Fatalf("a client that was overtaken: %v", err)
	}
}

func TestClientKeepsEvidence(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log, fork := history(t, 300, 300), history(t, 300, 100)
	table := []struct {
		name  string
		ours  *tiles.Store
		size  uint64
		know  bool // the client remembers what the witness cosigned
		kind  witness.Kind
		their uint64
	}{
		{"fork at the same size", fork, 200, false, witness.Fork, 200},
		{"fork at the same size, remembered", fork, 200, true, witness.Fork, 200},
		{"fork that went on", fork, 300, false, witness.Inconsistent, 200},
		{"fork that went on, remembered", fork, 300, true, witness.Inconsistent, 200},
		{"the same log, shorter", log, 150, false, witness.Shorter, 200},
		{"the same log, shorter, remembered", log, 150, true, witness.Shorter, 200},
		{"a fork, shorter", fork, 150, false, witness.Shorter, 200},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			w := start(t, durabletest.New(), c, s)
			seen := must(t, w, log, 0, 200, s)
			cl := dial(t, w, c, s)
			if row.know {
				cl.Remember(seen)
			}
			ours := at(t, row.ours, row.size, s)
			_, err := cl.Cosign(t.Context(), ours, proofs(row.ours))
			var conflict *witness.ConflictError
			if !errors.As(err, &conflict) || !conflict.Proven() || conflict.Kind != row.kind || conflict.Size != row.their {
				t.Fatalf("got %v", err)
			}
			// Both sheets must convict the log by its own signature, for whoever has its key.
			mine, _, err := merkle.Open(conflict.Ours, verifierOf(t, s))
			if err != nil || mine.Size != row.size {
				t.Error("our sheet does not hold", err)
			}
			theirs, _, err := merkle.Open(conflict.Theirs, verifierOf(t, s), cl.Verifier())
			if err != nil || theirs.Size != row.their {
				t.Error("their sheet does not hold", err)
			}
		})
	}
}

// TestRolledBackWitnessShows restores a witness's state of yesterday. Its old cosignature is the evidence.
func TestRolledBackWitnessShows(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 300, 300)
	disk := durabletest.New()
	w := start(t, disk, c, s)
	must(t, w, log, 0, 100, s)
	yesterday := disk.Clone()
	today := must(t, w, log, 100, 200, s)
	back := start(t, yesterday, c, s) // it starts, because its state is its own word
	for name, cl := range map[string]*witness.Client{
		"remembered from before": client(t, witness.ClientConfig{Local: back, Seen: today}, c, s),
		"over HTTP":              dial(t, back, c, s),
	} {
		cl.Remember(today)
		_, err := cl.Cosign(t.Context(), at(t, log, 300, s), proofs(log))
		var rolled *witness.RollbackError
		if !errors.As(err, &rolled) || rolled.Size != 100 || string(rolled.Cosigned) != string(today) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// And a witness that lost everything.
	empty := start(t, durabletest.New(), c, s)
	cl := client(t, witness.ClientConfig{Local: empty, Seen: today}, c, s)
	_, err := cl.Cosign(t.Context(), at(t, log, 300, s), proofs(log))
	var rolled *witness.RollbackError
	if !errors.As(err, &rolled) || rolled.Size != 0 {
		t.Errorf("a witness that lost everything: %v", err)
	}
}

func TestRememberTakesOnlyWhatIsProved(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 300, 300)
	cosigned := func(by byte, first *merkle.Signer, size uint64) []byte {
		checkpoint, err := merkle.Peek(at(t, log, size, first))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := merkle.Sign(checkpoint, first, cosigner(t, by).At(noon))
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	w := start(t, durabletest.New(), c, s)
	cl := dial(t, w, c, s)
	cl.Remember(nil)
	cl.Remember(at(t, log, 300, s))                      // nobody's cosignature
	cl.Remember(cosigned(77, s, 300))                    // another witness's
	cl.Remember(cosigned(50, signer(t, origin, 9), 300)) // not signed by the log
	_, err := cl.Cosign(t.Context(), at(t, log, 100, s), proofs(log))
	if err != nil {
		t.Fatalf("remembered what was never proved: %v", err)
	}
	cl.Remember(cosigned(50, s, 50)) // older than what it knows
	_, err = cl.Cosign(t.Context(), at(t, log, 200, s), proofs(log))
	if err != nil {
		t.Fatal(err)
	}
}

// liar answers as a test tells it to.
type liar struct {
	status int
	kind   string
	body   string
	show   string // what GET answers, 404 if empty
}

func (l liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if l.show == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, l.show)
		return
	}
	w.Header().Set("Content-Type", l.kind)
	if l.status >= 300 && l.status < 400 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(l.status)
	_, _ = io.WriteString(w, l.body)
}

func TestClientAmongLiars(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 300, 300)
	line := func(size uint64, by byte, when time.Time) string {
		checkpoint, err := merkle.Peek(at(t, log, size, s))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := merkle.Sign(checkpoint, s, cosigner(t, by).At(when))
		if err != nil {
			t.Fatal(err)
		}
		return string(lastLine(signed))
	}
	good := line(200, 50, noon)
	stranger := at(t, log, 300, signer(t, origin, 9))
	var status *witness.StatusError
	var conflict *witness.ConflictError
	table := []struct {
		name string
		liar liar
		want func(error) bool
	}{
		{"honest", liar{status: 200, body: good}, func(err error) bool { return err == nil }},
		{"with strangers' lines", liar{status: 200, body: line(200, 60, noon) + good}, func(err error) bool { return err == nil }},
		{"200 with garbage", liar{status: 200, body: "<html>"}, is(witness.ErrAnswer)},
		{"200 with nothing", liar{status: 200}, is(witness.ErrAnswer)},
		{"only strangers' lines", liar{status: 200, body: line(200, 60, noon)}, is(witness.ErrAnswer)},
		{"cosignature of another checkpoint", liar{status: 200, body: line(199, 50, noon)}, is(witness.ErrAnswer)},
		{"a whole note", liar{status: 200, body: "x\n\n" + good}, is(witness.ErrAnswer)},
		{"stale", liar{status: 200, body: line(200, 50, noon.Add(-6*time.Minute))}, is(witness.ErrClock)},
		{"ahead", liar{status: 200, body: line(200, 50, noon.Add(6*time.Minute))}, is(witness.ErrClock)},
		{"a little behind", liar{status: 200, body: line(200, 50, noon.Add(-5*time.Minute))}, func(err error) bool { return err == nil }},
		{"huge", liar{status: 200, body: strings.Repeat(good, 5000)}, func(err error) bool {
			return errors.Is(err, witness.ErrAnswer) && strings.Contains(err.Error(), "more than")
		}},
		{"redirect", liar{status: 307, body: good}, func(err error) bool { return errors.As(err, &status) && status.Status == 307 }},
		{"503", liar{status: 503}, func(err error) bool { return errors.As(err, &status) && status.Status == 503 }},
		{"404", liar{status: 404}, func(err error) bool { return errors.As(err, &status) && status.Status == 404 }},
		{"409 without a size", liar{status: 409, body: "no"}, is(witness.ErrAnswer)},
		{"409 without newline", liar{status: 409, body: "100"}, is(witness.ErrAnswer)},
		{"409 with leading zero", liar{status: 409, body: "0100\n"}, is(witness.ErrAnswer)},
		{"409 with a negative size", liar{status: 409, body: "-1\n"}, is(witness.ErrAnswer)},
		{"409 about what was sent", liar{status: 409, body: "0\n"}, is(witness.ErrAnswer)},
		{"409 again and again", liar{status: 409, body: "100\n"}, is(witness.ErrAnswer)},
		{"409 above ours, not shown", liar{status: 409, body: "300\n"}, claimed(witness.Shorter)},
		{"409 above ours, shown by a stranger", liar{status: 409, body: "300\n", show: string(stranger)}, claimed(witness.Shorter)},
		{"409 above ours, shown smaller", liar{status: 409, body: "300\n", show: string(at(t, log, 100, s))}, claimed(witness.Shorter)},
		{"422, not shown", liar{status: 422}, claimed(witness.Inconsistent)},
		{"422, shows what ours continues", liar{status: 422, show: string(at(t, log, 100, s))}, claimed(witness.Inconsistent)},
		{"422, shows ours", liar{status: 422, show: string(at(t, log, 200, s))}, claimed(witness.Inconsistent)},
		{"422, shows garbage", liar{status: 422, show: "garbage"}, claimed(witness.Inconsistent)},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			conflict, status = nil, nil
			lines, err := dial(t, row.liar, c, s).Cosign(t.Context(), at(t, log, 200, s), proofs(log))
			if !row.want(err) {
				t.Fatalf("%v (conflict %v)", err, conflict)
			}
			if err == nil && (!strings.Contains(row.liar.body, string(lines)) || !bytes.HasPrefix(lines, []byte("— witness.example/w1 ")) ||
				bytes.Count(lines, []byte("\n")) != 1) {
				t.Errorf("lines of others came through: %s", lines)
			}
		})
	}
}

func TestClientAsksOnceAboutTheSameSize(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 10, 10)
	asked := 0
	cl := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		liar{status: http.StatusConflict, body: "0\n"}.ServeHTTP(w, r)
	}), c, s)
	_, err := cl.Cosign(t.Context(), at(t, log, 10, s), proofs(log))
	if !errors.Is(err, witness.ErrAnswer) || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

func claimed(kind witness.Kind) func(error) bool {
	return func(err error) bool {
		var conflict *witness.ConflictError
		return errors.As(err, &conflict) && !conflict.Proven() && conflict.Kind == kind
	}
}

func TestClientDoesNotWaitForEver(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 10, 10)
	arrived := make(chan struct{})
	hanging := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-r.Context().Done()
	})
	cl := dial(t, hanging, c, s)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, err := cl.Cosign(ctx, at(t, log, 10, s), proofs(log))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a witness that hangs: %v", err)
	}
}

func TestClientPassesOn(t *testing.T) {
	s, c := signer(t, origin, 1), &clock{at: noon}
	log := history(t, 300, 300)
	w := start(t, durabletest.New(), c, s)
	must(t, w, log, 0, 100, s)
	broken := errors.New("no proof today")
	cl := dial(t, w, c, s)
	none := func(context.Context, uint64, uint64) ([]merkle.Hash, error) { return nil, broken }
	_, err := cl.Cosign(t.Context(), at(t, log, 200, s), none)
	if !errors.Is(err, broken) {
		t.Errorf("a log without proofs: %v", err)
	}
	_, err = cl.Cosign(t.Context(), at(t, log, 200, signer(t, origin, 9)), proofs(log))
	if !errors.Is(err, merkle.ErrSignature) {
		t.Errorf("a checkpoint that is not the log's: %v", err)
	}
	accuse := dial(t, liar{status: 422, show: string(at(t, log, 100, s))}, c, s)
	_, err = accuse.Cosign(t.Context(), at(t, log, 200, s), none)
	if !errors.Is(err, broken) {
		t.Errorf("accused, and without proofs: %v", err)
	}
}

func TestClientConfig(t *testing.T) {
	s := signer(t, origin, 1)
	good := witness.ClientConfig{URL: "https://w.example/prefix", VerifierKey: cosigner(t, 50).VerifierKey(), Log: s.VerifierKey()}
	for name, change := range map[string]func(*witness.ClientConfig){
		"no URL":               func(c *witness.ClientConfig) { c.URL = "" },
		"a file":               func(c *witness.ClientConfig) { c.URL = "file:///etc/passwd" },
		"a query":              func(c *witness.ClientConfig) { c.URL += "?x" },
		"a bad monitoring URL": func(c *witness.ClientConfig) { c.MonitorURL = ":" },
		"a log's key":          func(c *witness.ClientConfig) { c.VerifierKey = s.VerifierKey() },
		"a witness's key":      func(c *witness.ClientConfig) { c.Log = c.VerifierKey },
	} {
		bad := good
		change(&bad)
		_, err := witness.NewClient(bad)
		if err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	good.MonitorURL, good.HTTP = "http://m.example", &http.Client{}
	_, err := witness.NewClient(good)
	if err != nil || good.HTTP.CheckRedirect != nil {
		t.Errorf("good: %v, or the caller's client was changed", err)
	}
}
