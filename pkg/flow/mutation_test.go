package flow_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// proofMutations are those of what makes a proof one.
var proofMutations = []mutation.Mutation{
	{"proof.go", "func Check(n *Network, p *Proof) error {\n	if err := n.Check(); err != nil {",
		"func Check(n *Network, p *Proof) error {\n	if err := n.Check(); false {"},
	{"proof.go", "len(p.Flow) != len(n.Arcs) || ", "len(p.Flow) < len(n.Arcs) || "},
	{"proof.go", " || len(p.Potential) != len(n.Supply) {", " || len(p.Potential) < len(n.Supply) {"},
	{"proof.go", "!within(price, SumMax)", "!within(price, 2*SumMax)"},
	{"proof.go", "f < a.Lower || f > a.Upper", "f > a.Upper"},
	{"proof.go", "f < a.Lower || f > a.Upper", "f < a.Lower"},
	{"proof.go", "reduced > 0 && f != a.Lower || ", ""},
	{"proof.go", " || reduced < 0 && f != a.Upper {", " {"},
	{"proof.go", "a.Cost + p.Potential[a.From] - p.Potential[a.To]\n		if", "a.Cost - p.Potential[a.From] + p.Potential[a.To]\n		if"},
	{"proof.go", "		if b != 0 {", "		if b != 0 && false {"},
	{"proof.go", "int64(cost.low) != p.Objective", "int64(cost.low) > p.Objective"},
	{"proof.go", "v < 0 || int(v) >= len(inside)", "int(v) >= len(inside)"},
	{"proof.go", "int(v) >= len(inside) || inside[v]", "inside[v]"},
	{"proof.go", " || inside[v] {", " {"},
	{"proof.go", "must -= a.Upper", "must -= a.Lower"},
	{"proof.go", "must += a.Lower", "must += a.Upper"},
	{"proof.go", "must <= 0 || ", "must < 0 || "},
	{"proof.go", " || must != e.Excess", ""},
}

// networkMutations are those of what keeps sums exact.
var networkMutations = []mutation.Mutation{
	{"flow.go", "		if !within(b, AmountMax) {", "		if false {"},
	{"flow.go", "!amounts.fits() || ", ""},
	{"flow.go", "!costs.fits() || ", ""},
	{"flow.go", " || !path.fits() {", " {"},
	{"flow.go", "balance.low != 0 || balance.high != 0", "balance.high != 0"},
	{"flow.go", "a.From < 0 || ", ""},
	{"flow.go", "int(a.From) >= nodes || ", ""},
	{"flow.go", "a.To < 0 || ", ""},
	{"flow.go", "int(a.To) >= nodes || ", ""},
	{"flow.go", " || a.Lower > a.Upper:", ":"},
	{"flow.go", "!within(a.Lower, AmountMax) || ", ""},
	{"flow.go", "!within(a.Upper, AmountMax) || ", ""},
	{"flow.go", " || !within(a.Cost, CostMax):", ":"},
	{"flow.go", "most := max(magnitude(a.Lower), magnitude(a.Upper))", "most := magnitude(a.Upper)"},
	{"flow.go", "uint64(a>>63)&uint64(b)", "uint64(a>>63)&uint64(a)"},
}

// canonMutations are those of what makes the flow that the seed picks the only one.
var canonMutations = []mutation.Mutation{
	{"canonical.go", "	if err := Check(n, &c.Proof); err != nil {", "	if err := Check(n, &c.Proof); false {"},
	{"canonical.go", "	if err := Check(&f.n, second); err != nil {", "	if err := Check(&f.n, second); false {"},
	{"canonical.go", "	if !f.alone(second) {\n		return", "	if false {\n		return"},
	{"canonical.go", "c.Round < 0 || ", ""},
	{"canonical.go", "		if earlier.alone(least) {", "		if false && earlier.alone(least) {"},
	{"canonical.go", "p.Reduced(n, id) != 0 || ", ""},
	{"canonical.go", "	h.Write(seed)\n", ""},
	{"canonical.go", "	h.Write([]byte(name))\n", ""},
	{"canonical.go", "	head[8] = byte(round)\n", ""},
	{"canonical.go", "case !parts.join(from, to):", "case !parts.join(from, to) && false:"},
	{"canonical.go", "return len(queue) == nodes", "return true"},
}

// warmMutations are those of what a flow that is not finished says of itself.
var warmMutations = []mutation.Mutation{
	{"settle.go", "	done.Provisional = true\n", ""},
	{"settle.go", "			done.Left = w.leftOver()\n", ""},
	{"settle.go", "total += max(w.excess[v], 0)", "total += w.excess[v]"},
	{"settle.go", "limit-w.search.looked", "limit"},
	{"settle.go", "	if limit <= 0 {\n		w.makeRoom()", "	if false {\n		w.makeRoom()"},
	{"adjacency.go", "len(g.halves)+int(size) <= cap(g.halves) || ", ""},
	{"adjacency.go", "make([]T, length, spare(length))", "make([]T, length)"},
	{"warm.go", "len(w.fresh) > 0 || w.unbalanced()", "len(w.fresh) > 0"},
}

// TestMutations makes each check of proofs wrong once.
func TestMutations(t *testing.T) {
	rapid := []string{"-rapid.nofailfile"}
	mutation.Run(t, map[string][]mutation.Package{".": {{
		Dir: ".", Flags: rapid,
		Stages: []string{"^Test(CheckRefuses|CutRefuses|Solve|CanonicalIsPicked|Scarce|CheckBelievesNobody)$", "^Test[^MEL]|^Fuzz"},
	}}}, proofMutations, networkMutations, canonMutations, warmMutations)
}
