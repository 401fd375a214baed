package voting_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// turnout is yesNo with rules around the close: a third of the heads must take part.
func turnout(t *communityv1.TurnoutRules) *communityv1.PollRules {
	rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	rules.Turnout = t
	return rules
}

// six is a world with an open poll of six owners.
func six(t *testing.T, rules *communityv1.PollRules) (*world, string) {
	t.Helper()
	w := newWorld(t)
	for i := range 6 {
		n := fmt.Sprint("o", i)
		w.admit(n)
		w.unit("flat of "+n, n, 100_00)
	}
	p := w.motion("roof", rules, question)
	w.open(p)
	return w, p
}

const (
	lateQuorum = votingv1.Extension_EXTENSION_LATE_QUORUM
	noVotes    = votingv1.Extension_EXTENSION_NO_QUORUM
)

// moves lists the extensions on the record.
func (w *world) moves() []*votingv1.PollExtended {
	w.t.Helper()
	var out []*votingv1.PollExtended
	for _, c := range w.commits {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				m, err := decider.DecodeEvent(e)
				if err != nil {
					w.t.Fatalf("decode event: %v", err)
				}
				if b, ok := m.(*votingv1.PollExtended); ok {
					out = append(out, b)
				}
			}
		}
	}
	return out
}

// A quorum that is first reached shortly before the close moves it, at once and only once.
func TestLateQuorum(t *testing.T) {
	t.Parallel()
	rules := turnout(&communityv1.TurnoutRules{LateQuorumWithinSeconds: 10, LateQuorumExtensionSeconds: 30})
	for name, c := range map[string]struct {
		first, second int64 // seconds after the opening at which two of six vote
		want          int64 // how many seconds after the opening the poll closes
	}{
		"early":                    {1, 2, 60},
		"just not late":            {1, 49, 60},
		"just late":                {1, 50, 90},
		"at the last moment":       {58, 59, 90},
		"one vote makes no quorum": {59, 61, 60},
	} {
		w, p := six(t, rules)
		opened, at := w.now, int64(0)
		for i, s := range []int64{c.first, c.second} {
			w.wait((s - at) * 1000)
			at = s
			if err := w.vote(p, fmt.Sprint("o", i), yes); err != nil && !errors.Is(err, poll.ErrBallotClosed) {
				t.Fatalf("%s: %v", name, err)
			}
			w.settle()
		}
		if got := (w.poll(p).ClosesAt - opened) / 1000; got != c.want {
			t.Errorf("%s: closes after %d s, want %d", name, got, c.want)
		}
		if c.want > 60 { // nothing moves it again, and who votes meanwhile is counted
			w.wait(61_000 - (w.now - opened))
			w.must(w.vote(p, "o5", yes))
			w.wait(28_000)
			w.must(w.vote(p, "o4", yes))
			w.settle()
		}
		w.wait(max(0, opened+c.want*1000-1-w.now))
		if w.poll(p).Closed != (c.want == 60 && c.second > 60) {
			t.Errorf("%s: closed before its time", name)
		}
		w.wait(1)
		if !w.poll(p).Closed || w.poll(p).ClosedAt < opened+c.want*1000 {
			t.Errorf("%s: not closed at its time", name)
		}
		if got := w.count(p); c.want > 60 && got.GetBallots() != 4 {
			t.Errorf("%s: %d ballots", name, got.GetBallots())
		}
	}
}

// Without a quorum the poll is extended as often as the rules say, and then closes.
func TestExtensionRounds(t *testing.T) {
	t.Parallel()
	rules := turnout(&communityv1.TurnoutRules{ExtensionRoundsMax: 2, ExtensionSeconds: 20})
	w, p := six(t, rules)
	w.must(w.vote(p, "o0", yes))
	w.wait(60_000)
	if got := w.poll(p); got.Closed || got.Rounds != 1 || got.ClosesAt != w.now+20_000 {
		t.Fatalf("after the first round: %+v", got)
	}
	w.wait(20_000)
	if got := w.poll(p); got.Closed || got.Rounds != 2 {
		t.Fatalf("after the second round: %+v", got)
	}
	w.wait(20_000)
	if !w.poll(p).Closed {
		t.Fatal("not closed after the last round")
	}
	if err := w.vote(p, "o1", yes); !errors.Is(err, poll.ErrBallotClosed) {
		t.Errorf("a ballot after the close: %v", err)
	}
	if got := w.count(p).GetResult(); got != noQuorum {
		t.Errorf("result %v", got)
	}
	w.wait(20_000)
	if cert := w.certificate(p); cert.GetExtensions() != 2 || cert.GetAdopted() {
		t.Errorf("certificate %v", cert)
	}
	for _, m := range w.moves() {
		if m.GetReason() != noVotes {
			t.Errorf("moved for %v", m.GetReason())
		}
	}
}

