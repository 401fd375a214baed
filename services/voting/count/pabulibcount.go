package count

import (
	"encoding/json"
	"math/big"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// Count counts the election by a rule; an empty one means the file's own.
func (e Election) Count(rule string) (Result, error) { return e.count(Ask{Rule: rule}) }

// count counts the election by greedy, greedy-no-skip or equal shares.
func (e Election) count(a Ask) (Result, error) {
	rule := a.Rule
	if rule == "" {
		rule = e.Meta.Rule
	}
	poll := tally.Poll{Method: tally.MethodBudget, Budget: tally.Budget{Budget: e.Meta.Budget, ScoreMin: e.Meta.ScoreMin}}
	switch rule {
	case "":
		return Result{}, ErrRuleMissing
	case RuleGreedy, "greedy-threshold": // greedy with a min_project_score_threshold, which is honoured under either name
	case RuleGreedyNoSkip:
		poll.Budget.NoSkip = true
	case "equalshares-comparison", "equalshares/add1-comparison", "greedy-exclusive", "greedy-custom", "unknown":
		return Result{}, ErrRuleUncounted
	default:
		var known bool
		if poll.Utility, poll.Completion, known = shares(rule); !known {
			return Result{}, ErrRuleUnknown
		}
		poll.Method = tally.MethodBudgetShares
		if poll.Completion == tally.CompletionAddOne || poll.Completion == tally.CompletionAddOneGreedy {
			poll.Raise = e.moneyUnit()
		}
	}
	var formed bool
	if poll.Form, formed = e.form(); !formed || e.Meta.ScoreDefault != 0 {
		return Result{}, ErrRuleUncounted
	}
	if poll.Method == tally.MethodBudgetShares && poll.Form.Kind == tally.KindOrdinal {
		return Result{}, ErrBallotsUnfit // what a rank is worth to a voter, nobody says
	}
	for _, p := range e.Projects {
		poll.Form.Costs = append(poll.Form.Costs, p.Cost)
	}
	var err error
	if poll.Order, err = e.namer().order(a.Seed); err != nil {
		return Result{}, err
	}
	poll.TieRule = tieRule(poll.Order)
	ballots := make([]tally.Ballot, len(e.Votes))
	for i, v := range e.Votes {
		ballots[i] = tally.Ballot{Voter: v.Voter, Choices: v.Choices, Points: v.Points}
	}
	counted, err := poll.Count(ballots, nil)
	if err != nil {
		return Result{}, err
	}
	return e.result(rule, poll, counted), nil
}

// shares reads a rule of equal shares: equal-shares, and behind slashes the utility (cost or cardinality) and the completion (none, add1,
// greedy or add1-greedy), each in any order and at most once. Cost and add1 are meant where the rule is silent, for that is how
// cities count. The names of Pabulib are taken as they stand: equalshares (without completion) and equalshares/add1.
func shares(rule string) (utility tally.Utility, completion tally.Completion, known bool) {
	name, parts, _ := strings.Cut(rule, "/")
	if name == "equalshares" {
		switch parts {
		case "":
			return tally.UtilityCost, tally.CompletionNone, true
		case "add1":
			return tally.UtilityCost, tally.CompletionAddOne, true
		}
		return "", "", false
	}
	if name != RuleEqualShares {
		return "", "", false
	}
	for _, part := range strings.Split(parts, "/") {
		switch {
		case parts == "":
		case utility == "" && (part == "cost" || part == "cardinality"):
			utility = tally.Utility(part)
		case completion == "" && sharesCompletions[part] != "":
			completion = sharesCompletions[part]
		default:
			return "", "", false
		}
	}
	if utility == "" {
		utility = tally.UtilityCost
	}
	if completion == "" {
		completion = tally.CompletionAddOne
	}
	return utility, completion, true
}

// sharesCompletions are the names of completions in a rule.
var sharesCompletions = map[string]tally.Completion{
	"none": tally.CompletionNone, "add1": tally.CompletionAddOne, "greedy": tally.CompletionGreedy,
	"add1-greedy": tally.CompletionAddOneGreedy,
}

// moneyUnit is one unit of the file's money: by so much add-one raises, whatever fractions the file has.
func (e Election) moneyUnit() int64 {
	unit, _ := amount{digits: 1}.scale(e.Places)
	return unit
}

// namer writes option ids as the file does.
func (e Election) namer() namer {
	ids := make(namer, len(e.Projects))
	for i, p := range e.Projects {
		ids[i] = p.ID
	}
	return ids
}

// result writes a counted election in the file's ids and money.
func (e Election) result(rule string, poll tally.Poll, counted tally.Result) Result {
	ids := e.namer()
	money := func(units int64) json.Number { return json.Number(FormatAmount(units, e.Places)) }
	res := Result{
		Format: FormatPabulib, Rule: rule, Winners: ids.winners(counted.Winners), Votes: int64(counted.Totals.Cast),
		Blank: int64(counted.Totals.AbstainedCount), Cost: money(counted.Cost), Budget: money(e.Meta.Budget),
		Scores: ids.totals(heads(counted.Totals.Scores)), Ties: ids.ties(counted.Ties),
	}
	if s := counted.Shares; s != nil {
		res.Share, res.Raises = fraction(s.Share, e.moneyUnit()), s.Raises
		left := e.Meta.Budget
		for i, round := range ids.picks(s.Picks) {
			cost := poll.Form.Costs[s.Picks[i].Option]
			left -= cost
			round.Project, round.Option = round.Option, ""
			round.Value = fraction(round.Value, e.moneyUnit())
			round.Cost, round.Left = money(cost), money(left)
			res.Rounds = append(res.Rounds, round)
		}
	}
	for _, a := range counted.Awards {
		res.Rounds = append(res.Rounds, Round{
			Project: ids[a.Option], Score: &a.Score, Cost: money(a.Cost), Left: money(a.Left), Fate: string(a.Fate),
			Completion: counted.Shares != nil,
		})
	}
	return res
}

// fraction divides an exact fraction by a number of units.
func fraction(text string, units int64) string {
	q, ok := new(big.Rat).SetString(text)
	if !ok {
		return text // no voters, no share
	}
	return q.Quo(q, big.NewRat(units, 1)).RatString()
}
