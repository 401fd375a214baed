// Package directory reads and writes directories of services in the Open Referral form, HSDS 3.
//
// The rules, in plain words; docs/formats.md tells them to whoever makes such a file:
//
//  1. A package is JSON (a service, an organisation with its services, a page, or a list of these) or the CSV files of the tabular form,
//     known by their names. What a community's record has no place for, such as names of persons, telephone numbers and prose, is passed
//     over and kept nowhere.
//  2. It is taken as a whole or not at all: what cannot be used is listed, by file, line or number of the service, field and reason, and
//     never with what stands there.
//  3. Live capacity is the standard's own service_capacity: what is available is what can be asked of the service now.
//  4. A square of the grid is a location's external identifier; other places are reckoned from latitude and longitude, when somebody says
//     where the grid begins.
//  5. UTF-8, with or without a byte order mark. Sizes are bounded, so that no file can fill the memory.
package directory

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	"renlin.dev/pkg/fault"
)

// The bounds of a package.
const (
	FileBytesMax = 64 << 20
	ServicesMax  = 10_000
	// RefusalsMax bounds the list of what is refused; what is beyond it is counted, not listed.
	RefusalsMax = 1000
)

// What can be wrong with a file as a whole.
var (
	ErrTooLarge = fault.New(fault.TooLarge, "directory.too_large",
		"The package is too large: at most 64 MiB a file and 10,000 services.", "数据包过大：每个文件最多64MiB，最多1万项服务。")
	ErrEncoding = fault.New(fault.Invalid, "directory.encoding",
		"The file is not UTF-8 text; please save it as UTF-8.", "文件不是UTF-8文本，请另存为UTF-8。")
	ErrForm = fault.New(fault.Invalid, "directory.form",
		"The file is neither JSON of HSDS services or organisations nor a CSV file of an HSDS package.",
		"文件既不是HSDS服务或组织的JSON，也不是HSDS数据包的CSV文件。")
	ErrEmpty = fault.New(fault.Invalid, "directory.empty", "The package has no services.", "数据包没有服务。")
	ErrRows  = fault.New(fault.Invalid, "directory.rows",
		"Some of the package cannot be used, so nothing was imported.", "数据包的部分内容无法使用，因此未导入任何内容。")
)

// File is one file of a package.
type File struct {
	Name string
	Raw  []byte
}

// Service is one service, as far as a community's record has a place for it.
type Service struct {
	At           At
	ID           string
	Name         string
	Status       string
	Organization Organization
	Terms        []string // codes of its taxonomy terms, and their names
	Languages    []string
	Places       []Place
	Squares      int64 // how far it serves, in squares of the grid; -1 if nothing says so
	Window       Window
	// Available is how much can be asked of it now, Maximum how much there is of it at most; -1 if nothing says so.
	Available, Maximum int64
}

// Organization is whose a service is.
type Organization struct{ ID, Name, Alternate string }

// Place is where a service is given: a square, or a latitude and longitude in millionths of a degree.
type Place struct {
	ID          string
	East, North int32
	Square      bool
	Lat, Lon    int64
	Known       bool // latitude and longitude
}

// Window is when a service is given, in milliseconds since the Unix epoch; 0 for no beginning, and no end.
type Window struct{ From, Until int64 }

// At is where something stands: the line of a CSV file, or the number of a service in a JSON file, from 1.
type At struct {
	File    string
	Line    int
	Service int
}

