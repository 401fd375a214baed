package observer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"renlin.dev/pkg/chain"
)

// memory is what survives a restart: up to where the record was found to hold.
type memory struct {
	Format   int    `json:"format"`   // 1
	Build    string `json:"build"`    // of the program that found it; another may judge otherwise, and judges again
	Genesis  string `json:"genesis"`  // hash of the founding commit
	Block    uint64 `json:"block"`    // number of the last block
	Head     string `json:"head"`     // its hash
	Position uint64 `json:"position"` // commits up to its end
	Anchored uint64 `json:"anchored"` // of these, covered by a checkpoint that was believed
}

const memoryFormat = 1

// ErrMemory says that the file of what was seen cannot be read. What it held nobody knows, so nothing is taken in its place: who wants to
// begin anew removes it.
var ErrMemory = errors.New("what was seen of the record cannot be read")

// readMemory reads what was seen; nil when nothing was.
func readMemory(path string) (*memory, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMemory, err)
	}
	m := &memory{}
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMemory, err)
	}
	if _, err := chain.ParseHash(m.Head); err != nil || m.Format != memoryFormat {
		return nil, fmt.Errorf("%w: its format is not known", ErrMemory)
	}
	return m, nil
}

// write puts the file there in one step and makes it durable: after a crash there is the old one or the new one.
func (m *memory) write(path string, crash func(line string) error) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	at := func(line string) error {
		if crash == nil {
			return nil
		}
		return crash(line)
	}
	if err := at("begin"); err != nil {
		return err
	}
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	_, err = file.Write(append(raw, '\n'))
	if err = errors.Join(err, at("written"), file.Sync(), file.Close(), at("synced")); err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	if err := at("renamed"); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keep what was seen: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
