package trustee

import (
	"slices"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/internal/group"
)

// Attack list, item 10: the threshold's neighbourhood.
func TestClaims(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	const bound = 1000
	for _, c := range []struct {
		value uint64
		claim Claim
		true  bool
	}{
		{499, Claim{true, 500}, false}, {500, Claim{true, 500}, true}, {501, Claim{true, 500}, true},
		{499, Claim{false, 500}, true}, {500, Claim{false, 500}, false}, {501, Claim{false, 500}, false},
		{0, Claim{true, 1}, false}, {0, Claim{false, 1}, true}, {1, Claim{true, 1}, true},
		{bound, Claim{true, bound}, true}, {bound, Claim{false, bound}, false}, {bound - 1, Claim{false, bound}, true},
		{0, Claim{false, bound}, true}, {bound, Claim{true, 1}, true},
	} {
		total := w.total(c.value, bound)
		parts := w.blinded(total, 1, 3)
		v, err := w.open(3, total, parts).Prove(w.rand, c.value, c.claim)
		if !c.true {
			refused(t, "an untrue claim", err, ErrUntrue, "")
			continue
		}
		if err != nil {
			t.Fatalf("%d, %v: %v", c.value, c.claim, err)
		}
		v, err = DecodeVerdict(v.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		proved, err := v.Check(w.seal, total, parts)
		if err != nil || !slices.Equal(proved, []Claim{c.claim}) {
			t.Errorf("%d, %v: proves %v, %v", c.value, c.claim, proved, err)
		}
	}
}

// An interval is two claims; a verdict holds for one measure, one election, one roll, one set of parts, one key, and one direction.
func TestVerdictIsBound(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	total := w.total(640, 1000)
	parts := w.blinded(total, 1, 2, 3)
	v, err := w.open(1, total, parts[:2]).Prove(w.rand, 640, Within(600, 699, 1000)...)
	if err != nil {
		t.Fatal(err)
	}
	proved, err := v.Check(w.seal, total, parts)
	if err != nil || !slices.Equal(proved, []Claim{{true, 600}, {false, 700}}) {
		t.Fatalf("proves %v, %v", proved, err)
	}
	other := func(change func(*Total)) *Total {
		c := *total
		change(&c)
		return &c
	}
	for name, c := range map[string]*Total{
		"another measure":  other(func(c *Total) { c.Measure = "0/yes/heads" }),
		"another election": other(func(c *Total) { c.Election[31] = 1 }),
		"a larger roll":    other(func(c *Total) { c.Bound = 1001 }),
		"another A":        other(func(c *Total) { c.Sum.A = w.encrypt(640).A }),
		"another B":        other(func(c *Total) { c.Sum.B = group.NewElement().Add(c.Sum.B, group.Base()) }),
	} {
		if _, err := v.Check(w.seal, c, parts); err == nil {
			t.Errorf("the verdict holds for %s", name)
		}
		theirs := w.blinded(c, 1, 2) // even where the trustees did their part for that total, too
		_, err := v.Check(w.seal, c, theirs)
		refused(t, name, err, ErrVerdict, "")
	}
	_, err = v.Check(w.seal, total, w.blinded(total, 1, 2))
	refused(t, "other blinded parts of the same total", err, ErrVerdict, "")
	changed := func(change func(*Verdict)) *Verdict {
		c, err := DecodeVerdict(v.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		change(c)
		return c
	}
	for name, c := range map[string]struct {
		verdict *Verdict
		want    *fault.Fault
	}{
		"a higher threshold":  {changed(func(v *Verdict) { v.Proofs[0].Claim.Threshold++ }), ErrVerdict},
		"a lower threshold":   {changed(func(v *Verdict) { v.Proofs[0].Claim.Threshold-- }), ErrVerdict},
		"the other direction": {changed(func(v *Verdict) { v.Proofs[0].Claim.Reached = false }), ErrVerdict},
		"claims exchanged": {changed(func(v *Verdict) {
			p := v.Proofs
			p[0].Claim, p[1].Claim = p[1].Claim, p[0].Claim
		}), ErrVerdict},
		"another speaker":        {changed(func(v *Verdict) { v.Trustee = 2 }), ErrVerdict},
		"a speaker from nowhere": {changed(func(v *Verdict) { v.Trustee = 4 }), ErrStranger},
		"another quorum":         {changed(func(v *Verdict) { v.Quorum[1] = 3 }), ErrVerdict},
		"a quorum repeated":      {changed(func(v *Verdict) { v.Quorum[1] = 1 }), ErrStranger},
		"a quorum unordered":     {changed(func(v *Verdict) { slices.Reverse(v.Quorum) }), ErrStranger},
		"a quorum too small":     {changed(func(v *Verdict) { v.Quorum = v.Quorum[:1] }), ErrFew},
		"a quorum too large":     {changed(func(v *Verdict) { v.Quorum = []int{1, 2, 3} }), ErrFew},
		"no claim":               {changed(func(v *Verdict) { v.Proofs = nil }), ErrMalformed},
		"three claims":           {changed(func(v *Verdict) { v.Proofs = append(v.Proofs, v.Proofs[0]) }), ErrMalformed},
		"a bit exchanged": {changed(func(v *Verdict) {
			b := v.Proofs[0].Bits
			b[0], b[1] = b[1], b[0]
		}), ErrVerdict},
		"a bit more": {changed(func(v *Verdict) { v.Proofs[0].Bits = append(v.Proofs[0].Bits, group.Base()) }), ErrVerdict},
		"a response more": {changed(func(v *Verdict) {
			p := v.Proofs[0]
			p.Responses = append(p.Responses, p.Responses[0])
		}), ErrVerdict},
		"another challenge": {changed(func(v *Verdict) {
			c := v.Proofs[0].Challenge
			c.Add(c, group.ScalarOf(1))
		}), ErrVerdict},
		"another response": {changed(func(v *Verdict) {
			c := v.Proofs[1].Responses[3].One
			c.Add(c, group.ScalarOf(1))
		}), ErrVerdict},
		"a threshold of nothing":     {changed(func(v *Verdict) { v.Proofs[0].Claim.Threshold = 0 }), ErrBound},
		"a threshold above the roll": {changed(func(v *Verdict) { v.Proofs[1].Claim.Threshold = 1001 }), ErrBound},
	} {
		_, err := c.verdict.Check(w.seal, total, parts)
		refused(t, name, err, c.want, "")
	}
	_, err = v.Check(w.seal, total, parts[1:])
	refused(t, "a part that is not on the record", err, ErrStranger, "1")
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lo, hi, bound uint64
		want          []Claim
	}{
		{0, 10, 10, nil}, {1, 10, 10, []Claim{{true, 1}}}, {0, 9, 10, []Claim{{false, 10}}}, {3, 5, 10, []Claim{{true, 3}, {false, 6}}},
	} {
		got := Within(c.lo, c.hi, c.bound)
		if !slices.Equal(got, c.want) {
			t.Errorf("%d to %d of %d: %v", c.lo, c.hi, c.bound, got)
		}
		for v := range c.bound + 1 {
			all := true
			for _, claim := range got {
				all = all && claim.Holds(v)
			}
			if all != (v >= c.lo && v <= c.hi) {
				t.Errorf("%d to %d of %d: %d", c.lo, c.hi, c.bound, v)
			}
		}
	}
}

// A cheat who knows the opening of the commitment tries what Prove refuses. The distance is negative, so it is no number of b bits:
// whatever bits are taken for it, the first bit's commitment, which is what remains, is to neither 0 nor 1.
func TestForgedVerdicts(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	total := w.total(499, 1000)
	parts := w.blinded(total, 1, 2)
	o := w.open(1, total, parts)
	forge := func(claim Claim, bits int, distance uint64, blinding *group.Scalar) *Verdict {
		v := &Verdict{Trustee: 1, Quorum: []int{1, 2}}
		tr := v.bind(w.seal, total, parts, claim)
		p, err := proveRange(w.rand, tr, claim.difference(commitment(total, parts)), bits, distance, blinding)
		if err != nil {
			t.Fatal(err)
		}
		p.Claim = claim
		v.Proofs = []*RangeProof{p}
		return v
	}
	minus := group.NewScalar().Negate(o.blinding)
	for name, c := range map[string]struct {
		verdict *Verdict
		want    *fault.Fault
	}{
		"499 reaches 499":                     {forge(Claim{true, 499}, 10, 0, minus), nil},
		"wrapped around: -1 as 1023":          {forge(Claim{true, 500}, 10, 1023, minus), ErrVerdict},
		"wrapped around: -1 as all ones":      {forge(Claim{true, 500}, 40, 1<<40-1, minus), ErrVerdict},
		"wrapped around: -1 as 0":             {forge(Claim{true, 500}, 10, 0, minus), ErrVerdict},
		"one bit more":                        {forge(Claim{true, 499}, 11, 0, minus), ErrVerdict},
		"one bit less":                        {forge(Claim{true, 499}, 9, 0, minus), ErrVerdict},
		"both: it is below 499, too":          {forge(Claim{false, 499}, 10, 0, o.blinding), ErrVerdict},
		"both: it is below 499, too, by 1023": {forge(Claim{false, 499}, 10, 1023, o.blinding), ErrVerdict},
		"another blinding":                    {forge(Claim{true, 499}, 10, 0, o.blinding), ErrVerdict},
	} {
		_, err := c.verdict.Check(w.seal, total, parts)
		if c.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		refused(t, name, err, c.want, "")
	}
}

// forgeBlinded makes a part with any secret and any second generator, as well proved as can be.
func (w *world) forgeBlinded(total *Total, secret *group.Scalar, second *group.Element) *Blinded {
	w.Helper()
	r, k1, k2 := group.ScalarOf(11), group.ScalarOf(5), group.ScalarOf(6)
	combine := func(a, h *group.Scalar) *group.Element {
		sum := group.NewElement().ScalarMult(a, total.Sum.A)
		return sum.Add(sum, group.NewElement().ScalarMult(h, second))
	}
	m := &Blinded{Trustee: 1, Part: combine(secret, r), Openings: w.blinded(total, 1)[0].Openings, Proof: &Representation{}}
	m.Proof.Key, m.Proof.Part = group.NewElement().ScalarBaseMult(k1), combine(k1, k2)
	c := m.challenge(w.seal, w.seal.Keys[0], total.subject(w.seal))
	m.Proof.KeyResponse = group.NewScalar().Add(k1, group.NewScalar().Multiply(c, secret))
	m.Proof.Blinding = group.NewScalar().Add(k2, group.NewScalar().Multiply(c, r))
	return m
}

// With a second generator whose exponent is known, or with another secret than the share, any total could be claimed.
func TestForgedBlindedParts(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 1, 1)
	total := w.total(3, 1000)
	if err := w.forgeBlinded(total, w.shares[0].secret, group.Second()).Check(w.seal, total); err != nil {
		t.Fatalf("what is no forgery: %v", err)
	}
	swapped := w.forgeBlinded(total, w.shares[0].secret, group.NewElement().ScalarBaseMult(group.ScalarOf(7)))
	refused(t, "another second generator", swapped.Check(w.seal, total), ErrBlinded, "1")
	other := w.forgeBlinded(total, group.ScalarOf(5), group.Second())
	refused(t, "another secret than the share", other.Check(w.seal, total), ErrBlinded, "1")
}

