package notary

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"renlin.dev/pkg/merkle"
)

// evidence is what one file tells. Notes carry their own proof: whoever has the log's key can check them. A head is only what
// audit said.
type evidence struct {
	Kind string `json:"kind"`
	At   string `json:"at"`
	// Ours and Theirs are signed notes. Two notes under the log's key that exclude each other convict the log.
	Ours   []byte        `json:"-"`
	Theirs []byte        `json:"-"`
	Head   *Head         `json:"-"`
	Proof  []merkle.Hash `json:"-"`
}

// evidenceFile is how evidence is written: texts as texts, hashes in hex.
type evidenceFile struct {
	evidence
	Ours   string   `json:"ours,omitempty"`
	Theirs string   `json:"theirs,omitempty"`
	Size   *uint64  `json:"size,omitempty"`
	Root   string   `json:"root,omitempty"`
	Proof  []string `json:"proof,omitempty"`
}

func (e evidence) encode() ([]byte, error) {
	f := evidenceFile{evidence: e, Ours: string(e.Ours), Theirs: string(e.Theirs)}
	if e.Head != nil {
		f.Size, f.Root = &e.Head.Size, hex.EncodeToString(e.Head.Root[:])
	}
	for _, h := range e.Proof {
		f.Proof = append(f.Proof, hex.EncodeToString(h[:]))
	}
	out, err := json.MarshalIndent(f, "", "  ")
	return append(out, '\n'), err
}

// name is the same for the same facts, whenever they were seen.
func (e evidence) name() string {
	h := sha256.New()
	for _, part := range [][]byte{textOf(e.Ours), textOf(e.Theirs)} {
		h.Write(part)
		h.Write([]byte{0})
	}
	if e.Head != nil {
		_, _ = fmt.Fprintf(h, "%d %x", e.Head.Size, e.Head.Root)
	}
	return e.Kind + "-" + hex.EncodeToString(h.Sum(nil)[:8]) + ".json"
}

// note keeps what was seen of a log that must not be signed, when that begins, and gives the refusal back.
func (n *Notary) note(refusal error, e evidence) error {
	if n.noted == kindOf(refusal) {
		return refusal // it goes on, and is on the disk
	}
	if err := n.write(e); err != nil {
		return errors.Join(refusal, err) // the next step tries again
	}
	n.noted = kindOf(refusal)
	return refusal
}

// keep writes what convicts the log's key, and stops the notary.
func (n *Notary) keep(e evidence) error {
	n.state.convicted = true // also when the disk does not take the evidence
	if err := n.write(e); err != nil {
		return fmt.Errorf("%w: %s, and the evidence could not be written: %w", ErrStopped, e.Kind, err)
	}
	return fmt.Errorf("%w: %s: %s/%s", ErrStopped, e.Kind, convictions, e.name())
}

func (n *Notary) write(e evidence) error {
	e.At = n.cfg.Now().UTC().Format(time.RFC3339)
	data, err := e.encode()
	if err != nil {
		return fmt.Errorf("keep evidence: %w", err)
	}
	dir := sightings
	if n.state.convicted {
		dir = convictions
	}
	return n.state.keep(dir, e.name(), data)
}

// hear looks at what came with a witness's refusal. It believes nothing but this log's own signature and the log's own proof.
func (n *Notary) hear(ctx context.Context, err error) error {
	var e interface {
		error
		Evidence() (kind string, ours, theirs []byte)
	}
	if !errors.As(err, &e) {
		return err
	}
	kind, ours, theirs := e.Evidence()
	if theirs == nil {
		return errors.Join(err, n.write(evidence{Kind: "witness-" + kind, Ours: ours}))
	}
	shown, verr := n.verify(theirs)
	if verr != nil {
		return err
	}
	mine, verr := n.verify(ours)
	if verr != nil {
		return err
	}
	if n.excludes(ctx, mine.checkpoint, shown.checkpoint) {
		return errors.Join(n.keep(evidence{Kind: kind, Ours: ours, Theirs: theirs}), err)
	}
	// The key has signed more than this notary remembers: it was set back, or is not alone. That binds too.
	return errors.Join(err, n.bindTo(shown))
}

// excludes tells whether two notes cannot both be of one log. A longer one than ours is no contradiction yet: it binds, and the log
// must grow to it.
func (n *Notary) excludes(ctx context.Context, ours, theirs merkle.Checkpoint) bool {
	if theirs.Size >= ours.Size || theirs.Size == 0 {
		return theirs.Size == ours.Size && theirs.Root != ours.Root
	}
	path, err := n.cfg.Log.Consistency(ctx, theirs.Size, ours.Size)
	return err == nil && CheckConsistency(theirs, Head{ours.Size, ours.Root}, path) != nil
}
