package follow

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/registrar"
)

// Registrar is the registrar's record: what the registrar.Agent sees is what was verified. Its methods may be called by several goroutines,
// as the agent looks for polls when a voter's device asks, too.
type Registrar struct {
	Record   Record
	Told     registrar.Record
	Refusals *Refusals

	mu     sync.Mutex // guards what follows
	final  final
	doubts doubts
	voters apart           // about who has registered
	over   apart           // about that a poll is told to be over
	ended  map[string]bool // polls whose registration the voting service says has ended: it knows of all voters
}

// ErrNoPoll says that the record tells nothing of a poll: what is kept of it stays.
var ErrNoPoll = errors.New("the record has no such poll")

// Polls lists the polls whose registration has begun, as the record says, without those that the voting service tells otherwise about. A
// registration has ended, and a list is sealed, when that is sure: nothing is listed before, and nothing is forgotten.
func (r *Registrar) Polls(ctx context.Context) ([]registrar.Poll, error) {
	told, err := r.Told.Polls(ctx)
	if err != nil {
		told = nil // who says nothing says nothing else
	}
	if err := r.Record.Catch(ctx); err != nil {
		return nil, err
	}
	var own []registrar.Poll
	differs := map[string]*fault.Fault{}
	var position uint64
	err = r.Record.View(voting.Name, func(s *decider.State) error {
		position = s.Position()
		for _, p := range voting.Registrations(s, "", everything) {
			own = append(own, registrar.Poll{
				ID: p.ID, Registrar: p.Registrar, Ended: p.Ended, Listed: p.Listed, LastKey: p.LastKey, Sealed: p.Over,
			})
		}
		for i := range told {
			if why := registrationDiffers(decider.Peek[poll.Poll](s, poll.Path(told[i].ID)), &told[i]); why != nil {
				differs[told[i].ID] = why
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = map[string]bool{}
	for i := range told {
		r.ended[told[i].ID] = told[i].Ended
	}
	r.Refusals.told(&r.doubts, differs)
	out := own[:0]
	for _, p := range own {
		switch {
		case differs[p.ID] != nil, p.Sealed && !r.final.sure(r.Record, r.Refusals, "list "+p.ID, position):
			continue
		case p.Ended:
			p.Ended = r.final.sure(r.Record, r.Refusals, "end "+p.ID, position)
		}
		out = append(out, p)
	}
	return out, nil
}

// Voters lists who has registered for a poll whose registration has ended, as the record says. Nothing is added any more: a voting service
// that knows that must tell the very same.
func (r *Registrar) Voters(ctx context.Context, id string) ([]registrar.Voter, error) {
	var own []registrar.Voter
	err := r.Record.View(voting.Name, func(s *decider.State) error {
		for _, v := range poll.Registrants(s, id, "", everything/2) {
			own = append(own, registrar.Voter{ID: v.Voter, Commitment: v.Commitment, Row: &votingv1.CredentialRow{
				Heads: v.Heads, AreaCentiM2: v.AreaCentiM2, Measured: v.Measured, Channel: v.Channel,
			}})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	ended := r.ended[id]
	r.mu.Unlock()
	if !ended {
		return own, nil
	}
	var why *fault.Fault
	if told, err := r.Told.Voters(ctx, id); err == nil {
		why = votersDiffer(own, told)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.voters.told(r.Refusals, id, why); why != nil {
		return nil, errOtherwise
	}
	return own, nil
}

// Over tells whether the record says of a poll, for sure, that it is open or will never be. The voting service is asked too: where it says
// that a poll is over and the record says that it is not, somebody wants the registrar to forget too soon.
func (r *Registrar) Over(ctx context.Context, id string) (bool, error) {
	toldOver, toldErr := r.Told.Over(ctx, id)
	if err := r.Record.Catch(ctx); err != nil {
		return false, err
	}
	var over bool
	var position uint64
	err := r.Record.View(voting.Name, func(s *decider.State) error {
		p := decider.Peek[poll.Poll](s, poll.Path(id))
		if p == nil {
			return ErrNoPoll
		}
		over, position = p.Lapsed != "" || p.OpenedAt > 0, s.Position()
		return nil
	})
	if err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var why *fault.Fault
	if toldErr == nil && toldOver && !over {
		why = ErrOver
	}
	r.over.told(r.Refusals, id, why)
	return over && r.final.sure(r.Record, r.Refusals, "over "+id, position), nil
}

// Command signs a command and sends it to the voting service.
func (r *Registrar) Command(ctx context.Context, operation string, body proto.Message) error {
	return r.Told.Command(ctx, operation, body)
}

// registrationDiffers finds what is told of a poll that the record does not say. What is told may be older than the record.
func registrationDiffers(own *poll.Poll, told *registrar.Poll) *fault.Fault {
	if own == nil || own.Secret == nil {
		return ErrPollUnknown
	}
	s := own.Secret
	switch {
	case !proto.Equal(told.Registrar, s.Registrar):
		return ErrRegistrar
	case told.Ended && !s.Ended:
		return ErrEnded
	case told.Listed > s.Listed, told.Listed == s.Listed && !bytes.Equal(told.LastKey, s.LastKey):
		return ErrListed
	case told.Sealed && len(s.Root) == 0:
		return ErrRoster
	}
	return nil
}

// votersDiffer compares two lists of voters, both ascending.
func votersDiffer(own, told []registrar.Voter) *fault.Fault {
	find := func(list []registrar.Voter, id string) (registrar.Voter, bool) {
		at, found := slices.BinarySearchFunc(list, id, func(v registrar.Voter, id string) int { return strings.Compare(v.ID, id) })
		if !found {
			return registrar.Voter{}, false
		}
		return list[at], true
	}
	for _, o := range own {
		t, there := find(told, o.ID)
		switch {
		case !there:
			return ErrVoterMissing
		case !bytes.Equal(o.Commitment, t.Commitment), !proto.Equal(o.Row, t.Row):
			return ErrVoterOther
		}
	}
	if len(told) != len(own) {
		return ErrVoterInvented
	}
	return nil
}
