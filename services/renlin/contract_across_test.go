package main

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"renlin.dev/pkg/chain"
)

// across has the community refer a need of ann's to itself, as to another one: what is carried and proved is the same.
func (s *contractStory) across() {
	s.Helper()
	keys := s.good(call{op: "gateway.log_keys"}).value.(object)
	policy := "log " + keys["log"].(string) + "\n"
	quorum := "none"
	for i, key := range keys["witnesses"].([]any) {
		quorum = "w" + strconv.Itoa(i)
		policy += "witness " + quorum + " " + key.(string) + "\n"
	}
	s.did(call{op: "matching.register_peer", by: s.first, with: []*dweller{s.second}, body: object{
		"community": s.community, "foundingKey": s.record("community", "main")["epoch_key"],
		"policy": policy + "quorum " + quorum + "\n", "middle": object{"east": 0, "north": 0},
	}})
	need := s.need()
	made := s.did(call{op: "matching.refer_need", path: map[string]string{"need": need}, by: s.first, body: object{
		"need": need, "peer": s.community,
	}})
	referral := s.changed(made, "referral")
	commit, proof := s.proved(made)
	declined := s.did(call{op: "matching.take_up", by: s.second, body: object{
		"peer": s.community, "commit": commit, "proof": proof, "decline": "REASON_TOO_FAR",
	}})
	commit, proof = s.proved(declined)
	s.did(call{op: "matching.settle_referral", path: map[string]string{"referral": referral}, by: s.ann, body: object{
		"referral": referral, "commit": commit, "proof": proof,
	}})
	if state := s.record("need", need); fmt.Sprint(state["waiting"]) != "1" || state["referred"] != nil {
		s.Errorf("what was declined does not wait again: %v", state)
	}
	s.carriedThere()
	s.did(call{op: "matching.forget_peer", path: map[string]string{"peer": s.community}, by: s.second, body: object{"peer": s.community}})
}

// carriedThere has what is referred and lent brought by who may carry only, and dealt with by officers.
func (s *contractStory) carriedThere() {
	s.Helper()
	need := s.need()
	commit, proof := s.proved(s.did(call{op: "matching.refer_need", path: map[string]string{"need": need}, by: s.first, body: object{
		"need": need, "peer": s.community,
	}}))
	brought := s.did(call{op: "matching.bring_referral", by: s.ann, body: object{"peer": s.community, "commit": commit, "proof": proof}})
	s.did(call{op: "matching.take_up", by: s.second, body: object{"uptake": s.changed(brought, "uptake"), "decline": "REASON_BUSY"}})
	s.did(call{op: "matching.publish_directory", by: s.first, body: object{"org": s.firstOrg, "providers": []any{object{
		"member": s.ben.member, "reach": object{"cell": object{"east": 1, "north": -1}, "radiusCells": 3},
		"offers": []any{object{"skill": "meal", "capacity": "2"}},
	}}}})
	provider := s.changed(s.did(call{op: "matching.register_provider", by: s.ann, body: object{
		"member": s.ann.member, "reach": object{"cell": object{"east": 1, "north": -1}, "radiusCells": 3},
	}}), "provider")
	at := map[string]string{"provider": provider}
	s.did(call{op: "matching.publish_offer", path: at, by: s.ann, body: object{"provider": provider, "skill": "meal", "capacity": "2"}})
	lent := s.did(call{op: "matching.lend", path: at, by: s.ann, body: object{
		"provider": provider, "skill": "meal", "peer": s.community, "quantity": "1",
		"useBy": strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10),
	}})
	loan := s.changed(lent, "loan")
	commit, proof = s.proved(lent)
	borrowing := s.changed(s.did(call{op: "matching.bring_loan", by: s.ann, body: object{
		"peer": s.community, "commit": commit, "proof": proof,
	}}), "borrowing")
	at = map[string]string{"borrowing": borrowing}
	s.did(call{op: "matching.borrow", path: at, by: s.second, body: object{"borrowing": borrowing, "member": s.second.member}})
	commit, proof = s.proved(s.did(call{op: "matching.return_loan", path: at, by: s.second, body: object{"borrowing": borrowing}}))
	s.did(call{op: "matching.settle_loan", path: map[string]string{"loan": loan}, by: s.ann, body: object{
		"loan": loan, "commit": commit, "proof": proof,
	}})
	if state := s.record("loan", loan); state["state"] != "settled" {
		s.Errorf("what was given back is not settled: %v", state)
	}
	s.did(call{op: "matching.retire_provider", path: map[string]string{"provider": provider}, by: s.ann, body: object{"provider": provider}})
}

// proved gives a command's commit as it is on the record, and the proof of it, for a body.
func (s *contractStory) proved(out *sent) (commit, proof string) {
	s.Helper()
	position, err := strconv.ParseUint(out.get("position"), 10, 64)
	if err != nil {
		s.Fatal(err)
	}
	at := call{op: "gateway.log_proof", path: map[string]string{"index": strconv.FormatUint(position-1, 10)}}
	s.until("a checkpoint covers it", func() bool { return s.send(at).status == http.StatusOK })
	for from := uint64(0); ; {
		page := s.good(call{op: "gateway.blocks", query: map[string]string{"from": strconv.FormatUint(from, 10)}, session: s.ann}).raw
		if len(page) == 0 {
			s.Fatalf("commit %d is in no block", position-1)
		}
		for len(page) > 0 {
			n := binary.BigEndian.Uint32(page)
			b, err := chain.DecodeBlock(page[4 : 4+n])
			if err != nil {
				s.Fatal(err)
			}
			page, from = page[4+n:], b.Number+1
			if i := position - 1 - b.First; position-1 >= b.First && i < uint64(len(b.Commits)) {
				return encoded(b.Commits[i]), encoded(s.send(at).raw)
			}
		}
	}
}
