package decider

import (
	"errors"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider/internal/flaw"
	"renlin.dev/pkg/fault"
)

// flight is a request that has no final reply yet. Its bytes never change: sent again, it is not done twice.
type flight struct {
	handle   uint64
	lane     *lane // nil for a receipt
	request  *chain.Request
	tasks    []*task
	hashes   []chain.Hash // AskAppend: of the commits
	changed  [][]string   // AskAppend
	refusals []Result     // AskCheck: what is answered when the check holds
	asked    []int        // AskCheck: how many waited for each task when the check was sent
	position uint64       // how far the state was folded that it was decided on
	resendAt int64
	sends    int
	landed   bool // it has its final reply, or was given up
}

func (f *flight) add(t *task, v *Verdict) {
	changed := make([]string, len(v.Commit.Changes))
	for i := range v.Commit.Changes {
		changed[i] = v.Commit.Changes[i].Aggregate
	}
	f.tasks, f.changed = append(f.tasks, t), append(f.changed, changed)
	f.request.Commits = append(f.request.Commits, v.raw)
	f.hashes = append(f.hashes, chain.HashCommit(v.raw))
}

// send puts a new request on its way.
func (i *Instance) send(f *flight) {
	i.handles++
	f.handle, f.position = i.handles, i.state.position
	i.byHandle[f.handle] = f
	i.flights = append(i.flights, f)
	i.emit(f)
}

func (i *Instance) emit(f *flight) {
	f.sends++
	f.resendAt = i.mono + i.cfg.ResendMS
	o := &Outgoing{Handle: f.handle, Request: f.request}
	for _, t := range f.tasks {
		for _, s := range t.subs {
			if s.Tag != nil {
				o.Tags = append(o.Tags, s.Tag)
			}
		}
		if owed := i.state.owed[t.in.ID]; t.in.Policy && owed != nil {
			o.Causes = append(o.Causes, owed.Cause)
		}
	}
	i.out = append(i.out, o)
}

// land takes a request out of what is under way.
func (i *Instance) land(f *flight) {
	delete(i.byHandle, f.handle)
	f.landed = true
	if f.lane != nil {
		f.lane.flight = nil
	}
}

// Replied takes the sequencer's reply to a request. A copy of one, or one to a request that was given up, is passed over.
func (i *Instance) Replied(now int64, handle uint64, p *chain.Reply) {
	i.pass(now)
	f := i.byHandle[handle]
	if f == nil || i.stopped != nil {
		return
	}
	if uncertain(p.Fault) || f.outdated(p.Fault) || p.Fault == nil && !f.answers(p) {
		if errors.Is(p.Fault, chain.ErrStopped) || errors.Is(p.Fault, fault.ErrFull) {
			i.tellStopped(f, p.Fault)
		}
		f.resendAt = i.mono + min(i.cfg.ResendMS, 20<<min(f.sends, 6))
		return
	}
	i.land(f)
	switch f.request.Ask {
	case chain.AskAppend:
		i.appended(f, p)
	case chain.AskCheck:
		i.checked(f, p)
	case chain.AskReceipt:
		i.recalled(f, p)
	}
	if f.lane != nil {
		i.pump(f.lane)
	}
}

// tellStopped answers those whose command waits in a request, or behind it in its lane, that nothing is written, or that there is no
// room: that will not change while they wait. Whether an earlier copy was written they do not learn, as with every answer that lets them
// send the same again. What the rules demand stays under way.
func (i *Instance) tellStopped(f *flight, err error) {
	tasks := slices.Clone(f.tasks)
	if f.lane != nil {
		tasks = append(tasks, f.lane.tasks...)
	}
	for _, t := range tasks {
		if !t.in.Policy {
			i.answer(t, Result{Fault: fault.Of(err)})
		}
	}
}

// uncertain tells whether a copy of the request may still be written after this reply. Until a reply has killed it, deciding
// anew could refuse what is recorded a moment later; so the same bytes are sent again.
func uncertain(err error) bool {
	if err == nil || errors.Is(err, chain.ErrSkewed) || errors.Is(err, order.ErrUnfounded) {
		return false
	}
	switch fault.Of(err).Kind {
	case fault.Unavailable, fault.Timeout, fault.TooMany, fault.Internal:
		return true
	}
	return false
}

// outdated tells whether a conflict names nothing that the decision did not know: then whoever replied is behind the record, as a
// sequencer may be that has lost its place to another, and its word kills nothing.
func (f *flight) outdated(err error) bool {
	return errors.Is(err, chain.ErrStale) && fault.Of(err).Index < f.position
}

// answers tells whether the receipts are those of the request's commits.
func (f *flight) answers(p *chain.Reply) bool {
	switch f.request.Ask {
	case chain.AskReceipt:
		return len(p.Receipts) == 1
	case chain.AskCheck:
		return true
	}
	if len(p.Receipts) != len(f.tasks) {
		return false
	}
	for n, r := range p.Receipts {
		if r.Commit != f.hashes[n] && !p.Repeated {
			return false
		}
	}
	return true
}

