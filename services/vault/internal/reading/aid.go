package reading

import (
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// ErrNotAgreed: the record opens this part of a file to the reader, and the person has not agreed.
var ErrNotAgreed = fault.New(fault.Forbidden, "reading.not_agreed",
	"The person has not agreed that this part of their file is read.", "本人未同意阅读其档案的这一部分。")

// Need is the service's view of a person in need: whose words are sealed under the file's id, and who may read which of them.
type Need struct {
	Member   string                 `json:"member,omitempty"`
	Proxy    string                 `json:"proxy,omitempty"`
	Files    map[aidv1.Field]string `json:"files"` // vault references
	Proofs   []string               `json:"proofs,omitempty"`
	Agreed   []aidv1.ConsentPurpose `json:"agreed,omitempty"`
	Openings []Opening              `json:"openings,omitempty"`
	// Held are all references that were ever a part of the file or showed a consent. No other record opens them, whatever it says: nobody
	// reads a part of somebody's file by calling it the words of an alert or a request.
	Held []string `json:"held,omitempty"`
}

// hold notes a reference as one of the file's own.
func (n *Need) hold(ref string) {
	if ref != "" && !slices.Contains(n.Held, ref) {
		n.Held = append(slices.Clone(n.Held), ref)
	}
}

// Opening is a reader to whom parts of a file stand open for a case or a work order; an empty reader is any officer who may
// call back.
type Opening struct {
	For    string        `json:"for"`
	Reader string        `json:"reader,omitempty"`
	Fields []aidv1.Field `json:"fields"`
}

// Clone copies what Evolve writes into.
func (n *Need) Clone() *Need {
	dup := *n
	dup.Files = map[aidv1.Field]string{}
	for f, ref := range n.Files { // any order: each entry is written under its own key
		dup.Files[f] = ref
	}
	return &dup
}

// Aid is the service's view of a case: what was said in it, and which organisations have it.
type Aid struct {
	Beneficiary string   `json:"beneficiary"`
	Refs        []string `json:"refs"`
	Org         string   `json:"org,omitempty"`
	ReferredTo  string   `json:"referred_to,omitempty"`
	Appealed    bool     `json:"appealed,omitempty"`
	Danger      bool     `json:"danger,omitempty"`
	// Vouched are who said that there is danger, or acted on it: nobody opens a stranger's whole file by their own word alone.
	Vouched []string `json:"vouched,omitempty"`
	// Hands are the members and organisations that ever had the case, decided about it or brought something.
	Hands []string `json:"hands,omitempty"`
}

// took notes who has a hand in the case.
func (a *Aid) took(who ...string) {
	for _, id := range who {
		if id != "" && !slices.Contains(a.Hands, id) {
			a.Hands = append(slices.Clone(a.Hands), id)
		}
	}
}

// dangerBy is the word of somebody on whether there is danger.
func (a *Aid) dangerBy(who string, danger bool) {
	if !danger {
		a.Danger, a.Vouched = false, nil
		return
	}
	a.Danger = true
	if !slices.Contains(a.Vouched, who) {
		a.Vouched = append(slices.Clone(a.Vouched), who)
	}
}

// vouchedFor tells whether anybody but the reader says that there is danger.
func (a *Aid) vouchedFor(reader string) bool {
	return a.Danger && slices.ContainsFunc(a.Vouched, func(who string) bool { return who != reader })
}

// Clone is shallow: Evolve replaces the list whole.
func (a *Aid) Clone() *Aid { dup := *a; return &dup }

// Work is the service's view of a work order.
type Work struct {
	Case string `json:"case"`
}

// Visit is the service's view of a visit: what shows it.
type Visit struct {
	Pictured
	By string `json:"by"`
}

// Clone is shallow: Evolve replaces the list whole.
func (s *Visit) Clone() *Visit { dup := *s; return &dup }

// Alert is the service's view of an alert: what was said when it was raised, and when somebody had looked.
type Alert struct {
	Subject string   `json:"subject"`
	Refs    []string `json:"refs"`
	Case    string   `json:"case,omitempty"` // that was opened out of it
}

// Clone is shallow: Evolve replaces the list whole.
func (a *Alert) Clone() *Alert { dup := *a; return &dup }

func evolveAlert(a *Alert, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.AlertRaised:
		a.Subject = b.GetBeneficiary()
	case *aidv1.AlertTriaged:
		if b.GetCase() != "" {
			a.Case = b.GetCase()
		}
	}
	if b, ok := e.Body.(interface{ GetText() *communityv1.Text }); ok && b.GetText().GetRef() != "" {
		a.Refs = append(slices.Clone(a.Refs), b.GetText().GetRef())
	}
}

