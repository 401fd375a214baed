package matching

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/across"
	"renlin.dev/services/matching/internal/discovery"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// operations declares the service's contract, one entry for each command. Routes lie below the community's path.
func operations() []decider.Part {
	return slices.Concat(demandAndSupply(), assignments(), acrossCommunities(), policies())
}

func demandAndSupply() []decider.Part {
	helped := standing.Helped(communityv1.Act_ACT_NEEDS, supply.About)
	everyone := standing.To(communityv1.Role_ROLE_MEMBER) // which provider is whose, the rules say
	overseers := standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER)
	return []decider.Part{
		decider.Op(decider.Operation{Name: "matching.raise_need", Route: "POST needs", Access: helped}, supply.Raise),
		decider.Op(decider.Operation{
			Name: "matching.assess_need", Route: "POST needs/{need}/assessment", Access: overseers,
			Lane: lane(supply.NeedPath, (*matchingv1.AssessNeed).GetNeed),
		}, supply.Assess),
		decider.Op(decider.Operation{
			Name: "matching.withdraw_need", Route: "POST needs/{need}/withdrawal", Access: helped,
			Lane: lane(supply.NeedPath, (*matchingv1.WithdrawNeed).GetNeed),
		}, dispatch.Withdraw),
		decider.Op(decider.Operation{
			Name: "matching.dismiss_suggestion", Route: "POST suggestions/{suggestion}/dismissal", Access: overseers,
			Lane: lane(supply.SuggestionPath, (*matchingv1.DismissSuggestion).GetSuggestion),
		}, discovery.Dismiss),
		decider.Op(decider.Operation{
			Name: "matching.stage_needs", Route: "POST need-imports/{import}/rows", Access: overseers,
			Lane: lane(supply.NeedImportPath, (*matchingv1.StageNeeds).GetImport),
		}, supply.Stage),
		decider.Op(decider.Operation{
			Name: "matching.complete_import", Route: "POST need-imports/{import}/completion", Access: overseers,
			Lane: lane(supply.NeedImportPath, (*matchingv1.CompleteNeedImport).GetImport),
		}, supply.CompleteIntake),
		decider.Op(decider.Operation{Name: "matching.register_provider", Route: "POST providers", Access: everyone}, supply.Register),
		decider.Op(decider.Operation{
			Name: "matching.publish_directory", Route: "POST providers/directory", Access: standing.To(communityv1.Role_ROLE_OFFICER),
		}, supply.PublishAll),
		decider.Op(decider.Operation{
			Name: "matching.move_provider", Route: "POST providers/{provider}/reach", Access: everyone,
			Lane: lane(supply.ProviderPath, (*matchingv1.MoveProvider).GetProvider),
		}, supply.Move),
		decider.Op(decider.Operation{
			Name: "matching.attest_provider", Route: "POST providers/{provider}/attestations",
			Access: standing.To(communityv1.Role_ROLE_OFFICER),
			Lane:   lane(supply.ProviderPath, (*matchingv1.AttestProvider).GetProvider),
		}, supply.Attest),
		decider.Op(decider.Operation{
			Name: "matching.retire_provider", Route: "POST providers/{provider}/retirement", Access: everyone,
			Lane: lane(supply.ProviderPath, (*matchingv1.RetireProvider).GetProvider),
		}, supply.Retire),
		decider.Op(decider.Operation{
			Name: "matching.publish_offer", Route: "POST providers/{provider}/offers", Access: everyone,
			Lane: lane(supply.ProviderPath, (*matchingv1.PublishOffer).GetProvider),
		}, supply.Publish),
	}
}

func acrossCommunities() []decider.Part {
	officers := standing.To(communityv1.Role_ROLE_OFFICER)
	overseers := standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER)
	carriers := standing.To(communityv1.Role_ROLE_MEMBER) // the proof is what counts
	return []decider.Part{
		decider.Op(decider.Operation{Name: "matching.register_peer", Route: "POST peers", Access: officers}, across.Register),
		decider.Op(decider.Operation{Name: "matching.forget_peer", Route: "POST peers/{peer}/ending", Access: officers}, across.Forget),
		decider.Op(decider.Operation{
			Name: "matching.refer_need", Route: "POST needs/{need}/referrals", Access: overseers,
			Lane: lane(supply.NeedPath, (*matchingv1.ReferNeed).GetNeed),
		}, across.Refer),
		decider.Op(decider.Operation{Name: "matching.bring_referral", Route: "POST uptakes/brought", Access: carriers}, across.Bring),
		decider.Op(decider.Operation{Name: "matching.take_up", Route: "POST uptakes", Access: overseers}, across.TakeUp),
		decider.Op(decider.Operation{
			Name: "matching.settle_referral", Route: "POST referrals/{referral}/settlement",
			Access: carriers, Lane: lane(across.ReferralPath, (*matchingv1.SettleReferral).GetReferral),
		}, across.Settle),
		decider.Op(decider.Operation{
			Name: "matching.lend", Route: "POST providers/{provider}/loans",
			Access: standing.To(communityv1.Role_ROLE_MEMBER), // for which provider they speak, the rules say
			Lane:   lane(supply.ProviderPath, (*matchingv1.Lend).GetProvider),
		}, across.Lend),
		decider.Op(decider.Operation{Name: "matching.bring_loan", Route: "POST borrowings", Access: carriers}, across.BringLoan),
		decider.Op(decider.Operation{
			Name: "matching.borrow", Route: "POST borrowings/{borrowing}/taking", Access: officers,
			Lane: lane(across.BorrowingPath, (*matchingv1.Borrow).GetBorrowing),
		}, across.Borrow),
		decider.Op(decider.Operation{
			Name: "matching.return_loan", Route: "POST borrowings/{borrowing}/ending", Access: officers,
			Lane: lane(across.BorrowingPath, (*matchingv1.ReturnLoan).GetBorrowing),
		}, across.ReturnLoan),
		decider.Op(decider.Operation{
			Name: "matching.settle_loan", Route: "POST loans/{loan}/settlement", Access: carriers,
			Lane: lane(across.LoanPath, (*matchingv1.SettleLoan).GetLoan),
		}, across.SettleLoan),
	}
}

