// Package observer follows a community's record and believes nobody about it.
//
// In plain words: whoever must not be deceived about what stands on the record reads all of it, from the founding on, and checks it as
// renlin verify checks a bundle: links, roots, the epoch's signature of every block, everybody's signatures, and every decision, made again
// by the same rules. Where the blocks come from does not matter; a source can only be late, or be found out.
//
//   - A policy from elsewhere names the log's and the witnesses' keys. With it nothing is final before a checkpoint that they signed covers
//     it; and a record that they have not seen so ends the work. Without it whoever holds the epoch's key could show this observer another
//     record than everybody else, as long as it never shows another to this observer.
//   - How far the record was found to hold is kept on disk: number and hash of the last block. After a restart the record must come to that
//     hash again. One that ends earlier was rewound, one that does not come to it was rewritten: then nothing is made of it until an
//     operator has looked, and the process is started anew.
//   - What was checked before by this very program is not checked again, but for the blocks' links, roots and signatures; it is read and
//     folded: the remembered hash vouches for it.
//   - A record whose time is more than a minute ahead of this machine's clock is read, and nothing of it is final until the clock comes to
//     it: a deadline that has passed by somebody else's clock alone has not passed.
//   - That a rule's work was late is no untruth, and is only told; see verify.Finding.
//
// It keeps the whole state in memory, and reads the whole record at each start.
package observer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/verify"
)

// Head is where a source says that the record ends.
type Head struct {
	Blocks uint64     // how many there are; 0 while nothing is said
	Hash   chain.Hash // of the last
}

// Source is where the record comes from. Nothing that it says is believed.
type Source interface {
	// Head tells where the record ends.
	Head(ctx context.Context) (Head, error)
	// Blocks gives blocks as they are stored, from a number on, in order, as many as it likes; none where it has none.
	Blocks(ctx context.Context, from uint64) ([][]byte, error)
	// Checkpoint gives the newest signed checkpoint; nothing while there is none.
	Checkpoint(ctx context.Context) ([]byte, error)
}

// Config is one observer's. Community, Models, Path and Build are needed.
type Config struct {
	Community string
	Models    []*decider.Model
	// Policy says whose word on the log is needed; nil: nobody's.
	Policy *merkle.Policy
	// Path is the file of what was seen. Removing it takes the record as it is shown then.
	Path string
	// Build names this program: what another has judged is judged again.
	Build string
	// Patience bounds how long Catch waits for a source whose blocks lag behind what it says of its head; 0 means 2 s.
	Patience time.Duration
	// Log takes nothing if nil.
	Log *slog.Logger
}

// Observer follows one record. Its methods may be called by several goroutines.
type Observer struct {
	cfg    Config
	source Source

	mu      sync.Mutex // guards what follows; held while the source is asked
	walk    *verify.Walk
	kept    *memory // on disk; nil for nothing
	written time.Time
	looked  time.Time // when the checkpoint was last asked for
	short   int       // how often in a row the record seemed too short
	since   time.Time // when it first did
	now     func() time.Time
	doubt   error // why the last checkpoint was not believed; it is told once
	crash   func(line string) error

	shown   sync.Mutex // guards what follows, which must be told while the source is asked
	stopped error
	counts  Counts
}

// Counts is how far an observer has come.
type Counts struct {
	Position   uint64 // commits that were found to hold
	Anchored   uint64 // of these, confirmed by witnesses
	Signatures uint64 // that were checked since the start
}

// Open makes an observer; it reads what was seen before, and nothing of the record.
func Open(cfg Config, source Source) (*Observer, error) {
	if cfg.Patience == 0 {
		cfg.Patience = 2 * time.Second
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o700); err != nil {
		return nil, fmt.Errorf("open observer: %w", err)
	}
	kept, err := readMemory(cfg.Path)
	if err != nil {
		return nil, fmt.Errorf("open observer: %w", err)
	}
	return &Observer{
		cfg: cfg, source: source, kept: kept, now: time.Now,
		walk: verify.NewWalk(verify.WalkConfig{Community: cfg.Community, Models: cfg.Models, Policy: cfg.Policy}),
	}, nil
}

// Stopped tells why the observer makes nothing of the record any more; nil while it does. It answers at once.
func (o *Observer) Stopped() error {
	o.shown.Lock()
	defer o.shown.Unlock()
	return o.stopped
}

