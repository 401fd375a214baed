package matching

import (
	"encoding/json"

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
	mine := map[string]bool{}
	for _, id := range s.Members("provider") {
		if p := decider.Peek[supply.Provider](s, supply.ProviderPath(id)); p != nil && p.Member == q.Member {
			mine[id] = true
			out.Providers = append(out.Providers, id)
		}
	}
	for _, id := range s.Members("assignment") {
		a := decider.Peek[dispatch.Assignment](s, dispatch.Path(id))
		if a == nil {
			continue
		}
		if a.State == dispatch.Done && a.Beneficiary == q.Member {
			out.Confirm = append(out.Confirm, id)
		}
		for _, c := range a.Candidates {
			switch {
			case !mine[c.Provider]:
			case c.Part == dispatch.Asked:
				out.Asked = append(out.Asked, id)
			case c.Part == dispatch.Serving:
				out.Serving = append(out.Serving, id)
			}
		}
	}
	return json.Marshal(out)
}
