package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"renlin.dev/pkg/realdata"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/verify"
)

// startPilot runs a whole pilot in this process until the test ends.
func startPilot(t testing.TB) (address string, cfg pilotConfig) {
	t.Helper()
	cfg = testPilot(t)
	address, _ = watchPilot(t, t.Context(), cfg, io.Discard)
	return address, cfg
}

// testPilot is the configuration of a test's pilot, in directories of its own.
func testPilot(t testing.TB) pilotConfig {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "xdg"))
	return pilotConfig{
		data: filepath.Join(dir, "data"), state: filepath.Join(dir, "state"), addr: "127.0.0.1:0", empty: true,
		interval: 200 * time.Millisecond, logLevel: "error", metrics: metrics.New("pilot"),
	}
}

// watchPilot runs a pilot until stop is called or the test ends; spans go where ctx says, lines of the log to log.
func watchPilot(t testing.TB, ctx context.Context, cfg pilotConfig, log io.Writer) (address string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	started := make(chan string, 1)
	done := make(chan error, 1)
	go func() {
		done <- runPilot(ctx, streams{out: io.Discard, err: log}, cfg, func(string, ...any) {}, func(address string) { started <- address })
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("pilot did not stop cleanly: %v", err)
		}
	})
	t.Cleanup(stop)
	select {
	case address = <-started:
	case err := <-done:
		done <- nil
		t.Fatalf("pilot did not start: %v", err)
	}
	return address, stop
}

// renlin runs one command and gives its exit code and output.
func renlin(t *testing.T, args ...string) (code int, out, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), streams{in: strings.NewReader(""), out: &o, err: &e}, args)
	return code, o.String(), e.String()
}

func verifyJSON(t *testing.T, bundle string, want int) verify.Report {
	t.Helper()
	code, out, stderr := renlin(t, "verify", "-json", bundle)
	if code != want {
		t.Fatalf("verify: exit %d, want %d\n%s\n%s", code, want, out, stderr)
	}
	var report verify.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// spoil leaves out the last block, as an operator who wants to forget would: the checkpoint knows better.
func spoil(t *testing.T, bundle string) {
	t.Helper()
	f, err := os.Open(bundle)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	to := tar.NewWriter(z)
	for from := tar.NewReader(in); ; {
		head, err := from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		body, rerr := io.ReadAll(from)
		if err != nil || rerr != nil {
			t.Fatal(err, rerr)
		}
		if head.Name == "blocks" {
			body = withoutLast(body)
		}
		head.Size = int64(len(body))
		if err := to.WriteHeader(head); err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(to.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.renlin")
	if err := os.WriteFile(cut, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if report := verifyJSON(t, cut, exitNo); report.OK || len(report.Findings) == 0 {
		t.Errorf("a cut record passes: %+v", report)
	}
}

// withoutLast drops the last of a bundle's length-prefixed blocks.
func withoutLast(blocks []byte) []byte {
	last := 0
	for at := 0; at < len(blocks); at += 4 + int(binary.BigEndian.Uint32(blocks[at:])) {
		last = at
	}
	return blocks[:last]
}

// TestImportBudgets holds real participatory budgets again, ballot by ballot, and compares with the official winners: the two
// smallest files, or all five with RENLIN_CI.
func TestImportBudgets(t *testing.T) {
	files := []string{"Poland_Warszawa_2017_ZielonaGrzybowa.pb", "Poland_Gdynia_2020_Leszczynki__small.pb"}
	if os.Getenv("RENLIN_CI") != "" {
		files = append(files, "Poland_Czestochowa_2024_Srodmiescie.pb", "Poland_Krakow_2021_Stare_Miasto.pb",
			"Poland_Wroclaw_2016_Rejon_nr_8_250.pb")
	}
	realdata.Name(t, "pabulib", files[0])
	address, cfg := startPilot(t)
	for _, name := range files {
		code, out, stderr := renlin(t, "import", "pabulib", "-json", "-http", address, realdata.Name(t, "pabulib", name))
		if code != exitDone {
			t.Fatalf("%s: exit %d\n%s\n%s", name, code, out, stderr)
		}
		var result struct {
			Community string
			Winners   []string
			Agrees    bool `json:"agrees_with_official"`
		}
		if err := json.Unmarshal([]byte(out), &result); err != nil || !result.Agrees || len(result.Winners) == 0 {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		bundle := filepath.Join(t.TempDir(), "budget.renlin")
		code, out, stderr = renlin(t, "export", "-o", bundle, "-http", address, "-community", result.Community,
			"-token", filepath.Join(cfg.data, "token"))
		if code != exitDone {
			t.Fatalf("export: exit %d\n%s\n%s", code, out, stderr)
		}
		if report := verifyJSON(t, bundle, exitDone); report.Unjudged != 0 {
			t.Errorf("%s: %d decisions could not be judged", name, report.Unjudged)
		}
		if name == files[0] {
			budgetRuledOtherwise(t, realdata.Name(t, "pabulib", name), bundle, result.Winners)
		}
	}
}

// TestRestart stops a pilot and starts it again on the same directories: the example is not founded twice and everything is there.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "xdg"))
	cfg := pilotConfig{
		data: filepath.Join(dir, "data"), state: filepath.Join(dir, "state"), addr: "127.0.0.1:0",
		interval: 100 * time.Millisecond, logLevel: "error",
	}
	var communities []string
	for round := range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err := runPilot(ctx, streams{out: io.Discard, err: io.Discard}, cfg, func(string, ...any) {}, func(address string) {
			defer cancel()
			d, err := awaitCommunity(ctx, exportConfig{url: address, tokenFile: filepath.Join(cfg.data, "token")})
			if err != nil {
				t.Errorf("round %d: %v", round, err)
				return
			}
			communities = append(communities, d)
			if round == 0 {
				if code, _, stderr := renlin(t, "pilot", "-data", cfg.data, "-state", cfg.state, "-http", "127.0.0.1:0"); code != exitUsage ||
					!strings.Contains(stderr, "in use") {
					t.Errorf("a second pilot on the same directory: exit %d, %s", code, stderr)
				}
			}
		})
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	if len(communities) != 2 || communities[0] != communities[1] {
		t.Fatalf("communities: %v", communities)
	}
}
