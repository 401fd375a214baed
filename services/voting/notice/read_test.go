package notice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/fault"
	"renlin.dev/services/voting/count"
)

// rows writes an error's broken fields as "line field code".
func rows(err error) []string {
	var broken *count.Broken
	if !errors.As(err, &broken) {
		return []string{fmt.Sprint(err)}
	}
	out := []string{}
	for _, r := range broken.Rows {
		out = append(out, fmt.Sprintf("%d %s %s", r.Line, r.Field, r.Code))
	}
	return out
}

// TestBrokenFields: every field that is not in order is named with its line, and none of them by what stands in it.
func TestBrokenFields(t *testing.T) {
	t.Parallel()
	text := func(pairs ...string) string { return changed(t, rightNotice, pairs...) }
	election := func(pairs ...string) string { return changed(t, rightElection, pairs...) }
	cases := map[string]struct {
		text string
		want []string
	}{
		"an unknown field":       {text(`"id": "roof"`, `"id": "roof", "secret": 1`), []string{"2 1 field.unknown"}},
		"unknown in a part":      {text(`"7000"`, `"7000", "colour": "red"`), []string{"14 against.2 field.unknown"}},
		"another case":           {text(`"id": "roof"`, `"ID": "roof"`), []string{"2 0 field.unknown"}},
		"a field twice":          {text(`"id": "roof"`, `"id": "roof", "id": "x"`), []string{"2 id field.repeated"}},
		"a channel twice":        {text(`"online": 60`, `"online": 60, "online": 60`), []string{"13 for.by_channel.1 field.repeated"}},
		"missing":                {text(`"total_heads": 300,`, ``), []string{"1 total_heads field.missing"}},
		"heads as text":          {text(`"total_heads": 300`, `"total_heads": "300"`), []string{"7 total_heads field.kind"}},
		"heads with a fraction":  {text(`"total_heads": 300`, `"total_heads": 300.0`), []string{"7 total_heads field.number"}},
		"heads in exponents":     {text(`"total_heads": 300`, `"total_heads": 3e2`), []string{"7 total_heads field.number"}},
		"heads beyond count":     {text(`"total_heads": 300`, `"total_heads": 99999999999999999999`), []string{"7 total_heads field.number"}},
		"heads below zero":       {text(`"total_heads": 300`, `"total_heads": -300`), []string{"7 total_heads field.negative"}},
		"area below zero":        {text(`"30000.00"`, `"-30000.00"`), []string{"8 total_area_m2 field.negative"}},
		"area in exponents":      {text(`"30000.00"`, `3e4`), []string{"8 total_area_m2 field.decimal"}},
		"area with a comma":      {text(`"30000.00"`, `"30,000.00"`), []string{"8 total_area_m2 field.decimal"}},
		"area ends in a point":   {text(`"30000.00"`, `"30000."`), []string{"8 total_area_m2 field.decimal"}},
		"area without end":       {text(`"30000.00"`, `"3`+strings.Repeat("0", 30)+`"`), []string{"8 total_area_m2 field.decimal"}},
		"area too large to add":  {text(`"30000.00"`, `"3000000000000.00"`), []string{"8 total_area_m2 field.decimal"}},
		"too fine for the rest":  {text(`2000.0`, `2000.000000000001`), []string{"15 abstain.area_m2 field.decimal"}},
		"area of another kind":   {text(`"30000.00"`, `{}`), []string{"8 total_area_m2 field.kind"}},
		"item nought":            {text(`"id": "roof"`, `"id": "roof", "matter_item": 0`), []string{"2 matter_item field.number"}},
		"item ten":               {text(`"id": "roof"`, `"id": "roof", "matter_item": 10`), []string{"2 matter_item field.number"}},
		"a verdict nobody knows": {text(`"passed"`, `"postponed"`), []string{"17 published_final.result field.value"}},
		"no verdict":             {text(`, "result": "passed"`, ``), []string{"17 published_final.result field.missing"}},
		"checks are a list":      {text(`{"category_sum": 200}`, `[]`), []string{"18 checks field.kind"}},
		"a meeting in numbers":   {text(`"2026-01-02"`, `1`), []string{"5 meeting[0] field.kind"}},
		"three times":            {text(`"2026-01-02"`, `"2026-01-02", "2026-01-03"`), []string{"5 meeting field.too_many"}},
		"no against":             {text(`"against": {"heads": 70, "area_m2": "7000"},`, ``), []string{"1 against field.missing"}},
		"final of no category": {text(`"abstain": {"heads": 20, "area_m2": 2000.0},`, ``, `"for_heads"`, `"abstain_heads": 1, "for_heads"`),
			[]string{"17 published_final.abstain_heads field.value"}},
		"both forms":          {election(`"options"`, `"for": {"heads": 1}, "options"`), []string{"1  field.form"}},
		"abstentions outside": {election(`"options"`, `"abstain": 1, "options"`), []string{"7 abstain field.form"}},
		"no options": {election(`"A": 9, "B": {"heads": 31, "area_m2": "3100"}, "C": 10, `, ``),
			[]string{"7 options field.missing"}},
		"a winner nobody voted on": {election(`"winner": "B"`, `"winner": "D"`), []string{"8 published_final.winner field.value"}},
		"the abstainers won":       {election(`"winner": "B"`, `"winner": "abstain"`), []string{"8 published_final.winner field.value"}},
		"no winner":                {election(`"winner": "B", `, ``), []string{"8 published_final.winner field.missing"}},
		"several": {`{"published_results": [` + text(`"7000"`, `[]`) + ", 7, " + election(`"A": 9`, `"A": true`) + `], "x": 1}`,
			[]string{"14 published_results[0].against.area_m2 field.kind", "19 published_results[1] field.kind",
				"25 published_results[2].options.0 field.kind", "27 1 field.unknown"}},
		"a list of nothing": {`{"published_results": {}, "vote_notice_bases": [{"scope": "x", "door": 1}]}`,
			[]string{"1 published_results field.kind", "1 vote_notice_bases[0].1 field.unknown"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Check([]byte(c.text))
			if diff := cmp.Diff(c.want, rows(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	for text, line := range map[string]string{
		"": "1", "7": "1", "[]": "1", "{\n\"id\": 1,\n]": "3", "{} {}": "1", "{\"id\": \"\xff\"}": "1", "\n{\"a\": \"\xff\"}": "2",
		strings.Repeat("{\"checks\":", 20) + "1" + strings.Repeat("}", 20): "1",
	} {
		if _, err := Check([]byte(text)); !errors.Is(err, ErrFileUnreadable) || !strings.Contains(err.Error(), "line="+line) {
			t.Errorf("%q: %v, want line %s", text, err, line)
		}
	}
	if _, err := Check(make([]byte, fileBytesMax+1)); !errors.Is(err, ErrFileTooLarge) {
		t.Error(err)
	}
	if got, err := Check([]byte("\xef\xbb\xbf" + `{"published_results": []}`)); err != nil || got.Findings == nil || len(got.Entries) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestAnyWrongHeadCountIsFound: a notice of any figures in which everything holds has no finding; with one head count a little off, it has.
func TestAnyWrongHeadCountIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		heads := rapid.SliceOfN(rapid.Int64Range(1, 1000), 5, 5).Draw(t, "for, against, abstain, online, total beyond")
		places := rapid.IntRange(0, 6).Draw(t, "places")
		all, per := heads[0]+heads[1]+heads[2]+heads[4], rapid.Int64Range(1, 100_000_000).Draw(t, "area of a head")
		online := min(heads[3], heads[0])
		entry := func(wrong, by int64) string {
			n := []int64{all, heads[0] + heads[1] + heads[2], heads[0], online, heads[0] - online, heads[1], heads[2], heads[0]}
			areas := make([]any, len(n))
			for i, h := range n {
				areas[i] = count.FormatAmount(h*per, places)
			}
			n[wrong] += by
			return fmt.Sprintf(`{"matter_item": 4, "total_heads": %d, "participating_heads": %d, "for": {"heads": %d, "by_channel": {"online": %d,
				"paper": %d}, "area_m2": "%s"}, "against": {"heads": %d, "area_m2": "%s"}, "abstain": {"heads": %d, "area_m2": "%s"},
				"published_final": {"for_heads": %d, "for_area_m2": "%s", "result": "%s"}, "total_area_m2": "%s", "participating_area_m2": "%s"}`,
				n[0], n[1], n[2], n[3], n[4], areas[2], n[5], areas[5], n[6], areas[6], n[7], areas[7],
				verdictOf(heads[0], heads[0]+heads[1]+heads[2], all), areas[0], areas[1])
		}
		got, err := Check([]byte(entry(0, 0)))
		if err != nil || len(got.Findings) != 0 {
			t.Fatalf("%v, %v", found(got), err)
		}
		got, err = Check([]byte(entry(rapid.Int64Range(1, 7).Draw(t, "which"), 1)))
		if err != nil || len(got.Findings) == 0 {
			t.Fatalf("nothing found, %v", err)
		}
	})
}

// verdictOf is the law for heads and areas that go together, told another way than the code does.
func verdictOf(carried, participating, all int64) string {
	switch {
	case participating*3 < all*2:
		return "no_quorum"
	case carried <= participating-carried:
		return "rejected"
	}
	return "passed"
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(rightNotice))
	f.Add([]byte(rightElection))
	f.Add([]byte(`{"published_results": [` + rightNotice + "," + rightElection + `], "vote_notice_bases": []}`))
	f.Add([]byte(strings.ReplaceAll(rightNotice, "0", "999999999999")))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Check(data)
		if err != nil {
			if kind, ok := fault.KindOf(err); !ok || kind == fault.Internal {
				t.Fatalf("no fault for a user: %v", err)
			}
			return
		}
		for _, finding := range got.Findings {
			if finding.Index >= len(got.Entries) || finding.English == "" || finding.Chinese == "" {
				t.Fatalf("%+v", finding)
			}
		}
		if _, err := json.Marshal(got); err != nil {
			t.Fatal(err)
		}
		again, err := Check(data)
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}
