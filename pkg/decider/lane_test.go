package decider_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/fault"
)

// posted makes a community of so many members with one topic of m0's, and answers its id.
func posted(tb testing.TB, members int) (*world, string) {
	tb.Helper()
	w := founded(tb, members)
	r := w.ok(w.do(toy.Forum, w.command("m0", "t", "forum.post", &toyv1.Post{Matter: "lift"})))
	return w, r.Changed[0][len("topic/"):]
}

func (w *world) second(who, topic string) *decider.Admitted {
	w.tb.Helper()
	return w.command(who, "second/"+topic, "forum.second", &toyv1.Second{Topic: topic})
}

// take gives what an instance wants to send, which must be so many requests.
func (w *world) take(service string, want int) []*decider.Outgoing {
	w.tb.Helper()
	out := w.inst[service].Outbox()
	if len(out) != want {
		w.tb.Fatalf("%d requests, want %d", len(out), want)
	}
	return out
}

// serveOne has one request judged and answered.
func (w *world) serveOne(service string, o *decider.Outgoing) {
	w.tb.Helper()
	w.inst[service].Replied(w.now, o.Handle, w.sequence(service, o.Request))
}

func TestLaneDecidesWhatWaitsAsOneRequest(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 20)
	first := w.submit(toy.Forum, w.second("m1", topic))
	sent := w.take(toy.Forum, 1)
	var others []**decider.Result
	for n := 2; n < 9; n++ {
		others = append(others, w.submit(toy.Forum, w.second(fmt.Sprint("m", n), topic)))
	}
	again := w.submit(toy.Forum, w.command("m2", "twice", "forum.second", &toyv1.Second{Topic: topic}))
	w.take(toy.Forum, 0) // the lane waits for its request
	w.serveOne(toy.Forum, sent[0])
	w.ok(*first)
	batch := w.take(toy.Forum, 1)[0]
	if n := len(batch.Request.Commits); n != 7 {
		t.Fatalf("a request of %d commits", n)
	}
	if *again != nil {
		t.Error("a refusal that rests on the batch was answered before it stands")
	}
	w.serveOne(toy.Forum, batch)
	for i, r := range others {
		if w.ok(*r).Position != w.ok(*others[0]).Position+uint64(i) {
			t.Errorf("command %d stands at %d", i, (*r).Position)
		}
	}
	w.run()
	w.refused(*again, toy.ErrSeconded)
	if w.asks[chain.AskCheck] != 1 {
		t.Errorf("%d checks", w.asks[chain.AskCheck])
	}
}

// An instance that is behind may refuse what is on record already, by its clock alone: so the sequencer is asked about the command,
// too, and names where it stands.
func TestRefusalIsHeldAgainstTheRecord(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	c := w.second("stranger", topic)
	got := w.submit(toy.Forum, c)
	o := w.take(toy.Forum, 1)[0]
	if o.Request.Ask != chain.AskCheck || !slices.Equal(o.Request.IDs, []chain.CommandID{c.ID}) {
		t.Fatalf("%+v", o.Request)
	}
	position := w.inst[toy.Forum].State().Position()
	w.inst[toy.Forum].Replied(w.now, o.Handle, &chain.Reply{Fault: chain.ErrReused.WithIndex(position)}) // it stands there
	if *got != nil {
		t.Errorf("refused all the same: %+v", *got)
	}
}

// An id that was used at another service is on record, and this one's state does not know it: whoever uses it again is told, and nobody
// else.
func TestIDOfAnotherServiceIsReused(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	w.ok(w.do(toy.Register, w.command("m1", "twice", "register.give", &toyv1.Give{To: chain.KeyID(key("m2")), Points: 1})))
	second := func(who, idempotencyKey string) **decider.Result {
		return w.submit(toy.Forum, w.command(who, idempotencyKey, "forum.second", &toyv1.Second{Topic: topic}))
	}
	w.run()
	w.ok(w.do(toy.Forum, w.command("m1", "first", "forum.second", &toyv1.Second{Topic: topic})))
	other, twice, another := second("m1", "x"), second("m1", "twice"), second("m1", "y")
	w.run()
	w.refused(*twice, chain.ErrReused)
	w.refused(*other, toy.ErrSeconded)
	w.refused(*another, toy.ErrSeconded)
}

