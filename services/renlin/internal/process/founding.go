package process

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
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
	now, err := useOf(genesis)
	if err != nil {
		return nil, err
	}
	before, err := s.epochs.usedFor(public)
	if err != nil {
		return nil, err
	}
	if before != nil {
		if answer, err := s.again(ctx, *before, now); err != nil || answer != nil {
			return answer, err
		}
	}
	cfg, community, err := s.config(genesis)
	if err != nil {
		return nil, err
	}
	receipt, err := s.writeFounding(ctx, cfg, community, genesis, func() error { return s.epochs.use(public, now) })
	if err != nil {
		return nil, err
	}
	s.awaitShown(ctx, community)
	return foundingAnswer(receipt)
}

// writeFounding founds by a sequencer of its own; use notes that the epoch's key has founded, before anything is written.
func (s *Sequencers) writeFounding(
	ctx context.Context, cfg sequencer.Config, community string, genesis []byte, use func() error,
) (*chain.Receipt, error) {
	defer s.begin(community)()
	cfg.Genesis = chain.Hash{}
	cfg.SnapshotDir = "" // whoever writes for the community from then on has it, and may be there already
	q, err := sequencer.Open(ctx, cfg)
	if err != nil {
		return nil, fault.ErrUnavailable.Because(err)
	}
	if err := use(); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	reply, err := q.Found(ctx, genesis)
	if err := errors.Join(err, q.Close()); err != nil {
		return nil, err
	}
	return reply.Receipts[0], nil
}

// shownWithin is how long a founding's answer waits for the community's sequencer at most.
const shownWithin = 5 * time.Second

// awaitShown waits for whoever writes for the community from now on, so that it can be asked as soon as its founding is answered. The
// founding is done in any case.
func (s *Sequencers) awaitShown(ctx context.Context, community string) {
	ctx, cancel := context.WithTimeout(ctx, shownWithin)
	defer cancel()
	for !s.shown(community) && sleep(ctx, watchIntervalMin) {
	}
}

// again judges a founding whose epoch key was used before. It answers the first receipt, or nothing when the new commit may be written.
func (s *Sequencers) again(ctx context.Context, before, now use) (answer []byte, err error) {
	if before.Command != now.Command {
		return nil, errEpochUsed
	}
	genesis, err := chain.ParseHash(before.Genesis)
	if err != nil {
		return nil, err
	}
	receipt, err := s.firstReceipt(ctx, genesis)
	switch {
	case err != nil:
		return nil, fault.ErrUnavailable.Because(err)
	case receipt != nil:
		return foundingAnswer(receipt)
	case now.Time-before.Time < abandonedAfter.Milliseconds():
		return nil, fault.ErrUnavailable
	}
	return nil, nil
}

// settle notes that a community which is here has used its key, also when the disk has forgotten it.
func (s *Sequencers) settle(genesis []byte) error {
	public, err := verify.EpochKey(genesis)
	if err != nil {
		return err
	}
	before, err := s.epochs.usedFor(public)
	if err != nil || before != nil {
		return err
	}
	now, err := useOf(genesis)
	if err != nil {
		return err
	}
	return s.epochs.use(public, now)
}

// firstReceipt reads the receipt of a founding commit off its stream; nil when it is not there.
func (s *Sequencers) firstReceipt(ctx context.Context, genesis chain.Hash) (*chain.Receipt, error) {
	stream, err := s.js.Stream(ctx, chain.StreamName(chain.CommunityID(genesis)))
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
	if chain.HashCommit(b.Commits[0]) != genesis {
		return nil, errors.New("the stream's first commit is another one")
	}
	leaves := make([]chain.Hash, len(b.Commits))
	for i := range b.Commits {
		leaves[i] = chain.LeafHash(chain.HashCommit(b.Commits[i]))
	}
	return &chain.Receipt{Sealed: b.Sealed, Commit: genesis, Path: chain.NewPaths(leaves).Path(0)}, nil
}

func foundingAnswer(receipt *chain.Receipt) ([]byte, error) {
	return json.Marshal(map[string]any{
		"community": chain.CommunityID(receipt.Commit), "genesis": receipt.Commit.String(), "receipt": receipt.Encode(),
	})
}
