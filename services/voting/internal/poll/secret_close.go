package poll

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// ballotsIn gives how many voters have a ballot that counts. Of a secret poll's credentials these are not all who sent something: what was
// opened for its voter counts for nobody.
func ballotsIn(v *decider.View, id string, p *Poll) uint32 {
	if !p.secret() {
		return uint32(v.Count(Path(id) + "/ballot"))
	}
	n := uint32(0)
	for _, s := range decider.All[SecretBallot](v, Path(id)+"/secret-ballot") {
		n += one(s.Cast)
	}
	return n
}

// addingUp demands that a closed secret poll's ballots be added up, unopened. What cannot be, which the opening should have made
// impossible, is demanded empty, and lapses.
func addingUp(v *decider.View, id string, p *Poll) []decider.Demand {
	sealed := decider.DerivedOf[Book](v).Polls[id]
	if sealed == nil || sealed.Secret == nil {
		return nil
	}
	sums, err := EncryptedTally(p, sealed.Secret)
	if err != nil {
		sums = nil
	}
	return []decider.Demand{{
		Purpose: "encrypted-tally/" + id, Operation: "voting.record_encrypted_tally",
		Body: &votingv1.RecordEncryptedTally{Poll: id, Tally: sums},
	}}
}

// RecordEncryptedTally puts on the record what is to be opened of a secret poll, and how far.
func RecordEncryptedTally(v *decider.View, _ *decider.Command, b *votingv1.RecordEncryptedTally) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Secret == nil:
		return nil, ErrNotSecret
	case p.Secret.Encrypted != nil:
		return nil, ErrEncrypted
	case b.GetTally() == nil:
		return nil, ErrUncounted
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.EncryptedTallyRecorded{Tally: b.GetTally()})}, nil
}

// EncryptedTally adds up the last ballot that each credential has cast, and says what is to be opened of the sums: at the poll's level, or
// the first less telling one that the leak meter lets pass, now that it is known who took part. It is a function of the record, so every
// trustee computes it before they touch a sum.
//
// No totals are listed, and nothing is opened, where nobody voted; where a requirement fails whatever the ballots say, such as a quorum;
// and where the meter lets no level pass. Only then the level is left out, too.
func EncryptedTally(p *Poll, c *Credentials) (*votingv1.EncryptedTally, error) {
	out := &votingv1.EncryptedTally{
		Secrecy: p.secrecy(), Ballots: uint32(len(c.Last)), Replaced: c.Replaced, Challenged: c.Challenged,
	}
	took, err := c.took()
	if err != nil {
		return nil, err
	}
	all := p.wholeRoll()
	if took == (tally.Weight{}) || hopeless(p.Rules, took, all) {
		return out, nil
	}
	shape, err := shapeOf(p.Question, p.Rules)
	if err != nil {
		return nil, err
	}
	election, err := p.electionOf(shape)
	if err != nil {
		return nil, err
	}
	ladder := levels(p.Rules, shape, took, all)
	out.Secrecy, out.Leak = choose(ladder, c.classes(), limitsOf(p.Rules))
	switch {
	case out.Secrecy == communityv1.Secrecy_SECRECY_UNSPECIFIED:
		return out, nil
	case yesNoOnly(out.Secrecy):
		out.Totals, err = c.sealedTotals(election, p.Rules, out.Secrecy, took, all)
		out.Together = len(out.Totals) > 0 && judgedTogether(p.Rules, out.Secrecy)
	default:
		out.Totals, err = c.totals(election, openedMeasures(p.Rules))
	}
	return out, err
}

// wholeRoll is what all weigh who have a vote, voters or not.
func (p *Poll) wholeRoll() tally.Weight { return wholeOfRoll(p.Roll) }

func wholeOfRoll(roll *votingv1.Roll) tally.Weight {
	m := roll.GetAllMeasured()
	return tally.Weight{
		Heads: roll.GetAllHeads(), Area: roll.GetAllAreaCentiM2(), Households: m.GetHouseholds(), Classes: m.GetWeight(),
	}
}

// took is what those weigh who have a ballot that counts.
func (c *Credentials) took() (tally.Weight, error) {
	var weights []tally.Weight
	for _, row := range c.voted() {
		weights = append(weights, row.Weight)
	}
	return tally.Sum(weights)
}

// voted are the credentials with a ballot that counts, ascending by key.
func (c *Credentials) voted() []Credential {
	var list []Credential
	for _, row := range sortedRows(c.Rows) {
		if _, cast := c.Last[keyID(row)]; cast {
			list = append(list, row)
		}
	}
	return list
}

