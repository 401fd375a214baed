package poll

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"renlin.dev/pkg/ballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// spoilt is an option that no poll has: a ballot that names it is counted as spoilt.
const spoilt = math.MaxUint32

// count is a poll as the counting rules want it. They break ties by ascending number, the rulebook by ascending code, so options
// are numbered by code, or by the seed's order, here: order[n] is the question's index of number n, and number[index] is n.
type count struct {
	poll         tally.Poll
	requirements []*communityv1.Requirement
	order        []uint32
	number       []uint32
	scored       bool
	measured     bool  // by households or weight classes too
	scoreMin     int64 // an option below it cannot win; a budget's is its own rule's
}

// newCount works the rules out, and refuses those by which no ballots could be counted. A nil roll is for checking the rules.
func newCount(q *proposalv1.Motion, r *communityv1.PollRules, roll *votingv1.Roll, seed []byte) (*count, error) {
	c := &count{requirements: r.GetRequirements(), scoreMin: r.GetBallot().GetScoreMin()}
	c.numberOptions(q.GetOptions(), seed)
	c.measured = measured(r)
	c.poll.All = tally.Weight{
		Heads: roll.GetAllHeads(), Area: roll.GetAllAreaCentiM2(),
		Households: roll.GetAllMeasured().GetHouseholds(), Classes: roll.GetAllMeasured().GetWeight(),
	}
	c.poll.Turnout = tally.Turnout{
		AbstentionsAbsent: r.GetTurnout().GetAbstentionsAbsent(), Silence: silences[r.GetTurnout().GetNonVoters()],
	}
	for _, req := range r.GetRequirements() {
		c.poll.Requirements = append(c.poll.Requirements, requirementOf(req))
	}
	c.method(q, r)
	if err := c.poll.Check(); err != nil {
		return nil, err
	}
	return c, nil
}

// numberOptions numbers the options in the order in which ties prefer them: by ascending code, or by a seed.
func (c *count) numberOptions(options []*proposalv1.Option, seed []byte) {
	c.order, c.number = make([]uint32, len(options)), make([]uint32, len(options))
	for i := range options {
		c.order[i] = uint32(i)
	}
	slices.SortFunc(c.order, func(i, j uint32) int {
		if a, b := options[i].GetCode(), options[j].GetCode(); len(seed) > 0 {
			return compareBySeed(seed, a, b)
		} else {
			return compareCodes(a, b)
		}
	})
	for n, i := range c.order {
		c.number[i] = uint32(n)
	}
}

// ballotOf turns a choice into what is counted. One that names an option that the poll does not have is spoilt; whatever else may be
// wrong with it the form finds.
func (c *count) ballotOf(voter string, choice *votingv1.Choice) tally.Ballot {
	b := tally.Ballot{Voter: voter, Points: choice.GetPoints()}
	if c.poll.Method == tally.MethodYesNo {
		b.Choices = choice.GetOptions()
		return b
	}
	for _, i := range choice.GetOptions() {
		if int64(i) >= int64(len(c.number)) {
			return spoiltBy(voter)
		}
		b.Choices = append(b.Choices, c.number[i])
	}
	return b
}

func spoiltBy(voter string) tally.Ballot {
	return tally.Ballot{Voter: voter, Choices: []uint32{spoilt}}
}

