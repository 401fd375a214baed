package proposal_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal/internal/motion"
)

// appealed has a motion on works adopted at the start and vetoed 100 s later; the record says that the appeal's poll was called.
func (w *world) appealed() string {
	w.Helper()
	m := w.adopted("works")
	w.Now += 100_000
	w.Do("motion", "gus", "proposal.veto", vetoOn(m))
	w.Fact("poll/"+id("appeal of "+m), &votingv1.PollCalled{Appeal: m})
	return m
}

// judge gives voting's certificate on an appeal.
func (w *world) judge(m string, result votingv1.Result) {
	w.Fact("poll/"+id("appeal of "+m), &votingv1.CertificateIssued{
		Appeal: m, Tally: &votingv1.Tally{Result: result}, Adopted: result == votingv1.Result_RESULT_PASSED,
	})
}

// judgeAs gives voting's certificate on an appeal that passed.
func (w *world) judgeAs(m string, c *votingv1.CertificateIssued) {
	c.Appeal, c.Tally = m, &votingv1.Tally{Result: votingv1.Result_RESULT_PASSED}
	w.Fact("poll/"+id("appeal of "+m), c)
}

// TestAppealIsOnTheVeto: the veto's own fact says everything about the appeal, or that there is none.
func TestAppealIsOnTheVeto(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Do("motion", "gus", "proposal.veto", vetoOn(w.adopted("greening")))
	if got := vetoFact(w); got.GetAppeal() != nil {
		t.Errorf("a veto under rules without appeals opens one: %v", got.GetAppeal())
	}
	book := rulebook()
	matterOf(book, "works").Poll.ObjectionSeconds = 60
	w.Adopt(book)
	w.appealed()
	got := vetoFact(w).GetAppeal()
	rules := pollRules(communityv1.Method_METHOD_YES_NO)
	rules.VotingSeconds, rules.ExecutionDelaySeconds, rules.ExecutionExpirySeconds, rules.VetoSeconds = 300, 0, 0, 0
	rules.Requirements = []*communityv1.Requirement{{
		Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
		Numerator: 1, Denominator: 2, Strict: true,
	}}
	if !proto.Equal(got.GetRules(), rules) || got.GetMatter() != "works" {
		t.Errorf("appeal on %q by %v, want %v", got.GetMatter(), got.GetRules(), rules)
	}
	q := got.GetQuestion()
	bilingual := strings.Contains(q.GetTitle(), "否决") && strings.Contains(q.GetTitle(), "veto") && strings.Count(q.GetText(), "Lamps") == 2
	if !bilingual || len(q.GetOptions()) > 0 {
		t.Errorf("the question: %v", q)
	}
	if strings.Contains(q.GetText(), "%") {
		t.Errorf("the question's text has gaps: %s", q.GetText())
	}
}

// vetoFact is the record's last veto.
func vetoFact(w *world) (last *proposalv1.MotionVetoed) {
	forgeFirst(w, func(m proto.Message) bool {
		if b, ok := m.(*proposalv1.MotionVetoed); ok {
			last = b
		}
		return false
	})
	return last
}

// ways are what can become of an appeal.
var ways = map[string]struct {
	happens func(w *world, m string)
	outcome string
	reason  string
	unheld  bool // no poll
}{
	"upheld":     {func(w *world, m string) { w.judge(m, votingv1.Result_RESULT_PASSED) }, "upheld", "", false},
	"overturned": {func(w *world, m string) { w.judge(m, votingv1.Result_RESULT_REJECTED) }, "overturned", "", false},
	"its papers are in doubt": {func(w *world, m string) {
		w.judgeAs(m, &votingv1.CertificateIssued{PaperAudit: &votingv1.PaperAudit{Verdict: votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL}})
	}, "undecided", "appeal.no_quorum", false},
	"two counts differ": {func(w *world, m string) {
		w.judgeAs(m, &votingv1.CertificateIssued{Recount: &votingv1.Recount{}})
	}, "undecided", "appeal.no_quorum", false},
	"two counts agree": {func(w *world, m string) {
		w.judgeAs(m, &votingv1.CertificateIssued{Recount: &votingv1.Recount{Same: true}, Adopted: true})
	}, "upheld", "", false},
	"no quorum": {func(w *world, m string) { w.judge(m, votingv1.Result_RESULT_NO_QUORUM) }, "undecided", "appeal.no_quorum", false},
	"no poll can be called": {func(w *world, m string) {
		w.Fact("voting-lapse/"+id("call"), &chainv1.Lapsed{Purpose: "appeal/" + m, Reason: "voting.said_so"})
	}, "undecided", "voting.said_so", true},
	"no key comes": {func(w *world, m string) {
		w.Fact("poll/"+id("appeal of "+m), &votingv1.OpeningLapsed{Appeal: m, Reason: "voting.said_so"})
	}, "undecided", "voting.said_so", false},
	"it cannot be counted": {func(w *world, m string) {
		w.Fact("voting-lapse/"+id("tally"), &chainv1.Lapsed{Purpose: "tally/" + id("appeal of "+m), Reason: "voting.said_so"})
	}, "undecided", "voting.said_so", false},
}

