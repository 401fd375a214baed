package payment

import (
	"maps"
	"math"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/kin"
	"renlin.dev/services/ledger/internal/rulings"
)

const (
	dayMillis   = 24 * 60 * 60 * 1000
	chinaMillis = 8 * 60 * 60 * 1000
	// daysKept is how far back sums are kept; no rulebook counts further.
	daysKept = 366
)

// dayOf counts days by China's clock.
func dayOf(now int64) int64 { return (now + chinaMillis) / dayMillis }

// PaidTo is aggregate account/<envelope>/paid-to/<party>: what was paid out of an envelope, or is on hold in it, for one payee, one
// beneficiary, or one household that a commitment stands for; by the day on which it was proposed, in order. It shows a payment that was
// split into several.
type PaidTo struct {
	Days []Day `json:"days"`
}

// Day is one day's sum.
type Day struct {
	Day    int64 `json:"day"`
	Amount int64 `json:"amount"`
}

// Clone copies what Evolve writes into.
func (p *PaidTo) Clone() *PaidTo { return &PaidTo{Days: slices.Clone(p.Days)} }

// PaidToPath names the aggregate.
func PaidToPath(envelope, party string) string { return book.Path(envelope) + "/paid-to/" + party }

func evolvePaidTo(p *PaidTo, e decider.Event) {
	b, ok := e.Body.(*ledgerv1.PaymentCounted)
	if !ok {
		return
	}
	i, found := slices.BinarySearchFunc(p.Days, b.GetDay(), func(d Day, day int64) int { return int(min(max(d.Day-day, -1), 1)) })
	if !found {
		p.Days = slices.Insert(p.Days, i, Day{Day: b.GetDay()})
	}
	p.Days[i].Amount += b.GetAmount()
	newest := p.Days[len(p.Days)-1].Day
	p.Days = slices.DeleteFunc(p.Days, func(d Day) bool { return d.Amount == 0 || d.Day <= newest-daysKept })
}

// since adds up what came after a day. All of it is above zero: what is taken off was put down for the same day, or is too old to count.
func (p *PaidTo) since(day int64) (sum int64) {
	for _, d := range p.Days {
		if d.Day > day {
			sum = plus(sum, d.Amount)
		}
	}
	return sum
}

// plus stays at the greatest sum that can be counted.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// share is what one envelope pays for one party.
type share struct{ envelope, party string }

// counted gives for whom lines pay how much, out of which envelope: each line counts for whoever is paid, for whoever it is for, and for
// their household where only a commitment to it is known. A correction's lines go the other way and count for nobody here.
func counted(entries *book.Entries, lines []Line, beneficiary string, household []byte, amounts []int64) (map[share]int64, error) {
	out := map[share]int64{}
	for i, l := range lines {
		to, err := entries.Account(l.To)
		if err != nil {
			return nil, err
		}
		if to.Kind != book.Payee {
			continue
		}
		out[share{l.From, to.Owner}] += amounts[i]
		if beneficiary != "" && beneficiary != to.Owner {
			out[share{l.From, beneficiary}] += amounts[i]
		}
		if len(household) > 0 {
			out[share{l.From, chain.ShortID(household)}] += amounts[i]
		}
	}
	return out, nil
}

// countChanges puts sums down, or takes them off where sign is -1, under the day on which the transfer was proposed.
func countChanges(sums map[share]int64, proposedAt, sign int64) (changes []decider.Change) {
	order := func(a, b share) int {
		return slices.Compare([]string{a.envelope, a.party}, []string{b.envelope, b.party})
	}
	for _, s := range slices.SortedFunc(maps.Keys(sums), order) {
		if sums[s] != 0 {
			changes = append(changes, decider.On(PaidToPath(s.envelope, s.party), &ledgerv1.PaymentCounted{
				Day: dayOf(proposedAt), Amount: sign * sums[s],
			}))
		}
	}
	return changes
}

// together gives the greatest sum that counts as one payment: what an envelope paid for one party, or for those who live with them, in the
// rules' days, and what it is to pay now. Where one of a household is paid for another of it, that counts twice, on the safe side.
func together(v *decider.View, rules rulings.Rules, now int64, sums map[share]int64) (greatest int64) {
	for s := range sums { // any order: the greatest is the same
		sum := int64(0)
		for _, party := range kin.With(v, s.party) {
			sum = plus(sum, sums[share{s.envelope, party}])
			if p, ok := decider.Get[PaidTo](v, PaidToPath(s.envelope, party)); ok {
				sum = plus(sum, p.since(dayOf(now)-rules.SplitDays))
			}
		}
		greatest = max(greatest, sum)
	}
	return greatest
}

// uncount takes off what a transfer asked for and did not take, or what was taken back of it.
func uncount(entries *book.Entries, t *Transfer, amounts []int64) ([]decider.Change, error) {
	sums, err := counted(entries, t.Lines, t.Beneficiary, t.Household, amounts)
	if err != nil {
		return nil, err
	}
	return countChanges(sums, t.ProposedAt, -1), nil
}
