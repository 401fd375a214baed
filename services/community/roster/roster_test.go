package roster_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/services/community/roster"
)

const header = "name,phone,building,unit,area_m2,person\n"

func read(text string) (*roster.Roster, error) { return roster.Read(strings.NewReader(text)) }

// lines writes refusals as "line field code other".
func lines(err error) []string {
	var refused *roster.Refused
	if !errors.As(err, &refused) {
		return []string{fmt.Sprint(err)}
	}
	out := []string{}
	for _, r := range refused.Rows {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s %d", r.Line, r.Field, r.Code, r.OtherLine)))
	}
	return out
}

func TestRead(t *testing.T) {
	t.Parallel()
	text := "\ufeff姓名,电话,楼栋,房号,面积\r\n" +
		"王小明,138 0000-1111,3,501,89.5\r\n" +
		"\r\n" +
		",,,,\r\n" +
		"李华,,3,502,120\r\n" +
		"　王小明　,13800001111,3,储01,8.05\r\n" +
		"\"Müller, Eva\",+49 (30) 123456,,,\r\n" +
		"王小明,13900002222,4,501,0\r\n"
	got, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	want := &roster.Roster{Persons: []roster.Person{
		{Line: 2, Name: "王小明", Phone: "13800001111", Units: []roster.Unit{
			{Line: 2, Building: "3", Door: "501", AreaCentiM2: 8950}, {Line: 6, Building: "3", Door: "储01", AreaCentiM2: 805},
		}},
		{Line: 5, Name: "李华", Units: []roster.Unit{{Line: 5, Building: "3", Door: "502", AreaCentiM2: 12000}}},
		{Line: 7, Name: "Müller, Eva", Phone: "+4930123456"},
		{Line: 8, Name: "王小明", Phone: "13900002222", Units: []roster.Unit{{Line: 8, Building: "4", Door: "501"}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if got.Rows() != 5 {
		t.Errorf("%d rows", got.Rows())
	}
	if p := string(got.Persons[0].Profile()); p != `{"name":"王小明","phone":"13800001111"}` {
		t.Errorf("profile %s", p)
	}
	if p := string(got.Persons[1].Profile()); p != `{"name":"李华"}` {
		t.Errorf("profile %s", p)
	}
	if l := string(got.Persons[0].Units[1].Label()); l != `{"building":"3","unit":"储01"}` {
		t.Errorf("label %s", l)
	}
}

func TestReadWholeFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":              {"", roster.ErrEmpty},
		"a mark and nothing":   {"\ufeff", roster.ErrEmpty},
		"a header alone":       {header, roster.ErrEmpty},
		"blank rows":           {header + ",,,,,\n\n", roster.ErrEmpty},
		"unknown column":       {"name,unit,area_m2,id_card\n", roster.ErrHeader},
		"column twice":         {"name,unit,area_m2,name\n", roster.ErrHeader},
		"twice in two tongues": {"name,unit,area_m2,姓名\n", roster.ErrHeader},
		"no area":              {"name,unit\na,1\n", roster.ErrHeader},
		"another spelling":     {"Name,Unit,Area\n", roster.ErrHeader},
		"semicolons":           {"name;unit;area_m2\n", roster.ErrHeader},
		"a quote in the head":  {"na\"me,unit,area_m2\n", roster.ErrHeader},
		"UTF-16":               {"\xff\xfen\x00a\x00", roster.ErrEncoding},
		"UTF-16, big end":      {"\xfe\xff\x00n\x00a", roster.ErrEncoding},
		"zeros":                {header + "a\x00b,,,,,\n", roster.ErrEncoding},
		"GB 18030":             {"\xd0\xd5\xc3\xfb,unit,area_m2\n", roster.ErrEncoding},
		"too many rows":        {header + strings.Repeat("a,,,,,1\n", roster.RowsMax+1), roster.ErrTooLarge},
		"too large":            {header + strings.Repeat("x", roster.FileBytesMax), roster.ErrTooLarge},
	} {
		if _, err := read(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	broken := errors.New("no disk")
	if _, err := roster.Read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func TestRowsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows string
		want []string
	}{
		"no name":                  {",1380000,1,1,1,\n", []string{"2 name field.missing 0"}},
		"unit without area":        {"a,,1,1,,\n", []string{"2 area_m2 field.missing 0"}},
		"area without unit":        {"a,,,,1,\n", []string{"2 unit unit.missing 0"}},
		"building without unit":    {"a,,1,,,\n", []string{"2 unit unit.missing 0"}},
		"unit twice":               {"a,,1,1,1,\nb,,1,2,1,\nc,,1,1,1,\n", []string{"4 unit unit.twice 2"}},
		"unit twice, first broken": {"a,x,1,1,1,\nb,,1,1,1,\n", []string{"2 phone phone.malformed 0", "3 unit unit.twice 2"}},
		"other building":           {"a,,1,1,1,\nb,,2,1,1,\n", nil},
		"too few fields":           {"a,b\n", []string{"2  row.fields 0"}},
		"too many fields":          {"a,,,,,,\n", []string{"2  row.fields 0"}},
		"stray quote":              {"a\"b,,,,,\nc,,,,,\n", []string{"2  row.quote 0"}},
		"open quote":               {"a,,,,,\n\"b,,,,,\nc,,,,,\n", []string{"3  row.quote 0"}},
		"letters for a number":     {"a,call me,,,,\n", []string{"2 phone phone.malformed 0"}},
		"wide digits":              {"a,１３８０００００,,,,\n", []string{"2 phone phone.malformed 0"}},
		"short number":             {"a,1234,,,,\n", []string{"2 phone phone.malformed 0"}},
		"long number":              {"a,123456789012345678901,,,,\n", []string{"2 phone phone.malformed 0"}},
		"not UTF-8":                {"\xd0\xd5,,,,,\n", []string{"2 name row.encoding 0"}},
		"unseen characters":        {"a\u202eb,,,,,\n", []string{"2 name field.characters 0"}},
		"a line break in a name":   {"\"a\nb\",,,,,\nc,1,,,,\n", []string{"2 name field.characters 0", "4 phone phone.malformed 0"}},
		"long":                     {strings.Repeat("x", 201) + ",,,,,\n", []string{"2 name field.too_long 0"}},
		"everything": {"\u200b,x,1,,y,\n", []string{
			"2 name field.characters 0", "2 phone phone.malformed 0", "2 unit unit.missing 0",
		}},
		"broken, then same name":   {"a,x,,1,1,\na,,,2,1,\n", []string{"2 phone phone.malformed 0"}},
		"longest and shortest":     {strings.Repeat("x", 200) + ",12345678901234567890,,,,\na,12345,,,,\n", nil},
		"same name":                {"a,,,1,1,\na,,,2,1,\n", []string{"3 person person.ambiguous 2"}},
		"same name, then a number": {"a,,,1,1,\na,12345,,2,1,\n", []string{"3 person person.ambiguous 2"}},
		"number, then same name":   {"a,12345,,1,1,\na,,,2,1,\n", []string{"3 person person.ambiguous 2"}},
		"code, then number":        {"a,12345,,1,1,7\na,12345,,2,1,\n", []string{"3 person person.ambiguous 2"}},
		"number, then code":        {"a,12345,,1,1,\na,12345,,2,1,7\n", []string{"3 person person.ambiguous 2"}},
		"code alone, then number":  {"a,,,1,1,7\na,12345,,2,1,\n", []string{"3 person person.ambiguous 2"}},
		"number, then code alone":  {"a,12345,,1,1,\na,,,2,1,7\n", []string{"3 person person.ambiguous 2"}},
		"code and another number":  {"a,12345,,1,1,7\na,54321,,2,1,\n", nil},
		"two numbers":              {"a,12345,,1,1,\na,54321,,2,1,\n", nil},
		"two codes":                {"a,,,1,1,7\na,,,2,1,8\n", nil},
		"code with another name":   {"a,,,1,1,7\nb,,,2,1,7\n", []string{"3 person person.differs 2"}},
		"code with another number": {"a,12345,,1,1,7\na,54321,,2,1,7\n", []string{"3 person person.differs 2"}},
		"twice, no unit":           {"a,12345,,,,\na,12345,,,,\n", []string{"3 name person.twice 2"}},
		"twice, unit later":        {"a,12345,,,,\na,12345,,1,1,\n", nil},
		"twice by code, no unit":   {"a,,,1,1,7\na,,,,,7\n", []string{"3 name person.twice 2"}},
	} {
		_, err := read(header + c.rows)
		if c.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, lines(err)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
		if !errors.Is(err, roster.ErrRows) {
			t.Errorf("%s: %v is not ErrRows", name, err)
		}
	}
}

func TestAreas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "1": 100, "89.5": 8950, "89.50": 8950, "0.01": 1, "007.1": 710, "10000000": 1_000_000_000, "10000000.00": 1_000_000_000,
	} {
		r, err := read("name,unit,area_m2\na,1," + text + "\n")
		if err != nil || r.Persons[0].Units[0].AreaCentiM2 != want {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{
		"-1", "+1", "1.", ".5", "1.005", "1.000", "1,5", "1e2", "0x10", "NaN", "Inf", "１", "89.5㎡", "1 000", "..", ".", "10000000.01",
		strings.Repeat("9", 19), strings.Repeat("9", 190),
	} {
		_, err := read("name,unit,area_m2\na,1,\"" + text + "\"\n")
		if !errors.Is(err, roster.ErrRows) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// What a refusal says never holds what the file says.
func TestRefusalsEchoNothing(t *testing.T) {
	t.Parallel()
	const canary = "王小明13800001111"
	text := header + canary + ",x" + canary + "," + canary + "," + canary + "," + canary + "," + canary + "\n" +
		canary + "\n\"" + canary + ",,,,,\n"
	_, err := read(text)
	raw, merr := json.Marshal(err)
	if merr != nil {
		t.Fatal(merr)
	}
	for _, said := range []string{err.Error(), string(raw), fmt.Sprintf("%+v", err), fmt.Sprint(errors.Unwrap(err))} {
		if strings.Contains(said, "王小明") || strings.Contains(said, "1380000") {
			t.Errorf("says %s", said)
		}
	}
	if !strings.Contains(err.Error(), "line 2, phone:") || !strings.Contains(err.Error(), "more)") {
		t.Errorf("says %s", err)
	}
	_, err = read("name,unit,area_m2," + canary + "\n")
	if strings.Contains(err.Error(), canary) {
		t.Errorf("says %s", err)
	}
}

func TestRefusalsSay(t *testing.T) {
	t.Parallel()
	for rows, want := range map[string]string{
		"a,x,,,,\n":            "line 2, phone: the telephone number is not 5 to 20 digits",
		"a\n":                  "line 2: the number of fields differs from the header's",
		"a,x,,,,\nb\n":         "line 2, phone: the telephone number is not 5 to 20 digits (and 1 more)",
		"a,,,1,1,7\na,,,,,7\n": "line 3, name: the person is there twice, and this row adds no unit (see line 2)",
	} {
		if _, err := read(header + rows); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A file of the very size that may be is read.
func TestFileOfLargestSize(t *testing.T) {
	t.Parallel()
	text := header + "a,12345,,1,1,\n"
	text += strings.Repeat("\n", roster.FileBytesMax-len(text))
	if r, err := read(text); err != nil || r.Rows() != 1 {
		t.Fatal(err)
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	_, err := read("name,unit,area_m2\n" + strings.Repeat("a,1,x\n", 5000))
	var refused *roster.Refused
	if !errors.As(err, &refused) || len(refused.Rows) != roster.RefusalsMax || refused.Total < 5000 {
		t.Fatalf("%v", err)
	}
}

// The largest roster that may be, all of one name, is read in good time.
func TestLargestFile(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	b.WriteString(header)
	for i := range roster.RowsMax {
		fmt.Fprintf(&b, "王伟,,%d,%d,100.25,%d\n", i/100, i%100, i/2)
	}
	r, err := roster.Read(&b)
	if err != nil || len(r.Persons) != roster.RowsMax/2 || r.Rows() != roster.RowsMax {
		t.Fatal(err)
	}
}

// Whatever a roster holds: no unit stands twice, no area differs from the decimal in the file, no person is lost.
func TestRosterInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		b.WriteString(header)
		areas := map[string]string{}
		n := rapid.IntRange(1, 30).Draw(rt, "rows")
		for i := range n {
			area := rapid.StringMatching(`[0-9]{1,6}(\.[0-9]{1,2})?`).Draw(rt, "area")
			door := fmt.Sprint(rapid.IntRange(0, 60).Draw(rt, "door"))
			if areas[door] == "" {
				areas[door] = area
			}
			fmt.Fprintf(&b, "n%d,,b,%s,%s,%d\n", i%7, door, area, i%7)
		}
		r, err := read(b.String())
		if err != nil {
			if !errors.Is(err, roster.ErrRows) {
				rt.Fatal(err)
			}
			return
		}
		seen := map[string]bool{}
		for _, p := range r.Persons {
			for _, u := range p.Units {
				if seen[u.Door] {
					rt.Fatalf("unit %s twice", u.Door)
				}
				seen[u.Door] = true
				want, ok := new(big.Rat).SetString(areas[u.Door])
				if !ok || want.Mul(want, big.NewRat(100, 1)).Cmp(new(big.Rat).SetInt64(u.AreaCentiM2)) != 0 {
					rt.Fatalf("%s became %d", areas[u.Door], u.AreaCentiM2)
				}
			}
		}
		if len(seen) != n || len(r.Persons) != min(n, 7) {
			rt.Fatalf("%d units and %d persons of %d rows", len(seen), len(r.Persons), n)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(header + "a,13800001111,1,1,89.50,\nb,,1,2,1,\n"))
	f.Add([]byte("\xef\xbb\xbf姓名,房号,面积\n王,1,1\n"))
	f.Add([]byte("name,unit,area_m2\n\"a\n\"\"b\",1,1\n"))
	f.Add([]byte("name,unit,area_m2\n\"a"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := roster.Read(bytes.NewReader(raw))
		if (r == nil) == (err == nil) {
			t.Fatal("neither a roster nor an error, or both")
		}
		if r == nil {
			return
		}
		units := map[[2]string]bool{}
		for _, p := range r.Persons {
			if p.Name == "" || !json.Valid(p.Profile()) {
				t.Fatal("a person without a name")
			}
			for _, u := range p.Units {
				if u.Door == "" || u.AreaCentiM2 < 0 || units[[2]string{u.Building, u.Door}] {
					t.Fatal("a unit without a door, twice, or of less than nothing")
				}
				units[[2]string{u.Building, u.Door}] = true
			}
		}
	})
}
