package aid

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid/internal/alert"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/notice"
	"renlin.dev/services/aid/internal/supply"
)

// The accesses. Where a person and those who work for them may do the same, any member may send it and the rule says which of them.
var (
	everyone = standing.To(communityv1.Role_ROLE_MEMBER)
	workers  = standing.To(communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OFFICER)
	officers = standing.To(communityv1.Role_ROLE_OFFICER)
	helped   = standing.Helped(communityv1.Act_ACT_AID, casework.About)
)

// operations declares the service's contract, one entry for each command. Routes lie below the community's path.
func operations() []decider.Part {
	return slices.Concat(fileOperations(), caseOperations(), roundOperations(), noticeOperations(), alertOperations(), supplyOperations())
}

func fileOperations() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{Name: "aid.register", Route: "POST beneficiaries", Access: helped}, beneficiary.Register),
		decider.Op(decider.Operation{
			Name: "aid.amend_file", Route: "POST beneficiaries/{beneficiary}/files", Access: everyone,
			Lane: file((*aidv1.AmendFile).GetBeneficiary),
		}, beneficiary.Amend),
		decider.Op(decider.Operation{
			Name: "aid.name_proxy", Route: "POST beneficiaries/{beneficiary}/proxy", Access: everyone,
			Lane: file((*aidv1.NameProxy).GetBeneficiary),
		}, beneficiary.NameProxy),
		decider.Op(decider.Operation{
			Name: "aid.give_consent", Route: "POST beneficiaries/{beneficiary}/consents", Access: everyone,
			Lane: file((*aidv1.GiveConsent).GetBeneficiary),
		}, beneficiary.Agree),
		decider.Op(decider.Operation{
			Name: "aid.withdraw_consent", Route: "POST beneficiaries/{beneficiary}/consents/withdrawal", Access: everyone,
			Lane: file((*aidv1.WithdrawConsent).GetBeneficiary),
		}, beneficiary.Withdraw),
		decider.Op(decider.Operation{
			Name: "aid.merge", Route: "POST beneficiaries/{from}/merge", Access: officers, Lane: file((*aidv1.MergeBeneficiaries).GetFrom),
		}, beneficiary.Merge),
		decider.Op(decider.Operation{
			Name: "aid.unmerge", Route: "POST beneficiaries/{from}/unmerge", Access: officers, Lane: file((*aidv1.UnmergeBeneficiaries).GetFrom),
		}, beneficiary.Unmerge),
	}
}

func caseOperations() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{Name: "aid.request", Route: "POST aid-cases", Access: helped}, casework.Request),
		onCase("aid.assign", "assignment", workers, (*aidv1.AssignCase).GetCase, casework.Assign),
		onCase("aid.assess", "assessment", workers, (*aidv1.AssessCase).GetCase, casework.Assess),
		onCase("aid.plan", "plan", workers, (*aidv1.PlanCase).GetCase, casework.Plan),
		onCase("aid.approve", "approval", officers, (*aidv1.ApproveAid).GetCase, casework.Approve),
		onCase("aid.refuse", "refusal", officers, (*aidv1.RefuseAid).GetCase, casework.Refuse),
		onCase("aid.refer", "referral", workers, (*aidv1.ReferCase).GetCase, casework.Refer),
		onCase("aid.answer_referral", "referral/answer", officers, (*aidv1.AnswerReferral).GetCase, casework.AnswerReferral),
		onCase("aid.order", "work-orders", workers, (*aidv1.OrderWork).GetCase, casework.OrderWork),
		onOrder("aid.answer_order", "answer", (*aidv1.AnswerOrder).GetOrder, casework.AnswerOrder),
		onOrder("aid.visit", "visits", (*aidv1.RecordVisit).GetOrder, casework.RecordVisit),
		onCase("aid.acknowledge", "acknowledgement", helped, (*aidv1.AcknowledgeAid).GetCase, casework.Acknowledge),
		onCase("aid.call_back", "call-backs", officers, (*aidv1.RecordCallBack).GetCase, casework.CallBack),
		onCase("aid.close", "closing", workers, (*aidv1.CloseCase).GetCase, casework.Close),
		onCase("aid.appeal", "appeal", helped, (*aidv1.AppealCase).GetCase, casework.Appeal),
		onCase("aid.withdraw_appeal", "appeal/withdrawal", helped, (*aidv1.WithdrawAppeal).GetCase, casework.WithdrawAppeal),
		onCase("aid.decide_appeal", "appeal/decision", officers, (*aidv1.DecideAppeal).GetCase, casework.DecideAppeal),
		onCase("aid.reopen", "reopening", everyone, (*aidv1.ReopenCase).GetCase, casework.Reopen),
		onCase("aid.withdraw", "withdrawal", everyone, (*aidv1.WithdrawAid).GetCase, casework.Withdraw),
		decider.Op(decider.Operation{Name: casework.OperationMiss, Policy: true}, casework.Miss),
		decider.Op(decider.Operation{Name: casework.OperationMissOrder, Policy: true}, casework.MissOrder),
	}
}

