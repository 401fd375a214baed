package count

import (
	"slices"
	"strconv"

	"renlin.dev/services/voting/internal/tally"
)

// Count counts the profile by a rule, with one seat.
func (p Profile) Count(rule string) (Result, error) { return p.count(Ask{Rule: rule}) }

// count counts the profile.
//
//   - plurality: a ballot counts for the one option it puts first; two held equal at the top name nobody.
//   - approval: a ballot approves every option it ranks, so the orders must be incomplete; where every ballot ranks every option,
//     nothing tells where approval would end, and the rule does not fit.
//   - irv, borda, schulze, copeland, stv: the rules of tally.InstantRunoff, Borda, Schulze, Copeland and SingleTransferable, which say
//     what becomes of options held equal and of those left out.
//   - condorcet: the option that beats every other one in pairs, or nobody.
func (p Profile) count(a Ask) (Result, error) {
	order, err := p.namer().order(a.Seed)
	if err != nil {
		return Result{}, err
	}
	many := a.Rule == RuleApproval || a.Rule == RuleBorda || a.Rule == RuleSTV
	if a.Seats > 1 && (!many || int64(a.Seats) > int64(len(p.Alternatives))) {
		return Result{}, ErrSeatsUnfit
	}
	seats := max(a.Seats, 1)
	switch a.Rule {
	case RulePlurality, RuleApproval:
		return p.countVotes(a.Rule, seats, order)
	case RuleIRV:
		return p.countRunoff(order)
	case RuleBorda:
		return p.countBorda(seats, order)
	case RuleCondorcet, RuleSchulze, RuleCopeland:
		return p.countPairs(a.Rule, order)
	case RuleSTV:
		return p.countTransferable(seats, order)
	case "":
		return Result{}, ErrRuleMissing
	}
	return Result{}, ErrRuleUnknown
}

// countVotes counts plurality and approval as a poll whose voters are the orders, each as heavy as its count.
func (p Profile) countVotes(rule string, seats uint32, order tally.Order) (Result, error) {
	poll := tally.Poll{
		Method: tally.MethodSingle, Form: tally.Form{Kind: tally.KindChooseOne, Options: uint32(len(p.Alternatives))},
		TieRule: tieRule(order), Order: order,
	}
	if rule == RuleApproval {
		if p.complete() {
			return Result{}, ErrBallotsUnfit
		}
		poll.Method, poll.Form.Kind, poll.Seats = tally.MethodApproval, tally.KindApproval, seats
	}
	ballots, roll := make([]tally.Ballot, len(p.Orders)), make(tally.Roll, len(p.Orders))
	for i, o := range p.Orders {
		b := tally.Ballot{Voter: strconv.Itoa(i)}
		switch {
		case rule == RuleApproval:
			b.Choices = slices.Concat(o.Tiers...)
		case len(o.Tiers) > 0 && len(o.Tiers[0]) == 1:
			b.Choices = o.Tiers[0]
		}
		ballots[i], roll[b.Voter] = b, tally.Weight{Heads: o.Count}
	}
	counted, err := poll.Count(ballots, roll)
	if err != nil {
		return Result{}, err
	}
	res := p.result(rule, counted.Winners)
	res.Blank, res.Ties = counted.Totals.Abstained.Heads, p.namer().ties(counted.Ties)
	res.Scores = p.namer().totals(heads(counted.Totals.Options))
	return res, nil
}

// complete tells whether the file says, or every ballot shows, that all options are always ranked.
func (p Profile) complete() bool {
	if p.DataType == "soc" || p.DataType == "toc" {
		return true
	}
	return len(p.Orders) > 0 && !slices.ContainsFunc(p.Orders, func(o Order) bool {
		return len(slices.Concat(o.Tiers...)) < len(p.Alternatives)
	})
}

// rankings answers the orders as rankings, and how many ballots are blank.
func (p Profile) rankings() (rankings []tally.Ranking, blank int64) {
	rankings = make([]tally.Ranking, len(p.Orders))
	for i, o := range p.Orders {
		rankings[i] = tally.Ranking{Tiers: o.Tiers, Weight: o.Count}
		if len(o.Tiers) == 0 {
			blank += o.Count
		}
	}
	return rankings, blank
}

