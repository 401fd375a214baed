package voting_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

// unguarded is the same record under rules whose guard lets everybody do everything, as the one whom the test names.
func (w *world) unguarded(actor string, cosigners ...string) *world {
	w.t.Helper()
	dup := *w
	dup.state = decider.NewState(voting.Guarded(func(_ *decider.View, cmd *decider.Command, _ *decider.Operation) error {
		cmd.Author, cmd.Actor = chain.AuthorDevice, id(actor)
		for _, n := range cosigners {
			cmd.Cosigners = append(cmd.Cosigners, id(n))
		}
		return nil
	}))
	for _, c := range w.commits {
		if err := dup.state.Apply(c, c.Time); err != nil {
			w.t.Fatalf("fold: %v", err)
		}
	}
	return &dup
}

// letThrough is one command that the guard would never have let through.
type letThrough struct {
	operation string
	body      proto.Message
	key       string // by whose device it is signed
	actor     string
	cosigners []string
	want      string
}

func (w *world) refuseAlone(t *testing.T, cases map[string]letThrough) {
	t.Helper()
	for name, c := range cases {
		if got := code(w.unguarded(c.actor, c.cosigners...).send(c.operation, c.body, c.key)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestRulesAlone: the rules of open polls hold by themselves, whatever the guard lets through: who is no member acts for nobody, a key that
// nobody enrolled casts nothing, and nobody is their own witness.
func TestRulesAlone(t *testing.T) {
	t.Parallel()
	matter := &communityv1.Matter{Code: "roof", Poll: yesNo(communityv1.Electorate_ELECTORATE_OWNERS), DirectConvener: id(orgOne)}
	w := newWorld(t, matter).staffed()
	w.admit("ann")
	w.unit("flat", "ann", 1)
	w.role("ann", communityv1.Role_ROLE_OFFICER, orgOne)
	rules := onPaper(communityv1.Electorate_ELECTORATE_OWNERS)
	rules.Notice = &communityv1.NoticeRules{}
	p := w.motion("roof", rules, question)
	w.key(p)
	w.wait(0)
	digest := w.poll(p).Notice.Digest
	s := w.issued(p, "ann", "1")
	cast := &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: anyBox}
	bring := &votingv1.RecordDeliveries{Poll: p, Notice: digest, Rows: rows(w.row("ann", atDoor))}
	w.refuseAlone(t, map[string]letThrough{
		"a stranger calls a poll": {
			"voting.call", &votingv1.CallPoll{Matter: "roof", Question: question}, "ann", "stranger", nil, "member.not_active",
		},
		"an unknown key casts":            {"voting.cast", cast, "stranger", "ann", nil, "ballot.key_too_new"},
		"before a stranger":               {"voting.cast", cast, "ann", "ann", []string{"stranger"}, "ballot.cosigner_refused"},
		"before an officer, who they are": {"voting.cast", cast, "ann", "ann", []string{"ann"}, "ballot.cosigner_refused"},
		"an unknown key acknowledges": {
			"voting.acknowledge_notice", &votingv1.AcknowledgeNotice{Poll: p, Notice: digest}, "stranger", "ann", nil, "notice.key_too_new",
		},
		"a stranger brings the notice": {"voting.record_deliveries", bring, "ann", "stranger", []string{worker}, "delivery.bringer_refused"},
		"one brings it as two":         {"voting.record_deliveries", bring, "ann", worker, []string{worker}, "delivery.bringer_refused"},
		"a stranger enters a paper": {
			"voting.enter_paper", w.entered(s, "stranger", yes), "ann", "stranger", nil, "member.not_active",
		},
	})
	w.twice(s, yes)
	w.count(p)
	w.must(w.drawSamples(p))
	w.refuseAlone(t, map[string]letThrough{"a stranger compares": {
		"voting.compare_ballot", &votingv1.CompareBallot{Poll: p, Voter: id("ann")}, "ann", "stranger", nil, "member.not_active",
	}})
}

// TestSecretRulesAlone is TestRulesAlone for secret polls.
func TestSecretRulesAlone(t *testing.T) {
	t.Parallel()
	c := newClinic(t, sheetRules(totals))
	c.refuseAlone(t, map[string]letThrough{
		"an unknown key registers":   {"voting.register", c.registration("bob"), "stranger", "bob", nil, "registration.key_too_new"},
		"a stranger gives a sheet":   {"voting.register_papers", c.registrationOf("bob"), "bob", "stranger", nil, "member.not_active"},
		"an officer stands beside":   {"voting.register", c.registration("bob"), "bob", "bob", []string{officer}, "registration.not_yours"},
		"somebody registers another": {"voting.register", c.registration("bob"), "ann", "ann", nil, "registration.not_yours"},
	})
	c.must(c.give("ann"))
	c.register("bob", "cat", "dan", "eve", "fay")
	c.wait(60_000)
	c.must(c.list(true, c.rowsOf()...))
	c.refuseAlone(t, map[string]letThrough{"a stranger contests": {
		"voting.contest_roster", c.credentialOf("ann").Contest(), "ann", "stranger", nil, "registration.not_yours",
	}})
	c.opened()
	mark := fixedKey(1)
	c.refuseAlone(t, map[string]letThrough{"a stranger enters a sheet": {
		"voting.enter_secret_paper", &votingv1.EnterSecretPaper{Poll: c.id, Key: c.keyOf("ann"), SealedMark: mark},
		"ann", "stranger", nil, "member.not_active",
	}})
}

// TestRulesOfNoCommunity: where there is neither rulebook nor community, nobody calls a poll or draws a sample.
func TestRulesOfNoCommunity(t *testing.T) {
	t.Parallel()
	w := emptyWorld(t, voting.Model())
	w.on(id("p"), &votingv1.PollCalled{Question: question, Rules: onPaper(communityv1.Electorate_ELECTORATE_MEMBERS)})
	w.fact("voting", decider.On(poll.BallotPath(id("p"), id("ann")), &votingv1.BallotCast{Box: anyBox, Paper: 1}))
	w.on(id("p"), &votingv1.TallyRecorded{Tally: &votingv1.Tally{}})
	w.refuseAlone(t, map[string]letThrough{
		"a poll is called": {
			"voting.call", &votingv1.CallPoll{Matter: "roof", Question: question}, "ann", "ann", nil, "poll.matter_unknown",
		},
		"a sample is drawn": {
			"voting.draw_samples", &votingv1.DrawSamples{Poll: id("p"), Block: w.header(w.tallied(), 1)}, "ann", "ann", nil, "sample.block",
		},
	})
}
