package voting_test

import (
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Nobody contests a roster for another, by what was not registered, too late, or where there is nothing to contest.
func TestContestRefused(t *testing.T) {
	t.Parallel()
	type body = votingv1.ContestRoster
	h := newHall(t, hallRules(totals), question, alike(append(sixOwners, "gil")...))
	h.register(sixOwners...)
	if got := code(h.send("voting.contest_roster", h.contest("ann"), "ann")); got != "credentials.not_sealed" {
		t.Errorf("before there is a roster: %q", got)
	}
	h.wait(60_000)
	h.must(h.list(true, h.rows(sixOwners...)...))
	for name, c := range map[string]struct {
		by     string
		with   []string
		change func(*body)
		want   string
	}{
		"another's":            {"bob", nil, func(*body) {}, "registration.not_yours"},
		"with somebody beside": {"ann", []string{officer}, func(*body) {}, "registration.not_yours"},
		"no such poll":         {"ann", nil, func(b *body) { b.Poll = id("no poll") }, "poll.unknown"},
		"never registered":     {"gil", nil, func(b *body) { *b = *h.contest("gil") }, "registration.missing"},
		"another key":          {"ann", nil, func(b *body) { b.Key = public("nobody's credential") }, "credentials.contest_opening"},
		"another salt":         {"ann", nil, func(b *body) { b.Salt = salt("bob") }, "credentials.contest_opening"},
		"no salt":              {"ann", nil, func(b *body) { b.Salt = nil }, "credentials.contest_opening"},
		"no key":               {"ann", nil, func(b *body) { b.Key = nil }, "credentials.contest_opening"},
		"listed as it should":  {"ann", nil, func(*body) {}, "credentials.contest_unfounded"},
	} {
		b := h.contest("ann")
		c.change(b)
		if got := code(h.send("voting.contest_roster", b, append([]string{c.by}, c.with...)...)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	h.now = h.poll(h.id).Secret.ContestedUntil
	if got := code(h.send("voting.contest_roster", h.contest("ann"), "ann")); got != "credentials.contest_over" {
		t.Errorf("when time is up: %q", got)
	}
	h.opened()
	if got := code(h.send("voting.contest_roster", h.contest("ann"), "ann")); got != "credentials.contest_over" {
		t.Errorf("once it is open: %q", got)
	}
}

// A voter who registered twice contests by the credential that they registered last, and only by that.
func TestContestByTheLast(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	h.register(sixOwners[:5]...)
	first := h.contest("ann")
	again := *h.registration("ann")
	again.Commitment = commit(h, "ann", "ann's second credential")
	again.Receipt = receiptOf(h, "ann", again.GetCommitment())
	h.must(h.send("voting.register", &again, "ann"))
	h.wait(60_000)
	h.must(h.list(true, h.rows(sixOwners[:5]...)...)) // with the first
	if got := code(h.send("voting.contest_roster", first, "ann")); got != "credentials.contest_opening" {
		t.Errorf("by the first: %q", got)
	}
	second := h.contest("ann")
	second.Key = public("ann's second credential")
	v := h.state.Judge(h.input("voting.contest_roster", second, "ann"))
	if v.Err != nil || v.Commit.WindowUntil != h.poll(h.id).Secret.ContestedUntil {
		t.Errorf("the window: %v", v.Err)
	}
	h.must(h.send("voting.contest_roster", second, "ann"))
	if got := code(h.send("voting.contest_roster", second, "ann")); got != "poll.lapsed" {
		t.Errorf("again: %q", got)
	}
	h.lapsed("credentials.contested")
}

// The leak meter is asked about the poll's own level, by all who are listed, before the poll opens.
func TestLeakGate(t *testing.T) {
	t.Parallel()
	passFail := communityv1.Secrecy_SECRECY_PASS_FAIL
	odd := alike(append(sixOwners, "gil", "hal")...)
	odd["hal"] = 5000_37
	stricter := func(r *communityv1.PollRules) { r.Secrecy.AnonymityMin = 7 }
	choose := func(r *communityv1.PollRules) {
		r.Method, r.Requirements, r.CloseWhenComplete = communityv1.Method_METHOD_SINGLE, nil, false
		r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE}
	}
	colours := &proposalv1.Motion{
		Title: "Colour", Text: "Which?", Options: []*proposalv1.Option{{Code: "1", Title: "red"}, {Code: "2", Title: "blue"}},
	}
	for name, c := range map[string]struct {
		level  communityv1.Secrecy
		change func(*communityv1.PollRules)
		areas  map[string]int64
		want   string
	}{
		"totals, all alike":               {totals, nil, alike(sixOwners...), ""},
		"totals of so few":                {totals, nil, alike(sixOwners[:4]...), "leak.class_small"},
		"totals with one odd flat":        {totals, nil, odd, "leak.class_small"},
		"totals by heads, one odd flat":   {totals, func(r *communityv1.PollRules) { r.Requirements = r.Requirements[:2] }, odd, ""},
		"a stricter rulebook":             {totals, stricter, alike(sixOwners...), "leak.class_small"},
		"pass or fail":                    {passFail, nil, alike(sixOwners...), ""},
		"pass or fail, one who outweighs": {passFail, nil, odd, "leak.voter_pinned"},
		"colours":                         {totals, choose, alike(sixOwners...), ""},
		"more than can be found":          {totals, nil, huge(), "ballot_total.overflow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules, q := hallRules(c.level), question
			if c.change != nil {
				c.change(rules)
			}
			if rules.GetMethod() == communityv1.Method_METHOD_SINGLE {
				q = colours
			}
			h := newHall(t, rules, q, c.areas)
			h.register(h.voters...)
			h.must(h.list(true, h.rows(h.voters...)...))
			if c.want != "" {
				h.lapsed(c.want)
				return
			}
			h.opened()
		})
	}
}

// huge are flats of more area than a total can be found of.
func huge() map[string]int64 {
	areas := alike(sixOwners...)
	for n := range areas { // any order: all the same
		areas[n] = 20_000_000_000
	}
	return areas
}

// A secret poll opens when both its notice's time and the time to contest are over; voters are told when they can register.
func TestSecretPollWithNotice(t *testing.T) {
	t.Parallel()
	for name, seconds := range map[string]uint32{"a long notice": 1000, "a short one": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rules := hallRules(totals)
			rules.Notice = &communityv1.NoticeRules{NoticeSeconds: seconds}
			h := newHall(t, rules, question, alike(sixOwners...))
			issued := h.poll(h.id).Notice
			if issued == nil || h.poll(h.id).Secret == nil {
				t.Fatal("no notice, or no registration")
			}
			h.register(sixOwners...)
			h.wait(2000)
			h.must(h.list(true, h.rows(sixOwners...)...))
			due := max(issued.OpensAt, h.poll(h.id).Secret.ContestedUntil)
			h.wait(due - 1 - h.now)
			if h.poll(h.id).Roll != nil {
				t.Fatal("opened too early")
			}
			h.wait(1)
			if h.poll(h.id).Roll == nil {
				t.Errorf("not opened; lapsed %q", h.poll(h.id).Lapsed)
			}
		})
	}
}

