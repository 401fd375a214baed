// Package motion holds the rules of motions: what may be put to the vote, and what follows from its result.
//
// A motion is put, then adopted or rejected by a certificate; where no vote can be held, it fails, and the record says why. An adopted
// one comes into force when its delay is over; until then a guardian can veto it once. In force, officers report attempts to carry it
// out: a failed one can be repeated until the expiry, a successful one ends it, and without any it expires.
//
// A veto has force for seven days. What it means is said by the rules that the motion was put under. Without appeals in them it postpones
// the execution until it lapses, and nothing else. With them it also opens an appeal: the rule itself calls a poll of yes or no of the
// same electorate, by the same quorum and majority, on the question: shall the veto stand?
//
//	the appeal                     while the veto has force                       after it lapsed
//	yes has its majority           stopped for good: the electorate that          nothing: the motion is
//	                               adopted has stopped                            in force
//	the quorum, not the majority   overturned: in force when its own delay        nothing
//	                               is over, at once where that is past
//	no quorum                      undecided: the veto lapses in its time         nothing
//	no poll can be called          undecided                                      nothing
//	it never gets a key            undecided                                      nothing
//	it cannot be counted           undecided                                      nothing
//	still open, its key unpublished                                               the motion is in force
//
// So a vote is undone by a vote of the same kind alone, and nobody can hold it back: not a guardian, who gets seven days, not the keepers
// of a poll's key, not those who stay away. An appeal is a poll and no motion: nobody can veto what it says, and its own motion cannot
// be vetoed again. Execution and expiry always move together, so that no veto shortens the time to carry something out.
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

// The states of a motion. Rejected, Failed, Stopped, Done and Expired are final. A motion whose veto was overturned is Adopted again.
const (
	Put      State = "put"
	Rejected State = "rejected"
	Failed   State = "failed"
	Adopted  State = "adopted"
	Vetoed   State = "vetoed"
	Stopped  State = "stopped"
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
	// DelayUntil is when the motion would have come into force without it.
	DelayUntil int64   `json:"delay_until"`
	Appeal     *Appeal `json:"appeal,omitempty"` // nil when the veto only postpones
}

// Appeal is the poll on whether a veto stands, and what it said.
type Appeal struct {
	Poll      string `json:"poll,omitempty"`    // empty until decided, and when none could be called
	Outcome   string `json:"outcome,omitempty"` // upheld, overturned or undecided; empty until then
	Reason    string `json:"reason,omitempty"`  // a fault's code, of an undecided one
	DecidedAt int64  `json:"decided_at,omitempty"`
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
	if m.Veto != nil {
		veto := *m.Veto
		dup.Veto = &veto
	}
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
	Appeal    string `json:"appeal,omitempty"` // the motion whose veto is appealed against
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
	decider.Kind("veto", true, evolveRight)(m)
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
	case *proposalv1.MotionVetoed, *proposalv1.VetoUpheld, *proposalv1.VetoOverturned, *proposalv1.AppealUndecided:
		m.evolveVeto(e)
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

func evolveRight(r *VetoRight, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.VetoUsed); ok {
		*r = VetoRight{Guardian: e.Actor, Motion: b.GetMotion(), UsedAt: e.Time}
	}
}

func evolvePoll(p *Poll, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.PollCalled:
		*p = Poll{Motion: b.GetMotion(), Appeal: b.GetAppeal()}
	case *votingv1.CertificateIssued:
		*p = Poll{Motion: b.GetMotion(), Appeal: b.GetAppeal(), Certified: true, Adopted: b.GetAdopted()}
	}
}
