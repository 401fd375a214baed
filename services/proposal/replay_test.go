package proposal_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal"
)

type proposalMessage = proto.Message

// audited judges every commit of the record again, as an observer does from the record alone, and answers what it finds against this
// service's, and what is owed and overdue at a time.
func (w *world) audited(log []*chain.Commit, until int64) ([]decider.Finding, *decider.State) {
	w.Helper()
	a := decider.NewAuditor([]*decider.Model{proposal.Model()}, decider.AuditConfig{GraceMS: 1000})
	var found []decider.Finding
	ours := uint64(0)
	for i, c := range log {
		findings := a.Commit(uint64(i), w.encode(c), c.Time)
		if c.Service == "proposal" {
			found = append(found, findings...)
			ours++
		}
	}
	if got := a.Report().Judged; got != ours {
		w.Errorf("%d of this service's %d commits were judged", got, ours)
	}
	return append(found, a.Overdue(until)...), a.State("proposal")
}

// replay audits the record; then the states must be the same, and the same must be owed, from folding it again and from a snapshot.
func (w *world) replay() {
	w.Helper()
	findings, again := w.audited(w.log, 0)
	if len(findings) > 0 {
		w.Errorf("findings: %+v", findings)
	}
	w.same("folding again", again)
	w.state.SetHead(&chain.Sealed{Header: chain.Header{First: uint64(len(w.log)) - 1, Count: 1}})
	var snapshot bytes.Buffer
	if err := w.state.WriteSnapshot(&snapshot, "test"); err != nil {
		w.Fatalf("write snapshot: %v", err)
	}
	restored, err := decider.LoadSnapshot(proposal.Model(), snapshot.Bytes(), "test")
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

// busy is a record in which much happened, up to a motion that was carried out.
func busy(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	kept := w.post("eve", "naming")
	m := w.do("merge", "eve", "proposal.propose_merge", mergeOf(kept, w.post("fay", "naming")))
	w.consent("fay", m)
	w.settle()
	w.do("merge", "conn", "proposal.propose_merge", mergeOf(kept, w.post("dan", "naming")))
	w.judge(w.appealed(), votingv1.Result_RESULT_REJECTED)
	w.settle()
	gone := w.post("dan", "greening")
	w.do("topic", "dan", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: gone})
	d, s := said(w)
	w.do("reaction", "bob", "proposal.react", &proposalv1.React{Deliberation: d, Statement: s, Attitude: agree})
	m = w.do("motion", "conn", "proposal.close", closing(d, "greening"))
	w.certify(m, true)
	w.settle()
	w.do("motion", "gus", "proposal.veto", vetoOn(m))
	w.now += executes
	w.settle()
	w.now += week
	w.settle()
	w.do("motion", "olga", "proposal.report", reportOn(m, succeeded))
	w.now += expires
	w.settle()
	return w
}

// TestReExecution: whoever has the record comes to the same.
func TestReExecution(t *testing.T) {
	t.Parallel()
	busy(t).replay()
}

// TestReExecutionFindsForgery: a changed fact is found, whoever signed whatever.
func TestReExecutionFindsForgery(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(m proto.Message) bool{
		"end of a deliberation": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.DeliberationConvened)
			if ok {
				b.ClosesAt -= 1000
			}
			return ok
		},
		"number of those who were told": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.NoticeGiven)
			if ok {
				b.Recipients++
			}
			return ok
		},
		"reaction": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.ReactionGiven)
			if ok {
				b.Attitude = proposalv1.Attitude_ATTITUDE_DISAGREE
			}
			return ok
		},
		"rules of a motion": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.MotionPut)
			if ok {
				b.Rules.VetoSeconds = 0
			}
			return ok
		},
		"time of an execution": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.MotionVetoed)
			if ok {
				b.ExecutesAt--
			}
			return ok
		},
		"appeal that is left out": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.MotionVetoed)
			if ok {
				b.Appeal = nil
			}
			return ok
		},
		"time of an execution after an appeal": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.VetoOverturned)
			if ok {
				b.ExecutesAt++
			}
			return ok
		},
		"author who is not asked": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.MergeProposed)
			if ok {
				b.Authors = b.Authors[:1]
			}
			return ok
		},
		"topic that gets others' support": func(m proto.Message) bool {
			b, ok := m.(*proposalv1.TopicMerged)
			if ok {
				b.Into = id("another")
			}
			return ok
		},
	} {
		w := busy(t)
		if !forgeFirst(w, forge) {
			t.Fatalf("%s: there was nothing to forge", name)
		}
		if findings, _ := w.audited(w.log, 0); len(findings) == 0 {
			t.Errorf("a forged %s is not found", name)
		}
	}
}

func forgeFirst(w *world, forge func(proto.Message) bool) bool {
	for _, c := range w.log {
		for i := range c.Changes {
			for k := range c.Changes[i].Events {
				e := &c.Changes[i].Events[k]
				m, err := decider.DecodeEvent(*e)
				if err != nil {
					w.Fatalf("decode: %v", err)
				}
				if !forge(m) {
					continue
				}
				if e.Body, err = (proto.MarshalOptions{Deterministic: true}).Marshal(m); err != nil {
					w.Fatalf("encode: %v", err)
				}
				return true
			}
		}
	}
	return false
}

// TestReExecutionFindsOmission: whatever a rule demands and nobody did is found, for every rule of this service.
func TestReExecutionFindsOmission(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		"proposal.convene", "proposal.resolve", "proposal.execute", "proposal.overdue", "proposal.expire", "proposal.resolve_appeal",
		"proposal.merge", "proposal.expire_merge",
	} {
		w := busy(t)
		until := w.now + 1_000_000
		cut := slices.IndexFunc(w.log, func(c *chain.Commit) bool {
			signed, err := chain.DecodeSigned(c.Command)
			return err == nil && signed.Operation == operation
		})
		if cut < 0 {
			t.Fatalf("%s never happened", operation)
		}
		findings, _ := w.audited(w.log[:cut], until)
		if !slices.ContainsFunc(findings, func(f decider.Finding) bool { return f.Why == "policy.omitted" && f.More == operation }) {
			t.Errorf("%s held back: %v", operation, findings)
		}
	}
}
