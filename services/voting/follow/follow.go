// Package follow is how trustees, holders of polls' keys and the registrar see polls: as the record says that they verify themselves.
//
// In plain words: what they do cannot be undone. A share that is published early opens ballots early, sums that are not all the ballots'
// can be a single ballot, and what the registrar has deleted is gone. So none of them takes the voting service's word for anything. They
// fold the record (package observer), and act on that alone. What the voting service tells is only held against it: where it tells
// something that the record does not say, that is a named refusal, nothing is done for the poll while it lasts, and it is there for the
// operator to see.
//
//   - The voting service may know less than the record for a moment: it is asked first, the record is read to its end afterwards. So what
//     it tells must stand on the record; what it does not tell yet is no difference, except where nothing can be added any more, such as
//     to the ballots of a closed poll. More than the record it can know for an instant only, while a block is there and the sequencer has
//     not yet told of it: nothing is done then either, but only what is still told at the next step is held against it.
//   - What rests on a fact that makes an act final (the close, the sums, the end of registration, a sealed list) waits until the record is
//     sure of it: witnessed, where a policy names witnesses, and remembered on disk.
//   - A voting service that says nothing changes nothing: what is due follows from the record.
package follow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
)

// Record is a record that somebody verifies, such as an observer.Observer.
type Record interface {
	// Catch reads on to the record's end, and checks it.
	Catch(ctx context.Context) error
	// View shows the state of a service's rules; it must not be kept.
	View(service string, look func(s *decider.State) error) error
	// Sure tells whether the first so many commits can be relied on for ever.
	Sure(position uint64) error
}

// everything is a limit that no list reaches.
const everything = int(^uint(0) >> 1)

// final remembers by how many commits a fact was there that makes an act final: an upper bound, which is all that is needed.
type final struct{ by map[string]uint64 }

// sure tells whether the record can be relied on up to where a fact, which is there by now, was first seen.
func (f *final) sure(r Record, refusals *Refusals, fact string, position uint64) bool {
	if f.by == nil {
		f.by = map[string]uint64{}
	}
	at, before := f.by[fact]
	if !before {
		at, f.by[fact] = position, position
	}
	err := r.Sure(at)
	if err != nil {
		refusals.count(err)
	}
	return err == nil
}

// Refusals are what is not done just now, and why. The zero value is ready, and its methods may be called by several goroutines.
type Refusals struct {
	// Count is told the code of each refusal, each time that it is met again; may be nil.
	Count func(code string)

	mu      sync.Mutex // guards what follows
	steps   int        // that have begun
	pending []error    // of the step that is under way
	shown   error      // of the last
}

// doubts are differences that were met, and since which step.
type doubts map[string]doubt

type doubt struct {
	code string
	step int
}

// lasting gives the differences of a look that were there at an earlier step, too, and forgets those that are not there any more.
func (d *doubts) lasting(r *Refusals, met map[string]*fault.Fault) map[string]*fault.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	next, lasting := doubts{}, map[string]*fault.Fault{}
	for id, why := range met { // any order: each is by itself
		next[id] = doubt{why.Code, r.steps}
		if before, there := (*d)[id]; there && before.code == why.Code {
			next[id] = before
		}
		if next[id].step < r.steps {
			lasting[id] = why
		}
	}
	*d = next
	return lasting
}

// apart are doubts about what is asked poll by poll: a look is at one of them alone.
type apart map[string]*doubts

// told takes down what a look has met at a poll, nil for nothing, if it lasts.
func (a *apart) told(r *Refusals, id string, why *fault.Fault) {
	if why == nil {
		delete(*a, id)
		return
	}
	if *a == nil {
		*a = apart{}
	}
	if (*a)[id] == nil {
		(*a)[id] = &doubts{}
	}
	r.told((*a)[id], map[string]*fault.Fault{id: why})
}

// errOtherwise says that nothing is done for a poll just now. What it is stands beside it when it lasts.
var errOtherwise = errors.New("the voting service tells otherwise than the record")

// told takes down what of a look's differences lasts, in the order of the polls.
func (r *Refusals) told(d *doubts, met map[string]*fault.Fault) {
	lasting := d.lasting(r, met)
	for _, id := range slices.Sorted(maps.Keys(lasting)) {
		r.note(id, lasting[id])
	}
}

// note takes down that nothing is done for a poll.
func (r *Refusals) note(poll string, why *fault.Fault) {
	r.count(why)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = append(r.pending, fmt.Errorf("poll %s: %w", poll, why))
}

// count counts what is refused, or not done yet.
func (r *Refusals) count(err error) {
	if f := (*fault.Fault)(nil); errors.As(err, &f) && r.Count != nil {
		r.Count(f.Code)
	}
}

// Around takes a step, and gives its error together with what was refused in it, which is shown from then on.
func (r *Refusals) Around(ctx context.Context, step func(context.Context) error) error {
	r.mu.Lock()
	r.pending, r.steps = nil, r.steps+1
	r.mu.Unlock()
	err := step(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown = errors.Join(r.pending...)
	return errors.Join(err, r.shown)
}

// Otherwise gives what the voting service told otherwise at the last step; nil for nothing.
func (r *Refusals) Otherwise() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shown
}
