package proposal

import (
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/topic"
)

// AnswerHelped gives what helpers did under mandates here, as JSON: topics raised, seconded and withdrawn, statements, reactions. An open
// topic the principal can withdraw, and a reaction they can give themselves while the deliberation runs.
func AnswerHelped(s *decider.State, question []byte) ([]byte, error) {
	return standing.AnswerHelped(s, question, func(s *decider.State, act *standing.ShownAct) (operation string, replaceable bool) {
		kind, rest, _ := strings.Cut(act.Path, "/")
		id, below, _ := strings.Cut(rest, "/")
		switch {
		case kind == "topic" && below == "":
			if t := decider.Peek[topic.Topic](s, topic.Path(id)); t != nil && t.State == topic.Open {
				return "proposal.withdraw", true
			}
			return "", true
		case kind == "deliberation" && strings.Contains(below, "/reaction/"):
			if d := decider.Peek[deliberation.Deliberation](s, deliberation.Path(id)); d != nil && d.State == deliberation.Open {
				return "proposal.react", true
			}
			return "", true
		}
		return "", false
	})
}
