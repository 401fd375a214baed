package main

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// matchingWorld is what waits to be matched, served and confirmed.
type matchingWorld struct {
	need, provider          string // eve's need, and a provider of the committee for which hal answers
	offered, accepted, done string // assignments of that provider's
	spare, spareNeed        string // another provider, and a need that nobody serves
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
