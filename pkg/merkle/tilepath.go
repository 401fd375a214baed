package merkle

import (
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	// TileHeight is the height of a C2SP tile in tree levels.
	TileHeight = 8
	// TileWidth is the number of hashes of a full tile, and of entries of a full bundle.
	TileWidth = 1 << TileHeight
	// BundleLevel is the level of a Tile that holds entries instead of hashes.
	BundleLevel = -1

	tileLevelMax = 63
)

// ErrTilePath says that a path is not that of a C2SP tile or entry bundle.
var ErrTilePath = errors.New("merkle: not a tile path")

// Tile names a tile or, with level BundleLevel, an entry bundle. Its own Path method speaks the sumdb dialect;
// use TilePath.
type Tile = tlog.Tile

// TilePath returns the C2SP path of a tile: tile/<L>/<N>[.p/<W>] or tile/entries/<N>[.p/<W>].
func TilePath(t Tile) string {
	rest := strings.TrimPrefix(t.Path(), "tile/8/")
	if t.L == BundleLevel {
		rest = "entries" + strings.TrimPrefix(rest, "data")
	}
	return "tile/" + rest
}

// ParseTilePath reads a C2SP path. It accepts exactly what TilePath writes.
func ParseTilePath(path string) (Tile, error) {
	rest, ok := strings.CutPrefix(path, "tile/")
	if !ok {
		return Tile{}, ErrTilePath
	}
	if number, ok := strings.CutPrefix(rest, "entries/"); ok {
		rest = "data/" + number
	}
	t, err := tlog.ParseTilePath("tile/8/" + rest)
	if err != nil || t.L > tileLevelMax || TilePath(t) != path {
		return Tile{}, ErrTilePath
	}
	return t, nil
}
