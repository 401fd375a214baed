package services_test

import (
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// fusion is a proposal to merge topics.
type fusion struct {
	into       string
	topics     []string
	authors    map[string]bool // whose consent it takes
	consents   map[string]bool
	proposedBy string
	expires    int64
	ended      bool
	agreedAt   uint64 // position at which nobody was waited for any more
	doneAt     uint64
}

// proposesMerge has an author or a convener, or now and then anybody, propose that a topic goes on as another of its matter.
func (c *crowd) proposesMerge() *deed {
	into, ok := anyOf(c, c.topics, func(_ string, t *topic) bool { return t.open() })
	if !ok {
		return nil
	}
	away, ok := anyOf(c, c.topics, func(id string, t *topic) bool {
		return id != into && (t.open() && t.matter == c.topics[into].matter || c.chance(20))
	})
	if !ok {
		return nil
	}
	who := c.topics[[]string{into, away}[c.r.IntN(2)]].author
	if convener, ok := c.office(communityv1.Role_ROLE_CONVENER); ok && c.chance(300) {
		who = convener
	}
	return c.by(who, "proposal.propose_merge", &proposalv1.ProposeMerge{Into: into, Topics: []string{away}})
}

// answersMerge has somebody who is waited for consent, or now and then decline; or the proposer take it back.
func (c *crowd) answersMerge() *deed {
	id, ok := anyOf(c, c.merges, func(_ string, m *fusion) bool { return !m.ended })
	if !ok {
		return nil
	}
	m := c.merges[id]
	who, ok := anyOf(c, m.authors, func(author string, _ bool) bool { return !m.consents[author] && c.active(author) || c.chance(50) })
	switch {
	case c.chance(120):
		return c.by(m.proposedBy, "proposal.withdraw_merge", &proposalv1.WithdrawMerge{Merge: id})
	case !ok:
		return nil
	case c.chance(60):
		return c.by(who, "proposal.decline_merge", &proposalv1.DeclineMerge{Merge: id})
	}
	return c.by(who, "proposal.consent_to_merge", &proposalv1.ConsentToMerge{Merge: id})
}

// behind are the authors who stand behind a topic: its own, and those of what was merged into it.
func (l *ledger) behind(id string) map[string]bool {
	out := map[string]bool{l.topics[id].author: true}
	for _, t := range l.topics { // any order: a set
		if t.mergedInto == id && t != l.topics[id] {
			out[t.author] = true
		}
	}
	return out
}

// agreed tells whether everybody has consented who is a member.
func (l *ledger) agreed(m *fusion) bool {
	for author := range m.authors { // any order: all must
		if !m.consents[author] && l.active(author) {
			return false
		}
	}
	return true
}

// lookMerges notes, after each commit that may have changed it, which merges wait for nobody any more.
func (l *ledger) lookMerges(f *fact) {
	for _, m := range l.merges { // any order: each for itself
		if !m.ended && m.agreedAt == 0 && l.agreed(m) {
			m.agreedAt = f.at
		}
	}
}

// merge takes the facts from a proposal to merge to its end.
func (l *ledger) merge(f *fact) {
	m := l.merges[splitPath(f.path)[1]]
	open := m != nil && !m.ended
	switch b := f.body.(type) {
	case *proposalv1.MergeProposed:
		l.proposed(f, b)
	case *proposalv1.MergeConsented:
		l.must(f, open && f.id == f.Actor && m.authors[f.Actor] && !m.consents[f.Actor] && f.Time < m.expires && f.block < m.expires,
			"a consent by another, twice, or out of its time")
		m.consents[f.Actor] = true
	case *proposalv1.MergeDeclined:
		l.must(f, open && b.GetBy() == f.Actor && m.authors[f.Actor] && !l.agreed(m) && f.Time < m.expires, "declined by another, or too late")
		m.ended = true
	case *proposalv1.MergeWithdrawn:
		l.must(f, open && m.proposedBy == f.Actor && !l.agreed(m) && f.Time < m.expires, "withdrawn by another, or too late")
		m.ended = true
	case *proposalv1.MergeExpired:
		l.must(f, open && !l.agreed(m) && f.Time >= m.expires, "a merge expires too early, or all have consented")
		m.ended = true
	case *proposalv1.MergeFailed:
		gone := func(id string) bool { return !l.topics[id].open() }
		l.must(f, open && m.agreedAt == f.Cause && f.Author == chain.AuthorPolicy && slices.ContainsFunc(append(m.topics, m.into), gone),
			"a merge fails, and all its topics are open")
		m.ended = true
	case *proposalv1.MergeCompleted:
		l.must(f, open && m.agreedAt == f.Cause && f.Author == chain.AuthorPolicy, "merged by a hand, or without all consents")
		m.ended, m.doneAt = true, f.at
	}
}

func (l *ledger) proposed(f *fact, b *proposalv1.MergeProposed) {
	m := &fusion{
		into: b.GetInto(), topics: b.GetTopics(), authors: l.behind(b.GetInto()), consents: map[string]bool{}, proposedBy: f.Actor,
		expires: b.GetExpiresAt(),
	}
	for _, id := range append(slices.Clone(m.topics), m.into) {
		l.must(f, l.topics[id].open() && l.topics[id].matter == b.GetMatter(), "a merge of what is not open, or of another matter")
		maps.Copy(m.authors, l.behind(id))
	}
	_, convener := l.people[f.Actor].roles[communityv1.Role_ROLE_CONVENER]
	l.must(f, m.authors[f.Actor] || convener && f.Author == chain.AuthorDevice, "proposed by whom it does not concern")
	l.must(f, slices.Equal(b.GetAuthors(), slices.Sorted(maps.Keys(m.authors))), "other authors are asked than those behind the topics")
	l.must(f, b.GetExpiresAt() == f.Time+1000*int64(l.matter(b.GetMatter()).GetMergeSeconds()), "another end than the rulebook's")
	for _, other := range l.merges { // any order: each is looked at
		l.must(f, other.ended || f.Time >= other.expires || other.proposedBy != f.Actor || other.into != m.into, "a second open proposal")
	}
	l.merges[f.id] = m
}

// joins moves what supports a topic to the one that it is merged into.
func (l *ledger) joins(f *fact, b *proposalv1.TopicMerged) {
	m, from, to := l.merges[b.GetMerge()], l.topics[f.id], l.topics[b.GetInto()]
	if m == nil || from == nil || to == nil {
		l.complain(f, "a topic is merged out of nothing")
		return
	}
	l.must(f, m.doneAt == f.at && m.into == b.GetInto() && slices.Contains(m.topics, f.id), "a topic is merged that nobody agreed on")
	l.must(f, from.open() && to.open(), "a topic is merged that is not open, or into one that is not")
	for _, t := range l.topics { // any order: each for itself
		if t.mergedInto == f.id {
			t.mergedInto = b.GetInto()
		}
	}
	from.mergedInto = b.GetInto()
	maps.Copy(to.supporters, from.supporters)
}

// mergeLapsed says whether a merge or its timer may lapse: it has ended, or the rule is about to end it.
func (l *ledger) mergeLapsed(f *fact, kind, id string) {
	m := l.merges[id]
	l.must(f, m != nil && (m.ended || kind == "merge-expiry" && m.agreedAt > 0), "%s of %s lapsed, and it is open", kind, id)
}

func (l *ledger) mergeRest(f *fact, due int64) {
	for id, m := range l.merges { // any order: each for itself, and complaints are sorted
		l.must(f, m.ended || m.agreedAt == 0 && m.expires > due, "merge %s is neither done nor ended", id)
		if m.doneAt == 0 {
			continue
		}
		for _, topic := range m.topics {
			l.must(f, l.topics[topic].mergedInto != "", "merge %s is done, and topic %s is not merged", id, topic)
		}
	}
}
