package services_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/audit/plancheck"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/needlist"
	"renlin.dev/services/matching/quake"
)

// aftermath is the weeks after an earthquake: what people reported becomes needs in the order in which it happened, which ann imports, bob
// looks into and has plans made for, and organisations bring, while the network loses messages, services are killed, and helpers say no,
// fall silent, and bring too little. Two organisations are gone from a time on, and nobody says so. What everybody knows is on the record;
// a command of which nothing came is sent again.
type aftermath struct {
	*crowd
	reports *reported
	into    *tally
	steps   []step
	begun   int64 // when everybody was there
	sent    int   // rows
	load    *load // that is being imported; nil for none
	wishes  map[string]*wish
	came    []bool           // rows
	at      map[place][]wish // what was asked for at a place, the newest last
	live    map[string]bool  // assignments
	// What is to be done, by what it is.
	screens, answers, brings, confirms []*errand
	planned                            int64 // when a plan was thought of last
	stirred                            bool  // something has happened since there was nothing to plan
	plans                              *plancheck.Checker
	dups                               int
	said                               []string
}

// reported is what is replayed, alike in every play.
type reported struct {
	rows   []needlist.Need // in time order
	of     []*quake.Report // of each row
	due    []int64         // of each row, ms from when everybody is there
	byText map[string]int  // row, by the reference to its words
	scale  int64           // one of so many reports is replayed
}

// load is some rows that are imported together.
type load struct {
	id          string
	first, rows int
}

// place is where something of a kind is asked for.
type place struct {
	lat, lon float64
	skill    string
}

// wish is what became of a row.
type wish struct {
	id       string
	row      int
	screened bool
	short    matchingv1.Shortage // why it waits, as the last plan said
}

// errand is something to be done about an assignment or a need. It is tried again until it is done, or no longer to be done.
type errand struct {
	id, provider string
	after        int64
	decided      bool
	says         int // what somebody answers, once they have decided
}

// The pace of the replay, ms. An hour without a report is the longest.
const (
	hourMS      = 600
	tryAgainMS  = 3_000
	planEveryMS = 300
	// lookMS is how old the time of a plan is when it is made: clocks are apart.
	lookMS = 900
)

func newAftermath(reports *reported, into *tally) *aftermath {
	a := &aftermath{
		crowd: newCrowd(), reports: reports, into: into, wishes: map[string]*wish{}, came: make([]bool, len(reports.rows)),
		at: map[place][]wish{}, live: map[string]bool{}, stirred: true, plans: plancheck.New(),
	}
	a.steps = a.beginning()
	return a
}

// Block follows the record, and has the ledger look at it too.
func (a *aftermath) Block(b *chain.Block) []string {
	a.said = a.crowd.Block(b)
	a.plans.Block(b.First, b.Count, b.Sealed.Hash())
	for i, raw := range b.Commits {
		a.plans.Add(b.First+uint64(i), raw)
		c, err := chain.DecodeCommit(raw)
		if err != nil || c.Service != "matching" {
			continue
		}
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				if body, err := decider.DecodeEvent(e); err == nil {
					_, nothing := body.(*chainv1.Lapsed)
					a.stirred = a.stirred || !nothing
					a.follow(lastOf(ch.Aggregate), body)
				}
			}
		}
	}
	return a.said
}

