package pollcheck

import (
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// aSecond is a poll that is open for a second, to so many voters.
func aSecond(voters uint32) *votingv1.PollOpened {
	return &votingv1.PollOpened{ClosesAt: 1000, Roll: &votingv1.Roll{Voters: voters}}
}

func closing(r *communityv1.PollRules, complete bool) *communityv1.PollRules {
	r.VotingSeconds, r.CloseWhenComplete = 1, complete
	return r
}

// TestCourseAlone: what stands before what it must follow, and when ballots, close and certificate come.
func TestCourseAlone(t *testing.T) {
	t.Parallel()
	held, closed := saying(&votingv1.PollKeyHeld{}), saying(&votingv1.PollClosed{Ballots: 1}).when(500)
	open, sealed := func() *communityv1.PollRules { return closing(openRules(1), true) }, func() *communityv1.PollRules {
		return closing(secretRules(1), true)
	}
	roster := saying(&votingv1.RosterSealed{Credentials: 1})
	begun, registered := saying(&votingv1.RegistrationBegun{}), saying(&votingv1.RegistrationEnded{})
	credential := said{body: &votingv1.SecretBallotCast{}, path: "secret-ballot/v", time: 1, until: 1000}
	var together []said
	for _, s := range []said{held, begun, registered, roster, saying(aSecond(3))} {
		together = append(together, s.in(5))
	}
	late := func(at int64) []said {
		return []said{held, saying(aSecond(3)), saying(&votingv1.PollClosed{}).when(1000),
			saying(&votingv1.TallyRecorded{ObjectionsUntil: 2000}).when(1000), saying(&votingv1.CertificateIssued{}).when(at)}
	}
	run := (*checking).course
	ask(t, []asking{
		{"counted, and never closed", alone(open(), saying(&votingv1.TallyRecorded{})), run, "fails course.order"},
		{"opened, and nothing before", alone(sealed(), saying(aSecond(1))), run, "fails course.order course.order"},
		{"key and opening in one commit", alone(open(), held.in(3), saying(aSecond(1)).in(3)), run, "holds"},
		{"roster and opening in one commit", alone(sealed(), together...), run, "holds"},
		{"a ballot in the commit of the opening", alone(open(), held, saying(aSecond(2)).in(2), cast("v").in(2)), run, "fails course.late"},
		{"a ballot behind it", alone(open(), held, saying(aSecond(2)), cast("v")), run, "holds"},
		{"all have voted", alone(open(), held, saying(aSecond(1)), cast("v"), closed), run, "holds"},
		{"one has not", alone(open(), held, saying(aSecond(2)), cast("v"), closed), run, "fails course.early_close"},
		{"all with a credential have voted", alone(sealed(), append(together, credential.in(6), closed.in(7))...), run, "holds"},
		{"of an open poll a roster says nothing", alone(open(), held, roster, saying(aSecond(3)), cast("v"), closed), run,
			"fails course.order course.early_close"},
		{"no roster", alone(sealed(), held, saying(aSecond(1)), credential, closed), run, "fails course.order"},
		{"certified when objections end", alone(open(), late(2000)...), run, "holds"},
		{"certified before", alone(open(), late(1999)...), run, "fails course.objections"},
		{"extended to the same instant", alone(open(), held, saying(aSecond(3)), saying(&votingv1.PollExtended{ClosesAt: 1000})), run,
			"fails course.voting_time"},
	})
}

// TestRollAlone: what can be said of a roll, and what cannot.
func TestRollAlone(t *testing.T) {
	t.Parallel()
	held, opened := saying(&votingv1.PollKeyHeld{}), saying(&votingv1.PollOpened{Roll: &votingv1.Roll{Position: 2}})
	begun := saying(&votingv1.RegistrationBegun{Roll: &votingv1.Roll{Position: 2}})
	hidden := func(c *checking) { c.rollHidden = true }
	run := (*checking).checkRoll
	ask(t, []asking{
		{"no roll is published", alone(openRules(1), held), run, "none"},
		{"none was sealed", alone(openRules(1), opened), run, "unchecked"},
		{"something before it is hidden", alone(openRules(1), held, opened).having(hidden), run, "unchecked"},
		{"another root", alone(openRules(1), held, opened), run, "fails roll.root"},
		{"another root when registration begins", alone(secretRules(1), held, begun), run, "fails roll.root"},
	})
	c := alone(openRules(1), held, opened)
	run(c)
	if c.weights == nil {
		t.Error("nobody is on the roll")
	}
}

func TestVotersAlone(t *testing.T) {
	t.Parallel()
	helped, paper := cast("v"), cast("v")
	helped.actor = "w"
	paper.actor, paper.body = "w", &votingv1.BallotCast{Paper: 1}
	listed := func(c *checking) { c.weights = map[string]weight{"v": {heads: 1}} }
	run := (*checking).voters
	ask(t, []asking{
		{"nobody has voted", alone(openRules(1)), run, "none"},
		{"an open ballot in a secret poll", alone(secretRules(1), cast("v")), run, "fails voters.foreign"},
		{"the roll is not known", alone(openRules(1), cast("v")), run, "unchecked"},
		{"on the roll", alone(openRules(1), cast("v")).having(listed), run, "holds"},
		{"not on the roll", alone(openRules(1), cast("w")).having(listed), run, "fails voters.unlisted"},
		{"by somebody else", alone(openRules(1), helped).having(listed), run, "fails voters.foreign"},
		{"on paper, by an operator", alone(openRules(1), paper).having(listed), run, "holds"},
	})
}

// TestStageAlone: how far a poll has come, and which facts say it.
func TestStageAlone(t *testing.T) {
	t.Parallel()
	facts := []said{
		saying(&votingv1.RegistrationBegun{Roll: &votingv1.Roll{Voters: 1}}), saying(&votingv1.PollOpened{Roll: &votingv1.Roll{Voters: 2}}),
		saying(&votingv1.PollClosed{}), saying(&votingv1.TallyRecorded{Tally: &votingv1.Tally{Ballots: 1}}),
		saying(&votingv1.CertificateIssued{}), saying(&votingv1.OpeningLapsed{}),
	}
	for i, want := range []string{"called", "registering", "open", "closed", "counted", "certified", "lapsed"} {
		c := alone(openRules(1), facts[:i]...)
		if got := c.stage(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if r, s := c.published(); r.GetVoters() != min(uint32(i), 2) || (s == nil) != (i == 0) {
			t.Errorf("%s: a roll of %d", want, r.GetVoters())
		}
	}
	again := alone(openRules(1), append(facts, saying(&votingv1.TallyRecorded{Tally: &votingv1.Tally{Ballots: 2}}))...)
	if again.tally().GetBallots() != 1 || again.terms() != nil || again.withheld() != nil {
		t.Error("a later tally is taken for the first, or there are terms of no ceremony")
	}
}
