package services_test

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of docs/STYLE.md.
const (
	fileLinesMax     = 500
	lineColumnsMax   = 140
	funcLinesMax     = 70
	testFuncLinesMax = 120
	fileBytesMax     = 256 << 10
	packageDocMin    = 60 // bytes: one sentence that says something
)

// fileRules look at one file at a time.
var fileRules = map[string]func(*reporter, *source){
	"arrows":     checkArrows,
	"length":     checkLength,
	"docs":       checkDocs,
	"names":      checkPackageName,
	"prints":     checkPrints,
	"background": checkBackground,
	"sleep":      checkSleep,
	"testing":    checkTesting,
	"errors":     checkErrorText,
	"logs":       checkLogMessage,
	"markers":    checkMarkers,
	"places":     checkPlaces,
	"size":       checkSize,
}

// packageRules look at the files of one package, tests and generated code left out.
var packageRules = map[string]func(*reporter, []*source){
	"package-doc": checkPackageDoc,
}

// treeRules look at everything.
var treeRules = map[string]func(*reporter, []*source){
	"top":          checkTopLevel,
	"links":        checkLinks,
	"faults":       checkFaultCodes,
	"dependencies": checkDependencies,
}

// checkLength: files, functions and lines that a reader can hold in mind.
func checkLength(r *reporter, s *source) {
	if !s.isGo() {
		return
	}
	lines := bytes.Split(bytes.TrimSuffix(s.text, []byte("\n")), []byte("\n"))
	if len(lines) > fileLinesMax {
		r.at(s, len(lines), "%d lines, at most %d: split by noun", len(lines), fileLinesMax)
	}
	for i, line := range lines {
		if n := utf8.RuneCount(line); n > lineColumnsMax {
			r.at(s, i+1, "%d columns, at most %d", n, lineColumnsMax)
		}
	}
	limit := funcLinesMax
	if s.isTest() {
		limit = testFuncLinesMax
	}
	for _, decl := range s.file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := s.fset.Position(fn.End()).Line - s.fset.Position(fn.Pos()).Line + 1; n > limit {
			r.node(s, fn, "%s has %d lines, at most %d", fn.Name.Name, n, limit)
		}
	}
}

// checkDocs: every exported name of the top level, and every exported method of an exported type, is documented.
func checkDocs(r *reporter, s *source) {
	if !s.isGo() || s.isTest() || s.file.Name.Name == "main" {
		return
	}
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc.Text() == "" && isExportedReceiver(d) {
				r.node(s, d, "exported %s has no comment", d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				checkSpecDoc(r, s, d, spec)
			}
		}
	}
}

// checkSpecDoc accepts a comment above the name, beside it, or above the group that it stands in.
func checkSpecDoc(r *reporter, s *source, d *ast.GenDecl, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && d.Doc.Text()+spec.Doc.Text()+spec.Comment.Text() == "" {
			r.node(s, spec, "exported %s has no comment", spec.Name.Name)
		}
	case *ast.ValueSpec:
		if d.Doc.Text()+spec.Doc.Text()+spec.Comment.Text() != "" {
			return
		}
		for _, name := range spec.Names {
			if name.IsExported() {
				r.node(s, name, "exported %s has no comment", name.Name)
			}
		}
	}
}

// isExportedReceiver is true for functions and for methods whose type is exported.
func isExportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	expr := d.Recv.List[0].Type
	for {
		switch t := expr.(type) {
		case *ast.StarExpr:
			expr = t.X
		case *ast.IndexExpr:
			expr = t.X
		case *ast.IndexListExpr:
			expr = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return true
		}
	}
}

// checkPackageName: a package is named for a noun of the domain, not for a heap of things.
func checkPackageName(r *reporter, s *source) {
	banned := []string{"util", "utils", "common", "helper", "helpers", "types", "base", "misc", "shared", "models", "lib"}
	if s.isGo() && slices.Contains(banned, strings.TrimSuffix(s.file.Name.Name, "_test")) {
		r.node(s, s.file.Name, "package %s says nothing: name it for what it holds", s.file.Name.Name)
	}
}

// calls answers each call of the form pkg.Name(…) in the file whose pkg is an imported package with that import path. A name
// that is only taken, not called, counts too.
func calls(s *source, importPath string, names ...string) []*ast.SelectorExpr {
	local := localName(s, importPath)
	if local == "" {
		return nil
	}
	var found []*ast.SelectorExpr
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
			if len(names) == 0 || slices.ContainsFunc(names, func(p string) bool { return matches(p, sel.Sel.Name) }) {
				found = append(found, sel)
			}
		}
		return true
	})
	return found
}

