package notary

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
)

// stateFile holds the last checkpoint that was signed. One process writes it.
type stateFile struct{ dir string }

const stateName = "signed"

// openState reads the last signed checkpoint and checks that this notary's key signed it.
func openState(dir string, signer *merkle.Signer) (*stateFile, *merkle.Checkpoint, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("open notary state: %w", err)
	}
	s := &stateFile{dir: dir}
	raw, err := os.ReadFile(filepath.Join(dir, stateName))
	if errors.Is(err, os.ErrNotExist) {
		return s, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open notary state: %w", err)
	}
	v, err := note.NewVerifier(signer.VerifierKey())
	if err != nil {
		return nil, nil, fmt.Errorf("open notary state: %w", err)
	}
	c, _, err := merkle.Open(raw, v)
	if err != nil {
		return nil, nil, fmt.Errorf("notary state is damaged or another's: %w", err)
	}
	return s, &c, nil
}

// write replaces the file whole: written aside, synced, renamed, directory synced. A crash leaves the old or the new.
func (s *stateFile) write(signed []byte) error {
	aside := filepath.Join(s.dir, stateName+".new")
	f, err := os.OpenFile(aside, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write notary state: %w", err)
	}
	_, werr := f.Write(signed)
	if err := errors.Join(werr, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write notary state: %w", err)
	}
	if err := os.Rename(aside, filepath.Join(s.dir, stateName)); err != nil {
		return fmt.Errorf("write notary state: %w", err)
	}
	d, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("write notary state: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close has nothing to release yet; it is there for the owner's symmetry.
func (s *stateFile) Close() error { return nil }
