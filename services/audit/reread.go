package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// rereadPause spaces the background re-read, so that it costs a running community little.
const (
	rereadPause = 20 * time.Millisecond
	rereadRest  = 30 * time.Second
)

// reread compares the whole stream with the archive, again and again. Both are read as they lie on disk now, so damage to either
// shows, not only damage to what is being written.
func (a *Audit) reread(ctx context.Context) error {
	for {
		if err := a.Compare(ctx, rereadPause); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			a.cfg.Halt(ctx, "audit's re-read: "+err.Error())
			return err
		}
		if !pause(ctx, rereadRest) {
			return nil
		}
	}
}

// Compare reads every archived block again, verifies its link, and holds the stream's copy against it. ErrDiffers and ErrArchive
// name the first block that is not what it was.
func (a *Audit) Compare(ctx context.Context, every time.Duration) error {
	check := &Archive{}
	for number := range a.archive.Blocks() {
		kept, err := a.archive.Block(number)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("block %d: %w", number, err)
		}
		b, err := check.check(kept)
		if err != nil {
			return fmt.Errorf("block %d: %w: %w", number, ErrArchive, err)
		}
		check.took(b, len(kept))
		stored, err := a.cfg.Source.Read(ctx, number)
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, ErrUnavailable) {
				return ctx.Err() // the server is down: nothing is known, nothing is claimed
			}
			return fmt.Errorf("block %d cannot be read from the stream: %w", number, errors.Join(ErrDiffers, err))
		}
		if !bytes.Equal(kept, stored) {
			return fmt.Errorf("block %d: %w", number, ErrDiffers)
		}
		if number%64 == 63 && !pause(ctx, every) {
			return ctx.Err()
		}
	}
	return nil
}

// ErrUnavailable is what a Source answers when it cannot be reached, as opposed to when it holds something else.
var ErrUnavailable = errors.New("stream is not reachable")

func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
