package proposal_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/motion"
	"renlin.dev/services/proposal/internal/words"
)

const agree = proposalv1.Attitude_ATTITUDE_AGREE

func statementIn(d string) *proposalv1.SubmitStatement {
	return &proposalv1.SubmitStatement{Deliberation: d, Text: text("more light")}
}

// said convenes greening and has ann say something.
func said(w *world) (deliberationID, statementID string) {
	d, _ := w.convened("greening")
	return d, w.Do("statement", "ann", "proposal.submit", statementIn(d))
}

func TestSubmitStatement(t *testing.T) {
	t.Parallel()
	const submit = "proposal.submit"
	done := []string{"statement: StatementSubmitted"}
	at := func(millis int64) func(*world) proto.Message {
		return func(w *world) proto.Message {
			d, _ := w.convened("greening")
			w.Now += millis
			return statementIn(d)
		}
	}
	play(t, []scenario{
		{"at once", at(0), "ann", submit, done, ""},
		{"by a member who did not support it", at(0), "fay", submit, done, ""},
		{"in the last millisecond", at(3_600_000 - 1), "ann", submit, done, ""},
		{"at the end", at(3_600_000), "ann", submit, nil, "deliberation.over"},
		{"after it was closed", func(w *world) proto.Message {
			m := w.put("greening")
			return statementIn(decider.Peek[motion.Motion](w.State, motion.Path(m)).Deliberation)
		}, "ann", submit, nil, "deliberation.closed"},
		{"after its end closed it", func(w *world) proto.Message {
			d, _ := w.convened("greening")
			w.Now += 3_600_000
			w.Settle()
			return statementIn(d)
		}, "ann", submit, nil, "deliberation.closed"},
		{"without words", func(w *world) proto.Message {
			d, _ := w.convened("greening")
			return &proposalv1.SubmitStatement{Deliberation: d}
		}, "ann", submit, nil, wordless},
		{"nowhere", func(*world) proto.Message { return statementIn(id("nothing")) }, "ann", submit, nil, "deliberation.unknown"},
		{"without a deliberation", func(*world) proto.Message { return statementIn("") }, "ann", submit, nil, "deliberation.unknown"},
	})
}

func TestReact(t *testing.T) {
	t.Parallel()
	const react = "proposal.react"
	done := []string{"reaction: ReactionGiven"}
	with := func(a proposalv1.Attitude) func(*world) proto.Message {
		return func(w *world) proto.Message {
			d, s := said(w)
			return &proposalv1.React{Deliberation: d, Statement: s, Attitude: a}
		}
	}
	after := func(given func(w *world, body *proposalv1.React)) func(*world) proto.Message {
		return func(w *world) proto.Message {
			d, s := said(w)
			body := &proposalv1.React{Deliberation: d, Statement: s, Attitude: agree}
			given(w, body)
			return body
		}
	}
	play(t, []scenario{
		{"agree", with(agree), "bob", react, done, ""},
		{"disagree", with(proposalv1.Attitude_ATTITUDE_DISAGREE), "bob", react, done, ""},
		{"pass", with(proposalv1.Attitude_ATTITUDE_PASS), "bob", react, done, ""},
		{"to one's own statement", with(agree), "ann", react, done, ""},
		{"nothing said", with(proposalv1.Attitude_ATTITUDE_UNSPECIFIED), "bob", react, nil, "reaction.empty"},
		{"an attitude that does not exist", with(9), "bob", react, nil, "reaction.empty"},
		{"something else replaces it", after(func(w *world, body *proposalv1.React) {
			w.Do("reaction", "bob", react, &proposalv1.React{
				Deliberation: body.Deliberation, Statement: body.Statement, Attitude: proposalv1.Attitude_ATTITUDE_PASS,
			})
		}), "bob", react, done, ""},
		{"the same again", after(func(w *world, body *proposalv1.React) { w.Do("reaction", "bob", react, body) }), "bob", react, nil,
			"command.nothing"},
		{"in the last millisecond", after(func(w *world, _ *proposalv1.React) { w.Now += 3_600_000 - 1 }), "bob", react, done, ""},
		{"at the end", after(func(w *world, _ *proposalv1.React) { w.Now += 3_600_000 }), "bob", react, nil, "deliberation.over"},
		{"after it was closed", after(func(w *world, body *proposalv1.React) {
			w.Do("motion", "conn", "proposal.close", closing(body.Deliberation, "greening"))
		}), "bob", react, nil, "deliberation.closed"},
		{"to nothing", after(func(_ *world, body *proposalv1.React) { body.Statement = id("nothing") }), "bob", react, nil, "statement.unknown"},
		{"without a statement", after(func(_ *world, body *proposalv1.React) { body.Statement = "" }), "bob", react, nil, "statement.unknown"},
		{"to a statement of another deliberation", after(func(w *world, body *proposalv1.React) {
			body.Deliberation, _ = w.convened("naming")
		}), "bob", react, nil, "statement.unknown"},
		{"nowhere", after(func(_ *world, body *proposalv1.React) { body.Deliberation = id("nothing") }), "bob", react, nil,
			"deliberation.unknown"},
	})
}

