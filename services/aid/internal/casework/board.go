package casework

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Running is which cases somebody may have to do something about, folded for the board. No rule reads it; a case in it is looked at anew
// when the board is shown, so that one too many does no harm.
type Running struct {
	Cases map[string]bool `json:"cases"`
}

// RunningPart registers the fold.
func RunningPart() decider.Part {
	return decider.Derived(func() *Running { return &Running{Cases: map[string]bool{}} }, (*Running).fold)
}

func (r *Running) fold(e decider.Event) {
	id, ok := strings.CutPrefix(e.Aggregate, "aid-case/")
	if !ok {
		return
	}
	switch e.Body.(type) {
	case *aidv1.CaseClosed, *aidv1.AidRefused, *aidv1.AidWithdrawn:
		delete(r.Cases, id)
	case *aidv1.AidRequested, *aidv1.CaseReopened, *aidv1.CaseAppealed:
		r.Cases[id] = true
	}
}

// BoardQuestion asks what organisations have to do: those for which somebody is a grid worker or an officer.
type BoardQuestion struct {
	Orgs    []string `json:"orgs"`
	Officer string   `json:"officer,omitempty"` // the one for which they are an officer
	Limit   int      `json:"limit"`
}

// Board is what runs, that comes first whose next time is nearest. More is how many there are beside those that are shown.
type Board struct {
	Cases []Row `json:"cases"`
	More  int64 `json:"more"`
}

// Row is a case as a board shows it: what was asked for and by when, and nothing of whose it is. Times are milliseconds since the Unix
// epoch.
type Row struct {
	Case     string        `json:"case"`
	Why      string        `json:"why"` // ours, to_us, nobodys, appeal or above: why it is on this board
	State    State         `json:"state"`
	Category string        `json:"category"`
	Unit     string        `json:"unit"`
	Urgency  aidv1.Urgency `json:"urgency"`
	Org      string        `json:"org,omitempty"`
	Worker   string        `json:"worker,omitempty"`

	Asked        int64 `json:"asked"`
	Approved     int64 `json:"approved"`
	Delivered    int64 `json:"delivered"`
	Acknowledged int64 `json:"acknowledged"`

	RequestedAt int64 `json:"requested_at"`
	// Clock is the time that runs out next and Due when; 0 where none runs.
	Clock  aidv1.ServiceClock `json:"clock"`
	Due    int64              `json:"due"`
	Missed []Missed           `json:"missed,omitempty"`
}

// AnswerBoard gives the board of organisations.
func AnswerBoard(s *decider.State, question []byte) ([]byte, error) {
	var q BoardQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	above := peekAbove(s)
	out := Board{Cases: []Row{}}
	for id := range decider.PeekDerived[Running](s).Cases { // any order: what is shown is sorted below
		c := decider.Peek[Case](s, Path(id))
		if c == nil {
			continue
		}
		if why := c.board(&q, above); why != "" {
			out.Cases = append(out.Cases, c.row(id, why))
		}
	}
	slices.SortFunc(out.Cases, func(a, b Row) int {
		return cmp.Or(cmp.Compare(soon(a), soon(b)), strings.Compare(a.Case, b.Case))
	})
	if len(out.Cases) > q.Limit {
		out.More = int64(len(out.Cases) - q.Limit)
		out.Cases = out.Cases[:q.Limit]
	}
	return json.Marshal(out)
}

// soon puts what has no time after all that has.
func soon(r Row) int64 {
	if r.Due == 0 {
		return math.MaxInt64
	}
	return r.Due
}

// board says why a case is on the board of organisations; empty where it is not.
func (c *Case) board(q *BoardQuestion, above string) string {
	switch {
	case c.AppealedAt != 0 && q.Officer != "":
		return "appeal"
	case c.Ended():
		return ""
	case c.ReferredTo != "" && slices.Contains(q.Orgs, c.ReferredTo):
		return "to_us"
	case slices.Contains(q.Orgs, c.Org):
		return "ours"
	case c.Org == "":
		return "nobodys"
	case len(c.Missed) > 0 && above != "" && above == q.Officer:
		return "above"
	}
	return ""
}

func (c *Case) row(id, why string) Row {
	r := Row{
		Case: id, Why: why, State: c.State, Category: c.Category, Unit: c.Unit, Urgency: c.Urgency, Org: c.Org, Worker: c.Worker,
		Asked: c.Asked, Approved: c.Approved, Delivered: c.Delivered, Acknowledged: c.Acknowledged, RequestedAt: c.RequestedAt,
		Missed: c.Missed,
	}
	for _, x := range []struct {
		clock    aidv1.ServiceClock
		deadline int64
	}{{answerClock, c.AnswerBy}, {resolveClock, c.ResolveBy}, {confirmClock, c.ConfirmBy}, {appealClock, c.DecideBy}} {
		missed := slices.Contains(c.Missed, Missed{Clock: x.clock, Deadline: x.deadline})
		if x.deadline > 0 && !missed && c.runs(x.clock, x.deadline) && (r.Due == 0 || x.deadline < r.Due) {
			r.Clock, r.Due = x.clock, x.deadline
		}
	}
	return r
}

// peekAbove gives what Above gives, for what is shown.
func peekAbove(s *decider.State) string {
	for _, id := range s.Members("org") {
		if org := decider.Peek[standing.Org](s, "org/"+id); org != nil && org.Kind == communityv1.OrgKind_ORG_KIND_GOVERNMENT {
			return id
		}
	}
	return ""
}
