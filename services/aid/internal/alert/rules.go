package alert

import (
	"cmp"
	"strconv"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/terms"
)

// Refusals about sensors and alerts.
var (
	// ErrSensor: no such device, or signed off.
	ErrSensor = fault.New(fault.Unauthenticated, "sensor.unknown",
		"This device is not one that may send signals here.", "此设备无权在此发送信号。")
	// ErrSensorKey: the key has another use.
	ErrSensorKey = fault.New(fault.Refused, "sensor.key_used", "This key is in use already.", "该密钥已被使用。")
	// ErrSignal: neither this nor that.
	ErrSignal = fault.New(fault.Invalid, "signal.malformed", "Please say what happened and how much it matters.", "请说明情况及其紧要程度。")
	// ErrSignals: too many in an hour.
	ErrSignals = fault.New(fault.Refused, "signal.too_many",
		"This device has sent too many signals in an hour.", "此设备一小时内发送的信号过多。")
	// ErrAlerts: too many in an hour.
	ErrAlerts = fault.New(fault.Refused, "alert.too_many",
		"You have raised too many alerts for this person in an hour; an alarm that is new is always taken.",
		"您一小时内为此人发出的告警过多；新的警报随时可发。")
	// ErrCarer: nobody who has to do with the person.
	ErrCarer = fault.New(fault.Forbidden, "alert.carer",
		"An alert is raised by who speaks for the person or works with their file, or by a grid worker.",
		"告警只能由其本人、代理人、经办人员或网格员发出。")
	// ErrUnknown: there is no such alert.
	ErrUnknown = fault.New(fault.NotFound, "alert.unknown", "There is no such alert.", "没有该告警。")
	// ErrTriaged: somebody has looked.
	ErrTriaged = fault.New(fault.Refused, "alert.triaged", "Somebody has looked at this alert already.", "该告警已有人处理。")
	// ErrOutcome: nothing that can come of it.
	ErrOutcome = fault.New(fault.Invalid, "alert.outcome", "Please say what came of it.", "请说明处理结果。")
	// ErrOneself: whoever speaks for the person does not wave it away.
	ErrOneself = fault.New(fault.Forbidden, "alert.oneself",
		"That it was nothing is said by somebody who does not speak for the person.", "误报须由本人及其代理人以外的工作人员认定。")
	// ErrKept: it was looked at in time, or has another time.
	ErrKept = fault.New(fault.Refused, "alert.kept", "This alert was looked at, or has another time.", "该告警已处理或时限已变更。")
)

// OperationMiss is the policy that records an alert at which nobody looked in time.
const OperationMiss = "aid.miss_triage"

// concerned finds the file of somebody for whom the author speaks, or with which they work.
func concerned(v *decider.View, cmd *decider.Command, id string) (*beneficiary.Beneficiary, error) {
	b, err := beneficiary.Find(v, id)
	if err != nil {
		return nil, err
	}
	if _, works := beneficiary.Worker(v, cmd); b.Speaks(cmd.Actor) || works && (b.Reads(cmd.Actor) || b.By == cmd.Actor) {
		return b, nil
	}
	return nil, beneficiary.ErrNotTheirs
}

// Enrol binds a device to a file.
func Enrol(v *decider.View, cmd *decider.Command, body *aidv1.EnrolSensor) ([]decider.Change, error) {
	b, err := concerned(v, cmd, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	if !b.Agreed(aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS) {
		return nil, beneficiary.ErrNoConsent
	}
	if len(body.GetKey()) == 0 {
		return nil, beneficiary.ErrIncomplete
	}
	if v.Exists(sensorPath(body.GetKey())) || v.Exists("key/"+chain.KeyID(body.GetKey())) {
		return nil, ErrSensorKey
	}
	org, _ := beneficiary.Worker(v, cmd)
	return []decider.Change{decider.On(sensorPath(body.GetKey()), &aidv1.SensorEnrolled{
		Beneficiary: body.GetBeneficiary(), Key: body.GetKey(), By: cmd.Actor, ByPassword: body.GetByPassword(), Org: cmp.Or(b.Org, org),
	})}, nil
}

// Revoke signs a device off.
func Revoke(v *decider.View, cmd *decider.Command, body *aidv1.RevokeSensor) ([]decider.Change, error) {
	s, ok := decider.Get[Sensor](v, "sensor/"+body.GetSensor())
	if !ok || s.Revoked {
		return nil, ErrSensor
	}
	if _, err := concerned(v, cmd, s.Beneficiary); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On("sensor/"+body.GetSensor(), &aidv1.SensorRevoked{By: cmd.Actor})}, nil
}

