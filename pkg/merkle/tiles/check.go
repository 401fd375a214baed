package tiles

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"renlin.dev/pkg/merkle"
)

// Check reads every file of the log from disk, past the cache, and holds each against the tile above it, from the
// right edge in memory down to the entries. It finds what no reader has met yet. The error names the first file that
// is not what it must be.
func (s *Store) Check(ctx context.Context) error {
	e := s.head()
	size := e.tree.Size()
	var wrong error
	e.partials(0, func(t merkle.Tile, want []byte) {
		if wrong == nil {
			wrong = s.compare(t, want)
		}
	})
	if wrong != nil {
		return wrong
	}
	for level := len(e.rows) - 1; level >= 0; level-- {
		for n := range size >> (merkle.TileHeight * (level + 1)) {
			err := ctx.Err()
			if err != nil {
				return fmt.Errorf("check tiles: %w", err)
			}
			block, err := s.readTile(e, level, n)
			if err == nil && level == 0 {
				t := merkle.Tile{H: merkle.TileHeight, L: merkle.BundleLevel, N: int64(n), W: width}
				_, err = s.bundleOf(block, t)
			}
			if err != nil {
				return err
			}
		}
	}
	return s.checkState(size)
}

// compare holds a tile's file against what it must be. A partial one may have been replaced by a wider one.
func (s *Store) compare(t merkle.Tile, want []byte) error {
	name := merkle.TilePath(t)
	data, err := s.files.ReadFile(name)
	if t.W < width && errors.Is(err, fs.ErrNotExist) {
		data, err = readPartial(s.files, t, len(want)/t.W)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return damaged(name, "missing")
	case errors.Is(err, ErrDamaged):
		return err
	case err != nil:
		return fmt.Errorf("read tile: %w", err)
	case !bytes.Equal(data, want):
		return damaged(name, "not what the entries give")
	}
	return nil
}

// checkState reads the state file again. It may have moved on meanwhile, never back.
func (s *Store) checkState(size uint64) error {
	text, err := s.files.ReadFile(stateName)
	if errors.Is(err, fs.ErrNotExist) {
		return damaged(stateName, "missing")
	}
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	state, err := merkle.ParseCheckpoint(string(text))
	if err != nil || state.Origin != stateOrigin || state.Size < size {
		return damaged(stateName, "unreadable or older than the log")
	}
	return nil
}
