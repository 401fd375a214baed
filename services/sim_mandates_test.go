package services_test

import (
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/community"
)

// mandate is what a helper may do for a principal.
type mandate struct {
	principal, helper string
	acts              []communityv1.Act
	matter, poll      string
	from, until       int64
	organisations     bool // granted for who had no key
	key               string
	at                uint64 // position
	revoked, declined bool
	waits             bool // for its helper to accept it
}

// helped says what a helper may do, and which act of a mandate it takes; nothing else is ever done for another.
var helped = map[string]communityv1.Act{
	"proposal.post": communityv1.Act_ACT_TOPICS, "proposal.withdraw": communityv1.Act_ACT_TOPICS,
	"proposal.second": communityv1.Act_ACT_SECONDS, "proposal.submit": communityv1.Act_ACT_STATEMENTS,
	"proposal.react": communityv1.Act_ACT_STATEMENTS, "voting.object": communityv1.Act_ACT_OBJECTIONS,
	"voting.cast": communityv1.Act_ACT_BALLOTS, "voting.register": communityv1.Act_ACT_BALLOTS,
	"voting.contest_roster": communityv1.Act_ACT_BALLOTS,
	"ledger.report_work":    communityv1.Act_ACT_CREDITS, "ledger.confirm_work": communityv1.Act_ACT_CREDITS,
	"ledger.decline_work": communityv1.Act_ACT_CREDITS, "ledger.spend": communityv1.Act_ACT_CREDITS,
	"ledger.appeal_clawback": communityv1.Act_ACT_CREDITS,
}

// asked is what a command's body says about whom and what it is for.
type asked struct {
	Principal, Voter, Mandate, Matter, Topic, Deliberation, Poll string
}

func (f *fact) asked() (a asked) {
	if _, may := helped[f.signed.Operation]; may {
		_ = json.Unmarshal(f.signed.Body, &a) // what was accepted can be read
	}
	return a
}

func (l *ledger) mandateInForce(m *mandate, now int64) bool {
	return !m.revoked && !m.declined && now < m.until && l.active(m.principal)
}

// behalf holds an act under a mandate to all that there must be for it; true for what is done for another.
func (l *ledger) behalf(f *fact, signers []string) bool {
	a := f.asked()
	if a.Mandate == "" {
		l.must(f, a.Principal == "", "for another without a mandate")
		return false
	}
	m := l.mandates[a.Mandate]
	if m == nil {
		l.complain(f, "under a mandate that nobody granted")
		return true
	}
	l.must(f, len(signers) == 1 && signers[0] == m.helper && f.Through == m.helper, "a mandate that is somebody else's")
	l.must(f, f.Actor == m.principal && a.Principal+a.Voter == m.principal, "a mandate of somebody else's")
	l.must(f, f.Author == chain.AuthorDevice && !l.keys[string(f.signed.Signatures[0].Key)].hosted, "a helper without a device")
	l.must(f, l.mandateInForce(m, f.Time) && f.Time >= m.from && f.block >= m.from && f.block < m.until, "a mandate that does not hold")
	l.must(f, !m.waits, "a mandate that nobody has accepted")
	act := helped[f.signed.Operation]
	l.must(f, slices.Contains(m.acts, act), "a mandate for other acts")
	matter := a.Matter
	switch {
	case a.Topic != "":
		matter = l.topics[a.Topic].matter
	case a.Deliberation != "":
		matter = l.meetings[a.Deliberation].matter
	case a.Poll != "":
		matter = l.polls[a.Poll].matter
	}
	l.must(f, m.matter == "" || m.matter == matter, "a mandate in another matter")
	l.must(f, m.poll == "" || m.poll == a.Poll, "a mandate in another poll")
	for role := range l.people[m.helper].roles { // any order: each is looked at
		plain := role == communityv1.Role_ROLE_OWNER || role == communityv1.Role_ROLE_GRID_WORKER
		l.must(f, plain || act != communityv1.Act_ACT_BALLOTS, "a ballot for another by one with an office")
	}
	return true
}

// marked: what was done under a mandate names it, and nothing else does.
func (l *ledger) marked(f *fact, mandate string) {
	l.must(f, mandate == f.asked().Mandate, "the mark of a helper's hand is not as it was done")
}

// mandated takes the facts about mandates.
func (l *ledger) mandated(f *fact) {
	switch b := f.body.(type) {
	case *communityv1.MandatesListed:
		var want []string
		principals := map[string]bool{}
		// Clocks differ by up to two seconds, so what had ended by a later clock stays ended by an earlier one.
		for _, id := range l.listed[f.id] {
			if l.mandateInForce(l.mandates[id], f.Time) {
				want = append(want, id)
				principals[l.mandates[id].principal] = true
			}
		}
		list := b.GetMandates()
		l.listed[f.id] = slices.Sorted(slices.Values(list))
		held := slices.Sorted(slices.Values(list[:len(list)-1]))
		l.must(f, slices.Equal(held, want), "the helper's list is %v, want %v", held, want)
		var a asked
		_ = json.Unmarshal(f.signed.Body, &a)
		principals[a.Principal] = true
		l.must(f, len(principals) <= int(l.book.GetHelperPrincipalsMax()), "a helper of %d", len(principals))
	case *communityv1.MandateGranted:
		l.letHelp(f, b)
	case *communityv1.MandateRevoked:
		m := l.mandates[f.id]
		l.must(f, !m.revoked && !m.declined && f.Time < m.until, "a mandate ends twice")
		l.must(f, f.Actor == m.principal || f.Actor == m.helper || l.twoOrgs(f, m.helper), "a mandate ended by others")
		m.revoked = true
	case *communityv1.MandateAccepted, *communityv1.MandateDeclined:
		l.answered(f)
	}
}

