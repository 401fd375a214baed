package tiles_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/merkle/tiles"
)

// all are the entries of the one history that these tests tell.
var all = entries(65600, 0)

var roots sync.Map // size → root of the history, computed once

func rootOf(size int) merkle.Hash {
	if h, ok := roots.Load(size); ok {
		return h.(merkle.Hash)
	}
	h := merkle.Root(all[:size])
	roots.Store(size, h)
	return h
}

func entries(n int, history byte) []merkle.Hash {
	out := make([]merkle.Hash, n)
	for i := range out {
		out[i] = sha256.Sum256(binary.BigEndian.AppendUint64([]byte{history}, uint64(i)))
	}
	return out
}

func open(tb testing.TB, disk *durabletest.Disk) *tiles.Store {
	tb.Helper()
	s, err := tiles.New(disk, tiles.Options{OnServeError: func(err error) { tb.Errorf("serve: %v", err) }})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// grow appends the history up to size in the given batches, the last one repeated as needed.
func grow(tb testing.TB, s *tiles.Store, size int, batches ...int) {
	tb.Helper()
	for at := int(s.Size()); at < size; {
		n := min(batches[0], size-at)
		err := s.Append(uint64(at), all[at:at+n])
		if err != nil {
			tb.Fatalf("append %d at %d: %v", n, at, err)
		}
		at += n
		if len(batches) > 1 {
			batches = batches[1:]
		}
	}
}

// verify is the oracle: the store holds exactly the first size entries, on disk as well, and proves it.
func verify(tb testing.TB, s *tiles.Store, size int) {
	tb.Helper()
	err := s.Check(context.Background())
	if err != nil {
		tb.Fatalf("check: %v", err)
	}
	verifyReads(tb, s, size)
}

// verifyReads is the oracle without reading every file, for large logs in many variants.
func verifyReads(tb testing.TB, s *tiles.Store, size int) {
	tb.Helper()
	n, root := s.Head()
	if n != uint64(size) || root != rootOf(size) {
		tb.Fatalf("the store holds %d entries, want %d, or the root is wrong", n, size)
	}
	for _, at := range samples(size) {
		for _, within := range []int{256, size - 1, size} {
			if at < within && within <= size {
				verifyEntry(tb, s, at, within)
			}
			if at+1 <= within && within <= size {
				verifyGrowth(tb, s, at+1, within)
			}
		}
	}
}

// samples returns some indexes below n, those at the edges of tiles and of n among them.
func samples(n int) []int {
	var out []int
	for _, i := range []int{0, 1, 254, 255, 256, 257, 511, 512, 65534, 65535, 65536, n - 2, n - 1} {
		if i >= 0 && i < n {
			out = append(out, i)
		}
	}
	return out
}

func verifyEntry(tb testing.TB, s *tiles.Store, i, size int) {
	tb.Helper()
	entry, err := s.Entry(uint64(i))
	if err != nil || entry != all[i] {
		tb.Fatalf("entry %d: %v", i, err)
	}
	root, err := s.Root(uint64(size))
	if err != nil {
		tb.Fatalf("root of %d: %v", size, err)
	}
	path, err := s.Inclusion(uint64(i), uint64(size))
	if err != nil {
		tb.Fatalf("inclusion of %d in %d: %v", i, size, err)
	}
	err = merkle.CheckPath(root, uint64(size), uint64(i), all[i], path)
	if err != nil {
		tb.Fatalf("inclusion of %d in %d: %v", i, size, err)
	}
}

func verifyGrowth(tb testing.TB, s *tiles.Store, m, n int) {
	tb.Helper()
	path, err := s.Consistency(uint64(m), uint64(n))
	if err != nil {
		tb.Fatalf("consistency of %d and %d: %v", m, n, err)
	}
	raw := make([][]byte, len(path))
	for i := range path {
		raw[i] = path[i][:]
	}
	before, err := s.Root(uint64(m))
	if err != nil {
		tb.Fatal(err)
	}
	after, err := s.Root(uint64(n))
	if err != nil {
		tb.Fatal(err)
	}
	err = proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(m), uint64(n), raw, before[:], after[:])
	if err != nil {
		tb.Fatalf("consistency of %d and %d: %v", m, n, err)
	}
}

