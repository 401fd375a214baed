package notice

import (
	"slices"
	"strconv"
)

// formNames are all names that the form has. Whatever else stands as a name in a file (a channel, an option) is the file's own text.
var formNames = []string{
	"published_results", "vote_notice_bases", "id", "source", "title", "meeting", "matter", "matter_item", "total_heads", "total_area_m2",
	"participating_heads", "participating_area_m2", "participating_heads_pct", "participating_area_pct", "for", "against", "abstain",
	"options", "invalid", "notified_not_voted_counted_to_majority", "published_final", "checks", "heads", "area_m2", "area_m2_implied",
	"heads_pct", "area_pct", "by_channel", "winner", "result", "scope", "for_heads", "for_area_m2", "for_heads_pct", "for_area_pct",
	"against_heads", "against_area_m2", "against_heads_pct", "against_area_pct", "abstain_heads", "abstain_area_m2", "abstain_heads_pct",
	"abstain_area_pct",
}

func isFormName(key string) bool { return slices.Contains(formNames, key) }

// read reads a file: one entry, or an object with a list of them.
func read(data []byte) ([]entry, error) {
	r := &treeReader{}
	root, err := r.tree(data)
	if err != nil {
		return nil, err
	}
	if root.kind != '{' {
		return nil, ErrFileUnreadable.WithInt("line", 1)
	}
	var entries []entry
	if _, whole := root.field("published_results"); !whole {
		entries = append(entries, r.entry(root, 1))
		return entries, r.broken()
	}
	r.known(root, "published_results", "vote_notice_bases")
	for i, n := range r.list(root, "published_results", entriesMax) {
		entries = append(entries, r.entry(n, i+1))
	}
	if _, has := root.field("vote_notice_bases"); has {
		// Announcements of votes to come: there is nothing in them yet that could be recomputed.
		for _, n := range r.list(root, "vote_notice_bases", entriesMax) {
			r.known(n, "source", "scope", "total_heads", "total_area_m2")
		}
	}
	return entries, r.broken()
}

// known notes what is no object, and every name that the form does not have here.
func (r *treeReader) known(n node, names ...string) bool {
	if n.kind != '{' {
		r.at(n, whyKind)
		return false
	}
	for _, m := range n.object {
		if !slices.Contains(names, m.key) {
			r.at(m.value, whyUnknown)
		}
	}
	return true
}

// needed answers a field, and notes if it is missing.
func (r *treeReader) needed(n node, key string) (node, bool) {
	v, has := n.field(key)
	if !has {
		r.add(n.line, pathOf(n.path, key), whyMissing)
	}
	return v, has
}

