package main

import "encoding/json"

// notices has a poll announced, brings its notice to two and has a third acknowledge it; it opens when its notice's time is over.
func (s *contractStory) notices() {
	s.Helper()
	p := s.keyedPoll("notice", "notice") // whoever called it records nothing
	at := map[string]string{"poll": p.id}
	notice := s.await("poll", p.id, "notice", "")["notice"].(object)
	s.did(call{op: "voting.acknowledge_notice", path: at, by: s.ann, body: object{"poll": p.id, "notice": notice["digest"]}})
	row := func(voter *dweller) object {
		return object{
			"voter": voter.member, "channel": "DELIVERY_CHANNEL_DOOR", "at": string(notice["issued_at"].(json.Number)),
			"evidence": s.sealed(s.second, voter.member),
		}
	}
	s.did(call{op: "voting.record_deliveries", path: at, by: s.second, with: []*dweller{s.ben}, body: object{
		"poll": p.id, "notice": notice["digest"], "rows": []any{row(s.cat), row(s.dan)},
	}})
	mine := func(who *dweller) int {
		page := s.good(call{op: "gateway.inbox", query: map[string]string{"min_index": s.position}, session: who})
		list, _ := page.value.(object)["notices"].([]any) // none is left out
		return len(list)
	}
	read := func(who *dweller, voter *dweller) int {
		return s.send(call{op: "gateway.record_below", session: who, query: map[string]string{"min_index": s.position}, path: map[string]string{
			"parent": "poll", "parent_id": p.id, "kind": "delivery", "id": voter.member,
		}}).status
	}
	for _, c := range []struct {
		who, voter *dweller
		want       int
	}{{s.ann, s.ann, 200}, {s.first, s.cat, 200}, {s.ann, s.cat, 403}} { // officers, and whom it is about
		if got := read(c.who, c.voter); got != c.want {
			s.Errorf("%s reads the delivery to %s: answered %d, want %d", c.who.member, c.voter.member, got, c.want)
		}
	}
	before := mine(s.ann)
	s.await("poll", p.id, "roll", "")
	s.cast(p, s.ann)
	if after := mine(s.ann); before != after+1 {
		s.Errorf("%d notices before the vote, %d after it", before, after)
	}
}
