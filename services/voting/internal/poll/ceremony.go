package poll

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/secretballot/trustee"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Ceremony is the making of a poll's key by its trustees, and what they publish afterwards. Package trustee has the steps; here is what
// was said, in its order.
type Ceremony struct {
	Round     uint32                 `json:"round"`
	Trustees  []*communityv1.Trustee `json:"trustees"` // number i+1 at index i, here and below
	Threshold uint32                 `json:"threshold"`
	AnswersBy int64                  `json:"answers_by"`
	Context   []byte                 `json:"context"`
	Said      [][]byte               `json:"said,omitempty"`
	Promised  [][]byte               `json:"promised"`         // commitments to nonces
	Failed    bool                   `json:"failed,omitempty"` // another round begins, or the poll lapses
	Seal      []byte                 `json:"seal,omitempty"`   // empty until every trustee has said everything
	Shares    [][]byte               `json:"shares,omitempty"` // of an open poll, after the close
	Nonces    [][]byte               `json:"nonces,omitempty"`
	Withheld  []uint32               `json:"withheld,omitempty"` // numbers of those who had not published in time; a finding
}

// sealed tells whether the trustees' key is made.
func (c *Ceremony) sealed() bool { return c != nil && len(c.Seal) > 0 }

// Published tells whether a trustee's share is on the record.
func (c *Ceremony) Published(number int) bool { return len(c.Shares[number-1]) > 0 }

// missing gives the numbers of those whose share is not.
func (c *Ceremony) missing() (numbers []uint32) {
	for i := range c.Trustees {
		if !c.Published(i + 1) {
			numbers = append(numbers, uint32(i+1))
		}
	}
	return numbers
}

// number finds a member among the trustees; they count from 1, and 0 is nobody.
func (c *Ceremony) number(member string) int {
	return 1 + slices.IndexFunc(c.Trustees, func(t *communityv1.Trustee) bool { return t.GetMember() == member })
}

// Record says again what was said, for the next word to be judged by. All of it was judged when it was said, so it only fails on a record
// that no rule has written.
func (c *Ceremony) Record(secrecy communityv1.Secrecy) (*trustee.Record, error) {
	terms := &trustee.Ceremony{Context: [32]byte(c.Context), Purpose: trustee.Secret, Threshold: int(c.Threshold)}
	if secrecy == communityv1.Secrecy_SECRECY_OPEN {
		terms.Purpose = trustee.Open
	}
	for _, t := range c.Trustees {
		key, err := trustee.DecodePublic(t.GetTrusteeKey())
		if err != nil {
			return nil, err
		}
		terms.Keys = append(terms.Keys, key)
	}
	r, err := trustee.NewRecord(terms)
	if err != nil {
		return nil, err
	}
	for _, m := range c.Said {
		if _, err := r.Add(m); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// evolveCeremony books what is said in a ceremony, on a copy: Evolve must not write into what an older state still shows.
func (p *Poll) evolveCeremony(body proto.Message) {
	if b, ok := body.(*votingv1.CeremonyBegun); ok {
		n := len(b.GetTrustees())
		p.Ceremony = &Ceremony{
			Round: b.GetRound(), Trustees: b.GetTrustees(), Threshold: b.GetThreshold(), AnswersBy: b.GetAnswersBy(), Context: b.GetContext(),
			Promised: make([][]byte, n), Shares: make([][]byte, n), Nonces: make([][]byte, n),
		}
		return
	}
	if p.Ceremony == nil {
		return
	}
	c := *p.Ceremony
	switch b := body.(type) {
	case *votingv1.KeyPartAdded:
		c.Said = append(slices.Clip(c.Said), b.GetMessage())
		if len(b.GetNonceCommitment()) > 0 {
			c.Promised = with(c.Promised, b.GetTrustee(), b.GetNonceCommitment())
		}
	case *votingv1.CeremonyFailed:
		c.Failed = true
	case *votingv1.PollKeySealed:
		c.Seal, p.BoxKey = b.GetSeal(), b.GetBoxKey()
	case *votingv1.SharePublished:
		c.Shares, c.Nonces = with(c.Shares, b.GetTrustee(), b.GetMessage()), with(c.Nonces, b.GetTrustee(), b.GetNonce())
	case *votingv1.SharesMissing:
		c.Withheld, p.KeyMissing = b.GetTrustees(), true
	}
	p.Ceremony = &c
}

// with copies a list with a trustee's entry set. A number that no rule ever wrote changes nothing: a fold cannot fail.
func with(list [][]byte, number uint32, entry []byte) [][]byte {
	list = slices.Clone(list)
	if number >= 1 && int(number) <= len(list) {
		list[number-1] = entry
	}
	return list
}

// OnCalledTrustees demands the ceremony where the rules ask for trustees.
func OnCalledTrustees(v *decider.View, e decider.Event, b *votingv1.PollCalled) []decider.Demand {
	if b.GetRules().GetSecrecy() == nil {
		return nil
	}
	id := e.Aggregate[len("poll/"):]
	trustees, _ := decider.Get[standing.Trustees](v, standing.TrusteesPath)
	if trustees == nil {
		return beginning(id, 1, nil)
	}
	return beginning(id, 1, trustees.List)
}

func beginning(id string, round uint32, trustees []*communityv1.Trustee) []decider.Demand {
	return []decider.Demand{{
		Purpose: "ceremony/" + id + "/" + digit(round), Operation: "voting.begin_ceremony",
		Body: &votingv1.BeginCeremony{Poll: id, Round: round, Trustees: trustees},
	}}
}

// digit writes a round's number. Each round has fewer trustees than the one before, so there are never more than nine.
func digit(n uint32) string { return string(rune('0' + n%10)) }

// BeginCeremony begins a round, or ends the opening when too few trustees are left: fewer than must act together, or of one organisation.
func BeginCeremony(v *decider.View, cmd *decider.Command, b *votingv1.BeginCeremony) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.late(cmd.Time):
		return nil, ErrLapsed
	}
	n := uint32(len(b.GetTrustees()))
	threshold := cmp.Or(p.Rules.GetSecrecy().GetTrusteesMin(), n/2+1)
	orgs := map[string]bool{}
	for _, t := range b.GetTrustees() {
		orgs[t.GetOrg()] = true
	}
	if n < threshold || len(orgs) < 2 {
		return []decider.Change{decider.On(Path(b.GetPoll()), p.lapse(ErrTrusteesFew))}, nil
	}
	begun := &votingv1.CeremonyBegun{
		Round: b.GetRound(), Trustees: b.GetTrustees(), Threshold: threshold,
		AnswersBy: min(p.OpensBy, after(cmd.Time, p.openWithin()/roundsAwaited)),
	}
	begun.Context = ceremonyContext(b.GetPoll(), begun)
	return []decider.Change{decider.On(Path(b.GetPoll()), begun)}, nil
}

