package gateway

import (
	"testing"

	"renlin.dev/pkg/figures"
)

// Given the figures of a policy notice, when a page tells how many it came to, then it tells nothing that the figures hold back, nor what
// could be computed of it.
func TestReachedOfFigures(t *testing.T) {
	t.Parallel()
	columns := []string{"people"}
	for name, c := range map[string]struct { // any order: each alone
		rows            []string
		counts          [][]int64
		people, reached int64
	}{
		"many, some not":    {[]string{"LETTER", "UNREACHED"}, [][]int64{{40}, {60}}, 100, 40},
		"nobody yet":        {[]string{"UNREACHED"}, [][]int64{{100}}, 100, 0},
		"all but a few":     {[]string{"LETTER", "UNREACHED"}, [][]int64{{98}, {2}}, 100, figures.Held},
		"a few":             {[]string{"LETTER", "UNREACHED"}, [][]int64{{2}, {98}}, 100, figures.Held},
		"a few in two ways": {[]string{"DOOR", "LETTER", "UNREACHED"}, [][]int64{{2}, {2}, {96}}, 100, figures.Held},
		"a small community": {[]string{"LETTER", "UNREACHED"}, [][]int64{{1}, {2}}, figures.Held, figures.Held},
	} {
		table := figures.Protect(c.rows, columns, c.counts, 5)
		people, reached := reachedOf(&aidTable{Rows: table.Rows, RowSums: table.RowSums, Total: table.Total, Least: table.Least})
		if people != c.people || reached != c.reached {
			t.Errorf("%s: %d of %d, want %d of %d", name, reached, people, c.reached, c.people)
		}
	}
}