func assignments() []decider.Part {
	everyone := standing.To(communityv1.Role_ROLE_MEMBER)
	overseers := standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER)
	return []decider.Part{
		decider.Op(decider.Operation{
			Name: "matching.adopt_plan", Route: "POST plans",
			Access: standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OPERATOR),
			Lane:   func(proto.Message) string { return dispatch.ModePath }, // plans take from the same offers
		}, dispatch.Adopt),
		decider.Op(decider.Operation{
			Name: "matching.set_mode", Route: "POST matching/mode", Access: standing.To(communityv1.Role_ROLE_OFFICER),
		}, dispatch.Set),
		decider.Op(decider.Operation{
			Name: "matching.accept", Route: "POST assignments/{assignment}/acceptance", Access: everyone,
			Lane: lane(dispatch.Path, (*matchingv1.AcceptAssignment).GetAssignment),
		}, dispatch.Accept),
		decider.Op(decider.Operation{
			Name: "matching.refuse", Route: "POST assignments/{assignment}/refusal", Access: everyone,
			Lane: lane(dispatch.Path, (*matchingv1.RefuseAssignment).GetAssignment),
		}, dispatch.Refuse),
		decider.Op(decider.Operation{
			Name: "matching.start", Route: "POST assignments/{assignment}/departure", Access: everyone,
			Lane: lane(dispatch.Path, (*matchingv1.StartAssignment).GetAssignment),
		}, dispatch.Start),
		decider.Op(decider.Operation{
			Name: "matching.check_in", Route: "POST assignments/{assignment}/check-ins", Access: everyone,
			Lane: lane(dispatch.Path, (*matchingv1.CheckIn).GetAssignment),
		}, dispatch.SignOfLife),
		decider.Op(decider.Operation{
			Name: "matching.complete", Route: "POST assignments/{assignment}/completion", Access: everyone,
			Lane: lane(dispatch.Path, (*matchingv1.CompleteAssignment).GetAssignment),
		}, dispatch.Complete),
		decider.Op(decider.Operation{
			Name: "matching.confirm", Route: "POST assignments/{assignment}/confirmation",
			Access: standing.Helped(communityv1.Act_ACT_NEEDS, supply.About),
			Lane:   lane(dispatch.Path, (*matchingv1.ConfirmAssignment).GetAssignment),
		}, dispatch.Confirm),
		decider.Op(decider.Operation{
			Name: "matching.overrule", Route: "POST assignments/{assignment}/overruling", Access: overseers,
			Lane: lane(dispatch.Path, (*matchingv1.OverruleAssignment).GetAssignment),
		}, dispatch.Overrule),
	}
}

func policies() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{Name: "matching.suggest_need", Policy: true}, discovery.Suggest),
		decider.Op(decider.Operation{Name: "matching.lapse_suggestion", Policy: true}, discovery.Lapse),
		decider.Op(decider.Operation{Name: "matching.refer_waiting", Policy: true}, across.ReferWaiting),
		decider.Op(decider.Operation{Name: "matching.lapse_referral", Policy: true}, across.Lapse),
		decider.Op(decider.Operation{Name: "matching.close_uptake", Policy: true}, across.Close),
		decider.Op(decider.Operation{Name: "matching.lapse_loan", Policy: true}, across.LapseLoan),
		decider.Op(decider.Operation{Name: "matching.close_loan", Policy: true}, across.CloseLoan),
		decider.Op(decider.Operation{Name: "matching.expire_need", Policy: true}, supply.Expire),
		decider.Op(decider.Operation{Name: "matching.raise_staged", Policy: true}, supply.RaiseStaged),
		decider.Op(decider.Operation{Name: "matching.open", Policy: true}, dispatch.Open),
		decider.Op(decider.Operation{Name: "matching.lapse", Policy: true}, dispatch.Lapse),
		decider.Op(decider.Operation{Name: "matching.miss_check_in", Policy: true}, dispatch.MissCheckIn),
		decider.Op(decider.Operation{Name: "matching.stand_in", Policy: true}, dispatch.StandIn),
		decider.Op(decider.Operation{Name: "matching.miss_confirmation", Policy: true}, dispatch.MissConfirmation),
		decider.Op(decider.Operation{Name: supply.OperationFollow, Policy: true}, supply.Follow),
		decider.Op(decider.Operation{Name: "matching.note_load", Policy: true}, supply.NoteLoad),
		decider.Op(decider.Operation{Name: "matching.end_mode", Policy: true}, dispatch.End),
	}
}

// lane puts the commands on one aggregate behind each other.
func lane[C proto.Message](path func(id string) string, id func(C) string) func(proto.Message) string {
	return func(body proto.Message) string { return path(id(body.(C))) }
}
