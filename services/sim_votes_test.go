package services_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

func (c *crowd) posts() *deed {
	author, ok := c.resident()
	if !ok {
		return nil
	}
	matter := c.book.GetMatters()[c.r.IntN(len(c.book.GetMatters()))].GetCode()
	if (matter == "quiet" || matter == "veiled") && !c.chance(100) { // a convener calls those, mostly
		return nil
	}
	if c.chance(30) {
		matter = "nothing"
	}
	return c.by(author, "proposal.post", &proposalv1.PostTopic{Matter: matter, Text: textFor("a topic of " + author)})
}

func (c *crowd) seconds() *deed {
	id, ok := anyOf(c, c.topics, func(_ string, t *topic) bool { return t.open() })
	if !ok {
		return nil
	}
	who, ok := anyOf(c, c.people, func(m string, _ *person) bool { return c.active(m) && c.hasKey(m) && !c.topics[id].supporters[m] })
	if !ok {
		return nil
	}
	return c.by(who, "proposal.second", &proposalv1.SecondTopic{Topic: id})
}

func (c *crowd) takesBack() *deed {
	id, ok := anyOf(c, c.topics, func(_ string, t *topic) bool { return t.open() })
	if !ok {
		return nil
	}
	return c.by(c.topics[id].author, "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: id})
}

// running is a deliberation that has not ended, mostly.
func (c *crowd) running() (string, bool) {
	return anyOf(c, c.meetings, func(_ string, d *meeting) bool { return !d.closed && d.closesAt > c.now-200 })
}

func (c *crowd) states() *deed {
	d, ok := c.running()
	who, found := c.member()
	if !ok || !found {
		return nil
	}
	return c.by(who, "proposal.submit", &proposalv1.SubmitStatement{Deliberation: d, Text: textFor("a statement")})
}

func (c *crowd) reacts() *deed {
	path, ok := anyOf(c, c.statements, func(path string, _ string) bool { return !c.meetings[splitPath(path)[1]].closed })
	who, found := c.member()
	if !ok || !found {
		return nil
	}
	return c.by(who, "proposal.react", &proposalv1.React{
		Deliberation: splitPath(path)[1], Statement: lastOf(path), Attitude: proposalv1.Attitude(1 + c.r.IntN(3)),
	})
}

// questionOf is a motion that fits a method.
func questionOf(method communityv1.Method) *proposalv1.Motion {
	q := &proposalv1.Motion{Title: "A motion", Text: "What is to be done."}
	if method == communityv1.Method_METHOD_YES_NO {
		return q
	}
	for n := range 4 {
		o := &proposalv1.Option{Code: fmt.Sprint(n), Title: "An option"}
		if method == communityv1.Method_METHOD_BUDGET_GREEDY {
			o.CostFen, q.BudgetFen = int64(100+50*n), 300
		}
		q.Options = append(q.Options, o)
	}
	return q
}

func (c *crowd) closes() *deed {
	d, ok := c.running()
	who, found := c.office(communityv1.Role_ROLE_CONVENER)
	if !ok || !found {
		return nil
	}
	return c.by(who, "proposal.close", &proposalv1.CloseDeliberation{
		Deliberation: d, Minutes: "It was said.", Motion: questionOf(c.matter(c.meetings[d].matter).GetPoll().GetMethod()),
	})
}

func (c *crowd) vetoesIt() *deed {
	id, ok := anyOf(c, c.motions, func(_ string, m *motion) bool { return m.adopted && !m.vetoed && !m.inForce })
	who, found := c.office(communityv1.Role_ROLE_GUARDIAN)
	if !ok || !found || !c.chance(900) {
		return nil
	}
	return c.by(who, "proposal.veto", &proposalv1.VetoMotion{Motion: id, Reason: textFor("a reason")})
}

func (c *crowd) reports() *deed {
	id, ok := anyOf(c, c.motions, func(_ string, m *motion) bool { return m.inForce && !m.done && !m.expired })
	who, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found {
		return nil
	}
	return c.by(who, "proposal.report", &proposalv1.ReportExecution{
		Motion: id, Outcome: proposalv1.Outcome(1 + c.r.IntN(2)), Evidence: textFor("a receipt"),
	})
}

func (c *crowd) calls() *deed {
	who, ok := c.office(communityv1.Role_ROLE_CONVENER)
	if !ok {
		return nil
	}
	matter := "parks"
	if c.chance(100) {
		matter = "works"
	}
	return c.by(who, "voting.call", &votingv1.CallPoll{Matter: matter, Question: questionOf(c.matter(matter).GetPoll().GetMethod())})
}

// urgent is a poll that something can still be done for: an appeal first, because few motions come that far and a veto lapses.
func (c *crowd) urgent(good func(*poll) bool) (string, bool) {
	id, ok := anyOf(c, c.polls, func(_ string, p *poll) bool { return p.appeal != "" && good(p) })
	if !ok {
		id, ok = anyOf(c, c.polls, func(_ string, p *poll) bool { return good(p) })
	}
	return id, ok
}

// offers makes a poll's key; a holder may be too slow and find that the other has made one.
func (c *crowd) offers() *deed {
	id, ok := c.urgent(func(p *poll) bool { return p.key == "" && !p.dead && p.council == nil })
	if !ok || c.again("offer "+id) {
		return nil
	}
	pair := pollKeys()[c.used%pollKeysMax]
	if c.used++; c.chance(50) {
		pair = pollKeys()[0] // one that is taken, perhaps
	}
	holder := []string{cat, dan}[c.r.IntN(2)]
	return c.by(idFor(holder), "voting.offer_key", &votingv1.OfferKey{
		Poll: id, BoxKey: []byte(pair.public), Wrapped: make([]byte, ballot.KeyBytes+box.AnonymousOverhead),
	})
}

func (c *crowd) holdsIt() *deed {
	id, ok := c.urgent(func(p *poll) bool { return p.key != "" && p.heldBy == "" && !p.dead })
	if !ok || c.polls[id].key == "" || c.again("hold "+id) {
		return nil
	}
	return c.by(c.otherHolder(id), "voting.hold_key", &votingv1.HoldKey{Poll: id, BoxKey: []byte(c.polls[id].key)})
}

// refuses says of a poll's key that the copy is no good.
func (c *crowd) refuses() *deed {
	id, ok := anyOf(c, c.polls, func(_ string, p *poll) bool { return p.key != "" && p.heldBy == "" })
	if !ok || c.polls[id].key == "" {
		return nil
	}
	return c.by(c.otherHolder(id), "voting.refuse_key", &votingv1.RefuseKey{Poll: id, BoxKey: []byte(c.polls[id].key)})
}

// otherHolder is who did not offer a poll's key.
func (c *crowd) otherHolder(poll string) string {
	if c.polls[poll].offeredBy == idFor(cat) {
		return idFor(dan)
	}
	return idFor(cat)
}

// publishes gives a poll's key away, mostly when it is time.
func (c *crowd) publishes() *deed {
	id, ok := c.urgent(func(p *poll) bool { return p.closed && p.private == nil && p.council == nil })
	if !ok || c.polls[id].key == "" || c.polls[id].council != nil || c.again("publish "+id) {
		return nil
	}
	who := []string{c.polls[id].offeredBy, c.polls[id].heldBy}[c.r.IntN(2)]
	return c.by(who, "voting.publish_key", &votingv1.PublishKey{Poll: id, PrivateKey: pollKeyOf(c.polls[id].key).private[:]})
}

func (c *crowd) objects() *deed {
	id, ok := anyOf(c, c.polls, func(_ string, p *poll) bool { return p.tally != nil && !p.certified })
	who, found := c.resident()
	if !ok || !found {
		return nil
	}
	return c.by(who, "voting.object", &votingv1.RaiseObjection{Poll: id, Text: textFor("an objection")})
}

// votes casts a ballot, often again, sometimes too late, off the roll, by a new device, before an officer, or with a box that is no good.
func (c *crowd) votes() *deed {
	id, ok := c.urgent(func(p *poll) bool { return p.opened && !p.closed && p.secret == nil })
	if !ok || c.polls[id].key == "" || c.polls[id].secret != nil && !c.chance(50) {
		return nil
	}
	p := c.polls[id]
	member, ok := pick(c, ids(p.roll, func(m string, _ voter) bool { return c.active(m) && c.hasKey(m) }))
	if !ok || c.chance(80) {
		if member, ok = c.member(); !ok {
			return nil
		}
	}
	body := &votingv1.CastBallot{Poll: id, Voter: member, Box: c.box(id, p, member)}
	if officer, ok := c.office(communityv1.Role_ROLE_OFFICER); ok && officer != member && c.chance(60) {
		return c.by(member, "voting.cast", body, officer)
	}
	return c.by(member, "voting.cast", body)
}

// box seals a choice, or makes a box that will not count, and remembers what is in it.
func (c *crowd) box(id string, p *poll, voter string) []byte {
	meant := intent{poll: id, voter: voter, options: c.choice(p)}
	key := pollKeyOf(p.key)
	switch n := c.r.IntN(100); {
	case n < 3:
		for wrong := key; key == wrong; key = pollKeys()[c.r.IntN(pollKeysMax)] { // of another poll
		}
	case n < 6:
		if other, ok := c.member(); ok {
			meant.voter = other
		}
	case n < 9:
		meant.poll = idFor("another poll")
	}
	meant.key = key.public
	choice := &votingv1.Choice{Options: meant.options}
	var sealed []byte
	if c.chance(100) || key.private == nil {
		var err error
		if sealed, err = ballot.Seal(c.noise, []byte(key.public), meant.poll, meant.voter, choice); err != nil {
			panic(err)
		}
	} else {
		sealed = key.seal(c.noise, meant.poll, meant.voter, choice)
	}
	c.made[string(sealed)] = meant
	return sealed
}

// pollKey is a key pair that a poll may be given, and the secret that it shares with one ephemeral key. No device seals two boxes with
// one ephemeral key, but the boxes are good and a hundred times cheaper; so are key pairs that serve in one play after another.
type pollKey struct {
	public    string
	private   *[ballot.KeyBytes]byte
	ephemeral *[ballot.KeyBytes]byte // public
	shared    [ballot.KeyBytes]byte
}

const pollKeysMax = 64

var pollKeys = sync.OnceValue(func() []*pollKey {
	noise := rand.NewChaCha8([32]byte{1})
	pair := func() (public, private *[ballot.KeyBytes]byte) {
		public, private, err := box.GenerateKey(noise)
		if err != nil {
			panic(err)
		}
		return public, private
	}
	ephemeral, secret := pair()
	out := make([]*pollKey, pollKeysMax)
	for i := range out {
		public, private := pair()
		out[i] = &pollKey{public: string(public[:]), private: private, ephemeral: ephemeral}
		box.Precompute(&out[i].shared, public, secret)
	}
	return out
})

func pollKeyOf(public string) *pollKey {
	for _, k := range pollKeys() {
		if k.public == public {
			return k
		}
	}
	return &pollKey{public: public} // trustees made it
}

func (k *pollKey) seal(noise io.Reader, poll, voter string, choice *votingv1.Choice) []byte {
	plain, err := proto.MarshalOptions{Deterministic: true}.Marshal(choice)
	if err != nil {
		panic(err)
	}
	var nonce [ballot.NonceBytes]byte
	if _, err := io.ReadFull(noise, nonce[:]); err != nil {
		panic(err)
	}
	out := append(slices.Clone(k.ephemeral[:]), nonce[:]...)
	return box.SealAfterPrecomputation(out, append([]byte(poll+voter), plain...), &nonce, &k.shared)
}
func (c *crowd) choice(p *poll) []uint32 {
	if len(p.question.GetOptions()) == 0 {
		n := c.r.IntN(15)
		switch {
		case n < 9:
			return []uint32{0}
		case n < 12:
			return []uint32{1}
		case n < 13:
			return nil
		}
		return []uint32{uint32(n - 11)} // abstains, or names what is not there
	}
	var out []uint32
	for o := range len(p.question.GetOptions()) {
		if c.chance(450) {
			out = append(out, uint32(o))
		}
	}
	if c.chance(20) {
		out = append(out, 9)
	}
	return out
}
