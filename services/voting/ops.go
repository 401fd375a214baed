package voting

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// commands are the operations that people and keystores send.
func commands() []decider.Part {
	holders := standing.To(communityv1.Role_ROLE_KEY_HOLDER)
	return []decider.Part{
		decider.Op(decider.Operation{
			Name: "voting.call", Route: "POST polls", Access: standing.To(communityv1.Role_ROLE_CONVENER),
		}, poll.Call),
		decider.Op(decider.Operation{Name: "voting.offer_key", Route: "POST polls/{poll}/key-offers", Access: holders}, poll.OfferKey),
		decider.Op(decider.Operation{Name: "voting.hold_key", Route: "POST polls/{poll}/key-receipts", Access: holders}, poll.HoldKey),
		decider.Op(decider.Operation{Name: "voting.refuse_key", Route: "POST polls/{poll}/key-refusals", Access: holders}, poll.RefuseKey),
		decider.Op(decider.Operation{
			Name: "voting.publish_key", Route: "POST polls/{poll}/key-publications", Access: holders,
		}, poll.PublishKey),
		decider.Op(decider.Operation{Name: "voting.add_key_part", Route: "POST polls/{poll}/key-parts", Access: holders}, poll.AddKeyPart),
		decider.Op(decider.Operation{
			Name: "voting.publish_share", Route: "POST polls/{poll}/share-publications", Access: holders,
		}, poll.PublishShare),
		decider.Op(decider.Operation{Name: "voting.decrypt_totals", Route: "POST polls/{poll}/decryptions", Access: holders}, poll.DecryptTotals),
		decider.Op(decider.Operation{Name: "voting.blind_totals", Route: "POST polls/{poll}/blindings", Access: holders}, poll.BlindTotals),
		decider.Op(decider.Operation{Name: "voting.prove_totals", Route: "POST polls/{poll}/verdicts", Access: holders}, poll.ProveTotals),
		decider.Op(decider.Operation{
			Name: "voting.cast", Route: "POST polls/{poll}/ballots", Lane: ballotLane,
			Access: standing.Helped(communityv1.Act_ACT_BALLOTS, poll.AboutBallot),
		}, poll.Cast),
		decider.Op(decider.Operation{
			Name: "voting.cast_secret", Route: "POST polls/{poll}/secret-ballots", Access: standing.Access{Credential: true},
		}, poll.CastSecret), // in the lane of its key, as what nothing else is said of: a credential's ballots are in order
		decider.Op(decider.Operation{
			Name: "voting.challenge_ballot", Route: "POST polls/{poll}/challenges", Access: standing.Access{Credential: true},
		}, poll.ChallengeBallot),
		decider.Op(decider.Operation{
			Name: "voting.object", Route: "POST polls/{poll}/objections",
			Access: standing.Helped(communityv1.Act_ACT_OBJECTIONS, poll.AboutObjection),
		}, poll.Object),
	}
}

// papers are the operations about ballots on paper.
func papers() []decider.Part {
	operators := standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER)
	officers, auditors := standing.To(communityv1.Role_ROLE_OFFICER), standing.To(communityv1.Role_ROLE_AUDITOR)
	return []decider.Part{
		decider.Op(decider.Operation{Name: "voting.issue_papers", Route: "POST polls/{poll}/papers", Access: officers}, poll.IssuePapers),
		decider.Op(decider.Operation{
			Name: "voting.void_paper", Route: "POST polls/{poll}/paper-voidings", Lane: paperLane, Access: officers,
		}, poll.VoidPaper),
		decider.Op(decider.Operation{
			Name: "voting.enter_paper", Route: "POST polls/{poll}/paper-entries", Lane: paperLane, Access: operators,
		}, poll.EnterPaper),
		decider.Op(decider.Operation{
			Name: "voting.reenter_paper", Route: "POST polls/{poll}/paper-reentries", Lane: paperLane, Access: operators,
		}, poll.ReenterPaper),
		decider.Op(decider.Operation{
			Name: "voting.draw_samples", Route: "POST polls/{poll}/samples", Access: standing.To(communityv1.Role_ROLE_MEMBER),
		}, poll.DrawSamples),
		decider.Op(decider.Operation{
			Name: "voting.compare_ballot", Route: "POST polls/{poll}/comparisons", Access: auditors,
		}, poll.CompareBallot),
		decider.Op(decider.Operation{
			Name: "voting.record_call_back", Route: "POST polls/{poll}/call-backs", Access: auditors,
		}, poll.RecordCallBack),
	}
}

