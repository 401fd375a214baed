package dispatch

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// facts gathers what a decision puts on the record. An aggregate stands once in a commit, however many of its matches concern it; a
// supplier that was looked at is remembered with what the facts so far have taken of it.
type facts struct {
	v         *decider.View
	rules     supply.Rules
	now       int64
	changes   []decider.Change
	at        map[string]int
	suppliers map[string]*supply.Supplier
}

func newFacts(v *decider.View, now int64) *facts {
	return &facts{
		v: v, rules: supply.CurrentRules(v), now: now, at: map[string]int{}, suppliers: map[string]*supply.Supplier{},
	}
}

// say adds facts to one aggregate.
func (f *facts) say(aggregate string, events ...proto.Message) {
	i, seen := f.at[aggregate]
	if !seen {
		i = len(f.changes)
		f.at[aggregate] = i
		f.changes = append(f.changes, decider.Change{Aggregate: aggregate})
	}
	f.changes[i].Events = append(f.changes[i].Events, events...)
}

// supplier finds a provider with its offer of a skill, less what the facts so far have taken.
func (f *facts) supplier(provider, skill string) (*supply.Supplier, error) {
	key := supply.OfferPath(provider, skill)
	if s := f.suppliers[key]; s != nil {
		return s, nil
	}
	s, err := supply.FindSupplier(f.v, provider, skill)
	if err != nil {
		return nil, err
	}
	s = s.Own(f.now) // the state is the decider's
	f.suppliers[key] = s
	return s, nil
}

// move takes from an offer, or gives back; s may be nil where nothing is decided on what is left.
func (f *facts) move(assignment, provider, skill string, taken, standby int64) {
	if s, err := f.supplier(provider, skill); err == nil {
		s.Offer.Taken += taken
		s.Offer.Standby += standby
	}
	f.say(supply.OfferPath(provider, skill), &matchingv1.CapacityMoved{Assignment: assignment, Taken: taken, Standby: standby})
}

// hand gives back what was taken for an assignment that is done. Goods that were handed out do not come back.
func (f *facts) hand(assignment string, a *Assignment, c Candidate, brought int64) {
	moved := &matchingv1.CapacityMoved{Assignment: assignment, Taken: -a.Quantity}
	if supply.OfGoods(f.v, c.Provider, a.Skill) {
		moved.Handed = brought
	}
	f.say(supply.OfferPath(c.Provider, a.Skill), moved)
	f.say(Path(assignment), &matchingv1.CandidateReleased{Provider: c.Provider, Cause: matchingv1.Cause_CAUSE_DONE})
}

// count notes how a provider answered.
func (f *facts) count(assignment, provider string, conduct matchingv1.Conduct) {
	f.say(supply.ConductPath(provider), &matchingv1.AnswerCounted{Conduct: conduct, Assignment: assignment})
}

// ask asks a candidate that stood by, or for whom room was reserved.
func (f *facts) ask(id string, a *Assignment, c Candidate, cause matchingv1.Cause, until int64) {
	f.say(Path(id), &matchingv1.AssignmentOffered{Provider: c.Provider, Cause: cause, Until: until})
	if c.Part == Standby {
		f.move(id, c.Provider, a.Skill, a.Quantity, -a.Quantity)
	}
	a.part(c.Provider, Asked, until)
}

// skip passes over a candidate that can no longer be asked.
func (f *facts) skip(id string, a *Assignment, c Candidate, why error) {
	f.say(Path(id), &matchingv1.CandidateSkipped{Provider: c.Provider, Reason: fault.Of(why).Code})
	if c.Part == Reserved {
		f.move(id, c.Provider, a.Skill, -a.Quantity, 0)
	} else {
		f.move(id, c.Provider, a.Skill, 0, -a.Quantity)
	}
	a.part(c.Provider, Skipped, 0)
}

