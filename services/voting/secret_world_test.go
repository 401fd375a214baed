package voting_test

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// seat is a credential on the roster of a secret poll, by whom the test thinks of as its voter.
type seat struct {
	name        string
	heads, area int64
}

// booth is a world with a secret poll that is open. How it came to that is put on the record by hand; what follows is the rules' own.
type booth struct {
	*world
	id       string
	election *secretballot.Election
	next     map[string]uint64 // by credential: how many ballots it has sent
	blank    []int64           // a choice that is allowed
}

// urn is a key of secret polls, made by one trustee: the test's own, by which it opens what nobody else may.
type urn struct {
	key      *keys.Key
	ceremony *keys.Ceremony
	seal     *keys.Seal
	share    *keys.Share
}

var theUrn = sync.OnceValues(newUrn)

func newUrn() (*urn, error) {
	key, err := keys.NewKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	terms := &keys.Ceremony{Context: sha256.Sum256([]byte("urn")), Purpose: keys.Secret, Threshold: 1}
	terms.Keys = append(terms.Keys, key.Public())
	record, err := keys.NewRecord(terms)
	if err != nil {
		return nil, err
	}
	dealer, err := keys.NewDealer(terms, key)
	if err != nil {
		return nil, err
	}
	for _, say := range []func() ([]byte, error){
		func() ([]byte, error) { m, err := dealer.Commit(); return m.Bytes(), err },
		func() ([]byte, error) { m, err := dealer.Reveal(); return m.Bytes(), err },
		func() ([]byte, error) { m, err := dealer.Deal(); return m.Bytes(), err },
	} {
		m, err := say()
		if err != nil {
			return nil, err
		}
		if _, err := record.Add(m); err != nil {
			return nil, err
		}
	}
	share, _, err := keys.Receive(rand.Reader, record, key)
	if err != nil {
		return nil, err
	}
	ack, err := share.Ack(rand.Reader, record)
	if err != nil {
		return nil, err
	}
	if _, err := record.Add(ack.Bytes()); err != nil {
		return nil, err
	}
	seal, err := record.Seal()
	return &urn{key: key, ceremony: terms, seal: seal, share: share}, err
}

// secretRules are those of a yes/no poll of a level: a third of all heads must take part, more than half of their heads and area say yes.
func secretRules(level communityv1.Secrecy) *communityv1.PollRules {
	r := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	r.Requirements = append(r.Requirements, &communityv1.Requirement{
		Measure: communityv1.Measure_MEASURE_AREA, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
		Numerator: 1, Denominator: 2, Strict: true,
	})
	r.Secrecy = &communityv1.SecrecyRules{
		Secrecy: level, TrusteesMin: 1, RegisterSeconds: 60, ContestSeconds: 60, IntervalWidth: 5, AnonymityMin: 1,
	}
	return r
}

// called puts a poll on the record up to its sealed roster.
func called(t tester, rules *communityv1.PollRules, q *proposalv1.Motion, seats ...seat) *booth {
	t.Helper()
	u, err := theUrn()
	if err != nil {
		t.Fatalf("make key: %v", err)
	}
	b := &booth{world: newWorld(t), id: id("secret poll"), next: map[string]uint64{}}
	path := poll.Path(b.id)
	b.fact("voting", decider.On(path, &votingv1.PollCalled{Matter: "roof", Question: q, Rules: rules}))
	b.fact("voting", decider.On(path, &votingv1.CeremonyBegun{
		Round: 1, Threshold: 1, AnswersBy: b.now + 1000, Context: fixedKey(1),
		Trustees: []*communityv1.Trustee{{Member: id(holderOne), Org: id(orgOne), TrusteeKey: u.key.Public().Bytes()}},
	}))
	b.fact("voting", decider.On(path, &votingv1.PollKeySealed{Seal: u.seal.Bytes(), BoxKey: u.seal.BoxKey[:]}))
	b.fact("voting", decider.On(path, &votingv1.RegistrationBegun{Roll: rollOf(seats), EndsAt: b.now}))
	listed := &votingv1.CredentialsListed{}
	for _, s := range seats {
		listed.Rows = append(listed.Rows, &votingv1.CredentialRow{Key: public(s.name), Heads: s.heads, AreaCentiM2: s.area})
	}
	slices.SortFunc(listed.Rows, func(x, y *votingv1.CredentialRow) int { return slices.Compare(x.GetKey(), y.GetKey()) })
	b.fact("voting", decider.On(path, listed, &votingv1.RosterSealed{
		Root: fixedKey(2), Credentials: uint32(len(seats)), ContestedUntil: b.now,
	}))
	return b
}

