// Package leak is the leak meter of secret polls: it tells what the published result of a poll would betray about single voters.
//
// Who took part is public, with everybody's heads and area. A ballot is secret only as far as the published result leaves it open. An
// exact total of areas can be taken apart: the one shop of 5,000.37 m² among flats of 89.50 m² is read off its last digits.
//
// The model, in plain words:
//
//   - The attacker knows the roll, who took part and the publication, and computes without limit. Before the publication each choice of
//     each voter is equally likely to the attacker, and the voters do not depend on one another.
//   - A posterior is the chance that the attacker then gives to one choice of one voter: the share, among all ways to fill in the
//     ballots that give this publication, of those where the voter made this choice. It starts at 1 in the number of choices. Voters of
//     the same weight, a class, have the same posterior.
//   - A voter is pinned if a posterior is above PosteriorMax, 19/20.
//   - A voter's anonymity set is who took part with the same weight in each measure of which an exact total is published. Where none is,
//     it is all who took part.
//
// What is refused:
//
//   - An anonymity set below AnonymityMin (but nobody is hurt by a poll without ballots).
//   - After the close: a publication that pins a voter.
//   - Before the opening, of pass or fail: one of the few possible publications pins a voter.
//   - Before the opening, of totals and intervals: the chance that the publication pins a voter is above ChanceMax. A bound on every
//     possible total would refuse every poll, since a unanimous total tells everybody's choice. So these levels are checked again after
//     the close, with the real publication, and a unanimous result is found then. Real votes are more one-sided than the model's: a
//     small chance here is no promise that the check after the close will let the totals pass.
//
// The exact answer counts all ways to fill in the ballots by dynamic programming in integers of any size. Where that would take more
// than workMax steps, the answer is an upper bound, and says so (Report.Exact). Each bound follows from giving the attacker more than
// the publication, or from counting ways in pairs; bound.go proves them. What no bound could show to be safe counts as pinned: refused,
// not unknown.
//
// Where the bounds fall short, in large polls only: exact totals after the close, unless one class is most of the poll; which requirement
// failed, if another did not; pass or fail of three quarters where areas differ by more than about three times, and of requirements that
// are published apart at all (of half it is shown); a voter larger than everybody else. There the answer is no, though the exact one may be
// yes.
//
// What is not measured: that a voter did NOT make a choice of several, that somebody of two friends voted yes, and whatever an attacker
// knows besides the roll, such as other voters' choices. Where no and abstaining come to the same, ask with the two choices "for" and
// "not for" too: of three choices, a voter who is known not to have said yes has two left.
package leak

import (
	"math/big"
	"math/bits"

	"renlin.dev/pkg/fault"
	"renlin.dev/services/voting/internal/tally"
)

// Limits of what the meter looks at.
const (
	// VotersMax bounds those who took part.
	VotersMax = 100_000
	// ClassesMax bounds the distinct weights.
	ClassesMax = 5_000
	// ChoicesMax bounds the choices of a ballot.
	ChoicesMax = 64
	// FiguresMax bounds the figures of a publication.
	FiguresMax = 8
)

// The faults of the meter: first what cannot be measured, then what must not be published.
var (
	ErrRoll = fault.New(fault.Invalid, "leak.roll_malformed",
		"What this poll's result would betray cannot be measured: its roll or who took part is not well formed.", "无法评估该表决结果的泄露风险：名册或参与情况有误。")
	ErrPublication = fault.New(fault.Invalid, "leak.publication_malformed",
		"What this poll's result would betray cannot be measured: it is not clear what is to be published.", "无法评估该表决结果的泄露风险：拟公布的内容不明确。")
	ErrResult = fault.New(fault.Invalid, "leak.result_impossible",
		"No ballots of those who took part can give this result.", "参与者的选票不可能得出该结果。")
	ErrFew = fault.New(fault.Refused, "leak.class_small",
		"Too few voters have the same weight: the published result would not hide their ballots well enough.",
		"权重相同的投票人过少，公布结果后不足以隐藏其选票。")
	ErrPinned = fault.New(fault.Refused, "leak.voter_pinned",
		"The published result would tell how a voter has voted.", "公布的结果会暴露某位投票人的选择。")
	ErrUnshown = fault.New(fault.Refused, "leak.not_shown_safe",
		"It could not be shown that the published result hides how each voter has voted.", "无法证明公布的结果不会暴露投票人的选择。")
)

// Class is the voters of one weight.
type Class struct {
	Weight tally.Weight
	// Voters stand on the roll, Took took part (before the opening: are expected to; fewer are less safe).
	Voters, Took int64
}

// Figure is a sum over all ballots: each adds its voter's weight in Measure times Points of its choice.
type Figure struct {
	Measure tally.Measure
	// Points has one entry for each choice, none below zero.
	Points []int64
	// Width above zero publishes the sum divided by Width and rounded down: 1 is the exact sum. Width zero publishes 1 if the sum is at
	// least AtLeast, else 0.
	Width, AtLeast int64
}

// Publication is what becomes known of the ballots.
type Publication struct {
	// Choices is in how many ways a ballot can be filled in.
	Choices int
	Figures []Figure
	// Together publishes only whether all figures, each of Width zero, are reached, not which of them.
	Together bool
}

// Ratio is a fraction.
type Ratio struct{ Numerator, Denominator int64 }

// Limits is what may become known at most.
type Limits struct {
	AnonymityMin int64
	// PosteriorMax lies between one half and one, neither included.
	PosteriorMax, ChanceMax Ratio
}

