package count

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// readMeta reads the key;value rows. A key that is not known is passed over: files carry notes of their own.
func (p *pabulibReader) readMeta() {
	s := p.sections["META"]
	at, ok := p.columns(s, []string{"key", "value"}, nil)
	if !ok {
		return
	}
	m := &p.election.Meta
	texts := map[string]*string{
		"description": &m.Description, "country": &m.Country, "unit": &m.Unit, "district": &m.District, "subunit": &m.Subunit,
		"instance": &m.Instance, "currency": &m.Currency, "language": &m.Language, "rule": &m.Rule, "vote_type": &m.VoteType,
	}
	numbers := map[string]*int64{
		"num_projects": &m.NumProjects, "num_votes": &m.NumVotes, "min_points": &m.PointsMin, "max_points": &m.PointsMax,
		"max_sum_points": &m.PointsSumMax, "min_project_score_threshold": &m.ScoreMin, "default_score": &m.ScoreDefault,
	}
	lengths := map[string]*uint32{"min_length": &m.LengthMin, "max_length": &m.LengthMax}
	lines := map[string]int{}
	for _, r := range s.rows {
		key, value := strings.ToLower(r.fields[at["key"]]), r.fields[at["value"]]
		text, number, length := texts[key], numbers[key], lengths[key]
		if text == nil && number == nil && length == nil && key != "budget" && key != "max_sum_cost" {
			continue
		}
		if lines[key] > 0 {
			p.bad.add(r.line, key, whyRepeated)
			continue
		}
		lines[key] = r.line
		p.metaValue(r.line, key, value, text, number, length)
	}
	for _, key := range []string{"budget", "vote_type"} {
		if lines[key] == 0 {
			p.bad.add(s.line, key, whyMissing)
		}
	}
	if _, known := m.kind(); !known && m.VoteType != "" {
		p.bad.add(lines["vote_type"], "vote_type", whyValue)
	}
	m.lines = lines
}

// metaValue stores one known key where it belongs.
func (p *pabulibReader) metaValue(line int, key, value string, text *string, number *int64, length *uint32) {
	var why *reason
	var n int64
	switch {
	case value == "":
		why = &whyMissing
	case text != nil && len(value) > textBytesMax:
		why = &whyLong
	case text != nil:
		*text = value
	case number != nil:
		*number, why = parseCount(value, math.MaxInt64)
	case length != nil:
		n, why = parseCount(value, math.MaxUint32)
		*length = uint32(n)
	case key == "max_sum_cost":
		p.costSum, why = parseAmount(value)
	default:
		p.budget, why = parseAmount(value)
	}
	if why != nil {
		p.bad.add(line, key, *why)
	}
}

// readProjects reads PROJECTS and gives out the option ids.
func (p *pabulibReader) readProjects() {
	s := p.sections["PROJECTS"]
	at, ok := p.columns(s, []string{"project_id", "cost"}, []string{"name", "selected", "score", "votes"})
	if !ok {
		return
	}
	seen := map[string]bool{}
	for i, r := range s.rows {
		if i == projectsMax {
			p.bad.add(r.line, "PROJECTS", whyTooMany)
			break
		}
		if project, good := p.project(r, at, seen); good {
			p.election.Projects = append(p.election.Projects, project)
		}
	}
	slices.SortFunc(p.election.Projects, func(a, b Project) int { return compareIDs(a.ID, b.ID) })
	for i, project := range p.election.Projects {
		p.option[project.ID] = uint32(i)
	}
}

// project reads one row. Only id and cost can break it: what the city published beside them is not counted.
func (p *pabulibReader) project(r row, at map[string]int, seen map[string]bool) (Project, bool) {
	get := func(name string) string {
		if i := at[name]; i >= 0 {
			return r.fields[i]
		}
		return ""
	}
	project := Project{ID: get("project_id"), Name: get("name"), line: r.line}
	field, why := "project_id", &reason{}
	switch {
	case project.ID == "":
		why = &whyMissing
	case len(project.ID) > idBytesMax:
		why = &whyLong
	case strings.Contains(project.ID, ","):
		why = &whyValue // no ballot could name it
	case seen[project.ID]:
		why = &whyTwice
	case len(project.Name) > textBytesMax:
		field, why = "name", &whyLong
	default:
		seen[project.ID] = true
		field = "cost"
		project.cost, why = parseAmount(get("cost"))
	}
	if why != nil {
		p.bad.add(r.line, field, *why)
		return Project{}, false
	}
	project.Selected, project.Published = -1, -1
	if n, why := parseCount(get("selected"), math.MaxInt32); why == nil {
		project.Selected = int(n)
	}
	if n, why := parseCount(cmp.Or(get("score"), get("votes")), math.MaxInt64); why == nil {
		project.Published = n
	}
	return project, true
}

