package sequencer

import (
	"context"
	"fmt"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// marks are the points at which the stream must be as somebody remembers it.
type marks struct {
	blocks []blockMark
	sizes  []sizeMark
	tree   merkle.Tree // over what was read; built only when a size must be compared
}

type blockMark struct {
	who    string
	number uint64
	hash   chain.Hash
	held   bool // the stream was compared with it
}

type sizeMark struct {
	who  string
	size uint64
	root chain.Hash
	held bool
}

// marks gathers what the head record and the witnesses remember.
func (s *Sequencer) marks(ctx context.Context) (*marks, error) {
	m := new(marks)
	head := s.head.now()
	if head.Blocks > 0 {
		m.blocks = append(m.blocks, blockMark{who: "head record", number: head.Blocks - 1, hash: head.Hash})
	}
	if head.Size > 0 {
		m.sizes = append(m.sizes, sizeMark{who: "head record", size: head.Size, root: head.Root})
	}
	if s.cfg.Witnessed == nil {
		return m, nil
	}
	number, hash, ok, err := s.cfg.Witnessed.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("sequencer: ask the archive for its head: %w", err)
	}
	if ok {
		m.blocks = append(m.blocks, blockMark{who: "archive", number: number, hash: hash})
	}
	size, root, ok, err := s.cfg.Witnessed.Checkpoint(ctx)
	if err != nil {
		return nil, fmt.Errorf("sequencer: ask for the last checkpoint: %w", err)
	}
	if ok && size > 0 {
		m.sizes = append(m.sizes, sizeMark{who: "last checkpoint", size: size, root: root})
	}
	return m, nil
}

// begin forgets what was compared: the reading begins behind the leaves of a tree.
func (m *marks) begin(tree merkle.Tree) {
	m.tree = tree
	for i := range m.blocks {
		m.blocks[i].held = false
	}
	for i := range m.sizes {
		m.sizes[i].held = false
	}
}

// oldest gives the least of a size and a block's number, and of those that are remembered.
func (m *marks) oldest(size, block uint64) (uint64, uint64) {
	for _, mark := range m.blocks {
		block = min(block, mark.number)
	}
	for _, mark := range m.sizes {
		size = min(size, mark.size)
	}
	return size, block
}

// see compares the block that was just read, and those of its leaves that are not in the tree yet.
func (m *marks) see(head *chain.Sealed, hash chain.Hash, leaves []chain.Hash) error {
	for i := range m.blocks {
		mark := &m.blocks[i]
		if head.Number != mark.number {
			continue
		}
		if hash != mark.hash {
			return differs("block %d of the stream has hash %s, %s says %s", head.Number, hash, mark.who, mark.hash)
		}
		mark.held = true
	}
	for i := 0; i < len(leaves) && len(m.sizes) > 0; i++ {
		m.tree.Append(merkle.Hash(leaves[i]))
		for j := range m.sizes {
			mark := &m.sizes[j]
			if m.tree.Size() != mark.size {
				continue
			}
			if chain.Hash(m.tree.Root()) != mark.root {
				return differs("stream has another root at size %d than the %s", mark.size, mark.who)
			}
			mark.held = true
		}
	}
	return nil
}

// all makes sure that the stream was compared with everything that is remembered.
func (m *marks) all() error {
	for _, mark := range m.blocks {
		if !mark.held {
			return differs("block %d, which the %s knows, was not found", mark.number, mark.who)
		}
	}
	for _, mark := range m.sizes {
		if !mark.held {
			return differs("size %d, which the %s knows, was not found", mark.size, mark.who)
		}
	}
	return nil
}

// end compares the stream's end.
func (m *marks) end(blocks, size uint64) error {
	for _, mark := range m.blocks {
		switch {
		case blocks == 0:
			return differs("stream is empty or missing, %s says %d", mark.who, mark.number)
		case mark.number >= blocks:
			return differs("stream ends at block %d, %s says %d", blocks-1, mark.who, mark.number)
		}
	}
	for _, mark := range m.sizes {
		if mark.size > size {
			return differs("stream has %d commits, %s says %d", size, mark.who, mark.size)
		}
	}
	return nil
}
