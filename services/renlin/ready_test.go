package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// openShell runs all of a pilot on a bus that the test can speak on, with everything below one directory.
func openShell(t *testing.T) (address string, server *bus.Server, dir string) {
	t.Helper()
	s := openShellWithout(t)
	return s.address, s.server, s.dir
}

// shell is a pilot of which a test runs some parts by itself.
type shell struct {
	address, dir, token string
	server              *bus.Server
	env                 process.Env
}

// openShellWithout is openShell but for some parts.
func openShellWithout(t *testing.T, left ...string) *shell {
	t.Helper()
	dir := t.TempDir()
	server, err := bus.Start(filepath.Join(dir, "jetstream"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Shutdown()
		server.WaitForShutdown()
	})
	env := process.Env{
		Dial: server.Dial, Data: filepath.Join(dir, "data"), State: filepath.Join(dir, "state"), Models: process.Models(),
		Log: telemetry.NewLogger(io.Discard, "test", slog.LevelError), Health: daemon.NewHealth(),
	}
	token := filepath.Join(dir, "token")
	secret, err := process.Token(token)
	if err != nil {
		t.Fatal(err)
	}
	edge, nc, err := process.OpenGateway(env, secret, true)
	if err != nil {
		t.Fatal(err)
	}
	home, err := process.HomeWitness(env)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	parts := append(pilotParts(env, pilotConfig{interval: 100 * time.Millisecond}, server, home),
		daemon.Serve("http", listener, withHealth(env.Health, edge)))
	parts = slices.DeleteFunc(parts, func(s daemon.Service) bool { return slices.Contains(left, s.Name) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- daemon.Run(ctx, daemon.Env{Log: env.Log, Health: env.Health}, parts...) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		nc.Close()
		if err := home.Close(); err != nil {
			t.Error(err)
		}
	})
	return &shell{address: "http://" + listener.Addr().String(), dir: dir, token: token, server: server, env: env}
}

// untilHealth waits until the healthcheck's exit code is what is wanted, and gives what it said then.
func untilHealth(ctx context.Context, t *testing.T, address string, want int) (said string) {
	t.Helper()
	err := neighbourhood.Eventually(ctx, "healthcheck", func() error {
		var code int
		if code, said, _ = renlin(t, "healthcheck", "-http", address); code != want {
			return errNo
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return said
}

// TestForeignMessage: who reads the record can have JetStream's answers sent where blocks go, which nothing prevents (docs/THREATS.md). It
// is no block, so audit finds it, writing stops, and the parts say so.
func TestForeignMessage(t *testing.T) {
	t.Parallel()
	address, server, _ := openShell(t)
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := awaitServices(soon, client.New(address)); err != nil {
		t.Fatal(err)
	}
	n, _ := foundVoters(t, address, 1)
	untilHealth(soon, t, address, exitDone)
	nc, err := server.Dial(bus.Proposal)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := nc.PublishMsg(&nats.Msg{Subject: "$JS.API.INFO", Reply: "evt." + n.Community}); err != nil {
		t.Fatal(err)
	}
	err = neighbourhood.Eventually(soon, "stop", func() error {
		if said := untilHealth(soon, t, address, exitNo); !strings.Contains(said, "log.stopped") || !strings.Contains(said, "sequencer.stopped") {
			return errNo
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestNotaryKeyIsPinned: the sequencer of a running pilot comes to the notary's key with the first checkpoint and keeps it beside its head
// record.
func TestNotaryKeyIsPinned(t *testing.T) {
	t.Parallel()
	address, _, dir := openShell(t)
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := awaitServices(soon, client.New(address)); err != nil {
		t.Fatal(err)
	}
	n, _ := foundVoters(t, address, 1)
	err := neighbourhood.Eventually(soon, "pinned key", func() error {
		kept, err := os.ReadFile(filepath.Join(dir, "state", "heads", n.Community+".notary"))
		if err == nil && !strings.Contains(string(kept), n.Community) {
			t.Errorf("kept %q", kept)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestHealthcheckAfterHalt: ready when everything works, and not any more when the record's writing has been halted.
func TestHealthcheckAfterHalt(t *testing.T) {
	t.Parallel()
	address, server, _ := openShell(t)
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	untilHealth(soon, t, address, exitDone)
	if err := awaitServices(soon, client.New(address)); err != nil {
		t.Fatal(err)
	}
	n, _ := foundVoters(t, address, 1)
	untilHealth(soon, t, address, exitDone)
	nc, err := server.Dial(bus.Audit)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if err := nc.Publish("seq."+n.Community+".halt", []byte("the test says so")); err != nil {
		t.Fatal(err)
	}
	if said := untilHealth(soon, t, address, exitNo); !strings.Contains(said, "sequencer.stopped") {
		t.Errorf("healthcheck says %s", said)
	}
	alive := &client.Device{Gateway: client.New(address)}
	if err := alive.Get(t.Context(), "/healthz", new(any)); err != nil {
		t.Errorf("alive all the same: %v", err)
	}
}

// TestHealthcheckOfServer: a nats-server is asked where it answers, and is not well when it has ended.
func TestHealthcheckOfServer(t *testing.T) {
	t.Parallel()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, HTTPHost: "127.0.0.1", HTTPPort: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(),
		NoLog: true, NoSigs: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown()
	soon, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var address string
	asked := func(want int) error {
		if s.MonitorAddr() == nil {
			return errNo
		}
		address = "http://" + s.MonitorAddr().String()
		if code, out, _ := renlin(t, "healthcheck", "-nats", "-http", address); code != want {
			return errors.New(out)
		}
		return nil
	}
	if err := neighbourhood.Eventually(soon, "well", func() error { return asked(exitDone) }); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := renlin(t, "healthcheck", "-http", address); code != exitNo {
		t.Errorf("taken for a daemon: exit %d, %s", code, out)
	}
	s.Shutdown()
	s.WaitForShutdown()
	if code, out, _ := renlin(t, "healthcheck", "-nats", "-http", address); code != exitNo {
		t.Errorf("well after its end: exit %d, %s", code, out)
	}
}

// TestNotReadyWithoutBus: a part that waits for its bus runs, and is not ready.
func TestNotReadyWithoutBus(t *testing.T) {
	t.Parallel()
	for name, run := range process.DomainParts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env := process.Env{
				Data: filepath.Join(dir, "data"), State: filepath.Join(dir, "state"), Models: process.Models(),
				Log: telemetry.NewLogger(io.Discard, "test", slog.LevelError), Health: daemon.NewHealth(),
			}
			dialled := make(chan struct{})
			env.Dial = func(user string, options ...nats.Option) (*nats.Conn, error) {
				defer close(dialled)
				return bus.Dialer("nats://127.0.0.1:1", user, "secret")(options...)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			service := part(env, name, func(ctx context.Context) error { return run(ctx, env) })
			go func() { ended <- daemon.Run(ctx, daemon.Env{Log: env.Log, Health: env.Health}, service) }()
			<-dialled
			if ready, parts := env.Health.Ready(t.Context()); ready {
				t.Errorf("ready without a bus: %v", parts)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
