package supply

import (
	"strconv"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Bounds of a directory, so that it is one commit.
const (
	listedProvidersMax = 100
	listedOffersMax    = 400
)

// PublishAll registers or moves an organisation's providers and publishes their offers, all in one commit. Each is judged as if it came
// alone; the first that is refused refuses all, and its detail says which it is. What is so already is not said again.
func PublishAll(v *decider.View, cmd *decider.Command, body *matchingv1.PublishDirectory) ([]decider.Change, error) {
	offers := 0
	for _, p := range body.GetProviders() {
		offers += len(p.GetOffers())
	}
	switch {
	case !OfficerOf(v, cmd, body.GetOrg()):
		return nil, ErrRegister
	case len(body.GetProviders()) == 0 || len(body.GetProviders()) > listedProvidersMax || offers > listedOffersMax:
		return nil, ErrListed
	}
	var changes []decider.Change
	seen := map[string]bool{}
	for i, p := range body.GetProviders() {
		if seen[p.GetMember()] {
			return nil, ErrListedTwice.With("provider", strconv.Itoa(i))
		}
		seen[p.GetMember()] = true
		listed, err := publishListed(v, cmd.Time, body.GetOrg(), p)
		if err != nil {
			return nil, fault.Of(err).With("provider", strconv.Itoa(i))
		}
		changes = append(changes, listed...)
	}
	if len(changes) == 0 {
		return nil, decider.ErrNothing
	}
	return changes, nil
}

// publishListed gives what is new of one provider.
func publishListed(v *decider.View, now int64, org string, listed *matchingv1.DirectoryProvider) (changes []decider.Change, err error) {
	if err := checkReach(v, listed.GetReach()); err != nil {
		return nil, err
	}
	if _, err := standing.Active(v, listed.GetMember()); err != nil {
		return nil, err
	}
	id := ProviderID(org, listed.GetMember())
	p, ok := decider.Get[Provider](v, ProviderPath(id))
	there := ok && !p.Retired
	switch {
	case !there:
		changes = append(changes, decider.On(ProviderPath(id), &matchingv1.ProviderRegistered{
			Org: org, Member: listed.GetMember(), Reach: listed.GetReach(),
		}))
	case !p.stands(listed.GetReach()):
		changes = append(changes, decider.On(ProviderPath(id), &matchingv1.ProviderMoved{Reach: listed.GetReach()}))
	}
	skills := map[string]bool{}
	for _, o := range listed.GetOffers() {
		switch {
		case skills[o.GetSkill()]:
			return nil, ErrListedTwice
		case OfGoods(v, id, o.GetSkill()):
			return nil, ErrOfGoods
		}
		skills[o.GetSkill()] = true
		if err := checkOffer(v, now, o.GetSkill(), o.GetCapacity(), o.GetFrom(), o.GetUntil()); err != nil {
			return nil, err
		}
		path := OfferPath(id, o.GetSkill())
		old, ok := decider.Get[Offer](v, path)
		if ok && there && old.says(p, o.GetCapacity(), o.GetFrom(), o.GetUntil()) {
			continue
		}
		changes = append(changes, decider.On(path, &matchingv1.OfferPublished{
			Capacity: o.GetCapacity(), From: o.GetFrom(), Until: o.GetUntil(),
		}))
	}
	return changes, nil
}
