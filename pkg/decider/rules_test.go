package decider_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/fault"
)

// TestRulesChangeBetweenTwoOfOneLane: what is decided after an activation is decided under the new rules, and what was decided
// before it and comes late is not taken.
func TestRulesChangeBetweenTwoOfOneLane(t *testing.T) {
	t.Parallel()
	w := founded(t, 3)
	slow := w.submit(toy.Register, w.command("m1", "g", "register.give", &toyv1.Give{To: member("m2"), Points: 1}))
	held := w.take(toy.Register, 1)[0]
	w.submit(toy.Register, w.command("m0", "g", "register.give", &toyv1.Give{To: member("m1"), Points: 1}))
	first := w.take(toy.Register, 1)[0]
	activated := w.submit(toy.Register, w.command("m0", "a", "register.activate", &toyv1.Activate{Rules: 2}))
	after := w.submit(toy.Register, w.command("m0", "l", "register.leave", &toyv1.Leave{}))
	w.serveOne(toy.Register, first)
	if n := len(w.take(toy.Register, 1)[0].Request.Commits); n != 1 {
		t.Errorf("%d commits in the request that activates rules", n)
	}
	w.now += 1100
	w.inst[toy.Register].Tick(w.now)
	for _, o := range w.inst[toy.Register].Outbox() {
		if o.Handle != held.Handle {
			w.serveOne(toy.Register, o)
		}
	}
	w.serveOne(toy.Register, held)
	w.run()
	for _, r := range []**decider.Result{slow, activated, after} {
		w.ok(*r)
	}
	_, findings, err := decider.Reexecute(toy.Models(), w.raws, decider.AuditConfig{})
	if err != nil || len(findings) > 0 {
		t.Errorf("%v, findings %+v", err, findings)
	}
}

// model makes the rules of a service of this test's own, with one kind.
func model(parts ...decider.Part) *decider.Model {
	parts = append(parts, decider.Kind("member", true, func(s *toy.Member, e decider.Event) {
		if b, ok := e.Body.(*toyv1.Got); ok {
			s.Points += b.GetPoints()
		}
	}))
	return decider.NewModel("test", []uint32{1}, parts...)
}

type op[C proto.Message] = func(*decider.View, *decider.Command, C) ([]decider.Change, error)

func TestPanickingRuleHitsOnlyItsCommand(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	m := model(decider.Op(decider.Operation{Name: "test.join"}, op[*toyv1.Join](
		func(*decider.View, *decider.Command, *toyv1.Join) ([]decider.Change, error) { panic("bug") })))
	i := w.rival(m)
	raw := w.encode(w.signed("m0", "p", "test.join", &toyv1.Join{}))
	a, err := m.Admit(w.machine.Genesis(), raw, noSignature)
	if err != nil {
		t.Fatal(err)
	}
	var got *decider.Result
	i.Submit(w.now, decider.Submission{Command: a, Reply: func(r decider.Result) { got = &r }})
	w.refused(got, fault.ErrInternal)
}

// roll is what a commit on a box fixes for good.
type roll struct{ Sealed map[string]int64 }

// TestFixedValueIsWaitedFor: a decision that needs what a commit fixed is not made in the same request as that commit.
func TestFixedValueIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := founded(t, 2)
	m := model(
		decider.Kind("box", true, func(*toy.Second, decider.Event) {}),
		decider.Derived(func() *roll { return &roll{Sealed: map[string]int64{}} }, func(r *roll, e decider.Event) {
			if _, ok := e.Body.(*toyv1.Founded); ok {
				r.Sealed[e.Aggregate] = 7
			}
		}),
		decider.Op(decider.Operation{Name: "test.seal"}, op[*toyv1.Join](
			func(*decider.View, *decider.Command, *toyv1.Join) ([]decider.Change, error) {
				return []decider.Change{decider.On("box/b", &toyv1.Founded{})}, nil
			})),
		decider.Op(decider.Operation{Name: "test.use"}, op[*toyv1.Join](
			func(v *decider.View, cmd *decider.Command, _ *toyv1.Join) ([]decider.Change, error) {
				n := decider.FixedOf[roll](v, "box/b").Sealed["box/b"]
				return []decider.Change{decider.On("member/"+cmd.Actor, &toyv1.Got{Points: n})}, nil
			})),
	)
	i := w.rival(m)
	for _, c := range []string{"register.join", "test.seal", "test.use"} {
		name := strings.Replace(c, "register.join", "test.seal", 1)
		a, err := m.Admit(w.machine.Genesis(), w.encode(w.signed("m1", c, name, &toyv1.Join{})), noSignature)
		if err != nil {
			t.Fatal(err)
		}
		i.Submit(w.now, decider.Submission{Command: a, Reply: func(decider.Result) {}})
	}
	seal := func(request *chain.Request) {
		b := &chain.Block{Sealed: *i.State().Head(), Commits: request.Commits}
		b.Number, b.First, b.Count, b.Prev = b.Number+1, b.First+uint64(b.Count), uint32(len(request.Commits)), i.State().Head().Hash()
		if err := i.ApplyBlock(w.now, b); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range []int{1, 1, 1} {
		out := i.Outbox()
		if len(out) != 1 || len(out[0].Request.Commits) != want {
			t.Fatalf("request %d: %d requests, of %d commits", n, len(out), len(out[0].Request.Commits))
		}
		reply := &chain.Reply{}
		for j, c := range out[0].Request.Commits {
			reply.Receipts = append(reply.Receipts, &chain.Receipt{Index: i.State().Position() + uint64(j), Commit: chain.HashCommit(c)})
		}
		i.Replied(w.now, out[0].Handle, reply)
		seal(out[0].Request)
	}
	if got := decider.Peek[toy.Member](i.State(), "member/"+member("m1")); got == nil || got.Points != 7 {
		t.Errorf("the rule saw %+v", got)
	}
}
