package plancheck

// freeUnits is what a plan may give one organisation of a skill in any case, where the rulebook has a bound and says nothing of that.
const freeUnits = 10

// shares gives what the offers of each organisation cost at least that has all that a plan may give it of a skill: the least price of those
// that the plan names. An offer that it does not name costs that as well.
func (k *checking) shares(skill string, sources []*source, named map[string]bool, lines map[string]*line) map[string]cost {
	waits := int64(0)
	for id := range lines { // any order: it is a sum
		if n := k.needs[id]; n != nil && n.raised.GetSkill() == skill {
			waits += n.waiting
		}
	}
	most, bounded := k.shareMax(waits)
	if !bounded {
		return nil
	}
	given, floors := map[string]int64{}, map[string]cost{}
	for _, s := range sources {
		given[s.party()] += s.used
	}
	for _, s := range sources {
		if given[s.party()] < most || !named[s.id] {
			continue
		}
		if least, seen := floors[s.party()]; !seen || s.price.less(least) {
			floors[s.party()] = s.price
		}
	}
	for _, s := range sources {
		if !named[s.id] {
			s.price = floors[s.party()]
		}
	}
	return floors
}

// shareMax is how many units of what waits for so many a plan may give one organisation, and whether there is a bound.
func (k *checking) shareMax(waits int64) (int64, bool) {
	part, free := int64(k.rules.GetShareMaxThousandths()), int64(k.rules.GetShareFreeUnits())
	if free == 0 {
		free = freeUnits
	}
	return max(free, waits*part/whole), part != 0
}

// party is for whom a source serves.
func (s *source) party() string {
	if s.org != "" {
		return s.org
	}
	return s.id
}
