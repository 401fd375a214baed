package matching_test

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider/decidertest"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
)

// sample is an event where it stands.
type sample decidertest.Sample

// samples has each event of this service once, with every field set, under the name of its file. A new field is a new sample.
func samples() map[string]sample {
	out := supplySamples()
	for _, more := range []map[string]sample{dispatchSamples(), intakeSamples()} {
		for name, s := range more { // any order: they have names of their own
			out[name] = s
		}
	}
	for name, s := range acrossSamples() { // any order: they too
		out[name] = s
	}
	for name, s := range loanSamples() { // any order: they too
		out[name] = s
	}
	for name, s := range suggestionSamples() { // any order: they too
		out[name] = s
	}
	return out
}

func supplySamples() map[string]sample {
	n, p, a, m := "need/"+id("need"), "provider/"+id("provider"), id("assignment"), id("mandate")
	cell := &matchingv1.Cell{East: 3, North: -4}
	reach := &matchingv1.Reach{Cell: cell, RadiusCells: 5, Languages: []string{"zh"}}
	return map[string]sample{
		"NeedRaised-1": {n, &matchingv1.NeedRaised{
			Skill: "meal", Quantity: 2, Cell: cell, From: start, Until: start + 1, Languages: []string{"zh"}, Attestations: []string{"female"},
			Excluded: []string{id("x")}, Text: text("soup"), Beneficiary: id("ann"), By: id("olga"), Mandate: m,
		}},
		"NeedRaised-2": {n, &matchingv1.NeedRaised{
			Skill: "meal", Quantity: 2, Cell: cell, From: start, Until: start + 1, Languages: []string{"zh"}, Attestations: []string{"female"},
			Excluded: []string{id("x")}, Text: text("soup"), Beneficiary: id("ann"), By: id("olga"), Mandate: m,
			ExcludedMembers: []string{id("bob")}, ExcludedOrgs: []string{id("office")},
		}},
		"NeedRaised-5": {n, &matchingv1.NeedRaised{
			Skill: "meal", Quantity: 2, Cell: cell, Text: text("soup"), Beneficiary: id("ann"), By: id("ann"),
			Pictures: []*communityv1.Text{text("photo")},
		}},
		"OpenNeedsListed-1": {"asking/" + id("ann"), &matchingv1.OpenNeedsListed{Needs: []string{id("need")}}},
		"NeedAssessed-1":    {n, &matchingv1.NeedAssessed{Priority: 7, Vulnerable: true, By: id("olga")}},
		"NeedWithdrawn-1":   {n, &matchingv1.NeedWithdrawn{By: id("ann"), Mandate: m}},
		"NeedWithdrawn-2": {n, &matchingv1.NeedWithdrawn{
			By: id("ann"), Mandate: m, Screening: matchingv1.Screening_SCREENING_DUPLICATE, SameAs: id("need"),
		}},
		"NeedExpired-1":  {n, &matchingv1.NeedExpired{Quantity: 2}},
		"NeedMatched-1":  {n, &matchingv1.NeedMatched{Assignment: a, Quantity: 2}},
		"NeedReturned-1": {n, &matchingv1.NeedReturned{Assignment: a, Quantity: 2, Cause: matchingv1.Cause_CAUSE_LAPSED}},
		"NeedReturned-2": {n, &matchingv1.NeedReturned{
			Assignment: a, Quantity: 2, Cause: matchingv1.Cause_CAUSE_LAPSED,
			Passed: []*matchingv1.Passed{{Provider: id("provider"), Until: start + 1}},
		}},
		"NeedServed-1":         {n, &matchingv1.NeedServed{Assignment: a, Quantity: 2}},
		"NeedAcknowledged-1":   {n, &matchingv1.NeedAcknowledged{Assignment: a, Quantity: 1, Short: 1}},
		"NeedUnserved-1":       {n, &matchingv1.NeedUnserved{Quantity: 2, Shortage: matchingv1.Shortage_SHORTAGE_TIME, Plan: id("plan")}},
		"ProviderRegistered-1": {p, &matchingv1.ProviderRegistered{Org: id("office"), Member: id("bob"), Reach: reach}},
		"ProviderMoved-1":      {p, &matchingv1.ProviderMoved{Reach: reach}},
		"ProviderAttested-1": {p, &matchingv1.ProviderAttested{
			Attestations: []string{"first-aid"}, Evidence: text("paper"), By: id("otto"), Org: id("owners"),
		}},
		"ProviderRetired-1": {p, &matchingv1.ProviderRetired{By: id("bob")}},
		"OfferPublished-1":  {p + "/offer/meal", &matchingv1.OfferPublished{Capacity: 4, From: start, Until: start + 1}},
		"CapacityMoved-1":   {p + "/offer/meal", &matchingv1.CapacityMoved{Assignment: a, Taken: 2, Standby: -2}},
		"OfferPublished-2": {p + "/offer/meal", &matchingv1.OfferPublished{
			Capacity: 4, From: start, Until: start + 1, Stock: id("stock"),
		}},
		"OfferOverloaded-1": {p + "/offer/meal", &matchingv1.OfferOverloaded{LoadPermille: 903}},
		"OfferRelieved-1":   {p + "/offer/meal", &matchingv1.OfferRelieved{LoadPermille: 688}},
		"CapacityMoved-2":   {p + "/offer/meal", &matchingv1.CapacityMoved{Assignment: a, Taken: -2, Standby: -2, Handed: 2}},
		"AnswerCounted-1": {"conduct/" + id("provider"), &matchingv1.AnswerCounted{
			Conduct: matchingv1.Conduct_CONDUCT_REFUSED, Assignment: a,
		}},
	}
}

