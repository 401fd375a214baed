// Package host puts a service on the bus: its rules over a community's record, its commands and queries, its projection.
//
// In plain words: every service that decides is hosted the same way, so a service is its model and what it does beside. For each
// community the host starts a runner from its snapshot, keeps a projection in SQLite exactly as far as the runner has folded, and
// answers commands and queries once it has come to the record's end; until then nobody sees the projection, and it is written once.
// One that does not fit is rebuilt from the state; one that turns out to be damaged ends the community's work, and the next Run makes
// it anew. A query that asks for a position which is not folded yet waits, but not for long, and few wait at once: the rest of the
// service goes on.
package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/runner"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
)

// Config is what hosting one service needs.
type Config struct {
	Model *decider.Model
	Bus   *nats.Conn
	// Dir holds snapshots and projections; all of it may be deleted.
	Dir string
	// Build names this program: snapshots and projections of another are made anew, as are those of other types of state.
	Build string
	Log   *slog.Logger
	// Clock gives the time; nil means time.Now.
	Clock func() time.Time
	// After is asked, once a command's commit is durable, what to answer beside the receipt; may be nil.
	After func(ctx context.Context, community string, s *chain.Signed, answer *op.Answer) (json.RawMessage, error)
	// Looks are what else a community's state may be asked, by name, through op.Caller.Look. They run where the state's owner runs,
	// so they must be quick, and keep nothing of the state.
	Looks map[string]Look
	// Kept names those of Looks whose answers follow from state and question alone: a few are kept until the next commit.
	Kept []string
	// Worked are such questions whose answers take long to work out.
	Worked map[string]Worked
	// Folded is told at the start, before anything is answered, and after every block; may be nil. It must be quick. Its error
	// stops the community's work.
	Folded func(community string, state *decider.State) error
	// QueryWait bounds how long a query waits for a position that is not folded yet; 0 means 5 s.
	QueryWait time.Duration
	// Metrics takes what is counted and measured; nil takes nothing.
	Metrics *metrics.Registry
}

// ErrBehind: what the query wants to see is not folded here yet, or does not exist.
var ErrBehind = fault.New(fault.Unavailable, "record.behind",
	"The record has not come so far here yet; please try again.", "此处的记录尚未更新到该位置，请稍后再试。")

// waitersMax bounds the queries of a service that wait for a position. Anybody may ask for a position that will never be, so that must
// hold nobody up: a service works on many more requests at once.
const waitersMax = 128

// Look answers a question about the state.
type Look func(state *decider.State, question []byte) ([]byte, error)

// Host hosts one service for all its communities.
type Host struct {
	cfg     Config
	js      jetstream.JetStream
	svc     *op.Service
	waiters chan struct{}

	mu      sync.Mutex // guards tenants
	tenants map[string]*tenant
}

// New announces the service on the bus.
func New(cfg Config) (*Host, error) {
	if cfg.QueryWait == 0 {
		cfg.QueryWait = 5 * time.Second
	}
	js, err := jetstream.New(cfg.Bus)
	if err != nil {
		return nil, fmt.Errorf("host %s: %w", cfg.Model.Service, err)
	}
	svc, err := op.NewService(cfg.Bus, cfg.Model.Service)
	if err != nil {
		return nil, err
	}
	svc.LogTo(cfg.Log)
	svc.MeasureIn(cfg.Metrics)
	return &Host{cfg: cfg, js: js, svc: svc, waiters: make(chan struct{}, waitersMax), tenants: map[string]*tenant{}}, nil
}

// Service is the host's place on the bus, for what the service answers beside commands and queries.
func (h *Host) Service() *op.Service { return h.svc }

// Close takes the service off the bus.
func (h *Host) Close() error { return h.svc.Stop() }

// Ready answers nil while a community's work goes on and has come to the record's end.
func (h *Host) Ready(community string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tenants[community]; t == nil || !t.runner.Ready() {
		return fault.ErrUnavailable
	}
	return nil
}

