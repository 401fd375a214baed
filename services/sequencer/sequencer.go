// Package sequencer orders the commits of one community and writes them, block by block, into its JetStream stream. Which commit
// may enter is decided by package order; this is the shell around it: the queue, the disk, the network and the clock.
//
// The rules, in plain words:
//
//  1. Group commit: whatever waits goes into the next block, and nothing waits when the disk is idle. One block is one
//     JetStream message and one fsync.
//  2. An answer leaves only when everything it rests on is durable, refusals included. First JetStream acknowledges, then the
//     head record is written, then the answer goes.
//  3. Every publish says after which message it must stand, so a second sequencer on the same stream is fenced out. What is
//     answered without a block (checks, repeats, refusals) waits for one look at the stream's end instead, which shows that
//     nobody else has written.
//  4. After a publish that failed in whatever way, nothing goes on from memory: everybody who waits is told to try again, and the
//     stream is read before the next block.
//  5. At Open, after every reconnect and after every refused publish, stream and server are examined (configuration, fsync) and
//     the stream is compared with the head record, the archive and the last checkpoint. Any difference stops writing: an
//     acknowledged block must never vanish unnoticed. A sequencer that has stopped stays so until it is opened anew.
//  6. A snapshot saves reading the whole stream again. It is believed only as far as the stream and what others remember of it bear it
//     out, and everything behind the oldest of that is read again; what lies before is left to audit.
//  7. Queues are bounded. Who finds them full is told so at once.
//  8. Where room on disk runs short, whoever would write is told so before the disk is full: a server that has failed to write would
//     have to be started anew. What asks for no block goes on, and so does writing once there is room again.
//
// One goroutine owns the order core, the publishing and the state. What a power cut together with damage to the stream can still
// hide is said in docs/THREATS.md.
package sequencer

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/telemetry/metrics"
)

// Config is what a sequencer needs. Dial, HeadRecord, Key, Kinds and Fsync must be set.
type Config struct {
	// Dial opens a connection to the NATS server with these options beside the caller's own. The sequencer takes two, a third for
	// Serve, and closes them.
	Dial func(options ...nats.Option) (*nats.Conn, error)
	// HeadRecord is the path of the file that remembers the newest acknowledged block. It must lie outside the server's data
	// directory, so that restoring an old copy of that directory is noticed.
	HeadRecord string
	// AdoptStream allows a stream with blocks though the head record is missing: an operator's word that the record was lost and the
	// stream was not.
	AdoptStream bool
	// Genesis names the community. Zero takes it from the head record, if that has one.
	Genesis chain.Hash
	// Epoch and its Key sign blocks.
	Epoch uint32
	Key   ed25519.PrivateKey
	// Kinds lists, for each service, the kinds of aggregates it may write.
	Kinds map[string][]string
	// Fsync shows that the server syncs every message to disk before it acknowledges it.
	Fsync Fsync
	// Witnessed tells what others have seen of the stream. Nil when there is nobody yet.
	Witnessed Witnessed
	// StoreDir is the data directory of an embedded server. When the stream ends in blocks that nobody had acknowledged, its files
	// are synced before anybody is told of them. Empty for a server elsewhere, which must be trusted with that.
	StoreDir string
	// SnapshotDir is a directory of this community's sequencer alone, in which it keeps its state, so that a start need not read the
	// whole stream. It may be deleted at any time, and belongs into the data directory. Empty keeps nothing.
	SnapshotDir string
	// Build names this program: a snapshot of another is not used.
	Build string
	// Replicas of the stream; 0 is 1.
	Replicas int
	// QueueMax bounds the requests that wait, QueueBytesMax their size. 0 gives 8192 requests and 64 MiB.
	QueueMax, QueueBytesMax int
	// PublishTimeout is how long an acknowledgement may take before the stream is read instead. 0 is five seconds.
	PublishTimeout time.Duration
	// Room tells why nothing more may be written: see DiskRoom. Nil when nobody can tell.
	Room Room
	// Clock gives time; nil is the machine's.
	Clock Clock
	// Log is for operators; nil discards.
	Log *slog.Logger
	// Metrics takes what is counted and measured; nil takes nothing.
	Metrics *metrics.Registry

	// wrap lets tests stand between the sequencer and JetStream.
	wrap func(publisher) publisher
	// files and snapshotEvery let them stand below the snapshots, and have them more often.
	files         durable.Files
	snapshotEvery uint64
}

