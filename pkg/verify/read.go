package verify

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"renlin.dev/pkg/chain"
)

// Read opens a bundle that a Writer wrote, compressed or not, and reads everything before its blocks. It checks the form only. The
// reader must stay open until the last block is read.
func Read(in io.Reader) (*Bundle, error) {
	b := &Bundle{}
	t, under, err := openTar(in)
	if err == nil {
		err = b.readHead(t)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	b.end = func() error { return atEnd(t, under) }
	return b, nil
}

// openTar finds out whether the file is compressed. It gives what is below the tar, too.
func openTar(in io.Reader) (t *tar.Reader, under io.Reader, err error) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	magic, err := buffered.Peek(2)
	if err != nil {
		return nil, nil, err
	}
	if magic[0] != 0x1f || magic[1] != 0x8b {
		return tar.NewReader(buffered), buffered, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, nil, err
	}
	return tar.NewReader(z), z, nil
}

// atEnd sees to it that nothing follows the blocks: no file, no byte after the tar. Reading on also holds the compression's checksum
// against the whole.
func atEnd(t *tar.Reader, under io.Reader) error {
	head, err := t.Next()
	switch {
	case err == nil:
		return fmt.Errorf("after the blocks: a file of %d bytes follows", head.Size)
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("after the blocks: %w", err)
	}
	switch n, err := io.ReadFull(under, make([]byte, 1)); {
	case n > 0:
		return errors.New("after the blocks: something follows the end")
	case !errors.Is(err, io.EOF):
		return fmt.Errorf("after the blocks: %w", err)
	}
	return nil
}

// readHead reads manifest and checkpoint and stops at the blocks.
func (b *Bundle) readHead(t *tar.Reader) error {
	size, err := nextFile(t, manifestName)
	if err != nil {
		return err
	}
	raw, err := readFile(t, size, manifestBytesMax)
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	if err := b.Manifest.decode(raw); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	if size, err = nextFile(t, checkpointName); err != nil {
		return err
	}
	if b.Checkpoint, err = readFile(t, size, checkpointBytesMax); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if b.all, err = nextFile(t, blocksName); err != nil {
		return err
	}
	if b.all == 0 {
		return errors.New("there are no blocks")
	}
	b.blocks = bufio.NewReaderSize(t, 256<<10)
	return nil
}

// nextFile goes to the next file, which must have this name. Only plain files are taken: a sparse one could be endless.
func nextFile(t *tar.Reader, name string) (size int64, err error) {
	head, err := t.Next()
	switch {
	case errors.Is(err, io.EOF):
		return 0, fmt.Errorf("file %s is missing", name)
	case err != nil:
		return 0, err
	case head.Name != name || head.Typeflag != tar.TypeReg || head.Format != tar.FormatUSTAR:
		return 0, fmt.Errorf("file %s is not where it should be, or no plain file", name)
	}
	return head.Size, nil
}

func readFile(in io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, fmt.Errorf("%d bytes, over the limit of %d", size, limit)
	}
	return io.ReadAll(in)
}

// decode reads a manifest; what it does not know is refused.
func (m *Manifest) decode(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows it")
	}
	if m.Format != 1 {
		return fmt.Errorf("format %d is not known", m.Format)
	}
	return nil
}

// Next reads the next block; io.EOF after the last. It checks the form only. A block's bytes never change afterwards.
func (b *Bundle) Next() (*Block, error) {
	if b.err != nil {
		return nil, b.err
	}
	block, err := b.next()
	if errors.Is(err, io.EOF) {
		if end := b.end(); end != nil {
			err = fmt.Errorf("%w: %w", ErrBundle, end)
		}
	} else if err != nil {
		err = fmt.Errorf("%w: block %d: %w", ErrBundle, b.number, err)
	}
	if err != nil {
		b.err = err
		return nil, err
	}
	b.number++
	return block, nil
}

func (b *Bundle) next() (*Block, error) {
	var head [4]byte
	switch n, err := io.ReadFull(b.blocks, head[:]); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil:
		return nil, errCut
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 1 || n > recordBytesMax {
		return nil, fmt.Errorf("%d bytes, want 1 to %d", n, recordBytesMax)
	}
	body, err := readAtMost(b.blocks, int(n))
	if err != nil {
		return nil, errCut
	}
	b.bytes += int64(len(head)) + int64(n)
	switch body[0] {
	case kindWhole:
		return readWhole(body[1:])
	case kindPartial:
		return readPartial(body[1:])
	}
	return nil, errors.New("its kind is not known")
}

// errCut keeps the end of input inside a block from being taken for the end of the blocks.
var errCut = errors.New("the file ends inside it, or is damaged")

// readAtMost reads exactly so many bytes. The claim alone allocates little: a short file must not cost as much as a long one.
func readAtMost(in io.Reader, n int) ([]byte, error) {
	const trust = 64 << 10
	if n <= trust {
		body := make([]byte, n)
		_, err := io.ReadFull(in, body)
		return body, err
	}
	var body bytes.Buffer
	body.Grow(trust)
	if _, err := io.CopyN(&body, in, int64(n)); err != nil {
		return nil, err
	}
	return body.Bytes(), nil
}

func readWhole(raw []byte) (*Block, error) {
	whole, err := chain.DecodeBlock(raw)
	if err != nil {
		return nil, err
	}
	out := &Block{Sealed: whole.Sealed, Commits: whole.Commits, Hashes: make([]chain.Hash, len(whole.Commits))}
	for i, c := range whole.Commits {
		out.Hashes[i] = chain.HashCommit(c)
	}
	return out, nil
}

func readPartial(raw []byte) (*Block, error) {
	if len(raw) < chain.SealedHeaderBytes {
		return nil, errors.New("it is shorter than a header")
	}
	sealed, err := chain.DecodeSealed(raw[:chain.SealedHeaderBytes])
	if err != nil {
		return nil, err
	}
	out := &Block{Sealed: sealed}
	for rest := raw[chain.SealedHeaderBytes:]; len(rest) > 0; {
		flag := rest[0]
		rest = rest[1:]
		switch {
		case flag == 0 && len(rest) >= len(chain.Hash{}):
			out.Commits = append(out.Commits, nil)
			out.Hashes = append(out.Hashes, chain.Hash(rest[:len(chain.Hash{})]))
			rest = rest[len(chain.Hash{}):]
		case flag == 1 && len(rest) >= 4 && uint64(binary.BigEndian.Uint32(rest)) <= uint64(len(rest)-4):
			n := int(binary.BigEndian.Uint32(rest))
			out.Commits = append(out.Commits, rest[4:4+n:4+n])
			out.Hashes = append(out.Hashes, chain.HashCommit(rest[4:4+n]))
			rest = rest[4+n:]
		default:
			return nil, errors.New("a commit in it is malformed")
		}
	}
	if len(out.Hashes) == 0 {
		return nil, errors.New("it holds no commit")
	}
	return out, nil
}
