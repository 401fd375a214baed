package runner_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/decider/runner"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

// bus is a community on a real server: its stream, and a sequencer that answers one request after another.
type bus struct {
	js        jetstream.JetStream
	community string
	rec       *record
}

func newBus(t *testing.T) *bus {
	t.Helper()
	server := natstest.Run(t)
	nc := server.Connect(t)
	b := &bus{js: server.JetStream(t), rec: newRecord()}
	must(t)(found(t, b.rec))
	b.community = chain.CommunityID(b.rec.machine.Genesis())
	_, err := b.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: chain.StreamName(b.community), Subjects: []string{chain.BlockSubject(b.community)}, Storage: jetstream.FileStorage,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.publish(t, 0, "")
	_, err = nc.Subscribe(chain.AppendSubject(b.community, "*"), func(msg *nats.Msg) { b.serve(t, msg) })
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// publish puts a block on the stream.
func (b *bus) publish(t *testing.T, number int, traceparent string) {
	msg := &nats.Msg{Subject: chain.BlockSubject(b.community), Data: b.rec.raws[number]}
	if traceparent != "" {
		msg.Header = nats.Header{chain.TraceHeader: {chain.TraceValue(0, traceparent)}}
	}
	if _, err := b.js.PublishMsg(context.WithoutCancel(t.Context()), msg); err != nil {
		t.Errorf("publish: %v", err)
	}
}

func (b *bus) serve(t *testing.T, msg *nats.Msg) {
	q, err := chain.DecodeRequest(msg.Data)
	if err != nil {
		t.Errorf("request: %v", err)
		return
	}
	before := len(b.rec.raws)
	service := msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:]
	reply, err := view{b.rec, service}.Append(t.Context(), q)
	if err != nil {
		reply = &chain.Reply{Fault: err}
	}
	if len(b.rec.raws) > before {
		b.publish(t, before, telemetry.Traceparent(telemetry.ExtractNATS(t.Context(), msg.Header)))
	}
	if err := msg.Respond(reply.Encode()); err != nil {
		t.Errorf("respond: %v", err)
	}
}

func TestRunnerOverNATSAndItsTrace(t *testing.T) {
	t.Parallel()
	b, rec := newBus(t), teltest.New(t)
	log := runner.NewLog(b.js, b.community, toy.Register, nil)
	r := runner.New(runner.Config{Model: toy.RegisterModel(), Log: log, Verify: noSignature})
	ctx, cancel := context.WithCancel(rec.Context(t.Context()))
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	if err := r.Query(t.Context(), 1, func(s *decider.State) {
		if !r.Ready() || s.Position() != 1 {
			t.Errorf("at position %d, ready: %v", s.Position(), r.Ready())
		}
	}); err != nil {
		t.Fatal(err)
	}
	result := must(t)(r.Do(ctx, command(t, "a", "1", "register.join", &toyv1.Join{})))
	if err := r.Query(t.Context(), result.Position, nil); err != nil {
		t.Fatal(err)
	}
	rec.Wait(t, "register fold", 1)
	want := "register.join\n  register append\n    ~ register fold\n"
	if diff := cmp.Diff(want, teltest.Tree(t, rec.Spans())); diff != "" {
		t.Error(diff)
	}
	end, err := log.End(t.Context())
	if err != nil || end != 2 {
		t.Errorf("end %d, %v", end, err)
	}
	if _, err := log.Block(t.Context(), 9); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("block 9: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestEndBeforeAHole: a record whose newest block was lost ends before it.
func TestEndBeforeAHole(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	b.publish(t, 0, "") // once more, as block 1
	stream, err := b.js.Stream(t.Context(), chain.StreamName(b.community))
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	log := runner.NewLog(b.js, b.community, toy.Register, nil)
	if end, err := log.End(t.Context()); end != 1 || err != nil {
		t.Errorf("end %d, %v", end, err)
	}
}

func TestLogOfNobodysCommunity(t *testing.T) {
	t.Parallel()
	log := runner.NewLog(natstest.Run(t).JetStream(t), "nowhere", toy.Register, nil)
	if end, err := log.End(t.Context()); end != 0 || err != nil {
		t.Errorf("end %d, %v", end, err)
	}
	if _, err := log.Block(t.Context(), 0); !errors.Is(err, chain.ErrNoBlock) {
		t.Errorf("block 0: %v", err)
	}
}

// TestRunnerStopsWhereItMust: at rules that it does not know, and when a hook fails.
func TestRunnerStopsWhereItMust(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk is full")
	for _, c := range []struct {
		name string
		cfg  func(*runner.Config)
		want error
	}{
		{"unknown rules", func(c *runner.Config) { c.Model = decider.NewModel(toy.Register, []uint32{7}) }, decider.ErrRules},
		{"hook", func(c *runner.Config) {
			c.OnBlock = func(context.Context, *decider.State, *chain.Block, []string) error { return broken }
		}, broken},
		{"start", func(c *runner.Config) { c.OnStart = func(context.Context, *decider.State) error { return broken } }, broken},
	} {
		rec := newRecord()
		must(t)(found(t, rec))
		cfg := runner.Config{Model: toy.RegisterModel(), Log: view{rec, toy.Register}}
		c.cfg(&cfg)
		r := runner.New(cfg)
		if err := r.Run(t.Context()); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if r.Ready() {
			t.Errorf("%s: still ready", c.name)
		}
	}
}

// TestCallerWhoGivesUpIsLetGo, and what they wanted to look at is not looked at any more.
func TestCallerWhoGivesUpIsLetGo(t *testing.T) {
	t.Parallel()
	rec := newRecord()
	must(t)(found(t, rec))
	r, _ := start(t, runner.Config{Model: toy.RegisterModel(), Log: silent{view{rec, toy.Register}}})
	wait(t, r, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Do(ctx, command(t, "a", "1", "register.join", &toyv1.Join{})); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a command: %v", err)
	}
	if err := r.Query(ctx, 99, func(*decider.State) { t.Error("looked after all") }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a query: %v", err)
	}
}

// silent is a record whose sequencer never answers.
type silent struct{ view }

func (silent) Append(ctx context.Context, _ *chain.Request) (*chain.Reply, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
