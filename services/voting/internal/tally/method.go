package tally

import "slices"

// Method is how a poll is decided.
type Method string

// The methods. Each has one winner unless it says otherwise.
const (
	MethodYesNo Method = "yes_no"
	// MethodSingle: the option that the most ballots name.
	MethodSingle Method = "single_choice"
	// MethodApproval: the Seats options that the most ballots name.
	MethodApproval Method = "approval"
	// MethodScore: the Seats options with the greatest sums of points.
	MethodScore Method = "score"
	// MethodStar: of the two options with the greatest sums of points that one which more ballots give more.
	MethodStar Method = "star"
	// MethodBorda: the Seats options with the greatest sums of points for rank (Borda).
	MethodBorda Method = "borda"
	// MethodRunoff: see InstantRunoff; MethodSchulze: see Schulze; MethodCopeland: see Copeland.
	MethodRunoff   Method = "instant_runoff"
	MethodSchulze  Method = "schulze"
	MethodCopeland Method = "copeland"
	// MethodQuadratic: the Seats options with the most votes, when n votes for one cost n*n from a purse that is the same for all.
	MethodQuadratic Method = "quadratic"
	// MethodBudget: see Budget. MethodBudgetShares: the method of equal shares for a budget. Both fund as many as there is money for.
	MethodBudget       Method = "budget"
	MethodBudgetShares Method = "budget_equal_shares"
	// Elections of Seats members: from rankings (SingleTransferable), and from approvals.
	MethodSTV      Method = "stv"
	MethodPAV      Method = "proportional_approval"
	MethodSeqPAV   Method = "sequential_proportional_approval"
	MethodPhragmen Method = "sequential_phragmen"
	MethodShares   Method = "equal_shares"
	MethodMaximin  Method = "maximin_support"
)

// committeeSeatsMax bounds the seats of a committee: it is filled seat by seat, and every seat looks at every ballot.
const committeeSeatsMax = 100

// fit is what goes with a method.
type fit struct {
	kinds       []Kind
	seats       bool // several winners may be asked for
	budget      bool // spends money on options that cost some
	optionsMax  uint32
	completions []Completion
}

// The forms that go with methods.
var (
	setForm     = []Kind{KindApproval}
	rankForm    = []Kind{KindOrdinal}
	scoreForm   = []Kind{KindScoring}
	budgetForms = []Kind{KindApproval, KindChooseOne, KindCumulative, KindScoring}
)

// fits are the methods and what goes with each.
var fits = map[Method]fit{
	MethodYesNo:     {},
	MethodSingle:    {kinds: []Kind{KindChooseOne}},
	MethodApproval:  {kinds: setForm, seats: true},
	MethodScore:     {kinds: scoreForm, seats: true},
	MethodStar:      {kinds: scoreForm},
	MethodBorda:     {kinds: rankForm, seats: true, optionsMax: RankedOptionsMax},
	MethodRunoff:    {kinds: rankForm, optionsMax: RankedOptionsMax},
	MethodSchulze:   {kinds: rankForm, optionsMax: CondorcetOptionsMax},
	MethodCopeland:  {kinds: rankForm, optionsMax: CondorcetOptionsMax},
	MethodQuadratic: {kinds: []Kind{KindQuadratic}, seats: true},
	MethodBudget:    {kinds: append([]Kind{KindOrdinal}, budgetForms...), budget: true},
	MethodBudgetShares: {kinds: budgetForms, budget: true, optionsMax: RankedOptionsMax, completions: []Completion{
		"", CompletionNone, CompletionAddOne, CompletionGreedy, CompletionAddOneGreedy,
	}},
	MethodSTV:      {kinds: rankForm, seats: true, optionsMax: RankedOptionsMax},
	MethodPAV:      {kinds: setForm, seats: true, optionsMax: RankedOptionsMax},
	MethodSeqPAV:   {kinds: setForm, seats: true, optionsMax: RankedOptionsMax},
	MethodPhragmen: {kinds: setForm, seats: true, optionsMax: RankedOptionsMax},
	MethodShares: {kinds: setForm, seats: true, optionsMax: RankedOptionsMax, completions: []Completion{
		"", CompletionNone, CompletionPhragmen, CompletionApproval,
	}},
	MethodMaximin: {kinds: setForm, seats: true, optionsMax: RankedOptionsMax},
}

// Check refuses a poll that could not be counted, so that it is found before it opens and not after it closes. A seed that is still to
// come is no reason.
func (p Poll) Check() error {
	if p.TieRule == TieBySeed && p.Order == nil {
		p.TieRule = TieByCode
	}
	_, err := p.Count(nil, nil)
	return err
}

// fits refuses a rule whose parts contradict each other.
func (p Poll) fits() error {
	f, known := fits[p.Method]
	if !known || !p.Measure.Valid() {
		return ErrRuleMalformed
	}
	switch {
	case p.TieRule != "" && p.TieRule != TieByCode && p.TieRule != TieBySeed,
		p.Order != nil && p.TieRule != TieBySeed,
		p.Raise < 0,
		p.Utility != "" && p.Utility != UtilityCost && p.Utility != UtilityCardinality:
		return ErrRuleMalformed
	case p.Method == MethodYesNo:
		return nil // its form is its own
	}
	if err := p.Form.Check(); err != nil {
		return err
	}
	switch {
	case len(f.kinds) > 0 && !slices.Contains(f.kinds, p.Form.Kind),
		p.Seats > 1 && !f.seats,
		p.Budget != Budget{} && !f.budget,
		(p.Utility != "") != (p.Method == MethodBudgetShares),
		p.Completion != "" && !slices.Contains(f.completions, p.Completion),
		p.Method == MethodBudgetShares && p.Budget.NoSkip,
		p.Raise != 0 && p.Completion != CompletionAddOne && p.Completion != CompletionAddOneGreedy:
		return ErrRuleUnfit
	}
	if err := p.Order.check(p.Form.Options); err != nil {
		return err
	}
	return p.bounds(f)
}

