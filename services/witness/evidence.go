package witness

import (
	"context"
	"fmt"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"renlin.dev/pkg/merkle"
)

// Kind says how two checkpoints of one log exclude each other.
type Kind string

const (
	// Fork: the same size, different roots. The two notes alone convict the log.
	Fork Kind = "fork"
	// Shorter: the log shows fewer entries than the witness has seen. It lost or hides some.
	Shorter Kind = "shorter"
	// Inconsistent: the larger tree does not contain the smaller one, so far as the log can show.
	Inconsistent Kind = "inconsistent"
)

// ConflictError says that our log and the witness's memory of it exclude each other. The log must not go on signing until
// a person has looked at it.
type ConflictError struct {
	Kind Kind
	// Ours is the checkpoint that was submitted, signed by the log.
	Ours []byte
	// Theirs is what the witness holds, signed by the log as well. It is nil when the witness could not show it; then
	// the conflict is the witness's claim and proves nothing.
	Theirs []byte
	// Size is the size that the witness says it has.
	Size uint64
}

// Proven reports whether the evidence is complete: two checkpoints under the log's own signature.
func (e *ConflictError) Proven() bool { return e.Theirs != nil }

// Error names the kind; the evidence is in the fields.
func (e *ConflictError) Error() string {
	if !e.Proven() {
		return fmt.Sprintf("witness: conflict claimed but not shown: %s", e.Kind)
	}
	return fmt.Sprintf("witness: the log signed two checkpoints that exclude each other: %s", e.Kind)
}

// Evidence gives the kind of contradiction and the two sheets; theirs is nil when the witness could not show it.
func (e *ConflictError) Evidence() (kind string, ours, theirs []byte) {
	return string(e.Kind), e.Ours, e.Theirs
}

// RollbackError says that a witness is at a smaller size than one that it has cosigned: its state was set back, and its
// further cosignatures are worth nothing until its operator has explained.
type RollbackError struct {
	// Cosigned is the checkpoint under the witness's own cosignature.
	Cosigned []byte
	// Size is what it says it has now.
	Size uint64
}

// Error says so.
func (e *RollbackError) Error() string {
	return fmt.Sprintf("witness: it is at size %d, below one that it has cosigned", e.Size)
}

// Evidence gives the checkpoint that the witness has forgotten, under its own cosignature. It speaks against the witness alone.
func (e *RollbackError) Evidence() (kind string, ours, theirs []byte) {
	return "rollback", e.Cosigned, nil
}

// StatusError is a refusal without further consequence.
type StatusError struct {
	// Status is the HTTP status.
	Status int
}

// Error gives the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("witness: answered with status %d", e.Status)
}

// conflictOf compares our checkpoint with one that is at least as large; empty when they agree.
func conflictOf(ours, theirs merkle.Checkpoint) Kind {
	switch {
	case theirs.Size > ours.Size:
		return Shorter
	case theirs.Size == ours.Size && theirs.Root != ours.Root:
		return Fork
	}
	return ""
}

// accuse finds out why a witness refused our proof: who contradicts whom. What cannot be shown stays a claim.
func (c *Client) accuse(ctx context.Context, signed []byte, ours merkle.Checkpoint, consistency ConsistencyFunc) error {
	claim := &ConflictError{Kind: Inconsistent, Ours: signed}
	theirs, err := c.fetch(ctx, ours.Origin)
	if err != nil {
		return claim
	}
	claim.Size = theirs.checkpoint.Size
	kind := conflictOf(ours, theirs.checkpoint)
	if kind == "" && theirs.checkpoint.Size < ours.Size {
		extends, err := continues(ctx, theirs.checkpoint, ours, consistency)
		if err != nil {
			return fmt.Errorf("make proof for witness: %w", err)
		}
		if !extends {
			kind = Inconsistent
		}
	}
	if kind != "" {
		claim.Kind, claim.Theirs = kind, theirs.note
	}
	return claim
}

// continues reports whether our log can show that it contains the witness's tree.
func continues(ctx context.Context, from, to merkle.Checkpoint, consistency ConsistencyFunc) (bool, error) {
	if from.Size == 0 {
		return true, nil
	}
	path, err := consistency(ctx, from.Size, to.Size)
	if err != nil {
		return false, err
	}
	raw := make([][]byte, len(path))
	for i := range path {
		raw[i] = path[i][:]
	}
	return proof.VerifyConsistency(rfc6962.DefaultHasher, from.Size, to.Size, raw, from.Root[:], to.Root[:]) == nil, nil
}
