package sheet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/sheet"
)

var (
	errLarge  = fault.New(fault.TooLarge, "test_list.too_large", "Too large.", "过大。")
	errHeader = fault.New(fault.Invalid, "test_list.header", "No header.", "无表头。")
	errEmpty  = fault.New(fault.Invalid, "test_list.empty", "Empty.", "空。")
	errRows   = fault.New(fault.Invalid, "test_list.rows", "Rows.", "行。")
)

// read reads a list of at most three rows and a hundred bytes, and gives what its rows were called with.
func read(text string) (rows []string, refused sheet.Refusals, err error) {
	f := sheet.Format{
		BytesMax: 100, RowsMax: 3, TooLarge: errLarge, Header: errHeader, Empty: errEmpty,
		Encoding: func([]byte) error { return nil },
		Columns:  func(header []string) error { rows = append(rows, strings.Join(header, "|")); return nil },
		Row:      func(_ int, fields []string) { rows = append(rows, strings.Join(fields, "|")) },
		Refuse:   func(line int, why sheet.Reason) { refused.Refuse(line, "", why, 0) },
	}
	err = f.Read(strings.NewReader(text))
	return rows, refused, err
}

// Given lists of all kinds, when they are read, then each row comes once, without a byte order mark, and what is too large is not read.
func TestRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct { // any order: they do not depend on each other
		text string
		rows []string
		err  error
	}{
		"nothing":         {"", nil, errEmpty},
		"no header":       {"\"a\nb\n", nil, errHeader},
		"a header":        {"a,b\n", []string{"a|b"}, nil},
		"a mark":          {"\xef\xbb\xbfa\nx\n", []string{"a", "x"}, nil},
		"as many rows":    {"a\n1\n2\n3\n", []string{"a", "1", "2", "3"}, nil},
		"a row more":      {"a\n1\n2\n3\n4\n", []string{"a", "1", "2", "3"}, errLarge},
		"as many bytes":   {"a\n" + strings.Repeat("x", 97) + "\n", []string{"a", strings.Repeat("x", 97)}, nil},
		"a byte too many": {"a\n" + strings.Repeat("x", 98) + "\n", nil, errLarge},
	} {
		rows, refused, err := read(c.text)
		if !slices.Equal(rows, c.rows) || !errors.Is(err, c.err) || refused.Total != 0 {
			t.Errorf("%s: %q, %d refused, %v", name, rows, refused.Total, err)
		}
	}
	rows, refused, err := read("a\n1\nb\"c\n2\n")
	if err != nil || !slices.Equal(rows, []string{"a", "1", "2"}) || refused.Total != 1 || refused.Err(errRows).Error() !=
		"line 3: "+sheet.WhyQuote.English {
		t.Errorf("a quotation mark: %q, %v, %v", rows, refused.Err(errRows), err)
	}
}

// Given more refusals than are listed, when they are told, then the first by line are, all are counted, and the fault is the list's own.
func TestRefusals(t *testing.T) {
	t.Parallel()
	var r sheet.Refusals
	if err := r.Err(errRows); err != nil {
		t.Errorf("nothing was refused: %v", err)
	}
	why := sheet.Why("field.missing", "the field is empty", "该字段为空")
	for line := sheet.RefusalsMax; line >= 0; line-- {
		r.Refuse(line, "name", why, line%2)
	}
	var refused *sheet.Refused
	if err := r.Err(errRows); !errors.As(err, &refused) || !errors.Is(err, errRows) {
		t.Fatalf("%v", err)
	}
	if refused.Total != sheet.RefusalsMax+1 || len(refused.Rows) != sheet.RefusalsMax || refused.Rows[0].Line != 1 {
		t.Errorf("%d, %d listed, first of line %d", refused.Total, len(refused.Rows), refused.Rows[0].Line)
	}
	if got, want := refused.Error(), "line 1, name: the field is empty (see line 1) (and 1000 more)"; got != want {
		t.Errorf("%s", got)
	}
}
