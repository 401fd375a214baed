package count

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// decimalPlaces is how many places a score that is no whole number is written with.
const decimalPlaces = 18

// count counts the proposal by approval, ranked-choice, copeland or quadratic; an empty rule means the proposal's type.
//
//   - approval: the sum of balances for each option.
//   - ranked-choice: the instant run-off; the scores are those of the round in which somebody first has more than half.
//   - copeland: two points for each comparison won and one for each even one, and between equals the average support: half of
//     (balances that prefer an option to another, over all others) / (others · all balances). The points share out all balances.
//   - quadratic: a vote splits its balance among options by its numbers; the square of the sum of the square roots of what an option is
//     given is its strength, and the strengths share out all balances. Roots are compared exactly.
func (p Proposal) count(a Ask) (Result, error) {
	rule := a.Rule
	if rule == "" {
		rule = p.Kind
	}
	if rule == RuleIRV || rule == "rankedChoice" {
		rule = RuleRankedChoice
	}
	switch rule {
	case "":
		return Result{}, ErrRuleMissing
	case RuleApproval, RuleRankedChoice, RuleCopeland, RuleQuadratic:
	case "single-choice", "basic", "weighted":
		return Result{}, ErrRuleUncounted
	default:
		return Result{}, ErrRuleUnknown
	}
	good, places, err := p.good(rule)
	if err != nil {
		return Result{}, err
	}
	b := balances{proposal: p, votes: good, unit: pow10(places), ids: make(namer, len(p.Choices))}
	for o := range p.Choices {
		b.ids[o] = strconv.Itoa(o + 1)
	}
	if b.order, err = b.ids.order(a.Seed); err != nil {
		return Result{}, err
	}
	for _, v := range good {
		if b.all += v.weight; b.all < 0 {
			return Result{}, tally.ErrSumOverflow
		}
	}
	res := Result{
		Format: FormatSnapshot, Rule: rule, Winners: []string{}, Votes: int64(len(good)), Spoilt: int64(len(p.Votes) - len(good)),
		Names: map[string]string{}, Decimals: map[string]json.Number{},
	}
	for o, name := range p.Choices {
		res.Names[b.ids[o]] = name
	}
	switch rule {
	case RuleApproval:
		err = b.approval(&res)
	case RuleRankedChoice:
		err = b.rankedChoice(&res)
	case RuleCopeland:
		err = b.copeland(&res)
	default:
		b.quadratic(&res)
	}
	return res, err
}

// balances is a proposal with its good votes, weighed in units of one balance by 1/unit.
type balances struct {
	proposal Proposal
	votes    []counted
	unit     *big.Int
	all      int64
	ids      namer
	order    tally.Order
}

// rankings answers the votes as rankings.
func (b balances) rankings() []tally.Ranking {
	rankings := make([]tally.Ranking, len(b.votes))
	for i, v := range b.votes {
		rankings[i] = tally.Rank(tally.Ballot{Choices: v.choices}, v.weight)
	}
	return rankings
}

// written writes a score in units as a decimal of balance.
func (b balances) written(units *big.Rat) json.Number {
	// Rounded to the nearest: twice the number, and one, halved.
	n := new(big.Int).Mul(units.Num(), pow10(decimalPlaces))
	of := new(big.Int).Mul(units.Denom(), b.unit)
	n.Add(n.Lsh(n, 1), of)
	n.Quo(n, of.Lsh(of, 1))
	text := n.String()
	text = strings.Repeat("0", max(0, decimalPlaces+1-len(text))) + text
	whole, fraction := text[:len(text)-decimalPlaces], strings.TrimRight(text[len(text)-decimalPlaces:], "0")
	return json.Number(strings.TrimSuffix(whole+"."+fraction, "."))
}

// wholes writes scores that are whole units.
func (b balances) wholes(res *Result, totals []int64) {
	for o, total := range totals {
		res.Decimals[b.ids[o]] = b.written(new(big.Rat).SetInt64(total))
	}
}

// approval counts as a poll.
func (b balances) approval(res *Result) error {
	poll := tally.Poll{
		Method: tally.MethodApproval, Form: tally.Form{Kind: tally.KindApproval, Options: uint32(len(b.ids))},
		Order: b.order, TieRule: tieRule(b.order),
	}
	ballots, roll := make([]tally.Ballot, len(b.votes)), make(tally.Roll, len(b.votes))
	for i, v := range b.votes {
		ballots[i] = tally.Ballot{Voter: strconv.Itoa(i), Choices: v.choices}
		roll[ballots[i].Voter] = tally.Weight{Heads: v.weight}
	}
	out, err := poll.Count(ballots, roll)
	if err != nil {
		return err
	}
	res.Winners, res.Ties, res.Blank = b.ids.winners(out.Winners), b.ids.ties(out.Ties), int64(out.Totals.AbstainedCount)
	b.wholes(res, heads(out.Totals.Options))
	return nil
}

