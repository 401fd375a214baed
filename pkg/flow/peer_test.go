package flow_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/flow"
)

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

// peerRun is what one solution of the peer's took; peakKiB is 0 where nothing tells it.
type peerRun struct {
	took    time.Duration
	peakKiB int64
}

// runPeer has the peer solve a file, and fails unless its objective is ours.
func runPeer(tb testing.TB, peer, file string, objective int64) peerRun {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), peer, file, "1").Output()
	if err != nil {
		tb.Fatalf("run LEMON: %v", err)
	}
	n := integers(tb, string(out))
	if len(n) != 3 || n[0] != objective {
		tb.Fatalf("LEMON says %q, the objective here is %d", out, objective)
	}
	return peerRun{took: time.Duration(n[1]), peakKiB: n[2]}
}

func integers(tb testing.TB, text string) (all []int64) {
	tb.Helper()
	for _, word := range strings.Fields(text) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// selfEnv names the file that a process of this test's own is to solve, and nothing else.
const selfEnv = "RENLIN_FLOW_SOLVE"

// TestMain is a solver of one file where runSelf has started it, and runs tests otherwise.
func TestMain(m *testing.M) {
	if file := os.Getenv(selfEnv); file != "" {
		if err := solveFile(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// solveFile prints objective and the most memory that solving a file took, the network in it included, in KiB.
func solveFile(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	n, err := flow.ReadDimacs(raw)
	if err != nil {
		return err
	}
	raw = nil
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // what reading took for a while is forgotten, as in testdata/lemon.cc
	p, err := flow.Solve(n)
	if err != nil {
		return err
	}
	_, err = fmt.Println(p.Objective, peakKiB())
	return err
}

var peakLine = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// peakKiB is the most memory that this process has had resident, 0 where Linux does not tell it.
func peakKiB() int64 {
	status, err := os.ReadFile("/proc/self/status")
	found := peakLine.FindSubmatch(status)
	if err != nil || found == nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return n
}

// runSelf has a process of its own solve a file, and gives the most memory that it had, in KiB.
func runSelf(tb testing.TB, file string, objective int64) int64 {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), self)
	cmd.Env = append(os.Environ(), selfEnv+"="+file)
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("solve in a process of its own: %v", err)
	}
	n := integers(tb, string(out))
	if len(n) != 2 || n[0] != objective {
		tb.Fatalf("a process of its own says %q, the objective here is %d", out, objective)
	}
	return n[1]
}
