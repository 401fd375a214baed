package matching_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/audit/plancheck"
)

// read has the whole record read by the second hand, and gives the codes of what it finds, ascending, each once.
func (w *world) read() []string {
	w.Helper()
	c, f := plancheck.New(), plancheck.Follow()
	followed := map[uint64]plancheck.Plan{}
	for i, commit := range w.Log {
		raw := w.Encode(commit)
		c.Add(uint64(i), raw)
		c.Block(uint64(i), 1, w.Heads[i].Hash())
		for _, p := range f.Block(uint64(i), [][]byte{raw}, w.Heads[i].Hash()) {
			followed[p.Index] = p
		}
	}
	r := c.Report()
	for _, p := range r.Plans {
		if !reflect.DeepEqual(followed[p.Index], p) || len(followed) != len(r.Plans) {
			w.Errorf("as it grows %+v, as a whole %+v", followed[p.Index], p)
		}
	}
	var codes []string
	for _, p := range r.Plans {
		for _, f := range p.Findings {
			codes = append(codes, f.Code)
		}
	}
	if r.OK != (len(codes) == 0) {
		w.Errorf("%+v", r)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// TestReaderAgrees: whatever life a community has had, what is proposed then is optimal for whoever reads the record, who has none of the
// rules' code.
func TestReaderAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := &player{world: newWorld(t)}
		for _, who := range servers {
			p.providers = append(p.providers, p.provider(who, rapid.Int32Range(0, 2).Draw(t, "place"), rapid.Int64Range(1, 4).Draw(t, "capacity")))
		}
		for range rapid.IntRange(1, 6).Draw(t, "turns") {
			for range rapid.IntRange(1, 8).Draw(t, "steps") {
				p.step(t)
			}
			p.later(rapid.Int64Range(0, 90).Draw(t, "minutes") * minute)
			plan, _ := p.proposed()
			if plan == nil {
				continue
			}
			c, err := p.Submit(p.Input("olga", "matching.adopt_plan", plan))
			if err != nil {
				t.Fatalf("refused: %v: %v", err, plan)
			}
			for _, ch := range c.Changes {
				if id, is := strings.CutPrefix(ch.Aggregate, "assignment/"); is {
					p.assignments = append(p.assignments, id)
				}
			}
		}
		if found := p.read(); len(found) > 0 {
			t.Fatalf("found %v", found)
		}
	})
}

// TestReaderFinds: what a rule that reads only what a plan names cannot see, whoever reads the record does.
func TestReaderFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan func(w *world) *matchingv1.AdoptPlan
		want []string
	}{
		"honest": {func(w *world) *matchingv1.AdoptPlan {
			w.need("ann", 1)
			w.provider("bob", 1, 1)
			p, _ := w.proposed()
			return p
		}, nil},
		"an offer that is nearer is not named": {func(w *world) *matchingv1.AdoptPlan {
			n := w.need("ann", 1)
			w.provider("bob", 1, 1)
			return w.proven(match(n, 1, w.provider("cat", 5, 1)))
		}, []string{"plan.cheaper_offer"}},
		"a need is not named": {func(w *world) *matchingv1.AdoptPlan {
			w.need("ann", 1)
			n := w.need("dan", 1)
			w.Do("", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: n, Priority: 9})
			return w.proven(match(n, 1, w.provider("bob", 1, 2)))
		}, []string{"plan.left_out"}},
		"a more urgent one is left out, and said to be": {func(w *world) *matchingv1.AdoptPlan {
			first, n := w.need("ann", 1), w.need("dan", 1)
			w.Do("", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: first, Priority: 9})
			p := w.proven(match(n, 1, w.provider("bob", 1, 2)))
			p.LeftOut = []*matchingv1.LeftOut{{Skill: "meal", Needs: 1}}
			return p
		}, []string{"plan.passed_over"}},
		"too many are said to be left out": {func(w *world) *matchingv1.AdoptPlan {
			p := w.proven(match(w.need("ann", 1), 1, w.provider("bob", 1, 2)))
			p.LeftOut = []*matchingv1.LeftOut{{Skill: "meal", Needs: 1}}
			return p
		}, []string{"plan.left_out"}},
		"an old block, after which somebody nearer came": {func(w *world) *matchingv1.AdoptPlan {
			n, cat := w.need("ann", 1), w.provider("cat", 5, 1)
			old := w.State.Head().Encode()
			w.provider("bob", 1, 1)
			w.Now += minute
			p := w.proven(match(n, 1, cat))
			p.Block = old
			return p
		}, []string{"plan.stale"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			plan := c.plan(w)
			if got := w.Try("olga", "matching.adopt_plan", plan); got != "" {
				t.Fatalf("the rule refuses: %s", got)
			}
			if got := w.read(); !slices.Equal(got, c.want) {
				t.Errorf("found %v, want %v", got, c.want)
			}
		})
	}
}

