package runner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/decider/runner"
	"renlin.dev/pkg/fault"
)

// record is a community's record in memory, with its sequencer; each service sees it through a view of its own.
type record struct {
	mu      sync.Mutex
	moved   *sync.Cond
	machine *order.Machine
	raws    [][]byte
}

type view struct {
	*record
	service string
}

func fakeSign(h chain.Header) chain.Sealed {
	s := chain.Sealed{Header: h}
	hash := h.Hash()
	copy(s.Sig[:], hash[:])
	return s
}

func newRecord() *record {
	kinds := map[string][]string{}
	for _, m := range toy.Models() {
		kinds[m.Service] = m.OwnKinds()
	}
	r := &record{machine: order.New(order.Config{Epoch: 1, Sign: fakeSign, Kinds: kinds})}
	r.moved = sync.NewCond(&r.mu)
	return r
}

// Append judges a request and writes it in a block of its own.
func (v view) Append(_ context.Context, q *chain.Request) (*chain.Reply, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.machine.Admit(v.service, q, time.Now().UnixMilli()); !ok {
		return nil, chain.ErrBusy
	}
	verdicts := v.machine.Release()
	if raw, ok := v.machine.Seal(nil); ok {
		verdicts = v.machine.Confirm()
		v.raws = append(v.raws, raw)
		v.moved.Broadcast()
	}
	reply, err := verdicts[0].Reply(func(block uint64) ([]byte, error) { return v.raws[block], nil })
	if err != nil {
		return nil, err
	}
	if reply.Fault != nil {
		return nil, reply.Fault
	}
	return reply, nil
}

func (v view) Follow(ctx context.Context, from uint64, prev *chain.Sealed, fn func(*chain.Block, nats.Header) error) error {
	stop := context.AfterFunc(ctx, func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.moved.Broadcast()
	})
	defer stop()
	for n := from; ; n++ {
		v.mu.Lock()
		for uint64(len(v.raws)) <= n && ctx.Err() == nil {
			v.moved.Wait()
		}
		if ctx.Err() != nil {
			v.mu.Unlock()
			return ctx.Err()
		}
		raw := v.raws[n]
		v.mu.Unlock()
		b, err := chain.VerifyBlock(raw, prev)
		if err != nil {
			return err
		}
		if err := fn(b, nil); err != nil {
			return err
		}
		prev = &b.Sealed
	}
}

func (v view) End(context.Context) (uint64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.machine.Size(), nil
}

func (v view) Block(_ context.Context, number uint64) (*chain.Block, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if number >= uint64(len(v.raws)) {
		return nil, chain.ErrNoBlock
	}
	return chain.DecodeBlock(v.raws[number])
}

func noSignature(*chain.Signed, chain.Hash, chain.CommandID) error { return nil }

// start runs a runner until the test ends, or until stop is called, which gives Run's error.
func start(t *testing.T, cfg runner.Config) (r *runner.Runner, stop func() error) {
	t.Helper()
	cfg.Verify = noSignature
	r = runner.New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return r, stop
}

