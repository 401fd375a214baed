package runner

import (
	"context"
	"sync"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
)

// query is one look at the state. The lock decides whether the owner or the end of the caller's context comes first.
type query struct {
	mu    sync.Mutex
	over  bool // it has run, or nobody waits for it any more
	fn    func(*decider.State)
	ended chan struct{}
}

func (q *query) run(s *decider.State) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.over {
		return
	}
	q.over = true
	if q.fn != nil {
		q.fn(s)
	}
	close(q.ended)
}

// abandon tells whether the query will never run.
func (q *query) abandon() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	ran := q.over
	q.over = true
	return !ran
}

// Query runs fn on the state once so many commits are folded and OnBlock has seen them, on the owner's goroutine: fn must be quick,
// and keep nothing of the state. A nil fn just waits. The state is the runner's own; pages for people come from projections.
func (r *Runner) Query(ctx context.Context, minPosition uint64, fn func(*decider.State)) error {
	q := &query{fn: fn, ended: make(chan struct{})}
	begin := func() {
		cancel := r.inst.Await(max(minPosition, r.end), func() { q.run(r.inst.State()) })
		select {
		case <-q.ended:
		default:
			context.AfterFunc(ctx, func() { r.post(cancel) })
		}
	}
	if r.stopped() {
		return fault.ErrUnavailable
	}
	select {
	case r.work <- begin:
	default:
		return fault.ErrBusy
	}
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
		if q.abandon() {
			return fault.ErrTimeout.Because(ctx.Err())
		}
		return nil
	case <-r.done:
		if q.abandon() {
			return fault.ErrUnavailable
		}
		return nil
	}
}

// post brings fn to the owner, unless there is none any more.
func (r *Runner) post(fn func()) {
	select {
	case r.work <- fn:
	case <-r.done:
	}
}
