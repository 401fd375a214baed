package operating

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/merkle"
	"renlin.dev/services/gateway/alerts"
)

// askMax bounds how long a page waits for those whom it asks, all of them at once: one that does not answer is not there.
const askMax = 1500 * time.Millisecond

// partLine is one part on the page.
type partLine struct {
	Name    string
	Fault   string // why it is not well; empty when it is
	Process string
	Works   int
	Behind  uint64 // of the record's end, at most, over all communities
	Folds   bool
	Waiting []WorkState // what does not go on, and begins again by itself
}

// asideLine is a community's work that a part has set aside.
type asideLine struct {
	Part string
	Mine bool // it can be begun again from here
	WorkState
}

// streamLine is a community's record on the page.
type streamLine struct {
	ID, Name string
	Fault    string
	Head     *Head
	Covered  uint64 // commits that the newest checkpoint covers
	// Confirmed is when the newest of its witnesses confirmed that checkpoint; 0 if none has.
	Confirmed int64
	Age       time.Duration // since then
	Witnesses int
	Missing   int // witnesses that have not confirmed it
	Trouble   []string
	Stopped   string
	// WrongPlans counts plans of matching that call themselves optimal and are not.
	WrongPlans uint64
}

// Late tells whether what is on the record has waited too long for a checkpoint.
func (s *streamLine) Late() bool {
	return s.Head != nil && s.Covered < s.Head.Size && s.Age > lateAfter
}

// Confirming counts the witnesses that have confirmed the newest checkpoint.
func (s *streamLine) Confirming() int { return s.Witnesses - s.Missing }

// Last is the index of the newest commit.
func (s *streamLine) Last() uint64 { return s.Head.Size - 1 }

// lateAfter is more than a notary takes whatever its interval, unless something is wrong.
const lateAfter = time.Minute

// Well tells whether nothing about the record is wrong.
func (s *streamLine) Well() bool {
	return s.Fault == "" && s.Head != nil && s.Head.Reason == "" && s.Stopped == "" && len(s.Trouble) == 0 && !s.Late()
}

// statusShown is the first page.
type statusShown struct {
	Well    bool
	Parts   []*partLine
	Streams []*streamLine
	Aside   []asideLine
	Firing  int
	Alerts  bool // whether anybody evaluates them
}

// status asks everybody at once how they do.
func (s *Site) status(v *visit) (any, error) {
	ctx, cancel := context.WithTimeout(v.ctx, askMax)
	defer cancel()
	names := s.cfg.Source.Parts()
	states := make([]*PartState, len(names))
	faults := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() { states[i], faults[i] = s.cfg.Source.Part(ctx, name) })
	}
	out := &statusShown{Well: true}
	wg.Go(func() { out.Streams = s.streams(ctx) })
	wg.Wait()
	sizes := map[string]uint64{}
	for _, line := range out.Streams {
		out.Well = out.Well && line.Well()
		if line.Head != nil {
			sizes[line.ID] = line.Head.Size
		}
	}
	for i, name := range names {
		line := &partLine{Name: name}
		out.Parts = append(out.Parts, line)
		if faults[i] != nil {
			line.Fault = fault.Of(faults[i]).Code
		} else {
			s.fill(out, line, states[i], sizes)
		}
		out.Well = out.Well && line.Fault == ""
	}
	if b := s.cfg.Alerts; b != nil {
		out.Alerts = true
		for _, a := range b.Now() {
			if a.State == alerts.Firing {
				out.Firing++
			}
		}
	}
	out.Well = out.Well && out.Firing == 0
	return out, nil
}

