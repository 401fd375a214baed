package proposal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/motion"
	"renlin.dev/services/proposal/internal/topic"
)

// TestInvariants lets a community do whatever it likes for a while, with rules that run late, members who come and go, and rulebooks
// that change, and holds the record after every step against plain counts of its own.
func TestInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := newPlay(t)
		for range rapid.SampledFrom([]int{30, 120, 250}).Draw(t, "steps") {
			p.step()
			p.check()
		}
		p.Replay()
	})
}

// check holds the record against the notebook.
func (p *player) check() {
	for _, c := range p.Log[p.seen:] {
		for _, ch := range c.Changes {
			for _, raw := range ch.Events {
				body, err := decider.DecodeEvent(raw)
				if err != nil {
					p.Fatalf("decode: %v", err)
				}
				p.note(c, ch.Aggregate, body)
			}
		}
	}
	p.seen = len(p.Log)
	p.checkThresholds()
	p.checkLimits()
	p.checkReactions()
}

func (p *player) once(what, aggregate string) {
	key := what + " " + aggregate
	if p.facts[key]++; p.facts[key] > 1 {
		p.Errorf("%s happened twice", key)
	}
}

// note takes one fact into the notebook and says what is wrong with it.
func (p *player) note(c *chain.Commit, aggregate string, body any) {
	last := aggregate[strings.LastIndexByte(aggregate, '/')+1:]
	switch b := body.(type) {
	case *proposalv1.DeliberationConvened:
		p.once("convene", fmt.Sprint(b.GetMatter(), b.GetRound()))
		p.round(b.GetMatter(), b.GetRound())
		p.ends[last] = b.GetClosesAt()
		if b.GetSupporters() < b.GetThreshold() || b.GetSupporters() > b.GetActiveMembers() || b.GetThreshold() == 0 || len(b.GetTopics()) == 0 {
			p.Errorf("convened on %v", b)
		}
		for _, raised := range b.GetTopics() {
			p.once("taken", raised)
			p.takenBy[raised] = last
		}
	case *chainv1.Lapsed:
		if purpose := strings.Split(b.GetPurpose(), "/"); purpose[0] == "convene" {
			var round uint32
			fmt.Sscan(purpose[2], &round)
			p.round(purpose[1], round)
		}
	case *proposalv1.TopicTaken:
		if p.takenBy[last] != b.GetDeliberation() {
			p.Errorf("topic taken by a deliberation that does not name it")
		}
	case *proposalv1.TopicWithdrawn:
		p.once("withdrawn", last)
		if p.takenBy[last] != "" || p.into[last] != "" {
			p.Errorf("a taken or merged topic was withdrawn")
		}
	case *proposalv1.TopicMerged:
		p.once("merged", last)
		p.noteMerge(last, b.GetInto())
	case *proposalv1.ReactionGiven:
		p.last[aggregate] = strings.ToLower(strings.TrimPrefix(b.GetAttitude().String(), "ATTITUDE_"))
		p.checkSpeech(c, aggregate)
	case *proposalv1.StatementSubmitted:
		p.checkSpeech(c, aggregate)
	case *proposalv1.DeliberationClosed:
		p.once("closed", last)
		p.closed[last] = true
		if b.GetOverdue() != (c.Time >= p.ends[last]) {
			p.Errorf("closed at %d, end %d, overdue %v", c.Time, p.ends[last], b.GetOverdue())
		}
	default:
		p.noteMotion(c, last, body)
	}
}

// noteMerge: a topic is merged when it is open, into one that is, and whoever supported it still supports something.
func (p *player) noteMerge(from, into string) {
	if p.takenBy[from] != "" || p.takenBy[into] != "" || p.facts["withdrawn "+from]+p.facts["withdrawn "+into] > 0 || p.into[into] != "" {
		p.Errorf("a topic was merged that is not open, or into one that is not")
	}
	p.into[from] = into
}

// round: the rounds of a matter follow each other without a gap and none comes twice.
func (p *player) round(matter string, round uint32) {
	if p.rounds[matter]++; p.rounds[matter] != round {
		p.Errorf("round %d of %s follows round %d", round, matter, p.rounds[matter]-1)
	}
}

func (p *player) checkSpeech(c *chain.Commit, aggregate string) {
	d := strings.Split(aggregate, "/")[1]
	if p.closed[d] || c.Time >= p.ends[d] {
		p.Errorf("somebody spoke at %d in a deliberation that ended", c.Time)
	}
}

func (p *player) noteMotion(c *chain.Commit, last string, body any) {
	switch b := body.(type) {
	case *proposalv1.MotionAdopted:
		p.once("resolved", last)
		p.adopted[last], p.delays[last] = c.Time+executes, c.Time+executes
	case *proposalv1.MotionRejected:
		p.once("resolved", last)
		p.once("final", last)
	case *proposalv1.MotionVetoed:
		p.once("vetoed", last)
		p.vetoes[last] = b.GetGuardian()
		key := [2]string{b.GetGuardian(), decider.Peek[motion.Motion](p.State, motion.Path(last)).Matter}
		if p.used[key] {
			p.Errorf("a guardian vetoed twice in one matter")
		}
		p.used[key] = true
		if p.openedAt[last] != 0 || p.adopted[last] == 0 {
			p.Errorf("vetoed when it was not waiting")
		}
		p.adopted[last] = max(p.adopted[last], c.Time+week)
		if b.GetAppeal() != nil {
			p.lapses[last] = c.Time + week
		}
	case *proposalv1.ExecutionOpened:
		p.once("opened", last)
		p.openedAt[last] = c.Time
		if p.adopted[last] == 0 || c.Time < p.adopted[last] || p.facts["final "+last] > 0 {
			p.Errorf("in force at %d, not before %d was right", c.Time, p.adopted[last])
		}
	case *proposalv1.ExecutionReported:
		if p.openedAt[last] == 0 || c.Time >= p.adopted[last]+expires-executes || p.facts["done "+last] > 0 {
			p.Errorf("reported at %d on a motion that is not in force", c.Time)
		}
		if b.GetOutcome() == succeeded {
			p.once("done", last)
			p.once("final", last)
		}
	case *proposalv1.ExecutionExpired:
		p.once("expired", last)
		p.once("final", last)
		if p.facts["done "+last] > 0 || c.Time < p.adopted[last]+expires-executes {
			p.Errorf("expired at %d", c.Time)
		}
	default:
		p.noteAppeal(c, last, body)
	}
}

