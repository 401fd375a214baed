package daemon_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/telemetry"
)

var errBoom = errors.New("boom")

// newEnv answers an environment whose log goes to w.
func newEnv(w io.Writer) daemon.Env {
	return daemon.Env{Log: telemetry.NewLogger(w, "test", slog.LevelInfo), Health: daemon.NewHealth()}
}

// diary notes what services do, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// service makes a service that notes its start and stop, calls act when ready, and answers its error at the stop.
func (d *diary) service(name string, act func(), atStop error) daemon.Service {
	return daemon.Service{Name: name, Run: func(ctx context.Context, ready func()) error {
		d.note("start " + name)
		ready()
		ready() // once more does no harm
		if act != nil {
			act()
		}
		<-ctx.Done()
		d.note("stop " + name)
		return atStop
	}}
}

func TestRunStartsInOrderAndStopsInReverse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d diary
		ctx, cancel := context.WithCancel(t.Context())
		env := newEnv(io.Discard)
		last := func() {
			synctest.Wait() // everything is up
			ready, parts := env.Health.Ready(ctx)
			if want := map[string]string{"a": "ready", "b": "ready", "c": "ready"}; !ready || cmp.Diff(want, parts) != "" {
				t.Errorf("ready %v, parts %v", ready, parts)
			}
			cancel()
		}
		err := daemon.Run(ctx, env, d.service("a", nil, nil), d.service("b", nil, context.Canceled), d.service("c", last, nil))
		if err != nil {
			t.Errorf("an orderly stop answers %v", err)
		}
		want := []string{"start a", "start b", "start c", "stop c", "stop b", "stop a"}
		if diff := cmp.Diff(want, d.lines); diff != "" {
			t.Error(diff)
		}
		if ready, parts := env.Health.Ready(t.Context()); ready || parts["a"] != "stopping" {
			t.Errorf("after the stop: ready %v, %v", ready, parts)
		}
	})
}

func TestRunAnswersTheFirstError(t *testing.T) {
	t.Parallel()
	ends := func(err error) func(context.Context, func()) error {
		return func(_ context.Context, ready func()) error {
			ready()
			return err
		}
	}
	never := func(context.Context, func()) error { return errBoom }
	for _, c := range []struct {
		name    string
		failing daemon.Service
		want    string
		lines   []string
	}{
		{"after it was ready", daemon.Service{Name: "x", Run: ends(errBoom)}, "run x: boom", []string{"start a", "stop a"}},
		{"before it was ready", daemon.Service{Name: "x", Run: never}, "run x: boom", []string{"start a", "stop a"}},
		{"without an error", daemon.Service{Name: "x", Run: ends(nil)}, "run x: it ended unasked", []string{"start a", "stop a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var d diary
				var log bytes.Buffer
				err := daemon.Run(t.Context(), newEnv(&log), d.service("a", nil, errors.New("later")), c.failing)
				if err == nil || err.Error() != c.want {
					t.Errorf("answers %v, want %s", err, c.want)
				}
				if diff := cmp.Diff(c.lines, d.lines); diff != "" {
					t.Error(diff)
				}
				if !strings.Contains(log.String(), "later") || strings.Contains(log.String(), "boom") {
					t.Errorf("the later error belongs in the log, the first does not: %s", log.String())
				}
			})
		})
	}
}

func TestRunStopsWhatWaitsToBecomeReady(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d diary
		ctx, cancel := context.WithCancel(t.Context())
		env := newEnv(io.Discard)
		slow := daemon.Service{Name: "slow", Run: func(ctx context.Context, _ func()) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		go func() {
			synctest.Wait()
			if ready, parts := env.Health.Ready(ctx); ready || parts["slow"] != "starting" {
				t.Errorf("ready %v, %v", ready, parts)
			}
			cancel()
		}()
		if err := daemon.Run(ctx, env, slow, d.service("after", nil, nil)); err != nil {
			t.Error(err)
		}
		if len(d.lines) > 0 {
			t.Errorf("started on what was not ready: %v", d.lines)
		}
	})
}

func TestRunNamesWhatDoesNotStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d diary
		ctx, cancel := context.WithCancel(t.Context())
		release := make(chan struct{})
		stuck := daemon.Service{Name: "stuck", Run: func(_ context.Context, ready func()) error {
			ready()
			<-release
			return nil
		}}
		err := daemon.Run(ctx, newEnv(io.Discard), d.service("a", nil, nil), stuck, d.service("b", cancel, nil))
		if err == nil || !strings.Contains(err.Error(), "stop stuck: still running after 30s") {
			t.Errorf("answers %v", err)
		}
		if diff := cmp.Diff([]string{"start a", "start b", "stop b", "stop a"}, d.lines); diff != "" {
			t.Error(diff)
		}
		close(release)
	})
}
