// Package audit follows a community's record, checks every link of it, keeps a copy of its own, and makes it provable to anyone.
//
// The rules, in plain words:
//
//  1. Every block is checked when it arrives: link, time, root over its commits. A block that does not fit stops the audit and,
//     through the sequencer's halt, all writing; it is never skipped.
//  2. What arrived is kept in an append-only archive that shares nothing with the stream's storage, and its commit hashes in a
//     log of Merkle tiles (C2SP tlog-tiles). Both can be rebuilt from the stream, and the stream from the archive.
//  3. In the background the stream is read again from its beginning and compared with the archive, for ever; a difference, such
//     as a flipped bit, stops writing and is named.
//  4. Tiles, checkpoints and proofs disclose nothing and are public. Blocks go to those with standing; the gateway asks who.
package audit

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/tiles"
)

// Source is the stream: Follow delivers acknowledged blocks in order from a number on until ctx ends, if the stream
// holds prev before them; Read gives one block again, as it is stored now.
type Source interface {
	Follow(ctx context.Context, from uint64, prev *chain.Sealed, each func(raw []byte) error) error
	Read(ctx context.Context, number uint64) ([]byte, error)
}

// Config is what the audit of one community needs.
type Config struct {
	Community string
	Dir       string
	Source    Source
	// Halt stops the community's writing; called with a reason that operators read.
	Halt func(ctx context.Context, reason string)
	// Checkpoint gives the newest published checkpoint note; nil bytes for none yet.
	Checkpoint func(ctx context.Context) ([]byte, error)
	// Keys gives the verifier keys of log and witnesses as JSON, for those who have no policy from elsewhere.
	Keys func(ctx context.Context) ([]byte, error)
	Log  *slog.Logger
}

// Audit is one community's. Its methods may be called from anywhere.
type Audit struct {
	cfg     Config
	archive *Archive
	tiles   *tiles.Store
	closers []io.Closer

	mu      sync.Mutex // guards pending and stopped
	pending []merkle.Hash
	stopped error
	grown   chan struct{}
}

// ErrDiffers says that the stream is not what it was.
var ErrDiffers = errors.New("stream differs from the archive")

// Open reads archive and tiles, brings the tiles up to the archive, and checks both.
func Open(cfg Config) (*Audit, error) {
	a := &Audit{cfg: cfg, grown: make(chan struct{}, 1)}
	store, dir, err := tiles.Open(filepath.Join(cfg.Dir, "tiles"), tiles.Options{OnServeError: func(err error) {
		cfg.Log.Error("tile could not be served", "community", cfg.Community, "err", err)
	}})
	if err != nil {
		return nil, fmt.Errorf("open tiles: %w", err)
	}
	a.tiles, a.closers = store, append(a.closers, dir)
	a.archive, err = OpenArchive(filepath.Join(cfg.Dir, "blocks.log"), a.behind)
	if err == nil {
		a.closers = append(a.closers, a.archive)
		err = a.build()
	}
	if err == nil && a.tiles.Size() > a.size() {
		// The archive lost its end in a crash and the tiles did not: the stream still has those blocks, and appending them
		// again finds the same entries.
		cfg.Log.Warn("tiles are ahead of the archive", "tiles", a.tiles.Size(), "archive", a.size())
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// Close releases the files. Run must have returned.
func (a *Audit) Close() error {
	var err error
	for _, c := range a.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}

// size is the number of commits in the archive.
func (a *Audit) size() uint64 {
	if h := a.archive.Head(); h != nil {
		return h.First + uint64(h.Count)
	}
	return 0
}

// behind collects the entries of a block that the tiles do not have yet.
func (a *Audit) behind(b *chain.Block) error {
	size := a.tiles.Size() + uint64(len(a.pending))
	for i, c := range b.Commits {
		entry := merkle.Hash(chain.HashCommit(c))
		switch index := b.First + uint64(i); {
		case index == size:
			a.pending = append(a.pending, entry)
			size++
		case index > size:
			return fmt.Errorf("index %d after %d entries: %w", index, size, ErrArchive)
		}
	}
	if len(a.pending) >= 4096 {
		return a.build()
	}
	return nil
}

// build appends what waits to the tiles. The archive is synced first, so that tiles never promise what a crash can take.
func (a *Audit) build() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.pending) == 0 {
		return nil
	}
	if a.archive != nil {
		if err := a.archive.Sync(); err != nil {
			return fmt.Errorf("sync archive: %w", err)
		}
	}
	if err := a.tiles.Append(a.tiles.Size(), a.pending); err != nil {
		return fmt.Errorf("append to tiles: %w", err)
	}
	a.pending = a.pending[:0]
	return nil
}

// Run follows the stream until ctx ends, builds tiles beside it, and re-reads the stream in the background.
func (a *Audit) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	wg.Go(func() { cancel(a.follow(ctx)) })
	wg.Go(func() { cancel(a.buildLoop(ctx)) })
	wg.Go(func() { cancel(a.reread(ctx)) })
	<-ctx.Done()
	wg.Wait()
	err := context.Cause(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	a.mu.Lock()
	a.stopped = err
	a.mu.Unlock()
	return err
}

