package faces

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
	looks "renlin.dev/services/gateway/look"
	"renlin.dev/services/gateway/look/looktest"
)

// Given the words of both languages, when they are compared, then they have the same keys and take the same values, and none is empty.
func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	s, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	looktest.Same(t, s.looks[looks.Chinese].Words, s.looks[looks.English].Words)
}

// wanted are the keys that pages ask for: those that templates name, and those that are put together.
func wanted(t *testing.T) map[string]bool {
	t.Helper()
	all := looktest.Named(t, files)
	for _, p := range pages {
		all[p.name+".title"] = true
	}
	all["error.title"] = true
	for _, n := range inNavigation {
		all[n+".short"] = true
	}
	for _, stage := range []string{"lapsed", "adopted", "not_adopted", "objections", "counting", "open", "called"} {
		all["stage."+stage] = true
	}
	for _, r := range votingv1.Result_name {
		all["result."+strings.ToLower(strings.TrimPrefix(r, "RESULT_"))] = true
	}
	for _, a := range answers {
		all["answer."+a] = true
	}
	for _, kind := range []string{"asset", "resource"} {
		all["holding."+kind] = true
	}
	for _, w := range append(works, "other") {
		all["record.trouble."+w] = true
	}
	for _, code := range findings {
		all["record.finding."+code] = true
	}
	for _, by := range Watching {
		all["record.by."+by] = true
	}
	for _, step := range continueSteps {
		all["proof.step."+step], all["proof.broken."+step] = true, true
	}
	for _, step := range receiptSteps {
		all["receipt.step."+step], all["receipt.broken."+step] = true, true
	}
	return all
}

// Given all that pages ask for, when the words are looked up, then there are such, and no others.
func TestEveryWordIsThereAndUsed(t *testing.T) {
	t.Parallel()
	s, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	have := slices.Sorted(maps.Keys(s.looks[looks.English].Words))
	if want := slices.Sorted(maps.Keys(wanted(t))); !slices.Equal(have, want) {
		t.Errorf("there are\n%v\nasked for are\n%v", have, want)
	}
}

// Given amounts, when they are written, then as people write them, exactly.
func TestAmounts(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "¥0.00", 5: "¥0.05", -5: "¥−0.05", 123456789: "¥1,234,567.89", 100000: "¥1,000.00", -1 << 63: "¥−92,233,720,368,547,758.08",
	} { // any order: they do not depend on each other
		if got := fen(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for _, c := range []struct {
		n    any
		want string
	}{{int64(-1234), "−1,234"}, {uint64(999), "999"}, {uint32(1000), "1,000"}, {1234567, "1,234,567"}} {
		if got := looks.Count(c.n); got != c.want {
			t.Errorf("%v: %s", c.n, got)
		}
	}
	if got := area(8850); got != "88.50 m²" {
		t.Error(got)
	}
}

// Given parts of a whole, when bars are drawn, then each is seen that is anything, and none is longer than the longest.
func TestBars(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ n, most, want int64 }{
		{0, 10, 0}, {-5, 10, 0}, {5, 0, 0}, {5, 10, 500}, {10, 10, 1000}, {11, 10, 1000}, {1, 1_000_000, 4},
		{math.MaxInt64 - 1, math.MaxInt64, 999},
	} {
		if got := bar(c.n, c.most); got != c.want {
			t.Errorf("%d of %d: %d, want %d", c.n, c.most, got, c.want)
		}
	}
	if indexOf(0) != 0 || indexOf(7) != 6 {
		t.Error("a position is not that after an index")
	}
}

// Given open books, when they are completed, then budgets name their fund and how many were paid, and what is held back stays so.
func TestBooksAreCompleted(t *testing.T) {
	t.Parallel()
	b := &books{
		Funds:     []account{{Account: "f", Name: "Repairs", In: 900}},
		Envelopes: []account{{Account: "e", Fund: "f"}, {Account: "g", Fund: "other"}},
	}
	b.People.Rows, b.People.RowSums = []string{"e", "late"}, []int64{-1}
	b.complete()
	if e := b.Envelopes[0]; e.FundName != "Repairs" || !held(e.People) || b.Most != 900 || b.Envelopes[1].FundName != "" {
		t.Errorf("%+v", b)
	}
}