// TestAppeal is the package's table: every way in which an appeal ends, while the motion's own delay runs, after it, and after the veto.
func TestAppeal(t *testing.T) {
	t.Parallel()
	vetoedAt := start + 100_000
	for name, way := range ways {
		for when, at := range map[string]int64{
			"while the delay runs": start + 500_000, "after the delay": start + executes + 5, "in the veto's last millisecond": vetoedAt + week - 1,
			"when the veto has lapsed": vetoedAt + week, "later": vetoedAt + week + 999_999,
		} {
			t.Run(name+" "+when, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				m := w.appealed()
				w.Now = at - 1
				w.Settle()
				w.Now = at
				way.happens(w, m)
				w.Settle()
				late := at >= vetoedAt+week
				w.checkAppeal(m, way.outcome, at, late)
				if got := motionOf(w, m); !late && (got.Veto.Appeal.Reason != way.reason || (got.Veto.Appeal.Poll == "") != way.unheld) {
					t.Errorf("appeal: %+v", got.Veto.Appeal)
				}
				for _, second := range []string{"gus", "gia"} {
					if refused := w.Try(second, "proposal.veto", vetoOn(m)); refused != "veto.given" && refused != "veto.late" {
						t.Errorf("a second veto by %s: %q", second, refused)
					}
				}
				w.Replay()
			})
		}
	}
}

// checkAppeal holds a motion to the table, and then to its end.
func (w *world) checkAppeal(m, outcome string, at int64, late bool) {
	w.Helper()
	lapses := start + 100_000 + week
	got := *motionOf(w, m)
	opens := lapses
	switch {
	case late:
		if got.State != motion.InForce || got.Veto.Appeal.Outcome != "" {
			w.Errorf("%s after the veto: %s, %+v", outcome, got.State, got.Veto.Appeal)
		}
	case got.Veto.Appeal.Outcome != outcome || got.Veto.Appeal.DecidedAt != at:
		w.Errorf("appeal: %+v", got.Veto.Appeal)
	case outcome == "upheld":
		if got.State != motion.Stopped {
			w.Errorf("upheld: %s", got.State)
		}
		w.Now = lapses + 1<<40
		w.Settle()
		if end := motionOf(w, m); end.State != motion.Stopped || end.InForceAt != 0 {
			w.Errorf("later: %+v", end)
		}
		for who, refused := range map[string]string{
			"olga": w.Try("olga", "proposal.report", reportOn(m, succeeded)), "gia": w.Try("gia", "proposal.veto", vetoOn(m)),
		} {
			if want := map[string]string{"olga": "motion.stopped", "gia": "veto.given"}[who]; refused != want {
				w.Errorf("%s on a stopped motion: %q, want %q", who, refused, want)
			}
		}
		return
	case outcome == "overturned":
		opens = max(start+executes, at)
	}
	w.Now = opens
	w.Settle()
	end := motionOf(w, m)
	if end.State != motion.InForce || end.InForceAt != opens && !late || end.ExecutesAt != opens || end.ExpiresAt != opens+expires-executes {
		w.Errorf("in force at %d, want %d; executes at %d, expires at %d", end.InForceAt, opens, end.ExecutesAt, end.ExpiresAt)
	}
	w.Now = max(at, end.ExpiresAt-1)
	w.Settle()
	if end := motionOf(w, m); w.Now < end.ExpiresAt && end.State != motion.InForce {
		w.Errorf("expired too early: %s", end.State)
	}
	w.Now = max(at, end.ExpiresAt)
	w.Settle()
	if end := motionOf(w, m); end.State != motion.Expired {
		w.Errorf("not expired: %s", end.State)
	}
}

