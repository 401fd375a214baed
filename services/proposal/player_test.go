package proposal_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/merge"
	"renlin.dev/services/proposal/internal/motion"
	"renlin.dev/services/proposal/internal/topic"

	"google.golang.org/protobuf/proto"
)

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
	into     map[string]string  // topic -> the one it was merged into
	delays   map[string]int64   // motion -> executes, but for a veto
	lapses   map[string]int64   // motion -> its veto's end
	appeals  map[string]*appeal // motion -> what its appeal said first
}

// appeal is what a poll on a veto said, and when.
type appeal struct {
	result votingv1.Result // unspecified when it could not be held
	at     int64
}

func newPlay(t *rapid.T) *player {
	w := newWorld(t)
	p := &player{
		world: w, rapid: t, active: map[string]bool{}, was: map[string]bool{}, last: map[string]string{}, rounds: map[string]uint32{},
		facts: map[string]int{}, vetoes: map[string]string{}, used: map[[2]string]bool{}, adopted: map[string]int64{},
		takenBy: map[string]string{}, openedAt: map[string]int64{}, ends: map[string]int64{}, closed: map[string]bool{},
		into: map[string]string{}, delays: map[string]int64{}, lapses: map[string]int64{}, appeals: map[string]*appeal{},
		book: rulebook(), seen: len(w.Log),
	}
	for _, name := range p.cast() {
		p.active[name] = true
	}
	for _, name := range newcomers {
		p.active[name] = false
		w.Enrol(name, false)
	}
	// Some begin in the middle, where steps by chance seldom come.
	switch rapid.IntRange(0, 6).Draw(t, "beginning") {
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
	case 5:
		w.appealed()
	case 6:
		w.merging()
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
	p.Adopt(p.book)
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
	all := p.State.Members(collection)
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
		p.Now += rapid.SampledFrom(waits).Draw(p.rapid, "wait")
	case 2, 3, 4:
		if o, ok := pick(p, "owed", p.State.OwedNow(p.Now)); ok {
			p.Pay(o)
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
		return decider.Peek[topic.Topic](p.State, topic.Path(id)).State == topic.Open
	})
	switch rapid.IntRange(0, 10).Draw(p.rapid, "topic step") {
	case 0, 1:
		matter, _ := pick(p, "matter", []string{"greening", "works"})
		p.send(who, "proposal.post", postIn(matter))
	case 2:
		if t := decider.Peek[topic.Topic](p.State, topic.Path(raised)); t != nil && rapid.Bool().Draw(p.rapid, "author") {
			who = p.named(t.Author)
		}
		p.send(who, "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: raised})
	case 3, 4, 5, 6:
		p.stepMerge(raised)
	default:
		p.send(who, "proposal.second", &proposalv1.SecondTopic{Topic: raised})
	}
}

// stepMerge proposes to merge a topic into another, or answers a proposal, mostly as somebody whom it concerns.
func (p *player) stepMerge(raised string) {
	into := likely(p, "into", "topic", func(id string) bool { return topicOf(p.world, id).State == topic.Open })
	m := likely(p, "merge", "merge", func(id string) bool { return merged(p.world, id).State == merge.Open })
	who, _ := pick(p, "merger", append(p.cast(), newcomers...))
	if v := merged(p.world, m); v != nil && rapid.IntRange(0, 9).Draw(p.rapid, "asked") > 0 {
		author, _ := pick(p, "asked author", v.Authors)
		who = p.named(author)
	}
	switch rapid.IntRange(0, 9).Draw(p.rapid, "merge step") {
	case 0:
		p.send(who, "proposal.decline_merge", &proposalv1.DeclineMerge{Merge: m})
	case 1:
		p.send(who, "proposal.withdraw_merge", &proposalv1.WithdrawMerge{Merge: m})
	case 2, 3, 4:
		if t := topicOf(p.world, raised); t != nil {
			who, _ = pick(p, "proposer", []string{p.named(t.Author), "conn"})
		}
		p.send(who, "proposal.propose_merge", mergeOf(into, raised))
	default:
		p.send(who, "proposal.consent_to_merge", &proposalv1.ConsentToMerge{Merge: m})
	}
}

func (p *player) stepDeliberation(who string) {
	d := likely(p, "deliberation", "deliberation", func(id string) bool { return !p.closed[id] && p.Now < p.ends[id] })
	switch rapid.IntRange(0, 11).Draw(p.rapid, "deliberation step") {
	case 0, 1:
		p.send(who, "proposal.submit", statementIn(d))
	case 2:
		if v := decider.Peek[deliberation.Deliberation](p.State, deliberation.Path(d)); v != nil {
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
		return state != motion.Rejected && state != motion.Done && state != motion.Expired && state != motion.Stopped
	})
	switch rapid.IntRange(0, 6).Draw(p.rapid, "motion step") {
	case 0:
		if m != "" {
			p.certify(m, rapid.IntRange(0, 4).Draw(p.rapid, "adopted") > 0)
		}
	case 1, 2:
		guardian, _ := pick(p, "guardian", []string{"gus", "gia"})
		p.send(guardian, "proposal.veto", vetoOn(m))
	case 3, 4:
		p.stepAppeal(m)
	default:
		p.send("olga", "proposal.report", reportOn(m, proposalv1.Outcome(rapid.Int32Range(1, 2).Draw(p.rapid, "outcome"))))
	}
}

// stepAppeal has voting decide an appeal, or give it up.
func (p *player) stepAppeal(m string) {
	if m == "" {
		return
	}
	result := votingv1.Result(rapid.Int32Range(0, int32(votingv1.Result_RESULT_NO_QUORUM)).Draw(p.rapid, "result"))
	if result == votingv1.Result_RESULT_UNSPECIFIED {
		p.Fact("poll/"+id("appeal of "+m), &votingv1.OpeningLapsed{Appeal: m, Reason: "voting.said_so"})
		return
	}
	p.judge(m, result)
}

func (p *player) statementOf(d string) string {
	s, _ := pick(p, "statement", p.State.Members(deliberation.Path(d)+"/statement"))
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
		if p.State.Version("member/"+id(who)) == 0 {
			p.Fact("member/"+id(who), &communityv1.MemberAdmitted{Import: id(who)})
		} else if !p.active[who] {
			p.Fact("import/"+id(who), &communityv1.ImportCompleted{})
			p.active[who] = true
		}
		return
	}
	if p.active[who] = !p.active[who]; !p.active[who] {
		p.revoke(who)
		return
	}
	p.Fact("member/"+id(who), &communityv1.MemberAdmitted{})
	if role, ok := officials[who]; ok {
		p.Fact("member/"+id(who), &communityv1.RoleGranted{Role: role})
	}
}

// send sends a command, sensible or not; a refusal that no resident could understand is a finding.
func (p *player) send(who, operation string, body proto.Message) {
	refused := p.Try(who, operation, body)
	if refused == "internal" || refused == "body.malformed" {
		p.Errorf("%s was refused as %s", operation, refused)
	}
}
