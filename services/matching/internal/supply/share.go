package supply

import (
	"cmp"

	"renlin.dev/pkg/rules"
)

// ShareMax is how many units of a skill a plan may give to one organisation, or to a volunteer of their own, when the needs of it
// that the plan names wait for so many, and whether the rulebook has such a bound. Those who stand by are not counted: they serve
// when others do not.
func (r Rules) ShareMax(waits int64) (int64, bool) {
	part := int64(r.book.GetShareMaxThousandths())
	if part == 0 {
		return 0, false
	}
	free := int64(cmp.Or(r.book.GetShareFreeUnits(), rules.ShareFreeUnits))
	return max(free, waits*part/1000), true
}
