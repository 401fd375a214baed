package matching_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
	"renlin.dev/services/matching/needlist"
	"renlin.dev/services/matching/quake"
)

const hour = 60 * minute

// server is somebody who answers for a provider. From gone on they say nothing any more and bring nothing: nobody has told anybody.
type server struct {
	member, provider, org string
	gone                  bool
}

// job is what somebody has taken on.
type job struct {
	assignment string
	by         *server
	due        int64
}

// haiti replays reports: the clock of the record is that of the reports.
type haiti struct {
	*world
	r       *rand.Rand
	rows    []needlist.Need // in time order
	of      []*quake.Report // of each row
	servers []*server
	by      map[string]*server       // provider -> who answers for it
	needs   map[string]*quake.Report // need -> its report
	open    []string                 // needs that are not all served yet
	asked   map[[2]string]bool       // assignment and provider: have decided
	live    []string                 // assignments that somebody is asked for
	jobs    []job
	done    map[string]int // assignment -> how often it was confirmed
	dups    int
	lapses  map[string]int // what rules did
	killed  []string
	reforms int // how often the service was started again from the record
}

// newHaiti founds the community of the replay, with everybody who serves.
func newHaiti(t *testing.T, reports []quake.Report, scale int64) *haiti {
	h := &haiti{
		world: newWorld(t), r: rand.New(rand.NewPCG(2010, 112)), by: map[string]*server{}, needs: map[string]*quake.Report{},
		asked: map[[2]string]bool{}, done: map[string]int{}, lapses: map[string]int{},
	}
	book := rulebook()
	book.Version, book.Matching.Skills, book.Matching.CheckInSeconds = 2, nil, 12*3600
	for _, code := range quake.Skills {
		book.Matching.Skills = append(book.Matching.Skills, &communityv1.Skill{Code: code, Title: code})
	}
	book.Aid = &communityv1.AidRules{GroupMin: 1} // whoever imports counts as one person, and here they are three
	h.Adopt(book)
	h.Now = reports[0].At - hour
	for _, o := range quake.Reliefs {
		head := o.Name + " head"
		h.Admit(head)
		h.Fact("member/"+id(head), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id(o.Name)})
		east, north := quake.Square(o.Lat, o.Lon)
		for i := range o.People {
			member := fmt.Sprint(o.Name, " ", i)
			h.Admit(member)
			p := h.Do("provider", head, "matching.register_provider", &matchingv1.RegisterProvider{
				Org: id(o.Name), Member: id(member),
				Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{East: east, North: north}, RadiusCells: 200},
			})
			s := &server{member: member, provider: p, org: o.Name}
			h.servers, h.by[p] = append(h.servers, s), s
			for _, skill := range o.Skills {
				h.offer(member, p, skill, max(4, o.Capacity/scale))
			}
		}
	}
	return h
}

// arrive imports what has been reported up to now, has it screened, and says how urgent it is.
func (h *haiti) arrive(name string, rows []needlist.Need, of []*quake.Report) {
	h.Helper()
	for from := 0; from < len(rows); from += 100 {
		part := stage(name, uint32(from))
		for _, r := range rows[from:min(from+100, len(rows))] {
			part.Rows = append(part.Rows, &matchingv1.NeedRow{
				Skill: r.Skill, Quantity: r.Quantity, Cell: &matchingv1.Cell{East: r.East, North: r.North}, Text: text(r.Words),
			})
		}
		h.Do("", "gwen", "matching.stage_needs", part)
	}
	before := len(h.State.Members("need"))
	h.Do("", "gwen", "matching.complete_import", complete(name, uint32(len(rows))))
	h.rules()
	if n := len(h.State.Members("need")) - before; n != len(rows) {
		h.Fatalf("%d needs of %d rows", n, len(rows))
	}
	for i, r := range of {
		h.screen(supply.NeedIDOf(id(name), int64(i)), r, rows[i].Skill)
	}
}

