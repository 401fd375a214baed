package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"renlin.dev/pkg/flow"
	"renlin.dev/services/matching/instance"
)

const matchManual = `
Solves who serves whom to a proven optimum, in exact integers, and checks the proof. FILE is

  a minimum-cost flow problem in DIMACS form (.min), or
  needs and providers (.jsonl), a JSON object a line, such as
    {"need":{"id":"a","quantity":2,"skill":"meals","cell":[1,0],"window":[600,660],"language":"yue","priority":8,"waiting":2}}
    {"provider":{"id":"li","organisation":"co-op","capacity":3,"skills":["meals"],"cell":[3,4],"radius":1000,"reliability":950}}

With -backups each served unit of a need also gets so many standbys, of organisations other than the primary's and each other's, from the
capacity that is left, promised -oversubscribed times. With -events what happens is played afterwards, a JSON object a line, and the plan
is made a cheapest one again after each:
    {"fail":{"provider":"li"}}  {"restore":{"organisation":"co-op"}}  {"capacity":{"provider":"li","capacity":1}}
    {"open":{"id":"b",…}}  {"wait":{"need":"b","waiting":3}}  {"close":{"need":"b"}}
An event for which more than -limit arcs must be looked at is answered by a provisional plan, counted, and then finished. Networks begin with the
cheapest who may serve each need, and others get in where prices say that they are worth it: the proof is one for all who may.

-plan prints what becomes of each need, -explain who could serve one and what that would cost everybody together.

-seed (hexadecimal digits) picks among plans that cost the same; without it the solver does. When no flow of a .min file fits, the nodes
that show why are printed and the exit code is 1. Every field: docs/formats.md.
`

func matchCommand() command {
	c := command{
		name: "match", args: "[-backups K] [-events FILE] [-json] FILE",
		does: "solves who serves whom and who stands by, and proves that nothing costs less",
	}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, matchManual)
		backups := f.Uint("backups", 0, "standbys of each served unit")
		factor := f.Uint("oversubscribed", 3, "how often a free place is promised to standbys")
		events := f.String("events", "", "events to play, FILE")
		seed := f.String("seed", "", "what picks among plans that cost the same, hexadecimal digits")
		limit := f.Uint("limit", flow.SoonArcs, "work for an event, in arcs looked at, before the plan is provisional; 0 for no limit")
		each := f.Bool("plan", false, "print what becomes of each need")
		why := f.String("explain", "", "print why a need is served as it is, by its id")
		asJSON := f.Bool("json", false, "print one JSON value")
		if err := f.Parse(args); err != nil {
			return err
		}
		if f.NArg() != 1 {
			return errors.New("want one FILE")
		}
		m := matchRun{file: f.Arg(0), events: *events, limit: int(min(*limit, flow.ArcsMax)), each: *each, why: *why}
		m.rules = instance.Rules{Backups: int64(min(*backups, 1000)), Oversubscribed: int64(min(max(*factor, 1), 1000))}
		var err error
		if *seed != "" {
			if m.rules.Seed, err = hex.DecodeString(*seed); err != nil {
				return errors.New("want -seed as hexadecimal digits")
			}
		}
		return m.run(s, *asJSON)
	}
	return c
}

// matchRun is one use of the command.
type matchRun struct {
	file, events string
	why          string // the need to explain
	rules        instance.Rules
	limit        int
	each         bool
}

// matched is the answer for programs.
type matched struct {
	Objective int64 `json:"objective"`
	Served    int64 `json:"served"`
	Unserved  int64 `json:"unserved"`
	// Seconds is how long the first whole solution took.
	Seconds float64 `json:"seconds"`
	// Proof is the outcome of the check of flows and potentials against the networks.
	Proof string `json:"proof"`
	// Cut are the nodes, as the file counts them, that together have Excess more to send than can leave them.
	Cut    []int64 `json:"cut,omitempty"`
	Excess int64   `json:"excess,omitempty"`

	Standby *matchedStandby `json:"standby,omitempty"`
	Events  *matchedEvents  `json:"events,omitempty"`
	Plan    []matchedNeed   `json:"plan,omitempty"`
	Explain *matchedWhy     `json:"explain,omitempty"`
}

