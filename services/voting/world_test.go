package voting_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

// testing.T and rapid.T alike.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// errWindow is what the sequencer answers when block time is outside a commit's window.
var errWindow = errors.New("outside the commit's window")

// world is a community's record as the voting service folds it, with the other services' facts put in by hand.
type world struct {
	t       tester
	state   *decider.State
	now     int64
	lag     int64 // by how much a command is decided before it is written
	serial  int
	commits []*chain.Commit // all of them, in order
	heads   []*chain.Sealed // of the blocks, each of one commit
	keys    map[string][32]byte
	// withhold is an operation that the rules demand and nobody carries out.
	withhold string
}

// The people of every test: two key holders of different organisations, an officer, a convener; everybody else is made as needed.
const (
	holderOne, holderTwo, officer, convener = "holder-one", "holder-two", "officer", "convener"
	orgOne, orgTwo                          = "org-one", "org-two"
)

// id makes an opaque id of a name.
func id(name string) string {
	sum := sha256.Sum256([]byte(name))
	return chain.ShortID(sum[:])
}

// device is the key that a person of that name signs with.
func device(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("device of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func public(name string) []byte { return device(name).Public().(ed25519.PublicKey) }

// newWorld founds a community by one matter's rules.
func newWorld(t tester, matters ...*communityv1.Matter) *world {
	return emptyWorld(t, voting.Model()).founded(matters...)
}

// emptyWorld is one in which nothing has happened.
func emptyWorld(t tester, rules *decider.Model) *world {
	w := &world{t: t, state: decider.NewState(rules), now: 1_700_000_000_000, keys: map[string][32]byte{}}
	if test, ok := t.(testing.TB); ok {
		test.Cleanup(func() {
			if test.Failed() {
				return
			}
			// Few restarts: the keys and proofs of secret polls make large snapshots.
			if _, err := decidertest.Restart(rules, w.commits, w.heads, 4); err != nil {
				test.Error(err)
			}
		})
	}
	return w
}

func (w *world) founded(matters ...*communityv1.Matter) *world {
	t := w.t
	w.fact("community", decider.On("community/main", &communityv1.CommunityFounded{
		Suite: 1, Name: "test", EpochKey: public("sequencer"), Holders: []*communityv1.Holder{
			{Member: id(holderOne), Org: id(orgOne), Key: public(holderOne), BoxKey: publicOf(t, fixedKey(1))},
			{Member: id(holderTwo), Org: id(orgTwo), Key: public(holderTwo), BoxKey: publicOf(t, fixedKey(2))},
		},
	}, &chainv1.RulesActivated{Version: 1}))
	w.rulebook(matters...)
	w.admit(holderOne, holderTwo, officer, convener)
	w.role(holderOne, communityv1.Role_ROLE_KEY_HOLDER, orgOne)
	w.role(holderTwo, communityv1.Role_ROLE_KEY_HOLDER, orgTwo)
	w.role(officer, communityv1.Role_ROLE_OFFICER, orgOne)
	w.role(convener, communityv1.Role_ROLE_CONVENER, orgOne)
	return w
}

func (w *world) rulebook(matters ...*communityv1.Matter) {
	w.fact("community", decider.On("rulebook/main", &communityv1.RulebookAdopted{
		Rulebook: &communityv1.Rulebook{Version: 1, Matters: matters},
	}))
}

// fact puts another service's commit on the record.
func (w *world) fact(service string, changes ...decider.Change) {
	w.t.Helper()
	w.factBy(chain.AuthorDevice, service, changes...)
}

func (w *world) factBy(author chain.Author, service string, changes ...decider.Change) {
	w.t.Helper()
	w.serial++
	c := &chain.Commit{
		Author: author, Time: w.now, Service: service, Actor: id("somebody"),
		ID: sha256.Sum256([]byte("fact " + strconv.Itoa(w.serial))), Command: w.emptyCommand(),
	}
	for _, ch := range changes {
		change := chain.Change{Aggregate: ch.Aggregate, Version: w.state.Version(ch.Aggregate) + 1}
		for _, e := range ch.Events {
			change.Events = append(change.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: w.encode(e)})
		}
		c.Changes = append(c.Changes, change)
	}
	w.write(c)
}

func (w *world) emptyCommand() []byte {
	raw, err := (&chain.Signed{Operation: "community.fact", Contract: 1, Signatures: []chain.Signature{{Key: []byte{1}}}}).Encode(nil)
	if err != nil {
		w.t.Fatalf("encode command: %v", err)
	}
	return raw
}

func (w *world) encode(m proto.Message) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		w.t.Fatalf("encode: %v", err)
	}
	return b
}

