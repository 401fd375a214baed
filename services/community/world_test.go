package community_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
)

// The people of the tests: ann and bob are officers of two organisations and founded; cat and dan hold polls' keys; the rest come
// later. Names are readable here and are no names on the record.
const (
	ann = "ann"
	bob = "bob"
	cat = "cat"
	dan = "dan"
	eve = "eve"
	fay = "fay"
	gus = "gus"
)

// id makes an opaque id out of a word.
func id(word string) string {
	sum := bytes.Repeat([]byte(word), 16)
	return chain.ShortID(sum)
}

// signer gives the key pair of a word; a second device of eve's is "eve2".
func signer(word string) ed25519.PrivateKey {
	seed := bytes.Repeat([]byte(word), 32)[:32]
	return ed25519.NewKeyFromSeed(seed)
}

func public(word string) []byte { return signer(word).Public().(ed25519.PublicKey) }

func keyID(word string) string { return chain.KeyID(public(word)) }

// text is a reference into the vault.
func text(word string) *communityv1.Text {
	return &communityv1.Text{
		Ref: strings.Repeat("ab", 32), LengthBytes: uint32(len(word)), Commitment: bytes.Repeat([]byte{7}, 32),
	}
}

// world is a community under test. It signs, judges and folds, and keeps what it did, so that it can be done again.
type world struct {
	t     testing.TB
	state *decider.State
	now   int64
	count int
	log   []step
}

// step is one accepted command and what came of it; another service's fact has no command here.
type step struct {
	in     *decider.Input
	commit *chain.Commit
	raw    []byte
}

func newWorld(t testing.TB) *world {
	return &world{t: t, state: decider.NewState(community.Model()), now: 1_700_000_000_000}
}

// try judges a command signed by some people's devices, the first the author, and folds it when it was accepted.
func (w *world) try(op string, body proto.Message, signers ...string) (*chain.Commit, error) {
	w.t.Helper()
	raw, err := protojson.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.count++
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: op, Contract: 1, Body: raw}
	author, genesis := chain.AuthorDevice, op == community.OpFound
	if genesis {
		author = chain.AuthorGenesis
	} else {
		s.IdempotencyKey, s.NotAfter = fmt.Sprint(w.count), w.now+600_000
	}
	for _, name := range signers {
		if err := s.Sign(chain.Hash{}, author, signer(name)); err != nil {
			w.t.Fatal(err)
		}
	}
	in := &decider.Input{Signed: s, Time: w.now, Genesis: genesis, Salt: [16]byte{byte(w.count)}}
	if in.ID, err = s.ID(author, community.Service); err != nil {
		w.t.Fatal(err)
	}
	if in.Raw, err = s.Encode(nil); err != nil {
		w.t.Fatal(err)
	}
	verdict := w.state.Judge(in)
	if verdict.Err != nil {
		return nil, verdict.Err
	}
	encoded, err := verdict.Commit.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	commit, err := chain.DecodeCommit(encoded)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.state.Apply(commit, w.now); err != nil {
		w.t.Fatal(err)
	}
	w.log = append(w.log, step{in, commit, encoded})
	return commit, nil
}

// do is try for what must be accepted.
func (w *world) do(op string, body proto.Message, signers ...string) *chain.Commit {
	w.t.Helper()
	c, err := w.try(op, body, signers...)
	if err != nil {
		w.t.Fatalf("%s: %v", op, err)
	}
	return c
}

// refuse is try for what must be refused.
func (w *world) refuse(want error, op string, body proto.Message, signers ...string) {
	w.t.Helper()
	_, err := w.try(op, body, signers...)
	if err == nil || !errors.Is(err, want) {
		w.t.Errorf("%s: got %v, want %v", op, err, want)
	}
}

// facts lists what a commit says: "aggregate: Event Event".
func facts(c *chain.Commit) []string {
	var out []string
	for _, ch := range c.Changes {
		line := ch.Aggregate + ":"
		for _, e := range ch.Events {
			line += " " + e.Type[strings.LastIndexByte(e.Type, '.')+1:]
		}
		out = append(out, line)
	}
	return out
}

// again folds everything from the beginning and judges every command where it was judged: each must give the same bytes.
func (w *world) again() {
	w.t.Helper()
	state := decider.NewState(community.Model())
	for i, s := range w.log {
		if s.in == nil {
			if err := state.Apply(s.commit, s.commit.Time); err != nil {
				w.t.Fatal(err)
			}
			continue
		}
		verdict := state.Judge(s.in)
		if verdict.Err != nil {
			w.t.Fatalf("step %d is refused the second time: %v", i, verdict.Err)
		}
		encoded, err := verdict.Commit.Encode()
		if err != nil || !bytes.Equal(encoded, s.raw) {
			w.t.Fatalf("step %d, %s, comes out otherwise the second time", i, s.in.Signed.Operation)
		}
		if err := state.Apply(s.commit, s.in.Time); err != nil {
			w.t.Fatal(err)
		}
	}
	w.snapshot()
}