func TestConflictIsFoldedAndDecidedAgain(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	got := w.submit(toy.Forum, w.second("m1", topic))
	o := w.take(toy.Forum, 1)[0]
	position := w.inst[toy.Forum].State().Position()
	w.inst[toy.Forum].Replied(w.now, o.Handle, &chain.Reply{Fault: chain.ErrStale.WithIndex(position)})
	w.take(toy.Forum, 0) // the named commit is not folded yet
	w.ok(w.do(toy.Register, w.command("m1", "bye", "register.leave", &toyv1.Leave{})))
	w.run()
	w.refused(*got, toy.ErrStranger)
}

func TestContentionIsGivenUp(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	got := w.submit(toy.Forum, w.second("m1", topic))
	for n := 0; *got == nil; n++ {
		if n > 40 {
			t.Fatal("no end")
		}
		o := w.take(toy.Forum, 1)[0]
		position := w.inst[toy.Forum].State().Position()
		w.inst[toy.Forum].Replied(w.now, o.Handle, &chain.Reply{Fault: chain.ErrStale.WithIndex(position)})
		w.submit(toy.Register, w.command(fmt.Sprint("x", n), "join", "register.join", &toyv1.Join{}))
		w.serveOne(toy.Register, w.take(toy.Register, 1)[0])
	}
	w.refused(*got, decider.ErrContended)
}

// TestUnknownOutcome: until a reply kills the request, the same bytes are sent again and nothing is decided anew.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		reply error
	}{
		{"retry", chain.ErrRetry},
		{"busy", chain.ErrBusy},
		{"timeout", fault.ErrTimeout},
		{"unavailable", fault.ErrUnavailable},
		{"a conflict that names nothing new", chain.ErrStale.WithIndex(0)},
		{"silence", nil},
	} {
		w, topic := posted(t, 3)
		got := w.submit(toy.Forum, w.second("m1", topic))
		first := w.take(toy.Forum, 1)[0]
		for range 3 {
			if c.reply != nil {
				w.inst[toy.Forum].Replied(w.now, first.Handle, &chain.Reply{Fault: c.reply})
			}
			w.now += 1100
			w.inst[toy.Forum].Tick(w.now)
			o := w.take(toy.Forum, 1)[0]
			if o.Handle != first.Handle || !slices.EqualFunc(o.Request.Commits, first.Request.Commits, slices.Equal) {
				t.Errorf("%s: another request was sent", c.name)
			}
		}
		for range 10 {
			w.now += 2500
			w.inst[toy.Forum].Tick(w.now)
		}
		w.refused(*got, chain.ErrRetry)
		w.inst[toy.Forum].Replied(w.now, first.Handle, &chain.Reply{Fault: chain.ErrExpired}) // too late to matter
	}
}

// TestStopped: when writing has stopped, everybody is told so at once, those who wait in the lane as well. The first copy may have been
// written all the same: then the same command, sent again, gets its receipt.
func TestStopped(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	got := w.submit(toy.Forum, w.second("m1", topic))
	first := w.take(toy.Forum, 1)[0]
	w.sequence(toy.Forum, first.Request)
	behind := w.submit(toy.Forum, w.second("m2", topic))
	w.inst[toy.Forum].Replied(w.now, first.Handle, &chain.Reply{Fault: chain.ErrStopped})
	w.refused(*got, chain.ErrStopped)
	w.refused(*behind, chain.ErrStopped)
	again := w.submit(toy.Forum, w.second("m1", topic))
	w.now += 1500
	w.run()
	if r := w.ok(*again); !r.Repeated {
		t.Errorf("answered %+v", r)
	}
}

