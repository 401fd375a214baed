package chain

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// GapError says that the stream holds another block than the next in number, or that what stands there is none.
type GapError struct {
	Want uint64 // number of the block that should come
	Err  error
}

// Error names the block and what is wrong.
func (e *GapError) Error() string {
	return fmt.Sprintf("read stream: want block %d: %v", e.Want, e.Err)
}

// Unwrap gives what is wrong with the block.
func (e *GapError) Unwrap() error { return e.Err }

// RewindError says that the stream ends before a block that was read from it: acknowledged blocks have vanished.
type RewindError struct {
	Read   uint64 // number of the newest block that was read
	Blocks uint64 // how many the stream holds now
}

// Error names both ends.
func (e *RewindError) Error() string {
	return fmt.Sprintf("read stream: it holds %d blocks, but block %d was read from it", e.Blocks, e.Read)
}

// ForkError says that a block has another hash than before: the record was rewritten.
type ForkError struct {
	Number    uint64
	Want, Got Hash
}

// Error names the block and both hashes.
func (e *ForkError) Error() string {
	return fmt.Sprintf("read stream: block %d has hash %s, was %s", e.Number, e.Got, e.Want)
}

// FollowConfig says what to follow, and from where.
type FollowConfig struct {
	// Community names the stream.
	Community string
	// From is the number of the first block wanted.
	From uint64
	// Prev is the header of block From-1 if the caller knows it; the stream must hold the same. Without it, whatever the stream
	// holds there is believed.
	Prev *Sealed
	// EpochKey, if set, verifies every block's signature.
	EpochKey ed25519.PublicKey
}

