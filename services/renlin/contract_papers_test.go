package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/crypto/nacl/box"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// papers holds a poll in which two of four vote on paper, has the sheets of the sample compared and the voters called back.
func (s *contractStory) papers() {
	s.Helper()
	keeper := map[string]string{"member": s.keeperB.member}
	s.did(call{op: "community.grant_role", path: keeper, by: s.first, with: []*dweller{s.second}, body: object{
		"member": s.keeperB.member, "role": "ROLE_AUDITOR", "org": s.thirdOrg,
	}})
	s.did(call{op: "community.grant_role", path: map[string]string{"member": s.ben.member}, by: s.first, body: object{
		"member": s.ben.member, "role": "ROLE_GRID_WORKER", "org": s.firstOrg,
	}})
	p := s.keyedPoll("paper", "roll")
	at := map[string]string{"poll": p.id}
	var sheets []*ballot.Paper
	for _, voter := range []*dweller{s.ann, s.dan, s.ben} {
		sheet, err := ballot.NewPaper(rand.Reader, p.id, voter.member)
		if err != nil {
			s.Fatal(err)
		}
		sheets = append(sheets, sheet)
	}
	var serials []any
	for _, sheet := range sheets {
		c := sheet.Commitment()
		serials = append(serials, object{"voter": sheet.Voter, "commitment": encoded(c[:])})
	}
	s.did(call{op: "voting.issue_papers", path: at, by: s.first, body: object{"poll": p.id, "papers": serials}})
	lost := sheets[2].Commitment()
	s.did(call{op: "voting.void_paper", path: at, by: s.first, body: object{
		"poll": p.id, "voter": s.ben.member, "paper": ballot.PaperID(lost[:]),
	}})
	s.prints(p.id)
	for _, sheet := range sheets[:2] {
		s.enterTwice(p, sheet)
	}
	s.cast(p, s.cat)
	s.cast(p, s.ben)
	s.await("poll", p.id, "closed", "")
	s.did(call{op: "voting.publish_key", path: at, by: s.keeperA, body: object{"poll": p.id, "privateKey": encoded(p.private[:])}})
	s.await("poll", p.id, "tally", "")
	s.did(call{op: "voting.draw_samples", path: at, by: s.ann, body: object{"poll": p.id, "block": encoded(s.tallyBlock(p.id))}})
	for _, voter := range []*dweller{s.ann, s.dan} { // one wrong paper could give another result: both are compared
		s.did(call{op: "voting.compare_ballot", path: at, by: s.keeperB, body: object{"poll": p.id, "voter": voter.member}})
		s.did(call{op: "voting.record_call_back", path: at, by: s.keeperB, body: object{
			"poll": p.id, "voter": voter.member, "answer": "ANSWER_CONFIRMED",
		}})
	}
}

// prints has the command print a sheet for a voter, whose code is the one that the record knows; what fails leaves no page behind.
func (s *contractStory) prints(poll string) {
	s.Helper()
	dir := s.TempDir()
	key, voters, page := filepath.Join(dir, "key"), filepath.Join(dir, "voters"), filepath.Join(dir, "page.html")
	people, err := json.Marshal([]person{{
		Community: s.community, Genesis: hex.EncodeToString(s.genesis), Member: s.first.member, Org: s.firstOrg, What: "officer",
		Seed: hex.EncodeToString(s.first.key.Seed()),
	}})
	if err := errors.Join(err, os.WriteFile(key, people, 0o600), os.WriteFile(voters, []byte(s.cat.member+"\n"), 0o600)); err != nil {
		s.Fatal(err)
	}
	issue := func(poll string) (code int, stderr string) {
		var said, failed bytes.Buffer
		code = run(s.Context(), streams{out: &said, err: &failed}, []string{
			"paper", "issue", "-http", s.address, "-officer", key, "-poll", poll, "-o", page, voters,
		})
		return code, failed.String()
	}
	if code, stderr := issue(opaque()); code == exitDone {
		s.Errorf("a sheet for no poll: %s", stderr)
	}
	if _, err := os.Stat(page); err == nil {
		s.Error("a page is left of what was not issued")
	}
	if code, stderr := issue(poll); code != exitDone {
		s.Fatalf("exit %d: %s", code, stderr)
	}
	raw, err := os.ReadFile(page)
	if err != nil {
		s.Fatal(err)
	}
	printed := regexp.MustCompile(`<code>(RENLIN-P1:[A-Z2-7]+)</code>`).FindSubmatch(raw)
	if printed == nil || !bytes.Contains(raw, []byte("data:image/png;base64,")) || !bytes.Contains(raw, []byte("录入人会看到您的选择")) ||
		!bytes.Contains(raw, []byte("They see how you vote.")) {
		s.Fatalf("the page:\n%s", raw)
	}
	sheet, err := ballot.ParsePaper(string(printed[1]))
	if err != nil || sheet.Poll != poll || sheet.Voter != s.cat.member {
		s.Fatalf("the code is of %v, %v", sheet, err)
	}
	commitment := sheet.Commitment()
	s.until("the printed sheet's record", func() bool {
		out := s.send(call{op: "gateway.record_below", session: s.first, path: map[string]string{
			"parent": "poll", "parent_id": poll, "kind": "serial", "id": ballot.PaperID(commitment[:]),
		}})
		return out.status == 200
	})
	if code, _ := issue(poll); code == exitDone {
		s.Error("a page is written over")
	}
}

