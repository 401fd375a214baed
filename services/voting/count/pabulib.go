package count

import (
	"cmp"
	"io"
	"math"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// Limits of one budget election; the largest published ones are a tenth of them or less.
const (
	projectsMax  = 10_000
	votesMax     = 2_000_000
	idBytesMax   = 128
	textBytesMax = 16 << 10
	pointsMax    = 1_000_000_000
)

// Election is a participatory budget as a .pb file tells it, ready for an importer to open a poll and cast the ballots.
type Election struct {
	Meta Meta
	// Projects are ascending by id; a project's index is its option id, here, in every Vote and in the poll, so that ties fall the
	// same way everywhere.
	Projects []Project
	// Votes are the good rows in the file's order, one for each voter.
	Votes []Vote
	// Places: every amount is in units of 10^-Places of the file's money. It is 0 unless the file has fractions.
	Places int
	// RowsRefused is how many rows are broken, listed or not.
	RowsRefused int
}

// Meta is what the META section says that a count, a poll or a reader needs. A bound of 0 does not bind.
type Meta struct {
	Description, Country, Unit, District, Subunit, Instance, Currency, Language string
	// Rule and VoteType are the file's own words, such as greedy-no-skip and approval. Empty or unknown ones are only refused by Count.
	Rule, VoteType string
	// Budget is in the election's units.
	Budget int64
	// NumProjects and NumVotes are what the file claims to hold; a difference is a broken row.
	NumProjects, NumVotes int64
	// LengthMin and LengthMax bound the choices of a ballot, the points those of one choice and of one ballot. What some files say
	// of the least sum of points and of the cost of a ballot's choices is not enforced: cities counted ballots that pass over it.
	LengthMin, LengthMax               uint32
	PointsMin, PointsMax, PointsSumMax int64
	// ScoreMin is min_project_score_threshold. ScoreDefault other than 0 (points of who did not mention a project) is not counted yet.
	ScoreMin, ScoreDefault int64
	// CostSumMax is max_sum_cost in the election's units, 0 if the file has none.
	CostSumMax int64

	// lines tells where each known key stands.
	lines map[string]int
}

// Project is one row of PROJECTS.
type Project struct {
	ID, Name string
	// Cost is in the election's units.
	Cost int64
	// Selected is the official result if the file has one: 1 won, 0 not, other values are the city's own; -1 if the file is silent.
	Selected int
	// Published is the score, or else the number of votes, that the file publishes; -1 if it is silent. It is never counted.
	Published int64

	line int
	cost amount
}

// Vote is one row of VOTES.
type Vote struct {
	Line  int
	Voter string
	// Choices are option ids in the ballot's order; Points stand beside them, or are nil if the file has none.
	Choices []uint32
	Points  []int64
}

// pabulibReader gathers an election section by section.
type pabulibReader struct {
	bad      rowList
	election Election
	sections map[string]section
	budget   amount
	costSum  amount
	option   map[string]uint32
	// form is what ballots are held to, once META and PROJECTS are read; formed is false where they give none.
	form   tally.Form
	formed bool
}

// section is a section's header line and its rows.
type section struct {
	line   int
	header []string
	rows   []row
}

// column answers where a column is, or -1.
func (s section) column(name string) int {
	for i, h := range s.header {
		if strings.EqualFold(h, name) {
			return i
		}
	}
	return -1
}

// ReadPabulib reads a .pb file: three sections META, PROJECTS, VOTES of semicolon-separated rows under a header line. It answers the good
// rows and the broken ones; the error is for a file that is none, and leaves both as far as they came.
func ReadPabulib(r io.Reader) (Election, []RowError, error) {
	data, err := readAll(r)
	if err != nil {
		return Election{}, nil, err
	}
	p := &pabulibReader{sections: map[string]section{}, option: map[string]uint32{}}
	p.split(splitRows(string(data), ';', &p.bad))
	if len(p.sections) == 0 {
		return Election{}, p.bad.sorted(), ErrFileUnreadable
	}
	last := 1 + strings.Count(string(data), "\n")
	for _, name := range []string{"META", "PROJECTS", "VOTES"} {
		if _, has := p.sections[name]; !has {
			p.bad.add(last, name, whySection)
		}
	}
	p.readMeta()
	p.readProjects()
	p.scaleAmounts()
	p.form, p.formed = p.election.form()
	p.readVotes()
	p.compareCounts()
	p.election.RowsRefused = p.bad.total
	return p.election, p.bad.sorted(), nil
}

// split sorts the records into sections. A second section of the same name is refused whole.
func (p *pabulibReader) split(rows []row) {
	name, skipping := "", false
	for _, r := range rows {
		if title := sectionTitle(r.fields); title != "" {
			_, skipping = p.sections[title]
			if skipping {
				p.bad.add(r.line, title, whyRepeated)
			} else {
				p.sections[title] = section{line: r.line}
			}
			name = title
			continue
		}
		s, in := p.sections[name]
		switch {
		case !in:
			p.bad.add(r.line, "", whyStray)
		case skipping:
		case s.header == nil:
			s.line, s.header = r.line, r.fields
		case len(r.fields) != len(s.header):
			p.bad.add(r.line, name, whyFields)
		default:
			s.rows = append(s.rows, r)
		}
		if in && !skipping {
			p.sections[name] = s
		}
	}
}

// sectionTitle answers the section that a record opens, or "". Spreadsheets leave empty fields behind a title.
func sectionTitle(fields []string) string {
	for _, f := range fields[1:] {
		if f != "" {
			return ""
		}
	}
	switch fields[0] {
	case "META", "PROJECTS", "VOTES":
		return fields[0]
	}
	return ""
}

// columns finds the columns of a section; a missing needed one is noted, and ok is false.
func (p *pabulibReader) columns(s section, needed, other []string) (at map[string]int, ok bool) {
	if s.line == 0 {
		return nil, false // the missing section is noted already
	}
	at, ok = map[string]int{}, true
	for _, name := range needed {
		if at[name] = s.column(name); at[name] < 0 {
			p.bad.add(s.line, name, whyColumn)
			ok = false
		}
	}
	for _, name := range other {
		at[name] = s.column(name)
	}
	return at, ok
}

// compareCounts notes a difference between what META claims and how many rows there are, good and broken.
func (p *pabulibReader) compareCounts() {
	m, whole := p.election.Meta, p.bad.total == 0
	for _, c := range []struct {
		field string
		claim int64
		rows  int
	}{{"num_projects", m.NumProjects, len(p.sections["PROJECTS"].rows)}, {"num_votes", m.NumVotes, len(p.sections["VOTES"].rows)}} {
		// A row that could not be split or has the wrong number of fields is not among the rows, and is noted by itself.
		if c.claim > 0 && c.claim != int64(c.rows) && whole {
			p.bad.add(m.lines[c.field], c.field, whyCount)
		}
	}
}

// kind answers how tally calls the file's vote type.
func (m Meta) kind() (tally.Kind, bool) {
	switch k := tally.Kind(m.VoteType); k {
	case tally.KindApproval, tally.KindChooseOne, tally.KindCumulative, tally.KindScoring, tally.KindOrdinal:
		return k, true
	}
	return "", false
}

// form is what ballots are held to. A poll that is still to be voted on must bound the points, or voters would not be equal; in a
// file of a vote that is over the city has, so a silent META leaves them as they are.
func (e Election) form() (tally.Form, bool) {
	m := e.Meta
	kind, known := m.kind()
	form := tally.Form{
		Kind: kind, Options: uint32(len(e.Projects)), ChoicesMin: m.LengthMin, ChoicesMax: m.LengthMax,
		PointsMin: m.PointsMin, PointsMax: cmp.Or(m.PointsMax, pointsMax), PointsSumMax: cmp.Or(m.PointsSumMax, math.MaxInt64),
	}
	return form, known && form.Check() == nil
}
