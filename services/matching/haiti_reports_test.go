package matching_test

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/realdata"
	"renlin.dev/services/matching/needlist"
)

// report is one of those that people in Haiti sent in after the earthquake of 12 January 2010, without its words.
type report struct {
	serial     string
	at         int64 // ms
	categories []string
	lat, lon   float64
	approved   bool
	verified   bool
}

// wanted is what a report asks for: a skill, how much of it, and how urgent such a thing is.
type wanted struct {
	skill    string
	quantity int64
	priority uint32
}

// wantedFor says what each category of a report asks for. What is not here asks for nothing: that something is to be had somewhere (7, 7a
// to 7d), news of persons (8e), deaths and tremors (6, 6a, 6c), and what names no kind of thing (2, 8 and others alone).
var wantedFor = map[string]wanted{
	"1c": {"rescue", 1, 9}, "8d": {"rescue", 1, 9}, "1d": {"rescue", 1, 8}, "5a": {"rescue", 1, 7}, // trapped, searched for, fire, collapsed
	"1b": {"medical", 1, 8}, "1a": {"medical", 1, 8}, "3": {"medical", 1, 6}, "3a": {"medical", 1, 7}, "3b": {"medical", 1, 7},
	"3c": {"medical", 2, 7}, "3d": {"medical", 1, 6}, "3e": {"medical", 1, 6}, // emergencies, the health of the public, supplies
	"2b": {"water", 4, 6}, "2c": {"water", 4, 6}, "4e": {"water", 2, 4}, "2a": {"food", 4, 5}, "2d": {"shelter", 3, 5},
	"2e": {"energy", 1, 3}, "2f": {"energy", 1, 3}, // fuel, power
	"4": {"security", 1, 4}, "4a": {"security", 1, 4}, "4c": {"security", 1, 4},
	"5": {"works", 1, 4}, "5b": {"works", 1, 5}, "5c": {"works", 1, 4}, "5d": {"works", 1, 4}, "5e": {"works", 1, 4},
	"7g": {"works", 1, 4}, "7h": {"works", 1, 3}, // unstable, roads, the dead, rubble
	"6b": {"search", 1, 5}, "1": {"check", 1, 6}, // missing persons; an emergency that says no more, of which somebody finds out
}

var haitiSkills = []string{"check", "energy", "food", "medical", "rescue", "search", "security", "shelter", "water", "works"}

// wants gives what a report asks for, each skill once, by its most urgent category, the most urgent first. That it is an emergency says
// nothing more where something else does.
func (r *report) wants() (out []wanted) {
	for _, c := range r.categories {
		w, asks := wantedFor[c]
		if !asks {
			continue
		}
		if at := slices.IndexFunc(out, func(x wanted) bool { return x.skill == w.skill }); at < 0 {
			out = append(out, w)
		} else if w.priority > out[at].priority {
			out[at] = w
		}
	}
	if len(out) > 1 {
		out = slices.DeleteFunc(out, func(w wanted) bool { return w.skill == "check" })
	}
	slices.SortFunc(out, func(a, b wanted) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), strings.Compare(a.skill, b.skill))
	})
	return out
}

// The grid of the replay begins at the middle of Port-au-Prince.
const originLat, originLon = 18.54, -72.34

// squareAt gives the square of 500 m at a place.
func squareAt(lat, lon float64) (east, north int32) {
	const degree = 111_320 / 500.0
	return int32(math.Floor((lon - originLon) * degree * math.Cos(originLat*math.Pi/180))), int32(math.Floor((lat - originLat) * degree))
}

// haitiReports reads the real reports, in the order in which what they tell of happened, and holds them against what is known of them.
func haitiReports(t *testing.T) []report {
	t.Helper()
	f, err := os.Open(realdata.Name(t, "haiti", "haiti_reports_no_text.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]report, 0, len(rows))
	for _, row := range rows[1:] {
		at, err1 := time.Parse("02/01/2006 15:04", row[1])
		lat, err2 := strconv.ParseFloat(row[3], 64)
		lon, err3 := strconv.ParseFloat(row[4], 64)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		all = append(all, report{row[0], at.UnixMilli(), strings.Fields(row[2]), lat, lon, row[5] == "YES", row[6] == "YES"})
	}
	slices.SortFunc(all, func(a, b report) int { return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.serial, b.serial)) })
	checkReports(t, all)
	return all
}

// checkReports holds what was read against the counts that came with the file.
func checkReports(t *testing.T, all []report) {
	t.Helper()
	raw := realdata.Read(t, "haiti", "expected.json")
	var want struct {
		Rows     int            `json:"rows"`
		Approved int            `json:"approved_yes"`
		Verified int            `json:"verified_yes"`
		Counts   map[string]int `json:"category_counts"`
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	approved, verified, counts := 0, 0, map[string]int{}
	for _, r := range all {
		if r.approved {
			approved++
		}
		if r.verified {
			verified++
		}
		for _, c := range r.categories {
			counts[c]++
		}
	}
	if len(all) != want.Rows || approved != want.Approved || verified != want.Verified || len(counts) != len(want.Counts) {
		t.Fatalf("read %d reports, %d approved, %d verified, %d categories", len(all), approved, verified, len(counts))
	}
	for c, n := range want.Counts { // any order
		if counts[c] != n {
			t.Fatalf("category %s: %d, want %d", c, counts[c], n)
		}
	}
}

// needsFile writes reports as a file of needs, a row for each thing that one asks for, and says of each row which report it is of.
func needsFile(reports []report) (text string, of []*report) {
	var b strings.Builder
	b.WriteString("skill,quantity,east,north,words\n")
	for i := range reports {
		r := &reports[i]
		east, north := squareAt(r.lat, r.lon)
		for _, w := range r.wants() {
			fmt.Fprintf(&b, "%s,%d,%d,%d,report %s\n", w.skill, w.quantity, east, north, r.serial)
			of = append(of, r)
		}
	}
	return b.String(), of
}

// screened reads the reports as what `renlin import needs` takes. What cannot be used is named by its lines: that is the first screening.
// It gives the needs with the report of each, and the reports that were refused.
func screened(t *testing.T, reports []report) (needs []needlist.Need, of []*report, refused map[string]bool) {
	t.Helper()
	refused = map[string]bool{}
	text, all := needsFile(reports)
	_, err := needlist.Read(strings.NewReader(text))
	var bad *needlist.Refused
	if errors.As(err, &bad) {
		for _, row := range bad.Rows {
			if row.Code != "cell.malformed" {
				t.Fatalf("refused: %v", row)
			}
			refused[all[row.Line-2].serial] = true
		}
	} else if err != nil {
		t.Fatal(err)
	}
	text, of = needsFile(slices.DeleteFunc(slices.Clone(reports), func(r report) bool { return refused[r.serial] }))
	if needs, err = needlist.Read(strings.NewReader(text)); err != nil || len(needs) != len(of) {
		t.Fatalf("%d needs of %d rows, %v", len(needs), len(of), err)
	}
	return needs, of, refused
}
