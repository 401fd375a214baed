package mutation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parsed finds the mutations of one function's body.
func parsed(t *testing.T, body string) (*file, []*mutant) {
	t.Helper()
	var mutants []*mutant
	f := &file{name: "a.go", path: "a.go", source: "package a\n\nfunc f() error {\n" + body + "\n}\n", mutants: &mutants}
	if err := f.find(); err != nil {
		t.Fatal(err)
	}
	known(mutants)
	return f, mutants
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body string
		want []string
		code string // what stands in the place of the body
	}{
		"a condition never holds": {
			"if bad { return err }",
			[]string{"a.go f: if «bad» { return err } never holds"},
			"if ((bad) && !mutant__(1)) { return err }",
		},
		"what does not lead away is none": {"if good { n = 1 }", nil, "if good { n = 1 }"},
		"each operand of an alternative": {
			"if a || b || c { return err }",
			[]string{
				"a.go f: if «a» || b || c { return err } never holds",
				"a.go f: if a || «b» || c { return err } never holds",
				"a.go f: if a || b || «c» { return err } never holds",
			},
			"if ((a) && !mutant__(1)) || ((b) && !mutant__(2)) || ((c) && !mutant__(3)) { return err }",
		},
		"what holds together, and each boundary": {
			"for { if a < b && c { continue } }",
			[]string{
				"a.go f: for { if «a < b && c» { continue } } never holds",
				"a.go f: for { if «a < b» && c { continue } } always holds",
				"a.go f: for { if a «<» b && c { continue } } is wrong where both sides are equal",
				"a.go f: for { if a < b && «c» { continue } } always holds",
			},
			"for { if ((((((a < b) || mutant__(3) && (a) == (b))) || mutant__(2)) && ((c) || mutant__(4))) && !mutant__(1)) { continue } }",
		},
		"cases of a switch": {
			"switch {\ncase a >= b, c:\n\treturn err\n}",
			[]string{
				"a.go f: case «a >= b», c: never holds",
				"a.go f: case a «>=» b, c: is wrong where both sides are equal",
				"a.go f: case a >= b, «c»: never holds",
			},
			"switch {\ncase ((((a >= b) && !(mutant__(2) && (a) == (b)))) && !mutant__(1)), ((c) && !mutant__(3)):\n\treturn err\n}",
		},
		"cases of a value": {
			"switch f(x) {\ncase 1:\n\treturn err\ncase 2:\n}",
			[]string{"a.go f: case «1»: never holds", "a.go f: case «2»: never holds"},
			"switch tag__35 := f(x); {\ncase (tag__35 == (1) && !mutant__(1)):\n\treturn err\ncase (tag__35 == (2) && !mutant__(2)):\n}",
		},
		"what is returned, either way, and equal lines": {
			"if a { return b == c }\nreturn b == c",
			[]string{
				"a.go f: if «a» { return b == c } never holds",
				"a.go f: if a { return «b == c» } never holds",
				"a.go f: if a { return «b == c» } always holds",
				"a.go f: return «b == c» never holds",
				"a.go f: return «b == c» always holds",
			},
			"if ((a) && !mutant__(1)) { return ((((b == c) || mutant__(3))) && !mutant__(2)) }\n" +
				"return ((((b == c) || mutant__(5))) && !mutant__(4))",
		},
		"what is handed on": {
			"is(a && !b)",
			[]string{"a.go f: is(«a» && !b) always holds", "a.go f: is(a && «!b») always holds"},
			"is(((a) || mutant__(1)) && ((!b) || mutant__(2)))",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, mutants := parsed(t, tt.body)
			var keys []string
			for _, m := range mutants {
				keys = append(keys, m.key)
			}
			if diff := cmp.Diff(tt.want, keys); diff != "" {
				t.Error(diff)
			}
			code := strings.TrimSuffix(strings.TrimPrefix(f.rewritten(), "package a\n\nfunc f() error {\n"), "\n}\n")
			if diff := cmp.Diff(tt.code, code); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestExcuses: an excuse stands for exactly one place, and has a reason.
func TestExcuses(t *testing.T) {
	t.Parallel()
	const body = "if a < b { return err }\nif a < b { return other }\nreturn nil"
	for name, tt := range map[string]struct {
		excuse Excuse
		wrong  int
	}{
		"right":              {Excuse{"a.go", "if «a < b» { return err }", "because"}, 0},
		"its boundary":       {Excuse{"a.go", "a «<» b { return err }", "because"}, 0},
		"in two places":      {Excuse{"a.go", "if «a < b» { return", "because"}, 1},
		"in none":            {Excuse{"a.go", "if «a > b» { return err }", "because"}, 1},
		"of another file":    {Excuse{"b.go", "if «a < b» { return err }", "because"}, 1},
		"nothing is marked":  {Excuse{"a.go", "if a < b { return err }", "because"}, 1},
		"what is no check":   {Excuse{"a.go", "if a < b { «return err» }", "because"}, 1},
		"without any reason": {Excuse{"a.go", "if «a < b» { return err }", ""}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, mutants := parsed(t, body)
			if wrong := excuse(mutants, []Excuse{tt.excuse}); len(wrong) != tt.wrong {
				t.Error(wrong)
			}
		})
	}
}

// TestOpen: the list of what no test notices yet names what there is, once.
func TestOpen(t *testing.T) {
	t.Parallel()
	const one, two = "a.go f: if «a» { return err } never holds\n", "a.go f: if «a» { return err } never holds #2\n"
	for list, right := range map[string]bool{
		"": true, one: true, one + two: true, one + one: false, "a.go f: if «b» { return err } never holds\n": false, one + "\n": false,
	} {
		_, mutants := parsed(t, "if a { return err }\nif a { return err }")
		if err := markOpen(mutants, list); (err == nil) != right {
			t.Errorf("%q: %v", list, err)
		}
	}
	_, mutants := parsed(t, "if a { return err }")
	if wrong := excuse(mutants, []Excuse{{"a.go", "if «a» {", "because"}}); wrong != nil || markOpen(mutants, one) == nil {
		t.Error("one that is excused is taken as open", wrong)
	}
}
