package count

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/realdata"
)

// TestReVotesReplace: the events of votes.csv, reduced to the latest, are the published participants-votes.csv, cell by cell.
func TestReVotesReplace(t *testing.T) {
	t.Parallel()
	for name, reVotes := range map[string]int{"15-per-hour-seattle": 123, "scoop-hivemind.freshwater": 7} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, rows, err := ReadPolis(bytes.NewReader(realdata.Read(t, "polis", name, "votes.csv")))
			if err != nil || len(rows) > 0 {
				t.Fatal(err, rows)
			}
			latest := LatestReactions(events)
			if len(events)-len(latest) != reVotes {
				t.Errorf("%d re-votes, want %d", len(events)-len(latest), reVotes)
			}
			got := map[[2]string]int{}
			for _, r := range latest {
				got[[2]string{r.Voter, r.Statement}] = r.Value
			}
			table, err := csv.NewReader(bytes.NewReader(realdata.Read(t, "polis", name, "participants-votes.csv"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			cells := 0
			for _, line := range table[1:] {
				agree, disagree, all := 0, 0, 0
				for i, cell := range line {
					value, voted := got[[2]string{line[0], table[0][i]}]
					if _, err := strconv.Atoi(table[0][i]); err != nil {
						continue // not the column of a statement
					}
					if voted != (cell != "") || (voted && strconv.Itoa(value) != cell) {
						t.Errorf("participant %s, statement %s: %d (%v), published %q", line[0], table[0][i], value, voted, cell)
					}
					if voted {
						all++
						agree += max(value, 0)
						disagree += max(-value, 0)
					}
				}
				cells += all
				if line[3] != strconv.Itoa(all) || line[4] != strconv.Itoa(agree) || line[5] != strconv.Itoa(disagree) {
					t.Errorf("participant %s: %d votes, %d agree, %d disagree; published %v", line[0], all, agree, disagree, line[3:6])
				}
			}
			if cells != len(latest) {
				t.Errorf("%d published cells for %d latest reactions", cells, len(latest))
			}
		})
	}
}

func TestPolisOrderAndBrokenRows(t *testing.T) {
	t.Parallel()
	text := "timestamp,datetime,comment-id,voter-id,vote\n" +
		"20,x,7,a,1\n10,\"y, z\",7,a,-1\n20,x,7,a,0\n" + // the third is last: of equal times the file's order decides
		"x,x,7,a,1\n-1,x,7,a,1\n10,x,,a,1\n10,x,7,,1\n10,x,7,a,2\n10,x,7,a\n"
	events, rows, err := ReadPolis(strings.NewReader(text))
	want := []string{
		"5 timestamp field.number", "6 timestamp field.negative", "7 comment-id field.missing", "8 voter-id field.missing", "9 vote field.value",
		"10  row.fields",
	}
	if diff := cmp.Diff(want, places(rows)); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	var values []int
	for _, e := range events {
		values = append(values, e.Value)
	}
	if diff := cmp.Diff([]int{-1, 1, 0}, values); diff != "" {
		t.Error(diff)
	}
	latest := LatestReactions(events)
	if len(latest) != 1 || latest[0].Value != 0 || latest[0].Line != 4 {
		t.Errorf("%+v", latest)
	}
	for _, text := range []string{"", "timestamp,vote\n1,1\n", "a,b,c\n"} {
		if _, _, err := ReadPolis(strings.NewReader(text)); !errors.Is(err, ErrFileUnreadable) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Count("polis", "", []byte(text)); !errors.Is(err, ErrFormatUncounted) {
		t.Error(err)
	}
}