func roundOperations() []decider.Part {
	return []decider.Part{
		onOrder("aid.repeat_order", "rounds", (*aidv1.RepeatOrder).GetOrder, casework.Repeat),
		onOrder("aid.pause_rounds", "rounds/pause", (*aidv1.PauseRounds).GetOrder, casework.Pause),
		onOrder("aid.resume_rounds", "rounds/resumption", (*aidv1.ResumeRounds).GetOrder, casework.Resume),
		onOrder("aid.end_rounds", "rounds/end", (*aidv1.EndRounds).GetOrder, casework.End),
		decider.Op(decider.Operation{Name: casework.OperationMissRound, Policy: true}, casework.MissRound),
	}
}

func noticeOperations() []decider.Part {
	told := standing.Helped(communityv1.Act_ACT_AID, notice.About)
	coded := standing.Access{Credential: true} // its key is of a sealed list, and nobody's by name
	return []decider.Part{
		decider.Op(decider.Operation{Name: "aid.publish_notice", Route: "POST policy-notices", Access: officers}, notice.Publish),
		decider.Op(decider.Operation{
			Name: "aid.confirm_notice", Route: "POST policy-notices/{notice}/confirmations", Access: told,
		}, notice.Confirm),
		decider.Op(decider.Operation{
			Name: "aid.answer_notice", Route: "POST policy-notices/{notice}/answers", Access: coded,
		}, notice.Answer),
		decider.Op(decider.Operation{
			Name: "aid.record_attempts", Route: "POST policy-notices/{notice}/attempts", Access: workers,
		}, notice.Record),
		decider.Op(decider.Operation{Name: notice.OperationSeal, Policy: true}, notice.Seal),
		decider.Op(decider.Operation{Name: notice.OperationMiss, Policy: true}, notice.Miss),
	}
}

func alertOperations() []decider.Part {
	sensor := standing.Access{Newcomer: true} // its key is no member's; the rule finds whose home it stands in
	return []decider.Part{
		decider.Op(decider.Operation{Name: "aid.enrol_sensor", Route: "POST sensors", Access: everyone}, alert.Enrol),
		decider.Op(decider.Operation{Name: "aid.revoke_sensor", Route: "POST sensors/{sensor}/revocation", Access: everyone}, alert.Revoke),
		decider.Op(decider.Operation{Name: "aid.send_signal", Route: "POST signals", Access: sensor}, alert.Signal),
		decider.Op(decider.Operation{Name: "aid.raise_alert", Route: "POST alerts", Access: everyone}, alert.Raise),
		decider.Op(decider.Operation{
			Name: "aid.triage", Route: "POST alerts/{alert}/triage", Access: workers,
			Lane: func(body proto.Message) string { return alert.Path(body.(*aidv1.TriageAlert).GetAlert()) },
		}, alert.Triage),
		decider.Op(decider.Operation{Name: alert.OperationMiss, Policy: true}, alert.Miss),
		decider.Op(decider.Operation{
			Name: "aid.arrange_check_in", Route: "POST check-ins", Access: everyone, Lane: checkIn((*aidv1.ArrangeCheckIn).GetBeneficiary),
		}, alert.Arrange),
		decider.Op(decider.Operation{
			Name: "aid.end_check_in", Route: "POST check-ins/{beneficiary}/end", Access: everyone,
			Lane: checkIn((*aidv1.EndCheckIn).GetBeneficiary),
		}, alert.EndCheckIn),
		decider.Op(decider.Operation{
			Name: "aid.say_well", Route: "POST check-ins/{beneficiary}/words", Access: everyone,
			Lane: checkIn((*aidv1.SayWell).GetBeneficiary),
		}, alert.SayWell),
		decider.Op(decider.Operation{Name: "aid.send_well", Route: "POST signals/well", Access: sensor}, alert.SendWell),
		decider.Op(decider.Operation{Name: alert.OperationMissCheckIn, Policy: true}, alert.MissCheckIn),
	}
}

