package community_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	"renlin.dev/services/community/internal/people"
)

type (
	acceptMandate  = communityv1.AcceptMandate
	declineMandate = communityv1.DeclineMandate
)

// asking is a community whose rulebook has helpers accept.
func asking(t testing.TB) *world {
	w := founded(t).enrolled(eve, fay)
	w.asks(true)
	return w
}

// asks amends the rulebook.
func (w *world) asks(accept bool) {
	book := rulebook(decider.Peek[standing.Rulebook](w.state, standing.RulebookPath).Book.GetVersion() + 1)
	book.HelpersAccept = accept
	w.do(community.OpAmendRulebook, &communityv1.AmendRulebook{Rulebook: book}, ann, bob)
}

func (w *world) mandateOf(id string) *standing.Mandate {
	return decider.Peek[standing.Mandate](w.state, standing.MandatePath(id))
}

func TestAcceptMandate(t *testing.T) {
	t.Parallel()
	accept, decline := community.OpAcceptMandate, community.OpDeclineMandate
	for _, c := range []struct {
		name  string
		given func(w *world, mandate string)
		op    string
		by    []string
		want  error
	}{
		{"by the helper", nil, accept, []string{fay}, nil},
		{"declined by the helper", nil, decline, []string{fay}, nil},
		{"by the principal", nil, accept, []string{eve}, standing.ErrMandateHelper},
		{"declined by the principal", nil, decline, []string{eve}, standing.ErrMandateHelper},
		{"by two organisations", nil, accept, []string{ann, bob}, standing.ErrMandateHelper},
		{"by another, whom the helper lets sign too", func(w *world, _ string) { w.enrolled(gus) }, accept, []string{gus, fay},
			standing.ErrMandateHelper},
		{"by the helper's helper", func(w *world, _ string) {
			w.enrolled(gus)
			w.granted(func(m *grantMandate) { m.Principal, m.Helper = id(fay), id(gus) }, fay)
		}, accept, []string{gus}, standing.ErrMandateHelper},
		{"twice", func(w *world, m string) { w.do(accept, &acceptMandate{Mandate: m}, fay) }, accept, []string{fay}, people.ErrMandateSettled},
		{"declined after accepting", func(w *world, m string) { w.do(accept, &acceptMandate{Mandate: m}, fay) }, decline, []string{fay},
			people.ErrMandateSettled},
		{"after declining", func(w *world, m string) { w.do(decline, &declineMandate{Mandate: m}, fay) }, accept, []string{fay},
			people.ErrMandateGone},
		{"declined twice", func(w *world, m string) { w.do(decline, &declineMandate{Mandate: m}, fay) }, decline, []string{fay},
			people.ErrMandateGone},
		{"after it was revoked", func(w *world, m string) { w.do(community.OpRevokeMandate, &revokeMandate{Mandate: m}, eve) }, accept,
			[]string{fay}, people.ErrMandateGone},
		{"after its end", func(w *world, _ string) { w.now += 24 * hourMS }, accept, []string{fay}, people.ErrMandateGone},
		{"at its last moment", func(w *world, _ string) { w.now += 24*hourMS - 1 }, accept, []string{fay}, nil},
		{"after the principal left", func(w *world, _ string) { w.revoked(eve) }, accept, []string{fay}, standing.ErrMandateEnded},
		{"declined after the principal left", func(w *world, _ string) { w.revoked(eve) }, decline, []string{fay}, nil},
		{"ballots by one who has an office since", func(w *world, _ string) { w.officer(fay, "owners") }, accept, []string{fay},
			standing.ErrMandateOffice},
		{"by a hosted key", hostedHelper, accept, []string{"host of fay"}, standing.ErrMandateDevice},
		{"declined by a hosted key", hostedHelper, decline, []string{"host of fay"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := asking(t)
			m := w.granted(nil)
			if c.given != nil {
				c.given(w, m)
			}
			commit, err := w.tryOn(c.op, m, c.by...)
			if c.want != nil {
				checkRefusal(t, err, c.want)
				return
			}
			fact := map[string]string{accept: "MandateAccepted", decline: "MandateDeclined"}[c.op]
			if err != nil || fmt.Sprint(facts(commit)) != fmt.Sprint([]string{"mandate/" + m + ": " + fact}) {
				t.Fatalf("%v, %v", commit, err)
			}
			if c.op == accept && commit.WindowUntil != w.mandateOf(m).Until {
				t.Errorf("written until %d", commit.WindowUntil)
			}
			w.again()
		})
	}
	w := asking(t)
	w.refuse(standing.ErrMandateUnknown, accept, &acceptMandate{Mandate: id("m")}, fay)
	w.refuse(standing.ErrMandateUnknown, decline, &declineMandate{Mandate: id("m")}, fay)
}

