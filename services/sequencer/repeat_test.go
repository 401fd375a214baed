package sequencer

import (
	"context"
	"errors"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
)

// staleAt makes sure that an error is the typed conflict that names this index.
func staleAt(tb testing.TB, err error, index uint64) {
	tb.Helper()
	wantFault(tb, err, chain.ErrStale)
	var f *fault.Fault
	if !errors.As(err, &f) || f.Kind != fault.Conflict || f.Index != index {
		tb.Errorf("%+v, want a conflict that names index %d", f, index)
	}
}

func TestStaleNamesTheIndex(t *testing.T) {
	t.Parallel()
	s := foundedOn(t, configOf(t, natstest.Run(t)))
	mustAppend(t, s, commitOf(t, "1", "a", 1))
	mustAppend(t, s, commitOf(t, "2", "b", 1))
	mustAppend(t, s, commitOf(t, "3", "a", 2))
	for name, row := range map[string]struct {
		d     draft
		index uint64
	}{
		"a changed aggregate":         {draft{topic: "a", version: 2}, 3},
		"one that exists already":     {draft{topic: "b", version: 1}, 2},
		"one read":                    {draft{topic: "c", reads: []chain.Read{{Key: "topic/b", Version: 0}}}, 2},
		"a collection":                {draft{topic: "c", collections: []chain.Read{{Key: "topic", Version: 2}}}, 3},
		"two, of which the later":     {draft{topic: "c", reads: []chain.Read{{Key: "topic/a", Version: 1}, {Key: "topic/b"}}}, 3},
		"one that was never there":    {draft{topic: "c", reads: []chain.Read{{Key: "topic/none", Version: 1}}}, 0},
		"a version that is to come":   {draft{topic: "b", version: 3}, 2},
		"a founding that is not read": {draft{topic: "c", reads: []chain.Read{{Key: "community/main", Version: 0}}}, 0},
	} {
		row.d.id = "new-" + name[:8]
		_, err := s.Append(t.Context(), "proposal", appendOf(row.d.encode(t)))
		staleAt(t, err, row.index)
		check := &chain.Request{Ask: chain.AskCheck, Reads: row.d.reads, Collections: row.d.collections}
		if len(row.d.reads)+len(row.d.collections) > 0 {
			_, err = s.Append(t.Context(), "proposal", check)
			staleAt(t, err, row.index)
		}
	}
	good := draft{id: "4", topic: "c", reads: []chain.Read{{Key: "topic/a", Version: 2}}}
	good.collections = []chain.Read{{Key: "topic", Version: 3}}
	check := &chain.Request{Ask: chain.AskCheck, Reads: good.reads, Collections: good.collections}
	if _, err := s.Append(t.Context(), "proposal", check); err != nil {
		t.Errorf("a current read set: %v", err)
	}
	raw := good.encode(t)
	checkReceipt(t, mustAppend(t, s, raw), raw, 4)
}

func TestRequestStandsOrFallsAsAWhole(t *testing.T) {
	t.Parallel()
	s := foundedOn(t, configOf(t, natstest.Run(t)))
	good, bad := commitOf(t, "1", "a", 1), commitOf(t, "2", "b", 7)
	_, err := s.Append(t.Context(), "proposal", appendOf(good, bad))
	wantFault(t, err, chain.ErrStale)
	if s.Info().Size != 1 {
		t.Fatal("half of a request was written")
	}
	second := commitOf(t, "2", "a", 2)
	reply := mustAppend(t, s, good, second) // the second upon the first
	if len(reply.Receipts) != 2 || reply.Receipts[1].Index != 2 {
		t.Fatalf("%+v", reply)
	}
	_, err = s.Append(t.Context(), "proposal", appendOf(second, commitOf(t, "3", "b", 1)))
	wantFault(t, err, chain.ErrPartlyDone)
	if again := mustAppend(t, s, good, second); !again.Repeated || again.Receipts[1].Index != 2 {
		t.Errorf("%+v", again)
	}
}