// Refusal says what cannot be used. Field is a name of the standard, never text of the file.
type Refusal struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Service int    `json:"service,omitempty"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	English string `json:"why"`
	Chinese string `json:"why_zh"`
}

// Error writes the refusal as an operator's single line.
func (r Refusal) Error() string {
	where := fmt.Sprintf("%s: line %d", r.File, r.Line)
	if r.Line == 0 {
		where = fmt.Sprintf("%s: service %d", r.File, r.Service)
	}
	if r.Field != "" {
		where += ", " + r.Field
	}
	return where + ": " + r.English
}

// Refused is the error of a package of which something cannot be used.
type Refused struct {
	// Rows are the first RefusalsMax.
	Rows []Refusal
	// Total is how many there are.
	Total int
}

// Error names the first and how many more there are.
func (r *Refused) Error() string {
	if r.Total > 1 {
		return fmt.Sprintf("%s (and %d more)", r.Rows[0].Error(), r.Total-1)
	}
	return r.Rows[0].Error()
}

// Unwrap makes errors.Is(err, ErrRows) true and gives the fault to whoever carries it over a boundary.
func (r *Refused) Unwrap() error { return ErrRows.WithInt("rows", int64(r.Total)) }

// reason is a kind of refusal.
type reason struct{ code, english, chinese string }

// The reasons.
var (
	whyQuote     = reason{"row.quote", "a quotation mark is out of place or not closed", "引号位置不当或未闭合"}
	whyFields    = reason{"row.fields", "the number of fields differs from the header's", "字段数与表头不符"}
	whyMissing   = reason{"field.missing", "the field is empty", "该字段为空"}
	whyLong      = reason{"field.too_long", "the field is too long", "该字段过长"}
	whyTwice     = reason{"id.twice", "the id is there twice", "编号重复"}
	whyReference = reason{"reference.unknown", "what it refers to is not in the package", "所引用的内容不在数据包中"}
	whyNumber    = reason{"number.malformed", "this is not a number that can be", "不是合理的数字"}
	whyDate      = reason{"date.malformed", "this is not a date", "不是日期"}
	whyCapacity  = reason{"capacity.malformed", "the capacity is not one whole number from 0 to 100,000", "可用数量不是0至100000的整数"}
	whyNoPlace   = reason{"place.missing", "it has no place on the grid; say with -origin where the grid begins", "没有网格地点；请用-origin说明网格起点"}
	whyPlaces    = reason{"place.many", "it is given at several places; each takes a service of its own", "有多个地点；每个地点须为单独的服务"}
	whyFar       = reason{"place.far", "the place is beyond the grid", "地点超出网格"}
	whySkill     = reason{"skill.unknown",
		"none of its taxonomy terms is a skill of the rulebook; name one with -skill", "其分类均非规约所列类别；请用-skill指定"}
	whySkillTwice = reason{"skill.twice", "the same skill is there twice at this place", "同一地点的同一类别重复"}
	whyOver       = reason{"window.over", "the time of the service is over", "该服务的时间已过"}
	whyNoCapacity = reason{"capacity.missing", "nothing says how much of it is available", "未说明可用数量"}
)

type refusals struct {
	rows  []Refusal
	total int
}

func (r *refusals) refuse(at At, field string, why reason) {
	r.total++
	if len(r.rows) < RefusalsMax {
		r.rows = append(r.rows, Refusal{
			File: at.File, Line: at.Line, Service: at.Service, Field: field, Code: why.code, English: why.english, Chinese: why.chinese,
		})
	}
}

func (r *refusals) err() error {
	if r.total == 0 {
		return nil
	}
	return &Refused{Rows: r.rows, Total: r.total}
}

// Read reads a whole package. The error is one of the faults above, which names the file in its wrapping, or a *Refused.
func Read(files []File) ([]Service, error) {
	r := &reading{tables: map[string]*table{}, numbers: map[string]int{}}
	for _, f := range files {
		raw := bytes.TrimPrefix(f.Raw, []byte("\xef\xbb\xbf"))
		var err error
		switch {
		case len(raw) > FileBytesMax:
			err = ErrTooLarge
		case !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0:
			err = ErrEncoding
		case strings.EqualFold(path.Ext(f.Name), ".csv"):
			err = r.table(f.Name, raw)
		default:
			err = r.json(f.Name, raw)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	r.join()
	switch {
	case r.total > 0:
		return nil, r.err()
	case len(r.services) > ServicesMax:
		return nil, ErrTooLarge
	case len(r.services) == 0:
		return nil, ErrEmpty
	}
	return r.services, nil
}

// reading is a package on its way.
type reading struct {
	refusals
	services []Service
	tables   map[string]*table
	numbers  map[string]int // services of each JSON file
}
