package voting_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"renlin.dev/pkg/realdata"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/count"
)

// Five real city budgets, every ballot sealed, cast and opened: the certificate's winners are the official ones.
func TestRealBudgets(t *testing.T) {
	t.Parallel()
	raw := realdata.Read(t, "pabulib", "expected.json")
	var expected map[string]struct {
		Rule     string      `json:"rule"`
		Selected []string    `json:"official_selected"`
		Spent    json.Number `json:"spent"`
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	methods, counted := map[string]communityv1.Method{"greedy": greedy, "greedy-no-skip": noSkip}, 0
	for file, want := range expected {
		method, ours := methods[want.Rule]
		if !ours {
			continue
		}
		counted++
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			election := readElection(t, realdata.Name(t, "pabulib", file))
			got := budgetPoll(t, election, method)
			winners := []string{}
			for _, o := range got.GetWinners() {
				winners = append(winners, election.Projects[o].ID)
			}
			slices.Sort(winners)
			slices.Sort(want.Selected)
			if !slices.Equal(winners, want.Selected) {
				t.Errorf("winners %v, official %v", winners, want.Selected)
			}
			if spent, err := want.Spent.Int64(); err != nil || election.Places != 0 || got.GetCostFen() != spent {
				t.Errorf("cost %d, official %s", got.GetCostFen(), want.Spent)
			}
			if int(got.GetValid()) != len(election.Votes) {
				t.Errorf("%d valid ballots of %d: %v", got.GetValid(), len(election.Votes), got.GetInvalidBallots())
			}
		})
	}
	if counted != 5 {
		t.Errorf("%d files, want five", counted)
	}
}

func readElection(t *testing.T, path string) count.Election {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	election, rows, err := count.ReadPabulib(f)
	if err != nil || len(rows) != 0 {
		t.Fatalf("%v, %d broken rows", err, len(rows))
	}
	return election
}

// budgetPoll holds a whole poll of an election's projects among its voters.
func budgetPoll(t *testing.T, e count.Election, method communityv1.Method) *votingv1.Tally {
	t.Helper()
	forms := map[string]communityv1.BallotForm{"approval": formSet, "choose-1": formOne, "cumulative": formPurse, "ordinal": formRank}
	m := e.Meta
	rules := ofOptions(method, &communityv1.BallotRules{
		Form: forms[m.VoteType], OptionsMin: m.LengthMin, OptionsMax: m.LengthMax, PointsSumMax: m.PointsSumMax, ScoreMin: m.ScoreMin,
		PointsMin: m.PointsMin, PointsMax: m.PointsMax,
	})
	rules.Electorate = communityv1.Electorate_ELECTORATE_MEMBERS
	q := &proposalv1.Motion{Title: "Budget", BudgetFen: m.Budget}
	for _, p := range e.Projects {
		q.Options = append(q.Options, &proposalv1.Option{Code: p.ID, Title: p.Name, CostFen: p.Cost})
	}
	w := newWorld(t)
	for _, v := range e.Votes {
		w.admit(v.Voter)
	}
	p := w.motion("budget", rules, q)
	w.open(p)
	for _, v := range e.Votes {
		sealed := w.seal(p, v.Voter, &votingv1.Choice{Options: v.Choices, Points: v.Points})
		w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id(v.Voter), Box: sealed}, v.Voter))
	}
	return w.count(p)
}
