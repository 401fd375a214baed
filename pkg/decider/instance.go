package decider

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider/internal/flaw"
	"renlin.dev/pkg/fault"
)

// ErrContended: others were quicker each time.
var ErrContended = fault.New(fault.Conflict, "command.contended",
	"Too many others changed the same thing at the same moment; please try again.", "同时有太多人修改同一内容，请重试。")

// Config is what an Instance is made of. Only Model and Salt are needed.
type Config struct {
	Model *Model
	// Salt gives 16 fresh random bytes for each commit.
	Salt func() [16]byte
	// WaitingMax bounds the commands that are not answered yet; beyond it the answer is fault.ErrBusy. 0 means 8192.
	WaitingMax int
	// AttemptsMax bounds how often a command is decided; beyond it the answer is ErrContended, or chain.ErrSkewed where a clock is wrong.
	// 0 means 16.
	AttemptsMax int
	// ResendMS is how long no reply is waited for before the same request is sent again. 0 means 1000.
	ResendMS int64
	// GiveUpMS is how long a command may stay without an answer before that is chain.ErrRetry. 0 means 20000.
	GiveUpMS int64
	// PolicyDelayMS is how long after it is due a demand is left to others: a standby sets it above 0, or it would compete.
	PolicyDelayMS int64
	// Trouble is told what an operator should know: a rule that panicked, a demand that cannot be done. Nil tells nobody.
	Trouble func(operation string, err error)
	// Flaws are planted by the simulation's own tests and by nobody else.
	Flaws flaw.Set
}

