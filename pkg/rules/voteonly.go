package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// What a motion's text says to name rules: one line, VoteOnlyPrefix and the digest in lower-case hex.
const (
	VoteOnlyPrefix = "rulebook sha256:"
	voteOnlyDomain = "renlin/vote-only-rules/1\n"
)

// voteOnly writes out what only a vote of the community changes in a rulebook: after the domain a line for each number that is not zero,
// in this order for good. It is written by hand and not by protobuf, whose bytes may differ between versions; a number that is added later
// changes no digest of rules that do not have it.
func voteOnly(book *communityv1.Rulebook) string {
	l := CompleteLedger(book.GetLedger())
	most, free := shareRules(book.GetMatching())
	var b strings.Builder
	b.WriteString(voteOnlyDomain)
	for _, n := range []struct {
		name  string
		value uint32
	}{
		{"dividend_pool_permille", l.GetDividendPoolPermille()},
		{"dividend_equal_permille", l.GetDividendEqualPermille()},
		{"dividend_days", l.GetDividendDays()},
		{"money_dividend_permille", l.GetMoneyDividendPermille()},
		{"money_equal_permille", l.GetMoneyEqualPermille()},
		{"share_max_thousandths", most},
		{"share_free_units", free},
	} {
		if n.value != 0 {
			fmt.Fprintf(&b, "%s %d\n", n.name, n.value)
		}
	}
	return b.String()
}

// VoteOnlyDigest names what only a vote of the community changes in a rulebook, in hex. Rulebooks that agree in it have one digest,
// whether they say what holds by itself or leave it out.
func VoteOnlyDigest(book *communityv1.Rulebook) string {
	sum := sha256.Sum256([]byte(voteOnly(book)))
	return hex.EncodeToString(sum[:])
}

// VoteOnlyNamed gives the digest that a motion's text names in a line of its own; nothing when there is no such line, or more than one,
// because then nobody could say which of them was voted on.
func VoteOnlyNamed(text string) string {
	named := ""
	for line := range strings.Lines(text) {
		hexed, ok := strings.CutPrefix(strings.TrimSpace(line), VoteOnlyPrefix)
		if !ok {
			continue
		}
		if raw, err := hex.DecodeString(hexed); named != "" || err != nil || len(raw) != sha256.Size || hexed != strings.ToLower(hexed) {
			return ""
		}
		named = hexed
	}
	return named
}
