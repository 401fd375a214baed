package community_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	"renlin.dev/services/community/internal/people"
)

const (
	actTopics     = communityv1.Act_ACT_TOPICS
	actBallots    = communityv1.Act_ACT_BALLOTS
	actObjections = communityv1.Act_ACT_OBJECTIONS
)

type (
	grantMandate  = communityv1.GrantMandate
	revokeMandate = communityv1.RevokeMandate
)

const hourMS = 3_600_000

// mandate is what eve lets fay do for a day: everything, with her proxy; changed as a test wants it.
func mandate(change func(*grantMandate)) *grantMandate {
	body := &grantMandate{
		Principal: id(eve), Helper: id(fay), Until: 1_700_000_000_000 + 24*hourMS, Proxy: text("proxy"),
		Acts: []communityv1.Act{actTopics, communityv1.Act_ACT_SECONDS, communityv1.Act_ACT_STATEMENTS, actObjections, actBallots},
	}
	if change != nil {
		change(body)
	}
	return body
}

// granted puts a mandate on the record and gives its id.
func (w *world) granted(change func(*grantMandate), by ...string) string {
	w.t.Helper()
	if len(by) == 0 {
		by = []string{eve}
	}
	return w.do(community.OpGrantMandate, mandate(change), by...).ID.NewAggregate()
}

// host gives a member a hosted key.
func (w *world) host(name string) *world {
	w.t.Helper()
	w.do(community.OpHostKey, &hostKey{Member: id(name), Key: public(name)}, bob)
	return w
}

func (w *world) revoked(name string) {
	w.do(community.OpRevokeMember, &revokeMember{Member: id(name)}, ann, bob)
}

// keyless grants for gus, who has no key.
func keyless(change func(*grantMandate)) *grantMandate {
	return mandate(func(m *grantMandate) {
		m.Principal = id(gus)
		if change != nil {
			change(m)
		}
	})
}

