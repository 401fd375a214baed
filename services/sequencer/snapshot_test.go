package sequencer

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/natstest"
)

// heard keeps the lines of a sequencer's log.
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) Enabled(context.Context, slog.Level) bool { return true }
func (h *heard) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h *heard) WithGroup(string) slog.Handler            { return h }

func (h *heard) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool { line += " " + a.String(); return true })
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
	return nil
}

// said gives the lines about snapshots, and forgets all.
func (h *heard) said() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	about := slices.DeleteFunc(h.lines, func(line string) bool { return !strings.Contains(line, "snapshot") })
	h.lines = nil
	return about
}

// starts opens a sequencer and compares what it says of its snapshot.
func starts(t *testing.T, cfg Config, want ...string) *Sequencer {
	t.Helper()
	log := new(heard)
	cfg.Log = slog.New(log)
	s := openOn(t, cfg)
	got := log.said()
	if len(got) != len(want) {
		t.Fatalf("it says %q, want %q", got, want)
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Fatalf("it says %q, want %q", got[i], want[i])
		}
	}
	return s
}

func snapshotOf(cfg Config) string { return filepath.Join(cfg.SnapshotDir, snapshotName) }

// remembers makes sure that every command of the record gets its first receipt, and that the next one is written behind them.
func (w *written) remembers(t *testing.T, s *Sequencer) {
	t.Helper()
	size := s.Info().Size
	for i, raw := range w.raws {
		reply := mustAppend(t, s, raw)
		if !reply.Repeated {
			t.Fatalf("commit %d was done again", i+1)
		}
		checkReceipt(t, reply, raw, uint64(i+1))
	}
	stale := draft{id: "stale", topic: "0", version: 1}.encode(t)
	_, err := s.Append(t.Context(), "proposal", appendOf(stale))
	wantFault(t, err, chain.ErrStale)
	if got := s.Info().Size; got != size {
		t.Errorf("%d commits became %d", size, got)
	}
}

// TestStartFromASnapshot: at its very end, and with a tail behind it.
func TestStartFromASnapshot(t *testing.T) {
	t.Parallel()
	w := write(t, 6)
	s := starts(t, w.cfg, "started from a snapshot commits=6 read=0")
	w.remembers(t, s)
	s.Close()
	old := filepath.Join(t.TempDir(), "old")
	copyFile(t, snapshotOf(w.cfg), old)
	w.opens(t).Close()
	copyFile(t, old, snapshotOf(w.cfg))
	s = starts(t, w.cfg, "started from a snapshot commits=6 read=1")
	w.remembers(t, s)
	if on := recordOn(t, w.cfg.HeadRecord); on.Blocks != 7 {
		t.Errorf("the head record says %d blocks", on.Blocks)
	}
	s.Close()
	if err := os.RemoveAll(w.cfg.SnapshotDir); err != nil {
		t.Fatal(err)
	}
	w.remembers(t, starts(t, w.cfg))
}

// TestSnapshotsWhileWriting: one is there without any stop in good order, as a crash would find it; and none is written anew when nothing
// has happened.
func TestSnapshotsWhileWriting(t *testing.T) {
	t.Parallel()
	w := write(t, 2)
	s := openOn(t, w.cfg)
	for n := range 10 {
		raw := commitOf(t, fmt.Sprint("w", n), fmt.Sprint("w", n), 1)
		mustAppend(t, s, raw)
		w.raws = append(w.raws, raw)
	}
	settled(t, s)              // an answer leaves before the snapshot is begun
	s.snapshots.writing.Wait() // the loop rests: nothing comes
	crashed := filepath.Join(t.TempDir(), "crashed")
	copyFile(t, snapshotOf(w.cfg), crashed)
	s.Close()
	before := must(os.Stat(snapshotOf(w.cfg)))
	starts(t, w.cfg, "started from a snapshot commits=12 read=0").Close()
	if after := must(os.Stat(snapshotOf(w.cfg))); !after.ModTime().Equal(before.ModTime()) {
		t.Error("it was written anew for nothing")
	}
	copyFile(t, crashed, snapshotOf(w.cfg))
	log := new(heard)
	w.cfg.Log = slog.New(log)
	w.remembers(t, openOn(t, w.cfg))
	if got := log.said(); len(got) == 0 || !strings.Contains(got[0], "started from a snapshot") || strings.Contains(got[0], "commits=2 ") {
		t.Errorf("it says %q", got)
	}
}

