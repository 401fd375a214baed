package ring

import (
	"cmp"
	"slices"
	"time"
)

// Summary is one trace in a list.
type Summary struct {
	Trace    TraceID
	Name     string // of the span that began it
	Start    time.Time
	Took     time.Duration // until the last of its spans ended
	Spans    int
	Services []string
	Fault    string
	Failed   bool
	Slow     bool
	Caused   bool // it points back to another trace: nobody asked for it
	Idle     bool // it is one question that a part asks by itself, as it does all the time
}

// List gives the newest traces that match, newest first, at most so many.
func (r *Ring) List(match func(*Summary) bool, most int) []Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Summary
	for id, t := range r.traces { // any order: sorted below
		s := r.summary(id, t)
		if match == nil || match(&s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Summary) int {
		return cmp.Or(b.Start.Compare(a.Start), slices.Compare(a.Trace[:], b.Trace[:]))
	})
	return all[:min(len(all), most)]
}

func (r *Ring) summary(id TraceID, t *kept) Summary {
	first := begun(t.spans)
	out := Summary{
		Trace: id, Name: first.Name, Start: first.Start, Spans: len(t.spans), Fault: first.Fault, Failed: first.Failed,
		Caused: len(first.Links) > 0,
	}
	end := first.End
	for _, s := range t.spans {
		if s.End.After(end) {
			end = s.End
		}
		if s.Failed && !out.Failed {
			out.Failed, out.Fault = true, cmp.Or(out.Fault, s.Fault)
		}
		if !slices.Contains(out.Services, s.Service) && s.Service != "" {
			out.Services = append(out.Services, s.Service)
		}
	}
	slices.Sort(out.Services)
	out.Took = end.Sub(out.Start)
	out.Slow, out.Idle = out.Took >= r.cfg.Slow, len(t.spans) == 1 && first.background()
	return out
}

// begun finds the span that began a trace: one without a parent here, the earliest of them. One that an outsider's trace began has a
// parent that is nowhere here.
func begun(spans []*Span) *Span {
	here := map[SpanID]bool{}
	for _, s := range spans {
		here[s.ID] = true
	}
	first := spans[0]
	for _, s := range spans[1:] {
		a, b := !here[s.Parent], !here[first.Parent]
		if a && !b || a == b && s.Start.Before(first.Start) {
			first = s
		}
	}
	return first
}

// Row is a span in a waterfall.
type Row struct {
	*Span
	Depth  int
	Caused bool // it is here by a link: a fact led to it, nobody asked for it
}

// Story is a trace with all that it led to.
type Story struct {
	Trace      TraceID
	Rows       []Row // in the order in which they are read: each below what asked for it or caused it
	Start, End time.Time
	Dropped    int    // spans beyond the bound of one trace
	Causes     []Link // what the trace itself points back to
	Cut        bool   // there would be more rows than are shown
}

// rowsMax bounds one story.
const rowsMax = 1500

// Story gives a trace with those that point back to it, and to these, and so on; false if it is not kept.
func (r *Ring) Story(id TraceID) (*Story, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.traces[id]
	if t == nil {
		return nil, false
	}
	out := &Story{Trace: id, Dropped: t.dropped, Causes: begun(t.spans).Links}
	w := r.weave()
	w.seen[id] = true
	w.tell(out, tops(t.spans), 0, false)
	for _, row := range out.Rows {
		if out.Start.IsZero() || row.Start.Before(out.Start) {
			out.Start = row.Start
		}
		if row.End.After(out.End) {
			out.End = row.End
		}
	}
	return out, true
}

// weaving is what lies below each span: its children, and the beginnings of traces that point to it.
type weaving struct {
	children map[Link][]*Span
	caused   map[Link][]*Span
	seen     map[TraceID]bool
}

// weave looks at everything once. The caller holds mu.
func (r *Ring) weave() *weaving {
	w := &weaving{children: map[Link][]*Span{}, caused: map[Link][]*Span{}, seen: map[TraceID]bool{}}
	for _, t := range r.traces { // any order: sorted when they are told
		for _, s := range t.spans {
			if s.Parent != (SpanID{}) {
				at := Link{s.Trace, s.Parent}
				w.children[at] = append(w.children[at], s)
			}
			for _, l := range s.Links {
				if l.Trace != s.Trace {
					w.caused[l] = append(w.caused[l], s)
				}
			}
		}
	}
	return w
}

// tops are the spans of a trace that stand below none of it; where each stands below another, the one that began it.
func tops(spans []*Span) (out []*Span) {
	here := map[SpanID]bool{}
	for _, s := range spans {
		here[s.ID] = true
	}
	for _, s := range spans {
		if !here[s.Parent] {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		out = append(out, begun(spans))
	}
	return out
}

// tell writes spans and what lies below them.
func (w *weaving) tell(out *Story, spans []*Span, depth int, caused bool) {
	slices.SortFunc(spans, func(a, b *Span) int { return cmp.Or(a.Start.Compare(b.Start), slices.Compare(a.ID[:], b.ID[:])) })
	for _, s := range spans {
		if len(out.Rows) >= rowsMax || depth > depthMax {
			out.Cut = true
			return
		}
		out.Rows = append(out.Rows, Row{Span: s, Depth: depth, Caused: caused})
		at := Link{s.Trace, s.ID}
		below := w.children[at]
		delete(w.children, at) // a span that names itself, or one below it, for its parent is told once
		w.tell(out, below, depth+1, false)
		var led []*Span
		for _, c := range w.caused[at] {
			if !w.seen[c.Trace] { // a trace that several of these have caused stands below the first
				w.seen[c.Trace] = true
				led = append(led, c)
			}
		}
		w.tell(out, led, depth+1, true)
	}
}

// depthMax bounds how deep spans stand below each other.
const depthMax = 64

// At finds the request that put a commit on the record: the trace in which it stands; false if none is kept, as of those who must not
// be known by it.
func (r *Ring) At(community string, index uint64) (TraceID, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.traces { // any order: a commit comes with one request
		for _, s := range t.spans {
			if s.Commits > 0 && s.Community == community && index >= s.Index && index-s.Index < uint64(s.Commits) {
				return s.Trace, true
			}
		}
	}
	return TraceID{}, false
}
