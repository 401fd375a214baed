// Package plan decides who serves whom, and who stands by. It turns needs and providers into two networks, keeps a cheapest flow of each
// while things happen, and shows why nothing costs less.
//
// Its rules, in plain words:
//
//   - Hard rules come first: a provider serves a need only with the skill it asks for, within the provider's radius, at a time that both
//     have, in its language if it says that it must be so, and if the need does not exclude the provider or its organisation. Everything
//     else is a cost: distance, unreliability, another language, time that only partly agrees.
//   - A unit that stays unserved costs more than any provider who may serve it, however far, the more so the higher its need's priority and
//     the longer it has waited. So nobody waits for ever while others are served. Where it takes that several others are served by somebody
//     else, what they lose by that is added up, and may be more.
//   - Primaries come first (network P). Standbys (network B) use what capacity is left, times a factor, because not everything fails at
//     once; a standby is of another organisation than every primary of its need, and than the need's other standbys. No primary is ever
//     made worse for the sake of a standby.
//   - Both flows are cheapest ones, and proved: after the whole solution at the beginning and after each event. A network has arcs for the
//     cheapest candidates of each need only, but the proof is one for all who may serve it: whoever is left out is held against the
//     prices, and gets an arc where that is worth it. Where the work for an event exceeds a limit the plan is provisional until it is
//     finished, and says so.
//   - Of plans that cost the same, a seed picks one, which nobody inside can choose.
//
// The package is pure: what it answers is a function of what it is given, in that order.
package plan

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/flow"
)

// Limits of what is taken.
const (
	// IDBytesMax bounds ids, skills and languages.
	IDBytesMax = 64
	// ListMax bounds a provider's skills, windows and languages, and what a need excludes.
	ListMax = 64
	// QuantityMax bounds what one need asks for, CapacityMax what one provider can do.
	QuantityMax = 1_000
	CapacityMax = 1_000_000
	// PriorityMax is the most urgent.
	PriorityMax = 9
	// CellMax bounds the cells of a place, either way; RadiusMax, in metres, reaches over all of them.
	CellMax   = 1_000_000
	RadiusMax = 300_000_000
	// MinuteMax bounds the times of windows.
	MinuteMax = 1 << 40
	// ReliabilityMax is certainty, in thousandths.
	ReliabilityMax = 1_000
	// BackupsMax bounds the standbys of a need; OversubscribedMax the factor.
	BackupsMax        = 4
	OversubscribedMax = 16
)

// The refusals.
var (
	// ErrNeed says that a need is not within the limits; the detail names the field.
	ErrNeed = fault.New(fault.Invalid, "matching_need.malformed",
		"A field of the need is missing or out of bounds.", "需求的某个字段缺失或超出范围。")
	// ErrProvider says that a provider is not within the limits.
	ErrProvider = fault.New(fault.Invalid, "matching_provider.malformed",
		"A field of the provider is missing or out of bounds.", "服务方的某个字段缺失或超出范围。")
	// ErrNeedTwice and ErrProviderTwice say that an id has been used.
	ErrNeedTwice = fault.New(fault.Conflict, "matching_need.twice",
		"There is a need of that id already.", "该编号的需求已存在。")
	ErrProviderTwice = fault.New(fault.Conflict, "matching_provider.twice",
		"There is a provider of that id already.", "该编号的服务方已存在。")
	// ErrNoNeed and ErrNoProvider say that an event is about nobody.
	ErrNoNeed = fault.New(fault.NotFound, "matching_need.absent",
		"There is no open need of that id.", "没有该编号的待服务需求。")
	ErrNoProvider = fault.New(fault.NotFound, "matching_provider.absent",
		"There is no provider or organisation of that id.", "没有该编号的服务方或组织。")
	// ErrRules says that the rules of matching are not within the limits.
	ErrRules = fault.New(fault.Invalid, "matching_rules.malformed",
		"The number of standbys or their factor is out of bounds.", "备份数量或超额系数超出范围。")
	// ErrEvent says that an event names nothing that can happen, or more than one thing.
	ErrEvent = fault.New(fault.Invalid, "matching_event.malformed",
		"The event does not say one thing that can happen.", "该事件未指明唯一一种可能发生的情况。")
)

// Window is from a minute to before another one; whose minutes they are is the caller's.
type Window struct{ From, Until int64 }

// Need is somebody's need. Its units may be served by several providers.
type Need struct {
	ID       string
	Quantity int64
	Skill    string
	// Cell is the place, in cells of 100 metres: no record needs to know a door.
	Cell [2]int64
	// Window is when; the zero window is any time.
	Window Window
	// Language is asked for, and insisted on if LanguageRequired; empty is any.
	Language         string
	LanguageRequired bool
	// Priority is from 1 to 9, the most urgent. Waiting is for how many of the clock's steps the need has been open.
	Priority, Waiting int64
	// Not are providers and organisations that must not serve it.
	Not []string
}

// Provider is who can serve needs.
type Provider struct {
	ID, Organisation string
	// Capacity is how many units it can serve, all told.
	Capacity int64
	Skills   []string
	Cell     [2]int64
	// Radius is how far it goes, in metres.
	Radius int64
	// Windows are when it can; none are always.
	Windows   []Window
	Languages []string
	// Reliability is how many of a thousand promises are kept, as estimated by whoever knows; it is never shown.
	Reliability int64
}

