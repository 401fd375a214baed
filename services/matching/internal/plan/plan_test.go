package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/flow"
	"renlin.dev/services/matching/internal/plan"
)

// can is a provider in the first cell who does everything.
func can(id, organisation string, capacity int64) plan.Provider {
	return plan.Provider{
		ID: id, Organisation: organisation, Capacity: capacity, Skills: []string{"meals"}, Radius: 1_000, Reliability: 1_000,
	}
}

// wants is a need in the first cell.
func wants(id string, quantity, priority int64) plan.Need {
	return plan.Need{ID: id, Quantity: quantity, Skill: "meals", Priority: priority}
}

// TestHardRules: who may serve at all.
func TestHardRules(t *testing.T) {
	for name, c := range map[string]struct {
		change func(n *plan.Need, p *plan.Provider)
		served int64
		cost   int64
	}{
		"nothing against it": {func(*plan.Need, *plan.Provider) {}, 1, 0},
		"another skill":      {func(n *plan.Need, _ *plan.Provider) { n.Skill = "lifts" }, 0, 500_000},
		"at the radius":      {func(n *plan.Need, _ *plan.Provider) { n.Cell = [2]int64{6, 8} }, 1, 1_300},
		"beyond the radius":  {func(n *plan.Need, _ *plan.Provider) { n.Cell = [2]int64{10, 1} }, 0, 500_000},
		"farther beyond":     {func(n *plan.Need, _ *plan.Provider) { n.Cell = [2]int64{11, 0} }, 0, 500_000},
		"as far as there is": {func(n *plan.Need, p *plan.Provider) {
			n.Priority, n.Cell, p.Cell = 1, [2]int64{plan.CellMax, plan.CellMax}, [2]int64{-plan.CellMax, -plan.CellMax}
			n.Language, p.Radius, p.Reliability = "yue", plan.RadiusMax, 0
			windows(plan.Window{From: 0, Until: 60}, plan.Window{From: 59, Until: 99})(n, p)
		}, 1, 90_000 + 2_000 + 800 + 150},
		"excluded":             {func(n *plan.Need, _ *plan.Provider) { n.Not = []string{"p"} }, 0, 500_000},
		"its organisation is":  {func(n *plan.Need, _ *plan.Provider) { n.Not = []string{"o"} }, 0, 500_000},
		"another language":     {func(n *plan.Need, _ *plan.Provider) { n.Language = "yue" }, 1, 800},
		"its language":         {func(n *plan.Need, p *plan.Provider) { n.Language, p.Languages = "yue", []string{"yue"} }, 1, 0},
		"insisted on":          {func(n *plan.Need, _ *plan.Provider) { n.Language, n.LanguageRequired = "yue", true }, 0, 500_000},
		"unreliable":           {func(_ *plan.Need, p *plan.Provider) { p.Reliability = 900 }, 1, 200},
		"any time on one side": {func(n *plan.Need, _ *plan.Provider) { n.Window = plan.Window{From: 5, Until: 9} }, 1, 0},
		"at the same time":     {windows(plan.Window{From: 0, Until: 60}, plan.Window{From: 0, Until: 60}), 1, 0},
		"a part of the time":   {windows(plan.Window{From: 0, Until: 60}, plan.Window{From: 59, Until: 99}), 1, 150},
		"right afterwards":     {windows(plan.Window{From: 0, Until: 60}, plan.Window{From: 60, Until: 99}), 0, 500_000},
		"the second time": {
			windows(plan.Window{From: 0, Until: 60}, plan.Window{From: 90, Until: 99}, plan.Window{From: -9, Until: 70}), 1, 0,
		},
		"unserved and waiting":     {func(n *plan.Need, _ *plan.Provider) { n.Skill, n.Waiting = "lifts", 10 }, 0, 1_000_000},
		"waiting has its most":     {func(n *plan.Need, _ *plan.Provider) { n.Skill, n.Waiting = "lifts", 1<<60 }, 0, 5_000_000},
		"it can do nothing at all": {func(_ *plan.Need, p *plan.Provider) { p.Capacity = 0 }, 0, 500_000},
	} {
		t.Run(name, func(t *testing.T) {
			n, p := wants("n", 1, 5), can("p", "o", 1)
			c.change(&n, &p)
			pl, err := plan.New([]plan.Need{n}, []plan.Provider{p}, plan.Rules{})
			if err != nil {
				t.Fatal(err)
			}
			got := pl.Totals()
			if want := (plan.Totals{Objective: c.cost, Served: c.served, Unserved: 1 - c.served}); got != want {
				t.Fatalf("got %+v, want %+v", got, want)
			}
			if err := pl.Check(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func windows(need plan.Window, provider ...plan.Window) func(*plan.Need, *plan.Provider) {
	return func(n *plan.Need, p *plan.Provider) { n.Window, p.Windows = need, provider }
}

// TestRefusals: what is out of bounds is refused by field.
func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(n *plan.Need, p *plan.Provider, r *plan.Rules)
		want   error
	}{
		"need id":       {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.ID = "" }, plan.ErrNeed},
		"need control":  {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.ID = "a\x00b" }, plan.ErrNeed},
		"quantity":      {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Quantity = 0 }, plan.ErrNeed},
		"much quantity": {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Quantity = plan.QuantityMax + 1 }, plan.ErrNeed},
		"skill":         {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Skill = "" }, plan.ErrNeed},
		"need cell":     {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Cell[1] = -plan.CellMax - 1 }, plan.ErrNeed},
		"window":        {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Window = plan.Window{From: 2, Until: 2} }, plan.ErrNeed},
		"language":      {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.LanguageRequired = true }, plan.ErrNeed},
		"no priority":   {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Priority = 0 }, plan.ErrNeed},
		"priority":      {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Priority = 10 }, plan.ErrNeed},
		"waiting":       {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Waiting = -1 }, plan.ErrNeed},
		"not":           {func(n *plan.Need, _ *plan.Provider, _ *plan.Rules) { n.Not = make([]string, plan.ListMax+1) }, plan.ErrNeed},
		"provider id":   {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.ID = "" }, plan.ErrProvider},
		"organisation":  {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Organisation = "" }, plan.ErrProvider},
		"capacity":      {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Capacity = -1 }, plan.ErrProvider},
		"much capacity": {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Capacity = plan.CapacityMax + 1 }, plan.ErrProvider},
		"skills":        {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Skills = []string{"a", ""} }, plan.ErrProvider},
		"provider cell": {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Cell[0] = plan.CellMax + 1 }, plan.ErrProvider},
		"radius":        {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Radius = -1 }, plan.ErrProvider},
		"windows":       {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Windows = []plan.Window{{}} }, plan.ErrProvider},
		"languages":     {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Languages = make([]string, plan.ListMax+1) }, plan.ErrProvider},
		"reliability":   {func(_ *plan.Need, p *plan.Provider, _ *plan.Rules) { p.Reliability = 1_001 }, plan.ErrProvider},
		"backups":       {func(_ *plan.Need, _ *plan.Provider, r *plan.Rules) { r.Backups = plan.BackupsMax + 1 }, plan.ErrRules},
		"oversubscribed": {func(_ *plan.Need, _ *plan.Provider, r *plan.Rules) {
			r.Oversubscribed = plan.OversubscribedMax + 1
		}, plan.ErrRules},
		"candidates": {func(_ *plan.Need, _ *plan.Provider, r *plan.Rules) { r.Candidates = -1 }, plan.ErrRules},
	} {
		t.Run(name, func(t *testing.T) {
			n, p, r := wants("n", 1, 5), can("p", "o", 1), plan.Rules{}
			c.change(&n, &p, &r)
			if _, err := plan.New([]plan.Need{n}, []plan.Provider{p}, r); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := plan.New([]plan.Need{wants("n", 1, 5), wants("n", 1, 5)}, nil, plan.Rules{}); !errors.Is(err, plan.ErrNeedTwice) {
		t.Fatal(err)
	}
	if _, err := plan.New(nil, []plan.Provider{can("p", "o", 1), can("p", "q", 1)}, plan.Rules{}); !errors.Is(err, plan.ErrProviderTwice) {
		t.Fatal(err)
	}
}

// TestFailover: a story. The nearest serves, others of other organisations stand by; when it fails the standby's place is there.
func TestFailover(t *testing.T) {
	near, same, other := can("near", "a", 2), can("same", "a", 2), can("other", "b", 2)
	same.Cell, other.Cell = [2]int64{1, 0}, [2]int64{2, 0}
	pl, err := plan.New([]plan.Need{wants("n", 2, 5)}, []plan.Provider{near, same, other}, plan.Rules{Backups: 1})
	if err != nil {
		t.Fatal(err)
	}
	see := func(want plan.Assignment) {
		t.Helper()
		if err := pl.Check(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]plan.Assignment{want}, pl.Assignments()); diff != "" {
			t.Fatal(diff)
		}
	}
	happen := func(e plan.Event) {
		t.Helper()
		if _, err := pl.Apply(e, 0); err != nil {
			t.Fatal(err)
		}
	}
	see(plan.Assignment{Need: "n", Primary: []plan.Share{{"near", 2}}, Standby: []plan.Share{{"other", 2}}})
	happen(plan.Event{Fail: &plan.Who{Organisation: "a"}})
	see(plan.Assignment{Need: "n", Primary: []plan.Share{{"other", 2}}, Bare: 2})
	happen(plan.Event{Restore: &plan.Who{Provider: "same"}})
	see(plan.Assignment{Need: "n", Primary: []plan.Share{{"same", 2}}, Standby: []plan.Share{{"other", 2}}})
	happen(plan.Event{Capacity: &plan.Able{Provider: "same", Capacity: 1}})
	see(plan.Assignment{Need: "n", Primary: []plan.Share{{"other", 1}, {"same", 1}}, Bare: 2})
	happen(plan.Event{Fail: &plan.Who{Provider: "other"}})
	see(plan.Assignment{Need: "n", Primary: []plan.Share{{"same", 1}}, Unserved: 1, Bare: 1})
	for _, e := range []plan.Event{
		{}, {Close: "n", Fail: &plan.Who{Provider: "same"}}, {Close: "m"}, {Wait: &plan.Waited{Need: "m"}}, {Fail: &plan.Who{Provider: "x"}},
		{Restore: &plan.Who{}}, {Capacity: &plan.Able{Provider: "x"}}, {Capacity: &plan.Able{Provider: "same", Capacity: -1}},
		{Wait: &plan.Waited{Need: "n", Waiting: -1}}, {Open: &plan.Need{ID: "n"}}, {Fail: &plan.Who{Provider: "same", Organisation: "a"}},
	} {
		if _, err := pl.Apply(e, 0); err == nil {
			t.Fatalf("%+v is taken", e)
		}
	}
	see(plan.Assignment{Need: "n", Primary: []plan.Share{{"same", 1}}, Unserved: 1, Bare: 1})
	happen(plan.Event{Close: "n"})
	if got := pl.Totals(); got != (plan.Totals{}) {
		t.Fatalf("%+v", got)
	}
}

// TestReasons: three needs and two providers, of whom the nearer is full.
func TestReasons(t *testing.T) {
	near, far := can("near", "a", 1), can("far", "b", 1)
	far.Cell, far.Reliability, far.Languages = [2]int64{5, 0}, 900, []string{"yue"}
	urgent, calm, late := wants("urgent", 1, 9), wants("calm", 1, 2), wants("late", 1, 1)
	calm.Language, calm.Cell = "min", [2]int64{1, 0}
	pl, err := plan.New([]plan.Need{urgent, calm, late}, []plan.Provider{near, far}, plan.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := pl.Reasons()
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Need("urgent")
	if err != nil {
		t.Fatal(err)
	}
	// then urgent goes to near at nothing and calm to far at 520 + 200 + 800; the other way round they cost 260 more
	for i, a := range got {
		if a.AtLeast > a.Exact {
			t.Fatalf("%+v", a)
		}
		got[i].AtLeast = 0
	}
	want := []plan.Alternative{
		{Provider: "near", Units: 1}, {Provider: "far", Parts: plan.Parts{Distance: 650, Reliability: 200}, Exact: 260},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	short, err := r.Shortage("late")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan.Shortage{Needs: []string{"urgent", "calm", "late"}, Providers: []string{"near", "far"}}, short); diff != "" {
		t.Fatal(diff)
	}
	if short, err := r.Shortage("urgent"); err != nil || short.Needs != nil {
		t.Fatalf("%+v, %v", short, err)
	}
	// then one place more would serve late, at nothing or at 850, and save what it costs that it is not
	for id, want := range map[string]int64{"near": 100_000, "far": 100_000 - 850} {
		if got, err := r.Provider(id); err != nil || got != want {
			t.Fatalf("%s: a place more saves %d (%v), want %d", id, got, err, want)
		}
	}
	for _, err := range []error{second(r.Need("x")), second(r.Provider("x")), second(r.Shortage("x"))} {
		if err == nil {
			t.Fatal("answers about nobody")
		}
	}
}

func second[T any](_ T, err error) error { return err }

// drawNeed draws a need of a small neighbourhood.
func drawNeed(t *rapid.T, id string) plan.Need {
	n := wants(id, rapid.Int64Range(1, 3).Draw(t, "quantity"), rapid.Int64Range(1, 9).Draw(t, "priority"))
	n.Skill = rapid.SampledFrom([]string{"meals", "lifts"}).Draw(t, "skill")
	n.Cell = [2]int64{rapid.Int64Range(0, 6).Draw(t, "x"), rapid.Int64Range(0, 6).Draw(t, "y")}
	n.Language = rapid.SampledFrom([]string{"", "yue"}).Draw(t, "language")
	return n
}

func drawProvider(t *rapid.T, id string) plan.Provider {
	p := can(id, rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "organisation"), rapid.Int64Range(0, 4).Draw(t, "capacity"))
	p.Skills = rapid.SampledFrom([][]string{{"meals"}, {"lifts"}, {"meals", "lifts"}}).Draw(t, "skills")
	p.Cell = [2]int64{rapid.Int64Range(0, 6).Draw(t, "x"), rapid.Int64Range(0, 6).Draw(t, "y")}
	p.Radius = rapid.Int64Range(0, 900).Draw(t, "radius")
	return p
}

// TestPlanFollows: whatever happens, both flows are proved, P costs what a whole new plan would, and no standby breaks a rule.
func TestPlanFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{open: map[string]plan.Need{}, failed: map[string]bool{}}
		for i := range rapid.IntRange(0, 6).Draw(t, "providers") {
			w.providers = append(w.providers, drawProvider(t, fmt.Sprint("p", i)))
		}
		var needs []plan.Need
		for i := range rapid.IntRange(0, 5).Draw(t, "needs") {
			needs = append(needs, drawNeed(t, fmt.Sprint("n", i)))
			w.open[needs[i].ID] = needs[i]
		}
		w.rules = plan.Rules{Backups: rapid.Int64Range(0, 2).Draw(t, "backups"), Oversubscribed: rapid.Int64Range(1, 3).Draw(t, "factor")}
		w.rules.Candidates = rapid.IntRange(0, 2).Draw(t, "candidates") // 0 is more than there are
		if rapid.Bool().Draw(t, "seeded") {
			w.rules.Seed = []byte{1}
		}
		pl, err := plan.New(needs, w.providers, w.rules)
		if err != nil {
			t.Fatal(err)
		}
		w.look(t, pl)
		for i := range rapid.IntRange(0, 8).Draw(t, "events") {
			e, ok := w.event(t, fmt.Sprint("m", i))
			if !ok {
				continue
			}
			did, err := pl.Apply(e, rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "limit"))
			if err == nil && did.Provisional() {
				if err := pl.Check(); !errors.Is(err, flow.ErrProvisional) {
					t.Fatalf("a provisional plan is proved: %v", err)
				}
				did, err = pl.Finish()
			}
			if did.Provisional() || did.Left() > 0 {
				t.Fatalf("a finished plan has left %d", did.Left())
			}
			if err != nil {
				t.Fatal(err)
			}
			w.look(t, pl)
		}
		if w.rules.Backups == 0 {
			return
		}
		got := pl.Totals().StandbyObjective
		if want, err := pl.StandbyAnew(); err != nil || got != want {
			t.Fatalf("standbys cost %d, anew %d (%v)", got, want, err)
		}
	})
}