// fill puts what a part says into its line.
func (s *Site) fill(out *statusShown, line *partLine, state *PartState, sizes map[string]uint64) {
	line.Process, line.Works = state.Process, len(state.Works)
	slices.SortFunc(state.Works, func(a, b WorkState) int { return strings.Compare(a.Community, b.Community) })
	for _, w := range state.Works {
		if w.Position > 0 {
			line.Folds = true
			if size := sizes[w.Community]; size > w.Position {
				line.Behind = max(line.Behind, size-w.Position)
			}
		}
		switch {
		case w.Aside:
			line.Fault = cmp.Or(line.Fault, faultAside)
			out.Aside = append(out.Aside, asideLine{line.Name, s.cfg.Source.Mine(line.Name), w})
		case w.Fault != "":
			line.Fault = cmp.Or(line.Fault, w.Fault)
			line.Waiting = append(line.Waiting, w)
		}
	}
}

// faultAside says on the page that a part has set a community's work aside.
const faultAside = "work.aside"

// streams asks about every community's record.
func (s *Site) streams(ctx context.Context) []*streamLine {
	ids, err := s.cfg.Source.Communities(ctx)
	if err != nil {
		return []*streamLine{{Fault: fault.Of(err).Code}}
	}
	slices.Sort(ids)
	ids = ids[:min(len(ids), streamsMax)]
	out := make([]*streamLine, len(ids))
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() { out[i] = s.stream(ctx, id) })
	}
	wg.Wait()
	return out
}

// streamsMax bounds the communities on one page. Prometheus shows more.
const streamsMax = 100

func (s *Site) stream(ctx context.Context, id string) *streamLine {
	line := &streamLine{ID: id}
	head, err := s.cfg.Source.Head(ctx, id)
	if err != nil {
		line.Fault = fault.Of(err).Code
		return line
	}
	line.Head, line.Name = head, s.cfg.Source.Name(ctx, id)
	var state struct {
		Stopped string
		Trouble []string
		Plans   struct{ Wrong uint64 }
	}
	if err := s.logJSON(ctx, id, "state", &state); err != nil {
		line.Fault = fault.Of(err).Code
		return line
	}
	line.Stopped, line.Trouble, line.WrongPlans = state.Stopped, state.Trouble, state.Plans.Wrong
	if err := s.checkpoint(ctx, line); err != nil {
		line.Fault = fault.Of(err).Code
	}
	return line
}

func (s *Site) logJSON(ctx context.Context, community, path string, into any) error {
	raw, err := s.cfg.Source.Log(ctx, community, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fault.ErrInternal.Because(err)
	}
	return nil
}

// checkpoint reads how far the record is signed, and who has confirmed that. None at all is no fault: the record may be new.
func (s *Site) checkpoint(ctx context.Context, line *streamLine) error {
	line.Age = s.cfg.Now().Sub(time.UnixMilli(line.Head.Time))
	note, err := s.cfg.Source.Log(ctx, line.ID, "checkpoint")
	if kind, _ := fault.KindOf(err); kind == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	var keys struct {
		Log       string
		Witnesses []string
	}
	if err := s.logJSON(ctx, line.ID, "keys", &keys); err != nil {
		return err
	}
	policy, err := merkle.ParsePolicy([]byte(asPolicy(keys.Log, keys.Witnesses)))
	if err != nil {
		return fault.ErrInternal.Because(err)
	}
	point, found, err := policy.Examine(note, merkle.Freshness{})
	if err != nil {
		return fault.ErrInternal.Because(err)
	}
	line.Covered, line.Witnesses = point.Size, len(keys.Witnesses)
	line.Missing = max(line.Witnesses-len(found), 0)
	for _, c := range found {
		line.Confirmed = max(line.Confirmed, c.Time.UnixMilli())
	}
	if line.Confirmed > 0 {
		line.Age = s.cfg.Now().Sub(time.UnixMilli(line.Confirmed))
	}
	return nil
}

// asPolicy names a log and its witnesses and asks for none of them: who has confirmed is counted, not required.
func asPolicy(log string, witnesses []string) string {
	var out strings.Builder
	out.WriteString("log " + log + "\n")
	for i, w := range witnesses {
		out.WriteString("witness w" + strings.Repeat("x", i) + " " + w + "\n")
	}
	return out.String() + "quorum none\n"
}
