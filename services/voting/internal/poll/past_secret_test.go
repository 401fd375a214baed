package poll

import (
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// inTheOpen are a secret poll's rules for ballots that everybody sees.
func inTheOpen(r *communityv1.PollRules) *communityv1.PollRules {
	open := proto.CloneOf(r)
	open.Secrecy = nil
	return open
}

// TestRecountWays: ballots of which it is known how many were filled in alike are counted as if they lay open, by every method of the same
// filling but one, which gives every ballot the same.
func TestRecountWays(t *testing.T) {
	t.Parallel()
	all := everyMethod()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"ranks", "set", "purse", "scores"}).Draw(t, "kind")
		was := rapid.SampledFrom(all[kind]).Draw(t, "rules")
		would := rapid.SampledFrom(all[kind]).Draw(t, "other rules")
		ballots := filledBallots(kind)
		ballots = slices.CompactFunc(ballots[:len(ballots)-3], func(a, b *votingv1.Choice) bool { return proto.Equal(a, b) })
		said, v := []*votingv1.Choice{}, &Voted{question: four(), rules: was, ways: []alike{}}
		for _, b := range ballots {
			n := rapid.IntRange(0, 4).Draw(t, "how many")
			said = append(said, times(n, b)...)
			v.ways = append(v.ways, alike{b, int64(n)})
		}
		said = append(said, times(rapid.IntRange(0, 2).Draw(t, "blank"), of())...)
		open, tallied := asVoted(t, four(), was, said...)
		v.roll, v.took = open.roll, tally.Weight{Heads: int64(len(said)), Area: int64(len(said)) * 100_00}
		got, like, err := v.Recount(would, tallied)
		if would.GetMethod() == communityv1.Method_METHOD_BUDGET_EQUAL_SHARES {
			if like != UnlikeHidden || err != nil {
				t.Fatal(like, err)
			}
			return
		}
		want, _, _ := open.Recount(would, tallied)
		if err != nil || like != Like || got.GetResult() != want.GetResult() || !slices.Equal(got.GetWinners(), want.GetWinners()) ||
			got.GetCostFen() != want.GetCostFen() {
			t.Fatalf("%v, %v: %v, want %v", like, err, got, want)
		}
	})
}

// TestRecountSecretRunoff: a secret poll of rankings is counted by other methods of rankings, once its sums are opened, and not before.
func TestRecountSecretRunoff(t *testing.T) {
	t.Parallel()
	r := totalsOf(communityv1.Method_METHOD_INSTANT_RUNOFF, &communityv1.BallotRules{Form: formRanks, OptionsMin: 3})
	ranking := func(n, place int) (list []vote) { // of three options, in the order of a dictionary
		for range n {
			choice := make([]int64, 6)
			choice[place] = 1
			list = append(list, vote{10, choice})
		}
		return list
	}
	c := newClosed(t, r, optionsOf(0, 0, 0), slices.Concat(ranking(4, 0), ranking(3, 3), ranking(2, 5))...)
	if _, err := HowVoted(pollID, c.poll, c.sealed()); err == nil {
		t.Error("ballots are read before anything is opened")
	}
	c.decrypt(t, 1, 2)
	v, err := HowVoted(pollID, c.poll, c.sealed())
	if err != nil {
		t.Fatal(err)
	}
	counted, err := Count(pollID, c.poll, c.sealed())
	if err != nil || !v.Makes(counted) {
		t.Fatalf("%v, or not its own tally", err)
	}
	borda := ruled(communityv1.Method_METHOD_BORDA, r.GetBallot())
	got, like, err := v.Recount(borda, counted)
	if err != nil || like != Like || !slices.Equal(got.GetWinners(), []uint32{1}) || got.GetTotals()[1].GetScore() != 4*1+3*2+2*1 {
		t.Errorf("%v, %v: %v", like, err, got)
	}
	byArea := proto.CloneOf(borda)
	byArea.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: true}
	byArea.Requirements[0].Measure = area
	few := proto.CloneOf(borda)
	few.Ballot.OptionsMin, few.Ballot.OptionsMax = 2, 2
	for want, rules := range map[Likeness]*communityv1.PollRules{UnlikeHidden: byArea, UnlikeLimits: few} { // any order: each by itself
		if _, like, err := v.Recount(rules, counted); like != want || err != nil {
			t.Errorf("%v, %v, want %v", like, err, want)
		}
	}
}

