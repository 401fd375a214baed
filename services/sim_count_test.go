package services_test

import (
	"bytes"
	"cmp"
	"math/big"
	"slices"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// sums are what a count comes to.
type sums struct {
	ballots, hosted, inPerson, replaced      uint32
	unopened, misplaced, outside, abstained  uint32
	all, participants, valid, abstainedTotal weight
	options                                  []weight
	scores                                   []int64
}

// counted holds a tally to a count of the last ballot of each voter, by what they meant.
func (l *ledger) counted(f *fact, p *poll, t *votingv1.Tally) {
	s := l.count(f, p, func(*voted) bool { return true })
	l.must(f, t.GetBallots() == s.ballots && t.GetReplaced() == s.replaced && t.GetHosted() == s.hosted && t.GetInPerson() == s.inPerson,
		"the tally has %d ballots, %d replaced, %d hosted, %d in person; want %d, %d, %d, %d", t.GetBallots(), t.GetReplaced(),
		t.GetHosted(), t.GetInPerson(), s.ballots, s.replaced, s.hosted, s.inPerson)
	i := t.GetInvalidBallots()
	l.must(f, i.GetUnopened() == s.unopened && i.GetMisplaced() == s.misplaced && i.GetOutsideRules() == s.outside && i.GetMalformed() == 0,
		"the tally has invalid ballots %v; want %d, %d, %d", i, s.unopened, s.misplaced, s.outside)
	invalid := s.unopened + s.misplaced + s.outside
	l.must(f, t.GetInvalid() == invalid && t.GetValid() == s.ballots-invalid && t.GetAbstained() == s.abstained, "the parts are no whole")
	l.must(f, weight{t.GetParticipantsHeads(), t.GetParticipantsAreaCentiM2()} == s.participants &&
		weight{t.GetValidHeads(), t.GetValidAreaCentiM2()} == s.valid, "other sums than those who took part have")
	if len(t.GetTotals()) != len(s.options) {
		l.complain(f, "%d totals for %d options", len(t.GetTotals()), len(s.options))
		return
	}
	for n, o := range t.GetTotals() {
		want := s.options[n]
		if p.question.GetOptions() == nil && n == 2 {
			want = s.abstainedTotal
		}
		l.must(f, weight{o.GetHeads(), o.GetAreaCentiM2()} == want && o.GetScore() == s.scores[n],
			"option %d has %d heads, %d area, score %d; want %v, %d", n, o.GetHeads(), o.GetAreaCentiM2(), o.GetScore(), want, s.scores[n])
	}
	l.must(f, bytes.Equal(t.GetTieSeed(), p.seed), "ties are broken by another seed")
	result, winners := s.result(p)
	l.must(f, t.GetResult() == result && slices.Equal(t.GetWinners(), winners),
		"the result is %v %v, want %v %v", t.GetResult(), t.GetWinners(), result, winners)
	rest := l.count(f, p, func(v *voted) bool { return !v.hosted })
	without, others := rest.result(p)
	slices.Sort(winners)
	slices.Sort(others)
	l.must(f, t.GetStandsWithoutHosted() == (without == result && slices.Equal(winners, others)), "without hosted keys it is otherwise")
	rest = l.count(f, p, func(v *voted) bool { return !v.helped })
	without, others = rest.result(p)
	slices.Sort(others)
	by := l.castBy(p, without == result && slices.Equal(winners, others))
	l.must(f, proto.Equal(t.GetCastBy(), by), "the ballots came by %v, want %v", t.GetCastBy(), by)
	rest = l.count(f, p, func(v *voted) bool { return v.paper == 0 })
	without, others = rest.result(p)
	slices.Sort(others)
	l.channelsCounted(f, p, t.GetChannels(), without == result && slices.Equal(winners, others))
}

// count adds up the last ballots of those for whom keep is true.
func (l *ledger) count(f *fact, p *poll, keep func(*voted) bool) *sums {
	yesNo := len(p.question.GetOptions()) == 0
	n := len(p.question.GetOptions())
	if yesNo {
		n = 3
	}
	s := &sums{all: p.all, options: make([]weight, n), scores: make([]int64, n)}
	for voter, v := range p.ballots { // any order: sums
		if !keep(v) {
			continue
		}
		w := p.roll[voter].weight
		s.ballots, s.replaced = s.ballots+1, s.replaced+uint32(v.count)-1
		s.hosted, s.inPerson = s.hosted+one(v.hosted), s.inPerson+one(v.inPerson)
		meant, ok := l.known([]byte(v.box))
		switch {
		case !ok:
			l.complain(f, "a ballot that nobody made")
		case meant.key != p.key:
			s.unopened++
		case meant.poll != pollOfBox(l, p) || meant.voter != voter:
			s.misplaced++
		case !fits(meant.options, n, p.rules):
			s.outside++
		case len(meant.options) == 0 || yesNo && meant.options[0] == 2:
			s.abstained++
			s.abstainedTotal = s.abstainedTotal.plus(w)
			if p.rules.GetTurnout().GetAbstentionsAbsent() {
				continue
			}
		default:
			s.valid = s.valid.plus(w)
			for _, o := range meant.options {
				s.options[o] = s.options[o].plus(w)
			}
		}
		s.participants = s.participants.plus(w)
	}
	if !yesNo {
		for i, w := range s.options {
			s.scores[i] = w.heads
		}
	}
	return s
}

// pollOfBox gives a poll's id.
func pollOfBox(l *ledger, p *poll) string {
	for id, q := range l.polls { // any order: there is one
		if p == q {
			return id
		}
	}
	return ""
}

// fits tells whether a choice is within the rules: known options, each once, and one only where it is yes or no.
func fits(options []uint32, n int, r *communityv1.PollRules) bool {
	for i, o := range options {
		if int(o) >= n || slices.Contains(options[:i], o) {
			return false
		}
	}
	return r.GetMethod() != communityv1.Method_METHOD_YES_NO || len(options) <= 1
}

func one(is bool) uint32 {
	if is {
		return 1
	}
	return 0
}

// result judges by the poll's requirements and method.
func (s *sums) result(p *poll) (votingv1.Result, []uint32) {
	result := votingv1.Result_RESULT_PASSED
	for _, r := range p.rules.GetRequirements() {
		switch {
		case s.holds(r):
		case r.GetQuorum():
			result = votingv1.Result_RESULT_NO_QUORUM
		case result == votingv1.Result_RESULT_PASSED:
			result = votingv1.Result_RESULT_REJECTED
		}
	}
	if s.participants == (weight{}) {
		result = votingv1.Result_RESULT_NO_QUORUM
	}
	if len(p.question.GetOptions()) == 0 || result != votingv1.Result_RESULT_PASSED {
		return result, nil
	}
	order := make([]uint32, len(s.options))
	for i := range order {
		order[i] = uint32(i)
	}
	p.prefer(order, p.question.GetOptions())
	slices.SortStableFunc(order, func(a, b uint32) int { // the codes of a play's options ascend
		return cmp.Compare(s.scores[b], s.scores[a])
	})
	var winners []uint32
	if p.rules.GetMethod() != communityv1.Method_METHOD_BUDGET_GREEDY {
		if s.scores[order[0]] > 0 {
			winners = order[:1]
		}
	} else {
		left := p.question.GetBudgetFen()
		for _, o := range order {
			if cost := p.question.GetOptions()[o].GetCostFen(); cost <= left {
				left -= cost
				winners = append(winners, o)
			}
		}
	}
	if len(winners) == 0 {
		return votingv1.Result_RESULT_REJECTED, nil
	}
	return votingv1.Result_RESULT_CHOSEN, winners
}

// holds evaluates one requirement in integers of any size.
func (s *sums) holds(r *communityv1.Requirement) bool {
	in := func(w weight) *big.Int {
		if r.GetMeasure() == communityv1.Measure_MEASURE_AREA {
			return big.NewInt(w.area)
		}
		return big.NewInt(w.heads)
	}
	base := in(map[communityv1.Base]weight{
		communityv1.Base_BASE_ALL: s.all, communityv1.Base_BASE_PARTICIPANTS: s.participants, communityv1.Base_BASE_VALID: s.valid,
	}[r.GetBase()])
	part := in(s.participants)
	if r.GetOf() == communityv1.Of_OF_YES {
		part = in(s.options[0])
	}
	sides := new(big.Int).Mul(big.NewInt(r.GetDenominator()), part).Cmp(new(big.Int).Mul(big.NewInt(r.GetNumerator()), base))
	return base.Sign() > 0 && (sides > 0 || sides == 0 && !r.GetStrict())
}
