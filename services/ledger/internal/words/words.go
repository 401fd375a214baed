// Package words shows what somebody said: the words themselves stand in the vault and can be erased there, the record and every state
// hold their reference, their length and a salted commitment to them.
package words

import (
	"encoding/hex"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Text is a reference to words, as states show it.
type Text struct {
	Ref         string `json:"ref"`
	LengthBytes uint32 `json:"length_bytes"`
	Commitment  string `json:"commitment"` // hex
}

// Of takes the reference out of a fact.
func Of(t *communityv1.Text) Text {
	return Text{Ref: t.GetRef(), LengthBytes: t.GetLengthBytes(), Commitment: hex.EncodeToString(t.GetCommitment())}
}
