package sequencer

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"io/fs"
	"sync"
	"sync/atomic"

	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/merkle/durable"
)

// A snapshot is the order core's state at some block, so that a start need not read the whole stream again. It is a cache and nothing
// else: it lies in the data directory, may be deleted at any time, and is not used unless it is whole, written by this very program with
// this epoch's key, and the stream still holds the block that it ends with. Whatever does not fit is said in the log, and the stream
// is read from its beginning.
//
// The file: magic, the program's name, the state as order.Picture encodes it, and an HMAC over all of that under a key made from the
// epoch's.

const (
	snapshotMagic = "renlin/sequencer-snapshot/1\n"
	snapshotName  = "snapshot"
	snapshotNext  = "snapshot.new" // what is being written; a crash may leave any part of it
)

// snapshotEveryMin is after how many commits a snapshot is written at the soonest. Reading as many again takes a fraction of a second.
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
	if k.s.cfg.snapshotEvery > 0 {
		return k.s.cfg.snapshotEvery
	}
	return max(snapshotEveryMin, machine.Size()/snapshotShare)
}

// due begins to write one if it is time to. The loop goes on meanwhile: it only takes the picture.
func (k *snapshots) due(machine *order.Machine) {
	if k.files == nil || k.s.full != nil || machine.Size() < k.size+k.every(machine) {
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
	if k.files == nil || k.s.full != nil || machine.Head() == nil || machine.Size() == k.written.Load() {
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
		_ = k.files.Remove(snapshotNext) // it may be what has filled the disk
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
