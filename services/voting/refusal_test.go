package voting_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

func fixedKey(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func publicOf(t tester, private []byte) []byte {
	t.Helper()
	pub, err := curve25519.X25519(private, curve25519.Basepoint)
	if err != nil {
		t.Fatalf("make public key: %v", err)
	}
	return pub
}

// code gives a refusal's code; a commit that nobody refused is "".
func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

func TestCallRefused(t *testing.T) {
	t.Parallel()
	rules := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
	other := &communityv1.Matter{Code: "garden", Poll: rules, DirectConvener: id(orgTwo)}
	direct := &communityv1.Matter{Code: "roof", Poll: rules, DirectConvener: id(orgOne)}
	never := &communityv1.Matter{Code: "fund", Poll: rules}
	cases := map[string]struct {
		by   string
		body *votingv1.CallPoll
		want string
	}{
		"by a member":            {"ann", &votingv1.CallPoll{Matter: "roof", Question: question}, "role.missing"},
		"of another body":        {convener, &votingv1.CallPoll{Matter: "garden", Question: question}, "poll.convener_refused"},
		"not without a motion":   {convener, &votingv1.CallPoll{Matter: "fund", Question: question}, "poll.not_direct"},
		"no such matter":         {convener, &votingv1.CallPoll{Matter: "moon", Question: question}, "poll.matter_unknown"},
		"no question":            {convener, &votingv1.CallPoll{Matter: "roof"}, "poll.question_malformed"},
		"rules of their own":     {convener, &votingv1.CallPoll{Matter: "roof", Question: question, Rules: rules}, "poll.rules_given"},
		"a motion of their own":  {convener, &votingv1.CallPoll{Matter: "roof", Question: question, Motion: id("m")}, "poll.rules_given"},
		"an appeal of their own": {convener, &votingv1.CallPoll{Matter: "roof", Question: question, Appeal: id("m")}, "poll.rules_given"},
		"a matter that is no id": {convener, &votingv1.CallPoll{Matter: "Roof 7", Question: question}, "field.invalid"},
		"a title too long": {
			convener, &votingv1.CallPoll{Matter: "roof", Question: &proposalv1.Motion{Title: strings.Repeat("x", 301)}}, "field.invalid",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, direct, other, never)
			w.admit("ann")
			if got := code(w.send("voting.call", c.body, c.by)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// One command calls one poll, even where nobody remembers its id.
func TestCalledTwiceByOneCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &communityv1.Matter{Code: "roof", Poll: yesNo(communityv1.Electorate_ELECTORATE_MEMBERS), DirectConvener: id(orgOne)})
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "voting.call", Contract: 1, IdempotencyKey: "once", NotAfter: w.now + 1000,
		Body: []byte(`{"matter":"roof","question":{"title":"t"}}`), Signatures: []chain.Signature{{Key: public(convener)}},
	}
	w.must(w.submit(s))
	if got := code(w.submit(s)); got != "poll.exists" {
		t.Errorf("got %q", got)
	}
}

func TestPolicyOperationsAreClosed(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	for operation, body := range map[string]proto.Message{
		"voting.callByMotion": &votingv1.CallPoll{}, "voting.open": &votingv1.OpenPoll{Poll: p}, "voting.close": &votingv1.ClosePoll{Poll: p},
		"voting.record_tally": &votingv1.RecordTally{Poll: p}, "voting.certify": &votingv1.IssueCertificate{Poll: p},
		"voting.report_key_missing": &votingv1.ReportKeyMissing{Poll: p}, "voting.lapse_opening": &votingv1.LapseOpening{Poll: p},
	} {
		if got := code(w.send(operation, body, officer)); got != "operation.unknown" {
			t.Errorf("%s from outside: %q", operation, got)
		}
	}
	// Nor may a policy command come with a body that no rule demanded.
	owed := w.state.Owes(chain.PolicyID("voting", "close/"+p+"/deadline"))
	forged := *owed
	forged.Body = w.encode(&votingv1.ClosePoll{Poll: id("another")})
	raw, signed, err := decider.PolicyCommand(&forged, 1)
	w.must(err)
	w.now = owed.Due
	if got := code(w.judge(&decider.Input{Raw: raw, Signed: signed, ID: owed.ID, Time: w.now, Policy: true})); got != "policy.not_owed" {
		t.Errorf("forged policy: %q", got)
	}
}

func TestKeyRefused(t *testing.T) {
	t.Parallel()
	key := fixedKey(5)
	wrapped := make([]byte, poll.WrappedBytes)
	offer := func(w *world, p string) error {
		return w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: publicOf(w.t, key), Wrapped: wrapped}, holderOne)
	}
	hold := func(w *world, p string) error {
		return w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: publicOf(w.t, key)}, holderTwo)
	}
	offered := func(w *world, p string) { w.must(offer(w, p)) }
	held := func(w *world, p string) { w.must(offer(w, p)); w.must(hold(w, p)); w.settle() }
	closed := func(w *world, p string) { held(w, p); w.wait(60_000) }
	publish := func(k []byte, by string) func(w *world, p string) error {
		return func(w *world, p string) error {
			return w.send("voting.publish_key", &votingv1.PublishKey{Poll: p, PrivateKey: k}, by)
		}
	}
	cases := map[string]struct {
		given func(w *world, p string)
		when  func(w *world, p string) error
		want  string
	}{
		"offered by a member": {nil, func(w *world, p string) error {
			return w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: publicOf(w.t, key), Wrapped: wrapped}, officer)
		}, "role.missing"},
		"offered by somebody with the role who is no holder": {nil, func(w *world, p string) error {
			w.role("stranger", communityv1.Role_ROLE_KEY_HOLDER, orgTwo)
			return w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: publicOf(w.t, key), Wrapped: wrapped}, "stranger")
		}, "poll_key.holder_refused"},
		"offered twice": {offered, offer, "poll_key.offered"},
		"offered for another poll": {offered, func(w *world, p string) error {
			return offer(w, w.motion("second", w.poll(p).Rules, question))
		}, "poll_key.reused"},
		"offered for no poll": {nil, func(w *world, _ string) error { return offer(w, id("nothing")) }, "poll.unknown"},
		"a key of no strength": {nil, func(w *world, p string) error {
			return w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: make([]byte, 32), Wrapped: wrapped}, holderOne)
		}, "poll_key.weak"},
		"no key": {nil, func(w *world, p string) error {
			return w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, Wrapped: wrapped}, holderOne)
		}, "poll_key.weak"},
		"no copy": {nil, func(w *world, p string) error {
			return w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: publicOf(w.t, key)}, holderOne)
		}, "poll_key.wrapped_size"},
		"held before it is offered": {nil, hold, "poll_key.not_offered"},
		"held twice":                {held, hold, "poll_key.held"},
		"held by who offered": {offered, func(w *world, p string) error {
			return w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: publicOf(w.t, key)}, holderOne)
		}, "poll_key.same_holder"},
		"held by a stranger": {offered, func(w *world, p string) error {
			w.role("stranger", communityv1.Role_ROLE_KEY_HOLDER, orgTwo)
			return w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: publicOf(w.t, key)}, "stranger")
		}, "poll_key.holder_refused"},
		"another key held": {offered, func(w *world, p string) error {
			return w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: publicOf(w.t, fixedKey(6))}, holderTwo)
		}, "poll_key.mismatch"},
		"published while open":        {held, publish(key, holderOne), "poll.not_closed"},
		"published before it is held": {offered, publish(key, holderOne), "poll.not_closed"},
		"published before it is called": {nil, func(w *world, _ string) error {
			return publish(key, holderOne)(w, id("nothing"))
		}, "poll.unknown"},
		"another key published": {closed, publish(fixedKey(6), holderOne), "poll_key.mismatch"},
		"no key published":      {closed, publish(nil, holderOne), "poll_key.mismatch"},
		"published by a member": {closed, publish(key, officer), "role.missing"},
		"published by a stranger": {closed, func(w *world, p string) error {
			w.role("stranger", communityv1.Role_ROLE_KEY_HOLDER, orgTwo)
			return publish(key, "stranger")(w, p)
		}, "poll_key.holder_refused"},
		"published twice": {func(w *world, p string) {
			closed(w, p)
			w.must(publish(key, holderOne)(w, p))
		}, publish(key, holderTwo), "poll_key.published"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.admit("stranger")
			p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_MEMBERS), question)
			if c.given != nil {
				c.given(w, p)
			}
			if got := code(c.when(w, p)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Two holders of one organisation would be one holder.
func TestKeyHeldByTheSameOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fact("community", decider.On("community/main", &communityv1.CommunityFounded{
		Holders: []*communityv1.Holder{{Member: id(holderOne), Org: id(orgOne)}, {Member: id(holderTwo), Org: id(orgOne)}},
	}))
	p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_MEMBERS), question)
	pub := publicOf(t, fixedKey(5))
	w.must(w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: pub, Wrapped: make([]byte, poll.WrappedBytes)}, holderOne))
	if got := code(w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: pub}, holderTwo)); got != "poll_key.same_holder" {
		t.Errorf("got %q", got)
	}
}

