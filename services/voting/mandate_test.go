package voting_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// mandate lets a helper cast and object for a principal until somebody revokes it, granted by the principal's device; changed as a test
// wants.
func (w *world) mandate(name, principal, helper string, change func(m *communityv1.MandateGranted)) {
	w.t.Helper()
	m := &communityv1.MandateGranted{
		Principal: id(principal), Helper: id(helper), From: w.now, Until: w.now + 1_000_000_000,
		Acts:    []communityv1.Act{communityv1.Act_ACT_BALLOTS, communityv1.Act_ACT_OBJECTIONS},
		Grantor: communityv1.Grantor_GRANTOR_DEVICE, Key: chain.KeyID(public(principal)),
	}
	if change != nil {
		change(m)
	}
	w.fact("community", decider.On("mandate/"+id(name), m))
}

func (w *world) revokeMandate(name string) {
	w.fact("community", decider.On("mandate/"+id(name), &communityv1.MandateRevoked{}))
}

// voteFor casts a helper's ballot for a principal under a mandate.
func (w *world) voteFor(p, principal, helper, mandate string, options []uint32) error {
	w.t.Helper()
	sealed := w.seal(p, principal, &votingv1.Choice{Options: options})
	return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id(principal), Box: sealed, Mandate: id(mandate)}, helper)
}

// byOrganisations is a grant for who has no key.
func byOrganisations(m *communityv1.MandateGranted) {
	m.Grantor, m.Key = communityv1.Grantor_GRANTOR_ORGANISATIONS, chain.KeyID(public(officer))
}

