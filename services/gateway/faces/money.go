package faces

import (
	"encoding/json"
	"math/bits"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/figures"
)

// books are the open books as the edge tells them to everybody. What would show or tell a small group of people is held back
// (figures.Held).
type books struct {
	Sources   []account `json:"sources"`
	Funds     []account `json:"funds"`
	Envelopes []account `json:"envelopes"`
	People    struct {
		Rows    []string `json:"rows"`
		RowSums []int64  `json:"row_sums"`
		Total   int64    `json:"total"`
		Least   int64    `json:"least"`
	} `json:"people"`
	Credits struct {
		Made    int64 `json:"made"`
		Pool    int64 `json:"pool"`
		Members int64 `json:"members"`
		Holders int64 `json:"holders"`
	} `json:"credits"`
	// Most is the largest amount that a bar of the page stands for.
	Most int64 `json:"-"`
}

// account is a source, a fund or a budget; amounts are fen.
type account struct {
	Account    string `json:"account"`
	Name       string `json:"name"`
	Position   uint64 `json:"position"`
	Balance    int64  `json:"balance"`
	Held       int64  `json:"held"`
	In         int64  `json:"in"`
	Out        int64  `json:"out"`
	Fund       string `json:"fund"`
	Until      int64  `json:"until"`
	Dividend   bool   `json:"dividend"`
	Suspended  bool   `json:"suspended"`
	Paid       int64  `json:"paid"`
	PaidOrgs   int64  `json:"paid_orgs"`
	PaidPeople int64  `json:"paid_people"`
	// FundName and People are filled in here: what the budget is part of, and how many people were paid out of it.
	FundName string `json:"-"`
	People   int64  `json:"-"`
}

// money shows the open books.
func (s *Site) money(v *visit) (any, error) {
	raw, err := v.source.Books(v.ctx, v.community.ID)
	if err != nil {
		return nil, err
	}
	var out books
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fault.ErrInternal.Because(err)
	}
	out.complete()
	return &out, nil
}

// complete fills in what the tables name of each other.
func (b *books) complete() {
	names, people := map[string]string{}, map[string]int64{}
	for _, f := range b.Funds {
		names[f.Account] = f.Name
	}
	for i, row := range b.People.Rows {
		if i < len(b.People.RowSums) {
			people[row] = b.People.RowSums[i]
		}
	}
	for _, list := range [][]account{b.Sources, b.Funds, b.Envelopes} {
		for i := range list {
			a := &list[i]
			a.FundName, a.People = names[a.Fund], people[a.Account]
			b.Most = max(b.Most, a.In, a.Out, a.Balance)
		}
	}
}

// held tells whether a number is held back.
func held(n int64) bool { return n == figures.Held }

// barUnits is how long the longest bar is drawn.
const barUnits = 1000

// bar is the length of a bar for a part of the most, of barUnits; what there is of anything is seen. Nothing is drawn of less than nothing.
func bar(n, most int64) int64 {
	switch {
	case n <= 0 || most <= 0:
		return 0
	case n >= most:
		return barUnits
	}
	hi, lo := bits.Mul64(uint64(n), barUnits)
	part, _ := bits.Div64(hi, lo, uint64(most)) // less than the most times as much, so that it fits
	return max(4, int64(part))
}

// drawn is a bar: what it tells, and how long it is.
type drawn struct {
	Kind   string
	Length int64
}

func share(kind string, n, most int64) drawn { return drawn{kind, bar(n, most)} }

// indexOf is that of the commit by which a record had come so far: whoever asks the log for it is shown that it is on the record.
func indexOf(position uint64) uint64 { return max(position, 1) - 1 }
