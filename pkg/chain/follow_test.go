package chain_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// shelf is a server with one community's stream, and a follower of it.
type shelf struct {
	srv       *natstest.Server
	js        jetstream.JetStream
	community string
	read      chan uint64 // numbers of the blocks that the follower is given; it goes on when the test has taken one
	ended     chan error
}

func newShelf(t *testing.T, community string) *shelf {
	t.Helper()
	srv := natstest.Run(t)
	s := &shelf{srv: srv, js: srv.JetStream(t), community: community, read: make(chan uint64), ended: make(chan error, 1)}
	// A second stream that stays: when an account's last one is deleted, the server tidies its directory away behind its answer, and who makes
	// a stream in that moment, or starts the server again, is refused.
	if _, err := s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "STAYS", Storage: jetstream.FileStorage}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shelf) put(t *testing.T, blocks ...[]byte) {
	t.Helper()
	if _, err := s.js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{
		Name: chain.StreamName(s.community), Subjects: []string{chain.BlockSubject(s.community)}, Storage: jetstream.FileStorage,
	}); err != nil {
		t.Fatal(err)
	}
	for _, raw := range blocks {
		if _, err := s.js.Publish(t.Context(), chain.BlockSubject(s.community), raw); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *shelf) remove(t *testing.T) {
	t.Helper()
	if err := s.js.DeleteStream(t.Context(), chain.StreamName(s.community)); err != nil {
		t.Fatal(err)
	}
}

// follow begins to read; the test waits for what it reads and how it ends.
func (s *shelf) follow(ctx context.Context, t *testing.T, cfg chain.FollowConfig) {
	t.Helper()
	cfg.Community = s.community
	js := s.srv.JetStream(t)
	go func() {
		s.ended <- chain.Follow(ctx, js, cfg, func(_ []byte, b *chain.Block, _ nats.Header) error {
			s.read <- b.Number
			return nil
		})
	}()
}

// expect waits for these blocks, in order.
func (s *shelf) expect(t *testing.T, numbers ...uint64) {
	t.Helper()
	for _, want := range numbers {
		select {
		case got := <-s.read:
			if got != want {
				t.Fatalf("read block %d, want %d", got, want)
			}
		case err := <-s.ended:
			t.Fatalf("ended before block %d: %v", want, err)
		}
	}
}

// gap waits for the end, which must be a GapError at this block for this reason.
func (s *shelf) gap(t *testing.T, want uint64, why string) {
	t.Helper()
	var err error
	select {
	case err = <-s.ended:
	case number := <-s.read:
		t.Fatalf("block %d was read, want a gap at block %d", number, want)
	}
	var gap *chain.GapError
	if !errors.As(err, &gap) || gap.Want != want || !strings.Contains(err.Error(), why) || errors.Unwrap(gap) == nil {
		t.Errorf("ended with %v, want a gap at block %d: %s", err, want, why)
	}
}

// TestFollowGaps: what is not the next block is not handed over, and says why.
func TestFollowGaps(t *testing.T) {
	t.Parallel()
	w := newScribe(t, "founding", 4)
	other := newScribe(t, "another founding", 4)
	rootless := newScribe(t, "founding", 1)
	rootless.write(t, func(h *chain.Header) { h.Root[0]++ }, "c")
	for _, c := range []struct {
		name   string
		blocks [][]byte
		cfg    chain.FollowConfig
		reads  []uint64
		at     uint64
		why    string
	}{
		{"a block left out", [][]byte{w.blocks[0], w.blocks[1], w.blocks[3]}, chain.FollowConfig{}, []uint64{0, 1}, 2, "block 3 follows block 1"},
		{"a block twice", [][]byte{w.blocks[0], w.blocks[0]}, chain.FollowConfig{}, []uint64{0}, 1, "block 0 follows block 0"},
		{"no founding", w.blocks[1:], chain.FollowConfig{}, nil, 0, "does not begin the chain"},
		{"no block", [][]byte{w.blocks[0], []byte("x")}, chain.FollowConfig{}, []uint64{0}, 1, "decode block"},
		{"another root", rootless.blocks, chain.FollowConfig{}, []uint64{0, 1}, 2, "root"},
		{"another's block", [][]byte{w.blocks[0], other.blocks[1]}, chain.FollowConfig{}, []uint64{0}, 1, "another community"},
		{"another's stream", other.blocks, chain.FollowConfig{}, nil, 0, "another community"},
		{"another's stream, from its middle", other.blocks, chain.FollowConfig{From: 2}, nil, 1, "another community"},
		{"a stream that does not begin", w.blocks[1:], chain.FollowConfig{From: 2}, nil, 1, "block 2 stands in its place"},
		{"nonsense before it", [][]byte{[]byte("x"), w.blocks[1]}, chain.FollowConfig{From: 1}, nil, 0, "decode block"},
		{"another key", w.blocks, chain.FollowConfig{EpochKey: chain.Public(seeded(8))}, nil, 0, "signature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t, w.community())
			s.put(t, c.blocks...)
			s.follow(t.Context(), t, c.cfg)
			s.expect(t, c.reads...)
			s.gap(t, c.at, c.why)
		})
	}
}

