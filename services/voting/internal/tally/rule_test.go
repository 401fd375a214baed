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
	valid := Weight{Heads: yes.Heads + no.Heads, Area: yes.Area + no.Area}
	return Figures{All: all, Participants: Weight{Heads: valid.Heads + abstain.Heads, Area: valid.Area + abstain.Area}, Valid: valid, Option: yes}
}

func TestArticle278(t *testing.T) {
	t.Parallel()
	all, most := Weight{Heads: 300, Area: 3000000}, Weight{Heads: math.MaxInt64, Area: math.MaxInt64}
	cases := map[string]struct {
		item             int
		all              Weight
		yes, no, abstain Weight
		want             Verdict
	}{
		"exactly two thirds take part":         {1, all, Weight{Heads: 101, Area: 1000002}, Weight{Heads: 99, Area: 999998}, Weight{}, Passed},
		"one head short of two thirds":         {1, all, Weight{Heads: 199, Area: 2000000}, Weight{}, Weight{}, NoQuorum},
		"0.01 m² short of two thirds":          {1, all, Weight{Heads: 200, Area: 1999999}, Weight{}, Weight{}, NoQuorum},
		"exactly half of the heads":            {9, all, Weight{Heads: 100, Area: 1500000}, Weight{Heads: 100, Area: 500000}, Weight{}, Rejected},
		"exactly half of the area":             {9, all, Weight{Heads: 150, Area: 1000000}, Weight{Heads: 50, Area: 1000000}, Weight{}, Rejected},
		"one head and 0.01 m² over half":       {5, all, Weight{Heads: 101, Area: 1000001}, Weight{Heads: 99, Area: 999999}, Weight{}, Passed},
		"exactly three quarters":               {6, all, Weight{Heads: 150, Area: 1500000}, Weight{Heads: 50, Area: 500000}, Weight{}, Passed},
		"one head under three quarters":        {7, all, Weight{Heads: 149, Area: 1500000}, Weight{Heads: 51, Area: 500000}, Weight{}, Rejected},
		"0.01 m² under three quarters":         {8, all, Weight{Heads: 150, Area: 1499999}, Weight{Heads: 50, Area: 500001}, Weight{}, Rejected},
		"an abstention works as a no":          {4, all, Weight{Heads: 100, Area: 1000000}, Weight{Heads: 50, Area: 500000}, Weight{Heads: 50, Area: 500000}, Rejected},
		"an abstention makes the quorum":       {4, all, Weight{Heads: 150, Area: 1500000}, Weight{}, Weight{Heads: 50, Area: 500000}, Passed},
		"a huge owner does not carry heads":    {4, all, Weight{Heads: 1, Area: 2000000}, Weight{Heads: 199, Area: 199}, Weight{}, Rejected},
		"a huge owner blocks the quorum":       {4, all, Weight{Heads: 299, Area: 1000000}, Weight{}, Weight{}, NoQuorum},
		"nobody takes part":                    {4, all, Weight{}, Weight{}, Weight{}, NoQuorum},
		"nobody takes part, special":           {6, all, Weight{}, Weight{}, Weight{}, NoQuorum},
		"nobody lives there":                   {6, Weight{}, Weight{}, Weight{}, Weight{}, NoQuorum},
		"a measure that nobody has":            {4, Weight{Heads: 3, Area: 0}, Weight{Heads: 3, Area: 0}, Weight{}, Weight{}, NoQuorum},
		"quorum failed and majority failed":    {4, all, Weight{}, Weight{Heads: 100, Area: 1000000}, Weight{}, NoQuorum},
		"everybody, all of 63 bits":            {6, most, most, Weight{}, Weight{}, Passed},
		"one of 63 bits short of two thirds":   {1, Weight{Heads: 3, Area: math.MaxInt64}, Weight{Heads: 3, Area: 6148914691236517204}, Weight{}, Weight{}, NoQuorum},
		"two thirds of 63 bits, rounded up":    {1, Weight{Heads: 3, Area: math.MaxInt64}, Weight{Heads: 3, Area: 6148914691236517205}, Weight{}, Weight{}, Passed},
		"weight 0 takes part and changes none": {1, Weight{Heads: 2, Area: 100}, Weight{Heads: 2, Area: 100}, Weight{Heads: 0, Area: 0}, Weight{}, Passed},
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
	got, err := Evaluate(OwnersOrdinary(), owners(Weight{Heads: 300, Area: 3000000}, Weight{Heads: 101, Area: 1000002}, Weight{Heads: 99, Area: 999998}, Weight{}))
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
	most := Weight{Heads: math.MaxInt64, Area: math.MaxInt64}
	out, err := Evaluate([]Requirement{longest}, Figures{most, most, most, most})
	if err != nil || len(out.Inequalities[0].Left) > 40 || len(out.Inequalities[0].Right) > 40 || !out.Inequalities[0].Holds {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestNoShareOfNothing(t *testing.T) {
	t.Parallel()
	// All abstain: 4*0 >= 3*0 is true arithmetic and would pass a special matter without a single yes.
	rule := []Requirement{{Label: "yes", Measure: Heads, Numerator: 3, Denominator: 4, Base: BaseValid, Of: PartOption}}
	got, err := Evaluate(rule, owners(Weight{Heads: 5, Area: 5}, Weight{}, Weight{}, Weight{Heads: 5, Area: 5}))
	if err != nil || got.Verdict != Rejected || !got.Inequalities[0].BaseZero || got.Inequalities[0].Text != "4*0 >= 3*0" {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = Evaluate(rule, owners(Weight{Heads: 5, Area: 5}, Weight{}, Weight{}, Weight{}))
	if err != nil || got.Verdict != NoQuorum {
		t.Errorf("an empty room decided: %+v, %v", got, err)
	}
}

func TestQuorumFlagDecidesTheWord(t *testing.T) {
	t.Parallel()
	short := Requirement{Measure: Heads, Numerator: 1, Denominator: 2, Base: BaseAll, Of: PartParticipants}
	votes := owners(Weight{Heads: 9, Area: 9}, Weight{Heads: 4, Area: 4}, Weight{}, Weight{})
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
		"more for than valid":          {Weight{Heads: 9, Area: 9}, Weight{Heads: 5, Area: 5}, Weight{Heads: 4, Area: 4}, Weight{Heads: 5, Area: 4}},
		"more valid than participants": {Weight{Heads: 9, Area: 9}, Weight{Heads: 5, Area: 5}, Weight{Heads: 5, Area: 6}, Weight{Heads: 4, Area: 4}},
		"more participants than all":   {Weight{Heads: 9, Area: 9}, Weight{Heads: 5, Area: 10}, Weight{Heads: 5, Area: 5}, Weight{Heads: 4, Area: 4}},
		"negative":                     {Weight{Heads: 9, Area: 9}, Weight{Heads: 5, Area: 5}, Weight{Heads: 5, Area: 5}, Weight{Heads: -1, Area: 4}},
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
		all = Weight{Heads: all.Heads + more.Heads, Area: all.Area + more.Area}
		before, err := Evaluate(rule, owners(all, yes, no, abstain))
		if err != nil {
			t.Fatal(err)
		}
		after, err := Evaluate(rule, owners(all, yes, no, Weight{Heads: abstain.Heads + more.Heads, Area: abstain.Area + more.Area}))
		if err != nil {
			t.Fatal(err)
		}
		if before.Verdict == Rejected && after.Verdict == Passed {
			t.Fatal("an abstention turned rejected into passed")
		}
	})
}
