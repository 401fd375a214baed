package voting_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// vetoed puts a veto on the record, with an appeal or without.
func (w *world) vetoed(name string, a *proposalv1.Appeal) {
	w.t.Helper()
	w.fact("proposal", decider.On("motion/"+id(name), &proposalv1.MotionVetoed{Guardian: id("gus"), Appeal: a}))
}

// appealOn is the appeal of a veto under these rules.
func appealOn(rules *communityv1.PollRules) *proposalv1.Appeal {
	return &proposalv1.Appeal{Matter: "roof", Question: question, Rules: rules}
}

// TestAppeal: the rule itself calls the poll on a veto, and its certificate names the motion as what the appeal is about, not as what is
// put to the vote.
func TestAppeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("ann", "bob")
	rules := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
	w.vetoed("roof", appealOn(rules))
	w.settle()
	p := chain.PolicyID("voting", "appeal/"+id("roof")).NewAggregate()
	w.expect(poll.Path(p), &votingv1.PollCalled{
		Matter: "roof", Appeal: id("roof"), Question: question, Rules: rules, OpensBy: w.now + 7*24*3600*1000,
	})
	w.open(p)
	w.must(w.vote(p, "ann", yes))
	w.must(w.vote(p, "bob", yes))
	w.count(p)
	w.wait(1 << 30)
	facts := w.events(poll.Path(p))
	i := slices.IndexFunc(facts, func(m proto.Message) bool { _, ok := m.(*votingv1.CertificateIssued); return ok })
	if i < 0 {
		t.Fatalf("no certificate among %d facts", len(facts))
	}
	if got := facts[i].(*votingv1.CertificateIssued); got.GetMotion() != "" || got.GetAppeal() != id("roof") || !got.GetAdopted() {
		t.Errorf("certificate %v", got)
	}
	w.vetoed("roof", appealOn(rules)) // no record has this
	w.settle()
	if polls := w.state.Members("poll"); len(polls) != 1 {
		t.Errorf("%d polls on one veto", len(polls))
	}
}

// TestAppealLapses: an appeal's poll that never opens says whose it was.
func TestAppealLapses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.vetoed("roof", appealOn(yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)))
	w.settle()
	w.wait(7 * 24 * 3600 * 1000)
	w.expect(poll.Path(w.state.Members("poll")[0]), &votingv1.OpeningLapsed{Reason: "poll_key.not_offered", Appeal: id("roof")})
}

// TestAppealUncallable: what cannot be called lapses under the appeal's name.
func TestAppealUncallable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.vetoed("roof", appealOn(nil))
	w.settle()
	lapses := w.state.Members("voting-lapse")
	if len(lapses) != 1 || len(w.state.Members("poll")) != 0 {
		t.Fatalf("%d lapses, %d polls", len(lapses), len(w.state.Members("poll")))
	}
	w.expect("voting-lapse/"+lapses[0], &chainv1.Lapsed{Purpose: "appeal/" + id("roof"), Reason: "poll.rules_malformed"})
}

// TestVetoWithoutAppeal: a veto that opens no appeal, as those before there were any, demands nothing here.
func TestVetoWithoutAppeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.vetoed("roof", nil)
	if owed := w.state.OwedNow(1 << 60); len(owed) != 0 {
		t.Errorf("owed: %v", owed)
	}
}