func TestBoundarySizes(t *testing.T) {
	disk := durabletest.New()
	s := open(t, disk)
	for _, size := range []int{0, 1, 2, 255, 256, 257, 511, 513, 65535, 65536, 65537} {
		grow(t, s, size, 5000)
		verify(t, s, size)
		// A power failure while nothing is under way takes nothing, and a new process goes on.
		disk.Reboot(uint64(size))
		s = open(t, disk)
		verify(t, s, size)
	}
	if got := disk.Files("tile/2/"); len(got) != 1 || got[0] != "tile/2/000.p/1" {
		t.Errorf("level 2 of 65537 entries: %v", got)
	}
}

func TestPartialTilesGoWhenFull(t *testing.T) {
	disk := durabletest.New()
	s := open(t, disk)
	grow(t, s, 65536, 100, 100, 56, 1000)
	for _, name := range disk.Files("") {
		if strings.Contains(name, ".p/") && name != "tile/2/000.p/1" {
			t.Errorf("kept %s", name)
		}
	}
	grow(t, s, 65546, 5)
	if got := disk.Files("tile/entries/256.p"); len(got) != 2 {
		t.Errorf("a partial tile that a checkpoint may need is gone: %v", got)
	}
}

func TestBatchesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		disk := durabletest.New()
		s := open(t, disk)
		size := 0
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			size += rapid.SampledFrom([]int{0, 1, 2, 17, 254, 255, 256, 257, 600}).Draw(rt, "batch")
			grow(t, s, size, size)
			if rapid.Bool().Draw(rt, "reboot") {
				disk.Reboot(rapid.Uint64().Draw(rt, "seed"))
				s = open(t, disk)
			}
		}
		verify(t, s, size)
	})
}

func TestAppendOutOfPlace(t *testing.T) {
	s := open(t, durabletest.New())
	grow(t, s, 10, 10)
	for _, first := range []uint64{0, 9, 11, 1 << 63} {
		err := s.Append(first, all[:1])
		if !errors.Is(err, tiles.ErrPosition) {
			t.Errorf("batch at %d: %v", first, err)
		}
	}
	verify(t, s, 10)
}

