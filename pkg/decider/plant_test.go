package decider_test

import (
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

// TestPlantLeavesTheModelAlone: the bug is in the copy.
func TestPlantLeavesTheModelAlone(t *testing.T) {
	t.Parallel()
	right := toy.RegisterModel()
	deaf := func(decider.Fold) decider.Fold { return func(any, decider.Event) {} }
	wrong := decider.Plant(right, decider.InKind("member", deaf))
	if right.Shape() != wrong.Shape() {
		t.Error("the copy has another shape")
	}
	for _, c := range []struct {
		model  *decider.Model
		active bool
	}{{right, true}, {wrong, false}} {
		s := decider.NewState(c.model)
		if err := s.Apply(commit(t, "member/a", 1, &toyv1.Joined{}), start); err != nil {
			t.Fatal(err)
		}
		if m := decider.Peek[toy.Member](s, "member/a"); m == nil || m.Active != c.active {
			t.Errorf("the member is %v, want active %v", m, c.active)
		}
	}
}

// TestPlantNeedsAPlace: a bug in what is not there is no bug, and a test with it would prove nothing.
func TestPlantNeedsAPlace(t *testing.T) {
	t.Parallel()
	same := func(r decider.Rule) decider.Rule { return r }
	fold := func(f decider.Fold) decider.Fold { return f }
	react := func(r decider.Reaction) decider.Reaction { return r }
	for name, bug := range map[string]decider.Part{
		"operation": decider.InRule("register.nothing", same), "kind": decider.InKind("nothing", fold),
		"policy": decider.InPolicy[*toyv1.Left](react),
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was planted")
				}
			}()
			decider.Plant(toy.RegisterModel(), bug)
		})
	}
}
