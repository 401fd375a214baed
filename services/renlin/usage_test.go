package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/realdata"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// awaitCommunity waits until the one community of a pilot is served, and names it.
func awaitCommunity(ctx context.Context, cfg exportConfig) (id string, err error) {
	err = neighbourhood.Eventually(ctx, "community is served", func() error {
		d, err := operatorDevice(ctx, cfg)
		if err != nil {
			return err
		}
		id = d.Community
		_, err = d.Records(ctx, "community/main", "", 0)
		return err
	})
	return id, err
}

// TestExitCodes holds every kind of wrong use to exit code 2 with one line on stderr.
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{
		"no such command":    {"frobnicate"},
		"unknown flag":       {"count", "-frobnicate"},
		"count without":      {"count"},
		"count no file":      {"count", "-format", "pabulib", filepath.Join(dir, "absent")},
		"count bad format":   {"count", "-format", "nonsense", "-"},
		"rules without":      {"rules"},
		"rules no preset":    {"rules", "-preset", "nonsense"},
		"rules both":         {"rules", "-preset", "residents", "-"},
		"rules no file":      {"rules", filepath.Join(dir, "absent")},
		"rules no JSON":      {"rules", "-"},
		"rules no bundle":    {"rules", "-preset", "residents", "-against", filepath.Join(dir, "absent")},
		"match without":      {"match"},
		"match no file":      {"match", filepath.Join(dir, "absent")},
		"match no problem":   {"match", "-"},
		"notice without":     {"notice"},
		"notice no file":     {"notice", filepath.Join(dir, "absent")},
		"notice no notice":   {"notice", "-"},
		"count bad seed":     {"count", "-format", "pabulib", "-seed", "xyz", "-"},
		"verify without":     {"verify"},
		"verify no file":     {"verify", filepath.Join(dir, "absent")},
		"verify no bundle":   {"verify", "-"},
		"export without":     {"export"},
		"import without":     {"import"},
		"import bad kind":    {"import", "nonsense", "-"},
		"configure without":  {"configure"},
		"paper without":      {"paper"},
		"paper bad verb":     {"paper", "shred"},
		"paper no poll":      {"paper", "issue", "-o", filepath.Join(dir, "page"), "-"},
		"configure bad port": {"configure", "-o", filepath.Join(dir, "conf"), "-http", "8686"},
		"configure bad mqtt": {"configure", "-o", filepath.Join(dir, "conf"), "-mqtt", "1883"},
		"sensor of what":     {"sensor", "mat"},
		"pilot bad mqtt":     {"pilot", "-mqtt", "1883"},
		"configure twice":    {"configure", "-o", dir},
		"daemon no config":   {"proposal"},
		"witness no config":  {"witness"},
		"trustee nowhere":    {"trustee", "-enrol", "m"},
		"trustee no file":    {"trustee", "-print-keys", "-config", filepath.Join(dir, "absent")},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, stderr := renlin(t, args...)
			if code != exitUsage || strings.Count(stderr, "\n") != 1 || out != "" {
				t.Errorf("exit %d\nstdout: %s\nstderr: %s", code, out, stderr)
			}
		})
	}
}

// TestHelp asks every command for its manual.
func TestHelp(t *testing.T) {
	for _, c := range commands() {
		if code, out, stderr := renlin(t, c.name, "-h"); code != exitDone || (out == "" && stderr == "") {
			t.Errorf("%s -h: exit %d, %q %q", c.name, code, out, stderr)
		}
	}
	if code, out, _ := renlin(t, "-h"); code != exitDone || !strings.Contains(out, "pilot") {
		t.Errorf("renlin -h: exit %d", code)
	}
}

// TestHealthcheck answers no where nobody listens.
func TestHealthcheck(t *testing.T) {
	if code, out, _ := renlin(t, "healthcheck", "-http", "http://127.0.0.1:1"); code != exitNo || !strings.Contains(out, "not ready") {
		t.Errorf("exit %d, %s", code, out)
	}
}

// TestCount holds the command's answers to the known ones: every budget, the mayor's election, committees, votes with balances, and the
// owners' edge cases.
func TestCount(t *testing.T) {
	mayor := realdata.Name(t, "preflib", "00005-00000002.toi")
	for rule, winner := range map[string]string{
		"plurality": "5", "irv": "1", "schulze": "2", "copeland": "2", "condorcet": "2", "borda": "2",
	} {
		countWinners(t, mayor, []string{winner}, "-format", "preflib", "-rule", rule)
	}
	countWinners(t, mayor, []string{"1", "5"}, "-format", "preflib", "-rule", "stv", "-seats", "2")
	for file, rule := range map[string]string{
		"approval": "approval", "copeland": "copeland", "quadratic": "quadratic", "rankedChoice": "ranked-choice",
	} {
		countWinners(t, realdata.Name(t, "snapshot", file+".json"), []string{"1"}, "-format", "snapshot", "-rule", rule)
	}
	code, out, _ := renlin(t, "count", "-json", "-format", "abc", "-rule", "pav", realdata.Name(t, "abc", "abcvoting_25.json"))
	var committees []struct{ Winners []string }
	if err := json.Unmarshal([]byte(out), &committees); code != exitDone || err != nil || len(committees) != 25 {
		t.Errorf("abc: exit %d, %v, %d committees", code, err, len(committees))
	}
	var budgets map[string]struct {
		Official []string `json:"official_selected"`
	}
	readKnown(t, realdata.Name(t, "pabulib", "expected.json"), &budgets)
	if len(budgets) != 7 {
		t.Errorf("%d budgets, want 7", len(budgets))
	}
	for name, b := range budgets {
		countWinners(t, realdata.Name(t, "pabulib", name), b.Official, "-format", "pabulib")
	}
	vectors := realdata.Name(t, "owners", "art278_boundary_vectors.json")
	var want []struct{ Name, Expected string }
	readKnown(t, vectors, &want)
	code, out, _ = renlin(t, "count", "-json", "-format", "owners", vectors)
	var list []struct {
		Result       string
		Inequalities []any
	}
	err := json.Unmarshal([]byte(out), &list)
	if code != exitDone || err != nil || len(list) != 8 || len(want) != 8 {
		t.Fatalf("owners: exit %d, %v, %s", code, err, out)
	}
	for i, w := range want {
		if list[i].Result != w.Expected || len(list[i].Inequalities) < 4 {
			t.Errorf("owners, %s: %+v, want %s", w.Name, list[i], w.Expected)
		}
	}
}

