package sequencer

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// benchDir is where everything that syncs goes in a benchmark, so that all use the same file system.
func benchDir(tb testing.TB) string { return tb.TempDir() }

var benchWriters = []int{1, 8, 64, 512}

// writers runs n callers, each with one operation under way, until b.N operations are done, and reports wall time per operation
// and percentiles of the latency.
func writers(b *testing.B, n int, do func(writer int, record []byte) error) {
	b.Helper()
	records := make([][]byte, b.N)
	for i := range records {
		records[i] = benchCommit(b, i)
	}
	runtime.GC()
	cpu := cpuTime()
	b.ResetTimer()
	sorted := drive(b, n, records, do)
	b.StopTimer()
	cpu = cpuTime() - cpu
	slices.Sort(sorted)
	b.ReportMetric(float64(sorted[len(sorted)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(sorted[len(sorted)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(b.N), "cpu-ns/op")
	figures.note(b.Name(), float64(b.Elapsed().Nanoseconds())/float64(b.N))
}

// drive stores every record, n at a time, and answers how long each took.
func drive(b *testing.B, n int, records [][]byte, do func(writer int, record []byte) error) []time.Duration {
	b.Helper()
	latencies := make([][]time.Duration, n)
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	for w := range n {
		all.Go(func() {
			mine := make([]time.Duration, 0, len(records)/n*2)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(records) || failed.Load() != nil {
					break
				}
				start := time.Now()
				stamp(records[i], start)
				if err := do(w, records[i]); err != nil {
					failed.Store(&err)
					break
				}
				mine = append(mine, time.Since(start))
			}
			latencies[w] = mine
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	return slices.Concat(latencies...)
}

// cpuTime is what this process has used on all cores.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkRatio lets the sequencer and its peers take turns, a fraction of a second each, so that other work on the machine hits
// all of them alike; the figure of each is the median of its turns. Run it with -benchtime 1x.
func BenchmarkRatio(b *testing.B) {
	const turns = 9
	for _, row := range []struct {
		n          int
		peer       string
		ours, them contender
		path       string
		target     float64
		chunk      int
	}{
		{64, "RawGroupCommit", inproc, rawGroupCommit, "inproc", 0.8, 16000},
		{512, "RawGroupCommit", inproc, rawGroupCommit, "inproc", 0.65, 48000},
		{64, "RawGroupCommit", overNATS, rawGroupCommit, "nats", 0.4, 10000},
		{512, "RawGroupCommit", overNATS, rawGroupCommit, "nats", 0, 24000},
		{64, "PublishEach", inproc, publishEach, "inproc", 10, 2000},
	} {
		b.Run(fmt.Sprintf("writers=%d/path=%s/peer=%s", row.n, row.path, row.peer), func(b *testing.B) {
			ours, them := row.ours(b, row.n), row.them(b, row.n)
			var ourNS, theirNS, ratios []float64
			made := 0
			batch := func(do func(int, []byte) error) float64 {
				records := make([][]byte, row.chunk)
				for i := range records {
					made++
					records[i] = benchCommit(b, made)
				}
				start := time.Now()
				drive(b, row.n, records, do)
				return float64(time.Since(start).Nanoseconds()) / float64(row.chunk)
			}
			for range turns * b.N {
				theirNS = append(theirNS, batch(them))
				ourNS = append(ourNS, batch(ours))
				ratios = append(ratios, theirNS[len(theirNS)-1]/ourNS[len(ourNS)-1])
			}
			for _, list := range [][]float64{ourNS, theirNS, ratios} {
				slices.Sort(list)
			}
			mid := len(ratios) / 2
			b.ReportMetric(ratios[mid], "ratio")
			b.ReportMetric(row.target, "target")
			b.ReportMetric(1e9/ourNS[mid], "commits/s")
			b.ReportMetric(1e9/theirNS[mid], "peer-commits/s")
			b.ReportMetric(1e9/ourNS[0], "best/s")
			b.ReportMetric(1e9/theirNS[0], "peer-best/s")
		})
	}
}

// stamp sets the time of an encoded commit: a run may be longer than the two seconds that a commit's time may lie back.
func stamp(raw []byte, now time.Time) { binary.BigEndian.PutUint64(raw[2:], uint64(now.UnixMilli())) }

// benchCommit gives the i-th commit of a run: 300 bytes, by an author of its own, on a topic of its own.
func benchCommit(tb testing.TB, i int) []byte {
	tb.Helper()
	d := draft{id: "r" + strconv.Itoa(10_000_000+i), topic: "r" + strconv.Itoa(1_000_000+i), time: time.Now().UnixMilli()}
	raw := d.encode(tb)
	if len(raw) != 300 {
		tb.Fatalf("a commit has %d bytes, want 300", len(raw))
	}
	return raw
}

// contender makes one way to store a record durably, for n writers.
type contender func(b *testing.B, n int) func(writer int, record []byte) error

func inproc(b *testing.B, _ int) func(int, []byte) error {
	srv := natstest.Run(b, natstest.Dir(benchDir(b)))
	s := foundedOn(b, realTime(configOf(b, srv)))
	b.Cleanup(func() { reportBlocks(b, s) })
	return func(_ int, record []byte) error {
		_, err := s.Append(b.Context(), "proposal", appendOf(record))
		return err
	}
}

func overNATS(b *testing.B, _ int) func(int, []byte) error {
	srv := natstest.Run(b, natstest.Dir(benchDir(b)))
	s := foundedOn(b, realTime(configOf(b, srv)))
	if err := s.Serve(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { reportBlocks(b, s) })
	client := chain.NewClient(srv.ConnectTCP(b), s.Info().Community, "proposal")
	return func(_ int, record []byte) error {
		_, err := client.Append(b.Context(), appendOf(record))
		return err
	}
}

// reportBlocks tells how many commits shared a block.
func reportBlocks(b *testing.B, s *Sequencer) {
	info := s.Info()
	b.ReportMetric(float64(info.Size)/float64(info.Blocks), "commits/block")
}

func rawGroupCommit(b *testing.B, n int) func(int, []byte) error {
	raw := startRaw(b)
	signals := make([]chan error, n)
	for i := range signals {
		signals[i] = make(chan error, 1)
	}
	return func(w int, record []byte) error { return raw.append(record, signals[w]) }
}

func publishEach(b *testing.B, _ int) func(int, []byte) error {
	srv := natstest.Run(b, natstest.Dir(benchDir(b)))
	js := srv.JetStream(b)
	if _, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "EACH", Subjects: []string{"each"}}); err != nil {
		b.Fatal(err)
	}
	return func(_ int, record []byte) error {
		_, err := js.Publish(b.Context(), "each", record)
		return err
	}
}

// BenchmarkAppend is the sequencer with everything on: head record, receipts, and over NATS a TCP connection in between.
func BenchmarkAppend(b *testing.B) {
	for _, n := range benchWriters {
		b.Run(fmt.Sprintf("writers=%d/path=inproc", n), func(b *testing.B) { writers(b, n, inproc(b, n)) })
		b.Run(fmt.Sprintf("writers=%d/path=nats", n), func(b *testing.B) { writers(b, n, overNATS(b, n)) })
	}
}

// BenchmarkCheck asks whether a read set is current, which writes nothing and costs a look at the stream's end.
func BenchmarkCheck(b *testing.B) {
	q := &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "community/main", Version: 1}}}
	for _, n := range benchWriters {
		b.Run(fmt.Sprintf("writers=%d/path=inproc", n), func(b *testing.B) {
			s := foundedOn(b, realTime(configOf(b, natstest.Run(b, natstest.Dir(benchDir(b))))))
			writers(b, n, func(int, []byte) error {
				_, err := s.Append(b.Context(), "proposal", q)
				return err
			})
		})
		b.Run(fmt.Sprintf("writers=%d/path=nats", n), func(b *testing.B) {
			srv := natstest.Run(b, natstest.Dir(benchDir(b)))
			s := foundedOn(b, realTime(configOf(b, srv)))
			if err := s.Serve(); err != nil {
				b.Fatal(err)
			}
			client := chain.NewClient(srv.ConnectTCP(b), s.Info().Community, "proposal")
			writers(b, n, func(int, []byte) error {
				_, err := client.Append(b.Context(), q)
				return err
			})
		})
	}
}

// BenchmarkRawGroupCommit is what the disk can do: a plain file, one write and one fsync for whatever waits.
func BenchmarkRawGroupCommit(b *testing.B) {
	for _, n := range benchWriters {
		b.Run(fmt.Sprintf("writers=%d", n), func(b *testing.B) { writers(b, n, rawGroupCommit(b, n)) })
	}
}

// BenchmarkPublishEach is JetStream without group commit: one publish for each commit, with the same fsync.
func BenchmarkPublishEach(b *testing.B) {
	for _, n := range benchWriters {
		b.Run(fmt.Sprintf("writers=%d", n), func(b *testing.B) { writers(b, n, publishEach(b, n)) })
	}
}

// rawLog is a group commit without anything else.
type rawLog struct {
	mu      sync.Mutex
	waiting []rawItem
	wake    chan struct{}
}

type rawItem struct {
	record []byte
	done   chan error
}

func startRaw(b *testing.B) *rawLog {
	b.Helper()
	file, err := os.Create(filepath.Join(benchDir(b), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	l := &rawLog{wake: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var items []rawItem
		var buffer []byte
		for range l.wake {
			l.mu.Lock()
			items, l.waiting = l.waiting, items[:0]
			l.mu.Unlock()
			buffer = buffer[:0]
			for _, it := range items {
				buffer = append(buffer, it.record...)
			}
			_, err := file.Write(buffer)
			if err == nil {
				err = file.Sync()
			}
			for _, it := range items {
				it.done <- err
			}
		}
	}()
	b.Cleanup(func() { close(l.wake); <-ended; file.Close() })
	return l
}

func (l *rawLog) append(record []byte, done chan error) error {
	l.mu.Lock()
	l.waiting = append(l.waiting, rawItem{record, done})
	first := len(l.waiting) == 1
	l.mu.Unlock()
	if first {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
	return <-done
}

// figuresTable gathers ns/op by benchmark, for the ratios at the end.
type figuresTable struct {
	mu sync.Mutex
	ns map[string]float64
}

var figures = figuresTable{ns: map[string]float64{}}

func (f *figuresTable) note(name string, ns float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if at := strings.LastIndexByte(name, '-'); at > strings.LastIndexByte(name, '/') {
		name = name[:at]
	}
	f.ns[name] = ns // the last, longest run of each stands
}

// print writes the ratios to the peers that the targets name, the machine's own speeds beside them.
func (f *figuresTable) print() {
	if len(f.ns) == 0 {
		return
	}
	fmt.Printf("machine: %.0f fsync/s (4 KiB), %.0f Ed25519 signatures/s\n", fsyncSpeed(), signSpeed())
	for _, row := range []struct {
		n          int
		path, peer string
		target     float64
	}{
		{64, "inproc", "RawGroupCommit", 0.8}, {512, "inproc", "RawGroupCommit", 0.65}, {64, "nats", "RawGroupCommit", 0.4},
		{512, "nats", "RawGroupCommit", 0},
		{1, "inproc", "RawGroupCommit", 0}, {8, "inproc", "RawGroupCommit", 0}, {64, "inproc", "PublishEach", 10},
	} {
		ours := f.ns[fmt.Sprintf("BenchmarkAppend/writers=%d/path=%s", row.n, row.path)]
		peer := f.ns[fmt.Sprintf("Benchmark%s/writers=%d", row.peer, row.n)]
		if ours > 0 && peer > 0 {
			fmt.Printf("ratio: writers=%d path=%s is %.2f of %s (target %.2f): %.0f commits/s against %.0f\n",
				row.n, row.path, peer/ours, row.peer, row.target, 1e9/ours, 1e9/peer)
		}
	}
}

// fsyncSpeed is how often the disk can sync a small write.
func fsyncSpeed() float64 {
	file, err := os.CreateTemp("", "fsync")
	if err != nil {
		return 0
	}
	defer os.Remove(file.Name())
	defer file.Close()
	page, start, n := make([]byte, 4096), time.Now(), 0
	for ; time.Since(start) < 300*time.Millisecond; n++ {
		if _, err := file.Write(page); err != nil {
			return 0
		}
		if err := file.Sync(); err != nil {
			return 0
		}
	}
	return float64(n) / time.Since(start).Seconds()
}

func signSpeed() float64 {
	start, n := time.Now(), 0
	for ; time.Since(start) < 100*time.Millisecond; n++ {
		ed25519.Sign(epochKey, make([]byte, 144))
	}
	return float64(n) / time.Since(start).Seconds()
}

func TestMain(m *testing.M) {
	code := m.Run()
	figures.print()
	os.Exit(code)
}