// TestRecountWaysByHeads: of ballots that are known by how many were filled in alike, only heads are known of who said yes; who took part
// is known in every measure.
func TestRecountWaysByHeads(t *testing.T) {
	t.Parallel()
	const approval, committee = communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_PROPORTIONAL_APPROVAL
	all, sets := communityv1.Base_BASE_ALL, &communityv1.BallotRules{Form: formApproval}
	open, tallied := asVoted(t, four(), ruled(committee, sets), times(3, of(0, 1))...)
	v := &Voted{
		question: four(), rules: ruled(committee, sets), roll: open.roll, ways: []alike{{of(0, 1), 3}},
		took: tally.Weight{Heads: 3, Area: 3 * 100_00},
	}
	for name, c := range map[string]struct {
		asked *communityv1.Requirement
		want  Likeness
	}{
		"heads of the yes":            {requires(heads, communityv1.Of_OF_YES, all, 1, 2, true), Like},
		"area of the yes":             {requires(area, communityv1.Of_OF_YES, all, 1, 2, true), UnlikeHidden},
		"area of those who took part": {requires(area, communityv1.Of_OF_PARTICIPANTS, all, 1, 2, true), Like},
	} {
		would := ruled(approval, sets)
		would.Requirements = append(would.Requirements, c.asked)
		if got, like, err := v.Recount(would, tallied); like != c.want || err != nil || like == Like && len(got.GetWinners()) != 1 {
			t.Errorf("%s: %v, %v: %v", name, like, err, got)
		}
	}
}