// snapshot folds everything as one block and takes the state through a snapshot: nothing may be lost.
func (w *world) snapshot() {
	w.t.Helper()
	block := &chain.Block{Sealed: chain.Sealed{Header: chain.Header{Count: uint32(len(w.log))}}}
	for _, s := range w.log {
		block.Commits = append(block.Commits, s.raw)
	}
	state := decider.NewState(community.Model())
	if err := state.ApplyBlock(block); err != nil {
		w.t.Fatal(err)
	}
	var raw bytes.Buffer
	if err := state.WriteSnapshot(&raw, "test"); err != nil {
		w.t.Fatal(err)
	}
	back, err := decider.LoadSnapshot(community.Model(), raw.Bytes(), "test")
	if err != nil {
		w.t.Fatal(err)
	}
	before, err := state.Digest()
	if err != nil {
		w.t.Fatal(err)
	}
	if after, err := back.Digest(); err != nil || after != before {
		w.t.Fatalf("a snapshot loses something: %v", err)
	}
}

// rulebook is a good one.
func rulebook(version uint32) *communityv1.Rulebook {
	return &communityv1.Rulebook{
		Version: version, OpenTopicsMax: 3, InviteSeconds: 3600,
		Matters: []*communityv1.Matter{{
			Code: "works", Title: "小区工程", ThresholdMembers: 3, ThresholdNumerator: 1, ThresholdDenominator: 20,
			DeliberationSeconds: 600,
			Poll: &communityv1.PollRules{
				Electorate: communityv1.Electorate_ELECTORATE_OWNERS, Method: communityv1.Method_METHOD_YES_NO,
				VotingSeconds: 60, KeyPublishSeconds: 60, ExecutionExpirySeconds: 60, ExecutionDelaySeconds: 5, VetoSeconds: 5,
				Requirements: []*communityv1.Requirement{{
					Measure: communityv1.Measure_MEASURE_AREA, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
					Numerator: 1, Denominator: 2, Strict: true,
				}},
			},
		}},
	}
}

// charter is a good founding: ann of the residents' committee and bob of the owners' committee.
func charter() *communityv1.Found {
	return &communityv1.Found{
		Suite: 1, Name: "韧邻示范社区", Rulebook: rulebook(1), EpochKey: public("epoch"), Nonce: bytes.Repeat([]byte{9}, 32),
		Orgs: []*communityv1.Org{
			{Id: id("residents"), Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "居委会"},
			{Id: id("owners"), Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "业委会"},
			{Id: id("street"), Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT, Name: "街道办"},
		},
		Founders: []*communityv1.Founder{
			{Member: id(ann), Org: id("residents"), Key: public(ann), Roles: []communityv1.Role{
				communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_CONVENER,
			}},
			{Member: id(bob), Org: id("owners"), Key: public(bob), Roles: []communityv1.Role{communityv1.Role_ROLE_OFFICER}},
		},
		Holders: []*communityv1.Holder{
			{Member: id(cat), Org: id("residents"), Key: public(cat), BoxKey: bytes.Repeat([]byte{1}, 32)},
			{Member: id(dan), Org: id("owners"), Key: public(dan), BoxKey: bytes.Repeat([]byte{2}, 32)},
		},
	}
}

// founded is a world after its founding.
func founded(t testing.TB) *world {
	w := newWorld(t)
	w.do(community.OpFound, charter(), ann, bob)
	return w
}

// admit has ann admit people; invited has bob invite them too; enrolled has them enrol a device.
func (w *world) admit(names ...string) *world {
	w.t.Helper()
	for _, n := range names {
		w.do(community.OpAdmitMember, &communityv1.AdmitMember{Member: id(n), Profile: text(n)}, ann)
	}
	return w
}

func (w *world) invited(names ...string) *world {
	w.t.Helper()
	w.admit(names...)
	body := &communityv1.InviteMembers{}
	for _, n := range names {
		body.Invites = append(body.Invites, &communityv1.Invite{Member: id(n), CodeKey: public(n + "code")})
	}
	w.do(community.OpInviteMembers, body, bob)
	return w
}

func (w *world) enrolled(names ...string) *world {
	w.t.Helper()
	w.invited(names...)
	for _, n := range names {
		w.do(community.OpEnrolKey, &communityv1.EnrolKey{Member: id(n), Key: public(n)}, n, n+"code")
	}
	return w
}

// officer makes somebody an officer of an organisation, on the word of ann and bob.
func (w *world) officer(name, org string) *world {
	w.t.Helper()
	w.do(community.OpGrantRole, &communityv1.GrantRole{Member: id(name), Role: communityv1.Role_ROLE_OFFICER, Org: id(org)}, ann, bob)
	return w
}
