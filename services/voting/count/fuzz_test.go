package count

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/fault"
)

// checkRows holds a list of broken rows to its promises.
func checkRows(t *testing.T, data []byte, rows []RowError, total int) {
	t.Helper()
	lines := 1 + bytes.Count(data, []byte("\n"))
	for i, r := range rows {
		if r.Line < 1 || r.Line > lines || r.Code == "" || (i > 0 && r.Line < rows[i-1].Line) {
			t.Fatalf("%+v in a file of %d lines", r, lines)
		}
	}
	if total < len(rows) || len(rows) > RowErrorsMax {
		t.Fatalf("%d rows listed of %d", len(rows), total)
	}
}

// checkError holds an error to being a fault that is not our own failure.
func checkError(t *testing.T, err error) {
	t.Helper()
	if kind, ok := fault.KindOf(err); !ok || kind == fault.Internal {
		t.Fatalf("no fault for a user: %v", err)
	}
}

// checkRules counts by every rule: each answers a result that can be written, with no winner twice, or a fault.
func checkRules(t *testing.T, data []byte, format string, rules []string) {
	t.Helper()
	for _, rule := range rules {
		result, err := Count(format, rule, data)
		if err != nil {
			checkError(t, err)
			continue
		}
		for _, one := range append(result.Elections, result) {
			if sorted := slices.Clone(one.Winners); !slices.IsSorted(sorted) || len(slices.Compact(sorted)) != len(one.Winners) {
				t.Fatalf("%s: winners %v", rule, one.Winners)
			}
		}
		if text, err := json.Marshal(result); err != nil || !json.Valid(text) {
			t.Fatalf("%s: %v", rule, err)
		}
	}
}

