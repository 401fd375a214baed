package sequencer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// served founds a community and serves it.
func served(t *testing.T) (*Sequencer, *natstest.Server) {
	t.Helper()
	srv := natstest.Run(t)
	s := foundedOn(t, configOf(t, srv))
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	return s, srv
}

func TestServiceIsTakenFromTheSubject(t *testing.T) {
	t.Parallel()
	s, srv := served(t)
	nc := srv.ConnectTCP(t)
	post := draft{id: "1", topic: "a"}
	for name, row := range map[string]struct {
		asks string
		d    draft
		want error
	}{
		"its own":                         {"proposal", post, nil},
		"another's commit":                {"community", draft{id: "2", topic: "b"}, chain.ErrKind},
		"a commit that claims to be ours": {"proposal", draft{id: "3", topic: "main", kind: "community", service: "community"}, chain.ErrKind},
		"another's kind":                  {"proposal", draft{id: "4", topic: "main", kind: "community"}, chain.ErrKind},
		"an unknown service":              {"voting", draft{id: "5", topic: "v", service: "voting"}, chain.ErrKind},
		"the lapse of a rule":             {"proposal", draft{id: "6", topic: "p", kind: "proposal-lapse"}, nil},
	} {
		raw := row.d.encode(t)
		for _, by := range []chain.Appender{chain.NewClient(nc, s.Info().Community, row.asks), s.For(row.asks)} {
			_, err := by.Append(t.Context(), appendOf(raw))
			if row.want != nil {
				wantFault(t, err, row.want)
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestUnreadableRequests(t *testing.T) {
	t.Parallel()
	s, srv := served(t)
	nc := srv.Connect(t)
	good := must(appendOf(commitOf(t, "1", "a", 1)).Encode())
	for name, raw := range map[string][]byte{
		"nothing":          nil,
		"unknown kind":     {9},
		"cut off":          good[:len(good)-1],
		"with more behind": append(bytes.Clone(good), 0),
		"no commits":       {1, 0, 0},
		"many, and none":   {1, 255, 255},
		"not a commit":     must(appendOf([]byte("x")).Encode()),
	} {
		answer, err := nc.Request(chain.AppendSubject(s.Info().Community, "proposal"), raw, patience)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		reply, err := chain.DecodeReply(answer.Data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantFault(t, reply.Fault, chain.ErrMalformed)
	}
	if err := nc.Publish(chain.AppendSubject(s.Info().Community, "proposal"), good); err != nil { // nobody to answer to
		t.Fatal(err)
	}
	if _, err := chain.NewClient(nc, s.Info().Community, "proposal").Append(t.Context(), appendOf(commitOf(t, "2", "b", 1))); err != nil {
		t.Fatal(err)
	}
	if n := s.Info().Size; n != 2 {
		t.Errorf("%d commits, want the founding and one", n)
	}
}

// Requests of this process and over NATS use the same pool: none may get what belongs to another.
func TestBothWaysAtOnce(t *testing.T) {
	t.Parallel()
	s, srv := served(t)
	client := chain.NewClient(srv.ConnectTCP(t), s.Info().Community, "proposal")
	var all sync.WaitGroup
	for w := range 8 {
		by := map[bool]chain.Appender{true: client, false: s.For("proposal")}[w%2 == 0]
		all.Go(func() {
			for i := range 20 {
				raw := commitOf(t, fmt.Sprintf("%d-%d", w, i), fmt.Sprint(w), uint64(i+1))
				for _, again := range []bool{false, true} {
					reply, err := by.Append(t.Context(), appendOf(raw))
					if err != nil || reply.Repeated != again || reply.Receipts[0].Commit != chain.HashCommit(raw) {
						t.Errorf("writer %d: %+v, %v", w, reply, err)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

func TestInfoOverNATS(t *testing.T) {
	t.Parallel()
	s, srv := served(t)
	mustAppend(t, s, commitOf(t, "1", "a", 1))
	answer, err := srv.Connect(t).Request(chain.InfoSubject(s.Info().Community), nil, patience)
	if err != nil {
		t.Fatal(err)
	}
	var got Info
	if err := json.Unmarshal(answer.Data, &got); err != nil {
		t.Fatal(err)
	}
	if got.Size != 2 || got.State != StateWriting || got.Head != s.Info().Head || !got.EpochKey.Equal(epochKey.Public()) {
		t.Errorf("%+v", got)
	}
}

func TestServeOnce(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	s := openOn(t, cfg)
	if s.Serve() == nil {
		t.Error("an unfounded community is served")
	}
	if info := s.Info(); info.State != StateUnfounded || info.Community != "" {
		t.Errorf("%+v", info)
	}
	if _, err := s.Found(t.Context(), genesisOf(t, 1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	if s.Serve() == nil {
		t.Error("served twice: every request would be judged twice")
	}
}

// Trace context goes beside the block, for those requests alone that are traced.
func TestTraceGoesBesideTheBlock(t *testing.T) {
	t.Parallel()
	s, srv := served(t)
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"
	nc := srv.Connect(t)
	for i, flags := range []string{"1", "0"} {
		m := &nats.Msg{
			Subject: chain.AppendSubject(s.Info().Community, "proposal"), Header: nats.Header{"traceparent": {parent + flags}},
			Data: must(appendOf(commitOf(t, flags, fmt.Sprint(i), 1)).Encode()),
		}
		if _, err := nc.RequestMsg(m, patience); err != nil {
			t.Fatal(err)
		}
	}
	stream, err := srv.JetStream(t).Stream(t.Context(), chain.StreamName(s.Info().Community))
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[uint64]string{1: parent + "1", 2: ""} {
		m, err := stream.GetMsg(t.Context(), number+1)
		if err != nil {
			t.Fatal(err)
		}
		if got := chain.TraceOf(m.Header, 0); got != want {
			t.Errorf("block %d has trace %q, want %q", number, got, want)
		}
	}
}

// logInto makes cfg log what an operator should look at, and returns what was logged.
func logInto(cfg *Config) *lockedBuffer {
	b := new(lockedBuffer)
	cfg.Log = slog.New(slog.NewTextHandler(b, nil))
	return b
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A stop in good order is no error and nothing to be warned of, even under load.
func TestCleanStopIsLoggedAsSuch(t *testing.T) {
	t.Parallel()
	srv := natstest.Run(t)
	cfg := configOf(t, srv)
	log := logInto(&cfg)
	s := foundedOn(t, cfg)
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	client := chain.NewClient(srv.Connect(t), s.Info().Community, "proposal")
	if _, err := client.Append(t.Context(), appendOf(commitOf(t, "1", "a", 1))); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "2", "a", 2)))
	wantFault(t, err, chain.ErrStopped)
	if out := log.String(); bytes.Contains([]byte(out), []byte("level=ERROR")) || bytes.Contains([]byte(out), []byte("level=WARN")) ||
		!bytes.Contains([]byte(out), []byte("sequencer closed")) {
		t.Errorf("log of a clean stop:\n%s", out)
	}
}

func TestHaltIsLoggedAsAnError(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	log := logInto(&cfg)
	s := foundedOn(t, cfg)
	s.Halt("audit: block 0 differs")
	wait(t, s.done, "end of the loop")
	_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "1", "a", 1)))
	wantFault(t, err, chain.ErrStopped)
	if info := s.Info(); info.State != StateStopped || info.Reason != "audit: block 0 differs" {
		t.Errorf("%+v", info)
	}
	s.Close()
	out := log.String()
	if !bytes.Contains([]byte(out), []byte("level=ERROR")) || !bytes.Contains([]byte(out), []byte("audit: block 0 differs")) {
		t.Errorf("log:\n%s", out)
	}
	if s.Info().Reason != "audit: block 0 differs" {
		t.Error("the first reason does not stand")
	}
}
