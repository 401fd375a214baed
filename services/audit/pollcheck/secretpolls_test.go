package pollcheck_test

import (
	"crypto/ecdh"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

func x25519(t testing.TB, private []byte) []byte {
	key, err := ecdh.X25519().NewPrivateKey(private)
	must(t, err)
	return key.PublicKey().Bytes()
}

func yesNoShape(t testing.TB) secretballot.Shape {
	s, err := secretballot.Approval(3, 1, 1)
	must(t, err)
	return s
}

// votes are those of the questions with yes or no: 3 yes (9000+7000+9000), 1 no (7000), 1 abstains (9000). One was replaced, one opened.
func (w *secretWorld) votes() {
	w.vote("ann", 0, 1, 0)
	w.vote("ben", 1, 0, 0)
	w.challenge("cai", 0, 0, 1)
	w.vote("cai", 1, 0, 0)
	w.vote("dan", 0, 1, 0)
	w.vote("ann", 1, 0, 0)
	w.vote("eva", 0, 0, 1)
	w.close(5)
}

// secretTotals opens exact totals (L1).
func secretTotals(t testing.TB) *record {
	w := secret(t, "secret totals", rulesOf(communityv1.Secrecy_SECRECY_TOTALS, yesNo), question(), yesNoShape(t))
	w.votes()
	var totals []*votingv1.EncryptedTotal
	for _, m := range []communityv1.Measure{heads, area} {
		for o := range 3 {
			totals = append(totals, w.total(m, o))
		}
	}
	e := w.encrypted(communityv1.Secrecy_SECRECY_TOTALS, totals...)
	w.decrypt([]int{1, 3}, heads, area)
	w.now += 60_000
	w.rule(&votingv1.SharesMissing{Trustees: []uint32{2}})
	out := w.tally(votingv1.Result_RESULT_PASSED, e, 1, 3)
	out.Totals = []*votingv1.OptionTotal{
		{Option: 0, Heads: 3, AreaCentiM2: 25000}, {Option: 1, Heads: 1, AreaCentiM2: 7000}, {Option: 2, Heads: 1, AreaCentiM2: 9000},
	}
	out.ValidHeads, out.ValidAreaCentiM2, out.Abstained = 4, 32000, 1
	q := w.rules.GetRequirements()
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
		{Left: "2*3", Sign: ">", Right: "1*5", Holds: true, Requirement: q[1]},
		{Left: "2*25000", Sign: ">", Right: "1*41000", Holds: true, Requirement: q[2]},
	}
	w.finish(out, 2)
	return w.record
}

// secretPassFail tells whether it passed (L3): of heads 3 of 5, of area 25000 of 41000.
func secretPassFail(t testing.TB) *record { return passFail(t, []int{1, 2, 3}) }

// passFail has hidden parts sealed to these trustees.
func passFail(t testing.TB, readers []int) *record {
	w := secret(t, "secret pass or fail", rulesOf(communityv1.Secrecy_SECRECY_PASS_FAIL, yesNo), question(), yesNoShape(t))
	w.votes()
	totals := []*votingv1.EncryptedTotal{w.total(heads, 0, 3), w.total(area, 0, 20501)}
	e := w.encrypted(communityv1.Secrecy_SECRECY_PASS_FAIL, totals...)
	claims := [][]trustee.Claim{{{Reached: true, Threshold: 3}}, {{Reached: true, Threshold: 20501}}}
	w.prove([]int{2, 3}, readers, totals, claims, []uint64{3, 25000})
	out := w.tally(votingv1.Result_RESULT_PASSED, e, 2, 3)
	q := w.rules.GetRequirements()
	out.Secret.Ranges = []*votingv1.TotalRange{
		{Measure: heads, Low: 3, High: 5}, {Measure: area, Low: 20501, High: 41000},
	}
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
		{Sign: ">", Holds: true, Requirement: q[1]}, {Sign: ">", Holds: true, Requirement: q[2]},
	}
	w.finish(out)
	return w.record
}

// secretInterval tells in which interval the yes lies (L2), by heads alone.
func secretInterval(t testing.TB) *record { return interval(t, trustee.Within(3, 3, 5)) }

// interval proves these claims.
func interval(t testing.TB, claims []trustee.Claim) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_INTERVAL, yesNo)
	r.Secrecy.IntervalWidth, r.Requirements = 2, r.Requirements[:2]
	w := secret(t, "secret interval", r, question(), yesNoShape(t))
	w.votes()
	totals := []*votingv1.EncryptedTotal{w.total(heads, 0, 2, 3, 4)}
	e := w.encrypted(communityv1.Secrecy_SECRECY_INTERVAL, totals...)
	w.prove([]int{1, 2}, []int{1, 2, 3}, totals, [][]trustee.Claim{claims}, []uint64{3})
	out := w.tally(votingv1.Result_RESULT_PASSED, e, 1, 2)
	out.Secret.Ranges = []*votingv1.TotalRange{{Measure: heads, Low: 3, High: 3}}
	q := w.rules.GetRequirements()
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: q[0]},
		{Left: "2*3", Sign: ">", Right: "1*5", Holds: true, Requirement: q[1]},
	}
	w.finish(out)
	return w.record
}

