package credit

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/words"
)

// What confirmed work may look like without anybody looking. These only say when somebody should: a pattern is proposed to the auditors,
// and takes nothing from anybody. What follows is a finding with a reason, and a correction takes two persons like every transfer.
const (
	// windowMillis is how long minutes are added up: four weeks.
	windowMillis = 4 * weekMillis
	// mutualMinutes are many for two, or each of three in a circle, to confirm for each other in a window: ten hours.
	mutualMinutes = 600
	// burstMinutes are many for one to be confirmed within a day: sixteen hours.
	burstMinutes = 16 * 60
	dayMillis    = 24 * 60 * 60 * 1000
)

// Pattern is aggregate pattern/<id>.
type Pattern struct {
	Kind       string     `json:"kind"` // pair, loop or burst
	Members    []string   `json:"members"`
	Minutes    int64      `json:"minutes"`
	FlaggedAt  int64      `json:"flagged_at"`
	Finding    string     `json:"finding,omitempty"` // harmless or doubtful
	Reason     words.Text `json:"reason"`
	AssessedBy string     `json:"assessed_by,omitempty"`
	AssessedAt int64      `json:"assessed_at,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (p *Pattern) Clone() *Pattern { dup := *p; return &dup }

var (
	patternOf = map[ledgerv1.PatternKind]string{
		ledgerv1.PatternKind_PATTERN_KIND_PAIR: "pair", ledgerv1.PatternKind_PATTERN_KIND_LOOP: "loop",
		ledgerv1.PatternKind_PATTERN_KIND_BURST: "burst",
	}
	findingOf = map[ledgerv1.Finding]string{ledgerv1.Finding_FINDING_HARMLESS: "harmless", ledgerv1.Finding_FINDING_DOUBTFUL: "doubtful"}
)

func evolvePattern(p *Pattern, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.PatternFlagged:
		*p = Pattern{Kind: patternOf[b.GetKind()], Members: b.GetMembers(), Minutes: b.GetMinutes(), FlaggedAt: e.Time}
	case *ledgerv1.PatternAssessed:
		p.Finding, p.Reason, p.AssessedBy, p.AssessedAt = findingOf[b.GetFinding()], words.Of(b.GetReason()), e.Actor, e.Time
	}
}

// Flows are the minutes that were confirmed in the window, by worker and by whoever confirmed, and by worker and day; folded for the
// policy.
type Flows struct {
	Window int64                       `json:"window"`
	From   map[string]map[string]int64 `json:"from"`
	Day    int64                       `json:"day"`
	Today  map[string]int64            `json:"today"`
}

func newFlows() *Flows {
	return &Flows{From: map[string]map[string]int64{}, Today: map[string]int64{}}
}

func fold(f *Flows, e decider.Event) {
	b, ok := e.Body.(*ledgerv1.WorkConfirmed)
	if !ok {
		return
	}
	if w := e.Time / windowMillis; w != f.Window {
		f.Window, f.From = w, map[string]map[string]int64{}
	}
	if d := e.Time / dayMillis; d != f.Day {
		f.Day, f.Today = d, map[string]int64{}
	}
	if f.From[b.GetWorker()] == nil {
		f.From[b.GetWorker()] = map[string]int64{}
	}
	f.From[b.GetWorker()][b.GetCounterparty()] += int64(b.GetMinutes())
	f.Today[b.GetWorker()] += int64(b.GetMinutes())
}

// OnConfirmed looks whether work looks like what somebody should look into: once for the same people in a window, or day.
func OnConfirmed(v *decider.View, _ decider.Event, body *ledgerv1.WorkConfirmed) (demands []decider.Demand) {
	f, worker, other := decider.DerivedOf[Flows](v), body.GetWorker(), body.GetCounterparty()
	flag := func(kind ledgerv1.PatternKind, period, minutes int64, members ...string) {
		slices.Sort(members)
		purpose := "flag/" + patternOf[kind] + "/" + strconv.FormatInt(period, 10) + "/" + strings.Join(members, "/")
		demands = append(demands, decider.Demand{
			Purpose: purpose, Operation: "ledger.flag", Body: &ledgerv1.FlagPattern{Kind: kind, Members: members, Minutes: minutes},
		})
	}
	if minutes := f.Today[worker]; minutes >= burstMinutes {
		flag(ledgerv1.PatternKind_PATTERN_KIND_BURST, f.Day, minutes, worker)
	}
	first := f.From[worker][other] // other confirmed so much to worker
	if first < mutualMinutes {
		return demands
	}
	if back := f.From[other][worker]; back >= mutualMinutes {
		flag(ledgerv1.PatternKind_PATTERN_KIND_PAIR, f.Window, first+back, worker, other)
	}
	for _, third := range slices.Sorted(maps.Keys(f.From[other])) { // third confirmed to other, and worker to third
		second, last := f.From[other][third], f.From[third][worker]
		if third != worker && second >= mutualMinutes && last >= mutualMinutes {
			flag(ledgerv1.PatternKind_PATTERN_KIND_LOOP, f.Window, first+second+last, worker, other, third)
		}
	}
	return demands
}

// Flag puts a pattern before the auditors.
func Flag(_ *decider.View, cmd *decider.Command, body *ledgerv1.FlagPattern) ([]decider.Change, error) {
	return []decider.Change{decider.On("pattern/"+cmd.ID.NewAggregate(), &ledgerv1.PatternFlagged{
		Kind: body.GetKind(), Members: body.GetMembers(), Minutes: body.GetMinutes(),
	})}, nil
}

// Assess is an auditor's finding. It says what is so, and does nothing.
func Assess(v *decider.View, cmd *decider.Command, body *ledgerv1.AssessPattern) ([]decider.Change, error) {
	p, ok := decider.Get[Pattern](v, "pattern/"+body.GetPattern())
	switch {
	case !ok:
		return nil, ErrPattern
	case p.Finding != "":
		return nil, ErrAssessed
	case findingOf[body.GetFinding()] == "":
		return nil, ErrFinding
	case slices.Contains(p.Members, cmd.Actor):
		return nil, ErrConcerned
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On("pattern/"+body.GetPattern(), &ledgerv1.PatternAssessed{
		Finding: body.GetFinding(), Reason: body.GetReason(),
	})}, nil
}
