package neighbourhood

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting/count"
)

// An imported poll takes the very ballots that counting the file takes: META's bounds, and where it has none what the ballots have.
func TestBudgetRules(t *testing.T) {
	t.Parallel()
	votes := []count.Vote{
		{Choices: []uint32{0, 1}, Points: []int64{7, 2}}, {Choices: []uint32{0}, Points: []int64{8}}, {Choices: []uint32{0, 1, 2}},
	}
	for name, c := range map[string]struct {
		meta  count.Meta
		votes []count.Vote
		want  *communityv1.BallotRules
	}{
		"approvals have no points": {
			count.Meta{VoteType: "approval", LengthMin: 1, LengthMax: 3, PointsMin: 1, PointsMax: 1, PointsSumMax: 3, ScoreMin: 2}, votes,
			&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, OptionsMin: 1, OptionsMax: 3, ScoreMin: 2},
		},
		"a purse with bounds": {
			count.Meta{VoteType: "cumulative", PointsMin: 2, PointsMax: 8, PointsSumMax: 10}, votes,
			&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsMin: 2, PointsMax: 8, PointsSumMax: 10},
		},
		"a purse without": {
			count.Meta{VoteType: "cumulative"}, votes,
			&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsMax: 8, PointsSumMax: 9},
		},
		"a purse of approvals": {
			count.Meta{VoteType: "cumulative"}, votes[2:],
			&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 3},
		},
		"a purse of nobody": {
			count.Meta{VoteType: "cumulative", PointsMin: 2}, nil,
			&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsMin: 2, PointsMax: 2, PointsSumMax: 1},
		},
		"ranks with points": {
			count.Meta{VoteType: "ordinal", LengthMax: 3}, votes,
			&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, OptionsMax: 3, PointsMax: 8},
		},
		"ranks with bounds": {
			count.Meta{VoteType: "ordinal", PointsMin: 1, PointsMax: 9, PointsSumMax: 20}, votes,
			&communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, PointsMin: 1, PointsMax: 9, PointsSumMax: 20},
		},
	} {
		c.meta.Rule = "greedy"
		got, err := budgetRules(&count.Election{Meta: c.meta, Votes: c.votes})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(c.want, got.GetBallot(), protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for _, m := range []count.Meta{{Rule: "equalshares", VoteType: "approval"}, {Rule: "greedy", VoteType: "scoring"}} {
		if _, err := budgetRules(&count.Election{Meta: m}); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
}
