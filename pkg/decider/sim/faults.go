package sim

import "slices"

// againMS is when a fault is tried again that could not happen, because what it would break is broken.
const againMS = 100

// snapshots is how many are written in a play.
const snapshots = 12

// planFaults spreads three to eight faults, times the spells, over the time of the load. Each of them mends itself; only those that happen
// are counted.
func (w *world) planFaults(span int64) {
	type kind struct {
		name string
		fn   func(ms int64) bool
	}
	kinds := []kind{
		{"instance crash", w.crashInstance},
		{"instance crash", w.crashInstance},
		{"sequencer crash", w.crashSequencer},
		{"sequencer crash", w.crashSequencer},
		{"power failure", w.powerFailure},
		{"bad network", w.badNetwork},
		{"instance is late", w.deafInstance},
		{"instance is late", w.deafInstance},
		{"clock jump", w.jumpClock},
		{"rival sequencer", w.rivalSequencer},
		{"rival sequencer", w.rivalSequencer},
	}
	if only := w.cfg.Faults; only != nil {
		kinds = slices.DeleteFunc(kinds, func(k kind) bool { return !slices.Contains(only, k.name) })
	}
	for range (3 + w.r.IntN(6)) * w.cfg.Spells {
		k := kinds[w.r.IntN(len(kinds))]
		var happen func()
		happen = func() {
			switch {
			case w.healed:
			case k.fn(w.between(20, 1_500)):
				w.faults[k.name]++
			default:
				w.after(againMS, happen)
			}
		}
		w.after(w.between(1, span), happen)
	}
	for range snapshots * w.cfg.Spells { // they are no fault, but what a crash is made of
		w.after(w.between(1, span), w.procs[w.r.IntN(len(w.procs))].save)
	}
}

func (w *world) crashInstance(ms int64) bool {
	p := w.procs[w.r.IntN(len(w.procs))]
	if p.inst == nil {
		return false
	}
	p.crash()
	if w.chance(200) {
		p.snapshot = nil // the disk is lost, too
	}
	w.after(ms, func() {
		if p.inst == nil {
			p.start()
		}
	})
	return true
}

func (w *world) crashSequencer(ms int64) bool {
	s := w.seqs[w.r.IntN(len(w.seqs))]
	if !s.up {
		return false
	}
	s.crash()
	w.after(ms, func() {
		if !s.up {
			s.start(s.active)
		}
	})
	return true
}

// powerFailure takes the stream's server away for a moment, and with it what it was writing.
func (w *world) powerFailure(int64) bool {
	w.stream.fail()
	return true
}

func (w *world) badNetwork(ms int64) bool {
	w.net.bad = true
	w.after(ms, func() { w.net.bad = false })
	return true
}

func (w *world) deafInstance(ms int64) bool {
	p := w.procs[w.r.IntN(len(w.procs))]
	p.deaf = true
	w.after(ms, func() {
		p.deaf = false
		p.wake()
	})
	return true
}

func (w *world) jumpClock(ms int64) bool {
	p := w.procs[w.r.IntN(len(w.procs))]
	p.jump = []int64{-24 * 3600_000, 3600_000, -1_500, 1_500}[w.r.IntN(4)]
	w.after(ms, func() { p.jump = 0 })
	return true
}

// rivalSequencer lets both believe that they hold the lease for a while; then the other one has it.
func (w *world) rivalSequencer(ms int64) bool {
	for _, s := range w.seqs {
		if s.up && !s.active {
			s.start(true)
		}
		s.active = true // if it is down, from when it is up again
	}
	loser := w.seqs[w.r.IntN(len(w.seqs))]
	w.after(ms, func() {
		if !w.healed {
			loser.active = false
			if winner := w.seqs[1-loser.number]; winner.up {
				winner.start(true) // who gets the lease begins by reading
			}
		}
	})
	return true
}

// heal ends every fault for good.
func (w *world) heal() {
	w.healed, w.rest, w.horizon = true, w.now, w.now+timersMax
	w.net.bad = false
	for _, s := range w.seqs {
		s.start(s.number == 0)
	}
	for _, p := range w.procs {
		p.jump, p.deaf = 0, false
		if p.inst == nil {
			p.start()
		}
		p.wake()
	}
	w.after(quietEvery, w.beat)
}

// beat keeps time going while nothing else happens.
func (w *world) beat() { w.after(quietEvery, w.beat) }