// Counts tells how far the observer has come. It answers at once.
func (o *Observer) Counts() Counts {
	o.shown.Lock()
	defer o.shown.Unlock()
	return o.counts
}

func (o *Observer) stop(err error) error {
	o.shown.Lock()
	defer o.shown.Unlock()
	if o.stopped == nil {
		o.cfg.Log.Error("the record is not followed any more", "community", o.cfg.Community, "err", err)
		o.stopped = err
	}
	return o.stopped
}

// Catch reads on to where the source says that the record ends, and checks it.
func (o *Observer) Catch(ctx context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.Stopped(); err != nil {
		return err
	}
	head, err := o.source.Head(ctx)
	if err != nil {
		return fmt.Errorf("ask for the record's end: %w", err)
	}
	if head.Blocks == 0 {
		return ErrBehind
	}
	if seen := o.seenBlocks(); head.Blocks < seen {
		if o.short++; o.short == 1 {
			o.since = o.now()
		}
		if o.short < shortLooksMax || o.now().Sub(o.since) < shortTimeMax {
			return ErrBehind
		}
		return o.stop(ErrRewound.WithInt("seen", int64(seen)).WithInt("blocks", int64(head.Blocks)))
	}
	o.short = 0
	err = o.read(ctx, head)
	if err == nil {
		err = o.confirm(ctx)
	}
	o.count()
	if kept := o.keep(keepInterval); err == nil {
		err = kept
	}
	return err
}

// How often in a row, and for how long, a record must seem too short before that is believed: both, for looks alone are over in a moment,
// and time alone with a single look. Where two can answer, one may not have noticed yet that it is not the one to ask; and what a sequencer
// has published without hearing that it was kept is served for some seconds before it says so.
const (
	shortLooksMax = 8
	shortTimeMax  = time.Minute
)

// seenBlocks is how many blocks were found to hold, now or before the start.
func (o *Observer) seenBlocks() (blocks uint64) {
	if o.kept != nil {
		blocks = o.kept.Block + 1
	}
	if last, _ := o.walk.Head(); last != nil {
		blocks = max(blocks, last.Number+1)
	}
	return blocks
}

// next is the number of the block that was not read yet.
func (o *Observer) next() uint64 {
	if last, _ := o.walk.Head(); last != nil {
		return last.Number + 1
	}
	return 0
}

// lagPause is how long to wait for a source whose blocks lag behind.
const lagPause = 20 * time.Millisecond

// read takes blocks until the record is where the source says that it ends.
func (o *Observer) read(ctx context.Context, head Head) error {
	waited := time.Duration(0)
	for o.next() < head.Blocks {
		blocks, err := o.source.Blocks(ctx, o.next())
		if err != nil {
			return fmt.Errorf("ask for blocks: %w", err)
		}
		for _, raw := range blocks {
			if err := o.take(ctx, raw); err != nil {
				return err
			}
		}
		if err := o.keep(keepInterval); err != nil {
			return err
		}
		o.count()
		if len(blocks) > 0 {
			continue
		}
		if waited += lagPause; waited > o.cfg.Patience {
			return ErrBehind
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lagPause):
		}
	}
	if _, hash := o.walk.Head(); o.next() == head.Blocks && hash != head.Hash {
		return o.stop(ErrForked.WithInt("block", int64(head.Blocks-1)))
	}
	return nil
}

// take checks one block.
func (o *Observer) take(ctx context.Context, raw []byte) error {
	number := o.next()
	before := o.kept != nil && number <= o.kept.Block
	again := before && o.kept.Build == o.cfg.Build
	found, err := o.walk.Block(ctx, raw, again)
	for i := range found {
		if found[i].Late() {
			if !again {
				o.cfg.Log.Warn("a rule's work was late", "community", o.cfg.Community, "index", found[i].Index, "why", found[i].Why)
			}
			continue
		}
		if found[i].Check == verify.CheckBlockLink {
			return o.stop(ErrForked.WithInt("block", int64(number)).Because(errors.New(found[i].Why)))
		}
		return o.stop(ErrUntrue.With("check", string(found[i].Check)).WithInt("commit", int64(found[i].Index)).Because(errors.New(found[i].Why)))
	}
	if errors.Is(err, verify.ErrAbstains) {
		return o.stop(ErrAbstains.Because(err))
	}
	if err != nil {
		return o.stop(ErrUntrue.WithInt("block", int64(number)).Because(err))
	}
	last, hash := o.walk.Head()
	if before && number == o.kept.Block && (hash.String() != o.kept.Head || last.Genesis.String() != o.kept.Genesis) {
		return o.stop(ErrForked.WithInt("block", int64(number)))
	}
	return nil
}

