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
		decider.Op(decider.Operation{
			Name: "voting.cast", Route: "POST polls/{poll}/ballots", Lane: ballotLane,
			Access: standing.Helped(communityv1.Act_ACT_BALLOTS, poll.AboutBallot),
		}, poll.Cast),
		decider.Op(decider.Operation{
			Name: "voting.object", Route: "POST polls/{poll}/objections",
			Access: standing.Helped(communityv1.Act_ACT_OBJECTIONS, poll.AboutObjection),
		}, poll.Object),
	}
}

// ballotLane keeps the ballots of one voter in order, and apart from everybody else's.
func ballotLane(body proto.Message) string {
	b := body.(*votingv1.CastBallot)
	return poll.BallotPath(b.GetPoll(), b.GetVoter())
}

// demanded are the operations that only rules send.
func demanded() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{Name: "voting.callByMotion", Policy: true}, poll.CallByMotion),
		decider.Op(decider.Operation{Name: "voting.lapse_opening", Policy: true}, poll.LapseOpening),
		decider.Op(decider.Operation{Name: "voting.open", Policy: true}, poll.Open),
		decider.Op(decider.Operation{Name: "voting.close", Policy: true}, poll.Close),
		decider.Op(decider.Operation{Name: "voting.report_key_missing", Policy: true}, poll.ReportKeyMissing),
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
		decider.Policy(poll.OnOpened),
		decider.Policy(poll.OnCast),
		decider.Policy(poll.OnClosed),
		decider.Policy(poll.OnKeyPublished),
		decider.Policy(poll.OnTallied),
		decider.Policy(poll.OnExtended),
		decider.Policy(poll.OnDeadlineReached),
		decider.Policy(poll.OnObjected),
		decider.Policy(poll.OnRecounted),
	}
}
