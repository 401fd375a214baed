// Package tally counts ballots. It is pure: the same ballots, roll and rules give the same result on every machine, in whatever
// order the ballots come, and every number is an exact integer.
//
// Its rules, in plain words:
//
//   - One voter, one ballot: the latest counts (Latest), nothing is ever added up ballot by ballot as they arrive.
//   - A ballot weighs what the sealed roll says, in each measure by itself: heads, area in 0.01 m², and where a poll counts by
//     them households and the weights of weight classes. Weight 0 is legal (the ballot is counted and weighs nothing), a negative
//     weight is refused, a sum that does not fit 63 bits is refused.
//   - A blank ballot is an abstention. Abstentions and spoilt ballots take part, but are not valid; so they weigh in the share
//     of those who take part and work as a no where the rule asks for a share of the participants.
//   - A spoilt ballot (unknown option, option named twice, too many, points out of bounds) never stops a count: it is counted as
//     spoilt. A voter who is not on the roll, or stands twice among the ballots, is the caller's mistake and does.
//   - Ties are broken by one order of the options (Order): by ascending id, or by a seed that nobody knew before the ballots were cast. The
//     first in the order is preferred everywhere, in an award, in an elimination (where the last goes) and at the end. Every tie so
//     broken is reported, with word on whether another choice would have given other winners.
//   - Methods (Method) are data of the poll, with all that belongs to them: form of the ballot, seats, utility, completion, tie rule. What
//     contradicts itself, or would take too long to count, is refused before the poll opens (Poll.Check).
//   - Sums are integers; where a method needs fractions they are exact, and stand in the result as 22/7.
//   - Where the rules say so (Turnout), an abstention does not take part, and those who did not vote although they were provably told what
//     that means take part, or join the side that has more in every measure that counts. Nobody else's silence ever counts, and none does
//     where nobody voted.
//   - Quorums and majorities are data (Requirement), evaluated in integers of any size and written out with both sides.
package tally

import (
	"math"
	"math/bits"

	"renlin.dev/pkg/fault"
)

// Yes, No and Abstain are the options of every yes/no/abstain poll.
const (
	Yes     uint32 = 0
	No      uint32 = 1
	Abstain uint32 = 2
)

// OptionsMax bounds the options of a poll, so that a mistyped number cannot ask for memory without end.
const OptionsMax = 100_000

// The faults a count can end with. None of them is a voter's doing: ballots that are no good are counted as spoilt.
var (
	ErrWeightNegative = fault.New(fault.Invalid, "weight.negative",
		"A voter's weight on the roll is below zero.", "名册中有表决权权重为负数。")
	ErrSumOverflow = fault.New(fault.Invalid, "sum.overflow",
		"The weights or points add up to more than can be counted.", "权重或分数之和超出可计数的范围。")
	ErrVoterUnlisted = fault.New(fault.Invalid, "voter.unlisted",
		"A ballot is from somebody who is not on the sealed roll.", "有选票的投票人不在已封存的名册上。")
	ErrBallotDoubled = fault.New(fault.Invalid, "ballot.doubled",
		"A voter stands twice among the ballots to be counted.", "待计选票中同一投票人出现两次。")
	ErrRuleMalformed = fault.New(fault.Invalid, "rule.malformed",
		"The counting rule of this poll is not well formed.", "该表决的计票规则不完整或有误。")
	ErrOptionsMany = fault.New(fault.Invalid, "options.too_many",
		"There are more options than this counting rule can compare.", "选项数超过该计票规则可比较的上限。")
	ErrRuleUnfit = fault.New(fault.Invalid, "rule.unfit",
		"This counting rule does not fit this kind of poll.", "该计票规则不适用于此类表决。")
	ErrFiguresImpossible = fault.New(fault.Invalid, "figures.impossible",
		"The figures contradict each other: a part is larger than its whole.", "数据自相矛盾：部分大于整体。")
)

// Measure names one way of weighing a ballot.
type Measure string

// The measures. Area is the exclusive area of the register in 0.01 m².
const (
	Heads Measure = "heads"
	Area  Measure = "area"
	// Households are those whose representative votes; Classes the weights of a rulebook's weight classes.
	Households Measure = "households"
	Classes    Measure = "classes"
)

// Valid tells whether m is one of the measures.
func (m Measure) Valid() bool {
	return m == Heads || m == Area || m == Households || m == Classes
}