// TestHowVotedInSecret: only of polls that are counted by how ballots were filled in, and whose totals were opened, that is looked at.
func TestHowVotedInSecret(t *testing.T) {
	t.Parallel()
	const runoff, approval = communityv1.Method_METHOD_INSTANT_RUNOFF, communityv1.Method_METHOD_APPROVAL
	opened, light := &votingv1.EncryptedTally{Secrecy: totals}, tally.Weight{Heads: 1}
	heavy := tally.Weight{Heads: math.MaxInt64}
	for name, c := range map[string]struct {
		method  communityv1.Method
		options int
		said    *votingv1.EncryptedTally
		weighs  tally.Weight
		want    string
	}{
		"few ways":                         {runoff, 2, opened, light, ""},
		"too many ways":                    {runoff, 9, opened, light, ErrSecretFillings.Code},
		"too many ways, and nothing added": {runoff, 9, nil, light, ""},
		"by options":                       {approval, 9, opened, light, ""},
		"more weight than can be counted":  {runoff, 2, opened, heavy, tally.ErrSumOverflow.Code},
	} {
		p := &Poll{Question: optionsOf(make([]int64, c.options)...), Rules: totalsOf(c.method, nil), Secret: &Secret{Encrypted: c.said}}
		s := &Sealed{Secret: &Credentials{Rows: map[string]Credential{}, Last: map[string]Sent{}}}
		for _, key := range []string{"one", "two"} {
			row := Credential{Key: []byte(key), Weight: c.weighs}
			s.Secret.Rows[keyID(row)], s.Secret.Last[keyID(row)] = row, Sent{}
		}
		if v, err := HowVoted(pollID, p, s); refusal(err) != c.want || err == nil && v.ways != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRecountTotals: where only the sums are known, what they alone decide is as it would be by the ballots, and the rest has a reason.
func TestRecountTotals(t *testing.T) {
	t.Parallel()
	all := everyMethod()
	absent := proto.CloneOf(all["set"][0])
	absent.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: true}
	valid := ruled(communityv1.Method_METHOD_SINGLE, &communityv1.BallotRules{Form: formOne})
	valid.Requirements = append(valid.Requirements, requires(heads, communityv1.Of_OF_YES, communityv1.Base_BASE_VALID, 1, 2, true))
	byArea := proto.CloneOf(valid)
	byArea.Requirements[1].Measure = area
	least := func(points int64) *communityv1.PollRules {
		return ruled(communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{Form: formScore, PointsMax: 5, ScoreMin: points, Seats: 2})
	}
	bounded := proto.CloneOf(all["set"][0])
	bounded.Ballot.OptionsMax = 3
	several, cheap, wanted := proto.CloneOf(all["set"][0]), proto.CloneOf(all["set"][0]), proto.CloneOf(all["set"][0])
	several.Ballot.OptionsMin, cheap.Ballot.CostSumMaxFen, wanted.Ballot.ScoreMin = 2, 6, 2
	oneNamed := proto.CloneOf(all["one"][0])
	oneNamed.Ballot.OptionsMax = 1
	secret := func(r *communityv1.PollRules) *communityv1.PollRules {
		r = proto.CloneOf(r)
		r.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS}
		return r
	}
	for name, c := range map[string]struct {
		was, would *communityv1.PollRules
		kind       string
		want       Likeness
	}{
		"one seat more":                     {all["set"][0], all["set"][1], "set", Like},
		"a budget":                          {all["set"][0], all["set"][2], "set", Like},
		"a budget that skips nothing":       {secret(all["set"][2]), all["set"][3], "set", Like},
		"equal shares":                      {all["set"][2], all["set"][4], "set", UnlikeHidden},
		"a committee":                       {secret(all["set"][0]), all["set"][6], "set", UnlikeHidden},
		"who abstains is absent":            {all["set"][0], absent, "set", UnlikeHidden},
		"who abstained was absent":          {absent, all["set"][0], "set", UnlikeHidden},
		"other bounds":                      {all["set"][0], bounded, "set", UnlikeLimits},
		"more must be named":                {all["set"][0], several, "set", UnlikeLimits},
		"what is named costs less":          {all["set"][0], cheap, "set", UnlikeLimits},
		"one is named or approved of":       {oneNamed, all["one"][4], "one", Like},
		"secret approvals, of some":         {secret(all["set"][0]), wanted, "set", Like},
		"scores":                            {all["scores"][0], least(2), "scores", Like},
		"secret scores of two":              {secret(all["scores"][0]), least(0), "scores", Like},
		"secret scores, and how many named": {secret(all["scores"][0]), least(2), "scores", UnlikeHidden},
		"a share of the valid":              {all["one"][0], valid, "one", Like},
		"a share of the valid, in secret":   {secret(all["one"][0]), valid, "one", Like},
		"a share of an area":                {all["one"][0], byArea, "one", Like},
		"a share of an area, in secret":     {secret(all["one"][0]), byArea, "one", UnlikeHidden},
		"a purse":                           {all["purse"][0], all["purse"][0], "purse", Like},
		"votes":                             {all["votes"][0], all["votes"][0], "votes", UnlikeHidden},
	} {
		said := filledBallots(c.kind)
		if c.was.GetSecrecy() != nil {
			said = said[:len(said)-2] // what is spoilt cannot be cast
		}
		open, tallied := asVoted(t, four(), inTheOpen(c.was), said...)
		totals := OnlyTotals(four(), c.was, open.roll)
		got, like, err := totals.Recount(c.would, tallied)
		if err != nil || like != c.want {
			t.Errorf("%s: %v, %v", name, like, err)
			continue
		} else if like != Like {
			continue
		}
		want, _, _ := open.Recount(c.would, tallied)
		if got.GetResult() != want.GetResult() || !slices.Equal(got.GetWinners(), want.GetWinners()) || got.GetCostFen() != want.GetCostFen() {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	sets := secret(all["set"][0])
	open, tallied := asVoted(t, four(), inTheOpen(sets), filledBallots("set")[:9]...)
	tallied.ValidHeads, tallied.ValidAreaCentiM2 = 0, 0 // as blank ones look like others
	hidden := OnlyTotals(four(), sets, open.roll)
	one := proto.CloneOf(all["set"][0])
	if got, like, err := hidden.Recount(one, tallied); like != Like || err != nil || !slices.Equal(got.GetWinners(), tallied.GetWinners()) {
		t.Errorf("valid ballots unknown: %v, %v, %v", like, err, got)
	}
	one.Requirements = valid.GetRequirements()
	if _, like, err := hidden.Recount(one, tallied); like != UnlikeHidden || err != nil {
		t.Errorf("a share of unknown valid ballots: %v, %v", like, err)
	}
	tallied.Totals = nil
	if _, like, err := hidden.Recount(all["set"][0], tallied); like != UnlikeHidden || err != nil {
		t.Errorf("without totals: %v, %v", like, err)
	}
}
