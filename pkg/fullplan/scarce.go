package fullplan

import (
	"cmp"
	"slices"
	"strings"
)

// Worth is what one more unit of something scarce would save.
type Worth struct {
	Skill string
	// Name is a provider's, or for a share that of who has it all.
	Name  string
	Price Margin
}

// ScarceMax is how many a plan publishes of each, the dearest first.
const ScarceMax = 50

// Scarce lists what a plan's prices leave out and is worth something all the same: offers that have nothing free, and shares that are all
// given.
func (p *Plan) Scarce() (offers, shares []Worth) {
	for i := range p.Skills {
		s := &p.Skills[i]
		for _, o := range s.Offers {
			if o.Free == 0 && o.Price != (Margin{}) {
				offers = append(offers, Worth{s.Skill, o.Provider, o.Price})
			}
		}
		for _, h := range s.Shares {
			if h.Price != (Margin{}) {
				shares = append(shares, Worth{s.Skill, h.Party, h.Price})
			}
		}
	}
	return dearest(offers), dearest(shares)
}

func dearest(all []Worth) []Worth {
	slices.SortFunc(all, func(a, b Worth) int {
		return cmp.Or(
			cmp.Compare(b.Price[0], a.Price[0]), cmp.Compare(b.Price[1], a.Price[1]), strings.Compare(a.Skill, b.Skill),
			strings.Compare(a.Name, b.Name),
		)
	})
	return all[:min(len(all), ScarceMax)]
}
