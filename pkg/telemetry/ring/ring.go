// Package ring keeps the newest traces in memory, for an operator who has no collector.
//
// Its rules, in plain words:
//
//   - It is bounded by bytes and by traces. The oldest go first; what failed through our own fault or was slow is kept longer, in at most
//     half of the room; of what parts ask each other all the time, and nobody asked them for, the last tenth is kept.
//   - Of a span it keeps names, times, ids, the code of a fault, and the attributes that are named in kept; everything else is left out,
//     whoever sent it. So nothing that somebody typed comes in here, even if it came into a span.
//   - Nothing waits for it: spans come in batches (it is an exporter of OpenTelemetry's SDK) or by OTLP over HTTP (Receiver), and are lost
//     with the process. What somebody may have to prove is on the record, not here.
package ring

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TraceID names a trace, SpanID a span in it.
type (
	TraceID [16]byte
	SpanID  [8]byte
)

// String gives it as hex digits, as it stands in logs and refusals.
func (t TraceID) String() string { return hex.EncodeToString(t[:]) }

// ParseTraceID reads what String gives.
func ParseTraceID(text string) (t TraceID, ok bool) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(t) || TraceID(raw) == (TraceID{}) {
		return TraceID{}, false
	}
	return TraceID(raw), true
}

// Link points to another span, which caused this one without asking for it.
type Link struct {
	Trace TraceID
	Span  SpanID
}

// Span is what is kept of one.
type Span struct {
	Trace      TraceID
	ID, Parent SpanID // Parent is zero for one that begins a trace
	Name       string
	Service    string
	Start, End time.Time
	Fault      string // the code of the fault that it ended with; empty if it went well
	Failed     bool   // the fault is ours, not a refusal
	Links      []Link
	// Community and what follows are of spans about the record.
	Community string
	Index     uint64 // of the first commit that this request put on the record
	Commits   int    // how many it put there; 0 for every other span
	Block     int64  // number of the block; -1 where there is none
}

// Took is how long it took.
func (s *Span) Took() time.Duration { return s.End.Sub(s.Start) }

// Config bounds a ring. What is zero has a default.
type Config struct {
	BytesMax  int           // 16 MiB
	TracesMax int           // 20,000
	Slow      time.Duration // from which on a span makes its trace one that is kept longer; 500 ms
}

// Bounds of one span and one trace: more is nobody's work here.
const (
	spansMax = 4096 // of a trace
	linksMax = 64   // of a span; a block may be made of more requests, whose own spans point to it
	textMax  = 128  // bytes of a name, an id, a code
)

// What a span costs beside its texts, about.
const (
	spanBytes  = 240
	linkBytes  = 24
	traceBytes = 160
)

// Ring keeps traces. It is safe for concurrent use.
type Ring struct {
	cfg Config

	mu     sync.Mutex // guards what follows
	traces map[TraceID]*kept
	idle   order // those that are one question of a part, oldest first
	plain  order // those that nothing is special about
	marked order // those that failed or were slow
	lost   uint64
}

// order is a list of traces by when they came, with what they weigh. What has left it is passed over when its turn comes.
type order struct {
	ids   []TraceID
	from  int
	bytes int
	count int
}

// kept is one trace.
type kept struct {
	spans   []*Span
	bytes   int
	in      *order
	dropped int // spans beyond the bound
}

// New makes an empty ring.
func New(cfg Config) *Ring {
	return &Ring{
		cfg: Config{
			BytesMax: cmp.Or(cfg.BytesMax, 16<<20), TracesMax: cmp.Or(cfg.TracesMax, 20_000), Slow: cmp.Or(cfg.Slow, 500*time.Millisecond),
		},
		traces: map[TraceID]*kept{},
	}
}

var _ sdktrace.SpanExporter = (*Ring)(nil)

// ExportSpans implements sdktrace.SpanExporter. It takes everything.
func (r *Ring) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	all := make([]*Span, 0, len(spans))
	for _, s := range spans {
		all = append(all, spanOf(s))
	}
	r.Add(all...)
	return nil
}

// Shutdown implements sdktrace.SpanExporter. What is kept can still be looked at.
func (r *Ring) Shutdown(context.Context) error { return nil }

// Add keeps spans.
func (r *Ring) Add(spans ...*Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range spans {
		r.add(s)
	}
	r.forget()
}

