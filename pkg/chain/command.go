package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// CommandOutline is a Signed's structure without copies: what the sequencer needs of the command in every commit. Parse accepts
// exactly what DecodeSigned accepts.
type CommandOutline struct {
	Suite                     Suite
	Operation, IdempotencyKey []byte
	Contract                  uint16
	NotAfter                  int64
	Body                      []byte
	Signatures                int
	AuthorKey                 []byte // of the first signature; nil when there is none
}

// Parse reads and checks a whole record. On error the outline's content is not to be used.
func (o *CommandOutline) Parse(raw []byte) error {
	r := reader{rest: raw}
	o.Suite = Suite(r.u8())
	o.Operation = r.text()
	o.Contract = r.u16()
	o.IdempotencyKey = r.text()
	o.NotAfter = r.i64()
	o.Body = r.blob()
	o.Signatures, o.AuthorKey = int(r.u8()), nil
	if len(o.IdempotencyKey) > IdempotencyKeyBytesMax {
		r.fail("idempotency key of %d bytes", len(o.IdempotencyKey))
	}
	if o.Signatures > SignaturesMax {
		r.fail("%d signatures", o.Signatures)
	}
	for i := 0; i < o.Signatures && r.err == nil; i++ {
		key := r.take(int(r.u16()))
		if i == 0 {
			o.AuthorKey = key
		}
		r.take(int(r.u16()))
	}
	if err := r.done(); err != nil {
		return fmt.Errorf("decode command: %w", err)
	}
	return nil
}

// ID derives the command's id as Signed.ID does, without allocating for keys of the usual size.
func (o *CommandOutline) ID(author Author, service []byte) (CommandID, error) {
	switch {
	case author == AuthorPolicy:
		return idOf(domainPolicyID, service, o.IdempotencyKey), nil
	case author == AuthorGenesis:
		return GenesisID(o.Body), nil
	case o.Signatures == 0:
		return CommandID{}, errors.New("command has no signature")
	}
	return idOf(domainCommandID, o.AuthorKey, o.IdempotencyKey), nil
}

func idOf(domain string, first, second []byte) CommandID {
	var room [320]byte
	b := append(room[:0], domain...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(first))), first...)
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(second))), second...)
	return sha256.Sum256(b)
}
