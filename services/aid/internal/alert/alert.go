// Package alert holds the rules of signals from devices at home and from people who care.
//
// A device has a key of its own, bound to a file where the person has agreed to that, and can do nothing with it but send signals, so many
// in an hour. A signal raises an alert, or repeats the one that nobody has looked at yet. An alarm is looked at within minutes, at any
// hour; what is less waits for the end of the quiet hours. A grid worker or officer looks: it was nothing, the person was reached, somebody
// goes, or the emergency services were called; the last two open a case. An alert at which nobody looks in time stands on the record as
// missed, and goes up.
//
// A person may be waited for: each day, between two times, they or a device of theirs or somebody who cares says that they are well. A
// word that does not come is an alert by rule, and the next day is waited for all the same. It ends when somebody ends it, and by itself
// when the person no longer agrees.
package alert

import (
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
)

// Sensor is aggregate sensor/<key id>.
type Sensor struct {
	Beneficiary string `json:"beneficiary"`
	By          string `json:"by"`
	Org         string `json:"org,omitempty"`
	ByPassword  bool   `json:"by_password,omitempty"` // it does not sign: the MQTT edge does, by its password
	Revoked     bool   `json:"revoked,omitempty"`
	Hourly
}

// Hourly is what somebody has sent: HourFrom and Count are the signals of the hour that began with the first of them; Alert is what the
// last one raised or repeated.
type Hourly struct {
	HourFrom int64  `json:"hour_from,omitempty"`
	Count    uint32 `json:"count,omitempty"`
	Alert    string `json:"alert,omitempty"`
}

func (h *Hourly) count(b *aidv1.SignalCounted) {
	h.HourFrom, h.Count, h.Alert = b.GetHourFrom(), b.GetCount(), b.GetAlert()
}

// Carer is aggregate beneficiary/<id>/carer/<member>: what a member has raised for somebody.
type Carer struct{ Hourly }

func carerPath(file, member string) string { return beneficiary.Path(file) + "/carer/" + member }

// Alert is aggregate alert/<id>.
type Alert struct {
	Beneficiary string              `json:"beneficiary"`
	Kind        aidv1.SignalKind    `json:"kind"`
	Level       aidv1.SignalLevel   `json:"level"`
	By          string              `json:"by,omitempty"`
	Sensor      string              `json:"sensor,omitempty"`
	Org         string              `json:"org,omitempty"` // that has to look; whoever works here where it is empty
	EscalatedTo string              `json:"escalated_to,omitempty"`
	Text        beneficiary.Text    `json:"text"`
	RaisedAt    int64               `json:"raised_at"`
	TriageBy    int64               `json:"triage_by"`
	Repeats     uint32              `json:"repeats,omitempty"`
	Missed      bool                `json:"missed,omitempty"`
	Outcome     aidv1.TriageOutcome `json:"outcome"`
	TriagedBy   string              `json:"triaged_by,omitempty"`
	Case        string              `json:"case,omitempty"`
}

// Path names an alert's aggregate.
func Path(id string) string { return "alert/" + id }

func sensorPath(key []byte) string { return "sensor/" + chain.KeyID(key) }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("sensor", true, func(s *Sensor, e decider.Event) {
		switch b := e.Body.(type) {
		case *aidv1.SensorEnrolled:
			*s = Sensor{Beneficiary: b.GetBeneficiary(), By: b.GetBy(), Org: b.GetOrg(), ByPassword: b.GetByPassword()}
		case *aidv1.SensorRevoked:
			s.Revoked = true
		case *aidv1.SignalCounted:
			s.count(b)
		}
	})(m)
	decider.Kind("carer", true, func(c *Carer, e decider.Event) {
		if b, ok := e.Body.(*aidv1.SignalCounted); ok {
			c.count(b)
		}
	})(m)
	decider.Kind("alert", true, func(a *Alert, e decider.Event) {
		switch b := e.Body.(type) {
		case *aidv1.AlertRaised:
			*a = Alert{
				Beneficiary: b.GetBeneficiary(), Kind: b.GetKind(), Level: b.GetLevel(), By: b.GetBy(), Sensor: b.GetSensor(), RaisedAt: e.Time,
				TriageBy: b.GetTriageBy(), Text: beneficiary.Words(b.GetText()), Org: b.GetOrg(),
			}
		case *aidv1.AlertRepeated:
			a.Kind, a.Level, a.TriageBy = b.GetKind(), b.GetLevel(), b.GetTriageBy()
			a.Repeats++
		case *aidv1.AlertTriaged:
			a.Outcome, a.TriagedBy, a.Case = b.GetOutcome(), b.GetBy(), b.GetCase()
		case *aidv1.TriageMissed:
			a.Missed, a.EscalatedTo = true, b.GetEscalatedTo()
		}
	})(m)
	decider.Kind("check-in", true, evolveCheckIn)(m)
}
