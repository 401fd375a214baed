package tiles

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"

	"renlin.dev/pkg/merkle"
)

// Entry returns entry i, checked against the tree.
func (s *Store) Entry(i uint64) (merkle.Hash, error) {
	e := s.head()
	if i >= e.tree.Size() {
		return merkle.Hash{}, fmt.Errorf("%w: entry %d of %d", ErrOutside, i, e.tree.Size())
	}
	if i/width == e.tree.Size()/width {
		return e.entries[i%width], nil
	}
	name := merkle.TilePath(merkle.Tile{H: merkle.TileHeight, L: merkle.BundleLevel, N: int64(i / width), W: width})
	entries, err := s.readBundle(name)
	if err != nil {
		return merkle.Hash{}, err
	}
	leaf, err := s.node(e, 0, i)
	if err != nil {
		return merkle.Hash{}, err
	}
	if merkle.LeafHash(entries[i%width]) != leaf {
		return merkle.Hash{}, damaged(name, "an entry is not that of the tile")
	}
	return entries[i%width], nil
}

// Root returns the root over the first size entries.
func (s *Store) Root(size uint64) (merkle.Hash, error) {
	e := s.head()
	switch {
	case size > e.tree.Size():
		return merkle.Hash{}, fmt.Errorf("%w: size %d of %d", ErrOutside, size, e.tree.Size())
	case size == e.tree.Size():
		return e.tree.Root(), nil
	}
	peaks, err := s.nodes(e, compact.RangeNodes(0, size, nil))
	if err != nil {
		return merkle.Hash{}, err
	}
	tree, err := merkle.NewTree(size, peaks)
	if err != nil {
		return merkle.Hash{}, fmt.Errorf("compute root: %w", err)
	}
	return tree.Root(), nil
}

// Inclusion returns the path of entry i in the tree of the given size.
func (s *Store) Inclusion(i, size uint64) ([]merkle.Hash, error) {
	e := s.head()
	if i >= size || size > e.tree.Size() {
		return nil, fmt.Errorf("%w: entry %d, size %d of %d", ErrOutside, i, size, e.tree.Size())
	}
	need, err := proof.Inclusion(i, size)
	if err != nil {
		return nil, fmt.Errorf("plan inclusion proof: %w", err)
	}
	return s.prove(e, need)
}

// Consistency returns the proof that the tree of size n extends that of size m.
func (s *Store) Consistency(m, n uint64) ([]merkle.Hash, error) {
	e := s.head()
	if m > n || n > e.tree.Size() {
		return nil, fmt.Errorf("%w: sizes %d and %d of %d", ErrOutside, m, n, e.tree.Size())
	}
	need, err := proof.Consistency(m, n)
	if err != nil {
		return nil, fmt.Errorf("plan consistency proof: %w", err)
	}
	return s.prove(e, need)
}

// prove reads the nodes that the library asks for and lets it put the proof together.
func (s *Store) prove(e *edge, need proof.Nodes) ([]merkle.Hash, error) {
	found, err := s.nodes(e, need.IDs)
	if err != nil {
		return nil, err
	}
	raw := make([][]byte, len(found))
	for i := range found {
		raw[i] = found[i][:]
	}
	raw, err = need.Rehash(raw, func(left, right []byte) []byte {
		h := merkle.NodeHash(merkle.Hash(left), merkle.Hash(right))
		return h[:]
	})
	if err != nil {
		return nil, fmt.Errorf("assemble proof: %w", err)
	}
	path := make([]merkle.Hash, len(raw))
	for i := range raw {
		path[i] = merkle.Hash(raw[i])
	}
	return path, nil
}

func (s *Store) nodes(e *edge, ids []compact.NodeID) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(ids))
	for i, id := range ids {
		h, err := s.node(e, int(id.Level), id.Index)
		if err != nil {
			return nil, err
		}
		out[i] = h
	}
	return out, nil
}

// node returns the root of the perfect subtree at the given level and index, which must lie inside the tree. It does
// not change as the tree grows, so the newest edge serves the proofs of older trees as well.
func (s *Store) node(e *edge, level int, index uint64) (merkle.Hash, error) {
	tile, inner := level/merkle.TileHeight, level%merkle.TileHeight
	n := index >> (merkle.TileHeight - inner)
	at := int(index) & (width>>inner - 1) // among the tile's nodes at the inner level
	if n == e.tree.Size()>>(merkle.TileHeight*(tile+1)) {
		return merkle.RootOfLeaves(e.rows[tile][at<<inner : (at+1)<<inner]), nil
	}
	block, err := s.tile(e, tile, n)
	if err != nil {
		return merkle.Hash{}, err
	}
	return block.Node(inner, at), nil
}

// tile returns a full tile with its inner nodes, checked against the tile above it.
func (s *Store) tile(e *edge, level int, n uint64) (*merkle.Block, error) {
	id := tileID{level, n}
	if block := s.cache.get(id); block != nil {
		return block, nil
	}
	block, err := s.readTile(e, level, n)
	if err != nil {
		return nil, err
	}
	s.cache.put(id, block)
	return block, nil
}

// readTile reads a full tile from disk and checks it against the tile above it.
func (s *Store) readTile(e *edge, level int, n uint64) (*merkle.Block, error) {
	name := merkle.TilePath(merkle.Tile{H: merkle.TileHeight, L: level, N: int64(n), W: width})
	data, err := s.files.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, damaged(name, "missing")
	case err != nil:
		return nil, fmt.Errorf("read tile: %w", err)
	case len(data) != width*merkle.HashBytes:
		return nil, damaged(name, "wrong length")
	}
	block := merkle.NewBlock(hashes(data))
	want, err := s.node(e, merkle.TileHeight*(level+1), n)
	if err != nil {
		return nil, err
	}
	if block.Root() != want {
		return nil, damaged(name, "its root is not what the tile above says")
	}
	return block, nil
}

// readBundle reads a full bundle, unchecked but for its form.
func (s *Store) readBundle(name string) ([]merkle.Hash, error) {
	data, err := s.files.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, damaged(name, "missing")
	case err != nil:
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	entries, err := unbundle(data)
	if err != nil || len(entries) != width {
		return nil, damaged(name, "not a full bundle of hashes")
	}
	return entries, nil
}

// cacheMax bounds the tiles kept with their inner nodes: 16 KiB each.
const cacheMax = 512

type tileID struct {
	level int
	n     uint64
}

// cache keeps full tiles, which never change; the oldest goes first.
type cache struct {
	mu    sync.Mutex
	tiles map[tileID]*merkle.Block
	ring  [cacheMax]tileID
	next  int
}

func newCache() *cache { return &cache{tiles: make(map[tileID]*merkle.Block, cacheMax)} }

func (c *cache) get(id tileID) *merkle.Block {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tiles[id]
}

func (c *cache) put(id tileID, block *merkle.Block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tiles[id] != nil {
		return
	}
	if len(c.tiles) == cacheMax {
		delete(c.tiles, c.ring[c.next])
	}
	c.tiles[id], c.ring[c.next] = block, id
	c.next = (c.next + 1) % cacheMax
}