// Parts that are wrong, or that do not open, are named and survived.
func TestBlindedPartsAreSurvived(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 5)
	total := w.total(77, 100)
	parts := w.blinded(total, 1, 2, 3, 4, 5)
	other := w.blinded(w.total(77, 100), 2)[0]
	wrong := *parts[2]
	wrong.Part = group.NewElement().Add(wrong.Part, group.Base())
	mixed := *parts[3]
	mixed.Openings = w.blinded(total, 4)[0].Openings // opens to another blinding than the part has
	stranger := *parts[4]
	stranger.Trustee = 6
	o, err := OpenTotal(w.keys[0], w.ceremony, w.seal, total, []*Blinded{other, &wrong, &mixed, &stranger, parts[4], parts[0], parts[4]})
	if err != nil {
		t.Fatal(err)
	}
	wants := []struct {
		want  *fault.Fault
		index string
	}{{ErrBlinded, "2"}, {ErrBlinded, "3"}, {ErrOpening, "4"}, {ErrStranger, "6"}, {ErrDuplicate, "5"}}
	if len(o.Refused) != len(wants) {
		t.Fatalf("refused: %v", o.Refused)
	}
	for i, c := range wants {
		refused(t, "part "+c.index, o.Refused[i].Err, c.want, c.index)
	}
	if o.Value.Equal(exponent(77)) != 1 || !slices.Equal(o.quorum, []int{1, 5}) {
		t.Errorf("quorum %v opens to another total", o.quorum)
	}
	v, err := o.Prove(w.rand, 77, Claim{true, 51})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Check(w.seal, total, []*Blinded{parts[0], parts[4]}); err != nil {
		t.Error(err)
	}
	_, err = v.Check(w.seal, total, []*Blinded{parts[0], &wrong, {Trustee: 5, Part: wrong.Part, Proof: wrong.Proof, Openings: wrong.Openings}})
	refused(t, "a verdict over a wrong part", err, ErrBlinded, "5")
	few, err := OpenTotal(w.keys[0], w.ceremony, w.seal, total, []*Blinded{parts[0], &wrong})
	refused(t, "one part", err, ErrFew, "")
	if len(few.Refused) != 1 || few.Value != nil {
		t.Errorf("with one part: %v", few)
	}
}

