package process

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/verify"
	"renlin.dev/services/sequencer"
)

// abandonedAfter is when a founding that was begun and left no block is surely not under way any more: its time is too old for a
// block by then, whoever still holds a copy of it.
const abandonedAfter = 30 * time.Second

// found writes a founding commit. The loop that watches for streams takes over from there. An epoch key founds once: the same founding
// again, whatever became of its answer, gets the first receipt, and another one is refused.
func (s *Sequencers) found(ctx context.Context, genesis []byte) ([]byte, error) {
	select { // one after another
	case s.founding <- struct{}{}:
		defer func() { <-s.founding }()
	case <-ctx.Done():
		return nil, fault.ErrBusy.Because(ctx.Err())
	}
	public, err := verify.EpochKey(genesis)
	if err != nil {
		return nil, chain.ErrMalformed.Because(err)
	}
	if _, err := s.epochs.key(public); err != nil {
		return nil, err
	}
	before, err := s.epochs.founding(public)
	if err != nil {
		return nil, err
	}
	if before != nil {
		first, answer, err := s.again(ctx, before, genesis)
		if err != nil || answer != nil {
			return answer, err
		}
		genesis = first
	}
	if err := s.epochs.use(public, genesis); err != nil {
		return nil, err
	}
	cfg, community, err := s.config(genesis)
	if err != nil {
		return nil, err
	}
	cfg.Genesis = chain.Hash{}
	q, err := sequencer.Open(ctx, cfg)
	if err != nil {
		return nil, fault.ErrUnavailable.Because(err)
	}
	reply, err := q.Found(ctx, genesis)
	if err := errors.Join(err, q.Close()); err != nil {
		return nil, err
	}
	return foundingAnswer(community, genesis, reply.Receipts[0])
}

// again judges a founding whose epoch key was used before. It answers the first receipt, or which commit is to be written: the one of
// before, while a block may still take its time, and after that the new one.
func (s *Sequencers) again(ctx context.Context, before, now []byte) (commit, answer []byte, err error) {
	first, err := chain.DecodeCommit(before)
	if err != nil {
		return nil, nil, err
	}
	second, err := chain.DecodeCommit(now)
	if err != nil {
		return nil, nil, chain.ErrMalformed.Because(err)
	}
	if first.ID != second.ID {
		return nil, nil, errEpochUsed
	}
	receipt, err := s.firstReceipt(ctx, before)
	if err != nil {
		return nil, nil, fault.ErrUnavailable.Because(err)
	}
	if receipt != nil {
		answer, err := foundingAnswer(chain.CommunityID(chain.HashCommit(before)), before, receipt)
		return nil, answer, err
	}
	switch age := second.Time - first.Time; {
	case age <= order.SkewMax:
		return before, nil, nil
	case age < abandonedAfter.Milliseconds():
		return nil, nil, fault.ErrUnavailable
	}
	return now, nil, nil
}

// firstReceipt reads the receipt of a founding commit off its stream; nil when it is not there.
func (s *Sequencers) firstReceipt(ctx context.Context, commit []byte) (*chain.Receipt, error) {
	stream, err := s.js.Stream(ctx, chain.StreamName(chain.CommunityID(chain.HashCommit(commit))))
	var raw []byte
	if err == nil {
		raw, err = chain.ReadBlock(ctx, stream, 0)
	}
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, chain.ErrNoBlock) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	b, err := chain.VerifyBlock(raw, nil)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(b.Commits[0], commit) {
		return nil, errors.New("the stream's first commit is another one")
	}
	leaves := make([]chain.Hash, len(b.Commits))
	for i := range b.Commits {
		leaves[i] = chain.LeafHash(chain.HashCommit(b.Commits[i]))
	}
	return &chain.Receipt{Sealed: b.Sealed, Commit: chain.HashCommit(commit), Path: chain.NewPaths(leaves).Path(0)}, nil
}

func foundingAnswer(community string, genesis []byte, receipt *chain.Receipt) ([]byte, error) {
	return json.Marshal(map[string]any{
		"community": community, "genesis": chain.HashCommit(genesis).String(), "receipt": receipt.Encode(),
	})
}
