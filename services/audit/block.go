package audit

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
)

// epoch is who may sign blocks, as the founding commit says; empty before it was read.
type epoch struct {
	number uint32
	key    ed25519.PublicKey
}

// check verifies that the epoch's key signed a block's header.
func (e *epoch) check(b *chain.Block) error { return b.CheckSignature(e.key) }

// verifyBlock checks a block as the one after prev: form, link, time, root over its commits; all but its signature, which costs more than
// the rest and, by the links, covers every block before. A nil prev means the founding block, which names the community and fills in
// the epoch. It appends the commits' hashes to entries, which are the log's.
func verifyBlock(raw []byte, prev *chain.Sealed, e *epoch, entries []merkle.Hash) (*chain.Block, []merkle.Hash, error) {
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		return nil, entries, err
	}
	if err := b.CheckNext(prev); err != nil {
		return nil, entries, err
	}
	for _, c := range b.Commits {
		entries = append(entries, merkle.Hash(chain.HashCommit(c)))
	}
	if merkle.Root(entries[len(entries)-len(b.Commits):]) != merkle.Hash(b.Root) {
		return nil, entries, errors.New("its commits do not give its root")
	}
	if prev == nil {
		if chain.Hash(entries[len(entries)-len(b.Commits)]) != b.Genesis {
			return nil, entries, errors.New("its first commit does not name the community")
		}
		key, err := verify.EpochKey(b.Commits[0])
		if err != nil {
			return nil, entries, fmt.Errorf("it does not say who signs blocks: %w", err)
		}
		*e = epoch{number: b.Epoch, key: key}
	}
	if b.Epoch != e.number {
		return nil, entries, fmt.Errorf("nobody opened its epoch %d", b.Epoch)
	}
	return b, entries, nil
}

// checkAuthors verifies who made each commit of a block: every signature over just this community, operation and content. What a
// rule demanded carries none; its right is shown by making the decision again, which observers do.
func checkAuthors(b *chain.Block) error {
	for i, raw := range b.Commits {
		if err := checkAuthor(b.Genesis, raw); err != nil {
			return fmt.Errorf("commit %d: %w: %w", b.First+uint64(i), ErrDiffers, err)
		}
	}
	return nil
}

func checkAuthor(genesis chain.Hash, raw []byte) error {
	var o chain.Outline
	if err := o.Parse(raw); err != nil {
		return err
	}
	s, err := chain.DecodeSigned(o.Command)
	if err != nil {
		return err
	}
	id, err := s.ID(o.Author, string(o.Service))
	switch {
	case err != nil:
		return err
	case id != o.ID:
		return errors.New("its id is not the one that its author's key gives")
	case o.Author == chain.AuthorPolicy:
		if len(s.Signatures) != 0 || s.Suite != chain.SuiteNone {
			return errors.New("a rule's command carries a signature")
		}
		return nil
	case o.Author == chain.AuthorGenesis:
		genesis = chain.Hash{} // there was none yet
	}
	return s.CheckSignatures(genesis, id)
}
