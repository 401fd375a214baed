package community_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	charters "renlin.dev/services/community/internal/charter"
)

func TestFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.do(community.OpFound, charter(), bob, ann) // in whatever order
	want := []string{
		"community/main: CommunityFounded RulesActivated", "rulebook/main: RulebookAdopted",
		"org/" + id("residents") + ": OrgAdmitted", "org/" + id("owners") + ": OrgAdmitted", "org/" + id("street") + ": OrgAdmitted",
		"member/" + id(ann) + ": MemberAdmitted RoleGranted RoleGranted", "member/" + id(bob) + ": MemberAdmitted RoleGranted",
		"member/" + id(cat) + ": MemberAdmitted RoleGranted", "member/" + id(dan) + ": MemberAdmitted RoleGranted",
	}
	for _, n := range []string{ann, bob, cat, dan} {
		want = append(want, "key/"+keyID(n)+": KeyEnrolled", "keyring/"+id(n)+": KeyKept")
	}
	slices.Sort(want)
	if got := facts(c); !slices.Equal(got, want) {
		t.Fatalf("facts\n%v\nwant\n%v", got, want)
	}
	if c.Author != chain.AuthorGenesis || c.Actor != "" || c.Rules != 0 || w.state.Rules() != 1 {
		t.Errorf("author %d, actor %q, rules %d then %d", c.Author, c.Actor, c.Rules, w.state.Rules())
	}
	holder := decider.Peek[standing.Member](w.state, "member/"+id(dan))
	if holder.Roles[communityv1.Role_ROLE_KEY_HOLDER] != id("owners") || holder.AdmittedBy != id("owners") || len(holder.Roles) != 1 {
		t.Errorf("holder %+v", holder)
	}
	w.refuse(charters.ErrFounded, community.OpFound, charter(), ann, bob)
	w.again()
}

func TestFoundWithFoundersAsHolders(t *testing.T) {
	t.Parallel()
	body := charter()
	body.Holders[0].Member, body.Holders[0].Key = id(ann), public(ann) // one key for both
	body.Holders[1].Member = id(bob)                                   // a key of its own for the keystore
	w := newWorld(t)
	w.do(community.OpFound, body, ann, bob)
	a, b := decider.Peek[standing.Member](w.state, "member/"+id(ann)), decider.Peek[standing.Key](w.state, "key/"+keyID(dan))
	if len(a.Roles) != 3 || b.Member != id(bob) || decider.Peek[standing.Key](w.state, "key/"+keyID(bob)).Member != id(bob) {
		t.Errorf("%+v, %+v", a, b)
	}
}

