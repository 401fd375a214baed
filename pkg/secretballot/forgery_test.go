package secretballot_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// forgery is a ballot that must be refused, and for what.
type forgery struct {
	name string
	cast secretballot.Cast
	want *fault.Fault
}

// layout is where the parts of a ballot are.
type layout struct {
	statements                        []statement
	ciphertexts, commitments, scalars int // where they begin
	end                               int
}

func layoutOf(s secretballot.Shape) layout {
	statements, n := statementsOf(s)
	l := layout{statements: statements, ciphertexts: 1, commitments: 1 + 64*n}
	l.scalars = l.commitments
	for _, st := range statements {
		l.scalars += 64 * st.k
	}
	l.end = l.scalars
	for _, st := range statements {
		l.end += 32 * (2*st.k - 1)
	}
	return l
}

// forgeries are attacks on a good ballot and its choice, the first option being chosen or not.
func forgeries(w *world, good secretballot.Cast, choice []int64) (out []forgery) {
	at := layoutOf(w.shape)
	forge := func(name string, want *fault.Fault, v secretballot.Voter, raw []byte) {
		out = append(out, forgery{name, secretballot.Cast{Voter: v, Ballot: raw}, want})
	}
	change := func(name string, want *fault.Fault, do func(raw []byte) []byte) {
		forge(name, want, good.Voter, do(slices.Clone(good.Ballot)))
	}
	lie := func(name string, v int64) {
		values := slices.Clone(choice)
		values[0] = v
		if len(fillers(w.shape, choice)) > 0 { // what fills up stays a bit
			values = append(values, fillers(w.shape, choice)...)
		}
		forge(name, secretballot.ErrUnproved, good.Voter, (&liar{world: w, voter: good.Voter}).ballot(values))
	}
	lie("a number one too large", w.shape.Selections[0]+1)
	lie("minus one", -1)
	lie("a million", 1_000_000)
	if len(w.shape.Sums) > 0 {
		lie("a sum that is not allowed", 1-choice[0])
	}
	other := good.Voter
	other.Pseudonym[0]++
	forge("another voter", secretballot.ErrUnproved, other, good.Ballot)
	other = good.Voter
	other.Sequence++
	forge("another sequence number", secretballot.ErrUnproved, other, good.Ballot)
	change("two options exchanged, with their proofs", secretballot.ErrUnproved, func(b []byte) []byte {
		swap(b, at.ciphertexts, 64)
		swap(b, at.commitments, 64*at.statements[0].k)
		swap(b, at.scalars, 32*(2*at.statements[0].k-1))
		return b
	})
	change("encrypted anew, with the old proofs", secretballot.ErrUnproved, func(b []byte) []byte {
		r := must(group.RandomScalar(rand.Reader))
		add(b, at.ciphertexts, times(r, group.Base()))
		add(b, at.ciphertexts+32, times(r, must(group.DecodeElement(w.key))))
		return b
	})
	change("empty", secretballot.ErrSize, func([]byte) []byte { return []byte{} })
	change("cut", secretballot.ErrSize, func(b []byte) []byte { return b[:len(b)-1] })
	change("a byte more", secretballot.ErrSize, func(b []byte) []byte { return append(b, 0) })
	change("version 2", secretballot.ErrVersion, func(b []byte) []byte { b[0] = 2; return b })
	change("A is the identity", group.ErrIdentity, func(b []byte) []byte { clear(b[at.ciphertexts:][:32]); return b })
	change("B is the identity", group.ErrIdentity, func(b []byte) []byte { clear(b[at.ciphertexts+32:][:32]); return b })
	change("a commitment is the identity", group.ErrIdentity, func(b []byte) []byte { clear(b[at.scalars-32:][:32]); return b })
	change("A is a negative number", group.ErrElement, func(b []byte) []byte { negate(b[at.ciphertexts:][:32]); return b })
	change("a commitment is a negative number", group.ErrElement, func(b []byte) []byte { negate(b[at.scalars-32:][:32]); return b })
	change("a challenge and the order", group.ErrScalar, func(b []byte) []byte { addOrder(b[at.scalars:][:32]); return b })
	change("a response and the order", group.ErrScalar, func(b []byte) []byte { addOrder(b[at.end-32:][:32]); return b })
	change("one A twice", secretballot.ErrRepeated, func(b []byte) []byte { copy(b[at.ciphertexts+64:][:32], b[at.ciphertexts:]); return b })
	change("one commitment twice", secretballot.ErrRepeated, func(b []byte) []byte {
		copy(b[at.commitments+64:][:32], b[at.commitments:])
		return b
	})
	change("a response one more", secretballot.ErrUnproved, func(b []byte) []byte { addOne(b[at.end-32:][:32]); return b })
	return out
}

