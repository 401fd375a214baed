package directory_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"renlin.dev/pkg/realdata"
	"renlin.dev/services/matching/directory"
)

// lines writes refusals as "line or service, field code".
func lines(err error) []string {
	var refused *directory.Refused
	if !errors.As(err, &refused) {
		return []string{fmt.Sprint(err)}
	}
	var out []string
	for _, r := range refused.Rows {
		out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", r.Line+r.Service, r.Field, r.Code)), " "))
	}
	return out
}

func readOne(name, text string) ([]directory.Service, error) {
	return directory.Read([]directory.File{{Name: name, Raw: []byte(text)}})
}

// examples reads the standard's own examples: each JSON file alone, and all CSV files as one package.
func examples(t *testing.T) (tables []directory.File, json map[string][]byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(realdata.Name(t, "hsds"), "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("real input is missing: %v", err)
	}
	json = map[string][]byte{}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(name) == ".json" {
			json[filepath.Base(name)] = raw
		} else {
			tables = append(tables, directory.File{Name: name, Raw: raw})
		}
	}
	return tables, json
}

// TestExamples: the standard's examples in JSON and in tables are one service, and are read as the same. That an example's location lies
// beyond the pole is its makers' slip; here it is what must be refused.
func TestExamples(t *testing.T) {
	t.Parallel()
	tables, json := examples(t)
	for name, raw := range json {
		got, err := readOne(name, string(raw))
		if name == "service_list.json" {
			if err != nil || len(got) != 1 || got[0].Organization.Name != "Example Organization Inc." {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		if diff := cmp.Diff([]string{"1 latitude number.malformed"}, lines(err)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"2 latitude number.malformed"}, lines(second(directory.Read(tables)))); diff != "" {
		t.Error(diff)
	}
	mended := func(raw []byte) []byte { // to a latitude that there is
		s := strings.ReplaceAll(string(raw), `"latitude": 100`, `"latitude": 10.5`)
		return []byte(strings.ReplaceAll(s, ",100,101,", ",10.5,101,"))
	}
	for i := range tables {
		tables[i].Raw = mended(tables[i].Raw)
	}
	want, err := readOne("organization.json", string(mended(json["organization_full.json"])))
	if err != nil {
		t.Fatal(err)
	}
	got, err := directory.Read(tables)
	if err != nil {
		t.Fatal(err)
	}
	alike := cmpopts.IgnoreFields(directory.Service{}, "At", "Terms")
	if diff := cmp.Diff(want, got, alike); diff != "" {
		t.Errorf("tables are read otherwise than JSON (-JSON +tables):\n%s", diff)
	}
	if s := got[0]; s.Status != "active" || !cmp.Equal(s.Languages, []string{"ur"}) || s.Places[0].Lat != 10_500_000 || s.Available != -1 {
		t.Errorf("%+v", s)
	}
}

func second[A, B any](_ A, b B) B { return b }

func listed(change func(l *directory.Listed)) directory.Listed {
	l := directory.Listed{
		OrganizationID: strings.Repeat("a", 26), OrganizationName: "居委会", Provider: strings.Repeat("b", 26), Skill: "meal", Title: "送餐 / Meals",
		East: 3, North: -4, Squares: 5, Languages: []string{"zh"}, Capacity: 9, Updated: 1_800_000_000_000,
	}
	if change != nil {
		change(&l)
	}
	return l
}

func mine(directory.Organization) bool { return true }

// TestRoundTrip: what was written is read and planned as what it was, whatever it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []directory.Listed
		want := directory.Provider{
			East: rapid.Int32Range(-10_000, 10_000).Draw(t, "east"), North: rapid.Int32Range(-10_000, 10_000).Draw(t, "north"),
			Squares: rapid.Uint32Range(0, 200).Draw(t, "squares"),
		}
		if rapid.Bool().Draw(t, "languages") {
			want.Languages = []string{"yue", "zh"}
		}
		for _, skill := range []string{"errand", "meal"} {
			o := directory.Offer{Skill: skill, Capacity: rapid.Int64Range(0, 50_000).Draw(t, "capacity")}
			o.From = rapid.SampledFrom([]int64{0, 1_800_000_000_123}).Draw(t, "from")
			o.Until = rapid.SampledFrom([]int64{0, 1_900_000_000_456}).Draw(t, "until")
			want.Offers = append(want.Offers, o)
			taken := rapid.Int64Range(0, 50_000).Draw(t, "taken")
			all = append(all, listed(func(l *directory.Listed) {
				l.East, l.North, l.Squares, l.Languages = want.East, want.North, want.Squares, want.Languages
				l.Skill, l.Capacity, l.Taken, l.From, l.Until = skill, o.Capacity+taken, taken, o.From, o.Until
			}))
		}
		raw, err := directory.Write(all)
		if err != nil {
			t.Fatal(err)
		}
		services, err := readOne("page.json", string(raw))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := directory.Plan(services, directory.Options{
			Mine: mine, Known: []string{"meal", "errand"}, Languages: []string{"zh", "yue"}, Capacity: -1, Now: 1_700_000_000_000,
		})
		if err != nil || len(got) != 1 {
			t.Fatalf("%v, %v", got, err)
		}
		if diff := cmp.Diff(want, got[0]); diff != "" {
			t.Fatal(diff)
		}
		if id := directory.RecordID(services[0].Organization.ID); id != strings.Repeat("a", 26) {
			t.Fatalf("organisation %s", id)
		}
	})
}

