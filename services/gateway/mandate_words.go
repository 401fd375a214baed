package gateway

import "renlin.dev/pkg/op/openapi"

// actedWords name what an inbox says of each kind of fact that a helper may bring about.
var actedWords = map[string]string{
	"BallotCast": "acted.ballot", "ObjectionRaised": "acted.objection", "NoticeDelivered": "acted.notice", "TopicPosted": "acted.topic",
	"TopicWithdrawn": "acted.withdrawal", "TopicSeconded": "acted.second", "StatementSubmitted": "acted.statement",
	"ReactionGiven": "acted.reaction", "BeneficiaryRegistered": "acted.file", "AidRequested": "acted.request",
	"AidAcknowledged": "acted.acknowledgement", "CaseAppealed": "acted.appeal", "AppealWithdrawn": "acted.appeal_withdrawal",
	"NeedRaised": "acted.need", "NeedWithdrawn": "acted.need_withdrawal", "AssignmentConfirmed": "acted.confirmation",
	"PolicyNoticeReached": "acted.policy_notice", "WorkReported": "acted.work", "WorkConfirmed": "acted.work_confirmation",
	"WorkDeclined": "acted.work_refusal", "CreditsSpent": "acted.spending", "ClawbackAppealed": "acted.clawback_appeal",
}

// mandateWords are what an inbox says about mandates, by its notices' names.
var mandateWords = map[string]openapi.Words{
	"mandate.asked": {
		English: "A neighbour asks you to act for them. You may accept or decline.", Chinese: "有邻居请您代为办理事项，您可以接受或谢绝。",
	},
	"mandate.granted": {
		English: "A mandate was granted. Either of the two may revoke it at any time.", Chinese: "一项委托已经作出，委托人和受托人均可随时撤销。",
	},
	"mandate.accepted": {
		English: "The helper has accepted the mandate and may act under it.", Chinese: "受托人已接受委托，可以依委托代办。",
	},
	"mandate.declined": {
		English: "The helper has declined the mandate; nothing is done under it.", Chinese: "受托人已谢绝委托，不会依该委托办理任何事项。",
	},
	"mandate.revoked": {
		English: "The mandate has been revoked; nothing more is done under it.", Chinese: "委托已被撤销，此后不再依该委托办理。",
	},
	"mandate.ending": {English: "The mandate is about to end.", Chinese: "委托即将到期。"},
	"mandate.over":   {English: "The mandate has run out.", Chinese: "委托已经到期。"},
	"mandate.gone": {
		English: "The mandate has ended with the membership of one of the two.", Chinese: "因一方的成员资格终止，委托已经终止。",
	},
	"acted.ballot": {
		English: "A helper cast a ballot for you. While the poll is open your own vote replaces it, whatever it said.",
		Chinese: "受托人已代您投票。表决结束前，您本人投票即可取代该选票。",
	},
	"acted.objection": {English: "A helper objected to a tally for you.", Chinese: "受托人已代您对计票结果提出异议。"},
	"acted.notice":    {English: "A helper acknowledged a poll's notice for you.", Chinese: "受托人已代您确认收到表决通知。"},
	"acted.topic": {
		English: "A helper raised a topic for you. You may withdraw it while it is open.", Chinese: "受托人已代您提出议题。议题未进入协商前，您可以撤回。",
	},
	"acted.withdrawal": {
		English: "A helper withdrew a topic for you that a helper had raised.", Chinese: "受托人已代您撤回由受托人提出的议题。",
	},
	"acted.second":    {English: "A helper seconded a topic for you.", Chinese: "受托人已代您附议一项议题。"},
	"acted.statement": {English: "A helper made a statement for you.", Chinese: "受托人已代您发表意见。"},
	"acted.reaction": {
		English: "A helper reacted to a statement for you. Your own reaction replaces it while the deliberation runs.",
		Chinese: "受托人已代您对一条意见表态。协商结束前，您本人表态即可取代。",
	},
	"acted.file": {English: "A helper opened a file for you, under which help is asked for.", Chinese: "受托人已代您建立帮扶档案。"},
	"acted.request": {
		English: "A helper asked for help for you. You may take that back while nobody is on the way.", Chinese: "受托人已代您求助。尚无人上门时，您可以撤回。",
	},
	"acted.acknowledgement": {
		English: "A helper confirmed for you what has come. Your own word replaces it.", Chinese: "受托人已代您确认收到的帮扶，您本人可以更正。",
	},
	"acted.appeal":            {English: "A helper appealed for you.", Chinese: "受托人已代您提出申诉。"},
	"acted.appeal_withdrawal": {English: "A helper took an appeal of yours back.", Chinese: "受托人已代您撤回一项申诉。"},
	"acted.policy_notice": {
		English: "A helper said for you that a policy notice came. If you have not seen it, ask them, or an officer.",
		Chinese: "受托人已代您确认收到一项政策告知。您如未看到，请询问受托人或工作人员。",
	},
	"acted.work":              {English: "A helper reported work of yours.", Chinese: "受托人已代您申报一项服务。"},
	"acted.work_confirmation": {English: "A helper confirmed work that somebody did for you.", Chinese: "受托人已代您确认他人为您提供的服务。"},
	"acted.work_refusal":      {English: "A helper said for you that work was not done.", Chinese: "受托人已代您表示未接受该项服务。"},
	"acted.spending":          {English: "A helper gave or spent credits of yours.", Chinese: "受托人已代您赠出或使用时间积分。"},
	"acted.clawback_appeal":   {English: "A helper appealed for you against taking credits back.", Chinese: "受托人已代您对收回积分提出申诉。"},
	"acted.need": {
		English: "A helper asked for something for you. You may withdraw it.", Chinese: "受托人已代您提出需求，您可以撤回。",
	},
	"acted.need_withdrawal": {English: "A helper withdrew a need of yours.", Chinese: "受托人已代您撤回一项需求。"},
	"acted.confirmation":    {English: "A helper confirmed for you that help has come.", Chinese: "受托人已代您确认收到帮助。"},
	"acted.otherwise":       {English: "A helper acted for you.", Chinese: "受托人已代您办理一个事项。"},
}