// Rules are what a community has agreed on for matching.
type Rules struct {
	// Backups is how many standbys each served unit is to have.
	Backups int64
	// Oversubscribed is how often a free place may be promised to standbys; 0 is DefaultOversubscribed.
	Oversubscribed int64
	// Candidates is how many of the cheapest eligible providers of a need are in its network from the beginning; 0 is DefaultCandidates. In
	// B at most a quarter of them are of one organisation. It decides how much work a plan is, not what comes out: others get in where the
	// prices say that it is worth it.
	Candidates int
	// Seed picks among plans that cost the same; nil leaves it to the solver which one comes out.
	Seed []byte
}

// What stands in for zero in Rules.
const (
	DefaultOversubscribed = 3
	DefaultCandidates     = 40
)

func (r Rules) filled() (Rules, error) {
	r.Oversubscribed = cmp.Or(r.Oversubscribed, DefaultOversubscribed)
	r.Candidates = cmp.Or(r.Candidates, DefaultCandidates)
	if r.Backups < 0 || r.Backups > BackupsMax || r.Oversubscribed < 1 || r.Oversubscribed > OversubscribedMax || r.Candidates < 1 {
		return r, ErrRules
	}
	return r, nil
}

// Plan is who serves whom just now. It belongs to one goroutine.
type Plan struct {
	rules     Rules
	needs     []*need // closed ones too, until they are the greater part
	closed    int
	providers []*provider
	needAt    map[string]*need
	provideAt map[string]*provider
	skills    index
	p         *primary
	b         *standby // nil without backups
}

type need struct {
	Need
	open bool
	p    primaryNeed
	b    standbyNeed
}

type provider struct {
	Provider
	at     int
	failed bool
	used   int64 // by primaries
	pNode  flow.Node
	pArc   flow.ArcID // to the sink
	bNode  flow.Node
	bArc   flow.ArcID
}

// place is the capacity that can be used.
func (p *provider) place() int64 {
	if p.failed {
		return 0
	}
	return p.Capacity
}

// New makes the whole plan.
func New(needs []Need, providers []Provider, rules Rules) (*Plan, error) {
	filled, err := rules.filled()
	if err != nil {
		return nil, err
	}
	pl := &Plan{rules: filled, needAt: map[string]*need{}, provideAt: map[string]*provider{}}
	for i := range providers {
		if err := pl.addProvider(providers[i]); err != nil {
			return nil, err
		}
	}
	pl.skills = newIndex(pl.providers)
	for i := range needs {
		if _, err := pl.addNeed(needs[i]); err != nil {
			return nil, err
		}
	}
	if pl.p, err = newPrimary(pl); err != nil {
		return nil, err
	}
	if pl.rules.Backups > 0 {
		if pl.b, err = newStandby(pl); err != nil {
			return nil, err
		}
	}
	return pl, nil
}

func (pl *Plan) addProvider(p Provider) error {
	if err := p.Check(); err != nil {
		return err
	}
	if pl.provideAt[p.ID] != nil {
		return ErrProviderTwice
	}
	entry := &provider{Provider: p, at: len(pl.providers)}
	pl.providers = append(pl.providers, entry)
	pl.provideAt[p.ID] = entry
	return nil
}

// addNeed takes a need into the tables, not into the networks.
func (pl *Plan) addNeed(n Need) (*need, error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	if pl.needAt[n.ID] != nil {
		return nil, ErrNeedTwice
	}
	entry := &need{Need: n, open: true}
	pl.needs = append(pl.needs, entry)
	pl.needAt[n.ID] = entry
	return entry, nil
}

// Check answers ErrNeed with the field that is out of bounds, or nil.
func (n *Need) Check() error {
	if field := n.wrong(); field != "" {
		return ErrNeed.With("field", field)
	}
	return nil
}

// Check answers ErrProvider with the field that is out of bounds, or nil.
func (p *Provider) Check() error {
	if field := p.wrong(); field != "" {
		return ErrProvider.With("field", field)
	}
	return nil
}

// wrong answers the field that is out of bounds, or "".
func (n *Need) wrong() string {
	switch {
	case !isWord(n.ID):
		return "id"
	case n.Quantity < 1 || n.Quantity > QuantityMax:
		return "quantity"
	case !isWord(n.Skill):
		return "skill"
	case !isCell(n.Cell):
		return "cell"
	case n.Window != Window{} && !n.Window.valid():
		return "window"
	case len(n.Language) > IDBytesMax || n.LanguageRequired && n.Language == "":
		return "language"
	case n.Priority < 1 || n.Priority > PriorityMax:
		return "priority"
	case n.Waiting < 0:
		return "waiting"
	case len(n.Not) > ListMax:
		return "not"
	}
	return ""
}

func (p *Provider) wrong() string {
	switch {
	case !isWord(p.ID):
		return "id"
	case !isWord(p.Organisation):
		return "organisation"
	case p.Capacity < 0 || p.Capacity > CapacityMax:
		return "capacity"
	case len(p.Skills) > ListMax || slices.ContainsFunc(p.Skills, func(s string) bool { return !isWord(s) }):
		return "skills"
	case !isCell(p.Cell):
		return "cell"
	case p.Radius < 0 || p.Radius > RadiusMax:
		return "radius"
	case len(p.Windows) > ListMax || slices.ContainsFunc(p.Windows, func(w Window) bool { return !w.valid() }):
		return "windows"
	case len(p.Languages) > ListMax:
		return "languages"
	case p.Reliability < 0 || p.Reliability > ReliabilityMax:
		return "reliability"
	}
	return ""
}

func (w Window) valid() bool { return -MinuteMax <= w.From && w.From < w.Until && w.Until <= MinuteMax }

func isWord(s string) bool {
	return s != "" && len(s) <= IDBytesMax && !strings.ContainsFunc(s, unicode.IsControl)
}

func isCell(c [2]int64) bool { return max(c[0], -c[0], c[1], -c[1]) <= CellMax }
