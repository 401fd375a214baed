package poll

import (
	"strconv"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// The forms of ballots, in the rulebook's and in the count's spelling.
const (
	formUnsaid   = communityv1.BallotForm_BALLOT_FORM_UNSPECIFIED
	formOne      = communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE
	formApproval = communityv1.BallotForm_BALLOT_FORM_APPROVAL
	formPurse    = communityv1.BallotForm_BALLOT_FORM_CUMULATIVE
	formRanks    = communityv1.BallotForm_BALLOT_FORM_ORDINAL
	formScore    = communityv1.BallotForm_BALLOT_FORM_SCORE
)

// forms are a method's ballots: what each form is to the count. A method with a single form takes an unsaid one for that.
type forms map[communityv1.BallotForm]tally.Kind

// way is how the count decides by a method of the rulebook.
type way struct {
	method tally.Method
	forms  forms
	// scored: the totals tell scores, too.
	scored bool
}

var (
	ranked   = forms{formRanks: tally.KindOrdinal}
	approved = forms{formApproval: tally.KindApproval}
	points   = forms{formScore: tally.KindScoring}
	credits  = forms{formPurse: tally.KindQuadratic}
	budgets  = forms{
		formOne: tally.KindChooseOne, formApproval: tally.KindApproval, formPurse: tally.KindCumulative, formRanks: tally.KindOrdinal,
	}
	budgetShares = forms{
		formOne: tally.KindChooseOne, formApproval: tally.KindApproval, formPurse: tally.KindCumulative, formScore: tally.KindScoring,
	}
)

// ways are all methods that a rulebook may name. What is missing here is refused when a poll is called.
var ways = map[communityv1.Method]way{
	communityv1.Method_METHOD_YES_NO:                {method: tally.MethodYesNo, forms: forms{formUnsaid: ""}},
	communityv1.Method_METHOD_SINGLE:                {method: tally.MethodSingle, forms: forms{formOne: tally.KindChooseOne}},
	communityv1.Method_METHOD_APPROVAL:              {method: tally.MethodApproval, forms: approved, scored: true},
	communityv1.Method_METHOD_BUDGET_GREEDY:         {method: tally.MethodBudget, forms: budgets, scored: true},
	communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP: {method: tally.MethodBudget, forms: budgets, scored: true},
	communityv1.Method_METHOD_SCORE:                 {method: tally.MethodScore, forms: points, scored: true},
	communityv1.Method_METHOD_STAR:                  {method: tally.MethodStar, forms: points, scored: true},
	communityv1.Method_METHOD_BORDA:                 {method: tally.MethodBorda, forms: ranked, scored: true},
	communityv1.Method_METHOD_INSTANT_RUNOFF:        {method: tally.MethodRunoff, forms: ranked},
	communityv1.Method_METHOD_SCHULZE:               {method: tally.MethodSchulze, forms: ranked},
	communityv1.Method_METHOD_QUADRATIC:             {method: tally.MethodQuadratic, forms: credits, scored: true},
	communityv1.Method_METHOD_BUDGET_EQUAL_SHARES:   {method: tally.MethodBudgetShares, forms: budgetShares, scored: true},
	communityv1.Method_METHOD_STV:                   {method: tally.MethodSTV, forms: ranked},
	communityv1.Method_METHOD_PROPORTIONAL_APPROVAL: {method: tally.MethodSeqPAV, forms: approved, scored: true},
	communityv1.Method_METHOD_EQUAL_SHARES:          {method: tally.MethodShares, forms: approved, scored: true},
}

var (
	utilities = map[communityv1.Utility]tally.Utility{
		communityv1.Utility_UTILITY_COST: tally.UtilityCost, communityv1.Utility_UTILITY_CARDINALITY: tally.UtilityCardinality,
	}
	completions = map[communityv1.Completion]tally.Completion{
		communityv1.Completion_COMPLETION_NONE: tally.CompletionNone, communityv1.Completion_COMPLETION_ADD_ONE: tally.CompletionAddOne,
		communityv1.Completion_COMPLETION_GREEDY:         tally.CompletionGreedy,
		communityv1.Completion_COMPLETION_ADD_ONE_GREEDY: tally.CompletionAddOneGreedy,
	}
)

// method fills in how the poll is decided and which ballots are good. What it leaves out, or what contradicts itself, the count's own check
// refuses: no method at all, where the ballots' form is none of the method's.
func (c *count) method(q *proposalv1.Motion, r *communityv1.PollRules) {
	b := r.GetBallot()
	w := ways[r.GetMethod()]
	kind, fits := w.forms[b.GetForm()]
	if !fits && b.GetForm() == formUnsaid && len(w.forms) == 1 {
		for _, kind = range w.forms { // any order: there is one
			fits = true
		}
	}
	if !fits {
		return
	}
	c.scored = w.scored
	c.poll.Method, c.poll.Seats = w.method, b.GetSeats()
	c.poll.Form = tally.Form{
		Kind: kind, Options: uint32(len(c.order)), ChoicesMin: b.GetOptionsMin(), ChoicesMax: b.GetOptionsMax(),
		PointsMin: b.GetPointsMin(), PointsMax: b.GetPointsMax(), PointsSumMax: b.GetPointsSumMax(), CostSumMax: b.GetCostSumMaxFen(),
	}
	for _, i := range c.order {
		c.poll.Form.Costs = append(c.poll.Form.Costs, q.GetOptions()[i].GetCostFen())
	}
	c.poll.Utility, c.poll.Completion = utilities[b.GetUtility()], completions[b.GetCompletion()]
	if w.method == tally.MethodShares {
		c.poll.Completion = tally.CompletionPhragmen
	}
	if c.spends() {
		c.poll.Budget = tally.Budget{
			Budget: q.GetBudgetFen(), ScoreMin: b.GetScoreMin(), NoSkip: r.GetMethod() == communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
		}
	}
}

// spends tells whether the poll spends a budget: then who wins is what there is money for.
func (c *count) spends() bool {
	return c.poll.Method == tally.MethodBudget || c.poll.Method == tally.MethodBudgetShares
}

// stepsOptionsMax bounds the options of counts whose steps are on the record, so that a tally fits into a commit.
const stepsOptionsMax = 60

// steps writes out the steps of methods that take some, for people to follow.
func (c *count) steps(res tally.Result) (steps []*votingv1.CountStep) {
	if len(c.order) > stepsOptionsMax {
		return nil
	}
	for _, r := range res.Rounds {
		step := &votingv1.CountStep{Out: c.indexes(r.Out)}
		for _, t := range r.Totals {
			step.Options, step.Figures = append(step.Options, c.order[t.Option]), append(step.Figures, whole(t.Total))
		}
		steps = append(steps, step)
	}
	if res.Transfers != nil {
		for _, s := range res.Transfers.Stages {
			step := &votingv1.CountStep{Won: c.indexes(s.Elected), Out: c.indexes(s.Out)}
			for _, t := range s.Totals {
				step.Options, step.Figures = append(step.Options, c.order[t.Option]), append(step.Figures, t.Value)
			}
			steps = append(steps, step)
		}
	}
	picks := res.Picks
	if res.Shares != nil {
		picks = res.Shares.Picks
	}
	for _, p := range picks {
		one := []uint32{c.order[p.Option]}
		steps = append(steps, &votingv1.CountStep{Options: one, Figures: []string{p.Value}, Won: one, Completion: p.Completion})
	}
	if d := res.Duel; d != nil {
		steps = append(steps, &votingv1.CountStep{
			Options: c.indexes(d.Options[:]), Figures: []string{whole(d.For[0]), whole(d.For[1])}, Won: c.indexes(res.Winners),
		})
	}
	return append(steps, c.comparisons(res.Pairwise)...)
}

// comparisons writes out every two options' comparison.
func (c *count) comparisons(p *tally.Pairwise) (steps []*votingv1.CountStep) {
	if p == nil {
		return nil
	}
	for a := range p.Over {
		for b := a + 1; b < len(p.Over); b++ {
			step := &votingv1.CountStep{
				Options: c.indexes([]uint32{uint32(a), uint32(b)}), Figures: []string{whole(p.Over[a][b]), whole(p.Over[b][a])},
			}
			switch {
			case p.Over[a][b] > p.Over[b][a]:
				step.Won = step.Options[:1]
			case p.Over[a][b] < p.Over[b][a]:
				step.Won = step.Options[1:]
			}
			steps = append(steps, step)
		}
	}
	return steps
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }
