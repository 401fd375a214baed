package count

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/realdata"
	"renlin.dev/services/voting/internal/tally"
)

// ownersLine is what a reader of the JSON gets for one matter.
type ownersLine struct {
	Result       string
	Inequalities []struct {
		Label, Measure, Inequality string
		Holds                      bool
	}
}

func TestBoundaryVectors(t *testing.T) {
	t.Parallel()
	data := realdata.Read(t, "owners", "art278_boundary_vectors.json")
	var vectors []struct {
		Name, Expected string
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	result, err := Count(FormatOwners, "", data)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	var got []ownersLine
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != 8 || len(got) != 8 {
		t.Fatalf("%d results for %d vectors, want 8", len(got), len(vectors))
	}
	for i, v := range vectors {
		if got[i].Result != v.Expected || len(got[i].Inequalities) != 4 {
			t.Errorf("%s: %+v, want %s", v.Name, got[i], v.Expected)
		}
	}
	if line := got[0].Inequalities[1]; line.Inequality != "3*200 >= 2*300" || !line.Holds || line.Label != "quorum.heads" {
		t.Errorf("%+v", line)
	}
}

// oneMatter is a matter in order, one field a line, with one field replaced.
func oneMatter(field, value string) string {
	fields := []struct{ name, value string }{
		{"name", `"roof"`}, {"matter_item", "6"}, {"total_heads", "4"}, {"total_area", `"400.00"`}, {"for", `[3, "300.0"]`},
		{"against", `[1, 100]`}, {"abstain", `[0, "0"]`},
	}
	var lines []string
	for _, f := range fields {
		if f.name == field {
			f.value = value
		}
		if f.value != "" {
			lines = append(lines, fmt.Sprintf("%q: %s", f.name, f.value))
		}
	}
	return "{\n" + strings.Join(lines, ",\n") + "\n}"
}

func TestOneMatterIsAnsweredByOne(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"object": oneMatter("", ""), "list": "[" + oneMatter("", "") + "]"} {
		got, err := Count(FormatOwners, RuleOwners, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(got)
		if err != nil || !strings.HasPrefix(string(encoded), map[string]string{"object": "{", "list": "[{"}[name]) {
			t.Errorf("%s: %s, %v", name, encoded, err)
		}
		if got.Matters[0].Verdict != "passed" || got.Matters[0].Name != "roof" || got.Matters[0].Item != 6 {
			t.Errorf("%s: %+v", name, got.Matters[0])
		}
	}
	got, err := Count(FormatOwners, "", []byte(" [] "))
	if encoded, jsonErr := json.Marshal(got); err != nil || jsonErr != nil || string(encoded) != "[]" {
		t.Errorf("an empty list: %s, %v, %v", encoded, err, jsonErr)
	}
}

func TestOwnersBrokenFields(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		text string
		want []string
	}{
		"name is no text":       {oneMatter("name", "7"), []string{"2 name field.value"}},
		"item out of range":     {oneMatter("matter_item", "10"), []string{"3 matter_item field.number"}},
		"item zero":             {oneMatter("matter_item", "0"), []string{"3 matter_item field.value"}},
		"item as text":          {oneMatter("matter_item", `"6"`), []string{"3 matter_item field.number"}},
		"heads with a fraction": {oneMatter("total_heads", "4.0"), []string{"4 total_heads field.number"}},
		"negative heads":        {oneMatter("for", `[-3, "300"]`), []string{"6 for field.negative"}},
		"area too fine":         {oneMatter("total_area", `"400.001"`), []string{"5 total_area field.area"}},
		"area in exponents":     {oneMatter("total_area", "4e2"), []string{"5 total_area field.area"}},
		"negative area":         {oneMatter("total_area", `"-400"`), []string{"5 total_area field.negative"}},
		"an area like no city":  {oneMatter("total_area", `"99999999999999"`), []string{"5 total_area field.area"}},
		"area is no number":     {oneMatter("against", `[1, {}]`), []string{"7 against field.area"}},
		"only heads":            {oneMatter("against", `[1]`), []string{"7 against field.value"}},
		"no pair":               {oneMatter("against", `1`), []string{"7 against field.value"}},
		"both of a pair":        {oneMatter("against", `["x", "y"]`), []string{"7 against field.number", "7 against field.area"}},
		"missing":               {oneMatter("abstain", ""), []string{"1 abstain field.missing"}},
		"twice":                 {oneMatter("abstain", `[0,"0"], "for": [4, "400"]`), []string{"8  section.repeated"}},
		"more than there are":   {oneMatter("against", `[2, 100]`), []string{"1 total_heads, total_area figures.impossible"}},
		"more area than there":  {oneMatter("against", `[1, "100.01"]`), []string{"1 total_heads, total_area figures.impossible"}},
		"no object":             {"[\n1,\n[]]", []string{"2  field.value", "3  field.value"}},
		"the second of a list":  {"[" + oneMatter("", "") + ",\n" + oneMatter("abstain", "[0,0,0]") + "]", []string{"17 abstain field.value"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, rows, err := ReadOwners(strings.NewReader(c.text))
			if diff := cmp.Diff(c.want, places(rows)); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if _, err := Count(FormatOwners, "", []byte(c.text)); !errors.Is(err, ErrFileBroken) {
				t.Errorf("counted: %v", err)
			}
		})
	}
}

func TestOwnersUnreadable(t *testing.T) {
	t.Parallel()
	for text, line := range map[string]string{
		"": "1", "7": "1", "{\n\"a\": 1,\n]": "3", "[{},\n": "2", "{} {}": "1", "[1] x": "1", "{\"a\"": "1",
	} {
		_, _, err := ReadOwners(strings.NewReader(text))
		if !errors.Is(err, ErrFileUnreadable) || !strings.Contains(err.Error(), "line="+line) {
			t.Errorf("%q: %v, want line %s", text, err, line)
		}
	}
	if _, err := Count(FormatOwners, RuleGreedy, nil); !errors.Is(err, ErrRuleUnknown) {
		t.Error(err)
	}
}

// TestAreaIsExact: decimals become 0.01 m², nothing is rounded.
func TestAreaIsExact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{`"0"`: 0, `"0.01"`: 1, "0.1": 10, `"9007199254.99"`: 900719925499, "10000.020": 1000002} {
		text := strings.Replace(oneMatter("total_area", text), `"300.0"`, `"0"`, 1)
		matters, rows, err := ReadOwners(strings.NewReader(strings.Replace(text, "[1, 100]", "[1, 0]", 1)))
		if err != nil || len(rows) > 0 || matters.Questions[0].All != (tally.Weight{Heads: 4, Area: want}) {
			t.Errorf("%s: %+v, %v, %v", text, matters, rows, err)
		}
	}
}
