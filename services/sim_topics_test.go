package services_test

import (
	"fmt"
	"slices"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

type topic struct {
	matter, author   string
	supporters       map[string]bool // the author is one
	helped           bool            // raised by a helper's hand
	withdrawn, taken bool
	mergedInto       string // the topic that goes on in its stead
}

func (t *topic) open() bool { return !t.withdrawn && !t.taken && t.mergedInto == "" }

// round is one matter's next deliberation.
type round struct {
	over  uint32
	wants *wanted // nil when nothing is demanded
}

// wanted is what a matter looked like when its support reached the threshold.
type wanted struct {
	at                         uint64
	topics                     []string
	supporters, needed, active uint32
}

type meeting struct {
	matter   string
	closesAt int64
	closed   bool
}

type motion struct {
	matter, text         string
	rules                *communityv1.PollRules
	options              int
	called               int // polls
	resolved, adopted    bool
	failed               bool
	executesAt, expires  int64
	vetoUntil            int64
	vetoed, inForce      bool
	done, expired        bool
	certified, certainty bool
	lapsesAt, delay      int64 // of a veto: its end, and when the motion would be in force without it
	appeal               *appeal
}

// look compares every matter's support with its threshold, after each commit that may have changed one of them.
func (l *ledger) look(f *fact) {
	for _, m := range l.book.GetMatters() {
		r := l.round(m.GetCode())
		if r.wants != nil {
			continue // once reached it stays reached
		}
		w := &wanted{at: f.at, active: uint32(l.residents())}
		people := map[string]bool{}
		for _, id := range l.posted {
			if t := l.topics[id]; t.matter == m.GetCode() && t.open() {
				w.topics = append(w.topics, id)
				for member := range t.supporters { // any order: they are counted
					people[member] = people[member] || l.counts(member)
				}
			}
		}
		for _, counts := range people { // any order: they are counted
			if counts {
				w.supporters++
			}
		}
		w.needed = max(1, m.GetThresholdMembers())
		if n, d := m.GetThresholdNumerator(), m.GetThresholdDenominator(); d > 0 {
			w.needed = max(w.needed, uint32((n*int64(w.active)+d-1)/d))
		}
		if w.supporters >= w.needed {
			r.wants = w
		}
	}
}

func (l *ledger) round(matter string) *round {
	r := l.rounds[matter]
	if r == nil {
		r = &round{}
		l.rounds[matter] = r
	}
	return r
}

// convened: exactly when the threshold was reached, by whom it was reached, on what was open then.
func (l *ledger) convened(f *fact, b *proposalv1.DeliberationConvened) {
	r := l.round(b.GetMatter())
	w := r.wants
	if w == nil || f.Author != chain.AuthorPolicy {
		l.complain(f, "a deliberation on %s that nothing demanded", b.GetMatter())
		return
	}
	l.must(f, f.Cause == w.at, "convened for position %d, the threshold was reached at %d", f.Cause, w.at)
	l.must(f, slices.Equal(b.GetTopics(), w.topics), "another deliberation's topics")
	l.must(f, b.GetSupporters() == w.supporters && b.GetThreshold() == w.needed && b.GetActiveMembers() == w.active,
		"%d of %d active support it and %d are needed; it says %d, %d, %d",
		w.supporters, w.active, w.needed, b.GetSupporters(), b.GetActiveMembers(), b.GetThreshold())
	l.must(f, b.GetRound() == r.over+1, "round %d after %d", b.GetRound(), r.over)
	l.must(f, b.GetClosesAt() == f.Time+1000*int64(l.matter(b.GetMatter()).GetDeliberationSeconds()), "another end than the rulebook's")
	r.over, r.wants = b.GetRound(), nil
	l.meetings[f.id] = &meeting{matter: b.GetMatter(), closesAt: b.GetClosesAt()}
}

func (l *ledger) conveneLapsed(f *fact, matter string) {
	r := l.round(matter)
	if r.wants == nil {
		l.complain(f, "a convening lapsed that nothing demanded")
		return
	}
	gone := func(id string) bool { return !l.topics[id].open() }
	l.must(f, slices.ContainsFunc(r.wants.topics, gone), "a convening lapsed, and all its topics are open")
	r.over, r.wants = r.over+1, nil
}

func (l *ledger) matter(code string) *communityv1.Matter {
	for _, m := range l.book.GetMatters() {
		if m.GetCode() == code {
			return m
		}
	}
	return nil
}

// proposal takes the facts from a topic to a motion put.
func (l *ledger) proposal(f *fact) {
	switch b := f.body.(type) {
	case *proposalv1.TopicPosted:
		open := 1
		for _, t := range l.topics { // any order: they are counted
			if t.matter == b.GetMatter() && t.author == f.Actor && t.open() {
				open++
			}
		}
		l.must(f, open <= int(l.book.GetOpenTopicsMax()), "%d open topics of one author", open)
		l.marked(f, b.GetMandate())
		l.topics[f.id] = &topic{
			matter: b.GetMatter(), author: f.Actor, supporters: map[string]bool{f.Actor: true}, helped: b.GetMandate() != "",
		}
		l.posted = append(l.posted, f.id)
	case *proposalv1.TopicSeconded:
		t := l.topics[splitPath(f.path)[1]]
		l.must(f, f.id == f.Actor && t.open() && !t.supporters[f.Actor], "a second by another, for what is not open, or twice")
		l.marked(f, b.GetMandate())
		l.must(f, b.GetMandate() == "" || f.Through != t.author, "a helper's own topic seconded by the helper's hand")
		t.supporters[f.Actor] = true
	case *proposalv1.TopicWithdrawn:
		t := l.topics[f.id]
		l.must(f, t.author == f.Actor && t.open() && len(l.behind(f.id)) == 1, "withdrawn by another, what is not open, or others' topics")
		l.marked(f, b.GetMandate())
		l.must(f, t.helped || f.asked().Mandate == "", "a helper takes back what the member raised")
		t.withdrawn = true
	case *proposalv1.TopicTaken:
		t := l.topics[f.id]
		l.must(f, t.open() && l.meetings[b.GetDeliberation()] != nil, "taken that is not open, or by nothing")
		t.taken = true
	case *proposalv1.TopicMerged:
		l.joins(f, b)
	case *proposalv1.TopicsJoined:
		l.must(f, l.topics[f.id].open() && len(b.GetTopics()) == len(b.GetAuthors()), "topics join one that is not open, or nobody's")
	case *proposalv1.DeliberationConvened:
		l.convened(f, b)
	case *proposalv1.StatementSubmitted, *proposalv1.ReactionGiven:
		d := l.meetings[splitPath(f.path)[1]]
		l.must(f, !d.closed && f.Time < d.closesAt && f.block < d.closesAt, "said after the end")
		if r, ok := b.(*proposalv1.ReactionGiven); ok {
			l.reactedBy(f, r)
			said := f.path[:len(f.path)-len("/reaction/")-len(f.id)]
			l.must(f, f.id == f.Actor && l.statements[said] != "", "a reaction to nothing, or by another")
		} else {
			l.statements[f.path] = f.Actor
		}
	case *proposalv1.DeliberationClosed:
		d := l.meetings[f.id]
		l.must(f, !d.closed && b.GetOverdue() == (f.Time >= d.closesAt), "closed twice, or overdue before its time")
		l.must(f, b.GetOverdue() == (f.Author == chain.AuthorPolicy), "overdue by somebody's word")
		d.closed = true
	case *proposalv1.MotionPut:
		l.must(f, l.meetings[b.GetDeliberation()] != nil && l.motions[f.id] == nil, "a motion out of nothing, or twice")
		l.motions[f.id] = &motion{
			matter: b.GetMatter(), text: b.GetMotion().GetText(), rules: b.GetRules(), options: len(b.GetMotion().GetOptions()),
		}
	default:
		if chain.KindOf(f.path) == "merge" || chain.KindOf(f.path) == "merge-consent" {
			l.merge(f)
			return
		}
		l.motion(f)
	}
}

// motion takes the facts from a certificate to the end.
func (l *ledger) motion(f *fact) {
	m := l.motions[f.id]
	switch b := f.body.(type) {
	case *proposalv1.MotionAdopted:
		l.must(f, m.certified && m.certainty && !m.resolved, "adopted without a certificate, against it, or twice")
		executes := f.Time + 1000*int64(m.rules.GetExecutionDelaySeconds())
		veto := min(executes, f.Time+1000*int64(m.rules.GetVetoSeconds()))
		expires := executes + 1000*int64(m.rules.GetExecutionExpirySeconds())
		l.must(f, b.GetExecutesAt() == executes && b.GetExpiresAt() == expires && b.GetVetoUntil() == veto, "other times than its rules give")
		m.resolved, m.adopted, m.executesAt, m.expires, m.vetoUntil = true, true, executes, expires, veto
	case *proposalv1.MotionFailed:
		p := l.polls[b.GetPoll()]
		l.must(f, p != nil && p.dead && p.motion == f.id && !m.resolved && b.GetReason() != "", "failed, and its poll has not lapsed")
		m.resolved, m.failed = true, true
	case *proposalv1.MotionRejected:
		l.must(f, m.certified && !m.certainty && !m.resolved, "rejected without a certificate, against it, or twice")
		m.resolved = true
	case *proposalv1.MotionVetoed:
		l.vetoed(f, m, b)
	case *proposalv1.VetoUpheld, *proposalv1.VetoOverturned, *proposalv1.AppealUndecided:
		l.appealed(f, m)
	case *proposalv1.ExecutionOpened:
		l.must(f, m.adopted && !m.inForce && !m.stopped() && f.Time >= m.executesAt, "in force before its time, twice, or stopped")
		m.inForce = true
	case *proposalv1.ExecutionReported:
		l.must(f, m.inForce && !m.done && !m.expired && f.Time < m.expires && f.block < m.expires, "a report out of its time")
		m.done = b.GetOutcome() == proposalv1.Outcome_OUTCOME_DONE
	case *proposalv1.ExecutionExpired:
		l.must(f, m.inForce && !m.done && !m.expired && f.Time >= m.expires, "expired before its time, or what was done")
		m.expired = true
	}
}

// proposalRest says which of the proposal service's rules did not carry themselves out.
func (l *ledger) proposalRest(f *fact, due int64) {
	for code, r := range l.rounds {
		l.must(f, r.wants == nil, "%s has reached its threshold and is not convened", code)
	}
	for id, d := range l.meetings {
		l.must(f, d.closed || d.closesAt > due, "deliberation %s is not closed", id)
	}
	for id, m := range l.motions {
		l.must(f, m.called == 1, "motion %s has %d polls", id, m.called)
		l.must(f, m.resolved == (m.certified || m.failed), "motion %s is not resolved as certified", id)
		l.must(f, !m.adopted || m.inForce || m.stopped() || m.executesAt > due, "motion %s is not in force", id)
		l.must(f, !m.inForce || m.done || m.expired || m.expires > due, "motion %s neither done nor expired", id)
		l.must(f, !m.done || !m.expired, "motion %s is done and expired", id)
	}
	l.appealRest(f)
	l.mergeRest(f, due)
	for id, p := range l.polls {
		l.must(f, !p.dead || p.motion == "" || l.motions[p.motion].failed, "the motion of poll %s has not failed, and it has lapsed", id)
	}
	for matter, r := range l.rounds {
		if n := l.convenedIn(matter); n > int(r.over) {
			l.complain(f, "%s", fmt.Sprintf("%d deliberations on %s in %d rounds", n, matter, r.over))
		}
	}
}

func (l *ledger) convenedIn(matter string) (n int) {
	for _, d := range l.meetings { // any order: they are counted
		if d.matter == matter {
			n++
		}
	}
	return n
}
