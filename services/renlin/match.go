package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"renlin.dev/pkg/flow"
)

const matchManual = `
Solves a minimum-cost flow problem, a DIMACS .min file, to a proven optimum in exact integers, and checks the proof. Printed are the
objective, how many units are served, and how long the solution took without reading. When no flow fits, the nodes that show why are
printed and the exit code is 1.
`

func matchCommand() command {
	c := command{name: "match", args: "[-json] FILE", does: "solves who serves whom, and proves that nothing costs less"}
	c.run = func(_ context.Context, s streams, args []string) error {
		f := c.flags(s, matchManual)
		asJSON := f.Bool("json", false, "print one JSON value")
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
		n, err := flow.ReadDimacs(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Arg(0), err)
		}
		return matchDimacs(s, n, asJSON)
	}
	return c
}

// matched is the answer for programs.
type matched struct {
	Objective int64   `json:"objective"`
	Served    int64   `json:"served"`
	Unserved  int64   `json:"unserved"`
	Seconds   float64 `json:"seconds"`
	// Proof is the outcome of the check of flow and potentials against the network.
	Proof string `json:"proof"`
	// Cut are the nodes, as the file counts them, that together have more to send than can leave them.
	Cut []int64 `json:"cut,omitempty"`
}

// matchDimacs solves a network. What is supplied and fits is served; a network that does not fit as a whole is not solved in part.
func matchDimacs(s streams, n *flow.Network, asJSON *bool) error {
	begin := time.Now()
	p, err := flow.Solve(n)
	answer := matched{Seconds: time.Since(begin).Seconds()}
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
		answer.Unserved, answer.Proof = total, "infeasible"
		for _, v := range cut.Cut {
			answer.Cut = append(answer.Cut, int64(v)+1)
		}
	case err != nil:
		return err
	default:
		if err := flow.Check(n, p); err != nil {
			return fmt.Errorf("check proof: %w", err)
		}
		answer.Objective, answer.Served, answer.Proof = p.Objective, total, "optimal"
	}
	if *asJSON {
		err = printJSON(s.out, answer)
	} else {
		err = printMatched(s.out, &answer, cut)
	}
	if err == nil && cut != nil {
		err = errNo
	}
	return err
}

// printMatched prints the answer for people.
func printMatched(w io.Writer, a *matched, cut *flow.Infeasible) error {
	if cut != nil {
		_, err := fmt.Fprintf(w, "no flow fits: %d nodes together have %d more to send than can leave them: %v\n", len(a.Cut), cut.Excess, a.Cut)
		return err
	}
	_, err := fmt.Fprintf(w, "objective %d\nserved %d\nunserved %d\nproof holds: no flow costs less\nsolved in %.6f s\n",
		a.Objective, a.Served, a.Unserved, a.Seconds)
	return err
}
