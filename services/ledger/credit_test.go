package ledger_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/credit"
)

const (
	dayMillis  = 24 * 60 * 60 * 1000
	weekMillis = 7 * dayMillis
)

func work(counterparty string, minutes uint32) *ledgerv1.ReportWork {
	return &ledgerv1.ReportWork{Counterparty: id(counterparty), Minutes: minutes, What: text("shopping")}
}

// worked has somebody work for another, who confirms it, and gives what came of it.
func (w *world) worked(worker, counterparty string, minutes uint32) *credit.Work {
	w.Helper()
	job := w.Do("work", worker, "ledger.report_work", work(counterparty, minutes))
	w.Do("work", counterparty, "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: job})
	w.Settle()
	return decider.Peek[credit.Work](w.State, credit.WorkPath(job))
}

// has compares how many minutes somebody has.
func (w *world) has(who string, minutes int64) {
	w.Helper()
	have := int64(0)
	if a := decider.Peek[book.Account](w.State, book.Path(credit.AccountID(id(who)))); a != nil {
		have = a.Balance
	}
	if have != minutes {
		w.Errorf("%s has %d minutes, want %d", who, have, minutes)
	}
}

func (w *world) pool() int64 {
	if a := decider.Peek[book.Account](w.State, book.Path(credit.PoolID)); a != nil {
		return a.Balance
	}
	return 0
}

func TestWork(t *testing.T) {
	t.Parallel()
	report := func(to string, minutes uint32) func(b *books) proto.Message {
		return func(*books) proto.Message { return work(to, minutes) }
	}
	confirm := func(prepare func(b *books)) func(b *books) proto.Message {
		return func(b *books) proto.Message {
			job := b.Do("work", "dan", "ledger.report_work", work("ann", 60))
			prepare(b)
			return &ledgerv1.ConfirmWork{Work: job}
		}
	}
	nothing := func(*books) {}
	minted := []string{
		"account: AccountOpened, Credited", "account: AccountOpened, Debited", "earnings: EarningsCounted", "earned-from: EarningsCounted",
		"work: WorkConfirmed",
	}
	play(t, []scenario{
		{name: "for another", who: "dan", operation: "ledger.report_work", given: report("ann", 60), then: []string{"work: WorkReported"}},
		{name: "a whole day", who: "dan", operation: "ledger.report_work", given: report("ann", 1440), then: []string{"work: WorkReported"}},
		{name: "more than a day", who: "dan", operation: "ledger.report_work", given: report("ann", 1441), refused: "work.minutes"},
		{name: "no time", who: "dan", operation: "ledger.report_work", given: report("ann", 0), refused: "work.minutes"},
		{name: "for oneself", who: "dan", operation: "ledger.report_work", given: report("dan", 60), refused: "work.own_household"},
		{name: "at home", who: "bob", operation: "ledger.report_work", given: report("cat", 60), refused: "work.own_household"},
		{name: "for nobody", who: "dan", operation: "ledger.report_work", given: report("zed", 60), refused: "member.not_active"},
		{name: "confirmed", who: "ann", operation: "ledger.confirm_work", given: confirm(nothing), then: minted},
		{name: "confirmed by the worker", who: "dan", operation: "ledger.confirm_work", given: confirm(nothing), refused: "work.not_asked"},
		{name: "confirmed by another", who: "eve", operation: "ledger.confirm_work", given: confirm(nothing), refused: "work.not_asked"},
		{name: "confirmed too late", who: "ann", operation: "ledger.confirm_work", refused: "work.late",
			given: confirm(func(b *books) { b.Now += 30 * dayMillis })},
		{name: "after moving together", who: "ann", operation: "ledger.confirm_work", refused: "work.own_household",
			given: confirm(func(b *books) { b.household("four", "ann", "dan") })},
		{name: "for one whose household nobody knows", who: "pia", operation: "ledger.confirm_work", refused: "work.no_household",
			given: func(b *books) proto.Message {
				return &ledgerv1.ConfirmWork{Work: b.Do("work", "dan", "ledger.report_work", work("pia", 60))}
			}},
		{name: "by one whose household nobody knows", who: "dan", operation: "ledger.confirm_work", refused: "work.no_household",
			given: func(b *books) proto.Message {
				return &ledgerv1.ConfirmWork{Work: b.Do("work", "pia", "ledger.report_work", work("dan", 60))}
			}},
		{name: "of one who has left", who: "ann", operation: "ledger.confirm_work", refused: "member.not_active",
			given: confirm(func(b *books) { b.Fact("member/"+id("dan"), &communityv1.MemberRevoked{}) })},
		{name: "declined", who: "ann", operation: "ledger.decline_work", then: []string{"work: WorkDeclined"},
			given: func(b *books) proto.Message {
				return &ledgerv1.DeclineWork{Work: b.Do("work", "dan", "ledger.report_work", work("ann", 60))}
			}},
		{name: "of nothing", who: "ann", operation: "ledger.confirm_work", refused: "work.unknown",
			given: func(*books) proto.Message { return &ledgerv1.ConfirmWork{Work: id("none")} }},
	})
}

func TestWorkIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	job := w.Do("work", "dan", "ledger.report_work", work("ann", 60))
	w.Do("work", "ann", "ledger.decline_work", &ledgerv1.DeclineWork{Work: job})
	if code := w.Try("ann", "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: job}); code != "work.answered" {
		t.Errorf("declined and then confirmed: %q", code)
	}
}

