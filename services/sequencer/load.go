package sequencer

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/merkle"
)

// load reads the whole stream into a new machine, and compares it on the way with everything that others know of it. It is the one
// way to a machine: at Open, after a reconnect, after a refused publish. Before the machine is used, settle must follow.
func (s *Sequencer) load(ctx context.Context) (*order.Machine, error) {
	machine := order.New(order.Config{Genesis: s.cfg.Genesis, Epoch: s.cfg.Epoch, Key: s.cfg.Key, Kinds: s.cfg.Kinds})
	if s.cfg.Genesis.IsZero() {
		return machine, s.compareNothing(ctx)
	}
	stream, err := s.findStream(ctx)
	if err != nil {
		return nil, err
	}
	marks, err := s.marks(ctx)
	if err != nil {
		return nil, err
	}
	if stream == nil {
		return machine, marks.end(0, 0)
	}
	if err := s.examine(ctx, stream); err != nil {
		return nil, err
	}
	end := stream.CachedInfo().State.LastSeq
	if err := s.replay(ctx, stream, machine, marks, end); err != nil {
		return nil, err
	}
	if err := marks.end(end, machine.Size()); err != nil {
		return nil, err
	}
	return machine, nil
}

// compareNothing is for a sequencer that knows of no community: then nobody else may either.
func (s *Sequencer) compareNothing(ctx context.Context) error {
	marks, err := s.marks(ctx)
	if err != nil {
		return err
	}
	return marks.end(0, 0)
}

// replay reads blocks until the stream's end as it was when the reading began.
func (s *Sequencer) replay(ctx context.Context, stream jetstream.Stream, machine *order.Machine, marks *marks, end uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var messages <-chan chain.Message
	if end > 0 {
		messages = chain.Messages(ctx, stream, 0)
	}
	stall := time.NewTicker(stallMax / 2)
	defer stall.Stop()
	for blocks := range end {
		m, err := nextMessage(ctx, stream, &messages, blocks, stall.C)
		if err != nil {
			return err
		}
		leaves, err := machine.Replay(m.Data)
		if err != nil {
			return differs("block %d of the stream does not verify: %v", blocks, err)
		}
		if err := marks.see(machine, leaves); err != nil {
			return err
		}
	}
	if head := machine.Head(); head != nil && head.Epoch == s.cfg.Epoch {
		if err := head.CheckSignature(s.cfg.Key.Public().(ed25519.PublicKey)); err != nil {
			return differs("block %d is not signed by this epoch's key", head.Number)
		}
	}
	return nil
}

// stallMax is how long a block may take to come, and half of it at least, before the server is asked for it by number.
const stallMax = 2 * time.Second

// nextMessage waits for a block that the stream must hold. A server that cannot read a message any more says nothing to those who
// wait for it, and a reader whose connection broke may notice late; so when the reading stalls, the server is asked, and the reading
// begins anew behind the block.
func nextMessage(
	ctx context.Context, stream jetstream.Stream, messages *<-chan chain.Message, number uint64, stall <-chan time.Time,
) (chain.Message, error) {
	for ticks := 1; ; ticks++ {
		select {
		case m, open := <-*messages:
			var gap *chain.GapError
			switch {
			case !open:
				return m, fmt.Errorf("sequencer: reading ended at block %d: %w", number, ctx.Err())
			case errors.As(m.Err, &gap):
				return m, differs("stream has a gap: %v", m.Err)
			case m.Err != nil:
				return m, fmt.Errorf("sequencer: %w", m.Err)
			}
			return m, nil
		case <-stall:
			if ticks < 2 {
				continue
			}
			raw, err := chain.ReadBlock(ctx, stream, number)
			var refusal *jetstream.APIError
			switch {
			case err == nil:
				*messages = chain.Messages(ctx, stream, number+1)
				return chain.Message{Data: raw}, nil
			case errors.Is(err, chain.ErrNoBlock) || errors.As(err, &refusal) && refusal.Code != http.StatusServiceUnavailable:
				return chain.Message{}, differs("block %d of the stream cannot be read: %v", number, err)
			}
		}
	}
}

// settle brings the head record to the stream's end. A stream without a record needs the operator's word. Blocks beyond the record
// were written, but perhaps not acknowledged; from now on their receipts may be asked for, so they must be durable and on record.
func (s *Sequencer) settle(machine *order.Machine) error {
	head := machine.Head()
	switch {
	case head == nil:
		return nil
	case !s.head.exists() && !s.cfg.AdoptStream:
		return differs("head record is missing, though the stream holds %d blocks", head.Number+1)
	case s.head.now().Blocks == head.Number+1:
		return nil
	}
	if s.cfg.StoreDir != "" {
		if err := syncStore(s.cfg.StoreDir, chain.StreamName(chain.CommunityID(head.Genesis))); err != nil {
			return fmt.Errorf("sequencer: sync the server's files: %w", err)
		}
	}
	if !s.head.exists() {
		return s.head.create(Head{Genesis: head.Genesis, Epoch: head.Epoch, Blocks: head.Number + 1, Hash: machine.HeadHash()})
	}
	return s.head.acknowledge(head, machine.HeadHash())
}

// marks are the points at which the stream must be as somebody remembers it.
type marks struct {
	blocks []blockMark
	sizes  []sizeMark
	tree   *merkle.Tree // built only when a size must be compared
}

type blockMark struct {
	who    string
	number uint64
	hash   chain.Hash
}

type sizeMark struct {
	who  string
	size uint64
	root chain.Hash
}

// marks gathers what the head record and the witnesses remember.
func (s *Sequencer) marks(ctx context.Context) (*marks, error) {
	m := &marks{tree: new(merkle.Tree)}
	head := s.head.now()
	if head.Blocks > 0 {
		m.blocks = append(m.blocks, blockMark{"head record", head.Blocks - 1, head.Hash})
	}
	if head.Size > 0 {
		m.sizes = append(m.sizes, sizeMark{"head record", head.Size, head.Root})
	}
	if s.cfg.Witnessed == nil {
		return m, nil
	}
	number, hash, ok, err := s.cfg.Witnessed.Head(ctx)
	if err != nil {
		return nil, fmt.Errorf("sequencer: ask the archive for its head: %w", err)
	}
	if ok {
		m.blocks = append(m.blocks, blockMark{"archive", number, hash})
	}
	size, root, ok, err := s.cfg.Witnessed.Checkpoint(ctx)
	if err != nil {
		return nil, fmt.Errorf("sequencer: ask for the last checkpoint: %w", err)
	}
	if ok && size > 0 {
		m.sizes = append(m.sizes, sizeMark{"last checkpoint", size, root})
	}
	return m, nil
}

// see compares the block that was just replayed.
func (m *marks) see(machine *order.Machine, leaves []chain.Hash) error {
	for _, mark := range m.blocks {
		if number := machine.Head().Number; number == mark.number && machine.HeadHash() != mark.hash {
			return differs("block %d of the stream has hash %s, %s says %s", number, machine.HeadHash(), mark.who, mark.hash)
		}
	}
	for i := 0; i < len(leaves) && len(m.sizes) > 0; i++ {
		m.tree.Append(merkle.Hash(leaves[i]))
		for _, mark := range m.sizes {
			if root := m.tree.Root; m.tree.Size() == mark.size && chain.Hash(root()) != mark.root {
				return differs("stream has another root at size %d than the %s", mark.size, mark.who)
			}
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