func aidKinds(m *decider.Model) {
	decider.Kind("beneficiary", false, evolveNeed)(m)
	decider.Kind("aid-case", false, evolveAid)(m)
	decider.Kind("work-order", false, func(w *Work, e decider.Event) {
		if b, ok := e.Body.(*aidv1.WorkOrdered); ok {
			w.Case = b.GetCase()
		}
	})(m)
	decider.Kind("alert", false, evolveAlert)(m)
	decider.Kind("visit", false, func(s *Visit, e decider.Event) {
		if b, ok := e.Body.(*aidv1.VisitRecorded); ok {
			*s = Visit{Pictured: pictured(b.GetBeneficiary(), b.GetEvidence(), b.GetPictures()), By: b.GetBy()}
		}
	})(m)
}

func evolveNeed(n *Need, e decider.Event) {
	drop := func(ground, reader string) {
		n.Openings = slices.DeleteFunc(slices.Clone(n.Openings), func(o Opening) bool {
			return o.For == ground && (reader == "*" || o.Reader == reader)
		})
	}
	switch b := e.Body.(type) {
	case *aidv1.BeneficiaryRegistered:
		*n = Need{Member: b.GetMember(), Files: map[aidv1.Field]string{}}
	case *aidv1.FileAmended:
		if n.Files == nil {
			n.Files = map[aidv1.Field]string{}
		}
		n.Files[b.GetFile().GetField()] = b.GetFile().GetText().GetRef()
		n.hold(b.GetFile().GetText().GetRef())
	case *aidv1.ProxyNamed:
		n.Proxy = b.GetProxy()
	case *aidv1.ConsentGiven:
		n.Agreed = append(slices.Clone(n.Agreed), b.GetPurpose())
		if ref := b.GetEvidence().GetRef(); ref != "" {
			n.Proofs = append(slices.Clone(n.Proofs), ref)
			n.hold(ref)
		}
	case *aidv1.ConsentWithdrawn:
		n.Agreed = slices.DeleteFunc(slices.Clone(n.Agreed), func(p aidv1.ConsentPurpose) bool { return p == b.GetPurpose() })
	case *aidv1.BeneficiaryOpened:
		drop(b.GetFor(), b.GetReader())
		n.Openings = append(n.Openings, Opening{For: b.GetFor(), Reader: b.GetReader(), Fields: b.GetFields()})
	case *aidv1.BeneficiaryClosed:
		drop(b.GetFor(), "*")
	}
}

func evolveAid(a *Aid, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.AidRequested:
		*a = Aid{Beneficiary: b.GetBeneficiary()}
		who := e.Actor
		if b.GetMandate() != "" {
			who = e.Through // a helper spoke for the person, and it is the helper's word
		}
		a.dangerBy(who, b.GetUrgency() == aidv1.Urgency_URGENCY_DANGER)
	case *aidv1.CaseAssigned:
		a.Org = b.GetOrg()
		a.took(b.GetOrg(), b.GetWorker())
		a.dangerBy(e.Actor, a.Danger)
	case *aidv1.CaseAssessed:
		a.dangerBy(e.Actor, b.GetUrgency() == aidv1.Urgency_URGENCY_DANGER)
	case *aidv1.AidApproved:
		a.took(b.GetBy())
		a.dangerBy(e.Actor, a.Danger)
	case *aidv1.CaseReferred:
		a.ReferredTo = b.GetOrg()
	case *aidv1.ReferralAccepted:
		a.Org, a.ReferredTo = b.GetOrg(), ""
		a.took(b.GetOrg())
	case *aidv1.AidDelivered:
		a.took(b.GetOrg(), e.Actor)
	case *aidv1.ReferralDeclined:
		a.ReferredTo = ""
	case *aidv1.CaseAppealed:
		a.Appealed = true
	case *aidv1.AppealUpheld, *aidv1.AppealRejected:
		a.Appealed = false
	}
	for _, t := range said(e) {
		if t.GetRef() != "" {
			a.Refs = append(slices.Clone(a.Refs), t.GetRef())
		}
	}
}

// said gives the words of a fact of a case.
func said(e decider.Event) []*communityv1.Text {
	switch b := e.Body.(type) {
	case interface{ GetText() *communityv1.Text }:
		return []*communityv1.Text{b.GetText()}
	case interface{ GetFindings() *communityv1.Text }:
		return []*communityv1.Text{b.GetFindings()}
	case interface{ GetPlan() *communityv1.Text }:
		return []*communityv1.Text{b.GetPlan()}
	case interface{ GetReason() *communityv1.Text }:
		return []*communityv1.Text{b.GetReason()}
	}
	return nil
}

