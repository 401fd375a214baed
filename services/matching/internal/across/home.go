package across

import (
	"errors"

	"renlin.dev/pkg/abroad"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// referMillisMax is the longest time that another community may have.
const referMillisMax = 30 * 24 * 3600 * 1000

// Register says by which keys another community's word is known here.
func Register(v *decider.View, cmd *decider.Command, body *matchingv1.RegisterPeer) ([]decider.Change, error) {
	with := dispatch.SecondOrganisation(v, cmd)
	switch {
	case with == "":
		return nil, ErrPeerTwoOrgs
	case body.GetCommunity() == "":
		return nil, ErrPeerUnknown
	case len(body.GetFoundingKey()) == 0:
		return nil, ErrPeerKey
	case !supply.ValidCell(body.GetMiddle()):
		return nil, supply.ErrCell
	}
	if _, err := abroad.ReadLog(body.GetCommunity(), body.GetPolicy()); err != nil {
		return nil, ErrPeerPolicy.Because(err)
	}
	return []decider.Change{decider.On(PeerPath(body.GetCommunity()), &matchingv1.PeerRegistered{
		FoundingKey: body.GetFoundingKey(), Policy: body.GetPolicy(), Middle: body.GetMiddle(), By: cmd.Actor, With: with,
	})}, nil
}

// Forget ends that another community's word counts. What is held for it lapses in its time.
func Forget(v *decider.View, cmd *decider.Command, body *matchingv1.ForgetPeer) ([]decider.Change, error) {
	if _, err := peer(v, body.GetPeer()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(PeerPath(body.GetPeer()), &matchingv1.PeerForgotten{By: cmd.Actor})}, nil
}

func peer(v *decider.View, community string) (*Peer, error) {
	p, ok := decider.Get[Peer](v, PeerPath(community))
	if !ok || p.Forgotten {
		return nil, ErrPeerUnknown
	}
	return p, nil
}

// open checks a carried commit by the keys of the community that it is said to be of.
func open(v *decider.View, cmd *decider.Command, community string, commit, proof []byte) (*chain.Commit, *Peer, error) {
	p, err := peer(v, community)
	if err != nil {
		return nil, nil, err
	}
	log, err := abroad.ReadLog(community, p.Policy)
	if err != nil {
		return nil, nil, ErrPeerPolicy.Because(err)
	}
	c, err := log.Open(commit, proof, cmd.Time)
	switch {
	case errors.Is(err, abroad.ErrSurplus):
		return nil, nil, ErrSurplus
	case err != nil:
		return nil, nil, ErrProof.Because(err)
	}
	return c, p, nil
}

// foundingKey is by what other communities name this one.
func foundingKey(v *decider.View) []byte {
	if c, ok := decider.Get[standing.Community](v, standing.CommunityPath); ok {
		return c.EpochKey
	}
	return nil
}

// Refer has another community look for somebody who serves what waits of a need.
func Refer(v *decider.View, cmd *decider.Command, body *matchingv1.ReferNeed) ([]decider.Change, error) {
	return refer(v, cmd, body)
}

// ReferWaiting does so because the need has waited for long enough.
func ReferWaiting(v *decider.View, cmd *decider.Command, body *matchingv1.ReferWaiting) ([]decider.Change, error) {
	return refer(v, cmd, &matchingv1.ReferNeed{Need: body.GetNeed(), Peer: supply.CurrentRules(v).ReferTo()})
}

func refer(v *decider.View, cmd *decider.Command, body *matchingv1.ReferNeed) ([]decider.Change, error) {
	n, err := supply.FindNeed(v, body.GetNeed())
	if err != nil {
		return nil, err
	}
	if err := n.MustBeOpen(); err != nil {
		return nil, err
	}
	p, err := peer(v, body.GetPeer())
	if err != nil {
		return nil, err
	}
	rules, quantity := supply.CurrentRules(v), body.GetQuantity()
	if quantity == 0 {
		quantity = n.Waiting
	}
	until := body.GetServeBy()
	if until == 0 {
		if until = cmd.Time + rules.ReferralMillis(); n.Until != 0 {
			until = min(until, n.Until)
		}
	}
	switch {
	case n.Uptake != "":
		return nil, ErrReferOnward
	case quantity < 1 || quantity > n.Waiting:
		return nil, ErrReferQuantity
	case until <= cmd.Time || until > cmd.Time+referMillisMax || n.Until != 0 && until > n.Until:
		return nil, ErrReferTime
	}
	id, made := cmd.ID.NewAggregate(), &matchingv1.ReferralMade{
		Need: body.GetNeed(), Peer: body.GetPeer(), To: p.FoundingKey, Skill: n.Skill, Quantity: quantity,
		Cell: &matchingv1.Cell{East: n.Cell.East, North: n.Cell.North}, From: n.From, Languages: n.Languages, Attestations: n.Attestations,
		ServeBy: until, HoldUntil: until + rules.ReferralGraceMillis(), By: cmd.Actor,
	}
	if n.AssessedBy != "" {
		made.Priority, made.Vulnerable = n.Priority, n.Vulnerable
	}
	return []decider.Change{
		decider.On(ReferralPath(id), made),
		decider.On(supply.NeedPath(body.GetNeed()), &matchingv1.NeedReferred{Referral: id, Quantity: quantity}),
	}, nil
}

// OnRaised sets the timer of a need that is referred when it has waited for too long.
func OnRaised(v *decider.View, e decider.Event, body *matchingv1.NeedRaised) []decider.Demand {
	id, ok := idOf(e, "need/")
	rules := supply.CurrentRules(v)
	if !ok || body.GetUptake() != "" || rules.ReferAfterMillis() == 0 {
		return nil
	}
	return []decider.Demand{{
		Purpose: "refer/" + id, Operation: "matching.refer_waiting", Body: &matchingv1.ReferWaiting{Need: id},
		Due: max(e.Time, body.GetFrom()) + rules.ReferAfterMillis(),
	}}
}

// OnReferred sets the timer of the hold.
func OnReferred(_ *decider.View, e decider.Event, body *matchingv1.ReferralMade) []decider.Demand {
	id, ok := idOf(e, "referral/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "lapse-referral/" + id, Operation: "matching.lapse_referral", Body: &matchingv1.LapseReferral{Referral: id},
		Due: body.GetHoldUntil(),
	}}
}

