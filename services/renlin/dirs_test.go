package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStateApart: state inside the data directory, or around it, is refused by pilot and daemons, however it is named.
func TestStateApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	if err := os.Mkdir(at("data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at("data"), at("link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		data, state string
		ok          bool
	}{
		{at("data"), at("state"), true},
		{at("data"), at("data-state"), true},
		{at("data"), at("..data"), true},
		{at("new", "data"), at("new", "state"), true},
		{at("data"), at("data"), false},
		{at("data"), at("data", "state"), false},
		{at("data"), at("data", "deep", "state"), false},
		{at("data"), at("link", "state"), false},
		{at("link"), at("data", "state"), false},
		{at("new"), at("new", "x", "..", "state"), false},
		{at("data"), dir, false},
	} {
		if err := keptApart(c.data, c.state); (err == nil) != c.ok {
			t.Errorf("data %s, state %s: %v", c.data, c.state, err)
		}
	}
	refused(t, "outside the data directory", "pilot", "-data", at("data"), "-state", at("link", "state"), "-http", "127.0.0.1:0")
	if err := os.WriteFile(at("password"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sequencer", "notary", "vault"} {
		refused(t, "outside the data directory", name, "-check-config", "-config",
			writeConfig(t, `{"password_file":%q,"data":%q,"state":%q}`, at("password"), at("data"), at("link", "state")))
	}
	if _, err := os.Stat(at("data", "state")); err == nil {
		t.Error("what was refused was made")
	}
}

// TestCheckpointInterval: none, or less, is wrong use.
func TestCheckpointInterval(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, interval := range []string{"0s", "-1s"} {
		refused(t, "-checkpoint", "pilot", "-data", filepath.Join(dir, "data"), "-state", filepath.Join(dir, "state"),
			"-http", "127.0.0.1:0", "-checkpoint", interval)
	}
	refused(t, "checkpoint", "notary", "-check-config", "-config",
		writeConfig(t, `{"password_file":"x","data":%q,"checkpoint":"-1s"}`, filepath.Join(dir, "data")))
}

// refused runs a command that must be wrong use, and say why.
func refused(t *testing.T, why string, args ...string) {
	t.Helper()
	if code, _, stderr := renlin(t, args...); code != exitUsage || !strings.Contains(stderr, why) {
		t.Errorf("%q: exit %d, %s", args, code, stderr)
	}
}

// writeConfig writes a daemon's configuration.
func writeConfig(t *testing.T, format string, values ...any) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(name, fmt.Appendf(nil, format, values...), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
