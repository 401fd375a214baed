package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What a pilot that is there for the first time is to keep to.
const (
	pilotReadyMax = time.Second
	pilotIdleMax  = 120 << 20 // bytes of memory, ten seconds after it was ready
	pilotStarts   = 5
	pilotIdle     = 10 * time.Second
)

// BenchmarkPilotStart builds the program and starts a pilot on empty directories, with and without the example community, and once more on
// what it has left: the median of the seconds until it says that it is ready, what of the processors it took for that, and the memory
// it has then and after ten seconds in which nobody asks for anything.
func BenchmarkPilotStart(b *testing.B) {
	program := filepath.Join(b.TempDir(), "renlin")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, row := range []struct {
		name  string
		again bool
		flags []string
	}{{"empty", false, []string{"-empty"}}, {"founding", false, nil}, {"again", true, nil}} {
		b.Run(row.name, func(b *testing.B) {
			dir := b.TempDir()
			if row.again {
				startPilotIn(b, program, dir, row.flags).stop(b)
			}
			var ready []time.Duration
			var rss, idle uint64
			var cpu time.Duration
			for b.Loop() {
				for n := range pilotStarts {
					if !row.again {
						dir = b.TempDir()
					}
					p := startPilotIn(b, program, dir, row.flags)
					ready, rss = append(ready, p.ready), max(rss, p.memory(b))
					if n == pilotStarts-1 {
						<-time.After(pilotIdle)
						idle = max(idle, p.memory(b))
					}
					used := p.stop(b)
					if n == 0 {
						cpu = used
					}
				}
			}
			slices.Sort(ready)
			median := ready[len(ready)/2]
			b.ReportMetric(median.Seconds(), "ready-s")
			b.ReportMetric(median.Seconds()/pilotReadyMax.Seconds(), "of-target")
			b.ReportMetric(cpu.Seconds(), "cpu-s")
			b.ReportMetric(float64(rss)/(1<<20), "ready-MiB")
			b.ReportMetric(float64(idle)/(1<<20), "idle-MiB")
			b.ReportMetric(float64(idle)/pilotIdleMax, "of-memory-target")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// startedPilot is a pilot in a process of its own that has said that it is ready.
type startedPilot struct {
	cmd   *exec.Cmd
	ready time.Duration
}

func startPilotIn(b *testing.B, program, dir string, flags []string) *startedPilot {
	b.Helper()
	cmd := exec.Command(program, append([]string{
		"pilot", "-data", filepath.Join(dir, "data"), "-state", filepath.Join(dir, "state"), "-http", "127.0.0.1:0",
	}, flags...)...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(dir, "xdg"))
	dieWithParent(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill() }) // if it was not stopped
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "ready: ") {
			p := &startedPilot{cmd: cmd, ready: time.Since(began)}
			go func() {
				for lines.Scan() { // so that it never waits for a reader
				}
			}()
			return p
		}
	}
	b.Fatalf("the pilot ended without being ready: %v", cmd.Wait())
	return nil
}

// memory is what the process has of the machine's.
func (p *startedPilot) memory(b *testing.B) (bytes uint64) {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			if _, err := fmt.Sscanf(rest, "%d kB", &bytes); err == nil {
				return bytes << 10
			}
		}
	}
	b.Fatal("the system does not say how much memory a process has")
	return 0
}

// stop ends the pilot and gives the processor time that it has taken in its life.
func (p *startedPilot) stop(b *testing.B) time.Duration {
	b.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		b.Errorf("the pilot did not stop cleanly: %v", err)
	}
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}
