package mutation

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// file is one source file with the mutations that were found in it.
type file struct {
	path, name string
	source     string
	base       token.Pos
	fun        string // that is being looked at
	edits      []edit
	mutants    *[]*mutant // of the whole package
}

// mutant is one check made wrong: the text that is meant, by its place in the file, and how it is made wrong.
type mutant struct {
	id         int
	file       *file
	fun        string // in which it stands
	start, end int
	how        string
	key        string // by which it is known; several at equal lines of a function are counted
	excuse     *Excuse
	open       bool // it is known that no test notices it yet
}

// How a check is made wrong.
const (
	howNever    = "never holds"
	howAlways   = "always holds"
	howBoundary = "is wrong where both sides are equal"
)

// edit puts texts before and after a span of the file, or something else in its place.
type edit struct {
	start, end    int
	before, after string
	instead       bool // then before is what stands there
}

// find finds the checks of the package in a folder: every condition that leads away from where it stands, each operand of it, each case of
// such a switch, every truth that is returned or handed on, and of every comparison in these the boundary.
func find(dir string) ([]*file, []*mutant, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	var files []*file
	var mutants []*mutant
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, err
		}
		path, err := filepath.Abs(name)
		if err != nil {
			return nil, nil, err
		}
		f := &file{path: path, name: filepath.Base(name), source: string(source), mutants: &mutants}
		if err := f.find(); err != nil {
			return nil, nil, err
		}
		files = append(files, f)
	}
	known(mutants)
	return files, mutants, nil
}

// known gives mutations the names by which they are known, which do not change with what stands elsewhere.
func known(mutants []*mutant) {
	count := map[string]int{}
	for _, m := range mutants {
		m.key = m.file.name + " " + m.fun + ": " + m.line() + " " + m.how
		if count[m.key]++; count[m.key] > 1 {
			m.key += " #" + strconv.Itoa(count[m.key])
		}
	}
}

func (f *file) find() error {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, f.path, f.source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f.base = token.Pos(fset.File(parsed.FileStart).Base())
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			f.fun = n.Name.Name
		case *ast.IfStmt:
			if leaves(n.Body.List) || leavesElse(n.Else) {
				f.condition(n.Cond)
			}
		case *ast.SwitchStmt:
			f.cases(n)
		case *ast.ReturnStmt:
			for _, result := range n.Results {
				f.value(result, howNever, howAlways)
			}
		case *ast.CallExpr:
			for _, arg := range n.Args {
				f.value(arg, howAlways)
			}
		}
		return true
	})
	return nil
}

// leaves tells whether statements end by going elsewhere.
func leaves(list []ast.Stmt) bool {
	if len(list) == 0 {
		return false
	}
	switch last := list[len(list)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		fun, ok := call.Fun.(*ast.Ident)
		return ok && fun.Name == "panic"
	}
	return false
}

func leavesElse(s ast.Stmt) bool {
	block, ok := s.(*ast.BlockStmt)
	return ok && leaves(block.List)
}

// condition makes a condition hold never, and what it consists of wrong. An alternative as a whole is left to its operands.
func (f *file) condition(e ast.Expr) {
	if op, ok := bare(e).(*ast.BinaryExpr); !ok || op.Op != token.LOR {
		f.hold(e, howNever)
	}
	f.inside(e)
}

// value makes a truth that is returned or handed on wrong, in the ways that are asked for if it is a single one.
func (f *file) value(e ast.Expr, hows ...string) {
	switch x := bare(e).(type) {
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND, token.LOR:
			f.inside(e)
		case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
			for _, how := range hows {
				f.hold(e, how)
			}
			f.boundary(x)
		}
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			for _, how := range hows {
				f.hold(e, how)
			}
			f.inside(x.X)
		}
	}
}

