// Package reading holds the rules of who may read what in the vault, and of erasing.
//
// The rules, in plain words.
//
//  1. Every read of a sealed text is on the record before the text is shown: who, whose, which, why.
//  2. What no rule opens is closed. One's own texts are one's own. Any active member may read what was said in public business: topics,
//     statements, a veto's reason, the evidence of an execution. Officers and grid workers, with a device of their own, may read
//     members' profiles and units' labels, and what shows that a poll's notice came to a voter, to serve them; so may they the words of
//     needs, and what was attested of providers and shows that something was done. Whoever has taken an assignment on reads the words of
//     its need until it is done. Auditors may read any of these.
//  3. Except for one's own, a text is readable only where the record names it: the request says on which aggregate, and that must name
//     this very text as this person's. So nobody reads a profile by calling it a statement. What shows that a notice came, and what is
//     said of a person in need, opens only where it was first named: nobody reads closed words by calling them evidence.
//  4. A withdrawn topic is open to its author and to auditors.
//  5. The request names a key that the reader made for this one read, and the answer is sealed to it. The request stands on the record
//     and can be sent again by anybody; without that key its answer is noise.
//  6. What is said of a person in need, in their file and their cases, is for them and their proxy; for who works on a case, brings help or
//     calls back, as far as the record opens it to them and the person has agreed; and for officers of the organisations that have a case,
//     what is said in the case. See mayReadAid.
//  7. Erasing is for the member themselves, or an officer whom they asked (a unit's label: an officer; the file
//     of a person in need: they, their proxy, or officers of two organisations). It happens once and for ever:
//     the key is destroyed, and nothing sealed under it can be read by anyone again. The record stays, and still verifies.
package reading

