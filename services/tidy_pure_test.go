package services_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// purity checks the cores with types: what no import list can show, such as a float that nobody spelled out, or a loop over a
// map. Its one escape is a comment that begins with "any order:" above a loop whose result does not depend on the order, and says why.
type purity struct {
	fset *token.FileSet
	imp  types.Importer
}

// anyOrder begins the comment that allows a loop over a map.
const anyOrder = "any order:"

// impureCalls are functions of allowed packages that are no functions of their input, or lead to floats.
var impureCalls = map[string][]string{
	"time": {"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep", "Local", "LoadLocation"},
	"fmt":  {"Print*", "Scan", "Scanf", "Scanln"},
}

// newPurity asks the go command for the export data of what the cores import, and of what the self-test's cores import.
func newPurity(t *testing.T, packages [][]*source) *purity {
	t.Helper()
	args := []string{"list", "-e", "-export", "-deps", "-json=ImportPath,Export"}
	args = append(args, "fmt", "maps", "math", "math/big", "slices", "strconv", "time")
	for _, files := range packages {
		if isCore(files[0].dir()) {
			args = append(args, modulePrefix+files[0].dir())
		}
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	exports := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct{ ImportPath, Export string }
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		exports[p.ImportPath] = p.Export
	}
	fset := token.NewFileSet()
	if len(packages) > 0 {
		fset = packages[0][0].fset
	}
	open := func(importPath string) (io.ReadCloser, error) {
		if exports[importPath] == "" {
			return nil, fmt.Errorf("find export data of %s: not built", importPath)
		}
		return os.Open(exports[importPath])
	}
	return &purity{fset: fset, imp: importer.ForCompiler(fset, "gc", open)}
}

// check answers the findings in one core package.
func (p *purity) check(files []*source) []finding {
	r := &reporter{rule: "pure"}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	var syntax []*ast.File
	for _, s := range files {
		syntax = append(syntax, s.file)
	}
	conf := types.Config{Importer: p.imp}
	if _, err := conf.Check(files[0].dir(), p.fset, syntax, info); err != nil {
		r.at(files[0], 1, "does not compile, so that nothing can be said about it: %v", err)
		return r.findings
	}
	for _, s := range files {
		c := &coreFile{r: r, s: s, info: info, sorted: map[ast.Expr]bool{}, excused: excusedLines(s)}
		ast.Inspect(s.file, c.visit)
	}
	return r.findings
}

// excusedLines answers the lines that an "any order:" comment stands on or just above.
func excusedLines(s *source) map[int]bool {
	lines := map[int]bool{}
	for _, group := range s.file.Comments {
		for _, comment := range group.List {
			text := strings.TrimSpace(strings.TrimPrefix(comment.Text, "//"))
			if why, ok := strings.CutPrefix(text, anyOrder); ok && len(strings.TrimSpace(why)) >= 10 {
				lines[s.fset.Position(group.End()).Line] = true
				lines[s.fset.Position(group.End()).Line+1] = true
			}
		}
	}
	return lines
}

// coreFile walks one file of a core.
type coreFile struct {
	r       *reporter
	s       *source
	info    *types.Info
	sorted  map[ast.Expr]bool // iterators over a map whose values are sorted at once
	excused map[int]bool
}

// visit is given to ast.Inspect.
func (c *coreFile) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		c.r.node(c.s, n, "a core starts no goroutines")
	case *ast.SelectStmt, *ast.ChanType, *ast.SendStmt:
		c.r.node(c.s, n, "a core has no channels")
	case *ast.RangeStmt:
		if t := c.info.TypeOf(n.X); t != nil && isMap(t) && !c.excused[c.s.fset.Position(n.Pos()).Line] {
			c.r.node(c.s, n, "a loop over a map: sort the keys, or say above it %q and why", "// "+anyOrder)
		}
	case *ast.CallExpr:
		c.visitCall(n)
	case *ast.Ident:
		c.visitIdent(n)
	case *ast.BasicLit:
		if n.Kind == token.FLOAT || n.Kind == token.IMAG {
			c.r.node(c.s, n, "a float in a core: use integers, or math/big")
		}
	}
	return true
}

// visitCall finds iterators over maps that nobody sorts, and calls that answer a float.
func (c *coreFile) visitCall(call *ast.CallExpr) {
	switch callee := c.callee(call); callee {
	case "slices.Sorted", "slices.SortedFunc", "slices.SortedStableFunc":
		if len(call.Args) > 0 {
			c.sorted[ast.Unparen(call.Args[0])] = true
		}
	case "maps.Keys", "maps.Values", "maps.All":
		if !c.sorted[call] && !c.excused[c.s.fset.Position(call.Pos()).Line] {
			c.r.node(c.s, call, "%s in the map's order: give it to slices.Sorted at once", callee)
		}
	}
	if t := c.info.TypeOf(call); t != nil && holdsFloat(t) {
		c.r.node(c.s, call, "a call that answers a float in a core")
	}
}

// callee answers "package.Function" for a call of another package's function, or "".
func (c *coreFile) callee(call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	fn, ok := c.info.Uses[sel.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Signature().Recv() != nil {
		return ""
	}
	return fn.Pkg().Path() + "." + fn.Name()
}

// visitIdent finds banned functions under whatever name they were imported, and names of float type, spelled out or not.
func (c *coreFile) visitIdent(id *ast.Ident) {
	obj := c.info.Uses[id]
	if obj == nil {
		obj = c.info.Defs[id]
	}
	switch obj := obj.(type) {
	case *types.TypeName:
		if b, ok := obj.Type().(*types.Basic); ok && isFloat(b) {
			c.r.node(c.s, id, "%s in a core: use integers, or math/big", id.Name)
		}
	case *types.Var, *types.Const:
		if b, ok := obj.Type().Underlying().(*types.Basic); ok && isFloat(b) {
			c.r.node(c.s, id, "%s is a float, in a core: use integers, or math/big", id.Name)
		}
	}
	if obj == nil || obj.Pkg() == nil {
		return
	}
	names := impureCalls[obj.Pkg().Path()]
	if obj.Parent() == obj.Pkg().Scope() && slices.ContainsFunc(names, func(p string) bool { return matches(p, obj.Name()) }) {
		c.r.node(c.s, id, "%s.%s: what it answers must arrive in the command", obj.Pkg().Path(), obj.Name())
	}
	if strings.HasPrefix(obj.Name(), "Float") || strings.HasSuffix(obj.Name(), "Float") || strings.HasSuffix(obj.Name(), "Float64") {
		if p := obj.Pkg().Path(); p == "math/big" || p == "strconv" {
			c.r.node(c.s, id, "%s.%s leads to floats", p, obj.Name())
		}
	}
}

// isMap tells whether a loop over the type goes in the map's order.
func isMap(t types.Type) bool {
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// holdsFloat tells whether the type, or one of several results, is a float.
func holdsFloat(t types.Type) bool {
	if tuple, ok := t.(*types.Tuple); ok {
		for v := range tuple.Variables() {
			if holdsFloat(v.Type()) {
				return true
			}
		}
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && isFloat(b)
}

// isFloat is true for floats and complex numbers, untyped constants among them.
func isFloat(b *types.Basic) bool { return b.Info()&(types.IsFloat|types.IsComplex) != 0 }
