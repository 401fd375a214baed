package pollcheck

import (
	"maps"
	"testing"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestStanding: who counts as a resident, and who may be a delegate.
func TestStanding(t *testing.T) {
	t.Parallel()
	p := newPeople()
	p.admitted = map[string]string{"a": "", "revoked": "", "imported": "done", "waiting": "open"}
	p.revoked = map[string]bool{"revoked": true, "revoked founder": true}
	p.founders = map[string]bool{"founder": true, "revoked founder": true}
	p.imports = map[string]bool{"done": true}
	for id, v := range map[string]struct{ resident, stands bool }{
		"a": {true, true}, "revoked": {false, false}, "imported": {true, true}, "waiting": {false, false}, "founder": {false, true},
		"revoked founder": {false, false}, "stranger": {false, false},
	} {
		if p.resident(id) != v.resident || p.stands(id) != v.stands {
			t.Errorf("%s: resident %v, stands %v", id, p.resident(id), p.stands(id))
		}
	}
}

// town is two residents and a founder. a owns a flat that is here and one whose import is not complete, b one whose import is; nobody owns
// another. a and b live in the second household, of which b is listed first.
func town() *people {
	p := newPeople()
	p.admitted = map[string]string{"a": "", "b": ""}
	p.founders["f"] = true
	p.areas = map[string]*flat{"u1": {area: 50, owner: "a"}, "u2": {area: 70, owner: "a", source: "open"}, "u3": {area: 90},
		"u4": {area: 10, owner: "b", source: "done"}}
	p.imports["done"] = true
	p.households = map[string]*communityv1.HouseholdFormed{
		"h1": {Unit: "u1", Members: []string{"gone"}}, "h2": {Unit: "u3", Members: []string{"gone", "b", "a"}},
	}
	p.delegates = map[string]string{"o1": "f", "o2": "b", "o3": "gone", "o4": "b"}
	p.channels = map[string][]string{"c": {"f", "a", "gone", "a"}}
	return p
}

// TestSealRoll: what each electorate weighs, and that a measure by which nothing is decided is not told.
func TestSealRoll(t *testing.T) {
	t.Parallel()
	classes := []*communityv1.WeightClass{{AreaFromCentiM2: 0, Weight: 1}, {AreaFromCentiM2: 60, Weight: 2}}
	for name, v := range map[string]struct {
		who    communityv1.Electorate
		by     communityv1.Measure // that a requirement counts by
		voters map[string]weight
		all    weight
	}{
		"members": {communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Measure_MEASURE_AREA,
			map[string]weight{"a": {heads: 1, area: 50}, "b": {heads: 1, area: 10}}, weight{heads: 2, area: 150}},
		"members by household": {communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Measure_MEASURE_HOUSEHOLDS,
			map[string]weight{"a": {heads: 1, area: 50, classes: 1}, "b": {1, 10, 1, 1}}, weight{2, 150, 2, 4}},
		"members by class": {communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Measure_MEASURE_WEIGHT,
			map[string]weight{"a": {heads: 1, area: 50, classes: 1}, "b": {1, 10, 1, 1}}, weight{2, 150, 2, 4}},
		"owners": {communityv1.Electorate_ELECTORATE_OWNERS, communityv1.Measure_MEASURE_HEADS,
			map[string]weight{"a": {heads: 1, area: 50}, "b": {heads: 1, area: 10}}, weight{heads: 3, area: 150}},
		"households": {communityv1.Electorate_ELECTORATE_HOUSEHOLDS, communityv1.Measure_MEASURE_WEIGHT,
			map[string]weight{"b": {heads: 1, households: 1, classes: 2}}, weight{2, 0, 2, 3}},
		"organisations": {communityv1.Electorate_ELECTORATE_ORGANISATIONS, communityv1.Measure_MEASURE_HEADS,
			map[string]weight{"f": {heads: 1}, "b": {heads: 2}}, weight{heads: 4}},
		"a channel": {communityv1.Electorate_ELECTORATE_CHANNEL, communityv1.Measure_MEASURE_HEADS,
			map[string]weight{"f": {heads: 1}, "a": {heads: 1}}, weight{heads: 2}},
		"nobody": {0, communityv1.Measure_MEASURE_HEADS, map[string]weight{}, weight{}},
	} {
		r := town().sealRoll(&communityv1.PollRules{
			Electorate: v.who, Turnout: &communityv1.TurnoutRules{Channel: "c", WeightClasses: classes},
			Requirements: []*communityv1.Requirement{{Measure: communityv1.Measure_MEASURE_HEADS}, {Measure: v.by}},
		})
		if !maps.Equal(r.voters, v.voters) || r.all != v.all {
			t.Errorf("%s: %+v of %+v", name, r.voters, r.all)
		}
	}
}

// TestPeopleFold: what the community's events say of who lives here.
func TestPeopleFold(t *testing.T) {
	t.Parallel()
	p := newPeople()
	p.fold("member/f", &said{author: chain.AuthorGenesis, body: &communityv1.MemberAdmitted{}})
	p.fold("member/a", &said{body: &communityv1.MemberAdmitted{Import: "i"}})
	if p.resident("a") || !p.stands("f") {
		t.Error("a founder stands, and whose import is not complete does not")
	}
	p.fold("import/i", &said{body: &communityv1.ImportCompleted{}})
	if !p.resident("a") {
		t.Error("the import is complete")
	}
	p.fold("member/a", &said{body: &communityv1.MemberRevoked{}})
	if p.resident("a") {
		t.Error("a is revoked")
	}
	p.fold("member/a", &said{body: &communityv1.MemberAdmitted{}})
	if !p.resident("a") {
		t.Error("a is admitted again")
	}
}

// TestWeightOf: every measure has a figure of its own.
func TestWeightOf(t *testing.T) {
	t.Parallel()
	w := weight{1, 2, 3, 4}
	for i, m := range []communityv1.Measure{
		communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA, communityv1.Measure_MEASURE_HOUSEHOLDS,
		communityv1.Measure_MEASURE_WEIGHT,
	} {
		if got := w.of(m); got != int64(i+1) {
			t.Errorf("%s: %d", m, got)
		}
		if got := (weight{}).with(m, 9).of(m); got != 9 {
			t.Errorf("%s: %d", m, got)
		}
	}
	if w.of(0) != 0 {
		t.Error("no measure has no figure")
	}
}
