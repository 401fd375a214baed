package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"renlin.dev/services/voting/notice"
)

const noticeManual = `
Recomputes the published result of an owners' vote (Civil Code art. 278) and lists each discrepancy: sums, percentages, quorum, majority and
verdict, in exact integers. FILE is one published result or a list of them; see docs/formats.md. The answer is no (1) if there is any.
`

func noticeCommand() command {
	c := command{name: "notice", args: "[-json] FILE", does: "recomputes a published owners' vote and lists what does not hold"}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, noticeManual)
		asJSON := f.Bool("json", false, "print one JSON object")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 1 {
			return errors.New("want one FILE")
		}
		raw, err := readFile(s, f.Arg(0))
		if err != nil {
			return err
		}
		report, err := notice.Check(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Arg(0), err)
		}
		if !*asJSON {
			printNotice(s.out, report)
		} else if err := printJSON(s.out, report); err != nil {
			return err
		}
		if len(report.Findings) > 0 {
			return errNo
		}
		return nil
	}
	return c
}

// printNotice tells a report entry by entry, what does not hold first.
func printNotice(w io.Writer, r notice.Report) {
	findings := r.Findings
	for _, a := range r.Entries {
		fmt.Fprintf(w, "%s: published %s, recomputed %s\n", printable(a.Entry), a.Published, a.Verdict)
		fmt.Fprintf(w, "  matter: %s\n", matterLine(a))
		// The findings come in the order of the entries, but two entries may call themselves the same.
		for ; len(findings) > 0 && findings[0].Index == a.Index; findings = findings[1:] {
			f := findings[0]
			fmt.Fprintf(w, "  BAD   %s: published %s, recomputed %s (%s)\n        %s\n        %s\n",
				f.Field, printable(f.Published), printable(f.Recomputed), f.Code, printable(f.English), printable(f.Chinese))
		}
		for _, j := range a.Judgements {
			fmt.Fprintf(w, "  %s matter: %s\n", j.Class, j.Verdict)
			for _, q := range j.Inequalities {
				fmt.Fprintf(w, "    %-16s %s: %s\n", q.Label, q.Text, map[bool]string{true: "holds", false: "does not hold"}[q.Holds])
			}
		}
		for _, p := range a.Percentages {
			by := "neither rounded nor cut off"
			if len(p.By) > 0 {
				by = strings.ReplaceAll(strings.Join(p.By, ", "), "_", " ")
			}
			fmt.Fprintf(w, "  %s: %s of %d/%d, %s\n", p.Field, p.Published, p.Part, p.Base, by)
		}
		for _, n := range a.Notes {
			fmt.Fprintf(w, "  note  %s\n        %s\n", n.English, n.Chinese)
		}
	}
	fmt.Fprintf(w, "%d findings in %d published results\n", len(r.Findings), len(r.Entries))
}

// matterLine tells what the matter is and how that is known.
func matterLine(a notice.Account) string {
	if a.Item == 0 {
		return a.Class
	}
	return fmt.Sprintf("item %d of art. 278, %s (known from: %s)", a.Item, a.Class, strings.ReplaceAll(a.From, "_", " "))
}

// printable leaves out of a file's text what could move a terminal's cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}
