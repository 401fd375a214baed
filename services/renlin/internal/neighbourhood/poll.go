package neighbourhood

import (
	"context"
	"errors"

	"renlin.dev/pkg/client"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// PollState is what a client reads of a poll's record.
type PollState struct {
	Matter          string          `json:"matter"`
	Motion          string          `json:"motion"`
	BoxKey          []byte          `json:"box_key"`
	Roll            *votingv1.Roll  `json:"roll"`
	OpenedAt        int64           `json:"opened_at"`
	ClosesAt        int64           `json:"closes_at"`
	Closed          bool            `json:"closed"`
	Tally           *votingv1.Tally `json:"tally"`
	ObjectionsUntil int64           `json:"objections_until"`
	Certified       bool            `json:"certified"`
	Adopted         bool            `json:"adopted"`
}

var errNotYet = errors.New("not yet")

// AwaitPoll reads a poll until it has come so far.
func (n *Neighbourhood) AwaitPoll(
	ctx context.Context, d *client.Device, poll, what string, ready func(*PollState) bool,
) (*PollState, error) {
	state := &PollState{}
	err := Eventually(ctx, "poll "+what, func() error {
		*state = PollState{}
		if _, err := d.Record(ctx, "poll/"+poll, 0, state); err != nil {
			return err
		}
		if !ready(state) {
			return errNotYet
		}
		return nil
	})
	return state, err
}

// Certificate waits for a poll's certificate.
func (n *Neighbourhood) Certificate(ctx context.Context, poll string) (*PollState, error) {
	return n.AwaitPoll(ctx, n.First.Device, poll, "certified", func(p *PollState) bool { return p.Certified })
}
