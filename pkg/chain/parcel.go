package chain

import (
	"fmt"

	"renlin.dev/pkg/fault"
)

// A parcel carries requests that happen to wait at the same time in one message, and their replies in another: a message costs more
// than most requests do. They share nothing but the way; each is judged and answered for itself.

// Parceled is one request of a parcel, with the trace context that it came with, or "".
type Parceled struct {
	Trace   string
	Request []byte // encoded
}

// Bounds of a parcel. Its reply must fit into a message too: a receipt is less than a kilobyte.
const (
	ParcelRequestsMax = 256
	ParcelCommitsMax  = 512
	ParcelBytesMax    = BlockBytesMax
	traceBytesMax     = 64
)

// EncodeParcel gives the bytes of a message with several requests; it does not look into them.
func EncodeParcel(parcel []Parceled) []byte {
	size := 3
	for i := range parcel {
		size += 6 + len(parcel[i].Trace) + len(parcel[i].Request)
	}
	b := append(make([]byte, 0, size), byte(askParcel))
	b = putU16(b, len(parcel))
	for i := range parcel {
		b = putStr(b, parcel[i].Trace)
		b = putBlob(b, parcel[i].Request)
	}
	return b
}

// DecodeParcel takes a message apart: into the requests of a parcel, or the one that came alone. What they hold is DecodeRequest's to
// check; they alias raw. several tells whether the reply must be a parcel.
func DecodeParcel(raw []byte) (parcel []Parceled, several bool, err error) {
	if len(raw) == 0 || Ask(raw[0]) != askParcel {
		return []Parceled{{Request: raw}}, false, nil
	}
	r := reader{rest: raw[1:]}
	n := r.count(6)
	if n == 0 || n > ParcelRequestsMax {
		r.fail("parcel of %d requests", n)
	}
	for i := 0; i < n && r.err == nil; i++ {
		one := Parceled{Trace: r.str(), Request: r.blob()}
		if len(one.Trace) > traceBytesMax {
			r.fail("trace context of %d bytes", len(one.Trace))
		}
		parcel = append(parcel, one)
	}
	if err := r.done(); err != nil {
		return nil, false, fmt.Errorf("decode parcel: %w", err)
	}
	return parcel, true, nil
}

// replyParcel marks the replies of a parcel, where a reply alone begins with 0 or 1.
const replyParcel = 2

// EncodeReplies gives the bytes that answer a parcel: encoded replies, in the order of its requests.
func EncodeReplies(replies [][]byte) []byte {
	size := 3
	for _, reply := range replies {
		size += 4 + len(reply)
	}
	b := append(make([]byte, 0, size), replyParcel)
	b = putU16(b, len(replies))
	for _, reply := range replies {
		b = putBlob(b, reply)
	}
	return b
}

// decodeReplies takes the answer to a parcel of want requests apart. A fault that stands alone answers every one of them.
func decodeReplies(raw []byte, want int) ([]*Reply, error) {
	out := make([]*Reply, want)
	if len(raw) > 0 && raw[0] == 1 {
		f, err := fault.Unmarshal(raw[1:])
		if err != nil {
			return nil, fmt.Errorf("decode replies: %w", err)
		}
		for i := range out {
			out[i] = &Reply{Fault: f}
		}
		return out, nil
	}
	r := reader{rest: raw}
	if r.u8() != replyParcel || r.count(4) != want {
		r.fail("the replies are not those of %d requests", want)
	}
	for i := 0; i < want && r.err == nil; i++ {
		var err error
		if out[i], err = DecodeReply(r.blob()); err != nil && r.err == nil {
			r.err = err
		}
	}
	if err := r.done(); err != nil {
		return nil, fmt.Errorf("decode replies: %w", err)
	}
	return out, nil
}