func TestHelpersBallotRefused(t *testing.T) {
	t.Parallel()
	cast := func(w *world, p string) error { return w.voteFor(p, "ann", "sun", "m", yes) }
	given := func(change func(m *communityv1.MandateGranted)) func(w *world, p string) {
		return func(w *world, _ string) { w.mandate("m", "ann", "sun", change) }
	}
	own := func(with ...string) func(w *world, p string) {
		return func(w *world, p string) { w.mandate("m", "ann", "sun", nil); w.must(w.vote(p, "ann", no, with...)) }
	}
	cases := map[string]struct {
		given func(w *world, p string)
		when  func(w *world, p string) error
		want  string
	}{
		"good":              {given(nil), cast, ""},
		"without a mandate": {nil, cast, "mandate.unknown"},
		"without naming it": {given(nil), func(w *world, p string) error {
			return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", nil)}, "sun")
		}, "ballot.not_yours"},
		"revoked":             {func(w *world, p string) { given(nil)(w, p); w.revokeMandate("m") }, cast, "mandate.revoked"},
		"for another poll":    {given(func(m *communityv1.MandateGranted) { m.Poll = id("other") }), cast, "mandate.scope"},
		"for this poll":       {func(w *world, p string) { given(func(m *communityv1.MandateGranted) { m.Poll = p })(w, p) }, cast, ""},
		"for another matter":  {given(func(m *communityv1.MandateGranted) { m.Matter = "lifts" }), cast, "mandate.scope"},
		"for this matter":     {given(func(m *communityv1.MandateGranted) { m.Matter = "roof" }), cast, ""},
		"for objections only": {given(func(m *communityv1.MandateGranted) { m.Acts = m.Acts[1:] }), cast, "mandate.act"},
		"an officer signs too": {given(nil), func(w *world, p string) error {
			body := &votingv1.CastBallot{Poll: p, Voter: id("ann"), Box: w.seal(p, "ann", nil), Mandate: id("m")}
			return w.send("voting.cast", body, "sun", officer)
		}, "mandate.signatures"},
		"off the roll": {func(w *world, _ string) { w.mandate("m", "dan", "sun", nil) }, func(w *world, p string) error {
			return w.voteFor(p, "dan", "sun", "m", yes)
		}, "roll.unlisted"},
		"by who called the poll": {func(w *world, p string) { given(nil)(w, p) }, func(w *world, _ string) error {
			direct := w.direct("sun")
			return w.voteFor(direct, "ann", "sun", "m", yes)
		}, "ballot.helper_convened"},
		"over the voter's own":    {own(), cast, "ballot.own_stands"},
		"over one cast in person": {own(officer), cast, "ballot.own_stands"},
		"over the hosted key's": {func(w *world, p string) {
			w.mandate("m", "old", "sun", func(m *communityv1.MandateGranted) {
				m.Grantor, m.Key = communityv1.Grantor_GRANTOR_HOSTED, chain.KeyID(public("gateway"))
			})
			w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("old"), Box: w.seal(p, "old", nil)}, "gateway"))
		}, func(w *world, p string) error { return w.voteFor(p, "old", "sun", "m", yes) }, "ballot.own_stands"},
		"over another helper's": {func(w *world, p string) {
			w.mandate("m", "ann", "sun", nil)
			w.mandate("n", "ann", "bob", nil)
			w.must(w.voteFor(p, "ann", "bob", "n", no))
		}, cast, ""},
		"the voter's over the helper's": {func(w *world, p string) { given(nil)(w, p); w.must(cast(w, p)) },
			func(w *world, p string) error { return w.vote(p, "ann", no) }, ""},
		"the helper's device is new": {func(w *world, p string) { given(nil)(w, p); w.enrol("sun", "new phone", false) },
			func(w *world, p string) error { return w.voteFor(p, "ann", "new phone", "m", yes) }, "ballot.mandate_too_new"},
		"granted by a new device": {func(w *world, _ string) {
			w.enrol("ann", "new phone", false)
			w.mandate("m", "ann", "sun", func(m *communityv1.MandateGranted) { m.Key = chain.KeyID(public("new phone")) })
		}, cast, "ballot.mandate_too_new"},
		"granted by a new hosted key": {func(w *world, _ string) {
			w.enrol("ann", "new host", true)
			w.mandate("m", "ann", "sun", func(m *communityv1.MandateGranted) {
				m.Grantor, m.Key = communityv1.Grantor_GRANTOR_HOSTED, chain.KeyID(public("new host"))
			})
		}, cast, "ballot.mandate_too_new"},
		"granted by organisations after the sealing": {given(byOrganisations), cast, "ballot.mandate_too_new"},
		"at the closing instant":                     {func(w *world, p string) { given(nil)(w, p); w.now += 60_000 }, cast, "ballot.closed"},
		"the mandate ends first": {given(func(m *communityv1.MandateGranted) { m.Until = m.From + 10 }), func(w *world, p string) error {
			w.now += 10
			return cast(w, p)
		}, "mandate.over"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, &communityv1.Matter{Code: "roof", Poll: yesNo(communityv1.Electorate_ELECTORATE_OWNERS), DirectConvener: id(orgOne)})
			w.admit("ann", "bob", "sun", "dan")
			w.fact("community", decider.On("member/"+id("old"), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
			w.enrol("old", "gateway", true)
			for _, n := range []string{"ann", "bob", "old"} {
				w.unit("flat of "+n, n, 100_00)
			}
			p := w.motion("roof", w.rules(), question)
			w.open(p)
			if c.given != nil {
				c.given(w, p)
			}
			if got := code(c.when(w, p)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func (w *world) rules() *communityv1.PollRules {
	return yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
}

// direct has somebody call a poll as a convener, and lay the office down again.
func (w *world) direct(who string) string {
	w.t.Helper()
	w.role(who, communityv1.Role_ROLE_CONVENER, orgOne)
	w.must(w.send("voting.call", &votingv1.CallPoll{Matter: "roof", Question: question}, who))
	p := w.commits[len(w.commits)-1].Changes[0].Aggregate[len("poll/"):]
	w.fact("community", decider.On("member/"+id(who), &communityv1.RoleWithdrawn{Role: communityv1.Role_ROLE_CONVENER}))
	w.open(p)
	return p
}

// TestMandateBeforeTheSealing: what two organisations granted before the roll was sealed holds for the poll.
func TestMandateBeforeTheSealing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("sun")
	w.fact("community", decider.On("member/"+id("ann"), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
	w.mandate("m", "ann", "sun", byOrganisations)
	p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_MEMBERS), question)
	w.open(p)
	w.must(w.voteFor(p, "ann", "sun", "m", yes))
	c := w.commits[len(w.commits)-1]
	if c.Actor != id("ann") || c.Through != id("sun") || c.Author != chain.AuthorDevice {
		t.Errorf("%s through %s, %v", c.Actor, c.Through, c.Author)
	}
	cast, ok := w.events(poll.BallotPath(p, id("ann")))[0].(*votingv1.BallotCast)
	if !ok || cast.GetMandate() != id("m") || cast.GetHosted() || cast.GetInPerson() {
		t.Errorf("cast %v", cast)
	}
}

// TestHelpersObjection: a helper objects for the principal, once for both.
func TestHelpersObjection(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "bob")
	w.mandate("m", "ann", "bob", nil)
	w.must(w.vote(p, "ann", yes))
	w.count(p)
	body := &votingv1.RaiseObjection{
		Poll: p, Text: &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: 9, Commitment: fixedKey(4)},
		Principal: id("ann"), Mandate: id("m"),
	}
	w.must(w.send("voting.object", body, "bob"))
	raised := w.events("poll/" + p + "/objection/" + id("ann"))
	if len(raised) != 1 || raised[0].(*votingv1.ObjectionRaised).GetMandate() != id("m") {
		t.Errorf("raised %v", raised)
	}
	body.Principal, body.Mandate = "", ""
	if got := code(w.send("voting.object", body, "ann")); got != "objection.raised" {
		t.Errorf("again: %q", got)
	}
	w.must(w.send("voting.object", body, "bob"))
}

