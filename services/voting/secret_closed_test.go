package voting_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

// closed is a secret poll that is closed: a council of three, any two of whom open it, and ballots of which the test knows what is in them.
// What comes before is put on the record by hand, and of what the rules demand only what is named is done.
type closed struct {
	*council
	id       string
	rules    *communityv1.PollRules
	shape    secretballot.Shape
	election *secretballot.Election
	rows     []poll.Row
	early    string // what a trustee is answered before the close
}

// secretBallot is a voter's weight and choice; nil for one who did not vote.
type secretBallot struct {
	area   int64
	choice []int64
}

// The three ballots of yes-or-no, by so many flats.
func votes(yes, no, abstain int, area int64) (out []secretBallot) {
	for i, n := range []int{yes, no, abstain} {
		choice := make([]int64, 3)
		choice[i] = 1
		out = append(out, slices.Repeat([]secretBallot{{area, choice}}, n)...)
	}
	return out
}

// closedRules are those of a secret poll on yes or no: of those who take part half the heads and half the area, and a third must take part.
func closedRules(level communityv1.Secrecy) *communityv1.PollRules {
	r := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	r.OpenWithinSeconds = 400
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: level, TrusteesMin: 2, IntervalWidth: 5, AnonymityMin: 3}
	ofArea := proto.CloneOf(r.Requirements[1])
	ofArea.Measure = communityv1.Measure_MEASURE_AREA
	r.Requirements = append(r.Requirements, ofArea)
	return r
}

// secretBench is a bench that does no more of what the rules demand than comes after the poll's key, and may be told other ballots.
type secretBench struct {
	bench
	told func([]trustee.Row) []trustee.Row
	poll func(*trustee.Poll)
}

func (b *secretBench) Ceremonies(ctx context.Context) ([]trustee.Poll, error) {
	polls, err := b.bench.Ceremonies(ctx)
	for i := range polls {
		if b.poll != nil && polls[i].Poll != nil {
			polls[i].Poll = copied(polls[i].Poll)
			b.poll(&polls[i])
		}
	}
	return polls, err
}

// copied is a poll that may be changed in what is secret of it.
func copied(p *poll.Poll) *poll.Poll {
	out, s := *p, *p.Secret
	s.Encrypted = proto.CloneOf(s.Encrypted)
	out.Secret, out.Rules = &s, proto.CloneOf(p.Rules)
	return &out
}

func (b *secretBench) Ballots(ctx context.Context, p string) ([]trustee.Row, error) {
	rows, err := b.bench.Ballots(ctx, p)
	if b.told != nil {
		rows = b.told(rows)
	}
	return rows, err
}

func (b *secretBench) Command(_ context.Context, operation string, body proto.Message) error {
	b.sent = append(b.sent, body)
	err := b.w.send(operation, body, b.name)
	b.w.only("voting.begin_ceremony", "voting.seal_poll_key", "voting.record_tally")
	return err
}

// only does of what is due what is named.
func (w *world) only(operations ...string) {
	w.t.Helper()
	for done := true; done; {
		done = false
		for _, owed := range w.state.OwedNow(w.now) {
			if !slices.Contains(operations, owed.Operation) {
				continue
			}
			raw, signed, err := decider.PolicyCommand(owed, 1)
			if err != nil {
				w.t.Fatalf("encode policy: %v", err)
			}
			if err := w.judge(&decider.Input{Raw: raw, Signed: signed, ID: owed.ID, Time: w.now, Policy: true}); err != nil {
				w.t.Fatalf("policy refused: %v", err)
			}
			done = true
			break
		}
	}
}

// newClosed holds a poll up to its close.
func newClosed(
	t *testing.T, rules *communityv1.PollRules, q *proposalv1.Motion, shape secretballot.Shape, ballots ...secretBallot,
) *closed {
	t.Helper()
	c := &closed{council: newCouncil(t, "t1", "t2", "t3"), id: id("secret poll"), rules: rules, shape: shape}
	for i, a := range c.agents {
		a.Record = &secretBench{bench: bench{w: c.world, name: c.names[i]}}
	}
	c.put(&votingv1.PollCalled{Matter: "roof", Question: q, Rules: rules, Motion: id("a motion"), OpensBy: c.now + 400_000})
	c.only("voting.begin_ceremony")
	c.step(t, 0, 1, 2)
	if len(c.poll(c.id).Ceremony.Seal) == 0 {
		t.Fatal("there is no key")
	}
	c.register(t, q, ballots)
	for i, b := range ballots {
		if b.choice == nil {
			continue
		}
		raw, _, err := c.election.Encrypt(rand.Reader, secretballot.Voter{Pseudonym: [32]byte(c.rows[i].Key), Sequence: 1}, b.choice)
		if err != nil {
			t.Fatal(err)
		}
		c.rows[i].Ballot, c.rows[i].Sequence = raw, 1
		c.fact(voting.Name, decider.On(poll.SecretBallotPath(c.id, c.rows[i].Key), &votingv1.SecretBallotCast{
			Key: c.rows[i].Key, Sequence: 1, Ballot: raw,
		}))
	}
	c.early = code(c.send("voting.decrypt_totals", &votingv1.DecryptTotals{Poll: c.id}, "t1"))
	c.now += 60_000
	c.put(&votingv1.PollClosed{Ballots: uint32(c.cast())})
	return c
}

