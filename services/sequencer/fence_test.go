package sequencer

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// rivals gives two sequencers of one community, open at once: the second has taken the first one's place, as after a lease was
// lost, with the head record of its own machine.
func rivals(t *testing.T) (first, second *Sequencer, srv *natstest.Server) {
	t.Helper()
	srv = natstest.Run(t)
	cfg := configOf(t, srv)
	first = foundedOn(t, cfg)
	mustAppend(t, first, commitOf(t, "1", "a", 1))
	other := cfg
	other.HeadRecord, other.AdoptStream, other.Genesis = filepath.Join(t.TempDir(), "head"), true, first.cfg.Genesis
	return first, openOn(t, other), srv
}

// fenced makes sure that a sequencer has noticed that another one writes, and has stopped for good.
func fenced(t *testing.T, s *Sequencer) {
	t.Helper()
	wait(t, s.done, "end of the deposed sequencer")
	if info := s.Info(); info.State != StateStopped || !strings.Contains(info.Reason, "another sequencer wrote block") {
		t.Errorf("%+v", info)
	}
}

func TestSecondSequencerFencesTheFirst(t *testing.T) {
	t.Parallel()
	first, second, srv := rivals(t)
	raws := [][]byte{commitOf(t, "2", "a", 2), commitOf(t, "3", "b", 1)}
	checkReceipt(t, mustAppend(t, second, raws[0]), raws[0], 2)
	_, err := first.Append(t.Context(), "proposal", appendOf(raws[1]))
	wantFault(t, err, chain.ErrRetry)
	fenced(t, first)
	_, err = first.Append(t.Context(), "proposal", appendOf(raws[1]))
	wantFault(t, err, chain.ErrStopped)
	checkReceipt(t, mustAppend(t, second, raws[1]), raws[1], 3)
	if n := len(recordOf(t, srv, second.Info().Community)); n != 4 {
		t.Errorf("%d commits, want 4", n)
	}
	if on := recordOn(t, first.cfg.HeadRecord); on.Blocks != 2 {
		t.Errorf("the deposed sequencer wrote %d blocks into the head record, it has acknowledged 2", on.Blocks)
	}
	again := openOn(t, first.cfg) // as a standby would, once it has the lease back
	if reply := mustAppend(t, again, raws[1]); !reply.Repeated {
		t.Error("written twice")
	}
	mustAppend(t, again, commitOf(t, "4", "c", 1))
	_, err = second.Append(t.Context(), "proposal", appendOf(commitOf(t, "5", "d", 1)))
	wantFault(t, err, chain.ErrRetry)
	fenced(t, second)
}

// Both serve the same bus. Once the first knows that it is deposed it says nothing more, so that the other is heard.
func TestDeposedSequencerFallsSilent(t *testing.T) {
	t.Parallel()
	first, second, srv := rivals(t)
	if err := errors.Join(first.Serve(), second.Serve()); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, second, commitOf(t, "2", "a", 2))
	_, err := first.Append(t.Context(), "proposal", appendOf(commitOf(t, "3", "b", 1)))
	wantFault(t, err, chain.ErrRetry)
	fenced(t, first)
	client := chain.NewClient(srv.Connect(t), second.Info().Community, "proposal")
	for i := range 5 {
		raw := commitOf(t, fmt.Sprint("c", i), "c", uint64(i+1))
		reply, err := client.Append(t.Context(), appendOf(raw))
		if err != nil {
			t.Fatal(err)
		}
		checkReceipt(t, reply, raw, uint64(i+3))
	}
}

// The same command at both, the same moment: it is written once, and whoever was told so was told the truth.
func TestRivalsWriteTheSameCommandOnce(t *testing.T) {
	t.Parallel()
	first, second, srv := rivals(t)
	raw := commitOf(t, "2", "a", 2)
	asks := []*ask{put(t, first, "proposal", appendOf(raw)), put(t, second, "proposal", appendOf(raw))}
	told := 0
	for _, a := range asks {
		v := a.verdict(t)
		if v.Fault != nil {
			wantFault(t, v.Fault, chain.ErrRetry)
			continue
		}
		told++
		checkReceipt(t, a.reply(t), raw, 2)
	}
	if told != 1 {
		t.Errorf("%d of two acknowledged it", told)
	}
	if n := len(recordOf(t, srv, second.Info().Community)); n != 3 {
		t.Errorf("%d commits, want 3", n)
	}
}