func TestGrantMandateRefused(t *testing.T) {
	t.Parallel()
	const op = community.OpGrantMandate
	body := func(change func(*grantMandate)) proto.Message { return mandate(change) }
	admit := func(w *world) { w.admit(gus) }
	self := []string{eve}
	for _, rows := range [][]attempt{
		{
			{name: "nobody's", op: op, body: body(func(m *grantMandate) { m.Principal = "" }), by: self, want: people.ErrMissing},
			{name: "for nobody", op: op, body: body(func(m *grantMandate) { m.Helper = "" }), by: self, want: people.ErrMissing},
			{name: "to oneself", op: op, body: body(func(m *grantMandate) { m.Helper = id(eve) }), by: self, want: people.ErrMandateSelf},
			{name: "no act", op: op, body: body(func(m *grantMandate) { m.Acts = nil }), by: self, want: people.ErrMandateActs},
			{name: "an act twice", op: op, by: self, want: people.ErrMandateActs,
				body: body(func(m *grantMandate) { m.Acts = []communityv1.Act{actTopics, actTopics} })},
			{name: "the act without a name", op: op, by: self, want: people.ErrMandateActs,
				body: body(func(m *grantMandate) { m.Acts = []communityv1.Act{communityv1.Act_ACT_UNSPECIFIED} })},
			{name: "an act that nobody knows", op: op, by: self, want: people.ErrMandateActs,
				body: body(func(m *grantMandate) { m.Acts = []communityv1.Act{99} })},
			{name: "topics in one poll", op: op, body: body(func(m *grantMandate) { m.Poll = id("p") }), by: self, want: people.ErrMandatePoll},
			{name: "a matter that is none", op: op, body: body(func(m *grantMandate) { m.Matter = "moon" }), by: self,
				want: people.ErrMandateMatter},
			{name: "without an end", op: op, body: body(func(m *grantMandate) { m.Until = 0 }), by: self, want: people.ErrMandateTerm},
			{name: "over before it begins", op: op, by: self, want: people.ErrMandateTerm,
				body: body(func(m *grantMandate) { m.From = m.Until })},
			{name: "longer than a year", op: op, by: self, want: people.ErrMandateTerm,
				body: body(func(m *grantMandate) { m.Until = 1_700_000_000_000 + 366*24*hourMS + 1 })},
			{name: "longer than the rulebook's", op: op, by: self, want: people.ErrMandateTerm, body: body(nil), given: func(w *world) {
				book := rulebook(2)
				book.MandateSecondsMax = 24*3600 - 1
				w.do(community.OpAmendRulebook, &communityv1.AmendRulebook{Rulebook: book}, ann, bob)
			}},
			{name: "ballots without a proxy", op: op, body: body(func(m *grantMandate) { m.Proxy = nil }), by: self,
				want: people.ErrMandateProxy},
			{name: "half a proxy", op: op, by: self, want: people.ErrMandateProxy, body: body(func(m *grantMandate) {
				m.Acts, m.Proxy.LengthBytes = []communityv1.Act{actTopics}, 0
			})},
		},
		{
			{name: "by a neighbour", op: op, body: body(nil), by: []string{gus}, want: people.ErrMandateGrantor,
				given: func(w *world) { w.enrolled(gus) }},
			{name: "by the helper", op: op, body: body(nil), by: []string{fay}, want: people.ErrMandateInterest},
			{name: "the helper signs too", op: op, body: body(nil), by: []string{eve, fay}, want: people.ErrMandateInterest},
			{name: "for who has no key, by one officer", given: admit, op: op, body: keyless(nil), by: []string{ann}, want: people.ErrTwoOrgs},
			{name: "by two of one organisation", given: func(w *world) { w.admit(gus).enrolled("abe").officer("abe", "residents") }, op: op,
				body: keyless(nil), by: []string{ann, "abe"}, want: people.ErrTwoOrgs},
			{name: "by two officers, one the helper", given: func(w *world) { w.admit(gus).officer(fay, "owners") }, op: op,
				body: keyless(func(m *grantMandate) { m.Acts = m.Acts[:1] }), by: []string{ann, fay}, want: people.ErrMandateInterest},
			{name: "by two, without the proxy they saw", given: admit, op: op, by: []string{ann, bob}, want: people.ErrMandateProxy,
				body: keyless(func(m *grantMandate) { m.Acts, m.Proxy = m.Acts[:1], nil })},
			{name: "by two, for who has a device", op: op, body: body(nil), by: []string{ann, bob}, want: people.ErrMandateKeyed},
			{name: "by two, for who has a hosted key", given: func(w *world) { w.admit(gus).host(gus) }, op: op, body: keyless(nil),
				by: []string{ann, bob}, want: people.ErrMandateKeyed},
			{name: "by two, for nobody", op: op, body: keyless(nil), by: []string{ann, bob}, want: standing.ErrNotActive},
			{name: "by two, for who has left", given: func(w *world) { w.admit(gus).revoked(gus) }, op: op, body: keyless(nil),
				by: []string{ann, bob}, want: standing.ErrNotActive},
		},
		{
			{name: "to who has left", given: func(w *world) { w.revoked(fay) }, op: op, body: body(nil), by: self, want: standing.ErrNotActive},
			{name: "to who was never here", op: op, body: body(func(m *grantMandate) { m.Helper = id("x") }), by: self,
				want: standing.ErrNotActive},
			{name: "ballots to an officer", given: func(w *world) { w.officer(fay, "owners") }, op: op, body: body(nil), by: self,
				want: standing.ErrMandateOffice},
			{name: "to who has no key", given: admit, op: op, body: body(func(m *grantMandate) { m.Helper = id(gus) }), by: self,
				want: people.ErrMandateNoDevice},
			{name: "to who is hosted", given: func(w *world) { w.admit(gus).host(gus) }, op: op,
				body: body(func(m *grantMandate) { m.Helper = id(gus) }), by: self, want: people.ErrMandateNoDevice},
			{name: "to who lost their device", op: op, body: body(nil), by: self, want: people.ErrMandateNoDevice,
				given: func(w *world) { w.do(community.OpRevokeKey, &revokeKey{Key: public(fay)}, bob) }},
		},
	} {
		run(t, rows)
	}
}

