package services_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/aid"
	"renlin.dev/services/matching"
)

// depot is one record under the rules of two services: goods lie in a stock of aid's, and stand as an offer of matching's. What rules owe
// is done when the play says so, in any order, so that each service decides while the other has not booked yet.
type depot struct {
	*rapid.T
	states map[string]*decider.State
	now    int64
	sent   int

	stock, provider, rival string
	orders                 []string
	assignments            []string
	// short is what countings and what was thrown away took from under what was promised.
	short int64
	// handed is what the depot's assignments say that they brought.
	handed int64
}

const depotStart int64 = 1_800_000_000_000

// depotOffices: olga keeps the depot, otto is of the other organisation and adopts plans.
var depotOffices = map[string]string{"olga": "depot", "otto": "office"}

func newDepot(t *rapid.T) *depot {
	d := &depot{T: t, now: depotStart, states: map[string]*decider.State{
		aid.Service: decider.NewState(aid.Model()), matching.Service: decider.NewState(matching.Model()),
	}}
	d.fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	d.fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{Version: 1, Matching: matchingOf()}})
	for _, name := range []string{"olga", "otto", "carl", "rita", "fay"} {
		d.fact("member/"+idFor(name), &communityv1.MemberAdmitted{AdmittedBy: idFor("street")})
		d.fact("key/"+chain.KeyID(keyFor(name)), &communityv1.KeyEnrolled{Member: idFor(name), Key: keyFor(name)})
		if org := depotOffices[name]; org != "" {
			d.fact("org/"+idFor(org), &communityv1.OrgAdmitted{Org: &communityv1.Org{Id: idFor(org), Name: org}})
			d.fact("member/"+idFor(name), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: idFor(org)})
		}
	}
	for range 2 { // work orders, which are another play
		order := idFor(fmt.Sprint("order ", len(d.orders)))
		d.fact("work-order/"+order, &aidv1.WorkOrdered{Case: idFor("case"), Quantity: 9})
		d.orders = append(d.orders, order)
	}
	d.provider = d.serves("olga", idFor("depot"), "carl")
	d.rival = d.serves("rita", "", "rita")
	d.must("rita", "matching.publish_offer", &matchingv1.PublishOffer{Provider: d.rival, Skill: "meal", Capacity: 9})
	d.stock = d.must("olga", "aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}).ID.NewAggregate()
	d.must("olga", "aid.offer_stock", &aidv1.OfferStock{Stock: d.stock, Provider: d.provider, Skill: "meal"})
	return d
}

func (d *depot) serves(who, org, member string) string {
	d.must(who, "matching.register_provider", &matchingv1.RegisterProvider{
		Org: org, Member: idFor(member), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 10},
	})
	for _, id := range d.states[matching.Service].Members("provider") {
		if id != d.provider {
			return id
		}
	}
	return ""
}

// fact writes what neither of the two decided.
func (d *depot) fact(aggregate string, events ...proto.Message) {
	d.Helper()
	ch := chain.Change{Aggregate: aggregate, Version: d.states[aid.Service].Version(aggregate) + 1}
	for _, e := range events {
		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
		if err != nil {
			d.Fatalf("encode fact: %v", err)
		}
		ch.Events = append(ch.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
	}
	d.sent++
	raw, err := (&chain.Signed{
		Suite: chain.SuiteNone, Operation: "other.fact", Contract: 1, IdempotencyKey: fmt.Sprint(d.sent),
	}).Encode(nil)
	if err != nil {
		d.Fatalf("encode command: %v", err)
	}
	c := &chain.Commit{
		Author: chain.AuthorPolicy, Time: d.now, ID: chain.PolicyID("other", fmt.Sprint(d.sent)), Service: "other", Command: raw,
		Changes: []chain.Change{ch},
	}
	if d.sent == 1 {
		c.Author, c.ID = chain.AuthorGenesis, chain.GenesisID(nil)
	}
	d.apply(c)
}

// apply takes a commit through its bytes into both states.
func (d *depot) apply(c *chain.Commit) {
	d.Helper()
	raw, err := c.Encode()
	if err != nil {
		d.Fatalf("encode commit: %v", err)
	}
	for _, s := range d.states { // any order: neither knows of the other
		stored, err := chain.DecodeCommit(raw)
		if err == nil {
			err = s.Apply(stored, d.now)
		}
		if err != nil {
			d.Fatalf("fold commit: %v", err)
		}
	}
}

// send has a command judged by the service that owns it.
func (d *depot) send(who, operation string, body proto.Message) (*chain.Commit, error) {
	d.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		d.Fatalf("encode body: %v", err)
	}
	d.sent++
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: fmt.Sprint(d.sent), NotAfter: d.now + 1000, Body: encoded,
		Signatures: []chain.Signature{{Key: keyFor(who), Sig: make([]byte, 64)}},
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		d.Fatalf("encode command: %v", err)
	}
	service, _, _ := strings.Cut(operation, ".")
	commandID, err := signed.ID(chain.AuthorDevice, service)
	if err != nil {
		d.Fatalf("name command: %v", err)
	}
	return d.judge(service, &decider.Input{Raw: raw, Signed: signed, ID: commandID, Time: d.now})
}

