// Package dryrun tells what polls of the past would have decided by other rules.
//
// In plain words: a certificate holds the sums that its result rests on, and the record the ballots, once the poll's key is published. So
// whoever thinks of new rules can see beforehand what they would have made of them. Of those who did not vote a poll counts whom it can
// prove to have been told, so a rule that counts silence changes nothing in polls that never asked for that proof. That people vote
// otherwise under other rules, nothing here can know.
//
//   - Only polls of the same electorate are compared, and only by measures that were recorded.
//   - A ballot says what its voter filled in and nothing else. What was filled in in one way (yes or no, one option, a set of options, an
//     order, points for each, points out of a purse, votes that cost more the more there are) is counted by every method that asks for it
//     in the same way. Two things more are the same, and lose nothing: naming one option and approving of one at most; and an order whose
//     places are worth something, of which a method of orders looks at the order. Nothing else is made of anything else.
//   - Points are compared only out of the same range and purse, and ballots only if whoever filled in a good one filled in one that is good
//     by the other rules. What was spoilt is judged anew.
//   - Ties are broken by the seed of the poll itself, where the other rules ask for one. A poll that was never asked for a seed, and would
//     need it, is not compared.
//   - Of a secret poll as much is compared as was opened: by sums of options what only these decide, and by how many filled their ballots
//     in alike what is counted of that.
package dryrun

