package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
)

// Store keeps one service's newest snapshot.
type Store interface {
	// Load gives the newest snapshot, nil when there is none.
	Load() ([]byte, error)
	// Save replaces the snapshot by what write writes. After an error or a crash the old one, or the new one, is whole.
	Save(write func(io.Writer) error) error
}

// File is a Store in a file.
type File string

// Load reads the file.
func (f File) Load() ([]byte, error) {
	raw, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load snapshot: %w", err)
	}
	return raw, nil
}

// Save writes beside the file, makes that durable, and puts it in place. A crash before the rename leaves the old snapshot and a
// file ".new" that the next Save overwrites.
func (f File) Save(write func(io.Writer) error) (err error) {
	beside := string(f) + ".new"
	file, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	err = errors.Join(write(file), file.Sync())
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("save snapshot: %w", errors.Join(err, os.Remove(beside)))
	}
	if err := os.Rename(beside, string(f)); err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	dir, err := os.Open(filepath.Dir(string(f)))
	if err != nil {
		return fmt.Errorf("save snapshot: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// The stretches between snapshots, as parts of what the last one holds: writing one takes as long as the state is large. While the runner
// catches up nobody waits for an answer, but for its end.
const (
	stretchShare  = 8
	stretchBehind = 3
)

// stretch is how many commits lie between two snapshots.
func (r *Runner) stretch() uint64 {
	if r.Behind() {
		return max(r.cfg.SnapshotEvery, r.saved*stretchBehind)
	}
	return max(r.cfg.SnapshotEvery, r.saved/stretchShare)
}

// snapshot saves the state if it has moved since.
func (r *Runner) snapshot() error {
	state := r.inst.State()
	if r.cfg.Snapshots == nil || state.Position() <= r.saved {
		return nil
	}
	err := r.cfg.Snapshots.Save(func(w io.Writer) error { return state.WriteSnapshot(w, r.cfg.Build) })
	if err == nil {
		r.saved = state.Position()
	}
	return err
}

// load gives the state of the snapshot if that is whole, of this program and of this very record; else an empty one. What does not
// fit is said in the log and costs time, nothing more.
func (r *Runner) load(ctx context.Context) (*decider.State, error) {
	fresh := decider.NewState(r.cfg.Model)
	if r.cfg.Snapshots == nil {
		return fresh, nil
	}
	raw, err := r.cfg.Snapshots.Load()
	if err != nil || raw == nil {
		return fresh, err
	}
	state, err := decider.LoadSnapshot(r.cfg.Model, raw, r.cfg.Build)
	if err != nil {
		r.cfg.Logger.WarnContext(ctx, "snapshot is not used", "err", err)
		return fresh, nil
	}
	b, err := r.cfg.Log.Block(ctx, state.Head().Number)
	switch {
	case errors.Is(err, chain.ErrNoBlock):
		r.cfg.Logger.WarnContext(ctx, "snapshot is ahead of the record", "position", state.Position())
		return fresh, nil
	case err != nil:
		return nil, fmt.Errorf("compare snapshot with record: %w", err)
	case b.Sealed.Hash() != state.Head().Hash():
		r.cfg.Logger.WarnContext(ctx, "snapshot is of another record", "position", state.Position())
		return fresh, nil
	}
	r.saved = state.Position()
	return state, nil
}
