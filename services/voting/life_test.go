package voting_test

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/transparency-dev/merkle/rfc6962"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// expect compares the last commit's events on an aggregate.
func (w *world) expect(aggregate string, want ...proto.Message) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.events(aggregate), protocmp.Transform()); diff != "" {
		w.t.Fatalf("events on %s (-want +got):\n%s", chain.KindOf(aggregate), diff)
	}
}

// lapsed tells why the last commit's policy had no effect.
func (w *world) lapsed() string {
	w.t.Helper()
	for _, ch := range w.commits[len(w.commits)-1].Changes {
		if chain.KindOf(ch.Aggregate) == "voting-lapse" {
			return w.events(ch.Aggregate)[0].(*chainv1.Lapsed).GetReason()
		}
	}
	return ""
}

func TestLifeFromMotionToCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("ann", "bob", "cyn")
	w.unit("flat one", "ann", 100_00)
	w.unit("flat two", "bob", 80_50)
	w.unit("flat three", "bob", 9_50)
	w.unit("flat four", "cyn", 60_00)
	rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)

	p := w.motion("roof", rules, question)
	w.expect(poll.Path(p), &votingv1.PollCalled{
		Matter: "roof", Motion: id("roof"), Question: question, Rules: rules, OpensBy: w.now + 7*24*3600*1000,
	})

	w.open(p)
	position := uint64(len(w.commits)) - 1 // the commit before the opening's
	start := w.now
	roll := &votingv1.Roll{
		Root: rollRoot(
			voter{"ann", 1, 100_00, []flat{{"flat one", 100_00}}},
			voter{"bob", 1, 90_00, []flat{{"flat two", 80_50}, {"flat three", 9_50}}},
			voter{"cyn", 1, 60_00, []flat{{"flat four", 60_00}}},
		), Voters: 3, Heads: 3, AreaCentiM2: 250_00,
		Position: position, AllHeads: 3, AllAreaCentiM2: 250_00,
	}
	w.expect(poll.Path(p), &votingv1.PollOpened{Roll: roll, OpenedAt: start, ClosesAt: start + 60_000})

	w.now++
	first := w.seal(p, "ann", &votingv1.Choice{Options: no})
	w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: first}, "ann"))
	w.expect(poll.BallotPath(p, id("ann")), &votingv1.BallotCast{Box: first})
	second := w.seal(p, "ann", &votingv1.Choice{Options: yes})
	w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: second}, "ann"))
	w.expect(poll.BallotPath(p, id("ann")), &votingv1.BallotCast{Box: second, Replaces: 1})
	w.must(w.vote(p, "bob", yes))

	w.wait(60_000)
	w.expect(poll.Path(p), &votingv1.PollClosed{Ballots: 2})
	key := w.keys[p]
	w.must(w.send("voting.publish_key", &votingv1.PublishKey{Poll: p, PrivateKey: key[:]}, holderOne))
	w.expect(poll.Path(p), &votingv1.KeyPublished{PrivateKey: key[:], Holder: id(holderOne)})
	w.settle()
	tally := &votingv1.Tally{
		Ballots: 2, Valid: 2, Replaced: 1, StandsWithoutHosted: true, ParticipantsHeads: 2, ParticipantsAreaCentiM2: 190_00,
		ValidHeads: 2, ValidAreaCentiM2: 190_00, InvalidBallots: &votingv1.InvalidBallots{},
		Totals: []*votingv1.OptionTotal{{Option: 0, Heads: 2, AreaCentiM2: 190_00}, {Option: 1}, {Option: 2}},
		Inequalities: []*votingv1.Inequality{
			{Left: "3*2", Sign: ">=", Right: "1*3", Holds: true, Requirement: rules.Requirements[0]},
			{Left: "2*2", Sign: ">", Right: "1*2", Holds: true, Requirement: rules.Requirements[1]},
		},
		Result: votingv1.Result_RESULT_PASSED,
	}
	w.expect(poll.Path(p), &votingv1.TallyRecorded{Tally: tally, ObjectionsUntil: w.now + 20_000})

	text := &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: 9, Commitment: make([]byte, 32)}
	w.must(w.send("voting.object", &votingv1.RaiseObjection{Poll: p, Text: text}, "cyn"))
	w.expect(poll.Path(p)+"/objection/"+id("cyn"), &votingv1.ObjectionRaised{Text: text})

	w.wait(19_999)
	if w.poll(p).Certified {
		t.Fatal("certified while the objection window lasts")
	}
	w.wait(1)
	w.expect(poll.Path(p), &votingv1.CertificateIssued{
		Motion: id("roof"), Roll: roll, Tally: tally, Objections: 1, Adopted: true,
	}, &chainv1.Retired{})
	if n := len(w.state.Members(poll.Path(p) + "/ballot")); n != 0 {
		t.Errorf("%d ballots are still in memory", n)
	}
	w.wait(100_000_000) // whatever was still owed
	if got := w.lapsed(); got != "poll_key.published" {
		t.Errorf("the last thing owed ended in %q, want the finding to lapse", got)
	}
}

