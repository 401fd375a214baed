package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
)

const aCommunity = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

// asked asks a part over the bus, as the gateway does.
func asked(t *testing.T, nc *nats.Conn, subject, data string) (gateway.PartReply, error) {
	t.Helper()
	m, err := nc.Request(subject, []byte(data), 10*time.Second)
	if err != nil {
		return gateway.PartReply{}, err
	}
	var reply gateway.PartReply
	if err := json.Unmarshal(m.Data, &reply); err != nil {
		t.Fatal(err)
	}
	return reply, nil
}

// told asks a part how it does.
func told(t *testing.T, nc *nats.Conn, part string) (state gateway.PartState) {
	t.Helper()
	reply, err := asked(t, nc, "part."+part+".state", "")
	if err == nil && reply.Fault == "" {
		err = json.Unmarshal(reply.Data, &state)
	}
	if err != nil || reply.Fault != "" {
		t.Fatalf("%s: %s, %v", part, reply.Fault, err)
	}
	return state
}

// TestSetAside: work that would end the same way again is set aside and told so; on the operator's word it is begun again, and on nobody
// else's; and what runs well is not begun again.
func TestSetAside(t *testing.T) {
	t.Parallel()
	server, err := bus.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	dial := func(user string) *nats.Conn {
		nc, err := server.Dial(user)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc
	}
	edge, own := dial(bus.Gateway), dial(bus.Voting)
	env := &Env{Metrics: metrics.New("voting"), Process: "p", Log: slog.New(slog.DiscardHandler)}
	w := env.watch(bus.Voting, own)
	w.position = func(string) uint64 { return 7 }
	runs, begun := 0, make(chan int, 8)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		keep(ctx, env.Log, aCommunity, w.over(func(ctx context.Context, _ string, ready func(check)) error {
			runs++
			begun <- runs
			if runs == 1 {
				return fmt.Errorf("fold index 3: %w", decider.ErrFold)
			}
			ready(working)
			<-ctx.Done()
			return nil
		}))
	}()
	<-begun
	state := told(t, edge, bus.Voting)
	for ; !state.Works[0].Aside; state = told(t, edge, bus.Voting) {
	}
	if one := state.Works[0]; one.Community != aCommunity || one.Fault == "" || one.Tries != 1 || one.Since == 0 ||
		one.Why != "fold index 3: a rule panicked while folding the record" || state.Process != "p" || one.Position != 7 {
		t.Errorf("told: %+v of %s", one, state.Process)
	}
	if reply, err := asked(t, edge, "part.voting.again", "bbbbbbbbbbbbbbbbbbbbbbbbbb"); err != nil || reply.Fault != gateway.ErrNotAside.Code {
		t.Errorf("of a community that it does not know: %+v, %v", reply, err)
	}
	if reply, err := asked(t, edge, "part.voting.again", aCommunity); err != nil || reply.Fault != "" {
		t.Errorf("begun again: %+v, %v", reply, err)
	}
	if n := <-begun; n != 2 {
		t.Errorf("run %d", n)
	}
	for state = told(t, edge, bus.Voting); state.Works[0].Fault != ""; state = told(t, edge, bus.Voting) {
	}
	if reply, err := asked(t, edge, "part.voting.again", aCommunity); err != nil || reply.Fault != gateway.ErrNotAside.Code {
		t.Errorf("what goes on: %+v, %v", reply, err)
	}
	cancel()
	<-done
}

// TestWhoTakesOrders: a part of another organisation tells how it does and what it measures, and takes no order; nobody but the gateway may ask.
func TestWhoTakesOrders(t *testing.T) {
	t.Parallel()
	for _, part := range []string{bus.Keystore, bus.Trustee, bus.Registrar} {
		edge := bus.Permissions(bus.Gateway).Publish.Allow
		if !slices.Contains(edge, "part."+part+".state") || slices.Contains(edge, "part."+part+".again") || bus.TakesOrders(part) {
			t.Errorf("%s takes orders", part)
		}
	}
	for _, user := range bus.Parts() {
		for _, other := range bus.Parts() {
			if user != bus.Gateway && slices.Contains(bus.Permissions(user).Publish.Allow, "part."+other+".again") {
				t.Errorf("%s may tell %s to begin again", user, other)
			}
		}
	}
	if !hopeless(errors.Join(errFinal, errors.New("x"))) || hopeless(errors.New("the disk is full")) {
		t.Error("what is set aside")
	}
}
