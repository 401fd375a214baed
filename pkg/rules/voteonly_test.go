package rules_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestVoteOnlyDigest: the bytes are those of docs/format.md, and what holds by itself may be said or left out.
func TestVoteOnlyDigest(t *testing.T) {
	t.Parallel()
	book := func(l *communityv1.LedgerRules) *communityv1.Rulebook {
		return &communityv1.Rulebook{Version: 7, Ledger: l}
	}
	none := "renlin/vote-only-rules/1\ndividend_days 90\n"
	for _, c := range []struct {
		name, bytes string
		ledger      *communityv1.LedgerRules
	}{
		{"no rules of money", none, nil},
		{"said", none, &communityv1.LedgerRules{DividendDays: 90}},
		{"others", none, &communityv1.LedgerRules{CreditDays: 30, HoldSeconds: 60}},
		{
			"all", "renlin/vote-only-rules/1\ndividend_pool_permille 500\ndividend_equal_permille 250\ndividend_days 30\n" +
				"money_dividend_permille 100\nmoney_equal_permille 1000\n",
			&communityv1.LedgerRules{
				DividendPoolPermille: 500, DividendEqualPermille: 250, DividendDays: 30, MoneyDividendPermille: 100, MoneyEqualPermille: 1000,
			},
		},
	} {
		sum := sha256.Sum256([]byte(c.bytes))
		if got, want := rules.VoteOnlyDigest(book(c.ledger)), hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
	}
	shared := func(most, free uint32) *communityv1.Rulebook {
		return &communityv1.Rulebook{Matching: &communityv1.MatchingRules{ShareMaxThousandths: most, ShareFreeUnits: free, StandbyFactor: 2}}
	}
	for want, shares := range map[string]*communityv1.Rulebook{
		"": shared(0, 0),
		"share_max_thousandths 400\nshare_free_units 10\n": shared(400, 0),
		"share_max_thousandths 400\nshare_free_units 3\n":  shared(400, 3),
	} {
		sum := sha256.Sum256([]byte(none + want))
		if got := rules.VoteOnlyDigest(shares); got != hex.EncodeToString(sum[:]) {
			t.Errorf("%q: %s", want, got)
		}
	}
	if l := rules.ExplainMatching(shared(400, 0).GetMatching()); len(l) != 1 || !strings.Contains(l[0].English, "40% at most, or 10 units") ||
		!strings.Contains(l[0].Chinese, "40%") {
		t.Errorf("%+v", l)
	}
}

func TestVoteOnlyNamed(t *testing.T) {
	t.Parallel()
	digest := strings.Repeat("0a", 32)
	line := rules.VoteOnlyPrefix + digest
	for _, c := range []struct{ name, text, want string }{
		{"alone", line, digest},
		{"among others", "红利\r\n  " + line + " \r\n其余不变", digest},
		{"none", "红利", ""},
		{"inside a sentence", "按 " + line, ""},
		{"twice", line + "\n" + line, ""},
		{"another beside", line + "\n" + rules.VoteOnlyPrefix + strings.Repeat("0b", 32), ""},
		{"a bad one beside", line + "\n" + rules.VoteOnlyPrefix, ""},
		{"a bad one before", rules.VoteOnlyPrefix + "\n" + line, ""},
		{"in capitals", strings.ToUpper(line), ""},
		{"digits in capitals", rules.VoteOnlyPrefix + strings.ToUpper(digest), ""},
		{"too short", line[:len(line)-2], ""},
		{"too long", line + "00", ""},
		{"no hex", rules.VoteOnlyPrefix + strings.Repeat("zz", 32), ""},
		{"a word behind", line + " 等", ""},
	} {
		if got := rules.VoteOnlyNamed(c.text); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzVoteOnlyNamed: whatever a text holds, what it names is a digest that stands in it once.
func FuzzVoteOnlyNamed(f *testing.F) {
	f.Add(rules.VoteOnlyPrefix + strings.Repeat("0a", 32))
	f.Add("a\n" + rules.VoteOnlyPrefix + "\xff\n")
	f.Fuzz(func(t *testing.T, text string) {
		named := rules.VoteOnlyNamed(text)
		if named == "" {
			return
		}
		if raw, err := hex.DecodeString(named); err != nil || len(raw) != sha256.Size || !strings.Contains(text, rules.VoteOnlyPrefix+named) {
			t.Fatalf("%q names %q", text, named)
		}
	})
}
