package directory

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The standard's objects, as far as they are read and written. Fields keep the standard's names.

type page struct {
	TotalItems int       `json:"total_items"`
	TotalPages int       `json:"total_pages"`
	PageNumber int       `json:"page_number"`
	Size       int       `json:"size"`
	FirstPage  bool      `json:"first_page"`
	LastPage   bool      `json:"last_page"`
	Empty      bool      `json:"empty"`
	Contents   []service `json:"contents"`
}

type organization struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Alternate   string `json:"alternate_name,omitempty"`
	Description string `json:"description"`
}

type service struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Status       string        `json:"status"`
	Modified     string        `json:"last_modified,omitempty"`
	Organization *organization `json:"organization,omitempty"`
	Languages    []language    `json:"languages,omitempty"`
	Schedules    []schedule    `json:"schedules,omitempty"`
	Areas        []area        `json:"service_areas,omitempty"`
	At           []atLocation  `json:"service_at_locations,omitempty"`
	Attributes   []attribute   `json:"attributes,omitempty"`
	Capacities   []capacity    `json:"capacities,omitempty"`
}

type language struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Code string `json:"code"`
}

type schedule struct {
	ID        string `json:"id"`
	ValidFrom string `json:"valid_from,omitempty"`
	ValidTo   string `json:"valid_to,omitempty"`
	Notes     string `json:"notes,omitempty"`
}

type area struct {
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Extent     string `json:"extent,omitempty"`
	ExtentType string `json:"extent_type,omitempty"`
	URI        string `json:"uri,omitempty"`
}

type atLocation struct {
	ID       string    `json:"id"`
	Location *location `json:"location,omitempty"`
}

type location struct {
	ID           string      `json:"id"`
	Type         string      `json:"location_type,omitempty"`
	Lat          json.Number `json:"latitude,omitempty"`
	Lon          json.Number `json:"longitude,omitempty"`
	Identifier   string      `json:"external_identifier,omitempty"`
	IdentifierOf string      `json:"external_identifier_type,omitempty"`
}

type attribute struct {
	ID   string `json:"id"`
	Term *term  `json:"taxonomy_term,omitempty"`
}

