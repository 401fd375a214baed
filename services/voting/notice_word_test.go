package voting_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/delivery"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

// acknowledgeFor is a helper's word under a mandate.
func (w *world) acknowledgeFor(p, principal, helper, mandate string) error {
	return w.send("voting.acknowledge_notice", &votingv1.AcknowledgeNotice{
		Poll: p, Notice: w.poll(p).Notice.Digest, Principal: id(principal), Mandate: id(mandate),
	}, helper)
}

// delivery gives how a notice came to a voter.
func (w *world) delivery(p, voter string) *poll.Delivery {
	w.t.Helper()
	d := decider.Peek[poll.Delivery](w.state, poll.DeliveryPath(p, id(voter)))
	if d == nil {
		w.t.Fatalf("nothing is recorded of %s", voter)
	}
	return d
}

// Whose word an acknowledgement is stands beside it; only a right that is as old as the roll gives it.
func TestAcknowledgedByWhom(t *testing.T) {
	t.Parallel()
	w := newWorld(t).staffed()
	w.admit("o0", "o1", "sun", "bob")
	w.enrol("o1", "gateway", true)
	for _, n := range []string{"o0", "o1"} {
		w.unit("flat of "+n, n, 100_00)
	}
	w.mandate("m", "o0", "sun", nil)
	w.mandate("objections", "o0", "bob", func(m *communityv1.MandateGranted) { m.Acts = m.Acts[1:] })
	p := w.motion("roof", announced(), question)
	w.key(p)
	w.mandate("young", "o0", "bob", byOrganisations)
	for mandate, want := range map[string]error{
		"objections": nil, "young": poll.ErrNoticeKey,
	} {
		if err := w.acknowledgeFor(p, "o0", "bob", mandate); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("under %s: %v", mandate, err)
		}
	}
	w.must(w.acknowledgeFor(p, "o0", "sun", "m"))
	mine := &votingv1.AcknowledgeNotice{Poll: p, Notice: w.poll(p).Notice.Digest}
	w.must(w.send("voting.acknowledge_notice", mine, "gateway"))
	helped, hosted := w.delivery(p, "o0").Proofs[0], w.delivery(p, "o1").Proofs[0]
	const byHelper = votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER
	if helped.GetChannel() != byHelper || helped.GetMandate() != id("m") || helped.GetBy()[0] != id("sun") {
		t.Errorf("by a helper: %v", helped)
	}
	if hosted.GetChannel() != votingv1.DeliveryChannel_DELIVERY_CHANNEL_HOSTED || hosted.GetBy()[0] != id("o1") || hosted.GetMandate() != "" {
		t.Errorf("by a hosted key: %v", hosted)
	}
	w.honest(t)
}

// Who called the poll neither brings its notice nor takes it for somebody else; they may say that they have it themselves.
func TestConvenerBringsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &communityv1.Matter{Code: "roof", DirectConvener: id(orgOne), Poll: announced()}).staffed()
	w.admit("o0")
	for _, n := range []string{"o0", convener} {
		w.unit("flat of "+n, n, 100_00)
	}
	w.role(convener, communityv1.Role_ROLE_GRID_WORKER, orgOne)
	w.role("o0", communityv1.Role_ROLE_CONVENER, orgOne)
	w.mandate("m", convener, "o0", nil)
	called := func(who string) string {
		w.must(w.send("voting.call", &votingv1.CallPoll{Matter: "roof", Question: question}, who))
		p := w.commits[len(w.commits)-1].Changes[0].Aggregate[len("poll/"):]
		w.key(p)
		return p
	}
	p := called(convener)
	if err := w.bring(p, rows(w.row("o0", byLetter)), convener); !errors.Is(err, poll.ErrNoticeConvener) {
		t.Errorf("alone: %v", err)
	}
	if err := w.bring(p, rows(w.row("o0", atDoor)), worker, convener); !errors.Is(err, poll.ErrNoticeConvener) {
		t.Errorf("as the second: %v", err)
	}
	w.must(w.acknowledge(p, convener))
	w.must(w.bring(p, rows(w.row("o0", byLetter)), worker))
	if err := w.bring(p, rows(w.missed("o0", atDoor)), worker, third, officer); !errors.Is(err, poll.ErrDeliveryBringer) {
		t.Errorf("by three: %v", err)
	}
	q := called("o0")
	w.fact("community", decider.On("member/"+id("o0"), &communityv1.RoleWithdrawn{Role: communityv1.Role_ROLE_CONVENER}))
	if err := w.acknowledgeFor(q, convener, "o0", "m"); !errors.Is(err, poll.ErrNoticeConvener) {
		t.Errorf("as a helper: %v", err)
	}
}

