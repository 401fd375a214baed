package gateway

import (
	"net/http"
	"strconv"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// mayReadJudged admits the one who worked and the one who confirmed it to the finding about that work, and whoever helps one of them.
func (g *Gateway) mayReadJudged(r *http.Request, community, path string) bool {
	who, err := g.sessions.of(r, community)
	if err != nil || who.member == "" || chain.CheckAggregate(path) != nil ||
		g.requireRole(r, community, communityv1.Role_ROLE_MEMBER) != nil {
		return false
	}
	var x struct {
		Worker       string `json:"worker"`
		Counterparty string `json:"counterparty"`
	}
	if g.state(r.Context(), community, path, 0, &x) != nil {
		return false
	}
	acts := []communityv1.Act{communityv1.Act_ACT_CREDITS}
	for _, one := range []string{x.Worker, x.Counterparty} {
		if who.member == one || g.mandated(r.Context(), who, one, acts) {
			return true
		}
	}
	return false
}

// The questions to the ledger.
const (
	LedgerBooks = "books" // what everybody is told
	LedgerOwn   = "own"   // what the books say of a member
)

// ownEntriesShown is how many entries a page holds.
const ownEntriesShown = 100

type (
	// openBooks are what everybody is told of money, credits and what the community owns; see services/ledger.
	openBooks struct {
		Sources   []openAccount `json:"sources"`
		Funds     []openAccount `json:"funds"`
		Envelopes []openAccount `json:"envelopes"`
		People    aidTable      `json:"people"`
		Credits   struct {
			Made    int64 `json:"made"`
			Pool    int64 `json:"pool"`
			Members int64 `json:"members"`
			Holders int64 `json:"holders"`
		} `json:"credits"`
		Assets    openHoldings `json:"assets"`
		Resources openHoldings `json:"resources"`
	}
	openAccount struct {
		Account    string `json:"account"`
		Name       string `json:"name"`
		Position   uint64 `json:"position"`
		Balance    int64  `json:"balance"`
		Held       int64  `json:"held"`
		In         int64  `json:"in"`
		Out        int64  `json:"out"`
		Fund       string `json:"fund,omitempty"`
		From       int64  `json:"from,omitempty"`
		Until      int64  `json:"until,omitempty"`
		Dividend   bool   `json:"dividend,omitempty"`
		Suspended  bool   `json:"suspended,omitempty"`
		Paid       int64  `json:"paid"`
		PaidOrgs   int64  `json:"paid_orgs"`
		PaidPeople int64  `json:"paid_people"`
	}
	openHoldings struct {
		Registered int64 `json:"registered"`
		Disposed   int64 `json:"disposed"`
		Broken     int64 `json:"broken"`
		Leased     int64 `json:"leased"`
		IncomeFen  int64 `json:"income_fen"`
	}
	// ownEntry is one thing that the books say of somebody. Index is that of its commit: log/{community}/proof/{index} proves that it is on
	// the record.
	ownEntry struct {
		Index    uint64 `json:"index"`
		At       int64  `json:"at"`
		Account  string `json:"account,omitempty"` // empty where something was paid to somebody else for them
		Currency string `json:"currency"`
		Cause    string `json:"cause"`
		Amount   int64  `json:"amount"`
	}
	// ownEntryList is a part of them, the newest first; the rest comes after Next, if that is not empty.
	ownEntryList struct {
		Entries []ownEntry `json:"entries"`
		Next    string     `json:"next,omitempty"`
	}
)

// books shows the open books to everybody, with no session.
func (g *Gateway) books(w http.ResponseWriter, r *http.Request) {
	position, err := number(r, "min_index")
	if err != nil {
		op.WriteFault(w, r, fault.ErrMalformed.Because(err))
		return
	}
	var out openBooks
	if err := g.look(r.Context(), r.PathValue("community"), "account", LedgerBooks, position, struct{}{}, &out); err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePublic, "", out)
}

// ownEntries lists what the books say of a member, or of a person in need for whom they speak.
func (g *Gateway) ownEntries(w http.ResponseWriter, r *http.Request) {
	out, err := g.entriesOf(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}

func (g *Gateway) entriesOf(r *http.Request) (*ownEntryList, error) {
	who, position, after, err := g.ownList(r)
	if err != nil {
		return nil, err
	}
	owner, below := who.member, uint64(0)
	if b := r.URL.Query().Get("beneficiary"); b != "" {
		if !g.speaksFor(r.Context(), who, b) {
			return nil, standing.ErrRole
		}
		owner = b
	}
	if after != "" {
		if below, err = strconv.ParseUint(after, 10, 63); err != nil {
			return nil, ErrCursor
		}
	}
	var entries []struct {
		Position uint64 `json:"position"`
		ownEntry
	}
	err = g.look(r.Context(), who.community, "account", LedgerOwn, position, struct {
		Owner string `json:"owner"`
		Below uint64 `json:"below,omitempty"`
		Limit int    `json:"limit"`
	}{owner, below, ownEntriesShown + 1}, &entries) // one more tells whether there is more
	if err != nil {
		return nil, err
	}
	out := &ownEntryList{Entries: []ownEntry{}}
	for i, e := range entries {
		if i >= ownEntriesShown && e.Position != entries[i-1].Position { // those of one commit stay together
			out.Next = g.cursors.seal(listOf(r), strconv.FormatUint(entries[i-1].Position, 10))
			break
		}
		e.Index = e.Position - 1
		out.Entries = append(out.Entries, e.ownEntry)
	}
	return out, nil
}

// ledgerRows are what is told of the books.
func (g *Gateway) ledgerRows() []row {
	beneficiary := openapi.Param{
		Name: "beneficiary", In: "query", Pattern: opaqueID.String(),
		Words: openapi.Words{English: "A person in need for whom one speaks, instead of oneself.", Chinese: "所代理的求助者；不填则为本人。"},
	}
	return []row{
		route("GET "+belowHere+"/books", g.books, openapi.Route{
			Name: "gateway.books", Access: openapi.Anyone, Params: []openapi.Param{minIndex, heldTag},
			Words: openapi.Words{
				English: "The open books: every source, fund and budget with its sums, how many people were paid, credits, and what the community " +
					"owns. What would show or tell a small group of people is held back and stands as -1.",
				Chinese: "公开账目：各来源、资金、预算及其合计，受款人数，积分，以及资产资源。凡可能显示或推算出小群体的数字均不公布，以 -1 表示。",
			},
			Answers: fresh(jsonMedia, openBooks{}),
			Faults:  readingFaults(),
		}),
		route("GET "+belowHere+"/own-entries", g.ownEntries, openapi.Route{
			Name: "gateway.own_entries", Access: openapi.Members, Params: []openapi.Param{beneficiary, minIndex, afterRecord, heldTag},
			Words: openapi.Words{
				English: "What the books say of you: what came to your accounts and what left them, and what was paid to others for you. The log " +
					"proves each by its index.",
				Chinese: "账目中与您有关的记录：您账户的收支，以及为您支付给他人的款项。每条均可凭其序号由日志证明。",
			},
			Answers: fresh(jsonMedia, ownEntryList{}),
			Faults:  append(readingFaults(), ErrCursor),
		}),
	}
}
