package roster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The example of docs/formats.md reads as its text says.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, example, found := strings.Cut(string(doc), "```csv\n")
	example, _, closed := strings.Cut(example, "```")
	if !found || !closed {
		t.Fatal("docs/formats.md has no example")
	}
	r, err := read(example)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Persons) != 4 || r.Rows() != 5 || len(r.Persons[0].Units) != 2 || r.Persons[1].Name != r.Persons[2].Name {
		t.Errorf("%d persons, %d rows", len(r.Persons), r.Rows())
	}
	for _, code := range []string{
		"row.quote", "row.fields", "row.encoding", "field.characters", "field.too_long", "field.missing", "phone.malformed", "area.malformed",
		"area.too_large", "unit.missing", "unit.twice", "person.ambiguous", "person.differs", "person.twice",
	} {
		if !strings.Contains(string(doc), "`"+code+"`") {
			t.Errorf("docs/formats.md does not explain %s", code)
		}
	}
}