// What an opening holds is proved to its reader, piece by piece.
func TestOpeningsAreChecked(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 1, 2)
	total := w.total(5, 9)
	m := w.blinded(total, 1)[0]
	subject, key := total.subject(w.seal), w.keys[0]
	shared := group.NewElement().ScalarMult(key.secret, m.Openings.Ephemeral)
	plain, ok := m.Openings.open(openingLetter(w.seal, 1, subject), 1, key.public, shared)
	if !ok || len(plain) != openingBytes {
		t.Fatalf("opens to %d bytes", len(plain))
	}
	for name, at := range map[string]int{"x·A": 0, "the blinding": 32, "the proof": 64, "its response": 128} {
		for _, value := range [][]byte{exponent(12345).Bytes(), make([]byte, 32)} {
			changed := slices.Clone(plain)
			copy(changed[at:], value)
			e, err := openingLetter(w.seal, 1, subject).seal(group.ScalarOf(3), w.rand, w.ceremony, []int{1, 2}, func(int) []byte { return changed })
			if err != nil {
				t.Fatal(err)
			}
			c := *m
			c.Openings = e
			_, err = OpenTotal(key, w.ceremony, w.seal, total, []*Blinded{&c})
			refused(t, name, err, ErrFew, "")
		}
	}
	// x·A + H and r - 1 add up to the same part; only the proof of equality shows it.
	changed := slices.Clone(plain)
	part, _ := group.DecodeElement(plain[:32])
	r, _ := group.DecodeScalar(plain[32:64])
	copy(changed, pedersen(part, group.ScalarOf(1)).Bytes())
	copy(changed[32:], r.Subtract(r, group.ScalarOf(1)).Bytes())
	e, err := openingLetter(w.seal, 1, subject).seal(group.ScalarOf(3), w.rand, w.ceremony, []int{1, 2}, func(int) []byte { return changed })
	if err != nil {
		t.Fatal(err)
	}
	c := *m
	c.Openings = e
	_, err = OpenTotal(key, w.ceremony, w.seal, total, []*Blinded{&c})
	refused(t, "x·A and r shifted against each other", err, ErrFew, "")
	c.Openings = m.Openings
	c.Openings.Boxes[1], c.Openings.Boxes[0] = c.Openings.Boxes[0], c.Openings.Boxes[1]
	refused(t, "boxes exchanged", c.Check(w.seal, total), ErrEnvelope, "1")
}

