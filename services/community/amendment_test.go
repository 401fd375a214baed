package community_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/community"
	charters "renlin.dev/services/community/internal/charter"
	"renlin.dev/services/community/internal/people"
)

// other folds facts of another service.
func (w *world) other(aggregate string, events ...proto.Message) {
	w.t.Helper()
	ch := chain.Change{Aggregate: aggregate, Version: w.state.Version(aggregate) + 1}
	for _, e := range events {
		body, err := proto.Marshal(e)
		if err != nil {
			w.t.Fatal(err)
		}
		ch.Events = append(ch.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
	}
	w.count++
	raw, err := (&chain.Signed{
		Suite: chain.SuiteNone, Operation: "other.fact", Contract: 1, IdempotencyKey: fmt.Sprint(w.count),
	}).Encode(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &chain.Commit{
		Author: chain.AuthorPolicy, Time: w.now, ID: chain.PolicyID("other", fmt.Sprint(w.count)), Service: "other",
		Command: raw, Changes: []chain.Change{ch},
	}
	encoded, err := c.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.state.Apply(c, w.now); err != nil {
		w.t.Fatal(err)
	}
	w.log = append(w.log, step{commit: c, raw: encoded})
}

// sharing is a good rulebook by which a dividend gives out so much.
func sharing(version, permille uint32) *communityv1.Rulebook {
	book := rulebook(version)
	book.Ledger = &communityv1.LedgerRules{DividendPoolPermille: permille, DividendEqualPermille: permille / 2}
	return book
}

// put is a motion that names rules, as all members vote on it.
func put(text string) *proposalv1.MotionPut {
	return &proposalv1.MotionPut{
		Matter: "works", Motion: &proposalv1.Motion{Title: "红利", Text: text},
		Rules: &communityv1.PollRules{
			Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: communityv1.Method_METHOD_YES_NO,
		},
	}
}

func naming(book *communityv1.Rulebook) string {
	return "通过新的红利办法：\n" + rules.VoteOnlyPrefix + rules.VoteOnlyDigest(book) + "\n自下月起执行。"
}

// inForce brings a motion into force; what comes after may end it again.
func (w *world) inForce(m *proposalv1.MotionPut, then ...proto.Message) {
	w.t.Helper()
	events := []proto.Message{m, &proposalv1.MotionAdopted{ExpiresAt: w.now + 60_000}, &proposalv1.ExecutionOpened{}}
	w.other("motion/"+id("m"), append(events, then...)...)
}

func TestAmendByVote(t *testing.T) {
	t.Parallel()
	const op = community.OpAmendRulebook
	next := sharing(2, 500)
	amend := func(book *communityv1.Rulebook, motion string) proto.Message {
		return &communityv1.AmendRulebook{Rulebook: book, Motion: motion}
	}
	voted := func(m *proposalv1.MotionPut, then ...proto.Message) func(*world) {
		return func(w *world) { w.inForce(m, then...) }
	}
	of := func(e communityv1.Electorate) *proposalv1.MotionPut {
		m := put(naming(next))
		m.Rules.Electorate = e
		return m
	}
	several := put(naming(next))
	several.Rules.Method = communityv1.Method_METHOD_APPROVAL
	holds := rulebook(2)
	holds.Ledger = &communityv1.LedgerRules{HoldSeconds: 3600, DividendDays: 90} // ninety days hold by themselves
	days := rulebook(2)
	days.Ledger = &communityv1.LedgerRules{DividendDays: 91}
	bounded := rulebook(2)
	bounded.Matching = &communityv1.MatchingRules{ShareMaxThousandths: 400}
	both, m := []string{ann, bob}, id("m")
	adopted := []string{"rulebook/main: RulebookAdopted"}
	noted := append([]string{"amendment/" + m + ": MotionUsed"}, adopted...)
	run(t, []attempt{
		{name: "nothing that takes a vote", op: op, body: amend(holds, ""), by: both, facts: adopted},
		{name: "dividends without a motion", op: op, body: amend(next, ""), by: both, want: people.ErrNeedsVote},
		{name: "the days between them", op: op, body: amend(days, ""), by: both, want: people.ErrNeedsVote},
		{name: "the share of one organisation", op: op, body: amend(bounded, ""), by: both, want: people.ErrNeedsVote},
		{name: "that by a motion", op: op, given: voted(put(naming(bounded))), body: amend(bounded, m), by: both, facts: noted},
		{name: "by a motion", op: op, given: voted(put(naming(next))), body: amend(next, m), by: both, facts: noted},
		{name: "the owners' motion", op: op, given: voted(of(communityv1.Electorate_ELECTORATE_OWNERS)), body: amend(next, m), by: both,
			facts: noted},
		{name: "the households' motion", op: op, given: voted(of(communityv1.Electorate_ELECTORATE_HOUSEHOLDS)), body: amend(next, m),
			by: both, facts: noted},
		{name: "a channel's motion", op: op, given: voted(of(communityv1.Electorate_ELECTORATE_CHANNEL)), body: amend(next, m), by: both,
			want: people.ErrMotionElectorate},
		{name: "the organisations' motion", op: op, given: voted(of(communityv1.Electorate_ELECTORATE_ORGANISATIONS)),
			body: amend(next, m), by: both, want: people.ErrMotionElectorate},
		{name: "one of several options", op: op, given: voted(several), body: amend(next, m), by: both, want: people.ErrMotionElectorate},
		{name: "by a motion and one organisation", op: op, given: voted(put(naming(next))), body: amend(next, m), by: []string{ann},
			want: people.ErrTwoOrgs},
		{name: "no such motion", op: op, body: amend(next, m), by: both, want: people.ErrMotionNotInForce},
		{name: "ill-formed motion", op: op, body: amend(next, "m"), by: both, want: decider.ErrField},
		{name: "put to the vote", op: op, given: func(w *world) { w.other("motion/"+m, put(naming(next))) }, body: amend(next, m),
			by: both, want: people.ErrMotionNotInForce},
		{name: "adopted and not in force", op: op, body: amend(next, m), by: both, want: people.ErrMotionNotInForce,
			given: func(w *world) { w.other("motion/"+m, put(naming(next)), &proposalv1.MotionAdopted{}) }},
		{name: "carried out already", op: op, body: amend(next, m), by: both, want: people.ErrMotionNotInForce,
			given: voted(put(naming(next)), &proposalv1.ExecutionReported{Outcome: proposalv1.Outcome_OUTCOME_DONE})},
		{name: "tried in vain before", op: op, body: amend(next, m), by: both, facts: noted,
			given: voted(put(naming(next)), &proposalv1.ExecutionReported{Outcome: proposalv1.Outcome_OUTCOME_FAILED})},
		{name: "expired", op: op, body: amend(next, m), by: both, want: people.ErrMotionNotInForce,
			given: voted(put(naming(next)), &proposalv1.ExecutionExpired{})},
		{name: "expired, which nobody noted yet", op: op, body: amend(next, m), by: both, want: people.ErrMotionNotInForce,
			given: func(w *world) { w.inForce(put(naming(next))); w.now += 60_000 }},
		{name: "in its last moment", op: op, body: amend(next, m), by: both, facts: noted,
			given: func(w *world) { w.inForce(put(naming(next))); w.now += 59_999 }},
		{name: "names others", op: op, given: voted(put(naming(sharing(2, 400)))), body: amend(next, m), by: both, want: people.ErrMotionOther},
		{name: "names none", op: op, given: voted(put("长椅")), body: amend(next, m), by: both, want: people.ErrMotionOther},
		{name: "names two", op: op, given: voted(put(naming(next) + "\n" + naming(sharing(2, 400)))), body: amend(next, m), by: both,
			want: people.ErrMotionOther},
		{name: "named without need, of others", op: op, given: voted(put("长椅")), body: amend(rulebook(2), m), by: both,
			want: people.ErrMotionOther},
		{name: "named without need, of these", op: op, given: voted(put(naming(rulebook(2)))), body: amend(rulebook(2), m), by: both,
			facts: noted},
		{name: "of a bad rulebook", op: op, given: voted(put(naming(sharing(3, 500)))), body: amend(sharing(3, 500), m), by: both,
			want: charters.ErrVersion},
	})
}

// A motion changes the rulebook once: what was changed back since is not changed again by the old vote.
func TestMotionAmendsOnce(t *testing.T) {
	t.Parallel()
	const op = community.OpAmendRulebook
	w := founded(t)
	w.inForce(put(naming(sharing(2, 500))))
	w.do(op, &communityv1.AmendRulebook{Rulebook: sharing(2, 500), Motion: id("m")}, ann, bob)
	w.do(op, &communityv1.AmendRulebook{Rulebook: sharing(3, 500)}, bob, ann)
	back := put(naming(rulebook(4)))
	w.other("motion/"+id("back"), back, &proposalv1.MotionAdopted{}, &proposalv1.ExecutionOpened{})
	w.do(op, &communityv1.AmendRulebook{Rulebook: rulebook(4), Motion: id("back")}, ann, bob)
	w.refuse(people.ErrMotionUsed, op, &communityv1.AmendRulebook{Rulebook: sharing(5, 500), Motion: id("m")}, ann, bob)
	w.again()
}

// Whatever officers try, how dividends are shared is what the founding or a motion in force said, and each motion said it once.
func TestDividendsOnlyByVote(t *testing.T) {
	t.Parallel()
	tookVotes := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := founded(t)
		book := func() *communityv1.Rulebook {
			return decider.Peek[standing.Rulebook](w.state, standing.RulebookPath).Book
		}
		motions, unused := []string{""}, map[string]string{} // the rules that each names, until it has changed them
		for i := range rapid.IntRange(1, 12).Draw(rt, "deeds") {
			if rapid.Bool().Draw(rt, "motion") {
				m := id(fmt.Sprint("m", i))
				named := sharing(1, rapid.Uint32Range(1, 3).Draw(rt, "voted")*100)
				w.other("motion/"+m, put(naming(named)), &proposalv1.MotionAdopted{}, &proposalv1.ExecutionOpened{})
				motions, unused[m] = append(motions, m), rules.VoteOnlyDigest(named)
				continue
			}
			before, m := rules.VoteOnlyDigest(book()), rapid.SampledFrom(motions).Draw(rt, "named")
			next := sharing(book().GetVersion()+1, rapid.Uint32Range(1, 3).Draw(rt, "wanted")*100)
			_, err := w.try(community.OpAmendRulebook, &communityv1.AmendRulebook{Rulebook: next, Motion: m}, ann, bob)
			after := rules.VoteOnlyDigest(book())
			if may := m == "" && after == rules.VoteOnlyDigest(next) || m != "" && unused[m] == rules.VoteOnlyDigest(next); may != (err == nil) {
				rt.Fatalf("by motion %q, which may: %v: %v", m, may, err)
			}
			if after != before && (err != nil || m == "") {
				rt.Fatal("dividends changed without a vote")
			}
			if err == nil && m != "" {
				tookVotes++
				delete(unused, m)
			}
		}
	})
	if tookVotes == 0 {
		t.Error("no random history had an amendment by a motion: the test says nothing about them")
	}
}
