package main

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// matchingWorld is what waits to be matched, served and confirmed.
type matchingWorld struct {
	need, provider          string // eve's need, and a provider of the committee for which hal answers
	offered, accepted, done string // assignments of that provider's
	spare, spareNeed        string // another provider, and a need that nobody serves
	referral                string // to another community, which the matching rows play
	loan, borrowing         string // to that community, and of it
}

// accessMatching are rules of matching under which nothing runs out while cells are judged.
func accessMatching() *communityv1.MatchingRules {
	const week = 7 * 24 * 3600
	return &communityv1.MatchingRules{
		Skills: []*communityv1.Skill{{Code: "meal", Title: "meals"}}, Attestations: []string{"first-aid"},
		OfferSeconds: week, CheckInSeconds: week, ConfirmSeconds: week,
	}
}

// matching brings needs and assignments to where somebody must act.
func (w *accessWorld) matching() {
	w.Helper()
	m := &w.served
	registered := func(member string) string {
		return strings.TrimPrefix(w.by("offA", "matching.register_provider", accessProvider(committee, member)).Changes[0].Aggregate, "provider/")
	}
	m.provider, m.spare = registered("hal"), registered("ida")
	for who, provider := range map[string]string{"hal": m.provider, "ida": m.spare} { // any order
		w.by(who, "matching.publish_offer", &matchingv1.PublishOffer{Provider: provider, Skill: "meal", Capacity: 9})
	}
	need := func() string { return w.by("eve", "matching.raise_need", accessNeed("")).ID.NewAggregate() }
	assigned := func() string {
		w.by("offA", "matching.adopt_plan", w.accessPlan(need(), m.provider))
		all := w.State("matching").Members("assignment")
		for _, id := range all {
			if id != m.offered && id != m.accepted && id != m.done {
				return id
			}
		}
		return ""
	}
	m.need, m.spareNeed = need(), need()
	w.by("offA", "matching.stage_needs", accessStage("staged"))
	m.offered = assigned()
	m.accepted = assigned()
	w.by("hal", "matching.accept", &matchingv1.AcceptAssignment{Assignment: m.accepted, Provider: m.provider})
	m.done = assigned()
	w.by("hal", "matching.accept", &matchingv1.AcceptAssignment{Assignment: m.done, Provider: m.provider})
	w.by("hal", "matching.complete", &matchingv1.CompleteAssignment{Assignment: m.done, Quantity: 1})
	w.by("offA", "matching.register_peer", accessPeer(), "offB")
	m.loan = w.by("hal", "matching.lend", &matchingv1.Lend{
		Provider: m.provider, Skill: "meal", Peer: forge.ID("peer"), Quantity: 1, UseBy: w.Now + 1_000_000_000,
	}).ID.NewAggregate()
	m.borrowing = strings.TrimPrefix(w.by("eve", "matching.bring_loan", w.broughtLoan("lent")).Changes[0].Aggregate, "borrowing/")
	m.referral = w.by("offA", "matching.refer_need", &matchingv1.ReferNeed{Need: need(), Peer: forge.ID("peer")}).ID.NewAggregate()
}

// accessNotary signs the other community's log.
func accessNotary() *merkle.Signer {
	s, err := merkle.NewSigner("renlin.dev/"+forge.ID("peer"), forge.Key("peer's notary"))
	if err != nil {
		panic(err)
	}
	return s
}

func accessPeer() *matchingv1.RegisterPeer {
	return &matchingv1.RegisterPeer{
		Community: forge.ID("peer"), FoundingKey: forge.Public("peer"), Middle: &matchingv1.Cell{},
		Policy: "log " + accessNotary().VerifierKey() + "\nquorum none\n",
	}
}

// foundingKey is by what the other community names this one.
func (w *accessWorld) foundingKey() []byte {
	return decider.Peek[standing.Community](w.State("matching"), standing.CommunityPath).EpochKey
}

// abroad makes the other community say something, and prove it: a log of this one commit.
func (w *accessWorld) abroad(aggregate string, fact proto.Message) (commit, proof []byte) {
	w.Helper()
	body, err := proto.Marshal(fact)
	if err != nil {
		w.TB.Fatal(err)
	}
	command, err := (&chain.Signed{Operation: "matching.fact", Contract: 1, IdempotencyKey: "abroad"}).Encode(nil)
	if err != nil {
		w.TB.Fatal(err)
	}
	commit, err = (&chain.Commit{
		Author: chain.AuthorPolicy, Time: w.Now, ID: chain.PolicyID("matching", "abroad"), Service: "matching", Command: command,
		Changes: []chain.Change{{
			Aggregate: aggregate, Version: 1, Events: []chain.Event{{Type: string(fact.ProtoReflect().Descriptor().FullName()), Body: body}},
		}},
	}).Encode()
	if err != nil {
		w.TB.Fatal(err)
	}
	notary := accessNotary()
	root := merkle.Root([]merkle.Hash{merkle.Hash(chain.HashCommit(commit))})
	signed, err := merkle.Sign(merkle.Checkpoint{Origin: notary.Name(), Size: 1, Root: root}, notary)
	if err != nil {
		w.TB.Fatal(err)
	}
	return commit, merkle.FormatProof(0, nil, signed)
}

