package standing_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// id makes an opaque id out of a letter, key a public key.
func id(c string) string  { return strings.Repeat(c, 26) }
func key(c string) []byte { return []byte(strings.Repeat(c, 32)) }

// model has one operation a kind of access; each notes on an organisation that it was let through.
func model() *decider.Model {
	let := func(v *decider.View, cmd *decider.Command, body *communityv1.AdmitOrg) ([]decider.Change, error) {
		return []decider.Change{decider.On("org/"+id("z"), &communityv1.OrgAdmitted{})}, nil
	}
	spec := func(name string, access any) decider.Part {
		return decider.Op(decider.Operation{Name: name, Access: access}, let)
	}
	return decider.NewModel("test", []uint32{1}, standing.Kinds(true), standing.UnitKind(true), standing.RosterPart(),
		decider.Guarded(standing.Guard),
		spec("test.member", standing.To(communityv1.Role_ROLE_MEMBER)),
		spec("test.officer", standing.To(communityv1.Role_ROLE_AUDITOR, communityv1.Role_ROLE_OFFICER)),
		spec("test.found", standing.Access{Founding: true}),
		spec("test.newcomer", standing.Access{Newcomer: true}),
		spec("test.credential", standing.Access{Credential: true}),
		spec("test.nobody", standing.Access{}),
		spec("test.forgotten", nil))
}

// record folds changes, one commit each.
type record struct {
	t     *testing.T
	state *decider.State
	vers  map[string]uint64
}

func newRecord(t *testing.T) *record {
	return &record{t: t, state: decider.NewState(model()), vers: map[string]uint64{}}
}

func (r *record) add(aggregate string, events ...proto.Message) *record {
	r.t.Helper()
	r.vers[aggregate]++
	c := &chain.Commit{Changes: []chain.Change{{Aggregate: aggregate, Version: r.vers[aggregate]}}}
	for _, e := range events {
		body, err := proto.Marshal(e)
		if err != nil {
			r.t.Fatal(err)
		}
		c.Changes[0].Events = append(c.Changes[0].Events,
			chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
	}
	if err := r.state.Apply(c, 1); err != nil {
		r.t.Fatal(err)
	}
	return r
}

// member admits id(c) with key(c).
func (r *record) member(c, roster string, hosted bool, roles ...communityv1.Role) *record {
	r.add("member/"+id(c), &communityv1.MemberAdmitted{AdmittedBy: id("o"), Import: roster})
	for _, role := range roles {
		r.add("member/"+id(c), &communityv1.RoleGranted{Role: role, Org: id("o")})
	}
	return r.add("key/"+chain.KeyID(key(c)), &communityv1.KeyEnrolled{Member: id(c), Key: key(c), Hosted: hosted})
}

func (r *record) judge(op string, genesis bool, keys ...string) *decider.Verdict {
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: op, Contract: 1, Body: []byte("{}")}
	for _, c := range keys {
		s.Signatures = append(s.Signatures, chain.Signature{Key: key(c)})
	}
	return r.state.Judge(&decider.Input{Signed: s, Genesis: genesis, Time: 1})
}

