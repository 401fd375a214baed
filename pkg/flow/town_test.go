package flow_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"renlin.dev/pkg/flow"
)

// town is a made neighbourhood, the same on every machine: clustered buildings, skills of which few are frequent, languages, time
// windows, providers with a radius, most of them alone and some in organisations. What it is made for is its network: needs to providers
// to a sink, with an arc for each need that stays unserved.
type town struct {
	network flow.Network
	needs   []townNeed
	// providers' arcs to the sink are at [providerArc, providerArc+providers).
	providers   []townProvider
	sink        flow.Node
	providerArc flow.ArcID
}

type place struct{ x, y int64 }

type townNeed struct {
	at                               place
	skill, language, slot            int64
	quantity, priority               int64
	node                             flow.Node
	vulnerable                       bool
	unserved, firstArc, lastArcAfter flow.ArcID
}

type townProvider struct {
	at                place
	skills, languages int64
	first, last       int64 // time slots
	capacity, radius  int64
	unreliable        int64 // per mille
	organisation      int64
	node              flow.Node
}

// dice is a deterministic generator (splitmix64), so that the town of a seed is the same for ever.
type dice uint64

func (d *dice) roll(n int64) int64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int64((z ^ z>>31) % uint64(n))
}

// zipf draws from n values, the i-th with weight 1/(i+1).
func (d *dice) zipf(n int64) int64 {
	total := int64(0)
	for i := range n {
		total += 5040 / (i + 1)
	}
	at := d.roll(total)
	for i := range n {
		if at -= 5040 / (i + 1); at < 0 {
			return i
		}
	}
	return 0
}

const townCandidates = 20

// makeTown makes a town whose needs ask for load hundredths of what its providers can do.
func makeTown(needs, providers int, load int64, seed uint64) *town {
	d := dice(seed)
	t := &town{}
	side := int64(400 * math.Sqrt(float64(needs)/10)) // metres; a town of 10,000 needs is about 12 km wide
	var centres []place
	for range max(needs/200, 3) {
		centres = append(centres, place{d.roll(side), d.roll(side)})
	}
	near := func(spread int64) place {
		c := centres[d.roll(int64(len(centres)))]
		return place{c.x + d.roll(spread) + d.roll(spread) - spread, c.y + d.roll(spread) + d.roll(spread) - spread}
	}
	demand := int64(0)
	for range needs {
		n := townNeed{at: near(900), skill: d.zipf(12), slot: d.roll(12), quantity: 1 + d.roll(3)*d.roll(2), priority: 1 + d.roll(6)}
		if d.roll(100) < 15 {
			n.language = 1 + d.zipf(3)
		}
		if n.vulnerable = d.roll(100) < 22; n.vulnerable {
			n.priority += 3
		}
		demand += n.quantity
		t.needs = append(t.needs, n)
	}
	total := demand * 100 / load
	for i := range providers {
		p := townProvider{at: near(1200), first: d.roll(7), radius: 1500 + d.roll(3000), unreliable: 20 + d.roll(400)}
		p.last = p.first + 4 + d.roll(5)
		for range 2 + d.roll(3) {
			p.skills |= 1 << d.zipf(12)
		}
		p.languages = 1
		if d.roll(100) < 30 {
			p.languages |= 1 << (1 + d.zipf(3))
		}
		p.capacity = max(1, (total*int64(i+1)/int64(providers)-total*int64(i)/int64(providers))*(1+d.roll(3))/2)
		p.organisation = int64(i)
		if d.roll(100) < 40 {
			p.organisation = -1 - d.roll(int64(max(providers/80, 2)))
		}
		t.providers = append(t.providers, p)
	}
	t.build()
	return t
}

// cost answers what it costs that the provider serves the need, and whether it may.
func (n *townNeed) cost(p *townProvider) (int64, bool) {
	dx, dy := n.at.x-p.at.x, n.at.y-p.at.y
	square := dx*dx + dy*dy
	if p.skills>>n.skill&1 == 0 || n.slot < p.first || n.slot > p.last || square > p.radius*p.radius {
		return 0, false
	}
	cost := 13*int64(math.Sqrt(float64(square)))/10 + 2*p.unreliable
	if p.languages>>n.language&1 == 0 {
		cost += 800
	}
	if n.slot == p.first || n.slot == p.last {
		cost += 150
	}
	return cost, true
}

// grid finds the providers around a place.
type grid struct {
	cells map[place][]int
	width int64
}

func (t *town) grid() grid {
	g := grid{map[place][]int{}, 500}
	for i := range t.providers {
		c := place{t.providers[i].at.x / g.width, t.providers[i].at.y / g.width}
		g.cells[c] = append(g.cells[c], i)
	}
	return g
}

// candidates answers the cheapest providers that may serve a need.
func (t *town) candidates(g grid, n *townNeed) []flow.Arc {
	var found []flow.Arc
	cx, cy := n.at.x/g.width, n.at.y/g.width
	for x := cx - 9; x <= cx+9; x++ {
		for y := cy - 9; y <= cy+9; y++ {
			for _, i := range g.cells[place{x, y}] {
				if cost, may := n.cost(&t.providers[i]); may {
					found = append(found, flow.Arc{From: n.node, To: t.providers[i].node, Upper: n.quantity, Cost: cost})
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b flow.Arc) int { return cmp.Or(cmp.Compare(a.Cost, b.Cost), cmp.Compare(a.To, b.To)) })
	return found[:min(len(found), townCandidates)]
}

func (t *town) build() {
	n := &t.network
	demand := int64(0)
	for i := range t.needs {
		t.needs[i].node = n.AddNode(t.needs[i].quantity)
		demand += t.needs[i].quantity
	}
	for i := range t.providers {
		t.providers[i].node = n.AddNode(0)
	}
	t.sink = n.AddNode(-demand)
	g := t.grid()
	for i := range t.needs {
		need := &t.needs[i]
		need.firstArc = flow.ArcID(len(n.Arcs))
		for _, a := range t.candidates(g, need) {
			n.AddArc(a)
		}
		need.lastArcAfter = flow.ArcID(len(n.Arcs))
	}
	t.providerArc = flow.ArcID(len(n.Arcs))
	for i := range t.providers {
		n.AddArc(flow.Arc{From: t.providers[i].node, To: t.sink, Upper: t.providers[i].capacity})
	}
	for i := range t.needs {
		need := &t.needs[i]
		need.unserved = n.AddArc(flow.Arc{From: need.node, To: t.sink, Upper: need.quantity, Cost: 100_000 * need.priority})
	}
}

// size is a name for benchmarks' tables.
type size struct {
	name             string
	needs, providers int
	load             int64
}

// nolint
func (s size) make() *town { return makeTown(s.needs, s.providers, s.load, 7) }

var (
	smallTowns  = []size{{"S-normal", 1_000, 300, 80}, {"S-surge", 1_000, 300, 140}}
	middleTowns = []size{{"M-normal", 10_000, 3_000, 80}, {"M-surge", 10_000, 3_000, 140}}
	largeTowns  = []size{{"L-normal", 100_000, 20_000, 80}, {"L-surge", 100_000, 20_000, 140}}
)

func (t *town) String() string {
	return fmt.Sprintf("%d needs, %d providers, %d arcs", len(t.needs), len(t.providers), len(t.network.Arcs))
}
