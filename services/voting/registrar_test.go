package voting_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strconv"
	"testing"

	"golang.org/x/crypto/curve25519"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	wallet "renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/internal/poll"
	registry "renlin.dev/services/voting/registrar"
)

const theRegistrar = "registrar"

// bureau is a registrar's view of a world: what it sends is signed by its device, and can be lost on the way back.
type bureau struct {
	w    *world
	lose error // given instead of an answer
}

func (d *bureau) Polls(context.Context) (out []registry.Poll, err error) {
	for _, r := range voting.Registrations(d.w.state, "", 1000) {
		out = append(out, registry.Poll{
			ID: r.ID, Registrar: r.Registrar, Ended: r.Ended, Listed: r.Listed, LastKey: r.LastKey, Sealed: r.Over,
		})
	}
	return out, nil
}

func (d *bureau) Voters(_ context.Context, id string) (out []registry.Voter, err error) {
	for _, r := range poll.Registrants(d.w.state, id, "", 1000) {
		out = append(out, registry.Voter{ID: r.Voter, Commitment: r.Commitment, Row: &votingv1.CredentialRow{
			Heads: r.Heads, AreaCentiM2: r.AreaCentiM2, Measured: r.Measured, Channel: r.Channel,
		}})
	}
	return out, nil
}

func (d *bureau) Over(_ context.Context, id string) (bool, error) {
	p := d.w.poll(id)
	return p.Lapsed != "" || p.Roll != nil, nil
}

func (d *bureau) Command(_ context.Context, operation string, body proto.Message) error {
	err := d.w.send(operation, body, theRegistrar)
	d.w.settle()
	return errors.Join(err, d.lose)
}

// office is a world with trustees and a registrar, whose owners have wallets.
type office struct {
	*council
	agent   *registry.Agent
	bureau  *bureau
	poll    string
	wallets map[string]*wallet.Credential
}

// newOffice calls a secret poll and has its key made, so that the owners may register. Each has a flat as large as the others'.
func newOffice(t *testing.T, owners ...string) *office {
	t.Helper()
	return newOfficeBy(t, nil, owners...)
}

// newOfficeBy is an office whose poll is called after something more is prepared.
func newOfficeBy(t *testing.T, prepare func(o *office, rules *communityv1.PollRules), owners ...string) *office {
	t.Helper()
	o := &office{council: newCouncil(t, "t1", "t2"), wallets: map[string]*wallet.Credential{}}
	o.admit(theRegistrar)
	o.admit(owners...)
	for _, name := range owners {
		o.role(name, communityv1.Role_ROLE_OWNER, "")
		o.unit("flat of "+name, name, 1000)
	}
	box := bytes.Repeat([]byte{8}, 32)
	public, err := curve25519.X25519(box, curve25519.Basepoint)
	if err != nil {
		t.Fatal(err)
	}
	o.fact("community", decider.On("registrar/main", &communityv1.RegistrarAppointed{Registrar: &communityv1.Registrar{
		Member: id(theRegistrar), Org: id(orgOne), Key: registrarsKey(), BoxKey: public,
	}}))
	o.bureau = &bureau{w: o.world}
	if o.agent, err = registry.New(registry.Config{Folder: t.TempDir(), Device: device(theRegistrar), BoxKey: box}, o.bureau); err != nil {
		t.Fatal(err)
	}
	rules := secretRules(communityv1.Secrecy_SECRECY_TOTALS)
	rules.OpenWithinSeconds, rules.Secrecy.TrusteesMin = 400, 2
	if prepare != nil {
		prepare(o, rules)
	}
	o.poll = o.motion("roof", rules, question)
	o.council.step(t, 0, 1)
	if o.world.poll(o.poll).Secret == nil {
		t.Fatalf("registration did not begin: %s", o.world.poll(o.poll).Lapsed)
	}
	return o
}

func registrarsKey() []byte { return public(theRegistrar) }

// register has a voter's device register a new credential, on the record too if asked.
func (o *office) register(t *testing.T, name string, onRecord bool) {
	t.Helper()
	c, body := o.known(t, name)
	if !onRecord {
		return
	}
	o.must(o.send("voting.register", body, name))
	o.settle()
	o.wallets[name] = c
}

// known makes a new credential for a voter that the registrar knows, and what registers it.
func (o *office) known(t *testing.T, name string) (*wallet.Credential, *votingv1.RegisterVoter) {
	t.Helper()
	c, err := wallet.New(rand.Reader, o.poll, id(name))
	if err != nil {
		t.Fatal(err)
	}
	body, err := c.Register(registrarsKey(), o.receipt(t, c))
	if err != nil {
		t.Fatal(err)
	}
	return c, body
}