type matchedStandby struct {
	Objective int64 `json:"objective"`
	Covered   int64 `json:"covered"`
	Bare      int64 `json:"bare"`
}

type matchedEvents struct {
	Count       int     `json:"count"`
	P50         float64 `json:"p50_us"`
	P99         float64 `json:"p99_us"`
	Max         float64 `json:"max_us"`
	Provisional int     `json:"provisional"`
}

type matchedNeed struct {
	Need     string           `json:"need"`
	Primary  map[string]int64 `json:"primary"`
	Standby  map[string]int64 `json:"standby,omitempty"`
	Unserved int64            `json:"unserved"`
	Bare     int64            `json:"bare,omitempty"`
}

// run reads the file, by its name or, if that says nothing, by how it begins.
func (m *matchRun) run(s streams, asJSON bool) error {
	raw, err := readFile(s, m.file)
	if err != nil {
		return err
	}
	answer := &matched{}
	switch ext := filepath.Ext(m.file); {
	case ext == ".jsonl" || ext != ".min" && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")):
		err = m.needs(s, raw, answer)
	case m.events != "" || m.rules.Backups > 0 || m.rules.Seed != nil || m.each || m.why != "":
		err = errors.New("-backups, -events, -seed, -plan and -explain are for files of needs and providers")
	default:
		err = matchDimacs(raw, answer)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", m.file, err)
	}
	if asJSON {
		err = printJSON(s.out, answer)
	} else {
		err = printMatched(s.out, answer)
	}
	if err == nil && answer.Cut != nil {
		return errNo
	}
	return err
}

// matchDimacs solves a network. What is supplied and fits is served; a network that does not fit as a whole is not solved in part.
func matchDimacs(raw []byte, answer *matched) error {
	n, err := flow.ReadDimacs(raw)
	if err != nil {
		return err
	}
	begin := time.Now()
	p, err := flow.Solve(n)
	answer.Seconds = time.Since(begin).Seconds()
	total := int64(0)
	for _, b := range n.Supply {
		total += max(b, 0)
	}
	var cut *flow.Infeasible
	switch {
	case errors.As(err, &cut):
		if err := flow.CheckCut(n, cut); err != nil {
			return fmt.Errorf("check cut: %w", err)
		}
		answer.Unserved, answer.Proof, answer.Excess = total, "infeasible", cut.Excess
		for _, v := range cut.Cut {
			answer.Cut = append(answer.Cut, int64(v)+1)
		}
		return nil
	case err != nil:
		return err
	}
	if err := flow.Check(n, p); err != nil {
		return fmt.Errorf("check proof: %w", err)
	}
	answer.Objective, answer.Served, answer.Proof = p.Objective, total, "optimal"
	return nil
}

// printMatched prints the answer for people.
func printMatched(w io.Writer, a *matched) error {
	if a.Cut != nil {
		_, err := fmt.Fprintf(w, "no flow fits: %d nodes together have %d more to send than can leave them: %v\n", len(a.Cut), a.Excess, a.Cut)
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "objective %d\nserved %d\nunserved %d\n", a.Objective, a.Served, a.Unserved)
	if t := a.Standby; t != nil {
		fmt.Fprintf(&b, "standby: objective %d, covered %d, bare %d\n", t.Objective, t.Covered, t.Bare)
	}
	fmt.Fprintf(&b, "proof holds: nothing costs less\nsolved in %.6f s\n", a.Seconds)
	if e := a.Events; e != nil {
		fmt.Fprintf(&b, "events %d: p50 %.1f µs, p99 %.1f µs, longest %.1f µs, %d provisional at first\n",
			e.Count, e.P50, e.P99, e.Max, e.Provisional)
	}
	for _, n := range a.Plan {
		fmt.Fprintf(&b, "%s: %s", n.Need, sharesLine(n.Primary))
		if a.Standby != nil {
			fmt.Fprintf(&b, "; standby %s", sharesLine(n.Standby))
		}
		if n.Unserved > 0 {
			fmt.Fprintf(&b, "; unserved %d", n.Unserved)
		}
		b.WriteByte('\n')
	}
	printWhy(&b, a.Explain)
	_, err := w.Write(b.Bytes())
	return err
}
