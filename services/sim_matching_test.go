package services_test

import (
	"strings"

	"renlin.dev/pkg/chain"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// helpWanted is the ledger's own count of needs, providers and assignments.
type helpWanted struct {
	needs  map[string]*askedFor
	serves map[string]*server
	jobs   map[string]*job
	put    map[string]*put // suggestions
	// imports of needs; how many needs rules have raised, and how many of those stood on the record.
	imports        map[string]*intake
	raised, asRule int64
	// turned are the facts by which a provider has others asked for what it had: that it retires, or says how much it can do.
	turned map[uint64]matchingv1.Cause
}

type askedFor struct {
	who                           string
	waiting, held, served, gone   int64
	quantity, acknowledged, until int64
	over                          bool
}

type server struct {
	org, member string
	rooms       map[string]*room // by skill
	retired     bool
	silent      int64 // how often in a row
	rests       int64 // until when it is asked nothing
}

// room is how much of one thing somebody can do.
type room struct {
	capacity, taken, standby int64
	overloaded               bool // as the record says
	goods                    bool
	past                     []strain // all that it has been
}

// of gives what somebody can do of a thing.
func (s *server) of(skill string) *room {
	if s.rooms[skill] == nil {
		s.rooms[skill] = &room{}
	}
	return s.rooms[skill]
}

type job struct {
	need       string
	skill      string
	quantity   int64
	candidates []string
	asked      map[string]int64 // provider -> until when it may answer
	owed       map[string]bool  // who said that they are out, and has no stand-in yet
	holder     string
	server     string // whoever said that it is done
	done, over bool
	delivered  int64
	changed    int64                       // time of the block with its last fact
	first      uint64                      // where the first one was asked
	left       map[uint64]matchingv1.Cause // where somebody dropped out, and why
}

func newHelpWanted() *helpWanted {
	return &helpWanted{
		needs: map[string]*askedFor{}, serves: map[string]*server{}, jobs: map[string]*job{}, imports: map[string]*intake{},
		put: map[string]*put{}, turned: map[uint64]matchingv1.Cause{},
	}
}

// matchingOf is what the plays' rulebooks say of matching.
func matchingOf() *communityv1.MatchingRules {
	return &communityv1.MatchingRules{
		Skills: []*communityv1.Skill{{Code: "meal", Title: "Meals"}}, Attestations: []string{"first-aid"},
		OfferSeconds: 1, EmergencyOfferSeconds: 1, CheckInSeconds: 1, ConfirmSeconds: 2, ModeSecondsMax: 20,
	}
}

// matching takes the facts from a need to its confirmation.
func (l *ledger) matching(f *fact) {
	h := l.help
	switch kind, _, _ := strings.Cut(f.path, "/"); kind {
	case "need":
		h.need(l, f)
	case "assignment":
		h.job(l, f)
	case "provider":
		h.provider(l, f)
	case "suggestion":
		h.suggestion(l, f)
	case "need-import":
		h.intake(l, f)
	}
}

func (h *helpWanted) need(l *ledger, f *fact) {
	if b, ok := f.body.(*matchingv1.NeedRaised); ok {
		l.must(f, h.needs[f.id] == nil, "a need is raised twice")
		h.needs[f.id] = &askedFor{who: b.GetBeneficiary(), quantity: b.GetQuantity(), waiting: b.GetQuantity(), until: b.GetUntil()}
		if f.Author == chain.AuthorPolicy { // of an import; see intake
			h.asRule++
			return
		}
		_, officer := l.people[f.Actor].roles[communityv1.Role_ROLE_OFFICER]
		_, worker := l.people[f.Actor].roles[communityv1.Role_ROLE_GRID_WORKER]
		l.must(f, b.GetBeneficiary() == f.Actor || officer || worker, "a need is raised for another")
		return
	}
	n := h.needs[f.id]
	if n == nil {
		l.complain(f, "a need that nobody raised")
		return
	}
	back := func(q int64) {
		if n.over {
			n.gone += q
		} else {
			n.waiting += q
		}
	}
	switch b := f.body.(type) {
	case *matchingv1.NeedAssessed:
		l.must(f, n.who != b.GetBy(), "somebody assesses their own need")
	case *matchingv1.NeedMatched:
		n.waiting, n.held = n.waiting-b.GetQuantity(), n.held+b.GetQuantity()
	case *matchingv1.NeedReturned:
		n.held -= b.GetQuantity()
		back(b.GetQuantity())
	case *matchingv1.NeedServed:
		n.held, n.served = n.held-b.GetQuantity(), n.served+b.GetQuantity()
	case *matchingv1.NeedAcknowledged:
		n.acknowledged, n.served = n.acknowledged+b.GetQuantity(), n.served-b.GetShort()
		back(b.GetShort())
	case *matchingv1.NeedWithdrawn:
		n.gone, n.waiting, n.over = n.gone+n.waiting, 0, true
	case *matchingv1.NeedExpired:
		l.must(f, n.until != 0 && f.Time >= n.until, "a need expires before its time")
		n.gone, n.waiting, n.over = n.gone+b.GetQuantity(), n.waiting-b.GetQuantity(), true
	}
	l.must(f, min(n.waiting, n.held, n.served, n.gone) >= 0 && n.waiting+n.held+n.served+n.gone == n.quantity && n.acknowledged <= n.served,
		"of a need something is lost or counted twice: %+v", n)
}

func (h *helpWanted) provider(l *ledger, f *fact) {
	id := splitPath(f.path)[1]
	if b, ok := f.body.(*matchingv1.ProviderRegistered); ok {
		s := &server{org: b.GetOrg(), member: b.GetMember(), rooms: map[string]*room{}}
		if before := h.serves[id]; before != nil { // what it has yet to give back stays taken
			l.must(f, before.retired, "somebody is registered twice")
			s.rooms, s.silent, s.rests = before.rooms, before.silent, before.rests
		}
		h.serves[id] = s
		l.must(f, b.GetOrg() == "" && b.GetMember() == f.Actor || b.GetOrg() != "" && l.officerOf(f.Actor) == b.GetOrg(),
			"another's provider is registered")
		return
	}
	s := h.serves[id]
	switch b := f.body.(type) {
	case *matchingv1.OfferPublished:
		r := s.of(lastOf(f.path))
		r.capacity, r.goods = b.GetCapacity(), b.GetStock() != ""
		r.note(f.Time)
		h.turned[f.at] = matchingv1.Cause_CAUSE_OVERLOADED
		if b.GetStock() == "" { // otherwise the rule says what lies there
			h.speaks(l, f, s)
		}
	case *matchingv1.OfferOverloaded:
		h.turned[f.at] = matchingv1.Cause_CAUSE_OVERLOADED
		r := s.of(lastOf(f.path))
		l.must(f, f.Author == chain.AuthorPolicy && !r.overloaded && b.GetLoadPermille() >= 900, "overloaded twice, or by a word: %+v", r)
		l.must(f, b.GetLoadPermille() == r.load(f.Time), "a load of %d, not %d: %+v", r.load(f.Time), b.GetLoadPermille(), r.past)
		r.overloaded = true
		r.note(f.Time)
	case *matchingv1.OfferRelieved:
		r := s.of(lastOf(f.path))
		l.must(f, f.Author == chain.AuthorPolicy && r.overloaded && b.GetLoadPermille() <= 700, "relieved of nothing: %+v", r)
		l.must(f, b.GetLoadPermille() == r.load(f.Time), "a load of %d, not %d: %+v", r.load(f.Time), b.GetLoadPermille(), r.past)
		r.overloaded = false
		r.note(f.Time)
	case *matchingv1.ProviderMoved:
		h.speaks(l, f, s)
	case *matchingv1.ProviderRetired:
		s.retired = true
		h.turned[f.at] = matchingv1.Cause_CAUSE_RETIRED
		h.speaks(l, f, s)
	case *matchingv1.ProviderAttested:
		l.must(f, l.officerOf(f.Actor) != s.org && s.member != f.Actor, "an organisation attests what its own can")
	case *matchingv1.CapacityMoved:
		r := s.of(lastOf(f.path))
		r.taken, r.standby = r.taken+b.GetTaken(), r.standby+b.GetStandby()
		r.capacity -= b.GetHanded()
		r.note(f.Time)
		l.must(f, b.GetTaken() <= 0 || r.taken <= r.capacity, "more is taken than there is")
		l.must(f, b.GetStandby() <= 0 || r.standby <= 3*r.capacity, "more stands by than may")
		l.must(f, r.taken >= 0 && r.standby >= 0, "more is given back than was taken")
	}
}

// speaks: only who answers for a provider, or an officer of its organisation, says something in its name.
func (h *helpWanted) speaks(l *ledger, f *fact, s *server) {
	l.must(f, s.member == f.Actor || s.org != "" && l.officerOf(f.Actor) == s.org, "somebody speaks for another's provider")
}

func (h *helpWanted) job(l *ledger, f *fact) {
	if b, ok := f.body.(*matchingv1.AssignmentPlanned); ok {
		j := &job{
			need: b.GetNeed(), skill: b.GetSkill(), quantity: b.GetQuantity(), asked: map[string]int64{}, owed: map[string]bool{},
			left: map[uint64]matchingv1.Cause{},
		}
		orgs := map[string]bool{}
		for _, c := range b.GetCandidates() {
			s := h.serves[c.GetProvider()]
			l.must(f, s != nil && !s.retired && s.member != h.needs[j.need].who, "a plan has somebody serve who may not")
			org := s.org
			if org == "" {
				org = c.GetProvider()
			}
			l.must(f, !orgs[org], "two candidates of one organisation")
			orgs[org] = true
			j.candidates = append(j.candidates, c.GetProvider())
		}
		h.jobs[f.id] = j
		return
	}
	j := h.jobs[f.id]
	j.changed = f.block
	h.conduct(l, f, j)
	switch b := f.body.(type) {
	case *matchingv1.AssignmentOffered:
		l.must(f, j.holder == "" && !j.over && !j.done, "somebody is asked for what another serves")
		h.why(l, f, j, b.GetCause())
		h.askable(l, f, j, b.GetProvider())
		if j.first == 0 {
			j.first = f.at
		}
		j.asked[b.GetProvider()] = b.GetUntil()
		clear(j.owed)
	case *matchingv1.AssignmentAccepted:
		until, asked := j.asked[b.GetProvider()]
		l.must(f, asked && f.Time < until && f.block < until && j.holder == "", "accepted by who was not asked, or too late, or second")
		h.speaks(l, f, h.serves[b.GetProvider()])
		delete(j.asked, b.GetProvider())
		j.holder = b.GetProvider()
	case *matchingv1.AssignmentRefused:
		h.speaks(l, f, h.serves[b.GetProvider()])
		j.left[f.at] = matchingv1.Cause_CAUSE_REFUSED
		if b.GetGivenUp() {
			j.left[f.at] = matchingv1.Cause_CAUSE_FAILED
		}
		l.must(f, b.GetGivenUp() == (j.holder == b.GetProvider()), "what was accepted is refused, or what was not is given up")
		j.out(b.GetProvider())
	case *matchingv1.AssignmentLapsed:
		until, asked := j.asked[b.GetProvider()]
		l.must(f, asked && f.Time >= until, "an offer lapses early, or none")
		j.left[f.at] = matchingv1.Cause_CAUSE_LAPSED
		j.out(b.GetProvider())
	case *matchingv1.CheckInMissed:
		l.must(f, j.holder == b.GetProvider(), "another is missed than who serves")
		j.left[f.at] = matchingv1.Cause_CAUSE_MISSED
		j.out(b.GetProvider())
	case *matchingv1.CandidateReleased:
		h.why(l, f, j, b.GetCause())
		j.drop(b.GetProvider())
	case *matchingv1.AssignmentDone:
		l.must(f, j.holder != "" && b.GetQuantity() <= j.quantity && !j.done, "done by nobody, twice, or more than was asked")
		h.speaks(l, f, h.serves[j.holder])
		j.done, j.delivered = true, b.GetQuantity()
	case *matchingv1.AssignmentConfirmed:
		l.must(f, j.done && !j.over && b.GetQuantity() <= j.delivered, "confirmed twice, or more than came")
		j.over = true
	case *matchingv1.AssignmentReleased:
		l.must(f, !j.done && !j.over && j.holder == "" && len(j.asked) == 0, "released while somebody serves")
		h.why(l, f, j, b.GetCause())
		j.over = true
	}
}

// why: whoever is asked or let go is so for a cause, and what the cause says did happen, just where the commit says.
func (h *helpWanted) why(l *ledger, f *fact, j *job, cause matchingv1.Cause) {
	holds := false
	switch by := f.signed.Operation; cause {
	case matchingv1.Cause_CAUSE_PLANNED:
		holds = j.first == 0
	case matchingv1.Cause_CAUSE_PARALLEL:
		holds = j.first == f.at
	case matchingv1.Cause_CAUSE_REFUSED, matchingv1.Cause_CAUSE_LAPSED, matchingv1.Cause_CAUSE_MISSED, matchingv1.Cause_CAUSE_FAILED:
		holds = f.Author == chain.AuthorPolicy && j.left[f.Cause] == cause
	case matchingv1.Cause_CAUSE_RETIRED:
		holds = f.Author == chain.AuthorPolicy && h.turned[f.Cause] == cause
	case matchingv1.Cause_CAUSE_OVERLOADED: // also when nobody can be asked at all
		l.happened["another is asked because of an overload"]++
		holds = f.Author == chain.AuthorPolicy && h.turned[f.Cause] == cause || j.first == 0
	case matchingv1.Cause_CAUSE_TAKEN:
		holds = by == "matching.accept"
	case matchingv1.Cause_CAUSE_OVERRULED:
		holds = by == "matching.overrule"
	case matchingv1.Cause_CAUSE_WITHDRAWN:
		holds = by == "matching.withdraw_need"
	case matchingv1.Cause_CAUSE_DONE:
		holds = by == "matching.complete"
	}
	l.must(f, holds, "somebody is asked or let go for what is no cause: %s", cause)
}

// out is somebody gone by their own word, or silence: the rule owes somebody else.
func (j *job) out(provider string) {
	j.drop(provider)
	j.owed[provider] = true
}

func (j *job) drop(provider string) {
	delete(j.asked, provider)
	if j.holder == provider {
		j.holder = ""
	}
}

// matchingLapsed: a timer that came due after it was answered, or a stand-in when it was over.
func (l *ledger) matchingLapsed(f *fact, b *chainv1.Lapsed) {
	parts := splitPath(b.GetPurpose())
	j := l.help.jobs[parts[1]]
	switch parts[0] {
	case "load": // what is taken has changed since then
	case "follow-stock": // a later fact was followed first, or the provider has retired
	case "lapse":
		_, asked := j.asked[parts[2]]
		l.must(f, !asked, "an unanswered offer does not lapse")
	case "stand-in":
		if word := parts[3]; word != "retired" && word != "overloaded" { // for those who were let go nothing else is owed
			delete(j.owed, parts[2])
		}
		l.must(f, j.over || j.done || j.holder != "" || len(j.asked)+len(j.owed) > 0, "nobody is asked, and nobody will be")
	case "suggest", "lapse-suggestion":
		l.suggestionLapsed(f, b, parts[0], parts[1])
	case "check-in", "end-mode", "expire-need", "confirm", "open":
	default:
		l.complain(f, "%s lapsed, which can always be done", b.GetPurpose())
	}
}

// matchingRest complains about whoever has been asked and not heard of for too long.
func (l *ledger) matchingRest(f *fact, due int64) {
	l.must(f, l.help.raised == l.help.asRule, "rules raised %d needs, and say %d", l.help.asRule, l.help.raised)
	for id, i := range l.help.imports { // any order: what is said is sorted
		l.must(f, !i.complete || i.raised == i.rows, "of import %s %d rows of %d were raised or dropped", id, i.raised, i.rows)
	}
	l.help.loadRest(l, f, due)
	for id, j := range l.help.jobs { // any order: what is said is sorted
		for _, until := range j.asked { // any order
			l.must(f, until > due, "assignment %s waits for an answer for ever", id)
		}
		l.must(f, j.done || j.over || j.holder != "" || len(j.asked) > 0 || j.changed > due, "assignment %s waits for nobody", id)
	}
}
