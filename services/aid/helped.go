package aid

import (
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/aid/internal/casework"
)

// The questions of a member about what is theirs.
type (
	// MineQuestion asks for the cases that concern a member now.
	MineQuestion = casework.MineQuestion
	// Mine is one of them.
	Mine = casework.Mine
)

// AnswerMine gives a member's cases, as JSON.
func AnswerMine(s *decider.State, question []byte) ([]byte, error) {
	return casework.AnswerMine(s, question)
}

// AnswerBoard gives what organisations have to do about cases, and by when, as JSON.
func AnswerBoard(s *decider.State, question []byte) ([]byte, error) {
	return casework.AnswerBoard(s, question)
}

// AnswerHelped gives what helpers did under mandates here, as JSON: files opened, requests, what was acknowledged, appeals. A request that
// still runs the principal can withdraw, and correct what was said to have come.
func AnswerHelped(s *decider.State, question []byte) ([]byte, error) {
	return standing.AnswerHelped(s, question, func(s *decider.State, act *standing.ShownAct) (operation string, replaceable bool) {
		id, isCase := strings.CutPrefix(act.Path, "aid-case/")
		if !isCase {
			return "", false
		}
		c := decider.Peek[casework.Case](s, casework.Path(id))
		if c == nil || c.Ended() {
			return "", false
		}
		switch act.Event {
		case "renlin.aid.v1.AidRequested":
			return "aid.withdraw", false
		case "renlin.aid.v1.AidAcknowledged":
			return "aid.acknowledge", false
		}
		return "", false
	})
}