// known tells whether somebody may say this: that nobody has spoken the rule says alone.
func known(kind aidv1.SignalKind, level aidv1.SignalLevel) bool {
	return aidv1.SignalKind_name[int32(kind)] != "" && kind != 0 && kind != silent &&
		aidv1.SignalLevel_name[int32(level)] != "" && level != 0
}

// sending finds the device that sends a command and the file that it is bound to, and counts what it sends in this hour. Its actor is
// the device.
func sending(v *decider.View, cmd *decider.Command) (*Sensor, *beneficiary.Beneficiary, *aidv1.SignalCounted, error) {
	if len(cmd.Keys) != 1 {
		return nil, nil, nil, standing.ErrCosigner
	}
	s, ok := decider.Get[Sensor](v, sensorPath(cmd.Keys[0]))
	if !ok || s.Revoked {
		return nil, nil, nil, ErrSensor
	}
	b, err := beneficiary.Find(v, s.Beneficiary)
	switch {
	case err != nil:
		return nil, nil, nil, err
	case !b.Agreed(aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS):
		return nil, nil, nil, beneficiary.ErrNoConsent
	}
	cmd.Actor = chain.KeyID(cmd.Keys[0])
	return s, b, s.counted(cmd.Time), nil
}

// counted counts one more in the hour that runs, or in a new one.
func (h *Hourly) counted(now int64) *aidv1.SignalCounted {
	if h.HourFrom == 0 || now >= h.HourFrom+terms.Hour {
		return &aidv1.SignalCounted{HourFrom: now, Count: 1, Alert: h.Alert}
	}
	return &aidv1.SignalCounted{HourFrom: h.HourFrom, Count: h.Count + 1, Alert: h.Alert}
}

// last gives the alert that was raised last, if somebody must still look at it in time. What was missed is past; its time does not come
// again. So whatever comes next is an alert of its own, with a time that goes up.
func (h *Hourly) last(v *decider.View) *Alert {
	a, ok := decider.Get[Alert](v, Path(h.Alert))
	if !ok || a.Outcome != 0 || a.Missed {
		return nil
	}
	return a
}

// news tells whether it is an alarm that nobody has been told of. However much somebody has chattered, that is never turned away.
func news(level aidv1.SignalLevel, last *Alert) bool {
	return level == aidv1.SignalLevel_SIGNAL_LEVEL_ALARM && (last == nil || last.Level < level)
}

// Signal is a device's word. It is signed by the device's key alone, and whoever has that key can do nothing else here.
func Signal(v *decider.View, cmd *decider.Command, body *aidv1.SendSignal) ([]decider.Change, error) {
	s, b, counted, err := sending(v, cmd)
	if err != nil {
		return nil, err
	}
	if !known(body.GetKind(), body.GetLevel()) {
		return nil, ErrSignal
	}
	t := terms.Of(v)
	last := s.last(v)
	if counted.Count > t.Signals() && !news(body.GetLevel(), last) {
		return nil, ErrSignals
	}
	path := sensorPath(cmd.Keys[0])
	by, waits := t.Triage(body.GetLevel(), cmd.Time)
	if last != nil {
		return []decider.Change{decider.On(path, counted), decider.On(Path(s.Alert), last.repeated(body, by))}, nil
	}
	counted.Alert = cmd.ID.NewAggregate()
	return []decider.Change{decider.On(path, counted), decider.On(Path(counted.Alert), &aidv1.AlertRaised{
		Beneficiary: s.Beneficiary, Kind: body.GetKind(), Level: body.GetLevel(), Sensor: cmd.Actor, TriageBy: by, Waits: waits,
		Org: cmp.Or(b.Org, s.Org),
	})}, nil
}

// repeated is the fact of a further signal: the alert is of the kind of what is worst in it.
func (a *Alert) repeated(body *aidv1.SendSignal, by int64) *aidv1.AlertRepeated {
	kind := body.GetKind()
	if body.GetLevel() < a.Level {
		kind = a.Kind
	}
	return &aidv1.AlertRepeated{Kind: kind, Level: max(a.Level, body.GetLevel()), TriageBy: min(a.TriageBy, by)}
}

