package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// reader says who may read a kind of record.
type reader int

const (
	nobody reader = iota // what no table names
	anyone
	members
	officers
	concerned // officers, and the member whose id ends the path
	involved  // whom the record itself names
	workers   // grid workers and officers
	watchers  // grid workers and officers, each what their organisations have to look at
	examiners // auditors and officers
	served    // grid workers and officers, and each one to whoever is helped or helps
	judged    // auditors and officers, and each one to the two whom it concerns
)

// readers is the whole of what can be read. A kind that is missing here is closed.
var readers = map[string]reader{
	"community": anyone, "rulebook": anyone, "trustees": anyone, "registrar": anyone, "org": anyone, "motion": anyone, "poll": anyone,
	"topic": members, "second": members, "merge": members, "merge-consent": members,
	"deliberation": members, "statement": members, "reaction": members,
	"ballot": members, "box-key": members, "objection": members, "member": members, "key": members,
	"paper": members, "secret-paper": members, "serial": members, "sample": members, "comparison": members, "call-back": members,
	"unit": members, "household": members, "import": members, "mandate": members, "helper": members, "channel": members,
	"registration": members, "secret-ballot": anyone, // read without a session by whoever must not be known to have it
	"proxy": members, "question": members, "delivery": concerned,
	"community-lapse": members, "proposal-lapse": members, "voting-lapse": members, "vault-lapse": members,
	"account": members, "transfer": members, "ledger-lapse": members, "work": members, "earnings": members, "earned-from": members,
	"terms": members, "spending": members, "dividend": members, "dividends": members, "holding": anyone, "income": members,
	"paid-to": members, "amendment": anyone,
	"need": served, "asking": served, "provider": members, "offer": members, "plan": members, "assignment": served, "mode": members,
	"matching-lapse": members, "suggestion": workers, "peer": members, "referral": workers, "uptake": workers,
	"loan": workers, "borrowing": workers,
	"invite": officers, "reading": officers, "subject": officers, "pattern": examiners, // nobody is suspected before everybody
	"clawback":    judged,
	"beneficiary": involved, "aid-case": involved, "work-order": involved, "visit": involved, "check-in": involved, "aid-lapse": members,
	"need-import": workers, "staged": workers,
	"rounds": involved, "policy-notice": members, "addressee": concerned,
	"alert": watchers, "sensor": watchers, "stock": members, "stock-offer": members, "capacity": members, "arrival": members,
}

// records answers one record or a page of a collection.
func (g *Gateway) records(w http.ResponseWriter, r *http.Request) {
	community, path := r.PathValue("community"), r.PathValue("path")
	if chain.CheckAggregate(path) != nil && chain.CheckCollection(path) != nil {
		op.WriteFault(w, r, projection.ErrPath)
		return
	}
	if err := g.mayRead(r, community, path); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	list := listOf(r)
	after, err := g.cursors.open(list, r.URL.Query().Get("after"))
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	q := &op.Query{Community: community, Path: path, After: after}
	if q.MinPosition, err = number(r, "min_index"); err == nil {
		var limit uint64
		limit, err = number(r, "limit")
		q.Limit = int(min(limit, 1000))
	}
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	page, err := g.query(r.Context(), q)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	if readers[chain.KindOf(path)] == watchers {
		if err := g.keepWatched(r, community, path, page); err != nil {
			op.WriteFault(w, r, err)
			return
		}
	}
	page.Next = g.cursors.seal(list, page.Next)
	g.showPage(w, r, page, chain.CheckAggregate(path) == nil)
}

// showPage answers a record under its version, which an edit may name, or a page under what stands in it. The position is neither's: it
// tells how far the record had come here, and stands in a header too, so that 304 tells it as well.
func (g *Gateway) showPage(w http.ResponseWriter, r *http.Request, page *op.Page, one bool) {
	var tag string
	if one {
		tag = `"` + strconv.FormatUint(page.Records[0].Version, 10) + `"`
	} else {
		tag = tagOf(page.EncodeRecords(), []byte(page.Next))
	}
	cache := cachePrivate
	if readers[chain.KindOf(r.PathValue("path"))] == anyone {
		cache = cachePublic
	}
	w.Header().Set(headerPosition, strconv.FormatUint(page.Position, 10))
	writeEncoded(w, r, cache, tag, page.Encode())
}

// headerPosition tells how many commits the answering service had folded.
const headerPosition = "Renlin-Position"

func number(r *http.Request, name string) (uint64, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return 0, nil
	}
	return strconv.ParseUint(v, 10, 63)
}

// mayRead refuses by default, and only as of everything that was answered here: whoever was just told of their record may read it.
func (g *Gateway) mayRead(r *http.Request, community, path string) error {
	return g.surely(r, community, func(r *http.Request) error { return g.mayReadNow(r, community, path) })
}

func (g *Gateway) mayReadNow(r *http.Request, community, path string) error {
	switch readers[chain.KindOf(path)] {
	case anyone:
		return nil
	case members:
		return g.requireReader(r, community, communityv1.Role_ROLE_MEMBER)
	case concerned:
		if who, err := g.sessions.of(r, community); err == nil && who.member != "" && strings.HasSuffix(path, "/"+who.member) {
			return g.requireReader(r, community, communityv1.Role_ROLE_MEMBER)
		}
		return g.requireReader(r, community, communityv1.Role_ROLE_OFFICER)
	case involved:
		return g.mayReadInvolved(r, community, path)
	case served:
		if g.mayReadServed(r, community, path) {
			return nil
		}
		return g.requireWorker(r, community)
	case judged:
		if g.mayReadJudged(r, community, path) {
			return nil
		}
		return g.requireExaminer(r, community)
	case examiners:
		return g.requireExaminer(r, community)
	case workers:
		return g.requireWorker(r, community)
	case watchers:
		return g.requireWatcher(r, community)
	case officers:
		return g.requireReader(r, community, communityv1.Role_ROLE_OFFICER)
	}
	return standing.ErrRole
}

