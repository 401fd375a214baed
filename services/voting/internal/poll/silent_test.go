package poll

import (
	"crypto/rand"
	"fmt"
	"testing"

	"golang.org/x/crypto/nacl/box"
	"pgregory.net/rapid"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// room is a closed owners' poll: each letter of says is one owner's answer, and what is known of who said nothing.
//
//	y n a  yes, no, abstain     .  said nothing     !  said nothing although the notice provably came
func room(tb interface{ Fatal(...any) }, says string, area func(i int) int64, t *communityv1.TurnoutRules) (string, *Poll, *Sealed) {
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	r := rules.Preset("owners-ordinary")
	r.Turnout, r.Notice = t, &communityv1.NoticeRules{Warning: "Who is silent joins the majority."}
	id := func(s string) string { h := chain.LeafHash([32]byte{}); copy(h[:], s); return chain.ShortID(h[:]) }
	s := &Sealed{
		Electorate: r.Electorate, Rules: r, Roll: map[string]standing.Voter{}, Ballots: map[string]Box{}, Delivered: map[string]bool{},
	}
	for i, say := range says {
		voter := id(fmt.Sprint("voter ", i))
		s.Roll[voter] = standing.Voter{Member: voter, Heads: 1, AreaCentiM2: area(i)}
		s.All.Heads, s.All.AreaCentiM2 = s.All.Heads+1, s.All.AreaCentiM2+area(i)
		option := map[rune]uint32{'y': 0, 'n': 1, 'a': 2}
		if o, cast := option[say]; cast {
			sealed, err := ballot.Seal(rand.Reader, public[:], id("poll"), voter, &votingv1.Choice{Options: []uint32{o}})
			if err != nil {
				tb.Fatal(err)
			}
			s.cast(voter, 0, Box{Sealed: sealed})
			s.Delivered[voter] = true // whoever votes had the notice too, which changes nothing
		}
		if say == '!' {
			s.Delivered[voter] = true
		}
	}
	roll, err := s.summary(1)
	if err != nil {
		tb.Fatal(err)
	}
	return id("poll"), &Poll{
		Question: &proposalv1.Motion{Title: "Roof"}, Rules: r, Roll: roll, BoxKey: public[:], PrivateKey: private[:],
	}, s
}

func equal(int) int64 { return 100_00 }

func TestSilence(t *testing.T) {
	t.Parallel()
	const (
		passed, rejected = votingv1.Result_RESULT_PASSED, votingv1.Result_RESULT_REJECTED
		noQuorum         = votingv1.Result_RESULT_NO_QUORUM
	)
	absent := &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_ABSENT}
	part := &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_TAKE_PART}
	join := &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY}
	noAbstention := &communityv1.TurnoutRules{AbstentionsAbsent: true}
	both := &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY, AbstentionsAbsent: true}
	first := func(i int) int64 { return map[bool]int64{true: 900_00, false: 100_00}[i == 0] }
	for name, c := range map[string]struct {
		says          string
		area          func(int) int64
		rules         *communityv1.TurnoutRules
		want, without votingv1.Result
		part          int64 // heads that take part
		told, untold  uint32
		joined        bool
		option        uint32
	}{
		"nobody says what silence is":            {"yyyynn...", equal, &communityv1.TurnoutRules{}, passed, 0, 6, 0, 0, false, 0},
		"silence is absence":                     {"yyy!!!!..", equal, absent, noQuorum, 0, 3, 4, 2, false, 0},
		"silence takes part":                     {"yyyyy!!!.", equal, part, passed, noQuorum, 8, 3, 1, false, 0},
		"silence takes part, and is for nothing": {"yyy!!!!..", equal, part, rejected, noQuorum, 7, 4, 2, false, 0},
		"silence joins yes":                      {"yyn!!!!..", equal, join, passed, noQuorum, 7, 4, 2, true, 0},
		"silence joins no":                       {"ynn!!!!..", equal, join, rejected, noQuorum, 7, 4, 2, true, 1},
		"only proved silence":                    {"yyn......", equal, join, noQuorum, noQuorum, 3, 0, 6, false, 0},
		"as many against as for":                 {"yynn!!!!.", equal, join, rejected, noQuorum, 8, 4, 1, false, 0},
		"the measures contradict each other":     {"ynn!!!!!.", first, join, rejected, noQuorum, 8, 5, 1, false, 0},
		"an empty room":                          {"!!!!!!!!!", equal, join, noQuorum, noQuorum, 0, 9, 0, false, 0},
		"only abstentions":                       {"aaa!!!!!!", equal, both, noQuorum, noQuorum, 0, 6, 0, false, 0},
		"an abstention is a no":                  {"yyyynnaa.", equal, &communityv1.TurnoutRules{}, rejected, 0, 8, 0, 0, false, 0},
		"an abstention is absence":               {"yyyynnaa.", equal, noAbstention, passed, 0, 6, 0, 0, false, 0},
		"who abstains joins nobody":              {"yyna!!!!.", equal, both, passed, noQuorum, 7, 4, 1, true, 0},
	} {
		id, p, s := room(t, c.says, c.area, c.rules)
		got, err := Count(id, p, s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out := got.GetTurnout()
		if got.GetResult() != c.want || got.GetParticipantsHeads() != c.part || out.GetResultWithout() != c.without {
			t.Errorf("%s: %v", name, got)
		}
		if out.GetDelivered() != c.told || out.GetUndelivered() != c.untold || out.GetHeads() != int64(c.told) ||
			out.GetJoined() != c.joined || out.GetOption() != c.option {
			t.Errorf("%s: turnout %v", name, out)
		}
		says := c.rules.GetNonVoters() != 0 || c.rules.GetAbstentionsAbsent()
		warned, without := out.GetWarning() != "", len(out.GetInequalitiesWithout()) == 4
		if (out != nil) != says || warned != (c.rules.GetNonVoters() != 0) || without != (c.without != 0) {
			t.Errorf("%s: turnout %v", name, out)
		}
	}
}

// Silence of which nothing is proved never changes anything; and what is counted without the silent is what their absence would give.
func TestSilenceNeedsProof(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		says := []rune{}
		for range rapid.IntRange(1, 9).Draw(t, "voters") {
			says = append(says, rapid.SampledFrom([]rune("yna.!")).Draw(t, "says"))
		}
		area := func(i int) int64 { return int64(i%3)*50_00 + 1 }
		mode := rapid.SampledFrom([]communityv1.NonVoters{
			communityv1.NonVoters_NON_VOTERS_TAKE_PART, communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY,
		}).Draw(t, "mode")
		id, p, s := room(t, string(says), area, &communityv1.TurnoutRules{NonVoters: mode})
		counted, err := Count(id, p, s)
		if err != nil {
			t.Fatal(err)
		}
		p.Rules.Turnout = &communityv1.TurnoutRules{}
		plain, err := Count(id, p, s)
		if err != nil {
			t.Fatal(err)
		}
		if counted.GetTurnout().GetResultWithout() != plain.GetResult() {
			t.Fatalf("without the silent %v, by rules that know none %v", counted.GetTurnout().GetResultWithout(), plain.GetResult())
		}
		p.Rules.Turnout, s.Delivered = &communityv1.TurnoutRules{NonVoters: mode}, nil
		unproved, err := Count(id, p, s)
		if err != nil {
			t.Fatal(err)
		}
		if unproved.GetResult() != plain.GetResult() || unproved.GetParticipantsHeads() != plain.GetParticipantsHeads() {
			t.Fatalf("silence without proof makes %v of %v", unproved, plain)
		}
	})
}
