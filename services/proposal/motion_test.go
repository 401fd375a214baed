package proposal_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal/internal/motion"
	"renlin.dev/services/proposal/internal/words"
)

// The times that the rulebook's durations give, in ms after the certificate: delay 1000 s, expiry 5000 s after that, veto 400 s.
const (
	executes  = 1_000_000
	expires   = 6_000_000
	vetoUntil = 400_000
	week      = 7 * 24 * 3600 * 1000
)

func motionOf(w *world, id string) *motion.Motion {
	return decider.Peek[motion.Motion](w.State, motion.Path(id))
}

func vetoOn(m string) *proposalv1.VetoMotion {
	return &proposalv1.VetoMotion{Motion: m, Reason: text("against the law")}
}

func reportOn(m string, o proposalv1.Outcome) *proposalv1.ReportExecution {
	return &proposalv1.ReportExecution{Motion: m, Outcome: o, Evidence: text("photograph")}
}

const (
	succeeded = proposalv1.Outcome_OUTCOME_DONE
	failed    = proposalv1.Outcome_OUTCOME_FAILED
)

func TestResolve(t *testing.T) {
	t.Parallel()
	t.Run("adopted", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.put("greening")
		w.Now += 9
		w.certify(m, true)
		w.Now++
		if diff := cmp.Diff([]string{"proposal.resolve"}, w.Settle()); diff != "" {
			t.Fatalf("done (-want +got):\n%s", diff)
		}
		got := motionOf(w, m)
		if got.State != motion.Adopted || got.Poll != id("poll of "+m) || got.ResolvedAt != start+10 ||
			got.ExecutesAt != start+10+executes || got.ExpiresAt != start+10+expires || got.VetoUntil != start+10+vetoUntil {
			t.Errorf("motion: %+v", got)
		}
	})
	t.Run("rejected", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.put("greening")
		w.certify(m, false)
		w.Settle()
		if got := motionOf(w, m); got.State != motion.Rejected || got.ResolvedAt != start || got.ExecutesAt != 0 {
			t.Errorf("motion: %+v", got)
		}
		if got := w.Purposes(); len(got) != 1 { // the deliberation's timer
			t.Errorf("owed after a rejection: %v", got)
		}
	})
	t.Run("a certificate without a motion", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.certify("", true)
		if got := w.Purposes(); len(got) != 0 {
			t.Errorf("owed: %v", got)
		}
	})
	t.Run("of a motion that nobody put", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.certify(id("nothing"), true)
		if diff := cmp.Diff([]string{"lapsed motion.unknown"}, w.Settle()); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
	})
	t.Run("of a motion that was resolved in between", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.put("greening")
		w.certify(m, true)
		w.Fact(motion.Path(m), &proposalv1.MotionRejected{Poll: id("another")})
		if diff := cmp.Diff([]string{"lapsed motion.resolved"}, w.Settle()); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
	})
	t.Run("a second certificate changes nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.put("greening")
		w.certify(m, false)
		w.Settle()
		w.certify(m, true)
		if done := w.Settle(); len(done) != 0 || motionOf(w, m).State != motion.Rejected {
			t.Errorf("done %v, motion %+v", done, motionOf(w, m))
		}
	})
}