func command(t *testing.T, who, idem, operation string, body proto.Message) []byte {
	t.Helper()
	json, err := protojson.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	s := chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: idem, Body: json,
		Signatures: []chain.Signature{{Key: append(make([]byte, 32-len(who)), who...), Sig: make([]byte, 64)}},
	}
	if operation != "register.found" {
		s.NotAfter = time.Now().UnixMilli() + 600_000
	}
	raw, err := s.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func must(t *testing.T) func(decider.Result, error) decider.Result {
	return func(r decider.Result, err error) decider.Result {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
}

func TestRunnerDecidesAnswersAndTakesUpAgain(t *testing.T) {
	t.Parallel()
	rec, store := newRecord(), runner.File(filepath.Join(t.TempDir(), "register"))
	cfg := runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}, Snapshots: store, Build: "one"}
	blocks := 0
	cfg.OnBlock = func(_ context.Context, s *decider.State, b *chain.Block, changed []string) error {
		if s.Position() != b.First+uint64(b.Count) || len(changed) == 0 {
			t.Errorf("hook at position %d with %q", s.Position(), changed)
		}
		blocks++
		return nil
	}
	r, stop := start(t, cfg)
	if _, err := r.Do(t.Context(), command(t, "a", "1", "register.join", &toyv1.Join{})); !errors.Is(err, order.ErrUnfounded) {
		t.Errorf("before the founding: %v", err)
	}
	must(t)(r.Found(t.Context(), command(t, "f", "", "register.found", &toyv1.Found{Rules: 1})))
	wait(t, r, 1)
	join := command(t, "a", "1", "register.join", &toyv1.Join{})
	first := must(t)(r.Do(t.Context(), join))
	again := must(t)(r.Do(t.Context(), join))
	if !again.Repeated || again.Position != first.Position || len(again.Changed) != 1 || again.Changed[0] != first.Changed[0] {
		t.Errorf("repeat %+v, first %+v", again, first)
	}
	if _, err := r.Do(t.Context(), command(t, "a", "2", "register.join", &toyv1.Join{})); !errors.Is(err, toy.ErrMember) {
		t.Errorf("second join: %v", err)
	}
	digest := digestOf(t, r, first.Position)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Do(t.Context(), join); !errors.Is(err, fault.ErrUnavailable) || blocks != 2 {
		t.Errorf("after the stop: %v, %d blocks", err, blocks)
	}
	blocks = 0
	r, _ = start(t, cfg)
	if got := digestOf(t, r, first.Position); got != digest || blocks != 0 {
		t.Errorf("taken up from the snapshot, the state differs, or %d blocks were folded again", blocks)
	}
}

func wait(t *testing.T, r *runner.Runner, position uint64) {
	t.Helper()
	if err := r.Query(t.Context(), position, nil); err != nil {
		t.Fatal(err)
	}
}

func digestOf(t *testing.T, r *runner.Runner, position uint64) (digest chain.Hash) {
	t.Helper()
	err := r.Query(t.Context(), position, func(s *decider.State) {
		var err error
		if digest, err = s.Digest(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestSnapshotThatDoesNotFitIsPassedOver(t *testing.T) {
	t.Parallel()
	rec, path := newRecord(), filepath.Join(t.TempDir(), "register")
	cfg := runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}, Snapshots: runner.File(path), Build: "one"}
	r, stop := start(t, cfg)
	must(t)(r.Found(t.Context(), command(t, "f", "", "register.found", &toyv1.Found{Rules: 1})))
	wait(t, r, 1)
	must(t)(r.Do(t.Context(), command(t, "a", "1", "register.join", &toyv1.Join{})))
	digest := digestOf(t, r, 2)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	whole, err := runner.File(path).Load()
	if err != nil {
		t.Fatal(err)
	}
	other := newRecord()
	must(t)(found(t, other))
	for _, c := range []struct {
		name string
		raw  []byte
		rec  *record
		cfg  func(*runner.Config)
	}{
		{"whole", whole, rec, func(*runner.Config) {}},
		{"cut", whole[:len(whole)/2], rec, func(*runner.Config) {}},
		{"changed", bytes.Replace(whole, []byte(`"Points":10`), []byte(`"Points":99`), 1), rec, func(*runner.Config) {}},
		{"empty", nil, rec, func(*runner.Config) {}},
		{"another build", whole, rec, func(c *runner.Config) { c.Build = "two" }},
		{"another record", whole, other, func(*runner.Config) {}},
	} {
		cfg := cfg
		cfg.Snapshots = fixed(c.raw)
		cfg.Log = view{c.rec, toy.Register}
		folded := 0
		cfg.OnBlock = func(context.Context, *decider.State, *chain.Block, []string) error { folded++; return nil }
		c.cfg(&cfg)
		r, stop := start(t, cfg)
		end, _ := cfg.Log.End(t.Context())
		got := digestOf(t, r, end)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if (got == digest) != (c.rec == rec) || (folded == 0) != (c.name == "whole") {
			t.Errorf("%s: %d blocks folded", c.name, folded)
		}
	}
}

// TestSnapshotsGrowRare: the larger the state, the more commits lie between two snapshots; while a runner catches up there are few, and one
// when it has.
func TestSnapshotsGrowRare(t *testing.T) {
	t.Parallel()
	const commits = 130
	rec := newRecord()
	var saved saves
	cfg := runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}, Snapshots: &saved, SnapshotEvery: 4}
	behind := 0
	run := func() (r *runner.Runner, stop func() error) {
		saved = saves{}
		cfg.OnBlock = func(_ context.Context, s *decider.State, _ *chain.Block, _ []string) error {
			saved.at = s.Position()
			if r.Behind() {
				behind++
			}
			return nil
		}
		cfg.Verify = noSignature
		r = runner.New(cfg)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		return r, func() error { cancel(); return <-ended }
	}
	r, stop := run()
	must(t)(r.Found(t.Context(), command(t, "f", "", "register.found", &toyv1.Found{Rules: 1})))
	wait(t, r, 1)
	for n := range commits - 1 {
		must(t)(r.Do(t.Context(), command(t, fmt.Sprint("a", n), "1", "register.join", &toyv1.Join{})))
	}
	wait(t, r, commits)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	want := []uint64{4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 45, 50, 56, 63, 70, 78, 87, 97, 109, 122, commits}
	if !slices.Equal(saved.list, want) || behind != 0 {
		t.Errorf("saved at %d, behind %d times; want %d", saved.list, behind, want)
	}
	r, stop = run()
	wait(t, r, commits)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if want = []uint64{4, 16, 64, commits}; !slices.Equal(saved.list, want) || behind != commits-1 {
		t.Errorf("catching up, saved at %d, behind %d times; want %d", saved.list, behind, want)
	}
}