// TestAppealStillOpen: an appeal that nothing decides, because the key of its poll is never published, holds nothing back.
func TestAppealStillOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.appealed()
	w.Now = start + 100_000 + week - 1
	w.Settle()
	w.Now++
	if diff := cmp.Diff([]string{"proposal.execute"}, w.Settle()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	w.Do("motion", "olga", "proposal.report", reportOn(m, succeeded))
	w.judge(m, votingv1.Result_RESULT_PASSED)
	if diff := cmp.Diff([]string{"lapsed veto.lapsed"}, w.Settle()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if got := motionOf(w, m); got.State != motion.Done {
		t.Errorf("motion: %s", got.State)
	}
}

// TestAppealHeldBack: what counts is when the appeal was decided, not when somebody got round to writing down what follows.
func TestAppealHeldBack(t *testing.T) {
	t.Parallel()
	for result, state := range map[votingv1.Result]motion.State{
		votingv1.Result_RESULT_PASSED: motion.Stopped, votingv1.Result_RESULT_REJECTED: motion.Adopted,
	} {
		w := newWorld(t)
		m := w.appealed()
		w.Now = start + 100_000 + week - 1
		w.Settle()
		w.judge(m, result)
		w.Now += 1_000_000
		for _, o := range w.State.OwedNow(w.Now) {
			if o.Purpose == "appeal/"+m {
				w.Pay(o)
			}
		}
		if got := motionOf(w, m); got.State != state || got.ExecutesAt != start+100_000+week {
			t.Errorf("%s: motion is %s, want %s; executes at %d", result, got.State, state, got.ExecutesAt)
		}
		w.Settle()
		want := state
		if state == motion.Adopted {
			want = motion.InForce
		}
		if got := motionOf(w, m); got.State != want {
			t.Errorf("%s: motion is %s in the end", result, got.State)
		}
	}
}

// TestAppealTooLate: what is decided at the veto's end is decided too late, also when nothing has brought the motion into force yet.
func TestAppealTooLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.appealed()
	w.Now = start + 100_000 + week
	w.judge(m, votingv1.Result_RESULT_PASSED)
	for _, o := range w.State.OwedNow(w.Now) {
		if o.Purpose != "appeal/"+m {
			continue
		}
		if got := w.Pay(o); got != "lapsed veto.lapsed" {
			t.Errorf("done: %s", got)
		}
	}
	w.Settle()
	if got := motionOf(w, m); got.State != motion.InForce {
		t.Errorf("motion: %s", got.State)
	}
}

// TestAppealOnce: an appeal is resolved once, and what is no appeal is none.
func TestAppealOnce(t *testing.T) {
	t.Parallel()
	t.Run("a second certificate", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.appealed()
		w.judge(m, votingv1.Result_RESULT_REJECTED)
		w.Settle()
		w.judge(m, votingv1.Result_RESULT_PASSED)
		if done := w.Settle(); len(done) != 0 || motionOf(w, m).Veto.Appeal.Outcome != "overturned" {
			t.Errorf("done %v, %+v", done, motionOf(w, m).Veto.Appeal)
		}
	})
	for name, c := range map[string]struct {
		given func(w *world) string
		want  string
	}{
		"of a motion that nobody put":    {func(*world) string { return id("nothing") }, "lapsed motion.unknown"},
		"of a motion that nobody vetoed": {func(w *world) string { return w.adopted("works") }, "lapsed veto.missing"},
		"of a veto without an appeal": {func(w *world) string {
			m := w.adopted("greening")
			w.Do("motion", "gus", "proposal.veto", vetoOn(m))
			return m
		}, "lapsed veto.missing"},
		"of one that is decided": {func(w *world) string {
			m := w.appealed()
			w.Fact(motion.Path(m), &proposalv1.AppealUndecided{Poll: id("another"), Reason: "voting.said_so"})
			return m
		}, "lapsed appeal.decided"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m := c.given(w)
			w.judge(m, votingv1.Result_RESULT_PASSED)
			if diff := cmp.Diff([]string{c.want}, w.Settle()); diff != "" {
				t.Errorf("done (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOldVeto: a veto from before there were appeals, which stands on a record without one, demands nothing new and goes its old way.
func TestOldVeto(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.adopted("greening")
	w.Do("motion", "gus", "proposal.veto", vetoOn(m))
	w.Now += 3_600_000
	w.Settle()
	if got := w.Purposes(); len(got) != 1 || got[0] != "execute/"+m+"/2" {
		t.Errorf("owed: %v", got)
	}
	w.Now += week
	w.Settle()
	if got := motionOf(w, m); got.State != motion.InForce || got.Veto.Appeal != nil {
		t.Errorf("motion: %+v", got)
	}
}
