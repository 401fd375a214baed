package proposal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/topic"
	"renlin.dev/services/proposal/internal/words"
)

func postIn(matter string) *proposalv1.PostTopic {
	return &proposalv1.PostTopic{Matter: matter, Text: text("lamps")}
}

func TestPostTopic(t *testing.T) {
	t.Parallel()
	posted := []string{"posts: OpenTopicsListed", "topic: TopicPosted"}
	const post = "proposal.post"
	play(t, []scenario{
		{"first", func(*world) proto.Message { return postIn("greening") }, "ann", post, posted, ""},
		{"second of two allowed", func(w *world) proto.Message {
			w.post("ann", "greening")
			return postIn("greening")
		}, "ann", post, posted, ""},
		{"one too many", func(w *world) proto.Message {
			w.post("ann", "greening")
			w.post("ann", "greening")
			return postIn("greening")
		}, "ann", post, nil, "topic.limit"},
		{"the limit is each matter's own", func(w *world) proto.Message {
			w.post("ann", "greening")
			w.post("ann", "greening")
			return postIn("naming")
		}, "ann", post, posted, ""},
		{"the limit is each member's own", func(w *world) proto.Message {
			w.post("ann", "greening")
			w.post("ann", "greening")
			return postIn("greening")
		}, "bob", post, posted, ""},
		{"a withdrawn topic makes room", func(w *world) proto.Message {
			first := w.post("ann", "greening")
			w.post("ann", "greening")
			w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: first})
			return postIn("greening")
		}, "ann", post, posted, ""},
		{"a taken topic makes room", func(w *world) proto.Message {
			w.convened("greening")
			w.post("ann", "greening")
			return postIn("greening")
		}, "ann", post, posted, ""},
		{"a stricter rulebook binds at once", func(w *world) proto.Message {
			w.post("ann", "greening")
			book := rulebook()
			book.OpenTopicsMax = 1
			w.Adopt(book)
			return postIn("greening")
		}, "ann", post, nil, "topic.limit"},
		{"a rulebook that allows none", func(w *world) proto.Message {
			book := rulebook()
			book.OpenTopicsMax = 0
			w.Adopt(book)
			return postIn("greening")
		}, "ann", post, nil, "topic.limit"},
		{"an unknown matter", func(*world) proto.Message { return postIn("gossip") }, "ann", post, nil, "topic.matter_unknown"},
		{"no matter", func(*world) proto.Message { return postIn("") }, "ann", post, nil, "topic.matter_unknown"},
		{"no matter, and a rulebook with a nameless one", func(w *world) proto.Message {
			book := rulebook()
			book.Matters = append(book.Matters, &communityv1.Matter{})
			w.Adopt(book)
			return postIn("")
		}, "ann", post, nil, "topic.matter_unknown"},
		{"a matter that is no word", func(*world) proto.Message { return postIn("13800138000") }, "ann", post, nil, "field.invalid"},
		{"no words", func(*world) proto.Message { return &proposalv1.PostTopic{Matter: "greening"} }, "ann", post, nil, wordless},
		{"words without length", func(*world) proto.Message {
			words := text("lamps")
			words.LengthBytes = 0
			return &proposalv1.PostTopic{Matter: "greening", Text: words}
		}, "ann", post, nil, wordless},
		{"words without commitment", func(*world) proto.Message {
			words := text("lamps")
			words.Commitment = nil
			return &proposalv1.PostTopic{Matter: "greening", Text: words}
		}, "ann", post, nil, wordless},
	})
}

func TestSecondTopic(t *testing.T) {
	t.Parallel()
	const second = "proposal.second"
	play(t, []scenario{
		{"another's", func(w *world) proto.Message {
			return &proposalv1.SecondTopic{Topic: w.post("ann", "greening")}
		}, "bob", second, []string{"second: TopicSeconded"}, ""},
		{"one's own", func(w *world) proto.Message {
			return &proposalv1.SecondTopic{Topic: w.post("ann", "greening")}
		}, "ann", second, nil, "second.own"},
		{"twice", func(w *world) proto.Message {
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			return &proposalv1.SecondTopic{Topic: raised}
		}, "bob", second, nil, "second.given"},
		{"an unknown topic", func(*world) proto.Message {
			return &proposalv1.SecondTopic{Topic: id("nothing")}
		}, "bob", second, nil, "topic.unknown"},
		{"no topic", func(*world) proto.Message { return &proposalv1.SecondTopic{} }, "bob", second, nil, "topic.unknown"},
		{"a withdrawn topic", func(w *world) proto.Message {
			raised := w.post("ann", "greening")
			w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: raised})
			return &proposalv1.SecondTopic{Topic: raised}
		}, "bob", second, nil, "topic.withdrawn"},
		{"a taken topic", func(w *world) proto.Message {
			_, raised := w.convened("greening")
			return &proposalv1.SecondTopic{Topic: raised}
		}, "dan", second, nil, "topic.taken"},
	})
}

