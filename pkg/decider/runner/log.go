package runner

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
)

// Log is a community's record and its sequencer, as one service sees them.
type Log interface {
	chain.Appender
	// Follow hands over verified blocks in order, from number from on, until ctx ends or fn fails. prev is the header of the
	// block before, nil at the beginning; a record that does not hold it is an error.
	Follow(ctx context.Context, from uint64, prev *chain.Sealed, fn func(b *chain.Block, header nats.Header) error) error
	// End tells how many commits the record holds; 0 before the founding.
	End(ctx context.Context) (uint64, error)
	// Block reads one block; chain.ErrNoBlock when there is none of that number.
	Block(ctx context.Context, number uint64) (*chain.Block, error)
}

// stream is the Log over NATS and JetStream.
type stream struct {
	*chain.Client
	js        jetstream.JetStream
	community string
	epochKey  ed25519.PublicKey
}

// NewLog opens a community's record for a service. With an epoch key, every block's signature is verified.
func NewLog(js jetstream.JetStream, community, service string, epochKey ed25519.PublicKey) Log {
	return &stream{Client: chain.NewClient(js.Conn(), community, service), js: js, community: community, epochKey: epochKey}
}

// Follow is chain.Follow.
func (s *stream) Follow(
	ctx context.Context, from uint64, prev *chain.Sealed, fn func(b *chain.Block, header nats.Header) error,
) error {
	cfg := chain.FollowConfig{Community: s.community, From: from, Prev: prev, EpochKey: s.epochKey}
	return chain.Follow(ctx, s.js, cfg, func(_ []byte, b *chain.Block, header nats.Header) error { return fn(b, header) })
}

// End reads the newest block that can be read. A record may have lost its last ones, or not be able to show them; no sequencer writes on
// it any more then, but what lies before can still be read.
func (s *stream) End(ctx context.Context) (uint64, error) {
	st, err := s.js.Stream(ctx, chain.StreamName(s.community))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("find end of record: %w", err)
	}
	state := st.CachedInfo().State
	last := min(state.LastSeq, state.Msgs)
	if last == 0 {
		return 0, nil
	}
	b, err := s.read(ctx, st, last-1)
	for n := last - 1; n > 0 && last-n < unreadableMax && errors.Is(err, chain.ErrNoBlock); n-- {
		b, err = s.read(ctx, st, n-1)
	}
	if err != nil {
		return 0, err
	}
	return b.First + uint64(b.Count), nil
}

// unreadableMax is how many blocks at a record's end may be unreadable for the rest to be served.
const unreadableMax = 16

// Block reads one block.
func (s *stream) Block(ctx context.Context, number uint64) (*chain.Block, error) {
	st, err := s.js.Stream(ctx, chain.StreamName(s.community))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("read block %d: %w", number, chain.ErrNoBlock)
	}
	if err != nil {
		return nil, fmt.Errorf("read block %d: %w", number, err)
	}
	return s.read(ctx, st, number)
}

func (s *stream) read(ctx context.Context, st jetstream.Stream, number uint64) (*chain.Block, error) {
	raw, err := chain.ReadBlock(ctx, st, number)
	if err != nil {
		return nil, err
	}
	return chain.DecodeBlock(raw)
}
