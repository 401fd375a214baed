// Package notary signs what the log holds, light as it is: no consensus, one key, independent witnesses.
//
// The rules, in plain words:
//
//  1. At a set interval, when the log has grown, the notary asks audit for the log's head and for the proof that it continues the
//     one signed last. It signs only what is proved to continue; a log that shrank or forked is never signed, and that is said
//     loudly.
//  2. The last checkpoint is on the notary's own disk before anyone sees the new one, so that a restart cannot sign a second
//     history.
//  3. A checkpoint is published only with the cosignatures that the policy asks for. Without them the last published one stays:
//     late is shown, never hidden. Published checkpoints stand in a stream of their own that nobody may delete from.
package notary

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
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
	// Cosign submits a signed checkpoint. The client rebuilds proofs through consistency when the witness is at another size.
	Cosign(
		ctx context.Context, checkpoint []byte, consistency func(ctx context.Context, from, to uint64) ([]merkle.Hash, error),
	) ([]byte, error)
	Verifier() note.Verifier
	VerifierKey() string
}

// Store keeps published checkpoints.
type Store interface {
	// Publish makes a checkpoint durable in the notes' own stream.
	Publish(ctx context.Context, checkpoint []byte) error
	// Last gives the newest published one; nil for none.
	Last(ctx context.Context) ([]byte, error)
}

// Config is what the notary of one community needs.
type Config struct {
	Community string
	Signer    *merkle.Signer
	Dir       string // the notary's own state
	Log       Log
	Witnesses []Witness
	// QuorumMin is how many witnesses must cosign before a checkpoint is published.
	QuorumMin int
	Store     Store
	Interval  time.Duration
	// Published is told of every published checkpoint note; may be nil.
	Published func(note []byte)
	Now       func() time.Time
	Logger    *slog.Logger
}

// Notary is one community's. Run has one caller; Checkpoint may be asked from anywhere.
type Notary struct {
	cfg    Config
	state  *stateFile
	signed *merkle.Checkpoint // last signed, published or not; owned by Run

	mu        sync.Mutex // guards what follows
	published []byte
	refusal   error
}

// Origin names a community's log in its checkpoints.
func Origin(community string) string { return "renlin.dev/" + community }

// Errors that mean that the log must not be signed.
var (
	ErrShrunk = errors.New("the log is shorter than what was signed")
	ErrForked = errors.New("the log does not continue what was signed")
)

// Open reads the notary's state and the newest published checkpoint.
func Open(ctx context.Context, cfg Config) (*Notary, error) {
	state, last, err := openState(cfg.Dir, cfg.Signer)
	if err != nil {
		return nil, err
	}
	n := &Notary{cfg: cfg, state: state, signed: last}
	if n.published, err = cfg.Store.Last(ctx); err != nil {
		return nil, fmt.Errorf("read published checkpoint: %w", err)
	}
	if n.published != nil {
		c, err := merkle.Peek(n.published)
		if err != nil {
			return nil, fmt.Errorf("published checkpoint: %w", err)
		}
		if n.signed == nil || n.signed.Size < c.Size {
			// The notary's disk was restored or lost: what was published binds all the same.
			n.signed = &c
		}
	}
	return n, nil
}

// Checkpoint gives the newest published checkpoint; nil for none.
func (n *Notary) Checkpoint() []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.published
}

// Refusal tells why the notary does not sign; nil when it does.
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
		err := n.Step(ctx)
		n.mu.Lock()
		changed := (err == nil) != (n.refusal == nil)
		n.refusal = err
		n.mu.Unlock()
		if err != nil && changed && ctx.Err() == nil {
			n.cfg.Logger.Error("checkpoint was not published", "community", n.cfg.Community, "err", err)
		}
	}
}

// Step signs and publishes once, if the log has grown.
func (n *Notary) Step(ctx context.Context) error {
	head, err := n.cfg.Log.Head(ctx)
	if err != nil {
		return fmt.Errorf("ask the log's head: %w", err)
	}
	if head.Size == 0 {
		return nil
	}
	if n.signed != nil && n.upToDate(head) {
		return nil
	}
	if err := n.proves(ctx, head); err != nil {
		return err
	}
	c := merkle.Checkpoint{Origin: Origin(n.cfg.Community), Size: head.Size, Root: head.Root}
	signed, err := merkle.Sign(c, n.cfg.Signer)
	if err != nil {
		return fmt.Errorf("sign checkpoint: %w", err)
	}
	if err := n.state.write(signed); err != nil {
		return err
	}
	n.signed = &c // from here on nothing shorter or other is ever signed
	cosigned, err := n.cosign(ctx, signed)
	if err != nil {
		return err
	}
	if err := n.cfg.Store.Publish(ctx, cosigned); err != nil {
		return fmt.Errorf("publish checkpoint: %w", err)
	}
	n.mu.Lock()
	n.published = cosigned
	n.mu.Unlock()
	if n.cfg.Published != nil {
		n.cfg.Published(cosigned)
	}
	return nil
}

// upToDate tells whether the newest published checkpoint already says what the log says.
func (n *Notary) upToDate(head Head) bool {
	published := n.Checkpoint()
	if published == nil || head.Size != n.signed.Size || head.Root != n.signed.Root {
		return false
	}
	c, err := merkle.Peek(published)
	return err == nil && c.Size == head.Size
}

// proves checks that the log continues what was signed last.
func (n *Notary) proves(ctx context.Context, head Head) error {
	if n.signed == nil {
		return nil
	}
	if head.Size < n.signed.Size {
		return fmt.Errorf("%d entries, signed %d: %w", head.Size, n.signed.Size, ErrShrunk)
	}
	var path []merkle.Hash
	var err error
	if head.Size > n.signed.Size {
		if path, err = n.cfg.Log.Consistency(ctx, n.signed.Size, head.Size); err != nil {
			return fmt.Errorf("ask for consistency: %w", err)
		}
	}
	return CheckConsistency(*n.signed, head, path)
}

// CheckConsistency verifies with the library that a head continues a checkpoint.
func CheckConsistency(old merkle.Checkpoint, head Head, path []merkle.Hash) error {
	hashes := make([][]byte, len(path))
	for i := range path {
		hashes[i] = path[i][:]
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, old.Size, head.Size, hashes, old.Root[:], head.Root[:]); err != nil {
		return fmt.Errorf("from %d to %d entries: %w", old.Size, head.Size, ErrForked)
	}
	return nil
}

// cosign asks all witnesses at once and joins what they answered.
func (n *Notary) cosign(ctx context.Context, signed []byte) ([]byte, error) {
	type answer struct {
		lines []byte
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	answers := make([]answer, len(n.cfg.Witnesses))
	var wg sync.WaitGroup
	for i, w := range n.cfg.Witnesses {
		wg.Go(func() { answers[i].lines, answers[i].err = w.Cosign(ctx, signed, n.cfg.Log.Consistency) })
	}
	wg.Wait()
	good := 0
	var errs []error
	for i, a := range answers {
		if a.err == nil {
			var joined []byte
			if joined, _, a.err = merkle.Join(signed, a.lines, n.cfg.Witnesses[i].Verifier()); a.err == nil {
				signed = joined
				good++
				continue
			}
		}
		errs = append(errs, fmt.Errorf("witness %d: %w", i, a.err))
	}
	if good < n.cfg.QuorumMin {
		return nil, fmt.Errorf("%d of %d cosignatures needed: %w", good, n.cfg.QuorumMin, errors.Join(errs...))
	}
	return signed, nil
}

// Close releases the state directory.
func (n *Notary) Close() error { return n.state.Close() }

var _ io.Closer = (*Notary)(nil)
