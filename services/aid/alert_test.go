package aid_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/alert"
	"renlin.dev/services/aid/internal/supply"
)

const (
	warning = aidv1.SignalLevel_SIGNAL_LEVEL_WARNING
	alarm   = aidv1.SignalLevel_SIGNAL_LEVEL_ALARM
	minute  = hour / 60
)

// start is 2027-01-15 16:00 in Beijing.
const toQuiet = 6 * hour

func (w *world) sensor() {
	w.Helper()
	w.register()
	w.agree()
	w.do("aid.enrol_sensor", &aidv1.EnrolSensor{Beneficiary: annFile, Key: keyOf("mat")}, "pam")
}

func signal(level aidv1.SignalLevel) *aidv1.SendSignal {
	return &aidv1.SendSignal{Kind: aidv1.SignalKind_SIGNAL_KIND_FALL, Level: level}
}

func (w *world) alert(id string) *alert.Alert {
	return decider.Peek[alert.Alert](w.State, alert.Path(id))
}

func (w *world) stock(id string) *stock.Stock {
	return decider.Peek[stock.Stock](w.State, "stock/"+id)
}

func (w *world) arrival(id string) *supply.Arrival {
	return decider.Peek[supply.Arrival](w.State, "arrival/"+id)
}

// A device signals, somebody looks and goes: the case stands beside the word of who looked.
func TestAlertLeadsToVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sensor()
	raised := w.do("aid.send_signal", signal(alarm), "mat")
	if a := w.alert(raised); a.TriageBy != w.Now+5*minute || a.Sensor != chain.KeyID(keyOf("mat")) || a.Beneficiary != annFile {
		t.Errorf("alert %+v", a)
	}
	w.do("aid.send_signal", signal(warning), "mat")
	if a := w.alert(raised); a.Repeats != 1 || a.Level != alarm || a.TriageBy != w.Now+5*minute {
		t.Errorf("repeated %+v", a)
	}
	c := w.do("aid.triage", &aidv1.TriageAlert{
		Alert: raised, Outcome: aidv1.TriageOutcome_TRIAGE_OUTCOME_EMERGENCY, Text: text("called 120"),
	}, "xena")
	got := w.aidCase(c)
	if got.Urgency != danger || got.Category != "rescue" ||
		got.Channel != aidv1.RequestChannel_REQUEST_CHANNEL_SENSOR || got.By != id("xena") {
		t.Errorf("case %+v", got)
	}
	if done := w.pass(5 * minute); slices.Contains(done, "TriageMissed") {
		t.Errorf("looked at in time: %v", done)
	}
	if again := w.do("aid.send_signal", signal(alarm), "mat"); w.alert(again) == nil {
		t.Error("after somebody looked, the next signal is no new alert")
	}
}

// An alert at which nobody looks stands on the record and goes up; what is no alarm waits for the morning.
func TestAlertMissed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		at    int64 // after the start
		level aidv1.SignalLevel
		after int64
	}{
		{"a warning by day", 0, warning, 15 * minute}, {"an alarm by day", 0, alarm, 5 * minute},
		{"a warning at the last minute of the day", toQuiet - 1, warning, 15 * minute},
		{"a warning at ten in the evening", toQuiet, warning, 8*hour + 15*minute},
		{"a warning in the night, between two minutes", toQuiet + 2*hour + 1, warning, 6*hour - 1 + 15*minute},
		{"a warning at the last of the night", toQuiet + 8*hour - 1, warning, 1 + 15*minute},
		{"a warning at six in the morning", toQuiet + 8*hour, warning, 15 * minute},
		{"an alarm in the night", toQuiet + hour, alarm, 5 * minute},
	} {
		w := newWorld(t)
		w.sensor()
		w.Now += c.at
		id := w.do("aid.send_signal", signal(c.level), "mat")
		if by := w.alert(id).TriageBy; by != w.Now+c.after {
			t.Errorf("%s: by %d after, want %d", c.name, by-w.Now, c.after)
		}
		if done := w.pass(c.after - 1); len(done) != 0 {
			t.Errorf("%s: too early %v", c.name, done)
		}
		if done := w.pass(1); !slices.Equal(done, []string{"TriageMissed"}) {
			t.Errorf("%s: %v", c.name, done)
		}
	}
}

// An alarm goes up also where a warning was missed before it; and what follows does not make it less than it is.
func TestAlarmAfterMiss(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sensor()
	first := w.do("aid.send_signal", signal(warning), "mat")
	if done := w.pass(15 * minute); !slices.Equal(done, []string{"TriageMissed"}) {
		t.Fatalf("the warning: %v", done)
	}
	second := w.do("aid.send_signal", signal(alarm), "mat")
	door := &aidv1.SendSignal{Kind: aidv1.SignalKind_SIGNAL_KIND_DOOR, Level: warning}
	w.do("aid.send_signal", door, "mat")
	if w.alert(second) == nil || w.alert(first).Level != warning || w.alert(second).Kind != aidv1.SignalKind_SIGNAL_KIND_FALL {
		t.Errorf("alerts %+v and %+v", w.alert(first), w.alert(second))
	}
	if done := w.pass(5 * minute); !slices.Contains(done, "TriageMissed") {
		t.Errorf("the alarm: %v", done)
	}
}

