package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// TestMatchDimacs: the answer to a problem, and to one that has none.
func TestMatchDimacs(t *testing.T) {
	const fits = "p min 4 4\nn 1 4\nn 4 -4\na 1 2 0 3 1\na 1 3 0 9 2\na 2 4 0 9 1\na 3 4 0 9 5\n"
	for name, c := range map[string]struct {
		text string
		code int
		want matched
	}{
		"fits":        {fits, 0, matched{Objective: 13, Served: 4, Proof: "optimal"}},
		"too narrow":  {"p min 2 1\nn 1 4\nn 2 -4\na 1 2 0 3 1\n", 1, matched{Unserved: 4, Proof: "infeasible", Cut: []int64{1}}},
		"no problem":  {"p max 2 1\n", 2, matched{}},
		"not in sums": {"p min 2 0\nn 1 4\n", 2, matched{}},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "problem.min")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, _ := renlin(t, "match", "-json", file)
			var got matched
			if code != 2 {
				if err := json.Unmarshal([]byte(out), &got); err != nil {
					t.Fatal(err)
				}
			}
			got.Seconds = 0
			if code != c.code || !sameJSON(t, got, c.want) {
				t.Fatalf("exit code %d, want %d; got %+v, want %+v", code, c.code, got, c.want)
			}
			if code, out, _ := renlin(t, "match", file); code != c.code || (code != 2) != (out != "") {
				t.Fatalf("for people: exit code %d, %q", code, out)
			}
		})
	}
}

// sameJSON compares two values as programs see them.
func sameJSON(t *testing.T, a, b any) bool {
	t.Helper()
	x, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}