func TestGrantMandate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		given   func(w *world)
		body    *grantMandate
		by      []string
		grantor communityv1.Grantor
	}{
		{"by one's device", nil, mandate(nil), []string{eve}, communityv1.Grantor_GRANTOR_DEVICE},
		{"for a year", nil, mandate(func(m *grantMandate) { m.Until = 1_700_000_000_000 + 366*24*hourMS }), []string{eve},
			communityv1.Grantor_GRANTOR_DEVICE},
		{"by one's hosted key", func(w *world) { w.admit(gus).host(gus) }, keyless(nil), []string{gus}, communityv1.Grantor_GRANTOR_HOSTED},
		{"by two organisations", func(w *world) { w.admit(gus) }, keyless(nil), []string{bob, ann}, communityv1.Grantor_GRANTOR_ORGANISATIONS},
		{"to a grid worker", func(w *world) {
			w.do(community.OpGrantRole, &grantRole{Member: id(fay), Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("residents")}, ann)
		}, mandate(nil), []string{eve}, communityv1.Grantor_GRANTOR_DEVICE},
		{"topics to an officer", func(w *world) { w.officer(fay, "owners") },
			mandate(func(m *grantMandate) { m.Acts, m.Proxy = m.Acts[:1], nil }), []string{eve}, communityv1.Grantor_GRANTOR_DEVICE},
		{"by an officer for themselves", nil, mandate(func(m *grantMandate) { m.Principal = id(ann) }), []string{ann},
			communityv1.Grantor_GRANTOR_DEVICE},
		{"ballots in one poll", nil, mandate(func(m *grantMandate) {
			m.Poll, m.Acts, m.Matter, m.From = id("p"), []communityv1.Act{actBallots, actObjections}, "works", m.Until-hourMS
		}), []string{eve}, communityv1.Grantor_GRANTOR_DEVICE},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := founded(t).enrolled(eve, fay)
			if c.given != nil {
				c.given(w)
			}
			commit := w.do(community.OpGrantMandate, c.body, c.by...)
			m := decider.Peek[standing.Mandate](w.state, standing.MandatePath(commit.ID.NewAggregate()))
			if m == nil || m.Principal != c.body.GetPrincipal() || m.Helper != c.body.GetHelper() || m.Grantor != c.grantor ||
				m.Key != chain.KeyID(public(c.by[0])) || m.Until != c.body.GetUntil() || m.From != max(w.now, c.body.GetFrom()) ||
				m.Poll != c.body.GetPoll() || m.Matter != c.body.GetMatter() || len(m.Acts) != len(c.body.GetActs()) || m.Revoked {
				t.Errorf("granted %+v", m)
			}
			if commit.WindowUntil != c.body.GetUntil() {
				t.Errorf("granted until %d, written until %d", c.body.GetUntil(), commit.WindowUntil)
			}
			w.again()
		})
	}
}

