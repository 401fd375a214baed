package services_test

import (
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"
)

// selfCase is a file that one rule must catch, or must let pass.
type selfCase struct {
	rule, name string
	path, text string
	caught     bool
}

// goFile writes a Go file; an import with a name of its own is given as `name "path"`.
func goFile(name, body string, imports ...string) string {
	text := "package " + name + "\n"
	for _, spec := range imports {
		if !strings.Contains(spec, `"`) {
			spec = `"` + spec + `"`
		}
		text += "import " + spec + "\n"
	}
	return text + body
}

// coreAt, shellAt and mainAt are where the files of the cases stand.
const (
	coreAt  = "services/voting/internal/ballot/ballot.go"
	shellAt = "services/voting/voting.go"
	mainAt  = "services/renlin/main.go"
)

// tidySelfCases has for each rule at least one file that it must catch and one that it must let pass.
var tidySelfCases = slices.Concat(arrowCases, pureCases, styleCases, textCases)

var arrowCases = []selfCase{
	{"arrows", "service imports service", shellAt, goFile("voting", "", `_ "renlin.dev/services/aid"`), true},
	{"arrows", "service imports another's export package", shellAt, goFile("voting", "", `_ "renlin.dev/services/aid/x"`), true},
	{"arrows", "service test starts another service", "services/voting/a_test.go",
		goFile("voting", "", `_ "renlin.dev/services/aid"`), true},
	{"arrows", "service test starts the sequencer", "services/voting/a_test.go",
		goFile("voting", "", `_ "renlin.dev/services/sequencer"`), false},
	{"arrows", "binary takes a shell", mainAt, goFile("main", "", `_ "renlin.dev/services/voting"`), false},
	{"arrows", "binary takes the counting rules", mainAt, goFile("main", "", `_ "renlin.dev/services/voting/count"`), false},
	{"arrows", "binary reaches below a shell", mainAt, goFile("main", "", `_ "renlin.dev/services/voting/store"`), true},
	{"arrows", "shell takes its core", shellAt, goFile("voting", "", `_ "renlin.dev/services/voting/internal/ballot"`), false},
	{"arrows", "pkg imports services", "pkg/op/op.go", goFile("op", "", `_ "renlin.dev/services/voting"`), true},
	{"arrows", "pkg imports proto", "pkg/op/op.go", goFile("op", "", `_ "renlin.dev/proto/x"`), false},
	{"arrows", "fault imports a module", "pkg/fault/fault.go", goFile("fault", "", `_ "github.com/a/b"`), true},
	{"arrows", "proto imports pkg", "proto/x/x.go", goFile("x", "", `_ "renlin.dev/pkg/fault"`), true},
	{"arrows", "proto imports a module", "proto/x/x.go", goFile("x", "", `_ "github.com/a/b"`), true},
	{"arrows", "proto imports protobuf", "proto/x/x.go", goFile("x", "", `_ "google.golang.org/protobuf/proto"`), false},
	{"arrows", "core imports os", coreAt, goFile("ballot", "", `_ "os"`), true},
	{"arrows", "core imports net/http", coreAt, goFile("ballot", "", `_ "net/http"`), true},
	{"arrows", "core imports math/rand", coreAt, goFile("ballot", "", `_ "math/rand/v2"`), true},
	{"arrows", "core imports crypto/rand", coreAt, goFile("ballot", "", `_ "crypto/rand"`), true},
	{"arrows", "core imports sync", coreAt, goFile("ballot", "", `_ "sync"`), true},
	{"arrows", "core imports telemetry", coreAt, goFile("ballot", "", `_ "renlin.dev/pkg/telemetry"`), true},
	{"arrows", "core imports nats.go", coreAt, goFile("ballot", "", `_ "github.com/nats-io/nats.go"`), true},
	{"arrows", "core imports its shell", coreAt, goFile("ballot", "", `_ "renlin.dev/services/voting"`), true},
	{"arrows", "counting rules are a core", "services/voting/count/c.go", goFile("count", "", `_ "os"`), true},
	{"arrows", "core imports what it may", coreAt,
		"package ballot\nimport (\n_ \"renlin.dev/pkg/fault\"\n_ \"renlin.dev/proto/x\"\n_ \"math/big\"\n)", false},
	{"arrows", "the binary has no cores", "services/renlin/internal/bus/bus.go", goFile("bus", "", `_ "crypto/rand"`), false},
	{"arrows", "a package of pkg that cores use is a core", "pkg/standing/s.go", goFile("standing", "", `_ "os"`), true},
	{"arrows", "a core's test may do more", "services/voting/internal/ballot/b_test.go", goFile("ballot", "", `_ "os"`), false},
}

