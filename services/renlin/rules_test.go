package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/rules"
)

// demoRules holds the demo's poll against other rules. It passed with ten yeses of ten.
func demoRules(t *testing.T, bundle string) {
	t.Helper()
	code, out, stderr := renlin(t, "rules", "-preset", "residents", "-against", bundle)
	if code != exitDone || !strings.Contains(out, "passed, the same") {
		t.Errorf("exit %d\n%s\n%s", code, out, stderr)
	}
	code, out, stderr = renlin(t, "rules", "-preset", "owners-ordinary", "-against", bundle)
	if code != exitDone || !strings.Contains(out, "cannot be compared") {
		t.Errorf("exit %d\n%s\n%s", code, out, stderr)
	}
	raw, err := json.Marshal(map[string]any{
		"electorate": "ELECTORATE_MEMBERS", "method": "METHOD_YES_NO", "votingSeconds": 60, "requirements": []any{map[string]any{
			"measure": "MEASURE_HEADS", "of": "OF_YES", "base": "BASE_ALL", "numerator": "1", "denominator": "1",
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr = renlin(t, "rules", "-json", "-against", bundle, file)
	var sets []struct {
		Past []struct {
			Was, Would string
			Differs    bool
			Why        []string
		}
	}
	if err := json.Unmarshal([]byte(out), &sets); err != nil || code != exitDone || len(sets) != 1 || len(sets[0].Past) == 0 {
		t.Fatalf("exit %d, %v\n%s\n%s", code, err, out, stderr)
	}
	if p := sets[0].Past[0]; p.Differs != (p.Was != p.Would) || p.Differs != (len(p.Why) > 0) {
		t.Errorf("%+v", p)
	}
}

// budgetRuledOtherwise holds a real budget, as it is on the record, against equal shares and against its own rules: what comes out is what
// counting the file by these gives.
func budgetRuledOtherwise(t *testing.T, file, bundle string, winners []string) {
	t.Helper()
	against := func(rules map[string]any) pastPoll {
		rules["electorate"], rules["votingSeconds"] = "ELECTORATE_MEMBERS", 60
		raw, err := json.Marshal(rules)
		if err != nil {
			t.Fatal(err)
		}
		in := filepath.Join(t.TempDir(), "rules.json")
		if err := os.WriteFile(in, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, stderr := renlin(t, "rules", "-json", "-against", bundle, in)
		var sets []ruleSet
		if err := json.Unmarshal([]byte(out), &sets); err != nil || code != exitDone || len(sets) != 1 || len(sets[0].Past) != 1 {
			t.Fatalf("exit %d, %v\n%s\n%s", code, err, out, stderr)
		}
		return sets[0].Past[0]
	}
	approval := func(more map[string]any) map[string]any {
		more["form"] = "BALLOT_FORM_APPROVAL"
		return more
	}
	own := against(map[string]any{"method": "METHOD_BUDGET_GREEDY", "ballot": approval(map[string]any{})})
	if !own.Comparable || own.Differs || !slices.Equal(own.WouldChoose, winners) {
		t.Errorf("by its own rules: %+v, want %v", own, winners)
	}
	_, out, _ := renlin(t, "count", "-json", "-format", "pabulib", "-rule", "equal-shares/cost/none", file)
	var counted struct{ Winners []string }
	if err := json.Unmarshal([]byte(out), &counted); err != nil || len(counted.Winners) == 0 {
		t.Fatal(err, out)
	}
	shares := against(map[string]any{"method": "METHOD_BUDGET_EQUAL_SHARES", "ballot": approval(map[string]any{
		"utility": "UTILITY_COST", "completion": "COMPLETION_NONE",
	})})
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	if !shares.Comparable || !slices.Equal(sorted(shares.WouldChoose), sorted(counted.Winners)) ||
		shares.Differs != !slices.Equal(sorted(winners), sorted(counted.Winners)) {
		t.Errorf("by equal shares: %+v, want %v", shares, counted.Winners)
	}
	if ranked := against(map[string]any{"method": "METHOD_SCHULZE"}); ranked.Comparable || ranked.Unlike.Code != "dryrun.method" {
		t.Errorf("as an order: %+v", ranked)
	}
}

// TestRules holds the command to its manual.
func TestRules(t *testing.T) {
	asked := func(in string, args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), streams{in: strings.NewReader(in), out: &out, err: &errs}, append([]string{"rules"}, args...))
		return code, out.String(), errs.String()
	}
	for _, name := range rules.Presets() {
		code, out, _ := asked("", "-preset", name)
		if code != exitDone || !strings.Contains(out, "The vote lasts 15 days.") || !strings.Contains(out, "表决期为15天。") {
			t.Errorf("%s: exit %d\n%s", name, code, out)
		}
		code, out, _ = asked("", "-preset", name, "-json")
		var sets []ruleSet
		if err := json.Unmarshal([]byte(out), &sets); err != nil || code != exitDone || strings.Count(out, "\n") != 1 {
			t.Fatalf("%s: exit %d, %v\n%s", name, code, err, out)
		}
		again, said, _ := asked(string(sets[0].Rules), "-json", "-") // what it prints it reads
		if again != exitDone || said != out {
			t.Errorf("%s read back: exit %d\n%s", name, again, said)
		}
	}
	const half = `{"turnout": {"extensionRoundsMax": 1}}`
	for in, want := range map[string][]string{
		half:                               {"error extension.half (turnout.extension_seconds)"},
		`{"code":"a","poll":` + half + `}`: {"matter a", "error extension.half"},
		`{"matters":[{"code":"a","poll":{}},{"code":"b","poll":` + half + `}]}`: {"matter a", "matter b", "error extension.half"},
		`{"ledger":{"emergencyMaxFen":"100","thirdFromFen":"100"}}`: {
			"ledger", "from 1 yuan on a third agrees", "1元以上（含）", "error money.emergency_third (emergency_max_fen)",
		},
	} {
		code, out, stderr := asked(in, "-")
		if code != exitNo || stderr != "" {
			t.Errorf("%s: exit %d, %s", in, code, stderr)
		}
		inOrder(t, out, want...)
	}
	for _, bad := range []string{"", "[]", "{", `{"turnuot": {}}`, `{"matters": []}`, `{"matters": [], "poll": {}}`} {
		if code, out, stderr := asked(bad, "-"); code != exitUsage || out != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit %d, %s %s", bad, code, out, stderr)
		}
	}
}

// TestRulesDigest: the line is that of docs/format.md, and of what is no rulebook there is none.
func TestRulesDigest(t *testing.T) {
	asked := func(in string, args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := run(t.Context(), streams{in: strings.NewReader(in), out: &out, err: &errs}, append([]string{"rules"}, args...))
		return code, out.String(), errs.String()
	}
	format, err := os.ReadFile("../../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{
		`{"version": 2}`, `{"version": 2, "ledger": {"dividendPoolPermille": 500, "dividendEqualPermille": 250, "dividendDays": 30,
			"moneyDividendPermille": 100, "moneyEqualPermille": 1000}}`,
	} {
		code, out, stderr := asked(in, "-digest", "-")
		digest, ok := strings.CutPrefix(out, rules.VoteOnlyPrefix)
		if code != exitDone || !ok || !strings.Contains(string(format), "`"+strings.TrimSuffix(digest, "\n")+"`") {
			t.Errorf("exit %d: %s%s", code, out, stderr)
		}
	}
	for _, bad := range []string{"", "{}", `{"version": 2, "leger": {}}`, `{"dividendPoolPermille": 500}`} {
		if code, out, stderr := asked(bad, "-digest", "-"); code != exitUsage || out != "" || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit %d, %s %s", bad, code, out, stderr)
		}
	}
	for _, args := range [][]string{{"-digest"}, {"-digest", "-json", "-"}, {"-digest", "-preset", "residents"}, {"-digest", "-", "-"}} {
		if code, out, _ := asked(`{"version": 2}`, args...); code != exitUsage || out != "" {
			t.Errorf("%v: exit %d, %s", args, code, out)
		}
	}
}