// write folds a commit; block time is now.
func (w *world) write(c *chain.Commit) {
	w.t.Helper()
	if err := w.state.Apply(c, w.now); err != nil {
		w.t.Fatalf("fold: %v", err)
	}
	n := uint64(len(w.commits))
	w.heads = append(w.heads, &chain.Sealed{Header: chain.Header{Number: n, First: n, Count: 1, Time: w.now}})
	w.commits = append(w.commits, c)
}

// admit makes active members, each with a device.
func (w *world) admit(names ...string) {
	w.t.Helper()
	for _, n := range names {
		w.fact("community", decider.On("member/"+id(n), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
		w.enrol(n, n, false)
	}
}

func (w *world) enrol(member, dev string, hosted bool) {
	w.fact("community", decider.On("key/"+chain.KeyID(public(dev)), &communityv1.KeyEnrolled{
		Member: id(member), Key: public(dev), Hosted: hosted,
	}))
}

func (w *world) revoke(name string) {
	w.fact("community", decider.On("member/"+id(name), &communityv1.MemberRevoked{}))
}

func (w *world) role(name string, r communityv1.Role, org string) {
	w.fact("community", decider.On("member/"+id(name), &communityv1.RoleGranted{Role: r, Org: id(org)}))
}

// unit gives a member a flat.
func (w *world) unit(name, owner string, area int64) {
	w.fact("community", decider.On("unit/"+id(name),
		&communityv1.UnitRegistered{AreaCentiM2: area}, &communityv1.UnitAssigned{Owner: id(owner)}))
}

// unsold registers a flat that nobody owns.
func (w *world) unsold(name string, area int64) {
	w.fact("community", decider.On("unit/"+id(name), &communityv1.UnitRegistered{AreaCentiM2: area}))
}

// motion puts a motion; the poll that it demands is called by policy.
func (w *world) motion(name string, rules *communityv1.PollRules, q *proposalv1.Motion) string {
	w.t.Helper()
	w.fact("proposal", decider.On("motion/"+id(name), &proposalv1.MotionPut{Matter: "roof", Motion: q, Rules: rules}))
	w.settle()
	return chain.PolicyID("voting", "poll/"+id(name)).NewAggregate()
}

// send judges a command by a person's device, further ones signing too, as the service would.
func (w *world) send(operation string, body proto.Message, signers ...string) error {
	w.t.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		w.t.Fatalf("encode body: %v", err)
	}
	w.serial++
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: strconv.Itoa(w.serial),
		NotAfter: w.now + 60_000, Body: encoded,
	}
	for _, n := range signers {
		s.Signatures = append(s.Signatures, chain.Signature{Key: public(n), Sig: []byte("checked by the shell")})
	}
	return w.submit(s)
}

func (w *world) submit(s *chain.Signed) error {
	w.t.Helper()
	raw, err := s.Encode(nil)
	if err != nil {
		w.t.Fatalf("encode command: %v", err)
	}
	cmdID, err := s.ID(chain.AuthorDevice, "voting")
	if err != nil {
		w.t.Fatalf("name command: %v", err)
	}
	return w.judge(&decider.Input{Raw: raw, Signed: s, ID: cmdID, Time: w.now - w.lag})
}

// judge decides, holds the commit to its window as the sequencer does, passes it through its encoding, and folds it.
func (w *world) judge(in *decider.Input) error {
	w.t.Helper()
	v := w.state.Judge(in)
	if v.Err != nil {
		return v.Err
	}
	if w.now < v.Commit.WindowFrom || v.Commit.WindowUntil != 0 && w.now >= v.Commit.WindowUntil {
		return errWindow
	}
	encoded, err := v.Commit.Encode()
	if err != nil {
		w.t.Fatalf("encode commit: %v", err)
	}
	c, err := chain.DecodeCommit(bytes.Clone(encoded))
	if err != nil {
		w.t.Fatalf("decode commit: %v", err)
	}
	w.write(c)
	return nil
}

// settle does what the rules demand and is due.
func (w *world) settle() {
	w.t.Helper()
	due := func() []*decider.Owed {
		return slices.DeleteFunc(w.state.OwedNow(w.now), func(o *decider.Owed) bool { return o.Operation == w.withhold })
	}
	for owed := due(); len(owed) > 0; owed = due() {
		raw, signed, err := decider.PolicyCommand(owed[0], 1)
		if err != nil {
			w.t.Fatalf("encode policy: %v", err)
		}
		if err := w.judge(&decider.Input{Raw: raw, Signed: signed, ID: owed[0].ID, Time: w.now, Policy: true}); err != nil {
			w.t.Fatalf("policy refused: %v", err)
		}
	}
}

