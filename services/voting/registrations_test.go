package voting_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

// asked reads the registrar's questions as its process does.
func asked(t *testing.T, h *hall) []voting.Registration {
	t.Helper()
	raw, err := voting.AnswerRegistrations(h.state, nil)
	if err != nil {
		t.Fatal(err)
	}
	var page voting.RegistrationsPage
	if err := json.Unmarshal(raw, &page); err != nil || page.Next != "" {
		t.Fatalf("page %s: %v", raw, err)
	}
	return page.Polls
}

func registrants(t *testing.T, h *hall) (all []poll.Registrant, pages int) {
	t.Helper()
	for q := (voting.RegistrantsQuestion{Poll: h.id}); ; pages++ {
		question, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := voting.AnswerRegistrants(h.state, question)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) > 512<<10 {
			t.Errorf("an answer of %d bytes", len(raw))
		}
		var page voting.RegistrantsPage
		if err := json.Unmarshal(raw, &page); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Voters...)
		if q.After = page.Next; q.After == "" {
			return all, pages + 1
		}
	}
}

// A registrar is told of a poll from when registration begins until nobody's hand is wanted any more, and then that it is to forget.
func TestRegistrations(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(append(sixOwners, "gil")...))
	open := h.motion("open", openRules(2), question)
	h.step(t, 0, 1)
	got := asked(t, h)
	if len(got) != 1 || got[0].ID != h.id || got[0].ID == open || got[0].EndsAt != h.now+60_000 || got[0].Ended || got[0].Over {
		t.Fatalf("at the beginning: %+v", got)
	}
	if got[0].Registrar.GetMember() != id(registrar) {
		t.Errorf("registrar %v", got[0].Registrar)
	}
	h.register(sixOwners...)
	voters, _ := registrants(t, h)
	if asked(t, h)[0].Registered != 6 || len(voters) != 6 {
		t.Fatalf("registered: %+v, %v", asked(t, h), voters)
	}
	for i, v := range voters {
		if i > 0 && v.Voter <= voters[i-1].Voter || v.Heads != 1 || v.AreaCentiM2 != 100_00 || v.Measured != nil || len(v.Commitment) != 32 {
			t.Errorf("registrant %+v", v)
		}
	}
	h.wait(60_000)
	rows := h.rows(sixOwners...)
	h.must(h.list(false, rows[:2]...))
	if got := asked(t, h)[0]; !got.Ended || got.ListedBy != h.now+60_000 || got.Listed != 2 || !bytes.Equal(got.LastKey, rows[1].GetKey()) {
		t.Errorf("half way: %+v", got)
	}
	h.must(h.list(true, rows[2:]...))
	if got := asked(t, h)[0]; !got.Over {
		t.Errorf("at the end: %+v", got)
	}
	if left, _ := registrants(t, h); len(left) != 0 {
		t.Errorf("of a poll that is over there is still %v", left)
	}
	h.opened()
	if got := asked(t, h); len(got) != 1 || !got[0].Over {
		t.Errorf("once it is open: %+v", got)
	}
	h.wait(60_000)
	if got := asked(t, h); len(got) != 0 {
		t.Errorf("once it is closed: %+v", got)
	}
	if _, err := voting.AnswerRegistrants(h.state, []byte("no question")); code(err) != "poll.unknown" {
		t.Errorf("an answer to no question: %v", err)
	}
}

// A poll that has lapsed wants nobody's hand.
func TestRegistrationsOfALapsedPoll(t *testing.T) {
	t.Parallel()
	h := newHall(t, hallRules(totals), question, alike(sixOwners...))
	h.wait(60_000)
	if got := asked(t, h); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if got, _ := registrants(t, h); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

// Many polls and many voters come in pages; what is counted by households is told with them.
func TestRegistrationsPaged(t *testing.T) {
	t.Parallel()
	const many = 2001
	areas := map[string]int64{}
	for i := range many {
		areas[fmt.Sprintf("voter %04d", i)] = 100_00
	}
	rules := hallRules(communityv1.Secrecy_SECRECY_PASS_FAIL)
	rules.Requirements[0].Measure = communityv1.Measure_MEASURE_WEIGHT
	rules.Turnout = &communityv1.TurnoutRules{WeightClasses: []*communityv1.WeightClass{{AreaFromCentiM2: 50_00, Weight: 3}}}
	h := plantedHall(t, rules, areas)
	h.register(h.voters...)
	all, pages := registrants(t, h)
	if len(all) != many || pages != 3 {
		t.Fatalf("%d in %d pages", len(all), pages)
	}
	if m := all[0].Measured; m.GetWeight() != 3 {
		t.Errorf("measured %v", m)
	}
	if got := voting.Registrations(h.state, h.id, 10); len(got) != 0 {
		t.Errorf("after the last: %v", got)
	}
	if got := voting.Registrations(h.state, "", 0); len(got) != 0 {
		t.Errorf("none were asked for: %v", got)
	}
	rows := h.rows(h.voters...)
	for _, r := range rows {
		r.Measured = &votingv1.Measured{Weight: 3}
	}
	for len(rows) > 200 {
		h.must(h.list(false, rows[:200]...))
		rows = rows[200:]
	}
	h.must(h.list(true, rows...))
	h.opened()
}
