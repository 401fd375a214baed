package proposal_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/merge"
	"renlin.dev/services/proposal/internal/topic"
)

// mergeWeek is how long a proposal waits where the rulebook does not say.
const mergeWeek = week

func mergeOf(into string, topics ...string) *proposalv1.ProposeMerge {
	return &proposalv1.ProposeMerge{Into: into, Topics: topics}
}

// merging has bob propose that ann's topic goes on as his, and answers the topics and the proposal.
func (w *world) merging() (into, away, proposal string) {
	w.Helper()
	away, into = w.post("ann", "greening"), w.post("bob", "greening")
	return into, away, w.Do("merge", "bob", "proposal.propose_merge", mergeOf(into, away))
}

// proposed is merging's proposal.
func (w *world) proposed() string {
	w.Helper()
	_, _, m := w.merging()
	return m
}

func (w *world) consent(who, m string) {
	w.Helper()
	w.Do("merge-consent", who, "proposal.consent_to_merge", &proposalv1.ConsentToMerge{Merge: m})
}

func topicOf(w *world, id string) *topic.Topic {
	return decider.Peek[topic.Topic](w.State, topic.Path(id))
}

func merged(w *world, id string) *merge.Merge {
	return decider.Peek[merge.Merge](w.State, merge.Path(id))
}

func TestProposeMerge(t *testing.T) {
	t.Parallel()
	const propose = "proposal.propose_merge"
	own, others := []string{"merging: OpenMergeListed", "merge: MergeProposed", "merge-consent: MergeConsented"},
		[]string{"merging: OpenMergeListed", "merge: MergeProposed"}
	two := func(w *world) proto.Message {
		away := w.post("ann", "greening")
		return mergeOf(w.post("bob", "greening"), away)
	}
	ended := func(end func(w *world, m string)) func(w *world) proto.Message {
		return func(w *world) proto.Message {
			into, away, m := w.merging()
			end(w, m)
			return mergeOf(into, away)
		}
	}
	play(t, []scenario{
		{"the author of one that goes", two, "ann", propose, own, ""},
		{"the author of the one that stays", two, "bob", propose, own, ""},
		{"a convener", two, "conn", propose, others, ""},
		{"somebody else", two, "cat", propose, nil, "merge.proposer_refused"},
		{"an officer", two, "olga", propose, nil, "merge.proposer_refused"},
		{"a convener by a hosted key", func(w *world) proto.Message {
			w.Fact("member/"+id("hal"), &communityv1.MemberAdmitted{})
			w.Fact("member/"+id("hal"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_CONVENER})
			w.Enrol("hal", true)
			return two(w)
		}, "hal", propose, nil, "merge.proposer_refused"},
		{"who only seconded", func(w *world) proto.Message {
			body := two(w).(*proposalv1.ProposeMerge)
			w.second("cat", body.GetInto())
			return body
		}, "cat", propose, nil, "merge.proposer_refused"},
		{"nothing", func(w *world) proto.Message { return mergeOf(w.post("ann", "greening")) }, "ann", propose, nil, "merge.topics_malformed"},
		{"itself", func(w *world) proto.Message {
			raised := w.post("ann", "greening")
			return mergeOf(raised, raised)
		}, "ann", propose, nil, "merge.topics_malformed"},
		{"one twice", func(w *world) proto.Message {
			body := two(w).(*proposalv1.ProposeMerge)
			body.Topics = append(body.Topics, body.Topics[0])
			return body
		}, "ann", propose, nil, "merge.topics_malformed"},
		{"of two matters", func(w *world) proto.Message {
			away := w.post("ann", "naming")
			return mergeOf(w.post("ann", "greening"), away)
		}, "ann", propose, nil, "merge.matter_mixed"},
		{"of a matter that has left the rulebook", func(w *world) proto.Message {
			body := two(w)
			book := rulebook()
			book.Matters = slices.DeleteFunc(book.Matters, func(m *communityv1.Matter) bool { return m.Code == "greening" })
			w.Adopt(book)
			return body
		}, "ann", propose, nil, "topic.matter_unknown"},
		{"an unknown topic", func(w *world) proto.Message { return mergeOf(w.post("ann", "greening"), id("nothing")) }, "ann", propose, nil,
			"topic.unknown"},
		{"into an unknown topic", func(w *world) proto.Message { return mergeOf(id("nothing"), w.post("ann", "greening")) }, "ann", propose,
			nil, "topic.unknown"},
		{"a withdrawn topic", func(w *world) proto.Message {
			body := two(w).(*proposalv1.ProposeMerge)
			w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: body.Topics[0]})
			return body
		}, "bob", propose, nil, "topic.withdrawn"},
		{"a topic that is deliberated", func(w *world) proto.Message {
			_, taken := w.convened("greening")
			return mergeOf(w.post("ann", "greening"), taken)
		}, "ann", propose, nil, "topic.taken"},
		{"into a topic that is deliberated", func(w *world) proto.Message {
			_, taken := w.convened("greening")
			return mergeOf(taken, w.post("ann", "greening"))
		}, "ann", propose, nil, "topic.taken"},
		{"a merged topic", func(w *world) proto.Message {
			_, away, m := w.merging()
			w.consent("ann", m)
			w.Settle()
			return mergeOf(w.post("ann", "greening"), away)
		}, "ann", propose, nil, "topic.merged"},
		{"again while the first is open", ended(func(*world, string) {}), "bob", propose, nil, "merge.proposed"},
		{"another's proposal beside it", ended(func(*world, string) {}), "ann", propose, own, ""},
		{"again after it was declined", ended(func(w *world, m string) {
			w.Do("merge", "ann", "proposal.decline_merge", &proposalv1.DeclineMerge{Merge: m})
		}), "bob", propose, own, ""},
		{"again after it was withdrawn", ended(func(w *world, m string) {
			w.Do("merge", "bob", "proposal.withdraw_merge", &proposalv1.WithdrawMerge{Merge: m})
		}), "bob", propose, own, ""},
		{"again when its time is over", ended(func(w *world, _ string) { w.Now += mergeWeek }), "bob", propose, own, ""},
		{"for another topic beside it", func(w *world) proto.Message {
			_, away, _ := w.merging()
			return mergeOf(w.post("bob", "greening"), away)
		}, "bob", propose, own, ""},
	})
}

