package voting_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/holder"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// desk is a keystore's view of a world. It checks signatures, as the service's shell does, and can lose answers.
type desk struct {
	w       *world
	genesis chain.Hash
	lose    error // given instead of an answer
}

func (d *desk) Polls(context.Context) ([]holder.Poll, error) {
	return voting.Polls(d.w.state, "", 1000), nil
}

func (d *desk) Submit(_ context.Context, raw []byte) error {
	s, err := chain.DecodeSigned(raw)
	if err != nil {
		return err
	}
	cmdID, err := s.ID(chain.AuthorDevice, "")
	if err != nil {
		return err
	}
	if err := s.CheckSignatures(d.genesis, cmdID); err != nil {
		return err
	}
	if s.NotAfter < d.w.now {
		return errors.New("too late")
	}
	err = d.w.submit(s)
	d.w.settle()
	return errors.Join(err, d.lose)
}

func (d *desk) agent(t *testing.T, name string, boxKey byte) *holder.Agent {
	t.Helper()
	a, err := holder.New(holder.Config{
		Folder: t.TempDir(), Member: id(name), Device: device(name), BoxKey: fixedKey(boxKey), Holders: voting.Holders(d.w.state),
		Genesis: d.genesis, Rand: rand.Reader, Now: func() int64 { return d.w.now },
	}, d)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Two keystores on two desks bring a poll to its tally, with answers lost or not.
func TestKeystoresOpenAndCount(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]error{"answered": nil, "answers lost": errors.New("connection lost")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.admit("ann")
			w.unit("flat", "ann", 1)
			d := &desk{w: w, genesis: chain.Hash{7}, lose: lose}
			one, two := d.agent(t, holderOne, 1), d.agent(t, holderTwo, 2)
			step := func(agents ...*holder.Agent) {
				for _, a := range agents {
					if err := a.Step(t.Context()); err != nil && !errors.Is(err, lose) {
						t.Fatal(err)
					}
				}
			}
			p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question)
			step(two, two)
			if len(w.poll(p).BoxKey) != 0 {
				t.Fatal("the second holder offered")
			}
			step(one, one)
			if w.poll(p).Roll != nil {
				t.Fatal("the poll opened without the second holder")
			}
			step(two)
			if w.poll(p).Roll == nil {
				t.Fatal("the poll did not open")
			}
			w.must(w.vote(p, "ann", yes))
			step(one, two)
			if w.poll(p).Published() {
				t.Fatal("the key was published while the poll is open")
			}
			w.wait(60_000)
			step(two, one)
			if got := w.poll(p).Tally; got.GetResult() != votingv1.Result_RESULT_PASSED || got.GetValid() != 1 {
				t.Errorf("tally %v", got)
			}
			if w.poll(p).OfferedBy != id(holderOne) || w.poll(p).HeldBy != id(holderTwo) {
				t.Error("the holders' parts are mixed up")
			}
			before := len(w.commits)
			step(one, two)
			if len(w.commits) != before {
				t.Error("something was done twice")
			}
		})
	}
}
