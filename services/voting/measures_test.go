package voting_test

import (
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

const (
	byHeads, byArea         = communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA
	byHouseholds, byClasses = communityv1.Measure_MEASURE_HOUSEHOLDS, communityv1.Measure_MEASURE_WEIGHT
)

// block is a house: ann owns a small flat and a large one, ben a large one, cyn none. Ann and cyn live in the first flat, ben and ann in
// the second, and the third's household has nobody who is active.
func block(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.admit("ann", "ben", "cyn", "dan")
	w.unit("small", "ann", 60_00)
	w.unit("large", "ann", 120_00)
	w.unit("other", "ben", 100_00)
	w.unsold("empty", 90_00)
	for home, members := range map[string][]string{"small": {"ann", "cyn"}, "large": {"ben", "ann"}, "other": {"dan"}} {
		ids := []string{}
		for _, m := range members {
			ids = append(ids, id(m))
		}
		w.fact("community", decider.On("household/"+id("of "+home), &communityv1.HouseholdFormed{Unit: id(home), Members: ids}))
	}
	w.revoke("dan")
	for _, o := range []string{orgOne, orgTwo, "org-three"} {
		w.fact("community", decider.On("org/"+id(o), &communityv1.OrgAdmitted{}))
	}
	w.fact("community", decider.On("org/"+id(orgOne), &communityv1.DelegateNamed{Member: id("ann")}))
	w.fact("community", decider.On("org/"+id(orgTwo), &communityv1.DelegateNamed{Member: id("stand-in")}))
	w.fact("community", decider.On("channel/"+id("stairs"), &communityv1.ChannelEstablished{
		Members: []string{id("ben"), id("cyn"), id("dan")},
	}))
	w.factBy(chain.AuthorGenesis, "community", decider.On("member/"+id("stand-in"), &communityv1.MemberAdmitted{}))
	w.enrol("stand-in", "stand-in", false)
	return w
}

// asking are yes-or-no rules that ask in one measure for half of all to take part and for half of them to be for it.
func asking(who communityv1.Electorate, m communityv1.Measure) *communityv1.PollRules {
	rules := yesNo(who)
	for _, r := range rules.Requirements {
		r.Measure = m
	}
	rules.Requirements[0].Numerator, rules.Requirements[0].Denominator = 1, 2
	rules.Turnout = &communityv1.TurnoutRules{Channel: id("stairs"), WeightClasses: []*communityv1.WeightClass{
		{AreaFromCentiM2: 60_00, Weight: 2}, {AreaFromCentiM2: 100_00, Weight: 5},
	}}
	return rules
}

// Who is on the roll, with what, out of how much, and what decides.
func TestElectorates(t *testing.T) {
	t.Parallel()
	members, owners := communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Electorate_ELECTORATE_OWNERS
	households, orgs := communityv1.Electorate_ELECTORATE_HOUSEHOLDS, communityv1.Electorate_ELECTORATE_ORGANISATIONS
	channel := communityv1.Electorate_ELECTORATE_CHANNEL
	measured := func(households, weight int64) *votingv1.Measured {
		return &votingv1.Measured{Households: households, Weight: weight}
	}
	for name, c := range map[string]struct {
		rules     *communityv1.PollRules
		voters    []string
		heads     [2]int64 // on the roll, of all
		roll, all *votingv1.Measured
		inQuorum  string // what of all takes part when the first of the voters votes
	}{
		// Three people of the test's own are members too: two holders, an officer and a convener.
		"households by heads": {
			asking(households, byHeads), []string{"ann", "ben"},
			[2]int64{2, 3}, nil, nil, "2*1 >= 1*3",
		},
		"households by households": {
			asking(households, byHouseholds), []string{"ann", "ben"},
			[2]int64{2, 3}, measured(2, 7), measured(3, 12), "2*1 >= 1*3",
		},
		"households by weight": {
			asking(households, byClasses), []string{"ben", "ann"},
			[2]int64{2, 3}, measured(2, 7), measured(3, 12), "2*5 >= 1*12",
		},
		"owners by households": {
			asking(owners, byHouseholds), []string{"ann", "ben"},
			[2]int64{2, 3}, measured(2, 12), measured(3, 14), "2*1 >= 1*3",
		},
		"owners by weight": {
			asking(owners, byClasses), []string{"ann", "ben"},
			[2]int64{2, 3}, measured(2, 12), measured(3, 14), "2*7 >= 1*14",
		},
		"owners by area": {
			asking(owners, byArea), []string{"ann", "ben"},
			[2]int64{2, 3}, nil, nil, "2*18000 >= 1*37000",
		},
		"organisations": {
			asking(orgs, byHeads), []string{"ann", "stand-in"},
			[2]int64{2, 3}, nil, nil, "2*1 >= 1*3",
		},
		"a channel": {
			asking(channel, byHeads), []string{"ben", "cyn"},
			[2]int64{2, 2}, nil, nil, "2*1 >= 1*2",
		},
		"members by households": {
			asking(members, byHouseholds), []string{"ann", "ben", "cyn"},
			[2]int64{7, 7}, measured(2, 12), measured(3, 14), "2*1 >= 1*3",
		},
	} {
		w := block(t)
		p := w.motion("roof", c.rules, question)
		w.open(p)
		roll := w.poll(p).Roll
		if roll.GetHeads() != c.heads[0] || roll.GetAllHeads() != c.heads[1] || roll.GetMeasured().String() != c.roll.String() ||
			roll.GetAllMeasured().String() != c.all.String() {
			t.Errorf("%s: roll %v", name, roll)
		}
		for _, outsider := range []string{"dan", "ann", "ben", "cyn", "stand-in"} {
			listed := false
			for _, v := range c.voters {
				listed = listed || v == outsider
			}
			err := w.vote(p, outsider, yes)
			if (err == nil) != listed || outsider != "dan" && !listed && !errors.Is(err, poll.ErrRollUnlisted) {
				t.Errorf("%s: %s votes: %v", name, outsider, err)
			}
		}
		if got := w.count(p); got.GetResult() != passed || (got.GetParticipantsMeasured() != nil) != (c.roll != nil) {
			t.Errorf("%s: %v", name, got)
		}
		alone := block(t)
		p = alone.motion("roof", c.rules, question)
		alone.open(p)
		alone.must(alone.vote(p, c.voters[0], yes))
		q := alone.count(p).GetInequalities()[0]
		if got := q.GetLeft() + " " + q.GetSign() + " " + q.GetRight(); got != c.inQuorum {
			t.Errorf("%s: %s, want %s", name, got, c.inQuorum)
		}
	}
}

// One who stands for two organisations, or for two households, has two heads; who is named by nobody votes for nobody.
func TestOneForSeveral(t *testing.T) {
	t.Parallel()
	w := block(t)
	w.fact("community", decider.On("org/"+id("org-three"), &communityv1.DelegateNamed{Member: id("ann")}))
	w.fact("community", decider.On("household/"+id("of large"), &communityv1.HouseholdFormed{Unit: id("large"), Members: []string{id("ann")}}))
	for who, heads := range map[communityv1.Electorate]int64{
		communityv1.Electorate_ELECTORATE_ORGANISATIONS: 3, communityv1.Electorate_ELECTORATE_HOUSEHOLDS: 2,
	} {
		p := w.motion(who.String(), asking(who, byHeads), question)
		w.open(p)
		w.must(w.vote(p, "ann", yes))
		if got := w.poll(p).Roll.GetHeads(); got != heads {
			t.Errorf("%v: %d heads", who, got)
		}
		if got := w.count(p).GetParticipantsHeads(); got != 2 {
			t.Errorf("%v: ann has %d heads", who, got)
		}
	}
}

// One helper casts for others at most so much of all, by heads and where area counts by area; what was counted stays counted.
func TestProxyShare(t *testing.T) {
	t.Parallel()
	hold := func(rules *communityv1.PollRules, areas ...int64) (*world, string) {
		w := newWorld(t)
		w.admit("helper", "other")
		for i, area := range areas {
			n := "o" + string(rune('0'+i))
			w.admit(n)
			w.unit("flat of "+n, n, area)
			w.mandate("m "+n, n, "helper", nil)
			w.mandate("x "+n, n, "other", nil)
		}
		p := w.motion("roof", rules, question)
		w.open(p)
		return w, p
	}
	third := func(m communityv1.Measure) *communityv1.PollRules {
		rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
		rules.Requirements[1].Measure = m
		rules.Turnout = &communityv1.TurnoutRules{ProxyShareNumerator: 1, ProxyShareDenominator: 3}
		return rules
	}
	w, p := hold(third(byHeads), 900_00, 1_00, 1_00, 1_00, 1_00, 1_00)
	w.must(w.voteFor(p, "o0", "helper", "m o0", yes)) // most of the area, which does not count here
	w.must(w.voteFor(p, "o1", "helper", "m o1", yes))
	w.must(w.voteFor(p, "o1", "helper", "m o1", no)) // again for the same
	if err := w.voteFor(p, "o2", "helper", "m o2", yes); !errors.Is(err, poll.ErrBallotProxyShare) {
		t.Errorf("a third of six: %v", err)
	}
	w.must(w.voteFor(p, "o2", "other", "x o2", yes)) // another helper has a share of their own
	w.must(w.vote(p, "o0", yes))
	if err := w.voteFor(p, "o3", "helper", "m o3", yes); !errors.Is(err, poll.ErrBallotProxyShare) {
		t.Errorf("after a voter voted themselves: %v", err)
	}
	w.must(w.vote(p, "o3", yes))
	if got := w.count(p).GetCastBy().GetHelper().GetBallots(); got != 2 {
		t.Errorf("%d helped ballots", got)
	}
	w, p = hold(third(byArea), 300_00, 300_00, 300_01)
	w.must(w.voteFor(p, "o0", "helper", "m o0", yes))
	w, p = hold(third(byArea), 300_00, 300_00, 300_01)
	if err := w.voteFor(p, "o2", "helper", "m o2", yes); !errors.Is(err, poll.ErrBallotProxyShare) {
		t.Errorf("more than a third of the area: %v", err)
	}
	w, p = hold(yesNo(communityv1.Electorate_ELECTORATE_OWNERS), 1_00)
	w.must(w.voteFor(p, "o0", "helper", "m o0", yes)) // without such a rule there is no bound
}