var pureCases = []selfCase{
	{"pure", "clock", coreAt, goFile("ballot", "var F = clock.Now", `clock "time"`), true},
	{"pure", "timer", coreAt, goFile("ballot", "var F = After", `. "time"`), true},
	{"pure", "goroutine", coreAt, "package ballot\nfunc f() { go f() }", true},
	{"pure", "select", coreAt, "package ballot\nfunc f() { select {} }", true},
	{"pure", "channel", coreAt, "package ballot\nvar c chan int", true},
	{"pure", "float spelled out", coreAt, "package ballot\nvar x float64", true},
	{"pure", "float constant", coreAt, "package ballot\nconst third = 1 / 3.0", true},
	{"pure", "float nobody spelled out", coreAt, goFile("ballot", "var x = math.Sqrt(2)", "math"), true},
	{"pure", "float by way of big", coreAt,
		goFile("ballot", "func f(r *big.Rat) bool { _, exact := r.Float64(); return exact }", "math/big"), true},
	{"pure", "loop over a map", coreAt, "package ballot\nfunc f(m map[int]int) { for range m {} }", true},
	{"pure", "loop over a map of a named type", coreAt, "package ballot\ntype m map[int]int\nfunc f(m m) { for range m {} }", true},
	{"pure", "keys unsorted", coreAt,
		goFile("ballot", "func f(m map[int]int) []int { return slices.Collect(maps.Keys(m)) }", "maps", "slices"), true},
	{"pure", "excuse without reason", coreAt, "package ballot\nfunc f(m map[int]int) {\n// any order: ok\nfor range m {} }", true},
	{"pure", "excuse with reason", coreAt,
		"package ballot\nfunc f(m map[int]int) (n int) {\n// any order: a sum does not depend on it\n" +
			"for _, v := range m { n += v }\nreturn n }", false},
	{"pure", "keys sorted", coreAt,
		goFile("ballot", "func f(m map[int]int) []int { return slices.Sorted(maps.Keys(m)) }", "maps", "slices"), false},
	{"pure", "durations and exact numbers", coreAt,
		goFile("ballot", "var d = 3 * time.Second\nvar q = big.NewRat(2, 3)\n"+
			"const m = math.MaxInt64", "math", "math/big", "time"), false},
	{"pure", "does not compile", coreAt, "package ballot\nvar x int = \"\"", true},
}

