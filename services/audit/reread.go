package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/time/rate"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// The background re-read costs a running community little: so many bytes a second, and a rest after each pass that is as long as the pass.
const (
	rereadBytesPerSecond = 8 << 20
	rereadBurstBytes     = 1 << 20 // more than one block
	rereadRest           = 30 * time.Second
	// stallMax is how long the stream may send nothing before the block that should come is asked for by its number.
	stallMax = 5 * time.Second
)

// Reread says what the background re-read has seen.
type Reread struct {
	Passes uint64    `json:"passes"`         // complete ones, all well
	Blocks uint64    `json:"blocks"`         // compared in the last of them
	Ended  time.Time `json:"ended,omitzero"` // when that was
}

func (a *Audit) rereadLoop(ctx context.Context) error {
	pace := rate.NewLimiter(rereadBytesPerSecond, rereadBurstBytes)
	for {
		began := time.Now()
		if err := a.Compare(ctx, pace); err != nil {
			return err
		}
		a.note("reread", nil)
		if !a.cfg.pause(ctx, max(a.cfg.RereadRest, time.Since(began))) {
			return nil
		}
	}
}

// Compare makes one pass: it reads every archived block again, holds the stream's copy against it, checks its link, and then reads the
// tiles and their entries again. All of it is read as it lies on disk now, as far as the caches of kernel and server allow. ErrDiffers,
// ErrArchive and tiles.ErrDamaged name the first thing that is not what it was. A nil pace is as fast as it goes.
func (a *Audit) Compare(ctx context.Context, pace *rate.Limiter) error {
	c := comparison{audit: a, pace: pace, end: a.archive.Blocks(), stall: stallMax}
	for c.number < c.end {
		err := c.piece(ctx)
		if errors.Is(err, ErrUnavailable) { // nothing is known, so nothing is claimed; it goes on where it was
			a.note("reread", err)
			if !a.cfg.pause(ctx, retryWaitMax) {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	if err := a.tiles.Check(ctx); err != nil {
		return err
	}
	if err := a.comparePublished(ctx); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reread.Passes++
	a.reread.Blocks, a.reread.Ended = c.end, time.Now()
	a.meter.passes.Add(1)
	return nil
}

// comparePublished holds the newest published checkpoint against the tiles, if there is one and they reach that far.
func (a *Audit) comparePublished(ctx context.Context) error {
	note, err := a.checkpoint(ctx)
	if err != nil {
		return nil // none, or the notary is away: that shows elsewhere
	}
	if _, err := a.anchored(note); errors.Is(err, ErrCheckpoint) {
		return errors.Unwrap(err) // what the operator must know, without what outsiders are told
	}
	return nil
}

// comparison is one pass over stream and archive.
type comparison struct {
	audit  *Audit
	pace   *rate.Limiter
	end    uint64 // blocks to compare
	stall  time.Duration
	number uint64 // of the next block
	prev   *chain.Sealed
	epoch  epoch

	entries []merkle.Hash // reused
}

// errEnd ends a Follow that has seen enough.
var errEnd = errors.New("end of the comparison")

// piece follows the stream from the next block to the end. When nothing comes any more, the block is asked for by its number: that
// tells a stream that cannot deliver a block from a server that is away.
func (c *comparison) piece(ctx context.Context) error {
	piece, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.stall, func() { cancel(errStalled) })
	defer watch.Stop()
	err := c.audit.cfg.Source.Follow(piece, c.number, c.prev, func(raw []byte, _ nats.Header) error {
		if !watch.Stop() {
			return errStalled
		}
		if err := c.compare(raw); err != nil {
			return err
		}
		if c.number == c.end {
			return errEnd
		}
		if c.pace != nil {
			if err := c.pace.WaitN(ctx, min(len(raw), c.pace.Burst())); err != nil {
				return err
			}
		}
		watch.Reset(c.stall)
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errEnd):
		return nil
	case errors.Is(context.Cause(piece), errStalled):
		return c.ask(ctx)
	case err == nil:
		return fmt.Errorf("%w: it ended by itself", ErrUnavailable)
	case isFinal(err):
		return err
	case errors.Is(err, errRead):
		return err
	}
	return fmt.Errorf("block %d: %w: %w", c.number, ErrDiffers, err)
}

var errStalled = errors.New("the stream sends nothing")

// compare holds the stream's copy of the next block against the archive's.
func (c *comparison) compare(stored []byte) error {
	kept, err := c.audit.archive.Block(c.number)
	if err != nil {
		return err
	}
	var b *chain.Block
	b, c.entries, err = verifyBlock(kept, c.prev, &c.epoch, c.entries[:0])
	same := bytes.Equal(kept, stored)
	if err == nil && !same {
		err = c.epoch.check(b)
	}
	if err != nil {
		return fmt.Errorf("block %d: %w: %w", c.number, ErrArchive, err)
	}
	if !same {
		return fmt.Errorf("block %d: %w", c.number, ErrDiffers)
	}
	head := b.Sealed
	c.number, c.prev = c.number+1, &head
	return nil
}

// ask fetches the next block by its number.
func (c *comparison) ask(ctx context.Context) error {
	stored, err := c.audit.cfg.Source.Read(ctx, c.number)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return c.compare(stored)
	case errors.Is(err, ErrUnavailable):
		return err
	}
	return fmt.Errorf("block %d: %w: it cannot be read from the stream: %w", c.number, ErrDiffers, err)
}