// countRunoff counts the instant run-off.
func (p Profile) countRunoff(order tally.Order) (Result, error) {
	rankings, blank := p.rankings()
	out, err := tally.InstantRunoff(uint32(len(p.Alternatives)), rankings, order)
	if err != nil {
		return Result{}, err
	}
	ids := p.namer()
	res := p.result(RuleIRV, out.Winners)
	res.Blank, res.Ties = blank, ids.ties(out.Ties)
	for _, r := range out.Rounds {
		round := Round{Totals: map[string]int64{}, Resting: &r.Resting}
		for _, t := range r.Totals {
			round.Totals[ids[t.Option]] = t.Total
		}
		if len(r.Out) > 0 {
			round.Out = ids.names(r.Out)
		}
		if len(r.Tied) > 0 {
			round.Tied = ids.names(r.Tied)
		}
		res.Rounds = append(res.Rounds, round)
	}
	res.Scores = res.Rounds[0].Totals
	return res, nil
}

// countBorda counts points for rank.
func (p Profile) countBorda(seats uint32, order tally.Order) (Result, error) {
	rankings, blank := p.rankings()
	points, err := tally.Borda(uint32(len(p.Alternatives)), rankings)
	if err != nil {
		return Result{}, err
	}
	winners, ties := tally.Winners(points, int(seats), order)
	res := p.result(RuleBorda, winners)
	res.Blank, res.Scores, res.Ties = blank, p.namer().totals(points), p.namer().ties(ties)
	return res, nil
}

// countPairs counts by comparisons of two.
func (p Profile) countPairs(rule string, order tally.Order) (Result, error) {
	rankings, blank := p.rankings()
	options := uint32(len(p.Alternatives))
	var winners []uint32
	var pairs tally.Pairwise
	var ties []tally.Tie
	var err error
	switch rule {
	case RuleSchulze:
		winners, pairs, ties, err = tally.Schulze(options, rankings, order)
	case RuleCopeland:
		winners, pairs, ties, err = tally.Copeland(options, rankings, order)
	default:
		pairs, err = tally.Compare(options, rankings)
		if winner, exists := pairs.CondorcetWinner(); err == nil && exists && p.Voters > blank {
			winners = []uint32{winner}
		}
	}
	if err != nil {
		return Result{}, err
	}
	ids := p.namer()
	res := p.result(rule, winners)
	res.Blank, res.Ties, res.Pairs = blank, ids.ties(ties), ids.matrix(pairs.Over)
	if rule == RuleSchulze {
		res.Paths, res.Unbeaten = ids.matrix(pairs.Paths), ids.names(pairs.Unbeaten)
	}
	if rule == RuleCopeland {
		res.Scores = ids.totals(pairs.Halves)
	}
	return res, nil
}

// countTransferable counts the single transferable vote.
func (p Profile) countTransferable(seats uint32, order tally.Order) (Result, error) {
	rankings, blank := p.rankings()
	out, err := tally.SingleTransferable(uint32(len(p.Alternatives)), seats, rankings, order)
	if err != nil {
		return Result{}, err
	}
	ids := p.namer()
	res := p.result(RuleSTV, out.Winners)
	res.Blank, res.Ties, res.Quota = blank, ids.ties(out.Ties), out.Quota
	for _, s := range out.Stages {
		round := Round{Fractions: map[string]string{}, RestingFraction: s.Resting, Kept: s.Kept}
		for _, t := range s.Totals {
			round.Fractions[ids[t.Option]] = t.Value
		}
		round.Elected, round.Surplus, round.Out = ids.some(s.Elected), ids.some(s.Surplus), ids.some(s.Out)
		res.Rounds = append(res.Rounds, round)
	}
	return res, nil
}

// result starts a result.
func (p Profile) result(rule string, winners []uint32) Result {
	res := Result{Format: FormatPreflib, Rule: rule, Winners: p.namer().winners(winners), Votes: p.Voters, Names: map[string]string{}}
	for _, a := range p.Alternatives {
		res.Names[a.ID] = a.Name
	}
	return res
}

// namer writes option ids as the file does.
func (p Profile) namer() namer {
	ids := make(namer, len(p.Alternatives))
	for i, a := range p.Alternatives {
		ids[i] = a.ID
	}
	return ids
}
