package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"renlin.dev/services/matching/instance"
)

// needs plans a file of needs and providers and plays what happens afterwards. The totals are those after the last event.
func (m *matchRun) needs(s streams, raw []byte, answer *matched) error {
	in, err := instance.Read(raw)
	if err != nil {
		return err
	}
	var events []instance.Event
	if m.events != "" {
		if raw, err = readFile(s, m.events); err != nil {
			return err
		}
		if events, err = instance.ReadEvents(raw); err != nil {
			return fmt.Errorf("events: %w", err)
		}
	}
	begin := time.Now()
	pl, err := in.Plan(m.rules)
	answer.Seconds = time.Since(begin).Seconds()
	if err != nil {
		return err
	}
	if m.events != "" {
		if answer.Events, err = m.play(pl, events); err != nil {
			return err
		}
	}
	if err := pl.Check(); err != nil {
		return fmt.Errorf("check proof: %w", err)
	}
	t := pl.Totals()
	answer.Objective, answer.Served, answer.Unserved, answer.Proof = t.Objective, t.Served, t.Unserved, "optimal"
	if m.rules.Backups > 0 {
		answer.Standby = &matchedStandby{t.StandbyObjective, t.Covered, t.Bare}
	}
	if m.each {
		for _, a := range pl.Assignments() {
			answer.Plan = append(answer.Plan, matchedNeed{a.Need, sharesMap(a.Primary), sharesMap(a.Standby), a.Unserved, a.Bare})
		}
	}
	if m.why != "" {
		answer.Explain, err = explainNeed(pl, m.why)
	}
	return err
}

// play lets events happen one by one. What is timed is until there is a plan, provisional or not.
func (m *matchRun) play(pl *instance.Plan, events []instance.Event) (*matchedEvents, error) {
	did := &matchedEvents{Count: len(events)}
	var took []time.Duration
	for i, e := range events {
		begin := time.Now()
		settled, err := pl.Apply(e, m.limit)
		took = append(took, time.Since(begin))
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		}
		if settled.Provisional() {
			did.Provisional++
			if _, err := pl.Finish(); err != nil {
				return nil, fmt.Errorf("event %d: %w", i+1, err)
			}
		}
	}
	if len(took) > 0 {
		slices.Sort(took)
		micros := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
		did.P50, did.P99, did.Max = micros(took[len(took)/2]), micros(took[len(took)*99/100]), micros(took[len(took)-1])
	}
	return did, nil
}

func sharesMap(shares []instance.Share) map[string]int64 {
	m := map[string]int64{}
	for _, s := range shares {
		m[s.Provider] = s.Units
	}
	return m
}

func sharesLine(shares map[string]int64) string {
	if len(shares) == 0 {
		return "nobody"
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(shares)) {
		parts = append(parts, fmt.Sprintf("%s ×%d", id, shares[id]))
	}
	return strings.Join(parts, ", ")
}
