package flow_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"renlin.dev/pkg/flow"
)

// street is a town in which things happen: of a hundred events, twenty times a provider fails, fifteen times one comes back, fifteen
// times one can do more or less, and needs are closed and opened twenty-five times each.
type street struct {
	*town
	w              *flow.Warm
	d              dice
	failed, closed []int
}

func newStreet(t testing.TB, s size) *street {
	t.Helper()
	town := s.make()
	p, err := flow.Solve(&town.network)
	if err != nil {
		t.Fatal(err)
	}
	w, err := flow.NewWarm(&town.network, p)
	if err != nil {
		t.Fatal(err)
	}
	return &street{town: town, w: w, d: 99}
}

// event makes one event happen and does not settle it.
func (s *street) event(t testing.TB) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	serving := func() (int, flow.ArcID) {
		for {
			i := int(s.d.roll(int64(len(s.providers))))
			if !slices.Contains(s.failed, i) {
				return i, s.providerArc + flow.ArcID(i)
			}
		}
	}
	take := func(list *[]int) int {
		at := int(s.d.roll(int64(len(*list))))
		i := (*list)[at]
		*list = slices.Delete(*list, at, at+1)
		return i
	}
	switch what := s.d.roll(100); {
	case what < 20 || what < 35 && len(s.failed) == 0:
		i, id := serving()
		s.failed = append(s.failed, i)
		must(s.w.SetBounds(id, 0, 0))
	case what < 35:
		i := take(&s.failed)
		must(s.w.SetBounds(s.providerArc+flow.ArcID(i), 0, s.providers[i].capacity))
	case what < 50:
		i, id := serving()
		must(s.w.SetBounds(id, 0, max(0, s.providers[i].capacity+s.d.roll(5)-2)))
	case what < 75 || len(s.closed) == 0:
		i := int(s.d.roll(int64(len(s.needs))))
		for slices.Contains(s.closed, i) {
			i = int(s.d.roll(int64(len(s.needs))))
		}
		s.closed = append(s.closed, i)
		must(s.w.RemoveNode(s.needs[i].node))
		must(s.w.SetSupply(s.sink, s.w.Supply(s.sink)+s.needs[i].quantity))
	default:
		need := &s.needs[take(&s.closed)]
		v, err := s.w.AddNode(need.quantity)
		must(err)
		need.node = v
		must(s.w.SetSupply(s.sink, s.w.Supply(s.sink)-need.quantity))
		for _, id := range append(idsBetween(need.firstArc, need.lastArcAfter), need.unserved) {
			a := s.network.Arcs[id]
			a.From = v
			_, err := s.w.AddArc(a)
			must(err)
		}
	}
}

func idsBetween(from, to flow.ArcID) []flow.ArcID {
	var ids []flow.ArcID
	for ; from < to; from++ {
		ids = append(ids, from)
	}
	return ids
}

// TestEventsOfTowns: many events after one another, and every so often the flow is held against a whole solution.
func TestEventsOfTowns(t *testing.T) {
	towns, events, every := smallTowns, 2_000, 100
	if os.Getenv("RENLIN_CI") != "" {
		towns, every = slices.Concat(smallTowns, middleTowns), 25
	}
	for _, s := range towns {
		t.Run(s.name, func(t *testing.T) {
			s := newStreet(t, s)
			for i := range events {
				s.event(t)
				if _, err := s.w.Settle(0); err != nil {
					t.Fatal(err)
				}
				if i%every != 0 {
					continue
				}
				n := s.w.Network()
				want, err := flow.Solve(n)
				if err != nil {
					t.Fatal(err)
				}
				p, err := s.w.Proof()
				if err != nil {
					t.Fatal(err)
				}
				if err := flow.Check(n, p); err != nil || p.Objective != want.Objective {
					t.Fatalf("after %d events: objective %d, want %d: %v", i, p.Objective, want.Objective, err)
				}
			}
		})
	}
}

// BenchmarkEvents settles each of 1,000 events to a proven optimum. The same events are played three times and each one's fastest time is
// taken, because others' work on the machine only ever adds. cold/p99 says how many times longer a whole solution of the network takes.
func BenchmarkEvents(b *testing.B) {
	const events = 1_000
	for _, size := range benchTowns() {
		b.Run(size.name, func(b *testing.B) {
			took, cold, nodes := make([]time.Duration, events), time.Duration(0), 0
			for round := range max(b.N, 3) {
				s := newStreet(b, size)
				nodes = 0
				for i := range took {
					begin := time.Now()
					s.event(b)
					did, err := s.w.Settle(0)
					if now := time.Since(begin); round == 0 || now < took[i] {
						took[i] = now
					}
					if err != nil {
						b.Fatal(err)
					}
					nodes += did.Nodes
				}
				begin := time.Now()
				if _, err := flow.Solve(s.w.Network()); err != nil {
					b.Fatal(err)
				}
				if now := time.Since(begin); round == 0 || now < cold {
					cold = now
				}
			}
			slices.Sort(took)
			p99 := took[len(took)*99/100]
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-µs")
			b.ReportMetric(float64(p99)/1e3, "p99-µs")
			b.ReportMetric(float64(took[len(took)-1])/1e3, "max-µs")
			b.ReportMetric(float64(nodes)/events, "nodes/event")
			b.ReportMetric(float64(cold)/float64(p99), "cold/p99")
		})
	}
}
