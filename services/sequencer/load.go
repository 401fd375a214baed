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

// orderConfig is the order core's.
func (s *Sequencer) orderConfig() order.Config {
	return order.Config{Genesis: s.cfg.Genesis, Epoch: s.cfg.Epoch, Key: s.cfg.Key, Kinds: s.cfg.Kinds}
}

// load reads the stream into a new machine, all of it or what lies behind the snapshot, and compares it on the way with everything that
// others know of it. It is the one way to a machine: at Open, after a reconnect, after a refused publish. Before the machine is used,
// settle must follow.
func (s *Sequencer) load(ctx context.Context) (*order.Machine, error) {
	machine := order.New(s.orderConfig())
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
	src := &source{stream: stream, end: stream.CachedInfo().State.LastSeq}
	defer src.close()
	resumed, err := s.resume(ctx, src, marks)
	if err != nil {
		return nil, err
	}
	if resumed != nil {
		return resumed, nil
	}
	src.close()
	marks.begin(merkle.Tree{})
	if err := s.replay(ctx, src, machine, marks, 0); err != nil {
		return nil, err
	}
	if err := marks.end(src.end, machine.Size()); err != nil {
		return nil, err
	}
	return machine, marks.all()
}

// compareNothing is for a sequencer that knows of no community: then nobody else may either.
func (s *Sequencer) compareNothing(ctx context.Context) error {
	marks, err := s.marks(ctx)
	if err != nil {
		return err
	}
	return marks.end(0, 0)
}

// replay reads blocks from a number on until the stream's end as it was when the reading began.
func (s *Sequencer) replay(ctx context.Context, src *source, machine *order.Machine, marks *marks, from uint64) error {
	for number := from; number < src.end; number++ {
		m, err := src.next(ctx, number)
		if err != nil {
			return err
		}
		leaves, err := machine.Replay(m.Data)
		if err != nil {
			return differs("block %d of the stream does not verify: %v", number, err)
		}
		if err := marks.see(machine.Head(), machine.HeadHash(), leaves); err != nil {
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

// source reads a stream's blocks one after another, up to its end as it was when the reading began.
type source struct {
	stream   jetstream.Stream
	end      uint64 // number of the block that is not there any more
	messages <-chan chain.Message
	stop     context.CancelFunc
	stall    *time.Ticker
}

// stallMax is how long a block may take to come, and half of it at least, before the server is asked for it by number.
const stallMax = 2 * time.Second

// close ends the reading; next may begin another.
func (r *source) close() {
	if r.stop != nil {
		r.stop()
		r.stall.Stop()
		r.stop, r.messages = nil, nil
	}
}

func (r *source) begin(ctx context.Context, number uint64) {
	r.close()
	ctx, r.stop = context.WithCancel(ctx)
	r.stall = time.NewTicker(stallMax / 2)
	r.messages = chain.Messages(ctx, r.stream, number)
}

// next waits for a block that the stream must hold. A server that cannot read a message any more says nothing to those who wait for it,
// and a reader whose connection broke may notice late; so when the reading stalls, the server is asked, and the reading begins anew behind
// the block.
func (r *source) next(ctx context.Context, number uint64) (chain.Message, error) {
	if r.messages == nil {
		r.begin(ctx, number)
	}
	for ticks := 1; ; ticks++ {
		select {
		case m, open := <-r.messages:
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
		case <-r.stall.C:
			if ticks < 2 {
				continue
			}
			raw, err := chain.ReadBlock(ctx, r.stream, number)
			var refusal *jetstream.APIError
			switch {
			case err == nil:
				r.begin(ctx, number+1)
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
