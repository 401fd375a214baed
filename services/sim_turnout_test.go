package services_test

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/community"
)

// turnoutOf are the rules around the close that one matter of a play has; they are short, so that all of it happens.
func turnoutOf() *communityv1.TurnoutRules {
	return &communityv1.TurnoutRules{
		AbstentionsAbsent: true, LateQuorumWithinSeconds: 1, LateQuorumExtensionSeconds: 1, ExtensionRoundsMax: 1, ExtensionSeconds: 1,
		ResubmissionSeconds: 1, RecountObjectionsMin: 1, ProxyShareNumerator: 1, ProxyShareDenominator: 3,
	}
}

// moved is what a poll's close went through, and what its rules watch besides.
type moved struct {
	blocked  bool  // its question had failed, and waited
	reached  bool  // the closing instant stands on the record, and neither close nor extension yet
	quorumAt int64 // when ballots first reached the quorum; 0 for not yet
	late     bool
	rounds   uint32
	recount  *votingv1.Recount
	proxies  map[string][]string // helper -> voters
}

// quorate tells whether those who have voted reach every quorum by heads and area.
func (p *poll) quorate() bool {
	s := &sums{all: p.all}
	for id := range p.ballots { // any order: a sum
		s.participants = s.participants.plus(p.roll[id].weight)
	}
	for _, r := range p.rules.GetRequirements() {
		if r.GetQuorum() && !s.holds(r) {
			return false
		}
	}
	return true
}

// lateQuorum tells whether the quorum was first reached so shortly before the close that it moves.
func (p *poll) lateQuorum() bool {
	within := int64(p.rules.GetTurnout().GetLateQuorumWithinSeconds()) * 1000
	return within > 0 && !p.late && p.quorumAt > 0 && p.quorumAt+within >= p.closesAt
}

// deadline takes the facts of a close that moves, and of a recount.
func (l *ledger) deadline(f *fact, p *poll) {
	t := p.rules.GetTurnout()
	l.must(f, t != nil && f.Author == chain.AuthorPolicy, "a close moves, or ballots are counted again, without a rule")
	switch b := f.body.(type) {
	case *votingv1.DeadlineReached:
		l.must(f, !p.closed && !p.reached && b.GetClosesAt() == p.closesAt && f.Time >= p.closesAt, "a deadline at another time than the close")
		p.reached = true
	case *votingv1.PollExtended:
		from := max(f.Time, p.closesAt)
		if b.GetReason() == votingv1.Extension_EXTENSION_LATE_QUORUM {
			l.must(f, p.lateQuorum(), "extended for a late quorum that is none")
			l.must(f, b.GetClosesAt() == from+1000*int64(t.GetLateQuorumExtensionSeconds()), "extended by another time than the rules give")
			p.late = true
		} else {
			l.must(f, p.reached && !p.quorate() && !p.lateQuorum() && p.rounds < t.GetExtensionRoundsMax(), "extended although there is a quorum")
			l.must(f, b.GetClosesAt() == from+1000*int64(t.GetExtensionSeconds()), "extended by another time than the rules give")
			p.rounds++
		}
		l.must(f, !p.closed && b.GetRounds() == p.rounds, "extended after the close, or miscounted")
		p.closesAt, p.reached = b.GetClosesAt(), false
	case *votingv1.BallotsRecounted:
		l.must(f, p.tally != nil && !p.certified && p.recount == nil && len(p.objections) >= int(t.GetRecountObjectionsMin()),
			"ballots counted again that nobody objected to, or twice")
		p.recount = b.GetRecount()
		l.must(f, p.recount.GetSame() && int(p.recount.GetObjections()) <= len(p.objections), "the same ballots count otherwise")
	}
}

// mayClose: a poll whose close moves is not closed while the rules would extend it.
func (l *ledger) mayClose(f *fact, p *poll, complete bool) {
	t := p.rules.GetTurnout()
	if t.GetExtensionRoundsMax() == 0 || complete {
		return
	}
	l.must(f, p.reached && !p.lateQuorum() && (p.quorate() || p.rounds == t.GetExtensionRoundsMax()), "closed although the rules extend it")
}

