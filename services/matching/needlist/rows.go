package needlist

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"renlin.dev/pkg/sheet"
)

// column is a place in the format.
type column int

const (
	colSkill column = iota
	colQuantity
	colUnit
	colEast
	colNorth
	colFrom
	colUntil
	colLanguage
	colAttestation
	colMember
	colPriority
	colVulnerable
	colWords
	columns
)

// columnFields are the names that refusals use.
var columnFields = [columns]string{
	"skill", "quantity", "unit", "east", "north", "from", "until", "language", "attestation", "member", "priority", "vulnerable", "words",
}

// columnNames are the names that a header may use beside those.
var columnNames = map[string]column{
	"类别": colSkill, "数量": colQuantity, "单位": colUnit, "东": colEast, "北": colNorth, "开始": colFrom, "截止": colUntil,
	"语言": colLanguage, "证明": colAttestation, "成员": colMember, "优先级": colPriority, "困难": colVulnerable, "说明": colWords,
}

// The bounds of a row. What a need may have at most the service says too, and refuses it again.
const (
	fieldBytesMax  = 200
	wordsBytesMax  = 16 << 10
	quantityMax    = 100_000
	cellMax        = 10_000
	listMax        = 20
	priorityMax    = 9
	needsMemberMax = 20
)

type reason = sheet.Reason

// The reasons.
var (
	whyCharacters = sheet.Why("field.characters", "the field has characters that cannot be seen", "该字段含有不可见字符")
	whyLong       = sheet.Why("field.too_long", "the field is too long", "该字段过长")
	whyMissing    = sheet.Why("field.missing", "the field is empty", "该字段为空")
	whyQuantity   = sheet.Why("quantity.malformed", "the quantity is not a whole number from 1 to 100,000", "数量不是1至100000的整数")
	whyCell       = sheet.Why("cell.malformed", "this is not the number of a square from -10,000 to 10,000", "不是-10000至10000的方格号")
	whyTime       = sheet.Why("time.malformed", "the time is not written as 2026-11-29 14:00 or 2026-11-29T14:00:00+08:00",
		"时间须写作2026-11-29 14:00或2026-11-29T14:00:00+08:00")
	whyWindow   = sheet.Why("time.window", "the time ends before it begins", "截止时间早于开始时间")
	whyList     = sheet.Why("list.malformed", "the list holds a code twice, too many of them, or what is no code", "列表含重复、过多或格式不符的代码")
	whyMember   = sheet.Why("member.malformed", "this is not a member's id", "不是成员编号")
	whyPriority = sheet.Why("priority.malformed", "the priority is not a number from 1 to 9", "优先级不是1至9的数字")
	whyWhose    = sheet.Why("priority.nobody",
		"only of a named member it can be said how urgent their need is, and whether they are vulnerable",
		"仅可为写明成员的需求填写优先级和困难情况")
	whyVulnerable = sheet.Why("vulnerable.malformed", "this is neither yes nor no", "须填是或否")
	whyAssess     = sheet.Why("vulnerable.alone", "who is vulnerable needs a priority too", "填写困难情况时须同时填写优先级")
	whyMany       = sheet.Why("member.many", "there are more needs of this member than may be open at a time", "该成员的需求数超过可同时未结束的上限")
	whySkill      = sheet.Why("skill.unknown", "the community's rules do not list this kind of goods or service", "社区规约未列出此类物资或服务")
	whyCode       = sheet.Why("code.unknown", "the community's rules do not list this", "社区规约未列出此项")
)

// reading is a file on its way.
type reading struct {
	at        [columns]int // field of each column, -1 for none
	width     int
	needs     []Need
	perMember map[string]int
	sheet.Refusals
}

// refuse notes a row; none contradicts another one.
func (r *reading) refuse(line int, field string, why reason) { r.Refuse(line, field, why, 0) }

// columns takes the header: each column once, in any order, by its English or Chinese name.
func (r *reading) columns(header []string) error {
	for c := range r.at {
		r.at[c] = -1
	}
	for i, h := range header {
		h = strings.TrimSpace(h)
		c, known := columnNames[h]
		if at := slices.Index(columnFields[:], h); at >= 0 {
			c, known = column(at), true
		}
		if !known || r.at[c] >= 0 {
			return ErrHeader.WithInt("column", int64(i+1))
		}
		r.at[c] = i
	}
	r.width = len(header)
	for _, c := range []column{colSkill, colEast, colNorth, colWords} {
		if r.at[c] < 0 {
			return ErrHeader.With("missing", columnFields[c])
		}
	}
	return nil
}

// row takes one row, or refuses it with each field that is wrong by itself.
func (r *reading) row(line int, fields []string) {
	if len(fields) != r.width {
		r.refuse(line, "", sheet.WhyFields)
		return
	}
	var f [columns]string
	before, blank := r.Total, true
	for c, at := range r.at {
		if at < 0 {
			continue
		}
		f[c] = strings.TrimSpace(fields[at])
		blank = blank && f[c] == ""
		if why := unfit(column(c), f[c]); why != nil {
			r.refuse(line, columnFields[c], *why)
		}
	}
	if blank || r.Total > before { // a spreadsheet's empty row, or one of which nothing more can be said
		return
	}
	n := Need{Line: line, Skill: f[colSkill], Words: f[colWords]}
	if unit := f[colUnit]; unit != "" {
		n.Words += "\n(" + unit + ")"
	}
	r.what(&n, &f)
	r.when(&n, &f)
	r.whose(&n, &f)
	if r.Total == before {
		r.needs = append(r.needs, n)
	}
}

