package sequencer

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// tap stands between a sequencer and JetStream. It sends what it is given to the real stream, unless told otherwise, and lets a
// test hold back the answers.
type tap struct {
	publisher
	answers chan *nats.Msg

	mu       sync.Mutex
	held     bool        // answers wait for release; guarded by mu
	waiting  []*nats.Msg // guarded by mu
	arrived  chan struct{}
	swallow  int   // so many publishes never reach the stream; guarded by mu
	fail     error // the next publish fails with it; guarded by mu
	deaf     int   // so many answers are lost; guarded by mu
	sent     int   // publishes that reached the stream; guarded by mu
	looks    int   // guarded by mu
	lateLook *late // catches the next look; guarded by mu
	late     *late // catches the next publish; guarded by mu
	stopping chan struct{}
	done     chan struct{}
}

// tapInto makes cfg's sequencer use a tap.
func tapInto(cfg *Config) *tap {
	t := &tap{
		answers: make(chan *nats.Msg, 64), arrived: make(chan struct{}, 1024), stopping: make(chan struct{}), done: make(chan struct{}),
	}
	cfg.wrap = func(p publisher) publisher {
		t.publisher = p
		go t.pass()
		return t
	}
	return t
}

func (t *tap) pass() {
	defer close(t.done)
	for {
		select {
		case m := <-t.publisher.outcomes():
			t.mu.Lock()
			switch {
			case t.deaf > 0:
				t.deaf--
			case t.held:
				t.waiting = append(t.waiting, m)
			default:
				t.answers <- m
			}
			t.mu.Unlock()
			t.arrived <- struct{}{}
		case <-t.stopping:
			return
		}
	}
}

func (t *tap) publish(attempt uint64, m *nats.Msg, expect uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.fail; err != nil {
		t.fail = nil
		return err
	}
	if l := t.late; l != nil {
		t.late = nil
		l.send = func() error {
			return t.publisher.publish(attempt, &nats.Msg{Subject: m.Subject, Data: bytes.Clone(m.Data)}, expect)
		}
		close(l.caught)
		return nil
	}
	if t.swallow > 0 {
		t.swallow--
		return nil
	}
	t.sent++
	return t.publisher.publish(attempt, m, expect)
}

// late is a publish or a look that takes its time.
type late struct {
	caught chan struct{}
	send   func() error
}

// delayOne catches the next publish.
func (t *tap) delayOne() *late {
	l := &late{caught: make(chan struct{})}
	t.set(func() { t.late = l })
	return l
}

// delayLook catches the next look.
func (t *tap) delayLook() *late {
	l := &late{caught: make(chan struct{})}
	t.set(func() { t.lateLook = l })
	return l
}

// deliver lets it arrive.
func (l *late) deliver(tb testing.TB) {
	tb.Helper()
	if err := l.send(); err != nil {
		tb.Fatal(err)
	}
}

func (t *tap) look(attempt uint64, stream string, number uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looks++
	if l := t.lateLook; l != nil {
		t.lateLook = nil
		l.send = func() error { return t.publisher.look(attempt, stream, number) }
		close(l.caught)
		return nil
	}
	return t.publisher.look(attempt, stream, number)
}

func (t *tap) outcomes() <-chan *nats.Msg { return t.answers }

func (t *tap) close() {
	close(t.stopping)
	<-t.done
	t.publisher.close()
}

// hold keeps answers back from now on.
func (t *tap) hold() { t.set(func() { t.held = true }) }

// release lets them go.
func (t *tap) release() {
	t.set(func() {
		t.held = false
		for _, m := range t.waiting {
			t.answers <- m
		}
		t.waiting = nil
	})
}

func (t *tap) set(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
}

// figures tells how many publishes and looks reached the stream.
func (t *tap) figures() (sent, looks int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.sent, t.looks
}

// await waits for the next answer of the stream, held back or not.
func (t *tap) await(tb testing.TB) {
	tb.Helper()
	wait(tb, t.arrived, "answer of the stream")
}

// patience is how long a test waits for what must come; it ends a test that hangs, and nothing is measured by it.
const patience = 30 * time.Second

