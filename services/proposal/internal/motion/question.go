package motion

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// Limits of a motion. Its words stand up to four times on the record, in the command, in the fact, and in the poll's two; each
// commit must stay within the format's limit together with the minutes.
const (
	OptionsMax       = 500
	QuestionBytesMax = 64 << 10
)

// Check refuses a motion that could not be voted on by these rules. What only the count can tell, voting refuses when it is called.
func Check(q *proposalv1.Motion, rules *communityv1.PollRules) error {
	if strings.TrimSpace(q.GetTitle()) == "" || strings.TrimSpace(q.GetText()) == "" {
		return ErrTitle
	}
	if proto.Size(q) > QuestionBytesMax {
		return ErrTooLarge.WithInt("bytes_max", QuestionBytesMax)
	}
	switch rules.GetMethod() {
	case communityv1.Method_METHOD_YES_NO:
		if len(q.GetOptions()) > 0 || q.GetBudgetFen() != 0 {
			return ErrYesNo
		}
		return nil
	case communityv1.Method_METHOD_UNSPECIFIED:
		return ErrNoRules
	case communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
		communityv1.Method_METHOD_BUDGET_EQUAL_SHARES:
		return checkOptions(q, rules, 1, true)
	}
	return checkOptions(q, rules, 2, false)
}

func checkOptions(q *proposalv1.Motion, rules *communityv1.PollRules, least int, paid bool) error {
	options := q.GetOptions()
	switch {
	case len(options) < max(least, int(rules.GetBallot().GetOptionsMin()), int(rules.GetBallot().GetSeats())):
		return ErrOptionsFew
	case len(options) > OptionsMax:
		return ErrOptionsMany.WithInt("options_max", OptionsMax)
	case paid != (q.GetBudgetFen() > 0) || q.GetBudgetFen() < 0:
		return ErrBudget
	}
	codes := make(map[string]bool, len(options))
	var sum int64
	for _, o := range options {
		switch {
		case strings.TrimSpace(o.GetCode()) == "" || strings.TrimSpace(o.GetTitle()) == "":
			return ErrOption
		case codes[o.GetCode()]:
			return ErrOptionDoubled
		case paid != (o.GetCostFen() > 0) || o.GetCostFen() < 0:
			return ErrCost
		case o.GetCostFen() > math.MaxInt64-sum:
			return ErrCost // whoever adds the costs up must not overflow
		}
		codes[o.GetCode()] = true
		sum += o.GetCostFen()
	}
	return nil
}

// The published words of a motion that nobody wrote. The topics' own words stay in the vault; MotionPut names the topics.
const (
	overdueTitle = "是否按原议题办理 / Shall the topics be taken up as they were raised?"
	overdueText  = "协商会议未在期限内形成方案，依规约将原议题直接交付表决。" +
		" / The deliberation ended without a motion, so the rules put the topics themselves to the vote."
)

// OverdueQuestion is what is put to the vote when nobody closed a deliberation in time: yes or no to the topics as they were raised,
// under the matter's rules otherwise.
func OverdueQuestion(rules *communityv1.PollRules) (*proposalv1.Motion, *communityv1.PollRules) {
	return &proposalv1.Motion{Title: overdueTitle, Text: overdueText}, yesNo(rules)
}

// yesNo gives a matter's rules as they are for a question of yes or no. A matter that is decided between options has none now; where
// its rules know no majority for a yes, more than half of the heads that take part is one.
func yesNo(rules *communityv1.PollRules) *communityv1.PollRules {
	r := proto.CloneOf(rules)
	if r.GetMethod() != communityv1.Method_METHOD_YES_NO {
		r.Method, r.Ballot = communityv1.Method_METHOD_YES_NO, nil
	}
	majority := func(req *communityv1.Requirement) bool { return req.GetOf() == communityv1.Of_OF_YES }
	if !slices.ContainsFunc(r.GetRequirements(), majority) {
		r.Requirements = append(r.Requirements, &communityv1.Requirement{
			Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
			Numerator: 1, Denominator: 2, Strict: true,
		})
	}
	return r
}

// The published words of an appeal, around the title of the motion, which is published already. The guardian's reason stays in the vault.
const (
	appealTitle = "否决是否成立？ / Shall the veto stand?"
	appealText  = "本社区表决通过的方案《%[1]s》被否决权人否决。赞成：否决成立，该方案不再执行。反对：否决不成立，该方案照常执行。" +
		"参与人数不足或者没有结果的，否决自提出之日起满七日失效，该方案照常执行。" +
		" / A guardian has vetoed the motion “%[1]s”, which this community adopted. Yes: the veto stands, and the motion will not be " +
		"carried out. No: the veto is set aside, and the motion will be carried out. If too few take part, or there is no result, the " +
		"veto lapses seven days after it was given, and the motion will be carried out."
)

// appeal is what is put to the vote when a motion is vetoed: the motion's rules decide, with a voting time of their own. Nothing comes into
// force by it, so it has no times for that and no veto; and it is certified as soon as it is counted, because objections change no count
// and what comes after the veto has lapsed decides nothing; so its close never moves either. Nil where the rules know no appeal.
func (m *Motion) appeal() *proposalv1.Appeal {
	if m.Rules.GetAppealVotingSeconds() == 0 {
		return nil
	}
	r := yesNo(m.Rules)
	r.VotingSeconds, r.AppealVotingSeconds = r.GetAppealVotingSeconds(), 0
	r.ObjectionSeconds, r.ExecutionDelaySeconds, r.ExecutionExpirySeconds, r.VetoSeconds = 0, 0, 0, 0
	if t := r.GetTurnout(); t != nil {
		t.LateQuorumWithinSeconds, t.LateQuorumExtensionSeconds, t.ExtensionRoundsMax, t.ExtensionSeconds = 0, 0, 0, 0
		t.ResubmissionSeconds, t.RecountObjectionsMin = 0, 0
	}
	return &proposalv1.Appeal{
		Matter: m.Matter, Rules: r,
		Question: &proposalv1.Motion{Title: appealTitle, Text: fmt.Sprintf(appealText, m.Question.GetTitle())},
	}
}
