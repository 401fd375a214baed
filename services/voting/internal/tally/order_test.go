package tally

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOrderBySeed(t *testing.T) {
	t.Parallel()
	seed := bytes.Repeat([]byte{7}, SeedBytes)
	codes := []string{"a", "b", "c", "d", "甲"}
	order, err := OrderBySeed(seed, codes)
	if err != nil || order.check(5) != nil {
		t.Fatalf("%v, %v", order, err)
	}
	hash := func(o uint32) string {
		h := sha256.New()
		h.Write(seed)
		h.Write([]byte(codes[o]))
		return fmt.Sprintf("%x", h.Sum(nil))
	}
	for a := range uint32(5) {
		for b := range uint32(5) {
			if (order.compare(a, b) < 0) != (hash(a) < hash(b)) {
				t.Errorf("%s %s, %s %s: %v", codes[a], hash(a), codes[b], hash(b), order)
			}
		}
	}
	// The vector that others can check against: which place each option has.
	if diff := cmp.Diff(Order{3, 0, 2, 4, 1}, order); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		seed  []byte
		codes []string
	}{"a short seed": {seed[1:], codes}, "no seed": {nil, codes}, "a code twice": {seed, []string{"a", "b", "a"}}} {
		if _, err := OrderBySeed(c.seed, c.codes); !errors.Is(err, ErrRuleMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, bad := range []Order{{}, {0}, {0, 0}, {0, 2}, {0, 1, 2}} {
		if err := bad.check(2); !errors.Is(err, ErrRuleMalformed) {
			t.Errorf("%v is taken as an order of two: %v", bad, err)
		}
	}
}

// TestTheOrderDecides: in every method two options that stand equal in all win as the order says, and the tie is in the result.
func TestTheOrderDecides(t *testing.T) {
	t.Parallel()
	forms := methodForms()
	for method, form := range forms {
		p := Poll{Method: method, Form: form, TieRule: TieBySeed}
		ballots := voters([]uint32{0}, []uint32{1})
		if method == MethodBudget || method == MethodBudgetShares {
			p.Form.Costs, p.Budget = []int64{1, 1, 1}, Budget{Budget: 1}
		}
		if method == MethodBudgetShares { // each has half, and pays a project with the other's help: so both must like both
			p.Utility = UtilityCost
			ballots = voters([]uint32{0, 1}, []uint32{1, 0})
		}
		if method == MethodShares {
			ballots = voters([]uint32{0, 1}, []uint32{1, 0})
		}
		for first, order := range []Order{{0, 1, 2}, {1, 0, 2}} {
			p.Order = order
			got, err := p.Count(ballots, nil)
			if err != nil || !slices.Equal(got.Winners, []uint32{uint32(first)}) {
				t.Errorf("%s: %v wins, want %d (%v)", method, got.Winners, first, err)
			}
			told := slices.ContainsFunc(got.Ties, func(tie Tie) bool {
				return tie.Decisive && slices.Equal(tie.Options, []uint32{uint32(first), uint32(1 - first)})
			})
			if !told {
				t.Errorf("%s: the tie is not told: %+v", method, got.Ties)
			}
		}
	}
}

// TestDecisiveTies: whether a tie was decisive is found by counting again.
func TestDecisiveTies(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		rankings []Ranking
		winner   uint32
		decisive []bool
	}{
		"who goes first decides nothing": {[]Ranking{ranks(9, 0), ranks(1, 1, 0), ranks(1, 2, 0)}, 0, []bool{false}},
		"who goes first decides all":     {[]Ranking{ranks(5, 0), ranks(3, 1, 2), ranks(3, 2, 1)}, 1, []bool{true}},
		"only the end decides":           {[]Ranking{ranks(5, 0), ranks(5, 1)}, 0, []bool{true}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := InstantRunoff(3, c.rankings, nil)
			if err != nil {
				t.Fatal(err)
			}
			var decisive []bool
			for _, tie := range got.Ties {
				decisive = append(decisive, tie.Decisive)
			}
			if !slices.Equal(got.Winners, []uint32{c.winner}) || !slices.Equal(decisive, c.decisive) {
				t.Errorf("%v wins, decisive %v, want %d, %v", got.Winners, decisive, c.winner, c.decisive)
			}
		})
	}
	// A hundred options that nobody wants tie again and again; some ties are left untried, and say so.
	got, err := InstantRunoff(100, []Ranking{ranks(2, 0), ranks(1, 1)}, nil)
	if err != nil || !slices.Equal(got.Winners, []uint32{0}) || len(got.Ties) != 97 {
		t.Fatalf("%v, %d ties, %v", got.Winners, len(got.Ties), err)
	}
	for i, tie := range got.Ties {
		if tie.Decisive || tie.Untested != (i > 0 || len(tie.Options) > trialsMax) {
			t.Errorf("tie %d of %d options: decisive %v, untested %v", i, len(tie.Options), tie.Decisive, tie.Untested)
		}
	}
}

// TestUndecidedMeansUnique: where no tie is told, no order of the options gives other winners.
func TestUndecidedMeansUnique(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		if poll.Method == MethodYesNo {
			return
		}
		poll.TieRule, poll.Order = "", nil
		first, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		if len(first.Ties) > 0 {
			return
		}
		poll.TieRule = TieBySeed
		poll.Order = rapid.Permutation([]uint32{0, 1, 2}).Draw(t, "another order")
		second, err := poll.Count(ballots, roll)
		if diff := cmp.Diff(slices.Sorted(slices.Values(first.Winners)), slices.Sorted(slices.Values(second.Winners))); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}
