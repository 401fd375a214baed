package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"renlin.dev/pkg/client"
)

// victim is a pilot in a process of its own, that may be killed and started again on the same directories and address.
type victim struct {
	t       *testing.T
	dir     string
	disk    string // holds data and state, if that is not dir
	address string
	flags   []string // beside those that every victim has
	program string   // the test binary if empty
	environ []string
	cmd     *exec.Cmd
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	v := &victim{t: t, dir: t.TempDir(), address: freePorts(t, 1)[0]}
	t.Cleanup(func() {
		v.kill()
		if t.Failed() {
			t.Logf("the pilot said:\n%s", v.log())
		}
	})
	return v
}

func (v *victim) data() string  { return filepath.Join(cmp.Or(v.disk, v.dir), "data") }
func (v *victim) state() string { return filepath.Join(cmp.Or(v.disk, v.dir), "state") }
func (v *victim) url() string   { return "http://" + v.address }
func (v *victim) token() string { return filepath.Join(v.data(), "token") }

// start starts the pilot and waits until a community could be founded; others may be refused all the same.
func (v *victim) start(ctx context.Context) {
	v.t.Helper()
	v.run()
	if err := awaitServices(ctx, client.New(v.url())); err != nil {
		v.t.Fatal(err)
	}
}

// run starts the pilot and waits for nothing.
func (v *victim) run() {
	v.t.Helper()
	args := append([]string{
		"pilot", "-empty", "-http", v.address, "-checkpoint", "100ms", "-log", "warn", "-data", v.data(), "-state", v.state(),
	}, v.flags...)
	v.cmd = exec.Command(cmp.Or(v.program, os.Args[0]), args...)
	v.cmd.Env = append(append(os.Environ(), asRenlin+"=1", "XDG_STATE_HOME="+filepath.Join(v.dir, "xdg")), v.environ...)
	log, err := os.OpenFile(filepath.Join(v.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		v.t.Fatal(err)
	}
	defer log.Close()
	v.cmd.Stderr = log
	dieWithParent(v.cmd)
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
}

func (v *victim) kill() {
	if v.cmd != nil {
		_ = v.cmd.Process.Kill()
		_ = v.cmd.Wait()
		v.cmd = nil
	}
}

// stop ends the pilot as an operator does.
func (v *victim) stop() {
	v.t.Helper()
	if err := errors.Join(v.cmd.Process.Signal(syscall.SIGTERM), v.cmd.Wait()); err != nil {
		v.t.Errorf("the pilot did not stop cleanly: %v", err)
	}
	v.cmd = nil
}

func (v *victim) log() []byte {
	raw, err := os.ReadFile(filepath.Join(v.dir, "log"))
	if err != nil {
		v.t.Fatal(err)
	}
	return raw
}

// said gives the lines of the pilot's log with a message.
func (v *victim) said(msg string) [][]byte {
	var out [][]byte
	for line := range bytes.Lines(v.log()) {
		var said struct{ Msg string }
		if json.Unmarshal(line, &said) == nil && said.Msg == msg {
			out = append(out, line)
		}
	}
	return out
}

// device gives an officer's device that speaks to this pilot, and asks once.
func (v *victim) device(d *client.Device) *client.Device {
	own := *d
	own.Gateway = client.New(v.url())
	own.Tries, own.Token = 1, ""
	return &own
}
