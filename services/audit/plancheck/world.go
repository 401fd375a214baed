package plancheck

import (
	"slices"
	"strings"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// world is what waits and what is offered at a place of the record.
type world struct {
	needs     map[string]*need
	providers map[string]*provider
	offers    map[[2]string]*offer // by provider and skill
	conducts  map[string]*conduct
	requires  map[string][]string // what must be attested for a skill
	rules     *communityv1.MatchingRules
}

type need struct {
	raised       *matchingv1.NeedRaised
	waiting      int64
	since        int64 // it waits since then
	priority     int64
	assessed     bool
	over         bool // withdrawn, or out of time
	passed       map[string]int64
	cell         [2]int64
	from, until  int64
	beneficiary  string
	attestations []string
}

type provider struct {
	org, member  string
	cell         [2]int64
	radius       int64
	languages    []string
	attested     map[string][]string // by organisation
	registeredAt int64
	retired      bool
}

type offer struct {
	capacity, taken int64
	from, until     int64
	publishedAt     int64
	// load is the smoothed load in thousandths as of loadAt.
	load, loadAt int64
	overloaded   bool
	goods        bool // of a stock, which does not tire
}

type conduct struct {
	accepted, refused, lapsed, missed, failed, completed int64
	silent, openUntil                                    int64
}

func newWorld() *world {
	return &world{
		needs: map[string]*need{}, providers: map[string]*provider{}, offers: map[[2]string]*offer{}, conducts: map[string]*conduct{},
		requires: map[string][]string{},
	}
}

// fold takes one fact in.
func (w *world) fold(f *fact) {
	parts := strings.Split(f.aggregate, "/")
	switch {
	case len(parts) == 2 && parts[0] == "need":
		w.foldNeed(parts[1], f)
	case len(parts) == 2 && parts[0] == "provider":
		w.foldProvider(parts[1], f)
	case len(parts) == 4 && parts[0] == "provider" && parts[2] == "offer":
		w.foldOffer([2]string{parts[1], parts[3]}, f)
	case len(parts) == 2 && parts[0] == "conduct":
		w.foldConduct(parts[1], f)
	case parts[0] == "rulebook":
		if b, ok := f.body.(*communityv1.RulebookAdopted); ok {
			w.requires, w.rules = map[string][]string{}, b.GetRulebook().GetMatching()
			for _, s := range b.GetRulebook().GetMatching().GetSkills() {
				w.requires[s.GetCode()] = s.GetRequires()
			}
		}
	}
}

func (w *world) foldNeed(id string, f *fact) {
	if b, raised := f.body.(*matchingv1.NeedRaised); raised {
		w.needs[id] = &need{
			raised: b, waiting: b.GetQuantity(), since: max(f.time, b.GetFrom()), priority: unassessed, passed: map[string]int64{},
			cell: cellOf(b.GetCell()), from: b.GetFrom(), until: b.GetUntil(), beneficiary: b.GetBeneficiary(), attestations: b.GetAttestations(),
		}
		return
	}
	n := w.needs[id]
	if n == nil {
		return
	}
	switch b := f.body.(type) {
	case *matchingv1.NeedAssessed:
		n.priority, n.assessed = int64(b.GetPriority()), b.GetBy() != ""
	case *matchingv1.NeedMatched:
		n.waiting -= b.GetQuantity()
	case *matchingv1.NeedReturned:
		n.again(b.GetQuantity())
		for _, p := range b.GetPassed() {
			n.passed[p.GetProvider()] = p.GetUntil()
		}
	case *matchingv1.NeedAcknowledged:
		n.again(b.GetShort())
	case *matchingv1.NeedReferred:
		n.waiting -= b.GetQuantity()
	case *matchingv1.NeedReferralEnded:
		n.again(b.GetReturned())
		if b.GetLate() {
			n.again(-b.GetServed())
		}
	case *matchingv1.NeedWithdrawn:
		n.over, n.waiting = true, 0
	case *matchingv1.NeedExpired:
		n.over = true
		n.waiting -= b.GetQuantity()
	}
}

// again has so much wait again, if anybody still waits for it.
func (n *need) again(quantity int64) {
	if !n.over {
		n.waiting += quantity
	}
}

func (w *world) foldProvider(id string, f *fact) {
	if b, registered := f.body.(*matchingv1.ProviderRegistered); registered {
		w.providers[id] = &provider{org: b.GetOrg(), member: b.GetMember(), attested: map[string][]string{}, registeredAt: f.time}
		w.providers[id].reach(b.GetReach())
		return
	}
	p := w.providers[id]
	if p == nil {
		return
	}
	switch b := f.body.(type) {
	case *matchingv1.ProviderMoved:
		p.reach(b.GetReach())
	case *matchingv1.ProviderAttested:
		p.attested[b.GetOrg()] = b.GetAttestations()
	case *matchingv1.ProviderRetired:
		p.retired = true
	}
}

func (p *provider) reach(r *matchingv1.Reach) {
	p.cell, p.radius, p.languages = cellOf(r.GetCell()), int64(r.GetRadiusCells()), r.GetLanguages()
}

func cellOf(c *matchingv1.Cell) [2]int64 { return [2]int64{int64(c.GetEast()), int64(c.GetNorth())} }

// has tells whether some organisation has seen it.
func (p *provider) has(attestation string) bool {
	for _, codes := range p.attested { // any order: one is enough
		if slices.Contains(codes, attestation) {
			return true
		}
	}
	return false
}

func (w *world) foldOffer(key [2]string, f *fact) {
	o := w.offers[key]
	if o == nil {
		o = &offer{loadAt: f.time}
		w.offers[key] = o
	}
	if steps := (f.time - o.loadAt) / loadStep; steps > 0 {
		o.load, o.overloaded = o.loadedAt(f.time)
		o.loadAt += steps * loadStep
	}
	switch b := f.body.(type) {
	case *matchingv1.OfferPublished:
		o.capacity, o.from, o.until, o.publishedAt = b.GetCapacity(), b.GetFrom(), b.GetUntil(), f.time
		o.goods = b.GetStock() != ""
	case *matchingv1.CapacityMoved:
		o.taken += b.GetTaken()
		if handed := b.GetHanded(); handed != 0 { // goods that were handed out do not come back
			o.capacity = max(0, o.capacity-handed)
		}
	}
}

func (w *world) foldConduct(id string, f *fact) {
	b, ok := f.body.(*matchingv1.AnswerCounted)
	if !ok {
		return
	}
	c := w.conducts[id]
	if c == nil {
		c = &conduct{}
		w.conducts[id] = c
	}
	switch b.GetConduct() {
	case matchingv1.Conduct_CONDUCT_ACCEPTED:
		c.accepted++
		return
	case matchingv1.Conduct_CONDUCT_REFUSED:
		c.refused++
		c.silent, c.openUntil = 0, 0
		return
	case matchingv1.Conduct_CONDUCT_COMPLETED:
		c.completed++
		c.silent, c.openUntil = 0, 0
		return
	case matchingv1.Conduct_CONDUCT_LAPSED:
		c.lapsed++
	case matchingv1.Conduct_CONDUCT_MISSED:
		c.missed++
	case matchingv1.Conduct_CONDUCT_FAILED:
		c.failed++
	default:
		return
	}
	if c.silent++; c.silent >= silences {
		c.openUntil = f.time + restMillis
	}
}
