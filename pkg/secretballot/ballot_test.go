package secretballot_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// TestSizes: the sizes that were promised, with 150 bytes of envelope around them.
func TestSizes(t *testing.T) {
	t.Parallel()
	for options, most := range map[int]int{2: 900 - 150, 10: 3_300 - 150} {
		w := newWorld(t, shapeOf(secretballot.Approval(options, 1, 1)))
		if n := w.BallotBytes(); n > most {
			t.Errorf("%d options: %d bytes, at most %d", options, n, most)
		}
	}
}

// TestMarks: whoever keeps the box sees any ballot come back, whole, encrypted anew or in parts.
func TestMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(3, 1, 1)))
	decode := func(raw []byte) *secretballot.Ballot {
		b, err := w.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), raw) || len(b.Ciphertexts()) != 3 {
			t.Error("the ballot is another one")
		}
		return b
	}
	at := layoutOf(w.shape)
	good, other := w.cast(voter(1), 0, 1, 0), w.cast(voter(2), 1, 0, 0)
	if n, want := len(decode(good).Marks()), 3+2*3+1; n != want {
		t.Fatalf("%d marks, want %d", n, want)
	}
	for name, c := range map[string]struct {
		change func(b []byte)
		want   error
	}{
		"another":    {func(b []byte) { copy(b, other) }, nil},
		"itself":     {func([]byte) {}, secretballot.ErrCopied},
		"proofs new": {func(b []byte) { copy(b[at.commitments:], other[at.commitments:]) }, secretballot.ErrCopied},
		"encrypted anew": {func(b []byte) {
			for i := range 3 {
				add(b, at.ciphertexts+64*i, group.Base())
			}
		}, secretballot.ErrCopied},
		"one ciphertext old": {func(b []byte) { copy(b[at.ciphertexts+64:], other[at.ciphertexts+64:]) }, secretballot.ErrCopied},
		"one commitment old": {func(b []byte) { copy(b[at.ciphertexts:], other[at.ciphertexts:at.scalars-64]) }, secretballot.ErrCopied},
	} {
		var box secretballot.Seen
		if err := box.Add(decode(good)); err != nil {
			t.Fatal(err)
		}
		changed := slices.Clone(good)
		c.change(changed)
		if err := box.Add(decode(changed)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err := box.Add(decode(other)); c.want != nil && err != nil {
			t.Errorf("%s: what was refused is remembered: %v", name, err)
		}
	}
}

// TestTracker: no two of voter, sequence number, election and ballot have the same one.
func TestTracker(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t, shapeOf(secretballot.Approval(2, 1, 1))), newWorld(t, shapeOf(secretballot.Approval(2, 1, 1)))
	other.id[0]++
	other.renew()
	raw := w.cast(voter(1), 1, 0)
	again := voter(1)
	again.Sequence++
	seen := map[[32]byte]bool{}
	for _, tracker := range [][32]byte{
		w.Tracker(voter(1), raw), w.Tracker(voter(2), raw), w.Tracker(again, raw), other.Tracker(voter(1), raw), w.Tracker(voter(1), raw[1:]),
	} {
		if seen[tracker] {
			t.Error("one tracker twice")
		}
		seen[tracker] = true
	}
	if w.Tracker(voter(1), raw) != w.Tracker(voter(1), slices.Clone(raw)) {
		t.Error("one ballot has two trackers")
	}
}

// TestOpening: what is revealed shows the choice, and only the true one.
func TestOpening(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(11, 1, 10)))
	choice := []int64{0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1}
	raw, opening := w.spoil(voter(1), choice...)
	b, err := w.Verify(voter(1), raw)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.Open(b, opening.Bytes())
	if diff := cmp.Diff(choice, got); diff != "" || err != nil {
		t.Errorf("opened: %v, %s", err, diff)
	}
	const entry = 36
	for name, change := range map[string]func(o []byte) []byte{
		"nothing":             func([]byte) []byte { return nil },
		"cut":                 func(o []byte) []byte { return o[:len(o)-1] },
		"a byte more":         func(o []byte) []byte { return append(o, 0) },
		"version 2":           func(o []byte) []byte { o[0] = 2; return o },
		"another choice":      func(o []byte) []byte { o[1+3] = 1; return o },
		"a choice of 2^32-1":  func(o []byte) []byte { copy(o[1:], []byte{0xff, 0xff, 0xff, 0xff}); return o },
		"another filling":     func(o []byte) []byte { o[1+11*entry+3] ^= 1; return o },
		"another nonce":       func(o []byte) []byte { addOne(o[5:][:32]); return o },
		"a nonce too large":   func(o []byte) []byte { addOrder(o[5:][:32]); return o },
		"two nonces exchange": func(o []byte) []byte { swap(o, 1, entry); return o },
	} {
		if _, err := w.Open(b, change(opening.Bytes())); !errors.Is(err, secretballot.ErrOpening) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOpeningOfLies: a ballot that holds what is not allowed can be opened truthfully, and is refused as an opening all the same.
func TestOpeningOfLies(t *testing.T) {
	t.Parallel()
	w, free := newWorld(t, shapeOf(secretballot.Approval(2, 1, 1))), newWorld(t, shapeOf(secretballot.Approval(2, 0, 2)))
	free.key, free.id = w.key, w.id
	free.renew()
	raw, opening := free.spoil(voter(1), 1, 1)
	longer := make([]byte, w.BallotBytes())
	copy(longer, raw[:1+2*64])
	b, err := w.Decode(longer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Open(b, opening.Bytes()); !errors.Is(err, secretballot.ErrOpening) {
		t.Errorf("two of one: %v", err)
	}
	honest, opening := w.spoil(voter(1), 1, 0)
	for _, place := range []int{1, 33} { // A and B of the first option
		bent := slices.Clone(honest)
		add(bent, place, group.Base())
		if b, err = w.Decode(bent); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Open(b, opening.Bytes()); !errors.Is(err, secretballot.ErrOpening) {
			t.Errorf("another element at %d: %v", place, err)
		}
	}
}

// counted counts the bytes that are read.
type counted struct{ n int }

func (c *counted) Read(p []byte) (int, error) {
	c.n += len(p)
	return rand.Reader.Read(p)
}

// TestRandomBytes: how many are read does not depend on the choice, and without them there is no ballot.
func TestRandomBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(11, 1, 10)))
	var first counted
	for i := range 10 {
		choice := make([]int64, 11)
		for j := range i + 1 {
			choice[j] = 1
		}
		var c counted
		if _, _, err := w.Encrypt(&c, voter(1), choice); err != nil {
			t.Fatal(err)
		}
		if first.n == 0 {
			first = c
		}
		if c != first {
			t.Errorf("%d options read %d bytes, one option %d", i+1, c.n, first.n)
		}
	}
	choice := make([]int64, 11)
	choice[0] = 1
	for n := 0; n < first.n; n += 63 {
		if raw, opening, err := w.Encrypt(io.LimitReader(rand.Reader, int64(n)), voter(1), choice); err == nil || raw != nil || opening != nil {
			t.Errorf("%d random bytes: %v", n, err)
		}
	}
}

