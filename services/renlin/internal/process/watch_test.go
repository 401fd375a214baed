package process

import (
	"context"
	"errors"
	"testing"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest"
	"renlin.dev/services/renlin/internal/bus"
)

// TestWatch: a part is ready when it is on the bus and every community's work that it has begun says so.
func TestWatch(t *testing.T) {
	t.Parallel()
	env := &Env{Health: daemon.NewHealth(), Metrics: metrics.New("test")}
	shown := func(want string) {
		t.Helper()
		if got := teltest.Shown(t, env.Metrics, "renlin_part_ready"); got != `renlin_part_ready{community="one",part="audit"} `+want+"\n" {
			t.Errorf("shown, want %s: %s", want, got)
		}
	}
	want := func(what, state string) {
		t.Helper()
		ready, parts := env.Health.Ready(t.Context())
		if parts["audit"] != state || ready != (state == "ready") {
			t.Errorf("%s: ready %v, %v", what, ready, parts)
		}
	}
	Starting(env.Health, "audit")
	want("before it has begun", "service.unavailable")
	away, err := bus.Dialer("nats://127.0.0.1:1", "audit", "secret")()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(away.Close)
	env.watch("audit", away)
	want("without a bus", "service.unavailable")
	server := natstest.Run(t)
	w := env.watch("audit", server.Connect(t))
	want("on the bus", "ready")
	var trouble error
	broken := errors.New("the disk is full")
	run := w.over(func(_ context.Context, _ string, working func(check)) error {
		want("work that has begun", "service.unavailable")
		shown("0")
		working(func(context.Context) error { return trouble })
		want("work that goes on", "ready")
		shown("1")
		trouble = fault.ErrBusy
		want("work in trouble", "service.busy")
		trouble = nil
		return broken
	})
	if err := run(t.Context(), "one"); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	want("work that has failed", "service.unavailable")
	shown("0")
	server.Stop()
}
