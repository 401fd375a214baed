package alerts

import (
	"time"

	"github.com/VictoriaMetrics/metricsql"
)

// operators give the value of two, and whether the element stays: a comparison keeps the left value where it holds.
var operators = map[string]func(a, b float64) (float64, bool){
	"+": func(a, b float64) (float64, bool) { return a + b, true }, "-": func(a, b float64) (float64, bool) { return a - b, true },
	"*": func(a, b float64) (float64, bool) { return a * b, true }, "/": func(a, b float64) (float64, bool) { return a / b, true },
	"==": func(a, b float64) (float64, bool) { return a, a == b }, "!=": func(a, b float64) (float64, bool) { return a, a != b },
	">": func(a, b float64) (float64, bool) { return a, a > b }, "<": func(a, b float64) (float64, bool) { return a, a < b },
	">=": func(a, b float64) (float64, bool) { return a, a >= b }, "<=": func(a, b float64) (float64, bool) { return a, a <= b },
}

// sets tell of each operation on sets whether an element of the left stays when the right has one that matches, and when it has none.
var sets = map[string][2]bool{"and": {true, false}, "unless": {false, true}, "or": {true, true}}

// scalar evaluates what gives one number.
func (e *evaluation) scalar(expr metricsql.Expr) (float64, bool) {
	switch x := expr.(type) {
	case *metricsql.NumberExpr:
		return x.N, true
	case *metricsql.FuncExpr:
		if x.Name == "time" {
			return float64(e.at.UnixNano()) / float64(time.Second), true
		}
	case *metricsql.BinaryOpExpr:
		a, ok := e.scalar(x.Left)
		b, both := e.scalar(x.Right)
		if ok && both && operators[x.Op] != nil {
			return operators[x.Op](a, b)
		}
	}
	return 0, false
}

func (e *evaluation) binary(x *metricsql.BinaryOpExpr) []element {
	if left, ok := e.scalar(x.Left); ok {
		return apply(x.Op, e.vector(x.Right), func(v float64) (float64, float64) { return left, v })
	}
	if right, ok := e.scalar(x.Right); ok {
		return apply(x.Op, e.vector(x.Left), func(v float64) (float64, float64) { return v, right })
	}
	left, right := e.vector(x.Left), e.vector(x.Right)
	match := func(labels map[string]string) string {
		if x.GroupModifier.Op == "on" {
			labels = only(labels, x.GroupModifier.Args)
		}
		return keyOf(labels)
	}
	if stays, ok := sets[x.Op]; ok {
		return joined(x.Op, left, right, stays, match)
	}
	many, one, turned := left, right, false
	if x.JoinModifier.Op == "group_right" {
		many, one, turned = right, left, true
	}
	by := map[string]float64{}
	for _, el := range one {
		by[match(el.labels)] = el.value
	}
	var out []element
	for _, el := range many {
		other, ok := by[match(el.labels)]
		if !ok {
			continue
		}
		a, b := el.value, other
		if turned {
			a, b = b, a
		}
		value, stays := operators[x.Op](a, b)
		if !stays {
			continue
		}
		labels := el.labels
		if x.GroupModifier.Op == "on" && x.JoinModifier.Op == "" {
			labels = only(labels, x.GroupModifier.Args)
		}
		out = append(out, element{labels, value})
	}
	return out
}

// apply is an operation of a vector and a number. A comparison keeps the vector's value, on whichever side it stands.
func apply(op string, vector []element, sides func(float64) (a, b float64)) (out []element) {
	for _, el := range vector {
		a, b := sides(el.value)
		value, stays := operators[op](a, b)
		if !stays {
			continue
		}
		switch op {
		case "==", "!=", ">", "<", ">=", "<=":
			value = el.value
		}
		out = append(out, element{el.labels, value})
	}
	return out
}

// joined is an operation on sets.
func joined(op string, left, right []element, stays [2]bool, match func(map[string]string) string) (out []element) {
	there := map[string]bool{}
	for _, el := range right {
		there[match(el.labels)] = true
	}
	here := map[string]bool{}
	for _, el := range left {
		here[match(el.labels)] = true
		if keep := stays[1]; there[match(el.labels)] && stays[0] || !there[match(el.labels)] && keep {
			out = append(out, el)
		}
	}
	if op == "or" {
		for _, el := range right {
			if !here[match(el.labels)] {
				out = append(out, el)
			}
		}
	}
	return out
}
