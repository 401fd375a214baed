package decider_test

import (
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

func TestCommandBecomesCommitAndPolicyFollows(t *testing.T) {
	t.Parallel()
	w := founded(t, 3)
	posted := w.ok(w.do(toy.Forum, w.command("m0", "t", "forum.post", &toyv1.Post{Matter: "lift"})))
	topic := posted.Changed[0][len("topic/"):]
	for _, who := range []string{"m1", "m2"} {
		w.ok(w.do(toy.Forum, w.command(who, "s", "forum.second", &toyv1.Second{Topic: topic})))
	}
	m := decider.Peek[toy.Meeting](w.inst[toy.Forum].State(), "meeting/"+topic)
	if m == nil || m.Seconds != 2 || m.Members != 3 {
		t.Fatalf("meeting %+v", m)
	}
	if due := w.inst[toy.Forum].State().OwedNow(w.now + toy.LifeMS); len(due) != 1 {
		t.Fatalf("%d demands, want the expiry only", len(due))
	}
	w.now += toy.LifeMS
	w.run()
	if due := w.inst[toy.Forum].State().OwedNow(w.now); len(due) != 0 {
		t.Fatal("the expiry is still owed")
	}
}

func TestRepeatIsAnsweredLikeTheFirst(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	a := w.command("n", "join", "register.join", &toyv1.Join{})
	first := w.ok(w.do(toy.Register, a))
	again := w.ok(w.do(toy.Register, a))
	if !again.Repeated || again.Position != first.Position || again.Receipt.Commit != first.Receipt.Commit {
		t.Errorf("repeat answered %+v", again)
	}
	w.refused(w.do(toy.Register, w.command("n", "join", "register.leave", &toyv1.Leave{})), chain.ErrReused)
	w.refused(w.do(toy.Register, w.command("n", "other", "register.join", &toyv1.Join{})), toy.ErrMember)
}
