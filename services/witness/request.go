package witness

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"renlin.dev/pkg/merkle"
)

const (
	// proofHashesMax is what the protocol allows in one request.
	proofHashesMax = 63
	// requestBytesMax leaves room for a checkpoint with many signatures.
	requestBytesMax = 256 << 10
)

// errRequest says that a body is not an add-checkpoint request.
var errRequest = errors.New("malformed request")

// Request is the body of add-checkpoint.
type Request struct {
	// Old is the size that the sender believes the witness has.
	Old uint64
	// Proof leads from Old to the checkpoint's size; it is empty from size zero and to the same size.
	Proof []merkle.Hash
	// Checkpoint is the signed note.
	Checkpoint []byte
}

// Body returns the request as it goes over the wire.
func (r Request) Body() []byte {
	out := append([]byte("old "), strconv.FormatUint(r.Old, 10)...)
	for i := range r.Proof {
		out = append(out, '\n')
		out = base64.StdEncoding.AppendEncode(out, r.Proof[i][:])
	}
	out = append(out, "\n\n"...)
	return append(out, r.Checkpoint...)
}

// ParseRequest reads a body. It accepts exactly what Body writes, and leaves the checkpoint to be judged by its reader.
func ParseRequest(body []byte) (Request, error) {
	if len(body) > requestBytesMax {
		return Request{}, fmt.Errorf("%w: too long", errRequest)
	}
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok {
		return Request{}, fmt.Errorf("%w: no empty line", errRequest)
	}
	lines := bytes.Split(head, []byte("\n"))
	if len(lines)-1 > proofHashesMax {
		return Request{}, fmt.Errorf("%w: more than %d hashes", errRequest, proofHashesMax)
	}
	number, ok := bytes.CutPrefix(lines[0], []byte("old "))
	old, err := strconv.ParseUint(string(number), 10, 64)
	if !ok || err != nil {
		return Request{}, fmt.Errorf("%w: old size", errRequest)
	}
	r := Request{Old: old, Checkpoint: checkpoint}
	for _, line := range lines[1:] {
		raw, err := base64.StdEncoding.DecodeString(string(line))
		if err != nil || len(raw) != merkle.HashBytes {
			return Request{}, fmt.Errorf("%w: hash", errRequest)
		}
		r.Proof = append(r.Proof, merkle.Hash(raw))
	}
	if !bytes.Equal(r.Body(), body) { // leading zeros, loose base64, carriage returns
		return Request{}, fmt.Errorf("%w: not in canonical form", errRequest)
	}
	return r, nil
}
