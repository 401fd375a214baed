package count

import (
	"cmp"
	"io"
	"math"
	"slices"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// Reaction is one voter's reaction to one statement at one time, as a conversation's votes.csv tells it. It is an event: later reactions
// of the same voter to the same statement replace it (LatestReactions).
type Reaction struct {
	Line             int
	Voter, Statement string
	// AtMS is in milliseconds since 1970.
	AtMS int64
	// Value is 1 for agree, -1 for disagree, 0 for pass.
	Value int
}

// ReadPolis reads votes.csv and answers the good reactions from the earliest to the latest, equal times in the file's order, and the broken
// rows. The published files are not in order of time.
func ReadPolis(r io.Reader) ([]Reaction, []RowError, error) {
	data, err := readAll(r)
	if err != nil {
		return nil, nil, err
	}
	var bad rowList
	rows := splitRows(string(data), ',', &bad)
	if len(rows) == 0 {
		return nil, bad.sorted(), ErrFileUnreadable
	}
	head := section{line: rows[0].line, header: rows[0].fields}
	at := map[string]int{}
	for _, name := range []string{"timestamp", "comment-id", "voter-id", "vote"} {
		if at[name] = head.column(name); at[name] < 0 {
			bad.add(head.line, name, whyColumn)
		}
	}
	if len(bad.rows) > 0 && slices.ContainsFunc(bad.rows, func(e RowError) bool { return e.Code == whyColumn.code }) {
		return nil, bad.sorted(), ErrFileUnreadable
	}
	var reactions []Reaction
	for _, r := range rows[1:] {
		if len(r.fields) != len(head.header) {
			bad.add(r.line, "", whyFields)
			continue
		}
		reaction, field, why := reaction(r, at)
		if why != nil {
			bad.add(r.line, field, *why)
			continue
		}
		reactions = append(reactions, reaction)
	}
	slices.SortStableFunc(reactions, func(a, b Reaction) int { return cmp.Compare(a.AtMS, b.AtMS) })
	return reactions, bad.sorted(), nil
}

// reaction reads one row.
func reaction(r row, at map[string]int) (out Reaction, field string, why *reason) {
	out = Reaction{Line: r.line, Voter: r.fields[at["voter-id"]], Statement: r.fields[at["comment-id"]]}
	for _, field := range []string{"voter-id", "comment-id"} {
		switch id := r.fields[at[field]]; {
		case id == "":
			return out, field, &whyMissing
		case len(id) > idBytesMax:
			return out, field, &whyLong
		}
	}
	if out.AtMS, why = parseCount(r.fields[at["timestamp"]], math.MaxInt64); why != nil {
		return out, "timestamp", why
	}
	switch strings.TrimPrefix(r.fields[at["vote"]], "+") {
	case "1":
		out.Value = 1
	case "-1":
		out.Value = -1
	case "0":
	default:
		return out, "vote", &whyValue
	}
	return out, "", nil
}

// LatestReactions reduces events to the last reaction of each voter to each statement: a re-vote replaces, it does not add.
func LatestReactions(events []Reaction) []Reaction {
	type key struct{ voter, statement string }
	return tally.Latest(events, func(r Reaction) key { return key{r.Voter, r.Statement} })
}
