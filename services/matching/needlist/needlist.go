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
	"io"
	"slices"
	"unicode/utf8"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/sheet"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// The bounds of a file. RowsMax is that of one import.
const (
	FileBytesMax = 64 << 20
	RowsMax      = 100_000
	// RefusalsMax bounds the list of refused rows.
	RefusalsMax = sheet.RefusalsMax
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

// Refusal says why a row cannot be used, Refused names all such rows of a file; errors.Is(err, ErrRows) holds for it.
type (
	Refusal = sheet.Refusal
	Refused = sheet.Refused
)

// Read reads a whole file. The error is one of the faults above, a *Refused, or the reader's own.
func Read(from io.Reader) ([]Need, error) {
	r := &reading{perMember: map[string]int{}}
	format := sheet.Format{
		BytesMax: FileBytesMax, RowsMax: RowsMax, TooLarge: ErrTooLarge, Header: ErrHeader, Empty: ErrEmpty, Encoding: encoding,
		Columns: r.columns, Row: r.row,
		Refuse: func(line int, why reason) { r.refuse(line, "", why) },
	}
	if err := format.Read(from); err != nil {
		return nil, err
	}
	return r.finish()
}

// encoding refuses the whole file for one place: a file has one encoding, so what is wrong there was saved wrongly everywhere.
func encoding(raw []byte) error {
	if at := notText(raw); at >= 0 {
		return ErrEncoding.WithInt("line", int64(1+bytes.Count(raw[:at], []byte("\n"))))
	}
	return nil
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
	if err := r.Err(ErrRows); err != nil {
		return nil, err
	}
	if len(r.needs) == 0 {
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
	return r.Err(ErrRows)
}
