package secretballot_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
)

// given some choices by weight, when all are cast, then the totals are these.
func TestMethods(t *testing.T) {
	t.Parallel()
	order := func(make func([]int) ([]int64, error), options ...int) []int64 {
		choice, err := make(options)
		if err != nil {
			t.Fatal(err)
		}
		return choice
	}
	votes := func(most int, votes ...int) []int64 {
		choice, err := secretballot.QuadraticChoice(votes, most)
		if err != nil {
			t.Fatal(err)
		}
		return choice
	}
	for _, c := range []struct {
		name    string
		shape   secretballot.Shape
		choices [][]int64
		weights []int64
		want    []int64
	}{
		{"yes, no, abstain by area", shapeOf(secretballot.Approval(3, 1, 1)), [][]int64{{1, 0, 0}, {0, 1, 0}, {1, 0, 0}, {0, 0, 1}},
			[]int64{8950, 12033, 1, 0}, []int64{8951, 12033, 0}},
		{"nobody", shapeOf(secretballot.Approval(2, 1, 1)), nil, nil, []int64{0, 0}},
		{"up to two of four", shapeOf(secretballot.Approval(4, 0, 2)), [][]int64{{1, 1, 0, 0}, {0, 0, 0, 0}, {0, 1, 0, 0}}, ones(3),
			[]int64{1, 2, 0, 0}},
		{"any number", shapeOf(secretballot.Approval(3, 0, 3)), [][]int64{{1, 1, 1}, {0, 0, 0}}, ones(2), []int64{1, 1, 1}},
		{"one to eleven of twelve", shapeOf(secretballot.Approval(12, 1, 11)),
			[][]int64{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, {1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}, ones(3),
			[]int64{2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{"scores", shapeOf(secretballot.Score(2, 5)), [][]int64{{5, 0}, {3, 4}}, []int64{2, 3}, []int64{19, 12}},
		{"Borda", shapeOf(secretballot.Borda(3)),
			[][]int64{order(secretballot.BordaChoice, 2, 0, 1), order(secretballot.BordaChoice, 2, 1, 0)}, ones(2), []int64{1, 1, 4}},
		{"quadratic", shapeOf(secretballot.Quadratic(3, 4, 25)), [][]int64{votes(4, 4, 3, 0), votes(4, 0, 0, 0), votes(4, 1, 2, 4)}, ones(3),
			[]int64{5, 5, 4}},
		{"quadratic, few credits", shapeOf(secretballot.Quadratic(2, 2, 5)), [][]int64{votes(2, 1, 2), votes(2, 2, 0)}, ones(2),
			[]int64{3, 2}},
		{"quadratic, credits for everything", shapeOf(secretballot.Quadratic(2, 2, 8)), [][]int64{votes(2, 2, 2)}, ones(1), []int64{2, 2}},
		{"orders", shapeOf(secretballot.Orders(3)), [][]int64{order(secretballot.OrderChoice, 0, 2, 1), order(secretballot.OrderChoice, 2, 1, 0),
			order(secretballot.OrderChoice, 2, 1, 0)}, ones(3), []int64{0, 1, 0, 0, 0, 2}},
		{"pairs", shapeOf(secretballot.Pairs(3)), [][]int64{order(secretballot.OrderChoice, 0, 2, 1), order(secretballot.OrderChoice, 2, 1, 0),
			order(secretballot.OrderChoice, 2, 1, 0)}, ones(3), []int64{1, 1, 2, 0, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.shape)
			var casts []secretballot.Cast
			for i, choice := range c.choices {
				v := voter(uint64(i))
				casts = append(casts, secretballot.Cast{Voter: v, Ballot: w.cast(v, choice...)})
			}
			if diff := cmp.Diff(c.want, w.totals(casts, c.weights)); diff != "" {
				t.Errorf("totals: %s", diff)
			}
		})
	}
}

// TestRefusedChoices: what a shape does not allow is not even encrypted.
func TestRefusedChoices(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		shape  secretballot.Shape
		choice []int64
	}{
		{"two of one", shapeOf(secretballot.Approval(3, 1, 1)), []int64{1, 1, 0}},
		{"none of one", shapeOf(secretballot.Approval(3, 1, 1)), []int64{0, 0, 0}},
		{"two times one", shapeOf(secretballot.Approval(3, 1, 1)), []int64{2, 0, 0}},
		{"minus one", shapeOf(secretballot.Approval(3, 1, 1)), []int64{1, 1, -1}},
		{"too few numbers", shapeOf(secretballot.Approval(3, 1, 1)), []int64{1, 0}},
		{"too many numbers", shapeOf(secretballot.Approval(3, 1, 1)), []int64{1, 0, 0, 0}},
		{"twelve of eleven", shapeOf(secretballot.Approval(12, 1, 11)), ones(12)},
		{"none of eleven", shapeOf(secretballot.Approval(12, 1, 11)), make([]int64, 12)},
		{"score of six", shapeOf(secretballot.Score(2, 5)), []int64{6, 0}},
		{"one place twice", shapeOf(secretballot.Borda(2)), []int64{1, 0, 1, 0}},
		{"two places", shapeOf(secretballot.Borda(2)), []int64{1, 1, 0, 0}},
		{"too dear", shapeOf(secretballot.Quadratic(2, 4, 25)), []int64{0, 0, 0, 1, 0, 0, 0, 1}},
		{"two numbers of votes", shapeOf(secretballot.Quadratic(2, 4, 25)), []int64{1, 1, 0, 0, 0, 0, 0, 0}},
	} {
		w := newWorld(t, c.shape)
		if raw, _, err := w.Encrypt(nil, voter(1), c.choice); !errors.Is(err, secretballot.ErrChoice) || raw != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, order := range [][]int{nil, {0, 0}, {0, 2}, {-1, 0}, {0, 1, 1}} {
		if _, err := secretballot.BordaChoice(order); !errors.Is(err, secretballot.ErrChoice) {
			t.Errorf("places for %v: %v", order, err)
		}
		if _, err := secretballot.OrderChoice(order); !errors.Is(err, secretballot.ErrChoice) {
			t.Errorf("order %v: %v", order, err)
		}
	}
	if _, err := secretballot.OrderChoice([]int{4, 3, 2, 1, 0}); !errors.Is(err, secretballot.ErrChoice) {
		t.Errorf("an order of five: %v", err)
	}
	for _, votes := range [][]int{{5, 0}, {-1, 0}} {
		if _, err := secretballot.QuadraticChoice(votes, 4); !errors.Is(err, secretballot.ErrChoice) {
			t.Errorf("votes %v: %v", votes, err)
		}
	}
}

// TestOwnShape: who made an election's shape cannot change it afterwards.
func TestOwnShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(3, 1, 1)))
	raw := w.cast(voter(1), 0, 1, 0)
	w.shape.Selections[0], w.shape.Sums[0].Lo, w.shape.Sums[0].Terms[1].Coefficient, w.shape.Totals[0][0].Selection = 2, 0, 2, 2
	if diff := cmp.Diff([]int64{0, 1, 0}, w.totals([]secretballot.Cast{{Voter: voter(1), Ballot: raw}}, []int64{1})); diff != "" {
		t.Errorf("totals: %s", diff)
	}
	if _, _, err := w.Encrypt(nil, voter(1), []int64{2, 0, 0}); !errors.Is(err, secretballot.ErrChoice) {
		t.Errorf("a choice of the other shape: %v", err)
	}
}

