package main

import (
	"strconv"
	"testing"

	"renlin.dev/services/matching/directory"
)

// TestDirectoryParts: whatever its length, no part of a directory is longer than a command holds, no provider stands in one twice, and
// together they are the whole.
func TestDirectoryParts(t *testing.T) {
	for _, c := range []struct{ providers, offers, parts int }{
		{1, 0, 1}, {1, 400, 1}, {1, 401, 2}, {100, 4, 1}, {101, 1, 2}, {100, 5, 2}, {3, 350, 3}, {250, 0, 3}, {2, 1000, 5},
	} {
		var providers []directory.Provider
		var members []string
		for i := range c.providers {
			p := directory.Provider{East: int32(i)}
			for j := range c.offers {
				p.Offers = append(p.Offers, directory.Offer{Skill: strconv.Itoa(j), Capacity: 1})
			}
			providers, members = append(providers, p), append(members, strconv.Itoa(i))
		}
		parts := directoryParts("org", members, providers)
		if len(parts) != c.parts {
			t.Errorf("%d of %d each: %d parts, want %d", c.providers, c.offers, len(parts), c.parts)
		}
		said, whose := map[string]bool{}, map[string]bool{}
		for _, part := range parts {
			offers, here := 0, map[string]bool{}
			for _, p := range part.Providers {
				if here[p.Member] || strconv.Itoa(int(p.Reach.Cell.East)) != p.Member {
					t.Errorf("%d of %d each: a member stands twice, or where another is", c.providers, c.offers)
				}
				here[p.Member], whose[p.Member] = true, true
				for _, o := range p.Offers {
					said[p.Member+"/"+o.Skill] = true
				}
				offers += len(p.Offers)
			}
			if part.Org != "org" || len(part.Providers) > 100 || offers > 400 {
				t.Errorf("%d of %d each: a part of %d providers and %d offers", c.providers, c.offers, len(part.Providers), offers)
			}
		}
		if len(whose) != c.providers || len(said) != c.providers*c.offers {
			t.Errorf("%d of %d each: %d providers and %d offers are said", c.providers, c.offers, len(whose), len(said))
		}
	}
}