func (c *closed) put(events ...proto.Message) {
	c.t.Helper()
	c.fact(voting.Name, decider.On(poll.Path(c.id), events...))
}

// register puts roster and opening on the record.
func (c *closed) register(t *testing.T, q *proposalv1.Motion, ballots []secretBallot) {
	t.Helper()
	roll := &votingv1.Roll{Root: fixedKey(1), Voters: uint32(len(ballots)), Heads: int64(len(ballots)), AllHeads: int64(len(ballots))}
	var listed []*votingv1.CredentialRow
	for i, b := range ballots {
		row := poll.Row{Credential: poll.Credential{Key: append([]byte{byte(i + 1)}, make([]byte, 31)...)}}
		row.Weight.Heads, row.Weight.Area = 1, b.area
		roll.AreaCentiM2, roll.AllAreaCentiM2 = roll.AreaCentiM2+b.area, roll.AllAreaCentiM2+b.area
		c.rows = append(c.rows, row)
		listed = append(listed, &votingv1.CredentialRow{Key: row.Key, Heads: 1, AreaCentiM2: b.area})
	}
	root := rootOf(c.rows)
	election := electionOf(t, c.id, q, c.rules, roll, root, c.poll(c.id).Ceremony.Seal)
	c.put(&votingv1.RegistrationBegun{Roll: roll, EndsAt: c.now}, &votingv1.CredentialsListed{Rows: listed},
		&votingv1.RosterSealed{Root: root, Credentials: uint32(len(listed))},
		&votingv1.PollOpened{Roll: roll, OpenedAt: c.now, ClosesAt: c.now + 60_000, Election: election[:]})
	var err error
	if c.election, err = secretballot.NewElection(election, c.keyOf(t), c.shape); err != nil {
		t.Fatal(err)
	}
}

// keyOf is what ballots are encrypted to: the key that follows the numbers at the seal's beginning.
func (c *closed) keyOf(t *testing.T) []byte {
	t.Helper()
	return c.poll(c.id).Ceremony.Seal[3+3+32:][:32]
}

func (c *closed) cast() (n int) {
	for _, r := range c.rows {
		if len(r.Ballot) > 0 {
			n++
		}
	}
	return n
}

// rootOf and electionOf are docs/format.md's once more, by hand.
func rootOf(rows []poll.Row) []byte {
	var leaves []chain.Hash
	for _, r := range rows {
		b := append([]byte("renlin/roster/1\n"), r.Key...)
		for _, n := range []int64{r.Weight.Heads, r.Weight.Area, r.Weight.Households, r.Weight.Classes} {
			b = binary.BigEndian.AppendUint64(b, uint64(n))
		}
		leaves = append(leaves, chain.LeafHash(sha256.Sum256(b)))
	}
	root := chain.RootOfLeaves(leaves)
	return root[:]
}

func electionOf(
	t *testing.T, id string, q *proposalv1.Motion, r *communityv1.PollRules, roll *votingv1.Roll, root, seal []byte,
) [32]byte {
	t.Helper()
	h := append([]byte("renlin/election/1\n"), binary.BigEndian.AppendUint16(nil, uint16(len(id)))...)
	h = append(h, id...)
	for _, m := range []proto.Message{q, r, roll} {
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		h = append(h, sum[:]...)
	}
	return sha256.Sum256(bytes.Join([][]byte{h, root, seal}, nil))
}

// tallied puts the encrypted sums on the record: of all options, or of yes with thresholds in heads and in area.
func (c *closed) tallied(t *testing.T, level communityv1.Secrecy, ofHeads, ofArea []int64) *votingv1.EncryptedTally {
	t.Helper()
	e := c.sums(t, level, ofHeads, ofArea)
	c.put(&votingv1.EncryptedTallyRecorded{Tally: e})
	c.only("voting.record_tally")
	return e
}

func (c *closed) sums(t *testing.T, level communityv1.Secrecy, ofHeads, ofArea []int64) *votingv1.EncryptedTally {
	t.Helper()
	e := &votingv1.EncryptedTally{Secrecy: level, Ballots: uint32(c.cast())}
	var ballots []*secretballot.Ballot
	weights := map[communityv1.Measure][]int64{}
	const heads, area = communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA
	for _, r := range c.rows {
		if len(r.Ballot) == 0 {
			continue
		}
		b, err := c.election.Decode(r.Ballot)
		if err != nil {
			t.Fatal(err)
		}
		ballots = append(ballots, b)
		weights[heads], weights[area] = append(weights[heads], r.Weight.Heads), append(weights[area], r.Weight.Area)
	}
	for i, m := range []communityv1.Measure{heads, area} {
		counts := func(r *communityv1.Requirement) bool { return r.GetMeasure() == m }
		if m == area && !slices.ContainsFunc(c.rules.GetRequirements(), counts) {
			continue
		}
		sums, bounds, err := c.election.Tally(ballots, weights[m])
		if err != nil {
			t.Fatal(err)
		}
		for o, sum := range sums {
			if level > communityv1.Secrecy_SECRECY_TOTALS && o > 0 {
				break
			}
			total := &votingv1.EncryptedTotal{Measure: m, Option: uint32(o), Sum: sum.Bytes(), Bound: bounds[o]}
			for _, n := range [][]int64{ofHeads, ofArea}[i] {
				total.Claims = append(total.Claims, &votingv1.TotalClaim{Threshold: n})
			}
			e.Totals = append(e.Totals, total)
		}
	}
	return e
}
