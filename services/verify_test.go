package services_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/community"
)

// examine checks a pack with every service's rules.
func examine(tb testing.TB, p *forge.Pack) *verify.Report {
	tb.Helper()
	return verify.Run(tb.Context(), p.Bundle(), verify.Options{Judge: verify.NewJudge(models()...)})
}

// event encodes a fact.
func event(tb testing.TB, m proto.Message) chain.Event {
	tb.Helper()
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		tb.Fatal(err)
	}
	return chain.Event{Type: string(m.ProtoReflect().Descriptor().FullName()), Body: body}
}

// rewrite replaces the events of one type on one commit's aggregates.
func rewrite[E proto.Message](tb testing.TB, c *chain.Commit, change func(E)) {
	tb.Helper()
	found := false
	for i := range c.Changes {
		for j, e := range c.Changes[i].Events {
			m, err := decider.DecodeEvent(e)
			if err != nil {
				tb.Fatal(err)
			}
			if typed, ok := m.(E); ok {
				change(typed)
				c.Changes[i].Events[j] = event(tb, typed)
				found = true
			}
		}
	}
	if !found {
		tb.Fatalf("the commit has no such event")
	}
}

// realForgeries lie about what the services decided, with every version, index, link, root, signature of a block, checkpoint and
// cosignature made good again. The first finding must name the commit and the check.
var realForgeries = []struct {
	name  string
	check verify.Check
	more  string
	// forge lies, and answers the index of the commit that must be named first.
	forge func(tb testing.TB, r *forge.Record) uint64
}{
	{"a tally with one vote more", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.record_tally")
		r.Edit(at, func(c *chain.Commit) {
			rewrite(tb, c, func(e *votingv1.TallyRecorded) { e.Tally.Totals[0].Heads++ })
		})
		return at
	}},
	{"a helper's ballot told as the voter's own", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.record_tally")
		r.Edit(at, func(c *chain.Commit) {
			rewrite(tb, c, func(e *votingv1.TallyRecorded) {
				e.Tally.CastBy.Device.Ballots++
				e.Tally.CastBy.Helper.Ballots--
			})
		})
		return at
	}},
	{"a certificate that is silent on helpers", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.certify")
		r.Edit(at, func(c *chain.Commit) {
			rewrite(tb, c, func(e *votingv1.CertificateIssued) { e.Tally.CastBy = nil })
		})
		return at
	}},
	{"a helper left out", "decision.differs", "through", func(_ testing.TB, r *forge.Record) uint64 {
		at := lastVote(r)
		r.Edit(at, func(c *chain.Commit) { c.Through = "" })
		return at
	}},
	{"a ballot under a mandate that nobody granted", "decision.refused", "mandate.unknown", func(_ testing.TB, r *forge.Record) uint64 {
		at := lastVote(r)
		r.EditCommand(at, func(s *chain.Signed) {
			var b votingv1.CastBallot
			if err := protojson.Unmarshal(s.Body, &b); err == nil {
				s.Body = bytes.ReplaceAll(s.Body, []byte(b.GetMandate()), []byte(forge.ID("another")))
			}
		}, forge.Key("ida"))
		return at
	}},
	{"a tally that turns the result", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.record_tally")
		r.Edit(at, func(c *chain.Commit) {
			rewrite(tb, c, func(e *votingv1.TallyRecorded) { e.Tally.Result = votingv1.Result_RESULT_NO_QUORUM })
		})
		return at
	}},
	{"a certificate that was not earned", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.certify")
		r.Edit(at, func(c *chain.Commit) {
			rewrite(tb, c, func(e *votingv1.CertificateIssued) { e.Adopted = !e.Adopted })
		})
		return at
	}},
	{"another roll", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.open")
		r.Edit(at, func(c *chain.Commit) { rewrite(tb, c, func(e *votingv1.PollOpened) { e.Roll.Voters-- }) })
		return at
	}},
	{"a ballot dropped", "policy.differs", "", func(tb testing.TB, r *forge.Record) uint64 {
		at := first(r, "voting.cast")
		r.Drop(at)
		return 0
	}},
	{"a second dropped", "policy.not_owed", "", func(_ testing.TB, r *forge.Record) uint64 {
		r.Drop(first(r, "proposal.second"))
		return 0
	}},
	{"a reaction of the rules dropped", "policy.omitted", "proposal.execute", func(_ testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.execute")
		cause := r.Commit(at).Cause
		r.Drop(at)
		return cause - 1
	}},
	{"a veto without the appeal that its rules give", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.veto")
		r.Edit(at, func(c *chain.Commit) { rewrite(tb, c, func(e *proposalv1.MotionVetoed) { e.Appeal = nil }) })
		return at
	}},
	{"an appeal that brings the motion into force later", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.resolve_appeal")
		r.Edit(at, func(c *chain.Commit) { rewrite(tb, c, func(e *proposalv1.VetoOverturned) { e.ExecutesAt++ }) })
		return at
	}},
	{"an appeal's outcome dropped", "policy.omitted", "proposal.resolve_appeal", func(_ testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.resolve_appeal")
		cause := r.Commit(at).Cause
		r.Drop(at)
		return cause - 1
	}},
	{"a merge dropped", "policy.omitted", "proposal.merge", func(_ testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.merge")
		cause := r.Commit(at).Cause
		r.Drop(at)
		return cause - 1
	}},
	{"topics merged into another than was agreed", "decision.differs", "events", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.merge")
		r.Edit(at, func(c *chain.Commit) {
			rewrite(tb, c, func(e *proposalv1.TopicMerged) { e.Into = forge.ID("another") })
		})
		return at
	}},
	{"a deliberation nobody had demanded", "policy.not_owed", "", func(tb testing.TB, r *forge.Record) uint64 {
		c := r.Commit(r.Find("proposal.convene"))
		s := r.Signed(c)
		s.IdempotencyKey = "convene/parks/1"
		c.Time, c.Cause = r.Last(), 1
		r.Sign(c, s)
		for i := range c.Changes {
			if kind := chain.KindOf(c.Changes[i].Aggregate); kind == "deliberation" {
				c.Changes[i].Aggregate = "deliberation/" + c.ID.NewAggregate()
			}
		}
		sortChanges(c)
		r.Append(0, c)
		r.Renumber()
		return r.Size() - 1
	}},
	{"another cause", "decision.differs", "cause", func(_ testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.close")
		r.Edit(at, func(c *chain.Commit) { c.Cause-- })
		return at
	}},
	{"a hosted ballot for a device's", "decision.differs", "author", func(tb testing.TB, r *forge.Record) uint64 {
		for i := range r.Size() {
			if c := r.Commit(i); c.Author == chain.AuthorHosted && r.Signed(c).Operation == "voting.cast" {
				r.Edit(i, func(c *chain.Commit) { c.Author = chain.AuthorDevice })
				return i
			}
		}
		tb.Fatalf("nobody voted by a hosted key")
		return 0
	}},
	{"another member's name", "decision.differs", "actor", func(_ testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.post")
		r.Edit(at, func(c *chain.Commit) { c.Actor = forge.ID("fay") })
		return at
	}},
	{"a read left out", "decision.differs", "reads", func(_ testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.react")
		r.Edit(at, func(c *chain.Commit) { c.Reads = c.Reads[:len(c.Reads)-1] })
		return at
	}},
	{"a window left open", "decision.differs", "window", func(_ testing.TB, r *forge.Record) uint64 {
		at := r.Find("voting.cast")
		r.Edit(at, func(c *chain.Commit) { c.WindowUntil = 0 })
		return at
	}},
	{"a fact put in", "decision.differs", "changes", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find(community.OpAdmitMember)
		r.Edit(at, func(c *chain.Commit) {
			c.Changes[0].Events = append(c.Changes[0].Events, event(tb, &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER}))
		})
		return at
	}},
	{"a rule that lapsed without a reason", "decision.differs", "", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.execute")
		r.Edit(at, func(c *chain.Commit) {
			c.Changes = []chain.Change{{
				Aggregate: "proposal-lapse/" + chain.ShortID(c.ID[:]), Version: 1,
				Events: []chain.Event{event(tb, &chainv1.Lapsed{Purpose: r.Signed(c).IdempotencyKey, Reason: "motion.closed"})},
			}}
		})
		r.Renumber()
		return at
	}},
	{"another text under a member's signature", verify.CheckAuthor, "", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find("proposal.post")
		r.EditCommand(at, func(s *chain.Signed) { s.Body = bytes.Replace(s.Body, []byte(`"works"`), []byte(`"parks"`), 1) })
		r.Edit(at, func(c *chain.Commit) { rewrite(tb, c, func(e *proposalv1.TopicPosted) { e.Matter = "parks" }) })
		return at
	}},
	{"an operator's own officer", "decision.refused", "", func(tb testing.TB, r *forge.Record) uint64 {
		at := r.Find(community.OpAdmitMember)
		r.EditCommand(at, func(*chain.Signed) {}, forge.Key("the operator"))
		return at
	}},
}

