package book_test

import (
	"errors"
	"math"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
)

// desk is a record with nothing but accounts, and nobody at the door. Whatever a test wants to enter, it enters by do.
type desk struct {
	*decidertest.World
	do func(e *book.Entries) error
}

const start = decidertest.Start

func newDesk(t *testing.T) *desk {
	d := &desk{}
	enter := func(v *decider.View, _ *decider.Command, _ *ledgerv1.OfferTerms) ([]decider.Change, error) {
		e := book.NewEntries(v)
		if err := d.do(e); err != nil {
			return nil, err
		}
		return e.Changes(), nil
	}
	d.World = decidertest.New(t, decider.NewModel("ledger", []uint32{1}, standing.Kinds(false), book.Kinds,
		decider.Op(decider.Operation{Name: "ledger.enter"}, enter), decider.Op(decider.Operation{Name: "ledger.open"}, book.Open),
		decider.Op(decider.Operation{Name: "ledger.sweep"}, book.Sweep)))
	d.Fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	d.Fact("org/"+decidertest.ID("company"), &communityv1.OrgAdmitted{Org: &communityv1.Org{Id: decidertest.ID("company")}})
	d.Admit("ann")
	d.opened("source", ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE)
	d.opened("fund", ledgerv1.AccountKind_ACCOUNT_KIND_FUND, &ledgerv1.Credited{Amount: 10})
	d.Fact(d.path("credits"), &ledgerv1.AccountOpened{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_MEMBER, Currency: ledgerv1.Currency_CURRENCY_CREDIT,
	}, &ledgerv1.Credited{Amount: 10})
	return d
}

func (d *desk) path(name string) string { return book.Path(decidertest.ID(name)) }

// opened has an account of money, and what happened in it.
func (d *desk) opened(name string, kind ledgerv1.AccountKind, then ...proto.Message) {
	d.Helper()
	opened := &ledgerv1.AccountOpened{Kind: kind, Currency: ledgerv1.Currency_CURRENCY_FEN, Name: name}
	d.Fact(d.path(name), append([]proto.Message{opened}, then...)...)
}

// at looks at an account by its path.
func (d *desk) at(path string) *book.Account {
	d.Helper()
	a := decider.Peek[book.Account](d.State, path)
	if a == nil {
		d.Fatalf("there is no %s", path)
	}
	return a
}

func (d *desk) account(name string) *book.Account { return d.at(d.path(name)) }