// pathOf answers the path of a field below another.
func pathOf(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// list answers the elements of a list field.
func (r *treeReader) list(n node, key string, most int) []node {
	v, has := r.needed(n, key)
	switch {
	case !has:
		return nil
	case v.kind != '[':
		r.at(v, whyKind)
		return nil
	case len(v.list) > most:
		r.at(v, whyTooMany)
		return nil
	}
	return v.list
}

// text answers an optional text.
func (r *treeReader) text(n node, key string) string {
	v, has := n.field(key)
	switch {
	case !has:
		return ""
	case v.kind != '"':
		r.at(v, whyKind)
		return ""
	case *v.text == "" || len(*v.text) > textBytesMax:
		r.at(v, whyText)
	}
	return *v.text
}

// whole reads a whole number from 0 to most. 1e3 and 3.0 are none: who writes a head count so has not counted heads.
func (r *treeReader) whole(v node, most int64) int64 {
	if v.kind != 0 {
		r.at(v, whyKind)
		return 0
	}
	n, err := strconv.ParseInt(v.number.String(), 10, 64)
	switch {
	case err == nil && n < 0:
		r.at(v, whyNegative)
	case err != nil || n > most:
		r.at(v, whyNumber)
	default:
		return n
	}
	return 0
}

// heads answers an optional head count, -1 for none.
func (r *treeReader) heads(n node, key string) int64 {
	v, has := n.field(key)
	if !has {
		return -1
	}
	return r.whole(v, headsMax)
}

// decimal answers an optional decimal, written as text or as a number; nil for none.
func (r *treeReader) decimal(n node, key string) *decimal {
	v, has := n.field(key)
	if !has {
		return nil
	}
	var text string
	switch v.kind {
	case '"':
		text = *v.text
	case 0:
		text = v.number.String()
	default:
		r.at(v, whyKind)
		return nil
	}
	d, why := parseDecimal(text)
	if d.line = v.line; why != nil {
		r.at(v, *why)
		return nil
	}
	return &d
}

// measure reads heads, area and shares by the names that they have here.
func (r *treeReader) measure(n node, names measureNames) measure {
	return measure{
		field: n.path, names: names, heads: r.heads(n, names.heads), area: r.decimal(n, names.area),
		headsPct: r.decimal(n, names.headsPct), areaPct: r.decimal(n, names.areaPct),
	}
}

var (
	plainNames  = measureNames{"heads", "area_m2", "heads_pct", "area_pct"}
	silentNames = measureNames{"heads", "area_m2_implied", "heads_pct", "area_pct"}
	totalNames  = measureNames{heads: "total_heads", area: "total_area_m2"}
	partNames   = measureNames{"participating_heads", "participating_area_m2", "participating_heads_pct", "participating_area_pct"}
)

// entry reads one published result. Everything that is not in order in it is noted, not only the first.
func (r *treeReader) entry(n node, number int) entry {
	e := entry{name: "#" + strconv.Itoa(number), path: n.path, winner: -1}
	if !r.known(n, "id", "source", "title", "meeting", "matter", "matter_item", "total_heads", "total_area_m2", "participating_heads",
		"participating_area_m2", "participating_heads_pct", "participating_area_pct", "for", "against", "abstain", "invalid", "options",
		"notified_not_voted_counted_to_majority", "published_final", "checks") {
		return e
	}
	before := r.total
	if id := r.text(n, "id"); id != "" {
		e.name = id
	}
	r.text(n, "source")
	r.text(n, "title")
	e.matter = r.text(n, "matter")
	r.meeting(n)
	if checks, has := n.field("checks"); has && checks.kind != '{' {
		r.at(checks, whyKind) // whoever kept the file wrote his own remarks there; they are no part of the notice
	}
	if v, has := n.field("matter_item"); has {
		if e.item = int(r.whole(v, 9)); e.item == 0 && r.total == before {
			r.at(v, whyNumber)
		}
	}
	for _, key := range []string{"total_heads", "total_area_m2", "participating_heads", "participating_area_m2"} {
		r.needed(n, key)
	}
	e.all, e.part = r.measure(n, totalNames), r.measure(n, partNames)
	formed := r.categories(n, &e)
	if v, has := n.field("notified_not_voted_counted_to_majority"); has && r.known(v, "heads", "area_m2_implied", "heads_pct", "area_pct") {
		r.needed(v, "heads")
		e.silent = &category{measure: r.measure(v, silentNames), kind: kindSilent, label: "silent"}
	}
	if formed {
		r.final(n, &e)
	}
	if r.total == before {
		r.scale(&e)
	}
	return e
}

// meeting holds the times to being two texts; nothing is recomputed from them.
func (r *treeReader) meeting(n node) {
	if _, has := n.field("meeting"); !has {
		return
	}
	times := r.list(n, "meeting", 2)
	for _, v := range times {
		if v.kind != '"' {
			r.at(v, whyKind)
		}
	}
}

// categories reads what those who took part answered; ok is false if nobody can tell which of the two forms it is.
func (r *treeReader) categories(n node, e *entry) (ok bool) {
	options, plural := n.field("options")
	_, yes := n.field("for")
	_, no := n.field("against")
	if plural == (yes || no) {
		r.at(n, whyForm)
		return false
	}
	for _, named := range []struct {
		key  string
		kind int
	}{{"for", kindFor}, {"against", kindAgainst}, {"abstain", kindAbstain}, {"invalid", kindInvalid}} {
		v, has := n.field(named.key)
		if has && plural {
			r.at(v, whyForm) // with options, abstentions and invalid votes stand among them
		}
		if !has && !plural && named.kind <= kindAgainst {
			r.needed(n, named.key)
		}
		if has && !plural {
			e.categories = append(e.categories, r.category(v, named.kind, named.key))
		}
	}
	if !plural {
		return true
	}
	if options.kind != '{' || len(options.object) > partsMax {
		r.at(options, whyKind)
		return false
	}
	for _, m := range options.object {
		kind := kindOption
		switch m.key {
		case "abstain":
			kind = kindAbstain
		case "invalid":
			kind = kindInvalid
		}
		e.categories = append(e.categories, r.category(m.value, kind, m.key))
	}
	if e.place(kindOption) < 0 {
		r.at(options, whyMissing)
		return false
	}
	return true
}

// category reads a category: a head count, or an object.
func (r *treeReader) category(v node, kind int, label string) category {
	c := category{kind: kind, label: label}
	if v.kind == 0 {
		c.measure = measure{field: v.path, heads: r.whole(v, headsMax)}
		return c
	}
	if !r.known(v, "heads", "area_m2", "heads_pct", "area_pct", "by_channel") {
		return c
	}
	r.needed(v, "heads")
	c.measure = r.measure(v, plainNames)
	channels, has := v.field("by_channel")
	if !has {
		return c
	}
	if channels.kind != '{' || len(channels.object) > partsMax {
		r.at(channels, whyKind)
		return c
	}
	c.channels = []int64{}
	for _, m := range channels.object {
		c.channels = append(c.channels, r.whole(m.value, headsMax))
	}
	return c
}

// final reads what the notice says came out.
func (r *treeReader) final(n node, e *entry) {
	v, has := r.needed(n, "published_final")
	if !has {
		return
	}
	if result, has := r.needed(v, "result"); has {
		e.result = r.text(v, "result")
		if !slices.Contains([]string{"passed", "rejected", "no_quorum"}, e.result) && result.kind == '"' {
			r.at(result, whyValue)
		}
	}
	if e.place(kindOption) >= 0 {
		r.known(v, "winner", "heads", "area_m2", "heads_pct", "area_pct", "result")
		r.needed(v, "heads")
		winner, has := r.needed(v, "winner")
		if !has {
			return
		}
		label := r.text(v, "winner")
		e.winnerField = winner.path
		e.winner = slices.IndexFunc(e.categories, func(c category) bool { return c.kind == kindOption && c.label == label })
		if e.winner < 0 {
			r.at(winner, whyValue)
			return
		}
		e.finals = append(e.finals, final{r.measure(v, plainNames), e.winner})
		return
	}
	names := []string{"result"}
	for _, key := range []string{"for", "against", "abstain"} {
		m := measureNames{key + "_heads", key + "_area_m2", key + "_heads_pct", key + "_area_pct"}
		names = append(names, m.heads, m.area, m.headsPct, m.areaPct)
		claim := final{r.measure(v, m), slices.IndexFunc(e.categories, func(c category) bool { return c.label == key })}
		if claim.heads < 0 && claim.area == nil && claim.headsPct == nil && claim.areaPct == nil {
			continue
		}
		if claim.category < 0 {
			r.add(v.line, pathOf(v.path, m.heads), whyValue) // figures of a category that there is not
			continue
		}
		e.finals = append(e.finals, claim)
	}
	r.known(v, names...)
}

// scale finds the finest place of the entry's areas, and holds every area to a size that can be added up at it. If that is not so because
// one area is given far more finely than square centimetres, that one is named, else the one that is too large.
func (r *treeReader) scale(e *entry) {
	var finest, largest *measure
	e.areas(func(m *measure) {
		if places := m.area.trimmed().places; finest == nil || places > e.places {
			finest, e.places = m, places
		}
	})
	e.areas(func(m *measure) {
		if u, ok := m.area.units(e.places); !ok || len(strconv.FormatInt(u, 10)) > areaDigitsMax {
			largest = m
		}
	})
	switch {
	case largest == nil:
		return
	case e.places > 4:
		largest = finest
	}
	r.add(largest.area.line, pathOf(largest.field, largest.names.area), whyDecimal)
}
