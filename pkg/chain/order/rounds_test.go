package order_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
)

func faultOf(t *testing.T, err error) *fault.Fault {
	t.Helper()
	var f *fault.Fault
	if !errors.As(err, &f) {
		t.Fatalf("%v is no fault", err)
	}
	return f
}

// compareWithReplay replays every block into a new machine and expects the state of the living one, which restoring that gives as well.
func (w *world) compareWithReplay() {
	w.tb.Helper()
	m := w.replayed(len(w.blocks))
	if m.Size() != w.m.Size() || m.HeadHash() != w.m.HeadHash() || m.Genesis() != w.m.Genesis() || m.Tree() != w.m.Tree() {
		w.tb.Fatal("replay leads elsewhere")
	}
	want := encoded(w.tb, w.m.Picture())
	if !bytes.Equal(encoded(w.tb, m.Picture()), want) {
		w.tb.Fatal("replay leads to another state")
	}
	if again := restored(w.tb, want); !bytes.Equal(encoded(w.tb, again.Picture()), want) || again.Tree() != m.Tree() {
		w.tb.Fatal("restoring leads to another state")
	}
}

// replayed gives the machine that the first blocks make.
func (w *world) replayed(blocks int) *order.Machine {
	w.tb.Helper()
	m, tree := newMachine(), merkle.Tree{}
	for _, raw := range w.blocks[:blocks] {
		leaves, err := m.Replay(raw)
		if err != nil {
			w.tb.Fatalf("replay: %v", err)
		}
		for _, leaf := range leaves {
			tree.Append(merkle.Hash(leaf))
		}
	}
	if got := m.Tree(); got.Root() != tree.Root() || got.Size() != tree.Size() {
		w.tb.Fatal("the machine's tree is another than that of its leaves")
	}
	return m
}

// nextTopic is a request for a new topic of this name.
func nextTopic(t testing.TB, name string, padding int) *chain.Request {
	t.Helper()
	return appendOf(t, draft{idem: name, padding: padding, changes: []chain.Change{change("topic/"+name, 1)}})
}

// TestVerdictsWaitForTheBlock: nothing leaves before Confirm once something is staged, refusals included.
func TestVerdictsWaitForTheBlock(t *testing.T) {
	w := founded(t)
	w.admit("proposal", nextTopic(t, "a", 0))
	refused := w.admit("proposal", nextTopic(t, "a", 0)) // repeated, in the open block
	stale := w.admit("proposal", appendOf(t, draft{idem: "s", changes: []chain.Change{change("topic/a", 1)}}))
	if got := w.m.Release(); got != nil {
		t.Fatalf("%d verdicts left before the block", len(got))
	}
	raw, _ := w.m.Seal(nil)
	w.blocks = append(w.blocks, raw)
	check := &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a", Version: 1}}}
	late := w.admit("proposal", check) // rests on what is under way
	if got := w.m.Release(); got != nil {
		t.Fatalf("%d verdicts left while the block is under way", len(got))
	}
	verdicts := w.m.Confirm()
	if len(verdicts) != 3 || verdicts[1].Ticket != refused || verdicts[2].Ticket != stale {
		t.Fatalf("verdicts: %+v", verdicts)
	}
	if r := w.reply(verdicts[1]); !r.Repeated || r.Receipts[0].Index != 1 {
		t.Fatalf("repeat within a block: %+v", r)
	}
	if f := faultOf(t, w.reply(verdicts[2]).Fault); !errors.Is(f, chain.ErrStale) || f.Index != 1 {
		t.Fatalf("stale within a block: %v", f)
	}
	if got := w.m.Release(); len(got) != 1 || got[0].Ticket != late || got[0].Fault != nil {
		t.Fatalf("after the block: %+v", got)
	}
}

