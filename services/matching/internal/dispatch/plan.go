package dispatch

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// Bounds of one plan. A larger one is adopted in parts; each is judged by itself.
const (
	linesMax      = 100
	standbysMax   = 8
	planAgeMillis = 10 * 60 * 1000
	priceMax      = 1 << 40
	tieMax        = 1 << 50
)

// NewID names what a command makes when it makes several: the nth assignment of a plan.
func NewID(id chain.CommandID, n int) string {
	var buf [sha256.Size + 8]byte
	copy(buf[:], id[:])
	binary.BigEndian.PutUint64(buf[sha256.Size:], uint64(n))
	sum := sha256.Sum256(buf[:])
	return chain.ShortID(sum[:])
}

// partsOf gives the provider and the skill of an offer's path, provider/<id>/offer/<skill>.
func partsOf(offer string) (provider, skill string) {
	parts := strings.Split(offer, "/")
	return parts[1], parts[3]
}

// adoption is a plan while it is being judged.
type adoption struct {
	*facts
	cmd     *decider.Command
	body    *matchingv1.AdoptPlan
	needs   map[string]*touched
	order   []string // of needs, as the plan names them
	prices  map[string]supply.Margin
	seed    []byte   // of an optimal plan
	base    uint64   // how many commits it has looked at
	touched []string // paths of offers that matches take from, and that have a price, once each
	beside  []string // paths of offers that stand by
	given   map[share]int64
}

// touched is a need with what the plan makes of it.
type touched struct {
	need              *supply.Need
	matched, unserved int64
	// value is what a unit of it costs at the margin; set by the first line that names it.
	value  supply.Margin
	valued bool
}

// Adopt judges a plan and puts its assignments on the record. Nothing is solved here: it is held against every rule that an assignment
// must keep, and, where it says that it is optimal, its prices against every line that it touches; see slack.go.
func Adopt(v *decider.View, cmd *decider.Command, body *matchingv1.AdoptPlan) ([]decider.Change, error) {
	opensAt, err := opening(v, cmd, body.GetClaim())
	if err != nil {
		return nil, err
	}
	if err := checkPlan(cmd, body); err != nil {
		return nil, err
	}
	a := &adoption{facts: newFacts(v, cmd.Time), cmd: cmd, body: body, needs: map[string]*touched{}, prices: map[string]supply.Margin{}}
	a.given = map[share]int64{}
	if err := a.readBase(); err != nil {
		return nil, err
	}
	if err := a.readPrices(); err != nil {
		return nil, err
	}
	var objective int64
	plan := cmd.ID.NewAggregate()
	for i, m := range body.GetMatches() {
		cost, err := a.match(NewID(cmd.ID, i), plan, m, opensAt)
		if err != nil {
			return nil, fault.Of(err).With("need", m.GetNeed())
		}
		objective += cost
	}
	unserved, err := a.leave(plan)
	if err != nil {
		return nil, err
	}
	if err := a.checkShares(); err != nil {
		return nil, err
	}
	if a.optimal() {
		if err := a.checkSlack(); err != nil {
			return nil, err
		}
		if err := a.checkLeftOut(); err != nil {
			return nil, err
		}
		if err := a.checkScarce(); err != nil {
			return nil, err
		}
	}
	a.say(PlanPath(plan), &matchingv1.PlanAdopted{
		Claim: body.GetClaim(), PlannedAt: body.GetPlannedAt(), Objective: objective + unserved,
		Matches: uint32(len(body.GetMatches())), Unserved: uint32(len(body.GetUnserved())), Seed: a.seeded(),
		Blob: body.GetBlob(), Digest: body.GetDigest(), Prices: body.GetPrices(), By: cmd.Actor, OpensAt: opensAt,
		Base: a.base, LeftOut: body.GetLeftOut(), Scarce: body.GetScarce(), Shares: body.GetShares(),
	})
	return a.changes, nil
}

// optimal tells whether the plan says that it is.
func (a *adoption) optimal() bool { return a.body.GetClaim() == matchingv1.Claim_CLAIM_OPTIMAL }