type voter struct {
	name        string
	heads, area int64
	flats       []flat
}

type flat struct {
	name string
	area int64
}

// rollRoot is the document's definition, written again.
func rollRoot(voters ...voter) []byte {
	slices.SortFunc(voters, func(a, b voter) int { return strings.Compare(id(a.name), id(b.name)) })
	var hashes [][]byte
	for _, v := range voters {
		b := append([]byte("renlin/roll/2\n"), 0, 26)
		b = append(b, id(v.name)...)
		b = binary.BigEndian.AppendUint64(b, uint64(v.heads))
		b = binary.BigEndian.AppendUint64(b, uint64(v.area))
		b = binary.BigEndian.AppendUint32(b, uint32(len(v.flats)))
		slices.SortFunc(v.flats, func(a, b flat) int { return strings.Compare(id(a.name), id(b.name)) })
		for _, f := range v.flats {
			b = append(append(b, 0, 26), id(f.name)...)
			b = binary.BigEndian.AppendUint64(b, uint64(f.area))
		}
		sum := sha256.Sum256(b)
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(sum[:]))
	}
	var root func(h [][]byte) []byte
	root = func(h [][]byte) []byte {
		if len(h) == 1 {
			return h[0]
		}
		k := 1
		for k*2 < len(h) {
			k *= 2
		}
		return rfc6962.DefaultHasher.HashChildren(root(h[:k]), root(h[k:]))
	}
	return root(hashes)
}

func TestCalledByConvener(t *testing.T) {
	t.Parallel()
	rules := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
	w := newWorld(t, &communityv1.Matter{Code: "roof", Poll: rules, DirectConvener: id(orgOne)})
	w.must(w.send("voting.call", &votingv1.CallPoll{Matter: "roof", Question: question}, convener))
	polls := w.state.Members("poll")
	if len(polls) != 1 {
		t.Fatalf("%d polls", len(polls))
	}
	w.expect(poll.Path(polls[0]), &votingv1.PollCalled{
		Matter: "roof", Question: question, Rules: rules, Convener: id(convener), OpensBy: w.now + 7*24*3600*1000,
	})
	w.open(polls[0])
	if got := w.poll(polls[0]).Roll.GetVoters(); got != 4 {
		t.Errorf("%d voters on the roll, want every member", got)
	}
}

func TestClosesWhenComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("ann", "bob")
	w.unit("flat one", "ann", 100_00)
	w.unit("flat two", "bob", 100_00)
	rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	rules.CloseWhenComplete = true
	p := w.motion("roof", rules, question)
	w.open(p)
	w.must(w.vote(p, "ann", yes))
	w.must(w.vote(p, "ann", yes))
	w.settle()
	if w.poll(p).Closed {
		t.Fatal("two ballots of one voter closed the poll")
	}
	w.must(w.vote(p, "bob", yes))
	w.settle()
	w.expect(poll.Path(p), &votingv1.PollClosed{Ballots: 2})
	closed := w.now
	w.wait(30_000)
	w.expect(poll.Path(p), &votingv1.KeyMissing{})
	if w.now != closed+30_000 {
		t.Error("the holders' time must begin at the close")
	}
	w.wait(30_000)
	if got := w.lapsed(); got != "poll.closed" {
		t.Errorf("the deadline ended in %q, want it to lapse", got)
	}
	if got := w.count(p); got.GetValid() != 2 { // the key is published late
		t.Errorf("%d valid ballots", got.GetValid())
	}
	if !w.poll(p).KeyMissing {
		t.Error("the finding went away")
	}
	w.wait(20_000)
	if certificate := w.events(poll.Path(p))[0].(*votingv1.CertificateIssued); !certificate.GetKeyLate() {
		t.Error("the certificate does not say that the key came late")
	}
}

// Without the rulebook's word a poll lasts to its deadline, whoever has voted.
func TestStaysOpenWhenComplete(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	w.must(w.vote(p, "ann", yes))
	w.wait(59_999)
	if w.poll(p).Closed {
		t.Error("the poll closed early")
	}
	w.must(w.vote(p, "ann", no))
}

func TestEitherHolderOffersAndPublishes(t *testing.T) {
	t.Parallel()
	for _, order := range [][2]string{{holderOne, holderTwo}, {holderTwo, holderOne}} {
		w := newWorld(t)
		p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_MEMBERS), question)
		key := fixedKey(7)
		pub := publicOf(t, key)
		w.must(w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: pub, Wrapped: make([]byte, poll.WrappedBytes)}, order[0]))
		w.expect(poll.Path(p), &votingv1.PollKeyOffered{BoxKey: pub, Wrapped: make([]byte, poll.WrappedBytes), Holder: id(order[0])})
		w.expect("box-key/"+chain.KeyID(pub), &votingv1.BoxKeyTaken{Poll: p})
		w.must(w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: pub}, order[1]))
		w.expect(poll.Path(p), &votingv1.PollKeyHeld{Holder: id(order[1])})
		w.settle()
		w.wait(60_000)
		w.must(w.send("voting.publish_key", &votingv1.PublishKey{Poll: p, PrivateKey: key}, order[1]))
	}
}

func TestOpeningLapses(t *testing.T) {
	t.Parallel()
	half := int64(1) << 62
	cases := map[string]struct {
		areas []int64
		form  *communityv1.BallotRules
		want  string
	}{
		"nobody on the roll": {nil, nil, "roll.empty"},
		"areas overflow":     {[]int64{half, half}, nil, "roll.overflow"},
		"scores could overflow": {
			[]int64{1 << 40}, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 1 << 40}, "roll.overflow",
		},
		"points of one choice could overflow": {
			[]int64{1 << 40}, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, PointsMax: 1 << 40}, "roll.overflow",
		},
		"negative area": {[]int64{-1}, nil, "roll.overflow"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for i, area := range c.areas {
				owner := string(rune('a' + i))
				w.admit(owner)
				w.unit("flat of "+owner, owner, area)
			}
			rules, q := yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question
			if c.form != nil {
				rules.Method, rules.Requirements, rules.Ballot = communityv1.Method_METHOD_BUDGET_GREEDY, nil, c.form
				q = &proposalv1.Motion{Title: "Budget", Options: []*proposalv1.Option{{Code: "1", CostFen: 1}}, BudgetFen: 1}
			}
			p := w.motion("roof", rules, q)
			pub := publicOf(t, fixedKey(9))
			w.must(w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: pub, Wrapped: make([]byte, poll.WrappedBytes)}, holderOne))
			w.must(w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: pub}, holderTwo))
			w.settle()
			w.expect(poll.Path(p), &votingv1.OpeningLapsed{Reason: c.want, Motion: id("roof")})
			if w.poll(p).Roll != nil {
				t.Error("the poll opened")
			}
		})
	}
}

