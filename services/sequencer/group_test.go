package sequencer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

func TestNothingWaitsForCompany(t *testing.T) {
	t.Parallel()
	s := foundedOn(t, configOf(t, natstest.Run(t)))
	for i := range 5 {
		raw := commitOf(t, fmt.Sprint(i), "a", uint64(i+1))
		checkReceipt(t, mustAppend(t, s, raw), raw, uint64(i+1)) // alone, and answered: nobody else ever comes
	}
	if info := s.Info(); info.Blocks != 6 || info.Size != 6 {
		t.Errorf("%d commits in %d blocks, want each in its own", info.Size, info.Blocks)
	}
}

func TestWhoWaitsSharesABlock(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	const company = 50
	tap.await(t) // of the founding
	tap.hold()
	first := put(t, s, "proposal", appendOf(commitOf(t, "first", "first", 1)))
	tap.await(t)
	asks, raws := []*ask{}, [][]byte{}
	for i := range company {
		raws = append(raws, commitOf(t, fmt.Sprint(i), fmt.Sprint(i), 1))
		asks = append(asks, put(t, s, "proposal", appendOf(raws[i])))
	}
	stale := put(t, s, "proposal", appendOf(draft{id: "s", topic: "z", reads: []chain.Read{{Key: "topic/first", Version: 0}}}.encode(t)))
	check := put(t, s, "proposal", &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/7", Version: 1}}})
	settled(t, s)
	for i, a := range append(asks, first, stale, check) {
		if a.answered() {
			t.Errorf("request %d was answered before what it rests on was durable", i)
		}
	}
	if info := s.Info(); info.Size != 1 {
		t.Errorf("%d commits are told of, 1 is acknowledged", info.Size)
	}
	tap.release()
	if r := first.reply(t); r.Receipts[0].Count != 1 {
		t.Errorf("the first block has %d commits", r.Receipts[0].Count)
	}
	for i, a := range asks {
		r := a.reply(t)
		checkReceipt(t, r, raws[i], uint64(i+2))
		if r.Receipts[0].Count != company || r.Receipts[0].Number != 2 {
			t.Errorf("commit %d is in block %d with %d commits, want block 2 with %d", i, r.Receipts[0].Number, r.Receipts[0].Count, company)
		}
	}
	wantFault(t, stale.reply(t).Fault, chain.ErrStale)
	if f := check.reply(t).Fault; f != nil {
		t.Errorf("a check of what the block holds: %v", f)
	}
	if sent, _ := tap.figures(); sent != 3 {
		t.Errorf("%d publishes for three blocks", sent)
	}
}

func TestManyWriters(t *testing.T) {
	t.Parallel()
	s := foundedOn(t, configOf(t, natstest.Run(t)))
	const writers, each = 32, 10
	indexes := make([][]uint64, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				raw := commitOf(t, fmt.Sprintf("%d-%d", w, i), fmt.Sprint(w), uint64(i+1))
				reply, err := s.Append(t.Context(), "proposal", appendOf(raw))
				if err != nil {
					t.Error(err)
					return
				}
				indexes[w] = append(indexes[w], reply.Receipts[0].Index)
			}
		})
	}
	all.Wait()
	seen := map[uint64]bool{}
	for _, list := range indexes {
		for i, index := range list {
			if seen[index] || i > 0 && index <= list[i-1] {
				t.Errorf("index %d was given twice or out of order", index)
			}
			seen[index] = true
		}
	}
	if info := s.Info(); info.Size != writers*each+1 || info.Blocks >= info.Size {
		t.Errorf("%d commits in %d blocks", info.Size, info.Blocks)
	}
}

