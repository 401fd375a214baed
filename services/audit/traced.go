package audit

import (
	"strings"
	"sync"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/chain"
)

// Traced is a traced request in a block: the size of the log with that block, and the request's trace context.
type Traced struct {
	Size  uint64 `json:"size"`
	Trace string `json:"trace"`
}

// tracedMax bounds the traced requests that are remembered for whoever signs the log's head next.
const tracedMax = 64

// tracedBlocks are the last traced requests, in order. They travel beside the record, are only for operating, and are lost at a stop.
type tracedBlocks struct {
	mu   sync.Mutex // guards last
	last []Traced
}

// note remembers a block's traced requests.
func (t *tracedBlocks) note(b *chain.Block, header nats.Header) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, value := range header[chain.TraceHeader] {
		_, parent, _ := strings.Cut(value, " ")
		t.last = append(t.last, Traced{Size: b.First + uint64(b.Count), Trace: parent})
	}
	if n := len(t.last); n > tracedMax {
		t.last = append(t.last[:0], t.last[n-tracedMax:]...)
	}
}

// list gives a copy.
func (t *tracedBlocks) list() []Traced {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Traced(nil), t.last...)
}