// TestSnapshotThatDoesNotFit: it is not used, the log says why, and all is read; in the end there is a good one.
func TestSnapshotThatDoesNotFit(t *testing.T) {
	t.Parallel()
	w, other := write(t, 6), write(t, 6)
	whole := must(os.ReadFile(snapshotOf(w.cfg)))
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", ed25519.SeedSize)))
	rewritten := func(change func(*Config)) func(*testing.T) []byte { // by a sequencer that differs in something
		return func(t *testing.T) []byte {
			s := &Sequencer{cfg: w.cfg, log: slog.New(slog.DiscardHandler)}
			machine := must(s.decodeSnapshot(whole))
			change(&s.cfg)
			disk := durabletest.New()
			s.snapshots.s, s.snapshots.files = s, disk
			s.snapshots.write(machine.Picture())
			return must(disk.ReadFile(snapshotName))
		}
	}
	forged := func(at int) func(*testing.T) []byte { // under our key, with one bit of the state turned
		return func(*testing.T) []byte {
			s := &Sequencer{cfg: w.cfg}
			mac := hmac.New(sha256.New, must(s.snapshotKey()))
			content := flipped(whole[:len(whole)-sha256.Size], int64(len(snapshotHead(""))+at))
			mac.Write(content)
			return mac.Sum(content)
		}
	}
	bytesOf := func(raw []byte) func(*testing.T) []byte { return func(*testing.T) []byte { return raw } }
	for name, row := range map[string]struct {
		file func(*testing.T) []byte
		why  string
	}{
		"empty":                 {bytesOf(nil), "no snapshot of this form"},
		"another format":        {bytesOf(bytes.Replace(whole, []byte("/1\n"), []byte("/2\n"), 1)), "no snapshot of this form"},
		"only its beginning":    {bytesOf(whole[:len(snapshotMagic)+5]), "another program"},
		"torn":                  {bytesOf(whole[:len(whole)-100]), "damaged"},
		"a byte more":           {bytesOf(append(slices.Clone(whole), 0)), "damaged"},
		"another program's":     {rewritten(func(c *Config) { c.Build = "other" }), "another program"},
		"under another key":     {rewritten(func(c *Config) { c.Key = key }), "another key"},
		"of another community":  {bytesOf(must(os.ReadFile(snapshotOf(other.cfg)))), "another community"},
		"a flipped bit in it":   {bytesOf(flipped(whole, int64(len(whole)/2))), "damaged"},
		"a flipped bit of sums": {bytesOf(flipped(whole, int64(len(whole)-1))), "damaged"},
		"of another tree":       {forged(chain.SealedHeaderBytes + 8), "block 5 is another"},
		"of another last block": {forged(chain.HeaderBytes - 1), "block 5 is another"},
		"against itself":        {forged(chain.SealedHeaderBytes), "time to come"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(snapshotOf(w.cfg), row.file(t), 0o600); err != nil {
				t.Fatal(err)
			}
			s := starts(t, w.cfg, row.why)
			w.remembers(t, s)
			s.Close()
			starts(t, w.cfg, "started from a snapshot commits=6 read=0").Close()
		})
	}
}

// TestSnapshotOfAnotherPast: the stream is older than the snapshot, or went another way, and so did the head record: what the snapshot says
// is not believed.
func TestSnapshotOfAnotherPast(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		blocks func(*testing.T, *written) [][]byte
		why    string
	}{
		"the stream ends before it": {func(_ *testing.T, w *written) [][]byte {
			return w.blocks[:4]
		}, "it ends at block 4, the snapshot at block 5"},
		"another block stands there": {func(t *testing.T, w *written) [][]byte {
			return append(w.blocks[:5:5], resealed(t, w.blocks[5], epochKey, func(h *chain.Header, _ [][]byte) { h.Time++ }))
		}, "block 5 is another"},
		"another commit stands there": {func(t *testing.T, w *written) [][]byte {
			return append(w.blocks[:5:5], resealed(t, w.blocks[5], epochKey, func(_ *chain.Header, c [][]byte) {
				c[0] = commitOf(t, "x", "x", 1)
			}))
		}, "block 5 is another"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := write(t, 4)
			old := filepath.Join(t.TempDir(), "old")
			copyFile(t, w.cfg.HeadRecord, old)
			s := openOn(t, w.cfg)
			for _, name := range []string{"4", "5"} {
				mustAppend(t, s, commitOf(t, name, name, 1))
			}
			s.Close()
			w.collect(t, 6)
			w.replace(t, row.blocks(t, w))
			differsAtOpen(t, w.cfg, "head record says")
			copyFile(t, old, w.cfg.HeadRecord)
			s = starts(t, w.cfg, row.why)
			if s.Info().Size != uint64(len(row.blocks(t, w))) {
				t.Errorf("%+v", s.Info())
			}
		})
	}
}

