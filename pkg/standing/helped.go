package standing

import (
	"encoding/json"
	"slices"

	"renlin.dev/pkg/decider"
)

// HelpedAct is one thing that a helper did under a mandate: what kind of fact it put on the record, where, and when; never what it says.
type HelpedAct struct {
	Event    string `json:"event"` // full name of the event's message
	Path     string `json:"path"`
	Position uint64 `json:"position"`
	At       int64  `json:"at"` // ms since the Unix epoch
}

// HelpedActs are a service's facts under mandates, so that the two whom a mandate concerns can be shown all of them. No rule reads it.
type HelpedActs struct {
	By map[string][]HelpedAct `json:"by"` // by mandate, in the order of the record
	// Newest is the position of the last fact of such a kind on each path that a helper has ever written to: whose fact it is tells whether
	// the helper's still stands.
	Newest map[string]uint64 `json:"newest"`
}

// HelpedPart registers the acts.
func HelpedPart() decider.Part {
	return decider.Derived(func() *HelpedActs {
		return &HelpedActs{By: map[string][]HelpedAct{}, Newest: map[string]uint64{}}
	}, (*HelpedActs).fold)
}

// fold takes an event in. Facts of a kind that a helper may bring about name the mandate, and it is empty where the member did it
// themselves.
func (a *HelpedActs) fold(e decider.Event) {
	b, may := e.Body.(interface{ GetMandate() string })
	if !may {
		return
	}
	if _, helped := a.Newest[e.Aggregate]; helped || b.GetMandate() != "" {
		a.Newest[e.Aggregate] = e.Position
	}
	if id := b.GetMandate(); id != "" {
		kind := string(e.Body.ProtoReflect().Descriptor().FullName())
		a.By[id] = append(a.By[id], HelpedAct{Event: kind, Path: e.Aggregate, Position: e.Position, At: e.Time})
	}
}

// MandatesQuestion asks for the mandates that concern a member, the newest first: those granted before one, or all where that is empty.
type MandatesQuestion struct {
	Member string `json:"member"`
	Part   Part   `json:"part,omitempty"` // only those in which that is the member's part; empty for both
	Before string `json:"before,omitempty"`
	Limit  int    `json:"limit"`
}

// Part is which of a mandate's two somebody is.
type Part string

// The two parts.
const (
	AsPrincipal Part = "principal"
	AsHelper    Part = "helper"
)

// PartOf tells which of the two a member is.
func (m *Mandate) PartOf(member string) Part {
	switch member {
	case m.Principal:
		return AsPrincipal
	case m.Helper:
		return AsHelper
	}
	return ""
}

// MandatesPage is a part of them; the rest stands before Next, if that is not empty.
type MandatesPage struct {
	Mandates []ConcernedMandate `json:"mandates"`
	Next     string             `json:"next,omitempty"`
}

// ConcernedMandate is one of them, as it stands.
type ConcernedMandate struct {
	Mandate string  `json:"mandate"`
	Terms   Mandate `json:"terms"`
	// Gone says that the membership of one of the two is not active, by which it has ended.
	Gone bool `json:"gone,omitempty"`
}

// HelpedQuestion asks a service what was done under mandates, the newest first: those below a position, or all where that is 0.
type HelpedQuestion struct {
	Mandates []string `json:"mandates"`
	Below    uint64   `json:"below,omitempty"`
	Limit    int      `json:"limit"`
	// Last asks for the last act on each path only: nobody can bury one by doing another again and again.
	Last bool `json:"last,omitempty"`
}

// ShownAct is an act as the two are shown it.
type ShownAct struct {
	Mandate string `json:"mandate"`
	HelpedAct
	// Replaced says that a later word has taken its place: the principal's own, or a helper's.
	Replaced bool `json:"replaced,omitempty"`
	// Against is the operation by which the principal can still overrule it; empty where there is none.
	Against string `json:"against,omitempty"`
}

// helpedMax is how many acts one answer lists.
const helpedMax = 200

// AnswerHelped answers a HelpedQuestion with a list of ShownAct. What can be done against an act, and whether that can be replaced at all,
// the service says. It reads the state, so it must run where its owner runs.
func AnswerHelped(
	s *decider.State, question []byte, against func(s *decider.State, act *ShownAct) (operation string, replaceable bool),
) ([]byte, error) {
	var q HelpedQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	acts, out, limit := decider.PeekDerived[HelpedActs](s), []ShownAct{}, min(max(1, q.Limit), helpedMax)
	for _, id := range q.Mandates {
		taken, seen := 0, map[string]bool{}
		for _, act := range slices.Backward(acts.By[id]) {
			if q.Below != 0 && act.Position >= q.Below || q.Last && seen[act.Path] {
				continue
			}
			if taken++; taken > limit {
				break
			}
			seen[act.Path] = true
			out = append(out, ShownAct{Mandate: id, HelpedAct: act})
		}
	}
	SortHelped(out)
	out = out[:min(len(out), limit)]
	for i := range out {
		var replaceable bool
		out[i].Against, replaceable = against(s, &out[i])
		if out[i].Replaced = replaceable && acts.Newest[out[i].Path] != out[i].Position; out[i].Replaced {
			out[i].Against = ""
		}
	}
	return json.Marshal(out)
}

// SortHelped puts acts in order, the newest first.
func SortHelped(acts []ShownAct) {
	slices.SortFunc(acts, func(a, b ShownAct) int {
		switch {
		case a.Position > b.Position:
			return -1
		case a.Position < b.Position:
			return 1
		}
		return 0
	})
}
