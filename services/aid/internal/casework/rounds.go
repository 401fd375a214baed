package casework

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/terms"
)

// Rounds is aggregate rounds/<order>: a work order that is carried out again and again. Next is when somebody is expected; 0 for nobody
// any more. Only one round is due at a time, and its end sets the next.
type Rounds struct {
	Case         string `json:"case"`
	Beneficiary  string `json:"beneficiary"`
	EverySeconds uint32 `json:"every_seconds"`
	GraceSeconds uint32 `json:"grace_seconds"`
	Quantity     int64  `json:"quantity"`
	Next         int64  `json:"next,omitempty"`
	Left         uint32 `json:"left"`
	Kept         uint32 `json:"kept"`
	Missed       uint32 `json:"missed"`
	// InRow is how many were missed since the last that was kept.
	InRow       uint32 `json:"in_row,omitempty"`
	PausedUntil int64  `json:"paused_until,omitempty"`
	Ended       bool   `json:"ended,omitempty"`
	// Involved and InvolvedOrgs as in Case.
	Involved     []string `json:"involved"`
	InvolvedOrgs []string `json:"involved_orgs"`
}

// Clone is shallow: Evolve replaces lists whole.
func (r *Rounds) Clone() *Rounds { dup := *r; return &dup }

// OperationMissRound is the policy that records a round that was not kept.
const OperationMissRound = "aid.miss_round"

// Bounds of rounds: what is due next is never further than a month, and a pause never longer than two.
const (
	everyMin   = 3600
	everyMax   = 31 * 24 * 3600
	graceMin   = 300
	roundsMax  = 400
	pauseMax   = 62 * 24 * terms.Hour
	millisEach = 1000
)

func roundsPath(order string) string { return "rounds/" + order }

func (r *Rounds) every() int64 { return int64(r.EverySeconds) * millisEach }

func (r *Rounds) grace() int64 { return int64(r.GraceSeconds) * millisEach }

func evolveRounds(r *Rounds, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.RoundsPlanned:
		*r = Rounds{
			Case: b.GetCase(), Beneficiary: b.GetBeneficiary(), EverySeconds: b.GetEverySeconds(), GraceSeconds: b.GetGraceSeconds(),
			Quantity: b.GetQuantity(), Next: b.GetFirst(), Left: b.GetRounds(), Involved: ids(e.Actor), InvolvedOrgs: ids(),
		}
	case *aidv1.RoundKept:
		r.Next, r.Kept, r.InRow = b.GetNext(), r.Kept+1, 0
		r.used()
		r.Involved = ids(append(slices.Clone(r.Involved), e.Actor)...)
	case *aidv1.RoundMissed:
		r.Next, r.Missed, r.InRow = b.GetNext(), r.Missed+1, r.InRow+1
		r.used()
	case *aidv1.RoundsPaused:
		r.Next, r.PausedUntil = b.GetNext(), b.GetUntil()
	case *aidv1.RoundsResumed:
		r.Next, r.PausedUntil = b.GetNext(), 0
	case *aidv1.RoundsEnded:
		r.Next, r.Ended = 0, true
	}
}

func (r *Rounds) used() {
	if r.Left > 0 {
		r.Left--
	}
}

// after gives the round behind one, 0 where it was the last.
func (r *Rounds) after(due int64) int64 {
	if r.Left <= 1 {
		return 0
	}
	return due + r.every()
}

// from gives the first round at a time or later.
func (r *Rounds) from(at int64) int64 {
	if r.every() == 0 || r.Next >= at {
		return r.Next
	}
	return r.Next + (at-r.Next+r.every()-1)/r.every()*r.every()
}

// Repeat has an order carried out in rounds, as many as what it still has to bring.
func Repeat(v *decider.View, cmd *decider.Command, body *aidv1.RepeatOrder) ([]decider.Change, error) {
	o, _, _, err := findOrder(v, body.GetOrder())
	if err != nil {
		return nil, err
	}
	if _, _, err := working(v, cmd, o.Case); err != nil {
		return nil, err
	}
	if r, ok := decider.Get[Rounds](v, roundsPath(body.GetOrder())); ok && r.Next != 0 {
		return nil, ErrRoundsRun
	}
	every, grace, n := body.GetEverySeconds(), body.GetGraceSeconds(), body.GetQuantity()
	if !terms.Quantity(n) || every < everyMin || every > everyMax || grace < graceMin || grace > every {
		return nil, ErrRounds
	}
	rounds := (o.Quantity - o.Delivered + n - 1) / n
	last := body.GetFirst() + (rounds-1)*int64(every)*millisEach
	switch {
	case rounds < 1 || rounds > roundsMax:
		return nil, ErrRounds
	case body.GetFirst() <= cmd.Time || body.GetFirst() > cmd.Time+everyMax*millisEach:
		return nil, ErrDue
	case last > o.Due:
		return nil, ErrRoundsLong
	}
	return []decider.Change{decider.On(roundsPath(body.GetOrder()), &aidv1.RoundsPlanned{
		Case: o.Case, Beneficiary: o.Beneficiary, First: body.GetFirst(), EverySeconds: every, GraceSeconds: grace, Quantity: n,
		Rounds: uint32(rounds),
	})}, nil
}

// round demands that a round is looked at when its time is over. One that was moved is another purpose; the old one lapses.
func round(v *decider.View, e decider.Event, due int64) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "rounds/")
	if !ok || due == 0 {
		return nil
	}
	r, ok := decider.Get[Rounds](v, e.Aggregate)
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose:   "aid-round/" + id + "/" + strconv.FormatInt(due, 10) + "/" + strconv.FormatUint(v.Version(e.Aggregate), 10),
		Operation: OperationMissRound, Due: due + r.grace(), Body: &aidv1.MissRound{Order: id, Due: due},
	}}
}

