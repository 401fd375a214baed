package host

import "renlin.dev/pkg/decider"

// Bounds of what is kept of one sort of question in one community. Of answers that are larger nothing is kept.
const (
	keptMax      = 64
	keptBytesMax = 1 << 20
)

// kept are the answers that were given since the last commit, by question. It belongs to the goroutine that owns the state.
type kept struct {
	position uint64
	answers  map[string][]byte
	bytes    int
}

// keeping answers a question anew only when a commit has come since it was answered last.
func keeping(fn Look) Look {
	k := &kept{}
	return func(state *decider.State, question []byte) ([]byte, error) {
		if k.answers == nil || k.position != state.Position() {
			*k = kept{position: state.Position(), answers: map[string][]byte{}}
		}
		if answer, ok := k.answers[string(question)]; ok {
			return answer, nil
		}
		answer, err := fn(state, question)
		size := len(question) + len(answer)
		if err == nil && len(k.answers) < keptMax && k.bytes+size <= keptBytesMax {
			k.answers[string(question)] = answer
			k.bytes += size
		}
		return answer, err
	}
}