func (a *aftermath) follow(id string, body proto.Message) {
	switch b := body.(type) {
	case *matchingv1.NeedRaised:
		row, known := a.reports.byText[b.GetText().GetRef()]
		if !known || a.came[row] || b.GetSkill() != a.reports.rows[row].Skill || b.GetQuantity() != a.reports.rows[row].Quantity {
			a.said = append(a.said, fmt.Sprintf("need %s is what nobody reported, or was reported once and is there twice", id))
			return
		}
		a.came[row] = true
		a.wishes[id] = &wish{id: id, row: row}
		a.screens = append(a.screens, &errand{id: id})
	case *matchingv1.NeedAssessed:
		a.wishes[id].screened = true
	case *matchingv1.NeedWithdrawn:
		a.wishes[id].screened = true
		a.dups++
	case *matchingv1.NeedUnserved:
		a.wishes[id].short = b.GetShortage()
	case *matchingv1.NeedReturned:
		a.wishes[id].short = 0
	case *matchingv1.NeedAcknowledged:
		if b.GetShort() > 0 {
			a.wishes[id].short = 0
		}
	case *matchingv1.AssignmentPlanned:
		a.live[id] = true
	case *matchingv1.AssignmentOffered:
		a.answers = append(a.answers, &errand{id: id, provider: b.GetProvider()})
	case *matchingv1.AssignmentAccepted:
		due := a.now + 2*hourMS + a.r.Int64N(6*hourMS)
		a.brings = append(a.brings, &errand{id: id, provider: b.GetProvider(), after: due})
	case *matchingv1.AssignmentDone:
		a.confirms = append(a.confirms, &errand{id: id})
	case *matchingv1.AssignmentReleased, *matchingv1.AssignmentConfirmed:
		delete(a.live, id)
	}
}

// Next lets somebody do something, if there is anything to do.
func (a *aftermath) Next(r *rand.Rand, now int64, look func(string) *decider.State) (string, *chain.Signed) {
	a.r, a.now = r, now
	d := a.begins()
	if a.begun > 0 {
		doings := []func() *deed{a.imports, a.screensIt, a.answersIt, a.bringsIt, a.confirmsIt, func() *deed { return a.plansIt(look) }}
		for i, first := 0, r.IntN(len(doings)); i < len(doings) && d == nil; i++ {
			d = doings[(first+i)%len(doings)]()
		}
	}
	if d == nil {
		return "", nil
	}
	if d.operation != "matching.stage_needs" && a.chance(20) { // somebody else does it; an import is whose that began it
		d.keys[0] = a.anyKey()
	}
	return d.service(), d.signed()
}

// due gives the first of some errands whose time has come, and forgets those that are not to be done any more.
func (a *aftermath) due(list *[]*errand, needed func(*errand) bool) *errand {
	*list = slices.DeleteFunc(*list, func(e *errand) bool { return !needed(e) })
	at := slices.IndexFunc(*list, func(e *errand) bool { return e.after <= a.now })
	if at < 0 {
		return nil
	}
	e := (*list)[at]
	e.after = a.now + tryAgainMS
	return e
}

// imports has ann bring what has been reported up to now, a load after the other.
func (a *aftermath) imports() *deed {
	if a.load == nil {
		rows := 0
		for rows < 100 && a.sent+rows < len(a.reports.due) && a.begun+a.reports.due[a.sent+rows] <= a.now {
			rows++
		}
		if rows == 0 {
			return nil
		}
		a.load = &load{id: idFor(fmt.Sprint("load ", a.sent)), first: a.sent, rows: rows}
		a.sent += rows
	}
	switch i := a.help.imports[a.load.id]; {
	case i != nil && i.complete:
		a.load = nil
		return nil
	case a.lately(fmt.Sprint(a.load.id, i != nil), 0):
		return nil
	case i != nil:
		return a.by(idFor(ann), "matching.complete_import", &matchingv1.CompleteNeedImport{Import: a.load.id, Rows: uint32(a.load.rows)})
	}
	b := &matchingv1.StageNeeds{Import: a.load.id}
	for _, r := range a.reports.rows[a.load.first : a.load.first+a.load.rows] {
		b.Rows = append(b.Rows, &matchingv1.NeedRow{
			Skill: r.Skill, Quantity: r.Quantity, Cell: &matchingv1.Cell{East: r.East, North: r.North}, Text: textFor(r.Words),
		})
	}
	return a.by(idFor(ann), "matching.stage_needs", b)
}