func TestOutside(t *testing.T) {
	s := open(t, durabletest.New())
	grow(t, s, 300, 300)
	for name, f := range map[string]func() error{
		"entry":               func() error { _, err := s.Entry(300); return err },
		"root":                func() error { _, err := s.Root(301); return err },
		"inclusion, size":     func() error { _, err := s.Inclusion(0, 301); return err },
		"inclusion, index":    func() error { _, err := s.Inclusion(5, 5); return err },
		"consistency":         func() error { _, err := s.Consistency(5, 301); return err },
		"consistency, turned": func() error { _, err := s.Consistency(6, 5); return err },
		"level":               func() error { _, err := s.Tile(merkle.Tile{H: 8, L: 8, N: 0, W: 1}); return err },
		"negative tile":       func() error { _, err := s.Tile(merkle.Tile{H: 8, L: 0, N: -1, W: 1}); return err },
	} {
		err := f()
		if !errors.Is(err, tiles.ErrOutside) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSecondReader lets x/mod read the log over HTTP, by C2SP paths, and prove everything to itself.
func TestSecondReader(t *testing.T) {
	s := open(t, durabletest.New())
	for _, size := range []int{1, 255, 256, 257, 700, 65537} {
		grow(t, s, size, 20000)
		root := tlog.Hash(rootOf(size))
		reader := tlog.TileHashReader(tlog.Tree{N: int64(size), Hash: root}, sumdbReader{t, http.StripPrefix("/log", s)})
		for _, i := range samples(size) {
			got, err := tlog.ProveRecord(int64(size), int64(i), reader)
			if err != nil {
				t.Fatalf("size %d, entry %d: %v", size, i, err)
			}
			ours, err := s.Inclusion(uint64(i), uint64(size))
			if err != nil || len(ours) != len(got) {
				t.Fatalf("size %d, entry %d: %d hashes, x/mod has %d: %v", size, i, len(ours), len(got), err)
			}
			for j := range got {
				if merkle.Hash(got[j]) != ours[j] {
					t.Fatalf("size %d, entry %d: hash %d differs from x/mod's", size, i, j)
				}
			}
			tree, err := tlog.ProveTree(int64(size), int64(i+1), reader)
			if err != nil {
				t.Fatalf("size %d, growth from %d: %v", size, i+1, err)
			}
			err = tlog.CheckTree(tree, int64(size), root, int64(i+1), tlog.Hash(rootOf(i+1)))
			if err != nil {
				t.Fatalf("size %d, growth from %d: %v", size, i+1, err)
			}
		}
	}
}

type sumdbReader struct {
	tb  testing.TB
	log http.Handler
}

func (r sumdbReader) Height() int                     { return merkle.TileHeight }
func (r sumdbReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r sumdbReader) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range list {
		got := get(r.log, "/log/"+merkle.TilePath(t))
		if got.Code != http.StatusOK {
			return nil, fmt.Errorf("status %d", got.Code)
		}
		out = append(out, got.Body.Bytes())
	}
	return out, nil
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestServe(t *testing.T) {
	s := open(t, durabletest.New())
	grow(t, s, 700, 300)
	for path, want := range map[string]int{ // body length, or 0 for not found
		"/tile/0/000": 8192, "/tile/0/001": 8192, "/tile/0/002.p/188": 188 * 32, "/tile/0/002.p/1": 32, "/tile/0/000.p/3": 96,
		"/tile/1/000.p/2": 64, "/tile/1/000.p/1": 32, "/tile/entries/000": 8704, "/tile/entries/002.p/188": 188 * 34,
		"/tile/entries/001.p/2": 68, "/tile/0/002": 0, "/tile/0/002.p/189": 0, "/tile/0/003.p/1": 0, "/tile/1/000": 0,
		"/tile/1/000.p/3": 0, "/tile/2/000.p/1": 0, "/tile/entries/002": 0, "/tile/entries/003.p/1": 0, "/tile/63/000.p/1": 0,
		"/tile/0/x999/x999/999": 0, "/state": 0, "/": 0, "/tile/0/../0/000": 0, "/tile/0/000.tmp": 0, "/tile/8/0/000": 0,
	} {
		got := get(s, path)
		h := got.Result().Header
		switch {
		case want == 0 && (got.Code != http.StatusNotFound || h.Get("Cache-Control") != "no-store"):
			t.Errorf("%s: %d, %v", path, got.Code, h)
		case want > 0 && (got.Code != http.StatusOK || got.Body.Len() != want):
			t.Errorf("%s: %d, %d bytes", path, got.Code, got.Body.Len())
		case want > 0 && (h.Get("Content-Type") != "application/octet-stream" || !strings.Contains(h.Get("Cache-Control"), "immutable")):
			t.Errorf("%s: %v", path, h)
		}
	}
	post := httptest.NewRecorder()
	s.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/tile/0/000", nil))
	if post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") == "" {
		t.Errorf("POST: %d", post.Code)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	head, err := http.Head(server.URL + "/tile/0/000")
	if err != nil || head.ContentLength != 8192 {
		t.Fatalf("HEAD: %v", err)
	}
	err = head.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEntryBundleBytes(t *testing.T) {
	s := open(t, durabletest.New())
	grow(t, s, 2, 2)
	got := get(s, "/tile/entries/000.p/2").Body.String()
	if want := "\x00\x20" + string(all[0][:]) + "\x00\x20" + string(all[1][:]); got != want {
		t.Errorf("bundle is %x", got)
	}
}

func TestReadersWhileItGrows(t *testing.T) {
	s := open(t, durabletest.New())
	grow(t, s, 200, 200)
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for id := range uint64(3) {
		readers.Go(func() {
			dice := rand.New(rand.NewPCG(id, 1))
			for {
				select {
				case <-stop:
					return
				default:
				}
				size := s.Size()
				i := dice.Uint64N(size)
				verifyEntry(t, s, int(i), int(size))
				verifyGrowth(t, s, int(i)+1, int(size))
				_, _ = s.Tile(merkle.Tile{H: 8, L: -1, N: int64(i / 256), W: 256})
			}
		})
	}
	grow(t, s, 1500, 7)
	close(stop)
	readers.Wait()
	verify(t, s, 1500)
}

func TestOnRealDirectory(t *testing.T) {
	where := t.TempDir()
	for _, size := range []int{300, 70, 700} {
		s, dir, err := tiles.Open(where, tiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = tiles.Open(where, tiles.Options{})
		if err == nil {
			t.Error("two processes own one log")
		}
		grow(t, s, size, 130)
		verify(t, s, max(size, int(s.Size())))
		err = dir.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
}