// TestWorkNamesNoOrder: a work order is for somebody known by a pseudonym, and who was worked for is a member by name; a record that has
// both beside each other tells who that is.
func TestWorkNamesNoOrder(t *testing.T) {
	t.Parallel()
	for _, m := range []proto.Message{&ledgerv1.ReportWork{}, &ledgerv1.WorkReported{}} {
		if d := m.ProtoReflect().Descriptor(); d.Fields().ByName("order") != nil || !d.ReservedNames().Has("order") {
			t.Errorf("%s names an order", d.Name())
		}
	}
}

// TestBounds: a week brings ten hours, and one person's word ten hours and then a quarter of all.
func TestBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	for _, row := range []struct {
		from    string
		minutes uint32
		minted  int64
		bound   string
		after   int64 // millis that pass before
	}{
		{"ann", 500, 500, "", 0},
		{"bob", 500, 100, "week", 0},
		{"cat", 60, 0, "week", dayMillis},
		{"ann", 150, 100, "pair", weekMillis}, // the free hours of ann are used up: 600 of 700
		{"bob", 500, 500, "", 0},              // 600 of 1200: free
		{"ann", 10, 0, "pair", weekMillis},    // 600 of 1200 is more than a quarter
		{"eve", 600, 600, "", 0},              // 600 of 1800
		{"fay", 600, 600, "", weekMillis},     // 600 of 2400
		{"cat", 600, 600, "", weekMillis},     // 600 of 3000
		{"ann", 600, 200, "pair", weekMillis}, // 800 of 3200 is a quarter
	} {
		w.Now += row.after
		got := w.worked("dan", row.from, row.minutes)
		if got.Minted != row.minted || got.Bound != row.bound || got.Minutes != int64(row.minutes) {
			t.Errorf("%d minutes for %s brought %d, bound by %q, want %+v", row.minutes, row.from, got.Minted, got.Bound, row)
		}
	}
	w.has("dan", 3200)
	w.Replay()
}

// named gives somebody's id, and none for nobody.
func named(who string) string {
	if who == "" {
		return ""
	}
	return id(who)
}

func TestSpending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	w.worked("dan", "ann", 120)
	first := w.account(credit.AccountID(id("dan"))).Lots[0].ExpiresAt
	w.Now += 2 * weekMillis
	w.worked("dan", "bob", 120)
	spend := func(to string, amount int64, version uint64) string {
		return w.Try("dan", "ledger.spend", &ledgerv1.SpendCredits{To: named(to), Amount: amount, TermsVersion: version})
	}
	if code := w.Try("dan", "ledger.spend", &ledgerv1.SpendCredits{Amount: 10}); code != "" || w.pool() != 10 {
		t.Errorf("to the pool: %q, it has %d", code, w.pool())
	}
	for _, row := range []struct {
		to      string
		amount  int64
		version uint64
		want    string
	}{
		{"eve", 0, 0, "amount.out_of_bounds"}, {"eve", 231, 0, "account.short"}, {"dan", 1, 0, "credits.not_taken"},
		{"zed", 1, 0, "credits.not_taken"}, {"company", 1, 0, "credits.not_taken"}, {"eve", 1, 1, "credits.not_taken"},
		{"", 1, 1, "credits.not_taken"}, {"eve", 150, 0, ""},
	} {
		if got := spend(row.to, row.amount, row.version); got != row.want {
			t.Errorf("%d to %s: %q, want %q", row.amount, row.to, got, row.want)
		}
	}
	if lots := w.account(credit.AccountID(id("eve"))).Lots; len(lots) != 2 || lots[0] != (book.Lot{Amount: 110, ExpiresAt: first}) {
		t.Errorf("the oldest do not go first, or lose their age: %v", lots)
	}
	offer := &ledgerv1.OfferTerms{Org: id("company"), Terms: "An hour of repairs for two credits."}
	if code := w.Try("olga", "ledger.offer_terms", offer); code != "terms.not_your_org" {
		t.Errorf("another's terms: %q", code)
	}
	w.Do("terms", "pia", "ledger.offer_terms", offer)
	if code := spend("company", 50, 2); code != "terms.changed" {
		t.Errorf("terms that nobody has read: %q", code)
	}
	if code := spend("company", 50, 1); code != "" {
		t.Errorf("under its terms: %q", code)
	}
	w.has("dan", 30)
	w.has("company", 50)
	if code := w.Try("fay", "ledger.spend", &ledgerv1.SpendCredits{To: id("eve"), Amount: 1}); code != "account.short" {
		t.Errorf("who has none: %q", code)
	}
	w.Now = first
	if code := w.Try("eve", "ledger.spend", &ledgerv1.SpendCredits{To: id("fay"), Amount: 41}); code != "account.short" {
		t.Errorf("what has ended is spent: %q", code)
	}
	w.Settle()
	w.has("eve", 40)
	if w.pool() != 120 {
		t.Errorf("the pool has %d", w.pool())
	}
	w.Now += 4 * weekMillis
	w.Settle()
	w.has("dan", 0)
	w.has("company", 0)
	if w.pool() != 240 {
		t.Errorf("the pool has %d at the end", w.pool())
	}
	w.Replay()
}