// Position tells how far a community's record is folded here; 0 while it is not.
func (h *Host) Position(community string) uint64 {
	if t, err := h.tenant(community); err == nil {
		return t.runner.Position()
	}
	return 0
}

// Submit takes an encoded command for a community of this process's own, as one that came over the bus is taken, and answers when it is
// durable or refused.
func (h *Host) Submit(ctx context.Context, community string, raw []byte) error {
	t, err := h.tenant(community)
	if err != nil {
		return err
	}
	_, err = t.command(ctx, &op.Request{Community: community, Raw: raw})
	return err
}

// Look has fn look at a community's state where its owner runs, at the record's end: fn must be quick, and keep nothing of the state.
func (h *Host) Look(ctx context.Context, community string, fn func(state *decider.State)) error {
	t, err := h.tenant(community)
	if err != nil {
		return err
	}
	return t.runner.Query(ctx, 0, fn)
}

func (h *Host) tenant(community string) (*tenant, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.tenants[community]
	if t == nil {
		return nil, fault.ErrUnavailable
	}
	return t, nil
}

// CaughtUp waits until a community's work has come to what was the record's end when it began.
func (h *Host) CaughtUp(ctx context.Context, community string) error {
	return h.Look(ctx, community, nil)
}

// Run serves one community until ctx ends, which is no error, or until it cannot go on; then it may be called again. It must not run
// twice at once for one community.
func (h *Host) Run(ctx context.Context, community string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	t := &tenant{Host: h, community: community, stop: cancel}
	r := runner.New(runner.Config{
		Model: h.cfg.Model, Log: runner.NewLog(h.js, community, h.cfg.Model.Service, nil), Build: h.cfg.Build, Clock: h.cfg.Clock,
		Snapshots: runner.File(filepath.Join(h.cfg.Dir, community, h.cfg.Model.Service+".snapshot")),
		OnStart:   t.start, OnBlock: t.folded, Logger: h.cfg.Log, Metrics: h.cfg.Metrics,
	})
	t.runner = r
	defer t.close()
	defer t.measure(h.cfg.Metrics)()
	h.mu.Lock()
	h.tenants[community] = t
	h.mu.Unlock()
	if err := h.svc.Commands(ctx, community, t.command); err != nil {
		return err
	}
	if err := h.svc.Queries(ctx, community, t.query); err != nil {
		return err
	}
	for name, look := range h.cfg.Looks {
		if slices.Contains(h.cfg.Kept, name) {
			look = keeping(look)
		}
		if err := h.svc.Looks(ctx, community, name, t.look(look)); err != nil {
			return err
		}
	}
	for name, worked := range h.cfg.Worked {
		if err := h.svc.Looks(ctx, community, name, t.worked(worked)); err != nil {
			return err
		}
	}
	err := r.Run(ctx)
	if cause := context.Cause(ctx); errors.Is(cause, projection.ErrDamaged) {
		return errors.Join(cause, err)
	}
	return err
}

// tenant is one community's share of a host. shown is set by start, before any query can pass the runner.
type tenant struct {
	*Host
	community string
	runner    *runner.Runner
	shown     *shown
	projected atomic.Uint64 // position of the projection
	writing   metrics.Measure
	stop      context.CancelCauseFunc
}

func (t *tenant) close() {
	if t.shown != nil {
		if err := t.shown.Close(); err != nil {
			t.cfg.Log.Warn("projection was not closed cleanly", "community", t.community, "err", err)
		}
	}
}

// start opens the projection and brings it to where the state stands. The genesis hash is not known before the first block of an
// empty record; the community's name binds the file as well.
func (t *tenant) start(ctx context.Context, state *decider.State) error {
	var genesis chain.Hash
	copy(genesis[:], t.community)
	path := filepath.Join(t.cfg.Dir, t.community, t.cfg.Model.Service+".sqlite")
	p, err := projection.Open(path, genesis, t.cfg.Build+" "+t.cfg.Model.Shape())
	if err != nil {
		return err
	}
	t.shown = &shown{Store: p, changed: map[string]struct{}{}}
	if err := t.shown.begin(ctx, state, t.runner.Behind()); err != nil {
		return err
	}
	t.settled(state)
	return t.tell(state)
}

