package services_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/host"
	"renlin.dev/pkg/natstest"
	"renlin.dev/services/audit"
	"renlin.dev/services/proposal"
	"renlin.dev/services/sequencer"
)

// The record of BenchmarkRestart, and how far behind its end the snapshots lie: as far as they ever do, or further.
const (
	restartCommits    = 1_000_000
	restartAggregates = 100_000
	restartPerBlock   = 64
	restartTail       = 100_000
)

// BenchmarkRestart starts the sequencer and one service on a long record, from snapshots and the tail behind them, and from nothing. The
// seconds are those until both are ready, their server running; cpu-s is what the processors gave. bytes/aggregate is what each
// keeps in memory, ids of commands included, divided by the aggregates that live. Making the record takes most of the time. Audit, which
// the sequencer asks at its start, is opened for comparison.
func BenchmarkRestart(b *testing.B) {
	w := newRestart(b)
	for _, from := range []string{"snapshot", "record"} {
		for _, part := range []string{"sequencer", "service", "both", "audit"} {
			if part == "audit" && from == "record" {
				continue // it reads all of its archive at every start
			}
			b.Run("from="+from+"/part="+part, func(b *testing.B) {
				var wall, cpu time.Duration
				var bytes uint64
				for b.Loop() {
					b.StopTimer()
					w.prepare(b, from == "snapshot")
					before := heapBytes()
					used, began := cpuTime(), time.Now()
					b.StartTimer()
					stop := w.start(b, part)
					wall, cpu = wall+time.Since(began), cpu+cpuTime()-used
					b.StopTimer()
					bytes = heapBytes() - before
					stop()
					b.StartTimer()
				}
				n := float64(b.N)
				b.ReportMetric(wall.Seconds()/n, "ready-s")
				b.ReportMetric(cpu.Seconds()/n, "cpu-s")
				b.ReportMetric(float64(bytes)/restartAggregates, "bytes/aggregate")
				b.ReportMetric(float64(bytes)/restartCommits, "bytes/commit")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// restart is a record on a running server, with what sequencer and service keep of it.
type restart struct {
	*longRecord
	srv         *natstest.Server
	state, kept string // directories: of the moment, and as they were when the record was shorter
	audit       string // directory of archive and tiles
}

// newRestart makes the record, and snapshots of it before its tail was written.
func newRestart(b *testing.B) *restart {
	b.Helper()
	began := time.Now()
	w := &restart{
		longRecord: beginLongRecord(b, restartAggregates, restartPerBlock), state: b.TempDir(), kept: b.TempDir(), audit: b.TempDir(),
	}
	var err error
	if w.archive, err = os.Create(filepath.Join(w.audit, "blocks.log")); err != nil {
		b.Fatal(err)
	}
	w.keep(w.first)
	w.grow(restartCommits - restartTail)
	w.once(b)
	copyFiles(b, w.state, w.kept)
	w.grow(restartTail)
	w.once(b)
	for _, path := range w.alwaysNew() {
		copyFiles(b, filepath.Join(w.state, path), filepath.Join(w.kept, path))
	}
	if err := w.archive.Close(); err != nil {
		b.Fatal(err)
	}
	w.openAudit(b)() // which makes the tiles
	w.srv = natstest.Run(b, natstest.Dir(w.dir))
	b.Logf("%d commits made in %v; snapshots of %d kB and %d kB", restartCommits, time.Since(began).Round(time.Second),
		kilobytes(b, w.kept, "snapshot", "snapshot"), kilobytes(b, w.kept, w.community, "proposal.snapshot"))
	return w
}

// alwaysNew are the files that a crash finds at the record's end: they are written with every block.
func (w *restart) alwaysNew() []string {
	return []string{"head", filepath.Join(w.community, "proposal.sqlite")}
}

// once lets sequencer and service read what is there and stop in good order.
func (w *restart) once(b *testing.B) {
	b.Helper()
	w.srv = natstest.Run(b, natstest.Dir(w.dir))
	defer w.srv.Stop()
	w.start(b, "both")()
}

// prepare puts the directories back as a crash finds them, or empties them but for the head record.
func (w *restart) prepare(b *testing.B, snapshots bool) {
	b.Helper()
	if err := os.RemoveAll(w.state); err != nil {
		b.Fatal(err)
	}
	if snapshots {
		copyFiles(b, w.kept, w.state)
		return
	}
	copyFiles(b, filepath.Join(w.kept, "head"), filepath.Join(w.state, "head"))
}

// start starts one of them or both and waits until they are ready.
func (w *restart) start(b *testing.B, part string) (stop func()) {
	b.Helper()
	if part == "audit" {
		return w.openAudit(b)
	}
	stops := make(chan func(), 2)
	n := 0
	begins := map[string]func(*testing.B) func(){"sequencer": w.startSequencer, "service": w.startService}
	for name, begin := range begins { // any order: at once
		if part == name || part == "both" {
			n++
			go func() { stops <- begin(b) }()
		}
	}
	var all []func()
	for range n {
		all = append(all, <-stops)
	}
	return func() {
		for _, stop := range all {
			stop()
		}
	}
}

// startSequencer opens a sequencer that is told what audit and notary have seen: the whole archive, and a checkpoint of a while ago.
func (w *restart) startSequencer(b *testing.B) (stop func()) {
	cfg := w.config(w.srv, w.state)
	cfg.AdoptStream = true // when the record has just been made, there is no head record
	cfg.Witnessed = w.longRecord
	q, err := sequencer.Open(b.Context(), cfg)
	if err != nil {
		b.Error(err)
		return func() {}
	}
	if size := q.Info().Size; size != uint64(w.commit)+1 {
		b.Errorf("the sequencer has come to %d", size)
	}
	return func() {
		if err := q.Close(); err != nil {
			b.Error(err)
		}
	}
}

func (w *restart) startService(b *testing.B) (stop func()) {
	h, err := host.New(host.Config{
		Model: proposal.Model(), Bus: w.srv.Connect(b), Dir: w.state, Build: "one", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Error(err)
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx, w.community) }()
	for h.Ready(w.community) != nil {
		select {
		case err := <-ended:
			b.Error(err)
			return cancel
		case <-time.After(time.Millisecond):
		}
	}
	return func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		if err := h.Close(); err != nil {
			b.Error(err)
		}
	}
}

// openAudit opens archive and tiles, and checks both as a whole; the sequencer waits for that at its start.
func (w *restart) openAudit(b *testing.B) (stop func()) {
	b.Helper()
	a, err := audit.Open(audit.Config{Community: w.community, Dir: w.audit, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	if head := a.Head(); head.Size != uint64(w.commit)+1 || head.Root != w.tree.Root() {
		b.Fatalf("audit has come to %d", head.Size)
	}
	return func() {
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	}
}

// Head is what audit would say.
func (r *longRecord) Head(context.Context) (number uint64, hash chain.Hash, ok bool, err error) {
	return r.prev.Number, r.prev.Hash(), true, nil
}

// Checkpoint is what the notary would say.
func (r *longRecord) Checkpoint(context.Context) (size uint64, root chain.Hash, ok bool, err error) {
	return r.checkpoint.Size(), chain.Hash(r.checkpoint.Root()), r.checkpoint.Size() > 0, nil
}

func copyFiles(tb testing.TB, from, to string) {
	tb.Helper()
	info, err := os.Stat(from)
	switch {
	case err != nil:
	case info.IsDir():
		if err = os.RemoveAll(to); err == nil {
			err = os.CopyFS(to, os.DirFS(from))
		}
	default:
		var raw []byte
		if raw, err = os.ReadFile(from); err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o700)
		}
		if err == nil {
			err = os.WriteFile(to, raw, 0o600)
		}
	}
	if err != nil {
		tb.Fatal(err)
	}
}

func kilobytes(tb testing.TB, path ...string) int64 {
	tb.Helper()
	info, err := os.Stat(filepath.Join(path...))
	if err != nil {
		tb.Fatal(err)
	}
	return info.Size() >> 10
}

// heapBytes is what is in use once nothing is left to collect: what was just closed lets go of its buffers a little later.
func heapBytes() uint64 {
	var m runtime.MemStats
	for calm := 0; calm < 10; calm++ {
		before := m.HeapAlloc
		<-time.After(20 * time.Millisecond)
		runtime.GC()
		runtime.ReadMemStats(&m)
		if m.HeapAlloc+before/100 < before {
			calm = 0
		}
	}
	return m.HeapAlloc
}
