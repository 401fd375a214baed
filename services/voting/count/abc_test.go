package count

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/realdata"
)

// TestABCInstances: of the committees that an independent library finds equal, ours is one, by every rule.
func TestABCInstances(t *testing.T) {
	t.Parallel()
	data := realdata.Read(t, "abc", "abcvoting_25.json")
	var known []struct {
		File     string               `json:"file"`
		Expected map[string][][]int64 `json:"expected"`
	}
	if err := json.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	rules := []string{
		"av", "pav", "seqpav", "seqphragmen", "maximin-support", "equal-shares", "equal-shares-with-av-completion",
	}
	compared := 0
	for _, rule := range rules {
		got, err := Count(FormatABC, rule, data)
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		for i, e := range got.Elections {
			var one []int64
			for _, id := range e.Winners {
				n, err := strconv.ParseInt(id, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				one = append(one, n)
			}
			slices.Sort(one)
			want, has := known[i].Expected[rule]
			if !has {
				continue
			}
			compared++
			if e.File != known[i].File {
				t.Errorf("%s: election %d is %s, want %s", rule, i, e.File, known[i].File)
			}
			among := slices.ContainsFunc(want, func(w []int64) bool { return slices.Equal(slices.Sorted(slices.Values(w)), one) })
			if !among {
				t.Errorf("%s, %s: %v is not one of %v", rule, e.File, one, want)
			}
			// Where there are several, some tie must have been decisive, and where there is one, none.
			decisive := slices.ContainsFunc(e.Ties, func(tie Tie) bool { return tie.Decisive })
			if decisive != (len(want) > 1) {
				t.Errorf("%s, %s: decisive ties %v, but %d committees are known", rule, e.File, decisive, len(want))
			}
		}
	}
	if compared != 7*25 {
		t.Errorf("%d compared, want %d", compared, 7*25)
	}
}

func TestABCSmall(t *testing.T) {
	t.Parallel()
	one := `{"num_cand":3,"committeesize":2,"profile":[[0,1],[0],[2],[],[0,1]]}`
	got, err := Count(FormatABC, "equal-shares-without-completion", []byte(one))
	if err != nil {
		t.Fatal(err)
	}
	// Four voters have a half each, an abstention nothing; the three of 0 pay a third; then nobody can pay a seat.
	want := []Round{{Option: "0", Value: "1/3", Supporters: new(int64(3))}}
	if diff := cmp.Diff(want, got.Rounds) + cmp.Diff([]string{"0"}, got.Winners); diff != "" || got.Blank != 1 || got.Votes != 5 {
		t.Errorf("%d blank of %d\n%s", got.Blank, got.Votes, diff)
	}
	list, err := Count(FormatABC, "pav", []byte("["+one+","+one+"]"))
	if err != nil || len(list.Elections) != 2 || list.Elections[0].Satisfaction != "4" {
		t.Errorf("%v, %+v", err, list)
	}
	text, err := json.Marshal(list)
	if err != nil || !strings.HasPrefix(string(text), `[{"format":"abc","rule":"pav","winners":["0","1"],"votes":5,"blank":1,`) {
		t.Errorf("%v: %s", err, text)
	}
}

func TestABCRefuses(t *testing.T) {
	t.Parallel()
	one := func(n, seats, profile string) string {
		return fmt.Sprintf(`{"num_cand":%s,"committeesize":%s,"profile":%s}`, n, seats, profile)
	}
	cases := map[string]struct {
		text, rule string
		want       error
	}{
		"no rule":                   {one("3", "2", "[[0]]"), "", ErrRuleMissing},
		"an unknown rule":           {one("3", "2", "[[0]]"), "monroe", ErrRuleUnknown},
		"more seats than there are": {one("3", "4", "[[0]]"), "av", ErrFileBroken},
		"no seats":                  {one("3", "0", "[[0]]"), "av", ErrFileBroken},
		"not JSON":                  {"[{]", "av", ErrFileUnreadable},
		"a text":                    {`"x"`, "av", ErrFileUnreadable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := Count(FormatABC, c.rule, []byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	text := "[" + one("3", "2", "[[0],\n[3],[1,1],[-1],[0.5],0]") + ",\n{},7," + one(`"x"`, "1001", "[]") + "," + one("2", "1", "{}") + "]"
	_, rows, err := ReadABC(strings.NewReader(text))
	want := []string{
		"2 profile option.unknown", "2 profile option.doubled", "2 profile field.negative", "2 profile field.number", "2 profile field.value",
		"3 num_cand field.missing", "3 committeesize field.missing", "3 profile field.missing", "3  field.value", "3 num_cand field.number",
		"3 committeesize field.number", "3 profile field.value",
	}
	if diff := cmp.Diff(want, places(rows)); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