func TestWithdrawTopic(t *testing.T) {
	t.Parallel()
	const withdraw = "proposal.withdraw"
	play(t, []scenario{
		{"one's own", func(w *world) proto.Message {
			raised := w.post("ann", "greening")
			w.second("bob", raised)
			return &proposalv1.WithdrawTopic{Topic: raised}
		}, "ann", withdraw, []string{"topic: TopicWithdrawn"}, ""},
		{"another's", func(w *world) proto.Message {
			return &proposalv1.WithdrawTopic{Topic: w.post("ann", "greening")}
		}, "bob", withdraw, nil, "topic.not_yours"},
		{"twice", func(w *world) proto.Message {
			raised := w.post("ann", "greening")
			w.Do("topic", "ann", withdraw, &proposalv1.WithdrawTopic{Topic: raised})
			return &proposalv1.WithdrawTopic{Topic: raised}
		}, "ann", withdraw, nil, "topic.withdrawn"},
		{"after it was taken", func(w *world) proto.Message {
			_, raised := w.convened("greening")
			return &proposalv1.WithdrawTopic{Topic: raised}
		}, "ann", withdraw, nil, "topic.taken"},
		{"an unknown topic", func(*world) proto.Message {
			return &proposalv1.WithdrawTopic{Topic: id("nothing")}
		}, "ann", withdraw, nil, "topic.unknown"},
		{"no topic", func(*world) proto.Message { return &proposalv1.WithdrawTopic{} }, "ann", withdraw, nil, "topic.unknown"},
	})
}

// TestTopicState: who did what and when is in the state that clients are served.
func TestTopicState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.post("ann", "greening")
	w.Now += 5
	w.second("bob", kept)
	want := &topic.Topic{
		Matter: "greening", Author: id("ann"), Text: words.Of(text("lamps")), State: topic.Open, PostedAt: start,
	}
	if diff := cmp.Diff(want, decider.Peek[topic.Topic](w.State, topic.Path(kept))); diff != "" {
		t.Errorf("posted topic (-want +got):\n%s", diff)
	}
	second := &topic.Second{Member: id("bob"), Matter: "greening", SecondedAt: start + 5}
	if diff := cmp.Diff(second, decider.Peek[topic.Second](w.State, topic.SecondPath(kept, id("bob")))); diff != "" {
		t.Errorf("second (-want +got):\n%s", diff)
	}
	w.Now += 5
	w.second("cat", kept)
	w.Settle()
	got := decider.Peek[topic.Topic](w.State, topic.Path(kept))
	want.State, want.TakenAt, want.Deliberation = topic.Taken, start+10, got.Deliberation
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("taken topic (-want +got):\n%s", diff)
	}
	gone := w.post("ann", "greening")
	w.Now += 5
	w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: gone})
	want = &topic.Topic{
		Matter: "greening", Author: id("ann"), Text: words.Of(text("lamps")), State: topic.Withdrawn,
		PostedAt: start + 10, WithdrawnAt: start + 15,
	}
	if diff := cmp.Diff(want, decider.Peek[topic.Topic](w.State, topic.Path(gone))); diff != "" {
		t.Errorf("withdrawn topic (-want +got):\n%s", diff)
	}
}

// TestPostsConflict: two posts of one author at the same moment, each the last one allowed, cannot both be written; what others do at
// that moment does not stop either.
func TestPostsConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	withdrawn := w.post("ann", "greening")
	first := w.State.Judge(w.Input("ann", "proposal.post", postIn("greening")))
	rival := w.State.Judge(w.Input("ann", "proposal.post", postIn("greening")))
	if first.Err != nil || rival.Err != nil {
		t.Fatalf("refused: %v, %v", first.Err, rival.Err)
	}
	list := topic.PostsPath(id("ann"), "greening")
	if a, b := versionOf(first, list), versionOf(rival, list); a != 2 || b != 2 {
		t.Errorf("versions %d and %d of the author's list: they must collide", a, b)
	}
	// A withdrawal beside a post is seen, too: the post looked at the topic.
	if !reads(first, topic.Path(withdrawn)) {
		t.Error("the post does not rest on the author's open topics")
	}
	for _, other := range []*decider.Verdict{
		w.State.Judge(w.Input("bob", "proposal.post", postIn("greening"))),
		w.State.Judge(w.Input("ann", "proposal.post", postIn("naming"))),
	} {
		if other.Err != nil || versionOf(other, list) != 0 || reads(other, list) {
			t.Errorf("a post of another author or matter touches the list: %v", other.Err)
		}
	}
}

// TestSecondsDoNotWait: those who second one topic at the same moment neither change nor read what the others change.
func TestSecondsDoNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raised := w.post("ann", "greening")
	body := &proposalv1.SecondTopic{Topic: raised}
	bob, cat := w.State.Judge(w.Input("bob", "proposal.second", body)), w.State.Judge(w.Input("cat", "proposal.second", body))
	for _, pair := range [][2]*decider.Verdict{{bob, cat}, {cat, bob}} {
		if len(pair[0].Collections) > 0 {
			t.Error("a second looks at a collection, so that every other second makes it stale")
		}
		for _, ch := range pair[1].Commit.Changes {
			if reads(pair[0], ch.Aggregate) || versionOf(pair[0], ch.Aggregate) > 0 {
				t.Errorf("one second rests on another's %s", ch.Aggregate)
			}
		}
	}
	if !reads(bob, topic.Path(raised)) {
		t.Error("a second does not rest on its topic, so that a withdrawal beside it goes unseen")
	}
}

func versionOf(v *decider.Verdict, aggregate string) uint64 {
	for _, ch := range v.Commit.Changes {
		if ch.Aggregate == aggregate {
			return ch.Version
		}
	}
	return 0
}

func reads(v *decider.Verdict, aggregate string) bool {
	for _, r := range v.Reads {
		if r.Key == aggregate {
			return true
		}
	}
	return false
}