// A deposed sequencer that has not published since must not answer from an old state, whatever it is asked.
func TestDeposedSequencerConfirmsNothing(t *testing.T) {
	t.Parallel()
	one := commitOf(t, "2", "a", 2)
	for name, q := range map[string]*chain.Request{
		"a read set that has changed": {Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a", Version: 1}}},
		"a collection":                {Ask: chain.AskCheck, Collections: []chain.Read{{Key: "topic", Version: 1}}},
		"a refusal of what is done":   {Ask: chain.AskCheck, IDs: []chain.CommandID{idOf(t, one)}},
		"a receipt that is there":     {Ask: chain.AskReceipt, ID: idOf(t, one)},
		"a conflict that is none":     appendOf(commitOf(t, "3", "a", 3)),
	} {
		t.Run(name, func(t *testing.T) {
			first, second, _ := rivals(t)
			mustAppend(t, second, one)
			_, err := first.Append(t.Context(), "proposal", q)
			wantFault(t, err, chain.ErrRetry)
			fenced(t, first)
		})
	}
}

func TestOneLookForAllThatWait(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	tap.await(t)
	tap.hold()
	check := func() *ask {
		return put(t, s, "proposal", &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/none"}}})
	}
	asks := []*ask{check()}
	tap.await(t)
	for range 20 {
		asks = append(asks, check())
	}
	settled(t, s)
	for i, a := range asks {
		if a.answered() {
			t.Errorf("check %d was answered before the look was", i)
		}
	}
	if _, looks := tap.figures(); looks != 1 {
		t.Errorf("%d looks under way", looks)
	}
	tap.release()
	for _, a := range asks {
		if f := a.reply(t).Fault; f != nil {
			t.Error(f)
		}
	}
	if sent, looks := tap.figures(); looks != 2 || sent != 1 {
		t.Errorf("%d looks for 1 and 20 checks, %d publishes", looks, sent)
	}
}

// An append does not wait for a look, and its block is as good as one.
func TestAppendOvertakesALook(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	tap.await(t)
	tap.set(func() { tap.deaf = 1 }) // the look's answer never comes
	check := put(t, s, "proposal", &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a"}}})
	tap.await(t)
	raw := commitOf(t, "1", "a", 1)
	checkReceipt(t, mustAppend(t, s, raw), raw, 1)
	if f := check.reply(t).Fault; f != nil {
		t.Errorf("a check that was right when the block was written: %v", f)
	}
}

// A look that our own block overtakes on the server finds that block: that is no rival.
func TestLookFindsOurOwnBlock(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	tap.await(t)
	look := tap.delayLook()
	check := put(t, s, "proposal", &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a"}}})
	wait(t, look.caught, "look")
	tap.hold()
	raw := commitOf(t, "1", "a", 1)
	a := put(t, s, "proposal", appendOf(raw))
	tap.await(t) // it is written, and its answer is slower than what the look finds
	tap.set(func() { tap.held = false })
	look.deliver(t)
	tap.await(t)
	settled(t, s)
	tap.release()
	checkReceipt(t, a.reply(t), raw, 1)
	if f := check.reply(t).Fault; f != nil {
		t.Error(f)
	}
	if info := s.Info(); info.State != StateWriting {
		t.Errorf("%+v", info)
	}
}

func TestLookIsLost(t *testing.T) {
	t.Parallel()
	w := newLostWorld(t)
	w.tap.set(func() { w.tap.deaf = 1 })
	check := put(t, w.s, "proposal", &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/a"}}})
	settled(t, w.s)
	w.timeout()
	wantFault(t, check.verdict(t).Fault, chain.ErrRetry)
	if _, err := w.s.Append(t.Context(), "proposal", check.p.prepared.Request()); err != nil {
		t.Error(err)
	}
}

// Refusals of a founded community that rest on nothing need no look, and before the founding there is nothing to look at.
func TestUnfounded(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	tap := tapInto(&cfg)
	s := openOn(t, cfg)
	for i := range 3 {
		_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, fmt.Sprint(i), "a", 1)))
		if err == nil {
			t.Fatal("written before the founding")
		}
	}
	if _, looks := tap.figures(); looks != 0 {
		t.Errorf("%d looks", looks)
	}
	if _, err := s.Found(t.Context(), commitOf(t, "1", "a", 1)); err == nil {
		t.Error("founded with what founds nothing")
	}
	founding := genesisOf(t, 1)
	for _, repeated := range []bool{false, true} {
		reply, err := s.Found(t.Context(), founding)
		if err != nil || reply.Repeated != repeated || reply.Receipts[0].Index != 0 {
			t.Errorf("%+v, %v", reply, err)
		}
	}
}
