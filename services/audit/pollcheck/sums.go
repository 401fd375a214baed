package pollcheck

import (
	"bytes"
	"math"
	"math/big"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whySumsBallots = because("sums.ballots",
		"More or fewer ballots were added up, replaced, or challenged than the record holds.", "相加、被替换或受检的选票数与记录不符。")
	whySumsDiffer = because("sums.differ",
		"An encrypted sum is not the sum of the ballots that count.", "某项密文合计不是应计选票之和。")
	whySumsBound = because("sums.bound",
		"A sum's bound is less than the ballots can have, or more than the whole roll.", "某项合计的上限小于选票可能值，或超过全体名册。")
	whySumsList = because("sums.list",
		"Other totals were listed for opening than those by which the rules decide.", "列入开启的合计并非规则据以决定的各项。")
	whySumsNeedless = because("sums.needless",
		"Totals were to be opened although too few had voted for any of them to matter.", "投票人数不足，合计已无意义，却仍拟开启。")
	whySumsLevel = because("sums.level",
		"More was to be told than the poll's rules allow, or than the leak meter let pass.", "拟公布的内容超出规则或泄露测算所允许的范围。")
	whySumsClaims = because("sums.claims",
		"A sealed total is held against other thresholds than those of the rules.", "密封合计所对照的门槛并非规则所定。")
)

func (p *poll) encryptedTally() *votingv1.EncryptedTally {
	if p.encrypted == nil {
		return nil
	}
	return p.encrypted.body.(*votingv1.EncryptedTallyRecorded).GetTally()
}

// part is what all credentials weigh whose ballots count.
func (c *checking) part() (sum weight) {
	for _, b := range c.counting() {
		sum = sum.plus(c.weights[chain.KeyID(b.key)])
	}
	return sum
}

// checkSums adds the ballots up again, and holds the list of what is to be opened to the rules.
func (c *checking) checkSums() {
	e := c.encryptedTally()
	if e == nil {
		return
	}
	where := at(c.encrypted)
	if c.hidden.between(c.opened, c.closed) {
		c.unchecked(notShown)
		return
	}
	var cast, challenged int
	for _, b := range c.all {
		if b.challenged {
			challenged++
		} else {
			cast++
		}
	}
	counting := c.counting()
	c.is(int(e.GetBallots()) == len(counting) && int(e.GetReplaced()) == cast-len(counting) && int(e.GetChallenged()) == challenged,
		whySumsBallots, where)
	c.levels(e, where)
	if e.GetTogether() || c.rules.GetSecrecy().GetTogether() {
		c.is(e.GetTogether() == c.togetherRuled(e), whySumsTogether, where)
	}
	if c.weights == nil {
		c.unchecked(notEarlier)
		return
	}
	c.list(e, where)
	c.add(e, counting, where)
}

// levels: the poll's own level, or one that tells less; and of those that were considered the first that the meter let pass.
func (c *checking) levels(e *votingv1.EncryptedTally, where place) {
	level, steps := e.GetSecrecy(), e.GetLeak()
	none := level == communityv1.Secrecy_SECRECY_UNSPECIFIED
	right := none || level >= c.level()
	for i, s := range steps {
		last := i == len(steps)-1
		passed := s.GetReport().GetRefused() == ""
		right = right && s.GetSecrecy() >= c.level() && passed == (last && !none)
		right = right && (i == 0 || s.GetSecrecy() > steps[i-1].GetSecrecy())
		if last && !none {
			right = right && s.GetSecrecy() == level
		}
	}
	right = right && (len(steps) > 0 || len(e.GetTotals()) == 0) && !(none && len(e.GetTotals()) > 0)
	c.is(right, whySumsLevel, where)
}

// list: every total by which the rules decide, and no other; of sealed ones the yes alone, with the rules' thresholds.
func (c *checking) list(e *votingv1.EncryptedTally, where place) {
	part := c.part()
	if len(e.GetTotals()) == 0 {
		needless := e.GetSecrecy() == communityv1.Secrecy_SECRECY_UNSPECIFIED || part == (weight{}) || c.hopeless(part, true)
		c.is(needless, whySumsList, where)
		return
	}
	c.is(!c.hopeless(part, false), whySumsNeedless, where)
	shape, err := c.shape()
	if err != nil {
		c.unchecked(notOurMethod)
		return
	}
	exact := e.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS
	var want []sumName
	for _, m := range c.decisive() {
		if exact {
			for o := range shape.Totals {
				want = append(want, sumName{m, uint32(o)})
			}
		} else if c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO && len(c.thresholds(e.GetSecrecy(), m, part)) > 0 {
			want = append(want, sumName{m, 0})
		}
	}
	var got []sumName
	for i, t := range e.GetTotals() {
		got = append(got, nameOf(t))
		var claims []int64
		for _, claim := range t.GetClaims() {
			claims = append(claims, claim.GetThreshold())
		}
		var allowed []int64
		if !exact {
			allowed = c.thresholds(e.GetSecrecy(), t.GetMeasure(), part)
		}
		c.is(slices.Equal(claims, allowed), whySumsClaims, where.of("total %d", i+1))
	}
	c.is(slices.Equal(got, want), whySumsList, where)
}

func nameOf(t *votingv1.EncryptedTotal) sumName { return sumName{t.GetMeasure(), t.GetOption()} }

