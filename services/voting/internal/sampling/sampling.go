// Package sampling draws samples that nobody can steer and everybody can draw again, and judges by them whether ballots on paper agree
// with the record.
//
// Its rules, in plain words:
//
//   - The chance comes from a seed: the root hash of a checkpoint that was made after everything that is sampled stood on the record.
//     Whoever wrote the ballots down could not know it. The bytes are fixed in docs/format.md, section 16, with vectors in
//     docs/format/sampling.json.
//   - A call-back sample takes the same share of each group (an operator's or a station's ballots), rounded up, so that no group is too
//     small to be looked at.
//   - The audit of paper ballots compares single ballots with their records, as in the ballot-comparison audits of M. Lindeman and P.
//     B. Stark, "A Gentle Introduction to Risk-Limiting Audits" (IEEE Security and Privacy 10, 2012), with drawing in proportion to the
//     possible error and the Kaplan-Markov rule of P. B. Stark, "Risk-Limiting Postelection Audits: Conservative P-Values from Common
//     Probability Inequalities" (IEEE Transactions on Information Forensics and Security 4, 2009).
//   - Each requirement of a result is audited by itself, in its own measure, with its own draws (Assertion). For a double majority each
//     of them must be confirmed. If a result has failed, it is enough to confirm one requirement that failed.
//   - A wrong assertion is confirmed with a chance of at most the risk limit, whatever the errors and whoever made them, as long as the
//     paper is what the voters wrote. Whatever cannot be confirmed ends in a full hand count, which then decides.
//   - All comparisons are between integers of any size.
//
// Why it holds. Say that the outcome is wrong if the records overstate by Margin or more in all. A ballot can be overstated by its
// Reported less its Least at most; these add up to Most. A ballot is drawn, and put back, with this chance out of Most. What share is
// left of its possible error, (Actual-Least)/(Reported-Least), is 1-Margin/Most on average, or less, if the outcome is wrong. So the
// product of these shares, each divided by 1-Margin/Most, is a fair or losing game that starts at 1: it ever reaches one over the risk
// limit with a chance of at most the risk limit (Ville's inequality). That is why the audit may stop after any draw. Heavy ballots
// weigh and are drawn more.
package sampling

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"renlin.dev/pkg/fault"
)

// Limits of a sample.
const (
	// PopulationMax bounds what is drawn from.
	PopulationMax = 1_000_000
	// DrawsMax bounds the draws of an audit. One that needs more is a full hand count.
	DrawsMax      = 20_000
	labelBytesMax = 128
)

// The faults of sampling.
var (
	ErrSample = fault.New(fault.Invalid, "sample.malformed",
		"No sample can be drawn from this.", "无法据此抽样。")
	ErrAssertion = fault.New(fault.Invalid, "audit.assertion_malformed",
		"The figures of this result do not fit together, so it cannot be audited.", "该结果的数据不一致，无法审计。")
	ErrRisk = fault.New(fault.Invalid, "audit.risk_limit_malformed",
		"The risk limit of an audit lies between nothing and one.", "审计的风险上限须大于零且小于一。")
	ErrFound = fault.New(fault.Invalid, "audit.finding_impossible",
		"What was found on a paper ballot cannot be on any.", "纸质选票的核对结果不可能出现。")
)

// Seed is a checkpoint's root hash.
type Seed [32]byte

// stream answers number after number below a bound, each equally likely.
type stream struct {
	prefix  []byte
	counter uint64
}

// newStream begins a stream of its own for a label.
func newStream(seed Seed, label string) (*stream, error) {
	if len(label) > labelBytesMax {
		return nil, ErrSample
	}
	prefix := append([]byte("renlin/sample/1\n"), seed[:]...)
	prefix = binary.BigEndian.AppendUint16(prefix, uint16(len(label)))
	return &stream{prefix: append(prefix, label...)}, nil
}

// below answers the next number below n, which is not zero. Values from the last, incomplete round of n are passed over.
func (s *stream) below(n uint64) uint64 {
	// 2^64 mod n, for 2^64 itself does not fit.
	over := (math.MaxUint64%n + 1) % n
	for {
		hash := sha256.Sum256(binary.BigEndian.AppendUint64(slices.Clip(s.prefix), s.counter))
		s.counter++
		if x := binary.BigEndian.Uint64(hash[:8]); over == 0 || x < -over {
			return x % n
		}
	}
}

// Draw answers many different places below size, in the order in which they are drawn. A larger sample begins with the smaller one.
func Draw(seed Seed, label string, size, many int) ([]int, error) {
	s, err := newStream(seed, label)
	if err != nil || size < 0 || size > PopulationMax || many < 0 || many > size {
		return nil, ErrSample
	}
	drawn := make([]int, 0, many)
	seen := make([]bool, size)
	for len(drawn) < many {
		if place := int(s.below(uint64(size))); !seen[place] {
			seen[place] = true
			drawn = append(drawn, place)
		}
	}
	return drawn, nil
}

// Group is what one operator or one station wrote down.
type Group struct {
	// Label is the group's id.
	Label string
	Size  int
}

// CallBack draws a share in thousandths of each group, rounded up, and answers the places for each group, in the order of the groups.
func CallBack(seed Seed, label string, groups []Group, permille int) ([][]int, error) {
	if permille < 0 || permille > 1000 {
		return nil, ErrSample
	}
	called := make([][]int, len(groups))
	for i, g := range groups {
		if g.Size < 0 || g.Size > PopulationMax {
			return nil, ErrSample
		}
		places, err := Draw(seed, label+"/"+g.Label, g.Size, (g.Size*permille+999)/1000)
		if err != nil {
			return nil, err
		}
		called[i] = places
	}
	return called, nil
}

// weighted answers places one after the other, each with a chance in proportion to its weight, and puts each back.
type weighted struct {
	stream *stream
	// upTo is the sum of the weights up to each place, itself included.
	upTo []int64
}

// newWeighted begins drawing; the weights are not negative and their sum, which is not zero, fits.
func newWeighted(seed Seed, label string, weights []int64) (*weighted, error) {
	s, err := newStream(seed, label)
	if err != nil {
		return nil, err
	}
	w := &weighted{stream: s}
	sum := int64(0)
	for _, weight := range weights {
		sum += weight
		w.upTo = append(w.upTo, sum)
	}
	return w, nil
}

// next draws a place.
func (w *weighted) next() int {
	x := int64(w.stream.below(uint64(w.upTo[len(w.upTo)-1])))
	place, _ := slices.BinarySearch(w.upTo, x+1)
	return place
}