// bounds refuses what would take too long to count.
func (p Poll) bounds(f fit) error {
	if f.optionsMax > 0 && p.Form.Options > f.optionsMax {
		return ErrOptionsMany.WithInt("options_max", int64(f.optionsMax))
	}
	switch p.Method {
	case MethodSTV, MethodSeqPAV, MethodPhragmen, MethodShares:
		if p.seats() > committeeSeatsMax || p.seats() > p.Form.Options {
			return ErrRuleMalformed
		}
	case MethodPAV:
		return checkPAV(p.Form.Options, p.seats())
	case MethodMaximin:
		if p.seats() > MaximinSeatsMax || p.seats() > p.Form.Options {
			return ErrCommitteeTooLarge
		}
	case MethodBudgetShares:
		if p.Form.Costs == nil {
			return ErrRuleMalformed
		}
		for _, cost := range p.Form.Costs {
			if cost < 0 || p.Budget.Budget < 0 {
				return ErrAmountNegative
			}
		}
	}
	return nil
}

// seats is how many winners there are at most.
func (p Poll) seats() uint32 { return max(p.Seats, 1) }

// decide finds the winners by the poll's method.
func (p Poll) decide(res *Result, ballots []Ballot, roll Roll) error {
	switch p.Method {
	case MethodYesNo:
		return nil
	case MethodSingle, MethodApproval:
		res.Winners, res.Ties = Winners(in(p.Measure, res.Totals.Options), int(p.seats()), p.Order)
	case MethodScore, MethodQuadratic:
		res.Points = in(p.Measure, res.Totals.Scores)
		res.Winners, res.Ties = Winners(res.Points, int(p.seats()), p.Order)
	case MethodBudget:
		allocation, err := p.Budget.Allocate(p.Form.Costs, in(p.Measure, res.Totals.Scores), p.Order)
		if err != nil {
			return err
		}
		res.Winners, res.Cost, res.Awards, res.Ties = allocation.Winners, allocation.Cost, allocation.Awards, allocation.Ties
	case MethodBudgetShares:
		return p.equalShares(res, ballots, roll)
	case MethodStar:
		blocs, _, err := p.blocs(ballots, roll)
		if err != nil {
			return err
		}
		res.Points = in(p.Measure, res.Totals.Scores)
		res.Winners, res.Duel, res.Ties = star(res.Points, blocs, p.Order)
	case MethodBorda, MethodRunoff, MethodSchulze, MethodCopeland, MethodSTV:
		return p.byRank(res, ballots, roll)
	default:
		return p.committee(res, ballots, roll)
	}
	return nil
}

// byRank counts the good ballots as rankings.
func (p Poll) byRank(res *Result, ballots []Ballot, roll Roll) error {
	rankings, err := p.rankings(ballots, roll)
	if err != nil {
		return err
	}
	options := p.Form.Options
	var pairs Pairwise
	switch p.Method {
	case MethodBorda:
		if res.Points, err = Borda(options, rankings); err == nil {
			res.Winners, res.Ties = Winners(res.Points, int(p.seats()), p.Order)
		}
	case MethodRunoff:
		var out Runoff
		out, err = InstantRunoff(options, rankings, p.Order)
		res.Winners, res.Rounds, res.Ties = out.Winners, out.Rounds, out.Ties
	case MethodSchulze:
		res.Winners, pairs, res.Ties, err = Schulze(options, rankings, p.Order)
		res.Pairwise = &pairs
	case MethodCopeland:
		res.Winners, pairs, res.Ties, err = Copeland(options, rankings, p.Order)
		res.Pairwise = &pairs
	default:
		var out Transferable
		out, err = SingleTransferable(options, p.seats(), rankings, p.Order)
		res.Winners, res.Ties, res.Transfers = out.Winners, out.Ties, &out
	}
	return err
}

// committee elects Seats members from approvals.
func (p Poll) committee(res *Result, ballots []Ballot, roll Roll) error {
	blocs, _, err := p.blocs(ballots, roll)
	if err != nil {
		return err
	}
	var weight int64
	for _, b := range blocs {
		weight += b.weight // part of the participants, which fit
	}
	if weight > moneyMax {
		return ErrSumOverflow
	}
	c := newCommittee(p.Form.Options, p.seats(), blocs)
	if p.Method == MethodPAV {
		res.Picks, res.Value, res.Ties, err = c.pav(p.Order)
		res.Winners = won(res.Picks)
		return err
	}
	res.Winners, res.Ties = settled(p.Order, func(pick *picker) []uint32 {
		var picks []Pick
		switch p.Method {
		case MethodSeqPAV:
			picks = c.sequentialPAV(pick)
		case MethodPhragmen:
			picks = c.phragmen(nil, nil, pick, false)
		case MethodMaximin:
			picks = c.maximin(pick)
		default:
			picks = c.equalShares(weight, p.Completion, pick)
		}
		if pick.at < 0 {
			res.Picks = picks
		}
		return won(picks)
	})
	return nil
}
