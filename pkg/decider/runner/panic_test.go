package runner_test

import (
	"context"
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/decider/runner"
)

// TestPanicEndsTheRunner: in a rule or in a projection, on what stands on the record. The error is named, so that nobody tries again for
// ever, and the rest of the process does not notice.
func TestPanicEndsTheRunner(t *testing.T) {
	t.Parallel()
	rec := newRecord()
	r, _ := start(t, runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}})
	must(t)(r.Found(t.Context(), command(t, "f", "", "register.found", &toyv1.Found{Rules: 1})))
	wait(t, r, 1)
	planted := func(*struct{ N int }, decider.Event) { panic("planted") }
	onlooker := decider.NewModel("onlooker", toy.Rules, decider.Kind("community", false, planted))
	for name, cfg := range map[string]runner.Config{
		"rule": {Model: onlooker, Log: view{rec, "onlooker"}},
		"projection": {
			Model: toy.ForumModel(), Log: view{rec, toy.Forum},
			OnBlock: func(context.Context, *decider.State, *chain.Block, []string) error { panic("planted") },
		},
	} {
		cfg.Verify = noSignature
		if err := runner.New(cfg).Run(t.Context()); !errors.Is(err, decider.ErrFold) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t)(r.Do(t.Context(), command(t, "a", "1", "register.join", &toyv1.Join{})))
}
