package voting_test

import (
	"bytes"
	"errors"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/delivery"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

const warning = "Who does not vote takes part and abstains."

// announced are rules with a notice of a hundred seconds and two reminders, by which silence takes part.
func announced() *communityv1.PollRules {
	r := turnout(&communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_TAKE_PART})
	r.Notice = &communityv1.NoticeRules{NoticeSeconds: 100, ReminderSeconds: []uint32{40, 10}, Warning: warning}
	return r
}

// noticed is a world with a poll whose notice is out: worker and third bring it.
func noticed(t *testing.T, rules *communityv1.PollRules, owners ...string) (*world, string) {
	t.Helper()
	w := newWorld(t).staffed()
	for _, n := range owners {
		if n != worker {
			w.admit(n)
		}
		w.unit("flat of "+n, n, 100_00)
	}
	p := w.motion("roof", rules, question)
	w.key(p)
	if w.poll(p).Notice == nil {
		t.Fatal("no notice is issued")
	}
	return w, p
}

func (w *world) acknowledge(p, voter string) error {
	return w.send("voting.acknowledge_notice", &votingv1.AcknowledgeNotice{Poll: p, Notice: w.poll(p).Notice.Digest}, voter)
}

// row is a delivery now, with evidence where its channel has any.
func (w *world) row(voter string, c votingv1.DeliveryChannel) *votingv1.DeliveryRow {
	r := &votingv1.DeliveryRow{Voter: id(voter), Channel: c, At: w.now, Evidence: picture}
	if c == byPhone {
		r.Evidence = nil
	}
	return r
}

// missed is an attempt that reached nobody.
func (w *world) missed(voter string, c votingv1.DeliveryChannel) *votingv1.DeliveryRow {
	return &votingv1.DeliveryRow{Voter: id(voter), Channel: c, At: w.now, Failed: true}
}

func (w *world) bring(p string, rows []*votingv1.DeliveryRow, by ...string) error {
	return w.send("voting.record_deliveries", &votingv1.RecordDeliveries{Poll: p, Notice: w.poll(p).Notice.Digest, Rows: rows}, by...)
}

const (
	byApp    = votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP
	byHand   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON
	atDoor   = votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR
	byLetter = votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER
	onBoard  = votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED
	byPhone  = votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE
)

func rows(r ...*votingv1.DeliveryRow) []*votingv1.DeliveryRow { return r }

// The notice stands between the roll and the opening, and says what it is about.
func TestNoticeBeforeOpening(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "o0", "o1")
	n, issued := w.poll(p).Notice, w.now
	if n.IssuedAt != issued || n.OpensAt != issued+100_000 || n.ClosesAt != issued+160_000 || n.Warning != warning ||
		n.Roll.GetVoters() != 2 || len(n.Digest) != 32 || len(n.Question) != 32 {
		t.Errorf("notice %+v", n)
	}
	w.admit("late")
	w.unit("flat of late", "late", 100_00)
	w.wait(99_999)
	if err := w.vote(p, "o0", yes); !errors.Is(err, poll.ErrNotOpen) {
		t.Errorf("a ballot before the opening: %v", err)
	}
	w.wait(1)
	if got := w.poll(p); got.Roll.GetVoters() != 2 || got.OpenedAt != issued+100_000 || got.ClosesAt != issued+160_000 {
		t.Errorf("opened %+v", got)
	}
	w.must(w.vote(p, "o0", yes))
	if err := w.vote(p, "late", yes); !errors.Is(err, poll.ErrRollUnlisted) {
		t.Errorf("a ballot of who came after the roll: %v", err)
	}
	w.honest(t)
}

// Two notices differ whenever what they say does.
func TestNoticeDigest(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "o0", "o1")
	other := announced()
	other.Notice.Warning = "Another warning."
	same, q := noticed(t, announced(), "o0", "o1")
	if !bytes.Equal(w.poll(p).Notice.Digest, same.poll(q).Notice.Digest) {
		t.Error("the same notice has another digest")
	}
	if v, q := noticed(t, other, "o0", "o1"); bytes.Equal(w.poll(p).Notice.Digest, v.poll(q).Notice.Digest) {
		t.Error("another warning has the same digest")
	}
	if v, q := noticed(t, announced(), "o0", "o2"); bytes.Equal(w.poll(p).Notice.Digest, v.poll(q).Notice.Digest) {
		t.Error("another roll has the same digest")
	}
}

// A roll that nobody is on is announced to nobody.
func TestNoticeOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.motion("roof", announced(), question)
	w.key(p)
	if got := w.poll(p); got.Notice != nil || got.Lapsed != poll.ErrRollEmpty.Code {
		t.Errorf("poll %+v", got)
	}
}

