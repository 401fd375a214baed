// Package voting is the voting service: from the call of a poll to its certificate.
//
// In plain words: the rules stand in internal/poll and internal/tally, and are pure. This package says which operations there are, to
// whom they are open, and what an event must trigger; Model puts it together, for the daemon, the pilot and every observer alike. The
// key holders' keystore is package holder; it sees the polls through Polls and speaks to the service like everybody else, by signed
// commands. What a voter seals is package ballot, which any client may use.
package voting

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting/holder"
	"renlin.dev/services/voting/internal/poll"
)

// Name is the service's name: in commits, subjects and operations.
const Name = "voting"

// Model gives the rules of the voting service.
func Model() *decider.Model {
	return decider.NewModel(Name, []uint32{1}, slices.Concat([]decider.Part{
		decider.Guarded(standing.Guard),
		standing.Kinds(false),
		standing.UnitKind(false),
		poll.MotionKind(),
		poll.Kinds(),
		poll.BookPart(),
	}, commands(), demanded(), policies())...)
}

// Polls lists the polls whose key still needs a holder's hand, ascending by id, for the keystores. It reads the state, so it must
// run where the state's owner runs.
func Polls(s *decider.State) []holder.Poll {
	var out []holder.Poll
	for _, id := range s.Members("poll") {
		p := decider.Peek[poll.Poll](s, poll.Path(id))
		if p == nil || p.Published() || p.Lapsed != "" {
			continue
		}
		out = append(out, holder.Poll{
			ID: id, BoxKey: p.BoxKey, Wrapped: p.Wrapped, OfferedBy: p.OfferedBy, HeldBy: p.HeldBy, Refused: p.Refused,
			Closed: p.Closed,
		})
	}
	return out
}

// Holders gives the community's two key holders, in the order of the founding.
func Holders(s *decider.State) []*communityv1.Holder {
	if c := decider.Peek[standing.Community](s, standing.CommunityPath); c != nil {
		return c.Holders
	}
	return nil
}
