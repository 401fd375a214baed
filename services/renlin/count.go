package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"renlin.dev/services/voting/count"
)

const countManual = `
Counts a file with the code that counts polls, in exact integers.

Formats: pabulib (participatory budgets: greedy, greedy-no-skip), preflib (rankings: plurality, approval, irv), owners (matters put to
owners, Civil Code art. 278; see docs/formats.md). Without -rule the one that the file names is taken.
`

func countCommand() command {
	c := command{name: "count", args: "-format FORMAT [-rule RULE] [-json] FILE", does: "counts a file: winners, rounds, inequalities"}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, countManual)
		format := f.String("format", "", "pabulib, preflib or owners")
		rule := f.String("rule", "", "counting rule")
		asJSON := f.Bool("json", false, "print one JSON value")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 1 || *format == "" {
			return errors.New("want -format FORMAT and one FILE")
		}
		raw, err := readFile(s, f.Arg(0))
		if err != nil {
			return err
		}
		result, err := count.Count(*format, *rule, raw)
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

func printCount(w io.Writer, r count.Result) {
	for _, m := range r.Matters {
		fmt.Fprintf(w, "%s: %s\n", m.Name, m.Verdict)
		for _, q := range m.Inequalities {
			fmt.Fprintf(w, "  %+v\n", q)
		}
	}
	if r.Matters != nil {
		return
	}
	name := func(id string) string {
		if n := r.Names[id]; n != "" {
			return id + " " + n
		}
		return id
	}
	fmt.Fprintf(w, "rule %s, %d votes\n", r.Rule, r.Votes)
	for i, round := range r.Rounds {
		fmt.Fprintf(w, "round %d: %s\n", i+1, roundLine(round))
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.Scores), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.Scores[b], r.Scores[a]), strings.Compare(a, b))
	}) {
		mark := " "
		if slices.Contains(r.Winners, id) {
			mark = "*"
		}
		fmt.Fprintf(w, "%s %8d  %s\n", mark, r.Scores[id], name(id))
	}
	if r.Cost != "" {
		fmt.Fprintf(w, "cost %s of %s\n", r.Cost, r.Budget)
	}
	for _, t := range r.Ties {
		fmt.Fprintf(w, "tie broken: %v\n", t)
	}
}

// roundLine tells one step in words.
func roundLine(r count.Round) string {
	if r.Fate != "" {
		return fmt.Sprintf("%s: %s (score %d, cost %s, left %s)", r.Project, strings.ReplaceAll(r.Fate, "_", " "), deref(r.Score), r.Cost, r.Left)
	}
	line := ""
	for _, id := range slices.Sorted(maps.Keys(r.Totals)) {
		line += fmt.Sprintf("%s %d  ", id, r.Totals[id])
	}
	if len(r.Out) > 0 {
		line += "out: " + strings.Join(r.Out, ", ")
	}
	return line
}

func deref(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
