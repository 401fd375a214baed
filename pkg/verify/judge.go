package verify

import (
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
)

// Judge makes decisions again. Commit is called for every commit in order, with nil for one that is withheld; it tells what is wrong,
// and why the decision could not be judged, or "". EndBlock is called after a block's last commit.
type Judge interface {
	Commit(index uint64, raw []byte, blockTime int64) (found []Finding, unjudged string)
	EndBlock(h *chain.Sealed) []Finding
	// Uncertain counts demands of rules that seem overdue, but may be done in what is withheld.
	Uncertain() uint64
}

// NewJudge makes the Judge that knows these services' rules: the decider's Auditor. Commits of other services are held to times, ids
// and versions, and listed as unjudged.
func NewJudge(models ...*decider.Model) Judge {
	return &auditor{Auditor: decider.NewAuditor(models, decider.AuditConfig{})}
}

type auditor struct {
	*decider.Auditor
	listed int // of the auditor's unjudged commits
}

func (a *auditor) Commit(index uint64, raw []byte, blockTime int64) ([]Finding, string) {
	if raw == nil {
		a.Auditor.Withheld(index)
		return nil, "withheld"
	}
	found := a.convert(a.Auditor.Commit(index, raw, blockTime))
	if list := a.Report().Unjudged; len(list) > a.listed {
		a.listed = len(list)
		return found, list[len(list)-1].Why
	}
	if len(found) > 0 && found[0].Check == "commit.malformed" {
		return found, "commit.malformed"
	}
	return found, ""
}

func (a *auditor) EndBlock(h *chain.Sealed) []Finding { return a.convert(a.Auditor.EndBlock(h)) }

func (a *auditor) Uncertain() uint64 { return uint64(a.Report().Uncertain) }

func (a *auditor) convert(found []decider.Finding) []Finding {
	if len(found) == 0 {
		return nil
	}
	out := make([]Finding, len(found))
	for i, f := range found {
		out[i] = Finding{Index: f.Index, Check: Check(f.Why), Why: sentence(f)}
	}
	return out
}

// judgeSentences say the auditor's codes to a reader of the report.
var judgeSentences = map[string]string{
	"commit.malformed":   "the commit cannot be read",
	"command.malformed":  "the command cannot be read",
	"command.id":         "the command's id is not the one that its author's key gives",
	"command.twice":      "the command was done before",
	"command.expired":    "the command was written after the time that its author allowed",
	"command.not_after":  "the command's author allowed it for longer than anybody may",
	"founding.misplaced": "the first commit founds, and no other",
	"window.missed":      "it was written outside its window",
	"time.skewed":        "its time is too far from its block's",
	"kind.not_yours":     "the service wrote what is another's",
	"read.stale":         "it does not rest on the state at its place",
	"fold.failed":        "its facts contradict the record",
	"decision.refused":   "the rules refuse it",
	"decision.differs":   "the rules decide otherwise",
	"policy.not_owed":    "no rule demanded it",
	"policy.differs":     "it is not what the rule demanded",
	"policy.omitted":     "a rule demanded something here that was not done in time",
}

func sentence(f decider.Finding) string {
	text := judgeSentences[f.Why]
	if text == "" {
		text = f.Why
	}
	if f.More != "" {
		text += ": " + f.More
	}
	return text
}
