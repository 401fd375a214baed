package decider

import (
	"errors"
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider/internal/flaw"
	"renlin.dev/pkg/fault"
)

// lane is a queue of commands that are decided one upon another. It has at most one request under way.
type lane struct {
	name    string
	tasks   []*task
	flight  *flight
	foldTo  uint64 // nothing is decided before the state has come so far
	rest    int64  // in mono; nothing is decided before
	width   int    // how many commits the next request may hold; conflicts halve it
	blocked bool   // it stands in Instance.blocked
	resting bool   // it stands in Instance.resting
	sent    *overlay
}

func (i *Instance) laneOf(t *task) *lane {
	l := i.lanes[t.lane]
	if l == nil {
		l = &lane{name: t.lane, width: chain.RequestCommitsMax}
		i.lanes[t.lane] = l
	}
	return l
}

// pump lets a lane go on if nothing holds it.
func (i *Instance) pump(l *lane) {
	if i.state.position < i.head {
		l.foldTo = max(l.foldTo, i.head)
	}
	switch {
	case l.flight != nil || i.stopped != nil:
		return
	case i.state.position < l.foldTo && !i.cfg.Flaws.Has(flaw.StaleWithoutFold|flaw.DecidesUponSent):
		if !l.blocked {
			l.blocked = true
			i.blocked = append(i.blocked, l)
		}
		return
	case i.mono < l.rest:
		i.rest(l)
		return
	}
	l.tasks = slices.DeleteFunc(l.tasks, func(t *task) bool { return t.answered })
	if f := i.confirm(l); f != nil {
		l.flight = f
	} else if f := i.decide(l); f != nil {
		l.flight = f
	} else if f := i.confirm(l); f != nil { // everything was refused
		l.flight = f
	}
	if l.flight != nil {
		i.send(l.flight)
		if i.cfg.Flaws.Has(flaw.DecidesUponSent) {
			l.flight = nil
		}
		return
	}
	switch {
	case i.mono < l.rest:
		i.rest(l)
	case len(l.tasks) == 0 && i.lanes[l.name] == l:
		delete(i.lanes, l.name)
	}
}

// rest has Tick come back to the lane.
func (i *Instance) rest(l *lane) {
	if !l.resting {
		l.resting = true
		i.resting = append(i.resting, l)
	}
}

// bytesMax is what one request's commits may take inside a block.
const bytesMax = chain.BlockBytesMax - chain.SealedHeaderBytes

// decide takes as many of the lane's commands as fit, each upon the ones before, and makes one request of them. Refused ones are
// held until it stands. Nil when nothing was accepted.
func (i *Instance) decide(l *lane) *flight {
	f := &flight{lane: l, request: &chain.Request{Ask: chain.AskAppend}}
	var over *overlay
	if i.cfg.Flaws.Has(flaw.DecidesUponSent) {
		over = l.sent
	}
	size := 0
	var keep []*task
	for n, t := range l.tasks {
		if len(f.tasks) >= l.width || over != nil && over.full || len(f.tasks) > 0 && (t.alone || f.tasks[0].alone) {
			keep = append(keep, l.tasks[n:]...)
			break
		}
		if t.in.Policy && i.state.owed[t.in.ID] == nil {
			i.answer(t, Result{}) // it is on record
			continue
		}
		if !t.in.Policy && i.repeated(t) {
			continue
		}
		v := i.judge(over, t)
		if v.off || v.Err == nil && len(f.tasks) > 0 && size+len(v.raw)+chain.CommitOverheadBytes > bytesMax {
			keep = append(keep, l.tasks[n:]...)
			break
		}
		if v.Err != nil {
			if !i.refuse(t, v, over != nil) {
				keep = append(keep, t)
			}
			continue
		}
		if over == nil {
			over = newOverlay()
			over.shared = i.cfg.Flaws.Has(flaw.OverlayShared)
		}
		if err := over.applySafely(i.state, v.Commit); err != nil {
			i.cfg.Trouble(t.in.Signed.Operation, err)
			i.answer(t, Result{Fault: fault.ErrInternal.Because(err)})
			l.rest = i.mono + 10*restMS // part of it may be in the overlay: the others are decided on the record, in a while
			keep = append(keep, l.tasks[n+1:]...)
			break
		}
		size += len(v.raw) + chain.CommitOverheadBytes
		f.add(t, v)
	}
	l.tasks, l.sent = keep, over
	if len(f.tasks) == 0 {
		return nil
	}
	return f
}

