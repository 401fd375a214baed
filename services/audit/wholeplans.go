package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/fullplan"
	"renlin.dev/services/audit/plancheck"
)

// errNoWhole is the answer where there is no full plan, or none yet.
var errNoWhole = fault.New(fault.NotFound, "plan.no_whole",
	"There is no full plan of this: it does not call itself optimal, is too large, or has not been read yet.",
	"没有该方案的完整文件：它未自称最优、规模过大，或尚未核对到。")

// errNoMatch is the answer where a plan does not have a provider serve a need.
var errNoMatch = fault.New(fault.NotFound, "plan.no_match", "The plan does not have this provider serve this need.", "该方案未安排此提供方满足该需求。")

// keepWhole keeps the whole of a plan, as the record gives it. The file is made anew after every start, so nothing waits for its sync, and
// a file that was touched is written over.
func (a *Audit) keepWhole(p *plancheck.Plan) error {
	if len(p.Whole) == 0 || a.cfg.Dir == "" || !isPlan(p.Plan) {
		return nil
	}
	file := a.wholeFile(p.Plan)
	if kept, err := os.ReadFile(file); err == nil && bytes.Equal(kept, p.Whole) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return fmt.Errorf("keep full plan: %w", err)
	}
	if err := os.WriteFile(file+".tmp", p.Whole, 0o600); err != nil {
		return fmt.Errorf("keep full plan: %w", err)
	}
	return os.Rename(file+".tmp", file)
}

// isPlan tells whether an id can be that of a plan, and so names a file.
func isPlan(id string) bool {
	return !strings.Contains(id, "/") && chain.CheckAggregate("plan/"+id) == nil
}

// wholeFile spreads the files over folders, or one would hold them all.
func (a *Audit) wholeFile(plan string) string {
	return filepath.Join(a.cfg.Dir, "plans", plan[:min(2, len(plan))], plan+".json")
}

// WholeQuestion asks for a full plan, or, of a need and who serves it, for why.
type WholeQuestion struct {
	Plan     string `json:"plan"`
	Need     string `json:"need,omitempty"`
	Provider string `json:"provider,omitempty"`
}

// WhyAnswer says why a need is served by a provider: what one more unit of its offer would save, who would have been next, and what a unit
// would have cost more then; with nobody next, what leaving it would.
type WhyAnswer struct {
	Skill string `json:"skill"`
	Price int64  `json:"price"`
	Next  string `json:"next,omitempty"`
	Extra int64  `json:"extra"`
}

// AnswerWhole answers a question as JSON: the bytes of the full plan as they are, or a WhyAnswer.
func (a *Audit) AnswerWhole(_ context.Context, data []byte) ([]byte, error) {
	var q WholeQuestion
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, fault.ErrMalformed.Because(err)
	}
	if !isPlan(q.Plan) || a.cfg.Dir == "" {
		return nil, errNoWhole
	}
	raw, err := os.ReadFile(a.wholeFile(q.Plan))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNoWhole
	case err != nil:
		a.note("serve", err)
		return nil, ErrDamaged.Because(err)
	case q.Need == "":
		return raw, nil
	}
	whole, err := fullplan.Decode(raw)
	if err != nil {
		a.note("serve", err)
		return nil, ErrDamaged.Because(err)
	}
	why, ok := whole.Why(q.Need, q.Provider)
	if !ok {
		return nil, errNoMatch
	}
	return json.Marshal(WhyAnswer{Skill: why.Skill, Price: why.Price, Next: why.Next, Extra: why.Extra})
}
