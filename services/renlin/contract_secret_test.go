package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
)

// secretPoll is a secret poll of the story, whose voters and registrar it plays.
type secretPoll struct {
	id     string
	voters []*dweller
	wallet map[string]*credential.Credential // by member
	rows   []*votingv1.CredentialRow         // what the registrar knows, ascending by key
}

// at is the poll's place.
func (p *secretPoll) at() map[string]string { return map[string]string{"poll": p.id} }

// contractRegistrar is who knows whose credential is whose. The one whom the founding names works by itself, and is asked by way of the
// gateway; of one whom the story plays there is a device and the key that opens what voters seal.
type contractRegistrar struct {
	key             ed25519.PublicKey
	public, private *[32]byte
	device          *dweller
}

// secrets holds three secret polls, two of them after another registrar was appointed: of one the totals are opened, one lapses, because a
// voter's credential is not listed, and of one nothing is opened but whether it passed. Six vote: of fewer the leak meter would not let
// totals be opened.
func (s *contractStory) secrets() {
	s.Helper()
	voters := []*dweller{s.ann, s.ben, s.cat, s.dan, newDweller(), newDweller()}
	for _, p := range voters[4:] {
		s.did(call{op: "community.admit_member", by: s.first, body: object{"member": p.member}})
		s.equip(s.did, p)
		s.signIn(p)
	}
	p := s.registered("totals", s.registrar, voters)
	s.castSecretly(p)
	s.opened(p, communityv1.Secrecy_SECRECY_TOTALS)
	s.sheets(voters)

	played := &contractRegistrar{device: s.second, key: s.second.key.Public().(ed25519.PublicKey)}
	var err error
	if played.public, played.private, err = box.GenerateKey(rand.Reader); err != nil {
		s.Fatal(err)
	}
	s.did(call{op: "community.appoint_registrar", by: s.first, with: []*dweller{s.second}, body: object{"registrar": object{
		"member": s.second.member, "org": s.secondOrg, "key": s.second.public(), "boxKey": encoded(played.public[:]),
	}}})
	s.contested(played, voters)
	p = s.registered("sealed", played, voters)
	s.list(p, played, p.rows)
	s.castSecretly(p)
	s.opened(p, communityv1.Secrecy_SECRECY_PASS_FAIL)
}

// registered calls a secret poll and has everybody register, which ends the registration.
func (s *contractStory) registered(matter string, registrar *contractRegistrar, voters []*dweller) *secretPoll {
	s.Helper()
	p := &secretPoll{voters: voters, wallet: map[string]*credential.Credential{}}
	p.id = s.changed(s.did(call{op: "voting.call", by: s.first, body: object{
		"matter": matter, "question": object{"title": "围墙", "text": "是否拆除围墙？"},
	}}), "poll")
	s.keyTogether(p.id)
	s.awaitSecret(p, "registrar")
	paperless := s.send(call{op: "gateway.send_credential", path: p.at(), session: s.first, body: object{
		"sealed": encoded(randomBytes(credential.SealedBytes)), "voter": voters[0].member,
	}})
	if paperless.status != 403 {
		s.Errorf("an officer brings a sheet to a poll that knows of none: %d", paperless.status)
	}
	for _, voter := range voters {
		s.register(p, registrar, voter)
	}
	slices.SortFunc(p.rows, func(a, b *votingv1.CredentialRow) int { return bytes.Compare(a.GetKey(), b.GetKey()) })
	s.awaitSecret(p, "ended")
	return p
}

// awaitSecret waits until the record has something of what is a secret poll's alone.
func (s *contractStory) awaitSecret(p *secretPoll, member string) (value any) {
	s.Helper()
	s.until("the secret poll's "+member, func() bool {
		secret, _ := s.record("poll", p.id)["secret"].(object)
		value = secret[member]
		return value != nil
	})
	return value
}

// register has a voter's device make a credential, the registrar sign that it knows it, and the voter put that on the record.
func (s *contractStory) register(p *secretPoll, registrar *contractRegistrar, voter *dweller) {
	s.Helper()
	c, err := credential.New(rand.Reader, p.id, voter.member)
	if err != nil {
		s.Fatal(err)
	}
	sealed, err := c.Seal(rand.Reader, registrar.public[:])
	if err != nil {
		s.Fatal(err)
	}
	body, err := c.Register(registrar.key, s.receipt(p, registrar, voter, sealed))
	if err != nil {
		s.Fatal(err)
	}
	p.wallet[voter.member] = c
	said := call{op: "voting.register", path: p.at(), by: voter, session: voter, body: s.spoken(body)}
	if voter.key == nil {
		said.by = nil
	}
	s.did(said)
}

// receipt has a registrar sign for what a voter has sealed, as docs/format.md says of credentials.
func (s *contractStory) receipt(p *secretPoll, r *contractRegistrar, voter *dweller, sealed []byte) []byte {
	s.Helper()
	if r.device == nil {
		sent := s.act(call{op: "gateway.send_credential", path: p.at(), session: voter, body: object{"sealed": encoded(sealed)}})
		return s.based(sent.get("receipt"))
	}
	c, err := credential.Open(sealed, r.public, r.private)
	if err != nil {
		s.Fatal(err)
	}
	p.rows = append(p.rows, &votingv1.CredentialRow{Key: c.Key, Heads: 1}) // a members' poll counts no area
	about := func(domain string) (b []byte) {
		b = append(b, domain...)
		for _, id := range []string{c.Poll, c.Voter} {
			b = append(binary.BigEndian.AppendUint16(b, uint16(len(id))), id...)
		}
		return b
	}
	commitment := sha256.Sum256(slices.Concat(about("renlin/credential/1\n"), c.Salt[:], c.Key))
	return ed25519.Sign(r.device.key, append(about("renlin/registration/1\n"), commitment[:]...))
}

