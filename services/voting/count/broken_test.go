package count

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/fault"
)

// places writes broken rows as "line field code".
func places(rows []RowError) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d %s %s", r.Line, r.Field, r.Code))
	}
	return out
}

// TestBrokenRowsAreAllNamed: one file with many broken rows gives the good ones, and names each broken one by line, field and reason.
func TestBrokenRowsAreAllNamed(t *testing.T) {
	t.Parallel()
	text := strings.Join([]string{
		"stray",                           // 1
		"META",                            // 2
		"key;value",                       // 3
		"budget;ten",                      // 4
		"vote_type;cumulative",            // 5
		"max_length;2",                    // 6
		"min_length;1",                    // 7
		"max_sum_points;10",               // 8
		"max_sum_points;11",               // 9
		"rule;",                           // 10
		"PROJECTS",                        // 11
		"project_id;cost;name",            // 12
		"1;100;a",                         // 13
		"2;many;b",                        // 14
		"3;-5;c",                          // 15
		"1;100;again",                     // 16
		";100;nameless",                   // 17
		"4;100",                           // 18
		"5,6;100;d",                       // 19
		"7;99999999999999999999;e",        // 20
		"8;100;f",                         // 21
		"VOTES",                           // 22
		"voter_id;vote;points",            // 23
		"a;1;5",                           // 24 good
		"b;9;5",                           // 25
		"c;1,1;5,5",                       // 26
		"d;1,8,2;1,1,1",                   // 27
		"e;;",                             // 28
		"f;1,8;5",                         // 29
		"g;1,8;6,-5",                      // 30
		"h;1,8;6,5",                       // 31
		"i;1;x",                           // 32
		"a;8;5",                           // 33
		";8;5",                            // 34
		"j;8",                             // 35
		"k;8;5;5",                         // 36
		"l\xff;8;5",                       // 37
		"m;\"8;5",                         // 38
		"VOTES",                           // 39
		"voter_id;vote;points",            // 40
		"n;8;5",                           // 41
		strings.Repeat("o", 200) + ";8;5", // 42 belongs to the section that is refused whole
	}, "\n")
	e, rows, err := ReadPabulib(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1  row.stray", "4 budget field.amount", "9 max_sum_points section.repeated", "10 rule field.missing", "14 cost field.amount",
		"15 cost field.negative", "16 project_id id.repeated", "17 project_id field.missing", "18 PROJECTS row.fields",
		"19 project_id field.value", "20 cost field.amount", "25 vote option.unknown", "26 vote option.doubled", "27 vote choices.too_many",
		"28 vote choices.too_few", "29 points points.count", "30 points field.negative", "31 points points.out_of_range",
		"32 points field.number", "33 voter_id id.repeated", "34 voter_id field.missing", "35 VOTES row.fields", "36 VOTES row.fields",
		"37  row.encoding", "38  row.quote", "39 VOTES section.repeated",
	}
	if diff := cmp.Diff(want, places(rows)); diff != "" {
		t.Error(diff)
	}
	if len(e.Votes) != 1 || e.Votes[0].Voter != "a" || e.Votes[0].Line != 24 || len(e.Projects) != 2 || e.RowsRefused != len(want) {
		t.Errorf("%d votes, %d projects, %d refused", len(e.Votes), len(e.Projects), e.RowsRefused)
	}
	for _, r := range rows {
		if r.English == "" || r.Chinese == "" {
			t.Errorf("%+v has no sentence", r)
		}
	}
}

func TestMissingSectionsAndColumns(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		text string
		want []string
	}{
		"only META": {
			"META\nkey;value\nbudget;1\nvote_type;approval\n", []string{"5 PROJECTS section.missing", "5 VOTES section.missing"},
		},
		"only VOTES": {"VOTES\nvoter_id;vote\n", []string{"3 META section.missing", "3 PROJECTS section.missing"}},
		"no headers": {
			"META\nPROJECTS\nVOTES\n",
			[]string{
				"1 key column.missing", "1 value column.missing", "2 project_id column.missing", "2 cost column.missing",
				"3 voter_id column.missing", "3 vote column.missing",
			},
		},
		"no budget, unknown vote type": {
			"META\nkey;value\nvote_type;shouting\nPROJECTS\nproject_id;cost\n1;1\nVOTES\nvoter_id;vote\nv;1\n",
			[]string{"2 budget field.missing", "3 vote_type field.value"},
		},
		"fewer votes than META says": {
			"META\nkey;value\nvote_type;approval\nbudget;1\nnum_votes;2\nnum_projects;3\n" +
				"PROJECTS\nproject_id;cost\n1;1\nVOTES\nvoter_id;vote\nv;1\n",
			[]string{"5 num_votes count.differs", "6 num_projects count.differs"},
		},
		"a fraction that does not fit beside a fortune": {
			"META\nkey;value\nvote_type;approval\nbudget;9000000000000000000\nPROJECTS\nproject_id;cost\n1;0.5\nVOTES\nvoter_id;vote\nv;1\n",
			[]string{"4 budget field.amount"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, rows, err := ReadPabulib(strings.NewReader(c.text))
			if diff := cmp.Diff(c.want, places(rows)); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
			if _, err := Count(FormatPabulib, "", []byte(c.text)); !errors.Is(err, ErrFileBroken) {
				t.Errorf("counted: %v", err)
			}
		})
	}
}