// screensIt has bob look into a need. What was reported already, of the same place and kind, within a day, and is still waited for, is the
// same need; of everything else he says how urgent it is.
func (a *aftermath) screensIt() *deed {
	e := a.due(&a.screens, func(e *errand) bool { return !a.wishes[e.id].screened })
	if e == nil {
		return nil
	}
	w := a.wishes[e.id]
	r := a.reports.of[w.row]
	here := place{r.Lat, r.Lon, a.reports.rows[w.row].Skill}
	for _, other := range a.at[here] {
		o := a.reports.of[other.row]
		if n := a.help.needs[other.id]; n.waiting+n.held > 0 && other.id != e.id && r.At-o.At < 24*3600_000 && r.Serial != o.Serial &&
			slices.Equal(o.Categories, r.Categories) {
			return a.by(idFor(bob), "matching.withdraw_need", &matchingv1.WithdrawNeed{
				Need: e.id, Screening: matchingv1.Screening_SCREENING_DUPLICATE, SameAs: other.id,
			})
		}
	}
	if !slices.ContainsFunc(a.at[here], func(x wish) bool { return x.id == e.id }) {
		a.at[here] = append(a.at[here], *w)
	}
	at := slices.IndexFunc(r.Wants(), func(x quake.Wanted) bool { return x.Skill == here.skill })
	return a.by(idFor(bob), "matching.assess_need", &matchingv1.AssessNeed{
		Need: e.id, Priority: r.Wants()[at].Priority,
		Vulnerable: slices.ContainsFunc(r.Categories, func(c string) bool { return slices.Contains([]string{"1a", "1b", "1c"}, c) }),
	})
}

// gone tells whether an organisation has fallen silent.
func (a *aftermath) gone(provider string) bool {
	switch a.help.serves[provider].org {
	case idFor("capital"):
		return a.sent >= len(a.reports.rows)/4
	case idFor("hospital"):
		return a.sent >= len(a.reports.rows)/2
	}
	return false
}

// head is who speaks for a provider.
func (a *aftermath) head(provider string) string {
	for _, o := range quake.Reliefs {
		if idFor(o.Name) == a.help.serves[provider].org {
			return idFor(headOf(o.Name))
		}
	}
	panic("a provider of nobody's")
}

// answersIt has somebody who is asked say yes, no, or nothing.
func (a *aftermath) answersIt() *deed {
	const silent, no = 5, 15
	e := a.due(&a.answers, func(e *errand) bool {
		_, asked := a.help.jobs[e.id].asked[e.provider]
		return asked && (!e.decided || e.says >= silent)
	})
	if e == nil || a.gone(e.provider) {
		return nil
	}
	if !e.decided {
		e.decided, e.says = true, a.r.IntN(100)
	}
	switch {
	case e.says < silent:
		return nil
	case e.says < no:
		return a.by(a.head(e.provider), "matching.refuse", &matchingv1.RefuseAssignment{
			Assignment: e.id, Provider: e.provider, Reason: matchingv1.Reason_REASON_BUSY,
		})
	}
	return a.by(a.head(e.provider), "matching.accept", &matchingv1.AcceptAssignment{Assignment: e.id, Provider: e.provider})
}

// bringsIt has something brought, now and then less than was promised, or given up on the way. Who is gone brings nothing.
func (a *aftermath) bringsIt() *deed {
	e := a.due(&a.brings, func(e *errand) bool {
		j := a.help.jobs[e.id]
		return j.holder == e.provider && !j.done
	})
	if e == nil || a.gone(e.provider) {
		return nil
	}
	who, quantity := a.head(e.provider), a.help.jobs[e.id].quantity
	switch x := a.r.IntN(100); {
	case x < 2:
		return a.by(who, "matching.refuse", &matchingv1.RefuseAssignment{
			Assignment: e.id, Provider: e.provider, Reason: matchingv1.Reason_REASON_ILL,
		})
	case x < 7 && quantity > 1:
		quantity--
	}
	return a.by(who, "matching.complete", &matchingv1.CompleteAssignment{Assignment: e.id, Quantity: quantity})
}

