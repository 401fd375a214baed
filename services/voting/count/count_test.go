package count

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"renlin.dev/pkg/fault"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]error{
		"": ErrFormatUnknown, "xlsx": ErrFormatUnknown, "polis": ErrFormatUncounted, FormatABC: ErrFileUnreadable,
		FormatSnapshot: ErrFileUnreadable,
	} {
		if _, err := Count(format, "", nil); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", format, err, want)
		}
	}
}

// TestJSON pins what others read by name.
func TestJSON(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ format, rule, text, want string }{
		"budget": {
			FormatPabulib, "", smallFile("vote_type;approval\n", "1;8;\n2;5.5;\n", "v;2;\nw;2,1;\n"),
			`{"format":"pabulib","rule":"greedy","winners":["2"],"votes":2,"cost":5.5,"budget":10.0,"rounds":[` +
				`{"project":"2","score":2,"cost":5.5,"left":4.5,"fate":"funded"},{"project":"1","score":1,"cost":8.0,"left":4.5,"fate":"too_dear"}],` +
				`"scores":{"1":1,"2":2}}`,
		},
		"run-off": {
			FormatPreflib, RuleIRV, "# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n3: 2,1\n",
			`{"format":"preflib","rule":"irv","winners":["2"],"votes":3,"names":{"1":"A","2":"B"},` +
				`"rounds":[{"totals":{"1":0,"2":3},"resting":0}],"scores":{"1":0,"2":3}}`,
		},
		"nobody won": {
			FormatPreflib, RulePlurality, "# ALTERNATIVE NAME 1: A\n",
			`{"format":"preflib","rule":"plurality","winners":[],"votes":0,"names":{"1":"A"},"scores":{"1":0}}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			result, err := Count(c.format, c.rule, []byte(c.text))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(result); err != nil || string(got) != c.want {
				t.Errorf("%v\n got %s\nwant %s", err, got, c.want)
			}
		})
	}
	result, err := Count(FormatOwners, "", []byte(oneMatter("", "")))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(result); err != nil || !strings.Contains(b.String(), `"inequality":"3*40000 >= 2*40000"`) {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestReadersMindTheSizeAndTheReader(t *testing.T) {
	t.Parallel()
	if _, _, err := ReadPabulib(zeros{}); !errors.Is(err, ErrFileTooLarge) { // a reader without end
		t.Error(err)
	}
	failing := errors.New("disk gone")
	if _, _, err := ReadPreflib(iotest.ErrReader(failing)); !errors.Is(err, failing) || fault.Of(err).Kind != fault.Unavailable {
		t.Error(err)
	}
	if _, _, err := ReadPolis(iotest.ErrReader(failing)); !errors.Is(err, failing) {
		t.Error(err)
	}
}

// zeros reads as zeros for ever.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestCompareIDs(t *testing.T) {
	t.Parallel()
	ascending := []string{
		"0", "00", "1", "2", "007", "7", "9", "10", "99", "100", "18446744073709551617", "", "-1", "1a", "B", "a", "c1", "c10", "c2", "é",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := compareIDs(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q and %q: %d", a, b, got)
			}
		}
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	good := map[string]amount{
		"0": {0, 0}, "350000": {350000, 0}, "4000.0": {4000, 0}, "0.25": {25, 2}, "12.340": {1234, 2}, "007": {7, 0},
		"9223372036854775807": {1<<63 - 1, 0},
	}
	for text, want := range good {
		if got, why := parseAmount(text); why != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, why)
		}
	}
	for _, text := range []string{
		"", ".", "1.", ".5", "1,5", "1e3", "+1", " 1", "1 000", "0x1", "9223372036854775808", "0.1234567", "١", "NaN",
	} {
		if got, why := parseAmount(text); why != &whyAmount {
			t.Errorf("%q: %v, %v", text, got, why)
		}
	}
	if _, why := parseAmount("-1"); why != &whyNegative {
		t.Error(why)
	}
	rapid.Check(t, func(t *rapid.T) {
		units, places := rapid.Int64Min(0).Draw(t, "units"), rapid.IntRange(0, placesMax).Draw(t, "places")
		text := FormatAmount(units, places)
		a, why := parseAmount(text)
		if why != nil {
			t.Fatalf("%s: %s", text, why.code)
		}
		if back, ok := a.scale(places); !ok || back != units {
			t.Fatalf("%d at %d places is written %s and read %d", units, places, text, back)
		}
	})
}

// TestOrderOfRowsDoesNotMatter: whatever order projects and ballots stand in, the result is the same.
func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	t.Parallel()
	projects := []string{"1;6;\n", "2;5;\n", "10;4;\n", "a;3;\n"}
	votes := []string{"v;1,2;\n", "w;10,a;\n", "x;;\n", "y;1;\n", "z;2;\n"}
	first, err := Count(FormatPabulib, "", []byte(smallFile("vote_type;approval\n", strings.Join(projects, ""), strings.Join(votes, ""))))
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(first)
	if err != nil || !slices.ContainsFunc(first.Ties, func(tie Tie) bool { return tie.Decisive }) {
		t.Fatalf("%v: the case should hang on a tie: %s", err, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		p, v := rapid.Permutation(projects).Draw(t, "projects"), rapid.Permutation(votes).Draw(t, "votes")
		result, err := Count(FormatPabulib, "", []byte(smallFile("vote_type;approval\n", strings.Join(p, ""), strings.Join(v, ""))))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(result); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v\n got %s\nwant %s", err, got, want)
		}
	})
}
