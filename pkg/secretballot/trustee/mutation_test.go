package trustee

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// ceremonyMutations are those of making a key.
var ceremonyMutations = []mutation.Mutation{
	{"trustee.go", `n > CountMax || `, ``},
	{"trustee.go", `c.Threshold < 1 || `, ``},
	{"trustee.go", `c.Threshold > n || `, ``},
	{"trustee.go", ` || c.Purpose != Open && c.Purpose != Secret {`, ` {`},
	{"trustee.go", `case other.Equal(key) == 1:`, `case false:`},
	{"trustee.go", `case other.Equal(negated) == 1:`, `case negated == nil:`},
	{"trustee.go", `	return c, c.Check()`, `	return c, nil`},
	{"trustee.go", `	if zero != 0 {`, `	if zero > CountMax {`},
	{"trustee.go", `	t.Append("ceremony", c.Bytes())`, `	t.Append("ceremony", c.Context[:])`},
	{"trustee.go", `	t.Append("ceremony", ceremony[:])`, `	t.Append("ceremony", nil)`},
	{"trustee.go", `	t.AppendInt("trustee", uint64(index))`, `	t.AppendInt("trustee", 0)`},
	{"trustee.go", `	if group.IsZero(secret) {`, `	if false {`},
	{"record.go", `case index < 1 || index > len(list):`, `case index > len(list):`},
	{"record.go", `case index < 1 || index > len(list):`, `case index < 1:`},
	{"record.go", `case list[index-1] != nil:`, `case false:`},
	{"record.go", `case r.Step() != step:`, `case false:`},
	{"record.go", `if m.hash(r.id) != r.commits[m.Trustee-1].Hash {`, `if false {`},
	{"record.go", `len(m.Coefficients) != r.ceremony.Threshold`, `len(m.Coefficients) < r.ceremony.Threshold`},
	{"record.go", `len(m.Coefficients) != r.ceremony.Threshold`, `len(m.Coefficients) > r.ceremony.Threshold`},
	{"record.go", `if !m.Proof.holds(m.bind(r.id), m.Coefficients[0], m.Point) {`, `if false {`},
	{"record.go", `distinct(append(constants, m.Coefficients[0])); err != nil {`, `distinct(append(constants, m.Coefficients[0])); false {`},
	{"record.go", `r.Step() != Revealing && r.isVoid()`, `false`},
	{"record.go", `		*at = nil
`, ``},
	{"record.go", `range len(r.ceremony.Keys) + 1 {`, `range 1 {`},
	{"record.go", `range len(r.ceremony.Keys) + 1 {`, `range 0 {`},
	{"record.go", `len(m.Envelope.Readers) != len(r.deals) || `, ``},
	{"record.go", ` || m.Envelope.Readers[len(r.deals)-1] != len(r.deals) {`, ` {`},
	{
		"record.go", `m.Envelope.check(dealLetter(r.id, m.Trustee)); err != nil {`,
		`m.Envelope.check(dealLetter(r.id, m.Trustee)); err != nil && false {`,
	},
	{"record.go", `[]*group.Element{group.Base()}, []*group.Element{key}) != nil {`,
		`[]*group.Element{group.Base()}, []*group.Element{key}) != nil && false {`},
	{"record.go", `		t.Append("deal", m.Bytes())`, `		t.Append("deal", m.Bytes()[:3])`},
	{"record.go", `m.Trustee > len(r.deals) || `, ``},
	{"record.go", `m.Dealer > len(r.deals) || `, ``},
	{"record.go", `m.Trustee < 1 || `, ``},
	{"record.go", ` || m.Dealer < 1 {`, ` {`},
	{"record.go", `r.Step() != Acknowledging || `, ``},
	{"record.go", ` || r.acks[m.Trustee-1] != nil {`, ` {`},
	{"record.go", `if m.Proof.Verify(m.bind(r.id, deal), bases, images) != nil {`, `if len(bases)+len(images) == 0 {`},
	{"record.go", `r.share(m.Dealer, m.Trustee, m.Shared); right {`, `r.share(m.Dealer, m.Trustee, m.Shared); right && false {`},
	{"record.go", `	r.liar = m.Dealer
`, ``},
	{"record.go", `	return share, group.NewElement().ScalarBaseMult(share).Equal(want) == 1`, `	return share, want != nil`},
	{"record.go", `	case r.liar != 0:
		return Ended
`, ``},
	{"share.go", `step != Acknowledging && step != Sealed`, `step == 0`},
	{"share.go", `		if !right {`, `		if !right && share == nil {`},
	{"share.go", `	t.AppendInt("dealer", uint64(m.Dealer))
	t.Append("deal", deal.Bytes())
`, ``},
	{"dealing.go", `	t.AppendElements("coefficient", m.Coefficients...)
`, ``},
	{"dealing.go", `	t.Append("reveal", m.Bytes())
`, ``},
	{"envelope.go", `if e.Proof.Verify(e.bind(l), []*group.Element{group.Base()}, []*group.Element{e.Ephemeral}) != nil {`, `if false {`},
	{"envelope.go", `e.Boxes[i])
	}
	return t`, `e.Boxes[i][:0])
	}
	return t`},
	{"envelope.go", `		j := r.count(last+1, CountMax)`, `		j := r.count(min(last+1, 1), CountMax)`},
	{"point.go", `product.Add(product, p).Equal(edwards25519.NewIdentityPoint()) != 1 || `, `product == nil || `},
	{"point.go", ` || p.Equal(edwards25519.NewIdentityPoint()) == 1 {`, ` {`},
	{"point.go", `return got.Equal(p.Ristretto) == 1 && `, `return got != nil && `},
	{"point.go", ` && gotPoint.Equal(p.Edwards) == 1`, ` && gotPoint != nil`},
	{"point.go", `	t.AppendElements("key", key)
`, ``},
	{"point.go", `	if sum.Equal(new(field.Element)) == 1 {`, `	if false {`},
	{"point.go", `	p.MultByCofactor(p)
`, ``},
	{"seal.go", `	if r.Step() != Sealed {`, `	if r.Step() == Ended {`},
	{"seal.go", `own.Bytes(), s.Bytes()) {`, `own.Bytes(), s.Bytes()) && false {`},
	{"seal.go", `zero != 0 || `, `zero > CountMax || `},
	{"seal.go", ` || s.Threshold > n {`, ` {`},
}

