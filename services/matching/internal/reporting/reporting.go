// Package reporting says how fairly and how safely a community is served: pure functions of needs and assignments, exact in integers and
// fractions.
//
//   - Groups are squares of the grid, and within each whoever is counted among the vulnerable and the others. Of each group it is told
//     how much was asked for and how much was served. No group of fewer people than the least is told, and further ones are held back
//     until nobody who knows how many people each square and each kind has can tell how many are in one that is (package figures). What
//     is held back is told together, where it is enough people. Every other figure is of those alone who are in a group that is told, so
//     that no difference of two figures is about anybody else.
//   - Waiting is a need's mean time from asking to serving, or until now for what waits. Of it the Gini coefficient is told, and the 90th
//     percentile of the vulnerable and of the others.
//   - Redundancy: each organisation in turn is imagined to fail, and its assignments go to their standbys as the rule itself would have
//     it; then what nobody takes is planned anew with all that waits. What is left is lost. There is an index of either: the worst share
//     that is still served.
//   - Concentration: the Herfindahl-Hirschman index of what was delivered, by skill; and Burt's constraint of each organisation among
//     those who serve the same squares: low for one through whom alone others are joined.
//
// Shares are in thousandths, rounded down.
package reporting

import (
	"maps"
	"math/big"
	"slices"

	"renlin.dev/pkg/figures"
)

// whole is all of something, in thousandths.
const whole = 1000

// Served is one need, for the figures on fairness.
type Served struct {
	Group      string // its square
	Person     string // who is helped
	Vulnerable bool
	Quantity   int64
	Served     int64
	// WaitMinutes is its mean waiting time.
	WaitMinutes int64
}

// Group is what one group was given. An empty name stands for all that are held back.
type Group struct {
	Name         string `json:"name,omitempty"`
	Vulnerable   bool   `json:"vulnerable"`
	Needs        int64  `json:"needs"`
	people       map[string]bool
	Quantity     int64 `json:"quantity"`
	Served       int64 `json:"served"`
	RatePermille int64 `json:"rate_permille"`
}

// Fairness is how the use of what there is was shared out. What no group that is told has anything of is figures.Held.
type Fairness struct {
	Groups []Group `json:"groups"`
	// GiniPermille of waiting times: 0 when all wait alike.
	GiniPermille             int64 `json:"gini_permille"`
	WaitP90Minutes           int64 `json:"wait_p90_minutes"`
	WaitP90MinutesVulnerable int64 `json:"wait_p90_minutes_vulnerable"`
	RatePermille             int64 `json:"rate_permille"`
	LowestGroupRatePermille  int64 `json:"lowest_group_rate_permille"`
}

// kind is one group: a square, and who of it.
type kind struct {
	name       string
	vulnerable bool
}

// FairnessOf gives the figures of all needs, where no group of fewer people than the least is told.
func FairnessOf(needs []Served, least int64) Fairness {
	groups, names := map[kind]*Group{}, map[string]bool{}
	for _, n := range needs {
		k := kind{n.Group, n.Vulnerable}
		if groups[k] == nil {
			groups[k] = &Group{Name: n.Group, Vulnerable: n.Vulnerable}
		}
		groups[k].add(n)
		names[n.Group] = true
	}
	squares := slices.Sorted(maps.Keys(names))
	counts := make([][]int64, len(squares))
	for r, name := range squares {
		counts[r] = []int64{groups[kind{name, false}].size(), groups[kind{name, true}].size()}
	}
	table := figures.Protect(squares, []string{"others", "vulnerable"}, counts, least)
	rest := map[bool]*Group{false: {}, true: {Vulnerable: true}}
	var told []*Group
	held := map[kind]bool{}
	for r, name := range squares {
		for c, vulnerable := range []bool{false, true} {
			k := kind{name, vulnerable}
			switch {
			case counts[r][c] == 0:
			case table.Cells[r][c] == figures.Held:
				rest[vulnerable].merge(groups[k])
				held[k] = true
			default:
				told = append(told, groups[k])
			}
		}
	}
	untold := map[bool]bool{}
	for _, vulnerable := range []bool{false, true} {
		if untold[vulnerable] = rest[vulnerable].size() < least; !untold[vulnerable] {
			told = append(told, rest[vulnerable])
		}
	}
	return fairness(told, slices.DeleteFunc(slices.Clone(needs), func(n Served) bool {
		return held[kind{n.Group, n.Vulnerable}] && untold[n.Vulnerable]
	}))
}

