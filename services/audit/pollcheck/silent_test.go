package pollcheck

import (
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

const (
	takePart     = communityv1.NonVoters_NON_VOTERS_TAKE_PART
	joinMajority = communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY
)

// TestMore: a side has more if it has in every measure in which a majority is asked for, or in heads.
func TestMore(t *testing.T) {
	t.Parallel()
	quorum := asksQuorum(ofAll, 1, 2, false)
	for _, tt := range []struct {
		asks        []*communityv1.Requirement
		side, other weight
		want        bool
	}{
		{nil, weight{heads: 2}, weight{heads: 1}, true}, {nil, weight{heads: 1, area: 9}, weight{heads: 1}, false},
		{nil, weight{heads: 1}, weight{heads: 2}, false},
		{[]*communityv1.Requirement{quorum}, weight{heads: 1}, weight{heads: 2}, false},
		{[]*communityv1.Requirement{asksYes(inArea, ofAll, 1, 2, false), quorum}, weight{1, 5, 0, 0}, weight{2, 4, 0, 0}, true},
		{[]*communityv1.Requirement{asksYes(inArea, ofAll, 1, 2, false)}, weight{2, 5, 0, 0}, weight{1, 5, 0, 0}, false},
		{[]*communityv1.Requirement{asksYes(inArea, ofAll, 1, 2, false), asksYes(inHeads, ofAll, 1, 2, false)},
			weight{1, 5, 0, 0}, weight{2, 4, 0, 0}, false},
	} {
		if got := ofTen(tt.asks...).more(tt.side, tt.other); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}

// TestWithSilent: whose silence counts, and for what. Ann votes, ben and cai do not, and ben alone was told.
func TestWithSilent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rule         communityv1.NonVoters
		took         int64
		told, absent bool
		yes, no      int64
		participants int64
		valid        int64
		joined       bool
		forYes       bool
		besides      int64
	}{
		"no rule":              {0, 1, true, false, 1, 0, 1, 1, false, false, 0},
		"they take part":       {takePart, 1, true, false, 1, 0, 3, 1, false, false, 0},
		"they join the yes":    {joinMajority, 1, true, false, 1, 0, 3, 3, true, true, 2},
		"they join the no":     {joinMajority, 1, true, false, 0, 1, 3, 3, true, false, 0},
		"there is no majority": {joinMajority, 1, true, false, 0, 0, 3, 1, false, false, 0},
		"nobody was told":      {joinMajority, 1, false, false, 1, 0, 1, 1, false, false, 0},
		"nobody takes part":    {joinMajority, 0, true, false, 1, 0, 0, 0, false, false, 0},
		"without them":         {joinMajority, 1, true, true, 1, 0, 1, 1, false, false, 0},
	} {
		c := ofTen()
		c.rules.Turnout = &communityv1.TurnoutRules{NonVoters: tt.rule}
		c.weights = map[string]weight{"ann": {heads: 1}, "ben": {heads: 2}, "cai": {heads: 4}}
		c.voted, c.delivered, c.absent = []string{"ann"}, map[string]bool{"ben": tt.told}, tt.absent
		n := &openCount{}
		n.participants, n.valid = weight{heads: tt.took}, [2]weight{{heads: tt.took}, {heads: tt.took}}
		n.options = [][2]weight{{{heads: tt.yes}}, {{heads: tt.no}}, {}}
		c.withSilent(n)
		if n.participants.heads != tt.participants || n.valid[0].heads != tt.valid || n.valid[1].heads != tt.valid ||
			n.joined != tt.joined || n.forYes != tt.forYes || n.besides.heads != tt.besides {
			t.Errorf("%s: %+v", name, n)
		}
	}
}