var styleCases = []selfCase{
	{"length", "long line", shellAt, "package voting\n//" + strings.Repeat("长", 140), true},
	{"length", "140 columns", shellAt, "package voting\n//" + strings.Repeat("长", 138), false},
	{"length", "long file", shellAt, "package voting\n" + strings.Repeat("\n", 500), true},
	{"length", "long function", shellAt, "package voting\nfunc f() {\n" + strings.Repeat("\n", 69) + "}", true},
	{"length", "function of 70 lines", shellAt, "package voting\nfunc f() {\n" + strings.Repeat("\n", 68) + "}", false},
	{"length", "test function of 120 lines", "pkg/x/x_test.go", "package x\nfunc f() {\n" + strings.Repeat("\n", 118) + "}", false},
	{"docs", "function", shellAt, "package voting\nfunc Cast() {}", true},
	{"docs", "method", shellAt, "package voting\nfunc (s *Service[T]) Cast() {}", true},
	{"docs", "type", shellAt, "package voting\ntype Service int", true},
	{"docs", "constant", shellAt, "package voting\nconst (\nMax = 1\n)", true},
	{"docs", "documented group", shellAt, "package voting\n// Limits.\nconst (\nMax = 1\n)", false},
	{"docs", "method of unexported type", shellAt, "package voting\nfunc (s service) Cast() {}", false},
	{"package-doc", "none", shellAt, "package voting", true},
	{"package-doc", "too little", shellAt, "// Package voting votes.\npackage voting", true},
	{"package-doc", "rules", shellAt,
		"// Package voting counts ballots. Its rules: one member one vote, and nobody counts early.\npackage voting", false},
	{"names", "util", "pkg/util/u.go", "package util", true},
	{"names", "helpers in a test", "pkg/helpers/u_test.go", "package helpers_test", true},
	{"names", "noun", "pkg/seal/u.go", "package seal", false},
	{"prints", "fmt", shellAt, goFile("voting", "func f() { fmt.Println() }", "fmt"), true},
	{"prints", "log under another name", shellAt, goFile("voting", `func f() { l.Fatalf("") }`, `l "log"`), true},
	{"prints", "binary", mainAt, goFile("main", "func f() { fmt.Println() }", "fmt"), false},
	{"prints", "Fprint", shellAt, goFile("voting", "func f() { fmt.Fprintln(nil) }", "fmt"), false},
	{"background", "Background", shellAt, goFile("voting", "var c = context.Background()", "context"), true},
	{"background", "binary", "services/renlin/pilot/p.go", goFile("pilot", "var c = context.Background()", "context"), false},
	{"background", "test", "pkg/x/x_test.go", goFile("x", "var c = context.Background()", "context"), false},
	{"sleep", "test", "pkg/x/x_test.go", goFile("x", "func f() { time.Sleep(1) }", "time"), true},
	{"sleep", "timer", "pkg/x/x.go", goFile("x", "var t = time.NewTimer(1)", "time"), false},
	{"testing", "natstest in the product", shellAt, goFile("voting", "", `_ "renlin.dev/pkg/natstest"`), true},
	{"testing", "testify", "pkg/x/x_test.go", goFile("x", "", `_ "github.com/stretchr/testify/require"`), true},
	{"testing", "natstest itself", "pkg/natstest/n.go", goFile("natstest", "", `_ "testing"`), false},
	{"errors", "failed to", shellAt, goFile("voting", `var e = fmt.Errorf("failed to load: %w", nil)`, "fmt"), true},
	{"errors", "verb noun", shellAt, goFile("voting", `var e = fmt.Errorf("load ballot: %w", nil)`, "fmt"), false},
	{"logs", "message put together", shellAt, "package voting\nfunc f() { s.log.Info(\"a\" + name) }", true},
	{"logs", "message of a variable, with context", shellAt, "package voting\nfunc f() { slog.ErrorContext(ctx, err.Error()) }", true},
	{"logs", "constant", shellAt, "package voting\nfunc f() { s.log.InfoContext(ctx, \"ballot cast\", \"poll\", id) }", false},
	{"logs", "another Info", shellAt, "package voting\nfunc f() { stream.Info(ctx) }", false},
	{"faults", "code put together", shellAt, goFile("voting", `var e = fault.New(k, "a"+b, "", "")`, "renlin.dev/pkg/fault"), true},
	{"faults", "code twice", shellAt,
		goFile("voting", `var e, g = fault.New(k, "a.b", "", ""), fault.New(k, "a.b", "", "")`, "renlin.dev/pkg/fault"), true},
	{"faults", "two codes", shellAt,
		goFile("voting", `var e, g = fault.New(k, "a.b", "", ""), fault.New(k, "a.c", "", "")`, "renlin.dev/pkg/fault"), false},
}

