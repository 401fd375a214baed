package decidertest

import (
	"bytes"
	"encoding/json"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
)

// Audited judges every commit of a record again, as an observer does from the record alone, and answers what it finds against this
// service's, what is owed and overdue at a time, and the state that it came to.
func (w *World) Audited(log []*chain.Commit, until int64) ([]decider.Finding, *decider.State) {
	w.Helper()
	a := decider.NewAuditor([]*decider.Model{w.model}, decider.AuditConfig{GraceMS: 1000})
	var found []decider.Finding
	ours := uint64(0)
	for i, c := range log {
		findings := a.Commit(uint64(i), w.Encode(c), c.Time)
		if c.Service == w.model.Service {
			found = append(found, findings...)
			ours++
		}
	}
	if got := a.Report().Judged; got != ours {
		w.Errorf("%d of this service's %d commits were judged", got, ours)
	}
	return append(found, a.Overdue(until)...), a.State(w.model.Service)
}

// Replay audits the record; then the states must be the same, byte for byte as clients are served them, and the same must be owed, from
// folding it again and from a snapshot.
func (w *World) Replay() {
	w.Helper()
	findings, again := w.Audited(w.Log, 0)
	if len(findings) > 0 {
		w.Errorf("findings: %+v", findings)
	}
	w.Same("folding again", again)
	var snapshot bytes.Buffer
	if err := w.State.WriteSnapshot(&snapshot, "test"); err != nil {
		w.Fatalf("write snapshot: %v", err)
	}
	restored, err := decider.LoadSnapshot(w.model, snapshot.Bytes(), "test")
	if err != nil {
		w.Fatalf("load snapshot: %v", err)
	}
	w.Same("a snapshot", restored)
	ours, err1 := w.State.Digest()
	theirs, err2 := restored.Digest()
	if ours != theirs || err1 != nil || err2 != nil {
		w.Errorf("the snapshot gives another state: %v, %v", err1, err2)
	}
}

// Same compares another state with the world's: what is shown, and what is owed.
func (w *World) Same(after string, other *decider.State) {
	w.Helper()
	if !slices.Equal(other.Aggregates(), w.State.Aggregates()) {
		w.Fatalf("other aggregates after %s", after)
	}
	for _, aggregate := range other.Aggregates() {
		if a, b := w.Shown(other, aggregate), w.Shown(w.State, aggregate); !bytes.Equal(a, b) {
			w.Errorf("%s after %s:\n%s\n%s", aggregate, after, a, b)
		}
	}
	if a, b := purposesOf(other), w.Purposes(); !slices.Equal(a, b) {
		w.Errorf("owed after %s: %v, want %v", after, a, b)
	}
}

// Shown is a state as clients are served it.
func (w *World) Shown(s *decider.State, aggregate string) []byte {
	w.Helper()
	state, _ := s.Raw(aggregate)
	raw, err := json.Marshal(state)
	if err != nil {
		w.Fatalf("encode %s: %v", aggregate, err)
	}
	return raw
}
