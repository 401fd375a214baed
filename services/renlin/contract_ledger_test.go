package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// money opens the books, brings money into a budget, and pays out of it: one transfer is carried out with a receipt, another given up.
func (s *contractStory) money() {
	s.Helper()
	open := func(body object) string {
		return s.changed(s.did(call{op: "ledger.open", by: s.first, body: body}), "account")
	}
	source := open(object{"kind": "ACCOUNT_KIND_SOURCE", "name": "物业费"})
	fund := open(object{"kind": "ACCOUNT_KIND_FUND", "name": "维修资金"})
	until := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	envelope := open(object{"kind": "ACCOUNT_KIND_ENVELOPE", "name": "路灯", "fund": fund, "until": until})
	payee := open(object{"kind": "ACCOUNT_KIND_PAYEE", "owner": s.thirdOrg})
	transfer := func(from, to string, fen int, whole bool) string {
		id := s.changed(s.did(call{op: "ledger.propose", by: s.first, body: object{
			"lines": []any{object{"from": from, "to": to, "amount": strconv.Itoa(fen)}}, "purpose": s.sealed(s.first, s.first.member),
			"postWhenApproved": whole,
		}}), "transfer")
		s.did(call{op: "ledger.approve", path: map[string]string{"transfer": id}, by: s.second, body: object{"transfer": id}})
		return id
	}
	transfer(source, fund, 100_000, true)
	transfer(fund, envelope, 50_000, true)
	paid, dropped := transfer(envelope, payee, 7_000, false), transfer(envelope, payee, 9_000, false)
	s.did(call{op: "ledger.post", path: map[string]string{"transfer": paid}, by: s.first, body: object{
		"transfer": paid, "amounts": []any{"6500"}, "evidence": s.sealed(s.first, s.first.member),
	}})
	s.did(call{op: "ledger.void", path: map[string]string{"transfer": dropped}, by: s.first, body: object{
		"transfer": dropped, "reason": s.sealed(s.first, s.first.member),
	}})
	s.act(call{op: "gateway.books", query: map[string]string{"min_index": s.position}})
	s.act(call{op: "gateway.own_entries", session: s.ann, query: map[string]string{"min_index": s.position}})
	left := s.record("account", envelope)
	if balance, held := left["balance"], left["held"]; balance != json.Number("43500") || held != json.Number("0") {
		s.Errorf("the budget has %v, of it %v on hold", balance, held)
	}
}

// credits has members work for each other, so much that an auditor looks into it, spend what they have, and get a dividend.
func (s *contractStory) credits() {
	s.Helper()
	report := func(worker, counterparty *dweller) (string, map[string]string) {
		id := s.changed(s.did(call{op: "ledger.report_work", by: worker, body: object{
			"counterparty": counterparty.member, "minutes": 600, "what": s.sealed(worker, worker.member),
		}}), "work")
		return id, map[string]string{"work": id}
	}
	s.did(call{op: "community.form_household", by: s.first, body: object{
		"household": opaque(), "unit": s.unit, "members": []any{s.cat.member},
	}})
	doubtful := ""
	for _, pair := range [][2]*dweller{{s.ann, s.cat}, {s.cat, s.ann}} {
		id, at := report(pair[0], pair[1])
		doubtful = id
		s.did(call{op: "ledger.confirm_work", path: at, by: pair[1], body: object{"work": id}})
	}
	id, at := report(s.ben, s.cat)
	s.act(call{op: "gateway.own_works", session: s.cat, query: map[string]string{"min_index": s.position}})
	s.did(call{op: "ledger.decline_work", path: at, by: s.cat, body: object{"work": id}})
	s.did(call{op: "ledger.offer_terms", path: map[string]string{"org": s.firstOrg}, by: s.first, body: object{
		"org": s.firstOrg, "terms": "两个积分换一小时维修。",
	}})
	offered := s.good(call{
		op: "gateway.record", session: s.ann, path: map[string]string{"kind": "terms", "id": s.firstOrg},
		query: map[string]string{"min_index": s.position},
	})
	s.did(call{op: "ledger.spend", by: s.ann, body: object{
		"to": s.firstOrg, "amount": "120", "termsVersion": fmt.Sprint(records(offered)[0]["version"]),
	}})
	s.did(call{op: "ledger.spend", by: s.ann, body: object{"amount": "100"}})
	s.did(call{op: "ledger.declare_dividend", by: s.first, body: object{}})
	s.did(call{op: "community.grant_role", path: map[string]string{"member": s.keeperA.member}, by: s.first, with: []*dweller{s.second},
		body: object{"member": s.keeperA.member, "role": "ROLE_AUDITOR", "org": s.firstOrg}})
	pattern := ""
	s.until("pattern", func() bool {
		page := s.good(call{
			op: "gateway.records", path: map[string]string{"kind": "pattern"}, session: s.keeperA,
			query: map[string]string{"min_index": s.position},
		})
		for _, r := range records(page) {
			pattern = strings.TrimPrefix(r["path"].(string), "pattern/")
		}
		return pattern != ""
	})
	s.did(call{op: "ledger.assess", path: map[string]string{"pattern": pattern}, by: s.keeperA, body: object{
		"pattern": pattern, "finding": "FINDING_HARMLESS", "reason": s.sealed(s.keeperA, s.keeperA.member),
	}})
	s.clawback(doubtful)
	wall := s.changed(s.did(call{op: "ledger.register_holding", by: s.first, body: object{
		"kind": "HOLDING_KIND_RESOURCE", "name": "大门广告位", "papers": s.sealed(s.first, s.first.member),
	}}), "holding")
	s.did(call{op: "ledger.report_holding", path: map[string]string{"holding": wall}, by: s.first, body: object{
		"holding": wall, "kind": "REPORT_KIND_CONDITION", "condition": "CONDITION_GOOD", "evidence": s.sealed(s.first, s.first.member),
	}})
}

// clawback has an auditor find that work was not done, one of the two appeal, and an officer of another organisation say that it was.
func (s *contractStory) clawback(work string) {
	s.Helper()
	at := map[string]string{"work": work}
	s.did(call{op: "ledger.propose_clawback", path: at, by: s.keeperA, body: object{
		"work": work, "reason": s.sealed(s.keeperA, s.keeperA.member),
	}})
	s.did(call{op: "ledger.appeal_clawback", path: at, by: s.ann, body: object{"work": work, "reason": s.sealed(s.ann, s.ann.member)}})
	s.did(call{op: "ledger.decide_appeal", path: at, by: s.second, body: object{
		"work": work, "granted": true, "reason": s.sealed(s.second, s.second.member),
	}})
}
