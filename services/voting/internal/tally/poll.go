package tally

import "slices"

// Method is how a poll is decided.
type Method string

// The methods.
const (
	MethodYesNo    Method = "yes_no"
	MethodSingle   Method = "single_choice"
	MethodApproval Method = "approval"
	MethodBudget   Method = "budget"
	MethodRunoff   Method = "instant_runoff"
)

// Poll is everything that a count needs to know besides ballots and roll; all of it is fixed when the poll opens.
type Poll struct {
	Method Method
	// Form says which ballots are good. MethodYesNo has its own and ignores it.
	Form Form
	// Measure orders options, scores and rounds; empty means Heads. Requirements name their own.
	Measure Measure
	// Seats is the number of winners of MethodApproval; 0 means 1.
	Seats uint32
	// Budget is the rule of MethodBudget; the costs are Form's.
	Budget Budget
	// Requirements may be empty, then Outcome is too. A majority (PartOption) is of yes, or of the one winner of a single choice or
	// an approval; with other methods only requirements on the participants fit.
	Requirements []Requirement
	// All is what a share of all is a share of; the sealed roll is a part of it.
	All Weight
	// Turnout is who takes part besides, or though, a ballot says so.
	Turnout Turnout
}

// Result is a count's result, with every step it took.
type Result struct {
	Totals Totals
	// Winners are in the order in which they won. A yes/no question has none: its result is Outcome's verdict.
	Winners []uint32
	Ties    []Tie
	// Awards and Cost are those of MethodBudget, Rounds those of MethodRunoff.
	Awards []Award
	Cost   int64
	Rounds []Round
	// Outcome is the verdict by Requirements. Where it is no_quorum or rejected, Winners only say who was ahead.
	Outcome Outcome
	// Figures are the sums that Outcome rests on, with Turnout in them, and Silent what those who did not vote were counted as.
	Figures Figures
	Silent  Standpoint
}

// Check refuses a poll that could not be counted, so that it is found before it opens and not after it closes.
func (p Poll) Check() error {
	_, err := p.Count(nil, nil)
	return err
}

// Count counts the poll. The ballots must be the latest of each voter (LatestBallots).
func (p Poll) Count(ballots []Ballot, roll Roll) (Result, error) {
	if p.Measure == "" {
		p.Measure = Heads
	}
	if !p.Measure.Valid() {
		return Result{}, ErrRuleMalformed
	}
	var res Result
	var err error
	if p.Method == MethodYesNo {
		res.Totals, err = CountYesNo(ballots, roll)
	} else {
		res.Totals, err = Count(p.Form, ballots, roll)
	}
	if err != nil {
		return Result{}, err
	}
	if err := p.decide(&res, ballots, roll); err != nil {
		return Result{}, err
	}
	return p.judge(res)
}

// decide finds the winners by the poll's method.
func (p Poll) decide(res *Result, ballots []Ballot, roll Roll) error {
	switch p.Method {
	case MethodYesNo:
		return nil
	case MethodSingle:
		if p.Form.Kind != KindChooseOne {
			return ErrRuleUnfit
		}
		res.Winners, res.Ties = Winners(in(p.Measure, res.Totals.Options), 1)
	case MethodApproval:
		if p.Form.Kind != KindApproval {
			return ErrRuleUnfit
		}
		res.Winners, res.Ties = Winners(in(p.Measure, res.Totals.Options), int(max(p.Seats, 1)))
	case MethodBudget:
		allocation, err := p.Budget.Allocate(p.Form.Costs, in(p.Measure, res.Totals.Scores))
		if err != nil {
			return err
		}
		res.Winners, res.Cost, res.Awards, res.Ties = allocation.Winners, allocation.Cost, allocation.Awards, allocation.Ties
	case MethodRunoff:
		return p.runoff(res, ballots, roll)
	default:
		return ErrRuleMalformed
	}
	return nil
}

// runoff counts the good ballots as rankings.
func (p Poll) runoff(res *Result, ballots []Ballot, roll Roll) error {
	if p.Form.Kind != KindOrdinal {
		return ErrRuleUnfit
	}
	rankings := make([]Ranking, 0, len(ballots))
	for _, b := range ballots {
		weight, err := roll.weigh(b.Voter)
		if err != nil {
			return err
		}
		if p.Form.Good(b) {
			rankings = append(rankings, Rank(b, weight.Of(p.Measure)))
		}
	}
	out, err := InstantRunoff(p.Form.Options, rankings)
	if err != nil {
		return err
	}
	res.Winners, res.Rounds = out.Winners, out.Rounds
	return nil
}

// judge adds the verdict.
func (p Poll) judge(res Result) (Result, error) {
	t := res.Totals
	figures, at, err := p.figures(t)
	if err != nil {
		return Result{}, err
	}
	res.Silent = at
	one := p.Method == MethodSingle || (p.Method == MethodApproval && p.Seats <= 1)
	switch {
	case p.Method == MethodYesNo:
	case one && len(res.Winners) == 1:
		figures.Option = t.Options[res.Winners[0]]
	case one: // nobody was named: nothing for the option
	case slices.ContainsFunc(p.Requirements, func(r Requirement) bool { return r.Of == PartOption }):
		return Result{}, ErrRuleUnfit
	}
	res.Figures = figures
	if len(p.Requirements) == 0 {
		return res, nil
	}
	res.Outcome, err = Evaluate(p.Requirements, figures)
	return res, err
}

// Standing says whether a result depends on certain ballots.
type Standing struct {
	// LeftOut is how many ballots were left out.
	LeftOut int
	// Same: without them the verdict and the set of winners are the same.
	Same bool
	// Without is the result that the other ballots give by themselves, against the same roll.
	Without Result
}

// Stands counts again as if the voters for whom leaveOut answers true had not voted, and compares with the full result. It is asked
// about the ballots that came by hosted key, which their voters cannot prove to be their own.
func (p Poll) Stands(ballots []Ballot, roll Roll, leaveOut func(voter string) bool) (Standing, error) {
	full, err := p.Count(ballots, roll)
	if err != nil {
		return Standing{}, err
	}
	rest := make([]Ballot, 0, len(ballots))
	for _, b := range ballots {
		if !leaveOut(b.Voter) {
			rest = append(rest, b)
		}
	}
	s := Standing{LeftOut: len(ballots) - len(rest)}
	if s.Without, err = p.Count(rest, roll); err != nil {
		return Standing{}, err
	}
	sets := [2][]uint32{slices.Sorted(slices.Values(full.Winners)), slices.Sorted(slices.Values(s.Without.Winners))}
	s.Same = full.Outcome.Verdict == s.Without.Outcome.Verdict && slices.Equal(sets[0], sets[1])
	return s, nil
}