// answered: a helper says by their own word whether they take a mandate on, once, and accepts by a device.
func (l *ledger) answered(f *fact) {
	m := l.mandates[f.id]
	_, declined := f.body.(*communityv1.MandateDeclined)
	l.must(f, f.Actor == m.helper && (declined || f.Author == chain.AuthorDevice), "another says whether a helper takes a mandate on")
	l.must(f, m.waits && !m.revoked && !m.declined && f.Time < m.until, "a mandate that does not wait is answered")
	l.must(f, declined || f.block < m.until && l.active(m.principal), "a mandate is accepted after its end")
	m.waits, m.declined = false, declined
}

func (l *ledger) letHelp(f *fact, b *communityv1.MandateGranted) {
	m := &mandate{
		principal: b.GetPrincipal(), helper: b.GetHelper(), acts: b.GetActs(), matter: b.GetMatter(), poll: b.GetPoll(),
		from: b.GetFrom(), until: b.GetUntil(), at: f.at, key: string(f.signed.Signatures[0].Key),
		organisations: b.GetGrantor() == communityv1.Grantor_GRANTOR_ORGANISATIONS, waits: b.GetAwaitsAcceptance(),
	}
	l.must(f, m.waits == l.book.GetHelpersAccept(), "whether a mandate waits is not as the rulebook says")
	l.must(f, l.mandates[f.id] == nil && l.active(m.principal) && l.active(m.helper) && m.principal != m.helper, "a mandate of or for nobody")
	l.must(f, m.from >= f.Time && m.from < m.until && m.until <= f.Time+1000*int64(l.book.GetMandateSecondsMax()), "a mandate for too long")
	l.must(f, f.block < m.until, "a mandate granted after its end")
	l.must(f, f.Actor != m.helper && !slices.Contains(l.cosigners(f), m.helper), "a mandate by its own helper")
	ballots := slices.Contains(m.acts, communityv1.Act_ACT_BALLOTS)
	l.must(f, b.GetProxy() != nil || !ballots && !m.organisations, "a mandate without the proxy that it takes")
	if m.organisations {
		l.must(f, l.twoOrgs(f, m.principal) && len(l.people[m.principal].inForce) == 0, "others grant for one who can speak")
	} else {
		hosted := b.GetGrantor() == communityv1.Grantor_GRANTOR_HOSTED
		l.must(f, f.Actor == m.principal && hosted == (f.Author == chain.AuthorHosted), "a mandate granted by another")
	}
	device := slices.ContainsFunc(l.people[m.helper].inForce, func(key string) bool { return !l.keys[key].hosted })
	l.must(f, device, "a helper who has no device")
	l.mandates[f.id] = m
}

// old tells whether a ballot's right is as old as the roll.
func (l *ledger) old(f *fact, p *poll, mandate string) bool {
	m := l.mandates[mandate]
	return m == nil || m.at <= p.sealedAt || !m.organisations && l.keys[m.key].position <= p.sealedAt
}

// castBy is how a poll's ballots came; nil where no helper cast one.
func (l *ledger) castBy(p *poll, stands bool) *votingv1.CastBy {
	by := &votingv1.CastBy{
		Device: &votingv1.CastShare{}, Hosted: &votingv1.CastShare{}, Helper: &votingv1.CastShare{}, StandsWithoutHelpers: stands,
	}
	for voter, v := range p.ballots { // any order: sums
		share := by.GetDevice()
		if v.helped {
			share = by.GetHelper()
		} else if v.hosted {
			share = by.GetHosted()
		} else if v.paper > 0 {
			if by.Paper == nil {
				by.Paper = &votingv1.CastShare{}
			}
			share = by.Paper
		}
		w := p.roll[voter].weight
		share.Ballots, share.Heads, share.AreaCentiM2 = share.GetBallots()+1, share.GetHeads()+w.heads, share.GetAreaCentiM2()+w.area
	}
	if by.GetHelper().GetBallots() == 0 {
		return nil
	}
	return by
}

