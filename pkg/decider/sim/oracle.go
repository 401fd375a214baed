package sim

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
)

// oracle remembers what anyone was told and holds it against the record.
type oracle struct {
	*world
	violations []string
	answers    map[string]int
	told       []told
}

// told is one answer. Between since and until, commits of the record when the command came and when it was answered, there must
// be a moment at which the answer was right.
type told struct {
	c            *command
	r            decider.Result
	since, until uint64
	at           int64 // true time
}

func newOracle(w *world) *oracle { return &oracle{world: w, answers: map[string]int{}} }

func (o *oracle) violate(format string, args ...any) {
	o.violations = append(o.violations, fmt.Sprintf(format, args...))
}

func (o *oracle) violateAll(found []string) { o.violations = append(o.violations, found...) }

// answered notes an answer at the moment when an instance gives it.
func (o *oracle) answered(c *command, r decider.Result, since uint64) {
	code := ""
	if r.Fault != nil {
		code = r.Fault.Code
		if r.Fault.Kind == fault.Internal {
			o.violate("%s made a rule panic: %v", c.signed.Operation, r.Fault)
		}
	}
	o.answers[code]++
	o.told = append(o.told, told{c: c, r: r, since: since, until: o.stream.size(), at: o.now})
	if r.Fault == nil && r.Position > o.stream.size() {
		o.violate("a command was acknowledged at position %d, the record has %d", r.Position, o.stream.size())
	}
}

// compare holds a state that came from a snapshot against one that was folded from the record's beginning.
func (o *oracle) compare(p *process, state *decider.State) {
	fresh := decider.NewState(p.model)
	for n := range state.Head().Number + 1 {
		if err := o.foldBlock([]*decider.State{fresh}, n); err != nil {
			o.violate("block %d cannot be folded: %v", n, err)
			return
		}
	}
	o.same(p.name()+"'s snapshot", state, fresh)
}

func (o *oracle) same(what string, a, b *decider.State) {
	x, err1 := a.Digest()
	y, err2 := b.Digest()
	if err := errors.Join(err1, err2); err != nil || x != y {
		o.violate("%s differs from what the record gives (%v)", what, err)
	}
}

// graceMS is how late a demand may be in a play, where an instance may be cut off for long; that all are done is checked at the end.
const graceMS = 3600_000

// finish judges the whole record again, and every answer at its place.
func (o *oracle) finish() {
	if len(o.violations) > 0 {
		return
	}
	places := o.record()
	for i := range o.told {
		o.checkAnswer(&o.told[i], places)
	}
	o.checkPresence(places)
	if len(o.violations) > 0 {
		return
	}
	o.checkStates()
	if o.watch != nil {
		o.violateAll(o.watch.Rest(max(o.now, o.rest+o.cfg.LeapMS))) // to then, nothing is due any more
	}
	services := map[string]bool{}
	for _, c := range o.load.commands {
		services[c.service] = true
	}
	if total := o.faultCount(); total < 3 || o.load.ender == nil && len(o.load.commands) < o.cfg.Commands || len(services) < 2 {
		o.violate("only %d faults and %d commands over %d services", total, len(o.load.commands), len(services))
	}
}

func (o *oracle) faultCount() (n int) {
	for _, k := range o.faults {
		n += k
	}
	return n
}

// place is where a command stands on the record.
type place struct {
	index   uint64
	command []byte
	commit  chain.Hash
	block   chain.Hash
}

// record audits every commit, judges every refusal beside the state it may have been judged on, and answers where commands stand.
func (o *oracle) record() map[chain.CommandID]place {
	places := map[chain.CommandID]place{}
	a := decider.NewAuditor(o.cfg.Judges, decider.AuditConfig{GraceMS: graceMS, Verify: o.auditVerifier()})
	open := o.refusals()
	open = o.rejudge(a, 0, open)
	var prev *chain.Sealed
	for n, raw := range o.stream.blocks {
		b, err := chain.VerifyBlock(raw, prev)
		if err != nil {
			o.violate("block %d: %v", n, err)
			return places
		}
		for i, rawCommit := range b.Commits {
			index := b.First + uint64(i)
			o.findings(a.Commit(index, rawCommit, b.Time))
			c, err := chain.DecodeCommit(rawCommit)
			if err != nil {
				o.violate("commit %d: %v", index, err)
				return places
			}
			places[c.ID] = place{
				index: index, command: c.Command, commit: chain.HashCommit(rawCommit), block: b.Sealed.Hash(),
			}
			open = o.rejudge(a, index+1, open)
		}
		o.findings(a.EndBlock(&b.Sealed))
		prev = &b.Sealed
	}
	for _, t := range open {
		o.violate("%s was refused with %s, and at no moment between positions %d and %d was that right",
			t.c.signed.Operation, t.r.Fault.Code, t.since, t.until)
	}
	for _, m := range o.cfg.Models {
		if owed := a.State(m.Service).OwedNow(o.horizon); len(owed) > 0 {
			o.violate("%d demands of %s were never done, such as %s", len(owed), m.Service, owed[0].Purpose)
		}
	}
	return places
}

