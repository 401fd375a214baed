// Package services_test holds the tests of the tree as a whole. The tidy test is its style and its shape: what docs/STYLE.md
// says in words, and which way the arrows between packages point. Style is a test, not an opinion.
//
// A rule looks at one file (rules of fileRules), at one package (packageRules) or at the tree (treeRules), and reports
// findings. An exception stands in exceptions, with its reason, and must be used. Every rule has a case that it must catch and one
// that it must let pass in tidySelfCases, so that no rule can rot.
package services_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// modulePrefix begins every import path of ours; the folder below the root follows it.
const modulePrefix = "renlin.dev/"

// exceptions lists what is allowed against a rule, where, and why. A path that ends in "/" stands for everything below it.
var exceptions = []struct{ rule, path, why string }{
	{"size", "services/gateway/miniapp/dist/", "is built; app_test.go holds what is loaded first to its own limit"},
	{"testing", "pkg/decider/decidertest/", "is for tests only, and says so"},
	{"testing", "pkg/natstest/", "is for tests only, and says so"},
	{"testing", "pkg/realdata/", "is for tests only, and says so"},
	{"testing", "services/gateway/look/looktest/", "is for tests only, and says so"},
	{"testing", "services/matching/quake/", "is for tests only, and says so"},
	{"testing", "pkg/mutation/", "is for tests only, and says so"},
	{"testing", "pkg/telemetry/teltest/", "is for tests only, and says so"},
}

// source is one file of the tree. Go files that are not generated are parsed; the rest is text.
type source struct {
	path string // below the root, with slashes
	text []byte
	fset *token.FileSet
	file *ast.File // nil for what is no Go, or generated
}

// finding is one breach of a rule.
type finding struct {
	rule, path string
	line       int
	what       string
}

// String is how a compiler would say it.
func (f finding) String() string { return fmt.Sprintf("%s:%d: %s: %s", f.path, f.line, f.rule, f.what) }

// reporter collects the findings of one rule.
type reporter struct {
	rule     string
	findings []finding
}

// at reports a finding at a line of a file.
func (r *reporter) at(s *source, line int, format string, args ...any) {
	r.findings = append(r.findings, finding{r.rule, s.path, line, fmt.Sprintf(format, args...)})
}

// node reports a finding at a node of a file's syntax.
func (r *reporter) node(s *source, n ast.Node, format string, args ...any) {
	r.at(s, s.fset.Position(n.Pos()).Line, format, args...)
}

// dir answers the folder of the file, which with modulePrefix is the package's import path.
func (s *source) dir() string { return path.Dir(s.path) }

// isTest tells whether the file belongs to a test.
func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// isGo tells whether the file is Go that a person wrote.
func (s *source) isGo() bool { return s.file != nil }

// isGenerated tells whether a tool wrote the file.
func (s *source) isGenerated() bool { return strings.HasSuffix(s.path, ".pb.go") }

// isText tells whether the file is text, as far as its first bytes show.
func (s *source) isText() bool { return !bytes.Contains(s.text[:min(len(s.text), 8000)], []byte{0}) }

// newSource parses text if it is Go.
func newSource(fset *token.FileSet, name string, text []byte) (*source, error) {
	s := &source{path: name, text: text, fset: fset}
	if !strings.HasSuffix(name, ".go") || s.isGenerated() {
		return s, nil
	}
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	s.file = file
	return s, nil
}

// readTree reads every file below root but those of dot folders (.git, .bin), of testdata and node_modules, and what .gitignore names.
func readTree(root string) ([]*source, error) {
	fset := token.NewFileSet()
	var tree []*source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("walk tree: %w", err)
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return fmt.Errorf("walk tree: %w", err)
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			foreign := strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules" || rel == "bin"
			if rel != "." && rel != ".ci" && foreign {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(rel, ".test") || strings.HasSuffix(rel, ".prof") {
			return nil
		}
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since the folder was listed: an editor's own file
		} else if err != nil {
			return fmt.Errorf("read file: %w", err)
		}
		s, err := newSource(fset, rel, text)
		if err != nil {
			return err
		}
		tree = append(tree, s)
		return nil
	})
	return tree, err
}

// check applies every rule to the tree and answers the findings, those with an exception left out and noted in used.
func check(tree []*source, pure *purity, used map[int]bool) []finding {
	var all []finding
	collect := func(name string, apply func(*reporter)) {
		r := &reporter{rule: name}
		apply(r)
		all = append(all, r.findings...)
	}
	for name, rule := range fileRules {
		collect(name, func(r *reporter) {
			for _, s := range tree {
				rule(r, s)
			}
		})
	}
	packages := packagesOf(tree)
	for name, rule := range packageRules {
		collect(name, func(r *reporter) {
			for _, files := range packages {
				rule(r, files)
			}
		})
	}
	for name, rule := range treeRules {
		collect(name, func(r *reporter) { rule(r, tree) })
	}
	for _, files := range packages {
		if isCore(files[0].dir()) {
			all = append(all, pure.check(files)...)
		}
	}
	return slices.DeleteFunc(all, func(f finding) bool { return isExcepted(f, used) })
}

// isExcepted tells whether an exception covers the finding.
func isExcepted(f finding, used map[int]bool) bool {
	for i, e := range exceptions {
		if e.rule == f.rule && (e.path == f.path || strings.HasSuffix(e.path, "/") && strings.HasPrefix(f.path, e.path)) {
			used[i] = true
			return true
		}
	}
	return false
}

// packagesOf gathers the Go files that are neither tests nor generated, by folder, in the order of their paths.
func packagesOf(tree []*source) [][]*source {
	byDir := map[string][]*source{}
	for _, s := range tree {
		if s.isGo() && !s.isTest() {
			byDir[s.dir()] = append(byDir[s.dir()], s)
		}
	}
	packages := make([][]*source, 0, len(byDir))
	for _, files := range byDir {
		packages = append(packages, files)
	}
	slices.SortFunc(packages, func(a, b []*source) int { return strings.Compare(a[0].path, b[0].path) })
	return packages
}

// TestTidy is the tree's own test. It names file and line of everything it does not like.
func TestTidy(t *testing.T) {
	t.Parallel()
	tree, err := readTree("..")
	if err != nil {
		t.Fatal(err)
	}
	used := map[int]bool{}
	findings := check(tree, newPurity(t, packagesOf(tree)), used)
	slices.SortFunc(findings, func(a, b finding) int { return strings.Compare(a.String(), b.String()) })
	for _, f := range findings {
		t.Error(f)
	}
	for i, e := range exceptions {
		exists := slices.ContainsFunc(tree, func(s *source) bool { return strings.HasPrefix(s.path, e.path) })
		if exists && !used[i] {
			t.Errorf("the exception of %s from %s is not needed: take it out", e.path, e.rule)
		}
	}
	if len(tree) < 20 {
		t.Errorf("only %d files found: the walk is broken", len(tree))
	}
}
