package main

import (
	"strconv"
	"time"
)

// aidAlerts has a device in ben's home signal, and ann look and go; and a word of his waited for.
func (s *contractStory) aidAlerts(file string) {
	s.Helper()
	s.did(call{op: "aid.give_consent", path: map[string]string{"beneficiary": file}, by: s.ben, body: object{
		"beneficiary": file, "purpose": "CONSENT_PURPOSE_SENSORS",
	}})
	sensor := newDweller()
	id := s.changed(s.did(call{op: "aid.enrol_sensor", by: s.ben, body: object{"beneficiary": file, "key": sensor.public()}}), "sensor")
	alert := s.changed(s.did(call{op: "aid.send_signal", by: sensor, body: object{
		"kind": "SIGNAL_KIND_FALL", "level": "SIGNAL_LEVEL_ALARM",
	}}), "alert")
	s.did(call{op: "aid.triage", path: map[string]string{"alert": alert}, by: s.ann, body: object{
		"alert": alert, "outcome": "TRIAGE_OUTCOME_VISIT", "text": s.words(), "category": "care", "urgency": "URGENCY_DANGER",
	}})
	s.did(call{op: "aid.raise_alert", by: s.ben, body: object{
		"beneficiary": file, "kind": "SIGNAL_KIND_HELP", "level": "SIGNAL_LEVEL_WARNING", "text": s.words(),
	}})
	at := map[string]string{"beneficiary": file}
	s.did(call{op: "aid.arrange_check_in", by: s.ben, body: object{"beneficiary": file, "fromMinutes": 360, "byMinutes": 540}})
	s.did(call{op: "aid.send_well", by: sensor, body: object{}})
	s.did(call{op: "aid.say_well", path: at, by: s.ben, body: object{"beneficiary": file}})
	s.did(call{op: "aid.end_check_in", path: at, by: s.ben, body: object{"beneficiary": file}})
	s.did(call{op: "aid.revoke_sensor", path: map[string]string{"sensor": id}, by: s.ben, body: object{"sensor": id}})
}

// aidSupplies has a stock opened, filled and counted, and an arrival announced, named to somebody and received.
func (s *contractStory) aidSupplies() {
	s.Helper()
	stock := s.changed(s.did(call{op: "aid.open_stock", by: s.ann, body: object{"category": "food", "unit": "meal"}}), "stock")
	at := map[string]string{"stock": stock}
	s.did(call{op: "aid.move_stock", path: at, by: s.ann, body: object{"stock": stock, "move": "STOCK_MOVE_RECEIVE", "quantity": "9"}})
	s.did(call{op: "aid.count_stock", path: at, by: s.ann, body: object{"stock": stock, "quantity": "8", "evidence": s.words()}})
	depot := s.changed(s.did(call{op: "matching.register_provider", by: s.first, body: object{
		"org": s.firstOrg, "member": s.ann.member, "reach": object{"cell": object{}, "radiusCells": 5},
	}}), "provider")
	s.did(call{op: "aid.offer_stock", path: at, by: s.ann, body: object{"stock": stock, "provider": depot, "skill": "meal"}})
	s.did(call{op: "aid.withhold_stock", path: at, by: s.ann, body: object{"stock": stock}})
	load := object{"category": "food", "unit": "meal", "quantity": "9"}
	s.did(call{op: "aid.declare_capacity", by: s.first, body: object{"capacities": []any{load}}})
	more := object{"category": "food", "unit": "meal", "quantity": "20"} // the rule names who has most, before or after an officer does
	s.did(call{op: "aid.declare_capacity", by: s.second, body: object{"capacities": []any{more}}})
	due := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
	arrival := s.changed(s.did(call{op: "aid.announce_arrival", by: s.second, body: object{"load": load, "due": due}}), "arrival")
	to := map[string]string{"arrival": arrival}
	s.did(call{op: "aid.name_receiver", path: to, by: s.second, body: object{"arrival": arrival, "org": s.firstOrg}})
	s.did(call{op: "aid.receive_arrival", path: to, by: s.ann, body: object{
		"arrival": arrival, "quantity": "7", "evidence": s.words(), "stock": stock,
	}})
}
