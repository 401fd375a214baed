package ledger

import (
	"encoding/json"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/figures"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/credit"
	"renlin.dev/services/ledger/internal/disclosure"
	"renlin.dev/services/ledger/internal/holding"
)

// groupMinDefault is the least group that is told of where the rulebook names none; it is the one that help is told by.
const groupMinDefault = 5

// OpenBooks are what everybody is told of the community's money, credits and holdings. Amounts are fen, or minutes of work. What would show
// or tell a small group of people is held back and stands as -1.
type OpenBooks struct {
	Sources   []OpenAccount `json:"sources"`
	Funds     []OpenAccount `json:"funds"`
	Envelopes []OpenAccount `json:"envelopes"`
	// People are those who were paid, by envelope that paid any, the newest peopleRowsMax of them, and by whether the record names them, with
	// their sums. Older envelopes stand together in the first row.
	People  figures.Table `json:"people"`
	Credits OpenCredits   `json:"credits"`
	Assets  OpenHoldings  `json:"assets"`
	// Resources are what is let.
	Resources OpenHoldings `json:"resources"`
}

// OpenAccount is a source, a fund or an envelope. All but the last two is always told.
type OpenAccount struct {
	Account   string `json:"account"`
	Name      string `json:"name"`
	Position  uint64 `json:"position"` // of the last commit that changed it, whose index is one less
	Balance   int64  `json:"balance"`
	Held      int64  `json:"held"`
	In        int64  `json:"in"`
	Out       int64  `json:"out"`
	Fund      string `json:"fund,omitempty"`
	From      int64  `json:"from,omitempty"`
	Until     int64  `json:"until,omitempty"`
	Dividend  bool   `json:"dividend,omitempty"`
	Suspended bool   `json:"suspended,omitempty"`
	// Paid is what went to whom it was for, without what was taken back, and of it what went to organisations and to people.
	Paid       int64 `json:"paid"`
	PaidOrgs   int64 `json:"paid_orgs"`
	PaidPeople int64 `json:"paid_people"`
}

// OpenCredits are the credits of all together.
type OpenCredits struct {
	Made    int64 `json:"made"` // without what was taken back
	Pool    int64 `json:"pool"`
	Members int64 `json:"members"` // what members have
	Holders int64 `json:"holders"` // how many of them
}

// OpenHoldings are assets, or resources; each by itself is a record that everybody may read.
type OpenHoldings struct {
	Registered int64 `json:"registered"`
	Disposed   int64 `json:"disposed"`
	Broken     int64 `json:"broken"`
	Leased     int64 `json:"leased"` // whose last lease has not been told to be over
	IncomeFen  int64 `json:"income_fen"`
}

// Columns of the people who were paid.
const (
	peopleNamed   = "named"
	peopleUnnamed = "unnamed"
)

// What is worked out for anybody who asks has a bound: the rows by envelope, and what the row of all older ones is called, which is no
// account's id.
const (
	peopleRowsMax = 100
	peopleEarlier = "earlier"
)

// AnswerBooks gives the open books, as JSON; there is nothing to ask.
func AnswerBooks(s *decider.State, _ []byte) ([]byte, error) {
	b := decider.PeekDerived[disclosure.Books](s)
	out := OpenBooks{Sources: []OpenAccount{}, Funds: []OpenAccount{}, Envelopes: []OpenAccount{}}
	for _, id := range b.Named {
		a := decider.Peek[book.Account](s, book.Path(id))
		if a == nil || a.Currency != book.Fen {
			continue
		}
		told := OpenAccount{
			Account: id, Name: a.Name, Position: b.Changed[id], Balance: a.Balance, Held: a.Held, In: a.In, Out: a.Out, Fund: a.Fund,
			From: a.From, Until: a.Until, Dividend: a.Dividend, Suspended: len(a.Suspending) > 0,
		}
		switch a.Kind {
		case book.Source:
			out.Sources = append(out.Sources, told)
		case book.Fund:
			out.Funds = append(out.Funds, told)
		case book.Envelope:
			out.Envelopes = append(out.Envelopes, told)
		}
	}
	least := groupMin(s)
	out.people(s, b, least)
	out.credits(s, b, least)
	out.holdings(s)
	return json.Marshal(out)
}

