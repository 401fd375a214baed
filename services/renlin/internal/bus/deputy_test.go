package bus

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/op"
)

// dial connects a user until the test ends.
func dial(t *testing.T, s *Server, user string) *nats.Conn {
	t.Helper()
	nc, err := s.Dial(user, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // violations are what is tried here
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// ask publishes a request whose answer is wanted on a subject that the asker may not publish to.
func ask(t *testing.T, nc *nats.Conn, subject, answerTo string, data []byte) {
	t.Helper()
	if err := nc.PublishMsg(&nats.Msg{Subject: subject, Reply: answerTo, Data: data}); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
}

// TestNobodyIsTalkedIntoPublishing: a request cannot make whoever answers it publish a block, or a request of another service: not the
// asker's own answer, not the sequencer's, and for those who do not read the record not JetStream's either.
func TestNobodyIsTalkedIntoPublishing(t *testing.T) {
	t.Parallel()
	s, err := Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	sequencer := dial(t, s, Sequencer)
	js, err := jetstream.New(sequencer)
	if err != nil {
		t.Fatal(err)
	}
	for _, community := range []string{"a", "b"} {
		_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EVT_" + community, Subjects: []string{"evt." + community}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := js.Publish(t.Context(), "evt.a", []byte("a block")); err != nil {
		t.Fatal(err)
	}
	forged := make(chan string, 16)
	if _, err := sequencer.Subscribe("seq.b.append.*", func(m *nats.Msg) { forged <- m.Subject }); err != nil {
		t.Fatal(err)
	}
	answered := make(chan struct{}, 16)
	voting := dial(t, s, Voting)
	if _, err := voting.Subscribe("op.b.voting", func(m *nats.Msg) {
		_ = m.Respond([]byte("whatever it likes")) // the server says whether it may
		_ = voting.Flush()
		answered <- struct{}{}
	}); err != nil {
		t.Fatal(err)
	}
	svc, err := op.NewService(sequencer, "sequencer")
	if err != nil {
		t.Fatal(err)
	}
	list := func(context.Context, []byte) ([]byte, error) { return []byte("a"), nil }
	err = svc.Bytes(t.Context(), "seq.communities", "seq-communities", list)
	if err != nil {
		t.Fatal(err)
	}
	push, err := json.Marshal(map[string]any{
		"stream_name": "EVT_a", "config": map[string]any{"deliver_subject": "evt.b", "ack_policy": "none", "deliver_policy": "all"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{Voting, Gateway, Keystore, Trustee} {
		nc := dial(t, s, user)
		for _, victim := range []string{"evt.b", "seq.b.append.proposal"} {
			ask(t, nc, "op.b.voting", victim, nil)
			<-answered
			ask(t, nc, "seq.communities", victim, nil)
		}
		if user == Voting {
			continue // it reads the record, and has JetStream for that
		}
		ask(t, nc, "$JS.API.INFO", "evt.b", nil)
		ask(t, nc, "$JS.API.STREAM.NAMES", "evt.b", nil)
		ask(t, nc, "$JS.API.DIRECT.GET.EVT_a", "evt.b", []byte(`{"seq":1}`))
		ask(t, nc, "$JS.API.CONSUMER.CREATE.EVT_a", inbox(user)+".x", push)
	}
	if out, err := op.NewCaller(dial(t, s, Trustee)).Bytes(t.Context(), "seq.communities", nil); err != nil || string(out) != "a" {
		t.Errorf("an honest question: %q, %v", out, err)
	}
	if _, err := js.Publish(t.Context(), "evt.b", []byte("the first"), jetstream.WithExpectLastSequence(0)); err != nil {
		t.Errorf("somebody has published before the sequencer: %v", err)
	}
	if len(forged) > 0 {
		t.Errorf("somebody has spoken as another service: %s", <-forged)
	}
}
