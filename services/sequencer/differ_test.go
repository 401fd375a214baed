package sequencer

import (
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/natstest"
)

// written is a community with some blocks, whose sequencer is closed.
type written struct {
	srv    *natstest.Server
	cfg    Config
	blocks [][]byte
	hashes []chain.Hash
	leaves []chain.Hash
	raws   [][]byte // the commits, the founding left out
}

// communities numbers those that write has founded: no two are the same.
var communities atomic.Uint64

// write founds a community and gives it blocks of one commit each.
func write(t *testing.T, blocks int, options ...natstest.Option) *written {
	t.Helper()
	return writeMany(t, blocks, 1, options...)
}

// writeMany founds a community and gives it blocks of so many commits each.
func writeMany(t *testing.T, blocks, perBlock int, options ...natstest.Option) *written {
	t.Helper()
	w := &written{srv: natstest.Run(t, options...)}
	w.cfg = configOf(t, w.srv)
	s := openOn(t, w.cfg)
	if _, err := s.Found(t.Context(), genesisOf(t, communities.Add(1))); err != nil {
		t.Fatal(err)
	}
	w.cfg.Genesis = s.cfg.Genesis
	for range blocks - 1 {
		var raws [][]byte
		for range perBlock {
			name := fmt.Sprint(len(w.raws) + len(raws))
			raws = append(raws, commitOf(t, name, name, 1))
		}
		mustAppend(t, s, raws...)
		w.raws = append(w.raws, raws...)
	}
	s.Close()
	w.collect(t, blocks)
	return w
}

// collect reads what the stream holds.
func (w *written) collect(t *testing.T, blocks int) {
	t.Helper()
	w.blocks, w.hashes, w.leaves = nil, nil, nil
	stream, err := w.srv.JetStream(t).Stream(t.Context(), chain.StreamName(chain.CommunityID(w.cfg.Genesis)))
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(blocks) {
		raw, err := chain.ReadBlock(t.Context(), stream, n)
		if err != nil {
			t.Fatal(err)
		}
		b := must(chain.DecodeBlock(raw))
		w.blocks, w.hashes = append(w.blocks, raw), append(w.hashes, b.Sealed.Hash())
		for _, c := range b.Commits {
			w.leaves = append(w.leaves, chain.LeafHash(chain.HashCommit(c)))
		}
	}
}

// dirs gives the directory in which the server keeps the stream, if there is one.
func (w *written) dirs(t *testing.T) []string {
	t.Helper()
	name := chain.StreamName(chain.CommunityID(w.cfg.Genesis))
	return must(filepath.Glob(filepath.Join(w.srv.StoreDir(), "jetstream", "*", "streams", name)))
}

// root gives the log's root at a size.
func (w *written) root(size int) chain.Hash {
	tree := new(merkle.Tree)
	for _, leaf := range w.leaves[:size] {
		tree.Append(merkle.Hash(leaf))
	}
	return chain.Hash(tree.Root())
}

