package sequencer

import (
	"context"
	"errors"

	"renlin.dev/pkg/chain"
)

// A verdict of a round that staged something leaves with its block, whose publish says where it must stand: that proves that nobody
// else has written meanwhile. A round that staged nothing (checks of read sets, repeats, refusals) has no such proof, and a
// sequencer whose place another has taken does not know that yet. So before such verdicts leave, the stream is looked at once, for
// all that wait together: does it still end where they think? A look that was sent after they were judged and finds nothing more
// shows that they were right at that moment.

// hold takes the verdicts of a round that staged nothing and sends a look for them. What comes meanwhile waits for the next look,
// or for a block.
func (s *Sequencer) hold(ctx context.Context) {
	verdicts := s.machine.Release()
	if len(verdicts) == 0 {
		return
	}
	s.held, s.verdicts, s.open = s.open, verdicts, s.list()
	head := s.machine.Head()
	if head == nil {
		s.answerHeld() // before the founding there is nothing to be behind of
		return
	}
	s.attempts++
	s.look = s.attempts
	_, s.looked = s.cfg.Clock.Now()
	if err := s.pub.look(s.look, chain.StreamName(chain.CommunityID(head.Genesis)), head.Number+2); err != nil {
		s.log.Warn("look at the stream's end failed", "block", head.Number, "error", err)
		s.recover(ctx)
	}
}

// seen takes the answer to a look.
func (s *Sequencer) seen(ctx context.Context, err error) {
	fenced := errors.Is(err, errFenced)
	switch {
	case err == nil:
		s.answerHeld()
		s.sendReplies()
	case fenced && s.attempts != s.look:
		// It may have found our own block, published since. What becomes of that decides for these verdicts too.
	default:
		s.log.Warn("look at the stream's end failed", "error", err)
		s.dirty = s.dirty || fenced
		s.recover(ctx)
	}
}

// answerHeld lets the held verdicts go.
func (s *Sequencer) answerHeld() {
	if len(s.held) == 0 {
		return
	}
	s.answer(s.held, s.verdicts)
	clear(s.held)
	s.spare, s.held, s.verdicts = append(s.spare, s.held[:0]), nil, nil
}
