package pollcheck_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// honestTogether are polls whose heads and area are judged together.
var honestTogether = map[string]func(testing.TB) *record{
	"secret together, passed":             togetherPassed,
	"secret together, short":              togetherShort,
	"secret together, of one requirement": togetherAlone,
}

// togetherRules ask of the yes half of the heads that take part, and a share of their area.
func togetherRules(areaNumerator, areaDenominator int64) *communityv1.PollRules {
	r := rulesOf(communityv1.Secrecy_SECRECY_PASS_FAIL, yesNo)
	r.Secrecy.Together = true
	r.Requirements[2] = proto.CloneOf(r.Requirements[2])
	r.Requirements[2].Numerator, r.Requirements[2].Denominator = areaNumerator, areaDenominator
	return r
}

// judge has trustees blind the totals, each held against its claim, and the first of them say of all together what is so.
func (w *secretWorld) judge(trustees []int, totals []*votingv1.EncryptedTotal, values ...uint64) {
	asked := w.asked(totals)
	parts, by := w.blind(trustees, []int{1, 2, 3}, asked), trustees[0]
	var opened []*trustee.OpenedTotal
	var thresholds []uint64
	for i, total := range asked {
		o, err := trustee.OpenTotal(w.long[by-1], w.terms, w.seal, total, parts[i])
		must(w.t, err)
		opened, thresholds = append(opened, o), append(thresholds, uint64(totals[i].GetClaims()[0].GetThreshold()))
	}
	verdict, err := trustee.ProveTogether(w.rand, opened, values, thresholds)
	must(w.t, err)
	w.says(by, &votingv1.TotalsProved{Trustee: uint32(by), Verdicts: [][]byte{verdict.Bytes()}})
}

// togetherOf is a poll with 3 of 5 heads and 25000 of 41000 of the area for it.
func togetherOf(t testing.TB, name string, r *communityv1.PollRules, ofArea int64) (*secretWorld, *votingv1.Tally) {
	w := secret(t, name, r, question(), yesNoShape(t))
	w.votes()
	totals, values := []*votingv1.EncryptedTotal{w.total(heads, 0, 3)}, []uint64{3}
	if ofArea > 0 {
		totals, values = append(totals, w.total(area, 0, ofArea)), append(values, 25000)
	}
	e := w.encrypted(communityv1.Secrecy_SECRECY_PASS_FAIL, totals...)
	e.Together = true
	w.judge([]int{2, 3}, totals, values...)
	out := w.tally(votingv1.Result_RESULT_PASSED, e, 2, 3)
	out.Secret.Together = votingv1.Together_TOGETHER_REACHED
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: r.GetRequirements()[0]},
	}
	return w, out
}

func togetherPassed(t testing.TB) *record {
	r := togetherRules(1, 2)
	w, out := togetherOf(t, "secret together, passed", r, 20501)
	out.Secret.Ranges = []*votingv1.TotalRange{{Measure: heads, Low: 3, High: 5}, {Measure: area, Low: 20501, High: 41000}}
	out.Inequalities = append(out.Inequalities,
		&votingv1.Inequality{Sign: ">", Holds: true, Requirement: r.GetRequirements()[1]},
		&votingv1.Inequality{Sign: ">", Holds: true, Requirement: r.GetRequirements()[2]})
	w.finish(out)
	return w.record
}

func togetherShort(t testing.TB) *record {
	w, out := togetherOf(t, "secret together, short", togetherRules(3, 4), 30751)
	out.Result, out.Secret.Together = votingv1.Result_RESULT_REJECTED, votingv1.Together_TOGETHER_SHORT
	out.Secret.Ranges = []*votingv1.TotalRange{{Measure: heads, High: 5}, {Measure: area, High: 41000}}
	w.finish(out)
	return w.record
}

// togetherAlone asks two things of heads, of which the greater decides.
func togetherAlone(t testing.TB) *record {
	r := togetherRules(1, 5)
	r.Requirements[2].Measure = heads
	w, out := togetherOf(t, "secret together, of one requirement", r, 0)
	out.Secret.Ranges = []*votingv1.TotalRange{{Measure: heads, Low: 3, High: 5}}
	out.Inequalities = append(out.Inequalities,
		&votingv1.Inequality{Sign: ">", Holds: true, Requirement: r.GetRequirements()[1]},
		&votingv1.Inequality{Sign: ">", Holds: true, Requirement: r.GetRequirements()[2]})
	w.finish(out)
	return w.record
}

const (
	togetherIs  = "secret together, passed"
	togetherNot = "secret together, short"
)

// togetherForgeries are those of polls whose requirements are judged together.
var togetherForgeries = []forgery{
	{"judged apart", togetherIs, "sums.together", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Together = false })},
	{"two thresholds of one total", togetherIs, "sums.claims", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Totals[0].Claims = append([]*votingv1.TotalClaim{{Threshold: 1}}, b.Tally.Totals[0].Claims...)
	})},
	{"one total alone", togetherNot, "sums.list", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Totals = b.Tally.Totals[:1] })},
	{"another threshold", togetherNot, "opening.claims", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Totals[1].Claims[0].Threshold--
	})},
	{"no verdict", togetherNot, "opening.few", on(0, func(b *votingv1.TotalsProved) { b.Verdicts = nil })},
	{"a verdict more", togetherNot, "opening.few", on(0, func(b *votingv1.TotalsProved) {
		b.Verdicts = append(b.Verdicts, b.Verdicts[0])
	})},
	{"a wrong verdict", togetherNot, "opening.verdict", on(0, func(b *votingv1.TotalsProved) { b.Verdicts[0] = flip(b.Verdicts[0]) })},
	{"a verdict turned", togetherNot, "opening.verdict", on(0, func(b *votingv1.TotalsProved) { b.Verdicts[0][3] ^= 1 })},
	{"a verdict of an older kind", togetherIs, "opening.verdict", on(0, func(b *votingv1.TotalsProved) { b.Verdicts[0][1] = 11 })},
	{"a verdict by somebody else", togetherIs, "opening.trustee", on(0, func(b *votingv1.TotalsProved) { b.Trustee = 1 })},
	{"passed, though it fell short", togetherNot, "result.differs", counted(func(t *votingv1.Tally) {
		t.Result = votingv1.Result_RESULT_PASSED
	})},
	{"the verdict told otherwise", togetherNot, "count.secret", counted(func(t *votingv1.Tally) {
		t.Secret.Together = votingv1.Together_TOGETHER_REACHED
	})},
	{"told which one failed", togetherNot, "result.inequality", counted(func(t *votingv1.Tally) {
		t.Inequalities = append(t.Inequalities, &votingv1.Inequality{Sign: ">", Holds: true, Requirement: rulesOf(0, yesNo).GetRequirements()[1]})
	})},
	{"told what a total reaches", togetherNot, "count.secret", counted(func(t *votingv1.Tally) { t.Secret.Ranges[0].Low = 3 })},
	{"withheld, though it is known", togetherNot, "result.differs", counted(func(t *votingv1.Tally) {
		t.Result = votingv1.Result_RESULT_WITHHELD
	})},
}