// timesLapsed: a closing instant that was moved or came too late, an extension of what is closed, and a certificate that waits for the
// recount, or is there, are all that lapses of a poll's hours.
func (l *ledger) timesLapsed(f *fact, kind, id string) {
	p := l.polls[id]
	if p == nil {
		l.complain(f, "the %s of no poll lapsed", kind)
		return
	}
	waits := p.tally != nil && !p.certified && p.recount == nil && len(p.objections) > 0 &&
		p.rules.GetTurnout().GetRecountObjectionsMin() > 0
	good := map[string]bool{"deadline": p.closed || p.late || p.rounds > 0, "extend": p.closed, "certify": p.certified || waits}
	l.must(f, good[kind], "the %s of %s lapsed, which could be done", kind, id)
}

// proxied: a helper's ballot is counted beside it, once a voter, within the share that one helper may cast.
func (l *ledger) proxied(f *fact, p *poll, b *votingv1.ProxyCounted) {
	t := p.rules.GetTurnout()
	l.must(f, f.id == f.Through && b.GetVoter() == f.Actor && b.GetHeads() == p.roll[f.Actor].heads, "another's proxy is counted")
	l.must(f, !slices.Contains(p.proxies[f.id], f.Actor), "a proxy is counted twice")
	if p.proxies == nil {
		p.proxies = map[string][]string{}
	}
	p.proxies[f.id] = append(p.proxies[f.id], f.Actor)
	var heads int64
	for _, id := range p.proxies[f.id] {
		heads += p.roll[id].heads
	}
	l.must(f, heads*t.GetProxyShareDenominator() <= p.all.heads*t.GetProxyShareNumerator(), "a helper casts more than their share")
}

// bounded: a helper's ballot under a bound has its proxy beside it, or had it before.
func (l *ledger) bounded(f *fact, p *poll) {
	if p.rules.GetTurnout().GetProxyShareDenominator() == 0 || slices.Contains(p.proxies[f.Through], f.Actor) {
		return
	}
	l.must(f, slices.ContainsFunc(f.Changes, func(c chain.Change) bool { return chain.KindOf(c.Aggregate) == "proxy" }),
		"a helper's ballot that no bound counts")
}

// failed: a question that failed waits, from the certificate on.
func (l *ledger) failed(f *fact, b *votingv1.QuestionFailed) {
	p := l.polls[b.GetPoll()]
	if p == nil {
		l.complain(f, "a question fails of no poll")
		return
	}
	result := p.tally.GetResult()
	lost := result == votingv1.Result_RESULT_REJECTED || result == votingv1.Result_RESULT_NO_QUORUM
	seconds := p.rules.GetTurnout().GetResubmissionSeconds()
	l.must(f, p.certified && lost && p.appeal == "" && b.GetUntil() == f.Time+1000*int64(seconds), "a question waits that did not fail")
	l.waits[waiting(p.matter, p.question)] = b.GetUntil()
}

// waiting names a question in a matter, for the ledger alone.
func waiting(matter string, q *proposalv1.Motion) string {
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(q)
	if err != nil {
		panic(err)
	}
	return matter + "\x00" + string(raw)
}

// names says who votes for an organisation.
func (c *crowd) names() *deed {
	member, ok := c.resident()
	first, _, found := c.officers("")
	if !ok || !found {
		return nil
	}
	return c.by(first, community.OpNameDelegate, &communityv1.NameDelegate{Org: c.officerOf(first), Member: member})
}

func (c *crowd) establishes() *deed {
	member, ok := c.resident()
	first, _, found := c.officers("")
	if !ok || !found {
		return nil
	}
	return c.by(first, community.OpEstablish, &communityv1.EstablishChannel{
		Channel: idFor("channel of " + c.officerOf(first)), Title: "A channel", Members: []string{member},
	})
}
