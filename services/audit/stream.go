package audit

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
)

// ErrUnavailable is what a Source answers when it cannot be reached, as opposed to when it holds something else.
var ErrUnavailable = errors.New("stream is not reachable")

// Stream is the Source that a community's JetStream stream is.
type Stream struct {
	js        jetstream.JetStream
	community string
}

var _ Source = (*Stream)(nil)

// NewStream reads a community's stream through a connection, which stays the caller's.
func NewStream(js jetstream.JetStream, community string) *Stream {
	return &Stream{js: js, community: community}
}

// Follow implements Source. JetStream sends ahead what the reader has room for, so following costs no request for each block.
func (s *Stream) Follow(ctx context.Context, from uint64, prev *chain.Sealed, each func(raw []byte, header nats.Header) error) error {
	return chain.Follow(ctx, s.js, chain.FollowConfig{Community: s.community, From: from, Prev: prev},
		func(raw []byte, _ *chain.Block, header nats.Header) error { return each(raw, header) })
}

// Read implements Source. A stream that answers and does not have the block, or the stream's absence, is no ErrUnavailable.
func (s *Stream) Read(ctx context.Context, number uint64) ([]byte, error) {
	stream, err := s.js.Stream(ctx, chain.StreamName(s.community))
	if err == nil {
		var raw []byte
		if raw, err = chain.ReadBlock(ctx, stream, number); err == nil {
			return raw, nil
		}
	}
	var answered *jetstream.APIError // the server is there, and says no
	if errors.Is(err, chain.ErrNoBlock) || errors.Is(err, jetstream.ErrStreamNotFound) ||
		errors.As(err, &answered) && answered.Code != codeAway {
		return nil, fmt.Errorf("read block %d: %w", number, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// codeAway is what a server answers that is starting, or has no leader for the stream: later it may know.
const codeAway = 503
