package poll

import (
	"bytes"
	"cmp"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/leak"
	"renlin.dev/services/voting/internal/tally"
)

// Row is a credential of a secret poll's roster, with its ballot that counts, if it has one.
type Row struct {
	Credential
	Sent
}

// Rows lists a secret poll's roster, ascending by key: the credentials after a key, as many as have so many bytes of ballots together, and
// whether that is the rest. It reads the state, so it must run where the state's owner runs.
func Rows(s *decider.State, poll string, after []byte, bytesMax int) (rows []Row, rest bool) {
	sealed := decider.PeekDerived[Book](s).Polls[poll]
	if sealed == nil || sealed.Secret == nil {
		return nil, true
	}
	size := 0
	for _, c := range sortedRows(sealed.Secret.Rows) {
		if bytes.Compare(c.Key, after) <= 0 {
			continue
		}
		sent := sealed.Secret.Last[chain.KeyID(c.Key)]
		if size += rowBytes + len(sent.Ballot); size > bytesMax && len(rows) > 0 {
			return rows, false
		}
		rows = append(rows, Row{c, sent})
	}
	return rows, true
}

// rowBytes is about what a row takes without its ballot.
const rowBytes = 200

// CheckSums is a trustee's own look at what they are asked to open, before they touch it, with nothing taken on trust that can be reckoned:
// that the poll, as it was told, is the one that the ballots are bound to, rules, roll, roster, and key among them; that every ballot's
// proofs hold; that the sums are those of the ballots, and these are not so few that a sum would not hide them; that no more is to be
// opened than the rules allow. Whether the rows hold all ballots that were cast, only the record tells. That two credentials use the same
// random numbers is no reason to refuse: their proofs say that they know them, so neither was copied, and two voters could stop a poll by
// it.
func (p *Poll) CheckSums(id string, rows []Row) error {
	if _, err := p.Work(); err != nil {
		return err
	}
	if err := p.bound(id, rows); err != nil {
		return err
	}
	election, err := p.election()
	if err != nil {
		return err
	}
	ballots, took, err := sound(election, rows)
	if err != nil {
		return err
	}
	if int(p.Secret.Encrypted.GetBallots()) != len(took) {
		return ErrSumsDiffer
	}
	weights, part, err := weightsOf(took)
	if err != nil {
		return err
	}
	if err := p.modest(part); err != nil {
		return err
	}
	if err := p.hides(took); err != nil {
		return err
	}
	return p.same(election, ballots, weights)
}

// bound tells whether roster, rules and all else are those that the ballots are bound to.
func (p *Poll) bound(id string, rows []Row) error {
	roster := make(map[string]Credential, len(rows))
	for i, r := range rows {
		if i > 0 && bytes.Compare(rows[i-1].Key, r.Key) >= 0 {
			return ErrSumsForeign
		}
		roster[chain.KeyID(r.Key)] = r.Credential
	}
	root := rosterRoot(roster)
	election, err := p.electionID(id)
	if err != nil {
		return err
	}
	if !bytes.Equal(root[:], p.Secret.Root) || !bytes.Equal(election, p.Secret.Election) {
		return ErrSumsForeign
	}
	return nil
}

// sound checks the ballots as if nobody had, and answers those that count, and whose they are.
func sound(election *secretballot.Election, rows []Row) (ballots []*secretballot.Ballot, took []Credential, err error) {
	var casts []secretballot.Cast
	for _, r := range rows {
		if len(r.Ballot) == 0 {
			continue
		}
		if len(r.Key) != secretballot.PseudonymBytes {
			return nil, nil, ErrSumsForeign
		}
		voter := secretballot.Voter{Pseudonym: [secretballot.PseudonymBytes]byte(r.Key), Sequence: r.Sequence}
		casts, took = append(casts, secretballot.Cast{Voter: voter, Ballot: r.Ballot}), append(took, r.Credential)
	}
	ballots, bad := election.VerifyAll(casts, nil)
	if len(bad) > 0 {
		return nil, nil, bad[0].Err
	}
	return ballots, took, nil
}

