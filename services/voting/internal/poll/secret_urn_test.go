package poll

import (
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"strconv"
	"sync"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

const (
	open     = communityv1.Secrecy_SECRECY_OPEN
	totals   = communityv1.Secrecy_SECRECY_TOTALS
	interval = communityv1.Secrecy_SECRECY_INTERVAL
	passFail = communityv1.Secrecy_SECRECY_PASS_FAIL
)

// desk is three trustees, of whom two must act together, with the key that they have made and what each holds of it.
type desk struct {
	keys   []*keys.Key
	record *keys.Record
	shares []*keys.Share
	made   Ceremony
}

// desks are made once: one for open ballots, one for secret ones.
var desks = map[keys.Purpose]func() (*desk, error){
	keys.Open:   sync.OnceValues(func() (*desk, error) { return newDesk(keys.Open) }),
	keys.Secret: sync.OnceValues(func() (*desk, error) { return newDesk(keys.Secret) }),
}

func trusteeName(number int) string { return "t" + strconv.Itoa(number) }

// nonceOf is what a trustee promises for a poll's seed.
func nonceOf(number int) []byte {
	sum := sha256.Sum256([]byte(trusteeName(number)))
	return sum[:]
}

func newDesk(purpose keys.Purpose) (*desk, error) {
	const n = 3
	d := &desk{made: Ceremony{
		Round: 1, Threshold: 2, AnswersBy: 1000, Context: nonceOf(0), Shares: make([][]byte, n), Nonces: make([][]byte, n),
	}}
	terms := &keys.Ceremony{Context: [32]byte(d.made.Context), Purpose: purpose, Threshold: 2}
	for i := range n {
		key, err := keys.NewKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		promise := CommitNonce(nonceOf(i + 1))
		d.keys, terms.Keys = append(d.keys, key), append(terms.Keys, key.Public())
		d.made.Promised = append(d.made.Promised, promise[:])
		d.made.Trustees = append(d.made.Trustees, &communityv1.Trustee{
			Member: trusteeName(i + 1), Org: "org" + strconv.Itoa(i), TrusteeKey: key.Public().Bytes(),
		})
	}
	var err error
	if d.record, err = keys.NewRecord(terms); err != nil {
		return nil, err
	}
	for _, say := range []func(*keys.Dealer) ([]byte, error){
		func(d *keys.Dealer) ([]byte, error) { m, err := d.Commit(); return m.Bytes(), err },
		func(d *keys.Dealer) ([]byte, error) { m, err := d.Reveal(); return m.Bytes(), err },
		func(d *keys.Dealer) ([]byte, error) { m, err := d.Deal(); return m.Bytes(), err },
	} {
		for _, key := range d.keys {
			dealer, err := keys.NewDealer(terms, key)
			if err != nil {
				return nil, err
			}
			if err := d.say(say(dealer)); err != nil {
				return nil, err
			}
		}
	}
	for _, key := range d.keys {
		share, _, err := keys.Receive(rand.Reader, d.record, key)
		if err != nil {
			return nil, err
		}
		d.shares = append(d.shares, share)
	}
	for _, share := range d.shares {
		ack, err := share.Ack(rand.Reader, d.record)
		if err != nil {
			return nil, err
		}
		if err := d.say(ack.Bytes(), nil); err != nil {
			return nil, err
		}
	}
	seal, err := d.record.Seal()
	if err != nil {
		return nil, err
	}
	d.made.Seal = seal.Bytes()
	return d, nil
}

func (d *desk) say(message []byte, err error) error {
	if err != nil {
		return err
	}
	d.made.Said = append(d.made.Said, message)
	_, err = d.record.Add(message)
	return err
}

// ceremony is a copy of what was said, for the test to change.
func (d *desk) ceremony() *Ceremony {
	c := d.made
	for _, list := range []*[][]byte{&c.Said, &c.Promised, &c.Shares, &c.Nonces} {
		*list = slices.Clone(*list)
	}
	return &c
}

func deskFor(t *testing.T, purpose keys.Purpose) *desk {
	t.Helper()
	d, err := desks[purpose]()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// requires asks for a share of heads or area, of all or of those who take part.
func requires(m communityv1.Measure, of communityv1.Of, base communityv1.Base, numerator, denominator int64, strict bool,
) *communityv1.Requirement {
	return asked(m, of, base, numerator, denominator, strict, of == communityv1.Of_OF_PARTICIPANTS)
}

// closedRules are those of a poll of a level, decided by heads and area: a third must take part, and more than half of them say yes.
func closedRules(level communityv1.Secrecy) *communityv1.PollRules {
	const participants, yes = communityv1.Of_OF_PARTICIPANTS, communityv1.Of_OF_YES
	return &communityv1.PollRules{
		Method: communityv1.Method_METHOD_YES_NO, Requirements: []*communityv1.Requirement{
			requires(heads, participants, communityv1.Base_BASE_ALL, 1, 3, false),
			requires(heads, yes, communityv1.Base_BASE_PARTICIPANTS, 1, 2, true),
			requires(area, yes, communityv1.Base_BASE_PARTICIPANTS, 1, 2, true),
		},
		Secrecy: &communityv1.SecrecyRules{
			Secrecy: level, IntervalWidth: 5, AnonymityMin: 2, RegisterSeconds: 60, ContestSeconds: 60,
		},
	}
}

// closed is a secret poll that is closed and added up, and nobody's but the test's: any part of it may be damaged.
type closed struct {
	*desk
	poll        *Poll
	credentials *Credentials
	part        []byte // a trustee's, that is not on the record
}

const pollID = "p"

// vote is a ballot of a voter of one head; nil has not voted.
type vote struct {
	area   int64
	choice []int64
}

// votes are ballots of yes and of no, of ten areas each.
func votes(yes, no int) (list []vote) {
	for range yes {
		list = append(list, vote{10, []int64{1, 0, 0}})
	}
	for range no {
		list = append(list, vote{10, []int64{0, 1, 0}})
	}
	return list
}

// newClosed holds a poll by some rules up to the encrypted tally, which lists what the rules ask about, whatever the leak meter would say.
func newClosed(t *testing.T, rules *communityv1.PollRules, q *proposalv1.Motion, ballots ...vote) *closed {
	t.Helper()
	c := newCast(t, rules, q, ballots...)
	c.addUp(t)
	return c
}

// newCast holds a poll up to its close.
func newCast(t *testing.T, rules *communityv1.PollRules, q *proposalv1.Motion, ballots ...vote) *closed {
	t.Helper()
	d := deskFor(t, keys.Secret)
	c := &closed{desk: d, credentials: &Credentials{Rows: map[string]Credential{}, Last: map[string]Sent{}}}
	roll := &votingv1.Roll{}
	var list [][]byte
	for i, b := range ballots {
		key := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		weight := tally.Weight{Heads: 1, Area: b.area}
		c.credentials.Rows[chain.KeyID(key[:])] = Credential{Key: key[:], Weight: weight}
		roll.AllHeads, roll.AllAreaCentiM2 = roll.AllHeads+weight.Heads, roll.AllAreaCentiM2+weight.Area
		list = append(list, key[:])
	}
	root := rosterRoot(c.credentials.Rows)
	c.poll = &Poll{
		Question: q, Rules: rules, Roll: roll, OpenedAt: 1, ClosesAt: 100, Closed: true, ClosedAt: 100, Ceremony: d.ceremony(),
		Secret: &Secret{Roll: roll, Root: root[:], Credentials: uint32(len(ballots))},
	}
	c.bind(t)
	election, err := c.poll.election()
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range ballots {
		if b.choice == nil {
			continue
		}
		raw, _, err := election.Encrypt(rand.Reader, secretballot.Voter{Pseudonym: [32]byte(list[i]), Sequence: 1}, b.choice)
		if err != nil {
			t.Fatal(err)
		}
		c.credentials.Last[chain.KeyID(list[i])] = Sent{Sequence: 1, Ballot: raw}
	}
	return c
}

// bind binds ballots to what stands on the record by now.
func (c *closed) bind(t *testing.T) {
	t.Helper()
	var err error
	if c.poll.Secret.Election, err = c.poll.electionID(pollID); err != nil {
		t.Fatal(err)
	}
}

// addUp lists what the rules ask about, at their own level.
func (c *closed) addUp(t *testing.T) {
	t.Helper()
	p, level := c.poll, c.poll.secrecy()
	e := &votingv1.EncryptedTally{Secrecy: level, Ballots: uint32(len(c.credentials.Last)), Together: judgedTogether(p.Rules, level)}
	election, err := p.election()
	if err != nil {
		t.Fatal(err)
	}
	took, err := c.credentials.took()
	if err != nil {
		t.Fatal(err)
	}
	if yesNoOnly(level) {
		e.Totals, err = c.credentials.sealedTotals(election, p.Rules, level, took, p.wholeRoll())
	} else {
		e.Totals, err = c.credentials.totals(election, openedMeasures(p.Rules))
	}
	if err != nil {
		t.Fatal(err)
	}
	s := *p.Secret
	s.Encrypted, s.Decrypted, s.Blinded = e, make([][]byte, len(c.keys)), make([][][]byte, len(c.keys))
	p.Secret = &s
}

// sealed is the poll's part of the Book.
func (c *closed) sealed() *Sealed { return &Sealed{Secret: c.credentials} }

// rows are what a trustee is shown.
func (c *closed) rows() (list []Row) {
	for _, row := range sortedRows(c.credentials.Rows) {
		list = append(list, Row{row, c.credentials.Last[keyID(row)]})
	}
	return list
}

func (c *closed) work(t *testing.T) *Work {
	t.Helper()
	w, err := c.poll.Work()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// decrypt has trustees do their part of the decryption.
func (c *closed) decrypt(t *testing.T, numbers ...int) {
	t.Helper()
	w := c.work(t)
	for _, number := range numbers {
		part, err := c.shares[number-1].Decrypt(rand.Reader, w.Seal, w.Sums)
		if err != nil {
			t.Fatal(err)
		}
		c.poll.Secret.Decrypted[number-1] = part.Bytes()
	}
}

// blind has trustees do their hidden part of each total.
func (c *closed) blind(t *testing.T, numbers ...int) {
	t.Helper()
	w := c.work(t)
	for _, number := range numbers {
		for _, asked := range w.Asked {
			part, err := c.shares[number-1].Blind(rand.Reader, c.record.Ceremony(), w.Seal, asked.Total, w.Readers())
			if err != nil {
				t.Fatal(err)
			}
			c.poll.Secret.Blinded[number-1] = append(c.poll.Secret.Blinded[number-1], part.Bytes())
		}
	}
}

// opened is what a trustee can read of each asked total, and its value.
func (c *closed) opened(t *testing.T, number int) (list []*keys.OpenedTotal, values []uint64) {
	t.Helper()
	w := c.work(t)
	for i, asked := range w.Asked {
		parts, err := c.poll.Parts(i)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := keys.OpenTotal(c.keys[number-1], c.record.Ceremony(), w.Seal, asked.Total, parts)
		if err != nil {
			t.Fatal(err)
		}
		search, err := secretballot.NewTotals(int64(asked.Bound))
		if err != nil {
			t.Fatal(err)
		}
		value, err := search.Find(opened.Value)
		if err != nil {
			t.Fatal(err)
		}
		list, values = append(list, opened), append(values, uint64(value))
	}
	return list, values
}

// verdicts are a trustee's proofs of where the asked totals lie: one of each, or one of all.
func (c *closed) verdicts(t *testing.T, number int) (list [][]byte) {
	t.Helper()
	w := c.work(t)
	opened, values := c.opened(t, number)
	if w.Together {
		var thresholds []uint64
		for _, asked := range w.Asked {
			thresholds = append(thresholds, asked.Thresholds...)
		}
		verdict, err := keys.ProveTogether(rand.Reader, opened, values, thresholds)
		if err != nil {
			t.Fatal(err)
		}
		return [][]byte{verdict.Bytes()}
	}
	for i, asked := range w.Asked {
		verdict, err := opened[i].Prove(rand.Reader, values[i], asked.Claims(values[i])...)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, verdict.Bytes())
	}
	return list
}
