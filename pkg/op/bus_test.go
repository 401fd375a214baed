package op_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

// bus is a server with one service on it and a caller beside.
type bus struct {
	*natstest.Server
	service *op.Service
	caller  *op.Caller
	nc      *nats.Conn // the caller's
}

func newBus(t *testing.T) *bus {
	t.Helper()
	s := natstest.Run(t)
	service, err := op.NewService(s.Connect(t), "proposal")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Stop() }) // some tests stop it themselves
	nc := s.Connect(t)
	return &bus{Server: s, service: service, caller: op.NewCaller(nc), nc: nc}
}

// within bounds a call.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

const soon = 10 * time.Second

func (b *bus) commands(t *testing.T, fn func(ctx context.Context, r *op.Request) (*op.Answer, error)) {
	t.Helper()
	err := b.service.Commands(t.Context(), communityID, func(ctx context.Context, request any) (any, error) {
		return fn(ctx, request.(*op.Request))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCommandOverNATS: request and answer cross the bus whole.
func TestCommandOverNATS(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	want := &op.Answer{
		Index: 4, Position: 5, Block: 2, Time: 9, Receipt: []byte{1, 0, 2}, Changed: []string{"topic/x"}, Repeated: true,
		Extra: json.RawMessage(`{"text":"x"}`),
	}
	var got *op.Request
	b.commands(t, func(_ context.Context, r *op.Request) (*op.Answer, error) {
		got = r
		return want, nil
	})
	out, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID, Raw: []byte{0, 1, 255}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out) + cmp.Diff(&op.Request{Community: communityID, Raw: []byte{0, 1, 255}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestQueryOverNATS likewise.
func TestQueryOverNATS(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	query := &op.Query{Community: communityID, Path: "topic", MinPosition: 7, After: "topic/a", Limit: 3}
	want := &op.Page{Position: 9, Records: []op.Record{{Path: "topic/b", Version: 2, State: json.RawMessage(`{"A":1}`)}}, Next: "topic/b"}
	var got *op.Query
	err := b.service.Queries(t.Context(), communityID, func(_ context.Context, request any) (any, error) {
		got = request.(*op.Query)
		return want, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.caller.Query("proposal")(within(t, soon), query)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, out) + cmp.Diff(query, got); diff != "" {
		t.Error(diff)
	}
	if _, err := b.caller.Bytes(within(t, soon), "query."+communityID+".proposal", []byte("{")); !errors.Is(err, fault.ErrMalformed) {
		t.Errorf("a query that cannot be read: %v", err)
	}
}

// TestBytesOverNATS carries what is no JSON.
func TestBytesOverNATS(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	err := b.service.Bytes(t.Context(), "tiles", "tiles", func(_ context.Context, data []byte) ([]byte, error) {
		return slices.Repeat(data, 2), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.caller.Bytes(within(t, soon), "tiles", []byte{0, 255})
	if err != nil || !slices.Equal(out, []byte{0, 255, 0, 255}) {
		t.Errorf("got %v, %v", out, err)
	}
	if err := b.service.Bytes(t.Context(), "others", "no name", nil); err == nil {
		t.Error("an endpoint without a proper name was taken")
	}
}

// TestAnsweredAnew: who begins a community's work again takes over its subjects, and what has stopped is asked nothing any more.
func TestAnsweredAnew(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	for n := range uint64(3) {
		b.commands(t, func(context.Context, *op.Request) (*op.Answer, error) { return &op.Answer{Index: n}, nil })
		for range 50 {
			out, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID})
			if err != nil || out.(*op.Answer).Index != n {
				t.Fatalf("after beginning %d times: %+v, %v", n+1, out, err)
			}
		}
	}
}

// TestFaultsOverNATS: a fault crosses with code, kind, both sentences, details and index; any other error says nothing.
func TestFaultsOverNATS(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	var give error
	b.commands(t, func(context.Context, *op.Request) (*op.Answer, error) { return nil, give })
	for _, give = range []error{
		errClosed.With("topic", "x"), chain.ErrStale.WithIndex(12), fault.ErrBusy, errors.New("the disk of " + canary),
		context.DeadlineExceeded,
	} {
		_, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID})
		got, want := fault.Of(err), fault.Of(give)
		if string(fault.Marshal(got)) != string(fault.Marshal(want)) {
			t.Errorf("sent %s, got %s", fault.Marshal(want), fault.Marshal(got))
		}
		if strings.Contains(err.Error(), canary) {
			t.Errorf("the cause crossed the bus: %v", err)
		}
	}
}

// TestNobodyThere: no service, no waiting.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	if _, err := b.caller.Command("voting")(within(t, soon), &op.Request{Community: communityID}); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("without a service: %v", err)
	}
	b.Stop()
	_, err := b.caller.Command("voting")(within(t, 50*time.Millisecond), &op.Request{Community: communityID})
	if fault.Of(err).Kind != fault.Timeout {
		t.Errorf("without a server: %v", err)
	}
}

// TestNoAnswerInTime: whether it was done is not known.
func TestNoAnswerInTime(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	release := make(chan struct{})
	b.commands(t, func(ctx context.Context, _ *op.Request) (*op.Answer, error) {
		<-release
		return &op.Answer{}, nil
	})
	_, err := b.caller.Command("proposal")(within(t, 50*time.Millisecond), &op.Request{Community: communityID})
	if !errors.Is(err, fault.ErrTimeout) || !fault.Of(err).Kind.Temporary() {
		t.Errorf("got %v", err)
	}
	close(release)
}

// TestLostReply: a caller that sets no deadline does not wait for ever for a reply that was lost.
func TestLostReply(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	asked := make(chan struct{}, 1)
	if _, err := b.nc.Subscribe("tiles", func(*nats.Msg) { asked <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	b.caller.Limit(50 * time.Millisecond)
	if _, err := b.caller.Bytes(context.WithoutCancel(t.Context()), "tiles", nil); !errors.Is(err, fault.ErrTimeout) {
		t.Errorf("got %v", err)
	}
	<-asked
}

// TestBusy: with every place taken, the answer is "busy", at once; when one is free, work goes on.
func TestBusy(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	began, release := make(chan struct{}, op.ConcurrentMax), make(chan struct{})
	b.commands(t, func(context.Context, *op.Request) (*op.Answer, error) {
		began <- struct{}{}
		<-release
		return &op.Answer{Index: 1}, nil
	})
	var wait sync.WaitGroup
	for range op.ConcurrentMax {
		wait.Go(func() {
			if _, err := b.caller.Command("proposal")(within(t, 4*soon), &op.Request{Community: communityID}); err != nil {
				t.Errorf("one that had a place: %v", err)
			}
		})
	}
	for range op.ConcurrentMax {
		<-began
	}
	for range 3 {
		_, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID})
		if !errors.Is(err, fault.ErrBusy) {
			t.Errorf("with every place taken: %v", err)
		}
	}
	close(release)
	wait.Wait()
	if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestUnanswerable: requests that are never answered end by the service's own limit and leave their places; meanwhile those of another
// sort are answered.
func TestUnanswerable(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	b.service.Limit(300 * time.Millisecond)
	began := make(chan struct{}, op.ConcurrentMax)
	stuck := true
	err := b.service.Queries(t.Context(), communityID, func(ctx context.Context, _ any) (any, error) {
		if !stuck {
			return &op.Page{}, nil
		}
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	b.commands(t, func(context.Context, *op.Request) (*op.Answer, error) { return &op.Answer{}, nil })
	query := &op.Query{Community: communityID, Path: "topic", MinPosition: 1 << 62}
	var wait sync.WaitGroup
	for range op.ConcurrentMax {
		wait.Go(func() {
			if _, err := b.caller.Query("proposal")(within(t, 4*soon), query); !errors.Is(err, fault.ErrTimeout) {
				t.Errorf("a query that cannot be answered: %v", err)
			}
		})
	}
	for range op.ConcurrentMax {
		<-began
	}
	if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); err != nil {
		t.Errorf("a command meanwhile: %v", err)
	}
	wait.Wait()
	stuck = false
	for range op.ConcurrentMax {
		if _, err := b.caller.Query("proposal")(within(t, soon), query); err != nil {
			t.Fatalf("afterwards: %v", err)
		}
	}
}

// TestPanicIsOneRequests: a handler that panics fails that request, and the service lives on.
func TestPanicIsOneRequests(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	b.commands(t, func(_ context.Context, r *op.Request) (*op.Answer, error) {
		if len(r.Raw) == 0 {
			panic(canary)
		}
		return &op.Answer{Index: 3}, nil
	})
	for range 3 {
		_, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID})
		if !errors.Is(err, fault.ErrInternal) || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID, Raw: []byte{1}}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// TestTooLarge: what does not fit into a message is said at once, in both directions.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := natstest.Run(t, natstest.Configure(func(o *server.Options) { o.MaxPayload = 8 << 10 }))
	service, err := op.NewService(s.Connect(t), "proposal")
	if err != nil {
		t.Fatal(err)
	}
	b := &bus{Server: s, service: service, nc: s.Connect(t)}
	b.caller = op.NewCaller(b.nc)
	b.commands(t, func(context.Context, *op.Request) (*op.Answer, error) {
		return &op.Answer{Receipt: make([]byte, 8<<10)}, nil
	})
	_, err = b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID, Raw: make([]byte, 9<<10)})
	if !errors.Is(err, op.ErrRequestSize) {
		t.Errorf("a request: %v", err)
	}
	if _, err = b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); !errors.Is(err, op.ErrAnswerSize) {
		t.Errorf("an answer: %v", err)
	}
}

