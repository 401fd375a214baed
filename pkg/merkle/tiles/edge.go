package tiles

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
)

const (
	// entryBytes is an entry in a bundle: its length as a big-endian uint16, and the hash.
	entryBytes = 2 + merkle.HashBytes
	width      = merkle.TileWidth
)

// edge is the right edge of a tree: everything that is not yet in a full tile.
//
// An edge that has been published is read by many goroutines. Growing it copies the slice headers; new hashes go into
// the same arrays behind the published lengths, where no reader looks.
type edge struct {
	tree    merkle.Tree
	entries []merkle.Hash   // of the partial bundle
	rows    [][]merkle.Hash // rows[l] is the partial tile at level l, shorter than a full one
}

// grow returns an edge that can be added to while e is still read.
func (e *edge) grow() *edge {
	next := &edge{tree: e.tree, entries: e.entries, rows: make([][]merkle.Hash, len(e.rows))}
	copy(next.rows, e.rows)
	return next
}

// add appends an entry and gives out each tile and bundle that it fills.
func (e *edge) add(entry merkle.Hash, full func(merkle.Tile, []byte)) {
	leaf := merkle.LeafHash(entry)
	n := int64(e.tree.Size() / width)
	e.tree.Append(leaf)
	e.entries = put(e.entries, entry)
	if len(e.entries) == width {
		full(merkle.Tile{H: merkle.TileHeight, L: merkle.BundleLevel, N: n, W: width}, bundle(e.entries))
		e.entries = nil
	}
	for level, hash := 0, leaf; ; level++ {
		if level == len(e.rows) {
			e.rows = append(e.rows, nil)
		}
		row := put(e.rows[level], hash)
		e.rows[level] = row
		if len(row) < width {
			return
		}
		full(merkle.Tile{H: merkle.TileHeight, L: level, N: n, W: width}, flat(row))
		hash = merkle.RootOfLeaves(row)
		e.rows[level] = nil
		n /= width
	}
}

func put(row []merkle.Hash, h merkle.Hash) []merkle.Hash {
	if row == nil {
		row = make([]merkle.Hash, 0, width)
	}
	return append(row, h)
}

// partials gives out the partial tiles and bundle of e that a tree of the size before did not have.
func (e *edge) partials(before uint64, give func(merkle.Tile, []byte)) {
	size := e.tree.Size()
	if len(e.entries) > 0 {
		t := merkle.Tile{H: merkle.TileHeight, L: merkle.BundleLevel, N: int64(size / width), W: len(e.entries)}
		give(t, bundle(e.entries))
	}
	for level, row := range e.rows {
		shift := merkle.TileHeight * level
		if len(row) == 0 || size>>shift == before>>shift {
			continue
		}
		t := merkle.Tile{H: merkle.TileHeight, L: level, N: int64(size >> shift / width), W: len(row)}
		give(t, flat(row))
	}
}

// readEdge reads the right edge of a tree of the given size from its partial tiles, without the entries.
func readEdge(files durable.Files, size uint64) (*edge, error) {
	e := &edge{}
	for level := 0; size>>(merkle.TileHeight*level) > 0; level++ {
		at := size >> (merkle.TileHeight * level)
		t := merkle.Tile{H: merkle.TileHeight, L: level, N: int64(at / width), W: int(at % width)}
		data, err := readPartial(files, t, merkle.HashBytes)
		if err != nil {
			return nil, err
		}
		e.rows = append(e.rows, hashes(data))
	}
	tree, err := merkle.NewTree(size, peaksOf(e.rows))
	if err != nil {
		return nil, fmt.Errorf("read right edge: %w", err)
	}
	e.tree = *tree
	return e, nil
}

// readEntries reads the partial bundle, once the rows are known to be right.
func (e *edge) readEntries(files durable.Files) error {
	size := e.tree.Size()
	t := merkle.Tile{H: merkle.TileHeight, L: merkle.BundleLevel, N: int64(size / width), W: int(size % width)}
	data, err := readPartial(files, t, entryBytes)
	if err != nil {
		return err
	}
	e.entries, err = unbundle(data)
	if err != nil {
		return damaged(merkle.TilePath(t), "not a bundle of hashes")
	}
	for i := range e.entries {
		if merkle.LeafHash(e.entries[i]) != e.rows[0][i] {
			return damaged(merkle.TilePath(t), "an entry is not that of the tile")
		}
	}
	return nil
}

// readPartial reads a tile of t.W items, which may be none, from its own file or from the wider one that replaced it.
func readPartial(files durable.Files, t merkle.Tile, itemBytes int) ([]byte, error) {
	if t.W == 0 {
		return nil, nil
	}
	name := merkle.TilePath(t)
	data, err := files.ReadFile(name)
	if err == nil && len(data) != t.W*itemBytes {
		return nil, damaged(name, "wrong length")
	}
	if errors.Is(err, fs.ErrNotExist) {
		whole := t
		whole.W = width
		data, err = files.ReadFile(merkle.TilePath(whole))
		if err == nil && len(data) == width*itemBytes {
			data = data[:t.W*itemBytes]
		} else if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil, damaged(name, "missing")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read tile: %w", err)
	}
	return data, nil
}

func flat(row []merkle.Hash) []byte {
	out := make([]byte, 0, len(row)*merkle.HashBytes)
	for i := range row {
		out = append(out, row[i][:]...)
	}
	return out
}

// hashes reads whole hashes, with room to grow to a full tile.
func hashes(data []byte) []merkle.Hash {
	out := make([]merkle.Hash, 0, width)
	for ; len(data) > 0; data = data[merkle.HashBytes:] {
		out = append(out, merkle.Hash(data))
	}
	return out
}

func bundle(entries []merkle.Hash) []byte {
	out := make([]byte, 0, len(entries)*entryBytes)
	for i := range entries {
		out = binary.BigEndian.AppendUint16(out, merkle.HashBytes)
		out = append(out, entries[i][:]...)
	}
	return out
}

var errBundle = errors.New("not a bundle of hashes")

func unbundle(data []byte) ([]merkle.Hash, error) {
	if len(data)%entryBytes != 0 {
		return nil, errBundle
	}
	out := make([]merkle.Hash, 0, width)
	for ; len(data) > 0; data = data[entryBytes:] {
		if binary.BigEndian.Uint16(data) != merkle.HashBytes {
			return nil, errBundle
		}
		out = append(out, merkle.Hash(data[2:entryBytes]))
	}
	return out, nil
}