// TestTallyApart: a certificate tells apart by whose hand its ballots came, with heads and areas, and whether it stands without helpers'.
func TestTallyApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.admit("ann", "bob", "cyn", "sun")
	w.fact("community", decider.On("member/"+id("old"), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
	w.enrol("old", "gateway", true)
	for i, n := range []string{"ann", "bob", "cyn", "old"} {
		w.unit("flat of "+n, n, int64(i+1)*100)
	}
	vote := func(helpers bool) *votingv1.Tally {
		p := w.motion(fmt.Sprint("roof", helpers), w.rules(), question)
		w.open(p)
		w.must(w.send("voting.cast", &votingv1.CastBallot{
			Poll: p, Voter: id("old"), Box: w.seal(p, "old", &votingv1.Choice{Options: no}),
		}, "gateway"))
		w.must(w.vote(p, "bob", yes))
		if helpers {
			w.must(w.voteFor(p, "ann", "sun", "m", yes))
			w.must(w.voteFor(p, "cyn", "sun", "n", []uint32{3})) // no answer: an invalid ballot of a helper
		}
		return w.count(p)
	}
	if got := vote(false); got.CastBy != nil || got.GetHosted() != 1 {
		t.Errorf("without helpers nothing is said of them: %v", got)
	}
	w.mandate("m", "ann", "sun", nil)
	w.mandate("n", "cyn", "sun", nil)
	got := vote(true)
	want := &votingv1.CastBy{
		Device: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 200}, Hosted: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 400},
		Helper: &votingv1.CastShare{Ballots: 2, Heads: 2, AreaCentiM2: 400}, StandsWithoutHelpers: true,
	}
	if !proto.Equal(got.GetCastBy(), want) || got.GetParticipantsAreaCentiM2() != 1000 || got.GetInvalid() != 1 {
		t.Errorf("got %v of %v", got.GetCastBy(), got)
	}
	if findings, _ := audited(t, w.commits, w.now); len(findings) != 0 {
		t.Errorf("judged again: %v", findings)
	}
	for name, forge := range map[string]func(by *votingv1.CastBy){
		"a helper's ballot as the voter's": func(by *votingv1.CastBy) { by.Device, by.Helper = by.GetHelper(), by.GetDevice() },
		"a share":                          func(by *votingv1.CastBy) { by.Helper.AreaCentiM2-- },
		"what would be without":            func(by *votingv1.CastBy) { by.StandsWithoutHelpers = false },
	} {
		forged := forgeFirst(t, w.commits, func(m proto.Message) bool {
			b, ok := m.(*votingv1.TallyRecorded)
			if ok = ok && b.GetTally().GetCastBy() != nil; ok {
				forge(b.Tally.CastBy)
			}
			return ok
		})
		if findings, _ := audited(t, w.commits, w.now); forged != 1 || len(findings) == 0 {
			t.Errorf("%s is not found", name)
		}
		forgeFirst(t, w.commits, func(m proto.Message) bool {
			b, ok := m.(*votingv1.TallyRecorded)
			if ok = ok && b.GetTally().GetCastBy() != nil; ok {
				b.Tally.CastBy = want
			}
			return ok
		})
	}
}