// first finds the oldest commit of an operation.
func first(r *forge.Record, operation string) uint64 {
	for i := range r.Size() {
		if r.Signed(r.Commit(i)).Operation == operation {
			return i
		}
	}
	return r.Find(operation) // says that there is none
}

func sortChanges(c *chain.Commit) {
	slices.SortFunc(c.Changes, func(a, b chain.Change) int { return strings.Compare(a.Aggregate, b.Aggregate) })
}

// TestVerifyStory: the true record of a whole loop is good, decision by decision, by every kind of author.
func TestVerifyStory(t *testing.T) {
	t.Parallel()
	r := story(t).Record
	for _, operation := range slices.Concat(storyOperations, laterOperations) {
		r.Find(operation)
	}
	by := authorsOf(r)
	if by[chain.AuthorGenesis] != 1 || by[chain.AuthorHosted] < 2 ||
		by[chain.AuthorPolicy] < len(storyOperations) || by[chain.AuthorDevice] < 20 {
		t.Errorf("authors are %v in\n%s", by, describe(r))
	}
	report := examine(t, forge.NewPack(r))
	if !report.OK || report.Unjudged != 0 || report.Commits != r.Size() || report.Anchored != r.Size() {
		t.Fatalf("it is not good: %+v", report)
	}
}