func (c *Config) fill() {
	for _, d := range []struct {
		field *int64
		value int64
	}{{&c.ResendMS, 1000}, {&c.GiveUpMS, 20_000}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.WaitingMax == 0 {
		c.WaitingMax = 8192
	}
	if c.Trouble == nil {
		c.Trouble = func(string, error) {}
	}
	if c.AttemptsMax == 0 {
		c.AttemptsMax = 16
	}
}

// Submission is a command and who waits for its answer.
type Submission struct {
	Command *Admitted
	// Reply is called once, from inside one of the instance's methods; it must not call the instance.
	Reply func(Result)
	// Tag comes back in Outgoing.Tags, for a span's context.
	Tag any
}

// Result answers a command: a receipt of its durable commit, or a fault.
type Result struct {
	Receipt  *chain.Receipt // nil with a Fault, and where the sequencer no longer remembers a repeat
	Position uint64         // of the commit; with a Fault how far the state was folded that it was judged on
	Time     int64          // that a refusal was judged with
	Changed  []string       // aggregates that the commit changed; nil for a repeat that somebody else made
	Repeated bool           // it was done before
	Fault    *fault.Fault
}

// Outgoing is a request for the sequencer. The same one may come out several times, until it is replied to.
type Outgoing struct {
	Handle  uint64
	Request *chain.Request
	Tags    []any // of the commands it is about
	// Causes are the positions of the commits whose facts demanded what rules submit in it.
	Causes []uint64
}

// Instance runs one model over one community: it decides commands in lanes, submits what rules demand, and folds blocks. It has
// no goroutine, no clock and no chance of its own, and belongs to one caller.
//
// A lane's commands wait while its request is under way; then all of them are decided one upon another and go out as one
// all-or-nothing request. Nothing is ever decided upon what is not durable, outside of one request. A refusal is answered only
// when the sequencer has confirmed that what it rests on is current.
type Instance struct {
	cfg   Config
	state *State
	// stopped is the error of a fold; nothing works after it, for the state holds part of a block.
	stopped error
	head    uint64 // known end of the record
	last    int64  // newest time given
	mono    int64  // ms gone by, deaf to jumps of the clock; all waiting is measured in it

	tasks    map[chain.CommandID]*task // all that are not answered
	queue    []*task                   // the same in order of arrival; answered ones are swept out
	clients  int                       // tasks that somebody waits for
	lanes    map[string]*lane
	blocked  []*lane // waiting for a fold
	resting  []*lane // waiting for a time
	flights  []*flight
	byHandle map[uint64]*flight
	handles  uint64
	out      []*Outgoing
	again    []Submission // to be submitted anew
	waits    []*wait
	swept    int64
}

// task is one command from its submission to its answer.
type task struct {
	in       Input
	digest   uint64
	lane     string
	subs     []Submission // none for a policy's
	others   []Submission // other commands of the same id, until this one has its answer
	giveUp   int64        // in mono
	attempts int
	held     bool // it was refused upon a batch, or on its own, and waits to be judged on durable state
	alone    bool // it goes in a request by itself, because a request with others failed
	answered bool
}

type wait struct {
	position uint64
	fn       func()
}

// NewInstance puts an instance on a state, fresh from NewState or loaded from a snapshot.
func NewInstance(cfg Config, state *State) *Instance {
	cfg.fill()
	state.flaws = cfg.Flaws
	return &Instance{
		cfg: cfg, state: state, head: state.position,
		tasks: map[chain.CommandID]*task{}, lanes: map[string]*lane{}, byHandle: map[uint64]*flight{},
	}
}

// State gives the folded state, read-only, for as long as no method is called.
func (i *Instance) State() *State { return i.state }

// Waiting is how many commands have no answer yet.
func (i *Instance) Waiting() int { return i.clients }

// Head tells the instance where the record ends, as far as is known. Until it has folded so far, nothing is decided.
func (i *Instance) Head(position uint64) { i.head = max(i.head, position) }

// Submit takes a command. The answer may come at once.
func (i *Instance) Submit(now int64, s Submission) {
	i.pass(now)
	a := s.Command
	if i.stopped != nil {
		s.Reply(Result{Fault: fault.ErrUnavailable})
		return
	}
	t := i.tasks[a.ID]
	if t != nil && t.digest == a.digest {
		t.subs = append(t.subs, s)
		return
	}
	if i.clients >= i.cfg.WaitingMax {
		s.Reply(Result{Fault: fault.ErrBusy})
		return
	}
	if t != nil { // which of the two came first, the record will tell
		t.others = append(t.others, s)
		i.clients++
		return
	}
	t = &task{
		in:     Input{Raw: a.Raw, Signed: a.Signed, Body: a.Body, ID: a.ID, Genesis: a.Genesis},
		digest: a.digest, lane: a.lane(), subs: []Submission{s},
	}
	i.clients++
	i.enqueue(t)
	if !i.repeated(t) {
		l := i.laneOf(t)
		l.tasks = append(l.tasks, t)
		i.pump(l)
	}
}

func (i *Instance) enqueue(t *task) {
	t.giveUp = i.mono + i.cfg.GiveUpMS
	i.tasks[t.in.ID] = t
	i.queue = append(i.queue, t)
}

// repeated deals with a command that is on record already: the sequencer is asked for the receipt of the first time.
func (i *Instance) repeated(t *task) bool {
	w, ok := i.state.ids[t.in.ID]
	if !ok || i.cfg.Flaws.Has(flaw.RepeatsJudgedAnew) {
		return false
	}
	if w.Body != t.digest {
		i.answer(t, Result{Fault: chain.ErrReused})
		return true
	}
	i.send(&flight{request: &chain.Request{Ask: chain.AskReceipt, ID: t.in.ID}, tasks: []*task{t}})
	return true
}

// answer ends a task.
func (i *Instance) answer(t *task, r Result) {
	if t.answered {
		return
	}
	t.answered = true
	delete(i.tasks, t.in.ID)
	if len(t.subs) > 0 {
		i.clients--
	}
	for _, s := range t.subs {
		s.Reply(r)
	}
	i.again = append(i.again, t.others...)
}

// ApplyBlock folds the next block and lets go on what waited for it. After an error the instance is of no use: start anew. A rule that
// panics on what stands on the record is an error too, ErrFold: other communities in the process have nothing to do with it.
func (i *Instance) ApplyBlock(now int64, b *chain.Block) error {
	records, err := NewRecords(b)
	if err != nil {
		i.stopped = cmp.Or(i.stopped, err)
		return i.stopped
	}
	return i.ApplyRecords(now, b, records)
}

// ApplyRecords is ApplyBlock for a block whose commits were read already.
func (i *Instance) ApplyRecords(now int64, b *chain.Block, records []*Record) error {
	i.pass(now)
	if i.stopped != nil {
		return i.stopped
	}
	if err := i.fold(b, records); err != nil {
		i.stopped = err
		return err
	}
	i.head = max(i.head, i.state.position)
	blocked := i.blocked
	i.blocked = nil
	for _, l := range blocked {
		l.blocked = false
		i.pump(l)
	}
	return nil
}

func (i *Instance) fold(b *chain.Block, records []*Record) error {
	if err := b.CheckNext(i.state.head); err != nil {
		return fmt.Errorf("fold block: %w", errors.Join(err, ErrRecord))
	}
	return foldSafely(i.state, b, records)
}

// Await calls fn once the state is folded to a position: at once, or from Tick, when the caller has done with the block whatever
// else it does; fn must not call the instance. The answer takes fn back.
func (i *Instance) Await(position uint64, fn func()) (cancel func()) {
	if position <= i.state.position {
		fn()
		return func() {}
	}
	w := &wait{position: position, fn: fn}
	i.waits = append(i.waits, w)
	return func() { w.fn = nil }
}

// Outbox takes what is to be sent to the sequencer.
func (i *Instance) Outbox() []*Outgoing {
	out := i.out
	i.out = nil
	return out
}

// passMax bounds what one step of the clock counts for: a jump ahead must not end every wait at once.
const passMax = 5_000

// pass lets time go by.
func (i *Instance) pass(now int64) {
	if i.last != 0 && now > i.last {
		i.mono += min(now-i.last, passMax)
	}
	i.last = now
}

// sweepMS is how often Tick looks through everything that waits for a time.
const sweepMS = 10

// Tick lets time pass: what has no reply is sent again, what waits too long is given up, and at the end of the record the rules'
// demands that are due are submitted. Call it after blocks have been applied, and every few ten milliseconds.
func (i *Instance) Tick(now int64) {
	i.pass(now)
	if i.stopped != nil {
		return
	}
	i.wake()
	if i.mono >= i.swept+sweepMS {
		i.swept = i.mono
		i.giveUp()
		i.resend()
		resting := i.resting
		i.resting = nil
		for _, l := range resting {
			l.resting = false
			i.pump(l)
		}
	}
	i.SubmitDue(now)
	again := i.again
	i.again = nil
	for _, s := range again {
		i.clients--
		i.Submit(now, s)
	}
}

// SubmitDue submits, at the end of the record, the rules' demands that are due, and wakes nobody. Tick does it as well; it is for whoever
// has applied a block and has more to do with it before others may see that it has been.
func (i *Instance) SubmitDue(now int64) {
	if i.stopped == nil && i.state.position >= i.head {
		i.submitOwed(now)
	}
}

// wake calls those whose position is reached.
func (i *Instance) wake() {
	i.waits = slices.DeleteFunc(i.waits, func(w *wait) bool {
		if w.fn != nil && w.position <= i.state.position {
			w.fn()
			w.fn = nil
		}
		return w.fn == nil
	})
}

// giveUp answers what has waited too long. Nobody knows then whether it was or will be recorded.
func (i *Instance) giveUp() {
	i.queue = slices.DeleteFunc(i.queue, func(t *task) bool {
		if !t.answered && i.mono >= t.giveUp {
			i.answer(t, Result{Fault: chain.ErrRetry})
		}
		return t.answered
	})
}

// resend sends again what had no reply, and drops what nobody waits for any more. A dropped request may still be written; what
// the lane decides next rests on the durable state only, so both cannot stand.
func (i *Instance) resend() {
	i.flights = slices.DeleteFunc(i.flights, func(f *flight) bool { return f.landed })
	for _, f := range slices.Clone(i.flights) {
		if f.landed {
			continue
		}
		if !slices.ContainsFunc(f.tasks, func(t *task) bool { return !t.answered }) {
			i.land(f)
			if f.lane != nil {
				i.pump(f.lane)
			}
			continue
		}
		if i.mono >= f.resendAt {
			i.emit(f)
		}
	}
}

// policiesMax bounds the demands that are under way at once.
const policiesMax = 1024

// submitOwed puts what is due into its lanes.
func (i *Instance) submitOwed(now int64) {
	var lanes []*lane
	for _, o := range i.state.OwedNow(now - i.cfg.PolicyDelayMS) {
		if i.tasks[o.ID] != nil {
			continue
		}
		if len(i.tasks)-i.clients >= policiesMax {
			break
		}
		op := i.state.model.ops[o.Operation]
		raw, signed, err := PolicyCommand(o, op.Contract)
		if err != nil {
			panic("policy's command cannot be encoded: " + err.Error())
		}
		t := &task{in: Input{Raw: raw, Signed: signed, ID: o.ID, Policy: true}, lane: "policy/" + op.Name}
		if op.Lane != nil {
			body, err := op.read(chain.AuthorPolicy, o.Body)
			if err != nil {
				panic("policy's body cannot be decoded: " + err.Error())
			}
			t.in.Body, t.lane = body, "aggregate/"+op.Lane(body)
		}
		l := i.laneOf(t)
		if i.mono < l.rest {
			continue // the last attempt failed a moment ago
		}
		i.enqueue(t)
		l.tasks = append(l.tasks, t)
		if !slices.Contains(lanes, l) {
			lanes = append(lanes, l)
		}
	}
	for _, l := range lanes {
		i.pump(l)
	}
}

// Close answers everything that is still waiting: whether it will be recorded is not known. Nothing works afterwards.
func (i *Instance) Close() {
	if i.stopped == nil {
		i.stopped = errors.New("the instance is closed")
	}
	for _, t := range i.queue {
		i.answer(t, Result{Fault: chain.ErrRetry})
	}
	for _, s := range i.again {
		s.Reply(Result{Fault: chain.ErrRetry})
	}
	i.queue, i.out, i.again = nil, nil, nil
}