// judge decides one command now, and encodes what comes out. Before the founding, which activates the first rules, there is
// nothing that a decision could rest on.
func (i *Instance) judge(over *overlay, t *task) *Verdict {
	if i.state.position == 0 && !t.in.Genesis {
		return &Verdict{Err: order.ErrUnfounded}
	}
	t.in.Time, t.in.Salt = i.last, i.cfg.Salt()
	v := i.state.judgeSafely(over, &t.in)
	if errors.Is(v.Err, errPanic) {
		i.cfg.Trouble(t.in.Signed.Operation, v.Err)
	}
	if v.Err == nil && !v.off {
		raw, err := v.Commit.Encode()
		if err != nil {
			return &Verdict{Err: fault.ErrInternal.Because(err)}
		}
		v.raw = raw
	}
	return v
}

// refuse deals with a command that the rules refuse, and tells whether that was the end of it. A refusal that rests on nothing is
// answered; any other waits for confirmation on durable state.
func (i *Instance) refuse(t *task, v *Verdict, upon bool) bool {
	unheld := i.cfg.Flaws.Has(flaw.RefusalUnconfirmed) || upon && i.cfg.Flaws.Has(flaw.BatchUnheld)
	if t.in.Policy { // only a rule that panics, or a clock, keeps it from being done
		i.laneOf(t).rest = i.mono + 10*restMS
	}
	if t.in.Policy || len(v.Reads)+len(v.Collections) == 0 || unheld {
		i.answer(t, i.refusal(t, v.Err))
		return true
	}
	t.held = true
	return false
}

func (i *Instance) refusal(t *task, err error) Result {
	return Result{Fault: fault.Of(err), Position: i.state.position, Time: t.in.Time}
}

// readsMax bounds what one check asks about.
const readsMax = 4096

// confirm judges held commands again on durable state, and asks the sequencer whether all that the refusals rest on is current and
// none of the commands on record: this instance may be behind, and a rule may say no by the time alone.
// What is no longer refused goes the usual way. Nil when there is nothing to ask.
func (i *Instance) confirm(l *lane) *flight {
	f := &flight{lane: l, request: &chain.Request{Ask: chain.AskCheck}}
	reads, colls := map[string]uint64{}, map[string]uint64{}
	l.tasks = slices.DeleteFunc(l.tasks, func(t *task) bool {
		if !t.held || len(reads)+len(colls) > readsMax || len(f.tasks) > 0 && (t.alone || f.tasks[0].alone) {
			return false
		}
		if i.repeated(t) {
			return true
		}
		v := i.judge(nil, t)
		if v.Err == nil {
			t.held = false
			return false
		}
		if len(v.Reads)+len(v.Collections) == 0 {
			i.answer(t, i.refusal(t, v.Err))
			return true
		}
		for _, r := range v.Reads {
			reads[r.Key] = r.Version
		}
		for _, r := range v.Collections {
			colls[r.Key] = r.Version
		}
		f.tasks, f.refusals = append(f.tasks, t), append(f.refusals, i.refusal(t, v.Err))
		f.asked = append(f.asked, len(t.subs))
		f.request.IDs = append(f.request.IDs, t.in.ID)
		return true
	})
	if len(f.tasks) == 0 {
		return nil
	}
	f.request.Reads, f.request.Collections = ascending(reads), ascending(colls)
	return f
}

func ascending(set map[string]uint64) []chain.Read {
	out := make([]chain.Read, 0, len(set))
	for _, key := range slices.Sorted(maps.Keys(set)) {
		out = append(out, chain.Read{Key: key, Version: set[key]})
	}
	return out
}
