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

// Names of a bundle's files, which stand in this order. The checkpoint may be missing.
const (
	manifestName   = "bundle.json"
	checkpointName = "checkpoint"
	blocksName     = "blocks"
)

// Limits that keep a hostile bundle from filling memory. Blocks are read one at a time, so the file itself may be of any size.
const (
	manifestBytesMax   = 1 << 20
	checkpointBytesMax = 1 << 20
	recordBytesMax     = 2 * chain.BlockBytesMax // of one block: what is withheld may take a little more room than it did
)

// ErrBundle says that a bundle cannot be read at all.
var ErrBundle = errors.New("bundle cannot be read")

// The two forms of a block in a bundle.
const (
	kindWhole   = 0
	kindPartial = 1
)

// Writer writes a bundle: a gzipped tar of manifest, checkpoint and blocks. Blocks are gathered first, because a tar member names
// its size.
type Writer struct {
	// Plain leaves the compression out: larger, and quicker to read.
	Plain bool
	// Spool is an empty file in which the blocks are gathered; nil gathers them in memory.
	Spool io.ReadWriteSeeker

	blocks bytes.Buffer
	size   int64 // of the blocks
	err    error // of the spool, for Flush to tell
}

// Whole adds a block with all its commits, as it was stored.
func (w *Writer) Whole(raw []byte) {
	w.record(kindWhole, raw)
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
	w.record(kindPartial, b)
}

func (w *Writer) record(kind byte, body []byte) {
	var head [5]byte
	binary.BigEndian.PutUint32(head[:4], uint32(len(body)+1))
	head[4] = kind
	w.size += int64(len(head) + len(body))
	for _, part := range [][]byte{head[:], body} {
		switch {
		case w.Spool == nil:
			w.blocks.Write(part)
		case w.err == nil:
			_, w.err = w.Spool.Write(part)
		}
	}
}

// gathered gives the blocks from their beginning.
func (w *Writer) gathered() (io.Reader, error) {
	if w.Spool == nil {
		return bytes.NewReader(w.blocks.Bytes()), nil
	}
	if w.err != nil {
		return nil, w.err
	}
	_, err := w.Spool.Seek(0, io.SeekStart)
	return w.Spool, err
}

// Flush writes the bundle.
func (w *Writer) Flush(out io.Writer, m Manifest, checkpoint []byte) error {
	m.Format = 1
	manifest, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	blocks, err := w.gathered()
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	end := func() error { return nil }
	if !w.Plain {
		z, err := gzip.NewWriterLevel(out, gzip.BestSpeed) // most of a record is hashes, keys and signatures
		if err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		out, end = z, z.Close
	}
	t := tar.NewWriter(out)
	for _, file := range []struct {
		name string
		size int64
		body io.Reader
	}{
		{manifestName, int64(len(manifest)), bytes.NewReader(manifest)},
		{checkpointName, int64(len(checkpoint)), bytes.NewReader(checkpoint)},
		{blocksName, w.size, blocks},
	} {
		if err := t.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: file.size, Format: tar.FormatUSTAR}); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		if _, err := io.CopyN(t, file.body, file.size); err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
	}
	if err := errors.Join(t.Close(), end()); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// Bundle is a record in the hand of an outsider. Its blocks are still in the file: Next reads them, once.
type Bundle struct {
	Manifest   Manifest
	Checkpoint []byte // signed note; empty when there was none yet

	blocks io.Reader
	end    func() error // that nothing follows them
	number int          // of blocks read
	bytes  int64        // of blocks read
	all    int64        // bytes of all blocks, as the file says
	err    error        // that ended the reading
}

// Block is one block of a bundle.
type Block struct {
	chain.Sealed
	Commits [][]byte     // nil where withheld
	Hashes  []chain.Hash // of every commit
}
