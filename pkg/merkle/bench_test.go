package merkle_test

import (
	"crypto/sha256"
	"strconv"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"

	"renlin.dev/pkg/merkle"
)

// BenchmarkAppend grows a log's tree by one 32-byte entry, beside both libraries; ns/op is one entry.
func BenchmarkAppend(b *testing.B) {
	set := entries(4096)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		var tree merkle.Tree
		for i := 0; b.Loop(); i++ {
			tree.Append(merkle.LeafHash(set[i%len(set)]))
		}
		perSecond(b, 1)
	})
	b.Run("compactRange", func(b *testing.B) {
		b.ReportAllocs()
		r := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
		for i := 0; b.Loop(); i++ {
			_ = r.Append(rfc6962.DefaultHasher.HashLeaf(set[i%len(set)][:]), nil)
		}
		perSecond(b, 1)
	})
	b.Run("tlogStoredHashes", func(b *testing.B) {
		b.ReportAllocs()
		s := &sumdb{}
		for i := 0; b.Loop(); i++ {
			hs, err := tlog.StoredHashes(int64(i), set[i%len(set)][:], s)
			if err != nil {
				b.Fatal(err)
			}
			*s = append(*s, hs...)
		}
		perSecond(b, 1)
	})
}

// BenchmarkVerifierWork is what an offline verifier does for every commit apart from hashing the commit itself:
// one leaf hash, its share of the block's root, its share of the log's tree. ns/op is one block.
func BenchmarkVerifierWork(b *testing.B) {
	for _, size := range []int{1, 16, 64} {
		set := entries(size)
		b.Run("block="+strconv.Itoa(size), func(b *testing.B) {
			b.ReportAllocs()
			var tree merkle.Tree
			leaves := make([]merkle.Hash, 0, size)
			for b.Loop() {
				leaves = merkle.LeafHashes(leaves[:0], set)
				root := merkle.RootOfLeaves(leaves)
				tree.AppendAll(leaves)
				_ = root
			}
			perSecond(b, size)
		})
	}
}

// BenchmarkBlockPaths makes the receipts' paths of a whole block; ns/op is one block.
func BenchmarkBlockPaths(b *testing.B) {
	leaves := merkle.LeafHashes(nil, entries(64))
	b.ReportAllocs()
	for b.Loop() {
		block := merkle.NewBlock(leaves)
		for i := range leaves {
			block.Path(i)
		}
	}
	perSecond(b, len(leaves))
}

// BenchmarkCheckPath checks one inclusion proof in a tree of 2^16 entries, beside tlog.CheckRecord itself.
func BenchmarkCheckPath(b *testing.B) {
	set := entries(1 << 16)
	root, path := merkle.Root(set), merkle.PathIn(set, 4711)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			err := merkle.CheckPath(root, 1<<16, 4711, set[4711], path)
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tlogCheckRecord", func(b *testing.B) {
		b.ReportAllocs()
		theirs := make(tlog.RecordProof, len(path))
		for i := range path {
			theirs[i] = path[i]
		}
		for b.Loop() {
			err := tlog.CheckRecord(theirs, 1<<16, root, 4711, tlog.RecordHash(set[4711][:]))
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSHA256 is the machine's floor: one leaf and one node.
func BenchmarkSHA256(b *testing.B) {
	var leaf [33]byte
	var node [65]byte
	for b.Loop() {
		sha256.Sum256(leaf[:])
		sha256.Sum256(node[:])
	}
	perSecond(b, 1)
}

func perSecond(b *testing.B, each int) {
	b.ReportMetric(float64(b.N)*float64(each)/b.Elapsed().Seconds(), "commits/s")
}