// TestAllOrNothing: a refused request leaves no trace, whatever of it was fine.
func TestAllOrNothing(t *testing.T) {
	w := given(t)
	w.admit("proposal", nextTopic(t, "first", 0))
	w.admit("proposal", appendOf(t,
		draft{idem: "1", changes: []chain.Change{change("topic/a", 2), change("topic/n", 1)}},
		draft{idem: "2", changes: []chain.Change{change("topic/a", 2)}},
	))
	if got := w.m.Staged(); got != 1 {
		t.Fatalf("%d commits staged, want 1", got)
	}
	for path, want := range map[string]uint64{"topic/a": 1, "topic/n": 0, "topic": 2, "topic/first": 1} {
		if got := w.m.Version(path); got != want {
			t.Errorf("%s has version %d, want %d", path, got, want)
		}
	}
	w.flush()
	again := draft{idem: "1", changes: []chain.Change{change("topic/a", 2), change("topic/n", 1)}}
	if r := w.do("proposal", appendOf(t, again)); r.Repeated || r.Fault != nil {
		t.Fatalf("the first of the two alone: %+v", r)
	}
	w.compareWithReplay()
}

// TestAbortUndoesEverything: what was sealed and what was staged upon it; then the same requests are done as if for the first time.
func TestAbortUndoesEverything(t *testing.T) {
	w := given(t)
	first := appendOf(t, draft{idem: "x", changes: []chain.Change{change("topic/a", 2), change("topic/b", 1)}})
	second := appendOf(t, draft{idem: "y", changes: []chain.Change{change("topic/a", 3), change("topic/b", 2)}})
	w.admit("proposal", first)
	if _, ok := w.m.Seal(nil); !ok {
		t.Fatal("nothing to seal")
	}
	w.admit("proposal", second)
	verdicts := w.m.Abort()
	if len(verdicts) != 2 {
		t.Fatalf("%d verdicts", len(verdicts))
	}
	for _, v := range verdicts {
		if r := w.reply(v); !errors.Is(r.Fault, chain.ErrRetry) || len(r.Receipts) != 0 {
			t.Fatalf("verdict: %+v", r)
		}
	}
	for path, want := range map[string]uint64{"topic/a": 1, "topic/b": 0, "topic": 1} {
		if got := w.m.Version(path); got != want {
			t.Errorf("%s has version %d, want %d", path, got, want)
		}
	}
	if _, ok := w.m.Locate(chain.CommandIDOf([]byte("key"), "x")); ok {
		t.Error("an aborted command is remembered")
	}
	if w.m.Underway() != nil || w.m.Staged() != 0 {
		t.Error("something is still staged")
	}
	for i, q := range []*chain.Request{first, second} {
		if r := w.do("proposal", q); r.Fault != nil || r.Repeated || r.Receipts[0].Index != uint64(2+i) {
			t.Fatalf("again: %+v", r)
		}
	}
	w.compareWithReplay()
}

// TestBlockFillsUp: a block takes what fits, the rest waits; what can never fit is refused.
func TestBlockFillsUp(t *testing.T) {
	w := founded(t)
	const big = 200 << 10
	for i := range 3 {
		w.admit("proposal", nextTopic(t, fmt.Sprint("big", i), big))
	}
	if _, ok := w.m.Admit("proposal", nextTopic(t, "more", big), w.now); ok {
		t.Fatal("a fourth of 200 KiB fits into 768 KiB")
	}
	small := w.admit("proposal", nextTopic(t, "small", 0))
	verdicts := w.flush()
	if len(verdicts) != 4 || verdicts[3].Ticket != small || len(w.blocks[1]) > chain.BlockBytesMax {
		t.Fatalf("%d verdicts", len(verdicts))
	}
	if r := w.do("proposal", nextTopic(t, "more", big)); r.Fault != nil {
		t.Fatal(r.Fault)
	}
	var four []draft
	for i := range 4 {
		four = append(four, draft{idem: fmt.Sprint("f", i), padding: big, changes: []chain.Change{change(fmt.Sprint("topic/f", i), 1)}})
	}
	if r := w.do("proposal", appendOf(t, four...)); !errors.Is(r.Fault, chain.ErrTooLarge) {
		t.Fatalf("a request beyond a block: %v", r.Fault)
	}
	over := &chain.Request{Ask: chain.AskAppend, Commits: [][]byte{make([]byte, chain.CommitBytesMax+1)}}
	if r := w.do("proposal", over); !errors.Is(r.Fault, chain.ErrTooLarge) {
		t.Fatalf("a commit beyond the limit: %v", r.Fault)
	}
	w.compareWithReplay()
}