// TestOpenQuoteCostsOneRow: a quote that is never closed must not swallow the ballots behind it.
func TestOpenQuoteCostsOneRow(t *testing.T) {
	t.Parallel()
	votes := "v;\"1;\n"
	for i := range 30 {
		votes += fmt.Sprintf("v%d;1;\n", i)
	}
	e, rows, err := ReadPabulib(strings.NewReader(smallFile("vote_type;approval\n", "1;5;\n", votes)))
	if err != nil || len(rows) != 1 || rows[0].Code != "row.quote" || len(e.Votes) != 30 {
		t.Errorf("%d votes, %v, %v", len(e.Votes), rows, err)
	}
	// Nor when another quote, far below, would close it.
	votes = strings.Replace(votes, "v29;1;", "v29;1;\"", 1)
	e, rows, err = ReadPabulib(strings.NewReader(smallFile("vote_type;approval\n", "1;5;\n", votes)))
	if err != nil || len(rows) != 2 || len(e.Votes) != 29 {
		t.Errorf("%d votes, %v, %v", len(e.Votes), rows, err)
	}
}

func TestBrokenRowsAreBounded(t *testing.T) {
	t.Parallel()
	votes := strings.Repeat("v;unknown;\n", RowErrorsMax+500)
	_, err := Count(FormatPabulib, "", []byte(smallFile("vote_type;approval\n", "1;5;\n", votes)))
	var broken *Broken
	if !errors.As(err, &broken) {
		t.Fatal(err)
	}
	if len(broken.Rows) != RowErrorsMax || broken.Total != RowErrorsMax+500 {
		t.Errorf("%d listed of %d", len(broken.Rows), broken.Total)
	}
	want := "line 11, vote: the ballot names an option that the file does not list (and 1499 more)"
	if broken.Error() != want {
		t.Errorf("got %q, want %q", broken.Error(), want)
	}
	f := fault.Of(err)
	if !errors.Is(err, ErrFileBroken) || f.Kind != fault.Invalid || f.Detail["line"] != "11" || f.Detail["field"] != "vote" {
		t.Errorf("%+v", f)
	}
	if one := (&Broken{Rows: broken.Rows[:1], Total: 1}).Error(); strings.Contains(one, "more") {
		t.Error(one)
	}
	if none := (&Broken{}); !errors.Is(none, ErrFileBroken) || none.Error() == "" {
		t.Error("a Broken without rows is no fault")
	}
}

// TestErrorsEchoNothing: text of the file is in no error.
func TestErrorsEchoNothing(t *testing.T) {
	t.Parallel()
	const secret = "13800138000"
	files := map[string]string{
		FormatPabulib: smallFile("vote_type;"+secret+"x\n", secret+";"+secret+"x;"+secret+"\n", secret+";"+secret+"0;"+secret+"x\n"),
		FormatPreflib: "# ALTERNATIVE NAME 1: " + secret + "\n# DATA TYPE: " + secret + "\n1: " + secret + "\n" + secret + "x: 1\n",
		FormatOwners: `{"matter_item":"` + secret + `","total_heads":"` + secret + `","total_area":"x` + secret +
			`","for":0,"against":0,"abstain":0}`,
	}
	for format, text := range files {
		_, err := Count(format, RulePlurality, []byte(text))
		if format == FormatOwners {
			_, err = Count(format, "", []byte(text))
		}
		if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(fault.Of(err).Error(), secret) {
			t.Errorf("%s: %v", format, err)
		}
	}
}
