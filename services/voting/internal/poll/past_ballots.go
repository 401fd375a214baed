package poll

import (
	"errors"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// Voted is what the record tells, once a poll is counted, of how its voters filled their ballots in. It holds no reference to what is still
// folded.
type Voted struct {
	question *proposalv1.Motion
	rules    *communityv1.PollRules
	roll     *votingv1.Roll
	seed     []byte // for ties; empty where none was revealed
	weights  tally.Roll
	// answers are an open poll's ballots, by voter, and ways those of a secret one of which it is known how many were filled in alike. Both
	// are nil where only the certificate's totals are known.
	answers []answer
	ways    []alike
	took    tally.Weight // by ways
}

// answer is one voter's choice; nil where the box was none.
type answer struct {
	voter  string
	choice *votingv1.Choice
}

// alike is a way to fill a ballot in, and the heads of all who did.
type alike struct {
	choice *votingv1.Choice
	heads  int64
}

// HowVoted reads what is known of a poll's ballots, which the poll's tally is about to be made of.
func HowVoted(id string, p *Poll, sealed *Sealed) (*Voted, error) {
	v := &Voted{question: p.Question, rules: p.Rules, roll: p.Roll, seed: p.revealedSeed(id)}
	switch {
	case sealed == nil || p.secret() && p.Secret == nil:
		return nil, ErrUncounted
	case !p.secret():
		opener, err := p.opener(id)
		if err != nil {
			return nil, err
		}
		v.weights, v.answers = sealed.weights(), []answer{}
		for _, voter := range slices.Sorted(maps.Keys(sealed.Ballots)) {
			last := sealed.Ballots[voter]
			choice, err := sealed.Papers.open(opener, voter, &last)
			if err != nil {
				choice = nil
			}
			v.answers = append(v.answers, answer{voter, choice})
		}
	case rules.ByFilling(p.Rules) && p.Secret.Encrypted.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS:
		return v, v.histogram(p, sealed)
	}
	return v, nil
}

// OnlyTotals is a poll of which nothing but the certificate is known.
func OnlyTotals(q *proposalv1.Motion, r *communityv1.PollRules, roll *votingv1.Roll) *Voted {
	return &Voted{question: q, rules: r, roll: roll}
}

// Makes tells whether the poll's own rules make its tally of these ballots. Where they do not, some of them are missing.
func (v *Voted) Makes(t *votingv1.Tally) bool {
	again, like, err := v.Recount(v.rules, t)
	same := func(a, b *votingv1.OptionTotal) bool { return proto.Equal(a, b) }
	return err == nil && like == Like && again.GetResult() == t.GetResult() && slices.Equal(again.GetWinners(), t.GetWinners()) &&
		slices.EqualFunc(again.GetTotals(), t.GetTotals(), same) &&
		(v.answers == nil || len(v.answers) == int(t.GetBallots()))
}

// histogram reads how many filled a secret poll's ballots in in each way.
func (v *Voted) histogram(p *Poll, sealed *Sealed) error {
	all, err := fillingsOf(p.Question, p.Rules)
	if err != nil {
		return err
	}
	known, err := p.find()
	if err != nil {
		return err
	}
	if _, v.took, err = weightsOf(sealed.Secret.voted()); err != nil {
		return err
	}
	for i, t := range p.Secret.Encrypted.GetTotals() {
		if o := int(t.GetOption()); i < len(known.spans) && measures[t.GetMeasure()] == tally.Heads && o < len(all) {
			v.ways = append(v.ways, alike{all[o], known.spans[i].low})
		}
	}
	return nil
}

// Recount counts what voters filled in by other rules, or tells why that says nothing of these; whether the same people had a vote is
// Comparable's to say. Of those who did not vote it knows what the poll's tally proves.
func (v *Voted) Recount(would *communityv1.PollRules, t *votingv1.Tally) (*votingv1.Tally, Likeness, error) {
	was, err := newCount(v.question, v.rules, v.roll, nil)
	if err != nil {
		return nil, 0, err
	}
	seed := v.seed
	if would.GetTieRule() != communityv1.TieRule_TIE_RULE_SEED {
		seed = nil
	}
	c, err := newCount(v.question, would, v.roll, seed)
	switch {
	case err != nil:
		return nil, UnlikeQuestion, nil // such as more seats than that question had options
	case !was.filled().tells(c.filled()):
		return nil, UnlikeMethod, nil
	case !c.sameScale(was):
		return nil, UnlikeLimits, nil
	}
	c.poll.Turnout.Silent = silentIn(t.GetTurnout())
	out, like := &votingv1.Tally{}, Like
	switch {
	case v.answers != nil:
		like, err = v.countAnswers(was, c, out)
	case v.ways != nil:
		like, err = v.countWays(was, c, would, out)
	default:
		like, err = v.countTotals(was, c, would, t, out)
	}
	switch {
	case errors.Is(err, tally.ErrSumOverflow):
		return nil, UnlikeQuestion, nil
	case err != nil:
		return nil, 0, err
	case like != Like:
		return nil, like, nil
	case out.GetTieBroken() && would.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED && len(seed) == 0 &&
		v.rules.GetTieRule() != communityv1.TieRule_TIE_RULE_SEED:
		return nil, UnlikeTie, nil // nobody was asked for a seed that would have broken it
	}
	return out, Like, nil
}

// filledIn is what voters do with a ballot.
type filledIn string

// The ways to fill ballots in.
const (
	fillYesNo  filledIn = "yes or no"
	fillOne    filledIn = "one option"
	fillSet    filledIn = "any of the options"
	fillRanks  filledIn = "an order"
	fillWorths filledIn = "an order, with what each place is worth"
	fillPurse  filledIn = "points out of a purse"
	fillScores filledIn = "points for each"
	fillVotes  filledIn = "votes, of which more for one cost more"
)

// filled tells what voters do with a ballot of this count. Approving of one at most is naming one.
func (c *count) filled() filledIn {
	switch form := c.poll.Form; {
	case c.poll.Method == tally.MethodYesNo:
		return fillYesNo
	case form.Kind == tally.KindChooseOne, form.Kind == tally.KindApproval && form.ChoicesMax == 1:
		return fillOne
	case form.Kind == tally.KindApproval:
		return fillSet
	case form.Kind == tally.KindOrdinal && c.spends():
		return fillWorths
	case form.Kind == tally.KindOrdinal:
		return fillRanks
	case form.Kind == tally.KindCumulative:
		return fillPurse
	case form.Kind == tally.KindQuadratic:
		return fillVotes
	}
	return fillScores
}

// tells: what is filled in in one way tells what would be in another, with nothing made up. An order with worths is an order; a set is no
// order, a first place no approval of one, and what a place is worth nobody knows but the voter.
func (f filledIn) tells(other filledIn) bool {
	return f == other || f == fillWorths && other == fillRanks
}

// sameScale tells whether points are given out of the same range and purse: what a point says depends on how many there are. Where an
// order is looked at alone, its points are its places, and a ballot that gives too many is not good.
func (c *count) sameScale(was *count) bool {
	there, here := was.poll.Form, c.poll.Form
	if c.filled() == fillRanks {
		return true
	}
	return there.PointsMin == here.PointsMin && highest(there) == highest(here) && there.PointsSumMax == here.PointsSumMax
}

// highest is what one choice may be worth at most; where an order's rules do not say, it is as much as there are places.
func highest(f tally.Form) int64 {
	if f.Kind != tally.KindOrdinal {
		return f.PointsMax
	}
	return f.HighestRank()
}

// recast turns a choice into a ballot by the other rules. One that was good and is not any more says nothing of how its voter would have
// kept to them, so it is not ok; one that was spoilt is judged anew.
func (c *count) recast(was *count, voter string, choice *votingv1.Choice) (b tally.Ballot, ok bool) {
	if choice == nil {
		return spoiltBy(voter), true
	}
	b = c.ballotOf(voter, choice)
	if c.poll.Method == tally.MethodYesNo || !was.poll.Form.Good(was.ballotOf(voter, choice)) {
		return b, true
	}
	if was.filled() != c.filled() {
		b.Points = nil // only the order counts
	}
	return b, c.poll.Form.Good(b)
}

func (v *Voted) countAnswers(was, c *count, out *votingv1.Tally) (Likeness, error) {
	ballots := make([]tally.Ballot, 0, len(v.answers))
	for _, a := range v.answers {
		b, ok := c.recast(was, a.voter, a.choice)
		if !ok {
			return UnlikeLimits, nil
		}
		ballots = append(ballots, b)
	}
	return Like, c.decide(out, ballots, v.weights)
}

// countWays counts by how many filled their ballots in in each way. They are known by heads alone.
func (v *Voted) countWays(was, c *count, would *communityv1.PollRules, out *votingv1.Tally) (Likeness, error) {
	other := func(q *communityv1.Requirement) bool {
		return q.GetMeasure() != communityv1.Measure_MEASURE_HEADS &&
			(q.GetOf() == communityv1.Of_OF_YES || would.GetTurnout().GetAbstentionsAbsent())
	}
	if slices.ContainsFunc(would.GetRequirements(), other) || c.poll.Method == tally.MethodBudgetShares {
		return UnlikeHidden, nil
	}
	all := make([]tally.Alike, 0, len(v.ways))
	for _, w := range v.ways {
		b, ok := c.recast(was, "", w.choice)
		if !ok {
			return UnlikeLimits, nil
		}
		all = append(all, tally.Alike{Ballot: b, Weight: w.heads})
	}
	res, err := c.poll.CountAlike(all, v.took)
	if err != nil {
		return 0, err
	}
	c.tell(out, res)
	return Like, nil
}

// countTotals counts by the sums of a certificate, which is possible where nothing but the options' sums decides by either rules, and
// where the same ballots are good.
func (v *Voted) countTotals(was, c *count, would *communityv1.PollRules, t *votingv1.Tally, out *votingv1.Tally) (Likeness, error) {
	secret := rules.Secret(v.rules)
	ofValid := func(q *communityv1.Requirement) bool { return q.GetBase() == communityv1.Base_BASE_VALID }
	validHidden := secret && t.GetValidHeads() == 0
	switch {
	case len(t.GetTotals()) != len(c.number),
		v.rules.GetTurnout().GetAbstentionsAbsent() || would.GetTurnout().GetAbstentionsAbsent(),
		secret && !opened(v.rules, would),
		secret && c.poll.Method == tally.MethodScore && c.scoreMin > 0, // how many named an option nobody knows
		validHidden && slices.ContainsFunc(would.GetRequirements(), ofValid):
		return UnlikeHidden, nil
	case !sameBounds(was.poll.Form, c.poll.Form):
		return UnlikeLimits, nil
	}
	totals := tally.Totals{Options: make([]tally.Weight, len(c.number)), Scores: make([]tally.Weight, len(c.number))}
	for i, o := range t.GetTotals() {
		n := c.number[i]
		totals.Options[n] = weightIn(o.GetHeads(), o.GetAreaCentiM2(), o.GetMeasured())
		totals.Scores[n] = totals.Options[n]
		if was.scored {
			totals.Scores[n] = tally.Weight{Heads: o.GetScore()}
		}
	}
	var err error
	took := weightIn(t.GetParticipantsHeads(), t.GetParticipantsAreaCentiM2(), t.GetParticipantsMeasured())
	if totals.Participants, err = cast(took, tally.Weight{}, t.GetTurnout()); err != nil {
		return 0, err
	}
	totals.Valid = weightIn(t.GetValidHeads(), t.GetValidAreaCentiM2(), t.GetValidMeasured())
	if validHidden {
		totals.Valid = totals.Participants
	}
	res, err := c.poll.Judge(totals)
	switch {
	case errors.Is(err, tally.ErrRuleUnfit):
		return UnlikeHidden, nil // what decides is no sum
	case err != nil:
		return 0, err
	}
	c.tell(out, res)
	return Like, nil
}

// sameBounds tells whether the same ballots, filled in in the same way, are good by two forms, so far as nobody can see the ballots.
func sameBounds(was, would tally.Form) bool {
	return was.ChoicesMin == would.ChoicesMin && was.ChoicesMax == would.ChoicesMax && was.CostSumMax == would.CostSumMax
}
