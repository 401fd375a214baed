package follow

import (
	"bytes"
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

// Trustee is a trustee's record: what the trustee.Agent sees is what was verified. It belongs to the agent's goroutine.
type Trustee struct {
	Record Record
	// Told is the voting service: what it tells is held against the record, and commands are sent through it.
	Told     trustee.Record
	Refusals *Refusals

	final  final
	doubts doubts
	rows   apart           // about rosters with their ballots
	added  map[string]bool // polls whose ballots the voting service says are added up: it knows of all of them
}

// Ceremonies lists the polls that may want this trustee's hand, as the record says, without those that the voting service tells otherwise
// about. What is not sure yet is not shown as closed or added up.
func (t *Trustee) Ceremonies(ctx context.Context) ([]trustee.Poll, error) {
	told, err := t.Told.Ceremonies(ctx)
	if err != nil {
		told = nil // who says nothing says nothing else
	}
	if err := t.Record.Catch(ctx); err != nil {
		return nil, err
	}
	t.added = map[string]bool{}
	for i := range told {
		t.added[told[i].ID] = told[i].Poll != nil
	}
	var own []trustee.Poll
	differs := map[string]*fault.Fault{}
	var position uint64
	err = t.Record.View(voting.Name, func(s *decider.State) error {
		position = s.Position()
		own = cloned(voting.Ceremonies(s, "", everything))
		for i := range told {
			if why := ceremonyDiffers(decider.Peek[poll.Poll](s, poll.Path(told[i].ID)), &told[i]); why != nil {
				differs[told[i].ID] = why
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.Refusals.told(&t.doubts, differs)
	out := own[:0]
	for _, p := range own {
		open := p.Secrecy == communityv1.Secrecy_SECRECY_OPEN
		switch {
		case differs[p.ID] != nil, p.Poll != nil && !t.sure("sums "+p.ID, position):
			continue
		case p.Closed && open:
			p.Closed = t.sure("close "+p.ID, position)
		}
		out = append(out, p)
	}
	return out, nil
}

// cloned takes polls out of a state that goes on: what hangs on a poll is replaced and never changed, the poll itself is written into.
func cloned(polls []trustee.Poll) []trustee.Poll {
	for i := range polls {
		if polls[i].Poll != nil {
			polls[i].Poll = polls[i].Poll.Clone()
		}
	}
	return polls
}

// sure tells whether what rests on a fact that is there by now can be relied on.
func (t *Trustee) sure(fact string, position uint64) bool {
	return t.final.sure(t.Record, t.Refusals, fact, position)
}

// Ballots lists the whole roster of a secret poll with its ballots, as the record says. The poll is closed, so nothing is added any more: a
// voting service that knows that must tell the very same.
func (t *Trustee) Ballots(ctx context.Context, id string) ([]trustee.Row, error) {
	var own []trustee.Row
	err := t.Record.View(voting.Name, func(s *decider.State) error {
		own, _ = poll.Rows(s, id, nil, everything)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !t.added[id] {
		return own, nil
	}
	var why *fault.Fault
	if told, err := t.Told.Ballots(ctx, id); err == nil {
		why = rowsDiffer(own, told)
	}
	if t.rows.told(t.Refusals, id, why); why != nil {
		return nil, errOtherwise
	}
	return own, nil
}

// Command signs a command and sends it to the voting service.
func (t *Trustee) Command(ctx context.Context, operation string, body proto.Message) error {
	return t.Told.Command(ctx, operation, body)
}

// ceremonyDiffers finds what is told of a poll that the record does not say. What is told may be older than the record.
func ceremonyDiffers(own *poll.Poll, told *trustee.Poll) *fault.Fault {
	switch {
	case own == nil || own.Ceremony == nil || told.Ceremony == nil:
		return ErrPollUnknown
	case told.Secrecy != own.Rules.GetSecrecy().GetSecrecy():
		return ErrPollOther
	case told.Closed && !own.Closed:
		return ErrClosed
	}
	if why := wordsDiffer(own.Ceremony, told.Ceremony); why != nil {
		return why
	}
	if told.Poll == nil {
		return nil
	}
	return pollDiffers(own, told.Poll)
}

func wordsDiffer(own, told *poll.Ceremony) *fault.Fault {
	if told.Round < own.Round { // of a round that has failed since
		return nil
	}
	switch {
	case told.Round > own.Round:
		return ErrWords
	case told.Threshold != own.Threshold:
		return ErrThreshold
	case !slices.EqualFunc(told.Trustees, own.Trustees, func(a, b *communityv1.Trustee) bool { return proto.Equal(a, b) }):
		return ErrTrustees
	case len(told.Seal) > 0 && !bytes.Equal(told.Seal, own.Seal):
		return ErrKey
	case !bytes.Equal(told.Context, own.Context), !begins(own.Said, told.Said), !within(own.Shares, told.Shares):
		return ErrWords
	}
	return nil
}

// pollDiffers compares what is told of a secret poll whose ballots are added up.
func pollDiffers(own, told *poll.Poll) *fault.Fault {
	if own.Secret == nil || own.Secret.Encrypted == nil || told.Secret == nil {
		return ErrSums
	}
	o, t := own.Secret, told.Secret
	switch {
	case !bytes.Equal(told.BoxKey, own.BoxKey):
		return ErrKey
	case !proto.Equal(told.Question, own.Question), !proto.Equal(told.Rules, own.Rules), !proto.Equal(told.Roll, own.Roll),
		!bytes.Equal(t.Election, o.Election):
		return ErrPollOther
	case !bytes.Equal(t.Root, o.Root), t.Credentials != o.Credentials:
		return ErrRoster
	case !proto.Equal(t.Encrypted, o.Encrypted):
		return ErrSums
	case !within(o.Decrypted, t.Decrypted), !begins(o.Verdicts, t.Verdicts):
		return ErrWords
	}
	return nil
}

// rowsDiffer compares rosters with their last ballots, both ascending by key.
func rowsDiffer(own, told []trustee.Row) *fault.Fault {
	key := func(a, b trustee.Row) bool {
		return bytes.Equal(a.Key, b.Key) && a.Weight == b.Weight && a.Channel == b.Channel
	}
	if !slices.EqualFunc(own, told, key) {
		return ErrRoster
	}
	for i := range own {
		o, t := &own[i], &told[i]
		switch {
		case len(o.Ballot) > 0 && len(t.Ballot) == 0:
			return ErrBallotMissing
		case len(o.Ballot) == 0 && len(t.Ballot) > 0:
			return ErrBallotInvented
		case !bytes.Equal(o.Ballot, t.Ballot), o.Sequence != t.Sequence:
			return ErrBallotOther
		}
	}
	return nil
}

// begins tells whether a list begins with another.
func begins(list, first [][]byte) bool {
	return len(first) <= len(list) && slices.EqualFunc(list[:len(first)], first, bytes.Equal)
}

// within tells whether whatever stands in the second list stands at its place in the first.
func within(list, some [][]byte) bool {
	for i, entry := range some {
		if len(entry) > 0 && (i >= len(list) || !bytes.Equal(list[i], entry)) {
			return false
		}
	}
	return true
}
