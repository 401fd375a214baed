package main

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// BenchmarkSubstituteHTTP measures the whole way through a pilot's HTTP address. A neighbour asks for a meal, the pilot's program has one
// of two asked, that one refuses by a signed command, and the measured time ends when a record that is read over HTTP says that the other
// is asked. offer is likewise from the need's sending until the first is seen to be asked. Every block is synced to disk.
func BenchmarkSubstituteHTTP(b *testing.B) {
	tuneCollector()
	address, cfg := startPilot(b)
	g, err := gatewayAt(address, filepath.Join(cfg.data, "token"))
	if err != nil {
		b.Fatal(err)
	}
	x, err := neighbourhood.FoundExample(b.Context(), g, func(string, ...any) {})
	if err != nil {
		b.Fatal(err)
	}
	key, err := process.PlannerKey(cfg.data)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := x.Program(b.Context(), key); err != nil {
		b.Fatal(err)
	}
	mode := &matchingv1.SetMode{Mode: matchingv1.Mode_MODE_EMERGENCY, Until: time.Now().Add(time.Hour).UnixMilli()}
	if _, err := x.First.Do(b.Context(), "matching.set_mode", "matching/mode", mode, x.Second.Key); err != nil {
		b.Fatal(err)
	}
	of := map[string]*client.Device{}
	for _, d := range x.Residents[:2] {
		of[serves(b, d)] = d
	}
	var offers, substitutes []time.Duration
	for b.Loop() {
		began := time.Now()
		need := asks(b, x.Residents[2])
		assignment := assigned(b, x.First.Device, need)
		first := askedOf(b, x.First.Device, assignment, 0, "")
		offers = append(offers, time.Since(began))
		began = time.Now()
		refusal := &matchingv1.RefuseAssignment{Assignment: assignment, Provider: first, Reason: matchingv1.Reason_REASON_ILL}
		a, err := of[first].Do(b.Context(), "matching.refuse", "assignments/"+assignment+"/refusal", refusal)
		if err != nil {
			b.Fatal(err)
		}
		if second := askedOf(b, x.First.Device, assignment, a.Position+1, first); of[second] == nil {
			b.Fatalf("asked %s", second)
		}
		substitutes = append(substitutes, time.Since(began))
		if _, err := x.Residents[2].Do(b.Context(), "matching.withdraw_need", "needs/"+need+"/withdrawal",
			&matchingv1.WithdrawNeed{Need: need}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	for name, took := range map[string][]time.Duration{"offer": offers, "substitute": substitutes} { // any order: a line each
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2])/1e6, name+"-p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100])/1e6, name+"-p99-ms")
	}
}

// assigned reads a need until it has an assignment. Until the page has caught up with the record there is no need.
func assigned(b *testing.B, d *client.Device, need string) string {
	b.Helper()
	for {
		var n struct{ Live []string }
		if _, err := d.Record(b.Context(), "need/"+need, 0, &n); err != nil && fault.Of(err).Code != "record.unknown" {
			b.Fatal(err)
		}
		if len(n.Live) > 0 {
			return n.Live[0]
		}
	}
}

// askedOf reads an assignment, as of at least a position, until somebody is asked other than who was before.
func askedOf(b *testing.B, d *client.Device, assignment string, position uint64, before string) string {
	b.Helper()
	for {
		var a struct {
			Candidates []struct{ Provider, Part string }
		}
		if _, err := d.Record(b.Context(), "assignment/"+assignment, position, &a); err != nil {
			b.Fatal(err)
		}
		for _, c := range a.Candidates {
			if c.Part == "asked" && c.Provider != before {
				return c.Provider
			}
		}
	}
}
