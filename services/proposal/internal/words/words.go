// Package words shows what somebody said: the words themselves stand in the vault and can be erased there, the record and every state
// hold their reference, their length and a salted commitment to them. Whoever speaks must have put the words there before.
package words

import (
	"encoding/hex"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ErrMissing: a command that must say something refers to no words.
var ErrMissing = fault.New(fault.Invalid, "words.missing", "Please write something first.", "请先填写内容。")

const commitmentBytes = 32

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

// Check refuses a reference that is not whole. Its form was checked by its fields' classes, which let empty fields pass.
func Check(t *communityv1.Text) error {
	if t.GetRef() == "" || t.GetLengthBytes() == 0 || len(t.GetCommitment()) != commitmentBytes {
		return ErrMissing
	}
	return nil
}