func TestReadFiles(t *testing.T) {
	t.Parallel()
	const org = `"organization":{"id":"o","name":"O"}`
	with := func(more string) string { return `{"id":"s","name":"S",` + org + more + `}` }
	for text, want := range map[string]string{
		"": directory.ErrForm.Error(), "{": directory.ErrForm.Error(), `{"contents":7}`: directory.ErrForm.Error(),
		`"x"`: directory.ErrForm.Error(), "\xff\xfe": directory.ErrEncoding.Error(), "[]": directory.ErrEmpty.Error(),
		`{"contents":[]}`: directory.ErrEmpty.Error(), `{"services":[]}`: directory.ErrEmpty.Error(),
		`{"id":"s","name":"S"}`:                                                                "1 organization field.missing",
		`{"id":"s",` + org + `}`:                                                               "1 name field.missing",
		with(`,"capacities":[{"available":-1}]`):                                               "1 capacities capacity.malformed",
		with(`,"capacities":[{"available":1.5}]`):                                              "1 capacities capacity.malformed",
		with(`,"capacities":[{"available":1},{}]`):                                             "1 capacities capacity.malformed",
		with(`,"schedules":[{"valid_to":"soon"}]`):                                             "1 valid_to date.malformed",
		with(`,"service_areas":[{"uri":"urn:renlin:squares","extent":"-1"}]`):                  "1 service_areas number.malformed",
		with(`,"service_at_locations":[{"location":{"latitude":1e2,"longitude":0}}]`):          "1 latitude number.malformed",
		`[` + with("") + `,{"id":"s","name":"` + strings.Repeat("x", 1001) + `",` + org + `}]`: "2 name field.too_long",
	} {
		_, err := readOne("x.json", text)
		if got := lines(err); len(got) != 1 || !strings.HasSuffix(got[0], want) {
			t.Errorf("%.80s: %v, want %s", text, got, want)
		}
	}
}