// TestBlockToTheByte: a block of exactly the limit is written.
func TestBlockToTheByte(t *testing.T) {
	w := founded(t)
	base := len(nextTopic(t, "t0", 1).Commits[0]) - 1
	room := chain.BlockBytesMax - chain.SealedHeaderBytes - 4*chain.CommitOverheadBytes
	q := appendOf(t, draft{idem: "t0", padding: 200 << 10, changes: []chain.Change{change("topic/t0", 1)}},
		draft{idem: "t1", padding: 200 << 10, changes: []chain.Change{change("topic/t1", 1)}},
		draft{idem: "t2", padding: 200 << 10, changes: []chain.Change{change("topic/t2", 1)}},
		draft{idem: "t3", padding: room - 4*base - 600<<10, changes: []chain.Change{change("topic/t3", 1)}})
	if r := w.do("proposal", q); r.Fault != nil || len(w.blocks[1]) != chain.BlockBytesMax {
		t.Fatalf("%v, block of %d bytes", r.Fault, len(w.blocks[1]))
	}
	q.Commits[3] = draft{idem: "t3", padding: room - 4*base - 600<<10 + 1, changes: []chain.Change{change("topic/t3", 1)}}.encode(t)
	if r := w.do("proposal", q); !errors.Is(r.Fault, chain.ErrTooLarge) {
		t.Fatalf("one byte more: %v", r.Fault)
	}
}

// TestOpenBlockAges: while a block waits for the one before it, its time follows the clock as far as what is staged allows, and
// what is too young for it waits instead of being refused.
func TestOpenBlockAges(t *testing.T) {
	w := founded(t)
	w.admit("proposal", nextTopic(t, "first", 0))
	if _, ok := w.m.Seal(nil); !ok {
		t.Fatal("nothing to seal")
	}
	w.admit("proposal", nextTopic(t, "second", 0)) // at start, so its block may have start+2000 at most
	w.now = start + 3500
	young := func(name string) *chain.Request {
		return appendOf(t, draft{idem: name, time: w.now, changes: []chain.Change{change("topic/"+name, 1)}})
	}
	w.admit("proposal", young("third"))
	w.now = start + 5000
	if _, ok := w.m.Admit("proposal", young("fourth"), w.now); ok {
		t.Fatal("a commit of 5 s entered a block of 2 s")
	}
	window := appendOf(t, draft{idem: "w", time: start + 3000, from: start + 4000, changes: []chain.Change{change("topic/w", 1)}})
	if _, ok := w.m.Admit("proposal", window, w.now); ok {
		t.Fatal("a window that is open by the clock was refused or let into an older block")
	}
	both := appendOf(t, // the first of the two could stand in the open block
		draft{idem: "x", time: start + 3000, changes: []chain.Change{change("topic/x", 1)}},
		draft{idem: "y", time: w.now, changes: []chain.Change{change("topic/y", 1)}})
	if _, ok := w.m.Admit("proposal", both, w.now); ok || w.m.Version("topic/x") != 0 {
		t.Fatal("half a request was staged")
	}
	w.m.Confirm()
	raw, _ := w.m.Seal(nil)
	if b, err := chain.DecodeBlock(raw); err != nil || b.Time != start+2000 || b.Count != 2 {
		t.Fatalf("block: %+v, %v", b.Header, err)
	}
	w.m.Confirm()
	w.admit("proposal", young("fourth"))
	if w.m.Staged() != 1 {
		t.Fatal("the fourth was refused")
	}
}

// TestOpenBlockKeepsPromises: an open block never ages past a staged commit's expiry or window.
func TestOpenBlockKeepsPromises(t *testing.T) {
	for name, first := range map[string]draft{
		"expiry": {notAfter: start + 10}, "window": {until: start + 10},
	} {
		t.Run(name, func(t *testing.T) {
			w := founded(t)
			first.changes = []chain.Change{change("topic/a", 1)}
			w.admit("proposal", appendOf(t, first))
			w.now += 1000
			w.admit("proposal", nextTopic(t, "b", 0))
			raw, _ := w.m.Seal(nil)
			if b, err := chain.DecodeBlock(raw); err != nil || b.Time != start+9 || b.Count != 2 {
				t.Fatalf("block: %+v, %v", b.Header, err)
			}
		})
	}
}

