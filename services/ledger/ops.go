package ledger

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/payment"
)

// operations declares the service's contract, one entry for each command. Routes lie below the community's path.
func operations() []decider.Part {
	officers := standing.To(communityv1.Role_ROLE_OFFICER)
	return []decider.Part{
		decider.Op(decider.Operation{Name: "ledger.open", Route: "POST accounts", Access: officers}, book.Open),
		decider.Op(decider.Operation{
			Name: "ledger.propose", Route: "POST transfers", Access: officers, Lane: payer,
		}, payment.Propose),
		decider.Op(decider.Operation{
			Name: "ledger.approve", Route: "POST transfers/{transfer}/approvals", Access: officers,
			Lane: lane(payment.Path, (*ledgerv1.ApproveTransfer).GetTransfer),
		}, payment.Approve),
		decider.Op(decider.Operation{
			Name: "ledger.post", Route: "POST transfers/{transfer}/posting", Access: officers,
			Lane: lane(payment.Path, (*ledgerv1.PostTransfer).GetTransfer),
		}, payment.Post),
		decider.Op(decider.Operation{
			Name: "ledger.void", Route: "POST transfers/{transfer}/voiding", Access: officers,
			Lane: lane(payment.Path, (*ledgerv1.VoidTransfer).GetTransfer),
		}, payment.Void),

		decider.Op(decider.Operation{Name: "ledger.lapse", Policy: true}, payment.Lapse),
		decider.Op(decider.Operation{Name: "ledger.suspend", Policy: true}, payment.Suspend),
		decider.Op(decider.Operation{Name: "ledger.sweep", Policy: true}, book.Sweep),
	}
}

// lane puts the commands on one aggregate behind each other.
func lane[C proto.Message](path func(id string) string, id func(C) string) func(proto.Message) string {
	return func(body proto.Message) string { return path(id(body.(C))) }
}

// payer puts the proposals on one payer's account behind each other: they all hold part of its balance.
func payer(body proto.Message) string {
	if lines := body.(*ledgerv1.ProposeTransfer).GetLines(); len(lines) > 0 {
		return book.Path(lines[0].GetFrom())
	}
	return "transfer"
}
