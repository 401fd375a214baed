package aid_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/aid/internal/alert"
)

// six and nine in the morning, in minutes; toSix and toNine are how long after the start they come.
const (
	six, nine = 6 * 60, 9 * 60
	toSix     = 14 * hour
	toNine    = 17 * hour
)

func (w *world) checkIn() *alert.CheckIn {
	return decider.Peek[alert.CheckIn](w.State, alert.CheckInPath(annFile))
}

// waited has a device in ann's home, and a word of hers waited for each morning.
func (w *world) waited() {
	w.Helper()
	w.sensor()
	w.do("aid.arrange_check_in", morning(), "pam")
}

func morning() *aidv1.ArrangeCheckIn {
	return &aidv1.ArrangeCheckIn{Beneficiary: annFile, FromMinutes: six, ByMinutes: nine}
}

// A word that comes in its time moves the next to the next day; one that does not is an alert at which somebody must look, and the day
// after is waited for all the same.
func TestCheckIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		after  int64 // when the word comes; -1 for never
		missed bool
	}{
		{"never", -1, true}, {"before its time", toSix - 1, true}, {"as its time begins", toSix, false},
		{"at the last", toNine - 1, false}, {"as it is over", toNine, true},
	} {
		w := newWorld(t)
		w.waited()
		began := w.Now
		var done []string
		if c.after >= 0 && c.after < toNine {
			done = w.pass(c.after)
			w.do("aid.send_well", &aidv1.SendWell{}, "mat")
		}
		done = append(done, w.pass(began+toNine-w.Now)...)
		if c.after == toNine {
			w.do("aid.send_well", &aidv1.SendWell{}, "mat")
		}
		if missed := slices.Contains(done, "CheckInMissed"); missed != c.missed || missed != slices.Contains(done, "AlertRaised") {
			t.Errorf("%s: %v", c.name, done)
		}
		got := w.checkIn()
		if got.NextBy != began+toNine+day || (c.after >= 0) != (got.WellBy == chain.KeyID(keyOf("mat"))) {
			t.Errorf("%s: %+v", c.name, got)
		}
		if !c.missed {
			continue
		}
		if a := w.alert(got.Alert); a.Kind != aidv1.SignalKind_SIGNAL_KIND_SILENT || a.TriageBy != w.Now+15*minute || a.Beneficiary != annFile {
			t.Errorf("%s: alert %+v", c.name, a)
		}
		if done := w.pass(15 * minute); !slices.Equal(done, []string{"TriageMissed"}) {
			t.Errorf("%s: nobody looked: %v", c.name, done)
		}
		if done := w.pass(day); !slices.Contains(done, "CheckInMissed") || w.checkIn().Missed != 2 {
			t.Errorf("%s: the day after: %v", c.name, done)
		}
	}
}

// TestEachDay: whatever words come whenever, each day has either one within its time, or one alert; and nobody speaks for two days at once.
func TestEachDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.sensor()
		from, by := rapid.Uint32Range(0, 24*60-1).Draw(t, "from"), rapid.Uint32Range(0, 24*60-1).Draw(t, "by")
		w.do("aid.arrange_check_in", &aidv1.ArrangeCheckIn{Beneficiary: annFile, FromMinutes: from, ByMinutes: by}, "pam")
		span := (int64(by)-int64(from)+24*60)%(24*60)*minute + map[bool]int64{true: day}[from == by]
		next, said, want := w.checkIn().NextBy, int64(-1), uint32(0)
		// A time that begins now has begun.
		if at := (next/minute + 8*60) % (24 * 60); at != int64(by) || next-span <= w.Now || next-span-day > w.Now {
			t.Fatalf("waited for at minute %d, want %d, from %d after now", at, by, next-span-w.Now)
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			w.pass(rapid.Int64Range(1, 14*hour).Draw(t, "passes"))
			for ; next <= w.Now; next += day {
				if said < next-span {
					want++
				}
			}
			if rapid.Bool().Draw(t, "says") {
				w.do("aid.say_well", &aidv1.SayWell{Beneficiary: annFile}, "pam")
				said = w.Now
			}
			if got := w.checkIn(); got.Missed != want || got.NextBy <= w.Now {
				t.Fatalf("%d missed, want %d; next in %d", got.Missed, want, got.NextBy-w.Now)
			}
		}
	})
}

// The first time is one in all of which somebody could have spoken; a later word of who arranges replaces it.
func TestCheckInArranged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.waited()
	w.pass(toSix + hour)
	w.do("aid.arrange_check_in", morning(), "ann")
	if next := w.checkIn().NextBy; next != start+toNine+day {
		t.Errorf("in the middle of it: %d", next-start)
	}
	w.do("aid.arrange_check_in", &aidv1.ArrangeCheckIn{Beneficiary: annFile, FromMinutes: nine, ByMinutes: nine}, "ann")
	if next := w.checkIn().NextBy; next != start+toNine+day {
		t.Errorf("the whole day: %d", next-start)
	}
	if done := w.pass(2*hour + 1); slices.Contains(done, "CheckInMissed") {
		t.Errorf("what was replaced is missed: %v", done)
	}
}