// TestMarksBehindTheSnapshot: what others remember is compared, however far it lies behind the snapshot.
func TestMarksBehindTheSnapshot(t *testing.T) {
	t.Parallel()
	w := writeMany(t, 40, 256)
	const size, last = 39*256 + 1, 39
	for _, n := range []int{1, 2, 257, 4095, 4096, 4097, 4098, 8192, 8193, 9000, size - 1, size} {
		cfg := w.cfg
		cfg.Witnessed = &memory{size: uint64(n), root: w.root(n)}
		starts(t, cfg, fmt.Sprintf("started from a snapshot commits=%d read=0", size)).Close()
		cfg.Witnessed = &memory{size: uint64(n), root: w.root(n - 1)}
		differsAtOpen(t, cfg, fmt.Sprintf("another root at size %d than the last checkpoint", n))
	}
	for _, n := range []int{0, 1, 15, 16, 17, 31, 32, 33, last - 1, last} {
		cfg := w.cfg
		cfg.Witnessed = &memory{number: uint64(n), hash: w.hashes[n], size: size, root: w.root(size)}
		starts(t, cfg, fmt.Sprintf("started from a snapshot commits=%d read=0", size)).Close()
		cfg.Witnessed = &memory{number: uint64(n), hash: w.hashes[(n+1)%last]}
		differsAtOpen(t, cfg, fmt.Sprintf("block %d of the stream has hash", n))
	}
	for _, seen := range []memory{{size: size + 1, root: w.root(size)}, {number: last + 1, hash: w.hashes[last]}} {
		cfg := w.cfg
		cfg.Witnessed = &seen
		differsAtOpen(t, cfg, "says")
	}
}

// TestWhatAStartLeavesToAudit: a bit that flips far behind the snapshot is not seen by a start, since it reads nothing there; what lies
// less than a part behind is read, and so is everything behind what somebody remembers. Audit reads all of it, again and again.
func TestWhatAStartLeavesToAudit(t *testing.T) {
	t.Parallel()
	w := writeMany(t, 40, 256)
	w.srv.Stop()
	f := &files{w: w, dir: streamDir(t, w)}
	f.flip(t, 3)
	w.srv.Restart(t)
	starts(t, w.cfg, "started from a snapshot").Close()
	cfg := w.cfg
	cfg.Witnessed = &memory{number: 2, hash: w.hashes[2]}
	differsAtOpen(t, cfg, "block 3")
	cfg = w.cfg
	cfg.Witnessed = &memory{size: 1, root: w.root(1)}
	differsAtOpen(t, cfg, "block 3")
	if err := os.Remove(snapshotOf(w.cfg)); err != nil {
		t.Fatal(err)
	}
	differsAtOpen(t, w.cfg, "block 3")
}

// TestDamageNearTheSnapshot: it is found at the start, as without a snapshot.
func TestDamageNearTheSnapshot(t *testing.T) {
	t.Parallel()
	for _, block := range []int{33, 38, 39} {
		w := writeMany(t, 40, 256)
		w.srv.Stop()
		f := &files{w: w, dir: streamDir(t, w)}
		f.flip(t, block)
		w.srv.Restart(t)
		refusedForGood(t, w, fmt.Sprint("block ", block))
	}
}

// TestChangedCommitWhereAStartBegins: the leaves before the place are taken from the snapshot, the block's root is not.
func TestChangedCommitWhereAStartBegins(t *testing.T) {
	t.Parallel()
	w := writeMany(t, 40, 256)
	const begins = 32 // the block in which the second part of 4096 ends
	changed := slices.Clone(w.blocks)
	changed[begins] = flipped(changed[begins], chain.SealedHeaderBytes+chain.CommitOverheadBytes+20) // in the first commit's salt
	w.replace(t, changed)
	differsAtOpen(t, w.cfg, fmt.Sprintf("block %d of the stream does not verify", begins))
}

// TestNoSnapshotForAnAdoptedStream: an operator's word makes all of it be read.
func TestNoSnapshotForAnAdoptedStream(t *testing.T) {
	t.Parallel()
	w := write(t, 4)
	if err := os.Remove(w.cfg.HeadRecord); err != nil {
		t.Fatal(err)
	}
	differsAtOpen(t, w.cfg, "head record is missing")
	w.cfg.AdoptStream = true
	starts(t, w.cfg).Close()
	starts(t, w.cfg, "started from a snapshot commits=4 read=0")
}

