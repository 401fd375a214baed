package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// MineAid names the question to the aid service which cases concern a member.
const MineAid = "mine"

// mineShown is how many cases a page holds.
const mineShown = 100

// involvement is who may read a record about somebody in need, as it says itself; see services/aid.
type involvement struct {
	Member       string   `json:"member"`
	Proxy        string   `json:"proxy"`
	Beneficiary  string   `json:"beneficiary"`
	Involved     []string `json:"involved"`
	InvolvedOrgs []string `json:"involved_orgs"`
	AppealedAt   int64    `json:"appealed_at"`
}

// mayReadInvolved admits those whom a record about somebody in need names: the person and their proxy, who works on it, officers of the
// organisations that have it, and while an appeal waits every officer, one of whom must decide it. There is no list of them, and whoever
// operates the system has no part in them: to everybody else each is as if it were not there.
func (g *Gateway) mayReadInvolved(r *http.Request, community, path string) error {
	if err := g.requireRole(r, community, communityv1.Role_ROLE_MEMBER); err != nil {
		return err
	}
	who, err := g.sessions.of(r, community)
	if err != nil {
		return err
	}
	var x involvement
	if chain.CheckAggregate(path) != nil || g.state(r.Context(), community, path, 0, &x) != nil {
		return standing.ErrRole
	}
	if slices.Contains(x.Involved, who.member) || g.speaksFor(r.Context(), who, x.Beneficiary) {
		return nil
	}
	if err := g.requireRole(r, community, communityv1.Role_ROLE_OFFICER); err != nil {
		return err
	}
	m, err := g.activeMember(r.Context(), community, who.member, 0)
	if err != nil {
		return err
	}
	if x.AppealedAt != 0 || slices.Contains(x.InvolvedOrgs, m.Roles[communityv1.Role_ROLE_OFFICER]) {
		return nil
	}
	return standing.ErrRole
}

// requireWatcher admits grid workers and officers, and no operator.
func (g *Gateway) requireWatcher(r *http.Request, community string) error {
	if g.requireRole(r, community, communityv1.Role_ROLE_GRID_WORKER) == nil {
		return nil
	}
	return g.requireRole(r, community, communityv1.Role_ROLE_OFFICER)
}

// watched is whose it is to look at an alert, or after a device, as the record says itself; see services/aid.
type watched struct {
	Org         string `json:"org"`
	EscalatedTo string `json:"escalated_to"`
}

// keepWatched leaves of a page what a member's organisations have to look at: what is theirs, what went up to them, and what is nobody's. A
// record by itself that is none of that is as if it were not there.
func (g *Gateway) keepWatched(r *http.Request, community, path string, page *op.Page) error {
	who, err := g.sessions.of(r, community)
	if err != nil {
		return err
	}
	m, err := g.activeMember(r.Context(), community, who.member, 0)
	if err != nil {
		return err
	}
	orgs := []string{m.Roles[communityv1.Role_ROLE_GRID_WORKER], m.Roles[communityv1.Role_ROLE_OFFICER]}
	page.Records = slices.DeleteFunc(page.Records, func(one op.Record) bool {
		var x watched
		if json.Unmarshal(one.State, &x) != nil {
			return true
		}
		return x.Org != "" && !slices.Contains(orgs, x.Org) && !slices.Contains(orgs, cmp.Or(x.EscalatedTo, x.Org))
	})
	if chain.CheckAggregate(path) == nil && len(page.Records) == 0 {
		return standing.ErrRole
	}
	return nil
}

// speaksFor tells whether a session's member is a person in need or their proxy.
func (g *Gateway) speaksFor(ctx context.Context, who session, beneficiary string) bool {
	var x involvement
	if !opaqueID.MatchString(beneficiary) || g.state(ctx, who.community, "beneficiary/"+beneficiary, 0, &x) != nil {
		return false
	}
	return who.member == x.Member || who.member == x.Proxy
}