var textCases = []selfCase{
	{"dependencies", "module without a row", shellAt, goFile("voting", "", `_ "github.com/a/b/c"`), true},
	{"dependencies", "standard library and our own", shellAt, goFile("voting", "", `_ "net/http"`, `_ "renlin.dev/pkg/fault"`), false},
	{"markers", "in Go", shellAt, "package voting // TO" + "DO: later", true},
	{"markers", "in a document", "docs/X.md", "FIX" + "ME", true},
	{"markers", "part of a word", "docs/X.md", "TO" + "DOS, annexXX" + "XX", false},
	{"places", "home", "docs/X.md", "see /ho" + "me/someone/x", true},
	{"places", "root", "deploy/x.sh", "cd /ro" + "ot/go", true},
	{"places", "relative, URL", "docs/X.md", "see docs/home/x and https://example.org/home", false},
	{"size", "large", "docs/x.json", strings.Repeat("x", 256<<10+1), true},
	{"size", "small", "docs/x.json", "{}", false},
	{"top", "stray", "notes.txt", "", true},
	{"top", "stray folder", "cmd/x/main.go", "package main", true},
	{"top", "dotfile", ".gitignore", "", false},
	{"top", "composition", "docker-compose.yml", "", false},
	{"links", "dead", "docs/X.md", "see [y](no-such-file.md#part)", true},
	{"links", "dead, in the README", "README.md", "see [y](docs/no-such-file.md)", true},
	{"links", "alive", "docs/X.md", "see [x](X.md), [top](#top), [web](https://example.org), [up](../services/go.mod)", false},
	{"links", "code", "docs/X.md", "`a[i](x)` and\n```\nb[i](y)\n```\n", false},
}

// TestTidyCatches runs each case as a tree of one file.
func TestTidyCatches(t *testing.T) {
	t.Parallel()
	pure := newPurity(t, nil)
	caught, passed := map[string]bool{}, map[string]bool{}
	for _, c := range tidySelfCases {
		s, err := newSource(pure.fset, c.path, []byte(c.text))
		if err != nil {
			t.Fatalf("%s, %s: %v", c.rule, c.name, err)
		}
		findings := check([]*source{s}, pure, map[int]bool{})
		got := slices.ContainsFunc(findings, func(f finding) bool { return f.rule == c.rule })
		if got != c.caught {
			t.Errorf("%s, %s: caught is %v, want %v; findings %v", c.rule, c.name, got, c.caught, findings)
		}
		if c.caught {
			caught[c.rule] = true
		} else {
			passed[c.rule] = true
		}
	}
	rules := slices.Concat(slices.Collect(maps.Keys(fileRules)), slices.Collect(maps.Keys(packageRules)), slices.Collect(maps.Keys(treeRules)))
	for _, rule := range append(rules, "pure") {
		if !caught[rule] || !passed[rule] {
			t.Errorf("rule %s has no case that it must catch and one that it must let pass", rule)
		}
	}
}

// TestExceptionsHaveReasons: an exception names a rule that exists and says why.
func TestExceptionsHaveReasons(t *testing.T) {
	t.Parallel()
	for _, e := range exceptions {
		_, ofFile := fileRules[e.rule]
		_, ofPackage := packageRules[e.rule]
		_, ofTree := treeRules[e.rule]
		if !ofFile && !ofPackage && !ofTree && e.rule != "pure" {
			t.Errorf("exception for %s: there is no rule %s", e.path, e.rule)
		}
		if len(e.why) < 10 {
			t.Errorf("exception for %s from %s: no reason", e.path, e.rule)
		}
	}
	if _, err := newSource(token.NewFileSet(), "x.go", []byte("not Go")); err == nil {
		t.Error("a file that does not parse passes")
	}
}
