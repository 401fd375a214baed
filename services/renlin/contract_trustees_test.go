package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/services/voting/trustee"
)

// contractTrustee is a keeper who has a part of polls' keys. What it sees of a poll is the poll's record, and what it says goes through the
// document's operations.
type contractTrustee struct {
	*contractStory
	keeper *dweller
	poll   string
	agent  *trustee.Agent
}

func (s *contractStory) trustee(keeper *dweller) *contractTrustee {
	s.Helper()
	key, err := trustee.KeyOf(randomBytes(32))
	if err != nil {
		s.Fatal(err)
	}
	c := &contractTrustee{contractStory: s, keeper: keeper}
	c.agent = &trustee.Agent{Key: key, Rand: rand.Reader, Record: c}
	return c
}

// Ceremonies is the poll's record, which everybody may read.
func (c *contractTrustee) Ceremonies(context.Context) ([]trustee.Poll, error) {
	state := c.record("poll", c.poll)
	raw, err := json.Marshal(object{"id": c.poll, "secrecy": 1, "ceremony": state["ceremony"], "closed": state["closed"]})
	if err != nil {
		return nil, err
	}
	var p trustee.Poll
	err = json.Unmarshal(raw, &p)
	return []trustee.Poll{p}, err
}

// Ballots are a secret poll's, of which this trustee has none.
func (c *contractTrustee) Ballots(context.Context, string) ([]trustee.Row, error) { return nil, nil }

// Command does what the trustee says: with every probe the first time, plainly afterwards.
func (c *contractTrustee) Command(_ context.Context, operation string, body proto.Message) error {
	raw, err := protojson.Marshal(body)
	if err != nil {
		return err
	}
	var said object
	if err := json.Unmarshal(raw, &said); err != nil {
		return err
	}
	do := c.good
	if c.driven[operation] == nil {
		do = c.did
	}
	do(call{op: operation, path: map[string]string{"poll": c.poll}, by: c.keeper, body: said})
	return nil
}

// divided holds a poll whose key two trustees make and open together.
func (s *contractStory) divided() {
	s.Helper()
	one, two := s.trustee(s.keeperA), s.trustee(s.keeperB)
	named := func(c *contractTrustee, org string) object {
		return object{"member": c.keeper.member, "org": org, "trusteeKey": encoded(c.agent.Key.Public().Bytes())}
	}
	s.did(call{op: "community.appoint_trustees", by: s.first, with: []*dweller{s.second}, body: object{
		"trustees": []any{named(one, s.firstOrg), named(two, s.secondOrg)},
	}})
	p := &contractPoll{id: s.changed(s.did(call{op: "voting.call", by: s.first, body: object{
		"matter": "quiet", "question": object{"title": "安静", "text": "是否安静？"},
	}}), "poll")}
	one.poll, two.poll = p.id, p.id
	said := 0
	step := func() {
		for _, c := range []*contractTrustee{one, two} {
			s.until("what was said", func() bool { // the record is read from a projection, which follows
				ceremony, begun := s.record("poll", p.id)["ceremony"].(object)
				words, _ := ceremony["said"].([]any)
				return begun && len(words) >= min(said, 8)
			})
			if err := c.agent.Step(context.Background()); err != nil {
				s.Fatal(err)
			}
			said++
		}
	}
	for range 4 {
		step()
	}
	public, err := base64.StdEncoding.DecodeString(s.await("poll", p.id, "roll", "")["box_key"].(string))
	if err != nil {
		s.Fatal(err)
	}
	p.public = (*[32]byte)(public)
	for _, voter := range []*dweller{s.ann, s.ben, s.cat, s.dan} {
		s.cast(p, voter)
	}
	s.await("poll", p.id, "closed", "")
	step()
	s.await("poll", p.id, "tally", "")
}
