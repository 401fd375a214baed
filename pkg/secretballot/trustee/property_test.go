package trustee

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Whatever t, n, the trustees who take part, their order and what is wrong among it: t right parts open what was encrypted, and
// fewer do not.
func TestAnyQuorum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, CountMax).Draw(t, "n")
		threshold := rapid.IntRange(1, n).Draw(t, "t")
		w := sealed(t, Secret, threshold, n)
		values := rapid.SliceOfN(rapid.Uint64Range(0, 1<<40), 1, 4).Draw(t, "values")
		sums := w.sums(values...)
		everyone := rapid.Permutation(indices(n)).Draw(t, "order")
		taking := everyone[:rapid.IntRange(0, n).Draw(t, "taking part")]
		parts := w.partials(sums, taking...)
		bad := rapid.IntRange(0, len(parts)).Draw(t, "wrong")
		for i := range bad { // each of another kind
			switch i % 3 {
			case 0:
				parts[i].Parts[0] = group.NewElement().Add(parts[i].Parts[0], group.Base())
			case 1:
				parts[i].Proof.Response = group.NewScalar()
			default:
				parts[i].Trustee = n + 1
			}
		}
		right := slices.Sorted(slices.Values(taking[bad:]))
		o, err := Combine(w.seal, sums, parts)
		if len(o.Refused) != bad {
			t.Fatalf("%d are wrong, refused %v", bad, o.Refused)
		}
		if len(right) < threshold {
			if !errors.Is(err, ErrFew) || o.Values != nil {
				t.Fatalf("%d right parts of %d needed open the sums: %v", len(right), threshold, err)
			}
			return
		}
		if err != nil || !o.holds(values...) || !slices.Equal(o.Trustees, right[:threshold]) {
			t.Fatalf("%v of %v open to something else: %v", o.Trustees, right, err)
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// The shares of any t trustees add up to the secret behind both keys, and those of fewer to another.
func TestAnyShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, CountMax).Draw(t, "n")
		threshold := rapid.IntRange(1, n).Draw(t, "t")
		w := sealed(t, Open, threshold, n)
		quorum := rapid.Permutation(indices(n)).Draw(t, "order")[:rapid.IntRange(1, n).Draw(t, "taking part")]
		sum := group.NewScalar()
		for i, weight := range lagrange(quorum) {
			sum.Add(sum, weight.Multiply(weight, w.shares[quorum[i]-1].secret))
		}
		fits := group.NewElement().ScalarBaseMult(sum).Equal(w.seal.Key) == 1
		if fits != (len(quorum) >= threshold) {
			t.Fatalf("%v of %d needed: %v", quorum, threshold, fits)
		}
		secret, err := Rebuild(w.seal, w.exposed(quorum...))
		if (err == nil) != (len(quorum) >= threshold) || err == nil && secret.secret.Equal(sum) != 1 {
			t.Fatalf("%v of %d needed: %v", quorum, threshold, err)
		}
	})
}

// What is true of a total can be proved by any quorum, put together by any trustee, and what is not cannot.
func TestAnyVerdict(t *testing.T) {
	t.Parallel()
	w := sealed(t, Secret, 2, 4)
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.Uint64Range(1, 1<<40-1).Draw(t, "bound")
		value := rapid.Uint64Range(0, bound).Draw(t, "total")
		above := rapid.Uint64Range(0, 1).Draw(t, "above")
		claim := Claim{rapid.Bool().Draw(t, "reached"), rapid.Uint64Range(1, bound).Draw(t, "threshold")}
		if rapid.Bool().Draw(t, "near") {
			claim.Threshold = min(max(1, value+above), bound) // the last that is reached, or the first that is not
		}
		// A world of its own, because chance is not shared between the properties' runs.
		own := *w
		own.failer = t
		own.rand = rand.NewChaCha8([32]byte{byte(bound), byte(value)})
		total := own.total(value, bound)
		quorum := rapid.Permutation(indices(4)).Draw(t, "quorum")[:2]
		reader := rapid.IntRange(1, 4).Draw(t, "reader")
		parts := own.blinded(total, quorum...)
		v, err := own.open(reader, total, parts).Prove(own.rand, value, claim)
		if !claim.Holds(value) {
			if !errors.Is(err, ErrUntrue) {
				t.Fatalf("%d, %v: %v", value, claim, err)
			}
			return
		}
		if err != nil {
			t.Fatalf("%d, %v: %v", value, claim, err)
		}
		if got, err := v.Check(own.seal, total, parts); err != nil || got[0] != claim {
			t.Fatalf("%d, %v: %v, %v", value, claim, got, err)
		}
	})
}
