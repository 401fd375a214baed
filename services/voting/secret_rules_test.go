package voting_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// optionsOf is a question with so many options.
func optionsOf(n int) *proposalv1.Motion {
	q := &proposalv1.Motion{Title: "Choose", Text: "Which?", BudgetFen: 100}
	for i := range n {
		q.Options = append(q.Options, &proposalv1.Option{Code: fmt.Sprintf("o%03d", i), Title: "one", CostFen: 1})
	}
	return q
}

// calledBy calls a poll by some rules, as a convener.
func calledBy(t *testing.T, rules *communityv1.PollRules, q *proposalv1.Motion) string {
	t.Helper()
	w := newWorld(t, &communityv1.Matter{Code: "roof", Poll: rules, DirectConvener: id(orgOne)})
	return code(w.send("voting.call", &votingv1.CallPoll{Matter: "roof", Question: q}, convener))
}

// What a secret poll cannot do is refused when it is called, and is no matter where ballots are open.
func TestSecretRulesRefused(t *testing.T) {
	t.Parallel()
	type rules = communityv1.PollRules
	const interval, passFail = communityv1.Secrecy_SECRECY_INTERVAL, communityv1.Secrecy_SECRECY_PASS_FAIL
	turnout := func(t *communityv1.TurnoutRules) func(*rules) { return func(r *rules) { r.Turnout = t } }
	silent := func(n communityv1.NonVoters) func(*rules) { return turnout(&communityv1.TurnoutRules{NonVoters: n}) }
	base := func(b communityv1.Base) func(*rules) { return func(r *rules) { r.Requirements[1].Base = b } }
	both := func(r *rules) {
		r.Requirements, r.Secrecy.Together = append(r.Requirements, proto.CloneOf(r.Requirements[1])), true
		r.Requirements[len(r.Requirements)-1].Measure = communityv1.Measure_MEASURE_AREA
	}
	for name, c := range map[string]struct {
		level  communityv1.Secrecy
		change func(*rules)
		want   string
		open   string // what an open poll's call says of the same rules
	}{
		"totals":        {totals, func(*rules) {}, "", ""},
		"interval":      {interval, func(*rules) {}, "", ""},
		"pass or fail":  {passFail, func(*rules) {}, "", ""},
		"no such level": {9, func(*rules) {}, "poll.rules_malformed", ""},
		"paper": {totals, func(r *rules) {
			r.Paper = &communityv1.PaperRules{CallBackPermille: 1, AuditSeconds: 60}
		}, "", ""},
		"a seed":     {totals, func(r *rules) { r.TieRule = communityv1.TieRule_TIE_RULE_SEED }, "secret_poll.tie_seed", ""},
		"absent":     {totals, silent(communityv1.NonVoters_NON_VOTERS_ABSENT), "", ""},
		"silence":    {totals, silent(communityv1.NonVoters_NON_VOTERS_TAKE_PART), "secret_poll.silence", ""},
		"a majority": {passFail, silent(communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY), "secret_poll.silence", ""},
		"a late quorum": {totals, turnout(&communityv1.TurnoutRules{
			LateQuorumWithinSeconds: 1, LateQuorumExtensionSeconds: 1,
		}), "secret_poll.moves", ""},
		"extensions": {totals, turnout(&communityv1.TurnoutRules{ExtensionRoundsMax: 1, ExtensionSeconds: 1}), "secret_poll.moves", ""},
		"a recount":  {totals, turnout(&communityv1.TurnoutRules{RecountObjectionsMin: 1}), "secret_poll.recount", ""},
		"helpers": {totals, turnout(&communityv1.TurnoutRules{
			ProxyShareNumerator: 1, ProxyShareDenominator: 5,
		}), "", ""},
		"no time to register":            {totals, func(r *rules) { r.Secrecy.RegisterSeconds = 0 }, "secret_poll.hours", ""},
		"no time to contest":             {totals, func(r *rules) { r.Secrecy.ContestSeconds = 0 }, "secret_poll.hours", ""},
		"no width":                       {interval, func(r *rules) { r.Secrecy.IntervalWidth = 0 }, "secret_poll.interval", ""},
		"a width below zero":             {interval, func(r *rules) { r.Secrecy.IntervalWidth = -1 }, "secret_poll.interval", ""},
		"of those who do not abstain":    {totals, base(communityv1.Base_BASE_VALID), "", ""},
		"of those nobody knows":          {passFail, base(communityv1.Base_BASE_VALID), "secret_poll.sealed_base", ""},
		"in intervals, too":              {interval, base(communityv1.Base_BASE_VALID), "secret_poll.sealed_base", ""},
		"abstentions that are not known": {passFail, turnout(&communityv1.TurnoutRules{AbstentionsAbsent: true}), "secret_poll.sealed_base", ""},
		"together":                       {passFail, both, "", ""},
		"one requirement together":       {passFail, func(r *rules) { both(r); r.Requirements = r.Requirements[:2] }, "secret_poll.together", ""},
		"totals together":                {totals, both, "secret_poll.together", ""},
		"intervals together":             {interval, both, "secret_poll.together", ""},
		"of all":                         {passFail, base(communityv1.Base_BASE_ALL), "", ""},
		"too many figures": {passFail, func(r *rules) {
			for n := range int64(8) {
				r.Requirements = append(r.Requirements, &communityv1.Requirement{
					Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_ALL,
					Numerator: 1, Denominator: n + 2,
				})
			}
		}, "secret_poll.figures_many", ""},
	} {
		r := hallRules(c.level)
		c.change(r)
		if got := calledBy(t, r, question); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		r.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN}
		if got := calledBy(t, r, question); got != c.open {
			t.Errorf("%s, open: %q, want %q", name, got, c.open)
		}
	}
}

