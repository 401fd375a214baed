package roster

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"renlin.dev/pkg/sheet"
	"renlin.dev/pkg/standing"
)

// column is a place in the format.
type column int

const (
	colName column = iota
	colPhone
	colBuilding
	colUnit
	colArea
	colPerson
	columns
)

// columnFields are the names that refusals use.
var columnFields = [columns]string{"name", "phone", "building", "unit", "area_m2", "person"}

// columnNames are the names that a header may use.
var columnNames = map[string]column{
	"name": colName, "phone": colPhone, "building": colBuilding, "unit": colUnit, "area_m2": colArea, "person": colPerson,
	"姓名": colName, "电话": colPhone, "楼栋": colBuilding, "房号": colUnit, "面积": colArea, "人员编号": colPerson,
}

// Bounds of one field, in bytes, and of a telephone number, in digits.
const (
	fieldBytesMax = 200
	phoneMin      = 5
	phoneMax      = 20
)

type reason = sheet.Reason

// The reasons.
var (
	whyEncoding   = sheet.Why("row.encoding", "the field is not UTF-8 text", "该字段不是UTF-8文本")
	whyCharacters = sheet.Why("field.characters", "the field has characters that cannot be seen", "该字段含有不可见字符")
	whyLong       = sheet.Why("field.too_long", "the field is too long", "该字段过长")
	whyMissing    = sheet.Why("field.missing", "the field is empty", "该字段为空")
	whyPhone      = sheet.Why("phone.malformed", "the telephone number is not 5 to 20 digits", "电话号码不是5至20位数字")
	whyArea       = sheet.Why("area.malformed", "the area is not a number with at most two decimals", "面积不是最多两位小数的数字")
	whyAreaLarge  = sheet.Why("area.too_large", "the area is larger than any unit's", "面积超出上限")
	whyNoUnit     = sheet.Why("unit.missing", "there is a building or an area but no unit", "填写了楼栋或面积但没有房号")
	whyUnitTwice  = sheet.Why("unit.twice",
		"the unit is there twice; co-owners name one of them, the others stand without a unit", "房屋重复；共有人只填一人，其余人不填房屋")
	whyAmbiguous = sheet.Why("person.ambiguous",
		"it is not clear whether this name is the same person as there; say so in the column person", "无法判断是否同一人，请用人员编号说明")
	whyDiffers     = sheet.Why("person.differs", "the same person stands elsewhere with another name or telephone", "同一人员编号的姓名或电话不一致")
	whyPersonTwice = sheet.Why("person.twice", "the person is there twice, and this row adds no unit", "人员重复，且该行没有房屋")
)

// reading is a file on its way.
type reading struct {
	at      [columns]int // field of each column, -1 for none
	width   int
	persons []Person
	byKey   map[string]int // person's key -> index
	names   map[string]*namesake
	known   map[string]int    // name, telephone and whether the row has a code -> line
	units   map[[2]string]int // unit -> line
	sheet.Refusals
}

func newReading() *reading {
	r := &reading{byKey: map[string]int{}, names: map[string]*namesake{}, known: map[string]int{}, units: map[[2]string]int{}}
	for c := range r.at {
		r.at[c] = -1
	}
	return r
}

// finish gives the roster or everything that stands against it.
func (r *reading) finish() (*Roster, error) {
	if err := r.Err(ErrRows); err != nil {
		return nil, err
	}
	if len(r.persons) == 0 {
		return nil, ErrEmpty
	}
	return &Roster{Persons: r.persons}, nil
}

// row takes one row, or refuses it with each field that is wrong by itself.
func (r *reading) row(line int, fields []string) {
	if len(fields) != r.width {
		r.Refuse(line, "", sheet.WhyFields, 0)
		return
	}
	var f [columns]string
	good, blank := true, true
	for c, at := range r.at {
		if at < 0 {
			continue
		}
		f[c] = clean(fields[at])
		blank = blank && f[c] == ""
		if why := unfit(f[c]); why != nil {
			r.Refuse(line, columnFields[c], *why, 0)
			good = false
		}
	}
	if blank {
		return // a spreadsheet's empty row
	}
	if f[colName] == "" {
		r.Refuse(line, columnFields[colName], whyMissing, 0)
		good = false
	}
	phone, ok := readPhone(f[colPhone])
	if !ok {
		r.Refuse(line, columnFields[colPhone], whyPhone, 0)
		good = false
	}
	unit, ok := r.unit(line, f)
	if good = good && ok; !good {
		return
	}
	r.person(Person{Line: line, Name: f[colName], Phone: phone}, f[colPerson], unit)
}

