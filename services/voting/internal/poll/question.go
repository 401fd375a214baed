package poll

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Question is aggregate question/<id>: one that failed under rules by which it is not put again for some time.
type Question struct {
	Poll  string `json:"poll"`
	Until int64  `json:"until"` // ms since the Unix epoch
}

func evolveQuestion(q *Question, e decider.Event) {
	if b, ok := e.Body.(*votingv1.QuestionFailed); ok {
		*q = Question{Poll: b.GetPoll(), Until: b.GetUntil()}
	}
}

const domainQuestion = "renlin/question/1\n"

// questionPath names a question in a matter, as docs/format.md says. Spaces and line breaks do not make another question of it; any other
// change does, and whether that is one in substance is for people to say.
func questionPath(matter string, q *proposalv1.Motion) string {
	sum := questionDigest(matter, q)
	return "question/" + chain.ShortID(sum[:])
}

func questionDigest(matter string, q *proposalv1.Motion) [sha256.Size]byte {
	b := appendStr([]byte(domainQuestion), matter)
	b = appendText(b, q.GetTitle())
	b = appendText(b, q.GetText())
	b = binary.BigEndian.AppendUint64(b, uint64(q.GetBudgetFen()))
	b = binary.BigEndian.AppendUint32(b, uint32(len(q.GetOptions())))
	for _, o := range q.GetOptions() {
		b = appendText(b, o.GetCode())
		b = appendText(b, o.GetTitle())
		b = binary.BigEndian.AppendUint64(b, uint64(o.GetCostFen()))
	}
	return sha256.Sum256(b)
}

func appendText(b []byte, s string) []byte { return appendStr(b, strings.Join(strings.Fields(s), " ")) }

// blocked tells until when a question is not put to the vote again; 0 where it may be. An appeal is put because there was a vote.
func blocked(v *decider.View, now int64, called *votingv1.PollCalled) int64 {
	if called.GetRules().GetTurnout().GetResubmissionSeconds() == 0 || called.GetAppeal() != "" {
		return 0
	}
	q, ok := decider.Get[Question](v, questionPath(called.GetMatter(), called.GetQuestion()))
	if !ok || now >= q.Until {
		return 0
	}
	return q.Until
}

// failed is what stands beside the certificate of a question that failed; nil where the rules do not block one.
func (p *Poll) failed(poll string, now int64) []decider.Change {
	seconds := p.Rules.GetTurnout().GetResubmissionSeconds()
	if seconds == 0 || p.Appeal != "" {
		return nil
	}
	return []decider.Change{decider.On(questionPath(p.Matter, p.Question), &votingv1.QuestionFailed{Poll: poll, Until: after(now, seconds)})}
}
