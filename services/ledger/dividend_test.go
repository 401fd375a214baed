package ledger_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/credit"
	"renlin.dev/services/ledger/internal/dividend"
	"renlin.dev/services/ledger/internal/rulings"
)

func TestDividend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules()) // half of the pool, of that two fifths to all alike
	declare := func(want string) {
		t.Helper()
		if got := w.Try("olga", "ledger.declare_dividend", &ledgerv1.DeclareDividend{}); got != want {
			t.Errorf("declared: %q, want %q", got, want)
		}
	}
	declare("dividend.pool_empty")
	w.worked("dan", "ann", 600)
	w.Now += 740 * dayMillis
	w.Settle()
	if w.pool() != 600 {
		t.Fatalf("the pool has %d", w.pool())
	}
	w.worked("eve", "ann", 90)
	w.worked("fay", "ann", 30)
	w.worked("fay", "ann", 30)
	w.Fact("member/"+id("cat"), &communityv1.MemberRevoked{})
	declare("") // 300: of 120 each of ten residents gets 12; the minutes since the last one are dan's 600, eve's 90 and fay's 60
	w.Settle()
	w.has("bob", 12)
	w.has("cat", 0)
	w.has("dan", 12+180*600/750)
	w.has("eve", 90+12+180*90/750)
	w.has("fay", 60+12+180*60/750)
	d := decider.Peek[dividend.Dividend](w.State, dividend.Path(w.State.Members("dividend")[0]))
	if d.Amount != 300 || d.Paid+d.Rest != 300 || d.Members != 10 || w.pool() != 300+d.Rest || w.account(credit.PoolID).Held != 0 {
		t.Errorf("the dividend is %+v, the pool has %d", d, w.pool())
	}
	declare("dividend.early")
	w.Now += 90 * dayMillis
	w.Settle()
	declare("")
	w.Replay()
}

// TestDividendTooSmall: a dividend that gives somebody nothing leaves them their minutes; whoever got something has had theirs counted.
func TestDividendTooSmall(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	daily := rules()
	daily.DividendDays = 1
	b.rulebook(daily)
	b.worked("dan", "ann", 90)
	b.worked("eve", "ann", 30)
	base := func() *dividend.Base { return &decider.PeekDerived[dividend.Worked](b.State).Money }
	small := b.dividends(2) // gives out one fen, which cannot be divided
	if got := b.together("ledger.declare_dividend", declared(small), "olga", "omar"); got != "" {
		t.Fatalf("declared: %q", got)
	}
	b.Settle()
	if since := base().Since; since[id("dan")].Sum() != 90 || since[id("eve")].Sum() != 30 {
		t.Fatalf("nobody got anything, and what counts is %v", since)
	}
	b.Now += dayMillis
	b.Settle()
	few := b.dividends(5) // gives out four fen, of them two by work: one for dan's ninety minutes, none for eve's thirty
	if got := b.together("ledger.declare_dividend", declared(few), "olga", "omar"); got != "" {
		t.Fatalf("declared: %q", got)
	}
	b.Settle()
	b.gets("dan", 1)
	b.gets("eve", 0)
	if since := base().Since; since[id("dan")].Sum() != 0 || since[id("eve")].Sum() != 30 {
		t.Errorf("what counts is %v", since)
	}
	b.Replay()
}

func TestDividendNotInRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if got := w.Try("olga", "ledger.declare_dividend", &ledgerv1.DeclareDividend{}); got != "dividend.not_in_rules" {
		t.Errorf("declared: %q", got)
	}
}

// TestDividendOfMany: who gets something gets it once, however many commits it takes.
func TestDividendOfMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, &communityv1.LedgerRules{DividendPoolPermille: 1000, DividendEqualPermille: 1000, PairFreeMinutes: 10080})
	for i := range 240 {
		w.Fact("member/"+id(fmt.Sprint("neighbour ", i)), &communityv1.MemberAdmitted{AdmittedBy: id("street office")})
	}
	w.worked("dan", "ann", 600)
	w.Now += 740 * dayMillis
	w.Settle()
	if w.Try("olga", "ledger.declare_dividend", &ledgerv1.DeclareDividend{}) != "" {
		t.Fatal("not declared")
	}
	if done := w.Settle(); len(done) != 3 {
		t.Errorf("paid in %d parts", len(done))
	}
	w.has("neighbour 0", 2)
	w.has("neighbour 239", 2)
	if w.pool() != 600-2*251 {
		t.Errorf("the pool keeps %d", w.pool())
	}
	w.Replay()
}

// TestShares: never more than there is, never less than all but one minute each, alike for the alike.
func TestShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 1<<62).Draw(t, "amount")
		equal := dividend.Permille(amount, rapid.Int64Range(0, 1000).Draw(t, "permille"))
		active, worked := map[string]bool{}, map[string]int64{}
		n := rapid.IntRange(1, 30).Draw(t, "members")
		all := int64(0)
		for i := range n {
			name := fmt.Sprintf("%02d", i)
			active[name] = true
			worked[name] = rapid.Int64Range(0, 1_000_000).Draw(t, "minutes")
			all += worked[name]
		}
		worked["gone"] = 1_000_000
		sum := int64(0)
		for _, s := range dividend.Shares(amount, equal, active, worked) {
			if s.GetAmount() <= 0 || !active[s.GetMember()] {
				t.Fatalf("a share of %d for %s", s.GetAmount(), s.GetMember())
			}
			sum += s.GetAmount()
		}
		least := amount - 2*int64(n)
		if all == 0 {
			least = equal - int64(n)
		}
		if sum > amount || sum < least {
			t.Fatalf("%d of %d are given out", sum, amount)
		}
	})
}

// TestPairRoom: the room is the greatest that the share allows, or what is left of the free minutes.
func TestPairRoom(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rulings.Rules{PairPermille: rapid.Int64Range(0, 999).Draw(t, "permille"), PairFree: rapid.Int64Range(0, 2000).Draw(t, "free")}
		pair := rapid.Int64Range(0, 5000).Draw(t, "pair")
		all := pair + rapid.Int64Range(0, 20000).Draw(t, "others")
		within := func(m int64) bool { return pair+m <= r.PairFree || (pair+m)*1000 <= r.PairPermille*(all+m) }
		m := credit.PairRoom(r, all, pair)
		if m > 0 && !within(m) || within(max(m, 0)+1) {
			t.Fatalf("room for %d", m)
		}
	})
}