// modest tells whether no more is to be opened than the rules allow: at no more telling a level, in no measure that does not count, and
// against no threshold but those that the rules name. Each total is listed once, or several lists of thresholds would be one. What is
// judged together is all that the rules name, or less would be hidden.
func (p *Poll) modest(part tally.Weight) error {
	e := p.Secret.Encrypted
	allowed, err := p.limits(part)
	if err != nil {
		return err
	}
	if e.GetSecrecy() < p.secrecy() || e.GetSecrecy() > communityv1.Secrecy_SECRECY_PASS_FAIL || !p.asRuled(part) {
		return ErrSumsMore // beyond the last level nothing would be judged together
	}
	type name struct {
		measure communityv1.Measure
		option  uint32
	}
	seen := map[name]bool{}
	for _, t := range e.GetTotals() {
		n := name{t.GetMeasure(), t.GetOption()}
		if seen[n] || !p.decides(t.GetMeasure()) {
			return ErrSumsMore
		}
		seen[n] = true
		for _, c := range t.GetClaims() {
			if t.GetOption() != tally.Yes || !allowed(t.GetMeasure(), c.GetThreshold()) {
				return ErrSumsMore
			}
		}
	}
	return nil
}

// decides tells whether a poll is decided by a measure: options are ordered by heads, and requirements name theirs.
func (p *Poll) decides(m communityv1.Measure) bool {
	return m == communityv1.Measure_MEASURE_HEADS || counts(p.Rules, measures[m])
}

// limits tells which thresholds the rules name for a total of yes: the least that fulfils a requirement, and the ends of intervals.
func (p *Poll) limits(part tally.Weight) (func(m communityv1.Measure, threshold int64) bool, error) {
	c, err := newCount(p.Question, p.Rules, p.Roll, nil)
	if err != nil {
		return nil, err
	}
	figures := tally.Figures{All: c.poll.All, Participants: part, Valid: part}
	width := p.Rules.GetSecrecy().GetIntervalWidth()
	intervals := p.Secret.Encrypted.GetSecrecy() == communityv1.Secrecy_SECRECY_INTERVAL && width > 0
	return func(m communityv1.Measure, threshold int64) bool {
		if intervals && threshold%width == 0 {
			return true
		}
		return slices.ContainsFunc(c.poll.Requirements, func(r tally.Requirement) bool {
			least, some := r.Least(figures)
			return r.Of == tally.PartOption && r.Measure == measures[m] && some && least == threshold
		})
	}, nil
}

// hides tells whether as many ballots are added up as the rules say that one must be hidden between: of the same weight in each measure of
// which exact totals are opened, as the leak meter reckons it, too.
func (p *Poll) hides(took []Credential) error {
	exact := map[tally.Measure]bool{}
	if p.Secret.Encrypted.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS {
		for _, t := range p.Secret.Encrypted.GetTotals() {
			exact[measures[t.GetMeasure()]] = true
		}
	}
	sets := map[tally.Weight]int64{}
	for _, c := range took {
		var shown tally.Weight
		for _, m := range allMeasures {
			if exact[m] {
				shown.Set(m, c.Weight.Of(m))
			}
		}
		sets[shown]++
	}
	least := cmp.Or(int64(p.Rules.GetSecrecy().GetAnonymityMin()), leak.DefaultLimits().AnonymityMin)
	for _, n := range sets { // any order: one that is too small is enough
		if n < least {
			return ErrSumsFew
		}
	}
	if len(took) == 0 {
		return ErrSumsFew
	}
	return nil
}

// same adds the ballots up again, and compares.
func (p *Poll) same(election *secretballot.Election, ballots []*secretballot.Ballot, weights []tally.Weight) error {
	for _, m := range allMeasures {
		listed := slices.DeleteFunc(slices.Clone(p.Secret.Encrypted.GetTotals()), func(t *votingv1.EncryptedTotal) bool {
			return measures[t.GetMeasure()] != m
		})
		if len(listed) == 0 {
			continue
		}
		in := make([]int64, len(weights))
		for i, w := range weights {
			in[i] = w.Of(m)
		}
		sums, bounds, err := election.Tally(ballots, in)
		if err != nil {
			return err
		}
		for _, t := range listed {
			o := int(t.GetOption())
			if o >= len(sums) || !bytes.Equal(sums[o].Bytes(), t.GetSum()) || t.GetBound() < bounds[o] {
				return ErrSumsDiffer
			}
		}
	}
	return nil
}
