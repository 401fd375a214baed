package plan

import (
	"cmp"
	"math/bits"
	"slices"
	"sort"

	"renlin.dev/services/matching/internal/cost"
)

// What is particular to files; what things cost is in package cost.
const (
	cellMetres           = 100
	distanceCostMax      = 90_000 // so that no provider costs as much as a unit that stays unserved, which is 100,000 at least
	waitingMax           = 90
	missingStandbyCost   = 8_000 // for each step of priority
	standbyShareOfOneOrg = 4     // of the candidates in B, at most one in so many is of one organisation
)

// unserved is what a unit of the need costs that nobody serves.
func (n *Need) unserved() int64 {
	return cost.Unserved(n.Priority, min(n.Waiting, waitingMax))
}

// missing is what a unit of standby costs that nobody stands by for.
func (n *Need) missing() int64 { return missingStandbyCost * n.Priority }

// metres is the distance between two cells, rounded down.
func metres(a, b [2]int64) int64 {
	dx, dy := a[0]-b[0], a[1]-b[1]
	return root(uint64(dx*dx+dy*dy) * cellMetres * cellMetres)
}

// root is the integer part of the square root.
func root(n uint64) int64 {
	r := uint64(0)
	for bit := uint64(1) << ((bits.Len64(n) + 1) / 2); bit > 0; bit >>= 1 {
		if (r+bit)*(r+bit) <= n {
			r += bit
		}
	}
	return int64(r)
}

// may tells whether the provider may serve the need at all.
func (n *Need) may(p *Provider) bool {
	return metres(n.Cell, p.Cell) <= p.Radius && slices.Contains(p.Skills, n.Skill) &&
		!slices.Contains(n.Not, p.ID) && !slices.Contains(n.Not, p.Organisation) &&
		(!n.LanguageRequired || slices.Contains(p.Languages, n.Language)) &&
		(n.anyTime(p) || n.together(p) > 0)
}

// anyTime tells whether time does not matter to one of the two.
func (n *Need) anyTime(p *Provider) bool { return n.Window == Window{} || len(p.Windows) == 0 }

// together is how long the two have time together, at most in one window.
func (n *Need) together(p *Provider) int64 {
	longest := int64(0)
	for _, w := range p.Windows {
		longest = max(longest, min(w.Until, n.Window.Until)-max(w.From, n.Window.From))
	}
	return longest
}

// parts answers what it costs that the provider, who may, serves a unit of the need.
func (n *Need) parts(p *Provider) Parts {
	parts := Parts{
		Distance:    min(cost.Distance(metres(n.Cell, p.Cell)), distanceCostMax),
		Reliability: cost.Reliability(p.Reliability),
	}
	if n.Language != "" && !slices.Contains(p.Languages, n.Language) {
		parts.Language = cost.Language()
	}
	if !n.anyTime(p) && n.together(p) < n.Window.Until-n.Window.From {
		parts.Window = cost.Window()
	}
	return parts
}

// sum is the cost.
func (p Parts) sum() int64 { return p.Distance + p.Reliability + p.Language + p.Window }

// index finds the providers around a place: of each skill in the order of the first coordinate.
type index map[string]*skilled

type skilled struct {
	providers []*provider
	reach     int64 // of the widest radius, in cells
}

func newIndex(providers []*provider) index {
	ix := index{}
	for _, p := range providers {
		for i, skill := range p.Skills {
			if slices.Contains(p.Skills[:i], skill) {
				continue
			}
			if ix[skill] == nil {
				ix[skill] = &skilled{}
			}
			s := ix[skill]
			s.providers = append(s.providers, p)
			s.reach = max(s.reach, p.Radius/cellMetres+1)
		}
	}
	// any order: each list is put in order by itself
	for _, s := range ix {
		slices.SortFunc(s.providers, func(a, b *provider) int {
			return cmp.Or(cmp.Compare(a.Cell[0], b.Cell[0]), cmp.Compare(a.at, b.at))
		})
	}
	return ix
}

// candidate is a provider that may serve a need, and at what cost.
type candidate struct {
	*provider
	cost int64
}

// eligible answers all that may serve a need, the cheapest first, by id where costs are the same.
func (ix index) eligible(n *Need) []candidate {
	s := ix[n.Skill]
	if s == nil {
		return nil
	}
	var found []candidate
	first := sort.Search(len(s.providers), func(i int) bool { return s.providers[i].Cell[0] >= n.Cell[0]-s.reach })
	for _, p := range s.providers[first:] {
		if p.Cell[0] > n.Cell[0]+s.reach {
			break
		}
		if n.may(&p.Provider) {
			found = append(found, candidate{p, n.parts(&p.Provider).sum()})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.ID, b.ID)) })
	return found
}
