package voting_test

import (
	"fmt"
	"testing"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// TestBoxAtTheBound: a box is as long as boxes are, by whichever way it comes, and none is taken after the close.
func TestBoxAtTheBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t).staffed()
	w.admit("ben")
	w.unit("flat of ben", "ben", 100_00)
	w.unit("flat of an officer", officer, 100_00)
	p := w.motion("roof", onPaper(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	sheet := w.issued(p, "ben", "a sheet")
	for size, fits := range map[int]bool{
		ballot.BytesMin - 1: false, ballot.BytesMin: true, ballot.BytesMax: true, ballot.BytesMax + 1: false,
	} {
		box := make([]byte, size)
		cast := code(w.ask(ruling(poll.Cast, &votingv1.CastBallot{Poll: p, Voter: id(officer), Box: box})))
		entered := w.entered(sheet, officer, yes)
		entered.Box = box
		if entry := code(w.ask(ruling(poll.EnterPaper, entered))); (cast == "") != fits || entry != cast {
			t.Errorf("%d bytes: %q and %q", size, cast, entry)
		}
	}
	own := w.issued(p, officer, "another sheet")
	w.fact("voting", decider.On(poll.Path(p), &votingv1.PollClosed{}))
	box := make([]byte, ballot.BytesMin)
	for what, rule := range map[string]decider.Rule{
		"cast":  ruling(poll.Cast, &votingv1.CastBallot{Poll: p, Voter: id(officer), Box: box}),
		"enter": ruling(poll.EnterPaper, w.entered(sheet, officer, yes)),
		"void":  ruling(poll.VoidPaper, &votingv1.VoidPaper{Poll: p, Voter: own.Voter, Paper: paperID(own)}),
		"issue": ruling(poll.IssuePapers, &votingv1.IssuePapers{
			Poll: p, Papers: []*votingv1.PaperSerial{serialOf(w.print(p, "ben", "late"))},
		}),
	} {
		if got := code(w.ask(rule)); got != "ballot.closed" {
			t.Errorf("%s: %q", what, got)
		}
	}
}

// TestWhichPaperCounts: of two sheets the later issued counts, whichever is entered first, and neither replaces what a voter has signed
// before an officer.
func TestWhichPaperCounts(t *testing.T) {
	t.Parallel()
	const cast, superseded = votingv1.Agreement_AGREEMENT_CAST, votingv1.Agreement_AGREEMENT_SUPERSEDED
	for name, tt := range map[string]struct {
		inPerson, laterFirst bool
		want                 [2]votingv1.Agreement // of the first issued and of the later one
		counts               uint32
	}{
		"in their order":           {false, false, [2]votingv1.Agreement{cast, cast}, 2},
		"the later one first":      {false, true, [2]votingv1.Agreement{superseded, cast}, 2},
		"signed before an officer": {true, false, [2]votingv1.Agreement{superseded, superseded}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := papered(t, "ben")
			if tt.inPerson {
				w.must(w.vote(p, "ben", no, officer))
			}
			sheets := []*ballot.Paper{w.issued(p, "ben", "one"), w.issued(p, "ben", "two")}
			order := []int{0, 1}
			if tt.laterFirst {
				order = []int{1, 0}
			}
			for _, n := range order {
				w.twice(sheets[n], yes)
			}
			for n, want := range tt.want {
				if got := w.sheet(sheets[n]).Agreement; got != want {
					t.Errorf("sheet %d: %s, want %s", n+1, got, want)
				}
			}
			if got := decider.Peek[poll.Ballot](w.state, poll.BallotPath(p, id("ben"))).Paper; got != tt.counts {
				t.Errorf("paper %d counts, want %d", got, tt.counts)
			}
		})
	}
}

// TestAsManyAsAtOnce: one command issues as many papers, or records as many deliveries, as it may, and no more.
func TestAsManyAsAtOnce(t *testing.T) {
	t.Parallel()
	w, p := papered(t, "ben")
	papers := &votingv1.IssuePapers{Poll: p}
	for i := range 201 {
		papers.Papers = append(papers.Papers, serialOf(w.print(p, "ben", fmt.Sprint(i))))
	}
	if got := code(w.ask(ruling(poll.IssuePapers, papers))); got != "paper.none" {
		t.Errorf("201 papers: %q", got)
	}
	papers.Papers = papers.Papers[:200]
	if got := code(w.ask(ruling(poll.IssuePapers, papers))); got != "paper.voter_twice" { // for one voter: nothing else is wrong
		t.Errorf("200 papers: %q", got)
	}
	n, q := noticed(t, announced(), "ann")
	brought := &votingv1.RecordDeliveries{Poll: q, Notice: n.poll(q).Notice.Digest}
	for range 201 {
		brought.Rows = append(brought.Rows, n.row("ann", votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER))
	}
	if got := code(n.ask(ruling(poll.RecordDeliveries, brought))); got != "delivery.none" {
		t.Errorf("201 deliveries: %q", got)
	}
	brought.Rows = brought.Rows[:200]
	if got := code(n.ask(ruling(poll.RecordDeliveries, brought))); got != "delivery.voter_twice" {
		t.Errorf("200 deliveries: %q", got)
	}
}

// TestRecountedOnce: ballots are counted again once.
func TestRecountedOnce(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann")
	w.must(w.vote(p, "ann", yes))
	w.count(p)
	w.fact("voting", decider.On(poll.Path(p), &votingv1.BallotsRecounted{Recount: &votingv1.Recount{Objections: 1}}))
	if got := code(w.ask(ruling(poll.Recount, &votingv1.RecountBallots{Poll: p}))); got != "recount.recorded" {
		t.Errorf("%q", got)
	}
	b := called(t, secretRules(communityv1.Secrecy_SECRECY_TOTALS), question, seat{"ann", 1, 100})
	open := ruling(poll.Cast, &votingv1.CastBallot{Poll: b.id, Voter: id(officer), Box: make([]byte, 200)})
	if got := code(b.ask(open)); got != "poll.secret" {
		t.Errorf("an open ballot in a secret poll: %q", got)
	}
}
