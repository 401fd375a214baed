package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// Archive is audit's own copy of the record, independent of the stream: one append-only file of blocks, each with a u32 length before
// it. Every block is checked against the one before when it is written and when the file is opened or read again. One goroutine writes;
// reads may come from anywhere.
type Archive struct {
	f file

	mu      sync.RWMutex // guards what follows; only the writer changes it
	offsets []int64      // where each block's length begins
	firsts  []uint64     // index of each block's first commit
	end     int64
	last    *chain.Sealed
	epoch   epoch
	torn    bool  // a write failed half way: what lies behind end is cut off before the next one
	broken  error // a sync failed: nobody knows what the disk holds, so nothing more is promised until the file is opened anew
}

// file is the little of an *os.File that an archive needs.
type file interface {
	io.ReaderAt
	io.WriterAt
	Size() (int64, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// ErrArchive says that the archive contradicts itself or the tiles: somebody changed the file.
var ErrArchive = errors.New("archive is damaged")

const (
	// frameBytes is what stands before each block.
	frameBytes = 4
	// cutBytesMax bounds what can be taken for an unfinished end. What may lie in the file without having been synced is less: see
	// unsyncedBytesMax.
	cutBytesMax = 16 << 20
	// readAheadBytes is the piece in which the file is read at opening.
	readAheadBytes = 1 << 20
)

// openFile opens or makes the file, and makes its name durable.
func openFile(path string) (file, error) {
	_, err := os.Stat(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if fresh {
		if err := syncDir(filepath.Dir(path)); err != nil {
			return nil, errors.Join(fmt.Errorf("open archive: %w", err), f.Close())
		}
	}
	return osFile{f}, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// loadArchive reads a whole file and hands over each block with the hashes of its commits; both are valid during the call only. The first
// promised commits were synced once, so what is wrong with them is ErrArchive and names the block; nothing is repaired here. Behind
// them a crash may have left anything: it is cut off, and fetched again from the stream. cut is how many bytes that were. Signatures are
// checked behind what was promised, and at its end, which by the links stands for all before.
func loadArchive(f file, promised uint64, each func(b *chain.Block, entries []merkle.Hash) error) (a *Archive, cut int64, err error) {
	a = &Archive{f: f}
	size, err := f.Size()
	if err != nil {
		return nil, 0, fmt.Errorf("open archive: %w", err)
	}
	in := scanner{f: f, size: size}
	var entries []merkle.Hash
	for a.end < size {
		raw, err := in.next(a.end)
		var b *chain.Block
		if err == nil {
			b, entries, err = verifyBlock(raw, a.last, &a.epoch, entries[:0])
		}
		if err == nil && b.First+uint64(b.Count) >= promised {
			err = a.epoch.check(b)
		}
		switch {
		case errors.Is(err, errRead):
			return nil, 0, err
		case err != nil && a.Commits() >= promised && size-a.end <= cutBytesMax:
			return a, size - a.end, a.cutEnd()
		case err != nil:
			return nil, 0, fmt.Errorf("archive block %d: %w: %w", len(a.offsets), ErrArchive, err)
		}
		if err := each(b, entries); err != nil {
			return nil, 0, err
		}
		a.took(b, len(raw))
	}
	if a.last != nil && a.Commits() < promised { // shorter than promised: its end is checked all the same
		if err := a.last.CheckSignature(a.epoch.key); err != nil {
			return nil, 0, fmt.Errorf("archive block %d: %w: %w", a.last.Number, ErrArchive, err)
		}
	}
	return a, 0, nil
}

// cutEnd takes away what lies behind the last whole block. A crash before the sync leaves it there, to be cut again.
func (a *Archive) cutEnd() error {
	if err := a.f.Truncate(a.end); err != nil {
		return fmt.Errorf("cut archive's unfinished end: %w", err)
	}
	if err := a.f.Sync(); err != nil {
		return fmt.Errorf("cut archive's unfinished end: %w", err)
	}
	return nil
}

// errRead tells a disk that does not answer from a file that holds something wrong.
var errRead = errors.New("read archive")

// errUnfinished says that the file ends inside a block.
var errUnfinished = errors.New("the file ends inside it")

// scanner reads blocks one after another through one buffer.
type scanner struct {
	f    file
	size int64
	buf  []byte
	at   int64 // in the file, of buf's first byte
}

// next gives the block whose length stands at an offset; it is valid until the next call.
func (s *scanner) next(at int64) ([]byte, error) {
	head, err := s.bytes(at, frameBytes)
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head)
	if n > chain.BlockBytesMax {
		return nil, fmt.Errorf("its length says %d bytes", n)
	}
	return s.bytes(at+frameBytes, int(n))
}

func (s *scanner) bytes(at int64, n int) ([]byte, error) {
	if at+int64(n) > s.size {
		return nil, errUnfinished
	}
	if at < s.at || at+int64(n) > s.at+int64(len(s.buf)) {
		want := int(min(s.size-at, int64(max(n, readAheadBytes))))
		s.buf, s.at = slices.Grow(s.buf[:0], want)[:want], at
		if _, err := s.f.ReadAt(s.buf, at); err != nil {
			return nil, fmt.Errorf("%w: %w", errRead, err)
		}
	}
	from := int(at - s.at)
	return s.buf[from : from+n : from+n], nil
}

func (a *Archive) took(b *chain.Block, size int) {
	head := b.Sealed
	a.mu.Lock()
	defer a.mu.Unlock()
	a.offsets, a.firsts = append(a.offsets, a.end), append(a.firsts, b.First)
	a.end += frameBytes + int64(size)
	a.last = &head
}

// Append writes the next block and gives the hashes of its commits. It is durable only after Sync: a crash before leaves a torn or missing
// end, which the stream still holds. A block that does not fit is ErrDiffers; any other error is the disk's, and the block may be
// tried again.
func (a *Archive) Append(raw []byte) (*chain.Block, []merkle.Hash, error) {
	b, entries, err := verifyBlock(raw, a.last, &a.epoch, nil)
	if err == nil {
		err = a.epoch.check(b)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("block %d: %w: %w", len(a.offsets), ErrDiffers, err)
	}
	if err := a.unsound(); err != nil {
		return nil, nil, err
	}
	if a.torn {
		if err := a.f.Truncate(a.end); err != nil {
			return nil, nil, fmt.Errorf("cut archive's unfinished end: %w", err)
		}
	}
	framed := binary.BigEndian.AppendUint32(make([]byte, 0, frameBytes+len(raw)), uint32(len(raw)))
	a.torn = true
	if _, err := a.f.WriteAt(append(framed, raw...), a.end); err != nil {
		return nil, nil, fmt.Errorf("write archive: %w", err)
	}
	a.torn = false
	a.took(b, len(raw))
	return b, entries, nil
}

// Sync makes everything appended so far durable. Once it has failed it always fails: the kernel may have dropped what it could not write,
// and would call the next sync a success.
func (a *Archive) Sync() error {
	if err := a.unsound(); err != nil {
		return err
	}
	if err := a.f.Sync(); err != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.broken = fmt.Errorf("%w: %w", errUnsynced, err)
		return a.broken
	}
	return nil
}

// errUnsynced says that what was written may be lost, and that nothing but opening the file anew can tell.
var errUnsynced = errors.New("sync archive")

func (a *Archive) unsound() error {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.broken
}

// Close closes the file.
func (a *Archive) Close() error { return a.f.Close() }

// Head gives the last block's header, not to be changed; nil when the archive is empty.
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

// Commits is the number of commits held.
func (a *Archive) Commits() uint64 {
	if h := a.Head(); h != nil {
		return h.First + uint64(h.Count)
	}
	return 0
}

// Holding gives the number of the block that holds a commit, or the number of blocks beyond the last commit.
func (a *Archive) Holding(index uint64) uint64 {
	if index >= a.Commits() {
		return a.Blocks()
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	n, whole := slices.BinarySearch(a.firsts, index)
	if !whole {
		n--
	}
	return uint64(n)
}

// span gives where the blocks of number from, and as many after it as fit into bytesMax but at least one, begin and end in the file.
func (a *Archive) span(from uint64, bytesMax int64) (begin, end int64, ok bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if from >= uint64(len(a.offsets)) {
		return 0, 0, false
	}
	begin = a.offsets[from]
	if a.end-begin <= bytesMax {
		return begin, a.end, true
	}
	next, _ := slices.BinarySearch(a.offsets, begin+bytesMax+1) // the first block that begins beyond the page
	next = max(next-1, int(from)+1)
	if next == len(a.offsets) {
		return begin, a.end, true
	}
	return begin, a.offsets[next], true
}

// Block reads one block's bytes as they lie on disk now; io.EOF beyond the last.
func (a *Archive) Block(number uint64) ([]byte, error) {
	raw, err := a.Page(number, 0)
	if err != nil {
		return nil, err
	}
	return raw[frameBytes:], nil
}

// Page reads whole blocks from a number on, each with its u32 length before it, as many as fit into bytesMax but at least one; io.EOF
// beyond the last. It makes sure of the lengths and of nothing else.
func (a *Archive) Page(from uint64, bytesMax int64) ([]byte, error) {
	begin, end, ok := a.span(from, bytesMax)
	if !ok {
		return nil, io.EOF
	}
	page := make([]byte, end-begin)
	if _, err := a.f.ReadAt(page, begin); err != nil {
		return nil, fmt.Errorf("%w: %w", errRead, err)
	}
	for rest := page; len(rest) > 0; from++ {
		n := int64(binary.BigEndian.Uint32(rest)) + frameBytes
		if begin, end, _ := a.span(from, 0); n != end-begin {
			return nil, fmt.Errorf("archive block %d: %w: its length was changed", from, ErrArchive)
		}
		rest = rest[n:]
	}
	return page, nil
}
