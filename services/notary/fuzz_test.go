package notary_test

import (
	"bytes"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/services/notary"
)

func splitAfter(signed []byte) [][]byte {
	return bytes.SplitAfter(bytes.TrimSuffix(signed, []byte("\n")), []byte("\n"))
}

// FuzzState: whatever lies on the disk and in the stream, the notary refuses to start or is bound by notes under its own key.
func FuzzState(f *testing.F) {
	w := newWorld(f, 1)
	n := w.open(f)
	w.grow(f, n, 100)
	older, err := w.disk.ReadFile("signed")
	if err != nil {
		f.Fatal(err)
	}
	w.grow(f, n, 200)
	f.Add(older, w.shelf.notes[1])
	f.Add(w.shelf.notes[1], older)
	f.Add([]byte{}, []byte("x\n\n— y z\n"))
	f.Fuzz(func(t *testing.T, disk, stream []byte) {
		w := newWorld(t, 1)
		w.disk.Damage("signed", disk)
		w.shelf.notes = [][]byte{stream}
		n, err := notary.Open(t.Context(), w.config(t))
		if err != nil {
			return
		}
		size := max(opened(t, disk).Size, opened(t, stream, verifiersIn(t, w, stream)...).Size)
		w.log.show(min(size, 300) - 1)
		if err := n.Step(t.Context()); err == nil {
			t.Fatal("signed less than what stood there")
		}
	})
}

// FuzzConsistency: a path that the library accepts leads to the true root, and nothing makes it panic.
func FuzzConsistency(f *testing.F) {
	tree := history(f, 300)
	for _, from := range []uint64{1, 2, 100, 255, 256, 299} {
		path, err := tree.Consistency(from, 300)
		if err != nil {
			f.Fatal(err)
		}
		var raw []byte
		for _, h := range path {
			raw = append(raw, h[:]...)
		}
		f.Add(from, uint64(300), raw)
	}
	f.Add(uint64(1)<<62, uint64(1)<<63, make([]byte, 64*32))
	f.Add(uint64(0), uint64(0), []byte{})
	f.Fuzz(func(t *testing.T, from, to uint64, raw []byte) {
		var path []merkle.Hash
		for ; len(raw) >= merkle.HashBytes; raw = raw[merkle.HashBytes:] {
			path = append(path, merkle.Hash(raw[:merkle.HashBytes]))
		}
		old := merkle.Checkpoint{Size: from, Root: merkle.EmptyRoot()}
		if from > 0 && from <= 300 {
			root, err := tree.Root(from)
			if err != nil {
				t.Fatal(err)
			}
			old.Root = root
		}
		forged := merkle.Hash{1, 2, 3}
		if notary.CheckConsistency(old, notary.Head{Size: to, Root: forged}, path) == nil && from > 0 {
			t.Fatal("a path leads to a root that is no tree's")
		}
	})
}

// verifiersIn gives the witnesses whose lines a note carries.
func verifiersIn(tb testing.TB, w *world, signed []byte) []note.Verifier {
	tb.Helper()
	var out []note.Verifier
	for _, v := range w.verifiers() {
		if bytes.Contains(signed, []byte("\n— "+v.Name()+" ")) {
			out = append(out, v)
		}
	}
	return out
}