// totals lists every total of some measures. The ballots were verified when they were cast.
func (c *Credentials) totals(e *secretballot.Election, in []communityv1.Measure) ([]*votingv1.EncryptedTotal, error) {
	rows := c.voted()
	ballots := make([]*secretballot.Ballot, len(rows))
	for i, row := range rows {
		var err error
		if ballots[i], err = e.Decode(c.Last[keyID(row)].Ballot); err != nil {
			return nil, err
		}
	}
	var list []*votingv1.EncryptedTotal
	for _, measure := range in {
		weights := make([]int64, len(rows))
		for i, row := range rows {
			weights[i] = row.Weight.Of(measures[measure])
		}
		sums, bounds, err := e.Tally(ballots, weights)
		if err != nil {
			return nil, err
		}
		for option, sum := range sums {
			list = append(list, &votingv1.EncryptedTotal{
				Measure: measure, Option: uint32(option), Sum: sum.Bytes(), Bound: bounds[option],
			})
		}
	}
	return list, nil
}

// sealedTotals lists the yes of every measure of which something is to be proved, with the thresholds that it is held against.
func (c *Credentials) sealedTotals(
	e *secretballot.Election, r *communityv1.PollRules, level communityv1.Secrecy, took, all tally.Weight,
) ([]*votingv1.EncryptedTotal, error) {
	every, err := c.totals(e, openedMeasures(r))
	if err != nil {
		return nil, err
	}
	var list []*votingv1.EncryptedTotal
	for _, total := range every {
		if total.GetOption() != 0 {
			continue
		}
		for _, threshold := range claims(r, level, total.GetMeasure(), took, all) {
			total.Claims = append(total.Claims, &votingv1.TotalClaim{Threshold: threshold})
		}
		if len(total.GetClaims()) > 0 {
			list = append(list, total)
		}
	}
	return list, nil
}

// openedMeasures are the measures whose totals decide: those by which some requirement counts the yes, and heads where winners are sought
// or nothing else is counted. Of no other is anything opened.
func openedMeasures(r *communityv1.PollRules) []communityv1.Measure {
	var list []communityv1.Measure
	for _, q := range r.GetRequirements() {
		if q.GetOf() == communityv1.Of_OF_YES {
			list = append(list, q.GetMeasure())
		}
	}
	if len(list) == 0 || r.GetMethod() != communityv1.Method_METHOD_YES_NO {
		list = append(list, communityv1.Measure_MEASURE_HEADS)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// claims are the thresholds that a sealed total is held against, ascending: what the requirements need, and between intervals their ends.
// What holds for every total is none, and of a poll in which something fails for every total nothing is opened. Where the requirements are
// judged together the greatest one decides.
func claims(r *communityv1.PollRules, level communityv1.Secrecy, in communityv1.Measure, took, all tally.Weight) []int64 {
	most := took.Of(measures[in])
	var list []int64
	for _, q := range r.GetRequirements() {
		if least, known := leastYes(r, q, took, all); known && q.GetMeasure() == in && least >= 1 {
			list = append(list, least)
		}
	}
	if width := r.GetSecrecy().GetIntervalWidth(); level == communityv1.Secrecy_SECRECY_INTERVAL {
		for end := width; end <= most; end += width {
			list = append(list, end)
		}
	}
	slices.Sort(list)
	if judgedTogether(r, level) && len(list) > 0 {
		return list[len(list)-1:]
	}
	return slices.Compact(list)
}

// leastYes is the smallest yes that fulfils a requirement; not known where its base depends on what the ballots say. A share of nothing
// nobody has, so then it is more than everything.
func leastYes(r *communityv1.PollRules, q *communityv1.Requirement, took, all tally.Weight) (least int64, known bool) {
	switch {
	case q.GetOf() != communityv1.Of_OF_YES || q.GetBase() == communityv1.Base_BASE_VALID:
		return 0, false
	case q.GetBase() == communityv1.Base_BASE_PARTICIPANTS && r.GetTurnout().GetAbstentionsAbsent():
		return 0, false
	}
	least, some := requirementOf(q).Least(tally.Figures{All: all, Participants: took})
	if !some {
		least = took.Of(measures[q.GetMeasure()]) + 1
	}
	return least, true
}

// hopeless tells whether some requirement fails whatever the ballots say: too few take part, or even if all of them said yes it would not
// be enough. Abstentions that do not take part make them fewer still.
func hopeless(r *communityv1.PollRules, took, all tally.Weight) bool {
	for _, q := range r.GetRequirements() {
		if q.GetOf() == communityv1.Of_OF_PARTICIPANTS {
			out, err := tally.Evaluate([]tally.Requirement{requirementOf(q)}, tally.Figures{All: all, Participants: took})
			if err != nil || out.Verdict != tally.Passed {
				return true
			}
			continue
		}
		// Of methods other than yes or no no option is a yes, and what is asked of one no ballot can fulfil; the count says so.
		least, _ := leastYes(r, q, took, all) // 0 where it is not known
		if r.GetMethod() == communityv1.Method_METHOD_YES_NO && least > took.Of(measures[q.GetMeasure()]) {
			return true
		}
	}
	return false
}
