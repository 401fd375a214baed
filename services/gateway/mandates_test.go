package gateway

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const day = int64(24 * 60 * 60 * 1000)

// mandateFor is a mandate of eight days from 1000 on, granted then; changed as a test wants it.
func mandateFor(change func(m *standing.ConcernedMandate)) *standing.ConcernedMandate {
	m := &standing.ConcernedMandate{Mandate: "m", Terms: standing.Mandate{
		Principal: "p", Helper: "h", From: 1000, Until: 1000 + 8*day, GrantedAt: 1000,
	}}
	if change != nil {
		change(m)
	}
	return m
}

// TestMandateIsTold: where a mandate stands, what each of the two can do about it, and what their inboxes say.
func TestMandateIsTold(t *testing.T) {
	t.Parallel()
	waits := func(m *standing.ConcernedMandate) { m.Terms.AwaitsAcceptance = true }
	taken := func(m *standing.ConcernedMandate) {
		m.Terms.AwaitsAcceptance, m.Terms.Accepted, m.Terms.AcceptedAt = true, true, 2000
	}
	const answers = "community.accept_mandate community.decline_mandate"
	for name, c := range map[string]struct {
		change      func(m *standing.ConcernedMandate)
		now         int64
		state       string
		forP, forH  string // what each can do
		tellP, tell string // what each is told, in the order of the record
	}{
		"it holds at once": {nil, 3000, "holds", revokesMandate, revokesMandate, "mandate.granted", "mandate.granted"},
		"it has not begun": {func(m *standing.ConcernedMandate) { m.Terms.From = 5000 }, 3000, "early", revokesMandate, revokesMandate,
			"mandate.granted", "mandate.granted"},
		"it waits": {waits, 3000, "awaits", revokesMandate, answers, "mandate.granted", "mandate.asked"},
		"it is taken": {taken, 3000, "holds", revokesMandate, revokesMandate,
			"mandate.granted mandate.accepted", "mandate.granted mandate.accepted"},
		"it is declined": {func(m *standing.ConcernedMandate) {
			m.Terms.AwaitsAcceptance, m.Terms.Declined, m.Terms.DeclinedAt = true, true, 2000
		}, 3000, "declined", "", "", "mandate.granted mandate.declined", "mandate.granted mandate.declined"},
		"it is revoked": {func(m *standing.ConcernedMandate) { m.Terms.Revoked, m.Terms.RevokedAt = true, 2000 }, 3000, "revoked", "", "",
			"mandate.granted mandate.revoked", "mandate.granted mandate.revoked"},
		"just before its last quarter": {taken, 1000 + 6*day - 1, "holds", revokesMandate, revokesMandate,
			"mandate.granted mandate.accepted", "mandate.granted mandate.accepted"},
		"in its last quarter": {taken, 1000 + 6*day, "holds", revokesMandate, revokesMandate,
			"mandate.granted mandate.accepted mandate.ending", "mandate.granted mandate.accepted mandate.ending"},
		"it waits, and is about to end": {waits, 1000 + 7*day, "awaits", revokesMandate, answers, "mandate.granted mandate.ending",
			"mandate.asked mandate.ending"},
		"it has run out": {taken, 1000 + 8*day, "over", "", "", "mandate.granted mandate.accepted mandate.over",
			"mandate.granted mandate.accepted mandate.over"},
		"one of the two has left": {func(m *standing.ConcernedMandate) { m.Gone = true }, 3000, "gone", "", "",
			"mandate.granted mandate.gone", "mandate.granted mandate.gone"},
	} {
		for who, want := range map[string][2]string{"p": {c.forP, c.tellP}, "h": {c.forH, c.tell}} {
			v := viewOf(mandateFor(c.change), who, c.now)
			var told []string
			for _, n := range v.notices(c.now) {
				told = append(told, n.Notice)
				if n.English == "" || n.Chinese == "" || n.Mandate != "m" || n.Principal != "p" || n.Helper != "h" || n.Until != v.Terms.Until {
					t.Errorf("%s: told %+v", name, n)
				}
			}
			if v.State != c.state || strings.Join(v.Can, " ") != want[0] || strings.Join(told, " ") != want[1] {
				t.Errorf("%s, for %s: %s, can %v, told %v", name, who, v.State, v.Can, told)
			}
		}
	}
	p, h := viewOf(mandateFor(nil), "p", 3000), viewOf(mandateFor(nil), "h", 3000)
	if p.Part != standing.AsPrincipal || h.Part != standing.AsHelper {
		t.Error("the two are taken for each other")
	}
}

// TestEveryActHasWords: whatever fact of a helper's the record can hold, a principal is told of it in words of its own.
func TestEveryActHasWords(t *testing.T) {
	t.Parallel()
	files := []protoreflect.FileDescriptor{
		proposalv1.File_renlin_proposal_v1_proposal_proto, votingv1.File_renlin_voting_v1_voting_proto,
		votingv1.File_renlin_voting_v1_notice_proto, votingv1.File_renlin_voting_v1_paper_proto,
		aidv1.File_renlin_aid_v1_aid_proto, aidv1.File_renlin_aid_v1_notice_proto, aidv1.File_renlin_aid_v1_round_proto,
		aidv1.File_renlin_aid_v1_wellbeing_proto, ledgerv1.File_renlin_ledger_v1_credit_proto, ledgerv1.File_renlin_ledger_v1_clawback_proto,
		matchingv1.File_renlin_matching_v1_supply_proto, matchingv1.File_renlin_matching_v1_dispatch_proto,
	}
	var found []string
	for _, f := range files {
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			asked := m.Fields().ByName("principal") != nil || m.Fields().ByName("voter") != nil // a command says for whom it is
			if m.Fields().ByName("mandate") == nil || asked {
				continue
			}
			found = append(found, string(m.Name()))
			v := viewOf(mandateFor(nil), "p", 3000)
			n := v.acted(&standing.ShownAct{HelpedAct: standing.HelpedAct{Event: string(m.FullName())}, Against: "proposal.react"})
			if n.Notice == "acted.otherwise" || n.English == "" || n.Chinese == "" || n.Event != string(m.FullName()) ||
				!slices.Equal(n.Can, []string{"proposal.react", revokesMandate}) {
				t.Errorf("%s is told as %+v", m.Name(), n)
			}
		}
	}
	if len(found) != len(actedWords) {
		t.Errorf("words for %d, of %v", len(actedWords), found)
	}
	v := viewOf(mandateFor(nil), "p", 3000)
	if n := v.acted(&standing.ShownAct{HelpedAct: standing.HelpedAct{Event: "renlin.later.v1.Painted"}}); n.English == "" {
		t.Error("what a later program writes is not told")
	}
}

// TestMandateWordsAreUsed: every sentence is one that somebody can come to read, and each name has one.
func TestMandateWordsAreUsed(t *testing.T) {
	t.Parallel()
	for _, notice := range actedWords { // any order: each is looked at
		if mandateWords[notice].English == "" {
			t.Errorf("%s has no words", notice)
		}
	}
	for notice := range mandateWords { // any order: each is looked at
		if !strings.HasPrefix(notice, "mandate.") && !strings.HasPrefix(notice, "acted.") {
			t.Errorf("%s is about nothing", notice)
		}
	}
}
