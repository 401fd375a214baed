package trustee

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// electorate is an election of the world's key in which ballots are cast for one of two options, or both, or none.
type electorate struct {
	*world
	*secretballot.Election
	ballots []*secretballot.Ballot
	weights []int64
}

func (w *world) electorate() *electorate {
	w.Helper()
	shape, err := secretballot.Approval(2, 0, 2)
	w.must(err)
	election, err := secretballot.NewElection([32]byte{9}, w.seal.Key.Bytes(), shape)
	w.must(err)
	return &electorate{world: w, Election: election}
}

// vote casts a ballot that is verified like any other. Its first numbers are hidden with the random numbers given, the others with chance.
func (e *electorate) vote(weight int64, choice []int64, chosen ...*group.Scalar) (secretballot.Cast, *secretballot.Opening) {
	e.Helper()
	random := []io.Reader{}
	for _, r := range chosen {
		random = append(random, bytes.NewReader(append(r.Bytes(), make([]byte, group.ScalarBytes)...)))
	}
	v := secretballot.Voter{Pseudonym: [32]byte{byte(len(e.ballots) + 1)}, Sequence: 1}
	raw, opening, err := e.Encrypt(io.MultiReader(append(random, e.rand)...), v, choice)
	e.must(err)
	b, err := e.Verify(v, raw)
	e.must(err)
	e.ballots, e.weights = append(e.ballots, b), append(e.weights, weight)
	return secretballot.Cast{Voter: v, Ballot: raw}, opening
}

// tally adds up the ballots cast so far.
func (e *electorate) tally() ([]secretballot.Ciphertext, []int64) {
	e.Helper()
	hidden, bounds, err := e.Tally(e.ballots, e.weights)
	e.must(err)
	return hidden, bounds
}

// conspire has two voters, of weights 3 and 5, hide their votes for the first option with random numbers whose weighted sum is zero.
func (e *electorate) conspire() {
	e.Helper()
	r := group.ScalarOf(1234567)
	other := group.NewScalar().Multiply(r, group.NewScalar().Multiply(group.ScalarOf(3), group.NewScalar().Invert(group.ScalarOf(5))))
	e.vote(3, []int64{1, 0}, r)
	e.vote(5, []int64{1, 1}, group.NewScalar().Negate(other))
}

// Two who conspire make the sum of their house hide nothing. It is what they voted, and not 0, and no other sum is held up by it.
func TestConspirators(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	house := w.electorate()
	house.conspire()
	ofHouse, bounds := house.tally()
	if !group.IsIdentity(ofHouse[0].A) || bounds[0] != 8 {
		t.Fatal("the random numbers do not cancel")
	}
	house.vote(7, []int64{0, 1})
	ofAll, _ := house.tally()
	sums := &Sums{Election: [32]byte{9}, List: []secretballot.Ciphertext{ofHouse[0], ofAll[0], ofAll[1], ofHouse[0], ofHouse[1]}}
	parts := w.partials(sums, 1, 2, 3)
	for _, m := range parts {
		if len(m.Parts) != 3 {
			t.Errorf("trustee %d decrypts %d sums, want those that hide something", m.Trustee, len(m.Parts))
		}
		w.must(m.Check(w.seal, sums))
		again, err := DecodePartial(m.Bytes())
		w.must(err)
		w.must(again.Check(w.seal, sums))
	}
	o, err := Combine(w.seal, sums, parts)
	if err != nil || !o.holds(8, 8, 12, 8, 5) || !slices.Equal(o.Trustees, []int{1, 2}) {
		t.Fatalf("opened: %v", err)
	}
	find, err := secretballot.NewTotals(bounds[0])
	w.must(err)
	if total, err := find.Find(o.Values[0]); err != nil || total != 8 {
		t.Errorf("the conspirators' total is %d, %v", total, err)
	}
	_, err = Combine(w.seal, sums, parts[:1])
	refused(t, "what is hidden, with one part", err, ErrFew, "")
	// The statement names the public sum, too: a proof is of no other list.
	for name, other := range map[string][]secretballot.Ciphertext{
		"without the public sums":   {sums.List[1], sums.List[2], sums.List[4]},
		"with one of them":          {sums.List[0], sums.List[1], sums.List[2], sums.List[4]},
		"in another place":          {sums.List[1], sums.List[0], sums.List[2], sums.List[3], sums.List[4]},
		"with another public total": {{A: group.NewElement(), B: exponent(9)}, sums.List[1], sums.List[2], sums.List[3], sums.List[4]},
	} {
		refused(t, name, parts[0].Check(w.seal, &Sums{Election: sums.Election, List: other}), ErrPartial, "1")
	}
	whole := *parts[0]
	whole.Parts = append([]*group.Element{group.NewElement()}, whole.Parts...)
	refused(t, "a part for the public sum", whole.Check(w.seal, sums), ErrPartial, "1")
}