// TestCreditsNeverMeetMoney: no command's field can name an account of credits, so that no transfer of money can have one in a line.
func TestCreditsNeverMeetMoney(t *testing.T) {
	t.Parallel()
	for _, account := range []string{credit.MintID, credit.PoolID, credit.AccountID(id("dan"))} {
		for _, l := range []*ledgerv1.Line{line(account, id("x"), 1), line(id("x"), account, 1)} {
			if decider.CheckFields(&ledgerv1.ProposeTransfer{Lines: []*ledgerv1.Line{l}}) == nil {
				t.Errorf("a line may name %s", account)
			}
		}
		if chain.CheckAggregate(book.Path(account)) != nil {
			t.Errorf("%s cannot be read", account)
		}
	}
}

func (w *world) patterns() (kinds []string) {
	for _, p := range w.State.Members("pattern") {
		kinds = append(kinds, decider.Peek[credit.Pattern](w.State, "pattern/"+p).Kind)
	}
	return kinds
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		work [][2]string // worker and counterparty, ten hours each
		want string
	}{
		"one way":              {[][2]string{{"dan", "ann"}, {"dan", "bob"}}, "burst"},
		"two for each other":   {[][2]string{{"dan", "ann"}, {"ann", "dan"}}, "pair"},
		"three in a circle":    {[][2]string{{"dan", "ann"}, {"ann", "bob"}, {"bob", "dan"}}, "loop"},
		"three, not a circle":  {[][2]string{{"dan", "ann"}, {"ann", "bob"}, {"dan", "eve"}}, "burst"},
		"different everywhere": {[][2]string{{"dan", "ann"}, {"eve", "bob"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, rules())
			for _, pair := range row.work {
				w.worked(pair[0], pair[1], 600)
			}
			if got := strings.Join(w.patterns(), " "); got != row.want {
				t.Errorf("patterns: %q, want %q", got, row.want)
			}
			w.Replay()
		})
	}
}

func TestAssessing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	for _, name := range []string{"dan", "eve"} {
		w.Fact("member/"+id(name), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_AUDITOR, Org: id("company")})
	}
	w.worked("dan", "ann", 600)
	w.worked("ann", "dan", 600)
	w.has("dan", 600) // nothing is taken from anybody
	pattern := w.State.Members("pattern")[0]
	assess := func(who string, finding ledgerv1.Finding) string {
		return w.Try(who, "ledger.assess", &ledgerv1.AssessPattern{Pattern: pattern, Finding: finding, Reason: text("they are friends")})
	}
	for _, row := range []struct {
		who     string
		finding ledgerv1.Finding
		want    string
	}{
		{"ann", ledgerv1.Finding_FINDING_HARMLESS, "role.missing"}, {"dan", ledgerv1.Finding_FINDING_HARMLESS, "pattern.concerned"},
		{"eve", ledgerv1.Finding_FINDING_UNSPECIFIED, "pattern.finding"}, {"eve", ledgerv1.Finding_FINDING_HARMLESS, ""},
		{"eve", ledgerv1.Finding_FINDING_DOUBTFUL, "pattern.assessed"},
	} {
		if got := assess(row.who, row.finding); got != row.want {
			t.Errorf("%v by %s: %q, want %q", row.finding, row.who, got, row.want)
		}
	}
	w.has("dan", 600)
	w.Replay()
}
