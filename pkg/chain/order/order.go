// Package order decides what enters a community's chain and in which order. It is the sequencer without its shell: no clock, no
// goroutine, no I/O, no chance, so that the real sequencer and the simulation run the same lines.
//
// The rules, in plain words:
//
//  1. A request stands or falls as a whole. Each of its commits must be well-formed, within the size limits, of the service
//     that sent it, and may change only kinds of aggregates that this service may write. The command id must be the one that
//     the command's bytes give for its kind of author. Signatures are checked by others.
//  2. Everything a decision looked at must still be as it was: aggregates, collections, and what the commit changes. What is
//     staged in the open block counts as done.
//  3. A command id that is known is never done again. The same bytes get the receipt of the first time, others a refusal.
//  4. A signed command is refused at and after its expiry and when that lies more than seven days ahead; ids are remembered
//     for longer than that, those of policies and of the founding for ever.
//  5. A commit whose window is not open at block time is refused, and one whose own time is more than two seconds from it.
//     Block time never runs backwards.
//  6. No verdict leaves before everything it rests on is durable, refusals included: Confirm releases the verdicts of a round.
//     Abort undoes what was staged and turns its verdicts into chain.ErrRetry.
//
// A Machine belongs to one goroutine; only its Rules may be used beside it.
package order

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"renlin.dev/pkg/chain"
)

// Time limits of the rules above, in milliseconds.
const (
	SkewMax     = 2_000                 // between a commit's time and its block's
	NotAfterMax = 7 * 24 * 3600 * 1_000 // how far ahead a command's expiry may lie
	Remembered  = NotAfterMax + 3600_000
)

// LapseSuffix makes the kind in which any service may record that what a rule demanded of it has lapsed.
const LapseSuffix = "-lapse"

// Config is what a Machine is made of.
type Config struct {
	// Genesis names the community. Zero until it is founded, or to take it from the first block.
	Genesis chain.Hash
	// Epoch is written into every header. The chain's own epoch may be lower, never higher.
	Epoch uint32
	// Key signs headers for this epoch.
	Key ed25519.PrivateKey
	// Sign, if set, takes Key's place; the simulation signs cheaply.
	Sign func(chain.Header) chain.Sealed
	// Kinds lists, for each service, the kinds of aggregates that it may write.
	Kinds map[string][]string
}

// Machine is the state of one community's chain: versions, collections and command ids after the newest durable block, and what
// is staged beyond it. At most one sealed block is under way; further requests are judged upon it meanwhile.
type Machine struct {
	Rules
	epoch uint32
	sign  func(chain.Header) chain.Sealed

	genesis chain.Hash
	head    *chain.Sealed // newest durable block; nil before the founding
	hash    chain.Hash    // of head
	size    uint64        // durable commits

	versions versions
	ids      ids
	record   record

	open, sealed round
	tickets      Ticket
	outline      chain.Outline // Replay's, reused
	discard      []undo        // Replay's, reused: what is durable is never undone
	spots        []spot        // stage's, reused: where the changed aggregates are
}

// New makes a machine of an empty chain.
func New(cfg Config) *Machine {
	sign := cfg.Sign
	if sign == nil {
		sign = func(h chain.Header) chain.Sealed { return chain.Seal(h, cfg.Key) }
	}
	return &Machine{
		Rules: MakeRules(cfg.Kinds), epoch: cfg.Epoch, sign: sign, genesis: cfg.Genesis,
		versions: makeVersions(), ids: makeIDs(),
	}
}

// Genesis gives the community's genesis hash; zero before the founding.
func (m *Machine) Genesis() chain.Hash { return m.genesis }

// Head gives the newest durable block's header, nil before the founding. Not to be changed.
func (m *Machine) Head() *chain.Sealed { return m.head }

// HeadHash gives the newest durable block's hash.
func (m *Machine) HeadHash() chain.Hash { return m.hash }

// Size gives the number of durable commits.
func (m *Machine) Size() uint64 { return m.size }

