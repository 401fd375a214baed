package merkle

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Policy says whose word makes a checkpoint valid: one of its logs signed it, and a quorum of its witnesses
// cosigned it. It is read from a C2SP tlog-policy and never changes, so it is safe for concurrent use.
type Policy struct {
	logs      []party
	witnesses []party
	quorum    member
	verifiers []note.Verifier
}

// party is a log or a witness of the policy.
type party struct {
	name     string // a witness's name inside the policy; a log has none but its origin
	vkey     string
	url      string
	verifier note.Verifier
}

// member is a witness, a group, or nobody (k = 0, which is always satisfied).
type member struct {
	witness int // index into witnesses, or -1 for a group
	k       int
	of      []member
}

func (m member) satisfied(seen []bool) bool {
	if m.witness >= 0 {
		return seen[m.witness]
	}
	n := 0
	for _, x := range m.of {
		if x.satisfied(seen) {
			n++
		}
	}
	return n >= m.k
}

// KeyedParty is what a policy tells about one log or witness.
type KeyedParty struct {
	// Name is the policy's own name for a witness, and the origin of a log.
	Name string
	// VerifierKey is its vkey.
	VerifierKey string
	// URL is where to reach it, or empty.
	URL string
}

// Logs returns the policy's logs in its order.
func (p *Policy) Logs() []KeyedParty { return keyed(p.logs) }

// Witnesses returns the policy's witnesses in its order.
func (p *Policy) Witnesses() []KeyedParty { return keyed(p.witnesses) }

func keyed(from []party) []KeyedParty {
	out := make([]KeyedParty, len(from))
	for i, x := range from {
		out[i] = KeyedParty{Name: x.name, VerifierKey: x.vkey, URL: x.url}
	}
	return out
}

// QuorumError says that too few witnesses cosigned a checkpoint that its log did sign.
type QuorumError struct {
	// Counted names the witnesses whose cosignatures count, Stale those whose time was too old or ahead.
	Counted, Stale []string
}

// Error counts them; names come from the policy's author and are left to the caller.
func (e *QuorumError) Error() string {
	return fmt.Sprintf("merkle: quorum not reached: %d cosignatures count, %d are too old or ahead of time", len(e.Counted), len(e.Stale))
}

// Cosignature is one witness's word on a checkpoint.
type Cosignature struct {
	// Witness is the policy's name for it.
	Witness string
	// Time is when it had seen nothing larger.
	Time time.Time
	// Counted is false when the time does not satisfy the Freshness asked for.
	Counted bool
}

// Check returns the checkpoint of a signed note if the policy holds it valid. Else the error is ErrSignature or
// ErrCheckpoint, wrapped, or a *QuorumError.
func (p *Policy) Check(signed []byte, fresh Freshness) (Checkpoint, error) {
	c, _, err := p.Examine(signed, fresh)
	if err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}

// Examine is Check that also lists the cosignatures found. With a *QuorumError it still returns both, so that
// a reader can be told who is missing.
func (p *Policy) Examine(signed []byte, fresh Freshness) (Checkpoint, []Cosignature, error) {
	n, err := open(signed, p.verifiers)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	if !p.logSigned(c.Origin, n.Sigs) {
		return Checkpoint{}, nil, fmt.Errorf("%w: no log of the policy signed it under its own origin", ErrSignature)
	}
	seen := make([]bool, len(p.witnesses))
	var found []Cosignature
	var short QuorumError
	for i, w := range p.witnesses {
		sig, ok := signatureOf(w.verifier, n.Sigs)
		if !ok {
			continue
		}
		t, err := CosignatureTime(sig)
		if err != nil {
			return Checkpoint{}, nil, err
		}
		seen[i] = fresh.Accepts(t)
		found = append(found, Cosignature{Witness: w.name, Time: t, Counted: seen[i]})
		if seen[i] {
			short.Counted = append(short.Counted, w.name)
		} else {
			short.Stale = append(short.Stale, w.name)
		}
	}
	if !p.quorum.satisfied(seen) {
		return c, found, &short
	}
	return c, found, nil
}

// logSigned reports whether a log whose name is the origin is among the signers. A policy without logs leaves
// the choice of log to its user, who must then check the origin and the log's signature himself; such a policy
// never passes here.
func (p *Policy) logSigned(origin string, sigs []note.Signature) bool {
	for _, l := range p.logs {
		if l.verifier.Name() != origin {
			continue
		}
		_, ok := signatureOf(l.verifier, sigs)
		if ok {
			return true
		}
	}
	return false
}

func signatureOf(v note.Verifier, sigs []note.Signature) (note.Signature, bool) {
	for _, s := range sigs {
		if s.Name == v.Name() && s.Hash == v.KeyHash() {
			return s, true
		}
	}
	return note.Signature{}, false
}
