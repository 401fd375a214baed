package proposal_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/merge"
	"renlin.dev/services/proposal/internal/topic"
)

func TestAnswerMerge(t *testing.T) {
	t.Parallel()
	const consent, decline, withdraw = "proposal.consent_to_merge", "proposal.decline_merge", "proposal.withdraw_merge"
	body := map[string]func(m string) proto.Message{
		consent:  func(m string) proto.Message { return &proposalv1.ConsentToMerge{Merge: m} },
		decline:  func(m string) proto.Message { return &proposalv1.DeclineMerge{Merge: m} },
		withdraw: func(m string) proto.Message { return &proposalv1.WithdrawMerge{Merge: m} },
	}
	given := func(operation string, before func(w *world, m string)) func(*world) proto.Message {
		return func(w *world) proto.Message {
			m := w.proposed()
			before(w, m)
			return body[operation](m)
		}
	}
	at := func(ms int64) func(*world, string) { return func(w *world, _ string) { w.Now += ms } }
	topics := func(change func(w *world, into, away string)) func(*world, string) {
		return func(w *world, m string) { change(w, merged(w, m).Into, merged(w, m).Topics[0]) }
	}
	nothing := func(*world, string) {}
	withdrawn := func(w *world, m string) { w.Do("merge", "bob", withdraw, body[withdraw](m)) }
	declined := func(w *world, m string) { w.Do("merge", "ann", decline, body[decline](m)) }
	agreed := func(w *world, m string) { w.consent("ann", m) }
	done := func(w *world, m string) { w.consent("ann", m); w.Settle() }
	table := []scenario{
		{"consent", given(consent, nothing), "ann", consent, []string{"merge-consent: MergeConsented"}, ""},
		{"decline", given(decline, nothing), "ann", decline, []string{"merge: MergeDeclined"}, ""},
		{"decline what one has proposed", given(decline, nothing), "bob", decline, []string{"merge: MergeDeclined"}, ""},
		{"withdraw", given(withdraw, nothing), "bob", withdraw, []string{"merge: MergeWithdrawn"}, ""},
		{"consent again", given(consent, nothing), "bob", consent, nil, "merge.consent_given"},
		{"consent by another", given(consent, nothing), "cat", consent, nil, "merge.not_asked"},
		{"decline by another", given(decline, nothing), "conn", decline, nil, "merge.not_asked"},
		{"withdraw by another", given(withdraw, nothing), "ann", withdraw, nil, "merge.not_yours"},
		{"consent when a topic was withdrawn", given(consent, topics(func(w *world, into, _ string) {
			w.Do("topic", "bob", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: into})
		})), "ann", consent, nil, "topic.withdrawn"},
		{"consent when a topic was taken", given(consent, topics(func(w *world, into, _ string) {
			w.second("cat", into)
			w.Settle()
		})), "ann", consent, nil, "topic.taken"},
	}
	for operation, who := range map[string]string{consent: "ann", decline: "ann", withdraw: "bob"} {
		verb := operation[len("proposal."):]
		closed := map[string]string{consent: "merge-consent: MergeConsented", decline: "merge: MergeDeclined", withdraw: "merge: MergeWithdrawn"}
		agreedMeans := "merge.agreed"
		if operation == consent {
			agreedMeans = "merge.consent_given"
		}
		table = append(table, []scenario{
			{verb + " of nothing", func(*world) proto.Message { return body[operation](id("nothing")) }, who, operation, nil, "merge.unknown"},
			{verb + " in the last millisecond", given(operation, at(mergeWeek-1)), who, operation, []string{closed[operation]}, ""},
			{verb + " at its end", given(operation, at(mergeWeek)), who, operation, nil, "merge.expired"},
			{verb + " after it was withdrawn", given(operation, withdrawn), who, operation, nil, "merge.withdrawn"},
			{verb + " after it was declined", given(operation, declined), who, operation, nil, "merge.declined"},
			{verb + " after the last consent", given(operation, agreed), who, operation, nil, agreedMeans},
			{verb + " after it was done", given(operation, done), who, operation, nil, "merge.completed"},
			{verb + " after it failed", given(operation, func(w *world, m string) {
				w.consent("ann", m)
				w.Do("topic", "ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: merged(w, m).Topics[0]})
				w.Settle()
			}), who, operation, nil, "merge.failed"},
		}...)
	}
	play(t, table)
}

// TestMergeWindow: an answer is not written late.
func TestMergeWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.proposed()
	for who, body := range map[string]proto.Message{
		"ann proposal.consent_to_merge": &proposalv1.ConsentToMerge{Merge: m}, "ann proposal.decline_merge": &proposalv1.DeclineMerge{Merge: m},
		"bob proposal.withdraw_merge": &proposalv1.WithdrawMerge{Merge: m},
	} {
		var name, operation string
		fmt.Sscan(who, &name, &operation)
		v := w.State.Judge(w.Input(name, operation, body))
		if v.Err != nil || v.Commit.WindowUntil != start+mergeWeek {
			t.Errorf("%s: %v, window %+v", who, v.Err, v.Commit)
		}
	}
}

// TestConsentsDoNotWait: authors who consent at the same moment do not make each other's words stale.
func TestConsentsDoNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	away, into := w.post("ann", "greening"), w.post("bob", "greening")
	m := w.Do("merge", "conn", "proposal.propose_merge", mergeOf(into, away))
	body := &proposalv1.ConsentToMerge{Merge: m}
	ann := w.State.Judge(w.Input("ann", "proposal.consent_to_merge", body))
	bob := w.State.Judge(w.Input("bob", "proposal.consent_to_merge", body))
	for _, pair := range [][2]*decider.Verdict{{ann, bob}, {bob, ann}} {
		for _, ch := range pair[1].Commit.Changes {
			if reads(pair[0], ch.Aggregate) || versionOf(pair[0], ch.Aggregate) > 0 {
				t.Errorf("one consent rests on another's %s", ch.Aggregate)
			}
		}
	}
	if !reads(ann, merge.Path(m)) || !reads(ann, topic.Path(into)) {
		t.Error("a consent does not rest on the proposal and its topics")
	}
}
