package sequencer

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
)

// A snapshot is the order core's state at some block, so that a start need not read the whole stream again. It is a cache and nothing
// else: it lies in the data directory, may be deleted at any time, and is not used unless it is whole, written by this very program with
// this epoch's key, and the stream still holds the block that it ends with. Whatever does not fit is said in the log, and the stream
// is read from its beginning.
//
// The file: magic, the program's name, the state as order.Picture encodes it, and an HMAC over all of that under a key made from the epoch's.

const (
	snapshotMagic = "renlin/sequencer-snapshot/1\n"
	snapshotName  = "snapshot"
	snapshotNext  = "snapshot.new" // what is being written; a crash may leave any part of it
)

// snapshotEveryMin, if Config says nothing else, is after how many commits a snapshot is written. Reading as many again takes a fraction of a second.
const snapshotEveryMin = 100_000

// snapshotShare bounds what snapshots cost: one is written when the record has grown by this part of what one holds.
const snapshotShare = 16

// snapshots keeps the newest one. Its methods belong to whoever owns the machine; only the writing goes on beside.
type snapshots struct {
	s       *Sequencer
	files   durable.Files // nil when none are kept
	dir     io.Closer
	size    uint64        // commits in the newest one that was tried
	written atomic.Uint64 // commits in the newest one that is there
	writing sync.WaitGroup
	busy    chan struct{} // holds a token while one is being written
}

// open takes the directory. That it cannot be had costs time at the next start, nothing more.
func (k *snapshots) open(s *Sequencer) {
	k.s, k.busy = s, make(chan struct{}, 1)
	if s.cfg.files != nil {
		k.files = s.cfg.files
		return
	}
	if s.cfg.SnapshotDir == "" {
		return
	}
	dir, err := durable.Open(s.cfg.SnapshotDir)
	if err != nil {
		s.log.Warn("snapshots are not kept", "error", err)
		return
	}
	k.files, k.dir = dir, dir
}

// close waits for the one that is being written.
func (k *snapshots) close() {
	k.writing.Wait()
	if k.dir != nil {
		if err := k.dir.Close(); err != nil {
			k.s.log.Warn("snapshots' directory was not closed", "error", err)
		}
	}
}

// snapshotKey is made from the epoch's key, so that nobody else can write a snapshot, and one of another epoch is not used.
func (s *Sequencer) snapshotKey() ([]byte, error) {
	return hkdf.Key(sha256.New, s.cfg.Key.Seed(), nil, snapshotMagic, sha256.Size)
}

// every is how many commits lie between two snapshots.
func (k *snapshots) every(machine *order.Machine) uint64 {
	return max(k.s.cfg.snapshotEvery, machine.Size()/snapshotShare)
}

// due begins to write one if it is time to. The loop goes on meanwhile: it only takes the picture.
func (k *snapshots) due(machine *order.Machine) {
	if k.files == nil || machine.Size() < k.size+k.every(machine) {
		return
	}
	select {
	case k.busy <- struct{}{}:
	default:
		return // the disk is slow; the next block asks again
	}
	picture := machine.Picture()
	k.size = picture.Size()
	k.writing.Go(func() {
		k.write(picture)
		<-k.busy
	})
}

// last writes one at a clean stop, unless there is one of this very state. Nothing may be staged.
func (k *snapshots) last(machine *order.Machine) {
	k.writing.Wait()
	if k.files == nil || machine.Head() == nil || machine.Size() == k.written.Load() {
		return
	}
	k.write(machine.Picture())
}

// write puts a snapshot in the place of the last one. After an error or a crash at any line the old one or the new one is whole, and
// perhaps an unfinished file that the next one overwrites.
func (k *snapshots) write(picture *order.Picture) {
	err := k.spill(picture)
	if err == nil {
		err = k.files.Rename(snapshotNext, snapshotName)
	}
	if err == nil {
		err = k.files.SyncDir(".")
	}
	if err != nil {
		k.s.log.Warn("snapshot was not written", "block", picture.Head().Number, "error", err)
		return
	}
	k.written.Store(picture.Size())
}