// TestHelperHasLimit: a helper acts for three members at once, or as many as the rulebook says; whoever has left, and whatever has ended,
// makes room again.
func TestHelperHasLimit(t *testing.T) {
	t.Parallel()
	names := []string{"p0", "p1", "p2", "p3"}
	of := func(name string) *grantMandate { return mandate(func(m *grantMandate) { m.Principal = id(name) }) }
	full := func() (*world, string) {
		w := founded(t).enrolled(fay).enrolled(names...)
		last := ""
		for _, n := range names[:3] {
			last = w.do(community.OpGrantMandate, of(n), n).ID.NewAggregate()
		}
		return w, last
	}
	w, _ := full()
	w.refuse(people.ErrMandateMany, community.OpGrantMandate, of("p3"), "p3")
	w.do(community.OpGrantMandate, of("p2"), "p2") // another for one whom they help already
	for name, room := range map[string]func(w *world, last string){
		"revoked": func(w *world, last string) { w.do(community.OpRevokeMandate, &revokeMandate{Mandate: last}, fay) },
		"left":    func(w *world, _ string) { w.do(community.OpRevokeMember, &revokeMember{Member: id("p2")}, "p2") },
		"amended": func(w *world, _ string) {
			book := rulebook(2)
			book.HelperPrincipalsMax = 4
			w.do(community.OpAmendRulebook, &communityv1.AmendRulebook{Rulebook: book}, ann, bob)
		},
	} {
		w, last := full()
		room(w, last)
		if _, err := w.try(community.OpGrantMandate, of("p3"), "p3"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		w.again()
	}
	w, _ = full()
	w.now += 24 * hourMS
	late := mandate(func(m *grantMandate) { m.Principal, m.Until = id("p3"), w.now+1 })
	if _, err := w.try(community.OpGrantMandate, late, "p3"); err != nil {
		t.Errorf("run out: %v", err)
	}
	if list := decider.Peek[people.Helper](w.state, "helper/"+id(fay)); len(list.Mandates) != 1 {
		t.Errorf("what has ended is listed: %v", list.Mandates)
	}
}

// TestMandatesOfOnePair: one member's mandates for one helper are bounded, so that nobody can make a helper's list long.
func TestMandatesOfOnePair(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve, fay)
	for range 8 {
		w.granted(nil)
	}
	w.refuse(people.ErrMandateCrowd, community.OpGrantMandate, mandate(nil), eve)
	w.again()
}

// TestGrantsConflict: two grants to one helper at the same moment rest on the same list, so they cannot both be the last one allowed.
func TestGrantsConflict(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve, fay)
	c := w.do(community.OpGrantMandate, mandate(nil), eve)
	if len(c.Changes) != 2 || c.Changes[0].Aggregate != "helper/"+id(fay) || c.Changes[0].Version != 1 {
		t.Fatalf("changes %v", facts(c))
	}
}

func TestRevokeMandate(t *testing.T) {
	t.Parallel()
	const op = community.OpRevokeMandate
	for _, c := range []struct {
		name  string
		given func(w *world, mandate string)
		by    []string
		want  error
	}{
		{"by the principal", nil, []string{eve}, nil},
		{"by the helper", nil, []string{fay}, nil},
		{"by two organisations", nil, []string{ann, bob}, nil},
		{"by one organisation", nil, []string{ann}, people.ErrTwoOrgs},
		{"by a neighbour", func(w *world, _ string) { w.enrolled(gus) }, []string{gus}, standing.ErrRole},
		{"twice", func(w *world, m string) { w.do(op, &revokeMandate{Mandate: m}, eve) }, []string{fay}, people.ErrMandateGone},
		{"after its end", func(w *world, _ string) { w.now += 24 * hourMS }, []string{eve}, people.ErrMandateGone},
		{"at its last moment", func(w *world, _ string) { w.now += 24*hourMS - 1 }, []string{eve}, nil},
		{"by the principal's next device", func(w *world, _ string) {
			w.do(community.OpInviteMembers, invites(eve), bob, ann)
			w.do(community.OpEnrolKey, &enrolKey{Member: id(eve), Key: public("eve2")}, "eve2", "evecode")
			w.do(community.OpRevokeKey, &revokeKey{Key: public(eve)}, "eve2")
		}, []string{"eve2"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := founded(t).enrolled(eve, fay)
			m := w.granted(nil)
			if c.given != nil {
				c.given(w, m)
			}
			commit, err := w.try(op, &revokeMandate{Mandate: m}, c.by...)
			if c.want != nil {
				checkRefusal(t, err, c.want)
				return
			}
			if err != nil || fmt.Sprint(facts(commit)) != fmt.Sprint([]string{"mandate/" + m + ": MandateRevoked"}) {
				t.Fatalf("%v, %v", commit, err)
			}
			w.again()
		})
	}
	w := founded(t).enrolled(eve)
	w.refuse(standing.ErrMandateUnknown, op, &revokeMandate{Mandate: id("m")}, eve)
}