func suggestionSamples() map[string]sample {
	s := "suggestion/" + id("suggestion")
	return map[string]sample{
		"NeedRaised-3": {"need/" + id("need"), &matchingv1.NeedRaised{
			Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{East: 3, North: -4}, Text: text("soup"), Beneficiary: id("file"), By: id("olga"),
			Suggestion: id("suggestion"),
		}},
		"NeedWithdrawn-3": {"need/" + id("need"), &matchingv1.NeedWithdrawn{By: id("olga"), Beneficiary: id("ann")}},
		"NeedSuggested-1": {s, &matchingv1.NeedSuggested{
			Sign: matchingv1.Sign_SIGN_CHECK_IN, Member: id("ann"), Source: "assignment/" + id("assignment"), Until: start,
		}},
		"NeedSuggested-2": {s, &matchingv1.NeedSuggested{
			Sign: matchingv1.Sign_SIGN_ALERT, File: id("file"), Source: "alert/" + id("alert"), Until: start,
		}},
		"SuggestionTaken-1":     {s, &matchingv1.SuggestionTaken{Need: id("need"), By: id("olga")}},
		"SuggestionDismissed-1": {s, &matchingv1.SuggestionDismissed{Reason: matchingv1.Dismissal_DISMISSAL_HELPED, By: id("gwen")}},
		"SuggestionLapsed-1":    {s, &matchingv1.SuggestionLapsed{EscalatedTo: id("office")}},
	}
}

func acrossSamples() map[string]sample {
	p, r, u, key := "peer/"+id("home"), "referral/"+id("referral"), "uptake/"+id("uptake"), bytes.Repeat([]byte{9}, 32)
	cell := &matchingv1.Cell{East: 3, North: -4}
	return map[string]sample{
		"NeedRaised-4": {"need/" + id("need"), &matchingv1.NeedRaised{
			Skill: "meal", Quantity: 2, Cell: cell, Until: start + 1, Text: text("soup"), Beneficiary: id("uptake"), By: id("olga"),
			Uptake: id("uptake"),
		}},
		"PeerRegistered-1": {p, &matchingv1.PeerRegistered{
			FoundingKey: key, Policy: "log renlin.dev/x\nquorum none\n", Middle: cell, By: id("olga"), With: id("otto"),
		}},
		"PeerForgotten-1": {p, &matchingv1.PeerForgotten{By: id("olga")}},
		"ReferralMade-1": {r, &matchingv1.ReferralMade{
			Need: id("need"), Peer: id("office"), To: key, Skill: "meal", Quantity: 2, Cell: cell, From: start, Languages: []string{"zh"},
			Attestations: []string{"female"}, Priority: 7, Vulnerable: true, ServeBy: start + 1, HoldUntil: start + 2, By: id("gwen"),
		}},
		"NeedReferred-1": {"need/" + id("need"), &matchingv1.NeedReferred{Referral: id("referral"), Quantity: 2}},
		"UptakeMade-1": {u, &matchingv1.UptakeMade{
			Peer: id("home"), Referral: id("referral"), Need: id("need"), Quantity: 2, ServeBy: start + 1, By: id("olga"),
		}},
		"UptakeClosed-1": {u, &matchingv1.UptakeClosed{
			Peer: id("home"), Referral: id("referral"), To: key, Served: 1, Returned: 1, Ending: matchingv1.Ending_ENDING_DECLINED,
			Reason: matchingv1.Reason_REASON_BUSY,
		}},
		"ReferralSettled-1": {r, &matchingv1.ReferralSettled{
			Served: 1, Returned: 1, Ending: matchingv1.Ending_ENDING_OVER, Late: true, Twice: 1,
		}},
		"NeedReferralEnded-1": {"need/" + id("need"), &matchingv1.NeedReferralEnded{
			Referral: id("referral"), Served: 1, Returned: 1, Late: true,
		}},
		"ReferralLapsed-1": {r, &matchingv1.ReferralLapsed{Returned: 2}},
	}
}