// Count opens every voter's last box and counts, or, of a secret poll, what was opened of the sums. It is a function of the record alone.
func Count(id string, p *Poll, sealed *Sealed) (*votingv1.Tally, error) {
	if sealed == nil || p.secret() && p.Secret == nil {
		return nil, ErrUncounted // no rule counts such a poll, but a record may say that it is to be counted
	}
	if p.secret() {
		return countSecret(p, sealed)
	}
	opener, err := p.opener(id)
	if err != nil {
		return nil, err
	}
	seed := p.tieSeed(id)
	c, err := newCount(p.Question, p.Rules, p.Roll, seed)
	if err != nil {
		return nil, err
	}
	out := &votingv1.Tally{
		Ballots: uint32(len(sealed.Ballots)), Replaced: sealed.Cast - uint32(len(sealed.Ballots)), InvalidBallots: &votingv1.InvalidBallots{},
		TieSeed: seed, Notice: sealed.noticeReport(p.Notice),
	}
	ballots := make([]tally.Ballot, 0, len(sealed.Ballots))
	for _, voter := range slices.Sorted(maps.Keys(sealed.Ballots)) {
		last := sealed.Ballots[voter]
		out.Hosted += one(last.Hosted)
		out.InPerson += one(last.InPerson)
		choice, err := sealed.Papers.open(opener, voter, &last)
		if err != nil {
			blame(out.InvalidBallots, err)
			ballots = append(ballots, spoiltBy(voter))
			continue
		}
		ballots = append(ballots, c.ballotOf(voter, choice))
	}
	roll := sealed.weights()
	if err := c.silent(out, p.Rules, sealed); err != nil {
		return nil, err
	}
	if err := c.decide(out, ballots, roll); err != nil {
		return nil, err
	}
	if err := c.withoutSilent(out, ballots, roll); err != nil {
		return nil, err
	}
	hosted := func(voter string) bool { return sealed.Ballots[voter].Hosted }
	if out.StandsWithoutHosted, err = c.standsWithout(out, ballots, roll, hosted); err != nil {
		return nil, err
	}
	if out.CastBy = sealed.castBy(); out.CastBy != nil {
		helped := func(voter string) bool { return sealed.Ballots[voter].Helped }
		if out.CastBy.StandsWithoutHelpers, err = c.standsWithout(out, ballots, roll, helped); err != nil {
			return nil, err
		}
	}
	if out.Channels = sealed.Papers.report(p.Rules.GetPaper(), sealed); out.Channels != nil {
		onPaper := func(voter string) bool { return sealed.Ballots[voter].Paper > 0 }
		out.Channels.StandsWithoutPapers, err = c.standsWithout(out, ballots, roll, onPaper)
	}
	return out, err
}

// castBy tells the ballots apart by whose hand cast them. Where no helper did, it is nil: so a tally of a poll that was held before there
// were mandates is what it was then, whoever counts again, without a version of the rules. The weights are bounded by the roll's sums.
func (s *Sealed) castBy() *votingv1.CastBy {
	by := &votingv1.CastBy{Device: &votingv1.CastShare{}, Hosted: &votingv1.CastShare{}, Helper: &votingv1.CastShare{}}
	for voter, box := range s.Ballots { // any order: sums do not depend on it
		share := by.Device
		switch {
		case box.Helped:
			share = by.Helper
		case box.Hosted:
			share = by.Hosted
		case box.Paper > 0:
			if by.Paper == nil {
				by.Paper = &votingv1.CastShare{}
			}
			share = by.Paper
		}
		share.Ballots++
		share.Heads += s.Roll[voter].Heads
		share.AreaCentiM2 += s.Roll[voter].AreaCentiM2
		if measured(s.Rules) {
			m := share.GetMeasured()
			share.Measured = &votingv1.Measured{
				Households: m.GetHouseholds() + s.Roll[voter].Households, Weight: m.GetWeight() + s.Roll[voter].Weight,
			}
		}
	}
	if by.Helper.GetBallots() == 0 {
		return nil
	}
	return by
}

func one(is bool) uint32 {
	if is {
		return 1
	}
	return 0
}

// blame notes why a box is no ballot.
func blame(n *votingv1.InvalidBallots, why error) {
	switch why {
	case ballot.ErrUnopened:
		n.Unopened++
	case ballot.ErrMisplaced:
		n.Misplaced++
	case errUnequal:
		n.Unequal++
	default:
		n.Malformed++
	}
}

// decide counts and judges.
func (c *count) decide(out *votingv1.Tally, ballots []tally.Ballot, roll tally.Roll) error {
	res, err := c.poll.Count(ballots, roll)
	if err != nil {
		return err
	}
	c.tell(out, res)
	return nil
}

