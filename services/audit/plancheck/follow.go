package plancheck

import (
	"maps"

	"renlin.dev/pkg/chain"
)

// keptMillis is how long a commit is looked back to: a plan is at most ten minutes old when it is adopted, may have looked ten seconds less
// far than it could, and clocks differ by seconds.
const keptMillis = 10*60*1000 + freshMillis + 5_000

// Follower checks the plans of a record that grows, as Checker does those of a whole one, and keeps what a plan can still rest on: what
// waits and is free, twice, and the facts of the last minutes. A plan that looked less far back is stale, which is all that is said of it.
// It belongs to one goroutine.
type Follower struct {
	read Checker
	// far is what was there before the commit farAt, and all facts from there on are in read; near, after folded of them, is what was there
	// before the commit nearAt.
	far, near     *world
	farAt, nearAt uint64
	folded        int
	ends          []uint64 // where blocks end, of those that read has
}

// Follow begins a record.
func Follow() *Follower { return &Follower{read: *New(), far: newWorld(), near: newWorld()} }

// Block reads the next block and checks the plans in it that call themselves optimal.
func (f *Follower) Block(first uint64, commits [][]byte, hash chain.Hash) []Plan {
	for i, raw := range commits {
		f.read.Add(first+uint64(i), raw)
	}
	f.read.Block(first, uint32(len(commits)), hash)
	f.ends = append(f.ends, first+uint64(len(commits)))
	var out []Plan
	for _, p := range f.read.plans {
		out = append(out, f.check(p))
	}
	f.read.plans = nil
	f.forget()
	return out
}

func (f *Follower) check(p *plan) Plan {
	base := p.said.GetBase()
	if base > 0 && base < f.farAt {
		out := Plan{Plan: p.id, Index: p.index, Base: base}
		k := &checking{plan: p, out: &out}
		k.find(whyStale, "", "")
		return out
	}
	if base < f.nearAt {
		f.near, f.nearAt, f.folded = f.far.clone(), f.farAt, 0
	}
	for ; f.folded < len(f.read.facts) && f.read.facts[f.folded].index < base; f.folded++ {
		f.near.fold(&f.read.facts[f.folded])
	}
	f.nearAt = max(f.nearAt, base)
	return f.read.check(f.near, p)
}

// forget folds for good what no plan can rest on any more.
func (f *Follower) forget() {
	r := &f.read
	if len(r.times) == 0 {
		return
	}
	end, last := r.from+uint64(len(r.times)), r.times[len(r.times)-1]
	for f.farAt < end && r.timeOf(f.farAt) < last-keptMillis {
		f.farAt++
	}
	n := 0
	for ; n < len(r.facts) && r.facts[n].index < f.farAt; n++ {
		f.far.fold(&r.facts[n])
		if n >= f.folded {
			f.near.fold(&r.facts[n])
		}
	}
	clear(r.facts[:n]) // what stands behind them may go
	r.facts, f.folded, f.nearAt = r.facts[n:], max(f.folded-n, 0), max(f.nearAt, f.farAt)
	r.times, r.from = r.times[f.farAt-r.from:], f.farAt
	for len(f.ends) > 0 && f.ends[0] < f.farAt {
		delete(r.blocks, f.ends[0])
		f.ends = f.ends[1:]
	}
}

// clone gives a world that goes on by itself. What is never changed in place is shared.
func (w *world) clone() *world {
	out := &world{
		needs: make(map[string]*need, len(w.needs)), providers: make(map[string]*provider, len(w.providers)),
		offers: make(map[[2]string]*offer, len(w.offers)), conducts: make(map[string]*conduct, len(w.conducts)),
		requires: w.requires, rules: w.rules,
	}
	for id, n := range w.needs { // any order: each is copied
		own := *n
		own.passed = maps.Clone(n.passed)
		out.needs[id] = &own
	}
	for id, p := range w.providers { // any order: each is copied
		own := *p
		own.attested = maps.Clone(p.attested)
		out.providers[id] = &own
	}
	for key, o := range w.offers { // any order: each is copied
		own := *o
		out.offers[key] = &own
	}
	for id, c := range w.conducts { // any order: each is copied
		own := *c
		out.conducts[id] = &own
	}
	return out
}
