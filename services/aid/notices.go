package aid

import (
	"encoding/json"
	"maps"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/figures"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/notice"
	"renlin.dev/services/aid/internal/terms"
)

// NoticeQuestion asks of one policy notice whom it has not reached, and in how many ways it came; or, with a member, which concern them.
type NoticeQuestion struct {
	Notice string `json:"notice,omitempty"`
	Member string `json:"member,omitempty"`
}

// Unreached is whom a notice has not reached so far, ascending. Of a sealed list only the office knows who is on it: it is told which
// entries were reached.
type Unreached struct {
	Count     uint32   `json:"count"`
	Unreached []string `json:"unreached"`
	Reached   []string `json:"reached"`
}

// OwnNotice is a notice that a member has not confirmed yet; Beneficiary is the file for which they speak, where it is to files.
type OwnNotice struct {
	Notice      string `json:"notice"`
	Beneficiary string `json:"beneficiary,omitempty"`
}

func asked(question []byte) (q NoticeQuestion, err error) {
	return q, json.Unmarshal(question, &q)
}

// AnswerUnreached gives whom a notice has not reached, as JSON, for officers and grid workers.
func AnswerUnreached(s *decider.State, question []byte) ([]byte, error) {
	q, err := asked(question)
	if err != nil {
		return nil, err
	}
	out := Unreached{Unreached: []string{}, Reached: []string{}}
	book := decider.PeekDerived[notice.Book](s)
	n, a := decider.Peek[notice.Notice](s, notice.Path(q.Notice)), book.Notices[q.Notice]
	if n == nil || a == nil {
		return json.Marshal(out)
	}
	out.Count = n.Count
	for _, id := range book.IDs(q.Notice) {
		if a.Reached[id] == 0 {
			out.Unreached = append(out.Unreached, id)
		}
	}
	if n.Scope == aidv1.NoticeScope_NOTICE_SCOPE_SEALED {
		out.Reached = append(out.Reached, slices.Sorted(maps.Keys(a.Reached))...)
	}
	return json.Marshal(out)
}

// AnswerNoticeFigures gives in how many ways a notice came, and to how many not, as JSON, with what could show or tell a small group held
// back.
func AnswerNoticeFigures(s *decider.State, question []byte) ([]byte, error) {
	q, err := asked(question)
	if err != nil {
		return nil, err
	}
	rows, counts := []string{}, [][]int64{}
	n, a := decider.Peek[notice.Notice](s, notice.Path(q.Notice)), decider.PeekDerived[notice.Book](s).Notices[q.Notice]
	if n != nil && a != nil {
		missing, ways := int64(n.Count), a.Counts()
		for _, name := range slices.Sorted(maps.Keys(ways)) {
			rows, counts, missing = append(rows, name), append(counts, []int64{ways[name]}), missing-ways[name]
		}
		rows, counts = append(rows, "UNREACHED"), append(counts, []int64{max(0, missing)})
	}
	return json.Marshal(figures.Protect(rows, []string{"people"}, counts, leastGroup(s)))
}

// leastGroup is the size below which no group is shown now.
func leastGroup(s *decider.State) int64 {
	if book := decider.Peek[standing.Rulebook](s, standing.RulebookPath); book != nil {
		return terms.GroupMinOf(book.Book.GetAid())
	}
	return terms.GroupMinOf(nil)
}

// AnswerOwnNotices gives the notices that concern a member, or a file for which they speak, and that nobody has confirmed for them, as
// JSON, ascending by id.
func AnswerOwnNotices(s *decider.State, question []byte) ([]byte, error) {
	q, err := asked(question)
	if err != nil {
		return nil, err
	}
	out, book, files := []OwnNotice{}, decider.PeekDerived[notice.Book](s), spokenFor(s, q.Member)
	for _, id := range slices.Sorted(slices.Values(book.Kept)) {
		n, whom := decider.Peek[notice.Notice](s, notice.Path(id)), []string{q.Member}
		if n == nil {
			continue
		}
		if n.Scope == aidv1.NoticeScope_NOTICE_SCOPE_FILES {
			whom = files
		}
		for _, who := range whom {
			if book.Names(id, who) && !notice.Spoken(s, id, who) {
				out = append(out, own(n.Scope, id, who))
			}
		}
	}
	return json.Marshal(out)
}

// spokenFor gives the files for which a member speaks, ascending.
func spokenFor(s *decider.State, member string) (files []string) {
	for _, id := range decider.PeekDerived[casework.Index](s).Spoken[member] {
		if file := decider.Peek[beneficiary.Beneficiary](s, beneficiary.Path(id)); file != nil && file.Speaks(member) {
			files = append(files, id)
		}
	}
	return slices.Sorted(slices.Values(files))
}

func own(scope aidv1.NoticeScope, id, who string) OwnNotice {
	if scope != aidv1.NoticeScope_NOTICE_SCOPE_FILES {
		return OwnNotice{Notice: id}
	}
	return OwnNotice{Notice: id, Beneficiary: who}
}
