package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStartRefused: what cannot be started says why in one line, and touches nothing that another uses.
func TestStartRefused(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "xdg"))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(dir, "file")
	write := func(name, text string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	write(file, "")
	held, err := lock(filepath.Join(dir, "held"), "lock")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	pilot := func(data, state, http string) []string {
		return []string{"pilot", "-empty", "-data", filepath.Join(dir, data), "-state", filepath.Join(dir, state), "-http", http}
	}
	write(filepath.Join(dir, "nostore", "jetstream"), "")
	secret := write(filepath.Join(dir, "password"), "secret")
	daemon := write(filepath.Join(dir, "audit.json"), `{"password_file": "`+secret+`", "data": "`+filepath.Join(dir, "audit")+`"}`)
	working, err := lock(filepath.Join(dir, "audit"), "audit.lock")
	if err != nil {
		t.Fatal(err)
	}
	defer working.Close()
	for name, row := range map[string]struct {
		args []string
		code int
		say  string
	}{
		"data in use":           {pilot("held", "s1", "127.0.0.1:0"), exitUsage, "held is in use by another renlin"},
		"state in use":          {pilot("d1", "held", "127.0.0.1:0"), exitUsage, "held is in use by another renlin"},
		"port in use":           {pilot("d2", "s2", taken.Addr().String()), exitUsage, "address already in use"},
		"no port":               {pilot("d3", "s3", "nowhere"), exitUsage, "nowhere"},
		"data is not writable":  {pilot("file/data", "s4", "127.0.0.1:0"), exitUsage, "not a directory"},
		"state is not writable": {pilot("d5", "file/state", "127.0.0.1:0"), exitUsage, "not a directory"},
		"store is not writable": {pilot("nostore", "s6", "127.0.0.1:0"), exitUsage, "bus"},
		"daemon's data in use":  {[]string{"audit", "-config", daemon}, exitNo, "audit is in use by another renlin"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, stderr := renlin(t, row.args...)
			if code != row.code || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, row.say) || out != "" {
				t.Errorf("exit %d\nstdout: %s\nstderr: %s", code, out, stderr)
			}
		})
	}
}
