package secretballot_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// boundMutations are those of what a proof is bound to.
var boundMutations = []mutation.Mutation{
	{"secretballot.go", "	t.Append(\"election\", e.id[:])\n	t.Append(\"key\", e.keyBytes)\n", "	t.Append(\"key\", e.keyBytes)\n"},
	{"secretballot.go", "	t.Append(\"key\", e.keyBytes)\n", ""},
	{"secretballot.go", "	t.Append(\"shape\", e.shapeDigest)\n", ""},
	{"secretballot.go", "	t.Append(\"pseudonym\", v.Pseudonym[:])\n	t.AppendInt(\"sequence\", v.Sequence)\n	t.Append(\"ciphertexts\"",
		"	t.AppendInt(\"sequence\", v.Sequence)\n	t.Append(\"ciphertexts\""},
	{"secretballot.go", "	t.AppendInt(\"sequence\", v.Sequence)\n	t.Append(\"ciphertexts\"", "	t.Append(\"ciphertexts\""},
	{"secretballot.go", "	t.Append(\"ciphertexts\", ciphertexts)\n", ""},
	{"secretballot.go", "	t.Append(\"commitments\", commitments)\n", ""},
	{"secretballot.go", "	t.AppendInt(\"proof\", uint64(proof))\n", ""},
	{"secretballot.go", "		return nil, ErrKey.Because(err)\n", "		y = group.Base()\n"},
	{"secretballot.go", "	t.Append(\"election\", e.id[:])\n	t.Append(\"pseudonym\"", "	t.Append(\"pseudonym\""},
	{"secretballot.go", "	t.Append(\"pseudonym\", v.Pseudonym[:])\n	t.AppendInt(\"sequence\", v.Sequence)\n	t.Append(\"ballot\"",
		"	t.AppendInt(\"sequence\", v.Sequence)\n	t.Append(\"ballot\""},
	{"secretballot.go", "	t.AppendInt(\"sequence\", v.Sequence)\n	t.Append(\"ballot\"", "	t.Append(\"ballot\""},
	{"secretballot.go", "	t.Append(\"ballot\", ballot)\n", ""},
	{"shape.go", `	t.AppendInt("selections", uint64(len(s.Selections)))` + "\n", ""},
	{"shape.go", `		t.AppendInt("max", uint64(most))` + "\n", "		_ = most\n"},
	{"shape.go", `	t.AppendInt("sums", uint64(len(s.Sums)))` + "\n", ""},
	{"shape.go", "		appendTerms(t, sum.Terms)\n", ""},
	{"shape.go", `		t.AppendInt("lo", uint64(sum.Lo))` + "\n", ""},
	{"shape.go", `		t.AppendInt("hi", uint64(sum.Hi))` + "\n", ""},
	{"shape.go", `	t.AppendInt("totals", uint64(len(s.Totals)))` + "\n", ""},
	{"shape.go", "		appendTerms(t, total)\n", "		_ = total\n"},
	{"shape.go", `		t.AppendInt("coefficient", uint64(term.Coefficient))` + "\n", ""},
	{"shape.go", `		t.AppendInt("selection", uint64(term.Selection))` + "\n", ""},
	{"internal/group/transcript.go", "	t.h.Write(n[:])\n	t.h.Write([]byte(s))\n", "	t.h.Write([]byte(s))\n"},
	{"internal/group/transcript.go", "	t.h.Write(n[:])\n	t.h.Write(data)\n", "	t.h.Write(data)\n"},
	{"internal/group/transcript.go", "	t.h.Sum(digest[:0])\n	t.blob(digest[:])\n", "	t.h.Sum(digest[:0])\n"},
}

