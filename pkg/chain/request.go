package chain

import (
	"errors"
	"fmt"

	"renlin.dev/pkg/fault"
)

// Ask tells what a request to the sequencer wants.
type Ask uint8

// The kinds of request.
const (
	AskAppend  Ask = 1 // write these commits, all or none
	AskCheck   Ask = 2 // is this read set current, and none of these commands on record? Writes nothing
	AskReceipt Ask = 3 // the receipt of a command id that was written before

	askParcel Ask = 4 // several requests in one message, none of which rests on another
)

// RequestCommitsMax bounds one all-or-nothing request.
const RequestCommitsMax = 256

// Request is what a service sends to the sequencer of its community.
type Request struct {
	Ask         Ask
	Commits     [][]byte    // AskAppend; in order, each decided upon the ones before
	Reads       []Read      // AskCheck: what a refusal rested on
	Collections []Read      // AskCheck
	IDs         []CommandID // AskCheck: the commands that were refused; the check fails if one of them is on record
	ID          CommandID   // AskReceipt
}

// Encode gives the request's bytes.
func (q *Request) Encode() ([]byte, error) {
	b := []byte{byte(q.Ask)}
	switch q.Ask {
	case AskAppend:
		if len(q.Commits) == 0 || len(q.Commits) > RequestCommitsMax {
			return nil, fmt.Errorf("encode request: %d commits, want 1 to %d", len(q.Commits), RequestCommitsMax)
		}
		b = putU16(b, len(q.Commits))
		for _, c := range q.Commits {
			b = putBlob(b, c)
		}
		return b, nil
	case AskCheck:
		return q.encodeCheck(b)
	case AskReceipt:
		return append(b, q.ID[:]...), nil
	}
	return nil, errors.New("encode request: unknown kind")
}

// encodeCheck refuses what DecodeRequest would refuse: a read set comes out of a decision, and its order and size are not given.
func (q *Request) encodeCheck(b []byte) ([]byte, error) {
	if len(q.IDs) > 0xffff {
		return nil, errors.New("encode request: too many ids")
	}
	b, err := EncodeReads(b, q.Reads, q.Collections)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	b = putU16(b, len(q.IDs))
	for _, id := range q.IDs {
		b = append(b, id[:]...)
	}
	if _, err := DecodeRequest(b); err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return b, nil
}

// DecodeRequest reads what Encode wrote; commits alias raw and are not looked into.
func DecodeRequest(raw []byte) (*Request, error) {
	r := reader{rest: raw}
	q := &Request{Ask: Ask(r.u8())}
	switch q.Ask {
	case AskAppend:
		n := r.count(4)
		if n == 0 || n > RequestCommitsMax {
			r.fail("%d commits", n)
		}
		for i := 0; i < n && r.err == nil; i++ {
			q.Commits = append(q.Commits, r.blob())
		}
	case AskCheck:
		q.Reads = readsOf(parseReads(&r, nil, 0))
		q.Collections = readsOf(parseReads(&r, nil, 1))
		for n := r.count(len(CommandID{})); n > 0 && r.err == nil; n-- {
			q.IDs = append(q.IDs, CommandID(r.hash()))
		}
	case AskReceipt:
		q.ID = CommandID(r.hash())
	default:
		r.fail("kind of request %d is not known", q.Ask)
	}
	if err := r.done(); err != nil {
		return nil, fmt.Errorf("decode request: %w", err)
	}
	return q, nil
}

// Reply answers a Request: receipts in the order of the commits (for AskCheck none), or a fault. The sequencer sends it only
// when everything it rests on is durable, refusals included.
type Reply struct {
	Receipts []*Receipt
	Repeated bool  // the receipts are those of the first time
	Fault    error // a *fault.Fault when it came over the wire; nil when it was done
}

// Encode gives the reply's bytes: 0 and receipts, or 1 and a fault.
func (p *Reply) Encode() []byte {
	if p.Fault != nil {
		return append([]byte{1}, fault.Marshal(fault.Of(p.Fault))...)
	}
	size := 4
	for _, r := range p.Receipts {
		size += 4 + r.size()
	}
	b := append(make([]byte, 0, size), 0, 0)
	if p.Repeated {
		b[1] = 1
	}
	b = putU16(b, len(p.Receipts))
	for _, r := range p.Receipts {
		b = r.put(putU32(b, uint32(r.size())))
	}
	return b
}

// DecodeReply reads what Encode wrote.
func DecodeReply(raw []byte) (*Reply, error) {
	r := reader{rest: raw}
	kind := r.u8()
	if kind == 1 {
		f, err := fault.Unmarshal(r.rest)
		if err != nil {
			return nil, fmt.Errorf("decode reply: %w", err)
		}
		return &Reply{Fault: f}, nil
	}
	repeated := r.u8()
	if kind > 1 || repeated > 1 {
		r.fail("reply begins with %d and %d", kind, repeated)
	}
	p := &Reply{Repeated: repeated == 1}
	n := r.count(4)
	for i := 0; i < n && r.err == nil; i++ {
		receipt, err := DecodeReceipt(r.blob())
		if err != nil && r.err == nil {
			r.err = err
		}
		p.Receipts = append(p.Receipts, receipt)
	}
	if err := r.done(); err != nil {
		return nil, fmt.Errorf("decode reply: %w", err)
	}
	return p, nil
}
