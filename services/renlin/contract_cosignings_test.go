package main

import "net/http"

// cosigned has a new rulebook told in words, begun by one officer, seen by another of another organisation, and taken off the list.
func (s *contractStory) cosigned() {
	s.Helper()
	book := s.rulebook(2)
	s.act(call{op: "gateway.tell_rules", session: s.first, body: book})
	_, r, _ := s.build(call{op: "community.amend_rulebook", by: s.first, body: object{"rulebook": book}})
	begun := s.act(call{
		op: "gateway.begin_cosigning", session: s.first, body: object{"rulebook": book}, key: r.Header.Get("Idempotency-Key"),
		query: map[string]string{"operation": "community.amend_rulebook", "path": "rulebook"},
		header: map[string]string{
			"Renlin-Not-After": r.Header.Get("Renlin-Not-After"), "Renlin-Signature": r.Header.Get("Renlin-Signature"),
		},
	})
	s.act(call{op: "gateway.cosignings", session: s.second})
	s.once(call{op: "gateway.end_cosigning", session: s.second, path: map[string]string{"cosigning": begun.get("id")}}, http.StatusNotFound)
}