// sheets are the operations about credentials on paper, in secret polls.
func sheets() []decider.Part {
	operators := standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER)
	officers, auditors := standing.To(communityv1.Role_ROLE_OFFICER), standing.To(communityv1.Role_ROLE_AUDITOR)
	return []decider.Part{
		decider.Op(decider.Operation{
			Name: "voting.register_papers", Route: "POST polls/{poll}/sheets", Access: officers,
		}, poll.RegisterPapers),
		decider.Op(decider.Operation{
			Name: "voting.enter_secret_paper", Route: "POST polls/{poll}/sheet-entries", Lane: sheetLane, Access: operators,
		}, poll.EnterSecretPaper),
		decider.Op(decider.Operation{
			Name: "voting.reenter_secret_paper", Route: "POST polls/{poll}/sheet-reentries", Lane: sheetLane, Access: operators,
		}, poll.ReenterSecretPaper),
		decider.Op(decider.Operation{
			Name: "voting.compare_secret_paper", Route: "POST polls/{poll}/sheet-comparisons", Access: auditors,
		}, poll.CompareSecretPaper),
	}
}

// sheetLane keeps what is done with a sheet in order.
func sheetLane(body proto.Message) string {
	b := body.(interface {
		GetPoll() string
		GetKey() []byte
	})
	return poll.SecretPaperPath(b.GetPoll(), b.GetKey())
}

// notices are the operations about how a poll's notice came to its voters.
func notices() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{
			Name: "voting.acknowledge_notice", Route: "POST polls/{poll}/notice-acknowledgements",
			Access: standing.Helped(communityv1.Act_ACT_BALLOTS, poll.AboutNotice),
		}, poll.AcknowledgeNotice),
		decider.Op(decider.Operation{
			Name: "voting.record_deliveries", Route: "POST polls/{poll}/notice-deliveries",
			Access: standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER),
		}, poll.RecordDeliveries),
	}
}

// paperLane keeps what is done with a voter's papers in order with the ballots that the voter casts.
func paperLane(body proto.Message) string {
	b := body.(interface {
		GetPoll() string
		GetVoter() string
	})
	return poll.BallotPath(b.GetPoll(), b.GetVoter())
}

// ballotLane keeps the ballots of one voter in order, and apart from everybody else's.
func ballotLane(body proto.Message) string {
	b := body.(*votingv1.CastBallot)
	return poll.BallotPath(b.GetPoll(), b.GetVoter())
}

// registrations are the operations by which the voters of a secret poll come to their credentials.
func registrations() []decider.Part {
	members := standing.To(communityv1.Role_ROLE_MEMBER)
	return []decider.Part{
		decider.Op(decider.Operation{
			Name: "voting.register", Route: "POST polls/{poll}/registrations",
			Access: standing.Helped(communityv1.Act_ACT_BALLOTS, poll.AboutRegistration),
		}, poll.Register),
		decider.Op(decider.Operation{
			Name: "voting.list_credentials", Route: "POST polls/{poll}/roster", Access: members, // the poll names its registrar
		}, poll.ListCredentials),
		decider.Op(decider.Operation{
			Name: "voting.contest_roster", Route: "POST polls/{poll}/contests",
			Access: standing.Helped(communityv1.Act_ACT_BALLOTS, poll.AboutRegistration),
		}, poll.ContestRoster),
		decider.Op(decider.Operation{Name: "voting.begin_registration", Policy: true}, poll.BeginRegistration),
		decider.Op(decider.Operation{Name: "voting.end_registration", Policy: true}, poll.EndRegistration),
		decider.Op(decider.Operation{Name: "voting.report_roster_missing", Policy: true}, poll.ReportRosterMissing),
		decider.Op(decider.Operation{Name: "voting.lapse_roster", Policy: true}, poll.LapseRoster),
		decider.Policy(poll.OnRegistrationBegun),
		decider.Policy(poll.OnRegistered),
		decider.Policy(poll.OnRegistrationEnded),
		decider.Policy(poll.OnRosterSealed),
	}
}

