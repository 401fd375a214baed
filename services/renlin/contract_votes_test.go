package main

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/crypto/nacl/box"

	"renlin.dev/pkg/ballot"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// contractPoll is a poll of the story with the key that the story holds.
type contractPoll struct {
	motion, id      string
	public, private *[32]byte
}

// votes holds the two polls and one whose key is divided, objects to one count, and carries one motion out while the other is stopped.
func (s *contractStory) votes() {
	s.Helper()
	for _, matter := range []string{"greening", "lift"} {
		s.poll(s.polls[matter])
	}
	s.divided()
	vetoed, reported := s.polls["greening"].motion, s.polls["lift"].motion
	s.await("motion", vetoed, "state", "adopted")
	s.did(call{op: "proposal.veto", path: map[string]string{"motion": vetoed}, by: s.second, body: object{
		"motion": vetoed, "reason": s.sealed(s.second, s.second.member),
	}})
	s.await("motion", reported, "in_force_at", "")
	s.did(call{op: "proposal.report", path: map[string]string{"motion": reported}, by: s.first, body: object{
		"motion": reported, "outcome": "OUTCOME_DONE", "evidence": s.sealed(s.first, s.first.member),
	}})
}

// await waits until a record's member has a value; an empty one stands for any.
func (s *contractStory) await(kind, id, member, value string) object {
	s.Helper()
	var state object
	s.until(kind+"'s "+member, func() bool {
		state = s.record(kind, id)
		got, there := state[member]
		return there && got != false && got != nil && (value == "" || got == value)
	})
	return state
}

// poll holds one poll from the key's offer to the count.
func (s *contractStory) poll(p *contractPoll) {
	s.Helper()
	s.until("poll on a motion", func() bool {
		for _, r := range records(s.good(call{op: "gateway.records", path: map[string]string{"kind": "poll"}, session: s.first})) {
			if r["state"].(object)["motion"] == p.motion {
				p.id = strings.TrimPrefix(r["path"].(string), "poll/")
			}
		}
		return p.id != ""
	})
	at := map[string]string{"poll": p.id}
	offer := func() object {
		var err error
		if p.public, p.private, err = box.GenerateKey(rand.Reader); err != nil {
			s.Fatal(err)
		}
		return object{"poll": p.id, "boxKey": encoded(p.public[:]), "wrapped": encoded(randomBytes(32 + box.AnonymousOverhead))}
	}
	key := func() object { return object{"poll": p.id, "boxKey": encoded(p.public[:])} }
	s.did(call{op: "voting.offer_key", path: at, by: s.keeperA, body: offer()})
	s.did(call{op: "voting.refuse_key", path: at, by: s.keeperB, body: key()})
	s.did(call{op: "voting.offer_key", path: at, by: s.keeperA, body: offer()})
	s.did(call{op: "voting.hold_key", path: at, by: s.keeperB, body: key()})
	s.await("poll", p.id, "roll", "")
	s.act(call{op: "gateway.rules", query: map[string]string{"poll": p.id, "min_index": s.position}})
	s.act(call{op: "gateway.rules_history", query: map[string]string{"min_index": s.position}})
	s.act(call{op: "gateway.poll_taking", path: at, query: map[string]string{"min_index": s.position}, session: s.ann})
	for _, voter := range []*dweller{s.ann, s.ben, s.cat, s.dan} { // founders stand for organisations and are on no roll
		s.cast(p, voter)
	}
	s.await("poll", p.id, "closed", "")
	s.did(call{op: "voting.publish_key", path: at, by: s.keeperA, body: object{"poll": p.id, "privateKey": encoded(p.private[:])}})
	s.await("poll", p.id, "tally", "")
	if s.driven["voting.object"] == nil {
		s.did(call{op: "voting.object", path: at, by: s.ann, body: object{"poll": p.id, "text": s.sealed(s.ann, s.ann.member)}})
	}
}

// cast casts a vote for yes; who has no device casts it in their session.
func (s *contractStory) cast(p *contractPoll, voter *dweller) {
	s.Helper()
	sealed, err := ballot.Seal(rand.Reader, p.public[:], p.id, voter.member, &votingv1.Choice{Options: []uint32{0}})
	if err != nil {
		s.Fatal(err)
	}
	c := call{op: "voting.cast", path: map[string]string{"poll": p.id}, by: voter, session: voter, body: object{
		"poll": p.id, "voter": voter.member, "box": encoded(sealed),
	}}
	if voter.key == nil {
		c.by = nil
	}
	s.did(c)
}