// list has the registrar list credentials, in two parts.
func (s *contractStory) list(p *secretPoll, registrar *contractRegistrar, rows []*votingv1.CredentialRow) {
	s.Helper()
	for _, part := range []*votingv1.ListCredentials{{Poll: p.id, Rows: rows[:2]}, {Poll: p.id, Rows: rows[2:], Last: true}} {
		s.did(call{op: "voting.list_credentials", path: p.at(), by: registrar.device, body: s.spoken(part)})
	}
}

// contested holds a poll in which the registrar lists another credential than a voter's, who shows it: the poll never opens.
func (s *contractStory) contested(registrar *contractRegistrar, voters []*dweller) {
	s.Helper()
	p := s.registered("contested", registrar, voters)
	mine := p.wallet[s.ann.member]
	rows := slices.DeleteFunc(slices.Clone(p.rows), func(r *votingv1.CredentialRow) bool { return bytes.Equal(r.GetKey(), mine.Public()) })
	rows = append(rows, &votingv1.CredentialRow{Key: newDweller().key.Public().(ed25519.PublicKey), Heads: 1})
	slices.SortFunc(rows, func(a, b *votingv1.CredentialRow) int { return bytes.Compare(a.GetKey(), b.GetKey()) })
	s.list(p, registrar, rows)
	roster := s.roster(p)
	if err := mine.Find(roster, 1, 0, nil); !errors.Is(err, credential.ErrUnlisted) {
		s.Errorf("a credential that is not listed: %v", err)
	}
	if err := p.wallet[s.ben.member].Find(roster, 1, 0, nil); err != nil {
		s.Errorf("a credential that is listed: %v", err)
	}
	s.did(call{op: "voting.contest_roster", path: p.at(), by: s.ann, body: s.spoken(mine.Contest())})
	s.await("poll", p.id, "lapsed", "credentials.contested")
}

// castSecretly has a ballot opened for its voter, one replaced, and six counted: four say yes.
func (s *contractStory) castSecretly(p *secretPoll) {
	s.Helper()
	raw, err := json.Marshal(s.await("poll", p.id, "roll", ""))
	if err != nil {
		s.Fatal(err)
	}
	open, err := credential.ReadPoll(p.id, raw)
	if err != nil {
		s.Fatal(err)
	}
	send := func(voter, op string, sequence uint64, option uint32) {
		c := p.wallet[voter]
		ballot, err := c.Make(rand.Reader, open, sequence, &votingv1.Choice{Options: []uint32{option}})
		if err != nil {
			s.Fatal(err)
		}
		var body proto.Message
		if op == "voting.cast_secret" {
			body = ballot.Cast()
		} else if body, err = ballot.Challenge(); err != nil {
			s.Fatal(err)
		}
		// The credential signs, and nothing says by whom it was sent: no session, no device.
		s.did(call{op: op, path: p.at(), by: &dweller{key: c.Key}, body: s.spoken(body)})
	}
	first := p.voters[0].member
	send(first, "voting.challenge_ballot", 1, 1)
	send(first, "voting.cast_secret", 2, 1)
	send(first, "voting.cast_secret", 3, 0)
	for i, option := range []uint32{0, 0, 0, 1, 2} {
		send(p.voters[i+1].member, "voting.cast_secret", 1, option)
	}
}

// opened has the trustees open as much of the sums as the rules allow, and nothing else.
func (s *contractStory) opened(p *secretPoll, secrecy communityv1.Secrecy) {
	s.Helper()
	s.await("poll", p.id, "closed", "")
	s.awaitSecret(p, "encrypted")
	s.together(p.id, 2*keySteps) // their parts
	s.together(p.id, 2*keySteps) // of sealed totals: whoever is first proves where they lie
	raw, err := json.Marshal(s.await("poll", p.id, "tally", "")["tally"])
	if err != nil {
		s.Fatal(err)
	}
	var tally votingv1.Tally
	if err := json.Unmarshal(raw, &tally); err != nil {
		s.Fatal(err)
	}
	report := tally.GetSecret()
	if report.GetSecrecy() != secrecy || report.GetCredentials() != 6 || report.GetChallenged() != 1 {
		s.Errorf("the tally: %s", raw)
	}
	s.await("poll", p.id, "adopted", "")
}

// spoken is a message as the document has it.
func (s *contractStory) spoken(body proto.Message) (out object) {
	s.Helper()
	raw, err := protojson.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		s.Fatal(err)
	}
	return out
}

// roster reads a poll's credentials off the blocks, as soon as these have all of them.
func (s *contractStory) roster(p *secretPoll) (r *credential.Roster) {
	s.Helper()
	s.until("the roster's blocks", func() bool {
		r = &credential.Roster{Poll: p.id}
		for _, c := range s.commits() {
			if err := r.Fold(c); err != nil {
				s.Fatal(err)
			}
		}
		return r.Sealed != nil
	})
	return r
}

// commits reads all blocks that there are: each commit, with the block that holds it.
func (s *contractStory) commits() iter.Seq2[*chain.Block, *chain.Commit] {
	return func(yield func(*chain.Block, *chain.Commit) bool) {
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
				for _, raw := range b.Commits {
					c, err := chain.DecodeCommit(raw)
					if err != nil {
						s.Fatal(err)
					}
					if !yield(b, c) {
						return
					}
				}
			}
		}
	}
}
