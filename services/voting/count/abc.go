package count

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"

	"renlin.dev/services/voting/internal/tally"
)

// Limits of an abc file.
const (
	instancesMax  = 10_000
	candidatesMax = tally.RankedOptionsMax
	profileMax    = 1_000_000
)

// Instances are the elections of an abc file.
type Instances struct {
	// List says that the file was a list, even if of one.
	List bool
	// Elections are the good ones, in the file's order.
	Elections []Instance
	// RowsRefused is how many fields are broken, listed or not.
	RowsRefused int
}

// Instance is an election to a committee from approvals.
type Instance struct {
	Name string
	// Candidates are numbered from 0; their numbers are their option ids.
	Candidates, Seats uint32
	Ballots           [][]uint32
}

// abcRules are the rules and what they are in a poll.
var abcRules = map[string]tally.Poll{
	"av":                              {Method: tally.MethodApproval},
	"pav":                             {Method: tally.MethodPAV},
	"seqpav":                          {Method: tally.MethodSeqPAV},
	"seqphragmen":                     {Method: tally.MethodPhragmen},
	"maximin-support":                 {Method: tally.MethodMaximin},
	"equal-shares":                    {Method: tally.MethodShares, Completion: tally.CompletionPhragmen},
	"equal-shares-with-av-completion": {Method: tally.MethodShares, Completion: tally.CompletionApproval},
	"equal-shares-without-completion": {Method: tally.MethodShares, Completion: tally.CompletionNone},
}

// abcFields are the fields of an election that must be there.
var abcFields = []string{"num_cand", "committeesize", "profile"}

// abcReader gathers the elections of one file.
type abcReader struct {
	jsonFile
	instances Instances
}

// ReadABC reads one object or a list of objects with num_cand, committeesize and profile, a list of lists of candidates' numbers, and if
// it has one a name in file. Other fields are passed over.
func ReadABC(r io.Reader) (Instances, []RowError, error) {
	data, err := readAll(r)
	if err != nil {
		return Instances{}, nil, err
	}
	a := &abcReader{jsonFile: jsonFile{data: data}}
	objects, list, err := a.objects()
	if err != nil {
		return Instances{}, nil, err
	}
	a.instances.List = list
	for i, object := range objects {
		if i == instancesMax {
			a.bad.add(a.line(object.at), "", whyTooMany)
			break
		}
		a.instance(object)
	}
	a.instances.RowsRefused = a.bad.total
	return a.instances, a.bad.sorted(), nil
}

// instance reads one election. All its broken fields are noted, not only the first.
func (a *abcReader) instance(object jsonValue) {
	fields, ok := a.fields(object, abcFields)
	if !ok {
		return
	}
	before := a.bad.total
	var e Instance
	if name, has := fields["file"]; has && json.Unmarshal(name.raw, &e.Name) != nil || len(e.Name) > textBytesMax {
		a.bad.add(a.line(fields["file"].at), "file", whyValue)
	}
	e.Candidates = uint32(a.number(fields["num_cand"], "num_cand", candidatesMax))
	e.Seats = uint32(a.number(fields["committeesize"], "committeesize", candidatesMax))
	if a.bad.total > before {
		return
	}
	if e.Seats == 0 || e.Seats > e.Candidates {
		a.bad.add(a.line(fields["committeesize"].at), "committeesize", whyNumber)
		return
	}
	profile := fields["profile"]
	ballots, err := elements(profile.raw, profile.at)
	if err != nil || len(ballots) > profileMax {
		a.bad.add(a.line(profile.at), "profile", whyValue)
		return
	}
	for _, b := range ballots {
		e.Ballots = append(e.Ballots, a.ballot(b, e.Candidates))
	}
	if a.bad.total == before {
		a.instances.Elections = append(a.instances.Elections, e)
	}
}

// ballot reads one list of candidates.
func (a *abcReader) ballot(v jsonValue, candidates uint32) []uint32 {
	values, err := elements(v.raw, v.at)
	if err != nil {
		a.bad.add(a.line(v.at), "profile", whyValue)
		return nil
	}
	choices, seen := make([]uint32, 0, len(values)), map[uint32]bool{}
	for _, value := range values {
		n, why := parseCount(string(bytes.TrimSpace(value.raw)), candidatesMax)
		o := uint32(n)
		switch {
		case why == nil && o >= candidates:
			why = &whyUnknown
		case why == nil && seen[o]:
			why = &whyDouble
		}
		if why != nil {
			a.bad.add(a.line(value.at), "profile", *why)
			return nil
		}
		seen[o] = true
		choices = append(choices, o)
	}
	return choices
}

// count counts every election by one rule.
func (i Instances) count(a Ask) (Result, error) {
	if a.Rule == "" {
		return Result{}, ErrRuleMissing
	}
	poll, known := abcRules[a.Rule]
	if !known {
		return Result{}, ErrRuleUnknown
	}
	results := []Result{}
	for _, e := range i.Elections {
		res, err := e.count(a, poll)
		if err != nil {
			return Result{}, err
		}
		results = append(results, res)
	}
	if !i.List && len(results) == 1 {
		return results[0], nil
	}
	return Result{Format: FormatABC, Rule: a.Rule, List: true, Elections: results}, nil
}

// count counts one election.
func (e Instance) count(a Ask, poll tally.Poll) (Result, error) {
	ids := make(namer, e.Candidates)
	for o := range ids {
		ids[o] = strconv.Itoa(o)
	}
	order, err := ids.order(a.Seed)
	if err != nil {
		return Result{}, err
	}
	poll.Form = tally.Form{Kind: tally.KindApproval, Options: e.Candidates}
	poll.Seats, poll.Order, poll.TieRule = e.Seats, order, tieRule(order)
	ballots := make([]tally.Ballot, len(e.Ballots))
	for i, choices := range e.Ballots {
		ballots[i] = tally.Ballot{Voter: strconv.Itoa(i), Choices: choices}
	}
	counted, err := poll.Count(ballots, nil)
	if err != nil {
		return Result{}, err
	}
	return Result{
		Format: FormatABC, Rule: a.Rule, File: e.Name, Winners: ids.winners(counted.Winners), Votes: int64(counted.Totals.Cast),
		Blank: int64(counted.Totals.AbstainedCount), Scores: ids.totals(heads(counted.Totals.Options)), Ties: ids.ties(counted.Ties),
		Rounds: ids.picks(counted.Picks), Satisfaction: counted.Value,
	}, nil
}
