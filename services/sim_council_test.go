package services_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"

	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/community"
	"renlin.dev/services/voting/trustee"
)

// eve is a trustee of the organisation that watches.
const eve = "eve"

// trusteeKeys holds a member's long-term key as a trustee, made once for all plays.
var trusteeKeys sync.Map // member -> *keys.Key

func trusteeKeyOf(member string) *keys.Key {
	if k, ok := trusteeKeys.Load(member); ok {
		return k.(*keys.Key)
	}
	k, err := trustee.KeyOf([]byte("keystore of " + member))
	if err != nil {
		panic(err)
	}
	trusteeKeys.Store(member, k)
	return k
}

func trusteeOf(member, org string) *communityv1.Trustee {
	return &communityv1.Trustee{Member: member, Org: org, TrusteeKey: trusteeKeyOf(member).Public().Bytes()}
}

// foundingTrustees are the holders and one more.
func foundingTrustees() (out []*communityv1.Trustee) {
	for _, of := range [][2]string{{cat, orgOne}, {dan, orgTwo}, {eve, orgThree}} {
		t := trusteeOf(idFor(of[0]), idFor(of[1]))
		t.Key = keyFor(of[0])
		out = append(out, t)
	}
	return out
}

// quietRules are those of a poll whose key trustees make, with a seed for ties in every second version of the rules.
func quietRules(version uint32) *communityv1.PollRules {
	r := pollOf(communityv1.Method_METHOD_APPROVAL, communityv1.Electorate_ELECTORATE_MEMBERS)
	r.OpenWithinSeconds = 40
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN, TrusteesMin: 2}
	if version%2 == 1 {
		r.TieRule = communityv1.TieRule_TIE_RULE_SEED
	}
	return r
}

// appoints names trustees by two officers: at once where the founding named none, and now and then others.
func (c *crowd) appoints() *deed {
	first, second, ok := c.officers("")
	if !ok || len(c.trustees) > 0 && !c.chance(60) {
		return nil
	}
	list := []*communityv1.Trustee{
		trusteeOf(idFor(cat), idFor(orgOne)), trusteeOf(idFor(dan), idFor(orgTwo)), trusteeOf(idFor(ann), idFor(orgOne)),
	}
	if c.people[idFor(eve)] != nil {
		list = append(list, trusteeOf(idFor(eve), idFor(orgThree)))
	}
	if who, found := c.resident(); found && !slices.ContainsFunc(list, func(t *communityv1.Trustee) bool { return t.GetMember() == who }) {
		list = append(list, trusteeOf(who, idFor([]string{orgOne, orgTwo}[c.r.IntN(2)])))
	}
	c.r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	body := &communityv1.AppointTrustees{Trustees: list[:2+c.r.IntN(2)]}
	return c.by(first, community.OpAppoint, body, second)
}

// callsQuiet calls a poll with trustees, mostly when none is under way.
func (c *crowd) callsQuiet() *deed {
	for _, p := range c.polls { // any order: is there one
		if p.council != nil && p.secret == nil && !p.dead && !p.certified {
			return nil
		}
	}
	who, ok := c.office(communityv1.Role_ROLE_CONVENER)
	if !ok || c.veils || c.again("call quiet") {
		return nil
	}
	m := c.matter("quiet")
	return c.by(who, "voting.call", &votingv1.CallPoll{Matter: m.GetCode(), Question: questionOf(m.GetPoll().GetMethod())})
}

// desk is what one trustee's keystore sees of one poll, and what it says.
type desk struct {
	poll trustee.Poll
	rows []trustee.Row // of a secret poll
	said proto.Message // nil for nothing
}

func (d *desk) Ceremonies(context.Context) ([]trustee.Poll, error) {
	return []trustee.Poll{d.poll}, nil
}

func (d *desk) Ballots(context.Context, string) ([]trustee.Row, error) { return d.rows, nil }

func (d *desk) Command(_ context.Context, _ string, body proto.Message) error {
	d.said = body
	return nil
}

// says has a trustee's keystore do what is due for a poll, as it would by the record.
func (c *crowd) says(id string, k *council, number uint32, closed bool) proto.Message {
	ceremony := map[string]any{
		"round": k.round, "trustees": k.trustees, "threshold": k.threshold, "answers_by": k.answersBy, "context": k.context,
		"said": k.said, "promised": k.promises, "seal": k.seal, "shares": k.shares, "nonces": k.nonces,
	}
	seen := map[string]any{"id": id, "secrecy": k.secrecy, "closed": closed, "ceremony": ceremony}
	d := &desk{}
	if p := c.polls[id]; p.secret != nil && p.secret.sums != nil {
		seen["poll"] = c.inSecret(p, ceremony)
		as(p.secret.ballots(), &d.rows)
	}
	as(seen, &d.poll)
	agent := trustee.Agent{Key: trusteeKeyOf(k.trustees[number-1].GetMember()), Rand: c.noise, Record: d}
	if err := agent.Step(context.Background()); err != nil {
		panic(err)
	}
	return d.said
}

