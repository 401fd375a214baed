package chain

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// messagesBytesMax is how much JetStream may send ahead of the reader.
const messagesBytesMax = 16 << 20

// Message is one message of a community's stream, unverified, or the error that ended the reading.
type Message struct {
	Data   []byte
	Header nats.Header
	Err    error
}

// Messages reads a stream's messages in order, the block of number from first, until ctx ends or something fails; then it
// closes the channel. It sees to it that no sequence number is left out, and to nothing else: see Follow for verified reading.
func Messages(ctx context.Context, stream jetstream.Stream, from uint64) <-chan Message {
	out := make(chan Message, 256)
	go func() {
		defer close(out)
		if err := pump(ctx, stream, from, out); err != nil && ctx.Err() == nil {
			select {
			case out <- Message{Err: err}:
			case <-ctx.Done():
			}
		}
	}()
	return out
}

func pump(ctx context.Context, stream jetstream.Stream, from uint64, out chan<- Message) error {
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from + 1,
	})
	if err != nil {
		return fmt.Errorf("open reader of stream: %w", err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(messagesBytesMax))
	if err != nil {
		return fmt.Errorf("open reader of stream: %w", err)
	}
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	for want := from + 1; ; want++ {
		msg, err := messages.Next()
		if err != nil {
			return fmt.Errorf("read stream: %w", err)
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("read stream: %w", err)
		}
		if meta.Sequence.Stream != want {
			return &GapError{Want: want - 1, Err: fmt.Errorf("message %d of the stream follows %d", meta.Sequence.Stream, want-1)}
		}
		select {
		case out <- Message{Data: msg.Data(), Header: msg.Headers()}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// ErrNoBlock says that the stream has no block of that number.
var ErrNoBlock = errors.New("no such block in the stream")

// ReadBlock fetches one block's bytes, unverified.
func ReadBlock(ctx context.Context, stream jetstream.Stream, number uint64) ([]byte, error) {
	msg, err := stream.GetMsg(ctx, number+1)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, fmt.Errorf("read block %d: %w", number, ErrNoBlock)
	}
	if err != nil {
		return nil, fmt.Errorf("read block %d: %w", number, err)
	}
	return msg.Data, nil
}
