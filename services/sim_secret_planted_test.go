package services_test

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/community"
)

// casting is a command for a secret ballot as the event that it would have been.
func casting(cmd *decider.Command) (string, proto.Message) {
	b, ok := cmd.Body.(*votingv1.CastSecret)
	if !ok {
		panic("no secret ballot")
	}
	return "poll/" + b.GetPoll() + "/secret-ballot/" + chain.KeyID(cmd.Keys[0]),
		&votingv1.SecretBallotCast{Key: cmd.Keys[0], Sequence: b.GetSequence(), Ballot: b.GetBallot()}
}

// listing is the same for a list of credentials.
var listing = func(b *votingv1.ListCredentials) (string, proto.Message) {
	return b.GetPoll(), &votingv1.CredentialsListed{Rows: b.GetRows()}
}

// registering is the same for a registration.
func registering(cmd *decider.Command) (string, proto.Message) {
	b := cmd.Body.(*votingv1.RegisterVoter)
	return "poll/" + b.GetPoll() + "/registration/" + b.GetVoter(),
		&votingv1.VoterRegistered{Commitment: b.GetCommitment(), Receipt: b.GetReceipt()}
}

// regardless opens a poll whose roster is found to be wrong.
func regardless(right decider.Rule) decider.Rule {
	return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) {
		if _, err := right(v, cmd); err != nil {
			return nil, err
		}
		return []decider.Change{decider.On("poll/"+cmd.Body.(*votingv1.LapseRoster).GetPoll(), &votingv1.PollOpened{OpenedAt: cmd.Time})}, nil
	}
}

// uncontested forgets that a voter has shown a roster to be wrong.
func uncontested(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if b, lapsed := e.Body.(*votingv1.OpeningLapsed); !lapsed || b.GetReason() != "credentials.contested" {
			right(into, e)
		}
	}
}

// challenged takes a ballot that was opened for one that was cast.
func challenged(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if b, is := e.Body.(*votingv1.SecretBallotChallenged); is {
			e.Body = &votingv1.SecretBallotCast{Key: b.GetKey(), Sequence: b.GetSequence(), Ballot: b.GetBallot()}
		}
		right(into, e)
	}
}

// firstOnly lets only a credential's first ballot count.
func firstOnly(right decider.Fold) decider.Fold {
	return func(into any, e decider.Event) {
		if b, cast := e.Body.(*votingv1.SecretBallotCast); !cast || b.GetSequence() == 1 {
			right(into, e)
		}
	}
}

// toldMore opens exactly what the rules hide.
func toldMore(d decider.Demand) (decider.Demand, bool) {
	if b, sums := d.Body.(*votingv1.RecordEncryptedTally); sums && len(b.GetTally().GetTotals()) > 0 {
		b.Tally.Secrecy = communityv1.Secrecy_SECRECY_TOTALS
	}
	return d, true
}

// unmeasured opens whatever the leak meter says.
func unmeasured(d decider.Demand) (decider.Demand, bool) {
	if b, opens := d.Body.(*votingv1.OpenPoll); opens && b.GetLeak() != nil {
		b.Leak.Refused = ""
	}
	return d, true
}

// but demands everything except one operation.
func but(operation string) func(decider.Reaction) decider.Reaction {
	return demanding(func(d decider.Demand) (decider.Demand, bool) { return d, d.Operation != operation })
}

// plantedSecret are bugs in what secret polls are about.
var plantedSecret = []planted{
	{"who holds polls' keys knows the voters, too", "community", decider.InRule(community.OpRegistrar,
		taking("registrar.holds_keys", func(cmd *decider.Command) (string, proto.Message) {
			return "registrar/main", &communityv1.RegistrarAppointed{Registrar: cmd.Body.(*communityv1.AppointRegistrar).GetRegistrar()}
		})), false, 50},
	{"registration ends at once", "voting", decider.InPolicy[*votingv1.RegistrationBegun](demanding(
		func(d decider.Demand) (decider.Demand, bool) {
			d.Due = 0
			return d, true
		})), false, 20},
	{"a voter registers too late", "voting", decider.InRule("voting.register", untimely), false, 300},
	{"a voter registers without the registrar", "voting",
		decider.InRule("voting.register", taking("registration.receipt", registering)), false, 50},
	{"a voter registers by a new key", "voting",
		decider.InRule("voting.register", taking("registration.key_too_new", registering)), false, 50},
	{"anybody lists credentials", "voting",
		decider.InRule("voting.list_credentials", accepting("credentials.not_registrar", listing)), false, 100},
	{"credentials stand in any order", "voting",
		decider.InRule("voting.list_credentials", accepting("credentials.order", listing)), false, 150},
	{"nobody misses a roster", "voting", decider.InPolicy[*votingv1.RegistrationEnded](but("voting.report_roster_missing")), false, 100},
	{"a roster's weights are not compared", "voting", decider.InPolicy[*votingv1.RosterSealed](but("voting.lapse_roster")), false, 100},
	{"a wrong roster opens a poll", "voting", decider.InRule("voting.lapse_roster", regardless), false, 100},
	{"a contested roster opens a poll", "voting", decider.InKind("poll", uncontested), false, 150},
	{"the leak meter is not asked", "voting", decider.InPolicy[*votingv1.RosterSealed](demanding(unmeasured)), false, 50},
	{"a key votes that is no credential", "voting", decider.InRule("voting.cast_secret", taking("credential.unlisted", casting)), false, 50},
	{"a secret ballot's number is not looked at", "voting",
		decider.InRule("voting.cast_secret", taking("secret_ballot.sequence", casting)), false, 50},
	{"a secret ballot's proofs are not checked", "voting",
		decider.InRule("voting.cast_secret", taking("secret_ballot.unproved", casting)), false, 200},
	{"the deadline of a secret poll is ignored", "voting", decider.InRule("voting.cast_secret", untimely), false, 300},
	{"a ballot that was opened counts", "voting", decider.InDerived(challenged), false, 50},
	{"a credential's first ballot counts", "voting", decider.InDerived(firstOnly), false, 100},
	{"more is opened than the rules say", "voting", decider.InPolicy[*votingv1.PollClosed](demanding(toldMore)), false, 50},
	{"who withholds their part of the sums is not named", "voting",
		decider.InPolicy[*votingv1.EncryptedTallyRecorded](but("voting.report_shares_missing")), false, 100},
	{"a secret total is read wrongly", "voting", decider.InPolicy[*votingv1.TotalsDecrypted](wrongly(func(t *votingv1.Tally) {
		t.Totals[0].Heads++
	})), false, 100},
	{"what was proved is not what is said", "voting", decider.InPolicy[*votingv1.TotalsProved](wrongly(func(t *votingv1.Tally) {
		t.Secret.Ranges[0].High++
	})), false, 150},
}