func (a *Audit) follow(ctx context.Context) error {
	err := a.cfg.Source.Follow(ctx, a.archive.Blocks(), a.archive.Head(), func(raw []byte) error {
		b, err := a.archive.Append(raw)
		if err != nil {
			return err
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		size := a.tiles.Size() + uint64(len(a.pending))
		for i, c := range b.Commits {
			if b.First+uint64(i) >= size {
				a.pending = append(a.pending, merkle.Hash(chain.HashCommit(c)))
			}
		}
		select {
		case a.grown <- struct{}{}:
		default:
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		a.cfg.Halt(ctx, "audit cannot follow the stream: "+err.Error())
	}
	return err
}

func (a *Audit) buildLoop(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.grown:
		}
		if err := a.build(); err != nil {
			return err
		}
	}
}

// Head is what the notary signs over and what the sequencer compares itself with at its start.
type Head struct {
	Block uint64      `json:"block"` // number of the last block archived
	Hash  string      `json:"hash"`  // its hash
	Size  uint64      `json:"size"`  // commits in the tiles
	Root  merkle.Hash `json:"root"`
	Empty bool        `json:"empty,omitempty"`
}

// Head gives the archive's end and the tiles' root.
func (a *Audit) Head() Head {
	size, root := a.tiles.Head()
	h := Head{Size: size, Root: root, Empty: true}
	if last := a.archive.Head(); last != nil {
		h.Block, h.Hash, h.Empty = last.Number, last.Hash().String(), false
	}
	return h
}

// Consistency gives the proof that the log of size n continues the one of size m.
func (a *Audit) Consistency(m, n uint64) ([]merkle.Hash, error) { return a.tiles.Consistency(m, n) }

// Faults of what outsiders ask.
var (
	errPath    = fault.New(fault.NotFound, "log.path", "The log has nothing at this address.", "日志中没有该地址的内容。")
	errNotYet  = fault.New(fault.NotFound, "log.not_yet", "There is no checkpoint that covers this yet.", "尚无涵盖该内容的检查点。")
	errDamaged = fault.New(fault.Internal, "log.damaged", "The log is damaged; the operator has been told.", "日志已损坏，已通知管理员。")
)

// Log answers an address below /log/<community>/: "checkpoint", "tile/...", "proof/<index>".
func (a *Audit) Log(ctx context.Context, path string) ([]byte, error) {
	switch {
	case path == "checkpoint":
		return a.checkpoint(ctx)
	case path == "keys":
		return a.cfg.Keys(ctx)
	case strings.HasPrefix(path, "tile/"):
		t, err := merkle.ParseTilePath(path)
		if err != nil {
			return nil, errPath.Because(err)
		}
		out, err := a.tiles.Tile(t)
		return out, served(err)
	case strings.HasPrefix(path, "proof/"):
		index, err := strconv.ParseUint(path[len("proof/"):], 10, 63)
		if err != nil {
			return nil, errPath.Because(err)
		}
		return a.proof(ctx, index)
	}
	return nil, errPath
}

func served(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, tiles.ErrOutside):
		return errPath.Because(err)
	}
	return errDamaged.Because(err)
}

func (a *Audit) checkpoint(ctx context.Context) ([]byte, error) {
	note, err := a.cfg.Checkpoint(ctx)
	if err == nil && note == nil {
		err = errNotYet
	}
	return note, err
}

// proof gives a C2SP tlog-proof of one commit under the newest checkpoint.
func (a *Audit) proof(ctx context.Context, index uint64) ([]byte, error) {
	note, err := a.checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	c, err := merkle.Peek(note)
	if err != nil {
		return nil, errDamaged.Because(err)
	}
	if index >= c.Size {
		return nil, errNotYet
	}
	path, err := a.tiles.Inclusion(index, c.Size)
	if err != nil {
		return nil, served(err)
	}
	return merkle.FormatProof(index, path, note), nil
}

// pageBytesMax bounds one answer of blocks below the bus's payload limit.
const pageBytesMax = 800 << 10

// Blocks gives whole blocks from a number on, each with a u32 length before it, as many as fit; none at the end.
func (a *Audit) Blocks(from uint64) ([]byte, error) {
	var out []byte
	for number := from; ; number++ {
		raw, err := a.archive.Block(number)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, errDamaged.Because(err)
		}
		if len(out) > 0 && len(out)+len(raw)+4 > pageBytesMax {
			return out, nil
		}
		n := len(raw)
		out = append(append(out, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), raw...)
	}
}

// MarshalHead gives the head as JSON for the bus.
func (a *Audit) MarshalHead() ([]byte, error) { return json.Marshal(a.Head()) }

// ConsistencyRequest asks for a consistency proof over the bus.
type ConsistencyRequest struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// AnswerConsistency answers a request as JSON: a list of hashes in hex.
func (a *Audit) AnswerConsistency(data []byte) ([]byte, error) {
	var q ConsistencyRequest
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, fault.ErrMalformed.Because(err)
	}
	path, err := a.Consistency(q.From, q.To)
	if err != nil {
		return nil, served(err)
	}
	out := make([]string, len(path))
	for i, h := range path {
		out[i] = hex.EncodeToString(h[:])
	}
	return json.Marshal(out)
}
