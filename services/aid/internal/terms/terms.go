// Package terms tells what a community's rulebook says of help to people in need, with what holds where it says nothing.
//
// The times of the four urgencies are those of the citizens' hotline 12345: danger within two hours, water, power, gas and heat within a
// day, what is ordinary within seven days, what is complex within fifteen. Beside them stands how soon somebody must have looked.
package terms

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Terms are the rules of help that hold now. Durations are milliseconds.
type Terms struct {
	rules *communityv1.AidRules
}

// Of reads them. A community without a rulebook has the defaults.
func Of(v *decider.View) Terms {
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok {
		return Terms{}
	}
	return Terms{rules: book.Book.GetAid()}
}

const (
	second = 1000
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
)

// clock is how soon something must be answered and done.
type clock struct{ answer, resolve int64 }

// clocks are the defaults.
func clocks(u aidv1.Urgency) clock {
	switch u {
	case aidv1.Urgency_URGENCY_DANGER:
		return clock{15 * minute, 2 * hour}
	case aidv1.Urgency_URGENCY_UTILITY:
		return clock{4 * hour, day}
	case aidv1.Urgency_URGENCY_COMPLEX:
		return clock{3 * day, 15 * day}
	}
	return clock{day, 7 * day}
}

// Answer is how soon a request of an urgency must be assessed, refused or referred.
func (t Terms) Answer(u aidv1.Urgency) int64 {
	return cmp.Or(int64(t.clock(u).GetAnswerSeconds())*second, clocks(u).answer)
}

// Resolve is how soon help must have come.
func (t Terms) Resolve(u aidv1.Urgency) int64 {
	return cmp.Or(int64(t.clock(u).GetResolveSeconds())*second, clocks(u).resolve)
}

func (t Terms) clock(u aidv1.Urgency) *communityv1.AidClock {
	for _, c := range t.rules.GetClocks() {
		if c.GetUrgency() == uint32(u) {
			return c
		}
	}
	return nil
}

// Confirm is how long after a delivery it may take to be confirmed.
func (t Terms) Confirm() int64 {
	return cmp.Or(int64(t.rules.GetConfirmSeconds())*second, 3*day)
}

// Appeal is how long a refusal or a closing may be appealed.
func (t Terms) Appeal() int64 { return cmp.Or(int64(t.rules.GetAppealSeconds())*second, 30*day) }

// AppealAnswer is how soon an appeal is decided.
func (t Terms) AppealAnswer() int64 {
	return cmp.Or(int64(t.rules.GetAppealAnswerSeconds())*second, 7*day)
}

// categoriesDefault and unitsDefault are the words where the rulebook has none.
var (
	categoriesDefault = []string{
		"care", "company", "food", "fund", "information", "medicine", "repair", "rescue", "supplies", "transport", "utilities",
	}
	unitsDefault   = []string{"fen", "hour", "kilogram", "litre", "meal", "piece", "set", "visit"}
	noticesDefault = []string{"health", "other", "safety", "subsidy", "utilities", "vaccination"}
)

// RollCall is the kind of a notice that asks everybody whether they are safe, whatever words the rulebook has: whoever says that it
// came says that they are.
const RollCall = "roll-call"

// Rescue and Visit are what an alert leads to, whatever words the rulebook has.
const (
	Rescue = "rescue"
	Visit  = "visit"
)

// Category tells whether help may be for this.
func (t Terms) Category(code string) bool {
	return code == Rescue || slices.Contains(orDefault(t.rules.GetCategories(), categoriesDefault), code)
}

// Unit tells whether something may be counted in this.
func (t Terms) Unit(code string) bool {
	return code == Visit || slices.Contains(orDefault(t.rules.GetUnits(), unitsDefault), code)
}

// Notice tells whether a policy notice may be about this.
func (t Terms) Notice(code string) bool {
	return code == RollCall || slices.Contains(orDefault(t.rules.GetNotices(), noticesDefault), code)
}

func orDefault(said, otherwise []string) []string {
	if len(said) > 0 {
		return said
	}
	return otherwise
}

// KnownUrgency tells whether it is one of the four.
func KnownUrgency(u aidv1.Urgency) bool {
	return u >= aidv1.Urgency_URGENCY_DANGER && u <= aidv1.Urgency_URGENCY_COMPLEX
}

// QuantityMax bounds every quantity, so that no sum of them leaves 64 bits.
const QuantityMax = 1_000_000_000_000

// Quantity tells whether an amount is one that can be asked for, granted or brought.
func Quantity(n int64) bool { return n > 0 && n <= QuantityMax }

const (
	// alarmMax is how soon an alarm is looked at, whatever the rulebook says of alerts.
	alarmMax = 5 * minute
	// beijing is how far Beijing time is ahead of UTC, in minutes.
	beijing    = 8 * 60
	dayMinutes = 24 * 60
	// The quiet hours where the rulebook says nothing: ten in the evening to six in the morning.
	quietFrom, quietUntil = 22 * 60, 6 * 60
)

// Triage gives by when an alert that is raised at a time must be looked at, and whether it waits for the end of the quiet hours.
func (t Terms) Triage(level aidv1.SignalLevel, now int64) (by int64, waits bool) {
	within := cmp.Or(int64(t.rules.GetTriageSeconds())*second, 15*minute)
	if level == aidv1.SignalLevel_SIGNAL_LEVEL_ALARM {
		return now + min(within, alarmMax), false
	}
	if rest := t.quiet(now); rest > 0 {
		return now + rest + within, true
	}
	return now + within, false
}

// quiet gives how long the quiet hours still last, 0 outside of them.
func (t Terms) quiet(now int64) int64 {
	from, until := int64(t.rules.GetQuietFromMinutes()), int64(t.rules.GetQuietUntilMinutes())
	if from == 0 && until == 0 {
		from, until = quietFrom, quietUntil
	}
	length := (until - from + dayMinutes) % dayMinutes
	since := ((now/minute+beijing-from)%dayMinutes + dayMinutes) % dayMinutes
	if since >= length {
		return 0
	}
	return (length-since)*minute - now%minute
}

// Minutes tells whether it is a minute of a day.
func Minutes(m uint32) bool { return m < dayMinutes }

// NextAt gives the first time after another at which it is that minute of the day in Beijing.
func NextAt(minutes uint32, after int64) int64 {
	local := after + beijing*minute
	at := local - (local%day+day)%day + int64(minutes)*minute
	if at <= local {
		at += day
	}
	return at - beijing*minute
}

// Span is how long it is from one minute of the day to another; a whole day where they are the same.
func Span(from, by uint32) int64 {
	if span := (int64(by) - int64(from) + dayMinutes) % dayMinutes; span > 0 {
		return span * minute
	}
	return day
}

// Signals is how many a sensor may send in an hour.
func (t Terms) Signals() uint32 { return cmp.Or(t.rules.GetSignalsPerHour(), 12) }

// Hour is the length of the window in which signals are counted.
const Hour = int64(hour)

// GroupMin is the size below which statistics show no group.
func (t Terms) GroupMin() int64 { return GroupMinOf(t.rules) }

// GroupMinOf is GroupMin of rules that were read elsewhere.
func GroupMinOf(rules *communityv1.AidRules) int64 { return int64(cmp.Or(rules.GetGroupMin(), 5)) }
