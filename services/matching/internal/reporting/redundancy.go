package reporting

import (
	"maps"
	"slices"
)

// Held is one assignment that is not done: who holds it, and who stands by in order, each with whose it is.
type Held struct {
	Assignment string
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
	// Sole are assignments that nobody would take, at most ten of them.
	Sole []string `json:"sole,omitempty"`
}

// Redundancy is how much would still be served if one organisation failed.
type Redundancy struct {
	// IndexPermille is the worst: 1000 when each organisation can fail without loss.
	IndexPermille int64     `json:"index_permille"`
	Failures      []Failure `json:"failures"`
}

// soleMax is how many assignments are named.
const soleMax = 10

// RedundancyOf has each organisation fail in turn. What it holds goes to the first standby of another organisation that has room, in the
// order of the assignments, as the rule for stand-ins has it; free is what each offer has left.
func RedundancyOf(held []Held, free map[Offer]int64) Redundancy {
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
	out := Redundancy{IndexPermille: whole, Failures: []Failure{}}
	for _, org := range slices.Sorted(maps.Keys(orgs)) {
		f := fail(org, sorted, free)
		out.IndexPermille = min(out.IndexPermille, share(f.Covered, f.Held))
		out.Failures = append(out.Failures, f)
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
		case len(f.Sole) < soleMax:
			f.Sole = append(f.Sole, h.Assignment)
		}
	}
	return f
}
