package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"renlin.dev/pkg/client"
	"renlin.dev/services/matching/directory"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// importer is an example community at a pilot, and its officers' key file.
type importer struct {
	*testing.T
	*neighbourhood.Example
	address, officer string
}

func newImporter(t *testing.T, address string) *importer {
	t.Helper()
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), func(string, ...any) {})
	if err != nil {
		t.Fatal(err)
	}
	i := &importer{t, x, address, filepath.Join(t.TempDir(), "officer.json")}
	if err := writeExample(i.officer, x); err != nil {
		t.Fatal(err)
	}
	return i
}

// file writes a file to import.
func (i *importer) file(name, text string) string {
	i.Helper()
	file := filepath.Join(i.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		i.Fatal(err)
	}
	return file
}

// brings imports and gives what it came to.
func (i *importer) brings(want int, into any, args ...string) (stderr string) {
	i.Helper()
	code, out, stderr := renlin(i.T, append([]string{"import", args[0], "-json", "-http", i.address, "-officer", i.officer}, args[1:]...)...)
	if code != want {
		i.Fatalf("import %v: exit %d\n%s\n%s", args, code, out, stderr)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(out), into); err != nil {
			i.Fatalf("%v: %s", err, out)
		}
	}
	return stderr
}

// needs gives the record's needs as it has them.
func (i *importer) needs() (all []string) {
	i.Helper()
	err := eachRecord(i.Context(), i.First.Device, "need", func(_ string, state json.RawMessage) error {
		all = append(all, string(state))
		return nil
	})
	if err != nil {
		i.Fatal(err)
	}
	return all
}

// needRows are rows that differ, the third of which is a resident's.
func needRows(n int, member string) string {
	var b strings.Builder
	b.WriteString("skill,quantity,east,north,language,member,priority,vulnerable,words\n")
	for i := range n {
		who := ",,,"
		if i == 2 {
			who = "," + member + ",8,yes"
		}
		fmt.Fprintf(&b, "meal,%d,%d,%d,zh%s,%s %d\n", 1+i%3, i%7, -(i % 5), who, typed, i)
	}
	return b.String()
}

// TestImportNeeds: all needs or none, once however often they are brought, and no word of them on the record or in what is said.
func TestImportNeeds(t *testing.T) {
	address, _ := startPilot(t)
	i := newImporter(t, address)
	first, more := i.file("first.csv", needRows(230, i.Residents[0].Member)), i.file("more.csv", "类别,东,北,说明\nerrand,0,0,药\n")
	var got needsResult
	i.brings(exitDone, &got, "needs", first, more)
	if got.Rows != 231 || got.Raised != 231 || got.Before || len(got.Dropped) != 0 {
		t.Errorf("imported: %+v", got)
	}
	all := i.needs()
	urgent := 0
	for _, state := range all {
		if strings.Contains(state, typed) {
			t.Error("words are on the record")
		}
		if strings.Contains(state, i.Residents[0].Member) && strings.Contains(state, `"priority":8`) {
			urgent++
		}
	}
	if len(all) != 231 || urgent != 1 {
		t.Errorf("%d needs, of them %d the resident's", len(all), urgent)
	}
	one := got.Import
	i.brings(exitDone, &got, "needs", first, more)
	if got.Import != one || !got.Before || got.Raised != 231 || len(i.needs()) != 231 {
		t.Errorf("the same again: %+v", got)
	}
	got = needsResult{}
	i.brings(exitDone, &got, "needs", "-round", "second", more)
	if got.Import == one || got.Before || got.Raised != 1 || len(i.needs()) != 232 {
		t.Errorf("another round: %+v", got)
	}
}

