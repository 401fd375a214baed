package verify

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"renlin.dev/pkg/chain"
)

// Manifest says whose record a bundle holds and with which keys it says it can be checked. The keys are claims until a policy
// from elsewhere names the same.
type Manifest struct {
	Format      int      `json:"format"` // 1
	Community   string   `json:"community"`
	Genesis     string   `json:"genesis"`
	LogKey      string   `json:"log_key,omitempty"`      // C2SP verifier key of the log
	WitnessKeys []string `json:"witness_keys,omitempty"` // C2SP verifier keys of the witnesses
}

// Names of a bundle's files.
const (
	manifestName   = "bundle.json"
	checkpointName = "checkpoint"
	blocksName     = "blocks"
)

// Limits that keep a hostile bundle from filling memory.
const (
	manifestBytesMax   = 1 << 20
	checkpointBytesMax = 1 << 20
)

// ErrBundle says that a bundle cannot be read at all.
var ErrBundle = errors.New("bundle cannot be read")

// Writer writes a bundle: a gzipped tar of manifest, checkpoint and blocks. Blocks are gathered first, because a tar member names
// its size.
type Writer struct {
	blocks bytes.Buffer
}

// Whole adds a block with all its commits, as it was stored.
func (w *Writer) Whole(raw []byte) {
	w.record(0, raw)
}

// Partial adds a block of which some commits are withheld: a nil commit is given as its hash only.
func (w *Writer) Partial(sealed *chain.Sealed, commits [][]byte, hashes []chain.Hash) {
	b := sealed.Encode()
	for i, c := range commits {
		if c == nil {
			b = append(append(b, 0), hashes[i][:]...)
			continue
		}
		b = append(b, 1)
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(c))), c...)
	}
	w.record(1, b)
}

func (w *Writer) record(kind byte, body []byte) {
	var head [5]byte
	binary.BigEndian.PutUint32(head[:4], uint32(len(body)+1))
	head[4] = kind
	w.blocks.Write(head[:])
	w.blocks.Write(body)
}

// Flush writes the bundle.
func (w *Writer) Flush(out io.Writer, m Manifest, checkpoint []byte) error {
	m.Format = 1
	manifest, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	z := gzip.NewWriter(out)
	t := tar.NewWriter(z)
	for _, file := range []struct {
		name string
		body []byte
	}{{manifestName, manifest}, {checkpointName, checkpoint}, {blocksName, w.blocks.Bytes()}} {
		if err := t.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.body)), Format: tar.FormatUSTAR}); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		if _, err := t.Write(file.body); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// Bundle is a record in the hand of an outsider.
type Bundle struct {
	Manifest   Manifest
	Checkpoint []byte // signed note; empty when there was none yet
	Blocks     []Block
}

// Block is one block of a bundle.
type Block struct {
	chain.Sealed
	Commits [][]byte     // nil where withheld
	Hashes  []chain.Hash // of every commit
}

// Read reads a bundle that a Writer wrote. It checks the form only.
func Read(in io.Reader) (*Bundle, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	b := &Bundle{}
	t := tar.NewReader(z)
	seen := map[string]bool{}
	for {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil && seen[head.Name] {
			err = errors.New("a file stands twice")
		}
		if err == nil {
			seen[head.Name] = true
			err = b.file(head.Name, t)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrBundle, err)
		}
	}
	if !seen[manifestName] || !seen[blocksName] || len(b.Blocks) == 0 {
		return nil, fmt.Errorf("%w: a part is missing", ErrBundle)
	}
	return b, nil
}

func (b *Bundle) file(name string, in io.Reader) error {
	switch name {
	case manifestName:
		raw, err := io.ReadAll(io.LimitReader(in, manifestBytesMax))
		if err != nil {
			return err
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&b.Manifest); err != nil {
			return fmt.Errorf("manifest: %w", err)
		}
		if b.Manifest.Format != 1 {
			return errors.New("format is not known")
		}
		return nil
	case checkpointName:
		raw, err := io.ReadAll(io.LimitReader(in, checkpointBytesMax))
		b.Checkpoint = raw
		return err
	case blocksName:
		return b.readBlocks(in)
	}
	return errors.New("a file is not known")
}

func (b *Bundle) readBlocks(in io.Reader) error {
	for {
		var head [4]byte
		if _, err := io.ReadFull(in, head[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		n := binary.BigEndian.Uint32(head[:])
		if n < 1 || n > 2*chain.BlockBytesMax {
			return fmt.Errorf("block %d has an impossible length", len(b.Blocks))
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(in, body); err != nil {
			return err
		}
		block, err := readBlock(body[0], body[1:])
		if err != nil {
			return fmt.Errorf("block %d: %w", len(b.Blocks), err)
		}
		b.Blocks = append(b.Blocks, block)
	}
}

func readBlock(kind byte, body []byte) (Block, error) {
	switch kind {
	case 0:
		whole, err := chain.DecodeBlock(body)
		if err != nil {
			return Block{}, err
		}
		out := Block{Sealed: whole.Sealed, Commits: whole.Commits, Hashes: make([]chain.Hash, len(whole.Commits))}
		for i, c := range whole.Commits {
			out.Hashes[i] = chain.HashCommit(c)
		}
		return out, nil
	case 1:
		return readPartial(body)
	}
	return Block{}, errors.New("kind of block is not known")
}

func readPartial(body []byte) (Block, error) {
	const sealedBytes = chain.HeaderBytes + 64
	if len(body) < sealedBytes {
		return Block{}, io.ErrUnexpectedEOF
	}
	sealed, err := chain.DecodeSealed(body[:sealedBytes])
	if err != nil {
		return Block{}, err
	}
	out := Block{Sealed: sealed}
	for rest := body[sealedBytes:]; len(rest) > 0; {
		flag := rest[0]
		rest = rest[1:]
		switch {
		case flag == 0 && len(rest) >= len(chain.Hash{}):
			out.Commits = append(out.Commits, nil)
			out.Hashes = append(out.Hashes, chain.Hash(rest[:32]))
			rest = rest[32:]
		case flag == 1 && len(rest) >= 4 && uint64(binary.BigEndian.Uint32(rest)) <= uint64(len(rest)-4):
			n := int(binary.BigEndian.Uint32(rest))
			out.Commits = append(out.Commits, rest[4:4+n:4+n])
			out.Hashes = append(out.Hashes, chain.HashCommit(rest[4:4+n]))
			rest = rest[4+n:]
		default:
			return Block{}, errors.New("partial block is malformed")
		}
	}
	return out, nil
}