func loanSamples() map[string]sample {
	l, b, key := "loan/"+id("loan"), "borrowing/"+id("borrowing"), bytes.Repeat([]byte{9}, 32)
	cell := &matchingv1.Cell{East: 3, North: -4}
	reach := &matchingv1.Reach{Cell: cell, RadiusCells: 5, Languages: []string{"zh"}}
	return map[string]sample{
		"ProviderRegistered-2": {"provider/" + id("provider"), &matchingv1.ProviderRegistered{
			Org: id("home"), Member: id("eve"), Reach: reach, Borrowing: id("borrowing"),
		}},
		"UptakeBrought-1": {"uptake/" + id("uptake"), &matchingv1.UptakeBrought{
			Peer: id("home"), Referral: id("referral"), Skill: "meal", Quantity: 2, Cell: cell, From: start, Languages: []string{"zh"},
			Attestations: []string{"female"}, Priority: 7, Vulnerable: true, ServeBy: start + 1,
		}},
		"LoanMade-1": {l, &matchingv1.LoanMade{
			Provider: id("provider"), Peer: id("office"), To: key, Skill: "meal", Quantity: 2, Reach: reach, UseBy: start + 1,
			HoldUntil: start + 2, By: id("bob"),
		}},
		"LoanBrought-1": {b, &matchingv1.LoanBrought{
			Peer: id("home"), Loan: id("loan"), Skill: "meal", Quantity: 2, Reach: reach, UseBy: start + 1,
		}},
		"LoanTaken-1": {b, &matchingv1.LoanTaken{Provider: id("provider"), Member: id("eve"), By: id("otto"), Before: 1}},
		"LoanClosed-1": {b, &matchingv1.LoanClosed{
			Peer: id("home"), Loan: id("loan"), To: key, Completed: 1, Ending: matchingv1.Ending_ENDING_OVER,
		}},
		"LoanSettled-1":  {l, &matchingv1.LoanSettled{Completed: 1, Ending: matchingv1.Ending_ENDING_OVER, Late: true}},
		"LoanLapsed-1":   {l, &matchingv1.LoanLapsed{}},
		"LoanRecalled-1": {l, &matchingv1.LoanRecalled{Peer: id("office"), To: key, UseBy: start + 1}},
	}
}

