package proposal_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/topic"
)

// reached is one case of the threshold: what happens, and whether a round is owed after it.
type reached struct {
	name  string
	given func(w *world)
	owed  bool
}

func playReached(t *testing.T, cases []reached) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.given(w)
			var want []string
			if c.owed {
				want = []string{"convene/greening/1"}
			}
			if diff := cmp.Diff(want, w.Purposes()); diff != "" {
				t.Errorf("owed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestThreshold: greening needs three of the ten active members.
func TestThreshold(t *testing.T) {
	t.Parallel()
	playReached(t, []reached{
		{"nothing", func(*world) {}, false},
		{"author and one second", func(w *world) { w.second("bob", w.post("ann", "greening")) }, false},
		{"author and two seconds", func(w *world) {
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.second("cat", raised)
		}, true},
		{"three authors", func(w *world) {
			w.post("ann", "greening")
			w.post("bob", "greening")
			w.post("cat", "greening")
		}, true},
		{"two authors who post and second as much as they can", func(w *world) {
			for range 2 {
				w.second("bob", w.post("ann", "greening"))
				w.second("ann", w.post("bob", "greening"))
			}
		}, false},
		{"they and one more", func(w *world) {
			for range 2 {
				w.second("bob", w.post("ann", "greening"))
				w.second("ann", w.post("bob", "greening"))
			}
			w.post("cat", "greening")
		}, true},
		{"three in two matters", func(w *world) {
			w.second("bob", w.post("ann", "greening"))
			w.post("cat", "naming")
		}, false},
		{"three, one of whom is revoked before the third", func(w *world) {
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.revoke("bob")
			w.second("cat", raised)
		}, false},
		{"three, the author revoked", func(w *world) {
			raised := w.post("ann", "greening")
			w.revoke("ann")
			w.second("bob", raised)
			w.second("cat", raised)
		}, false},
		{"a topic of the three withdrawn before the third", func(w *world) {
			gone := w.post("dan", "greening")
			w.Do("topic", "dan", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: gone})
			w.second("bob", w.post("ann", "greening"))
		}, false},
		{"whoever supports two topics still counts when one is withdrawn", func(w *world) {
			raised := w.post("ann", "greening")
			gone := w.post("ann", "greening")
			w.second("bob", raised)
			w.second("bob", gone)
			w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: gone})
			w.second("cat", raised)
		}, true},
	})
}

// TestThresholdMoves: membership and rulebook change both sides of the comparison.
func TestThresholdMoves(t *testing.T) {
	t.Parallel()
	playReached(t, []reached{
		{"a fifth of more members is more than three", func(w *world) {
			for i := range 6 { // sixteen in all: four are needed
				w.Admit(fmt.Sprint("new", i))
			}
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.second("cat", raised)
		}, false},
		{"a revocation lowers the base and convenes", func(w *world) {
			for i := range 6 {
				w.Admit(fmt.Sprint("new", i))
			}
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.second("cat", raised)
			w.revoke("new0") // fifteen: three are enough
		}, true},
		{"a revoked supporter who is admitted again convenes", func(w *world) {
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.revoke("bob")
			w.second("cat", raised)
			w.Fact("member/"+id("bob"), &communityv1.MemberAdmitted{AdmittedBy: id("street office")})
		}, true},
		{"whom the founding admitted counts on neither side", func(w *world) {
			w.founders("max", "moe")
			raised := w.post("max", "greening")
			w.second("moe", raised)
			w.second("bob", raised)
			w.second("cat", raised)
		}, false},
		{"and does not hold back those who live here", func(w *world) {
			w.founders("max", "moe", "mia", "mae", "may", "mel") // sixteen with them: a fifth would be four
			raised := w.post("max", "greening")
			w.second("ann", raised)
			w.second("bob", raised)
			w.second("cat", raised)
		}, true},
		{"members whose import is not complete are not in the base", func(w *world) {
			for i := range 6 {
				w.Fact("member/"+id(fmt.Sprint("new", i)), &communityv1.MemberAdmitted{Import: id("import")})
			}
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.second("cat", raised)
		}, true},
		{"members whose import is complete are", func(w *world) {
			for i := range 6 {
				w.Fact("member/"+id(fmt.Sprint("new", i)), &communityv1.MemberAdmitted{Import: id("import")})
			}
			w.Fact("import/"+id("import"), &communityv1.ImportCompleted{})
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.second("cat", raised)
		}, false},
		{"a rulebook with a lower threshold convenes", func(w *world) {
			w.second("bob", w.post("ann", "greening"))
			book := rulebook()
			matterOf(book, "greening").ThresholdMembers = 2
			w.Adopt(book)
		}, true},
		{"a matter that the rulebook has dropped convenes nothing", func(w *world) {
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.Adopt(without(rulebook(), "greening"))
			w.second("cat", raised)
		}, false},
		{"and convenes when it is back", func(w *world) {
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			w.Adopt(without(rulebook(), "greening"))
			w.second("cat", raised)
			w.Adopt(rulebook())
		}, true},
	})
}

