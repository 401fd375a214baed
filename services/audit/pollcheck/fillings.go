package pollcheck

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// filling is one way to fill a ballot in: options, the best first where they are ranked, and how many points each is given, if any are.
type filling struct {
	options []int
	points  []int64
}

// byFilling tells whether a secret poll's ballots are one of all the ways in which a ballot can be filled in.
func (p *poll) byFilling() bool {
	b := p.rules.GetBallot()
	switch p.rules.GetMethod() {
	case communityv1.Method_METHOD_STAR, communityv1.Method_METHOD_QUADRATIC, communityv1.Method_METHOD_PROPORTIONAL_APPROVAL,
		communityv1.Method_METHOD_EQUAL_SHARES:
		return p.secret()
	case communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
		others := b.GetForm() == communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE || b.GetForm() == communityv1.BallotForm_BALLOT_FORM_CUMULATIVE
		return p.secret() && (others || b.GetForm() == communityv1.BallotForm_BALLOT_FORM_APPROVAL && b.GetCostSumMaxFen() > 0)
	}
	return p.secret() && p.ranks()
}

// ranks tells whether ballots are rankings.
func (p *poll) ranks() bool {
	switch p.rules.GetMethod() {
	case communityv1.Method_METHOD_BORDA, communityv1.Method_METHOD_INSTANT_RUNOFF, communityv1.Method_METHOD_SCHULZE,
		communityv1.Method_METHOD_STV:
		return true
	}
	return false
}

// pointed tells whether ballots give points, and what n points cost a voter.
func (p *poll) pointed() (price func(n int64) int64, pointed bool) {
	plain := func(n int64) int64 { return n }
	switch {
	case p.rules.GetMethod() == communityv1.Method_METHOD_STAR:
		return plain, true
	case p.rules.GetMethod() == communityv1.Method_METHOD_QUADRATIC:
		return func(n int64) int64 { return n * n }, true
	}
	return plain, p.spends() && p.rules.GetBallot().GetForm() == communityv1.BallotForm_BALLOT_FORM_CUMULATIVE
}

// fillingsTriedMax bounds how long ways are looked for. Polls that open have few, and every step leads to one.
const fillingsTriedMax = 20_000

// fillings lists all ways in which a ballot can be filled in, without the blank one, in the order of docs/format.md section 20.
func (p *poll) fillings() ([]filling, error) {
	var all []filling
	tried, n := 0, len(p.question.GetOptions())
	enough := func() bool { tried++; return tried > fillingsTriedMax || len(all) > secretballot.OneOfMax }
	if price, pointed := p.pointed(); pointed {
		p.rows(make([]int64, n), 0, 0, price, enough, func(f filling) { all = append(all, f) })
	} else {
		p.lists(nil, enough, func(f filling) { all = append(all, f) })
	}
	if tried > fillingsTriedMax || len(all) > secretballot.OneOfMax {
		return nil, secretballot.ErrShapeSize
	}
	return all, nil
}

// lists gives every list of options that begins like one, in the order of a dictionary; sets ascend. Of what leads to no ballot nothing is
// looked at, here and in rows: where all but one of many options must be named there are few ways, but many lists.
func (p *poll) lists(begun []int, enough func() bool, found func(filling)) {
	most := cmp.Or(int(p.rules.GetBallot().GetOptionsMax()), len(p.question.GetOptions()))
	if p.rules.GetBallot().GetForm() == communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE {
		most = 1
	}
	if p.bounded(begun) {
		found(filling{options: slices.Clone(begun)})
	}
	if enough() || len(begun) >= most {
		return
	}
	options := len(p.question.GetOptions())
	from, to := 0, options
	if !p.ranks() {
		if len(begun) > 0 {
			from = begun[len(begun)-1] + 1
		}
		to = min(options, len(begun)+options-int(p.rules.GetBallot().GetOptionsMin())+1) // behind it too few are left
	}
	for o := from; o < to; o++ {
		if slices.Contains(begun, o) {
			continue
		}
		next := append(slices.Clone(begun), o)
		can := func(other int) bool { return p.ranks() || other > o }
		if _, leads := p.leads(next, can); leads {
			p.lists(next, enough, found)
		}
	}
}