// groupMin is the least group of people that is told of.
func groupMin(s *decider.State) int64 {
	if r := decider.Peek[standing.Rulebook](s, standing.RulebookPath); r != nil && r.Book.GetAid().GetGroupMin() > 0 {
		return int64(r.Book.GetAid().GetGroupMin())
	}
	return groupMinDefault
}

// people tells how many were paid out of which envelope, and how much went to them and to organisations.
func (out *OpenBooks) people(s *decider.State, b *disclosure.Books, least int64) {
	rows, counts := []string{}, [][]int64{}
	for i := range out.Envelopes {
		e, named, unnamed := &out.Envelopes[i], int64(0), int64(0)
		for who, sum := range b.Paid[e.Account] { // any order: sums
			e.Paid += sum
			switch {
			case s.Version("org/"+who) > 0:
				e.PaidOrgs += sum
			case s.Version("member/"+who) > 0:
				e.PaidPeople, named = e.PaidPeople+sum, named+1
			default:
				e.PaidPeople, unnamed = e.PaidPeople+sum, unnamed+1
			}
		}
		n := named + unnamed
		if n > 0 {
			rows, counts = append(rows, e.Account), append(counts, []int64{named, unnamed})
		}
		if n > 0 && n < least {
			e.PaidOrgs, e.PaidPeople = figures.Held, figures.Held
		}
	}
	if older := len(rows) - peopleRowsMax; older > 0 {
		earlier := []int64{0, 0}
		for _, row := range counts[:older] {
			earlier[0], earlier[1] = earlier[0]+row[0], earlier[1]+row[1]
		}
		rows, counts = slices.Insert(rows[older:], 0, peopleEarlier), slices.Insert(counts[older:], 0, earlier)
	}
	out.People = figures.Protect(rows, []string{peopleNamed, peopleUnnamed}, counts, least)
}

// credits tells what there is of them. What members have is what was made without what the pool and organisations have, so that all of it
// is held back where few have any.
func (out *OpenBooks) credits(s *decider.State, b *disclosure.Books, least int64) {
	if mint := decider.Peek[book.Account](s, book.Path(credit.MintID)); mint != nil {
		out.Credits.Made = -mint.Balance
	}
	if pool := decider.Peek[book.Account](s, book.Path(credit.PoolID)); pool != nil {
		out.Credits.Pool = pool.Balance
	}
	out.Credits.Members, out.Credits.Holders = b.Members, b.Holders
	if b.Holders > 0 && b.Holders < least {
		out.Credits.Pool, out.Credits.Members, out.Credits.Holders = figures.Held, figures.Held, figures.Held
	}
}

// holdings counts what the community owns besides.
func (out *OpenBooks) holdings(s *decider.State) {
	for _, id := range s.Members("holding") {
		h := decider.Peek[holding.Holding](s, holding.Path(id))
		if h == nil {
			continue
		}
		sum := &out.Assets
		if h.Kind == "resource" {
			sum = &out.Resources
		}
		sum.Registered++
		sum.IncomeFen += h.IncomeFen
		switch {
		case h.DisposedAt > 0:
			sum.Disposed++
		case h.Condition == "broken":
			sum.Broken++
		}
		if h.LeasedUntil > 0 && h.DisposedAt == 0 {
			sum.Leased++
		}
	}
}

// OwnQuestion asks for what the books say of somebody, the newest first: below a position, or all where that is 0.
type OwnQuestion struct {
	Owner string `json:"owner"`
	Below uint64 `json:"below,omitempty"`
	Limit int    `json:"limit"`
}

// ownMax is how many entries one answer lists.
const ownMax = 200

// AnswerOwn answers an OwnQuestion with a list of entries. Each names the position of its commit, for which the log proves that it is on
// the record.
func AnswerOwn(s *decider.State, question []byte) ([]byte, error) {
	var q OwnQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	out := []disclosure.Entry{}
	for _, e := range slices.Backward(decider.PeekDerived[disclosure.Books](s).Own[q.Owner]) {
		if q.Below != 0 && e.Position >= q.Below {
			continue
		}
		if len(out) >= min(max(1, q.Limit), ownMax) {
			break
		}
		out = append(out, e)
	}
	return json.Marshal(out)
}