func (i *Instance) appended(f *flight, p *chain.Reply) {
	l := f.lane
	if p.Fault != nil {
		i.unwritten(f, p.Fault)
		return
	}
	l.width = min(2*l.width, chain.RequestCommitsMax)
	for n, t := range f.tasks {
		r := Result{Receipt: p.Receipts[n], Position: p.Receipts[n].Position(), Repeated: p.Repeated}
		if r.Receipt.Commit == f.hashes[n] {
			r.Changed = f.changed[n]
		}
		l.foldTo = max(l.foldTo, r.Position)
		i.answer(t, r)
	}
}

// restMS is how long a lane rests after a failure that deciding again at once would only repeat.
const restMS = 100

// unwritten deals with a request that can no longer be written.
func (i *Instance) unwritten(f *flight, err error) {
	l := f.lane
	l.sent = nil
	if errors.Is(err, chain.ErrStale) {
		i.conflict(f, err)
		return
	}
	l.rest = i.mono
	if errors.Is(err, chain.ErrSkewed) { // it took too long, or a clock is wrong
		l.rest += restMS
	} else if len(f.tasks) == 1 && !f.tasks[0].in.Policy {
		i.answer(f.tasks[0], Result{Fault: fault.Of(err)})
		return
	}
	for _, t := range f.tasks {
		t.alone = true
		if t.attempts++; errors.Is(err, chain.ErrSkewed) && !t.in.Policy && t.attempts >= i.cfg.AttemptsMax {
			i.answer(t, Result{Fault: fault.Of(err)}) // the clock will not be right while they wait
		}
		if t.in.Policy { // what is still owed comes again
			l.rest = i.mono + restMS
			if !errors.Is(err, chain.ErrPartlyDone) && !errors.Is(err, chain.ErrWindowEarly) { // a rival, a clock
				i.cfg.Trouble(t.in.Signed.Operation, err)
			}
			i.dropPolicy(t)
		}
	}
	i.requeue(f)
}

func (i *Instance) dropPolicy(t *task) {
	i.answer(t, Result{})
	if i.cfg.Flaws.Has(flaw.PolicyDropped) {
		i.state.settle(t.in.ID)
	}
}

// conflict folds to the named commit before the lane decides again.
func (i *Instance) conflict(f *flight, err error) {
	l := f.lane
	l.width = max(1, len(f.tasks)/2)
	l.foldTo = max(l.foldTo, fault.Of(err).Index+1)
	for _, t := range f.tasks {
		t.attempts++
		if t.in.Policy && t.attempts >= 2 || t.attempts >= i.cfg.AttemptsMax {
			if t.in.Policy {
				i.dropPolicy(t)
			} else {
				i.answer(t, Result{Fault: ErrContended})
			}
		}
	}
	i.requeue(f)
}

// requeue puts a request's commands back to the front of their lane.
func (i *Instance) requeue(f *flight) {
	tasks := slices.DeleteFunc(f.tasks, func(t *task) bool { return t.answered })
	f.lane.tasks = append(tasks, f.lane.tasks...)
}

func (i *Instance) checked(f *flight, p *chain.Reply) {
	switch {
	case p.Fault == nil:
		for n, t := range f.tasks {
			i.answerFirst(t, f.refusals[n], f.asked[n])
		}
	case errors.Is(p.Fault, chain.ErrStale):
		i.conflict(f, p.Fault)
	case errors.Is(p.Fault, chain.ErrReused):
		i.known(f, p.Fault)
	default:
		for _, t := range f.tasks {
			i.answer(t, Result{Fault: fault.Of(p.Fault)})
		}
	}
}

// known deals with refused commands of which one has an id that is on record. If that is not folded yet, it is folded first: it may be
// this very command. If it is, and is none of this service's, the id was used for a command of another; then each asks for itself.
func (i *Instance) known(f *flight, err error) {
	switch {
	case fault.Of(err).Index >= f.position:
		i.conflict(f, err)
	case len(f.tasks) == 1:
		i.answer(f.tasks[0], Result{Fault: chain.ErrReused, Position: f.position})
	default:
		for _, t := range f.tasks {
			t.alone = true
		}
		i.requeue(f)
	}
}

// answerFirst answers a refusal to those who asked before it was confirmed. Whoever sent the same command later may have done
// something in between that makes it right: it is judged anew for them.
func (i *Instance) answerFirst(t *task, r Result, asked int) {
	if !t.answered {
		i.again = append(i.again, t.subs[asked:]...)
		i.clients += len(t.subs) - asked
		t.subs = t.subs[:asked]
	}
	i.answer(t, r)
}

func (i *Instance) recalled(f *flight, p *chain.Reply) {
	t := f.tasks[0]
	w := i.state.ids[t.in.ID]
	switch {
	case p.Fault == nil:
		i.answer(t, Result{Receipt: p.Receipts[0], Position: p.Receipts[0].Position(), Repeated: true})
	case errors.Is(p.Fault, chain.ErrUnknownID):
		i.answer(t, Result{Position: w.Position, Repeated: true})
	default:
		i.answer(t, Result{Fault: fault.Of(p.Fault)})
	}
}