// TestNotice: two notices that were really published, with the slips in them, as JSON and for people; what has none is answered with 0.
func TestNotice(t *testing.T) {
	file := realdata.Name(t, "owners", "real_published_results.json")
	code, out, stderr := renlin(t, "notice", "-json", file)
	var report struct {
		Findings []struct{ Entry, Code, Field string }
	}
	err := json.Unmarshal([]byte(out), &report)
	got := []string{}
	for _, f := range report.Findings {
		got = append(got, f.Entry+" "+f.Code+" "+f.Field)
	}
	want := []string{
		"quzhou-junyue-2022 categories.sum participating_heads",
		"quzhou-junyue-2022 percentage.wrong published_final.against_heads_pct",
		"ziming-2026 percentage.wrong published_final.area_pct",
	}
	if code != exitNo || err != nil || stderr != "" || !slices.Equal(got, want) {
		t.Errorf("exit %d, %v, %v, %s", code, err, got, stderr)
	}
	code, out, _ = renlin(t, "notice", file)
	for _, said := range []string{
		"862 of 1360 is 63.38 % rounded", "3*171755223 >= 2*191619210: holds", "2*238 > 1*1360: does not hold", "有 4 人未说明去向", "3 findings",
	} {
		if code != exitNo || !strings.Contains(out, said) {
			t.Errorf("exit %d, not said: %s", code, said)
		}
	}
	right := filepath.Join(t.TempDir(), "right.json")
	if err := os.WriteFile(right, []byte(`{"matter_item": 4, "total_heads": 3, "total_area_m2": "300", "participating_heads": 2,
		"participating_area_m2": "200", "for": {"heads": 2, "area_m2": "200"}, "against": {"heads": 0, "area_m2": "0"},
		"published_final": {"for_heads_pct": "100", "result": "passed"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := renlin(t, "notice", right); code != exitDone || !strings.Contains(out, "0 findings in 1") {
		t.Errorf("exit %d, %s", code, out)
	}
}

// TestCountForPeople: what is printed without -json tells winners, rounds and ties.
func TestCountForPeople(t *testing.T) {
	for format, want := range map[string][]string{
		"preflib:stv":     {"quota: more than 4490", "out: ", "*           1 Bob Kiss"},
		"preflib:schulze": {"2 against  1 4067:3477", "*           2 Andy Montroll"},
	} {
		format, rule, _ := strings.Cut(format, ":")
		code, out, stderr := renlin(t, "count", "-format", format, "-rule", rule, realdata.Name(t, "preflib", "00005-00000002.toi"))
		for _, w := range want {
			if code != exitDone || !strings.Contains(out, w) {
				t.Errorf("%s: exit %d, %q is not in\n%s%s", rule, code, w, out, stderr)
			}
		}
	}
	code, out, _ := renlin(t, "count", "-format", "abc", "-rule", "equal-shares", realdata.Name(t, "abc", "abcvoting_25.json"))
	head := "instanceL0000.abc.yaml rule equal-shares, 8 votes"
	if code != exitDone || !strings.Contains(out, head) || !strings.Contains(out, "completion") {
		t.Errorf("exit %d\n%s", code, out)
	}
	code, out, _ = renlin(t, "count", "-format", "pabulib", realdata.Name(t, "pabulib", "Poland_Swiecie_2023.pb"))
	if code != exitDone || !strings.Contains(out, "after 226 raises") || !strings.Contains(out, "cost 1040337 of 1070000") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// readKnown reads a file of right answers.
func readKnown(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// countWinners counts a file and compares the winners, in whatever order.
func countWinners(t *testing.T, file string, want []string, args ...string) {
	t.Helper()
	code, out, stderr := renlin(t, append(append([]string{"count", "-json"}, args...), file)...)
	var result struct{ Winners []string }
	err := json.Unmarshal([]byte(out), &result)
	if code != exitDone || err != nil || !slices.Equal(slices.Sorted(slices.Values(result.Winners)), slices.Sorted(slices.Values(want))) {
		t.Errorf("%v %s: exit %d, %v, %s %s", args, filepath.Base(file), code, err, out, stderr)
	}
}
