package figures

import (
	"testing"

	"pgregory.net/rapid"
)

// fixed is told's answer for one number by its definition, by two searches of its own.
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

// TestToldByDefinition: what one pass over the whole finds told is what a search from every number by itself finds, whatever is held back.
func TestToldByDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows, columns := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "columns")
		counts := make([][]int64, rows)
		for r := range counts {
			for range columns {
				counts[r] = append(counts[r], rapid.Int64Range(0, 3).Draw(t, "people"))
			}
		}
		g := newGraph(flow(counts, rows, columns), rows*columns, rows+columns+2)
		for i, e := range g.edges {
			g.edges[i].held = e.value > 0 && rapid.Bool().Draw(t, "held")
		}
		part := g.parts()
		bridge := g.bridges(part)
		for i, e := range g.edges {
			if e.held && (part[e.from] != part[e.to] || bridge[i]) != fixed(g.edges, e, len(g.meets)) {
				t.Fatalf("edge %d, %+v, of %+v: fixed %v", i, e, g.edges, fixed(g.edges, e, len(g.meets)))
			}
		}
	})
}

// TestWorkOfATable: what a table costs grows with its square at most, for each look leads to one more number that is held back. With a
// search from every number it was the fourth power: two hundred budgets stopped a service for half a minute, at anybody's asking.
func TestWorkOfATable(t *testing.T) {
	t.Parallel()
	for _, rows := range []int{100, 200, 400} {
		counts := make([][]int64, rows)
		for r := range counts {
			counts[r] = []int64{int64(20 + r%7), int64(r % 6)}
		}
		edges := flow(counts, rows, 2)
		g := newGraph(edges, rows*2, rows+4)
		g.protect(5)
		t.Logf("%d rows: %d looks at one of %d edges", rows, g.looked, len(edges))
		if most := 4 * len(edges) * len(edges); g.looked > most {
			t.Errorf("%d rows: %d looks at an edge, more than %d", rows, g.looked, most)
		}
	}
}
