package voting_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/observer"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/follow"
	"renlin.dev/services/voting/holder"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

// folded is the record of a world as somebody has verified it.
type folded struct {
	w      *world
	unsure bool  // no witness has confirmed anything
	err    error // why nothing is made of it
}

func (f *folded) Catch(context.Context) error { return f.err }

func (f *folded) View(_ string, look func(s *decider.State) error) error {
	if f.err != nil {
		return f.err
	}
	return look(f.w.state)
}

func (f *folded) Sure(position uint64) error {
	switch {
	case f.unsure:
		return observer.ErrUnwitnessed
	case position > f.w.state.Position():
		return observer.ErrBehind
	}
	return f.err
}

// wired is a voting service that answers as over the bus, and may lie.
type wired struct {
	trustee.Record
	polls func([]trustee.Poll) []trustee.Poll
	rows  func([]trustee.Row) []trustee.Row
	err   error
}

func (w *wired) Ceremonies(ctx context.Context) ([]trustee.Poll, error) {
	polls, err := w.Record.Ceremonies(ctx)
	polls = overBus(polls)
	if w.polls != nil {
		polls = w.polls(polls)
	}
	return polls, errors.Join(err, w.err)
}

func (w *wired) Ballots(ctx context.Context, id string) ([]trustee.Row, error) {
	rows, err := w.Record.Ballots(ctx, id)
	rows = overBus(rows)
	if w.rows != nil {
		rows = w.rows(rows)
	}
	return rows, errors.Join(err, w.err)
}

// overBus gives what comes out of JSON.
func overBus[T any](v T) (out T) {
	raw, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}

// told tells whether something was refused for that reason; nil for nothing at all.
func told(t *testing.T, refusals *follow.Refusals, want *fault.Fault) {
	t.Helper()
	got := refusals.Otherwise()
	if want == nil {
		if got != nil {
			t.Errorf("refused: %v", got)
		}
		return
	}
	if !errors.Is(got, want) {
		t.Errorf("refused: %v, want %s", got, want.Code)
	}
}

// first changes the first poll that is told.
func first(change func(p *trustee.Poll)) func([]trustee.Poll) []trustee.Poll {
	return func(polls []trustee.Poll) []trustee.Poll {
		change(&polls[0])
		return polls
	}
}

