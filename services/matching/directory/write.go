package directory

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Listed is one offer of an organisation's provider, as a community's record has it.
type Listed struct {
	OrganizationID, OrganizationName string // the record's id and name
	Provider                         string // the record's id
	Skill, Title                     string
	East, North                      int32
	Squares                          uint32
	Languages                        []string
	From, Until                      int64
	Capacity, Taken                  int64
	Updated                          int64
}

// Write writes a page of services, the same bytes for the same offers.
func Write(all []Listed) ([]byte, error) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Listed) int {
		return strings.Compare(a.OrganizationID+a.Provider+a.Skill, b.OrganizationID+b.Provider+b.Skill)
	})
	out := page{TotalItems: len(all), TotalPages: 1, PageNumber: 1, Size: len(all), FirstPage: true, LastPage: true, Empty: len(all) == 0,
		Contents: []service{}}
	for i := range all {
		out.Contents = append(out.Contents, all[i].service())
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(out)
	return b.Bytes(), err
}

func (l *Listed) service() service {
	id := func(what string) string { return derived(what, l.Provider, l.Skill) }
	s := service{
		ID: id("service"), Name: l.Title, Status: "active", Modified: stamp(l.Updated),
		Organization: &organization{ID: uuidOf(l.OrganizationID), Name: l.OrganizationName, Description: l.OrganizationName},
		Areas: []area{{
			ID: id("area"), Name: fmt.Sprintf("%d squares of %d m around", l.Squares, squareMetres),
			Extent: strconv.FormatUint(uint64(l.Squares), 10), ExtentType: "text", URI: areaURI,
		}},
		At: []atLocation{{ID: id("at"), Location: &location{
			ID: derived("location", strconv.Itoa(int(l.East)), strconv.Itoa(int(l.North))), Type: "physical",
			Identifier: fmt.Sprintf("%d,%d", l.East, l.North), IdentifierOf: squareType,
		}}},
		Attributes: []attribute{{ID: id("attribute"), Term: &term{
			ID: derived("term", l.Skill), Code: l.Skill, Name: l.Title, Description: l.Title, Taxonomy: taxonomy,
		}}},
		Capacities: []capacity{{
			ID: id("capacity"), Unit: &unit{ID: derived("unit", l.Skill), Name: l.Title},
			Available: json.Number(strconv.FormatInt(max(0, l.Capacity-l.Taken), 10)), Maximum: json.Number(strconv.FormatInt(l.Capacity, 10)),
			Updated: stamp(l.Updated),
		}},
	}
	for _, code := range l.Languages {
		s.Languages = append(s.Languages, language{ID: derived("language", l.Provider, l.Skill, code), Code: code})
	}
	if l.From != 0 || l.Until != 0 {
		one := schedule{ID: id("schedule"), Notes: interval(l.From, l.Until)}
		if l.From != 0 {
			one.ValidFrom = time.UnixMilli(l.From).In(beijing).Format(dateForm)
		}
		if l.Until != 0 {
			one.ValidTo = time.UnixMilli(l.Until - 1).In(beijing).Format(dateForm)
		}
		s.Schedules = []schedule{one}
	}
	return s
}

// interval writes when a service is given to the millisecond, which the standard's dates cannot.
func interval(from, until int64) string {
	one := func(at int64) string {
		if at == 0 {
			return ".."
		}
		return stamp(at)
	}
	return one(from) + "/" + one(until)
}

func stamp(at int64) string {
	if at == 0 {
		return ""
	}
	return time.UnixMilli(at).In(beijing).Format("2006-01-02T15:04:05.000Z07:00")
}

// derived gives the id of something that the record does not name by itself.
func derived(parts ...string) string {
	sum := sha256.Sum256([]byte("renlin/hsds/" + strings.Join(parts, "/")))
	return uuid(sum[:16])
}

// uuidOf writes one of the record's ids, which are 16 bytes too, as the standard wants ids.
func uuidOf(id string) string {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(id))
	if err != nil || len(raw) != 16 {
		return derived("id", id)
	}
	return uuid(raw)
}

// RecordID reads one of the record's ids back from how the standard has it; "" for what is none.
func RecordID(id string) string {
	var raw []byte
	if _, err := fmt.Sscanf(strings.ReplaceAll(id, "-", ""), "%x", &raw); err != nil || len(raw) != 16 {
		return ""
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
}

func uuid(raw []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:16])
}
