// Package instance reads files of needs, providers and events, for whoever wants to see what matching would make of them without running
// it. It is pure: what it answers is a function of the bytes it is given.
//
// Its rules, in plain words: a file has one JSON object a line, each with one key that says what it is. A file is taken as a whole or
// refused by line and field; nothing that stands in it is repeated in an error. What each field means is in docs/formats.md.
package instance

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"renlin.dev/pkg/fault"
	"renlin.dev/services/matching/internal/plan"
)

// What a plan is made of and what it answers is the matching service's own.
type (
	Plan       = plan.Plan
	Rules      = plan.Rules
	Event      = plan.Event
	Settled    = plan.Settled
	Totals     = plan.Totals
	Assignment = plan.Assignment
	Share      = plan.Share

	Reasons     = plan.Reasons
	Alternative = plan.Alternative
	Shortage    = plan.Shortage
)

// LineBytesMax bounds one line.
const LineBytesMax = 64 << 10

// The refusals of files.
var (
	// ErrLine says that a line cannot be used; the details name it and, where one is to blame, the field.
	ErrLine = fault.New(fault.Invalid, "matching_file.line",
		"A line of the file is not what it should be.", "文件中有一行不符合要求。")
	// ErrTwice says that an id stands in two lines.
	ErrTwice = fault.New(fault.Invalid, "matching_file.twice",
		"Two lines of the file have the same id.", "文件中有两行使用了同一编号。")
)

// Instance is what a file asks to be matched.
type Instance struct {
	needs     []plan.Need
	providers []plan.Provider
}

// Size answers how many needs and providers there are.
func (i *Instance) Size() (needs, providers int) { return len(i.needs), len(i.providers) }

// Plan makes the plan.
func (i *Instance) Plan(rules Rules) (*Plan, error) { return plan.New(i.needs, i.providers, rules) }

// Read reads needs and providers, in any order.
func Read(raw []byte) (*Instance, error) {
	in := &Instance{}
	needs, providers := map[string]bool{}, map[string]bool{}
	err := lines(raw, func(line []byte) error {
		var r struct {
			Need     *needLine     `json:"need"`
			Provider *providerLine `json:"provider"`
		}
		if err := strict(line, &r); err != nil {
			return err
		}
		switch {
		case r.Need != nil && r.Provider == nil:
			n := r.Need.need()
			if needs[n.ID] {
				return ErrTwice
			}
			needs[n.ID] = true
			in.needs = append(in.needs, n)
			return n.Check()
		case r.Provider != nil && r.Need == nil:
			p := r.Provider.provider()
			if providers[p.ID] {
				return ErrTwice
			}
			providers[p.ID] = true
			in.providers = append(in.providers, p)
			return p.Check()
		}
		return ErrLine
	})
	if err != nil {
		return nil, err
	}
	return in, nil
}

// ReadEvents reads events, in the order in which they happen.
func ReadEvents(raw []byte) ([]Event, error) {
	var events []Event
	err := lines(raw, func(line []byte) error {
		var r eventLine
		if err := strict(line, &r); err != nil {
			return err
		}
		e, err := r.event()
		events = append(events, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return events, nil
}

// lines gives every line that is not empty, and says which was refused.
func lines(raw []byte, take func(line []byte) error) error {
	for number := int64(1); len(raw) > 0; number++ {
		line, rest, _ := bytes.Cut(raw, []byte{'\n'})
		raw = rest
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		err := error(ErrLine)
		if len(line) <= LineBytesMax {
			err = take(line)
		}
		if err == nil {
			continue
		}
		at := ErrLine.WithInt("line", number)
		var f *fault.Fault
		if errors.As(err, &f) && f.Code != ErrLine.Code {
			at = at.With("field", f.Detail["field"]).With("reason", f.Code)
		}
		return at
	}
	return nil
}

// strict reads one object whose keys are all known; what it says of an error repeats nothing of the line.
func strict(line []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return ErrLine
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrLine
	}
	return nil
}
