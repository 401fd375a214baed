package proposal_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
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
		p.replay()
	})
}

// player is a world that draws its own steps, and what a careful bystander with a notebook would know of it.
type player struct {
	*world
	rapid    *rapid.T
	active   map[string]bool // by name
	book     *communityv1.Rulebook
	seen     int                // of the log
	was      map[string]bool    // what was owed a step ago
	last     map[string]string  // reaction's aggregate -> attitude
	rounds   map[string]uint32  // matter -> rounds that are over
	facts    map[string]int     // "event aggregate" -> how often
	vetoes   map[string]string  // motion -> guardian
	used     map[[2]string]bool // guardian and matter
	adopted  map[string]int64   // motion -> executes at the earliest
	takenBy  map[string]string  // topic -> deliberation
	openedAt map[string]int64   // motion -> in force
	ends     map[string]int64   // deliberation -> closes at
	closed   map[string]bool    // deliberation
}

func newPlay(t *rapid.T) *player {
	w := newWorld(t)
	p := &player{
		world: w, rapid: t, active: map[string]bool{}, was: map[string]bool{}, last: map[string]string{}, rounds: map[string]uint32{},
		facts: map[string]int{}, vetoes: map[string]string{}, used: map[[2]string]bool{}, adopted: map[string]int64{},
		takenBy: map[string]string{}, openedAt: map[string]int64{}, ends: map[string]int64{}, closed: map[string]bool{},
		book: rulebook(), seen: len(w.log),
	}
	for _, name := range p.cast() {
		p.active[name] = true
	}
	for _, name := range newcomers {
		p.active[name] = false
		w.enrol(name, false)
	}
	// Some begin in the middle, where steps by chance seldom come.
	switch rapid.IntRange(0, 4).Draw(t, "beginning") {
	case 1:
		said(w)
	case 2:
		w.adopted("greening")
		w.adopted("works")
	case 3:
		w.adopted("greening")
		w.adopted("greening")
	case 4:
		w.inForce("works")
	}
	p.check()
	p.rule()
	p.check()
	return p
}

// newcomers come by a roster import, each by one of their own.
var newcomers = []string{"nat", "ned", "nia", "nik", "noa"}

func (p *player) cast() []string { return append(slices.Sorted(maps.Keys(officials)), residents...) }

// rule adopts a rulebook with two matters and thresholds within reach.
func (p *player) rule() {
	p.book = rulebook()
	p.book.Matters = []*communityv1.Matter{matterOf(p.book, "greening"), matterOf(p.book, "works")}
	for _, m := range p.book.Matters {
		m.ThresholdMembers = rapid.Uint32Range(0, 5).Draw(p.rapid, "threshold")
		m.ThresholdNumerator = rapid.Int64Range(0, 6).Draw(p.rapid, "tenths")
		m.ThresholdDenominator = 10
	}
	if rapid.IntRange(0, 9).Draw(p.rapid, "drop") == 0 {
		p.book.Matters = p.book.Matters[:1]
	}
	p.adopt(p.book)
}

func pick[T any](p *player, what string, from []T) (T, bool) {
	if len(from) == 0 {
		var none T
		return none, false
	}
	return rapid.SampledFrom(from).Draw(p.rapid, what), true
}

// likely picks mostly among those that something can still happen to, and now and then among all.
func likely(p *player, what, collection string, live func(id string) bool) string {
	all := p.state.Members(collection)
	if rapid.IntRange(0, 9).Draw(p.rapid, what+" likely") > 0 {
		if alive := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !live(id) }); len(alive) > 0 {
			all = alive
		}
	}
	found, _ := pick(p, what, all)
	return found
}

// step does one thing, sensible or not.
func (p *player) step() {
	who, _ := pick(p, "who", append(p.cast(), newcomers...))
	switch rapid.IntRange(0, 19).Draw(p.rapid, "step") {
	case 0:
		if rapid.IntRange(0, 2).Draw(p.rapid, "move") == 0 {
			p.moveMember(who)
		} else {
			p.rule()
		}
	case 1:
		waits := []int64{1, 1000, 60_000, 60_000, vetoUntil, vetoUntil, executes, 3_600_000, expires, week}
		p.now += rapid.SampledFrom(waits).Draw(p.rapid, "wait")
	case 2, 3, 4:
		if o, ok := pick(p, "owed", p.state.OwedNow(p.now)); ok {
			p.pay(o)
		}
	case 5, 6, 7, 8:
		p.stepTopic(who)
	case 9, 10, 11, 12, 13, 14:
		p.stepDeliberation(who)
	default:
		p.stepMotion()
	}
}

