package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"renlin.dev/pkg/verify"
	"renlin.dev/services/audit/plancheck"
)

// plansIn has every plan that calls itself optimal, of a bundle that verify has read to its end, held against all that waited and was
// free.
func plansIn(raw []byte) (*plancheck.Report, error) {
	b, err := verify.Read(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := plancheck.New()
	for {
		block, err := b.Next()
		if errors.Is(err, io.EOF) {
			return c.Report(), nil
		}
		if err != nil {
			return nil, err
		}
		for i, commit := range block.Commits {
			c.Add(block.First+uint64(i), commit)
		}
		c.Block(block.First, block.Count, block.Hash())
	}
}

// plansJudged adds what is wrong with plans to the report: a record with a plan that is not what it says does not hold.
func plansJudged(r *verify.Report, plans *plancheck.Report) {
	for _, p := range plans.Plans {
		for _, f := range p.Findings {
			why := "plan " + p.Plan
			if f.Need != "" {
				why += ", need " + f.Need
			}
			if f.Offer != "" {
				why += ", offer of " + f.Offer
			}
			r.Findings = append(r.Findings, verify.Finding{
				Index: f.Index, Check: verify.Check(f.Code), Why: fmt.Sprintf("%s: %s %s", why, f.English, f.Chinese),
			})
		}
	}
	r.OK = r.OK && plans.OK
}

// printPlans says how many plans were checked by the second hand; nothing where there is none.
func printPlans(w io.Writer, plans *plancheck.Report) {
	var pairs, left, unchecked, findings int
	for _, p := range plans.Plans {
		pairs, left, findings = pairs+p.Pairs, left+p.LeftOut, findings+len(p.Findings)
		if p.Unchecked {
			unchecked++
		}
	}
	if len(plans.Plans) > 0 {
		fmt.Fprintf(w, "second     %d optimal plans: %d pairs of need and offer looked at, %d needs left for the next plan, "+
			"%d plans not checked, %d findings\n", len(plans.Plans), pairs, left, unchecked, findings)
	}
}
