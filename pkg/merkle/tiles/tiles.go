// Package tiles keeps one log's tree in a directory, as C2SP tlog-tiles, and reads it back with proofs.
//
// The rules, in plain words:
//
//  1. Entries are appended in order, at the place the caller names; a gap or an overlap is refused, so that no
//     entry is ever doubled. The log is derived: its truth is the event stream, and a lost directory is rebuilt.
//  2. A batch is written as entry bundles, then tiles, then the state file, each step durable before the next. The
//     state file alone says how much counts. A crash in between leaves files beyond the state, which nobody is shown.
//  3. A tile or bundle is written once. If a batch that was cut short is repeated, its files are found again and
//     left alone; if another batch comes in its place, the files differ and the store stops: two histories met.
//  4. At opening the right edge is read and must give the state's root. While reading, every tile is checked against
//     the tile above it, up to that edge, and every entry against its leaf: a flipped bit is an error that names the
//     file, never a wrong answer.
//  5. What is served is immutable: only tiles within the tree are, partial ones cut from wider ones.
package tiles

import (
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"sync"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
)

var (
	// ErrPosition says that a batch does not begin where the log ends.
	ErrPosition = errors.New("tiles: batch does not begin at the end of the log")
	// ErrConflict says that the directory holds another continuation of the log than the one given. Nothing was
	// changed; a person must find out which history is the true one.
	ErrConflict = errors.New("tiles: directory holds another history")
	// ErrDamaged says that a file is missing or not what the tree's root demands.
	ErrDamaged = errors.New("tiles: store is damaged")
	// ErrOutside says that an index or size lies beyond the tree.
	ErrOutside = errors.New("tiles: outside the tree")
)

const (
	stateName   = "state"
	stateOrigin = "renlin.dev/tiles@v1"
	tilesName   = "tile"
)

// Options tune a store; the zero value is usable.
type Options struct {
	// OnServeError is told of damage met while serving tiles, where no caller gets the error.
	OnServeError func(error)
}

// Store is one log in one directory. It is safe for concurrent use; appends are serialised.
type Store struct {
	files   durable.Files
	options Options
	cache   *cache

	// appending serialises Append and owns writer.
	appending sync.Mutex
	writer    *durable.Writer

	// mu guards now, which is replaced whole when a batch has become durable and never changed.
	mu  sync.RWMutex
	now *edge
}

// Open opens the log in a directory, or begins one. The directory belongs to this process until the returned one is
// closed; nothing may use the store afterwards.
func Open(dir string, options Options) (*Store, *durable.Dir, error) {
	files, err := durable.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	s, err := New(files, options)
	if err != nil {
		return nil, nil, errors.Join(err, files.Close())
	}
	return s, files, nil
}