// requireExaminer admits auditors and officers.
func (g *Gateway) requireExaminer(r *http.Request, community string) error {
	if g.requireRole(r, community, communityv1.Role_ROLE_AUDITOR) == nil {
		return nil
	}
	return g.requireReader(r, community, communityv1.Role_ROLE_OFFICER)
}

// requireWorker admits grid workers and officers.
func (g *Gateway) requireWorker(r *http.Request, community string) error {
	if g.requireRole(r, community, communityv1.Role_ROLE_GRID_WORKER) == nil {
		return nil
	}
	return g.requireReader(r, community, communityv1.Role_ROLE_OFFICER)
}

func (g *Gateway) query(ctx context.Context, q *op.Query) (*op.Page, error) {
	if !opaqueID.MatchString(q.Community) {
		return nil, op.ErrCommunity
	}
	service := g.owners[chain.KindOf(q.Path)]
	if service == "" {
		return nil, projection.ErrNoRecord
	}
	page, err := g.call.Query(service)(ctx, q)
	if err != nil {
		return nil, err
	}
	return page.(*op.Page), nil
}

// state reads one aggregate into a state struct, as of at least a position.
func (g *Gateway) state(ctx context.Context, community, path string, position uint64, into any) error {
	if least, ok := ctx.Value(asOf{}).(uint64); ok {
		position = max(position, least)
	}
	page, err := g.query(ctx, &op.Query{Community: community, Path: path, MinPosition: position})
	if err != nil {
		return err
	}
	return json.Unmarshal(page.Records[0].State, into)
}

// activeMember gives a member who has standing now, as of at least a position.
func (g *Gateway) activeMember(ctx context.Context, community, member string, position uint64) (*standing.Member, error) {
	if !opaqueID.MatchString(member) {
		return nil, standing.ErrNotActive
	}
	m := &standing.Member{}
	if err := g.state(ctx, community, "member/"+member, position, m); err != nil {
		return nil, absent(err)
	}
	if m.Revoked {
		return nil, standing.ErrNotActive
	}
	if m.Import != "" {
		var i standing.Import
		if err := g.state(ctx, community, "import/"+m.Import, position, &i); err != nil {
			return nil, absent(err)
		}
		if !i.Completed {
			return nil, standing.ErrNotActive
		}
	}
	return m, nil
}

// absent makes of a record that is not there a person without standing; while nobody can be asked, nothing is said of anybody.
func absent(err error) error {
	if errors.Is(err, projection.ErrNoRecord) {
		return standing.ErrNotActive.Because(err)
	}
	return err
}

// inboxKinds are what concerns everyone, and what somebody is asked to consent to, ascending.
var inboxKinds = []string{"deliberation", "merge", "motion", "poll"}

// inboxBytesMax is how much of states one page of the inbox holds before it ends.
const inboxBytesMax = 512 << 10

// inboxPage is a part of a member's inbox; the rest comes after Next, if that is not empty.
type inboxPage struct {
	Deliberation []op.Record `json:"deliberation"`
	Merge        []op.Record `json:"merge"`
	Motion       []op.Record `json:"motion"`
	Poll         []op.Record `json:"poll"`
	// Notices are the polls that wait for the member's own vote, on the first page.
	Notices []voterNotice `json:"notices,omitempty"`
	// Mandates tell what happened about the member's own mandates lately, on the first page.
	Mandates []mandateNotice `json:"mandates,omitempty"`
	Next     string          `json:"next,omitempty"`
}

// inbox shows a member what concerns everyone: deliberations convened, merges proposed, motions put and polls called, by kind and id. It
// is read from the record, whole for whoever follows its pages, so nobody can be left out of a notice.
func (g *Gateway) inbox(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	if err := g.requireReader(r, community, communityv1.Role_ROLE_MEMBER); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	position, err := number(r, "min_index")
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	list := listOf(r)
	after, err := g.cursors.open(list, r.URL.Query().Get("after"))
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	page, err := g.inboxPage(r.Context(), community, position, after)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	if after == "" {
		if err := g.personal(r, community, position, page); err != nil {
			op.WriteFault(w, r, err)
			return
		}
	}
	page.Next = g.cursors.seal(list, page.Next)
	writeFreshJSON(w, r, cachePrivate, "", page)
}

// inboxPage gathers what stands after a record, kind by kind, until there is enough for one answer.
func (g *Gateway) inboxPage(ctx context.Context, community string, position uint64, after string) (*inboxPage, error) {
	out := &inboxPage{Deliberation: []op.Record{}, Merge: []op.Record{}, Motion: []op.Record{}, Poll: []op.Record{}}
	lists := map[string]*[]op.Record{
		"deliberation": &out.Deliberation, "merge": &out.Merge, "motion": &out.Motion, "poll": &out.Poll,
	}
	size := 0
	for _, kind := range inboxKinds {
		q := &op.Query{Community: community, Path: kind, MinPosition: position, Limit: 1000}
		switch from := chain.KindOf(after); {
		case kind < from:
			continue
		case kind == from:
			q.After = after
		}
		page, err := g.query(ctx, q)
		if err != nil {
			return nil, err
		}
		*lists[kind] = page.Records
		if page.Next != "" {
			out.Next = page.Next
			return out, nil
		}
		for _, r := range page.Records {
			size += len(r.State)
		}
		if n := len(page.Records); n > 0 && size > inboxBytesMax && kind != inboxKinds[len(inboxKinds)-1] {
			out.Next = page.Records[n-1].Path
			return out, nil
		}
	}
	return out, nil
}
