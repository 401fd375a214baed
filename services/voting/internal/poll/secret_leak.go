package poll

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/leak"
	"renlin.dev/services/voting/internal/tally"
)

// intervalsMax bounds the intervals in which a total may lie: their ends stand in the record.
const intervalsMax = 1000

// level is a way to publish a secret poll's result. Where a ballot is several answers that do not depend on one another, one is measured
// for all of them.
type level struct {
	secrecy     communityv1.Secrecy
	publication leak.Publication
	answers     int64
	fillings    int   // instead of a publication: that it says how many filled their ballots in in each of so many ways
	refused     error // why it is not even measured; nil if it is
}

// levels are the ways to publish, the one that tells most first: the poll's own, and, where a question is asked with yes or no and every
// threshold is known before a ballot is opened, those that tell less.
func levels(r *communityv1.PollRules, shape secretballot.Shape, took, all tally.Weight) []level {
	var list []level
	declared := r.GetSecrecy().GetSecrecy()
	if declared == communityv1.Secrecy_SECRECY_TOTALS {
		list = append(list, levelOfTotals(r, shape))
	}
	if r.GetMethod() != communityv1.Method_METHOD_YES_NO || !thresholdsKnown(r, took, all) {
		return list
	}
	if declared <= communityv1.Secrecy_SECRECY_INTERVAL && r.GetSecrecy().GetIntervalWidth() > 0 {
		list = append(list, levelOfYes(r, communityv1.Secrecy_SECRECY_INTERVAL, took, all))
	}
	return append(list, levelOfYes(r, communityv1.Secrecy_SECRECY_PASS_FAIL, took, all))
}

func thresholdsKnown(r *communityv1.PollRules, took, all tally.Weight) bool {
	return !slices.ContainsFunc(r.GetRequirements(), func(q *communityv1.Requirement) bool {
		_, known := leastYes(r, q, took, all)
		return q.GetOf() == communityv1.Of_OF_YES && !known
	})
}

// levelOfYes publishes of the yes, in each measure that decides, whether it reaches its thresholds, and in which interval it lies; or, of
// thresholds that are judged together, whether all are reached.
func levelOfYes(r *communityv1.PollRules, secrecy communityv1.Secrecy, took, all tally.Weight) level {
	out := level{secrecy: secrecy, publication: leak.Publication{Choices: 3}, answers: 1}
	yes, width := []int64{1, 0, 0}, r.GetSecrecy().GetIntervalWidth()
	for _, m := range openedMeasures(r) {
		if secrecy == communityv1.Secrecy_SECRECY_INTERVAL {
			if took.Of(measures[m])/width > intervalsMax {
				out.refused = ErrIntervals
				return out
			}
			out.publication.Figures = append(out.publication.Figures, leak.Figure{Measure: measures[m], Points: yes, Width: width})
		}
		for _, threshold := range claims(r, communityv1.Secrecy_SECRECY_PASS_FAIL, m, took, all) {
			if secrecy == communityv1.Secrecy_SECRECY_INTERVAL && threshold%width == 0 {
				continue // the interval tells already
			}
			out.publication.Figures = append(out.publication.Figures, leak.Figure{Measure: measures[m], Points: yes, AtLeast: threshold})
		}
	}
	out.publication.Together = judgedTogether(r, secrecy) && len(out.publication.Figures) > 0
	return out
}

// levelOfTotals publishes every total in each measure that decides.
func levelOfTotals(r *communityv1.PollRules, shape secretballot.Shape) level {
	out := level{secrecy: communityv1.Secrecy_SECRECY_TOTALS, answers: 1}
	if rules.ByFilling(r) {
		out.fillings = len(shape.Selections) + 1 // or blank
		return out
	}
	if len(shape.Sums) == 0 { // each option is an answer of its own, and all of the same form
		out.answers = int64(len(shape.Selections))
		shape = secretballot.Shape{Selections: shape.Selections[:1], Totals: shape.Totals[:1]}
	}
	choices := choicesOf(shape)
	if out.publication.Choices = len(choices); len(choices) > leak.ChoicesMax {
		return out // which the meter refuses, so no figure of it is asked for
	}
	totals := shape.Totals
	if exhaustive(shape) {
		totals = totals[:len(totals)-1] // it follows from the others and who took part
	}
	for _, m := range openedMeasures(r) {
		for _, terms := range totals {
			f := leak.Figure{Measure: measures[m], Width: 1}
			for _, choice := range choices {
				f.Points = append(f.Points, termsOf(terms, choice))
			}
			out.publication.Figures = append(out.publication.Figures, f)
		}
	}
	return out
}

