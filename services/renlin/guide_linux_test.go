package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// guideBuilds are the lines of the guides that this test does in another way: both programs are built already.
var guideBuilds = []string{
	"go build -o renlin ./services/renlin",
	`go build -C services -o "$PWD/nats-server" github.com/nats-io/nats-server/v2`,
}

// TestGuides runs every command of docs/guide, guide by guide, in one shell and in the guide's order, as a person does who follows it. The
// addresses are others, so that nothing else on the machine is in the way. Both languages tell the same commands.
func TestGuides(t *testing.T) {
	for _, guide := range []string{"pilot", "operate", "api", "vote"} {
		t.Run(guide, func(t *testing.T) {
			script := shellScript(t, guide+".md")
			if other := shellScript(t, guide+".zh.md"); other != script {
				t.Fatalf("the Chinese guide has other commands:\n%s\nwant\n%s", other, script)
			}
			followGuide(t, script)
		})
	}
}

// shellScript gives a guide's sh blocks, one after another, as they stand there.
func shellScript(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "docs", "guide", name))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	inside := false
	for line := range strings.Lines(string(raw)) {
		switch {
		case line == "```sh\n" && !inside:
			inside = true
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside:
			out.WriteString(line)
		}
	}
	if out.Len() == 0 {
		t.Fatalf("%s has no commands", name)
	}
	return out.String()
}

// followGuide runs a guide's commands in a directory of its own, which looks like the tree's root to them.
func followGuide(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	for _, line := range guideBuilds {
		script = strings.ReplaceAll(script, line, ":")
	}
	for _, tool := range []string{"bash", "curl", "node"} {
		if !strings.Contains(script, tool+" ") && tool != "bash" {
			continue
		}
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("RENLIN_CI") == "" {
			t.Skipf("THIS GUIDE IS NOT FOLLOWED: there is no %s on this machine", tool)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(script, "nats-server") {
		build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, natsServer), "github.com/nats-io/nats-server/v2")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build nats-server: %v\n%s", err, out)
		}
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	wrapper := "#!/bin/sh\n" + asRenlin + "=1 exec '" + program + "' \"$@\"\n"
	for name, text := range map[string]string{"renlin": wrapper, "FILE.pb": smallBudget} { // any order: both are written
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(tree, "docs"), filepath.Join(dir, "docs")); err != nil {
		t.Fatal(err)
	}
	for i, port := range freePorts(t, 4) {
		script = strings.ReplaceAll(script, []string{"127.0.0.1:8686", "127.0.0.1:4222", "127.0.0.1:8222", "127.0.0.1:8787"}[i], port)
	}
	runScript(t, dir, script)
}

// runScript runs a script to its end. Whatever it has left running is killed.
func runScript(t *testing.T, dir, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-eux", "-o", "pipefail", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(dir, "xdg"), "PATH="+dir+":"+os.Getenv("PATH"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	said, err := os.Create(filepath.Join(dir, "said")) // a pipe would be kept open by what the guide has left running
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	err = cmd.Run()
	if kill := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); kill == nil {
		t.Error("the guide leaves something running")
	}
	if err != nil {
		raw, _ := os.ReadFile(said.Name()) // what cannot be read is missing from the message
		t.Fatalf("%v\n%s", err, raw)
	}
}
