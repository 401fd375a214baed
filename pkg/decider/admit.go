package decider

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// ErrSignature: a signature does not hold, or its suite is not known.
var ErrSignature = fault.New(fault.Unauthenticated, "signature.invalid",
	"The request's signature does not hold.", "请求的签名无效。")

// Verifier checks every signature of a command of the community with that genesis hash.
type Verifier func(s *chain.Signed, genesis chain.Hash, id chain.CommandID) error

// Admitted is a command after every check that needs no state.
type Admitted struct {
	Raw       []byte // an encoded chain.Signed
	Signed    *chain.Signed
	Operation *Operation
	Body      proto.Message // read-only
	ID        chain.CommandID
	Genesis   bool

	digest uint64
}

// Admit does every check that needs no state, the dear one of the signatures included. It is pure and may be called from any
// goroutine. The id derives from the first key: which kind of author that is, the guard finds. A nil verifier checks as the format
// says. Expiry is for the sequencer to judge, whose time counts.
func (m *Model) Admit(genesis chain.Hash, raw []byte, verify Verifier) (*Admitted, error) {
	return m.admit(genesis, raw, chain.AuthorDevice, verify)
}

// AdmitGenesis is Admit for the founding command, which is signed with a zero genesis hash.
func (m *Model) AdmitGenesis(raw []byte, verify Verifier) (*Admitted, error) {
	return m.admit(chain.Hash{}, raw, chain.AuthorGenesis, verify)
}

func (m *Model) admit(genesis chain.Hash, raw []byte, author chain.Author, verify Verifier) (*Admitted, error) {
	signed, err := chain.DecodeSigned(raw)
	if err != nil {
		return nil, ErrBody.Because(err)
	}
	op := m.ops[signed.Operation]
	if op == nil || op.Policy || op.Contract != signed.Contract {
		return nil, ErrOperation
	}
	if len(signed.Signatures) == 0 {
		return nil, ErrUnsigned
	}
	a := &Admitted{Raw: raw, Signed: signed, Operation: op, Genesis: author == chain.AuthorGenesis, digest: bodyDigest(raw)}
	if (signed.NotAfter > 0) == a.Genesis { // everything but the founding expires
		return nil, chain.ErrNotAfter
	}
	if a.Body, err = op.read(author, signed.Body); err != nil {
		return nil, err
	}
	if a.ID, err = signed.ID(author, m.Service); err != nil {
		return nil, ErrUnsigned.Because(err)
	}
	if verify == nil {
		verify = (*chain.Signed).CheckSignatures
	}
	if err := verify(signed, genesis, a.ID); err != nil {
		return nil, ErrSignature.Because(err)
	}
	return a, nil
}

// lane names the queue of a command.
func (a *Admitted) lane() string {
	switch {
	case a.Genesis:
		return "genesis"
	case a.Operation.Lane != nil:
		return "aggregate/" + a.Operation.Lane(a.Body)
	}
	return "key/" + string(a.Signed.Signatures[0].Key)
}