// syncBytes is after how much writing the file is synced, so that a block that is being synced never waits for a whole snapshot.
const syncBytes = 1 << 20

func (k *snapshots) spill(picture *order.Picture) (err error) {
	key, err := k.s.snapshotKey()
	if err != nil {
		return err
	}
	file, err := k.files.Create(snapshotNext)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := &sealing{file: file, mac: hmac.New(sha256.New, key)}
	if err := out.write(snapshotHead(k.s.cfg.Build)); err != nil {
		return err
	}
	if err := picture.Encode(out.write); err != nil {
		return err
	}
	if _, err := file.Write(out.mac.Sum(nil)); err != nil {
		return err
	}
	return file.Sync()
}

// snapshotHead is what stands before the state.
func snapshotHead(build string) []byte {
	b := binary.AppendUvarint([]byte(snapshotMagic), uint64(len(build)))
	return append(b, build...)
}

// sealing writes and sums up.
type sealing struct {
	file  durable.File
	mac   hash.Hash
	dirty int // bytes since the last sync
}

func (w *sealing) write(piece []byte) error {
	w.mac.Write(piece)
	if _, err := w.file.Write(piece); err != nil {
		return err
	}
	if w.dirty += len(piece); w.dirty < syncBytes {
		return nil
	}
	w.dirty = 0
	return w.file.Sync()
}

