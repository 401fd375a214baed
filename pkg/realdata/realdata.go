// Package realdata finds the real input with known answers that some tests are held against: published budgets, polls, reports.
//
// Its rule: it lies outside the tree, where the environment's RENLIN_DATA says, because it is not ours to hand on. Where nothing says so a
// test is left out, by name; where something does, a file that is missing is a failure. `.ci/run` always says so, and fails without it.
package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Name gives the name of a file or folder, by its path below the real input.
func Name(t testing.TB, path ...string) string {
	t.Helper()
	root := os.Getenv("RENLIN_DATA")
	if root == "" {
		t.Skip("RENLIN_DATA does not say where the real input with known answers lies")
	}
	name := filepath.Join(append([]string{root}, path...)...)
	if _, err := os.Stat(name); err != nil {
		t.Fatalf("RENLIN_DATA is set, so this must be there: %v", err)
	}
	return name
}

// Read gives a file's bytes.
func Read(t testing.TB, path ...string) []byte {
	t.Helper()
	raw, err := os.ReadFile(Name(t, path...))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
