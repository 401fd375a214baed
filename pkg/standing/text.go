package standing

import (
	"crypto/sha256"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TextBytesMax bounds a text in the vault.
const TextBytesMax = 64 << 10

// ErrText: a reference to a text in the vault is incomplete or out of bounds.
var ErrText = fault.New(fault.Invalid, "text.malformed", "The reference to a text is incomplete.", "文本引用不完整。")

// CheckText refuses a reference that nobody could follow or check. That the classes of its fields fit was checked before.
func CheckText(t *communityv1.Text) error {
	if t.GetRef() == "" || t.GetLengthBytes() == 0 || t.GetLengthBytes() > TextBytesMax || len(t.GetCommitment()) != sha256.Size {
		return ErrText
	}
	return nil
}