func TestBallotRefused(t *testing.T) {
	t.Parallel()
	cast := func(voter string, with ...string) func(w *world, p string) error {
		return func(w *world, p string) error { return w.vote(p, voter, yes, with...) }
	}
	sized := func(n int) func(w *world, p string) error {
		return func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: make([]byte, n)}, "ann")
		}
	}
	inPerson := func(w *world, p string) { w.must(w.vote(p, "ann", yes, officer)) }
	// by the key that the gateway hosts for ann, beside her device
	hosted := func(with ...string) func(w *world, p string) error {
		return func(w *world, p string) error {
			body := &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", nil)}
			return w.send("voting.cast", body, append([]string{"gateway"}, with...)...)
		}
	}
	byHost := func(w *world, p string) { w.enrol("ann", "gateway", true); w.must(hosted(officer)(w, p)) }
	withHost := func(w *world, p string) { w.enrol("ann", "gateway", true); inPerson(w, p) }
	cases := map[string]struct {
		given func(w *world, p string)
		when  func(w *world, p string) error
		want  string
	}{
		"device over a host's in person":        {byHost, cast("ann"), ""},
		"a host's in person again":              {byHost, hosted(officer), ""},
		"in person over a host's in person":     {byHost, cast("ann", officer), ""},
		"a host's in person over one in person": {withHost, hosted(officer), "ballot.in_person_stands"},
		"good":                                  {nil, cast("ann"), ""},
		"off the roll":                          {nil, cast("dan"), "roll.unlisted"},
		"no member":                             {nil, cast("nobody"), "key.unknown"},
		"for another": {nil, func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("bob"), Box: w.seal(p, "bob", &votingv1.Choice{})}, "ann")
		}, "ballot.not_yours"},
		"of no poll": {nil, func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: id("x"), Voter: id("ann"), Box: make([]byte, 200)}, "ann")
		}, "poll.unknown"},
		"no voter": {nil, func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Box: make([]byte, 200)}, "ann")
		}, "ballot.not_yours"},
		"not yet open": {nil, func(w *world, p string) error {
			q := w.motion("second", w.poll(p).Rules, question)
			return w.send("voting.cast", &votingv1.CastBallot{Poll: q, Voter: id("ann"), Box: make([]byte, 200)}, "ann")
		}, "poll.not_open"},
		"box too small":          {nil, sized(ballot.BytesMin - 1), "ballot.box_size"},
		"box too large":          {nil, sized(ballot.BytesMax + 1), "field.invalid"},
		"no box":                 {nil, sized(0), "ballot.box_size"},
		"at the closing instant": {func(w *world, _ string) { w.now += 60_000 }, cast("ann"), "ballot.closed"},
		"a moment before":        {func(w *world, _ string) { w.now += 59_999 }, cast("ann"), ""},
		"after the close":        {func(w *world, _ string) { w.wait(60_000) }, cast("ann"), "ballot.closed"},
		"revoked mid-poll":       {func(w *world, _ string) { w.revoke("ann") }, cast("ann"), "member.not_active"},
		"device signed off": {func(w *world, _ string) {
			w.fact("community", decider.On("key/"+chain.KeyID(public("ann")), &communityv1.KeyRevoked{}))
		}, cast("ann"), "key.revoked"},
		"joined while sealed": {func(w *world, _ string) { w.admit("eve"); w.unit("flat of eve", "eve", 1) }, cast("eve"), "roll.unlisted"},
		"key enrolled after the sealing": {func(w *world, _ string) { w.enrol("ann", "ann's new phone", false) }, func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", nil)}, "ann's new phone")
		}, "ballot.key_too_new"},
		"hosted key after the sealing": {func(w *world, _ string) { w.enrol("ann", "gateway", true) }, func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", nil)}, "gateway")
		}, "ballot.key_too_new"},
		"new key in person": {func(w *world, _ string) { w.enrol("ann", "ann's new phone", false) }, func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", nil)}, "ann's new phone", officer)
		}, ""},
		"with a neighbour's signature":        {nil, cast("ann", "bob"), "ballot.cosigner_refused"},
		"with an officer's and a neighbour's": {nil, cast("ann", officer, "bob"), "ballot.cosigner_refused"},
		"with an officer's who left": {func(w *world, _ string) {
			w.fact("community", decider.On("member/"+id(officer), &communityv1.RoleWithdrawn{Role: communityv1.Role_ROLE_OFFICER}))
		}, cast("ann", officer), "ballot.cosigner_refused"},
		"with an officer's who was revoked": {func(w *world, _ string) { w.revoke(officer) }, cast("ann", officer), "cosigner.refused"},
		"in person":                         {nil, cast("ann", officer), ""},
		"over one cast in person":           {inPerson, cast("ann"), "ballot.in_person_stands"},
		"in person over one in person":      {inPerson, cast("ann", officer), ""},
		"in person over another":            {func(w *world, p string) { w.must(w.vote(p, "ann", no)) }, cast("ann", officer), ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := opened(t, "ann", "bob")
			w.admit("dan") // no owner
			if c.given != nil {
				c.given(w, p)
			}
			if got := code(c.when(w, p)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The roll is sealed when the key is held: a device enrolled in the commit before that votes, one in the commit after it does not.
func TestKeyAtTheSealing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("ann")
	w.unit("flat", "ann", 1)
	p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question)
	pub := publicOf(t, fixedKey(5))
	w.must(w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: pub, Wrapped: make([]byte, poll.WrappedBytes)}, holderOne))
	w.enrol("ann", "just in time", false)
	w.must(w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: pub}, holderTwo))
	w.enrol("ann", "just too late", false)
	w.settle()
	for dev, want := range map[string]string{"just in time": "", "just too late": "ballot.key_too_new"} {
		body := &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", pick(0))}
		if got := code(w.send("voting.cast", body, dev)); got != want {
			t.Errorf("%s: got %q, want %q", dev, got, want)
		}
	}
}