func wait[T any](tb testing.TB, from <-chan T, what string) T {
	tb.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		tb.Fatalf("no %s in %v", what, patience)
	}
	panic("not reached")
}

// ask is a request on its way, put into the queue without a goroutine, so that a test knows what waits.
type ask struct {
	s     *Sequencer
	p     *pending
	taken bool // the verdict was waited for
}

// put does what Append does up to the waiting.
func put(tb testing.TB, s *Sequencer, service string, q *chain.Request) *ask {
	tb.Helper()
	p := &pending{done: make(chan struct{}, 1)}
	p.begin(tb.Context(), time.Time{})
	s.rules.Prepare(&p.prepared, service, q)
	if err := p.prepared.Fault(); err != nil {
		tb.Fatalf("prepare: %v", err)
	}
	if err := s.queue.put(p); err != nil {
		tb.Fatalf("queue: %v", err)
	}
	return &ask{s: s, p: p}
}

// answered tells whether there is an answer already.
func (a *ask) answered() bool { return len(a.p.done) > 0 }

// verdict waits for the answer.
func (a *ask) verdict(tb testing.TB) order.Verdict {
	tb.Helper()
	if !a.taken {
		wait(tb, a.p.done, "verdict")
		a.taken = true
	}
	return a.p.verdict
}

// reply waits for the answer and makes it what a caller sees.
func (a *ask) reply(tb testing.TB) *chain.Reply {
	tb.Helper()
	v := a.verdict(tb)
	r, err := v.Reply(a.s.readBlock(tb.Context()))
	if err != nil {
		tb.Fatalf("reply: %v", err)
	}
	return r
}

// settled waits until the loop has judged everything that was put before.
func settled(tb testing.TB, s *Sequencer) {
	tb.Helper()
	for range 2 { // the step after the first is over when the second is run
		ran := make(chan struct{})
		select {
		case s.control <- func() { close(ran) }:
			wait(tb, ran, "turn of the loop")
		case <-s.done:
			return
		case <-time.After(patience):
			tb.Fatal("the loop is stuck")
		}
	}
}

// mustAppend stores one commit.
func mustAppend(tb testing.TB, s *Sequencer, raw ...[]byte) *chain.Reply {
	tb.Helper()
	reply, err := s.Append(tb.Context(), "proposal", appendOf(raw...))
	if err != nil {
		tb.Fatalf("%v: %v", err, errors.Unwrap(err))
	}
	return reply
}

// checkReceipt makes sure that a receipt is for these bytes at this index, under the epoch's key.
func checkReceipt(tb testing.TB, reply *chain.Reply, raw []byte, index uint64) {
	tb.Helper()
	if len(reply.Receipts) != 1 {
		tb.Fatalf("%d receipts, want 1 (fault %v)", len(reply.Receipts), reply.Fault)
	}
	r := reply.Receipts[0]
	if err := r.Check(epochKey.Public().(ed25519.PublicKey)); err != nil {
		tb.Error(err)
	}
	if r.Commit != chain.HashCommit(raw) || r.Index != index {
		tb.Errorf("receipt of another commit: index %d, want %d", r.Index, index)
	}
}

// wantFault makes sure that an error is a fault of faults.go.
func wantFault(tb testing.TB, err, want error) {
	tb.Helper()
	if !errors.Is(err, want) {
		tb.Fatalf("%v, want %v", err, want)
	}
}

// handClock is a clock that moves only when told.
type handClock struct {
	mu   sync.Mutex
	wall time.Time
	mono time.Duration
}

func newHandClock() *handClock { return &handClock{wall: time.UnixMilli(1_800_000_000_000)} }

func (c *handClock) Now() (time.Time, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall, c.mono
}

// pass lets time pass.
func (c *handClock) pass(d time.Duration) { c.move(d, d) }

// move changes both clocks.
func (c *handClock) move(wall, mono time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.mono = c.wall.Add(wall), c.mono+mono
}

func (c *handClock) ms() int64 {
	wall, _ := c.Now()
	return wall.UnixMilli()
}
