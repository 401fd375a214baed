// Package quake reads what people in Haiti reported after the earthquake of 12 January 2010, as needs, for tests that replay it.
//
// Its rules: every report asks for what its categories say, or for nothing; it has a place and a time and no words. What a file of needs
// may not hold is refused by the same reader that `renlin import needs` has. Who helps is made up, in the towns that there are.
package quake

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

// Report is one of those that people sent in, without its words.
type Report struct {
	Serial     string
	At         int64 // ms
	Categories []string
	Lat, Lon   float64
	Approved   bool
	verified   bool
}

// Wanted is what a report asks for: a skill, how much of it, and how urgent such a thing is.
type Wanted struct {
	Skill    string
	quantity int64
	Priority uint32
}

// wantedFor says what each category of a report asks for. What is not here asks for nothing: that something is to be had somewhere (7, 7a
// to 7d), news of persons (8e), deaths and tremors (6, 6a, 6c), and what names no kind of thing (2, 8 and others alone).
var wantedFor = map[string]Wanted{
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

// Skills are those that are asked for.
var Skills = []string{"check", "energy", "food", "medical", "rescue", "search", "security", "shelter", "water", "works"}

// Wants gives what a report asks for, each skill once, by its most urgent category, the most urgent first. That it is an emergency says
// nothing more where something else does.
func (r *Report) Wants() (out []Wanted) {
	for _, c := range r.Categories {
		w, asks := wantedFor[c]
		if !asks {
			continue
		}
		if at := slices.IndexFunc(out, func(x Wanted) bool { return x.Skill == w.Skill }); at < 0 {
			out = append(out, w)
		} else if w.Priority > out[at].Priority {
			out[at] = w
		}
	}
	if len(out) > 1 {
		out = slices.DeleteFunc(out, func(w Wanted) bool { return w.Skill == "check" })
	}
	slices.SortFunc(out, func(a, b Wanted) int {
		return cmp.Or(cmp.Compare(b.Priority, a.Priority), strings.Compare(a.Skill, b.Skill))
	})
	return out
}

// The grid of the replay begins at the middle of Port-au-Prince.
const originLat, originLon = 18.54, -72.34

// Square gives the square of 500 m at a place.
func Square(lat, lon float64) (east, north int32) {
	const degree = 111_320 / 500.0
	return int32(math.Floor((lon - originLon) * degree * math.Cos(originLat*math.Pi/180))), int32(math.Floor((lat - originLat) * degree))
}

// Reports reads the real reports, in the order in which what they tell of happened, and holds them against what is known of them.
func Reports(t testing.TB) []Report {
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
	all := make([]Report, 0, len(rows))
	for _, row := range rows[1:] {
		at, err1 := time.Parse("02/01/2006 15:04", row[1])
		lat, err2 := strconv.ParseFloat(row[3], 64)
		lon, err3 := strconv.ParseFloat(row[4], 64)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		all = append(all, Report{row[0], at.UnixMilli(), strings.Fields(row[2]), lat, lon, row[5] == "YES", row[6] == "YES"})
	}
	slices.SortFunc(all, func(a, b Report) int { return cmp.Or(cmp.Compare(a.At, b.At), strings.Compare(a.Serial, b.Serial)) })
	checkReports(t, all)
	return all
}

// checkReports holds what was read against the counts that came with the file.
func checkReports(t testing.TB, all []Report) {
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
		if r.Approved {
			approved++
		}
		if r.verified {
			verified++
		}
		for _, c := range r.Categories {
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
func needsFile(reports []Report) (text string, of []*Report) {
	var b strings.Builder
	b.WriteString("skill,quantity,east,north,words\n")
	for i := range reports {
		r := &reports[i]
		east, north := Square(r.Lat, r.Lon)
		for _, w := range r.Wants() {
			fmt.Fprintf(&b, "%s,%d,%d,%d,report %s\n", w.Skill, w.quantity, east, north, r.Serial)
			of = append(of, r)
		}
	}
	return b.String(), of
}

// Screened reads the reports as what `renlin import needs` takes. What cannot be used is named by its lines: that is the first screening.
// It gives the needs with the report of each, and the serials of the reports that were refused.
func Screened(t testing.TB, reports []Report) (needs []needlist.Need, of []*Report, refused map[string]bool) {
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
			refused[all[row.Line-2].Serial] = true
		}
	} else if err != nil {
		t.Fatal(err)
	}
	text, of = needsFile(slices.DeleteFunc(slices.Clone(reports), func(r Report) bool { return refused[r.Serial] }))
	if needs, err = needlist.Read(strings.NewReader(text)); err != nil || len(needs) != len(of) {
		t.Fatalf("%d needs of %d rows, %v", len(needs), len(of), err)
	}
	return needs, of, refused
}