func supplyOperations() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{Name: "aid.open_stock", Route: "POST stocks", Access: workers}, supply.Open),
		onStock("aid.move_stock", "moves", (*aidv1.MoveStock).GetStock, supply.Move),
		onStock("aid.count_stock", "counts", (*aidv1.CountStock).GetStock, supply.Count),
		onStock("aid.offer_stock", "offer", (*aidv1.OfferStock).GetStock, supply.OfferStock),
		onStock("aid.withhold_stock", "withholding", (*aidv1.WithholdStock).GetStock, supply.Withhold),
		decider.Op(decider.Operation{Name: "aid.declare_capacity", Route: "POST capacities", Access: officers}, supply.Declare),
		decider.Op(decider.Operation{Name: "aid.announce_arrival", Route: "POST arrivals", Access: officers}, supply.Announce),
		decider.Op(decider.Operation{
			Name: "aid.name_receiver", Route: "POST arrivals/{arrival}/receiver", Access: officers,
		}, supply.NameReceiver),
		decider.Op(decider.Operation{Name: "aid.receive_arrival", Route: "POST arrivals/{arrival}/receipt", Access: workers}, supply.Receive),
		decider.Op(decider.Operation{Name: supply.OperationMiss, Policy: true}, supply.Miss),
		decider.Op(decider.Operation{Name: supply.OperationBook, Policy: true}, supply.Book),
		decider.Op(decider.Operation{Name: supply.OperationPlace, Policy: true}, supply.Place),
	}
}

// rule is what Decide is for a command.
type rule[C proto.Message] func(*decider.View, *decider.Command, C) ([]decider.Change, error)

// onCase makes an operation on a case, in the case's lane.
func onCase[C proto.Message](name, below string, access standing.Access, id func(C) string, decide rule[C]) decider.Part {
	return decider.Op(decider.Operation{
		Name: name, Route: "POST aid-cases/{case}/" + below, Access: access,
		Lane: func(body proto.Message) string { return casework.Path(id(body.(C))) },
	}, decide)
}

// onStock makes an operation on a stock, in the stock's lane.
func onStock[C proto.Message](name, below string, id func(C) string, decide rule[C]) decider.Part {
	return decider.Op(decider.Operation{
		Name: name, Route: "POST stocks/{stock}/" + below, Access: workers,
		Lane: func(body proto.Message) string { return stock.Path(id(body.(C))) },
	}, decide)
}

// onOrder makes an operation on a work order, in the order's lane.
func onOrder[C proto.Message](name, below string, id func(C) string, decide rule[C]) decider.Part {
	return decider.Op(decider.Operation{
		Name: name, Route: "POST work-orders/{order}/" + below, Access: everyone,
		Lane: func(body proto.Message) string { return casework.OrderPath(id(body.(C))) },
	}, decide)
}

// checkIn puts the commands on one check-in behind each other.
func checkIn[C proto.Message](id func(C) string) func(proto.Message) string {
	return func(body proto.Message) string { return alert.CheckInPath(id(body.(C))) }
}

// file puts the commands on one file behind each other.
func file[C proto.Message](id func(C) string) func(proto.Message) string {
	return func(body proto.Message) string { return beneficiary.Path(id(body.(C))) }
}