func (r *Ring) add(s *Span) {
	t := r.traces[s.Trace]
	if t == nil {
		t = &kept{bytes: traceBytes}
		r.traces[s.Trace] = t
	}
	if len(t.spans) >= spansMax {
		t.dropped++
		r.lost++
		return
	}
	s.bound()
	if t.in != nil {
		t.in.leave(t.bytes)
	}
	t.spans = append(t.spans, s)
	t.bytes += spanBytes + len(s.Name) + len(s.Service) + len(s.Fault) + len(s.Community) + linkBytes*len(s.Links)
	to := t.in
	switch {
	case t.in == &r.marked:
	case s.Failed || s.Took() >= r.cfg.Slow:
		to = &r.marked
	case len(t.spans) == 1 && s.background():
		to = &r.idle
	default:
		to = &r.plain
	}
	if to != t.in {
		to.ids = append(to.ids, s.Trace)
		t.in = to
	}
	if len(to.ids)-to.from > 2*to.count+staleMax {
		to.tidy(func(id TraceID) bool { return r.traces[id] != nil && r.traces[id].in == to })
	}
	to.bytes, to.count = to.bytes+t.bytes, to.count+1
}

// background tells whether a span is a question that a part asks by itself: nothing caused it, and nobody from outside.
func (s *Span) background() bool {
	return s.Parent == (SpanID{}) && len(s.Links) == 0 && !strings.HasPrefix(s.Name, "http ") && !strings.HasPrefix(s.Name, "mqtt ")
}

// bound cuts what is longer than anything of ours.
func (s *Span) bound() {
	for _, text := range []*string{&s.Name, &s.Service, &s.Fault, &s.Community} {
		if len(*text) > textMax {
			*text = (*text)[:textMax]
		}
	}
	if len(s.Links) > linksMax {
		s.Links = slices.Clone(s.Links[:linksMax])
	}
}

// forget makes room: of the idle where they have more than a tenth, of the marked where they have more than half, else of the rest, and of
// whatever is left when there is no rest.
func (r *Ring) forget() {
	for r.idle.bytes+r.plain.bytes+r.marked.bytes > r.cfg.BytesMax || len(r.traces) > r.cfg.TracesMax {
		from := &r.plain
		switch {
		case r.idle.over(r.cfg, 10):
			from = &r.idle
		case r.marked.over(r.cfg, 2):
			from = &r.marked
		case r.plain.count > 0:
		case r.idle.count > 0:
			from = &r.idle
		default:
			from = &r.marked
		}
		id, ok := from.pop(func(id TraceID) bool { return r.traces[id] != nil && r.traces[id].in == from })
		if !ok {
			return // nothing is left
		}
		t := r.traces[id]
		from.leave(t.bytes)
		r.lost += uint64(len(t.spans))
		delete(r.traces, id)
	}
}

// over tells whether these have more than a part of the room.
func (o *order) over(c Config, part int) bool {
	return o.count > 0 && (o.bytes > c.BytesMax/part || o.count > c.TracesMax/part)
}

// leave notes that a trace is not here any more.
func (o *order) leave(bytes int) { o.bytes, o.count = o.bytes-bytes, o.count-1 }

// staleMax is how many names of traces that have left a list may stand in it, beside as many as are still here.
const staleMax = 1024

// tidy drops the names of those that have left. A trace that comes again stands here once.
func (o *order) tidy(here func(TraceID) bool) {
	seen := make(map[TraceID]bool, o.count)
	ids := make([]TraceID, 0, o.count)
	for _, id := range slices.Backward(o.ids[o.from:]) {
		if here(id) && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	slices.Reverse(ids)
	o.ids, o.from = ids, 0
}

// pop takes the oldest that still is here.
func (o *order) pop(here func(TraceID) bool) (TraceID, bool) {
	for o.from < len(o.ids) {
		id := o.ids[o.from]
		o.from++
		if o.from > 1024 && o.from > len(o.ids)/2 {
			o.ids, o.from = slices.Clone(o.ids[o.from:]), 0
		}
		if here(id) {
			return id, true
		}
	}
	return TraceID{}, false
}

// Held tells how much is kept: traces, bytes, and the spans that were let go of since the start.
func (r *Ring) Held() (traces, bytes int, lost uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.traces), r.idle.bytes + r.plain.bytes + r.marked.bytes, r.lost
}