// rankedChoice counts the instant run-off.
func (b balances) rankedChoice(res *Result) error {
	out, err := tally.InstantRunoff(uint32(len(b.ids)), b.rankings(), b.order)
	if err != nil {
		return err
	}
	res.Winners, res.Ties = b.ids.winners(out.Winners), b.ids.ties(out.Ties)
	totals := make([]int64, len(b.ids))
	for _, r := range out.Rounds {
		round := Round{Totals: map[string]int64{}, Resting: &r.Resting, Out: b.ids.some(r.Out), Tied: b.ids.some(r.Tied)}
		clear(totals)
		decided := len(r.Totals) <= 2
		for _, t := range r.Totals {
			round.Totals[b.ids[t.Option]], totals[t.Option] = t.Total, t.Total
			decided = decided || t.Total > b.all/2
		}
		res.Rounds = append(res.Rounds, round)
		if decided {
			break
		}
	}
	b.wholes(res, totals)
	return nil
}

// copeland counts victories.
func (b balances) copeland(res *Result) error {
	n := int64(len(b.ids))
	_, pairs, _, err := tally.Copeland(uint32(n), b.rankings(), nil)
	if err != nil {
		return err
	}
	res.Pairs = b.ids.matrix(pairs.Over)
	// All points are in units of 1/(2·(n-1)·all), so that they are whole.
	whole := new(big.Int).Mul(big.NewInt(2*(n-1)), big.NewInt(b.all))
	points := make([]*big.Rat, n)
	for o, row := range pairs.Over {
		sum := new(big.Int).Mul(whole, big.NewInt(pairs.Halves[o]))
		for _, support := range row {
			sum.Add(sum, big.NewInt(support))
		}
		points[o] = new(big.Rat).SetInt(sum)
	}
	if b.all > 0 && n == 1 {
		points[0].SetInt64(1)
	}
	b.share(res, points)
	b.greatest(res, func(i, j int) int { return points[i].Cmp(points[j]) })
	return nil
}

// quadratic counts roots.
func (b balances) quadratic(res *Result) {
	sums := make([]tally.Roots, len(b.ids))
	for _, v := range b.votes {
		all := new(big.Rat)
		for _, part := range v.parts {
			all.Add(all, part.rational())
		}
		for i, o := range v.choices {
			given := part(v.parts[i], all)
			sums[o].Add(given.Mul(given, new(big.Rat).SetInt64(v.weight)))
		}
	}
	strengths := make([]*big.Rat, len(b.ids))
	for o := range sums {
		low, _ := sums[o].Between(256) // so near that no place that is written can differ, unless all that follow are nines or noughts
		strengths[o] = new(big.Rat).SetInt(low.Mul(low, low))
	}
	b.share(res, strengths)
	b.greatest(res, func(i, j int) int { return sums[i].Compare(sums[j]) })
}

// part is the share of a number in the sum of a vote's numbers.
func part(a amount, all *big.Rat) *big.Rat { return new(big.Rat).Quo(a.rational(), all) }

// rational is the amount as a fraction.
func (a amount) rational() *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(a.digits), pow10(a.places))
}

// pow10 is a power of ten.
func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// share gives all balances out by strengths.
func (b balances) share(res *Result, strengths []*big.Rat) {
	sum := new(big.Rat)
	for _, s := range strengths {
		sum.Add(sum, s)
	}
	all := new(big.Rat).SetInt64(b.all)
	for o, s := range strengths {
		score := new(big.Rat)
		if sum.Sign() > 0 {
			score.Quo(score.Mul(s, all), sum)
		}
		res.Decimals[b.ids[o]] = b.written(score)
	}
}

// greatest finds the winner by a comparison of options, and a tie of several.
func (b balances) greatest(res *Result, compare func(i, j int) int) {
	if b.all == 0 {
		return
	}
	best := []uint32{0}
	for o := 1; o < len(b.ids); o++ {
		switch compare(o, int(best[0])) {
		case 1:
			best = []uint32{uint32(o)}
		case 0:
			best = append(best, uint32(o))
		}
	}
	slices.SortFunc(best, func(i, j uint32) int {
		if b.order == nil {
			return int(i) - int(j)
		}
		return int(b.order[i]) - int(b.order[j])
	})
	res.Winners = []string{b.ids[best[0]]}
	if len(best) > 1 {
		res.Ties = []Tie{{Options: b.ids.names(best), Decisive: true}}
	}
}