// TestJoinedMax: a topic receives at most a hundred others, whether at once or by and by.
func TestJoinedMax(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	book.OpenTopicsMax = 1000
	w.Adopt(book)
	many := make([]string, topic.JoinedMax+1)
	for i := range many {
		many[i] = w.post("ann", "greening")
	}
	into := w.post("ann", "greening")
	if got := w.Try("ann", "proposal.propose_merge", mergeOf(into, many...)); got != "topic.joined_many" {
		t.Errorf("one too many: %q", got)
	}
	w.Do("merge", "ann", "proposal.propose_merge", mergeOf(into, many[1:]...))
	w.Settle()
	if got := topicOf(w, into); len(got.Joined) != topic.JoinedMax || got.State != topic.Open {
		t.Errorf("%d joined, %s", len(got.Joined), got.State)
	}
	if got := w.Try("ann", "proposal.propose_merge", mergeOf(into, many[0])); got != "topic.joined_many" {
		t.Errorf("one more: %q", got)
	}
	if got := w.Try("ann", "proposal.propose_merge", mergeOf(many[0], into)); got != "topic.joined_many" {
		t.Errorf("with all that it has: %q", got)
	}
	if got := w.Try("ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: into}); got != "" {
		t.Errorf("a topic that is all one's own cannot be withdrawn: %q", got)
	}
}

