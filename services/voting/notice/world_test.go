package notice

import (
	"strings"
	"testing"
)

// rightNotice is a notice in which everything holds, one field a line. Of 300 heads 200 took part, 110 were for it.
const rightNotice = `{
 "id": "roof",
 "source": "https://example.org/notice",
 "title": "roof",
 "meeting": ["2026-01-02", "2026-01-09T17:00"],
 "matter": "使用维修资金",
 "total_heads": 300,
 "total_area_m2": "30000.00",
 "participating_heads": 200,
 "participating_area_m2": "20000.125",
 "participating_heads_pct": "66.67",
 "participating_area_pct": "66.66",
 "for": {"heads": 100, "area_m2": "10000.125", "heads_pct": "50", "by_channel": {"online": 60, "paper": 40}},
 "against": {"heads": 70, "area_m2": "7000"},
 "abstain": {"heads": 20, "area_m2": 2000.0},
 "notified_not_voted_counted_to_majority": {"heads": 10, "area_m2_implied": "1000.000"},
 "published_final": {"for_heads": 110, "for_area_m2": "11000.125", "for_heads_pct": "55.0", "for_area_pct": "55.000", "result": "passed"},
 "checks": {"category_sum": 200}
}`

// rightElection is a choice between three, in which everything holds.
const rightElection = `{
 "matter": "从三家企业中选聘物业服务企业",
 "total_heads": 90,
 "total_area_m2": "9000",
 "participating_heads": 60,
 "participating_area_m2": "6000",
 "options": {"A": 9, "B": {"heads": 31, "area_m2": "3100"}, "C": 10, "abstain": 6, "invalid": 4},
 "published_final": {"winner": "B", "heads": 31, "heads_pct": "51.66", "area_m2": "3100", "area_pct": "51.67", "result": "passed"}
}`

// changed answers a notice with pieces replaced, each of which must be there.
func changed(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if strings.Count(text, pairs[i]) != 1 {
			t.Fatalf("%q stands %d times", pairs[i], strings.Count(text, pairs[i]))
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// found writes findings as "code field published recomputed".
func found(r Report) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, f.Code+" "+f.Field+" "+f.Published+" "+f.Recomputed)
	}
	return out
}

// codes writes the codes of the first entry's notes.
func codes(r Report) []string {
	out := []string{}
	for _, n := range r.Entries[0].Notes {
		out = append(out, n.Code)
	}
	return out
}
