package proposal_test

import (
	"bytes"
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/services/proposal"
)

type proposalMessage = proto.Message

// replay judges every commit of this service again from the record alone, as an observer does, and compares the bytes; in the end the
// states must be the same and the same must be owed.
func (w *world) replay() {
	w.Helper()
	again := decider.NewState(proposal.Model())
	for _, c := range w.log {
		if c.Service == "proposal" {
			signed, err := chain.DecodeSigned(c.Command)
			if err != nil {
				w.Fatalf("decode command: %v", err)
			}
			v := again.Judge(&decider.Input{
				Raw: c.Command, Signed: signed, ID: c.ID, Time: c.Time, Salt: c.Salt, Policy: c.Author == chain.AuthorPolicy,
			})
			if v.Err != nil {
				w.Fatalf("%s is refused when it is judged again: %v", signed.Operation, v.Err)
			}
			if !bytes.Equal(w.encode(v.Commit), w.encode(c)) {
				w.Fatalf("%s comes out differently when it is judged again", signed.Operation)
			}
		}
		if err := again.Apply(c, c.Time); err != nil {
			w.Fatalf("fold again: %v", err)
		}
	}
	if !slices.Equal(again.Aggregates(), w.state.Aggregates()) {
		w.Fatalf("other aggregates after folding again")
	}
	for _, aggregate := range again.Aggregates() {
		if a, b := w.shown(again, aggregate), w.shown(w.state, aggregate); !bytes.Equal(a, b) {
			w.Errorf("%s after folding again:\n%s\n%s", aggregate, a, b)
		}
	}
	other := &world{tb: w.tb, state: again}
	if !slices.Equal(other.purposes(), w.purposes()) {
		w.Errorf("owed after folding again: %v, want %v", other.purposes(), w.purposes())
	}
}

// shown is a state as clients are served it.
func (w *world) shown(s *decider.State, aggregate string) []byte {
	w.Helper()
	state, _ := s.Raw(aggregate)
	raw, err := json.Marshal(state)
	if err != nil {
		w.Fatalf("encode %s: %v", aggregate, err)
	}
	return raw
}
