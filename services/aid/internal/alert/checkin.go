package alert

import (
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/terms"
)

// OperationMissCheckIn is the policy that makes an alert of a word that did not come.
const OperationMissCheckIn = "aid.miss_check_in"

const silent = aidv1.SignalKind_SIGNAL_KIND_SILENT

// Refusals about words that are waited for.
var (
	// ErrMinutes: no times of a day.
	ErrMinutes = fault.New(fault.Invalid, "check_in.times", "Please name two times of a day, in minutes after midnight.",
		"请用零点起的分钟数注明每天的起止时间。")
	// ErrNoCheckIn: nobody waits.
	ErrNoCheckIn = fault.New(fault.Refused, "check_in.none", "No daily word is waited for here.", "此处没有约定每日报平安。")
	// ErrWordAhead: it could be kept back, and be recorded when it is no longer so.
	ErrWordAhead = fault.New(fault.Refused, "check_in.ahead",
		"A word that all is well holds for a quarter of an hour at most; please say it anew.", "报平安的有效时间最长十五分钟，请重新报平安。")
	// ErrWord: it came, or there is another time.
	ErrWord = fault.New(fault.Refused, "check_in.kept", "The word came, or has another time.", "已报平安或时限已变更。")
)

// CheckIn is aggregate check-in/<beneficiary>. Times are milliseconds since the Unix epoch, minutes those of a day in Beijing.
type CheckIn struct {
	Beneficiary string `json:"beneficiary"`
	FromMinutes uint32 `json:"from_minutes"`
	ByMinutes   uint32 `json:"by_minutes"`
	// NextBy is when the word is missed next; a word counts that comes so long before it as the two times are apart.
	NextBy int64  `json:"next_by"`
	WellAt int64  `json:"well_at,omitempty"`
	WellBy string `json:"well_by,omitempty"` // a member, or a sensor
	Missed uint32 `json:"missed,omitempty"`
	Alert  string `json:"alert,omitempty"` // of the last that was missed
	Ended  bool   `json:"ended,omitempty"`
	// Involved are those who arranged it; the gateway shows it to them and to who speaks for the person.
	Involved []string `json:"involved"`
}

// Clone is shallow: evolve replaces the list whole.
func (c *CheckIn) Clone() *CheckIn { dup := *c; return &dup }

// CheckInPath names a check-in's aggregate.
func CheckInPath(beneficiary string) string { return "check-in/" + beneficiary }

func evolveCheckIn(c *CheckIn, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.CheckInArranged:
		*c = CheckIn{
			Beneficiary: strings.TrimPrefix(e.Aggregate, "check-in/"), FromMinutes: b.GetFromMinutes(), ByMinutes: b.GetByMinutes(),
			NextBy: b.GetNextBy(), Involved: []string{b.GetBy()},
		}
	case *aidv1.WellSaid:
		c.WellAt, c.WellBy, c.NextBy = e.Time, b.GetBy()+b.GetSensor(), b.GetNextBy()
	case *aidv1.CheckInMissed:
		c.Missed++
		c.Alert, c.NextBy = b.GetAlert(), b.GetNextBy()
	case *aidv1.CheckInEnded:
		c.Ended = true
	}
}

// Arrange has somebody waited for, from the next time on.
func Arrange(v *decider.View, cmd *decider.Command, body *aidv1.ArrangeCheckIn) ([]decider.Change, error) {
	b, err := concerned(v, cmd, body.GetBeneficiary())
	switch {
	case err != nil:
		return nil, err
	case !b.Agreed(aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS):
		return nil, beneficiary.ErrNoConsent
	case !terms.Minutes(body.GetFromMinutes()) || !terms.Minutes(body.GetByMinutes()):
		return nil, ErrMinutes
	}
	// What was missed stays missed: the first time is one whose beginning has not passed, or nobody could have spoken in all of it.
	next := terms.NextAt(body.GetFromMinutes(), cmd.Time) + terms.Span(body.GetFromMinutes(), body.GetByMinutes())
	return []decider.Change{decider.On(CheckInPath(body.GetBeneficiary()), &aidv1.CheckInArranged{
		FromMinutes: body.GetFromMinutes(), ByMinutes: body.GetByMinutes(), By: cmd.Actor, NextBy: next,
	})}, nil
}

// waiting finds a check-in that goes on.
func waiting(v *decider.View, id string) (*CheckIn, error) {
	c, ok := decider.Get[CheckIn](v, CheckInPath(id))
	if !ok || c.Ended {
		return nil, ErrNoCheckIn
	}
	return c, nil
}

// EndCheckIn ends it.
func EndCheckIn(v *decider.View, cmd *decider.Command, body *aidv1.EndCheckIn) ([]decider.Change, error) {
	if _, err := concerned(v, cmd, body.GetBeneficiary()); err != nil {
		return nil, err
	}
	if _, err := waiting(v, body.GetBeneficiary()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(CheckInPath(body.GetBeneficiary()), &aidv1.CheckInEnded{By: cmd.Actor})}, nil
}