// What is refused of a delivery, and that nothing of a command with one bad row is kept.
func TestDeliveryRefused(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "o0", "o1", "o2", worker)
	w.wait(10_000)
	w.must(w.acknowledge(p, "o0"))
	change := func(r *votingv1.DeliveryRow, f func(*votingv1.DeliveryRow)) *votingv1.DeliveryRow { f(r); return r }
	for name, c := range map[string]struct {
		rows []*votingv1.DeliveryRow
		by   []string
		want error
	}{
		"nothing":              {nil, []string{worker}, poll.ErrDeliveryNone},
		"by the app":           {rows(w.row("o1", byApp)), []string{worker}, delivery.ErrChannel},
		"board missed":         {rows(w.missed("o1", onBoard)), []string{worker}, delivery.ErrChannel},
		"door by one":          {rows(w.row("o1", atDoor)), []string{worker}, delivery.ErrWitness},
		"telephone by one":     {rows(w.row("o1", byPhone)), []string{officer}, delivery.ErrWitness},
		"by an owner too":      {rows(w.row("o1", atDoor)), []string{worker, "o2"}, poll.ErrDeliveryBringer},
		"board first":          {rows(w.row("o1", onBoard)), []string{worker}, delivery.ErrPostedFirst},
		"to oneself":           {rows(w.row(worker, byHand)), []string{worker}, poll.ErrDeliveryOwn},
		"to the second signer": {rows(w.row(worker, atDoor)), []string{third, worker}, poll.ErrDeliveryOwn},
		"to a stranger":        {rows(w.row("nobody", byHand)), []string{worker}, poll.ErrDeliveryUnlisted},
		"twice":                {rows(w.row("o1", byHand), w.row("o1", byLetter)), []string{worker}, poll.ErrDeliveryTwice},
		"proved already":       {rows(w.row("o0", byHand)), []string{worker}, poll.ErrDelivered},
		"one bad row":          {rows(w.row("o1", byHand), w.row("o2", onBoard)), []string{worker}, delivery.ErrPostedFirst},
		"no evidence": {rows(change(w.row("o1", byLetter), func(r *votingv1.DeliveryRow) { r.Evidence = nil })),
			[]string{worker}, delivery.ErrEvidence},
		"evidence of a miss": {rows(change(w.missed("o1", atDoor), func(r *votingv1.DeliveryRow) { r.Evidence = picture })),
			[]string{worker}, delivery.ErrEvidence},
		"before the notice": {rows(change(w.row("o1", byLetter), func(r *votingv1.DeliveryRow) { r.At = w.poll(p).Notice.IssuedAt - 1 })),
			[]string{worker}, delivery.ErrTime},
		"in the future": {rows(change(w.row("o1", byLetter), func(r *votingv1.DeliveryRow) { r.At = w.now + 1 })),
			[]string{worker}, delivery.ErrTime},
	} {
		if err := w.bring(p, c.rows, c.by...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if got := decider.Peek[poll.Delivery](w.state, poll.DeliveryPath(p, id("o1"))); got != nil {
		t.Errorf("something is kept: %+v", got)
	}
	if err := w.acknowledge(p, "o0"); !errors.Is(err, poll.ErrNoticeAcknowledged) {
		t.Errorf("acknowledged twice: %v", err)
	}
	other := &votingv1.AcknowledgeNotice{Poll: p, Notice: fixedKey(7)}
	if err := w.send("voting.acknowledge_notice", other, "o1"); !errors.Is(err, poll.ErrNoticeOther) {
		t.Errorf("another notice: %v", err)
	}
	w.enrol("o1", "new telephone", false)
	mine := &votingv1.AcknowledgeNotice{Poll: p, Notice: w.poll(p).Notice.Digest}
	if err := w.send("voting.acknowledge_notice", mine, "new telephone"); !errors.Is(err, poll.ErrNoticeKey) {
		t.Errorf("by a key that came later: %v", err)
	}
}

// Whoever is proved to have been told in time takes part by silence; nobody else does; the tally says how many by which channel.
func TestDeliveryCounts(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "app", "hand", "door", "letter", "board", "phone", "late", "missed", "untried", "voter")
	issued := w.now
	w.must(w.acknowledge(p, "app"))
	w.wait(1000)
	w.must(w.bring(p, rows(w.row("hand", byHand), w.row("letter", byLetter)), officer))
	both := rows(w.row("door", atDoor), w.row("phone", byPhone), w.missed("board", atDoor), w.missed("missed", byPhone))
	w.must(w.bring(p, both, worker, third))
	w.must(w.bring(p, rows(w.row("board", onBoard)), worker))
	w.wait(99_000) // it opens, and a minute is left
	w.wait(1)
	w.must(w.bring(p, rows(w.row("late", byHand)), worker))
	w.must(w.vote(p, "voter", yes))
	at := w.now
	w.wait(20_000)
	w.wait(30_000)
	got := w.count(p)
	n := got.GetNotice()
	want := []*votingv1.DeliveryShare{
		{Channel: byApp, Voters: 1, InTime: 1, FirstAt: issued, LastAt: issued},
		{Channel: byHand, Voters: 2, InTime: 1, FirstAt: issued + 1000, LastAt: at},
		{Channel: atDoor, Voters: 1, InTime: 1, FirstAt: issued + 1000, LastAt: issued + 1000},
		{Channel: byLetter, Voters: 1, InTime: 1, FirstAt: issued + 1000, LastAt: issued + 1000},
		{Channel: onBoard, Voters: 1, InTime: 1, FirstAt: issued + 1000, LastAt: issued + 1000},
		{Channel: byPhone, Voters: 1, InTime: 1, FirstAt: issued + 1000, LastAt: issued + 1000},
	}
	same := len(n.GetDeliveries()) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = n.GetDeliveries()[i].String() == want[i].String()
	}
	if !same || n.GetFailed() != 1 || n.GetUntried() != 2 || n.GetReminders() != 2 || n.GetIssuedAt() != issued {
		t.Errorf("report %v", n)
	}
	s, part := got.GetTurnout(), got.GetParticipantsHeads()
	if s.GetDelivered() != 6 || s.GetUndelivered() != 3 || s.GetWarning() != warning || part != 7 {
		t.Errorf("silence %v, %d take part", s, part)
	}
	if err := w.bring(p, rows(w.row("missed", byHand)), worker); !errors.Is(err, poll.ErrNoticeClosed) {
		t.Errorf("after the close: %v", err)
	}
	if err := w.acknowledge(p, "missed"); !errors.Is(err, poll.ErrNoticeClosed) {
		t.Errorf("acknowledged after the close: %v", err)
	}
	w.wait(20_000)
	if cert := w.certificate(p); cert.GetTally().GetNotice().GetFailed() != 1 {
		t.Errorf("certificate %v", cert)
	}
	w.honest(t)
}

