package across

import (
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// idOf gives the id in the name of the aggregate that a fact is on. A forged commit may have it on another one: then nothing follows from
// it.
func idOf(e decider.Event, prefix string) (id string, ok bool) {
	return strings.CutPrefix(e.Aggregate, prefix)
}

// referred is what another community has referred, as it is asked for here.
type referred struct {
	uptake, peer, referral string
	quantity, serveBy      int64
	asked                  Asked
}

// need gives it as it would be raised here. It has no beneficiary that is known here; the uptake stands in their place.
func (r *referred) need() *matchingv1.NeedRaised {
	return &matchingv1.NeedRaised{
		Skill: r.asked.Skill, Quantity: r.quantity, From: r.asked.From, Until: r.serveBy, Languages: r.asked.Languages,
		Cell:         &matchingv1.Cell{East: r.asked.Cell.East, North: r.asked.Cell.North},
		Attestations: r.asked.Attestations, Beneficiary: r.uptake, Uptake: r.uptake,
	}
}

// read opens what was carried here: the commit in which another community referred something to this one.
func read(v *decider.View, cmd *decider.Command, community string, commit, proof []byte) (*referred, *Peer, error) {
	c, p, err := open(v, cmd, community, commit, proof)
	if err != nil {
		return nil, nil, err
	}
	made, referral, ok := carried[*matchingv1.ReferralMade](c, "referral")
	uptake := UptakeID(community, referral)
	switch {
	case !ok || made.GetQuantity() < 1:
		return nil, nil, ErrNotCarried
	case string(made.GetTo()) != string(foundingKey(v)):
		return nil, nil, ErrElsewhere
	case v.Exists(UptakePath(uptake)):
		return nil, nil, ErrTakenUp
	case cmd.Time >= made.GetServeBy():
		return nil, nil, dispatch.ErrUptakeOver
	}
	v.Window(0, made.GetServeBy())
	return &referred{
		uptake: uptake, peer: community, referral: referral, quantity: made.GetQuantity(), serveBy: made.GetServeBy(),
		asked: Asked{
			Skill: made.GetSkill(), From: made.GetFrom(), Languages: made.GetLanguages(), Attestations: made.GetAttestations(),
			Cell:     supply.Cell{East: made.GetCell().GetEast() + p.Middle.East, North: made.GetCell().GetNorth() + p.Middle.North},
			Priority: min(made.GetPriority(), supply.PriorityMax), Vulnerable: made.GetVulnerable(),
		},
	}, p, nil
}

// declined says that nothing will come of it here.
func (r *referred) declined(p *Peer, why matchingv1.Reason) []decider.Change {
	return []decider.Change{decider.On(UptakePath(r.uptake), &matchingv1.UptakeClosed{
		Peer: r.peer, Referral: r.referral, To: p.FoundingKey, Returned: r.quantity, Ending: matchingv1.Ending_ENDING_DECLINED, Reason: why,
	})}
}

// Bring puts what another community has referred before those who take up. Words come of that one only as far as this community's rulebook
// lists them; what it does not know is declined at once, so that it waits there again without losing time.
func Bring(v *decider.View, cmd *decider.Command, body *matchingv1.BringReferral) ([]decider.Change, error) {
	r, p, err := read(v, cmd, body.GetPeer(), body.GetCommit(), body.GetProof())
	if err != nil {
		return nil, err
	}
	if supply.CheckAsked(v, cmd.Time, r.need()) != nil {
		return r.declined(p, matchingv1.Reason_REASON_UNSUITABLE), nil
	}
	return []decider.Change{decider.On(UptakePath(r.uptake), &matchingv1.UptakeBrought{
		Peer: r.peer, Referral: r.referral, Skill: r.asked.Skill, Quantity: r.quantity,
		Cell: &matchingv1.Cell{East: r.asked.Cell.East, North: r.asked.Cell.North}, From: r.asked.From, Languages: r.asked.Languages,
		Attestations: r.asked.Attestations, Priority: r.asked.Priority, Vulnerable: r.asked.Vulnerable, ServeBy: r.serveBy,
	})}, nil
}

// brought finds what was brought here and nobody has taken up or declined yet.
func brought(v *decider.View, cmd *decider.Command, id string) (*referred, *Peer, error) {
	u, ok := decider.Get[Uptake](v, UptakePath(id))
	switch {
	case !ok:
		return nil, nil, ErrUptakeUnknown
	case u.Closed || u.Asked == nil:
		return nil, nil, ErrTakenUp
	case cmd.Time >= u.ServeBy:
		return nil, nil, dispatch.ErrUptakeOver
	}
	p, err := peer(v, u.Peer)
	if err != nil {
		return nil, nil, err
	}
	v.Window(0, u.ServeBy)
	return &referred{uptake: id, peer: u.Peer, referral: u.Referral, quantity: u.Quantity, serveBy: u.ServeBy, asked: *u.Asked}, p, nil
}

// TakeUp makes a need of what another community has referred, or declines it: of what was brought here, or of what it carries itself.
func TakeUp(v *decider.View, cmd *decider.Command, body *matchingv1.TakeUp) (changes []decider.Change, err error) {
	var r *referred
	var p *Peer
	switch {
	case body.GetUptake() == "":
		r, p, err = read(v, cmd, body.GetPeer(), body.GetCommit(), body.GetProof())
	case body.GetPeer() != "" || len(body.GetCommit())+len(body.GetProof()) > 0:
		return nil, ErrCarriedTwice
	default:
		r, p, err = brought(v, cmd, body.GetUptake())
	}
	if err != nil {
		return nil, err
	}
	if body.GetDecline() != 0 {
		if !dispatch.ValidReason(body.GetDecline()) || body.GetText() != nil {
			return nil, ErrDecline
		}
		return r.declined(p, body.GetDecline()), nil
	}
	if body.GetText() == nil {
		return nil, ErrDecline
	}
	return r.takeUp(v, cmd, body.GetText())
}

// takeUp raises the need.
func (r *referred) takeUp(v *decider.View, cmd *decider.Command, text *communityv1.Text) ([]decider.Change, error) {
	need := r.need()
	need.Text, need.By = text, cmd.Actor
	if err := supply.CheckAsked(v, cmd.Time, need); err != nil {
		return nil, err
	}
	if err := standing.CheckText(text); err != nil {
		return nil, err
	}
	id := cmd.ID.NewAggregate()
	onNeed := decider.On(supply.NeedPath(id), need)
	if r.asked.Priority != 0 {
		onNeed.Events = append(onNeed.Events, &matchingv1.NeedAssessed{
			Priority: r.asked.Priority, Vulnerable: r.asked.Vulnerable, By: cmd.Actor,
		})
	}
	return []decider.Change{onNeed, decider.On(UptakePath(r.uptake), &matchingv1.UptakeMade{
		Peer: r.peer, Referral: r.referral, Need: id, Quantity: r.quantity, ServeBy: r.serveBy, By: cmd.Actor,
	})}, nil
}

// closing demands that an uptake is closed. What brings that about tells one demand from another.
func closing(uptake, because string, due int64) []decider.Demand {
	return []decider.Demand{{
		Purpose: "close-uptake/" + uptake + "/" + because, Operation: "matching.close_uptake", Body: &matchingv1.CloseUptake{Uptake: uptake},
		Due: due,
	}}
}

// OnBrought sets the timer of its end, be it taken up or not.
func OnBrought(_ *decider.View, e decider.Event, body *matchingv1.UptakeBrought) []decider.Demand {
	id, ok := idOf(e, "uptake/")
	if !ok {
		return nil
	}
	return closing(id, "over", body.GetServeBy())
}

// OnTakenUp sets that of what was not brought before.
func OnTakenUp(v *decider.View, e decider.Event, body *matchingv1.UptakeMade) []decider.Demand {
	id, ok := idOf(e, "uptake/")
	if !ok {
		return nil
	}
	if u, ok := decider.Get[Uptake](v, e.Aggregate); ok && u.BroughtAt != 0 {
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
	if u.Need == "" {
		return untaken(v, cmd, body.GetUptake(), u)
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
	closed.To = keyOf(v, u.Peer)
	changes := dispatch.Conclude(v, cmd.Time, u.Need, n)
	return append(changes, decider.On(UptakePath(body.GetUptake()), closed)), nil
}

// untaken says that nobody has taken up in time what was brought.
func untaken(v *decider.View, cmd *decider.Command, id string, u *Uptake) ([]decider.Change, error) {
	if cmd.Time < u.ServeBy {
		return nil, ErrUptakeOpen
	}
	return []decider.Change{decider.On(UptakePath(id), &matchingv1.UptakeClosed{
		Peer: u.Peer, Referral: u.Referral, To: keyOf(v, u.Peer), Returned: u.Quantity, Ending: matchingv1.Ending_ENDING_OVER,
	})}, nil
}

// keyOf names another community, forgotten or not: it is told what came of what it had asked for.
func keyOf(v *decider.View, community string) []byte {
	if p, ok := decider.Get[Peer](v, PeerPath(community)); ok {
		return p.FoundingKey
	}
	return nil
}
