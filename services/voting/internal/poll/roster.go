package poll

import (
	"bytes"
	"crypto/ed25519"
	"maps"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// rowsMax is how many credentials one command lists, so that it fits into a commit with room to spare.
const rowsMax = 200

// ListCredentials lists a part of a poll's credentials, ascending over all parts, so that their order cannot tell who registered when; with
// the last one the roster is sealed. What is listed is the registrar's word alone: whether it is right the weights and the voters tell.
func ListCredentials(v *decider.View, cmd *decider.Command, b *votingv1.ListCredentials) ([]decider.Change, error) {
	p, err := registering(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	s := p.Secret
	switch {
	case !bytes.Equal(cmd.Keys[0], s.Registrar.GetKey()): // which is enrolled for the registrar and nobody else
		return nil, ErrRegistrar
	case !s.Ended:
		return nil, ErrRegistrationUnderWay
	case s.sealed():
		return nil, ErrRosterSealed
	case cmd.Time >= s.ListedBy:
		return nil, ErrRosterLate
	case int64(s.Listed) > s.Registered:
		return nil, ErrRosterMany // one list too long is shown to be wrong; more of them nobody needs
	}
	if err := checkRows(s.LastKey, b.GetRows()); err != nil {
		return nil, err
	}
	v.Window(0, s.ListedBy)
	events := []proto.Message{&votingv1.CredentialsListed{Rows: b.GetRows()}}
	if b.GetLast() {
		root := rosterRoot(listedWith(v, b))
		events = append(events, &votingv1.RosterSealed{
			Root: root[:], Credentials: s.Listed + uint32(len(b.GetRows())),
			ContestedUntil: after(cmd.Time, p.Rules.GetSecrecy().GetContestSeconds()),
		})
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), events...)}, nil
}

// checkRows refuses rows that are none, or out of order, the last one before them being given.
func checkRows(last []byte, rows []*votingv1.CredentialRow) error {
	if len(rows) == 0 || len(rows) > rowsMax {
		return ErrRosterRows
	}
	for _, r := range rows {
		m := r.GetMeasured()
		switch {
		case len(r.GetKey()) != ed25519.PublicKeySize, shownChannel(r.GetChannel()) != r.GetChannel(),
			min(r.GetHeads(), r.GetAreaCentiM2(), m.GetHouseholds(), m.GetWeight()) < 0:
			return ErrRosterRow
		case bytes.Compare(last, r.GetKey()) >= 0:
			return ErrRosterOrder
		}
		last = r.GetKey()
	}
	return nil
}

// listedWith gives all rows of a poll, with those that are being listed. Each earlier list fixed its rows for good.
func listedWith(v *decider.View, b *votingv1.ListCredentials) map[string]Credential {
	rows := map[string]Credential{}
	if sealed := decider.FixedOf[Book](v, Path(b.GetPoll())).Polls[b.GetPoll()]; sealed != nil && sealed.Secret != nil {
		maps.Copy(rows, sealed.Secret.Rows)
	}
	for _, r := range b.GetRows() {
		rows[chain.KeyID(r.GetKey())] = Credential{Key: r.GetKey(), Weight: rowWeight(r), Channel: r.GetChannel()}
	}
	return rows
}

// ReportRosterMissing ends a poll whose credentials the registrar has not listed in time: a finding against them.
func ReportRosterMissing(v *decider.View, _ *decider.Command, b *votingv1.ReportRosterMissing) ([]decider.Change, error) {
	p, err := registering(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Secret.sealed():
		return nil, ErrRosterSealed
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), p.lapse(ErrRosterMissing))}, nil
}

// OnRosterSealed holds the roster against the roll, and demands what comes of it.
func OnRosterSealed(v *decider.View, e decider.Event, _ *votingv1.RosterSealed) []decider.Demand {
	return afterRoster(v, e)
}

