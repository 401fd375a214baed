package sequencer

import (
	"slices"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/natstest"
)

// BenchmarkSnapshotPause lets 64 writers write behind a long record, with no snapshot and with one after another, and tells what that does
// to their latencies. In life one is written after 100 000 commits; take-µs is the longest that the loop stood still for a picture.
func BenchmarkSnapshotPause(b *testing.B) {
	const record, writers, each = 500_000, 64, 20_000
	srv := natstest.Run(b, natstest.Dir(benchDir(b)))
	cfg := realTime(configOf(b, srv))
	cfg.snapshotEvery = 1 << 40
	s := foundedOn(b, cfg)
	fill(b, s, record)
	s.Close()
	phase := func(b *testing.B, every uint64, first int) []time.Duration {
		cfg.snapshotEvery = every
		s := openOn(b, cfg)
		defer s.Close()
		records := make([][]byte, each)
		for i := range records {
			records[i] = benchCommit(b, first+i)
		}
		latencies := drive(b, writers, records, func(_ int, record []byte) error {
			_, err := s.Append(b.Context(), "proposal", appendOf(record))
			return err
		})
		slices.Sort(latencies)
		return latencies
	}
	written := record
	var without, with []time.Duration
	for b.Loop() {
		for range 3 { // in turn, so that other work on the machine hits both alike
			without = append(without, phase(b, 1<<40, written)...)
			with = append(with, phase(b, 1, written+each)...)
			written += 2 * each
		}
	}
	at := func(list []time.Duration, share int) float64 {
		slices.Sort(list)
		return float64(list[len(list)*share/1000-1].Microseconds())
	}
	for _, row := range []struct {
		share int
		name  string
	}{{500, "p50"}, {990, "p99"}, {1000, "max"}} {
		b.ReportMetric(at(without, row.share), row.name+"-µs")
		b.ReportMetric(at(with, row.share), row.name+"-snapshots-µs")
	}
	b.ReportMetric(at(with, 990)/at(without, 990), "p99-ratio")
	b.ReportMetric(takes(b, cfg), "take-µs")
	b.ReportMetric(0, "ns/op")
}

// fill writes commits as fast as it goes.
func fill(b *testing.B, s *Sequencer, commits int) {
	b.Helper()
	const perRequest, callers = 256, 8
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for first := c * perRequest; first < commits; first += callers * perRequest {
				var raws [][]byte
				for i := first; i < min(first+perRequest, commits); i++ {
					raws = append(raws, benchCommit(b, i))
				}
				if _, err := s.Append(b.Context(), "proposal", appendOf(raws...)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.Fatal("the record was not written")
	}
}

// takes measures how long a picture takes, which is how long the loop stands still for it.
func takes(b *testing.B, cfg Config) float64 {
	b.Helper()
	s := openOn(b, cfg)
	s.Close() // the machine is nobody's now
	var longest time.Duration
	for range 20 {
		began := time.Now()
		if picture := s.machine.Picture(); picture == nil {
			b.Fatal("no picture")
		}
		longest = max(longest, time.Since(began))
	}
	return float64(longest.Microseconds())
}
