package pollcheck_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/audit/pollcheck"
)

const methodPollsFile = "../../../docs/format/method-polls.json"

// filled opens a secret poll whose ballots are one of so many ways.
func filled(t testing.TB, name string, r *communityv1.PollRules, q *proposalv1.Motion, ways int) *secretWorld {
	shape, err := secretballot.OneOf(ways)
	must(t, err)
	return secret(t, name, r, q, shape)
}

// fill casts the ballot that is filled in in a way, or, with -1, a blank one.
func (w *secretWorld) fill(voter string, ways, place int) {
	choice, err := secretballot.OneOfChoice(ways, place)
	must(w.t, err)
	w.vote(voter, choice...)
}

// opening has the trustees open how many filled their ballots in in each way.
func (w *secretWorld) opening(totals int) *votingv1.EncryptedTally {
	var list []*votingv1.EncryptedTotal
	for o := range totals {
		list = append(list, w.total(heads, o))
	}
	e := w.encrypted(communityv1.Secrecy_SECRECY_TOTALS, list...)
	w.decrypt([]int{1, 2}, heads)
	return e
}

func (w *secretWorld) participantsHold(out *votingv1.Tally) {
	out.Inequalities = []*votingv1.Inequality{{
		Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: w.rules.GetRequirements()[0],
	}}
}

// secretRunoff ranks three options: two abc, one cba, one bca, one blank. c is out by the order of codes, which changes nothing; then a and
// b have two each, and a comes first.
func secretRunoff(t testing.TB) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_TOTALS, communityv1.Method_METHOD_INSTANT_RUNOFF)
	r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, OptionsMin: 3}
	r.Requirements = r.Requirements[:1]
	const rankings = 6
	w := filled(t, "secret run-off", r, question("a", "b", "c"), rankings)
	for i, place := range []int{0, 0, 5, 3, -1} {
		w.fill(voters[i], rankings, place)
	}
	w.close(5)
	out := w.tally(votingv1.Result_RESULT_CHOSEN, w.opening(rankings), 1, 2)
	out.Totals = []*votingv1.OptionTotal{{Option: 0, Heads: 4}, {Option: 1, Heads: 4}, {Option: 2, Heads: 4}}
	out.ValidHeads, out.Abstained, out.Winners, out.TieBroken = 4, 1, []uint32{0}, true
	out.Ties = []*votingv1.Tie{{Options: []uint32{0, 1}, Total: 2}}
	out.Steps = []*votingv1.CountStep{
		{Options: []uint32{0, 1, 2}, Figures: []string{"2", "1", "1"}, Out: []uint32{2}},
		{Options: []uint32{0, 1}, Figures: []string{"2", "2"}},
	}
	w.participantsHold(out)
	w.finish(out)
	return w.record
}

// secretStars gives two options 0 to 2 stars: both have 5, and three of five voters give b more.
func secretStars(t testing.TB) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_TOTALS, communityv1.Method_METHOD_STAR)
	r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_SCORE, PointsMax: 2}
	r.Requirements = r.Requirements[:1]
	const ways = 8 // of the stars of a and b: 01 02 10 11 12 20 21 22
	w := filled(t, "secret stars", r, question("a", "b"), ways)
	for i, place := range []int{4, 4, 0, 5, 2} {
		w.fill(voters[i], ways, place)
	}
	w.close(5)
	out := w.tally(votingv1.Result_RESULT_CHOSEN, w.opening(ways), 1, 2)
	out.Totals = []*votingv1.OptionTotal{{Option: 0, Heads: 4, Score: 5}, {Option: 1, Heads: 3, Score: 5}}
	out.ValidHeads, out.Winners = 5, []uint32{1}
	out.Steps = []*votingv1.CountStep{{Options: []uint32{0, 1}, Figures: []string{"2", "3"}, Won: []uint32{1}}}
	w.participantsHold(out)
	w.finish(out)
	return w.record
}

