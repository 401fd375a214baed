package matching

import (
	"encoding/json"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// MineQuestion asks what concerns a member.
type MineQuestion struct {
	Member string `json:"member"`
}

// MineAnswer is what a member has asked for, for whom they serve, and what waits for their answer or confirmation; ids only, each a
// record to be read.
type MineAnswer struct {
	Needs     []string `json:"needs"`
	Providers []string `json:"providers"`
	// Asked are assignments that wait for a yes or no, Serving those that were taken on, Confirm those that the member has to confirm.
	Asked   []string `json:"asked"`
	Serving []string `json:"serving"`
	Confirm []string `json:"confirm"`
}

// AnswerMine gives what concerns a member, as JSON, ascending by id.
func AnswerMine(s *decider.State, question []byte) ([]byte, error) {
	var q MineQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	out := MineAnswer{Needs: []string{}, Providers: []string{}, Asked: []string{}, Serving: []string{}, Confirm: []string{}}
	if asking := decider.Peek[supply.Asking](s, supply.AskingPath(q.Member)); asking != nil {
		out.Needs = asking.Needs
	}
	desk, index := decider.PeekDerived[dispatch.Desk](s), decider.PeekDerived[dispatch.Index](s)
	out.Providers = append(out.Providers, desk.Providers[q.Member]...)
	out.Confirm = append(out.Confirm, desk.Confirm[q.Member]...)
	for _, provider := range out.Providers {
		for _, h := range index.Parties[provider] {
			switch h.Part {
			case dispatch.Asked:
				out.Asked = append(out.Asked, h.Assignment)
			case dispatch.Serving:
				out.Serving = append(out.Serving, h.Assignment)
			}
		}
	}
	out.Asked, out.Serving = ascending(out.Asked), ascending(out.Serving)
	return json.Marshal(out)
}

// ascending sorts ids and leaves each once: two providers of one member may be asked about the same.
func ascending(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
