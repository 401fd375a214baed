package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// apart is a community's parts as processes of their own on loopback: a nats-server built from its own module, and every daemon. Each
// may be killed and started again; all of them are killed when the test ends.
type apart struct {
	t       *testing.T
	dir     string // what `renlin configure` wrote
	nats    string // the server's program
	program string // the daemons'; the test binary if empty
	environ map[string][]string
	gateway string // URL
	running map[string]*exec.Cmd
}

// natsServer is the name of the server among the daemons'.
const natsServer = "nats-server"

// witnessDaemon is the witness's, which is on no bus.
const witnessDaemon = "witness"

// newApart builds the server and writes everybody's configuration with the command that an operator uses.
func newApart(t *testing.T) *apart {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "xdg"))
	ports := freePorts(t, 4)
	a := &apart{
		t: t, dir: filepath.Join(dir, "conf"), nats: filepath.Join(dir, natsServer), gateway: "http://" + ports[2],
		running: map[string]*exec.Cmd{},
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", a.nats, "github.com/nats-io/nats-server/v2")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	code, _, stderr := renlin(t, "configure", "-o", a.dir, "-nats", ports[0], "-monitor", ports[1], "-http", ports[2], "-witness", ports[3],
		"-development")
	if code != exitDone {
		t.Fatalf("configure: exit %d, %s", code, stderr)
	}
	t.Cleanup(func() {
		for name := range a.running {
			a.kill(name)
		}
		if t.Failed() {
			a.tellLogs()
		}
	})
	return a
}

// freePorts gives loopback addresses on which nobody listens just now. They lie below the ports that the kernel gives to clients: while a
// server is down, one of the many that call it could otherwise get its very port, and the server could not come back.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for len(out) < n {
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(10_000+rand.IntN(20_000)))
		if err != nil {
			continue // somebody else's
		}
		defer l.Close()
		out = append(out, l.Addr().String())
	}
	return out
}

// start runs one process; what it says goes to a file of its name.
func (a *apart) start(name string) {
	a.t.Helper()
	cmd := exec.Command(cmp.Or(a.program, os.Args[0]), name, "-config", filepath.Join(a.dir, "conf", name, name+".json"))
	cmd.Env = append(append(os.Environ(), asRenlin+"=1"), a.environ[name]...)
	if name == natsServer {
		cmd = exec.Command(a.nats, "-c", filepath.Join(a.dir, "conf", "nats", "nats-server.conf"))
	}
	log, err := os.OpenFile(a.log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		a.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	a.running[name] = cmd
}

func (a *apart) log(name string) string { return filepath.Join(a.dir, name+".log") }

// kill takes a process away without a word.
func (a *apart) kill(name string) {
	if cmd := a.running[name]; cmd != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		delete(a.running, name)
	}
}

// stop asks a daemon to end, as an operator does, and tells whether it did so cleanly and in time.
func (a *apart) stop(name string) error {
	cmd := a.running[name]
	delete(a.running, name)
	late := time.AfterFunc(stopMax, func() { _ = cmd.Process.Kill() }) // then Wait says that it was killed
	defer late.Stop()
	return errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
}

// stopMax is the grace that docker-compose.yml gives.
const stopMax = 35 * time.Second

// startAll starts everything in an order and waits until a community could be founded.
func (a *apart) startAll(ctx context.Context, order []string) {
	a.t.Helper()
	for _, name := range order {
		a.start(name)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := awaitServices(ctx, a.client(ctx)); err != nil {
		a.t.Fatal(err)
	}
}

// client speaks to the gateway as its operator, as soon as it has made the token.
func (a *apart) client(ctx context.Context) *client.Gateway {
	a.t.Helper()
	var g *client.Gateway
	err := neighbourhood.Eventually(ctx, "operator's token", func() (err error) {
		g, err = gatewayAt(a.gateway, a.token())
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return g
}

// names lists the server, the witness and all daemons of the bus.
func (a *apart) names() []string { return append([]string{natsServer, witnessDaemon}, bus.Parts()...) }

// token is the file with the operator's token.
func (a *apart) token() string { return filepath.Join(a.dir, "data", bus.Gateway, "token") }

// tellLogs shows the end of what every process said.
func (a *apart) tellLogs() {
	for _, name := range a.names() {
		raw, err := os.ReadFile(a.log(name))
		if err != nil {
			continue
		}
		lines := bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
		a.t.Logf("%s said at last:\n%s", name, bytes.Join(lines[max(0, len(lines)-12):], []byte("\n")))
	}
}

// alarms gives what a daemon logged that accuses the record.
func (a *apart) alarms(name string) []string {
	a.t.Helper()
	raw, err := os.ReadFile(a.log(name))
	if err != nil {
		a.t.Fatal(err)
	}
	return alarmsIn(string(raw))
}

// alarmsIn finds what accuses the record in a log.
func alarmsIn(log string) (out []string) {
	for line := range strings.Lines(log) {
		var said struct{ Msg string }
		if json.Unmarshal([]byte(line), &said) == nil && slices.Contains(alarming, said.Msg) {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}

// alarming are the messages with which sequencer and audit stop writing.
var alarming = []string{"writing stopped", "writing is halted", "writing is refused", "audit has stopped"}

// patience bounds a test of processes; only one that hangs needs it.
const patience = 20 * time.Minute
