package decider_test

import (
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

// TestPolicyLapses: what can no longer be done is recorded as lapsed, and not tried again.
func TestPolicyLapses(t *testing.T) {
	t.Parallel()
	w, topic := posted(t, 3)
	w.ok(w.do(toy.Forum, w.command("m0", "w", "forum.withdraw", &toyv1.Withdraw{Topic: topic})))
	w.now += toy.LifeMS
	w.run()
	id := chain.PolicyID(toy.Forum, "expire/"+topic)
	state := w.inst[toy.Forum].State()
	if !state.Done(id) || state.Owes(id) != nil || state.Version("forum-lapse/"+chain.ShortID(id[:])) != 1 {
		t.Error("the expiry has not lapsed")
	}
}

func TestStandbyLeavesDemandsToOthersForAWhile(t *testing.T) {
	t.Parallel()
	w, _ := posted(t, 1)
	m := toy.ForumModel()
	standby := decider.NewInstance(decider.Config{Model: m, Salt: w.salt, PolicyDelayMS: 3000}, w.rival(m).State())
	due := w.now + toy.LifeMS
	for _, c := range []struct {
		at   int64
		want int
	}{{due - 1, 0}, {due + 2999, 0}, {due + 3000, 1}} {
		standby.Tick(c.at)
		if n := len(standby.Outbox()); n != c.want {
			t.Errorf("%d ms after it is due: %d requests", c.at-due, n)
		}
	}
}

// TestPanickingPolicyIsToldAndTriedAgain, but not all the time.
func TestPanickingPolicyIsToldAndTriedAgain(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	told := 0
	m := decider.NewModel("test", []uint32{1},
		decider.Kind("member", false, func(*toy.Member, decider.Event) {}),
		decider.Op(decider.Operation{Name: "test.greet", Policy: true}, op[*toyv1.Join](
			func(*decider.View, *decider.Command, *toyv1.Join) ([]decider.Change, error) { panic("bug") })),
		decider.Policy(func(_ *decider.View, e decider.Event, _ *toyv1.Joined) []decider.Demand {
			return []decider.Demand{{Purpose: "greet/" + e.Aggregate, Operation: "test.greet", Body: &toyv1.Join{}}}
		}))
	i := decider.NewInstance(decider.Config{Model: m, Salt: w.salt, Trouble: func(operation string, err error) {
		if operation != "test.greet" || err == nil {
			t.Errorf("told of %s: %v", operation, err)
		}
		told++
	}}, w.rival(m).State())
	for range 100 {
		w.now += 25
		i.Tick(w.now)
	}
	if told != 3 || len(i.Outbox()) != 0 {
		t.Errorf("told %d times in 2.5 s, want 3", told)
	}
}
