package ledger_test

import (
	"bytes"
	"encoding/json"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/services/ledger"
)

// replay has an auditor judge every commit of the record again, from the record alone; then its state must be the same byte for byte, and
// so must one from a snapshot.
func (w *world) replay() {
	w.Helper()
	a := decider.NewAuditor([]*decider.Model{ledger.Model()}, decider.AuditConfig{GraceMS: 1000})
	for i, c := range w.log {
		for _, f := range a.Commit(uint64(i), w.encode(c), c.Time) {
			if c.Service == "ledger" {
				w.Errorf("finding: %+v", f)
			}
		}
	}
	w.same("judging again", a.State("ledger"))
	w.state.SetHead(&chain.Sealed{Header: chain.Header{First: uint64(len(w.log)) - 1, Count: 1}})
	var snapshot bytes.Buffer
	if err := w.state.WriteSnapshot(&snapshot, "test"); err != nil {
		w.Fatalf("write snapshot: %v", err)
	}
	restored, err := decider.LoadSnapshot(ledger.Model(), snapshot.Bytes(), "test")
	if err != nil {
		w.Fatalf("load snapshot: %v", err)
	}
	w.same("a snapshot", restored)
	ours, err1 := w.state.Digest()
	theirs, err2 := restored.Digest()
	if ours != theirs || err1 != nil || err2 != nil {
		w.Errorf("the snapshot gives another state: %v, %v", err1, err2)
	}
}

// same compares another state with the world's: what is shown, and what is owed.
func (w *world) same(after string, other *decider.State) {
	w.Helper()
	if !slices.Equal(other.Aggregates(), w.state.Aggregates()) {
		w.Fatalf("other aggregates after %s", after)
	}
	for _, aggregate := range other.Aggregates() {
		if a, b := w.shown(other, aggregate), w.shown(w.state, aggregate); !bytes.Equal(a, b) {
			w.Errorf("%s after %s:\n%s\n%s", aggregate, after, a, b)
		}
	}
	if a, b := (&world{tb: w.tb, state: other}).purposes(), w.purposes(); !slices.Equal(a, b) {
		w.Errorf("owed after %s: %v, want %v", after, a, b)
	}
}

func (w *world) shown(s *decider.State, aggregate string) []byte {
	w.Helper()
	state, _ := s.Raw(aggregate)
	raw, err := json.Marshal(state)
	if err != nil {
		w.Fatalf("encode %s: %v", aggregate, err)
	}
	return raw
}