// sameAnswers makes sure that a command that is on record is answered its first receipt, and another of its id is refused.
func sameAnswers(t *testing.T, s *Sequencer, d draft, first *chain.Reply) {
	t.Helper()
	raw := d.encode(t)
	reply := mustAppend(t, s, raw)
	checkReceipt(t, reply, raw, first.Receipts[0].Index)
	if !reply.Repeated || reply.Receipts[0].Sealed != first.Receipts[0].Sealed {
		t.Errorf("another receipt than the first: %+v", reply)
	}
	later := d
	later.version, later.reads = 9, []chain.Read{{Key: "topic/none", Version: 3}} // decided anew; the command is the same
	if reply := mustAppend(t, s, later.encode(t)); !reply.Repeated || reply.Receipts[0].Commit != first.Receipts[0].Commit {
		t.Errorf("the same command, decided anew: %+v", reply)
	}
	other := d
	other.body = `{"":2}`
	_, err := s.Append(t.Context(), "proposal", appendOf(other.encode(t)))
	wantFault(t, err, chain.ErrReused)
	recalled, err := s.Append(t.Context(), "proposal", &chain.Request{Ask: chain.AskReceipt, ID: idOf(t, raw)})
	if err != nil || recalled.Receipts[0].Sealed != first.Receipts[0].Sealed {
		t.Errorf("recalled: %+v, %v", recalled, err)
	}
	_, err = s.Append(t.Context(), "proposal", &chain.Request{Ask: chain.AskReceipt, ID: chain.CommandID{1}})
	wantFault(t, err, chain.ErrUnknownID)
}

func idOf(tb testing.TB, raw []byte) chain.CommandID {
	tb.Helper()
	var o chain.Outline
	if err := o.Parse(raw); err != nil {
		tb.Fatal(err)
	}
	return o.ID
}

func TestRepeats(t *testing.T) {
	t.Parallel()
	srv := natstest.Run(t)
	cfg := configOf(t, srv)
	s := foundedOn(t, cfg)
	d := draft{id: "1", topic: "a", time: nowMS(), notAfter: nowMS() + 600_000}
	first := mustAppend(t, s, d.encode(t))
	mustAppend(t, s, commitOf(t, "2", "b", 1))
	sameAnswers(t, s, d, first)
	s.Close()
	s = openOn(t, cfg)
	sameAnswers(t, s, d, first)
	srv.Restart(t)
	sameAnswers(t, openOn(t, Config{
		Dial: cfg.Dial, HeadRecord: cfg.HeadRecord, Epoch: 1, Key: epochKey, Kinds: kinds, Fsync: cfg.Fsync,
	}), d, first)
	if reply, err := s.Found(t.Context(), genesisOf(t, 2)); err == nil {
		t.Errorf("founded twice: %+v", reply)
	}
}

func TestRepeatOfWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	tap.await(t)
	tap.hold()
	raw := commitOf(t, "1", "a", 1)
	first := put(t, s, "proposal", appendOf(raw))
	tap.await(t)
	second := put(t, s, "proposal", appendOf(raw))
	settled(t, s)
	if second.answered() {
		t.Fatal("a repeat was answered before the first was durable")
	}
	tap.release()
	checkReceipt(t, first.reply(t), raw, 1)
	if r := second.reply(t); !r.Repeated || r.Receipts[0].Index != 1 {
		t.Errorf("%+v", r)
	}
}

// The reply is lost on its way: the request comes from a connection that nobody reads.
func TestReplyIsLost(t *testing.T) {
	t.Parallel()
	srv := natstest.Run(t)
	s := foundedOn(t, configOf(t, srv))
	if err := s.Serve(); err != nil {
		t.Fatal(err)
	}
	nc := srv.Connect(t)
	raw := commitOf(t, "1", "a", 1)
	msg := &nats.Msg{
		Subject: chain.AppendSubject(s.Info().Community, "proposal"), Reply: "_INBOX.nobody.listens", Data: must(appendOf(raw).Encode()),
	}
	if err := nc.PublishMsg(msg); err != nil {
		t.Fatal(err)
	}
	reply, err := chain.NewClient(nc, s.Info().Community, "proposal").Append(t.Context(), appendOf(raw)) // behind it on the same way
	if err != nil {
		t.Fatal(err)
	}
	checkReceipt(t, reply, raw, 1)
	if !reply.Repeated || s.Info().Size != 2 {
		t.Errorf("repeated %v, %d commits", reply.Repeated, s.Info().Size)
	}
}

func TestCallerIsGone(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	tap.await(t)
	tap.hold()
	ctx, cancel := context.WithCancel(t.Context())
	raw := commitOf(t, "1", "a", 1)
	answer := make(chan error, 1)
	go func() {
		_, err := s.Append(ctx, "proposal", appendOf(raw))
		answer <- err
	}()
	tap.await(t) // its turn has come
	cancel()
	tap.release()
	if err := wait(t, answer, "answer"); err != nil {
		t.Errorf("a request whose turn had come: %v", err)
	}
	if reply := mustAppend(t, s, raw); !reply.Repeated {
		t.Error("it was not written")
	}
}