// as reads what a keystore is told, as it comes over the bus.
func as(from, into any) {
	raw, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		panic(err)
	}
}

// dealer makes a trustee's words without regard to the record.
func (k *council) dealer(number uint32) (*keys.Dealer, *keys.Ceremony) {
	terms := &keys.Ceremony{Context: [32]byte(k.context), Purpose: keys.Open, Threshold: int(k.threshold)}
	if k.secrecy > communityv1.Secrecy_SECRECY_OPEN {
		terms.Purpose = keys.Secret
	}
	for _, t := range k.trustees {
		key, err := keys.DecodePublic(t.GetTrusteeKey())
		if err != nil {
			panic(err)
		}
		terms.Keys = append(terms.Keys, key)
	}
	d, err := keys.NewDealer(terms, trusteeKeyOf(k.trustees[number-1].GetMember()))
	if err != nil {
		panic(err)
	}
	return d, terms
}

// deal is a trustee's third word; one that is false holds shares that only the dealer can open.
func (c *crowd) deal(k *council, number uint32, honest bool) []byte {
	d, terms := k.dealer(number)
	for i := range terms.Keys {
		if !honest {
			terms.Keys[i] = terms.Keys[number-1]
		}
	}
	m, err := d.Deal()
	if err != nil {
		panic(err)
	}
	if !honest {
		c.lies[string(m.Bytes())] = true
	}
	return m.Bytes()
}

// fate tells by the round whether a trustee is the one to whom something happens, which it does in one round of so many.
func (k *council) fate(what int, number uint32, oneIn byte) bool {
	return k.context[what]%oneIn == 0 && uint32(k.context[what+1])%uint32(len(k.trustees)) == number-1
}

// ill is in one of how many rounds something goes wrong: a secret poll has a long way to go behind it.
func (k *council) ill() byte {
	if k.secrecy > communityv1.Secrecy_SECRECY_OPEN {
		return 20
	}
	return 5
}

// What may happen to a trustee.
const (
	toBeSilent = 2 * iota
	toLie
	toWithhold
	toWithholdToo
)

// speaks has a trustee say what is due, sometimes again, out of turn, in another's name, for another round, or falsely.
func (c *crowd) speaks() *deed {
	id, ok := c.urgent(func(p *poll) bool { return p.council.speaks() && !p.dead && p.council.answersBy > c.now })
	if !ok || !c.polls[id].council.speaks() {
		return nil
	}
	k := c.polls[id].council
	n, ok := pick(c, k.owing())
	if !ok || k.fate(toBeSilent, n, k.ill()) || c.lately(fmt.Sprint("word ", id, k.round, n, k.step()), 10) {
		return nil
	}
	body := c.says(id, k, n, false).(*votingv1.AddKeyPart)
	who := n
	if k.step() == 2 && k.fate(toLie, n, k.ill()) {
		body.Message = c.deal(k, n, false)
	}
	switch x := c.r.IntN(100); {
	case x < 3 && len(k.said) > 0: // again
		body.Message, _ = pick(c, k.said)
		who = uint32(body.GetMessage()[2])
	case x < 6: // out of turn
		body.Message = c.deal(k, n, true)
	case x < 9:
		who = 1 + uint32(c.r.IntN(len(k.trustees)))
	case x < 12:
		body.Round += uint32(c.r.IntN(3)) - 1
	case x < 15:
		body.NonceCommitment, _ = pick(c, k.promises)
	}
	return c.by(k.trustees[who-1].GetMember(), "voting.add_key_part", body)
}

// exposes has a trustee publish a share when it is time, sometimes before, after it was missed, with another's name or another nonce.
func (c *crowd) exposes() *deed {
	early := c.chance(60)
	id, ok := c.urgent(func(p *poll) bool {
		k := p.council
		return k != nil && len(k.seal) > 0 && !p.certified && k.published < len(k.trustees) && (p.closed || early) && (p.secret == nil || early)
	})
	if !ok || c.polls[id].council == nil || len(c.polls[id].council.seal) == 0 {
		return nil
	}
	p := c.polls[id]
	k := p.council
	n := 1 + uint32(c.r.IntN(len(k.trustees)))
	withholds := k.fate(toWithhold, n, 3) || k.fate(toWithholdToo, n, 4)
	if withholds && !p.keyMissing || c.again(fmt.Sprint("share ", id, n)) {
		return nil
	}
	body, ok := c.says(id, k, n, true).(*votingv1.PublishShare)
	if !ok { // it is on the record
		body = &votingv1.PublishShare{Poll: id, Message: k.shares[n-1], Nonce: k.nonces[n-1]}
	}
	who := n
	switch x := c.r.IntN(100); {
	case x < 4:
		who = 1 + uint32(c.r.IntN(len(k.trustees)))
	case x < 8:
		body.Nonce = k.context
	}
	return c.by(k.trustees[who-1].GetMember(), "voting.publish_share", body)
}
