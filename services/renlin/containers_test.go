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
	"syscall"
	"testing"
	"time"

	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// composeProgram names the program that runs docker-compose.yml. Where it is set, there is an engine too, as .ci/run arranges it.
const composeProgram = "RENLIN_COMPOSE"

// stack is docker-compose.yml on an engine of this machine, under a name of its own.
type stack struct {
	t       *testing.T
	ctx     context.Context
	project string
	gateway string // URL
	env     []string
	killed  map[string]int // process that was killed, until its successor runs
	limit   time.Duration  // how long an engine that is well may take for anything but a build
}

// TestContainers builds the image, starts every container and holds each to docker-compose.yml by what the engine and the kernel say of it.
// It plays the demo while each is killed, for the engine to start again, or stopped and started. Everything stopped, removed and made
// again, the volumes still hold what was acknowledged.
func TestContainers(t *testing.T) {
	if os.Getenv(composeProgram) == "" {
		t.Skipf("no container engine: .ci/run containers starts one and sets %s", composeProgram)
	}
	chance := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := newStack(ctx, t)
	s.compose("build", "--quiet")
	s.compose("up", "--wait")
	s.checkContainers()
	s.tellMemory("idle", 0.25)
	p := &player{t: t, dir: t.TempDir(), gateway: s.gateway}
	p.token = filepath.Join(p.dir, "token")
	s.compose("cp", "gateway:/data/gateway/token", p.token)
	p.play()
	disturbed(t, s, longRunning(), chance, p.playOn)
	acknowledged := p.verify()
	s.compose("up", "--wait") // configure runs again beside them
	s.tellMemory("after the demos", 0.75)
	for _, name := range longRunning() {
		if alarms := alarmsIn(s.compose("logs", "--no-log-prefix", name)); len(alarms) > 0 {
			t.Errorf("a restart is taken for damage: %s", alarms[0])
		}
		if err := s.stop(name); err != nil {
			t.Errorf("%s did not stop cleanly: %v", name, err)
		}
	}
	s.compose("down")
	s.compose("up", "--wait")
	for id, commits := range acknowledged {
		exportAll(ctx, t, s.gateway, p.token, id, commits-1)
	}
	s.compose("down", "-v")
	if left := s.docker("volume", "ls", "-q", "--filter", "label=com.docker.compose.project="+s.project); left != "" {
		t.Errorf("volumes that are left: %s", left)
	}
}

func newStack(ctx context.Context, t *testing.T) *stack {
	t.Helper()
	ports := freePorts(t, 2)
	address := ports[0]
	name := fmt.Sprintf("renlin-test-%d", os.Getpid())
	s := &stack{t: t, ctx: ctx, project: name, gateway: "http://" + address, killed: map[string]int{}, limit: 4 * time.Minute}
	s.env = append(os.Environ(), "COMPOSE_PROJECT_NAME="+name, "RENLIN_IMAGE="+name, "RENLIN_HTTP="+address, "RENLIN_MQTT="+ports[1],
		"COMPOSE_PROGRESS=quiet",
		// Whatever network the engine gives: the gateway is published on loopback alone, and not for long.
		"RENLIN_DEVELOPMENT_FROM=10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,198.18.0.0/15")
	t.Cleanup(func() {
		s.ctx = context.WithoutCancel(ctx)
		s.limit = time.Minute
		if t.Failed() {
			said, err := s.run(os.Getenv(composeProgram), "logs", "--tail", "12")
			t.Logf("said at last:\n%s %v", said, err)
		}
		for _, args := range [][]string{{"down", "-v", "--remove-orphans"}, {"down", "--rmi", "all"}} {
			if _, err := s.run(os.Getenv(composeProgram), args...); err != nil {
				t.Errorf("%v: %v", args, err)
			}
		}
	})
	return s
}

// engineHangs stands in the error of a command that has no end. .ci/run looks for it: such an engine is worth a second try, a program that
// is wrong is not.
const engineHangs = "the engine hangs"

