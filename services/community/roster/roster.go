// Package roster reads a community's register of members and units from a CSV file.
//
// The rules, in plain words; docs/formats.md tells them to whoever makes such a file.
//
//  1. A file is taken as a whole or not at all: with one row that cannot be used, the answer is the list of all such rows, each with its
//     line, its field and the reason, and never with what stands in it.
//  2. A row is a person, and a unit of theirs if it names one. Further units of the same person are further rows. Rows are of the same
//     person when they have the same entry in the column person; without one, when name and telephone are the same. A name that comes
//     twice, and nobody can tell whether it is one owner or two, is refused: it decides votes.
//  3. A unit stands once. Co-owners name one of them; the others stand in rows without a unit.
//  4. An area has at most two decimals and is read exactly. Nothing is rounded, guessed or corrected.
//  5. The file is UTF-8, with or without a byte order mark. Sizes are bounded, so that no file can fill the memory.
package roster

import (
	"bytes"
	"encoding/json"
	"io"
	"unicode/utf8"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/sheet"
)

// The bounds of a file. RowsMax is that of one import.
const (
	FileBytesMax = 32 << 20
	RowsMax      = 100_000
	// RefusalsMax bounds the list of refused rows.
	RefusalsMax = sheet.RefusalsMax
)

// What can be wrong with a file as a whole.
var (
	ErrTooLarge = fault.New(fault.TooLarge, "roster.too_large",
		"The file is too large: at most 32 MiB and 100,000 rows.", "文件过大：最多32MiB、10万行。")
	ErrEncoding = fault.New(fault.Invalid, "roster.encoding",
		"The file is not UTF-8 text; please save it as CSV UTF-8.", "文件不是UTF-8文本，请另存为“CSV UTF-8”。")
	ErrHeader = fault.New(fault.Invalid, "roster.header",
		"The first line must name the columns name, unit and area_m2, and may name phone, building and person, each once.",
		"首行须包含姓名、房号、面积三列，可包含电话、楼栋、人员编号，每列一次。")
	ErrEmpty = fault.New(fault.Invalid, "roster.empty", "The file has no rows.", "文件没有数据行。")
	ErrRows  = fault.New(fault.Invalid, "roster.rows",
		"Some rows cannot be used, so nothing was imported.", "部分行无法使用，因此未导入任何内容。")
)

// Unit is a flat or shop. Line is where the file names it.
type Unit struct {
	Line        int
	Building    string
	Door        string
	AreaCentiM2 int64
}

// Label is the unit's text for the vault.
func (u Unit) Label() []byte {
	return text(struct {
		Building string `json:"building,omitempty"`
		Unit     string `json:"unit"`
	}{u.Building, u.Door})
}

// Person is a member to be. Line is where the file first names them.
type Person struct {
	Line  int
	Name  string
	Phone string
	Units []Unit
}

// Profile is the person's text for the vault.
func (p Person) Profile() []byte {
	return text(struct {
		Name  string `json:"name"`
		Phone string `json:"phone,omitempty"`
	}{p.Name, p.Phone})
}

// text is one line of JSON in the order of the fields.
func text(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("roster text: " + err.Error()) // strings cannot fail
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Roster is a whole file: persons in the order in which it names them.
type Roster struct{ Persons []Person }

// Rows is how many rows an import of the roster has: each person's first unit goes with the person, each further one makes a row.
func (r *Roster) Rows() int {
	n := 0
	for _, p := range r.Persons {
		n += max(1, len(p.Units))
	}
	return n
}

// Refusal says why a row cannot be used, Refused names all such rows of a file; errors.Is(err, ErrRows) holds for it.
type (
	Refusal = sheet.Refusal
	Refused = sheet.Refused
)

// Read reads a whole file. The error is one of the faults above, a *Refused, or the reader's own.
func Read(from io.Reader) (*Roster, error) {
	r := newReading()
	format := sheet.Format{
		BytesMax: FileBytesMax, RowsMax: RowsMax, TooLarge: ErrTooLarge, Header: ErrHeader, Empty: ErrEmpty, Encoding: encoding,
		Columns: r.columns, Row: r.row,
		Refuse: func(line int, why reason) { r.Refuse(line, "", why, 0) },
	}
	if err := format.Read(from); err != nil {
		return nil, err
	}
	return r.finish()
}

// encoding refuses what is not even bytewise text; a single field that is not UTF-8 is refused with its row.
func encoding(raw []byte) error {
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) || bytes.IndexByte(raw, 0) >= 0 {
		return ErrEncoding
	}
	return nil
}

// columns takes the header: each column once, in any order, by its English or Chinese name.
func (r *reading) columns(header []string) error {
	for i, h := range header {
		if !utf8.ValidString(h) {
			return ErrEncoding
		}
		c, known := columnNames[clean(h)]
		if !known {
			return ErrHeader.WithInt("column", int64(i+1))
		}
		if r.at[c] >= 0 {
			return ErrHeader.WithInt("column", int64(i+1))
		}
		r.at[c] = i
	}
	r.width = len(header)
	for _, c := range []column{colName, colUnit, colArea} {
		if r.at[c] < 0 {
			return ErrHeader.With("missing", columnFields[c])
		}
	}
	return nil
}
