package services_test

import (
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// matchingDeeds are done in one play of some: there half of everything is about needs.
var matchingDeeds = []func(*crowd) *deed{
	(*crowd).needs, (*crowd).needs, (*crowd).judges, (*crowd).takesNeedBack, (*crowd).serves, (*crowd).serves, (*crowd).offersMeals,
	(*crowd).offersMeals, (*crowd).moves, (*crowd).attests, (*crowd).retires, (*crowd).plans, (*crowd).plans, (*crowd).plans,
	(*crowd).replies, (*crowd).replies, (*crowd).replies, (*crowd).brings, (*crowd).brings, (*crowd).brings, (*crowd).confirms,
	(*crowd).overrules, (*crowd).switches, (*crowd).imports, (*crowd).imports, (*crowd).looks, (*crowd).looks,
}

func (c *crowd) thinkMatching() *deed {
	do, _ := pick(c, matchingDeeds)
	return do(c)
}

func cellOf(c *crowd) *matchingv1.Cell {
	return &matchingv1.Cell{East: int32(c.r.IntN(7)), North: int32(c.r.IntN(3)) - 1}
}

func (c *crowd) needs() *deed {
	who, ok := c.member()
	if !ok {
		return nil
	}
	b := &matchingv1.RaiseNeed{Skill: "meal", Quantity: 1 + int64(c.r.IntN(3)), Cell: cellOf(c), Text: textFor("soup")}
	if c.chance(300) {
		b.Until = c.now + 1000
	}
	if officer, ok := c.office(communityv1.Role_ROLE_OFFICER); ok && c.chance(200) {
		b.Beneficiary, who = who, officer
	}
	return c.by(who, "matching.raise_need", b)
}

// wantedNow is a need of which something waits.
func (c *crowd) wantedNow() (string, bool) {
	return anyOf(c, c.help.needs, func(_ string, n *askedFor) bool { return n.waiting > 0 && !n.over })
}

func (c *crowd) judges() *deed {
	id, ok := c.wantedNow()
	officer, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found {
		return nil
	}
	return c.by(officer, "matching.assess_need", &matchingv1.AssessNeed{
		Need: id, Priority: uint32(c.r.IntN(9)) + 1, Vulnerable: c.chance(300),
	})
}

func (c *crowd) takesNeedBack() *deed {
	id, ok := anyOf(c, c.help.needs, func(_ string, n *askedFor) bool { return !n.over && n.waiting+n.held > 0 })
	if !ok || c.chance(500) {
		return nil
	}
	if officer, ok := c.office(communityv1.Role_ROLE_OFFICER); ok && c.chance(200) {
		other, _ := c.wantedNow()
		return c.by(officer, "matching.withdraw_need", &matchingv1.WithdrawNeed{
			Need: id, Screening: matchingv1.Screening_SCREENING_DUPLICATE, SameAs: other,
		})
	}
	return c.by(c.help.needs[id].who, "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: id})
}

func (c *crowd) serves() *deed {
	who, ok := c.member()
	if !ok || len(c.help.serves) > 12 {
		return nil
	}
	b := &matchingv1.RegisterProvider{Member: who, Reach: &matchingv1.Reach{Cell: cellOf(c), RadiusCells: 5}}
	if officer, ok := c.office(communityv1.Role_ROLE_OFFICER); ok && c.chance(400) {
		b.Org, who = c.officerOf(officer), officer
	}
	return c.by(who, "matching.register_provider", b)
}

func (c *crowd) aServer() (string, bool) {
	return anyOf(c, c.help.serves, func(_ string, s *server) bool { return !s.retired })
}

func (c *crowd) offersMeals() *deed {
	id, ok := c.aServer()
	if !ok {
		return nil
	}
	return c.by(c.help.serves[id].member, "matching.publish_offer", &matchingv1.PublishOffer{
		Provider: id, Skill: "meal", Capacity: int64(c.r.IntN(6)),
	})
}

func (c *crowd) moves() *deed {
	id, ok := c.aServer()
	if !ok || c.chance(500) {
		return nil
	}
	return c.by(c.help.serves[id].member, "matching.move_provider", &matchingv1.MoveProvider{
		Provider: id, Reach: &matchingv1.Reach{Cell: cellOf(c), RadiusCells: uint32(c.r.IntN(8))},
	})
}

func (c *crowd) attests() *deed {
	id, ok := c.aServer()
	officer, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found || c.chance(500) {
		return nil
	}
	return c.by(officer, "matching.attest_provider", &matchingv1.AttestProvider{
		Provider: id, Attestations: []string{"first-aid"}, Evidence: textFor("a paper"),
	})
}

func (c *crowd) retires() *deed {
	id, ok := c.aServer()
	if !ok || c.chance(800) {
		return nil
	}
	return c.by(c.help.serves[id].member, "matching.retire_provider", &matchingv1.RetireProvider{Provider: id})
}

// plans has an officer match a need with some who seem to have room, or say that there is nobody.
func (c *crowd) plans() *deed {
	need, ok := c.wantedNow()
	officer, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found || c.lately("plan "+need, 50) {
		return nil
	}
	b := &matchingv1.AdoptPlan{Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: c.now - 1000}
	if c.chance(150) {
		b.Unserved = []*matchingv1.Unserved{{Need: need, Quantity: 1, Shortage: matchingv1.Shortage_SHORTAGE_CAPACITY}}
		return c.by(officer, "matching.adopt_plan", b)
	}
	m := &matchingv1.Match{Need: need, Quantity: 1, Reason: matchingv1.Reason_REASON_OTHER}
	orgs := map[string]bool{}
	for range 8 {
		id, ok := anyOf(c, c.help.serves, func(_ string, s *server) bool {
			return !s.retired && s.of("meal").taken < s.of("meal").capacity && s.member != c.help.needs[need].who
		})
		if !ok {
			break
		}
		org := c.help.serves[id].org
		if org == "" {
			org = id
		}
		if !orgs[org] && len(m.Providers) < 3 {
			orgs[org] = true
			m.Providers = append(m.Providers, id)
		}
	}
	if len(m.Providers) == 0 {
		return nil
	}
	b.Matches = []*matchingv1.Match{m}
	return c.by(officer, "matching.adopt_plan", b)
}

// replies has somebody who is asked, or was, say yes or no.
func (c *crowd) replies() *deed {
	id, ok := anyOf(c, c.help.jobs, func(_ string, j *job) bool { return len(j.asked) > 0 })
	if !ok {
		return nil
	}
	provider, ok := pick(c, ids(c.help.jobs[id].asked, func(string, int64) bool { return true }))
	if !ok {
		provider, _ = pick(c, c.help.jobs[id].candidates)
	}
	who := c.help.serves[provider].member
	if c.chance(200) {
		return c.by(who, "matching.refuse", &matchingv1.RefuseAssignment{
			Assignment: id, Provider: provider, Reason: matchingv1.Reason_REASON_BUSY,
		})
	}
	return c.by(who, "matching.accept", &matchingv1.AcceptAssignment{Assignment: id, Provider: provider})
}

// brings has somebody who serves go on with it, or give it up.
func (c *crowd) brings() *deed {
	id, ok := anyOf(c, c.help.jobs, func(_ string, j *job) bool { return j.holder != "" && !j.done })
	if !ok || c.help.jobs[id].holder == "" {
		return nil
	}
	j := c.help.jobs[id]
	who := c.help.serves[j.holder].member
	switch c.r.IntN(6) {
	case 0:
		return c.by(who, "matching.start", &matchingv1.StartAssignment{Assignment: id})
	case 1:
		return c.by(who, "matching.check_in", &matchingv1.CheckIn{Assignment: id})
	case 2:
		return c.by(who, "matching.refuse", &matchingv1.RefuseAssignment{
			Assignment: id, Provider: j.holder, Reason: matchingv1.Reason_REASON_ILL,
		})
	}
	return c.by(who, "matching.complete", &matchingv1.CompleteAssignment{Assignment: id, Quantity: j.quantity - int64(c.r.IntN(2))})
}

func (c *crowd) confirms() *deed {
	id, ok := anyOf(c, c.help.jobs, func(_ string, j *job) bool { return j.done && !j.over })
	if !ok {
		return nil
	}
	j := c.help.jobs[id]
	who := c.help.needs[j.need].who
	if officer, ok := c.office(communityv1.Role_ROLE_OFFICER); ok && c.chance(200) {
		who = officer
	}
	return c.by(who, "matching.confirm", &matchingv1.ConfirmAssignment{
		Assignment: id, Quantity: max(0, j.delivered-int64(c.r.IntN(2))),
	})
}

func (c *crowd) overrules() *deed {
	id, ok := anyOf(c, c.help.jobs, func(_ string, j *job) bool { return !j.done && !j.over })
	officer, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found || c.chance(700) {
		return nil
	}
	return c.by(officer, "matching.overrule", &matchingv1.OverruleAssignment{Assignment: id, Reason: matchingv1.Reason_REASON_OTHER})
}

func (c *crowd) switches() *deed {
	first, second, ok := c.officers("")
	if !ok || c.chance(500) {
		return nil
	}
	mode := []matchingv1.Mode{matchingv1.Mode_MODE_VETO, matchingv1.Mode_MODE_EMERGENCY}[c.r.IntN(2)]
	return c.by(first, "matching.set_mode", &matchingv1.SetMode{Mode: mode, Until: c.now + 500 + int64(c.r.IntN(3000))}, second)
}