func matterOf(book *communityv1.Rulebook, code string) *communityv1.Matter {
	for _, m := range book.GetMatters() {
		if m.GetCode() == code {
			return m
		}
	}
	return nil
}

func without(book *communityv1.Rulebook, code string) *communityv1.Rulebook {
	var kept []*communityv1.Matter
	for _, m := range book.GetMatters() {
		if m.GetCode() != code {
			kept = append(kept, m)
		}
	}
	book.Matters = kept
	return book
}

// TestConvene: the deliberation says what it rests on, takes the topics and gives notice; nothing else is owed but its end.
func TestConvene(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	older := w.post("ann", "greening")
	newer := w.post("bob", "greening")
	w.second("bob", older)
	w.second("cat", newer)
	w.Now += 7
	if diff := cmp.Diff([]string{"proposal.convene"}, w.Settle()); diff != "" {
		t.Fatalf("done (-want +got):\n%s", diff)
	}
	c := w.Log[len(w.Log)-1]
	want := []string{"deliberation: DeliberationConvened, NoticeGiven", "topic: TopicTaken", "topic: TopicTaken"}
	if diff := cmp.Diff(want, decidertest.EventsOf(c)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	d := decider.Peek[topic.Topic](w.State, topic.Path(older)).Deliberation
	got := decider.Peek[deliberation.Deliberation](w.State, deliberation.Path(d))
	if diff := cmp.Diff(&deliberation.Deliberation{
		Matter: "greening", Round: 1, Topics: []string{older, newer}, Supporters: 3, Threshold: 3, ActiveMembers: 10,
		State: deliberation.Open, ConvenedAt: start + 7, ClosesAt: start + 7 + 3_600_000, NoticeRecipients: 10, NoticeAt: start + 7,
	}, got); diff != "" {
		t.Errorf("deliberation (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"close/" + d}, w.Purposes()); diff != "" {
		t.Errorf("owed (-want +got):\n%s", diff)
	}
}

// TestConveneStaysReached: what was reached is not undone by whoever leaves before the policy's own commit.
func TestConveneStaysReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raised := w.post("ann", "greening")
	w.second("bob", raised)
	w.second("cat", raised)
	w.revoke("bob")
	late := w.post("dan", "greening")
	if diff := cmp.Diff([]string{"proposal.convene"}, w.Settle()); diff != "" {
		t.Fatalf("done (-want +got):\n%s", diff)
	}
	if got := decider.Peek[topic.Topic](w.State, topic.Path(late)).State; got != topic.Open {
		t.Errorf("a topic raised after the demand is %s, want it open for the next round", got)
	}
}

// TestConveneLapses: a topic that was withdrawn in between makes the round lapse; the next one is judged at once and convenes with what
// is left, or waits for the next supporter.
func TestConveneLapses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		remaining bool // enough support is left
	}{{"enough left", true}, {"not enough left", false}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gone := w.post("ann", "greening")
			kept := w.post("bob", "greening")
			if c.remaining {
				w.second("ann", kept)
			}
			w.second("cat", kept)
			if diff := cmp.Diff([]string{"convene/greening/1"}, w.Purposes()); diff != "" {
				t.Fatalf("owed (-want +got):\n%s", diff)
			}
			w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: gone})
			want := []string{"lapsed topic.withdrawn"}
			if c.remaining {
				want = append(want, "proposal.convene")
			}
			if diff := cmp.Diff(want, w.Settle()); diff != "" {
				t.Fatalf("done (-want +got):\n%s", diff)
			}
			if !c.remaining {
				w.second("dan", kept)
				if diff := cmp.Diff([]string{"convene/greening/2"}, w.Purposes()); diff != "" {
					t.Fatalf("owed after another supporter (-want +got):\n%s", diff)
				}
				w.Settle()
			}
			d := decider.Peek[topic.Topic](w.State, topic.Path(kept)).Deliberation
			got := decider.Peek[deliberation.Deliberation](w.State, deliberation.Path(d))
			if got == nil || got.Round != 2 || !cmp.Equal(got.Topics, []string{kept}) {
				t.Errorf("second round: %+v", got)
			}
		})
	}
}

