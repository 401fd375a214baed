package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// skewFile names to a program that was built by buildSkewed the file that holds by how many seconds its wall clock is wrong.
const skewFile = "RENLIN_TEST_SKEW_FILE"

// skewSource is what such a program has in package time. The monotonic clock stays right, as when somebody sets a machine's clock.
const skewSource = `package time

import (
	"sync/atomic"
	"syscall"
)

var skewSecs atomic.Int64

func skewed() int64 { return skewSecs.Load() }

func init() {
	path, ok := syscall.Getenv("` + skewFile + `")
	if !ok {
		return
	}
	readSkew(path)
	go func() {
		for {
			Sleep(20 * Millisecond)
			readSkew(path)
		}
	}()
}

func readSkew(path string) {
	fd, err := open(path)
	if err != nil {
		return
	}
	defer closefd(fd)
	var buf [32]byte
	n, _ := read(fd, buf[:])
	secs, sign := int64(0), int64(1)
	for _, c := range buf[:max(n, 0)] {
		switch {
		case c == '-':
			sign = -1
		case c >= '0' && c <= '9':
			secs = 10*secs + int64(c-'0')
		}
	}
	skewSecs.Store(sign * secs)
}
`

// buildSkewed builds renlin, the server inside it too, with a clock that a file sets. It builds the whole program anew, and so runs in
// CI only.
func buildSkewed(t *testing.T) (program string) {
	t.Helper()
	if os.Getenv("RENLIN_CI") == "" {
		t.Skip("A WRONG CLOCK IS TESTED WITH RENLIN_CI=1 ONLY: everything is built anew for it")
	}
	dir := t.TempDir()
	home, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(home)), "src", "time")
	raw, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	const now = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(raw), now) != 1 {
		t.Fatal("time.Now is not what it was: this test must follow it")
	}
	overlay := map[string]string{}
	for name, text := range map[string]string{ // any order: both are written
		"time.go": strings.Replace(string(raw), now, now+"\tsec += skewed()\n", 1), "skew.go": skewSource,
	} {
		overlay[filepath.Join(source, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600); err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "renlin")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build with a clock of our own: %v\n%s", err, out)
	}
	return program
}

// setClock makes a clock wrong by so much.
func setClock(t *testing.T, file string, by time.Duration) {
	t.Helper()
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(int(by.Seconds()))), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

// jumps are what clocks do when somebody sets them.
var jumps = map[string]time.Duration{"a day back": -24 * time.Hour, "an hour on": time.Hour + time.Minute}

// TestPilotClockJumps sets the clock of a machine while a poll is open that would be closed by the new time. Writing stops, by name; the
// poll stays open, and goes on once the clock is right and the pilot was started anew. No ballot is lost.
func TestPilotClockJumps(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	v := newVictim(t)
	v.program = buildSkewed(t)
	clock := filepath.Join(v.dir, "clock")
	setClock(t, clock, 0)
	v.environ = []string{skewFile + "=" + clock}
	v.start(ctx)
	n, voters := foundVoters(t, v.url(), len(jumps)+1)
	poll, state := openPoll(t, n)
	officer := v.device(n.First.Device)
	for name, by := range jumps {
		last := len(voters) - 1
		mustCast(t, voters[last], poll, state, yes)
		voters = voters[:last]
		setClock(t, clock, by)
		t.Log(name, refusedFor(ctx, t, officer, "wall clock"))
		setClock(t, clock, 0)
		v.stop()
		v.start(ctx)
		mustBeOpen(ctx, t, n, poll)
	}
	mustCast(t, voters[0], poll, state, yes)
	if tally := tallyOf(t, n, poll); int(tally.GetBallots()) != len(jumps)+1 {
		t.Errorf("tally: %v", tally)
	}
	exportAll(ctx, t, v.url(), v.token(), n.Community, 0)
}

// mustBeOpen reads a poll's record.
func mustBeOpen(ctx context.Context, t *testing.T, n *neighbourhood.Neighbourhood, poll string) {
	t.Helper()
	var state struct {
		OpenedAt int64 `json:"opened_at"`
		Closed   bool  `json:"closed"`
	}
	err := neighbourhood.Eventually(brief(ctx, t), "the poll is read", func() error {
		_, err := n.First.Record(ctx, "poll/"+poll, 0, &state)
		return err
	})
	if err != nil || state.OpenedAt == 0 || state.Closed {
		t.Errorf("the poll is %+v, %v", state, err)
	}
}

// TestDaemonClockJumps sets the clock of the deciding service alone, under a sequencer whose clock is right: its ballots are refused by
// name, the poll that it takes to be over is not closed, and all goes on when the clock is right again, with nobody's help.
func TestDaemonClockJumps(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	program := buildSkewed(t)
	a := newApart(t)
	a.program = program
	clock := filepath.Join(a.dir, "clock")
	setClock(t, clock, 0)
	a.environ = map[string][]string{bus.Voting: {skewFile + "=" + clock}}
	a.startAll(ctx, a.names())
	n, voters := foundVoters(t, a.gateway, len(jumps)+1)
	poll, state := openPoll(t, n)
	for name, by := range jumps {
		last := len(voters) - 1
		voter := *voters[last]
		voter.Gateway, voters = client.New(a.gateway), voters[:last]
		voter.Tries = 1
		setClock(t, clock, by)
		err := neighbourhood.Eventually(brief(ctx, t), "ballots are refused", func() error {
			_, err := neighbourhood.Cast(ctx, &voter, poll, state.BoxKey, no)
			if f := fault.Of(err); err == nil || f.Kind != fault.Unavailable && f.Code != "ballot.closed" {
				return errors.Join(errors.New("it was taken, or refused in another way"), err)
			}
			t.Log(name, err)
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		mustBeOpen(ctx, t, n, poll)
		setClock(t, clock, 0)
		err = neighbourhood.Eventually(brief(ctx, t), "a ballot is taken", func() error {
			_, err := neighbourhood.Cast(ctx, &voter, poll, state.BoxKey, yes)
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	mustCast(t, voters[0], poll, state, yes)
	tally := tallyOf(t, n, poll)
	if got := fmt.Sprint(tally.GetTotals()[0].GetHeads(), tally.GetValid()); got != fmt.Sprint(len(jumps)+1, len(jumps)+1) {
		t.Errorf("yes and valid: %s; tally %v", got, tally)
	}
}