// The case stands under the file that is used in the end, however many were merged.
func TestAlertOfMergedFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sensor()
	second, third := id("second file"), id("third file")
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: second}, "wes")
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: third}, "wes")
	w.do("aid.merge", &aidv1.MergeBeneficiaries{From: annFile, Into: second}, "otto", "olga")
	w.do("aid.merge", &aidv1.MergeBeneficiaries{From: second, Into: third}, "otto", "olga")
	raised := w.do("aid.send_signal", signal(alarm), "mat")
	c := w.do("aid.triage", &aidv1.TriageAlert{
		Alert: raised, Outcome: aidv1.TriageOutcome_TRIAGE_OUTCOME_EMERGENCY, Text: text("called 120"),
	}, "xena")
	if got := w.aidCase(c).Beneficiary; got != third {
		t.Errorf("the case is under %s", got)
	}
}

func TestAlertRefused(t *testing.T) {
	t.Parallel()
	send := func(w *world) proto.Message { w.sensor(); return signal(alarm) }
	raise := func(w *world) proto.Message {
		w.register()
		return &aidv1.RaiseAlert{Beneficiary: annFile, Kind: aidv1.SignalKind_SIGNAL_KIND_STILL, Level: warning, Text: text("no answer")}
	}
	enrol := func(key string) func(*world) proto.Message {
		return func(w *world) proto.Message {
			w.sensor()
			return &aidv1.EnrolSensor{Beneficiary: annFile, Key: keyOf(key)}
		}
	}
	refuse(t, []refusal{
		{"a device that nobody enrolled", "cup", "aid.send_signal", send, "sensor.unknown"},
		{"a member's device", "ann", "aid.send_signal", send, "sensor.unknown"},
		{"a device that was signed off", "mat", "aid.send_signal", func(w *world) proto.Message {
			w.sensor()
			w.do("aid.revoke_sensor", &aidv1.RevokeSensor{Sensor: chain.KeyID(keyOf("mat"))}, "ann")
			return signal(alarm)
		}, "sensor.unknown"},
		{"no consent any more", "mat", "aid.send_signal", func(w *world) proto.Message {
			w.sensor()
			w.do("aid.withdraw_consent", &aidv1.WithdrawConsent{
				Beneficiary: annFile, Purpose: aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS,
			}, "ann")
			return signal(alarm)
		}, "consent.missing"},
		{"says nothing", "mat", "aid.send_signal", func(w *world) proto.Message { w.sensor(); return &aidv1.SendSignal{} }, "signal.malformed"},
		{"too many in an hour", "mat", "aid.send_signal", func(w *world) proto.Message {
			w.sensor()
			for range 12 {
				w.do("aid.send_signal", signal(warning), "mat")
			}
			w.Now += hour - 1
			return signal(warning)
		}, "signal.too_many"},
		{"an alarm after as many warnings", "mat", "aid.send_signal", func(w *world) proto.Message {
			w.sensor()
			for range 12 {
				w.do("aid.send_signal", signal(warning), "mat")
			}
			return signal(alarm)
		}, ""},
		{"an alarm that is one already", "mat", "aid.send_signal", func(w *world) proto.Message {
			w.sensor()
			for range 12 {
				w.do("aid.send_signal", signal(alarm), "mat")
			}
			return signal(alarm)
		}, "signal.too_many"},
		{"as many in the next", "mat", "aid.send_signal", func(w *world) proto.Message {
			w.sensor()
			for range 12 {
				w.do("aid.send_signal", signal(warning), "mat")
			}
			w.Now += hour
			return signal(alarm)
		}, ""},
		{"a sensor that does more", "mat", "aid.raise_alert", func(w *world) proto.Message {
			w.sensor()
			return &aidv1.RaiseAlert{Beneficiary: annFile, Kind: 1, Level: alarm, Text: text("x")}
		}, "key.unknown"},
		{"a sensor twice", "pam", "aid.enrol_sensor", enrol("mat"), "sensor.key_used"},
		{"a member's key as a sensor's", "pam", "aid.enrol_sensor", enrol("bob"), "sensor.key_used"},
		{"enrolled by a neighbour", "bob", "aid.enrol_sensor", enrol("cup"), "beneficiary.not_concerned"},
		{"raised by a neighbour", "bob", "aid.raise_alert", raise, "alert.carer"},
		{"raised too often", "pam", "aid.raise_alert", func(w *world) proto.Message {
			body := raise(w)
			for range 12 {
				w.do("aid.raise_alert", body, "pam")
			}
			return body
		}, "alert.too_many"},
		{"an alarm after as many", "pam", "aid.raise_alert", func(w *world) proto.Message {
			body := raise(w)
			for range 12 {
				w.do("aid.raise_alert", body, "pam")
			}
			return &aidv1.RaiseAlert{Beneficiary: annFile, Kind: aidv1.SignalKind_SIGNAL_KIND_FALL, Level: alarm, Text: text("on the floor")}
		}, ""},
		{"raised by somebody else", "wes", "aid.raise_alert", func(w *world) proto.Message {
			body := raise(w)
			for range 12 {
				w.do("aid.raise_alert", body, "pam")
			}
			return body
		}, ""},
		{"raised by the proxy", "pam", "aid.raise_alert", raise, ""},
		{"raised by any grid worker", "xena", "aid.raise_alert", raise, ""},
		{"looked at twice", "wes", "aid.triage", func(w *world) proto.Message {
			w.sensor()
			body := &aidv1.TriageAlert{
				Alert: w.do("aid.send_signal", signal(alarm), "mat"), Outcome: aidv1.TriageOutcome_TRIAGE_OUTCOME_REACHED, Text: text("well"),
			}
			w.do("aid.triage", body, "wes")
			return body
		}, "alert.triaged"},
		{"waved away by the proxy", "wes", "aid.triage", func(w *world) proto.Message {
			w.sensor()
			w.do("aid.name_proxy", &aidv1.NameProxy{Beneficiary: annFile, Proxy: id("wes")}, "ann")
			return &aidv1.TriageAlert{
				Alert: w.do("aid.send_signal", signal(alarm), "mat"), Outcome: aidv1.TriageOutcome_TRIAGE_OUTCOME_FALSE_ALARM, Text: text("cat"),
			}
		}, "alert.oneself"},
		{"a visit of no kind", "wes", "aid.triage", func(w *world) proto.Message {
			w.sensor()
			return &aidv1.TriageAlert{
				Alert: w.do("aid.send_signal", signal(alarm), "mat"), Outcome: aidv1.TriageOutcome_TRIAGE_OUTCOME_VISIT, Text: text("go"),
				Urgency: ordinary, Category: "gold",
			}
		}, "aid_case.category"},
	})
}

