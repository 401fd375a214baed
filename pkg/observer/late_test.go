package observer_test

import (
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/observer"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

type meeting struct{ Held bool }

// meetings is a club in which a meeting is convened by the rule for every new member.
func meetings() []*decider.Model {
	convene := func(_ *decider.View, _ *decider.Command, body *proposalv1.ConveneDeliberation) ([]decider.Change, error) {
		return []decider.Change{decider.On("deliberation/"+body.GetTopics()[0], &proposalv1.DeliberationConvened{})}, nil
	}
	demand := func(_ *decider.View, e decider.Event, _ *communityv1.MemberAdmitted) []decider.Demand {
		id := e.Aggregate[len("member/"):]
		return []decider.Demand{{
			Purpose: "convene/" + id, Operation: "community.convene", Body: &proposalv1.ConveneDeliberation{Topics: []string{id}},
		}}
	}
	return []*decider.Model{decider.NewModel("community", []uint32{1, 2}, append(admitting(),
		decider.Kind("deliberation", true, func(s *meeting, _ decider.Event) { s.Held = true }),
		decider.Op(decider.Operation{Name: "community.convene", Policy: true}, convene),
		decider.Policy(demand),
	)...)}
}

// TestLate: what a rule demanded and nobody did is told and ends nothing, for a service that was down forges nothing; what a rule did not
// demand does.
func TestLate(t *testing.T) {
	t.Parallel()
	w := forge.NewWorld(t, meetings()...)
	w.Found("community.found", &communityv1.Found{EpochKey: forge.Public("epoch")}, forge.Key("ann"))
	for range 3 {
		grow(w, 1)
		w.Pass(120_000)
	}
	grow(w, 1) // of what the third demanded it is late by now
	for name, c := range map[string]struct {
		change func(r *forge.Record)
		good   bool
	}{
		"in time": {func(*forge.Record) {}, true},
		"never":   {func(r *forge.Record) { r.Drop(6) }, true},
		"of another": {func(r *forge.Record) {
			r.EditCommand(r.Find("community.convene"), func(s *chain.Signed) { s.IdempotencyKey = "convene/nobody" })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := w.Record.In(t)
			c.change(r)
			s := serve(t, r)
			cfg := configOf(r, t.TempDir())
			cfg.Models = meetings()
			for range 2 { // and after a restart
				o := open(t, cfg, s)
				err := errors.Join(o.Catch(t.Context()), o.Sure(1))
				if c.good && err != nil {
					t.Error(err)
				} else if !c.good {
					refused(t, err, observer.ErrUntrue)
				}
			}
		})
	}
}
