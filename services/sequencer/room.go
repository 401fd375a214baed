package sequencer

import (
	"errors"
	"time"

	"renlin.dev/pkg/fault"
)

// Room tells why nothing more may be written, or nil. It is asked before each block, by the loop: it must look, and not work.
type Room func() error

// fullPause is how long JetStream is not asked again after it has said that it has no room. Whoever would write meanwhile is told so.
const fullPause = time.Second

// lookForRoom decides whether those who would write are turned away. Whatever is staged already still leaves: what must stay free is
// much more than one block.
func (s *Sequencer) lookForRoom() {
	var err error
	if s.cfg.Room != nil {
		err = s.cfg.Room()
	}
	if _, mono := s.cfg.Clock.Now(); err == nil && mono < s.refused {
		err = errFull
	}
	if (err != nil) == (s.full != nil) {
		return
	}
	if err == nil {
		s.log.Info("there is room again")
		s.full = nil
	} else {
		s.log.Error("nothing is written while there is no room", "error", err)
		s.full = fault.ErrFull.Because(err)
	}
	s.publishInfo()
}

// noteFull remembers that JetStream has no room, if that is why it has refused a block.
func (s *Sequencer) noteFull(err error) {
	if errors.Is(err, errFull) {
		_, mono := s.cfg.Clock.Now()
		s.refused = mono + fullPause
	}
}
