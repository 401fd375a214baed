package trustee

import (
	"encoding/binary"

	"renlin.dev/pkg/secretballot/internal/group"
)

// version is the first byte of every message; another one is another format.
const version = 1

// kind is the second byte of every message, so that none can be read as another.
type kind uint8

const (
	kindCeremony kind = iota + 1
	kindCommit
	kindReveal
	kindDeal
	kindComplaint
	kindAck
	kindSeal
	kindPartial
	kindExposed
	kindBlinded
	kindVerdict
	kindJoint
)

// header begins a message. The index is 0 where nobody in particular speaks.
func header(k kind, index int) []byte { return []byte{version, byte(k), byte(index)} }

// reader takes a message apart. The first failure stays; what follows it reads as nothing.
type reader struct {
	rest []byte
	err  error
}

// read checks version and kind, and answers the index.
func read(b []byte, k kind) (r *reader, index int) {
	r = &reader{rest: b}
	if head := r.bytes(2); r.err == nil && (head[0] != version || head[1] != byte(k)) {
		r.fail(ErrMalformed)
	}
	return r, r.u8()
}

// spoken is read for messages that somebody in particular speaks.
func spoken(b []byte, k kind) (*reader, int) {
	r, index := read(b, k)
	if index < 1 || index > CountMax {
		r.fail(ErrStranger)
	}
	return r, index
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

// bytes answers the next n bytes, which share memory with the input.
func (r *reader) bytes(n int) []byte {
	if r.err == nil && len(r.rest) < n {
		r.fail(ErrMalformed)
	}
	if r.err != nil {
		return make([]byte, n)
	}
	head := r.rest[:n]
	r.rest = r.rest[n:]
	return head
}

func (r *reader) u8() int     { return int(r.bytes(1)[0]) }
func (r *reader) u16() int    { return int(binary.BigEndian.Uint16(r.bytes(2))) }
func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.bytes(8)) }

// count reads one byte that must be from lo to hi.
func (r *reader) count(lo, hi int) int {
	n := r.u8()
	if n < lo || n > hi {
		r.fail(ErrMalformed)
		return 0
	}
	return n
}

func (r *reader) hash() [32]byte { return [32]byte(r.bytes(32)) }

// element never answers nil, so that what is read after a failure can be thrown away at the end.
func (r *reader) element() *group.Element {
	b := r.bytes(group.ElementBytes)
	if r.err != nil {
		return group.NewElement()
	}
	e, err := group.DecodeElement(b)
	if err != nil {
		r.fail(err)
		return group.NewElement()
	}
	return e
}

// elements reads n of them. What the input cannot hold is refused before anything is allocated.
func (r *reader) elements(n int) []*group.Element {
	if len(r.rest) < n*group.ElementBytes {
		r.fail(ErrMalformed)
	}
	if r.err != nil {
		return nil
	}
	out := make([]*group.Element, n)
	for i := range out {
		out[i] = r.element()
	}
	return out
}

func (r *reader) scalar() *group.Scalar {
	b := r.bytes(group.ScalarBytes)
	if r.err != nil {
		return group.NewScalar()
	}
	s, err := group.DecodeScalar(b)
	if err != nil {
		r.fail(err)
		return group.NewScalar()
	}
	return s
}

func (r *reader) dleq(pairs int) *group.DLEQ {
	return &group.DLEQ{Commitments: r.elements(pairs), Response: r.scalar()}
}

// end answers the first failure; bytes that are left over are one.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail(ErrMalformed)
	}
	return r.err
}

// whole answers a message that was read to its end, or why it was not.
func whole[M any](r *reader, m *M) (*M, error) {
	if err := r.end(); err != nil {
		return nil, err
	}
	return m, nil
}

// appendElements writes elements one after another.
func appendElements(b []byte, elements ...*group.Element) []byte {
	for _, e := range elements {
		b = append(b, e.Bytes()...)
	}
	return b
}
