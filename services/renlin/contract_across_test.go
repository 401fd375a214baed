package main

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
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
	s.recalled(provider)
}

// recalled has what a provider lends once more end there because the provider retires.
func (s *contractStory) recalled(provider string) {
	s.Helper()
	at := map[string]string{"provider": provider}
	loan := s.changed(s.did(call{op: "matching.lend", path: at, by: s.ann, body: object{
		"provider": provider, "skill": "meal", "peer": s.community, "quantity": "1",
		"useBy": strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10),
	}}), "loan")
	s.did(call{op: "matching.retire_provider", path: at, by: s.ann, body: object{"provider": provider}})
	s.until("the loan is recalled", func() bool { return s.record("loan", loan)["recalled"] == true })
	commit, proof := s.provedAt(s.lastOn("loan/" + loan))
	brought := s.did(call{op: "matching.bring_recall", by: s.ann, body: object{"peer": s.community, "commit": commit, "proof": proof}})
	if state := s.record("borrowing", s.changed(brought, "borrowing")); state["closed"] != true {
		s.Errorf("what is lent no more has not ended: %v", state)
	}
}

// proved gives a command's commit as it is on the record, and the proof of it, for a body.
func (s *contractStory) proved(out *sent) (commit, proof string) {
	s.Helper()
	position, err := strconv.ParseUint(out.get("position"), 10, 64)
	if err != nil {
		s.Fatal(err)
	}
	return s.provedAt(position - 1)
}

// provedAt is proved for whatever stands at an index.
func (s *contractStory) provedAt(index uint64) (commit, proof string) {
	s.Helper()
	at := call{op: "gateway.log_proof", path: map[string]string{"index": strconv.FormatUint(index, 10)}}
	s.until("a checkpoint covers it", func() bool { return s.send(at).status == http.StatusOK })
	s.blocks(func(b *chain.Block) bool {
		if i := index - b.First; index >= b.First && i < uint64(len(b.Commits)) {
			commit = encoded(b.Commits[i])
		}
		return commit == ""
	})
	if commit == "" {
		s.Fatalf("commit %d is in no block", index)
	}
	return commit, encoded(s.send(at).raw)
}

// lastOn gives the index of the last commit on an aggregate.
func (s *contractStory) lastOn(aggregate string) (index uint64) {
	s.Helper()
	s.blocks(func(b *chain.Block) bool {
		for i, raw := range b.Commits {
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				s.Fatal(err)
			}
			if slices.ContainsFunc(c.Changes, func(ch chain.Change) bool { return ch.Aggregate == aggregate }) {
				index = b.First + uint64(i)
			}
		}
		return true
	})
	return index
}

// blocks reads the record from its beginning, until look has seen enough or there is no more.
func (s *contractStory) blocks(look func(b *chain.Block) bool) {
	s.Helper()
	for from := uint64(0); ; {
		page := s.good(call{op: "gateway.blocks", query: map[string]string{"from": strconv.FormatUint(from, 10)}, session: s.ann}).raw
		if len(page) == 0 {
			return
		}
		for len(page) > 0 {
			n := binary.BigEndian.Uint32(page)
			b, err := chain.DecodeBlock(page[4 : 4+n])
			if err != nil {
				s.Fatal(err)
			}
			page, from = page[4+n:], b.Number+1
			if !look(b) {
				return
			}
		}
	}
}