// lookInterval is how often a checkpoint is asked for while some of the record waits for one.
const lookInterval = 200 * time.Millisecond

// confirm asks for the newest checkpoint where one is needed. That none is to be had, or none that the policy holds valid, is no failure:
// what needs one waits, and Sure says so.
func (o *Observer) confirm(ctx context.Context) error {
	if o.cfg.Policy == nil || o.walk.Anchored() == o.walk.Position() || time.Since(o.looked) < lookInterval {
		return nil
	}
	o.looked = time.Now()
	note, err := o.source.Checkpoint(ctx)
	if err != nil || len(note) == 0 {
		return nil
	}
	found, err := o.walk.Checkpoint(note)
	if len(found) > 0 {
		return o.stop(ErrForked.With("check", string(found[0].Check)).WithInt("commits", int64(found[0].Index+1)))
	}
	if errors.Is(err, verify.ErrAhead) {
		return nil
	}
	if err != nil && (o.doubt == nil || o.doubt.Error() != err.Error()) {
		o.cfg.Log.Warn("a checkpoint is not believed", "community", o.cfg.Community, "err", err)
	}
	o.doubt = err
	return nil
}

func (o *Observer) count() {
	o.shown.Lock()
	defer o.shown.Unlock()
	o.counts = Counts{Position: o.walk.Position(), Anchored: o.walk.Anchored(), Signatures: o.walk.Signatures()}
}

// caught tells whether the record has come to what was seen of it before.
func (o *Observer) caught() bool {
	return o.next() > 0 && (o.kept == nil || o.next() > o.kept.Block)
}

// keepInterval is how often what was seen is written down while nobody needs it to be.
const keepInterval = time.Second

// keep writes down what was seen, unless it was written a moment ago. Before the record has come to what was seen before, there is nothing
// to write.
func (o *Observer) keep(interval time.Duration) error {
	last, hash := o.walk.Head()
	if !o.caught() || time.Since(o.written) < interval {
		return nil
	}
	m := &memory{
		Format: memoryFormat, Build: o.cfg.Build, Genesis: last.Genesis.String(), Block: last.Number, Head: hash.String(),
		Position: o.walk.Position(), Anchored: o.walk.Anchored(),
	}
	if o.kept != nil && *o.kept == *m {
		return nil
	}
	if err := m.write(o.cfg.Path, o.crash); err != nil {
		return err
	}
	o.kept, o.written = m, time.Now()
	return nil
}

// View shows the state of a service's rules, as far as the record was read; it must not be kept. It refuses a record that has not come to
// what was seen of it before.
func (o *Observer) View(service string, look func(s *decider.State) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.Stopped(); err != nil {
		return err
	}
	if !o.caught() {
		return ErrBehind
	}
	return look(o.walk.State(service))
}

// aheadMax is how far a record's time may be ahead of this machine's clock: more than clocks part that anybody looks after, and less than
// any time that people are given for something.
const aheadMax = time.Minute

// ahead tells whether the record has come to a time that has not come here.
func (o *Observer) ahead() bool {
	last, _ := o.walk.Head()
	return last != nil && last.Time > o.now().Add(aheadMax).UnixMilli()
}

// Sure tells whether whoever acts on the first so many commits can rely on them for ever: they hold, their time has come by this machine's
// clock, too, the witnesses have confirmed them, if a policy names any, and that they were seen is on disk. Without that a trustee who was
// started again could be shown another record.
func (o *Observer) Sure(position uint64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch err := o.Stopped(); {
	case err != nil:
		return err
	case !o.caught() || position > o.walk.Position():
		return ErrBehind
	case o.ahead():
		return ErrAhead
	case o.cfg.Policy != nil && position > o.walk.Anchored():
		return ErrUnwitnessed.WithInt("commits", int64(position)).WithInt("confirmed", int64(o.walk.Anchored()))
	case o.kept == nil || o.kept.Position < position:
		return o.keep(0)
	}
	return nil
}
