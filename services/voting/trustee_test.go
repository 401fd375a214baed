package voting_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

// bench is a trustee's view of a world: what they send is signed by their device, and can be lost on the way back.
type bench struct {
	w    *world
	name string
	lose error // given instead of an answer
	sent []proto.Message
}

func (b *bench) Ceremonies(context.Context) ([]trustee.Poll, error) {
	return voting.Ceremonies(b.w.state, "", 1000), nil
}

func (b *bench) Ballots(_ context.Context, p string) ([]trustee.Row, error) {
	return voting.Ballots(b.w.state, voting.BallotsQuestion{Poll: p}).Rows, nil
}

func (b *bench) Command(_ context.Context, operation string, body proto.Message) error {
	b.sent = append(b.sent, body)
	err := b.w.send(operation, body, b.name)
	b.w.settle()
	return errors.Join(err, b.lose)
}

// council is a world with trustees: each an agent with a key of its own.
type council struct {
	*world
	agents []*trustee.Agent
	names  []string
}

// newCouncil appoints trustees of two organisations by turns.
func newCouncil(t *testing.T, names ...string) *council {
	t.Helper()
	c := &council{world: newWorld(t), names: names}
	appointed := &communityv1.TrusteesAppointed{}
	for i, name := range names {
		key, err := keys.NewKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		org := []string{orgOne, orgTwo}[i%2]
		c.admit(name)
		c.role(name, communityv1.Role_ROLE_KEY_HOLDER, org)
		appointed.Trustees = append(appointed.Trustees, &communityv1.Trustee{
			Member: id(name), Org: id(org), TrusteeKey: key.Public().Bytes(),
		})
		c.agents = append(c.agents, &trustee.Agent{
			Key: key, Rand: rand.Reader, Record: &bench{w: c.world, name: name},
		})
	}
	c.fact("community", decider.On("trustees/main", appointed))
	return c
}

// step has some agents do what is due, each in turn, until nobody has anything to do.
func (c *council) step(t *testing.T, who ...int) {
	t.Helper()
	for before := -1; before != len(c.commits); {
		before = len(c.commits)
		for _, i := range who {
			if err := c.agents[i].Step(t.Context()); err != nil && !errors.Is(err, errLost) {
				t.Fatal(err)
			}
		}
	}
}

var errLost = errors.New("connection lost")

// openRules are those of an open poll with trustees, of whom so many open it.
func openRules(threshold uint32) *communityv1.PollRules {
	r := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
	r.OpenWithinSeconds = 400
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN, TrusteesMin: threshold}
	return r
}

// Three trustees make a key, none of them alone has it, and any two open the ballots; answers lost or not.
func TestTrusteesOpenAndCount(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]error{"answered": nil, "answers lost": errLost} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCouncil(t, "t1", "t2", "t3")
			for _, a := range c.agents {
				a.Record.(*bench).lose = lose
			}
			c.admit("ann", "bob")
			p := c.motion("roof", openRules(2), question)
			if polls := voting.Polls(c.state, "", 1000); len(polls) != 0 {
				t.Errorf("the two key holders are asked for a key, too: %v", polls)
			}
			c.step(t, 0, 1, 2)
			if c.poll(p).Roll == nil {
				t.Fatal("the poll did not open")
			}
			c.must(c.vote(p, "ann", yes))
			c.must(c.vote(p, "bob", yes))
			c.must(c.vote(p, "ann", no))
			c.step(t, 0, 1, 2)
			if got := c.poll(p).Ceremony.Shares; slices.ContainsFunc(got, func(b []byte) bool { return len(b) > 0 }) {
				t.Fatal("a share was published while the poll is open")
			}
			c.wait(60_000)
			c.step(t, 2)
			if c.poll(p).Tally != nil {
				t.Fatal("one trustee opened the ballots")
			}
			c.step(t, 0)
			tally := c.poll(p).Tally
			if tally.GetBallots() != 2 || tally.GetReplaced() != 1 || tally.GetTotals()[0].GetHeads() != 1 || tally.GetTotals()[1].GetHeads() != 1 {
				t.Fatalf("tally %v", tally)
			}
			c.step(t, 1) // in time, so that nothing is found against them
			c.wait(60_000)
			if got := c.poll(p); !got.Certified || got.KeyMissing || len(got.Ceremony.Withheld) > 0 {
				t.Errorf("state %+v", got)
			}
			if findings, _ := audited(t, c.commits, c.now); len(findings) != 0 {
				t.Errorf("judged again: %v", findings)
			}
		})
	}
}

