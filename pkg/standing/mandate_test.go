package standing_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// helpModel has a ballot and a second that helpers may give, and a statement that they may not. Matters and polls are what the body says.
func helpModel() *decider.Model {
	spec := func(name string, access standing.Access) decider.Operation {
		return decider.Operation{Name: name, Access: access}
	}
	let := []decider.Change{decider.On("org/"+id("z"), &communityv1.OrgAdmitted{})}
	return decider.NewModel("test", []uint32{1}, standing.Kinds(true), decider.Guarded(standing.Guard),
		decider.Op(spec("test.cast", standing.Helped(communityv1.Act_ACT_BALLOTS, func(_ *decider.View, body proto.Message) (string, string) {
			return "roof", body.(*votingv1.CastBallot).GetPoll()
		})), func(v *decider.View, _ *decider.Command, _ *votingv1.CastBallot) ([]decider.Change, error) {
			v.Window(10, 1000)
			return let, nil
		}),
		decider.Op(spec("test.second", standing.Helped(communityv1.Act_ACT_SECONDS, func(*decider.View, proto.Message) (string, string) {
			return "roof", ""
		})), func(*decider.View, *decider.Command, *proposalv1.SecondTopic) ([]decider.Change, error) {
			return let, nil
		}),
		decider.Op(spec("test.submit", standing.To(communityv1.Role_ROLE_MEMBER)),
			func(*decider.View, *decider.Command, *proposalv1.SubmitStatement) ([]decider.Change, error) {
				return let, nil
			}))
}

// given is p, who lets h cast and second from 100 to 500, and everything that a test changes about it.
func given(t *testing.T, change func(r *record, m *communityv1.MandateGranted)) *record {
	r := &record{t: t, state: decider.NewState(helpModel()), vers: map[string]uint64{}}
	r.member("p", "", true, communityv1.Role_ROLE_OWNER).member("h", "", false, communityv1.Role_ROLE_GRID_WORKER).member("x", "", false)
	m := &communityv1.MandateGranted{
		Principal: id("p"), Helper: id("h"), Acts: []communityv1.Act{communityv1.Act_ACT_BALLOTS, communityv1.Act_ACT_SECONDS},
		From: 100, Until: 500,
	}
	if change != nil {
		change(r, m)
	}
	return r.add("mandate/"+id("m"), m)
}

// judgeAt judges the operation that a body belongs to.
func judgeAt(t *testing.T, r *record, now int64, body proto.Message, keys ...string) *decider.Verdict {
	t.Helper()
	op := "test.submit"
	switch body.(type) {
	case *votingv1.CastBallot:
		op = "test.cast"
	case *proposalv1.SecondTopic:
		op = "test.second"
	}
	raw, err := protojson.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: op, Contract: 1, Body: raw}
	for _, c := range keys {
		s.Signatures = append(s.Signatures, chain.Signature{Key: key(c)})
	}
	return r.state.Judge(&decider.Input{Signed: s, Time: now})
}

