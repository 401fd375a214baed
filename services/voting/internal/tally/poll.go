package tally

import "slices"

// Poll is everything that a count needs to know besides ballots and roll; all of it is fixed when the poll opens.
type Poll struct {
	Method Method
	// Form says which ballots are good. MethodYesNo has its own and ignores it.
	Form Form
	// Measure orders options, scores and rounds; empty means Heads. Requirements name their own.
	Measure Measure
	// Seats is the number of winners of methods that have several; 0 means 1.
	Seats uint32
	// Budget is the rule of MethodBudget and MethodBudgetShares; the costs are Form's.
	Budget Budget
	// Utility is that of MethodBudgetShares, which needs one; Completion is that of both methods of equal shares.
	Utility    Utility
	Completion Completion
	// Raise is by how many units of money add-one raises the share of a voter at a time; 0 means 1.
	Raise int64
	// TieRule says where the order among equals comes from. Order is that order: nil by code, and with TieBySeed what OrderBySeed
	// answers, once the seed is known.
	TieRule TieRule
	Order   Order
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
	// Awards and Cost are those of MethodBudget, and of the greedy completion of MethodBudgetShares; Rounds those of MethodRunoff.
	Awards []Award
	Cost   int64
	Rounds []Round
	// Points are those by which MethodScore, MethodStar, MethodBorda and MethodQuadratic order the options.
	Points []int64
	// Duel is that of MethodStar, Pairwise that of MethodSchulze and MethodCopeland, Transfers that of MethodSTV, Shares that of
	// MethodBudgetShares. Picks are the seats of the other elections to a committee, and Value what the exact optimum is worth.
	Duel      *Duel
	Pairwise  *Pairwise
	Transfers *Transferable
	Shares    *Shares
	Picks     []Pick
	Value     string
	// Outcome is the verdict by Requirements. Where it is no_quorum or rejected, Winners only say who was ahead.
	Outcome Outcome
	// Figures are the sums that Outcome rests on, with Turnout in them, and Silent what those who did not vote were counted as.
	Figures Figures
	Silent  Standpoint
}

// Count counts the poll. The ballots must be the latest of each voter (LatestBallots).
func (p Poll) Count(ballots []Ballot, roll Roll) (Result, error) {
	p, err := p.ready()
	if err != nil {
		return Result{}, err
	}
	var res Result
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

// Judge counts a poll of which nothing but the totals is known, such as those of a certificate or of a secret poll. Only methods that look
// at nothing else can be counted so.
func (p Poll) Judge(t Totals) (Result, error) {
	options := int(p.Form.Options)
	switch p.Method {
	case MethodYesNo:
		options = 3
	case MethodSingle, MethodApproval, MethodScore, MethodBudget:
	default:
		return Result{}, ErrRuleUnfit
	}
	p, err := p.ready()
	if err != nil {
		return Result{}, err
	}
	if len(t.Options) != options || (p.Method == MethodScore || p.Method == MethodBudget) && len(t.Scores) != options {
		return Result{}, ErrFiguresImpossible
	}
	res := Result{Totals: t}
	if err := p.decide(&res, nil, nil); err != nil {
		return Result{}, err
	}
	return p.judge(res)
}

// ready is the poll with what is unsaid filled in, or why it cannot be counted.
func (p Poll) ready() (Poll, error) {
	if p.Measure == "" {
		p.Measure = Heads
	}
	if err := p.fits(); err != nil {
		return p, err
	}
	if p.TieRule == TieBySeed && p.Order == nil {
		return p, ErrOrderMissing
	}
	return p, nil
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