// secretBudget spends 5 on projects for 3, 3 and 2 that have 3, 3 and 2 approvals: the count stops at b, which ties with a.
func secretBudget(t testing.TB) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_TOTALS, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP)
	r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
	r.Requirements = r.Requirements[:1]
	q := question("a", "b", "c")
	q.BudgetFen = 5
	for i, cost := range []int64{3, 3, 2} {
		q.Options[i].CostFen = cost
	}
	shape, err := secretballot.Approval(3, 0, 3)
	must(t, err)
	w := secret(t, "secret budget", r, q, shape)
	for i, choice := range [][]int64{{1, 1, 1}, {1, 0, 1}, {1, 1, 0}, {0, 1, 0}, {0, 0, 0}} {
		w.vote(voters[i], choice...)
	}
	w.close(5)
	out := w.tally(votingv1.Result_RESULT_CHOSEN, w.opening(3), 1, 2)
	out.Totals = []*votingv1.OptionTotal{
		{Option: 0, Heads: 3, Score: 3}, {Option: 1, Heads: 3, Score: 3}, {Option: 2, Heads: 2, Score: 2},
	}
	out.Winners, out.CostFen, out.TieBroken = []uint32{0}, 3, true
	out.Ties = []*votingv1.Tie{{Options: []uint32{0, 1}, Total: 3}}
	w.participantsHold(out)
	w.finish(out)
	return w.record
}

// secretShares is a committee by equal shares of which nothing is opened, as too few took part.
func secretShares(t testing.TB) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_TOTALS, communityv1.Method_METHOD_EQUAL_SHARES)
	r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
	r.Requirements = r.Requirements[:1]
	const sets = 3
	w := filled(t, "secret shares", r, question("a", "b"), sets)
	w.fill("ann", sets, 1)
	w.close(1)
	out := w.tally(votingv1.Result_RESULT_NO_QUORUM, w.encrypted(communityv1.Secrecy_SECRECY_TOTALS))
	out.Inequalities = []*votingv1.Inequality{{Left: "2*9000", Sign: ">=", Right: "1*57000", Requirement: r.GetRequirements()[0]}}
	w.finish(out)
	return w.record
}

// secretBudgetOfFew is a budget of which nothing is opened, as too few took part: of what nobody knows there are no ties, though there is
// money for one of two projects only.
func secretBudgetOfFew(t testing.TB) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_TOTALS, communityv1.Method_METHOD_BUDGET_GREEDY)
	r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
	r.Requirements = r.Requirements[:1]
	q := question("a", "b")
	q.BudgetFen, q.Options[0].CostFen, q.Options[1].CostFen = 5, 3, 3
	shape, err := secretballot.Approval(2, 0, 2)
	must(t, err)
	w := secret(t, "secret budget of few", r, q, shape)
	w.vote("ann", 1, 0)
	w.close(1)
	out := w.tally(votingv1.Result_RESULT_NO_QUORUM, w.encrypted(communityv1.Secrecy_SECRECY_TOTALS))
	out.Inequalities = []*votingv1.Inequality{{Left: "2*9000", Sign: ">=", Right: "1*57000", Requirement: r.GetRequirements()[0]}}
	w.finish(out)
	return w.record
}

// methodPolls are honest polls by methods that are counted from how ballots are filled in, and budgets.
var methodPolls = map[string]func(testing.TB) *record{
	"secret run-off": secretRunoff, "secret stars": secretStars, "secret budget": secretBudget, "secret shares": secretShares,
	"secret budget of few": secretBudgetOfFew,
}

func more[M proto.Message](change func(r *record, b M)) func(*record) {
	return func(r *record) {
		_, b := find[M](r, 0)
		change(r, b)
	}
}

