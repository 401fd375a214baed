package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// matchingRule is what the story's rulebook says of matching.
func matchingRule() object {
	return object{
		"skills": []any{object{"code": "meal", "title": "送餐"}}, "languages": []any{"zh"}, "attestations": []any{"first-aid"},
		"offerSeconds": 3600, "suggestTimes": 4,
	}
}

// matched has ann's needs planned, taken on, brought and confirmed by ben and cat, with everything that may go otherwise.
func (s *contractStory) matched() {
	s.Helper()
	ben, cat := s.provider(s.ben), s.provider(s.cat)
	needs := []string{s.need(), s.need(), s.need()}
	s.did(call{op: "matching.assess_need", path: map[string]string{"need": needs[0]}, by: s.first, body: object{
		"need": needs[0], "priority": 7, "vulnerable": true,
	}})
	gone := s.need()
	s.did(call{op: "matching.withdraw_need", path: map[string]string{"need": gone}, by: s.ann, body: object{"need": gone}})
	s.imported()
	now := map[string]string{"min_index": s.position}
	if plan := s.act(call{op: "gateway.matching_proposal", query: now, session: s.first}).get("plan"); plan == "" {
		s.Error("nothing is proposed")
	}
	first := s.assigned(needs[0], ben, cat)
	s.act(call{op: "gateway.matching_mine", query: now, session: s.ann})
	s.reported(s.act(call{op: "gateway.matching_report", query: now, session: s.ann}), ben, 1000, 1000, 1, 0)
	s.act(call{op: "gateway.matching_board", query: now, session: s.first})
	at := map[string]string{"assignment": first}
	s.did(call{op: "matching.refuse", path: at, by: s.ben, body: object{"assignment": first, "provider": ben, "reason": "REASON_BUSY"}})
	s.until("the standby is asked", func() bool {
		candidates := s.record("assignment", first)["candidates"].([]any)
		return candidates[1].(object)["part"] == "asked"
	})
	s.did(call{op: "matching.accept", path: at, by: s.cat, body: object{"assignment": first, "provider": cat}})
	s.concerned(needs[0], first, needs[1])
	s.did(call{op: "matching.start", path: at, by: s.cat, body: object{"assignment": first}})
	s.did(call{op: "matching.check_in", path: at, by: s.cat, body: object{"assignment": first}})
	s.did(call{op: "matching.complete", path: at, by: s.cat, body: object{
		"assignment": first, "quantity": "1", "evidence": s.sealed(s.cat, s.cat.member),
	}})
	s.did(call{op: "matching.confirm", path: at, by: s.ann, body: object{"assignment": first, "quantity": "1"}})
	second := s.assigned(needs[1], ben)
	now = map[string]string{"min_index": s.position}
	s.reported(s.good(call{op: "gateway.matching_report", query: now, session: s.ann}), ben, 0, 1000, 0, 1)
	s.did(call{op: "matching.overrule", path: map[string]string{"assignment": second}, by: s.second, body: object{
		"assignment": second, "reason": "REASON_SAFETY",
	}})
	s.suggested()
	s.across()
	until := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	s.did(call{op: "matching.set_mode", by: s.first, with: []*dweller{s.second}, body: object{"mode": "MODE_EMERGENCY", "until": until}})
	s.did(call{op: "matching.retire_provider", path: map[string]string{"provider": ben}, by: s.ben, body: object{"provider": ben}})
}

// reported holds the report against what one provider has and nobody else: one unit, which standbys take, or the next plan. So few people
// ask for anything that nothing is told of them.
func (s *contractStory) reported(r *sent, provider string, index, replanned, byStandbys, byPlan int) {
	s.Helper()
	failures, _ := r.value.(object)["redundancy"].(object)["failures"].([]any)
	want := fmt.Sprint([]any{provider, 1, byStandbys, byPlan})
	if len(failures) != 1 {
		s.Fatalf("who can fail: %v", failures)
	}
	f := failures[0].(object)
	if got := fmt.Sprint([]any{f["org"], f["held"], f["covered"], f["replanned"]}); got != want {
		s.Errorf("if one fails: %s, want %s", got, want)
	}
	a, b := r.get("redundancy", "index_permille"), r.get("redundancy", "replanned_permille")
	if a != fmt.Sprint(index) || b != fmt.Sprint(replanned) {
		s.Errorf("the indices: %s, %s", a, b)
	}
	groups, _ := r.value.(object)["fairness"].(object)["groups"].([]any)
	waits, _ := r.value.(object)["unserved"].(object)
	if len(groups) != 0 || r.get("fairness", "rate_permille") != "-1" || r.get("least") != "5" || len(waits) != 0 {
		s.Errorf("of two people who ask is told: %v", r.value)
	}
}

