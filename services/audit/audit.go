// Package audit follows a community's record, checks every link of it, keeps a copy of its own, and makes it provable to anyone.
//
// The rules, in plain words:
//
//  1. Every block is checked when it arrives: link, time, root over its commits, signature of the epoch's key; soon after, who signed each
//     command. What does not fit stops the audit and, through the sequencer's halt, all writing; it is never skipped.
//  2. What arrived is kept in an append-only archive that shares nothing with the stream's storage, and its commit hashes in a log
//     of Merkle tiles (C2SP tlog-tiles). The archive is synced before tiles are built on it, so the tiles say how much of it a crash
//     cannot have taken. Tiles can be rebuilt from the archive, the archive from the stream, and the stream from the archive.
//  3. At opening the archive is read whole and must give the tiles' root. What a crash left behind the tiles' end is cut off and fetched
//     again; anything else that does not fit is named, and nothing is opened.
//  4. In the background the stream is read again from its beginning and compared with the archive, for ever, and so are the tiles; a
//     difference, such as a flipped bit, is named and stops writing.
//  5. An audit that has stopped stays so until it is opened anew. It goes on answering from what was checked before, and its state
//     says why it stopped. A disk that is full or away is no difference: that is tried again, and shows as lateness.
//  6. Each plan of matching that calls itself optimal is held against all that waited and was free (package plancheck). One that is not
//     what it says is shown as a finding, with a metric and an alert; it stops nothing, for nothing about the record differs.
//  7. Tiles, checkpoints and proofs disclose nothing and are public. Blocks go to those with standing; the gateway asks who.
package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/tiles"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/services/audit/plancheck"
)

// Source is the stream: Follow delivers acknowledged blocks in order from a number on until ctx ends, if the stream holds prev before
// them, and comes back by itself when the server was away; any other end of it means that the stream is not what it was. Read gives one
// block again, as it is stored now; its error is ErrUnavailable when nobody answered. The header is what travels beside a block: traces.
type Source interface {
	Follow(ctx context.Context, from uint64, prev *chain.Sealed, each func(raw []byte, header nats.Header) error) error
	Read(ctx context.Context, number uint64) ([]byte, error)
}

// Config is what the audit of one community needs.
type Config struct {
	Community string
	Dir       string
	Source    Source
	// Halt stops the community's writing; called with a reason that operators read, again and again while it stands.
	Halt func(ctx context.Context, reason string)
	// Checkpoint gives the newest published checkpoint note; nil bytes for none yet.
	Checkpoint func(ctx context.Context) ([]byte, error)
	// Keys gives the verifier keys of log and witnesses as JSON, for those who have no policy from elsewhere.
	Keys func(ctx context.Context) ([]byte, error)
	// Grown is told that blocks were archived since it was last told; may be nil. It must be quick.
	Grown func()
	// RereadRest is the least rest between two passes of the background re-read; 0 is 30 s.
	RereadRest time.Duration
	Log        *slog.Logger
	// Metrics takes what is counted and measured; nil takes nothing.
	Metrics *metrics.Registry

	// Tests stand between the audit and its disk, and do not wait.
	files durable.Files
	file  file
	pause func(ctx context.Context, d time.Duration) bool
}

// Audit is one community's. Its methods may be called from anywhere.
type Audit struct {
	cfg     Config
	archive *Archive
	tiles   *tiles.Store
	hint    *hint
	closers []io.Closer
	meter   meter
	traced  tracedBlocks

	covers   cover
	building sync.Mutex // serialises build
	grown    chan struct{}
	unsigned chan struct{} // a block waits for checkAuthors
	anchor   anchor        // the checkpoint that was last held against the tiles

	unplanned chan struct{}       // a block waits for plansLoop
	follower  *plancheck.Follower // plansLoop's

	mu       sync.Mutex // guards what follows
	pending  []merkle.Hash
	unsynced int // bytes of archive that pending stands for, or more
	stopped  error
	trouble  map[string]error // what does not work just now, by who met it
	reread   Reread
	authors  uint64 // blocks whose authors were checked
	plans    Plans
}

// Errors that mean that the record is not what it was; ErrArchive is the third.
var (
	// ErrDiffers says that the stream is not what it was, or holds what it may not.
	ErrDiffers = errors.New("stream differs from the archive")
	// ErrCheckpoint says that a published checkpoint is not the log's.
	ErrCheckpoint = errors.New("log differs from what was published")
)

// unsyncedBytesMax is how much archive may wait for its sync and tiles before the next block waits for them.
const unsyncedBytesMax = 4 << 20