// The service's clock may be behind the sequencer's: then the commit's own window refuses the ballot.
func TestBallotInTheSequencersWindow(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	closes := w.poll(p).ClosesAt
	w.now = closes - 1
	w.must(w.vote(p, "ann", yes))
	last := w.commits[len(w.commits)-1]
	if last.WindowFrom != w.poll(p).OpenedAt || last.WindowUntil != closes {
		t.Errorf("window %d to %d", last.WindowFrom, last.WindowUntil)
	}
}

func TestObjectionInTheSequencersWindow(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	w.count(p)
	text := &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: 9, Commitment: make([]byte, 32)}
	w.must(w.send("voting.object", &votingv1.RaiseObjection{Poll: p, Text: text}, "ann"))
	if got := w.commits[len(w.commits)-1].WindowUntil; got != w.poll(p).ObjectionsUntil {
		t.Errorf("window until %d", got)
	}
}

// The members' electorate has no units, and hosted keys mark their ballots.
func TestBallotMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fact("community", decider.On("member/"+id("old"), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
	w.enrol("old", "gateway", true)
	p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_MEMBERS), question)
	w.open(p)
	sealed := w.seal(p, "old", &votingv1.Choice{Options: yes})
	body := &votingv1.CastBallot{Poll: p, Voter: id("old"), Box: sealed}
	w.must(w.send("voting.cast", body, "gateway"))
	w.expect(poll.BallotPath(p, id("old")), &votingv1.BallotCast{Box: sealed, Hosted: true})
	w.must(w.send("voting.cast", body, "gateway", officer))
	w.expect(poll.BallotPath(p, id("old")), &votingv1.BallotCast{Box: sealed, Replaces: 1, Hosted: true, InPerson: true})
	if got := w.commits[len(w.commits)-1].Through; got != id(officer) {
		t.Errorf("through %q, want the officer", got)
	}
}