// receipt is the registrar's for a credential that is sent to it.
func (o *office) receipt(t *testing.T, c *wallet.Credential) []byte {
	t.Helper()
	sealed, err := c.Seal(rand.Reader, o.world.poll(o.poll).Secret.Registrar.GetBoxKey())
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := o.agent.Register(t.Context(), c.Poll, c.Voter, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// list lets registration end, has the registrar do what is due, and gathers the roster off the record.
func (o *office) list(t *testing.T) *wallet.Roster {
	t.Helper()
	if s := o.world.poll(o.poll).Secret; !s.Ended { // somebody has not registered
		o.wait(s.EndsAt - o.now)
	}
	for range 2 {
		if err := o.agent.Step(t.Context()); err != nil && !errors.Is(err, errLost) {
			t.Fatal(err)
		}
	}
	roster := &wallet.Roster{Poll: o.poll}
	for _, c := range o.commits {
		if err := roster.Fold(c); err != nil {
			t.Fatal(err)
		}
	}
	return roster
}

// sign sends what a voter's credential signs, and nobody else.
func (o *office) sign(t *testing.T, name, operation string, body proto.Message) error {
	t.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	o.serial++
	return o.submit(&chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: strconv.Itoa(o.serial), NotAfter: o.now + 60_000,
		Body: encoded, Signatures: []chain.Signature{{Key: o.wallets[name].Public(), Sig: []byte("checked by the shell")}},
	})
}

// The registrar's agent and the voters' wallets do all that the rules ask of them, from the registration to ballots that count; and then
// the registrar takes no more.
func TestRegistrarAndWallets(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]error{"answered": nil, "answers lost": errLost} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var owners []string
			for i := range 13 {
				owners = append(owners, "owner"+strconv.Itoa(i))
			}
			last := len(owners) - 1
			o := newOffice(t, owners...)
			o.bureau.lose = lose
			for _, owner := range owners[:last] {
				o.register(t, owner, true)
			}
			o.register(t, owners[1], true)     // the second counts
			o.register(t, owners[2], false)    // the first counts
			o.register(t, owners[last], false) // never on the record
			roster := o.list(t)
			if len(roster.Rows) != last || roster.Sealed == nil {
				t.Fatalf("%d rows", len(roster.Rows))
			}
			for _, owner := range owners[:last] {
				if err := o.wallets[owner].Find(roster, 1, 1000, nil); err != nil {
					t.Errorf("%s: %v", owner, err)
				}
			}
			o.wait(60_000)
			state, err := json.Marshal(o.world.poll(o.poll))
			if err != nil {
				t.Fatal(err)
			}
			p, err := wallet.ReadPoll(o.poll, state)
			if err != nil {
				t.Fatal(err)
			}
			o.vote(t, p, owners[:last-1])
			sum := o.world.poll(o.poll).Secret.Encrypted
			if sum.GetBallots() != uint32(last-1) || sum.GetChallenged() != 1 {
				t.Errorf("tally %v", sum)
			}
			_, err = o.agent.Register(t.Context(), o.poll, id(owners[0]), o.sealed(t, owners[0]))
			if !errors.Is(err, registry.ErrNotRegistering) {
				t.Errorf("the registrar takes credentials still: %v", err)
			}
		})
	}
}

// sealed is a voter's registration, sent again.
func (o *office) sealed(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := o.wallets[name].Seal(rand.Reader, o.world.poll(o.poll).Secret.Registrar.GetBoxKey())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// vote has voters cast, the first after a challenge, and lets the poll run out.
func (o *office) vote(t *testing.T, p *wallet.Poll, names []string) {
	t.Helper()
	for i, name := range names {
		sequence := uint64(1)
		if i == 0 {
			tried, err := o.wallets[name].Make(rand.Reader, p, sequence, &votingv1.Choice{Options: no})
			if err != nil {
				t.Fatal(err)
			}
			body, err := tried.Challenge()
			if err != nil {
				t.Fatal(err)
			}
			o.must(o.sign(t, name, "voting.challenge_ballot", body))
			sequence++
		}
		ballot, err := o.wallets[name].Make(rand.Reader, p, sequence, &votingv1.Choice{Options: yes})
		if err != nil {
			t.Fatal(err)
		}
		o.must(o.sign(t, name, "voting.cast_secret", ballot.Cast()))
	}
	o.wait(60_000)
}

// A registrar that leaves a voter out, or puts another key in their place, is found out by the voter's wallet, and the poll ends by it.
func TestContestByWallet(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "ann", "bob")
	o.register(t, "ann", true)
	o.register(t, "bob", true)
	rows := []*votingv1.CredentialRow{
		{Key: o.wallets["ann"].Public(), Heads: 1, AreaCentiM2: 1000}, {Key: public("planted"), Heads: 1, AreaCentiM2: 1000},
	}
	if bytes.Compare(rows[0].GetKey(), rows[1].GetKey()) > 0 {
		rows[0], rows[1] = rows[1], rows[0]
	}
	o.must(o.send("voting.list_credentials", &votingv1.ListCredentials{Poll: o.poll, Rows: rows, Last: true}, theRegistrar))
	o.settle()
	roster := &wallet.Roster{Poll: o.poll}
	for _, c := range o.commits {
		if err := roster.Fold(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.wallets["ann"].Find(roster, 1, 1000, nil); err != nil {
		t.Errorf("ann: %v", err)
	}
	if err := o.wallets["bob"].Find(roster, 1, 1000, nil); !errors.Is(err, wallet.ErrUnlisted) {
		t.Fatalf("bob: %v", err)
	}
	if err := o.send("voting.contest_roster", o.wallets["ann"].Contest(), "ann"); err == nil {
		t.Fatal("ann contests what is right")
	}
	o.must(o.send("voting.contest_roster", o.wallets["bob"].Contest(), "bob"))
	if o.world.poll(o.poll).Lapsed == "" {
		t.Error("the poll goes on")
	}
}
