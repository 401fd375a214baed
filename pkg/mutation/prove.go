package mutation

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Excuse names a mutation that no test can notice, and says why: the file, a text that stands exactly once in it, in which what is made
// wrong stands between « and », and the reason.
type Excuse [3]string

// How long tests of a mutation may take before that counts as noticed: some times what they took without it, and a while.
const (
	slower  = 20
	aWhile  = 20 * time.Second
	batches = 300 * time.Millisecond // of tests that are run in one go, to begin with
)

// openFile lists the mutations that no test notices yet, a line each: what is still to be done. It is to become shorter: one that is not
// on it must be noticed; one that is on it, and is noticed, is told, and may be taken out.
const openFile = "testdata/unnoticed.txt"

var updateOpen = flag.Bool("update-unnoticed", false, "write "+openFile+" of every package whose mutations are run, all of them")

// Prove makes each check of the package in the test's directory wrong once. Of the packages that look at it those tests that match a stage
// are run, and of these only such as come to a place where the mutation makes a difference, the quickest first.
func Prove(t *testing.T, packages []Package, excuses []Excuse) {
	t.Helper()
	if os.Getenv(mutatedEnv) != "" {
		t.Skip("these are the tests of a mutation")
	}
	files, mutants, err := find(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range excuse(mutants, excuses) {
		t.Error(err)
	}
	if err := readOpen(mutants); err != nil && !*updateOpen {
		t.Error(err)
	}
	first, each := 0, 1
	unnoticed := os.Getenv(sharesEnv) == "unnoticed"
	if !unnoticed {
		first, each = wanted(t)
	}
	temp := t.TempDir()
	overlay, err := overlaid(temp, rewritten(files))
	if err != nil {
		t.Fatal(err)
	}
	var tests []*looking
	for i, p := range packages {
		b := &binary{Package: p, path: filepath.Join(temp, "tests"+strconv.Itoa(i))}
		if err := build(t.Context(), p.Dir, overlay, b.path); err != nil {
			t.Fatal(err)
		}
		list, err := b.tests(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, list...)
	}
	if err := measure(t.Context(), temp, tests); err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		switch {
		case m.id%each != first, unnoticed && !m.open && m.excuse == nil:
			continue
		case m.open && each > 1: // every test that comes to it would be run, to no end; who wants to know asks for these
			continue
		}
		t.Run(m.String(), func(t *testing.T) {
			t.Parallel()
			prove(t, m, tests)
		})
	}
	t.Cleanup(func() {
		if *updateOpen && each == 1 {
			if err := writeOpen(mutants); err != nil {
				t.Error(err)
			}
		}
	})
	t.Logf("%d mutations, of which every one is run that leaves %d when divided by %d", len(mutants), first, each)
}

// prove runs the tests that come to one mutation until one fails.
func prove(t *testing.T, m *mutant, tests []*looking) {
	noticed, err := m.noticed(t.Context(), tests)
	switch {
	case err != nil:
		t.Fatal(err)
	case *updateOpen:
		m.open = !noticed && m.excuse == nil
	case noticed && m.excuse != nil:
		t.Errorf("%s is excused, but a test notices it", m)
	case noticed && m.open:
		t.Logf("%s is in %s, but a test notices it: take it out", m, openFile) // no failure: some tests draw, and notice by chance
	case !noticed && m.excuse == nil && !m.open:
		t.Errorf("no test notices that %s", m)
	}
}

// excuse finds what is excused, and says which excuses are none.
func excuse(mutants []*mutant, excuses []Excuse) (wrong []error) {
	for i, x := range excuses {
		before, rest, _ := strings.Cut(x[1], "«")
		meant, after, ok := strings.Cut(rest, "»")
		found := false
		for _, m := range mutants {
			if !ok || m.file.name != x[0] || strings.Count(m.file.source, before+meant+after) != 1 {
				continue
			}
			start := strings.Index(m.file.source, before+meant+after) + len(before)
			if m.start == start && m.end == start+len(meant) {
				m.excuse, found = &excuses[i], true
			}
		}
		if !found {
			wrong = append(wrong, fmt.Errorf("the excuse for %s in %s does not stand for exactly one place", x[1], x[0]))
		}
		if x[2] == "" {
			wrong = append(wrong, fmt.Errorf("the excuse for %s in %s has no reason", x[1], x[0]))
		}
	}
	return wrong
}

// readOpen reads which mutations are known to be noticed by no test yet. There may be no such list.
func readOpen(mutants []*mutant) error {
	raw, err := os.ReadFile(openFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, markOpen(mutants, string(raw)))
}

func markOpen(mutants []*mutant, list string) (err error) {
	known := map[string]*mutant{}
	for _, m := range mutants {
		known[m.key] = m
	}
	for key := range strings.Lines(list) {
		m := known[strings.TrimSpace(key)]
		switch {
		case m == nil || m.open:
			err = errors.Join(err, fmt.Errorf("%s does not stand for one mutation: %s", openFile, key))
		case m.excuse != nil:
			err = errors.Join(err, fmt.Errorf("in %s is what is excused: %s", openFile, key))
		default:
			m.open = true
		}
	}
	return err
}