func TestFoundRefuses(t *testing.T) {
	t.Parallel()
	weak := make([]byte, 32)
	type found = communityv1.Found
	for _, c := range []struct {
		name  string
		spoil func(*found)
		want  error
		field string
	}{
		{"suite", func(f *found) { f.Suite = 2 }, charters.ErrSuite, ""},
		{"no name", func(f *found) { f.Name = "  " }, charters.ErrIncomplete, "name"},
		{"name turns round", func(f *found) { f.Name = "a\u202eb" }, charters.ErrIncomplete, "name"},
		{"no nonce", func(f *found) { f.Nonce = nil }, charters.ErrIncomplete, "nonce"},
		{"no epoch key", func(f *found) { f.EpochKey = nil }, charters.ErrIncomplete, "epoch_key"},
		{"epoch key is a founder's", func(f *found) { f.EpochKey = public(bob) }, charters.ErrFoundTwice, "founders.1.key"},
		{"no rulebook", func(f *found) { f.Rulebook = nil }, charters.ErrRulebookEmpty, "matters"},
		{"second rulebook", func(f *found) { f.Rulebook.Version = 2 }, charters.ErrVersion, "version"},
		{"stranger convenes", func(f *found) { f.Rulebook.Matters[0].DirectConvener = id("x") },
			charters.ErrConvener, "matters.0.direct_convener"},
		{"org without id", func(f *found) { f.Orgs[2].Id = "" }, charters.ErrIncomplete, "orgs.2"},
		{"org without kind", func(f *found) { f.Orgs[2].Kind = 0 }, charters.ErrIncomplete, "orgs.2"},
		{"org of no known kind", func(f *found) { f.Orgs[2].Kind = 99 }, charters.ErrIncomplete, "orgs.2"},
		{"org without name", func(f *found) { f.Orgs[2].Name = "" }, charters.ErrIncomplete, "orgs.2"},
		{"org twice", func(f *found) { f.Orgs[2].Id = f.Orgs[0].Id }, charters.ErrFoundTwice, "orgs.2"},
		{"orgs by the hundred", func(f *found) { f.Orgs = slices.Repeat(f.Orgs, 11) }, charters.ErrIncomplete, "orgs"},
		{"founder without member", func(f *found) { f.Founders[0].Member = "" }, charters.ErrIncomplete, "founders.0.member"},
		{"founder twice", func(f *found) { f.Founders[1].Member = id(ann) }, charters.ErrFoundTwice, "founders.1.member"},
		{"founder of no org", func(f *found) { f.Founders[1].Org = id("x") }, charters.ErrIncomplete, "founders.1.org"},
		{"founder no officer", func(f *found) { f.Founders[0].Roles = f.Founders[0].Roles[1:] }, charters.ErrIncomplete, "founders.0.roles"},
		{"role twice", func(f *found) { f.Founders[0].Roles = slices.Repeat(f.Founders[0].Roles, 2) },
			charters.ErrIncomplete, "founders.0.roles"},
		{"role of no list", func(f *found) {
			f.Founders[0].Roles = append(f.Founders[0].Roles, communityv1.Role_ROLE_KEY_HOLDER)
		}, charters.ErrIncomplete, "founders.0.roles"},
		{"unknown role", func(f *found) { f.Founders[0].Roles = append(f.Founders[0].Roles, 99) }, charters.ErrIncomplete, "founders.0.roles"},
		{"founder without key", func(f *found) { f.Founders[0].Key = nil }, charters.ErrIncomplete, "founders.0.key"},
		{"founder with a weak key", func(f *found) { f.Founders[0].Key = weak }, charters.ErrIncomplete, "founders.0.key"},
		{"founders with one key", func(f *found) { f.Founders[1].Key = public(ann) }, charters.ErrFoundTwice, "founders.1.key"},
		{"one organisation", func(f *found) { f.Founders[1].Org = id("residents") }, charters.ErrFounders, ""},
		{"one founder", func(f *found) { f.Founders = f.Founders[:1] }, charters.ErrFounders, ""},
		{"no founder", func(f *found) { f.Founders = nil }, charters.ErrFounders, ""},
		{"one holder", func(f *found) { f.Holders = f.Holders[:1] }, charters.ErrHolders, ""},
		{"three holders", func(f *found) { f.Holders = append(f.Holders, f.Holders[0]) }, charters.ErrHolders, ""},
		{"holders of one org", func(f *found) { f.Holders[1].Org = f.Holders[0].Org }, charters.ErrHolders, ""},
		{"holder without member", func(f *found) { f.Holders[0].Member = "" }, charters.ErrIncomplete, "holders.0.member"},
		{"holder of no org", func(f *found) { f.Holders[0].Org = id("x") }, charters.ErrIncomplete, "holders.0.org"},
		{"holder of another org than as founder", func(f *found) { f.Holders[0].Member = id(bob) }, charters.ErrIncomplete, "holders.0.org"},
		{"one member holds both", func(f *found) { f.Holders[1].Member = id(cat) }, charters.ErrIncomplete, "holders.1.org"},
		{"holder without box key", func(f *found) { f.Holders[0].BoxKey = nil }, charters.ErrIncomplete, "holders.0.box_key"},
		{"holder with a weak box key", func(f *found) { f.Holders[0].BoxKey = weak }, charters.ErrIncomplete, "holders.0.box_key"},
		{"one box key", func(f *found) { f.Holders[1].BoxKey = f.Holders[0].BoxKey }, charters.ErrFoundTwice, "holders.1.box_key"},
		{"holder without key", func(f *found) { f.Holders[0].Key = nil }, charters.ErrIncomplete, "holders.0.key"},
		{"holder with another founder's key", func(f *found) { f.Holders[0].Key = public(bob) }, charters.ErrFoundTwice, "holders.0.key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := charter()
			c.spoil(body)
			_, err := newWorld(t).try(community.OpFound, body, ann, bob)
			checkFault(t, err, c.want, c.field)
		})
	}
}

// As many organisations as may be.
func TestFoundLargest(t *testing.T) {
	t.Parallel()
	body := charter()
	for i := range 29 {
		name := fmt.Sprint("org", i)
		body.Orgs = append(body.Orgs, &communityv1.Org{Id: id(name), Kind: communityv1.OrgKind_ORG_KIND_COMPANY, Name: name})
	}
	w := newWorld(t)
	w.do(community.OpFound, body, ann, bob)
	body.Orgs = append(body.Orgs, &communityv1.Org{Id: id("more"), Kind: communityv1.OrgKind_ORG_KIND_COMPANY, Name: "more"})
	newWorld(t).refuse(charters.ErrIncomplete, community.OpFound, body, ann, bob)
}