// heard gives when the word is missed next after one that comes now. One that comes too early or too late is on the record for whoever
// looks, and the time stays.
func (c *CheckIn) heard(now int64) int64 {
	if now >= c.NextBy || now < c.NextBy-terms.Span(c.FromMinutes, c.ByMinutes) {
		return c.NextBy
	}
	return terms.NextAt(c.ByMinutes, c.NextBy)
}

// wordMax is how far ahead a word may expire. It says that somebody is well now: what waited longer, in a queue or in somebody's hands,
// would count for another day.
const wordMax = 15 * 60 * 1000

// fresh refuses a word that may be recorded much later than it was said.
func fresh(cmd *decider.Command) error {
	if cmd.NotAfter-cmd.Time > wordMax {
		return ErrWordAhead
	}
	return nil
}

// SayWell is the word of a person.
func SayWell(v *decider.View, cmd *decider.Command, body *aidv1.SayWell) ([]decider.Change, error) {
	if _, err := concerned(v, cmd, body.GetBeneficiary()); err != nil {
		return nil, err
	}
	c, err := waiting(v, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	if err := fresh(cmd); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(CheckInPath(body.GetBeneficiary()), &aidv1.WellSaid{By: cmd.Actor, NextBy: c.heard(cmd.Time)})}, nil
}

// SendWell is that of a device; it counts as one of its signals.
func SendWell(v *decider.View, cmd *decider.Command, _ *aidv1.SendWell) ([]decider.Change, error) {
	s, _, counted, err := sending(v, cmd)
	if err != nil {
		return nil, err
	}
	c, err := waiting(v, s.Beneficiary)
	if err != nil {
		return nil, err
	}
	if err := fresh(cmd); err != nil {
		return nil, err
	}
	next := c.heard(cmd.Time)
	// A word that is waited for is heard however much the device has chattered: else the rule would say that nobody has spoken.
	if counted.Count > terms.Of(v).Signals() && next == c.NextBy {
		return nil, ErrSignals
	}
	return []decider.Change{
		decider.On(sensorPath(cmd.Keys[0]), counted),
		decider.On(CheckInPath(s.Beneficiary), &aidv1.WellSaid{Sensor: cmd.Actor, NextBy: next}),
	}, nil
}

// awaited demands that a word is looked for when its time has come.
func awaited(e decider.Event, by int64) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "check-in/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "aid-check-in/" + id + "/" + strconv.FormatInt(by, 10), Operation: OperationMissCheckIn, Due: by,
		Body: &aidv1.MissCheckIn{Beneficiary: id, Deadline: by},
	}}
}

// OnArranged waits for the first word.
func OnArranged(_ *decider.View, e decider.Event, b *aidv1.CheckInArranged) []decider.Demand {
	return awaited(e, b.GetNextBy())
}

// OnWell waits for the next one.
func OnWell(_ *decider.View, e decider.Event, b *aidv1.WellSaid) []decider.Demand {
	return awaited(e, b.GetNextBy())
}

// OnCheckInMissed does so too.
func OnCheckInMissed(_ *decider.View, e decider.Event, b *aidv1.CheckInMissed) []decider.Demand {
	return awaited(e, b.GetNextBy())
}

// MissCheckIn makes an alert of a word that did not come, and waits for the next. Where the person no longer agrees it ends.
func MissCheckIn(v *decider.View, cmd *decider.Command, body *aidv1.MissCheckIn) ([]decider.Change, error) {
	c, err := waiting(v, body.GetBeneficiary())
	switch {
	case err != nil:
		return nil, err
	case c.NextBy != body.GetDeadline() || cmd.Time < c.NextBy:
		return nil, ErrWord
	}
	path := CheckInPath(body.GetBeneficiary())
	b, err := beneficiary.Find(v, body.GetBeneficiary())
	if err != nil || !b.Agreed(aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS) {
		return []decider.Change{decider.On(path, &aidv1.CheckInEnded{})}, nil
	}
	id, level := cmd.ID.NewAggregate(), aidv1.SignalLevel_SIGNAL_LEVEL_WARNING
	by, waits := terms.Of(v).Triage(level, cmd.Time)
	return []decider.Change{
		decider.On(path, &aidv1.CheckInMissed{Deadline: c.NextBy, Alert: id, NextBy: terms.NextAt(c.ByMinutes, cmd.Time)}),
		decider.On(Path(id), &aidv1.AlertRaised{
			Beneficiary: body.GetBeneficiary(), Kind: silent, Level: level, TriageBy: by, Waits: waits, Org: b.Org,
		}),
	}, nil
}