// replace makes the stream anew with other blocks, as somebody could who is master of the server.
func (w *written) replace(t *testing.T, blocks [][]byte) {
	t.Helper()
	w.srv.Stop()
	for _, dir := range w.dirs(t) {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	w.srv.Restart(t)
	js, community := w.srv.JetStream(t), chain.CommunityID(w.cfg.Genesis)
	if blocks == nil {
		return
	}
	if _, err := js.CreateStream(t.Context(), streamConfig(community, 1)); err != nil {
		t.Fatal(err)
	}
	for _, raw := range blocks {
		if _, err := js.Publish(t.Context(), chain.BlockSubject(community), raw); err != nil {
			t.Fatal(err)
		}
	}
}

// opens makes sure that a sequencer opens and writes.
func (w *written) opens(t *testing.T) *Sequencer {
	t.Helper()
	s := openOn(t, w.cfg)
	size := s.Info().Size
	raw := commitOf(t, "more", "more", 1)
	checkReceipt(t, mustAppend(t, s, raw), raw, size)
	return s
}

// resealed gives a block with another content, made good under a key: all hashes fit.
func resealed(t *testing.T, raw []byte, key ed25519.PrivateKey, change func(*chain.Header, [][]byte)) []byte {
	t.Helper()
	b := must(chain.DecodeBlock(raw))
	change(&b.Header, b.Commits)
	leaves := []chain.Hash{}
	for _, c := range b.Commits {
		leaves = append(leaves, chain.LeafHash(chain.HashCommit(c)))
	}
	b.Root = chain.RootOfLeaves(leaves)
	sealed := chain.Seal(b.Header, key)
	return must(chain.EncodeBlock(nil, &sealed, b.Commits))
}

func TestStreamThatDiffers(t *testing.T) {
	t.Parallel()
	stranger := ed25519.NewKeyFromSeed([]byte(strings.Repeat("s", ed25519.SeedSize)))
	for name, row := range map[string]struct {
		blocks func(*testing.T, *written) [][]byte
		why    string
	}{
		"deleted":        {func(*testing.T, *written) [][]byte { return nil }, "stream is empty or missing, head record says 3"},
		"empty":          {func(*testing.T, *written) [][]byte { return [][]byte{} }, "stream is empty or missing, head record says 3"},
		"cut":            {func(_ *testing.T, w *written) [][]byte { return w.blocks[:3] }, "stream ends at block 2, head record says 3"},
		"the first gone": {func(_ *testing.T, w *written) [][]byte { return w.blocks[1:] }, "block 0 of the stream does not verify"},
		"one left out": {func(_ *testing.T, w *written) [][]byte {
			return [][]byte{w.blocks[0], w.blocks[2], w.blocks[3]}
		}, "block 1 of the stream does not verify"},
		"two changed places": {func(_ *testing.T, w *written) [][]byte {
			return [][]byte{w.blocks[0], w.blocks[2], w.blocks[1], w.blocks[3]}
		}, "block 1 of the stream does not verify"},
		"no block": {func(_ *testing.T, w *written) [][]byte {
			return [][]byte{w.blocks[0], w.blocks[1], []byte("x"), w.blocks[3]}
		}, "block 2 of the stream does not verify"},
		"another end, under our key": {func(t *testing.T, w *written) [][]byte {
			return append(w.blocks[:3:3], resealed(t, w.blocks[3], epochKey, func(h *chain.Header, _ [][]byte) { h.Time++ }))
		}, "head record says"},
		"another commit at the end": {func(t *testing.T, w *written) [][]byte {
			return append(w.blocks[:3:3], resealed(t, w.blocks[3], epochKey, func(_ *chain.Header, c [][]byte) {
				c[0] = commitOf(t, "x", "x", 1)
			}))
		}, "head record says"},
		"a block more, under another key": {func(t *testing.T, w *written) [][]byte {
			return append(w.blocks[:4:4], resealed(t, w.blocks[3], stranger, func(h *chain.Header, c [][]byte) {
				h.Number, h.First, h.Prev, c[0] = 4, 4, w.hashes[3], commitOf(t, "x", "x", 1)
			}))
		}, "block 4 is not signed by this epoch's key"},
		"a block more, of a later epoch": {func(t *testing.T, w *written) [][]byte {
			return append(w.blocks[:4:4], resealed(t, w.blocks[3], stranger, func(h *chain.Header, c [][]byte) {
				h.Epoch, h.Number, h.First, h.Prev, c[0] = 2, 4, 4, w.hashes[3], commitOf(t, "x", "x", 1)
			}))
		}, "later than ours"},
		"a commit twice": {func(t *testing.T, w *written) [][]byte {
			return append(w.blocks[:4:4], resealed(t, w.blocks[3], epochKey, func(h *chain.Header, c [][]byte) {
				h.Number, h.First, h.Prev = 4, 4, w.hashes[3]
			}))
		}, "block 4 of the stream does not verify"},
		"another community": {func(t *testing.T, w *written) [][]byte {
			return write(t, 4).blocks
		}, "another community"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := write(t, 4)
			blocks := row.blocks(t, w)
			w.replace(t, blocks)
			differsAtOpen(t, w.cfg, row.why)
			if blocks == nil {
				return
			}
			w.replace(t, w.blocks) // put right again, it opens: the sequencer changed nothing
			w.opens(t)
		})
	}
}

// Blocks that were written, and perhaps not told of, are taken over: only one less than was acknowledged is a difference.
func TestStreamBeyondTheHeadRecord(t *testing.T) {
	t.Parallel()
	w := write(t, 4)
	old := filepath.Join(t.TempDir(), "old")
	copyFile(t, w.cfg.HeadRecord, old)
	w.opens(t)
	copyFile(t, old, w.cfg.HeadRecord) // an old head record: it knows less, and nothing else
	s := openOn(t, w.cfg)
	if got := s.Info().Blocks; got != 5 {
		t.Errorf("%d blocks", got)
	}
	if on := recordOn(t, w.cfg.HeadRecord); on.Blocks != 5 {
		t.Errorf("the head record was not brought to the stream's end: %d", on.Blocks)
	}
}

