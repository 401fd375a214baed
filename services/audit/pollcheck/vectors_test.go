package pollcheck_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
)

var write = flag.Bool("write", false, "add to docs/format/polls.json and the other files of polls what they do not have yet")

const (
	recordsFile   = "../../../docs/format/polls.json"
	forgeriesFile = "../../../docs/format/forged-polls.json"

	togetherFile       = "../../../docs/format/polls-together.json"
	forgedTogetherFile = "../../../docs/format/forged-polls-together.json"

	// openFile are open polls by all methods, with notices, papers and helpers; every check says something of them.
	openFile       = "../../../docs/format/open-polls.json"
	forgedOpenFile = "../../../docs/format/forged-open-polls.json"
)

// sinceOpen came after the records of open polls were released.
var sinceOpen = []string{"samples"}

// laterChecks came after the records were released, which say nothing of them.
var laterChecks = []string{"notice", "papers", "steps", "turnout", "channels", "samples"}

// recordsVector is docs/format/polls.json: records of polls that are honest. Bytes are base64. A record is made of commits, and of runs
// [from, until) of the first record's.
type recordsVector struct {
	Records []recordVector `json:"records"`
}

// forgeriesVector is docs/format/forged-polls.json: what is found where one thing in a record is wrong. A forgery is made of commits,
// and of runs of the record's.
type forgeriesVector struct {
	Forgeries []forgeryVector `json:"forgeries"`
}

type recordVector struct {
	Name    string            `json:"name"`
	Stage   string            `json:"stage"`
	Result  string            `json:"result,omitempty"`
	Looked  map[string]int    `json:"looked"` // by check: how many things were looked at
	Commits []json.RawMessage `json:"commits"`
}

type commitVector struct {
	Author    uint8  `json:"author"`
	Actor     string `json:"actor,omitempty"`
	Key       []byte `json:"key,omitempty"`
	Time      int64  `json:"time"`
	Until     int64  `json:"until,omitempty"`
	Aggregate string `json:"aggregate"`
	Type      string `json:"type"`
	Body      []byte `json:"body"`
	// Cosigner signed too; Also is a further event of the same commit, before this one.
	Cosigner []byte       `json:"cosigner,omitempty"`
	Also     *eventVector `json:"also,omitempty"`
}

type eventVector struct {
	Aggregate string `json:"aggregate"`
	Type      string `json:"type"`
	Body      []byte `json:"body"`
}

type forgeryVector struct {
	Name     string            `json:"name"`
	Record   string            `json:"record"`
	Commits  []json.RawMessage `json:"commits"`
	Findings []foundVector     `json:"findings"`
}

type foundVector struct {
	Code  string `json:"code"`
	Index uint64 `json:"index"`
	At    string `json:"at,omitempty"`
}

func vectorOf(t testing.TB, f *fact) commitVector {
	e := eventOf(t, f)
	v := commitVector{
		Author: uint8(f.author), Actor: f.actor, Key: f.key, Time: f.time, Until: f.until, Aggregate: e.Aggregate, Type: e.Type, Body: e.Body,
		Cosigner: f.cosigner,
	}
	if f.also != nil {
		v.Also = eventOf(t, f.also)
	}
	return v
}

func eventOf(t testing.TB, f *fact) *eventVector {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(f.body)
	must(t, err)
	return &eventVector{Aggregate: f.aggregate, Type: string(f.body.ProtoReflect().Descriptor().FullName()), Body: body}
}

// vectorsOf makes the files' content anew: from the same secrets comes the same. They say nothing of the later checks.
func vectorsOf(
	t testing.TB, honest map[string]func(testing.TB) *record, forgeries []forgery,
) (records recordsVector, forged forgeriesVector) {
	return vectorsBut(t, honest, forgeries, laterChecks)
}

// vectorsBut are those that are silent on some checks.
func vectorsBut(
	t testing.TB, honest map[string]func(testing.TB) *record, forgeries []forgery, silentOn []string,
) (records recordsVector, forged forgeriesVector) {
	made, bases := map[string]*record{}, map[string][]commitVector{}
	var firstOne []commitVector
	for _, name := range slices.Sorted(maps.Keys(honest)) {
		r := honest[name](t)
		made[name] = r
		report := r.check().Polls[0]
		v := recordVector{Name: name, Stage: report.Stage, Result: report.Result, Looked: map[string]int{}, Commits: runs(t, firstOne, r)}
		for _, c := range report.Checks {
			switch {
			case c.Name == "leak":
				v.Looked[c.Name] = 0 // as it was not made then
			case !slices.Contains(silentOn, c.Name):
				v.Looked[c.Name] = c.Looked
			}
		}
		for _, f := range r.facts {
			bases[name] = append(bases[name], vectorOf(t, f))
		}
		if firstOne == nil {
			firstOne = bases[name]
		}
		records.Records = append(records.Records, v)
	}
	for _, f := range forgeries {
		if f.change == nil || f.name == "too long a list" { // a forger's own secrets are in no file, and 200 rows are too large for one
			continue
		}
		r := made[f.record].clone()
		f.change(r)
		v := forgeryVector{Name: f.name, Record: f.record, Commits: runs(t, bases[f.record], r)}
		for _, x := range r.check().Polls[0].Findings {
			if x.Check != "leak" && !slices.Contains(silentOn, x.Check) {
				v.Findings = append(v.Findings, foundVector{x.Code, x.Index, x.At})
			}
		}
		forged.Forgeries = append(forged.Forgeries, v)
	}
	return records, forged
}

