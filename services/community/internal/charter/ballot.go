package charter

import (
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// The forms that go with methods.
const (
	formNone     = communityv1.BallotForm_BALLOT_FORM_UNSPECIFIED
	formOne      = communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE
	formApproval = communityv1.BallotForm_BALLOT_FORM_APPROVAL
	formPurse    = communityv1.BallotForm_BALLOT_FORM_CUMULATIVE
	formRanks    = communityv1.BallotForm_BALLOT_FORM_ORDINAL
	formScore    = communityv1.BallotForm_BALLOT_FORM_SCORE
)

type ballotForms []communityv1.BallotForm

// ballots are what a method's ballots may be.
type ballots struct {
	forms  ballotForms
	one    bool // of one winner, or of yes, a majority can be asked
	seats  bool // several winners can be asked for
	budget bool // it spends one
	shares bool // by equal shares, with a utility and a completion
}

// ballotsOf are the methods that polls can be held by.
var ballotsOf = map[communityv1.Method]ballots{
	communityv1.Method_METHOD_YES_NO:   {forms: ballotForms{formNone}, one: true},
	communityv1.Method_METHOD_SINGLE:   {forms: ballotForms{formOne}, one: true},
	communityv1.Method_METHOD_APPROVAL: {forms: ballotForms{formApproval}, one: true, seats: true},
	communityv1.Method_METHOD_BUDGET_GREEDY: {
		forms: ballotForms{formOne, formApproval, formPurse, formRanks}, budget: true,
	},
	communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP: {
		forms: ballotForms{formOne, formApproval, formPurse, formRanks}, budget: true,
	},
	communityv1.Method_METHOD_SCORE:          {forms: ballotForms{formScore}, seats: true},
	communityv1.Method_METHOD_STAR:           {forms: ballotForms{formScore}},
	communityv1.Method_METHOD_BORDA:          {forms: ballotForms{formRanks}, seats: true},
	communityv1.Method_METHOD_INSTANT_RUNOFF: {forms: ballotForms{formRanks}},
	communityv1.Method_METHOD_SCHULZE:        {forms: ballotForms{formRanks}},
	communityv1.Method_METHOD_QUADRATIC:      {forms: ballotForms{formPurse}, seats: true},
	communityv1.Method_METHOD_BUDGET_EQUAL_SHARES: {
		forms: ballotForms{formOne, formApproval, formPurse, formScore}, budget: true, shares: true,
	},
	communityv1.Method_METHOD_STV:                   {forms: ballotForms{formRanks}, seats: true},
	communityv1.Method_METHOD_PROPORTIONAL_APPROVAL: {forms: ballotForms{formApproval}, seats: true},
	communityv1.Method_METHOD_EQUAL_SHARES:          {forms: ballotForms{formApproval}, seats: true},
}

// seatsMax bounds a committee, as the count does.
const seatsMax = 100

// checkBallot holds the form of the ballot against the method, and bounds against each other.
func checkBallot(at string, p *communityv1.PollRules) error {
	b, form := p.GetBallot(), p.GetBallot().GetForm()
	m, known := ballotsOf[p.GetMethod()]
	switch {
	case !known:
		return ErrChoice.With("field", at+"method")
	case p.GetMethod() == communityv1.Method_METHOD_YES_NO && (form != formNone || !noBounds(b)):
		return ErrMethod.With("field", at+"ballot")
	}
	one := form == formOne
	at += "ballot."
	switch {
	case !slices.Contains(m.forms, form):
		return ErrMethod.With("field", at+"form")
	case b.GetOptionsMax() > 0 && b.GetOptionsMin() > b.GetOptionsMax(), one && b.GetOptionsMin() > 1:
		return ErrNumber.With("field", at+"options_min")
	case one && b.GetOptionsMax() > 1:
		return ErrNumber.With("field", at+"options_max")
	case b.GetCostSumMaxFen() < 0:
		return ErrNumber.With("field", at+"cost_sum_max_fen")
	case b.GetCostSumMaxFen() > 0 && !m.budget:
		return ErrMethod.With("field", at+"cost_sum_max_fen")
	case b.GetScoreMin() < 0:
		return ErrNumber.With("field", at+"score_min")
	case b.GetSeats() > seatsMax:
		return ErrNumber.With("field", at+"seats")
	case b.GetSeats() > 1 && !m.seats:
		return ErrMethod.With("field", at+"seats")
	}
	if err := checkPoints(at, b); err != nil {
		return err
	}
	return checkShares(at, b, m)
}

// checkPoints holds the bounds of points against the form. Without a purse of points, or a most for each option, voters would not be equal.
func checkPoints(at string, b *communityv1.BallotRules) error {
	form := b.GetForm()
	purse, ranks, score := form == formPurse, form == formRanks, form == formScore
	switch {
	case b.GetPointsSumMax() < 0, purse && b.GetPointsSumMax() == 0:
		return ErrNumber.With("field", at+"points_sum_max")
	case b.GetPointsSumMax() > 0 && !purse && !ranks && !score:
		return ErrMethod.With("field", at+"points_sum_max")
	case b.GetPointsMin() < 0:
		return ErrNumber.With("field", at+"points_min")
	case b.GetPointsMax() < 0, b.GetPointsMax() > 0 && b.GetPointsMin() > b.GetPointsMax(), score && b.GetPointsMax() == 0:
		return ErrNumber.With("field", at+"points_max")
	case (b.GetPointsMin() > 0 || b.GetPointsMax() > 0) && !purse && !ranks && !score:
		return ErrMethod.With("field", at+"points_max")
	}
	return nil
}

// checkShares: what a project is worth to a voter, and what becomes of money left over, is said where shares are spent, and nowhere else.
func checkShares(at string, b *communityv1.BallotRules, m ballots) error {
	_, utility := communityv1.Utility_name[int32(b.GetUtility())]
	_, completion := communityv1.Completion_name[int32(b.GetCompletion())]
	switch {
	case !utility, m.shares && b.GetUtility() == communityv1.Utility_UTILITY_UNSPECIFIED:
		return ErrChoice.With("field", at+"utility")
	case !completion, m.shares && b.GetCompletion() == communityv1.Completion_COMPLETION_UNSPECIFIED:
		return ErrChoice.With("field", at+"completion")
	case !m.shares && b.GetUtility() != communityv1.Utility_UTILITY_UNSPECIFIED:
		return ErrMethod.With("field", at+"utility")
	case !m.shares && b.GetCompletion() != communityv1.Completion_COMPLETION_UNSPECIFIED:
		return ErrMethod.With("field", at+"completion")
	}
	return nil
}

func noBounds(b *communityv1.BallotRules) bool {
	return b.GetOptionsMin() == 0 && b.GetOptionsMax() == 0 && b.GetPointsMin() == 0 && b.GetPointsMax() == 0 &&
		b.GetPointsSumMax() == 0 && b.GetCostSumMaxFen() == 0 && b.GetScoreMin() == 0 && b.GetSeats() == 0
}
