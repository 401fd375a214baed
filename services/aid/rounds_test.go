package aid_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/casework"
)

// daily is an order of vic's for fifteen meals, one a day from tomorrow, each an hour late at most.
func (w *world) daily() (caseID, order string) {
	w.Helper()
	caseID = w.approved()
	order = w.do("aid.order", &aidv1.OrderWork{Case: caseID, Org: id("volunteers"), Quantity: 15, Due: w.Now + 20*day}, "wes")
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true, Member: id("vic")}, "olga")
	w.do("aid.repeat_order", everyDay(w, order), "wes")
	return caseID, order
}

func everyDay(w *world, order string) *aidv1.RepeatOrder {
	return &aidv1.RepeatOrder{Order: order, First: w.Now + day, EverySeconds: day / 1000, GraceSeconds: hour / 1000, Quantity: 1}
}

func (w *world) rounds(order string) *casework.Rounds {
	return decider.Peek[casework.Rounds](w.State, "rounds/"+order)
}

func brings(order string, outcome aidv1.VisitOutcome) *aidv1.RecordVisit {
	v := visit(order, 1)
	if v.Outcome = outcome; outcome != aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED {
		v.Quantity = 0
	}
	return v
}

const (
	delivered = aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED
	absent    = aidv1.VisitOutcome_VISIT_OUTCOME_ABSENT
	declined  = aidv1.VisitOutcome_VISIT_OUTCOME_DECLINED
)

// Each round is kept or missed, and the next is due all the same.
func TestRounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, order := w.daily()
	first := w.Now + day
	is := func(what string, next int64, kept, missed, left uint32) {
		t.Helper()
		if r := w.rounds(order); r.Next != next || r.Kept != kept || r.Missed != missed || r.Left != left {
			t.Errorf("%s: %+v, want next %d, kept %d, missed %d, left %d", what, r, next-start, kept, missed, left)
		}
	}
	is("planned", first, 0, 0, 15)
	w.do("aid.visit", brings(order, delivered), "vic") // long before: beside the rounds
	is("brought beside them", first, 0, 0, 15)
	w.pass(day)
	w.do("aid.visit", brings(order, absent), "vic")
	is("nobody was there", first, 0, 0, 15)
	w.do("aid.visit", brings(order, delivered), "vic")
	is("kept", first+day, 1, 0, 14)
	if done := w.pass(hour); slices.Contains(done, "RoundMissed") {
		t.Errorf("kept, and missed: %v", done)
	}
	if done := w.pass(day); !slices.Contains(done, "RoundMissed") {
		t.Errorf("nobody came, and nobody noticed: %v", done)
	}
	is("missed", first+2*day, 1, 1, 13)
	w.Now += day - hour
	w.do("aid.visit", brings(order, declined), "vic")
	is("the person did not want it", first+3*day, 2, 1, 12)
	w.pass(2*day + hour)
	is("two more missed", first+5*day, 2, 3, 10)
	if r := w.rounds(order); r.InRow != 2 {
		t.Errorf("in a row %+v", r)
	}
}

// Whoever gives an order up lets nobody be forgotten: the rounds are missed until somebody says that nobody is expected.
func TestRoundsOfAnOrderGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, order := w.daily()
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order}, "vic")
	w.pass(3*day + hour)
	if r := w.rounds(order); r.Missed != 3 {
		t.Errorf("rounds %+v", r)
	}
	w.do("aid.end_rounds", &aidv1.EndRounds{Order: order}, "wes")
	w.pass(20 * day)
	if r := w.rounds(order); r.Missed != 3 || r.Next != 0 || !r.Ended {
		t.Errorf("ended %+v", r)
	}
}

// A pause has nobody come, and ends by itself.
func TestRoundsPaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, order := w.daily()
	first := w.Now + day
	w.do("aid.pause_rounds", &aidv1.PauseRounds{Order: order, Until: first + 4*day + hour}, "pam")
	w.pass(4 * day)
	if r := w.rounds(order); r.Next != first+5*day || r.Missed != 0 {
		t.Errorf("paused %+v", r)
	}
	w.do("aid.resume_rounds", &aidv1.ResumeRounds{Order: order}, "wes")
	if r := w.rounds(order); r.Next != first+3*day || r.PausedUntil != 0 {
		t.Errorf("resumed %+v", r)
	}
	w.do("aid.pause_rounds", &aidv1.PauseRounds{Order: order, Until: w.Now + 2*day}, "ann")
	w.pass(2*day + hour)
	if r := w.rounds(order); r.Missed != 1 {
		t.Errorf("the pause is over, and nobody came: %+v", r)
	}
}