// aidReader is who asks for words about a person in need.
type aidReader struct {
	v      *decider.View
	actor  string
	need   *Need
	speaks bool   // the person or their proxy
	org    string // for which they are an officer, with a device of their own
	device bool
}

// mayReadAid judges a read of what is said of a person in need: by themselves and their proxy all of it; by others as far as the record
// opens it to them and the person has agreed.
func mayReadAid(v *decider.View, cmd *decider.Command, body *vaultv1.ReadText) error {
	need, ok := decider.Get[Need](v, "beneficiary/"+body.GetSubject())
	if !ok || chain.CheckAggregate(body.GetNamedBy()) != nil {
		return ErrNotNamed
	}
	r := aidReader{v: v, actor: cmd.Actor, need: need, device: cmd.Author == chain.AuthorDevice}
	r.speaks = cmd.Actor == need.Member || cmd.Actor == need.Proxy
	if m, err := standing.Active(v, cmd.Actor); err == nil && r.device {
		r.org = m.Roles[communityv1.Role_ROLE_OFFICER]
	}
	at, id := body.GetNamedBy(), body.GetNamedBy()[strings.LastIndexByte(body.GetNamedBy(), '/')+1:]
	if chain.KindOf(at) == "beneficiary" && id == body.GetSubject() {
		return r.file(body.GetRef())
	}
	if slices.Contains(need.Held, body.GetRef()) {
		return ErrNotNamed
	}
	switch chain.KindOf(at) {
	case "aid-case":
		a, ok := decider.Get[Aid](v, at)
		if ok && a.Beneficiary == body.GetSubject() && slices.Contains(a.Refs, body.GetRef()) && here(v, at, body.GetRef()) {
			return r.ofCase(a, id)
		}
	case "alert":
		a, ok := decider.Get[Alert](v, at)
		switch {
		case !ok || a.Subject != body.GetSubject() || !slices.Contains(a.Refs, body.GetRef()) || !here(v, at, body.GetRef()):
			return ErrNotNamed
		case r.speaks || r.org != "" || r.worker():
			return nil
		}
		return ErrPurpose
	case "visit":
		s, ok := decider.Get[Visit](v, at)
		if !ok || !slices.Contains(s.texts(), NamedText{Subject: body.GetSubject(), Ref: body.GetRef()}) || !here(v, at, body.GetRef()) {
			return ErrNotNamed
		}
		if s.By == cmd.Actor {
			return nil
		}
		w, ok := decider.Get[Work](v, at[:strings.LastIndex(at, "/visit/")])
		if !ok {
			return ErrNotNamed
		}
		if a, ok := decider.Get[Aid](v, "aid-case/"+w.Case); ok {
			return r.ofCase(a, w.Case)
		}
	}
	return ErrNotNamed
}

// worker tells whether the reader is a grid worker, with a device of their own: one of them must look at an alert.
func (r *aidReader) worker() bool {
	m, err := standing.Active(r.v, r.actor)
	return err == nil && r.device && m.Roles[communityv1.Role_ROLE_GRID_WORKER] != ""
}

// callsBack tells whether the reader is an officer who may call back in a case: no hand in it is theirs or that of an organisation for
// which they act.
func (r *aidReader) callsBack(id string) bool {
	a, ok := decider.Get[Aid](r.v, "aid-case/"+id)
	m, known := decider.Get[standing.Member](r.v, "member/"+r.actor)
	if !ok || !known || r.org == "" {
		return false
	}
	for _, who := range []string{r.actor, r.org, m.Roles[communityv1.Role_ROLE_GRID_WORKER]} {
		if who != "" && (slices.Contains(a.Hands, who) || who == a.ReferredTo) {
			return false
		}
	}
	return true
}

// ofCase judges what is said in a case, and shows that something was done.
func (r *aidReader) ofCase(a *Aid, id string) error {
	mine := func(o Opening) bool { return o.For == id && o.Reader == r.actor }
	switch {
	case r.speaks, r.device && slices.ContainsFunc(r.need.Openings, mine):
		return nil
	case r.org != "" && (r.org == a.Org || r.org == a.ReferredTo || a.Appealed):
		return nil
	}
	return ErrPurpose
}