// TestSnapshotDirectory: one that cannot be had, or is another's, costs time and nothing else.
func TestSnapshotDirectory(t *testing.T) {
	t.Parallel()
	w := write(t, 3)
	s := openOn(t, w.cfg)
	second := w.cfg
	starts(t, second, "snapshots are not kept").Close()
	s.Close()
	w.cfg.SnapshotDir = filepath.Join(w.cfg.HeadRecord, "below a file")
	s = starts(t, w.cfg, "snapshots are not kept")
	w.remembers(t, s)
	s.Close()
	w.cfg.SnapshotDir = ""
	starts(t, w.cfg).Close()
}

// TestNoRoomForSnapshots: what room is left on the disk is for blocks, and what could not be finished does not lie about.
func TestNoRoomForSnapshots(t *testing.T) {
	t.Parallel()
	w := write(t, 3)
	if err := os.Remove(snapshotOf(w.cfg)); err != nil {
		t.Fatal(err)
	}
	cfg := w.cfg
	cfg.Room = func() error { return errors.New("no room") }
	s := starts(t, cfg)
	_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "new", "new", 1)))
	wantFault(t, err, fault.ErrFull)
	s.Close()
	if _, err := os.Stat(snapshotOf(cfg)); err == nil {
		t.Error("one was written")
	}
	disk := durabletest.New()
	w.cfg.files, w.cfg.snapshotEvery = disk, 100
	disk.Inject(durabletest.Fault{At: 3, Effect: durabletest.Half})
	openOn(t, w.cfg).Close()
	if files := disk.Files(""); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}

// TestSnapshotWritesFail: at every step, in every way, with and without the power: the old snapshot or the new one is whole, nothing is
// lost, and the next stop writes one.
func TestSnapshotWritesFail(t *testing.T) {
	t.Parallel()
	w := write(t, 4)
	disk := durabletest.New()
	w.cfg.files = disk
	openOn(t, w.cfg).Close() // the old one, of four blocks
	old := disk.Clone()
	w.cfg.files = nil
	for _, name := range []string{"4", "5"} {
		s := openOn(t, w.cfg)
		raw := commitOf(t, name, name, 1)
		mustAppend(t, s, raw)
		w.raws = append(w.raws, raw)
		s.Close()
	}
	dry := old.Clone()
	dry.Inject(durabletest.Fault{})
	w.cfg.files = dry
	w.cfg.snapshotEvery = 100
	starts(t, w.cfg, "commits=4 read=2").Close()
	if dry.Ops() != 7 {
		t.Fatalf("%d operations", dry.Ops())
	}
	seen := map[string]bool{}
	for at := 1; at <= dry.Ops(); at++ {
		for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
			for _, fault := range []durabletest.Fault{
				{At: at, Effect: effect}, {At: at, Effect: effect, PowerOff: true}, {At: at, Effect: effect, Lasting: true},
			} {
				w.strike(t, old.Clone(), fault, seen)
			}
		}
	}
	for _, want := range []string{"commits=4 read=2", "commits=6 read=0"} {
		if !seen[want] {
			t.Errorf("never started with %s", want)
		}
	}
}

// strike opens and closes a sequencer over a failing disk, and opens it again.
func (w *written) strike(t *testing.T, disk *durabletest.Disk, fault durabletest.Fault, seen map[string]bool) {
	t.Helper()
	cfg, log := w.cfg, new(heard)
	cfg.files, cfg.Log = disk, slog.New(log)
	disk.Inject(fault)
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("%+v: %v", fault, err)
	}
	w.remembers(t, s)
	s.Close()
	log.said()
	disk.Reboot(uint64(fault.At))
	for range 2 {
		s, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatalf("%+v: %v", fault, err)
		}
		w.remembers(t, s)
		got := log.said()
		if len(got) != 1 || !strings.Contains(got[0], "started from a snapshot") {
			t.Fatalf("%+v: it says %q", fault, got)
		}
		_, rest, _ := strings.Cut(got[0], "snapshot ")
		seen[rest] = true
		s.Close()
		log.said()
	}
}

// FuzzSnapshot: nothing but what was written is taken.
func FuzzSnapshot(f *testing.F) {
	srv := natstest.Run(f)
	cfg := configOf(f, srv)
	s := foundedOn(f, cfg)
	s.Close()
	whole := must(os.ReadFile(snapshotOf(cfg)))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(snapshotMagic))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := s.decodeSnapshot(raw); err == nil && !bytes.Equal(raw, whole) {
			t.Fatal("taken")
		}
	})
}
