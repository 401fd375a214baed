// Package reporting says how fairly and how safely a community is served: pure functions of needs and assignments, exact in integers and
// fractions.
//
//   - Groups are squares of the grid, and within each whoever is counted among the vulnerable and the others. Of each group it is told
//     how much was asked for and how much was served. A group of fewer than five people is told together with all such groups, so that
//     nobody is recognised.
//   - Waiting is a need's mean time from asking to serving, or until now for what waits. Of it the Gini coefficient is told, and the 90th
//     percentile of the vulnerable and of the others.
//   - Redundancy: each organisation in turn is imagined to fail, and its assignments go to their standbys as the rule itself would have
//     it. What nobody takes is lost. The index is the worst share that is still served.
//   - Concentration: the Herfindahl-Hirschman index of what was delivered, by skill; and Burt's constraint of each organisation among
//     those who serve the same squares: low for one through whom alone others are joined.
//
// Shares are in thousandths, rounded down.
package reporting

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
)

// whole is all of something, in thousandths.
const whole = 1000

// groupMin is of how many people a group has to consist to be told alone: the needs of one person are no group, however many.
const groupMin = 5

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

// Group is what one group was given. An empty name stands for all that are too small to be told.
type Group struct {
	Name         string `json:"name,omitempty"`
	Vulnerable   bool   `json:"vulnerable"`
	Needs        int64  `json:"needs"`
	people       map[string]bool
	Quantity     int64 `json:"quantity"`
	Served       int64 `json:"served"`
	RatePermille int64 `json:"rate_permille"`
}

// Fairness is how the use of what there is was shared out.
type Fairness struct {
	Groups []Group `json:"groups"`
	// GiniPermille of waiting times: 0 when all wait alike.
	GiniPermille             int64 `json:"gini_permille"`
	WaitP90Minutes           int64 `json:"wait_p90_minutes"`
	WaitP90MinutesVulnerable int64 `json:"wait_p90_minutes_vulnerable"`
	RatePermille             int64 `json:"rate_permille"`
	LowestGroupRatePermille  int64 `json:"lowest_group_rate_permille"`
}

// FairnessOf gives the figures of all needs.
func FairnessOf(needs []Served) Fairness {
	type key struct {
		name       string
		vulnerable bool
	}
	groups := map[key]*Group{}
	var all, fragile, others []int64
	total := Group{}
	for _, n := range needs {
		k := key{n.Group, n.Vulnerable}
		if groups[k] == nil {
			groups[k] = &Group{Name: n.Group, Vulnerable: n.Vulnerable}
		}
		groups[k].add(n)
		total.add(n)
		all = append(all, n.WaitMinutes)
		if n.Vulnerable {
			fragile = append(fragile, n.WaitMinutes)
		} else {
			others = append(others, n.WaitMinutes)
		}
	}
	out := Fairness{
		Groups: []Group{}, GiniPermille: Gini(all), WaitP90Minutes: percentile90(others), WaitP90MinutesVulnerable: percentile90(fragile),
		RatePermille: share(total.Served, total.Quantity), LowestGroupRatePermille: whole,
	}
	small := map[bool]*Group{false: {}, true: {Vulnerable: true}}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(groups[a].Needs, groups[b].Needs), boolOrder(a.vulnerable, b.vulnerable))
	})
	for _, k := range keys {
		g := groups[k]
		if len(g.people) < groupMin {
			s := small[k.vulnerable]
			// any order: they become a set
			for person := range g.people {
				s.meet(person)
			}
			s.Needs, s.Quantity, s.Served = s.Needs+g.Needs, s.Quantity+g.Quantity, s.Served+g.Served
			continue
		}
		out.tell(g)
	}
	for _, vulnerable := range []bool{false, true} {
		if len(small[vulnerable].people) >= groupMin { // fewer than that altogether are in the totals only
			out.tell(small[vulnerable])
		}
	}
	return out
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func (g *Group) add(n Served) {
	g.Needs++
	g.meet(n.Person)
	g.Quantity += n.Quantity
	g.Served += n.Served
}

