package count

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// Limits of a snapshot file.
const (
	snapshotChoicesMax = 1000
	snapshotVotesMax   = 1_000_000
	exponentMax        = 40
)

// Proposal is a vote with balances as a snapshot file tells it.
type Proposal struct {
	// Kind is the proposal's own word for the rule, or empty.
	Kind string
	// Choices are the options' names; an option's id in the file is its place, from 1.
	Choices []string
	Votes   []Cast
	// RowsRefused is how many fields outside the votes are broken.
	RowsRefused int
}

// Cast is one row of the votes. Its choice is read by the rule, for what is good by one is not by another.
type Cast struct {
	choice  json.RawMessage
	balance json.RawMessage
}

// snapshotReader gathers a proposal.
type snapshotReader struct {
	jsonFile
	proposal Proposal
}

// ReadSnapshot reads an object with a proposal, which has choices and may have a type, and votes, each with a choice and a balance. What is
// wrong with a vote is not looked at here: a bad one is spoilt, and no reason to refuse the others.
func ReadSnapshot(r io.Reader) (Proposal, []RowError, error) {
	data, err := readAll(r)
	if err != nil {
		return Proposal{}, nil, err
	}
	s := &snapshotReader{jsonFile: jsonFile{data: data}}
	objects, list, err := s.objects()
	if err != nil {
		return Proposal{}, nil, err
	}
	if list || len(objects) != 1 {
		return Proposal{}, nil, ErrFileUnreadable
	}
	if fields, ok := s.fields(objects[0], []string{"proposal", "votes"}); ok {
		s.readProposal(fields["proposal"])
		s.readVotes(fields["votes"])
	}
	s.proposal.RowsRefused = s.bad.total
	return s.proposal, s.bad.sorted(), nil
}

// readProposal reads the choices and the type.
func (s *snapshotReader) readProposal(v jsonValue) {
	fields, ok := s.fields(v, []string{"choices"})
	if !ok {
		return
	}
	if kind, has := fields["type"]; has && (json.Unmarshal(kind.raw, &s.proposal.Kind) != nil || len(s.proposal.Kind) > idBytesMax) {
		s.bad.add(s.line(kind.at), "type", whyValue)
	}
	choices := fields["choices"]
	names, err := elements(choices.raw, choices.at)
	if err != nil || len(names) == 0 || len(names) > snapshotChoicesMax {
		s.bad.add(s.line(choices.at), "choices", whyValue)
		return
	}
	for _, n := range names {
		var name string
		if json.Unmarshal(n.raw, &name) != nil || len(name) > textBytesMax {
			s.bad.add(s.line(n.at), "choices", whyValue)
		}
		s.proposal.Choices = append(s.proposal.Choices, name)
	}
}

// readVotes splits the votes.
func (s *snapshotReader) readVotes(v jsonValue) {
	votes, err := elements(v.raw, v.at)
	switch {
	case err != nil:
		s.bad.add(s.line(v.at), "votes", whyValue)
	case len(votes) > snapshotVotesMax:
		s.bad.add(s.line(v.at), "votes", whyTooMany)
	}
	for _, vote := range votes {
		var cast Cast // one without the fields, or with one of them twice, stays empty and is spoilt
		if fields, twice, ok := members(vote.raw, vote.at); ok && len(twice) == 0 {
			cast = Cast{choice: fields["choice"].raw, balance: fields["balance"].raw}
		}
		s.proposal.Votes = append(s.proposal.Votes, cast)
	}
}

// decimal reads a JSON number that is not negative. good is false for what is none, fits for one that is too long to count with.
func decimal(raw json.RawMessage) (a amount, good, fits bool) {
	text := strings.ToLower(string(bytes.TrimSpace(raw)))
	mantissa, exponent, _ := strings.Cut(text, "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if !isDigits(whole) { // text, null and what is below zero
		return amount{}, false, true
	}
	shift, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent != "" && (err != nil || shift > exponentMax || shift < -exponentMax) {
		return amount{}, true, false
	}
	digits, places := strings.TrimLeft(whole+fraction, "0"), len(fraction)-shift
	for strings.HasSuffix(digits, "0") {
		digits, places = digits[:len(digits)-1], places-1
	}
	if digits == "" {
		return amount{}, true, true
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return amount{}, true, false
	}
	for ; places < 0; places++ {
		if n > math.MaxInt64/10 {
			return amount{}, true, false
		}
		n *= 10
	}
	return amount{n, places}, true, true
}

// counted is a good vote.
type counted struct {
	choices []uint32
	parts   []amount // of a quadratic vote, beside the choices
	balance amount
	weight  int64 // the balance in the units of all
}

// good reads the votes that are good by the rule, and brings their balances to one unit of 10^-places.
func (p Proposal) good(rule string) (good []counted, places int, err error) {
	for _, v := range p.Votes {
		balance, number, fits := decimal(v.balance)
		c := counted{balance: balance}
		if !number || !p.readChoice(rule, v.choice, &c) {
			continue
		}
		if !fits {
			return nil, 0, tally.ErrSumOverflow
		}
		places = max(places, balance.places)
		good = append(good, c)
	}
	for i := range good {
		var fits bool
		if good[i].weight, fits = good[i].balance.scale(places); !fits {
			return nil, 0, tally.ErrSumOverflow
		}
	}
	return good, places, nil
}

// readChoice reads a choice: for approval a list of options, each once; for rankings a list of all options; for quadratic an object of at
// least one option and a number above zero for each.
func (p Proposal) readChoice(rule string, raw json.RawMessage, c *counted) bool {
	if rule == RuleQuadratic {
		return p.readParts(raw, c)
	}
	values, err := elements(raw, 0)
	if err != nil || len(values) > len(p.Choices) {
		return false
	}
	seen := map[int64]bool{}
	for _, v := range values {
		a, good, fits := decimal(v.raw)
		if !good || !fits || a.places > 0 || a.digits < 1 || a.digits > int64(len(p.Choices)) || seen[a.digits] {
			return false
		}
		seen[a.digits] = true
		c.choices = append(c.choices, uint32(a.digits-1))
	}
	return rule == RuleApproval || len(c.choices) == len(p.Choices)
}

// readParts reads the object of a quadratic vote.
func (p Proposal) readParts(raw json.RawMessage, c *counted) bool {
	values, twice, ok := members(raw, 0)
	if !ok || len(twice) > 0 || len(values) == 0 {
		return false
	}
	named := 0
	for o := range p.Choices {
		v, has := values[strconv.Itoa(o+1)]
		if !has {
			continue
		}
		named++
		part, good, fits := decimal(v.raw)
		if !good || !fits || part.digits == 0 {
			return false
		}
		c.choices, c.parts = append(c.choices, uint32(o)), append(c.parts, part)
	}
	return named == len(values)
}
