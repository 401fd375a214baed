package secretballot_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"math/big"
	"slices"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// This is a second prover, written from docs/format.md. It proves whatever it is told to, and leaves out what it is told to: a liar with
// all the skill that there is.

// talk is a transcript. It leaves out items with the label skip.
type talk struct {
	bytes.Buffer
	skip string
}

func str(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

func newTalk(domain, skip string) *talk {
	t := &talk{skip: skip}
	t.Write(str(domain))
	return t
}

func (t *talk) say(label string, data []byte) {
	if label == t.skip {
		return
	}
	t.Write(str(label))
	t.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
}

func (t *talk) number(label string, n int64) {
	t.say(label, binary.BigEndian.AppendUint64(nil, uint64(n)))
}

func (t *talk) digest(label string) []byte {
	t.Write(str(label))
	digest := sha512.Sum512(t.Bytes())
	t.Write(append(binary.BigEndian.AppendUint32(nil, sha512.Size), digest[:]...))
	return digest[:]
}

func (t *talk) challenge(label string) *group.Scalar {
	wide, l := new(big.Int), new(big.Int)
	backwards := t.digest(label)
	slices.Reverse(backwards)
	wide.SetBytes(backwards)
	l.SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	out := wide.Mod(wide, l).FillBytes(make([]byte, 32))
	slices.Reverse(out)
	return must(group.DecodeScalar(out))
}

// must takes an answer of what cannot go wrong here.
func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

func shapeDigest(s secretballot.Shape) []byte {
	t := newTalk("renlin/vote/v1/shape", "")
	terms := func(terms []secretballot.Term) {
		t.number("terms", int64(len(terms)))
		for _, term := range terms {
			t.number("selection", int64(term.Selection))
			t.number("coefficient", term.Coefficient)
		}
	}
	t.number("selections", int64(len(s.Selections)))
	for _, most := range s.Selections {
		t.number("max", most)
	}
	t.number("sums", int64(len(s.Sums)))
	for _, sum := range s.Sums {
		terms(sum.Terms)
		t.number("lo", sum.Lo)
		t.number("hi", sum.Hi)
	}
	t.number("totals", int64(len(s.Totals)))
	for _, total := range s.Totals {
		terms(total)
	}
	return t.digest("shape")
}

// statement says that terms are one of k values from lo on.
type statement struct {
	terms []secretballot.Term
	lo    int64
	k     int
}

// statementsOf answers a ballot's statements and how many ciphertexts it has.
func statementsOf(s secretballot.Shape) (out []statement, ciphertexts int) {
	one := func(at int) []secretballot.Term { return []secretballot.Term{{Selection: at, Coefficient: 1}} }
	for at, most := range s.Selections {
		out = append(out, statement{one(at), 0, int(most) + 1})
	}
	ciphertexts = len(s.Selections)
	var sums []statement
	for _, sum := range s.Sums {
		width := sum.Hi - sum.Lo
		if width < 8 {
			sums = append(sums, statement{sum.Terms, sum.Lo, int(width) + 1})
			continue
		}
		terms, weight := slices.Clone(sum.Terms), int64(1)
		for ; width > 0; weight *= 2 {
			terms = append(terms, secretballot.Term{Selection: ciphertexts, Coefficient: min(weight, width)})
			out = append(out, statement{one(ciphertexts), 0, 2})
			width -= weight
			ciphertexts++
		}
		sums = append(sums, statement{terms, sum.Hi, 1})
	}
	return append(out, sums...), ciphertexts
}

// fillers answers the values that fill sums up after a choice.
func fillers(s secretballot.Shape, choice []int64) (out []int64) {
	for _, sum := range s.Sums {
		rest := sum.Hi
		for _, t := range sum.Terms {
			rest -= t.Coefficient * choice[t.Selection]
		}
		if sum.Hi-sum.Lo < 8 {
			continue
		}
		weights := []int64{}
		for width, weight := sum.Hi-sum.Lo, int64(1); width > 0; weight *= 2 {
			weights = append(weights, min(weight, width))
			width -= weight
		}
		bits := make([]int64, len(weights))
		slices.Sort(weights[:len(weights)-1])
		last := len(weights) - 1
		if rest >= weights[last] && rest > 1<<last-1 {
			bits[last], rest = 1, rest-weights[last]
		}
		for i := range last {
			bits[i] = rest >> i & 1
		}
		out = append(out, bits...)
	}
	return out
}

// liar makes a ballot that encrypts what it pleases and proves each statement as if the value were the nearest that is allowed.
type liar struct {
	*world
	voter secretballot.Voter
	// skip is the label of what is left out of the challenges, if any.
	skip string
	// bend changes the commitments of a statement's branch, if it is there, before they are hashed.
	bend func(statement, branch int, a, b *group.Element)
}

func (l *liar) ballot(values []int64) []byte {
	statements, n := statementsOf(l.shape)
	if len(values) < n {
		values = append(slices.Clone(values), fillers(l.shape, values)...)
	}
	y, g := must(group.DecodeElement(l.key)), group.Base()
	var cts []secretballot.Ciphertext
	var rs []*group.Scalar
	ciphertexts := []byte{}
	for _, v := range values {
		r := must(group.RandomScalar(rand.Reader))
		b := group.NewElement().Add(times(group.ScalarOfInt(v), g), times(r, y))
		rs, cts = append(rs, r), append(cts, secretballot.Ciphertext{A: times(r, g), B: b})
		ciphertexts = append(ciphertexts, cts[len(cts)-1].Bytes()...)
	}
	type proof struct {
		claim    int
		w, r     *group.Scalar
		cs, ss   []*group.Scalar
		knownSum *group.Scalar
	}
	proofs := make([]proof, len(statements))
	commitments := []byte{}
	for i, st := range statements {
		p := &proofs[i]
		sum, total := secretballot.Ciphertext{A: group.NewElement(), B: group.NewElement()}, int64(0)
		p.r, p.knownSum, p.w = group.NewScalar(), group.NewScalar(), must(group.RandomScalar(rand.Reader))
		for _, t := range st.terms {
			c := group.ScalarOfInt(t.Coefficient)
			sum.A.Add(sum.A, times(c, cts[t.Selection].A))
			sum.B.Add(sum.B, times(c, cts[t.Selection].B))
			p.r.Add(p.r, group.NewScalar().Multiply(c, rs[t.Selection]))
			total += t.Coefficient * values[t.Selection]
		}
		p.claim = int(min(max(total-st.lo, 0), int64(st.k-1)))
		for j := range st.k {
			c, s := must(group.RandomScalar(rand.Reader)), must(group.RandomScalar(rand.Reader))
			a, b := times(p.w, g), times(p.w, y)
			if j != p.claim {
				off := group.NewElement().Subtract(sum.B, times(group.ScalarOfInt(st.lo+int64(j)), g))
				a = group.NewElement().Subtract(times(s, g), times(c, sum.A))
				b = group.NewElement().Subtract(times(s, y), times(c, off))
				p.knownSum.Add(p.knownSum, c)
			}
			if l.bend != nil {
				l.bend(i, j, a, b)
			}
			p.cs, p.ss = append(p.cs, c), append(p.ss, s)
			commitments = append(append(commitments, a.Bytes()...), b.Bytes()...)
		}
	}
	t := l.talk(ciphertexts, commitments)
	out := slices.Concat([]byte{1}, ciphertexts, commitments)
	for i := range proofs {
		p := &proofs[i]
		t.number("proof", int64(i))
		c := t.challenge("challenge")
		p.cs[p.claim] = group.NewScalar().Subtract(c, p.knownSum)
		p.ss[p.claim] = group.NewScalar().Add(p.w, group.NewScalar().Multiply(p.cs[p.claim], p.r))
		for _, c := range p.cs[:len(p.cs)-1] {
			out = append(out, c.Bytes()...)
		}
		for _, s := range p.ss {
			out = append(out, s.Bytes()...)
		}
	}
	return out
}

// talk says what a ballot's proofs are bound to.
func (l *liar) talk(ciphertexts, commitments []byte) *talk {
	t := newTalk("renlin/vote/v1/ballot", l.skip)
	t.say("election", l.id[:])
	t.say("key", l.key)
	t.say("shape", shapeDigest(l.shape))
	t.say("pseudonym", l.voter.Pseudonym[:])
	t.number("sequence", int64(l.voter.Sequence))
	t.say("ciphertexts", ciphertexts)
	t.say("commitments", commitments)
	return t
}

func times(s *group.Scalar, e *group.Element) *group.Element {
	return group.NewElement().ScalarMult(s, e)
}