// Raise is the word of somebody who cares. It has words of its own, so each is an alert of its own; they are counted as a device's are.
func Raise(v *decider.View, cmd *decider.Command, body *aidv1.RaiseAlert) ([]decider.Change, error) {
	b, err := beneficiary.Find(v, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	org, works := beneficiary.Worker(v, cmd)
	if !works && !b.Speaks(cmd.Actor) && !b.Reads(cmd.Actor) {
		return nil, ErrCarer
	}
	if !known(body.GetKind(), body.GetLevel()) {
		return nil, ErrSignal
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	t := terms.Of(v)
	path := carerPath(body.GetBeneficiary(), cmd.Actor)
	var of Carer
	if c, ok := decider.Get[Carer](v, path); ok {
		of = *c
	}
	counted := of.counted(cmd.Time)
	if counted.Count > t.Signals() && !news(body.GetLevel(), of.last(v)) {
		return nil, ErrAlerts
	}
	by, waits := t.Triage(body.GetLevel(), cmd.Time)
	counted.Alert = cmd.ID.NewAggregate()
	return []decider.Change{decider.On(path, counted), decider.On(Path(counted.Alert), &aidv1.AlertRaised{
		Beneficiary: body.GetBeneficiary(), Kind: body.GetKind(), Level: body.GetLevel(), By: cmd.Actor, Text: body.GetText(), TriageBy: by,
		Waits: waits, Org: cmp.Or(b.Org, org),
	})}, nil
}

// Triage is what somebody found who looked. A visit and an emergency open a case in the same commit, so that neither stands without the
// other.
func Triage(v *decider.View, cmd *decider.Command, body *aidv1.TriageAlert) ([]decider.Change, error) {
	a, ok := decider.Get[Alert](v, Path(body.GetAlert()))
	switch {
	case !ok:
		return nil, ErrUnknown
	case a.Outcome != 0:
		return nil, ErrTriaged
	case aidv1.TriageOutcome_name[int32(body.GetOutcome())] == "" || body.GetOutcome() == 0:
		return nil, ErrOutcome
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	if body.GetOutcome() == aidv1.TriageOutcome_TRIAGE_OUTCOME_FALSE_ALARM {
		if b, ok := decider.Get[beneficiary.Beneficiary](v, beneficiary.Path(a.Beneficiary)); !ok || b.Speaks(cmd.Actor) {
			return nil, ErrOneself
		}
	}
	triaged := &aidv1.AlertTriaged{Outcome: body.GetOutcome(), By: cmd.Actor, Text: body.GetText()}
	ask := &aidv1.RequestAid{
		Beneficiary: a.Beneficiary, Channel: aidv1.RequestChannel_REQUEST_CHANNEL_SENSOR, Category: body.GetCategory(),
		Urgency: body.GetUrgency(), Quantity: 1, Unit: terms.Visit, Text: body.GetText(),
	}
	switch body.GetOutcome() {
	case aidv1.TriageOutcome_TRIAGE_OUTCOME_EMERGENCY:
		ask.Category, ask.Urgency = terms.Rescue, aidv1.Urgency_URGENCY_DANGER
	case aidv1.TriageOutcome_TRIAGE_OUTCOME_VISIT:
	default:
		return []decider.Change{decider.On(Path(body.GetAlert()), triaged)}, nil
	}
	used, b, err := beneficiary.InUse(v, a.Beneficiary) // the sensor may hang at a file that is no longer used
	if err != nil {
		return nil, err
	}
	ask.Beneficiary = used
	requested, err := casework.Open(v, cmd, b, ask)
	if err != nil {
		return nil, err
	}
	triaged.Case = cmd.ID.NewAggregate()
	return []decider.Change{
		decider.On(Path(body.GetAlert()), triaged), decider.On(casework.Path(triaged.Case), requested),
	}, nil
}

// timer demands that an alert is looked at again when its time has come.
func timer(e decider.Event, by int64) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "alert/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "aid-triage/" + id + "/" + strconv.FormatInt(by, 10), Operation: OperationMiss, Due: by,
		Body: &aidv1.MissTriage{Alert: id, Deadline: by},
	}}
}

// OnRaised sets the time of an alert.
func OnRaised(_ *decider.View, e decider.Event, b *aidv1.AlertRaised) []decider.Demand {
	return timer(e, b.GetTriageBy())
}

// OnRepeated sets the one that an alarm may have moved.
func OnRepeated(_ *decider.View, e decider.Event, b *aidv1.AlertRepeated) []decider.Demand {
	return timer(e, b.GetTriageBy())
}

// Miss records that nobody looked.
func Miss(v *decider.View, cmd *decider.Command, body *aidv1.MissTriage) ([]decider.Change, error) {
	a, ok := decider.Get[Alert](v, Path(body.GetAlert()))
	switch {
	case !ok:
		return nil, ErrUnknown
	case a.Outcome != 0 || a.Missed || a.TriageBy != body.GetDeadline() || cmd.Time < a.TriageBy:
		return nil, ErrKept
	}
	return []decider.Change{decider.On(Path(body.GetAlert()), &aidv1.TriageMissed{
		Deadline: body.GetDeadline(), EscalatedTo: casework.Above(v),
	})}, nil
}