func TestGuard(t *testing.T) {
	t.Parallel()
	r := newRecord(t).
		member("a", "", false, communityv1.Role_ROLE_OFFICER).
		member("b", "", false).
		member("c", "", true, communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_OWNER). // a hosted officer cannot be, and gets no power
		member("d", "", false).add("member/"+id("d"), &communityv1.MemberRevoked{}).
		member("e", "", false).add("key/"+chain.KeyID(key("e")), &communityv1.KeyRevoked{}).
		member("f", id("i"), false).
		member("g", id("j"), false).add("import/"+id("j"), &communityv1.ImportBegun{}).
		add("import/"+id("j"), &communityv1.ImportCompleted{}).
		member("h", id("k"), false).add("import/"+id("k"), &communityv1.ImportBegun{}).
		add("import/"+id("k"), &communityv1.ImportAbandoned{}).
		member("m", "", false, communityv1.Role_ROLE_OFFICER).
		add("member/"+id("m"), &communityv1.RoleWithdrawn{Role: communityv1.Role_ROLE_OFFICER}).
		add("key/"+chain.KeyID(key("n")), &communityv1.KeyEnrolled{Member: id("a"), Key: key("n")}) // a's second device
	for _, c := range []struct {
		name    string
		op      string
		keys    string
		genesis bool
		want    error
		author  chain.Author
		actor   string
		through string
	}{
		{"member", "test.member", "b", false, nil, chain.AuthorDevice, "b", ""},
		{"officer is a member", "test.member", "a", false, nil, chain.AuthorDevice, "a", ""},
		{"hosted member", "test.member", "c", false, nil, chain.AuthorHosted, "c", ""},
		{"member is no officer", "test.officer", "b", false, standing.ErrRole, 0, "", ""},
		{"officer", "test.officer", "a", false, nil, chain.AuthorDevice, "a", ""},
		{"hosted officer", "test.officer", "c", false, standing.ErrRole, 0, "", ""},
		{"officer no longer", "test.officer", "m", false, standing.ErrRole, 0, "", ""},
		{"unknown key", "test.member", "x", false, standing.ErrKeyUnknown, 0, "", ""},
		{"no key", "test.member", "", false, standing.ErrKeyUnknown, 0, "", ""},
		{"no key, newcomer", "test.newcomer", "", false, standing.ErrKeyUnknown, 0, "", ""},
		{"revoked key", "test.member", "e", false, standing.ErrKeyRevoked, 0, "", ""},
		{"revoked member", "test.member", "d", false, standing.ErrNotActive, 0, "", ""},
		{"import not begun", "test.member", "f", false, standing.ErrNotActive, 0, "", ""},
		{"import completed", "test.member", "g", false, nil, chain.AuthorDevice, "g", ""},
		{"import abandoned", "test.member", "h", false, standing.ErrNotActive, 0, "", ""},
		{"cosigner", "test.member", "ba", false, nil, chain.AuthorDevice, "b", "a"},
		{"hosted with cosigner", "test.member", "ca", false, nil, chain.AuthorHosted, "c", "a"},
		{"hosted cosigner", "test.member", "bc", false, standing.ErrCosigner, 0, "", ""},
		{"revoked cosigner", "test.member", "bd", false, standing.ErrCosigner, 0, "", ""},
		{"unknown cosigner", "test.member", "bx", false, standing.ErrCosigner, 0, "", ""},
		{"own cosigner", "test.member", "an", false, standing.ErrCosigner, 0, "", ""},
		{"cosigner with two keys", "test.member", "ban", false, standing.ErrCosigner, 0, "", ""},
		{"newcomer", "test.newcomer", "x", false, nil, chain.AuthorDevice, "", ""},
		{"credential", "test.credential", "x", false, nil, chain.AuthorCredential, "", ""},
		{"credential that is a member's device", "test.credential", "a", false, nil, chain.AuthorCredential, "", ""},
		{"credential with a member beside it", "test.credential", "xa", false, standing.ErrCosigner, 0, "", ""},
		{"no credential", "test.credential", "", false, standing.ErrKeyUnknown, 0, "", ""},
		{"genesis of a credential", "test.credential", "a", true, standing.ErrDirect, 0, "", ""},
		{"nobody", "test.nobody", "a", false, standing.ErrRole, 0, "", ""},
		{"no access said", "test.forgotten", "a", false, standing.ErrRole, 0, "", ""},
		{"founding from outside", "test.found", "a", false, standing.ErrDirect, 0, "", ""},
		{"founding", "test.found", "ab", true, nil, chain.AuthorGenesis, "", ""},
		{"genesis of another operation", "test.member", "a", true, standing.ErrDirect, 0, "", ""},
		{"genesis of a newcomer", "test.newcomer", "a", true, standing.ErrDirect, 0, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := r.judge(c.op, c.genesis, strings.Split(c.keys, "")...)
			if !errors.Is(v.Err, c.want) {
				t.Fatalf("got %v, want %v", v.Err, c.want)
			}
			if c.want != nil {
				return
			}
			actor, through := "", ""
			if c.actor != "" {
				actor = id(c.actor)
			}
			if c.through != "" {
				through = id(c.through)
			}
			if v.Commit.Author != c.author || v.Commit.Actor != actor || v.Commit.Through != through {
				t.Fatalf("author %d, actor %q, through %q", v.Commit.Author, v.Commit.Actor, v.Commit.Through)
			}
		})
	}
}