func (d *depot) judge(service string, in *decider.Input) (*chain.Commit, error) {
	d.Helper()
	v := d.states[service].Judge(in)
	if v.Err != nil {
		return nil, v.Err
	}
	d.apply(v.Commit)
	return v.Commit, nil
}

func (d *depot) must(who, operation string, body proto.Message) *chain.Commit {
	d.Helper()
	c, err := d.send(who, operation, body)
	if err != nil {
		d.Fatalf("%s by %s: %v", operation, who, err)
	}
	return c
}

// owed lists what both owe now, aid's first.
func (d *depot) owed() (all []*decider.Owed, of []string) {
	for _, service := range []string{aid.Service, matching.Service} {
		for _, o := range d.states[service].OwedNow(d.now) {
			all, of = append(all, o), append(of, service)
		}
	}
	return all, of
}

// pay does one thing that is owed, any of them.
func (d *depot) pay(i int) {
	d.Helper()
	all, of := d.owed()
	raw, signed, err := decider.PolicyCommand(all[i], 1)
	if err != nil {
		d.Fatalf("encode policy command: %v", err)
	}
	if _, err := d.judge(of[i], &decider.Input{Raw: raw, Signed: signed, ID: all[i].ID, Time: d.now, Policy: true}); err != nil {
		d.Fatalf("policy %s was refused: %v", all[i].Purpose, err)
	}
}

// settle does all that is owed.
func (d *depot) settle() {
	d.Helper()
	for n := 0; ; n++ {
		all, _ := d.owed()
		if len(all) == 0 {
			return
		}
		if n > 1000 {
			d.Fatalf("rules owe without end: %s", all[0].Purpose)
		}
		d.pay(0)
	}
}

// offered is what matching says of the depot's offer; fields as its records show them.
type offered struct {
	Capacity int64  `json:"capacity"`
	Taken    int64  `json:"taken"`
	Stock    string `json:"stock"`
	Handed   int64  `json:"handed"`
}

func (d *depot) shelf() *stock.Stock {
	return decider.Peek[stock.Stock](d.states[aid.Service], stock.Path(d.stock))
}

func (d *depot) offer() offered {
	d.Helper()
	return shown[offered](d, stock.OfferPath(d.provider, "meal"))
}

// shownJob is an assignment as queries show it.
type shownJob struct {
	Quantity   int64 `json:"quantity"`
	Candidates []struct {
		Provider string `json:"provider"`
		Part     string `json:"part"`
	} `json:"candidates"`
}

func (d *depot) step() {
	d.Helper()
	quantity := rapid.Int64Range(1, 4).Draw(d.T, "quantity")
	order := rapid.SampledFrom(d.orders).Draw(d.T, "order")
	move := func(m aidv1.StockMove, order string) {
		_, _ = d.send("olga", "aid.move_stock", &aidv1.MoveStock{Stock: d.stock, Move: m, Quantity: quantity, Order: order})
	}
	switch rapid.IntRange(0, 14).Draw(d.T, "deed") {
	case 0, 1, 2:
		move(aidv1.StockMove_STOCK_MOVE_RECEIVE, "")
	case 3:
		move(aidv1.StockMove_STOCK_MOVE_RESERVE, order)
	case 4:
		move(rapid.SampledFrom([]aidv1.StockMove{
			aidv1.StockMove_STOCK_MOVE_RELEASE, aidv1.StockMove_STOCK_MOVE_ISSUE,
		}).Draw(d.T, "move"), order)
	case 5:
		move(aidv1.StockMove_STOCK_MOVE_EXPIRE, "")
		d.short = max(0, -d.promised()) // what is no longer there may be promised
	case 6:
		_, _ = d.send("olga", "aid.count_stock", &aidv1.CountStock{Stock: d.stock, Quantity: quantity + 3, Evidence: textFor("list")})
		d.short = max(0, -d.promised())
	case 7:
		if rapid.IntRange(0, 3).Draw(d.T, "withhold") == 0 {
			_, _ = d.send("olga", "aid.withhold_stock", &aidv1.WithholdStock{Stock: d.stock})
			return
		}
		_, _ = d.send("olga", "aid.offer_stock", &aidv1.OfferStock{Stock: d.stock, Provider: d.provider, Skill: "meal"})
	case 8:
		d.now += rapid.SampledFrom([]int64{1, 700, 3000}).Draw(d.T, "passes")
	case 9, 10:
		if all, _ := d.owed(); len(all) > 0 {
			d.pay(rapid.IntRange(0, len(all)-1).Draw(d.T, "which"))
		}
	case 11, 12:
		d.plan(quantity)
	default:
		d.answer(quantity)
	}
}