// TestConveneWithoutMatter: the matter left the rulebook in between.
func TestConveneWithoutMatter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raised := w.post("ann", "greening")
	w.second("bob", raised)
	w.second("cat", raised)
	w.Adopt(without(rulebook(), "greening"))
	if diff := cmp.Diff([]string{"lapsed topic.matter_unknown"}, w.Settle()); diff != "" {
		t.Fatalf("done (-want +got):\n%s", diff)
	}
	w.Adopt(rulebook())
	if diff := cmp.Diff([]string{"convene/greening/2"}, w.Purposes()); diff != "" {
		t.Errorf("owed when the matter is back (-want +got):\n%s", diff)
	}
}

// TestConveneTakesTheOldest: one deliberation takes a bounded number of topics; the rest waits for support of its own.
func TestConveneTakesTheOldest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	book.OpenTopicsMax = 1000
	matterOf(book, "greening").ThresholdMembers = 4
	w.Adopt(book)
	var topics []string
	for range topic.TakenMax {
		topics = append(topics, w.post("ann", "greening"))
	}
	for range 5 {
		topics = append(topics, w.post("bob", "greening"))
	}
	w.second("cat", topics[len(topics)-1])
	w.second("dan", topics[0])
	w.Settle()
	for i, raised := range topics {
		want := topic.Taken
		if i >= topic.TakenMax {
			want = topic.Open // bob and cat alone do not convene a second one
		}
		if got := decider.Peek[topic.Topic](w.State, topic.Path(raised)).State; got != want {
			t.Fatalf("topic %d is %s, want %s", i, got, want)
		}
	}
	w.second("dan", topics[len(topics)-1])
	w.second("eve", topics[len(topics)-1])
	w.Settle()
	if got := decider.Peek[topic.Topic](w.State, topic.Path(topics[len(topics)-1])); got.State != topic.Taken {
		t.Errorf("the rest is %s, want it taken in the second round", got.State)
	}
}

// TestOpenMax: whatever a rulebook says, nobody has more open topics of a matter than a post can look at.
func TestOpenMax(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	book.OpenTopicsMax = 2 * topic.OpenMax
	w.Adopt(book)
	list := &proposalv1.OpenTopicsListed{}
	for i := range topic.OpenMax - 1 {
		list.Topics = append(list.Topics, id(fmt.Sprint("topic ", i)))
		w.Fact(topic.Path(list.Topics[i]), &proposalv1.TopicPosted{Matter: "greening", Author: id("ann"), Text: text("lamps")})
	}
	w.Fact(topic.PostsPath(id("ann"), "greening"), list)
	w.post("ann", "greening")
	if got := w.Try("ann", "proposal.post", postIn("greening")); got != "topic.limit" {
		t.Errorf("one more: %q", got)
	}
}

// TestConveneRestAtOnce: when the rest has the support already, its round follows without another supporter.
func TestConveneRestAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	book.OpenTopicsMax = 1000
	w.Adopt(book)
	// The matter is out of the rulebook while support gathers, so that it is all there before the first round.
	for range topic.TakenMax - 1 {
		w.post("ann", "greening")
	}
	w.post("bob", "greening")
	last := w.post("bob", "greening")
	w.Adopt(without(rulebook(), "greening"))
	w.second("cat", last)
	w.second("dan", last)
	w.Adopt(book)
	if diff := cmp.Diff([]string{"proposal.convene", "proposal.convene"}, w.Settle()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	got := decider.Peek[topic.Topic](w.State, topic.Path(last))
	d := decider.Peek[deliberation.Deliberation](w.State, deliberation.Path(got.Deliberation))
	if d == nil || d.Round != 2 || d.Supporters != 3 || len(d.Topics) != 1 {
		t.Errorf("the rest's deliberation: %+v", d)
	}
}

// TestConveneFromOutside: nobody may send what only a rule demands, and no rule's command is written before it is owed.
func TestConveneFromOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := &proposalv1.ConveneDeliberation{Matter: "greening", Round: 1, Topics: []string{w.post("ann", "greening")}}
	if got := w.Try("olga", "proposal.convene", body); got != "operation.unknown" {
		t.Errorf("sent by an officer: %q", got)
	}
	in := w.Input("olga", "proposal.convene", body)
	in.Policy = true
	if v := w.State.Judge(in); v.Err == nil {
		t.Error("a convening that nothing demands was decided")
	}
}