// rollOf is a roll of just those who have a credential, with a tenth more of everything that has no vote.
func rollOf(seats []seat) *votingv1.Roll {
	roll := &votingv1.Roll{Root: fixedKey(3), Voters: uint32(len(seats)), Position: 1}
	for _, s := range seats {
		roll.Heads, roll.AreaCentiM2 = roll.Heads+s.heads, roll.AreaCentiM2+s.area
	}
	roll.AllHeads, roll.AllAreaCentiM2 = roll.Heads+roll.Heads/10, roll.AreaCentiM2+roll.AreaCentiM2/10
	return roll
}

// openBooth is a poll that is open for a minute.
func openBooth(t tester, rules *communityv1.PollRules, q *proposalv1.Motion, seats ...seat) *booth {
	t.Helper()
	b := called(t, rules, q, seats...)
	b.openFor(60_000, seats, shapeFor(t, rules, q))
	return b
}

func (b *booth) openFor(ms int64, seats []seat, shape secretballot.Shape) {
	b.t.Helper()
	u, _ := theUrn()
	election := sha256.Sum256([]byte("election"))
	b.fact("voting", decider.On(poll.Path(b.id), &votingv1.PollOpened{
		Roll: rollOf(seats), OpenedAt: b.now, ClosesAt: b.now + ms, Election: election[:],
	}))
	b.blank = make([]int64, len(shape.Selections))
	b.blank[0] = 1
	var err error
	if b.election, err = secretballot.NewElection(election, u.seal.Key.Bytes(), shape); err != nil {
		b.t.Fatalf("make election: %v", err)
	}
}

func shapeFor(t tester, rules *communityv1.PollRules, q *proposalv1.Motion) secretballot.Shape {
	shape, err := secretballot.Approval(3, 1, 1)
	if rules.GetMethod() == communityv1.Method_METHOD_APPROVAL {
		shape, err = secretballot.Approval(len(q.GetOptions()), 0, len(q.GetOptions()))
	}
	if err != nil {
		t.Fatalf("make shape: %v", err)
	}
	return shape
}

// choice is the selections of a yes/no ballot.
func choice(answer int) []int64 {
	c := make([]int64, 3)
	c[answer] = 1
	return c
}

// encrypt makes a ballot of a credential and what opens it.
func (b *booth) encrypt(name string, sequence uint64, choice ...int64) (ballot, opening []byte) {
	b.t.Helper()
	voter := secretballot.Voter{Pseudonym: [32]byte(public(name)), Sequence: sequence}
	ballot, open, err := b.election.Encrypt(rand.Reader, voter, choice)
	if err != nil {
		b.t.Fatalf("encrypt: %v", err)
	}
	return ballot, open.Bytes()
}

// cast has a credential cast its next ballot.
func (b *booth) cast(name string, choice ...int64) error {
	b.t.Helper()
	ballot, _ := b.encrypt(name, b.next[name]+1, choice...)
	err := b.send("voting.cast_secret", &votingv1.CastSecret{Poll: b.id, Sequence: b.next[name] + 1, Ballot: ballot}, name)
	if err == nil {
		b.next[name]++
	}
	return err
}

