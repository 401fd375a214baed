package ledger

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
)

// AnswerHelped gives what helpers did under mandates here, as JSON: work reported, confirmed and declined, credits given, appeals. All of
// it stands; what came of false work is taken back by a clawback.
func AnswerHelped(s *decider.State, question []byte) ([]byte, error) {
	return standing.AnswerHelped(s, question, func(*decider.State, *standing.ShownAct) (operation string, replaceable bool) {
		return "", false
	})
}
