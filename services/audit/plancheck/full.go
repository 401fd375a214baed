package plancheck

import (
	"bytes"
	"encoding/hex"
	"maps"
	"slices"

	"renlin.dev/pkg/fullplan"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// full makes the whole of the plan out of the record, and holds against it what the plan says: its digest, and what is scarce. The whole is
// looked at once more by itself, each arc once.
func (k *checking) full(skills []string, lines map[string]*line) {
	whole := &fullplan.Plan{
		Format: fullplan.Format, Base: k.out.Base, Seed: hex.EncodeToString(k.seed[:]), PlannedAt: k.at, Skills: []fullplan.Skill{},
	}
	for _, skill := range skills {
		whole.Skills = append(whole.Skills, k.network(skill, lines))
	}
	digest := k.plan.asked.GetDigest()
	raw, sum, err := whole.Encode()
	if err == nil {
		k.out.Whole, k.out.Digest = raw, hex.EncodeToString(sum[:])
	}
	if len(digest) > 0 && (err != nil || !bytes.Equal(sum[:], digest)) {
		k.find(whyDigest, "", "")
	}
	offers, shares := whole.Scarce()
	said := len(k.plan.asked.GetScarce()) + len(k.plan.asked.GetShares())
	if (said > 0 || len(digest) > 0) && !(same(offers, k.plan.asked.GetScarce(), (*matchingv1.ShadowPrice).GetProvider) &&
		same(shares, k.plan.asked.GetShares(), (*matchingv1.SharePrice).GetParty)) {
		k.find(whyScarce, "", "")
	}
	if len(k.out.Findings) == 0 && whole.Check() != nil {
		k.find(whyUnshown, "", "")
	}
}

// priced is what a plan says of something scarce.
type priced interface {
	GetSkill() string
	GetPrice() int64
	GetTie() int64
}

func same[P priced](want []fullplan.Worth, said []P, name func(P) string) bool {
	return slices.EqualFunc(want, said, func(w fullplan.Worth, p P) bool {
		return w == fullplan.Worth{Skill: p.GetSkill(), Name: name(p), Price: fullplan.Margin{p.GetPrice(), p.GetTie()}}
	})
}

// network gives one skill's, of the needs that the plan names and all who could serve one of them.
func (k *checking) network(skill string, lines map[string]*line) fullplan.Skill {
	out := fullplan.Skill{Skill: skill}
	suppliers := k.suppliers(skill, k.at)
	for _, s := range suppliers {
		out.Offers = append(out.Offers, fullplan.Offer{Provider: s.id, Party: s.party(), Free: s.free})
	}
	flows := map[[2]string]int64{}
	for _, m := range k.plan.asked.GetMatches() {
		if len(m.GetProviders()) > 0 {
			flows[[2]string{m.GetNeed(), m.GetProviders()[0]}] += m.GetQuantity()
		}
	}
	waits := int64(0)
	for _, id := range slices.Sorted(maps.Keys(lines)) {
		n := k.needs[id]
		if n == nil || n.raised.GetSkill() != skill {
			continue
		}
		waits += n.waiting
		at, leaving := int64(len(out.Needs)), n.leaving(k.at)
		out.Needs = append(out.Needs, fullplan.Need{
			Need: id, Waiting: n.waiting, Left: lines[id].left, Leaving: fullplan.Margin{leaving.first, leaving.second},
		})
		for j, s := range suppliers {
			if c, may := k.between(k.seed, id, n, s, k.at); may {
				out.Arcs = append(out.Arcs, fullplan.Arc{at, int64(j), c.first, c.second, flows[[2]string{id, s.id}]})
			}
		}
	}
	terms := fullplan.Terms{Prices: map[string]fullplan.Margin{}}
	for _, p := range k.plan.asked.GetPrices() {
		if p.GetSkill() == skill {
			terms.Prices[p.GetProvider()] = fullplan.Margin{p.GetPrice(), p.GetTie()}
		}
	}
	terms.Most, terms.Bounded = k.shareMax(waits)
	out.Complete(terms)
	return out
}
