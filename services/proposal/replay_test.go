package proposal_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// busy is a record in which much happened, up to a motion that was carried out.
func busy(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	kept := w.post("eve", "naming")
	m := w.Do("merge", "eve", "proposal.propose_merge", mergeOf(kept, w.post("fay", "naming")))
	w.consent("fay", m)
	w.Settle()
	w.Do("merge", "conn", "proposal.propose_merge", mergeOf(kept, w.post("dan", "naming")))
	w.judge(w.appealed(), votingv1.Result_RESULT_REJECTED)
	w.Settle()
	gone := w.post("dan", "greening")
	w.Do("topic", "dan", "proposal.withdraw", &proposalv1.WithdrawTopic{Topic: gone})
	d, s := said(w)
	w.Do("reaction", "bob", "proposal.react", &proposalv1.React{Deliberation: d, Statement: s, Attitude: agree})
	m = w.Do("motion", "conn", "proposal.close", closing(d, "greening"))
	w.certify(m, true)
	w.Settle()
	w.Do("motion", "gus", "proposal.veto", vetoOn(m))
	w.Now += executes
	w.Settle()
	w.Now += week
	w.Settle()
	w.Do("motion", "olga", "proposal.report", reportOn(m, succeeded))
	w.Now += expires
	w.Settle()
	return w
}

// TestReExecution: whoever has the record comes to the same.
func TestReExecution(t *testing.T) {
	t.Parallel()
	busy(t).Replay()
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
		if findings, _ := w.Audited(w.Log, 0); len(findings) == 0 {
			t.Errorf("a forged %s is not found", name)
		}
	}
}

func forgeFirst(w *world, forge func(proto.Message) bool) bool {
	for _, c := range w.Log {
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
		until := w.Now + 1_000_000
		cut := slices.IndexFunc(w.Log, func(c *chain.Commit) bool {
			signed, err := chain.DecodeSigned(c.Command)
			return err == nil && signed.Operation == operation
		})
		if cut < 0 {
			t.Fatalf("%s never happened", operation)
		}
		findings, _ := w.Audited(w.Log[:cut], until)
		if !slices.ContainsFunc(findings, func(f decider.Finding) bool { return f.Why == "policy.omitted" && f.More == operation }) {
			t.Errorf("%s held back: %v", operation, findings)
		}
	}
}