// matches compares a name with a pattern that may end in "*".
func matches(pattern, name string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return name == pattern || open && strings.HasPrefix(name, prefix)
}

// localName answers what the file calls an imported package, or "".
func localName(s *source, importPath string) string {
	for _, spec := range s.file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// checkPrints: libraries do not write to the terminal; the binary speaks to people.
func checkPrints(r *reporter, s *source) {
	if !s.isGo() || s.isTest() || serviceOf(s.dir()) == "renlin" {
		return
	}
	for _, call := range append(calls(s, "fmt", "Print*"), calls(s, "log")...) {
		r.node(s, call, "%s: use the slog.Logger that you were given", call.Sel.Name)
	}
}

// checkBackground: a context comes from the caller, or nobody can stop the work; it begins in the binary.
func checkBackground(r *reporter, s *source) {
	if !s.isGo() || s.isTest() || s.file.Name.Name == "main" || serviceOf(s.dir()) == "renlin" {
		return
	}
	for _, call := range calls(s, "context", "Background", "TO"+"DO") {
		r.node(s, call, "context.%s: take the context from the caller", call.Sel.Name)
	}
}

// checkSleep: nothing waits by guessing.
func checkSleep(r *reporter, s *source) {
	if !s.isGo() {
		return
	}
	for _, call := range calls(s, "time", "Sleep") {
		r.node(s, call, "time.Sleep: wait for the event (a channel, a timer beside ctx.Done, teltest's Wait)")
	}
}

// checkTesting: what is for tests stays in tests, and tests use the standard library, go-cmp and rapid.
func checkTesting(r *reporter, s *source) {
	if !s.isGo() {
		return
	}
	for _, spec := range s.file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		if strings.HasPrefix(p, "github.com/stretchr/testify") || strings.Contains(p, "gomock") {
			r.node(s, spec, "compare with go-cmp and fake with a small type of your own")
		}
		forTests := []string{
			"testing", "testing/*", "pgregory.net/rapid", modulePrefix + "pkg/decider/decidertest", modulePrefix + "pkg/natstest",
			modulePrefix + "pkg/realdata", modulePrefix + "pkg/telemetry/teltest",
		}
		if !s.isTest() && slices.ContainsFunc(forTests, func(pattern string) bool { return matches(pattern, p) }) {
			r.node(s, spec, "import of %s outside tests", p)
		}
	}
}

// checkErrorText: "verb noun: cause", lower case.
func checkErrorText(r *reporter, s *source) {
	if !s.isGo() || s.isTest() {
		return
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 || !isCallOf(s, call, "errors", "New") && !isCallOf(s, call, "fmt", "Errorf") {
			return true
		}
		if text, ok := literal(call.Args[0]); ok && (strings.HasPrefix(text, "failed to") || strings.HasPrefix(text, "error ")) {
			r.node(s, call, "say what was being done (\"load ballot: …\"), it is clear that it failed")
		}
		return true
	})
}

// checkLogMessage: a log line's message is a constant, or nobody can search for it, and what a user typed gets in.
func checkLogMessage(r *reporter, s *source) {
	if !s.isGo() || s.isTest() {
		return
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !strings.Contains(strings.ToLower(lastName(sel.X)), "log") {
			return true
		}
		level, takesContext := strings.CutSuffix(sel.Sel.Name, "Context")
		at := 0
		if takesContext {
			at = 1
		}
		if !slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, level) || at >= len(call.Args) {
			return true
		}
		if _, constant := literal(call.Args[at]); !constant {
			r.node(s, call, "the message of a log line is a literal; put what varies into attributes")
		}
		return true
	})
}

// lastName answers the last word of what a method is called on: log of s.log, NewLogger of NewLogger(w).
func lastName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.CallExpr:
		return lastName(e.Fun)
	}
	return ""
}

// isCallOf tells whether call is pkg.name(…) of an imported package.
func isCallOf(s *source, call *ast.CallExpr, importPath, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name != "" && x.Name == localName(s, importPath)
}

// literal answers the value of a string literal.
func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// The patterns are put together from parts, or this file would be its own finding.
var (
	markerPattern = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	placePattern  = regexp.MustCompile(`(^|[^A-Za-z0-9._-])/(ro` + `ot|ho` + `me|Us` + `ers|wo` + `rk)/[A-Za-z0-9._-]`)
)

// checkMarkers: what is unfinished is in the issue tracker, not in the tree.
func checkMarkers(r *reporter, s *source) {
	checkLines(r, s, markerPattern, "a mark of unfinished work")
}

// checkPlaces: no file knows where on a machine it lies.
func checkPlaces(r *reporter, s *source) {
	checkLines(r, s, placePattern, "a path of somebody's machine")
}

