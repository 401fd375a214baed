package decidertest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
)

// restarts is how often a record is folded from a snapshot, each of which takes as long as the state is large.
const restarts = 24

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
// folding it again, and folding it with restarts in between.
func (w *World) Replay() {
	w.Helper()
	findings, again := w.Audited(w.Log, 0)
	if len(findings) > 0 {
		w.Errorf("findings: %+v", findings)
	}
	w.Same("folding again", again)
	restarted := w.restart()
	w.Same("restarts", restarted)
	ours, err1 := w.State.Digest()
	theirs, err2 := restarted.Digest()
	if ours != theirs || err1 != nil || err2 != nil {
		w.Errorf("the state differs from what restarts give: %v, %v", err1, err2)
	}
}

func (w *World) restart() *decider.State {
	w.Helper()
	restarted, err := Restart(w.model, w.Log, w.Heads, restarts)
	if err != nil {
		w.Fatalf("restart: %v", err)
	}
	return restarted
}

// Restart folds a record, given with the head of the block of each commit, once straight on, and once where the state is written and read
// between commits, so many times or a few more: what a snapshot does not keep shows itself only in what is folded after it. Both must come
// to the same.
func Restart(m *decider.Model, commits []*chain.Commit, heads []*chain.Sealed, times int) (*decider.State, error) {
	straight, restarted := decider.NewState(m), decider.NewState(m)
	every := 1 + len(commits)/times
	for i, c := range commits {
		for _, s := range []*decider.State{straight, restarted} {
			if err := s.Apply(c, heads[i].Time); err != nil {
				return nil, fmt.Errorf("fold commit %d: %w", i, err)
			}
			s.SetHead(heads[i])
		}
		if i%every > 0 && i < len(commits)-1 || restarted.Rules() == 0 { // nothing is kept of a record that no rules have begun
			continue
		}
		var snapshot bytes.Buffer
		if err := restarted.WriteSnapshot(&snapshot, "test"); err != nil {
			return nil, err
		}
		var err error
		if restarted, err = decider.LoadSnapshot(m, snapshot.Bytes(), "test"); err != nil {
			return nil, err
		}
	}
	ours, err1 := straight.Digest()
	theirs, err2 := restarted.Digest()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if ours != theirs {
		return nil, errors.New("restarts give another state")
	}
	return restarted, nil
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