// TestReactionReplaces: the state holds one's last reaction, once.
func TestReactionReplaces(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, s := said(w)
	for _, a := range []proposalv1.Attitude{agree, proposalv1.Attitude_ATTITUDE_PASS, proposalv1.Attitude_ATTITUDE_DISAGREE} {
		w.Now++
		w.Do("reaction", "bob", "proposal.react", &proposalv1.React{Deliberation: d, Statement: s, Attitude: a})
	}
	if got := w.State.Members(deliberation.StatementPath(d, s) + "/reaction"); !cmp.Equal(got, []string{id("bob")}) {
		t.Errorf("reactions by %v, want one, by bob", got)
	}
	want := &deliberation.Reaction{Member: id("bob"), Attitude: "disagree", GivenAt: w.Now}
	if diff := cmp.Diff(want, decider.Peek[deliberation.Reaction](w.State, deliberation.ReactionPath(d, s, id("bob")))); diff != "" {
		t.Errorf("reaction (-want +got):\n%s", diff)
	}
	statement := &deliberation.Statement{Author: id("ann"), Text: words.Of(text("more light")), SubmittedAt: start}
	if diff := cmp.Diff(statement, decider.Peek[deliberation.Statement](w.State, deliberation.StatementPath(d, s))); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
}

func closing(d, matter string) *proposalv1.CloseDeliberation {
	return &proposalv1.CloseDeliberation{Deliberation: d, Minutes: "We met.", Motion: question(matter)}
}

// closeWith convenes the matter and closes it with what change makes of a motion that fits.
func closeWith(matter string, change func(body *proposalv1.CloseDeliberation)) func(*world) proto.Message {
	return func(w *world) proto.Message {
		d, _ := w.convened(matter)
		body := closing(d, matter)
		change(body)
		return body
	}
}

func asItIs(*proposalv1.CloseDeliberation) {}

