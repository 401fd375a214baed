// Package notary signs what the log holds, light as it is: no consensus, one key, independent witnesses.
//
// The rules, in plain words:
//
//  1. At a set interval, when the log has grown, the notary asks audit for the log's head and for the proof that it continues
//     everything signed before: what stands on the notary's own disk, what is published, and what a witness has shown to carry
//     this key's signature. It signs only what is proved to continue all of it. A log that has not grown is not signed again.
//  2. A log that shrank or forked is never signed. What was seen is kept in a file, once for each time that it begins, and said
//     loudly. When two notes under this log's own key exclude each other, the notary stops for good: a person has to look at the
//     evidence and move the file away before it signs again.
//  3. The new checkpoint is on the notary's own disk before anyone sees it, so that a restart cannot sign a second history. After a
//     write of unknown outcome nothing of it has been shown, and what the disk may hold binds at the next start.
//  4. A checkpoint is published only with the cosignatures that are asked for, each by another key. Until then the last published one
//     stays, and those cosignatures of the new one that came are kept while the log stands still: late is shown, never hidden.
//  5. Published checkpoints stand in a stream of their own that nobody may delete from, in growing order. A notary that finds that
//     somebody else wrote there first reads it and is bound by it, so two notaries with one key cannot publish two histories.
package notary

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/telemetry/metrics"
)

// Head is what the log says of itself.
type Head struct {
	Size uint64
	Root merkle.Hash
}

// Log is where audit's log is asked.
type Log interface {
	Head(ctx context.Context) (Head, error)
	Consistency(ctx context.Context, from, to uint64) ([]merkle.Hash, error)
}

// Witness cosigns; it answers signature lines. The proof leads from the size the witness last saw, which its client knows.
type Witness interface {
	// Cosign submits a signed checkpoint. The client rebuilds proofs through consistency when the witness is at another size. An
	// error that has the method Evidence brings notes that somebody must see.
	Cosign(
		ctx context.Context, checkpoint []byte, consistency func(ctx context.Context, from, to uint64) ([]merkle.Hash, error),
	) ([]byte, error)
	Verifier() note.Verifier
	VerifierKey() string
}

// Store keeps published checkpoints.
type Store interface {
	// Publish makes a checkpoint durable behind the one that Last gave or that was published last through this store. ErrMoved means
	// that another one stands there by now, which may be the same, published by an attempt that was thought lost.
	Publish(ctx context.Context, checkpoint []byte) error
	// Last gives the newest published one; nil for none.
	Last(ctx context.Context) ([]byte, error)
}

// Config is what the notary of one community needs.
type Config struct {
	Community string
	Signer    *merkle.Signer
	// Dir is the notary's own state. It belongs to this process alone.
	Dir string
	// Files takes the place of Dir when it is set; tests use it.
	Files     durable.Files
	Log       Log
	Witnesses []Witness
	// QuorumMin is how many witnesses must cosign before a checkpoint is published: at least one, at most all.
	QuorumMin int
	// CosignTimeout bounds one round of asking witnesses; 10 s if 0.
	CosignTimeout time.Duration
	Store         Store
	Interval      time.Duration
	// Published is told of every published checkpoint note; may be nil.
	Published func(note []byte)
	// Now dates the evidence; nil means time.Now.
	Now func() time.Time
	// Logger is told of each trouble when it begins and when it is over; nil means nobody.
	Logger *slog.Logger
	// Causes gives the traces, as traceparents, of what a log of one size has and a shorter one has not, as of the last Head; may be nil.
	Causes func(from, to uint64) []string
	// Metrics takes what is counted and measured; nil takes nothing.
	Metrics *metrics.Registry
}

const (
	cosignTimeoutDefault = 10 * time.Second
	// lingerMax is how long a round waits for further witnesses when enough have answered.
	lingerMax = 300 * time.Millisecond
)

// signedNote is a checkpoint under this log's key, with its text.
type signedNote struct {
	checkpoint merkle.Checkpoint
	note       []byte
}

// Notary is one community's. Run, or Step, has one caller; the other methods may be called from anywhere.
type Notary struct {
	cfg      Config
	verifier note.Verifier
	state    *state
	close    func() error

	bound   []signedNote // all that a new checkpoint must continue; owned by Run
	pending []byte       // the last one signed, with the cosignatures that came for it; owned by Run
	got     []bool       // whose cosignature pending carries, by the witness's place; owned by Run
	trouble string       // the kind of what went wrong in the last step, empty for nothing; owned by Run
	noted   string       // the kind whose evidence is on the disk since it began; owned by Run

	steps metrics.Counter

	mu        sync.Mutex // guards what follows
	published []byte
	refusal   error
	covered   time.Time // when a step last ended with a published checkpoint that covers the whole log
	missing   int       // cosignatures that the newest checkpoint lacks, of all witnesses
}

// OriginsBelow is the name below which a notary's logs have theirs: a witness that is given the notary's key under it knows them all.
const OriginsBelow = "renlin.dev"

// Origin names a community's log in its checkpoints.
func Origin(community string) string { return OriginsBelow + "/" + community }

