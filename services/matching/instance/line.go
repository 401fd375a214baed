package instance

import "renlin.dev/services/matching/internal/plan"

// needLine is a need as a file has it.
type needLine struct {
	ID               string   `json:"id"`
	Quantity         *int64   `json:"quantity"`
	Skill            string   `json:"skill"`
	Cell             [2]int64 `json:"cell"`
	Window           [2]int64 `json:"window"`
	Language         string   `json:"language"`
	LanguageRequired bool     `json:"language_required"`
	Priority         int64    `json:"priority"`
	Waiting          int64    `json:"waiting"`
	Not              []string `json:"not"`
}

func (l *needLine) need() plan.Need {
	return plan.Need{
		ID: l.ID, Quantity: or(l.Quantity, 1), Skill: l.Skill, Cell: l.Cell, Window: window(l.Window), Language: l.Language,
		LanguageRequired: l.LanguageRequired, Priority: l.Priority, Waiting: l.Waiting, Not: l.Not,
	}
}

// providerLine is a provider as a file has it.
type providerLine struct {
	ID           string     `json:"id"`
	Organisation string     `json:"organisation"`
	Capacity     int64      `json:"capacity"`
	Skills       []string   `json:"skills"`
	Cell         [2]int64   `json:"cell"`
	Radius       int64      `json:"radius"`
	Windows      [][2]int64 `json:"windows"`
	Languages    []string   `json:"languages"`
	Reliability  *int64     `json:"reliability"`
}

func (l *providerLine) provider() plan.Provider {
	p := plan.Provider{
		ID: l.ID, Organisation: l.Organisation, Capacity: l.Capacity, Skills: l.Skills, Cell: l.Cell, Radius: l.Radius,
		Languages: l.Languages, Reliability: or(l.Reliability, plan.ReliabilityMax),
	}
	if p.Organisation == "" { // who belongs to none is one
		p.Organisation = p.ID
	}
	for _, w := range l.Windows {
		p.Windows = append(p.Windows, window(w))
	}
	return p
}

func window(w [2]int64) plan.Window { return plan.Window{From: w[0], Until: w[1]} }

func or(v *int64, absent int64) int64 {
	if v == nil {
		return absent
	}
	return *v
}

// eventLine is an event as a file has it.
type eventLine struct {
	Open  *needLine `json:"open"`
	Close *struct {
		Need string `json:"need"`
	} `json:"close"`
	Wait *struct {
		Need    string `json:"need"`
		Waiting int64  `json:"waiting"`
	} `json:"wait"`
	Fail     *whoLine `json:"fail"`
	Restore  *whoLine `json:"restore"`
	Capacity *struct {
		Provider string `json:"provider"`
		Capacity *int64 `json:"capacity"`
	} `json:"capacity"`
}

type whoLine struct {
	Provider     string `json:"provider"`
	Organisation string `json:"organisation"`
}

// event answers the one event of a line.
func (l *eventLine) event() (e plan.Event, err error) {
	set := 0
	for _, is := range []bool{l.Open != nil, l.Close != nil, l.Wait != nil, l.Fail != nil, l.Restore != nil, l.Capacity != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return e, ErrLine
	}
	switch {
	case l.Open != nil:
		n := l.Open.need()
		e.Open, err = &n, n.Check()
	case l.Close != nil:
		if e.Close = l.Close.Need; e.Close == "" {
			err = ErrLine
		}
	case l.Wait != nil:
		e.Wait = &plan.Waited{Need: l.Wait.Need, Waiting: l.Wait.Waiting}
	case l.Fail != nil:
		e.Fail = &plan.Who{Provider: l.Fail.Provider, Organisation: l.Fail.Organisation}
	case l.Restore != nil:
		e.Restore = &plan.Who{Provider: l.Restore.Provider, Organisation: l.Restore.Organisation}
	case l.Capacity != nil:
		e.Capacity = &plan.Able{Provider: l.Capacity.Provider, Capacity: or(l.Capacity.Capacity, -1)}
	}
	return e, err
}