// shapeMutations are those of the limits of shapes and choices.
var shapeMutations = []mutation.Mutation{
	{"shape.go", "case len(s.Selections) > SelectionsMax:", "case false:"},
	{"shape.go", "case len(s.Sums) > SumsMax:", "case false:"},
	{"shape.go", "case len(s.Totals) > TotalsMax:", "case false:"},
	{"shape.go", "case len(s.Totals) == 0:", "case len(s.Totals) < 0:"},
	{"shape.go", "		if most < 1 {\n", "		if most < 0 {\n"},
	{"shape.go", "		if most >= BranchesMax {\n", "		if most >= 1<<40 {\n"},
	{"shape.go", "p.ciphertexts > SelectionsMax || p.ballotBytes > BallotBytesMax", "p.ciphertexts > SelectionsMax"},
	{"shape.go", "sum.Lo < 0 || ", ""},
	{"shape.go", "sum.Lo > sum.Hi || ", ""},
	{"shape.go", " || sum.Hi > s.most(sum.Terms) {", " {"},
	{"shape.go", "	if len(terms) == 0 {\n", "	if len(terms) < 0 {\n"},
	{"shape.go", "t.Selection <= last || ", "t.Selection < max(last, 0) || "},
	{"shape.go", " || t.Selection >= len(s.Selections)", ""},
	{"shape.go", "t.Coefficient < 1 || ", "t.Coefficient < 0 || "},
	{"shape.go", " || t.Coefficient > coefficientMax {", " {"},
	{"shape.go", "	if len(choice) != len(p.shape.Selections) {\n", "	if len(choice) < len(p.shape.Selections) {\n"},
	{"shape.go", "v < 0 || v > p.shape.Selections[i]", "v > p.shape.Selections[i]"},
	{"shape.go", "v < 0 || v > p.shape.Selections[i]", "v < 0"},
	{"shape.go", "n < sum.Lo || n > sum.Hi {", "n > sum.Hi {"},
	{"shape.go", "n < sum.Lo || n > sum.Hi {", "n < sum.Lo {"},
	{"shape.go", "p := &plan{shape: s.clone(), ", "p := &plan{shape: *s, "},
}

// ballotMutations are those of the checks of a ballot, cheap ones and proofs.
var ballotMutations = []mutation.Mutation{
	{"wire.go", "	if len(raw) != e.plan.ballotBytes {\n", "	if len(raw) < e.plan.ballotBytes {\n"},
	{"wire.go", "	if raw[0] != version {\n", "	if raw[0] == 0 {\n"},
	{"wire.go", "	if r.err != nil {\n		return nil, r.err\n", "	if false {\n		return nil, r.err\n"},
	{"marks.go", "		if seen[m] {\n", "		if seen[m] && m == (Mark{}) {\n"},
	{"marks.go", "at += 2 * group.ElementBytes {", "at += 4 * group.ElementBytes {"},
	{"marks.go", "			return ErrCopied\n", "			_ = ErrCopied\n"},
	{"marks.go", "		s.marks[m] = true\n", "		s.marks[m] = false\n"},
	{"wire.go", "	e, err := group.DecodeElement(", "	e, err := group.DecodeAny("},
	{"verify.go", "		return nil, ErrRepeated\n", "		_ = ErrRepeated\n"},
	{"verify.go", "	if r.err != nil {\n		return nil, r.err\n", "	if r.err != nil && r.rest != nil && false {\n		return nil, r.err\n"},
	{"verify.go", "	if !e.holds([]*stated{s}) {\n", "	if !e.holds(nil) {\n"},
	{"verify.go", "	m.term(first, n.commitments[2*j])", "	m.term(group.NewScalar(), n.commitments[2*j])"},
	{"verify.go", "	m.term(second, n.commitments[2*j+1])", "	m.term(group.NewScalar(), n.commitments[2*j+1])"},
	{"verify.go", "		first, second := draw.next(), draw.next()\n", "		first, second := group.ScalarOf(1), draw.next()\n"},
	{"verify.go", "		first, second := draw.next(), draw.next()\n", "		first, second := draw.next(), group.ScalarOf(1)\n"},
	{"verify.go", "			last.Subtract(last, c)\n", ""},
	{"verify.go", "group.ScalarOf(uint64(p.lo+int64(j)))", "group.ScalarOf(uint64(j))"},
	{"verify.go", "case len(all) == 0 || !oneIsBad && e.holds(all):", "case len(all) == 0 || e.holds(all[:1]):"},
	{"verify.go", "			ballots[i] = nil\n", "			_ = ballots[i]\n"},
	{"verify.go", "		if !m.isZero(e.key) {\n", "		if i == 0 && !m.isZero(e.key) {\n"},
	{"verify.go", "	t.Append(\"scalars\", b.scalars())\n", ""},
	{"batch.go", "	for _, s := range all {\n		t.Append(\"ballot\", s.digest)\n	}\n", ""},
	{"batch.go", "		c.count++\n", ""},
	{"batch.go", "	c.left = c.left[coefficientBytes:]\n", ""},
	{"internal/group/group.go", "	if IsIdentity(e) {\n		return nil, ErrIdentity\n", "	if false {\n		return nil, ErrIdentity\n"},
	{"internal/group/dleq.go", "		if got.Equal(p.Commitments[i]) != 1 {\n", "		if i == 0 && got.Equal(p.Commitments[i]) != 1 {\n"},
	{"internal/group/dleq.go", "	t.AppendElements(\"base\", bases...)\n", ""},
	{"internal/group/dleq.go", "	t.AppendElements(\"image\", images...)\n", ""},
	{"internal/group/dleq.go", "	t.AppendElements(\"commitment\", p.Commitments...)\n", ""},
	{"internal/group/dleq.go", "len(p.Commitments) != len(bases) || ", ""},
	{"internal/group/dleq.go", "	if len(b) != DLEQBytes(pairs) {\n", "	if len(b) < DLEQBytes(pairs) {\n"},
}