// Nobody may be told of a block that the head record does not have yet: this record cannot be written any more.
func TestHeadRecordComesBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	s := foundedOn(t, cfg)
	s.head.close()
	raw := commitOf(t, "1", "a", 1)
	_, err := s.Append(t.Context(), "proposal", appendOf(raw))
	wantFault(t, err, chain.ErrRetry)
	_, err = s.Append(t.Context(), "proposal", appendOf(commitOf(t, "2", "b", 1)))
	wantFault(t, err, chain.ErrStopped)
	if info := s.Info(); info.State != StateStopped || info.Reason == "" {
		t.Errorf("%+v", info)
	}
	again := openOn(t, cfg)
	reply := mustAppend(t, again, raw)
	checkReceipt(t, reply, raw, 1)
	if !reply.Repeated {
		t.Error("a block that was written and not told of was written again")
	}
}

func TestHeadRecordHoldsWhatIsAnswered(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	s := foundedOn(t, cfg)
	for i := range 4 {
		mustAppend(t, s, commitOf(t, fmt.Sprint(i), "a", uint64(i+1)))
		if on := recordOn(t, cfg.HeadRecord); on.Blocks != uint64(i+2) || on.Hash.String() != s.Info().Head {
			t.Fatalf("after block %d the record on disk says %d blocks, hash %s", i+1, on.Blocks, on.Hash)
		}
	}
}

// recordOn reads a copy of a head record, so that the original is in nobody's way.
func recordOn(tb testing.TB, path string) Head {
	tb.Helper()
	aside := filepath.Join(tb.TempDir(), "record")
	copyFile(tb, path, aside)
	r, err := openHeadRecord(aside)
	if err != nil {
		tb.Fatal(err)
	}
	defer r.close()
	return r.now()
}

func copyFile(tb testing.TB, from, to string) {
	tb.Helper()
	raw, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, raw, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// A crash between any two of: the block is durable, the head record has it, the answer left. The old sequencer is left as it
// stands, as a killed process would be, and another opens.
func TestCrashBetween(t *testing.T) {
	t.Parallel()
	for _, recorded := range []bool{false, true} {
		t.Run(fmt.Sprintf("recorded=%v", recorded), func(t *testing.T) {
			t.Parallel()
			cfg := configOf(t, natstest.Run(t))
			tap := tapInto(&cfg)
			s := foundedOn(t, cfg)
			tap.await(t)
			if !recorded {
				tap.hold()
			}
			raw := commitOf(t, "1", "a", 1)
			a := put(t, s, "proposal", appendOf(raw))
			tap.await(t)
			if recorded {
				a.verdict(t) // and nobody hears of it
			}
			next := cfg
			next.wrap = nil
			again := openOn(t, next)
			reply := mustAppend(t, again, raw)
			checkReceipt(t, reply, raw, 1)
			if !reply.Repeated || again.Info().Size != 2 {
				t.Errorf("repeated %v, %d commits", reply.Repeated, again.Info().Size)
			}
			if on := recordOn(t, cfg.HeadRecord); on.Blocks != 2 {
				t.Errorf("the record says %d blocks", on.Blocks)
			}
			tap.release()
		})
	}
}

func TestHeadRecordFailsInRecovery(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	clock := newHandClock()
	cfg.Clock = clock
	s := openOn(t, cfg)
	if _, err := s.Found(t.Context(), genesisAt(t, 1, clock.ms())); err != nil {
		t.Fatal(err)
	}
	tap.await(t)
	tap.hold()
	a := put(t, s, "proposal", appendOf(draft{id: "1", topic: "a", time: clock.ms()}.encode(t)))
	tap.await(t)
	s.head.close()
	clock.pass(2 * s.cfg.PublishTimeout)
	wantFault(t, a.verdict(t).Fault, chain.ErrRetry)
	wait(t, s.done, "end of the loop") // a block that is durable and cannot be recorded must not be told of by a repeat
	if s.Info().State != StateStopped {
		t.Error("it goes on without a head record")
	}
	if !errors.Is(s.queue.close(""), chain.ErrStopped) {
		t.Error("requests are still taken")
	}
}
