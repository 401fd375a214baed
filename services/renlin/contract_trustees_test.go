package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"

	"google.golang.org/protobuf/proto"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
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
	asked := object{
		"id": c.poll, "secrecy": state["rules"].(object)["secrecy"].(object)["secrecy"], "ceremony": state["ceremony"],
		"closed": state["closed"],
	}
	if secret, _ := state["secret"].(object); secret["encrypted"] != nil {
		asked["poll"] = state
	}
	raw, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	var p trustee.Poll
	err = json.Unmarshal(raw, &p)
	return []trustee.Poll{p}, err
}

// Ballots lists a secret poll's credentials with their ballots, as the blocks have them.
func (c *contractTrustee) Ballots(_ context.Context, poll string) (rows []trustee.Row, err error) {
	listed := c.roster(&secretPoll{id: poll})
	n, err := c.record("poll", poll)["secret"].(object)["encrypted"].(object)["ballots"].(json.Number).Int64()
	if err != nil {
		return nil, err
	}
	last := map[string]*votingv1.SecretBallotCast{}
	c.until("the ballots' blocks", func() bool {
		for _, commit := range c.commits() {
			for _, change := range commit.Changes {
				for _, e := range change.Events {
					var cast votingv1.SecretBallotCast
					if !strings.HasPrefix(change.Aggregate, "poll/"+poll+"/") || e.Type != string(cast.ProtoReflect().Descriptor().FullName()) {
						continue
					}
					if err := proto.Unmarshal(e.Body, &cast); err != nil {
						c.Fatal(err)
					}
					last[string(cast.GetKey())] = &cast
				}
			}
		}
		return len(last) == int(n)
	})
	for _, r := range listed.Rows {
		var row trustee.Row
		row.Key, row.Weight.Heads, row.Weight.Area = r.GetKey(), r.GetHeads(), r.GetAreaCentiM2()
		row.Channel = r.GetChannel()
		row.Sequence, row.Ballot = last[string(r.GetKey())].GetSequence(), last[string(r.GetKey())].GetBallot()
		rows = append(rows, row)
	}
	return rows, nil
}

// Command does what the trustee says.
func (c *contractTrustee) Command(_ context.Context, operation string, body proto.Message) error {
	c.did(call{op: operation, path: map[string]string{"poll": c.poll}, by: c.keeper, body: c.spoken(body)})
	return nil
}

// divided holds a poll whose key two trustees make and open together.
func (s *contractStory) divided() {
	s.Helper()
	s.trustees = []*contractTrustee{s.trustee(s.keeperA), s.trustee(s.keeperB)}
	named := func(c *contractTrustee, org string) object {
		return object{"member": c.keeper.member, "org": org, "trusteeKey": encoded(c.agent.Key.Public().Bytes())}
	}
	s.did(call{op: "community.appoint_trustees", by: s.first, with: []*dweller{s.second}, body: object{
		"trustees": []any{named(s.trustees[0], s.firstOrg), named(s.trustees[1], s.secondOrg)},
	}})
	p := &contractPoll{id: s.changed(s.did(call{op: "voting.call", by: s.first, body: object{
		"matter": "quiet", "question": object{"title": "安静", "text": "是否安静？"},
	}}), "poll")}
	s.keyTogether(p.id)
	p.public = (*[32]byte)(s.based(s.await("poll", p.id, "roll", "")["box_key"].(string)))
	for _, voter := range []*dweller{s.ann, s.ben, s.cat, s.dan} {
		s.cast(p, voter)
	}
	s.await("poll", p.id, "closed", "")
	s.together(p.id, 2*keySteps)
	s.await("poll", p.id, "tally", "")
}

// keySteps is how often each trustee speaks until a poll's key is made.
const keySteps = 4

// keyTogether has the trustees make a poll's key.
func (s *contractStory) keyTogether(poll string) {
	s.Helper()
	for step := range keySteps {
		s.together(poll, 2*step)
	}
}

// together has both trustees say what is due, one after the other, when so much was said of the key.
func (s *contractStory) together(poll string, said int) {
	s.Helper()
	for i, c := range s.trustees {
		c.poll = poll
		s.until("what was said", func() bool { // the record is read from a projection, which follows
			ceremony, begun := s.record("poll", poll)["ceremony"].(object)
			words, _ := ceremony["said"].([]any)
			return begun && len(words) >= min(said+i, 2*keySteps)
		})
		if err := c.agent.Step(context.Background()); err != nil {
			s.Fatal(err)
		}
	}
}