// writesFor tells whether a session's member may seal words under a file of somebody in need: whom it involves, and who may write for the
// person.
func (g *Gateway) writesFor(ctx context.Context, who session, beneficiary string) bool {
	var x involvement
	if !opaqueID.MatchString(beneficiary) || g.state(ctx, who.community, "beneficiary/"+beneficiary, 0, &x) != nil {
		return false
	}
	return slices.Contains(x.Involved, who.member) || g.helps(ctx, who, x.Member)
}

// ownAid is a case that concerns a member.
type ownAid struct {
	Case      string `json:"case"`
	As        string `json:"as"` // person, proxy, worker, author or doer
	State     string `json:"state"`
	Urgency   int32  `json:"urgency"`
	ResolveBy int64  `json:"resolve_by"`
}

// ownAidList is a part of them, by descending id; the rest comes after Next, if that is not empty.
type ownAidList struct {
	Cases []ownAid `json:"cases"`
	Next  string   `json:"next,omitempty"`
}

// aidQuestion is what the aid service is asked.
type aidQuestion struct {
	Member string `json:"member"`
	Before string `json:"before,omitempty"`
	Limit  int    `json:"limit"`
}

// ownAidCases lists the cases that concern a member.
func (g *Gateway) ownAidCases(w http.ResponseWriter, r *http.Request) {
	who, position, before, err := g.ownList(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	out := ownAidList{Cases: []ownAid{}}
	err = g.look(r.Context(), who.community, "aid-case", MineAid, position, aidQuestion{
		Member: who.member, Before: before, Limit: mineShown + 1, // one more tells whether there is more
	}, &out.Cases)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	if len(out.Cases) > mineShown {
		out.Cases = out.Cases[:mineShown]
		out.Next = g.cursors.seal(listOf(r), out.Cases[mineShown-1].Case)
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}

// aidRows are the lists about help.
func (g *Gateway) aidRows() []row {
	return []row{
		g.aidBoardRoute(),
		route("GET "+belowHere+"/own-aid-cases", g.ownAidCases, openapi.Route{
			Name: "gateway.own_aid_cases", Access: openapi.Members, Params: []openapi.Param{minIndex, afterRecord, heldTag},
			Words: openapi.Words{
				English: "The cases of help that concern you now: your own, those of whom you speak for, and those that you asked for, work on or " +
					"bring something for.",
				Chinese: "目前与您有关的帮扶个案：您本人的、您代理的，以及您代为求助、承办或配送的。",
			},
			Answers: fresh(jsonMedia, ownAidList{}),
			Faults:  append(readingFaults(), ErrCursor),
		}),
		route("GET "+belowHere+"/aid-figures", g.aidFigures, openapi.Route{
			Name: "gateway.aid_figures", Access: openapi.Members, Params: []openapi.Param{minIndex, heldTag},
			Words: openapi.Words{
				English: "How many people asked for what, and how urgently. A number that would show or tell a small group is held back and " +
					"stands as -1.",
				Chinese: "各类求助的人数及紧急程度。凡可能显示或推算出小群体的数字均不公布，以 -1 表示。",
			},
			Answers: fresh(jsonMedia, aidTable{}),
			Faults:  readingFaults(),
		}),
	}
}

// AidFigures names the question to the aid service how many people asked for what.
const AidFigures = "figures"

// aidTable is people by what they asked for, row by row, and how urgent it was. What would show or tell a group below the least size is -1.
type aidTable struct {
	Rows    []string  `json:"rows"`
	Columns []string  `json:"columns"`
	Cells   [][]int64 `json:"cells"`
	RowSums []int64   `json:"row_sums"`
	Sums    []int64   `json:"column_sums"`
	Total   int64     `json:"total"`
	Least   int64     `json:"least"`
}

// aidFigures shows the figures to everybody with standing.
func (g *Gateway) aidFigures(w http.ResponseWriter, r *http.Request) {
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
	var out aidTable
	if err := g.look(r.Context(), community, "aid-case", AidFigures, position, struct{}{}, &out); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}