// A voting service that lies to a trustee about a secret poll is found out by name, and the trustee touches nothing of that poll while it
// does. One that is behind, or says nothing, changes nothing: what is due follows from the record.
func TestTrusteeToldOtherwise(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), append(votes(5, 3, 0, 10_00), secretBallot{area: 10_00})...)
	other := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), votes(3, 3, 0, 10_00)...)
	c.tallied(t, levelTotals, nil, nil)
	rows := func(change func(r []trustee.Row) []trustee.Row) *wired { return &wired{rows: change} }
	polls := func(change func(p *trustee.Poll)) *wired { return &wired{polls: first(change)} }
	for name, lie := range map[string]struct {
		told *wired
		want *fault.Fault
	}{
		"nothing":           {&wired{}, nil},
		"no answer":         {&wired{err: errLost}, nil},
		"of no poll at all": {&wired{polls: func([]trustee.Poll) []trustee.Poll { return nil }}, nil},
		"behind: not added up yet, and with fewer words": {polls(func(p *trustee.Poll) {
			p.Poll, p.Closed, p.Ceremony.Seal, p.Ceremony.Said = nil, false, nil, p.Ceremony.Said[:4]
		}), nil},
		"behind: not added up yet, and with fewer ballots": {
			&wired{polls: first(func(p *trustee.Poll) { p.Poll = nil }), rows: func(r []trustee.Row) []trustee.Row {
				r[0].Ballot = nil
				return r
			}}, nil,
		},
		"behind: an earlier round": {polls(func(p *trustee.Poll) { p.Ceremony.Round, p.Ceremony.Threshold, p.Poll = 0, 9, nil }), nil},

		"a ballot left out": {rows(func(r []trustee.Row) []trustee.Row {
			r[0].Ballot, r[0].Sequence = nil, 0
			return r
		}), follow.ErrBallotMissing},
		"a ballot invented": {rows(func(r []trustee.Row) []trustee.Row {
			r[8].Ballot, r[8].Sequence = r[0].Ballot, 1
			return r
		}), follow.ErrBallotInvented},
		"a ballot replaced": {rows(func(r []trustee.Row) []trustee.Row {
			r[0].Ballot = r[1].Ballot
			return r
		}), follow.ErrBallotOther},
		"another number": {rows(func(r []trustee.Row) []trustee.Row {
			r[0].Sequence++
			return r
		}), follow.ErrBallotOther},
		"a credential left out": {rows(func(r []trustee.Row) []trustee.Row { return r[1:] }), follow.ErrRoster},
		"a credential invented": {rows(func(r []trustee.Row) []trustee.Row {
			return append(r, trustee.Row{Credential: poll.Credential{Key: fixedKey(255)}})
		}), follow.ErrRoster},
		"another weight": {rows(func(r []trustee.Row) []trustee.Row {
			r[0].Weight.Area++
			return r
		}), follow.ErrRoster},
		"another channel": {rows(func(r []trustee.Row) []trustee.Row {
			r[0].Channel = votingv1.Channel_CHANNEL_PAPER
			return r
		}), follow.ErrRoster},

		"another roster":    {polls(func(p *trustee.Poll) { p.Poll.Secret.Root = fixedKey(9) }), follow.ErrRoster},
		"another threshold": {polls(func(p *trustee.Poll) { p.Ceremony.Threshold++ }), follow.ErrThreshold},
		"other trustees": {polls(func(p *trustee.Poll) {
			p.Ceremony.Trustees = slices.Clone(p.Ceremony.Trustees)
			p.Ceremony.Trustees[0], p.Ceremony.Trustees[1] = p.Ceremony.Trustees[1], p.Ceremony.Trustees[0]
		}), follow.ErrTrustees},
		"another poll's key": {polls(func(p *trustee.Poll) { p.Ceremony.Seal = other.poll(other.id).Ceremony.Seal }), follow.ErrKey},
		"another poll's ceremony": {polls(func(p *trustee.Poll) {
			theirs := other.poll(other.id).Ceremony
			p.Ceremony.Said = theirs.Said
		}), follow.ErrWords},
		"a later round":    {polls(func(p *trustee.Poll) { p.Ceremony.Round++ }), follow.ErrWords},
		"another box key":  {polls(func(p *trustee.Poll) { p.Poll.BoxKey = fixedKey(3) }), follow.ErrKey},
		"another election": {polls(func(p *trustee.Poll) { p.Poll.Secret.Election = fixedKey(3) }), follow.ErrPollOther},
		"other rules": {polls(func(p *trustee.Poll) { p.Poll.Rules.Secrecy.AnonymityMin = 1 }),
			follow.ErrPollOther},
		"another level": {polls(func(p *trustee.Poll) { p.Secrecy = communityv1.Secrecy_SECRECY_OPEN }), follow.ErrPollOther},
		"other sums": {polls(func(p *trustee.Poll) {
			p.Poll.Secret.Encrypted.Totals[0].Sum = p.Poll.Secret.Encrypted.Totals[1].Sum
		}), follow.ErrSums},
		"no sums": {polls(func(p *trustee.Poll) { p.Poll.Secret.Encrypted = nil }), follow.ErrSums},
		"words that nobody said": {polls(func(p *trustee.Poll) { p.Poll.Secret.Decrypted = [][]byte{{1}} }),
			follow.ErrWords},
	} {
		t.Run(name, func(t *testing.T) {
			b := &secretBench{bench: bench{w: c.world, name: "nobody"}}
			lie.told.Record = b
			a := &trustee.Agent{Key: c.agents[0].Key, Rand: c.agents[0].Rand}
			counted := map[string]int{}
			refusals := &follow.Refusals{Count: func(code string) { counted[code]++ }}
			a.Record = &follow.Trustee{Record: &folded{w: c.world}, Told: lie.told, Refusals: refusals}
			for range 2 {
				_ = refusals.Around(t.Context(), a.Step)
			}
			told(t, refusals, lie.want)
			if done := len(b.sent) > 0; done != (lie.want == nil) {
				t.Errorf("said %v", b.sent)
			}
			if lie.want != nil && counted[lie.want.Code] == 0 {
				t.Errorf("counted %v", counted)
			}
			// And when the voting service tells the truth again the trustee does what is due.
			lie.told.polls, lie.told.rows, lie.told.err = nil, nil, nil
			b.sent = nil
			a = &trustee.Agent{Key: c.agents[0].Key, Rand: c.agents[0].Rand, Record: a.Record}
			_ = refusals.Around(t.Context(), a.Step)
			told(t, refusals, nil)
			if len(b.sent) != 1 {
				t.Errorf("afterwards said %v", b.sent)
			}
		})
	}
}