// It ends by somebody's word, and by itself when the person no longer agrees or is forgotten.
func TestCheckInEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world){
		"ended": func(w *world) { w.do("aid.end_check_in", &aidv1.EndCheckIn{Beneficiary: annFile}, "pam") },
		"no consent": func(w *world) {
			w.do("aid.withdraw_consent", &aidv1.WithdrawConsent{
				Beneficiary: annFile, Purpose: aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS,
			}, "ann")
		},
		"erased": func(w *world) { w.Fact("subject/"+annFile, &vaultv1.SubjectErased{By: id("ann")}) },
	} {
		w := newWorld(t)
		w.waited()
		end(w)
		if done := w.pass(toNine); slices.Contains(done, "AlertRaised") || !w.checkIn().Ended {
			t.Errorf("%s: %v, %+v", name, done, w.checkIn())
		}
		if done := w.pass(3 * day); len(done) != 0 {
			t.Errorf("%s, and goes on: %v", name, done)
		}
	}
}

func TestCheckInRefused(t *testing.T) {
	t.Parallel()
	arrange := func(from, by uint32) func(*world) proto.Message {
		return func(w *world) proto.Message {
			w.sensor()
			return &aidv1.ArrangeCheckIn{Beneficiary: annFile, FromMinutes: from, ByMinutes: by}
		}
	}
	say := func(w *world) proto.Message { w.waited(); return &aidv1.SayWell{Beneficiary: annFile} }
	chatter := func(at int64) func(*world) proto.Message {
		return func(w *world) proto.Message {
			w.waited()
			w.Now += at
			for range 12 {
				w.do("aid.send_signal", signal(warning), "mat")
			}
			return &aidv1.SendWell{}
		}
	}
	ahead := func(body proto.Message, holds int64) func(*world) proto.Message {
		return func(w *world) proto.Message { w.waited(); w.Holds = holds; return body }
	}
	herWord := &aidv1.SayWell{Beneficiary: annFile}
	refuse(t, []refusal{
		{"arranged by a neighbour", "bob", "aid.arrange_check_in", arrange(six, nine), "beneficiary.not_concerned"},
		{"from no minute of a day", "pam", "aid.arrange_check_in", arrange(24*60, nine), "check_in.times"},
		{"by no minute of a day", "pam", "aid.arrange_check_in", arrange(six, 24*60), "check_in.times"},
		{"over midnight", "pam", "aid.arrange_check_in", arrange(22*60, 60), ""},
		{"without consent", "pam", "aid.arrange_check_in", func(w *world) proto.Message { w.register(); return morning() }, "consent.missing"},
		{"ended where there is none", "pam", "aid.end_check_in", func(w *world) proto.Message {
			w.sensor()
			return &aidv1.EndCheckIn{Beneficiary: annFile}
		}, "check_in.none"},
		{"ended by a neighbour", "bob", "aid.end_check_in", func(w *world) proto.Message {
			w.waited()
			return &aidv1.EndCheckIn{Beneficiary: annFile}
		}, "beneficiary.not_concerned"},
		{"said by a neighbour", "bob", "aid.say_well", say, "beneficiary.not_concerned"},
		{"said by herself", "ann", "aid.say_well", say, ""},
		{"sent where nobody waits", "mat", "aid.send_well", func(w *world) proto.Message {
			w.sensor()
			return &aidv1.SendWell{}
		}, "check_in.none"},
		{"sent by a member", "ann", "aid.send_well", func(w *world) proto.Message { w.waited(); return &aidv1.SendWell{} }, "sensor.unknown"},
		{"sent after too many signals", "mat", "aid.send_well", chatter(0), "signal.too_many"},
		{"waited for, after too many signals", "mat", "aid.send_well", chatter(toSix), ""},
		{"said for a quarter of an hour", "ann", "aid.say_well", ahead(herWord, 15*minute), ""},
		{"said for longer", "ann", "aid.say_well", ahead(herWord, 15*minute+1), "check_in.ahead"},
		{"said for tomorrow", "ann", "aid.say_well", ahead(herWord, day), "check_in.ahead"},
		{"sent for a quarter of an hour", "mat", "aid.send_well", ahead(&aidv1.SendWell{}, 15*minute), ""},
		{"sent for longer", "mat", "aid.send_well", ahead(&aidv1.SendWell{}, 15*minute+1), "check_in.ahead"},
		{"silence as a device's word", "mat", "aid.send_signal", func(w *world) proto.Message {
			w.sensor()
			return &aidv1.SendSignal{Kind: aidv1.SignalKind_SIGNAL_KIND_SILENT, Level: alarm}
		}, "signal.malformed"},
	})
}

// Whose an alert is follows the file, else who enrolled the device.
func TestWhoLooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sensor()
	if a := w.alert(w.do("aid.send_signal", signal(alarm), "mat")); a.Org != "" {
		t.Errorf("of a file that ann has opened: %q", a.Org)
	}
	other := id("other file")
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: other}, "wes")
	w.do("aid.give_consent", &aidv1.GiveConsent{
		Beneficiary: other, Purpose: aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS, Evidence: text("said so"),
	}, "wes")
	w.do("aid.enrol_sensor", &aidv1.EnrolSensor{Beneficiary: other, Key: keyOf("cup"), ByPassword: true}, "wes")
	raised := w.do("aid.send_signal", signal(alarm), "cup")
	if a := w.alert(raised); a.Org != id("committee") || a.EscalatedTo != "" {
		t.Errorf("of a file of the committee's: %+v", a)
	}
	w.pass(5 * minute)
	if a := w.alert(raised); a.EscalatedTo != id("street") {
		t.Errorf("missed: %+v", a)
	}
	if s := decider.Peek[alert.Sensor](w.State, "sensor/"+chain.KeyID(keyOf("cup"))); !s.ByPassword || s.Org != id("committee") {
		t.Errorf("sensor %+v", s)
	}
}
