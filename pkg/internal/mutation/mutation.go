// Package mutation proves that checks are checked: it makes one of them wrong, builds the tests over that, and wants one of them to fail.
//
// In plain words: a list names texts of source files and what is put in their place. Each text must stand exactly once in its file, so that
// a list that no longer fits the source fails, too. The packages that look at a file are tested one after another, their quick tests
// first, until something fails; when nothing does, the mutation went unnoticed and the test fails. A mutation that does not build is a
// mistake of the list. Nothing is written into the tree.
//
// A list takes minutes, so it is run when RENLIN_CI is 1. RENLIN_MUTATIONS is a share, such as "2/4": then every fourth mutation is run,
// beginning with number 2 (counted from 0), so that four runs with different numbers have run all of them.
package mutation

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Mutation is one check made wrong or taken out: the file, the text in it, and what is put in its place.
type Mutation [3]string

// Package is whose tests look at mutated files.
type Package struct {
	// Dir is relative to the test's directory.
	Dir string
	// Stages are regular expressions of tests that are run one after another, quick ones first.
	Stages []string
	// Flags are further ones of the test binary.
	Flags []string
}

// patience is for one mutation and all packages that look at it.
const patience = 5 * time.Minute

// Run runs mutations. The packages that look at a file are those of its directory. That each mutation fits its file is looked at always,
// so that whoever changes the file hears of it from the quick tests.
func Run(t *testing.T, noticing map[string][]Package, lists ...[]Mutation) {
	t.Helper()
	for _, list := range lists {
		for _, m := range list {
			if _, err := m.apply(); err != nil {
				t.Error(err)
			}
		}
	}
	if os.Getenv("RENLIN_CI") != "1" || os.Getenv("RENLIN_MUTATED") != "" {
		t.Skip("mutations run with RENLIN_CI=1")
	}
	first, each, err := share(os.Getenv("RENLIN_MUTATIONS"))
	if err != nil {
		t.Fatal(err)
	}
	n := -1
	for _, list := range lists {
		for _, m := range list {
			if n++; n%each != first {
				continue
			}
			t.Run(path.Base(m[0])+"/"+strings.TrimSpace(m[1]), func(t *testing.T) {
				t.Parallel()
				mutate(t, m, noticing[path.Dir(m[0])])
			})
		}
	}
	t.Logf("%d mutations, of which every one is run that leaves %d when divided by %d", n+1, first, each)
}

// share reads which mutations are run: all of them if nothing is said.
func share(said string) (first, each int, err error) {
	if said == "" {
		return 0, 1, nil
	}
	if n, err := fmt.Sscanf(said, "%d/%d", &first, &each); err != nil || n != 2 || each < 1 || first < 0 || first >= each {
		return 0, 0, fmt.Errorf("RENLIN_MUTATIONS is %q, want such as 2/4", said)
	}
	return first, each, nil
}

// apply gives the file with the mutation in it.
func (m Mutation) apply() ([]byte, error) {
	source, err := os.ReadFile(m[0])
	if err != nil {
		return nil, err
	}
	if n := strings.Count(string(source), m[1]); n != 1 {
		return nil, fmt.Errorf("the mutated text stands %d times in %s: %s", n, m[0], m[1])
	}
	return []byte(strings.Replace(string(source), m[1], m[2], 1)), nil
}

func mutate(t *testing.T, m Mutation, packages []Package) {
	file, err := filepath.Abs(m[0])
	if err != nil {
		t.Fatal(err)
	}
	changed, err := m.apply()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	mutated, overlay := filepath.Join(temp, filepath.Base(file)), filepath.Join(temp, "overlay.json")
	if err := os.WriteFile(mutated, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, p := range packages {
		if noticed(ctx, t, p, overlay, filepath.Join(temp, "tests")) {
			return
		}
	}
	t.Error("no test noticed")
}

// noticed builds a package's tests over the mutation, once, and runs them in stages until one fails.
func noticed(ctx context.Context, t *testing.T, p Package, overlay, binary string) bool {
	build := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", binary, ".")
	build.Dir = p.Dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("does not build: %v\n%s", err, out)
	}
	for _, tests := range p.Stages {
		args := append([]string{"-test.failfast", "-test.timeout=2m", "-test.run", tests}, p.Flags...)
		test := exec.CommandContext(ctx, binary, args...)
		test.Dir = p.Dir
		test.Env = append(os.Environ(), "RENLIN_MUTATED=1")
		if test.Run() != nil {
			return true
		}
	}
	return false
}
