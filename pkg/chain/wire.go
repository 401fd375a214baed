package chain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

var errShort = errors.New("input ends too early")

// reader takes values off the front of a buffer. The first failure sticks, so that a decoder may read a whole record and ask
// once at the end.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n < 0 || len(r.rest) < n {
		r.err = errShort
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) u8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) i64() int64 { return int64(r.u64()) }

func (r *reader) hash() (h Hash) {
	copy(h[:], r.take(len(h)))
	return h
}

// text reads a string's bytes: u16 length, then UTF-8.
func (r *reader) text() []byte {
	b := r.take(int(r.u16()))
	if r.err == nil && !utf8.Valid(b) {
		r.err = errors.New("text is not UTF-8")
	}
	return b
}

func (r *reader) str() string { return string(r.text()) }

// blob reads a byte string: u32 length, then bytes.
func (r *reader) blob() []byte {
	n := r.u32()
	if r.err == nil && uint64(n) > uint64(len(r.rest)) {
		r.err = errShort
		return nil
	}
	return r.take(int(n))
}

// count reads a u16 count and refuses one that the rest of the input cannot hold, so that no decoder allocates for a lie.
func (r *reader) count(itemBytesMin int) int {
	n := int(r.u16())
	if r.err == nil && n*itemBytesMin > len(r.rest) {
		r.err = errShort
		return 0
	}
	return n
}

// done reports the first failure, or what was left over.
func (r *reader) done() error {
	if r.err != nil {
		return r.err
	}
	if len(r.rest) != 0 {
		return fmt.Errorf("%d bytes left over", len(r.rest))
	}
	return nil
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func putStr(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func putBlob(b, v []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
	return append(b, v...)
}

func putU16(b []byte, v int) []byte    { return binary.BigEndian.AppendUint16(b, uint16(v)) }
func putU32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }
func putU64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }
func putI64(b []byte, v int64) []byte  { return binary.BigEndian.AppendUint64(b, uint64(v)) }
func overlong(s string) bool           { return len(s) > 0xffff }
