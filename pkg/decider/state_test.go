package decider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
)

// commit makes a commit of another service with one event, to be folded.
func commit(tb testing.TB, aggregate string, version uint64, body proto.Message) *chain.Commit {
	tb.Helper()
	raw, err := proto.Marshal(body)
	if err != nil {
		tb.Fatal(err)
	}
	e := chain.Event{Type: string(body.ProtoReflect().Descriptor().FullName()), Body: raw}
	return &chain.Commit{
		Author: chain.AuthorDevice, Time: start, Service: "elsewhere", Command: []byte{0},
		Changes: []chain.Change{{Aggregate: aggregate, Version: version, Events: []chain.Event{e}}},
	}
}

func TestUnknownRulesStopTheState(t *testing.T) {
	t.Parallel()
	for _, m := range toy.Models() {
		s := decider.NewState(m)
		if err := s.Apply(commit(t, "law/main", 1, &chainv1.RulesActivated{Version: 2}), start); err != nil || s.Rules() != 2 {
			t.Errorf("known rules: %v", err)
		}
		if err := s.Apply(commit(t, "law/main", 2, &chainv1.RulesActivated{Version: 3}), start); !errors.Is(err, decider.ErrRules) {
			t.Errorf("unknown rules: %v", err)
		}
	}
}

func TestInstanceStopsAtUnknownRules(t *testing.T) {
	t.Parallel()
	w := founded(t, 1)
	old := decider.NewModel(toy.Forum, []uint32{1})
	i := w.rival(old)
	b := w.block(toy.Register, w.command("m0", "a", "register.activate", &toyv1.Activate{Rules: 2}))
	for range 2 {
		if err := i.ApplyBlock(w.now, b); !errors.Is(err, decider.ErrRules) {
			t.Errorf("the block: %v", err)
		}
	}
}

// TestAuditorAbstainsUnderUnknownRules, from the activation on and for that service alone.
func TestAuditorAbstainsUnderUnknownRules(t *testing.T) {
	t.Parallel()
	w := founded(t, 2)
	w.block(toy.Register, w.command("m0", "a", "register.activate", &toyv1.Activate{Rules: 2}))
	w.block(toy.Forum, w.command("m0", "t", "forum.post", &toyv1.Post{Matter: "lift"}))
	w.block(toy.Register, w.command("m0", "l", "register.leave", &toyv1.Leave{}))
	models := []*decider.Model{toy.RegisterModel(), decider.NewModel(toy.Forum, []uint32{1})}
	report, findings, err := decider.Reexecute(models, w.raws, decider.AuditConfig{})
	if err != nil || len(findings) != 0 || report.Judged != 5 || len(report.Unjudged) != 1 || report.Unjudged[0].Why != "rules.unknown" {
		t.Errorf("%v, %+v, findings %+v", err, report, findings)
	}
}

func TestRecordThatContradictsItselfIsRefused(t *testing.T) {
	t.Parallel()
	s := decider.NewState(toy.RegisterModel())
	if err := s.Apply(commit(t, "member/a", 1, &toyv1.Joined{}), start); err != nil {
		t.Fatal(err)
	}
	if err := s.Apply(commit(t, "member/a", 3, &toyv1.Left{}), start); !errors.Is(err, decider.ErrRecord) {
		t.Errorf("a version is left out: %v", err)
	}
	s = decider.NewState(toy.RegisterModel())
	strange := commit(t, "member/a", 1, &toyv1.Joined{})
	strange.Changes[0].Events[0].Type = "renlin.toy.v9.Unheard"
	if err := s.Apply(strange, start); !errors.Is(err, decider.ErrRecord) {
		t.Errorf("an event of unknown type: %v", err)
	}
	garbled := commit(t, "member/a", 1, &toyv1.Joined{})
	garbled.Changes[0].Events[0].Body = []byte{255}
	if err := decider.NewState(toy.RegisterModel()).Apply(garbled, start); !errors.Is(err, decider.ErrRecord) {
		t.Errorf("an event that cannot be read: %v", err)
	}
	w := founded(t, 1)
	if err := decider.NewState(toy.ForumModel()).ApplyBlock(w.blocks[1]); !errors.Is(err, decider.ErrRecord) {
		t.Errorf("a block out of order: %v", err)
	}
	i := w.rival(toy.ForumModel())
	if err := i.ApplyBlock(w.now, w.blocks[0]); !errors.Is(err, decider.ErrRecord) {
		t.Errorf("a block again: %v", err)
	}
}

