package matching

import (
	"encoding/json"
	"strconv"

	"renlin.dev/pkg/decider"
)

// Begin takes from the state, in copies, what the answer to a question is made of, and says how much that is; finish works the answer out,
// as JSON, beside the state.
type Begin func(s *decider.State, question []byte) (things int, finish func() ([]byte, error), err error)

// answer works an answer out where it was begun.
func (begin Begin) answer(s *decider.State, question []byte) ([]byte, error) {
	_, finish, err := begin(s, question)
	if err != nil {
		return nil, err
	}
	return finish()
}

// asked is what questions have in common.
type asked struct {
	ProposalQuestion
	BoardQuestion
	Least uint64 `json:"least"` // the position that the answer must have seen
}

// SameProposal says that all who ask for a proposal ask the same: when it is, is the answer's matter.
func SameProposal(question []byte) (key string, least uint64, err error) {
	var q asked
	err = json.Unmarshal(question, &q)
	return "", q.Least, err
}

// SameReport tells questions apart by their time and by how much is to be shown.
func SameReport(question []byte) (key string, least uint64, err error) {
	var q asked
	err = json.Unmarshal(question, &q)
	return strconv.FormatInt(q.Now, 10) + " " + strconv.Itoa(q.Limit), q.Least, err
}
