package community_test

import (
	"crypto/sha256"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	charters "renlin.dev/services/community/internal/charter"
	"renlin.dev/services/community/internal/people"
)

// trusteeKey is the long-term key of a trustee of that name.
func trusteeKey(name string) []byte {
	seed := sha256.Sum256([]byte("trustee " + name))
	seed[31] = 0 // below the order of the group
	key, err := trustee.DecodeKey(seed[:])
	if err != nil {
		panic(err)
	}
	return key.Public().Bytes()
}

func trusteeOf(name, org string) *communityv1.Trustee {
	return &communityv1.Trustee{Member: id(name), Org: id(org), TrusteeKey: trusteeKey(name)}
}

// withTrustees is a charter whose second holder is a trustee too, beside a founder and somebody new.
func withTrustees() *communityv1.Found {
	body := charter()
	body.Trustees = []*communityv1.Trustee{trusteeOf(dan, "owners"), trusteeOf(ann, "residents"), trusteeOf("tom", "street")}
	for i, n := range []string{dan, ann, "tom"} {
		body.Trustees[i].Key = public(n)
	}
	return body
}

func TestFoundWithTrustees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(community.OpFound, withTrustees(), ann, bob)
	if list := decider.Peek[standing.Trustees](w.state, standing.TrusteesPath).List; len(list) != 3 || list[2].GetMember() != id("tom") {
		t.Errorf("trustees %v", list)
	}
	for _, n := range []string{dan, ann, "tom"} {
		m, k := decider.Peek[standing.Member](w.state, "member/"+id(n)), decider.Peek[standing.Key](w.state, "key/"+keyID(n))
		if _, holds := m.Roles[communityv1.Role_ROLE_KEY_HOLDER]; !holds || k.Member != id(n) {
			t.Errorf("%s: %+v, %+v", n, m, k)
		}
	}
	w.again()
}

func TestFoundRefusesTrustees(t *testing.T) {
	t.Parallel()
	type list = []*communityv1.Trustee
	for name, c := range map[string]struct {
		spoil func(list) list
		want  error
		field string
	}{
		"one":                    {func(l list) list { return l[:1] }, charters.ErrTrustees, ""},
		"of one organisation":    {func(l list) list { l[1].Org = id("owners"); return l[:2] }, charters.ErrTrustees, ""},
		"nobody":                 {func(l list) list { l[0].Member = ""; return l }, charters.ErrTrustee, "trustees.0.member"},
		"of no organisation":     {func(l list) list { l[2].Org = id("x"); return l }, charters.ErrTrustee, "trustees.2.org"},
		"a key that is none":     {func(l list) list { l[1].TrusteeKey = nil; return l }, charters.ErrTrustee, "trustees.1.trustee_key"},
		"a key that adds naught": {func(l list) list { clear(l[1].TrusteeKey); return l }, charters.ErrTrustee, "trustees.1.trustee_key"},
		"a member twice":         {func(l list) list { l[1].Member = l[0].Member; return l }, charters.ErrTrusteeTwice, "trustees.1.member"},
		"a key twice": {func(l list) list {
			l[1].TrusteeKey = l[0].TrusteeKey
			return l
		}, charters.ErrTrusteeTwice, "trustees"},
		"a founder of another":   {func(l list) list { l[1].Org = id("street"); return l }, charters.ErrIncomplete, "trustees.1.org"},
		"no device":              {func(l list) list { l[2].Key = nil; return l }, charters.ErrIncomplete, "trustees.2.key"},
		"another's device":       {func(l list) list { l[2].Key = public(bob); return l }, charters.ErrFoundTwice, "trustees.2.key"},
		"more than can be named": {func(l list) list { return append(l, many(7)...) }, charters.ErrTrustees, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := withTrustees()
			body.Trustees = c.spoil(body.Trustees)
			_, err := newWorld(t).try(community.OpFound, body, ann, bob)
			checkFault(t, err, c.want, c.field)
		})
	}
}

func many(n int) (out []*communityv1.Trustee) {
	for i := range n {
		out = append(out, trusteeOf(string(rune('k'+i)), "street"))
	}
	return out
}

func TestAppointTrustees(t *testing.T) {
	t.Parallel()
	op := community.OpAppoint
	of := func(change func(*communityv1.AppointTrustees), list ...*communityv1.Trustee) proto.Message {
		body := &communityv1.AppointTrustees{Trustees: list}
		if change != nil {
			change(body)
		}
		return body
	}
	two, both := []*communityv1.Trustee{trusteeOf(dan, "owners"), trusteeOf(eve, "street")}, []string{ann, bob}
	facts := []string{"trustees/main: TrusteesAppointed", "member/" + id(eve) + ": RoleGranted"}
	expect := func(version uint64) func(*communityv1.AppointTrustees) {
		return func(b *communityv1.AppointTrustees) { b.ExpectedVersion = version }
	}
	hosts := func(w *world) {
		w.invited(gus).do(community.OpHostKey, &hostKey{Member: id(gus), Key: public("hosted")}, bob)
	}
	run(t, []attempt{
		{name: "a holder and somebody new", op: op, body: of(nil, two...), by: both, facts: facts},
		{name: "where there are none", op: op, body: of(expect(1), two...), by: both, want: decider.ErrStale},
		{name: "by one", op: op, body: of(nil, two...), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "by a member", op: op, body: of(nil, two...), by: []string{eve, ann}, want: standing.ErrRole},
		{name: "none", op: op, body: of(nil), by: both, want: charters.ErrTrustees},
		{name: "nobody known", op: op, body: of(nil, two[0], trusteeOf("x", "street")), by: both, want: standing.ErrNotActive},
		{name: "a holder of another organisation", op: op, body: of(nil, trusteeOf(dan, "street"), trusteeOf(eve, "owners")), by: both,
			want: charters.ErrTrustee},
		{name: "whose key is hosted", given: hosts, op: op, body: of(nil, two[0], trusteeOf(gus, "street")), by: both,
			want: people.ErrRoleHosted},
		{name: "who has a device by now", given: func(w *world) {
			hosts(w)
			w.do(community.OpEnrolKey, &communityv1.EnrolKey{Member: id(gus), Key: public(gus)}, gus, gus+"code")
		}, op: op, body: of(nil, two[0], trusteeOf(gus, "street")), by: both, facts: []string{
			"trustees/main: TrusteesAppointed", "member/" + id(gus) + ": RoleGranted",
		}},
		{name: "with a device", op: op, body: of(func(b *communityv1.AppointTrustees) {
			b.Trustees = []*communityv1.Trustee{two[0], trusteeOf(eve, "street")}
			b.Trustees[1].Key = public(eve)
		}), by: both, want: charters.ErrTrustee},
	})
}
