package voting_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

// A trustee does not touch what it has not reckoned itself.
func TestTrusteeChecksSums(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelInterval), question, yesNoShape(t), append(votes(5, 3, 0, 10_00), secretBallot{area: 20_00})...)
	c.tallied(t, levelInterval, []int64{5}, []int64{40_01, 50_00})
	one := c.sums(t, levelTotals, nil, nil)
	fewer := *c
	fewer.rows = slices.Clone(c.rows)
	for i := range fewer.rows[1:8] {
		fewer.rows[i+1].Ballot = nil
	}
	alone := fewer.sums(t, levelInterval, []int64{1}, []int64{5_01})
	sums := func(change func(*votingv1.EncryptedTally)) func(*trustee.Poll) {
		return func(p *trustee.Poll) { change(p.Poll.Secret.Encrypted) }
	}
	for name, cheat := range map[string]struct {
		told func([]trustee.Row) []trustee.Row
		poll func(*trustee.Poll)
		want *fault.Fault
	}{
		"as it is":              {nil, nil, nil},
		"no roster":             {func([]trustee.Row) []trustee.Row { return nil }, nil, poll.ErrSumsForeign},
		"a credential left out": {func(r []trustee.Row) []trustee.Row { return r[:8] }, nil, poll.ErrSumsForeign},
		"a credential twice":    {func(r []trustee.Row) []trustee.Row { return append(r, r[8]) }, nil, poll.ErrSumsForeign},
		"another weight": {func(r []trustee.Row) []trustee.Row {
			r[0].Weight.Area++
			return r
		}, nil, poll.ErrSumsForeign},
		"a ballot left out": {func(r []trustee.Row) []trustee.Row {
			r[0].Ballot = nil
			return r
		}, nil, poll.ErrSumsDiffer},
		"a ballot moved to another": {func(r []trustee.Row) []trustee.Row {
			r[8].Ballot, r[8].Sequence = r[0].Ballot, 1
			r[0].Ballot = nil
			return r
		}, nil, secretballot.ErrUnproved},
		"a ballot copied": {func(r []trustee.Row) []trustee.Row {
			r[8].Ballot, r[8].Sequence = r[0].Ballot, 1
			return r
		}, nil, secretballot.ErrUnproved},
		"one ballot alone": {
			func(r []trustee.Row) []trustee.Row {
				for i := range r[1:8] {
					r[i+1].Ballot = nil
				}
				return r
			}, sums(func(e *votingv1.EncryptedTally) { e.Totals, e.Ballots = alone.Totals, 1 }), poll.ErrSumsFew,
		},
		"other sums":        {nil, sums(func(e *votingv1.EncryptedTally) { e.Totals[0].Sum = e.Totals[1].Sum }), poll.ErrSumsDiffer},
		"a small bound":     {nil, sums(func(e *votingv1.EncryptedTally) { e.Totals[0].Bound = 7 }), poll.ErrSumsDiffer},
		"exact totals":      {nil, sums(func(e *votingv1.EncryptedTally) { e.Secrecy, e.Totals = levelTotals, one.Totals }), poll.ErrSumsMore},
		"another threshold": {nil, sums(func(e *votingv1.EncryptedTally) { e.Totals[0].Claims[0].Threshold = 4 }), poll.ErrSumsMore},
		"another measure": {nil, sums(func(e *votingv1.EncryptedTally) {
			e.Totals[0].Measure = communityv1.Measure_MEASURE_HOUSEHOLDS
		}), poll.ErrSumsMore},
		"another option": {nil, sums(func(e *votingv1.EncryptedTally) { e.Totals[0].Option = 1 }), poll.ErrSumsMore},
		"a total twice":  {nil, sums(func(e *votingv1.EncryptedTally) { e.Totals = append(e.Totals, e.Totals[0]) }), poll.ErrSumsMore},
		"another number": {nil, sums(func(e *votingv1.EncryptedTally) { e.Ballots++ }), poll.ErrSumsDiffer},
		"other rules":    {nil, func(p *trustee.Poll) { p.Poll.Rules.Secrecy.AnonymityMin = 1 }, poll.ErrSumsForeign},
		"no sum":         {nil, sums(func(e *votingv1.EncryptedTally) { e.Totals[0].Sum = []byte{1} }), secretballot.ErrSum},
	} {
		t.Run(name, func(t *testing.T) {
			a := *c.agents[0]
			b := &secretBench{bench: bench{w: c.world, name: "nobody"}, told: cheat.told, poll: cheat.poll}
			a.Record = b
			err := a.Step(t.Context())
			if cheat.want == nil {
				if len(b.sent) != 1 {
					t.Errorf("nothing was said: %v", err)
				}
				return
			}
			if f := (*fault.Fault)(nil); len(b.sent) != 0 || !errors.As(err, &f) || f.Code != cheat.want.Code {
				t.Errorf("%v, want %v; said %v", err, cheat.want, b.sent)
			}
		})
	}
}

