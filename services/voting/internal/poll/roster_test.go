package poll

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// The Book's roster and the one of package standing give the same rolls after any history, however senseless.
func TestRosterIsStandings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		compared := 0
		model := decider.NewModel("voting", []uint32{1},
			standing.Kinds(false), standing.UnitKind(false), standing.GroupKinds(false), standing.RosterPart(), BookPart(),
			decider.Policy(func(v *decider.View, _ decider.Event, _ *communityv1.RulebookAdopted) []decider.Demand {
				compared++
				theirs, ours := decider.DerivedOf[standing.Roster](v), &decider.DerivedOf[Book](v).Roster
				for number := range communityv1.Electorate_name {
					basis := standing.Basis{Electorate: communityv1.Electorate(number), Channel: "c0", Classes: classes, Measured: true}
					if diff := cmp.Diff(theirs.Roll(basis), ours.Roll(basis)); diff != "" {
						t.Fatalf("rolls differ (-standing +poll):\n%s", diff)
					}
					checkWhole(t, ours, basis)
				}
				return nil
			}))
		state := decider.NewState(model)
		steps := rapid.IntRange(1, 30).Draw(t, "steps")
		for i := range steps {
			path, event := drawFact(t)
			apply(t, state, i, path, event)
			apply(t, state, -i-1, "rulebook/main", &communityv1.RulebookAdopted{})
		}
		if compared != steps {
			t.Fatalf("compared %d times, want %d", compared, steps)
		}
	})
}

// checkWhole: the whole is never less than its roll in any measure, and area is all that there is.
func checkWhole(t *rapid.T, r *standing.Roster, b standing.Basis) {
	var sum standing.Whole
	for id, v := range r.Roll(b) {
		if v.Member != id || v.Heads < 1 {
			t.Fatalf("%v: %s stands as %v", b.Electorate, id, v)
		}
		sum.Heads, sum.AreaCentiM2 = sum.Heads+v.Heads, sum.AreaCentiM2+v.AreaCentiM2
		sum.Households, sum.Weight = sum.Households+v.Households, sum.Weight+v.Weight
	}
	all := r.All(b)
	if all.Heads < sum.Heads || all.AreaCentiM2 < sum.AreaCentiM2 || all.Households < sum.Households || all.Weight < sum.Weight {
		t.Fatalf("%v: of all there are %v, on the roll %v", b.Electorate, all, sum)
	}
}

// The Book lets go of boxes when they are counted, and of the poll when it is certified or will never open.
func TestBookLetsGo(t *testing.T) {
	t.Parallel()
	k := &Book{Roster: *standing.NewRoster(), Polls: map[string]*Sealed{}}
	fold := func(path string, m proto.Message) {
		foldBook(k, decider.Event{Meta: &decider.Meta{}, Aggregate: path, Body: m})
	}
	fold("member/m", &communityv1.MemberAdmitted{})
	fold("poll/p", &votingv1.PollCalled{Rules: &communityv1.PollRules{Electorate: communityv1.Electorate_ELECTORATE_MEMBERS}})
	fold("poll/p", &votingv1.PollKeyHeld{})
	fold("member/m", &communityv1.MemberRevoked{})
	fold("poll/p/ballot/m", &votingv1.BallotCast{Box: []byte{1}})
	if s := k.Polls["p"]; len(s.Roll) != 1 || len(s.Ballots) != 1 {
		t.Fatalf("the book holds %v", s)
	}
	fold("poll/p", &votingv1.TallyRecorded{})
	if s := k.Polls["p"]; len(s.Roll) != 1 || len(s.Ballots) != 0 {
		t.Errorf("after the count the book holds %v", s)
	}
	fold("poll/p", &votingv1.CertificateIssued{})
	if len(k.Polls) != 0 {
		t.Errorf("after the certificate the book holds %v", k.Polls)
	}
	fold("poll/q", &votingv1.PollCalled{})
	fold("poll/q", &votingv1.PollKeyHeld{})
	fold("poll/q", &votingv1.OpeningLapsed{})
	if len(k.Polls) != 0 {
		t.Errorf("after the opening lapsed the book holds %v", k.Polls)
	}
}

var classes = []*communityv1.WeightClass{{AreaFromCentiM2: 2, Weight: 1}, {AreaFromCentiM2: 5, Weight: 3}}

// drawFact makes one fact that concerns the roster, of few members, units and imports.
func drawFact(t *rapid.T) (string, proto.Message) {
	one := func(kind string) string { return fmt.Sprint(kind, rapid.IntRange(0, 3).Draw(t, kind)) }
	maybe := func(s string) string { return rapid.SampledFrom([]string{"", s}).Draw(t, "maybe") }
	switch rapid.IntRange(0, 9).Draw(t, "fact") {
	case 0:
		return "member/" + one("m"), &communityv1.MemberAdmitted{Import: maybe(one("i"))}
	case 1:
		return "member/" + one("m"), &communityv1.MemberRevoked{}
	case 2:
		return "import/" + one("i"), &communityv1.ImportCompleted{}
	case 3:
		return "import/" + one("i"), &communityv1.ImportAbandoned{}
	case 4:
		return "unit/" + one("u"), &communityv1.UnitRegistered{AreaCentiM2: rapid.Int64Range(0, 9).Draw(t, "area"), Import: maybe(one("i"))}
	}
	two := func() []string { return []string{one("m"), one("m")} }
	switch rapid.IntRange(0, 4).Draw(t, "group fact") {
	case 0:
		return "household/" + one("h"), &communityv1.HouseholdFormed{Unit: one("u"), Members: two()}
	case 1:
		return "org/" + one("o"), &communityv1.OrgAdmitted{}
	case 2:
		return "org/" + one("o"), &communityv1.DelegateNamed{Member: maybe(one("m"))}
	case 3:
		return "channel/" + one("c"), &communityv1.ChannelEstablished{Members: two()}
	}
	return "unit/" + one("u"), &communityv1.UnitAssigned{Owner: one("m")}
}

func apply(t *rapid.T, s *decider.State, serial int, path string, event proto.Message) {
	body, err := proto.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	c := &chain.Commit{Service: "community", ID: sha256.Sum256([]byte(fmt.Sprint(serial))), Changes: []chain.Change{{
		Aggregate: path, Version: s.Version(path) + 1,
		Events: []chain.Event{{Type: string(event.ProtoReflect().Descriptor().FullName()), Body: body}},
	}}}
	if err := s.Apply(c, 1); err != nil {
		t.Fatal(err)
	}
}
