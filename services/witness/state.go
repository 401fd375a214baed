package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
)

// ErrState says that a state file does not verify as this witness's own word on that log. Somebody must look at it: to
// start over would let a log show two histories.
var ErrState = errors.New("witness: state does not verify")

// record is what a witness remembers of a log; the zero value stands for "nothing yet", size zero.
type record struct {
	note       []byte // with the log's signatures and the cosignature given out; never changed
	checkpoint merkle.Checkpoint
	at         time.Time // of the cosignature
}

// memory keeps one file for each log: the cosigned checkpoint itself, which proves itself by its cosignature.
type memory struct {
	files durable.Files
	own   note.Verifier

	mu     sync.Mutex // guards writer
	writer *durable.Writer
}

func newMemory(files durable.Files, own note.Verifier) *memory {
	return &memory{files: files, own: own, writer: durable.NewWriter(files)}
}

func fileOf(id string) string { return id + ".checkpoint" }

// load reads what is remembered of the log with this origin.
func (m *memory) load(id, origin string) (record, error) {
	data, err := m.files.ReadFile(fileOf(id))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return record{}, nil
	case err != nil:
		return record{}, fmt.Errorf("read witness state: %w", err)
	}
	r, err := m.read(data, origin)
	if err != nil {
		return record{}, fmt.Errorf("%w: file %s: %w", ErrState, fileOf(id), err)
	}
	return r, nil
}

func (m *memory) read(data []byte, origin string) (record, error) {
	n, err := note.Open(data, note.VerifierList(m.own))
	if err != nil {
		return record{}, errors.New("no cosignature of this witness")
	}
	c, err := merkle.ParseCheckpoint(n.Text)
	if err != nil {
		return record{}, err
	}
	if c.Origin != origin {
		return record{}, errors.New("checkpoint of another log")
	}
	at, err := merkle.CosignatureTime(n.Sigs[0])
	if err != nil {
		return record{}, err
	}
	return record{note: data, checkpoint: c, at: at}, nil
}

// store makes a checkpoint the remembered one. When it returns nil, that survives a power failure.
func (m *memory) store(id string, whole []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.writer.Write(durable.Item{Name: fileOf(id), Data: whole})
	if err != nil {
		return fmt.Errorf("write witness state: %w", err)
	}
	return nil
}
