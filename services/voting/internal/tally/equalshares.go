package tally

import (
	"math"
	"math/big"
	"math/bits"
)

// Utility is what an option that is funded is worth to a voter who supports it.
type Utility string

// The utilities.
const (
	UtilityCost        Utility = "cost"
	UtilityCardinality Utility = "cardinality"
)

// Completion is what becomes of money or seats that equal shares leave over.
type Completion string

// The completions. The empty one is CompletionNone. AddOne raises the money that is shared by Raise units a voter at a time, and counts
// anew each time, as long as what is then bought can be paid from the true budget, and until no supported project fits into what is left.
// Greedy spends what is left by the score. Phragmen and Approval are for committees.
const (
	CompletionNone         Completion = "none"
	CompletionAddOne       Completion = "add_one"
	CompletionGreedy       Completion = "greedy"
	CompletionAddOneGreedy Completion = "add_one_greedy"
	CompletionPhragmen     Completion = "phragmen"
	CompletionApproval     Completion = "approval"
)

// Limits of equal shares.
const (
	// moneyMax bounds money and weight, so that sums of them fit a word.
	moneyMax = 1<<60 - 1
	// raisesMax bounds how often add-one counts anew, and raiseStepsMax does with the supporters looked at each time. A count that comes
	// to the bound ends there, and says so; the completion after it has its turn.
	raisesMax     = 100_000
	raiseStepsMax = 4_000_000_000
)

// Shares is the result of equal shares.
type Shares struct {
	// Share is what a voter of weight one had to spend, after Raises raises; Left is what the true budget has left before a greedy
	// completion.
	Share  string
	Raises int64
	Left   int64
	// Stopped says that the raises came to their bound.
	Stopped bool
	Picks   []Pick
}

// equalShares spends a budget by equal shares and its completion.
func (p Poll) equalShares(res *Result, ballots []Ballot, roll Roll) error {
	blocs, voters, err := p.blocs(ballots, roll)
	if err != nil {
		return err
	}
	scores := in(p.Measure, res.Totals.Scores)
	var weight int64
	for _, b := range blocs {
		weight += b.weight // part of the participants, which fit
	}
	if weight > moneyMax || p.Budget.Budget > moneyMax {
		return ErrSumOverflow
	}
	considered := make([]bool, len(p.Form.Costs))
	for o, cost := range p.Form.Costs {
		considered[o] = scores[o] >= max(p.Budget.ScoreMin, 1) && cost <= p.Budget.Budget
	}
	m := newMarket(p.Form.Costs, considered, p.Utility == UtilityCost, blocs, weight)
	step, fits := mulChecked(voters, max(p.Raise, 1))
	if !fits {
		return ErrSumOverflow
	}
	r := raising{market: m, budget: p.Budget.Budget, step: step, order: p.Order}
	shares := &Shares{}
	if p.Completion == CompletionAddOne || p.Completion == CompletionAddOneGreedy {
		shares.Raises, shares.Stopped = r.raise(r.most())
	}
	greedy := p.Completion == CompletionGreedy || p.Completion == CompletionAddOneGreedy
	res.Winners, res.Ties = settled(p.Order, func(pick *picker) []uint32 {
		s := m.spend(r.money(shares.Raises), pick)
		left := r.budget - m.cost(s.bought)
		var rest Allocation
		if greedy {
			rest = p.greedyRest(scores, s.bought, left)
		}
		if pick.at < 0 {
			shares.Picks, _ = s.accounts()
			shares.Left = left
			res.Awards, res.Cost = rest.Awards, r.budget-left+rest.Cost
			pick.ties = append(pick.ties, rest.Ties...)
		}
		return append(s.bought, rest.Winners...)
	})
	if weight > 0 {
		shares.Share = big.NewRat(r.money(shares.Raises), weight).RatString()
	}
	res.Shares = shares
	return nil
}

