package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"strconv"
	"time"

	"renlin.dev/pkg/merkle"
)

// aidRounds has cat asked to bring something every day, which is paused, goes on, and ends.
func (s *contractStory) aidRounds(id string) {
	s.Helper()
	in := func(days int) string {
		return strconv.FormatInt(time.Now().Add(time.Duration(days)*24*time.Hour).UnixMilli(), 10)
	}
	order := s.changed(s.onCase("aid.order", id, s.ann, object{"member": s.cat.member, "quantity": "3", "due": in(9)}), "work-order")
	s.onOrder("aid.repeat_order", order, s.ann, object{"first": in(1), "everySeconds": 24 * 3600, "graceSeconds": 3600, "quantity": "1"})
	s.onOrder("aid.pause_rounds", order, s.ben, object{"until": in(3)})
	s.onOrder("aid.resume_rounds", order, s.ann, object{})
	s.onOrder("aid.end_rounds", order, s.ben, object{})
	s.onOrder("aid.answer_order", order, s.cat, object{"accept": false})
}

// aidNotices has a policy told to the file of ben's, and another one to a sealed list, on which one answers by their code.
func (s *contractStory) aidNotices(file string) {
	s.Helper()
	by := strconv.FormatInt(time.Now().Add(24*time.Hour).UnixMilli(), 10)
	notice := func(rest object) string {
		body := object{"kind": "subsidy", "title": "补贴", "text": "可以申请。", "reachBy": by}
		for name, value := range rest { // any order
			body[name] = value
		}
		return s.changed(s.did(call{op: "aid.publish_notice", by: s.first, body: body}), "policy-notice")
	}
	told := notice(object{"scope": "NOTICE_SCOPE_FILES", "category": "food"})
	at := func(id string) map[string]string { return map[string]string{"notice": id} }
	now := map[string]string{"min_index": s.position}
	s.act(call{op: "gateway.own_policy_notices", query: now, session: s.ben})
	s.act(call{op: "gateway.policy_notice_unreached", path: at(told), query: now, session: s.ann})
	s.did(call{op: "aid.confirm_notice", path: at(told), by: s.ben, body: object{"notice": told, "beneficiary": file}})
	s.act(call{op: "gateway.policy_notice_figures", path: at(told), query: now, session: s.cat})

	coded := make([]*dweller, 5)
	entries := make([]merkle.Hash, len(coded))
	for i := range coded {
		coded[i] = newDweller()
		entries[i] = sha256.Sum256(append([]byte("renlin/list-entry/1\n"), coded[i].key.Public().(ed25519.PublicKey)...))
	}
	root := merkle.Root(entries)
	sealed := notice(object{"scope": "NOTICE_SCOPE_SEALED", "count": len(coded), "root": encoded(root[:])})
	entry := func(i int) object {
		path := []any{}
		for _, h := range merkle.PathIn(entries, i) {
			path = append(path, encoded(h[:]))
		}
		return object{"key": coded[i].public(), "index": i, "path": path}
	}
	s.did(call{op: "aid.answer_notice", path: at(sealed), by: coded[2], body: object{"notice": sealed, "entry": entry(2)}})
	s.did(call{op: "aid.record_attempts", path: at(sealed), by: s.ann, body: object{"notice": sealed, "attempts": []any{object{
		"entry": entry(4), "channel": "DELIVERY_CHANNEL_LETTER", "at": strconv.FormatInt(time.Now().UnixMilli(), 10), "evidence": s.words(),
	}}}})
}