// askNext asks the first of those not asked yet who still can serve, and passes over the others before. It tells whether there was one. The
// assignment is the caller's own copy and is kept in step.
func (f *facts) askNext(id string, a *Assignment, need *supply.Need, cause matchingv1.Cause, until int64) bool {
	for _, c := range slices.Clone(a.Candidates) {
		if c.Part != Standby && c.Part != Reserved {
			continue
		}
		if err := f.mustAsk(a, need, c); err != nil {
			f.skip(id, a, c, err)
			continue
		}
		f.ask(id, a, c, cause, until)
		return true
	}
	return false
}

// open asks the first candidate; where it is urgent, in an emergency, the second one too. When nobody can be asked any more, the
// assignment is released. The assignment is the caller's own copy.
func (f *facts) open(id string, a *Assignment, need *supply.Need) {
	now := emergency(f.v, f.now)
	until := f.now + f.rules.OfferMillis(now)
	switch {
	case !f.askNext(id, a, need, matchingv1.Cause_CAUSE_PLANNED, until):
		f.release(id, a, matchingv1.Cause_CAUSE_OVERLOADED, 0, "")
	case now && a.Priority >= supply.PriorityUrgent:
		f.askNext(id, a, need, matchingv1.Cause_CAUSE_PARALLEL, until)
	}
}

// thank releases a candidate that stands by, is asked or serves.
func (f *facts) thank(id string, a *Assignment, c Candidate, cause matchingv1.Cause) {
	switch c.Part {
	case Standby:
		f.move(id, c.Provider, a.Skill, 0, -a.Quantity)
	case Asked, Serving, Reserved:
		f.move(id, c.Provider, a.Skill, -a.Quantity, 0)
	default:
		return
	}
	f.say(Path(id), &matchingv1.CandidateReleased{Provider: c.Provider, Cause: cause})
}

// release ends an assignment that is not done and returns what it holds to its need.
func (f *facts) release(id string, a *Assignment, cause matchingv1.Cause, reason matchingv1.Reason, by string) {
	f.releaseAs(id, a, &matchingv1.AssignmentReleased{Cause: cause, Reason: reason, By: by})
}

func (f *facts) releaseAs(id string, a *Assignment, released *matchingv1.AssignmentReleased) {
	cause := released.GetCause()
	for _, c := range a.Candidates {
		f.thank(id, a, c, cause)
	}
	f.say(Path(id), released)
	f.say(supply.NeedPath(a.Need), &matchingv1.NeedReturned{
		Assignment: id, Quantity: a.Quantity, Cause: cause, Passed: f.passed(a, cause),
	})
}

// passed lists those of an assignment who are not asked the same again by whoever plans without looking: for good who said no or was taken
// off by an officer, for a while who was silent.
func (f *facts) passed(a *Assignment, cause matchingv1.Cause) (out []*matchingv1.Passed) {
	for _, c := range a.Candidates {
		switch c.Part {
		case Refused, GivenUp:
			out = append(out, &matchingv1.Passed{Provider: c.Provider})
		case Lapsed, Missed:
			out = append(out, &matchingv1.Passed{Provider: c.Provider, Until: f.now + supply.RestMillis})
		case Reserved, Asked, Serving:
			if cause == matchingv1.Cause_CAUSE_OVERRULED {
				out = append(out, &matchingv1.Passed{Provider: c.Provider})
			}
		}
	}
	return out
}

// mustAsk refuses to ask a candidate that can no longer serve. For one that stands by there must be room; where it was reserved there is,
// unless it has said meanwhile that it can do less.
func (f *facts) mustAsk(a *Assignment, need *supply.Need, c Candidate) error {
	s, err := f.supplier(c.Provider, a.Skill)
	if err != nil {
		return err
	}
	if err := supply.Fits(need, s, f.rules, f.now); err != nil {
		return err
	}
	if c.Part == Reserved {
		if s.Offer.Taken > s.Offer.Capacity {
			return supply.ErrFull
		}
		return nil
	}
	if err := s.Answers(f.now); err != nil {
		return err
	}
	if s.Free() < a.Quantity {
		return supply.ErrFull
	}
	return nil
}
