// Package needlist reads many needs from a CSV file.
//
// The rules, in plain words; docs/formats.md tells them to whoever makes such a file.
//
//  1. A file is taken as a whole or not at all: with one row that cannot be used, the answer is the list of all such rows, each with its
//     line, its field and the reason, and never with what stands in it.
//  2. A row is a need: what is wanted and how much, the square of the grid, and words. Words are for the vault; nothing of them is ever
//     part of a command.
//  3. A row names the member who is helped, or nobody; only of a named member it may say how urgent their need is.
//  4. Whether a community knows a skill, a language or an attestation its rulebook says, which Check holds against the file.
//  5. The file is UTF-8, with or without a byte order mark. Sizes are bounded, so that no file can fill the memory.
package needlist

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// The bounds of a file. RowsMax is that of one import.
const (
	FileBytesMax = 64 << 20
	RowsMax      = 100_000
	// RefusalsMax bounds the list of refused rows; what is beyond it is counted, not listed.
	RefusalsMax = 1000
)

// What can be wrong with a file as a whole.
var (
	ErrTooLarge = fault.New(fault.TooLarge, "needs.too_large",
		"The file is too large: at most 64 MiB and 100,000 rows.", "文件过大：最多64MiB、10万行。")
	ErrEncoding = fault.New(fault.Invalid, "needs.encoding",
		"The file is not UTF-8 text (spreadsheets often save GBK); please save it as CSV UTF-8.",
		"文件不是UTF-8文本（表格软件常存为GBK），请另存为“CSV UTF-8”。")
	ErrHeader = fault.New(fault.Invalid, "needs.header",
		"The first line must name the columns skill, east, north and words, may name quantity, unit, from, until, language, attestation, "+
			"member, priority and vulnerable, each once, and no others.",
		"首行须包含类别、东、北、说明四列，可包含数量、单位、开始、截止、语言、证明、成员、优先级、困难，每列一次，不得有其他列。")
	ErrEmpty = fault.New(fault.Invalid, "needs.empty", "The file has no rows.", "文件没有数据行。")
	ErrRows  = fault.New(fault.Invalid, "needs.rows",
		"Some rows cannot be used, so nothing was imported.", "部分行无法使用，因此未导入任何内容。")
)

// Need is a row. Times are milliseconds since the Unix epoch, 0 for none.
type Need struct {
	Line         int
	Skill        string
	Quantity     int64
	East, North  int32
	From, Until  int64
	Languages    []string
	Attestations []string
	Member       string // empty for somebody who is none
	Priority     uint32 // 0 where another is to say it
	Vulnerable   bool
	// Words is the text for the vault.
	Words string
}

// Refusal says why a row cannot be used. Field is a column of the format, never text of the file.
type Refusal struct {
	Line    int    `json:"line"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	English string `json:"why"`
	Chinese string `json:"why_zh"`
}

// Error writes the refusal as an operator's single line.
func (r Refusal) Error() string {
	if r.Field == "" {
		return fmt.Sprintf("line %d: %s", r.Line, r.English)
	}
	return fmt.Sprintf("line %d, %s: %s", r.Line, r.Field, r.English)
}

// Refused is the error of a file with rows that cannot be used.
type Refused struct {
	// Rows are the first RefusalsMax, by line.
	Rows []Refusal
	// Total is how many there are.
	Total int
}

// Error names the first row and how many more there are.
func (r *Refused) Error() string {
	if r.Total > 1 {
		return fmt.Sprintf("%s (and %d more)", r.Rows[0].Error(), r.Total-1)
	}
	return r.Rows[0].Error()
}

// Unwrap makes errors.Is(err, ErrRows) true and gives the fault to whoever carries it over a boundary.
func (r *Refused) Unwrap() error { return ErrRows.WithInt("rows", int64(r.Total)) }

// Read reads a whole file. The error is one of the faults above, a *Refused, or the reader's own.
func Read(from io.Reader) ([]Need, error) {
	raw, err := io.ReadAll(io.LimitReader(from, FileBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read needs: %w", err)
	}
	if len(raw) > FileBytesMax {
		return nil, ErrTooLarge
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if at := notText(raw); at >= 0 { // a file has one encoding: what is wrong in one place was saved wrongly as a whole
		return nil, ErrEncoding.WithInt("line", int64(1+bytes.Count(raw[:at], []byte("\n"))))
	}
	lines := csv.NewReader(bytes.NewReader(raw))
	lines.FieldsPerRecord, lines.ReuseRecord = -1, true
	header, err := lines.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrEmpty
	case err != nil:
		return nil, ErrHeader
	}
	r := &reading{perMember: map[string]int{}}
	if err := r.columns(header); err != nil {
		return nil, err
	}
	if err := r.rows(lines); err != nil {
		return nil, err
	}
	return r.finish()
}

// rows reads everything after the header.
func (r *reading) rows(lines *csv.Reader) error {
	for n := 0; ; n++ {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if n >= RowsMax {
			return ErrTooLarge
		}
		var parse *csv.ParseError
		switch {
		case errors.As(err, &parse):
			r.refuse(parse.StartLine, "", whyQuote)
			continue
		case err != nil:
			return fmt.Errorf("read needs: %w", err)
		}
		line, _ := lines.FieldPos(0)
		r.row(line, fields)
	}
}

// notText tells where a file stops being UTF-8 text; -1 for nowhere.
func notText(raw []byte) int {
	for at := 0; at < len(raw); {
		c, size := utf8.DecodeRune(raw[at:])
		if c == 0 || c == utf8.RuneError && size <= 1 {
			return at
		}
		at += size
	}
	return -1
}

// finish gives the needs or everything that stands against them.
func (r *reading) finish() ([]Need, error) {
	switch {
	case r.total > 0:
		slices.SortStableFunc(r.refused, func(a, b Refusal) int { return cmp.Compare(a.Line, b.Line) })
		return nil, &Refused{Rows: r.refused, Total: r.total}
	case len(r.needs) == 0:
		return nil, ErrEmpty
	}
	return r.needs, nil
}

// Check holds needs against what a community's rulebook lists; nil when all of it is there.
func Check(needs []Need, rules *communityv1.MatchingRules) error {
	r := &reading{}
	skills := map[string]bool{}
	for _, s := range rules.GetSkills() {
		skills[s.GetCode()] = true
	}
	for i := range needs {
		n := &needs[i]
		if !skills[n.Skill] {
			r.refuse(n.Line, columnFields[colSkill], whySkill)
		}
		if slices.ContainsFunc(n.Languages, func(code string) bool { return !slices.Contains(rules.GetLanguages(), code) }) {
			r.refuse(n.Line, columnFields[colLanguage], whyCode)
		}
		if slices.ContainsFunc(n.Attestations, func(code string) bool { return !slices.Contains(rules.GetAttestations(), code) }) {
			r.refuse(n.Line, columnFields[colAttestation], whyCode)
		}
	}
	if r.total > 0 {
		return &Refused{Rows: r.refused, Total: r.total}
	}
	return nil
}