// confirmsIt has ann say what has arrived, for people who are no members.
func (a *aftermath) confirmsIt() *deed {
	e := a.due(&a.confirms, func(e *errand) bool { return !a.help.jobs[e.id].over })
	if e == nil {
		return nil
	}
	quantity := a.help.jobs[e.id].delivered
	if quantity > 1 && a.chance(20) {
		quantity--
	}
	return a.by(idFor(ann), "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: e.id, Quantity: quantity})
}

// plansIt has bob sign what the service proposes.
func (a *aftermath) plansIt(look func(string) *decider.State) *deed {
	state := look("matching")
	if state == nil || !a.stirred || a.now < a.planned+planEveryMS {
		return nil
	}
	a.planned = a.now
	question, err := json.Marshal(matching.ProposalQuestion{Now: a.now - lookMS})
	if err != nil {
		panic(err)
	}
	raw, err := matching.AnswerProposal(state, question)
	if err != nil {
		panic(err)
	}
	var proposal matching.ProposalAnswer
	if err := json.Unmarshal(raw, &proposal); err != nil {
		panic(err)
	}
	if proposal.Plan == "" {
		a.stirred = state.Position() != a.size // the state may be late
		return nil
	}
	plan := &matchingv1.AdoptPlan{}
	if err := protojson.Unmarshal([]byte(proposal.Plan), plan); err != nil {
		panic(err)
	}
	return a.by(idFor(bob), "matching.adopt_plan", plan)
}

// Over tells whether everything was reported, and whoever can be helped is.
func (a *aftermath) Over() bool {
	return a.idle() && !a.stirred
}

// idle tells whether everything was reported, and nothing is under way.
func (a *aftermath) idle() bool {
	return a.begun > 0 && a.sent == len(a.reports.rows) && a.load == nil && len(a.live) == 0 && len(a.screens) == 0
}

// Rest looks for what is missing: of every row one need, and of every need that it was served, that it was another's too, or why it waits.
func (a *aftermath) Rest(now int64) []string {
	said := a.crowd.Rest(now)
	if !a.idle() {
		said = append(said, fmt.Sprintf("%d of %d rows were sent, %d assignments are under way, %d needs are to be looked into",
			a.sent, len(a.came), len(a.live), len(a.screens)))
	}
	for row, came := range a.came[:a.sent] {
		if !came {
			said = append(said, fmt.Sprintf("row %d of report %s is lost", row, a.reports.of[row].Serial))
		}
	}
	served, waits := 0, map[string]int{}
	for _, id := range slices.Sorted(maps.Keys(a.wishes)) {
		switch n := a.help.needs[id]; {
		case n.over:
		case n.served == n.quantity && n.acknowledged == n.served:
			served++
		case n.waiting > 0 && n.held == 0 && a.wishes[id].short != 0:
			waits[a.wishes[id].short.String()]++
		default:
			said = append(said, fmt.Sprintf("need %s is neither served nor known to wait: %+v", id, n))
		}
	}
	checked := a.plans.Report()
	for _, p := range checked.Plans {
		for _, f := range p.Findings {
			said = append(said, fmt.Sprintf("plan %s of index %d: %s", p.Plan, p.Index, f.English))
		}
	}
	a.into.mu.Lock()
	defer a.into.mu.Unlock()
	for name, n := range a.happened { // any order: a sum
		a.into.happened[name] += n
	}
	for why, n := range waits { // any order: a sum
		a.into.happened["waits for "+why] += n
	}
	a.into.happened["needs served"] += served
	a.into.happened["needs reported twice"] += a.dups
	a.into.happened["plans checked"] += len(checked.Plans)
	return said
}
