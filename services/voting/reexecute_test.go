package voting_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
)

// audited runs the auditor over a world's commits and answers what it has against this service's.
func audited(t *testing.T, commits []*chain.Commit, until int64) (findings []decider.Finding, judged uint64) {
	t.Helper()
	a := decider.NewAuditor([]*decider.Model{voting.Model()}, decider.AuditConfig{})
	for i, c := range commits {
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Commit(uint64(i), raw, c.Time) {
			if c.Service == voting.Name {
				findings = append(findings, f)
			}
		}
	}
	findings = append(findings, a.Overdue(until)...)
	return findings, a.Report().Judged
}

// busyWorld is a certified poll in which much happened.
func busyWorld(t *testing.T) *world {
	t.Helper()
	w, _ := played(t, 4, []act{
		{"voter 0", 0, false}, {"voter 1", 1, true}, {"voter 0", 1, false}, {"voter 2", 3, false}, {"voter 1", 0, false}, {"voter 3", 2, false},
	})
	w.wait(100_000)
	return w
}

// Whoever has the record can judge every commit of this service again, and comes to the same; nothing that is owed is left undone.
func TestReExecution(t *testing.T) {
	t.Parallel()
	w := busyWorld(t)
	ours := uint64(0)
	for _, c := range w.commits {
		if c.Service == voting.Name {
			ours++
		}
	}
	findings, judged := audited(t, w.commits, w.now+1_000_000)
	if len(findings) != 0 || judged != ours || ours < 12 {
		t.Errorf("%d of %d commits judged, findings %v", judged, ours, findings)
	}
}

// A forged count, roll or ballot is found, and so is a certificate that was held back.
func TestReExecutionFindsForgery(t *testing.T) {
	t.Parallel()
	forge := map[string]func(m proto.Message) bool{
		"count": func(m proto.Message) bool {
			b, ok := m.(*votingv1.TallyRecorded)
			if ok {
				b.Tally.Totals[0].Heads++
			}
			return ok
		},
		"roll": func(m proto.Message) bool {
			b, ok := m.(*votingv1.PollOpened)
			if ok {
				b.Roll.Heads++
			}
			return ok
		},
		"mark of a ballot": func(m proto.Message) bool {
			b, ok := m.(*votingv1.BallotCast)
			if ok {
				b.InPerson = !b.InPerson
			}
			return ok
		},
	}
	for name, f := range forge {
		w := busyWorld(t)
		if n := forgeFirst(t, w.commits, f); n != 1 {
			t.Fatalf("%s: %d events forged", name, n)
		}
		if findings, _ := audited(t, w.commits, w.now); len(findings) == 0 {
			t.Errorf("a forged %s is not found", name)
		}
	}
	w := busyWorld(t)
	var kept []*chain.Commit
	for _, c := range w.commits {
		if signed, err := chain.DecodeSigned(c.Command); err != nil {
			t.Fatal(err)
		} else if signed.Operation == "voting.certify" {
			break
		}
		kept = append(kept, c)
	}
	findings, _ := audited(t, kept, w.now+1_000_000)
	if len(findings) == 0 || findings[0].Why != "policy.omitted" || findings[0].More != "voting.certify" {
		t.Errorf("a certificate held back: %v", findings)
	}
}

func forgeFirst(t *testing.T, commits []*chain.Commit, forge func(proto.Message) bool) int {
	t.Helper()
	for _, c := range commits {
		for i := range c.Changes {
			for k := range c.Changes[i].Events {
				e := &c.Changes[i].Events[k]
				m, err := decider.DecodeEvent(*e)
				if err != nil {
					t.Fatal(err)
				}
				if !forge(m) {
					continue
				}
				if e.Body, err = (proto.MarshalOptions{Deterministic: true}).Marshal(m); err != nil {
					t.Fatal(err)
				}
				return 1
			}
		}
	}
	return 0
}

// A service that is started from a snapshot in the middle of a poll counts it as the one that ran on.
func TestSnapshotMidPoll(t *testing.T) {
	t.Parallel()
	w, p := opened(t, "ann", "bob", "cyn")
	w.must(w.vote(p, "ann", yes))
	w.must(w.vote(p, "bob", no, officer))
	w.must(w.vote(p, "ann", no))
	head := func() *chain.Sealed {
		return &chain.Sealed{Header: chain.Header{First: uint64(len(w.commits)) - 1, Count: 1}}
	}
	w.state.SetHead(head())
	var snapshot bytes.Buffer
	if err := w.state.WriteSnapshot(&snapshot, "test"); err != nil {
		t.Fatal(err)
	}
	restored, err := decider.LoadSnapshot(voting.Model(), snapshot.Bytes(), "test")
	if err != nil {
		t.Fatal(err)
	}
	at := len(w.commits)
	first := w.count(p)
	for _, c := range w.commits[at:] {
		if err := restored.Apply(c, c.Time); err != nil {
			t.Fatal(err)
		}
	}
	ran := w.state
	w.state = restored
	if diff := cmp.Diff(first, w.poll(p).Tally, protocmp.Transform()); diff != "" {
		t.Errorf("the restored service counted otherwise:\n%s", diff)
	}
	if len(restored.OwedNow(w.now+1_000_000)) != len(ran.OwedNow(w.now+1_000_000)) {
		t.Error("the restored service owes something else")
	}
	digests := [2]chain.Hash{}
	for i, s := range []*decider.State{ran, restored} {
		s.SetHead(head())
		if digests[i], err = s.Digest(); err != nil {
			t.Fatal(err)
		}
	}
	if digests[0] != digests[1] {
		t.Error("the two states differ")
	}
	if w.poll(p).Rules.GetElectorate() != communityv1.Electorate_ELECTORATE_OWNERS {
		t.Error("the rules were lost")
	}
}
