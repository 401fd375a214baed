// Package delivery says what proves that a notice came to somebody, alike for whoever gives notices: of polls, of policies.
//
// What leaves a paper behind rests on that, sealed in the vault; what was said at a door or on the telephone rests on two persons' word. A
// board cannot be missed, and counts only where two persons together have looked for somebody and not found them. Nobody had a notice
// before there was one.
package delivery

import (
	"slices"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Refusals of what proves nothing.
var (
	// ErrChannel: no way in which this is recorded.
	ErrChannel = fault.New(fault.Invalid, "delivery.channel",
		"A notice cannot be recorded as delivered, or missed, in this way.", "不能以此方式登记通知送达或未送达。")
	// ErrTime: before the notice, or in the future.
	ErrTime = fault.New(fault.Invalid, "delivery.time",
		"A delivery lies between the notice and now.", "送达时间须在通知发出之后、登记之前。")
	// ErrWitness: one person's word.
	ErrWitness = fault.New(fault.Refused, "delivery.witness_missing",
		"What was said at a door or on the telephone is recorded by two persons together.", "上门或电话送达须由两人共同登记。")
	// ErrEvidence: none, or where there can be none.
	ErrEvidence = fault.New(fault.Invalid, "delivery.evidence",
		"A delivery needs its evidence in the vault; a telephone call and a failed attempt have none.", "送达须附存入保险库的凭证；电话送达和未成功的送达不附凭证。")
	// ErrPostedFirst: nobody has looked for them.
	ErrPostedFirst = fault.New(fault.Refused, "delivery.posted_first",
		"A notice on the board counts only for somebody whom two persons have looked for and not found.",
		"仅在两名人员共同送达未果之后，张贴通知才视为送达。")
)

// Max is how many failed attempts at one person are recorded, and one more by two persons if none of them was: nobody can use the bound up
// for others.
const Max = 20

// Attempt is one attempt to bring a notice to somebody.
type Attempt struct {
	Channel  votingv1.DeliveryChannel
	Failed   bool
	At       int64
	Evidence *communityv1.Text
}

// Check refuses an attempt that proves nothing, whoever it is about: of a notice that was issued at a time, by so many who sign, now.
func (a Attempt) Check(issued, now int64, signers int) *fault.Fault {
	witnessed, posted := false, false
	switch a.Channel {
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON, votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER:
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED:
		posted = true
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR, votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE:
		witnessed = true
	default:
		return ErrChannel
	}
	phone := a.Channel == votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE
	switch {
	case a.At < issued || a.At > now:
		return ErrTime
	case a.Failed && posted:
		return ErrChannel // a board cannot be missed
	case !a.Failed && witnessed && signers < 2:
		return ErrWitness
	case a.Failed || phone:
		if a.Evidence != nil {
			return ErrEvidence
		}
	case standing.CheckText(a.Evidence) != nil:
		return ErrEvidence
	}
	return nil
}

// Sought tells whether two persons together have looked for somebody and not found them, by who signed each attempt. One alone could make
// everybody count as told, by the board.
func Sought(signers [][]string) bool {
	return slices.ContainsFunc(signers, func(by []string) bool { return len(by) == 2 })
}
