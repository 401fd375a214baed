package main

import (
	"fmt"
	"io"
	"strings"

	"renlin.dev/services/matching/instance"
)

// matchedWhy says why a need is served as it is.
type matchedWhy struct {
	Need         string          `json:"need"`
	Alternatives []matchedOption `json:"alternatives"`
	// Competing needs and full Providers are there where units stay unserved.
	Competing []string `json:"competing,omitempty"`
	Full      []string `json:"full,omitempty"`
}

// matchedOption is a provider who may serve the need.
type matchedOption struct {
	Provider    string `json:"provider"`
	Units       int64  `json:"units"`
	Distance    int64  `json:"distance"`
	Reliability int64  `json:"reliability"`
	Language    int64  `json:"language"`
	Window      int64  `json:"window"`
	// More is what one unit more would cost everybody together, nil if it is impossible; PlaceMore what one more of the provider's would
	// save.
	More      *int64 `json:"more"`
	PlaceMore int64  `json:"place_more"`
}

// explainNeed asks a plan about a need.
func explainNeed(pl *instance.Plan, id string) (*matchedWhy, error) {
	r, err := pl.Reasons()
	if err != nil {
		return nil, err
	}
	all, err := r.Need(id)
	if err != nil {
		return nil, err
	}
	why := &matchedWhy{Need: id, Alternatives: []matchedOption{}}
	for _, a := range all {
		o := matchedOption{
			Provider: a.Provider, Units: a.Units, Distance: a.Parts.Distance, Reliability: a.Parts.Reliability,
			Language: a.Parts.Language, Window: a.Parts.Window,
		}
		if !a.Impossible {
			o.More = &a.Exact
		}
		if o.PlaceMore, err = r.Provider(a.Provider); err != nil {
			return nil, err
		}
		why.Alternatives = append(why.Alternatives, o)
	}
	short, err := r.Shortage(id)
	why.Competing, why.Full = short.Needs, short.Providers
	return why, err
}

// printWhy tells it to people.
func printWhy(w io.Writer, why *matchedWhy) {
	if why == nil {
		return
	}
	for _, o := range why.Alternatives {
		more := "cannot serve more"
		if o.More != nil {
			more = fmt.Sprintf("a unit more costs %d more", *o.More)
		}
		fmt.Fprintf(w, "%s by %s ×%d: distance %d, reliability %d, language %d, window %d; %s; a place more saves %d\n",
			why.Need, o.Provider, o.Units, o.Distance, o.Reliability, o.Language, o.Window, more, o.PlaceMore)
	}
	if len(why.Full) > 0 {
		fmt.Fprintf(w, "%s: short of places at %s, for which %s compete\n",
			why.Need, strings.Join(why.Full, ", "), strings.Join(why.Competing, ", "))
	}
}