// TestRefusedShapes: monsters and contradictions are refused by arithmetic on small numbers.
func TestRefusedShapes(t *testing.T) {
	t.Parallel()
	made := func(_ secretballot.Shape, err error) error { return err }
	elect := func(s secretballot.Shape) error {
		_, err := secretballot.NewElection([32]byte{}, nil, s)
		return err
	}
	two, total := []int64{1, 1}, [][]secretballot.Term{{{Selection: 0, Coefficient: 1}}}
	term := func(at int, c int64) []secretballot.Term { return []secretballot.Term{{Selection: at, Coefficient: c}} }
	sum := func(terms []secretballot.Term, lo, hi int64) secretballot.Shape {
		return secretballot.Shape{Selections: two, Totals: total, Sums: []secretballot.Sum{{Terms: terms, Lo: lo, Hi: hi}}}
	}
	const million = 1_000_000
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"a million options", made(secretballot.Approval(million, 1, 1)), secretballot.ErrShapeSize},
		{"a million scores", made(secretballot.Score(million, 1)), secretballot.ErrShapeSize},
		{"a score of a million", made(secretballot.Score(2, million)), secretballot.ErrShape},
		{"a million places", made(secretballot.Borda(million)), secretballot.ErrShapeSize},
		{"a million squares", made(secretballot.Quadratic(million, 1, 1)), secretballot.ErrShapeSize},
		{"a million votes", made(secretballot.Quadratic(2, million, 1)), secretballot.ErrShape},
		{"no credits", made(secretballot.Quadratic(2, 2, 0)), secretballot.ErrShape},
		{"orders of five", made(secretballot.Orders(5)), secretballot.ErrShapeSize},
		{"pairs of a million", made(secretballot.Pairs(million)), secretballot.ErrShapeSize},
		{"one option", made(secretballot.Approval(1, 1, 1)), secretballot.ErrShape},
		{"more than there are", made(secretballot.Approval(2, 1, 3)), secretballot.ErrShape},
		{"least above most", made(secretballot.Approval(3, 2, 1)), secretballot.ErrShape},
		{"least below none", made(secretballot.Approval(3, -1, 1)), secretballot.ErrShape},
		{"nothing to choose", made(secretballot.Approval(3, 0, 0)), secretballot.ErrShape},
		{"no score", made(secretballot.Score(3, 0)), secretballot.ErrShape},
		{"a million selections", elect(secretballot.Shape{Selections: ones(million), Totals: total}), secretballot.ErrShapeSize},
		{"a million sums", elect(secretballot.Shape{Selections: two, Totals: total, Sums: make([]secretballot.Sum, million)}),
			secretballot.ErrShapeSize},
		{"a million totals", elect(secretballot.Shape{Selections: two, Totals: make([][]secretballot.Term, million)}), secretballot.ErrShapeSize},
		{"a million values", elect(secretballot.Shape{Selections: []int64{million}, Totals: total}), secretballot.ErrShapeSize},
		{"32 values", elect(secretballot.Shape{Selections: []int64{32}, Totals: total}), secretballot.ErrShapeSize},
		{"ballots of 147 KB", elect(secretballot.Shape{Selections: ones(512), Totals: total}), secretballot.ErrShapeSize},
		{"no selection", elect(secretballot.Shape{Totals: total}), secretballot.ErrShape},
		{"no total", elect(secretballot.Shape{Selections: two}), secretballot.ErrShape},
		{"a selection without choice", elect(secretballot.Shape{Selections: []int64{0}, Totals: total}), secretballot.ErrShape},
		{"a total of nothing", elect(secretballot.Shape{Selections: two, Totals: [][]secretballot.Term{{}}}), secretballot.ErrShape},
		{"a sum of nothing", elect(sum(nil, 0, 0)), secretballot.ErrShape},
		{"a sum that cannot be", elect(sum(term(0, 1), 0, 2)), secretballot.ErrShape},
		{"a sum below nothing", elect(sum(term(0, 1), -1, 1)), secretballot.ErrShape},
		{"a sum between 1 and 0", elect(sum(term(0, 1), 1, 0)), secretballot.ErrShape},
		{"a selection beyond", elect(sum(term(2, 1), 0, 1)), secretballot.ErrShape},
		{"a selection before", elect(sum(term(-1, 1), 0, 1)), secretballot.ErrShape},
		{"a coefficient of nothing", elect(sum(term(0, 0), 0, 0)), secretballot.ErrShape},
		{"a negative coefficient", elect(sum(term(0, -1), 0, 0)), secretballot.ErrShape},
		{"a coefficient near overflow", elect(sum(term(0, 1<<31+1), 0, 1)), secretballot.ErrShape},
		{"one selection twice", elect(sum([]secretballot.Term{{Selection: 1, Coefficient: 1}, {Selection: 1, Coefficient: 1}}, 0, 1)),
			secretballot.ErrShape},
		{"a good shape and no key", elect(sum(term(0, 1), 0, 1)), secretballot.ErrKey},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
		}
	}
	if f := fault.Of(elect(secretballot.Shape{Selections: ones(million), Totals: total})); f.Detail["selections"] != "1000000" {
		t.Errorf("a million selections are not refused by their number: %v", f)
	}
	for _, key := range [][]byte{make([]byte, 32), make([]byte, 31)} {
		if _, err := secretballot.NewElection([32]byte{}, key, shapeOf(secretballot.Approval(2, 1, 1))); !errors.Is(err, secretballot.ErrKey) {
			t.Errorf("key %x: %v", key, err)
		}
	}
}