// reading reads everything that can be read.
func (s *contractStory) reading() {
	s.Helper()
	s.did(call{op: "vault.read", by: s.ann, body: object{
		"ref": s.text["ref"], "subject": s.ann.member, "purpose": "PURPOSE_OWN", "readerKey": encoded(randomBytes(32)),
	}})
	page := map[string]string{"min_index": s.position, "limit": "2"}
	all := s.act(call{op: "gateway.records", path: map[string]string{"kind": "member"}, query: page, session: s.first})
	if len(records(all)) != 2 || all.get("next") == "" {
		s.Errorf("a page of two: %s", all.raw)
	}
	page["after"] = all.get("next")
	rest := s.good(call{op: "gateway.records", path: map[string]string{"kind": "member"}, query: page, session: s.first})
	if len(records(rest)) == 0 || records(rest)[0]["path"] == records(all)[1]["path"] {
		s.Errorf("the page after: %s", rest.raw)
	}
	below := map[string]string{"parent": "topic", "parent_id": s.topic, "kind": "second", "id": s.ben.member}
	s.act(call{op: "gateway.record", path: map[string]string{"kind": "member", "id": s.ann.member}, session: s.first})
	s.act(call{op: "gateway.records_below", path: below, session: s.first})
	s.act(call{op: "gateway.record_below", path: below, session: s.first})
	s.kinds()
	s.conditional(below)
	s.act(call{op: "gateway.inbox_events", query: map[string]string{"from": "0"}, session: s.ann})
	s.act(call{op: "gateway.events", query: map[string]string{"from": "0"}})
	s.act(call{op: "gateway.inbox", session: s.ann})
	s.act(call{op: "gateway.blocks", query: map[string]string{"from": "0"}, session: s.ann})
	s.act(call{op: "gateway.log_keys"})
	s.act(call{op: "gateway.log_state"})
	tile := call{op: "gateway.log_tile", path: map[string]string{"level": "0", "index": "000"}}
	proof := call{op: "gateway.log_proof", path: map[string]string{"index": "0"}}
	s.until("checkpoint", func() bool { return s.send(proof).status == http.StatusOK })
	s.until("full tile", func() bool { return s.send(tile).status == http.StatusOK })
	s.act(call{op: "gateway.log_checkpoint"})
	s.act(proof)
	s.act(tile)
	s.act(call{op: "gateway.log_partial_tile", path: map[string]string{"level": "entries", "partial": "000.p", "width": "3"}})
}

// kinds reads a page of every kind that the document lets an officer read, so that each kind's states are held against it.
func (s *contractStory) kinds() {
	s.Helper()
	for _, p := range s.ops["gateway.records"].params {
		if p.name != "kind" {
			continue
		}
		for _, kind := range s.at(p.schema + "/enum").([]any) {
			if slices.Contains(aidKinds, kind.(string)) { // they are shown one by one, to whom they name
				at := call{op: "gateway.records", path: map[string]string{"kind": kind.(string)}, session: s.first}
				if out := s.send(at); out.status != http.StatusForbidden {
					s.Errorf("a list of %s: %d", kind, out.status)
				}
				continue
			}
			s.good(call{op: "gateway.records", path: map[string]string{"kind": kind.(string)}, session: s.first})
		}
	}
}

// conditional asks again for what is held already: the answer is that it is still so.
func (s *contractStory) conditional(below map[string]string) {
	s.Helper()
	for _, c := range []call{
		{op: "gateway.openapi"}, {op: "gateway.blocks", session: s.ann}, {op: "gateway.community"},
		{op: "gateway.records_below", path: below, session: s.first}, {op: "gateway.inbox", session: s.ann},
		{op: "gateway.record_below", path: below, session: s.first},
	} {
		c.header = map[string]string{"If-None-Match": s.good(c).header.Get("ETag")}
		if again := s.send(c); again.status != http.StatusNotModified {
			s.Errorf("%s: held already: %d", c.op, again.status)
		}
	}
}

// goodbyes ends devices, memberships and sessions, and has somebody forgotten.
func (s *contractStory) goodbyes() {
	s.Helper()
	s.did(call{op: "vault.erase", by: s.cat, body: object{"subject": s.cat.member}})
	s.did(call{op: "community.revoke_key", by: s.first, body: object{"key": s.ben.public()}})
	cat := map[string]string{"member": s.cat.member}
	s.did(call{op: "community.revoke_member", path: cat, by: s.cat, body: object{"member": s.cat.member}})
	s.act(call{op: "gateway.sign_out", session: s.ann})
}
