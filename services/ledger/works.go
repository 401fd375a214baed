package ledger

import (
	"encoding/json"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/services/ledger/internal/credit"
)

// WorksQuestion asks which reported work concerns a member at a time.
type WorksQuestion struct {
	Member string `json:"member"`
	Now    int64  `json:"now"`
}

// Works are what waits for a member's word, that which ends first before, and what they have reported themselves, the newest first.
type Works struct {
	Asked []Work `json:"asked"`
	Told  []Work `json:"told"`
}

// Work is reported work as it stands.
type Work struct {
	ID string `json:"work"`
	credit.Work
}

// worksMax is how many of each are listed. Of what waits the rest comes up as the first are answered or end: nobody can bury one.
const worksMax = 100

// AnswerWorks answers a WorksQuestion with Works, as JSON.
func AnswerWorks(s *decider.State, question []byte) ([]byte, error) {
	var q WorksQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	reports, out := decider.PeekDerived[credit.Reports](s), Works{Asked: []Work{}, Told: []Work{}}
	for _, w := range reports.Asked[q.Member] {
		if w.ConfirmBy > q.Now && len(out.Asked) < worksMax {
			out.Asked = with(s, out.Asked, w.Work)
		}
	}
	for _, id := range slices.Backward(reports.Told[q.Member]) {
		if len(out.Told) < worksMax {
			out.Told = with(s, out.Told, id)
		}
	}
	return json.Marshal(out)
}

func with(s *decider.State, list []Work, id string) []Work {
	if w := decider.Peek[credit.Work](s, credit.WorkPath(id)); w != nil {
		return append(list, Work{ID: id, Work: *w})
	}
	return list
}
