package count

import (
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
	o := &ownersReader{jsonFile: jsonFile{data: data}}
	objects, list, err := o.objects()
	if err != nil {
		return Matters{}, nil, err
	}
	o.matters.List = list
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
	jsonFile
	matters Matters
}

// The fields of a matter that must be there.
var ownersFields = []string{"matter_item", "total_heads", "total_area", "for", "against", "abstain"}

// matter reads one object. All its broken fields are noted, not only the first.
func (o *ownersReader) matter(object jsonValue) {
	fields, ok := o.fields(object, ownersFields)
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

// area reads an area in m² into units of 0.01 m².
func (o *ownersReader) area(v jsonValue, field string) int64 {
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
func (o *ownersReader) pair(v jsonValue, field string) tally.Weight {
	values, err := elements(v.raw, v.at)
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
