package count

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// RowErrorsMax bounds the list of broken rows; what is beyond it is counted, not listed.
const RowErrorsMax = 1000

// RowError says where a row is broken and why. Field is a name of the format, never text of the file.
type RowError struct {
	Line    int    `json:"line"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	English string `json:"why"`
	Chinese string `json:"why_zh"`
}

// Error writes the row for an operator's single line.
func (e RowError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.English)
	}
	return fmt.Sprintf("line %d, %s: %s", e.Line, e.Field, e.English)
}

// Broken is the error of a file that has broken rows. It is ErrFileBroken for whoever compares faults.
type Broken struct {
	// Rows are the first RowErrorsMax, by line.
	Rows []RowError
	// Total is how many there are.
	Total int
}

// Error names the first row and how many more there are.
func (b *Broken) Error() string {
	if len(b.Rows) == 0 {
		return ErrFileBroken.Error()
	}
	if b.Total > 1 {
		return fmt.Sprintf("%s (and %d more)", b.Rows[0].Error(), b.Total-1)
	}
	return b.Rows[0].Error()
}

// Unwrap makes errors.Is(err, ErrFileBroken) true and gives the fault to whoever carries it over a boundary.
func (b *Broken) Unwrap() error {
	if len(b.Rows) == 0 {
		return ErrFileBroken
	}
	return ErrFileBroken.WithInt("line", int64(b.Rows[0].Line)).With("field", b.Rows[0].Field).WithInt("rows", int64(b.Total))
}

// orBroken answers err, or a Broken if there are broken rows, or nil.
func orBroken(rows []RowError, total int, err error) error {
	if err == nil && len(rows) > 0 {
		return &Broken{Rows: rows, Total: total}
	}
	return err
}

// reason is a kind of broken row: a code and a sentence in each language.
type reason struct{ code, english, chinese string }

// The reasons, in the order in which a reader meets them.
var (
	whyEncoding   = reason{"row.encoding", "the line is not UTF-8 text", "该行不是 UTF-8 文本"}
	whyQuote      = reason{"row.quote", "a quoted field is not closed", "引号未闭合"}
	whyFields     = reason{"row.fields", "the number of fields differs from the header's", "字段数与表头不符"}
	whyStray      = reason{"row.stray", "the line stands before any section or header", "该行位于任何分节或表头之前"}
	whySection    = reason{"section.missing", "the file has no such section", "文件缺少该分节"}
	whyRepeated   = reason{"section.repeated", "the section or field is there twice", "该分节或字段重复出现"}
	whyColumn     = reason{"column.missing", "the section's header has no such column", "该分节表头缺少此列"}
	whyMissing    = reason{"field.missing", "the field is missing or empty", "该字段缺失或为空"}
	whyNumber     = reason{"field.number", "the field is not a whole number in range", "该字段不是范围内的整数"}
	whyAmount     = reason{"field.amount", "the field is not an amount of money, or not one in range", "该字段不是有效或范围内的金额"}
	whyArea       = reason{"field.area", "the field is not an area with at most two decimals", "该字段不是最多两位小数的面积"}
	whyValue      = reason{"field.value", "the field has a value that is not known", "该字段的取值未知"}
	whyNegative   = reason{"field.negative", "the field is below zero", "该字段为负数"}
	whyLong       = reason{"field.long", "the field is too long", "该字段过长"}
	whyCount      = reason{"count.differs", "the number given is not the number of rows in the file", "所给数目与文件行数不符"}
	whyTwice      = reason{"id.repeated", "the id was there before", "该编号此前已出现"}
	whyTooMany    = reason{"rows.too_many", "there are more rows of this kind than can be counted", "此类行数超出可计数的上限"}
	whyUnknown    = reason{"option.unknown", "the ballot names an option that the file does not list", "选票所选项目不在文件列表中"}
	whyDouble     = reason{"option.doubled", "the ballot names an option twice", "选票重复选择同一项目"}
	whyChoicesMin = reason{"choices.too_few", "the ballot has fewer choices than allowed", "选票选项少于下限"}
	whyChoicesMax = reason{"choices.too_many", "the ballot has more choices than allowed", "选票选项超过上限"}
	whyPoints     = reason{"points.count", "the ballot has not one number of points for each choice", "分数个数与选项个数不符"}
	whyPointsMax  = reason{"points.out_of_range", "the ballot's points are out of the allowed range", "选票分数超出允许范围"}
	whyOrder      = reason{"row.order", "the ranking is not well formed", "排序格式有误"}
	whyPart       = reason{"figures.impossible", "the parts are more than the whole", "各部分之和大于总数"}
)

// rowList collects broken rows, keeping only the first RowErrorsMax of them.
type rowList struct {
	rows  []RowError
	total int
}

// add notes one broken row.
func (l *rowList) add(line int, field string, why reason) {
	l.total++
	if len(l.rows) < RowErrorsMax {
		l.rows = append(l.rows, RowError{Line: line, Field: field, Code: why.code, English: why.english, Chinese: why.chinese})
	}
}

// sorted answers the rows by line.
func (l *rowList) sorted() []RowError {
	slices.SortStableFunc(l.rows, func(a, b RowError) int { return cmp.Compare(a.Line, b.Line) })
	return l.rows
}

// row is one record of a delimited file and the line that it starts on.
type row struct {
	line   int
	fields []string
}

// quotedLinesMax bounds the lines of one quoted field, so that a quote that is never closed costs one row and not the rest of the file.
const quotedLinesMax = 16

// splitRows splits a delimited text (RFC 4180 quoting) into records. Lines that are blank are passed over, lines that cannot be split are
// noted and passed over. Space around a field is no part of it.
func splitRows(text string, separator byte, bad *rowList) []row {
	var rows []row
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); {
		fields, used, why := splitRecord(lines[i:], separator)
		switch {
		case why != nil:
			bad.add(i+1, "", *why)
		case len(fields) > 1 || fields[0] != "":
			rows = append(rows, row{i + 1, fields})
		}
		i += used
	}
	return rows
}

// splitRecord splits the record that starts at lines[0] and answers how many lines it took.
func splitRecord(lines []string, separator byte) (fields []string, used int, why *reason) {
	line := strings.TrimSuffix(lines[0], "\r")
	for used = 1; ; used++ {
		if !utf8.ValidString(line) {
			return nil, 1, &whyEncoding
		}
		var open bool
		if fields, open = splitLine(line, separator); !open {
			return fields, used, nil
		}
		if used == len(lines) || used == quotedLinesMax {
			return nil, 1, &whyQuote // the lines after it are read by themselves
		}
		line += "\n" + strings.TrimSuffix(lines[used], "\r")
	}
}

// splitLine splits one line; open says that it ends within a quoted field.
func splitLine(line string, separator byte) (fields []string, open bool) {
	for {
		rest := strings.TrimLeft(line, " \t")
		if strings.HasPrefix(rest, `"`) {
			text, after, closed := quoted(rest[1:])
			if !closed {
				return nil, true
			}
			after = strings.TrimLeft(after, " \t")
			if after == "" {
				return append(fields, strings.TrimSpace(text)), false
			}
			if after[0] == separator {
				fields = append(fields, strings.TrimSpace(text))
				line = after[1:]
				continue
			}
			// Text behind the closing quote: the quotes belong to the text, as in: "Our" square. If a separator was between them, the
			// number of fields will show it.
		}
		end := strings.IndexByte(line, separator)
		if end < 0 {
			return append(fields, strings.TrimSpace(line)), false
		}
		fields = append(fields, strings.TrimSpace(line[:end]))
		line = line[end+1:]
	}
}

// quoted reads up to the closing quote; two quotes are one quote of the text.
func quoted(s string) (text, after string, closed bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(s[:i])
		if !strings.HasPrefix(s[i+1:], `"`) {
			return b.String(), s[i+1:], true
		}
		b.WriteByte('"')
		s = s[i+2:]
	}
}