// TestOwnKindsNeverSeeWhereTheyStand: in a batch nobody knows that yet, so nobody may rest on it.
func TestOwnKindsNeverSeeWhereTheyStand(t *testing.T) {
	t.Parallel()
	type seen struct{ Position, BlockTime, Time int64 }
	look := func(s *seen, e decider.Event) { *s = seen{int64(e.Position), e.BlockTime, e.Time} }
	m := decider.NewModel("test", []uint32{1}, decider.Kind("member", true, look), decider.Kind("topic", false, look),
		decider.Derived(func() *seen { return new(seen) }, look))
	s := decider.NewState(m)
	for _, path := range []string{"topic/a", "member/a"} {
		if err := s.Apply(commit(t, path, 1, &toyv1.Joined{}), start+700); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := *decider.Peek[seen](s, "topic/a"), (seen{1, start + 700, start}); got != want {
		t.Errorf("a foreign kind saw %v, want %v", got, want)
	}
	if got, want := *decider.Peek[seen](s, "member/a"), (seen{0, start, start}); got != want {
		t.Errorf("an own kind saw %v, want %v", got, want)
	}
}

// TestMembersAscend, however they came, and each lookup finds them so.
func TestMembersAscend(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := decider.NewState(toy.RegisterModel())
		want := []string{}
		for _, id := range rapid.SliceOfDistinct(rapid.StringMatching(`[a-z][a-z0-9]{0,3}`), rapid.ID).Draw(rt, "ids") {
			if err := s.Apply(commit(t, "member/"+id, 1, &toyv1.Joined{}), start); err != nil {
				rt.Fatal(err)
			}
			want = append(want, id)
			if rapid.IntRange(0, 3).Draw(rt, "look") == 0 {
				slices.Sort(want)
				if got := s.Members("member"); !slices.Equal(got, want) {
					rt.Fatalf("members %v, want %v", got, want)
				}
			}
		}
		slices.Sort(want)
		if got := s.Members("member"); !slices.Equal(got, want) && len(want) > 0 {
			rt.Fatalf("members %v, want %v", got, want)
		}
		for i, path := range s.Aggregates() {
			if path != "member/"+want[i] {
				rt.Fatalf("aggregate %s, want %s", path, want[i])
			}
		}
	})
}

// TestOwedNow lists exactly what is due and not done, oldest cause first.
func TestOwedNow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := decider.NewState(toy.ForumModel())
		due := map[string]int64{}
		var causes []string
		for n := range rapid.IntRange(1, 200).Draw(rt, "topics") {
			id := chain.ShortID(append([]byte{byte(n)}, make([]byte, 15)...))
			deadline := rapid.Int64Range(1, 50).Draw(rt, "deadline")
			c := commit(t, "topic/"+id, 1, &toyv1.Posted{Matter: "a", Deadline: deadline})
			if err := s.Apply(c, start); err != nil {
				rt.Fatal(err)
			}
			due["expire/"+id], causes = deadline, append(causes, "expire/"+id)
			if rapid.Bool().Draw(rt, "done") {
				done := commit(t, "meeting/"+id, 1, &toyv1.Convened{})
				done.Service, done.Author, done.ID = toy.Forum, chain.AuthorPolicy, chain.PolicyID(toy.Forum, "expire/"+id)
				if err := s.Apply(done, start); err != nil {
					rt.Fatal(err)
				}
				delete(due, "expire/"+id)
			}
			now := rapid.Int64Range(0, 60).Draw(rt, "now")
			var want, got []string
			for _, purpose := range causes {
				if at, open := due[purpose]; open && at <= now {
					want = append(want, purpose)
				}
			}
			for _, o := range s.OwedNow(now) {
				got = append(got, o.Purpose)
			}
			if !slices.Equal(got, want) {
				rt.Fatalf("owed at %d: %v, want %v", now, got, want)
			}
		}
	})
}

func TestRulesThatContradictThemselvesPanic(t *testing.T) {
	t.Parallel()
	type bare struct{ Set map[string]bool }
	type hidden struct{ secret int }
	evolve := func(*toy.Member, decider.Event) {}
	join := op[*toyv1.Join](func(*decider.View, *decider.Command, *toyv1.Join) ([]decider.Change, error) { return nil, nil })
	for _, c := range []struct {
		says string
		make func() *decider.Model
	}{
		{"registered twice", func() *decider.Model { return model(decider.Kind("member", true, evolve)) }},
		{"registered twice", func() *decider.Model {
			return model(decider.Op(decider.Operation{Name: "a.b"}, join), decider.Op(decider.Operation{Name: "a.b"}, join))
		}},
		{"no Clone", func() *decider.Model { return model(decider.Kind("x", true, func(*bare, decider.Event) {})) }},
		{"would lose", func() *decider.Model { return model(decider.Kind("x", true, func(*hidden, decider.Event) {})) }},
		{"would lose", func() *decider.Model {
			return model(decider.Derived(func() *hidden { return &hidden{secret: 1} }, func(*hidden, decider.Event) {}))
		}},
	} {
		says := func() (text string) {
			defer func() { text, _ = recover().(string) }()
			c.make()
			return ""
		}()
		if !strings.Contains(says, c.says) {
			t.Errorf("panicked with %q, want %q", says, c.says)
		}
	}
}