// world is what should be so.
type world struct {
	providers []plan.Provider
	open      map[string]plan.Need
	failed    map[string]bool
	rules     plan.Rules
}

// event draws one, and lets it happen in the world.
func (w *world) event(t *rapid.T, id string) (plan.Event, bool) {
	var ids []string
	for n := range w.open {
		ids = append(ids, n)
	}
	slices.Sort(ids)
	what := rapid.IntRange(0, 5).Draw(t, "what")
	if what == 0 {
		n := drawNeed(t, id)
		w.open[id] = n
		return plan.Event{Open: &n}, true
	}
	if what <= 2 {
		if len(ids) == 0 {
			return plan.Event{}, false
		}
		id := rapid.SampledFrom(ids).Draw(t, "need")
		n := w.open[id]
		if what == 1 {
			delete(w.open, id)
			return plan.Event{Close: id}, true
		}
		n.Waiting = rapid.Int64Range(0, 5).Draw(t, "waiting")
		w.open[id] = n
		return plan.Event{Wait: &plan.Waited{Need: id, Waiting: n.Waiting}}, true
	}
	if len(w.providers) == 0 {
		return plan.Event{}, false
	}
	p := &w.providers[rapid.IntRange(0, len(w.providers)-1).Draw(t, "provider")]
	switch what {
	case 3:
		w.failed[p.ID] = true
		return plan.Event{Fail: &plan.Who{Provider: p.ID}}, true
	case 4:
		w.failed[p.ID] = false
		return plan.Event{Restore: &plan.Who{Provider: p.ID}}, true
	}
	p.Capacity = rapid.Int64Range(0, 4).Draw(t, "capacity")
	return plan.Event{Capacity: &plan.Able{Provider: p.ID, Capacity: p.Capacity}}, true
}

