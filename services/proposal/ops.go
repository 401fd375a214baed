package proposal

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/deliberation"
	"renlin.dev/services/proposal/internal/merge"
	"renlin.dev/services/proposal/internal/motion"
	"renlin.dev/services/proposal/internal/topic"
)

// operations declares the service's contract, one entry for each command. Routes lie below the community's path.
func operations() []decider.Part {
	topics, seconds := standing.Helped(communityv1.Act_ACT_TOPICS, topic.About), standing.Helped(communityv1.Act_ACT_SECONDS, topic.About)
	statements := standing.Helped(communityv1.Act_ACT_STATEMENTS, deliberation.About)
	everyone := standing.To(communityv1.Role_ROLE_MEMBER) // and nobody's helper: who agrees to a merge gives up a topic of their own
	return []decider.Part{
		decider.Op(decider.Operation{Name: "proposal.post", Route: "POST topics", Access: topics}, topic.Post),
		decider.Op(decider.Operation{Name: "proposal.second", Route: "POST topics/{topic}/seconds", Access: seconds}, topic.Support),
		decider.Op(decider.Operation{
			Name: "proposal.withdraw", Route: "POST topics/{topic}/withdrawal", Access: topics,
			Lane: lane(topic.Path, (*proposalv1.WithdrawTopic).GetTopic),
		}, topic.Withdraw),
		decider.Op(decider.Operation{Name: "proposal.propose_merge", Route: "POST merges", Access: everyone}, merge.Propose),
		decider.Op(decider.Operation{
			Name: "proposal.consent_to_merge", Route: "POST merges/{merge}/consents", Access: everyone,
		}, merge.ConsentTo),
		decider.Op(decider.Operation{
			Name: "proposal.decline_merge", Route: "POST merges/{merge}/refusal", Access: everyone,
			Lane: lane(merge.Path, (*proposalv1.DeclineMerge).GetMerge),
		}, merge.Decline),
		decider.Op(decider.Operation{
			Name: "proposal.withdraw_merge", Route: "POST merges/{merge}/withdrawal", Access: everyone,
			Lane: lane(merge.Path, (*proposalv1.WithdrawMerge).GetMerge),
		}, merge.Withdraw),
		decider.Op(decider.Operation{
			Name: "proposal.submit", Route: "POST deliberations/{deliberation}/statements", Access: statements,
		}, deliberation.Submit),
		decider.Op(decider.Operation{
			Name: "proposal.react", Route: "POST deliberations/{deliberation}/statements/{statement}/reactions", Access: statements,
		}, deliberation.React),
		decider.Op(decider.Operation{
			Name: "proposal.close", Route: "POST deliberations/{deliberation}/closing",
			Access: standing.To(communityv1.Role_ROLE_CONVENER),
			Lane:   lane(deliberation.Path, (*proposalv1.CloseDeliberation).GetDeliberation),
		}, deliberation.Close),
		decider.Op(decider.Operation{
			Name: "proposal.veto", Route: "POST motions/{motion}/veto", Access: standing.To(communityv1.Role_ROLE_GUARDIAN),
			Lane: lane(motion.Path, (*proposalv1.VetoMotion).GetMotion),
		}, motion.GiveVeto),
		decider.Op(decider.Operation{
			Name: "proposal.report", Route: "POST motions/{motion}/reports", Access: standing.To(communityv1.Role_ROLE_OFFICER),
			Lane: lane(motion.Path, (*proposalv1.ReportExecution).GetMotion),
		}, motion.Tell),

		decider.Op(decider.Operation{Name: "proposal.merge", Policy: true}, merge.CarryOut),
		decider.Op(decider.Operation{Name: "proposal.expire_merge", Policy: true}, merge.Expire),
		decider.Op(decider.Operation{Name: "proposal.convene", Policy: true}, deliberation.Convene),
		decider.Op(decider.Operation{Name: "proposal.overdue", Policy: true}, deliberation.Overdue),
		decider.Op(decider.Operation{Name: "proposal.resolve", Policy: true}, motion.Resolve),
		decider.Op(decider.Operation{Name: "proposal.fail", Policy: true}, motion.Fail),
		decider.Op(decider.Operation{Name: "proposal.resolve_appeal", Policy: true}, motion.ResolveAppeal),
		decider.Op(decider.Operation{Name: "proposal.execute", Policy: true}, motion.Execute),
		decider.Op(decider.Operation{Name: "proposal.expire", Policy: true}, motion.Expire),
	}
}

// lane puts the commands on one aggregate behind each other.
func lane[C proto.Message](path func(id string) string, id func(C) string) func(proto.Message) string {
	return func(body proto.Message) string { return path(id(body.(C))) }
}