// what reads what is wanted, how much, where and by whom it can be brought.
func (r *reading) what(n *Need, f *[columns]string) {
	for _, c := range []column{colSkill, colWords} {
		if f[c] == "" {
			r.refuse(n.Line, columnFields[c], whyMissing)
		}
	}
	if f[colSkill] != "" && !code.MatchString(f[colSkill]) {
		r.refuse(n.Line, columnFields[colSkill], whySkill)
	}
	n.Quantity = 1
	if f[colQuantity] != "" {
		q, err := strconv.ParseInt(f[colQuantity], 10, 64)
		if err != nil || q < 1 || q > quantityMax {
			r.refuse(n.Line, columnFields[colQuantity], whyQuantity)
		}
		n.Quantity = q
	}
	n.East, n.North = r.cell(n.Line, colEast, f), r.cell(n.Line, colNorth, f)
	n.Languages, n.Attestations = r.list(n.Line, colLanguage, f), r.list(n.Line, colAttestation, f)
}

func (r *reading) cell(line int, c column, f *[columns]string) int32 {
	i, err := strconv.ParseInt(f[c], 10, 32)
	if err != nil || i < -cellMax || i > cellMax {
		r.refuse(line, columnFields[c], whyCell)
	}
	return int32(i)
}

// code is what the rulebook's codes look like.
var code = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// list reads codes with semicolons between.
func (r *reading) list(line int, c column, f *[columns]string) []string {
	if f[c] == "" {
		return nil
	}
	var out []string
	for part := range strings.SplitSeq(strings.ReplaceAll(f[c], "；", ";"), ";") {
		part = strings.TrimSpace(part)
		if !code.MatchString(part) || slices.Contains(out, part) || len(out) == listMax {
			r.refuse(line, columnFields[c], whyList)
			return nil
		}
		out = append(out, part)
	}
	return out
}

func (r *reading) when(n *Need, f *[columns]string) {
	n.From, n.Until = r.time(n.Line, colFrom, f), r.time(n.Line, colUntil, f)
	if n.Until != 0 && n.Until <= n.From {
		r.refuse(n.Line, columnFields[colUntil], whyWindow)
	}
}

// beijing is the one time zone of the country; a time without its own is of it.
var beijing = time.FixedZone("", 8*60*60)

func (r *reading) time(line int, c column, f *[columns]string) int64 {
	if f[c] == "" {
		return 0
	}
	at, err := time.Parse(time.RFC3339, f[c])
	if err != nil {
		at, err = time.ParseInLocation("2006-01-02 15:04", f[c], beijing)
	}
	if err != nil || at.UnixMilli() <= 0 {
		r.refuse(line, columnFields[c], whyTime)
		return 0
	}
	return at.UnixMilli()
}

// member is what a member's id looks like.
var member = regexp.MustCompile(`^[a-z2-7]{26}$`)

var yesNo = map[string]bool{"yes": true, "是": true, "no": false, "否": false, "": false}

// whose reads who is helped and how urgent it is.
func (r *reading) whose(n *Need, f *[columns]string) {
	if n.Member = f[colMember]; n.Member != "" && !member.MatchString(n.Member) {
		r.refuse(n.Line, columnFields[colMember], whyMember)
	}
	if f[colPriority] != "" {
		p, err := strconv.ParseUint(f[colPriority], 10, 32)
		if err != nil || p < 1 || p > priorityMax {
			r.refuse(n.Line, columnFields[colPriority], whyPriority)
		}
		n.Priority = uint32(p)
	}
	vulnerable, known := yesNo[f[colVulnerable]]
	n.Vulnerable = vulnerable
	switch {
	case !known:
		r.refuse(n.Line, columnFields[colVulnerable], whyVulnerable)
	case n.Member == "" && (f[colPriority] != "" || vulnerable):
		r.refuse(n.Line, columnFields[colPriority], whyWhose)
	case vulnerable && f[colPriority] == "":
		r.refuse(n.Line, columnFields[colVulnerable], whyAssess)
	}
	if n.Member == "" {
		return
	}
	if r.perMember[n.Member]++; r.perMember[n.Member] > needsMemberMax {
		r.refuse(n.Line, columnFields[colMember], whyMany)
	}
}

// unfit says what is wrong with a field whatever it holds, nil for nothing. Words may have lines.
func unfit(c column, s string) *reason {
	most := fieldBytesMax
	if c == colWords {
		most = wordsBytesMax
	}
	unseen := func(r rune) bool {
		return (unicode.Is(unicode.C, r) || r == unicode.ReplacementChar) && (c != colWords || r != '\n' && r != '\r' && r != '\t')
	}
	switch {
	case len(s) > most:
		return &whyLong
	case strings.ContainsFunc(s, unseen):
		return &whyCharacters
	}
	return nil
}