// exhaustive tells whether every ballot has exactly one of all selections, each of which is a total.
func exhaustive(s secretballot.Shape) bool {
	if len(s.Totals) != len(s.Selections) {
		return false
	}
	return slices.ContainsFunc(s.Sums, func(sum secretballot.Sum) bool {
		plain := !slices.ContainsFunc(sum.Terms, func(t secretballot.Term) bool { return t.Coefficient != 1 })
		return plain && len(sum.Terms) == len(s.Selections) && sum.Lo == 1 && sum.Hi == 1
	})
}

// choicesOf lists in which ways a ballot can be filled in, at most one more than the meter looks at.
func choicesOf(s secretballot.Shape) [][]int64 {
	list := [][]int64{{}}
	for _, most := range s.Selections {
		var longer [][]int64
		for _, begun := range list {
			for value := int64(0); value <= most; value++ {
				if next := append(slices.Clone(begun), value); fits(s, next) {
					longer = append(longer, next)
				}
			}
		}
		if list = longer; len(list) > leak.ChoicesMax { // every one of them can be gone on with in at least one way
			return list[:leak.ChoicesMax+1]
		}
	}
	return list
}

// fits tells whether the beginning of a choice can be gone on with: no sum is too large already, and none must stay too small.
func fits(s secretballot.Shape, begun []int64) bool {
	most := slices.Concat(begun, s.Selections[len(begun):])
	least := append(slices.Clone(begun), make([]int64, len(s.Selections)-len(begun))...)
	for _, sum := range s.Sums {
		if termsOf(sum.Terms, least) > sum.Hi || termsOf(sum.Terms, most) < sum.Lo {
			return false
		}
	}
	return true
}

func termsOf(terms []secretballot.Term, values []int64) (sum int64) {
	for _, t := range terms {
		sum += t.Coefficient * values[t.Selection]
	}
	return sum
}

// choose measures levels in their order, and answers the first that is not refused, SECRECY_UNSPECIFIED if none is, with what was measured.
func choose(ladder []level, classes []leak.Class, limits leak.Limits) (communityv1.Secrecy, []*votingv1.LeakStep) {
	var steps []*votingv1.LeakStep
	for _, l := range ladder {
		report := l.measure(classes, limits)
		steps = append(steps, &votingv1.LeakStep{Secrecy: l.secrecy, Report: report})
		if report.GetRefused() == "" {
			return l.secrecy, steps
		}
	}
	return communityv1.Secrecy_SECRECY_UNSPECIFIED, steps
}

// measure asks the leak meter. What it cannot measure is refused. Of several answers each may pin a voter, so the chances add up.
func (l *level) measure(classes []leak.Class, limits leak.Limits) *votingv1.LeakReport {
	report, err := leak.Report{}, l.refused
	switch {
	case err != nil:
	case l.fillings > 0:
		report, err = leak.BeforeHistogram(classes, leak.Histogram{Measure: tally.Heads, Ways: l.fillings}, limits)
	default:
		report, err = leak.Before(classes, l.publication, limits)
	}
	if err != nil {
		return &votingv1.LeakReport{Refused: fault.Of(err).Code}
	}
	out := &votingv1.LeakReport{
		AnonymityMin: report.AnonymityMin, PosteriorMicros: report.PosteriorMicros,
		ChanceMicros: min(report.ChanceMicros*l.answers, micros), Exact: report.Exact,
	}
	most := limits.ChanceMax
	switch {
	case report.Refused != nil:
		out.Refused = fault.Of(report.Refused).Code
	case l.answers > 1 && out.ChanceMicros*most.Denominator > micros*most.Numerator:
		out.Refused = leak.ErrPinned.Code
	}
	return out
}

// micros is one in millionths.
const micros = 1_000_000

func limitsOf(r *communityv1.PollRules) leak.Limits {
	limits := leak.DefaultLimits()
	limits.AnonymityMin = cmp.Or(int64(r.GetSecrecy().GetAnonymityMin()), limits.AnonymityMin)
	return limits
}

// classes are the credentials by what they weigh, in the order of their weights.
func (c *Credentials) classes() []leak.Class {
	by := map[tally.Weight]*leak.Class{}
	for id, row := range c.Rows { // any order: counts do not depend on it, and the list is sorted below
		class := by[row.Weight]
		if class == nil {
			class = &leak.Class{Weight: row.Weight}
			by[row.Weight] = class
		}
		class.Voters++
		if _, cast := c.Last[id]; cast {
			class.Took++
		}
	}
	list := make([]leak.Class, 0, len(by))
	for _, class := range by { // any order: sorted below
		list = append(list, *class)
	}
	slices.SortFunc(list, func(a, b leak.Class) int {
		x, y := a.Weight, b.Weight
		return cmp.Or(cmp.Compare(x.Heads, y.Heads), cmp.Compare(x.Area, y.Area), cmp.Compare(x.Households, y.Households),
			cmp.Compare(x.Classes, y.Classes))
	})
	return list
}

func keyID(row Credential) string { return chain.KeyID(row.Key) }