// opening gives when a plan's assignments are offered, 0 for at once: a human who signs is enough; a program is heard as far as the mode
// lets it, and only with prices: nobody has looked at what it prefers.
func opening(v *decider.View, cmd *decider.Command, claim matchingv1.Claim) (int64, error) {
	if overseer(v, cmd) {
		return 0, nil
	}
	mode := current(v, cmd.Time)
	if d, ok := decider.Get[Dispatching](v, ModePath); ok && d.Until > 0 {
		v.Window(0, d.Until) // it is not heard any more when it is written
	}
	switch {
	case mode != matchingv1.Mode_MODE_EMERGENCY && mode != matchingv1.Mode_MODE_VETO:
		return 0, ErrPlanAdvice
	case claim != matchingv1.Claim_CLAIM_OPTIMAL:
		return 0, ErrPlanUnproved
	case mode == matchingv1.Mode_MODE_VETO:
		return cmd.Time + supply.CurrentRules(v).VetoMillis(), nil
	}
	return 0, nil
}

func checkPlan(cmd *decider.Command, body *matchingv1.AdoptPlan) error {
	lines := len(body.GetMatches()) + len(body.GetUnserved())
	switch {
	case lines == 0 || lines > linesMax || len(body.GetPrices()) > linesMax:
		return ErrPlanEmpty
	case body.GetClaim() != matchingv1.Claim_CLAIM_PROVISIONAL && body.GetClaim() != matchingv1.Claim_CLAIM_OPTIMAL:
		return ErrPlanClaim
	case body.GetClaim() == matchingv1.Claim_CLAIM_PROVISIONAL && len(body.GetPrices())+len(body.GetScarce())+len(body.GetShares()) > 0:
		// nothing would hold them against anything
		return ErrPlanPrice
	case body.GetPlannedAt() > cmd.Time || body.GetPlannedAt() < cmd.Time-planAgeMillis:
		return ErrPlanOld
	case body.GetClaim() == matchingv1.Claim_CLAIM_PROVISIONAL && (len(body.GetDigest()) > 0 || body.GetBlob() != ""):
		return ErrPlanBlob
	}
	return nil
}

func (a *adoption) readPrices() error {
	for _, p := range a.body.GetPrices() {
		path := supply.OfferPath(p.GetProvider(), p.GetSkill())
		price := supply.Margin{Cost: p.GetPrice(), Tie: p.GetTie()}
		_, twice := a.prices[path]
		if twice || price.Less(supply.Margin{}) || price.Cost > priceMax || price.Tie > tieMax || price.Tie < -tieMax {
			return ErrPlanPrice
		}
		if _, err := a.supplier(p.GetProvider(), p.GetSkill()); err != nil {
			return err
		}
		a.prices[path] = price
		a.touched = append(a.touched, path)
	}
	return nil
}

// need finds a need that a plan names, and sees to it that anybody still waits for it.
func (a *adoption) need(id string) (*touched, error) {
	if t := a.needs[id]; t != nil {
		return t, nil
	}
	n, err := supply.FindNeed(a.v, id)
	if err != nil {
		return nil, err
	}
	if err := n.MustBeOpen(); err != nil {
		return nil, err
	}
	if n.Uptake != "" {
		a.v.Window(0, n.Until)
	}
	t := &touched{need: n}
	a.needs[id] = t
	a.order = append(a.order, id)
	return t, nil
}

// match judges one match and answers what it costs.
func (a *adoption) match(id, plan string, m *matchingv1.Match, opensAt int64) (int64, error) {
	t, err := a.need(m.GetNeed())
	if err != nil {
		return 0, err
	}
	q := m.GetQuantity()
	switch {
	case q < 1 || len(m.GetProviders()) == 0 || len(m.GetProviders()) > 1+standbysMax:
		return 0, ErrPlanMatch
	case t.need.Waiting-t.matched < q:
		return 0, ErrPlanQuantity
	}
	planned := &matchingv1.AssignmentPlanned{
		Need: m.GetNeed(), Plan: plan, Skill: t.need.Skill, Quantity: q, OpensAt: opensAt, Priority: t.need.Priority,
		Beneficiary: t.need.Beneficiary,
	}
	var cost int64
	if planned.Candidates, cost, err = a.candidates(t.need, m); err != nil {
		return 0, err
	}
	if planned.Preferred, err = a.preferred(t.need, m); err != nil {
		return 0, err
	}
	first := planned.Candidates[0]
	served := supply.Margin{Cost: cost, Tie: supply.Tie(a.seed, m.GetNeed(), first.GetProvider())}
	if err := a.value(t, served, supply.OfferPath(first.GetProvider(), t.need.Skill)); err != nil {
		return 0, err
	}
	t.matched += q
	a.given[share{t.need.Skill, first.GetOrg()}] += q
	a.say(Path(id), planned)
	a.say(supply.NeedPath(m.GetNeed()), &matchingv1.NeedMatched{Assignment: id, Quantity: q})
	a.move(id, first.GetProvider(), t.need.Skill, q, 0)
	for _, c := range planned.Candidates[1:] {
		a.move(id, c.GetProvider(), t.need.Skill, 0, q)
	}
	if opensAt == 0 {
		local := plannedOf(a.now, planned)
		a.open(id, &local, t.need)
	}
	return cost * q, nil
}