// TestVerifyFindsForgeries: each lie about what the services decided is found, by the check that it is for, at the commit where it is.
func TestVerifyFindsForgeries(t *testing.T) {
	t.Parallel()
	r := story(t).Record
	for _, f := range realForgeries {
		t.Run(strings.ReplaceAll(f.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			bad := r.In(t)
			at := f.forge(t, bad)
			report := examine(t, forge.NewPack(bad))
			if report.OK || len(report.Findings) == 0 {
				t.Fatalf("it was not found: %+v", report)
			}
			if at == 0 { // what was taken out is not there; what rested on it is found
				if !slices.ContainsFunc(report.Findings, func(x verify.Finding) bool { return x.Check == f.check }) {
					t.Errorf("found otherwise: %+v, want %s", report.Findings, f.check)
				}
				return
			}
			x := report.Findings[0]
			if x.Index != at || x.Check != f.check || !strings.Contains(x.Why, f.more) {
				t.Errorf("found at %d by %s: %s; want %s at %d", x.Index, x.Check, x.Why, f.check, at)
			}
		})
	}
}

// TestVerifyFindsAnyCommitDropped: whichever commit is taken out, and everything made good after it, the witnesses' checkpoint tells.
// Without the witnesses, if the operator signs another checkpoint, what rested on the commit still tells; only what nothing
// rested on is gone.
func TestVerifyFindsAnyCommitDropped(t *testing.T) {
	t.Parallel()
	r := story(t).Record
	whole := forge.NewPack(r.Clone())
	var lost []uint64
	for i := uint64(1); i < r.Size(); i++ {
		bad := r.Clone()
		bad.Drop(i)
		p := forge.NewPack(bad)
		if examine(t, p).OK {
			lost = append(lost, i)
		}
		p.Checkpoint = whole.Checkpoint
		if report := examine(t, p); report.OK {
			t.Errorf("commit %d was dropped, and the old checkpoint still holds", i)
		}
	}
	for _, i := range lost {
		c := r.Commit(i)
		if c.Author == chain.AuthorPolicy || restedOn(r, i) {
			t.Errorf("commit %d, %s, was dropped and only a checkpoint could tell", i, r.Signed(c).Operation)
		}
	}
	if len(lost) == 0 {
		t.Error("even what nothing rests on is missed, which cannot be: the test is broken")
	}
}

// restedOn tells whether a later decision looked at what only this commit made.
func restedOn(r *forge.Record, index uint64) bool {
	made := map[string]bool{}
	for _, ch := range r.Commit(index).Changes {
		if ch.Version == 1 {
			made[ch.Aggregate] = true
		}
	}
	for i := index + 1; i < r.Size(); i++ {
		c := r.Commit(i)
		if slices.ContainsFunc(c.Reads, func(x chain.Read) bool { return made[x.Key] }) ||
			slices.ContainsFunc(c.Changes, func(x chain.Change) bool { return made[x.Aggregate] }) {
			return true
		}
	}
	return false
}

// TestVerifyWithheld: whichever commit is withheld, a true record is not accused, and what rests on it is not called good.
func TestVerifyWithheld(t *testing.T) {
	t.Parallel()
	r := story(t).Record
	for i := uint64(1); i < r.Size(); i++ {
		p := forge.NewPack(r.Clone())
		p.Withheld = map[uint64]bool{i: true}
		report := examine(t, p)
		if !report.OK || report.Withheld != 1 || report.Unjudged < 1 || report.NotJudged[0] != (verify.Unjudged{Index: i, Why: "withheld"}) {
			t.Errorf("commit %d, %s: %+v", i, r.Signed(r.Commit(i)).Operation, report)
		}
	}
}

// TestVerifyWithOneServiceOnly: who knows the rules of one service judges those, and lists the rest.
func TestVerifyWithOneServiceOnly(t *testing.T) {
	t.Parallel()
	r := story(t).Record
	report := verify.Run(t.Context(), forge.NewPack(r).Bundle(), verify.Options{Judge: verify.NewJudge(community.Model())})
	others := uint64(0)
	for i := range r.Size() {
		if r.Commit(i).Service != "community" {
			others++
		}
	}
	if !report.OK || report.Unjudged != others {
		t.Errorf("%d are unjudged, want %d: %+v", report.Unjudged, others, report.Findings)
	}
}

// lastVote finds the last ballot, which a helper cast.
func lastVote(r *forge.Record) uint64 {
	at := r.Size()
	for at > 0 {
		at--
		if r.Signed(r.Commit(at)).Operation == "voting.cast" {
			break
		}
	}
	return at
}
