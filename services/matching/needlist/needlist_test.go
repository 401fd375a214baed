package needlist_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/matching/needlist"
)

const (
	header = "skill,quantity,unit,east,north,from,until,language,attestation,member,priority,vulnerable,words\n"
	ann    = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
)

func read(text string) ([]needlist.Need, error) { return needlist.Read(strings.NewReader(text)) }

// lines writes refusals as "line field code".
func lines(err error) []string {
	var refused *needlist.Refused
	if !errors.As(err, &refused) {
		return []string{fmt.Sprint(err)}
	}
	var out []string
	for _, r := range refused.Rows {
		out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", r.Line, r.Field, r.Code)), " "))
	}
	return out
}

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := read("\ufeff说明,类别,数量,单位,东,北,开始,截止,语言,证明,成员,优先级,困难\r\n" +
		"\"三楼老人,\n不便下楼\",meal,2,份,3,-4,2026-11-29 14:00,2026-11-29T16:00:00+08:00,zh；yue,female," + ann + ",8,是\r\n" +
		",,,,,,,,,,,,\r\n" +
		"水,water,,,0,0,,,,,,,\r\n")
	if err != nil {
		t.Fatal(err)
	}
	const two = 1_795_932_000_000 // 2026-11-29 06:00 UTC
	want := []needlist.Need{
		{Line: 2, Skill: "meal", Quantity: 2, East: 3, North: -4, From: two, Until: two + 2*3600_000, Languages: []string{"zh", "yue"},
			Attestations: []string{"female"}, Member: ann, Priority: 8, Vulnerable: true, Words: "三楼老人,\n不便下楼\n(份)"},
		{Line: 5, Skill: "water", Quantity: 1, Words: "水"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	rules := &communityv1.MatchingRules{Skills: []*communityv1.Skill{{Code: "meal"}}, Languages: []string{"zh"}}
	if diff := cmp.Diff([]string{"2 language code.unknown", "2 attestation code.unknown", "5 skill skill.unknown"},
		lines(needlist.Check(got, rules))); diff != "" {
		t.Error(diff)
	}
	rules.Skills = append(rules.Skills, &communityv1.Skill{Code: "water"})
	rules.Languages, rules.Attestations = append(rules.Languages, "yue"), []string{"female"}
	if err := needlist.Check(got, rules); err != nil {
		t.Error(err)
	}
}

func TestReadWholeFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":        {"", needlist.ErrEmpty},
		"a mark alone":   {"\ufeff", needlist.ErrEmpty},
		"no rows":        {header, needlist.ErrEmpty},
		"empty rows":     {header + strings.Repeat(",", 12) + "\n", needlist.ErrEmpty},
		"no skill":       {"east,north,words\n", needlist.ErrHeader},
		"a column twice": {"skill,类别,east,north,words\n", needlist.ErrHeader},
		"a name":         {"skill,east,north,words,name\n", needlist.ErrHeader},
		"GBK":            {"\xc0\xe0\xb1\xf0,\xb6\xab,\xb1\xb1,\xcb\xb5\xc3\xf7\nmeal,0,0,\xcb\xae\n", needlist.ErrEncoding},
		"GBK in rows":    {"skill,east,north,words\nmeal,0,0,\xcb\xae\nmeal,0,0,\xc3\xd7\n", needlist.ErrEncoding},
		"UTF-16":         {"\xff\xfes\x00k\x00", needlist.ErrEncoding},
		"too many rows":  {"skill,east,north,words\n" + strings.Repeat("a,0,0,b\n", needlist.RowsMax+1), needlist.ErrTooLarge},
	} {
		if _, err := read(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	got, err := read("skill,east,north,words\n" + strings.Repeat("a,0,0,b\n", needlist.RowsMax))
	if len(got) != needlist.RowsMax || err != nil {
		t.Errorf("as many rows as may be: %d, %v", len(got), err)
	}
	if _, err := needlist.Read(iotest.ErrReader(os.ErrClosed)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestReadRefusals(t *testing.T) {
	t.Parallel()
	for row, want := range map[string]string{
		"meal,1,,0,0,,,,,,,,":                                  "2 words field.missing",
		",1,,0,0,,,,,,,,w":                                     "2 skill field.missing",
		"Meal!,1,,0,0,,,,,,,,w":                                "2 skill skill.unknown",
		"meal,0,,0,0,,,,,,,,w":                                 "2 quantity quantity.malformed",
		"meal,1.5,,0,0,,,,,,,,w":                               "2 quantity quantity.malformed",
		"meal,100001,,0,0,,,,,,,,w":                            "2 quantity quantity.malformed",
		"meal,1,,,0,,,,,,,,w":                                  "2 east cell.malformed",
		"meal,1,,0,10001,,,,,,,,w":                             "2 north cell.malformed",
		"meal,1,,0,0,tomorrow,,,,,,,w":                         "2 from time.malformed",
		"meal,1,,0,0,2026-11-29 14:00,2026-11-29 14:00,,,,,,w": "2 until time.window",
		"meal,1,,0,0,,,zh;zh,,,,,w":                            "2 language list.malformed",
		"meal,1,,0,0,,,zh;,,,,,w":                              "2 language list.malformed",
		"meal,1,,0,0,,,,A b,,,,w":                              "2 attestation list.malformed",
		"meal,1,,0,0,,,,,李华,,,w":                               "2 member member.malformed",
		"meal,1,,0,0,,,,," + ann + ",10,,w":                    "2 priority priority.malformed",
		"meal,1,,0,0,,,,,,5,,w":                                "2 priority priority.nobody",
		"meal,1,,0,0,,,,,,,yes,w":                              "2 priority priority.nobody",
		"meal,1,,0,0,,,,," + ann + ",,yes,w":                   "2 vulnerable vulnerable.alone",
		"meal,1,,0,0,,,,," + ann + ",5,maybe,w":                "2 vulnerable vulnerable.malformed",
		"meal,1,,0,0,,,,,,,":                                   "2 row.fields",
		"meal,1,,0,0,,,,,,,,\"w":                               "2 row.quote",
		"meal,1,\x01,0,0,,,,,,,,w":                             "2 unit field.characters",
		"meal,1," + strings.Repeat("x", 201) + ",0,0,,,,,,,,w": "2 unit field.too_long",
	} {
		_, err := read(header + row + "\n")
		if got := lines(err); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %v, want %s", row, got, want)
		}
		if err != nil && strings.Contains(err.Error(), "李华") {
			t.Errorf("said back: %v", err)
		}
	}
	_, err := read(header + strings.Repeat("meal,1,,0,0,,,,,"+ann+",,,w\n", 21))
	if got := lines(err); len(got) != 1 || got[0] != "22 member member.many" {
		t.Errorf("21 needs of one member: %v", got)
	}
	_, err = read(header + strings.Repeat("meal,x,,0,0,,,,,,,,w\n", needlist.RefusalsMax+5))
	var refused *needlist.Refused
	if !errors.As(err, &refused) || len(refused.Rows) != needlist.RefusalsMax || refused.Total != needlist.RefusalsMax+5 {
		t.Errorf("more refusals than are listed: %v", err)
	}
}

// The example of docs/formats.md reads as its text says, and every reason stands there.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(doc), "\n## Needs (CSV)\n")
	_, example, _ := strings.Cut(part, "```csv\n")
	example, _, closed := strings.Cut(example, "```")
	if !found || !closed {
		t.Fatal("docs/formats.md has no example")
	}
	if got, err := read(example); err != nil || len(got) != 3 || got[0].Member == "" || got[1].Quantity != 40 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, code := range []string{
		"quantity.malformed", "cell.malformed", "time.malformed", "time.window", "list.malformed", "member.malformed", "member.many",
		"priority.malformed", "priority.nobody", "vulnerable.malformed", "vulnerable.alone", "skill.unknown", "code.unknown",
	} {
		if !strings.Contains(part, "`"+code+"`") {
			t.Errorf("docs/formats.md does not explain %s", code)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header + "meal,2,x,3,-4,2026-11-29 14:00,2026-11-29T16:00:00+08:00,zh;yue,female," + ann + ",8,yes,w\n"))
	f.Add([]byte("\xef\xbb\xbf类别,东,北,说明\nmeal,0,0,\"a\nb\"\n"))
	f.Add([]byte("skill,east,north,words\n\"a"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		needs, err := needlist.Read(bytes.NewReader(raw))
		if (len(needs) == 0) == (err == nil) {
			t.Fatal("neither needs nor an error, or both")
		}
		for _, n := range needs {
			if n.Skill == "" || n.Words == "" || !utf8.ValidString(n.Words) || n.Quantity < 1 || n.Until != 0 && n.Until <= n.From ||
				n.Priority > 9 || n.Priority > 0 && n.Member == "" || n.Vulnerable && n.Priority == 0 || n.Line < 2 {
				t.Fatalf("a need that is none: %+v", n)
			}
		}
	})
}