// suggested has it dismissed that there may be more behind ann's needs, of which there are four by now.
func (s *contractStory) suggested() {
	s.Helper()
	var id string
	s.until("ann's needs are put to a human", func() bool {
		for _, r := range records(s.good(call{op: "gateway.records", path: map[string]string{"kind": "suggestion"}, session: s.first})) {
			if state := r["state"].(object); state["member"] == s.ann.member {
				id = strings.TrimPrefix(r["path"].(string), "suggestion/")
			}
		}
		return id != ""
	})
	s.did(call{op: "matching.dismiss_suggestion", path: map[string]string{"suggestion": id}, by: s.second, body: object{
		"suggestion": id, "reason": "DISMISSAL_HELPED",
	}})
}

// imported has needs of people who are no members brought at once.
func (s *contractStory) imported() {
	s.Helper()
	id := opaque()
	at := map[string]string{"import": id}
	s.did(call{op: "matching.stage_needs", path: at, by: s.first, body: object{"import": id, "rows": []any{object{
		"skill": "meal", "quantity": "1", "cell": object{"east": 0, "north": 1}, "text": s.sealed(s.first, s.first.member),
	}}}})
	s.did(call{op: "matching.complete_import", path: at, by: s.first, body: object{"import": id, "rows": 1}})
	s.until("the need of the import is raised", func() bool {
		page := s.good(call{op: "gateway.records", session: s.first, path: map[string]string{"kind": "need"}})
		for _, r := range records(page) {
			if r["state"].(object)["beneficiary"] == s.first.member {
				return true
			}
		}
		return false
	})
	if got := s.record("need-import", id); fmt.Sprint(got["staged"]) != "1" || got["completed"] != true {
		s.Errorf("the import: %v", got)
	}
}

// concerned has a need read by who is helped and who serves, and by nobody else of those who live there; and a list by none of them.
func (s *contractStory) concerned(need, assignment, other string) {
	s.Helper()
	reads := func(kind, id string, reader *dweller) int {
		o, r, body := s.build(call{op: "gateway.record", session: reader, path: map[string]string{"kind": kind, "id": id}})
		return s.exchange(o, r, body).status
	}
	for _, reader := range []*dweller{s.ann, s.cat, s.first} {
		if n, a := reads("need", need, reader), reads("assignment", assignment, reader); n != 200 || a != 200 {
			s.Errorf("%s reads a need that concerns them: %d, %d", reader.member, n, a)
		}
	}
	if n, a := reads("need", other, s.cat), reads("asking", s.ann.member, s.cat); n < 400 || a < 400 {
		s.Errorf("a neighbour reads a need that they do not serve: %d, and what else is asked for: %d", n, a)
	}
	o, r, body := s.build(call{op: "gateway.records", session: s.cat, path: map[string]string{"kind": "need"}})
	if got := s.exchange(o, r, body).status; got < 400 {
		s.Errorf("a neighbour reads the list of needs: %d", got)
	}
}

// provider registers a resident who brings meals.
func (s *contractStory) provider(by *dweller) string {
	s.Helper()
	reach := object{"cell": object{"east": 1, "north": -1}, "radiusCells": 3, "languages": []any{"zh"}}
	id := s.changed(s.did(call{op: "matching.register_provider", by: by, body: object{"member": by.member, "reach": reach}}), "provider")
	at := map[string]string{"provider": id}
	s.did(call{op: "matching.move_provider", path: at, by: by, body: object{"provider": id, "reach": reach}})
	s.did(call{op: "matching.publish_offer", path: at, by: by, body: object{"provider": id, "skill": "meal", "capacity": "3"}})
	s.did(call{op: "matching.attest_provider", path: at, by: s.first, body: object{
		"provider": id, "attestations": []any{"first-aid"}, "evidence": s.sealed(s.first, s.first.member),
	}})
	return id
}

func (s *contractStory) need() string {
	s.Helper()
	return s.changed(s.did(call{op: "matching.raise_need", by: s.ann, body: object{
		"skill": "meal", "quantity": "1", "cell": object{"east": 0, "north": 0}, "languages": []any{"zh"},
		"text": s.sealed(s.ann, s.ann.member),
	}}), "need")
}

// assigned adopts a plan of one match and gives its assignment.
func (s *contractStory) assigned(need string, providers ...any) string {
	s.Helper()
	return s.changed(s.did(call{op: "matching.adopt_plan", by: s.first, body: object{
		"claim": "CLAIM_PROVISIONAL", "plannedAt": strconv.FormatInt(time.Now().UnixMilli()-1000, 10),
		"matches": []any{object{"need": need, "quantity": "1", "providers": providers}},
	}}), "assignment")
}
