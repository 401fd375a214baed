package matching

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/telemetry/metrics"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/proposing"
)

// Planner is the operator's program that plans by itself.
//
// Its rules, in plain words: after every fact that a plan could rest on it works a plan out again, and keeps it ready for officers who ask.
// Where two organisations have let programs plan (matching.set_mode) and its own key is that of a member who is an operator, it signs the
// plan and sends it; otherwise it leaves the record alone. A plan that is refused is worked out again on what is on the record by then.
// It decides nothing: what it sends is judged like everybody's plan. Nothing of it lies on a disk but its key, so a crash at any line costs
// the plan that was being made.
//
// Several may plan for one community: the plans of one conflict with the other's at the offers, and whoever comes second plans what is
// left.
type Planner struct {
	cfg   PlannerConfig
	meter plannerMeter

	mu   sync.Mutex // guards desk
	desk map[string]*planning
}

// PlannerConfig is what a planner needs. Key may be nil: then it never sends anything.
type PlannerConfig struct {
	// Key is the program's own device key.
	Key  ed25519.PrivateKey
	Rand io.Reader
	// Now gives ms since the Unix epoch.
	Now func() int64
	// Look has fn look at a community's state where its owner runs; fn must be quick and keep nothing.
	Look func(ctx context.Context, community string, fn func(s *decider.State)) error
	// Submit sends an encoded command to this service and answers when it is durable or refused.
	Submit func(ctx context.Context, community string, raw []byte) error
	Log    *slog.Logger
	// Metrics takes what is counted; nil takes nothing.
	Metrics *metrics.Registry
}

// planning is the work for one community.
type planning struct {
	wake chan struct{} // holds one: there is news

	mu      sync.Mutex // guards what follows
	changed uint64     // position of the last fact that a plan could rest on
	ready   *ready     // the newest plan; nil for none
	owed    time.Time  // since when something waits that a plan is allowed for and does not bring; zero for nothing
}

// ready is a plan that was worked out, and up to where and when it had looked.
type ready struct {
	position uint64
	at       int64
	plan     *matchingv1.AdoptPlan // nil when there was nothing to plan
	answer   []byte
}

// Times of the planner's.
const (
	// readyMillis is how long a plan is ready for whoever asks: costs grow with waiting.
	readyMillis = 30_000
	// againInterval is when it is looked again although nothing happened: people have waited longer, and some answer again.
	againInterval = 30 * time.Second
	// restParts has a planner rest so many times as long as its last plan took: a busy record leaves it no more than a part of a processor.
	restParts = 4
	// After a refusal the next try waits, longer each time.
	retryMin = 50 * time.Millisecond
	retryMax = 10 * time.Second
)

// NewPlanner makes a planner, which begins by what Folded and Serve tell it.
func NewPlanner(cfg PlannerConfig) *Planner {
	return &Planner{cfg: cfg, meter: newPlannerMeter(cfg.Metrics), desk: map[string]*planning{}}
}

func (p *Planner) at(community string) *planning {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.desk[community] == nil {
		p.desk[community] = &planning{wake: make(chan struct{}, 1)}
	}
	return p.desk[community]
}

// Folded is told by the host of every block. It marks what it has ready as outdated if the block changed what a plan could rest on, and
// wakes the planner; that is all it does, for the state's owner waits.
func (p *Planner) Folded(community string, s *decider.State) error {
	if !concerns(s.Changed()) {
		return nil
	}
	w := p.at(community)
	w.mu.Lock()
	w.changed = s.Position()
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // it is to look already
	}
	return nil
}

// concerns tells whether one of the aggregates is of a kind that a plan or its being let depends on.
func concerns(changed []string) bool {
	for _, path := range changed {
		switch chain.KindOf(path) {
		case "need", "provider", "offer", "conduct", "mode", "rulebook", "key", "member":
			return true
		}
	}
	return false
}

// Serve plans for one community until ctx ends.
func (p *Planner) Serve(ctx context.Context, community string) error {
	w := p.at(community)
	defer p.meter.watch(w, community)()
	retry := retryMin
	for {
		began := time.Now()
		sent, err := p.step(ctx, community, w)
		took := time.Since(began)
		wait, heed := againInterval, w.wake
		switch {
		case errors.Is(err, errLook): // the service does not work for the community yet, or not any more; that is told by /readyz
			wait, heed = retryMin, nil
		case err != nil && ctx.Err() == nil:
			p.meter.failed(err)
			p.cfg.Log.Warn("plan was not adopted", "community", community, "err", err)
			wait, heed, retry = retry, nil, min(2*retry, retryMax)
		case err == nil:
			retry = retryMin
			if sent {
				p.meter.adopted()
			}
			if !pause(ctx, restParts*took, nil) {
				return nil
			}
		}
		if !pause(ctx, wait, heed) {
			return nil
		}
	}
}

// pause waits so long, or until there is news; false when ctx has ended.
func pause(ctx context.Context, d time.Duration, news <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
	case <-news:
	}
	return true
}

