package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"

	"renlin.dev/services/voting/count"
)

const countManual = `
Counts a file with the code that counts polls, in exact integers and fractions. Without -rule the one that the file names is taken.

Formats and their rules:
  pabulib   participatory budgets: greedy, greedy-no-skip, and equal-shares with its parts behind slashes, such as
            equal-shares/cardinality/none: utility cost (else) or cardinality, completion add1 (else), none, greedy or add1-greedy;
            equalshares and equalshares/add1 as files write them
  preflib   rankings: plurality, approval, irv, borda, condorcet, schulze, copeland, stv
  abc       committees from approvals: av, pav, seqpav, seqphragmen, maximin-support, equal-shares (completed by sequential Phragmén),
            equal-shares-with-av-completion, equal-shares-without-completion
  snapshot  votes with balances: approval, ranked-choice, copeland, quadratic
  owners    matters put to owners, Civil Code art. 278

-seats gives the number of winners of preflib's approval, borda and stv. Ties are broken by ascending id, or with -seed (64 hexadecimal
digits) by the seed's order. What each rule does and each field of -json means: docs/formats.md.
`

func countCommand() command {
	c := command{
		name: "count", args: "-format FORMAT [-rule RULE] [-seats N] [-seed HEX] [-json] FILE",
		does: "counts a file: winners, rounds, inequalities",
	}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, countManual)
		format := f.String("format", "", "pabulib, preflib, abc, snapshot or owners")
		rule := f.String("rule", "", "counting rule")
		seats := f.Uint("seats", 0, "number of winners")
		seed := f.String("seed", "", "seed for ties, 64 hexadecimal digits")
		asJSON := f.Bool("json", false, "print one JSON value")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 1 || *format == "" {
			return errors.New("want -format FORMAT and one FILE")
		}
		ask := count.Ask{Format: *format, Rule: *rule, Seats: uint32(min(*seats, math.MaxUint32))}
		var err error
		if ask.Seed, err = hex.DecodeString(*seed); err != nil {
			return errors.New("want -seed as 64 hexadecimal digits")
		}
		raw, err := readFile(s, f.Arg(0))
		if err != nil {
			return err
		}
		result, err := ask.Count(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Arg(0), err)
		}
		if *asJSON {
			return printJSON(s.out, result)
		}
		printCount(s.out, result)
		return nil
	}
	return c
}

// printCount prints a result for people.
func printCount(w io.Writer, r count.Result) {
	for _, m := range r.Matters {
		fmt.Fprintf(w, "%s: %s\n", m.Name, m.Verdict)
		for _, q := range m.Inequalities {
			fmt.Fprintf(w, "  %+v\n", q)
		}
	}
	for _, e := range r.Elections {
		printElection(w, e)
	}
	if r.Matters == nil && r.Elections == nil {
		printElection(w, r)
	}
}

// printElection prints everything but an owners' matter.
func printElection(w io.Writer, r count.Result) {
	fmt.Fprintf(w, "%s\n", strings.TrimSpace(fmt.Sprintf("%s rule %s, %d votes", r.File, r.Rule, r.Votes)))
	if r.Spoilt > 0 {
		fmt.Fprintf(w, "spoilt ballots, not counted: %d\n", r.Spoilt)
	}
	if r.Quota != "" {
		fmt.Fprintf(w, "quota: more than %s\n", r.Quota)
	}
	if r.Share != "" {
		fmt.Fprintf(w, "share of a voter: %s, after %d raises\n", r.Share, r.Raises)
	}
	for i, round := range r.Rounds {
		fmt.Fprintf(w, "round %d: %s\n", i+1, roundLine(round))
	}
	printPairs(w, r)
	printScores(w, r)
	if r.Satisfaction != "" {
		fmt.Fprintf(w, "satisfaction %s\n", r.Satisfaction)
	}
	if r.Cost != "" {
		fmt.Fprintf(w, "cost %s of %s\n", r.Cost, r.Budget)
	}
	for _, t := range r.Ties {
		fmt.Fprintf(w, "%s\n", tieLine(t))
	}
	if len(r.Winners) == 0 {
		fmt.Fprintln(w, "nobody wins")
	}
}

// printPairs prints who is put above whom.
func printPairs(w io.Writer, r count.Result) {
	for _, a := range slices.Sorted(maps.Keys(r.Pairs)) {
		line := ""
		for _, b := range slices.Sorted(maps.Keys(r.Pairs[a])) {
			line += fmt.Sprintf("  %s %d:%d", b, r.Pairs[a][b], r.Pairs[b][a])
		}
		fmt.Fprintf(w, "%s against%s\n", a, line)
	}
}

// printScores prints the options, the greatest score first; winners are marked.
func printScores(w io.Writer, r count.Result) {
	scores := map[string]json.Number{}
	for id := range r.Names {
		scores[id] = ""
	}
	for id, n := range r.Scores {
		scores[id] = json.Number(fmt.Sprint(n))
	}
	maps.Copy(scores, r.Decimals)
	value := func(id string) *big.Rat {
		v, ok := new(big.Rat).SetString(scores[id].String())
		if !ok {
			return new(big.Rat)
		}
		return v
	}
	for _, id := range slices.SortedFunc(maps.Keys(scores), func(a, b string) int {
		return cmp.Or(value(b).Cmp(value(a)), strings.Compare(a, b))
	}) {
		mark := " "
		if slices.Contains(r.Winners, id) {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %8s  %s\n", mark, scores[id], strings.TrimSpace(id+" "+r.Names[id]))
	}
}

// tieLine tells a tie in words.
func tieLine(t count.Tie) string {
	line := fmt.Sprintf("tie broken in this order: %s, each with %s", strings.Join(t.Options, ", "), cmp.Or(t.Value, fmt.Sprint(t.Total)))
	switch {
	case t.Decisive:
		return line + "; another order would have given other winners"
	case t.Untested:
		return line + "; whether another order would have given other winners was not tried"
	}
	return line + "; it decides nothing"
}

// roundLine tells one step in words.
func roundLine(r count.Round) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if r.Fate != "" {
		add("%s: %s (score %d, cost %s, left %s)", r.Project, strings.ReplaceAll(r.Fate, "_", " "), deref(r.Score), r.Cost, r.Left)
	} else if r.Value != "" {
		add("%s by %s, supported by %d", cmp.Or(r.Project, r.Option), r.Value, deref(r.Supporters))
		if r.Cost != "" {
			add("cost %s, left %s", r.Cost, r.Left)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Totals)) {
		add("%s %d", id, r.Totals[id])
	}
	for _, id := range slices.Sorted(maps.Keys(r.Fractions)) {
		add("%s %s", id, r.Fractions[id])
	}
	for _, named := range []struct {
		what string
		ids  []string
	}{{"elected", r.Elected}, {"surplus of", r.Surplus}, {"out", r.Out}} {
		if len(named.ids) > 0 {
			add("%s: %s", named.what, strings.Join(named.ids, ", "))
		}
	}
	if r.Kept != "" {
		add("each ballot keeps %s", r.Kept)
	}
	if r.Completion {
		add("completion")
	}
	return strings.Join(parts, "  ")
}

func deref(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
