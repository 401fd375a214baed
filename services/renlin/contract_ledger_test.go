package main

import (
	"encoding/json"
	"strconv"
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
	left := s.record("account", envelope)
	if balance, held := left["balance"], left["held"]; balance != json.Number("43500") || held != json.Number("0") {
		s.Errorf("the budget has %v, of it %v on hold", balance, held)
	}
}