// TestRequestWrittenAndReplyLost: the answer is the receipt of the first time.
func TestRequestWrittenAndReplyLost(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	got := w.submit(toy.Forum, w.second("m1", topic))
	w.sequence(toy.Forum, w.take(toy.Forum, 1)[0].Request)
	w.now += 1500
	w.run()
	if r := w.ok(*got); !r.Repeated || len(r.Changed) != 1 {
		t.Errorf("answered %+v", r)
	}
}

func TestDefiniteFaultOfARequestHitsOnlyItsCulprit(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 9)
	w.submit(toy.Forum, w.second("m1", topic))
	sent := w.take(toy.Forum, 1)[0]
	hurried := w.signed("m2", "h", "forum.second", &toyv1.Second{Topic: topic})
	hurried.NotAfter = w.now
	a, err := w.admit(w.encode(hurried))
	if err != nil {
		t.Fatal(err)
	}
	late, fine := w.submit(toy.Forum, a), w.submit(toy.Forum, w.second("m3", topic))
	w.serveOne(toy.Forum, sent)
	w.run()
	w.refused(*late, chain.ErrExpired)
	w.ok(*fine)
}

// TestPartlyDone: one of the lane's commands was done through a rival.
func TestPartlyDone(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 9)
	w.submit(toy.Forum, w.second("m1", topic))
	sent := w.take(toy.Forum, 1)[0]
	both := []**decider.Result{w.submit(toy.Forum, w.second("m2", topic)), w.submit(toy.Forum, w.second("m3", topic))}
	rival := w.rival(toy.ForumModel())
	rival.Submit(w.now, decider.Submission{Command: w.second("m3", topic), Reply: func(decider.Result) {}})
	theirs := w.sequence(toy.Forum, rival.Outbox()[0].Request)
	w.serveOne(toy.Forum, sent)
	w.run()
	for _, r := range both {
		w.ok(*r)
	}
	if r := *both[1]; !r.Repeated || r.Receipt.Commit != theirs.Receipts[0].Commit {
		t.Errorf("m3 is told of another commit than the rival's")
	}
}

// rival makes another instance of a service that has folded the record so far.
func (w *world) rival(m *decider.Model) *decider.Instance {
	w.tb.Helper()
	r := w.instance(m)
	for _, b := range w.blocks {
		if err := r.ApplyBlock(w.now, b); err != nil {
			w.tb.Fatal(err)
		}
	}
	return r
}

func TestSkewedCommandIsDecidedWithAnotherTime(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	got := w.submit(toy.Forum, w.second("m1", topic))
	first := w.take(toy.Forum, 1)[0]
	w.now += 500
	w.inst[toy.Forum].Replied(w.now, first.Handle, &chain.Reply{Fault: chain.ErrSkewed})
	w.take(toy.Forum, 0)
	w.now += 500
	w.inst[toy.Forum].Tick(w.now)
	o := w.take(toy.Forum, 1)[0]
	c, err := chain.DecodeCommit(o.Request.Commits[0])
	if err != nil || c.Time != w.now {
		t.Errorf("decided with time %d, %v", c.Time-start, err)
	}
	w.serveOne(toy.Forum, o)
	w.ok(*got)
}

// TestSameIDTwice: which of two commands with one id came first, the record tells.
func TestSameIDTwice(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	join := w.command("n", "k", "register.join", &toyv1.Join{})
	leave := w.command("n", "k", "register.leave", &toyv1.Leave{})
	got := []**decider.Result{w.submit(toy.Register, join), w.submit(toy.Register, leave), w.submit(toy.Register, join)}
	w.run()
	w.ok(*got[0])
	w.refused(*got[1], chain.ErrReused)
	if w.ok(*got[2]).Position != (*got[0]).Position {
		t.Error("the same command twice at once has two answers")
	}
	// The first of two is refused: then the id is free.
	got = []**decider.Result{
		w.submit(toy.Register, w.command("s", "k", "register.leave", &toyv1.Leave{})),
		w.submit(toy.Register, w.command("s", "k", "register.join", &toyv1.Join{})),
	}
	w.run()
	w.refused(*got[0], toy.ErrStranger)
	w.ok(*got[1])
}

