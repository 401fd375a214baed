package decider_test

import (
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

// story plays a little of everything and gives the world after it: 0 founding, 1-4 joins, 5 topic, 6-7 seconds, 8 its meeting,
// 9 gift, 10 another topic, 11 its expiry, 12 the first topic's expiry, which lapses.
func story(tb testing.TB) *world {
	tb.Helper()
	w := founded(tb, 4)
	topic := w.ok(w.do(toy.Forum, w.command("m0", "t", "forum.post", &toyv1.Post{Matter: "lift"}))).Changed[0][len("topic/"):]
	for _, who := range []string{"m1", "m2"} {
		w.ok(w.do(toy.Forum, w.command(who, "s", "forum.second", &toyv1.Second{Topic: topic})))
	}
	w.ok(w.do(toy.Register, w.command("m0", "g", "register.give", &toyv1.Give{To: member("m1"), Points: 4})))
	w.now += 1000
	w.ok(w.do(toy.Forum, w.command("m3", "t", "forum.post", &toyv1.Post{Matter: "roof"})))
	w.now += toy.LifeMS
	w.run()
	return w
}

// commits decodes the whole record of a world.
func (w *world) commits() (commits []*chain.Commit, times []int64) {
	for _, b := range w.blocks {
		for _, raw := range b.Commits {
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				w.tb.Fatal(err)
			}
			commits, times = append(commits, c), append(times, b.Time)
		}
	}
	return commits, times
}

// audit judges commits again, each in a block of its own.
func audit(tb testing.TB, models []*decider.Model, commits []*chain.Commit, times []int64) (*decider.AuditReport, []decider.Finding) {
	tb.Helper()
	a := decider.NewAuditor(models, decider.AuditConfig{GraceMS: 1000})
	var all []decider.Finding
	for i, c := range commits {
		if c == nil {
			a.Withheld(uint64(i))
			continue
		}
		raw, err := c.Encode()
		if err != nil {
			tb.Fatalf("commit %d: %v", i, err)
		}
		all = append(all, a.Commit(uint64(i), raw, times[i])...)
		all = append(all, a.Overdue(times[i])...)
	}
	return a.Report(), all
}

func TestAuditorAgreesWithTheServices(t *testing.T) {
	t.Parallel()
	w := story(t)
	report, findings, err := decider.Reexecute(toy.Models(), w.raws, decider.AuditConfig{GraceMS: 1000})
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v, findings %+v", err, findings)
	}
	if report.Judged != report.Commits || report.Commits != 13 {
		t.Errorf("report %+v", report)
	}
}

func TestAuditorFindsForgery(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		index int
		forge func(c *chain.Commit)
		why   string
		more  string
	}{
		{"event changed", 9, func(c *chain.Commit) { c.Changes[0].Events[0].Body = []byte{8, 9} }, "decision.differs", "events"},
		{"event added", 5, func(c *chain.Commit) { c.Changes[0].Events = slices.Repeat(c.Changes[0].Events, 2) }, "decision.differs", "changes"},
		{"change dropped", 9, func(c *chain.Commit) { c.Changes = c.Changes[:1] }, "decision.differs", "changes"},
		{"read dropped", 6, func(c *chain.Commit) { c.Reads = c.Reads[1:] }, "decision.differs", "reads"},
		{"read of another version", 6, func(c *chain.Commit) { c.Reads[0].Version++ }, "read.stale", ""},
		{"read of a collection", 6, func(c *chain.Commit) {
			c.Collections = []chain.Read{{Key: "member", Version: 4}}
		}, "decision.differs", "collections"},
		{"actor", 5, func(c *chain.Commit) { c.Actor = member("m2") }, "decision.differs", "actor"},
		{"through", 5, func(c *chain.Commit) { c.Through = "kiosk" }, "decision.differs", "through"},
		{"author", 5, func(c *chain.Commit) { c.Author = chain.AuthorHosted }, "decision.differs", "author"},
		{"rules", 5, func(c *chain.Commit) { c.Rules = 2 }, "decision.differs", "rules"},
		{"window", 6, func(c *chain.Commit) { c.WindowUntil += 1 }, "decision.differs", "window"},
		{"window missed", 6, func(c *chain.Commit) { c.WindowUntil = start }, "window.missed", ""},
		{"cause", 8, func(c *chain.Commit) { c.Cause-- }, "decision.differs", "cause"},
		{"another's id", 5, func(c *chain.Commit) { c.ID[0]++ }, "command.id", ""},
		{"time", 5, func(c *chain.Commit) { c.Time -= 3000 }, "time.skewed", ""},
		{"founding again", 3, func(c *chain.Commit) { c.Author = chain.AuthorGenesis }, "founding.misplaced", ""},
		{"another service", 9, func(c *chain.Commit) { c.Service = toy.Forum }, "kind.not_yours", toy.Forum},
		{"unowed", 8, func(c *chain.Commit) { c.ID[0]++ }, "policy.not_owed", ""},
		{"other demand", 8, func(c *chain.Commit) { c.Command = recommand(c, func(s *chain.Signed) { s.Body[len(s.Body)-1]++ }) },
			"policy.differs", "forum.convene"},
		{"expired", 5, func(c *chain.Commit) { c.Command = recommand(c, func(s *chain.Signed) { s.NotAfter = start }) }, "command.expired", ""},
		{"far expiry", 5, func(c *chain.Commit) { c.Command = recommand(c, func(s *chain.Signed) { s.NotAfter *= 2 }) }, "command.not_after", ""},
		{"command replaced", 5, func(c *chain.Commit) {
			c.Command = recommand(c, func(s *chain.Signed) { s.Operation = "forum.nothing" })
		},
			"decision.refused", "operation.unknown"},
		{"body replaced", 9, func(c *chain.Commit) {
			c.Command = recommand(c, func(s *chain.Signed) { s.Body = []byte(`{"to":"` + member("m1") + `","points":"99"}`) })
		}, "decision.refused", "toy.points"},
		{"command garbled", 5, func(c *chain.Commit) { c.Command = c.Command[1:] }, "command.malformed", ""},
	} {
		w := story(t)
		commits, times := w.commits()
		c.forge(commits[c.index])
		_, findings := audit(t, toy.Models(), commits, times)
		found := slices.ContainsFunc(findings, func(f decider.Finding) bool {
			return f.Index == uint64(c.index) && f.Why == c.why && f.More == c.more
		})
		if !found {
			t.Errorf("%s: findings %+v", c.name, findings)
		}
	}
}

