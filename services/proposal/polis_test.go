package proposal_test

import (
	"cmp"
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/realdata"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/deliberation"
)

// readTable reads a table of the real data, which lies where RENLIN_DATA says.
func readTable(t *testing.T, path ...string) (header map[string]int, rows [][]string) {
	t.Helper()
	file, err := os.Open(realdata.Name(t, append([]string{"polis"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header = map[string]int{}
	for i, name := range all[0] {
		header[name] = i
	}
	return header, all[1:]
}

// TestPolis feeds every vote that real people gave in a Polis conversation as reactions of synthetic members, in the order and at the
// time of the votes. What the states hold then must be the conversation's published matrix: a person's last vote on each
// statement, once, however often they voted.
func TestPolis(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		votes, cells   int
		revotesAlike   int // the same vote again changes nothing
		revotesChanged int
	}{
		{"15-per-hour-seattle", 2995, 2872, 116, 7},
		{"scoop-hivemind.freshwater", 3979, 3972, 7, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			votes, rows := readTable(t, c.name, "votes.csv")
			slices.SortStableFunc(rows, func(a, b []string) int {
				return cmp.Compare(number(t, a[votes["timestamp"]]), number(t, b[votes["timestamp"]]))
			})
			if len(rows) != c.votes {
				t.Fatalf("%d votes, want %d: the data is not the one that this test knows", len(rows), c.votes)
			}
			w := newWorld(t)
			w.Now = number(t, rows[0][votes["timestamp"]]) - 1
			p := newConversation(w)
			alike, first := 0, map[[2]string]bool{}
			for _, row := range rows {
				w.Now = number(t, row[votes["timestamp"]])
				voter, statement := row[votes["voter-id"]], row[votes["comment-id"]]
				switch refused := p.vote(voter, statement, row[votes["vote"]]); refused {
				case "":
					first[[2]string{voter, statement}] = true
				case "command.nothing":
					alike++
				default:
					t.Fatalf("a vote was refused: %s", refused)
				}
			}
			if changed := len(rows) - alike - len(first); alike != c.revotesAlike || changed != c.revotesChanged {
				t.Errorf("%d re-votes alike and %d others, want %d and %d", alike, changed, c.revotesAlike, c.revotesChanged)
			}
			p.compare(t, c.name, c.cells)
		})
	}
}

// conversation is one deliberation with the statements and participants of the data.
type conversation struct {
	*world
	id         string
	statements map[string]string // the data's number -> our id
	members    map[string]bool   // the data's numbers of those who were admitted
}

func newConversation(w *world) *conversation {
	w.Helper()
	book := rulebook()
	m := matterOf(book, "greening")
	m.ThresholdMembers, m.ThresholdNumerator, m.DeliberationSeconds = 1, 0, 1<<32-1
	w.Adopt(book)
	raised := w.post("ann", "greening")
	w.Settle()
	for _, d := range w.State.Members("deliberation") {
		return &conversation{world: w, id: d, statements: map[string]string{}, members: map[string]bool{}}
	}
	w.Fatalf("no deliberation of %s", raised)
	return nil
}

var polisAttitudes = map[string]proposalv1.Attitude{
	"1": agree, "-1": proposalv1.Attitude_ATTITUDE_DISAGREE, "0": proposalv1.Attitude_ATTITUDE_PASS,
}

// vote admits the voter and submits the statement when they first appear, and answers the refusal of the reaction.
func (p *conversation) vote(voter, statement, vote string) string {
	p.Helper()
	if !p.members[voter] {
		p.members[voter] = true
		p.Admit("voter " + voter)
	}
	if p.statements[statement] == "" {
		p.statements[statement] = p.Do("statement", "ann", "proposal.submit", statementIn(p.id))
	}
	return p.Try("voter "+voter, "proposal.react", &proposalv1.React{
		Deliberation: p.id, Statement: p.statements[statement], Attitude: polisAttitudes[vote],
	})
}

// compare holds the states against the published matrix, cell by cell, both ways.
func (p *conversation) compare(t *testing.T, name string, cells int) {
	t.Helper()
	matrix, rows := readTable(t, name, "participants-votes.csv")
	if len(rows) != len(p.members) {
		t.Errorf("%d participants reacted, want %d", len(p.members), len(rows))
	}
	words := map[string]string{"1": "agree", "-1": "disagree", "0": "pass", "": ""}
	filled := 0
	for _, row := range rows {
		voter := row[matrix["participant"]]
		count := map[string]int{}
		for number, statement := range p.statements {
			got := ""
			r := decider.Peek[deliberation.Reaction](p.State, deliberation.ReactionPath(p.id, statement, id("voter "+voter)))
			if r != nil {
				got = r.Attitude
				count[got]++
				filled++
			}
			if want := words[row[matrix[number]]]; got != want {
				t.Errorf("participant %s on statement %s: %q, want %q", voter, number, got, want)
			}
		}
		if a, d := strconv.Itoa(count["agree"]), strconv.Itoa(count["disagree"]); a != row[matrix["n-agree"]] || d != row[matrix["n-disagree"]] {
			t.Errorf("participant %s: %s agree, %s disagree", voter, a, d)
		}
	}
	reactions := 0
	for _, statement := range p.statements {
		reactions += len(p.State.Members(deliberation.StatementPath(p.id, statement) + "/reaction"))
	}
	if filled != cells || reactions != cells {
		t.Errorf("%d cells and %d reactions, want %d", filled, reactions, cells)
	}
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
