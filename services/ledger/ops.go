package ledger

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/credit"
	"renlin.dev/services/ledger/internal/dividend"
	"renlin.dev/services/ledger/internal/holding"
	"renlin.dev/services/ledger/internal/payment"
)

// operations declares the service's contract, one entry for each command. Routes lie below the community's path.
func operations() []decider.Part {
	officers, helped := standing.To(communityv1.Role_ROLE_OFFICER), standing.Helped(communityv1.Act_ACT_CREDITS, credit.About)
	auditors := standing.To(communityv1.Role_ROLE_AUDITOR)
	return []decider.Part{
		decider.Op(decider.Operation{Name: "ledger.open", Route: "POST accounts", Access: officers}, book.Open),
		decider.Op(decider.Operation{
			Name: "ledger.propose", Route: "POST transfers", Access: officers, Lane: money,
		}, payment.Propose),
		decider.Op(decider.Operation{
			Name: "ledger.approve", Route: "POST transfers/{transfer}/approvals", Access: officers,
			Lane: money,
		}, payment.Approve),
		decider.Op(decider.Operation{
			Name: "ledger.post", Route: "POST transfers/{transfer}/posting", Access: officers,
			Lane: money,
		}, payment.Post),
		decider.Op(decider.Operation{
			Name: "ledger.void", Route: "POST transfers/{transfer}/voiding", Access: officers,
			Lane: money,
		}, payment.Void),

		decider.Op(decider.Operation{Name: "ledger.report_work", Route: "POST works", Access: helped}, credit.Report),
		decider.Op(decider.Operation{
			Name: "ledger.confirm_work", Route: "POST works/{work}/confirmation", Access: helped, Lane: one(credit.MintID),
		}, credit.Confirm),
		decider.Op(decider.Operation{
			Name: "ledger.decline_work", Route: "POST works/{work}/refusal", Access: helped,
			Lane: lane(credit.WorkPath, (*ledgerv1.DeclineWork).GetWork),
		}, credit.Decline),
		decider.Op(decider.Operation{
			Name: "ledger.offer_terms", Route: "POST terms/{org}", Access: officers,
			Lane: lane(credit.TermsPath, (*ledgerv1.OfferTerms).GetOrg),
		}, credit.Offer),
		decider.Op(decider.Operation{Name: "ledger.spend", Route: "POST spendings", Access: helped, Lane: taker}, credit.Spend),
		decider.Op(decider.Operation{
			Name: "ledger.assess", Route: "POST patterns/{pattern}/finding", Access: auditors,
		}, credit.Assess),
		decider.Op(decider.Operation{
			Name: "ledger.propose_clawback", Route: "POST clawbacks/{work}", Access: auditors,
			Lane: lane(credit.ClawbackPath, (*ledgerv1.ProposeClawback).GetWork),
		}, credit.ProposeClawback),
		decider.Op(decider.Operation{
			Name: "ledger.appeal_clawback", Route: "POST clawbacks/{work}/appeal", Access: helped,
			Lane: lane(credit.ClawbackPath, (*ledgerv1.AppealClawback).GetWork),
		}, credit.Appeal),
		decider.Op(decider.Operation{
			Name: "ledger.decide_appeal", Route: "POST clawbacks/{work}/decision", Lane: one(credit.MintID),
			Access: standing.To(communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_AUDITOR),
		}, credit.DecideAppeal),
		decider.Op(decider.Operation{
			Name: "ledger.declare_dividend", Route: "POST dividends", Access: officers, Lane: given,
		}, dividend.Declare),
		decider.Op(decider.Operation{Name: "ledger.register_holding", Route: "POST holdings", Access: officers}, holding.Register),
		decider.Op(decider.Operation{
			Name: "ledger.report_holding", Route: "POST holdings/{holding}/reports", Access: officers,
			Lane: lane(holding.Path, (*ledgerv1.ReportHolding).GetHolding),
		}, holding.Tell),
	}
}

// demanded declares what the rules themselves demand.
func demanded() []decider.Part {
	return []decider.Part{
		decider.Op(decider.Operation{Name: "ledger.lapse", Policy: true, Lane: money}, payment.Lapse),
		decider.Op(decider.Operation{Name: "ledger.suspend", Policy: true, Lane: money}, payment.Suspend),
		decider.Op(decider.Operation{Name: "ledger.sweep", Policy: true, Lane: money}, book.Sweep),
		decider.Op(decider.Operation{
			Name: "ledger.expire", Policy: true, Lane: one(credit.PoolID),
		}, credit.Expire),
		decider.Op(decider.Operation{Name: "ledger.flag", Policy: true}, credit.Flag),
		decider.Op(decider.Operation{Name: "ledger.settle_clawback", Policy: true, Lane: one(credit.MintID)}, credit.Settle),
		decider.Op(decider.Operation{
			Name: "ledger.share", Policy: true, Lane: one(credit.PoolID),
		}, dividend.Pay),
	}
}

// lane puts the commands on one aggregate behind each other.
func lane[C proto.Message](path func(id string) string, id func(C) string) func(proto.Message) string {
	return func(body proto.Message) string { return path(id(body.(C))) }
}

// money puts everything that moves money behind each other: which accounts a transfer has, most commands do not say, and a fund or a budget
// that is in many of them would make each stale by the others.
func money(proto.Message) string { return book.Path("money") }

// taker puts the expenses to one taker behind each other, who may be a shop or the pool that everybody gives to.
func taker(body proto.Message) string {
	if to := body.(*ledgerv1.SpendCredits).GetTo(); to != "" {
		return book.Path(credit.AccountID(to))
	}
	return book.Path(credit.PoolID)
}

// given puts dividends behind each other and behind whatever else is taken from the same place.
func given(body proto.Message) string {
	if body.(*ledgerv1.DeclareDividend).GetEnvelope() != "" {
		return money(body)
	}
	return book.Path(credit.PoolID)
}

// one puts all commands of an operation behind each other on an account that each of them writes: decided one upon another, they go onto
// the record together, where they would make each other stale if they came by themselves.
func one(account string) func(proto.Message) string {
	return func(proto.Message) string { return book.Path(account) }
}
