// Package motion holds the rules of motions: what may be put to the vote, and what follows from its result.
//
// A motion is put, then adopted or rejected by a certificate; where no vote can be held, it fails, and the record says why. An adopted
// one comes into force when its delay is over; until then a guardian can veto it once, which postpones it by seven days and takes
// nothing away. In force, officers report attempts to carry it out: a failed one can be repeated until the expiry, a successful one ends
// it, and without any it expires. Nothing after the certificate undoes the vote.
package motion

import (
	"slices"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal/internal/words"
)

// State is where a motion stands.
type State string

// The states of a motion. Rejected, Failed, Done and Expired are final.
const (
	Put      State = "put"
	Rejected State = "rejected"
	Failed   State = "failed"
	Adopted  State = "adopted"
	Vetoed   State = "vetoed"
	InForce  State = "in_force"
	Done     State = "done"
	Expired  State = "expired"
)

// Motion is aggregate motion/<id>. Times are milliseconds since the Unix epoch.
type Motion struct {
	Matter       string                 `json:"matter"`
	Deliberation string                 `json:"deliberation"`
	Topics       []string               `json:"topics"`
	Question     *proposalv1.Motion     `json:"question"`
	Rules        *communityv1.PollRules `json:"rules"`
	State        State                  `json:"state"`
	PutBy        string                 `json:"put_by,omitempty"` // empty when the rule itself put it
	PutAt        int64                  `json:"put_at"`
	Poll         string                 `json:"poll,omitempty"`
	ResolvedAt   int64                  `json:"resolved_at,omitempty"`
	FailedFor    string                 `json:"failed_for,omitempty"` // a fault's code
	ExecutesAt   int64                  `json:"executes_at,omitempty"`
	ExpiresAt    int64                  `json:"expires_at,omitempty"` // 0: never
	VetoUntil    int64                  `json:"veto_until,omitempty"`
	Veto         *Veto                  `json:"veto,omitempty"`
	InForceAt    int64                  `json:"in_force_at,omitempty"`
	Reports      []Report               `json:"reports,omitempty"`
	DoneAt       int64                  `json:"done_at,omitempty"`
	ExpiredAt    int64                  `json:"expired_at,omitempty"`
}

// Veto is a guardian's objection to carrying a motion out.
type Veto struct {
	Guardian string     `json:"guardian"`
	Reason   words.Text `json:"reason"`
	VetoedAt int64      `json:"vetoed_at"`
	LapsesAt int64      `json:"lapses_at"`
}

// Report tells of an attempt to carry a motion out.
type Report struct {
	Outcome    string     `json:"outcome"` // done or failed
	Evidence   words.Text `json:"evidence"`
	By         string     `json:"by"`
	ReportedAt int64      `json:"reported_at"`
}

// Clone copies what Evolve writes into; everything else is replaced whole.
func (m *Motion) Clone() *Motion {
	dup := *m
	dup.Reports = slices.Clone(m.Reports)
	return &dup
}

// VetoRight is aggregate member/<id>/veto/<matter>; it exists once the right is used.
type VetoRight struct {
	Guardian string `json:"guardian"`
	Motion   string `json:"motion"`
	UsedAt   int64  `json:"used_at"`
}

// Poll is this service's small view of voting's aggregate poll/<id>.
type Poll struct {
	Motion    string `json:"motion"`
	Certified bool   `json:"certified"`
	Adopted   bool   `json:"adopted"`
}

// pollLapse is the kind on which voting's lapses stand; what they say is in the fact.
const pollLapse = "voting-lapse"

type lapse struct{}

// Path names a motion's aggregate.
func Path(id string) string { return "motion/" + id }

// VetoPath names the aggregate of a guardian's right of veto in a matter.
func VetoPath(guardian, matter string) string { return "member/" + guardian + "/veto/" + matter }

// Kinds registers the aggregates of this package, and the polls of another service.
func Kinds(m *decider.Model) {
	decider.Kind("motion", true, evolveMotion)(m)
	decider.Kind("veto", true, evolveVeto)(m)
	decider.Kind("poll", false, evolvePoll)(m)
	decider.Kind(pollLapse, false, func(*lapse, decider.Event) {})(m)
}

func evolveMotion(m *Motion, e decider.Event) {
	switch b := e.Body.(type) {
	case *proposalv1.MotionPut:
		*m = Motion{
			Matter: b.GetMatter(), Deliberation: b.GetDeliberation(), Topics: b.GetTopics(), Question: b.GetMotion(),
			Rules: b.GetRules(), State: Put, PutBy: e.Actor, PutAt: e.Time,
		}
	case *proposalv1.MotionAdopted:
		m.State, m.Poll, m.ResolvedAt = Adopted, b.GetPoll(), e.Time
		m.ExecutesAt, m.ExpiresAt, m.VetoUntil = b.GetExecutesAt(), b.GetExpiresAt(), b.GetVetoUntil()
	case *proposalv1.MotionRejected:
		m.State, m.Poll, m.ResolvedAt = Rejected, b.GetPoll(), e.Time
	case *proposalv1.MotionFailed:
		m.State, m.Poll, m.ResolvedAt, m.FailedFor = Failed, b.GetPoll(), e.Time, b.GetReason()
	case *proposalv1.MotionVetoed:
		m.State, m.ExecutesAt, m.ExpiresAt = Vetoed, b.GetExecutesAt(), b.GetExpiresAt()
		m.Veto = &Veto{Guardian: b.GetGuardian(), Reason: words.Of(b.GetReason()), VetoedAt: e.Time, LapsesAt: b.GetLapsesAt()}
	case *proposalv1.ExecutionOpened:
		m.State, m.InForceAt = InForce, e.Time
	case *proposalv1.ExecutionReported:
		r := Report{Outcome: "failed", Evidence: words.Of(b.GetEvidence()), By: b.GetBy(), ReportedAt: e.Time}
		if b.GetOutcome() == proposalv1.Outcome_OUTCOME_DONE {
			r.Outcome, m.State, m.DoneAt = "done", Done, e.Time
		}
		m.Reports = append(m.Reports, r)
	case *proposalv1.ExecutionExpired:
		m.State, m.ExpiredAt = Expired, e.Time
	}
}

func evolveVeto(r *VetoRight, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.VetoUsed); ok {
		*r = VetoRight{Guardian: e.Actor, Motion: b.GetMotion(), UsedAt: e.Time}
	}
}

func evolvePoll(p *Poll, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.PollCalled:
		*p = Poll{Motion: b.GetMotion()}
	case *votingv1.CertificateIssued:
		*p = Poll{Motion: b.GetMotion(), Certified: true, Adopted: b.GetAdopted()}
	}
}
