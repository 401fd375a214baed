package services_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/sim"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/community"
)

// needs is a community in which dan is in need and the others help: ann works on the cases, cat approves and brings, bob is of the other
// organisation. What is done next follows from what happened last, and now and then it is something else or somebody else's to do.
type needs struct {
	*crowd
	seen    map[string]int    // events of the aid service, by name
	last    map[string]string // of each case, what happened last
	order   map[string]string // of each case, its last order
	worker  map[string]string
	cases   []string
	known   []string // files
	merged  []string
	alerts  []string
	sensors []string
	stocks  []string
	depots  []string        // providers of the first organisation's
	rounds  []string        // orders with rounds
	told    []string        // notices
	arrives map[string]bool // arrivals, and whether somebody takes them in
	// policies is what there is to know of notices.
	policies *policies
}

func newNeeds() *needs {
	n := &needs{
		crowd: newCrowd(), seen: map[string]int{}, last: map[string]string{}, order: map[string]string{}, worker: map[string]string{},
		arrives: map[string]bool{}, policies: newPolicies(),
	}
	n.aids = n.policies
	return n
}

// dansFile is the file under which dan is helped.
var dansFile = idFor("file of dan")

// Block follows the record, and has the ledger look at it too.
func (n *needs) Block(b *chain.Block) []string {
	said := n.crowd.Block(b)
	for _, raw := range b.Commits {
		c, err := chain.DecodeCommit(raw)
		if err != nil || c.Service != "aid" && c.Service != "matching" {
			continue
		}
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				if body, err := decider.DecodeEvent(e); err == nil {
					n.seen[string(body.ProtoReflect().Descriptor().Name())]++
					n.follow(ch.Aggregate, lastOf(ch.Aggregate), body)
				}
			}
		}
	}
	return said
}

func (n *needs) follow(path, id string, body proto.Message) {
	name := string(body.ProtoReflect().Descriptor().Name())
	switch b := body.(type) {
	case *aidv1.AidRequested:
		n.cases = append(n.cases, id)
		n.worker[id] = ann
	case *aidv1.ReferralAccepted:
		n.worker[id] = bob
	case *aidv1.WorkListed:
		n.order[id] = b.GetOrder()
	case *aidv1.BeneficiaryRegistered:
		n.known = append(n.known, id)
	case *aidv1.BeneficiaryMerged:
		n.merged = append(n.merged, id)
	case *aidv1.BeneficiaryUnmerged:
		n.merged = slices.DeleteFunc(n.merged, func(x string) bool { return x == id })
	case *aidv1.AlertRaised:
		n.alerts = append(n.alerts, id)
	case *aidv1.AlertTriaged:
		n.alerts = slices.DeleteFunc(n.alerts, func(x string) bool { return x == id })
	case *aidv1.SensorEnrolled:
		n.sensors = append(n.sensors, id)
	case *aidv1.StockOpened:
		n.stocks = append(n.stocks, id)
	case *matchingv1.ProviderRegistered:
		n.depots = append(n.depots, id)
	case *aidv1.RoundsPlanned:
		n.rounds = append(n.rounds, id)
	case *aidv1.PolicyNoticePublished:
		n.told = append(n.told, id)
	case *aidv1.ArrivalAnnounced:
		n.arrives[id] = false
	case *aidv1.ReceiverNamed:
		n.arrives[id] = true
	case *aidv1.ArrivalReceived:
		delete(n.arrives, id)
	case *aidv1.OrderAccepted, *aidv1.OrderDeclined, *aidv1.WorkDelivered:
		for c, order := range n.order { // any order: one case has it
			if order == id {
				n.last[c] = name
			}
		}
	}
	if chain.KindOf(path) == "aid-case" && name != "ServiceClockMissed" {
		n.last[id] = name
	}
}

// Next lets somebody do something.
func (n *needs) Next(r *rand.Rand, now int64, _ func(string) *decider.State) (string, *chain.Signed) {
	n.r, n.now = r, now
	var d *deed
	for d == nil {
		switch {
		case !slices.Contains(n.known, dansFile) || n.chance(80):
			d = n.filing()
		case len(n.cases) == 0 || n.chance(40):
			d = n.asking()
		case n.chance(150):
			d = n.signalling()
		case n.chance(150):
			d = n.supplying()
		case n.chance(100):
			d = n.telling()
		case n.chance(100):
			d = n.tending()
		case n.chance(40):
			d = n.appointing()
		default:
			d = n.working()
		}
	}
	if n.chance(20) {
		d.keys[0] = n.anyKey()
	}
	return d.service(), d.signed()
}

