package voting

import (
	"encoding/json"

	"renlin.dev/pkg/decider"
	"renlin.dev/services/voting/internal/poll"
)

// AnswerTaking gives how many take part in a poll, as JSON; the question is its id.
func AnswerTaking(s *decider.State, id []byte) ([]byte, error) {
	return json.Marshal(poll.TakingPart(s, string(id)))
}
