package secretballot_test

import (
	"crypto/rand"
	"encoding/binary"
	"testing"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// world is an election whose secret key the test knows.
type world struct {
	t      testing.TB
	secret *group.Scalar
	key    []byte
	id     [secretballot.ElectionIDBytes]byte
	shape  secretballot.Shape
	*secretballot.Election
}

func newWorld(t testing.TB, shape secretballot.Shape) *world {
	t.Helper()
	w := &world{t: t, shape: shape, id: [32]byte{7: 1}}
	var err error
	if w.secret, err = group.RandomScalar(rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.key = group.NewElement().ScalarBaseMult(w.secret).Bytes()
	w.renew()
	return w
}

// renew makes the election anew, of what the test has changed.
func (w *world) renew() {
	w.t.Helper()
	var err error
	if w.Election, err = secretballot.NewElection(w.id, w.key, w.shape); err != nil {
		w.t.Fatal(err)
	}
}

// voter answers a voter's ballot number 1.
func voter(n uint64) secretballot.Voter {
	v := secretballot.Voter{Sequence: 1}
	binary.BigEndian.PutUint64(v.Pseudonym[:], n)
	return v
}

// cast encrypts a choice.
func (w *world) cast(v secretballot.Voter, choice ...int64) []byte {
	w.t.Helper()
	raw, _ := w.spoil(v, choice...)
	return raw
}

// spoil encrypts a choice and keeps what opens it.
func (w *world) spoil(v secretballot.Voter, choice ...int64) ([]byte, *secretballot.Opening) {
	w.t.Helper()
	raw, opening, err := w.Encrypt(rand.Reader, v, choice)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw, opening
}

// decrypt answers T·G of a ciphertext.
func (w *world) decrypt(c secretballot.Ciphertext) *group.Element {
	return group.NewElement().Subtract(c.B, group.NewElement().ScalarMult(w.secret, c.A))
}

// totals counts ballots that are verified here, with weights, and decrypts.
func (w *world) totals(casts []secretballot.Cast, weights []int64) []int64 {
	w.t.Helper()
	ballots, bad := w.VerifyAll(casts, nil)
	if len(bad) > 0 {
		w.t.Fatalf("bad ballots: %v", bad)
	}
	hidden, bounds, err := w.Tally(ballots, weights)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []int64
	for i, c := range hidden {
		search, err := secretballot.NewTotals(bounds[i])
		if err != nil {
			w.t.Fatal(err)
		}
		n, err := search.Find(w.decrypt(c))
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

// shapeOf takes the answer of a function that makes a shape.
func shapeOf(shape secretballot.Shape, err error) secretballot.Shape {
	if err != nil {
		panic(err)
	}
	return shape
}

func ones(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}
