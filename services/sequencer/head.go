package sequencer

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"renlin.dev/pkg/chain"
)

// Head is what the head record says: the newest block that was acknowledged, and the newest checkpoint heard of.
type Head struct {
	Genesis chain.Hash
	Epoch   uint32
	Blocks  uint64     // how many were acknowledged; 0 when the community is about to be founded
	Hash    chain.Hash // of the newest of them
	Size    uint64     // of the checkpoint; 0 for none
	Root    chain.Hash // of the checkpoint
}

// headRecord keeps a Head in a file of two slots, written in turn, each with a counter and a checksum: whatever a crash leaves of
// the one being written, the other still holds. Writing does not wait for the disk, syncing does; so a crash of the process loses
// nothing, and a power cut at most what came after the last sync.
type headRecord struct {
	path    string
	mu      sync.Mutex // guards what follows; not held while syncing
	file    *os.File   // nil until there is something to keep
	counter uint64
	head    Head
}

const (
	headMagic     = "renlin/head-record/1\n"
	headSlotBytes = 512 // one sector
	headSlotCount = 2
)

// openHeadRecord reads the record, if there is one. A file in which no slot is whole is an error: it is there to be believed.
func openHeadRecord(path string) (*headRecord, error) {
	r := &headRecord{path: path}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open head record: %w", err)
	}
	found := false
	slot := make([]byte, headSlotBytes)
	for i := range int64(headSlotCount) {
		if _, err := file.ReadAt(slot, i*headSlotBytes); err != nil {
			continue // torn or not written yet
		}
		counter, head, ok := decodeSlot(slot)
		if ok && (!found || counter > r.counter) {
			found, r.counter, r.head = true, counter, head
		}
	}
	if !found {
		file.Close()
		return nil, differs("head record is damaged: no slot of it is whole")
	}
	r.file = file
	return r, nil
}

// now gives what the record says; zero when there is none.
func (r *headRecord) now() Head {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head
}

// exists tells whether there is a record.
func (r *headRecord) exists() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file != nil
}

// create makes the record durable for a community that is about to be founded, or whose stream an operator has adopted. It comes to its
// place whole: whoever reads it meanwhile, or after a crash at any line, finds none, or this one.
func (r *headRecord) create(head Head) error {
	if err := os.MkdirAll(filepath.Dir(r.path), 0o700); err != nil {
		return fmt.Errorf("create head record: %w", err)
	}
	file, err := os.OpenFile(r.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("create head record: %w", err)
	}
	r.mu.Lock()
	if r.file != nil {
		r.file.Close()
	}
	r.file = file
	err = r.write(head)
	r.mu.Unlock()
	if err != nil {
		return err
	}
	if err := r.sync(); err != nil {
		return err
	}
	if err := os.Rename(r.path+".new", r.path); err != nil {
		return fmt.Errorf("create head record: %w", err)
	}
	dir, err := os.Open(filepath.Dir(r.path))
	if err != nil {
		return fmt.Errorf("create head record: %w", err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("create head record: %w", err)
	}
	return nil
}

// acknowledge notes a block, before anybody is told that it is durable.
func (r *headRecord) acknowledge(block *chain.Sealed, hash chain.Hash) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	head := r.head
	head.Genesis, head.Epoch, head.Blocks, head.Hash = block.Genesis, block.Epoch, block.Number+1, hash
	return r.write(head)
}

// errCheckpoint: what is offered does not continue the checkpoint that was noted before.
var errCheckpoint = errors.New("checkpoint is smaller than the one noted, or another of the same size")

// checkpoint notes a signed checkpoint and makes the record durable. It never takes back what was noted: with a smaller one, the record
// would let a shortened stream pass at the next start.
func (r *headRecord) checkpoint(size uint64, root chain.Hash) error {
	r.mu.Lock()
	head := r.head
	if size < head.Size || size == head.Size && size > 0 && root != head.Root {
		r.mu.Unlock()
		return errCheckpoint
	}
	head.Size, head.Root = size, root
	err := r.write(head)
	r.mu.Unlock()
	if err != nil {
		return err
	}
	return r.sync()
}

// write puts the head into the slot whose turn it is. The caller holds mu.
func (r *headRecord) write(head Head) error {
	if r.file == nil {
		return errors.New("write head record: there is none")
	}
	slot := encodeSlot(r.counter+1, head)
	if _, err := r.file.WriteAt(slot[:], int64((r.counter+1)%headSlotCount)*headSlotBytes); err != nil {
		return fmt.Errorf("write head record: %w", err)
	}
	r.counter, r.head = r.counter+1, head
	return nil
}

func (r *headRecord) sync() error {
	r.mu.Lock()
	file := r.file
	r.mu.Unlock()
	if err := file.Sync(); err != nil {
		return fmt.Errorf("sync head record: %w", err)
	}
	return nil
}

func (r *headRecord) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		r.file.Close()
	}
}

func encodeSlot(counter uint64, h Head) (slot [headSlotBytes]byte) {
	b := append(slot[:0], headMagic...)
	b = binary.BigEndian.AppendUint64(b, counter)
	b = append(b, h.Genesis[:]...)
	b = binary.BigEndian.AppendUint32(b, h.Epoch)
	b = binary.BigEndian.AppendUint64(b, h.Blocks)
	b = append(b, h.Hash[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Size)
	b = append(b, h.Root[:]...)
	sum := sha256.Sum256(b)
	copy(slot[headSlotBytes-len(sum):], sum[:])
	return slot
}

// decodeSlot accepts exactly what encodeSlot writes.
func decodeSlot(slot []byte) (counter uint64, h Head, ok bool) {
	if len(slot) != headSlotBytes || !bytes.HasPrefix(slot, []byte(headMagic)) {
		return 0, Head{}, false
	}
	b := slot[len(headMagic):]
	take := func(n int) []byte {
		out := b[:n]
		b = b[n:]
		return out
	}
	counter = binary.BigEndian.Uint64(take(8))
	copy(h.Genesis[:], take(32))
	h.Epoch = binary.BigEndian.Uint32(take(4))
	h.Blocks = binary.BigEndian.Uint64(take(8))
	copy(h.Hash[:], take(32))
	h.Size = binary.BigEndian.Uint64(take(8))
	copy(h.Root[:], take(32))
	again := encodeSlot(counter, h)
	return counter, h, bytes.Equal(again[:], slot)
}
