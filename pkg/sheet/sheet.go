// Package sheet reads lists that people make in a spreadsheet and save as CSV, for those who know what the columns mean.
//
// The rules, in plain words:
//
//  1. A list is taken as a whole or not at all: with one row that cannot be used, the answer is the list of all such rows, each with its
//     line, its field and the reason, and never with what stands in it.
//  2. Sizes are bounded, so that no file can fill the memory. A byte order mark is no part of the text.
package sheet

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"renlin.dev/pkg/fault"
)

// RefusalsMax bounds the list of refused rows; what is beyond it is counted, not listed.
const RefusalsMax = 1000

// Reason is a kind of refusal.
type Reason struct{ Code, English, Chinese string }

// Why makes one: a code that programs compare, and half a sentence in each language.
func Why(code, english, chinese string) Reason {
	return Reason{Code: code, English: english, Chinese: chinese}
}

// What can be wrong with a row of any list: it is no CSV, or longer or shorter than the header.
var (
	WhyQuote  = Why("row.quote", "a quotation mark is out of place or not closed", "引号位置不当或未闭合")
	WhyFields = Why("row.fields", "the number of fields differs from the header's", "字段数与表头不符")
)

// Refusal says why a row cannot be used. Field is a column of the format, never text of the file.
type Refusal struct {
	Line    int    `json:"line"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	English string `json:"why"`
	Chinese string `json:"why_zh"`
	// OtherLine is the line that this one contradicts, 0 for none.
	OtherLine int `json:"other_line,omitempty"`
}

// Error writes the refusal as an operator's single line.
func (r Refusal) Error() string {
	s := fmt.Sprintf("line %d: ", r.Line)
	if r.Field != "" {
		s = fmt.Sprintf("line %d, %s: ", r.Line, r.Field)
	}
	s += r.English
	if r.OtherLine > 0 {
		s += fmt.Sprintf(" (see line %d)", r.OtherLine)
	}
	return s
}

// Refused is the error of a list with rows that cannot be used.
type Refused struct {
	// Rows are the first RefusalsMax, by line.
	Rows []Refusal
	// Total is how many there are.
	Total int

	rows *fault.Fault
}

// Error names the first row and how many more there are.
func (r *Refused) Error() string {
	if r.Total > 1 {
		return fmt.Sprintf("%s (and %d more)", r.Rows[0].Error(), r.Total-1)
	}
	return r.Rows[0].Error()
}

// Unwrap gives the list's own fault for such rows to whoever carries it over a boundary.
func (r *Refused) Unwrap() error { return r.rows.WithInt("rows", int64(r.Total)) }

// Refusals are gathered while a list is read.
type Refusals struct {
	rows []Refusal
	// Total is how many there are.
	Total int
}

// Refuse notes one. The other line is the one that this contradicts, 0 for none.
func (r *Refusals) Refuse(line int, field string, why Reason, other int) {
	r.Total++
	if len(r.rows) < RefusalsMax {
		r.rows = append(r.rows, Refusal{
			Line: line, Field: field, Code: why.Code, English: why.English, Chinese: why.Chinese, OtherLine: other,
		})
	}
}

// Err is nil where nothing was refused, or else a *Refused that wraps the fault.
func (r *Refusals) Err(rows *fault.Fault) error {
	if r.Total == 0 {
		return nil
	}
	slices.SortStableFunc(r.rows, func(a, b Refusal) int { return cmp.Compare(a.Line, b.Line) })
	return &Refused{Rows: r.rows, Total: r.Total, rows: rows}
}

// Format is a kind of list: its bounds and faults, and who reads it.
type Format struct {
	BytesMax, RowsMax       int
	TooLarge, Header, Empty *fault.Fault
	// Encoding judges the bytes of the whole file, without a byte order mark.
	Encoding func(raw []byte) error
	// Columns takes the header, Row each row with its line. The fields are good until they return.
	Columns func(header []string) error
	Row     func(line int, fields []string)
	// Refuse takes the line of a row that is no CSV.
	Refuse func(line int, why Reason)
}

// Read reads a whole list. The error is one of the format's, or the reader's own; what was refused of its rows the format knows.
func (f *Format) Read(from io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(from, int64(f.BytesMax)+1))
	if err != nil {
		return fmt.Errorf("read list: %w", err)
	}
	if len(raw) > f.BytesMax {
		return f.TooLarge
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if err := f.Encoding(raw); err != nil {
		return err
	}
	lines := csv.NewReader(bytes.NewReader(raw))
	lines.FieldsPerRecord, lines.ReuseRecord = -1, true
	header, err := lines.Read()
	switch {
	case errors.Is(err, io.EOF):
		return f.Empty
	case err != nil:
		return f.Header
	}
	if err := f.Columns(header); err != nil {
		return err
	}
	return f.rows(lines)
}

// rows reads everything after the header.
func (f *Format) rows(lines *csv.Reader) error {
	for n := 0; ; n++ {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if n >= f.RowsMax {
			return f.TooLarge
		}
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			f.Refuse(parse.StartLine, WhyQuote)
			continue
		case err != nil:
			return fmt.Errorf("read list: %w", err)
		}
		line, _ := lines.FieldPos(0)
		f.Row(line, fields)
	}
}