// TestStandsWithoutHelpers: where helpers' ballots decide, the tally says so.
func TestStandsWithoutHelpers(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "bob", "cyn")
	w.mandate("m", "ann", "cyn", nil)
	w.must(w.voteFor(p, "ann", "cyn", "m", yes))
	got := w.count(p)
	if got.GetResult() != votingv1.Result_RESULT_PASSED || got.GetCastBy() == nil || got.GetCastBy().GetStandsWithoutHelpers() ||
		!got.GetStandsWithoutHosted() {
		t.Errorf("tally %v", got)
	}
}

// hand is how a ballot comes in the play of TestOwnBeatsHelpers.
type hand int

const (
	byDevice hand = iota
	inPerson
	helperOne
	helperTwo
	revokes // helper one's mandate
	grants  // it again
	hands
)

// TestOwnBeatsHelpers plays every order of own and helpers' ballots, revocations and grants: a ballot counts only if there was a right to
// it when it was cast, nobody counts twice, the voter's own stands whatever helpers do before and after, and of the rest the last.
func TestOwnBeatsHelpers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.admit("ann", "one", "two")
		w.unit("flat", "ann", 700)
		p := w.motion("roof", w.rules(), question)
		w.open(p)
		w.mandate("two", "ann", "two", nil)
		granted, serial := false, 0
		var own, helped []uint32 // the last that was taken, nil for none
		firm, cast := false, uint32(0)
		for range rapid.IntRange(0, 10).Draw(t, "steps") {
			option := []uint32{rapid.Uint32Range(0, 1).Draw(t, "option")}
			want, err := "", error(nil)
			switch h := hand(rapid.IntRange(0, int(hands)-1).Draw(t, "hand")); h {
			case byDevice:
				if err = w.vote(p, "ann", option); firm {
					want = "ballot.in_person_stands"
				} else {
					own = option
				}
			case inPerson:
				err = w.vote(p, "ann", option, officer)
				own, firm = option, true
			case helperOne, helperTwo:
				helper, mandate, right := "one", fmt.Sprint("one ", serial), granted
				if h == helperTwo {
					helper, mandate, right = "two", "two", true
				}
				err = w.voteFor(p, "ann", helper, mandate, option)
				switch {
				case !right && serial == 0:
					want = "mandate.unknown"
				case !right:
					want = "mandate.revoked"
				case own != nil:
					want = "ballot.own_stands"
				default:
					helped = option
				}
			case revokes:
				if granted {
					w.revokeMandate(fmt.Sprint("one ", serial))
					granted = false
				}
				continue
			case grants:
				if !granted {
					serial++
					w.mandate(fmt.Sprint("one ", serial), "ann", "one", nil)
					granted = true
				}
				continue
			}
			if code(err) != want {
				t.Fatalf("got %q, want %q", code(err), want)
			}
			if err == nil {
				cast++
			}
		}
		counts, byHelper := own, uint32(0)
		if own == nil {
			counts = helped
		}
		if own == nil && helped != nil {
			byHelper = 1
		}
		got := w.count(p)
		if counts == nil {
			if got.GetBallots() != 0 || got.GetCastBy() != nil {
				t.Fatalf("nobody cast, the tally says %v", got)
			}
			return
		}
		if got.GetBallots() != 1 || got.GetReplaced() != cast-1 || got.GetTotals()[counts[0]].GetHeads() != 1 ||
			got.GetTotals()[1-counts[0]].GetHeads() != 0 || got.GetCastBy().GetHelper().GetBallots() != byHelper ||
			byHelper == 1 && got.GetCastBy().GetHelper().GetAreaCentiM2() != 700 {
			t.Fatalf("own %v, helped %v, %d cast: the tally says %v", own, helped, cast, got)
		}
	})
}
