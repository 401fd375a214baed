package sim

import (
	"fmt"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider/internal/flaw"
)

// sequencer is the shell of one sequencer process: it takes requests, has them ordered, publishes one block at a time, and lets
// the verdicts go only when that is durable.
type sequencer struct {
	*world
	number int
	drift  int64 // of its clock, always
	up     bool
	active bool // it takes requests: it holds the lease, or believes so
	life   int  // raised at each start: what was planned in an earlier life does not happen
	ord    orderer
	read   uint64 // blocks of the stream that ord knows
	queue  []*ask
	held   map[uint64]*ask
	flight int       // number of the publish under way, 0 for none
	sent   int       // publishes and looks
	shown  []verdict // of a round that staged nothing: they leave when the stream was seen to end where they think
	look   int       // number of the look that they wait for
	behind bool      // it must read the stream before it goes on
}

// ask is one request and the way back.
type ask struct {
	service string
	request *chain.Request
	reply   func(*chain.Reply)
}

func newSequencer(w *world, number int) *sequencer {
	return &sequencer{world: w, number: number, drift: w.r.Int64N(401) - 200}
}

// clock is the sequencer's; it never jumps while it runs, for then the real one stops.
func (s *sequencer) clock() int64 { return s.now + s.drift }

// start begins a new life with an empty memory, filled from the stream.
func (s *sequencer) start(active bool) {
	s.life++
	s.up, s.active = true, active
	s.ord, s.read = newOrderer(s.world), 0
	s.queue, s.held, s.flight, s.shown, s.behind = nil, map[uint64]*ask{}, 0, nil, true
	s.catchUp()
}

func (s *sequencer) crash() {
	s.life++
	s.up = false
}

// then plans something for this life only.
func (s *sequencer) then(ms int64, fn func()) {
	life := s.life
	s.after(ms, func() {
		if s.life == life {
			fn()
		}
	})
}

// catchUp reads what the stream has and memory has not.
func (s *sequencer) catchUp() {
	s.then(s.between(1, 10), func() {
		if s.flight != 0 {
			return
		}
		for s.read < uint64(len(s.stream.blocks)) {
			if err := s.ord.replay(s.stream.blocks[s.read]); err != nil {
				s.oracle.violate("sequencer %d cannot read block %d: %v", s.number, s.read, err)
				return
			}
			s.read++
		}
		s.noteKnown()
		s.behind = false
		s.step()
	})
}

// take receives a request.
func (s *sequencer) take(a *ask) {
	if !s.up || !s.active {
		return
	}
	s.queue = append(s.queue, a)
	s.step()
}

// step admits what waits and publishes what is staged.
func (s *sequencer) step() {
	if s.behind {
		return
	}
	for len(s.queue) > 0 {
		ticket, ok := s.ord.admit(s.queue[0].service, s.queue[0].request, s.clock())
		if !ok {
			break
		}
		s.held[ticket] = s.queue[0]
		s.queue = s.queue[1:]
	}
	if len(s.shown) == 0 {
		s.show(s.ord.release())
	}
	if s.flight == 0 {
		if raw, ok := s.ord.seal(); ok {
			s.publish(raw)
		}
	}
}

// show lets verdicts go that came with no block, once the stream was looked at: another may have taken this one's place.
func (s *sequencer) show(verdicts []verdict) {
	if len(verdicts) == 0 || s.read == 0 || s.cfg.Flaws.Has(flaw.Unlooked) {
		s.deliver(verdicts)
		return
	}
	s.sent++
	look, number, life := s.sent, s.read, s.life
	s.shown, s.look = verdicts, look
	result := func(more, known bool) {
		switch {
		case s.life != life || s.look != look || len(s.shown) == 0:
		case known && !more:
			s.deliverShown()
			s.step()
		case known && s.sent != look: // perhaps it found our own block, whose outcome decides
		default:
			s.lose()
		}
	}
	s.net.send(func() {
		more := uint64(len(s.stream.blocks)) > number
		s.net.send(func() { result(more, true) })
	})
	s.then(publishTimeoutMS, func() { result(false, false) })
}

