package count

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/realdata"
)

func TestBurlington2009(t *testing.T) {
	t.Parallel()
	data := realdata.Read(t, "preflib", "00005-00000002.toi")
	plurality, err := Count(FormatPreflib, RulePlurality, data)
	if err != nil {
		t.Fatal(err)
	}
	if plurality.Votes != 8980 || len(plurality.Winners) != 1 || plurality.Names[plurality.Winners[0]] != "Kurt Wright" ||
		plurality.Scores[plurality.Winners[0]] != 2951 {
		t.Errorf("plurality: %+v", plurality)
	}
	irv, err := Count(FormatPreflib, RuleIRV, data)
	if err != nil {
		t.Fatal(err)
	}
	last := irv.Rounds[len(irv.Rounds)-1]
	if len(irv.Winners) != 1 || irv.Names[irv.Winners[0]] != "Bob Kiss" || last.Totals["1"] != 4314 || last.Totals["5"] != 4064 ||
		*last.Resting != 602 || len(last.Totals) != 2 || irv.Names["5"] != "Kurt Wright" {
		t.Errorf("irv: %+v", irv)
	}
	approval, err := Count(FormatPreflib, RuleApproval, data)
	if err != nil || approval.Names[approval.Winners[0]] != "Andy Montroll" || approval.Scores["2"] != 6706 {
		t.Errorf("approval: %+v, %v", approval, err)
	}
}

// TestBurlington2009ByPairs: who beats whom, as it is published, and whom the rules of Condorcet so elect.
func TestBurlington2009ByPairs(t *testing.T) {
	t.Parallel()
	data := realdata.Read(t, "preflib", "00005-00000002.toi")
	for _, rule := range []string{RuleCondorcet, RuleSchulze, RuleCopeland} {
		got, err := Count(FormatPreflib, rule, data)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Winners) != 1 || got.Names[got.Winners[0]] != "Andy Montroll" || len(got.Ties) > 0 {
			t.Errorf("%s: %v, %v", rule, got.Winners, got.Ties)
		}
		over := [4]int64{got.Pairs["2"]["1"], got.Pairs["1"]["2"], got.Pairs["2"]["5"], got.Pairs["5"]["2"]}
		if want := [4]int64{4067, 3477, 4597, 3668}; over != want {
			t.Errorf("%s: pairs %v, want %v", rule, over, want)
		}
	}
	one, err := Count(FormatPreflib, RuleSTV, data)
	if err != nil || one.Quota != "4490" || one.Names[one.Winners[0]] != "Bob Kiss" {
		t.Errorf("stv of one seat: %v by %s, %v", one.Winners, one.Quota, err)
	}
	two, err := Ask{Format: FormatPreflib, Rule: RuleSTV, Seats: 2}.Count(data)
	if err != nil || len(two.Winners) != 2 || two.Quota != "8980/3" {
		t.Errorf("stv of two seats: %v by %s, %v", two.Winners, two.Quota, err)
	}
	borda, err := Count(FormatPreflib, RuleBorda, data)
	if err != nil || borda.Names[borda.Winners[0]] != "Andy Montroll" {
		t.Errorf("borda: %v, %v", borda.Winners, err)
	}
}

// threeNames heads a small file.
const threeNames = "# DATA TYPE: toi\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n# ALTERNATIVE NAME 3: C\n"

func TestSmallProfiles(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		rows, rule string
		winners    []string
		scores     map[string]int64
		blank      int64
		ties       []Tie
		tied       [][]string
	}{
		"two at the top name nobody": {
			"5: {1,2},3\n2: 3,1\n", RulePlurality, []string{"3"}, map[string]int64{"1": 0, "2": 0, "3": 2}, 5, nil, nil,
		},
		"a tie by ascending id": {
			"2: 2\n2: 1\n", RulePlurality, []string{"1"}, map[string]int64{"1": 2, "2": 2, "3": 0}, 0,
			[]Tie{{Options: []string{"1", "2"}, Total: 2, Decisive: true}}, nil,
		},
		"all that are ranked are approved": {
			"3: 1\n2: {2, 3} , 1\n", RuleApproval, []string{"1"}, map[string]int64{"1": 5, "2": 2, "3": 2}, 0, nil, nil,
		},
		"a blank ballot": {
			"3:\n1: 2\n", RuleIRV, []string{"2"}, map[string]int64{"1": 0, "2": 1, "3": 0}, 3, []Tie{{Options: []string{"1", "3"}}},
			[][]string{{"1", "3"}, nil},
		},
		"a tie at the bottom is told": {
			"3: 1\n2: 2,3\n2: 3,1\n", RuleIRV, []string{"1"}, map[string]int64{"1": 3, "2": 2, "3": 2}, 0,
			[]Tie{{Options: []string{"2", "3"}, Total: 2, Decisive: true}}, [][]string{{"2", "3"}, nil},
		},
		"nobody is named": {
			"3:\n", RuleIRV, []string{}, map[string]int64{"1": 0, "2": 0, "3": 0}, 3, []Tie{{Options: []string{"1", "2", "3"}}},
			[][]string{{"1", "2", "3"}, nil},
		},
		"no votes": {"", RulePlurality, []string{}, map[string]int64{"1": 0, "2": 0, "3": 0}, 0, nil, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Count(FormatPreflib, c.rule, []byte(threeNames+c.rows))
			if err != nil {
				t.Fatal(err)
			}
			var tied [][]string
			for _, r := range got.Rounds {
				tied = append(tied, r.Tied)
			}
			diff := cmp.Diff(c.winners, got.Winners) + cmp.Diff(c.scores, got.Scores) + cmp.Diff(c.ties, got.Ties) + cmp.Diff(c.tied, tied)
			if diff != "" || got.Blank != c.blank {
				t.Errorf("blank %d, want %d\n%s", got.Blank, c.blank, diff)
			}
		})
	}
}

func TestPreflibRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		text, rule string
		want       error
	}{
		"no rule":                      {threeNames + "1: 1\n", "", ErrRuleMissing},
		"a rule of elsewhere":          {threeNames + "1: 1\n", RuleGreedy, ErrRuleUnknown},
		"approval where all rank all":  {threeNames + "1: 1,2,3\n", RuleApproval, ErrBallotsUnfit},
		"approval of complete orders":  {strings.Replace(threeNames, "toi", "soc", 1), RuleApproval, ErrBallotsUnfit},
		"no alternatives":              {"1: 1\n", RuleIRV, ErrFileUnreadable},
		"an empty file":                {"", RuleIRV, ErrFileUnreadable},
		"broken rows are not left out": {threeNames + "1: 1\nx: 2\n", RuleIRV, ErrFileBroken},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Count(FormatPreflib, c.rule, []byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestPreflibBrokenRows(t *testing.T) {
	t.Parallel()
	text := "# TITLE: x\n# DATA TYPE: abc\n# NUMBER VOTERS: many\n" +
		"# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME x: A\n# ALTERNATIVE NAME 2: B\n" +
		"1: 1,2\n1: 1,1\n1: 3\n-1: 1\n1\n1: 1,\n1: {1,2\n1: {1},{2}\n1: {1}2\n1: one\n2: 1,,2\n9: {}\n1: {1,2},{}\n\n"
	profile, rows, err := ReadPreflib(strings.NewReader(text))
	want := []string{
		"2 DATA TYPE field.value", "3 NUMBER VOTERS field.number", "5 ALTERNATIVE NAME id.repeated", "6 ALTERNATIVE NAME field.number",
		"9 order option.doubled", "10 order option.unknown", "11 count field.negative", "13 order row.order", "14 order row.order",
		"16 order row.order", "17 order row.order", "18 order row.order",
	}
	if diff := cmp.Diff(want, places(rows)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if profile.Voters != 13 || len(profile.Orders) != 5 || profile.RowsRefused != len(want) {
		t.Errorf("%d voters in %d orders, %d refused", profile.Voters, len(profile.Orders), profile.RowsRefused)
	}
	text = "# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 5\n# NUMBER UNIQUE ORDERS: 1\n# ALTERNATIVE NAME 1: A\n4: 1\n"
	_, rows, err = ReadPreflib(strings.NewReader(text))
	want = []string{"1 NUMBER ALTERNATIVES count.differs", "2 NUMBER VOTERS count.differs"}
	if diff := cmp.Diff(want, places(rows)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
