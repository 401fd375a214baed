package count

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// Limits of an owners file.
const (
	mattersMax   = 10_000
	areaUnitsMax = 1_000_000_000_000 // 0.01 m²: 10,000 km², larger than any city's housing
	headsMax     = 1_000_000_000
)

// Matters are the questions of an owners file.
type Matters struct {
	// List says that the file was a list, even if of one.
	List bool
	// Questions are the good ones, in the file's order.
	Questions []Matter
	// RowsRefused is how many fields are broken, listed or not.
	RowsRefused int
}

// Matter is one question put to the owners, and the figures of its vote.
type Matter struct {
	Name string
	// Item is the item of Civil Code art. 278 that the matter falls under, 1 to 9.
	Item int
	// All is the whole community; heads and area in 0.01 m².
	All, For, Against, Abstain tally.Weight
	line                       int
}

// MatterResult is the outcome of one matter.
type MatterResult struct {
	Name         string             `json:"name,omitempty"`
	Item         int                `json:"matter_item"`
	Verdict      string             `json:"result"`
	Inequalities []tally.Inequality `json:"inequalities"`
}

// ReadOwners reads one object or a list of objects with matter_item, total_heads, total_area, and for, against and abstain as [heads,
// area]. Area is a decimal in m² with at most two places, as text or number; it becomes an integer at once. Other fields are
// passed over, a field that is there twice is not.
func ReadOwners(r io.Reader) (Matters, []RowError, error) {
	data, err := readAll(r)
	if err != nil {
		return Matters{}, nil, err
	}
	o := &ownersReader{data: data}
	var objects []ownersValue
	switch trimmed := bytes.TrimLeft(data, " \t\r\n"); {
	case bytes.HasPrefix(trimmed, []byte("{")):
		objects, err = []ownersValue{{raw: data}}, nil
	case bytes.HasPrefix(trimmed, []byte("[")):
		o.matters.List = true
		objects, err = o.elements(data, 0)
	default:
		err = ErrFileUnreadable
	}
	if err != nil || !json.Valid(data) {
		return Matters{}, nil, ErrFileUnreadable.WithInt("line", int64(o.brokenLine()))
	}
	for i, object := range objects {
		if i == mattersMax {
			o.bad.add(o.line(object.at), "", whyTooMany)
			break
		}
		o.matter(object)
	}
	o.matters.RowsRefused = o.bad.total
	return o.matters, o.bad.sorted(), nil
}

// ownersReader gathers the matters of one file.
type ownersReader struct {
	data    []byte
	bad     rowList
	matters Matters
}

// ownersValue is a JSON value and where it starts in the file.
type ownersValue struct {
	raw json.RawMessage
	at  int64
}

// line answers the line of a place in the file.
func (o *ownersReader) line(at int64) int {
	at = min(at, int64(len(o.data)))
	return 1 + bytes.Count(o.data[:at], []byte("\n"))
}

// brokenLine answers the line at which the file stops being JSON.
func (o *ownersReader) brokenLine() int {
	var syntax *json.SyntaxError
	var any json.RawMessage
	if err := json.Unmarshal(o.data, &any); err != nil {
		if s, is := err.(*json.SyntaxError); is {
			syntax = s
		}
	}
	if syntax == nil {
		return 1
	}
	return o.line(syntax.Offset)
}