// TestAnyShape: of whatever shape, an allowed choice is encrypted, proved, opened and counted; a changed bit is not taken.
func TestAnyShape(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		shape, choice := drawShape(rt)
		w := newWorld(t, shape)
		raw, opening, err := w.Encrypt(rand.Reader, voter(1), choice)
		if err != nil {
			rt.Fatal(err)
		}
		b, err := w.Verify(voter(1), raw)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := w.Open(b, opening.Bytes())
		if diff := cmp.Diff(choice, got); diff != "" || err != nil {
			rt.Fatalf("opened: %v, %s", err, diff)
		}
		if _, err := w.Verify(voter(1), (&liar{world: w, voter: voter(1)}).ballot(choice)); err != nil {
			rt.Fatalf("of the second prover: %v", err)
		}
		weight := rapid.Int64Range(0, 1000).Draw(rt, "weight")
		var want []int64
		for _, total := range shape.Totals {
			want = append(want, weight*valueOf(total, choice))
		}
		if diff := cmp.Diff(want, w.totals([]secretballot.Cast{{Voter: voter(1), Ballot: raw}}, []int64{weight})); diff != "" {
			rt.Fatalf("totals: %s", diff)
		}
		bit := rapid.IntRange(0, 8*len(raw)-1).Draw(rt, "bit")
		raw[bit/8] ^= 1 << (bit % 8)
		if _, err := w.Verify(voter(1), raw); err == nil {
			rt.Fatalf("bit %d may be changed", bit)
		}
	})
}

func valueOf(terms []secretballot.Term, choice []int64) (n int64) {
	for _, t := range terms {
		n += t.Coefficient * choice[t.Selection]
	}
	return n
}

// drawShape draws a shape and a choice that it allows.
func drawShape(rt *rapid.T) (shape secretballot.Shape, choice []int64) {
	n := rapid.IntRange(1, 4).Draw(rt, "selections")
	for range n {
		most := rapid.Int64Range(1, 4).Draw(rt, "max")
		shape.Selections, choice = append(shape.Selections, most), append(choice, rapid.Int64Range(0, most).Draw(rt, "value"))
	}
	terms := func() (out []secretballot.Term) {
		for at := range n {
			if rapid.Bool().Draw(rt, "in") || at == n-1 && len(out) == 0 {
				out = append(out, secretballot.Term{Selection: at, Coefficient: rapid.Int64Range(1, 12).Draw(rt, "coefficient")})
			}
		}
		return out
	}
	for range rapid.IntRange(0, 2).Draw(rt, "sums") {
		s := secretballot.Sum{Terms: terms()}
		v := valueOf(s.Terms, choice)
		s.Lo = rapid.Int64Range(0, v).Draw(rt, "lo")
		s.Hi = rapid.Int64Range(v, valueOf(s.Terms, shape.Selections)).Draw(rt, "hi")
		shape.Sums = append(shape.Sums, s)
	}
	for range rapid.IntRange(1, 2).Draw(rt, "totals") {
		shape.Totals = append(shape.Totals, terms())
	}
	return shape, choice
}

// FuzzVerify: whatever bytes come, the answer is a ballot or a named refusal; what is taken is the ballot that was made.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, shapeOf(secretballot.Approval(2, 1, 1)))
	good := w.cast(voter(1), 1, 0)
	f.Add(good)
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, len(good)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		b, err := w.Verify(voter(1), raw)
		if err == nil && (!bytes.Equal(raw, good) || b == nil) {
			t.Errorf("another ballot is taken: %x", raw)
		}
		if explained := w.Explain(voter(1), raw); (explained == nil) != (err == nil) {
			t.Errorf("%v, explained as %v", err, explained)
		}
	})
}

// FuzzOpen: whatever bytes come, only the true opening opens.
func FuzzOpen(f *testing.F) {
	w := newWorld(f, shapeOf(secretballot.Approval(2, 1, 1)))
	raw, opening := w.spoil(voter(1), 1, 0)
	b, err := w.Decode(raw)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(opening.Bytes())
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, o []byte) {
		choice, err := w.Open(b, o)
		if err == nil && (!bytes.Equal(o, opening.Bytes()) || !cmp.Equal(choice, []int64{1, 0})) {
			t.Errorf("another opening is taken: %x", o)
		}
	})
}