func TestRoundsRefused(t *testing.T) {
	t.Parallel()
	repeat := func(change func(*aidv1.RepeatOrder)) func(*world) proto.Message {
		return func(w *world) proto.Message {
			c := w.approved()
			order := w.do("aid.order", &aidv1.OrderWork{Case: c, Org: id("volunteers"), Quantity: 15, Due: w.Now + 20*day}, "wes")
			body := everyDay(w, order)
			change(body)
			return body
		}
	}
	as := func(*aidv1.RepeatOrder) {}
	running := func(body func(w *world, order string) proto.Message) func(*world) proto.Message {
		return func(w *world) proto.Message {
			_, order := w.daily()
			return body(w, order)
		}
	}
	end := running(func(_ *world, order string) proto.Message { return &aidv1.EndRounds{Order: order} })
	pause := func(until int64) func(*world) proto.Message {
		return running(func(w *world, order string) proto.Message {
			return &aidv1.PauseRounds{Order: order, Until: w.Now + until}
		})
	}
	refuse(t, []refusal{
		{"by who brings it", "vic", "aid.repeat_order", repeat(as), "aid_case.not_worker"},
		{"too often", "wes", "aid.repeat_order", repeat(func(b *aidv1.RepeatOrder) { b.EverySeconds = 3599 }), "rounds.malformed"},
		{"too seldom", "wes", "aid.repeat_order", repeat(func(b *aidv1.RepeatOrder) { b.EverySeconds = 32 * 24 * 3600 }), "rounds.malformed"},
		{"with no time to be late", "wes", "aid.repeat_order", repeat(func(b *aidv1.RepeatOrder) { b.GraceSeconds = 0 }), "rounds.malformed"},
		{"of nothing", "wes", "aid.repeat_order", repeat(func(b *aidv1.RepeatOrder) { b.Quantity = 0 }), "rounds.malformed"},
		{"beginning yesterday", "wes", "aid.repeat_order", repeat(func(b *aidv1.RepeatOrder) { b.First = start }), "work_order.due"},
		{"beyond the order", "wes", "aid.repeat_order", repeat(func(b *aidv1.RepeatOrder) { b.EverySeconds *= 2 }), "rounds.beyond_order"},
		{"twice", "wes", "aid.repeat_order", running(func(w *world, order string) proto.Message { return everyDay(w, order) }), "rounds.run"},
		{"ended by a neighbour", "bob", "aid.end_rounds", end, "beneficiary.not_concerned"},
		{"ended by who brings it", "vic", "aid.end_rounds", end, "beneficiary.not_concerned"},
		{"ended by the person", "ann", "aid.end_rounds", end, ""},
		{"of an order without any", "ann", "aid.end_rounds", func(w *world) proto.Message {
			_, order := w.ordered()
			return &aidv1.EndRounds{Order: order}
		}, "rounds.unknown"},
		{"ended twice", "ann", "aid.end_rounds", running(func(w *world, order string) proto.Message {
			w.do("aid.end_rounds", &aidv1.EndRounds{Order: order}, "wes")
			return &aidv1.EndRounds{Order: order}
		}), "rounds.over"},
		{"paused for ever", "ann", "aid.pause_rounds", pause(63 * day), "rounds.pause"},
		{"paused until yesterday", "ann", "aid.pause_rounds", pause(-1), "rounds.pause"},
		{"resumed without a pause", "ann", "aid.resume_rounds", running(func(_ *world, order string) proto.Message {
			return &aidv1.ResumeRounds{Order: order}
		}), "rounds.not_paused"},
	})
}

// TestNobodyIsForgotten: whatever happens to rounds, as long as they run exactly one is due, in the future once what is owed is done, and
// each round that was planned is kept, missed or still to come.
func TestNobodyIsForgotten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		_, order := w.daily()
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "deed") {
			case 0, 1:
				w.pass(rapid.Int64Range(1, 3*day).Draw(t, "passes"))
			case 2:
				outcome := rapid.SampledFrom([]aidv1.VisitOutcome{delivered, absent, declined}).Draw(t, "outcome")
				w.try("aid.visit", brings(order, outcome), "vic")
			case 3:
				w.try("aid.pause_rounds", &aidv1.PauseRounds{Order: order, Until: w.Now + rapid.Int64Range(1, 5*day).Draw(t, "until")}, "ann")
			case 4:
				w.try("aid.resume_rounds", &aidv1.ResumeRounds{Order: order}, "wes")
			case 5:
				if rapid.IntRange(0, 9).Draw(t, "declines") == 0 {
					w.try("aid.answer_order", &aidv1.AnswerOrder{Order: order}, "vic")
				}
			}
			w.settle()
			r := w.rounds(order)
			brought := decider.Peek[casework.Order](w.State, casework.OrderPath(order)).Delivered
			if r.Kept+r.Missed+r.Left != 15 {
				t.Fatalf("a round is lost: %+v", r)
			}
			if r.Next == 0 && r.Left > 0 && brought < 15 || r.Next != 0 && r.Next+hour <= w.Now && brought < 15 {
				t.Fatalf("somebody is forgotten: %+v at %d, brought %d", r, w.Now, brought)
			}
		}
	})
}