import (
	"slices"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// ErrTotals refuses a certificate whose totals are not those of a yes-or-no vote.
var ErrTotals = fault.New(fault.Invalid, "dryrun.totals",
	"The certificate does not have the totals of a yes-or-no vote.", "结果证书中没有赞成与否表决的合计数。")

// unlike are the reasons why a poll cannot be compared.
var unlike = map[poll.Likeness]*fault.Fault{
	poll.UnlikeMethod: fault.New(fault.Refused, "dryrun.method",
		"That poll's ballots were filled in in another way than these rules ask for: how voters filled in one kind of ballot does not say how "+
			"they would fill in another.",
		"该次表决的选票填写方式与此规则要求的不同：选民如何填写一种选票，不能说明其会如何填写另一种。"),
	poll.UnlikePeople: fault.New(fault.Refused, "dryrun.electorate",
		"Other people had a vote in that poll than these rules give one.", "该次表决的投票人与此规则规定的投票人不同。"),
	poll.UnlikeMeasures: fault.New(fault.Refused, "dryrun.measures",
		"These rules count by a measure that the certificate does not have.", "此规则所依据的计量未载于结果证书。"),
	poll.UnlikeHidden: fault.New(fault.Refused, "dryrun.hidden",
		"That poll was secret, and what these rules would have to know of its ballots was not opened.",
		"该次表决为秘密表决，此规则所需的选票信息未曾公开。"),
	poll.UnlikeLimits: fault.New(fault.Refused, "dryrun.limits",
		"Ballots of that poll keep to other bounds than these rules set, so some would be spoilt or their points would say something else.",
		"该次表决的选票遵循的限制与此规则不同，部分选票会成为废票，或其分数的含义会改变。"),
	poll.UnlikeQuestion: fault.New(fault.Refused, "dryrun.question",
		"By these rules that question could not have been put: they ask for more options, for a budget, or for less weight than it has.",
		"按此规则无法提出该问题：其选项不足、缺少预算，或权重超出可计数的范围。"),
	poll.UnlikeTie: fault.New(fault.Refused, "dryrun.tie",
		"By these rules there would be a tie that a seed breaks, and nobody was asked for a seed in that poll.",
		"按此规则会出现须由随机种子裁定的平局，而该次表决未曾要求提供种子。"),
	poll.UnlikeWithheld: fault.New(fault.Refused, "dryrun.withheld",
		"This record does not hold the ballots of that poll, or not all, and its totals do not say what these rules ask for.",
		"此记录不含该次表决的选票或不完整，其合计数也不足以回答此规则。"),
}

// Past is a poll of the past. Of one that was made by hand, and not read from a Record, only the certificate is known.
type Past struct {
	Poll        string
	Title       string
	Rules       *communityv1.PollRules
	Question    *proposalv1.Motion
	Certificate *votingv1.CertificateIssued
	voted       *poll.Voted
}

// Outcome is what a poll decided and what it would have.
type Outcome struct {
	Poll  string          `json:"poll"`
	Title string          `json:"title"`
	Was   votingv1.Result `json:"-"`
	Would votingv1.Result `json:"-"`
	// The codes of what was chosen, in the order in which it won, and what it costs where that is money.
	WasChosen    []string `json:"was_chosen,omitempty"`
	WouldChoose  []string `json:"would_choose,omitempty"`
	WasCostFen   int64    `json:"was_cost_fen,omitempty"`
	WouldCostFen int64    `json:"would_cost_fen,omitempty"`
	// Comparable says that the certificate holds what the other rules ask for; otherwise Would says nothing, and Unlike why not.
	Comparable bool    `json:"comparable"`
	Unlike     *Unlike `json:"unlike,omitempty"`
	// Differs says that the result would be another, or something else chosen, Why by which requirements: those of the other rules that fail
	// where it passed, or all of them where it would pass. Where only what is chosen is another, no requirement is why.
	Differs bool                   `json:"differs"`
	Why     []*votingv1.Inequality `json:"-"`
	// Tied says that a tie would have decided, and was broken as the other rules say.
	Tied bool `json:"tied,omitempty"`
	// Longer says that the close would have been moved for want of a quorum, so that more might have voted.
	Longer bool `json:"longer"`
}

// Unlike is why a poll cannot be compared: a code for programs, and a sentence for people in two languages.
type Unlike struct {
	Code    string `json:"code"`
	English string `json:"english"`
	Chinese string `json:"chinese"`
}

// Against holds rules against polls of the past, in their order.
func Against(rules *communityv1.PollRules, past []Past) ([]Outcome, error) {
	out := make([]Outcome, 0, len(past))
	for _, p := range past {
		t := p.Certificate.GetTally()
		o := Outcome{Poll: p.Poll, Title: p.Title, Was: t.GetResult(), WasChosen: p.codes(t.GetWinners()), WasCostFen: t.GetCostFen()}
		like, err := poll.Comparable(p.Rules, rules, t), error(nil)
		switch {
		case like != poll.Like:
		case p.Rules.GetMethod() == communityv1.Method_METHOD_YES_NO:
			err = o.judge(rules, p.Certificate)
		default:
			like, err = o.recount(rules, p)
		}
		if err != nil {
			return nil, err
		}
		if f := unlike[like]; f != nil {
			o.Unlike = &Unlike{f.Code, f.English, f.Chinese}
		}
		o.Comparable = o.Unlike == nil
		out = append(out, o)
	}
	return out, nil
}

// codes gives options' codes.
func (p *Past) codes(options []uint32) []string {
	var out []string
	for _, i := range options {
		if all := p.Question.GetOptions(); int64(i) < int64(len(all)) {
			out = append(out, all[i].GetCode())
		}
	}
	return out
}

// judge says what a vote on yes or no would be by its certificate.
func (o *Outcome) judge(rules *communityv1.PollRules, c *votingv1.CertificateIssued) error {
	if len(c.GetTally().GetTotals()) != 3 {
		return ErrTotals
	}
	lines, result, err := poll.Rejudge(rules, c)
	if err != nil {
		return err
	}
	o.tell(rules, lines, result)
	return nil
}

// recount says what any other poll would be by its ballots.
func (o *Outcome) recount(rules *communityv1.PollRules, p Past) (poll.Likeness, error) {
	voted := p.voted
	if voted == nil {
		voted = poll.OnlyTotals(p.Question, p.Rules, p.Certificate.GetRoll())
	}
	t, like, err := voted.Recount(rules, p.Certificate.GetTally())
	secret := p.Rules.GetSecrecy().GetSecrecy() > communityv1.Secrecy_SECRECY_OPEN
	switch {
	case err != nil:
		return 0, err
	case like == poll.UnlikeHidden && !secret:
		return poll.UnlikeWithheld, nil
	case like != poll.Like:
		return like, nil
	}
	o.WouldChoose, o.WouldCostFen, o.Tied = p.codes(t.GetWinners()), t.GetCostFen(), t.GetTieBroken()
	o.tell(rules, t.GetInequalities(), t.GetResult())
	return poll.Like, nil
}

func (o *Outcome) tell(rules *communityv1.PollRules, lines []*votingv1.Inequality, result votingv1.Result) {
	chosen := slices.Equal(slices.Sorted(slices.Values(o.WasChosen)), slices.Sorted(slices.Values(o.WouldChoose)))
	o.Would, o.Differs = result, result != o.Was || !chosen
	o.Longer = result == votingv1.Result_RESULT_NO_QUORUM && rules.GetTurnout().GetExtensionRoundsMax() > 0
	if result == o.Was {
		return
	}
	passes := result == votingv1.Result_RESULT_PASSED || result == votingv1.Result_RESULT_CHOSEN
	for _, line := range lines {
		if passes || !line.GetHolds() {
			o.Why = append(o.Why, line)
		}
	}
}
