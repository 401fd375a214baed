package trustee

import (
	"errors"
	"math/rand/v2"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// failer is what tests, benchmarks and properties have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is a ceremony with all its trustees and the chance that they draw on.
type world struct {
	failer
	rand     *rand.ChaCha8
	ceremony *Ceremony
	keys     []*Key
	dealers  []*Dealer
	record   *Record
	shares   []*Share
	seal     *Seal
}

// begin makes the trustees; nothing has been published.
func begin(t failer, purpose Purpose, threshold, n int) *world {
	t.Helper()
	w := &world{failer: t, rand: rand.NewChaCha8([32]byte([]byte("renlin trustees, chance of tests")))}
	w.ceremony = &Ceremony{Context: [32]byte{1, 2, 3}, Purpose: purpose, Threshold: threshold}
	for range n {
		key, err := NewKey(w.rand)
		w.must(err)
		w.keys = append(w.keys, key)
		w.ceremony.Keys = append(w.ceremony.Keys, key.Public())
	}
	for _, key := range w.keys {
		d, err := NewDealer(w.ceremony, key)
		w.must(err)
		w.dealers = append(w.dealers, d)
	}
	var err error
	w.record, err = NewRecord(w.ceremony)
	w.must(err)
	return w
}

// sealed makes a whole ceremony.
func sealed(t failer, purpose Purpose, threshold, n int) *world {
	t.Helper()
	w := begin(t, purpose, threshold, n)
	w.commit()
	w.reveal()
	w.deal()
	w.acknowledge()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
}

func (w *world) commit() {
	w.Helper()
	for _, d := range w.dealers {
		m, err := d.Commit()
		w.must(err)
		w.must(w.record.AddCommit(m))
	}
}

func (w *world) reveal() {
	w.Helper()
	for _, d := range w.dealers {
		m, err := d.Reveal()
		w.must(err)
		w.must(w.record.AddReveal(m))
	}
}

func (w *world) deal() {
	w.Helper()
	for _, d := range w.dealers {
		m, err := d.Deal()
		w.must(err)
		w.must(w.record.AddDeal(m))
	}
}

func (w *world) acknowledge() {
	w.Helper()
	for _, key := range w.keys {
		share, complaint, err := Receive(w.rand, w.record, key)
		w.must(err)
		if complaint != nil {
			w.Fatalf("trustee %d complains of %d", complaint.Trustee, complaint.Dealer)
		}
		m, err := share.Ack(w.rand, w.record)
		w.must(err)
		w.must(w.record.AddAck(m))
		w.shares = append(w.shares, share)
	}
	var err error
	w.seal, err = w.record.Seal()
	w.must(err)
}

// encrypt makes a sum.
func (w *world) encrypt(value uint64) secretballot.Ciphertext {
	w.Helper()
	r, err := group.RandomScalar(w.rand)
	w.must(err)
	b := group.NewElement().ScalarMult(r, w.seal.Key)
	return secretballot.Ciphertext{A: group.NewElement().ScalarBaseMult(r), B: b.Add(b, exponent(value))}
}

func exponent(v uint64) *group.Element { return group.NewElement().ScalarBaseMult(group.ScalarOf(v)) }

// sums makes sums of one election.
func (w *world) sums(values ...uint64) *Sums {
	w.Helper()
	s := &Sums{Election: [32]byte{9}}
	for _, v := range values {
		s.List = append(s.List, w.encrypt(v))
	}
	return s
}

// partials has each of these trustees do their part.
func (w *world) partials(sums *Sums, trustees ...int) []*Partial {
	w.Helper()
	var out []*Partial
	for _, i := range trustees {
		m, err := w.shares[i-1].Decrypt(w.rand, w.seal, sums)
		w.must(err)
		out = append(out, m)
	}
	return out
}

// total makes a sealed total of a roll.
func (w *world) total(value, bound uint64) *Total {
	w.Helper()
	return &Total{Election: [32]byte{9}, Measure: "0/yes/area", Sum: w.encrypt(value), Bound: bound}
}

// blinded has each of these trustees do their part, readable to all.
func (w *world) blinded(total *Total, trustees ...int) []*Blinded {
	w.Helper()
	var everyone []int
	for i := range w.keys {
		everyone = append(everyone, i+1)
	}
	var out []*Blinded
	for _, i := range trustees {
		m, err := w.shares[i-1].Blind(w.rand, w.ceremony, w.seal, total, everyone)
		w.must(err)
		out = append(out, m)
	}
	return out
}

// open has a trustee put blinded parts together.
func (w *world) open(reader int, total *Total, parts []*Blinded) *OpenedTotal {
	w.Helper()
	o, err := OpenTotal(w.keys[reader-1], w.ceremony, w.seal, total, parts)
	w.must(err)
	return o
}

// refused asserts the fault by its code, and the trustee that it names unless that is 0.
func refused(t testing.TB, what string, err error, want *fault.Fault, index string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %s", what, err, want.Code)
		return
	}
	if got := fault.Of(err).Detail["trustee"]; index != "" && got != index {
		t.Errorf("%s: names trustee %q, want %q", what, got, index)
	}
}

// added adds a message whose speaker is not asked for.
func added(r *Record, message []byte) error {
	_, err := r.Add(message)
	return err
}
