package main

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// accounts opens the books: a fund with money, an envelope with a part of it, and two who can be paid. Of the transfers some wait for a
// checker and some are approved; abe proposed them unless they say otherwise, who is an officer of the committee.
func (w *accessWorld) accounts() {
	w.Helper()
	w.books = map[string]string{}
	open := func(name string, body *ledgerv1.OpenAccount) {
		w.books[name] = w.by("offA", "ledger.open", body).ID.NewAggregate()
	}
	open("source", &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "Fees"})
	open("fund", &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "Upkeep"})
	open("envelope", &ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Lamps", Fund: w.books["fund"], From: 1, Until: w.Now + 1_000_000_000,
	})
	open("eve", &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: forge.ID("eve")})
	open("offB", &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: forge.ID("offB")})
	for _, way := range [][2]string{{"source", "fund"}, {"fund", "envelope"}} {
		w.approved(w.transfer("abe", true, w.books[way[0]], w.books[way[1]], 100_000))
	}
	w.books["offA's"] = w.transfer("offA", false, w.books["envelope"], w.books["eve"], 100)
	w.books["waiting"] = w.transfer("abe", false, w.books["envelope"], w.books["eve"], 100)
	w.books["to offB"] = w.transfer("abe", false, w.books["envelope"], w.books["offB"], 100)
	w.books["approved"] = w.approved(w.transfer("abe", false, w.books["envelope"], w.books["eve"], 100))
}

func (w *accessWorld) transfer(who string, whole bool, from, to string, fen int64) string {
	w.Helper()
	return w.by(who, "ledger.propose", proposedTransfer(whole, from, to, fen)).ID.NewAggregate()
}

func (w *accessWorld) approved(transfer string) string {
	w.Helper()
	w.by("offB", "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: transfer})
	return transfer
}

func proposedTransfer(whole bool, from, to string, fen int64) *ledgerv1.ProposeTransfer {
	return &ledgerv1.ProposeTransfer{
		Lines: []*ledgerv1.Line{{From: from, To: to, Amount: fen}}, Purpose: accessText("lamps"), PostWhenApproved: whole,
	}
}

// ledgerRows are about money.
func ledgerRows() map[string]cell {
	pay := func(to string) cell {
		return plain(func(w *accessWorld) proto.Message {
			return proposedTransfer(false, w.books["envelope"], w.books[to], 5)
		})
	}
	approve := func(which string) cell {
		return plain(func(w *accessWorld) proto.Message { return &ledgerv1.ApproveTransfer{Transfer: w.books[which]} })
	}
	void := func(which string) cell {
		return plain(func(w *accessWorld) proto.Message {
			return &ledgerv1.VoidTransfer{Transfer: w.books[which], Reason: accessText("no lamps")}
		})
	}
	return map[string]cell{
		"ledger.open":                   fixed(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "Reserve"}),
		"ledger.propose: to others":     pay("eve"),
		"ledger.propose: to offB":       pay("offB"),
		"ledger.approve: offA's":        approve("offA's"),
		"ledger.approve: committee's":   approve("waiting"),
		"ledger.approve: pays offB":     approve("to offB"),
		"ledger.void: approved":         void("approved"),
		"ledger.void: not approved yet": void("waiting"),
		"ledger.post": plain(func(w *accessWorld) proto.Message {
			return &ledgerv1.PostTransfer{Transfer: w.books["approved"], Evidence: accessText("receipt")}
		}),
	}
}
