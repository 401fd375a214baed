// Package ask sends requests over NATS for those who wait for the answer.
//
// In plain words: an answer travels back over the connection that the request left by, so when that is lost no answer can come any more,
// and whoever waits is told so at once instead of when their time is up. What became of the request nobody knows. A request that is made
// while there is no connection waits for one, as NATS does it.
package ask

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
)

// ErrLost says that the connection was lost while the answer was waited for.
var ErrLost = errors.New("connection was lost before the answer came")

// Request sends a message and waits for its answer until ctx ends or the connection is lost, which is ErrLost.
func Request(ctx context.Context, nc *nats.Conn, m *nats.Msg) (*nats.Msg, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lost := nc.StatusChanged(nats.RECONNECTING, nats.CLOSED)
	defer nc.RemoveStatusListener(lost)
	var answer *nats.Msg
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		answer, err = nc.RequestMsgWithContext(ctx, m)
	}()
	select {
	case <-done:
		return answer, err
	case <-lost:
	}
	cancel()
	<-done
	if err != nil {
		return nil, ErrLost
	}
	return answer, nil
}