// greedyRest spends what is left by the score on what nobody bought but somebody supports.
func (p Poll) greedyRest(scores []int64, bought []uint32, left int64) Allocation {
	out := make([]bool, len(scores))
	for _, o := range bought {
		out[o] = true
	}
	var options []uint32
	var restCosts, restScores []int64
	for o, score := range scores {
		if !out[o] && score > 0 {
			options, restCosts, restScores = append(options, uint32(o)), append(restCosts, p.Form.Costs[o]), append(restScores, score)
		}
	}
	rule := Budget{Budget: left, ScoreMin: max(p.Budget.ScoreMin, 1)}
	a := rule.allocate(options, restCosts, restScores, p.Order)
	return a
}

// cost is what options cost together; they were bought, so the sum fits.
func (m *market) cost(options []uint32) int64 {
	var sum int64
	for _, o := range options {
		sum += m.costs[o]
	}
	return sum
}

// raising finds how far the shared money can be raised.
type raising struct {
	*market
	budget int64
	step   int64 // what a raise adds to all the money
	order  Order
}

// money is what is shared after so many raises. A raise is one for every voter; where voters weigh differently, each has its share by
// weight all the same, so that weights in another unit give the same result.
func (r raising) money(raises int64) int64 { return r.budget + raises*r.step }

// most is how often it may be counted anew.
func (r raising) most() int64 {
	steps := int64(1)
	for _, b := range r.buyers {
		steps += int64(len(b))
	}
	return min(raisesMax, raiseStepsMax/steps)
}

// raise answers the number of raises with which the count ends, having counted anew so often at the most. Where nobody votes, or nobody's
// vote weighs anything, nothing is considered, and there is nothing to raise money for.
func (r raising) raise(most int64) (raises int64, stopped bool) {
	bought := r.run(0)
	for runs := int64(1); !r.exhausted(bought); runs++ {
		next := r.next(raises, bought)
		if runs > most || next > (moneyMax-r.budget)/r.step {
			return raises, true
		}
		then := r.run(next)
		if r.cost(then) > r.budget {
			// What lies between was skipped because it changes nothing that ends the count.
			return next - 1, false
		}
		raises, bought = next, then
	}
	return raises, false
}

func (r raising) run(raises int64) []uint32 {
	return r.spend(r.money(raises), &picker{order: r.order, at: -1}).bought
}

// exhausted tells whether no option that was not bought fits into what is left.
func (r raising) exhausted(bought []uint32) bool {
	left := r.budget - r.cost(bought)
	fits := r.unbought(bought)
	for _, o := range fits {
		if r.costs[o] <= left {
			return false
		}
	}
	return true
}

// unbought answers the options considered and not bought.
func (r raising) unbought(bought []uint32) []uint32 {
	in := make([]bool, len(r.costs))
	for _, o := range bought {
		in[o] = true
	}
	var out []uint32
	for o, considered := range r.considered {
		if considered && !in[o] {
			out = append(out, uint32(o))
		}
	}
	return out
}

// next answers the next number of raises that can matter: the first with which any option that is not bought could be paid if its
// supporters paid for nothing else. Before it nothing but what is bought now can be bought, which the budget bears, and what fits into
// the rest now still does; so the count cannot end there.
func (r raising) next(raises int64, bought []uint32) int64 {
	least := int64(math.MaxInt64)
	for _, o := range r.unbought(bought) {
		var support int64
		for _, b := range r.buyers[o] {
			support += r.blocs[b.bloc].weight
		}
		least = min(least, r.enough(r.costs[o], support))
	}
	return max(raises+1, least)
}

// enough answers the first number of raises with which so much support can pay a cost, or one just before it; one or less where it can now.
func (r raising) enough(cost, support int64) int64 {
	hi, lo := bits.Mul64(uint64(cost), uint64(r.weight))
	if hi >= uint64(support) {
		return math.MaxInt64
	}
	money, _ := bits.Div64(hi, lo, uint64(support))
	if money > moneyMax {
		return math.MaxInt64
	}
	return (int64(money)-r.budget-1)/r.step + 1
}
