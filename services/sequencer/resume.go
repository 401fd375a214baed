package sequencer

import (
	"context"
	"errors"
	"fmt"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/merkle"
)

// errMisfit: the stream does not continue what the snapshot says, or says otherwise what others remember.
var errMisfit = errors.New("the stream does not continue it")

// resume gives the machine that the snapshot and the rest of the stream make, or nil when the stream must be read from its beginning. It
// reads again from before everything that somebody else remembers, so that nothing which they say is taken on the snapshot's word; what
// lies further back was read by those who wrote it, and is read again and again by audit. A difference is never told from here: the
// whole stream is read then, and says what it is.
func (s *Sequencer) resume(ctx context.Context, src *source, marks *marks) (*order.Machine, error) {
	if !s.head.exists() { // an operator's word, or nothing, stands for the stream: then all of it is looked at
		return nil, nil
	}
	machine := s.snapshots.read()
	if machine == nil {
		return nil, nil
	}
	taken := machine.Size()
	err := s.rejoin(ctx, src, machine, marks)
	var d *Difference
	switch {
	case errors.Is(err, errMisfit) || errors.As(err, &d):
		s.log.Warn("snapshot is not used", "commits", taken, "error", err)
		return nil, nil
	case err != nil:
		return nil, err
	}
	s.snapshots.size = taken
	s.snapshots.written.Store(taken)
	s.log.Info("started from a snapshot", "commits", taken, "read", machine.Size()-taken)
	return machine, nil
}

// rejoin reads the stream from before the oldest mark to the snapshot's block, which must be the one that the machine knows, and replays
// what comes behind it.
func (s *Sequencer) rejoin(ctx context.Context, src *source, machine *order.Machine, marks *marks) error {
	last := *machine.Head()
	if last.Number >= src.end {
		return fmt.Errorf("%w: it ends at block %d, the snapshot at block %d", errMisfit, src.end, last.Number)
	}
	size, block := marks.oldest(machine.Size(), last.Number)
	tree, from := machine.Before(size, block)
	marks.begin(tree)
	hash, err := s.walk(ctx, src, from, &last, &tree, marks)
	if err != nil {
		return err
	}
	if whole := machine.Tree(); hash != machine.HeadHash() || tree.Root() != whole.Root() {
		return fmt.Errorf("%w: block %d is another", errMisfit, last.Number)
	}
	if err := s.replay(ctx, src, machine, marks, last.Number+1); err != nil {
		return err
	}
	return marks.all()
}

// walk reads blocks whose effects the machine knows already, up to the last of them: their links and roots, and the marks that lie in
// them. It brings the tree to their end and gives the hash of the last.
func (s *Sequencer) walk(
	ctx context.Context, src *source, from uint64, last *chain.Sealed, tree *merkle.Tree, marks *marks,
) (hash chain.Hash, err error) {
	var prev *chain.Sealed
	for number := from; number <= last.Number; number++ {
		m, err := src.next(ctx, number)
		if err != nil {
			return hash, err
		}
		b, leaves, err := linked(m.Data, number, last.Genesis, prev)
		if err == nil && number == from {
			leaves, err = beyond(b, leaves, tree.Size())
		}
		if err != nil {
			return hash, fmt.Errorf("%w: block %d: %w", errMisfit, number, err)
		}
		for _, leaf := range leaves {
			tree.Append(merkle.Hash(leaf))
		}
		prev, hash = &b.Sealed, b.Sealed.Hash()
		if err := marks.see(prev, hash, leaves); err != nil {
			return hash, err
		}
	}
	return hash, nil
}

// linked checks a block as the one after prev; of the first one that is read, only the place is known. It gives the leaves of its commits.
func linked(raw []byte, number uint64, genesis chain.Hash, prev *chain.Sealed) (*chain.Block, []chain.Hash, error) {
	b, err := chain.DecodeBlock(raw)
	switch {
	case err != nil:
		return nil, nil, err
	case b.Number != number || b.Genesis != genesis:
		return nil, nil, errors.New("another stands there")
	case prev != nil || number == 0:
		if err := b.CheckNext(prev); err != nil {
			return nil, nil, err
		}
	}
	leaves := make([]chain.Hash, len(b.Commits), 2*len(b.Commits))
	for i, commit := range b.Commits {
		leaves[i] = chain.LeafHash(chain.HashCommit(commit))
	}
	if chain.RootOfLeaves(append(leaves[len(leaves):], leaves...)) != b.Root {
		return nil, nil, errors.New("its commits do not give its root")
	}
	return b, leaves, nil
}

// beyond leaves out those leaves of the first block that the tree holds already: its last one, if it has one, stands in that block.
func beyond(b *chain.Block, leaves []chain.Hash, size uint64) ([]chain.Hash, error) {
	if size == 0 && b.First == 0 {
		return leaves, nil
	}
	if size <= b.First || size > b.First+uint64(len(leaves)) {
		return nil, errors.New("it begins elsewhere")
	}
	return leaves[size-b.First:], nil
}
