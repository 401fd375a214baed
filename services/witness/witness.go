// Package witness cosigns the checkpoints of logs that only ever grow: a C2SP tlog-witness v1.0.0, and the client that
// a notary asks witnesses with.
//
// The rules, in plain words:
//
//  1. A witness knows logs by their keys, given to it by its operator: each log's own, or a notary's, which stands for every log
//     below the notary's name. It remembers one checkpoint for each log: the latest that it cosigned.
//  2. It cosigns a checkpoint only if the log's key signed it and a proof shows that it continues the remembered one. It
//     never looks at entries, and believes nothing that is not proved.
//  3. Checking, remembering and answering happen one after another, one request at a time for each log. The new checkpoint
//     is durable before the cosignature leaves the house: whoever holds a cosignature can be sure that the witness, even
//     after a power failure, will never cosign another history.
//  4. What it remembers carries its own cosignature. State that does not verify is refused by name; the witness does not
//     start over by itself. State that somebody rolled back does verify, and shows all the same: the witness then answers
//     with a size smaller than one that it has cosigned, and every holder of that cosignature can prove it.
//  5. The time in a cosignature never runs backwards for one log. A clock that falls behind by more than five minutes is an
//     error, not an answer.
//
// The state directory lies outside the data directory that the log is in, or restoring one would restore both.
package witness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/telemetry/metrics"
)

// clockBackMax is how far the clock may fall behind the last cosignature before the witness stops answering.
const clockBackMax = 5 * time.Minute

// Config is all that a witness needs.
type Config struct {
	// StateDir holds one file for each log. It belongs to this process alone and lies outside the data directory.
	StateDir string
	// Files takes the place of StateDir when it is set; tests use it.
	Files durable.Files
	// Cosigner is the witness's key and name.
	Cosigner *merkle.Cosigner
	// Logs are the vkeys of the logs known from the start; the name in a vkey is the log's origin. AddLog adds others.
	Logs []string
	// Notaries are the vkeys of those who sign many logs with one key, which need not be known from the start: each stands for all logs
	// whose origin is the vkey's name, a slash and one more word.
	Notaries []string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger is told of refusals that may be a log's misbehaviour, with sizes and the origin's hash; nil means nobody.
	Logger *slog.Logger
	// Metrics takes what is counted; nil takes nothing.
	Metrics *metrics.Registry
}

// definitionRequests is what a witness measures.
var definitionRequests = metrics.Definition{
	Name: "renlin_witness_requests_total", Help: "Checkpoints submitted for cosigning, by the status answered: 200 is cosigned.",
	Labels: []string{"status"},
}

// Witness is safe for concurrent use.
type Witness struct {
	cosigner *merkle.Cosigner
	now      func() time.Time
	logger   *slog.Logger
	memory   *memory
	close    func() error
	notaries []string // vkeys, which parse; never changed after New
	requests metrics.Counter

	mu   sync.RWMutex // guards logs
	logs map[string]*witnessed
}

// witnessed is one log, known by the hex hash of its origin.
type witnessed struct {
	id     string
	origin string

	mu   sync.Mutex // guards what follows; held from the check until the new checkpoint is durable
	keys []note.Verifier
	last record
	// unsure is set when a write failed that may yet have taken effect. Then the file is read again before anything
	// else is said about this log.
	unsure bool
}