// Whatever happens, what is reserved is on hand, nothing is promised twice, and what came in is what went out and what is there.
func TestStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, order := w.ordered()
	stock := w.do("aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}, "wes")
	move := func(m aidv1.StockMove, n int64, order string) string {
		return w.try("aid.move_stock", &aidv1.MoveStock{Stock: stock, Move: m, Quantity: n, Order: order}, "wes")
	}
	const (
		receive, reserve, release = aidv1.StockMove_STOCK_MOVE_RECEIVE, aidv1.StockMove_STOCK_MOVE_RESERVE, aidv1.StockMove_STOCK_MOVE_RELEASE
		issue, expire             = aidv1.StockMove_STOCK_MOVE_ISSUE, aidv1.StockMove_STOCK_MOVE_EXPIRE
	)
	for i, step := range []struct {
		move  aidv1.StockMove
		n     int64
		order string
		want  string
	}{
		{reserve, 1, order, "stock.short"}, {receive, 20, "", ""}, {receive, 5, order, "stock.move"}, {reserve, 15, order, ""},
		{reserve, 6, order, "stock.short"}, {reserve, 1, "", "stock.move"}, {reserve, 1, id("x"), "stock.move"}, {expire, 6, "", "stock.short"},
		{expire, 5, "", ""}, {issue, 16, order, "stock.unreserved"}, {issue, 10, order, ""}, {release, 6, order, "stock.unreserved"},
		{release, 5, order, ""}, {issue, 1, order, "stock.unreserved"}, {receive, 0, "", "stock.move"}, {0, 1, "", "stock.move"},
	} {
		if got := move(step.move, step.n, step.order); got != step.want {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
	s := w.stock(stock)
	if s.OnHand != 5 || s.Reserved != 0 || s.Received != 20 || s.Issued != 10 || s.Expired != 5 || len(s.Reservations) != 0 {
		t.Errorf("stock %+v", s)
	}
	count := &aidv1.CountStock{Stock: stock, Quantity: 3, Evidence: text("list")}
	w.do("aid.count_stock", count, "otto")
	if s := w.stock(stock); s.OnHand != 3 || s.Corrected != -2 {
		t.Errorf("counted %+v", s)
	}
	if got := w.try("aid.count_stock", count, "olga"); got != "stock.other_org" {
		t.Errorf("counted by another organisation: %q", got)
	}
}

// What arrives has somebody who takes it in and has the room, or an alarm.
func TestArrival(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	load := func(n int64) *aidv1.Capacity { return &aidv1.Capacity{Category: "food", Unit: "meal", Quantity: n} }
	announce := func(n int64, org string) string {
		body := &aidv1.AnnounceArrival{Load: load(n), Due: w.Now + hour}
		if org != "" {
			body.Receiver = id(org)
		}
		return w.do("aid.announce_arrival", body, "odin")
	}
	alarms := func(arrival string) []aidv1.ArrivalAlarm { return w.arrival(arrival).Alarms }
	is := func(what, arrival string, want ...aidv1.ArrivalAlarm) {
		if got := alarms(arrival); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	const nobody, noRoom = aidv1.ArrivalAlarm_ARRIVAL_ALARM_NOBODY, aidv1.ArrivalAlarm_ARRIVAL_ALARM_NO_ROOM
	const overdue, short = aidv1.ArrivalAlarm_ARRIVAL_ALARM_OVERDUE, aidv1.ArrivalAlarm_ARRIVAL_ALARM_SHORT
	is("nobody is named", announce(1, ""), nobody)
	is("who is named has said nothing", announce(1, "committee"), noRoom)
	w.do("aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{load(100)}}, "otto")
	w.do("aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{load(50)}}, "olga")
	first, second := announce(80, "committee"), announce(30, "committee")
	is("there is room", first)
	is("the room is promised", second, noRoom)
	if got := w.try("aid.name_receiver", &aidv1.NameReceiver{Arrival: second, Org: id("committee")}, "odin"); got != "arrival.no_room" {
		t.Errorf("named without room: %q", got)
	}
	if got := w.try("aid.name_receiver", &aidv1.NameReceiver{Arrival: first, Org: id("volunteers")}, "olga"); got != "arrival.names" {
		t.Errorf("taken over by who has nothing to do with it: %q", got)
	}
	w.do("aid.name_receiver", &aidv1.NameReceiver{Arrival: second, Org: id("volunteers")}, "odin")
	receive := &aidv1.ReceiveArrival{Arrival: first, Quantity: 70, Evidence: text("note")}
	if got := w.try("aid.receive_arrival", receive, "xena"); got != "arrival.receiver" {
		t.Errorf("received by another organisation: %q", got)
	}
	w.do("aid.receive_arrival", receive, "wes")
	is("less came", first, short)
	third := announce(100, "committee")
	is("the room is free again", third)
	w.pass(hour)
	is("received in time", first, short)
	is("nobody received it", second, noRoom, overdue)
	is("nor this", third, overdue)
	w.do("aid.receive_arrival", &aidv1.ReceiveArrival{Arrival: third, Quantity: 100, Evidence: text("note")}, "otto")
	if a := w.arrival(third); !a.Received || a.Missing != 0 {
		t.Errorf("received late: %+v", a)
	}
}

// An organisation that says it has less room than it promised is heard: what was to come there is alarmed, the oldest last.
func TestLessRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	load := func(n int64) *aidv1.Capacity { return &aidv1.Capacity{Category: "food", Unit: "meal", Quantity: n} }
	declare := func(n int64) {
		w.do("aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{load(n)}}, "otto")
	}
	declare(100)
	body := &aidv1.AnnounceArrival{Load: load(40), Due: w.Now + hour, Receiver: id("committee")}
	first := w.do("aid.announce_arrival", body, "odin")
	second := w.do("aid.announce_arrival", body, "odin")
	declare(90)
	if a := w.arrival(second); len(a.Alarms) != 0 {
		t.Errorf("there is room: %v", a.Alarms)
	}
	declare(50)
	if a, b := w.arrival(first), w.arrival(second); len(a.Alarms) != 0 || len(b.Alarms) != 1 {
		t.Errorf("alarms %v and %v", a.Alarms, b.Alarms)
	}
	body.Due = w.Now + 367*day
	if got := w.try("aid.announce_arrival", body, "odin"); got != "arrival.due" {
		t.Errorf("in more than a year: %q", got)
	}
}

// A record that has facts where they do not belong is folded, not run into.
func TestFactsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fact("org/x", &aidv1.AidRequested{}, &aidv1.CaseAppealed{}, &aidv1.CaseAssessed{}, &aidv1.AidDelivered{}, &aidv1.AlertRaised{},
		&aidv1.AlertRepeated{}, &aidv1.ArrivalAnnounced{}, &aidv1.WorkOrdered{AnswerBy: 1}, &aidv1.ReferralAccepted{AnswerBy: 1},
		&aidv1.AppealWithdrawn{}, &aidv1.CheckInArranged{}, &aidv1.WellSaid{}, &aidv1.CheckInMissed{})
	if done := w.pass(day); len(done) != 0 {
		t.Errorf("what came of it: %v", done)
	}
}