// A quorum at the close ends the rounds; one that came late in a round moves the close once more.
func TestExtensionEndsWithQuorum(t *testing.T) {
	t.Parallel()
	rules := turnout(&communityv1.TurnoutRules{
		ExtensionRoundsMax: 5, ExtensionSeconds: 20, LateQuorumWithinSeconds: 5, LateQuorumExtensionSeconds: 7,
	})
	w, p := six(t, rules)
	w.wait(60_000)
	w.must(w.vote(p, "o0", yes))
	w.wait(19_000)
	w.must(w.vote(p, "o1", yes))
	w.settle()
	w.wait(1_000)
	if w.poll(p).Closed {
		t.Fatal("closed at the close that was moved")
	}
	w.wait(7_000)
	var reasons []votingv1.Extension
	for _, m := range w.moves() {
		reasons = append(reasons, m.GetReason())
	}
	if !w.poll(p).Closed || len(reasons) != 2 || reasons[0] != noVotes || reasons[1] != lateQuorum {
		t.Fatalf("closed %v, moved for %v", w.poll(p).Closed, reasons)
	}
	if got := w.count(p).GetResult(); got != passed {
		t.Errorf("result %v", got)
	}
}

// A poll that is complete closes, whatever the rules of its close.
func TestCompleteClosesAtOnce(t *testing.T) {
	t.Parallel()
	rules := turnout(&communityv1.TurnoutRules{LateQuorumWithinSeconds: 59, LateQuorumExtensionSeconds: 30})
	rules.CloseWhenComplete = true
	w, p := six(t, rules)
	for i := range 6 {
		w.must(w.vote(p, fmt.Sprint("o", i), yes))
		w.settle()
	}
	if !w.poll(p).Closed {
		t.Fatal("not closed")
	}
	w.wait(200_000) // the timers that are left find nothing to do
}

// certificate gives a poll's certificate.
func (w *world) certificate(p string) *votingv1.CertificateIssued {
	w.t.Helper()
	for _, c := range w.commits {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				m, err := decider.DecodeEvent(e)
				if err != nil {
					w.t.Fatalf("decode event: %v", err)
				}
				if b, ok := m.(*votingv1.CertificateIssued); ok && ch.Aggregate == poll.Path(p) {
					return b
				}
			}
		}
	}
	w.t.Fatalf("there is no certificate")
	return nil
}

func (w *world) object(p, voter string) error {
	text := &communityv1.Text{Ref: strings.Repeat("ab", 32), LengthBytes: 9, Commitment: make([]byte, 32)}
	return w.send("voting.object", &votingv1.RaiseObjection{Poll: p, Text: text}, voter)
}

// So many objections have the ballots counted again, and the certificate says so; fewer do not.
func TestRecount(t *testing.T) {
	t.Parallel()
	for _, objections := range []int{1, 2, 3} {
		w, p := six(t, turnout(&communityv1.TurnoutRules{RecountObjectionsMin: 2}))
		for i := range 4 {
			w.must(w.vote(p, fmt.Sprint("o", i), yes))
		}
		w.count(p)
		for i := range objections {
			w.must(w.object(p, fmt.Sprint("o", i)))
			w.settle()
		}
		w.wait(20_000)
		cert := w.certificate(p)
		if got := cert.GetRecount(); (got != nil) != (objections >= 2) {
			t.Fatalf("%d objections: recount %v", objections, got)
		}
		if r := cert.GetRecount(); r != nil && (!r.GetSame() || r.GetObjections() != 2 || len(r.GetDigest()) != 32) {
			t.Errorf("%d objections: recount %v", objections, r)
		}
		if !cert.GetAdopted() || cert.GetObjections() != uint32(objections) {
			t.Errorf("%d objections: certificate %v", objections, cert)
		}
	}
}

// A certificate waits for the recount, even if that comes after the time for objections; and what two counts disagree on is not adopted.
func TestRecountComesFirst(t *testing.T) {
	t.Parallel()
	w, p := six(t, turnout(&communityv1.TurnoutRules{RecountObjectionsMin: 1}))
	for i := range 4 {
		w.must(w.vote(p, fmt.Sprint("o", i), yes))
	}
	w.count(p)
	w.must(w.object(p, "o0"))
	w.now += 20_000 // the recount and the certificate are both due now, and the certificate was demanded first
	w.settle()
	if cert := w.certificate(p); cert.GetRecount() == nil || !cert.GetAdopted() {
		t.Fatalf("certificate %v", cert)
	}
	w, p = six(t, turnout(&communityv1.TurnoutRules{RecountObjectionsMin: 1}))
	for i := range 4 {
		w.must(w.vote(p, fmt.Sprint("o", i), yes))
	}
	w.count(p)
	w.fact("voting", decider.On(poll.Path(p), &votingv1.BallotsRecounted{Recount: &votingv1.Recount{Objections: 1, Digest: fixedKey(1)}}))
	w.wait(20_000)
	if cert := w.certificate(p); cert.GetAdopted() || cert.GetTally().GetResult() != passed {
		t.Fatalf("certificate %v", cert)
	}
}

