package services_test

import (
	"renlin.dev/pkg/chain"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// put is the ledger's own view of what was put to a human.
type put struct {
	about  string // the member, empty for a file of aid's
	until  int64
	awaits bool // nobody has looked, and its time is not over
	over   bool // somebody has decided
}

// suggestion takes the facts on what was put to a human.
func (h *helpWanted) suggestion(l *ledger, f *fact) {
	p := h.put[f.id]
	if b, ok := f.body.(*matchingv1.NeedSuggested); ok {
		l.must(f, f.Author == chain.AuthorPolicy, "a need is suggested by somebody")
		l.must(f, p == nil || !p.awaits, "a need is suggested while the same awaits somebody")
		l.must(f, (b.GetMember() == "") != (b.GetFile() == ""), "a suggestion is about nobody, or about two")
		l.must(f, len(f.Changes) == 1, "something follows from a suggestion in the same commit")
		h.put[f.id] = &put{about: b.GetMember(), until: b.GetUntil(), awaits: true}
		return
	}
	if p == nil {
		l.complain(f, "a suggestion that nobody made")
		return
	}
	switch f.body.(type) {
	case *matchingv1.SuggestionTaken, *matchingv1.SuggestionDismissed:
		l.must(f, !p.over && f.Author != chain.AuthorPolicy, "a suggestion is decided twice, or by a rule")
		p.awaits, p.over = false, true
	case *matchingv1.SuggestionLapsed:
		l.must(f, p.awaits && f.Time >= p.until, "a suggestion lapses before its time, or after somebody looked")
		p.awaits = false
	}
}

// suggestionLapsed: a second sign of the same, whoever it is about has left, or somebody has looked.
func (l *ledger) suggestionLapsed(f *fact, b *chainv1.Lapsed, kind, id string) {
	p := l.help.put[id]
	switch kind {
	case "suggest":
		l.must(f, p != nil || b.GetReason() == "member.not_active", "what was to be suggested lapsed, and never was: %s", b.GetReason())
	case "lapse-suggestion":
		l.must(f, p != nil && !p.awaits, "the time of a suggestion lapsed, and nobody has looked")
	}
}

// looks has an officer make a need of a suggestion, or say that there is none.
func (c *crowd) looks() *deed {
	id, ok := anyOf(c, c.help.put, func(_ string, p *put) bool { return !p.over })
	officer, found := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok || !found || c.lately("look "+id, 50) {
		return nil
	}
	if c.chance(500) {
		return c.by(officer, "matching.dismiss_suggestion", &matchingv1.DismissSuggestion{
			Suggestion: id, Reason: matchingv1.Dismissal_DISMISSAL_DECLINED,
		})
	}
	return c.by(officer, "matching.raise_need", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: cellOf(c), Text: textFor("soup"), Suggestion: id, Beneficiary: c.help.put[id].about,
	})
}