// auditVerifier checks signatures only where they were made.
func (o *oracle) auditVerifier() decider.Verifier {
	if o.signer == nil {
		return nil
	}
	return (*chain.Signed).CheckSignatures
}

func (o *oracle) findings(found []decider.Finding) {
	for _, f := range found {
		o.violate("commit %d: %s %s", f.Index, f.Why, f.More)
	}
}

// bySequencer are the refusals that a rule did not give.
var bySequencer = []error{
	chain.ErrExpired, chain.ErrNotAfter, chain.ErrReused, chain.ErrWindowEarly, chain.ErrWindowLate, decider.ErrContended,
}

func ruled(f *fault.Fault) bool {
	for _, err := range bySequencer {
		if errors.Is(f, err) {
			return false
		}
	}
	return !f.Kind.Temporary()
}

// refusals are the answers in which a rule said no.
func (o *oracle) refusals() []*told {
	var out []*told
	for i := range o.told {
		if t := &o.told[i]; t.r.Fault != nil && ruled(t.r.Fault) {
			out = append(out, t)
		}
	}
	return out
}

// rejudge strikes out the refusals that are right at a position.
func (o *oracle) rejudge(a *decider.Auditor, position uint64, open []*told) []*told {
	rest := open[:0]
	for _, t := range open {
		if t.since > position || position > t.until || !o.right(a, t) {
			rest = append(rest, t)
		}
	}
	return rest
}

func (o *oracle) right(a *decider.Auditor, t *told) bool {
	state := a.State(t.c.service)
	admitted := t.c.admitted
	v := state.Judge(&decider.Input{
		Raw: t.c.raw, Signed: t.c.signed, Body: admitted.Body, ID: admitted.ID, Time: t.r.Time, Genesis: t.c.genesis,
	})
	return v.Err != nil && errors.Is(v.Err, t.r.Fault)
}

// checkAnswer holds one answer against the record.
func (o *oracle) checkAnswer(t *told, places map[chain.CommandID]place) {
	on, ok := places[t.c.admitted.ID]
	same := ok && bytes.Equal(on.command, t.c.raw)
	switch f := t.r.Fault; {
	case f == nil && !same:
		o.violate("%s was acknowledged at position %d and is not on the record", t.c.signed.Operation, t.r.Position)
	case f == nil && t.r.Position != on.index+1:
		o.violate("%s was acknowledged at position %d and stands at %d", t.c.signed.Operation, t.r.Position, on.index+1)
	case f == nil && t.r.Receipt != nil && (t.r.Receipt.Commit != on.commit || t.r.Receipt.Sealed.Hash() != on.block):
		o.violate("the receipt of index %d is for something else", on.index)
	case f == nil:
	case errors.Is(f, chain.ErrReused) && same && on.index < t.since:
		o.violate("a repeat of index %d was taken for something else", on.index)
	case errors.Is(f, decider.ErrContended) && t.until-t.c.first < 15: // each of 16 attempts met another commit, perhaps unseen yet
		o.violate("%s was given up as contended while %d commits came", t.c.signed.Operation, t.until-t.c.first)
	case errors.Is(f, chain.ErrExpired) && t.c.signed.NotAfter > t.at+500:
		o.violate("a command was called expired %d ms before its time", t.c.signed.NotAfter-t.at)
	case same && !f.Kind.Temporary() && on.index < t.since:
		o.violate("%s stood at index %d and was answered %s", t.c.signed.Operation, on.index, f.Code)
	}
}

// checkPresence makes sure that what nobody was told did not happen unasked: every commit is a command that somebody sent.
func (o *oracle) checkPresence(places map[chain.CommandID]place) {
	sent := map[chain.CommandID]bool{}
	for _, c := range o.load.commands {
		if c.admitted != nil {
			sent[c.admitted.ID] = true
		}
	}
	strangers := 0
	for id, on := range places { // any order: they are counted
		signed, err := chain.DecodeSigned(on.command)
		if err != nil || signed.NotAfter != 0 && !sent[id] {
			strangers++
		}
	}
	if strangers > 0 {
		o.violate("%d commits are of commands that nobody sent", strangers)
	}
}

// checkStates makes sure that all instances have come to what the record gives.
func (o *oracle) checkStates() {
	fresh := make([]*decider.State, len(o.cfg.Models))
	for i, m := range o.cfg.Models {
		fresh[i] = decider.NewState(m)
	}
	for n := range o.stream.blocks {
		if err := o.foldBlock(fresh, uint64(n)); err != nil {
			o.violate("block %d cannot be folded: %v", n, err)
			return
		}
	}
	for _, p := range o.procs {
		if p.inst != nil {
			o.same(p.name()+"'s state", p.inst.State(), fresh[slices.Index(o.cfg.Models, p.model)])
		}
	}
}

// foldBlock folds a block into several states.
func (o *oracle) foldBlock(states []*decider.State, n uint64) error {
	b, err := o.stream.read(n, states[0].Head())
	for i := 0; err == nil && i < len(states); i++ {
		err = states[i].ApplyRecords(b.Block, b.records)
	}
	return err
}
