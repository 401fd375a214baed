package follow

import (
	"bytes"
	"context"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/holder"
	"renlin.dev/services/voting/internal/poll"
)

// Holder is the record of a holder of polls' keys: what the holder.Agent sees is what was verified. It belongs to the agent's goroutine.
type Holder struct {
	Record   Record
	Told     holder.Record
	Refusals *Refusals

	final  final
	doubts doubts
}

// Polls lists the polls whose key is not published, as the record says, without those that the voting service tells otherwise about. What
// is not sure yet is not shown as closed.
func (h *Holder) Polls(ctx context.Context) ([]holder.Poll, error) {
	told, err := h.Told.Polls(ctx)
	if err != nil {
		told = nil // who says nothing says nothing else
	}
	if err := h.Record.Catch(ctx); err != nil {
		return nil, err
	}
	var own []holder.Poll
	differs := map[string]*fault.Fault{}
	var position uint64
	err = h.Record.View(voting.Name, func(s *decider.State) error {
		own, position = voting.Polls(s, "", everything), s.Position()
		for i := range told {
			if why := heldDiffers(decider.Peek[poll.Poll](s, poll.Path(told[i].ID)), &told[i]); why != nil {
				differs[told[i].ID] = why
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	h.Refusals.told(&h.doubts, differs)
	out := own[:0]
	for _, p := range own {
		if differs[p.ID] != nil {
			continue
		}
		if p.Closed {
			p.Closed = h.final.sure(h.Record, h.Refusals, "close "+p.ID, position)
		}
		out = append(out, p)
	}
	return out, nil
}

// Submit sends a signed command to the voting service.
func (h *Holder) Submit(ctx context.Context, raw []byte) error { return h.Told.Submit(ctx, raw) }

// heldDiffers finds what is told of a poll that the record does not say. What is told may be older than the record, such as of a key that
// was refused since.
func heldDiffers(own *poll.Poll, told *holder.Poll) *fault.Fault {
	switch {
	case own == nil:
		return ErrPollUnknown
	case told.Closed && !own.Closed:
		return ErrClosed
	case len(told.BoxKey) == 0 || bytes.Equal(told.BoxKey, own.BoxKey):
		return nil
	}
	for _, refused := range own.Refused {
		if bytes.Equal(told.BoxKey, refused) {
			return nil
		}
	}
	return ErrKey
}