// Follow reads blocks in order, for ever, and hands over those that verify: next number and index, link, root, and signature if
// a key is given. Commits are not looked into. It reads what JetStream has stored and acknowledged, never a plain subscription,
// which would also show what JetStream refuses.
//
// A community that is not founded yet is waited for. When the connection or the server goes away, Follow comes back and makes
// sure that the stream still holds the last block it read. It returns when ctx ends, when fn returns an error, which it passes on,
// or with a *GapError, *RewindError or *ForkError: then the record is not what it was, and nothing may be built on it.
//
// fn owns none of what it is given beyond the call, except that the bytes of a block never change.
func Follow(ctx context.Context, js jetstream.JetStream, cfg FollowConfig, fn func(raw []byte, b *Block, header nats.Header) error) error {
	f := &follower{js: js, cfg: cfg, next: cfg.From, prev: cfg.Prev, fn: fn}
	for wait := followWaitMin; ; {
		before := f.next
		err := f.session(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if final(err) {
			return err
		}
		if f.next != before {
			wait = followWaitMin
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, followWaitMax)
	}
}

// The pause between two tries to read, growing while they fail.
const (
	followWaitMin = 5 * time.Millisecond
	followWaitMax = time.Second
)

// callbackError marks what fn returned, so that it is never taken for a failing connection.
type callbackError struct{ error }

func (e callbackError) Unwrap() error { return e.error }

// final tells whether a session's end is Follow's end.
func final(err error) bool {
	var gap *GapError
	var rewind *RewindError
	var fork *ForkError
	var callback callbackError
	return errors.As(err, &gap) || errors.As(err, &rewind) || errors.As(err, &fork) || errors.As(err, &callback)
}

// follower is the state of one Follow.
type follower struct {
	js    jetstream.JetStream
	cfg   FollowConfig
	next  uint64  // number of the next block
	prev  *Sealed // block next-1, once known
	fn    func([]byte, *Block, nats.Header) error
	looks int // how often a replicated stream seemed too short
}

// session makes sure that the stream continues what was read, then reads until something fails or the connection was lost.
func (f *follower) session(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	nc := f.js.Conn()
	status := nc.StatusChanged(nats.CONNECTED)
	defer nc.RemoveStatusListener(status)
	stream, err := f.js.Stream(ctx, StreamName(f.cfg.Community))
	if errors.Is(err, jetstream.ErrStreamNotFound) && f.next > 0 && f.prev != nil {
		return &RewindError{Read: f.next - 1}
	}
	if err != nil {
		return err
	}
	if err := f.anchor(ctx, stream); err != nil {
		return err
	}
	messages := Messages(ctx, stream, f.next)
	for {
		select {
		case <-status:
			return nil // reconnected: the server may have come back with another stream
		case m, open := <-messages:
			if !open {
				return nil
			}
			if m.Err != nil {
				return m.Err
			}
			if err := f.take(m); err != nil {
				return err
			}
		}
	}
}

// rewindLooksMax is how often a replicated stream may seem too short before that is believed: just after a partition has
// healed, an old leader may still answer.
const rewindLooksMax = 8

// lookAgain tells whether the server that answered may not be the one to ask.
func (f *follower) lookAgain(info *jetstream.StreamInfo) bool {
	f.looks++
	return info.Config.Replicas > 1 && f.looks < rewindLooksMax
}

// anchor compares the stream with what was read before.
func (f *follower) anchor(ctx context.Context, stream jetstream.Stream) error {
	info := stream.CachedInfo()
	if info.State.LastSeq < f.next {
		if f.lookAgain(info) {
			return errors.New("read stream: it seems too short")
		}
		if f.next == f.cfg.From && f.prev == nil {
			return errors.New("read stream: it has not come to the wanted block yet")
		}
		return &RewindError{Read: f.next - 1, Blocks: info.State.LastSeq}
	}
	if f.next == 0 {
		return nil
	}
	raw, err := ReadBlock(ctx, stream, f.next-1)
	if errors.Is(err, ErrNoBlock) && !f.lookAgain(info) {
		return &GapError{Want: f.next - 1, Err: err} // not merely late: the stream's end lies behind it
	}
	if err != nil {
		return err
	}
	f.looks = 0
	b, err := DecodeBlock(raw)
	if err == nil && f.prev == nil {
		err = f.checkPlace(b)
	}
	if err != nil {
		return &GapError{Want: f.next - 1, Err: err}
	}
	if f.prev == nil {
		f.prev = &b.Sealed
	}
	if got, want := b.Sealed.Hash(), f.prev.Hash(); got != want {
		return &ForkError{Number: f.next - 1, Want: want, Got: got}
	}
	return nil
}

// checkPlace holds a block that no known header vouches for to its name and place: the stream's name is that of its founding.
func (f *follower) checkPlace(b *Block) error {
	if CommunityID(b.Genesis) != f.cfg.Community {
		return errors.New("block belongs to another community")
	}
	if f.next > 0 && b.Number != f.next-1 {
		return fmt.Errorf("block %d stands in its place", b.Number)
	}
	return nil
}

// take verifies one message as the next block and hands it over.
func (f *follower) take(m Message) error {
	b, err := VerifyBlock(m.Data, f.prev)
	if err == nil && f.prev == nil {
		err = f.checkPlace(b)
	}
	if err != nil {
		return &GapError{Want: f.next, Err: err}
	}
	if f.cfg.EpochKey != nil {
		if err := b.CheckSignature(f.cfg.EpochKey); err != nil {
			return &GapError{Want: f.next, Err: err}
		}
	}
	if err := f.fn(m.Data, b, m.Header); err != nil {
		return callbackError{err}
	}
	f.next, f.prev = f.next+1, &b.Sealed
	return nil
}

// VerifyBlock decodes a block and verifies that it may follow prev and that its root fits its commits. A nil prev means that it
// must be the founding block, whose first commit names the community.
func VerifyBlock(raw []byte, prev *Sealed) (*Block, error) {
	b, err := DecodeBlock(raw)
	if err != nil {
		return nil, err
	}
	if err := b.CheckNext(prev); err != nil {
		return nil, err
	}
	leaves := make([]Hash, len(b.Commits))
	for i, commit := range b.Commits {
		hash := HashCommit(commit)
		if prev == nil && i == 0 && hash != b.Genesis {
			return nil, errors.New("first commit does not name the community")
		}
		leaves[i] = LeafHash(hash)
	}
	if RootOfLeaves(leaves) != b.Root {
		return nil, fmt.Errorf("root of block %d does not fit its commits", b.Number)
	}
	return b, nil
}