// TestIDsOutliveExpiry: a command is known for as long as it could be valid, also after a restart; much later it is forgotten,
// unless it is a rule's.
func TestIDsOutliveExpiry(t *testing.T) {
	const day = int64(24 * 3600 * 1000)
	w := founded(t)
	device := draft{idem: "d", notAfter: start + 7*day, changes: []chain.Change{change("topic/d", 1)}}
	policy := draft{author: chain.AuthorPolicy, idem: "p", changes: []chain.Change{change("topic/p", 1)}}
	w.do("proposal", appendOf(t, device))
	w.do("proposal", appendOf(t, policy))
	step := func(days int64) { // one commit a day moves the block time
		for range days {
			w.now += day
			if r := w.do("proposal", appendOf(t, draft{idem: fmt.Sprint(w.now), time: w.now,
				changes: []chain.Change{change(fmt.Sprint("topic/", w.now), 1)}})); r.Fault != nil {
				t.Fatal(r.Fault)
			}
		}
	}
	restarted := func() *order.Machine {
		m := newMachine()
		for _, raw := range w.blocks {
			if _, err := m.Replay(raw); err != nil {
				t.Fatal(err)
			}
		}
		return m
	}
	knows := func(idem string, id chain.CommandID, want bool) {
		t.Helper()
		for i, m := range []*order.Machine{w.m, restarted()} {
			if _, got := m.Locate(id); got != want {
				t.Fatalf("machine %d knows %s after %d days: %v", i, idem, (w.now-start)/day, got)
			}
		}
	}
	deviceID, policyID := chain.CommandIDOf([]byte("key"), "d"), chain.PolicyID("proposal", "p")
	step(7)
	knows("device", deviceID, true)
	sinceLastDay := chain.CommandIDOf([]byte("key"), fmt.Sprint(w.now))
	step(1) // the generations turn
	knows("of the day before", sinceLastDay, true)
	step(8)
	knows("device", deviceID, false)
	knows("policy", policyID, true)
	knows("genesis", chain.GenesisID([]byte("found")), true)
	device.time = w.now
	if r := w.do("proposal", appendOf(t, device)); !errors.Is(r.Fault, chain.ErrExpired) {
		t.Fatalf("a forgotten command: %v", r.Fault)
	}
	policy.time = w.now
	if r := w.do("proposal", appendOf(t, policy)); !r.Repeated {
		t.Fatalf("a rule's command: %+v", r)
	}
}

// TestReplyNeedsTheRightBlock: a receipt is never made from a block that does not fit.
func TestReplyNeedsTheRightBlock(t *testing.T) {
	w := given(t)
	w.admit("proposal", appendOf(t, post))
	v := w.m.Release()[0]
	flipped := bytes.Clone(w.blocks[1])
	flipped[len(flipped)-1] ^= 1
	for name, raw := range map[string][]byte{"another block": w.blocks[0], "a flipped bit": flipped, "nonsense": {1}} {
		if r, err := v.Reply(func(uint64) ([]byte, error) { return raw, nil }); err == nil {
			t.Errorf("%s gave %+v", name, r)
		}
	}
	if _, err := v.Reply(func(uint64) ([]byte, error) { return nil, errors.New("gone") }); err == nil {
		t.Error("a missing block gave a receipt")
	}
}

// TestAbortAfterTheGenerationsTurned: what was staged while ids were young is forgotten though they have become old.
func TestAbortAfterTheGenerationsTurned(t *testing.T) {
	w := founded(t)
	w.now = start + order.Remembered
	young := func(name string) *chain.Request {
		return appendOf(t, draft{idem: name, time: w.now, changes: []chain.Change{change("topic/"+name, 1)}})
	}
	w.admit("proposal", young("first"))
	raw, _ := w.m.Seal(nil)
	w.blocks = append(w.blocks, raw)
	w.admit("proposal", young("second"))
	w.m.Confirm()
	w.m.Abort()
	if _, ok := w.m.Locate(chain.CommandIDOf([]byte("key"), "second")); ok {
		t.Error("an aborted command is remembered")
	}
	if r := w.do("proposal", young("second")); r.Fault != nil || r.Repeated {
		t.Errorf("again: %+v", r)
	}
	if _, ok := w.m.Locate(chain.CommandIDOf([]byte("key"), "first")); !ok {
		t.Error("a durable command was forgotten")
	}
}
