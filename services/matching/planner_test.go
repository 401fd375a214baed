package matching_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// asked waits until a provider is asked to serve a need, and gives the assignment.
func (l *live) asked(need, provider string) (assignment string) {
	l.Helper()
	l.await("the question to a provider", func(s *decider.State) bool {
		n := decider.Peek[supply.Need](s, supply.NeedPath(need))
		if n == nil {
			return false
		}
		for _, id := range n.Live {
			a := decider.Peek[dispatch.Assignment](s, dispatch.Path(id))
			if slices.ContainsFunc(a.Candidates, func(c dispatch.Candidate) bool {
				return c.Provider == provider && c.Part == dispatch.Asked
			}) {
				assignment = id
				return true
			}
		}
		return false
	})
	return assignment
}

func (l *live) refuse(who, assignment, provider string) {
	l.Helper()
	l.by(who, "matching.refuse", &matchingv1.RefuseAssignment{
		Assignment: assignment, Provider: provider, Reason: matchingv1.Reason_REASON_ILL,
	})
}

// TestPlannerByItself: in an emergency nobody has to look. A need is raised and somebody is asked; they say no and the standby is asked;
// that one says no too and a plan without the two is made. Whoever is left comes to be asked, and nobody is asked twice.
func TestPlannerByItself(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	bob, cat, dan, eve := l.provider("bob", 1, 9), l.provider("cat", 2, 9), l.provider("dan", 3, 9), l.provider("eve", 4, 9)
	l.mode(matchingv1.Mode_MODE_EMERGENCY)
	n := l.need("ann")
	first := l.asked(n, bob)
	l.refuse("bob", first, bob)
	l.asked(n, cat)
	l.refuse("cat", first, cat)
	l.asked(n, dan)
	l.refuse("dan", first, dan) // nobody stands by any more
	second := l.asked(n, eve)
	if first == second {
		t.Error("the fourth one stood by for the first plan")
	}
	l.refuse("eve", second, eve)
	l.await("nobody is left", func(s *decider.State) bool {
		n := decider.Peek[supply.Need](s, supply.NeedPath(n))
		return n.Waiting == 1 && n.Shortage == matchingv1.Shortage_SHORTAGE_ANSWER && len(n.Passed) == 4
	})
}

// TestPlannerWaitsForObjections: where there is a time for objections the plan is on the record and nobody is asked yet; what an officer
// takes back is not planned again with the same provider.
func TestPlannerWaitsForObjections(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	bob, cat := l.provider("bob", 1, 9), l.provider("cat", 2, 9)
	l.mode(matchingv1.Mode_MODE_VETO)
	n := l.need("ann")
	first := func(s *decider.State, provider string) (assignment string) {
		need := decider.Peek[supply.Need](s, supply.NeedPath(n))
		if need == nil {
			return ""
		}
		for _, id := range need.Live {
			a := decider.Peek[dispatch.Assignment](s, dispatch.Path(id))
			if c := a.Candidates[0]; a.State == dispatch.Planned && c.Provider == provider && c.Part == dispatch.Reserved {
				return id
			}
		}
		return ""
	}
	planned := ""
	l.await("the plan", func(s *decider.State) bool { planned = first(s, bob); return planned != "" })
	l.by("gwen", "matching.overrule", &matchingv1.OverruleAssignment{Assignment: planned, Reason: matchingv1.Reason_REASON_UNSUITABLE})
	l.await("the other plan", func(s *decider.State) bool { return first(s, cat) != "" })
}

// TestPlannerAdvises: as long as nobody has let programs plan it writes nothing, and what an officer asks for is ready.
func TestPlannerAdvises(t *testing.T) {
	t.Parallel()
	l := newLive(t)
	bob := l.provider("bob", 1, 9)
	n := l.need("ann")
	var answer matching.ProposalAnswer
	l.await("a proposal", func(s *decider.State) bool {
		question, err := json.Marshal(matching.ProposalQuestion{Now: time.Now().UnixMilli()})
		if err != nil {
			t.Error(err)
		}
		_, finish, err := l.planner.Begin(s, question)
		if err != nil {
			t.Error(err)
			return true
		}
		raw, err := finish()
		if err != nil || json.Unmarshal(raw, &answer) != nil {
			t.Errorf("%s: %v", raw, err)
		}
		return l.planner.Ready(l.community, time.Now().UnixMilli()) && answer.Plan != ""
	})
	if why := answer.Why; len(why) != 1 || why[0].Need != n || why[0].Provider != bob {
		t.Errorf("why: %+v", why)
	}
	l.await("the end", func(s *decider.State) bool {
		if plans := s.Members("plan"); len(plans) > 0 {
			t.Errorf("a plan that nobody let it make: %v", plans)
		}
		return true
	})
}

// BenchmarkSubstitute measures from a refusal's sending until a standby has been asked on the record, and from a need's raising until
// somebody has been asked, by the planner; all of it over a real server that syncs.
func BenchmarkSubstitute(b *testing.B) {
	l := newLive(b)
	bob, cat := l.provider("bob", 1, 1000), l.provider("cat", 9, 1000)
	l.mode(matchingv1.Mode_MODE_EMERGENCY)
	var planned, replaced []time.Duration
	for b.Loop() {
		began := time.Now()
		n := l.need("ann")
		a := l.asked(n, bob)
		planned = append(planned, time.Since(began))
		began = time.Now()
		l.refuse("bob", a, bob)
		l.asked(n, cat)
		replaced = append(replaced, time.Since(began))
		l.by("olga", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: n})
	}
	report := func(name string, took []time.Duration) {
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
	report("need-to-offer", planned)
	report("refusal-to-substitute", replaced)
}
