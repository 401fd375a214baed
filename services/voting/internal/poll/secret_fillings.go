package poll

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/leak"
	"renlin.dev/services/voting/internal/tally"
)

// fillingsOf lists all ways to fill in a ballot of a poll that is counted by them; see newFillings.
func fillingsOf(q *proposalv1.Motion, r *communityv1.PollRules) ([]*votingv1.Choice, error) {
	f, err := newFillings(q, r)
	if err != nil {
		return nil, err
	}
	return f.list, nil
}

// newFillings lists all ways to fill in a ballot of a poll that is counted by them, blank ones left out. Rankings and sets of options are
// lists of the options' indexes, those of sets ascending, in the order of a dictionary. Points are rows of numbers, one for each option, in
// ascending order; an option without points is not named.
func newFillings(q *proposalv1.Motion, r *communityv1.PollRules) (*fillings, error) {
	c, err := newCount(q, r, nil, nil)
	switch {
	case err != nil:
		return nil, err
	case len(c.order) > secretballot.OneOfMax:
		return nil, ErrSecretFillings.WithInt("fillings_max", secretballot.OneOfMax)
	}
	f := &fillings{count: c, options: uint32(len(c.order))}
	switch c.poll.Form.Kind {
	case tally.KindScoring, tally.KindCumulative, tally.KindQuadratic:
		f.points(make([]int64, 0, f.options), 0)
	default:
		f.lists(nil)
	}
	if f.many() {
		return nil, ErrSecretFillings.WithInt("fillings_max", secretballot.OneOfMax)
	}
	return f, nil
}

// fillings is a list in the making.
type fillings struct {
	*count
	options uint32
	list    []*votingv1.Choice
	tried   int
}

// fillingsTriedMax bounds how long is looked. Every step leads to a ballot, and there are at most as many options as ways, so that what has
// few enough ways takes less.
const fillingsTriedMax = 20_000

func (f *fillings) many() bool {
	return len(f.list) > secretballot.OneOfMax || f.tried > fillingsTriedMax
}

// add lists a way to fill a ballot in if it keeps to the rules.
func (f *fillings) add(choice *votingv1.Choice) {
	if len(choice.GetOptions()) > 0 && f.poll.Form.Good(f.ballotOf("", choice)) {
		f.list = append(f.list, choice)
	}
}

// lists goes on with a list in every way that leads to a ballot.
func (f *fillings) lists(begun []uint32) {
	if f.tried++; f.many() || uint32(len(begun)) >= f.most() {
		return
	}
	ordinal, from := f.poll.Form.Kind == tally.KindOrdinal, uint32(0)
	if !ordinal && len(begun) > 0 {
		from = begun[len(begun)-1] + 1 // sets ascend
	}
	for o := from; o < f.options; o++ {
		switch {
		case slices.Contains(begun, o):
			continue // an order names each once
		case !ordinal && uint32(len(begun))+f.options-o < f.poll.Form.ChoicesMin:
			return // too few are left, as missing would find
		}
		next := append(slices.Clone(begun), o)
		var left []uint32
		for other := range f.options {
			if ordinal && !slices.Contains(next, other) || !ordinal && other > o {
				left = append(left, other)
			}
		}
		if _, ok := f.missing(next, left); !ok {
			continue
		}
		f.add(&votingv1.Choice{Options: next})
		f.lists(next)
	}
}

// most is how many options may be named.
func (f *fillings) most() uint32 {
	if f.poll.Form.Kind == tally.KindChooseOne {
		return 1
	}
	return cmp.Or(f.poll.Form.ChoicesMax, f.options)
}

// missing tells how many options more than those named must be, and whether that can be done with those that are left, the cheapest first.
func (f *fillings) missing(named, left []uint32) (n int, ok bool) {
	form := &f.poll.Form
	n = max(0, int(form.ChoicesMin)-len(named))
	if n > len(left) || uint32(len(named)+n) > f.most() {
		return n, false
	}
	if form.CostSumMax == 0 {
		return n, true
	}
	costs := func(options []uint32) (costs []int64) {
		for _, o := range options {
			costs = append(costs, form.Costs[f.number[o]])
		}
		return costs
	}
	rest := form.CostSumMax
	for _, cost := range append(costs(named), slices.Sorted(slices.Values(costs(left)))[:n]...) {
		if cost > rest {
			return n, false
		}
		rest -= cost
	}
	return n, true
}

// points goes on with a row in every way that leads to a ballot: whose price is not above the purse, with what must still be given.
func (f *fillings) points(begun []int64, spent int64) {
	f.tried++
	if len(begun) == int(f.options) {
		choice := &votingv1.Choice{}
		for o, n := range begun {
			if n > 0 {
				choice.Options, choice.Points = append(choice.Options, uint32(o)), append(choice.Points, n)
			}
		}
		f.add(choice)
		return
	}
	form := &f.poll.Form
	for n := int64(0); form.PointsMax == 0 || n <= form.PointsMax; n = max(n+1, form.PointsMin) { // 0, or as many as must be
		price := f.price(n)
		if form.PointsSumMax > 0 && price > form.PointsSumMax-spent || f.many() {
			return
		}
		if next := append(slices.Clone(begun), n); f.goesOn(next, spent+price) {
			f.points(next, spent+price)
		}
	}
}

// price is what so many points cost.
func (f *fillings) price(points int64) int64 {
	if f.poll.Form.Kind == tally.KindQuadratic {
		return points * points
	}
	return points
}