// swap exchanges the first two items of a size.
func swap(b []byte, at, size int) {
	first := slices.Clone(b[at:][:size])
	copy(b[at:], b[at+size:][:size])
	copy(b[at+size:], first)
}

// add adds to an element in place.
func add(b []byte, at int, e *group.Element) {
	copy(b[at:], group.NewElement().Add(must(group.DecodeElement(b[at:][:32])), e).Bytes())
}

// addOne adds 1 to a scalar in place.
func addOne(b []byte) {
	copy(b, group.NewScalar().Add(must(group.DecodeScalar(b)), group.ScalarOf(1)).Bytes())
}

// negate writes p-s for s: the same element to whoever looks at squares only.
func negate(b []byte) {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	writeNumber(b, p.Sub(p, readNumber(b)))
}

// addOrder writes s+l for s: the same scalar to whoever reduces.
func addOrder(b []byte) {
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	writeNumber(b, l.Add(l, readNumber(b)))
}

func readNumber(b []byte) *big.Int {
	c := slices.Clone(b)
	slices.Reverse(c)
	return new(big.Int).SetBytes(c)
}

func writeNumber(b []byte, n *big.Int) {
	n.FillBytes(b)
	slices.Reverse(b)
}

// forgedShapes are shapes of every kind of statement.
var forgedShapes = map[string]struct {
	shape  secretballot.Shape
	choice []int64
}{
	"plurality":        {shapeOf(secretballot.Approval(3, 1, 1)), []int64{0, 1, 0}},
	"up to two":        {shapeOf(secretballot.Approval(3, 0, 2)), []int64{0, 1, 1}},
	"one to ten of 11": {shapeOf(secretballot.Approval(11, 1, 10)), []int64{0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	"scores":           {shapeOf(secretballot.Score(2, 3)), []int64{2, 0}},
	"quadratic":        {shapeOf(secretballot.Quadratic(2, 3, 9)), []int64{0, 0, 0, 0, 0, 1}},
}

func TestForgeries(t *testing.T) {
	t.Parallel()
	for name, c := range forgedShapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.shape)
			good := secretballot.Cast{Voter: voter(1), Ballot: w.cast(voter(1), c.choice...)}
			if _, err := w.Verify(good.Voter, good.Ballot); err != nil {
				t.Fatal(err)
			}
			for _, f := range forgeries(w, good, c.choice) {
				if _, err := w.Verify(f.cast.Voter, f.cast.Ballot); !errors.Is(err, f.want) {
					t.Errorf("%s: %v, want %v", f.name, err, f.want)
				}
				if err := w.Explain(f.cast.Voter, f.cast.Ballot); !errors.Is(err, f.want) {
					t.Errorf("%s, explained: %v, want %v", f.name, err, f.want)
				}
				casts := []secretballot.Cast{good, f.cast, good}
				if ballots, bad := w.VerifyAll(casts, nil); len(bad) != 1 || bad[0].Index != 1 || !errors.Is(bad[0].Err, f.want) || ballots[1] != nil {
					t.Errorf("%s, in a batch: %v", f.name, bad)
				}
			}
		})
	}
}

