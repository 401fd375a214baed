package community_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	charters "renlin.dev/services/community/internal/charter"
	"renlin.dev/services/community/internal/people"
)

func registrarOf(name, org string) *communityv1.Registrar {
	return &communityv1.Registrar{Member: id(name), Org: id(org), Key: public(name), BoxKey: bytes.Repeat([]byte{3}, 32)}
}

// withRegistrar is a charter with trustees whose registrar is somebody new.
func withRegistrar() *communityv1.Found {
	body := withTrustees()
	body.Registrar = registrarOf("reg", "street")
	return body
}

func TestFoundWithRegistrar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(community.OpFound, withRegistrar(), ann, bob)
	r := decider.Peek[standing.Registrar](w.state, standing.RegistrarPath)
	if r == nil || !proto.Equal(r.Registrar, registrarOf("reg", "street")) {
		t.Errorf("registrar %v", r)
	}
	m, k := decider.Peek[standing.Member](w.state, "member/"+id("reg")), decider.Peek[standing.Key](w.state, "key/"+keyID("reg"))
	if m == nil || m.AdmittedBy != id("street") || len(m.Roles) != 0 || k == nil || k.Member != id("reg") || k.Hosted {
		t.Errorf("member %+v, key %+v", m, k)
	}
	w.again()
}

// A founder may be the registrar, with the device that founds or with another.
func TestFoundWithFounderAsRegistrar(t *testing.T) {
	t.Parallel()
	for _, device := range []string{bob, "bob2"} {
		body := charter()
		body.Registrar = registrarOf(bob, "owners")
		body.Registrar.Key = public(device)
		w := newWorld(t)
		w.do(community.OpFound, body, ann, bob)
		if k := decider.Peek[standing.Key](w.state, "key/"+keyID(device)); k == nil || k.Member != id(bob) {
			t.Errorf("%s: %+v", device, k)
		}
		w.again()
	}
}

func TestFoundRefusesRegistrar(t *testing.T) {
	t.Parallel()
	type registrar = communityv1.Registrar
	for name, c := range map[string]struct {
		spoil func(*registrar)
		want  error
		field string
	}{
		"nobody":                {func(r *registrar) { r.Member = "" }, charters.ErrRegistrar, "registrar.member"},
		"of no organisation":    {func(r *registrar) { r.Org = id("x") }, charters.ErrRegistrar, "registrar.org"},
		"no key":                {func(r *registrar) { r.Key = nil }, charters.ErrRegistrar, "registrar.key"},
		"a key of anybody":      {func(r *registrar) { r.Key = make([]byte, 32) }, charters.ErrRegistrar, "registrar.key"},
		"no box key":            {func(r *registrar) { r.BoxKey = nil }, charters.ErrRegistrar, "registrar.box_key"},
		"a box key of anybody":  {func(r *registrar) { r.BoxKey = make([]byte, 32) }, charters.ErrRegistrar, "registrar.box_key"},
		"a holder's box key":    {func(r *registrar) { r.BoxKey = bytes.Repeat([]byte{1}, 32) }, charters.ErrFoundTwice, "registrar.box_key"},
		"another's device":      {func(r *registrar) { r.Key = public(bob) }, charters.ErrFoundTwice, "registrar.key"},
		"a trustee":             {func(r *registrar) { r.Member, r.Key = id("tom"), public("tom") }, charters.ErrRegistrarKeys, ""},
		"a trustee's new key":   {func(r *registrar) { r.Member = id("tom") }, charters.ErrRegistrarKeys, ""},
		"a holder":              {func(r *registrar) { r.Member, r.Org = id(dan), id("owners") }, charters.ErrRegistrarKeys, ""},
		"a founder of another":  {func(r *registrar) { r.Member = id(bob) }, charters.ErrIncomplete, "registrar.org"},
		"a founder and trustee": {func(r *registrar) { r.Member, r.Org = id(ann), id("residents") }, charters.ErrRegistrarKeys, ""},
	} {
		t.Run(name, func(t *testing.T) {
			body := withRegistrar()
			c.spoil(body.Registrar)
			_, err := newWorld(t).try(community.OpFound, body, ann, bob)
			checkFault(t, err, c.want, c.field)
		})
	}
}