func TestReadTables(t *testing.T) {
	t.Parallel()
	base := map[string]string{
		"organizations.csv": "id,name\no,O\n", "services.csv": "id,organization_id,name,status\ns,o,S,active\n",
		"service_at_location.csv": "id,service_id,location_id\na,s,l\n", "locations.csv": "id,latitude,longitude\nl,1.5,-2\n",
	}
	read := func(file, text string) ([]directory.Service, error) {
		var files []directory.File
		for name, raw := range base { // any order: it does not matter
			if name != file {
				files = append(files, directory.File{Name: name, Raw: []byte(raw)})
			}
		}
		return directory.Read(append(files, directory.File{Name: file, Raw: []byte(text)}))
	}
	got, err := read("service_capacity.csv", "id,service_id,available,maximum\nc,s,7,9\n")
	if err != nil || len(got) != 1 || got[0].Available != 7 || got[0].Maximum != 9 || got[0].Places[0].Lon != -2_000_000 {
		t.Errorf("%+v, %v", got, err)
	}
	for text, want := range map[string]string{
		"services.csv|id,organization_id,name\ns,x,S\n":              "2 organization_id reference.unknown",
		"services.csv|id,organization_id,name\ns,o,S\ns,o,S\n":       "3 id id.twice",
		"services.csv|id,organization_id,name\ns,o\n":                "2 row.fields",
		"services.csv|id,organization_id,name\ns,o,\"S\n":            "2 row.quote",
		"services.csv|name\nS\n":                                     directory.ErrForm.Error(),
		"services.csv|":                                              "2 service_id reference.unknown",
		"service_at_location.csv|id,service_id,location_id\na,s,x\n": "2 location_id reference.unknown",
		"service_capacity.csv|id,service_id,available\nc,s,many\n":   "2 capacities capacity.malformed",
		"attributes.csv|id,link_id,taxonomy_term_id\na,s,t\n":        "2 taxonomy_term_id reference.unknown",
	} {
		file, raw, _ := strings.Cut(text, "|")
		_, err := read(file, raw)
		if got := lines(err); len(got) == 0 || !strings.HasSuffix(got[0], want) {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	service := func(change func(s *directory.Service)) directory.Service {
		s := directory.Service{
			ID: "s", Name: "S", Status: "active", Terms: []string{"meal"}, Places: []directory.Place{{Square: true}}, Squares: -1, Available: 3,
			Maximum: -1,
		}
		change(&s)
		return s
	}
	options := directory.Options{
		Mine: mine, Known: []string{"meal"}, Skills: map[string]string{"BH-1": "meal", "no": "-"}, Languages: []string{"zh"}, Squares: 4,
		Capacity: -1, Now: 1000, Origin: &[2]int64{31_000_000, 121_000_000},
	}
	for name, c := range map[string]struct {
		change func(s *directory.Service)
		want   string
	}{
		"as it is":           {func(*directory.Service) {}, "{0 0 4 [] [{meal 3 0 0}]}"},
		"a term of others":   {func(s *directory.Service) { s.Terms = []string{"BH-1"} }, "{0 0 4 [] [{meal 3 0 0}]}"},
		"a language of ours": {func(s *directory.Service) { s.Languages = []string{"ur", "zh"} }, "{0 0 4 [zh] [{meal 3 0 0}]}"},
		"on the earth": {func(s *directory.Service) {
			s.Places[0] = directory.Place{Lat: 31_009_000, Lon: 120_999_000, Known: true}
		}, "{-1 2 4 [] [{meal 3 0 0}]}"},
		"unwanted":   {func(s *directory.Service) { s.Terms = []string{"no"} }, ""},
		"closed":     {func(s *directory.Service) { s.Status = "temporarily closed" }, ""},
		"no skill":   {func(s *directory.Service) { s.Terms = nil }, "0 attributes skill.unknown"},
		"no place":   {func(s *directory.Service) { s.Places = nil }, "0 service_at_locations place.missing"},
		"two places": {func(s *directory.Service) { s.Places = append(s.Places, s.Places[0]) }, "0 service_at_locations place.many"},
		"far away": {func(s *directory.Service) { s.Places[0] = directory.Place{Known: true, Lat: -31_000_000} },
			"0 service_at_locations place.far"},
		"over":        {func(s *directory.Service) { s.Window.Until = 999 }, "0 schedules window.over"},
		"no capacity": {func(s *directory.Service) { s.Available = -1 }, "0 capacities capacity.missing"},
		"too far":     {func(s *directory.Service) { s.Squares = 201 }, "0 service_areas number.malformed"},
	} {
		got, _, err := directory.Plan([]directory.Service{service(c.change)}, options)
		said := ""
		if err != nil {
			said = strings.Join(lines(err), "; ")
		} else if len(got) > 0 {
			said = fmt.Sprint(got[0])
		}
		if said != c.want {
			t.Errorf("%s: %s, want %s", name, said, c.want)
		}
	}
	twice := service(func(*directory.Service) {})
	if _, _, err := directory.Plan([]directory.Service{twice, twice}, options); lines(err)[0] != "0 attributes skill.twice" {
		t.Errorf("one skill twice: %v", err)
	}
}

// The reasons of docs/formats.md are those that there are.
func TestDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, part, found := strings.Cut(string(doc), "\n## Directories of services (HSDS)\n")
	for _, code := range []string{
		"id.twice", "reference.unknown", "number.malformed", "date.malformed", "capacity.malformed", "capacity.missing", "place.missing",
		"place.many", "place.far", "skill.unknown", "skill.twice", "window.over",
	} {
		if !found || !strings.Contains(part, "`"+code+"`") {
			t.Errorf("docs/formats.md does not explain %s", code)
		}
	}
}

func FuzzRead(f *testing.F) {
	errands := listed(func(l *directory.Listed) { l.Skill, l.Until = "errand", 1_900_000_000_456 })
	raw, err := directory.Write([]directory.Listed{listed(nil), errands})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("page.json", raw)
	f.Add("services.csv", []byte("id,organization_id,name,status\ns,o,S,active\n"))
	f.Add("x.json", []byte(`{"id":"o","services":[{"id":"s","name":"S","service_at_locations":[{"location":{"latitude":-89.9999999}}]}]}`))
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		services, err := directory.Read([]directory.File{{Name: name, Raw: raw}})
		if (len(services) == 0) == (err == nil) {
			t.Fatal("neither services nor an error, or both")
		}
		providers, _, err := directory.Plan(services, directory.Options{Mine: mine, Known: []string{"meal"}, Origin: &[2]int64{}, Now: 1})
		if err != nil && providers != nil {
			t.Fatal("providers and an error")
		}
		for _, p := range providers {
			if max(p.East, -p.East, p.North, -p.North) > 10_000 || p.Squares > 200 || len(p.Offers) == 0 {
				t.Fatalf("a provider that is none: %+v", p)
			}
		}
	})
}
