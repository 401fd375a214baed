package main

import (
	"maps"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
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
	w.credits()
	w.doubts()
	w.books["approved"] = w.approved(w.transfer("abe", false, w.books["envelope"], w.books["eve"], 100))
}

// credits has everybody asked by eve whether she worked for them, and brings two into a pattern that somebody should look into.
func (w *accessWorld) credits() {
	w.Helper()
	w.housed("eve")
	for who := range w.topics { // any order
		if who == "eve" || who == "gone" {
			continue
		}
		w.housed(who)
		w.books["work for "+who] = w.by("eve", "ledger.report_work", &ledgerv1.ReportWork{
			Counterparty: forge.ID(who), Minutes: 30, What: accessText("shopping"),
		}).ID.NewAggregate()
	}
	w.housed("abe")
	w.housed("hal")
	for _, pair := range [][2]string{{"abe", "hal"}, {"hal", "abe"}} {
		work := w.by(pair[0], "ledger.report_work", &ledgerv1.ReportWork{
			Counterparty: forge.ID(pair[1]), Minutes: 600, What: accessText("shopping"),
		}).ID.NewAggregate()
		w.by(pair[1], "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: work})
	}
	w.Pass(1000)
	w.books["pattern"] = w.State("ledger").Members("pattern")[0]
	w.books["wall"] = w.by("abe", "ledger.register_holding", &ledgerv1.RegisterHolding{
		Kind: ledgerv1.HoldingKind_HOLDING_KIND_RESOURCE, Name: "Wall", Papers: accessText("deed"),
	}).ID.NewAggregate()
}

// housed puts somebody on the register of households, alone.
func (w *accessWorld) housed(who string) {
	w.Helper()
	officer := "offA"
	if who == officer {
		officer = "offB"
	}
	w.by(officer, "community.form_household", &communityv1.FormHousehold{
		Household: forge.ID("household of " + who), Unit: forge.ID("flat"), Members: []string{forge.ID(who)},
	})
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
	rows := creditRows()
	maps.Copy(rows, clawbackRows())
	maps.Copy(rows, map[string]cell{
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
	})
	return rows
}

// creditRows are about credits, dividends and what the community owns.
func creditRows() map[string]cell {
	answer := func(of func(who string) string, decline bool) cell {
		return func(w *accessWorld, who string) deed {
			if decline {
				return deed{body: &ledgerv1.DeclineWork{Work: w.books["work for "+of(who)]}}
			}
			return deed{body: &ledgerv1.ConfirmWork{Work: w.books["work for "+of(who)]}}
		}
	}
	oneself, fay := func(who string) string { return who }, func(string) string { return "fay" }
	dispose := func(w *accessWorld) *ledgerv1.ReportHolding {
		return &ledgerv1.ReportHolding{
			Holding: w.books["wall"], Kind: ledgerv1.ReportKind_REPORT_KIND_DISPOSAL, Evidence: accessText("deed"),
		}
	}
	return map[string]cell{
		"ledger.report_work: for another": fixed(&ledgerv1.ReportWork{
			Counterparty: forge.ID("eve"), Minutes: 30, What: accessText("shopping"),
		}),
		"ledger.report_work: for oneself": func(_ *accessWorld, who string) deed {
			return deed{body: &ledgerv1.ReportWork{Counterparty: forge.ID(who), Minutes: 30, What: accessText("shopping")}}
		},
		"ledger.confirm_work: asked":     answer(oneself, false),
		"ledger.confirm_work: not asked": answer(fay, false),
		"ledger.decline_work: asked":     answer(oneself, true),
		"ledger.decline_work: not asked": answer(fay, true),
		"ledger.offer_terms":             fixed(&ledgerv1.OfferTerms{Org: committee, Terms: "An hour of repairs for two."}),
		"ledger.spend":                   fixed(&ledgerv1.SpendCredits{To: forge.ID("eve"), Amount: 5}),
		"ledger.assess": plain(func(w *accessWorld) proto.Message {
			return &ledgerv1.AssessPattern{
				Pattern: w.books["pattern"], Finding: ledgerv1.Finding_FINDING_HARMLESS, Reason: accessText("friends"),
			}
		}),
		"ledger.declare_dividend: in credits": fixed(&ledgerv1.DeclareDividend{}),
		"ledger.declare_dividend: in money": plain(func(w *accessWorld) proto.Message {
			return &ledgerv1.DeclareDividend{Envelope: w.books["envelope"]}
		}),
		"ledger.register_holding": fixed(&ledgerv1.RegisterHolding{
			Kind: ledgerv1.HoldingKind_HOLDING_KIND_ASSET, Name: "Pump", Papers: accessText("deed"),
		}),
		"ledger.report_holding: its condition": plain(func(w *accessWorld) proto.Message {
			return &ledgerv1.ReportHolding{
				Holding: w.books["wall"], Kind: ledgerv1.ReportKind_REPORT_KIND_CONDITION, Condition: ledgerv1.Condition_CONDITION_WORN,
				Evidence: accessText("photograph"),
			}
		}),
		"ledger.report_holding: disposal, alone": plain(func(w *accessWorld) proto.Message { return dispose(w) }),
		"ledger.report_holding: disposal, both": func(w *accessWorld, who string) deed {
			return withOther(func(string) proto.Message { return dispose(w) })(w, who)
		},
	}
}

// doubts has an auditor doubt what eve says she did for everybody, and what she did for hal; that waits for a decision.
func (w *accessWorld) doubts() {
	w.Helper()
	w.books["work done"] = w.by("eve", "ledger.report_work", &ledgerv1.ReportWork{
		Counterparty: forge.ID("hal"), Minutes: 30, What: accessText("shopping"),
	}).ID.NewAggregate()
	w.by("hal", "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: w.books["work done"]})
	doubted := func(work, counterparty string) {
		w.fact("clawback/"+work, &ledgerv1.ClawbackProposed{
			Worker: forge.ID("eve"), Counterparty: forge.ID(counterparty), Minutes: 30, Reason: accessText("nobody was there"), Org: owners,
			AppealBy: w.Now + 1_000_000_000,
		})
	}
	for who := range w.topics { // any order
		if who != "eve" && who != "gone" {
			doubted(w.books["work for "+who], who)
		}
	}
	w.books["appealed"] = forge.ID("work that was doubted")
	doubted(w.books["appealed"], "hal")
	w.by("hal", "ledger.appeal_clawback", &ledgerv1.AppealClawback{Work: w.books["appealed"], Reason: accessText("it was")})
}

// clawbackRows are about taking credits back.
func clawbackRows() map[string]cell {
	appeal := func(of func(who string) string) cell {
		return func(w *accessWorld, who string) deed {
			return deed{body: &ledgerv1.AppealClawback{Work: w.books["work for "+of(who)], Reason: accessText("it was")}}
		}
	}
	return map[string]cell{
		"ledger.propose_clawback": plain(func(w *accessWorld) proto.Message {
			return &ledgerv1.ProposeClawback{Work: w.books["work done"], Reason: accessText("nobody was there")}
		}),
		"ledger.appeal_clawback: concerned": appeal(func(who string) string { return who }),
		"ledger.appeal_clawback: another's": appeal(func(string) string { return "fay" }),
		"ledger.decide_appeal": plain(func(w *accessWorld) proto.Message {
			return &ledgerv1.DecideAppeal{Work: w.books["appealed"], Granted: true, Reason: accessText("a photograph")}
		}),
	}
}