// TestFail: whatever keeps the vote on a motion from being held, the motion fails with that reason and nothing more becomes of it.
func TestFail(t *testing.T) {
	t.Parallel()
	lapse := func(purpose string) func(w *world, m string) {
		return func(w *world, m string) {
			w.Fact("poll/"+id("poll"), &votingv1.PollCalled{Motion: m})
			w.Fact("voting-lapse/"+id(purpose), &chainv1.Lapsed{Purpose: purpose + m, Reason: "voting.said_so"})
		}
	}
	for name, c := range map[string]struct {
		happens func(w *world, m string)
		poll    string
		done    []string
	}{
		"no poll can be called": {lapse("poll/"), "", []string{"proposal.fail"}},
		"it never opens": {func(w *world, m string) {
			w.Fact("poll/"+id("poll"), &votingv1.PollCalled{Motion: m}, &votingv1.OpeningLapsed{Motion: m, Reason: "voting.said_so"})
		}, id("poll"), []string{"proposal.fail"}},
		"it cannot be counted": {func(w *world, m string) {
			w.Fact("poll/"+id("poll"), &votingv1.PollCalled{Motion: m})
			w.Fact("voting-lapse/"+id("tally"), &chainv1.Lapsed{Purpose: "tally/" + id("poll"), Reason: "voting.said_so"})
		}, id("poll"), []string{"proposal.fail"}},
		"another service lapses so": {func(w *world, m string) {
			w.Fact("proposal-lapse/"+id("x"), &chainv1.Lapsed{Purpose: "poll/" + m})
		}, "", nil},
		"a timer lapses in voting": {lapse("close/"), "", nil},
		"an unknown poll's tally":  {lapse("tally/"), "", nil},
		"a poll without a motion":  {func(w *world, _ string) { w.Fact("poll/"+id("poll"), &votingv1.OpeningLapsed{}) }, "", nil},
		"after its certificate": {func(w *world, m string) {
			w.certify(m, false)
			w.Settle()
			w.Fact("poll/"+id("poll"), &votingv1.OpeningLapsed{Motion: m})
		}, "", []string{"lapsed motion.resolved"}},
		"of a motion that nobody put": {func(w *world, _ string) {
			w.Fact("poll/"+id("poll"), &votingv1.OpeningLapsed{Motion: id("nothing")})
		}, "", []string{"lapsed motion.unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			m := w.put("greening")
			c.happens(w, m)
			if diff := cmp.Diff(c.done, w.Settle()); diff != "" {
				t.Fatalf("done (-want +got):\n%s", diff)
			}
			got := motionOf(w, m)
			if len(c.done) == 0 || c.done[0] != "proposal.fail" {
				if got.State == motion.Failed {
					t.Errorf("motion: %+v", got)
				}
				return
			}
			if got.State != motion.Failed || got.Poll != c.poll || got.FailedFor != "voting.said_so" || got.ResolvedAt != w.Now {
				t.Errorf("motion: %+v", got)
			}
			if refused := w.Try("gus", "proposal.veto", vetoOn(m)); refused != "motion.not_adopted" {
				t.Errorf("a veto on it: %q", refused)
			}
			if refused := w.Try("olga", "proposal.report", reportOn(m, succeeded)); refused != "motion.not_adopted" {
				t.Errorf("a report on it: %q", refused)
			}
			w.certify(m, true)
			if diff := cmp.Diff([]string{"lapsed motion.resolved"}, w.Settle()); diff != "" {
				t.Errorf("a certificate afterwards (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVetoNotBeyondExecution: rules that grant a longer veto than the delay grant it until the motion comes into force.
func TestVetoNotBeyondExecution(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	matterOf(book, "greening").Poll.VetoSeconds = 5_000
	w.Adopt(book)
	m := w.adopted("greening")
	if got := motionOf(w, m); got.VetoUntil != start+executes {
		t.Errorf("veto until %d, want %d", got.VetoUntil, start+executes)
	}
}

func TestVetoMotion(t *testing.T) {
	t.Parallel()
	const veto = "proposal.veto"
	done := []string{"veto: VetoUsed", "motion: MotionVetoed"}
	after := func(millis int64) func(*world) proto.Message {
		return func(w *world) proto.Message {
			m := w.adopted("greening")
			w.Now += millis
			return vetoOn(m)
		}
	}
	play(t, []scenario{
		{"at once", after(0), "gus", veto, done, ""},
		{"in the last millisecond", after(vetoUntil - 1), "gus", veto, done, ""},
		{"too late", after(vetoUntil), "gus", veto, nil, "veto.late"},
		{"before the vote is over", func(w *world) proto.Message { return vetoOn(w.put("greening")) }, "gus", veto, nil, "motion.not_adopted"},
		{"on a rejected motion", func(w *world) proto.Message {
			m := w.put("greening")
			w.certify(m, false)
			w.Settle()
			return vetoOn(m)
		}, "gus", veto, nil, "motion.not_adopted"},
		{"twice", func(w *world) proto.Message {
			m := w.adopted("greening")
			w.Do("motion", "gus", veto, vetoOn(m))
			return vetoOn(m)
		}, "gus", veto, nil, "veto.given"},
		{"after another guardian", func(w *world) proto.Message {
			m := w.adopted("greening")
			w.Do("motion", "gus", veto, vetoOn(m))
			return vetoOn(m)
		}, "gia", veto, nil, "veto.given"},
		{"another motion of the matter", func(w *world) proto.Message {
			w.Do("motion", "gus", veto, vetoOn(w.adopted("greening")))
			return vetoOn(w.adopted("greening"))
		}, "gus", veto, nil, "veto.used"},
		{"by another guardian", func(w *world) proto.Message {
			w.Do("motion", "gus", veto, vetoOn(w.adopted("greening")))
			return vetoOn(w.adopted("greening"))
		}, "gia", veto, done, ""},
		{"a motion of another matter", func(w *world) proto.Message {
			w.Do("motion", "gus", veto, vetoOn(w.adopted("greening")))
			return vetoOn(w.adopted("works"))
		}, "gus", veto, done, ""},
		{"in force", func(w *world) proto.Message { return vetoOn(w.inForce("greening")) }, "gus", veto, nil, "veto.late"},
		{"without a reason", func(w *world) proto.Message {
			return &proposalv1.VetoMotion{Motion: w.adopted("greening")}
		}, "gus", veto, nil, wordless},
		{"of nothing", func(*world) proto.Message { return vetoOn(id("nothing")) }, "gus", veto, nil, "motion.unknown"},
		{"without a motion", func(*world) proto.Message { return vetoOn("") }, "gus", veto, nil, "motion.unknown"},
	})
}

// TestVetoPostpones: the veto lapses after seven days, then the motion comes into force; its first timer lapses harmlessly, and the
// expiry moves as far as the execution did.
func TestVetoPostpones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.adopted("greening")
	w.Now += 1234
	vetoedAt := w.Now
	w.Do("motion", "gus", "proposal.veto", vetoOn(m))
	got := motionOf(w, m)
	want := &motion.Veto{
		Guardian: id("gus"), Reason: words.Of(text("against the law")), VetoedAt: vetoedAt, LapsesAt: vetoedAt + week,
		DelayUntil: start + executes,
	}
	if diff := cmp.Diff(want, got.Veto); diff != "" || got.State != motion.Vetoed {
		t.Errorf("%s, veto (-want +got):\n%s", got.State, diff)
	}
	if got.ExecutesAt != vetoedAt+week || got.ExpiresAt-got.ExecutesAt != expires-executes {
		t.Errorf("executes at %d, expires at %d", got.ExecutesAt, got.ExpiresAt)
	}
	right := decider.Peek[motion.VetoRight](w.State, motion.VetoPath(id("gus"), "greening"))
	if diff := cmp.Diff(&motion.VetoRight{Guardian: id("gus"), Motion: m, UsedAt: vetoedAt}, right); diff != "" {
		t.Errorf("right of veto (-want +got):\n%s", diff)
	}
	w.Now = start + 3_600_000
	if diff := cmp.Diff([]string{"lapsed deliberation.closed", "lapsed execution.not_due"}, w.Settle()); diff != "" {
		t.Errorf("done at the first times (-want +got):\n%s", diff)
	}
	w.Now = vetoedAt + week - 1
	if done := w.Settle(); len(done) > 0 {
		t.Errorf("done while the veto has force: %v", done)
	}
	w.Now++
	if diff := cmp.Diff([]string{"proposal.execute"}, w.Settle()); diff != "" {
		t.Errorf("done when the veto has lapsed (-want +got):\n%s", diff)
	}
	if got := motionOf(w, m); got.State != motion.InForce || got.InForceAt != vetoedAt+week {
		t.Errorf("motion: %+v", got)
	}
}

// TestVetoUnderLongDelay: a veto that lapses before the delay is over postpones nothing.
func TestVetoUnderLongDelay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	book := rulebook()
	matterOf(book, "greening").Poll.ExecutionDelaySeconds = 30 * 24 * 3600
	matterOf(book, "greening").Poll.ExecutionExpirySeconds = 0
	w.Adopt(book)
	m := w.adopted("greening")
	before := *motionOf(w, m)
	w.Do("motion", "gus", "proposal.veto", vetoOn(m))
	if got := motionOf(w, m); got.ExecutesAt != before.ExecutesAt || got.ExpiresAt != 0 {
		t.Errorf("executes at %d, want %d; expires at %d, want never", got.ExecutesAt, before.ExecutesAt, got.ExpiresAt)
	}
	w.Now = before.ExecutesAt
	w.Settle() // both timers are due; one opens, the other finds it open
	if got := motionOf(w, m); got.State != motion.InForce {
		t.Errorf("motion: %+v", got)
	}
}

func TestExecution(t *testing.T) {
	t.Parallel()
	t.Run("opens when the delay is over and not before", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.adopted("greening")
		w.Now += executes - 1
		if done := w.Settle(); len(done) > 0 {
			t.Fatalf("done too early: %v", done)
		}
		w.Now++
		if diff := cmp.Diff([]string{"proposal.execute"}, w.Settle()); diff != "" {
			t.Fatalf("done (-want +got):\n%s", diff)
		}
		if got := motionOf(w, m); got.State != motion.InForce || got.InForceAt != start+executes {
			t.Errorf("motion: %+v", got)
		}
	})
	t.Run("expires", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.inForce("greening")
		w.Do("motion", "olga", "proposal.report", reportOn(m, failed))
		w.Now = start + expires
		w.Settle()
		if got := motionOf(w, m); got.State != motion.Expired || got.ExpiredAt != start+expires || len(got.Reports) != 1 {
			t.Errorf("motion: %+v", got)
		}
	})
	t.Run("does not expire once done", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.inForce("greening")
		w.Do("motion", "olga", "proposal.report", reportOn(m, succeeded))
		w.Now = start + expires
		if diff := cmp.Diff([]string{"lapsed deliberation.closed", "lapsed execution.done"}, w.Settle()); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
	})
	t.Run("without an expiry never expires", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		book := rulebook()
		matterOf(book, "greening").Poll.ExecutionExpirySeconds = 0
		w.Adopt(book)
		m := w.inForce("greening")
		w.Now += 1 << 40
		w.Settle()
		if got := w.Try("olga", "proposal.report", reportOn(m, succeeded)); got != "" {
			t.Errorf("a late report: %q", got)
		}
	})
	t.Run("late timers still open it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		m := w.adopted("greening")
		w.Do("motion", "gus", "proposal.veto", vetoOn(m))
		w.Now += week // nobody ran the rules for a week: both are due now
		done := w.Settle()
		if diff := cmp.Diff([]string{"lapsed deliberation.closed", "proposal.execute", "lapsed execution.opened"}, done); diff != "" {
			t.Errorf("done (-want +got):\n%s", diff)
		}
		if got := motionOf(w, m); got.State != motion.InForce {
			t.Errorf("motion: %+v", got)
		}
	})
}

