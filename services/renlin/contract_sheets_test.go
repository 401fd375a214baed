package main

import (
	"crypto/rand"
	"encoding/json"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
)

// sheets holds a secret poll in which two of six vote on sheets that an officer gave them, and has both compared after the count.
func (s *contractStory) sheets(voters []*dweller) {
	s.Helper()
	giver := voters[len(voters)-1]
	s.did(call{op: "community.grant_role", path: map[string]string{"member": giver.member}, by: s.second, body: object{
		"member": giver.member, "role": "ROLE_OFFICER", "org": s.secondOrg,
	}})
	p := &secretPoll{voters: voters, wallet: map[string]*credential.Credential{}}
	p.id = s.changed(s.did(call{op: "voting.call", by: s.first, body: object{
		"matter": "sheets", "question": object{"title": "车棚", "text": "是否新建车棚？"},
	}}), "poll")
	s.keyTogether(p.id)
	s.awaitSecret(p, "registrar")
	for _, voter := range voters[2:] {
		s.register(p, s.registrar, voter)
	}
	given := s.given(p, giver, voters[:2])
	raw, err := json.Marshal(s.await("poll", p.id, "roll", ""))
	if err != nil {
		s.Fatal(err)
	}
	open, err := credential.ReadPoll(p.id, raw)
	if err != nil {
		s.Fatal(err)
	}
	yes := &votingv1.Choice{Options: []uint32{0}}
	var counting []*votingv1.SecretBallotCast
	for _, sheet := range given {
		first, err := sheet.Enter(open, s.ben.member, yes)
		if err != nil {
			s.Fatal(err)
		}
		second, err := sheet.Reenter(open, s.second.member, yes)
		if err != nil {
			s.Fatal(err)
		}
		s.did(call{op: "voting.enter_secret_paper", path: p.at(), by: s.ben, body: s.spoken(first)})
		s.did(call{op: "voting.reenter_secret_paper", path: p.at(), by: s.second, body: s.spoken(second)})
		counting = append(counting, &votingv1.SecretBallotCast{Key: second.GetKey(), Ballot: second.GetBallot()})
	}
	for i, voter := range voters[2:] {
		c := p.wallet[voter.member]
		made, err := c.Make(rand.Reader, open, 1, &votingv1.Choice{Options: []uint32{uint32(i % 3)}})
		if err != nil {
			s.Fatal(err)
		}
		s.did(call{op: "voting.cast_secret", path: p.at(), by: &dweller{key: c.Key}, body: s.spoken(made.Cast())})
	}
	s.await("poll", p.id, "closed", "")
	s.awaitSecret(p, "encrypted")
	s.together(p.id, 2*keySteps)
	s.await("poll", p.id, "tally", "")
	s.did(call{op: "voting.draw_samples", path: p.at(), by: s.ann, body: object{"poll": p.id, "block": encoded(s.tallyBlock(p.id))}})
	for i, sheet := range given {
		compared, err := sheet.Compare(open, s.keeperB.member, yes, counting[i])
		if err != nil || compared.GetDiffers() {
			s.Fatalf("a sheet that was entered as it is differs: %v", err)
		}
		s.did(call{op: "voting.compare_secret_paper", path: p.at(), by: s.keeperB, body: s.spoken(compared)})
	}
}

// given has an officer give voters their sheets, whose credentials the registrar has signed for.
func (s *contractStory) given(p *secretPoll, giver *dweller, voters []*dweller) (sheets []*credential.Sheet) {
	s.Helper()
	body := &votingv1.RegisterPapers{Poll: p.id}
	for _, voter := range voters {
		sheet, err := credential.NewSheet(rand.Reader, p.id)
		if err != nil {
			s.Fatal(err)
		}
		c, err := sheet.Credential(voter.member)
		if err != nil {
			s.Fatal(err)
		}
		sealed, err := c.Seal(rand.Reader, s.registrar.public[:])
		if err != nil {
			s.Fatal(err)
		}
		foreign := s.send(call{op: "gateway.send_credential", path: p.at(), session: s.dan, body: object{
			"sealed": encoded(sealed), "voter": voter.member,
		}})
		if foreign.status != 403 {
			s.Errorf("a resident brings another's credential: %d", foreign.status)
		}
		nobody := s.send(call{op: "gateway.send_credential", path: p.at(), session: giver, body: object{
			"sealed": encoded(sealed), "voter": opaque(),
		}})
		if nobody.status != 403 {
			s.Errorf("an officer brings a credential of nobody: %d", nobody.status)
		}
		sent := s.act(call{op: "gateway.send_credential", path: p.at(), session: giver, body: object{
			"sealed": encoded(sealed), "voter": voter.member,
		}})
		registered, err := sheet.Register(voter.member, s.registrar.key, s.based(sent.get("receipt")))
		if err != nil {
			s.Fatal(err)
		}
		sheets, body.Sheets = append(sheets, sheet), append(body.Sheets, registered)
	}
	s.did(call{op: "voting.register_papers", path: p.at(), by: giver, body: s.spoken(body)})
	return sheets
}

// sheetRule is the matter of secret polls with sheets.
func sheetRule(m object) object {
	// Registration lasts to its end where a voter has a sheet, so it must be short enough to wait for.
	m["poll"].(object)["secrecy"].(object)["registerSeconds"] = 15
	m["poll"].(object)["paper"] = object{
		"operatorPermilleMax": 1000, "callBackPermille": 1000, "riskLimitPermille": 50, "auditSeconds": 3600,
	}
	return m
}