// roundsAwaited is how many rounds fit into the time that a poll may wait for its key.
const roundsAwaited = 4

func (p *Poll) openWithin() uint32 { return cmp.Or(p.Rules.GetOpenWithinSeconds(), openWithinDefault) }

const domainCeremony = "renlin/ceremony/1\n"

// ceremonyContext hashes what the parts of a round's key are bound to, as docs/format.md says, so that no part can be used again.
func ceremonyContext(poll string, b *votingv1.CeremonyBegun) []byte {
	h := append([]byte(domainCeremony), byte(b.GetRound()), byte(b.GetThreshold()), byte(len(b.GetTrustees())))
	h = appendStr(h, poll)
	for _, t := range b.GetTrustees() {
		h = appendStr(h, t.GetMember())
		h = appendStr(h, t.GetOrg())
		h = append(h, t.GetTrusteeKey()...)
	}
	h = binary.BigEndian.AppendUint64(h, uint64(b.GetAnswersBy()))
	sum := sha256.Sum256(h)
	return sum[:]
}

// OnCeremonyBegun demands the round's end.
func OnCeremonyBegun(_ *decider.View, e decider.Event, b *votingv1.CeremonyBegun) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	return []decider.Demand{{
		Purpose: "round/" + id + "/" + digit(b.GetRound()), Operation: "voting.end_round",
		Body: &votingv1.EndRound{Poll: id, Round: b.GetRound()}, Due: b.GetAnswersBy(),
	}}
}

// EndRound ends a round that is not done in time, by those who still owe the word that is due.
func EndRound(v *decider.View, _ *decider.Command, b *votingv1.EndRound) ([]decider.Change, error) {
	p, c, err := ceremonyOf(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Lapsed != "":
		return nil, ErrLapsed
	case c.sealed() || c.Failed || c.Round != b.GetRound():
		return nil, ErrRoundOver
	}
	record, err := c.Record(p.secrecy())
	if err != nil {
		return nil, ErrPart.Because(err)
	}
	failed := &votingv1.CeremonyFailed{Round: c.Round, Reason: ErrTrusteesSilent.Code}
	for _, number := range record.Waiting() {
		failed.Trustees = append(failed.Trustees, uint32(number))
	}
	if len(failed.Trustees) == 0 {
		return nil, ErrRoundOver // all is said, and the key is being sealed
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), failed)}, nil
}