// Blocks beyond the head record are synced before anybody is told of them, so the server's files must be where they are said to be.
func TestBlocksBeyondTheHeadRecordAreSynced(t *testing.T) {
	t.Parallel()
	w := write(t, 4)
	old := filepath.Join(t.TempDir(), "old")
	copyFile(t, w.cfg.HeadRecord, old)
	w.opens(t).Close()
	cfg := w.cfg
	cfg.StoreDir = t.TempDir()
	s := openOn(t, cfg) // nothing is beyond
	s.Close()
	copyFile(t, old, w.cfg.HeadRecord)
	refused(t, cfg, "no file of the stream is there")
	cfg.StoreDir = filepath.Join(cfg.StoreDir, "missing")
	refused(t, cfg, "sync the server's files")
	if on := recordOn(t, w.cfg.HeadRecord); on.Blocks != 4 {
		t.Errorf("the head record says %d blocks", on.Blocks)
	}
	openOn(t, w.cfg)
}

func TestHeadRecordOfAnother(t *testing.T) {
	t.Parallel()
	w, other := write(t, 2), write(t, 3)
	cfg := w.cfg
	cfg.HeadRecord = other.cfg.HeadRecord
	refused(t, cfg, "head record is another community's")
	cfg.Genesis = chain.Hash{} // then the record says whose it is, and that one's stream is not here
	differsAtOpen(t, cfg, "stream is empty or missing, head record says 2")
}

func TestHeadRecordIsMissing(t *testing.T) {
	t.Parallel()
	w := write(t, 3)
	if err := os.Remove(w.cfg.HeadRecord); err != nil {
		t.Fatal(err)
	}
	differsAtOpen(t, w.cfg, "head record is missing, though the stream holds 3 blocks")
	if _, err := os.Stat(w.cfg.HeadRecord); err == nil {
		t.Fatal("the refusal made a head record: the next start would believe it")
	}
	w.cfg.AdoptStream = true // an operator's word
	w.opens(t).Close()
	w.cfg.AdoptStream = false
	if s := openOn(t, w.cfg); s.Info().Blocks != 4 {
		t.Errorf("%+v", s.Info())
	}
}

func TestWitnessesRemember(t *testing.T) {
	t.Parallel()
	w := write(t, 5)
	for name, row := range map[string]struct {
		seen memory
		why  string
	}{
		"all of it":                {memory{number: 4, hash: w.hashes[4], size: 5, root: w.root(5)}, ""},
		"less":                     {memory{number: 1, hash: w.hashes[1], size: 3, root: w.root(3)}, ""},
		"nothing yet":              {memory{}, ""},
		"archive has more":         {memory{number: 5, hash: w.hashes[4]}, "stream ends at block 4, archive says 5"},
		"archive has another":      {memory{number: 2, hash: w.hashes[3]}, "block 2 of the stream has hash"},
		"checkpoint is larger":     {memory{size: 6, root: w.root(5)}, "stream has 5 commits, last checkpoint says 6"},
		"checkpoint has another":   {memory{size: 4, root: w.root(3)}, "another root at size 4 than the last checkpoint"},
		"another at the very end":  {memory{size: 5, root: w.root(4)}, "another root at size 5 than the last checkpoint"},
		"another at the beginning": {memory{size: 1, root: w.root(4)}, "another root at size 1 than the last checkpoint"},
	} {
		cfg := w.cfg
		cfg.Witnessed = &row.seen
		if row.why != "" {
			differsAtOpen(t, cfg, row.why)
			continue
		}
		s, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.Close()
	}
	cfg := w.cfg // nobody is founded here, as far as this one knows; others do
	cfg.Genesis, cfg.HeadRecord, cfg.Witnessed = chain.Hash{}, filepath.Join(t.TempDir(), "head"), &memory{number: 1, hash: w.hashes[1]}
	differsAtOpen(t, cfg, "archive says 1")
}

// The head record remembers the checkpoint too, so a stream whose past was made anew is found out though its end fits.
func TestHeadRecordRemembersTheCheckpoint(t *testing.T) {
	t.Parallel()
	w := write(t, 4)
	s := w.opens(t)
	if err := s.Checkpointed(3, w.root(3)); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, commitOf(t, "later", "later", 1)) // which keeps it
	s.Close()
	s = openOn(t, w.cfg)
	if on := recordOn(t, w.cfg.HeadRecord); on.Size != 3 || on.Root != w.root(3) || on.Blocks != 6 {
		t.Errorf("%+v", on)
	}
	if err := s.Checkpointed(4, w.root(3)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	differsAtOpen(t, w.cfg, "another root at size 4 than the head record")
}
