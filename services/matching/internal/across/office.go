package across

import (
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// idOf gives the id in the name of the aggregate that a fact is on. A forged commit may have it on another one: then nothing follows from
// it.
func idOf(e decider.Event, prefix string) (id string, ok bool) {
	return strings.CutPrefix(e.Aggregate, prefix)
}

// TakeUp makes a need of what another community has referred, or declines it.
func TakeUp(v *decider.View, cmd *decider.Command, body *matchingv1.TakeUp) ([]decider.Change, error) {
	c, p, err := open(v, cmd, body.GetPeer(), body.GetCommit(), body.GetProof())
	if err != nil {
		return nil, err
	}
	made, referral, ok := carried[*matchingv1.ReferralMade](c, "referral")
	uptake := UptakeID(body.GetPeer(), referral)
	switch {
	case !ok || made.GetQuantity() < 1:
		return nil, ErrNotCarried
	case string(made.GetTo()) != string(foundingKey(v)):
		return nil, ErrElsewhere
	case v.Exists(UptakePath(uptake)):
		return nil, ErrTakenUp
	case cmd.Time >= made.GetServeBy():
		return nil, dispatch.ErrUptakeOver
	}
	v.Window(0, made.GetServeBy())
	if body.GetDecline() != 0 {
		if !dispatch.ValidReason(body.GetDecline()) || body.GetText() != nil {
			return nil, ErrDecline
		}
		return []decider.Change{decider.On(UptakePath(uptake), &matchingv1.UptakeClosed{
			Peer: body.GetPeer(), Referral: referral, To: p.FoundingKey, Returned: made.GetQuantity(),
			Ending: matchingv1.Ending_ENDING_DECLINED, Reason: body.GetDecline(),
		})}, nil
	}
	if body.GetText() == nil {
		return nil, ErrDecline
	}
	return takeUp(v, cmd, body, p, uptake, referral, made)
}

// takeUp raises the need. It has no beneficiary that is known here; the uptake stands in their place.
func takeUp(
	v *decider.View, cmd *decider.Command, body *matchingv1.TakeUp, p *Peer, uptake, referral string, made *matchingv1.ReferralMade,
) ([]decider.Change, error) {
	need := &matchingv1.NeedRaised{
		Skill: made.GetSkill(), Quantity: made.GetQuantity(), From: made.GetFrom(), Until: made.GetServeBy(), Languages: made.GetLanguages(),
		Cell:         &matchingv1.Cell{East: made.GetCell().GetEast() + p.Middle.East, North: made.GetCell().GetNorth() + p.Middle.North},
		Attestations: made.GetAttestations(), Text: body.GetText(), Beneficiary: uptake, By: cmd.Actor, Uptake: uptake,
	}
	if err := supply.CheckAsked(v, cmd.Time, need); err != nil {
		return nil, err
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	id := cmd.ID.NewAggregate()
	onNeed := decider.On(supply.NeedPath(id), need)
	if made.GetPriority() != 0 {
		onNeed.Events = append(onNeed.Events, &matchingv1.NeedAssessed{
			Priority: min(made.GetPriority(), supply.PriorityMax), Vulnerable: made.GetVulnerable(), By: cmd.Actor,
		})
	}
	return []decider.Change{onNeed, decider.On(UptakePath(uptake), &matchingv1.UptakeMade{
		Peer: body.GetPeer(), Referral: referral, Need: id, Quantity: made.GetQuantity(), ServeBy: made.GetServeBy(), By: cmd.Actor,
	})}, nil
}

// closing demands that an uptake is closed. What brings that about tells one demand from another.
func closing(uptake, because string, due int64) []decider.Demand {
	return []decider.Demand{{
		Purpose: "close-uptake/" + uptake + "/" + because, Operation: "matching.close_uptake", Body: &matchingv1.CloseUptake{Uptake: uptake},
		Due: due,
	}}
}

// OnTakenUp sets the timer of its end.
func OnTakenUp(_ *decider.View, e decider.Event, body *matchingv1.UptakeMade) []decider.Demand {
	id, ok := idOf(e, "uptake/")
	if !ok {
		return nil
	}
	return closing(id, "over", body.GetServeBy())
}

// OnAcknowledged closes an uptake of which nothing is waited for any more. What was brought is no end of it: somebody has still to say how
// much has arrived, and what has not waits again. If nobody says so, it ends with its time.
func OnAcknowledged(v *decider.View, e decider.Event, body *matchingv1.NeedAcknowledged) []decider.Demand {
	n, ok := uptakeNeed(v, e)
	if !ok || n.Waiting+n.Matched > 0 || !confirmed(n) {
		return nil
	}
	return closing(n.Uptake, body.GetAssignment(), 0)
}

// OnWithdrawn closes an uptake that was taken back here; what was brought before is waited for.
func OnWithdrawn(v *decider.View, e decider.Event, _ *matchingv1.NeedWithdrawn) []decider.Demand {
	n, ok := uptakeNeed(v, e)
	if !ok || !confirmed(n) {
		return nil
	}
	return closing(n.Uptake, "withdrawn", 0)
}

// confirmed tells whether of all that was brought somebody has said that it arrived.
func confirmed(n *supply.Need) bool { return n.Acknowledged == n.Served }

func uptakeNeed(v *decider.View, e decider.Event) (*supply.Need, bool) {
	if _, ok := idOf(e, "need/"); !ok {
		return nil, false
	}
	n, ok := decider.Get[supply.Need](v, e.Aggregate)
	return n, ok && n.Uptake != ""
}

// Close says what has come of an uptake, once and for all: whoever is asked or serves is let go, and nothing of it waits any more. Only
// what somebody has confirmed is told as served: where it was asked for, nobody looks for it any more.
func Close(v *decider.View, cmd *decider.Command, body *matchingv1.CloseUptake) ([]decider.Change, error) {
	u, ok := decider.Get[Uptake](v, UptakePath(body.GetUptake()))
	if !ok || u.Closed {
		return nil, ErrTakenUp
	}
	n, err := supply.FindNeed(v, u.Need)
	if err != nil {
		return nil, err
	}
	closed := &matchingv1.UptakeClosed{Peer: u.Peer, Referral: u.Referral, Served: n.Acknowledged, Returned: u.Quantity - n.Acknowledged}
	switch {
	case closed.GetReturned() == 0:
		closed.Ending = matchingv1.Ending_ENDING_SERVED
	case n.State == supply.Withdrawn && confirmed(n):
		closed.Ending, closed.Reason = matchingv1.Ending_ENDING_DECLINED, matchingv1.Reason_REASON_OTHER
	case cmd.Time >= u.ServeBy:
		closed.Ending = matchingv1.Ending_ENDING_OVER
	default:
		return nil, ErrUptakeOpen
	}
	if p, ok := decider.Get[Peer](v, PeerPath(u.Peer)); ok { // forgotten or not: it is told what came of it
		closed.To = p.FoundingKey
	}
	changes := dispatch.Conclude(v, cmd.Time, u.Need, n)
	return append(changes, decider.On(UptakePath(body.GetUptake()), closed)), nil
}