// TestReference: the second prover's honest ballots are taken, and what it encrypts is counted; so its lies fail for being lies.
func TestReference(t *testing.T) {
	t.Parallel()
	for name, c := range forgedShapes {
		w := newWorld(t, c.shape)
		l := &liar{world: w, voter: voter(1)}
		if _, err := w.Verify(voter(1), l.ballot(c.choice)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if at := layoutOf(c.shape); at.end != w.BallotBytes() {
			t.Errorf("%s: %d bytes, want %d", name, w.BallotBytes(), at.end)
		}
	}
}

// TestBindings: a prover who leaves one thing out of the challenge could change it afterwards. Its proofs must not hold; were the thing
// left out here, too, they would.
func TestBindings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 0, 1)))
	for _, label := range []string{"election", "key", "shape", "pseudonym", "sequence", "ciphertexts", "commitments", "proof"} {
		forged := (&liar{world: w, voter: voter(1), skip: label}).ballot([]int64{1, 0})
		if _, err := w.Verify(voter(1), forged); !errors.Is(err, secretballot.ErrUnproved) {
			t.Errorf("without %s: %v", label, err)
		}
	}
	raw := w.cast(voter(1), 1, 0)
	for name, change := range map[string]func(*world){
		"another election": func(w *world) { w.id[31]++ },
		"another key":      func(w *world) { w.key = group.Base().Bytes() },
		"another maximum":  func(w *world) { w.shape = shapeOf(secretballot.Approval(2, 1, 2)) },
		"another total":    func(w *world) { w.shape.Totals = w.shape.Totals[:1] },
		"another coefficient": func(w *world) {
			w.shape.Totals = [][]secretballot.Term{{{Selection: 0, Coefficient: 2}}, {{Selection: 1, Coefficient: 1}}}
		},
	} {
		other := &world{t: t, id: w.id, key: w.key, shape: w.shape}
		change(other)
		other.renew()
		if _, err := other.Verify(voter(1), raw); !errors.Is(err, secretballot.ErrUnproved) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWeakFiatShamir builds the forgery of who chooses what is encrypted after the challenge: from challenges that are hashed without the
// ciphertexts, the number that fits is computed. The equations hold for such challenges; for ours they must not.
func TestWeakFiatShamir(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 0, 2)))
	y, g := must(group.DecodeElement(w.key)), group.Base()
	l := &liar{world: w, voter: voter(1), skip: "ciphertexts"}
	random := func() *group.Scalar { return must(group.RandomScalar(rand.Reader)) }
	var commitments []byte
	var alphas, betas, deltas []*group.Scalar
	for range 2 { // a0 = α·G, b0 = α·Y + δ·G; a1 = β·G, b1 = β·Y
		alpha, beta, delta := random(), random(), random()
		b0 := group.NewElement().Add(times(alpha, y), times(delta, g))
		for _, e := range []*group.Element{times(alpha, g), b0, times(beta, g), times(beta, y)} {
			commitments = append(commitments, e.Bytes()...)
		}
		alphas, betas, deltas = append(alphas, alpha), append(betas, beta), append(deltas, delta)
	}
	weak := l.talk(nil, commitments)
	var ciphertexts, scalars []byte
	for i := range 2 { // c0 = c, c1 = 0, so that v = -δ/c is encrypted, a number of 252 bits
		weak.number("proof", int64(i))
		c, r := weak.challenge("challenge"), random()
		v := group.NewScalar().Negate(group.NewScalar().Multiply(deltas[i], group.NewScalar().Invert(c)))
		ct := secretballot.Ciphertext{A: times(r, g), B: group.NewElement().Add(times(v, g), times(r, y))}
		s0 := group.NewScalar().Add(alphas[i], group.NewScalar().Multiply(c, r))
		ciphertexts = append(ciphertexts, ct.Bytes()...)
		for _, s := range []*group.Scalar{c, s0, betas[i]} {
			scalars = append(scalars, s.Bytes()...)
		}
		first := group.NewElement().Add(must(group.DecodeElement(commitments[128*i+32:][:32])), times(c, ct.B))
		if first.Equal(times(s0, y)) != 1 {
			t.Fatal("the forgery is not even right for a weak challenge")
		}
	}
	raw := slices.Concat([]byte{1}, ciphertexts, commitments, scalars)
	if _, err := w.Verify(voter(1), raw); !errors.Is(err, secretballot.ErrUnproved) {
		t.Errorf("numbers chosen after the challenge are taken: %v", err)
	}
}