// Weight is an amount in every measure.
type Weight struct {
	Heads      int64 `json:"heads"`
	Area       int64 `json:"area"`
	Households int64 `json:"households,omitempty"`
	Classes    int64 `json:"classes,omitempty"`
}

// Of answers the weight in one measure; in an unknown one it is 0.
func (w Weight) Of(m Measure) int64 {
	switch m {
	case Heads:
		return w.Heads
	case Area:
		return w.Area
	case Households:
		return w.Households
	case Classes:
		return w.Classes
	}
	return 0
}

// Set gives an amount in one measure.
func (w *Weight) Set(m Measure, n int64) {
	switch m {
	case Heads:
		w.Heads = n
	case Area:
		w.Area = n
	case Households:
		w.Households = n
	case Classes:
		w.Classes = n
	}
}

// Plus adds in every measure and refuses to overflow.
func (w Weight) Plus(v Weight) (Weight, error) {
	return w.each(v, addChecked)
}

// times multiplies in every measure by n, which is not negative, and refuses to overflow.
func (w Weight) times(n int64) (Weight, error) {
	return w.each(Weight{n, n, n, n}, mulChecked)
}

// each reckons in every measure by itself.
func (w Weight) each(v Weight, reckon func(a, b int64) (int64, bool)) (Weight, error) {
	heads, ok1 := reckon(w.Heads, v.Heads)
	area, ok2 := reckon(w.Area, v.Area)
	households, ok3 := reckon(w.Households, v.Households)
	classes, ok4 := reckon(w.Classes, v.Classes)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return Weight{}, ErrSumOverflow
	}
	return Weight{heads, area, households, classes}, nil
}

// Minus takes away a part of w.
func (w Weight) Minus(v Weight) Weight {
	return Weight{w.Heads - v.Heads, w.Area - v.Area, w.Households - v.Households, w.Classes - v.Classes}
}

// negative tells whether any measure is below zero.
func (w Weight) negative() bool { return min(w.Heads, w.Area, w.Households, w.Classes) < 0 }

// atMost tells whether w is at most v in every measure.
func (w Weight) atMost(v Weight) bool { return !v.Minus(w).negative() }

// Roll is the sealed electorate: each voter's weight. A nil Roll gives every voter one head and no area. A Roll is looked up,
// never walked, so its order cannot matter.
type Roll map[string]Weight

// weigh answers a voter's weight, or why there is none.
func (r Roll) weigh(voter string) (Weight, error) {
	if r == nil {
		return Weight{Heads: 1}, nil
	}
	w, listed := r[voter]
	switch {
	case !listed:
		return Weight{}, ErrVoterUnlisted
	case w.negative():
		return Weight{}, ErrWeightNegative
	}
	return w, nil
}

// Sum adds up weights, such as a whole roll's in the order of its rows, for the "all" that quorums are measured against.
func Sum(weights []Weight) (Weight, error) {
	var sum Weight
	for _, w := range weights {
		if w.negative() {
			return Weight{}, ErrWeightNegative
		}
		var err error
		if sum, err = sum.Plus(w); err != nil {
			return Weight{}, err
		}
	}
	return sum, nil
}

// Latest reduces a sequence to the last entry of each key, in the order in which the keys first appeared. It is how a re-vote
// replaces: what counts is recomputed from the sequence, no counter is ever incremented.
func Latest[K comparable, V any](sequence []V, key func(V) K) []V {
	place := make(map[K]int, len(sequence))
	latest := make([]V, 0, len(sequence))
	for _, v := range sequence {
		k := key(v)
		if i, seen := place[k]; seen {
			latest[i] = v
			continue
		}
		place[k] = len(latest)
		latest = append(latest, v)
	}
	return latest
}

// LatestBallots is Latest by voter.
func LatestBallots(sequence []Ballot) []Ballot {
	return Latest(sequence, func(b Ballot) string { return b.Voter })
}

// addChecked adds two numbers that are not negative; ok is false if the sum does not fit.
func addChecked(a, b int64) (sum int64, ok bool) {
	if a < 0 || b < 0 || a > math.MaxInt64-b {
		return 0, false
	}
	return a + b, true
}

// mulChecked multiplies two numbers that are not negative; ok is false if the product does not fit.
func mulChecked(a, b int64) (product int64, ok bool) {
	if a < 0 || b < 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	return int64(lo), true
}