// noteAppeal: a veto is decided on once, as voting said first, while it had force; only that stops a motion.
func (p *player) noteAppeal(c *chain.Commit, last string, body any) {
	said := func(m string, result votingv1.Result) {
		if m != "" && p.appeals[m] == nil {
			p.appeals[m] = &appeal{result, c.Time}
		}
	}
	decided := func(results ...votingv1.Result) {
		p.once("appeal", last)
		if a := p.appeals[last]; a == nil || !slices.Contains(results, a.result) || a.at >= p.lapses[last] || p.openedAt[last] != 0 {
			p.Errorf("%T at %d, veto until %d, appeal %+v", body, c.Time, p.lapses[last], a)
		}
	}
	switch b := body.(type) {
	case *votingv1.CertificateIssued:
		said(b.GetAppeal(), b.GetTally().GetResult())
	case *votingv1.OpeningLapsed:
		said(b.GetAppeal(), votingv1.Result_RESULT_UNSPECIFIED)
	case *proposalv1.VetoUpheld:
		decided(votingv1.Result_RESULT_PASSED)
		p.once("final", last)
	case *proposalv1.VetoOverturned:
		decided(votingv1.Result_RESULT_REJECTED)
		p.adopted[last] = min(p.adopted[last], max(p.delays[last], c.Time))
	case *proposalv1.AppealUndecided:
		decided(votingv1.Result_RESULT_UNSPECIFIED, votingv1.Result_RESULT_NO_QUORUM, votingv1.Result_RESULT_CHOSEN)
	}
}

// supported counts, the slow and plain way, who of the active supports open topics of a matter.
func (p *player) supported(matter string) int {
	people := map[string]bool{}
	for _, raised := range p.State.Members("topic") {
		t, stands := topicOf(p.world, raised), raised
		for p.into[stands] != "" {
			stands = p.into[stands]
		}
		if topicOf(p.world, stands).State != topic.Open || t.Matter != matter {
			continue
		}
		people[t.Author] = true
		for _, member := range p.State.Members(topic.Path(raised) + "/second") {
			people[member] = true
		}
	}
	n := 0
	for name, active := range p.active {
		if active && people[id(name)] {
			n++
		}
	}
	return n
}

// checkThresholds: what is reached is owed, and what comes to be owed was reached; one round at a time.
func (p *player) checkThresholds() {
	members := 0
	for _, active := range p.active {
		if active {
			members++
		}
	}
	now := map[string]bool{}
	for _, purpose := range p.Purposes() {
		now[purpose] = true
	}
	for _, m := range p.book.GetMatters() {
		needed := max(1, int(m.GetThresholdMembers()))
		for needed*10 < members*int(m.GetThresholdNumerator()) {
			needed++
		}
		purpose := fmt.Sprintf("convene/%s/%d", m.GetCode(), p.rounds[m.GetCode()]+1)
		supporters := p.supported(m.GetCode())
		if supporters >= needed && !now[purpose] {
			p.Errorf("%d of %d members support %s, %d are needed, and nothing is owed", supporters, members, m.GetCode(), needed)
		}
		if now[purpose] && !p.was[purpose] && supporters < needed {
			p.Errorf("%d of %d members support %s, %d are needed, and a deliberation is owed", supporters, members, m.GetCode(), needed)
		}
	}
	count := map[string]int{}
	for purpose := range now {
		if matter, ok := strings.CutPrefix(purpose, "convene/"); ok {
			matter, _, _ = strings.Cut(matter, "/")
			if count[matter]++; count[matter] > 1 {
				p.Errorf("two rounds of %s are owed at once", matter)
			}
		}
	}
	p.was = now
}

// checkLimits: nobody has more open topics than the rulebook allows.
func (p *player) checkLimits() {
	open := map[string]int{}
	for _, raised := range p.State.Members("topic") {
		t := decider.Peek[topic.Topic](p.State, topic.Path(raised))
		if t.State == topic.Open {
			open[t.Author+t.Matter]++
		}
		if (t.State == topic.Taken) != (p.takenBy[raised] != "") {
			p.Errorf("topic is %s, its deliberation is %q", t.State, p.takenBy[raised])
		}
	}
	for _, n := range open {
		if n > int(p.book.GetOpenTopicsMax()) {
			p.Errorf("%d open topics of one author in one matter", n)
		}
	}
}

// checkReactions: each member's last reaction to a statement is there, once, and no other.
func (p *player) checkReactions() {
	n := 0
	for _, aggregate := range p.State.Aggregates() {
		if chain.KindOf(aggregate) != "reaction" {
			continue
		}
		n++
		if r := decider.Peek[deliberation.Reaction](p.State, aggregate); r.Attitude != p.last[aggregate] {
			p.Errorf("a reaction says %s, the last one said %s", r.Attitude, p.last[aggregate])
		}
	}
	if n != len(p.last) {
		p.Errorf("%d reactions, %d were given", n, len(p.last))
	}
}