// plan has somebody ask, and the depot asked to serve them, now and then with the rival behind it or before it.
func (d *depot) plan(quantity int64) {
	need := d.must("fay", "matching.raise_need", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: quantity, Cell: &matchingv1.Cell{}, Text: textFor("soup"),
	}).ID.NewAggregate()
	who := rapid.SampledFrom([][]string{{d.provider}, {d.provider, d.rival}, {d.rival, d.provider}}).Draw(d.T, "who")
	before, free := d.offer(), d.free()
	c, err := d.send("otto", "matching.adopt_plan", &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: d.now,
		Matches: []*matchingv1.Match{{Need: need, Quantity: quantity, Providers: who}},
	})
	if err != nil {
		_, _ = d.send("fay", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: need})
		return
	}
	if took := d.offer().Taken - before.Taken; took > 0 && took > free {
		d.Fatalf("a plan took %d, and %d were free", took, free)
	}
	for _, ch := range c.Changes {
		if id, ok := strings.CutPrefix(ch.Aggregate, "assignment/"); ok {
			d.assignments = append(d.assignments, id)
		}
	}
}

// answer has somebody say something about an assignment.
func (d *depot) answer(quantity int64) {
	if len(d.assignments) == 0 {
		return
	}
	a := rapid.SampledFrom(d.assignments[max(0, len(d.assignments)-3):]).Draw(d.T, "assignment")
	for _, who := range []struct{ name, provider string }{{"carl", d.provider}, {"rita", d.rival}} {
		deed := rapid.SampledFrom([]struct {
			operation string
			body      proto.Message
		}{
			{"matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: who.provider}},
			{"matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: who.provider}},
			{"matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: quantity}},
			{"matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: quantity}},
			{"matching.refuse", &matchingv1.RefuseAssignment{
				Assignment: a, Provider: who.provider, Reason: matchingv1.Reason_REASON_ILL,
			}},
		}).Draw(d.T, "answer")
		_, err := d.send(who.name, deed.operation, deed.body)
		if err == nil && deed.operation == "matching.complete" && who.provider == d.provider {
			d.handed += quantity
		}
	}
}

// promised is what is there less what work orders and assignments have.
func (d *depot) promised() int64 {
	o := d.offer()
	return d.shelf().There(o.Handed) - o.Taken
}

func (d *depot) free() int64 {
	o := d.offer()
	return max(0, d.shelf().Offered(o.Handed)-o.Taken)
}

// check holds at every step, whatever is not booked yet: no more is promised than lay there when it was promised.
func (d *depot) check() {
	d.Helper()
	s := d.shelf()
	if s.OnHand != s.Received-s.Issued-s.Expired+s.Corrected || s.OnHand < 0 {
		d.Fatalf("the stock does not add up: %+v", s)
	}
	if p := d.promised(); p < 0 && -p > d.short {
		d.Fatalf("%d more is promised than is there, of which %d were lost: %+v, %+v", -p, d.short, s, d.offer())
	}
	if d.promised() >= 0 {
		d.short = 0
	}
}

// settled holds when nothing is owed: the stock has booked just what the assignments have, and the offer says just what lies there.
func (d *depot) settled() {
	d.Helper()
	d.settle()
	s, o, held := d.shelf(), d.offer(), int64(0)
	for _, id := range d.assignments {
		a, has, booked := shown[shownJob](d, "assignment/"+id), int64(0), int64(0)
		for _, c := range a.Candidates {
			if c.Provider == d.provider && (c.Part == "reserved" || c.Part == "asked" || c.Part == "serving") {
				has = a.Quantity
			}
		}
		for _, r := range s.Reservations {
			if r.Assignment == id {
				booked += r.Quantity
			}
		}
		if booked != has {
			d.Fatalf("assignment %+v has %d, and the stock has booked %d", a, has, booked)
		}
		held += has
	}
	switch {
	case s.Held != held || o.Taken != held || s.Handed != d.handed || o.Handed != d.handed:
		d.Fatalf("assignments hold %d and handed out %d: %+v, %+v", held, d.handed, s, o)
	case o.Stock != d.stock || o.Capacity != s.Offered(o.Handed):
		d.Fatalf("the offer says %d, and %d lie there: %+v", o.Capacity, s.Offered(o.Handed), s)
	}
}

// shown reads a record as queries show it: the types are the services' own.
func shown[T any](d *depot, path string) (out T) {
	d.Helper()
	state, _ := d.states[matching.Service].Raw(path)
	raw, err := json.Marshal(state)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		d.Fatalf("read %s: %v", path, err)
	}
	return out
}

// TestStocksFeedOffers: whatever happens at a depot, in whatever order the two services come to know of it, nothing is promised that is
// not there, and in the end each unit that was handed out has left the stock once.
func TestStocksFeedOffers(t *testing.T) {
	t.Parallel()
	handed := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		d := newDepot(t)
		for range rapid.IntRange(10, 60).Draw(t, "steps") {
			d.step()
			d.check()
		}
		d.settled()
		handed += d.shelf().Handed
	})
	if handed == 0 {
		t.Error("nothing was ever handed out: nothing is tried here")
	}
}
