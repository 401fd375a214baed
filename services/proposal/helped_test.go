package proposal_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal"
)

// acts are what was done under mandate m, the newest first: what, and what can be done against it.
func (w *world) acts() (lines []string) {
	w.Helper()
	asked, err := json.Marshal(standing.HelpedQuestion{Mandates: []string{id("m")}, Limit: 10})
	if err != nil {
		w.Fatalf("%v", err)
	}
	var acts []standing.ShownAct
	raw, err := proposal.AnswerHelped(w.State, asked)
	if err == nil {
		err = json.Unmarshal(raw, &acts)
	}
	if err != nil {
		w.Fatalf("%v", err)
	}
	for _, a := range acts {
		line := a.Event[strings.LastIndexByte(a.Event, '.')+1:] + " " + a.Against
		if a.Replaced {
			line += "replaced"
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines
}

// TestActsAreShown: topics, seconds, statements and reactions under a mandate are told, with what the principal can do against each as long
// as they can; what the principal did themselves is not.
func TestActsAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mandated("m", "ann", "fay", nil)
	w.mandated("n", "bob", "fay", nil)
	want := func(when string, lines ...string) {
		t.Helper()
		if got := w.acts(); !slices.Equal(got, lines) {
			t.Fatalf("%s: %v, want %v", when, got, lines)
		}
	}
	first := w.Do("topic", "fay", "proposal.post", postFor("ann", "m", "greening"))
	second := w.Do("topic", "fay", "proposal.post", postFor("ann", "m", "greening"))
	want("raised", "TopicPosted proposal.withdraw", "TopicPosted proposal.withdraw")
	if got := w.withdrawFor(first); got != "" {
		t.Fatal(got)
	}
	w.Try("ann", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: second})
	want("one withdrawn by the helper, one by her", "TopicWithdrawn", "TopicPosted replaced", "TopicPosted replaced")

	d, _ := w.convened("greening")
	s := w.Do("statement", "fay", "proposal.submit", &proposalv1.SubmitStatement{
		Deliberation: d, Text: text("light"), Principal: id("ann"), Mandate: id("m"),
	})
	react := &proposalv1.React{
		Deliberation: d, Statement: s, Attitude: proposalv1.Attitude_ATTITUDE_AGREE, Principal: id("ann"), Mandate: id("m"),
	}
	w.Do("reaction", "fay", "proposal.react", react)
	w.Do("second", "fay", "proposal.second", secondFor("ann", "m", w.post("bob", "greening")))
	if got := w.acts()[:3]; !slices.Equal(got, []string{"TopicSeconded", "ReactionGiven proposal.react", "StatementSubmitted"}) {
		t.Fatalf("said: %v", got)
	}
	w.Try("ann", "proposal.react", &proposalv1.React{Deliberation: d, Statement: s, Attitude: proposalv1.Attitude_ATTITUDE_PASS})
	if got := w.acts()[1]; got != "ReactionGiven replaced" {
		t.Fatalf("her own reaction: %v", got)
	}
}

// TestHelperAccepts: nothing is done under a mandate before its helper has taken it on.
func TestHelperAccepts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mandated("m", "ann", "fay", func(m *communityv1.MandateGranted) { m.AwaitsAcceptance = true })
	if got := w.Try("fay", "proposal.post", postFor("ann", "m", "greening")); got != "mandate.unaccepted" {
		t.Errorf("before: %q", got)
	}
	w.Fact("mandate/"+id("m"), &communityv1.MandateAccepted{})
	if got := w.Try("fay", "proposal.post", postFor("ann", "m", "greening")); got != "" {
		t.Errorf("afterwards: %q", got)
	}
	w.Fact("mandate/"+id("m"), &communityv1.MandateDeclined{}) // no rule would: what was said first is not taken back by a later event
	if got := w.Try("fay", "proposal.post", postFor("ann", "m", "greening")); got != "mandate.declined" {
		t.Errorf("declined: %q", got)
	}
}