// secretApproval is a choice of at most two of three options, of which at least one is named.
func secretApproval(t testing.TB) *record {
	r := rulesOf(communityv1.Secrecy_SECRECY_TOTALS, approval)
	r.Ballot = &communityv1.BallotRules{OptionsMin: 1, OptionsMax: 2}
	shape, err := secretballot.Approval(3, 1, 2)
	must(t, err)
	w := secret(t, "secret approval", r, question("a", "b", "c"), shape)
	w.vote("ann", 1, 1, 0)
	w.vote("ben", 0, 1, 0)
	w.vote("cai", 0, 1, 1)
	w.vote("dan", 1, 0, 0)
	w.close(4)
	e := w.encrypted(communityv1.Secrecy_SECRECY_TOTALS, w.total(heads, 0), w.total(heads, 1), w.total(heads, 2))
	w.decrypt([]int{1, 2, 3}, heads)
	out := w.tally(votingv1.Result_RESULT_CHOSEN, e, 1, 2)
	out.Totals = []*votingv1.OptionTotal{
		{Option: 0, Heads: 2, Score: 2}, {Option: 1, Heads: 3, Score: 3}, {Option: 2, Heads: 1, Score: 1},
	}
	out.ValidHeads, out.Winners = 4, []uint32{1}
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*32000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: r.GetRequirements()[0]},
	}
	w.finish(out)
	return w.record
}

// secretWithheld is one of which nothing may be opened.
func secretWithheld(t testing.TB) *record {
	w := secret(t, "secret withheld", rulesOf(communityv1.Secrecy_SECRECY_PASS_FAIL, yesNo), question(), yesNoShape(t))
	w.votes()
	e := w.encrypted(communityv1.Secrecy_SECRECY_UNSPECIFIED)
	e.Leak = []*votingv1.LeakStep{{
		Secrecy: communityv1.Secrecy_SECRECY_PASS_FAIL, Report: &votingv1.LeakReport{Refused: "leak.pinned"},
	}}
	out := w.tally(votingv1.Result_RESULT_WITHHELD, e)
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*41000", Sign: ">=", Right: "1*57000", Holds: true, Requirement: w.rules.GetRequirements()[0]},
	}
	w.finish(out)
	return w.record
}

// secretNoQuorum needs no opening: too few have voted.
func secretNoQuorum(t testing.TB) *record {
	w := secret(t, "secret without a quorum", rulesOf(communityv1.Secrecy_SECRECY_TOTALS, yesNo), question(), yesNoShape(t))
	w.vote("ann", 1, 0, 0)
	w.close(1)
	e := w.encrypted(communityv1.Secrecy_SECRECY_TOTALS)
	out := w.tally(votingv1.Result_RESULT_NO_QUORUM, e)
	q := w.rules.GetRequirements()
	out.Inequalities = []*votingv1.Inequality{{Left: "2*9000", Sign: ">=", Right: "1*57000", Requirement: q[0]}}
	w.finish(out)
	return w.record
}

// secretEmpty is one in which nobody voted.
func secretEmpty(t testing.TB) *record {
	w := secret(t, "secret without anybody", rulesOf(communityv1.Secrecy_SECRECY_PASS_FAIL, yesNo), question(), yesNoShape(t))
	w.close(0)
	e := w.encrypted(communityv1.Secrecy_SECRECY_PASS_FAIL)
	out := w.tally(votingv1.Result_RESULT_NO_QUORUM, e)
	out.Totals = []*votingv1.OptionTotal{{Option: 0}, {Option: 1}, {Option: 2}}
	q := w.rules.GetRequirements()
	out.Inequalities = []*votingv1.Inequality{
		{Left: "2*0", Sign: ">=", Right: "1*57000", Requirement: q[0]},
		{Left: "2*0", Sign: ">", Right: "1*0", Requirement: q[1], BaseZero: true},
		{Left: "2*0", Sign: ">", Right: "1*0", Requirement: q[2], BaseZero: true},
	}
	w.finish(out)
	return w.record
}

// secretContested lapses, because a voter has shown that their credential weighs something else.
func secretContested(t testing.TB) *record {
	w := secret(t, "secret contested", rulesOf(communityv1.Secrecy_SECRECY_TOTALS, yesNo), question(), yesNoShape(t))
	f, _ := find[*votingv1.PollOpened](w.record, 0)
	w.remove(f)
	_, list := find[*votingv1.CredentialsListed](w.record, 0)
	var wronged string
	for _, v := range voters {
		if string(credentialKey(v)) == string(list.GetRows()[0].GetKey()) {
			wronged = v
		}
	}
	list.Rows[0].AreaCentiM2++
	rows := rowsOf(voters[:6])
	rows[0].AreaCentiM2++
	_, sealed := find[*votingv1.RosterSealed](w.record, 0)
	sealed.Root = rosterRoot(rows)
	w.by(chain.AuthorDevice, forge.ID(wronged), forge.Public(wronged), "poll/"+w.world.id, &votingv1.RosterContested{
		Voter: forge.ID(wronged), Key: credentialKey(wronged), Salt: salt(wronged),
	})
	w.rule(&votingv1.OpeningLapsed{Reason: "roster.contested"})
	return w.record
}

// honest are all of them.
var honest = map[string]func(testing.TB) *record{
	"open yes/no": openYesNo, "open single": openSingle, "open in the second round": openAgain,
	"open approval": openApproval, "secret totals": secretTotals,
	"secret pass or fail": secretPassFail, "secret interval": secretInterval, "secret approval": secretApproval,
	"secret withheld": secretWithheld, "secret without a quorum": secretNoQuorum, "secret contested": secretContested,
	"secret without anybody": secretEmpty, "secret sheets": secretSheets,
}