// wait lets time pass and settles.
func (w *world) wait(ms int64) {
	w.t.Helper()
	w.now += ms
	w.settle()
}

// open offers and holds the poll's key, so that it opens.
func (w *world) open(p string) {
	w.t.Helper()
	w.key(p)
	if w.poll(p).Roll == nil {
		w.t.Fatalf("the poll did not open")
	}
}

// key offers and holds the poll's key.
func (w *world) key(p string) {
	w.t.Helper()
	pub, priv, err := box.GenerateKey(rand.Reader)
	if err != nil {
		w.t.Fatalf("make key: %v", err)
	}
	w.keys[p] = *priv
	w.must(w.send("voting.offer_key", &votingv1.OfferKey{Poll: p, BoxKey: pub[:], Wrapped: make([]byte, poll.WrappedBytes)}, holderOne))
	w.must(w.send("voting.hold_key", &votingv1.HoldKey{Poll: p, BoxKey: pub[:]}, holderTwo))
	w.settle()
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("refused: %v", err)
	}
}

func (w *world) poll(p string) *poll.Poll {
	w.t.Helper()
	found := decider.Peek[poll.Poll](w.state, poll.Path(p))
	if found == nil {
		w.t.Fatalf("there is no such poll")
	}
	return found
}

// seal makes a voter's box.
func (w *world) seal(p, voter string, c *votingv1.Choice) []byte {
	w.t.Helper()
	b, err := ballot.Seal(rand.Reader, w.poll(p).BoxKey, p, id(voter), c)
	if err != nil {
		w.t.Fatalf("seal: %v", err)
	}
	return b
}

// vote casts a choice of options, signed by the voter and whoever else.
func (w *world) vote(p, voter string, options []uint32, with ...string) error {
	w.t.Helper()
	sealed := w.seal(p, voter, &votingv1.Choice{Options: options})
	return w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id(voter), Box: sealed}, append([]string{voter}, with...)...)
}

// count lets the poll run out, publishes the key and answers the tally.
func (w *world) count(p string) *votingv1.Tally {
	w.t.Helper()
	w.wait(max(0, w.poll(p).ClosesAt-w.now))
	key := w.keys[p]
	w.must(w.send("voting.publish_key", &votingv1.PublishKey{Poll: p, PrivateKey: key[:]}, holderTwo))
	w.settle()
	if w.poll(p).Tally == nil {
		w.t.Fatalf("the poll was not counted")
	}
	return w.poll(p).Tally
}

// events gives the last commit's events on an aggregate.
func (w *world) events(aggregate string) []proto.Message {
	w.t.Helper()
	var out []proto.Message
	for _, ch := range w.commits[len(w.commits)-1].Changes {
		for _, e := range ch.Events {
			m, err := decider.DecodeEvent(e)
			if err != nil {
				w.t.Fatalf("decode event: %v", err)
			}
			if ch.Aggregate == aggregate {
				out = append(out, m)
			}
		}
	}
	return out
}

// The rules that most tests use: half of the participants' heads, a third of all must take part.
func yesNo(electorate communityv1.Electorate) *communityv1.PollRules {
	return &communityv1.PollRules{
		Electorate: electorate, Method: communityv1.Method_METHOD_YES_NO, VotingSeconds: 60, KeyPublishSeconds: 30, ObjectionSeconds: 20,
		Requirements: []*communityv1.Requirement{
			{
				Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL,
				Numerator: 1, Denominator: 3, Quorum: true,
			},
			{
				Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS,
				Numerator: 1, Denominator: 2, Strict: true,
			},
		},
	}
}

var question = &proposalv1.Motion{Title: "Repair the roof", Text: "All of it."}

// Two of the three answers.
var (
	yes = []uint32{0}
	no  = []uint32{1}
)

// opened is a world with a yes/no poll of owners that is open, and the poll.
func opened(t *testing.T, owners ...string) (*world, string) {
	t.Helper()
	w := newWorld(t)
	w.admit(owners...)
	for _, n := range owners {
		w.unit("flat of "+n, n, 100_00)
	}
	p := w.motion("roof", yesNo(communityv1.Electorate_ELECTORATE_OWNERS), question)
	w.open(p)
	return w, p
}
