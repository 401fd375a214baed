package sequencer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/telemetry"
)

// loop is what the one goroutine owns that orders and publishes. At most one block is under way; what comes meanwhile is judged
// upon it and staged, so that the next block leaves in the moment the acknowledgement arrives.
type loop struct {
	machine *order.Machine
	waiting []*pending // taken from the queue, in order, not admitted yet
	open    []*pending // admitted since the last Seal, in the order of the machine's verdicts
	under   []*pending // of the block under way
	spare   [][]*pending

	traces   []string   // for the open block
	span     trace.Span // of the block under way; nil when nothing in it is traced
	attempts uint64
	sent     time.Duration       // monotonic time at which the block under way was published
	held     []*pending          // judged in a round that staged nothing, see hold
	verdicts []order.Verdict     // theirs
	look     uint64              // the attempt that they wait for
	looked   time.Duration       // monotonic time at which it was made
	tried    map[chain.Hash]bool // blocks of ours after the newest durable one, whose fate is unknown
	dirty    bool                // stream and server must be examined before the next block
	stopped  string              // the reason, once writing has stopped
	by       string              // the reason's sort
	full     error               // what those are told who would write, while there is no room
	refused  time.Duration       // monotonic time until which JetStream is taken to have no room, because it said so
	company  int                 // requests in the last block
	before   int                 // requests in the one before that
	buffer   []byte
	replying []*pending // answered, to be handed to Serve
}

// vainYieldsMax bounds how often in a row a block lets others run first though nothing comes of it.
const vainYieldsMax = 24

// companyEnough is how many commits are worth an fsync of their own: with so many, a block leaves, and the rest of a large crowd is judged
// while it is being written, instead of everybody waiting for everybody.
const companyEnough = 96

// run is the loop's goroutine. It ends when writing has stopped.
func (s *Sequencer) run(ctx context.Context) {
	defer close(s.done)
	s.tried = map[chain.Hash]bool{}
	tick := time.NewTicker(s.cfg.PublishTimeout / 8)
	defer tick.Stop()
	s.lookForRoom()
	s.snapshots.due(s.machine)
	for s.stopped == "" || s.machine.Underway() != nil {
		select {
		case <-s.queue.wake:
		case ack := <-s.pub.outcomes():
			s.acknowledged(ctx, ack)
		case <-s.pub.events():
			s.dirty = true
		case reason := <-s.halt:
			s.stop(byHalt, reason)
		case do := <-s.control:
			do()
		case <-tick.C:
			if _, err := s.clock.now(); err != nil { // also when nobody asks: then people can read why, before they write
				s.stop(byClock, err.Error())
			}
		}
		s.step(ctx)
		s.sendReplies()
	}
	s.refuseAll()
	s.sendReplies()
}

// step does whatever can be done now.
func (s *Sequencer) step(ctx context.Context) {
	if s.dirty || s.overdue() {
		s.recover(ctx)
	}
	if s.stopped != "" {
		return
	}
	s.lookForRoom()
	s.admitWaiting()
	if s.machine.Underway() != nil || s.stopped != "" {
		return
	}
	if s.machine.Staged() > 0 {
		s.gather()
		s.before, s.company = s.company, len(s.open)
		s.sealAndPublish(ctx)
		return
	}
	if len(s.held) == 0 {
		s.hold(ctx)
	}
}

// gather lets whoever is about to ask do so before the block leaves. How many that may be the last two blocks tell: who was just answered
// tends to ask again, and some of them are doing so on another core. Yields in vain cost a fraction of a microsecond each; after a block
// that carried one request there is nobody to wait for.
func (s *Sequencer) gather() {
	if s.company < 2 {
		return
	}
	for vain := 0; vain < vainYieldsMax; {
		staged := s.machine.Staged()
		if staged >= min(s.company+s.before, companyEnough) {
			return
		}
		runtime.Gosched()
		s.admitWaiting()
		if vain++; s.machine.Staged() > staged {
			vain = 0
		}
	}
}

// admitWaiting judges what has come, as far as the open block has room.
func (s *Sequencer) admitWaiting() {
	for {
		if len(s.waiting) == 0 {
			s.waiting = s.queue.swap(s.waiting)
		}
		if len(s.waiting) == 0 {
			return
		}
		now, err := s.clock.now()
		if err != nil {
			s.stop(byClock, err.Error())
			return
		}
		for i, p := range s.waiting {
			if !p.take() {
				continue
			}
			if s.full != nil && p.prepared.Request().Ask == chain.AskAppend {
				s.meter.refused(s.full)
				s.finish(p, order.Verdict{Fault: s.full})
				continue
			}
			if !s.admit(p, now) {
				p.turn.Store(turnWaiting)
				left := copy(s.waiting, s.waiting[i:])
				clear(s.waiting[left:])
				s.waiting = s.waiting[:left]
				return
			}
		}
		clear(s.waiting)
		s.waiting = s.waiting[:0]
	}
}

func (s *Sequencer) admit(p *pending, now int64) bool {
	offset := s.machine.Staged()
	if _, ok := s.machine.AdmitPrepared(&p.prepared, now); !ok {
		return false
	}
	if p.trace != "" && s.machine.Staged() > offset {
		s.traces = append(s.traces, chain.TraceValue(offset, p.trace))
	}
	s.open = append(s.open, p)
	return true
}