// DefaultLimits are those of a rulebook that names none.
func DefaultLimits() Limits { return Limits{5, Ratio{19, 20}, Ratio{1, 100}} }

// ClassReport is what would become known of a voter of one class.
type ClassReport struct {
	Weight       tally.Weight
	AnonymityMin int64
	// PosteriorMicros is the greatest posterior in millionths, rounded up. Before the opening it is that of the worst publication. It
	// is zero where nobody took part.
	PosteriorMicros int64
	// ShiftCentibits is how far the posterior has moved from where it started: a hundred times the binary logarithm of their ratio,
	// rounded up.
	ShiftCentibits int64
	// ChanceMicros is the chance that the publication pins this class, in millionths, rounded up. After the close it is all or nothing.
	ChanceMicros int64
}

// Report is the answer of the meter.
type Report struct {
	// Classes come in the order in which they were given.
	Classes []ClassReport
	// AnonymityMin is the smallest anonymity set of those who took part.
	AnonymityMin int64
	// PosteriorMicros and ChanceMicros are those of the whole roll.
	PosteriorMicros, ChanceMicros int64
	// Exact: the figures are the model's own. Otherwise each is an upper bound.
	Exact bool
	// Refused is nil if this may be published, else the reason.
	Refused error
}

// Before measures what a publication could betray, before the poll opens.
func Before(classes []Class, p Publication, limits Limits) (Report, error) {
	m, err := newMeter(classes, p, limits)
	if err != nil {
		return Report{}, err
	}
	findings, exact := m.count(nil)
	if !exact {
		findings = m.boundBefore()
	}
	return m.report(findings, exact, !p.coarse()), nil
}

// After measures what one publication betrays: result has a number for each figure, or one if they are published together. It refuses a
// result that cannot be only where the exact answer was within reach.
func After(classes []Class, p Publication, result []int64, limits Limits) (Report, error) {
	m, err := newMeter(classes, p, limits)
	if err != nil {
		return Report{}, err
	}
	cell, err := m.cellOf(result)
	if err != nil {
		return Report{}, err
	}
	findings, exact := m.count(&cell)
	switch {
	case exact && findings == nil:
		return Report{}, ErrResult
	case !exact:
		findings = m.boundAfter(cell)
	}
	return m.report(findings, exact, false), nil
}

// Choose measures publications in the order given, the one that tells most first, and answers their reports up to the first that is not
// refused, and its place; -1 if all are refused.
func Choose(classes []Class, ladder []Publication, limits Limits) ([]Report, int, error) {
	var reports []Report
	for i, p := range ladder {
		r, err := Before(classes, p, limits)
		if err != nil {
			return nil, -1, err
		}
		if reports = append(reports, r); r.Refused == nil {
			return reports, i, nil
		}
	}
	return reports, -1, nil
}

// coarse tells whether nothing but pass or fail is published.
func (p Publication) coarse() bool {
	for _, f := range p.Figures {
		if f.Width > 0 {
			return false
		}
	}
	return true
}

// check refuses what cannot be measured.
func (p Publication) check() error {
	if p.Choices < 2 || p.Choices > ChoicesMax || len(p.Figures) > FiguresMax || p.Together && (!p.coarse() || len(p.Figures) == 0) {
		return ErrPublication
	}
	for _, f := range p.Figures {
		ok := f.Measure.Valid() && len(f.Points) == p.Choices && f.Width >= 0 && f.AtLeast >= 0 && f.AtLeast < 1<<61
		if !ok || f.Width > 0 && f.AtLeast > 0 {
			return ErrPublication
		}
		for _, points := range f.Points {
			if points < 0 {
				return ErrPublication
			}
		}
	}
	return nil
}

// check refuses limits that say nothing.
func (l Limits) check() error {
	p, c := l.PosteriorMax, l.ChanceMax
	ok := l.AnonymityMin >= 1 && p.Denominator > 0 && p.Numerator > p.Denominator/2 && p.Numerator < p.Denominator
	ok = ok && p.Denominator <= 1_000_000 && c.Denominator > 0 && c.Numerator >= 0 && c.Numerator <= c.Denominator
	if !ok {
		return ErrPublication
	}
	return nil
}

// rat is the fraction as a number.
func (r Ratio) rat() *big.Rat { return big.NewRat(r.Numerator, r.Denominator) }

// micros is x in millionths, rounded up.
func micros(x *big.Rat) int64 {
	n := new(big.Int).Mul(x.Num(), big.NewInt(1_000_000))
	n.Add(n, x.Denom()).Sub(n, big.NewInt(1))
	return n.Quo(n, x.Denom()).Int64()
}

// centibits is a hundred times the binary logarithm of micros/1,000,000 × choices, rounded up: the least b for which 2^b is at least the
// hundredth power. It is never below zero, as the greatest posterior never lies below where it started.
func centibits(micros int64, choices int) int64 {
	power := func(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(n), big.NewInt(100), nil) }
	top, bottom := power(micros*int64(choices)), power(1_000_000)
	if top.Cmp(bottom) <= 0 {
		return 0
	}
	b := top.BitLen() - bottom.BitLen()
	for b = max(b-1, 0); new(big.Int).Lsh(bottom, uint(b)).Cmp(top) < 0; {
		b++
	}
	return int64(b)
}

// product multiplies numbers that are not negative; ok is false if the result has more than 62 bits.
func product(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return int64(lo), hi == 0 && lo < 1<<62
}
