package charter

import (
	"strconv"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of the rules about a poll's notice.
var (
	ErrWarning = fault.New(fault.Invalid, "rulebook.notice_warning",
		"The warning that stands in a notice has invisible characters.", "通知所载的提示含有不可见字符。")
	ErrReminders = fault.New(fault.Invalid, "rulebook.reminders",
		"Reminders must descend, and come while a poll is open.", "提醒时间须依次递减，且在表决期间之内。")
)

const remindersMax = 8

// checkNotice refuses a notice that cannot be read, reminders that would come before the opening or out of order, and an appeal that would
// be voted on too late to decide anything.
func checkNotice(at string, p *communityv1.PollRules) error {
	n := p.GetNotice()
	if n == nil {
		return nil
	}
	if n.GetNoticeSeconds() > yearSeconds {
		return ErrDuration.With("field", at+".notice_seconds")
	}
	// A veto lapses after seven days, and the paper's audit and the notice take their part of them.
	if a := p.GetAppealVotingSeconds(); a > 0 && a+n.GetNoticeSeconds()+p.GetPaper().GetAuditSeconds() >= 7*daySeconds {
		return ErrDuration.With("field", at+".notice_seconds")
	}
	if n.GetWarning() != "" && CheckPublished(n.GetWarning()) != nil {
		return ErrWarning.With("field", at+".warning")
	}
	if len(n.GetReminderSeconds()) > remindersMax {
		return ErrRulebookLarge.With("field", at+".reminder_seconds")
	}
	last := p.GetVotingSeconds()
	for i, s := range n.GetReminderSeconds() {
		if s == 0 || s >= last {
			return ErrReminders.With("field", at+".reminder_seconds."+strconv.Itoa(i))
		}
		last = s
	}
	return nil
}