// screen has an officer look into a need. What was reported already, of the same place, in the same words as far as there are any, within a
// day, and is still waited for, is the same need; of everything else they say how urgent it is.
func (h *haiti) screen(need string, r *quake.Report, skill string) {
	h.Helper()
	h.needs[need] = r
	for _, other := range h.open {
		o, n := h.needs[other], h.needState(other)
		if o.Lat == r.Lat && o.Lon == r.Lon && r.At-o.At < day && n.Skill == skill && slices.Equal(o.Categories, r.Categories) &&
			o.Serial != r.Serial && n.Waiting+n.Matched > 0 {
			h.Do("need", "olga", "matching.withdraw_need", &matchingv1.WithdrawNeed{
				Need: need, Screening: matchingv1.Screening_SCREENING_DUPLICATE, SameAs: other,
			})
			h.dups++
			return
		}
	}
	h.open = append(h.open, need)
	at := slices.IndexFunc(r.Wants(), func(w quake.Wanted) bool { return w.Skill == skill })
	h.Do("need", "olga", "matching.assess_need", &matchingv1.AssessNeed{
		Need: need, Priority: r.Wants()[at].Priority, Vulnerable: slices.ContainsFunc(r.Categories, vulnerable),
	})
}

func vulnerable(category string) bool { return slices.Contains([]string{"1a", "1b", "1c"}, category) }

// rules does what rules owe now, and counts it.
func (h *haiti) rules() {
	h.Helper()
	for _, what := range h.Settle() {
		h.lapses[what]++
	}
}

// plan has an officer sign what is proposed, until there is nothing more to propose.
func (h *haiti) plan() {
	h.Helper()
	for range 40 {
		plan, _ := h.proposed()
		if plan == nil {
			return
		}
		c, err := h.Submit(h.Input("otto", "matching.adopt_plan", plan))
		if err != nil {
			h.Fatalf("a proposal is refused: %v", err)
		}
		for _, ch := range c.Changes {
			if a, is := cutPrefix(ch.Aggregate, "assignment/"); is {
				h.live = append(h.live, a)
			}
		}
		if len(plan.GetMatches()) == 0 {
			return
		}
	}
}

func cutPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

