package main

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/renlin/internal/process"
)

// matrix is docs/ACCESS.md: tables whose first heading says what their rows are, and the words that stand in their cells.
type matrix struct {
	words  map[string]string // word -> fault code, "" for yes
	people map[string]bool   // columns that are explained
	tables map[string][]table
}

type table struct {
	columns []string
	names   []string
	cells   map[string][]string // by row
}

// readMatrix reads the document. What cannot be read fails the test.
func readMatrix(t *testing.T) *matrix {
	t.Helper()
	raw, err := os.ReadFile("../../docs/ACCESS.md")
	if err != nil {
		t.Fatal(err)
	}
	m := &matrix{words: map[string]string{}, people: map[string]bool{}, tables: map[string][]table{}}
	var head []string
	for line := range strings.Lines(string(raw)) {
		fields := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range fields {
			fields[i] = strings.Trim(strings.TrimSpace(fields[i]), "`")
		}
		switch {
		case !strings.HasPrefix(line, "|"):
			head = nil
		case head == nil:
			head = fields
			m.tables[head[0]] = append(m.tables[head[0]], table{columns: head[1:], cells: map[string][]string{}})
		case strings.HasPrefix(fields[0], "---"):
		default:
			m.row(t, head, fields)
		}
	}
	return m
}

func (m *matrix) row(t *testing.T, head, fields []string) {
	t.Helper()
	all := m.tables[head[0]]
	last := &all[len(all)-1]
	if len(fields) != len(head) || last.cells[fields[0]] != nil {
		t.Fatalf("row %s: %d cells for %d headings, or it stands twice in its table", fields[0], len(fields), len(head))
	}
	switch head[0] {
	case "cell":
		m.words[fields[0]] = strings.TrimPrefix(fields[1], "allowed")
	case "who":
		m.people[fields[0]] = true
	}
	last.names = append(last.names, fields[0])
	last.cells[fields[0]] = fields[1:]
}

// rows lists the rows of all tables of a kind, each once.
func (m *matrix) rows(kind string) []string {
	names := map[string]bool{}
	for _, part := range m.tables[kind] {
		for _, name := range part.names {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// complete checks that the tables of a kind have exactly these rows and columns, every row in every column, once.
func (m *matrix) complete(t *testing.T, kind string, rows, columns []string) {
	t.Helper()
	for _, name := range rows {
		var found []string
		for _, part := range m.tables[kind] {
			if part.cells[name] != nil {
				found = append(found, part.columns...)
			}
		}
		slices.Sort(found)
		slices.Sort(columns)
		if !slices.Equal(found, columns) {
			t.Errorf("%s has cells for %v, want %v", name, found, columns)
		}
	}
	for _, name := range m.rows(kind) {
		if !slices.Contains(rows, name) {
			t.Errorf("%s: nothing is known of this row", name)
		}
	}
	for _, who := range columns {
		if !m.people[who] {
			t.Errorf("the column %s is not explained", who)
		}
	}
}

// walk executes the cells of a row, and compares what each comes to with what the document says.
func (m *matrix) walk(t *testing.T, kind, name string, do func(who string) string) {
	t.Helper()
	for _, part := range m.tables[kind] {
		for i, word := range part.cells[name] {
			want, known := m.words[word]
			if got := do(part.columns[i]); got != want || !known {
				t.Errorf("%s by %s: %q, the document says %s (%q)", name, part.columns[i], got, word, want)
			}
		}
	}
}

// without are the columns of those who have no standing, and of hands that are nobody's.
var without = []string{"nobody", "stranger", "other", "lost", "gone", "unfin", "rule", "found"}

// TestAccess walks every operation of every service, cell by cell: each is a command that is judged by the service's rules, on a record
// where only the right to it can be missing.
func TestAccess(t *testing.T) {
	t.Parallel()
	m := readMatrix(t)
	w := newAccessWorld(t)
	rows := accessRows()
	described := map[string]bool{}
	for name := range rows {
		operation, _, _ := strings.Cut(name, ":")
		described[operation] = true
	}
	for _, model := range process.Models() {
		for _, o := range model.Operations() {
			if o.Policy {
				rows[o.Name] = fixed(o.Fresh())
			} else if !described[o.Name] {
				t.Errorf("%s has no row", o.Name)
			}
		}
	}
	columns := append(slices.Clone(without), "host", "hostO")
	held := map[communityv1.Role]bool{communityv1.Role_ROLE_UNSPECIFIED: true, communityv1.Role_ROLE_MEMBER: true}
	for who, role := range cast {
		held[role] = true
		if !slices.Contains(without, who) {
			columns = append(columns, who)
		}
	}
	for number, name := range communityv1.Role_name {
		if !held[communityv1.Role(number)] {
			t.Errorf("%s has no column", name)
		}
	}
	m.complete(t, "operation", slices.Sorted(maps.Keys(rows)), columns)
	allowed := 0
	for name, c := range rows {
		operation, _, _ := strings.Cut(name, ":")
		m.walk(t, "operation", name, func(who string) string {
			code := w.judge(who, operation, c(w, who))
			if code == "" {
				allowed++
			}
			return code
		})
	}
	t.Logf("%d rows, %d columns, %d cells allow", len(rows), len(columns), allowed)
}

// TestAccessWordsAreUsed: the document explains what stands in it, and nothing else.
func TestAccessWordsAreUsed(t *testing.T) {
	t.Parallel()
	m := readMatrix(t)
	used := map[string]bool{}
	for _, kind := range []string{"operation", "route"} {
		for _, part := range m.tables[kind] {
			for _, cells := range part.cells {
				for _, word := range cells {
					used[word] = true
				}
			}
			for _, who := range part.columns {
				used["who "+who] = true
			}
		}
	}
	for word := range m.words {
		if !used[word] {
			t.Errorf("the word %s stands in no cell", word)
		}
	}
	for who := range m.people {
		if !used["who "+who] {
			t.Errorf("the column %s is in no table", who)
		}
	}
}

// isOperation tells whether a pattern is an operation's.
func isOperation(env process.Env, pattern string) bool {
	for _, model := range env.Models {
		for _, o := range model.Operations() {
			if o.Route != "" && op.Pattern(o) == pattern {
				return true
			}
		}
	}
	return false
}
