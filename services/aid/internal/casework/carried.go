package casework

import (
	"encoding/json"
	"slices"

	"renlin.dev/pkg/decider"
)

// Carried is an order that a member is to bring, or is asked to, with what it is of: whoever carries it need not work on its case.
type Carried struct {
	Order       string `json:"order"`
	Case        string `json:"case"`
	Beneficiary string `json:"beneficiary"`
	Category    string `json:"category"`
	Unit        string `json:"unit"`
	Quantity    int64  `json:"quantity"`
	Delivered   int64  `json:"delivered"`
	Due         int64  `json:"due"`
	Accepted    bool   `json:"accepted"`
}

// carriedMax is how many are listed, those that are due first: who has more hears of the others as these end.
const carriedMax = 200

// AnswerCarried gives a member's orders that have not ended, as JSON, those that are due first before.
func AnswerCarried(s *decider.State, question []byte) ([]byte, error) {
	var q MineQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	out := []Carried{}
	for _, id := range decider.PeekDerived[Index](s).Orders[q.Member] {
		o := decider.Peek[Order](s, OrderPath(id))
		if o == nil || o.Ended || o.Member != q.Member {
			continue
		}
		one := Carried{
			Order: id, Case: o.Case, Beneficiary: o.Beneficiary, Quantity: o.Quantity, Delivered: o.Delivered, Due: o.Due, Accepted: o.Accepted,
		}
		if c := decider.Peek[Case](s, Path(o.Case)); c != nil {
			one.Category, one.Unit = c.Category, c.Unit
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Carried) int { return int(min(max(a.Due-b.Due, -1), 1)) })
	return json.Marshal(out[:min(len(out), carriedMax)])
}
