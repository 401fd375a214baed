package supply

import (
	"slices"

	"renlin.dev/pkg/fault"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/cost"
)

// Supplier is one provider with what it offers of one skill.
type Supplier struct {
	ID       string
	Provider *Provider
	Offer    *Offer
	Conduct  *Conduct
}

// Party gives for whom it serves.
func (s *Supplier) Party() string { return s.Provider.Party(s.ID) }

// Own gives a supplier whose offer a decision may take from, with its load smoothed up to now: what is taken by the decision itself has not
// been a load for any minute yet.
func (s *Supplier) Own(now int64) *Supplier {
	dup, offer := *s, *s.Offer
	offer.settle(now)
	dup.Offer = &offer
	return &dup
}

// Fits refuses a supplier that may not serve a need at all at a time, however much is free, saying why.
func Fits(n *Need, s *Supplier, rules Rules, now int64) error {
	switch {
	case s.Provider.Retired:
		return ErrRetired
	case s.Provider.Member == n.Beneficiary:
		return ErrOwnNeed
	case s.Offer.Capacity <= 0, s.Offer.PublishedAt < s.Provider.RegisteredAt: // what it offered before it retired is no offer
		return ErrNotOffered
	case !s.Provider.reaches(n.Cell):
		return ErrDistance
	case n.excludes(s):
		return ErrExcluded
	case len(n.Languages) > 0 && !slices.ContainsFunc(n.Languages, s.speaks):
		return ErrLanguage
	}
	if _, _, ok := overlap(n, s.Offer, now); !ok {
		return ErrTime
	}
	for _, code := range slices.Concat(rules.Requires(n.Skill), n.Attestations) {
		if !s.Provider.attested(code) {
			return ErrNotAttested.With("attestation", code)
		}
	}
	return nil
}

// excludes holds for whoever answers for an excluded provider and for its organisation too, under whatever id they serve.
func (n *Need) excludes(s *Supplier) bool {
	return slices.Contains(n.Excluded, s.ID) || slices.Contains(n.ExcludedMembers, s.Provider.Member) ||
		s.Provider.Org != "" && slices.Contains(n.ExcludedOrgs, s.Provider.Org)
}

func (s *Supplier) speaks(language string) bool {
	return slices.Contains(s.Provider.Languages, language)
}

// reaches counts cells along each side, so that a radius of one is the cell itself and the eight around it.
func (p *Provider) reaches(c Cell) bool {
	east, north := p.Cell.away(c)
	return max(east, north) <= int64(p.RadiusCells)
}

// away gives how many cells lie between two, each way.
func (c Cell) away(d Cell) (east, north int64) {
	return max(int64(c.East)-int64(d.East), int64(d.East)-int64(c.East)), max(int64(c.North)-int64(d.North), int64(d.North)-int64(c.North))
}

// overlap gives when a need and an offer have time in common from now on; an end of 0 is none.
func overlap(n *Need, o *Offer, now int64) (from, until int64, ok bool) {
	from = max(now, n.From, o.From)
	until = n.Until
	if until == 0 || o.Until != 0 && o.Until < until {
		until = o.Until
	}
	return from, until, until == 0 || from < until
}

// Answers refuses a supplier that has more to do than it can, or has been silent too often.
func (s *Supplier) Answers(now int64) error {
	if _, overloaded := s.Offer.load(now); overloaded {
		return ErrOverloaded
	}
	switch {
	case now < s.Conduct.OpenUntil:
		return ErrSilent
	case s.Conduct.OpenUntil != 0 && s.Offer.Taken > 0: // one thing is tried at a time
		return ErrSilent
	}
	return nil
}

// Willing refuses a supplier that the need has gone past: nobody who said no, was silent or was taken off is asked the same again at once
// by whoever plans without looking. A human may still ask them, by a plan that does not call itself optimal.
func (n *Need) Willing(provider string, now int64) error {
	for _, p := range n.Passed {
		if p.Provider == provider && (p.Until == 0 || now < p.Until) {
			return ErrPassed
		}
	}
	return nil
}

// Serves refuses a supplier that cannot take anything of a need now, so that a plan has no arc for the two.
func Serves(n *Need, s *Supplier, rules Rules, now int64) error {
	if err := Fits(n, s, rules, now); err != nil {
		return err
	}
	if err := n.Willing(s.ID, now); err != nil {
		return err
	}
	return s.Answers(now)
}

// Free gives how much more a supplier can take.
func (s *Supplier) Free() int64 { return max(0, s.Offer.Capacity-s.Offer.Taken) }

// FreeStandby gives for how much more a supplier can stand by.
func (s *Supplier) FreeStandby(rules Rules) int64 {
	return max(0, s.Offer.Capacity*rules.StandbyFactor()-s.Offer.Standby)
}

const (
	cellMetres  = 500
	tightMillis = 60 * 60 * 1000
	// stepsMax is after how many steps of waiting a need grows no dearer to leave: a week.
	stepsMax = 7 * 24 * 60 * 60 * 1000 / cost.StepMillis
)

// Cost is what it costs to have a supplier serve one unit of a need, in its parts.
type Cost struct {
	Distance    int64 `json:"distance"`
	Reliability int64 `json:"reliability"`
	Window      int64 `json:"window"`
}

// Sum adds the parts.
func (c Cost) Sum() int64 { return c.Distance + c.Reliability + c.Window }

// CostOf gives the cost of a supplier that fits, at a time.
func CostOf(n *Need, s *Supplier, at int64) Cost {
	c := Cost{Distance: cost.Distance(Metres(n, s)), Reliability: cost.Reliability(s.Conduct.Reliability())}
	if from, until, _ := overlap(n, s.Offer, at); until != 0 && until-from < tightMillis {
		c.Window = cost.Window()
	}
	return c
}

// Metres is how far a supplier is from a need, along the streets, which are not straight.
func Metres(n *Need, s *Supplier) int64 {
	east, north := s.Provider.Cell.away(n.Cell)
	return cellMetres * (east + north)
}

// UnservedCost gives what it costs to leave one unit of a need unserved, at a time: more the more urgent it is, and the longer it has
// waited, so that nobody waits for ever behind others. What nobody has assessed never comes to cost as much as what is urgent: anybody can
// raise needs and have them grow old.
func UnservedCost(n *Need, at int64) int64 {
	steps := min(max(0, at-n.WaitingSince)/cost.StepMillis, stepsMax)
	leaving := cost.Unserved(int64(n.Priority), steps)
	if n.AssessedBy == "" {
		leaving = min(leaving, cost.Unserved(PriorityUrgent, 0)-1)
	}
	return leaving
}

// ShortageOf says why a supplier was no help, from the refusal that it met.
func ShortageOf(err error) matchingv1.Shortage {
	switch code := fault.Of(err).Code; code {
	case ErrRetired.Code, ErrNotOffered.Code:
		return matchingv1.Shortage_SHORTAGE_SKILL
	case ErrDistance.Code:
		return matchingv1.Shortage_SHORTAGE_DISTANCE
	case ErrTime.Code:
		return matchingv1.Shortage_SHORTAGE_TIME
	case ErrOverloaded.Code, ErrFull.Code:
		return matchingv1.Shortage_SHORTAGE_CAPACITY
	case ErrSilent.Code, ErrPassed.Code:
		return matchingv1.Shortage_SHORTAGE_ANSWER
	}
	return matchingv1.Shortage_SHORTAGE_PERSON
}