// demanded are the operations that only rules send.
func demanded() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{Name: "voting.callByMotion", Policy: true}, poll.CallByMotion),
		decider.Op(decider.Operation{Name: "voting.lapse_opening", Policy: true}, poll.LapseOpening),
		decider.Op(decider.Operation{Name: "voting.issue_notice", Policy: true}, poll.IssueNotice),
		decider.Op(decider.Operation{Name: "voting.open", Policy: true}, poll.Open),
		decider.Op(decider.Operation{Name: "voting.remind", Policy: true}, poll.RemindVoters),
		decider.Op(decider.Operation{Name: "voting.close", Policy: true}, poll.Close),
		decider.Op(decider.Operation{Name: "voting.report_key_missing", Policy: true}, poll.ReportKeyMissing),
		decider.Op(decider.Operation{Name: "voting.begin_ceremony", Policy: true}, poll.BeginCeremony),
		decider.Op(decider.Operation{Name: "voting.end_round", Policy: true}, poll.EndRound),
		decider.Op(decider.Operation{Name: "voting.seal_poll_key", Policy: true}, poll.SealPollKey),
		decider.Op(decider.Operation{Name: "voting.report_shares_missing", Policy: true}, poll.ReportSharesMissing),
		decider.Op(decider.Operation{Name: "voting.record_encrypted_tally", Policy: true}, poll.RecordEncryptedTally),
		decider.Op(decider.Operation{Name: "voting.record_tally", Policy: true}, poll.RecordTally),
		decider.Op(decider.Operation{Name: "voting.certify", Policy: true}, poll.Certify),
		decider.Op(decider.Operation{Name: "voting.reach_deadline", Policy: true}, poll.ReachDeadline),
		decider.Op(decider.Operation{Name: "voting.extend", Policy: true}, poll.Extend),
		decider.Op(decider.Operation{Name: "voting.recount", Policy: true}, poll.Recount),
	}
}

// policies are what events trigger.
func policies() []decider.Part {
	return []decider.Part{
		decider.Policy(poll.OnMotionPut),
		decider.Policy(poll.OnMotionVetoed),
		decider.Policy(poll.OnCalled),
		decider.Policy(poll.OnKeyHeld),
		decider.Policy(poll.OnNoticeIssued),
		decider.Policy(poll.OnOpened),
		decider.Policy(poll.OnCast),
		decider.Policy(poll.OnSecretCast),
		decider.Policy(poll.OnClosed),
		decider.Policy(poll.OnKeyPublished),
		decider.Policy(poll.OnTallied),
		decider.Policy(poll.OnExtended),
		decider.Policy(poll.OnDeadlineReached),
		decider.Policy(poll.OnObjected),
		decider.Policy(poll.OnRecounted),
		decider.Policy(poll.OnCalledTrustees),
		decider.Policy(poll.OnCeremonyBegun),
		decider.Policy(poll.OnCeremonyFailed),
		decider.Policy(poll.OnKeyPartAdded),
		decider.Policy(poll.OnKeySealed),
		decider.Policy(poll.OnSharePublished),
		decider.Policy(poll.OnSharesMissing),
		decider.Policy(poll.OnEncryptedTally),
		decider.Policy(poll.OnTotalsDecrypted),
		decider.Policy(poll.OnTotalsProved),
	}
}
