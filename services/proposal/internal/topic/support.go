package topic

import (
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// Index is who supports which open topic, folded for the policy that convenes deliberations. It knows nothing of who is active: the
// roster says that at the moment of asking.
type Index struct {
	Matters map[string]*Matter    `json:"matters"`
	Topics  map[string]*Supported `json:"topics"` // open ones only
}

// Matter is the support of one matter's open topics.
type Matter struct {
	// RoundsOver counts the conveners' calls that took place or lapsed; the next round is one more.
	RoundsOver uint32 `json:"rounds_over"`
	// Open are the open topics, oldest first.
	Open []string `json:"open"`
	// Supporters tells for each member how many of the open topics they raised or seconded.
	Supporters map[string]uint32 `json:"supporters"`
}

// Supported is an open topic with its supporters.
type Supported struct {
	Matter     string   `json:"matter"`
	Supporters []string `json:"supporters"` // the author first
}

// IndexPart registers the index.
func IndexPart() decider.Part {
	return decider.Derived(func() *Index {
		return &Index{Matters: map[string]*Matter{}, Topics: map[string]*Supported{}}
	}, fold)
}

func fold(x *Index, e decider.Event) {
	switch b := e.Body.(type) {
	case *proposalv1.TopicPosted:
		id := strings.TrimPrefix(e.Aggregate, "topic/")
		x.Topics[id] = &Supported{Matter: b.GetMatter()}
		m := x.matter(b.GetMatter())
		m.Open = append(m.Open, id)
		x.add(id, b.GetAuthor())
	case *proposalv1.TopicSeconded:
		path := strings.Split(e.Aggregate, "/") // topic/<id>/second/<member>
		x.add(path[1], path[3])
	case *proposalv1.TopicMerged:
		x.merge(strings.TrimPrefix(e.Aggregate, "topic/"), b.GetInto())
	case *proposalv1.TopicWithdrawn:
		x.remove(strings.TrimPrefix(e.Aggregate, "topic/"))
	case *proposalv1.DeliberationConvened:
		// The topics' own facts follow in the same commit; the index is right from this one on.
		x.over(b.GetMatter(), b.GetRound())
		for _, id := range b.GetTopics() {
			x.remove(id)
		}
	case *chainv1.Lapsed:
		if matter, round, ok := parseConvene(b.GetPurpose()); ok {
			x.over(matter, round)
		}
	}
}

func (x *Index) matter(code string) *Matter {
	m := x.Matters[code]
	if m == nil {
		m = &Matter{Supporters: map[string]uint32{}}
		x.Matters[code] = m
	}
	return m
}

func (x *Index) over(code string, round uint32) {
	m := x.matter(code)
	m.RoundsOver = max(m.RoundsOver, round)
}

func (x *Index) add(id, member string) {
	t := x.Topics[id]
	if t == nil {
		return
	}
	t.Supporters = append(t.Supporters, member)
	x.matter(t.Matter).Supporters[member]++
}

func (x *Index) remove(id string) {
	t := x.Topics[id]
	if t == nil {
		return
	}
	delete(x.Topics, id)
	m := x.matter(t.Matter)
	m.Open = slices.DeleteFunc(m.Open, func(open string) bool { return open == id })
	for _, member := range t.Supporters {
		if m.Supporters[member]--; m.Supporters[member] == 0 {
			delete(m.Supporters, member)
		}
	}
}

// merge moves a topic's supporters to another one. Whoever supports both already counts once for it, so no member comes or goes.
func (x *Index) merge(id, into string) {
	from, to := x.Topics[id], x.Topics[into]
	if from == nil || to == nil {
		return
	}
	x.remove(id)
	already := make(map[string]bool, len(to.Supporters))
	for _, member := range to.Supporters {
		already[member] = true
	}
	for _, member := range from.Supporters {
		if !already[member] {
			x.add(into, member)
		}
	}
}

const convenePrefix = "convene/"

// convenePurpose names one round of convening in one matter; no round ever comes again.
func convenePurpose(matter string, round uint32) string {
	return convenePrefix + matter + "/" + strconv.FormatUint(uint64(round), 10)
}

func parseConvene(purpose string) (matter string, round uint32, ok bool) {
	rest, ok := strings.CutPrefix(purpose, convenePrefix)
	if !ok {
		return "", 0, false
	}
	matter, number, ok := strings.Cut(rest, "/")
	n, err := strconv.ParseUint(number, 10, 32)
	return matter, uint32(n), ok && err == nil
}
