package voting_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

// acts asks what was done under mandates, and writes each down: which mandate, what, and what can be done against it.
func (w *world) acts(q standing.HelpedQuestion) (lines []string, acts []standing.ShownAct) {
	w.t.Helper()
	asked, err := json.Marshal(q)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	raw, err := voting.AnswerHelped(w.state, asked)
	if err == nil {
		err = json.Unmarshal(raw, &acts)
	}
	if err != nil {
		w.t.Fatalf("ask: %v", err)
	}
	for _, a := range acts {
		line := a.Event[strings.LastIndexByte(a.Event, '.')+1:] + " " + a.Against
		if a.Replaced {
			line += "replaced"
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	return lines, acts
}

func (w *world) wantActs(when string, q standing.HelpedQuestion, want ...string) []standing.ShownAct {
	w.t.Helper()
	lines, acts := w.acts(q)
	if strings.Join(lines, "; ") != strings.Join(want, "; ") {
		w.t.Fatalf("%s: %v, want %v", when, lines, want)
	}
	return acts
}

// TestActsAreShown: that a helper cast, when and where, and whether that still stands; never what the ballot holds. The voter can vote
// against it until the poll is closed.
func TestActsAreShown(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "bob", "cyn", "sun")
	w.mandate("m", "ann", "sun", nil)
	w.mandate("n", "bob", "sun", nil)
	m := standing.HelpedQuestion{Mandates: []string{id("m")}, Limit: 10}
	w.wantActs("nothing yet", m)
	w.now++
	w.must(w.voteFor(p, "ann", "sun", "m", yes))
	w.must(w.voteFor(p, "bob", "sun", "n", yes))
	w.must(w.vote(p, "cyn", yes)) // nobody's helper
	first := w.wantActs("cast", m, "BallotCast voting.cast")[0]
	if first.At != w.now || first.Path != poll.BallotPath(p, id("ann")) || first.Mandate != id("m") || first.Position == 0 {
		t.Errorf("shown %+v", first)
	}
	raw, err := voting.AnswerHelped(w.state, []byte(`{"mandates":["`+id("m")+`"],"limit":1}`))
	if err != nil || strings.Contains(string(raw), "box") {
		t.Errorf("shown %s: %v", raw, err)
	}
	w.must(w.voteFor(p, "ann", "sun", "m", no))
	w.wantActs("cast again", m, "BallotCast voting.cast", "BallotCast replaced")
	m.Last = true
	w.wantActs("the last on each path", m, "BallotCast voting.cast")
	m.Last = false
	below := standing.HelpedQuestion{Mandates: m.Mandates, Limit: 10, Below: first.Position + 1}
	w.wantActs("further down", below, "BallotCast replaced")
	w.wantActs("one of two", standing.HelpedQuestion{Mandates: m.Mandates, Limit: 1}, "BallotCast voting.cast")
	w.wantActs("no limit is one", standing.HelpedQuestion{Mandates: m.Mandates, Limit: -1}, "BallotCast voting.cast")
	if acts := w.wantActs("of two mandates", standing.HelpedQuestion{Mandates: []string{id("n"), id("m")}, Limit: 2},
		"BallotCast voting.cast", "BallotCast voting.cast"); acts[0].Mandate != id("m") || acts[1].Mandate != id("n") {
		t.Errorf("not the newest first: %+v", acts)
	}
	w.must(w.vote(p, "ann", no))
	w.wantActs("her own", m, "BallotCast replaced", "BallotCast replaced")
	w.count(p)
	w.wantActs("counted", standing.HelpedQuestion{Mandates: []string{id("n")}, Limit: 10}, "BallotCast")
	w.must(w.send("voting.object", &votingv1.RaiseObjection{
		Poll: p, Text: &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: 9, Commitment: fixedKey(4)},
		Principal: id("bob"), Mandate: id("n"),
	}, "sun"))
	w.wantActs("objected", standing.HelpedQuestion{Mandates: []string{id("n")}, Limit: 10}, "ObjectionRaised", "BallotCast")
	if _, err := voting.AnswerHelped(w.state, []byte("{")); err == nil {
		t.Error("half a question is answered")
	}
}