// A notice that is late holds up the opening of a poll whose roster is sealed, and no longer than that.
func TestSecretPollNoticeLate(t *testing.T) {
	t.Parallel()
	rules := hallRules(totals)
	rules.Notice = &communityv1.NoticeRules{NoticeSeconds: 1}
	h := &hall{council: newCouncil(t, "t1", "t2"), areas: alike(sixOwners...)}
	h.appoint(registrar)
	h.settleIn()
	h.id = h.motion("roof", rules, question)
	h.withhold = "voting.issue_notice"
	h.step(t, 0, 1)
	h.register(sixOwners...)
	h.must(h.list(true, h.rows(sixOwners...)...))
	h.wait(100_000)
	if h.poll(h.id).Roll != nil {
		t.Fatal("opened without a notice")
	}
	h.withhold = ""
	h.wait(0)
	h.wait(1000)
	if h.poll(h.id).Roll == nil {
		t.Errorf("not opened; lapsed %q", h.poll(h.id).Lapsed)
	}
}

// An area that decides nothing is not listed: it would tell whose credential it is.
func TestRosterShowsWhatDecides(t *testing.T) {
	t.Parallel()
	rules := hallRules(totals)
	rules.Requirements = rules.Requirements[:2]
	for want, area := range map[string]int64{"": 0, "credentials.wrong": 100_00} {
		h := newHall(t, rules, question, alike(sixOwners...))
		h.register(h.voters...)
		rows := h.rows(h.voters...)
		for _, r := range rows {
			r.AreaCentiM2 = area
		}
		h.must(h.list(true, rows...))
		if got := h.poll(h.id).Lapsed; got != want {
			t.Errorf("with an area of %d: lapsed %q, want %q", area, got, want)
		}
	}
}