// A question that failed is not put again before its time: a convener is refused, a motion's poll lapses with the reason.
func TestResubmission(t *testing.T) {
	t.Parallel()
	rules := turnout(&communityv1.TurnoutRules{ResubmissionSeconds: 1000})
	w, p := six(t, rules)
	w.rulebook(&communityv1.Matter{Code: "roof", Poll: rules, DirectConvener: id(orgOne)})
	w.count(p)
	w.wait(20_000) // certified without a quorum
	again := &proposalv1.Motion{Title: " Repair  the roof", Text: "All\nof it. "}
	call := func(q *proposalv1.Motion) error {
		return w.send("voting.call", &votingv1.CallPoll{Matter: "roof", Question: q}, convener)
	}
	if err := call(again); !errors.Is(err, poll.ErrResubmitted) {
		t.Errorf("a convener: %v", err)
	}
	q := w.motion("roof again", rules, again)
	if got := w.poll(q); got.Lapsed != poll.ErrResubmitted.Code || got.Motion != id("roof again") {
		t.Errorf("a motion's poll: %+v", got)
	}
	lapsed, ok := w.events(poll.Path(q))[1].(*votingv1.OpeningLapsed)
	if !ok || lapsed.GetMotion() != id("roof again") {
		t.Errorf("the motion is not told: %v", lapsed)
	}
	w.must(call(&proposalv1.Motion{Title: "Repair half of the roof", Text: "All of it."}))
	w.now += 1000*1000 - 20_000 - 1
	if err := call(question); errors.Is(err, poll.ErrResubmitted) != (w.now < w.failedUntil(p)) {
		t.Errorf("just before the end: %v", err)
	}
	w.now = w.failedUntil(p)
	w.must(call(question))
}

// failedUntil gives until when a poll's question waits.
func (w *world) failedUntil(p string) int64 {
	w.t.Helper()
	for _, c := range w.commits {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				if m, err := decider.DecodeEvent(e); err == nil {
					if b, ok := m.(*votingv1.QuestionFailed); ok && b.GetPoll() == p {
						return b.GetUntil()
					}
				}
			}
		}
	}
	w.t.Fatalf("no question failed")
	return 0
}

// One that was adopted, or whose rules do not block, may be put again at once.
func TestResubmissionAfterSuccess(t *testing.T) {
	t.Parallel()
	rules := turnout(&communityv1.TurnoutRules{ResubmissionSeconds: 1000})
	w, p := six(t, rules)
	for i := range 4 {
		w.must(w.vote(p, fmt.Sprint("o", i), yes))
	}
	w.count(p)
	w.wait(20_000)
	if q := w.motion("again", rules, question); w.poll(q).Lapsed != "" {
		t.Errorf("lapsed: %s", w.poll(q).Lapsed)
	}
}

// retired makes sure that a certificate is still the last that is written about a poll.
func TestCertificateRetires(t *testing.T) {
	t.Parallel()
	w, p := six(t, turnout(&communityv1.TurnoutRules{RecountObjectionsMin: 1, ResubmissionSeconds: 60}))
	w.count(p)
	w.wait(20_000)
	events := w.events(poll.Path(p))
	if _, ok := events[len(events)-1].(*chainv1.Retired); !ok {
		t.Errorf("the last commit says %v", events)
	}
}

// An extension shorter than the guard's time does not call for another, and the instant that was moved is none.
func TestLateQuorumShortExtension(t *testing.T) {
	t.Parallel()
	w, p := six(t, turnout(&communityv1.TurnoutRules{LateQuorumWithinSeconds: 40, LateQuorumExtensionSeconds: 5}))
	w.wait(50_000)
	w.must(w.vote(p, "o0", yes))
	w.must(w.vote(p, "o1", yes))
	w.settle()
	w.wait(10_000)
	w.wait(5_000)
	if !w.poll(p).Closed {
		t.Fatal("not closed at the close that was moved")
	}
	reached := 0
	for _, c := range w.commits {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				if m, err := decider.DecodeEvent(e); err == nil {
					if _, is := m.(*votingv1.DeadlineReached); is {
						reached++
					}
				}
			}
		}
	}
	if reached != 1 {
		t.Errorf("%d deadlines were reached", reached)
	}
}
