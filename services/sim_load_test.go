package services_test

import (
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// strain is what was taken of how much from a time on.
type strain struct{ at, taken, capacity int64 }

// note keeps what a room is now.
func (r *room) note(at int64) { r.past = append(r.past, strain{at, r.taken, r.capacity}) }

// load reckons the load at a time from all that the room has been: each minute an eighth of the way, as of the first fact.
func (r *room) load(now int64) (permille int64) {
	if len(r.past) == 0 {
		return 0
	}
	minute := r.past[0].at
	until := func(at int64, s strain) {
		share := int64(0)
		if s.taken > 0 {
			share = 2000
		}
		if s.capacity > 0 {
			share = min(share, s.taken*1000/s.capacity)
		}
		for ; minute+60_000 <= at; minute += 60_000 {
			permille = (7*permille + share) / 8
		}
	}
	for i, s := range r.past[1:] {
		until(s.at, r.past[i])
	}
	until(now, r.past[len(r.past)-1])
	return permille
}

// conduct counts how often in a row somebody did not answer, or did not do what they had said; three times, and they are left in peace for
// half an hour.
func (h *helpWanted) conduct(l *ledger, f *fact, j *job) {
	who, silent := "", true
	switch b := f.body.(type) {
	case *matchingv1.AssignmentLapsed:
		who = b.GetProvider()
	case *matchingv1.CheckInMissed:
		who = b.GetProvider()
	case *matchingv1.AssignmentRefused:
		who, silent = b.GetProvider(), b.GetGivenUp()
	case *matchingv1.AssignmentDone:
		j.server = j.holder
	case *matchingv1.AssignmentConfirmed:
		who, silent = j.server, b.GetQuantity() < j.delivered
	case *matchingv1.CandidateReleased: // to retire from what one has said yes to is to give it up
		if b.GetCause() == matchingv1.Cause_CAUSE_RETIRED && j.holder == b.GetProvider() {
			who = b.GetProvider()
		}
	}
	s := h.serves[who]
	switch {
	case s == nil:
	case !silent:
		s.silent, s.rests = 0, 0
	default:
		if s.silent++; s.silent >= 3 {
			s.rests = f.Time + 30*60_000
			l.happened["somebody is left in peace"]++
		}
	}
}

// askable: who has been silent too often is asked nothing for a time, and then one thing; who is overloaded nothing more by a plan.
func (h *helpWanted) askable(l *ledger, f *fact, j *job, provider string) {
	s := h.serves[provider]
	l.must(f, f.Time >= s.rests, "somebody is asked who was silent too often")
	if j.first == 0 && f.signed.Operation == "matching.adopt_plan" {
		l.must(f, !s.of(j.skill).overloaded || s.of(j.skill).load(f.Time) <= 700, "somebody is asked who is overloaded")
	}
}

// loadRest: that an offer is overloaded, or no longer, comes onto the record by itself.
func (h *helpWanted) loadRest(l *ledger, f *fact, due int64) {
	for id, s := range h.serves { // any order: what is said is sorted
		for skill, r := range s.rooms { // any order: what is said is sorted
			load := r.load(due)
			l.must(f, r.goods || load < 900 || r.overloaded, "%s of %s has a load of %d, and that is on no record", skill, id, load)
			l.must(f, load > 700 || !r.overloaded, "%s of %s has a load of %d, and is said to be overloaded", skill, id, load)
		}
	}
}
