// Package figures holds what is told of help in numbers, so that nobody can be found in them.
//
// A table of people by two properties is published with its sums. A number of people that is not nought and below the least group is held
// back, be it a cell or a sum. That is not enough: what is held back can often be computed from its row or column. So further numbers are
// held back until nothing that is can be computed, by anybody who knows all that is published and that what is held back is no nought. The
// table with its sums is a flow, row by row into column by column; a number that is held back can be another one exactly if a circle of
// such numbers leads through it, along which one more of one is one less of another.
package figures

import (
	"math"
	"slices"
)

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
	edges := flow(counts, len(rows), len(columns))
	for i := range edges {
		edges[i].held = edges[i].value > 0 && edges[i].value < least
	}
	for {
		told := slices.IndexFunc(edges, func(e edge) bool { return e.held && fixed(edges, e, len(rows)+len(columns)+2) })
		if told < 0 {
			break
		}
		if !holdAnother(edges, told, len(rows)*len(columns), len(rows)+len(columns)+2) {
			break // cannot be: through its sums there is always one
		}
	}
	return tableOf(rows, columns, edges, least)
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

// fixed tells whether a number that is held back can be nothing else than it is: no circle of others that are held back closes through it,
// neither one along which it grows nor one along which it shrinks.
func fixed(edges []edge, e edge, nodes int) bool {
	grows := reaches(edges, e, e.to, e.from, nodes)
	shrinks := e.value > 1 && reaches(edges, e, e.from, e.to, nodes)
	return !grows && !shrinks
}

// reaches tells whether one more can flow from a node to another through what is held back, without one of the numbers: forward through
// any,
// backward through what is more than one.
func reaches(edges []edge, without edge, from, to, nodes int) bool {
	seen := make([]bool, nodes)
	seen[from] = true
	for queue := []int{from}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == to {
			return true
		}
		for _, x := range edges {
			if !x.held || x.from == without.from && x.to == without.to {
				continue
			}
			if x.from == queue[0] && !seen[x.to] {
				seen[x.to], queue = true, append(queue, x.to)
			}
			if x.to == queue[0] && x.value > 1 && !seen[x.from] {
				seen[x.from], queue = true, append(queue, x.from)
			}
		}
	}
	return false
}

// The weights by which a circle is chosen: as few numbers as may be, sums last, and of what is left the smallest.
const (
	weightNumber = 1_000_000
	weightSum    = 1_000_000_000
)

// holdAnother holds back what closes the cheapest circle through a number that is told, and tells whether there is one.
func holdAnother(edges []edge, told, cells, nodes int) bool {
	e := edges[told]
	path, price := cheapest(edges, told, e.to, e.from, cells, nodes)
	if e.value > 1 {
		if other, less := cheapest(edges, told, e.from, e.to, cells, nodes); other != nil && (path == nil || less < price) {
			path = other
		}
	}
	for _, i := range path {
		edges[i].held = true
	}
	return path != nil
}

// cheapest finds a way through the numbers that are not nought, without one of them, by which the least is held back that is not yet.
func cheapest(edges []edge, without, from, to, cells, nodes int) (path []int, price int64) {
	const far = math.MaxInt64
	distance, by, done := make([]int64, nodes), make([]int, nodes), make([]bool, nodes)
	for i := range distance {
		distance[i], by[i] = far, -1
	}
	distance[from] = 0
	for {
		at := -1
		for n := range nodes {
			if !done[n] && distance[n] < far && (at < 0 || distance[n] < distance[at]) {
				at = n
			}
		}
		if at < 0 || at == to {
			break
		}
		done[at] = true
		for i, x := range edges {
			if i == without || x.value == 0 {
				continue
			}
			next := x.to
			if x.from != at {
				if next = x.from; x.to != at || x.value <= 1 {
					continue
				}
			}
			if d := distance[at] + weight(x, i >= cells); d < distance[next] {
				distance[next], by[next] = d, i
			}
		}
	}
	if distance[to] == far {
		return nil, 0
	}
	for at := to; at != from; {
		i := by[at]
		path = append(path, i)
		if at = edges[i].from + edges[i].to - at; len(path) > nodes {
			panic("a way that goes in circles")
		}
	}
	return path, distance[to]
}

func weight(x edge, sum bool) int64 {
	switch {
	case x.held:
		return 0
	case sum:
		return weightSum + x.value
	}
	return weightNumber + min(x.value, weightNumber)
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
