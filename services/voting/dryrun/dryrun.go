// Package dryrun tells what polls of the past would have decided by other rules.
//
// In plain words: a certificate holds the sums that its result rests on, so whoever thinks of new rules can see beforehand what they would
// have made of them. Only yes-or-no votes of the same electorate are compared, and only by measures that were recorded; of all others it
// is said why they are not. Of those who did not vote a poll counts whom it can prove to have been told, so a rule that counts silence
// changes nothing in polls that never asked for that proof. That people vote otherwise under other rules, nothing here can know.
package dryrun

import (
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// ErrTotals refuses a certificate whose totals are not those of a yes-or-no vote.
var ErrTotals = fault.New(fault.Invalid, "dryrun.totals",
	"The certificate does not have the totals of a yes-or-no vote.", "结果证书中没有赞成与否表决的合计数。")

// unlike are the reasons why a poll cannot be compared.
var unlike = map[poll.Likeness]*fault.Fault{
	poll.UnlikeMethod: fault.New(fault.Refused, "dryrun.method",
		"One of the two is not a vote on yes or no: how voters filled in one kind of ballot does not say how they would fill in another.",
		"两者并非都是赞成与否的表决：选民如何填写一种选票，不能说明其会如何填写另一种。"),
	poll.UnlikePeople: fault.New(fault.Refused, "dryrun.electorate",
		"Other people had a vote in that poll than these rules give one.", "该次表决的投票人与此规则规定的投票人不同。"),
	poll.UnlikeMeasures: fault.New(fault.Refused, "dryrun.measures",
		"These rules count by a measure that the certificate does not have.", "此规则所依据的计量未载于结果证书。"),
	poll.UnlikeHidden: fault.New(fault.Refused, "dryrun.hidden",
		"That poll was secret, and the totals that these rules ask for were not opened.", "该次表决为秘密表决，此规则所需的合计未曾公开。"),
}

// Past is a poll of the past.
type Past struct {
	Poll        string
	Title       string
	Rules       *communityv1.PollRules
	Certificate *votingv1.CertificateIssued
}

// Outcome is what a poll decided and what it would have.
type Outcome struct {
	Poll  string          `json:"poll"`
	Title string          `json:"title"`
	Was   votingv1.Result `json:"-"`
	Would votingv1.Result `json:"-"`
	// Comparable says that the certificate holds what the other rules ask for; otherwise Would says nothing, and Unlike why not.
	Comparable bool    `json:"comparable"`
	Unlike     *Unlike `json:"unlike,omitempty"`
	// Differs says that the result would be another, Why by which requirements: those of the other rules that fail where it passed, or all of
	// them where it would pass.
	Differs bool                   `json:"differs"`
	Why     []*votingv1.Inequality `json:"-"`
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
		o := Outcome{Poll: p.Poll, Title: p.Title, Was: p.Certificate.GetTally().GetResult()}
		if f := unlike[poll.Comparable(p.Rules, rules, p.Certificate.GetTally())]; f != nil {
			o.Unlike = &Unlike{f.Code, f.English, f.Chinese}
		} else if err := o.judge(rules, p.Certificate); err != nil {
			return nil, err
		}
		o.Comparable = o.Unlike == nil
		out = append(out, o)
	}
	return out, nil
}

func (o *Outcome) judge(rules *communityv1.PollRules, c *votingv1.CertificateIssued) error {
	if len(c.GetTally().GetTotals()) != 3 {
		return ErrTotals
	}
	lines, result, err := poll.Rejudge(rules, c)
	if err != nil {
		return err
	}
	o.Would, o.Differs = result, result != o.Was
	o.Longer = result == votingv1.Result_RESULT_NO_QUORUM && rules.GetTurnout().GetExtensionRoundsMax() > 0
	if !o.Differs {
		return nil
	}
	for _, line := range lines {
		if result == votingv1.Result_RESULT_PASSED || !line.GetHolds() {
			o.Why = append(o.Why, line)
		}
	}
	return nil
}
