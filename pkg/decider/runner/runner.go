// Package runner connects a service's rules to a community's record: it owns the goroutine, the clock and the queues around a
// decider.Instance.
//
// The rules, in plain words: one goroutine owns the instance, and everything reaches it through bounded queues; where one is full
// the answer is "busy", at once. A runner starts from a snapshot if that fits the record, else from its beginning; until it has
// come to the record's end it answers nothing. It stops for good when the record contradicts itself or is judged by rules that it
// does not know. Requests to the sequencer may be sent several times and are done once.
package runner

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
)

// Config is what a Runner is made of. Model and Log are needed; the zero value of everything else is usable.
type Config struct {
	Model *decider.Model
	Log   Log
	// Snapshots keeps the state between runs; nil folds the record from its beginning at every start.
	Snapshots Store
	// SnapshotEvery is after how many commits one is written at the soonest; 0 means 50000. The longer the record, the larger the
	// state is and the more lie between two. One is written at a clean stop, too.
	SnapshotEvery uint64
	// Build names this program; a snapshot of another build is not used, for another build may fold differently.
	Build string
	// Verify checks signatures; nil checks as the format says.
	Verify decider.Verifier
	// Clock gives the time; nil means time.Now. It may jump: only waiting by wall time suffers.
	Clock func() time.Time
	// Salt gives the commits' random bytes; nil means crypto/rand.
	Salt func() [16]byte
	// OnStart is called once with the state from the snapshot, before the first block; on the owner's goroutine.
	OnStart func(ctx context.Context, state *decider.State) error
	// OnBlock is called after each block with what it changed, on the owner's goroutine: projections. ctx is quiet until the
	// record's end is reached. An error stops the runner.
	OnBlock func(ctx context.Context, state *decider.State, b *chain.Block, changed []string) error
	// QueueMax bounds the commands that wait for the owner; 0 means 4096.
	QueueMax int
	// PolicyDelay leaves due demands to others for so long: above 0 for a standby.
	PolicyDelay time.Duration
	Logger      *slog.Logger
	// Metrics takes what is counted and measured; nil takes nothing.
	Metrics *metrics.Registry
}