// broughtLoan carries what the other community lends.
func (w *accessWorld) broughtLoan(loan string) *matchingv1.BringLoan {
	commit, proof := w.abroad("loan/"+forge.ID(loan), &matchingv1.LoanMade{
		To: w.foundingKey(), Skill: "meal", Quantity: 1, Reach: accessReach(), UseBy: w.Now + 1_000_000_000,
	})
	return &matchingv1.BringLoan{Peer: forge.ID("peer"), Commit: commit, Proof: proof}
}

// loanRows are what is lent to, and by, another community.
func loanRows() map[string]cell {
	return map[string]cell{
		"matching.bring_referral": plain(func(w *accessWorld) proto.Message {
			commit, proof := w.abroad("referral/"+forge.ID("brought"), &matchingv1.ReferralMade{
				To: w.foundingKey(), Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, ServeBy: w.Now + 1_000_000,
			})
			return &matchingv1.BringReferral{Peer: forge.ID("peer"), Commit: commit, Proof: proof}
		}),
		"matching.lend": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.Lend{
				Provider: w.served.provider, Skill: "meal", Peer: forge.ID("peer"), Quantity: 1, UseBy: w.Now + 1_000_000,
			}
		}),
		"matching.bring_loan": plain(func(w *accessWorld) proto.Message { return w.broughtLoan("lent too") }),
		"matching.bring_recall": plain(func(w *accessWorld) proto.Message {
			commit, proof := w.abroad("loan/"+forge.ID("lent no more"), &matchingv1.LoanRecalled{To: w.foundingKey()})
			return &matchingv1.BringRecall{Peer: forge.ID("peer"), Commit: commit, Proof: proof}
		}),
		"matching.borrow": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.Borrow{Borrowing: w.served.borrowing, Member: forge.ID("ida")}
		}),
		"matching.return_loan": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.ReturnLoan{Borrowing: w.served.borrowing}
		}),
		"matching.settle_loan": plain(func(w *accessWorld) proto.Message {
			commit, proof := w.abroad("borrowing/"+forge.ID("ours"), &matchingv1.LoanClosed{Loan: w.served.loan, To: w.foundingKey()})
			return &matchingv1.SettleLoan{Loan: w.served.loan, Commit: commit, Proof: proof}
		}),
	}
}

// acrossRows are what is said to, and by, another community.
func acrossRows() map[string]cell {
	return map[string]cell{
		"matching.register_peer: alone":    fixed(accessPeer()),
		"matching.register_peer: two orgs": withOther(func(string) proto.Message { return accessPeer() }),
		"matching.forget_peer":             fixed(&matchingv1.ForgetPeer{Peer: forge.ID("peer")}),
		"matching.refer_need": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.ReferNeed{Need: w.served.spareNeed, Peer: forge.ID("peer")}
		}),
		"matching.take_up": plain(func(w *accessWorld) proto.Message {
			commit, proof := w.abroad("referral/"+forge.ID("theirs"), &matchingv1.ReferralMade{
				To: w.foundingKey(), Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, ServeBy: w.Now + 1_000_000,
			})
			return &matchingv1.TakeUp{Peer: forge.ID("peer"), Commit: commit, Proof: proof, Text: accessText("at the gate")}
		}),
		"matching.settle_referral": plain(func(w *accessWorld) proto.Message {
			commit, proof := w.abroad("uptake/"+forge.ID("ours"), &matchingv1.UptakeClosed{
				Referral: w.served.referral, To: w.foundingKey(), Served: 1,
			})
			return &matchingv1.SettleReferral{Referral: w.served.referral, Commit: commit, Proof: proof}
		}),
	}
}

// suggestion is the one that the sensor's signal led to.
func (w *accessWorld) suggestion() string {
	all := w.State("matching").Members("suggestion")
	if len(all) == 0 {
		return forge.ID("no suggestion")
	}
	return all[0]
}

func accessProvider(org, member string) *matchingv1.RegisterProvider {
	return &matchingv1.RegisterProvider{Org: org, Member: forge.ID(member), Reach: accessReach()}
}

