package flow_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"renlin.dev/pkg/flow"
)

// benchTowns leaves out the large ones, which take minutes, unless everything is to be run.
func benchTowns() []size {
	towns := slices.Concat(smallTowns, middleTowns)
	if os.Getenv("RENLIN_CI") != "" {
		towns = append(towns, largeTowns...)
	}
	return towns
}

// kinds are the networks of a town: of primaries alone, of primaries and standbys found together, and of standbys behind primaries that
// stand, as the matching service has them.
var kinds = []struct {
	name string
	of   func(t *town) (*flow.Network, error)
}{
	{"primary", func(t *town) (*flow.Network, error) { return &t.network, nil }},
	{"protected", func(t *town) (*flow.Network, error) { return t.protected(), nil }},
	{"standby", (*town).standby},
}

// eachNetwork runs a benchmark for each network of each town.
func eachNetwork(b *testing.B, run func(b *testing.B, n *flow.Network)) {
	for _, s := range benchTowns() {
		for _, kind := range kinds {
			b.Run(s.name+"/"+kind.name, func(b *testing.B) {
				n, err := kind.of(s.make())
				if err != nil {
					b.Fatal(err)
				}
				run(b, n)
			})
		}
	}
}

// rounds is how often something is done of which the fastest time is taken, because others' work on the machine only ever adds. What takes
// seconds is done less often.
func rounds(b *testing.B, n *flow.Network) int {
	if len(n.Arcs) > 1_000_000 {
		return max(b.N, 3)
	}
	return max(b.N, 5)
}

// least keeps the least of the times that it is given.
type least time.Duration

func (l *least) take(d time.Duration) {
	if *l == 0 || least(d) < *l {
		*l = least(d)
	}
}

// solveTimed gives a cheapest flow, and the processor time that it took.
func solveTimed(tb testing.TB, n *flow.Network) (*flow.Proof, time.Duration) {
	tb.Helper()
	runtime.GC() // what others have left is not paid for here
	begin := processor()
	p, err := flow.Solve(n)
	took := processor() - begin
	if err != nil {
		tb.Fatal(err)
	}
	return p, took
}

// BenchmarkSolve compares the solver with LEMON 1.3's network simplex, where a C++ compiler and LEMON are installed (on Debian: g++,
// liblemon-dev). The two take turns, each builds its own structures anew from a network in memory, and of each the fastest of at least
// five runs is taken (three of large ones). lemon-ratio is ours over theirs. memory-ratio is the most memory that a process of ours has with a network
// read and solved, over what one of theirs has, each less what it has with a network of a single node.
func BenchmarkSolve(b *testing.B) {
	peer, why := buildPeer(b)
	if peer == "" {
		b.Log(why)
	}
	eachNetwork(b, func(b *testing.B, n *flow.Network) {
		file := writeNetwork(b, n)
		var ours, theirs least
		var objective int64
		for range rounds(b, n) {
			p, took := solveTimed(b, n)
			ours.take(took)
			objective = p.Objective
			if peer != "" {
				theirs.take(runPeer(b, peer, file, objective).took)
			}
		}
		b.ReportMetric(0, "ns/op") // says nothing here: what was timed is below
		b.ReportMetric(float64(ours)/1e6, "ms")
		if peer == "" {
			return
		}
		b.ReportMetric(float64(theirs)/1e6, "lemon-ms")
		b.ReportMetric(float64(ours)/float64(theirs), "lemon-ratio")
		nothing := writeNetwork(b, &flow.Network{Supply: []int64{0}})
		us := runSelf(b, file, objective) - runSelf(b, nothing, 0)
		them := runPeer(b, peer, file, objective).peakKiB - runPeer(b, peer, nothing, 0).peakKiB
		if them > 0 {
			b.ReportMetric(float64(us)/1024, "MiB")
			b.ReportMetric(float64(them)/1024, "lemon-MiB")
			b.ReportMetric(float64(us)/float64(them), "memory-ratio")
		}
	})
}

// writeNetwork gives the name of a file with a network.
func writeNetwork(tb testing.TB, n *flow.Network) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "network.min")
	if err := os.WriteFile(file, n.AppendDimacs(nil), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// BenchmarkCheck holds a proof against its network. cold-ratio is the time for that over a whole solution's.
func BenchmarkCheck(b *testing.B) {
	eachNetwork(b, func(b *testing.B, n *flow.Network) {
		var check, cold least
		for range rounds(b, n) {
			p, took := solveTimed(b, n)
			cold.take(took)
			begin := processor()
			if err := flow.Check(n, p); err != nil {
				b.Fatal(err)
			}
			check.take(processor() - begin)
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(check)/1e6, "ms")
		b.ReportMetric(float64(check)/float64(len(n.Arcs)), "ns/arc")
		b.ReportMetric(float64(check)/float64(cold), "cold-ratio")
	})
}