// hostedHelper has the helper lose their device and have a key hosted instead.
func hostedHelper(w *world, _ string) {
	w.do(community.OpRevokeKey, &revokeKey{Key: public(fay)}, bob)
	w.do(community.OpHostKey, &hostKey{Member: id(fay), Key: public("host of fay")}, bob, ann)
}

func (w *world) tryOn(op, mandate string, by ...string) (*chain.Commit, error) {
	if op == community.OpAcceptMandate {
		return w.try(op, &acceptMandate{Mandate: mandate}, by...)
	}
	return w.try(op, &declineMandate{Mandate: mandate}, by...)
}

// TestAcceptanceFollowsTheRulebook: what was granted under a rulebook that asks for no acceptance holds at once, and goes on to when the
// next one asks for it; what was granted under one that does waits, and goes on waiting when the next one does not.
func TestAcceptanceFollowsTheRulebook(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve, fay)
	before := w.granted(nil)
	w.asks(true)
	after := w.granted(nil)
	w.asks(false)
	if m := w.mandateOf(before); m.Waits() || m.Holds(w.now) != nil {
		t.Errorf("of before: %+v", m)
	}
	w.refuse(people.ErrMandateSettled, community.OpAcceptMandate, &acceptMandate{Mandate: before}, fay)
	w.refuse(people.ErrMandateSettled, community.OpDeclineMandate, &declineMandate{Mandate: before}, fay)
	if err := w.mandateOf(after).Holds(w.now); err != standing.ErrMandateUnaccepted {
		t.Errorf("before it is accepted: %v", err)
	}
	w.now++
	w.do(community.OpAcceptMandate, &acceptMandate{Mandate: after}, fay)
	if m := w.mandateOf(after); m.Waits() || m.Holds(w.now) != nil || m.AcceptedAt != w.now || m.GrantedAt != w.now-1 {
		t.Errorf("accepted: %+v", m)
	}
	w.again()
}

// TestDeclinedMakesRoom: what a helper has declined counts for no limit any more.
func TestDeclinedMakesRoom(t *testing.T) {
	t.Parallel()
	names := []string{"p0", "p1", "p2", "p3"}
	w := asking(t).enrolled(names...)
	of := func(name string) *grantMandate { return mandate(func(m *grantMandate) { m.Principal = id(name) }) }
	last := ""
	for _, n := range names[:3] {
		last = w.do(community.OpGrantMandate, of(n), n).ID.NewAggregate()
	}
	w.refuse(people.ErrMandateMany, community.OpGrantMandate, of("p3"), "p3")
	w.do(community.OpDeclineMandate, &declineMandate{Mandate: last}, fay)
	w.do(community.OpGrantMandate, of("p3"), "p3")
	w.refuse(people.ErrMandateGone, community.OpRevokeMandate, &revokeMandate{Mandate: last}, "p2")
	w.again()
}