// elements splits a JSON array, whose first byte is at base, into its values.
func (o *ownersReader) elements(raw []byte, base int64) ([]ownersValue, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, ErrFileUnreadable
	}
	var values []ownersValue
	for dec.More() {
		value, err := next(dec, base)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// next reads the next value of dec.
func next(dec *json.Decoder, base int64) (ownersValue, error) {
	var value ownersValue
	if err := dec.Decode(&value.raw); err != nil {
		return ownersValue{}, ErrFileUnreadable
	}
	value.at = base + dec.InputOffset() - int64(len(value.raw))
	return value, nil
}

// The fields of a matter that must be there.
var ownersFields = []string{"matter_item", "total_heads", "total_area", "for", "against", "abstain"}

// fields splits a JSON object; a field that is there twice is noted.
func (o *ownersReader) fields(object ownersValue) (map[string]ownersValue, bool) {
	dec := json.NewDecoder(bytes.NewReader(object.raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		o.bad.add(o.line(object.at), "", whyValue)
		return nil, false
	}
	fields, ok := map[string]ownersValue{}, true
	for dec.More() {
		t, err := dec.Token()
		key, is := t.(string)
		if err != nil || !is {
			return nil, false
		}
		value, err := next(dec, object.at)
		if err != nil {
			return nil, false
		}
		if _, twice := fields[key]; twice {
			o.bad.add(o.line(value.at), "", whyRepeated)
			ok = false
		}
		fields[key] = value
	}
	for _, name := range ownersFields {
		if _, has := fields[name]; !has {
			o.bad.add(o.line(object.at), name, whyMissing)
			ok = false
		}
	}
	return fields, ok
}

// matter reads one object. All its broken fields are noted, not only the first.
func (o *ownersReader) matter(object ownersValue) {
	fields, ok := o.fields(object)
	if !ok {
		return
	}
	before := o.bad.total
	m := Matter{line: o.line(object.at)}
	if name, has := fields["name"]; has && json.Unmarshal(name.raw, &m.Name) != nil || len(m.Name) > textBytesMax {
		o.bad.add(o.line(fields["name"].at), "name", whyValue)
	}
	item := o.number(fields["matter_item"], "matter_item", 9)
	if item == 0 && o.bad.total == before {
		o.bad.add(o.line(fields["matter_item"].at), "matter_item", whyValue)
	}
	m.Item = int(item)
	m.All.Heads = o.number(fields["total_heads"], "total_heads", headsMax)
	m.All.Area = o.area(fields["total_area"], "total_area")
	m.For = o.pair(fields["for"], "for")
	m.Against = o.pair(fields["against"], "against")
	m.Abstain = o.pair(fields["abstain"], "abstain")
	if o.bad.total > before {
		return
	}
	if part := m.participants(); part.Heads > m.All.Heads || part.Area > m.All.Area {
		o.bad.add(m.line, "total_heads, total_area", whyPart)
		return
	}
	o.matters.Questions = append(o.matters.Questions, m)
}

// participants are all who took part. The limits keep the sums far from overflowing.
func (m Matter) participants() tally.Weight {
	return tally.Weight{Heads: m.For.Heads + m.Against.Heads + m.Abstain.Heads, Area: m.For.Area + m.Against.Area + m.Abstain.Area}
}

// number reads a whole number.
func (o *ownersReader) number(v ownersValue, field string, most int64) int64 {
	n, why := parseCount(strings.TrimSpace(string(v.raw)), most)
	if why != nil {
		o.bad.add(o.line(v.at), field, *why)
	}
	return n
}

// area reads an area in m² into units of 0.01 m².
func (o *ownersReader) area(v ownersValue, field string) int64 {
	text := strings.TrimSpace(string(v.raw))
	if strings.HasPrefix(text, `"`) {
		if json.Unmarshal(v.raw, &text) != nil {
			text = ""
		}
	}
	a, why := parseAmount(text)
	if why == nil {
		if units, ok := a.scale(max(2, a.places)); ok && a.places <= 2 && units <= areaUnitsMax {
			return units
		}
		why = &whyArea
	}
	if why == &whyAmount {
		why = &whyArea
	}
	o.bad.add(o.line(v.at), field, *why)
	return 0
}

// pair reads [heads, area].
func (o *ownersReader) pair(v ownersValue, field string) tally.Weight {
	values, err := o.elements(v.raw, v.at)
	if err != nil || len(values) != 2 {
		o.bad.add(o.line(v.at), field, whyValue)
		return tally.Weight{}
	}
	return tally.Weight{Heads: o.number(values[0], field, headsMax), Area: o.area(values[1], field)}
}

// Count judges every matter by art. 278.
func (m Matters) Count() (Result, error) {
	res := Result{Format: FormatOwners, Rule: RuleOwners, List: m.List}
	for _, q := range m.Questions {
		requirements, err := tally.OwnersItem(q.Item)
		if err != nil {
			return Result{}, err
		}
		valid, err := q.For.Plus(q.Against)
		if err != nil {
			return Result{}, err
		}
		out, err := tally.Evaluate(requirements, tally.Figures{All: q.All, Participants: q.participants(), Valid: valid, Option: q.For})
		if err != nil {
			return Result{}, err
		}
		res.Matters = append(res.Matters, MatterResult{q.Name, q.Item, string(out.Verdict), out.Inequalities})
	}
	return res, nil
}