// Who is silent in a ceremony is left out of the next round, as long as enough are left, of two organisations.
func TestTrusteeSilent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		threshold uint32
		present   []int
		steps     int // words that the absent one still says, each before the others
		want      string
	}{
		"before the first word":    {2, []int{0, 1, 3}, 0, ""},
		"after the first word":     {2, []int{0, 1, 3}, 1, ""},
		"after the second":         {2, []int{0, 1, 3}, 2, ""},
		"after the third":          {2, []int{0, 1, 3}, 3, ""},
		"two of two organisations": {2, []int{0, 1}, 0, ""},
		"two of one":               {2, []int{1, 3}, 0, "trustees.too_few"},
		"fewer than must open":     {3, []int{0, 1}, 0, "trustees.too_few"},
		"nobody":                   {2, nil, 0, "trustees.too_few"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newCouncil(t, "t1", "t2", "t3", "t4")
			w.admit("ann")
			p := w.motion("roof", openRules(c.threshold), question)
			for range c.steps {
				for _, a := range w.agents {
					if err := a.Step(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.step(t, c.present...)
			w.wait(100_000) // a quarter of the time that the poll has to open
			w.step(t, c.present...)
			got := w.poll(p)
			if got.Lapsed != c.want || (got.Roll != nil) != (c.want == "") {
				t.Fatalf("lapsed %q, open %v, round %d", got.Lapsed, got.Roll != nil, got.Ceremony.Round)
			}
			if c.want == "" && (got.Ceremony.Round != 2 || len(got.Ceremony.Trustees) != len(c.present)) {
				t.Errorf("round %d of %d", got.Ceremony.Round, len(got.Ceremony.Trustees))
			}
		})
	}
}

// tied is a poll on two options that get a vote each.
func tied(t *testing.T, rule communityv1.TieRule) (*council, string) {
	t.Helper()
	c := newCouncil(t, "t1", "t2", "t3")
	c.admit("ann", "bob")
	rules := openRules(2)
	rules.Method, rules.Requirements, rules.TieRule = communityv1.Method_METHOD_SINGLE, nil, rule
	rules.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE}
	p := c.motion("roof", rules, &proposalv1.Motion{
		Title: "Colour", Text: "Which?", Options: []*proposalv1.Option{{Code: "1", Title: "red"}, {Code: "2", Title: "green"}},
	})
	c.step(t, 0, 1, 2)
	c.must(c.vote(p, "ann", []uint32{0}))
	c.must(c.vote(p, "bob", []uint32{1}))
	c.wait(60_000)
	return c, p
}

// A seed that nobody knew before breaks ties, whoever counts; without one the code does.
func TestTieSeed(t *testing.T) {
	t.Parallel()
	won := map[uint32]int{}
	for range 24 { // both orders come up, but for a chance of two in 2^24
		c, p := tied(t, communityv1.TieRule_TIE_RULE_SEED)
		c.step(t, 0, 1)
		if c.poll(p).Tally != nil {
			t.Fatal("counted while a nonce is still out")
		}
		c.step(t, 2)
		tally := c.poll(p).Tally
		h := []byte("renlin/tie-seed/1\n\x00\x1a" + p)
		for i, nonce := range c.poll(p).Ceremony.Nonces {
			h = append(append(h, byte(i+1)), nonce...)
		}
		seed := sha256.Sum256(h)
		first, second := sha256.Sum256(append(seed[:], '1')), sha256.Sum256(append(seed[:], '2'))
		want := uint32(0)
		if bytes.Compare(second[:], first[:]) < 0 {
			want = 1
		}
		if !bytes.Equal(tally.GetTieSeed(), seed[:]) || len(tally.GetWinners()) != 1 || tally.GetWinners()[0] != want || !tally.GetTieBroken() {
			t.Fatalf("want %d by %x, tally %v", want, seed, tally)
		}
		won[want]++
	}
	if len(won) != 2 {
		t.Errorf("the seed always prefers the same: %v", won)
	}
	c, p := tied(t, communityv1.TieRule_TIE_RULE_CODE)
	c.step(t, 0, 1)
	if got := c.poll(p).Tally; len(got.GetTieSeed()) != 0 || got.GetWinners()[0] != 0 {
		t.Errorf("by code: %v", got)
	}
}

// A nonce that is withheld is a finding, and no way to choose the winner: the seed is that of those who published in time, for good.
func TestNonceWithheld(t *testing.T) {
	t.Parallel()
	c, p := tied(t, communityv1.TieRule_TIE_RULE_SEED)
	c.step(t, 0, 1)
	c.wait(29_999)
	if c.poll(p).Tally != nil {
		t.Fatal("counted too early")
	}
	c.wait(1)
	got := c.poll(p)
	if got.Tally == nil || !slices.Equal(got.Ceremony.Withheld, []uint32{3}) || !got.KeyMissing {
		t.Fatalf("state %+v", got)
	}
	seed := got.Tally.GetTieSeed()
	c.step(t, 2)
	if after := c.poll(p); !after.Ceremony.Published(3) || !bytes.Equal(after.Tally.GetTieSeed(), seed) {
		t.Errorf("a late nonce changed the seed")
	}
	c.wait(60_000)
	certificate, ok := c.events(poll.Path(p))[0].(*votingv1.CertificateIssued)
	if !ok || !slices.Equal(certificate.GetWithheld(), []uint32{3}) || !certificate.GetKeyLate() {
		t.Errorf("certificate %v", certificate)
	}
}