func TestTotalsThatAreRefused(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	total := w.total(5, 9)
	all := []int{1, 2, 3}
	with := func(change func(*Total)) *Total {
		c := *total
		change(&c)
		return &c
	}
	part := w.blinded(total, 1)[0]
	for name, c := range map[string]struct {
		total *Total
		want  *fault.Fault
	}{
		"no roll":            {with(func(c *Total) { c.Bound = 0 }), ErrBound},
		"a roll of 41 bits":  {with(func(c *Total) { c.Bound = 1 << 40 }), ErrBound},
		"a sum of no ballot": {with(func(c *Total) { c.Sum.A = group.NewElement() }), ErrPublic},
	} {
		_, err := w.shares[0].Blind(w.rand, w.ceremony, w.seal, c.total, all)
		refused(t, name, err, c.want, "")
		refused(t, name, part.Check(w.seal, c.total), c.want, "")
	}
	if _, err := w.shares[0].Blind(w.rand, w.ceremony, w.seal, with(func(c *Total) { c.Bound = 1<<40 - 1 }), all); err != nil {
		t.Errorf("a roll of 40 bits: %v", err)
	}
	for _, readers := range [][]int{nil, {0}, {4}, {1, 1}, {2, 1}} {
		_, err := w.shares[0].Blind(w.rand, w.ceremony, w.seal, total, readers)
		refused(t, "readers", err, ErrStranger, "")
	}
	attempt := *w.ceremony
	attempt.Context[0] ^= 1
	_, err := w.shares[0].Blind(w.rand, &attempt, w.seal, total, all)
	refused(t, "another ceremony's readers", err, ErrStranger, "")
	m, err := w.shares[0].Blind(w.rand, w.ceremony, w.seal, total, []int{2})
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenTotal(w.keys[0], w.ceremony, w.seal, total, []*Blinded{m})
	refused(t, "who is no reader", err, ErrFew, "")
	stranger, _ := NewKey(w.rand)
	more := &Ceremony{Keys: append(slices.Clone(w.ceremony.Keys), stranger.Public())}
	m.Openings, err = openingLetter(w.seal, 1, total.subject(w.seal)).seal(group.ScalarOf(3), w.rand, more, []int{1, 4}, func(int) []byte {
		return make([]byte, openingBytes)
	})
	w.must(err)
	refused(t, "a reader who is no trustee", m.Check(w.seal, total), ErrStranger, "4")
	_, err = OpenTotal(stranger, w.ceremony, w.seal, total, []*Blinded{m})
	refused(t, "who is no trustee", err, ErrStranger, "")
	o := w.open(1, total, w.blinded(total, 1, 2))
	for name, err := range map[string]error{
		"another total":       second(o.Prove(w.rand, 4, Claim{true, 1})),
		"a total modulo 2^64": second(o.Prove(w.rand, 1<<63, Claim{true, 1})),
	} {
		refused(t, name, err, ErrUntrue, "")
	}
	wide := w.total(12, 9) // of more ballots than the roll has
	refused(t, "a total above the bound", second(w.open(1, wide, w.blinded(wide, 1, 2)).Prove(w.rand, 12, Claim{true, 1})), ErrUntrue, "")
	refused(t, "nothing to prove", second(o.Prove(w.rand, 5)), ErrMalformed, "")
	refused(t, "too much to prove", second(o.Prove(w.rand, 5, Claim{true, 1}, Claim{true, 2}, Claim{true, 3})), ErrMalformed, "")
	refused(t, "threshold 0", second(o.Prove(w.rand, 5, Claim{true, 0})), ErrBound, "")
	refused(t, "a threshold above the roll", second(o.Prove(w.rand, 5, Claim{false, 10})), ErrBound, "")
}

func second[A any](_ A, err error) error { return err }
