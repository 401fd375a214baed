package tally

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// owners makes the figures of an owners' vote: heads and area of all, for, against and abstaining.
func owners(all, yes, no, abstain Weight) Figures {
	valid := both(yes.Heads+no.Heads, yes.Area+no.Area)
	return Figures{All: all, Participants: both(valid.Heads+abstain.Heads, valid.Area+abstain.Area), Valid: valid, Option: yes}
}

func TestArticle278(t *testing.T) {
	t.Parallel()
	all, most := both(300, 3000000), both(math.MaxInt64, math.MaxInt64)
	cases := map[string]struct {
		item             int
		all              Weight
		yes, no, abstain Weight
		want             Verdict
	}{
		"exactly two thirds take part":         {1, all, both(101, 1000002), both(99, 999998), Weight{}, Passed},
		"one head short of two thirds":         {1, all, both(199, 2000000), Weight{}, Weight{}, NoQuorum},
		"0.01 m² short of two thirds":          {1, all, both(200, 1999999), Weight{}, Weight{}, NoQuorum},
		"exactly half of the heads":            {9, all, both(100, 1500000), both(100, 500000), Weight{}, Rejected},
		"exactly half of the area":             {9, all, both(150, 1000000), both(50, 1000000), Weight{}, Rejected},
		"one head and 0.01 m² over half":       {5, all, both(101, 1000001), both(99, 999999), Weight{}, Passed},
		"exactly three quarters":               {6, all, both(150, 1500000), both(50, 500000), Weight{}, Passed},
		"one head under three quarters":        {7, all, both(149, 1500000), both(51, 500000), Weight{}, Rejected},
		"0.01 m² under three quarters":         {8, all, both(150, 1499999), both(50, 500001), Weight{}, Rejected},
		"an abstention works as a no":          {4, all, both(100, 1000000), both(50, 500000), both(50, 500000), Rejected},
		"an abstention makes the quorum":       {4, all, both(150, 1500000), Weight{}, both(50, 500000), Passed},
		"a huge owner does not carry heads":    {4, all, both(1, 2000000), both(199, 199), Weight{}, Rejected},
		"a huge owner blocks the quorum":       {4, all, both(299, 1000000), Weight{}, Weight{}, NoQuorum},
		"nobody takes part":                    {4, all, Weight{}, Weight{}, Weight{}, NoQuorum},
		"nobody takes part, special":           {6, all, Weight{}, Weight{}, Weight{}, NoQuorum},
		"nobody lives there":                   {6, Weight{}, Weight{}, Weight{}, Weight{}, NoQuorum},
		"a measure that nobody has":            {4, both(3, 0), both(3, 0), Weight{}, Weight{}, NoQuorum},
		"quorum failed and majority failed":    {4, all, Weight{}, both(100, 1000000), Weight{}, NoQuorum},
		"everybody, all of 63 bits":            {6, most, most, Weight{}, Weight{}, Passed},
		"one of 63 bits short of two thirds":   {1, both(3, math.MaxInt64), both(3, 6148914691236517204), Weight{}, Weight{}, NoQuorum},
		"two thirds of 63 bits, rounded up":    {1, both(3, math.MaxInt64), both(3, 6148914691236517205), Weight{}, Weight{}, Passed},
		"weight 0 takes part and changes none": {1, both(2, 100), both(2, 100), both(0, 0), Weight{}, Passed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			requirements, err := OwnersItem(c.item)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Evaluate(requirements, owners(c.all, c.yes, c.no, c.abstain))
			if err != nil || got.Verdict != c.want || len(got.Inequalities) != 4 {
				t.Errorf("got %v, %v, want %v", got, err, c.want)
			}
		})
	}
	for _, item := range []int{-1, 0, 10} {
		if _, err := OwnersItem(item); !errors.Is(err, ErrRuleUnfit) {
			t.Errorf("item %d: %v", item, err)
		}
	}
}