// checkFault compares a refusal and the field that it names.
func checkFault(t *testing.T, err, want error, field string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	if got := detail(err, "field"); got != field {
		t.Fatalf("names field %q, want %q", got, field)
	}
}

func TestFoundSigners(t *testing.T) {
	t.Parallel()
	for name, signers := range map[string][]string{
		"one founder": {ann}, "a stranger for a founder": {ann, eve}, "a stranger too": {ann, bob, eve}, "a holder too": {ann, bob, cat},
	} {
		_, err := newWorld(t).try(community.OpFound, charter(), signers...)
		if !errors.Is(err, charters.ErrSigners) {
			t.Errorf("%s: %v", name, err)
		}
	}
	four := charter()
	for _, n := range []string{eve, fay} {
		four.Founders = append(four.Founders, &communityv1.Founder{
			Member: id(n), Org: id("street"), Key: public(n), Roles: []communityv1.Role{communityv1.Role_ROLE_OFFICER},
		})
	}
	newWorld(t).do(community.OpFound, four, eve, ann, fay, bob)
	w := newWorld(t)
	w.refuse(charters.ErrSigners, community.OpFound, four, eve, ann, fay)
}

// signedCharter is a founding as it is sent.
func signedCharter(t *testing.T, signers ...string) *chain.Signed {
	t.Helper()
	body, err := protojson.Marshal(charter())
	if err != nil {
		t.Fatal(err)
	}
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: community.OpFound, Contract: 1, Body: body}
	for _, n := range signers {
		if err := s.Sign(chain.Hash{}, chain.AuthorGenesis, signer(n)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestCheckFounding(t *testing.T) {
	t.Parallel()
	if err := community.CheckFounding(signedCharter(t, ann, bob)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(*chain.Signed)
		want  error
	}{
		{"another operation", func(s *chain.Signed) { s.Operation = community.OpAdmitOrg }, charters.ErrFoundingForm},
		{"another contract", func(s *chain.Signed) { s.Contract = 2 }, charters.ErrFoundingForm},
		{"an idempotency key", func(s *chain.Signed) { s.IdempotencyKey = "1" }, charters.ErrFoundingForm},
		{"an expiry", func(s *chain.Signed) { s.NotAfter = 1 }, charters.ErrFoundingForm},
		{"another suite", func(s *chain.Signed) { s.Suite = chain.SuiteNone }, charters.ErrFoundingSign},
		{"another body", func(s *chain.Signed) { s.Body = append(bytes.Clone(s.Body), ' ') }, charters.ErrFoundingSign},
		{"no signature", func(s *chain.Signed) { s.Signatures = nil }, charters.ErrFoundingSign},
		{"the same twice", func(s *chain.Signed) { s.Signatures[1] = s.Signatures[0] }, charters.ErrFoundingSign},
		{"another's key", func(s *chain.Signed) { s.Signatures[1].Key = public(eve) }, charters.ErrFoundingSign},
		{"a spoilt signature", func(s *chain.Signed) { s.Signatures[1].Sig[5] ^= 1 }, charters.ErrFoundingSign},
		{"a short key", func(s *chain.Signed) { s.Signatures[1].Key = s.Signatures[1].Key[:31] }, charters.ErrFoundingSign},
	} {
		s := signedCharter(t, ann, bob)
		c.spoil(s)
		if err := community.CheckFounding(s); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// A signature for an existing community founds nothing.
	s := signedCharter(t, ann)
	if err := s.Sign(chain.Hash{1}, chain.AuthorGenesis, signer(bob)); err != nil {
		t.Fatal(err)
	}
	if err := community.CheckFounding(s); !errors.Is(err, charters.ErrFoundingSign) {
		t.Errorf("signed over another genesis hash: %v", err)
	}
}

func FuzzFounding(f *testing.F) {
	body, err := protojson.Marshal(charter())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte("{}"))
	f.Add([]byte(`{"founders":[{}],"holders":[{},{}],"orgs":[null]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s := &chain.Signed{Suite: chain.SuiteIntl, Operation: community.OpFound, Contract: 1, Body: body}
		for _, n := range []string{ann, bob} {
			s.Signatures = append(s.Signatures, chain.Signature{Key: public(n)})
		}
		v := decider.NewState(community.Model()).Judge(&decider.Input{Signed: s, Genesis: true, ID: chain.GenesisID(body)})
		if v.Err != nil {
			return
		}
		if _, err := v.Commit.Encode(); err != nil {
			t.Fatalf("accepted and cannot be written: %v", err)
		}
	})
}
