package tiles

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"renlin.dev/pkg/merkle"
)

// ServeHTTP answers GET and HEAD for tile/<L>/<N>[.p/<W>] and tile/entries/<N>[.p/<W>] under whatever prefix the
// caller has stripped. What lies beyond the durable tree does not exist; what lies within never changes, and says so.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	t, err := merkle.ParseTilePath(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		refuse(w, http.StatusNotFound)
		return
	}
	data, err := s.Tile(t)
	switch {
	case errors.Is(err, ErrOutside):
		refuse(w, http.StatusNotFound)
		return
	case err != nil:
		if s.options.OnServeError != nil {
			s.options.OnServeError(err)
		}
		refuse(w, http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(data) // the reader's going away is his affair
}

// refuse answers with a status that nobody may remember: the tile may exist in a moment.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}

// Tile returns the bytes of a tile or entry bundle, checked against the tree. A partial one may be of any width that
// the tree has reached. The error is ErrOutside for what the tree does not reach.
func (s *Store) Tile(t merkle.Tile) ([]byte, error) {
	e := s.head()
	level := max(t.L, 0)
	if level > 7 || t.N < 0 || t.W < 1 || t.W > width { // beyond 2^64 entries
		return nil, ErrOutside
	}
	n, at := uint64(t.N), e.tree.Size()>>(merkle.TileHeight*level)
	if n > at/width || n == at/width && uint64(t.W) > at%width {
		return nil, ErrOutside
	}
	if n == at/width && t.L == merkle.BundleLevel {
		return bundle(e.entries[:t.W]), nil
	}
	if n == at/width {
		return flat(e.rows[level][:t.W]), nil
	}
	block, err := s.tile(e, level, n)
	if err != nil {
		return nil, err
	}
	if t.L != merkle.BundleLevel {
		return flat(block.Leaves()[:t.W]), nil
	}
	return s.bundleOf(block, t)
}

// bundleOf reads a full bundle, holds every entry of it against the tile, and returns the first t.W.
func (s *Store) bundleOf(block *merkle.Block, t merkle.Tile) ([]byte, error) {
	whole := t
	whole.W = width
	entries, err := s.readBundle(merkle.TilePath(whole))
	if err != nil {
		return nil, err
	}
	for i, leaf := range block.Leaves() {
		if merkle.LeafHash(entries[i]) != leaf {
			return nil, damaged(merkle.TilePath(whole), "an entry is not that of the tile")
		}
	}
	return bundle(entries[:t.W]), nil
}
