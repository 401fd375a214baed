package people

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// Faults of what only a vote changes.
var (
	ErrNeedsVote = fault.New(fault.Forbidden, "rulebook.needs_vote",
		"How dividends are shared, and how much of the work one organisation may be given, is changed only by a vote of the community: name the "+
			"motion that was adopted.", "红利的分配办法和同一组织的承接份额只能由社区表决变更：请注明已通过的方案。")
	ErrMotionNotInForce = fault.New(fault.Refused, "rulebook.motion_not_in_force",
		"This motion is not in force: it was not adopted, has not come into force yet, or is over.", "该方案不在生效期内：尚未通过、尚未生效或已经终结。")
	ErrMotionElectorate = fault.New(fault.Refused, "rulebook.motion_electorate",
		"This takes a motion that all members, owners or households voted on by yes or no.", "此项变更须由全体成员、业主或住户以赞成或反对表决的方案。")
	ErrMotionOther = fault.New(fault.Refused, "rulebook.motion_other",
		"The motion's text does not name these rules, or names several.", "该方案的文本未指明这些规则，或指明了不止一种。")
	ErrMotionUsed = fault.New(fault.Refused, "rulebook.motion_used",
		"This motion has changed the rulebook once already.", "该方案已用于修改规约。")
)

// Motion is the service's view of motion/<id>: whether it may change what only a vote changes, and to what.
type Motion struct {
	Names     string `json:"names,omitempty"`      // the digest of the rules that its text names
	Common    bool   `json:"common,omitempty"`     // put to everybody, for yes or no
	InForce   bool   `json:"in_force,omitempty"`   // now
	ExpiresAt int64  `json:"expires_at,omitempty"` // ms since the Unix epoch; 0: never
}

// Amendment is aggregate amendment/<motion>; it exists once the motion has changed the rulebook.
type Amendment struct {
	Version uint32 `json:"version"` // of the rulebook that it adopted
	At      int64  `json:"at"`
}

func amendmentKinds(m *decider.Model) {
	decider.Kind("motion", false, evolveMotion)(m)
	decider.Kind("amendment", true, func(a *Amendment, e decider.Event) {
		if b, ok := e.Body.(*communityv1.MotionUsed); ok {
			*a = Amendment{Version: b.GetVersion(), At: e.Time}
		}
	})(m)
}

func evolveMotion(m *Motion, e decider.Event) {
	switch b := e.Body.(type) {
	case *proposalv1.MotionPut:
		*m = Motion{Names: rules.VoteOnlyNamed(b.GetMotion().GetText()), Common: common(b)}
	case *proposalv1.MotionAdopted:
		m.ExpiresAt = b.GetExpiresAt()
	case *proposalv1.MotionVetoed:
		m.ExpiresAt = b.GetExpiresAt()
	case *proposalv1.VetoOverturned:
		m.ExpiresAt = b.GetExpiresAt()
	case *proposalv1.ExecutionOpened:
		m.InForce = true
	case *proposalv1.ExecutionReported:
		m.InForce = m.InForce && b.GetOutcome() != proposalv1.Outcome_OUTCOME_DONE
	case *proposalv1.ExecutionExpired:
		m.InForce = false
	}
}

// common tells whether a motion was put to everybody: a channel or the organisations are not the community. By yes or no, because of
// several options it was one that was adopted, not the text.
func common(b *proposalv1.MotionPut) bool {
	switch b.GetRules().GetElectorate() {
	case communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Electorate_ELECTORATE_OWNERS,
		communityv1.Electorate_ELECTORATE_HOUSEHOLDS:
		return b.GetRules().GetMethod() == communityv1.Method_METHOD_YES_NO
	}
	return false
}

// voted sees to it that what only a vote changes was voted on, and answers what is to be noted of the motion. A motion that is named
// without need must bear out the rules as well: who reads the record may rely on it.
func voted(v *decider.View, cmd *decider.Command, now *communityv1.Rulebook, body *communityv1.AmendRulebook) ([]decider.Change, error) {
	id, next := body.GetMotion(), body.GetRulebook()
	digest := rules.VoteOnlyDigest(next)
	if id == "" {
		if digest != rules.VoteOnlyDigest(now) {
			return nil, ErrNeedsVote
		}
		return nil, nil
	}
	m, ok := decider.Get[Motion](v, "motion/"+id)
	switch {
	case !ok || !m.InForce || m.ExpiresAt > 0 && cmd.Time >= m.ExpiresAt:
		return nil, ErrMotionNotInForce
	case !m.Common:
		return nil, ErrMotionElectorate
	case m.Names != digest:
		return nil, ErrMotionOther
	case v.Exists("amendment/" + id):
		return nil, ErrMotionUsed
	}
	if m.ExpiresAt > 0 {
		v.Window(0, m.ExpiresAt)
	}
	return []decider.Change{decider.On("amendment/"+id, &communityv1.MotionUsed{Version: next.GetVersion()})}, nil
}
