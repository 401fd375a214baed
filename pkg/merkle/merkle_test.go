package merkle_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"renlin.dev/pkg/merkle"
)

// boundaries are the sizes at which tiles and levels begin and end.
var boundaries = []int{0, 1, 2, 3, 255, 256, 257, 65535, 65536, 65537}

func entries(n int) []merkle.Hash {
	out := make([]merkle.Hash, n)
	for i := range out {
		out[i] = sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	}
	return out
}

// sumdb is x/mod's tree over the same entries: the second reader.
type sumdb []tlog.Hash

func newSumdb(tb testing.TB, entries []merkle.Hash) *sumdb {
	s := &sumdb{}
	for i := range entries {
		hs, err := tlog.StoredHashes(int64(i), entries[i][:], s)
		if err != nil {
			tb.Fatal(err)
		}
		*s = append(*s, hs...)
	}
	return s
}

func (s *sumdb) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		out[i] = (*s)[x]
	}
	return out, nil
}

func (s *sumdb) root(tb testing.TB, size int) merkle.Hash {
	h, err := tlog.TreeHash(int64(size), s)
	if err != nil {
		tb.Fatal(err)
	}
	if size == 0 { // x/mod has the zero hash here, RFC 6962 the hash of nothing
		return sha256.Sum256(nil)
	}
	return h
}

// TestVectors pins the hashing itself, computed with another implementation of SHA-256.
func TestVectors(t *testing.T) {
	var zero merkle.Hash
	vectors := []struct {
		name string
		got  merkle.Hash
		want string
	}{
		{"empty tree", merkle.Root(nil), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"leaf of the zero entry", merkle.LeafHash(zero), "7f9c9e31ac8256ca2f258583df262dbc7d6f68f2a03043d5c99a4ae5a7396ce9"},
		{"node over two zero hashes", merkle.NodeHash(zero, zero), "ae0798d0ecaed2b778eddebf18f071a561c53658c05e76cedecc27cafbdbc577"},
	}
	for _, v := range vectors {
		if got := hex.EncodeToString(v.got[:]); got != v.want {
			t.Errorf("%s = %s, want %s", v.name, got, v.want)
		}
	}
}

func TestRootsAgreeWithBothLibraries(t *testing.T) {
	all := entries(65537)
	second := newSumdb(t, all)
	for _, size := range boundaries {
		set := all[:size]
		leaves := merkle.LeafHashes(nil, set)
		var tree merkle.Tree
		tree.AppendAll(leaves)
		third := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
		for _, e := range set {
			err := third.Append(rfc6962.DefaultHasher.HashLeaf(e[:]), nil)
			if err != nil {
				t.Fatal(err)
			}
		}
		want := second.root(t, size)
		if raw, err := third.GetRootHash(nil); err != nil || size > 0 && merkle.Hash(raw) != want {
			t.Fatalf("size %d: the two libraries disagree: %v", size, err)
		}
		got := map[string]merkle.Hash{
			"Root": merkle.Root(set), "RootOfLeaves": merkle.RootOfLeaves(leaves),
			"Tree": tree.Root(), "Block": merkle.NewBlock(leaves).Root(),
		}
		for name, h := range got {
			if h != want {
				t.Errorf("size %d: %s differs from tlog.TreeHash", size, name)
			}
		}
	}
}

func TestPathsAgreeWithSumdb(t *testing.T) {
	all := entries(600)
	second := newSumdb(t, all)
	for _, size := range []int{1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 600} {
		set, root := all[:size], merkle.Root(all[:size])
		block := merkle.NewBlock(merkle.LeafHashes(nil, set))
		for i := range set {
			path := block.Path(i)
			want, err := tlog.ProveRecord(int64(size), int64(i), second)
			if err != nil || len(want) != len(path) {
				t.Fatalf("size %d, entry %d: %d hashes, want %d (%v)", size, i, len(path), len(want), err)
			}
			raw := make([][]byte, len(path))
			for j := range path {
				raw[j] = path[j][:]
				if path[j] != merkle.Hash(want[j]) {
					t.Fatalf("size %d, entry %d: hash %d differs from tlog.ProveRecord", size, i, j)
				}
			}
			err = merkle.CheckPath(root, uint64(size), uint64(i), set[i], path)
			if err != nil {
				t.Fatalf("size %d, entry %d: %v", size, i, err)
			}
			leaf := merkle.LeafHash(set[i])
			err = proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(i), uint64(size), leaf[:], raw, root[:])
			if err != nil {
				t.Fatalf("size %d, entry %d: VerifyInclusion: %v", size, i, err)
			}
		}
	}
	if got := merkle.PathIn(all[:5], 4); len(got) != 1 || got[0] != merkle.Root(all[:4]) {
		t.Error("the last of five entries must have the root of the first four as its path")
	}
}

func TestCheckPathRefusesWhateverIsChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := entries(rapid.IntRange(2, 300).Draw(t, "size"))
		i := rapid.IntRange(0, len(set)-1).Draw(t, "index")
		root, path, size, index, entry := merkle.Root(set), merkle.PathIn(set, i), uint64(len(set)), uint64(i), set[i]
		bit := func(h *merkle.Hash) {
			h[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		}
		switch rapid.SampledFrom([]string{"root", "entry", "path", "longer", "shorter", "index", "beyond"}).Draw(t, "what") {
		case "root":
			bit(&root)
		case "entry":
			bit(&entry)
		case "path":
			bit(&path[rapid.IntRange(0, len(path)-1).Draw(t, "at")])
		case "longer":
			path = append(path, entry)
		case "shorter":
			path = path[:len(path)-1]
		case "index":
			index = uint64((i + rapid.IntRange(1, len(set)-1).Draw(t, "by")) % len(set))
		case "beyond":
			index = size
		}
		err := merkle.CheckPath(root, size, index, entry, path)
		if !errors.Is(err, merkle.ErrProof) {
			t.Fatalf("a changed proof passed: %v", err)
		}
	})
}

func TestCheckPathOnImpossibleSizes(t *testing.T) {
	path := make([]merkle.Hash, 100)
	for _, size := range []uint64{0, merkle.SizeMax, merkle.SizeMax + 1, 1 << 63, math.MaxUint64} {
		for _, i := range []uint64{0, size - 1, size, math.MaxUint64} {
			for _, n := range []int{0, 1, 61, 62, 63, 64, 100} {
				err := merkle.CheckPath(merkle.Hash{}, size, i, merkle.Hash{}, path[:n])
				if !errors.Is(err, merkle.ErrProof) {
					t.Errorf("size %d, index %d, %d hashes: %v", size, i, n, err)
				}
			}
		}
	}
}

func TestTreeSnapshot(t *testing.T) {
	leaves := merkle.LeafHashes(nil, entries(1100))
	for _, cut := range []int{0, 1, 2, 3, 255, 256, 257, 1023, 1024, 1025} {
		var tree merkle.Tree
		tree.AppendAll(leaves[:cut])
		again, err := merkle.NewTree(tree.Size(), tree.Peaks())
		if err != nil {
			t.Fatal(err)
		}
		again.AppendAll(leaves[cut:])
		if again.Size() != 1100 || again.Root() != merkle.RootOfLeaves(leaves) {
			t.Errorf("a tree taken up at %d does not go on like the first", cut)
		}
	}
	_, err := merkle.NewTree(3, make([]merkle.Hash, 1))
	if err == nil {
		t.Error("a tree of 3 leaves with one peak was opened")
	}
}

func TestHashingDoesNotAllocate(t *testing.T) {
	set := entries(300)
	leaves := merkle.LeafHashes(nil, set)
	var tree merkle.Tree
	for name, f := range map[string]func(){
		"LeafHash": func() { merkle.LeafHash(set[0]) }, "Append": func() { tree.Append(leaves[0]) }, "Tree.Root": func() { tree.Root() },
		"Root": func() { merkle.Root(set) }, "RootOfLeaves": func() { merkle.RootOfLeaves(leaves) },
	} {
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestBlockOutsideIsAProgrammingError(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the path of a leaf outside the tree was given")
		}
	}()
	merkle.PathIn(entries(3), 3)
}

func ExampleCheckPath() {
	commits := []merkle.Hash{{1}, {2}, {3}}
	path := merkle.PathIn(commits, 1)
	fmt.Println(merkle.CheckPath(merkle.Root(commits), 3, 1, commits[1], path))
	fmt.Println(merkle.CheckPath(merkle.Root(commits), 3, 1, commits[2], path))
	// Output:
	// <nil>
	// merkle: proof does not hold
}
