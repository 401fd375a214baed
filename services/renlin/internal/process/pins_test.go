package process

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/merkle"
	"renlin.dev/services/notary"
)

// logSigner signs checkpoints for a log; the seed makes the key.
func logSigner(t *testing.T, origin string, seed byte) *merkle.Signer {
	t.Helper()
	s, err := merkle.NewSigner(origin, ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checkpointBy(t *testing.T, origin string, s *merkle.Signer) []byte {
	t.Helper()
	signed, err := merkle.Sign(merkle.Checkpoint{Origin: origin, Size: 3}, s)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestPinnedKey: the first key is believed, and none after it, also after a restart.
func TestPinnedKey(t *testing.T) {
	t.Parallel()
	home, away := notary.Origin("c"), notary.Origin("d")
	own, other, foreign := logSigner(t, home, 1), logSigner(t, home, 2), logSigner(t, away, 1)
	told, asked := own, 0
	path := filepath.Join(t.TempDir(), "c.notary")
	pin := func() *pinnedKey {
		return &pinnedKey{community: "c", path: path, ask: func(context.Context) ([]byte, error) {
			asked++
			return json.Marshal(map[string]string{"log": told.VerifierKey()})
		}}
	}
	p := pin()
	good := checkpointBy(t, home, own)
	for range 2 { // the second time as after a restart, when the notary tells of another key
		if c, err := p.open(t.Context(), good); err != nil || c.Size != 3 {
			t.Errorf("a good one: %+v, %v", c, err)
		}
		changed := append([]byte(nil), good...)
		changed[len(home)+1]++ // the size
		for name, note := range map[string][]byte{
			"another key": checkpointBy(t, home, other), "another log": checkpointBy(t, away, foreign), "another size": changed,
			"no signature": good[:len(good)-60], "nothing": nil,
		} {
			if c, err := p.open(t.Context(), note); err == nil {
				t.Errorf("%s is believed: %+v", name, c)
			}
		}
		p, told = pin(), other
	}
	if asked != 1 {
		t.Errorf("asked for the key %d times", asked)
	}
}

// TestPinnedKeyIsNotKept when it is none for this log, or none at all.
func TestPinnedKeyIsNotKept(t *testing.T) {
	t.Parallel()
	home := notary.Origin("c")
	good := checkpointBy(t, home, logSigner(t, home, 1))
	away := errors.New("away")
	for name, c := range map[string]struct {
		answer string
		err    error
	}{
		"another log's": {answer: `{"log":"` + logSigner(t, notary.Origin("d"), 1).VerifierKey() + `"}`},
		"none":          {answer: `{}`}, "nonsense": {answer: `x`}, "away": {err: away},
	} {
		path := filepath.Join(t.TempDir(), "c.notary")
		p := &pinnedKey{community: "c", path: path, ask: func(context.Context) ([]byte, error) { return []byte(c.answer), c.err }}
		if _, err := p.open(t.Context(), good); err == nil || c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: it is kept", name)
		}
	}
}