func recommand(c *chain.Commit, change func(*chain.Signed)) []byte {
	s, err := chain.DecodeSigned(slices.Clone(c.Command))
	if err != nil {
		panic(err)
	}
	change(s)
	raw, err := s.Encode(nil)
	if err != nil {
		panic(err)
	}
	return raw
}

func TestAuditorFindsRepeatAndOmission(t *testing.T) {
	t.Parallel()
	w := story(t)
	commits, times := w.commits()
	_, findings := audit(t, toy.Models(), append(commits[:5:5], commits[4:]...), append(times[:5:5], times[4:]...))
	if !slices.Contains(findings, decider.Finding{Index: 5, Why: "command.twice"}) {
		t.Errorf("a repeat: %+v", findings)
	}
	// The convening (index 8) never comes; the last commits are late enough to notice.
	omitted := append(commits[:8:8], commits[9:12]...)
	_, findings = audit(t, toy.Models(), omitted, append(times[:8:8], times[9:12]...))
	if !slices.Contains(findings, decider.Finding{Index: 7, Why: "policy.omitted", More: "forum.convene"}) {
		t.Errorf("an omission: %+v", findings)
	}
}

// TestOmissionIsFoundOnce: what stays away is one finding, not one a block.
func TestOmissionIsFoundOnce(t *testing.T) {
	t.Parallel()
	w := story(t)
	commits, times := w.commits()
	a := decider.NewAuditor(toy.Models(), decider.AuditConfig{GraceMS: 1000})
	for i, c := range commits[:8] { // the convening never comes
		raw, err := c.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if found := a.Commit(uint64(i), raw, times[i]); len(found) > 0 {
			t.Fatalf("findings %+v", found)
		}
	}
	var found []decider.Finding
	for _, late := range []int64{0, 999, 1000, 1001, 1002, 5000} { // the grace's last millisecond is in time
		found = append(found, a.Overdue(times[7]+late)...)
		if (len(found) > 0) != (late > 1000) {
			t.Errorf("after %d ms: %+v", late, found)
		}
	}
	if len(found) != 1 || found[0].Why != "policy.omitted" || found[0].Index != 7 {
		t.Errorf("findings %+v", found)
	}
}

func TestAuditorSaysWhatItCannotJudge(t *testing.T) {
	t.Parallel()
	w := story(t)
	commits, times := w.commits()
	t.Run("a service without a model", func(t *testing.T) {
		t.Parallel()
		report, findings := audit(t, []*decider.Model{toy.ForumModel()}, commits, times)
		if len(findings) != 0 || report.Judged != 7 || len(report.Unjudged) != 6 || report.Unjudged[0].Why != "service.no_model" {
			t.Errorf("%+v, findings %+v", report, findings)
		}
	})
	t.Run("a withheld commit", func(t *testing.T) {
		t.Parallel()
		withheld := slices.Clone(commits)
		withheld[1] = nil // m0 joins: their topics, what is seconded there, and their gift rest on it
		report, findings := audit(t, toy.Models(), withheld, times)
		if len(findings) != 0 || len(report.Withheld) != 1 {
			t.Errorf("%+v, findings %+v", report, findings)
		}
		var indexes []uint64
		for _, u := range report.Unjudged {
			indexes = append(indexes, u.Index)
		}
		// Policies rest on everything: the expiries are owed by what is shown, the meeting's numbers are not.
		if !slices.Equal(indexes, []uint64{5, 9}) && !slices.Equal(indexes, []uint64{5, 8, 9}) {
			t.Errorf("unjudged %v, judged %d", indexes, report.Judged)
		}
	})
	t.Run("a forgery beside a withheld commit", func(t *testing.T) {
		t.Parallel()
		w := story(t)
		withheld, times := w.commits()
		withheld[1] = nil
		withheld[10].Actor = member("m2")
		_, findings := audit(t, toy.Models(), withheld, times)
		if len(findings) != 1 || findings[0] != (decider.Finding{Index: 10, Why: "decision.differs", More: "actor"}) {
			t.Errorf("findings %+v", findings)
		}
	})
}