func FuzzReadABC(f *testing.F) {
	f.Add([]byte(`{"num_cand":4,"committeesize":2,"profile":[[0,1],[2],[],[0,3,1]],"file":"x"}`))
	f.Add([]byte(`[{"num_cand":2,"committeesize":2,"profile":[[1]]},{"num_cand":3,"num_cand":1,"committeesize":9,"profile":[[7,7],-1]}]`))
	f.Add([]byte(`[{"num_cand":1000,"committeesize":12,"profile":[[999,0],[1e2]]}`))
	rules := slices.Sorted(maps.Keys(abcRules))
	f.Fuzz(func(t *testing.T, data []byte) {
		instances, rows, err := ReadABC(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		checkRows(t, data, rows, instances.RowsRefused)
		for _, e := range instances.Elections {
			for _, b := range e.Ballots {
				if slices.ContainsFunc(b, func(o uint32) bool { return o >= e.Candidates }) || e.Seats > e.Candidates {
					t.Fatalf("%+v", e)
				}
			}
		}
		checkRules(t, data, FormatABC, rules)
	})
}

func FuzzReadSnapshot(f *testing.F) {
	f.Add([]byte(proposalOf(`,"type":"copeland"`, `{"choice":[1,2,3],"balance":0.25}`, `{"choice":[3,1,2],"balance":1e3}`, "7")))
	f.Add([]byte(proposalOf("", `{"choice":{"1":2,"3":0.5},"balance":12.75}`, `{"choice":{"1":2,"1":1},"balance":1}`, "null")))
	f.Add([]byte(proposalOf("", `{"choice":[1,2,3],"balance":1e30}`, `{"choice":[[]],"balance":-0}`, malformed[3])))
	rules := []string{"", RuleApproval, RuleRankedChoice, RuleCopeland, RuleQuadratic}
	f.Fuzz(func(t *testing.T, data []byte) {
		proposal, rows, err := ReadSnapshot(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		checkRows(t, data, rows, proposal.RowsRefused)
		checkRules(t, data, FormatSnapshot, rules)
	})
}

func FuzzReadPabulib(f *testing.F) {
	f.Add([]byte(smallFile("vote_type;approval\nnum_votes;2\n", "1;8;x\n2;5.5;\"y;\n\"\n", "v;2;\nw;2,1;\n")))
	f.Add([]byte(smallFile("vote_type;cumulative\nmax_sum_points;5\nrule;x\n", "1;8;\n1;-5;\n", "v;1;5\nv;3;\nw;1,1;1,1\n")))
	ranked := "vote_type;ordinal\nmin_length;1\nmax_length;2\nmin_project_score_threshold;1\n"
	f.Add([]byte(smallFile(ranked, "a;8;\nb;1;\n", "v;a,b;2,1\nw;b;\n")))
	f.Add([]byte("\xef\xbb\xbfMETA;;\r\nkey;value\r\nPROJECTS\r\nVOTES\r\nvoter_id;vote\r\n\"\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		election, rows, err := ReadPabulib(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		checkRows(t, data, rows, election.RowsRefused)
		for _, v := range election.Votes {
			for _, o := range v.Choices {
				if int(o) >= len(election.Projects) {
					t.Fatalf("option %d of %d", o, len(election.Projects))
				}
			}
		}
		if election.RowsRefused == 0 {
			checkRules(t, data, FormatPabulib, []string{"", RuleEqualShares, "equal-shares/cardinality/greedy"})
		}
		result, err := election.Count("greedy")
		if err != nil {
			checkError(t, err)
			return
		}
		var cost, spent int64
		for _, p := range election.Projects {
			if slices.Contains(result.Winners, p.ID) {
				cost += p.Cost
			}
		}
		if a, why := parseAmount(result.Cost.String()); why == nil {
			spent, _ = a.scale(election.Places)
		}
		if cost > election.Meta.Budget || cost != spent || result.Votes != int64(len(election.Votes)) {
			t.Fatalf("cost %d, told %s, of %d; %d votes", cost, result.Cost, election.Meta.Budget, result.Votes)
		}
		if _, err := json.Marshal(result); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzReadPreflib(f *testing.F) {
	f.Add([]byte(threeNames + "# NUMBER VOTERS: 3\n1: 1,2,3\n2: {1,3},2\n"))
	f.Add([]byte(threeNames + "1: {1,2}\n1: {}\n1:\n1: 1,{2\n999999999999999999: 1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		profile, rows, err := ReadPreflib(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		checkRows(t, data, rows, profile.RowsRefused)
		if len(profile.Alternatives)*len(profile.Orders) > 1_000_000 {
			return
		}
		for _, rule := range []string{RulePlurality, RuleApproval, RuleIRV} {
			result, err := profile.Count(rule)
			if err != nil {
				checkError(t, err)
				continue
			}
			if len(result.Winners) > 1 || result.Votes != profile.Voters {
				t.Fatalf("%s: %+v", rule, result)
			}
			for _, round := range result.Rounds {
				sum := *round.Resting
				for _, n := range round.Totals {
					sum += n
				}
				if sum != profile.Voters {
					t.Fatalf("a round counts %d of %d", sum, profile.Voters)
				}
			}
		}
	})
}

func FuzzReadOwners(f *testing.F) {
	f.Add([]byte(oneMatter("", "")))
	f.Add([]byte("[" + oneMatter("total_area", `"1.5"`) + ",\n" + oneMatter("for", "[[],{}]") + "]"))
	f.Add([]byte(`[{"for":[1,"2.25"],"for":3}, [], null, "x"]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		matters, rows, err := ReadOwners(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		checkRows(t, data, rows, matters.RowsRefused)
		result, err := matters.Count()
		if err != nil {
			t.Fatalf("what was read is not counted: %v", err)
		}
		if _, err := json.Marshal(result); err != nil || len(result.Matters) != len(matters.Questions) {
			t.Fatal(err)
		}
	})
}

func FuzzReadPolis(f *testing.F) {
	f.Add([]byte("timestamp,datetime,comment-id,voter-id,vote\n20,x,7,a,1\n10,\"y, z\",7,a,-1\n"))
	f.Add([]byte("vote,voter-id,comment-id,timestamp\n+1,a,b,9\n2,a,b,9\n\"1,a,b,9\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		events, rows, err := ReadPolis(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		checkRows(t, data, rows, len(rows))
		if !slices.IsSortedFunc(events, func(a, b Reaction) int { return int(min(1, max(-1, a.AtMS-b.AtMS))) }) {
			t.Fatal("not in order of time")
		}
		seen := map[[2]string]bool{}
		for _, r := range LatestReactions(events) {
			if key := [2]string{r.Voter, r.Statement}; seen[key] {
				t.Fatal("two latest reactions")
			} else {
				seen[key] = true
			}
		}
	})
}

// FuzzSplitRows holds the splitting of records to encoding/csv wherever that one takes the text.
func FuzzSplitRows(f *testing.F) {
	f.Add("a;b\n\"c;\"\"d\"\"\";e\r\n\n\" f\ng\";h\n")
	f.Add(" a ; \"b\"\n;\n\"\"\n\";\";")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsFunc(text, func(r rune) bool { return r > 126 || r < 32 && r != '\n' && r != '\t' }) {
			return // other spaces and line ends are trimmed otherwise there
		}
		oracle := csv.NewReader(strings.NewReader(text))
		oracle.Comma, oracle.FieldsPerRecord, oracle.TrimLeadingSpace = ';', -1, true
		var want [][]string
		for {
			record, err := oracle.Read()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return
			}
			for i := range record {
				if strings.Count(record[i], "\n") >= quotedLinesMax-1 {
					return
				}
				record[i] = strings.TrimSpace(record[i])
			}
			if len(record) > 1 || record[0] != "" {
				want = append(want, record)
			}
		}
		var bad rowList
		rows := splitRows(text, ';', &bad)
		if len(bad.rows) > 0 || len(rows) != len(want) {
			t.Fatalf("%d records, %v, want %d: %q", len(rows), bad.rows, len(want), want)
		}
		for i, r := range rows {
			if !slices.Equal(r.fields, want[i]) {
				t.Fatalf("record %d: %q, want %q", i, r.fields, want[i])
			}
		}
	})
}
