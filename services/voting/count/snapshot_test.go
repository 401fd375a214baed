package count

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/realdata"
)

// snapshotFiles are the real files, the rule of each and the scores that are published with it. Those of copeland in the file itself are of
// an older version of the rule; the published ones are given here.
var snapshotFiles = []struct {
	file, rule, winner string
	scores             []float64
}{
	{"approval.json", RuleApproval, "1", nil}, {"rankedChoice.json", RuleRankedChoice, "1", nil}, {"quadratic.json", RuleQuadratic, "1", nil},
	{"copeland.json", RuleCopeland, "1", []float64{1.4871794871794872, 1, 0.5128205128205128, 0}},
}

func TestSnapshotFiles(t *testing.T) {
	t.Parallel()
	for _, c := range snapshotFiles {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			data := realdata.Read(t, "snapshot", c.file)
			want := c.scores
			if want == nil {
				var published struct {
					Scores []float64 `json:"scores"`
				}
				if err := json.Unmarshal(data, &published); err != nil {
					t.Fatal(err)
				}
				want = published.Scores
			}
			got, err := Count(FormatSnapshot, c.rule, data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{c.winner}, got.Winners); diff != "" || len(want) != len(got.Decimals) {
				t.Errorf("%d scores, want %d\n%s", len(got.Decimals), len(want), diff)
			}
			for o, w := range want {
				score, err := strconv.ParseFloat(got.Decimals[strconv.Itoa(o+1)].String(), 64)
				if err != nil || math.Abs(score-w) > 1e-9 {
					t.Errorf("option %d: %v, want %v (%v)", o+1, score, w, err)
				}
			}
		})
	}
}

// malformed are ballots that no rule takes; good ones of one rule are bad ones of another, so that only these are used for all.
var malformed = []string{
	`7`, `null`, `"1"`, `[]`, `{}`, `{"choice":[1,2,3,4]}`, `{"balance":1}`, `{"choice":[1,2,3,4],"balance":-1}`,
	`{"choice":[4,3,2,1],"balance":"1"}`, `{"choice":[4,3,2,1],"balance":null}`, `{"choice":[1,1,2,3],"balance":1}`,
	`{"choice":[1,2,3,5],"balance":1}`, `{"choice":[0,1,2,3],"balance":1}`, `{"choice":[1.5,2,3,4],"balance":1}`,
	`{"choice":["1","2","3","4"],"balance":1}`, `{"choice":[[1],2,3,4],"balance":1}`, `{"choice":"1234","balance":1}`,
	`{"choice":null,"balance":1}`, `{"choice":{},"balance":1}`, `{"choice":{"1":0},"balance":1}`, `{"choice":{"5":1},"balance":1}`,
	`{"choice":{"1":-1},"balance":1}`, `{"choice":{"1":"1"},"balance":1}`, `{"choice":{"01":1},"balance":1}`,
	`{"choice":{"1":1,"1":2},"balance":1}`, `{"choice":{"x":1},"balance":1}`, `{"choice":[4,3,2,1],"choice":[1,2,3,4],"balance":1}`,
}

// TestMalformedBallotsChangeNothing: a hundred and more ballots that are no good, strewn among the real ones, are spoilt and nothing else.
func TestMalformedBallotsChangeNothing(t *testing.T) {
	t.Parallel()
	for _, c := range snapshotFiles {
		data := realdata.Read(t, "snapshot", c.file)
		want, err := Count(FormatSnapshot, c.rule, data)
		if err != nil {
			t.Fatal(err)
		}
		var file map[string]json.RawMessage
		var votes []json.RawMessage
		if err := errors.Join(json.Unmarshal(data, &file), json.Unmarshal(file["votes"], &votes)); err != nil {
			t.Fatal(err)
		}
		for i := range 4 * len(malformed) {
			at := i * 7 % len(votes)
			votes = append(votes[:at:at], append([]json.RawMessage{json.RawMessage(malformed[i%len(malformed)])}, votes[at:]...)...)
		}
		raw := []string{}
		for _, v := range votes {
			raw = append(raw, string(v))
		}
		text := `{"proposal":` + string(file["proposal"]) + `,"votes":[` + strings.Join(raw, ",\n") + `]}`
		got, err := Count(FormatSnapshot, c.rule, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got.Spoilt != want.Spoilt+int64(4*len(malformed)) {
			t.Errorf("%s: %d spoilt, want %d more than %d", c.rule, got.Spoilt, 4*len(malformed), want.Spoilt)
		}
		got.Spoilt = want.Spoilt
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", c.rule, diff)
		}
	}
}