func accessReach() *matchingv1.Reach {
	return &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 1}
}

func accessNeed(beneficiary string) *matchingv1.RaiseNeed {
	return &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Text: accessText("soup"), Beneficiary: beneficiary,
	}
}

// accessStage begins an import of a need of somebody who is no member.
func accessStage(name string) *matchingv1.StageNeeds {
	n := accessNeed("")
	return &matchingv1.StageNeeds{Import: forge.ID(name), Rows: []*matchingv1.NeedRow{
		{Skill: n.GetSkill(), Quantity: n.GetQuantity(), Cell: n.GetCell(), Text: n.GetText()},
	}}
}

func (w *accessWorld) accessPlan(need, provider string) *matchingv1.AdoptPlan {
	return &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: w.Now,
		Matches: []*matchingv1.Match{{Need: need, Quantity: 1, Providers: []string{provider}}},
	}
}

func matchingRows() map[string]cell {
	mode := func(w *accessWorld) proto.Message {
		return &matchingv1.SetMode{Mode: matchingv1.Mode_MODE_EMERGENCY, Until: w.Now + 1000}
	}
	return map[string]cell{
		"matching.raise_need":              fixed(accessNeed("")),
		"matching.raise_need: for another": fixed(accessNeed(forge.ID("eve"))),
		"matching.assess_need": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.AssessNeed{Need: w.served.need, Priority: 7}
		}),
		"matching.raise_need: out of a suggestion": plain(func(w *accessWorld) proto.Message {
			need := accessNeed("")
			need.Suggestion = w.suggestion()
			return need
		}),
		"matching.dismiss_suggestion": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.DismissSuggestion{Suggestion: w.suggestion(), Reason: matchingv1.Dismissal_DISMISSAL_CASE}
		}),
		"matching.withdraw_need: another's": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.WithdrawNeed{Need: w.served.need}
		}),
		"matching.stage_needs": fixed(accessStage("new")),
		"matching.stage_needs: another's": plain(func(*accessWorld) proto.Message {
			more := accessStage("staged")
			more.First = 1
			return more
		}),
		"matching.complete_import": fixed(&matchingv1.CompleteNeedImport{Import: forge.ID("staged"), Rows: 1}),
		"matching.register_provider: oneself": func(_ *accessWorld, who string) deed {
			return deed{body: accessProvider("", who)}
		},
		"matching.publish_directory": fixed(&matchingv1.PublishDirectory{
			Org: committee, Providers: []*matchingv1.DirectoryProvider{{Member: forge.ID("eve"), Reach: accessReach()}},
		}),
		"matching.register_provider: of an org": fixed(accessProvider(committee, "eve")),
		"matching.move_provider": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.MoveProvider{Provider: w.served.provider, Reach: accessReach()}
		}),
		"matching.attest_provider": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.AttestProvider{
				Provider: w.served.provider, Attestations: []string{"first-aid"}, Evidence: accessText("certificate"),
			}
		}),
		"matching.retire_provider": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.RetireProvider{Provider: w.served.provider}
		}),
		"matching.publish_offer": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.PublishOffer{Provider: w.served.provider, Skill: "meal", Capacity: 3}
		}),
		"matching.adopt_plan":      plain(func(w *accessWorld) proto.Message { return w.accessPlan(w.served.spareNeed, w.served.spare) }),
		"matching.set_mode: alone": plain(mode),
		"matching.set_mode: two orgs": func(w *accessWorld, who string) deed {
			return withOther(func(string) proto.Message { return mode(w) })(w, who)
		},
		"matching.accept": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.AcceptAssignment{Assignment: w.served.offered, Provider: w.served.provider}
		}),
		"matching.refuse": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.RefuseAssignment{
				Assignment: w.served.offered, Provider: w.served.provider, Reason: matchingv1.Reason_REASON_BUSY,
			}
		}),
		"matching.start": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.StartAssignment{Assignment: w.served.accepted}
		}),
		"matching.check_in": plain(func(w *accessWorld) proto.Message { return &matchingv1.CheckIn{Assignment: w.served.accepted} }),
		"matching.complete": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.CompleteAssignment{Assignment: w.served.accepted, Quantity: 1}
		}),
		"matching.confirm: another's": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.ConfirmAssignment{Assignment: w.served.done, Quantity: 1}
		}),
		"matching.overrule": plain(func(w *accessWorld) proto.Message {
			return &matchingv1.OverruleAssignment{Assignment: w.served.offered, Reason: matchingv1.Reason_REASON_OTHER}
		}),
	}
}