type term struct {
	ID          string `json:"id"`
	Code        string `json:"code,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Taxonomy    string `json:"taxonomy,omitempty"`
}

type capacity struct {
	ID        string      `json:"id"`
	Unit      *unit       `json:"unit,omitempty"`
	Available json.Number `json:"available,omitempty"`
	Maximum   json.Number `json:"maximum,omitempty"`
	Updated   string      `json:"updated,omitempty"`
}

type unit struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// What the forms of ours are called inside the standard's fields.
const (
	squareType = "renlin-square"      // a location's external identifier, "3,-4": the square of the community's grid
	areaURI    = "urn:renlin:squares" // a service area whose extent is how many squares away it serves
	taxonomy   = "renlin-skill"       // taxonomy terms whose codes are the rulebook's skills
	dateForm   = "2006-01-02"
)

// idBytesMax bounds ids and codes, nameBytesMax names.
const (
	idBytesMax   = 128
	nameBytesMax = 1000
	capacityMax  = 100_000
)

// json reads a file of services or organisations, alone, listed or paged.
func (r *reading) json(name string, raw []byte) error {
	var values []json.RawMessage
	if trimmed := bytes.TrimSpace(raw); len(trimmed) > 0 && trimmed[0] == '[' {
		if json.Unmarshal(raw, &values) != nil {
			return ErrForm
		}
	} else {
		values = []json.RawMessage{raw}
	}
	for _, v := range values {
		var any struct {
			organization
			Contents *[]json.RawMessage `json:"contents"`
			Services *[]service         `json:"services"`
		}
		if json.Unmarshal(v, &any) != nil {
			return ErrForm
		}
		parts := []json.RawMessage{v}
		switch {
		case any.Services != nil:
			for i := range *any.Services {
				s := &(*any.Services)[i]
				if s.Organization == nil {
					s.Organization = &any.organization
				}
				r.service(At{File: name, Service: r.numbered(name)}, s)
			}
			continue
		case any.Contents != nil:
			parts = *any.Contents
		}
		for _, part := range parts {
			var s service
			if json.Unmarshal(part, &s) != nil {
				return ErrForm
			}
			r.service(At{File: name, Service: r.numbered(name)}, &s)
		}
	}
	return nil
}

// numbered gives the number of a file's next service.
func (r *reading) numbered(name string) int {
	r.numbers[name]++
	return r.numbers[name]
}

// service takes a service, or refuses it with each field that is wrong. It is kept all the same, so that the next has the next number.
func (r *reading) service(at At, s *service) {
	out := Service{At: at, ID: s.ID, Name: s.Name, Status: s.Status, Squares: -1, Available: -1, Maximum: -1}
	r.text(at, "id", s.ID, idBytesMax)
	r.text(at, "name", s.Name, nameBytesMax)
	if s.Organization == nil {
		r.refuse(at, "organization", whyMissing)
	} else {
		out.Organization = Organization{ID: s.Organization.ID, Name: s.Organization.Name, Alternate: s.Organization.Alternate}
	}
	for _, l := range s.Languages {
		out.Languages = append(out.Languages, strings.ToLower(l.Code))
	}
	for _, a := range s.Attributes {
		if a.Term != nil {
			out.Terms = append(out.Terms, a.Term.Code, a.Term.Name)
		}
	}
	for _, l := range s.At {
		if l.Location != nil {
			out.Places = append(out.Places, r.place(at, l.Location))
		}
	}
	for _, a := range s.Areas {
		if a.URI == areaURI {
			n, err := strconv.ParseInt(a.Extent, 10, 32)
			if err != nil || n < 0 {
				r.refuse(at, "service_areas", whyNumber)
			}
			out.Squares = max(out.Squares, n)
		}
	}
	out.Window = r.window(at, s.Schedules)
	r.capacity(at, s.Capacities, &out)
	r.services = append(r.services, out)
}

func (r *reading) text(at At, field, s string, most int) {
	switch {
	case strings.TrimSpace(s) == "":
		r.refuse(at, field, whyMissing)
	case len(s) > most:
		r.refuse(at, field, whyLong)
	}
}

// place reads a location: its square, or else where on the earth it is.
func (r *reading) place(at At, l *location) Place {
	p := Place{ID: l.ID}
	if l.IdentifierOf == squareType {
		east, north, _ := strings.Cut(l.Identifier, ",")
		e, err1 := strconv.ParseInt(east, 10, 32)
		n, err2 := strconv.ParseInt(north, 10, 32)
		if err1 != nil || err2 != nil {
			r.refuse(at, "external_identifier", whyNumber)
		}
		p.East, p.North, p.Square = int32(e), int32(n), true
		return p
	}
	if l.Lat == "" || l.Lon == "" {
		return p
	}
	var ok1, ok2 bool
	p.Lat, ok1 = millionths(l.Lat.String(), 90)
	p.Lon, ok2 = millionths(l.Lon.String(), 180)
	if p.Known = ok1 && ok2; !p.Known {
		r.refuse(at, "latitude", whyNumber)
	}
	return p
}

// millionths reads degrees, up to a number of them either way; what is finer than a millionth is cut off.
func millionths(s string, most int64) (int64, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	part = (part + "000000")[:6]
	for _, c := range []byte(whole + part) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	if whole == "" || len(whole) > 3 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part, 10, 64)
	if err != nil || n > most*1_000_000 {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// beijing is the time zone of dates that have none.
var beijing = time.FixedZone("", 8*60*60)

// window reads when a service is given: from the first of its schedules to the last. Hours of the day and days of the week are not kept.
func (r *reading) window(at At, all []schedule) (w Window) {
	open := len(all) == 0
	for i, s := range all {
		from, until := r.date(at, "valid_from", s.ValidFrom), r.date(at, "valid_to", s.ValidTo)
		if until != 0 {
			until += 24 * 60 * 60 * 1000 // to the end of that day
		}
		if a, b, is := strings.Cut(s.Notes, "/"); is {
			if f, u, ok := instants(a, b); ok {
				from, until = f, u
			}
		}
		if i == 0 || from < w.From {
			w.From = from
		}
		w.Until = max(w.Until, until)
		open = open || until == 0
	}
	if open {
		w.Until = 0
	}
	return w
}

// instants reads an interval as ISO 8601 writes it, ".." for an open end.
func instants(from, until string) (f, u int64, ok bool) {
	read := func(s string) (int64, bool) {
		if s == ".." {
			return 0, true
		}
		at, err := time.Parse(time.RFC3339Nano, s)
		return at.UnixMilli(), err == nil && at.UnixMilli() > 0
	}
	f, ok1 := read(from)
	u, ok2 := read(until)
	return f, u, ok1 && ok2
}

func (r *reading) date(at At, field, s string) int64 {
	if s == "" {
		return 0
	}
	d, err := time.ParseInLocation(dateForm, s, beijing)
	if err != nil || d.UnixMilli() < 0 {
		r.refuse(at, field, whyDate)
		return 0
	}
	return d.UnixMilli()
}

// capacity reads the live capacity. A service with several of them counts in several units, of which a skill has one.
func (r *reading) capacity(at At, all []capacity, out *Service) {
	if len(all) == 0 {
		return
	}
	read := func(n json.Number) int64 {
		i, err := strconv.ParseInt(n.String(), 10, 64)
		if err != nil || i < 0 || i > capacityMax {
			r.refuse(at, "capacities", whyCapacity)
			return 0
		}
		return i
	}
	if len(all) > 1 {
		r.refuse(at, "capacities", whyCapacity)
		return
	}
	out.Available = read(all[0].Available)
	if all[0].Maximum != "" {
		out.Maximum = read(all[0].Maximum)
	}
}
