package matching

import (
	"maps"
	"slices"

	"renlin.dev/services/matching/internal/proposing"
	"renlin.dev/services/matching/internal/reporting"
	"renlin.dev/services/matching/internal/supply"
)

// replanPairsMax bounds how many pairs of a need and an offer one report looks at.
const replanPairsMax = 100_000

// replanning answers what a plan would make of what an organisation leaves behind, by the same solver as proposals are made with. That a
// network cannot be solved would be a mistake of this program; the report then says that nothing was reckoned.
// open are the needs of which something is held.
func replanning(in *proposing.Input, open map[string]*supply.Need, free map[reporting.Offer]int64) reporting.Replan {
	pairs := 0
	return func(org string, rest []reporting.Held, left map[reporting.Offer]int64) (int64, bool) {
		lost, bySkill := map[string]int64{}, map[string]map[string]bool{}
		for _, h := range rest {
			lost[h.Need] += h.Quantity
			if bySkill[h.Skill] == nil {
				bySkill[h.Skill] = map[string]bool{}
			}
			bySkill[h.Skill][h.Need] = true
		}
		without := in.Without(org, func(provider, skill string) int64 {
			o := reporting.Offer{Provider: provider, Skill: skill}
			return free[o] - left[o]
		})
		placed := int64(0)
		for _, skill := range slices.Sorted(maps.Keys(bySkill)) {
			needs := again(open, in, skill, bySkill[skill], lost)
			if pairs += without.Pairs(skill, needs); pairs > replanPairsMax {
				return 0, false
			}
			of, err := proposing.Placed(without, skill, needs)
			if err != nil {
				return 0, false
			}
			for id := range bySkill[skill] { // any order: sums do not depend on it
				placed += min(lost[id], of[id])
			}
		}
		return placed, true
	}
}

// again gives the needs of a skill that a plan would find waiting: those that wait, and of some what is lost besides. Of one that nobody
// waits for any more nothing comes back.
func again(
	open map[string]*supply.Need, in *proposing.Input, skill string, ids map[string]bool, lost map[string]int64,
) (needs []proposing.Need) {
	for _, n := range in.Needs {
		if n.Skill == skill && !ids[n.ID] {
			needs = append(needs, n)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if n := open[id]; n != nil {
			n = n.Clone()
			n.Waiting += lost[id]
			needs = append(needs, proposing.Need{ID: id, Need: n})
		}
	}
	return needs
}
