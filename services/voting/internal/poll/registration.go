package poll

import (
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// demandRegistration demands that the voters on a sealed roll may register.
func demandRegistration(id string, roll *votingv1.Roll) []decider.Demand {
	return []decider.Demand{{
		Purpose: "register/" + id, Operation: "voting.begin_registration", Body: &votingv1.BeginRegistration{Poll: id, Roll: roll},
	}}
}

// BeginRegistration begins the time in which voters register a credential, with whoever is the registrar now; another who is appointed
// later has no part in this poll. By a roll that nobody can vote by, or without a registrar, the poll never opens.
func BeginRegistration(v *decider.View, cmd *decider.Command, b *votingv1.BeginRegistration) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case !p.secret():
		return nil, ErrNotSecret
	case p.Lapsed != "":
		return nil, ErrLapsed
	case p.Secret != nil:
		return nil, ErrRegistrationBegun
	}
	why := p.unfit(b.GetRoll())
	registrar, appointed := decider.Get[standing.Registrar](v, standing.RegistrarPath)
	if why == nil && !appointed {
		why = ErrRegistrarNone
	}
	if why != nil {
		return []decider.Change{decider.On(Path(b.GetPoll()), p.lapse(why))}, nil
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.RegistrationBegun{
		Roll: b.GetRoll(), Registrar: registrar.Registrar, EndsAt: after(cmd.Time, p.Rules.GetSecrecy().GetRegisterSeconds()),
	})}, nil
}

// OnRegistrationBegun demands the end of registration, and the notice where the rules ask for one: so voters learn of the poll while they
// can register.
func OnRegistrationBegun(v *decider.View, e decider.Event, b *votingv1.RegistrationBegun) []decider.Demand {
	id := pollOf(e.Aggregate)
	demands := []decider.Demand{{
		Purpose: "registration/" + id, Operation: "voting.end_registration", Body: &votingv1.EndRegistration{Poll: id}, Due: b.GetEndsAt(),
	}}
	if pollAt(v, e).Rules.GetNotice() != nil {
		demands = append(demands, demandNotice(id, b.GetRoll()))
	}
	return demands
}

// registering finds a poll in which voters may register.
func registering(v *decider.View, id string) (*Poll, error) {
	p, err := find(v, id)
	switch {
	case err != nil:
		return nil, err
	case !p.secret():
		return nil, ErrNotSecret
	case p.Lapsed != "":
		return nil, ErrLapsed
	case p.Secret == nil:
		return nil, ErrRegistrationAwaited
	}
	return p, nil
}

// Register puts on the record that a voter has a credential. It must be one that the registrar knows, whose receipt says so: otherwise a
// voter could register what nobody can list, and have the poll lapse by it. A key that came after the roll does not do, as for an open
// ballot; and nobody stands beside, or they could keep what tells whose credential it is.
func Register(v *decider.View, cmd *decider.Command, b *votingv1.RegisterVoter) ([]decider.Change, error) {
	if b.GetVoter() != cmd.Actor || len(cmd.Cosigners) > 0 {
		return nil, ErrRegistrationForeign
	}
	p, err := takesRegistrations(v, cmd, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case !listed(v, b.GetPoll(), b.GetVoter()):
		return nil, ErrRollUnlisted
	}
	channel, err := p.registersFor(v, cmd)
	if err != nil {
		return nil, err
	}
	k, ok := decider.Get[standing.Key](v, "key/"+chain.KeyID(cmd.Keys[0]))
	if !ok || k.Position > p.Secret.Roll.GetPosition() { // a helper's, too, as with the mandate
		return nil, ErrRegistrationKey
	}
	if err := p.receipt(b.GetPoll(), b.GetVoter(), b.GetCommitment(), b.GetReceipt()); err != nil {
		return nil, err
	}
	if err := replaces(v, b.GetPoll(), b.GetVoter(), channel, ""); err != nil {
		return nil, err
	}
	held, err := countProxy(v, cmd, p, b.GetPoll(), b.GetVoter())
	if err != nil {
		return nil, err
	}
	v.Window(0, p.Secret.EndsAt)
	return append(held, decider.On(registrationPath(b.GetPoll(), b.GetVoter()), &votingv1.VoterRegistered{
		Commitment: b.GetCommitment(), Receipt: b.GetReceipt(), Channel: channel, Mandate: cmd.Mandate,
	})), nil
}

// OnRegistered demands the end of registration when everybody on the roll has registered, each by their own device. Whom an officer or a
// helper has registered may still replace that, and must have all the time that the rules give to notice.
func OnRegistered(v *decider.View, e decider.Event, _ *votingv1.VoterRegistered) []decider.Demand {
	id := pollOf(e.Aggregate)
	sealed := decider.DerivedOf[Book](v).Polls[id]
	if sealed == nil || sealed.Secret == nil || len(sealed.Secret.Registered) < len(sealed.Roll) || len(sealed.Secret.Brought) > 0 {
		return nil
	}
	return []decider.Demand{{
		Purpose: "registration/" + id + "/complete", Operation: "voting.end_registration", Body: &votingv1.EndRegistration{Poll: id},
	}}
}

// EndRegistration ends the time in which voters register; the registrar has as long to list the credentials. It looks at all registrations
// as a collection, so one that comes in between makes it decide again. Where nobody has registered there is nobody to vote.
func EndRegistration(v *decider.View, cmd *decider.Command, b *votingv1.EndRegistration) ([]decider.Change, error) {
	p, err := registering(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Secret.Ended:
		return nil, ErrRegistrationOver
	}
	ended := &votingv1.RegistrationEnded{
		Voters: uint32(v.Count(Registrations(b.GetPoll()))), ListedBy: after(cmd.Time, p.Rules.GetSecrecy().GetRegisterSeconds()),
	}
	if ended.GetVoters() == 0 {
		return []decider.Change{decider.On(Path(b.GetPoll()), ended, p.lapse(ErrRegisteredNone))}, nil
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), ended)}, nil
}

// OnRegistrationEnded demands that the poll lapse for when the registrar must have listed the credentials.
func OnRegistrationEnded(_ *decider.View, e decider.Event, b *votingv1.RegistrationEnded) []decider.Demand {
	if b.GetVoters() == 0 {
		return nil
	}
	id := pollOf(e.Aggregate)
	return []decider.Demand{{
		Purpose: "roster-missing/" + id, Operation: "voting.report_roster_missing", Body: &votingv1.ReportRosterMissing{Poll: id},
		Due: b.GetListedBy(),
	}}
}
