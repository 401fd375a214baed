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
	"renlin.dev/services/aid/internal/beneficiary"
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
	Member  string   `json:"member"`            // who asks
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
	Why      string        `json:"why"` // ours, to_us, nobodys, appeal, call_back or above: why it is on this board
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

	// Repeats are the orders of one's own organisation's case that are carried out again and again.
	Repeats []Recurring `json:"repeats,omitempty"`
	// Call is what it takes to call back, for who may.
	Call *Call `json:"call,omitempty"`
}

// Recurring is an order that is carried out in rounds, at whose next time somebody is expected.
type Recurring struct {
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

// Call says under which pseudonym the person stands, and which sealed words tell how to reach them: those stand open to any officer without
// a hand in the case once something was brought. Contact is missing where nobody has written it down.
type Call struct {
	Beneficiary string            `json:"beneficiary"`
	Contact     *beneficiary.Text `json:"contact,omitempty"`
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
		why := c.board(&q, above)
		row := c.row(id, why)
		switch why {
		case "":
			continue
		case "ours":
			row.Repeats = c.repeats(s)
		case "call_back":
			b := decider.Peek[beneficiary.Beneficiary](s, beneficiary.Path(c.Beneficiary))
			if b == nil || b.Speaks(q.Member) {
				continue
			}
			row.Call = callTo(c, b)
		}
		out.Cases = append(out.Cases, row)
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
	case c.awaitsCall(q):
		return "call_back"
	case len(c.Missed) > 0 && above != "" && above == q.Officer:
		return "above"
	}
	return ""
}

// awaitsCall tells whether something was brought that nobody has spoken of yet, and whoever asks is an officer without a hand in it.
func (c *Case) awaitsCall(q *BoardQuestion) bool {
	return q.Officer != "" && c.State == Visited && !c.Confirmed && c.By != q.Member && !slices.Contains(c.Hands, q.Member) &&
		!slices.ContainsFunc(q.Orgs, c.hand)
}

func callTo(c *Case, b *beneficiary.Beneficiary) *Call {
	out := &Call{Beneficiary: c.Beneficiary}
	for _, f := range b.Files {
		if f.Field == aidv1.Field_FIELD_CONTACT {
			out.Contact = &f.Text
		}
	}
	return out
}

// repeats gives what is carried out again and again, that first at which somebody is expected first.
func (c *Case) repeats(s *decider.State) (out []Recurring) {
	for _, w := range c.Works {
		r := decider.Peek[Rounds](s, roundsPath(w.Order))
		if r == nil || r.Next == 0 {
			continue
		}
		out = append(out, Recurring{
			Order: w.Order, Next: r.Next, EverySeconds: r.EverySeconds, Quantity: r.Quantity, Left: r.Left, Kept: r.Kept, Missed: r.Missed,
			InRow: r.InRow, PausedUntil: r.PausedUntil,
		})
	}
	slices.SortFunc(out, func(a, b Recurring) int {
		return cmp.Or(cmp.Compare(a.Next, b.Next), strings.Compare(a.Order, b.Order))
	})
	return out
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