// Witnessed is what others have seen of a community's stream: the audit archive's newest block, and the newest checkpoint that
// was signed. ok is false when there is none yet. An error stops the sequencer from opening: not knowing is no excuse.
type Witnessed interface {
	Head(ctx context.Context) (number uint64, hash chain.Hash, ok bool, err error)
	Checkpoint(ctx context.Context) (size uint64, root chain.Hash, ok bool, err error)
}

// Sequencer is one community's, open for writing. Its methods may be called from any goroutine.
type Sequencer struct {
	cfg   Config
	rules order.Rules
	log   *slog.Logger
	clock *watchdog

	nc  *nats.Conn // reads, JetStream API
	js  jetstream.JetStream
	pub publisher

	queue   queue
	control chan func()     // run by the loop's goroutine
	halt    chan string     // a reason to stop writing
	replies chan []*pending // from the loop to Serve
	done    chan struct{}   // closed when the loop has ended
	life    context.Context // from Open to Close, whatever becomes of Open's own context
	cancel  context.CancelFunc
	now     atomic.Pointer[snapshot]
	head    *headRecord
	pool    sync.Pool // of *pending
	blocks  blockCache
	closing sync.Once
	deposed atomic.Bool // another sequencer has taken this one's place
	meter   meter

	snapshots snapshots // belongs to the loop as the machine does, and to Open and Close before and after

	serving sync.Mutex
	service *service // guarded by serving; nil until Serve

	loop // owned by the loop's goroutine once that runs
}

// Open examines server and stream, reads the stream behind the snapshot, or all of it, and begins to take requests. It fails with an
// error that names the difference when the stream is not what was acknowledged, archived or signed. An unfounded community is no
// error: Found comes next.
func Open(ctx context.Context, cfg Config) (*Sequencer, error) {
	s, err := prepare(cfg)
	if err != nil {
		return nil, err
	}
	if err := s.connect(); err != nil {
		s.disconnect()
		return nil, err
	}
	if s.machine, err = s.load(ctx); err == nil {
		err = s.settle(s.machine)
	}
	if err != nil {
		s.disconnect()
		return nil, err
	}
	s.publishInfo()
	s.life, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.meter.forget = s.watch(cfg.Metrics)
	go s.run(s.life)
	return s, nil
}

// prepare checks the configuration and opens the head record.
func prepare(cfg Config) (*Sequencer, error) {
	switch {
	case cfg.Dial == nil || cfg.HeadRecord == "" || len(cfg.Kinds) == 0:
		return nil, errors.New("open sequencer: configuration is incomplete")
	case len(cfg.Key) != ed25519.PrivateKeySize:
		return nil, errors.New("open sequencer: no epoch key")
	case cfg.Fsync == nil:
		return nil, errors.New("open sequencer: nothing shows that the server syncs every message to disk")
	}
	cfg.Replicas = max(cfg.Replicas, 1)
	if cfg.QueueMax == 0 {
		cfg.QueueMax = 8192
	}
	if cfg.QueueBytesMax == 0 {
		cfg.QueueBytesMax = 64 << 20
	}
	if cfg.PublishTimeout == 0 {
		cfg.PublishTimeout = 5 * time.Second
	}
	if cfg.Clock == nil {
		cfg.Clock = machineClock()
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sequencer{
		cfg: cfg, rules: order.MakeRules(cfg.Kinds), log: cfg.Log, clock: newWatchdog(cfg.Clock),
		control: make(chan func()), halt: make(chan string, 1), done: make(chan struct{}), replies: make(chan []*pending, 64),
		pool: sync.Pool{New: func() any { return &pending{done: make(chan struct{}, 1)} }},
	}
	s.queue.init(cfg.QueueMax, cfg.QueueBytesMax)
	s.meter = newMeter(cfg.Metrics)
	head, err := openHeadRecord(cfg.HeadRecord)
	if err != nil {
		return nil, fmt.Errorf("open sequencer: %w", err)
	}
	s.head = head
	s.snapshots.open(s)
	genesis := head.now().Genesis
	switch {
	case genesis.IsZero():
	case s.cfg.Genesis.IsZero():
		s.cfg.Genesis = genesis
	case s.cfg.Genesis != genesis:
		head.close()
		s.snapshots.close()
		return nil, differs("head record is another community's")
	}
	return s, nil
}

// connect opens the two connections. Publishing has one of its own, so that nothing stands before a block in the line.
func (s *Sequencer) connect() error {
	nc, err := s.dial()
	if err != nil {
		return fmt.Errorf("open sequencer: connect: %w", err)
	}
	s.nc = nc
	if s.js, err = jetstream.New(nc); err != nil {
		return fmt.Errorf("open sequencer: %w", err)
	}
	publishing, err := s.dial()
	if err != nil {
		return fmt.Errorf("open sequencer: connect: %w", err)
	}
	pub, err := newPublisher(publishing)
	if err != nil {
		publishing.Close()
		return fmt.Errorf("open sequencer: %w", err)
	}
	s.pub = pub
	if s.cfg.wrap != nil {
		s.pub = s.cfg.wrap(pub)
	}
	return nil
}

// dial makes a connection that notices a dead server within seconds, and that never keeps a message back to send it later.
func (s *Sequencer) dial() (*nats.Conn, error) {
	return s.cfg.Dial(
		nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond), nats.ReconnectJitter(0, 0), nats.ReconnectBufSize(-1),
		nats.PingInterval(time.Second), nats.MaxPingsOutstanding(2), nats.RetryOnFailedConnect(false),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			s.log.Warn("nats reported an error", "error", err)
		}),
	)
}