// New opens the log in files, or begins one. Nobody else may write there.
func New(files durable.Files, options Options) (*Store, error) {
	s := &Store{files: files, options: options, cache: newCache(), writer: durable.NewWriter(files)}
	text, err := files.ReadFile(stateName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = s.begin()
	case err != nil:
		err = fmt.Errorf("read state: %w", err)
	default:
		err = s.load(string(text))
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// begin writes the state of the empty log before there is any tile, so that tiles without a state always mean loss.
func (s *Store) begin() error {
	names, err := s.files.List(".")
	if err != nil {
		return fmt.Errorf("list directory: %w", err)
	}
	for _, n := range names {
		if n == tilesName {
			return damaged(stateName, "missing, though there are tiles")
		}
	}
	s.now = &edge{}
	return s.writer.Write(stateItem(s.now))
}

// load takes up the right edge that the state names, and proves that it is the state's.
func (s *Store) load(text string) error {
	state, err := merkle.ParseCheckpoint(text)
	if err != nil || state.Origin != stateOrigin || state.Extension != "" || state.Size > merkle.SizeMax {
		return damaged(stateName, "unreadable")
	}
	e, err := readEdge(s.files, state.Size)
	if err != nil {
		return err
	}
	if e.tree.Root() != state.Root {
		return damaged(stateName, "its root is not that of the partial tiles")
	}
	err = e.readEntries(s.files)
	if err != nil {
		return err
	}
	s.now = e
	return nil
}

func stateItem(e *edge) durable.Item {
	text := merkle.Checkpoint{Origin: stateOrigin, Size: e.tree.Size(), Root: e.tree.Root()}.Text()
	return durable.Item{Name: stateName, Data: []byte(text)}
}

// head returns the edge of what is durable.
func (s *Store) head() *edge {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.now
}

// Head returns size and root of what is durable, as of one moment.
func (s *Store) Head() (uint64, merkle.Hash) {
	e := s.head()
	return e.tree.Size(), e.tree.Root()
}

// Size returns the number of durable entries: where the next batch begins.
func (s *Store) Size() uint64 {
	e := s.head()
	return e.tree.Size()
}

// Append adds entries from index first on, which must be Size. When it returns nil, they survive a power failure and
// are shown to readers. When it fails, nothing is shown, and the same batch, or a longer or shorter one that agrees
// with it, may be tried again.
func (s *Store) Append(first uint64, entries []merkle.Hash) error {
	s.appending.Lock()
	defer s.appending.Unlock()
	before := s.head()
	if first != before.tree.Size() {
		return fmt.Errorf("%w: it begins at %d, the log ends at %d", ErrPosition, first, before.tree.Size())
	}
	if len(entries) == 0 {
		return nil
	}
	var bundles, tiles []durable.Item
	after := before.grow()
	for _, entry := range entries {
		after.add(entry, func(t merkle.Tile, data []byte) { collect(&bundles, &tiles, t, data) })
	}
	after.partials(before.tree.Size(), func(t merkle.Tile, data []byte) { collect(&bundles, &tiles, t, data) })
	// A crash after any of these leaves files beyond the state, which the repeated batch will find and leave alone.
	for _, step := range [][]durable.Item{bundles, tiles, {stateItem(after)}} {
		err := s.writer.Write(step...)
		if errors.Is(err, durable.ErrDiffers) {
			return fmt.Errorf("%w: %w", ErrConflict, err)
		}
		if err != nil {
			return fmt.Errorf("append entries: %w", err)
		}
	}
	s.mu.Lock()
	s.now = after
	s.mu.Unlock()
	s.dropPartials(before.tree.Size(), after.tree.Size())
	return nil
}

func collect(bundles, tiles *[]durable.Item, t merkle.Tile, data []byte) {
	item := durable.Item{Name: merkle.TilePath(t), Data: data, Once: true}
	if t.L == merkle.BundleLevel {
		*bundles = append(*bundles, item)
		return
	}
	*tiles = append(*tiles, item)
}

// dropPartials removes the partial tiles that a full one has replaced. The log is whole without it, so errors are
// passed over; a crash here leaves a few needless files.
func (s *Store) dropPartials(before, after uint64) {
	for level := merkle.BundleLevel; ; level++ {
		shift := merkle.TileHeight * max(level, 0)
		n := before >> shift >> merkle.TileHeight
		if before>>shift == 0 {
			return
		}
		if before>>shift&(merkle.TileWidth-1) == 0 || after>>shift>>merkle.TileHeight == n {
			continue
		}
		whole := merkle.Tile{H: merkle.TileHeight, L: level, N: int64(n), W: merkle.TileWidth}
		s.writer.Discard(merkle.TilePath(whole) + ".p")
	}
}

// DamageError says which file of a store is not what it must be. It is ErrDamaged.
type DamageError struct {
	// File is the name inside the store's directory.
	File string
	// Why is a fixed phrase.
	Why string
}

func damaged(file, why string) error { return &DamageError{File: file, Why: why} }

// Error names the file.
func (e *DamageError) Error() string { return ErrDamaged.Error() + ": " + e.File + ": " + e.Why }

// Unwrap makes the error an ErrDamaged.
func (e *DamageError) Unwrap() error { return ErrDamaged }

// peaksOf returns the roots of the perfect subtrees that cover a tree, from its partial tiles, largest first.
func peaksOf(rows [][]merkle.Hash) []merkle.Hash {
	var peaks []merkle.Hash
	for level := len(rows) - 1; level >= 0; level-- {
		row := rows[level]
		for width := len(row); width > 0; {
			peak := 1 << (bits.Len(uint(width)) - 1)
			peaks = append(peaks, merkle.RootOfLeaves(row[:peak]))
			row, width = row[peak:], width-peak
		}
	}
	return peaks
}