func TestInequalitiesAreWrittenOut(t *testing.T) {
	t.Parallel()
	got, err := Evaluate(OwnersOrdinary(), owners(both(300, 3000000), both(101, 1000002), both(99, 999998), Weight{}))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, line := range got.Inequalities {
		if !line.Holds || line.Text != line.Left+" "+line.Sign+" "+line.Right {
			t.Errorf("%+v", line)
		}
		texts = append(texts, line.Label+" "+line.Text)
	}
	want := []string{
		"quorum.area 3*2000000 >= 2*3000000", "quorum.heads 3*200 >= 2*300",
		"majority.area 2*1000002 > 1*2000000", "majority.heads 2*101 > 1*200",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Error(diff)
	}
	encoded, err := json.Marshal(got.Inequalities[1])
	if err != nil || !strings.Contains(string(encoded), `"holds":true`) || !strings.Contains(string(encoded), `"base":"all"`) {
		t.Errorf("%s, %v", encoded, err)
	}
	longest := Requirement{Label: "x", Measure: Area, Numerator: math.MaxInt64 - 1, Denominator: math.MaxInt64, Base: BaseAll, Of: PartOption}
	most := both(math.MaxInt64, math.MaxInt64)
	out, err := Evaluate([]Requirement{longest}, Figures{most, most, most, most})
	if err != nil || len(out.Inequalities[0].Left) > 40 || len(out.Inequalities[0].Right) > 40 || !out.Inequalities[0].Holds {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestNoShareOfNothing(t *testing.T) {
	t.Parallel()
	// All abstain: 4*0 >= 3*0 is true arithmetic and would pass a special matter without a single yes.
	rule := []Requirement{{Label: "yes", Measure: Heads, Numerator: 3, Denominator: 4, Base: BaseValid, Of: PartOption}}
	got, err := Evaluate(rule, owners(both(5, 5), Weight{}, Weight{}, both(5, 5)))
	if err != nil || got.Verdict != Rejected || !got.Inequalities[0].BaseZero || got.Inequalities[0].Text != "4*0 >= 3*0" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = Evaluate(rule, owners(both(5, 5), Weight{}, Weight{}, Weight{}))
	if err != nil || got.Verdict != NoQuorum {
		t.Errorf("an empty room decided: %+v, %v", got, err)
	}
}

func TestQuorumFlagDecidesTheWord(t *testing.T) {
	t.Parallel()
	short := Requirement{Measure: Heads, Numerator: 1, Denominator: 2, Base: BaseAll, Of: PartParticipants}
	votes := owners(both(9, 9), both(4, 4), Weight{}, Weight{})
	for quorum, want := range map[bool]Verdict{true: NoQuorum, false: Rejected} {
		short.Quorum = quorum
		if got, err := Evaluate([]Requirement{short}, votes); err != nil || got.Verdict != want {
			t.Errorf("quorum %v: %v, %v, want %v", quorum, got.Verdict, err, want)
		}
	}
}

func TestRequirementCheck(t *testing.T) {
	t.Parallel()
	good := Requirement{Label: "ok", Measure: Heads, Numerator: 1, Denominator: 2, Strict: true, Base: BaseValid, Of: PartOption}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	cases := map[string]func(*Requirement){
		"label too long":                    func(r *Requirement) { r.Label = strings.Repeat("x", labelBytesMax+1) },
		"unknown measure":                   func(r *Requirement) { r.Measure = "votes" },
		"zero denominator":                  func(r *Requirement) { r.Denominator = 0 },
		"negative denominator":              func(r *Requirement) { r.Numerator, r.Denominator = -1, -2 },
		"negative numerator":                func(r *Requirement) { r.Numerator = -1 },
		"more than the whole":               func(r *Requirement) { r.Numerator = 3 },
		"more than the whole, strictly all": func(r *Requirement) { r.Numerator = 2 },
		"unknown base":                      func(r *Requirement) { r.Base = "some" },
		"unknown part":                      func(r *Requirement) { r.Of = "" },
		"participants of themselves":        func(r *Requirement) { r.Of, r.Base = PartParticipants, BaseParticipants },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			r := good
			spoil(&r)
			if err := r.Check(); !errors.Is(err, ErrRuleMalformed) {
				t.Errorf("got %v", err)
			}
			if _, err := Evaluate([]Requirement{r}, Figures{}); !errors.Is(err, ErrRuleMalformed) {
				t.Errorf("evaluated: %v", err)
			}
		})
	}
	for _, n := range []int{0, requirementsMax + 1} {
		list := make([]Requirement, n)
		for i := range list {
			list[i] = good
		}
		if _, err := Evaluate(list, Figures{}); !errors.Is(err, ErrRuleMalformed) {
			t.Errorf("%d requirements: %v", n, err)
		}
	}
}