// Open reads archive and tiles, brings the tiles up to the archive, and checks both.
func Open(cfg Config) (*Audit, error) {
	if cfg.pause == nil {
		cfg.pause = pause
	}
	if cfg.RereadRest == 0 {
		cfg.RereadRest = rereadRest
	}
	a := &Audit{
		cfg: cfg, grown: make(chan struct{}, 1), unsigned: make(chan struct{}, 1), unplanned: make(chan struct{}, 1),
		follower: plancheck.Follow(), trouble: map[string]error{},
	}
	if err := a.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("open audit: %w", err), a.Close())
	}
	a.measure()
	return a, nil
}

func (a *Audit) open() error {
	if err := a.openTiles(); err != nil {
		return err
	}
	if a.cfg.file == nil {
		f, err := openFile(filepath.Join(a.cfg.Dir, "blocks.log"))
		if err != nil {
			return err
		}
		a.cfg.file = f
	}
	a.closers = append(a.closers, a.cfg.file)
	size, root := a.tiles.Head()
	a.covers = cover{size: size, root: root}
	archive, cut, err := loadArchive(a.cfg.file, size, a.load)
	if err != nil {
		return err
	}
	a.archive = archive
	if cut > 0 {
		a.cfg.Log.Warn("archive's unfinished end was cut off", "community", a.cfg.Community, "block", archive.Blocks(), "bytes", cut)
	}
	if archive.Commits() < size {
		a.cfg.Log.Warn("archive is shorter than its tiles and will be rebuilt from the stream",
			"community", a.cfg.Community, "archive", archive.Commits(), "tiles", size)
	}
	a.hint = &hint{}
	if a.cfg.Dir != "" {
		a.hint.path = filepath.Join(a.cfg.Dir, "authors.checked")
	}
	a.authors = a.hint.read(archive)
	return a.build()
}

func (a *Audit) openTiles() error {
	options := tiles.Options{OnServeError: func(err error) {
		a.cfg.Log.Error("tile could not be served", "community", a.cfg.Community, "err", err)
	}}
	if a.cfg.files != nil {
		store, err := tiles.New(a.cfg.files, options)
		a.tiles = store
		return err
	}
	store, dir, err := tiles.Open(filepath.Join(a.cfg.Dir, "tiles"), options)
	if err != nil {
		return err
	}
	a.tiles, a.closers = store, append(a.closers, dir)
	return nil
}

// Close releases the files. Run must have returned.
func (a *Audit) Close() error {
	var err error
	for _, c := range a.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}

// load takes a block of the archive at opening. What the tiles lack is built in large pieces on the way.
func (a *Audit) load(b *chain.Block, entries []merkle.Hash) error {
	if err := a.admit(b, entries, ErrArchive); err != nil {
		return err
	}
	if len(a.pending) < 1<<16 {
		return nil
	}
	return a.buildOn(a.cfg.file.Sync)
}

// cover is what the tiles held when the audit was opened. The archive, or the stream that it is rebuilt from, must give the same root.
type cover struct {
	size uint64
	root merkle.Hash
	tree merkle.Tree // over the entries seen so far; given up when it has reached size
}

// admit holds a block that was verified against community and tiles, and puts what the tiles lack among the pending.
func (a *Audit) admit(b *chain.Block, entries []merkle.Hash, blame error) error {
	if b.Number == 0 && chain.CommunityID(b.Genesis) != a.cfg.Community {
		return fmt.Errorf("block 0: %w: it founds another community", blame)
	}
	for i, entry := range entries {
		if b.First+uint64(i) >= a.covers.size {
			a.mu.Lock()
			a.pending = append(a.pending, entries[i:]...)
			a.mu.Unlock()
			return nil
		}
		a.covers.tree.Append(merkle.LeafHash(entry))
		if a.covers.tree.Size() == a.covers.size && a.covers.tree.Root() != a.covers.root {
			return fmt.Errorf("block %d: %w: up to it, the blocks do not give the root of the tiles at size %d", b.Number, blame, a.covers.size)
		}
	}
	return nil
}

// build appends what is pending to the tiles. A crash at any line leaves tiles that promise no more than the archive holds.
func (a *Audit) build() error { return a.buildOn(a.archive.Sync) }

func (a *Audit) buildOn(sync func() error) error {
	a.building.Lock()
	defer a.building.Unlock()
	a.mu.Lock()
	batch, bytes := a.pending[:len(a.pending):len(a.pending)], a.unsynced
	a.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	if err := sync(); err != nil {
		return err
	}
	if err := a.tiles.Append(a.tiles.Size(), batch); err != nil {
		return fmt.Errorf("append to tiles: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending = append([]merkle.Hash(nil), a.pending[len(batch):]...)
	a.unsynced -= bytes
	return nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is awake
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
