// Package vault keeps personal data and free text apart from a record that is for ever: sealed, erasable, and with every read of
// them on the record.
//
// In plain words: a client puts a text into the vault first and gets a reference, its length, a salted commitment and the salt. The
// command that it then signs holds the first three. Who may read is decided on the record (internal/reading tells the rules);
// the text is shown only once that read is durable there, and only in a box to the key that the read names. Erasing a person is
// destroying one key; the ciphertext that stays in files, mirrors and backups is noise from then on, and the record goes on verifying,
// for it only ever held commitments.
//
// The order of effects, and what a crash between two of them leaves:
//
//  1. Put: the subject's key is durable, then the sealed text, then its mirror's copy, then the client learns the reference. A crash
//     leaves at worst a key that nothing uses, or sealed bytes that nobody can name.
//  2. Read: the commit TextRead is durable, then the text is opened. A crash leaves a read on the record whose answer got lost; asked
//     again with the same idempotency key it is answered from the same commit, until the request expires.
//  3. Erase: the commit SubjectErased is durable, then the key is destroyed, then the member is told. A crash leaves the key; Settle
//     destroys it at the next start, before anything else is sealed, and again what a restored backup may have brought back. Until then
//     reading is refused by the record already.
package vault

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/vault/internal/reading"
)

// Service is the name under which the service signs its commits and answers on the bus.
const Service = "vault"

// The operations' names.
const (
	OpRead  = "vault.read"
	OpErase = "vault.erase"
)

// Model gives the service's rules.
func Model() *decider.Model {
	anyMember := standing.To(communityv1.Role_ROLE_MEMBER) // which member may do which, the rules say
	return decider.NewModel(Service, []uint32{1},
		standing.Kinds(false), standing.UnitKind(false), reading.Kinds(), decider.Guarded(standing.Guard),
		decider.Op(decider.Operation{Name: OpRead, Route: "POST readings", Access: anyMember}, reading.Read),
		decider.Op(decider.Operation{
			Name: OpErase, Route: "POST erasures", Access: anyMember,
			Lane: func(body proto.Message) string { return reading.SubjectPath(body.(*vaultv1.EraseSubject).GetSubject()) },
		}, reading.Erase),
	)
}