func TestMalformedMotionsLapse(t *testing.T) {
	t.Parallel()
	options := []*proposalv1.Option{{Code: "a"}, {Code: "b"}}
	cases := map[string]struct {
		change   func(r *communityv1.PollRules)
		question *proposalv1.Motion
		want     string
	}{
		"no electorate":       {func(r *communityv1.PollRules) { r.Electorate = 0 }, question, "poll.rules_malformed"},
		"no time":             {func(r *communityv1.PollRules) { r.VotingSeconds = 0 }, question, "poll.rules_malformed"},
		"no time for the key": {func(r *communityv1.PollRules) { r.KeyPublishSeconds = 0 }, question, "poll.rules_malformed"},
		"no requirement":      {func(r *communityv1.PollRules) { r.Requirements = nil }, question, "poll.rules_malformed"},
		"no method": {
			func(r *communityv1.PollRules) { r.Method = 0 }, &proposalv1.Motion{Title: "t", Options: options}, "poll.rules_malformed",
		},
		"denominator of zero": {func(r *communityv1.PollRules) { r.Requirements[0].Denominator = 0 }, question, "poll.rules_malformed"},
		"no measure":          {func(r *communityv1.PollRules) { r.Requirements[0].Measure = 0 }, question, "poll.rules_malformed"},
		"no title":            {func(*communityv1.PollRules) {}, &proposalv1.Motion{}, "poll.question_malformed"},
		"options for yes or no": {
			func(*communityv1.PollRules) {}, &proposalv1.Motion{Title: "t", Options: options}, "poll.question_malformed",
		},
		"no options": {func(r *communityv1.PollRules) { r.Method = communityv1.Method_METHOD_SINGLE }, question, "poll.question_malformed"},
		"a code twice": {
			func(r *communityv1.PollRules) { r.Method = communityv1.Method_METHOD_SINGLE },
			&proposalv1.Motion{Title: "t", Options: []*proposalv1.Option{{Code: "a"}, {Code: "a"}}}, "poll.question_malformed",
		},
		"a negative cost": {
			func(r *communityv1.PollRules) { r.Method = communityv1.Method_METHOD_SINGLE },
			&proposalv1.Motion{Title: "t", Options: []*proposalv1.Option{{Code: "a", CostFen: -1}}}, "poll.question_malformed",
		},
		"a form that does not fit": {
			func(r *communityv1.PollRules) {
				r.Method, r.Ballot = communityv1.Method_METHOD_SINGLE, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL}
			},
			&proposalv1.Motion{Title: "t", Options: options}, "poll.rules_malformed",
		},
		"a budget without a form": {
			func(r *communityv1.PollRules) {
				r.Method, r.Requirements = communityv1.Method_METHOD_BUDGET_GREEDY, nil
			},
			&proposalv1.Motion{Title: "t", Options: options}, "poll.rules_malformed",
		},
		"a majority for a whole budget": {
			func(r *communityv1.PollRules) {
				r.Method, r.Ballot = communityv1.Method_METHOD_BUDGET_GREEDY, &communityv1.BallotRules{Form: formSet}
			},
			&proposalv1.Motion{Title: "t", Options: options}, "poll.rules_malformed",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			rules := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
			c.change(rules)
			w.motion("roof", rules, c.question)
			if got := w.lapsed(); got != c.want {
				t.Errorf("the call ended in %q, want %q", got, c.want)
			}
			if len(w.state.Members("poll")) != 0 {
				t.Error("there is a poll")
			}
		})
	}
}

func TestRollIsSealed(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "bob")
	w.unit("flat of bob", "ann", 1) // bob sells to ann, who gains no weight
	w.admit("cyn")
	w.unit("a new flat", "cyn", 500_00)
	w.revoke("ann") // what she cast before stands, see below
	if got := decider.Peek[poll.Poll](w.state, poll.Path(p)).Roll; got.GetVoters() != 2 || got.GetAreaCentiM2() != 200_00 {
		t.Errorf("the roll moved: %v", got)
	}
	w.must(w.vote(p, "bob", yes))
	if got := w.count(p).GetTotals()[0]; got.GetHeads() != 1 || got.GetAreaCentiM2() != 100_00 {
		t.Errorf("bob's sealed weight is not what counted: %v", got)
	}
}
