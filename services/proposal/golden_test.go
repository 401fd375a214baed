package proposal_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider/decidertest"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal"
)

// sample is an event where it stands.
type sample decidertest.Sample

// samples has each event of this service once, with every field set, under the name of its file. A new field is a new sample.
func samples() map[string]sample {
	t, d, s, m, a, g := id("topic"), id("deliberation"), id("statement"), id("motion"), id("ann"), id("gus")
	topics, authors, merge := []string{t, id("topic 2")}, []string{a, g}, id("merge")
	asked := question("works")
	return map[string]sample{
		"TopicPosted-1": {"topic/" + t, &proposalv1.TopicPosted{Matter: "greening", Author: a, Text: text("lamps")}},
		"TopicPosted-3": {"topic/" + t, &proposalv1.TopicPosted{
			Matter: "greening", Author: a, Text: text("lamps"), Pictures: []*communityv1.Text{text("photo")},
		}},
		"TopicPosted-2":   {"topic/" + t, &proposalv1.TopicPosted{Matter: "greening", Author: a, Text: text("lamps"), Mandate: id("mandate")}},
		"TopicSeconded-2": {"topic/" + t + "/second/" + a, &proposalv1.TopicSeconded{Matter: "greening", Mandate: id("mandate")}},
		"StatementSubmitted-2": {
			"deliberation/" + d + "/statement/" + s,
			&proposalv1.StatementSubmitted{Author: a, Text: text("light"), Mandate: id("mandate")},
		},
		"ReactionGiven-2": {
			"deliberation/" + d + "/statement/" + s + "/reaction/" + a,
			&proposalv1.ReactionGiven{Attitude: proposalv1.Attitude_ATTITUDE_DISAGREE, Mandate: id("mandate")},
		},
		"OpenTopicsListed-1": {"member/" + a + "/posts/greening", &proposalv1.OpenTopicsListed{Topics: topics}},
		"TopicSeconded-1":    {"topic/" + t + "/second/" + a, &proposalv1.TopicSeconded{Matter: "greening"}},
		"TopicWithdrawn-1":   {"topic/" + t, &proposalv1.TopicWithdrawn{}},
		"TopicWithdrawn-2":   {"topic/" + t, &proposalv1.TopicWithdrawn{Mandate: id("mandate")}},
		"MergeProposed-1": {"merge/" + merge, &proposalv1.MergeProposed{
			Matter: "greening", Into: id("topic 3"), Topics: topics, Authors: authors, ExpiresAt: start,
		}},
		"OpenMergeListed-1": {"member/" + a + "/merging/" + t, &proposalv1.OpenMergeListed{Merge: merge}},
		"MergeConsented-1":  {"merge/" + merge + "/merge-consent/" + a, &proposalv1.MergeConsented{}},
		"MergeDeclined-1":   {"merge/" + merge, &proposalv1.MergeDeclined{By: a}},
		"MergeWithdrawn-1":  {"merge/" + merge, &proposalv1.MergeWithdrawn{}},
		"MergeCompleted-1":  {"merge/" + merge, &proposalv1.MergeCompleted{}},
		"MergeFailed-1":     {"merge/" + merge, &proposalv1.MergeFailed{Reason: "topic.taken"}},
		"MergeExpired-1":    {"merge/" + merge, &proposalv1.MergeExpired{}},
		"TopicMerged-1":     {"topic/" + t, &proposalv1.TopicMerged{Into: id("topic 3"), Merge: merge}},
		"TopicsJoined-1":    {"topic/" + t, &proposalv1.TopicsJoined{Merge: merge, Topics: topics, Authors: authors}},
		"DeliberationConvened-1": {"deliberation/" + d, &proposalv1.DeliberationConvened{
			Matter: "greening", Round: 2, Topics: topics, Supporters: 4, Threshold: 3, ActiveMembers: 15, ClosesAt: start,
		}},
		"TopicTaken-1":         {"topic/" + t, &proposalv1.TopicTaken{Deliberation: d}},
		"NoticeGiven-1":        {"deliberation/" + d, &proposalv1.NoticeGiven{Recipients: 15}},
		"StatementSubmitted-1": {"deliberation/" + d + "/statement/" + s, &proposalv1.StatementSubmitted{Author: a, Text: text("light")}},
		"ReactionGiven-1": {
			"deliberation/" + d + "/statement/" + s + "/reaction/" + a,
			&proposalv1.ReactionGiven{Attitude: proposalv1.Attitude_ATTITUDE_DISAGREE},
		},
		"DeliberationClosed-1": {"deliberation/" + d, &proposalv1.DeliberationClosed{Minutes: "纪要 minutes", Motion: m, Overdue: true}},
		"MotionPut-1": {"motion/" + m, &proposalv1.MotionPut{
			Matter: "works", Deliberation: d, Topics: topics, Motion: asked, Rules: pollRules(communityv1.Method_METHOD_BUDGET_GREEDY),
		}},
		"MotionAdopted-1": {"motion/" + m, &proposalv1.MotionAdopted{
			Poll: id("poll"), ExecutesAt: start + 1, ExpiresAt: start + 2, VetoUntil: start + 3,
		}},
		"MotionRejected-1": {"motion/" + m, &proposalv1.MotionRejected{Poll: id("poll")}},
		"MotionFailed-1":   {"motion/" + m, &proposalv1.MotionFailed{Poll: id("poll"), Reason: "poll_key.not_held"}},
		"MotionVetoed-2": {"motion/" + m, &proposalv1.MotionVetoed{
			Guardian: g, Reason: text("law"), LapsesAt: start + 1, ExecutesAt: start + 2, ExpiresAt: start + 3,
			Appeal: &proposalv1.Appeal{Matter: "works", Question: asked, Rules: pollRules(communityv1.Method_METHOD_YES_NO)},
		}},
		"VetoUpheld-1": {"motion/" + m, &proposalv1.VetoUpheld{Poll: id("poll")}},
		"VetoOverturned-1": {"motion/" + m, &proposalv1.VetoOverturned{
			Poll: id("poll"), ExecutesAt: start + 1, ExpiresAt: start + 2,
		}},
		"AppealUndecided-1": {"motion/" + m, &proposalv1.AppealUndecided{Poll: id("poll"), Reason: "poll_key.not_held"}},
		"VetoUsed-1":        {"member/" + g + "/veto/works", &proposalv1.VetoUsed{Motion: m}},
		"ExecutionOpened-1": {"motion/" + m, &proposalv1.ExecutionOpened{}},
		"ExecutionReported-1": {"motion/" + m, &proposalv1.ExecutionReported{
			Outcome: proposalv1.Outcome_OUTCOME_FAILED, Evidence: text("photograph"), By: id("olga"),
		}},
		"ExecutionExpired-1": {"motion/" + m, &proposalv1.ExecutionExpired{}},
	}
}

func TestGoldenSamples(t *testing.T) {
	t.Parallel()
	decidertest.GoldenSamples(t, samples())
}

// TestGoldenEvents: every event that was ever stored is read, written back and folded.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	decidertest.GoldenEvents(t, len(samples()), func(path, aggregate string, event proto.Message) {
		w := newWorld(t)
		if aggregate != "topic/"+id("topic") { // so that a second has its topic above it
			w.Fact("topic/"+id("topic"), &proposalv1.TopicPosted{Matter: "greening", Author: id("ann"), Text: text("lamps")})
		}
		w.Fact(aggregate, event)
		if state := string(w.Shown(w.State, aggregate)); len(state) < 3 {
			t.Errorf("%s leaves no trace in the state: %s", path, state)
		}
	})
}

func TestGoldenIsComplete(t *testing.T) {
	t.Parallel()
	decidertest.GoldenIsComplete(
		t, proposal.Model(), samples(), []string{"Option", "Motion", "Appeal"}, proposalv1.File_renlin_proposal_v1_proposal_proto,
	)
}