// challenge has a credential make its next ballot, and open it.
func (b *booth) challenge(name string, choice ...int64) error {
	b.t.Helper()
	ballot, opening := b.encrypt(name, b.next[name]+1, choice...)
	err := b.send("voting.challenge_ballot", &votingv1.ChallengeBallot{
		Poll: b.id, Sequence: b.next[name] + 1, Ballot: ballot, Opening: opening,
	}, name)
	if err == nil {
		b.next[name]++
	}
	return err
}

// carryOut does what the rules demand of some operations, and nothing else of what is owed.
func (b *booth) carryOut(operations ...string) {
	b.t.Helper()
	for _, o := range b.state.OwedNow(b.now) {
		if !slices.Contains(operations, o.Operation) {
			continue
		}
		raw, signed, err := decider.PolicyCommand(o, 1)
		if err != nil {
			b.t.Fatalf("encode policy: %v", err)
		}
		if err := b.judge(&decider.Input{Raw: raw, Signed: signed, ID: o.ID, Time: b.now, Policy: true}); err != nil {
			b.t.Fatalf("policy refused: %v", err)
		}
	}
}

// close lets the poll run out and answers what is to be opened.
func (b *booth) close() *votingv1.EncryptedTally {
	b.t.Helper()
	b.now = max(b.now, b.poll(b.id).ClosesAt)
	b.carryOut("voting.close")
	b.carryOut("voting.record_encrypted_tally")
	out := b.poll(b.id).Secret.Encrypted
	if out == nil {
		b.t.Fatalf("the ballots were not added up")
	}
	return out
}

// decrypt opens the sums by the test's own key.
func (b *booth) decrypt(totals []*votingv1.EncryptedTotal) []int64 {
	b.t.Helper()
	u, _ := theUrn()
	sums := &keys.Sums{Election: sha256.Sum256([]byte("election"))}
	most := int64(1)
	for _, total := range totals {
		sums.List = append(sums.List, b.sum(total.GetSum()))
		most = max(most, total.GetBound())
	}
	part, err := u.share.Decrypt(rand.Reader, u.seal, sums)
	if err != nil {
		b.t.Fatalf("decrypt: %v", err)
	}
	opened, err := keys.Combine(u.seal, sums, []*keys.Partial{part})
	if err != nil {
		b.t.Fatalf("combine: %v", err)
	}
	search, err := secretballot.NewTotals(most)
	if err != nil {
		b.t.Fatalf("prepare totals: %v", err)
	}
	var out []int64
	for _, hidden := range opened.Values {
		n, err := search.Find(hidden)
		if err != nil {
			b.t.Fatalf("find total: %v", err)
		}
		out = append(out, n)
	}
	return out
}

// sum reads a sum's bytes, as the first ciphertext of a ballot whose proofs nobody looks at.
func (b *booth) sum(raw []byte) secretballot.Ciphertext {
	b.t.Helper()
	ballot, _ := b.encrypt("somebody", 1, b.blank...)
	filled, err := b.election.Decode(slices.Concat(ballot[:1], raw, ballot[1+len(raw):]))
	if err != nil {
		b.t.Fatalf("read sum: %v", err)
	}
	return filled.Ciphertexts()[0]
}

// credentialPath is the aggregate of a credential's ballots.
func (b *booth) credentialPath(name string) string { return poll.SecretBallotPath(b.id, public(name)) }

// lastCommit is the newest commit of the record.
func (w *world) lastCommit() *chain.Commit { return w.commits[len(w.commits)-1] }

// input is a command as the service judges it.
func (w *world) input(operation string, body proto.Message, signer string) *decider.Input {
	w.t.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		w.t.Fatalf("encode body: %v", err)
	}
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: "input", NotAfter: w.now + 60_000, Body: encoded,
		Signatures: []chain.Signature{{Key: public(signer), Sig: []byte("checked by the shell")}},
	}
	raw, err := s.Encode(nil)
	if err != nil {
		w.t.Fatalf("encode command: %v", err)
	}
	return &decider.Input{Raw: raw, Signed: s, Time: w.now}
}