func TestObjectionRefused(t *testing.T) {
	t.Parallel()
	text := &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: 9, Commitment: make([]byte, 32)}
	object := func(by string, txt *communityv1.Text) func(w *world, p string) error {
		return func(w *world, p string) error {
			return w.send("voting.object", &votingv1.RaiseObjection{Poll: p, Text: txt}, by)
		}
	}
	counted := func(w *world, p string) { w.count(p) }
	cases := map[string]struct {
		given func(w *world, p string)
		when  func(w *world, p string) error
		want  string
	}{
		"before the count": {nil, object("ann", text), "tally.missing"},
		"good":             {counted, object("ann", text), ""},
		"twice": {func(w *world, p string) {
			w.count(p)
			w.must(object("ann", text)(w, p))
		}, object("ann", text), "objection.raised"},
		"off the roll":       {counted, object("dan", text), "roll.unlisted"},
		"without a text":     {counted, object("ann", nil), "text.malformed"},
		"at the last moment": {func(w *world, p string) { w.count(p); w.now += 19_999 }, object("ann", text), ""},
		"too late":           {func(w *world, p string) { w.count(p); w.now += 20_000 }, object("ann", text), "objection.closed"},
		"certified":          {func(w *world, p string) { w.count(p); w.wait(20_000) }, object("ann", text), "objection.closed"},
		"revoked":            {func(w *world, p string) { w.count(p); w.revoke("ann") }, object("ann", text), "member.not_active"},
		"of no poll":         {nil, func(w *world, _ string) error { return object("ann", text)(w, id("x")) }, "poll.unknown"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := opened(t, "ann", "bob")
			w.admit("dan")
			if c.given != nil {
				c.given(w, p)
			}
			if got := code(c.when(w, p)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// The classes of wrong bodies that the decider refuses for every operation, tried on this one.
func TestBodyRefused(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	for name, body := range map[string]string{
		"unknown field": `{"poll":"` + p + `","voter":"` + id("ann") + `","colour":"red"}`,
		"wrong type":    `{"poll":7}`,
		"no JSON":       `poll`,
		"ill-formed":    "{\"poll\":\"\xff\"}",
	} {
		s := &chain.Signed{
			Suite: chain.SuiteIntl, Operation: "voting.cast", Contract: 1, IdempotencyKey: name, Body: []byte(body),
			Signatures: []chain.Signature{{Key: public("ann")}},
		}
		if err := w.submit(s); !errors.Is(err, decider.ErrBody) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