func TestCloseDeliberation(t *testing.T) {
	t.Parallel()
	const shut = "proposal.close"
	done := []string{"deliberation: DeliberationClosed", "motion: MotionPut"}
	play(t, []scenario{
		{"yes or no", closeWith("greening", asItIs), "conn", shut, done, ""},
		{"single choice", closeWith("naming", asItIs), "conn", shut, done, ""},
		{"approval", closeWith("committee", asItIs), "conn", shut, done, ""},
		{"budget", closeWith("works", asItIs), "conn", shut, done, ""},
		{"budget without skipping", closeWith("parking", asItIs), "conn", shut, done, ""},
		{"no minutes", closeWith("greening", func(b *proposalv1.CloseDeliberation) { b.Minutes = " \n" }), "conn", shut, nil, "minutes.missing"},
		{"minutes too long", closeWith("greening", func(b *proposalv1.CloseDeliberation) {
			b.Minutes = strings.Repeat("x", 20_001)
		}), "conn", shut, nil, "field.invalid"},
		{"in the last millisecond", func(w *world) proto.Message {
			d, _ := w.convened("greening")
			w.Now += 3_600_000 - 1
			return closing(d, "greening")
		}, "conn", shut, done, ""},
		{"at the end", func(w *world) proto.Message {
			d, _ := w.convened("greening")
			w.Now += 3_600_000
			return closing(d, "greening")
		}, "conn", shut, nil, "deliberation.over"},
		{"twice", func(w *world) proto.Message {
			d, _ := w.convened("greening")
			w.Do("motion", "conn", shut, closing(d, "greening"))
			return closing(d, "greening")
		}, "conn", shut, nil, "deliberation.closed"},
		{"nowhere", func(*world) proto.Message { return closing(id("nothing"), "greening") }, "conn", shut, nil, "deliberation.unknown"},
		{"a matter that the rulebook has dropped", func(w *world) proto.Message {
			d, _ := w.convened("greening")
			w.Adopt(without(rulebook(), "greening"))
			return closing(d, "greening")
		}, "conn", shut, nil, "motion.no_rules"},
		{"a matter whose polls have no method", func(w *world) proto.Message {
			d, _ := w.convened("greening")
			book := rulebook()
			matterOf(book, "greening").Poll = &communityv1.PollRules{}
			w.Adopt(book)
			return closing(d, "greening")
		}, "conn", shut, nil, "motion.no_rules"},
	})
}

// TestMotionFitsMethod: what may be put to the vote, matter by matter.
func TestMotionFitsMethod(t *testing.T) {
	t.Parallel()
	done := []string{"deliberation: DeliberationClosed", "motion: MotionPut"}
	two := func() []*proposalv1.Option { return question("naming").Options }
	var scenarios []scenario
	for _, c := range []struct {
		name, matter string
		change       func(m *proposalv1.Motion)
		refused      string
	}{
		{"no title", "greening", func(m *proposalv1.Motion) { m.Title = " " }, "motion.untitled"},
		{"no text", "greening", func(m *proposalv1.Motion) { m.Text = "" }, "motion.untitled"},
		{"yes or no with options", "greening", func(m *proposalv1.Motion) { m.Options = two() }, "motion.yes_no"},
		{"yes or no with a budget", "greening", func(m *proposalv1.Motion) { m.BudgetFen = 1 }, "motion.yes_no"},
		{"one choice", "naming", func(m *proposalv1.Motion) { m.Options = m.Options[:1] }, "motion.options_few"},
		{"no choice", "committee", func(m *proposalv1.Motion) { m.Options = nil }, "motion.options_few"},
		{"one project for a budget", "works", func(m *proposalv1.Motion) { m.Options = m.Options[:1] }, ""},
		{"no project for a budget", "works", func(m *proposalv1.Motion) { m.Options = nil }, "motion.options_few"},
		{"an option without a code", "naming", func(m *proposalv1.Motion) { m.Options[0].Code = "" }, "option.untitled"},
		{"an option without a title", "naming", func(m *proposalv1.Motion) { m.Options[1].Title = "\t" }, "option.untitled"},
		{"two options of one code", "naming", func(m *proposalv1.Motion) { m.Options[1].Code = "A-1" }, "option.doubled"},
		{"a choice with a budget", "naming", func(m *proposalv1.Motion) { m.BudgetFen = 5 }, "motion.budget"},
		{"a choice with a negative budget", "naming", func(m *proposalv1.Motion) { m.BudgetFen = -5 }, "motion.budget"},
		{"a choice that costs", "naming", func(m *proposalv1.Motion) { m.Options[0].CostFen = 5 }, "option.cost"},
		{"a choice of negative cost", "naming", func(m *proposalv1.Motion) { m.Options[0].CostFen = -5 }, "option.cost"},
		{"no budget", "works", func(m *proposalv1.Motion) { m.BudgetFen = 0 }, "motion.budget"},
		{"a negative budget", "works", func(m *proposalv1.Motion) { m.BudgetFen = -1 }, "motion.budget"},
		{"a project without cost", "works", func(m *proposalv1.Motion) { m.Options[0].CostFen = 0 }, "option.cost"},
		{"a project of negative cost", "parking", func(m *proposalv1.Motion) { m.Options[0].CostFen = -1 }, "option.cost"},
		{"a project dearer than the budget", "works", func(m *proposalv1.Motion) { m.Options[0].CostFen = 20_000 }, ""},
		{"costs as high as they go", "works", func(m *proposalv1.Motion) {
			m.Options[0].CostFen, m.Options[1].CostFen = math.MaxInt64-1, 1
		}, ""},
		{"costs that overflow", "works", func(m *proposalv1.Motion) {
			m.Options[0].CostFen, m.Options[1].CostFen = math.MaxInt64-1, 2
		}, "option.cost"},
		{"as many options as allowed", "naming", func(m *proposalv1.Motion) { m.Options = many(motion.OptionsMax) }, ""},
		{"one option more", "naming", func(m *proposalv1.Motion) { m.Options = many(motion.OptionsMax + 1) }, "motion.options_many"},
		{"a motion that is too long", "naming", func(m *proposalv1.Motion) {
			m.Options = many(100)
			for _, o := range m.Options {
				o.Title = strings.Repeat("x", 1000)
			}
		}, "motion.too_large"},
	} {
		given := closeWith(c.matter, func(b *proposalv1.CloseDeliberation) { c.change(b.Motion) })
		s := scenario{c.name, given, "conn", "proposal.close", nil, c.refused}
		if c.refused == "" {
			s.then = done
		}
		scenarios = append(scenarios, s)
	}
	play(t, append(scenarios, scenario{"fewer options than a ballot must name", func(w *world) proto.Message {
		book := rulebook()
		matterOf(book, "committee").Poll.Ballot = &communityv1.BallotRules{OptionsMin: 3}
		w.Adopt(book)
		d, _ := w.convened("committee")
		return closing(d, "committee")
	}, "conn", "proposal.close", nil, "motion.options_few"}, scenario{"no motion at all", func(w *world) proto.Message {
		d, _ := w.convened("greening")
		return &proposalv1.CloseDeliberation{Deliberation: d, Minutes: "We met."}
	}, "conn", "proposal.close", nil, "motion.untitled"}))
}

