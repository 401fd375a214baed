package witness

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
)

// judge holds a signed checkpoint against what is remembered, in the order that the protocol gives.
func (l *witnessed) judge(req Request, c merkle.Checkpoint) ([]byte, int) {
	stored := l.last.checkpoint
	switch {
	case req.Old > c.Size:
		return refusal(http.StatusBadRequest, "old size above the checkpoint's")
	case req.Old != stored.Size:
		return []byte(strconv.FormatUint(stored.Size, 10) + "\n"), http.StatusConflict
	case c.Size == 0 && c.Root != merkle.EmptyRoot():
		return refusal(http.StatusUnprocessableEntity, "an empty tree with another root")
	case req.Old == 0 && len(req.Proof) > 0:
		return refusal(http.StatusUnprocessableEntity, "a proof from the empty tree")
	case req.Old == 0:
		return nil, http.StatusOK // any tree continues the empty one
	}
	path := make([][]byte, len(req.Proof))
	for i := range req.Proof {
		path[i] = req.Proof[i][:]
	}
	err := proof.VerifyConsistency(rfc6962.DefaultHasher, stored.Size, c.Size, path, stored.Root[:], c.Root[:])
	if err != nil {
		return refusal(http.StatusUnprocessableEntity, "the proof does not hold")
	}
	return nil, http.StatusOK
}

// repeatsHold reports whether every signature line under a known key verifies. The note library looks at the first line
// of a key only; the protocol refuses a note with a false one anywhere.
func repeatsHold(signed []byte, keys []note.Verifier) bool {
	_, err := note.Open(signed, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return false
	}
	for _, sig := range unverified.Note.UnverifiedSigs {
		for _, v := range keys {
			if sig.Name != v.Name() || sig.Hash != v.KeyHash() {
				continue
			}
			raw, err := base64.StdEncoding.DecodeString(sig.Base64)
			if err != nil || !v.Verify([]byte(unverified.Note.Text), raw[4:]) {
				return false
			}
		}
	}
	return true
}
