package sim

import (
	"fmt"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
)

func asFault(err error) *fault.Fault { return fault.Of(err) }

// load is everybody who sends commands.
type load struct {
	*world
	workload Workload
	ender    Ender // nil when the workload is none
	idler    Idler // the same
	commands []*command
	planned  int // of the workload's commands
	ended    bool
}

// command is one that somebody sent, once or often.
type command struct {
	raw      []byte
	signed   *chain.Signed
	service  string
	genesis  bool
	admitted *decider.Admitted
	tries    int
	first    uint64 // how long the record was when an instance first saw it
	seen     bool
	final    *decider.Result // what its author takes for the answer
	given    bool            // its author has stopped asking
}

func newLoad(w *world) *load {
	l := &load{world: w, workload: w.cfg.Workload()}
	l.ender, _ = l.workload.(Ender)
	l.idler, _ = l.workload.(Idler)
	return l
}

// The pace of a play, ms.
const (
	patience  = 2_500 // before a client asks again
	triesMax  = 12
	healAfter = 3_000 // after the last command
)

// begin founds the community, then lets people act.
func (l *load) begin() {
	service, signed := l.workload.Found(l.r)
	c := l.add(service, signed, true)
	l.try(c)
	var wait func()
	wait = func() {
		if l.stream.size() == 0 {
			l.after(20, wait)
			return
		}
		l.planFaults(l.cfg.SpanMS)
		l.next()
	}
	l.after(20, wait)
}

func (l *load) add(service string, signed *chain.Signed, genesis bool) *command {
	if l.signer != nil {
		l.signer.Sign(l.r, signed, l.genesis())
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		panic("workload's command cannot be encoded: " + err.Error())
	}
	c := &command{raw: raw, signed: signed, service: service, genesis: genesis}
	l.commands = append(l.commands, c)
	return c
}

// next lets somebody act, and plans the one after.
func (l *load) next() {
	if l.planned == l.cfg.Commands || l.ender != nil && l.ender.Over() {
		l.ended = true
		l.after(healAfter, l.heal)
		return
	}
	l.planned++
	idle := int64(0)
	if l.idler != nil {
		idle = l.idler.Idle(l.r)
	}
	if idle > 0 {
		l.idle(l.now+idle, l.somebody)
		return
	}
	l.somebody()
}

// idle lets time pass until then, from one timer to the next, each of which is given the time that it takes. While an instance is down or
// behind nobody knows what is due, and time takes its course.
func (l *load) idle(until int64, then func()) {
	next := l.now
	if l.current() {
		next = min(until, l.dueNext())
	}
	if next > l.now {
		l.idled += next - l.now
		l.now = next
	}
	if next >= until || l.now >= until {
		then()
		return
	}
	l.after(l.between(100, 1_000), func() { l.idle(until, then) })
}

// somebody acts, and the one after is planned.
func (l *load) somebody() {
	if service, signed := l.workload.Next(l.r, l.now, l.look); signed != nil {
		l.act(service, signed)
	}
	pause := l.between(0, l.cfg.PaceMS)
	if l.chance(500) { // people come in crowds
		pause = l.between(0, 1)
	}
	l.after(pause, l.next)
}

// act sends somebody's command, and plans what else becomes of it.
func (l *load) act(service string, signed *chain.Signed) {
	signed.IdempotencyKey = fmt.Sprintf("c%d", l.planned)
	signed.NotAfter = l.now + 600_000
	if l.chance(60) { // in a hurry: it may expire on its way
		signed.NotAfter = l.now + l.between(5, 400)
	}
	c := l.add(service, signed, false)
	l.try(c)
	if l.chance(60) { // the same key for another command
		l.after(l.between(1, 500), func() { l.reuse(c) })
	}
	for _, perMille := range []int{100, 50} { // sent again later, answered or not
		if l.chance(perMille) {
			l.after(l.between(1, 3_000), func() { l.send(c) })
		}
	}
}

// reuse sends something else under the same idempotency key, to whichever service it is for.
func (l *load) reuse(c *command) {
	service, signed := l.workload.Next(l.r, l.now, l.look)
	if signed == nil {
		return
	}
	signed.IdempotencyKey, signed.NotAfter, signed.Signatures = c.signed.IdempotencyKey, l.now+600_000, c.signed.Signatures
	l.try(l.add(service, signed, false))
}

// look gives a state of a service, which may be late.
func (l *load) look(service string) *decider.State {
	for _, p := range l.procs {
		if p.model.Service == service && p.inst != nil {
			return p.inst.State()
		}
	}
	return nil
}

// try sends a command and asks again until there is an answer.
func (l *load) try(c *command) {
	if c.final != nil || c.given {
		return
	}
	if c.tries++; c.tries > triesMax && !l.healed {
		c.given = true
		return
	}
	l.send(c)
	l.after(patience+l.between(0, 500), func() { l.try(c) })
}

// send gives a command to one of its service's instances, usually the first.
func (l *load) send(c *command) {
	number := 0
	if l.chance(300) {
		number = 1
	}
	at := slices.IndexFunc(l.procs, func(p *process) bool { return p.model.Service == c.service && p.number == number })
	p := l.procs[at]
	l.net.send(func() {
		p.submit(c, func(r decider.Result) {
			if c.final == nil && (r.Fault == nil || !r.Fault.Kind.Temporary()) {
				c.final = &r
			}
		})
	})
}

// over tells whether everybody has sent everything.
func (l *load) over() bool { return l.ended }

func (l *load) unanswered() (n int) {
	for _, c := range l.commands {
		if c.final == nil && !c.given {
			n++
		}
	}
	return n
}

// admit does the checks without state, once.
func (c *command) admit(w *world, m *decider.Model) (*decider.Admitted, error) {
	if c.admitted != nil {
		return c.admitted, nil
	}
	if c.genesis {
		a, err := m.AdmitGenesis(c.raw, w.verify)
		c.admitted = a
		return a, err
	}
	a, err := m.Admit(w.genesis(), c.raw, w.verify)
	c.admitted = a
	return a, err
}

// genesis names the community; zero before its founding.
func (w *world) genesis() (h chain.Hash) {
	if len(w.stream.sealed) > 0 {
		h = w.stream.sealed[0].Genesis
	}
	return h
}

// unsigned is the verifier of most plays: signatures are dear, and the rules never look at more than their keys.
func unsigned(*chain.Signed, chain.Hash, chain.CommandID) error { return nil }
