package main

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// A pilot's memory in this test, and what its runtime is told of it, as in a small container.
const (
	memoryBytes   = 256 << 20
	memoryRuntime = "GOMEMLIMIT=220MiB"
)

// memoryGroup makes a group of processes that the kernel kills when together they use more than memoryBytes, and gives what tells of that.
func memoryGroup(t *testing.T) (join func(pid int), killed func() string) {
	t.Helper()
	root, limit, events := "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		root, limit, events = "/sys/fs/cgroup", "memory.max", "memory.events"
	}
	dir := filepath.Join(root, "renlin-test-"+strconv.Itoa(os.Getpid()))
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		t.Cleanup(func() {
			if err := os.Remove(dir); err != nil {
				t.Error(err)
			}
		})
		err = os.WriteFile(filepath.Join(dir, limit), []byte(strconv.Itoa(memoryBytes)), 0o644)
	}
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || err != nil && strings.Contains(err.Error(), "read-only") {
		t.Skip("A BOUND ON MEMORY IS NOT TESTED: no group of processes can be made here: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	join = func(pid int) {
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	killed = func() string {
		raw, err := os.ReadFile(filepath.Join(dir, events))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			if n, ok := strings.CutPrefix(line, "oom_kill "); ok {
				return strings.TrimSpace(n)
			}
		}
		return "unknown"
	}
	return join, killed
}

// TestMemoryLimit floods a pilot that may use 256 MiB with commands, with long reads and with bodies that are too long, all at once. It
// is not killed for it, and what was acknowledged is there.
func TestMemoryLimit(t *testing.T) {
	join, killed := memoryGroup(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	v := newVictim(t)
	v.environ = []string{memoryRuntime}
	v.run()
	join(v.cmd.Process.Pid)
	if err := awaitServices(ctx, client.New(v.url())); err != nil {
		t.Fatal(err)
	}
	n := foundPlain(ctx, t, v.url(), "memory")
	d := v.device(n.First.Device)
	if err := d.SignIn(ctx); err != nil {
		t.Fatal(err)
	}
	flooding, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() { readOn(flooding, d) })
		wg.Go(func() { shoutOn(flooding, d) })
	}
	var all []acked
	for len(all) < floodCommands() && killed() == "0" {
		all = append(all, loadSome(ctx, d, 32, floodCommands()/4)...)
	}
	stop()
	wg.Wait()
	if n := killed(); n != "0" {
		t.Errorf("the kernel killed %s processes", n)
	}
	again(ctx, t, 0, d, all[:min(len(all), 300)])
	finish(ctx, t, v.url(), v.token(), n, all)
}

// floodCommands is how many commands are acknowledged during the flood.
func floodCommands() int {
	if os.Getenv("RENLIN_CI") != "" {
		return 4000
	}
	return 400
}

// loadSome sends so many commands, and gives those that were acknowledged.
func loadSome(ctx context.Context, d *client.Device, workers, commands int) (out []acked) {
	var mu sync.Mutex
	_ = neighbourhood.Parallel(ctx, workers, commands, func(ctx context.Context, _ int) error {
		a := registration(d)
		answer, err := d.Send(ctx, a.signed, "/v1/communities/"+d.Community+"/units")
		if err != nil {
			return nil // turned away: it is not counted
		}
		a.answer = answer
		mu.Lock()
		defer mu.Unlock()
		out = append(out, a)
		return nil
	})
	return out
}

// readOn reads as much as one answer holds, again and again.
func readOn(ctx context.Context, d *client.Device) {
	for ctx.Err() == nil {
		_, _ = d.Records(ctx, "unit", "", 0) // what it is answered is not what this test asks
	}
}

// shoutOn sends bodies that are longer than any command.
func shoutOn(ctx context.Context, d *client.Device) {
	body := strings.Repeat(" ", 8<<20)
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+"/v1/communities/"+d.Community+"/units", strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		if response, err := d.HTTP.Do(r); err == nil {
			_ = response.Body.Close()
		}
	}
}