// openingMutations are those of opening sums, boxes and totals.
var openingMutations = []mutation.Mutation{
	{"seal.go", `index < 1 || index > len(s.Keys)`, `index > len(s.Keys)`},
	{"seal.go", `index < 1 || index > len(s.Keys)`, `index < 1`},
	{"partial.go", `	if seal.Purpose != purpose {`, `	if false {`},
	{"partial.go", `	if group.NewElement().ScalarBaseMult(s.secret).Equal(key) != 1 {`, `	if key == nil {`},
	{"partial.go", `len(s.List) < 1 || `, ``},
	{"partial.go", ` || len(s.List) > sumsMax {`, ` {`},
	{"partial.go", `		if _, public := sum.Public(); !public {`, `		if _, public := sum.Public(); !public || true {`},
	{"partial.go", `	if len(out) == 1 {`, `	if false {`},
	{"partial.go", ` && !errors.Is(err, ErrPublic) {`, ` || errors.Is(err, ErrPublic) {`},
	{"partial.go", `len(right) < seal.Threshold && !errors.Is(err, ErrPublic) {`, `len(right) < seal.Threshold && !errors.Is(err, ErrFew) {`},
	{"partial.go", `		if total, public := sum.Public(); public {
			out.Values = append(out.Values, total)`, `		if total, public := sum.Public(); public {
			out.Values = append(out.Values, total.Add(total, group.NewElement().Negate(total)))`},
	{"partial.go", `		k++
`, ``},
	{"partial.go", `		t.AppendElements("sum", sum.A, sum.B)
`, `		if _, public := sum.Public(); !public {
			t.AppendElements("sum", sum.A, sum.B)
		}
`},
	{"partial.go", `	t.Append("election", s.Election[:])
`, ``},
	{"partial.go", `	if seal.Purpose != Secret {`, `	if false {`},
	{"partial.go", `m.Trustee), bases, images) != nil {`, `m.Trustee), bases, images) != nil && false {`},
	{"partial.go", `len(right) < seal.Threshold && `, `len(right) < 1 && `},
	{"partial.go", `if err == nil && byTrustee[index] != nil {`, `if false {`},
	{"partial.go", `	if n < 1 || n > sumsMax {`, `	if n < 1 {`},
	{"partial.go", `	if n < 1 || n > sumsMax {`, `	if n > sumsMax {`},
	{"exposed.go", `s.serves(seal, Open); err != nil {`, `s.serves(seal, Open); false {`},
	{"exposed.go", `	if seal.Purpose != Open {`, `	if false {`},
	{"exposed.go", `	if group.NewElement().ScalarBaseMult(m.Secret).Equal(key) != 1 {`, `	if key == nil {`},
	{"exposed.go", `	if len(right) < seal.Threshold {`, `	if len(right) < 1 {`},
	{"exposed.go", `group.NewElement().ScalarBaseMult(sum).Equal(seal.Key) != 1 || `, ``},
	{"exposed.go", ` || [32]byte(edwardsOf(sum).BytesMontgomery()) != seal.BoxKey {`, ` {`},
	{"blinded.go", `	if t.Bound < 1 || `, `	if `},
	{"blinded.go", ` || t.Bits() > boundBitsMax {`, ` {`},
	{"blinded.go", `	if _, public := t.Sum.Public(); public {`, `	if _, public := t.Sum.Public(); public && false {`},
	{"blinded.go", `	s.Append("election", t.Election[:])
`, ``},
	{"blinded.go", `	s.Append("measure", []byte(t.Measure))
`, ``},
	{"blinded.go", `	s.AppendElements("sum", t.Sum.A, t.Sum.B)
`, ``},
	{"blinded.go", `	s.AppendInt("bound", t.Bound)
`, ``},
	{"blinded.go", `	t.Append("subject", subject[:])
`, ``},
	{"blinded.go", `c.ID() != seal.Ceremony || `, ``},
	{"blinded.go", ` || !c.areReaders(readers) {`, ` {`},
	{"blinded.go", `	return len(indices) > 0`, `	return true`},
	{"blinded.go", `	if seal.Purpose != Secret {`, `	if false {`},
	{"blinded.go", `last > len(seal.Keys) {`, `last > CountMax {`},
	{"blinded.go", `gotKey.Equal(m.Proof.Key) != 1 || `, `gotKey == nil || `},
	{"blinded.go", ` || gotPart.Equal(m.Proof.Part) != 1 {`, ` || gotPart == nil {`},
	{"blinded.go", `	if m.Openings.check(openingLetter(seal, m.Trustee, subject)) != nil {`, `	if false {`},
	{"blinded.go", `m.Trustee, subject), bases, images) != nil {`, `m.Trustee, subject), bases, images) != nil && false {`},
	{"blinded.go", `	if pedersen(o.part, o.blinding).Equal(m.Part) != 1 {`, `	if false {`},
	{"verdict.go", `	if c.Threshold < 1 || `, `	if `},
	{"verdict.go", ` || c.Threshold > total.Bound {`, ` {`},
	{"verdict.go", `	if len(o.parts) < seal.Threshold {`, `	if len(o.parts) < 1 {`},
	{"verdict.go", `	if len(claims) < 1 || len(claims) > claimsMax {`, `	if len(claims) < 1 {`},
	{"verdict.go", `	if len(claims) < 1 || len(claims) > claimsMax {`, `	if len(claims) > claimsMax {`},
	{"verdict.go", `if value > o.total.Bound || group`, `if group`},
	{"verdict.go", `		if !claim.Holds(value) {`, `		if false {`},
	{"verdict.go", `		t.AppendInt("quorum", uint64(m.Trustee))
`, ``},
	{"verdict.go", `	t.AppendInt("threshold", claim.Threshold)
`, ``},
	{"verdict.go", `	t.AppendInt("reached", reached)`, `	t.AppendInt("reached", 0*reached)`},
	{"verdict.go", `	if len(quorum) != seal.Threshold {`, `	if len(quorum) < seal.Threshold {`},
	{"verdict.go", `	if len(quorum) != seal.Threshold {`, `	if len(quorum) > seal.Threshold {`},
	{"verdict.go", `	if len(v.Proofs) < 1 || len(v.Proofs) > claimsMax {`, `	if len(v.Proofs) < 1 {`},
	{"verdict.go", `	if len(v.Proofs) < 1 || len(v.Proofs) > claimsMax {`, `	if len(v.Proofs) > claimsMax {`},
	{"verdict.go", `		if i > 0 && index <= quorum[i-1] {`, `		if i < 0 {`},
	{"verdict.go", `		err := m.Check(seal, total)
		if err == nil {`, `		err := m.Check(seal, total)
		if true {`},
	{"verdict.go", `	if why == nil {
		why = ErrStranger`, `	if false {
		why = ErrStranger`},
	{"verdict.go", `		if why == nil {
			why = err
		}
`, ``},
	{"verdict.go", `		if counts[m.Trustee] != nil {`, `		if false {`},
	{"verdict.go", `	if err := total.check(); err != nil {
		return nil, err
	}
	o := `, `	o := `},
	{"verdict.go", `	if err := total.check(); err != nil {
		return nil, err
	}
	if _, err := seal.keyOf(`, `	if _, err := seal.keyOf(`},
	{"verdict.go", `		if err := p.Claim.check(total); err != nil {`, `		if err := p.Claim.check(total); false {`},
	{"verdict.go", `p.Claim.difference(sealed), total.Bits()) {`, `p.Claim.difference(sealed), total.Bits()) && false {`},
	{"bits.go", `	if len(p.Responses) != bits || `, `	if len(p.Responses) < bits || `},
	{"bits.go", ` || len(p.Bits) != bits-1 {`, ` {`},
	{"bits.go", `	t.AppendElements("bit", commitments...)
`, ``},
	{"wire.go", ` || head[1] != byte(k)) {`, `) {`},
	{"wire.go", `(head[0] != version || `, `(`},
	{"wire.go", `	if index < 1 || index > CountMax {`, `	if index > CountMax {`},
	{"wire.go", `	if index < 1 || index > CountMax {`, `	if index < 1 {`},
	{"wire.go", `	if n < lo || n > hi {`, `	if n < lo {`},
	{"wire.go", `	if n < lo || n > hi {`, `	if n > hi {`},
	{"wire.go", `	if r.err == nil && len(r.rest) > 0 {`, `	if false {`},
}