func dispatchSamples() map[string]sample {
	a, p := "assignment/"+id("assignment"), id("provider")
	seed := bytes.Repeat([]byte{7}, 32)
	return map[string]sample{
		"PlanAdopted-1": {"plan/" + id("plan"), &matchingv1.PlanAdopted{
			Claim: matchingv1.Claim_CLAIM_OPTIMAL, PlannedAt: start, Objective: 5, Matches: 1, Unserved: 2, Seed: seed,
			Blob: text("plan").GetRef(), Digest: seed, Prices: []*matchingv1.ShadowPrice{{Provider: p, Skill: "meal", Price: 9}},
			By: id("olga"), OpensAt: start + 1,
		}},
		"PlanAdopted-2": {"plan/" + id("plan"), &matchingv1.PlanAdopted{
			Claim: matchingv1.Claim_CLAIM_OPTIMAL, PlannedAt: start, Objective: 5, Matches: 1, Unserved: 2, Seed: seed,
			Prices: []*matchingv1.ShadowPrice{{Provider: p, Skill: "meal", Price: 9, Tie: -3}}, By: id("olga"), OpensAt: start + 1,
			Base: 7, LeftOut: []*matchingv1.LeftOut{{Skill: "meal", Needs: 2}},
		}},
		"PlanAdopted-3": {"plan/" + id("plan"), &matchingv1.PlanAdopted{
			Claim: matchingv1.Claim_CLAIM_OPTIMAL, PlannedAt: start, Objective: 5, Matches: 1, Seed: seed, Digest: seed, By: id("olga"), Base: 7,
			Scarce: []*matchingv1.ShadowPrice{{Provider: p, Skill: "meal", Price: 9, Tie: -3}},
			Shares: []*matchingv1.SharePrice{{Party: id("office"), Skill: "meal", Price: 8, Tie: 2}},
		}},
		"AssignmentPlanned-1": {a, &matchingv1.AssignmentPlanned{
			Need: id("need"), Plan: id("plan"), Skill: "meal", Quantity: 2, OpensAt: start, Priority: 7, Beneficiary: id("ann"),
			Candidates: []*matchingv1.Candidate{{Provider: p, Org: id("office"), DistanceCost: 650, ReliabilityCost: 720, WindowCost: 150}},
		}},
		"AssignmentPlanned-2": {a, &matchingv1.AssignmentPlanned{
			Need: id("need"), Plan: id("plan"), Skill: "meal", Quantity: 2, Priority: 7, Beneficiary: id("ann"),
			Candidates: []*matchingv1.Candidate{{Provider: p, Org: id("office"), DistanceCost: 650}},
			Preferred: &matchingv1.Preferred{
				Instead: id("cat"), Reason: matchingv1.Reason_REASON_SAFETY, MoreMetres: 500, MoreWindowCost: 150,
			},
		}},
		"AssignmentReleased-2": {a, &matchingv1.AssignmentReleased{
			Cause: matchingv1.Cause_CAUSE_OVERRULED, Reason: matchingv1.Reason_REASON_SAFETY, By: id("olga"),
			Overruled: &matchingv1.Overruled{Provider: p, Next: id("cat"), MoreMetres: 500, DelayMillis: 1000},
		}},
		"AssignmentOffered-1":  {a, &matchingv1.AssignmentOffered{Provider: p, Cause: matchingv1.Cause_CAUSE_PLANNED, Until: start}},
		"AssignmentAccepted-1": {a, &matchingv1.AssignmentAccepted{Provider: p, CheckInBy: start}},
		"AssignmentRefused-1": {a, &matchingv1.AssignmentRefused{
			Provider: p, Reason: matchingv1.Reason_REASON_ILL, GivenUp: true,
		}},
		"AssignmentLapsed-1":  {a, &matchingv1.AssignmentLapsed{Provider: p}},
		"CheckInMissed-1":     {a, &matchingv1.CheckInMissed{Provider: p}},
		"CandidateSkipped-1":  {a, &matchingv1.CandidateSkipped{Provider: p, Reason: "fit.time"}},
		"CandidateReleased-1": {a, &matchingv1.CandidateReleased{Provider: p, Cause: matchingv1.Cause_CAUSE_TAKEN}},
		"AssignmentStarted-1": {a, &matchingv1.AssignmentStarted{CheckInBy: start}},
		"CheckedIn-1":         {a, &matchingv1.CheckedIn{CheckInBy: start}},
		"AssignmentDone-1":    {a, &matchingv1.AssignmentDone{Quantity: 2, Evidence: text("receipt"), ConfirmBy: start}},
		"AssignmentConfirmed-1": {a, &matchingv1.AssignmentConfirmed{
			Quantity: 2, By: id("olga"), CalledBack: true, Mandate: id("mandate"),
		}},
		"ConfirmationMissed-1": {a, &matchingv1.ConfirmationMissed{}},
		"AssignmentReleased-1": {a, &matchingv1.AssignmentReleased{
			Cause: matchingv1.Cause_CAUSE_OVERRULED, Reason: matchingv1.Reason_REASON_SAFETY, By: id("olga"),
		}},
		"ModeSet-1":   {"mode/matching", &matchingv1.ModeSet{Mode: matchingv1.Mode_MODE_VETO, Until: start, By: id("olga")}},
		"ModeEnded-1": {"mode/matching", &matchingv1.ModeEnded{}},
	}
}

func TestGoldenSamples(t *testing.T) {
	t.Parallel()
	decidertest.GoldenSamples(t, samples())
}

// TestGoldenEvents: every event that was ever stored is read, written back and folded.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	decidertest.GoldenEvents(t, len(samples()), func(path, aggregate string, event proto.Message) {
		w := newWorld(t)
		if strings.Contains(aggregate, "/offer/") { // so that it has its provider above it
			w.Fact("provider/"+id("provider"), &matchingv1.ProviderRegistered{Member: id("bob")})
		}
		w.Fact(aggregate, event)
		if w.State.Version(aggregate) != 1 {
			t.Errorf("%s leaves no trace in the state", path)
		}
	})
}

func TestGoldenIsComplete(t *testing.T) {
	t.Parallel()
	parts := []string{
		"Cell", "Reach", "Match", "Unserved", "ShadowPrice", "SharePrice", "Candidate", "Passed", "LeftOut", "Preferred", "Overruled",
		"DirectoryProvider", "DirectoryOffer",
	}
	decidertest.GoldenIsComplete(t, matching.Model(), samples(), parts, matchingv1.File_renlin_matching_v1_supply_proto,
		matchingv1.File_renlin_matching_v1_dispatch_proto, matchingv1.File_renlin_matching_v1_suggestion_proto,
		matchingv1.File_renlin_matching_v1_across_proto, matchingv1.File_renlin_matching_v1_loans_proto)
}
