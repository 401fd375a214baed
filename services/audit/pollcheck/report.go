package pollcheck

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Report is the whole answer. It is made for people in two languages, and for programs as JSON.
type Report struct {
	OK    bool   `json:"ok"` // no check of any poll failed; some may not have been made
	Polls []Poll `json:"polls"`
	// Withheld commits may hold what some checks needed.
	Withheld int `json:"withheld,omitempty"`
}

// Poll is what was found of one poll.
type Poll struct {
	Poll    string `json:"poll"`
	Index   uint64 `json:"index"` // of the commit that called it
	Method  string `json:"method"`
	Secrecy string `json:"secrecy"`
	// Stage is how far it has come: called, registering, open, closed, counted, certified or lapsed.
	Stage    string    `json:"stage"`
	Result   string    `json:"result,omitempty"`
	Checks   []Check   `json:"checks"`
	Findings []Finding `json:"findings"`
}

// State is what became of a check.
type State string

// The states.
const (
	Holds State = "holds"
	Fails State = "fails"
	// Unchecked: it could not be made, and Why says why not. Nobody may take it for good.
	Unchecked State = "unchecked"
	// None: there was nothing of it in this poll.
	None State = "none"
)

// Words are a sentence in two languages.
type Words struct {
	English string `json:"english"`
	Chinese string `json:"chinese"`
}

// Check is one check of one poll.
type Check struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// Looked is how many things were looked at.
	Looked int   `json:"looked"`
	Covers Words `json:"covers"`
	// Why is there where the check, or a part of it, was not made.
	Why *Words `json:"why,omitempty"`
}

// Finding is one thing that is wrong.
type Finding struct {
	Check string `json:"check"`
	Code  string `json:"code"`
	Index uint64 `json:"index"` // of the commit
	// At says whose or which part of the commit is meant: a credential's key id and the number of its ballot, a trustee's number, a voter.
	At string `json:"at,omitempty"`
	// Fault is what the arithmetic below says, where it has a word for it.
	Fault string `json:"fault,omitempty"`
	Words
}

// Print writes a report for people.
func (r *Report) Print(w io.Writer) {
	for i := range r.Polls {
		r.Polls[i].print(w)
	}
	switch {
	case len(r.Polls) == 0:
		fmt.Fprintln(w, "polls      none on this record\n表决       本记录中没有表决")
	case r.OK:
		fmt.Fprintln(w, "polls      nothing that was checked by a second hand is wrong\n表决       独立复核未发现任何错误")
	default:
		fmt.Fprintln(w, "polls      NOT as the record says: see what is BAD above\n表决       与记录不符：见上文标有 BAD 的条目")
	}
}

func (p *Poll) print(w io.Writer) {
	result := ""
	if p.Result != "" {
		result = ", " + p.Result
	}
	fmt.Fprintf(w, "poll       %s, called in commit %d: %s, %s, %s%s\n", p.Poll, p.Index, p.Method, p.Secrecy, p.Stage, result)
	for _, c := range p.Checks {
		if c.State == None {
			continue
		}
		fmt.Fprintf(w, "  %-9s %-14s %5d  %s\n  %s%s\n", c.State, c.Name, c.Looked, c.Covers.English, strings.Repeat(" ", 32), c.Covers.Chinese)
		if c.Why != nil {
			fmt.Fprintf(w, "  %s%s %s\n", strings.Repeat(" ", 32), c.Why.English, c.Why.Chinese)
		}
	}
	for _, f := range p.Findings {
		where := fmt.Sprintf("commit %d", f.Index)
		if f.At != "" {
			where += ", " + f.At
		}
		if f.Fault != "" {
			where += " (" + f.Fault + ")"
		}
		fmt.Fprintf(w, "  BAD       %s, %s: %s %s\n", f.Code, where, f.English, f.Chinese)
	}
}

// checking is one check of one poll while it is made.
type checking struct {
	*poll
	hidden   hidden
	blocks   []sealedBlock
	spread   secretballot.Spread
	check    Check
	findings []Finding
	results  // what earlier checks found out, for those that rest on it
}

// is notes that something was looked at, and what is wrong unless it holds.
func (c *checking) is(holds bool, why *why, at place) bool {
	c.check.Looked++
	switch {
	case holds:
	case c.explained(why.absence):
		c.unchecked(notShown)
	default:
		c.findings = append(c.findings, Finding{
			Check: c.check.Name, Code: why.code, Index: at.index, At: at.what, Fault: at.fault, Words: why.Words,
		})
	}
	return holds
}

// explained tells whether something withheld could explain what seems to be wrong.
func (c *checking) explained(a absence) bool {
	first, last := c.facts[0].index, c.facts[len(c.facts)-1].index
	return a != never && slices.ContainsFunc(c.hidden, func(i uint64) bool { return i < last && (i > first || a == ofRecord) })
}

// place is what is meant.
type place struct {
	index uint64
	what  string
	fault string
}

func at(s *said) place {
	if s == nil {
		return place{}
	}
	return place{index: s.index}
}

func (p place) of(format string, args ...any) place {
	p.what = fmt.Sprintf(format, args...)
	return p
}

// unchecked says why the check, or a part of it, is not made. The first reason stands.
func (c *checking) unchecked(why Words) {
	if c.check.Why == nil {
		c.check.Why = &why
	}
}

// done gives the check's end.
func (c *checking) done() Check {
	switch {
	case len(c.findings) > 0:
		c.check.State = Fails
	case c.check.Why != nil:
		c.check.State = Unchecked
	case c.check.Looked == 0:
		c.check.State = None
	default:
		c.check.State = Holds
	}
	return c.check
}

// check looks at a poll by every check, in their order: later ones use what earlier ones have found out.
func (p *poll) check(record *Checker) Poll {
	out := Poll{
		Poll: p.id, Index: p.called, Method: word(p.rules.GetMethod().String(), "METHOD_"),
		Secrecy: word(p.level().String(), "SECRECY_"), Stage: p.stage(), Checks: []Check{}, Findings: []Finding{},
	}
	if p.level() == communityv1.Secrecy_SECRECY_UNSPECIFIED {
		out.Secrecy = "open_by_key_holders"
	}
	if p.tallied != nil {
		out.Result = word(p.tally().GetResult().String(), "RESULT_")
	}
	c := &checking{poll: p, hidden: record.hidden, blocks: record.blocks, spread: record.spread}
	for _, k := range checks {
		c.check = Check{Name: k.name, Covers: k.covers}
		c.findings = nil
		k.run(c)
		out.Checks = append(out.Checks, c.done())
		out.Findings = append(out.Findings, c.findings...)
	}
	return out
}

func word(name, prefix string) string { return strings.ToLower(strings.TrimPrefix(name, prefix)) }