// tell writes a count's result out.
func (c *count) tell(out *votingv1.Tally, res tally.Result) {
	t, n := res.Totals, out.GetInvalidBallots()
	out.Invalid = uint32(t.SpoiltCount)
	out.Valid = uint32(t.Cast - t.SpoiltCount)
	out.Abstained = uint32(t.AbstainedCount)
	if n != nil {
		n.OutsideRules = out.Invalid - n.Unopened - n.Misplaced - n.Malformed - n.Unequal
	}
	part, valid := res.Figures.Participants, res.Figures.Valid
	out.ParticipantsHeads, out.ParticipantsAreaCentiM2 = part.Heads, part.Area
	out.ValidHeads, out.ValidAreaCentiM2 = valid.Heads, valid.Area
	if c.measured {
		out.ParticipantsMeasured, out.ValidMeasured = measuredOf(part), measuredOf(valid)
	}
	if out.GetTurnout() != nil {
		out.Turnout.Joined, out.Turnout.Option = res.Silent.Joined, res.Silent.Option
	}
	out.Totals = c.totals(t, res.Points)
	out.Steps = c.steps(res)
	out.Inequalities, out.Result = c.verdict(res)
	c.choose(out, res)
}

// choose notes the ties, and what was chosen where everything that was asked for holds.
func (c *count) choose(out *votingv1.Tally, res tally.Result) {
	for _, tie := range res.Ties {
		if tie.Decisive || tie.Untested {
			out.Ties = append(out.Ties, &votingv1.Tie{Options: c.indexes(tie.Options), Total: tie.Total, Value: tie.Value})
		}
	}
	out.TieBroken = len(out.Ties) > 0
	if out.Result != votingv1.Result_RESULT_PASSED || c.poll.Method == tally.MethodYesNo {
		return
	}
	out.Result = votingv1.Result_RESULT_REJECTED // what was asked for holds, but nobody chose anything that could be had
	if len(res.Winners) > 0 && (c.spends() || res.Totals.Options[res.Winners[0]].Heads >= c.scoreMin) {
		out.Result, out.Winners, out.CostFen = votingv1.Result_RESULT_CHOSEN, c.indexes(res.Winners), res.Cost
	}
}

// totals gives each option's sums by the question's index; of yes/no the third is all who abstain, blank ballots among them.
func (c *count) totals(t tally.Totals, points []int64) []*votingv1.OptionTotal {
	if c.poll.Method == tally.MethodYesNo {
		var out []*votingv1.OptionTotal
		for i, w := range []tally.Weight{t.Options[tally.Yes], t.Options[tally.No], t.Abstained} {
			out = append(out, c.total(i, w))
		}
		return out
	}
	out := make([]*votingv1.OptionTotal, len(c.number))
	for i, n := range c.number {
		out[i] = c.total(i, t.Options[n])
		switch {
		case points != nil:
			out[i].Score = points[n]
		case c.scored:
			out[i].Score = t.Scores[n].Heads
		}
	}
	return out
}

func (c *count) total(i int, w tally.Weight) *votingv1.OptionTotal {
	total := &votingv1.OptionTotal{Option: uint32(i), Heads: w.Heads, AreaCentiM2: w.Area}
	if c.measured {
		total.Measured = measuredOf(w)
	}
	return total
}

// indexes gives the question's indexes of options by number, in their order.
func (c *count) indexes(numbers []uint32) []uint32 {
	out := make([]uint32, len(numbers))
	for k, n := range numbers {
		out[k] = c.order[n]
	}
	return out
}

// standsWithout tells whether the result is the same if some voters' ballots had not been cast, against the same roll.
func (c *count) standsWithout(full *votingv1.Tally, ballots []tally.Ballot, roll tally.Roll, some func(string) bool) (bool, error) {
	rest := slices.DeleteFunc(slices.Clone(ballots), func(b tally.Ballot) bool { return some(b.Voter) })
	if len(rest) == len(ballots) {
		return true, nil
	}
	without := &votingv1.Tally{}
	if err := c.decide(without, rest, roll); err != nil {
		return false, err
	}
	same := slices.Equal(slices.Sorted(slices.Values(full.GetWinners())), slices.Sorted(slices.Values(without.GetWinners())))
	return same && full.GetResult() == without.GetResult(), nil
}

// compareCodes orders option codes: numbers by value, before everything else, which goes by bytes.
func compareCodes(a, b string) int {
	numberA, numberB := digits(a), digits(b)
	switch {
	case numberA && !numberB:
		return -1
	case numberB && !numberA:
		return 1
	case !numberA:
		return strings.Compare(a, b)
	}
	x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y), strings.Compare(a, b))
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