// A trustee who has touched one set of sums touches no other of the same poll: their difference would be a ballot.
func TestTrusteeTouchesOneSetOfSums(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), votes(5, 3, 0, 10_00)...)
	c.tallied(t, levelTotals, nil, nil)
	b := &secretBench{bench: bench{w: c.world, name: "nobody"}}
	a := &trustee.Agent{Key: c.agents[0].Key, Rand: c.agents[0].Rand, Record: b}
	if err := a.Step(t.Context()); err == nil || len(b.sent) != 1 {
		t.Fatal("nothing was said")
	}
	without := *c
	without.rows = slices.Clone(c.rows)
	without.rows[0].Ballot = nil
	other := without.sums(t, levelTotals, nil, nil)
	b.told = func(r []trustee.Row) []trustee.Row {
		r[0].Ballot = nil
		return r
	}
	b.poll = func(p *trustee.Poll) { p.Poll.Secret.Encrypted = other }
	if err := a.Step(t.Context()); err == nil || !strings.Contains(err.Error(), "other sums") || len(b.sent) != 1 {
		t.Errorf("said %d times, error %v", len(b.sent), err)
	}
	b.told, b.poll = nil, nil
	if err := a.Step(t.Context()); err == nil || len(b.sent) != 2 {
		t.Errorf("the same sums again are refused: %v", err)
	}
}

// What is proved once of sealed totals is sent again as it was, so that whoever does not let it through learns nothing from how long the
// next one takes. Other parts make another proof.
func TestTrusteeProvesOnce(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelPassFail), question, yesNoShape(t), votes(5, 3, 0, 10_00)...)
	c.tallied(t, levelPassFail, []int64{5}, []int64{40_01})
	for i := range 2 {
		if err := c.once(t, i); err != nil {
			t.Fatal(err)
		}
	}
	b := c.agents[1].Record.(*secretBench)
	proof := func() string {
		b.name = "nobody"
		defer func() { b.name = "t2" }()
		if err := c.once(t, 1); err == nil {
			t.Fatal("nobody was heard")
		}
		return string(bytes.Join(b.last().(*votingv1.ProveTotals).GetVerdicts(), []byte("|")))
	}
	first := proof()
	if again := proof(); again != first {
		t.Error("the same parts are proved anew")
	}
	if err := c.once(t, 2); err != nil { // blinds
		t.Fatal(err)
	}
	if later := proof(); later == first {
		t.Error("a proof does not follow what is on the record")
	}
	if err := c.once(t, 1); err != nil {
		t.Fatal(err)
	}
}

// The roster is told in pages, each no larger than it may be, and nothing is lost between them.
func TestBallotsInPages(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), votes(3, 2, 0, 10_00)...)
	var keys [][]byte
	for after, n := []byte(nil), 0; ; n++ {
		rows, rest := poll.Rows(c.state, c.id, after, 1)
		if len(rows) != 1 || n > 9 {
			t.Fatalf("%d rows on a page", len(rows))
		}
		if keys = append(keys, rows[0].Key); rest {
			break
		}
		after = rows[0].Key
	}
	if len(keys) != 5 || len(voting.Ballots(c.state, voting.BallotsQuestion{Poll: c.id}).Rows) != 5 {
		t.Errorf("%d keys", len(keys))
	}
	if page := voting.Ballots(c.state, voting.BallotsQuestion{Poll: id("none")}); len(page.Rows) != 0 || page.Next != nil {
		t.Errorf("a poll that is not there: %v", page)
	}
	if _, err := voting.AnswerBallots(c.state, []byte("?")); err == nil {
		t.Error("a question that is none is answered")
	}
	if raw, err := voting.AnswerBallots(c.state, []byte(`{"poll":"`+c.id+`"}`)); err != nil || !strings.Contains(string(raw), `"rows":[{`) {
		t.Errorf("%s, %v", raw, err)
	}
}

// What the rules add up at the close, every trustee finds when they add it up themselves, at every level.
func TestTrusteesFindWhatWasAddedUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		level communityv1.Secrecy
		steps int
	}{
		"totals":       {levelTotals, 1},
		"intervals":    {levelInterval, 2},
		"pass or fail": {levelPassFail, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules := closedRules(c.level)
			rules.Secrecy.IntervalWidth = 30_00
			w := newClosed(t, rules, question, yesNoShape(t), votes(12, 7, 2, 10_00)...)
			w.only("voting.record_encrypted_tally", "voting.record_tally")
			p := w.poll(w.id)
			if p.Secret.Encrypted.GetSecrecy() != c.level || len(p.Secret.Encrypted.GetTotals()) == 0 {
				t.Fatalf("added up: %v", p.Secret.Encrypted)
			}
			for range c.steps {
				for i := range 2 {
					if err := w.once(t, i); err != nil {
						t.Fatal(err)
					}
				}
			}
			got := w.poll(w.id).Tally
			if got.GetResult() != passed || got.GetSecret().GetSecrecy() != c.level || got.GetSecret().GetLeak().GetRefused() != "" {
				t.Errorf("tally %v", got)
			}
		})
	}
}
