package process

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry/metrics"
)

// check tells whether a community's work goes on: nil, or the fault that stands in its way. It must look, not work.
type check func(ctx context.Context) error

// watch is what /readyz asks about one part: its connection to the bus, and every community's work.
type watch struct {
	nc       *nats.Conn
	name     string
	metrics  *metrics.Registry
	log      *slog.Logger
	process  string
	follows  bool                          // it carries the record's rules out again for itself
	position func(community string) uint64 // how far it has come; nil where it folds no record

	mu    sync.Mutex // guards what follows
	works map[string]check
	told  map[string]*work
}

// Starting registers a part that has not begun: until it says more, it is not ready.
func Starting(health *daemon.Health, name string) {
	if health != nil {
		health.Register(name, func(context.Context) error { return fault.ErrUnavailable })
	}
}

// watch begins to answer for a part that has its connection, which need not be connected.
func (e *Env) watch(name string, nc *nats.Conn) *watch {
	w := &watch{
		nc: nc, name: name, metrics: e.Metrics, log: e.logger(), process: e.Process, follows: e.Follow != nil,
		works: map[string]check{}, told: map[string]*work{},
	}
	w.answer(nc)
	if e.Health != nil {
		e.Health.Register(name, w.ready)
	}
	return w
}

// ready is the part's check.
func (w *watch) ready(ctx context.Context) error {
	if w.nc.Status() != nats.CONNECTED {
		return fault.ErrUnavailable
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, check := range w.works { // any order: one that does not go on is enough
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// over watches the work for each community: from its first beginning it counts, and it is not ready before it says how to tell, nor after
// it has ended. A stream without a block is a founding under way or given up, where there is nothing to do.
func (w *watch) over(run func(ctx context.Context, community string, working func(check)) error) func(context.Context, string) error {
	idle := func(context.Context) error { return fault.ErrUnavailable }
	return func(ctx context.Context, community string) error {
		w.set(community, idle)
		w.measure(ctx, community)
		one := w.begun(community)
		life, end := context.WithCancel(ctx)
		err := run(life, community, func(c check) { w.set(community, c) })
		end() // what it offered on the bus is not available any more
		w.set(community, idle)
		switch {
		case errors.Is(err, chain.ErrNoBlock):
			w.set(community, working)
		case hopeless(err) && ctx.Err() == nil:
			return w.aside(ctx, community, one, err)
		}
		w.ended(one, err, false)
		return err
	}
}

// measure shows whether a community's work goes on, from its first beginning until the process ends.
func (w *watch) measure(ctx context.Context, community string) {
	w.metrics.Watch(definitionReady, func() float64 {
		w.mu.Lock()
		check := w.works[community]
		w.mu.Unlock()
		if check(ctx) != nil {
			return 0
		}
		return 1
	}, w.name, community)
	w.metrics.Watch(definitionAside, func() float64 {
		w.mu.Lock()
		defer w.mu.Unlock()
		if one := w.told[community]; one != nil && one.aside {
			return 1
		}
		return 0
	}, w.name, community)
}

func (w *watch) set(community string, c check) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.works[community] = c
}

// working is the check of work that goes on for as long as it runs.
func working(context.Context) error { return nil }
