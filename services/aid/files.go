package aid

import (
	"encoding/json"

	"renlin.dev/pkg/decider"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
)

// OwnFile is a file for which a member speaks, by whomever it was opened.
type OwnFile struct {
	Beneficiary string `json:"beneficiary"`
	As          string `json:"as"` // person or proxy
}

// AnswerOwnFiles gives the files for which a member speaks, as JSON, ascending by id: not those that went into another one, and none whose
// words were erased.
func AnswerOwnFiles(s *decider.State, question []byte) ([]byte, error) {
	var q MineQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	out := []OwnFile{}
	for _, id := range spokenFor(s, q.Member) {
		file := decider.Peek[beneficiary.Beneficiary](s, beneficiary.Path(id))
		if file.MergedInto != "" || s.Version("subject/"+id) > 0 {
			continue
		}
		one := OwnFile{Beneficiary: id, As: "proxy"}
		if file.Member == q.Member {
			one.As = "person"
		}
		out = append(out, one)
	}
	return json.Marshal(out)
}

// AnswerCarried gives the orders that a member is to bring, or is asked to, as JSON.
func AnswerCarried(s *decider.State, question []byte) ([]byte, error) {
	return casework.AnswerCarried(s, question)
}