// Which methods and ballots can be counted in secret, and of how many options.
func TestSecretMethods(t *testing.T) {
	t.Parallel()
	type ballot = communityv1.BallotRules
	const (
		single, approval, score = communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_SCORE
		passFail                = communityv1.Secrecy_SECRECY_PASS_FAIL
	)
	one := communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE
	approve, points := communityv1.BallotForm_BALLOT_FORM_APPROVAL, communityv1.BallotForm_BALLOT_FORM_SCORE
	ranks, purse := communityv1.BallotForm_BALLOT_FORM_ORDINAL, communityv1.BallotForm_BALLOT_FORM_CUMULATIVE
	credits, proportional := communityv1.Method_METHOD_QUADRATIC, communityv1.Method_METHOD_PROPORTIONAL_APPROVAL
	runoff, budget := communityv1.Method_METHOD_INSTANT_RUNOFF, communityv1.Method_METHOD_BUDGET_GREEDY
	for name, c := range map[string]struct {
		level   communityv1.Secrecy
		method  communityv1.Method
		ballot  *ballot
		options int
		want    string
	}{
		"one of two":             {totals, single, &ballot{Form: one}, 2, ""},
		"one of eight":           {totals, single, &ballot{Form: one}, 8, ""},
		"one of nine":            {totals, single, &ballot{Form: one}, 9, "secret_poll.figures_many"},
		"approval of many":       {totals, approval, &ballot{Form: approve}, 50, ""},
		"approval of some":       {totals, approval, &ballot{Form: approve, OptionsMax: 2}, 5, ""},
		"too many ways":          {totals, approval, &ballot{Form: approve, OptionsMax: 4}, 8, "secret_poll.figures_many"},
		"a ballot too large":     {totals, approval, &ballot{Form: approve}, 200, "shape.too_large"},
		"a ballot far too large": {totals, approval, &ballot{Form: approve}, 900, "shape.too_large"},
		"scores":                 {totals, score, &ballot{Form: points, PointsMax: 5}, 20, ""},
		"scores too high":        {totals, score, &ballot{Form: points, PointsMax: 50}, 3, "shape.invalid"},
		"at least some points":   {totals, score, &ballot{Form: points, PointsMin: 1, PointsMax: 5}, 3, "secret_poll.points"},
		"hidden scores":          {passFail, score, &ballot{Form: points, PointsMax: 5}, 3, "secret_poll.sealed_method"},
		"ranks":                  {totals, runoff, &ballot{Form: ranks}, 4, ""},
		"ranks of five":          {totals, runoff, &ballot{Form: ranks}, 5, "secret_poll.fillings_many"},
		"all ranks of five":      {totals, runoff, &ballot{Form: ranks, OptionsMin: 5}, 5, ""},
		"hidden ranks":           {passFail, runoff, &ballot{Form: ranks}, 3, "secret_poll.sealed_method"},
		"transfers":              {totals, communityv1.Method_METHOD_STV, &ballot{Form: ranks, Seats: 2}, 4, ""},
		"paths":                  {totals, communityv1.Method_METHOD_SCHULZE, &ballot{Form: ranks}, 4, ""},
		"places":                 {totals, communityv1.Method_METHOD_BORDA, &ballot{Form: ranks}, 4, ""},
		"stars":                  {totals, communityv1.Method_METHOD_STAR, &ballot{Form: points, PointsMax: 3}, 3, ""},
		"five stars":             {totals, communityv1.Method_METHOD_STAR, &ballot{Form: points, PointsMax: 5}, 3, "secret_poll.fillings_many"},
		"credits":                {totals, credits, &ballot{Form: purse, PointsSumMax: 16}, 3, ""},
		"too many credits":       {totals, credits, &ballot{Form: purse, PointsSumMax: 100}, 3, "secret_poll.fillings_many"},
		"a committee":            {totals, communityv1.Method_METHOD_EQUAL_SHARES, &ballot{Form: approve, Seats: 2}, 6, ""},
		"a large committee":      {totals, proportional, &ballot{Form: approve, Seats: 2}, 7, "secret_poll.fillings_many"},
		"a budget":               {totals, budget, &ballot{Form: approve}, 50, ""},
		"a budget of some":       {totals, budget, &ballot{Form: approve, CostSumMaxFen: 2}, 14, ""},
		"a budget of one":        {totals, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP, &ballot{Form: one}, 50, ""},
		"a budget of points":     {totals, budget, &ballot{Form: purse, PointsSumMax: 3}, 4, ""},
		"a budget of ranks":      {totals, budget, &ballot{Form: ranks}, 3, "secret_poll.method"},
		"one way":                {totals, communityv1.Method_METHOD_EQUAL_SHARES, &ballot{Form: approve, OptionsMin: 3}, 3, "shape.invalid"},
		"equal shares": {totals, communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &ballot{
			Form: approve, Utility: communityv1.Utility_UTILITY_COST, Completion: communityv1.Completion_COMPLETION_NONE,
		}, 3, "secret_poll.method"},
	} {
		r := hallRules(c.level)
		r.Method, r.Ballot, r.Requirements = c.method, c.ballot, nil
		if got := calledBy(t, r, optionsOf(c.options)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