// TestReaderForgets: who follows the record keeps the last minutes of it, and says of a plan that has looked less far that it is stale;
// what comes after that is checked as ever.
func TestReaderForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, cat := w.need("ann", 1), w.provider("cat", 5, 1)
	old := w.State.Head().Encode()
	w.Now += 20 * minute
	dan := w.need("dan", 1)
	w.Now += 20 * minute
	w.need("fay", 1)
	p := w.proven(match(n, 1, cat))
	p.Block = old
	w.Do("", "olga", "matching.adopt_plan", p)
	w.Now += 20 * minute
	w.provider("bob", 1, 2)
	late := w.proven(match(dan, 1, w.provider("eve", 3, 1)))
	late.LeftOut = []*matchingv1.LeftOut{{Skill: "meal", Needs: 1}}
	w.Do("", "olga", "matching.adopt_plan", late)
	f, got := plancheck.Follow(), [][]string{}
	for i, commit := range w.Log {
		for _, p := range f.Block(uint64(i), [][]byte{w.Encode(commit)}, w.Heads[i].Hash()) {
			codes := []string{}
			for _, found := range p.Findings {
				codes = append(codes, found.Code)
			}
			got = append(got, codes)
		}
	}
	if want := [][]string{{"plan.stale"}, {"plan.cheaper_offer"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestReaderIsShownLess: what is withheld leaves the plans behind it unchecked, and a plan whose block is not on the record is found.
func TestReaderIsShownLess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.need("ann", 1)
	w.provider("bob", 1, 1)
	plan, _ := w.proposed()
	w.Do("", "olga", "matching.adopt_plan", plan)
	report := func(hidden int, another int) plancheck.Plan {
		c := plancheck.New()
		for i, commit := range w.Log {
			raw := w.Encode(commit)
			if i == hidden {
				raw = nil
			}
			c.Add(uint64(i), raw)
			head := *w.Heads[i]
			if i == another {
				head.Time++
			}
			c.Block(uint64(i), 1, head.Hash())
		}
		r := c.Report()
		if len(r.Plans) != 1 {
			t.Fatalf("%+v", r)
		}
		return r.Plans[0]
	}
	last := len(w.Log) - 2 // the plan's base ends with it
	if p := report(-1, -1); p.Unchecked || len(p.Findings) > 0 || p.Base != uint64(last)+1 || p.Pairs != 1 {
		t.Errorf("all shown: %+v", p)
	}
	if p := report(2, -1); !p.Unchecked || len(p.Findings) > 0 {
		t.Errorf("one withheld before: %+v", p)
	}
	if p := report(-1, last); len(p.Findings) != 1 || p.Findings[0].Code != "plan.block" {
		t.Errorf("another block: %+v", p)
	}
}

// TestSeedPicks: who plans has no choice among offers that cost the same, and none of the seed.
func TestSeedPicks(t *testing.T) {
	t.Parallel()
	picked := map[string]bool{}
	for i := range 32 {
		w := newWorld(t)
		n := w.need("ann", 1)
		both := []string{w.provider("bob", 1, 1), w.provider("cat", 1, 1)}
		for range i {
			w.Do("", "fay", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: w.need("fay", 1)}) // another record has another seed
		}
		plan, _ := w.proposed()
		first := plan.GetMatches()[0].GetProviders()[0]
		picked[first] = true
		other := both[0]
		if other == first {
			other = both[1]
		}
		swapped := proto.CloneOf(plan)
		swapped.Matches = []*matchingv1.Match{match(n, 1, other, first)}
		if got := w.Try("olga", "matching.adopt_plan", swapped); got != "plan.not_optimal" {
			t.Errorf("the other of two who cost the same: %q", got)
		}
		foreign := proto.CloneOf(plan)
		foreign.Block[len(foreign.Block)-1] ^= 1
		if got := w.Try("olga", "matching.adopt_plan", foreign); got != "plan.block" {
			t.Errorf("a block that nobody has sealed: %q", got)
		}
		if got := w.Try("olga", "matching.adopt_plan", plan); got != "" {
			t.Errorf("the one that the seed picks: %q", got)
		}
	}
	if len(picked) != 2 {
		t.Errorf("of two alike, in 32 records, only ever %v", picked)
	}
}