func TestReportExecution(t *testing.T) {
	t.Parallel()
	const report = "proposal.report"
	done := []string{"motion: ExecutionReported"}
	with := func(o proposalv1.Outcome) func(*world) proto.Message {
		return func(w *world) proto.Message { return reportOn(w.inForce("greening"), o) }
	}
	play(t, []scenario{
		{"done", with(succeeded), "olga", report, done, ""},
		{"failed", with(failed), "olga", report, done, ""},
		{"neither", with(proposalv1.Outcome_OUTCOME_UNSPECIFIED), "olga", report, nil, "execution.outcome_missing"},
		{"something else", with(7), "olga", report, nil, "execution.outcome_missing"},
		{"without evidence", func(w *world) proto.Message {
			return &proposalv1.ReportExecution{Motion: w.inForce("greening"), Outcome: succeeded}
		}, "olga", report, nil, wordless},
		{"again after a failure", func(w *world) proto.Message {
			m := w.inForce("greening")
			w.Do("motion", "olga", report, reportOn(m, failed))
			return reportOn(m, succeeded)
		}, "olga", report, done, ""},
		{"again after success", func(w *world) proto.Message {
			m := w.inForce("greening")
			w.Do("motion", "olga", report, reportOn(m, succeeded))
			return reportOn(m, failed)
		}, "olga", report, nil, "execution.done"},
		{"too early", func(w *world) proto.Message { return reportOn(w.adopted("greening"), succeeded) }, "olga", report, nil,
			"execution.not_open"},
		{"under a veto", func(w *world) proto.Message {
			m := w.adopted("greening")
			w.Do("motion", "gus", "proposal.veto", vetoOn(m))
			return reportOn(m, succeeded)
		}, "olga", report, nil, "execution.not_open"},
		{"before the vote", func(w *world) proto.Message { return reportOn(w.put("greening"), succeeded) }, "olga", report, nil,
			"motion.not_adopted"},
		{"in the last millisecond", func(w *world) proto.Message {
			m := w.inForce("greening")
			w.Now = start + expires - 1
			return reportOn(m, succeeded)
		}, "olga", report, done, ""},
		{"at the expiry", func(w *world) proto.Message {
			m := w.inForce("greening")
			w.Now = start + expires
			return reportOn(m, succeeded)
		}, "olga", report, nil, "execution.expired"},
		{"after it expired", func(w *world) proto.Message {
			m := w.inForce("greening")
			w.Now = start + expires
			w.Settle()
			return reportOn(m, succeeded)
		}, "olga", report, nil, "execution.expired"},
		{"of nothing", func(*world) proto.Message { return reportOn(id("nothing"), succeeded) }, "olga", report, nil, "motion.unknown"},
	})
}