// fairness gives the figures of groups that are told, and of the needs in them.
func fairness(told []*Group, needs []Served) Fairness {
	out := Fairness{
		Groups: []Group{}, GiniPermille: figures.Held, WaitP90Minutes: figures.Held, WaitP90MinutesVulnerable: figures.Held,
		RatePermille: figures.Held, LowestGroupRatePermille: figures.Held,
	}
	if len(told) == 0 {
		return out
	}
	out.LowestGroupRatePermille = whole
	total := Group{}
	for _, g := range told {
		g.RatePermille = share(g.Served, g.Quantity)
		out.LowestGroupRatePermille = min(out.LowestGroupRatePermille, g.RatePermille)
		out.Groups = append(out.Groups, *g)
		total.merge(g)
	}
	var all, fragile, others []int64
	for _, n := range needs {
		all = append(all, n.WaitMinutes)
		if n.Vulnerable {
			fragile = append(fragile, n.WaitMinutes)
		} else {
			others = append(others, n.WaitMinutes)
		}
	}
	out.GiniPermille, out.RatePermille = Gini(all), share(total.Served, total.Quantity)
	out.WaitP90Minutes, out.WaitP90MinutesVulnerable = percentile90(others), percentile90(fragile)
	return out
}

func (g *Group) add(n Served) {
	g.Needs++
	g.meet(n.Person)
	g.Quantity += n.Quantity
	g.Served += n.Served
}

func (g *Group) merge(other *Group) {
	// any order: they become a set
	for person := range other.people {
		g.meet(person)
	}
	g.Needs, g.Quantity, g.Served = g.Needs+other.Needs, g.Quantity+other.Quantity, g.Served+other.Served
}

func (g *Group) meet(person string) {
	if g.people == nil {
		g.people = map[string]bool{}
	}
	g.people[person] = true
}

// size is of how many people it consists: the needs of one person are no group, however many.
func (g *Group) size() int64 {
	if g == nil {
		return 0
	}
	return int64(len(g.people))
}

// Waiting is so much of one person's that waits, and the word for why.
type Waiting struct {
	Person, Why string
	Units       int64
}

// Few is the word for reasons that are told together because too few people wait for each.
const Few = "few"

// Shortages counts the units that wait, by why. Reasons for which fewer people wait than the least are told together, with as many others
// as it takes so that nobody can tell one from the rest; and not at all where even together they are too few.
func Shortages(waiting []Waiting, least int64) map[string]int64 {
	people, units := map[string]*Group{}, map[string]int64{}
	for _, w := range waiting {
		if people[w.Why] == nil {
			people[w.Why] = &Group{}
		}
		people[w.Why].meet(w.Person)
		units[w.Why] += w.Units
	}
	words := slices.Sorted(maps.Keys(units))
	var counts [][]int64
	for _, word := range words {
		counts = append(counts, []int64{people[word].size()})
	}
	table := figures.Protect(words, []string{"people"}, counts, least)
	out, few := map[string]int64{}, Group{}
	for r, word := range words {
		if table.Cells[r][0] != figures.Held {
			out[word] = units[word]
			continue
		}
		few.merge(people[word])
		few.Quantity += units[word]
	}
	if few.size() >= least {
		out[Few] = few.Quantity
	}
	return out
}

// share gives a part of a whole in thousandths; nothing of nothing is all.
func share(part, of int64) int64 {
	if of == 0 {
		return whole
	}
	return new(big.Int).Quo(new(big.Int).Mul(big.NewInt(whole), big.NewInt(part)), big.NewInt(of)).Int64()
}

// Gini gives the coefficient of some values that are not negative, in thousandths.
func Gini(values []int64) int64 {
	sorted := slices.Sorted(slices.Values(values))
	n, sum, weighted := int64(len(sorted)), new(big.Int), new(big.Int)
	for i, x := range sorted {
		sum.Add(sum, big.NewInt(x))
		weighted.Add(weighted, new(big.Int).Mul(big.NewInt(int64(i)+1), big.NewInt(x)))
	}
	if sum.Sign() == 0 {
		return 0
	}
	up := new(big.Int).Mul(big.NewInt(2), weighted)
	up.Sub(up, new(big.Int).Mul(big.NewInt(n+1), sum))
	up.Mul(up, big.NewInt(whole))
	return up.Quo(up, new(big.Int).Mul(big.NewInt(n), sum)).Int64()
}

// percentile90 gives the smallest value that at least nine tenths do not exceed; of none it is held back.
func percentile90(values []int64) int64 {
	if len(values) == 0 {
		return figures.Held
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)*9+9)/10-1]
}
