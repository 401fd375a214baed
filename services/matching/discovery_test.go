package matching_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

const day = 24 * 60 * minute

// alert has a device at home, whose file is a pseudonym, raise an alert.
func (w *world) alert(name, file string) {
	w.Helper()
	w.Fact("alert/"+id(name), &aidv1.AlertRaised{Beneficiary: id(file), Level: aidv1.SignalLevel_SIGNAL_LEVEL_ALARM, TriageBy: w.Now + minute})
}

func (w *world) suggestion(person string, sign matchingv1.Sign) *supply.Suggestion {
	return decider.Peek[supply.Suggestion](w.State, supply.SuggestionPath(supply.SuggestionID(person, sign)))
}

// suggested gives a world with a suggestion about cat's file, and its id.
func suggested(w *world) string {
	w.alert("fall", "cat's file")
	w.Settle()
	return supply.SuggestionID(id("cat's file"), matchingv1.Sign_SIGN_ALERT)
}

func suggestedNeed(suggestion, beneficiary string) *matchingv1.RaiseNeed {
	return &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Text: text("soup"), Suggestion: suggestion, Beneficiary: beneficiary,
	}
}

// TestSuggestions: what somebody makes of a suggestion, and who may.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	dismiss := func(w *world) proto.Message {
		return &matchingv1.DismissSuggestion{Suggestion: suggested(w), Reason: matchingv1.Dismissal_DISMISSAL_MISTAKEN}
	}
	repeated := func(w *world, who string) string {
		for range 5 {
			w.need(who, 1)
		}
		w.Settle()
		return supply.SuggestionID(id(who), matchingv1.Sign_SIGN_REPEATED)
	}
	play(t, []scenario{
		{
			name: "a grid worker makes a need of it", who: "gwen", operation: "matching.raise_need",
			given: func(w *world) proto.Message { return suggestedNeed(suggested(w), "") },
			then:  []string{"asking: OpenNeedsListed", "need: NeedRaised", "suggestion: SuggestionTaken"},
		},
		{
			name: "an officer makes a need of what is about a member", who: "olga", operation: "matching.raise_need",
			given: func(w *world) proto.Message { return suggestedNeed(repeated(w, "ann"), id("ann")) },
			then:  []string{"asking: OpenNeedsListed", "need: NeedRaised", "suggestion: SuggestionTaken"},
		},
		{
			name: "but not for somebody else", who: "olga", operation: "matching.raise_need",
			given:   func(w *world) proto.Message { return suggestedNeed(repeated(w, "ann"), id("bob")) },
			refused: "suggestion.other_person",
		},
		{
			name: "a resident does not", who: "ann", operation: "matching.raise_need",
			given:   func(w *world) proto.Message { return suggestedNeed(suggested(w), "") },
			refused: "need.for_other",
		},
		{
			name: "an officer says that there is none", who: "otto", operation: "matching.dismiss_suggestion", given: dismiss,
			then: []string{"suggestion: SuggestionDismissed"},
		},
		{name: "a resident does not say so", who: "ann", operation: "matching.dismiss_suggestion", given: dismiss, refused: "role.missing"},
		{
			name: "without a reason", who: "otto", operation: "matching.dismiss_suggestion",
			given:   func(w *world) proto.Message { return &matchingv1.DismissSuggestion{Suggestion: suggested(w)} },
			refused: "suggestion.reason",
		},
		{
			name: "what there is not", who: "otto", operation: "matching.dismiss_suggestion",
			given: func(*world) proto.Message {
				return &matchingv1.DismissSuggestion{Suggestion: id("none"), Reason: matchingv1.Dismissal_DISMISSAL_OTHER}
			},
			refused: "suggestion.unknown",
		},
		{
			name: "what is over", who: "otto", operation: "matching.dismiss_suggestion",
			given: func(w *world) proto.Message {
				w.Do("suggestion", "gwen", "matching.dismiss_suggestion", dismiss(w))
				return dismiss(w)
			},
			refused: "suggestion.over",
		},
		{
			name: "an officer does not decide on what is about them", who: "olga", operation: "matching.dismiss_suggestion",
			given: func(w *world) proto.Message {
				return &matchingv1.DismissSuggestion{Suggestion: repeated(w, "olga"), Reason: matchingv1.Dismissal_DISMISSAL_OTHER}
			},
			refused: "suggestion.own",
		},
	})
}

