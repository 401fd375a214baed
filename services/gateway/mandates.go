package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
)

// Questions to services about mandates.
const (
	// MembersMandates names the question to the community service which mandates concern a member: a standing.MandatesQuestion.
	MembersMandates = "mandates"
	// HelpedActs names the question to every other service what was done under mandates: a standing.HelpedQuestion.
	HelpedActs = "helped"
)

// ErrUnconcerned: a mandate's acts are shown to its two, and to nobody else in one list.
var ErrUnconcerned = fault.New(fault.Forbidden, "mandate.not_concerned",
	"What was done under a mandate is shown to the two whom it concerns.", "依委托办理的事项仅向委托人和受托人列示。")

// Where a mandate stands.
const (
	mandateAwaits   = "awaits" // that its helper accepts it
	mandateEarly    = "early"
	mandateHolds    = "holds"
	mandateDeclined = "declined"
	mandateRevoked  = "revoked"
	mandateOver     = "over"
	mandateGone     = "gone" // with the membership of one of the two
)

// mandateView is a mandate as one of its two is shown it.
type mandateView struct {
	Mandate string           `json:"mandate"`
	State   string           `json:"state"` // awaits, early, holds; or ended: declined, revoked, over, gone
	Part    standing.Part    `json:"part"`  // of the reader: principal or helper
	Terms   standing.Mandate `json:"terms"`
	// Can are the operations by which the reader can change that now.
	Can []string `json:"can,omitempty"`
}

// mandateList is a part of the mandates that concern a member, the newest first; the rest comes after Next, if that is not empty.
type mandateList struct {
	Mandates []mandateView `json:"mandates"`
	Next     string        `json:"next,omitempty"`
}

// actList is a part of what was done under a mandate, the newest first; the rest comes after Next, if that is not empty.
type actList struct {
	Acts []standing.ShownAct `json:"acts"`
	Next string              `json:"next,omitempty"`
}

// mandatesShown is how many mandates or acts a page holds.
const mandatesShown = 100

// mandates shows a member the mandates that they gave or were given, past ones too.
func (g *Gateway) mandates(w http.ResponseWriter, r *http.Request) {
	who, position, before, err := g.ownList(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	page, err := g.mandatesOf(r.Context(), who, position, standing.MandatesQuestion{Before: before})
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	out, now := mandateList{Mandates: []mandateView{}, Next: g.cursors.seal(listOf(r), page.Next)}, g.cfg.Now().UnixMilli()
	for i := range page.Mandates {
		out.Mandates = append(out.Mandates, viewOf(&page.Mandates[i], who.member, now))
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}

// ownList reads who pages through a list of their own, as of which position at least, and after what.
func (g *Gateway) ownList(r *http.Request) (who session, position uint64, after string, err error) {
	if who, err = g.own(r); err != nil {
		return who, 0, "", err
	}
	if position, err = number(r, "min_index"); err != nil {
		return who, 0, "", fault.ErrMalformed.Because(err)
	}
	after, err = g.cursors.open(listOf(r), r.URL.Query().Get("after"))
	return who, position, after, err
}

// mandatesOf asks for a member's mandates, as of at least a position.
func (g *Gateway) mandatesOf(
	ctx context.Context, who session, position uint64, q standing.MandatesQuestion,
) (*standing.MandatesPage, error) {
	out := &standing.MandatesPage{}
	q.Member, q.Limit = who.member, mandatesShown
	return out, g.look(ctx, who.community, "mandate", MembersMandates, position, q, out)
}

// look asks the service that owns a kind a question of its own, as of at least a position.
func (g *Gateway) look(ctx context.Context, community, kind, name string, position uint64, question, into any) error {
	if position > 0 { // an answer to this waits, one to a question does not
		if _, err := g.query(ctx, &op.Query{Community: community, Path: kind, Limit: 1, MinPosition: position}); err != nil {
			return err
		}
	}
	asked, err := json.Marshal(question)
	if err != nil {
		return fault.ErrInternal.Because(err)
	}
	raw, err := g.call.Look(ctx, community, g.owners[kind], name, asked)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fault.ErrInternal.Because(err)
	}
	return nil
}

// mandateActs shows one of a mandate's two what was done under it: that it was done and when, never what a ballot holds.
func (g *Gateway) mandateActs(w http.ResponseWriter, r *http.Request) {
	who, position, after, err := g.ownList(r)
	var below uint64
	if err == nil && after != "" {
		below, err = strconv.ParseUint(after, 10, 63)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	id := r.PathValue("mandate")
	if err := g.concerns(r.Context(), who, id, position); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	acts, err := g.actsUnder(r.Context(), who.community, position, standing.HelpedQuestion{
		Mandates: []string{id}, Below: below, Limit: mandatesShown + 1, // one more tells whether there is more
	})
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	out := actList{Acts: acts}
	if len(acts) > mandatesShown {
		out.Acts = acts[:mandatesShown]
		out.Next = g.cursors.seal(listOf(r), strconv.FormatUint(acts[mandatesShown-1].Position, 10))
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}

// concerns refuses whoever is neither the mandate's principal nor its helper.
func (g *Gateway) concerns(ctx context.Context, who session, mandate string, position uint64) error {
	if !opaqueID.MatchString(mandate) {
		return standing.ErrMandateUnknown
	}
	var m standing.Mandate
	if err := g.state(ctx, who.community, standing.MandatePath(mandate), position, &m); err != nil {
		return err
	}
	if m.PartOf(who.member) == "" {
		return ErrUnconcerned
	}
	return nil
}

// actsUnder asks each service what was done under mandates, and gives all of their answers, the newest first.
func (g *Gateway) actsUnder(
	ctx context.Context, community string, position uint64, q standing.HelpedQuestion,
) ([]standing.ShownAct, error) {
	acts := []standing.ShownAct{}
	for _, kind := range []string{"topic", "poll", "aid-case", "need"} {
		var some []standing.ShownAct
		if err := g.look(ctx, community, kind, HelpedActs, position, q, &some); err != nil {
			return nil, err
		}
		acts = append(acts, some...)
	}
	standing.SortHelped(acts)
	return acts, nil
}

// viewOf is what one of its two is shown of a mandate.
func viewOf(m *standing.ConcernedMandate, reader string, now int64) mandateView {
	v := mandateView{Mandate: m.Mandate, State: stateOf(m, now), Part: m.Terms.PartOf(reader), Terms: m.Terms}
	switch {
	case v.State == mandateAwaits && v.Part == standing.AsHelper:
		v.Can = []string{"community.accept_mandate", "community.decline_mandate"}
	case v.State == mandateAwaits || v.State == mandateEarly || v.State == mandateHolds:
		v.Can = []string{revokesMandate}
	}
	return v
}

// revokesMandate is the operation by which either of the two ends a mandate.
const revokesMandate = "community.revoke_mandate"

// stateOf tells where a mandate stands.
func stateOf(m *standing.ConcernedMandate, now int64) string {
	switch t := &m.Terms; {
	case t.Declined:
		return mandateDeclined
	case t.Revoked:
		return mandateRevoked
	case now >= t.Until:
		return mandateOver
	case m.Gone:
		return mandateGone
	case t.Waits():
		return mandateAwaits
	case now < t.From:
		return mandateEarly
	}
	return mandateHolds
}