func TestImpossibleFigures(t *testing.T) {
	t.Parallel()
	cases := map[string]Figures{
		"more for than valid":          {both(9, 9), both(5, 5), both(4, 4), both(5, 4)},
		"more valid than participants": {both(9, 9), both(5, 5), both(5, 6), both(4, 4)},
		"more participants than all":   {both(9, 9), both(5, 10), both(5, 5), both(4, 4)},
		"negative":                     {both(9, 9), both(5, 5), both(5, 5), both(-1, 4)},
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Evaluate(OwnersSpecial(), f); !errors.Is(err, ErrFiguresImpossible) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// figuresCase draws possible figures, small enough to meet the boundaries or as large as they come.
func figuresCase(t *rapid.T) (all, yes, no, abstain Weight) {
	part := rapid.OneOf(rapid.Int64Range(0, 6), rapid.Int64Range(0, math.MaxInt64/5))
	draw := func(name string) Weight {
		return Weight{Heads: part.Draw(t, name+" heads"), Area: part.Draw(t, name+" area")}
	}
	yes, no, abstain = draw("yes"), draw("no"), draw("abstain")
	absent := draw("absent")
	all = Weight{
		Heads: yes.Heads + no.Heads + abstain.Heads + absent.Heads, Area: yes.Area + no.Area + abstain.Area + absent.Area,
	}
	return all, yes, no, abstain
}

// TestAgainstRationals judges art. 278 again as fractions of rational numbers.
func TestAgainstRationals(t *testing.T) {
	t.Parallel()
	share := func(part, whole int64) *big.Rat {
		if whole == 0 {
			return new(big.Rat)
		}
		return big.NewRat(part, whole)
	}
	rapid.Check(t, func(t *rapid.T) {
		all, yes, no, abstain := figuresCase(t)
		item := rapid.IntRange(1, 9).Draw(t, "item")
		special := item >= 6 && item <= 8
		want := Passed
		for _, m := range []Measure{Heads, Area} {
			took := yes.Of(m) + no.Of(m) + abstain.Of(m)
			forIt := share(yes.Of(m), took)
			if (special && forIt.Cmp(big.NewRat(3, 4)) < 0) || (!special && forIt.Cmp(big.NewRat(1, 2)) <= 0) {
				want = Rejected
			}
		}
		for _, m := range []Measure{Heads, Area} {
			if share(yes.Of(m)+no.Of(m)+abstain.Of(m), all.Of(m)).Cmp(big.NewRat(2, 3)) < 0 {
				want = NoQuorum
			}
		}
		requirements, err := OwnersItem(item)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Evaluate(requirements, owners(all, yes, no, abstain))
		if err != nil || got.Verdict != want {
			t.Fatalf("got %v, %v, want %v", got, err, want)
		}
	})
}

// TestAnAbstentionNeverRescues: one more abstention out of those who were absent never turns rejected into passed.
func TestAnAbstentionNeverRescues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all, yes, no, abstain := figuresCase(t)
		rule := []Requirement{
			{
				Measure: rapid.SampledFrom([]Measure{Heads, Area}).Draw(t, "measure"), Numerator: 3, Denominator: 5, Of: PartOption,
				Strict: rapid.Bool().Draw(t, "strict"), Base: rapid.SampledFrom([]Base{BaseAll, BaseParticipants, BaseValid}).Draw(t, "base"),
			},
		}
		rule = append(rule, OwnersOrdinary()...)
		more := Weight{Heads: rapid.Int64Range(0, 3).Draw(t, "heads"), Area: rapid.Int64Range(0, 3).Draw(t, "area")}
		all = both(all.Heads+more.Heads, all.Area+more.Area)
		before, err := Evaluate(rule, owners(all, yes, no, abstain))
		if err != nil {
			t.Fatal(err)
		}
		after, err := Evaluate(rule, owners(all, yes, no, both(abstain.Heads+more.Heads, abstain.Area+more.Area)))
		if err != nil {
			t.Fatal(err)
		}
		if before.Verdict == Rejected && after.Verdict == Passed {
			t.Fatal("an abstention turned rejected into passed")
		}
	})
}