// An acknowledgement counts beside what others have recorded, and a late proof may be followed by none.
func TestAcknowledgedAfterDelivery(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "o0", "o1")
	w.must(w.bring(p, rows(w.row("o0", byHand)), worker))
	w.must(w.acknowledge(p, "o0"))
	d := decider.Peek[poll.Delivery](w.state, poll.DeliveryPath(p, id("o0")))
	if len(d.Proofs) != 2 || d.Proofs[0].GetBy()[0] != id(worker) || d.Proofs[1].GetBy()[0] != id("o0") || d.Proofs[0].GetEvidence() == nil {
		t.Errorf("proofs %v", d.Proofs)
	}
	w.wait(100_000)
	got := w.count(p).GetNotice()
	if len(got.GetDeliveries()) != 1 || got.GetDeliveries()[0].GetChannel() != byHand || got.GetUntried() != 1 {
		t.Errorf("report %v", got)
	}
}

// reminders gives when those who had not voted were reminded, in seconds before each closing instant.
func (w *world) reminders() (before []int64) {
	w.t.Helper()
	for _, c := range w.commits {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				m, err := decider.DecodeEvent(e)
				if err != nil {
					w.t.Fatalf("decode event: %v", err)
				}
				if b, ok := m.(*votingv1.VotersReminded); ok {
					before = append(before, (b.GetClosesAt()-c.Time)/1000)
				}
			}
		}
	}
	return before
}

// Reminders come when the rules say, before each closing instant, and none after the close.
func TestReminders(t *testing.T) {
	t.Parallel()
	early := announced()
	early.CloseWhenComplete = true
	moving := announced()
	moving.Turnout.ExtensionRoundsMax, moving.Turnout.ExtensionSeconds = 1, 20
	tight := announced()
	tight.VotingSeconds = 30 // as an appeal's may be: the first reminder would come before the opening
	for name, c := range map[string]struct {
		rules *communityv1.PollRules
		vote  bool
		want  []int64
	}{
		"at their times":     {announced(), false, []int64{40, 10}},
		"not after a close":  {early, true, nil},
		"not before opening": {tight, false, []int64{10}},
		"before each close":  {moving, false, []int64{40, 10, 10}},
	} {
		w, p := noticed(t, c.rules, "o0")
		w.wait(100_000)
		if c.vote {
			w.must(w.vote(p, "o0", yes))
		}
		for range 100 {
			w.wait(1000)
		}
		got := w.reminders()
		same := len(got) == len(c.want)
		for i := 0; same && i < len(got); i++ {
			same = got[i] == c.want[i]
		}
		if !same || !w.poll(p).Closed || int(w.poll(p).Notice.Reminders) != len(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
