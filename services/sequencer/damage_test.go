package sequencer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// damage writes blocks, stops the server in good order, and lets something happen to its files.
func damage(t *testing.T, blocks int, change func(*testing.T, *files)) *written {
	t.Helper()
	w := write(t, blocks)
	w.srv.Stop()
	f := &files{w: w, dir: streamDir(t, w)}
	change(t, f)
	w.srv.Restart(t)
	return w
}

// files are those of a community's stream in the directory of a server that is down.
type files struct {
	w   *written
	dir string
}

func streamDir(t *testing.T, w *written) string {
	t.Helper()
	found := w.dirs(t)
	if len(found) != 1 {
		t.Fatalf("%d directories of the stream", len(found))
	}
	return found[0]
}

// edit changes one file.
func (f *files) edit(t *testing.T, name string, change func([]byte) []byte) {
	t.Helper()
	path := filepath.Join(f.dir, name)
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(raw), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (f *files) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(f.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// blk and index are the files of messages and of the server's own view of them; the latter is written at a stop in good order.
const (
	blk   = "msgs/1.blk"
	index = "msgs/index.db"
)

// flip changes one bit of the commits of a block, where it stands in the file.
func (f *files) flip(t *testing.T, block int) {
	t.Helper()
	f.edit(t, blk, func(raw []byte) []byte {
		at := bytes.Index(raw, f.w.blocks[block])
		if at < 0 {
			t.Fatal("the block is not in the file as it was published")
		}
		raw[at+len(f.w.blocks[block])/2] ^= 4
		return raw
	})
}

func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	cut := func(n int) func(*testing.T, *files) {
		return func(t *testing.T, f *files) {
			f.edit(t, blk, func(raw []byte) []byte { return raw[:len(raw)-n] })
		}
	}
	flip := func(block int) func(*testing.T, *files) {
		return func(t *testing.T, f *files) { f.flip(t, block) }
	}
	const lost, missing = "stream is empty or missing, head record says 5", "messages of it are missing"
	for name, row := range map[string]struct {
		change func(*testing.T, *files)
		gone   string // what is said when the server's index is gone, as after a crash
		kept   string // and when it was kept
	}{
		"the last byte is torn off": {cut(1), "stream ends at block 4, head record says 5", missing},
		"the last block is torn":    {cut(64), "stream ends at block 4, head record says 5", missing},
		"half is gone":              {cut(1500), "stream ends at block 2, head record says 5", missing},
		"nothing is left": {func(t *testing.T, f *files) {
			f.edit(t, blk, func([]byte) []byte { return nil })
		}, lost, "its first messages are missing"},
		"the file is gone":        {func(t *testing.T, f *files) { f.remove(t, blk) }, lost, "its first messages are missing"},
		"a bit of the last block": {flip(5), "stream ends at block 4, head record says 5", "block 5 of the stream cannot be read"},
		"a bit in the middle":     {flip(3), "stream ends at block 2, head record says 5", "want block 3: message 5 of the stream follows 3"},
		"a bit of the founding":   {flip(0), lost, "want block 0: message 2 of the stream follows 0"},
		"the configuration": {func(t *testing.T, f *files) {
			f.edit(t, "meta.inf", func(raw []byte) []byte { raw[len(raw)/2] ^= 4; return raw })
		}, lost, lost},
		"everything": {func(t *testing.T, f *files) { f.remove(t, "") }, lost, lost},
		"nonsense where the blocks were": {func(t *testing.T, f *files) {
			f.edit(t, blk, func(raw []byte) []byte { return bytes.Repeat([]byte{7}, len(raw)) })
		}, lost, "its first messages are missing"},
	} {
		t.Run(name+", index gone", func(t *testing.T) {
			t.Parallel()
			refusedForGood(t, damage(t, 6, func(t *testing.T, f *files) {
				row.change(t, f)
				f.remove(t, index)
			}), row.gone)
		})
		t.Run(name+", index kept", func(t *testing.T) {
			t.Parallel()
			refusedForGood(t, damage(t, 6, row.change), row.kept)
		})
	}
}

// refusedForGood makes sure that a damaged stream is noticed at every start, named, and not written to.
func refusedForGood(t *testing.T, w *written, why string) {
	t.Helper()
	before := lastSeq(t, w)
	for range 2 {
		s, err := Open(t.Context(), w.cfg)
		if err == nil {
			s.Close()
			t.Fatalf("a damaged stream was opened: it ends at %d", before)
		}
		var d *Difference
		if !errors.As(err, &d) || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want a Difference: %s", err, why)
		}
	}
	if after := lastSeq(t, w); after != before {
		t.Errorf("the stream's end moved from %d to %d", before, after)
	}
	if on := recordOn(t, w.cfg.HeadRecord); on.Blocks != uint64(len(w.blocks)) {
		t.Errorf("the head record forgot: %d blocks", on.Blocks)
	}
}

