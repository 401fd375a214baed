package dispatch

import (
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// inTime refuses what is done for another community's need when its time here is over: what came of it is closed then, or about to be, and
// where it was asked for it may be somebody else's already.
func inTime(v *decider.View, cmd *decider.Command, a *Assignment) error {
	n, err := supply.FindNeed(v, a.Need)
	switch {
	case err != nil || n.Uptake == "":
		return err
	case cmd.Time >= n.Until:
		return ErrUptakeOver
	}
	v.Window(0, n.Until)
	return nil
}

// Conclude ends whatever still holds of a need: whoever is asked or serves is let go, and nothing of it waits any more, nor will.
func Conclude(v *decider.View, now int64, id string, n *supply.Need) []decider.Change {
	f, dropped := newFacts(v, now), n.Waiting
	for _, live := range n.Live {
		if a, err := find(v, live); err == nil {
			f.release(live, a, matchingv1.Cause_CAUSE_UPTAKE_OVER, 0, "")
			dropped += a.Quantity
		}
	}
	if n.State == supply.Open {
		f.say(supply.NeedPath(id), &matchingv1.NeedExpired{Quantity: dropped})
	}
	return f.changes
}
