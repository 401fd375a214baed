package main

import "fmt"

// aidKinds are the kinds of records that are shown to whom each of them names.
var aidKinds = []string{"beneficiary", "aid-case", "work-order", "visit", "rounds", "check-in"}

// aid has ben helped: ann, a grid worker, opens a file, works on his case, cat brings something, and it is confirmed, appealed, closed,
// opened again; another is referred and refused.
func (s *contractStory) aid() {
	s.Helper()
	s.did(call{op: "community.grant_role", path: map[string]string{"member": s.ann.member}, by: s.first, body: object{
		"member": s.ann.member, "role": "ROLE_GRID_WORKER", "org": s.firstOrg,
	}})
	file, double := s.aidFiles()
	at := map[string]string{"from": double}
	both := []*dweller{s.second}
	s.did(call{op: "aid.merge", path: at, by: s.first, with: both, body: object{"into": file, "from": double}})
	s.did(call{op: "aid.unmerge", path: at, by: s.first, with: both, body: object{"from": double}})
	id := s.aidAsk(file)
	s.aidWork(id)
	s.aidAppealed(file, id)
	s.aidElsewhere(file)
	s.aidAlerts(file)
	s.aidSupplies()
	s.aidNotices(file)
	taken := s.aidAsk(file)
	s.onCase("aid.withdraw", taken, s.ben, nil)
	s.act(call{op: "gateway.aid_figures", session: s.cat, query: map[string]string{"min_index": s.position}})
	s.act(call{op: "gateway.aid_board", session: s.ann, query: map[string]string{"min_index": s.position}})
	s.act(call{op: "gateway.own_aid_files", session: s.ben, query: map[string]string{"min_index": s.position}})
	s.act(call{op: "gateway.own_work_orders", session: s.cat, query: map[string]string{"min_index": s.position}})
	s.act(call{op: "gateway.own_aid_cases", session: s.ben, query: map[string]string{"min_index": s.position}})
}

// aidFiles opens two files: ben's, with what can stand in one, and another.
func (s *contractStory) aidFiles() (file, double string) {
	s.Helper()
	file, double = opaque(), opaque()
	s.did(call{op: "aid.register", by: s.ann, body: object{
		"beneficiary": file, "member": s.ben.member, "dedupCode": encoded(randomBytes(32)),
	}})
	s.did(call{op: "aid.register", by: s.ann, body: object{"beneficiary": double}})
	at := map[string]string{"beneficiary": file}
	s.did(call{op: "aid.amend_file", path: at, by: s.ann, body: object{
		"beneficiary": file, "file": object{"field": "FIELD_CONTACT", "text": s.sealed(s.first, file)},
	}})
	s.did(call{op: "aid.name_proxy", path: at, by: s.ben, body: object{"beneficiary": file, "proxy": s.dan.member}})
	consent := func(by *dweller, purpose string) {
		s.did(call{op: "aid.give_consent", path: at, by: by, body: object{
			"beneficiary": file, "purpose": purpose, "evidence": s.sealed(s.first, file),
		}})
	}
	consent(s.ann, "CONSENT_PURPOSE_CASE_WORK")
	s.did(call{op: "aid.withdraw_consent", path: at, by: s.ben, body: object{"beneficiary": file, "purpose": "CONSENT_PURPOSE_CASE_WORK"}})
	for _, purpose := range []string{"CASE_WORK", "DELIVERY", "REFERRAL"} {
		consent(s.ben, "CONSENT_PURPOSE_"+purpose)
	}
	return file, double
}

func (s *contractStory) aidAsk(file string) string {
	s.Helper()
	return s.changed(s.did(call{op: "aid.request", by: s.ben, body: object{
		"beneficiary": file, "channel": "REQUEST_CHANNEL_SELF", "category": "food", "urgency": "URGENCY_ORDINARY", "quantity": "9",
		"unit": "meal", "text": s.sealed(s.first, file),
	}}), "aid-case")
}

// onCase does something on a case.
func (s *contractStory) onCase(op, id string, by *dweller, body object) *sent {
	s.Helper()
	all := object{"case": id}
	for name, value := range body { // any order
		all[name] = value
	}
	return s.did(call{op: op, path: map[string]string{"case": id}, by: by, body: all})
}

// onOrder does something on a work order.
func (s *contractStory) onOrder(op, id string, by *dweller, body object) {
	s.Helper()
	body["order"] = id
	s.did(call{op: op, path: map[string]string{"order": id}, by: by, body: body})
}

// words seals what somebody says of the story's person in need.
func (s *contractStory) words() object { s.Helper(); return s.sealed(s.first, s.ben.member) }

func (s *contractStory) aidWork(id string) {
	s.Helper()
	s.onCase("aid.assign", id, s.ann, object{"worker": s.ann.member})
	s.onCase("aid.assess", id, s.ann, object{"urgency": "URGENCY_UTILITY", "findings": s.words()})
	s.onCase("aid.plan", id, s.ann, object{"plan": s.words()})
	s.onCase("aid.approve", id, s.first, object{"quantity": "8"})
	order := s.changed(s.onCase("aid.order", id, s.ann, object{"member": s.cat.member, "quantity": "5"}), "work-order")
	s.onOrder("aid.answer_order", order, s.cat, object{"accept": true})
	s.onOrder("aid.visit", order, s.cat, object{"outcome": "VISIT_OUTCOME_DELIVERED", "quantity": "5", "evidence": s.words()})
	s.aidRounds(id)
	s.onCase("aid.call_back", id, s.second, object{"quantity": "5", "settled": true, "text": s.words()})
	s.onCase("aid.acknowledge", id, s.ben, object{"quantity": "4", "settled": true})
}

func (s *contractStory) aidAppealed(file, id string) {
	s.Helper()
	s.onCase("aid.appeal", id, s.ben, object{"text": s.words()})
	s.onCase("aid.decide_appeal", id, s.second, object{"upheld": false, "reason": s.words()})
	s.onCase("aid.close", id, s.ann, nil)
	s.onCase("aid.reopen", id, s.ben, object{"reason": s.words()})
	again := s.aidAsk(file)
	s.onCase("aid.assign", again, s.ann, object{"worker": s.ann.member})
	s.onCase("aid.refuse", again, s.first, object{"reason": s.words()})
	s.onCase("aid.appeal", again, s.ben, object{"text": s.words()})
	s.onCase("aid.withdraw_appeal", again, s.ben, nil)
	if n := s.caseOf(id)["delivered"]; fmt.Sprint(n) != "5" {
		s.Errorf("delivered %v", n)
	}
}

// caseOf reads a case as its person.
func (s *contractStory) caseOf(id string) object {
	s.Helper()
	return records(s.good(call{
		op: "gateway.record", session: s.ben, path: map[string]string{"kind": "aid-case", "id": id},
		query: map[string]string{"min_index": s.position},
	}))[0]["state"].(object)
}

// aidElsewhere has a case referred, which its organisation takes over, and another refused.
func (s *contractStory) aidElsewhere(file string) {
	s.Helper()
	id := s.aidAsk(file)
	s.onCase("aid.assign", id, s.ann, object{"worker": s.ann.member})
	s.onCase("aid.refer", id, s.ann, object{"org": s.secondOrg, "reason": s.words()})
	s.onCase("aid.answer_referral", id, s.second, object{"accept": true})
	refused := s.aidAsk(file)
	s.onCase("aid.assign", refused, s.ann, object{"worker": s.ann.member})
	s.onCase("aid.refuse", refused, s.first, object{"reason": s.words()})
}
