package trustee

import (
	"slices"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

func (o *Opening) holds(values ...uint64) bool {
	return slices.EqualFunc(o.Values, values, func(e *group.Element, v uint64) bool { return e.Equal(exponent(v)) == 1 })
}

// Attack list, item 9: each wrong part is named, and t right ones suffice whatever else there is.
func TestDecryption(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 3, 5)
	sums, others := w.sums(12, 0, 7), w.sums(12, 0, 7)
	good := w.partials(sums, 1, 2, 3, 4, 5)
	wrongShare, _ := (&Share{2, group.ScalarOf(5)}).forge(w, sums)
	other := w.partials(others, 2)[0]
	renamed := *good[0]
	renamed.Trustee = 2
	zero, six := *good[0], *good[0]
	zero.Trustee, six.Trustee = 0, 6
	shorter := *good[1]
	shorter.Parts = shorter.Parts[:2]
	fewer := w.partials(&Sums{Election: sums.Election, List: sums.List[:2]}, 2)[0]
	exchanged := *good[1]
	exchanged.Parts = []*group.Element{good[1].Parts[1], good[1].Parts[0], good[1].Parts[2]}
	election := &Sums{Election: [32]byte{8}, List: sums.List}
	for name, c := range map[string]struct {
		bad   *Partial
		want  *fault.Fault
		index string
	}{
		"another secret than the share":  {wrongShare, ErrPartial, "2"},
		"of other ciphertexts":           {other, ErrPartial, "2"},
		"of another election":            {w.partials(election, 2)[0], ErrPartial, "2"},
		"another's part":                 {&renamed, ErrPartial, "2"},
		"index 0":                        {&zero, ErrStranger, "0"},
		"index n+1":                      {&six, ErrStranger, "6"},
		"a part cut off":                 {&shorter, ErrPartial, "2"},
		"proved for fewer sums":          {fewer, ErrPartial, "2"},
		"parts of two sums exchanged":    {&exchanged, ErrPartial, "2"},
		"the same trustee a second time": {good[0], ErrDuplicate, "1"},
	} {
		refusedParts := []*Partial{good[0], c.bad, good[2]}
		o, err := Combine(w.seal, sums, refusedParts)
		refused(t, name+", with two right ones", err, ErrFew, "")
		if len(o.Refused) != 1 || len(o.Values) != 0 {
			t.Fatalf("%s: %v", name, o)
		}
		refused(t, name, o.Refused[0].Err, c.want, c.index)
		o, err = Combine(w.seal, sums, append(refusedParts, good[4]))
		if err != nil || !o.holds(12, 0, 7) || !slices.Equal(o.Trustees, []int{1, 3, 5}) {
			t.Errorf("%s, with three right ones: %v, %v", name, o.Trustees, err)
		}
	}
	o, err := Combine(w.seal, sums, []*Partial{wrongShare, good[1], good[0], good[2]})
	if err != nil || !o.holds(12, 0, 7) || len(o.Refused) != 1 {
		t.Errorf("a trustee's wrong part keeps out their right one: %v, %v", o, err)
	}
	_, err = Combine(w.seal, sums, nil)
	refused(t, "no parts", err, ErrFew, "")
}

// forge does a trustee's part with another secret, proved as well as can be: the proof's key is that of the seal.
func (s *Share) forge(w *world, sums *Sums) (*Partial, error) {
	bases, err := sums.bases()
	if err != nil {
		return nil, err
	}
	images := []*group.Element{w.seal.Keys[s.Trustee-1]}
	for _, a := range bases[1:] {
		images = append(images, group.NewElement().ScalarMult(s.secret, a))
	}
	proof, err := group.ProveDLEQ(w.rand, sums.bind(w.seal, s.Trustee), s.secret, bases, images)
	return &Partial{s.Trustee, images[1:], proof}, err
}

func TestDecryptRefuses(t *testing.T) {
	t.Parallel()
	w, open := sealed(t, Secret, 2, 3), sealed(t, Open, 2, 3)
	sums := w.sums(1)
	part := w.partials(sums, 1)[0]
	many := &Sums{List: make([]secretballot.Ciphertext, sumsMax+1)}
	for name, c := range map[string]struct {
		err  error
		want *fault.Fault
	}{
		"an open poll's key":            {second(open.shares[0].Decrypt(w.rand, open.seal, sums)), ErrPurpose},
		"another ceremony's share":      {second((&Share{1, w.shares[1].secret}).Decrypt(w.rand, w.seal, sums)), ErrSeal},
		"no trustee":                    {second((&Share{4, w.shares[1].secret}).Decrypt(w.rand, w.seal, sums)), ErrStranger},
		"no sums":                       {second(w.shares[0].Decrypt(w.rand, w.seal, &Sums{})), ErrMalformed},
		"too many sums":                 {second(w.shares[0].Decrypt(w.rand, w.seal, many)), ErrMalformed},
		"an open poll's seal":           {part.Check(open.seal, sums), ErrPurpose},
		"sums of nothing":               {part.Check(w.seal, &Sums{}), ErrMalformed},
		"an open poll's seal, blinding": {second(open.shares[0].Blind(w.rand, open.ceremony, open.seal, w.total(1, 2), []int{1})), ErrPurpose},
		"an open poll's seal, blinded":  {w.blinded(w.total(1, 2), 1)[0].Check(open.seal, w.total(1, 2)), ErrPurpose},
	} {
		refused(t, name, c.err, c.want, "")
	}
}