func TestAppointRegistrar(t *testing.T) {
	t.Parallel()
	op, both := community.OpRegistrar, []string{ann, bob}
	of := func(change func(*communityv1.AppointRegistrar)) proto.Message {
		body := &communityv1.AppointRegistrar{Registrar: registrarOf(eve, "street")}
		if change != nil {
			change(body)
		}
		return body
	}
	type body = communityv1.AppointRegistrar
	facts := []string{"registrar/main: RegistrarAppointed"}
	run(t, []attempt{
		{name: "a member with a device", op: op, body: of(nil), by: both, facts: facts},
		{name: "an officer who signs", op: op, body: of(func(b *body) { b.Registrar = registrarOf(bob, "owners") }), by: both, facts: facts},
		{name: "where there is none", op: op, body: of(func(b *body) { b.ExpectedVersion = 1 }), by: both, want: decider.ErrStale},
		{name: "by one", op: op, body: of(nil), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "by a member", op: op, body: of(nil), by: []string{eve, ann}, want: standing.ErrRole},
		{name: "nobody", op: op, body: of(func(b *body) { b.Registrar = nil }), by: both, want: charters.ErrRegistrar},
		{name: "nobody known", op: op, body: of(func(b *body) { b.Registrar.Member = id("x") }), by: both, want: standing.ErrNotActive},
		{name: "of no organisation", op: op, body: of(func(b *body) { b.Registrar.Org = id("x") }), by: both, want: charters.ErrRegistrar},
		{name: "a weak box key", op: op, body: of(func(b *body) { b.Registrar.BoxKey = make([]byte, 32) }), by: both,
			want: charters.ErrRegistrar},
		{name: "a holder", op: op, body: of(func(b *body) { b.Registrar = registrarOf(cat, "residents") }), by: both,
			want: charters.ErrRegistrarKeys},
		{name: "a key of nobody", op: op, body: of(func(b *body) { b.Registrar.Key = public("x") }), by: both, want: people.ErrRegistrarDevice},
		{name: "another's device", op: op, body: of(func(b *body) { b.Registrar.Key = public(ann) }), by: both, want: people.ErrRegistrarDevice},
	})
}

// Whoever is a trustee is not the registrar, whichever comes first; and who was appointed is replaced by a later word only.
func TestRegistrarIsNoTrustee(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve, fay)
	appoint := func(name string, version uint64) *communityv1.AppointRegistrar {
		return &communityv1.AppointRegistrar{Registrar: registrarOf(name, "street"), ExpectedVersion: version}
	}
	w.do(community.OpRegistrar, appoint(eve, 0), ann, bob)
	trustees := &communityv1.AppointTrustees{Trustees: []*communityv1.Trustee{trusteeOf(dan, "owners"), trusteeOf(eve, "street")}}
	w.refuse(charters.ErrRegistrarKeys, community.OpAppoint, trustees, ann, bob)
	w.do(community.OpRegistrar, appoint(fay, 1), ann, bob)
	w.refuse(decider.ErrStale, community.OpRegistrar, appoint(fay, 1), ann, bob)
	w.do(community.OpAppoint, trustees, ann, bob)
	w.refuse(charters.ErrRegistrarKeys, community.OpRegistrar, appoint(eve, 0), ann, bob)
	w.again()
}

// A key that was signed off, and one that the gateway keeps, sign for nobody in earnest.
func TestRegistrarsDevice(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve).admit(fay)
	w.do(community.OpRevokeKey, &revokeKey{Key: public(eve)}, ann)
	w.refuse(people.ErrRegistrarDevice, community.OpRegistrar,
		&communityv1.AppointRegistrar{Registrar: registrarOf(eve, "street")}, ann, bob)
	w.do(community.OpHostKey, &hostKey{Member: id(fay), Key: public("fayhosted")}, bob)
	hosted := registrarOf(fay, "street")
	hosted.Key = public("fayhosted")
	w.refuse(people.ErrRegistrarDevice, community.OpRegistrar, &communityv1.AppointRegistrar{Registrar: hosted}, ann, bob)
	w.do(community.OpRevokeMember, &revokeMember{Member: id(fay)}, ann, bob)
	w.refuse(standing.ErrNotActive, community.OpRegistrar, &communityv1.AppointRegistrar{Registrar: hosted}, ann, bob)
}
