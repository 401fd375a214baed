package notary_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/natstest"
	"renlin.dev/services/notary"
)

func TestNotesStream(t *testing.T) {
	srv := natstest.Run(t)
	js := srv.JetStream(t)
	w := newWorld(t, 1)
	open := func() (*notary.Notary, *notary.Notes) {
		t.Helper()
		notes, err := notary.OpenNotes(t.Context(), js, community)
		if err != nil {
			t.Fatal(err)
		}
		cfg := w.config(t)
		cfg.Store = notes
		n, err := notary.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return n, notes
	}
	n, _ := open()
	for _, size := range []uint64{100, 200} {
		w.log.show(size)
		if err := n.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	srv.Restart(t)
	second, notes := open() // another process, while the first still runs
	if opened(t, second.Checkpoint(), w.verifiers()...).Size != 200 {
		t.Fatal("the stream forgot")
	}
	w.log.show(250)
	if err := second.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.log.show(300)
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrMoved) {
		t.Fatalf("published behind what it had not seen: %v", err)
	}
	if err := n.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	raw, err := notes.Last(t.Context())
	if err != nil || opened(t, raw, w.verifiers()...).Size != 300 {
		t.Errorf("last: %v", err)
	}
	stream, err := js.Stream(t.Context(), notary.StreamName(community))
	if err != nil {
		t.Fatal(err)
	}
	if got := stream.CachedInfo().State.Msgs; got != 4 {
		t.Errorf("%d messages", got)
	}
	if err := stream.DeleteMsg(t.Context(), 1); err == nil {
		t.Error("a checkpoint could be deleted")
	}
	if err := stream.Purge(t.Context()); err == nil {
		t.Error("checkpoints could be purged")
	}
	if strings.HasPrefix(notary.StreamName(community), "EVT_") {
		t.Error("not a stream of its own")
	}
}

// TestRefusesAStreamThatForgets: a stream that was made beforehand by somebody else is not trusted by its name.
func TestRefusesAStreamThatForgets(t *testing.T) {
	js := natstest.Run(t).JetStream(t)
	good := func(community string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: notary.StreamName(community), Subjects: []string{"note." + community}, Storage: jetstream.FileStorage,
			DenyDelete: true, DenyPurge: true, AllowDirect: true,
		}
	}
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"in memory":      func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"limited":        func(c *jetstream.StreamConfig) { c.MaxMsgs = 5 },
		"limited a name": func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 1 },
		"limited bytes":  func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 20 },
		"ageing":         func(c *jetstream.StreamConfig) { c.MaxAge = 1 << 40 },
		"deletable":      func(c *jetstream.StreamConfig) { c.DenyDelete = false },
		"purgeable":      func(c *jetstream.StreamConfig) { c.DenyPurge = false },
		"work queue":     func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy },
		"interest":       func(c *jetstream.StreamConfig) { c.Retention = jetstream.InterestPolicy },
		"other subjects": func(c *jetstream.StreamConfig) { c.Subjects = append(c.Subjects, "note.other") },
		"without answer": func(c *jetstream.StreamConfig) { c.NoAck = true },
		"expiring":       func(c *jetstream.StreamConfig) { c.AllowMsgTTL = true },
		"late beginning": func(c *jetstream.StreamConfig) { c.FirstSeq = 7 },
		"repeating":      func(c *jetstream.StreamConfig) { c.RePublish = &jetstream.RePublish{Destination: "x.>"} },
	} {
		community := strings.ReplaceAll(name, " ", "-")
		cfg := good(community)
		change(&cfg)
		if _, err := js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := notary.OpenNotes(t.Context(), js, community); err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := js.CreateStream(t.Context(), good("good")); err != nil {
		t.Fatal(err)
	}
	if _, err := notary.OpenNotes(t.Context(), js, "good"); err != nil {
		t.Errorf("a good one: %v", err)
	}
}

func TestServerAway(t *testing.T) {
	srv := natstest.Run(t)
	js := srv.JetStream(t)
	notes, err := notary.OpenNotes(t.Context(), js, community)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 1)
	cfg := w.config(t)
	cfg.Store = notes
	n, err := notary.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv.Stop()
	w.log.show(100)
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := n.Step(short); err == nil || n.Checkpoint() != nil {
		t.Fatalf("published into nothing: %v", err)
	}
	srv.Restart(t)
	if err := n.Step(t.Context()); err != nil || n.Checkpoint() == nil {
		t.Errorf("when it is back: %v", err)
	}
}
