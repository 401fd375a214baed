package neighbourhood

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/count"
)

// BudgetResult is what an imported budget came to.
type BudgetResult struct {
	Community string   `json:"community"`
	Poll      string   `json:"poll"`
	Ballots   int      `json:"ballots"`
	Winners   []string `json:"winners"` // ids as the file writes them, in the order in which they won
	Official  []string `json:"official,omitempty"`
	Agrees    bool     `json:"agrees_with_official"`
	Seconds   float64  `json:"seconds"`
}

// budgetMatter is the rulebook's one matter of an imported budget.
const budgetMatter = "budget"

// budgetRules turns a file's META into a poll's rules; named faults for what is not counted yet.
func budgetRules(e *count.Election) (*communityv1.PollRules, error) {
	r := &communityv1.PollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, CloseWhenComplete: true, VotingSeconds: 24 * 3600,
		KeyPublishSeconds: 600, ObjectionSeconds: 1, ExecutionDelaySeconds: 1, ExecutionExpirySeconds: 3600,
		Ballot: &communityv1.BallotRules{
			OptionsMin: e.Meta.LengthMin, OptionsMax: e.Meta.LengthMax, ScoreMin: e.Meta.ScoreMin,
		},
	}
	switch e.Meta.Rule {
	case "greedy":
		r.Method = communityv1.Method_METHOD_BUDGET_GREEDY
	case "greedy-no-skip":
		r.Method = communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
	default:
		return nil, errors.New("the file's rule is not one that polls count yet; greedy and greedy-no-skip are")
	}
	form, ok := map[string]communityv1.BallotForm{
		"choose-1": communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE, "approval": communityv1.BallotForm_BALLOT_FORM_APPROVAL,
		"cumulative": communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, "ordinal": communityv1.BallotForm_BALLOT_FORM_ORDINAL,
	}[e.Meta.VoteType]
	if !ok {
		return nil, errors.New("the file's vote_type is not one that polls take")
	}
	r.Ballot.Form = form
	boundPoints(r.Ballot, e)
	return r, nil
}

// boundPoints carries the file's bounds over, so that the poll takes and refuses the very ballots that counting the file does. Of a vote
// that is over the city has bounded the points, where META is silent; a poll must say it itself, and takes what the file's ballots have.
func boundPoints(b *communityv1.BallotRules, e *count.Election) {
	var one, sum int64
	for _, v := range e.Votes {
		given := int64(len(v.Choices)) // without points each choice gets one
		if len(v.Points) > 0 {
			given = 0
		}
		for _, p := range v.Points {
			one, given = max(one, p), given+p
		}
		sum = max(sum, given)
	}
	switch b.Form {
	case communityv1.BallotForm_BALLOT_FORM_CUMULATIVE:
		b.PointsSumMax = cmp.Or(e.Meta.PointsSumMax, sum, 1)
	case communityv1.BallotForm_BALLOT_FORM_ORDINAL:
		b.PointsSumMax = e.Meta.PointsSumMax
	default:
		return
	}
	b.PointsMin, b.PointsMax = e.Meta.PointsMin, cmp.Or(e.Meta.PointsMax, max(one, e.Meta.PointsMin))
}

// ImportBudget makes a community of a file's voters, each with a device of their own, and holds its budget poll again, ballot by
// ballot, through the public interface. Say is told of every step.
func ImportBudget(ctx context.Context, g *client.Gateway, e *count.Election, say func(format string, args ...any)) (*BudgetResult, error) {
	began := time.Now()
	rules, err := budgetRules(e)
	if err != nil {
		return nil, err
	}
	n, err := Found(ctx, g, Plan{
		Name:       "Imported participatory budget",
		First:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Convening committee"},
		Second:     &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT, Name: "Street office"},
		FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		Rulebook: func(firstOrg string) *communityv1.Rulebook {
			return &communityv1.Rulebook{Version: 1, OpenTopicsMax: 3, InviteSeconds: 24 * 3600, Matters: []*communityv1.Matter{{
				Code: budgetMatter, Title: "Participatory budget", ThresholdMembers: 1_000_000, ThresholdNumerator: 1, ThresholdDenominator: 1,
				DeliberationSeconds: 3600, Poll: rules, DirectConvener: firstOrg,
			}}}
		},
	})
	if err != nil {
		return nil, err
	}
	say("founded community %s", n.Community)
	devices, err := n.admitVoters(ctx, len(e.Votes), say)
	if err != nil {
		return nil, err
	}
	poll, state, err := n.callBudget(ctx, e)
	if err != nil {
		return nil, err
	}
	say("poll %s is open to %d voters on the roll", poll, state.Roll.GetVoters())
	if err := n.castBudget(ctx, poll, state.BoxKey, e, devices); err != nil {
		return nil, err
	}
	say("%d ballots are in", len(e.Votes))
	if state, err = n.Certificate(ctx, poll); err != nil {
		return nil, err
	}
	out := &BudgetResult{Community: n.Community, Poll: poll, Ballots: int(state.Tally.GetBallots()), Seconds: time.Since(began).Seconds()}
	compareBudget(out, e, state.Tally)
	return out, nil
}