// TestMandateEndsBeforeTheBlock: what was decided while the mandate held and comes to its block when it has run out is not written.
func TestMandateEndsBeforeTheBlock(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "sun")
	w.mandate("m", "ann", "sun", func(m *communityv1.MandateGranted) { m.Until = w.now + 10 })
	w.now, w.lag = w.now+10, 1
	if err := w.voteFor(p, "ann", "sun", "m", yes); !errors.Is(err, errWindow) {
		t.Errorf("at its end: %v", err)
	}
	w.now--
	w.must(w.voteFor(p, "ann", "sun", "m", yes))
	// The clock that decides may be ahead of the one that writes, too: nothing is written before the mandate begins.
	w.mandate("n", "ann", "sun", func(m *communityv1.MandateGranted) { m.From = w.now + 10 })
	w.now, w.lag = w.now+9, -1
	if err := w.voteFor(p, "ann", "sun", "n", yes); !errors.Is(err, errWindow) {
		t.Errorf("before it begins: %v", err)
	}
}

// TestHelperAccepts: no ballot under a mandate that waits for its helper's word, nor under one that was declined. When it was accepted says
// nothing about the voter's right: that is as old as the grant.
func TestHelperAccepts(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "bob", "sun")
	waits := func(m *communityv1.MandateGranted) { m.AwaitsAcceptance = true }
	w.mandate("m", "ann", "sun", waits)
	w.mandate("n", "bob", "sun", waits)
	w.refused("mandate.unaccepted", w.voteFor(p, "ann", "sun", "m", yes))
	w.fact("community", decider.On("mandate/"+id("m"), &communityv1.MandateAccepted{}))
	w.fact("community", decider.On("mandate/"+id("n"), &communityv1.MandateDeclined{}))
	w.must(w.voteFor(p, "ann", "sun", "m", yes))
	w.refused("mandate.declined", w.voteFor(p, "bob", "sun", "n", yes))
	w.refused("mandate.not_yours", w.voteFor(p, "ann", "bob", "m", yes))
	if findings, _ := audited(t, w.commits, w.now); len(findings) != 0 {
		t.Errorf("judged again: %v", findings)
	}
}

// TestNoMandateOutOfAMandate: a helper's helper casts for the helper, and never for whom the helper may cast.
func TestNoMandateOutOfAMandate(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "bob", "cyn")
	w.mandate("m", "ann", "bob", nil) // ann lets bob
	w.mandate("n", "bob", "cyn", nil) // bob lets cyn
	w.refused("mandate.not_yours", w.voteFor(p, "ann", "cyn", "m", yes))
	w.refused("mandate.other_principal", w.voteFor(p, "ann", "cyn", "n", yes))
	w.must(w.voteFor(p, "bob", "cyn", "n", yes))
	w.must(w.voteFor(p, "ann", "bob", "m", yes))
}

// TestProxyShareIsTheHelpers: the greatest share is held by helper, not by mandate, and whoever had voted themselves before never counts
// against it.
func TestProxyShareIsTheHelpers(t *testing.T) {
	t.Parallel()
	rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	rules.Turnout = &communityv1.TurnoutRules{ProxyShareNumerator: 1, ProxyShareDenominator: 3}
	w := newWorld(t)
	w.admit("sun", "o0", "o1", "o2")
	for _, n := range []string{"o0", "o1", "o2"} {
		w.unit("flat of "+n, n, 100_00)
		w.mandate("m "+n, n, "sun", nil)
		w.mandate("n "+n, n, "sun", nil)
	}
	p := w.motion("roof", rules, question)
	w.open(p)
	w.must(w.vote(p, "o2", yes))
	w.refused("ballot.own_stands", w.voteFor(p, "o2", "sun", "m o2", yes)) // and it is not counted
	w.must(w.voteFor(p, "o0", "sun", "m o0", yes))
	w.must(w.voteFor(p, "o0", "sun", "n o0", no)) // by the other mandate of the same voter
	w.refused("ballot.proxy_share", w.voteFor(p, "o1", "sun", "m o1", yes))
	w.refused("ballot.proxy_share", w.voteFor(p, "o1", "sun", "n o1", yes))
}

func (w *world) refused(want string, err error) {
	w.t.Helper()
	if got := code(err); got != want {
		w.t.Fatalf("got %q, want %q", got, want)
	}
}
