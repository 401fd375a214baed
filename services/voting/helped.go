package voting

import (
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/voting/internal/poll"
)

// AnswerHelped gives what helpers did under mandates here, as JSON: ballots, that they were cast and when, registrations for secret polls,
// objections, and notices that were acknowledged. Against a ballot the voter can vote themselves, as long as the poll takes ballots, and
// against a registration register themselves.
func AnswerHelped(s *decider.State, question []byte) ([]byte, error) {
	return standing.AnswerHelped(s, question, func(s *decider.State, act *standing.ShownAct) (operation string, replaceable bool) {
		id, ok := strings.CutPrefix(act.Path, poll.Path(""))
		id, below, _ := strings.Cut(id, "/")
		p := decider.Peek[poll.Poll](s, poll.Path(id))
		switch {
		case ok && strings.HasPrefix(below, "registration/"):
			if p != nil && p.Secret != nil && !p.Secret.Ended && p.Lapsed == "" {
				return "voting.register", true
			}
			return "", true
		case !ok || !strings.HasPrefix(below, "ballot/"):
			return "", false
		}
		if p != nil && p.Roll != nil && !p.Closed {
			return "voting.cast", true
		}
		return "", true
	})
}