// TestWeakCoefficients builds the forgery of who knows the batch's coefficients before the responses are chosen: it encrypts 2 and
// bends two responses so that all equations, multiplied and added up, cancel. Our coefficients depend on the responses, so it must
// fail.
func TestWeakCoefficients(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 0, 2)))
	l := &liar{world: w, voter: voter(1)}
	at := layoutOf(w.shape)
	for name, seedOf := range map[string]func(ballot []byte) []byte{
		"hashed without the responses": func(ballot []byte) []byte {
			said := l.talk(ballot[at.ciphertexts:at.commitments], ballot[at.commitments:at.scalars])
			for i := range at.statements {
				said.number("proof", int64(i))
				said.challenge("challenge")
			}
			batch := newTalk("renlin/vote/v1/batch", "")
			batch.say("ballot", said.digest("ballot"))
			return batch.digest("coefficients")
		},
		"the same for all batches": func([]byte) []byte { return newTalk("renlin/vote/v1/batch", "").digest("coefficients") },
	} {
		raw := l.ballot([]int64{2, 0})
		rho := coefficientsFrom(seedOf(raw), 8)
		// Branch 1 of the first number claims 1 of 2: only its second equation is wrong, by c·G. Responses larger by d0 and d1 in branches
		// 0 and 1 change the sum by (d0·ρ0 + d1·ρ2)·G + (d0·ρ1 + d1·ρ3)·Y.
		c0 := must(group.DecodeScalar(raw[at.scalars:][:32]))
		whole := l.talk(raw[at.ciphertexts:at.commitments], raw[at.commitments:at.scalars])
		whole.number("proof", 0)
		c := group.NewScalar().Subtract(whole.challenge("challenge"), c0)
		wrong := group.NewScalar().Multiply(c, rho[3])
		ratio := group.NewScalar().Negate(group.NewScalar().Multiply(rho[1], group.NewScalar().Invert(rho[3]))) // d1 = ratio·d0
		d0 := group.NewScalar().Add(rho[0], group.NewScalar().Multiply(ratio, rho[2]))
		d0 = d0.Multiply(wrong, group.NewScalar().Invert(d0))
		for i, d := range []*group.Scalar{d0, group.NewScalar().Multiply(ratio, d0)} {
			s := raw[at.scalars+32+32*i:][:32]
			copy(s, group.NewScalar().Add(must(group.DecodeScalar(s)), d).Bytes())
		}
		if _, err := w.Verify(voter(1), raw); !errors.Is(err, secretballot.ErrUnproved) {
			t.Errorf("coefficients %s: %v", name, err)
		}
	}
}

// coefficientsFrom answers the first coefficients of a batch.
func coefficientsFrom(seed []byte, n int) (out []*group.Scalar) {
	for block := uint64(0); len(out) < n; block++ {
		sum := sha512.Sum512(binary.BigEndian.AppendUint64(slices.Clone(seed), block))
		for at := 0; at < len(sum); at += 16 {
			var b [32]byte
			copy(b[:], sum[at:at+16])
			out = append(out, must(group.DecodeScalar(b[:])))
		}
	}
	return out
}

// TestEveryByte changes every number of a ballot, one at a time.
func TestEveryByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 0, 1)))
	good := w.cast(voter(1), 1, 0)
	at := layoutOf(w.shape)
	refuse := func(place int, what string, want error, do func(b []byte)) {
		raw := slices.Clone(good)
		do(raw[place:][:32])
		if _, err := w.Verify(voter(1), raw); !errors.Is(err, want) {
			t.Errorf("%s at %d: %v, want %v", what, place, err, want)
		}
	}
	for place := 1; place < at.end; place += 32 {
		if place < at.scalars {
			refuse(place, "another element", secretballot.ErrUnproved, func(b []byte) { add(b, 0, group.Base()) })
			refuse(place, "the identity", group.ErrIdentity, func(b []byte) { clear(b) })
			refuse(place, "a negative number", group.ErrElement, negate)
			refuse(place, "no element", group.ErrElement, func(b []byte) { copy(b, bytes.Repeat([]byte{0xff}, 32)) })
			continue
		}
		refuse(place, "one more", secretballot.ErrUnproved, addOne)
		refuse(place, "zero", secretballot.ErrUnproved, func(b []byte) { clear(b) })
		refuse(place, "the order more", group.ErrScalar, addOrder)
		refuse(place, "all ones", group.ErrScalar, func(b []byte) { copy(b, bytes.Repeat([]byte{0xff}, 32)) })
	}
}

// TestExplain names the first statement that does not hold.
func TestExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(3, 1, 1)))
	for name, c := range map[string]struct {
		values []int64
		want   int
	}{
		"first option": {[]int64{2, 0, 0}, 0}, "last option": {[]int64{0, 0, -1}, 2},
		"sum": {[]int64{1, 1, 0}, 3}, "no vote": {[]int64{0, 0, 0}, 3},
	} {
		err := w.Explain(voter(1), (&liar{world: w, voter: voter(1)}).ballot(c.values))
		if f := fault.Of(err); !errors.Is(err, secretballot.ErrUnproved) || f.Detail["proof"] != strconv.Itoa(c.want) {
			t.Errorf("%s: %v, want proof %d", name, err, c.want)
		}
	}
	if err := w.Explain(voter(1), w.cast(voter(1), 0, 1, 0)); err != nil {
		t.Errorf("a good ballot: %v", err)
	}
}