// saves notes where the state stood when it was saved, and keeps nothing.
type saves struct {
	at   uint64
	list []uint64
}

func (s *saves) Load() ([]byte, error) { return nil, nil }

func (s *saves) Save(func(io.Writer) error) error {
	s.list = append(s.list, s.at)
	return nil
}

func found(t *testing.T, rec *record) (decider.Result, error) {
	t.Helper()
	r, stop := start(t, runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}})
	defer func() { _ = stop() }()
	return r.Found(t.Context(), command(t, "g", "", "register.found", &toyv1.Found{Rules: 1}))
}

// fixed is a store that holds these bytes and forgets what it is given.
type fixed []byte

func (f fixed) Load() ([]byte, error)            { return f, nil }
func (f fixed) Save(func(io.Writer) error) error { return nil }

// TestWhatFollowsIsSentBeforePagesAreWritten: the block of the second that convenes is not done with before the meeting is on the record.
func TestWhatFollowsIsSentBeforePagesAreWritten(t *testing.T) {
	t.Parallel()
	rec := newRecord()
	register, _ := start(t, runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}})
	cfg := runner.Config{Model: toy.ForumModel(), Log: view{rec, toy.Forum}}
	late, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	seconds := 0
	cfg.OnBlock = func(_ context.Context, s *decider.State, _ *chain.Block, changed []string) error {
		if !slices.ContainsFunc(changed, func(path string) bool { return chain.KindOf(path) == "second" }) {
			return nil
		}
		if seconds++; seconds < 2 {
			return nil
		}
		return rec.beyond(late, s.Position())
	}
	forum, _ := start(t, cfg)
	must(t)(register.Found(t.Context(), command(t, "f", "", "register.found", &toyv1.Found{Rules: 1})))
	wait(t, register, 1)
	for _, who := range []string{"a", "b", "c"} {
		must(t)(register.Do(t.Context(), command(t, who, "1", "register.join", &toyv1.Join{})))
	}
	wait(t, forum, 4)
	topic := must(t)(forum.Do(t.Context(), command(t, "a", "2", "forum.post", &toyv1.Post{Matter: "trees"})))
	id := strings.TrimPrefix(topic.Changed[0], "topic/")
	for _, who := range []string{"b", "c"} {
		must(t)(forum.Do(t.Context(), command(t, who, "3", "forum.second", &toyv1.Second{Topic: id})))
	}
	wait(t, forum, 8)
	if seconds != 2 {
		t.Errorf("%d seconds were seen", seconds)
	}
}

// beyond waits until more is on the record than a position.
func (r *record) beyond(ctx context.Context, position uint64) error {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.moved.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.machine.Size() <= position {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.moved.Wait()
	}
	return nil
}