import (
	"strings"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// Faults of reading and erasing.
var (
	ErrIncomplete = fault.New(fault.Invalid, "reading.incomplete", "A field that is needed is empty.", "缺少必填字段。")
	ErrReaderKey  = fault.New(fault.Invalid, "reading.key_weak", "This key protects nothing.", "该密钥不具备保护作用。")
	ErrPurpose    = fault.New(fault.Forbidden, "reading.purpose",
		"For this purpose you may not read this text.", "您无权以此目的阅读该文本。")
	ErrNotNamed = fault.New(fault.NotFound, "reading.not_named",
		"The record does not name this text there.", "链上记录中没有指明此文本。")
	ErrErased = fault.New(fault.Gone, "text.erased",
		"This text was erased and cannot be brought back.", "该文本已被删除，无法恢复。")
	ErrSubjectUnknown = fault.New(fault.NotFound, "erasure.unknown", "There is no such member or unit.", "没有该成员或房屋。")
	ErrEraseOther     = fault.New(fault.Forbidden, "erasure.other",
		"Only the member or an officer may have this erased.", "只有成员本人或负责人可以申请删除。")
	ErrEraseFile = fault.New(fault.Forbidden, "erasure.file",
		"The file of a person in need is erased by them, their proxy, or officers of two organisations.",
		"帮扶档案须由本人、其代理人，或两个组织的负责人共同申请删除。")
	ErrErasedBefore = fault.New(fault.Refused, "erasure.done", "This has been erased already.", "资料已经删除。")
)

// Path of the aggregates.
func readingPath(id string) string { return "reading/" + id }

// SubjectPath names the aggregate on which an erasure stands.
func SubjectPath(subject string) string { return "subject/" + subject }

// Read is the rule of reading one text.
func Read(v *decider.View, cmd *decider.Command, body *vaultv1.ReadText) ([]decider.Change, error) {
	if body.GetRef() == "" || body.GetSubject() == "" {
		return nil, ErrIncomplete
	}
	if ballot.Weak(body.GetReaderKey()) {
		return nil, ErrReaderKey
	}
	if v.Exists(SubjectPath(body.GetSubject())) {
		return nil, ErrErased
	}
	if body.GetPurpose() == vaultv1.Purpose_PURPOSE_AID {
		if err := mayReadAid(v, cmd, body); err != nil {
			return nil, err
		}
		return []decider.Change{read(cmd, body)}, nil
	}
	if ofLedger(body) {
		return readLedger(v, cmd, body)
	}
	open, err := mayRead(v, cmd, body)
	if err != nil {
		return nil, err
	}
	// Of one's own texts the record need not know: a draft, or the old text of what was replaced.
	if body.GetPurpose() != vaultv1.Purpose_PURPOSE_OWN || body.GetNamedBy() != "" {
		if err := named(v, body, open); err != nil {
			return nil, err
		}
	}
	return []decider.Change{read(cmd, body)}, nil
}

// read is the fact that a text was read.
func read(cmd *decider.Command, body *vaultv1.ReadText) decider.Change {
	return decider.On(readingPath(cmd.ID.NewAggregate()), &vaultv1.TextRead{
		Ref: body.GetRef(), Subject: body.GetSubject(), Reader: cmd.Actor, Purpose: body.GetPurpose(), NamedBy: body.GetNamedBy(),
	})
}

// kinds of aggregates that name texts, and whether a withdrawn topic counts.
type scope struct {
	business, people, withdrawn, need bool
	served                            bool // only what the reader is on their way to serve
}

// mayRead judges the reader by the purpose, and by whose words they are: those of somebody in need are read for help and to audit only,
// also where a member, a unit or anything else was recorded under the id of their file.
func mayRead(v *decider.View, cmd *decider.Command, body *vaultv1.ReadText) (scope, error) {
	if body.GetPurpose() != vaultv1.Purpose_PURPOSE_AUDIT && inNeed(v, body.GetSubject()) {
		return scope{}, ErrPurpose
	}
	own := cmd.Actor == body.GetSubject()
	switch body.GetPurpose() {
	case vaultv1.Purpose_PURPOSE_OWN:
		if !own {
			return scope{}, ErrPurpose
		}
		return scope{business: true, people: true, withdrawn: true}, nil
	case vaultv1.Purpose_PURPOSE_DELIBERATION:
		return scope{business: true, withdrawn: own}, nil
	case vaultv1.Purpose_PURPOSE_SERVICE:
		if holds(v, cmd, communityv1.Role_ROLE_OFFICER) || holds(v, cmd, communityv1.Role_ROLE_GRID_WORKER) {
			return scope{people: true}, nil
		}
		if serves(v, cmd, body) {
			return scope{served: true}, nil
		}
	case vaultv1.Purpose_PURPOSE_AUDIT:
		if holds(v, cmd, communityv1.Role_ROLE_AUDITOR) {
			return scope{business: true, people: true, withdrawn: true, need: true}, nil
		}
	}
	return scope{}, ErrPurpose
}

// holds tells whether the actor acts with an office: a hosted key has none.
func holds(v *decider.View, cmd *decider.Command, r communityv1.Role) bool {
	m, ok := decider.Get[standing.Member](v, "member/"+cmd.Actor)
	return ok && cmd.Author == chain.AuthorDevice && m.Holds(r)
}

// named holds the request against what the record says.
func named(v *decider.View, body *vaultv1.ReadText, open scope) error {
	at := body.GetNamedBy()
	if chain.CheckAggregate(at) != nil {
		return ErrNotNamed
	}
	var texts []NamedText
	switch kind := chain.KindOf(at); {
	case kind == "topic" && open.business:
		if t, ok := decider.Get[Topic](v, at); ok && (open.withdrawn || !t.Withdrawn) {
			texts = t.texts()
		}
	case kind == "statement" && open.business:
		if s, ok := decider.Get[NamedText](v, at); ok {
			texts = []NamedText{*s}
		}
	case kind == "motion" && open.business:
		if m, ok := decider.Get[Motion](v, at); ok {
			texts = m.Texts
		}
	case kind == "member" && open.people:
		if m, ok := decider.Get[standing.Member](v, at); ok {
			texts = []NamedText{{Subject: at[len("member/"):], Ref: m.Profile}}
		}
	case kind == "unit" && open.people:
		if u, ok := decider.Get[standing.Unit](v, at); ok {
			texts = []NamedText{{Subject: at[len("unit/"):], Ref: u.Label}}
		}
	}
	if open.need {
		texts = append(texts, namedInNeed(v, at)...)
	}
	texts = append(append(texts, delivered(v, at, open)...), matched(v, at, open)...)
	for _, t := range texts {
		if t.Subject == body.GetSubject() && t.Ref == body.GetRef() {
			return nil
		}
	}
	return ErrNotNamed
}

// delivered gives what shows that a notice came to somebody, of a poll's or a policy's: it is about them, whoever brought it. What was
// named before is no such thing: else whoever brings a notice would open somebody's sealed words by calling them its receipt. What is
// sealed under the id of who brought it is theirs to show.
func delivered(v *decider.View, at string, open scope) (texts []NamedText) {
	if kind := chain.KindOf(at); kind != "delivery" && kind != "addressee" || !open.people {
		return nil
	}
	if d, ok := decider.Get[Delivery](v, at); ok {
		for _, ref := range d.Refs {
			if firstAt(v, at, ref) != at {
				continue
			}
			texts = append(texts, NamedText{Subject: at[strings.LastIndexByte(at, '/')+1:], Ref: ref})
		}
		texts = append(texts, d.Brought...)
	}
	return texts
}

// Erase is the rule of erasing everything that is sealed under one key.
func Erase(v *decider.View, cmd *decider.Command, body *vaultv1.EraseSubject) ([]decider.Change, error) {
	if body.GetSubject() == "" {
		return nil, ErrIncomplete
	}
	ofNeed := inNeed(v, body.GetSubject())
	switch {
	case ofNeed:
		if !ownsFile(v, cmd.Actor, body.GetSubject()) && !twoOffices(v, cmd) {
			return nil, ErrEraseFile
		}
	case cmd.Actor != body.GetSubject() && !holds(v, cmd, communityv1.Role_ROLE_OFFICER):
		return nil, ErrEraseOther
	}
	if !v.Exists("member/"+body.GetSubject()) && !v.Exists("unit/"+body.GetSubject()) && !ofNeed {
		return nil, ErrSubjectUnknown
	}
	if v.Exists(SubjectPath(body.GetSubject())) {
		return nil, ErrErasedBefore
	}
	return []decider.Change{decider.On(SubjectPath(body.GetSubject()), &vaultv1.SubjectErased{By: cmd.Actor})}, nil
}