// decisive are the measures by which the poll is decided, in their order: those in which a requirement counts the yes, and heads where
// winners are sought or nothing else is counted.
func (p *poll) decisive() (list []communityv1.Measure) {
	for _, q := range p.rules.GetRequirements() {
		if q.GetOf() == communityv1.Of_OF_YES {
			list = append(list, q.GetMeasure())
		}
	}
	if len(list) == 0 || p.rules.GetMethod() != communityv1.Method_METHOD_YES_NO {
		list = append(list, communityv1.Measure_MEASURE_HEADS)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// thresholds are what a sealed total is held against: the least that fulfils each requirement, and with intervals their ends, as far as
// the ballots can reach them. Where totals are judged together it is the greatest.
func (c *checking) thresholds(level communityv1.Secrecy, m communityv1.Measure, part weight) (list []int64) {
	most := part.of(m)
	for _, q := range c.rules.GetRequirements() {
		if least, known := c.least(q, part); known && q.GetMeasure() == m && least >= 1 && least <= most {
			list = append(list, least)
		}
	}
	if width := c.rules.GetSecrecy().GetIntervalWidth(); level == communityv1.Secrecy_SECRECY_INTERVAL && width > 0 && most/width <= 100_000 {
		for end := width; end <= most; end += width {
			list = append(list, end)
		}
	}
	slices.Sort(list)
	if c.greatestOnly(level) && len(list) > 0 {
		return list[len(list)-1:]
	}
	return slices.Compact(list)
}

// least is the smallest yes that fulfils a requirement; not known where its base depends on what the ballots say.
func (c *checking) least(q *communityv1.Requirement, part weight) (int64, bool) {
	base := wholeOf(c.rollOrNil()).of(q.GetMeasure())
	if q.GetBase() == communityv1.Base_BASE_PARTICIPANTS {
		base = part.of(q.GetMeasure())
	}
	fewer := q.GetBase() == communityv1.Base_BASE_PARTICIPANTS && c.rules.GetTurnout().GetAbstentionsAbsent()
	if fewer || q.GetOf() != communityv1.Of_OF_YES || q.GetBase() == communityv1.Base_BASE_VALID || q.GetDenominator() <= 0 {
		return 0, false
	}
	if base == 0 {
		return part.of(q.GetMeasure()) + 1, true // of nothing nobody has a share
	}
	n := new(big.Int).Mul(big.NewInt(q.GetNumerator()), big.NewInt(base))
	n, rest := n.QuoRem(n, big.NewInt(q.GetDenominator()), new(big.Int))
	if q.GetStrict() || rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	if !n.IsInt64() {
		n.SetInt64(math.MaxInt64) // which is more than all have, as well
	}
	return n.Int64(), true
}

// hopeless tells whether a requirement fails by who took part alone, and, if unanimous ones are asked about too, one that would fail even
// if everybody had said yes.
func (c *checking) hopeless(part weight, unanimous bool) bool {
	return slices.ContainsFunc(c.rules.GetRequirements(), func(q *communityv1.Requirement) bool {
		if q.GetOf() == communityv1.Of_OF_PARTICIPANTS {
			left := new(big.Int).Mul(big.NewInt(q.GetDenominator()), big.NewInt(part.of(q.GetMeasure())))
			base := wholeOf(c.rollOrNil()).of(q.GetMeasure())
			d := left.Cmp(new(big.Int).Mul(big.NewInt(q.GetNumerator()), big.NewInt(base)))
			return base == 0 || d < 0 || d == 0 && q.GetStrict()
		}
		least, _ := c.least(q, part) // 0 where it is not known
		yesNo := c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO
		return unanimous && yesNo && least > part.of(q.GetMeasure())
	})
}

// add adds up the ballots that count in every measure that is listed.
func (c *checking) add(e *votingv1.EncryptedTally, counting []*secretBallot, where place) {
	if len(e.GetTotals()) == 0 {
		return
	}
	if c.election == nil {
		c.unchecked(notEarlier)
		return
	}
	sums, bounds := map[sumName]secretballot.Ciphertext{}, map[sumName]int64{}
	ballots := make([]*secretballot.Ballot, len(counting))
	for i, b := range counting {
		if b.decoded == nil {
			c.unchecked(notEarlier)
			return
		}
		ballots[i] = b.decoded
	}
	for m := range measureNames { // any order: each is set under its own key
		weights := make([]int64, len(counting))
		for i, b := range counting {
			weights[i] = c.weights[chain.KeyID(b.key)].of(m)
		}
		totals, most, _ := c.election.Tally(ballots, weights)
		for o, sum := range totals { // none, if they are more than can be counted: whatever is listed of this measure is not its sum
			sums[sumName{m, uint32(o)}], bounds[sumName{m, uint32(o)}] = sum, most[o]
		}
	}
	whole := sumOf(c.rollOrNil())
	right := true
	for i, t := range e.GetTotals() {
		sum, known := sums[nameOf(t)]
		right = c.is(known && bytes.Equal(sum.Bytes(), t.GetSum()), whySumsDiffer, where.of("total %d", i+1)) && right
		most := new(big.Int).Mul(big.NewInt(whole.of(t.GetMeasure())), big.NewInt(max(1, c.rules.GetBallot().GetPointsMax())))
		right = c.is(t.GetBound() >= bounds[nameOf(t)] && big.NewInt(t.GetBound()).Cmp(most) <= 0, whySumsBound, where.of("total %d", i+1)) &&
			right
	}
	if right {
		c.sums = sums
	}
}