// inside makes the operands of a condition wrong, each so that the others alone decide, and the boundaries of its comparisons.
func (f *file) inside(e ast.Expr) {
	switch x := bare(e).(type) {
	case *ast.BinaryExpr:
		how, connective := howAlways, x.Op == token.LAND
		if x.Op == token.LOR {
			how, connective = howNever, true
		}
		if !connective {
			f.boundary(x)
			return
		}
		for _, operand := range []ast.Expr{x.X, x.Y} {
			if same, ok := operand.(*ast.BinaryExpr); !ok || same.Op != x.Op {
				f.hold(operand, how)
			}
			f.inside(operand)
		}
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			f.inside(x.X)
		}
	}
}

// cases makes the cases of a switch wrong if one of them leads away: those that do nothing are ways around these.
func (f *file) cases(s *ast.SwitchStmt) {
	any, values := false, 0
	for _, clause := range s.Body.List {
		c := clause.(*ast.CaseClause)
		any, values = any || leaves(c.Body), values+len(c.List)
	}
	tag := ""
	if s.Tag != nil {
		tag = f.text(s.Tag)
	}
	_, name := s.Tag.(*ast.Ident)
	if !any || values == 0 || tag != "" && s.Init != nil && !name {
		return
	}
	if tag != "" { // a case that can be switched off must be a condition
		instead := ""
		if s.Init == nil {
			tagged := "tag__" + strconv.Itoa(f.at(s.Tag.Pos()))
			instead, tag = tagged+" := "+tag+";", tagged
		}
		f.edits = append(f.edits, edit{start: f.at(s.Tag.Pos()), end: f.at(s.Tag.End()), before: instead, instead: true})
	}
	for _, clause := range s.Body.List {
		for _, e := range clause.(*ast.CaseClause).List {
			if s.Tag == nil {
				f.hold(e, howNever)
				f.inside(e)
				continue
			}
			m := f.mutant(e.Pos(), e.End(), howNever)
			f.wrap(e, "("+tag+" == (", ") && !mutant__("+strconv.Itoa(m.id)+"))")
		}
	}
}

// hold makes a truth hold always or never. Which mutation is meant is asked last, so that it is asked only where it makes a difference.
func (f *file) hold(e ast.Expr, how string) {
	m := f.mutant(e.Pos(), e.End(), how)
	if how == howAlways {
		f.wrap(e, "((", ") || mutant__("+strconv.Itoa(m.id)+"))")
	} else {
		f.wrap(e, "((", ") && !mutant__("+strconv.Itoa(m.id)+"))")
	}
}

// boundary lets what is less be less or equal, and the other way round.
func (f *file) boundary(x *ast.BinaryExpr) {
	if !slices.Contains([]token.Token{token.LSS, token.LEQ, token.GTR, token.GEQ}, x.Op) {
		return
	}
	m := f.mutant(x.OpPos, x.OpPos+token.Pos(len(x.Op.String())), howBoundary)
	equal := "mutant__(" + strconv.Itoa(m.id) + ") && (" + f.text(x.X) + ") == (" + f.text(x.Y) + ")"
	if x.Op == token.LSS || x.Op == token.GTR {
		f.wrap(x, "((", ") || "+equal+")")
	} else {
		f.wrap(x, "((", ") && !("+equal+"))")
	}
}

// bare takes the brackets off.
func bare(e ast.Expr) ast.Expr {
	for {
		p, ok := e.(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

func (f *file) at(p token.Pos) int { return int(p - f.base) }

func (f *file) text(n ast.Node) string { return f.source[f.at(n.Pos()):f.at(n.End())] }

func (f *file) mutant(start, end token.Pos, how string) *mutant {
	m := &mutant{id: len(*f.mutants) + 1, file: f, fun: f.fun, start: f.at(start), end: f.at(end), how: how}
	*f.mutants = append(*f.mutants, m)
	return m
}

func (f *file) wrap(n ast.Node, before, after string) {
	f.edits = append(f.edits, edit{start: f.at(n.Pos()), end: f.at(n.End()), before: before, after: after})
}
