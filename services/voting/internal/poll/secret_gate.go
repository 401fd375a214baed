package poll

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/trustee"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/leak"
	"renlin.dev/services/voting/internal/tally"
)

// demandSecretOpening demands the opening for when nobody can contest the roster any more, and not before the notice's time is over, with
// what every ballot is bound to and what the leak meter expects. If it refuses, the opening lapses then.
func demandSecretOpening(id string, p *Poll, c *Credentials) []decider.Demand {
	open := &votingv1.OpenPoll{Poll: id, Roll: p.Secret.Roll}
	report, err := p.expectLeak(c)
	if err == nil {
		open.Election, err = p.electionID(id)
	}
	if err != nil {
		report = &votingv1.LeakReport{Refused: fault.Of(err).Code}
	}
	open.Leak = report
	due := p.Secret.ContestedUntil
	if p.Notice != nil {
		due = max(due, p.Notice.OpensAt)
	}
	return []decider.Demand{{Purpose: "open/" + id, Operation: "voting.open", Body: open, Due: due}}
}

// expectLeak asks the leak meter about the poll's own level, as if every credential took part: at the close it is asked again, by who has.
// It refuses, too, totals that nobody could find once they are decrypted.
func (p *Poll) expectLeak(c *Credentials) (*votingv1.LeakReport, error) {
	shape, err := shapeOf(p.Question, p.Rules)
	if err != nil {
		return nil, err
	}
	took, err := p.whole(c, shape)
	if err != nil {
		return nil, err
	}
	classes := c.classes()
	for i := range classes {
		classes[i].Took = classes[i].Voters
	}
	for _, l := range levels(p.Rules, shape, took, wholeOfRoll(p.Secret.Roll)) {
		if l.secrecy == p.secrecy() {
			return l.measure(classes, limitsOf(p.Rules)), nil
		}
	}
	return nil, leak.ErrPublication
}

// whole gives what all credentials weigh together, if every total that may be opened stays within what can be found.
func (p *Poll) whole(c *Credentials, shape secretballot.Shape) (tally.Weight, error) {
	seal, err := trustee.DecodeSeal(p.Ceremony.Seal)
	if err != nil {
		return tally.Weight{}, err
	}
	election, err := secretballot.NewElection([secretballot.ElectionIDBytes]byte{}, seal.Key.Bytes(), shape) // its id is no matter here
	if err != nil {
		return tally.Weight{}, err
	}
	rows := sortedRows(c.Rows)
	weights := make([]tally.Weight, len(rows))
	for i, row := range rows {
		weights[i] = row.Weight
	}
	for _, m := range openedMeasures(p.Rules) {
		amounts := make([]int64, len(rows))
		for i, w := range weights {
			amounts[i] = w.Of(measures[m])
		}
		if _, err := election.Bounds(amounts); err != nil {
			return tally.Weight{}, err
		}
	}
	return tally.Sum(weights)
}

// openSecret opens a secret poll, whose roster was sealed when this was demanded, or ends it where the leak meter refused.
func (p *Poll) openSecret(cmd *decider.Command, b *votingv1.OpenPoll) ([]decider.Change, error) {
	if refused := b.GetLeak().GetRefused(); refused != "" {
		lapsed := &votingv1.OpeningLapsed{Reason: refused, Motion: p.Motion, Appeal: p.Appeal}
		return []decider.Change{decider.On(Path(b.GetPoll()), lapsed)}, nil
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.PollOpened{
		Roll: b.GetRoll(), OpenedAt: cmd.Time, ClosesAt: after(cmd.Time, p.Rules.GetVotingSeconds()),
		Election: b.GetElection(), Leak: b.GetLeak(),
	})}, nil
}