// Parallelism of simulated devices: enough to keep two processors busy.
const devicesAtOnce = 48

func (n *Neighbourhood) admitVoters(ctx context.Context, voters int, say func(string, ...any)) ([]*client.Device, error) {
	rows := make([]*communityv1.ImportRow, voters)
	members := make([]string, voters)
	for i := range rows {
		members[i] = client.NewID()
		rows[i] = &communityv1.ImportRow{Member: members[i]}
	}
	if err := n.Admit(ctx, rows); err != nil {
		return nil, err
	}
	say("admitted %d members", voters)
	devices, err := n.Enrol(ctx, members, devicesAtOnce)
	if err != nil {
		return nil, err
	}
	say("enrolled %d devices, each with a key of its own", voters)
	return devices, nil
}

func (n *Neighbourhood) callBudget(ctx context.Context, e *count.Election) (string, *PollState, error) {
	question := &proposalv1.Motion{
		Title: "Participatory budget", Text: "Which projects shall be paid from the budget?", BudgetFen: e.Meta.Budget,
	}
	for _, p := range e.Projects {
		question.Options = append(question.Options, &proposalv1.Option{Code: p.ID, Title: clip(p.Name, 900), CostFen: p.Cost})
	}
	answer, err := n.First.Do(ctx, "voting.call", "polls", &votingv1.CallPoll{Matter: budgetMatter, Question: question})
	if err != nil {
		return "", nil, fmt.Errorf("call poll: %w", err)
	}
	i := slices.IndexFunc(answer.Changed, func(path string) bool { return len(path) > 5 && path[:5] == "poll/" })
	if i < 0 {
		return "", nil, errors.New("call poll: the answer names no poll")
	}
	poll := answer.Changed[i][5:]
	state, err := n.AwaitPoll(ctx, n.First.Device, poll, "open", func(p *PollState) bool { return p.Roll != nil })
	return poll, state, err
}

func (n *Neighbourhood) castBudget(ctx context.Context, poll string, boxKey []byte, e *count.Election, devices []*client.Device) error {
	err := Parallel(ctx, devicesAtOnce, len(e.Votes), func(ctx context.Context, i int) error {
		vote := e.Votes[i]
		_, err := Cast(ctx, devices[i], poll, boxKey, &votingv1.Choice{Options: vote.Choices, Points: vote.Points})
		return err
	})
	if err != nil {
		return fmt.Errorf("cast ballots: %w", err)
	}
	return nil
}

// Cast seals a choice to a poll's key and casts it. The answer holds the receipt, which its voter keeps.
func Cast(ctx context.Context, d *client.Device, poll string, boxKey []byte, choice *votingv1.Choice) (*op.Answer, error) {
	box, err := ballot.Seal(rand.Reader, boxKey, poll, d.Member, choice)
	if err != nil {
		return nil, err
	}
	return d.Do(ctx, "voting.cast", "polls/"+poll+"/ballots", &votingv1.CastBallot{Poll: poll, Voter: d.Member, Box: box})
}

// compareBudget names winners as the file does and holds them against the file's official ones.
func compareBudget(out *BudgetResult, e *count.Election, tally *votingv1.Tally) {
	known := false
	for _, p := range e.Projects {
		known = known || p.Selected >= 0
		if p.Selected == 1 {
			out.Official = append(out.Official, p.ID)
		}
	}
	for _, w := range tally.GetWinners() {
		out.Winners = append(out.Winners, e.Projects[w].ID)
	}
	a, b := slices.Sorted(slices.Values(out.Winners)), slices.Sorted(slices.Values(out.Official))
	out.Agrees = known && slices.Equal(a, b)
}

func clip(s string, bytesMax int) string {
	if len(s) <= bytesMax {
		return s
	}
	for bytesMax > 0 && s[bytesMax]&0xc0 == 0x80 { // not inside a character
		bytesMax--
	}
	return s[:bytesMax]
}
