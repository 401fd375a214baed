package holder

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/crypto/curve25519"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
)

// store keeps private keys as files <poll>-<key id>.key, so that a key that was made and never accepted stands in nobody's way. A
// file is written beside, synced, renamed, and its folder synced: after keep has returned, the key survives a power cut; before, there
// is the whole file or none.
type store struct {
	folder string
	crash  func(line string) error // tests die here; nil in every program
}

// keyHeading tells a person who finds the file what it is.
const keyHeading = "renlin poll key 1\n"

var (
	errKeyLost   = errors.New("private key is not in the keystore")
	errKeyBroken = errors.New("private key's file is damaged")
	errPollID    = errors.New("poll id is not one")
)

func (s *store) prepare() error {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	return nil
}

func (s *store) at(line string) error {
	if s.crash == nil {
		return nil
	}
	return s.crash(line)
}

func fileName(poll string, public []byte) (string, error) {
	if len(poll) != ballot.IDBytes || strings.Trim(poll, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return "", errPollID
	}
	return poll + "-" + chain.KeyID(public) + ".key", nil
}

// keep makes a key durable. A key that is kept already is left alone.
func (s *store) keep(poll string, private []byte) error {
	name, err := fileName(poll, publicOf(private))
	if err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	path := filepath.Join(s.folder, name)
	if kept, err := read(path); err == nil && bytes.Equal(kept, private) {
		return s.syncFolder() // the rename may have happened just before a crash, and its folder not have been synced
	}
	if err := s.at("begin"); err != nil {
		return err
	}
	if err := s.write(path+".part", []byte(keyHeading+hex.EncodeToString(private)+"\n")); err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	// A crash here leaves a .part file, which the next attempt overwrites and nothing reads.
	if err := s.at("written"); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("keep key: %w", err)
	}
	if err := s.at("renamed"); err != nil {
		return err
	}
	return s.syncFolder()
}

func (s *store) write(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync())
	return errors.Join(err, f.Close())
}

func (s *store) syncFolder() error {
	d, err := os.Open(s.folder)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

// find gives the private key of a poll's public one.
func (s *store) find(poll string, public []byte) ([]byte, error) {
	name, err := fileName(poll, public)
	if err != nil {
		return nil, fmt.Errorf("find key: %w", err)
	}
	private, err := read(filepath.Join(s.folder, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errKeyLost
	case err != nil:
		return nil, fmt.Errorf("find key: %w", err)
	case !ballot.Fits(private, public):
		return nil, errKeyBroken
	}
	return private, nil
}

// pending gives a key that was made for a poll and is not known to have been offered; nil when there is none. A damaged file is passed
// over: its key was never offered, so nothing is lost with it. So is a key that was refused.
func (s *store) pending(poll string, refused [][]byte) ([]byte, error) {
	if _, err := fileName(poll, nil); err != nil {
		return nil, fmt.Errorf("find key: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(s.folder, poll+"-*.key"))
	if err != nil {
		return nil, fmt.Errorf("find key: %w", err)
	}
	for _, path := range found {
		private, err := read(path)
		if err != nil {
			continue
		}
		public := publicOf(private)
		if slices.ContainsFunc(refused, func(r []byte) bool { return bytes.Equal(r, public) }) {
			continue
		}
		if name, _ := fileName(poll, public); name == filepath.Base(path) {
			return private, nil
		}
	}
	return nil, nil
}

func read(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	text, ok := strings.CutPrefix(string(content), keyHeading)
	private, err := hex.DecodeString(strings.TrimSuffix(text, "\n"))
	if !ok || err != nil || len(private) != ballot.KeyBytes {
		return nil, errKeyBroken
	}
	return private, nil
}

// publicOf gives the public half of a private key of the right size.
func publicOf(private []byte) []byte {
	public, err := curve25519.X25519(private, curve25519.Basepoint)
	if err != nil {
		panic("private key of a wrong size: " + err.Error())
	}
	return public
}