// leads tells how many options must be named still, and whether those others that can be named are enough, and cheap enough.
func (p *poll) leads(named []int, can func(o int) bool) (missing int, leads bool) {
	b, spent := p.rules.GetBallot(), int64(0)
	var costs []int64
	is := make([]bool, len(p.question.GetOptions()))
	for _, o := range named {
		is[o] = true
	}
	for o, option := range p.question.GetOptions() {
		switch {
		case is[o]:
			spent += option.GetCostFen()
		case can(o):
			costs = append(costs, option.GetCostFen())
		}
	}
	missing = max(0, int(b.GetOptionsMin())-len(named))
	if missing > len(costs) || b.GetOptionsMax() > 0 && len(named)+missing > int(b.GetOptionsMax()) {
		return missing, false
	}
	if b.GetCostSumMaxFen() == 0 {
		return missing, true
	}
	slices.Sort(costs)
	for _, cost := range costs[:missing] {
		spent += cost
	}
	return missing, spent <= b.GetCostSumMaxFen()
}

// afford tells whether a row, given up to a place, leads to a ballot whose points the purse pays for.
func (p *poll) afford(row []int64, to int, spent int64, price func(int64) int64) bool {
	var named []int
	for o, n := range row[:to] {
		if n > 0 {
			named = append(named, o)
		}
	}
	missing, leads := p.leads(named, func(o int) bool { return o >= to })
	b := p.rules.GetBallot()
	if !leads || b.GetPointsSumMax() == 0 || missing == 0 {
		return leads
	}
	return price(max(1, b.GetPointsMin())) <= (b.GetPointsSumMax()-spent)/int64(missing)
}

// rows gives every row of points that goes on from one, from place at, of which so much is spent, in ascending order.
func (p *poll) rows(row []int64, at int, spent int64, price func(int64) int64, enough func() bool, found func(filling)) {
	if enough() {
		return
	}
	b := p.rules.GetBallot()
	if at == len(row) {
		var f filling
		for o, n := range row {
			if n > 0 {
				f.options, f.points = append(f.options, o), append(f.points, n)
			}
		}
		if p.bounded(f.options) {
			found(f)
		}
		return
	}
	for n := int64(0); ; n++ {
		over := b.GetPointsMax() > 0 && n > b.GetPointsMax() || b.GetPointsSumMax() > 0 && spent+price(n) > b.GetPointsSumMax()
		if over || tooLong(n) {
			break
		}
		if n > 0 && n < b.GetPointsMin() {
			continue
		}
		row[at] = n
		if p.afford(row, at+1, spent+price(n), price) {
			p.rows(row, at+1, spent+price(n), price, enough, found)
		}
	}
	row[at] = 0
}

// tooLong tells whether more points than ways there may be have been tried at one place.
func tooLong(n int64) bool { return n > fillingsTriedMax }

// bounded tells whether as many options are named as may be, and whether they cost no more than they may.
func (p *poll) bounded(options []int) bool {
	b, cost := p.rules.GetBallot(), int64(0)
	for _, o := range options {
		cost += p.question.GetOptions()[o].GetCostFen()
	}
	n := uint32(len(options))
	return n > 0 && n >= b.GetOptionsMin() && (b.GetOptionsMax() == 0 || n <= b.GetOptionsMax()) &&
		(b.GetCostSumMaxFen() == 0 || cost <= b.GetCostSumMaxFen())
}

// heardFillings is what is known of a secret poll's figures where it was opened how much was filled in in each way: of heads everything, or
// nothing. Of those who took part whoever is in none of them has abstained.
func (c *checking) heardFillings() *count {
	const heads = communityv1.Measure_MEASURE_HEADS
	options := len(c.question.GetOptions())
	n := &count{
		participants: c.part(), shown: map[communityv1.Measure]bool{}, options: make([][2]weight, options), scores: make([]int64, options),
	}
	all, err := c.fillings()
	if err != nil {
		return n // nothing of it was opened
	}
	var heaps []heap
	shown := true
	for i, f := range all {
		s, listed := c.known[sumName{heads, uint32(i)}]
		shown = shown && (listed && s.exact() || n.participants.heads == 0)
		if s.low > 0 {
			heaps = append(heaps, heap{f, s.low})
		}
	}
	n.points, n.shown[heads] = n.options, shown
	for m := range measureNames { // any order: each measure is set by itself
		n.shown[m] = n.shown[m] || n.participants.of(m) == 0
	}
	n.valid[high] = n.participants
	if !shown {
		return n
	}
	var valid int64
	for _, h := range heaps {
		valid += h.weight
		for _, o := range h.options {
			for e := range n.options[o] {
				n.options[o][e].heads += h.weight
			}
		}
	}
	n.valid[low].heads, n.valid[high].heads = valid, valid
	n.scores = c.scored(heaps, options)
	n.choice = c.choose(election{heaps: heaps, scores: n.scores})
	return n
}
