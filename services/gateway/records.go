package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

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
)

// readers is the whole of what can be read. A kind that is missing here is closed.
var readers = map[string]reader{
	"community": anyone, "rulebook": anyone, "org": anyone, "motion": anyone, "poll": anyone,
	"topic": members, "second": members, "deliberation": members, "statement": members, "reaction": members,
	"ballot": members, "box-key": members, "objection": members, "member": members, "key": members,
	"unit": members, "household": members, "import": members,
	"community-lapse": members, "proposal-lapse": members, "voting-lapse": members, "vault-lapse": members,
	"invite": officers, "reading": officers, "subject": officers,
}

// records answers one record or a page of a collection.
func (g *Gateway) records(w http.ResponseWriter, r *http.Request) {
	community, path := r.PathValue("community"), r.PathValue("path")
	if chain.CheckAggregate(path) != nil && chain.CheckCollection(path) != nil {
		op.WriteFault(w, r, projection.ErrPath)
		return
	}
	if err := g.mayRead(r, community, chain.KindOf(path)); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	q := &op.Query{Community: community, Path: path, After: r.URL.Query().Get("after")}
	var err error
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
	if chain.CheckAggregate(path) == nil {
		w.Header().Set("ETag", `"`+strconv.FormatUint(page.Records[0].Version, 10)+`"`)
	}
	writeJSON(w, http.StatusOK, page)
}

func number(r *http.Request, name string) (uint64, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return 0, nil
	}
	return strconv.ParseUint(v, 10, 63)
}

// mayRead refuses by default.
func (g *Gateway) mayRead(r *http.Request, community, kind string) error {
	switch readers[kind] {
	case anyone:
		return nil
	case members:
		return g.requireRole(r, community, communityv1.Role_ROLE_MEMBER)
	case officers:
		return g.requireRole(r, community, communityv1.Role_ROLE_OFFICER)
	}
	return standing.ErrRole
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

// state reads one aggregate into a state struct.
func (g *Gateway) state(ctx context.Context, community, path string, into any) error {
	return g.stateAt(ctx, community, path, 0, into)
}

// stateAt is state as of at least a position.
func (g *Gateway) stateAt(ctx context.Context, community, path string, position uint64, into any) error {
	page, err := g.query(ctx, &op.Query{Community: community, Path: path, MinPosition: position})
	if err != nil {
		return err
	}
	return json.Unmarshal(page.Records[0].State, into)
}

// activeMember gives a member who has standing now.
func (g *Gateway) activeMember(ctx context.Context, community, member string) (*standing.Member, error) {
	return g.activeMemberAt(ctx, community, member, 0)
}

// activeMemberAt is activeMember as of at least a position.
func (g *Gateway) activeMemberAt(ctx context.Context, community, member string, position uint64) (*standing.Member, error) {
	if !opaqueID.MatchString(member) {
		return nil, standing.ErrNotActive
	}
	m := &standing.Member{}
	if err := g.stateAt(ctx, community, "member/"+member, position, m); err != nil || m.Revoked {
		return nil, standing.ErrNotActive.Because(err)
	}
	if m.Import != "" {
		var i standing.Import
		if err := g.state(ctx, community, "import/"+m.Import, &i); err != nil || !i.Completed {
			return nil, standing.ErrNotActive.Because(err)
		}
	}
	return m, nil
}

// inbox shows a member what concerns everyone: deliberations convened and polls called, newest last. It is read from the record,
// so nobody can be left out of a notice.
func (g *Gateway) inbox(w http.ResponseWriter, r *http.Request) {
	community := r.PathValue("community")
	if err := g.requireRole(r, community, communityv1.Role_ROLE_MEMBER); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	min, err := number(r, "min_index")
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	out := map[string][]op.Record{}
	for _, kind := range []string{"deliberation", "poll", "motion"} {
		page, err := g.query(r.Context(), &op.Query{Community: community, Path: kind, MinPosition: min, Limit: 1000})
		if err != nil {
			op.WriteFault(w, r, err)
			return
		}
		out[kind] = page.Records
	}
	writeJSON(w, http.StatusOK, out)
}
