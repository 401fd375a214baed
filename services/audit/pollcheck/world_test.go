package pollcheck_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/audit/pollcheck"
)

// fact is one commit with one event, as a record of any service would hold it. No rule has written it, so it may say anything.
type fact struct {
	author    chain.Author
	actor     string
	key       []byte // who signed
	operation string
	time      int64
	until     int64
	aggregate string
	body      proto.Message
	hidden    bool
	cosigner  []byte
	also      *fact // a further event of the same commit, before it or behind, by its aggregate
}

// record is a list of facts.
type record struct {
	t     testing.TB
	facts []*fact
}

func (r *record) clone() *record {
	out := &record{t: r.t}
	for _, f := range r.facts {
		c := *f
		c.key, c.body = bytes.Clone(f.key), proto.Clone(f.body)
		if f.also != nil {
			c.also = &fact{aggregate: f.also.aggregate, body: proto.Clone(f.also.body)}
		}
		out.facts = append(out.facts, &c)
	}
	return out
}

// commit encodes a fact; nil if it is withheld.
func (f *fact) commit(t testing.TB, i int) []byte {
	t.Helper()
	if f.hidden {
		return nil
	}
	event, err := proto.MarshalOptions{Deterministic: true}.Marshal(f.body)
	must(t, err)
	signed := &chain.Signed{Suite: chain.SuiteNone, Operation: f.operation, Contract: 1, IdempotencyKey: fmt.Sprint(i), Body: []byte("{}")}
	if f.key != nil {
		signed.Suite, signed.Signatures = chain.SuiteIntl, []chain.Signature{{Key: f.key, Sig: make([]byte, 64)}}
	}
	if f.cosigner != nil {
		signed.Signatures = append(signed.Signatures, chain.Signature{Key: f.cosigner, Sig: make([]byte, 64)})
	}
	command, err := signed.Encode(nil)
	must(t, err)
	c := &chain.Commit{
		Author: f.author, Time: f.time, Rules: 1, Service: "voting", Actor: f.actor, Command: command, WindowUntil: f.until,
		Changes: []chain.Change{{Aggregate: f.aggregate, Version: 1, Events: []chain.Event{{
			Type: string(f.body.ProtoReflect().Descriptor().FullName()), Body: event,
		}}}},
	}
	if f.also != nil {
		event, err := proto.MarshalOptions{Deterministic: true}.Marshal(f.also.body)
		must(t, err)
		place := 0
		if f.also.aggregate > f.aggregate {
			place = 1
		}
		c.Changes = slices.Insert(c.Changes, place, chain.Change{Aggregate: f.also.aggregate, Version: 1, Events: []chain.Event{{
			Type: string(f.also.body.ProtoReflect().Descriptor().FullName()), Body: event,
		}}})
	}
	raw, err := c.Encode()
	must(t, err)
	return raw
}

// check runs the checker over the record.
func (r *record) check() *pollcheck.Report {
	r.t.Helper()
	c := pollcheck.New(nil)
	for i, f := range r.facts {
		c.Add(uint64(i), f.commit(r.t, i))
		c.Block(uint64(i), 1, blockHash(i))
	}
	return c.Report()
}

// blockHash is that of the block that holds a fact alone.
func blockHash(i int) chain.Hash { return sha256.Sum256(fmt.Append(nil, "block ", i)) }

// find gives the n-th fact whose event is of a type; a negative n counts from the last.
func find[M proto.Message](r *record, n int) (*fact, M) {
	r.t.Helper()
	var list []*fact
	for _, f := range r.facts {
		if _, ok := f.body.(M); ok {
			list = append(list, f)
		}
	}
	if n < 0 {
		n += len(list)
	}
	if n < 0 || n >= len(list) {
		r.t.Fatalf("no such fact")
	}
	return list[n], list[n].body.(M)
}

// insert puts a fact behind another.
func (r *record) insert(after *fact, f *fact) {
	r.facts = slices.Insert(r.facts, slices.Index(r.facts, after)+1, f)
}