// So many failed attempts are recorded and no more; a notice on the board ends them.
func TestAttemptsBounded(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "o0")
	for range 20 {
		w.must(w.bring(p, rows(w.missed("o0", atDoor)), worker))
	}
	if err := w.bring(p, rows(w.missed("o0", atDoor)), worker); !errors.Is(err, poll.ErrDeliveryMany) {
		t.Errorf("once more: %v", err)
	}
	if err := w.bring(p, rows(w.row("o0", onBoard)), worker); !errors.Is(err, delivery.ErrPostedFirst) {
		t.Errorf("on the board by one person's word: %v", err)
	}
	w.must(w.bring(p, rows(w.missed("o0", atDoor)), worker, officer))
	if err := w.bring(p, rows(w.missed("o0", atDoor)), worker, officer); !errors.Is(err, poll.ErrDeliveryMany) {
		t.Errorf("two persons once more: %v", err)
	}
	w.must(w.bring(p, rows(w.row("o0", onBoard)), worker))
	if d := w.delivery(p, "o0"); len(d.Failed) != 21 || len(d.Proofs) != 1 {
		t.Errorf("recorded %+v", d)
	}
}

// For silence a notice must be on the record as long before the close as it must run, but at most all the voting time.
func TestInTime(t *testing.T) {
	t.Parallel()
	for notice, last := range map[uint32]int64{0: 59, 10: 50, 60: 0, 100: 0} { // seconds after the opening
		rules := announced()
		rules.Notice.NoticeSeconds = notice
		w, p := noticed(t, rules, "o0", "o1")
		w.wait(int64(notice) * 1000)
		w.wait(last * 1000)
		w.must(w.acknowledge(p, "o0"))
		w.wait(min(1000, w.poll(p).ClosesAt-w.now-1))
		w.must(w.acknowledge(p, "o1"))
		if late := w.delivery(p, "o1").Proofs[0].GetInTime(); !w.delivery(p, "o0").Proofs[0].GetInTime() || late != (notice == 0) {
			t.Errorf("a notice of %d s: after %d s it is late, or a second later it is not", notice, last)
		}
	}
	// What is proved late is in time no more, and what was in time stays so.
	w, p := noticed(t, announced(), "o0", "o1")
	w.must(w.bring(p, rows(w.row("o0", byHand)), worker))
	w.wait(100_000)
	w.wait(30_000)
	w.must(w.acknowledge(p, "o0"))
	if got := w.count(p); got.GetTurnout().GetDelivered() != 1 || got.GetNotice().GetDeliveries()[0].GetInTime() != 1 {
		t.Errorf("tally %v", got)
	}
}

// A reminder of a close that was moved lapses; the new close has its own.
func TestReminderOfMovedClose(t *testing.T) {
	t.Parallel()
	rules := announced()
	rules.Turnout = &communityv1.TurnoutRules{LateQuorumWithinSeconds: 50, LateQuorumExtensionSeconds: 30}
	w, p := noticed(t, rules, "o0", "o1")
	w.wait(100_000)
	w.wait(15_000)
	w.must(w.vote(p, "o0", yes)) // a quorum, 45 s before the close, which is moved to 75 s from here
	w.settle()
	if left := w.poll(p).ClosesAt - w.now; left != 75_000 {
		t.Fatalf("%d ms are left", left)
	}
	for range 80 {
		w.wait(1000)
	}
	if got := fmt.Sprint(w.reminders()); got != "[40 10]" {
		t.Errorf("reminders %v", got)
	}
}

// A voter is shown the notices of the polls that wait for their vote, with the last reminder; nobody else is, nor who has voted.
func TestNoticesOfAVoter(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "o0", "o1")
	mine := func(who string) []voting.VoterNotice {
		raw, err := voting.AnswerNotices(w.state, []byte(id(who)))
		var out []voting.VoterNotice
		if err := errors.Join(err, json.Unmarshal(raw, &out)); err != nil {
			t.Fatal(err)
		}
		return out
	}
	n := mine("o0")
	if len(n) != 1 || n[0].Poll != p || n[0].Warning != warning || n[0].Delivered || n[0].Reminded != 0 || n[0].OpensAt != w.now+100_000 {
		t.Errorf("before anything: %+v", n)
	}
	w.must(w.acknowledge(p, "o0"))
	w.wait(100_000)
	w.must(w.vote(p, "o1", yes))
	w.wait(20_000)
	if n := mine("o0"); len(n) != 1 || !n[0].Delivered || n[0].Reminded != w.now || n[0].ClosesAt != w.now+40_000 {
		t.Errorf("reminded: %+v", n)
	}
	if len(mine("o1"))+len(mine(worker))+len(mine("nobody")) != 0 {
		t.Error("somebody is told who has voted, or has no vote")
	}
	w.wait(40_000)
	if len(mine("o0")) != 0 {
		t.Error("told after the close")
	}
}

// Nobody helps by somebody who helps: a mandate out of a mandate gives nothing.
func TestNoChainOfMandates(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "sun", "bob")
	w.mandate("first", "ann", "sun", nil)
	w.mandate("second", "sun", "bob", nil)
	for _, mandate := range []string{"first", "second"} {
		if err := w.voteFor(p, "ann", "bob", mandate, yes); err == nil {
			t.Errorf("a helper's helper casts under the %s", mandate)
		}
	}
	w.must(w.voteFor(p, "ann", "sun", "first", yes))
	w.must(w.voteFor(p, "sun", "bob", "second", no))
	if got := w.count(p).GetCastBy().GetHelper().GetBallots(); got != 2 {
		t.Errorf("%d ballots by helpers", got)
	}
}