// What is told of a poll that is not on the record is refused, and holds nothing else up.
func TestTrusteeToldOfNoPoll(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), votes(5, 3, 0, 10_00)...)
	c.tallied(t, levelTotals, nil, nil)
	b := &secretBench{bench: bench{w: c.world, name: "nobody"}}
	refusals := &follow.Refusals{}
	a := &trustee.Agent{Key: c.agents[0].Key, Rand: c.agents[0].Rand, Record: &follow.Trustee{
		Record: &folded{w: c.world}, Refusals: refusals, Told: &wired{Record: b, polls: func(p []trustee.Poll) []trustee.Poll {
			invented := p[0]
			invented.ID = id("invented")
			return append(p, invented)
		}},
	}}
	_ = refusals.Around(t.Context(), a.Step)
	told(t, refusals, nil)
	_ = refusals.Around(t.Context(), a.Step)
	told(t, refusals, follow.ErrPollUnknown)
	if len(b.sent) != 2 {
		t.Errorf("said %v", b.sent)
	}
}

// A block can be on the record, and the voting service know of it, an instant before the sequencer tells that there is one. Nothing is done
// for its poll then, and nobody is called a liar for it; nor when that happens again later.
func TestToldForAnInstant(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), votes(5, 3, 0, 10_00)...)
	c.tallied(t, levelTotals, nil, nil)
	for name, lie := range map[string]*wired{
		"words": {polls: first(func(p *trustee.Poll) { p.Poll.Secret.Decrypted = [][]byte{{1}} })},
		"rows":  {rows: func(r []trustee.Row) []trustee.Row { return r[1:] }},
	} {
		t.Run(name, func(t *testing.T) {
			b := &secretBench{bench: bench{w: c.world, name: "nobody"}}
			ahead, refusals := &wired{Record: b}, &follow.Refusals{}
			followed := &follow.Trustee{Record: &folded{w: c.world}, Refusals: refusals, Told: ahead}
			for i := range 6 {
				ahead.polls, ahead.rows = nil, nil
				if i%2 == 0 {
					ahead.polls, ahead.rows = lie.polls, lie.rows
				}
				b.sent = nil
				a := &trustee.Agent{Key: c.agents[0].Key, Rand: c.agents[0].Rand, Record: followed} // it has not seen the ballots yet
				_ = refusals.Around(t.Context(), a.Step)
				told(t, refusals, nil)
				if len(b.sent) != i%2 {
					t.Errorf("look %d: said %v", i, b.sent)
				}
			}
		})
	}
}

// Sums are touched when the record is sure of them, and not before; a record of which nothing is made is touched never.
func TestTrusteeWaitsForWitnesses(t *testing.T) {
	t.Parallel()
	c := newClosed(t, closedRules(levelTotals), question, yesNoShape(t), votes(5, 3, 0, 10_00)...)
	c.tallied(t, levelTotals, nil, nil)
	b := &secretBench{bench: bench{w: c.world, name: "nobody"}}
	own, refusals := &folded{w: c.world, unsure: true}, &follow.Refusals{}
	counted := 0
	refusals.Count = func(code string) {
		if code == observer.ErrUnwitnessed.Code {
			counted++
		}
	}
	a := &trustee.Agent{Key: c.agents[0].Key, Rand: c.agents[0].Rand, Record: &follow.Trustee{Record: own, Told: b, Refusals: refusals}}
	if err := refusals.Around(t.Context(), a.Step); err != nil || len(b.sent) != 0 || counted != 1 {
		t.Errorf("unwitnessed: %v, said %v, counted %d", err, b.sent, counted)
	}
	own.err = observer.ErrForked
	if err := refusals.Around(t.Context(), a.Step); !errors.Is(err, observer.ErrForked) || len(b.sent) != 0 {
		t.Errorf("forked: %v, said %v", err, b.sent)
	}
	own.err, own.unsure = nil, false
	_ = refusals.Around(t.Context(), a.Step)
	if len(b.sent) != 1 {
		t.Errorf("witnessed: said %v", b.sent)
	}
}

