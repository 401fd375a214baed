package flow_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
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

// BenchmarkSolve compares the solver with LEMON 1.3's network simplex, where a C++ compiler and LEMON are installed (on Debian: g++,
// liblemon-dev). The two take turns, each builds its own structures anew from a network in memory, and of each the fastest of at least
// five runs is taken, because others' work on the machine only ever adds. lemon-ratio is ours over theirs.
func BenchmarkSolve(b *testing.B) {
	peer, why := buildPeer(b)
	if peer == "" {
		b.Log(why)
	}
	for _, s := range benchTowns() {
		b.Run(s.name, func(b *testing.B) {
			town := s.make()
			file := filepath.Join(b.TempDir(), "town.min")
			if err := os.WriteFile(file, town.network.AppendDimacs(nil), 0o600); err != nil {
				b.Fatal(err)
			}
			var ours, theirs time.Duration
			for i := 0; i < max(b.N, 5); i++ {
				runtime.GC() // what others have left is not paid for here
				begin := processor()
				p, err := flow.Solve(&town.network)
				took := processor() - begin
				if err != nil {
					b.Fatal(err)
				}
				if ours == 0 || took < ours {
					ours = took
				}
				if peer == "" {
					continue
				}
				if took = runPeer(b, peer, file, p.Objective); theirs == 0 || took < theirs {
					theirs = took
				}
			}
			b.ReportMetric(0, "ns/op") // says nothing here: what was timed is below
			b.ReportMetric(float64(ours)/1e6, "ms")
			if peer != "" {
				b.ReportMetric(float64(theirs)/1e6, "lemon-ms")
				b.ReportMetric(float64(ours)/float64(theirs), "lemon-ratio")
			}
			b.ReportMetric(memory(func() any { p, _ := flow.Solve(&town.network); return p })/float64(len(town.network.Arcs)), "B/arc")
		})
	}
}

// memory answers the bytes that are allocated by what is called.
func memory(do func() any) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	runtime.KeepAlive(do())
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// buildPeer answers the peer's path, or "" and why there is none.
func buildPeer(tb testing.TB) (peer, why string) {
	tb.Helper()
	peer = filepath.Join(tb.TempDir(), "lemon")
	out, err := exec.CommandContext(tb.Context(), "g++", "-O3", "-DNDEBUG", "-o", peer, "testdata/lemon.cc", "-llemon").CombinedOutput()
	if err != nil {
		return "", fmt.Sprintf("NOT COMPARED WITH LEMON: it takes g++ and liblemon-dev (%v) %.200s", err, out)
	}
	return peer, ""
}

// runPeer answers the time of one solution, and fails unless the peer's objective is ours.
func runPeer(tb testing.TB, peer, file string, objective int64) time.Duration {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), peer, file, "1").Output()
	if err != nil {
		tb.Fatalf("run LEMON: %v", err)
	}
	words := strings.Fields(string(out))
	if len(words) != 2 || words[0] != strconv.FormatInt(objective, 10) {
		tb.Fatalf("LEMON says %q, the objective here is %d", out, objective)
	}
	ns, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return time.Duration(ns)
}

// BenchmarkCheck holds a proof against its network.
func BenchmarkCheck(b *testing.B) {
	for _, s := range benchTowns() {
		b.Run(s.name, func(b *testing.B) {
			town := s.make()
			p, err := flow.Solve(&town.network)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := flow.Check(&town.network, p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(town.network.Arcs)), "ns/arc")
		})
	}
}