// OnPlanned sets the time of the first round.
func OnPlanned(v *decider.View, e decider.Event, b *aidv1.RoundsPlanned) []decider.Demand {
	return round(v, e, b.GetFirst())
}

// OnKept sets that of the next one.
func OnKept(v *decider.View, e decider.Event, b *aidv1.RoundKept) []decider.Demand {
	return round(v, e, b.GetNext())
}

// OnMissed does so too: that one was missed lets nobody off the next.
func OnMissed(v *decider.View, e decider.Event, b *aidv1.RoundMissed) []decider.Demand {
	return round(v, e, b.GetNext())
}

// OnPaused sets that of the first one after a pause, so that no pause is for ever.
func OnPaused(v *decider.View, e decider.Event, b *aidv1.RoundsPaused) []decider.Demand {
	return round(v, e, b.GetNext())
}

// OnResumed sets that of the first one after a pause that ended early.
func OnResumed(v *decider.View, e decider.Event, b *aidv1.RoundsResumed) []decider.Demand {
	return round(v, e, b.GetNext())
}

// MissRound records that nobody came in time, or met the person. So it does where whoever was asked has given the order up, round by round,
// until who works on the case says that nobody is expected any more, or the case has ended.
func MissRound(v *decider.View, cmd *decider.Command, body *aidv1.MissRound) ([]decider.Change, error) {
	r, ok := decider.Get[Rounds](v, roundsPath(body.GetOrder()))
	if !ok || r.Next != body.GetDue() || cmd.Time < body.GetDue()+r.grace() {
		return nil, ErrRoundKept
	}
	c, _, err := find(v, r.Case)
	if err != nil {
		return nil, err
	}
	o, ok := decider.Get[Order](v, OrderPath(body.GetOrder()))
	if c.Ended() || !ok || o.Delivered >= o.Quantity {
		return nil, ErrRoundKept
	}
	return []decider.Change{decider.On(roundsPath(body.GetOrder()), &aidv1.RoundMissed{
		Due: r.Next, Next: r.after(r.Next), Org: cmp.Or(o.Org, c.Org), EscalatedTo: Above(v),
	})}, nil
}

// kept is the fact that a visit keeps the round of its order that is due, and whether it does: where nobody was met it does not, and one
// that comes before half the time from the round before is another's.
func kept(v *decider.View, cmd *decider.Command, o *Order, body *aidv1.RecordVisit) (decider.Change, bool) {
	r, ok := decider.Get[Rounds](v, roundsPath(body.GetOrder()))
	if !ok || r.Next == 0 || body.GetOutcome() == aidv1.VisitOutcome_VISIT_OUTCOME_ABSENT || cmd.Time < r.Next-r.every()/2 {
		return decider.Change{}, false
	}
	next := r.after(r.Next)
	if o.Delivered+body.GetQuantity() >= o.Quantity {
		next = 0
	}
	return decider.On(roundsPath(body.GetOrder()), &aidv1.RoundKept{Due: r.Next, Next: next}), true
}

// tending finds rounds that run, for who works on their case or speaks for the person.
func tending(v *decider.View, cmd *decider.Command, order string) (*Rounds, error) {
	r, ok := decider.Get[Rounds](v, roundsPath(order))
	if !ok {
		return nil, ErrRoundsUnknown
	}
	c, b, err := find(v, r.Case)
	switch {
	case err != nil:
		return nil, err
	case !b.Speaks(cmd.Actor) && !c.worksOn(v, cmd):
		return nil, beneficiary.ErrNotTheirs
	case r.Next == 0:
		return nil, ErrRoundsOver
	}
	return r, nil
}

// Pause has nobody come until a time.
func Pause(v *decider.View, cmd *decider.Command, body *aidv1.PauseRounds) ([]decider.Change, error) {
	r, err := tending(v, cmd, body.GetOrder())
	switch {
	case err != nil:
		return nil, err
	case body.GetUntil() <= cmd.Time || body.GetUntil() > cmd.Time+pauseMax:
		return nil, ErrPause
	}
	return []decider.Change{decider.On(roundsPath(body.GetOrder()), &aidv1.RoundsPaused{
		Until: body.GetUntil(), Next: r.from(body.GetUntil()), By: cmd.Actor,
	})}, nil
}

// Resume ends a pause.
func Resume(v *decider.View, cmd *decider.Command, body *aidv1.ResumeRounds) ([]decider.Change, error) {
	r, err := tending(v, cmd, body.GetOrder())
	switch {
	case err != nil:
		return nil, err
	case cmd.Time >= r.PausedUntil:
		return nil, ErrNotPaused
	}
	// The rounds stand in one grid of time: the first of it that has not passed.
	next := r.Next - (r.Next-cmd.Time)/r.every()*r.every()
	return []decider.Change{decider.On(roundsPath(body.GetOrder()), &aidv1.RoundsResumed{Next: next, By: cmd.Actor})}, nil
}

// End says that nobody is expected any more.
func End(v *decider.View, cmd *decider.Command, body *aidv1.EndRounds) ([]decider.Change, error) {
	if _, err := tending(v, cmd, body.GetOrder()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(roundsPath(body.GetOrder()), &aidv1.RoundsEnded{By: cmd.Actor})}, nil
}
