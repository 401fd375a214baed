package gateway

import (
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// The questions of a member about what is theirs.
const (
	LedgerWorks = "works"   // to the ledger: reported work
	OwnFiles    = "files"   // to aid: the files for which they speak
	OwnOrders   = "carried" // to aid: what they bring
)

type (
	// ownWorks is reported work that concerns a member: what waits for their word, that which ends first before, and what they reported
	// themselves, the newest first.
	ownWorks struct {
		Asked []ownWork `json:"asked"`
		Told  []ownWork `json:"told"`
	}
	ownWork struct {
		Work         string    `json:"work"`
		Worker       string    `json:"worker"`
		Counterparty string    `json:"counterparty"`
		Minutes      int64     `json:"minutes"`
		What         workWords `json:"what"`
		State        string    `json:"state"`
		ReportedAt   int64     `json:"reported_at"`
		ConfirmBy    int64     `json:"confirm_by"`
		EndedAt      int64     `json:"ended_at,omitempty"`
		Minted       int64     `json:"minted"`
		Bound        string    `json:"bound,omitempty"`
		Hand         string    `json:"hand"`
	}
	workWords struct {
		Ref         string `json:"ref"`
		LengthBytes uint32 `json:"length_bytes"`
		Commitment  string `json:"commitment"`
	}
	// ownFile is a file of somebody in need for whom a member speaks.
	ownFile struct {
		Beneficiary string `json:"beneficiary"`
		As          string `json:"as"`
	}
	ownFileList struct {
		Files []ownFile `json:"files"`
	}
	// ownOrder is what a member brings to somebody in need, or is asked to.
	ownOrder struct {
		Order       string `json:"order"`
		Case        string `json:"case"`
		Beneficiary string `json:"beneficiary"`
		Category    string `json:"category"`
		Unit        string `json:"unit"`
		Quantity    int64  `json:"quantity"`
		Delivered   int64  `json:"delivered"`
		Due         int64  `json:"due"`
		Accepted    bool   `json:"accepted"`
	}
	ownOrderList struct {
		Orders []ownOrder `json:"orders"`
	}
)

// ownQuestion asks what is a member's.
type ownQuestion struct {
	Member string `json:"member"`
	Now    int64  `json:"now"`
}

// principalParam names for whom a helper asks.
var principalParam = openapi.Param{Name: "principal", In: "query", Pattern: opaqueID.String(), Words: openapi.Words{
	English: "A member whom one helps under a mandate that covers this, instead of oneself.", Chinese: "依有效委托为其代办的成员；不填则为本人。",
}}

// ownOrHelped gives whose list is asked for: the session's member's own, or that of a member whom they help now under a mandate that covers
// an act.
func (g *Gateway) ownOrHelped(r *http.Request, act communityv1.Act) (string, error) {
	who, err := g.own(r)
	if err != nil {
		return "", err
	}
	principal := r.URL.Query().Get("principal")
	switch {
	case principal == "" || principal == who.member:
		return who.member, nil
	case !g.mandated(r.Context(), who, principal, []communityv1.Act{act}):
		return "", standing.ErrRole
	}
	return principal, nil
}

// ownLook asks a service what is a member's, unless it was refused already; into is a part of what is shown.
func (g *Gateway) ownLook(w http.ResponseWriter, r *http.Request, err error, kind, name string, q ownQuestion, into, shown any) {
	var position uint64
	if err == nil {
		if position, err = number(r, "min_index"); err != nil {
			err = fault.ErrMalformed.Because(err)
		}
	}
	if err == nil {
		err = g.look(r.Context(), r.PathValue("community"), kind, name, position, q, into)
	}
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", shown)
}

func (g *Gateway) ownWorks(w http.ResponseWriter, r *http.Request) {
	member, err := g.ownOrHelped(r, communityv1.Act_ACT_CREDITS)
	var out ownWorks
	g.ownLook(w, r, err, "work", LedgerWorks, ownQuestion{Member: member, Now: g.cfg.Now().UnixMilli()}, &out, &out)
}

func (g *Gateway) ownFiles(w http.ResponseWriter, r *http.Request) {
	member, err := g.ownOrHelped(r, communityv1.Act_ACT_AID)
	var out ownFileList
	g.ownLook(w, r, err, "beneficiary", OwnFiles, ownQuestion{Member: member}, &out.Files, &out)
}

func (g *Gateway) ownOrders(w http.ResponseWriter, r *http.Request) {
	who, err := g.own(r)
	var out ownOrderList
	g.ownLook(w, r, err, "work-order", OwnOrders, ownQuestion{Member: who.member}, &out.Orders, &out)
}

// ownRows are the lists of what is a member's own, whoever put it on the record.
func (g *Gateway) ownRows() []row {
	own, helped := []openapi.Param{minIndex, heldTag}, []openapi.Param{principalParam, minIndex, heldTag}
	return []row{
		route("GET "+belowHere+"/own-works", g.ownWorks, openapi.Route{
			Name: "gateway.own_works", Access: openapi.Members, Params: helped,
			Words: openapi.Words{
				English: "Reported work that concerns you: what waits for your word that it was done, and what you have reported.",
				Chinese: "与您有关的服务申报：等待您确认的，以及您本人申报的。",
			},
			Answers: fresh(jsonMedia, ownWorks{}), Faults: readingFaults(),
		}),
		route("GET "+belowHere+"/own-aid-files", g.ownFiles, openapi.Route{
			Name: "gateway.own_aid_files", Access: openapi.Members, Params: helped,
			Words: openapi.Words{
				English: "The files of people in need for whom you speak: your own, by whomever it was opened, and those whose proxy you are.",
				Chinese: "您可为其表态的帮扶档案：您本人的（不论由谁建立），以及您作为代理人的。",
			},
			Answers: fresh(jsonMedia, ownFileList{}), Faults: readingFaults(),
		}),
		route("GET "+belowHere+"/own-work-orders", g.ownOrders, openapi.Route{
			Name: "gateway.own_work_orders", Access: openapi.Members, Params: own,
			Words: openapi.Words{
				English: "What you bring to people in need, or are asked to, that which is due first before.",
				Chinese: "由您配送或邀请您配送的帮扶工单，先到期的在前。",
			},
			Answers: fresh(jsonMedia, ownOrderList{}), Faults: readingFaults(),
		}),
	}
}
