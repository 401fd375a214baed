package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"renlin.dev/pkg/chain"
)

// Archive is audit's own copy of the record, independent of the stream: one append-only file of length-prefixed blocks. Every block
// is checked against the one before when it is written and when the file is opened or read again. One writer; reads may come from
// anywhere.
type Archive struct {
	f *os.File

	mu      sync.RWMutex // guards what follows
	offsets []int64      // where each block's length begins
	end     int64
	last    *chain.Sealed
}

// ErrArchive says that the archive contradicts itself: somebody changed the file.
var ErrArchive = errors.New("archive is damaged")

// OpenArchive opens or makes the file. An unfinished block at its end, left by a crash, is cut off: it is fetched again from the
// stream. Anything else that does not fit is ErrArchive, never repaired here.
func OpenArchive(path string, each func(*chain.Block) error) (*Archive, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	a := &Archive{f: f}
	if err := a.load(each); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

func (a *Archive) load(each func(*chain.Block) error) error {
	info, err := a.f.Stat()
	if err != nil {
		return fmt.Errorf("open archive: %w", err)
	}
	for a.end < info.Size() {
		raw, err := readBlock(a.f, a.end, info.Size())
		if errors.Is(err, io.ErrUnexpectedEOF) {
			if err := a.f.Truncate(a.end); err != nil {
				return fmt.Errorf("cut archive's unfinished end: %w", err)
			}
			return nil
		}
		if err != nil {
			return err
		}
		b, err := a.check(raw)
		if err != nil {
			return fmt.Errorf("archive block %d: %w: %w", len(a.offsets), ErrArchive, err)
		}
		if err := each(b); err != nil {
			return err
		}
		a.took(b, len(raw))
	}
	return nil
}

// readBlock reads one length-prefixed block; io.ErrUnexpectedEOF when the file ends before it does.
func readBlock(f io.ReaderAt, at, size int64) ([]byte, error) {
	var head [4]byte
	if at+int64(len(head)) > size {
		return nil, io.ErrUnexpectedEOF
	}
	if _, err := f.ReadAt(head[:], at); err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > chain.BlockBytesMax {
		return nil, fmt.Errorf("block of %d bytes: %w", n, ErrArchive)
	}
	if at+int64(len(head))+int64(n) > size {
		return nil, io.ErrUnexpectedEOF
	}
	raw := make([]byte, n)
	if _, err := f.ReadAt(raw, at+int64(len(head))); err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	return raw, nil
}

// check verifies a block as the next one: its link and the root over its commits.
func (a *Archive) check(raw []byte) (*chain.Block, error) {
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		return nil, err
	}
	return b, checkBlock(b, a.last)
}

func checkBlock(b *chain.Block, prev *chain.Sealed) error {
	if err := b.CheckNext(prev); err != nil {
		return err
	}
	leaves := make([]chain.Hash, len(b.Commits))
	for i, c := range b.Commits {
		leaves[i] = chain.LeafHash(chain.HashCommit(c))
	}
	if chain.RootOfLeaves(leaves) != b.Root {
		return errors.New("commits do not give the block's root")
	}
	return nil
}

func (a *Archive) took(b *chain.Block, size int) {
	head := b.Sealed
	a.mu.Lock()
	defer a.mu.Unlock()
	a.offsets = append(a.offsets, a.end)
	a.end += 4 + int64(size)
	a.last = &head
}

// Append writes the next block. It is durable only after Sync: a crash before leaves a torn or missing end, which the stream still
// holds.
func (a *Archive) Append(raw []byte) (*chain.Block, error) {
	b, err := a.check(raw)
	if err != nil {
		return nil, fmt.Errorf("archive block: %w", err)
	}
	framed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(raw)), uint32(len(raw)))
	if _, err := a.f.WriteAt(append(framed, raw...), a.end); err != nil {
		return nil, fmt.Errorf("archive block: %w", err)
	}
	a.took(b, len(raw))
	return b, nil
}

// Sync makes everything appended durable.
func (a *Archive) Sync() error { return a.f.Sync() }

// Close closes the file.
func (a *Archive) Close() error { return a.f.Close() }

// Head gives the last block's header; nil when the archive is empty.
func (a *Archive) Head() *chain.Sealed {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.last
}

// Blocks is the number of blocks held.
func (a *Archive) Blocks() uint64 {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return uint64(len(a.offsets))
}

// Block reads one block's bytes as they lie on disk now.
func (a *Archive) Block(number uint64) ([]byte, error) {
	a.mu.RLock()
	if number >= uint64(len(a.offsets)) {
		a.mu.RUnlock()
		return nil, io.EOF
	}
	at, end := a.offsets[number], a.end
	a.mu.RUnlock()
	return readBlock(a.f, at, end)
}
