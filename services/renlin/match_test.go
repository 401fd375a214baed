package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// given writes a file for a command.
func given(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMatchDimacs: the answer to a problem, and to one that has none.
func TestMatchDimacs(t *testing.T) {
	const fits = "p min 4 4\nn 1 4\nn 4 -4\na 1 2 0 3 1\na 1 3 0 9 2\na 2 4 0 9 1\na 3 4 0 9 5\n"
	for name, c := range map[string]struct {
		text string
		code int
		want matched
	}{
		"fits":        {fits, 0, matched{Objective: 13, Served: 4, Proof: "optimal"}},
		"too narrow":  {"p min 2 1\nn 1 4\nn 2 -4\na 1 2 0 3 1\n", 1, matched{Unserved: 4, Proof: "infeasible", Cut: []int64{1}, Excess: 1}},
		"no problem":  {"p max 2 1\n", 2, matched{}},
		"not in sums": {"p min 2 0\nn 1 4\n", 2, matched{}},
	} {
		t.Run(name, func(t *testing.T) {
			file := given(t, "problem.min", c.text)
			code, out, _ := renlin(t, "match", "-json", file)
			var got matched
			if code != 2 {
				if err := json.Unmarshal([]byte(out), &got); err != nil {
					t.Fatal(err)
				}
			}
			got.Seconds = 0
			if diff := cmp.Diff(c.want, got); code != c.code || diff != "" {
				t.Fatalf("exit code %d, want %d; %s", code, c.code, diff)
			}
			if code, out, _ := renlin(t, "match", file); code != c.code || (code != 2) != (out != "") {
				t.Fatalf("for people: exit code %d, %q", code, out)
			}
		})
	}
	if code, _, _ := renlin(t, "match", "-backups", "1", given(t, "problem.min", fits)); code != 2 {
		t.Fatal("standbys of a problem that has none to offer")
	}
}

// TestMatchNeeds: needs and providers, and what happens to them.
func TestMatchNeeds(t *testing.T) {
	file := given(t, "street.jsonl", `{"need":{"id":"wang","quantity":2,"skill":"meals","cell":[0,0],"priority":5}}
{"provider":{"id":"near","organisation":"co-op","capacity":2,"skills":["meals"],"cell":[1,0],"radius":500}}
{"provider":{"id":"far","organisation":"club","capacity":1,"skills":["meals"],"cell":[3,0],"radius":500}}
`)
	events := given(t, "events.jsonl", `{"fail":{"organisation":"co-op"}}
{"wait":{"need":"wang","waiting":1}}
`)
	answer := func(args ...string) (got matched) {
		t.Helper()
		code, out, errs := renlin(t, append([]string{"match", "-json"}, args...)...)
		if code != 0 {
			t.Fatalf("exit code %d: %s", code, errs)
		}
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		got.Seconds = 0
		if got.Events != nil {
			got.Events.P50, got.Events.P99, got.Events.Max = 0, 0, 0
		}
		return got
	}
	want := matched{Objective: 260, Served: 2, Proof: "optimal"}
	if diff := cmp.Diff(want, answer(file)); diff != "" {
		t.Fatal(diff)
	}
	want.Standby = &matchedStandby{Objective: 2 * 390, Covered: 2}
	want.Plan = []matchedNeed{{Need: "wang", Primary: map[string]int64{"near": 2}, Standby: map[string]int64{"far": 2}}}
	if diff := cmp.Diff(want, answer("-backups", "1", "-plan", "-seed", "00ff", file)); diff != "" {
		t.Fatal(diff)
	}
	want = matched{Objective: 390 + 550_000, Served: 1, Unserved: 1, Proof: "optimal"}
	want.Standby, want.Events = &matchedStandby{Objective: 40_000, Bare: 1}, &matchedEvents{Count: 2}
	if diff := cmp.Diff(want, answer("-backups", "1", "-events", events, file)); diff != "" {
		t.Fatal(diff)
	}
	want.Events.Provisional = 1
	if diff := cmp.Diff(want, answer("-backups", "1", "-limit", "1", "-events", events, file)); diff != "" {
		t.Fatal(diff)
	}
	code, out, _ := renlin(t, "match", "-backups", "1", "-plan", "-events", events, file)
	if code != 0 || !strings.Contains(out, "wang: far ×1") {
		t.Fatalf("exit code %d: %s", code, out)
	}
	want.Events.Provisional, want.Explain = 0, &matchedWhy{Need: "wang", Competing: []string{"wang"}, Full: []string{"near", "far"}}
	want.Explain.Alternatives = []matchedOption{
		{Provider: "near", Distance: 130, PlaceMore: 549_870}, {Provider: "far", Units: 1, Distance: 390, PlaceMore: 549_610},
	}
	if diff := cmp.Diff(want, answer("-backups", "1", "-explain", "wang", "-events", events, file)); diff != "" {
		t.Fatal(diff)
	}
	for _, args := range [][]string{
		{"-explain", "li", file}, {given(t, "bad.jsonl", `{"need":{"id":"wang"}}`)}, {"-events", file, file}, {"-seed", "xyz", file},
		{"-backups", "9", file},
		{"-events", given(t, "absent.jsonl", `{"close":{"need":"li"}}`), file}, {"-events", file + "x", file},
	} {
		if code, _, errs := renlin(t, append([]string{"match"}, args...)...); code != 2 || strings.Count(errs, "\n") != 1 {
			t.Fatalf("%v: exit code %d: %s", args, code, errs)
		}
	}
}