// does is somebody's deed, by a device that the founding gave them.
func (n *needs) does(who, operation string, body proto.Message, with ...string) *deed {
	d := &deed{operation: operation, body: body, keys: [][]byte{keyFor(who)}}
	for _, name := range with {
		d.keys = append(d.keys, keyFor(name))
	}
	return d
}

// appointing makes cat an officer, once more each time: that is refused, and does no harm.
func (n *needs) appointing() *deed {
	return n.does(ann, community.OpGrantRole, &communityv1.GrantRole{
		Member: idFor(cat), Role: communityv1.Role_ROLE_OFFICER, Org: idFor(orgOne),
	})
}

func (n *needs) filing() *deed {
	some := idFor(fmt.Sprint("file ", n.r.IntN(6)))
	switch n.r.IntN(9) {
	case 0, 1:
		return n.does(dan, "aid.register", &aidv1.RegisterBeneficiary{Beneficiary: dansFile, Member: idFor(dan)})
	case 2:
		return n.does(ann, "aid.register", &aidv1.RegisterBeneficiary{Beneficiary: some, DedupCode: keyFor("code")})
	case 3:
		file := &aidv1.FileField{Field: aidv1.Field(1 + n.r.IntN(5)), Text: textFor("file")}
		return n.does(dan, "aid.amend_file", &aidv1.AmendFile{Beneficiary: dansFile, File: file})
	case 4:
		return n.does(dan, "aid.name_proxy", &aidv1.NameProxy{Beneficiary: dansFile})
	case 5:
		if n.chance(200) {
			return n.does(dan, "aid.withdraw_consent", &aidv1.WithdrawConsent{Beneficiary: dansFile, Purpose: n.purpose()})
		}
	case 6:
		if into, ok := pick(n.crowd, n.known); ok && some != dansFile {
			return n.does(ann, "aid.merge", &aidv1.MergeBeneficiaries{Into: into, From: some}, bob)
		}
	case 7:
		if from, ok := pick(n.crowd, n.merged); ok {
			return n.does(bob, "aid.unmerge", &aidv1.UnmergeBeneficiaries{From: from}, ann)
		}
	}
	return n.does(dan, "aid.give_consent", &aidv1.GiveConsent{Beneficiary: dansFile, Purpose: n.purpose()})
}

func (n *needs) purpose() aidv1.ConsentPurpose { return aidv1.ConsentPurpose(1 + n.r.IntN(5)) }

func (n *needs) asking() *deed {
	return n.does(dan, "aid.request", &aidv1.RequestAid{
		Beneficiary: dansFile, Channel: aidv1.RequestChannel_REQUEST_CHANNEL_SELF, Category: "food", Urgency: aidv1.Urgency(1 + n.r.IntN(4)),
		Quantity: 9, Unit: "meal", Text: textFor("request"),
	})
}

// working does with a case what comes next.
func (n *needs) working() *deed {
	id, ok := pick(n.crowd, n.cases[max(0, len(n.cases)-3):])
	if !ok {
		return nil
	}
	words, worker := textFor("words"), n.worker[id]
	appeal := func() *deed { return n.does(dan, "aid.appeal", &aidv1.AppealCase{Case: id, Text: words}) }
	switch n.last[id] {
	case "AidRequested", "CaseReopened", "AppealUpheld", "ReferralAccepted":
		if n.chance(60) {
			return n.does(dan, "aid.withdraw", &aidv1.WithdrawAid{Case: id})
		}
		return n.does(worker, "aid.assign", &aidv1.AssignCase{Case: id, Worker: idFor(worker)})
	case "CaseAssigned", "ReferralDeclined":
		if n.chance(150) {
			return n.does(worker, "aid.refer", &aidv1.ReferCase{Case: id, Org: idFor(orgTwo), Reason: words})
		}
		return n.does(worker, "aid.assess", &aidv1.AssessCase{Case: id, Urgency: aidv1.Urgency(1 + n.r.IntN(4)), Findings: words})
	case "CaseReferred":
		return n.does(bob, "aid.answer_referral", &aidv1.AnswerReferral{Case: id, Accept: n.chance(400)})
	case "CaseAssessed":
		if n.chance(150) {
			return n.does(cat, "aid.refuse", &aidv1.RefuseAid{Case: id, Reason: words})
		}
		return n.does(worker, "aid.plan", &aidv1.PlanCase{Case: id, Plan: words})
	case "CasePlanned":
		return n.does(cat, "aid.approve", &aidv1.ApproveAid{Case: id, Quantity: int64(5 + n.r.IntN(5))})
	case "AidApproved", "AppealRejected", "AppealWithdrawn":
		if n.chance(150) {
			return appeal()
		}
		return n.does(worker, "aid.order", &aidv1.OrderWork{Case: id, Member: idFor(cat), Quantity: int64(1 + n.r.IntN(5))})
	case "AidRefused":
		return appeal()
	case "CaseAppealed":
		if n.chance(200) {
			return n.does(dan, "aid.withdraw_appeal", &aidv1.WithdrawAppeal{Case: id})
		}
		return n.does(bob, "aid.decide_appeal", &aidv1.DecideAppeal{Case: id, Upheld: n.chance(500), Reason: words})
	case "CaseClosed":
		if n.chance(500) {
			return appeal()
		}
		return n.does(dan, "aid.reopen", &aidv1.ReopenCase{Case: id, Reason: words})
	}
	return n.bringing(id, worker, words)
}

