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
	for _, h := range decider.All[standing.Household](v, "household") {
		if !slices.Contains(h.Members, who) {
			continue
		}
		for _, person := range people {
			if slices.Contains(h.Members, person) {
				return true
			}
		}
	}
	return false
}

// With gives somebody and whoever lives with them, in order. Whom the record does not know lives with nobody.
func With(v *decider.View, who string) []string {
	all := []string{who}
	for _, h := range decider.All[standing.Household](v, "household") {
		if slices.Contains(h.Members, who) {
			all = append(all, h.Members...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Housed tells whether the register says of each of some people where they live.
func Housed(v *decider.View, people ...string) bool {
	known := map[string]bool{}
	for _, h := range decider.All[standing.Household](v, "household") {
		for _, m := range h.Members {
			known[m] = true
		}
	}
	return !slices.ContainsFunc(people, func(who string) bool { return !known[who] })
}