func many(n int) []*proposalv1.Option {
	var options []*proposalv1.Option
	for i := range n {
		options = append(options, &proposalv1.Option{Code: id(string(rune(i)))[:12], Title: "Name"})
	}
	return options
}

// TestCloseStates: minutes, motion, who and when, and the rules of that moment.
func TestCloseStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, raised := w.convened("works")
	w.Now += 60_000
	book := rulebook()
	matterOf(book, "works").Poll.VotingSeconds = 77
	w.Adopt(book)
	m := w.Do("motion", "conn", "proposal.close", closing(d, "works"))
	w.Adopt(rulebook()) // a later rulebook changes nothing
	got := decider.Peek[deliberation.Deliberation](w.State, deliberation.Path(d))
	if got.State != deliberation.Closed || got.ClosedBy != id("conn") || got.ClosedAt != w.Now || got.Minutes != "We met." ||
		got.Motion != m || got.Overdue {
		t.Errorf("closed deliberation: %+v", got)
	}
	want := &motion.Motion{
		Matter: "works", Deliberation: d, Topics: []string{raised}, Question: question("works"),
		Rules: matterOf(book, "works").Poll, State: motion.Put, PutBy: id("conn"), PutAt: w.Now,
	}
	if diff := cmp.Diff(want, decider.Peek[motion.Motion](w.State, motion.Path(m)), protocmp.Transform()); diff != "" {
		t.Errorf("motion (-want +got):\n%s", diff)
	}
	// The timer comes due all the same and finds nothing to do.
	w.Now = start + 3_600_000
	if diff := cmp.Diff([]string{"lapsed deliberation.closed"}, w.Settle()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
}