func (r *record) remove(f *fact) {
	i := slices.Index(r.facts, f)
	r.facts = slices.Delete(r.facts, i, i+1)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// voters own one flat each; the areas are of two sizes.
var voters = []string{"ann", "ben", "cai", "dan", "eva", "fay", "gus"}

func areaOf(voter string) int64 {
	if slices.Index(voters, voter)%2 == 0 {
		return 9000
	}
	return 7000
}

const pollSeconds = 600

// world writes a record and knows every secret in it.
type world struct {
	*record
	now    int64
	rand   *rand.ChaCha8
	id     string
	long   []*trustee.Key
	list   []*communityv1.Trustee
	terms  *trustee.Ceremony
	seal   *trustee.Seal
	shares []*trustee.Share
	nonces [][]byte
	roll   *votingv1.Roll
	rules  *communityv1.PollRules
	opened *votingv1.PollOpened
	failed uint32 // rounds
}

func newWorld(t testing.TB, name string) *world {
	w := &world{
		record: &record{t: t}, now: 1_700_000_000_000, id: forge.ID("poll " + name),
		rand: rand.NewChaCha8(sha256.Sum256([]byte("chance of " + name))),
	}
	w.by(chain.AuthorGenesis, "", nil, "org/"+forge.ID("residents"), &communityv1.OrgAdmitted{})
	w.by(chain.AuthorGenesis, "", nil, "member/"+forge.ID("founder"), &communityv1.MemberAdmitted{})
	for _, v := range voters {
		w.by(chain.AuthorDevice, forge.ID("founder"), forge.Public("founder"), "member/"+forge.ID(v), &communityv1.MemberAdmitted{})
		unit := "unit/" + forge.ID("flat of "+v)
		w.by(chain.AuthorDevice, forge.ID("founder"), forge.Public("founder"), unit, &communityv1.UnitRegistered{AreaCentiM2: areaOf(v)})
		w.by(chain.AuthorDevice, forge.ID("founder"), forge.Public("founder"), unit, &communityv1.UnitAssigned{Owner: forge.ID(v)})
	}
	for i, org := range []string{"residents", "owners", "auditors"} {
		key, err := trustee.NewKey(w.rand)
		must(t, err)
		w.long = append(w.long, key)
		w.list = append(w.list, &communityv1.Trustee{
			Member: forge.ID(fmt.Sprint("trustee ", i+1)), Org: forge.ID(org), TrusteeKey: key.Public().Bytes(),
		})
	}
	w.by(chain.AuthorDevice, forge.ID("founder"), forge.Public("founder"), "trustees/main", &communityv1.TrusteesAppointed{Trustees: w.list})
	w.by(chain.AuthorDevice, forge.ID("founder"), forge.Public("founder"), "registrar/main",
		&communityv1.RegistrarAppointed{Registrar: registrar()})
	return w
}

func registrar() *communityv1.Registrar {
	return &communityv1.Registrar{
		Member: forge.ID("registrar"), Org: forge.ID("street"), Key: forge.Public("registrar"), BoxKey: bytes.Repeat([]byte{3}, 32),
	}
}

// by writes a fact, a second after the one before.
func (w *world) by(author chain.Author, actor string, key ed25519.PublicKey, aggregate string, body proto.Message) *fact {
	w.now += 1000
	f := &fact{author: author, actor: actor, key: key, operation: "some.thing", time: w.now, aggregate: aggregate, body: body}
	switch body.(type) {
	case *votingv1.BallotCast, *votingv1.SecretBallotCast, *votingv1.SecretBallotChallenged:
		f.until = w.opened.GetClosesAt()
	}
	w.facts = append(w.facts, f)
	return f
}

// rule writes what a policy demanded, on the poll itself.
func (w *world) rule(body proto.Message) *fact {
	return w.by(chain.AuthorPolicy, "", nil, "poll/"+w.id, body)
}

// says writes what a trustee says.
func (w *world) says(n int, body proto.Message) *fact {
	name := fmt.Sprint("trustee ", n)
	return w.by(chain.AuthorDevice, forge.ID(name), forge.Public(name), "poll/"+w.id, body)
}

// silent is a first round in which the third trustee says nothing, so that two are left.
func (w *world) silent() {
	begun := &votingv1.CeremonyBegun{Round: 1, Trustees: w.list, Threshold: 2, AnswersBy: w.now + 3_600_000}
	begun.Context = contextOf(w.id, begun)
	w.rule(begun)
	terms := &trustee.Ceremony{Context: [32]byte(begun.GetContext()), Purpose: trustee.Open, Threshold: 2}
	for _, key := range w.long {
		terms.Keys = append(terms.Keys, key.Public())
	}
	for n := 1; n <= 2; n++ {
		d, err := trustee.NewDealer(terms, w.long[n-1])
		must(w.t, err)
		commit, err := d.Commit()
		must(w.t, err)
		promise := sha256.Sum256(fmt.Append(nil, "a promise of ", n))
		w.says(n, &votingv1.KeyPartAdded{Round: 1, Trustee: uint32(n), Message: commit.Bytes(), NonceCommitment: promise[:]})
	}
	w.now = begun.GetAnswersBy()
	w.rule(&votingv1.CeremonyFailed{Round: 1, Trustees: []uint32{3}, Reason: "trustees.silent"})
	w.list, w.long, w.failed = w.list[:2], w.long[:2], 1
}

// ceremony makes the key, two of three, or of those who are left.
func (w *world) ceremony() {
	round := w.failed + 1
	purpose := trustee.Secret
	if w.rules.GetSecrecy().GetSecrecy() == communityv1.Secrecy_SECRECY_OPEN {
		purpose = trustee.Open
	}
	begun := &votingv1.CeremonyBegun{Round: round, Trustees: w.list, Threshold: 2, AnswersBy: w.now + 3_600_000}
	begun.Context = contextOf(w.id, begun)
	w.rule(begun)
	w.terms = &trustee.Ceremony{Context: [32]byte(begun.GetContext()), Purpose: purpose, Threshold: 2}
	for _, key := range w.long {
		w.terms.Keys = append(w.terms.Keys, key.Public())
	}
	r, err := trustee.NewRecord(w.terms)
	must(w.t, err)
	say := func(n int, m interface{ Bytes() []byte }, promise []byte) {
		_, err := r.Add(m.Bytes())
		must(w.t, err)
		w.says(n, &votingv1.KeyPartAdded{Round: round, Trustee: uint32(n), Message: m.Bytes(), NonceCommitment: promise})
	}
	var dealers []*trustee.Dealer
	for i, key := range w.long {
		d, err := trustee.NewDealer(w.terms, key)
		must(w.t, err)
		commit, err := d.Commit()
		must(w.t, err)
		nonce := sha256.Sum256(fmt.Append(nil, w.id, "nonce of ", i+1))
		promise := sha256.Sum256(append([]byte("renlin/tie-nonce/1\n"), nonce[:]...))
		dealers, w.nonces = append(dealers, d), append(w.nonces, nonce[:])
		say(i+1, commit, promise[:])
	}
	for i, d := range dealers {
		reveal, err := d.Reveal()
		must(w.t, err)
		say(i+1, reveal, nil)
	}
	for i, d := range dealers {
		deal, err := d.Deal()
		must(w.t, err)
		say(i+1, deal, nil)
	}
	for i, key := range w.long {
		share, complaint, err := trustee.Receive(w.rand, r, key)
		must(w.t, err)
		if complaint != nil {
			w.t.Fatal("a complaint")
		}
		ack, err := share.Ack(w.rand, r)
		must(w.t, err)
		w.shares = append(w.shares, share)
		say(i+1, ack, nil)
	}
	w.seal, err = r.Seal()
	must(w.t, err)
	w.rule(&votingv1.PollKeySealed{Seal: w.seal.Bytes(), BoxKey: w.seal.BoxKey[:]})
	w.sealRoll()
}

// contextOf is docs/format.md's, a third time.
func contextOf(id string, b *votingv1.CeremonyBegun) []byte {
	str := func(h []byte, s string) []byte { return append(append(h, 0, byte(len(s))), s...) }
	h := append([]byte("renlin/ceremony/1\n"), byte(b.GetRound()), byte(b.GetThreshold()), byte(len(b.GetTrustees())))
	h = str(h, id)
	for _, t := range b.GetTrustees() {
		h = append(str(str(h, t.GetMember()), t.GetOrg()), t.GetTrusteeKey()...)
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(h, uint64(b.GetAnswersBy())))
	return sum[:]
}

// sealRoll writes the roll down as docs/format.md has it: every voter, one head, one flat.
func (w *world) sealRoll() {
	w.roll = &votingv1.Roll{Position: uint64(len(w.facts))}
	ids := map[string]string{}
	var sorted []string
	for _, v := range voters {
		ids[forge.ID(v)] = v
		sorted = append(sorted, forge.ID(v))
	}
	slices.Sort(sorted)
	var leaves []chain.Hash
	for _, id := range sorted {
		v := ids[id]
		unit := forge.ID("flat of " + v)
		h := append([]byte("renlin/roll/2\n\x00\x1a"), id...)
		h = binary.BigEndian.AppendUint64(h, 1)
		h = binary.BigEndian.AppendUint64(h, uint64(areaOf(v)))
		h = append(h, 0, 0, 0, 1, 0, 26)
		h = binary.BigEndian.AppendUint64(append(h, unit...), uint64(areaOf(v)))
		leaves = append(leaves, chain.LeafHash(sha256.Sum256(h)))
		w.roll.Voters++
		w.roll.Heads++
		w.roll.AreaCentiM2 += areaOf(v)
	}
	root := chain.RootOfLeaves(leaves)
	w.roll.Root, w.roll.AllHeads, w.roll.AllAreaCentiM2 = root[:], w.roll.GetHeads(), w.roll.GetAreaCentiM2()
}

// requirement is a share of a measure.
func requirement(
	m communityv1.Measure, of communityv1.Of, base communityv1.Base, num, den int64, strict, quorum bool,
) *communityv1.Requirement {
	return &communityv1.Requirement{Measure: m, Of: of, Base: base, Numerator: num, Denominator: den, Strict: strict, Quorum: quorum}
}

const (
	heads = communityv1.Measure_MEASURE_HEADS
	area  = communityv1.Measure_MEASURE_AREA
)

// rulesOf are a poll's: a quorum of half the area, and a majority of heads and area where a question is asked with yes or no.
func rulesOf(level communityv1.Secrecy, method communityv1.Method) *communityv1.PollRules {
	r := &communityv1.PollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: method, VotingSeconds: pollSeconds, KeyPublishSeconds: 60,
		ObjectionSeconds: 60, OpenWithinSeconds: 36_000,
		Requirements: []*communityv1.Requirement{
			requirement(area, communityv1.Of_OF_PARTICIPANTS, communityv1.Base_BASE_ALL, 1, 2, false, true),
		},
	}
	if level > communityv1.Secrecy_SECRECY_UNSPECIFIED {
		r.Secrecy = &communityv1.SecrecyRules{Secrecy: level, TrusteesMin: 2, AnonymityMin: 2, RegisterSeconds: 60, ContestSeconds: 60}
	}
	if method == communityv1.Method_METHOD_YES_NO {
		r.Requirements = append(r.Requirements,
			requirement(heads, communityv1.Of_OF_YES, communityv1.Base_BASE_PARTICIPANTS, 1, 2, true, false),
			requirement(area, communityv1.Of_OF_YES, communityv1.Base_BASE_PARTICIPANTS, 1, 2, true, false))
	}
	return r
}
