package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"renlin.dev/pkg/chain"
)

// authorsLoop checks who signed each command, behind the archive: a signature costs more than everything else about a commit, and neither
// tiles nor checkpoints wait for it.
func (a *Audit) authorsLoop(ctx context.Context) error {
	return a.behind(ctx, "authors", a.unsigned, a.checkNewAuthors)
}

// behind checks what the archive has got, each time that it is woken, until ctx ends.
func (a *Audit) behind(ctx context.Context, name string, woken <-chan struct{}, check func(context.Context) error) error {
	for {
		if err := check(ctx); err != nil {
			return err
		}
		a.note(name, nil)
		select {
		case <-ctx.Done():
			return nil
		case <-woken:
		}
	}
}

// hintEvery is after how many blocks the hint is written.
const hintEvery = 4096

func (a *Audit) checkNewAuthors(ctx context.Context) error {
	for number := a.checkedAuthors(); ctx.Err() == nil; number++ {
		raw, err := a.archive.Block(number)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			return fmt.Errorf("block %d: %w: %w", number, ErrArchive, err)
		}
		if err := checkAuthors(b); err != nil {
			return fmt.Errorf("block %d: %w", number, err)
		}
		a.mu.Lock()
		a.authors = number + 1
		a.mu.Unlock()
		if (number+1)%hintEvery == 0 {
			if err := a.hint.write(a.archive, number+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *Audit) checkedAuthors() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.authors
}

// hint remembers over a restart how far authors were checked. Without it, or when it does not fit the archive, they are checked again
// from the beginning, so losing it costs time and nothing else.
type hint struct{ path string } // empty for none

// line names a block, so that a hint of another archive is not believed.
func (h *hint) line(a *Archive, blocks uint64) (string, error) {
	raw, err := a.Block(blocks - 1)
	if err != nil {
		return "", err
	}
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s\n", blocks, b.Sealed.Hash()), nil
}

func (h *hint) read(a *Archive) uint64 {
	raw, err := os.ReadFile(h.path)
	if err != nil {
		return 0
	}
	var blocks uint64
	if _, err := fmt.Sscanf(string(raw), "%d ", &blocks); err != nil || blocks == 0 || blocks > a.Blocks() {
		return 0
	}
	if line, err := h.line(a, blocks); err != nil || line != string(raw) {
		return 0
	}
	return blocks
}

func (h *hint) write(a *Archive, blocks uint64) error {
	if blocks == 0 || h.path == "" {
		return nil
	}
	line, err := h.line(a, blocks)
	if err != nil {
		return fmt.Errorf("note checked authors: %w", err)
	}
	if err := os.WriteFile(h.path+".tmp", []byte(line), 0o600); err != nil {
		return fmt.Errorf("note checked authors: %w", err)
	}
	return os.Rename(h.path+".tmp", h.path)
}