// lastSeq is the stream's end as the server says; 0 when it has no such stream.
func lastSeq(t *testing.T, w *written) uint64 {
	t.Helper()
	stream, err := w.srv.JetStream(t).Stream(t.Context(), chain.StreamName(chain.CommunityID(w.cfg.Genesis)))
	if err != nil {
		return 0
	}
	return stream.CachedInfo().State.LastSeq
}

// The server's index is its own: it makes a new one out of the blocks when it cannot read it.
func TestDamagedIndexIsNoLoss(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*testing.T, *files){
		"gone": func(t *testing.T, f *files) { f.remove(t, index) },
		"a bit": func(t *testing.T, f *files) {
			f.edit(t, index, func(raw []byte) []byte { raw[len(raw)/2] ^= 4; return raw })
		},
		"torn": func(t *testing.T, f *files) { f.edit(t, index, func(raw []byte) []byte { return raw[:len(raw)/2] }) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := damage(t, 6, change)
			s := w.opens(t)
			for i, raw := range w.raws {
				if reply := mustAppend(t, s, raw); !reply.Repeated || reply.Receipts[0].Index != uint64(i+1) {
					t.Errorf("commit %d: %+v", i+1, reply)
				}
			}
		})
	}
}

// copyDir copies a data directory.
func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// A whole old data directory is put back: all in it is sound and older than what was acknowledged.
func TestOldDataDirectory(t *testing.T) {
	t.Parallel()
	dir, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	w := write(t, 3, natstest.Dir(dir))
	w.srv.Stop()
	copyDir(t, dir, backup)
	w.srv.Restart(t)
	raw := commitOf(t, "acknowledged", "later", 1)
	s := openOn(t, w.cfg)
	mustAppend(t, s, raw)
	s.Close()
	w.srv.Stop()
	restore(t, backup, dir)
	w.srv.Restart(t)
	differsAtOpen(t, w.cfg, "stream ends at block 2, head record says 3")
	if lastSeq(t, w) != 3 {
		t.Error("something was written")
	}
}

// The same while the sequencer runs: the server comes back with an old directory, and writing stops before anything is written.
func TestOldDataDirectoryUnderARunningSequencer(t *testing.T) {
	t.Parallel()
	dir, backup := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	w := write(t, 3, natstest.Dir(dir))
	w.srv.Stop()
	copyDir(t, dir, backup)
	w.srv.Restart(t)
	s := openOn(t, w.cfg)
	mustAppend(t, s, commitOf(t, "acknowledged", "later", 1))
	w.srv.Stop()
	restore(t, backup, dir)
	w.srv.Restart(t)
	_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "new", "new", 1)))
	for errors.Is(err, chain.ErrRetry) {
		_, err = s.Append(t.Context(), "proposal", appendOf(commitOf(t, "new", "new", 1)))
	}
	wantFault(t, err, chain.ErrStopped)
	if reason := s.Info().Reason; !strings.Contains(reason, "stream ends at block 2, head record says 3") {
		t.Errorf("stopped because %q", reason)
	}
	if lastSeq(t, w) != 3 {
		t.Error("something was written")
	}
}

func restore(t *testing.T, backup, dir string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(dir, server.JetStreamStoreDir)); err != nil {
		t.Fatal(err)
	}
	copyDir(t, filepath.Join(backup, server.JetStreamStoreDir), filepath.Join(dir, server.JetStreamStoreDir))
}

// A bit that flips while the server runs, behind what the sequencer knows, is not seen at once; at the next start it is.
func TestBitFlipsUnderARunningServer(t *testing.T) {
	t.Parallel()
	w := write(t, 6)
	s := openOn(t, w.cfg)
	f := &files{w: w, dir: streamDir(t, w)}
	f.flip(t, 2)
	s.Close()
	w.srv.Restart(t)
	refusedForGood(t, w, "")
}