// goesOn tells whether a row leads to a ballot.
func (f *fillings) goesOn(row []int64, spent int64) bool {
	var named, left []uint32
	for o := range f.options {
		switch {
		case int(o) >= len(row):
			left = append(left, o)
		case row[o] > 0:
			named = append(named, o)
		}
	}
	missing, ok := f.missing(named, left)
	purse := f.poll.Form.PointsSumMax
	return ok && (purse == 0 || missing == 0 || f.price(max(1, f.poll.Form.PointsMin)) <= (purse-spent)/int64(missing))
}

// Filling answers what is encrypted for a choice, if the poll is counted by how ballots are filled in.
func Filling(p *Poll, choice *votingv1.Choice) (selections []int64, by bool, err error) {
	if !rules.ByFilling(p.Rules) {
		return nil, false, nil
	}
	n, place, err := filling(p.Question, p.Rules, choice)
	if err == nil {
		selections, err = secretballot.OneOfChoice(n, place)
	}
	return selections, true, err
}

// Filled is the choice that selections say, if the poll is counted by how ballots are filled in.
func Filled(p *Poll, selections []int64) (choice *votingv1.Choice, by bool, err error) {
	if !rules.ByFilling(p.Rules) {
		return nil, false, nil
	}
	all, err := fillingsOf(p.Question, p.Rules)
	switch place := slices.Index(selections, 1); {
	case err != nil:
		return nil, true, err
	case len(selections) != len(all):
		return nil, true, secretballot.ErrChoice
	case place >= 0:
		return all[place], true, nil
	}
	return &votingv1.Choice{}, true, nil
}

// filling finds the place of a choice in the list of all; -1 if it is blank. Whoever names options without saying points gives each one, as
// on an open ballot, and in what order a set is named is no matter.
func filling(q *proposalv1.Motion, r *communityv1.PollRules, choice *votingv1.Choice) (n, place int, err error) {
	f, err := newFillings(q, r)
	if err != nil {
		return 0, 0, err
	}
	all := f.list
	options, points := slices.Clone(choice.GetOptions()), slices.Clone(choice.GetPoints())
	if len(options) == 0 && len(points) == 0 {
		return len(all), -1, nil
	}
	pointed := len(all) > 0 && len(all[0].GetPoints()) > 0
	if pointed && len(points) == 0 {
		points = slices.Repeat([]int64{1}, len(options))
	}
	if len(points) != len(options) && len(points) > 0 {
		return 0, 0, secretballot.ErrChoice
	}
	place = slices.IndexFunc(all, func(a *votingv1.Choice) bool {
		if f.poll.Form.Kind == tally.KindOrdinal {
			return slices.Equal(a.GetOptions(), options) && len(points) == 0
		}
		return sameSet(a, options, points)
	})
	if place < 0 {
		return 0, 0, secretballot.ErrChoice
	}
	return len(all), place, nil
}

// sameSet tells whether the same options are named, with the same points, in whatever order. One named with no points is not.
func sameSet(a *votingv1.Choice, options []uint32, points []int64) bool {
	named := 0
	for i, o := range options {
		if len(points) > 0 && points[i] == 0 {
			continue
		}
		at := slices.Index(a.GetOptions(), o)
		if at < 0 || len(points) > 0 && (len(a.GetPoints()) == 0 || a.GetPoints()[at] != points[i]) {
			return false
		}
		named++
	}
	unique := slices.Compact(slices.Sorted(slices.Values(options)))
	return named == len(a.GetOptions()) && len(unique) == len(options)
}

// heard takes what is known for what it says of the poll: of totals of options, or of ways to fill a ballot in.
func (c *count) heard(p *Poll, known *found, part tally.Weight) (*heard, error) {
	if rules.ByFilling(p.Rules) {
		return c.hearFillings(p, known, part)
	}
	return c.hear(p.Secret.Encrypted, known, part), nil
}

// hearFillings counts what is known of how many filled their ballots in in each way: everything of heads, or nothing.
func (c *count) hearFillings(p *Poll, known *found, part tally.Weight) (*heard, error) {
	all, err := fillingsOf(p.Question, p.Rules)
	if err != nil {
		return nil, err
	}
	e := p.Secret.Encrypted
	alike := make([]tally.Alike, 0, len(all))
	for i, t := range e.GetTotals() {
		if o := int(t.GetOption()); measures[t.GetMeasure()] == tally.Heads && o < len(all) {
			alike = append(alike, tally.Alike{Ballot: c.ballotOf("", all[o]), Weight: known.spans[i].low})
		}
	}
	h := &heard{exact: map[tally.Measure]bool{}, valid: true, opened: part == tally.Weight{} || len(alike) > 0}
	res, err := c.poll.CountAlike(alike, part)
	if err != nil {
		return nil, ErrUncounted.Because(err)
	}
	h.judged, h.low = &res, res.Totals
	for _, m := range allMeasures {
		h.exact[m] = part.Of(m) == 0
	}
	h.exact[tally.Heads] = h.exact[tally.Heads] || len(alike) == len(all)
	return h, nil
}

// leakedFillings measures what a histogram of ballots tells of single voters, now that it is known.
func (p *Poll) leakedFillings(rows []Credential, known *found, limits leak.Limits) *votingv1.LeakReport {
	result, classes := []int64{}, classesOf(rows)
	blank := int64(0)
	for _, c := range classes {
		blank += c.Took * c.Weight.Heads
	}
	for _, s := range known.spans {
		result, blank = append(result, s.low), blank-s.low
	}
	result = append(result, blank)
	report, err := leak.AfterHistogram(classes, leak.Histogram{Measure: tally.Heads, Ways: len(result)}, result, limits)
	if err != nil {
		return &votingv1.LeakReport{Refused: fault.Of(err).Code}
	}
	return reportOf(report)
}
