package notice

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"renlin.dev/services/voting/count"
)

// Limits of a file. The depth is that of a form that nests entries, their parts and the parts' channels, and a little more.
const (
	fileBytesMax = 16 << 20
	depthMax     = 12
	valuesMax    = 1_000_000
)

// reason is why a field is not in order.
type reason struct{ code, english, chinese string }

var (
	whyUnknown  = reason{"field.unknown", "the form has no such field", "格式中没有该字段"}
	whyRepeated = reason{"field.repeated", "the field is there twice", "该字段重复出现"}
	whyMissing  = reason{"field.missing", "the field is missing", "缺少该字段"}
	whyKind     = reason{"field.kind", "the field holds another kind of value than the form says", "该字段的值类型与格式不符"}
	whyNumber   = reason{"field.number", "the field is not a whole number in range", "该字段不是范围内的整数"}
	whyNegative = reason{"field.negative", "the field is below zero", "该字段为负数"}
	whyDecimal  = reason{"field.decimal", "the field is not a plain decimal, or has too many digits to count with", "该字段不是普通小数，或位数过多无法计算"}
	whyText     = reason{"field.text", "the text is empty or too long", "文本为空或过长"}
	whyValue    = reason{"field.value", "the field has a value that is not known", "该字段的取值未知"}
	whyTooMany  = reason{"field.too_many", "there are more of these than a notice can have", "此类数量超出一份公告的上限"}
	whyForm     = reason{"field.form", "an entry has either for and against, or options", "每条须有 for 与 against，或者 options，二者择一"}
)

// node is a JSON value that knows where it stands. Its path is of names of the form and of places, never of other text of the file.
type node struct {
	path string
	line int
	// Exactly one of these is set.
	text   *string
	number json.Number
	object []member
	list   []node
	kind   byte // " for text, 0 for a number, { and [, t for true and false, n for null
}

// member is one field of an object.
type member struct {
	key   string
	value node
}

// treeReader reads JSON into nodes.
type treeReader struct {
	data   []byte
	dec    *json.Decoder
	values int
	// What has been counted of lines, up to where.
	lines  int
	offset int64
	bad    []count.RowError
	total  int
}

// add notes a field that is not in order.
func (r *treeReader) add(line int, field string, why reason) {
	r.total++
	if len(r.bad) < count.RowErrorsMax {
		r.bad = append(r.bad, count.RowError{Line: line, Field: field, Code: why.code, English: why.english, Chinese: why.chinese})
	}
}

// at notes a node that is not in order.
func (r *treeReader) at(n node, why reason) { r.add(n.line, n.path, why) }

// broken answers the error of what was noted, nil for nothing.
func (r *treeReader) broken() error {
	if r.total == 0 {
		return nil
	}
	slices.SortStableFunc(r.bad, func(a, b count.RowError) int { return a.Line - b.Line })
	return &count.Broken{Rows: r.bad, Total: r.total}
}

// line answers the line of the value that was read last. It counts on from the last time, for a file may have very many values.
func (r *treeReader) line() int {
	offset := r.dec.InputOffset()
	r.lines += bytes.Count(r.data[r.offset:offset], []byte("\n"))
	r.offset = offset
	return 1 + r.lines
}

func (r *treeReader) lineOf(offset int64) int {
	return 1 + bytes.Count(r.data[:min(offset, int64(len(r.data)))], []byte("\n"))
}

// tree reads the whole file as one value.
func (r *treeReader) tree(data []byte) (node, error) {
	if len(data) > fileBytesMax {
		return node{}, ErrFileTooLarge.WithInt("size_max", fileBytesMax)
	}
	r.data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(r.data) || !json.Valid(r.data) {
		return node{}, ErrFileUnreadable.WithInt("line", int64(r.brokenLine()))
	}
	r.dec = json.NewDecoder(bytes.NewReader(r.data))
	r.dec.UseNumber()
	root, ok := r.value("", 0)
	if !ok {
		return node{}, ErrFileUnreadable.WithInt("line", int64(r.line()))
	}
	return root, nil
}

// brokenLine answers the line at which the file stops being JSON in UTF-8.
func (r *treeReader) brokenLine() int {
	var any json.RawMessage
	if syntax, is := json.Unmarshal(r.data, &any).(*json.SyntaxError); is {
		return r.lineOf(syntax.Offset)
	}
	for i := 0; i < len(r.data); {
		c, size := utf8.DecodeRune(r.data[i:])
		if c == utf8.RuneError && size == 1 {
			return r.lineOf(int64(i))
		}
		i += size
	}
	return 1
}

// value reads the next value; ok is false for a file that is no notice, whatever it says.
func (r *treeReader) value(path string, depth int) (n node, ok bool) {
	token, err := r.dec.Token()
	if r.values++; err != nil || depth > depthMax || r.values > valuesMax {
		return node{}, false
	}
	n = node{path: path, line: r.line()}
	switch v := token.(type) {
	case string:
		n.text, n.kind = &v, '"'
	case json.Number:
		n.number = v
	case bool:
		n.kind = 't'
	case nil:
		n.kind = 'n'
	case json.Delim:
		n.kind = byte(v)
		if v == '[' {
			return n, r.elements(&n, depth)
		}
		return n, r.members(&n, depth)
	}
	return n, true
}

// elements reads a list to its end.
func (r *treeReader) elements(n *node, depth int) bool {
	for r.dec.More() {
		element, ok := r.value(n.path+"["+strconv.Itoa(len(n.list))+"]", depth+1)
		if !ok {
			return false
		}
		n.list = append(n.list, element)
	}
	_, err := r.dec.Token()
	return err == nil
}

// members reads an object to its end. A name that is there twice is noted, wherever it is: two readers could take different ones.
func (r *treeReader) members(n *node, depth int) bool {
	seen := map[string]bool{}
	for r.dec.More() {
		token, err := r.dec.Token()
		key, is := token.(string)
		if err != nil || !is {
			return false
		}
		// The place among its siblings stands for a name that may be anything.
		path, line := n.path+"."+strconv.Itoa(len(n.object)), r.line()
		if isFormName(key) {
			path = n.path + "." + key
		}
		if n.path == "" {
			path = path[1:]
		}
		value, ok := r.value(path, depth+1)
		if !ok {
			return false
		}
		if seen[key] {
			r.add(line, path, whyRepeated)
			continue
		}
		seen[key] = true
		n.object = append(n.object, member{key, value})
	}
	_, err := r.dec.Token()
	return err == nil
}

// field answers a member of an object.
func (n node) field(key string) (node, bool) {
	for _, m := range n.object {
		if m.key == key {
			return m.value, true
		}
	}
	return node{}, false
}
