package ledger_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/credit"
)

// doubted is a community in which dan has worked for ann, who lives with omar of the owners; fay, an auditor of the company, may doubt it.
func doubted(t decidertest.TB) (w *world, job string) {
	w = newWorld(t, rules())
	w.auditor("fay", "company")
	w.auditor("cat", "owners")
	job = w.Do("work", "dan", "ledger.report_work", work("ann", 60))
	w.Do("work", "ann", "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: job})
	return w, job
}

func (w *world) auditor(name, org string) {
	w.Helper()
	w.Fact("member/"+id(name), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_AUDITOR, Org: id(org)})
}

func doubt(job string) proto.Message {
	return &ledgerv1.ProposeClawback{Work: job, Reason: text("nobody was there")}
}

func appeal(job string) *ledgerv1.AppealClawback {
	return &ledgerv1.AppealClawback{Work: job, Reason: text("I was")}
}

func decide(job string, granted bool) proto.Message {
	return &ledgerv1.DecideAppeal{Work: job, Granted: granted, Reason: text("a photograph")}
}

func (w *world) clawback(job string) *credit.Clawback {
	w.Helper()
	c := decider.Peek[credit.Clawback](w.State, credit.ClawbackPath(job))
	if c == nil {
		w.Fatalf("there is no clawback")
	}
	return c
}

// expects sends a command and compares how it is refused, "" for not at all.
func (w *world) expects(who, operation string, body proto.Message, want string) {
	w.Helper()
	if got := w.Try(who, operation, body); got != want {
		w.Errorf("%s by %s: %q, want %q", operation, who, got, want)
	}
}

// TestClawbackFinding: who may find that work was not done, and of what.
func TestClawbackFinding(t *testing.T) {
	t.Parallel()
	w, job := doubted(t)
	waiting := w.Do("work", "dan", "ledger.report_work", work("bob", 60))
	const op = "ledger.propose_clawback"
	w.expects("olga", op, doubt(job), "role.missing")
	w.expects("fay", op, doubt(id("none")), "work.unknown")
	w.expects("fay", op, doubt(waiting), "clawback.nothing_made")
	w.expects("fay", op, &ledgerv1.ProposeClawback{Work: job}, "text.malformed")
	w.auditor("bob", "company")
	w.household("of bob", "bob", "dan")
	w.expects("bob", op, doubt(job), "pattern.concerned") // he lives with dan by now
	w.Fact("member/"+id("ann"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("owners")})
	w.expects("cat", op, doubt(job), "clawback.same_org")
	w.expects("fay", op, doubt(job), "")
	w.expects("fay", op, doubt(job), "clawback.found_before")
	w.has("dan", 60) // nothing is taken yet
	w.Replay()
}

// TestClawbackTaken: without an appeal the credits go back; what is spent stays with whoever took it and is kept from what is earned next.
func TestClawbackTaken(t *testing.T) {
	t.Parallel()
	w, job := doubted(t)
	w.Do("spending", "dan", "ledger.spend", &ledgerv1.SpendCredits{To: id("eve"), Amount: 45})
	w.expects("fay", "ledger.propose_clawback", doubt(job), "")
	w.Now += 999_000
	w.Settle()
	w.has("dan", 15)
	w.Now += 1000
	w.Settle()
	w.has("dan", 0)
	w.has("eve", 45)
	if c := w.clawback(job); c.State != credit.Taken || c.Taken != 15 || c.Owed != 45 {
		t.Errorf("the clawback is %+v", c)
	}
	w.expects("dan", "ledger.appeal_clawback", appeal(job), "clawback.appealed")
	if again := w.worked("dan", "bob", 30); again.Minted != 30 {
		t.Errorf("the work is %+v", again)
	}
	w.has("dan", 0)
	w.worked("dan", "bob", 30)
	w.has("dan", 15)
	w.Replay()
}

