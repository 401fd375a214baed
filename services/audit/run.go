package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle/tiles"
	"renlin.dev/pkg/telemetry"
)

// The pause between two tries of what does not work, growing; and between two announcements that the audit has stopped.
const (
	retryWaitMin = 100 * time.Millisecond
	retryWaitMax = 10 * time.Second
	announceWait = time.Second
)

// Run follows the stream, builds tiles, checks authors and plans, and re-reads in the background. It returns when ctx ends, and not before:
// an audit that has stopped goes on answering from what it has, and saying why.
func (a *Audit) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { a.keep(ctx, "follow", a.follow) })
	wg.Go(func() { a.keep(ctx, "build", a.buildLoop) })
	wg.Go(func() { a.keep(ctx, "authors", a.authorsLoop) })
	wg.Go(func() { a.keep(ctx, "reread", a.rereadLoop) })
	wg.Go(func() { a.keep(ctx, "plans", a.plansLoop) })
	wg.Wait()
	return a.hint.write(a.archive, a.checkedAuthors())
}

// keep does one of the audit's works until ctx ends: again after trouble, never again after a difference.
func (a *Audit) keep(ctx context.Context, who string, work func(ctx context.Context) error) {
	for wait := retryWaitMin; ; wait = min(2*wait, retryWaitMax) {
		began := time.Now()
		err := work(ctx)
		if ctx.Err() != nil || errors.Is(err, errStopped) {
			return
		}
		if isFinal(err) {
			a.stop(ctx, who, err)
			return
		}
		a.note(who, err)
		if time.Since(began) > time.Minute {
			wait = retryWaitMin
		}
		if !a.cfg.pause(ctx, wait) {
			return
		}
	}
}

// IsDamage tells whether an error of Open says that archive or tiles are not what they were, which trying again cannot mend.
func IsDamage(err error) bool { return isFinal(err) }

// isFinal tells what trying again cannot mend.
func isFinal(err error) bool {
	var gap *chain.GapError
	var rewind *chain.RewindError
	var fork *chain.ForkError
	for _, final := range []error{ErrDiffers, ErrArchive, ErrCheckpoint, errUnsynced, tiles.ErrConflict, tiles.ErrDamaged} {
		if errors.Is(err, final) {
			return true
		}
	}
	return errors.As(err, &gap) || errors.As(err, &rewind) || errors.As(err, &fork)
}

// isRecord tells whether a final error says that the record is not what it was. Otherwise only something derived from it, or our own
// disk, is at fault: then checkpoints stop, and writing does not.
func isRecord(err error) bool {
	return !errors.Is(err, errUnsynced) && !errors.Is(err, tiles.ErrDamaged)
}

// stop notes why the audit has stopped and, if the record is at fault, says so to the sequencer until ctx ends: a sequencer that was away
// must hear it too.
func (a *Audit) stop(ctx context.Context, who string, err error) {
	a.mu.Lock()
	if a.stopped == nil || isRecord(err) && !isRecord(a.stopped) {
		a.stopped = err
	}
	a.mu.Unlock()
	a.meter.findings.With(who).Add(1)
	a.cfg.Log.Error("audit has stopped", "community", a.cfg.Community, "work", who, "err", err)
	for isRecord(err) {
		a.cfg.Halt(ctx, fmt.Sprintf("audit (%s): %v", who, err))
		if !a.cfg.pause(ctx, announceWait) {
			return
		}
	}
}

// note keeps what does not work just now, and logs it when it is news. A nil error takes it back.
func (a *Audit) note(who string, err error) {
	a.mu.Lock()
	before := a.trouble[who]
	if err == nil {
		delete(a.trouble, who)
	} else {
		a.trouble[who] = err
	}
	a.mu.Unlock()
	if err != nil && (before == nil || before.Error() != err.Error()) {
		a.cfg.Log.Warn("audit is in trouble", "community", a.cfg.Community, "work", who, "err", err)
	}
}

// Stopped tells why the audit has stopped; nil while it has not.
func (a *Audit) Stopped() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stopped
}

// follow takes blocks from the stream until something fails.
func (a *Audit) follow(ctx context.Context) error {
	return a.cfg.Source.Follow(ctx, a.archive.Blocks(), a.archive.Head(), func(raw []byte, header nats.Header) error {
		err := a.takeTraced(ctx, raw, header)
		if err == nil {
			a.note("follow", nil)
		}
		return err
	})
}

// takeTraced takes one block, in a span when a request in it is traced.
func (a *Audit) takeTraced(ctx context.Context, raw []byte, header nats.Header) error {
	if len(header[chain.TraceHeader]) == 0 {
		return a.take(raw)
	}
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		return a.take(raw) // which finds the same, and says what follows from it
	}
	_, span := chain.StartFold(ctx, "audit fold", &b.Sealed, header)
	a.traced.note(b, header) // before it is in the tiles, so that whoever sees it there finds its traces
	err = a.take(raw)
	telemetry.End(span, err)
	return err
}

// take archives one block. When too much waits to be synced, the block waits for that.
func (a *Audit) take(raw []byte) error {
	if a.Stopped() != nil {
		return errStopped // nothing is built on a record that is in doubt
	}
	b, entries, err := a.archive.Append(raw)
	if err != nil {
		return err
	}
	if err := a.admit(b, entries, ErrDiffers); err != nil {
		return err
	}
	a.mu.Lock()
	a.unsynced += frameBytes + len(raw)
	full := a.unsynced > unsyncedBytesMax
	a.mu.Unlock()
	wake(a.grown)
	wake(a.unsigned)
	wake(a.unplanned)
	if full {
		return a.build()
	}
	return nil
}

var errStopped = errors.New("audit has stopped")

func (a *Audit) buildLoop(ctx context.Context) error {
	for {
		began := time.Now()
		if err := a.build(); err != nil {
			return err
		}
		a.note("build", nil)
		if a.cfg.Grown != nil {
			a.cfg.Grown()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-a.grown:
		}
		if !a.cfg.pause(ctx, buildRest-time.Since(began)) {
			return nil
		}
	}
}

// buildRest is how long after one build the next begins at the earliest: under load it then takes many blocks at once, and a block that
// comes alone does not wait.
const buildRest = 50 * time.Millisecond
