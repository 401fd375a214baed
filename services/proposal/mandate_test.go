package proposal_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/topic"
)

// mandated lets a helper do everything that this service knows for a principal; changed as a test wants it.
func (w *world) mandated(name, principal, helper string, change func(m *communityv1.MandateGranted)) {
	w.Helper()
	m := &communityv1.MandateGranted{
		Principal: id(principal), Helper: id(helper), From: w.Now, Until: w.Now + 100_000_000,
		Acts: []communityv1.Act{communityv1.Act_ACT_TOPICS, communityv1.Act_ACT_SECONDS, communityv1.Act_ACT_STATEMENTS},
	}
	if change != nil {
		change(m)
	}
	w.Fact("mandate/"+id(name), m)
}

func secondFor(principal, mandate, topicID string) *proposalv1.SecondTopic {
	return &proposalv1.SecondTopic{Topic: topicID, Principal: id(principal), Mandate: id(mandate)}
}

func postFor(principal, mandate, matter string) *proposalv1.PostTopic {
	return &proposalv1.PostTopic{Matter: matter, Text: text("lamps"), Principal: id(principal), Mandate: id(mandate)}
}

// TestHelperActsForPrincipal: topics, seconds, statements and reactions are the principal's, marked; limits and thresholds count them.
func TestHelperActsForPrincipal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"ann", "bob"} {
		w.mandated("of "+name, name, "fay", nil)
	}
	mine := w.Do("topic", "fay", "proposal.post", postFor("ann", "of ann", "greening"))
	c := w.Log[len(w.Log)-1]
	if c.Actor != id("ann") || c.Through != id("fay") || c.Author != chain.AuthorDevice {
		t.Errorf("%s through %s, %v", c.Actor, c.Through, c.Author)
	}
	if got := decider.Peek[topic.Topic](w.State, topic.Path(mine)); got.Author != id("ann") || !got.Helped {
		t.Errorf("posted %+v", got)
	}
	// The limit is the principal's, however many hands post.
	w.Do("topic", "ann", "proposal.post", &proposalv1.PostTopic{Matter: "greening", Text: text("lamps")})
	if got := w.Try("fay", "proposal.post", postFor("ann", "of ann", "greening")); got != "topic.limit" {
		t.Errorf("a third topic: %q", got)
	}
	// One second each, whoever gives it; and one's own topic stays one's own.
	w.Do("second", "fay", "proposal.second", secondFor("bob", "of bob", mine))
	for want, try := range map[string]string{
		"second.given": w.Try("bob", "proposal.second", &proposalv1.SecondTopic{Topic: mine}),
		"second.own":   w.Try("fay", "proposal.second", secondFor("ann", "of ann", mine)),
	} {
		if try != want {
			t.Errorf("got %q, want %q", try, want)
		}
	}
	// Two are two: the third, the helper's own word, reaches the threshold.
	if done := w.Settle(); len(done) != 0 {
		t.Fatalf("two supporters, and %v", done)
	}
	w.second("fay", mine)
	if done := w.Settle(); len(done) != 1 || done[0] != "proposal.convene" {
		t.Fatalf("three supporters, and %v", done)
	}
	d := decider.Peek[topic.Topic](w.State, topic.Path(mine)).Deliberation
	s := w.Do("statement", "fay", "proposal.submit", &proposalv1.SubmitStatement{
		Deliberation: d, Text: text("light"), Principal: id("ann"), Mandate: id("of ann"),
	})
	if got := decider.Peek[deliberation.Statement](w.State, deliberation.StatementPath(d, s)); got.Author != id("ann") || !got.Helped {
		t.Errorf("said %+v", got)
	}
	w.Do("reaction", "fay", "proposal.react", &proposalv1.React{
		Deliberation: d, Statement: s, Attitude: proposalv1.Attitude_ATTITUDE_AGREE, Principal: id("bob"), Mandate: id("of bob"),
	})
	if got := decider.Peek[deliberation.Reaction](w.State, deliberation.ReactionPath(d, s, id("bob"))); got == nil || !got.Helped {
		t.Errorf("reacted %+v", got)
	}
}