// TestClawbackAppeal: an appeal is decided by somebody with an office in a third organisation, or nothing is taken.
func TestClawbackAppeal(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		decided func(w *world, job string)
		state   string
		has     int64
	}{
		"granted":       {func(w *world, job string) { w.expects("olga", "ledger.decide_appeal", decide(job, true), "") }, credit.Granted, 60},
		"dismissed":     {func(w *world, job string) { w.expects("olga", "ledger.decide_appeal", decide(job, false), "") }, credit.Taken, 0},
		"by an auditor": {func(w *world, job string) { w.expects("cat", "ledger.decide_appeal", decide(job, false), "") }, credit.Taken, 0},
		"not decided":   {func(*world, string) {}, credit.Dropped, 60},
		"decided too late": {func(w *world, job string) {
			w.Now += 2_000_000
			w.expects("olga", "ledger.decide_appeal", decide(job, false), "clawback.late")
		}, credit.Dropped, 60},
		"by those concerned": {func(w *world, job string) {
			w.expects("dan", "ledger.decide_appeal", decide(job, true), "role.missing")
			w.expects("omar", "ledger.decide_appeal", decide(job, true), "pattern.concerned") // he lives with ann
			w.expects("fay", "ledger.decide_appeal", decide(job, false), "pattern.concerned")
			w.expects("pia", "ledger.decide_appeal", decide(job, false), "clawback.same_org")
		}, credit.Dropped, 60},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, job := doubted(t)
			w.expects("olga", "ledger.decide_appeal", decide(job, true), "clawback.unknown")
			w.expects("dan", "ledger.appeal_clawback", appeal(job), "clawback.unknown")
			w.expects("fay", "ledger.propose_clawback", doubt(job), "")
			w.expects("olga", "ledger.decide_appeal", decide(job, true), "clawback.no_appeal")
			w.expects("bob", "ledger.appeal_clawback", appeal(job), "clawback.not_concerned")
			w.expects("ann", "ledger.appeal_clawback", appeal(job), "")
			w.expects("dan", "ledger.appeal_clawback", appeal(job), "clawback.appealed")
			row.decided(w, job)
			w.Now += 5_000_000
			w.Settle()
			w.has("dan", row.has)
			if c := w.clawback(job); c.State != row.state {
				t.Errorf("it is %s, want %s", c.State, row.state)
			}
			w.Replay()
		})
	}
}

// TestClawbackAppealLate: an appeal has its time; a helper may make it.
func TestClawbackAppealLate(t *testing.T) {
	t.Parallel()
	w, job := doubted(t)
	w.expects("fay", "ledger.propose_clawback", doubt(job), "")
	helped := appeal(job)
	helped.Principal, helped.Mandate = id("dan"), w.helps("eve", "dan", communityv1.Act_ACT_CREDITS)
	w.Now += 1_000_000
	w.expects("eve", "ledger.appeal_clawback", helped, "clawback.late")
	w.Now--
	w.expects("eve", "ledger.appeal_clawback", helped, "")
}

// TestClawbackAndDividend: work that was not done counts for no dividend to come.
func TestClawbackAndDividend(t *testing.T) {
	t.Parallel()
	w, job := doubted(t)
	w.worked("eve", "ann", 60)
	w.expects("fay", "ledger.propose_clawback", doubt(job), "")
	w.Now += 1_000_000
	w.Settle()
	w.Do("spending", "eve", "ledger.spend", &ledgerv1.SpendCredits{Amount: 60})
	w.expects("olga", "ledger.declare_dividend", &ledgerv1.DeclareDividend{}, "")
	w.Settle()
	w.has("dan", 1) // of thirty, twelve for eleven alike, and eighteen for eve's work
	w.has("eve", 1+18)
	w.Replay()
}

// TestClawbackByClocksApart: what a dividend has paid for is told by the order of the record and not by its times, which two clocks give.
func TestClawbackByClocksApart(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		millis int64 // from the first of the two to the second, by their times
		paid   bool  // the work is confirmed before the dividend, and paid for
	}{
		"paid for":                         {5, true},
		"paid for, by times the other way": {-5, true},
		"to come":                          {5, false},
		"to come, by times the other way":  {-5, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, rules())
			w.auditor("fay", "company")
			w.worked("eve", "bob", 300)
			w.Do("spending", "eve", "ledger.spend", &ledgerv1.SpendCredits{Amount: 300})
			job := w.Do("work", "dan", "ledger.report_work", work("ann", 60))
			confirm := func() { w.expects("ann", "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: job}, "") }
			declare := func() { w.expects("olga", "ledger.declare_dividend", &ledgerv1.DeclareDividend{}, "") }
			first, second := declare, confirm
			if row.paid {
				first, second = confirm, declare
			}
			first()
			w.Now += row.millis
			second()
			w.Settle()
			w.expects("fay", "ledger.propose_clawback", doubt(job), "")
			w.Now += 1_000_000
			w.Settle()
			w.worked("dan", "bob", 60)
			w.worked("eve", "bob", 60)
			w.Now += 91 * dayMillis
			w.Settle()
			had := w.account(credit.AccountID(id("dan"))).Balance - w.account(credit.AccountID(id("eve"))).Balance
			declare()
			w.Settle()
			if has := w.account(credit.AccountID(id("dan"))).Balance - w.account(credit.AccountID(id("eve"))).Balance; has != had {
				t.Errorf("for as much work dan gets %d more than eve", has-had)
			}
			w.Replay()
		})
	}
}