// TestSigns: what is put to a human, and what is not.
func TestSigns(t *testing.T) {
	t.Parallel()
	missed := func(clock aidv1.ServiceClock) func(w *world) {
		return func(w *world) {
			w.Fact("aid-case/"+id("case"), &aidv1.AidRequested{Beneficiary: id("file")})
			w.Fact("aid-case/"+id("case"), &aidv1.ServiceClockMissed{Clock: clock, Deadline: w.Now})
		}
	}
	for name, s := range map[string]struct {
		happens func(w *world)
		person  string
		sign    matchingv1.Sign
		want    bool
	}{
		"an alert":                   {func(w *world) { w.alert("a", "file") }, "file", matchingv1.Sign_SIGN_ALERT, true},
		"help that did not come":     {missed(aidv1.ServiceClock_SERVICE_CLOCK_RESOLVE), "file", matchingv1.Sign_SIGN_CLOCK, true},
		"nobody answered":            {missed(aidv1.ServiceClock_SERVICE_CLOCK_ANSWER), "file", matchingv1.Sign_SIGN_CLOCK, true},
		"an appeal that waits":       {missed(aidv1.ServiceClock_SERVICE_CLOCK_APPEAL), "file", matchingv1.Sign_SIGN_CLOCK, false},
		"five times in a week":       {raises(5, 0), "ann", matchingv1.Sign_SIGN_REPEATED, true},
		"four times":                 {raises(4, 0), "ann", matchingv1.Sign_SIGN_REPEATED, false},
		"five times in five weeks":   {raises(5, 7*day), "ann", matchingv1.Sign_SIGN_REPEATED, false},
		"five times taken back":      {withdraws("ann"), "ann", matchingv1.Sign_SIGN_WITHDRAWN, true},
		"taken back by an officer":   {withdraws("olga"), "ann", matchingv1.Sign_SIGN_WITHDRAWN, false},
		"an officer is not whom":     {withdraws("olga"), "olga", matchingv1.Sign_SIGN_WITHDRAWN, false},
		"a helper who fell silent":   {silence, "ann", matchingv1.Sign_SIGN_CHECK_IN, true},
		"who is no member any more":  {func(w *world) { w.gone("ann"); raises(5, 0)(w) }, "ann", matchingv1.Sign_SIGN_REPEATED, false},
		"of a member, not of a file": {silence, "file", matchingv1.Sign_SIGN_CHECK_IN, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s.happens(w)
			w.Settle()
			if got := w.suggestion(id(s.person), s.sign) != nil; got != s.want {
				t.Errorf("it is put to a human: %v, want %v", got, s.want)
			}
		})
	}
}

// gone lets the next commits be somebody's who has just left: their needs stand, but nobody asks for them.
func (w *world) gone(who string) {
	w.Helper()
	w.later(0)
	w.Fact("member/"+id(who), &communityv1.MemberRevoked{})
}

// raises has ann ask for a meal so many times; once she has gone, the record has it as it was before.
func raises(times int, between int64) func(w *world) {
	return func(w *world) {
		w.Author = chain.AuthorDevice
		for i := range times {
			w.Fact("need/"+id(string(rune('a'+i))), &matchingv1.NeedRaised{Skill: "meal", Quantity: 1, Beneficiary: id("ann"), By: id("ann")})
			w.Now += between
		}
	}
}

// withdraws has ann's needs taken back.
func withdraws(by string) func(w *world) {
	return func(w *world) {
		for range 5 {
			w.Do("need", by, "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: w.need("ann", 1)})
			w.Now += minute
		}
	}
}

// silence has bob accept what ann needs, and then say nothing.
func silence(w *world) {
	provider := w.provider("bob", 1, 1)
	a := w.assigned(match(w.need("ann", 1), 1, provider))
	w.Do("assignment", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	w.later(61 * minute)
}

// TestSuggestionLife: one at a time, it goes up when nobody looks, awaits somebody all the same, and then there is rest.
func TestSuggestionLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fact("org/"+id("street office"), &communityv1.OrgAdmitted{
		Org: &communityv1.Org{Id: id("street office"), Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT},
	})
	w.alert("first", "file")
	if diff := cmp.Diff([]string{"matching.suggest_need"}, w.Settle()); diff != "" {
		t.Fatalf("the first alert (-want +got):\n%s", diff)
	}
	w.alert("second", "file")
	if done := w.Settle(); len(done) != 0 {
		t.Fatalf("a second one at once leads to %v", done)
	}
	if diff := cmp.Diff([]string{"matching.lapse_suggestion"}, w.later(3*day)); diff != "" {
		t.Fatalf("nobody looks (-want +got):\n%s", diff)
	}
	if s := w.suggestion(id("file"), matchingv1.Sign_SIGN_ALERT); s.Fate != supply.Overdue || s.EscalatedTo != id("street office") {
		t.Fatalf("it does not go up: %+v", s)
	}
	sid := supply.SuggestionID(id("file"), matchingv1.Sign_SIGN_ALERT)
	need := w.Do("need", "gwen", "matching.raise_need", suggestedNeed(sid, ""))
	if n := w.needState(need); n.Beneficiary != id("file") || n.Suggestion != sid {
		t.Fatalf("the need is somebody else's: %+v", n)
	}
	w.Now += 6 * day
	w.alert("third", "file")
	if done := w.Settle(); len(done) != 0 {
		t.Fatalf("there is no rest: %v", done)
	}
	w.Now += day
	w.alert("fourth", "file")
	if diff := cmp.Diff([]string{"matching.suggest_need"}, w.Settle()); diff != "" {
		t.Fatalf("after the rest (-want +got):\n%s", diff)
	}
	if s := w.suggestion(id("file"), matchingv1.Sign_SIGN_ALERT); s.Fate != supply.Suggested || s.Source != "alert/"+id("fourth") {
		t.Fatalf("the second one is not: %+v", s)
	}
}

// TestSuggestionsAreBounded: whatever happens, nothing follows but suggestions, of which each person and sign has one that awaits at most.
func TestSuggestionsAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		raised := 0
		for i := range rapid.IntRange(1, 40).Draw(t, "events") {
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0:
				w.alert(string(rune('A'+i)), rapid.SampledFrom([]string{"file", "other file"}).Draw(t, "whose"))
			case 1:
				if w.Try("ann", "matching.raise_need", suggestedNeed("", "")) == "" {
					raised++
				}
			case 2:
				w.later(rapid.Int64Range(0, 2*day).Draw(t, "later"))
			case 3:
				w.Settle()
			}
		}
		w.Settle()
		if got := len(w.State.Members("need")); got != raised || len(w.State.Members("assignment")) != 0 {
			t.Fatalf("rules raised or assigned something: %d needs, asked for were %d", got, raised)
		}
		if got := len(w.State.Members("suggestion")); got > 3 { // two files' alerts, and ann's repetition
			t.Fatalf("%d suggestions", got)
		}
	})
}
