package secretballot

import (
	"encoding/binary"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Opening is what opens one ballot: the numbers in it and the random numbers that hid them.
type Opening struct {
	values []int64
	nonces []*group.Scalar
}

// openingEntryBytes is one ciphertext's part: the value as u32, the random number.
const openingEntryBytes = 4 + group.ScalarBytes

// Bytes is the encoding: the version, and for each ciphertext the value and the random number.
func (o *Opening) Bytes() []byte {
	out := append(make([]byte, 0, 1+len(o.values)*openingEntryBytes), version)
	for i, v := range o.values {
		out = binary.BigEndian.AppendUint32(out, uint32(v))
		out = append(out, o.nonces[i].Bytes()...)
	}
	return out
}

// decodeOpening reads an opening for n ciphertexts.
func decodeOpening(raw []byte, n int) (*Opening, error) {
	if len(raw) != 1+n*openingEntryBytes || raw[0] != version {
		return nil, ErrOpening
	}
	o := &Opening{values: make([]int64, n), nonces: make([]*group.Scalar, n)}
	for i := range n {
		entry := raw[1+i*openingEntryBytes:][:openingEntryBytes]
		o.values[i] = int64(binary.BigEndian.Uint32(entry))
		r, err := group.DecodeScalar(entry[4:])
		if err != nil {
			return nil, ErrOpening.Because(err)
		}
		o.nonces[i] = r
	}
	return o, nil
}

// Open checks a revealed opening against a ballot, encrypting again, and answers the choice. Whoever asked for it compares the choice
// with what they had entered. It does not check the ballot's proofs; Verify does.
func (e *Election) Open(b *Ballot, opening []byte) (choice []int64, err error) {
	o, err := decodeOpening(opening, e.plan.ciphertexts)
	if err != nil {
		return nil, err
	}
	for i, v := range o.values {
		a, c := e.encrypt(v, o.nonces[i])
		if a.Equal(b.a[i]) != 1 || c.Equal(b.b[i]) != 1 {
			return nil, ErrOpening.WithInt("selection", int64(i))
		}
	}
	choice = o.values[:len(e.plan.shape.Selections)]
	if _, err := e.plan.values(choice); err != nil {
		return nil, ErrOpening.Because(err)
	}
	return choice, nil
}