func (p *player) stepTopic(who string) {
	raised := likely(p, "topic", "topic", func(id string) bool {
		return decider.Peek[topic.Topic](p.state, topic.Path(id)).State == topic.Open
	})
	switch rapid.IntRange(0, 6).Draw(p.rapid, "topic step") {
	case 0, 1:
		matter, _ := pick(p, "matter", []string{"greening", "works"})
		p.send(who, "proposal.post", postIn(matter))
	case 2:
		if t := decider.Peek[topic.Topic](p.state, topic.Path(raised)); t != nil && rapid.Bool().Draw(p.rapid, "author") {
			who = p.named(t.Author)
		}
		p.send(who, "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: raised})
	default:
		p.send(who, "proposal.second", &proposalv1.SecondTopic{Topic: raised})
	}
}

func (p *player) stepDeliberation(who string) {
	d := likely(p, "deliberation", "deliberation", func(id string) bool { return !p.closed[id] && p.now < p.ends[id] })
	switch rapid.IntRange(0, 11).Draw(p.rapid, "deliberation step") {
	case 0, 1:
		p.send(who, "proposal.submit", statementIn(d))
	case 2:
		if v := decider.Peek[deliberation.Deliberation](p.state, deliberation.Path(d)); v != nil {
			p.send("conn", "proposal.close", closing(d, v.Matter))
		}
	default:
		p.send(who, "proposal.react", &proposalv1.React{
			Deliberation: d, Statement: p.statementOf(d), Attitude: proposalv1.Attitude(rapid.Int32Range(0, 3).Draw(p.rapid, "attitude")),
		})
	}
}

func (p *player) stepMotion() {
	m := likely(p, "motion", "motion", func(id string) bool {
		state := motionOf(p.world, id).State
		return state != motion.Rejected && state != motion.Done && state != motion.Expired
	})
	switch rapid.IntRange(0, 4).Draw(p.rapid, "motion step") {
	case 0:
		if m != "" {
			p.certify(m, rapid.IntRange(0, 4).Draw(p.rapid, "adopted") > 0)
		}
	case 1, 2:
		guardian, _ := pick(p, "guardian", []string{"gus", "gia"})
		p.send(guardian, "proposal.veto", vetoOn(m))
	default:
		p.send("olga", "proposal.report", reportOn(m, proposalv1.Outcome(rapid.Int32Range(1, 2).Draw(p.rapid, "outcome"))))
	}
}

func (p *player) statementOf(d string) string {
	s, _ := pick(p, "statement", p.state.Members(deliberation.Path(d)+"/statement"))
	return s
}

func (p *player) named(member string) string {
	for _, name := range append(p.cast(), newcomers...) {
		if id(name) == member {
			return name
		}
	}
	return ""
}

func (p *player) moveMember(who string) {
	if slices.Contains(newcomers, who) {
		if p.state.Version("member/"+id(who)) == 0 {
			p.fact("member/"+id(who), &communityv1.MemberAdmitted{Import: id(who)})
		} else if !p.active[who] {
			p.fact("import/"+id(who), &communityv1.ImportCompleted{})
			p.active[who] = true
		}
		return
	}
	if p.active[who] = !p.active[who]; !p.active[who] {
		p.revoke(who)
		return
	}
	p.fact("member/"+id(who), &communityv1.MemberAdmitted{})
	if role, ok := officials[who]; ok {
		p.fact("member/"+id(who), &communityv1.RoleGranted{Role: role})
	}
}

// send sends a command, sensible or not; a refusal that no resident could understand is a finding.
func (p *player) send(who, operation string, body proposalMessage) {
	refused := p.try(who, operation, body)
	if refused == "internal" || refused == "body.malformed" {
		p.Errorf("%s was refused as %s", operation, refused)
	}
}

// check holds the record against the notebook.
func (p *player) check() {
	for _, c := range p.log[p.seen:] {
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
	p.seen = len(p.log)
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
		if p.takenBy[last] != "" {
			p.Errorf("a taken topic was withdrawn")
		}
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
		p.adopted[last] = c.Time + executes
	case *proposalv1.MotionRejected:
		p.once("resolved", last)
	case *proposalv1.MotionVetoed:
		p.once("vetoed", last)
		p.vetoes[last] = b.GetGuardian()
		key := [2]string{b.GetGuardian(), decider.Peek[motion.Motion](p.state, motion.Path(last)).Matter}
		if p.used[key] {
			p.Errorf("a guardian vetoed twice in one matter")
		}
		p.used[key] = true
		if p.openedAt[last] != 0 || p.adopted[last] == 0 {
			p.Errorf("vetoed when it was not waiting")
		}
		p.adopted[last] = max(p.adopted[last], c.Time+week)
	case *proposalv1.ExecutionOpened:
		p.once("opened", last)
		p.openedAt[last] = c.Time
		if p.adopted[last] == 0 || c.Time < p.adopted[last] {
			p.Errorf("in force at %d, not before %d was right", c.Time, p.adopted[last])
		}
	case *proposalv1.ExecutionReported:
		if p.openedAt[last] == 0 || c.Time >= p.adopted[last]+expires-executes || p.facts["done "+last] > 0 {
			p.Errorf("reported at %d on a motion that is not in force", c.Time)
		}
		if b.GetOutcome() == succeeded {
			p.once("done", last)
		}
	case *proposalv1.ExecutionExpired:
		p.once("expired", last)
		if p.facts["done "+last] > 0 || c.Time < p.adopted[last]+expires-executes {
			p.Errorf("expired at %d", c.Time)
		}
	}
}

// supported counts, the slow and plain way, who of the active supports open topics of a matter.
func (p *player) supported(matter string) int {
	people := map[string]bool{}
	for _, raised := range p.state.Members("topic") {
		t := decider.Peek[topic.Topic](p.state, topic.Path(raised))
		if t.State != topic.Open || t.Matter != matter {
			continue
		}
		people[t.Author] = true
		for _, member := range p.state.Members(topic.Path(raised) + "/second") {
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
	for _, purpose := range p.purposes() {
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
	for _, raised := range p.state.Members("topic") {
		t := decider.Peek[topic.Topic](p.state, topic.Path(raised))
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
	for _, aggregate := range p.state.Aggregates() {
		if chain.KindOf(aggregate) != "reaction" {
			continue
		}
		n++
		if r := decider.Peek[deliberation.Reaction](p.state, aggregate); r.Attitude != p.last[aggregate] {
			p.Errorf("a reaction says %s, the last one said %s", r.Attitude, p.last[aggregate])
		}
	}
	if n != len(p.last) {
		p.Errorf("%d reactions, %d were given", n, len(p.last))
	}
}
