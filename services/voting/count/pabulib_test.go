package count

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/realdata"
)

// official is what expected.json knows of a file.
type official struct {
	Rule     string            `json:"rule"`
	Votes    int64             `json:"num_votes"`
	Projects int               `json:"num_projects"`
	Budget   string            `json:"budget"`
	Selected []string          `json:"official_selected"`
	Spent    string            `json:"spent"`
	Scores   map[string]string `json:"scores"`
}

func TestOfficialWinners(t *testing.T) {
	t.Parallel()
	var files map[string]official
	if err := json.Unmarshal(realdata.Read(t, "pabulib", "expected.json"), &files); err != nil {
		t.Fatal(err)
	}
	counted := 0
	for name, want := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := realdata.Read(t, "pabulib", name)
			got, err := Count(FormatPabulib, "", data)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(want.Selected)
			if diff := cmp.Diff(want.Selected, got.Winners); diff != "" {
				t.Error(diff)
			}
			if got.Cost.String() != want.Spent || got.Budget.String() != want.Budget || got.Votes != want.Votes || got.Rule != want.Rule {
				t.Errorf("cost %s of %s, %d votes by %s; want %+v", got.Cost, got.Budget, got.Votes, got.Rule, want)
			}
			for id, score := range want.Scores {
				if n, why := parseCount(score, pointsMax); why != nil || got.Scores[id] != n {
					t.Errorf("score of %s: %d, want %s", id, got.Scores[id], score)
				}
			}
			shares := strings.HasPrefix(want.Rule, "equalshares")
			if shares && (len(got.Rounds) != len(got.Winners) || got.Raises == 0 || got.Share == "") {
				t.Errorf("%d purchases for %d winners, share %q after %d raises", len(got.Rounds), len(got.Winners), got.Share, got.Raises)
			}
			if len(got.Scores) != want.Projects || (!shares && len(got.Rounds) != want.Projects) {
				t.Errorf("%d scores and %d rounds for %d projects", len(got.Scores), len(got.Rounds), want.Projects)
			}
		})
		counted++
	}
	if counted != 7 {
		t.Errorf("%d files, want 7", counted)
	}
}

// TestGreedyPassesOver shows on real ballots which of the two rules is which: by the other one, these cities' winners would differ.
func TestGreedyPassesOver(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Poland_Czestochowa_2024_Srodmiescie.pb", "Poland_Krakow_2021_Stare_Miasto.pb", "Poland_Warszawa_2017_ZielonaGrzybowa.pb",
	} {
		data := realdata.Read(t, "pabulib", name)
		greedy, err := Count(FormatPabulib, RuleGreedy, data)
		if err != nil {
			t.Fatal(err)
		}
		noSkip, err := Count(FormatPabulib, RuleGreedyNoSkip, data)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(greedy.Winners, noSkip.Winners) {
			t.Errorf("%s: both rules give %v", name, greedy.Winners)
		}
	}
}

// TestImporterCanUseTheElection: what an importer needs is there, and agrees with what the city published.
func TestImporterCanUseTheElection(t *testing.T) {
	t.Parallel()
	e, rows, err := ReadPabulib(bytes.NewReader(realdata.Read(t, "pabulib", "Poland_Krakow_2021_Stare_Miasto.pb")))
	if err != nil || len(rows) > 0 {
		t.Fatal(err, rows)
	}
	m := e.Meta
	if m.Rule != "greedy" || m.VoteType != "ordinal" || m.Budget != 1104775 || m.LengthMin != 3 || m.LengthMax != 3 || m.Unit != "Kraków" {
		t.Errorf("%+v", m)
	}
	if len(e.Projects) != 31 || e.Projects[0].ID != "1" || e.Projects[0].Cost != 390000 || e.Projects[0].Selected != 1 ||
		e.Projects[0].Published != 450 || e.Projects[2].Name != "Sadzimy drzewa i krzewy w I Dzielnicy!" {
		t.Errorf("%+v", e.Projects[:4])
	}
	quoted := slices.IndexFunc(e.Projects, func(p Project) bool { return p.ID == "29" })
	if got, want := e.Projects[quoted].Name, `"Przylądek Dobrej Nadziei" Zygmunta Nowakowskiego`; got != want {
		t.Errorf("quoted name %s, want %s", got, want)
	}
	first := e.Votes[0]
	named := []string{}
	for _, o := range first.Choices {
		named = append(named, e.Projects[o].ID)
	}
	if first.Voter != "50" || !slices.Equal(named, []string{"5", "30", "19"}) || !slices.Equal(first.Points, []int64{3, 2, 1}) {
		t.Errorf("%+v names %v", first, named)
	}
	published, err := e.Count("")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range e.Projects {
		if published.Scores[p.ID] != p.Published || slices.Contains(published.Winners, p.ID) != (p.Selected == 1) {
			t.Errorf("project %s: score %d, published %d, selected %d", p.ID, published.Scores[p.ID], p.Published, p.Selected)
		}
	}
}

