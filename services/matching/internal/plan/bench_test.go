package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"renlin.dev/services/matching/internal/plan"
)

// dice is a deterministic generator (splitmix64).
type dice uint64

func (d *dice) roll(n int64) int64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int64((z ^ z>>31) % uint64(n))
}

// aTown has clustered needs and providers, twelve skills, and 40 of a hundred providers in organisations.
func aTown(d *dice, needs, providers, capacity int64) ([]plan.Need, []plan.Provider) {
	side := int64(130)
	cell := func() [2]int64 { return [2]int64{d.roll(side), d.roll(side)} }
	skill := func() string { return fmt.Sprint("skill", min(d.roll(12), d.roll(12))) }
	var ns []plan.Need
	for i := range needs {
		ns = append(ns, plan.Need{
			ID: fmt.Sprint("n", i), Quantity: 1 + d.roll(2), Skill: skill(), Cell: cell(), Priority: 1 + d.roll(9), Waiting: d.roll(4),
		})
	}
	var ps []plan.Provider
	for i := range providers {
		p := plan.Provider{
			ID: fmt.Sprint("p", i), Organisation: fmt.Sprint("p", i), Capacity: 1 + d.roll(2*capacity), Skills: []string{skill(), skill(), skill()},
			Cell: cell(), Radius: 2_000 + d.roll(4_000), Reliability: 600 + d.roll(400),
		}
		if d.roll(100) < 40 {
			p.Organisation = fmt.Sprint("o", d.roll(providers/40+2))
		}
		ps = append(ps, p)
	}
	return ns, ps
}

// BenchmarkPlan makes the plan of a town of 10,000 needs and 3,000 providers with a standby each, and settles 500 events in it, both
// networks to proven optima. Events are played three times and each one's fastest time is taken, because others' work on the machine only
// ever adds.
func BenchmarkPlan(b *testing.B) {
	const events = 500
	took, whole := make([]time.Duration, events), time.Duration(0)
	for round := range max(b.N, 3) {
		d := dice(5)
		needs, providers := aTown(&d, 10_000, 3_000, 6)
		begin := time.Now()
		pl, err := plan.New(needs, providers, plan.Rules{Backups: 1})
		if now := time.Since(begin); round == 0 || now < whole {
			whole = now
		}
		if err != nil {
			b.Fatal(err)
		}
		failed := map[string]bool{}
		for i := range took {
			var e plan.Event
			who := providers[d.roll(int64(len(providers)))].ID
			switch what := d.roll(100); {
			case what < 40:
				failed[who] = !failed[who]
				e.Fail = &plan.Who{Provider: who}
				if !failed[who] {
					e.Fail, e.Restore = nil, e.Fail
				}
			case what < 55:
				e.Capacity = &plan.Able{Provider: who, Capacity: d.roll(12)}
			case what < 80 && len(needs) > 0:
				e.Close = needs[len(needs)-1].ID
				needs = needs[:len(needs)-1]
			default:
				n := needs[d.roll(int64(len(needs)))]
				n.ID = fmt.Sprint("new", i)
				e.Open = &n
			}
			begin := time.Now()
			if _, err := pl.Apply(e, 0); err != nil {
				b.Fatal(err)
			}
			if now := time.Since(begin); round == 0 || now < took[i] {
				took[i] = now
			}
		}
		if err := pl.Check(); err != nil {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(whole)/1e6, "whole-ms")
	b.ReportMetric(float64(took[events/2])/1e3, "p50-µs")
	b.ReportMetric(float64(took[events*99/100])/1e3, "p99-µs")
	b.ReportMetric(float64(took[events-1])/1e3, "max-µs")
}
