package gateway

import (
	"net/http"
	"slices"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/op/openapi"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// AidBoard names the question to the aid service what organisations have to do about cases, and by when.
const AidBoard = "board"

// aidBoardShown is how many cases a board shows.
const aidBoardShown = 200

type (
	// aidBoard is what runs, that first whose next time is nearest; More is how many there are beside these.
	aidBoard struct {
		Cases []aidBoardRow `json:"cases"`
		More  int64         `json:"more"`
	}
	// aidBoardRow is a case without whose it is. Clock is the time that runs out next: 1 answer, 2 resolve, 3 confirm, 4 appeal; 0 where
	// none runs.
	aidBoardRow struct {
		Case         string           `json:"case"`
		Why          string           `json:"why"` // ours, to_us, nobodys, appeal, call_back or above
		State        string           `json:"state"`
		Category     string           `json:"category"`
		Unit         string           `json:"unit"`
		Urgency      int32            `json:"urgency"`
		Org          string           `json:"org,omitempty"`
		Worker       string           `json:"worker,omitempty"`
		Asked        int64            `json:"asked"`
		Approved     int64            `json:"approved"`
		Delivered    int64            `json:"delivered"`
		Acknowledged int64            `json:"acknowledged"`
		RequestedAt  int64            `json:"requested_at"`
		Clock        int32            `json:"clock"`
		Due          int64            `json:"due"`
		Missed       []aidBoardMissed `json:"missed,omitempty"`
		Repeats      []aidBoardRepeat `json:"repeats,omitempty"` // of one's own organisation's cases
		Call         *aidBoardCall    `json:"call,omitempty"`    // where why is call_back
	}
	// aidBoardRepeat is an order that is carried out again and again.
	aidBoardRepeat struct {
		Order        string `json:"order"`
		Next         int64  `json:"next"`
		EverySeconds uint32 `json:"every_seconds"`
		Quantity     int64  `json:"quantity"`
		Left         uint32 `json:"left"`
		Kept         uint32 `json:"kept"`
		Missed       uint32 `json:"missed"`
		InRow        uint32 `json:"in_row,omitempty"`
		PausedUntil  int64  `json:"paused_until,omitempty"`
	}
	// aidBoardCall is what it takes to call back: the pseudonym, and the sealed words by which the person is reached.
	aidBoardCall struct {
		Beneficiary string           `json:"beneficiary"`
		Contact     *aidBoardContact `json:"contact,omitempty"`
	}
	aidBoardContact struct {
		Ref         string `json:"ref"`
		LengthBytes uint32 `json:"length_bytes"`
		Commitment  string `json:"commitment"` // hex
	}
	aidBoardMissed struct {
		Clock    int32 `json:"clock"`
		Deadline int64 `json:"deadline"`
	}
)

// aidBoard shows a grid worker or officer what their organisations have to do. A case of which nobody has taken care yet is on everybody's:
// otherwise nobody could take it on. Whoever operates the system sees none.
func (g *Gateway) aidBoard(w http.ResponseWriter, r *http.Request) {
	out, err := g.boardOf(r)
	if err != nil {
		op.WriteFault(w, r, err)
		return
	}
	writeFreshJSON(w, r, cachePrivate, "", out)
}

func (g *Gateway) boardOf(r *http.Request) (*aidBoard, error) {
	community := r.PathValue("community")
	if err := g.requireWatcher(r, community); err != nil {
		return nil, err
	}
	who, err := g.sessions.of(r, community)
	if err != nil {
		return nil, err
	}
	position, err := number(r, "min_index")
	if err != nil {
		return nil, fault.ErrMalformed.Because(err)
	}
	m, err := g.activeMember(r.Context(), community, who.member, 0)
	if err != nil {
		return nil, err
	}
	officer := m.Roles[communityv1.Role_ROLE_OFFICER]
	orgs := []string{officer, m.Roles[communityv1.Role_ROLE_GRID_WORKER]}
	out := &aidBoard{}
	return out, g.look(r.Context(), community, "aid-case", AidBoard, position, struct {
		Orgs    []string `json:"orgs"`
		Officer string   `json:"officer,omitempty"`
		Member  string   `json:"member"`
		Limit   int      `json:"limit"`
	}{slices.DeleteFunc(orgs, func(id string) bool { return id == "" }), officer, who.member, aidBoardShown}, out)
}

// aidBoardRoute is the route of the board.
func (g *Gateway) aidBoardRoute() row {
	return route("GET "+belowHere+"/aid-board", g.aidBoard, openapi.Route{
		Name: "gateway.aid_board", Access: openapi.Officers, Params: []openapi.Param{minIndex, heldTag},
		Words: openapi.Words{
			English: "What your organisations have to do about cases of help, the nearest time first; for grid workers and officers. It shows " +
				"what was asked for and by when, and not whose a case is: the case itself says that to whom it names. To officers without a hand in " +
				"it it shows what was brought and waits for a call-back, with the sealed words by which the person is reached.",
			Chinese: "您所在组织需处理的帮扶个案，按最近的时限排列；供网格员和负责人使用。只显示求助内容与时限，不显示是谁的个案；个案本身只向其中写明的人显示。已送达而等待回访的个案显示给未参与其中的组织的负责人，并附本人联系方式的密封编号。",
		},
		Answers: fresh(jsonMedia, aidBoard{}),
		Faults:  readingFaults(),
	})
}
