package runner_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/decider/runner"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest"
)

// TestMeasuresCommands: each command is counted by its operation and by what became of it.
func TestMeasuresCommands(t *testing.T) {
	t.Parallel()
	m := metrics.New("test")
	r, _ := start(t, runner.Config{Model: toy.RegisterModel(), Log: view{newRecord(), toy.Register}, Metrics: m})
	must(t)(r.Found(t.Context(), command(t, "f", "", "register.found", &toyv1.Found{Rules: 1})))
	wait(t, r, 1)
	join := command(t, "a", "1", "register.join", &toyv1.Join{})
	must(t)(r.Do(t.Context(), join))
	must(t)(r.Do(t.Context(), join))
	if _, err := r.Do(t.Context(), command(t, "a", "2", "register.join", &toyv1.Join{})); !errors.Is(err, toy.ErrMember) {
		t.Fatal(err)
	}
	wait(t, r, 2)
	of := `,service="` + toy.Register + `"} `
	want := `renlin_command_duration_seconds_count{operation="register.found"` + of + "1\n" +
		`renlin_command_duration_seconds_count{operation="register.join"` + of + "3\n" +
		`renlin_commands_total{kind="ok",operation="register.found",outcome="ok"` + of + "1\n" +
		`renlin_commands_total{kind="ok",operation="register.join",outcome="ok"` + of + "1\n" +
		`renlin_commands_total{kind="refused",operation="register.join",outcome="toy.member"` + of + "1\n" +
		`renlin_commands_total{kind="repeated",operation="register.join",outcome="ok"` + of + "1\n" +
		`renlin_fold_delay_seconds_count{service="` + toy.Register + `"} ` + "2\n"
	got := teltest.Shown(t, m, "renlin_command_duration_seconds", "renlin_commands_total", "renlin_fold_delay_seconds")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTellsWhatIsOwed: what a rule demands for later is not owed before its time; when that is past and it cannot be written, it is, and
// grows older.
func TestTellsWhatIsOwed(t *testing.T) {
	t.Parallel()
	rec := newRecord()
	var ahead atomic.Int64 // of the forum's clock, ns: what it submits then comes too early for the record
	register, _ := start(t, runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}})
	forum, _ := start(t, runner.Config{Model: toy.ForumModel(), Log: view{rec, toy.Forum}, Clock: func() time.Time {
		return time.Now().Add(time.Duration(ahead.Load()))
	}})
	must(t)(register.Found(t.Context(), command(t, "f", "", "register.found", &toyv1.Found{Rules: 1})))
	wait(t, register, 1)
	must(t)(register.Do(t.Context(), command(t, "a", "1", "register.join", &toyv1.Join{})))
	wait(t, forum, 2)
	must(t)(forum.Do(t.Context(), command(t, "a", "2", "forum.post", &toyv1.Post{Matter: "trees"})))
	wait(t, forum, 3)
	ahead.Store(int64(-time.Second)) // it looks again at once, for its clock runs backwards
	until := func(what string, is func(runner.Owed) bool) {
		t.Helper()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for !is(forum.Owed()) {
			select {
			case <-tick.C:
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: %+v", what, forum.Owed())
			}
		}
	}
	until("before its time", func(o runner.Owed) bool { return o.Count == 0 && o.OldestMS == 0 })
	ahead.Store(int64(toy.LifeMS*time.Millisecond + time.Minute))
	until("a minute late", func(o runner.Owed) bool { return o.Count == 1 && o.OldestMS > 50_000 && o.OldestMS < 90_000 })
	ahead.Add(int64(time.Hour))
	until("an hour late", func(o runner.Owed) bool { return o.Count == 1 && o.OldestMS > 3_600_000 })
}