// bringing does what comes next once something was ordered.
func (n *needs) bringing(id, worker string, words *communityv1.Text) *deed {
	switch n.last[id] {
	case "WorkListed":
		return n.does(cat, "aid.answer_order", &aidv1.AnswerOrder{Order: n.order[id], Accept: n.chance(800)})
	case "OrderAccepted":
		if n.chance(400) {
			return n.does(worker, "aid.repeat_order", &aidv1.RepeatOrder{
				Order: n.order[id], First: n.now + 60_000, EverySeconds: 3600, GraceSeconds: 300, Quantity: 1,
			})
		}
		return n.does(cat, "aid.visit", &aidv1.RecordVisit{
			Order: n.order[id], Outcome: aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED, Quantity: 1, Evidence: words, Last: n.chance(700),
		})
	case "AidDelivered", "WorkEnded", "WorkDelivered", "OrderDeclined":
		if n.chance(300) {
			return n.does(bob, "aid.call_back", &aidv1.RecordCallBack{Case: id, Settled: n.chance(500), Text: words})
		}
		return n.does(dan, "aid.acknowledge", &aidv1.AcknowledgeAid{Case: id, Quantity: int64(n.r.IntN(2)), Settled: n.chance(700)})
	case "AidAcknowledged", "CallBackRecorded":
		if n.chance(300) {
			return n.does(worker, "aid.order", &aidv1.OrderWork{Case: id, Member: idFor(cat), Quantity: 1})
		}
		return n.does(worker, "aid.close", &aidv1.CloseCase{Case: id})
	}
	return nil
}

// waiting has a word of dan's waited for each day, says it, and at times no longer.
func (n *needs) waiting(sensor string) *deed {
	switch n.r.IntN(5) {
	case 0:
		return n.does(dan, "aid.arrange_check_in", &aidv1.ArrangeCheckIn{
			Beneficiary: dansFile, FromMinutes: uint32(n.r.IntN(24 * 60)), ByMinutes: uint32(n.r.IntN(24 * 60)),
		})
	case 1:
		return n.does(dan, "aid.end_check_in", &aidv1.EndCheckIn{Beneficiary: dansFile})
	case 2:
		return n.does(dan, "aid.say_well", &aidv1.SayWell{Beneficiary: dansFile})
	}
	return n.does(sensor, "aid.send_well", &aidv1.SendWell{})
}

func (n *needs) signalling() *deed {
	sensor := fmt.Sprint("sensor ", n.r.IntN(3))
	if n.chance(300) {
		return n.waiting(sensor)
	}
	switch n.r.IntN(6) {
	case 0:
		return n.does(dan, "aid.enrol_sensor", &aidv1.EnrolSensor{Beneficiary: dansFile, Key: keyFor(sensor)})
	case 1:
		if id, ok := pick(n.crowd, n.sensors); ok && n.chance(200) {
			return n.does(dan, "aid.revoke_sensor", &aidv1.RevokeSensor{Sensor: id})
		}
	case 2:
		if alert, ok := pick(n.crowd, n.alerts); ok {
			return n.does(ann, "aid.triage", &aidv1.TriageAlert{
				Alert: alert, Outcome: aidv1.TriageOutcome(1 + n.r.IntN(4)), Text: textFor("looked"), Category: "care", Urgency: 3,
			})
		}
	case 3:
		return n.does(dan, "aid.raise_alert", &aidv1.RaiseAlert{
			Beneficiary: dansFile, Kind: 1, Level: aidv1.SignalLevel(1 + n.r.IntN(2)), Text: textFor("help"),
		})
	}
	return n.does(sensor, "aid.send_signal", &aidv1.SendSignal{Kind: 2, Level: aidv1.SignalLevel(1 + n.r.IntN(2))})
}

