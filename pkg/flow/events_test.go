package flow_test

import (
	"os"
	"runtime"
	"slices"
	"testing"

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
// taken, because others' work on the machine only ever adds. All times are of the processor. cold/p99 says how many times longer a whole
// solution takes of the network as it is then, lemon/p99 how many times longer LEMON's does, in the same run.
func BenchmarkEvents(b *testing.B) {
	const events = 1_000
	peer, why := buildPeer(b)
	if peer == "" {
		b.Log(why)
	}
	for _, size := range benchTowns() {
		b.Run(size.name, func(b *testing.B) {
			took, nodes := make([]least, events), 0
			var cold, theirs least
			for range max(b.N, 3) {
				s := newStreet(b, size)
				runtime.GC() // what solving it has left is not paid for by the first event
				nodes = 0
				for i := range took {
					begin := processor()
					s.event(b)
					did, err := s.w.Settle(0)
					took[i].take(processor() - begin)
					if err != nil {
						b.Fatal(err)
					}
					nodes += did.Nodes
				}
				n := s.w.Network()
				p, now := solveTimed(b, n)
				cold.take(now)
				if got := s.w.Plan().Objective; got != p.Objective {
					b.Fatalf("the events have led to an objective of %d, want %d", got, p.Objective)
				}
				if peer != "" {
					theirs.take(runPeer(b, peer, writeNetwork(b, n), p.Objective).took)
				}
			}
			slices.Sort(took)
			p99 := float64(took[len(took)*99/100])
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took[len(took)/2])/1e3, "p50-µs")
			b.ReportMetric(p99/1e3, "p99-µs")
			b.ReportMetric(float64(took[len(took)-1])/1e3, "max-µs")
			b.ReportMetric(float64(nodes)/events, "nodes/event")
			b.ReportMetric(float64(cold)/p99, "cold/p99")
			if peer != "" {
				b.ReportMetric(float64(theirs)/p99, "lemon/p99")
			}
		})
	}
}

// fail has all of an organisation's providers fail at once, and answers them.
func (s *street) fail(t testing.TB, organisation int64) (failed []int) {
	t.Helper()
	for i := range s.providers {
		if s.providers[i].organisation != organisation || slices.Contains(s.failed, i) {
			continue
		}
		failed = append(failed, i)
		if err := s.w.SetBounds(s.providerArc+flow.ArcID(i), 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	s.failed = append(s.failed, failed...)
	return failed
}

// BenchmarkSoon plays 500 events, every tenth time with a whole organisation that fails as well, and settles each within flow.SoonArcs.
// worst-ms is how long the longest took until there was a flow that fits, provisional or proved; provisional how many were that at first,
// left of how many units it was not known by then where they go, whole-worst-ms how long the longest would have taken to its end. Three
// plays, of each event the fastest, in processor time.
func BenchmarkSoon(b *testing.B) {
	const events = 500
	for _, size := range benchTowns() {
		b.Run(size.name, func(b *testing.B) {
			soon, whole, provisional, left := make([]least, events), make([]least, events), 0, int64(0)
			for range max(b.N, 3) {
				s := newStreet(b, size)
				runtime.GC()
				provisional, left = 0, 0
				for i := range events {
					begin := processor()
					s.event(b)
					if i%10 == 9 {
						s.fail(b, -1-s.d.roll(int64(max(size.providers/80, 2))))
					}
					did, err := s.w.Settle(flow.SoonArcs)
					soon[i].take(processor() - begin)
					if err == nil && did.Provisional {
						provisional, left = provisional+1, left+did.Left
						_, err = s.w.Settle(0)
					}
					whole[i].take(processor() - begin)
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(slices.Max(soon))/1e6, "worst-ms")
			b.ReportMetric(float64(slices.Max(whole))/1e6, "whole-worst-ms")
			b.ReportMetric(float64(provisional), "provisional")
			b.ReportMetric(float64(left), "left")
		})
	}
}
