// Package notice recomputes the published result of an owners' vote. It is pure: a report is a function of the file's bytes.
//
// Its rules, in plain words:
//
//   - A published figure is right when the figures beside it give it, exactly. Nothing is "nearly" right: areas are read digit by digit and
//     compared as integers at the finest place that the notice uses.
//   - A percentage is right when rounding the exact quotient half up, or cutting it off, gives it at the number of places that it is
//     published with. Which of the two it was is in the report; anything else is a finding.
//   - The channels of a category add up to the category; the categories, with those who were notified, did not vote and were counted with
//     the majority, add up to those who took part; and those who took part are no more than there are.
//   - The verdict is that of Civil Code art. 278, with every inequality written out. The class of the matter is the one that the notice
//     names; where it names none both classes are judged, and the report says that the class is unknown.
//   - A figure that the notice does not give is never guessed. What cannot be judged for want of it is said in a note.
//   - A finding is a contradiction. What the law merely leaves in dispute (the silent counted with the majority) is a note, with what the
//     result would be without it.
package notice

import (
	"renlin.dev/pkg/fault"
	"renlin.dev/services/voting/internal/tally"
)

// The faults of reading a notice. Fields that are not in order come as a *count.Broken, which lists them.
var (
	ErrFileUnreadable = fault.New(fault.Invalid, "notice.unreadable",
		"The file is no published result: it is not JSON, or not an object.", "该文件不是已公布的表决结果：不是 JSON，或不是对象。")
	ErrFileTooLarge = fault.New(fault.TooLarge, "notice.too_large",
		"The file is too large for published results.", "文件过大，不是已公布的表决结果。")
)

// Report is what a file's recomputation answers.
type Report struct {
	// Findings are all contradictions, in the order of the file's entries. Never nil.
	Findings []Finding `json:"findings"`
	Entries  []Account `json:"entries"`
}

// Finding is one contradiction in a notice.
type Finding struct {
	// Entry is the entry's id, or its place in the file ("#1") where it has none.
	Entry string `json:"entry"`
	// Index is the place of the entry in the file, from 0.
	Index int    `json:"index"`
	Code  string `json:"code"`
	// Field is the path of the published figure within the entry.
	Field      string `json:"field"`
	Published  string `json:"published"`
	Recomputed string `json:"recomputed"`
	English    string `json:"why"`
	Chinese    string `json:"why_zh"`
}

// Account is everything that one entry's recomputation rests on.
type Account struct {
	Entry string `json:"entry"`
	Index int    `json:"index"`
	// Item is the item of art. 278, 0 if the entry names none; Class is ordinary, special or unknown; From says where the class was read.
	Item  int    `json:"matter_item,omitempty"`
	Class string `json:"class"`
	From  string `json:"class_from,omitempty"`
	// AreaPlaces are the decimals of an m² that the inequalities count areas in.
	AreaPlaces int    `json:"area_places"`
	Published  string `json:"published"`
	// Verdict is the recomputed one, or unknown.
	Verdict     string      `json:"recomputed"`
	Judgements  []Judgement `json:"judgements"`
	Percentages []Share     `json:"percentages"`
	Notes       []Note      `json:"notes"`
}

// Judgement is the verdict under one class of matters.
type Judgement struct {
	Class string `json:"class"`
	// Verdict is unknown where an area is missing that it depends on.
	Verdict      string             `json:"result"`
	Inequalities []tally.Inequality `json:"inequalities"`
}

// Share is a published percentage beside the exact quotient.
type Share struct {
	Field     string `json:"field"`
	Published string `json:"published"`
	// Part and Base are counted in heads, or in units of area.
	Part int64 `json:"part"`
	Base int64 `json:"base"`
	// HalfUp and Truncated are the quotient at the published precision; By names which of them the published one is.
	HalfUp    string   `json:"half_up"`
	Truncated string   `json:"truncated"`
	By        []string `json:"by"`
}

// Note is something to know about an entry that is no contradiction.
type Note struct {
	Code    string `json:"code"`
	English string `json:"note"`
	Chinese string `json:"note_zh"`
}

// The classes of matters, and the verdict that cannot be told.
const (
	ClassOrdinary = "ordinary"
	ClassSpecial  = "special"
	Unknown       = "unknown"
)

// Check reads a file, one entry or a whole one, and recomputes every entry.
func Check(data []byte) (Report, error) {
	entries, err := read(data)
	if err != nil {
		return Report{}, err
	}
	report := Report{Findings: []Finding{}, Entries: []Account{}}
	for i := range entries {
		findings, account, err := entries[i].check(i)
		if err != nil {
			return Report{}, err
		}
		report.Findings = append(report.Findings, findings...)
		report.Entries = append(report.Entries, account)
	}
	return report, nil
}