// TestForgedReplies: what a service could not have sent is an internal fault, not an answer.
func TestForgedReplies(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	var reply *nats.Msg
	_, err := b.nc.Subscribe("op."+communityID+".proposal", func(m *nats.Msg) {
		_ = m.RespondMsg(&nats.Msg{Data: reply.Data, Header: reply.Header}) // the test sees what becomes of it
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*nats.Msg{
		"no answer":    {Data: []byte("{")},
		"no fault":     {Data: []byte("{}"), Header: nats.Header{"Renlin-Fault": {"x"}}},
		"another form": {Data: append(fault.Marshal(errClosed), ' '), Header: nats.Header{"Renlin-Fault": {"topic.closed"}}},
	} {
		reply = r
		if out, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); !errors.Is(err, fault.ErrInternal) {
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
}

// TestStop waits for what was begun, and begins nothing more.
func TestStop(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	began, release := make(chan struct{}), make(chan struct{})
	b.commands(t, func(context.Context, *op.Request) (*op.Answer, error) {
		close(began)
		<-release
		return &op.Answer{Index: 8}, nil
	})
	answered := make(chan error, 1)
	go func() {
		_, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID})
		answered <- err
	}()
	<-began
	stopped := make(chan error, 1)
	go func() { stopped <- b.service.Stop() }()
	select {
	case <-stopped:
		t.Fatal("it stopped while a request was under way")
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("what was begun: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestInstancesShare: each request is answered by one of two instances, and both get some.
func TestInstancesShare(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	var mu sync.Mutex
	count := map[int]int{}
	for i := range 2 {
		service := b.service
		if i == 1 {
			var err error
			if service, err = op.NewService(b.Connect(t), "proposal"); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = service.Stop() })
		}
		err := service.Commands(t.Context(), communityID, func(context.Context, any) (any, error) {
			mu.Lock()
			defer mu.Unlock()
			count[i]++
			return &op.Answer{}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const requests = 200
	for range requests {
		if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); err != nil {
			t.Fatal(err)
		}
	}
	if count[0]+count[1] != requests || count[0] == 0 || count[1] == 0 {
		t.Errorf("answered %v", count)
	}
}

// TestAgain: work that failed and was started again answers every request; what stopped answers none. In between, nothing is available.
func TestAgain(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	stopped := errors.New("this one has stopped")
	life, end := context.WithCancel(t.Context())
	err := b.service.Commands(life, communityID, func(context.Context, any) (any, error) { return nil, stopped })
	if err != nil {
		t.Fatal(err)
	}
	end()
	if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("between the two: %v", err)
	}
	b.commands(t, func(context.Context, *op.Request) (*op.Answer, error) { return &op.Answer{Index: 1}, nil })
	for range 100 {
		if _, err := b.caller.Command("proposal")(within(t, soon), &op.Request{Community: communityID}); err != nil {
			t.Fatalf("started again: %v", err)
		}
	}
}

// TestTrace: the caller's span is the parent of the service's, which tells the fault's code.
func TestTrace(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	rec := teltest.New(t)
	err := b.service.Commands(rec.Context(t.Context()), communityID, func(ctx context.Context, _ any) (any, error) {
		_, span := telemetry.Start(ctx, "inside")
		telemetry.End(span, nil)
		return nil, errClosed
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := telemetry.Start(rec.Context(within(t, soon)), "outside")
	_, err = b.caller.Command("proposal")(ctx, &op.Request{Community: communityID})
	telemetry.End(span, err)
	rec.Wait(t, "outside", 1)
	rec.Wait(t, "proposal command", 1)
	want := "outside !topic.closed\n  proposal command !topic.closed\n    inside\n"
	if got := teltest.Tree(t, rec.Spans()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
