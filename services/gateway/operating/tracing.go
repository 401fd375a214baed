package operating

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"renlin.dev/pkg/telemetry/ring"
	"renlin.dev/services/gateway/look"
)

// listed is how many traces a page lists.
const listed = 100

// tracesShown is the list of traces.
type tracesShown struct {
	Kept   bool
	Show   string
	Shows  []string
	Traces []ring.Summary
	Held   int
	Bytes  int
	Asked  bool // for one that is not here
}

// shows are the choices of the list, and what each keeps of it.
var shows = []string{"all", "failed", "slow", "refused", "caused", "idle"}

func matching(show string) func(*ring.Summary) bool {
	return func(s *ring.Summary) bool {
		switch show {
		case "failed":
			return s.Failed
		case "slow":
			return s.Slow && !s.Caused
		case "refused":
			return s.Fault != "" && !s.Failed
		case "caused":
			return s.Caused
		case "idle":
			return s.Idle
		}
		return !s.Caused && !s.Idle
	}
}

// traces lists the newest.
func (s *Site) traces(v *visit) (any, error) {
	q := v.r.URL.Query()
	out := &tracesShown{Kept: s.cfg.Traces != nil, Show: "all", Shows: shows, Asked: q.Has("trace")}
	for _, name := range shows {
		if q.Get("show") == name {
			out.Show = name
		}
	}
	if !out.Kept {
		return out, nil
	}
	out.Traces = s.cfg.Traces.List(matching(out.Show), listed)
	out.Held, out.Bytes, _ = s.cfg.Traces.Held()
	if id, ok := ring.ParseTraceID(strings.ToLower(strings.TrimSpace(q.Get("trace")))); ok {
		only := func(t *ring.Summary) bool { return t.Trace == id }
		out.Traces = s.cfg.Traces.List(only, 1)
	} else if out.Asked {
		out.Traces = nil
	}
	return out, nil
}

// bar is a span in a picture of thousandths.
type bar struct {
	ring.Row
	Indent int
	X, W   int
	After  time.Duration // it began after the first of its picture
}

// traceShown is one trace: what the request was about, and what followed from it.
type traceShown struct {
	Trace   string
	Start   time.Time
	Took    time.Duration
	Asked   []bar // the trace's own spans
	Then    []bar // what it led to, which nobody waited for
	Causes  []string
	Dropped int
	Cut     bool
	Commits []place
}

// place is a commit that the trace put on the record.
type place struct {
	Community, Short string
	Index            uint64
}

// indentMax bounds how far a name is moved to the right.
const indentMax = 12

// trace shows one as a waterfall.
func (s *Site) trace(v *visit) (any, error) {
	id, ok := ring.ParseTraceID(v.r.PathValue("trace"))
	if !ok || s.cfg.Traces == nil {
		return nil, ErrTrace
	}
	story, ok := s.cfg.Traces.Story(id)
	if !ok {
		return nil, ErrTrace
	}
	out := &traceShown{Trace: id.String(), Dropped: story.Dropped, Cut: story.Cut}
	for _, l := range story.Causes {
		if text := l.Trace.String(); len(out.Causes) == 0 || out.Causes[len(out.Causes)-1] != text {
			out.Causes = append(out.Causes, text)
		}
	}
	depth := 0 // of the beginning of what was caused
	for _, row := range story.Rows {
		b := bar{Row: row, Indent: min(row.Depth, indentMax)}
		if row.Trace == id {
			out.Asked = append(out.Asked, b)
		} else {
			if row.Caused {
				depth = row.Depth
			}
			b.Indent = min(max(row.Depth-depth, 0), indentMax)
			out.Then = append(out.Then, b)
		}
		for n := range min(row.Commits, 32) {
			out.Commits = append(out.Commits, place{row.Community, look.Short(row.Community), row.Index + uint64(n)})
		}
	}
	out.Start, out.Took = scale(out.Asked)
	scale(out.Then)
	return out, nil
}

// scale places bars between the beginning of the first and the end of the last.
func scale(bars []bar) (start time.Time, took time.Duration) {
	var end time.Time
	for i, b := range bars {
		if i == 0 || b.Start.Before(start) {
			start = b.Start
		}
		if b.End.After(end) {
			end = b.End
		}
	}
	took = end.Sub(start)
	for i := range bars {
		b := &bars[i]
		b.After = b.Start.Sub(start)
		if took > 0 {
			b.X = int(b.After * 1000 / took)
			b.W = int(b.Took() * 1000 / took)
		}
		b.W = min(max(b.W, 4), 1000)
		b.X = min(b.X, 1000-b.W)
	}
	return start, took
}

// commitShown is one commit, and the trace of the request that it came with.
type commitShown struct {
	Community string
	Index     uint64
	Size      uint64
	Trace     string // empty where none is kept
}

// Before is the index of the commit before it.
func (c *commitShown) Before() uint64 { return c.Index - 1 }

var communityID = regexp.MustCompile(`^[a-z2-7]{26}$`)

// commit leads from the record to a trace.
func (s *Site) commit(v *visit) (any, error) {
	community := v.r.PathValue("stream")
	index, err := strconv.ParseUint(v.r.PathValue("index"), 10, 62)
	if err != nil || !communityID.MatchString(community) {
		return nil, look.NotFound
	}
	head, err := s.cfg.Source.Head(v.ctx, community)
	if err != nil {
		return nil, err
	}
	if index >= head.Size {
		return nil, look.NotFound
	}
	out := &commitShown{Community: community, Index: index, Size: head.Size}
	if s.cfg.Traces != nil {
		if id, ok := s.cfg.Traces.At(community, index); ok {
			out.Trace = id.String()
		}
	}
	return out, nil
}
