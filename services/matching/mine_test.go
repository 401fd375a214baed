package matching_test

import (
	"encoding/json"
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// desks checks that what a member is told concerns them is what one finds by going through everything.
func (p *player) desks(t *rapid.T) {
	for _, who := range append([]string{"ann", "fay"}, servers...) {
		question, err := json.Marshal(matching.MineQuestion{Member: id(who)})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := matching.AnswerMine(p.State, question)
		var got matching.MineAnswer
		if err != nil || json.Unmarshal(raw, &got) != nil {
			t.Fatalf("%s: %v, %s", who, err, raw)
		}
		want := matching.MineAnswer{Needs: got.Needs, Providers: []string{}, Asked: []string{}, Serving: []string{}, Confirm: []string{}}
		for _, provider := range p.State.Members("provider") {
			if decider.Peek[supply.Provider](p.State, supply.ProviderPath(provider)).Member == id(who) {
				want.Providers = append(want.Providers, provider)
			}
		}
		for _, assignment := range p.State.Members("assignment") {
			a := decider.Peek[dispatch.Assignment](p.State, dispatch.Path(assignment))
			if a.State == dispatch.Done && a.Beneficiary == id(who) {
				want.Confirm = append(want.Confirm, assignment)
			}
			for _, c := range a.Candidates {
				switch {
				case !slices.Contains(want.Providers, c.Provider):
				case c.Part == dispatch.Asked:
					want.Asked = append(want.Asked, assignment)
				case c.Part == dispatch.Serving:
					want.Serving = append(want.Serving, assignment)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-all +told):\n%s", who, diff)
		}
	}
}
