package decider_test

import (
	"fmt"
	"iter"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

// points is what the test gathers: whose they are.
type points map[string]toy.Member

func gatherPoints(all iter.Seq2[string, *toy.Member]) points {
	out := points{}
	for id, m := range all {
		out[id] = *m
	}
	return out
}

// TestGatheredIsTheCollection: whatever rules and policies gather is what they would see if they walked the collection, in a batch, within
// a commit and after it, also when they have gathered it before; and the decision is stale as soon.
func TestGatheredIsTheCollection(t *testing.T) {
	looked, differs := 0, ""
	compare := func(v *decider.View) {
		got, want := decider.Gathered(v, "member", gatherPoints), gatherPoints(decider.All[toy.Member](v, "member"))
		if looked++; !maps.Equal(got, want) {
			differs = fmt.Sprintf("gathered %v, want %v", got, want)
		}
	}
	looking := func(right decider.Rule) decider.Rule {
		return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) {
			compare(v)
			return right(v, cmd)
		}
	}
	reacting := func(right decider.Reaction) decider.Reaction {
		return func(v *decider.View, e decider.Event) []decider.Demand {
			compare(v)
			return right(v, e)
		}
	}
	register := decider.Plant(toy.RegisterModel(), decider.InRule("register.join", looking), decider.InRule("register.leave", looking),
		decider.InRule("register.give", looking))
	forum := decider.Plant(toy.ForumModel(), decider.InRule("forum.post", looking), decider.InPolicy[*toyv1.Posted](reacting))
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		w.inst[toy.Register], w.inst[toy.Forum] = w.instance(register), w.instance(forum)
		w.ok(w.do(toy.Register, w.found()))
		for i := range rapid.IntRange(1, 12).Draw(r, "steps") {
			for j := range rapid.IntRange(1, 3).Draw(r, "at once") {
				who, idem := fmt.Sprint("m", rapid.IntRange(0, 3).Draw(r, "who")), fmt.Sprint(i, "-", j)
				switch rapid.IntRange(0, 3).Draw(r, "what") {
				case 0:
					w.submit(toy.Register, w.command(who, idem, "register.join", &toyv1.Join{}))
				case 1:
					w.submit(toy.Register, w.command(who, idem, "register.leave", &toyv1.Leave{}))
				case 2:
					w.submit(toy.Register, w.command(who, idem, "register.give", &toyv1.Give{To: member("m0"), Points: 1}))
				default:
					w.submit(toy.Forum, w.command(who, idem, "forum.post", &toyv1.Post{}))
				}
			}
			w.run()
		}
		if differs != "" {
			r.Fatal(differs)
		}
	})
	if looked < 100 {
		t.Fatal("nobody looked")
	}
}

// TestGatheredIsNoted: a rule that has gathered a collection rests on it, whether it was made anew or kept.
func TestGatheredIsNoted(t *testing.T) {
	w := newWorld(t)
	w.inst[toy.Forum] = w.instance(decider.Plant(toy.ForumModel(), decider.InRule("forum.post", func(right decider.Rule) decider.Rule {
		return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) {
			decider.Gathered(v, "member", gatherPoints)
			return right(v, cmd)
		}
	})))
	w.ok(w.do(toy.Register, w.found()))
	w.ok(w.do(toy.Register, w.command("m0", "join", "register.join", &toyv1.Join{})))
	for i := range 2 {
		w.ok(w.do(toy.Forum, w.command("m0", fmt.Sprint("post ", i), "forum.post", &toyv1.Post{})))
		c, err := chain.DecodeCommit(w.blocks[len(w.blocks)-1].Commits[0])
		if err != nil {
			t.Fatal(err)
		}
		if colls := c.Collections; len(colls) != 1 || colls[0].Key != "member" || colls[0].Version != 1 {
			t.Errorf("post %d rests on %v", i, colls)
		}
	}
}

// TestGatheredWithinACommit: what a policy gathers between two facts of a commit is not kept for the rest of it.
func TestGatheredWithinACommit(t *testing.T) {
	sums := []int64{}
	sum := func(v *decider.View) {
		n := int64(0)
		for _, m := range decider.Gathered(v, "member", gatherPoints) { // any order: a sum
			n += m.Points
		}
		sums = append(sums, n)
	}
	watch := decider.NewModel(toy.Forum, toy.Rules,
		decider.Kind("member", false, func(m *toy.Member, e decider.Event) {
			switch b := e.Body.(type) {
			case *toyv1.Joined:
				m.Points += 10
			case *toyv1.Gave:
				m.Points -= b.GetPoints()
			case *toyv1.Got:
				m.Points += b.GetPoints()
			}
		}),
		decider.Policy(func(v *decider.View, _ decider.Event, _ *toyv1.Gave) []decider.Demand { sum(v); return nil }),
		decider.Policy(func(v *decider.View, _ decider.Event, _ *toyv1.Got) []decider.Demand { sum(v); return nil }),
	)
	w := newWorld(t)
	w.inst[toy.Forum] = w.instance(watch)
	w.ok(w.do(toy.Register, w.found()))
	for _, who := range []string{"m0", "m1"} {
		w.ok(w.do(toy.Register, w.command(who, "join", "register.join", &toyv1.Join{})))
	}
	w.ok(w.do(toy.Register, w.command("m0", "give", "register.give", &toyv1.Give{To: member("m1"), Points: 3})))
	if len(sums) != 2 || sums[0] == 20 || sums[1] != 20 {
		t.Errorf("points after each fact: %v, want 17 or 23, then 20", sums)
	}
}
