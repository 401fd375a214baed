package audit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/services/audit/plancheck"
)

// Plans says what became of holding plans of matching against the record. A plan that is not what it says is a finding, and no difference:
// the record is what it was, and says who made that plan.
type Plans struct {
	Blocks    uint64 `json:"blocks"`    // read
	Checked   uint64 `json:"checked"`   // plans that call themselves optimal
	Unchecked uint64 `json:"unchecked"` // of them, those that rest on what this version cannot read
	Wrong     uint64 `json:"wrong"`     // of them, those that are not what they say
	// Findings are the newest of those that are wrong, each with the first thing that is.
	Findings []PlanFinding `json:"findings,omitempty"`
	// wrongAt is when the newest of them was adopted, ms since the Unix epoch; 0 for none.
	wrongAt int64
}

// PlanFinding is a plan that is not what it says. Which need and whose offer, `renlin verify` tells those with standing.
type PlanFinding struct {
	Plan    string `json:"plan"`
	Index   uint64 `json:"index"` // of the commit that adopted it
	Code    string `json:"code"`
	More    int    `json:"more,omitempty"` // things beside that are wrong with it
	English string `json:"english"`
	Chinese string `json:"chinese"`
}

// planFindingsMax is how many findings the state shows.
const planFindingsMax = 20

// plansLoop holds each plan that calls itself optimal against all that waited and was free, behind the archive. What it has seen is in
// memory only: after a start it reads the record from its beginning, so that no file can make it forget a finding.
func (a *Audit) plansLoop(ctx context.Context) error {
	return a.behind(ctx, "plans", a.unplanned, a.checkNewPlans)
}

func (a *Audit) checkNewPlans(ctx context.Context) error {
	for number := a.plansSeen().Blocks; ctx.Err() == nil; number++ {
		raw, err := a.archive.Block(number)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			return fmt.Errorf("block %d: %w: %w", number, ErrArchive, err)
		}
		found := a.follower.Block(b.First, b.Commits, b.Sealed.Hash())
		for i := range found {
			if err := a.keepWhole(&found[i]); err != nil {
				return err
			}
		}
		a.judged(b, found)
	}
	return nil
}

// judged notes what was found of a block's plans.
func (a *Audit) judged(b *chain.Block, found []plancheck.Plan) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := &a.plans
	s.Blocks = b.Number + 1
	for _, p := range found {
		s.Checked++
		switch {
		case p.Unchecked:
			s.Unchecked++
		case len(p.Findings) > 0:
			s.Wrong++
			s.wrongAt = b.Time
			first := p.Findings[0]
			s.Findings = append(s.Findings, PlanFinding{
				Plan: p.Plan, Index: p.Index, Code: first.Code, More: len(p.Findings) - 1, English: first.English, Chinese: first.Chinese,
			})
			s.Findings = s.Findings[max(0, len(s.Findings)-planFindingsMax):]
			a.meter.findings.With("plans").Add(1)
			a.cfg.Log.Warn("a plan is not what it says", "community", a.cfg.Community, "plan", p.Plan, "commit", p.Index, "finding", first.Code)
		}
	}
}

// plansSeen gives a copy of what was seen so far.
func (a *Audit) plansSeen() Plans {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.plans
	out.Findings = slices.Clone(out.Findings)
	return out
}
