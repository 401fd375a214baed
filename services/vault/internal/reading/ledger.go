package reading

import (
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// What is said about money, work and what the community owns is for those who answer for it:
//
//   - The purpose, receipt and reason of a transfer: officers of the maker's and the checkers' organisations. While a word is missing any
//     officer, since nobody can check what they may not read.
//   - Papers and evidence of what the community owns: officers.
//   - What work was, and why a pattern was found to be what it is: those whom it concerns.
//   - Why credits are to be taken back, and what is said against it: those whom it concerns; and while it waits for a decision any
//     officer, one of whom decides.
//   - All of these: auditors, and whoever wrote the words.

// Told is the service's view of a transfer, of work, a holding, a pattern or a clawback: the words that it names, and for whom they are.
type Told struct {
	Texts   []NamedText `json:"texts,omitempty"`
	Members []string    `json:"members,omitempty"` // of work and patterns: whom it concerns
	Orgs    []string    `json:"orgs,omitempty"`    // of transfers: the maker's and the checkers'
	Missing int         `json:"missing,omitempty"` // of transfers: how many checkers have not given their word
	Ended   bool        `json:"ended,omitempty"`   // of transfers: nobody's word is waited for any more
	Waits   bool        `json:"waits,omitempty"`   // of clawbacks: an appeal is to be decided
}

// Clone copies what Evolve writes into.
func (t *Told) Clone() *Told {
	dup := *t
	dup.Texts, dup.Members, dup.Orgs = slices.Clone(t.Texts), slices.Clone(t.Members), slices.Clone(t.Orgs)
	return &dup
}

// add takes words as those of whoever wrote them, under whose key they are sealed.
func (t *Told) add(e decider.Event, text *communityv1.Text) {
	if text.GetRef() != "" {
		t.Texts = append(t.Texts, NamedText{Subject: e.Actor, Ref: text.GetRef()})
	}
}

func ledgerKinds(m *decider.Model) {
	for _, kind := range []string{"transfer", "work", "holding", "pattern", "clawback"} {
		decider.Kind(kind, false, evolveTold)(m)
	}
}

func evolveTold(t *Told, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.TransferProposed:
		t.Orgs, t.Missing = append(t.Orgs, b.GetOrg()), int(b.GetCheckers())
		t.add(e, b.GetPurpose())
	case *ledgerv1.TransferApproved:
		t.Orgs = append(t.Orgs, b.GetOrg())
		t.Missing--
	case *ledgerv1.TransferPosted:
		t.add(e, b.GetEvidence())
	case *ledgerv1.TransferVoided:
		t.Ended = true
		t.add(e, b.GetReason())
	case *ledgerv1.TransferLapsed:
		t.Ended = true
	case *ledgerv1.WorkReported:
		t.Members = []string{b.GetWorker(), b.GetCounterparty()}
		t.add(e, b.GetWhat())
	case *ledgerv1.PatternFlagged:
		t.Members = b.GetMembers()
	case *ledgerv1.PatternAssessed:
		t.add(e, b.GetReason())
	case *ledgerv1.ClawbackProposed:
		t.Members = []string{b.GetWorker(), b.GetCounterparty()}
		t.add(e, b.GetReason())
	case *ledgerv1.ClawbackAppealed:
		t.Waits = true
		t.add(e, b.GetReason())
	case *ledgerv1.AppealDecided:
		t.Waits = false
		t.add(e, b.GetReason())
	case *ledgerv1.ClawbackPosted, *ledgerv1.ClawbackDropped:
		t.Waits = false
	case *ledgerv1.HoldingRegistered:
		t.add(e, b.GetPapers())
	case *ledgerv1.HoldingReported:
		t.add(e, b.GetEvidence())
	}
}

// ofLedger tells whether a request names something that the ledger keeps.
func ofLedger(body *vaultv1.ReadText) bool {
	if chain.CheckAggregate(body.GetNamedBy()) != nil {
		return false
	}
	switch chain.KindOf(body.GetNamedBy()) {
	case "transfer", "work", "holding", "pattern", "clawback":
		return true
	}
	return false
}

// readLedger judges the reading of what the ledger's records name.
func readLedger(v *decider.View, cmd *decider.Command, body *vaultv1.ReadText) ([]decider.Change, error) {
	t, ok := decider.Get[Told](v, body.GetNamedBy())
	if !ok {
		t = &Told{} // who may not ask is not told what there is
	}
	may := false
	switch body.GetPurpose() {
	case vaultv1.Purpose_PURPOSE_OWN:
		may = cmd.Actor == body.GetSubject()
	case vaultv1.Purpose_PURPOSE_SERVICE:
		may = t.serves(v, cmd, chain.KindOf(body.GetNamedBy()))
	case vaultv1.Purpose_PURPOSE_AUDIT:
		may = holds(v, cmd, communityv1.Role_ROLE_AUDITOR)
	}
	switch {
	case !may:
		return nil, ErrPurpose
	case !slices.Contains(t.Texts, NamedText{Subject: body.GetSubject(), Ref: body.GetRef()}):
		return nil, ErrNotNamed
	}
	return []decider.Change{read(cmd, body)}, nil
}

// serves tells whether the words are for the reader, who has a part in what they are about.
func (t *Told) serves(v *decider.View, cmd *decider.Command, kind string) bool {
	if slices.Contains(t.Members, cmd.Actor) {
		return true
	}
	if kind != "transfer" && kind != "holding" && !t.Waits || !holds(v, cmd, communityv1.Role_ROLE_OFFICER) {
		return false
	}
	if kind == "holding" || t.Waits || t.Missing > 0 && !t.Ended {
		return true
	}
	m, ok := decider.Get[standing.Member](v, "member/"+cmd.Actor)
	return ok && slices.Contains(t.Orgs, m.Roles[communityv1.Role_ROLE_OFFICER])
}