func (p *Poll) secrecy() communityv1.Secrecy { return p.Rules.GetSecrecy().GetSecrecy() }

// OnCeremonyFailed demands the next round without those by whom the last one failed.
func OnCeremonyFailed(v *decider.View, e decider.Event, b *votingv1.CeremonyFailed) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	_, c, err := ceremonyOf(v, id)
	if err != nil {
		return nil
	}
	var rest []*communityv1.Trustee
	for i, t := range c.Trustees {
		if !slices.Contains(b.GetTrustees(), uint32(i+1)) {
			rest = append(rest, t)
		}
	}
	return beginning(id, c.Round+1, rest)
}

// ceremonyOf finds a poll's ceremony.
func ceremonyOf(v *decider.View, id string) (*Poll, *Ceremony, error) {
	p, err := find(v, id)
	switch {
	case err != nil:
		return nil, nil, err
	case p.Ceremony == nil:
		return nil, nil, ErrNoCeremony
	}
	return p, p.Ceremony, nil
}

// AddKeyPart takes what a trustee says, if it is that word's turn. None is said twice: who could change theirs after seeing the others'
// would choose the key. A complaint that holds ends the round by the dealer whose share was false; one that does not is refused, and its
// author still owes their receipt.
func AddKeyPart(v *decider.View, cmd *decider.Command, b *votingv1.AddKeyPart) ([]decider.Change, error) {
	p, c, err := ceremonyOf(v, b.GetPoll())
	if err != nil {
		return nil, err
	}
	me := c.number(cmd.Actor)
	switch {
	case me == 0:
		return nil, ErrTrustee
	case p.late(cmd.Time):
		return nil, ErrLapsed
	case c.sealed() || c.Failed || c.Round != b.GetRound() || cmd.Time >= c.AnswersBy:
		return nil, ErrRoundOver
	}
	record, err := c.Record(p.secrecy())
	if err != nil {
		return nil, ErrPart.Because(err)
	}
	first := record.Step() == trustee.Committing
	if speaker, err := record.Add(b.GetMessage()); err != nil {
		return nil, err
	} else if speaker != me {
		return nil, ErrTrustee
	}
	want := 0
	if first {
		want = sha256.Size
	}
	if len(b.GetNonceCommitment()) != want || c.promised(b.GetNonceCommitment()) {
		return nil, ErrNonceCommitment
	}
	v.Window(0, c.AnswersBy)
	events := []proto.Message{&votingv1.KeyPartAdded{
		Round: c.Round, Trustee: uint32(me), Message: b.GetMessage(), NonceCommitment: b.GetNonceCommitment(),
	}}
	if liar := record.Liar(); liar > 0 {
		events = append(events, &votingv1.CeremonyFailed{Round: c.Round, Trustees: []uint32{uint32(liar)}, Reason: trustee.ErrShareFalse.Code})
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), events...)}, nil
}

// promised tells whether another trustee has committed to the same nonce, which whoever copied it could not reveal, or only after them.
// Once all have committed, none of them to nothing, nothing is what nobody has committed to.
func (c *Ceremony) promised(commitment []byte) bool {
	return slices.ContainsFunc(c.Promised, func(p []byte) bool { return bytes.Equal(p, commitment) })
}

// OnKeyPartAdded computes the poll's key when all is said, and demands that it be sealed.
func OnKeyPartAdded(v *decider.View, e decider.Event, _ *votingv1.KeyPartAdded) []decider.Demand {
	id := e.Aggregate[len("poll/"):]
	p, c, err := ceremonyOf(v, id)
	if err != nil {
		return nil
	}
	record, err := c.Record(p.secrecy())
	if err != nil {
		return nil
	}
	seal, err := record.Seal()
	if err != nil {
		return nil // not all is said
	}
	return []decider.Demand{{
		Purpose: "seal/" + id + "/" + digit(c.Round), Operation: "voting.seal_poll_key",
		Body: &votingv1.SealPollKey{Poll: id, Round: c.Round, Seal: seal.Bytes(), BoxKey: seal.BoxKey[:]},
	}}
}

// SealPollKey puts the trustees' key on the record. From here on the poll opens by itself.
func SealPollKey(v *decider.View, _ *decider.Command, b *votingv1.SealPollKey) ([]decider.Change, error) {
	p, c, err := ceremonyOf(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Lapsed != "":
		return nil, ErrLapsed
	case c.sealed() || c.Failed || c.Round != b.GetRound():
		return nil, ErrRoundOver
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.PollKeySealed{Seal: b.GetSeal(), BoxKey: b.GetBoxKey()})}, nil
}