// seen is what a planner takes from the state to work on beside it.
type seen struct {
	input    *proposing.Input
	genesis  chain.Hash
	position uint64
	let      bool // a plan of its own would be heard
}

// step works a plan out, keeps it, and sends it where it may.
func (p *Planner) step(ctx context.Context, community string, w *planning) (sent bool, err error) {
	var now seen
	began := time.Now()
	if err := p.cfg.Look(ctx, community, func(s *decider.State) { now = p.see(s) }); err != nil {
		return false, fmt.Errorf("%w: %w", errLook, err)
	}
	if now.input == nil { // nothing is founded yet
		return false, nil
	}
	made, err := work(now.input, now.position)
	if err != nil {
		return false, fmt.Errorf("work out a plan: %w", err)
	}
	p.meter.took(time.Since(began))
	w.keep(made)
	if made.plan == nil || !now.let {
		w.owe(false)
		return false, nil
	}
	w.owe(true)
	raw, err := p.sign(now.genesis, made.plan)
	if err != nil {
		return false, err
	}
	if err := p.cfg.Submit(ctx, community, raw); err != nil {
		return false, fmt.Errorf("send a plan: %w", err)
	}
	w.owe(false)
	return true, nil
}

// see takes what a plan is worked out from. What it keeps is its own.
func (p *Planner) see(s *decider.State) seen {
	head := s.Head()
	if head == nil {
		return seen{}
	}
	now := p.cfg.Now()
	return seen{input: inputOf(s, now), genesis: head.Genesis, position: s.Position(), let: p.let(s, now)}
}

// let tells whether the record says that a plan of this program's own would be heard now.
func (p *Planner) let(s *decider.State, now int64) bool {
	mode := decider.Peek[dispatch.Dispatching](s, dispatch.ModePath)
	if p.cfg.Key == nil || mode == nil || now >= mode.Until ||
		mode.Mode != matchingv1.Mode_MODE_EMERGENCY && mode.Mode != matchingv1.Mode_MODE_VETO {
		return false
	}
	key := decider.Peek[standing.Key](s, "key/"+chain.KeyID(chain.Public(p.cfg.Key)))
	if key == nil || key.Revoked {
		return false
	}
	m := decider.Peek[standing.Member](s, "member/"+key.Member)
	return m != nil && !m.Revoked && m.Holds(communityv1.Role_ROLE_OPERATOR)
}

// keep makes a plan the one that is ready.
func (w *planning) keep(r *ready) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ready = r
}

// owe notes whether something waits that could be planned and is not.
func (w *planning) owe(something bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !something:
		w.owed = time.Time{}
	case w.owed.IsZero():
		w.owed = time.Now()
	}
}

// overdue gives for how long that has been so.
func (w *planning) overdue() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.owed.IsZero() {
		return 0
	}
	return time.Since(w.owed)
}

// current gives what is ready, if nothing has happened since that it could rest on; nil otherwise.
func (w *planning) current(now int64) *ready {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.ready; r != nil && r.position >= w.changed && r.at <= now && now-r.at < readyMillis {
		return r
	}
	return nil
}

// Begin gives an officer the plan that is ready, or, if something has just happened, begins one; see BeginProposal.
func (p *Planner) Begin(s *decider.State, question []byte) (things int, finish func() ([]byte, error), err error) {
	var q ProposalQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return 0, nil, err
	}
	if head := s.Head(); head != nil {
		if r := p.at(chain.CommunityID(head.Genesis)).current(q.Now); r != nil {
			return 0, func() ([]byte, error) { return r.answer, nil }, nil
		}
	}
	return BeginProposal(s, question)
}

// sign makes the command of the program's device, under a name that says nothing.
func (p *Planner) sign(genesis chain.Hash, plan *matchingv1.AdoptPlan) ([]byte, error) {
	body, err := protojson.Marshal(plan)
	if err != nil {
		return nil, fmt.Errorf("encode a plan: %w", err)
	}
	var name [16]byte
	if _, err := io.ReadFull(p.cfg.Rand, name[:]); err != nil {
		return nil, fmt.Errorf("name a plan: %w", err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: "matching.adopt_plan", Contract: 1, IdempotencyKey: hex.EncodeToString(name[:]),
		NotAfter: p.cfg.Now() + planNotAfterMillis, Body: body,
	}
	if err := s.Sign(genesis, chain.AuthorDevice, p.cfg.Key); err != nil {
		return nil, fmt.Errorf("sign a plan: %w", err)
	}
	raw, err := s.Encode(nil)
	if err != nil {
		return nil, fmt.Errorf("encode a plan's command: %w", err)
	}
	return raw, nil
}

// planNotAfterMillis is how long the record may take to accept a plan: later it would be another.
const planNotAfterMillis = 60_000

var errLook = errors.New("look at the record")

// outcome is what a refusal is counted under.
func outcome(err error) string { return fault.Of(err).Code }