// read gives the machine of the newest snapshot; nil when there is none, or none that fits.
func (k *snapshots) read() *order.Machine {
	if k.files == nil {
		return nil
	}
	raw, err := k.files.ReadFile(snapshotName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var machine *order.Machine
	if err == nil {
		machine, err = k.s.decodeSnapshot(raw)
	}
	if err != nil {
		k.s.log.Warn("snapshot is not used", "error", err)
	}
	return machine
}

// decodeSnapshot accepts what this program wrote with this epoch's key for this community.
func (s *Sequencer) decodeSnapshot(raw []byte) (*order.Machine, error) {
	head := snapshotHead(s.cfg.Build)
	switch {
	case !bytes.HasPrefix(raw, []byte(snapshotMagic)):
		return nil, errors.New("it is no snapshot of this form")
	case !bytes.HasPrefix(raw, head) || len(raw) < len(head)+sha256.Size:
		return nil, errors.New("another program wrote it")
	}
	key, err := s.snapshotKey()
	if err != nil {
		return nil, err
	}
	content, sum := raw[:len(raw)-sha256.Size], raw[len(raw)-sha256.Size:]
	mac := hmac.New(sha256.New, key)
	mac.Write(content)
	if !hmac.Equal(mac.Sum(nil), sum) {
		return nil, errors.New("it is damaged, or was written under another key")
	}
	return order.Restore(s.orderConfig(), content[len(head):])
}

// errMisfit: the stream does not continue what the snapshot says, or says otherwise what others remember.
var errMisfit = errors.New("the stream does not continue it")

// resume gives the machine that the snapshot and the rest of the stream make, or nil when the stream must be read from its beginning. It
// reads again from before everything that somebody else remembers, so that nothing which they say is taken on the snapshot's word; what
// lies further back was read by those who wrote it, and is read again and again by audit. A difference is never told from here: the
// whole stream is read then, and says what it is.
func (s *Sequencer) resume(ctx context.Context, src *source, marks *marks) (*order.Machine, error) {
	if !s.head.exists() { // an operator's word, or nothing, stands for the stream: then all of it is looked at
		return nil, nil
	}
	machine := s.snapshots.read()
	if machine == nil {
		return nil, nil
	}
	taken := machine.Size()
	err := s.rejoin(ctx, src, machine, marks)
	var d *Difference
	switch {
	case errors.Is(err, errMisfit) || errors.As(err, &d):
		s.log.Warn("snapshot is not used", "commits", taken, "error", err)
		return nil, nil
	case err != nil:
		return nil, err
	}
	s.snapshots.size = taken
	s.snapshots.written.Store(taken)
	s.log.Info("started from a snapshot", "commits", taken, "read", machine.Size()-taken)
	return machine, nil
}

// rejoin reads the stream from before the oldest mark to the snapshot's block, which must be the one that the machine knows, and replays
// what comes behind it.
func (s *Sequencer) rejoin(ctx context.Context, src *source, machine *order.Machine, marks *marks) error {
	last := *machine.Head()
	if last.Number >= src.end {
		return fmt.Errorf("%w: it ends at block %d, the snapshot at block %d", errMisfit, src.end, last.Number)
	}
	size, block := marks.oldest(machine.Size(), last.Number)
	tree, from := machine.Before(size, block)
	marks.begin(tree)
	hash, err := s.walk(ctx, src, from, &last, &tree, marks)
	if err != nil {
		return err
	}
	if whole := machine.Tree(); hash != machine.HeadHash() || tree.Root() != whole.Root() {
		return fmt.Errorf("%w: block %d is another", errMisfit, last.Number)
	}
	if err := s.replay(ctx, src, machine, marks, last.Number+1); err != nil {
		return err
	}
	return marks.all()
}

// walk reads blocks whose effects the machine knows already, up to the last of them: their links and roots, and the marks that lie in
// them. It brings the tree to their end and gives the hash of the last.
func (s *Sequencer) walk(
	ctx context.Context, src *source, from uint64, last *chain.Sealed, tree *merkle.Tree, marks *marks,
) (hash chain.Hash, err error) {
	var prev *chain.Sealed
	for number := from; number <= last.Number; number++ {
		m, err := src.next(ctx, number)
		if err != nil {
			return hash, err
		}
		b, leaves, err := linked(m.Data, number, last.Genesis, prev)
		if err == nil && number == from {
			leaves, err = beyond(b, leaves, tree.Size())
		}
		if err != nil {
			return hash, fmt.Errorf("%w: block %d: %w", errMisfit, number, err)
		}
		for _, leaf := range leaves {
			tree.Append(merkle.Hash(leaf))
		}
		prev, hash = &b.Sealed, b.Sealed.Hash()
		if err := marks.see(prev, hash, leaves); err != nil {
			return hash, err
		}
	}
	return hash, nil
}

// linked checks a block as the one after prev; of the first one that is read, only the place is known. It gives the leaves of its commits.
func linked(raw []byte, number uint64, genesis chain.Hash, prev *chain.Sealed) (*chain.Block, []chain.Hash, error) {
	b, err := chain.DecodeBlock(raw)
	switch {
	case err != nil:
		return nil, nil, err
	case b.Number != number || b.Genesis != genesis:
		return nil, nil, errors.New("another stands there")
	case prev != nil || number == 0:
		if err := b.CheckNext(prev); err != nil {
			return nil, nil, err
		}
	}
	leaves := make([]chain.Hash, len(b.Commits), 2*len(b.Commits))
	for i, commit := range b.Commits {
		leaves[i] = chain.LeafHash(chain.HashCommit(commit))
	}
	if chain.RootOfLeaves(append(leaves[len(leaves):], leaves...)) != b.Root {
		return nil, nil, errors.New("its commits do not give its root")
	}
	return b, leaves, nil
}

// beyond leaves out those leaves of the first block that the tree holds already: its last one, if it has one, stands in that block.
func beyond(b *chain.Block, leaves []chain.Hash, size uint64) ([]chain.Hash, error) {
	if size == 0 && b.First == 0 {
		return leaves, nil
	}
	if size <= b.First || size > b.First+uint64(len(leaves)) {
		return nil, errors.New("it begins elsewhere")
	}
	return leaves[size-b.First:], nil
}
