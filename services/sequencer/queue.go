package sequencer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/telemetry"
)

// pending is one request from its arrival to its answer. Until it is put, and after done was signalled, it belongs to whoever
// asked; in between it belongs to the loop.
type pending struct {
	prepared order.Prepared
	verdict  order.Verdict
	trace    string        // trace context, to be put beside the block
	span     trace.Span    // of the request in here; nil when it is not recorded
	done     chan struct{} // signalled once, for a request of this process
	back     *envelope     // where the answer goes, for a request over NATS
	place    int           // among the requests that came in the same message
	turn     atomic.Int32  // waiting, taken or abandoned
	came     time.Time     // zero when nobody measures
}

// The values of pending.turn.
const (
	turnWaiting int32 = iota
	turnTaken
	turnAbandoned
)

func (p *pending) begin(ctx context.Context, came time.Time) {
	p.turn.Store(turnWaiting)
	p.came = came
	p.trace = sampledTrace(ctx)
	if p.trace == "" {
		return
	}
	ctx, p.span = telemetry.Start(ctx, "sequencer append", trace.WithSpanKind(trace.SpanKindServer))
	p.trace = sampledTrace(ctx)
}

// endSpan notes what became of the request. Who judges the request ends its span, or who takes it back unjudged.
func (p *pending) endSpan(err error) {
	if p.span != nil {
		telemetry.End(p.span, err)
		p.span = nil
	}
}

// end lets go of what the request pointed to, so that the next one that uses p begins with nothing of it.
func (p *pending) end() { p.verdict, p.back, p.trace = order.Verdict{}, nil, "" }

// abandon tells whether the request was still waiting, and now will not be done.
func (p *pending) abandon() bool { return p.turn.CompareAndSwap(turnWaiting, turnAbandoned) }

// take tells whether somebody still wants the answer.
func (p *pending) take() bool { return p.turn.CompareAndSwap(turnWaiting, turnTaken) }

// size is what the request weighs in the queue.
func (p *pending) size() int {
	n := 256
	for _, c := range p.prepared.Request().Commits {
		n += len(c)
	}
	return n
}

// sampledTrace gives the trace context of ctx when its trace is recorded, else nothing: every header costs.
func sampledTrace(ctx context.Context) string {
	parent := telemetry.Traceparent(ctx)
	if len(parent) < 2 || (parent[len(parent)-1]-'0')&1 == 0 {
		return ""
	}
	return parent
}

// queue holds what waits for the loop, in order of arrival. It is bounded; nobody waits to get in.
type queue struct {
	wake chan struct{} // holds a token when something has come since the last look

	mu       sync.Mutex
	waiting  []*pending
	bytes    int
	max      int
	bytesMax int
	closed   error // why nothing is taken any more
}

func (q *queue) init(limit, bytesMax int) {
	q.wake = make(chan struct{}, 1)
	q.max, q.bytesMax = limit, bytesMax
}

func (q *queue) put(p *pending) error {
	size := p.size()
	q.mu.Lock()
	switch {
	case q.closed != nil:
		defer q.mu.Unlock()
		return q.closed
	case len(q.waiting) >= q.max || q.bytes+size > q.bytesMax:
		q.mu.Unlock()
		return chain.ErrBusy
	}
	q.waiting = append(q.waiting, p)
	q.bytes += size
	first := len(q.waiting) == 1
	q.mu.Unlock()
	if first {
		q.signal()
	}
	return nil
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// swap hands over everything that waits, in exchange for an empty slice to go on with.
func (q *queue) swap(empty []*pending) []*pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := q.waiting
	q.waiting, q.bytes = empty[:0], 0
	return waiting
}

// length tells how many requests wait.
func (q *queue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// close refuses whatever comes from now on.
func (q *queue) close(reason string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed == nil {
		q.closed = chain.ErrStopped.Because(errors.New(reason))
	}
	return q.closed
}