// sealAndPublish sends the open block on its way.
func (s *Sequencer) sealAndPublish(ctx context.Context) {
	s.buffer, _ = s.machine.Seal(s.buffer[:0])
	s.under, s.open = s.open, s.list()
	number := s.machine.Underway().Number
	s.attempts++
	_, s.sent = s.cfg.Clock.Now()
	m := &nats.Msg{Subject: chain.BlockSubject(chain.CommunityID(s.cfg.Genesis)), Data: s.buffer}
	if len(s.traces) > 0 {
		s.span = chain.StartPublish(ctx, s.machine.Underway(), s.traces)
		m.Header = nats.Header{chain.TraceHeader: s.traces}
		s.traces = nil
	}
	if err := s.pub.publish(s.attempts, m, number); err != nil {
		s.log.Warn("publish failed", "block", number, "error", err)
		s.recover(ctx)
	}
}

// acknowledged takes the answer to a publish or a look.
func (s *Sequencer) acknowledged(ctx context.Context, ack *nats.Msg) {
	attempt, block := attemptOf(ack), s.machine.Underway()
	if len(s.held) > 0 && attempt == s.look {
		s.seen(ctx, readLook(ack))
		return
	}
	if block == nil || attempt != s.attempts {
		return // of an attempt that was given up
	}
	if err := readOutcome(ack, block.Number+1); err != nil {
		s.log.Warn("publish failed", "block", block.Number, "error", err)
		s.dirty = s.dirty || errors.Is(err, errFenced)
		s.noteFull(err)
		s.recover(ctx)
		return
	}
	s.endSpan(nil)
	_, now := s.cfg.Clock.Now()
	s.meter.published(block.Count, len(s.buffer), now-s.sent)
	verdicts := s.machine.Confirm()
	clear(s.tried) // nothing else can be written any more where this block stands
	done := s.under
	s.under = nil
	if err := s.noteHead(); err != nil {
		s.log.Error("head record was not written", "error", err) // names a file, which the reason must not: everybody may read it
		s.stop(byDisk, "sequencer: head record could not be written")
		s.refuse(done, chain.ErrRetry.Because(err))
		return
	}
	s.answerHeld() // their look was sent before this block, which stands where they thought that the stream ends
	s.answer(done, verdicts)
	s.sendReplies()
	clear(done)
	s.spare = append(s.spare, done[:0])
	s.snapshots.due(s.machine)
}

// endSpan notes what became of the block under way.
func (s *Sequencer) endSpan(err error) {
	if s.span != nil {
		telemetry.End(s.span, err)
		s.span = nil
	}
}

// noteHead writes the newest durable block into the head record. Nobody is told of the block before that.
func (s *Sequencer) noteHead() error {
	if err := s.head.acknowledge(s.machine.Head(), s.machine.HeadHash()); err != nil {
		return err
	}
	s.publishInfo()
	return nil
}

// list gives an empty list, used before if there is one.
func (s *Sequencer) list() []*pending {
	if n := len(s.spare); n > 0 {
		list := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return list
	}
	return nil
}

// answer hands each request its verdict, which are in the same order.
func (s *Sequencer) answer(list []*pending, verdicts []order.Verdict) {
	if len(list) != len(verdicts) {
		panic(fmt.Sprintf("sequencer: %d verdicts for %d requests", len(verdicts), len(list)))
	}
	now := s.meter.now()
	for i, p := range list {
		s.meter.answered(p.came, now, &verdicts[i])
		s.finish(p, verdicts[i])
	}
}

// refuse tells every request of a list the same.
func (s *Sequencer) refuse(list []*pending, err error) {
	for _, p := range list {
		s.meter.refused(err)
		s.finish(p, order.Verdict{Fault: err})
	}
}

// place notes on a recorded request's span where on the record its commits stand.
func (s *Sequencer) place(p *pending, v *order.Verdict) {
	if p.span == nil {
		return
	}
	if first, count := v.Appended(); count > 0 {
		p.span.SetAttributes(
			telemetry.KeyCommunity.String(chain.CommunityID(s.cfg.Genesis)), telemetry.KeyIndex.Int64(int64(first)),
			telemetry.KeyAppended.Int(count))
	}
}

// finish gives a request back to whoever asked.
func (s *Sequencer) finish(p *pending, v order.Verdict) {
	p.verdict = v
	s.place(p, &v)
	p.endSpan(v.Fault)
	if p.back != nil {
		s.replying = append(s.replying, p)
		return
	}
	p.done <- struct{}{}
}

// sendReplies hands what was answered over NATS to the goroutine that writes the answers.
func (s *Sequencer) sendReplies() {
	if len(s.replying) > 0 {
		s.replies <- s.replying
		s.replying = nil
	}
}

// overdue tells whether the answer to a publish or a look has taken too long.
func (s *Sequencer) overdue() bool {
	if s.machine.Underway() == nil && len(s.held) == 0 {
		return false
	}
	_, mono := s.cfg.Clock.Now()
	return s.machine.Underway() != nil && mono-s.sent > s.cfg.PublishTimeout ||
		len(s.held) > 0 && mono-s.looked > s.cfg.PublishTimeout
}

// stop ends writing, for good. The first reason stands; by is its sort.
func (s *Sequencer) stop(by, reason string) {
	if s.stopped != "" {
		return
	}
	s.stopped, s.by = reason, by
	if reason == reasonClosed {
		s.log.Info("sequencer closed")
	} else {
		s.log.Error("writing stopped", "reason", errors.New(reason))
	}
	s.queue.close(reason)
	s.publishInfo()
}

// refuseAll answers whoever still waits when writing has stopped. Nothing is under way any more.
func (s *Sequencer) refuseAll() {
	err := s.queue.close(s.stopped)
	s.machine.Abort()
	s.refuse(s.held, err)
	s.refuse(s.open, err)
	for _, p := range append(s.waiting, s.queue.swap(nil)...) {
		if p.take() {
			s.finish(p, order.Verdict{Fault: err})
		}
	}
	s.held, s.open, s.waiting = nil, nil, nil
}