// What a decision rested on is in its read set, or a revocation a moment earlier would go unnoticed.
func TestGuardNotesWhatItReads(t *testing.T) {
	t.Parallel()
	r := newRecord(t).member("a", id("i"), false).add("import/"+id("i"), &communityv1.ImportCompleted{}).member("b", "", false)
	v := r.judge("test.member", false, "a", "b")
	if v.Err != nil {
		t.Fatal(v.Err)
	}
	var got []string
	for _, read := range v.Reads {
		got = append(got, read.Key)
	}
	want := []string{
		"import/" + id("i"), "key/" + chain.KeyID(key("a")), "key/" + chain.KeyID(key("b")), "member/" + id("a"), "member/" + id("b"),
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("reads %v, want %v", got, want)
	}
}

// roll looks at the roster through a policy's eyes: the decider shows derived values to React only.
func roll(t *testing.T, electorate communityv1.Electorate, build func(r *record)) (got map[string]standing.Voter, all standing.Whole) {
	t.Helper()
	look := func(v *decider.View, e decider.Event, _ *communityv1.RulebookAdopted) []decider.Demand {
		roster := decider.DerivedOf[standing.Roster](v)
		got, all = roster.Roll(standing.Basis{Electorate: electorate}), roster.All(standing.Basis{Electorate: electorate})
		return nil
	}
	m := decider.NewModel("test", []uint32{1}, standing.Kinds(true), standing.UnitKind(true), standing.RosterPart(), decider.Policy(look))
	r := &record{t: t, state: decider.NewState(m), vers: map[string]uint64{}}
	build(r)
	r.add(standing.RulebookPath, &communityv1.RulebookAdopted{})
	return got, all
}

func share(unit string, area int64) standing.Share {
	return standing.Share{Unit: id(unit), AreaCentiM2: area}
}

// owner is one entry of a roll.
func owner(member string, shares ...standing.Share) standing.Voter {
	v := standing.Voter{Member: id(member), Heads: 1, Units: shares}
	slices.SortFunc(v.Units, func(a, b standing.Share) int { return strings.Compare(a.Unit, b.Unit) })
	for _, s := range v.Units {
		v.AreaCentiM2 += s.AreaCentiM2
	}
	return v
}

func whole(heads, area int64) standing.Whole { return standing.Whole{Heads: heads, AreaCentiM2: area} }

