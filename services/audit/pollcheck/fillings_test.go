package pollcheck

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// given the released counts of the rules' own code, when they are made again here, then ways, scores, winners, ties and cost are the same.
func TestFillingsVectors(t *testing.T) {
	t.Parallel()
	type tie struct {
		Options []uint32
		Total   int64
		Value   string
	}
	var file struct {
		Counts []struct {
			Name, Method string
			Ballot       json.RawMessage
			Budget, Cost int64
			Codes        []string
			Costs        []int64
			Ways         int
			Heads        [][2]int64
			Scores       []int64
			Winners      []uint32
			Ties         []tie
		}
	}
	raw, err := os.ReadFile("../../../docs/format/fillings.json")
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range file.Counts {
		p := &poll{question: &proposalv1.Motion{BudgetFen: v.Budget}, rules: &communityv1.PollRules{
			Method: communityv1.Method(communityv1.Method_value[v.Method]), Ballot: &communityv1.BallotRules{},
			Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS},
		}}
		if err := protojson.Unmarshal(v.Ballot, p.rules.Ballot); err != nil {
			t.Fatal(err)
		}
		for i, code := range v.Codes {
			p.question.Options = append(p.question.Options, &proposalv1.Option{Code: code, CostFen: v.Costs[i]})
		}
		c := &checking{poll: p}
		all, err := c.fillings()
		if err != nil || len(all) != v.Ways || !c.byFilling() {
			t.Fatalf("%s: %d ways, %v", v.Name, len(all), err)
		}
		var heaps []heap
		for _, h := range v.Heads {
			heaps = append(heaps, heap{all[h[0]], h[1]})
		}
		scores := c.scored(heaps, len(v.Codes))
		got := c.choose(election{heaps: heaps, scores: scores})
		var ties []tie
		for _, one := range got.ties {
			ties = append(ties, tie{numbers(one.options), one.total, one.value})
		}
		winners := append([]uint32(nil), got.winners...)
		if diff := cmp.Diff([]any{v.Scores, v.Winners, v.Ties, v.Cost}, []any{scores, winners, ties, c.cost(winners)}); diff != "" {
			t.Errorf("%s: %s", v.Name, diff)
		}
	}
}

// What has more ways than a ballot may be filled in in is no poll's.
func TestFillingsMany(t *testing.T) {
	t.Parallel()
	for _, b := range []*communityv1.BallotRules{{PointsMax: 1 << 60}, {PointsMax: 9}} {
		p := &poll{question: &proposalv1.Motion{}, rules: &communityv1.PollRules{
			Method: communityv1.Method_METHOD_STAR, Ballot: b, Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS},
		}}
		for range 40 {
			p.question.Options = append(p.question.Options, &proposalv1.Option{})
		}
		if _, err := p.fillings(); err != secretballot.ErrShapeSize {
			t.Errorf("%v: %v", b, err)
		}
		if _, err := p.shape(); err != secretballot.ErrShapeSize {
			t.Errorf("%v: shape %v", b, err)
		}
	}
}

// Where nearly all options must be named there are few ways, and they are found without looking at all sets.
func TestFillingsOfNearlyAll(t *testing.T) {
	t.Parallel()
	const committee, stars = communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, communityv1.Method_METHOD_STAR
	for _, c := range []struct {
		method  communityv1.Method
		ballot  *communityv1.BallotRules
		options int
		ways    int
	}{
		{committee, &communityv1.BallotRules{OptionsMin: 20}, 20, 1},
		{committee, &communityv1.BallotRules{OptionsMin: 118}, 119, 120},
		{committee, &communityv1.BallotRules{OptionsMin: 18, CostSumMaxFen: 18}, 20, 190},
		{committee, &communityv1.BallotRules{OptionsMin: 19, CostSumMaxFen: 19}, 20, 20},
		{stars, &communityv1.BallotRules{OptionsMin: 19, PointsMin: 3, PointsMax: 3}, 20, 21},
		{stars, &communityv1.BallotRules{OptionsMin: 19, PointsMin: 2, PointsMax: 3, PointsSumMax: 38}, 20, 20},
	} {
		p := &poll{question: &proposalv1.Motion{}, rules: &communityv1.PollRules{
			Method: c.method, Ballot: c.ballot, Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS},
		}}
		for range c.options {
			p.question.Options = append(p.question.Options, &proposalv1.Option{CostFen: 1})
		}
		all, err := p.fillings()
		if few := c.ways <= secretballot.OneOfMax; few != (err == nil) || few && len(all) != c.ways {
			t.Errorf("%v of %d: %d ways, %v", c.ballot, c.options, len(all), err)
		}
	}
}

// TestCompareCodes: numbers come first, by value, however they are written; the rest by its bytes.
func TestCompareCodes(t *testing.T) {
	t.Parallel()
	ordered := []string{"0", "01", "1", "2", "10", "99", "100", "", "-1", "1a", "a", "a1", "b"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compareCodes(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q against %q: %d", a, b, got)
			}
		}
	}
}
