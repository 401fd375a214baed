package sequencer

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
)

// Found writes the first commit of a community, whose hash names it, after making its head record and its stream. A crash at any
// line leaves something that Found, called again with the same bytes, completes; done again it answers the receipt of the first
// time. As long as nothing was written, it may be called with other bytes.
func (s *Sequencer) Found(ctx context.Context, genesis []byte) (*chain.Reply, error) {
	var o chain.Outline
	if err := o.Parse(genesis); err != nil {
		return nil, chain.ErrMalformed.Because(err)
	}
	if o.Author != chain.AuthorGenesis {
		return nil, chain.ErrMalformed
	}
	request := &chain.Request{Ask: chain.AskAppend, Commits: [][]byte{genesis}}
	var p order.Prepared
	s.rules.Prepare(&p, string(o.Service), request)
	if p.Fault() != nil {
		return nil, p.Fault()
	}
	result := make(chan error, 1)
	select {
	case s.control <- func() { result <- s.makeRoom(ctx, chain.HashCommit(genesis)) }:
	case <-s.done:
		return nil, s.queue.close("")
	case <-ctx.Done():
		return nil, chain.ErrBusy.Because(ctx.Err())
	}
	if err := <-result; err != nil {
		return nil, err
	}
	return s.Append(ctx, string(o.Service), request)
}

// makeRoom prepares head record and stream for a community that is about to be founded. It runs in the loop.
func (s *Sequencer) makeRoom(ctx context.Context, genesis chain.Hash) error {
	if s.machine.Head() != nil || s.machine.Underway() != nil || s.machine.Staged() > 0 {
		if s.cfg.Genesis != genesis {
			return chain.ErrMalformed
		}
		return nil // it was done before: the order core answers the receipt
	}
	if head := s.head.now(); head.Blocks > 0 {
		return differs("head record knows of %d blocks", head.Blocks)
	}
	s.tried = map[chain.Hash]bool{}
	s.cfg.Genesis = genesis
	// The record comes first: a stream without one would be taken for a stream whose record was lost.
	if err := s.head.create(Head{Genesis: genesis, Epoch: s.cfg.Epoch}); err != nil {
		return err
	}
	stream, err := s.js.CreateStream(ctx, streamConfig(chain.CommunityID(genesis), s.cfg.Replicas))
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return differs("stream is refused: it is there with another configuration")
	}
	if err != nil {
		return fmt.Errorf("sequencer: create stream: %w", err)
	}
	if err := s.examine(ctx, stream); err != nil {
		return err
	}
	machine, err := s.load(ctx)
	if err == nil {
		err = s.settle(machine)
	}
	if err != nil {
		return err
	}
	s.machine = machine
	s.publishInfo()
	return nil
}
