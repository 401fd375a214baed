// Package mutation proves that checks are checked: it makes one of them wrong, and wants a test to fail. It is for tests only.
//
// In plain words: a mutation is one check made wrong. The tests of the packages that look at it are run, quick ones first, until one
// fails; when none does, the mutation went unnoticed, and the test that asked fails. Nothing is written into the tree.
//
// Run is for lists that somebody wrote. A list names texts of source files and what is put in their place. Each text must stand exactly
// once in its file, and that is looked at in every ordinary test run, so that a list that no longer fits its source is seen at once. Each
// mutation is a build of its own; one that does not build is a mistake of the list.
//
// Prove finds a package's checks itself, and makes each of them wrong. All mutations are in one build, and a variable of the environment
// says which of them is meant, so that each costs no more than those tests that reach it. What cannot be noticed, because the program
// does the same, is excused by name, with the reason.
//
// Both take minutes, so they run when RENLIN_CI is 1. RENLIN_MUTATIONS is a share, such as "2/4": then every fourth mutation is run,
// beginning with number 2 (counted from 0), so that four runs with different numbers have run all of them, but for those that are known to
// be noticed by no test yet. For Prove it may also be "unnoticed": those, and those that are excused, for who writes tests for them.
package mutation

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
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

// mutatedEnv is set where the tests of a mutation run, so that these do not begin with mutations of their own.
const mutatedEnv = "RENLIN_MUTATED"

// sharesEnv says which share of the mutations is run.
const sharesEnv = "RENLIN_MUTATIONS"

// patience is for one mutation and all packages that look at it.
const patience = 5 * time.Minute

// Run runs mutations. The packages that look at a file are those of its directory. That each mutation fits its file is looked at always,
// so that whoever changes the file hears of it from the quick tests.
func Run(t *testing.T, noticing map[string][]Package, lists ...[]Mutation) {
	t.Helper()
	if os.Getenv(mutatedEnv) != "" {
		t.Skip("these are the tests of a mutation")
	}
	for _, list := range lists {
		for _, m := range list {
			if _, err := m.apply(); err != nil {
				t.Error(err)
			}
		}
	}
	first, each := wanted(t)
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

// wanted tells which share of the mutations is to be run, and skips the test where none is.
func wanted(t *testing.T) (first, each int) {
	t.Helper()
	if os.Getenv("RENLIN_CI") != "1" {
		t.Skip("mutations run with RENLIN_CI=1")
	}
	first, each, err := share(os.Getenv(sharesEnv))
	if err != nil {
		t.Fatal(err)
	}
	return first, each
}

// apply gives the file with the mutation in it.
func (m Mutation) apply() (string, error) {
	source, err := os.ReadFile(m[0])
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(source), m[1]); n != 1 {
		return "", fmt.Errorf("the mutated text stands %d times in %s: %s", n, m[0], m[1])
	}
	return strings.Replace(string(source), m[1], m[2], 1), nil
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
	overlay, err := overlaid(temp, map[string]string{file: changed})
	if err != nil {
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
	if err := build(ctx, p.Dir, overlay, binary); err != nil {
		t.Fatal(err)
	}
	for _, tests := range p.Stages {
		args := append([]string{"-test.failfast", "-test.timeout=2m", "-test.run", tests}, p.Flags...)
		test := exec.CommandContext(ctx, binary, args...)
		test.Dir = p.Dir
		test.Env = append(os.Environ(), mutatedEnv+"=1")
		if test.Run() != nil {
			return true
		}
	}
	return false
}

// overlaid writes files to be built in the place of others, by those others' names, and answers the list that go's -overlay wants.
func overlaid(dir string, files map[string]string) (string, error) {
	replace := map[string]string{}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		replace[file] = filepath.Join(dir, strconv.Itoa(len(replace))+"-"+filepath.Base(file))
		if err := os.WriteFile(replace[file], []byte(files[file]), 0o600); err != nil {
			return "", err
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}

// build builds a package's tests over what is in its place.
func build(ctx context.Context, dir, overlay, binary string) error {
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", binary, ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("does not build: %w\n%s", err, out)
	}
	return nil
}