// Where all sums are public nobody does a part, and none is waited for.
func TestNothingHidden(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	empty, both := w.electorate(), w.electorate()
	both.conspire()
	none, _ := empty.tally()
	sum, _ := both.tally()
	sums := &Sums{Election: [32]byte{9}, List: []secretballot.Ciphertext{sum[0], none[0]}}
	_, err := w.shares[0].Decrypt(w.rand, w.seal, sums)
	refused(t, "a part of what is public", err, ErrPublic, "")
	part := w.partials(w.sums(1), 1)[0]
	refused(t, "a part of something else", part.Check(w.seal, sums), ErrPublic, "")
	for _, parts := range [][]*Partial{nil, {part}} {
		o, err := Combine(w.seal, sums, parts)
		if err != nil || !o.holds(8, 0) || len(o.Trustees) != 0 || len(o.Refused) != len(parts) {
			t.Errorf("with %d parts: %v", len(parts), err)
		}
	}
	for name, list := range map[string][]secretballot.Ciphertext{"no sums": nil, "too many": slices.Repeat(none, sumsMax/2+1)} {
		_, err := Combine(w.seal, &Sums{List: list}, nil)
		refused(t, name, err, ErrFew, "")
	}
}

// A sealed total whose sum hides nothing is decided openly: no part, no verdict, and what B says.
func TestConspiratorsSealed(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	house := w.electorate()
	house.conspire()
	sums, bounds := house.tally()
	total := &Total{Election: [32]byte{9}, Measure: "0/0/area", Sum: sums[0], Bound: uint64(bounds[0])}
	all, hidden := []int{1, 2, 3}, w.total(5, 8)
	parts := w.blinded(hidden, 1, 2)
	v, err := w.open(1, hidden, parts).Prove(w.rand, 5, Claim{true, 5})
	w.must(err)
	for name, err := range map[string]error{
		"blinding":       second(w.shares[0].Blind(w.rand, w.ceremony, w.seal, total, all)),
		"a blinded part": parts[0].Check(w.seal, total),
		"opening":        second(OpenTotal(w.keys[0], w.ceremony, w.seal, total, parts)),
		"opening none":   second(OpenTotal(w.keys[0], w.ceremony, w.seal, total, nil)),
		"a verdict":      second(v.Check(w.seal, total, parts)),
	} {
		refused(t, name, err, ErrPublic, "")
	}
	value, public := total.Sum.Public()
	if !public || value.Equal(exponent(8)) != 1 {
		t.Error("the total is not there for everyone to see")
	}
	if _, public := hidden.Sum.Public(); public {
		t.Error("what is hidden is public")
	}
	bad := *total
	bad.Bound = 0
	_, err = OpenTotal(w.keys[0], w.ceremony, w.seal, &bad, nil)
	refused(t, "no roll", err, ErrBound, "")
	_, err = v.Check(w.seal, &bad, nil)
	refused(t, "no roll, a verdict", err, ErrBound, "")
}

// Of a trustee's parts the first right one counts, for whoever opens and for whoever checks: one that is wrong before it holds nothing up,
// and one that is right after it changes nothing.
func TestWhichPartCounts(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 3)
	total := w.total(5, 9)
	parts := w.blinded(total, 1, 2, 3)
	later := w.blinded(total, 1)[0]
	wrong := *parts[0]
	wrong.Part = later.Part
	closed := *later
	var err error
	contents := func(int) []byte { return make([]byte, openingBytes) }
	letter := openingLetter(w.seal, 1, total.subject(w.seal))
	closed.Openings, err = letter.seal(group.ScalarOf(3), w.rand, w.ceremony, []int{1, 2, 3}, contents)
	w.must(err)
	for name, c := range map[string]struct {
		list    []*Blinded
		quorum  []int
		refused *fault.Fault
	}{
		"a wrong one first":               {[]*Blinded{&wrong, parts[0], parts[1]}, []int{1, 2}, ErrBlinded},
		"a right one second":              {[]*Blinded{parts[0], later, parts[1]}, []int{1, 2}, ErrDuplicate},
		"a right one that does not open":  {[]*Blinded{&closed, parts[1], parts[2]}, []int{2, 3}, ErrOpening},
		"and then one that would open":    {[]*Blinded{&closed, parts[1], parts[2], parts[0]}, []int{2, 3}, ErrOpening},
		"and then one of two that remain": {[]*Blinded{parts[1], parts[1], parts[2]}, []int{2, 3}, ErrDuplicate},
	} {
		o := w.open(2, total, c.list)
		if !slices.Equal(o.quorum, c.quorum) || o.Value.Equal(exponent(5)) != 1 {
			t.Errorf("%s: quorum %v", name, o.quorum)
		}
		refused(t, name, o.Refused[0].Err, c.refused, "")
		v, err := o.Prove(w.rand, 5, Claim{true, 5})
		w.must(err)
		if _, err := v.Check(w.seal, total, c.list); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	o, err := OpenTotal(w.keys[1], w.ceremony, w.seal, total, []*Blinded{&closed, parts[0], parts[1]})
	refused(t, "one that opens after one that does not", err, ErrFew, "")
	if len(o.Refused) != 2 {
		t.Fatalf("refused: %v", o.Refused)
	}
	refused(t, "the later one", o.Refused[1].Err, ErrDuplicate, "1")
}
