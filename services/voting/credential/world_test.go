package credential_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/credential"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

// id makes an opaque id out of a word.
func id(word string) string {
	sum := sha256.Sum256([]byte(word))
	return chain.ShortID(sum[:])
}

var roof = id("roof")

// str is a text as docs/format.md writes it inside a hash.
func str(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// council is a poll's record as far as its trustees write it.
type council struct{ state *poll.Poll }

func (c *council) Ceremonies(context.Context) ([]trustee.Poll, error) {
	return []trustee.Poll{{ID: roof, Secrecy: c.state.Rules.GetSecrecy().GetSecrecy(), Ceremony: c.state.Ceremony}}, nil
}

func (c *council) Ballots(context.Context, string) ([]trustee.Row, error) { return nil, nil }

func (c *council) Command(_ context.Context, _ string, body proto.Message) error {
	c.state.Ceremony.Said = append(c.state.Ceremony.Said, body.(*votingv1.AddKeyPart).GetMessage())
	return nil
}

// opened is a secret poll that is open: a key made by three trustees, and everything that a ballot is bound to, hashed here by the book.
func opened(t *testing.T, rules *communityv1.PollRules, options int) *poll.Poll {
	t.Helper()
	rules.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS, TrusteesMin: 2}
	p := &poll.Poll{
		Question: &proposalv1.Motion{Title: "修屋顶吗？"}, Rules: rules,
		Secret:   &poll.Secret{Roll: &votingv1.Roll{Root: bytes.Repeat([]byte{1}, 32), Voters: 2, Heads: 2}, Root: bytes.Repeat([]byte{2}, 32)},
		Ceremony: &poll.Ceremony{Round: 1, Threshold: 2, AnswersBy: 1_700_000_000_000},
	}
	for range options {
		p.Question.Options = append(p.Question.Options, &proposalv1.Option{Title: "甲"})
	}
	c := p.Ceremony
	var agents []*trustee.Agent
	for i := range 3 {
		key, err := keys.NewKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		c.Trustees = append(c.Trustees, &communityv1.Trustee{
			Member: id(string(rune('a' + i))), Org: id([]string{"one", "two"}[i%2]), TrusteeKey: key.Public().Bytes(),
		})
		agents = append(agents, &trustee.Agent{Key: key, Rand: rand.Reader, Record: &council{p}})
	}
	context := str(append([]byte("renlin/ceremony/1\n"), 1, 2, 3), roof)
	for _, one := range c.Trustees {
		context = append(str(str(context, one.GetMember()), one.GetOrg()), one.GetTrusteeKey()...)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(context, uint64(c.AnswersBy)))
	c.Context = sum[:]
	for range 4 * len(agents) {
		for _, a := range agents {
			if err := a.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	record, err := c.Record(rules.GetSecrecy().GetSecrecy())
	if err != nil {
		t.Fatal(err)
	}
	seal, err := record.Seal()
	if err != nil {
		t.Fatal(err)
	}
	c.Seal = seal.Bytes()
	bind(t, p)
	return p
}

// bind gives a poll the election id that follows from it.
func bind(t *testing.T, p *poll.Poll) {
	t.Helper()
	h := str([]byte("renlin/election/1\n"), roof)
	for _, m := range []proto.Message{p.Question, p.Rules, p.Secret.Roll} {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		h = append(h, sum[:]...)
	}
	h = append(h, p.Secret.Root...)
	sum := sha256.Sum256(slices.Concat(h, p.Ceremony.Seal))
	p.Secret.Election = sum[:]
}

// told is a poll as a device reads it off the record.
func told(t *testing.T, p *poll.Poll) (*credential.Poll, error) {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return credential.ReadPoll(roof, raw)
}

func made(t *testing.T, voter string) *credential.Credential {
	t.Helper()
	c, err := credential.New(rand.Reader, roof, id(voter))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// clone is a poll that shares nothing with another.
func clone(t *testing.T, p *poll.Poll) *poll.Poll {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	out := &poll.Poll{}
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out
}