func (s *Sequencer) disconnect() {
	if s.pub != nil {
		s.pub.close()
	}
	if s.nc != nil {
		s.nc.Close()
	}
	s.head.close()
	s.snapshots.close()
}

// reasonClosed is why a sequencer has stopped that was closed in good order.
const reasonClosed = "sequencer: closed"

// Close stops taking requests, waits for the block under way, writes a snapshot, and closes connections and head record.
func (s *Sequencer) Close() error {
	s.closing.Do(func() {
		s.Halt(reasonClosed)
		<-s.done
		s.meter.forget()
		s.cancel()
		if s.stopped == reasonClosed { // after anything else, what the machine holds may be in doubt
			s.snapshots.last(s.machine)
		}
		s.serving.Lock()
		defer s.serving.Unlock()
		if s.service != nil {
			s.service.close()
		}
		s.disconnect()
	})
	return nil
}

// Halt stops writing, for good: the background re-read has found damage, or an operator has. The block under way is still
// acknowledged if it gets written; whoever waits behind it is told chain.ErrStopped.
func (s *Sequencer) Halt(reason string) {
	select {
	case s.halt <- reason:
	default: // a reason is waiting already
	}
}

// Append puts a request of a service before the sequencer and waits for its answer. See chain.Appender for what the error means.
// The request's bytes must not change until Append returns. When ctx ends before the request's turn, nothing was written and the
// error is chain.ErrBusy; once its turn has come, the answer is waited for.
func (s *Sequencer) Append(ctx context.Context, service string, q *chain.Request) (*chain.Reply, error) {
	p := s.pool.Get().(*pending)
	p.begin(ctx, s.meter.now())
	s.rules.Prepare(&p.prepared, service, q)
	if err := p.prepared.Fault(); err != nil {
		s.meter.refused(err)
		p.endSpan(err)
		s.pool.Put(p)
		return nil, err
	}
	if err := s.queue.put(p); err != nil {
		s.meter.refused(err)
		p.endSpan(err)
		s.pool.Put(p)
		return nil, err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		if p.abandon() {
			p.endSpan(chain.ErrBusy)
			return nil, chain.ErrBusy.Because(ctx.Err()) // p stays in the queue, and goes to the collector from there
		}
		<-p.done
	}
	verdict := p.verdict
	reply, err := verdict.Reply(s.readBlock(ctx))
	p.end()
	s.pool.Put(p)
	if err != nil {
		return nil, chain.ErrRetry.Because(err)
	}
	if reply.Fault != nil {
		return nil, reply.Fault
	}
	return reply, nil
}

// For gives the appender of one service in this process.
func (s *Sequencer) For(service string) chain.Appender { return appender{s, service} }

type appender struct {
	s       *Sequencer
	service string
}

func (a appender) Append(ctx context.Context, q *chain.Request) (*chain.Reply, error) {
	return a.s.Append(ctx, a.service, q)
}