var methodForgeries = []forgery{
	{"another winner", "secret run-off", "result.winners", counted(func(t *votingv1.Tally) { t.Winners = []uint32{2} })},
	{"a tie that is not told", "secret run-off", "result.ties", counted(func(t *votingv1.Tally) { t.Ties, t.TieBroken = nil, false })},
	{"a tie that did not decide", "secret run-off", "result.ties", counted(func(t *votingv1.Tally) {
		t.Ties = append(t.Ties, &votingv1.Tie{Options: []uint32{1, 2}, Total: 1})
	})},
	{"nobody abstained", "secret run-off", "count.valid", counted(func(t *votingv1.Tally) { t.Abstained, t.ValidHeads = 0, 5 })},
	{"a ballot more for an option", "secret run-off", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[1].Heads++ })},
	{"a ranking that is not listed", "secret run-off", "sums.list", more(func(_ *record, b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Totals = b.Tally.Totals[:5]
	})},
	{"sums exchanged", "secret run-off", "sums.differ", more(func(_ *record, b *votingv1.EncryptedTallyRecorded) {
		l := b.GetTally().GetTotals()
		l[0].Sum, l[5].Sum = l[5].GetSum(), l[0].GetSum()
	})},
	{"a ballot of two rankings", "secret run-off", "ballots.refused", more(func(_ *record, b *votingv1.SecretBallotCast) {
		b.Ballot = flip(b.GetBallot())
	})},
	{"the one with more stars", "secret stars", "result.winners", counted(func(t *votingv1.Tally) { t.Winners = []uint32{0} })},
	{"a star more", "secret stars", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[0].Score++ })},
	{"one project more", "secret budget", "result.winners", counted(func(t *votingv1.Tally) { t.Winners, t.CostFen = []uint32{0, 2}, 5 })},
	{"another cost", "secret budget", "result.winners", counted(func(t *votingv1.Tally) { t.CostFen++ })},
	{"an approval more", "secret budget", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[2].Score++ })},
	{"a tie of nothing", "secret budget of few", "result.ties", counted(func(t *votingv1.Tally) {
		t.Ties, t.TieBroken = []*votingv1.Tie{{Options: []uint32{0, 1}}}, true
	})},
	{"winners of nothing", "secret shares", "result.winners", counted(func(t *votingv1.Tally) { t.Winners = []uint32{0} })},
}

// Nothing is wrong with honest ones, and everything that there is of them is checked.
func TestMethodPolls(t *testing.T) {
	made := map[string]*record{}
	for name, make := range methodPolls {
		made[name] = make(t)
		report := made[name].check()
		if found := unexpected(name, report.Polls[0].Findings); len(found) > 0 {
			t.Errorf("%s: %+v", name, found)
		}
		for _, c := range report.Polls[0].Checks {
			if c.State == pollcheck.Unchecked {
				t.Errorf("%s: %s is %s", name, c.Name, c.State)
			}
		}
	}
	for _, f := range methodForgeries {
		r := made[f.record].clone()
		r.t = t
		f.change(r)
		report := r.check()
		if !slices.ContainsFunc(report.Polls[0].Findings, func(x pollcheck.Finding) bool { return x.Code == f.want }) {
			t.Errorf("%s, %s: want %s, found %+v", f.record, f.name, f.want, report.Polls[0].Findings)
		}
	}
}

// Whatever commit is withheld, an honest one is not called wrong for it.
func TestMethodPollsWithheld(t *testing.T) {
	for name, make := range methodPolls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := make(t)
			for i := range whole.facts {
				r := whole.clone()
				r.facts[i].hidden = true
				for _, p := range r.check().Polls {
					if found := unexpected(name, p.Findings); len(found) > 0 {
						t.Errorf("commit %d (%T): %+v", i, whole.facts[i].body, found[0])
					}
				}
			}
		})
	}
}

// TestMethodVectors: what the released file holds is what is made here, and found by the checks; it is only ever added to.
func TestMethodVectors(t *testing.T) {
	var file struct {
		Records   []recordVector  `json:"records"`
		Forgeries []forgeryVector `json:"forgeries"`
	}
	load(t, methodPollsFile, &file)
	records, forged := vectorsOf(t, methodPolls, methodForgeries)
	file.Records = added(t, file.Records, records.Records, func(v recordVector) string { return v.Name })
	file.Forgeries = added(t, file.Forgeries, forged.Forgeries, func(v forgeryVector) string { return v.Record + "/" + v.Name })
	if *write {
		saveMethodPolls(t, file.Records, file.Forgeries)
	}
}

// saveMethodPolls writes one of each list a line, so that what is added can be seen.
func saveMethodPolls(t *testing.T, records []recordVector, forged []forgeryVector) {
	var b bytes.Buffer
	b.WriteString(`{"records":[`)
	for i, v := range records {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(jsonOf(t, v))
	}
	b.WriteString("\n],\"forgeries\":[")
	for i, v := range forged {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString("\n")
		b.Write(jsonOf(t, v))
	}
	b.WriteString("\n]}\n")
	must(t, os.WriteFile(methodPollsFile, b.Bytes(), 0o644))
}
