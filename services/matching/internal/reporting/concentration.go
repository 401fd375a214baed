package reporting

import (
	"cmp"
	"maps"
	"math/big"
	"slices"

	"renlin.dev/pkg/figures"
)

// Delivery is so much of a skill that a party brought to a square, to a person.
type Delivery struct {
	Party, Skill, Square, Person string
	Quantity                     int64
}

// Concentration gives the Herfindahl-Hirschman index of what was delivered, by skill: 1000 when one party brings all of it. Of a skill that
// fewer people were given than the least it is held back.
func Concentration(deliveries []Delivery, least int64) map[string]int64 {
	sums, people := map[string]map[string]int64{}, map[string]*Group{}
	for _, d := range deliveries {
		if sums[d.Skill] == nil {
			sums[d.Skill], people[d.Skill] = map[string]int64{}, &Group{}
		}
		sums[d.Skill][d.Party] += d.Quantity
		people[d.Skill].meet(d.Person)
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
		switch {
		case people[skill].size() < least:
			out[skill] = figures.Held
		case total.Sign() > 0:
			squares.Mul(squares, big.NewInt(whole))
			out[skill] = squares.Quo(squares, total.Mul(total, total)).Int64()
		}
	}
	return out
}

// Bounds of the constraint: the work grows with the third power of how many are tied to each other, and of fractions much faster.
const (
	exactMax   = 40  // parties for which it is reckoned in fractions
	partiesMax = 200 // and in fixed point; those beyond who brought the least are left out, and counted
	fixedBits  = 30  // of a fraction in fixed point
)

// Constraints are Burt's constraint of each party, in thousandths.
type Constraints struct {
	Of map[string]int64
	// LeftOut is how many parties there are beside those that it was reckoned for.
	LeftOut int64
}

// Constraint gives Burt's constraint of each party, in thousandths, among those who bring something to the same squares; a party without
// such neighbours has none. Two are tied as strongly as the lesser of the two serves the squares that both serve. Of more than forty
// parties it is reckoned in fixed point, each step rounded down, which is less than a thousandth of a thousandth off.
func Constraint(deliveries []Delivery) Constraints {
	parties, tie, left := ties(deliveries)
	if len(parties) <= exactMax {
		return Constraints{Of: exact(parties, tie), LeftOut: left}
	}
	return Constraints{Of: fixed(parties, tie), LeftOut: left}
}

// fixed reckons the constraint in fixed point, along the ties that there are.
func fixed(parties []string, tie [][]int64) map[string]int64 {
	strength, near := make([][]int64, len(parties)), make([][]int, len(parties))
	for i := range parties {
		sum := int64(0)
		for j, t := range tie[i] {
			if sum += t; t != 0 {
				near[i] = append(near[i], j)
			}
		}
		strength[i] = make([]int64, len(parties))
		for _, j := range near[i] {
			strength[i][j] = scaled(tie[i][j], sum)
		}
	}
	out := map[string]int64{}
	for i, party := range parties {
		bound := slices.Clone(strength[i])
		for _, q := range near[i] {
			for _, j := range near[q] {
				if j != i {
					bound[j] += strength[i][q] * strength[q][j] >> fixedBits
				}
			}
		}
		total := int64(0)
		for _, j := range near[i] { // only neighbours constrain
			total += bound[j] * bound[j] >> fixedBits
		}
		if len(near[i]) > 0 {
			out[party] = total * whole >> fixedBits
		}
	}
	return out
}

// scaled gives a part of a sum in fixed point.
func scaled(part, of int64) int64 {
	up := new(big.Int).Lsh(big.NewInt(part), fixedBits)
	return up.Quo(up, big.NewInt(of)).Int64()
}

// exact reckons the constraint in fractions.
func exact(parties []string, tie [][]int64) map[string]int64 {
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

// ties gives the parties, ascending, at most so many as there is time for, how strongly each two are tied, and how many others there are.
func ties(deliveries []Delivery) (parties []string, tie [][]int64, left int64) {
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
	left = int64(max(0, len(parties)-partiesMax))
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
	return parties, tie, left
}
