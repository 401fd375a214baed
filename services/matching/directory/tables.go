package directory

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"
)

// table is one CSV file of a package.
type table struct {
	file string
	at   map[string]int // column -> field
	rows []tableRow
	byID map[string]*tableRow
}

type tableRow struct {
	*table
	line   int
	fields []string
}

func (t *tableRow) get(column string) string {
	if i, there := t.at[column]; there {
		return t.fields[i]
	}
	return ""
}

func (t *tableRow) where() At { return At{File: t.file, Line: t.line} }

// tablesRead are the standard's tables that are read; the others of a package hold what a record has no place for.
var tablesRead = map[string]bool{
	"organizations": true, "services": true, "locations": true, "service_at_location": true, "languages": true, "schedules": true,
	"service_areas": true, "service_capacity": true, "attributes": true, "taxonomy_terms": true,
}

// rowsMax bounds the rows of one table.
const rowsMax = 200_000

// table reads a CSV file if it is one of those that matter.
func (r *reading) table(file string, raw []byte) error {
	name := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(file, `\`, "/"))), ".csv")
	if !tablesRead[name] {
		return nil
	}
	if r.tables[name] != nil {
		return ErrForm
	}
	t := &table{file: file, at: map[string]int{}, byID: map[string]*tableRow{}}
	r.tables[name] = t
	lines := csv.NewReader(bytes.NewReader(raw))
	lines.FieldsPerRecord = -1
	header, err := lines.Read()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return ErrForm
	}
	for i, h := range header {
		t.at[strings.TrimSpace(h)] = i
	}
	if _, there := t.at["id"]; !there {
		return ErrForm
	}
	for {
		fields, err := lines.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return r.index(t)
		case len(t.rows) >= rowsMax:
			return ErrTooLarge
		case errors.As(err, &parse):
			r.refuse(At{File: file, Line: parse.StartLine}, "", whyQuote)
			continue
		case err != nil:
			return err
		}
		line, _ := lines.FieldPos(0)
		if len(fields) != len(header) {
			r.refuse(At{File: file, Line: line}, "", whyFields)
			continue
		}
		t.rows = append(t.rows, tableRow{table: t, line: line, fields: fields})
	}
}

// index finds rows by their ids.
func (r *reading) index(t *table) error {
	for i := range t.rows {
		row := &t.rows[i]
		id := row.get("id")
		if id == "" {
			r.refuse(row.where(), "id", whyMissing)
		} else if t.byID[id] != nil {
			r.refuse(row.where(), "id", whyTwice)
		}
		t.byID[id] = row
	}
	return nil
}

func (r *reading) rowsOf(name string) []tableRow {
	if t := r.tables[name]; t != nil {
		return t.rows
	}
	return nil
}

// refer finds what a row refers to; what is not there is refused. An empty reference finds nothing.
func (r *reading) refer(row *tableRow, column, name string) *tableRow {
	id := row.get(column)
	if id == "" {
		return nil
	}
	if t := r.tables[name]; t != nil && t.byID[id] != nil {
		return t.byID[id]
	}
	r.refuse(row.where(), column, whyReference)
	return nil
}

// join makes the tables' rows the objects that a JSON file has, and reads those.
func (r *reading) join() {
	services := map[string]*service{}
	for i := range r.rowsOf("services") {
		row := &r.tables["services"].rows[i]
		s := &service{ID: row.get("id"), Name: row.get("name"), Status: row.get("status")}
		if o := r.refer(row, "organization_id", "organizations"); o != nil {
			s.Organization = &organization{ID: o.get("id"), Name: o.get("name"), Alternate: o.get("alternate_name")}
		}
		services[s.ID] = s
	}
	r.details(services)
	for i := range r.rowsOf("services") {
		row := &r.tables["services"].rows[i]
		r.service(row.where(), services[row.get("id")])
	}
}

// details adds the rows of other tables to the services that they name. One that names none is of a location or a telephone.
func (r *reading) details(services map[string]*service) {
	each := func(name string, add func(s *service, row *tableRow)) {
		for i := range r.rowsOf(name) {
			row := &r.tables[name].rows[i]
			if r.refer(row, "service_id", "services") != nil {
				add(services[row.get("service_id")], row)
			}
		}
	}
	each("languages", func(s *service, row *tableRow) { s.Languages = append(s.Languages, language{Code: row.get("code")}) })
	each("schedules", func(s *service, row *tableRow) {
		s.Schedules = append(s.Schedules, schedule{ValidFrom: row.get("valid_from"), ValidTo: row.get("valid_to"), Notes: row.get("notes")})
	})
	each("service_areas", func(s *service, row *tableRow) {
		s.Areas = append(s.Areas, area{Extent: row.get("extent"), URI: row.get("uri")})
	})
	each("service_capacity", func(s *service, row *tableRow) {
		s.Capacities = append(s.Capacities, capacity{
			Available: json.Number(row.get("available")), Maximum: json.Number(row.get("maximum")), Updated: row.get("updated"),
		})
	})
	each("service_at_location", func(s *service, row *tableRow) {
		if l := r.refer(row, "location_id", "locations"); l != nil {
			s.At = append(s.At, atLocation{Location: &location{
				ID: l.get("id"), Lat: json.Number(l.get("latitude")), Lon: json.Number(l.get("longitude")), Identifier: l.get("external_identifier"),
				IdentifierOf: l.get("external_identifier_type"),
			}})
		}
	})
	for i := range r.rowsOf("attributes") { // of any object; the link says whose
		row := &r.tables["attributes"].rows[i]
		if s := services[row.get("link_id")]; s != nil {
			if t := r.refer(row, "taxonomy_term_id", "taxonomy_terms"); t != nil {
				s.Attributes = append(s.Attributes, attribute{Term: &term{Code: t.get("code"), Name: t.get("name")}})
			}
		}
	}
}