func (n *needs) supplying() *deed {
	load := func(q int) *aidv1.Capacity {
		return &aidv1.Capacity{Category: "food", Unit: "meal", Quantity: int64(q)}
	}
	stock, stocked := pick(n.crowd, n.stocks)
	arrival, comes := pick(n.crowd, slices.Sorted(maps.Keys(n.arrives)))
	switch n.r.IntN(8) {
	case 0:
		return n.does(ann, "aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"})
	case 1:
		if stocked {
			return n.does(cat, "aid.count_stock", &aidv1.CountStock{Stock: stock, Quantity: int64(n.r.IntN(9)), Evidence: textFor("list")})
		}
	case 2:
		if stocked {
			return n.does(ann, "aid.move_stock", &aidv1.MoveStock{Stock: stock, Move: aidv1.StockMove(1 + 4*n.r.IntN(2)), Quantity: 3})
		}
	case 3:
		return n.does(ann, "aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{load(20)}})
	case 4:
		receiver := []string{"", idFor(orgOne)}[n.r.IntN(2)]
		return n.does(bob, "aid.announce_arrival", &aidv1.AnnounceArrival{Load: load(1 + n.r.IntN(9)), Due: n.now + 60_000, Receiver: receiver})
	case 5:
		if comes && n.arrives[arrival] {
			return n.does(ann, "aid.receive_arrival", &aidv1.ReceiveArrival{
				Arrival: arrival, Quantity: int64(n.r.IntN(9)), Evidence: textFor("note"), Stock: []string{"", stock}[n.r.IntN(2)],
			})
		}
		if comes {
			return n.does(bob, "aid.name_receiver", &aidv1.NameReceiver{Arrival: arrival, Org: idFor(orgOne)})
		}
	case 6:
		if stocked {
			return n.offering(stock)
		}
	case 7:
		return n.does(bob, "aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{load(1 + n.r.IntN(20))}})
	}
	return nil
}

// offering has what is free of a stock stand as an offer of a depot's, or no longer.
func (n *needs) offering(stock string) *deed {
	depot, ok := pick(n.crowd, n.depots)
	if !ok {
		return n.does(ann, "matching.register_provider", &matchingv1.RegisterProvider{
			Org: idFor(orgOne), Member: idFor(cat), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 5},
		})
	}
	if n.chance(200) {
		return n.does(ann, "aid.withhold_stock", &aidv1.WithholdStock{Stock: stock})
	}
	return n.does(ann, "aid.offer_stock", &aidv1.OfferStock{Stock: stock, Provider: depot, Skill: "meal"})
}

// needPlay is a play that adds to a tally at its end.
type needPlay struct {
	*needs
	mu   *sync.Mutex
	into map[string]int
}

// Rest adds what happened.
func (n *needPlay) Rest(now int64) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	for name, times := range n.seen { // any order: a sum
		n.into[name] += times
	}
	return append(n.needs.Rest(now), n.policies.rest(now-lateMS)...)
}

// TestSimulationOfNeeds: the same promises where people in need are helped, and every fact of that happens.
func TestSimulationOfNeeds(t *testing.T) {
	cfg := simulation()
	cfg.Seeds = sim.Seeds{Quick: 40, CI: 600, Long: 3_000}
	var mu sync.Mutex
	all := map[string]int{}
	cfg.Workload = func() sim.Workload { return &needPlay{newNeeds(), &mu, all} }
	sim.Check(t, cfg)
	t.Logf("happened: %v", all)
	commands := notEvents()
	for _, f := range files() {
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			if f.Package() == "renlin.aid.v1" && !t.Failed() && !commands[m.FullName()] && all[string(m.Name())] == 0 {
				t.Errorf("%s never happened", m.FullName())
			}
		}
	}
}
