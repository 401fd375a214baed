package figures_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/figures"
)

func names(prefix string, n int) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprint(prefix, i))
	}
	return out
}

// fits tells whether numbers agree with everything that a table publishes, and have no nought where something is held back.
func fits(t figures.Table, counts [][]int64) bool {
	agrees := func(shown, n int64) bool { return shown == n || shown == figures.Held && n > 0 }
	sums, total := make([]int64, len(t.Columns)), int64(0)
	for r := range t.Rows {
		row := int64(0)
		for c := range t.Columns {
			if !agrees(t.Cells[r][c], counts[r][c]) {
				return false
			}
			row, sums[c], total = row+counts[r][c], sums[c]+counts[r][c], total+counts[r][c]
		}
		if !agrees(t.RowSums[r], row) {
			return false
		}
	}
	for c, n := range sums {
		if !agrees(t.Sums[c], n) {
			return false
		}
	}
	return agrees(t.Total, total)
}

// values gives what each number can be, by everybody's knowledge: all tables that fit are tried, cells up to a greatest number.
func values(t figures.Table, most int64) (cells [][]map[int64]bool, rows, sums []map[int64]bool, total map[int64]bool) {
	sets := func(n int) (out []map[int64]bool) {
		for range n {
			out = append(out, map[int64]bool{})
		}
		return out
	}
	for range t.Rows {
		cells = append(cells, sets(len(t.Columns)))
	}
	rows, sums, total = sets(len(t.Rows)), sets(len(t.Columns)), map[int64]bool{}
	counts := make([][]int64, len(t.Rows))
	for r := range counts {
		counts[r] = make([]int64, len(t.Columns))
	}
	var try func(at int)
	try = func(at int) {
		if at == len(t.Rows)*len(t.Columns) {
			if !fits(t, counts) {
				return
			}
			all, columns := int64(0), make([]int64, len(t.Columns))
			for r := range t.Rows {
				row := int64(0)
				for c := range t.Columns {
					cells[r][c][counts[r][c]] = true
					row, columns[c] = row+counts[r][c], columns[c]+counts[r][c]
				}
				rows[r][row] = true
				all += row
			}
			for c, n := range columns {
				sums[c][n] = true
			}
			total[all] = true
			return
		}
		r, c := at/len(t.Columns), at%len(t.Columns)
		from, to := t.Cells[r][c], t.Cells[r][c]
		if from == figures.Held {
			from, to = 1, most
		}
		for n := from; n <= to; n++ {
			counts[r][c] = n
			try(at + 1)
		}
	}
	try(0)
	return cells, rows, sums, total
}

// TestNothingTold: of whatever is held back nobody can tell the number, whatever they compute; and no group below the least size is shown.
func TestNothingTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows, columns := rapid.IntRange(1, 3).Draw(t, "rows"), rapid.IntRange(1, 2).Draw(t, "columns")
		least := rapid.Int64Range(2, 5).Draw(t, "least")
		counts := make([][]int64, rows)
		for r := range counts {
			for range columns {
				counts[r] = append(counts[r], rapid.Int64Range(0, 7).Draw(t, "people"))
			}
		}
		table := figures.Protect(names("r", rows), names("c", columns), counts, least)
		if !fits(table, counts) {
			t.Fatalf("%v is told as %+v", counts, table)
		}
		cells, rowSums, sums, total := values(table, 9)
		check := func(what string, shown int64, can map[int64]bool) {
			switch {
			case shown == figures.Held && len(can) < 2:
				t.Fatalf("%v: %s is held back and told by the rest: %v, of %+v", counts, what, can, table)
			case shown > 0 && shown < least:
				t.Fatalf("%v: %s shows %d people", counts, what, shown)
			}
		}
		for r := range table.Rows {
			for c := range table.Columns {
				check(fmt.Sprint("cell ", r, c), table.Cells[r][c], cells[r][c])
			}
			check(fmt.Sprint("row ", r), table.RowSums[r], rowSums[r])
		}
		for c := range table.Columns {
			check(fmt.Sprint("column ", c), table.Sums[c], sums[c])
		}
		check("the whole", table.Total, total)
	})
}

// A table without a small group is shown whole, and nought is no group.
func TestShownWhole(t *testing.T) {
	t.Parallel()
	table := figures.Protect(names("r", 2), names("c", 2), [][]int64{{5, 0}, {7, 9}}, 5)
	if table.Cells[0][0] != 5 || table.Cells[0][1] != 0 || table.RowSums[0] != 5 || table.Sums[1] != 9 || table.Total != 21 {
		t.Errorf("%+v", table)
	}
}

// One small group hides behind others, and not more than it takes.
func TestHidesBehindOthers(t *testing.T) {
	t.Parallel()
	table := figures.Protect(names("r", 3), names("c", 3), [][]int64{{2, 20, 30}, {40, 10, 60}, {70, 80, 90}}, 5)
	held := 0
	for _, row := range table.Cells {
		for _, n := range row {
			if n == figures.Held {
				held++
			}
		}
	}
	if table.Cells[0][0] != figures.Held || held < 2 || held > 4 {
		t.Errorf("%d cells held back: %+v", held, table)
	}
}
