// Package figures holds what is told of help in numbers, so that nobody can be found in them.
//
// A table of people by two properties is published with its sums. A number of people that is not nought and below the least group is held
// back, be it a cell or a sum. That is not enough: what is held back can often be computed from its row or column. So further numbers are
// held back until nothing that is can be computed, by anybody who knows all that is published and that what is held back is no nought. The
// table with its sums is a flow, row by row into column by column; a number that is held back can be another one exactly if a circle of
// such numbers leads through it, along which one more of one is one less of another.
package figures

// Table is people by two properties, by row and column, with the sums. Held says which are held back; their numbers are -1.
type Table struct {
	Rows    []string  `json:"rows"`
	Columns []string  `json:"columns"`
	Cells   [][]int64 `json:"cells"`
	RowSums []int64   `json:"row_sums"`
	Sums    []int64   `json:"column_sums"`
	Total   int64     `json:"total"`
	// Least is the size below which no group is shown.
	Least int64 `json:"least"`
}

// Held stands in the place of a number that is held back.
const Held int64 = -1

// edge is one number of the table as a flow: from the source to a row, from a row to a column, from a column to the sink, and back.
type edge struct {
	from, to int
	value    int64
	held     bool
}

// Protect gives the table of some numbers of people with everything held back that would show or tell a group below the least size.
func Protect(rows, columns []string, counts [][]int64, least int64) Table {
	g := newGraph(flow(counts, len(rows), len(columns)), len(rows)*len(columns), len(rows)+len(columns)+2)
	g.protect(least)
	return tableOf(rows, columns, g.edges, least)
}

// flow makes the edges: cells row by row, the sums of rows, those of columns, the whole.
func flow(counts [][]int64, rows, columns int) []edge {
	source, sink := rows+columns, rows+columns+1
	var edges []edge
	rowSums, sums, total := make([]int64, rows), make([]int64, columns), int64(0)
	for r := range rows {
		for c := range columns {
			n := counts[r][c]
			rowSums[r], sums[c], total = rowSums[r]+n, sums[c]+n, total+n
			edges = append(edges, edge{from: r, to: rows + c, value: n})
		}
	}
	for r, n := range rowSums {
		edges = append(edges, edge{from: source, to: r, value: n})
	}
	for c, n := range sums {
		edges = append(edges, edge{from: rows + c, to: sink, value: n})
	}
	return append(edges, edge{from: sink, to: source, value: total})
}

// tableOf reads the edges back.
func tableOf(rows, columns []string, edges []edge, least int64) Table {
	shown := func(i int) int64 {
		if edges[i].held {
			return Held
		}
		return edges[i].value
	}
	t := Table{Rows: rows, Columns: columns, Least: least, Cells: [][]int64{}, RowSums: []int64{}, Sums: []int64{}}
	next := 0
	for range rows {
		row := []int64{}
		for range columns {
			row, next = append(row, shown(next)), next+1
		}
		t.Cells = append(t.Cells, row)
	}
	for range rows {
		t.RowSums, next = append(t.RowSums, shown(next)), next+1
	}
	for range columns {
		t.Sums, next = append(t.Sums, shown(next)), next+1
	}
	t.Total = shown(next)
	return t
}