func writeOpen(mutants []*mutant) error {
	var b strings.Builder
	for _, m := range mutants {
		if m.open {
			b.WriteString(m.key + "\n")
		}
	}
	return os.WriteFile(openFile, []byte(b.String()), 0o600)
}

// line is the mutation's line, in which it is marked as an excuse marks it.
func (m *mutant) line() string {
	s := m.file.source
	from := strings.LastIndexByte(s[:m.start], '\n') + 1
	to := len(s)
	if n := strings.IndexByte(s[m.end:], '\n'); n >= 0 {
		to = m.end + n
	}
	line := s[from:m.start] + "«" + s[m.start:m.end] + "»" + s[m.end:to]
	return strings.Join(strings.Fields(line), " ")
}

// String says where a mutation is and what it does.
func (m *mutant) String() string {
	return fmt.Sprintf("%s:%d: %s %s", m.file.name, strings.Count(m.file.source[:m.start], "\n")+1, m.line(), m.how)
}

// binary is the tests of a package, with all mutations in what they look at.
type binary struct {
	Package
	path string
}

// looking is one test that looks at mutations: those by their numbers, and how long it takes.
type looking struct {
	*binary
	name   string
	took   time.Duration
	comeTo map[int]bool
}

// tests lists the tests that match a stage.
func (b *binary) tests(ctx context.Context) ([]*looking, error) {
	out, err := b.command(ctx, "-test.list", ".").Output()
	if err != nil {
		return nil, fmt.Errorf("list the tests of %s: %w", b.Dir, err)
	}
	stages, err := regexp.Compile(strings.Join(b.Stages, "|"))
	if err != nil {
		return nil, err
	}
	var tests []*looking
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if strings.HasPrefix(name, "Test") && stages.MatchString(name) {
			tests = append(tests, &looking{binary: b, name: name, comeTo: map[int]bool{}})
		}
	}
	return tests, nil
}

// command is the tests' program, with as much memory as a mutation may take without being a nuisance to others.
func (b *binary) command(ctx context.Context, args ...string) *exec.Cmd {
	limited := []string{"-c", `ulimit -v 8388608; exec "$0" "$@"`, b.path}
	cmd := exec.CommandContext(ctx, "sh", append(limited, args...)...)
	cmd.Dir = b.Dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "RENLIN_CI=") })
	cmd.Env = append(cmd.Env, mutatedEnv+"=1")
	return cmd
}

// run runs tests by their names.
func (b *binary) run(ctx context.Context, names []string, patience time.Duration, env ...string) error {
	args := append([]string{
		"-test.failfast", "-test.timeout=" + patience.String(), "-test.run", "^(" + strings.Join(names, "|") + ")$",
	}, b.Flags...)
	cmd := b.command(ctx, args...)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s of %s: %w\n%s", strings.Join(names, ", "), b.Dir, err, out[max(0, len(out)-4000):])
	}
	return nil
}

// measure runs every test once without any mutation, and notes what it comes to.
func measure(ctx context.Context, temp string, tests []*looking) error {
	errs := make([]error, len(tests))
	var each sync.WaitGroup
	free := make(chan struct{}, 2)
	for i, l := range tests {
		each.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			errs[i] = l.measure(ctx, filepath.Join(temp, "reached"+strconv.Itoa(i)))
		})
	}
	each.Wait()
	slices.SortStableFunc(tests, func(a, b *looking) int { return cmp.Compare(a.took, b.took) })
	return cmp.Or(errs...)
}

func (l *looking) measure(ctx context.Context, notes string) error {
	if err := os.WriteFile(notes, nil, 0o600); err != nil {
		return err
	}
	began := time.Now()
	if err := l.run(ctx, []string{l.name}, patience, reachedEnv+"="+notes); err != nil {
		return err
	}
	l.took = time.Since(began)
	noted, err := os.ReadFile(notes)
	if err != nil {
		return err
	}
	for number := range bytes.Lines(noted) {
		n, err := strconv.Atoi(string(bytes.TrimSpace(number)))
		if err != nil {
			return err
		}
		l.comeTo[n] = true
	}
	return nil
}

// noticed runs those tests that come to a mutation, in ever greater batches.
func (m *mutant) noticed(ctx context.Context, tests []*looking) (bool, error) {
	tests = slices.DeleteFunc(slices.Clone(tests), func(l *looking) bool { return !l.comeTo[m.id] })
	for limit := batches; len(tests) > 0; limit *= 4 {
		took, n := time.Duration(0), 0
		b := tests[0].binary
		var names []string
		rest := slices.DeleteFunc(tests, func(l *looking) bool {
			if l.binary != b || n > 0 && took+l.took > limit {
				return false
			}
			took, n, names = took+l.took, n+1, append(names, l.name)
			return true
		})
		if err := b.run(ctx, names, slower*took+aWhile, mutantEnv+"="+strconv.Itoa(m.id)); err != nil {
			return true, ctx.Err()
		}
		tests = rest
	}
	return false, nil
}