// TestImportNeedsRefused: a row that the file, the rulebook or the community refuses is named by line and field, and nothing is raised.
func TestImportNeedsRefused(t *testing.T) {
	address, _ := startPilot(t)
	i := newImporter(t, address)
	stranger := client.NewID()
	for name, c := range map[string]struct {
		text, line, code string
	}{
		"no file of needs": {"skill,east,north,words\nmeal,x,0," + typed + "\n", "line 2, east:", "cell.malformed"},
		"no such skill":    {"skill,east,north,words\nmeal,0,0,a\ngold,0,0," + typed + "\n", "line 3, skill:", "skill.unknown"},
		"no member, far back": {needRows(149, i.Residents[0].Member) + "meal,1,0,0,zh," + stranger + ",,," + typed + "\n",
			"line 151:", "member.not_active"},
	} {
		file := i.file("x.csv", c.text)
		var got needsResult
		i.brings(exitUsage, &got, "needs", file)
		if got.RefusedTotal != 1 || len(got.Refused) != 1 || got.Refused[0].Code != c.code || got.Raised != 0 {
			t.Errorf("%s: %+v", name, got)
		}
		code, out, stderr := renlin(t, "import", "needs", "-http", address, "-officer", i.officer, file)
		if code != exitUsage || !strings.Contains(stderr, c.line) || !strings.Contains(stderr, "nothing was imported") ||
			strings.Contains(out+stderr, typed) {
			t.Errorf("%s: exit %d, %s", name, code, stderr)
		}
	}
	good := i.file("good.csv", needRows(1, ""))
	if said := i.brings(exitUsage, nil, "needs", "-member", i.Residents[0].Member, good); !strings.Contains(said, "nothing was imported") {
		t.Errorf("a resident imports: %s", said)
	}
	if n := len(i.needs()); n != 0 {
		t.Errorf("%d needs are there", n)
	}
}

// TestImportManyNeeds: as many rows as an import may hold are all needs in the end, each once. Ordinarily a hundredth of them, under
// RENLIN_CI=1 a tenth, and with RENLIN_LONG=1 all, which takes a quarter of an hour.
func TestImportManyNeeds(t *testing.T) {
	rows := 1_000
	switch {
	case os.Getenv("RENLIN_LONG") != "":
		rows = 100_000
	case os.Getenv("RENLIN_CI") != "":
		rows = 10_000
	}
	address, _ := startPilot(t)
	i := newImporter(t, address)
	var got needsResult
	began := time.Now()
	i.brings(exitDone, &got, "needs", i.file("many.csv", needRows(rows, i.Residents[0].Member)))
	t.Logf("%d rows in %v", rows, time.Since(began).Round(time.Millisecond))
	if got.Rows != rows || got.Raised != rows || len(got.Dropped) != 0 {
		t.Errorf("imported: %+v", got)
	}
	texts := map[string]bool{}
	for _, raw := range i.needs() {
		var n struct{ Text string }
		if err := json.Unmarshal([]byte(raw), &n); err != nil {
			t.Fatal(err)
		}
		texts[n.Text] = true
	}
	if len(texts) != rows {
		t.Errorf("%d different needs", len(texts))
	}
}

// stopping ends a context when something is said.
type stopping struct {
	bytes.Buffer
	when string
	stop context.CancelFunc
}

func (s *stopping) Write(p []byte) (int, error) {
	if strings.Contains(string(p), s.when) {
		s.stop()
	}
	return s.Buffer.Write(p)
}

// TestImportNeedsInterrupted: an import that was interrupted raises nothing, and the next one goes on where it stopped.
func TestImportNeedsInterrupted(t *testing.T) {
	address, _ := startPilot(t)
	i := newImporter(t, address)
	file := i.file("needs.csv", needRows(350, i.Residents[0].Member))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said := &stopping{when: "200 of 350 rows staged", stop: stop}
	args := []string{"import", "needs", "-http", address, "-officer", i.officer, file}
	if code := run(ctx, streams{in: strings.NewReader(""), out: said, err: said}, args); code == exitDone || len(i.needs()) != 0 {
		t.Fatalf("interrupted: exit %d, %d needs, %s", code, len(i.needs()), said)
	}
	var got needsResult
	heard := i.brings(exitDone, &got, "needs", file)
	if !strings.Contains(heard, "goes on after row 200") || strings.Contains(heard, "100 of 350") {
		t.Errorf("said: %s", heard)
	}
	if got.Raised != 350 || len(i.needs()) != 350 {
		t.Errorf("imported: %+v, %d needs", got, len(i.needs()))
	}
}

