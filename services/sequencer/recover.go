package sequencer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// Difference says that the record, or where it is kept, is not what it must be. It stops writing for good.
type Difference struct {
	Reason string
	rival  bool // another sequencer writes, and all is well with the record
}

// Error is the reason, for operators.
func (d *Difference) Error() string { return "sequencer: " + d.Reason }

func differs(format string, args ...any) error {
	return &Difference{Reason: fmt.Sprintf(format, args...)}
}

func rivalWrote(block uint64) error {
	return &Difference{Reason: fmt.Sprintf("another sequencer wrote block %d", block), rival: true}
}

// The pause between two tries to reach the stream, growing while they fail.
const (
	recoverWaitMin = 5 * time.Millisecond
	recoverWaitMax = time.Second
)

// recover gives up whatever is under way or staged, telling those who wait that nobody knows, and reads the stream until it is
// known again where the chain ends. A Difference stops writing; everything else is tried again until it works.
func (s *Sequencer) recover(ctx context.Context) {
	if s.machine.Underway() != nil {
		s.tried[s.machine.Underway().Hash()] = true
	}
	s.endSpan(chain.ErrRetry)
	verdicts := s.machine.Abort()
	s.answer(append(s.under, s.open...), verdicts)
	s.refuse(s.held, chain.ErrRetry)
	s.under, s.open, s.held, s.verdicts, s.traces = nil, nil, nil, nil, nil
	s.sendReplies()
	for wait := recoverWaitMin; s.stopped == ""; wait = min(2*wait, recoverWaitMax) {
		err := s.catchUp(ctx)
		if err == nil {
			return
		}
		var d *Difference
		if errors.As(err, &d) {
			s.deposed.Store(d.rival)
			s.stop(d.sort(), err.Error())
			return
		}
		s.log.Warn("cannot reach the stream", "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		case reason := <-s.halt:
			s.stop(byHalt, reason)
		}
	}
}

// catchUpTimeoutMax bounds one try to look at the stream's end.
const catchUpTimeoutMax = 5 * time.Second

// catchUp brings the machine to the stream's end. Beyond the newest block that we know to be durable, only one that we tried
// ourselves may stand; any other was written by somebody else, and then we are not the sequencer any more.
func (s *Sequencer) catchUp(ctx context.Context) error {
	if s.dirty {
		return s.reload(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, catchUpTimeoutMax)
	defer cancel()
	stream, err := s.findStream(ctx)
	if err != nil {
		return err
	}
	known := s.known()
	if stream == nil {
		return differs("stream is missing, %d blocks were acknowledged", known)
	}
	end := stream.CachedInfo().State.LastSeq
	if end < known {
		return differs("stream holds %d blocks, %d were acknowledged", end, known)
	}
	if known > 0 {
		if err := s.same(ctx, known-1); err != nil {
			return err
		}
	}
	if end == known {
		return nil
	}
	raw, err := chain.ReadBlock(ctx, stream, known)
	if err != nil {
		return err
	}
	b, err := chain.DecodeBlock(raw)
	if err != nil || end != known+1 || !s.tried[b.Sealed.Hash()] {
		return rivalWrote(known)
	}
	if _, err := s.machine.Replay(raw); err != nil {
		return differs("block %d, which is ours, does not verify: %v", known, err)
	}
	clear(s.tried)
	if err := s.noteHead(); err != nil {
		return differs("%v", err) // nobody may be told of the block, and the next try would not see that
	}
	return nil
}

// known is the number of blocks that we know to be durable.
func (s *Sequencer) known() uint64 {
	if s.machine.Head() == nil {
		return 0
	}
	return s.machine.Head().Number + 1
}

// same makes sure that the stream holds the newest durable block as we know it.
func (s *Sequencer) same(ctx context.Context, number uint64) error {
	stream, err := s.findStream(ctx)
	if err != nil {
		return err
	}
	raw, err := chain.ReadBlock(ctx, stream, number)
	if err != nil {
		return err
	}
	b, err := chain.DecodeBlock(raw)
	if err != nil || b.Sealed.Hash() != s.machine.HeadHash() {
		return differs("block %d of the stream is not the one that was acknowledged", number)
	}
	return nil
}

// reload examines everything anew, as at Open, after the connection was lost or somebody else stood in our place.
func (s *Sequencer) reload(ctx context.Context) error {
	if !s.pub.connected() {
		return errors.New("not connected")
	}
	s.drainEvents()
	machine, err := s.load(ctx)
	if err != nil {
		return err
	}
	if err := s.onlyOurs(machine); err != nil {
		return err // the head record stays as it is: it may be another sequencer's by now
	}
	if err := s.settle(machine); err != nil {
		return err
	}
	if machine.Size() > s.machine.Size() {
		clear(s.tried) // one of ours stands there; until then any may still arrive, sent on a connection that is gone
	}
	s.machine, s.dirty = machine, false
	s.publishInfo()
	return nil
}

// onlyOurs compares what was read with what we wrote. That our own blocks are all there was seen by load: the newest stands in
// the head record.
func (s *Sequencer) onlyOurs(machine *order.Machine) error {
	known, found := s.known(), uint64(0)
	if machine.Head() != nil {
		found = machine.Head().Number + 1
	}
	if found == known || found == known+1 && s.tried[machine.HeadHash()] {
		return nil
	}
	return rivalWrote(known)
}

// drainEvents forgets what happened to the connection until now; what happens from now on makes the stream dirty again.
func (s *Sequencer) drainEvents() {
	for {
		select {
		case <-s.pub.events():
		default:
			return
		}
	}
}