// lets grants a mandate, by one's own key, or by two organisations for one who has none; now and then a bad one.
func (c *crowd) lets() *deed {
	principal, ok := anyOf(c, c.people, func(id string, p *person) bool { return c.counts(id) && (len(p.inForce) > 0 || c.chance(400)) })
	helper, found := c.resident()
	if !ok || !found || principal == helper && !c.chance(50) {
		return nil
	}
	body := &communityv1.GrantMandate{
		Principal: principal, Helper: helper, Until: c.now + 1000 + int64(c.r.IntN(20_000)), Proxy: textFor("a proxy of " + principal),
	}
	switch n := c.r.IntN(20); {
	case n == 0:
		body.Proxy = nil
	case n == 1:
		body.Until = c.now + int64(c.r.IntN(100_000))
	case n < 4:
		body.From = c.now + int64(c.r.IntN(3000))
	case n < 6:
		body.Matter = c.book.GetMatters()[c.r.IntN(len(c.book.GetMatters()))].GetCode()
	}
	for act := range communityv1.Act_ACT_BALLOTS {
		if act++; c.chance(600) {
			body.Acts = append(body.Acts, act)
		}
	}
	if poll, open := anyOf(c, c.polls, func(_ string, p *poll) bool { return p.opened && !p.closed }); open && c.chance(150) {
		body.Poll, body.Acts = poll, []communityv1.Act{communityv1.Act_ACT_BALLOTS}
	}
	if c.hasKey(principal) && !c.chance(30) {
		return c.by(principal, community.OpGrantMandate, body)
	}
	first, second, found := c.officers("")
	if !found {
		return nil
	}
	return c.by(first, community.OpGrantMandate, body, second)
}

// endsMandate revokes one: one of the two mostly.
func (c *crowd) endsMandate() *deed {
	id, ok := anyOf(c, c.mandates, func(_ string, m *mandate) bool { return c.mandateInForce(m, c.now) })
	if !ok {
		return nil
	}
	body := &communityv1.RevokeMandate{Mandate: id}
	if first, second, found := c.officers(""); found && c.chance(200) {
		return c.by(first, community.OpRevokeMandate, body, second)
	}
	who := []string{c.mandates[id].principal, c.mandates[id].helper}[c.r.IntN(2)]
	return c.by(who, community.OpRevokeMandate, body)
}

// answers has a helper accept a mandate or decline it, and now and then somebody else.
func (c *crowd) answers() *deed {
	id, ok := anyOf(c, c.mandates, func(_ string, m *mandate) bool {
		return c.mandateInForce(m, c.now) && (m.waits || c.chance(5)) || m.declined && c.chance(20)
	})
	if !ok {
		return nil
	}
	who := c.mandates[id].helper
	if c.chance(50) {
		who = c.mandates[id].principal
	}
	if c.chance(150) {
		return c.by(who, community.OpDeclineMandate, &communityv1.DeclineMandate{Mandate: id})
	}
	return c.by(who, community.OpAcceptMandate, &communityv1.AcceptMandate{Mandate: id})
}

// helps does something for somebody under a mandate, mostly what it covers.
func (c *crowd) helps() *deed {
	id, ok := anyOf(c, c.mandates, func(_ string, m *mandate) bool { return c.mandateInForce(m, c.now) && (!m.waits || c.chance(250)) })
	if !ok {
		return nil
	}
	m := c.mandates[id]
	act, ok := pick(c, m.acts)
	if c.chance(50) {
		act = communityv1.Act(1 + c.r.IntN(int(communityv1.Act_ACT_BALLOTS)))
	}
	if !ok {
		return nil
	}
	var d *deed
	switch act {
	case communityv1.Act_ACT_TOPICS:
		if d = c.posts(); c.chance(200) {
			d = c.takesBack()
		}
	case communityv1.Act_ACT_SECONDS:
		d = c.seconds()
	case communityv1.Act_ACT_STATEMENTS:
		if d = c.states(); c.chance(700) {
			d = c.reacts()
		}
	case communityv1.Act_ACT_OBJECTIONS:
		d = c.objects()
	case communityv1.Act_ACT_BALLOTS:
		if d = c.registersFor(m); d == nil || c.chance(400) {
			d = c.votesFor(m)
		}
	}
	if d == nil {
		return nil
	}
	setField(d.body, "mandate", id)
	setField(d.body, "principal", m.principal)
	return c.by(m.helper, d.operation, d.body)
}

// votesFor is a ballot of a mandate's principal.
func (c *crowd) votesFor(m *mandate) *deed {
	id, ok := anyOf(c, c.polls, func(id string, p *poll) bool {
		_, listed := p.roll[m.principal]
		return p.opened && !p.closed && listed && (m.poll == "" || m.poll == id)
	})
	if !ok || c.polls[id].key == "" {
		return nil
	}
	return &deed{operation: "voting.cast", body: &votingv1.CastBallot{
		Poll: id, Voter: m.principal, Box: c.box(id, c.polls[id], m.principal),
	}}
}

// setField fills a text field of a command, if it has one of that name.
func setField(body proto.Message, name, value string) {
	if fd := body.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name)); fd != nil {
		body.ProtoReflect().Set(fd, protoreflect.ValueOfString(value))
	}
}

// reactedBy follows whose hand a reaction was given by: a helper's never replaces the member's own.
func (l *ledger) reactedBy(f *fact, b *proposalv1.ReactionGiven) {
	l.marked(f, b.GetMandate())
	own, before := l.reactions[f.path]
	l.must(f, !before || !own || b.GetMandate() == "", "a helper changes what the member has said")
	l.reactions[f.path] = b.GetMandate() == ""
}