// unit reads the row's unit, nil for none. A unit is remembered even where the rest of the row is refused, so that its double
// is found in the same reading.
func (r *reading) unit(line int, f [columns]string) (*Unit, bool) {
	if f[colUnit] == "" {
		if f[colBuilding] != "" || f[colArea] != "" {
			r.Refuse(line, columnFields[colUnit], whyNoUnit, 0)
			return nil, false
		}
		return nil, true
	}
	good := true
	key := [2]string{f[colBuilding], f[colUnit]}
	if other, twice := r.units[key]; twice {
		r.Refuse(line, columnFields[colUnit], whyUnitTwice, other)
		good = false
	} else {
		r.units[key] = line
	}
	area, why := readArea(f[colArea])
	if why != nil {
		r.Refuse(line, columnFields[colArea], *why, 0)
		good = false
	}
	return &Unit{Line: line, Building: f[colBuilding], Door: f[colUnit], AreaCentiM2: area}, good
}

// namesake is what is known of one name: lines, 0 for none.
type namesake struct {
	any, bare, uncoded, codedBare int // any row; one with neither code nor telephone; one without a code; one with a code alone
}

// ambiguous finds an earlier row of the same name of which nobody can tell whether it is the same person: two codes tell, two
// telephone numbers tell, nothing else does.
func (r *reading) ambiguous(p Person, code string) (other int) {
	n := r.names[p.Name]
	if n == nil {
		n = &namesake{}
		r.names[p.Name] = n
	}
	same := p.Name + "\n" + p.Phone
	switch {
	case code == "" && p.Phone == "":
		other = n.any
	case code == "":
		other = cmp.Or(n.bare, n.codedBare, r.known["coded\n"+same])
	case p.Phone == "":
		other = n.uncoded
	default:
		other = cmp.Or(n.bare, r.known["uncoded\n"+same])
	}
	if other != 0 {
		return other
	}
	n.any = p.Line
	switch {
	case code == "" && p.Phone == "":
		n.bare, n.uncoded = p.Line, p.Line
	case code == "":
		n.uncoded, r.known["uncoded\n"+same] = p.Line, p.Line
	case p.Phone == "":
		n.codedBare = p.Line
	default:
		r.known["coded\n"+same] = p.Line
	}
	return 0
}

// person finds the row's person among those before, or adds them.
func (r *reading) person(p Person, code string, unit *Unit) {
	if other := r.ambiguous(p, code); other != 0 {
		r.Refuse(p.Line, columnFields[colPerson], whyAmbiguous, other)
		return
	}
	key := "phone\n" + p.Phone + "\n" + p.Name // without a telephone the name is alone, or it were ambiguous
	if code != "" {
		key = "code\n" + code
	}
	i, known := r.byKey[key]
	if !known {
		r.byKey[key] = len(r.persons)
		if unit != nil {
			p.Units = []Unit{*unit}
		}
		r.persons = append(r.persons, p)
		return
	}
	had := &r.persons[i]
	switch {
	case had.Name != p.Name || had.Phone != p.Phone:
		r.Refuse(p.Line, columnFields[colPerson], whyDiffers, had.Line)
	case unit == nil:
		r.Refuse(p.Line, columnFields[colName], whyPersonTwice, had.Line)
	default:
		had.Units = append(had.Units, *unit)
	}
}

// clean takes away the space around a field, the wide space of Chinese input among it.
func clean(s string) string { return strings.TrimSpace(s) }

// unfit says what is wrong with a field whatever it holds, nil for nothing.
func unfit(s string) *reason {
	switch {
	case len(s) > fieldBytesMax:
		return &whyLong
	case !utf8.ValidString(s):
		return &whyEncoding
	case strings.ContainsFunc(s, func(c rune) bool { return unicode.Is(unicode.C, c) || c == unicode.ReplacementChar }):
		return &whyCharacters
	}
	return nil
}

// readPhone takes the usual marks out of a telephone number, so that one number is always written alike. Empty is fine.
func readPhone(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	plus := strings.HasPrefix(s, "+")
	digits := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "").Replace(strings.TrimPrefix(s, "+"))
	if len(digits) < phoneMin || len(digits) > phoneMax {
		return "", false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return "", false
		}
	}
	if plus {
		digits = "+" + digits
	}
	return digits, true
}

// readArea reads square metres with at most two decimals into hundredths, exactly.
func readArea(s string) (int64, *reason) {
	if s == "" {
		return 0, &whyMissing
	}
	metres, decimals, point := strings.Cut(s, ".")
	if metres == "" || (point && decimals == "") || len(decimals) > 2 {
		return 0, &whyArea
	}
	digits := metres + (decimals + "00")[:2]
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, &whyArea
		}
	}
	area, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || area > standing.AreaCentiM2Max {
		return 0, &whyAreaLarge
	}
	return area, nil
}
