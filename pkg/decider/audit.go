package decider

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// Finding is something on the record that the rules do not allow, or that they demand and that is not there.
type Finding struct {
	Index uint64 // of the commit; for an omission, of the one that demanded it
	Why   string // a code such as "policy.omitted", constant in the source
	More  string // a name, code or number that says it closer; nothing that anybody typed
}

// Unjudged is a commit that could not be judged. It is not known to be wrong, and never called right.
type Unjudged struct {
	Index uint64
	Why   string // "service.no_model", "rests.on_withheld", "rules.unknown", "model.stopped"
}

// AuditReport counts what an auditor did.
type AuditReport struct {
	Commits  uint64 // all, withheld ones included
	Judged   uint64
	Withheld []uint64
	Unjudged []Unjudged
	// Uncertain counts demands that seem overdue but may be done in what is withheld, or rest on it.
	Uncertain int
}

// AuditConfig sets an auditor up. The zero value is usable.
type AuditConfig struct {
	// GraceMS is how late a demand may be, in block time; 0 means 60000.
	GraceMS int64
	// Verify checks signatures too; nil leaves them to the caller, who can do it on all processors.
	Verify Verifier
}

// Auditor judges every commit of a record again, each at its place before it is folded, and holds the record to everything that a
// sequencer and its services promise. It gives the same answer as they did, or a finding.
//
// It goes on after a finding, with the record as it stands. A commit that is withheld leaves a hole: what rests on something that
// the hole may have changed is listed as unjudged, by the versions in its read set; everything else is judged as before.
type Auditor struct {
	cfg     AuditConfig
	models  []*State
	service map[string]*State
	owner   map[string]string // kind -> service, of the known models
	stopped map[string]string // service -> why it is no longer judged
	book    book
	genesis chain.Hash
	omitted map[chain.CommandID]bool
	report  AuditReport
	found   []Finding // of the commit at hand
}

// NewAuditor begins at the record's first commit.
func NewAuditor(models []*Model, cfg AuditConfig) *Auditor {
	if cfg.GraceMS == 0 {
		cfg.GraceMS = 60_000
	}
	a := &Auditor{
		cfg: cfg, service: map[string]*State{}, owner: map[string]string{}, stopped: map[string]string{},
		book: makeBook(), omitted: map[chain.CommandID]bool{},
	}
	for _, m := range models {
		s := NewState(m)
		s.audited = true
		a.models, a.service[m.Service] = append(a.models, s), s
		for _, kind := range m.OwnKinds() {
			a.owner[kind] = m.Service
		}
	}
	return a
}

// State gives what folding the record under a service's model has given so far; nil without one. Commands' ids are not in it.
func (a *Auditor) State(service string) *State { return a.service[service] }

// Report tells what was done so far.
func (a *Auditor) Report() *AuditReport { return &a.report }

func (a *Auditor) find(index uint64, why, more string) {
	a.found = append(a.found, Finding{Index: index, Why: why, More: more})
}

// Withheld notes a commit of which only the place is known.
func (a *Auditor) Withheld(index uint64) {
	a.report.Commits++
	a.report.Withheld = append(a.report.Withheld, index)
	a.book.position++
	a.book.holes = true
	for _, s := range a.models {
		s.position++
		s.partial = true
	}
}

// expect panics where the caller leaves a commit out: that is the program's mistake, not the record's.
func (a *Auditor) expect(index uint64) {
	if index != a.book.position {
		panic(fmt.Sprintf("auditor is given index %d, expects %d", index, a.book.position))
	}
}

// Commit judges the next commit and folds it.
func (a *Auditor) Commit(index uint64, raw []byte, blockTime int64) []Finding {
	a.found = nil
	a.expect(index)
	r, err := NewRecord(raw)
	if err != nil {
		a.Withheld(index)
		a.find(index, "commit.malformed", "")
		return a.found
	}
	a.report.Commits++
	if index == 0 {
		a.genesis = chain.HashCommit(raw)
	}
	signed, err := chain.DecodeSigned(r.Command)
	if err != nil {
		a.find(index, "command.malformed", "")
	} else {
		a.checkCommand(index, r.Commit, signed, blockTime)
	}
	state := a.service[r.Service]
	a.checkKinds(index, r.Commit)
	switch fit := a.book.enter(r.Commit); {
	case fit == fitStale:
		a.find(index, "read.stale", "")
		if a.book.holes {
			a.unjudged(index, "rests.on_withheld")
			state = nil
		}
	case fit == fitUnknown:
		a.unjudged(index, "rests.on_withheld")
		state = nil
	case state == nil:
		a.unjudged(index, "service.no_model")
	}
	if state != nil && signed != nil {
		a.rejudge(index, state, r, signed)
	}
	for _, s := range a.models {
		a.fold(index, s, r, blockTime)
	}
	return a.found
}

func (a *Auditor) unjudged(index uint64, why string) {
	a.report.Unjudged = append(a.report.Unjudged, Unjudged{index, why})
}

func (a *Auditor) fold(index uint64, s *State, r *Record, blockTime int64) {
	if a.stopped[s.model.Service] != "" {
		s.position++
		return
	}
	err := applySafely(s, r, blockTime)
	switch {
	case err == nil:
	case errors.Is(err, ErrRules):
		a.stopped[s.model.Service] = "rules.unknown"
	default:
		a.stopped[s.model.Service] = "model.stopped"
		a.find(index, "fold.failed", s.model.Service)
	}
}

