package voting_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// anyBox is of a good size; nobody opens it.
var anyBox = make([]byte, ballot.BytesMin)

// TestAsOldAsTheRoll: a key that was enrolled by the very commit after which the roll was sealed is old enough, and one that came a commit
// later is not, for a ballot, a registration and the word that a notice came.
func TestAsOldAsTheRoll(t *testing.T) {
	t.Parallel()
	path := poll.Path(id("p"))
	open := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
	for name, tt := range map[string]struct {
		rules *communityv1.PollRules
		begun func(w *world, roll *votingv1.Roll) proto.Message
		when  func(w *world) error
		want  string
	}{
		"a ballot": {open, func(w *world, roll *votingv1.Roll) proto.Message {
			return &votingv1.PollOpened{Roll: roll, OpenedAt: w.now, ClosesAt: w.now + 1000}
		}, func(w *world) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: id("p"), Voter: id("ann"), Box: anyBox}, "ann")
		}, "ballot.key_too_new"},
		"a registration": {hallRules(totals), func(w *world, roll *votingv1.Roll) proto.Message {
			return &votingv1.RegistrationBegun{Roll: roll, EndsAt: w.now + 1000, Registrar: &communityv1.Registrar{Key: public(registrar)}}
		}, func(w *world) error {
			h := &hall{council: &council{world: w}, id: id("p")}
			return w.send("voting.register", h.registration("ann"), "ann")
		}, "registration.key_too_new"},
		"an acknowledgement": {open, func(w *world, roll *votingv1.Roll) proto.Message {
			return &votingv1.NoticeIssued{Roll: roll, Notice: fixedKey(1)}
		}, func(w *world) error {
			return w.send("voting.acknowledge_notice", &votingv1.AcknowledgeNotice{Poll: id("p"), Notice: fixedKey(1)}, "ann")
		}, "notice.key_too_new"},
	} {
		for later, want := range map[uint64]string{0: "", 1: tt.want} {
			w := newWorld(t)
			w.admit("ann")
			w.unit("flat", "ann", 1)
			enrolled := uint64(len(w.commits)) - 1 // the flat came last, the key before it
			tt.rules.Electorate = communityv1.Electorate_ELECTORATE_MEMBERS
			w.fact("voting", decider.On(path, &votingv1.PollCalled{Question: question, Rules: tt.rules}))
			w.fact("voting", decider.On(path, &votingv1.PollKeyHeld{}))
			w.fact("voting", decider.On(path, tt.begun(w, &votingv1.Roll{Position: enrolled - later, Voters: 1})))
			if got := code(tt.when(w)); got != want {
				t.Errorf("%s, the roll %d commits earlier than the key: %q, want %q", name, later, got, want)
			}
		}
	}
}

// TestHelpersOfNothing: a helper's command about a poll that there is not is outside what any mandate covers that names a matter.
func TestHelpersOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("ann", "sun")
	w.mandate("m", "ann", "sun", func(m *communityv1.MandateGranted) { m.Matter = "roof" })
	body := &votingv1.CastBallot{Poll: id("none"), Voter: id("ann"), Box: anyBox, Mandate: id("m")}
	if got := code(w.send("voting.cast", body, "sun")); got != "mandate.scope" {
		t.Errorf("a ballot: %q", got)
	}
	ack := &votingv1.AcknowledgeNotice{Poll: id("none"), Notice: fixedKey(1)}
	if got := code(w.send("voting.acknowledge_notice", ack, "ann")); got != "poll.unknown" {
		t.Errorf("the notice of no poll: %q", got)
	}
}

// helped is a world with a poll whose key is made, in which sun helps ann.
func helped(t *testing.T, rules *communityv1.PollRules) (*world, string) {
	t.Helper()
	w := newWorld(t)
	w.admit("ann", "bob", "sun")
	w.unit("ann's", "ann", 1)
	w.unit("bob's", "bob", 1)
	w.mandate("m", "ann", "sun", nil)
	p := w.motion("roof", rules, question)
	w.key(p)
	return w, p
}

// TestUnboundedHelper: where the rules do not bound what one helper casts, nothing is counted of it.
func TestUnboundedHelper(t *testing.T) {
	t.Parallel()
	w, p := helped(t, yesNo(communityv1.Electorate_ELECTORATE_OWNERS))
	w.must(w.voteFor(p, "ann", "sun", "m", yes))
	if w.state.Version("poll/"+p+"/proxy/"+id("sun")) != 0 {
		t.Error("it is counted for whom the helper has cast")
	}
}