// Trustees who follow the record make the key of an open poll and open its ballots; told too early that it is closed, they publish nothing,
// and neither while no witness has confirmed the close.
func TestTrusteesFollowOpenPoll(t *testing.T) {
	t.Parallel()
	c := newCouncil(t, "t1", "t2", "t3")
	own := &folded{w: c.world}
	var early bool
	refusals := make([]*follow.Refusals, len(c.agents))
	for i, a := range c.agents {
		refusals[i] = &follow.Refusals{}
		hasty := &wired{Record: a.Record, polls: func(p []trustee.Poll) []trustee.Poll {
			for i := range p {
				p[i].Closed = p[i].Closed || early
			}
			return p
		}}
		a.Record = &follow.Trustee{Record: own, Refusals: refusals[i], Told: hasty}
	}
	step := func(who ...int) {
		t.Helper()
		for before := -1; before != len(c.commits); {
			before = len(c.commits)
			for _, i := range who {
				_ = refusals[i].Around(t.Context(), c.agents[i].Step)
			}
		}
	}
	c.admit("ann", "bob")
	p := c.motion("roof", openRules(2), question)
	step(0, 1, 2)
	if c.poll(p).Roll == nil {
		t.Fatal("the poll did not open")
	}
	c.must(c.vote(p, "ann", yes))
	shares := func() (n int) {
		for _, s := range c.poll(p).Ceremony.Shares {
			n += min(len(s), 1)
		}
		return n
	}
	early = true
	step(0, 1, 2)
	step(0, 1, 2)
	told(t, refusals[0], follow.ErrClosed)
	if shares() != 0 {
		t.Fatal("a share was published while the poll is open")
	}
	early, own.unsure = false, true
	c.wait(60_000)
	step(0, 1, 2)
	told(t, refusals[0], nil)
	if shares() != 0 {
		t.Fatal("a share was published before the close was witnessed")
	}
	own.unsure = false
	step(0, 1, 2)
	if got := c.poll(p).Tally; got.GetBallots() != 1 || shares() != 3 {
		t.Errorf("tally %v of %d shares", got, shares())
	}
}

// lyingDesk is a desk that may tell a holder otherwise.
type lyingDesk struct {
	*desk
	polls func(p *holder.Poll)
	err   error
}

func (d *lyingDesk) Polls(ctx context.Context) ([]holder.Poll, error) {
	polls, err := d.desk.Polls(ctx)
	for i := range polls {
		if d.polls != nil {
			d.polls(&polls[i])
		}
	}
	return polls, errors.Join(err, d.err)
}

// The holders of a poll's key who follow the record open it when the record says that it is closed, whatever they are told.
func TestHoldersFollow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lie  func(p *holder.Poll)
		err  error
		want *fault.Fault
	}{
		"nothing":     {nil, nil, nil},
		"no answer":   {nil, errLost, nil},
		"closed":      {func(p *holder.Poll) { p.Closed = true }, nil, follow.ErrClosed},
		"another key": {func(p *holder.Poll) { p.BoxKey = fixedKey(9) }, nil, follow.ErrKey},
		"no poll":     {func(p *holder.Poll) { p.ID = id("invented") }, nil, follow.ErrPollUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.admit("ann")
			w.unit("flat", "ann", 1)
			own, refusals := &folded{w: w}, &follow.Refusals{}
			d := &lyingDesk{desk: &desk{w: w}}
			var agents []*holder.Agent
			for i, name := range []string{holderOne, holderTwo} {
				a, err := holder.New(holder.Config{
					Folder: t.TempDir(), Member: id(name), Device: device(name), BoxKey: fixedKey(byte(i + 1)), Holders: voting.Holders(w.state),
					Rand: rand.Reader, Now: func() int64 { return w.now },
				}, &follow.Holder{Record: own, Told: d, Refusals: refusals})
				if err != nil {
					t.Fatal(err)
				}
				agents = append(agents, a)
			}
			step := func() {
				for _, a := range agents {
					_ = refusals.Around(t.Context(), a.Step)
				}
			}
			p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question)
			step()
			if w.poll(p).Roll == nil {
				t.Fatal("the poll did not open")
			}
			w.must(w.vote(p, "ann", yes))
			d.polls, d.err = c.lie, c.err
			step()
			step()
			told(t, refusals, c.want)
			if w.poll(p).Published() {
				t.Fatal("the key was published while the poll is open")
			}
			own.unsure, d.polls = true, nil
			w.wait(60_000)
			step()
			if w.poll(p).Published() {
				t.Fatal("the key was published before the close was witnessed")
			}
			own.unsure = false
			step()
			if got := w.poll(p).Tally; got.GetResult() != votingv1.Result_RESULT_PASSED {
				t.Errorf("tally %v", got)
			}
		})
	}
}
