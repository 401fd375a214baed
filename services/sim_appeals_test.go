package services_test

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// appeal is what a veto opened, and what became of it.
type appeal struct {
	said       *proposalv1.Appeal
	polls      int
	held       bool // the poll has come to its end
	result     votingv1.Result
	heldAt     int64
	settled    bool // the motion knows it, or it came too late
	upheld     bool
	overturned bool
}

// appealOf is the appeal that a motion's rules give a veto; nil for none.
func appealOf(m *motion) *communityv1.PollRules {
	if m.rules.GetAppealVotingSeconds() == 0 {
		return nil
	}
	r := &communityv1.PollRules{
		Electorate: m.rules.GetElectorate(), Method: communityv1.Method_METHOD_YES_NO, Paper: m.rules.GetPaper(),
		VotingSeconds:     m.rules.GetAppealVotingSeconds(),
		KeyPublishSeconds: m.rules.GetKeyPublishSeconds(), CloseWhenComplete: m.rules.GetCloseWhenComplete(),
		OpenWithinSeconds: m.rules.GetOpenWithinSeconds(), Requirements: m.rules.GetRequirements(),
		Secrecy: m.rules.GetSecrecy(), TieRule: m.rules.GetTieRule(), Notice: m.rules.GetNotice(),
	}
	if t := m.rules.GetTurnout(); t != nil { // who counts is the motion's, but nothing moves an appeal's close
		r.Turnout = &communityv1.TurnoutRules{
			AbstentionsAbsent: t.GetAbstentionsAbsent(), ProxyShareNumerator: t.GetProxyShareNumerator(),
			ProxyShareDenominator: t.GetProxyShareDenominator(),
		}
	}
	for _, req := range r.GetRequirements() {
		if req.GetOf() == communityv1.Of_OF_YES {
			return r
		}
	}
	r.Requirements = append(r.Requirements[:len(r.Requirements):len(r.Requirements)],
		requirement(communityv1.Of_OF_YES, communityv1.Base_BASE_PARTICIPANTS, communityv1.Measure_MEASURE_HEADS, 1, 2))
	return r
}

// vetoed: a veto is in its time, the guardian's first in the matter, takes nothing away, and opens an appeal as its motion's rules say.
func (l *ledger) vetoed(f *fact, m *motion, b *proposalv1.MotionVetoed) {
	l.must(f, m.adopted && !m.inForce && !m.vetoed && f.Time < m.vetoUntil && f.block < m.vetoUntil, "a veto out of its time, or twice")
	l.must(f, !l.vetoes[f.Actor+m.matter], "a guardian's second veto in a matter")
	l.vetoes[f.Actor+m.matter] = true
	lapses := f.Time + 7*24*3600_000
	l.must(f, b.GetLapsesAt() == lapses && b.GetExecutesAt() == max(lapses, m.executesAt) &&
		b.GetExpiresAt()-b.GetExecutesAt() == m.expires-m.executesAt, "a veto that takes something away")
	m.vetoed, m.lapsesAt, m.delay, m.executesAt, m.expires = true, lapses, m.executesAt, b.GetExecutesAt(), b.GetExpiresAt()
	want := appealOf(m)
	l.must(f, (want == nil) == (b.GetAppeal() == nil), "an appeal that the rules do not know, or none where they do")
	if a := b.GetAppeal(); a != nil {
		fits := proto.Equal(a.GetRules(), want) && a.GetMatter() == m.matter && len(a.GetQuestion().GetOptions()) == 0
		l.must(f, fits, "an appeal by other rules")
		m.appeal = &appeal{said: a}
	}
}

// appealCalled: the one poll of an appeal, by the rule, on what the veto says.
func (l *ledger) appealCalled(f *fact, b *votingv1.PollCalled) {
	m := l.motions[b.GetAppeal()]
	if m == nil || m.appeal == nil {
		l.complain(f, "an appeal against no veto")
		return
	}
	a := m.appeal
	l.must(f, f.Author == chain.AuthorPolicy && b.GetMotion() == "" && b.GetConvener() == "", "an appeal by a hand, or that is more than that")
	same := proto.Equal(a.said.GetRules(), b.GetRules()) && proto.Equal(a.said.GetQuestion(), b.GetQuestion())
	l.must(f, same, "another appeal than the veto's")
	a.polls++
	l.must(f, a.polls == 1, "a second appeal against one veto")
}

// appealHeld notes how an appeal's poll ended.
func (l *ledger) appealHeld(f *fact, motion string, result votingv1.Result) {
	if m := l.motions[motion]; m != nil && m.appeal != nil {
		m.appeal.held, m.appeal.result, m.appeal.heldAt = true, result, f.Time
	}
}

// appealed: what an appeal means for its motion is what the poll said while the veto had force.
func (l *ledger) appealed(f *fact, m *motion) {
	a := m.appeal
	if a == nil || a.settled || !a.held || a.heldAt >= m.lapsesAt || m.inForce || f.Author != chain.AuthorPolicy {
		l.complain(f, "an appeal is settled that was not held, came too late, or twice")
		return
	}
	a.settled = true
	switch b := f.body.(type) {
	case *proposalv1.VetoUpheld:
		l.must(f, a.result == votingv1.Result_RESULT_PASSED, "a veto stands that had no majority")
		a.upheld = true
	case *proposalv1.VetoOverturned:
		l.must(f, a.result == votingv1.Result_RESULT_REJECTED, "a veto is set aside without a quorum, or against a majority")
		executes := min(m.executesAt, max(m.delay, f.Time))
		l.must(f, b.GetExecutesAt() == executes && b.GetExpiresAt()-executes == m.expires-m.executesAt, "an appeal that moves the wrong times")
		m.executesAt, m.expires, a.overturned = b.GetExecutesAt(), b.GetExpiresAt(), true
	case *proposalv1.AppealUndecided:
		decided := a.result == votingv1.Result_RESULT_PASSED || a.result == votingv1.Result_RESULT_REJECTED
		l.must(f, !decided && b.GetReason() != "", "an appeal is called undecided that has a result, or without a reason")
	}
}

// appealLapsed: only what came after the veto had lapsed means nothing.
func (l *ledger) appealLapsed(f *fact, id string) {
	m := l.motions[id]
	if m == nil || m.appeal == nil || !m.appeal.held || f.Service != "proposal" {
		l.complain(f, "an appeal on %s lapsed, which can always be done", id)
		return
	}
	l.must(f, m.inForce || m.appeal.heldAt >= m.lapsesAt, "the appeal on %s lapsed, and the veto had force", id)
	m.appeal.settled = true
}

func (m *motion) stopped() bool { return m.appeal != nil && m.appeal.upheld }

// appealRest: every appeal has its poll, and what that says is known to its motion.
func (l *ledger) appealRest(f *fact) {
	for id, m := range l.motions { // any order: each for itself, and complaints are sorted
		if m.appeal == nil {
			continue
		}
		l.must(f, m.appeal.polls == 1, "the appeal on %s has %d polls", id, m.appeal.polls)
		l.must(f, m.appeal.settled == m.appeal.held, "the appeal on %s is not settled as it was held", id)
		ends := one(m.done) + one(m.expired) + one(m.stopped())
		l.must(f, ends <= 1 && !(m.stopped() && m.inForce), "motion %s has %d ends", id, ends)
	}
}