// ErrFold says that a rule panicked while it folded the record. The same program will do so each time: trying again mends nothing.
var ErrFold = errors.New("a rule panicked while folding the record")

// foldSafely is State.ApplyBlock with a panic of a rule turned into an error that names the commit's index.
func foldSafely(s *State, b *chain.Block, records []*Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("fold index %d: %w: %v", max(s.position, 1)-1, ErrFold, p)
		}
	}()
	return s.ApplyRecords(b, records)
}

// applySafely turns a panic while folding into an error: a forged record may bring a rule into a state that cannot be.
func applySafely(s *State, r *Record, blockTime int64) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrFold, p)
		}
	}()
	return s.ApplyRecord(r, blockTime)
}

// checkKinds holds every service to its own kinds, as far as their models are known.
func (a *Auditor) checkKinds(index uint64, c *chain.Commit) {
	for i := range c.Changes {
		if owner, known := a.owner[chain.KindOf(c.Changes[i].Aggregate)]; known && owner != c.Service {
			a.find(index, "kind.not_yours", c.Service)
		}
	}
}

// rejudge asks the rules again and compares.
func (a *Auditor) rejudge(index uint64, s *State, r *Record, signed *chain.Signed) {
	if why := a.stopped[s.model.Service]; why != "" {
		a.unjudged(index, why)
		return
	}
	in := Input{
		Raw: r.Command, Signed: signed, ID: r.ID, Time: r.Time, Salt: r.Salt,
		Policy: r.Author == chain.AuthorPolicy, Genesis: r.Author == chain.AuthorGenesis,
	}
	var v *Verdict
	why, more := checkPolicy(s, r, in.Policy)
	if why == "" {
		v = s.judgeSafely(nil, &in)
		if v.Err != nil {
			why, more = "decision.refused", fault.Of(v.Err).Code
		} else if part := differs(v.Commit, r); part != "" {
			why, more = "decision.differs", part
		}
	}
	// A demand, and a rule that looked at a derived value, rest on more than the read set shows.
	if why != "" && s.partial && (in.Policy || v.fixed) {
		a.unjudged(index, "rests.on_withheld")
		return
	}
	a.report.Judged++
	if why != "" {
		a.find(index, why, more)
	}
}

// checkPolicy holds a policy's command to the bytes that the demand gives.
func checkPolicy(s *State, r *Record, policy bool) (why, more string) {
	owed := s.owed[r.ID]
	switch {
	case !policy:
		return "", ""
	case owed == nil:
		return "policy.not_owed", ""
	}
	raw, _, err := PolicyCommand(owed, s.model.ops[owed.Operation].Contract)
	if err != nil || !bytes.Equal(raw, r.Command) {
		return "policy.differs", owed.Operation
	}
	return "", ""
}

// differs names the first part of a commit in which the record differs from what the rules say, or answers "".
func differs(want *chain.Commit, got *Record) string {
	switch {
	case want.Author != got.Author:
		return "author"
	case want.Rules != got.Rules:
		return "rules"
	case want.Cause != got.Cause:
		return "cause"
	case want.Actor != got.Actor:
		return "actor"
	case want.Through != got.Through:
		return "through"
	case want.WindowFrom != got.WindowFrom || want.WindowUntil != got.WindowUntil:
		return "window"
	case !slices.Equal(want.Reads, got.Reads):
		return "reads"
	case !slices.Equal(want.Collections, got.Collections):
		return "collections"
	case len(want.Changes) != len(got.Changes):
		return "changes"
	}
	for i := range want.Changes {
		w, g := &want.Changes[i], &got.Changes[i]
		if w.Aggregate != g.Aggregate || w.Version != g.Version || len(w.Events) != len(g.Events) {
			return "changes"
		}
		for j := range w.Events {
			if w.Events[j].Type != g.Events[j].Type || !sameEvent(&w.Events[j], got, i, j) {
				return "events"
			}
		}
	}
	return ""
}

// sameEvent compares bytes first; another encoding of the same message is the same fact.
func sameEvent(want *chain.Event, got *Record, change, event int) bool {
	if bytes.Equal(want.Body, got.Changes[change].Events[event].Body) {
		return true
	}
	w, err := DecodeEvent(*want)
	if err != nil {
		return false
	}
	g, err := got.body(change, event)
	return err == nil && proto.Equal(w, g)
}

// EndBlock takes note of a block's end and finds what is overdue by then.
func (a *Auditor) EndBlock(h *chain.Sealed) []Finding {
	for _, s := range a.models {
		s.SetHead(h)
	}
	return a.Overdue(h.Time)
}

// Overdue finds what has been owed at a time for longer than the grace, each demand once.
func (a *Auditor) Overdue(now int64) []Finding {
	a.found = nil
	for _, s := range a.models {
		if a.stopped[s.model.Service] != "" {
			continue
		}
		s.due.until(now-a.cfg.GraceMS-1, func(o *Owed) {
			if s.owed[o.ID] != o || a.omitted[o.ID] || o.Since+a.cfg.GraceMS >= now {
				return
			}
			a.omitted[o.ID] = true
			if s.partial {
				a.report.Uncertain++
				return
			}
			a.find(o.Cause-1, "policy.omitted", o.Operation)
		})
	}
	slices.SortFunc(a.found, func(x, y Finding) int { return int(x.Index) - int(y.Index) })
	return a.found
}