func TestHelperRefused(t *testing.T) {
	t.Parallel()
	cast := &votingv1.CastBallot{Poll: id("q"), Voter: id("p"), Mandate: id("m")}
	second := &proposalv1.SecondTopic{Topic: id("t"), Principal: id("p"), Mandate: id("m")}
	type change = func(r *record, m *communityv1.MandateGranted)
	granted := func(f func(m *communityv1.MandateGranted)) change {
		return func(_ *record, m *communityv1.MandateGranted) { f(m) }
	}
	after := func(aggregate string, e proto.Message) func(r *record) {
		return func(r *record) { r.add(aggregate, e) }
	}
	role := func(r communityv1.Role) func(r *record) {
		return after("member/"+id("h"), &communityv1.RoleGranted{Role: r, Org: id("o")})
	}
	asked := granted(func(m *communityv1.MandateGranted) { m.AwaitsAcceptance = true })
	askedLater := granted(func(m *communityv1.MandateGranted) { m.AwaitsAcceptance, m.From = true, 300 })
	left, lost := &communityv1.MemberRevoked{}, &communityv1.KeyRevoked{}
	elsewhere := granted(func(m *communityv1.MandateGranted) { m.Poll = id("o") })
	lifts := granted(func(m *communityv1.MandateGranted) { m.Matter = "lifts" })
	ofX := granted(func(m *communityv1.MandateGranted) { m.Principal = id("x") })
	ballots := granted(func(m *communityv1.MandateGranted) { m.Acts = m.Acts[:1] })
	hosted := func(r *record, m *communityv1.MandateGranted) { r.member("w", "", true); m.Helper = id("w") }
	for name, c := range map[string]struct {
		change change
		then   func(r *record)
		now    int64
		body   proto.Message
		keys   string
		want   error
	}{
		"no mandate named":     {nil, nil, 200, &proposalv1.SecondTopic{Principal: id("p")}, "h", standing.ErrMandateMissing},
		"no such mandate":      {nil, nil, 200, &votingv1.CastBallot{Voter: id("p"), Mandate: id("n")}, "h", standing.ErrMandateUnknown},
		"another's mandate":    {nil, nil, 200, cast, "x", standing.ErrMandateHelper},
		"the principal":        {nil, nil, 200, second, "p", standing.ErrMandateDevice},
		"of another principal": {ofX, nil, 200, cast, "h", standing.ErrMandatePrincipal},
		"for another":          {nil, nil, 200, &votingv1.CastBallot{Voter: id("x"), Mandate: id("m")}, "h", standing.ErrMandatePrincipal},
		"for nobody":           {nil, nil, 200, &proposalv1.SecondTopic{Mandate: id("m")}, "h", standing.ErrMandatePrincipal},
		"revoked":              {nil, after("mandate/"+id("m"), &communityv1.MandateRevoked{}), 200, cast, "h", standing.ErrMandateRevoked},
		"not accepted":         {asked, nil, 200, cast, "h", standing.ErrMandateUnaccepted},
		"neither yet":          {askedLater, nil, 200, cast, "h", standing.ErrMandateUnaccepted},
		"accepted, and early":  {askedLater, after("mandate/"+id("m"), &communityv1.MandateAccepted{}), 299, cast, "h", standing.ErrMandateEarly},
		"declined":             {asked, after("mandate/"+id("m"), &communityv1.MandateDeclined{}), 200, cast, "h", standing.ErrMandateDeclined},
		"accepted, and over":   {asked, after("mandate/"+id("m"), &communityv1.MandateAccepted{}), 500, cast, "h", standing.ErrMandateOver},
		"not accepted in time": {asked, nil, 500, cast, "h", standing.ErrMandateOver},
		"early":                {nil, nil, 99, cast, "h", standing.ErrMandateEarly},
		"over":                 {nil, nil, 500, cast, "h", standing.ErrMandateOver},
		"the principal left":   {nil, after("member/"+id("p"), left), 200, cast, "h", standing.ErrMandateEnded},
		"the helper left":      {nil, after("member/"+id("h"), left), 200, cast, "h", standing.ErrNotActive},
		"the helper's old key": {nil, after("key/"+chain.KeyID(key("h")), lost), 200, cast, "h", standing.ErrKeyRevoked},
		"a stranger":           {nil, nil, 200, cast, "y", standing.ErrKeyUnknown},
		"a hosted helper":      {hosted, nil, 200, cast, "w", standing.ErrMandateDevice},
		"with another":         {nil, nil, 200, cast, "hx", standing.ErrMandateAlone},
		"with the principal":   {nil, nil, 200, second, "hp", standing.ErrMandateAlone},
		"another act":          {ballots, nil, 200, second, "h", standing.ErrMandateAct},
		"an act of nobody's": {nil, nil, 200, &proposalv1.SubmitStatement{Principal: id("p"), Mandate: id("m")}, "h",
			standing.ErrMandateAct},
		"another poll":      {elsewhere, nil, 200, cast, "h", standing.ErrMandateScope},
		"no poll at all":    {elsewhere, nil, 200, second, "h", standing.ErrMandateScope},
		"another matter":    {lifts, nil, 200, second, "h", standing.ErrMandateScope},
		"an officer casts":  {nil, role(communityv1.Role_ROLE_OFFICER), 200, cast, "h", standing.ErrMandateOffice},
		"a guardian casts":  {nil, role(communityv1.Role_ROLE_GUARDIAN), 200, cast, "h", standing.ErrMandateOffice},
		"a convener casts":  {nil, role(communityv1.Role_ROLE_CONVENER), 200, cast, "h", standing.ErrMandateOffice},
		"an auditor casts":  {nil, role(communityv1.Role_ROLE_AUDITOR), 200, cast, "h", standing.ErrMandateOffice},
		"a holder casts":    {nil, role(communityv1.Role_ROLE_KEY_HOLDER), 200, cast, "h", standing.ErrMandateOffice},
		"an operator casts": {nil, role(communityv1.Role_ROLE_OPERATOR), 200, cast, "h", standing.ErrMandateOffice},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := given(t, c.change)
			if c.then != nil {
				c.then(r)
			}
			var keys []string
			for _, k := range c.keys {
				keys = append(keys, string(k))
			}
			if v := judgeAt(t, r, c.now, c.body, keys...); !errors.Is(v.Err, c.want) {
				t.Errorf("got %v, want %v", v.Err, c.want)
			}
		})
	}
}