func TestHelperRefused(t *testing.T) {
	t.Parallel()
	greening := func(m *communityv1.MandateGranted) { m.Matter = "greening" }
	posts := func(matter string) func(w *world) string {
		return func(w *world) string { return w.Try("fay", "proposal.post", postFor("ann", "m", matter)) }
	}
	seconds := func(who, principal, author, matter string) func(w *world) string {
		return func(w *world) string {
			return w.Try(who, "proposal.second", secondFor(principal, "m", w.post(author, matter)))
		}
	}
	for name, c := range map[string]struct {
		change func(m *communityv1.MandateGranted)
		when   func(w *world) string
		want   string
	}{
		"posts in the matter":   {greening, posts("greening"), ""},
		"posts in another":      {greening, posts("works"), "mandate.scope"},
		"seconds in the matter": {greening, seconds("fay", "ann", "bob", "greening"), ""},
		"seconds in another":    {greening, seconds("fay", "ann", "bob", "works"), "mandate.scope"},
		"seconds nothing": {greening, func(w *world) string {
			return w.Try("fay", "proposal.second", secondFor("ann", "m", id("x")))
		}, "mandate.scope"},
		"seconds without the act": {func(m *communityv1.MandateGranted) { m.Acts = m.Acts[:1] },
			seconds("fay", "ann", "bob", "greening"), "mandate.act"},
		"seconds their own topic": {nil, seconds("fay", "ann", "fay", "greening"),
			"second.helpers_own"},
		"without naming it": {nil, func(w *world) string {
			return w.Try("fay", "proposal.second", &proposalv1.SecondTopic{Topic: w.post("bob", "greening"), Principal: id("ann")})
		}, "mandate.missing"},
		"for another": {nil, seconds("fay", "cat", "bob", "greening"),
			"mandate.other_principal"},
		"by another": {nil, seconds("dan", "ann", "bob", "greening"),
			"mandate.not_yours"},
		"withdraws the principal's own": {nil, func(w *world) string { return w.withdrawFor(w.post("ann", "greening")) }, "topic.own_stands"},
		"withdraws another's":           {nil, func(w *world) string { return w.withdrawFor(w.post("bob", "greening")) }, "topic.not_yours"},
		"withdraws a helper's": {nil, func(w *world) string {
			return w.withdrawFor(w.Do("topic", "fay", "proposal.post", postFor("ann", "m", "greening")))
		}, ""},
		"reacts over the member's own": {nil, func(w *world) string { return w.reactions("ann", "fay") }, "reaction.own_stands"},
		"says the same again":          {nil, func(w *world) string { return w.reactions("fay", "fay") }, "command.nothing"},
		"the member over the helper's": {nil, func(w *world) string { return w.reactions("fay", "ann") }, ""},
		"states in another matter": {func(m *communityv1.MandateGranted) { m.Matter = "works" }, func(w *world) string {
			d, _ := w.convened("greening")
			return w.Try("fay", "proposal.submit", &proposalv1.SubmitStatement{
				Deliberation: d, Text: text("light"), Principal: id("ann"), Mandate: id("m"),
			})
		}, "mandate.scope"},
		"after it was revoked": {nil, func(w *world) string {
			w.Fact("mandate/"+id("m"), &communityv1.MandateRevoked{})
			return w.Try("fay", "proposal.post", postFor("ann", "m", "greening"))
		}, "mandate.revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.mandated("m", "ann", "fay", c.change)
			if got := c.when(w); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func (w *world) withdrawFor(topicID string) string {
	w.Helper()
	return w.Try("fay", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: topicID, Principal: id("ann"), Mandate: id("m")})
}

// reactions has ann react twice with the same word, each time by her own hand or by fay's, and answers what came of the second.
func (w *world) reactions(hands ...string) (last string) {
	w.Helper()
	d, _ := w.convened("greening")
	s := w.Do("statement", "bob", "proposal.submit", &proposalv1.SubmitStatement{Deliberation: d, Text: text("light")})
	for _, hand := range hands {
		body := &proposalv1.React{Deliberation: d, Statement: s, Attitude: proposalv1.Attitude_ATTITUDE_AGREE}
		if hand != "ann" {
			body.Principal, body.Mandate = id("ann"), id("m")
		}
		last = w.Try(hand, "proposal.react", body)
	}
	return last
}

// TestNoOfficeThroughMandate: what takes an office has no field for a principal, so nobody can use another's.
func TestNoOfficeThroughMandate(t *testing.T) {
	t.Parallel()
	for _, body := range []proto.Message{&proposalv1.CloseDeliberation{}, &proposalv1.VetoMotion{}, &proposalv1.ReportExecution{}} {
		if body.ProtoReflect().Descriptor().Fields().ByName("mandate") != nil {
			t.Errorf("%T can be sent under a mandate", body)
		}
	}
}

// TestRivalHelper: a member and their helper second at two instances at once, and both instances at once for the helper: one second is
// written, whoever comes first.
func TestRivalHelper(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mandated("m", "ann", "fay", nil)
	r := rivalsIn(t, w)
	r.submit(0, "bob", "proposal.post", postIn("greening"))
	r.run()
	raised := r.inst[0].State().Members("topic")[0]
	answers := []*string{
		r.submit(0, "fay", "proposal.second", secondFor("ann", "m", raised)),
		r.submit(1, "ann", "proposal.second", &proposalv1.SecondTopic{Topic: raised}),
		r.submit(1, "fay", "proposal.second", secondFor("ann", "m", raised)),
	}
	r.run()
	written := 0
	for _, a := range answers {
		switch *a {
		case "":
			written++
		case "second.given":
		default:
			t.Errorf("answered %q", *a)
		}
	}
	if seconds := r.inst[1].State().Members(topic.Path(raised) + "/second"); written != 1 || len(seconds) != 1 || seconds[0] != id("ann") {
		t.Errorf("%d written, seconds of %v", written, seconds)
	}
	if findings, _ := (newWorld(t)).Audited(r.log, 0); len(findings) > 0 {
		t.Errorf("findings: %+v", findings)
	}
}

// TestMandateRevokedBetween: a mandate is revoked after the act was decided and before it was written. The sequencer refuses it as stale,
// and decided again it is refused for good; so is one of a principal who has left in between.
func TestMandateRevokedBetween(t *testing.T) {
	t.Parallel()
	for want, ends := range map[string]func(w *world){
		"mandate.revoked":        func(w *world) { w.Fact("mandate/"+id("m"), &communityv1.MandateRevoked{}) },
		"mandate.principal_gone": func(w *world) { w.revoke("ann") },
		"member.not_active":      func(w *world) { w.revoke("fay") },
		"":                       func(w *world) { w.Fact("mandate/"+id("other"), &communityv1.MandateRevoked{}) },
	} {
		w := newWorld(t)
		w.mandated("m", "ann", "fay", nil)
		w.mandated("other", "cat", "fay", nil)
		r := rivalsIn(t, w)
		r.submit(0, "bob", "proposal.post", postIn("greening"))
		r.run()
		raised := r.inst[0].State().Members("topic")[0]
		answer := r.submit(0, "fay", "proposal.second", secondFor("ann", "m", raised))
		r.inst[0].Tick(r.now)
		asked := r.inst[0].Outbox()
		if len(asked) != 1 {
			t.Fatalf("%d requests", len(asked))
		}
		ends(w)
		r.sequence("other", &chain.Request{Ask: chain.AskAppend, Commits: [][]byte{w.Encode(w.Log[len(w.Log)-1])}})
		r.inst[0].Replied(r.now, asked[0].Handle, r.sequence("proposal", asked[0].Request))
		if want != "" && *answer == "" {
			t.Errorf("%s: written all the same", want)
		}
		r.run()
		if *answer != want {
			t.Errorf("got %q, want %q", *answer, want)
		}
		if findings, _ := (newWorld(t)).Audited(r.log, 0); len(findings) > 0 {
			t.Errorf("findings: %+v", findings)
		}
	}
}
