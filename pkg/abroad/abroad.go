// Package abroad judges what another community says: a commit of its record, with the proof that it stands there.
//
// The rules, in plain words:
//
//  1. Whose word counts is a C2SP tlog-policy that somebody here answers for: the key of the other community's log, whose name has the
//     community's id in it, and which witnesses must have seen what it signs. Without witnesses the log's own word is believed.
//  2. A commit counts when a C2SP tlog-proof leads from its hash to a checkpoint that the policy holds valid. Whatever was once in such a
//     log stays in it, so a proof does not grow old; what a commit says may, and that is for the rule that takes it.
//  3. A proof holds nothing but what is needed: no signature of a stranger, and no word beside. What rests on a proof keeps it for ever,
//     and nobody shall write on a record what its rules have not seen.
//
// Nothing here has a clock, I/O or memory, so whoever judges the record again comes to the same.
package abroad

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// originsBelow is the name below which communities' logs have theirs.
const originsBelow = "renlin.dev/"

// Why a fact from abroad does not count.
var (
	// ErrPolicy: the policy is not one of this community's log.
	ErrPolicy = errors.New("policy is not one of the community's log")
	// ErrProof: the proof is malformed, of another log, not signed as the policy asks, or does not lead to the commit.
	ErrProof = errors.New("proof does not hold")
	// ErrSurplus: there is more in the proof than what the policy's keys have signed.
	ErrSurplus = errors.New("proof holds more than it needs")
	// ErrCommit: what the proof is of is no commit that can be read.
	ErrCommit = errors.New("commit is malformed")
)

// Log is another community's log, as it is known here.
type Log struct {
	origin    string
	policy    *merkle.Policy
	verifiers []note.Verifier
}

// ReadLog reads the policy by which a community's log is known. Its logs are that community's and no other's, of which there may be
// several while it changes its key.
func ReadLog(community, policy string) (*Log, error) {
	p, err := merkle.ParsePolicy([]byte(policy))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	l := &Log{origin: originsBelow + community, policy: p}
	for _, party := range p.Logs() {
		v, err := merkle.NewVerifier(party.VerifierKey)
		if err != nil || v.Name() != l.origin {
			return nil, fmt.Errorf("%w: it names another log", ErrPolicy)
		}
		l.verifiers = append(l.verifiers, v)
	}
	if len(l.verifiers) == 0 {
		return nil, fmt.Errorf("%w: it names no log", ErrPolicy)
	}
	for _, party := range p.Witnesses() {
		v, err := merkle.NewCosignatureVerifier(party.VerifierKey)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
		}
		l.verifiers = append(l.verifiers, v)
	}
	return l, nil
}

// Open checks that a commit stands in the log, and reads it. The time, in ms since the Unix epoch, is the deciding commit's: no cosignature
// may be far ahead of it. The commit's slices alias raw.
func (l *Log) Open(raw, proof []byte, now int64) (*chain.Commit, error) {
	tight, err := l.Trim(proof)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(tight, proof) {
		return nil, ErrSurplus
	}
	fresh := merkle.Freshness{Now: time.UnixMilli(now)}
	c, _, err := merkle.VerifyProof(proof, merkle.Hash(chain.HashCommit(raw)), l.policy, fresh)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	case c.Origin != l.origin:
		return nil, fmt.Errorf("%w: it is another log's", ErrProof)
	}
	commit, err := chain.DecodeCommit(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCommit, err)
	}
	return commit, nil
}

// Trim leaves of a proof what Open accepts: without the signatures of whoever the policy does not name, and without extra data. Whoever
// carries a proof trims it first.
func (l *Log) Trim(proof []byte) ([]byte, error) {
	p, err := merkle.ParseProof(proof)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	_, n, err := merkle.Open(p.Checkpoint, l.verifiers...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProof, err)
	}
	var signed strings.Builder
	signed.WriteString(n.Text + "\n")
	for _, s := range n.Sigs {
		signed.WriteString("— " + s.Name + " " + s.Base64 + "\n")
	}
	return merkle.FormatProof(p.Index, p.Path, []byte(signed.String())), nil
}