// keyedPoll calls a poll in a matter and sees to its key, until the record has what follows.
func (s *contractStory) keyedPoll(matter, until string) *contractPoll {
	s.Helper()
	p := &contractPoll{id: s.changed(s.did(call{op: "voting.call", by: s.first, body: object{
		"matter": matter, "question": object{"title": "路灯", "text": "是否更换路灯？"},
	}}), "poll")}
	var err error
	if p.public, p.private, err = box.GenerateKey(rand.Reader); err != nil {
		s.Fatal(err)
	}
	at := map[string]string{"poll": p.id}
	s.did(call{op: "voting.offer_key", path: at, by: s.keeperA, body: object{
		"poll": p.id, "boxKey": encoded(p.public[:]), "wrapped": encoded(randomBytes(ballot.KeyBytes + box.AnonymousOverhead)),
	}})
	s.did(call{op: "voting.hold_key", path: at, by: s.keeperB, body: object{"poll": p.id, "boxKey": encoded(p.public[:])}})
	s.await("poll", p.id, until, "")
	return p
}

// enterTwice enters a sheet that says no, by a grid worker of one organisation and the officer of the other.
func (s *contractStory) enterTwice(p *contractPoll, sheet *ballot.Paper) {
	s.Helper()
	choice := &votingv1.Choice{Options: []uint32{1}}
	c, mark := sheet.Commitment(), sheet.Mark(choice)
	body := func(n int) object {
		sealed, err := ballot.Seal(rand.Reader, p.public[:], p.id, sheet.Voter, choice)
		if err != nil {
			s.Fatal(err)
		}
		proof := sheet.Proof(n)
		return object{
			"poll": p.id, "voter": sheet.Voter, "paper": ballot.PaperID(c[:]), "proof": encoded(proof[:]), "box": encoded(sealed),
			"evidence": s.sealed(s.first, sheet.Voter),
		}
	}
	at := map[string]string{"poll": p.id}
	first, second, sealed := body(1), body(2), ballot.SealMark(s.ben.member, mark[:])
	first["sealedMark"], second["mark"] = encoded(sealed[:]), encoded(mark[:])
	s.did(call{op: "voting.enter_paper", path: at, by: s.ben, body: first})
	s.did(call{op: "voting.reenter_paper", path: at, by: s.second, body: second})
}

// tallyBlock finds the signed header of the block that holds a poll's tally.
func (s *contractStory) tallyBlock(poll string) (header []byte) {
	s.Helper()
	s.until("the tally's block", func() bool {
		for b, c := range s.commits() {
			if tallies(c, poll) {
				header = b.Sealed.Encode()
				return true
			}
		}
		return false
	})
	return header
}

func tallies(c *chain.Commit, poll string) bool {
	for _, ch := range c.Changes {
		for _, e := range ch.Events {
			if ch.Aggregate == "poll/"+poll && e.Type == string((&votingv1.TallyRecorded{}).ProtoReflect().Descriptor().FullName()) {
				return true
			}
		}
	}
	return false
}
