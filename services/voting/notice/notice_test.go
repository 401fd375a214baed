package notice

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/realdata"
)

// TestRealNotices: two notices that were really published, with each slip in them and nothing else.
func TestRealNotices(t *testing.T) {
	t.Parallel()
	data := realdata.Read(t, "owners", "real_published_results.json")
	got, err := Check(data)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"categories.sum participating_heads 1360 1356",
		"percentage.wrong published_final.against_heads_pct 63.40 63.38",
		"percentage.wrong published_final.area_pct 64.28 63.49",
	}
	if diff := cmp.Diff(want, found(got)); diff != "" {
		t.Error(diff)
	}
	for i, entry := range []struct{ name, verdict, from string }{
		{"quzhou-junyue-2022", "rejected", fromReference}, {"ziming-2026", "passed", fromWords},
	} {
		a := got.Entries[i]
		if a.Entry != entry.name || a.Verdict != entry.verdict || a.Published != entry.verdict || a.From != entry.from || a.Item != 4 {
			t.Errorf("%+v", a)
		}
		if len(a.Judgements) != 1 || len(a.Judgements[0].Inequalities) != 4 || len(a.Percentages) != 2 {
			t.Errorf("%+v", a)
		}
	}
	// With the slips mended nothing is left, alone as in the list.
	text := string(data)
	for _, mended := range [][2]string{{"\"participating_heads\": 1360", "\"participating_heads\": 1356"},
		{`"63.40"`, `"63.57"`}, {`"64.28"`, `"63.48"`}} {
		text = strings.Replace(text, mended[0], mended[1], 1)
	}
	if got, err := Check([]byte(text)); err != nil || len(got.Findings) != 0 {
		t.Errorf("%v, %v", found(got), err)
	}
	var file struct {
		Results []json.RawMessage `json:"published_results"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if got, err := Check(file.Results[1]); err != nil || len(got.Findings) != 1 || got.Findings[0].Field != "published_final.area_pct" {
		t.Errorf("%v, %v", found(got), err)
	}
}

// TestFindings: one thing changed in a notice that is right, and everything that no longer holds because of it.
func TestFindings(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		text    string
		changes []string
		want    []string
	}{
		"nothing":     {rightNotice, nil, nil},
		"no election": {rightElection, nil, nil},
		"a channel": {rightNotice, []string{`"paper": 40`, `"paper": 39`},
			[]string{"channels.sum for.heads 100 99"}},
		"a category's heads": {rightNotice, []string{`"abstain": {"heads": 20`, `"abstain": {"heads": 21`},
			[]string{"categories.sum participating_heads 200 201"}},
		"a category's area": {rightNotice, []string{`"7000"`, `"7000.001"`},
			[]string{"categories.sum participating_area_m2 20000.125 20000.126"}},
		"more area than took part": {rightNotice, []string{`"7000"`, `"17000"`, `, "area_m2": 2000.0`, ``},
			[]string{"categories.exceed participating_area_m2 20000.125 28000.125"}},
		"more than there are": {rightNotice, []string{`"total_heads": 300`, `"total_heads": 199`, `"66.67"`, `"100.50"`},
			[]string{"participating.exceeds participating_heads 200 <= 199"}},
		"more area than there is": {rightNotice, []string{`"30000.00"`, `"20000"`, `"66.66"`, `"100.0006"`},
			[]string{"participating.exceeds participating_area_m2 20000.125 <= 20000"}},
		"the final sum": {rightNotice, []string{`"for_heads": 110`, `"for_heads": 111`, `"55.0"`, `"55.5"`},
			[]string{"final.sum published_final.for_heads 111 110"}},
		"the final area": {rightNotice, []string{`"11000.125"`, `"11000.126"`},
			[]string{"final.sum published_final.for_area_m2 11000.126 11000.125"}},
		"silence on the wrong side": {rightNotice, []string{`"published_final": {`, `"published_final": {"against_heads": 80, `},
			[]string{"silence.side published_final.against_heads 80 70"}},
		"a percentage of another base": {rightNotice, []string{`"55.0"`, `"36.7"`},
			[]string{"percentage.wrong published_final.for_heads_pct 36.7 55.0"}},
		"a percentage a little off": {rightNotice, []string{`"55.000"`, `"55.001"`},
			[]string{"percentage.wrong published_final.for_area_pct 55.001 55.000"}},
		"a percentage of those who took part": {rightNotice, []string{`"66.66"`, `"66.68"`},
			[]string{"percentage.wrong participating_area_pct 66.68 66.67"}},
		"a category's percentage": {rightNotice, []string{`"50"`, `"51"`},
			[]string{"percentage.wrong for.heads_pct 51 50"}},
		"the verdict": {rightNotice, []string{`"passed"`, `"no_quorum"`},
			[]string{"verdict.wrong published_final.result no_quorum passed"}},
		"the verdict of a special matter": {rightNotice, []string{`"使用维修资金"`, `"筹集维修资金"`},
			[]string{"verdict.wrong published_final.result passed rejected"}},
		"the verdict of neither class": {rightNotice, []string{`"使用维修资金"`, `"其他"`, `"passed"`, `"no_quorum"`},
			[]string{"verdict.wrong published_final.result no_quorum passed / rejected"}},
		"the matter's item": {rightNotice, []string{`"使用维修资金"`, `"民法典第二百七十八条第（六）项，特别事项", "matter_item": 5`},
			[]string{"matter.contradicts matter 民法典第二百七十八条第（六）项，特别事项 item 5: ordinary"}},
		"heads without area": {rightNotice, []string{`"against": {"heads": 70, "area_m2": "7000"}`, `"against": {"heads": 70, "area_m2": "0"}`,
			`2000.0`, `9000`}, []string{"area.contradicts against.area_m2 0 70 heads"}},
		"all heads and not all area": {rightNotice, []string{`"total_heads": 300`, `"total_heads": 200`, `"66.67"`, `"100"`},
			[]string{"area.contradicts participating_area_m2 20000.125 200 of 200 heads"}},
		"another winner": {rightElection, []string{`"C": 10`, `"C": 32`, `"participating_heads": 60`, `"participating_heads": 82`,
			`"51.66"`, `"37.80"`}, []string{"winner.wrong published_final.winner B C", "verdict.wrong published_final.result passed rejected"}},
		"as many as the winner": {rightElection, []string{`"C": 10`, `"C": 31`, `"A": 9`, `"A": 0`, `"abstain": 6`, `"abstain": 0`,
			`"invalid": 4`, `"invalid": 0`, `"participating_heads": 60`, `"participating_heads": 62`, `"51.66"`, `"50"`},
			[]string{"winner.tied published_final.winner B B = C", "verdict.wrong published_final.result passed rejected"}},
		"a winner's area beyond everybody's": {rightElection, []string{
			`"area_m2": "3100", "area_pct": "51.67"`, `"area_m2": "6001", "area_pct": "100.02"`,
			`{"heads": 31, "area_m2": "3100"}`, `31`}, []string{"categories.exceed published_final.area_m2 6001 <= 6000"}},
		"a winner without area": {rightElection, []string{`"area_m2": "3100", "area_pct": "51.67"`, `"area_m2": "0"`,
			`{"heads": 31, "area_m2": "3100"}`, `31`}, []string{"area.contradicts published_final.area_m2 0 31 heads",
			"verdict.wrong published_final.result passed rejected"}},
		"more abstain than the winner has": {rightElection, []string{`"abstain": 6`, `"abstain": 32`, `"participating_heads": 60`,
			`"participating_heads": 86`, `"51.66"`, `"36.05"`}, []string{"verdict.wrong published_final.result passed rejected"}},
		"the silent join those who are most": {rightElection, []string{`"invalid": 4`, `"invalid": 33`, `"A": 9`, `"A": 5, "A2": 5`,
			`"published_final": {"winner": "B", "heads": 31, "heads_pct": "51.66", "area_m2": "3100", "area_pct": "51.67", "result": "passed"}`,
			`"notified_not_voted_counted_to_majority": {"heads": 5}, "published_final": {"winner": "B", "heads": 36, "result": "rejected"}`,
			`"participating_heads": 60`, `"participating_heads": 95`, `"total_heads": 90`, `"total_heads": 96`}, nil},
		"a percentage of nobody": {rightElection, []string{`"A": 9, "B": {"heads": 31, "area_m2": "3100"}, "C": 10, "abstain": 6, "invalid": 4`,
			`"B": 0`, `"participating_heads": 60`, `"participating_heads": 0`, `"participating_area_m2": "6000"`, `"participating_area_m2": "0"`,
			`"heads": 31, "heads_pct": "51.66", "area_m2": "3100", "area_pct": "51.67", "result": "passed"`,
			`"heads": 0, "heads_pct": "0", "result": "no_quorum"`},
			[]string{"percentage.of_nothing published_final.heads_pct 0 -"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Check([]byte(changed(t, c.text, c.changes...)))
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want == nil {
				want = []string{}
			}
			if diff := cmp.Diff(want, found(got)); diff != "" {
				t.Error(diff)
			}
			for _, f := range got.Findings {
				if f.English == "" || f.Chinese == "" || strings.Contains(f.English+f.Chinese, "%!") {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestNotes: what is no contradiction and still has to be said.
func TestNotes(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		changes []string
		verdict string
		want    []string
	}{
		"the silent make the quorum": {nil, "passed", []string{"silence.counted", "verdict.rests_on_silence"}},
		"the silent change nothing": {[]string{`"total_heads": 300`, `"total_heads": 250`, `"30000.00"`, `"25000.00"`}, "passed",
			[]string{"silence.counted"}},
		"nobody silent": {[]string{`"notified_not_voted_counted_to_majority": {"heads": 10, "area_m2_implied": "1000.000"},`, ``,
			`"participating_heads": 200`, `"participating_heads": 190`, `"20000.125"`, `"19000.125"`}, "no_quorum", []string{}},
		"the silent carry it": {[]string{`{"heads": 70`, `{"heads": 80`, `"heads": 20`, `"heads": 10`, `"10000.125"`, `"9000.125"`,
			`"7000"`, `"8000"`, `"total_heads": 300`, `"total_heads": 250`, `"30000.00"`, `"25000.00"`},
			"passed", []string{"silence.counted", "verdict.rests_on_silence"}},
		"the unexplained carry it": {[]string{`{"heads": 70`, `{"heads": 69`, `"participating_heads": 200`, `"participating_heads": 222`},
			"rejected", []string{"silence.counted", "verdict.rests_on_gap", "verdict.rests_on_silence"}},
		"no majority to join": {[]string{`{"heads": 70`, `{"heads": 100`}, "rejected",
			[]string{"silence.counted", "silence.tied", "verdict.rests_on_silence"}},
		"without the silent the area is not known": {[]string{`"area_m2": "10000.125", `, ``, `, "area_m2_implied": "1000.000"`, ``,
			`"total_heads": 300`, `"total_heads": 250`, `"30000.00"`, `"25000.00"`}, "passed", []string{"area.unpublished", "silence.counted"}},
		"the silent carry the heads": {[]string{`{"heads": 70`, `{"heads": 76`, `"abstain": {"heads": 20`, `"abstain": {"heads": 14`,
			`"for": {"heads": 100`, `"for": {"heads": 90`, `"online": 60`, `"online": 50`, `"50"`, `"45"`,
			`"notified_not_voted_counted_to_majority": {"heads": 10`, `"notified_not_voted_counted_to_majority": {"heads": 20`,
			`"total_heads": 300`, `"total_heads": 250`, `"30000.00"`, `"25000.00"`},
			"passed", []string{"silence.counted", "verdict.rests_on_silence"}},
		"a class nobody names": {[]string{`"使用维修资金"`, `"其他"`}, Unknown,
			[]string{"silence.counted", "matter.unknown", "verdict.unknown", "verdict.rests_on_silence", "verdict.rests_on_silence"}},
		"no area of those for it": {[]string{`"area_m2": "10000.125", `, ``, `"for_area_m2": "11000.125", `, ``}, Unknown,
			[]string{"area.unpublished", "silence.counted", "area.unpublished", "verdict.unknown"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Check([]byte(changed(t, rightNotice, c.changes...)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, codes(got)); diff != "" || got.Entries[0].Verdict != c.verdict {
				t.Errorf("%s\n%s", got.Entries[0].Verdict, diff)
			}
		})
	}
}

// TestRoundings: which rounding a published percentage has is told, at its own precision.
func TestRoundings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"51.66": {byTruncation}, "51.67": {byHalfUp}, "52": {byHalfUp}, "51": {byTruncation}, "51.6666666666666666": {byTruncation},
		"51.65": {}, "51.68": {}, "051.66": {byTruncation}, "50": {}, "5166": {},
	} {
		got, err := Check([]byte(changed(t, rightElection, `"51.66"`, `"`+text+`"`)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Entries[0].Percentages[0].By); diff != "" || (len(want) == 0) != (len(got.Findings) == 1) {
			t.Errorf("%s: %s %v", text, diff, found(got))
		}
	}
}

// TestTheBaseIsNamed: a percentage that would be right of all owners says so.
func TestTheBaseIsNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{`"36.7"`: true, `"36.8"`: false} {
		got, err := Check([]byte(changed(t, rightNotice, `"55.0"`, text)))
		if err != nil || strings.Contains(got.Findings[0].English, "the share of all") != want {
			t.Errorf("%s: %+v, %v", text, got.Findings, err)
		}
	}
}

func TestClassOfMatter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		matter string
		item   int
		class  string
		known  int
		from   string
	}{
		{"", 0, Unknown, 0, ""},
		{"", 9, ClassOrdinary, 9, fromItem},
		{"", 7, ClassSpecial, 7, fromItem},
		{"选聘物业服务企业 (民法典278条第一款第四项, 一般事项)", 0, ClassOrdinary, 4, fromReference},
		{"民法典第二百七十八条第一款第八项", 0, ClassSpecial, 8, fromReference},
		{"第八项工程", 0, Unknown, 0, ""},
		{"民法典第278条第（四）项和第（六）项", 0, Unknown, 0, ""},
		{"民法典第278条第四项, 特别事项", 0, Unknown, 0, fromContradiction},
		{"特殊事项", 0, ClassSpecial, 0, fromReference},
		{"一般事项和特别事项", 0, Unknown, 0, ""},
		{"解聘物业服务企业", 0, ClassOrdinary, 4, fromWords},
		{"改变共有部分的用途", 0, ClassSpecial, 8, fromWords},
		{"使用维修资金改建建筑物", 0, Unknown, 0, ""},
		{"其他重大事项", 0, Unknown, 0, ""},
	} {
		class, known, from := classOf(c.matter, c.item)
		if class != c.class || known != c.known || from != c.from {
			t.Errorf("%s, %d: %s %d %s", c.matter, c.item, class, known, from)
		}
	}
}