// look holds a plan against the world.
func (w *world) look(t *rapid.T, pl *plan.Plan) {
	if err := pl.Check(); err != nil {
		t.Fatal(err)
	}
	var needs []plan.Need
	for _, n := range w.open {
		needs = append(needs, n)
	}
	providers := slices.Clone(w.providers)
	organisations, places := map[string]string{}, map[string]int64{}
	for i := range providers {
		if w.failed[providers[i].ID] {
			providers[i].Capacity = 0
		}
		organisations[providers[i].ID], places[providers[i].ID] = providers[i].Organisation, providers[i].Capacity
	}
	anew, err := plan.New(needs, providers, plan.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	got, want := pl.Totals(), anew.Totals()
	if got.Objective != want.Objective || got.Served != want.Served || got.Unserved != want.Unserved {
		t.Fatalf("got %+v, a new plan has %+v", got, want)
	}
	standing := map[string]int64{}
	for _, a := range pl.Assignments() {
		by, served, stand := map[string]int64{}, int64(0), int64(0)
		for _, s := range a.Primary {
			places[s.Provider] -= s.Units
			by[organisations[s.Provider]] = w.open[a.Need].Quantity // no unit more is free for standing by
			served += s.Units
		}
		for _, s := range a.Standby {
			standing[s.Provider] += s.Units
			by[organisations[s.Provider]] += s.Units
			stand += s.Units
			if by[organisations[s.Provider]] > served {
				t.Fatalf("%+v has two of one organisation", a)
			}
		}
		if served+a.Unserved != w.open[a.Need].Quantity || stand+a.Bare != served*w.rules.Backups {
			t.Fatalf("%+v does not add up", a)
		}
	}
	for id, place := range places {
		if place < 0 || standing[id] > place*w.rules.Oversubscribed {
			t.Fatalf("%s is used beyond what it can: %d left, %d standing by", id, place, standing[id])
		}
	}
}
