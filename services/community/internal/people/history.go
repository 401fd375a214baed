package people

import (
	"encoding/json"
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// History is all that the rulebook ever was, in the order of the record. No rule reads it.
type History struct {
	Versions []Adopted `json:"versions,omitempty"`
	// Motion is that of the version which the same commit adopts: its fact comes before.
	Motion string `json:"motion,omitempty"`
}

// Adopted is one version of the rulebook, and since when it holds.
type Adopted struct {
	Version  uint32                `json:"version"`
	At       int64                 `json:"at"`       // ms since the Unix epoch
	Position uint64                `json:"position"` // of the commit
	Motion   string                `json:"motion,omitempty"`
	Book     *communityv1.Rulebook `json:"book"`
}

// HistoryPart registers the History.
func HistoryPart() decider.Part {
	return decider.Derived(func() *History { return &History{} }, func(h *History, e decider.Event) {
		switch b := e.Body.(type) {
		case *communityv1.RulebookAdopted:
			h.Versions = append(h.Versions, Adopted{
				Version: b.GetRulebook().GetVersion(), At: e.Time, Position: e.Position, Motion: h.Motion, Book: b.GetRulebook(),
			})
			h.Motion = ""
		case *communityv1.MotionUsed:
			h.Motion = strings.TrimPrefix(e.Aggregate, "amendment/")
		}
	})
}

// versionsShown is how many versions one answer lists.
const versionsShown = 200

// AnswerHistory answers a standing.HistoryQuestion with a standing.HistoryPage, the newest version first; of one version with its rulebook.
func AnswerHistory(s *decider.State, question []byte) ([]byte, error) {
	var q standing.HistoryQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	page, all := standing.HistoryPage{Versions: []standing.RulebookVersion{}}, decider.PeekDerived[History](s).Versions
	if q.Version > 0 {
		at := slices.IndexFunc(all, func(a Adopted) bool { return a.Version == q.Version })
		if at < 0 {
			return nil, standing.ErrVersion
		}
		page.Book, all = all[at].Book, all[at:at+1]
	}
	for _, a := range slices.Backward(all) {
		if len(page.Versions) == versionsShown {
			page.More = len(all) - versionsShown
			break
		}
		page.Versions = append(page.Versions, standing.RulebookVersion{
			Version: a.Version, AdoptedAt: a.At, Index: a.Position - 1, Motion: a.Motion,
		})
	}
	return json.Marshal(page)
}