// TestCloseOverdue: when nobody closes, the topics themselves are put to a vote of yes or no under the matter's rules.
func TestCloseOverdue(t *testing.T) {
	t.Parallel()
	majority := &communityv1.Requirement{
		Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
		Numerator: 1, Denominator: 2, Strict: true,
	}
	quorum := &communityv1.Requirement{
		Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL,
		Numerator: 1, Denominator: 3, Quorum: true,
	}
	special := &communityv1.Requirement{
		Measure: communityv1.Measure_MEASURE_AREA, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
		Numerator: 3, Denominator: 4,
	}
	for _, c := range []struct {
		name, matter string
		given, want  []*communityv1.Requirement
	}{
		{"yes or no keeps its rules", "greening", []*communityv1.Requirement{quorum, special}, []*communityv1.Requirement{quorum, special}},
		{"or gets a majority", "greening", []*communityv1.Requirement{quorum}, []*communityv1.Requirement{quorum, majority}},
		{"a budget gets one", "works", []*communityv1.Requirement{quorum}, []*communityv1.Requirement{quorum, majority}},
		{"a choice keeps its own", "naming", []*communityv1.Requirement{special}, []*communityv1.Requirement{special}},
		{"or gets one, too", "committee", nil, []*communityv1.Requirement{majority}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			book := rulebook()
			matterOf(book, c.matter).Poll.Requirements = c.given
			matterOf(book, c.matter).Poll.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
			w.Adopt(book)
			d, raised := w.convened(c.matter)
			w.Now += 3_600_000 - 1
			if done := w.Settle(); len(done) > 0 {
				t.Fatalf("done before the end: %v", done)
			}
			w.Now++
			if diff := cmp.Diff([]string{"proposal.overdue"}, w.Settle()); diff != "" {
				t.Fatalf("done at the end (-want +got):\n%s", diff)
			}
			got := decider.Peek[deliberation.Deliberation](w.State, deliberation.Path(d))
			if got.State != deliberation.Closed || !got.Overdue || got.ClosedBy != "" || got.Minutes != "" || got.ClosedAt != w.Now {
				t.Errorf("deliberation: %+v", got)
			}
			m := decider.Peek[motion.Motion](w.State, motion.Path(got.Motion))
			rules := proto.CloneOf(matterOf(book, c.matter).Poll)
			rules.Method, rules.Requirements = communityv1.Method_METHOD_YES_NO, c.want
			if c.matter != "greening" {
				rules.Ballot = nil
			}
			if diff := cmp.Diff(rules, m.Rules, protocmp.Transform()); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			if err := motion.Check(m.Question, m.Rules); err != nil {
				t.Errorf("what the rule puts is refused from a convener: %v", err)
			}
			if m.State != motion.Put || m.PutBy != "" || !cmp.Equal(m.Topics, []string{raised}) {
				t.Errorf("motion: %+v", m)
			}
		})
	}
}

// TestCloseOverdueWithoutRules: a deliberation never stays open for ever.
func TestCloseOverdueWithoutRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, _ := w.convened("greening")
	w.Adopt(without(rulebook(), "greening"))
	w.Now += 4_000_000
	if diff := cmp.Diff([]string{"proposal.overdue"}, w.Settle()); diff != "" {
		t.Fatalf("done (-want +got):\n%s", diff)
	}
	got := decider.Peek[deliberation.Deliberation](w.State, deliberation.Path(d))
	if got.State != deliberation.Closed || !got.Overdue || got.Motion != "" {
		t.Errorf("deliberation: %+v", got)
	}
}

// TestDeliberationWindow: what is decided in time is not written late: the commit carries its window to the sequencer.
func TestDeliberationWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, s := said(w)
	end := start + 3_600_000
	for operation, body := range map[string]proto.Message{
		"proposal.submit": statementIn(d),
		"proposal.react":  &proposalv1.React{Deliberation: d, Statement: s, Attitude: agree},
		"proposal.close":  closing(d, "greening"),
	} {
		v := w.State.Judge(w.Input("conn", operation, body))
		if v.Err != nil || v.Commit.WindowFrom != 0 || v.Commit.WindowUntil != end {
			t.Errorf("%s: %v, window %+v", operation, v.Err, v.Commit)
		}
	}
}
