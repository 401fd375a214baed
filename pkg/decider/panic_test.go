package decider_test

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/fault"
)

// broken gives a service with a rule that panics at the third join, in each of the places where a rule runs while the record is folded.
func broken() map[string]decider.Part {
	type member struct{ Joins int }
	type joins struct{ N int }
	third := func(position uint64) {
		if position == 4 {
			panic("planted")
		}
	}
	return map[string]decider.Part{
		"evolve": decider.Kind("member", false, func(_ *member, e decider.Event) { third(e.Position) }),
		"fold":   decider.Derived(func() *joins { return &joins{} }, func(_ *joins, e decider.Event) { third(e.Position) }),
		"react": decider.Policy(func(_ *decider.View, e decider.Event, _ *toyv1.Joined) []decider.Demand {
			third(e.Position)
			return nil
		}),
	}
}

// TestPanicWhileFoldingStopsTheInstance: and nobody else: whoever waits is answered, whoever comes is told, and the error names the place.
func TestPanicWhileFoldingStopsTheInstance(t *testing.T) {
	t.Parallel()
	type member struct{ Joins int }
	w := founded(t, 4)
	for name, part := range broken() {
		t.Run(name, func(t *testing.T) {
			parts := []decider.Part{part}
			if name != "evolve" {
				parts = append(parts, decider.Kind("member", false, func(*member, decider.Event) {}))
			}
			i := w.instance(decider.NewModel("onlooker", toy.Rules, parts...))
			for n, b := range w.blocks[:3] {
				if err := i.ApplyBlock(w.now, b); err != nil {
					t.Fatalf("block %d: %v", n, err)
				}
			}
			awaited := false
			i.Await(5, func() { awaited = true })
			err := i.ApplyBlock(w.now, w.blocks[3])
			if !errors.Is(err, decider.ErrFold) || !strings.Contains(err.Error(), "index 3") {
				t.Errorf("the panic became %v", err)
			}
			if err := i.ApplyBlock(w.now, w.blocks[4]); !errors.Is(err, decider.ErrFold) {
				t.Errorf("it went on: %v", err)
			}
			i.Tick(w.now)
			var got *fault.Fault
			i.Submit(w.now, decider.Submission{
				Command: w.command("m9", "join", "register.join", &toyv1.Join{}), Reply: func(r decider.Result) { got = r.Fault },
			})
			if !errors.Is(got, fault.ErrUnavailable) || awaited || len(i.Outbox()) > 0 {
				t.Errorf("answered %v, awaited %v", got, awaited)
			}
		})
	}
	if w.ok(w.do(toy.Register, w.command("m9", "join", "register.join", &toyv1.Join{}))).Position != 6 {
		t.Error("the others did not go on")
	}
}

// TestPanicWhileFoldingAhead: a command whose facts cannot be folded does not come onto the record, and stops nobody.
func TestPanicWhileFoldingAhead(t *testing.T) {
	t.Parallel()
	type note struct{ N int }
	w := founded(t, 1)
	told := 0
	m := decider.NewModel("notes", toy.Rules,
		decider.Kind("note", true, func(_ *note, e decider.Event) {
			if e.Actor == member("m1") {
				panic("planted")
			}
		}),
		decider.Op(decider.Operation{Name: "notes.join", Lane: func(proto.Message) string { return "all" }}, op[*toyv1.Join](
			func(_ *decider.View, cmd *decider.Command, _ *toyv1.Join) ([]decider.Change, error) {
				return []decider.Change{decider.On("note/"+cmd.ID.NewAggregate(), &toyv1.Joined{})}, nil
			})))
	i := decider.NewInstance(decider.Config{Model: m, Salt: w.salt, Trouble: func(string, error) { told++ }}, w.rival(m).State())
	var bad *fault.Fault
	submit := func(who string, reply func(decider.Result)) {
		a, err := m.Admit(w.machine.Genesis(), w.encode(w.signed(who, "n", "notes.join", &toyv1.Join{})), noSignature)
		if err != nil {
			t.Fatal(err)
		}
		i.Submit(w.now, decider.Submission{Command: a, Reply: reply})
	}
	submit("m1", func(r decider.Result) { bad = r.Fault })
	submit("m2", func(r decider.Result) { t.Errorf("answered %+v before it was sent", r) })
	if !errors.Is(bad, fault.ErrInternal) || told != 1 {
		t.Errorf("answered %v, told %d times", bad, told)
	}
	for range 40 {
		w.now += 25
		i.Tick(w.now)
	}
	if out := i.Outbox(); len(out) != 1 || len(out[0].Request.Commits) != 1 {
		t.Errorf("%d requests were sent, want the other's", len(out))
	}
}