// answer has everybody who is asked say yes, no or nothing; whoever is gone says nothing.
func (h *haiti) answer() {
	h.Helper()
	rest := h.live[:0]
	for _, a := range h.live {
		for _, c := range h.assignment(a).Candidates {
			key := [2]string{a, c.Provider}
			if c.Part != dispatch.Asked || h.asked[key] || h.assignment(a).State != dispatch.Offered {
				continue
			}
			h.asked[key] = true
			s := h.by[c.Provider]
			switch x := h.r.IntN(100); {
			case s.gone || x < 10:
			case x < 20:
				h.Do("", s.member, "matching.refuse", &matchingv1.RefuseAssignment{
					Assignment: a, Provider: c.Provider, Reason: matchingv1.Reason_REASON_BUSY,
				})
			default:
				h.Do("", s.member, "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: c.Provider})
				h.jobs = append(h.jobs, job{a, s, h.Now + 2*hour + h.r.Int64N(6*hour)})
			}
		}
		if h.assignment(a).State == dispatch.Offered {
			rest = append(rest, a)
		}
	}
	h.live = rest
	h.rules()
}

// bring has what is due brought and confirmed, now and then less than was promised. Who has gone brings nothing: the rule misses them.
func (h *haiti) bring() {
	h.Helper()
	var rest []job
	for _, j := range h.jobs {
		a := h.assignment(j.assignment)
		switch {
		case a.State != dispatch.Accepted || j.by.gone:
			if a.State == dispatch.Offered && !slices.Contains(h.live, j.assignment) {
				h.live = append(h.live, j.assignment) // missed, and the next one is asked
			}
			if a.State == dispatch.Accepted && j.by.gone { // nobody knows yet
				rest = append(rest, j)
			}
		case j.due > h.Now:
			rest = append(rest, j)
		default:
			quantity := a.Quantity
			if quantity > 1 && h.r.IntN(20) == 0 {
				quantity--
			}
			h.Do("", j.by.member, "matching.complete", &matchingv1.CompleteAssignment{Assignment: j.assignment, Quantity: quantity})
			h.Do("", "gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: j.assignment, Quantity: quantity})
			h.done[j.assignment]++
		}
	}
	h.jobs = rest
	h.open = slices.DeleteFunc(h.open, func(n string) bool { s := h.needState(n); return s.Waiting+s.Matched == 0 })
}

// kill has an organisation fall silent: nobody of it says that it is gone. And the service itself is started again from the record.
func (h *haiti) kill(org string) {
	h.Helper()
	h.killed = append(h.killed, org)
	for _, s := range h.servers {
		s.gone = s.gone || s.org == org
	}
	fresh := decider.NewState(matching.Model())
	for i, c := range h.Log {
		if err := fresh.Apply(c, h.Heads[i].Time); err != nil {
			h.Fatalf("fold again: %v", err)
		}
		fresh.SetHead(h.Heads[i])
	}
	x, err1 := fresh.Digest()
	y, err2 := h.State.Digest()
	if err1 != nil || err2 != nil || x != y || x == (chain.Hash{}) {
		h.Fatalf("started again, the state is another one: %v, %v", err1, err2)
	}
	h.State = fresh
	h.reforms++
}

// check holds all needs, offers and assignments against each other: nobody is lost, nothing is helped twice, what is asked for adds up.
func (h *haiti) check() {
	h.Helper()
	held := map[string]int64{} // offer -> taken
	for _, a := range h.State.Members("assignment") {
		x := h.assignment(a)
		for _, c := range x.Candidates {
			if x.State == dispatch.Offered && c.Part == dispatch.Asked || x.State == dispatch.Accepted && c.Part == dispatch.Serving {
				held[supply.OfferPath(c.Provider, x.Skill)] += x.Quantity
			}
		}
		if h.done[a] > 1 || x.Acknowledged > x.Delivered || x.Delivered > x.Quantity {
			h.Errorf("assignment %s was brought twice: %+v", a, x)
		}
	}
	for _, s := range h.servers {
		for _, skill := range h.State.Members(supply.ProviderPath(s.provider) + "/offer") {
			path := supply.OfferPath(s.provider, skill)
			if o := decider.Peek[supply.Offer](h.State, path); o.Taken != held[path] || o.Taken > o.Capacity {
				h.Errorf("offer %s: %d of %d are taken, assignments hold %d", path, o.Taken, o.Capacity, held[path])
			}
		}
	}
	all := h.State.Members("need")
	if len(all) != len(h.needs) {
		h.Errorf("%d needs on the record, %d raised", len(all), len(h.needs))
	}
	for _, id := range all {
		n := h.needState(id)
		if min(n.Waiting, n.Matched, n.Served, n.Dropped) < 0 || n.Waiting+n.Matched+n.Served+n.Dropped != n.Quantity ||
			n.Acknowledged != n.Served || (n.Dropped > 0) != (n.State == supply.Withdrawn) {
			h.Errorf("need %s is lost or helped twice: %+v", id, n)
		}
	}
}

// play lets time pass from report to report, in steps of ten minutes while somebody waits for an answer and of an hour else.
func (h *haiti) play(end int64, kills map[int]string) {
	h.Helper()
	next, lastDay := 0, int64(0)
	for h.Now < end {
		step := int64(hour)
		if len(h.live) > 0 {
			step = 10 * minute
		}
		if len(h.open) == 0 && next < len(h.of) { // nobody waits for anything
			step = max(step, h.of[next].At-h.Now)
		}
		h.Now += step
		h.rules()
		first := next
		for next < len(h.of) && h.of[next].At <= h.Now {
			next++
		}
		if next > first {
			h.arrive(fmt.Sprint("import ", first), h.rows[first:next], h.of[first:next])
		}
		for at, org := range kills { // any order: each at its own time
			if next >= at {
				h.kill(org)
				delete(kills, at)
			}
		}
		h.bring()
		if len(h.open) > 0 {
			h.plan()
		}
		h.answer()
		if h.Now/day != lastDay {
			lastDay = h.Now / day
			h.check()
		}
		if next == len(h.of) && len(h.jobs)+len(h.live) == 0 && h.waits() == 0 {
			break
		}
	}
	h.check()
	if next != len(h.of) {
		h.Fatalf("%d of %d rows were reported", next, len(h.of))
	}
}

// waits counts needs that wait and could be served by somebody who is there.
func (h *haiti) waits() (n int) {
	for _, id := range h.open {
		if s := h.needState(id).Shortage; s == 0 || s == matchingv1.Shortage_SHORTAGE_CAPACITY || s == matchingv1.Shortage_SHORTAGE_ANSWER {
			n++
		}
	}
	return n
}

// TestHaiti replays the real reports of the weeks after the earthquake: each becomes the needs that it tells of, or is refused or passed
// over for a reason that is counted; they are screened, matched, brought and confirmed while organisations fall silent and the service
// is started again. Ordinarily every twelfth report with a twelfth of the helpers' hands, under RENLIN_CI=1 all of them.
func TestHaiti(t *testing.T) {
	t.Parallel()
	reports, scale := quake.Reports(t), int64(1)
	if os.Getenv("RENLIN_CI") == "" {
		scale = 12
		var some []quake.Report
		for i := 0; i < len(reports); i += int(scale) {
			some = append(some, reports[i])
		}
		reports = some
	}
	needs, of, refused := quake.Screened(t, reports)
	h := newHaiti(t, reports, scale)
	h.rows, h.of = needs, of
	h.play(reports[len(reports)-1].At+60*day, map[int]string{len(of) / 4: "capital", len(of) / 2: "hospital"})
	silent := 0
	for i := range reports {
		if r := &reports[i]; len(r.Wants()) == 0 {
			silent++
		} else if !refused[r.Serial] && !slices.ContainsFunc(of, func(x *quake.Report) bool { return x.Serial == r.Serial }) {
			t.Errorf("report %s is lost", r.Serial)
		}
		if r := &reports[i]; refused[r.Serial] && r.Approved {
			t.Errorf("report %s is refused, and was approved", r.Serial)
		}
	}
	h.tell(t, len(reports), silent, len(refused))
}

// tell writes what came of it into the test's log, and holds it against what must be.
func (h *haiti) tell(t *testing.T, reports, silent, refused int) {
	t.Helper()
	var served, waiting int
	short := map[string]int{}
	for _, id := range h.State.Members("need") {
		switch n := h.needState(id); {
		case n.State == supply.Withdrawn:
		case n.Served == n.Quantity:
			served++
		default:
			waiting++
			short[n.Shortage.String()+" "+n.Skill]++
		}
	}
	if len(h.needs) != served+waiting+h.dups {
		t.Errorf("%d needs are %d served, %d waiting and %d duplicates", len(h.needs), served, waiting, h.dups)
	}
	question, err := json.Marshal(matching.ProposalQuestion{Now: h.Now})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := matching.AnswerReport(h.State, question)
	if err != nil {
		t.Fatal(err)
	}
	var report matching.ReportAnswer
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	f := report.Fairness
	t.Logf("%d reports: %d ask for nothing, %d refused, %d needs of the others: %d served, %d duplicates, %d waiting %v", reports, silent,
		refused, len(h.needs), served, h.dups, waiting, short)
	t.Logf("waiting p90 %d min, of the vulnerable %d min; Gini %d, served %d, the lowest group %d of a thousand; fail-overs %d, lapsed %d, "+
		"missed %d; silent from a time on: %v, started again %d times; %d commits", f.WaitP90Minutes, f.WaitP90MinutesVulnerable,
		f.GiniPermille, f.RatePermille, f.LowestGroupRatePermille, h.lapses["matching.stand_in"], h.lapses["matching.lapse"],
		h.lapses["matching.miss_check_in"], h.killed, h.reforms, len(h.Log))
	if h.lapses["matching.stand_in"] == 0 || h.lapses["matching.miss_check_in"] == 0 || h.reforms != 2 || h.dups == 0 {
		t.Error("nobody had to stand in, nobody was missed, or nothing was reported twice")
	}
}
