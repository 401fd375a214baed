// Package kin tells who lives together, as the record knows it.
package kin

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
)

// Together tells whether somebody is, or lives with, one of some people. All households are looked at, so that nobody passes by naming
// none; a household that is formed in between makes the decision stale.
func Together(v *decider.View, who string, people ...string) bool {
	if slices.Contains(people, who) {
		return true
	}
	if len(people) == 0 {
		return false
	}
	for _, home := range standing.Homes(v)[who] {
		for _, person := range people {
			if slices.Contains(home, person) {
				return true
			}
		}
	}
	return false
}

// With gives somebody and whoever lives with them, in order. Whom the record does not know lives with nobody.
func With(v *decider.View, who string) []string {
	all := []string{who}
	for _, home := range standing.Homes(v)[who] {
		all = append(all, home...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Housed tells whether the register says of each of some people where they live.
func Housed(v *decider.View, people ...string) bool {
	homes := standing.Homes(v)
	return !slices.ContainsFunc(people, func(who string) bool { return len(homes[who]) == 0 })
}