func (c *Config) fill() {
	if c.SnapshotEvery == 0 {
		c.SnapshotEvery = 50_000
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Salt == nil {
		c.Salt = func() (salt [16]byte) {
			_, _ = rand.Read(salt[:]) // never fails: the program would have stopped
			return salt
		}
	}
	if c.QueueMax == 0 {
		c.QueueMax = 4096
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}

// Runner runs one model over one community's record. Its methods may be called from any goroutine while Run runs.
type Runner struct {
	cfg      Config
	commands chan decider.Submission
	work     chan func() // replies and queries
	blocks   chan block
	done     chan struct{} // closed when Run returns
	genesis  atomic.Pointer[chain.Hash]
	position atomic.Uint64
	ready    atomic.Bool
	owed     atomic.Pointer[Owed]
	meter    meter

	// Everything below belongs to Run's goroutine.
	inst    *decider.Instance
	end     uint64 // of the record when the run began
	saved   uint64 // position of the newest snapshot
	appends context.Context
	folds   []folded // the last ones that were recorded, oldest first
}

type block struct {
	*chain.Block
	header nats.Header
}

// workMax and blocksMax bound what waits for the owner beside commands. Who brings more waits.
const (
	workMax   = 1024
	blocksMax = 256
)

// New makes a runner. Nothing happens before Run.
func New(cfg Config) *Runner {
	cfg.fill()
	return &Runner{
		cfg: cfg, commands: make(chan decider.Submission, cfg.QueueMax), work: make(chan func(), workMax),
		blocks: make(chan block, blocksMax), done: make(chan struct{}), meter: newMeter(cfg.Metrics, cfg.Model),
	}
}

// Model gives the rules that the runner judges by.
func (r *Runner) Model() *decider.Model { return r.cfg.Model }

// Position tells how many commits are folded.
func (r *Runner) Position() uint64 { return r.position.Load() }

// Ready tells whether the runner has come to the record's end and runs.
func (r *Runner) Ready() bool { return r.ready.Load() && !r.stopped() }

func (r *Runner) stopped() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Genesis gives the community's genesis hash; false before it is founded, or known here.
func (r *Runner) Genesis() (chain.Hash, bool) {
	if g := r.genesis.Load(); g != nil {
		return *g, true
	}
	return chain.Hash{}, false
}

// Do judges a command and waits for its answer: the result of a durable commit, or a fault. When ctx ends first, nobody knows;
// the same command may be sent again and is done once.
func (r *Runner) Do(ctx context.Context, raw []byte) (decider.Result, error) {
	genesis, ok := r.Genesis()
	if !ok {
		return decider.Result{}, order.ErrUnfounded
	}
	a, err := r.cfg.Model.Admit(genesis, raw, r.cfg.Verify)
	if err != nil {
		return decider.Result{}, err
	}
	return r.submit(ctx, a)
}

// Found is Do for the founding command.
func (r *Runner) Found(ctx context.Context, raw []byte) (decider.Result, error) {
	a, err := r.cfg.Model.AdmitGenesis(raw, r.cfg.Verify)
	if err != nil {
		return decider.Result{}, err
	}
	return r.submit(ctx, a)
}

func (r *Runner) submit(ctx context.Context, a *decider.Admitted) (result decider.Result, err error) {
	began := time.Now()
	defer func() { r.meter.command(a.Operation.Name, began, result.Repeated, err) }()
	if a.Operation.Nameless() {
		ctx = telemetry.Untraced(ctx)
	}
	return telemetry.Trace(ctx, a.Operation.Name, func(ctx context.Context) (decider.Result, error) {
		answer := make(chan decider.Result, 1)
		s := decider.Submission{Command: a, Tag: ctx, Reply: func(result decider.Result) { answer <- result }}
		if r.stopped() {
			return decider.Result{}, fault.ErrUnavailable
		}
		select {
		case r.commands <- s:
		default:
			return decider.Result{}, fault.ErrBusy
		}
		select {
		case result := <-answer:
			return r.complete(ctx, result)
		case <-ctx.Done():
			return decider.Result{}, fault.ErrTimeout.Because(ctx.Err())
		case <-r.done:
			return decider.Result{}, chain.ErrRetry
		}
	}, commandAttributes(a)...)
}

// complete looks up what a repeat changed the first time, so that it is answered alike.
func (r *Runner) complete(ctx context.Context, result decider.Result) (decider.Result, error) {
	if result.Fault != nil {
		return result, result.Fault
	}
	if result.Changed != nil || result.Receipt == nil {
		return result, nil
	}
	b, err := r.cfg.Log.Block(ctx, result.Receipt.Number)
	if err != nil {
		return result, fault.ErrUnavailable.Because(err)
	}
	at := result.Receipt.Index - b.First
	if result.Receipt.Index < b.First || at >= uint64(len(b.Commits)) {
		return result, fault.ErrInternal.Because(errors.New("receipt names a commit that its block does not hold"))
	}
	c, err := chain.DecodeCommit(b.Commits[at])
	if err != nil {
		return result, fault.ErrInternal.Because(err)
	}
	for i := range c.Changes {
		result.Changed = append(result.Changed, c.Changes[i].Aggregate)
	}
	return result, nil
}

// Run follows the record and answers commands until ctx ends, which is no error, or until it cannot go on. It may be called
// once.
func (r *Runner) Run(ctx context.Context) error {
	defer close(r.done)
	state, err := r.load(ctx)
	if err != nil {
		return err
	}
	r.inst = decider.NewInstance(decider.Config{
		Model: r.cfg.Model, Salt: r.cfg.Salt, PolicyDelayMS: r.cfg.PolicyDelay.Milliseconds(),
		Trouble: func(operation string, err error) {
			r.cfg.Logger.ErrorContext(ctx, "rule could not be carried out", "operation", operation, "err", err)
		},
	}, state)
	if r.end, err = r.cfg.Log.End(ctx); err != nil {
		return fmt.Errorf("find end of record: %w", err)
	}
	if r.cfg.OnStart != nil {
		if err := r.cfg.OnStart(ctx, state); err != nil {
			return fmt.Errorf("start %s: %w", r.cfg.Model.Service, err)
		}
	}
	r.inst.Head(r.end)
	r.note(ctx)
	err = r.loop(ctx)
	r.inst.Close()
	if err == nil {
		err = r.snapshot()
	}
	return err
}

// Behind tells whether blocks are still to come that were on the record when the run began: until then nothing is answered. Only OnStart
// and OnBlock may ask.
func (r *Runner) Behind() bool { return r.inst.State().Position() < r.end }

// tick is how often an idle runner looks for what is due.
const tick = 20 * time.Millisecond

// loop is the owner of the instance.
func (r *Runner) loop(ctx context.Context) error {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	r.appends = inner
	followed := make(chan error, 1)
	go func() { followed <- r.follow(inner) }()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-followed:
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("follow record: %w", err)
		case b := <-r.blocks:
			if err := r.fold(ctx, b); err != nil {
				return err
			}
		case s := <-r.commands:
			r.inst.Submit(r.now(), s)
		case fn := <-r.work:
			fn()
		case <-ticker.C:
			r.lookAtOwed()
		}
		r.inst.Tick(r.now())
		r.send()
	}
}

