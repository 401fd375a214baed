package reporting

import (
	"cmp"
	"maps"
	"slices"
)

// Held is one assignment that is not done: who holds it, and who stands by in order, each with whose it is.
type Held struct {
	Assignment string
	Need       string
	Skill      string
	Quantity   int64
	Holder     Party
	Standbys   []Party
}

// Party is a provider and for whom it serves.
type Party struct{ Provider, Org string }

// Offer names one offer.
type Offer struct{ Provider, Skill string }

// Failure is what would come of one organisation's failing.
type Failure struct {
	Org string `json:"org"`
	// Held is what it holds, Covered so much of it as standbys would take.
	Held    int64 `json:"held"`
	Covered int64 `json:"covered"`
	// Replanned is how much of the rest the next plan would place; Unreckoned that it was too much to work out.
	Replanned  int64 `json:"replanned"`
	Unreckoned bool  `json:"unreckoned,omitempty"`
	// Sole are assignments that no standby would take, at most ten of them.
	Sole []string `json:"sole,omitempty"`
	rest []Held
	left map[Offer]int64
}

// Redundancy is how much would still be served if one organisation failed.
type Redundancy struct {
	// IndexPermille is the worst share that standbys take at once: 1000 when each organisation can fail without loss. ReplannedPermille is
	// that with the next plan; of what was not reckoned, that is no more.
	IndexPermille     int64     `json:"index_permille"`
	ReplannedPermille int64     `json:"replanned_permille"`
	Failures          []Failure `json:"failures"`
}

// Replan tells how much of what an organisation held, and no standby has taken, a plan of everything that waits would place with others,
// when each offer has so much left; false where that is too much to work out.
type Replan func(org string, rest []Held, left map[Offer]int64) (placed int64, reckoned bool)

// soleMax is how many assignments are named.
const soleMax = 10

// RedundancyOf has each organisation fail in turn. What it holds goes to the first standby of another organisation that has room, in the
// order of the assignments, as the rule for stand-ins has it; free is what each offer has left. The rest is planned anew, the most first:
// where time is short, what is left unreckoned is the least.
func RedundancyOf(held []Held, free map[Offer]int64, replan Replan) Redundancy {
	sorted := slices.SortedFunc(slices.Values(held), func(a, b Held) int {
		switch {
		case a.Assignment < b.Assignment:
			return -1
		case a.Assignment > b.Assignment:
			return 1
		}
		return 0
	})
	orgs := map[string]bool{}
	for _, h := range sorted {
		orgs[h.Holder.Org] = true
	}
	out := Redundancy{IndexPermille: whole, ReplannedPermille: whole, Failures: []Failure{}}
	for _, org := range slices.Sorted(maps.Keys(orgs)) {
		f := fail(org, sorted, free)
		out.IndexPermille = min(out.IndexPermille, share(f.Covered, f.Held))
		out.Failures = append(out.Failures, f)
	}
	var short []*Failure
	for i := range out.Failures {
		if f := &out.Failures[i]; f.Covered < f.Held {
			short = append(short, f)
		}
	}
	slices.SortStableFunc(short, func(a, b *Failure) int { return cmp.Compare(b.Held-b.Covered, a.Held-a.Covered) })
	for _, f := range short {
		placed, reckoned := replan(f.Org, f.rest, f.left)
		if f.Unreckoned = !reckoned; reckoned {
			f.Replanned = placed
		}
		out.ReplannedPermille = min(out.ReplannedPermille, share(f.Covered+f.Replanned, f.Held))
	}
	return out
}

func fail(org string, held []Held, free map[Offer]int64) Failure {
	left, f := maps.Clone(free), Failure{Org: org}
	for _, h := range held {
		if h.Holder.Org != org {
			continue
		}
		f.Held += h.Quantity
		taken := slices.IndexFunc(h.Standbys, func(p Party) bool { return p.Org != org && left[Offer{p.Provider, h.Skill}] >= h.Quantity })
		switch {
		case taken >= 0:
			left[Offer{h.Standbys[taken].Provider, h.Skill}] -= h.Quantity
			f.Covered += h.Quantity
		default:
			f.rest = append(f.rest, h)
		}
	}
	for _, h := range f.rest[:min(len(f.rest), soleMax)] {
		f.Sole = append(f.Sole, h.Assignment)
	}
	f.left = left
	return f
}