// TestHelperAcknowledges: what a helper has acknowledged is acknowledged.
func TestHelperAcknowledges(t *testing.T) {
	t.Parallel()
	w, p := helped(t, announced())
	w.must(w.acknowledgeFor(p, "ann", "sun", "m"))
	if got := code(w.acknowledgeFor(p, "ann", "sun", "m")); got != "notice.acknowledged" {
		t.Errorf("again by the helper: %q", got)
	}
	if got := code(w.acknowledge(p, "ann")); got != "notice.acknowledged" {
		t.Errorf("again by the voter: %q", got)
	}
}

// TestReached: who was looked for and not found was not reached, and nobody waits for a vote in a poll that there is not.
func TestReached(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "o0", "o1")
	if poll.Reached(w.state, p, id("o0")) {
		t.Error("reached though nobody tried")
	}
	w.must(w.bring(p, rows(w.missed("o0", atDoor)), worker))
	if poll.Reached(w.state, p, id("o0")) {
		t.Error("reached by an attempt that failed")
	}
	w.must(w.bring(p, rows(w.row("o0", byHand)), worker))
	if !poll.Reached(w.state, p, id("o0")) {
		t.Error("not reached by a delivery")
	}
	if !poll.Awaits(w.state, p, id("o0")) || poll.Awaits(w.state, id("none"), id("o0")) {
		t.Error("whose vote is waited for is told wrongly")
	}
}

// TestReminderAtTheOpening: a reminder whose time is the opening's is none: the opening says it.
func TestReminderAtTheOpening(t *testing.T) {
	t.Parallel()
	rules := announced()
	rules.Notice.ReminderSeconds = []uint32{60, 59}
	w, _ := noticed(t, rules, "o0")
	for range 200 {
		w.wait(1000)
	}
	if got := w.reminders(); len(got) != 1 || got[0] != 59 {
		t.Errorf("reminded %v seconds before the close", got)
	}
}

// TestResubmissionByOtherRules: a question that failed waits only under rules that say so, and an appeal against its veto never does.
func TestResubmissionByOtherRules(t *testing.T) {
	t.Parallel()
	waits := turnout(&communityv1.TurnoutRules{ResubmissionSeconds: 1000})
	free := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	w, p := six(t, waits)
	w.count(p)
	w.wait(20_000) // certified without a quorum
	if w.now >= w.failedUntil(p) {
		t.Fatal("nothing waits any more")
	}
	if q := w.motion("by the same rules", waits, question); w.poll(q).Lapsed != poll.ErrResubmitted.Code {
		t.Errorf("by the same rules: lapsed %q", w.poll(q).Lapsed)
	}
	if q := w.motion("by other rules", free, question); w.poll(q).Lapsed != "" {
		t.Errorf("by rules that let nothing wait: lapsed %q", w.poll(q).Lapsed)
	}
	w.vetoed("vetoed", &proposalv1.Appeal{Matter: "roof", Question: question, Rules: waits})
	w.settle()
	if q := chain.PolicyID("voting", "appeal/"+id("vetoed")).NewAggregate(); w.poll(q).Lapsed != "" {
		t.Errorf("an appeal: lapsed %q", w.poll(q).Lapsed)
	}
}

// TestRulesOfFillings: a poll that is counted by how ballots are filled in has no part of the valid to ask for.
func TestRulesOfFillings(t *testing.T) {
	t.Parallel()
	for base, want := range map[communityv1.Base]string{
		communityv1.Base_BASE_ALL: "", communityv1.Base_BASE_VALID: poll.ErrFiguresHidden.Code,
	} {
		r := hallRules(totals)
		r.Method, r.Ballot = communityv1.Method_METHOD_INSTANT_RUNOFF, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL}
		r.Requirements = []*communityv1.Requirement{{
			Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_PARTICIPANTS, Base: base, Numerator: 1, Denominator: 2,
		}}
		if got := calledBy(t, r, optionsOf(4)); got != want {
			t.Errorf("%v: %q, want %q", base, got, want)
		}
	}
}

// TestYesNoWithAForm: yes or no is voted on no form.
func TestYesNoWithAForm(t *testing.T) {
	t.Parallel()
	r := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
	if got := calledBy(t, r, question); got != "poll.rules_malformed" {
		t.Errorf("got %q", got)
	}
}
