package secretballot_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot"
)

const oneOfFile = "../../docs/format/oneof.json"

func oneOf(t testing.TB, n, thing int) []int64 {
	t.Helper()
	choice, err := secretballot.OneOfChoice(n, thing)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

// oneOfCases are elections of as many ways to fill a ballot in as three, four and five options can be ranked.
func oneOfCases(t testing.TB) []vectorCase {
	all := func(n int, things ...int) (choices [][]int64) {
		for _, thing := range things {
			choices = append(choices, oneOf(t, n, thing))
		}
		return choices
	}
	return []vectorCase{
		{"one of 6", shapeOf(secretballot.OneOf(6)), all(6, 3, -1, 3), []int64{1, 1, 2}, nil},
		{"one of 24", shapeOf(secretballot.OneOf(24)), all(24, 23), []int64{1}, nil},
		{"one of 120", shapeOf(secretballot.OneOf(120)), all(120, 77), []int64{3}, nil},
	}
}

// TestOneOfVectors: what stands in the file is what this package makes of it.
func TestOneOfVectors(t *testing.T) {
	t.Parallel()
	checkVectors(t, oneOfFile, oneOfCases(t))
}

// given voters who choose one thing each or none, when all are cast, then the totals are how many chose each.
func TestOneOfCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(r, "things")
		w := newWorld(t, shapeOf(secretballot.OneOf(n)))
		var casts []secretballot.Cast
		var weights []int64
		want := make([]int64, n)
		for i := range rapid.IntRange(0, 4).Draw(r, "voters") {
			thing, weight := rapid.IntRange(-1, n-1).Draw(r, "thing"), rapid.Int64Range(0, 9).Draw(r, "weight")
			v := voter(uint64(i))
			casts, weights = append(casts, secretballot.Cast{Voter: v, Ballot: w.cast(v, oneOf(t, n, thing)...)}), append(weights, weight)
			if thing >= 0 {
				want[thing] += weight
			}
		}
		if diff := cmp.Diff(want, w.totals(casts, weights)); diff != "" {
			r.Fatalf("totals: %s", diff)
		}
	})
}

// Nobody chooses two things, half of one, or one twice; and forged proofs of such choices do not hold.
func TestOneOfRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.OneOf(6)))
	for _, choice := range [][]int64{{1, 1, 0, 0, 0, 0}, {0, 0, 2, 0, 0, 0}, {0, 0, 0, 0, 0, -1}, {1}, make([]int64, 7)} {
		if raw, _, err := w.Encrypt(nil, voter(1), choice); !errors.Is(err, secretballot.ErrChoice) || raw != nil {
			t.Errorf("%v: %v", choice, err)
		}
	}
	choice := oneOf(t, 6, 2)
	for _, f := range forgeries(w, secretballot.Cast{Voter: voter(1), Ballot: w.cast(voter(1), choice...)}, choice) {
		if _, err := w.Verify(f.cast.Voter, f.cast.Ballot); err == nil {
			t.Errorf("%s is taken", f.name)
		}
	}
	for _, c := range [][2]int{{3, 3}, {3, -2}, {-1, -1}, {121, 0}} {
		if _, err := secretballot.OneOfChoice(c[0], c[1]); !errors.Is(err, secretballot.ErrChoice) {
			t.Errorf("%v: %v", c, err)
		}
	}
	for n, want := range map[int]error{121: secretballot.ErrShapeSize, 1: secretballot.ErrShape, -1: secretballot.ErrShape} {
		if _, err := secretballot.OneOf(n); !errors.Is(err, want) {
			t.Errorf("one of %d: %v", n, err)
		}
	}
	shape := shapeOf(secretballot.OneOf(secretballot.OneOfMax))
	if n, err := shape.BallotBytes(); n != 34_785 || err != nil {
		t.Errorf("the largest ballot has %d bytes: %v", n, err)
	}
}

// A whole batch of the largest ballots is checked as one sum, and a bad one is found.
func TestOneOfBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.OneOf(secretballot.OneOfMax)))
	var casts []secretballot.Cast
	for i := range 6 {
		v := voter(uint64(i))
		casts = append(casts, secretballot.Cast{Voter: v, Ballot: w.cast(v, oneOf(t, secretballot.OneOfMax, 20*i-1)...)})
	}
	if _, bad := w.VerifyAll(casts, nil); len(bad) > 0 {
		t.Fatalf("good ballots are refused: %v", bad)
	}
	casts[4].Voter = voter(9)
	ballots, bad := w.VerifyAll(casts, nil)
	if len(bad) != 1 || bad[0].Index != 4 || !errors.Is(bad[0].Err, secretballot.ErrUnproved) || ballots[4] != nil || ballots[5] == nil {
		t.Errorf("bad are %v", bad)
	}
}

// FuzzOneOf: whatever bytes come, only the one that was made is this voter's ballot.
func FuzzOneOf(f *testing.F) {
	w := newWorld(f, shapeOf(secretballot.OneOf(6)))
	good := w.cast(voter(1), oneOf(f, 6, 5)...)
	f.Add(good)
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, len(good)))
	f.Add(append(bytes.Clone(good[:1+64*6]), bytes.Repeat([]byte{0}, len(good)-1-64*6)...))
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

// BenchmarkOneOf shows what a ballot of all rankings of three, four and five options, and of scores 0..3 for three, costs.
func BenchmarkOneOf(b *testing.B) {
	for _, n := range []int{6, 24, 63, 120} {
		w := newWorld(b, shapeOf(secretballot.OneOf(n)))
		choice, casts := oneOf(b, n, 1), make([]secretballot.Cast, 64)
		spread(len(casts), func(i int) {
			v := voter(uint64(i))
			raw, _, err := w.Encrypt(rand.Reader, v, choice)
			if err != nil {
				panic(err)
			}
			casts[i] = secretballot.Cast{Voter: v, Ballot: raw}
		})
		name := "ways=" + strconv.Itoa(n)
		b.Run(name+"/encrypt", func(b *testing.B) {
			for b.Loop() {
				w.cast(voter(1), choice...)
			}
			perSecond(b, 1)
			b.ReportMetric(float64(w.BallotBytes()), "bytes")
		})
		b.Run(name+"/verify one", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				at := i % len(casts)
				if _, err := w.Verify(casts[at].Voter, casts[at].Ballot); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b, 1)
		})
		b.Run(name+"/verify batch", func(b *testing.B) {
			for b.Loop() {
				if _, bad := w.VerifyAll(casts, nil); len(bad) > 0 {
					b.Fatal(bad)
				}
			}
			perSecond(b, len(casts))
		})
	}
}