// checkLines reports each line of a text file that the pattern finds.
func checkLines(r *reporter, s *source, pattern *regexp.Regexp, what string) {
	if !s.isText() || !pattern.Match(s.text) {
		return
	}
	lines := bufio.NewScanner(bytes.NewReader(s.text))
	lines.Buffer(nil, len(s.text)+1)
	for n := 1; lines.Scan(); n++ {
		if pattern.Match(lines.Bytes()) {
			r.at(s, n, "%s", what)
		}
	}
}

// generatedMay are files that a test writes and compares, and that grow with what they tell of: up to six times as long, with the reason.
var generatedMay = map[string]string{
	"docs/openapi.json": "the whole interface in one document, as its readers need it; reviewers see what changed in it",

	"services/gateway/miniapp/package-lock.json": "a thousand packages that build the mini-program, each pinned by hash; npm writes it",
}

// checkSize: what is larger is data, and does not belong here.
func checkSize(r *reporter, s *source) {
	if generatedMay[s.path] != "" && len(s.text) <= 6*fileBytesMax {
		return
	}
	if len(s.text) > fileBytesMax {
		r.at(s, 1, "%d bytes, at most %d", len(s.text), fileBytesMax)
	}
}

// checkPackageDoc: one file of each package tells its rules in plain words.
func checkPackageDoc(r *reporter, files []*source) {
	longest := 0
	for _, s := range files {
		longest = max(longest, len(s.file.Doc.Text()))
	}
	if longest < packageDocMin {
		r.at(files[0], 1, "package %s has no comment that tells its rules", files[0].file.Name.Name)
	}
}

// checkTopLevel: the root holds what the design names, and nothing else but dotfiles.
func checkTopLevel(r *reporter, tree []*source) {
	allowed := []string{"services", "pkg", "deploy", "proto", "docs", "docker-compose.yml", "go.work", "go.work.sum", "README.md", "LICENSE"}
	seen := map[string]bool{}
	for _, s := range tree {
		top, _, _ := strings.Cut(s.path, "/")
		if seen[top] || strings.HasPrefix(top, ".") || slices.Contains(allowed, top) {
			continue
		}
		seen[top] = true
		r.at(s, 1, "%s does not belong at the top", top)
	}
}

var (
	linkPattern  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fencePattern = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`")
)

// checkLinks: a link from README.md or docs to a file of the tree leads somewhere.
func checkLinks(r *reporter, tree []*source) {
	known := map[string]bool{}
	for _, s := range tree {
		for p := s.path; p != "."; p = path.Dir(p) {
			known[p] = true
		}
	}
	for _, s := range tree {
		if s.path != "README.md" && (!strings.HasPrefix(s.path, "docs/") || !strings.HasSuffix(s.path, ".md")) {
			continue
		}
		text := fencePattern.ReplaceAllFunc(s.text, func(code []byte) []byte {
			return bytes.Repeat([]byte("\n"), bytes.Count(code, []byte("\n")))
		})
		for i, line := range strings.Split(string(text), "\n") {
			for _, m := range linkPattern.FindAllStringSubmatch(line, -1) {
				target, _, _ := strings.Cut(m[1], "#")
				if target == "" || strings.Contains(target, ":") || known[path.Join(s.dir(), target)] || isOnDisk(path.Join(s.dir(), target)) {
					continue
				}
				r.at(s, i+1, "the link to %s leads nowhere", target)
			}
		}
	}
}

// isOnDisk is for link targets that the walk leaves out (testdata, dot folders).
func isOnDisk(p string) bool {
	_, err := os.Stat(filepath.Join("..", filepath.FromSlash(p)))
	return err == nil
}

// checkFaultCodes: a fault's code is a literal, so that one can search for it, and is made in one place.
func checkFaultCodes(r *reporter, tree []*source) {
	first := map[string]string{}
	for _, s := range tree {
		if !s.isGo() || s.isTest() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			isNew := ok && len(call.Args) == 4 && (isCallOf(s, call, modulePrefix+"pkg/fault", "New") || isOwnNew(s, call))
			if !isNew {
				return true
			}
			code, constant := literal(call.Args[1])
			switch {
			case !constant:
				r.node(s, call, "the code of a fault is a literal")
			case first[code] != "":
				r.node(s, call, "the code %s is already that of a fault in %s", code, first[code])
			default:
				first[code] = s.path
			}
			return true
		})
	}
}

// isOwnNew is New called inside pkg/fault itself.
func isOwnNew(s *source, call *ast.CallExpr) bool {
	name, ok := call.Fun.(*ast.Ident)
	return ok && name.Name == "New" && s.dir() == "pkg/fault"
}
