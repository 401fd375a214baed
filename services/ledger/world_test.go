package ledger_test

import (
	"maps"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger"
	"renlin.dev/services/ledger/internal/book"
)

// world is a record under this service's rules.
type world struct{ *decidertest.World }

// The cast. Olga and otto are officers of the committee, omar and oda of the owners, pia of the company; ann lives with omar, and bob with
// nobody of them.
var offices = map[string]string{"olga": "committee", "otto": "committee", "omar": "owners", "oda": "owners", "pia": "company"}

var residents = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

const start = decidertest.Start

// What tests of every service say.
var id, text, code = decidertest.ID, decidertest.Text, decidertest.Code

// newWorld founds a community of the cast with rules for the ledger.
func newWorld(t decidertest.TB, rules *communityv1.LedgerRules) *world {
	w := &world{decidertest.New(t, ledger.Model())}
	w.Fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	w.Fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{Version: 1, Ledger: rules}})
	for _, org := range []string{"committee", "owners", "company"} {
		w.Fact("org/"+id(org), &communityv1.OrgAdmitted{Org: &communityv1.Org{Id: id(org), Name: org}})
	}
	for _, name := range residents {
		w.Admit(name)
	}
	for _, name := range slices.Sorted(maps.Keys(offices)) {
		w.Admit(name)
		w.Fact("member/"+id(name), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id(offices[name])})
	}
	w.household("one", "ann", "omar")
	w.household("two", "bob", "cat")
	for _, alone := range []string{"dan", "eve", "fay"} {
		w.household("of "+alone, alone)
	}
	return w
}

// household says who lives together.
func (w *world) household(name string, members ...string) {
	w.Helper()
	formed := &communityv1.HouseholdFormed{Unit: id("unit of " + name)}
	for _, m := range members {
		formed.Members = append(formed.Members, id(m))
	}
	w.Fact("household/"+id(name), formed)
}

// together sends a command that several sign, and answers the fault's code, "" when it was written.
func (w *world) together(operation string, body proto.Message, who ...string) string {
	w.Helper()
	_, err := w.Submit(w.Input(who[0], operation, body, who[1:]...))
	return code(err)
}

// scenario is one line of a given/when/then table.
type scenario struct {
	name string
	// given prepares the record and answers the command.
	given     func(b *books) proto.Message
	who       string
	operation string
	then      []string // facts, or
	refused   string   // the fault's code
}

func play(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newBooks(t)
			command := s.given(w)
			w.Expect(w.Input(s.who, s.operation, command), s.then, s.refused)
		})
	}
}

// rules are those of the tests: two thousand yuan want a third person, a hundred may be paid at once.
func rules() *communityv1.LedgerRules {
	return &communityv1.LedgerRules{
		HoldSeconds: 1000, ThirdFromFen: 2000_00, EmergencyMaxFen: 100_00, EmergencyConfirmSeconds: 60, DividendPoolPermille: 500,
		DividendEqualPermille: 400, MoneyDividendPermille: 800, MoneyEqualPermille: 500, AppealSeconds: 1000, AppealDecideSeconds: 2000,
	}
}

// open opens an account for money.
func (w *world) open(body *ledgerv1.OpenAccount) string {
	w.Helper()
	return w.Do("account", "olga", "ledger.open", body)
}

// account looks at an account.
func (w *world) account(id string) *book.Account {
	w.Helper()
	a := decider.Peek[book.Account](w.State, book.Path(id))
	if a == nil {
		w.Fatalf("there is no account %s", id)
	}
	return a
}

// books are the accounts of a community that has begun: a source, a fund with ten thousand yuan from it, an envelope with five thousand of
// these, and some who can be paid.
type books struct {
	*world
	source, fund, envelope     string
	company, ann, bob, unnamed string
}

// term is how long the envelope pays.
const term = 1_000_000_000

func newBooks(t decidertest.TB) *books {
	b := &books{world: newWorld(t, rules())}
	b.source = b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "Fees"})
	b.fund = b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "Upkeep"})
	b.envelope = b.open(&ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Lamps", Fund: b.fund, From: start, Until: start + term,
	})
	payee := func(owner string) string {
		return b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: id(owner)})
	}
	b.company, b.ann, b.bob, b.unnamed = payee("company"), payee("ann"), payee("bob"), payee("somebody unnamed")
	for _, l := range []*ledgerv1.Line{line(b.source, b.fund, 10_000_00), line(b.fund, b.envelope, 5_000_00)} {
		t := b.propose("olga", true, l)
		b.approve("omar", t)
		b.approve("pia", t)
	}
	return b
}

func line(from, to string, amount int64) *ledgerv1.Line {
	return &ledgerv1.Line{From: from, To: to, Amount: amount}
}

func (b *books) proposal(whole bool, lines ...*ledgerv1.Line) *ledgerv1.ProposeTransfer {
	return &ledgerv1.ProposeTransfer{Lines: lines, Purpose: text("lamps"), PostWhenApproved: whole}
}

func (b *books) propose(who string, whole bool, lines ...*ledgerv1.Line) string {
	b.Helper()
	return b.Do("transfer", who, "ledger.propose", b.proposal(whole, lines...))
}

func (b *books) approve(who, transfer string) {
	b.Helper()
	b.Do("transfer", who, "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: transfer})
}