// TestImportDirectory: services of an organisation become its providers and offers; again they change nothing, a newer package brings them
// up to date, and what is exported and imported into another community is the same there.
func TestImportDirectory(t *testing.T) {
	address, cfg := startPilot(t)
	i, j := newImporter(t, address), newImporter(t, address)
	const committee, owners = "示例居委会 / Residents' committee", "示例业委会 / Owners' committee"
	listed := func(org, skill string, east int32, capacity int64) directory.Listed {
		return directory.Listed{
			OrganizationID: client.NewID(), OrganizationName: org, Provider: client.NewID(), Skill: skill, Title: typed,
			East: east, Squares: 3, Languages: []string{"zh"}, Capacity: capacity, Until: 1_900_000_000_123,
		}
	}
	write := func(all ...directory.Listed) string {
		raw, err := directory.Write(all)
		if err != nil {
			t.Fatal(err)
		}
		return i.file("package.json", string(raw))
	}
	meals, errands, far := listed(committee, "meal", 1, 20), listed(committee, "errand", 1, 5), listed(committee, "meal", 9, 7)
	file := write(meals, errands, far, listed(owners, "repair", 0, 1))
	if said := i.brings(exitUsage, nil, "hsds", file); !strings.Contains(said, "-answers") {
		t.Errorf("two places and one officer: %s", said)
	}
	two := i.First.Device.Member + "," + i.Residents[0].Member
	var got directoryResult
	i.brings(exitDone, &got, "hsds", "-answers", two, file)
	if len(got.Providers) != 2 || got.Offers != 3 || got.Changed != 5 || got.Left.Others != 1 {
		t.Errorf("imported: %+v", got)
	}
	i.brings(exitDone, &got, "hsds", "-answers", two, file)
	if got.Changed != 0 || got.Offers != 3 {
		t.Errorf("the same again: %+v", got)
	}
	stranger := i.First.Device.Member + "," + client.NewID() // the second is nobody: then nothing of the first is there either
	half := write(listed(committee, "repair", 1, 1), listed(committee, "care", 7, 1))
	if said := i.brings(exitUsage, nil, "hsds", "-answers", stranger, half); !strings.Contains(said, "nothing was imported") {
		t.Errorf("one of two places refused: %s", said)
	}
	meals.Capacity, meals.Squares, errands.Squares = 12, 4, 4
	i.brings(exitDone, &got, "hsds", "-answers", two, write(meals, errands, far))
	if got.Changed != 2 {
		t.Errorf("a newer package: %+v", got)
	}
	exported := func(x *importer) (string, []directory.Provider) {
		file := filepath.Join(t.TempDir(), "out.json")
		code, _, stderr := renlin(t, "export", "-format", "hsds", "-o", file, "-http", address, "-community", x.Community, "-token",
			filepath.Join(cfg.data, "token"))
		if code != exitDone {
			t.Fatalf("export: exit %d, %s", code, stderr)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		services, err := directory.Read([]directory.File{{Name: file, Raw: raw}})
		if err != nil {
			t.Fatal(err)
		}
		providers, _, err := directory.Plan(services, directory.Options{
			Mine: func(o directory.Organization) bool { return o.Name == committee }, Known: []string{"meal", "errand"}, Languages: []string{"zh"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return file, providers
	}
	// What is exported is read from projections, which follow the record a moment later.
	shown := func(x *importer) (file string, providers []directory.Provider) {
		err := neighbourhood.Eventually(t.Context(), "the newer package", func() error {
			file, providers = exported(x)
			if len(providers) != 2 || len(providers[0].Offers) != 2 || providers[0].Offers[1].Capacity != 12 {
				return fmt.Errorf("exported: %+v", providers)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return file, providers
	}
	file, first := shown(i)
	j.brings(exitDone, &got, "hsds", "-answers", j.First.Device.Member+","+j.Residents[0].Member, file)
	_, second := shown(j)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("in another community (-first +second):\n%s", diff)
	}
	if said := j.brings(exitUsage, nil, "hsds", "-organization", "nobody", file); !strings.Contains(said, "no service of the package") {
		t.Errorf("another's services: %s", said)
	}
	other := listed(committee, "gold", 0, 1)
	var refused directoryResult
	i.brings(exitUsage, &refused, "hsds", write(other))
	want := []directory.Refusal{{Service: 1, Field: "attributes", Code: "skill.unknown"}}
	if diff := cmp.Diff(want, refused.Refused, cmpopts.IgnoreFields(directory.Refusal{}, "File", "English", "Chinese")); diff != "" {
		t.Error(diff)
	}
	if code, out, stderr := renlin(t, "import", "hsds", "-http", address, "-officer", i.officer, write(other)); code != exitUsage ||
		strings.Contains(out+stderr, typed) {
		t.Errorf("refused: exit %d, %s", code, stderr)
	}
}
