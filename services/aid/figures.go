package aid

import (
	"encoding/json"
	"maps"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/figures"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
)

// counted is who asked for what, folded for the figures: files, by the kind of help and its urgency. No rule reads it.
type counted struct {
	Files map[string]map[aidv1.Urgency][]string `json:"files"`
}

func countPart() decider.Part {
	return decider.Derived(func() *counted { return &counted{Files: map[string]map[aidv1.Urgency][]string{}} }, (*counted).fold)
}

func (c *counted) fold(e decider.Event) {
	b, ok := e.Body.(*aidv1.AidRequested)
	if !ok {
		return
	}
	if c.Files[b.GetCategory()] == nil {
		c.Files[b.GetCategory()] = map[aidv1.Urgency][]string{}
	}
	if files := c.Files[b.GetCategory()][b.GetUrgency()]; !slices.Contains(files, b.GetBeneficiary()) {
		c.Files[b.GetCategory()][b.GetUrgency()] = append(files, b.GetBeneficiary())
	}
}

// Table is people by what they asked for and how urgent it was, with what could show or tell a small group held back.
type Table = figures.Table

// AnswerFigures gives the figures, as JSON; there is nothing to ask. A person with two files that were found to be one's counts once.
func AnswerFigures(s *decider.State, _ []byte) ([]byte, error) {
	c := decider.PeekDerived[counted](s)
	rows := slices.Sorted(maps.Keys(c.Files))
	columns, counts := []string{}, make([][]int64, len(rows))
	for u := aidv1.Urgency_URGENCY_DANGER; u <= aidv1.Urgency_URGENCY_COMPLEX; u++ {
		columns = append(columns, u.String())
		for r, category := range rows {
			counts[r] = append(counts[r], people(s, c.Files[category][u]))
		}
	}
	return json.Marshal(figures.Protect(append([]string{}, rows...), columns, counts, leastGroup(s)))
}

// people counts those behind some files, each once.
func people(s *decider.State, files []string) int64 {
	ids := map[string]bool{}
	for _, id := range files {
		if b := decider.Peek[beneficiary.Beneficiary](s, beneficiary.Path(id)); b != nil && b.MergedInto != "" {
			id = b.MergedInto
		}
		ids[id] = true
	}
	return int64(len(ids))
}