// jointMutations are those of verdicts about several totals.
var jointMutations = []mutation.Mutation{
	{"joint.go", `n < 1 || len(values)`, `len(values)`},
	{"joint.go", ` || len(values) != n`, ``},
	{"joint.go", ` || len(thresholds) != n {`, ` {`},
	{"joint.go", `o.trustee != j.Trustee || `, ``},
	{"joint.go", ` || !bytes.Equal(o.seal.Bytes(), opened[0].seal.Bytes()) {`, ` || bytes.Equal(nil, o.total.Election[:]) {`},
	{"joint.go", `values[i] > o.total.Bound || `, ``},
	{"joint.go", `group.NewElement().ScalarBaseMult(group.ScalarOf(values[i])).Equal(o.Value) != 1 {`, `false {`},
	{"joint.go", `below |= (value`, `below &= (value`},
	{"joint.go", `s.Lack, bitsOf(totals), lack, blinding)`, `s.Lack, totals[0].Bits(), lack, blinding)`},
	{"joint.go", `len(totals) < 1 || len(totals) > togetherMax`, `len(totals) > togetherMax`},
	{"joint.go", `len(totals) < 1 || len(totals) > togetherMax`, `len(totals) < 1`},
	{"joint.go", `	if len(totals) != len(j.Each) {`, `	if len(totals) > len(j.Each) {`},
	{"joint.go", `		if err := total.check(); err != nil {`, `		if err := total.check(); false {`},
	{"joint.go", `total.Election != totals[0].Election || `, ``},
	{"joint.go", ` || slices.ContainsFunc(totals[:i], same) {`, ` || slices.ContainsFunc(totals[:0], same) {`},
	{"joint.go", `(Claim{true, j.Each[i].Threshold}).check(total); err != nil {`, `(Claim{true, j.Each[i].Threshold}).check(total); false {`},
	{"joint.go", `seal.Ceremony, j.Trustee)`, `seal.Ceremony, 1)`},
	{"joint.go", `		t.Append("subject", subject[:])
`, `		t.Append("subject", subject[:0])
`},
	{"joint.go", `			t.AppendInt("quorum", uint64(m.Trustee))
			t.AppendElements("part", m.Part)
`, `			_ = m
`},
	{"joint.go", `		t.AppendInt("threshold", j.Each[i].Threshold)
`, ``},
	{"joint.go", `	t.AppendElements("lack", s.Lack)
`, ``},
	{"joint.go", `	t.AppendScalars("range", s.Range.Challenge)
`, ``},
	{"joint.go", `	t.AppendElements("commitment", announced...)
`, ``},
	{"joint.go", `	if len(lists) != len(totals) {`, `	if len(lists) > len(totals) {`},
	{"joint.go", `seal.keyOf(j.Trustee); err != nil {`, `seal.keyOf(j.Trustee); false {`},
	{"joint.go", `	if !j.holds(seal, totals, parts) {`, `	if false {`},
	{"joint.go", `len(j.Proofs) == 0 && j.Short != nil && `, `j.Short != nil && `},
	{"joint.go", `len(j.Proofs) == 0 && j.Short != nil && `, `len(j.Proofs) == 0 && `},
	{"joint.go", `len(j.Proofs) != len(totals) || `, `len(j.Proofs) < len(totals) || `},
	{"joint.go", `len(j.Proofs) != len(totals) || `, `len(j.Proofs) > len(totals) || `},
	{"joint.go", ` || j.Short != nil {`, ` {`},
	{"joint.go", `		t.AppendInt("total", uint64(i))
		difference := Claim`, `		difference := Claim`},
	{"joint.go", `		if !j.Proofs[i].holds(t, difference, total.Bits()) {`, `		if i == 0 && !j.Proofs[i].holds(t, difference, total.Bits()) {`},
	{"joint.go", `len(s.Cases) != len(totals) || !s`, `len(s.Cases) < len(totals) || !s`},
	{"joint.go", `len(s.Cases) != len(totals) || !s`, `len(s.Cases) > len(totals) || !s`},
	{"joint.go", `!s.Range.holds(j.bindRange(seal, totals, parts, s), s.Lack, bitsOf(totals)) {`, `false {`},
	{"joint.go", `		sum.Add(sum, p.Challenge)
`, `		sum.Set(p.Challenge)
`},
	{"joint.go", `announced).Equal(sum) == 1`, `announced) != nil`},
}

// TestMutations takes every check of the ceremony and of what comes after it out once.
func TestMutations(t *testing.T) {
	mutation.Run(t, map[string][]mutation.Package{
		".": {{Dir: ".", Stages: []string{"^Test[^A]|^TestAcks"}, Flags: []string{"-rapid.nofailfile"}}},
	}, ceremonyMutations, openingMutations, jointMutations)
}