func (s *sequencer) deliverShown() {
	shown := s.shown
	s.shown = nil
	s.deliver(shown)
}

// lose gives up what is judged and not answered, and reads the stream.
func (s *sequencer) lose() {
	s.flight = 0
	for _, v := range s.shown {
		v.reply = func(func(uint64) ([]byte, error)) (*chain.Reply, error) { return nil, chain.ErrRetry }
		s.deliver([]verdict{v})
	}
	s.shown = nil
	s.deliver(s.ord.abort())
	s.behind = true
	s.catchUp()
}

// publishTimeoutMS is how long the sequencer waits for the stream's word.
const publishTimeoutMS = 300

func (s *sequencer) publish(raw []byte) {
	s.sent++
	flight, expected, life := s.sent, s.read, s.life
	s.flight = flight
	if s.cfg.Flaws.Has(flaw.RepliesBeforePublish) {
		s.deliver(s.ord.confirm())
	}
	result := func(ok bool) {
		if s.life == life && s.flight == flight {
			s.published(ok)
		}
	}
	s.net.send(func() {
		s.stream.publish(raw, expected, func(ok bool) { s.net.send(func() { result(ok) }) })
	})
	s.then(publishTimeoutMS, func() { result(false) })
}

// published goes on after the stream's word, or after its silence: then nobody knows, and memory is not to be trusted.
func (s *sequencer) published(ok bool) {
	early := s.cfg.Flaws.Has(flaw.RepliesBeforePublish)
	switch {
	case ok:
		s.flight = 0
		s.read++
		s.noteKnown()
		s.deliverShown() // their look was sent before this block
		if !early {
			s.deliver(s.ord.confirm())
		}
		s.step()
	case early:
		s.start(s.active)
	default:
		s.lose()
	}
}

// noteKnown notes how far a sequencer knows the record. A block whose acknowledgement was lost may stand there before any
// sequencer knows: nobody was told of it.
func (s *sequencer) noteKnown() {
	if n := min(s.read, uint64(len(s.stream.sealed))); n > 0 {
		head := s.stream.sealed[n-1]
		s.known = max(s.known, head.First+uint64(head.Count))
	}
}

// deliver sends replies on their way.
func (s *sequencer) deliver(verdicts []verdict) {
	for _, v := range verdicts {
		a := s.held[v.ticket]
		delete(s.held, v.ticket)
		if a == nil {
			continue
		}
		reply, err := v.reply(func(block uint64) ([]byte, error) {
			if block >= uint64(len(s.stream.blocks)) {
				return nil, fmt.Errorf("no block %d", block)
			}
			return s.stream.blocks[block], nil
		})
		if err != nil {
			reply = &chain.Reply{Fault: chain.ErrRetry}
		}
		raw := reply.Encode()
		s.net.send(func() {
			if p, err := chain.DecodeReply(raw); err != nil {
				s.oracle.violate("a reply cannot be read: %v", err)
			} else {
				a.reply(p)
			}
		})
	}
}

// ask sends a request to whoever takes requests; nobody may.
func (w *world) ask(service string, q *chain.Request, reply func(*chain.Reply)) {
	raw, err := q.Encode()
	if err != nil {
		w.oracle.violate("a request cannot be written: %v", err)
		return
	}
	w.net.send(func() {
		decoded, err := chain.DecodeRequest(raw)
		if err != nil {
			w.oracle.violate("a request cannot be read: %v", err)
			return
		}
		var active []*sequencer
		for _, s := range w.seqs {
			if s.up && s.active {
				active = append(active, s)
			}
		}
		if len(active) > 0 {
			active[w.r.IntN(len(active))].take(&ask{service: service, request: decoded, reply: reply})
		}
	})
}