func (g *Group) meet(person string) {
	if g.people == nil {
		g.people = map[string]bool{}
	}
	g.people[person] = true
}

func (f *Fairness) tell(g *Group) {
	g.RatePermille = share(g.Served, g.Quantity)
	f.LowestGroupRatePermille = min(f.LowestGroupRatePermille, g.RatePermille)
	f.Groups = append(f.Groups, *g)
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

// percentile90 gives the smallest value that at least nine tenths do not exceed; 0 of none.
func percentile90(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)*9+9)/10-1]
}

// Delivery is so much of a skill that a party brought to a square.
type Delivery struct {
	Party, Skill, Square string
	Quantity             int64
}

// Concentration gives the Herfindahl-Hirschman index of what was delivered, by skill: 1000 when one party brings all of it.
func Concentration(deliveries []Delivery) map[string]int64 {
	sums := map[string]map[string]int64{}
	for _, d := range deliveries {
		if sums[d.Skill] == nil {
			sums[d.Skill] = map[string]int64{}
		}
		sums[d.Skill][d.Party] += d.Quantity
	}
	out := map[string]int64{}
	// any order: each skill is written under its own name
	for skill, parties := range sums {
		total, squares := new(big.Int), new(big.Int)
		// any order: sums do not depend on it
		for _, q := range parties {
			total.Add(total, big.NewInt(q))
			squares.Add(squares, new(big.Int).Mul(big.NewInt(q), big.NewInt(q)))
		}
		if total.Sign() > 0 {
			squares.Mul(squares, big.NewInt(whole))
			out[skill] = squares.Quo(squares, total.Mul(total, total)).Int64()
		}
	}
	return out
}

// partiesMax bounds for how many parties the constraint is told: the work grows with the third power.
const partiesMax = 40

// Constraint gives Burt's constraint of each party, in thousandths, among those who bring something to the same squares; a party without
// such neighbours has none. Two are tied as strongly as the lesser of the two serves the squares that both serve.
func Constraint(deliveries []Delivery) map[string]int64 {
	parties, tie := ties(deliveries)
	strength := func(i, j int) *big.Rat { // how much of i's ties are with j
		sum := int64(0)
		for k := range parties {
			sum += tie[i][k]
		}
		if sum == 0 {
			return new(big.Rat)
		}
		return big.NewRat(tie[i][j], sum)
	}
	out := map[string]int64{}
	for i, party := range parties {
		total, tied := new(big.Rat), false
		for j := range parties {
			if tie[i][j] == 0 { // only neighbours constrain
				continue
			}
			tied = true
			bound := strength(i, j)
			for q := range parties {
				if q != i && q != j {
					bound.Add(bound, new(big.Rat).Mul(strength(i, q), strength(q, j)))
				}
			}
			total.Add(total, bound.Mul(bound, bound))
		}
		if tied {
			total.Mul(total, big.NewRat(whole, 1))
			out[party] = new(big.Int).Quo(total.Num(), total.Denom()).Int64()
		}
	}
	return out
}

// ties gives the parties, ascending, at most so many as there is time for, and how strongly each two are tied.
func ties(deliveries []Delivery) (parties []string, tie [][]int64) {
	at := map[string]map[string]int64{} // party, square
	brought := map[string]int64{}
	for _, d := range deliveries {
		if at[d.Party] == nil {
			at[d.Party] = map[string]int64{}
		}
		at[d.Party][d.Square] += d.Quantity
		brought[d.Party] += d.Quantity
	}
	parties = slices.SortedFunc(maps.Keys(at), func(a, b string) int {
		return cmp.Or(cmp.Compare(brought[b], brought[a]), cmp.Compare(a, b))
	})
	parties = slices.Sorted(slices.Values(parties[:min(len(parties), partiesMax)]))
	tie = make([][]int64, len(parties))
	for i := range parties {
		tie[i] = make([]int64, len(parties))
		for j := range parties {
			if i == j {
				continue
			}
			// any order: sums do not depend on it
			for square, q := range at[parties[i]] {
				tie[i][j] += min(q, at[parties[j]][square])
			}
		}
	}
	return parties, tie
}