// Lapse has what was held wait again, because no word has come.
func Lapse(v *decider.View, _ *decider.Command, body *matchingv1.LapseReferral) ([]decider.Change, error) {
	r, ok := decider.Get[Referral](v, ReferralPath(body.GetReferral()))
	switch {
	case !ok:
		return nil, ErrReferralUnknown
	case r.State != Held:
		return nil, ErrNotHeld
	}
	return []decider.Change{
		decider.On(ReferralPath(body.GetReferral()), &matchingv1.ReferralLapsed{Returned: r.Quantity}),
		decider.On(supply.NeedPath(r.Need), &matchingv1.NeedReferralEnded{Referral: body.GetReferral(), Returned: r.Quantity}),
	}, nil
}

// Settle ends a hold by the other community's word, once. If what was held waits again already, what was served there is taken from that.
func Settle(v *decider.View, cmd *decider.Command, body *matchingv1.SettleReferral) ([]decider.Change, error) {
	id := body.GetReferral()
	r, ok := decider.Get[Referral](v, ReferralPath(id))
	switch {
	case !ok:
		return nil, ErrReferralUnknown
	case r.State == Settled:
		return nil, ErrSettled
	}
	c, _, err := open(v, cmd, r.Peer, body.GetCommit(), body.GetProof())
	if err != nil {
		return nil, err
	}
	closed, _, ok := carried[*matchingv1.UptakeClosed](c, "uptake")
	switch {
	case !ok || closed.GetReferral() != id:
		return nil, ErrNotCarried
	case string(closed.GetTo()) != string(foundingKey(v)):
		return nil, ErrElsewhere
	case closed.GetServed() < 0 || closed.GetReturned() < 0 || closed.GetServed()+closed.GetReturned() != r.Quantity:
		return nil, ErrOutcome
	}
	settled := &matchingv1.ReferralSettled{
		Served: closed.GetServed(), Returned: closed.GetReturned(), Ending: closed.GetEnding(), Late: r.State == Lapsed,
	}
	ended := &matchingv1.NeedReferralEnded{Referral: id, Served: closed.GetServed(), Returned: closed.GetReturned(), Late: settled.Late}
	if settled.Late {
		n, err := supply.FindNeed(v, r.Need)
		if err != nil {
			return nil, err
		}
		ended.Served, ended.Returned = min(closed.GetServed(), n.Unserved()), 0
		settled.Twice = closed.GetServed() - ended.Served
	}
	return []decider.Change{decider.On(ReferralPath(id), settled), decider.On(supply.NeedPath(r.Need), ended)}, nil
}
