package process

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/op"
)

// TestWorkAgain: a community's work that fails once is done again, and every request goes to what works.
func TestWorkAgain(t *testing.T) {
	t.Parallel()
	const community = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	server := natstest.Run(t)
	nc := server.Connect(t)
	_, err := server.JetStream(t).CreateStream(t.Context(), jetstream.StreamConfig{
		Name: chain.StreamName(community), Subjects: []string{chain.BlockSubject(community)},
	})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := op.NewService(nc, "audit")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var runs atomic.Int32
	offered, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- serveEach(ctx, nc, slog.New(slog.DiscardHandler), func(ctx context.Context, community string) error {
			run := runs.Add(1)
			err := svc.Bytes(ctx, "audit."+community+".head", "head-"+community, func(context.Context, []byte) ([]byte, error) {
				if run == 1 {
					return nil, errors.New("this one has stopped")
				}
				return []byte(community), nil
			})
			if err != nil || run == 1 {
				return errors.Join(err, errors.New("the disk is full"))
			}
			close(offered)
			<-ctx.Done()
			return nil
		})
	}()
	<-offered
	call := op.NewCaller(server.Connect(t))
	for range 100 {
		if out, err := call.Bytes(t.Context(), "audit."+community+".head", nil); err != nil || string(out) != community {
			t.Fatalf("answered %q, %v", out, err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
