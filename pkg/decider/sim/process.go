package sim

import (
	"bytes"
	"fmt"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
)

// process is one instance of a service with its clock, its place in the stream and its snapshot on disk.
type process struct {
	*world
	model    *decider.Model
	number   int
	drift    int64 // of its clock, always
	jump     int64 // of its clock, for now
	inst     *decider.Instance
	life     int
	next     uint64 // block
	reading  bool   // a read is planned
	deaf     bool   // it sees no new blocks for now
	snapshot []byte
}

func (p *process) name() string { return fmt.Sprintf("%s %d", p.model.Service, p.number) }

func (p *process) clock() int64 { return p.now + p.drift + p.jump }

// then plans something for this life only.
func (p *process) then(ms int64, fn func()) {
	life := p.life
	p.after(ms, func() {
		if p.life == life {
			fn()
		}
	})
}

// start begins a new life from the snapshot, if there is one, or from nothing.
func (p *process) start() {
	p.life++
	p.reading = false
	state := decider.NewState(p.model)
	if p.snapshot != nil {
		loaded, err := decider.LoadSnapshot(p.model, p.snapshot, "")
		if err != nil {
			p.oracle.violate("%s cannot load its snapshot: %v", p.name(), err)
			return
		}
		number := loaded.Head().Number
		if number < uint64(len(p.stream.sealed)) && p.stream.sealed[number].Hash() == loaded.Head().Hash() {
			state = loaded
			p.oracle.compare(p, state)
		}
	}
	p.next = 0
	if state.Head() != nil {
		p.next = state.Head().Number + 1
	}
	p.inst = decider.NewInstance(decider.Config{Model: p.model, Salt: p.salt, Flaws: p.cfg.Flaws}, state)
	p.inst.Head(p.stream.size())
	p.wake()
	p.then(p.tickMS(), p.tick)
}

// crash ends a life: whoever waited for an answer hears nothing.
func (p *process) crash() {
	p.life++
	p.inst = nil
}

// save writes a snapshot.
func (p *process) save() {
	if p.inst == nil || p.inst.State().Head() == nil {
		return
	}
	var b bytes.Buffer
	if err := p.inst.State().WriteSnapshot(&b, ""); err != nil {
		p.oracle.violate("%s cannot write its snapshot: %v", p.name(), err)
		return
	}
	p.snapshot = b.Bytes()
}

// tickMS is how often an instance looks at its clock: more often than people act.
func (p *process) tickMS() int64 { return max(1, p.cfg.PaceMS*3/4) }

func (p *process) tick() {
	p.flush()
	p.then(p.tickMS(), p.tick)
}

// flush lets the instance go on and sends what it wants to say.
func (p *process) flush() {
	p.inst.Tick(p.clock())
	for _, o := range p.inst.Outbox() {
		life := p.life
		p.ask(p.model.Service, o.Request, func(reply *chain.Reply) {
			if p.life == life {
				p.inst.Replied(p.clock(), o.Handle, reply)
				p.flush()
			}
		})
	}
}

// wake plans the next read of the stream.
func (p *process) wake() {
	if p.inst == nil || p.reading || p.deaf || p.next >= uint64(len(p.stream.blocks)) {
		return
	}
	p.reading = true
	late := int64(6)
	if p.net.bad {
		late = 120
	}
	p.then(p.between(1, late), p.read)
}

// read folds one block.
func (p *process) read() {
	p.reading = false
	if p.deaf || p.next >= uint64(len(p.stream.blocks)) {
		return
	}
	b, err := p.stream.read(p.next, p.inst.State().Head())
	if err == nil {
		err = p.inst.ApplyRecords(p.clock(), b.Block, b.records)
	}
	if err != nil {
		p.oracle.violate("%s cannot fold block %d: %v", p.name(), p.next, err)
		return
	}
	p.next++
	p.flush()
	p.wake()
}

// submit gives a command to the instance. Whoever asks hears nothing when it is down.
func (p *process) submit(c *command, back func(decider.Result)) {
	if p.inst == nil {
		return
	}
	a, err := c.admit(p.world, p.model)
	if err != nil {
		back(decider.Result{Fault: asFault(err)})
		return
	}
	life, since := p.life, p.known
	if !c.seen {
		c.seen, c.first = true, since
	}
	p.inst.Submit(p.clock(), decider.Submission{Command: a, Reply: func(r decider.Result) {
		if p.life == life {
			p.oracle.answered(c, r, since)
			p.net.send(func() { back(r) })
		}
	}})
	p.flush()
}