// TestOneStep: there is no mandate out of a mandate. A helper grants none for their principal, whether they sign alone or with an officer,
// and no operation about mandates can be done for another.
func TestOneStep(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve, fay, gus)
	w.granted(nil) // eve lets fay
	on := mandate(func(m *grantMandate) { m.Helper = id(gus) })
	w.refuse(people.ErrMandateGrantor, community.OpGrantMandate, on, fay)
	w.refuse(people.ErrMandateGrantor, community.OpGrantMandate, on, fay, ann)
	w.refuse(people.ErrTwoOrgs, community.OpGrantMandate, on, ann, fay)
	fays := w.granted(func(m *grantMandate) { m.Principal, m.Helper = id(fay), id(gus) }, fay)
	if m := w.mandateOf(fays); m.Principal != id(fay) || m.Helper != id(gus) {
		t.Errorf("%+v", m)
	}
	for _, op := range modelOperations() {
		if _, chained := op.Access.(standing.Access); chained && op.Access.(standing.Access).Help != nil {
			t.Errorf("%s can be done for another", op.Name)
		}
	}
}

// TestMandatesAreListed: both find what concerns them, past mandates too, the newest first, page by page, and nobody finds more.
func TestMandatesAreListed(t *testing.T) {
	t.Parallel()
	w := asking(t).enrolled(gus)
	var all []string
	for i := range 3 {
		all = append([]string{w.granted(func(m *grantMandate) { m.Until += int64(i) })}, all...)
	}
	w.do(community.OpRevokeMandate, &revokeMandate{Mandate: all[2]}, eve)
	back := w.granted(func(m *grantMandate) { m.Principal, m.Helper = id(fay), id(eve) }, fay)
	ask := func(q standing.MandatesQuestion) (page standing.MandatesPage, ids []string) {
		t.Helper()
		asked, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := community.AnswerMandates(w.state, asked)
		if err == nil {
			err = json.Unmarshal(raw, &page)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Mandates {
			ids = append(ids, m.Mandate)
		}
		return page, ids
	}
	every := append([]string{back}, all...)
	for _, c := range []struct {
		q    standing.MandatesQuestion
		want []string
		next string
	}{
		{standing.MandatesQuestion{Member: id(eve), Limit: 9}, every, ""},
		{standing.MandatesQuestion{Member: id(fay), Limit: 9}, every, ""},
		{standing.MandatesQuestion{Member: id(fay), Limit: 9, Part: standing.AsPrincipal}, every[:1], ""},
		{standing.MandatesQuestion{Member: id(fay), Limit: 9, Part: standing.AsHelper}, all, ""},
		{standing.MandatesQuestion{Member: id(eve), Limit: 2}, every[:2], every[1]},
		{standing.MandatesQuestion{Member: id(eve), Limit: 2, Before: every[1]}, every[2:], ""},
		{standing.MandatesQuestion{Member: id(eve), Limit: 9, Before: id("another's")}, nil, ""},
		{standing.MandatesQuestion{Member: id(gus), Limit: 9}, nil, ""},
	} {
		if page, ids := ask(c.q); !slices.Equal(ids, c.want) || page.Next != c.next {
			t.Errorf("%+v: %v, then %q", c.q, ids, page.Next)
		}
	}
	if page, _ := ask(standing.MandatesQuestion{Member: id(eve), Limit: 9}); !page.Mandates[3].Terms.Revoked || page.Mandates[0].Gone ||
		page.Mandates[3].Terms.RevokedAt != w.now || page.Mandates[3].Terms.RevokedBy != id(eve) {
		t.Errorf("%+v", page.Mandates)
	}
	w.revoked(fay)
	if page, _ := ask(standing.MandatesQuestion{Member: id(eve), Limit: 9}); !page.Mandates[0].Gone || !page.Mandates[1].Gone {
		t.Error("one of the two has left, and it is not told")
	}
	if _, err := community.AnswerMandates(w.state, []byte("{")); err == nil {
		t.Error("half a question is answered")
	}
	w.again()
}