// candidates judges those who would serve a match: who is first must have room, who stands by must have room to stand by, all must fit,
// and no two are of one organisation, or one person's.
// It answers what a unit costs with the first. How a volunteer of their own has answered so far is in no event.
func (a *adoption) candidates(need *supply.Need, m *matchingv1.Match) (out []*matchingv1.Candidate, cost int64, err error) {
	var parties, members []string
	for i, id := range m.GetProviders() {
		s, err := a.supplier(id, need.Skill)
		if err != nil {
			return nil, 0, err
		}
		if slices.Contains(parties, s.Party()) || slices.Contains(members, s.Provider.Member) {
			return nil, 0, ErrPlanMatch
		}
		parties, members = append(parties, s.Party()), append(members, s.Provider.Member)
		if err := supply.Fits(need, s, a.rules, a.now); err != nil {
			return nil, 0, err
		}
		if a.optimal() {
			if err := need.Willing(id, a.now); err != nil {
				return nil, 0, err
			}
		}
		switch {
		case i == 0 && s.Free() < m.GetQuantity(), s.Offer.Capacity < m.GetQuantity():
			return nil, 0, supply.ErrFull
		case i > 0 && s.FreeStandby(a.rules) < m.GetQuantity():
			return nil, 0, supply.ErrStandbyFull
		}
		if i > 0 {
			a.beside = append(a.beside, supply.OfferPath(id, need.Skill))
		} else if err := s.Answers(a.now); err != nil {
			return nil, 0, err
		}
		c := supply.CostOf(need, s, a.body.GetPlannedAt())
		if i == 0 {
			cost = c.Sum()
		}
		if s.Party() == id {
			c.Reliability = 0
		}
		out = append(out, &matchingv1.Candidate{
			Provider: id, Org: s.Party(), DistanceCost: c.Distance, ReliabilityCost: c.Reliability, WindowCost: c.Window,
		})
	}
	return out, cost, nil
}

// leave judges what the plan leaves unserved and answers what that costs.
func (a *adoption) leave(plan string) (int64, error) {
	var sum int64
	for _, u := range a.body.GetUnserved() {
		t, err := a.need(u.GetNeed())
		if err != nil {
			return 0, err
		}
		_, known := matchingv1.Shortage_name[int32(u.GetShortage())]
		switch {
		case !known || u.GetShortage() == 0 || u.GetQuantity() < 1 || t.unserved > 0:
			return 0, ErrPlanShortage.With("need", u.GetNeed())
		case t.need.Waiting-t.matched < u.GetQuantity():
			return 0, ErrPlanQuantity.With("need", u.GetNeed())
		}
		t.unserved = u.GetQuantity()
		sum += u.GetQuantity() * supply.UnservedCost(t.need, a.body.GetPlannedAt())
		a.say(supply.NeedPath(u.GetNeed()), &matchingv1.NeedUnserved{Quantity: u.GetQuantity(), Shortage: u.GetShortage(), Plan: plan})
	}
	return sum, nil
}

// value notes what a unit of a need costs at the margin: the match's own cost and the price of the offer that it takes from. Of several
// matches of one need all must say the same, or a cheaper plan would move a unit from one to the other.
func (a *adoption) value(t *touched, served supply.Margin, offer string) error {
	if _, priced := a.prices[offer]; !priced {
		a.prices[offer] = supply.Margin{}
		a.touched = append(a.touched, offer)
	}
	value := served.Plus(a.prices[offer])
	if t.valued && t.value != value && a.optimal() {
		return ErrNotOptimal.With("condition", "one_price")
	}
	t.value, t.valued = value, true
	return nil
}
