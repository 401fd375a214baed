package rules

import (
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// FillingsMax is how many ways there may be to fill in a secret ballot that is one of all of them.
const FillingsMax = 120

// ByFilling tells whether a secret poll is counted by how many filled their ballots in in each of all the ways that there are: what decides
// is no sum over the options, so that nothing less would do, or the bounds of a ballot are no sums. Equal shares of a budget are not among
// them: money is raised for each ballot, whatever it weighs, and how many ballots are alike nobody knows.
func ByFilling(p *communityv1.PollRules) bool {
	switch p.GetMethod() {
	case communityv1.Method_METHOD_STAR, communityv1.Method_METHOD_BORDA, communityv1.Method_METHOD_INSTANT_RUNOFF,
		communityv1.Method_METHOD_SCHULZE, communityv1.Method_METHOD_STV, communityv1.Method_METHOD_QUADRATIC,
		communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, communityv1.Method_METHOD_EQUAL_SHARES:
		return Secret(p)
	}
	if !Secret(p) || !greedy(p) {
		return false
	}
	switch p.GetBallot().GetForm() {
	case communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE, communityv1.BallotForm_BALLOT_FORM_CUMULATIVE:
		return true
	case communityv1.BallotForm_BALLOT_FORM_APPROVAL:
		return p.GetBallot().GetCostSumMaxFen() > 0
	}
	return false
}

// BudgetOfTotals tells whether a secret poll spends a budget by how many approve of each project, and needs to know nothing else.
func BudgetOfTotals(p *communityv1.PollRules) bool {
	approval := p.GetBallot().GetForm() == communityv1.BallotForm_BALLOT_FORM_APPROVAL
	return Secret(p) && greedy(p) && approval && !ByFilling(p)
}

func greedy(p *communityv1.PollRules) bool {
	m := p.GetMethod()
	return m == communityv1.Method_METHOD_BUDGET_GREEDY || m == communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
}

// SecretMethod tells whether ballots of a poll's method can be counted without opening them one by one.
func SecretMethod(p *communityv1.PollRules) bool {
	switch p.GetMethod() {
	case communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_APPROVAL,
		communityv1.Method_METHOD_SCORE:
		return true
	}
	return ByFilling(p) || BudgetOfTotals(p)
}

// neverFew tells whether a ballot could be filled in in too many ways however few options there are: two, or as many as must be ranked.
func neverFew(p *communityv1.PollRules) bool {
	b := p.GetBallot()
	switch p.GetMethod() {
	case communityv1.Method_METHOD_BORDA, communityv1.Method_METHOD_INSTANT_RUNOFF, communityv1.Method_METHOD_SCHULZE,
		communityv1.Method_METHOD_STV:
		return b.GetOptionsMin() > 5 // of six there are 720 orders
	case communityv1.Method_METHOD_STAR, communityv1.Method_METHOD_QUADRATIC:
	default:
		return false
	}
	if b.GetOptionsMin() > 2 {
		return false
	}
	price := func(n int64) int64 {
		if p.GetMethod() == communityv1.Method_METHOD_QUADRATIC {
			return n * n
		}
		return n
	}
	given := func(n int64) bool {
		return n == 0 || n >= b.GetPointsMin() && (b.GetPointsMax() == 0 || n <= b.GetPointsMax())
	}
	ways := 0
	for x := int64(0); x <= FillingsMax; x++ { // whoever may give more than that to one option has too many ways already
		for y := int64(0); y <= FillingsMax; y++ {
			if given(x) && given(y) && (b.GetPointsSumMax() == 0 || price(x)+price(y) <= b.GetPointsSumMax()) && x+y > 0 {
				ways++
			}
		}
	}
	return ways > FillingsMax
}
