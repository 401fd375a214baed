package directory

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Options say what a community makes of a directory.
type Options struct {
	// Mine tells whether an organisation is the one whose services are taken.
	Mine func(Organization) bool
	// Skills says of terms, or of ids of services, which skill they are; "-" leaves a service out.
	Skills map[string]string
	// Known are the rulebook's skills, Languages its languages.
	Known, Languages []string
	// Origin is the south-western corner of square 0,0, in millionths of a degree; nil where nobody has said.
	Origin *[2]int64
	// Squares is how far a service reaches that does not say so.
	Squares uint32
	// Capacity is that of a service that does not say so; -1 for none.
	Capacity int64
	Now      int64
}

// Provider is what one member answers for: the services at one place, of one reach and the same languages.
type Provider struct {
	East, North int32
	Squares     uint32
	Languages   []string
	Offers      []Offer
}

// Offer is how much of a skill can be served at once, and when.
type Offer struct {
	Skill       string
	Capacity    int64
	From, Until int64
}

// Left is what was left out without being wrong: services of other organisations, services that are not active or that nobody wants, and
// languages that the rulebook does not list.
type Left struct {
	Others    int `json:"others"`
	Inactive  int `json:"inactive"`
	Unwanted  int `json:"unwanted"`
	Languages int `json:"languages"`
}

// The bounds of places; the service says them too.
const (
	cellMax    = 10_000
	squaresMax = 200
)

// Plan says which providers and offers services come to, in the order of their squares. What cannot be used refuses all of them.
func Plan(services []Service, o Options) ([]Provider, Left, error) {
	p := &planning{Options: o, taken: map[string]bool{}}
	for i := range services {
		s := &services[i]
		switch skill, named := p.skill(s); {
		case !o.Mine(s.Organization):
			p.left.Others++
		case s.Status != "active":
			p.left.Inactive++
		case skill == "-":
			p.left.Unwanted++
		case !named:
			p.refuse(s.At, "attributes", whySkill)
		default:
			p.add(s, skill)
		}
	}
	if err := p.err(); err != nil {
		return nil, Left{}, err
	}
	slices.SortFunc(p.providers, func(a, b Provider) int {
		return cmp.Or(cmp.Compare(a.East, b.East), cmp.Compare(a.North, b.North), cmp.Compare(a.Squares, b.Squares),
			slices.Compare(a.Languages, b.Languages))
	})
	for i := range p.providers {
		slices.SortFunc(p.providers[i].Offers, func(a, b Offer) int { return strings.Compare(a.Skill, b.Skill) })
	}
	return p.providers, p.left, nil
}

type planning struct {
	Options
	refusals
	providers []Provider
	left      Left
	taken     map[string]bool
}

// skill finds what a service is in the rulebook's words: as somebody has said, or by its terms.
func (p *planning) skill(s *Service) (code string, named bool) {
	for _, what := range append([]string{s.ID}, s.Terms...) {
		if code, said := p.Skills[what]; said {
			return code, true
		}
	}
	for _, what := range s.Terms {
		if slices.Contains(p.Known, what) {
			return what, true
		}
	}
	return "", false
}

// add puts a service to the provider that it belongs to, or refuses it with each field that is wrong.
func (p *planning) add(s *Service, skill string) {
	before := p.total
	one := Provider{Squares: p.Squares}
	one.East, one.North = p.square(s)
	if s.Squares > squaresMax {
		p.refuse(s.At, "service_areas", whyNumber)
	} else if s.Squares >= 0 {
		one.Squares = uint32(s.Squares)
	}
	for _, code := range s.Languages {
		switch {
		case slices.Contains(one.Languages, code):
		case slices.Contains(p.Options.Languages, code):
			one.Languages = append(one.Languages, code)
		default:
			p.left.Languages++
		}
	}
	slices.Sort(one.Languages)
	offer := Offer{Skill: skill, Capacity: s.Available, From: s.Window.From, Until: s.Window.Until}
	if offer.Capacity < 0 {
		offer.Capacity = p.Capacity
	}
	if offer.Capacity < 0 {
		p.refuse(s.At, "capacities", whyNoCapacity)
	}
	if offer.Until != 0 && offer.Until <= max(p.Now, offer.From) {
		p.refuse(s.At, "schedules", whyOver)
	}
	if !slices.Contains(p.Known, skill) {
		p.refuse(s.At, "attributes", whySkill)
	}
	if p.total > before {
		return
	}
	at := slices.IndexFunc(p.providers, func(x Provider) bool {
		return x.East == one.East && x.North == one.North && x.Squares == one.Squares && slices.Equal(x.Languages, one.Languages)
	})
	if at < 0 {
		at = len(p.providers)
		p.providers = append(p.providers, one)
	}
	if slices.ContainsFunc(p.providers[at].Offers, func(o Offer) bool { return o.Skill == skill }) {
		p.refuse(s.At, "attributes", whySkillTwice)
		return
	}
	p.providers[at].Offers = append(p.providers[at].Offers, offer)
}

// metresPerDegree is the length of a degree of latitude, squareMetres the side of a square.
const (
	metresPerDegree = 111_320
	squareMetres    = 500
)

// square finds a service's square. A community is small enough for the earth to be flat in it.
func (p *planning) square(s *Service) (east, north int32) {
	switch {
	case len(s.Places) > 1:
		p.refuse(s.At, "service_at_locations", whyPlaces)
		return 0, 0
	case len(s.Places) == 0 || !s.Places[0].Square && (!s.Places[0].Known || p.Origin == nil):
		p.refuse(s.At, "service_at_locations", whyNoPlace)
		return 0, 0
	case s.Places[0].Square:
		east, north = s.Places[0].East, s.Places[0].North
	default:
		degrees := func(millionths int64) float64 { return float64(millionths) / 1e6 }
		squares := func(d float64) int32 { return int32(math.Floor(d * metresPerDegree / squareMetres)) }
		north = squares(degrees(s.Places[0].Lat - p.Origin[0]))
		east = squares(degrees(s.Places[0].Lon-p.Origin[1]) * math.Cos(degrees(p.Origin[0])*math.Pi/180))
	}
	if max(east, -east, north, -north) > cellMax {
		p.refuse(s.At, "service_at_locations", whyFar)
	}
	return east, north
}

// Degrees reads a pair of degrees as Origin has them.
func Degrees(s string) (*[2]int64, bool) {
	lat, lon, both := strings.Cut(s, ",")
	a, ok1 := millionths(strings.TrimSpace(lat), 90)
	b, ok2 := millionths(strings.TrimSpace(lon), 180)
	if !both || !ok1 || !ok2 {
		return nil, false
	}
	return &[2]int64{a, b}, true
}