// smallFile is a file in order, with meta lines of the caller's added.
func smallFile(meta, projects, votes string) string {
	return "META\nkey;value\nbudget;10\nrule;greedy\n" + meta +
		"PROJECTS\nproject_id;cost;name\n" + projects + "VOTES\nvoter_id;vote;points\n" + votes
}

func TestSmallElections(t *testing.T) {
	t.Parallel()
	three := "b;6;\na;5;\n10;4;\n9;4;\n"
	cases := map[string]struct {
		text, rule string
		winners    []string
		cost       string
		scores     map[string]int64
	}{
		"ties by ascending id, numbers first": {
			smallFile("vote_type;approval\n", three, "v;a,b,10,9;\n"), "", []string{"10", "9"}, "8",
			map[string]int64{"a": 1, "b": 1, "10": 1, "9": 1},
		},
		"ranks without points are approvals": {
			smallFile("vote_type;ordinal\n", three, "v;b,a,10;\nw;10;\n"), "", []string{"10", "a"}, "9",
			map[string]int64{"a": 1, "b": 1, "10": 2, "9": 0},
		},
		"ranks with points are their points": {
			smallFile("vote_type;ordinal\n", three, "v;b,a,10;3,2,1\nw;10;1\n"), "", []string{"10", "b"}, "10",
			map[string]int64{"a": 2, "b": 3, "10": 2, "9": 0},
		},
		"points where the ballot has them, else approvals": {
			smallFile("vote_type;cumulative\nmax_sum_points;9\n", three, "v;b,a;1,8\nw;b;\n"), "", []string{"9", "a"}, "9",
			map[string]int64{"a": 8, "b": 2, "10": 0, "9": 0},
		},
		"the threshold of META": {
			smallFile("vote_type;approval\nmin_project_score_threshold;2\n", three, "v;b,a;\nw;b;\n"), "", []string{"b"}, "6",
			map[string]int64{"a": 1, "b": 2, "10": 0, "9": 0},
		},
		"the rule that was asked for": {
			smallFile("vote_type;choose-1\n", three, "v;b;\nw;b;\nx;a;\n"), RuleGreedyNoSkip, []string{"b"}, "6",
			map[string]int64{"a": 1, "b": 2, "10": 0, "9": 0},
		},
		"cents": {
			smallFile("vote_type;approval\n", "1;5.25;\n2;4.750;\n3;0.01;\n", "v;1,2;\n"), "", []string{"1", "2"}, "10.00",
			map[string]int64{"1": 1, "2": 1, "3": 0},
		},
		"no votes": {smallFile("vote_type;approval\n", "1;5;\n", ""), "", []string{"1"}, "5", map[string]int64{"1": 0}},
		"byte order mark, carriage returns, blank lines, a quoted name over two lines": {
			"\xef\xbb\xbf" + strings.ReplaceAll(smallFile("vote_type;approval\n", "1;5;\"a;\n\"\"b\"\"\"\n\n", "v;1;\n"), "\n", "\r\n"),
			"", []string{"1"}, "5", map[string]int64{"1": 1},
		},
		"a name that begins with a quoted word": {
			smallFile("vote_type;approval\n", "1;5;\"Our\" square\n", "v;1;\n"), "", []string{"1"}, "5", map[string]int64{"1": 1},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Count(FormatPabulib, c.rule, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.winners, got.Winners) + cmp.Diff(c.scores, got.Scores); diff != "" || got.Cost.String() != c.cost {
				t.Errorf("cost %s, want %s\n%s", got.Cost, c.cost, diff)
			}
		})
	}
}

func TestPabulibRulesRefused(t *testing.T) {
	t.Parallel()
	with := func(meta string) string { return smallFile(meta, "1;5;\n", "v;1;\n") }
	cases := map[string]struct {
		text, rule string
		want       error
	}{
		"equal shares somehow":  {with("vote_type;approval\n"), "equal-shares/cost/none/none", ErrRuleUnknown},
		"equal shares of ranks": {with("vote_type;ordinal\n"), RuleEqualShares, ErrBallotsUnfit},
		"a city's own rule":     {with("vote_type;approval\n"), "greedy-custom", ErrRuleUncounted},
		"no rule at all":        {strings.Replace(with("vote_type;approval\n"), "rule;greedy\n", "", 1), "", ErrRuleMissing},
		"a rule of elsewhere":   {with("vote_type;approval\n"), RuleIRV, ErrRuleUnknown},
		"points for silence":    {with("vote_type;scoring\nmax_points;5\ndefault_score;2\n"), "", ErrRuleUncounted},
		"lengths that crossed":  {with("vote_type;approval\nmin_length;1\nmax_length;1\nmin_points;2\nmax_points;1\n"), "", ErrRuleUncounted},
		"not a .pb file":        {"hello\nworld\n", "", ErrFileUnreadable},
		"an empty file":         {"", "", ErrFileUnreadable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Count(FormatPabulib, c.rule, []byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
