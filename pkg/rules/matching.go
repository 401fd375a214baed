package rules

import (
	"cmp"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ShareFreeUnits is how much of a skill a plan may give one organisation in any case, where a rulebook bounds its share and says nothing
// of that.
const ShareFreeUnits = 10

// ExplainMatching tells how far one organisation may be given what there is to do.
func ExplainMatching(r *communityv1.MatchingRules) []Line {
	var l lines
	if r.GetShareMaxThousandths() == 0 {
		l.add("share_max_thousandths", "One organisation may be given all that there is to do.", "同一组织可以承接全部需求。")
		return l
	}
	l.add("share_max_thousandths", "Of what people wait for of one skill, a plan gives one organisation %s at most, or %d units if that is "+
		"more; the rest goes to others, or waits for the next plan.", "同一方案中，每种服务的待满足量至多%s分给同一组织（不足%d单位的按此数计），其余由他人承接或留待下一方案。",
		percent(r.GetShareMaxThousandths()), cmp.Or(r.GetShareFreeUnits(), ShareFreeUnits))
	return l
}

// shareRules are the numbers of the bound: none of them without one.
func shareRules(r *communityv1.MatchingRules) (most, free uint32) {
	if r.GetShareMaxThousandths() == 0 {
		return 0, 0
	}
	return r.GetShareMaxThousandths(), cmp.Or(r.GetShareFreeUnits(), ShareFreeUnits)
}
