package voting_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strconv"
	"testing"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	wallet "renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/follow"
	registry "renlin.dev/services/voting/registrar"
)

// lyingBureau is a voting service that may tell the registrar otherwise.
type lyingBureau struct {
	*bureau
	polls  func([]registry.Poll) []registry.Poll
	voters func([]registry.Voter) []registry.Voter
	over   bool // says of every poll that it is over
	err    error
}

func (b *lyingBureau) Polls(ctx context.Context) ([]registry.Poll, error) {
	polls, err := b.bureau.Polls(ctx)
	polls = overBus(polls)
	if b.polls != nil {
		polls = b.polls(polls)
	}
	return polls, errors.Join(err, b.err)
}

func (b *lyingBureau) Voters(ctx context.Context, id string) ([]registry.Voter, error) {
	voters, err := b.bureau.Voters(ctx, id)
	voters = overBus(voters)
	if b.voters != nil {
		voters = b.voters(voters)
	}
	return voters, errors.Join(err, b.err)
}

func (b *lyingBureau) Over(ctx context.Context, id string) (bool, error) {
	over, err := b.bureau.Over(ctx, id)
	return over || b.over, errors.Join(err, b.err)
}

// followedOffice is an office whose registrar follows the record.
type followedOffice struct {
	*office
	own      *folded
	lies     *lyingBureau
	refusals *follow.Refusals
	folder   string
}

func newFollowedOffice(t *testing.T, owners, registered int) *followedOffice {
	t.Helper()
	var names []string
	for i := range owners {
		names = append(names, "owner"+strconv.Itoa(i))
	}
	o := followOffice(t, newOffice(t, names...))
	for _, name := range names[:registered] {
		o.register(t, name, true)
	}
	return o
}