// send lets go what the instance has for the sequencer.
func (r *Runner) send() {
	for _, o := range r.inst.Outbox() {
		go r.append(o, r.causes(o))
	}
}

func (r *Runner) now() int64 { return r.cfg.Clock().UnixMilli() }

// follow hands verified blocks to the owner.
func (r *Runner) follow(ctx context.Context) error {
	head := r.inst.State().Head() // read before the owner's first block: follow is started by the owner
	from := uint64(0)
	if head != nil {
		from = head.Number + 1
	}
	return r.cfg.Log.Follow(ctx, from, head, func(b *chain.Block, header nats.Header) error {
		select {
		case r.blocks <- block{b, header}:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// fold takes one block into the state, in a span of its own that points back to the commands it was made of. What follows from the block is
// on its way before pages are written of it: who is asked in another's place does not wait for a disk. Who waits to see the block does.
func (r *Runner) fold(ctx context.Context, b block) error {
	if !r.ready.Load() {
		ctx = telemetry.Quiet(ctx)
	}
	ctx, span := chain.StartFold(ctx, r.cfg.Model.Service+" fold", &b.Sealed, b.header)
	r.remember(b.First, uint64(b.Count), span)
	err := r.inst.ApplyBlock(r.now(), b.Block)
	if err == nil {
		r.inst.SubmitDue(r.now())
		r.send()
	}
	if err == nil && r.cfg.OnBlock != nil {
		err = r.hook(ctx, b)
	}
	telemetry.End(span, err)
	if err != nil {
		return fmt.Errorf("fold block %d: %w", b.Number, err)
	}
	if r.ready.Load() {
		r.meter.folded(r.now() - b.Time)
	}
	r.note(ctx)
	if r.position.Load() >= r.saved+r.stretch() {
		if err := r.snapshot(); err != nil {
			r.cfg.Logger.ErrorContext(ctx, "snapshot was not written", "err", err)
			r.saved = r.position.Load() // try again after the next stretch
		}
	}
	return nil
}

// hook calls OnBlock. A panic there ends this runner, as one of the rules does, and nobody else.
func (r *Runner) hook(ctx context.Context, b block) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", decider.ErrFold, p)
		}
	}()
	state := r.inst.State()
	return r.cfg.OnBlock(ctx, state, b.Block, state.Changed())
}

// note tells other goroutines how far the owner has come.
func (r *Runner) note(ctx context.Context) {
	state := r.inst.State()
	if head := state.Head(); head != nil && r.genesis.Load() == nil {
		r.genesis.Store(&head.Genesis)
	}
	r.position.Store(state.Position())
	if state.Position() >= r.end && !r.ready.Load() {
		r.ready.Store(true)
		r.cfg.Logger.InfoContext(ctx, "at the end of the record", "position", state.Position())
	}
}

// appendTimeout bounds one copy of a request; the instance sends another if it needs to.
const appendTimeout = 5 * time.Second

// append sends one request and brings the reply to the owner.
func (r *Runner) append(o *decider.Outgoing, causes []trace.SpanContext) {
	ctx, span := telemetry.Start(below(r.appends, o), r.cfg.Model.Service+" "+askNames[o.Request.Ask], appendOptions(o, causes)...)
	ctx, cancel := context.WithTimeout(ctx, appendTimeout)
	defer cancel()
	reply, err := r.cfg.Log.Append(ctx, o.Request)
	telemetry.End(span, err)
	if err != nil {
		if _, ok := fault.KindOf(err); !ok {
			err = chain.ErrRetry.Because(err)
		}
		reply = &chain.Reply{Fault: err}
	}
	select {
	case r.work <- func() { r.inst.Replied(r.now(), o.Handle, reply) }:
	case <-r.appends.Done():
	}
}