// TestLateAskerIsNotAnsweredFromThePast: a check that was sent before somebody asked tells them nothing.
func TestLateAskerIsNotAnsweredFromThePast(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	post := w.command("n", "t", "forum.post", &toyv1.Post{Matter: "lift"})
	early := w.submit(toy.Forum, post)
	check := w.take(toy.Forum, 1)[0]
	reply := w.sequence(toy.Forum, check.Request)
	w.ok(w.do(toy.Register, w.command("n", "j", "register.join", &toyv1.Join{})))
	late := w.submit(toy.Forum, post)
	w.inst[toy.Forum].Replied(w.now, check.Handle, reply)
	w.run()
	w.refused(*early, toy.ErrStranger)
	w.ok(*late)
}

func TestQueueIsBounded(t *testing.T) {
	t.Parallel()
	w := founded(t, 0)
	m := toy.RegisterModel()
	small := decider.NewInstance(decider.Config{Model: m, Salt: w.salt, WaitingMax: 2}, w.inst[toy.Register].State())
	answers := map[int]*fault.Fault{}
	for n := range 4 {
		small.Submit(w.now, decider.Submission{
			Command: w.command(fmt.Sprint("q", n), "j", "register.join", &toyv1.Join{}),
			Reply:   func(r decider.Result) { answers[n] = r.Fault },
		})
	}
	if len(answers) != 2 || !errors.Is(answers[2], fault.ErrBusy) || !errors.Is(answers[3], fault.ErrBusy) || small.Waiting() != 2 {
		t.Errorf("answers %v, %d wait", answers, small.Waiting())
	}
	small.Close()
	if len(answers) != 4 || !errors.Is(answers[0], chain.ErrRetry) || small.Waiting() != 0 {
		t.Errorf("after the close: answers %v", answers)
	}
	small.Submit(w.now, decider.Submission{Command: w.found(), Reply: func(r decider.Result) { answers[4] = r.Fault }})
	if !errors.Is(answers[4], fault.ErrUnavailable) {
		t.Errorf("a closed instance answers %v", answers[4])
	}
}

func TestAwaitWaitsForTheFold(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	i := w.inst[toy.Register]
	var called []string
	i.Await(2, func() { called = append(called, "now") })
	i.Await(3, func() { called = append(called, "next") })
	i.Await(3, func() { called = append(called, "cancelled") })()
	w.ok(w.do(toy.Register, w.command("n", "j", "register.join", &toyv1.Join{})))
	i.Await(4, func() { called = append(called, "never") })
	w.run()
	if !slices.Equal(called, []string{"now", "next"}) {
		t.Errorf("called %v", called)
	}
}

func TestNothingIsDecidedBeforeTheEndIsReached(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	r := w.instance(toy.ForumModel())
	r.Head(w.inst[toy.Forum].State().Position())
	var got *decider.Result
	r.Submit(w.now, decider.Submission{Command: w.second("m1", topic), Reply: func(x decider.Result) { got = &x }})
	for i, b := range w.blocks {
		if len(r.Outbox()) > 0 || got != nil {
			t.Fatalf("decided after %d of %d blocks", i, len(w.blocks))
		}
		if err := r.ApplyBlock(w.now, b); err != nil {
			t.Fatal(err)
		}
		r.Tick(w.now)
	}
	if len(r.Outbox()) != 1 {
		t.Error("not decided at the end")
	}
}

func TestBeforeTheFounding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refused(w.do(toy.Register, w.command("n", "j", "register.join", &toyv1.Join{})), order.ErrUnfounded)
	w.ok(w.do(toy.Register, w.found()))
	w.refused(w.do(toy.Register, w.command("n", "f", "register.found", &toyv1.Found{Rules: 1})), toy.ErrForbidden)
}
