package pollcheck

import (
	"cmp"
	"errors"
	"math/big"
	"slices"

	"renlin.dev/pkg/ballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// errUnequal: two operators' boxes of a paper do not hold the same choice.
var errUnequal = errors.New("two boxes of a paper hold different choices")

// form is what kind of ballots a poll asks for.
type form int

const (
	formUnknown form = iota
	formYesNo
	formOne       // one option
	formSome      // a set of options
	formRanks     // options from the best down
	formScores    // options with points
	formPurse     // options with points out of a purse
	formQuadratic // the same, n points taking n*n out of it
)

// formsOf are the forms of methods that allow one alone.
var formsOf = map[communityv1.Method]form{
	communityv1.Method_METHOD_YES_NO: formYesNo, communityv1.Method_METHOD_SINGLE: formOne, communityv1.Method_METHOD_APPROVAL: formSome,
	communityv1.Method_METHOD_SCORE: formScores, communityv1.Method_METHOD_STAR: formScores, communityv1.Method_METHOD_BORDA: formRanks,
	communityv1.Method_METHOD_INSTANT_RUNOFF: formRanks, communityv1.Method_METHOD_QUADRATIC: formQuadratic,
	communityv1.Method_METHOD_SCHULZE: formRanks, communityv1.Method_METHOD_STV: formRanks,
	communityv1.Method_METHOD_PROPORTIONAL_APPROVAL: formSome, communityv1.Method_METHOD_EQUAL_SHARES: formSome,
}

// formsOfBudgets are those of greedy budgets, which say in their rules which they ask for.
var formsOfBudgets = map[communityv1.BallotForm]form{
	communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE: formOne, communityv1.BallotForm_BALLOT_FORM_APPROVAL: formSome,
	communityv1.BallotForm_BALLOT_FORM_CUMULATIVE: formPurse, communityv1.BallotForm_BALLOT_FORM_ORDINAL: formRanks,
}

// formsOfShares are those of budgets by equal shares, likewise.
var formsOfShares = map[communityv1.BallotForm]form{
	communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE: formOne, communityv1.BallotForm_BALLOT_FORM_APPROVAL: formSome,
	communityv1.BallotForm_BALLOT_FORM_CUMULATIVE: formPurse, communityv1.BallotForm_BALLOT_FORM_SCORE: formScores,
}

// buys tells whether the poll spends a budget in any way.
func (p *poll) buys() bool {
	return p.spends() || p.rules.GetMethod() == communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
}

// spends tells whether the poll spends a budget, one project after another.
func (p *poll) spends() bool {
	m := p.rules.GetMethod()
	return m == communityv1.Method_METHOD_BUDGET_GREEDY || m == communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
}

// form gives the poll's; formUnknown where its method is not counted here.
func (p *poll) form() form {
	if p.spends() {
		return formsOfBudgets[p.rules.GetBallot().GetForm()]
	}
	if p.buys() {
		return formsOfShares[p.rules.GetBallot().GetForm()]
	}
	return formsOf[p.rules.GetMethod()]
}

// picked gives the options that a ballot names, with what it gives to each, and whether it is within the poll's rules. One that names
// none abstains.
func (c *checking) picked(ch choice, wrong *votingv1.InvalidBallots) (options []uint32, points []int64, good bool) {
	switch {
	case errors.Is(ch.fault, errUnequal):
		wrong.Unequal++
		return nil, nil, false
	case errors.Is(ch.fault, ballot.ErrUnopened):
		wrong.Unopened++
		return nil, nil, false
	case errors.Is(ch.fault, ballot.ErrMisplaced):
		wrong.Misplaced++
		return nil, nil, false
	case ch.fault != nil:
		wrong.Malformed++
		return nil, nil, false
	}
	if !c.within(ch.GetOptions()) || !c.affords(ch.GetOptions(), ch.GetPoints()) {
		wrong.OutsideRules++
		return nil, nil, false
	}
	if c.form() == formYesNo && len(ch.GetOptions()) == 1 && ch.GetOptions()[0] == 2 {
		return nil, nil, true // to abstain is to say nothing
	}
	if points = ch.GetPoints(); len(points) == 0 {
		points = slices.Repeat([]int64{1}, len(ch.GetOptions()))
	}
	return ch.GetOptions(), points, true
}

// within tells whether the options of a choice keep to the poll's rules; a blank one does.
func (c *checking) within(picked []uint32) bool {
	options, rules := c.question.GetOptions(), c.rules.GetBallot()
	least, most, all := rules.GetOptionsMin(), rules.GetOptionsMax(), len(options)
	switch c.form() {
	case formYesNo:
		least, most, all = 0, 1, 3
	case formOne:
		most = 1
	}
	if len(picked) == 0 {
		return true
	}
	if most == 0 {
		most = uint32(all)
	}
	sorted := slices.Sorted(slices.Values(picked))
	if uint32(len(picked)) < least || uint32(len(picked)) > most || int(sorted[len(sorted)-1]) >= all ||
		len(slices.Compact(sorted)) != len(picked) {
		return false
	}
	if c.form() == formYesNo || rules.GetCostSumMaxFen() == 0 {
		return true
	}
	cost := new(big.Int)
	for _, o := range picked {
		cost.Add(cost, big.NewInt(options[o].GetCostFen()))
	}
	return cost.Cmp(big.NewInt(rules.GetCostSumMaxFen())) <= 0
}

// affords tells whether a choice gives no more points than the poll's rules let it.
func (c *checking) affords(picked []uint32, points []int64) bool {
	rules, f := c.rules.GetBallot(), c.form()
	switch {
	case len(points) == 0: // each option gets one, and a purse may hold less
		return f != formPurse && f != formQuadratic || int64(len(picked)) <= rules.GetPointsSumMax()
	case len(points) != len(picked), f == formYesNo, f == formOne, f == formSome:
		return false
	case f == formRanks && !c.falling(points):
		return false
	}
	sum := new(big.Int)
	for _, p := range points {
		if p < rules.GetPointsMin() || p < 0 || rules.GetPointsMax() > 0 && p > rules.GetPointsMax() {
			return false
		}
		price := big.NewInt(p)
		if f == formQuadratic {
			price.Mul(price, price)
		}
		sum.Add(sum, price)
	}
	return sum.IsInt64() && (rules.GetPointsSumMax() == 0 || sum.Cmp(big.NewInt(rules.GetPointsSumMax())) <= 0)
}

// falling tells whether the points of ranks fall from rank to rank, and give nobody more to give than others have.
func (c *checking) falling(points []int64) bool {
	rules := c.rules.GetBallot()
	before := cmp.Or(rules.GetPointsMax(), int64(rules.GetOptionsMax()), int64(len(c.question.GetOptions()))) + 1
	for _, p := range points {
		if p >= before || p < 1 {
			return false
		}
		before = p
	}
	return true
}
