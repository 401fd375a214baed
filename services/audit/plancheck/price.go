package plancheck

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
)

// What things cost, and where limits lie (ADR 16, docs/format.md).
const (
	cellCost    = 650
	unreliable  = 2
	shortWindow = 150
	hour        = 60 * 60 * 1000
	leavingCost = 10_000
	step        = 24 * 60 * 1000 // of waiting; each adds a tenth of what it cost at first
	stepsMost   = 420
	unassessed  = 3
	urgent      = 7
	whole       = 1000

	loadStep   = 60_000
	loadParts  = 8
	loadSteps  = 64
	loadEnter  = 900
	loadLeave  = 700
	silences   = 3
	restMillis = 30 * 60 * 1000
	prior      = 4
	priorOf    = 5

	// linesMost is how many lines a plan may have: a need of more units may need more.
	linesMost = 100
	// tieBits are how many bits of the hash the second cost has; leaving has one more than any pair.
	tieBits    = 24
	leavingTie = 1 << (tieBits + 1)
	domainTie  = "renlin/plan-tie/1\n"
)

// cost is what a unit costs, and the second cost that tells apart what costs the same.
type cost struct{ first, second int64 }

func (a cost) plus(b cost) cost { return cost{a.first + b.first, a.second + b.second} }

func (a cost) less(b cost) bool {
	return a.first < b.first || a.first == b.first && a.second < b.second
}

// loadedAt gives the smoothed load at a time, and whether that is too much.
func (o *offer) loadedAt(now int64) (int64, bool) {
	target := int64(0)
	if o.capacity > 0 {
		target = min(o.taken*whole/o.capacity, 2*whole)
	} else if o.taken > 0 {
		target = 2 * whole
	}
	load := o.load
	for range min((now-o.loadAt)/loadStep, loadSteps) {
		load = ((loadParts-1)*load + target) / loadParts
	}
	switch {
	case o.goods:
		return load, false
	case load >= loadEnter:
		return load, true
	case load <= loadLeave:
		return load, false
	}
	return load, o.overloaded
}

// reliability is how likely it is, in thousandths, that who is asked accepts and completes.
func (c *conduct) reliability() int64 {
	accepts := (c.accepted + prior) * whole / (c.accepted + c.refused + c.lapsed + priorOf)
	completes := (c.completed + prior) * whole / (c.completed + c.missed + c.failed + priorOf)
	return accepts * completes / whole
}

// source is an offer that had something free.
type source struct {
	id string
	*provider
	*offer
	conduct *conduct
	free    int64
	price   cost
	used    int64 // by the plan
}

// sources lists the offers of a skill that could take anything at a time, in the order of ids.
func (w *world) sources(skill string, at int64) []*source {
	return slices.DeleteFunc(w.suppliers(skill, at), func(s *source) bool { return s.free == 0 })
}

// suppliers lists all offers of a skill; one that is full or does not answer has nothing free.
func (w *world) suppliers(skill string, at int64) []*source {
	var out []*source
	for _, id := range slices.Sorted(maps.Keys(w.providers)) {
		p, o, c := w.providers[id], w.offers[[2]string{id, skill}], w.conducts[id]
		if c == nil {
			c = &conduct{}
		}
		if o == nil || p.retired || o.publishedAt < p.registeredAt || o.capacity <= 0 {
			continue
		}
		free := max(0, o.capacity-o.taken)
		if c.openUntil != 0 { // it has been silent: one thing is tried
			free = min(free, 1)
		}
		_, overloaded := o.loadedAt(at)
		if overloaded || at < c.openUntil || c.openUntil != 0 && o.taken > 0 {
			free = 0
		}
		out = append(out, &source{id: id, provider: p, offer: o, conduct: c, free: free})
	}
	return out
}

// between gives what a unit of a need costs with a source, and whether the one may serve the other at all.
func (w *world) between(seed chain.Hash, id string, n *need, s *source, at int64) (cost, bool) {
	east, north := away(n.cell[0], s.cell[0]), away(n.cell[1], s.cell[1])
	until, passed := n.passed[s.id]
	switch {
	case s.member == n.beneficiary, max(east, north) > s.radius, passed && (until == 0 || at < until),
		slices.Contains(n.raised.GetExcluded(), s.id), slices.Contains(n.raised.GetExcludedMembers(), s.member),
		s.org != "" && slices.Contains(n.raised.GetExcludedOrgs(), s.org):
		return cost{}, false
	}
	if wanted := n.raised.GetLanguages(); len(wanted) > 0 &&
		!slices.ContainsFunc(wanted, func(l string) bool { return slices.Contains(s.languages, l) }) {
		return cost{}, false
	}
	for _, code := range slices.Concat(w.requires[n.raised.GetSkill()], n.attestations) {
		if !s.has(code) {
			return cost{}, false
		}
	}
	from, end := max(at, n.from, s.from), n.until
	if end == 0 || s.until != 0 && s.until < end {
		end = s.until
	}
	if end != 0 && from >= end {
		return cost{}, false
	}
	first := cellCost*(east+north) + unreliable*(whole-s.conduct.reliability())
	if end != 0 && end-from < hour {
		first += shortWindow
	}
	return cost{first, tie(seed, id, s.id)}, true
}

func away(a, b int64) int64 { return max(a-b, b-a) }

// tie is the second cost of a pair.
func tie(seed chain.Hash, need, provider string) int64 {
	h := sha256.New()
	h.Write([]byte(domainTie))
	h.Write(seed[:])
	h.Write([]byte(need + "\n" + provider))
	return 1 + int64(binary.BigEndian.Uint32(h.Sum(nil))>>(32-tieBits))
}

// leaving is what a unit of a need costs that nobody serves.
func (n *need) leaving(at int64) cost {
	first := leavingCost * n.priority * (10 + min(max(0, at-n.since)/step, stepsMost))
	if !n.assessed {
		first = min(first, leavingCost*urgent*10-1)
	}
	return cost{first, leavingTie}
}

// before tells whether a need is more urgent than another: what leaving it costs, since when it waits, and its id.
func before(a, b *need, idA, idB string, at int64) bool {
	x, y := a.leaving(at).first, b.leaving(at).first
	switch {
	case x != y:
		return x > y
	case a.since != b.since:
		return a.since < b.since
	}
	return strings.Compare(idA, idB) < 0
}