// TestMerge: the last consent carries the merge out by the rule itself; every supporter of both goes on, once, and nobody is convened by
// it or for the same again.
func TestMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	matterOf(book, "greening").ThresholdMembers, matterOf(book, "greening").MergeSeconds = 5, 60
	w.Adopt(book)
	into, away, m := w.merging()
	w.second("cat", into)
	w.second("cat", away)
	w.second("dan", away)
	w.second("bob", away)
	asked := slices.Sorted(slices.Values([]string{id("ann"), id("bob")}))
	if got := merged(w, m); got.ExpiresAt != start+60_000 || !slices.Equal(got.Authors, asked) {
		t.Errorf("proposed: %+v", got)
	}
	if done := w.Settle(); len(done) > 0 {
		t.Fatalf("done before the last consent: %v", done)
	}
	w.Now += 7
	w.consent("ann", m)
	if diff := cmp.Diff([]string{"proposal.merge"}, w.Settle()); diff != "" {
		t.Fatalf("done (-want +got):\n%s", diff)
	}
	gone, stays := topicOf(w, away), topicOf(w, into)
	if gone.State != topic.Merged || gone.MergedInto != into || gone.Merge != m || gone.MergedAt != start+7 {
		t.Errorf("merged topic: %+v", gone)
	}
	if stays.State != topic.Open || !slices.Equal(stays.Joined, []string{away}) || !slices.Equal(stays.JoinedAuthors, []string{id("ann")}) {
		t.Errorf("topic that goes on: %+v", stays)
	}
	if got := merged(w, m); got.State != merge.Completed || got.EndedAt != start+7 {
		t.Errorf("proposal: %+v", got)
	}
	for who, want := range map[string]string{
		"ann": "second.own", "bob": "second.own", "cat": "second.given", "dan": "second.given", // they support it already
	} {
		if got := w.Try(who, "proposal.second", &proposalv1.SecondTopic{Topic: into}); got != want {
			t.Errorf("%s seconds the merged topic: %q, want %q", who, got, want)
		}
	}
	if got := w.Try("eve", "proposal.second", &proposalv1.SecondTopic{Topic: away}); got != "topic.merged" {
		t.Errorf("a second for the topic that is gone: %q", got)
	}
	if got := w.Try("bob", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: into}); got != "topic.joined" {
		t.Errorf("others' support is withdrawn: %q", got)
	}
	w.second("eve", into) // the fifth
	w.Settle()
	d := topicOf(w, into).Deliberation
	if d == "" || topicOf(w, away).State != topic.Merged {
		t.Fatalf("after the fifth supporter: %+v", topicOf(w, into))
	}
	if len(w.State.Members("deliberation")) != 1 {
		t.Errorf("%d deliberations", len(w.State.Members("deliberation")))
	}
	w.Now += 60_000
	if diff := cmp.Diff([]string{"lapsed merge.completed"}, w.Settle()); diff != "" {
		t.Errorf("done at the proposal's end (-want +got):\n%s", diff)
	}
	w.Replay()
}

// TestMergeChain: what was merged before goes with the topic, and its author is asked again.
func TestMergeChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	matterOf(book, "greening").ThresholdMembers = 9
	w.Adopt(book)
	second, first, m := w.merging()
	w.second("dan", first)
	w.consent("ann", m)
	w.Settle()
	third := w.post("cat", "greening")
	m = w.Do("merge", "cat", "proposal.propose_merge", mergeOf(third, second))
	w.consent("bob", m)
	if done := w.Settle(); len(done) > 0 {
		t.Fatalf("done without the first author: %v", done)
	}
	w.consent("ann", m)
	w.Settle()
	got := topicOf(w, third)
	if !slices.Equal(got.Joined, []string{second, first}) || !slices.Equal(got.JoinedAuthors, []string{id("bob"), id("ann")}) {
		t.Errorf("joined: %+v", got)
	}
	if refused := w.Try("dan", "proposal.second", &proposalv1.SecondTopic{Topic: third}); refused != "second.given" {
		t.Errorf("a supporter of the first topic seconds the third: %q", refused)
	}
}

