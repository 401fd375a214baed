package notary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/telemetry"
)

// Step signs and publishes once, if the log has grown.
func (n *Notary) Step(ctx context.Context) error {
	err := n.step(ctx)
	n.trouble = kindOf(err)
	if n.noted != n.trouble {
		n.noted = ""
	}
	n.counted(err)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refusal = err
	return err
}

// kindOf puts errors into the few kinds that are worth a new line in the log when they change.
func kindOf(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrStopped):
		return "stopped"
	case errors.Is(err, ErrForked):
		return "forked"
	case errors.Is(err, ErrShrunk):
		return "shrunk"
	case errors.Is(err, ErrQuorum):
		return "quorum"
	}
	return "other"
}

func (n *Notary) step(ctx context.Context) error {
	if err := n.state.stopped(); err != nil {
		return err
	}
	head, err := n.cfg.Log.Head(ctx)
	if err != nil {
		return fmt.Errorf("ask the log's head: %w", err)
	}
	for _, b := range n.bound {
		if err := n.proves(ctx, b, head); err != nil {
			return err
		}
	}
	if head.Size == 0 || n.isPublished(head) {
		return nil
	}
	ctx, span := telemetry.Start(ctx, "notary checkpoint", n.follows(ctx, head)...)
	err = n.checkpoint(ctx, head)
	telemetry.End(span, err)
	return err
}

// checkpoint makes a new checkpoint of the head.
func (n *Notary) checkpoint(ctx context.Context, head Head) error {
	if err := n.sign(head); err != nil {
		return err
	}
	if err := telemetry.Do(ctx, "notary cosign", n.cosign); err != nil {
		return err
	}
	return telemetry.Do(ctx, "notary publish", n.publish)
}

// follows points a checkpoint's span back to the requests that it is the first to cover.
func (n *Notary) follows(ctx context.Context, head Head) []trace.SpanStartOption {
	if n.cfg.Causes == nil {
		return telemetry.FollowsAll(ctx)
	}
	var before uint64
	if c, err := merkle.Peek(n.Checkpoint()); err == nil {
		before = c.Size
	}
	return telemetry.FollowsAll(ctx, n.cfg.Causes(before, head.Size)...)
}

// isPublished tells whether the newest published checkpoint covers the head already. It is among what binds, so that a head of its size
// has its root.
func (n *Notary) isPublished(head Head) bool {
	published := n.Checkpoint()
	if published == nil {
		return false
	}
	c, err := merkle.Peek(published) // it was verified when it was taken
	return err == nil && c.Size == head.Size
}

// proves checks that the log continues one checkpoint that binds.
func (n *Notary) proves(ctx context.Context, b signedNote, head Head) error {
	old := b.checkpoint
	if head.Size < old.Size {
		err := fmt.Errorf("%d entries, signed %d: %w", head.Size, old.Size, ErrShrunk)
		return n.note(err, evidence{Kind: "shrunk", Ours: b.note, Head: &head})
	}
	var path []merkle.Hash
	var err error
	if old.Size > 0 && head.Size > old.Size {
		if path, err = n.cfg.Log.Consistency(ctx, old.Size, head.Size); err != nil {
			return fmt.Errorf("ask for consistency: %w", err)
		}
	}
	if err := CheckConsistency(old, head, path); err != nil {
		return n.note(err, evidence{Kind: "forked", Ours: b.note, Head: &head, Proof: path})
	}
	return nil
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

// sign makes the checkpoint and puts it on the own disk. When it returns an error nobody has seen a signature; the disk may hold the
// old checkpoint or the new one, and either binds at the next start. When it returns nil, nothing shorter or other is ever signed.
func (n *Notary) sign(head Head) error {
	c := merkle.Checkpoint{Origin: Origin(n.cfg.Community), Size: head.Size, Root: head.Root}
	if p, err := merkle.Peek(n.pending); err == nil && p == c {
		return nil // signed before, and still waiting for cosignatures or for the stream
	}
	signed, err := merkle.Sign(c, n.cfg.Signer)
	if err != nil {
		return fmt.Errorf("sign checkpoint: %w", err)
	}
	if err := n.state.write(signed); err != nil {
		return err
	}
	n.bound = []signedNote{{c, signed}} // it continues all that bound before
	n.pending = signed
	clear(n.got)
	return nil
}

// cosign asks all witnesses at once whose word is missing, and joins what they answer. When enough have answered, it waits a little for the
// others and then calls them off: one that hangs must not hold up every checkpoint.
func (n *Notary) cosign(ctx context.Context) error {
	type answer struct {
		witness int
		lines   []byte
		err     error
	}
	ctx, cancel := context.WithTimeout(ctx, n.cfg.CosignTimeout)
	defer cancel()
	answers := make(chan answer)
	asked := 0
	signed := n.pending // what is submitted; pending changes while the others are still being asked
	for i, w := range n.cfg.Witnesses {
		if n.got[i] {
			continue
		}
		asked++
		go func() {
			lines, err := w.Cosign(ctx, signed, n.cfg.Log.Consistency)
			answers <- answer{i, lines, err}
		}()
	}
	var errs []error
	for ; asked > 0; asked-- { // so that every question has ended when this returns
		a := <-answers
		if a.err == nil {
			a.err = n.join(a.witness, a.lines)
		}
		if a.err != nil {
			errs = append(errs, fmt.Errorf("witness %d: %w", a.witness, n.hear(ctx, a.err)))
		}
		if n.enough() && asked > 1 {
			time.AfterFunc(lingerMax, cancel) // once more is harmless, and cancel is called at the end anyway
		}
	}
	if err := n.state.stopped(); err != nil {
		return errors.Join(append([]error{err}, errs...)...)
	}
	if !n.enough() {
		return fmt.Errorf("%w: %w", ErrQuorum, errors.Join(errs...))
	}
	return nil
}

// join adds a witness's verified cosignature to the pending checkpoint.
func (n *Notary) join(witness int, lines []byte) error {
	joined, _, err := merkle.Join(n.pending, lines, n.cfg.Witnesses[witness].Verifier())
	if err != nil {
		return err
	}
	n.pending, n.got[witness] = joined, true
	return nil
}

func (n *Notary) enough() bool {
	good := 0
	for _, got := range n.got {
		if got {
			good++
		}
	}
	return good >= n.cfg.QuorumMin
}

// publish puts the pending checkpoint into the stream. If another stands there, that one binds: the same checkpoint means that an attempt
// thought lost did arrive; any other is looked at in the next step.
func (n *Notary) publish(ctx context.Context) error {
	err := n.cfg.Store.Publish(ctx, n.pending)
	if errors.Is(err, ErrMoved) {
		last, lastErr := n.cfg.Store.Last(ctx)
		if lastErr != nil {
			return fmt.Errorf("read published checkpoint: %w", lastErr)
		}
		if err := n.adopt(last); err != nil {
			return err
		}
		if !bytes.Equal(textOf(last), textOf(n.pending)) {
			return fmt.Errorf("publish checkpoint: %w", err)
		}
		n.tell(last)
		return nil
	}
	if err != nil {
		return fmt.Errorf("publish checkpoint: %w", err)
	}
	n.mu.Lock()
	n.published = n.pending
	n.mu.Unlock()
	n.tell(n.pending)
	return nil
}

func (n *Notary) tell(published []byte) {
	if n.cfg.Published != nil {
		n.cfg.Published(published)
	}
}

// textOf gives a note's text without its signatures.
func textOf(signed []byte) []byte {
	text, _, _ := bytes.Cut(signed, []byte("\n\n"))
	return text
}