// Why the notary does not sign or publish.
var (
	// ErrShrunk and ErrForked mean that the log must not be signed as long as it looks like this.
	ErrShrunk = errors.New("the log is shorter than what was signed")
	ErrForked = errors.New("the log does not continue what was signed")
	// ErrStopped means that two notes under the log's own key exclude each other. It ends when a person moves the evidence away.
	ErrStopped = errors.New("this log's key has signed two histories")
	// ErrQuorum means that too few witnesses cosigned.
	ErrQuorum = errors.New("too few witnesses cosigned")
	// ErrMoved means that the checkpoints' stream holds more than was known.
	ErrMoved = errors.New("another checkpoint has been published")
	// ErrForeign means that what stands published is not a checkpoint of this log under this notary's key.
	ErrForeign = errors.New("what is published is not this log's checkpoint")
)

// Open reads the notary's state and the newest published checkpoint. It fails, naming what is wrong, on state or a published
// checkpoint that does not verify under the notary's own key: to start over would sign a second history.
func Open(ctx context.Context, cfg Config) (*Notary, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	verifier, err := merkle.NewVerifier(cfg.Signer.VerifierKey())
	if err != nil {
		return nil, fmt.Errorf("open notary: %w", err)
	}
	n := &Notary{cfg: cfg, verifier: verifier, got: make([]bool, len(cfg.Witnesses)), close: func() error { return nil }}
	files := cfg.Files
	if files == nil {
		dir, err := durable.Open(cfg.Dir)
		if err != nil {
			return nil, fmt.Errorf("open notary state: %w", err)
		}
		files, n.close = dir, dir.Close
	}
	n.state = &state{files: files, writer: durable.NewWriter(files)}
	if err := n.load(ctx); err != nil {
		return nil, errors.Join(err, n.close())
	}
	n.measure()
	return n, nil
}

// check judges the configuration and fills in what may be left out.
func (cfg *Config) check() error {
	switch {
	case cfg.Interval <= 0:
		return errors.New("open notary: the interval is not above zero")
	case cfg.QuorumMin < 1 || cfg.QuorumMin > len(cfg.Witnesses):
		return fmt.Errorf("open notary: %d of %d witnesses cannot be asked for", cfg.QuorumMin, len(cfg.Witnesses))
	}
	keys := make([]string, len(cfg.Witnesses))
	for i, w := range cfg.Witnesses {
		keys[i] = w.VerifierKey()
	}
	if err := merkle.DistinctKeys(append(keys, cfg.Signer.VerifierKey())...); err != nil {
		return fmt.Errorf("open notary: %w", err)
	}
	if cfg.CosignTimeout == 0 {
		cfg.CosignTimeout = cosignTimeoutDefault
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// load reads the disk and the stream. Both bind: either may have been restored without the other.
func (n *Notary) load(ctx context.Context) error {
	raw, err := n.state.read()
	if err != nil {
		return err
	}
	if raw != nil {
		own, err := n.verify(raw)
		if err != nil {
			return fmt.Errorf("notary state is damaged or another's: %w", err)
		}
		n.bound = append(n.bound, own)
	}
	published, err := n.cfg.Store.Last(ctx)
	if err != nil {
		return fmt.Errorf("read published checkpoint: %w", err)
	}
	if err := n.adopt(published); !errors.Is(err, ErrStopped) {
		return err
	}
	return nil // what is published is served on; every step says that it stopped
}

// verify reads a note that must carry the signature of this log's key.
func (n *Notary) verify(raw []byte) (signedNote, error) {
	c, _, err := merkle.Open(raw, n.verifier)
	return signedNote{c, raw}, err
}

// adopt takes what stands published, whoever wrote it. It binds from now on.
func (n *Notary) adopt(published []byte) error {
	if published == nil {
		return nil
	}
	p, err := n.verify(published)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForeign, err)
	}
	n.mu.Lock()
	n.published = published
	n.mu.Unlock()
	return n.bindTo(p)
}

// bindTo adds to what every new checkpoint must continue. Two checkpoints of one size with different roots are evidence by
// themselves.
func (n *Notary) bindTo(s signedNote) error {
	for _, b := range n.bound {
		if b.checkpoint.Size == s.checkpoint.Size && b.checkpoint.Root != s.checkpoint.Root {
			return n.keep(evidence{Kind: "fork", Ours: b.note, Theirs: s.note})
		}
	}
	if !slices.ContainsFunc(n.bound, func(b signedNote) bool { return b.checkpoint == s.checkpoint }) {
		n.bound = append(n.bound, s)
	}
	return nil
}

// Checkpoint gives the newest published checkpoint; nil for none.
func (n *Notary) Checkpoint() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.published
}

// Refusal tells why the notary does not sign or publish; nil when it does.
func (n *Notary) Refusal() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.refusal
}

// Keys gives the verifier keys of the log and the witnesses, as C2SP vkeys.
func (n *Notary) Keys() (log string, witnesses []string) {
	for _, w := range n.cfg.Witnesses {
		witnesses = append(witnesses, w.VerifierKey())
	}
	return n.cfg.Signer.VerifierKey(), witnesses
}

// Run signs at every interval until ctx ends.
func (n *Notary) Run(ctx context.Context) error {
	tick := time.NewTicker(n.cfg.Interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		before := n.trouble
		err := n.Step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case n.trouble == before:
		case err != nil:
			n.cfg.Logger.Error("checkpoint was not published", "community", n.cfg.Community, "kind", n.trouble, "err", err)
		default:
			n.cfg.Logger.Info("checkpoints are published again", "community", n.cfg.Community)
		}
	}
}

// Close releases the state directory.
func (n *Notary) Close() error { return n.close() }

var _ io.Closer = (*Notary)(nil)