// runs writes a record as runs of another's commits.
func runs(t testing.TB, base []commitVector, r *record) (list []json.RawMessage) {
	from, until := -1, -1
	flush := func() {
		if from >= 0 {
			raw, err := json.Marshal([]int{from, until})
			must(t, err)
			list = append(list, raw)
		}
		from = -1
	}
	for _, f := range r.facts {
		v := vectorOf(t, f)
		i := slices.IndexFunc(base, func(b commitVector) bool { return reflect.DeepEqual(b, v) })
		switch {
		case i >= 0 && from >= 0 && i == until:
			until++
		case i >= 0:
			flush()
			from, until = i, i+1
		default:
			flush()
			raw, err := json.Marshal(v)
			must(t, err)
			list = append(list, raw)
		}
	}
	flush()
	return list
}

// ofRecords are the forgeries of some records.
func ofRecords(records map[string]func(testing.TB) *record, all []forgery) []forgery {
	return slices.DeleteFunc(slices.Clone(all), func(f forgery) bool { return records[f.record] == nil })
}

// TestVectors: what the released files hold is what is made here, and found by the checks; they are only ever added to.
func TestVectors(t *testing.T) {
	records, forged := vectorsOf(t, honest, forgeries())
	released(t, records, forged, recordsFile, forgeriesFile)
	records, forged = vectorsOf(t, honestTogether, togetherForgeries)
	released(t, records, forged, togetherFile, forgedTogetherFile)
	records, forged = vectorsBut(t, later, ofRecords(later, laterForgeries), sinceOpen)
	released(t, records, forged, openFile, forgedOpenFile)
	_, forged = vectorsBut(t, honest, ofRecords(honest, laterForgeries), sinceOpen)
	released(t, recordsVector{}, forged, openFile, forgedOpenFile)
}

func released(t *testing.T, records recordsVector, forged forgeriesVector, recordsFile, forgeriesFile string) {
	var haveRecords recordsVector
	var haveForged forgeriesVector
	load(t, recordsFile, &haveRecords)
	load(t, forgeriesFile, &haveForged)
	haveRecords.Records = added(t, haveRecords.Records, records.Records, func(v recordVector) string { return v.Name })
	haveForged.Forgeries = added(t, haveForged.Forgeries, forged.Forgeries, func(v forgeryVector) string { return v.Record + "/" + v.Name })
	if *write {
		save(t, recordsFile, "records", haveRecords.Records)
		save(t, forgeriesFile, "forgeries", haveForged.Forgeries)
	}
}

func load(t *testing.T, name string, v any) {
	if raw, err := os.ReadFile(name); err == nil {
		must(t, json.Unmarshal(raw, v))
	} else if !*write {
		t.Fatal(err)
	}
}

// added compares what was released with what is made, and adds what is new if that was asked for.
func added[V any](t *testing.T, have, made []V, name func(V) string) []V {
	for _, v := range made {
		i := slices.IndexFunc(have, func(h V) bool { return name(h) == name(v) })
		switch {
		case i < 0 && *write:
			have = append(have, v)
		case i < 0:
			t.Errorf("%s is not released; go test -run TestVectors -write adds it", name(v))
		case !bytes.Equal(jsonOf(t, have[i]), jsonOf(t, v)):
			t.Errorf("%s is not what was released", name(v))
		}
	}
	return have
}

func jsonOf(t *testing.T, v any) []byte {
	raw, err := json.Marshal(v)
	must(t, err)
	return raw
}

// save writes one of a list a line, so that what is added can be seen.
func save[V any](t *testing.T, file, name string, list []V) {
	var b bytes.Buffer
	b.WriteString(`{"` + name + `":[`)
	for i, v := range list {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(jsonOf(t, v))
	}
	b.WriteString("\n]}\n")
	must(t, os.WriteFile(file, b.Bytes(), 0o644))
}
