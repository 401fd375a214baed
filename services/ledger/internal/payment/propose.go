package payment

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/rulings"
)

// linesMax bounds what one transfer links together.
const linesMax = 16

// checkLines refuses what cannot be a transfer, and gives its sum.
func checkLines(lines []*ledgerv1.Line) (out []Line, sum int64, err error) {
	if len(lines) == 0 || len(lines) > linesMax {
		return nil, 0, ErrLines
	}
	seen := map[[2]string]bool{}
	for _, l := range lines {
		pair := [2]string{l.GetFrom(), l.GetTo()}
		if l.GetFrom() == "" || l.GetTo() == "" || l.GetFrom() == l.GetTo() || seen[pair] {
			return nil, 0, ErrLines
		}
		if l.GetAmount() <= 0 || l.GetAmount() > book.AmountMax {
			return nil, 0, book.ErrAmount
		}
		seen[pair] = true
		sum += l.GetAmount() // sixteen of the largest fit
		out = append(out, Line{From: l.GetFrom(), To: l.GetTo(), Amount: l.GetAmount()})
	}
	return out, sum, nil
}

// Propose puts money on hold, or in an emergency pays it at once.
func Propose(v *decider.View, cmd *decider.Command, body *ledgerv1.ProposeTransfer) ([]decider.Change, error) {
	lines, sum, err := checkLines(body.GetLines())
	if err != nil {
		return nil, err
	}
	if err := standing.CheckText(body.GetPurpose()); err != nil {
		return nil, err
	}
	org, err := Officer(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	entries, rules, id := book.NewEntries(v), rulings.Of(v), cmd.ID.NewAggregate()
	who, err := concernedBy(v, entries, lines, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	if err := who.declared(body.GetHousehold(), body.GetHousehold()); err != nil {
		return nil, err
	}
	if err := who.clear(v, cmd.Actor); err != nil {
		return nil, err
	}
	proposed := &ledgerv1.TransferProposed{
		Lines: body.GetLines(), Purpose: body.GetPurpose(), Beneficiary: body.GetBeneficiary(), Household: body.GetHousehold(),
		PostWhenApproved: body.GetPostWhenApproved() || body.GetCorrects() != "", Emergency: body.GetEmergency(), Corrects: body.GetCorrects(),
		Org: org, Checkers: 1,
	}
	sums, err := counted(entries, lines, body.GetBeneficiary(), body.GetHousehold(), wantedOf(lines))
	if err != nil {
		return nil, err
	}
	proposed.Together = together(v, rules, cmd.Time, sums)
	if max(sum, proposed.GetTogether()) >= rules.ThirdFromFen {
		proposed.Checkers = 2
	}
	if body.GetCorrects() != "" {
		if _, err := taken(v, body.GetCorrects(), lines); err != nil {
			return nil, err
		}
	}
	counts := countChanges(sums, cmd.Time, 1)
	until, err := open(entries, cmd.Time, lines, body.GetCorrects() != "")
	if err != nil {
		return nil, err
	}
	if body.GetEmergency() {
		changes, err := emergency(entries, rules, cmd, id, proposed, lines, sum)
		return append(changes, counts...), err
	}
	proposed.ExpiresAt = cmd.Time + rules.HoldMillis
	if until > 0 {
		proposed.ExpiresAt = min(proposed.ExpiresAt, until)
	}
	for _, l := range lines {
		if err := entries.Reserve(l.From, id, l.Amount); err != nil {
			return nil, err
		}
	}
	return append(append(entries.Changes(), counts...), decider.On(Path(id), proposed)), nil
}

// open refuses lines that money does not go along now, and gives the end of the first envelope to end that pays, 0 for none.
func open(entries *book.Entries, now int64, lines []Line, correction bool) (until int64, err error) {
	for _, l := range lines {
		from, err := entries.Account(l.From)
		if err != nil {
			return 0, err
		}
		to, err := entries.Account(l.To)
		if err != nil {
			return 0, err
		}
		if err := book.Way(from, to, correction); err != nil {
			return 0, err
		}
		if to.Kind != book.Payee {
			continue
		}
		if err := from.Pays(now); err != nil {
			return 0, err
		}
		if until == 0 || from.Until < until {
			until = from.Until
		}
	}
	return until, nil
}

// emergency pays at once, on the maker's word.
func emergency(
	entries *book.Entries, rules rulings.Rules, cmd *decider.Command, id string, proposed *ledgerv1.TransferProposed, lines []Line, sum int64,
) ([]decider.Change, error) {
	if proposed.GetCorrects() != "" {
		return nil, ErrEmergency
	}
	posted := &ledgerv1.TransferPosted{}
	for _, l := range lines {
		to, err := entries.Account(l.To)
		switch {
		case err != nil || to.Kind != book.Payee || l.From != lines[0].From:
			return nil, ErrEmergency
		case to.OpenedBy == cmd.Actor: // else one person alone would say who exists and pay them
			return nil, ErrEmergencyOpener
		}
		if err := entries.Move(l.From, l.To, id, l.Amount, 0, nil, nil); err != nil {
			return nil, err
		}
		posted.Amounts = append(posted.Amounts, l.Amount)
	}
	envelope, err := entries.Account(lines[0].From)
	if err != nil {
		return nil, err
	}
	// Unconfirmed is at most the sum of other rules' limits, and a sum of lines at most sixteen times AmountMax.
	if sum > rules.EmergencyFen || envelope.Unconfirmed > rules.EmergencyFen-sum {
		return nil, ErrEmergencyMax
	}
	if err := entries.Note(lines[0].From, &ledgerv1.EmergencyOpened{Transfer: id, Amount: sum}); err != nil {
		return nil, err
	}
	proposed.ConfirmBy = cmd.Time + rules.ConfirmMillis
	return append(entries.Changes(), decider.On(Path(id), proposed, posted)), nil
}

// taken gives what a correction takes back of each line of another transfer, or refuses it where not so much is left.
func taken(v *decider.View, corrected string, lines []Line) ([]int64, error) {
	other, ok := decider.Get[Transfer](v, Path(corrected))
	if !ok {
		return nil, ErrUnknown
	}
	if other.State != Posted {
		return nil, ErrCorrection
	}
	amounts := make([]int64, len(other.Lines))
	for _, l := range lines {
		found := false
		for i, was := range other.Lines {
			if was.From == l.To && was.To == l.From {
				amounts[i], found = l.Amount, was.Posted-was.Corrected >= l.Amount
			}
		}
		if !found {
			return nil, ErrCorrection
		}
	}
	return amounts, nil
}
