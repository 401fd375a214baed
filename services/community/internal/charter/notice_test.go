package charter_test

import (
	"strings"
	"testing"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

// announcing makes the rules of a matter ask for a notice at every bound.
func announcing(p *communityv1.PollRules) {
	p.VotingSeconds, p.AppealVotingSeconds = 100, 0
	p.Notice = &communityv1.NoticeRules{
		NoticeSeconds: 366 * 24 * 3600, ReminderSeconds: []uint32{99, 7, 6, 5, 4, 3, 2, 1}, Warning: "未投票的视为弃权。",
	}
}

// slipsOfNotice are of rules that are good but for one thing.
func slipsOfNotice() []spoilt {
	type r = communityv1.PollRules
	row := func(name string, spoil func(p *r), want *fault.Fault, field string) spoilt {
		return spoilt{name, func(book *rulebook) {
			announcing(book.Matters[0].Poll)
			spoil(book.Matters[0].Poll)
		}, want, "matters.0.poll.notice." + field}
	}
	return []spoilt{
		row("an endless notice", func(p *r) { p.Notice.NoticeSeconds++ }, charter.ErrDuration, "notice_seconds"),
		row("an appeal after its veto", func(p *r) {
			p.AppealVotingSeconds, p.Notice.NoticeSeconds = 3600, 7*24*3600-3600
		}, charter.ErrDuration, "notice_seconds"),
		row("an unseen warning", func(p *r) { p.Notice.Warning = "a\u202eb" }, charter.ErrWarning, "warning"),
		row("a blank warning", func(p *r) { p.Notice.Warning = " " }, charter.ErrWarning, "warning"),
		row("nine reminders", func(p *r) { p.Notice.ReminderSeconds = append(p.Notice.ReminderSeconds, 1) }, charter.ErrRulebookLarge,
			"reminder_seconds"),
		row("a reminder at the opening", func(p *r) { p.Notice.ReminderSeconds[0] = 100 }, charter.ErrReminders, "reminder_seconds.0"),
		row("a reminder at the close", func(p *r) { p.Notice.ReminderSeconds[7] = 0 }, charter.ErrReminders, "reminder_seconds.7"),
		row("a reminder twice", func(p *r) { p.Notice.ReminderSeconds[3] = 6 }, charter.ErrReminders, "reminder_seconds.3"),
	}
}

func TestNoticeRules(t *testing.T) {
	for name, change := range map[string]func(*communityv1.NoticeRules){
		"at every bound": func(*communityv1.NoticeRules) {},
		"nothing but it": func(n *communityv1.NoticeRules) { n.NoticeSeconds, n.ReminderSeconds, n.Warning = 0, nil, "" },
		"a long warning": func(n *communityv1.NoticeRules) { n.Warning = strings.Repeat("警", 200) },
	} {
		b := good()
		announcing(b.Matters[0].Poll)
		change(b.Matters[0].Poll.Notice)
		if err := charter.CheckRulebook(b, 1, orgKnown); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