func TestRoll(t *testing.T) {
	t.Parallel()
	build := func(r *record) {
		r.member("a", "", false).member("b", "", false).member("c", id("i"), false).member("d", "", false)
		unit := func(c, owner, roster string, area int64) {
			r.add("unit/"+id(c), &communityv1.UnitRegistered{AreaCentiM2: area, Import: roster})
			if owner != "" {
				r.add("unit/"+id(c), &communityv1.UnitAssigned{Owner: id(owner)})
			}
		}
		unit("p", "a", "", 8000)
		unit("q", "a", "", 4050) // several units of one owner: one head, areas added
		unit("r", "c", id("i"), 9000)
		unit("s", "", "", 7000)
		unit("t", "d", "", 6000)
		unit("u", "b", id("i"), 100)
		unit("v", "", "", 500) // all that nobody owns: one head
		unit("w", "", id("i"), 11)
		unit("x", "founder", "", 900) // an owner who is not on the roll
		r.add("member/"+id("d"), &communityv1.MemberRevoked{})
	}
	before := map[string]standing.Voter{id("a"): owner("a", share("p", 8000), share("q", 4050))}
	after := maps.Clone(before)
	after[id("b")] = owner("b", share("u", 100))
	after[id("c")] = owner("c", share("r", 9000))
	complete := func(r *record) { build(r); r.add("import/"+id("i"), &communityv1.ImportCompleted{}) }
	abandon := func(r *record) { build(r); r.add("import/"+id("i"), &communityv1.ImportAbandoned{}) }
	members := maps.Clone(before)
	members[id("b")] = owner("b")
	for _, c := range []struct {
		name       string
		electorate communityv1.Electorate
		build      func(*record)
		want       map[string]standing.Voter
		all        standing.Whole
	}{
		// Of all are a, the revoked d, the founder, and one head for what nobody owns; with the roster b and c too.
		{"owners before completion", communityv1.Electorate_ELECTORATE_OWNERS, build, before, whole(4, 26450)},
		{"owners after completion", communityv1.Electorate_ELECTORATE_OWNERS, complete, after, whole(6, 35561)},
		{"owners after abandonment", communityv1.Electorate_ELECTORATE_OWNERS, abandon, before, whole(4, 26450)},
		{"members before completion", communityv1.Electorate_ELECTORATE_MEMBERS, build, members, whole(2, 26450)},
		{"members after completion", communityv1.Electorate_ELECTORATE_MEMBERS, complete, after, whole(3, 35561)},
		{"no electorate", communityv1.Electorate_ELECTORATE_UNSPECIFIED, complete, map[string]standing.Voter{}, whole(0, 35561)},
	} {
		got, all := roll(t, c.electorate, c.build)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if all != c.all {
			t.Errorf("%s: of all %v, want %v", c.name, all, c.all)
		}
	}
}

// A member who was revoked while their roster waited stays revoked when it is completed.
func TestRollRevokedWhilePending(t *testing.T) {
	t.Parallel()
	got, _ := roll(t, communityv1.Electorate_ELECTORATE_MEMBERS, func(r *record) {
		r.member("a", id("i"), false).add("member/"+id("a"), &communityv1.MemberRevoked{})
		r.add("import/"+id("i"), &communityv1.ImportCompleted{})
	})
	if len(got) != 0 {
		t.Fatalf("roll %v", got)
	}
}

func TestRulebookMatter(t *testing.T) {
	t.Parallel()
	r := standing.Rulebook{Book: &communityv1.Rulebook{Matters: []*communityv1.Matter{{Code: "a"}, {Code: "b", Title: "B"}}}}
	if m := r.Matter("b"); m.GetTitle() != "B" {
		t.Errorf("matter %v", m)
	}
	if m := r.Matter("c"); m != nil {
		t.Errorf("matter %v", m)
	}
}

// Evolve accepts every event, whatever came before.
func TestRoleWithoutAdmission(t *testing.T) {
	t.Parallel()
	r := newRecord(t).add("member/"+id("a"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OWNER})
	r.add("member/"+id("a"), &communityv1.RoleWithdrawn{Role: communityv1.Role_ROLE_OFFICER})
	if m := decider.Peek[standing.Member](r.state, "member/"+id("a")); !m.Holds(communityv1.Role_ROLE_OWNER) {
		t.Errorf("member %+v", m)
	}
}

func TestCheckText(t *testing.T) {
	t.Parallel()
	good := func() *communityv1.Text {
		return &communityv1.Text{Ref: strings.Repeat("0", 64), LengthBytes: standing.TextBytesMax, Commitment: make([]byte, 32)}
	}
	if err := standing.CheckText(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*communityv1.Text){
		"no reference": func(x *communityv1.Text) { x.Ref = "" }, "no length": func(x *communityv1.Text) { x.LengthBytes = 0 },
		"too long":         func(x *communityv1.Text) { x.LengthBytes++ },
		"short commitment": func(x *communityv1.Text) { x.Commitment = x.Commitment[1:] },
		"everything":       func(x *communityv1.Text) { proto.Reset(x) },
	} {
		x := good()
		spoil(x)
		if err := standing.CheckText(x); !errors.Is(err, standing.ErrText) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := standing.CheckText(nil); !errors.Is(err, standing.ErrText) {
		t.Errorf("nil: %v", err)
	}
}