// scaleAmounts brings budget and costs to one unit, the finest that any of them needs.
func (p *pabulibReader) scaleAmounts() {
	e := &p.election
	e.Places = max(p.budget.places, p.costSum.places)
	for _, project := range e.Projects {
		e.Places = max(e.Places, project.cost.places)
	}
	var fits bool
	if e.Meta.Budget, fits = p.budget.scale(e.Places); !fits {
		p.bad.add(e.Meta.lines["budget"], "budget", whyAmount)
	}
	if e.Meta.CostSumMax, fits = p.costSum.scale(e.Places); !fits {
		p.bad.add(e.Meta.lines["max_sum_cost"], "max_sum_cost", whyAmount)
	}
	for i := range e.Projects {
		if e.Projects[i].Cost, fits = e.Projects[i].cost.scale(e.Places); !fits {
			p.bad.add(e.Projects[i].line, "cost", whyAmount)
		}
	}
}

// readVotes reads VOTES.
func (p *pabulibReader) readVotes() {
	s := p.sections["VOTES"]
	at, ok := p.columns(s, []string{"voter_id", "vote"}, []string{"points"})
	if !ok {
		return
	}
	seen := map[string]bool{}
	p.election.Votes = make([]Vote, 0, min(len(s.rows), votesMax))
	for i, r := range s.rows {
		if i == votesMax {
			p.bad.add(r.line, "VOTES", whyTooMany)
			break
		}
		voter := r.fields[at["voter_id"]]
		switch {
		case voter == "":
			p.bad.add(r.line, "voter_id", whyMissing)
			continue
		case len(voter) > idBytesMax:
			p.bad.add(r.line, "voter_id", whyLong)
			continue
		case seen[voter]:
			p.bad.add(r.line, "voter_id", whyTwice)
			continue
		}
		seen[voter] = true // a second row of the voter is refused even if this one is broken: which was meant is not ours to say
		points := ""
		if at["points"] >= 0 {
			points = r.fields[at["points"]]
		}
		if v, field, why := p.vote(voter, r.fields[at["vote"]], points); why != nil {
			p.bad.add(r.line, field, *why)
		} else {
			v.Line = r.line
			p.election.Votes = append(p.election.Votes, v)
		}
	}
}

// vote reads one ballot. The bounds are the file's own; the tally would call a ballot that passes over them spoilt, here its row is named.
func (p *pabulibReader) vote(voter, choices, points string) (v Vote, field string, why *reason) {
	m := p.election.Meta
	v = Vote{Voter: voter}
	given := splitList(choices)
	most := m.LengthMax
	if m.VoteType == string(tally.KindChooseOne) {
		most = 1
	}
	switch n := uint64(len(given)); {
	case n < uint64(m.LengthMin):
		return v, "vote", &whyChoicesMin
	case (most > 0 && n > uint64(most)) || n > projectsMax:
		return v, "vote", &whyChoicesMax
	}
	chosen := make(map[uint32]bool, len(given))
	for _, id := range given {
		option, known := p.option[id]
		switch {
		case !known:
			return v, "vote", &whyUnknown
		case chosen[option]:
			return v, "vote", &whyDouble
		}
		chosen[option] = true
		v.Choices = append(v.Choices, option)
	}
	if points == "" {
		return p.checked(v)
	}
	list := splitList(points)
	if len(list) != len(given) {
		return v, "points", &whyPoints
	}
	for _, text := range list {
		n, why := parseCount(text, pointsMax)
		if why != nil {
			return v, "points", why
		}
		v.Points = append(v.Points, n)
	}
	return p.checked(v)
}

// checked holds the ballot to the form by which it will be counted; what is left for it to find are the points.
func (p *pabulibReader) checked(v Vote) (Vote, string, *reason) {
	// An unknown vote type or an impossible META is named where it stands, not in each ballot.
	if p.formed && !p.form.Good(tally.Ballot{Choices: v.Choices, Points: v.Points}) {
		return v, "points", &whyPointsMax
	}
	return v, "", nil
}

// splitList splits a comma-separated list; an empty one has no elements.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	list := strings.Split(s, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}
