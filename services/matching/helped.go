package matching

import (
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/matching/internal/supply"
)

// AnswerHelped gives what helpers did under mandates here, as JSON: needs raised and withdrawn, help confirmed. A need that is still open
// the principal can withdraw; what was confirmed stands.
func AnswerHelped(s *decider.State, question []byte) ([]byte, error) {
	return standing.AnswerHelped(s, question, func(s *decider.State, act *standing.ShownAct) (operation string, replaceable bool) {
		if id, is := strings.CutPrefix(act.Path, "need/"); is {
			if n := decider.Peek[supply.Need](s, supply.NeedPath(id)); n != nil && n.State == supply.Open {
				return "matching.withdraw_need", true
			}
			return "", true
		}
		return "", false
	})
}
