package tally

import (
	"cmp"
	"slices"
)

// Ballot is one voter's answer. Choices are option ids; their order matters in ordinal and ranked polls only. Points, where the
// kind of poll has them, stand beside the choices one by one.
type Ballot struct {
	Voter   string
	Choices []uint32
	Points  []int64
}

// Kind says what a ballot's choices mean. The names are those of the participatory-budget files.
type Kind string

// The kinds of ballot.
const (
	// KindApproval: a set of options, each gets one point.
	KindApproval Kind = "approval"
	// KindChooseOne: one option.
	KindChooseOne Kind = "choose-1"
	// KindCumulative: options with points from a purse of PointsSumMax; without points each choice gets one.
	KindCumulative Kind = "cumulative"
	// KindScoring: options with points, each at most PointsMax; without points each choice gets one.
	KindScoring Kind = "scoring"
	// KindOrdinal: options from the best down. Points, where a ballot has them, fall strictly and start at most at PointsMax;
	// without points each choice gets one, for nobody may make up what a rank is worth.
	KindOrdinal Kind = "ordinal"
	// KindQuadratic: options with votes, n votes for one costing n*n from a purse of PointsSumMax; without points each choice gets one.
	KindQuadratic Kind = "quadratic"
)

// Form says which ballots are good. Zero bounds do not bind, except where a kind needs one to keep voters equal.
type Form struct {
	Kind    Kind
	Options uint32
	// ChoicesMin and ChoicesMax bound the choices of a ballot that is not blank.
	ChoicesMin, ChoicesMax uint32
	// PointsMin and PointsMax bound the points of one choice, PointsSumMax those of one ballot.
	PointsMin, PointsMax, PointsSumMax int64
	// Costs[o] is what option o costs; nil where options cost nothing. CostSumMax bounds what a ballot's choices cost together.
	Costs      []int64
	CostSumMax int64
}

// Check refuses a form under which voters would not be equal or that no ballot can fulfil.
func (f Form) Check() error {
	bad := f.Options == 0 || f.Options > OptionsMax || f.PointsMin < 0 || f.PointsMax < 0 || f.PointsSumMax < 0
	bad = bad || f.ChoicesMin > f.Options || (f.ChoicesMax > 0 && f.ChoicesMin > f.ChoicesMax)
	bad = bad || (f.PointsMax > 0 && f.PointsMin > f.PointsMax) || f.CostSumMax < 0
	bad = bad || (f.Costs != nil && len(f.Costs) != int(f.Options)) || (f.CostSumMax > 0 && f.Costs == nil)
	switch f.Kind {
	case KindApproval, KindOrdinal:
	case KindChooseOne:
		bad = bad || f.ChoicesMax > 1 || f.ChoicesMin > 1
	case KindCumulative, KindQuadratic:
		bad = bad || f.PointsSumMax == 0
	case KindScoring:
		bad = bad || f.PointsMax == 0
	default:
		bad = true
	}
	if bad {
		return ErrRuleMalformed
	}
	return nil
}

// Good tells whether a ballot fulfils the form; a blank one does, it is an abstention.
func (f Form) Good(b Ballot) bool {
	if len(b.Choices) == 0 {
		return len(b.Points) == 0
	}
	most := f.ChoicesMax
	if f.Kind == KindChooseOne {
		most = 1
	}
	n := uint64(len(b.Choices))
	if n < uint64(f.ChoicesMin) || (most > 0 && n > uint64(most)) || n > uint64(f.Options) {
		return false
	}
	sorted := slices.Sorted(slices.Values(b.Choices))
	if sorted[len(sorted)-1] >= f.Options || len(slices.Compact(sorted)) != len(b.Choices) {
		return false
	}
	return f.goodCost(b) && f.goodPoints(b)
}

// goodCost tells whether the choices together cost no more than they may.
func (f Form) goodCost(b Ballot) bool {
	var sum int64
	for _, o := range b.Choices {
		if f.CostSumMax == 0 {
			return true
		}
		var ok bool
		if sum, ok = addChecked(sum, f.Costs[o]); !ok || sum > f.CostSumMax {
			return false
		}
	}
	return true
}

// goodPoints tells whether the points that a ballot carries are in bounds.
func (f Form) goodPoints(b Ballot) bool {
	switch {
	case len(b.Points) == 0:
		// Each choice then gives one point, and a purse may be smaller than that.
		return (f.Kind != KindCumulative && f.Kind != KindQuadratic) || int64(len(b.Choices)) <= f.PointsSumMax
	case len(b.Points) != len(b.Choices), f.Kind == KindApproval, f.Kind == KindChooseOne:
		return false
	case f.Kind == KindOrdinal && !f.falls(b.Points):
		return false
	}
	var sum int64
	for _, p := range b.Points {
		price, ok := p, true
		if f.Kind == KindQuadratic {
			if price, ok = mulChecked(p, p); !ok {
				return false
			}
		}
		if sum, ok = addChecked(sum, price); !ok || p < f.PointsMin || (f.PointsMax > 0 && p > f.PointsMax) {
			return false
		}
	}
	return f.PointsSumMax == 0 || sum <= f.PointsSumMax
}

// HighestRank is what the first place of an order may be worth at most.
func (f Form) HighestRank() int64 { return cmp.Or(f.PointsMax, int64(f.ChoicesMax), int64(f.Options)) }

// falls tells whether ordinal points fall strictly from at most the highest rank down to at least one, so that no voter can give
// more than another.
func (f Form) falls(points []int64) bool {
	highest := f.HighestRank()
	for _, p := range points {
		if p > highest || p < 1 {
			return false
		}
		highest = p - 1
	}
	return true
}

// points answers what a good ballot gives to its i-th choice: its own points where it has them, else one, an approval.
func (b Ballot) points(i int) int64 {
	if len(b.Points) > 0 {
		return b.Points[i]
	}
	return 1
}
