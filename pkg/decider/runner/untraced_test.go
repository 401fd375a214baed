package runner_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/decider/runner"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

// secretly is the access of an operation whose author nobody is told.
type secretly struct{}

// Nameless is what decider.Operation asks.
func (secretly) Nameless() bool { return true }

// headers is a Log that keeps what stands beside the blocks.
type headers struct {
	runner.Log
	beside chan nats.Header
}

// Follow implements runner.Log.
func (h headers) Follow(
	ctx context.Context, from uint64, prev *chain.Sealed, fn func(b *chain.Block, header nats.Header) error,
) error {
	return h.Log.Follow(ctx, from, prev, func(b *chain.Block, header nats.Header) error {
		h.beside <- header
		return fn(b, header)
	})
}

// TestNamelessCommandIsUntraced: a command whose author nobody is told leaves no span, and nothing beside its block, though it came with a
// trace that is recorded.
func TestNamelessCommandIsUntraced(t *testing.T) {
	t.Parallel()
	b, rec := newBus(t), teltest.New(t)
	model := toy.RegisterModel()
	model.Operation("register.join").Access = secretly{}
	log := headers{runner.NewLog(b.js, b.community, toy.Register, nil), make(chan nats.Header, 10)}
	r := runner.New(runner.Config{Model: model, Log: log, Verify: noSignature})
	ctx, cancel := context.WithCancel(rec.Context(t.Context()))
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	wait(t, r, 1)
	<-log.beside // the founding
	err := telemetry.Do(ctx, "request", func(ctx context.Context) error {
		wait(t, r, must(t)(r.Do(ctx, command(t, "a", "1", "register.join", &toyv1.Join{}))).Position)
		_, err := r.Do(ctx, command(t, "a", "2", "register.join", &toyv1.Join{}))
		if err == nil {
			t.Error("joined twice")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if header := <-log.beside; len(header[chain.TraceHeader]) != 0 {
		t.Errorf("beside the block stands %v", header)
	}
	if got := teltest.Tree(t, rec.Spans()); got != "request\n" {
		t.Errorf("spans:\n%s", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