// TestHelper: the principal acts, through the helper, by a device; the commit rests on the mandate and both memberships, and keeps to the
// mandate's term and the rule's own window together.
func TestHelper(t *testing.T) {
	t.Parallel()
	cast := &votingv1.CastBallot{Poll: id("q"), Voter: id("p"), Mandate: id("m")}
	bound := func(_ *record, m *communityv1.MandateGranted) { m.Poll, m.Matter = id("q"), "roof" }
	for _, now := range []int64{100, 499} {
		r := given(t, bound)
		v := judgeAt(t, r, now, cast, "h")
		if v.Err != nil {
			t.Fatal(v.Err)
		}
		c := v.Commit
		if c.Actor != id("p") || c.Through != id("h") || c.Author != chain.AuthorDevice {
			t.Errorf("%s acts through %s, author %v", c.Actor, c.Through, c.Author)
		}
		if c.WindowFrom != 100 || c.WindowUntil != 500 {
			t.Errorf("from %d until %d", c.WindowFrom, c.WindowUntil)
		}
		read := map[string]bool{}
		for _, x := range v.Reads {
			read[x.Key] = true
		}
		for _, want := range []string{"mandate/" + id("m"), "member/" + id("p"), "member/" + id("h"), "key/" + chain.KeyID(key("h"))} {
			if !read[want] {
				t.Errorf("the decision does not rest on %s", want)
			}
		}
	}
	// The earlier end and the later beginning bind, whichever sets them.
	r := given(t, func(_ *record, m *communityv1.MandateGranted) { m.From, m.Until = 5, 5000 })
	if v := judgeAt(t, r, 200, cast, "h"); v.Err != nil || v.Commit.WindowFrom != 10 || v.Commit.WindowUntil != 1000 {
		t.Errorf("%+v", v.Commit)
	}
	// An officer seconds for others, and the helper's own acts name nobody.
	r = given(t, nil)
	r.add("member/"+id("h"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER})
	second := &proposalv1.SecondTopic{Topic: id("t"), Principal: id("p"), Mandate: id("m")}
	if v := judgeAt(t, r, 200, second, "h"); v.Err != nil || v.Commit.Actor != id("p") || v.Commit.WindowUntil != 500 {
		t.Errorf("%v", v.Err)
	}
	if v := judgeAt(t, r, 200, &proposalv1.SecondTopic{}, "h"); v.Err != nil || v.Commit.Actor != id("h") ||
		v.Commit.Through != "" || v.Commit.WindowUntil != 0 {
		t.Errorf("one's own: %+v, %v", v.Commit, v.Err)
	}
}

// TestAcceptedHelper: from its acceptance on a mandate is as one that waited for none, and a decision from before it is stale.
func TestAcceptedHelper(t *testing.T) {
	t.Parallel()
	cast := &votingv1.CastBallot{Poll: id("q"), Voter: id("p"), Mandate: id("m")}
	r := given(t, func(_ *record, m *communityv1.MandateGranted) { m.AwaitsAcceptance = true })
	refused := judgeAt(t, r, 200, cast, "h")
	r.add("mandate/"+id("m"), &communityv1.MandateAccepted{})
	if v := judgeAt(t, r, 200, cast, "h"); v.Err != nil || v.Commit.Actor != id("p") || v.Commit.Through != id("h") {
		t.Errorf("accepted: %+v, %v", v.Commit, v.Err)
	}
	for _, x := range refused.Reads {
		if x.Key == "mandate/"+id("m") && x.Version == r.state.Version(x.Key) {
			t.Error("what was refused before it was accepted rests on nothing that has changed")
		}
	}
	r.add("mandate/"+id("m"), &communityv1.MandateRevoked{})
	if v := judgeAt(t, r, 200, cast, "h"); !errors.Is(v.Err, standing.ErrMandateRevoked) {
		t.Errorf("accepted and revoked: %v", v.Err)
	}
}

// TestMandateRevokedMeanwhile: a decision that rests on a mandate is stale once the mandate is revoked.
func TestMandateRevokedMeanwhile(t *testing.T) {
	t.Parallel()
	r := given(t, nil)
	v := judgeAt(t, r, 200, &votingv1.CastBallot{Poll: id("q"), Voter: id("p"), Mandate: id("m")}, "h")
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	r.add("mandate/"+id("m"), &communityv1.MandateRevoked{})
	for _, x := range v.Reads {
		if x.Key == "mandate/"+id("m") && x.Version == r.state.Version(x.Key) {
			t.Error("the read set is as good as before")
		}
	}
}
