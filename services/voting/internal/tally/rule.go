package tally

import (
	"math/big"
	"slices"
	"strconv"
)

// Base is what a share is a share of.
type Base string

// The bases. Valid is the participants without abstentions and spoilt ballots.
const (
	BaseAll          Base = "all"
	BaseParticipants Base = "participants"
	BaseValid        Base = "valid"
)

// Part is what has the share: all who take part (a quorum), or those for the option (a majority).
type Part string

// The parts.
const (
	PartParticipants Part = "participants"
	PartOption       Part = "option"
)

// Limits of rules as data.
const (
	requirementsMax = 32
	labelBytesMax   = 64
)

// Requirement is one inequality of a rulebook: in Measure, Of must be at least Numerator/Denominator of Base, or more than that
// if Strict. 以上 includes the number; 过半数 does not and is Strict. A failed Quorum makes no_quorum, any other makes rejected.
type Requirement struct {
	// Label may be empty.
	Label       string  `json:"label"`
	Measure     Measure `json:"measure"`
	Numerator   int64   `json:"numerator"`
	Denominator int64   `json:"denominator"`
	Strict      bool    `json:"strict"`
	Base        Base    `json:"base"`
	Of          Part    `json:"of"`
	Quorum      bool    `json:"quorum"`
}

// Check refuses a requirement that makes no sense, or that nothing can ever fulfil.
func (r Requirement) Check() error {
	ok := len(r.Label) <= labelBytesMax && r.Measure.Valid()
	ok = ok && r.Numerator >= 0 && r.Denominator > 0 && r.Numerator <= r.Denominator
	ok = ok && !(r.Strict && r.Numerator == r.Denominator)
	switch r.Base {
	case BaseAll, BaseParticipants, BaseValid:
	default:
		ok = false
	}
	switch r.Of {
	case PartOption:
	case PartParticipants:
		ok = ok && r.Base == BaseAll // of themselves they are always the whole
	default:
		ok = false
	}
	if !ok {
		return ErrRuleMalformed
	}
	return nil
}

// Figures are the sums that requirements speak of.
type Figures struct {
	All, Participants, Valid, Option Weight
}

// check refuses figures of which a part is larger than its whole, in any measure.
func (f Figures) check() error {
	if !(Weight{}).atMost(f.Option) || !f.Option.atMost(f.Valid) || !f.Valid.atMost(f.Participants) || !f.Participants.atMost(f.All) {
		return ErrFiguresImpossible
	}
	return nil
}

// base answers the weight of a base.
func (f Figures) base(b Base) Weight {
	switch b {
	case BaseAll:
		return f.All
	case BaseParticipants:
		return f.Participants
	}
	return f.Valid
}

// part answers the weight of a part.
func (f Figures) part(p Part) Weight {
	if p == PartParticipants {
		return f.Participants
	}
	return f.Option
}

// Verdict is the result of a question.
type Verdict string

// The verdicts.
const (
	Passed   Verdict = "passed"
	Rejected Verdict = "rejected"
	NoQuorum Verdict = "no_quorum"
)

// Inequality is a requirement written out with the integers it was judged by.
type Inequality struct {
	Requirement
	// Text is Left, Sign and Right in a row, such as "3*200 >= 2*300": Denominator*Part against Numerator*Base, with > where the
	// requirement is strict. Each side is at most 40 bytes long.
	Text  string `json:"inequality"`
	Left  string `json:"-"`
	Sign  string `json:"-"`
	Right string `json:"-"`
	// BaseZero says that there was nothing to have a share of. Nobody has a share of nothing, so such an inequality does not
	// hold, whatever its two sides say.
	BaseZero bool `json:"base_zero,omitempty"`
	Holds    bool `json:"holds"`
}

// Outcome is a verdict and everything it rests on.
type Outcome struct {
	Verdict      Verdict      `json:"result"`
	Inequalities []Inequality `json:"inequalities"`
}

// Evaluate judges the figures by every requirement, and goes on when one fails so that all are written out. A failed quorum makes
// no_quorum, whatever else failed; another failed requirement makes rejected; else it passed. If nobody takes part it is no_quorum
// whatever the rules: an empty room decides nothing.
func Evaluate(requirements []Requirement, f Figures) (Outcome, error) {
	if len(requirements) == 0 || len(requirements) > requirementsMax {
		return Outcome{}, ErrRuleMalformed
	}
	if err := f.check(); err != nil {
		return Outcome{}, err
	}
	out := Outcome{Verdict: Passed}
	for _, r := range requirements {
		if err := r.Check(); err != nil {
			return Outcome{}, err
		}
		line := r.judge(f)
		out.Inequalities = append(out.Inequalities, line)
		switch {
		case line.Holds:
		case r.Quorum:
			out.Verdict = NoQuorum
		case out.Verdict == Passed:
			out.Verdict = Rejected
		}
	}
	if f.Participants == (Weight{}) {
		out.Verdict = NoQuorum
	}
	return out, nil
}