// countMutations are those of openings, weights and totals.
var countMutations = []mutation.Mutation{
	{"opening.go", "len(raw) != 1+n*openingEntryBytes || ", "len(raw) < 1+n*openingEntryBytes || "},
	{"opening.go", " || raw[0] != version {", " {"},
	{"opening.go", "a.Equal(b.a[i]) != 1 || ", "a.Equal(a) != 1 || "},
	{"opening.go", " || c.Equal(b.b[i]) != 1 {", " || c.Equal(c) != 1 {"},
	{"opening.go", "		return nil, ErrOpening.Because(err)\n	}\n	return choice, nil\n", "		_ = err\n	}\n	return choice, nil\n"},
	{"tally.go", "	if !group.IsIdentity(c.A) {\n", "	if !group.IsIdentity(c.A) && group.IsIdentity(c.B) {\n"},
	{"tally.go", "	return group.NewElement().Set(c.B), true\n", "	return c.B, true\n"},
	{"tally.go", "		if w < 0 {\n", "		if w < -1<<40 {\n"},
	{"tally.go", "		if w > TotalMax-all {\n", "		if false {\n"},
	{"tally.go", "		if all > 0 && most > TotalMax/all {\n", "		if false {\n"},
	{"tally.go", "	if len(ballots) != len(weights) {\n", "	if len(ballots) < len(weights) {\n"},
	{"tally.go", "ballots[i] == nil || ", ""},
	{"tally.go", " || ballots[i].plan != e.plan {", " {"},
	{"tally.go", "	if bound < 0 || ", "	if "},
	{"tally.go", " || bound > TotalMax {", " {"},
	{"tally.go", "at <= t.bound && ", ""},
	{"tally.go", "(n < 0 || allTheWay)", "n < 0"},
	{"tally.go", "(n < 0 || allTheWay)", "(n < 0 || !allTheWay)"},
	{"methods.go", "least < 0 || ", ""},
	{"methods.go", "most < 1 || least > most || ", "least > most || "},
	{"methods.go", " || least > most || most > options {", " || most > options {"},
	{"methods.go", " || most > options {", " {"},
	{"methods.go", "	if most < 1 || most >= BranchesMax {\n", "	if most >= BranchesMax {\n"},
	{"methods.go", "	if most < 1 || most >= BranchesMax {\n", "	if most < 1 {\n"},
	{"methods.go", " || credits < 1 {", " {"},
	{"methods.go", "	if options < 2 {\n", "	if options < 0 {\n"},
	{"methods.go", "	if options > most {\n", "	if false {\n"},
	{"methods.go", "option < 0 || ", ""},
	{"methods.go", " || seen[option] {", " {"},
	{"methods.go", "n < 0 || n > most {", "n > most {"},
	{"methods.go", "n < 0 || n > most {", "n < 0 {"},
	{"methods.go", "!isOrder(order) || len(order) > orderOptionsMax {", "!isOrder(order) {"},
}

// quick are the tests that are run first: they take a second together and notice nearly everything.
const quick = "^Test(Vectors|Methods|OwnShape|Refused|Weights|Tally(Refusals)?$|Totals|Opening|Marks|Tracker|SmallBatches|Cancelling|" +
	"BentEquations|Bindings|" +
	"EveryByte|Explain|WeakFiatShamir|WeakCoefficients|Decode|DLEQ|Transcript|Generators|Scalars)"

// TestMutations takes every check of a ballot, and of the group below it, out once.
func TestMutations(t *testing.T) {
	of := func(dir string) []mutation.Package {
		return []mutation.Package{{Dir: dir, Stages: []string{quick, "."}, Flags: []string{"-rapid.nofailfile"}}}
	}
	mutation.Run(t, map[string][]mutation.Package{".": of("."), "internal/group": of("internal/group")},
		boundMutations, shapeMutations, ballotMutations, countMutations)
}
