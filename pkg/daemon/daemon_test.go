package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/fault"
)

// testConfig has one field of each kind that a configuration may hold.
type testConfig struct {
	daemon.Common
	Wait   daemon.Duration           `json:"wait"`
	Peers  []struct{ Name string }   `json:"peers"`
	Limits map[string]map[string]int `json:"limits"`
	Raw    json.RawMessage           `json:"raw"`
	Inner  *struct{ A int }          `json:"inner"`
	Hidden int                       `json:"-"`
	Named  `json:"named"`
}

// Named is embedded, but under a key of its own.
type Named struct{ Deep int }

// Check makes it a configuration with a judgement of its own.
func (c *testConfig) Check() error {
	if c.Wait < 0 {
		return errors.New("wait is negative")
	}
	return nil
}

func TestParseConfig(t *testing.T) {
	t.Parallel()
	good := `{"log_level": "debug", "wait": "1m30s", "peers": [{"Name": "x"}], "limits": {"any": {"key": 1}},
		"raw": {"q": [1]}, "inner": {"A": 2}, "named": {"Deep": 3}}`
	var got testConfig
	if err := daemon.ParseConfig("c", []byte(good), &got); err != nil {
		t.Fatal(err)
	}
	if time.Duration(got.Wait) != 90*time.Second || got.LogLevel != "debug" || got.Peers[0].Name != "x" || got.Inner.A != 2 {
		t.Errorf("read as %+v", got)
	}
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":          {"{\n\"wait\": \"1s\",\n\"wiat\": 1}", `c:3: unknown key "wiat"`},
		"unknown key, deeper":  {"{\"peers\": [{},\n{\"Nam\": 1}]}", `c:2: unknown key "Nam"`},
		"other spelling":       {`{"Wait": "1s"}`, `c:1: unknown key "Wait"`},
		"hidden":               {`{"Hidden": 1}`, `c:1: unknown key "Hidden"`},
		"not where it stands":  {`{"Deep": 3}`, `c:1: unknown key "Deep"`},
		"embedded by its name": {`{"Common": {}}`, `c:1: unknown key "Common"`},
		"key twice":            {"{\"health\": \"\",\n\"health\": \"\"}", `c:2: key "health" stands twice`},
		"key twice, raw":       {`{"raw": {"a": 1, "a": 2}}`, `c:1: key "a" stands twice`},
		"wrong type":           {"{\n\n\"peers\": 3}", `c:3: peers must be of type []struct { Name string }`},
		"wrong type, deeper":   {"{\"limits\": {\"x\":\n{\"y\": \"secret\"}}}", `c:2: limits must be of type int`},
		"duration":             {"{\n\"wait\": \"soon\"}", `c:2: not a duration such as 1.5s or 10m`},
		"not JSON":             {"{\n\"wait\": secret}", `c:2: not well-formed JSON`},
		"cut short":            {`{"wait": "1s"`, `c:1: not well-formed JSON`},
		"nothing":              {``, `c:1: not well-formed JSON`},
		"two values":           {"{}\n{}", `c:2: more than one value`},
		"deep":                 {`{"raw":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, `c:1: nested too deeply`},
	} {
		err := daemon.ParseConfig("c", []byte(c.text), new(testConfig))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error shows a value", name)
		}
	}
}

func TestReadConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, bytes.Repeat([]byte(" "), 2<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{large, filepath.Join(dir, "absent"), dir} {
		if err := daemon.ReadConfig(file, new(testConfig)); err == nil {
			t.Errorf("read %s", filepath.Base(file))
		}
	}
}

// runMain runs a program whose configuration file holds text, and answers code, stdout and stderr.
func runMain(t *testing.T, ctx context.Context, p daemon.Program, text string, args ...string) (int, string, string) {
	t.Helper()
	if text != "" {
		file := filepath.Join(t.TempDir(), "c.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-config", file)
	}
	var stdout, stderr said
	code := daemon.Main(ctx, p, args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// said is what a program has said so far; a collector that it gave up may have it say more afterwards.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func TestMainRefuses(t *testing.T) {
	t.Parallel()
	program := daemon.Program{Name: "test", Config: &testConfig{}, Services: func(context.Context, daemon.Env) ([]daemon.Service, error) {
		t.Error("started all the same")
		return nil, nil
	}}
	for name, c := range map[string]struct {
		text string
		args []string
		code int
		want string
	}{
		"unknown flag":   {"", []string{"-nonsense"}, 2, "nonsense"},
		"argument":       {"", []string{"x"}, 2, "no arguments"},
		"help":           {"", []string{"-h"}, 0, "check-config"},
		"absent file":    {"", []string{"-config", "no-such-file"}, 2, "no-such-file"},
		"unknown key":    {`{"x": 1}`, nil, 2, `c.json:1: unknown key "x"`},
		"level":          {`{"log_level": "loud"}`, nil, 2, "log_level"},
		"ratio":          {`{"trace_ratio": 2}`, nil, 2, "trace_ratio"},
		"collector":      {`{"otlp": {"endpoint": "somewhere"}}`, nil, 2, "otlp: endpoint is not an address"},
		"own judgement":  {`{"wait": "-1s"}`, nil, 2, "wait is negative"},
		"only checked":   {`{"wait": "1s"}`, []string{"-check-config"}, 0, ""},
		"checked, wrong": {`{"wait": 1}`, []string{"-check-config"}, 2, "wait"},
	} {
		p := program
		p.Config = &testConfig{}
		code, _, stderr := runMain(t, t.Context(), p, c.text, c.args...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, %s", name, code, stderr)
		}
		if name != "help" && name != "unknown flag" && strings.Count(stderr, "\n") > 1 {
			t.Errorf("%s: more than one line: %s", name, stderr)
		}
	}
}

func TestMainStopsOnSignal(t *testing.T) {
	services := func(context.Context, daemon.Env) ([]daemon.Service, error) {
		return []daemon.Service{{Name: "one", Run: func(ctx context.Context, ready func()) error {
			ready()
			if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
				return err
			}
			<-ctx.Done()
			return nil
		}}}, nil
	}
	code, _, stderr := runMain(t, t.Context(), daemon.Program{Name: "test", Config: &testConfig{}, Services: services},
		`{"health": "127.0.0.1:0"}`)
	if code != 0 || !strings.Contains(stderr, `"msg":"stopped"`) || !strings.Contains(stderr, `"part":"health"`) {
		t.Errorf("code %d, %s", code, stderr)
	}
}

func TestMainFails(t *testing.T) {
	t.Parallel()
	for name, services := range map[string]func(context.Context, daemon.Env) ([]daemon.Service, error){
		"set up": func(context.Context, daemon.Env) ([]daemon.Service, error) { return nil, errBoom },
		"run": func(context.Context, daemon.Env) ([]daemon.Service, error) {
			return []daemon.Service{{Name: "x", Run: func(context.Context, func()) error { return errBoom }}}, nil
		},
	} {
		code, _, stderr := runMain(t, t.Context(), daemon.Program{Name: "test", Config: &testConfig{}, Services: services}, "")
		if code != 1 || !strings.Contains(stderr, "boom") {
			t.Errorf("%s: code %d, %s", name, code, stderr)
		}
	}
	p := daemon.Program{Name: "test", Config: &testConfig{}}
	if code, _, stderr := runMain(t, t.Context(), p, `{"health": "nowhere:x"}`); code != 1 || !strings.Contains(stderr, "listen for health") {
		t.Errorf("health: code %d, %s", code, stderr)
	}
}

// get answers status and body of a question to a server.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(body))
}

func TestServeHealth(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + listener.Addr().String()
	env := newEnv(io.Discard)
	ctx, cancel := context.WithCancel(t.Context())
	up := make(chan struct{})
	after := daemon.Service{Name: "after", Run: func(ctx context.Context, ready func()) error {
		ready()
		close(up)
		<-ctx.Done()
		return nil
	}}
	ended := make(chan error)
	go func() { ended <- daemon.Run(ctx, env, daemon.Serve("health", listener, env.Health.Handler()), after) }()
	<-up
	wantParts := map[string]string{"health": "ready", "after": "ready"}
	for _, c := range []struct {
		name   string
		check  error
		status int
		part   string
	}{
		{"all well", nil, 200, "ready"},
		{"a fault", fault.ErrBusy, 503, "service.busy"},
		{"another error, whose text stays inside", errors.New("password hunter2"), 503, "internal"},
	} {
		env.Health.Register("stream", func(context.Context) error { return c.check })
		var got struct {
			Ready bool
			Parts map[string]string
		}
		for { // "after" is noted as ready a moment after it says so
			status, body := get(t, base+"/readyz")
			if err := json.Unmarshal([]byte(body), &got); err != nil || status != 200 && status != 503 {
				t.Fatalf("%s: %d %s %v", c.name, status, body, err)
			}
			if got.Parts["after"] == "ready" {
				if status != c.status || got.Ready != (status == 200) {
					t.Errorf("%s: %d %s", c.name, status, body)
				}
				break
			}
		}
		wantParts["stream"] = c.part
		if diff := cmp.Diff(wantParts, got.Parts); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if status, body := get(t, base+"/healthz"); status != 200 || body != `{"alive":true}` {
		t.Errorf("/healthz: %d %s", status, body)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("still listening")
	}
}

func TestServeWaitsForRequestsUnderWay(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel() // the stop comes in the middle of the request
		if r.Context().Err() != nil {
			t.Error("the request was cut off")
		}
		_, _ = io.WriteString(w, "whole")
	})
	ended := make(chan error)
	go func() { ended <- daemon.Run(ctx, newEnv(io.Discard), daemon.Serve("http", listener, handler)) }()
	if status, body := get(t, "http://"+listener.Addr().String()); status != 200 || body != "whole" {
		t.Errorf("%d %s", status, body)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestServeStopsDespiteSilentConnections: browsers and client libraries open connections in advance and send nothing on them.
func TestServeStopsDespiteSilentConnections(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	ended := make(chan error)
	go func() { ended <- daemon.Run(ctx, newEnv(io.Discard), daemon.Serve("http", listener, handler)) }()
	silent, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	get(t, "http://"+listener.Addr().String()) // by now the server has taken the connection before this one too
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestServeFails(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Run(t.Context(), newEnv(io.Discard), daemon.Serve("http", listener, nil)); err == nil {
		t.Error("a dead listener is no error")
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(`{"wait": "1s", "peers": [{"Name": "x"}], "limits": {"a": {"b": 1}}, "raw": [{}], "inner": null}`))
	f.Add([]byte(`{"log_level": 1}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := daemon.ParseConfig("c", data, new(testConfig)); err == nil && !json.Valid(data) {
			t.Errorf("took %q", data)
		}
	})
}
