package gateway

import (
	"crypto/sha256"
	"net/http"
	"sync"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
)

// repeats remembers what was answered to writes that are no commands: sealing a text, making a hosted key. A command's repeat is known from
// the record for ever; these leave nothing there, so what is remembered is bounded, and lost at restart: then a repeated text is
// sealed a second time, under another reference that nothing names.
type repeats struct {
	mu    sync.Mutex // guards what follows
	known map[[32]byte]*repeat
	order [][32]byte // oldest first
}

// repeatsMax bounds what is remembered.
const repeatsMax = 10_000

type repeat struct {
	body   [32]byte
	answer []byte // nil while the first request is under way
}

func newRepeats() *repeats { return &repeats{known: map[[32]byte]*repeat{}} }

// begin gives the answer of the first time. Without one, and without a fault, the caller does the work and must call end.
func (m *repeats) begin(key, body [32]byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch known := m.known[key]; {
	case known == nil:
	case known.body != body:
		return nil, chain.ErrReused
	case known.answer == nil:
		return nil, fault.ErrBusy
	default:
		return known.answer, nil
	}
	if len(m.order) >= repeatsMax {
		delete(m.known, m.order[0])
		m.order = m.order[1:]
	}
	m.known[key], m.order = &repeat{body: body}, append(m.order, key)
	return nil, nil
}

// end notes the answer; nil when the work failed, so that it may be tried again.
func (m *repeats) end(key [32]byte, answer []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known := m.known[key]
	switch {
	case known == nil: // pushed out meanwhile
	case answer == nil:
		delete(m.known, key) // its place in order stays: at worst the key is forgotten early
	default:
		known.answer = answer
	}
}

// once does a write that is no command once for each key of each member, and answers it.
func (g *Gateway) once(w http.ResponseWriter, r *http.Request, who session, body []byte, work func() ([]byte, error)) {
	idempotency, err := idempotencyKey(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	key := sha256.Sum256([]byte(r.Pattern + "\n" + r.PathValue("community") + "\n" + who.member + "\n" + idempotency))
	answer, err := g.repeats.begin(key, sha256.Sum256(append([]byte(r.URL.RawQuery+"\n"), body...)))
	status := http.StatusOK
	if err == nil && answer == nil {
		status = http.StatusCreated
		answer, err = work()
		g.repeats.end(key, answer)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(answer) // the client went away
}

// idempotencyKey gives the header that every write must carry.
func idempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values(op.HeaderIdempotencyKey)
	if len(values) != 1 {
		return "", op.ErrIdempotencyKey
	}
	return values[0], op.CheckIdempotencyKey(values[0])
}