// proposalOf is a small file.
func proposalOf(head string, votes ...string) string {
	return `{"proposal":{"choices":["A","B","C"]` + head + `},"votes":[` + strings.Join(votes, ",") + `]}`
}

func TestSmallProposals(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		rule, text string
		winners    []string
		scores     []string
	}{
		"balances with fractions and powers": {
			RuleApproval, proposalOf("", `{"choice":[1],"balance":0.5}`, `{"choice":[2,1],"balance":12e-1}`, `{"choice":[3.0],"balance":1.65}`),
			[]string{"1"}, []string{"1.7", "1.2", "1.65"},
		},
		"the type of the proposal": {
			"", proposalOf(`,"type":"approval"`, `{"choice":[2],"balance":1}`), []string{"2"}, []string{"0", "1", "0"},
		},
		"a majority ends a run-off": {
			RuleRankedChoice, proposalOf("", `{"choice":[1,2,3],"balance":3}`, `{"choice":[2,1,3],"balance":1}`, `{"choice":[3,2,1],"balance":1}`),
			[]string{"1"}, []string{"3", "1", "1"},
		},
		"nobody votes": {RuleQuadratic, proposalOf(""), []string{}, []string{"0", "0", "0"}},
		"roots that are equal are a tie": { // √2+√8 = √18
			RuleQuadratic,
			proposalOf("", `{"choice":{"1":1},"balance":2}`, `{"choice":{"1":0.5},"balance":8}`, `{"choice":{"2":7},"balance":18}`),
			[]string{"1"}, []string{"14", "14", "0"},
		},
		"support decides between equal victories": { // each beats one other
			RuleCopeland,
			proposalOf("", `{"choice":[1,2,3],"balance":5}`, `{"choice":[2,3,1],"balance":4}`, `{"choice":[3,1,2],"balance":2}`),
			[]string{"2"}, []string{"3.703703703703703704", "3.740740740740740741", "3.555555555555555556"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Count(FormatSnapshot, c.rule, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			scores := []string{got.Decimals["1"].String(), got.Decimals["2"].String(), got.Decimals["3"].String()}
			if diff := cmp.Diff(c.winners, got.Winners) + cmp.Diff(c.scores, scores); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSnapshotRefuses(t *testing.T) {
	t.Parallel()
	good := `{"choice":[1],"balance":1}`
	cases := map[string]struct {
		rule, text string
		want       error
	}{
		"no rule":                    {"", proposalOf("", good), ErrRuleMissing},
		"a rule of elsewhere":        {RuleSTV, proposalOf("", good), ErrRuleUnknown},
		"a rule that is not counted": {"weighted", proposalOf("", good), ErrRuleUncounted},
		"a list":                     {RuleApproval, "[]", ErrFileUnreadable},
		"no votes":                   {RuleApproval, `{"proposal":{"choices":["A"]}}`, ErrFileBroken},
		"no choices":                 {RuleApproval, `{"proposal":{"choices":[]},"votes":[]}`, ErrFileBroken},
		"choices of numbers":         {RuleApproval, `{"proposal":{"choices":[1]},"votes":[]}`, ErrFileBroken},
		"votes that are no list":     {RuleApproval, `{"proposal":{"choices":["A"]},"votes":{}}`, ErrFileBroken},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Count(FormatSnapshot, c.rule, []byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	// A balance that no sum can hold stops the count: to leave out a good ballot would be another result.
	for _, balance := range []string{"1e30", "1e999", "9223372036854775807,\"x\":1},{\"choice\":[1],\"balance\":1", "123456789012345678901"} {
		text := proposalOf("", `{"choice":[1],"balance":`+balance+`}`)
		if _, err := Count(FormatSnapshot, RuleApproval, []byte(text)); err == nil || errors.Is(err, ErrFileUnreadable) {
			t.Errorf("%s: %v", balance, err)
		}
	}
}

func TestDecimals(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "1", "1.50", "0.001", "12e3", "1.25E-2", "1.25e+2", "0e5", "100", "9223372036854775807"} {
		a, good, fits := decimal(json.RawMessage(text))
		want, _ := new(big.Rat).SetString(text)
		if !good || !fits || a.rational().Cmp(want) != 0 {
			t.Errorf("%s: %v, %v, %v", text, a, good, fits)
		}
	}
}
