package pollcheck_test

import (
	"math/big"
	"testing"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// passing is what is told of a question: whether so many heads said yes, and so much area.
type passing struct {
	voters      []string
	heads, area int64
}

// report goes through all ways to fill in the ballots in so many choices, the first of which is yes, and finds how sure one can be of
// somebody's choice: with the worst of what may be told, or where both were reached.
func (p passing) report(choices int, passed bool) *votingv1.LeakReport {
	type cell struct{ heads, area bool }
	all := map[cell]int64{}
	made := map[cell][][]int64{}
	row := make([]int, len(p.voters))
	for {
		heads, area := int64(0), int64(0)
		for i, choice := range row {
			if choice == 0 {
				heads, area = heads+1, area+areaOf(p.voters[i])
			}
		}
		c := cell{heads >= p.heads, area >= p.area}
		all[c]++
		if made[c] == nil {
			made[c] = make([][]int64, len(row))
			for i := range row {
				made[c][i] = make([]int64, choices)
			}
		}
		for i, choice := range row {
			made[c][i][choice]++
		}
		at := 0
		for ; at < len(row) && row[at] == choices-1; at++ {
			row[at] = 0
		}
		if at == len(row) {
			break
		}
		row[at]++
	}
	worst := new(big.Rat)
	for c, voters := range made { // any order: the greatest is sought
		for _, voter := range voters {
			for _, n := range voter {
				if sure := big.NewRat(n, all[c]); (!passed || c == cell{true, true}) && sure.Cmp(worst) > 0 {
					worst = sure
				}
			}
		}
	}
	millionths, rest := new(big.Int).QuoRem(new(big.Int).Mul(worst.Num(), big.NewInt(1_000_000)), worst.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		millionths.Add(millionths, big.NewInt(1))
	}
	return &votingv1.LeakReport{AnonymityMin: int64(len(p.voters)), PosteriorMicros: millionths.Int64(), Exact: true}
}

// metered is the question of which it is told whether it has passed, with what the meter says of it: before the opening, of the six who
// have a credential, after the close, of the five who voted, and of the result.
func metered(t testing.TB) *record {
	r := passFail(t, []int{1, 2, 3})
	_, opened := find[*votingv1.PollOpened](r, 0)
	opened.Leak = passing{voters[:6], 4, 24001}.report(3, false)
	took := passing{voters[:5], 3, 20501}
	_, e := find[*votingv1.EncryptedTallyRecorded](r, 0)
	e.Tally.Leak[0].Report = took.report(3, false)
	told := took.report(3, true)
	if two := took.report(2, true); two.GetPosteriorMicros() > told.GetPosteriorMicros() {
		told = two
	}
	counted(func(t *votingv1.Tally) { t.Secret.Leak = told })(r)
	return r
}

// toldOtherwise changes what the tally says of the result, and the certificate with it.
func toldOtherwise(change func(b *votingv1.LeakReport)) func(r *record) {
	return counted(func(t *votingv1.Tally) { change(t.Secret.Leak) })
}

// stepped changes what was found after the close.
func stepped(change func(b *votingv1.LeakStep)) func(r *record) {
	return on(0, func(b *votingv1.EncryptedTallyRecorded) { change(b.Tally.Leak[0]) })
}

var leakForgeries = []forgery{
	{"no word before the opening", "secret metered", "leak.missing", on(0, func(b *votingv1.PollOpened) { b.Leak = nil })},
	{"no word of the result", "secret metered", "leak.missing", counted(func(t *votingv1.Tally) { t.Secret.Leak = nil })},
	{"hidden among one more before the opening", "secret metered", "leak.hidden",
		on(0, func(b *votingv1.PollOpened) { b.Leak.AnonymityMin++ })},
	{"hidden among one more", "secret metered", "leak.hidden", stepped(func(b *votingv1.LeakStep) { b.Report.AnonymityMin++ })},
	{"surer than it says before the opening", "secret metered", "leak.figures",
		on(0, func(b *votingv1.PollOpened) { b.Leak.PosteriorMicros-- })},
	{"surer than it says", "secret metered", "leak.figures", stepped(func(b *votingv1.LeakStep) { b.Report.PosteriorMicros-- })},
	{"less sure than it says", "secret metered", "leak.figures", stepped(func(b *votingv1.LeakStep) { b.Report.PosteriorMicros++ })},
	{"a bound that is too low", "secret metered", "leak.figures", stepped(func(b *votingv1.LeakStep) {
		b.Report.Exact, b.Report.PosteriorMicros = false, b.Report.GetPosteriorMicros()-1
	})},
	{"a chance that is none", "secret metered", "leak.figures", stepped(func(b *votingv1.LeakStep) { b.Report.ChanceMicros++ })},
	{"let pass though it pins", "secret metered", "leak.refused", stepped(func(b *votingv1.LeakStep) { b.Report.PosteriorMicros = 950_001 })},
	{"let pass though too few are alike", "secret metered", "leak.refused", stepped(func(b *votingv1.LeakStep) { b.Report.AnonymityMin = 1 })},
	{"refused for nothing", "secret metered", "leak.refused", stepped(func(b *votingv1.LeakStep) { b.Report.Refused = "leak.voter_pinned" })},
	{"opened though it was refused", "secret metered", "leak.refused",
		on(0, func(b *votingv1.PollOpened) { b.Leak.Refused = "leak.voter_pinned" })},
	{"a level that the rules do not have", "secret metered", "leak.levels", stepped(func(b *votingv1.LeakStep) {
		b.Secrecy = communityv1.Secrecy_SECRECY_INTERVAL
	})},
	{"none considered", "secret metered", "leak.levels", on(0, func(b *votingv1.EncryptedTallyRecorded) { b.Tally.Leak = nil })},
	{"the same again", "secret metered", "leak.levels", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Leak = append(b.Tally.Leak, proto.Clone(b.Tally.Leak[0]).(*votingv1.LeakStep))
	})},
	{"considered though too few took part", "secret without a quorum", "leak.levels", on(0, func(b *votingv1.EncryptedTallyRecorded) {
		b.Tally.Leak = []*votingv1.LeakStep{{Secrecy: communityv1.Secrecy_SECRECY_TOTALS, Report: &votingv1.LeakReport{}}}
	})},
	{"the result tells more than it says", "secret metered", "leak.told", toldOtherwise(func(b *votingv1.LeakReport) { b.PosteriorMicros-- })},
	{"a bound on the result that is too low", "secret metered", "leak.told", toldOtherwise(func(b *votingv1.LeakReport) {
		b.Exact, b.PosteriorMicros = false, b.GetPosteriorMicros()-1
	})},
	{"a word of a result of which nothing was opened", "secret without a quorum", "leak.told",
		counted(func(t *votingv1.Tally) { t.Secret.Leak = &votingv1.LeakReport{} })},
}

// meteredPolls are honest ones of which the meter says what is so. In those that were released somebody made that up.
var meteredPolls = map[string]func(testing.TB) *record{
	"secret metered": metered,
	// Exact totals of six would too likely tell how somebody has voted.
	"secret totals, lapsed": func(t testing.TB) *record { return lapsedBefore(honest["secret totals"], "leak.voter_pinned")(t) },
	"secret totals, lapsed for another reason": func(t testing.TB) *record {
		return lapsedBefore(honest["secret totals"], "trustees.silent")(t)
	},
	// A bound may lie above what is so.
	"secret metered, bounded": func(t testing.TB) *record {
		r := metered(t)
		above := func(b *votingv1.LeakReport) {
			b.Exact, b.PosteriorMicros, b.ChanceMicros = false, b.GetPosteriorMicros()+1, b.GetChanceMicros()+1
		}
		on(0, func(b *votingv1.PollOpened) { above(b.Leak) })(r)
		stepped(func(b *votingv1.LeakStep) { above(b.Report) })(r)
		toldOtherwise(above)(r)
		return r
	},
}