// file judges a part of the file, or what shows a consent, which is for the person and who works with the file.
func (r *aidReader) file(ref string) error {
	proof := slices.Contains(r.need.Proofs, ref)
	field, known := aidv1.Field_FIELD_UNSPECIFIED, proof
	for f := aidv1.Field_FIELD_IDENTITY; f <= aidv1.Field_FIELD_NEEDS; f++ {
		if r.need.Files[f] == ref {
			field, known = f, true
		}
	}
	if !known {
		return ErrNotNamed
	}
	if r.speaks {
		return nil
	}
	refused := error(ErrPurpose)
	for _, o := range r.need.Openings {
		officer := o.Reader == "" && r.callsBack(o.For)
		if !officer && o.Reader != r.actor || !r.device {
			continue
		}
		if proof && !officer {
			return nil
		}
		if !slices.Contains(o.Fields, field) {
			continue
		}
		if officer || r.agreed(o, field) {
			return nil
		}
		refused = ErrNotAgreed
	}
	return refused
}

// agreed tells whether a part may be read for what it stands open for. Who somebody is and how to reach them a case worker may read before
// anything was agreed to, or nobody could ask them; in danger nobody waits. Where only the reader says so, that opens the way there, and
// the rest when somebody else has said it too, has given the case to them or approved help.
func (r *aidReader) agreed(o Opening, field aidv1.Field) bool {
	has := func(p aidv1.ConsentPurpose) bool { return slices.Contains(r.need.Agreed, p) }
	if a, ok := decider.Get[Aid](r.v, "aid-case/"+o.For); ok {
		switch field {
		case aidv1.Field_FIELD_IDENTITY, aidv1.Field_FIELD_CONTACT:
			return true
		case aidv1.Field_FIELD_HEALTH:
			return a.vouchedFor(r.actor) || has(aidv1.ConsentPurpose_CONSENT_PURPOSE_HEALTH)
		case aidv1.Field_FIELD_HOME:
			return a.Danger || has(aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK)
		}
		return a.vouchedFor(r.actor) || has(aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK)
	}
	w, ok := decider.Get[Work](r.v, "work-order/"+o.For)
	if !ok {
		return false
	}
	a, ok := decider.Get[Aid](r.v, "aid-case/"+w.Case)
	return has(aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY) || ok && a.Danger
}

// namedInNeed gives what the record names about people in need, for auditors.
func namedInNeed(v *decider.View, at string) (texts []NamedText) {
	id := at[strings.LastIndexByte(at, '/')+1:]
	add := func(subject string, refs ...string) {
		for _, ref := range refs {
			texts = append(texts, NamedText{Subject: subject, Ref: ref})
		}
	}
	switch chain.KindOf(at) {
	case "beneficiary":
		if n, ok := decider.Get[Need](v, at); ok {
			for f := aidv1.Field_FIELD_IDENTITY; f <= aidv1.Field_FIELD_NEEDS; f++ {
				add(id, n.Files[f])
			}
			add(id, n.Proofs...)
		}
	case "aid-case":
		if a, ok := decider.Get[Aid](v, at); ok {
			add(a.Beneficiary, a.Refs...)
		}
	case "visit":
		if s, ok := decider.Get[Visit](v, at); ok {
			texts = append(texts, s.texts()...)
		}
	case "alert":
		if a, ok := decider.Get[Alert](v, at); ok {
			add(a.Subject, a.Refs...)
		}
	}
	return texts
}

// inNeed tells whether an id is that of a file of somebody in need.
func inNeed(v *decider.View, subject string) bool { return v.Exists("beneficiary/" + subject) }

// ownsFile tells whether somebody may have the file of a person in need erased as their own.
func ownsFile(v *decider.View, actor, subject string) bool {
	n, ok := decider.Get[Need](v, "beneficiary/"+subject)
	return ok && actor != "" && (n.Member == actor || n.Proxy == actor)
}

// twoOffices tells whether officers of two organisations sign: no single office puts somebody's need out of the world.
func twoOffices(v *decider.View, cmd *decider.Command) bool {
	m, err := standing.Active(v, cmd.Actor)
	if err != nil || !holds(v, cmd, communityv1.Role_ROLE_OFFICER) {
		return false
	}
	return slices.ContainsFunc(cmd.Cosigners, func(id string) bool {
		other, err := standing.Active(v, id)
		if err != nil {
			return false
		}
		org := other.Roles[communityv1.Role_ROLE_OFFICER]
		return org != "" && org != m.Roles[communityv1.Role_ROLE_OFFICER]
	})
}
