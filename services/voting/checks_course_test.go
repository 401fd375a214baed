package voting_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// owes tells whether the voting service owes what a purpose names.
func (w *world) owes(purpose string) bool {
	return w.state.Owes(chain.PolicyID("voting", purpose)) != nil
}

// on puts something of a poll on the record that no rule said.
func (w *world) on(p string, events ...proto.Message) {
	w.t.Helper()
	w.fact("voting", decider.On(poll.Path(p), events...))
}

// TestCastAfterTheClose: a ballot that a record has after the close, against all rules, closes nothing.
func TestCastAfterTheClose(t *testing.T) {
	t.Parallel()
	for name, closed := range map[string]bool{"before the close": false, "after it": true} {
		rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
		rules.CloseWhenComplete = true
		w := newWorld(t)
		w.admit("ann")
		w.unit("flat", "ann", 1)
		p := w.motion("roof", rules, question)
		w.open(p)
		if closed {
			w.on(p, &votingv1.PollClosed{})
		}
		w.fact("voting", decider.On(poll.BallotPath(p, id("ann")), &votingv1.BallotCast{Box: anyBox}))
		if got := w.owes("close/" + p + "/complete"); got == closed {
			t.Errorf("%s the poll is to be closed: %v", name, got)
		}
	}
}

// TestLateQuorumAtTheDeadline: a poll whose close a late quorum moves is not closed meanwhile, though nobody has moved it yet.
func TestLateQuorumAtTheDeadline(t *testing.T) {
	t.Parallel()
	w, p := six(t, turnout(&communityv1.TurnoutRules{LateQuorumWithinSeconds: 10, LateQuorumExtensionSeconds: 30}))
	w.withhold = "voting.extend"
	w.wait(55_000)
	for i := range 2 {
		w.must(w.vote(p, fmt.Sprint("o", i), yes))
	}
	w.wait(5_000)
	if w.owes("close/" + p + "/deadline") {
		t.Error("at the old close the poll is to be closed")
	}
	w.wait(10_000)
	w.withhold = ""
	w.settle()
	if got := w.moves(); w.poll(p).Closed || len(got) != 1 || w.poll(p).ClosesAt != w.now+30_000 {
		t.Errorf("closed: %v, moved %v", w.poll(p).Closed, got)
	}
}

// TestObjectionsAfterTheCertificate: what is certified nobody objects to, and nothing that a record says of it has ballots counted again.
func TestObjectionsAfterTheCertificate(t *testing.T) {
	t.Parallel()
	for name, certified := range map[string]bool{"before": false, "after": true} {
		w, p := six(t, turnout(&communityv1.TurnoutRules{RecountObjectionsMin: 1}))
		w.count(p)
		if certified {
			w.on(p, &votingv1.CertificateIssued{})
			if got := code(w.object(p, "o0")); got != "objection.closed" {
				t.Errorf("an objection: %q", got)
			}
		}
		w.fact("voting", decider.On(poll.Path(p)+"/objection/"+id("o1"), &votingv1.ObjectionRaised{Text: picture}))
		if got := w.owes("recount/" + p); got == certified {
			t.Errorf("%s the certificate the ballots are to be counted again: %v", name, got)
		}
	}
}

// TestUnrolled: in a poll that has no sealed roll nobody votes.
func TestUnrolled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("ann")
	w.on(id("none"), &votingv1.PollOpened{Roll: &votingv1.Roll{Position: 99}, OpenedAt: w.now, ClosesAt: w.now + 1000})
	body := &votingv1.CastBallot{Poll: id("none"), Voter: id("ann"), Box: anyBox}
	if got := code(w.send("voting.cast", body, "ann")); got != "roll.unlisted" {
		t.Errorf("got %q", got)
	}
}