// folded takes a block into the projection. What was begun is finished, also while the process stops.
func (t *tenant) folded(ctx context.Context, state *decider.State, _ *chain.Block, changed []string) error {
	began := time.Now()
	err := telemetry.Do(context.WithoutCancel(ctx), t.cfg.Model.Service+" project", func(ctx context.Context) error {
		return t.shown.take(ctx, state, changed, t.runner.Behind())
	})
	if err != nil {
		return err
	}
	if t.settled(state) {
		t.writing.Observe(time.Since(began).Seconds())
	}
	return t.tell(state)
}

// settled tells whether the projection stands where the state does, and notes it: it does not while the runner catches up.
func (t *tenant) settled(state *decider.State) bool {
	if t.runner.Behind() {
		return false
	}
	t.projected.Store(state.Position())
	return true
}

func (t *tenant) tell(state *decider.State) error {
	if t.cfg.Folded == nil {
		return nil
	}
	return t.cfg.Folded(t.community, state)
}

// command is the endpoint of commands.
func (t *tenant) command(ctx context.Context, request any) (any, error) {
	raw := request.(*op.Request).Raw
	result, err := t.runner.Do(ctx, raw)
	if err != nil {
		return nil, err
	}
	if result.Fault != nil {
		return nil, result.Fault
	}
	a := &op.Answer{Position: result.Position, Changed: result.Changed, Repeated: result.Repeated}
	if result.Position > 0 {
		a.Index = result.Position - 1
	}
	if result.Receipt != nil {
		a.Block, a.Time, a.Receipt = result.Receipt.Number, result.Receipt.Time, result.Receipt.Encode()
	}
	if t.cfg.After != nil {
		s, err := chain.DecodeSigned(raw)
		if err != nil {
			return nil, chain.ErrMalformed.Because(err)
		}
		if a.Extra, err = t.cfg.After(ctx, t.community, s, a); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// query is the endpoint of queries: it waits for the runner, then reads the projection, which is never behind it.
func (t *tenant) query(ctx context.Context, request any) (any, error) {
	q := request.(*op.Query)
	if err := t.await(ctx, q.MinPosition); err != nil {
		return nil, err
	}
	page, err := t.shown.Query(ctx, q)
	switch {
	case errors.Is(err, projection.ErrDamaged):
		t.stop(err) // whoever runs this community's work begins it again, with a projection made anew
		return nil, fault.ErrUnavailable.Because(err)
	case err != nil && !t.runner.Ready(): // it was closed meanwhile
		return nil, fault.ErrUnavailable.Because(err)
	case err != nil:
		return nil, err
	}
	return page, nil
}

// await lets the runner come to a position.
func (t *tenant) await(ctx context.Context, position uint64) error {
	if position <= t.runner.Position() {
		return t.runner.Query(ctx, position, nil)
	}
	select {
	case t.waiters <- struct{}{}:
		defer func() { <-t.waiters }()
	default:
		return fault.ErrBusy
	}
	short, cancel := context.WithTimeout(ctx, t.cfg.QueryWait)
	defer cancel()
	err := t.runner.Query(short, position, nil)
	if kind, ok := fault.KindOf(err); ok && kind == fault.Timeout && ctx.Err() == nil {
		return ErrBehind.Because(err)
	}
	return err
}

// look is a question's handler.
func (t *tenant) look(fn Look) func(ctx context.Context, question []byte) ([]byte, error) {
	return func(ctx context.Context, question []byte) (out []byte, err error) {
		looked := t.runner.Query(ctx, 0, func(state *decider.State) { out, err = fn(state, question) })
		if looked != nil {
			return nil, looked
		}
		return out, err
	}
}
