// Package keyfile keeps an Ed25519 private key in a file of its own.
//
// In plain words: a key is made once, is on disk before its public half is told to anyone, is never overwritten, and only its owner
// may read the file. A damaged file is an error, never a reason to make another key.
package keyfile

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrDamaged says that a key file does not hold a key.
var ErrDamaged = errors.New("key file is damaged")

// Load reads a key; os.ErrNotExist when there is none.
func Load(path string) (ed25519.PrivateKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	seed, err := hex.DecodeString(string(raw))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("read key: %w", ErrDamaged)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// LoadOrMake reads a key, or makes it when there is none. Two rivals get the same key: the one that was first on disk.
func LoadOrMake(path string, entropy io.Reader) (ed25519.PrivateKey, error) {
	key, err := Load(path)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(entropy, seed); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	f, err := os.CreateTemp(dir, ".key-*")
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	defer os.Remove(f.Name()) // after the link below it is a second name
	_, werr := f.WriteString(hex.EncodeToString(seed))
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	// Link, unlike rename, fails where a rival was first; then its key is the one.
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make key: %w", err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return Load(path)
}