// New opens a witness. It fails, naming the file, if what it remembers of any of the logs does not verify.
func New(config Config) (*Witness, error) {
	w := &Witness{
		cosigner: config.Cosigner, now: config.Now, logger: config.Logger,
		logs: map[string]*witnessed{}, close: func() error { return nil }, requests: config.Metrics.Counter(definitionRequests),
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.logger == nil {
		w.logger = slog.New(slog.DiscardHandler)
	}
	files := config.Files
	if files == nil {
		dir, err := durable.Open(config.StateDir)
		if err != nil {
			return nil, fmt.Errorf("open witness state: %w", err)
		}
		files, w.close = dir, dir.Close
	}
	w.memory = newMemory(files, w.cosigner.Verifier())
	for _, vkey := range config.Notaries {
		if _, err := merkle.NewVerifier(vkey); err != nil {
			return nil, errors.Join(fmt.Errorf("add notary: %w", err), w.close())
		}
	}
	w.notaries = config.Notaries
	for _, vkey := range config.Logs {
		err := w.AddLog(vkey)
		if err != nil {
			return nil, errors.Join(err, w.close())
		}
	}
	return w, nil
}

// Close gives the state directory up. No request may be under way.
func (w *Witness) Close() error { return w.close() }

// VerifierKey returns the vkey that verifies this witness's cosignatures.
func (w *Witness) VerifierKey() string { return w.cosigner.VerifierKey() }

// AddLog makes a log known by its vkey, from now until the process ends. Adding it again changes nothing; adding
// another key of the same origin accepts both, as while a log changes its key.
func (w *Witness) AddLog(vkey string) error {
	v, err := merkle.NewVerifier(vkey)
	if err != nil {
		return fmt.Errorf("add log: %w", err)
	}
	id := originHash(v.Name())
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.logs[id]
	if l == nil {
		last, err := w.memory.load(id, v.Name())
		if err != nil {
			return fmt.Errorf("add log: %w", err)
		}
		w.logs[id] = &witnessed{id: id, origin: v.Name(), keys: []note.Verifier{v}, last: last}
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, known := range l.keys {
		if known.KeyHash() == v.KeyHash() {
			return nil
		}
	}
	l.keys = append(l.keys, v)
	return nil
}

func originHash(origin string) string {
	h := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(h[:])
}

func (w *Witness) log(id string) *witnessed {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.logs[id]
}

// Checkpoint returns the latest checkpoint cosigned for the log whose origin has this hex SHA-256, with the log's
// signature and the cosignature that was given out; false if there is none.
func (w *Witness) Checkpoint(originHash string) ([]byte, bool) {
	l := w.log(originHash)
	if l == nil {
		return nil, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unsure || l.last.note == nil {
		return nil, false
	}
	return l.last.note, true
}

// AddCheckpoint answers an add-checkpoint request: the body and the HTTP status that the protocol prescribes for it.
// A status of 409 goes with the size that the witness has, 200 with its cosignature line.
func (w *Witness) AddCheckpoint(ctx context.Context, body []byte) (answer []byte, status int) {
	defer func() { w.requests.With(strconv.Itoa(status)).Add(1) }()
	req, err := ParseRequest(body)
	if err != nil {
		return refusal(http.StatusBadRequest, "malformed request")
	}
	claim, err := merkle.Peek(req.Checkpoint)
	if err != nil {
		return refusal(http.StatusBadRequest, "malformed checkpoint")
	}
	l, err := w.logOf(claim.Origin, req.Checkpoint)
	if err != nil {
		w.logger.Error("witness cannot answer", "step", "read state", "log", originHash(claim.Origin), "error", err)
		return refusal(http.StatusInternalServerError, "the witness cannot answer now")
	}
	if l == nil {
		return refusal(http.StatusNotFound, "unknown log")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	checkpoint, opened, err := merkle.Open(req.Checkpoint, l.keys...)
	if err != nil || !repeatsHold(req.Checkpoint, l.keys) {
		return refusal(http.StatusForbidden, "no good signature by a known key of this log")
	}
	if ctx.Err() != nil { // the sender has gone; nothing has happened yet
		return refusal(http.StatusServiceUnavailable, "called off")
	}
	if l.unsure {
		err = w.recall(l)
		if err != nil {
			return w.broken(l, "read state", err)
		}
	}
	answer, status = l.judge(req, checkpoint)
	if status != http.StatusOK {
		w.logger.Warn("checkpoint not cosigned", "status", status, "log", l.id,
			"size", checkpoint.Size, "old", req.Old, "stored", l.last.checkpoint.Size)
		return answer, status
	}
	return w.cosign(l, checkpoint, opened)
}

// cosign remembers the checkpoint and only then answers. A crash before the write has returned leaves the old or the
// new checkpoint, and nobody has a cosignature; a crash after it leaves the new one.
func (w *Witness) cosign(l *witnessed, c merkle.Checkpoint, opened *note.Note) ([]byte, int) {
	at := w.now()
	if at.Before(l.last.at) {
		if l.last.at.Sub(at) > clockBackMax {
			return w.broken(l, "read clock", errors.New("it is behind the last cosignature"))
		}
		at = l.last.at
	}
	signer := w.cosigner.At(at)
	whole, err := note.Sign(&note.Note{Text: opened.Text, Sigs: opened.Sigs}, signer)
	if err != nil {
		return w.broken(l, "cosign", err)
	}
	bare, err := note.Sign(&note.Note{Text: opened.Text}, signer)
	if err != nil {
		return w.broken(l, "cosign", err)
	}
	next := record{note: whole, checkpoint: c, at: at.Truncate(time.Second)}
	err = w.memory.store(l.id, whole)
	if err != nil {
		l.unsure = true
		return w.broken(l, "write state", err)
	}
	l.last = next
	return bare[len(opened.Text)+1:], http.StatusOK
}

// recall reads the state again after a write of unknown outcome.
func (w *Witness) recall(l *witnessed) error {
	last, err := w.memory.load(l.id, l.origin)
	if err != nil {
		return err
	}
	l.last, l.unsure = last, false
	return nil
}

func (w *Witness) broken(l *witnessed, what string, err error) ([]byte, int) {
	w.logger.Error("witness cannot answer", "step", what, "log", l.id, "error", err)
	return refusal(http.StatusInternalServerError, "the witness cannot answer now")
}

func refusal(status int, why string) ([]byte, int) { return []byte(why + "\n"), status }