// TestReports: every attempt stays visible, with who and when; a failure undoes nothing.
func TestReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.inForce("greening")
	for _, o := range []proposalv1.Outcome{failed, failed, succeeded} {
		w.Now += 10
		w.Do("motion", "olga", "proposal.report", reportOn(m, o))
		if o == failed && motionOf(w, m).State != motion.InForce {
			t.Errorf("after a failure: %s", motionOf(w, m).State)
		}
	}
	at, evidence := start+executes, words.Of(text("photograph"))
	want := []motion.Report{
		{Outcome: "failed", Evidence: evidence, By: id("olga"), ReportedAt: at + 10},
		{Outcome: "failed", Evidence: evidence, By: id("olga"), ReportedAt: at + 20},
		{Outcome: "done", Evidence: evidence, By: id("olga"), ReportedAt: at + 30},
	}
	got := motionOf(w, m)
	if diff := cmp.Diff(want, got.Reports); diff != "" || got.State != motion.Done || got.DoneAt != at+30 {
		t.Errorf("%s at %d, reports (-want +got):\n%s", got.State, got.DoneAt, diff)
	}
}

// TestMotionWindows: vetoes and reports are not written late.
func TestMotionWindows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	vetoed := w.State.Judge(w.Input("gus", "proposal.veto", vetoOn(w.adopted("greening"))))
	if vetoed.Err != nil || vetoed.Commit.WindowUntil != start+vetoUntil {
		t.Errorf("veto: %v, window %+v", vetoed.Err, vetoed.Commit)
	}
	reported := w.State.Judge(w.Input("olga", "proposal.report", reportOn(w.inForce("naming"), succeeded)))
	if reported.Err != nil || reported.Commit.WindowUntil != start+expires {
		t.Errorf("report: %v, window %+v", reported.Err, reported.Commit)
	}
}