// TestMergeEnds: each way in which a proposal ends without a merge, and what lapses then.
func TestMergeEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(w *world, into, away, m string)
		done    []string
		state   merge.State
		reason  string
	}{
		"nobody answers": {func(w *world, _, _, _ string) { w.Now += mergeWeek }, []string{"proposal.expire_merge"}, merge.Expired, ""},
		"declined": {func(w *world, _, _, m string) {
			w.Do("merge", "ann", "proposal.decline_merge", &proposalv1.DeclineMerge{Merge: m})
			w.Now += mergeWeek
		}, []string{"lapsed merge.declined"}, merge.Declined, ""},
		"withdrawn": {func(w *world, _, _, m string) {
			w.Do("merge", "bob", "proposal.withdraw_merge", &proposalv1.WithdrawMerge{Merge: m})
			w.Now += mergeWeek
		}, []string{"lapsed merge.withdrawn"}, merge.Withdrawn, ""},
		"a topic is withdrawn beside the last consent": {func(w *world, _, away, m string) {
			w.consent("ann", m)
			w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: away})
		}, []string{"proposal.merge"}, merge.Failed, "topic.withdrawn"},
		"a topic is taken beside the last consent": {func(w *world, into, _, m string) {
			w.consent("ann", m)
			w.Fact(topic.Path(into), &proposalv1.TopicTaken{Deliberation: id("deliberation")})
		}, []string{"proposal.merge"}, merge.Failed, "topic.taken"},
		"the rule is late": {func(w *world, _, _, m string) {
			w.consent("ann", m)
			w.Now += mergeWeek
		}, nil, merge.Completed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			into, away, m := w.merging()
			c.happens(w, into, away, m)
			done := w.Settle()
			if diff := cmp.Diff(c.done, done); c.done != nil && diff != "" {
				t.Errorf("done (-want +got):\n%s", diff)
			}
			if got := merged(w, m); got.State != c.state || got.FailedFor != c.reason || got.EndedAt == 0 {
				t.Errorf("proposal: %+v", got)
			}
			if c.state != merge.Completed && topicOf(w, into).Joined != nil {
				t.Errorf("joined: %+v", topicOf(w, into))
			}
			w.Replay()
		})
	}
}

// TestMergeRevoked: a revoked author is not waited for, whether they left before or after the proposal, and who comes back after the last
// consent changes nothing.
func TestMergeRevoked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after []string
		proposer      string
		back          bool
	}{
		"before the proposal":          {[]string{"ann"}, nil, "bob", false},
		"after the proposal":           {nil, []string{"ann"}, "bob", false},
		"after it, and comes back":     {nil, []string{"ann"}, "bob", true},
		"all, and a convener proposes": {[]string{"ann", "bob"}, nil, "conn", false},
		"all, after a convener's word": {nil, []string{"ann", "bob"}, "conn", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			away := w.post("ann", "greening")
			into := w.post("bob", "greening")
			for _, who := range c.before {
				w.revoke(who)
			}
			m := w.Do("merge", c.proposer, "proposal.propose_merge", mergeOf(into, away))
			for i, who := range c.after {
				if done := w.Settle(); len(done) > 0 {
					t.Fatalf("done before %d had left: %v", i, done)
				}
				w.revoke(who)
			}
			if c.back {
				w.Admit("ann")
			}
			if diff := cmp.Diff([]string{"proposal.merge"}, w.Settle()); diff != "" {
				t.Errorf("done (-want +got):\n%s", diff)
			}
			if got := merged(w, m); got.State != merge.Completed {
				t.Errorf("proposal: %+v", got)
			}
			w.Replay()
		})
	}
	t.Run("comes back and declines before the rule", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.proposed()
		w.revoke("ann")
		w.Admit("ann")
		w.Do("merge", "ann", "proposal.decline_merge", &proposalv1.DeclineMerge{Merge: m})
		if diff := cmp.Diff([]string{"lapsed merge.declined"}, w.Settle()); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
	})
	t.Run("somebody else", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.proposed()
		w.revoke("eve")
		if done := w.Settle(); len(done) > 0 || merged(w, m).State != merge.Open {
			t.Errorf("done when a stranger left: %v", done)
		}
	})
}

// TestMergeBesideConvening: a convening that was demanded with a topic that is merged before lapses, and the next round follows with the
// same people; nobody is convened twice.
func TestMergeBesideConvening(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	into, away, m := w.merging()
	w.second("cat", away) // three people: a convening is owed
	w.consent("ann", m)
	done := map[string]int{}
	for _, o := range []string{"merge/" + m, "convene/greening/1", "convene/greening/2"} {
		for _, owed := range w.State.OwedNow(w.Now) {
			if owed.Purpose == o {
				done[w.Pay(owed)]++
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"proposal.merge": 1, "lapsed topic.merged": 1, "proposal.convene": 1}, done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if topicOf(w, into).State != topic.Taken || len(w.State.Members("deliberation")) != 1 {
		t.Errorf("topic %s, %d deliberations", topicOf(w, into).State, len(w.State.Members("deliberation")))
	}
	w.Replay()
}