// followOffice gives an office a registrar who follows the record.
func followOffice(t *testing.T, plain *office) *followedOffice {
	t.Helper()
	o := &followedOffice{office: plain, refusals: &follow.Refusals{}, folder: t.TempDir()}
	o.own, o.lies = &folded{w: o.world}, &lyingBureau{bureau: o.bureau}
	var err error
	o.agent, err = registry.New(registry.Config{Folder: o.folder, Device: device(theRegistrar), BoxKey: fixedKey(8)},
		&follow.Registrar{Record: o.own, Told: o.lies, Refusals: o.refusals})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// step is the registrar's, and gives how many credentials are listed then, and how many polls it keeps anything of.
func (o *followedOffice) step(t *testing.T) (listed uint32, kept int) {
	t.Helper()
	_ = o.refusals.Around(t.Context(), o.agent.Step)
	found, err := filepath.Glob(filepath.Join(o.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return o.world.poll(o.poll).Secret.Listed, len(found)
}

// A voting service that lies to the registrar is found out by name: nothing is listed while it does, and nothing forgotten. When it tells
// the truth again, the roster is what the record says. One that says nothing changes nothing.
func TestRegistrarToldOtherwise(t *testing.T) {
	t.Parallel()
	polls := func(change func(p *registry.Poll)) func(*lyingBureau) {
		return func(b *lyingBureau) {
			b.polls = func(all []registry.Poll) []registry.Poll {
				change(&all[0])
				return all
			}
		}
	}
	voters := func(change func(v []registry.Voter) []registry.Voter) func(*lyingBureau) {
		return func(b *lyingBureau) { b.voters = change }
	}
	for name, c := range map[string]struct {
		lie  func(b *lyingBureau)
		want *fault.Fault
	}{
		"nothing":                   {func(*lyingBureau) {}, nil},
		"no answer":                 {func(b *lyingBureau) { b.err = errLost }, nil},
		"behind: still registering": {polls(func(p *registry.Poll) { p.Ended = false }), nil},
		"behind: still registering, and with fewer voters": {func(b *lyingBureau) {
			b.polls = func(all []registry.Poll) []registry.Poll {
				all[0].Ended = false
				return all
			}
			b.voters = func(v []registry.Voter) []registry.Voter { return v[1:] }
		}, nil},
		"a voter left out": {voters(func(v []registry.Voter) []registry.Voter { return v[1:] }), follow.ErrVoterMissing},
		"a voter invented": {voters(func(v []registry.Voter) []registry.Voter {
			return append(v, registry.Voter{ID: "zz", Commitment: fixedKey(1), Row: &votingv1.CredentialRow{}})
		}), follow.ErrVoterInvented},
		"a voter put in another's place": {voters(func(v []registry.Voter) []registry.Voter {
			v[0].ID = "aa"
			return v
		}), follow.ErrVoterMissing},
		"another commitment": {voters(func(v []registry.Voter) []registry.Voter {
			v[0].Commitment = v[1].Commitment
			return v
		}), follow.ErrVoterOther},
		"another weight": {voters(func(v []registry.Voter) []registry.Voter {
			v[0].Row.Heads++
			return v
		}), follow.ErrVoterOther},
		"another registrar": {polls(func(p *registry.Poll) {
			p.Registrar = &communityv1.Registrar{Member: id("thief"), Key: fixedKey(1)}
		}), follow.ErrRegistrar},
		"lists that nobody made":   {polls(func(p *registry.Poll) { p.Listed, p.LastKey = 2, fixedKey(1) }), follow.ErrListed},
		"another last key":         {polls(func(p *registry.Poll) { p.LastKey = fixedKey(1) }), follow.ErrListed},
		"a roster that is sealed":  {polls(func(p *registry.Poll) { p.Sealed = true }), follow.ErrRoster},
		"a poll that is not there": {polls(func(p *registry.Poll) { p.ID = id("invented") }), nil},
		"no poll, and that it is over": {func(b *lyingBureau) {
			b.over, b.polls = true, func([]registry.Poll) []registry.Poll { return nil }
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newFollowedOffice(t, 3, 3)
			if s := o.world.poll(o.poll).Secret; !s.Ended {
				o.wait(s.EndsAt - o.now)
			}
			c.lie(o.lies)
			o.step(t)
			listed, kept := o.step(t)
			switch {
			case c.want != nil:
				told(t, o.refusals, c.want)
				if listed != 0 || kept != 1 {
					t.Errorf("%d are listed, %d polls kept", listed, kept)
				}
			case listed != 3:
				t.Errorf("%d are listed: %v", listed, o.refusals.Otherwise())
			}
			*o.lies = lyingBureau{bureau: o.bureau}
			o.step(t)
			listed, kept = o.step(t)
			told(t, o.refusals, nil)
			if listed != 3 || kept != 0 {
				t.Errorf("afterwards %d are listed, %d polls kept", listed, kept)
			}
		})
	}
}

// What is told otherwise of who has registered at one look only, such as of a roster that is sealed by then, is nobody's lie: nothing is
// listed at that look, and nothing held against the voting service.
func TestRegistrarToldForAnInstant(t *testing.T) {
	t.Parallel()
	o := newFollowedOffice(t, 3, 3)
	if s := o.world.poll(o.poll).Secret; !s.Ended {
		o.wait(s.EndsAt - o.now)
	}
	o.lies.voters = func([]registry.Voter) []registry.Voter { return nil }
	if listed, kept := o.step(t); listed != 0 || kept != 1 {
		t.Errorf("%d are listed, %d polls kept", listed, kept)
	}
	told(t, o.refusals, nil)
	o.lies.voters = nil
	if listed, _ := o.step(t); listed != 3 {
		t.Errorf("afterwards %d are listed", listed)
	}
	told(t, o.refusals, nil)
}

// Told too early that registration is over, or that the poll is, the registrar neither lists nor forgets.
func TestRegistrarToldTooEarly(t *testing.T) {
	t.Parallel()
	o := newFollowedOffice(t, 3, 2)
	if o.world.poll(o.poll).Secret.Ended {
		t.Fatal("registration has ended")
	}
	o.lies.polls = func(p []registry.Poll) []registry.Poll {
		p[0].Ended = true
		return p
	}
	for _, c := range []struct {
		over bool
		want *fault.Fault
	}{{false, follow.ErrEnded}, {true, follow.ErrOver}} {
		o.lies.over = c.over
		o.step(t)
		listed, kept := o.step(t)
		told(t, o.refusals, c.want)
		if listed != 0 || kept != 1 {
			t.Errorf("%d are listed, %d polls kept", listed, kept)
		}
	}
	o.lies.polls, o.lies.over = nil, false
	o.register(t, "owner2", true)
	if listed, _ := o.step(t); listed != 3 {
		t.Errorf("afterwards %d are listed", listed)
	}
	told(t, o.refusals, nil)
}

// Nothing is listed before the end of registration is witnessed, and nothing forgotten before the sealed list is.
func TestRegistrarWaitsForWitnesses(t *testing.T) {
	t.Parallel()
	o := newFollowedOffice(t, 2, 2)
	if s := o.world.poll(o.poll).Secret; !s.Ended {
		o.wait(s.EndsAt - o.now)
	}
	o.own.unsure = true
	if listed, kept := o.step(t); listed != 0 || kept != 1 {
		t.Errorf("unwitnessed end: %d are listed, %d polls kept", listed, kept)
	}
	o.own.unsure = false
	if listed, _ := o.step(t); listed != 2 {
		t.Errorf("witnessed end: %d are listed", listed)
	}
	o.own.unsure = true
	for range 2 {
		if _, kept := o.step(t); kept != 1 {
			t.Error("forgotten before the list was witnessed")
		}
	}
	o.own.unsure = false
	if _, kept := o.step(t); kept != 0 {
		t.Error("never forgotten")
	}
	told(t, o.refusals, nil)
}

// By whichever way a voter's credential came, by their own device, a sheet or a helper, the registrar lists it so, whether the voting
// service tells of it or says nothing; and a service that tells the truth is called no liar for it.
func TestRegistrarFollowsChannels(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]error{"told": nil, "not told": errLost} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := followOffice(t, newOfficeBy(t, func(o *office, rules *communityv1.PollRules) {
				rules.Paper, rules.Secrecy.AnonymityMin = sheetRules(totals).Paper, 0
				o.admit("sun", giver)
				o.role(giver, communityv1.Role_ROLE_OFFICER, orgOne)
				o.mandate("m", "cat", "sun", nil)
			}, sixOwners...))
			for _, owner := range []string{"ann", "dan", "eve", "fay"} {
				o.register(t, owner, true)
			}
			o.registerSheet(t, "bob")
			_, helped := o.known(t, "cat")
			helped.Mandate = id("m")
			o.must(o.send("voting.register", helped, "sun"))
			o.settle()
			if s := o.world.poll(o.poll).Secret; !s.Ended {
				o.wait(s.EndsAt - o.now)
			}
			o.lies.err = silent
			for range 2 {
				o.step(t)
				told(t, o.refusals, nil)
			}
			o.wait(60_000) // whoever would contest the roster
			p := o.world.poll(o.poll)
			if p.Secret.Listed != 6 || p.Lapsed != "" || p.Roll == nil {
				t.Errorf("%d are listed, lapsed %q, open: %v", p.Secret.Listed, p.Lapsed, p.Roll != nil)
			}
		})
	}
}

// registerSheet has an officer give a voter a sheet that the registrar knows.
func (o *followedOffice) registerSheet(t *testing.T, name string) {
	t.Helper()
	sheet, err := wallet.NewSheet(rand.Reader, o.poll)
	if err != nil {
		t.Fatal(err)
	}
	c, err := sheet.Credential(id(name))
	if err != nil {
		t.Fatal(err)
	}
	entry, err := sheet.Register(id(name), registrarsKey(), o.receipt(t, c))
	if err != nil {
		t.Fatal(err)
	}
	body := &votingv1.RegisterPapers{Poll: o.poll, Sheets: []*votingv1.SheetRegistration{entry}}
	o.must(o.send("voting.register_papers", body, giver))
	o.settle()
}
