package host

import (
	"context"
	"errors"
	"sync"
	"time"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
)

// Worked is a question whose answer takes long to work out. It is worked out beside the state's owner, so that nobody's command waits
// for it; once for all who ask the same meanwhile; and where there was much to look at, it is good for a while: see goodFor.
type Worked struct {
	// Begin runs where the state's owner runs: it copies what the answer is made of, and must be quick.
	Begin func(state *decider.State, question []byte) (*Work, error)
	// Same gives what questions with the same answer have in common, and the position of the record that the answer must have seen.
	Same func(question []byte) (key string, least uint64, err error)
}

// Work is what is left to do for an answer. It must rest on nothing that changes.
type Work struct {
	// Things is how much there is to look at.
	Things int
	Finish func() ([]byte, error)
}

const (
	// goodPerThing is how long an answer is good for each thing that was looked at, while the record goes on: of a small community one gets
	// what stands, of a large one what stood a moment ago. Who wants to see a position that is on the record names it and does.
	goodPerThing = 50 * time.Microsecond
	// goodMax bounds that; an answer is older than it only while nothing is written at all, and then by agedMax at most.
	goodMax = 5 * time.Second
	agedMax = 30 * time.Second
)

var errPanicked = errors.New("working out an answer panicked")

// workbench holds the answers of one sort of question in one community, by key: the one that is good, and the one that is worked out.
type workbench struct {
	Worked
	tenant *tenant

	mu    sync.Mutex // guards what follows, and the pieces' answers until they are done
	ready map[string]*piece
	doing map[string]*piece
}

// piece is one answer.
type piece struct {
	position uint64
	began    time.Time
	good     time.Duration
	done     chan struct{}
	answer   []byte
	err      error
}

func (t *tenant) worked(w Worked) func(ctx context.Context, question []byte) ([]byte, error) {
	b := &workbench{Worked: w, tenant: t, ready: map[string]*piece{}, doing: map[string]*piece{}}
	return b.ask
}

func (b *workbench) ask(ctx context.Context, question []byte) ([]byte, error) {
	key, least, err := b.Same(question)
	if err != nil {
		return nil, fault.ErrMalformed.Because(err)
	}
	p, work := b.find(key, least), (*Work)(nil)
	if p == nil || !b.tenant.runner.Ready() {
		looked := b.tenant.runner.Query(ctx, 0, func(state *decider.State) {
			if p = b.find(key, least); p != nil { // somebody came first
				return
			}
			if work, err = b.Begin(state, question); err == nil {
				p = b.begin(key, state.Position(), work.Things)
			}
		})
		if looked != nil {
			return nil, looked
		}
		if err != nil {
			return nil, err
		}
	}
	if work != nil {
		b.finish(key, p, work)
	}
	select {
	case <-p.done:
		return p.answer, p.err
	case <-ctx.Done():
		return nil, fault.ErrTimeout.Because(ctx.Err())
	}
}

// find gives the answer that is good, or the one that is being worked out; nil if neither would do. While a new one is worked out the old
// one is good for as long again.
func (b *workbench) find(key string, least uint64) *piece {
	b.mu.Lock()
	defer b.mu.Unlock()
	ready, doing := b.ready[key], b.doing[key]
	if ready != nil && ready.position >= least {
		age := time.Since(ready.began)
		if age < ready.good || doing != nil && age < 2*ready.good ||
			ready.position == b.tenant.runner.Position() && age < agedMax {
			return ready
		}
	}
	if doing != nil && doing.position >= least {
		return doing
	}
	return nil
}

func (b *workbench) begin(key string, position uint64, things int) *piece {
	p := &piece{
		position: position, began: time.Now(), good: min(time.Duration(things)*goodPerThing, goodMax), done: make(chan struct{}),
		err: fault.ErrInternal.Because(errPanicked),
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for other, old := range b.ready { // any order: whatever nobody will be given again goes
		if time.Since(old.began) > agedMax {
			delete(b.ready, other)
		}
	}
	b.doing[key] = p
	return p
}

// finish works an answer out, for whoever waits; also for others after a panic, which is told to all of them.
func (b *workbench) finish(key string, p *piece, work *Work) {
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.doing[key] == p {
			delete(b.doing, key)
		}
		if before := b.ready[key]; p.err == nil && (before == nil || before.position <= p.position) {
			b.ready[key] = p
		}
		close(p.done)
	}()
	p.answer, p.err = work.Finish()
}
