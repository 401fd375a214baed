// Package looktest holds the words of pages against each other and against what asks for them. It is for tests only.
package looktest

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	braces   = regexp.MustCompile(`\{\w+\}`)
	literals = regexp.MustCompile(`\bt "([a-z_.]+)"`)
)

// Same holds that both languages have the same keys, that the sentences of a key take the same values, and that none is empty.
func Same(t *testing.T, zh, en map[string]string) {
	t.Helper()
	if a, b := slices.Sorted(maps.Keys(zh)), slices.Sorted(maps.Keys(en)); !slices.Equal(a, b) {
		t.Fatalf("keys differ: %v and %v", a, b)
	}
	for key, text := range en { // any order: they do not depend on each other
		here, there := braces.FindAllString(text, -1), braces.FindAllString(zh[key], -1)
		slices.Sort(here)
		slices.Sort(there)
		if strings.TrimSpace(text) == "" || strings.TrimSpace(zh[key]) == "" || !slices.Equal(here, there) {
			t.Errorf("%s: %q and %q", key, text, zh[key])
		}
	}
}

// Named gives the keys that templates name.
func Named(t *testing.T, files fs.FS) map[string]bool {
	t.Helper()
	names, err := fs.Glob(files, "templates/*")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literals.FindAllStringSubmatch(string(raw), -1) {
			all[m[1]] = true
		}
	}
	return all
}
