package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/services/notary"
)

// pinnedKey is the notary's key for one community. It is asked for once, at the first checkpoint, and kept in a file beside the head
// record, outside the data directory: what comes under another key later is not believed. An operator who gives the notary a new key
// removes the file.
type pinnedKey struct {
	community, path string
	// ask gives the notary's keys, as it tells them itself.
	ask func(ctx context.Context) ([]byte, error)

	mu       sync.Mutex // guards verifier
	verifier note.Verifier
}

// errPinned: the key that a notary tells of is not one for this log.
var errPinned = errors.New("notary's key is not for this community's log")

// open checks a signed checkpoint.
func (p *pinnedKey) open(ctx context.Context, signed []byte) (merkle.Checkpoint, error) {
	v, err := p.get(ctx)
	if err != nil {
		return merkle.Checkpoint{}, err
	}
	c, _, err := merkle.Open(signed, v)
	return c, err
}

func (p *pinnedKey) get(ctx context.Context) (note.Verifier, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.verifier != nil {
		return p.verifier, nil
	}
	kept, err := os.ReadFile(p.path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		kept, err = p.fetch(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read notary's key: %w", err)
	}
	v, err := merkle.NewVerifier(string(kept))
	if err != nil {
		return nil, fmt.Errorf("read notary's key: %w", err)
	}
	if v.Name() != notary.Origin(p.community) {
		return nil, errPinned
	}
	if fresh {
		if err := writeWhole(p.path, kept); err != nil {
			return nil, fmt.Errorf("keep notary's key: %w", err)
		}
	}
	p.verifier = v
	return v, nil
}

func (p *pinnedKey) fetch(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	raw, err := p.ask(ctx)
	if err != nil {
		return nil, err
	}
	var keys struct{ Log string }
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, err
	}
	return []byte(keys.Log), nil
}

// writeWhole puts a file there in one step: after a crash it is whole or not there.
func writeWhole(path string, content []byte) error {
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