// afterRoster demands the opening of a poll whose roster is sealed and, where there is one, whose notice is issued, whichever came last. A
// roster of other weights than those who registered have can only be wrong, whoever's credentials these are.
func afterRoster(v *decider.View, e decider.Event) []decider.Demand {
	id := pollOf(e.Aggregate)
	p, sealed := pollAt(v, e), decider.DerivedOf[Book](v).Polls[id]
	if sealed == nil || sealed.Secret == nil || !p.Secret.sealed() || !p.Ceremony.sealed() {
		return nil
	}
	if !sealed.weighsRight(p.Rules) {
		return []decider.Demand{{Purpose: "roster/" + id, Operation: "voting.lapse_roster", Body: &votingv1.LapseRoster{Poll: id}}}
	}
	if p.Rules.GetNotice() != nil && p.Notice == nil {
		return nil
	}
	return demandSecretOpening(id, p, sealed.Secret)
}

// weighsRight tells whether each weight is listed as often as voters of that weight have registered in that way.
func (s *Sealed) weighsRight(r *communityv1.PollRules) bool {
	type alike struct {
		weight  tally.Weight
		channel votingv1.Channel
	}
	left := map[alike]int{}
	for voter := range s.Secret.Registered { // any order: counts do not depend on it
		left[alike{shownWeight(r, s.Roll[voter]), s.Secret.Brought[voter]}]++
	}
	for _, row := range s.Secret.Rows { // any order: counts do not depend on it
		left[alike{row.Weight, row.Channel}]--
	}
	for _, n := range left { // any order: is there one
		if n != 0 {
			return false
		}
	}
	return true
}

// LapseRoster ends a poll whose roster cannot be right: a finding against the registrar.
func LapseRoster(v *decider.View, _ *decider.Command, b *votingv1.LapseRoster) ([]decider.Change, error) {
	p, err := registering(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Roll != nil:
		return nil, ErrOpened
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), p.lapse(ErrRosterWrong))}, nil
}

// ContestRoster ends a poll of which a voter shows that the credential they have registered is not listed, or with another weight than
// theirs: a finding against the registrar, whose receipt says that it knew the credential. What opens the voter's commitment tells
// everybody whose credential it was; of a poll that never opens nobody needs it any more. Nobody can make a poll lapse whose roster is
// right.
func ContestRoster(v *decider.View, cmd *decider.Command, b *votingv1.ContestRoster) ([]decider.Change, error) {
	if !contestsFor(v, cmd, b) {
		return nil, ErrRegistrationForeign
	}
	p, err := registering(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case !p.Secret.sealed():
		return nil, ErrRosterAwaited
	case p.Roll != nil || cmd.Time >= p.Secret.ContestedUntil:
		return nil, ErrContestOver
	}
	registered, ok := decider.Get[Registration](v, registrationPath(b.GetPoll(), b.GetVoter()))
	switch {
	case !ok:
		return nil, ErrUnregistered
	case len(b.GetKey()) != ed25519.PublicKeySize || len(b.GetSalt()) != saltBytes,
		!bytes.Equal(registered.Commitment, CommitCredential(b.GetPoll(), b.GetVoter(), b.GetSalt(), b.GetKey())):
		return nil, ErrContestOpening
	}
	sealed := decider.FixedOf[Book](v, Path(b.GetPoll())).Polls[b.GetPoll()]
	if sealed == nil {
		return nil, ErrLapsed
	}
	row := sealed.Secret.Rows[chain.KeyID(b.GetKey())]
	if bytes.Equal(row.Key, b.GetKey()) && row.Channel == shownChannel(registered.Channel) &&
		row.Weight == shownWeight(p.Rules, sealed.Roll[b.GetVoter()]) {
		return nil, ErrContestUnfounded
	}
	v.Window(0, p.Secret.ContestedUntil)
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.RosterContested{
		Voter: b.GetVoter(), Key: b.GetKey(), Salt: b.GetSalt(), Mandate: cmd.Mandate,
	}, p.lapse(ErrRosterContested))}, nil
}