// TestFollowRemoved: a message that was removed from the stream's middle is missed, also just before where reading begins.
func TestFollowRemoved(t *testing.T) {
	t.Parallel()
	w := newScribe(t, "founding", 4)
	for _, from := range []uint64{0, 3} {
		s := newShelf(t, w.community())
		s.put(t, w.blocks...)
		stream, err := s.js.Stream(t.Context(), chain.StreamName(s.community))
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.DeleteMsg(t.Context(), 3); err != nil { // block 2
			t.Fatal(err)
		}
		s.follow(t.Context(), t, chain.FollowConfig{From: from})
		if from == 0 {
			s.expect(t, 0, 1)
		}
		s.gap(t, 2, "")
	}
}

// TestFollowGoesOn: an unfounded community is waited for, a restarted server found again, and nothing read twice or left out.
func TestFollowGoesOn(t *testing.T) {
	t.Parallel()
	w := newScribe(t, "founding", 4)
	s := newShelf(t, w.community())
	ctx, cancel := context.WithCancel(t.Context())
	s.follow(ctx, t, chain.FollowConfig{EpochKey: chain.Public(seeded(9))})
	s.put(t)
	s.put(t, w.blocks[:2]...)
	s.expect(t, 0, 1)
	s.srv.Restart(t)
	s.put(t, w.blocks[2:4]...)
	s.expect(t, 2, 3)
	s.srv.Restart(t)
	s.put(t, w.blocks[4])
	s.expect(t, 4)
	cancel()
	if err := <-s.ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestFollowRewind: blocks that were read and are gone. The server comes back with a stream that is shorter, or with none.
func TestFollowRewind(t *testing.T) {
	t.Parallel()
	w := newScribe(t, "founding", 4)
	for _, left := range []uint64{0, 1, 4} {
		s := newShelf(t, w.community())
		s.put(t, w.blocks...)
		s.follow(t.Context(), t, chain.FollowConfig{})
		s.expect(t, 0, 1, 2, 3) // and holds the last one until all is done
		s.remove(t)
		if left > 0 {
			s.put(t, w.blocks[:left]...)
		}
		s.srv.Restart(t)
		s.expect(t, 4)
		err := <-s.ended
		var rewind *chain.RewindError
		if !errors.As(err, &rewind) || rewind.Read != 4 || rewind.Blocks != left {
			t.Errorf("%d left: %v", left, err)
		}
	}
}

// TestFollowFork: another block where one was read.
func TestFollowFork(t *testing.T) {
	t.Parallel()
	w := newScribe(t, "founding", 2)
	other := newScribe(t, "founding", 1)
	other.write(t, nil, "another history")
	other.write(t, nil, "and more of it")
	s := newShelf(t, w.community())
	s.put(t, w.blocks...)
	s.follow(t.Context(), t, chain.FollowConfig{})
	s.expect(t, 0, 1)
	s.remove(t)
	s.put(t, other.blocks...)
	s.srv.Restart(t)
	s.expect(t, 2)
	err := <-s.ended
	var fork *chain.ForkError
	if !errors.As(err, &fork) || fork.Number != 2 || fork.Want != w.head.Hash() || fork.Got == fork.Want {
		t.Errorf("ended with %v", err)
	}

	s.follow(t.Context(), t, chain.FollowConfig{From: 3, Prev: w.head})
	if err := <-s.ended; !errors.As(err, &fork) || fork.Number != 2 {
		t.Errorf("a caller who knows better: %v", err)
	}
	s.follow(t.Context(), t, chain.FollowConfig{From: 5, Prev: w.head})
	var rewind *chain.RewindError
	if err := <-s.ended; !errors.As(err, &rewind) || rewind.Read != 4 || rewind.Blocks != 4 {
		t.Errorf("a stream that is shorter: %v", err)
	}
}

// TestFollowPassesOn: the reader's own error ends it, as it is.
func TestFollowPassesOn(t *testing.T) {
	t.Parallel()
	w := newScribe(t, "founding", 1)
	s := newShelf(t, w.community())
	s.put(t, w.blocks...)
	own := errors.New("enough")
	calls := 0
	err := chain.Follow(t.Context(), s.js, chain.FollowConfig{Community: s.community}, func([]byte, *chain.Block, nats.Header) error {
		calls++
		return own
	})
	if !errors.Is(err, own) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
}