// TestEntering: what accounts take and give, to the last fen that can be counted.
func TestEntering(t *testing.T) {
	t.Parallel()
	reserve := func(name string, amount int64) func(*book.Entries) error {
		return func(e *book.Entries) error { return e.Reserve(decidertest.ID(name), "t", amount) }
	}
	move := func(from, to string, amount, reserved int64) func(*book.Entries) error {
		return func(e *book.Entries) error {
			return e.Move(decidertest.ID(from), decidertest.ID(to), "t", amount, reserved, nil, nil)
		}
	}
	release := func(id string, amount int64) func(*book.Entries) error {
		return func(e *book.Entries) error { return e.Release(id, "t", amount) }
	}
	note := func(e *book.Entries) error { return e.Note("none", &ledgerv1.PaymentsResumed{}) }
	almost := int64(math.MaxInt64 - 5)
	kept := map[string]proto.Message{"source": &ledgerv1.Reserved{Amount: almost}}
	gone := map[string]proto.Message{"source": &ledgerv1.Debited{Amount: almost}}
	come := map[string]proto.Message{"fund": &ledgerv1.Credited{Amount: almost - 10}}
	for name, row := range map[string]struct {
		given map[string]proto.Message // in an account
		do    func(*book.Entries) error
		want  error
	}{
		"kept of nothing":            {do: reserve("none", 1), want: book.ErrUnknown},
		"nothing kept":               {do: reserve("fund", 0), want: book.ErrAmount},
		"less than nothing kept":     {do: reserve("fund", -1), want: book.ErrAmount},
		"the most that is one":       {do: reserve("source", book.AmountMax)},
		"more than is one":           {do: reserve("source", book.AmountMax+1), want: book.ErrAmount},
		"all that is there":          {do: reserve("fund", 10)},
		"more than is there":         {do: reserve("fund", 11), want: book.ErrShort},
		"all that can be kept":       {given: kept, do: reserve("source", 5)},
		"more than can be kept":      {given: kept, do: reserve("source", 6), want: book.ErrShort},
		"let go of nothing":          {do: release("none", 1), want: book.ErrUnknown},
		"noted of nothing":           {do: note, want: book.ErrUnknown},
		"moved from nowhere":         {do: move("none", "fund", 1, 0), want: book.ErrUnknown},
		"moved to nowhere":           {do: move("fund", "none", 1, 0), want: book.ErrUnknown},
		"less than nothing moved":    {do: move("source", "fund", -1, 0), want: book.ErrAmount},
		"the most that is moved":     {do: move("source", "fund", book.AmountMax, 0)},
		"more than is moved":         {do: move("source", "fund", book.AmountMax+1, 0), want: book.ErrAmount},
		"of less than nothing":       {do: move("source", "fund", 1, -1), want: book.ErrAmount},
		"of more than is moved":      {do: move("source", "fund", 1, 2), want: book.ErrAmount},
		"money for credits":          {do: move("fund", "credits", 1, 0), want: book.ErrCurrency},
		"credits for money":          {do: move("credits", "fund", 1, 0), want: book.ErrCurrency},
		"as much as can have gone":   {given: gone, do: move("source", "fund", 5, 0)},
		"more than can have gone":    {given: gone, do: move("source", "fund", 6, 0), want: book.ErrFull},
		"as much as can have come":   {given: come, do: move("source", "fund", 5, 0)},
		"more than can have come":    {given: come, do: move("source", "fund", 6, 0), want: book.ErrFull},
		"nothing moved":              {do: move("none", "none", 0, 0), want: decider.ErrNothing},
		"let go of nothing that was": {do: release(decidertest.ID("fund"), 0), want: decider.ErrNothing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			for account, fact := range row.given { // any order: there is one
				d.Fact(d.path(account), fact)
			}
			d.do = row.do
			_, err := d.Submit(d.Input("ann", "ledger.enter", &ledgerv1.OfferTerms{}))
			if !errors.Is(err, row.want) {
				t.Errorf("%v, want %v", err, row.want)
			}
		})
	}
}

// TestSweeping: what is left in an ended envelope goes to its fund, whole or not at all.
func TestSweeping(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		envelope string
		until    int64
		fund     string
		has      int64
		want     error
	}{
		"ended":          {"envelope", start, "fund", 5, nil},
		"not ended":      {"envelope", start + 1, "fund", 5, book.ErrNotEnded},
		"empty":          {"envelope", start, "fund", 0, book.ErrEmpty},
		"of no fund":     {"envelope", start, "none", 5, book.ErrUnknown},
		"no envelope":    {"none", start, "fund", 5, book.ErrUnknown},
		"more than fits": {"envelope", start, "full", 5, book.ErrFull},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.opened("full", ledgerv1.AccountKind_ACCOUNT_KIND_FUND, &ledgerv1.Credited{Amount: math.MaxInt64})
			d.Fact(d.path("envelope"), &ledgerv1.AccountOpened{
				Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Currency: ledgerv1.Currency_CURRENCY_FEN, Fund: decidertest.ID(row.fund),
				Until: row.until,
			}, &ledgerv1.Credited{Amount: row.has})
			_, err := d.Submit(d.Input("ann", "ledger.sweep", &ledgerv1.SweepEnvelope{Envelope: decidertest.ID(row.envelope)}))
			if !errors.Is(err, row.want) {
				t.Fatalf("%v, want %v", err, row.want)
			}
			if err == nil && (d.account("envelope").Balance != 0 || d.account("fund").Balance != 15) {
				t.Errorf("left are %+v and %+v", d.account("envelope"), d.account("fund"))
			}
		})
	}
}