// judge writes one requirement out. The sides are products of two int64 and so of any size: big.Int, not int64.
func (r Requirement) judge(f Figures) Inequality {
	part, base := f.part(r.Of).Of(r.Measure), f.base(r.Base).Of(r.Measure)
	left := new(big.Int).Mul(big.NewInt(r.Denominator), big.NewInt(part))
	right := new(big.Int).Mul(big.NewInt(r.Numerator), big.NewInt(base))
	line := Inequality{
		Requirement: r,
		Left:        product(r.Denominator, part),
		Sign:        ">=",
		Right:       product(r.Numerator, base),
		BaseZero:    base == 0,
		Holds:       left.Cmp(right) >= 0,
	}
	if r.Strict {
		line.Sign, line.Holds = ">", left.Cmp(right) > 0
	}
	line.Holds = line.Holds && !line.BaseZero
	line.Text = line.Left + " " + line.Sign + " " + line.Right
	return line
}

// Least answers the smallest part that fulfils the requirement, so that a part fulfils it if it is at least that; false if there is nothing
// to have a share of.
func (r Requirement) Least(f Figures) (int64, bool) {
	base := f.base(r.Base).Of(r.Measure)
	if base <= 0 {
		return 0, false
	}
	least := new(big.Int).Mul(big.NewInt(r.Numerator), big.NewInt(base))
	least, rest := least.QuoRem(least, big.NewInt(r.Denominator), new(big.Int))
	if r.Strict || rest.Sign() > 0 {
		least.Add(least, big.NewInt(1))
	}
	return least.Int64(), true // at most the base, because a requirement asks for no more than the whole
}

// product writes a*b.
func product(a, b int64) string { return strconv.FormatInt(a, 10) + "*" + strconv.FormatInt(b, 10) }

// The owners' joint decisions of Civil Code art. 278. Every matter needs owners with at least two thirds of the area and of the
// heads to take part; the base of the majority is those who take part, so an abstention works as a no. Both measures must hold,
// each by itself.
var (
	ownersQuorum = []Requirement{
		{Label: "quorum.area", Measure: Area, Numerator: 2, Denominator: 3, Base: BaseAll, Of: PartParticipants, Quorum: true},
		{Label: "quorum.heads", Measure: Heads, Numerator: 2, Denominator: 3, Base: BaseAll, Of: PartParticipants, Quorum: true},
	}
	ownersOrdinary = []Requirement{
		{Label: "majority.area", Measure: Area, Numerator: 1, Denominator: 2, Strict: true, Base: BaseParticipants, Of: PartOption},
		{Label: "majority.heads", Measure: Heads, Numerator: 1, Denominator: 2, Strict: true, Base: BaseParticipants, Of: PartOption},
	}
	ownersSpecial = []Requirement{
		{Label: "majority.area", Measure: Area, Numerator: 3, Denominator: 4, Base: BaseParticipants, Of: PartOption},
		{Label: "majority.heads", Measure: Heads, Numerator: 3, Denominator: 4, Base: BaseParticipants, Of: PartOption},
	}
)

// OwnersOrdinary answers the requirements for items 1-5 and 9: quorum, and more than half (过半数) of those who take part.
func OwnersOrdinary() []Requirement { return slices.Concat(ownersQuorum, ownersOrdinary) }

// OwnersSpecial answers the requirements for items 6-8 (raising the maintenance fund, rebuilding, changing the use of common
// parts): quorum, and at least three quarters (四分之三以上) of those who take part.
func OwnersSpecial() []Requirement { return slices.Concat(ownersQuorum, ownersSpecial) }

// OwnersItem answers the requirements for an item of art. 278, 1 to 9.
func OwnersItem(item int) ([]Requirement, error) {
	switch {
	case item >= 6 && item <= 8:
		return OwnersSpecial(), nil
	case item >= 1 && item <= 9:
		return OwnersOrdinary(), nil
	}
	return nil, ErrRuleUnfit
}