// Staged gives the number of commits in the open block.
func (m *Machine) Staged() int { return len(m.open.raws) }

// Version tells how many commits touched an aggregate or collection, what is staged included.
func (m *Machine) Version(path string) uint64 {
	return m.versions.read([]byte(path)).version
}

// Locate finds a remembered command, what is staged included.
func (m *Machine) Locate(id chain.CommandID) (Place, bool) {
	place, ok := m.ids.find(id, false)
	if !ok {
		place, ok = m.ids.find(id, true)
	}
	return place, ok
}

// next gives the header and hash that the next sealed block will follow.
func (m *Machine) next() (prev *chain.Sealed, hash chain.Hash) {
	if m.sealed.block != nil {
		return &m.sealed.block.Sealed, m.sealed.block.hash
	}
	return m.head, m.hash
}

// Replay folds a block as it stands in the stream, at start or to catch up. It verifies link, root, index, time order, the
// founding, and that versions run without a gap; read sets and signatures are the verifier's to check. It answers the leaf
// hashes of the block's commits. After an error, the machine is not to be used. Nothing may be staged.
func (m *Machine) Replay(raw []byte) ([]chain.Hash, error) {
	if m.sealed.block != nil || m.open.staged() {
		panic("order: replay while something is staged")
	}
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		return nil, err
	}
	if err := m.checkHeader(b); err != nil {
		return nil, err
	}
	leaves := make([]chain.Hash, len(b.Commits), 2*len(b.Commits))
	for i, commit := range b.Commits {
		hash := chain.HashCommit(commit)
		leaves[i] = chain.LeafHash(hash)
		if err := m.replayCommit(b, i, hash); err != nil {
			return nil, fmt.Errorf("replay block %d, commit %d: %w", b.Number, b.First+uint64(i), err)
		}
	}
	if chain.RootOfLeaves(append(leaves[len(leaves):], leaves...)) != b.Root {
		return nil, fmt.Errorf("replay block %d: root does not fit the commits", b.Number)
	}
	m.advance(&b.Sealed, b.Sealed.Hash(), leaves)
	return leaves, nil
}

func (m *Machine) checkHeader(b *chain.Block) error {
	if err := b.CheckNext(m.head); err != nil {
		return fmt.Errorf("replay block %d: %w", b.Number, err)
	}
	if b.Epoch > m.epoch {
		return fmt.Errorf("replay block %d: its epoch %d is later than ours, %d", b.Number, b.Epoch, m.epoch)
	}
	if !m.genesis.IsZero() && b.Genesis != m.genesis {
		return fmt.Errorf("replay block %d: it belongs to another community", b.Number)
	}
	return nil
}

func (m *Machine) replayCommit(b *chain.Block, i int, hash chain.Hash) error {
	o := &m.outline
	if err := o.Parse(b.Commits[i]); err != nil {
		return err
	}
	index := b.First + uint64(i)
	if (o.Author == chain.AuthorGenesis) != (index == 0) || index == 0 && hash != b.Genesis {
		return errors.New("the founding commit stands at index 0 and nowhere else, and names the community")
	}
	for j := range o.Changes {
		ch := &o.Changes[j]
		at := m.versions.find(ch.Key)
		if had := m.versions.entries.at(at.slot).version; ch.Version != had+1 {
			return fmt.Errorf("change %d has version %d after %d", j, ch.Version, had)
		}
		m.discard = m.versions.bumpBoth(ch.Key, at, index+1, m.discard[:0])
	}
	if !m.ids.add(o.ID, Place{Block: b.Number, Index: index}, forever(o.Author)) {
		return errors.New("the command stands on the chain already")
	}
	return nil
}

// advance makes a block the newest durable one.
func (m *Machine) advance(s *chain.Sealed, hash chain.Hash, leaves []chain.Hash) {
	m.head, m.hash, m.genesis = s, hash, s.Genesis
	m.record.add(leaves, s.Number)
	m.size = s.First + uint64(s.Count)
	m.ids.turn(s.Time)
}