// run runs a program at the root of the tree. One that hangs is named and killed, with whatever still holds its pipes.
func (s *stack) run(program string, args ...string) (string, error) {
	limit := s.limit
	if args[0] == "build" {
		limit = patience
	}
	ctx, cancel := context.WithTimeoutCause(s.ctx, limit, fmt.Errorf("%s: no end after %s", engineHangs, limit))
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = root, s.env, 10*time.Second
	out, err := cmd.Output()
	if err != nil && ctx.Err() != nil {
		return "", fmt.Errorf("%s %v: %w: %w", filepath.Base(program), args, context.Cause(ctx), err)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s %v: %w: %s", filepath.Base(program), args, err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

func (s *stack) compose(args ...string) string {
	s.t.Helper()
	began := time.Now()
	out, err := s.run(os.Getenv(composeProgram), args...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Logf("%v: %.1f s", args, time.Since(began).Seconds())
	return out
}

func (s *stack) docker(args ...string) string {
	s.t.Helper()
	out, err := s.run("docker", args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// container is what the engine says of one.
type container struct {
	RestartCount int
	State        struct {
		Status    string
		Pid       int
		ExitCode  int
		OOMKilled bool
		Health    *struct{ Status string }
	}
	Config struct {
		User string
		Env  []string
	}
	HostConfig struct {
		Privileged, ReadonlyRootfs   bool
		CapAdd, CapDrop, SecurityOpt []string
		Memory, MemorySwap, NanoCpus int64
		PidsLimit                    int64
		RestartPolicy                struct{ Name string }
		PortBindings                 map[string][]struct{ HostIp, HostPort string }
	}
	Mounts []struct {
		Type, Name, Destination string
		RW                      bool
	}
}

func (s *stack) inspect(name string) (c container) {
	s.t.Helper()
	var all []container
	if err := json.Unmarshal([]byte(s.docker("inspect", s.project+"-"+name+"-1")), &all); err != nil || len(all) != 1 {
		s.t.Fatalf("inspect %s: %d, %v", name, len(all), err)
	}
	return all[0]
}

// kill takes the container's process away behind the engine's back, as a crash does.
func (s *stack) kill(name string) {
	s.t.Helper()
	s.killed[name] = s.inspect(name).State.Pid
	if err := syscall.Kill(s.killed[name], syscall.SIGKILL); err != nil {
		s.t.Errorf("kill %s: %v", name, err)
	}
}

func (s *stack) stop(name string) error {
	if _, err := s.run(os.Getenv(composeProgram), "stop", name); err != nil {
		return err
	}
	if state := s.inspect(name).State; state.ExitCode != 0 || state.OOMKilled {
		return fmt.Errorf("exit code %d, out of memory %v", state.ExitCode, state.OOMKilled)
	}
	return nil
}

// start waits for the engine to start again what was killed, and starts what was stopped.
func (s *stack) start(name string) {
	s.t.Helper()
	before, killed := s.killed[name]
	if !killed {
		if _, err := s.run(os.Getenv(composeProgram), "start", name); err != nil {
			s.t.Error(err)
		}
		return
	}
	delete(s.killed, name)
	err := neighbourhood.Eventually(s.ctx, name+" runs again", func() error {
		if c := s.inspect(name); c.State.Status != "running" || c.State.Pid == before || c.RestartCount == 0 {
			return errNo
		}
		return nil
	})
	if err != nil {
		s.t.Error(err)
	}
}

// checkContainers holds every container to its row of docker-compose.yml.
func (s *stack) checkContainers() {
	s.t.Helper()
	file := readCompose(s.t)
	for _, name := range longRunning() {
		want, c := file.Services[name], s.inspect(name)
		h := c.HostConfig
		if c.State.Status != "running" || c.State.Health == nil || c.State.Health.Status != "healthy" || c.RestartCount != 0 {
			s.t.Errorf("%s: %+v, %d restarts", name, c.State, c.RestartCount)
		}
		memory := int64(mebibytes(want.MemLimit)) << 20
		if h.Privileged || !h.ReadonlyRootfs || len(h.CapAdd) != 0 || fmt.Sprint(h.CapDrop, h.SecurityOpt) != "[ALL] [no-new-privileges:true]" ||
			h.Memory != memory || h.MemorySwap != memory || h.NanoCpus != int64(want.CPUs*1e9) || h.PidsLimit != int64(want.PIDsLimit) ||
			h.RestartPolicy.Name != want.Restart || c.Config.User != want.User {
			s.t.Errorf("%s: %+v, user %s", name, h, c.Config.User)
		}
		if len(c.Mounts) != len(want.Volumes) {
			s.t.Errorf("%s mounts %+v, want %v", name, c.Mounts, want.Volumes)
		}
		for _, m := range c.Mounts {
			line := strings.TrimPrefix(m.Name, s.project+"_") + ":" + m.Destination
			if !m.RW {
				line += ":ro"
			}
			if m.Type != "volume" || !strings.Contains(strings.Join(want.Volumes, "\n")+"\n", line+"\n") {
				s.t.Errorf("%s mounts %+v", name, m)
			}
		}
		published := h.PortBindings["8686/tcp"]
		devices := h.PortBindings["1883/tcp"]
		local := len(published) == 1 && published[0].HostIp == "127.0.0.1" && len(devices) == 1 && devices[0].HostIp == "127.0.0.1"
		if (name == bus.Gateway) != local || !local && len(h.PortBindings) > 0 || len(h.PortBindings) > 2 {
			s.t.Errorf("%s publishes %v", name, h.PortBindings)
		}
		s.checkProcess(name, c.State.Pid, memory)
	}
}

// checkProcess looks at the process as the kernel knows it: its user, that it can get no capability and no privilege, its root, its memory.
func (s *stack) checkProcess(name string, pid int, memory int64) {
	s.t.Helper()
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	read := func(file string) string {
		raw, err := os.ReadFile(file)
		if err != nil {
			s.t.Errorf("%s: %v", name, err)
		}
		return string(raw)
	}
	status := strings.Join(strings.Fields(read(filepath.Join(proc, "status"))), " ") + " "
	id, none := " 65532 65532 65532 65532 ", " 0000000000000000 "
	for _, want := range []string{
		"Uid:" + id, "Gid:" + id, "CapInh:" + none, "CapPrm:" + none, "CapEff:" + none, "CapBnd:" + none, "CapAmb:" + none, "NoNewPrivs: 1 ",
		"Seccomp: 2 ",
	} {
		if !strings.Contains(status, want) {
			s.t.Errorf("%s: its process has not %q: %s", name, want, status)
		}
	}
	for line := range strings.Lines(read(filepath.Join(proc, "mountinfo"))) {
		fields := strings.Fields(line)
		if len(fields) > 5 && fields[4] == "/" && !strings.HasPrefix(fields[5], "ro,") {
			s.t.Errorf("%s can write its root: %s", name, line)
		}
	}
	if got := strings.TrimSpace(read(memoryLimit(read(filepath.Join(proc, "cgroup"))))); got != strconv.FormatInt(memory, 10) {
		s.t.Errorf("%s may use %s bytes, want %d", name, got, memory)
	}
}

// memoryLimit finds the file with the limit of a control group, of the first version if that has the memory, or else of the second.
func memoryLimit(groups string) (file string) {
	for line := range strings.Lines(groups) {
		switch parts := strings.SplitN(strings.TrimSpace(line), ":", 3); {
		case parts[1] == "memory":
			return filepath.Join("/sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes")
		case parts[1] == "":
			file = filepath.Join("/sys/fs/cgroup", parts[2], "memory.max")
		}
	}
	return file
}

// tellMemory tells what each container uses, and what share of its limit that may be. Idle, a quarter is much more than it ought to use.
// After demos there is also what the collector has not taken away yet, which may be twice what lives (tuneCollector); how much of it there
// is differs from one moment to the next, so that this share only shows that a container is far from its end.
func (s *stack) tellMemory(when string, shareMax float64) {
	s.t.Helper()
	file := readCompose(s.t)
	for _, name := range longRunning() {
		said := s.docker("stats", "--no-stream", "--format", "{{.MemUsage}}", s.project+"-"+name+"-1")
		used, _, _ := strings.Cut(said, " ")
		mib, err := strconv.ParseFloat(strings.TrimSuffix(used, "MiB"), 64)
		if err != nil || mib <= 0 || mib > shareMax*float64(mebibytes(file.Services[name].MemLimit)) {
			s.t.Errorf("%s uses %s %s, %v", name, said, when, err)
		}
		s.t.Logf("memory %s: %-10s %s", when, name, said)
	}
}
