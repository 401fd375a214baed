package main

// mandates has ben asked to act for ann, who declines once and accepts once and raises a topic for her; both look what there is.
func (s *contractStory) mandates(until string) {
	s.Helper()
	for _, answer := range []string{"decline", "accept"} {
		mandate := s.changed(s.did(call{op: "community.grant_mandate", by: s.ann, body: object{
			"principal": s.ann.member, "helper": s.ben.member, "acts": []any{"ACT_TOPICS"}, "until": until,
		}}), "mandate")
		at := map[string]string{"mandate": mandate}
		s.did(call{op: "community." + answer + "_mandate", path: at, by: s.ben, body: object{"mandate": mandate}})
		if answer == "decline" {
			continue
		}
		s.did(call{op: "proposal.post", by: s.ben, body: object{
			"matter": "quiet", "text": s.sealed(s.ann, s.ann.member), "principal": s.ann.member, "mandate": mandate,
		}})
		now := map[string]string{"min_index": s.position}
		for _, who := range []*dweller{s.ann, s.ben} {
			s.act(call{op: "gateway.mandates", query: now, session: who})
			s.act(call{op: "gateway.mandate_acts", path: at, query: now, session: who})
		}
		if told := s.act(call{op: "gateway.inbox", query: now, session: s.ann}).value.(object)["mandates"]; told == nil {
			s.Error("the principal is told nothing")
		}
	}
}