// A poll that is certified before the time for publishing is over has nobody who withheld: no share is taken any more, and nothing is
// written to what is put away.
func TestCertifiedBeforeSharesMissing(t *testing.T) {
	t.Parallel()
	c, p := tied(t, communityv1.TieRule_TIE_RULE_CODE) // certified after 20 s, and 30 s to publish in
	c.step(t, 0, 1)
	c.wait(20_000)
	c.wait(10_000)
	if got := c.poll(p); !got.Certified || got.KeyMissing || len(got.Ceremony.Withheld) > 0 {
		t.Errorf("state %+v", got)
	}
}

// One organisation alone is no source of chance: where only its nonces are known, the code decides.
func TestSeedOfOneOrganisation(t *testing.T) {
	t.Parallel()
	c, p := tied(t, communityv1.TieRule_TIE_RULE_SEED)
	c.step(t, 0, 2)
	c.wait(30_000)
	if got := c.poll(p).Tally; got == nil || len(got.GetTieSeed()) != 0 || got.GetWinners()[0] != 0 {
		t.Errorf("tally %v", got)
	}
}

// Who may say what and when, in a ceremony and after it.
func TestTrusteeRefused(t *testing.T) {
	t.Parallel()
	c := newCouncil(t, "t1", "t2", "t3")
	c.admit("ann")
	p := c.motion("roof", openRules(2), question)
	say := func(name string, change func(*votingv1.AddKeyPart)) string {
		body := &votingv1.AddKeyPart{}
		for i, n := range c.names {
			if n == "t1" {
				b := &bench{w: c.world, name: "nobody"}
				agent := *c.agents[i]
				agent.Record = b
				if err := agent.Step(t.Context()); err == nil {
					t.Fatal("nobody was heard")
				}
				body = b.sent[0].(*votingv1.AddKeyPart)
			}
		}
		change(body)
		return code(c.send("voting.add_key_part", body, name))
	}
	for name, got := range map[string][2]string{
		"a stranger":                  {say("ann", func(*votingv1.AddKeyPart) {}), "role.missing"},
		"a holder who is no trustee":  {say(holderOne, func(*votingv1.AddKeyPart) {}), "trustees.stranger"},
		"another's word":              {say("t2", func(*votingv1.AddKeyPart) {}), "trustees.stranger"},
		"another round":               {say("t1", func(b *votingv1.AddKeyPart) { b.Round = 2 }), "trustees.round_over"},
		"no promise of a nonce":       {say("t1", func(b *votingv1.AddKeyPart) { b.NonceCommitment = nil }), "trustees.nonce_commitment"},
		"a poll that is not there":    {say("t1", func(b *votingv1.AddKeyPart) { b.Poll = id("no poll") }), "poll.unknown"},
		"bytes that are no message":   {say("t1", func(b *votingv1.AddKeyPart) { b.Message = []byte{9} }), "trustee.malformed"},
		"a holder's key for the poll": {code(c.offer(p, 5)), "poll_key.divided"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", name, got[0], got[1])
		}
	}
	c.step(t, 0)
	promise := c.poll(p).Ceremony.Promised[0]
	c.step(t, 1)
	first := c.agents[1].Record.(*bench).sent[0].(*votingv1.AddKeyPart)
	if got := code(c.send("voting.add_key_part", first, "t2")); got != "trustee.duplicate" {
		t.Errorf("the same word twice: %q", got)
	}
	last := &bench{w: c.world, name: "nobody"}
	agent := *c.agents[2]
	agent.Record = last
	_ = agent.Step(t.Context())
	copied := last.sent[0].(*votingv1.AddKeyPart)
	copied.NonceCommitment = promise
	if got := code(c.send("voting.add_key_part", copied, "t3")); got != "trustees.nonce_commitment" {
		t.Errorf("another's promise: %q", got)
	}
	c.step(t, 0, 1, 2)
	share := func(name string, change func(*votingv1.PublishShare)) string {
		body := &votingv1.PublishShare{Poll: p, Message: []byte{1}, Nonce: fixedKey(1)}
		change(body)
		return code(c.send("voting.publish_share", body, name))
	}
	if got := share("t1", func(*votingv1.PublishShare) {}); got != "poll.not_closed" {
		t.Errorf("a share before the close: %q", got)
	}
	c.must(c.vote(p, "ann", yes))
	c.wait(60_000)
	c.step(t, 1)
	of := c.agents[1].Record.(*bench).sent
	theirs := of[len(of)-1].(*votingv1.PublishShare)
	for name, got := range map[string][2]string{
		"a stranger's":    {share(holderOne, func(*votingv1.PublishShare) {}), "trustees.stranger"},
		"another's share": {share("t1", func(b *votingv1.PublishShare) { b.Message = theirs.Message }), "trustees.stranger"},
		"no message":      {share("t1", func(b *votingv1.PublishShare) { b.Message = []byte{7} }), "trustee.malformed"},
		"twice":           {share("t2", func(b *votingv1.PublishShare) { b.Message = theirs.Message }), "poll_key.published"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", name, got[0], got[1])
		}
	}
}
